//! Makes the two files of a Live Photo from a motion photo, for an import.

use std::io::{self, Write};
use std::path::Path;

use photobridge_media::live::{self, Made};

use crate::asset::ResourceRole;
use crate::data::Named;
use crate::fingerprint::Fingerprint;
use crate::folder::names::stem;
use crate::folder::{Folder, Local, Opened};
use crate::item::ItemFile;

/// Both files, which are there as long as this value.
pub(super) struct Halves {
    /// The identity of the motion photo.
    pub(super) whole: Fingerprint,
    /// What ties them together.
    pub(super) identifier: Box<str>,
    /// Each with what it is to the new photo, and its name.
    pub(super) files: [(ResourceRole, String, Local); 2],
}

/// Makes them. `None` where the motion photo is in another state than this, or no longer one.
pub(super) fn halve(folder: &dyn Folder, file: &ItemFile, data: &Path) -> io::Result<Option<Halves>> {
    let mut opened = folder.open(&file.path)?;
    let is_unchanged = |opened: &dyn Opened| opened.state().is_ok_and(|state| state.stamp == file.stamp);
    if !is_unchanged(&*opened) {
        return Ok(None);
    }
    let (whole, _) = Fingerprint::of_reader(&mut opened)?;
    let Some(pair) = live::pair(&mut opened, file.stamp.size, whole.as_bytes())? else { return Ok(None) };
    let mut made = |half: &Made| {
        let mut named = Named::new(data)?;
        half.write(&mut opened, &mut named)?;
        named.flush()?;
        let (path, stamp) = named.place()?;
        Ok::<_, io::Error>(Local { path, stamp, spool: Some(Box::new(named)) })
    };
    let name = file.name().to_string_lossy();
    let files = [
        (ResourceRole::Photo, name.clone().into_owned(), made(&pair.still)?),
        (ResourceRole::PairedVideo, format!("{}.mov", stem(&name)), made(&pair.movie)?),
    ];
    Ok(is_unchanged(&*opened).then_some(Halves { whole, identifier: pair.identifier, files }))
}
