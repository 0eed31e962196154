//! Whether a folder holds nothing but stand-ins: names of photos whose bytes a sync client left in the cloud.

use std::fs;
use std::path::Path;

use super::is_library;
use super::names::{self, Naming};
use super::scan::is_dataless;

/// Photos that are looked at: where all of so many are stand-ins, so are most of the rest.
const PHOTOS: usize = 300;

/// Entries that are looked at on the way to them; a folder of other things must not keep anybody waiting.
const ENTRIES: usize = 20_000;

/// Whether the first few hundred photos of a folder are all stand-ins. Opens no file, follows no link.
pub fn holds_nothing_else(folder: &Path) -> bool {
    let (mut photos, mut entries) = (0, 0);
    let mut waiting = vec![folder.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            entries += 1;
            if entries > ENTRIES || photos >= PHOTOS {
                return photos > 0;
            }
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let Ok(kind) = entry.file_type() else { continue };
            if names::is_never_ours(&name) || (kind.is_dir() && names::is_hidden_folder(&name)) {
                continue;
            }
            if kind.is_dir() && !is_library(&entry.path()) {
                waiting.push(entry.path());
            } else if let Some((_, naming)) = names::read(&name).filter(|_| kind.is_file()) {
                let is_stand_in =
                    naming == Naming::Placeholder || entry.metadata().is_ok_and(|metadata| is_dataless(&metadata));
                if !is_stand_in {
                    return false;
                }
                photos += 1;
            }
        }
    }
    photos > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(names: &[&str]) -> bool {
        let folder = tempfile::tempdir().expect("a directory");
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("a directory");
            fs::write(path, "").expect("written");
        }
        holds_nothing_else(folder.path())
    }

    #[test]
    fn one_photo_that_is_here_is_enough() {
        assert!(with(&["2024/IMG_1.jpg.nextcloud", ".IMG_2.HEIC.icloud"]));
        assert!(!with(&["2024/IMG_1.jpg.nextcloud", "2024/IMG_2.jpg"]));
    }

    #[test]
    fn what_is_no_photo_says_nothing() {
        assert!(!with(&[]));
        assert!(!with(&["letter.txt", "notes.txt.nextcloud"]));
        assert!(with(&["letter.txt", "IMG_1.jpg.nextcloud", "Old.photoslibrary/originals/IMG_1.jpg"]));
    }
}
