//! Archives that lie in a folder of photos: which of them are read as folders of their own, and what is said of the rest.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use globset::GlobSet;

use super::names::{self, Packed};
use super::{Folder, Kind, is_library};
use crate::run::ArchivesInFolders;

/// Archives that are named.
const NAMED: usize = 20;

/// Directories within one another that are looked into.
const DEEPEST: usize = 256;

fn kind(path: &Path) -> Option<Packed> {
    names::packed(&path.file_name().unwrap_or_default().to_string_lossy())
}

/// The places of the zips that lie in a folder on a disk: all of a directory are the parts of one archive. What is left out, or
/// is read already, is none of them.
pub fn places(
    folder: &dyn Folder,
    (recursive, exclude): (bool, &GlobSet),
    never_enter: &[PathBuf],
    is_read: &dyn Fn(&Path) -> bool,
) -> BTreeSet<PathBuf> {
    let Some(root) = folder.directory() else { return BTreeSet::new() };
    let (mut places, mut level) = (BTreeSet::new(), vec![PathBuf::new()]);
    for _ in 0..if recursive { DEEPEST } else { 1 } {
        let mut below = Vec::new();
        for directory in std::mem::take(&mut level) {
            let mut zips = Vec::new();
            let listed = folder.list(&directory, &mut |entry| {
                let (path, name) = (directory.join(entry.name()), entry.name().to_string_lossy().into_owned());
                match entry.kind() {
                    Ok(Kind::File) if kind(&path) == Some(Packed::Zip) && !names::is_never_ours(&name) => {
                        zips.push(path)
                    }
                    Ok(Kind::Directory) if !names::is_hidden_folder(&name) && !is_library(folder, &path) => {
                        below.push(path)
                    }
                    _ => {}
                }
                ControlFlow::Continue(())
            });
            // What could not be listed the walk tells.
            if listed.is_ok() {
                zips.retain(|path| !exclude.is_match(path));
                places.extend(places_in(
                    &root.join(&directory),
                    zips.iter().map(|zip| root.join(zip)).collect(),
                    is_read,
                ));
            }
        }
        below.retain(|path| !never_enter.contains(&root.join(path)));
        level = below;
    }
    places
}

/// The pattern that stands for all zips of a directory, or those of them that are not read yet by their names.
fn places_in(directory: &Path, zips: Vec<PathBuf>, is_read: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let unread: Vec<PathBuf> = zips.iter().filter(|zip| !is_read(zip)).cloned().collect();
    if unread.is_empty() || unread.len() < zips.len() {
        return unread;
    }
    let is_plain = |zip: &PathBuf| zip.extension().is_some_and(|ending| ending == "zip");
    vec![directory.join(if zips.iter().all(is_plain) { "*.zip" } else { "{*.zip,*.ZIP}" })]
}

/// What is said of archives that lie in a folder and are not read, so that nobody takes them for empty.
pub fn notices(
    folder: &dyn Folder,
    packed: &[PathBuf],
    is_read: &dyn Fn(&Path) -> bool,
    wanted: ArchivesInFolders,
) -> Vec<String> {
    let left: Vec<&PathBuf> = packed.iter().filter(|path| !is_read(&folder.place().join(path))).collect();
    let is_archive = folder.properties().only_gives;
    // Of an archive in an archive nothing can be read in place.
    let (zips, others): (Vec<&PathBuf>, Vec<&PathBuf>) =
        left.into_iter().partition(|path| !is_archive && kind(path) == Some(Packed::Zip));
    let said = |paths: &[&PathBuf]| {
        let more = paths.len().saturating_sub(NAMED);
        let named: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
        let more = if more == 0 { String::new() } else { format!(", and {more} more") };
        let place = if is_archive { "an archive" } else { "this folder" };
        format!("{place} has archives, which are not searched: {}{more}", named.join(", "))
    };
    let zips = zips.first().map(|first| match wanted {
        ArchivesInFolders::Leave => format!("{}. The setting `archives` leaves them alone", said(&zips)),
        ArchivesInFolders::Read => format!("{}. They could not be read as archives", said(&zips)),
        ArchivesInFolders::Ask => {
            let one = folder.place().join(first).display().to_string().replace('\'', "'\\''");
            format!(
                "{}. To import the photos of one: `photobridge sync --folder '{one}'`; of all, now and later: \
                 `photobridge config archives read`",
                said(&zips)
            )
        }
    });
    let other = (!others.is_empty()).then(|| format!("{}. Unpack them into a folder of photos", said(&others)));
    zips.into_iter().chain(other).collect()
}
