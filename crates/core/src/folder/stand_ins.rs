//! Whether a folder holds nothing but stand-ins: names of photos whose bytes a sync client left in the cloud.

use std::ops::ControlFlow;
use std::path::PathBuf;

use super::names::{self, Naming};
use super::{Entry, Folder, Kind, is_library};

/// Photos that are looked at: where all of so many are stand-ins, so are most of the rest.
const PHOTOS: usize = 300;

/// Entries that are looked at on the way to them; a folder of other things must not keep anybody waiting.
const ENTRIES: usize = 20_000;

/// Whether the first few hundred photos of a folder are all stand-ins. Opens no file, follows no link.
pub fn holds_nothing_else(folder: &dyn Folder) -> bool {
    let (mut photos, mut entries, mut is_one_here) = (0, 0, false);
    let mut waiting = vec![PathBuf::new()];
    while let Some(directory) = waiting.pop() {
        // What cannot be listed says nothing.
        let _ = folder.list(&directory, &mut |entry| {
            let name = entry.name().to_string_lossy();
            entries += 1;
            match entry.kind() {
                Ok(Kind::Directory) if !names::is_never_ours(&name) && !names::is_hidden_folder(&name) => {
                    waiting.push(directory.join(entry.name()));
                }
                Ok(Kind::File) if !names::is_never_ours(&name) => {
                    if let Some((_, naming)) = names::read(&name) {
                        photos += 1;
                        is_one_here = !is_stand_in(naming, entry);
                    }
                }
                _ => {}
            }
            let is_enough = is_one_here || entries > ENTRIES || photos >= PHOTOS;
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if is_one_here || entries > ENTRIES || photos >= PHOTOS {
            break;
        }
        while waiting.last().is_some_and(|directory| is_library(folder, directory)) {
            waiting.pop();
        }
    }
    photos > 0 && !is_one_here
}

fn is_stand_in(naming: Naming, entry: &dyn Entry) -> bool {
    naming == Naming::Placeholder || entry.state().is_ok_and(|state| state.online_only)
}
