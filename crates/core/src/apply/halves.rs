//! Makes the two files of a Live Photo from a motion photo, for an import.

use std::io::{self, Write};
use std::iter::Peekable;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender, channel, sync_channel};
use std::thread::Scope;

use photobridge_media::live::{self, Made};

use super::Errand;
use crate::asset::ResourceRole;
use crate::data::Named;
use crate::fingerprint::Fingerprint;
use crate::folder::names::stem;
use crate::folder::{Folder, Local, Opened};
use crate::item::{FileRef, Item, ItemFile};
use crate::plan::{Plan, Verdict};

/// Motion photos of which the halves are made before anybody asks for them, at most.
const AHEAD: usize = 64;

/// Bytes that they may take of our own disk until then; of one that is longer it is the only one.
const AHEAD_BYTES: u64 = 256 << 20;

/// What came of making both files: nothing where the motion photo is in another state than planned, or no longer one.
pub(super) type Halved = io::Result<Option<Halves>>;

/// Halves in the order of the plan, each with its file and the length of that, made while those before them are brought to the
/// disk.
pub(super) struct Ahead {
    made: Peekable<mpsc::IntoIter<(FileRef, u64, Halved)>>,
    taken: Sender<u64>,
}

impl Ahead {
    /// Begins to make those that a plan asks for. One that fails is the last: what others take of the disk may be what it lacks,
    /// so whoever waits for more makes them as they are needed.
    pub(super) fn begin<'s>(scope: &'s Scope<'s, '_>, plan: &'s Plan, items: &'s [Item], errand: &Errand<'s>) -> Self {
        let Errand { folders, data, cancel, .. } = *errand;
        let (sender, made) = sync_channel(AHEAD);
        let (taken, freed) = channel();
        let mut room = Room { used: 0, freed };
        let mut wanted = plan.imports().filter(|verdict| verdict.as_live).peekable();
        if wanted.peek().is_some() {
            scope.spawn(move || {
                for verdict in wanted.take_while(|_| !cancel.is_cancelled()) {
                    let item = &items[verdict.item as usize];
                    let size = item.primary().stamp.size;
                    if !room.comes_for(size) {
                        break;
                    }
                    let halved = halve(&*folders[&item.folder].0, item.primary(), data);
                    let is_last = halved.is_err();
                    if sender.send((verdict.file(), size, halved)).is_err() || is_last {
                        break;
                    }
                }
            });
        }
        Self { made: made.into_iter().peekable(), taken }
    }

    /// What came of this one, once: whoever asks again makes it anew.
    pub(super) fn take(&mut self, verdict: &Verdict) -> Option<Halved> {
        let is_it = |(file, ..): &(FileRef, u64, Halved)| *file == verdict.file();
        let (_, size, halved) = verdict.as_live.then(|| self.made.next_if(is_it)).flatten()?;
        // Nobody hears it once the last one is made.
        let _ = self.taken.send(size);
        Some(halved)
    }
}

/// The room for what is made ahead.
struct Room {
    used: u64,
    /// So many bytes were taken.
    freed: Receiver<u64>,
}

impl Room {
    /// Waits until there is room for so many bytes more, and takes it. `false` if nobody is there any more to free any.
    fn comes_for(&mut self, size: u64) -> bool {
        while self.used > 0 && self.used + size > AHEAD_BYTES {
            let Ok(freed) = self.freed.recv() else { return false };
            self.used -= freed;
        }
        self.used += size;
        true
    }
}

/// Both files, which are there as long as this value.
pub(super) struct Halves {
    /// The identity of the motion photo.
    pub(super) whole: Fingerprint,
    /// What ties them together.
    pub(super) identifier: Box<str>,
    /// Each with what it is to the new photo, and its name.
    pub(super) files: [(ResourceRole, String, Local); 2],
}

/// Makes them.
pub(super) fn halve(folder: &dyn Folder, file: &ItemFile, data: &Path) -> Halved {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_ones_wait_until_those_before_them_are_taken() {
        let (taken, freed) = channel();
        let mut room = Room { used: 0, freed };
        assert!(room.comes_for(AHEAD_BYTES * 3), "the only one, however long it is");
        taken.send(AHEAD_BYTES * 3).expect("heard");
        assert!(room.comes_for(AHEAD_BYTES - 1) && room.comes_for(1), "both fit");
        taken.send(1).expect("heard");
        assert!(room.comes_for(1), "another one is gone");
        drop(taken);
        assert!(room.comes_for(0), "nothing needs no room");
        assert!(!room.comes_for(1), "this one would have to wait, and nobody takes any more");
    }
}
