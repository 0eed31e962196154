//! What a file's name alone says: never ours to take, a stand-in, a temporary, a conflict copy.

use std::path::Path;

use crate::media::{self, FileKind};

/// The file that marks a library of our own; a folder that holds it is never entered.
pub const LIBRARY_MARKER: &str = "photobridge-library.json";

/// The endings of Apple's library packages, whose insides belong to Photos, iPhoto and Aperture.
const PACKAGES: [&str; 4] = [".photoslibrary", ".photolibrary", ".aplibrary", ".migratedphotolibrary"];

/// Whether a file or folder of this name is never entered nor offered: packages of photo libraries, the trash and
/// bookkeeping of sync clients and NAS systems, downloads in progress.
pub fn is_never_ours(name: &str) -> bool {
    let lower = name.to_lowercase();
    PACKAGES.iter().any(|ending| lower.ends_with(ending))
        || ["@eadir", "#recycle", ".stversions", ".stfolder", ".ds_store", ".thumbnails"].contains(&lower.as_str())
        || ["._", ".trashed-", ".trash", ".photobridge-"].iter().any(|start| lower.starts_with(start))
        || (lower.starts_with(".sync_") && lower.contains(".db"))
        || [".part", ".tmp", ".crdownload"].iter().any(|ending| lower.ends_with(ending))
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// A file under its own name.
    Plain,
    /// A sync client's stand-in for a file that is not on this disk.
    Placeholder,
    /// A sync client's temporary name for a file that is still arriving.
    Temporary,
}

/// The kind of media that a file name promises, seen through the names that sync clients give to stand-ins and
/// temporaries. `None` for what is no photo and nothing that belongs to one.
///
/// Nextcloud's virtual files are `IMG_1.jpg.nextcloud`, iCloud Drive's are `.IMG_1.jpg.icloud`; Nextcloud downloads
/// to `.IMG_1.jpg.~1a2b3c`, Resilio to `IMG_1.jpg.!sync`; Android writes `.pending-1700000000-IMG_1.jpg`.
pub fn read(name: &str) -> Option<(FileKind, Naming)> {
    let kind_of = |name: &str| media::kind_of(Path::new(name));
    for ending in [".nextcloud", ".icloud"] {
        if let Some(inner) = name.strip_suffix(ending) {
            return kind_of(inner).map(|kind| (kind, Naming::Placeholder));
        }
    }
    if name.starts_with(".pending-") {
        return kind_of(name).map(|kind| (kind, Naming::Temporary));
    }
    if let Some(inner) = name.strip_suffix(".!sync") {
        return kind_of(inner).map(|kind| (kind, Naming::Temporary));
    }
    if let Some((inner, _)) = name.rsplit_once(".~").filter(|_| name.starts_with('.')) {
        return kind_of(inner).map(|kind| (kind, Naming::Temporary));
    }
    kind_of(name).map(|kind| (kind, Naming::Plain))
}

/// Whether Nextcloud (or ownCloud, or Dropbox) set this file aside because two devices changed it at once:
/// `IMG_1 (conflicted copy 2024-01-31 235959).jpg`, before 2.6 `IMG_1_conflict-20240131-235959.jpg`.
pub fn is_conflict_copy(name: &str) -> bool {
    let lower = name.to_lowercase();
    (lower.contains("(") && lower.contains("conflicted copy")) || lower.contains("_conflict-20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_others_is_never_ours() {
        for name in [
            "Fotos.photoslibrary",
            "Old.AplIbrary",
            "x.migratedphotolibrary",
            "iPhoto.photolibrary",
            "._IMG_1.jpg",
            ".DS_Store",
            "@eaDir",
            "#recycle",
            ".stversions",
            ".stfolder",
            ".trashed-1700000000-IMG_1.jpg",
            ".Trash-1000",
            ".Trashes",
            ".sync_0a1b.db",
            ".sync_0a1b.db-wal",
            ".thumbnails",
            "IMG_1.jpg.part",
            "IMG_1.jpg.tmp",
            "IMG_1.jpg.crdownload",
            ".photobridge-3f2a.part",
        ] {
            assert!(is_never_ours(name), "{name}");
        }
        for name in ["IMG_1.jpg", "photoslibrary", "Trash.jpg", "part.jpg", "sync_1.db.jpg", "My #recycle.png"] {
            assert!(!is_never_ours(name), "{name}");
        }
    }

    #[test]
    fn stand_ins_and_temporaries_are_seen_through() {
        let naming = |name| read(name).map(|(_, naming)| naming);
        assert_eq!(naming("IMG_1.jpg"), Some(Naming::Plain));
        assert_eq!(naming("IMG_1.jpg.nextcloud"), Some(Naming::Placeholder));
        assert_eq!(naming(".IMG_1.HEIC.icloud"), Some(Naming::Placeholder));
        assert_eq!(naming(".IMG_1.jpg.~3fa9"), Some(Naming::Temporary));
        assert_eq!(naming(".pending-1700000000-IMG_1.jpg"), Some(Naming::Temporary));
        assert_eq!(naming("notes.txt.nextcloud"), None);
        assert_eq!(naming("a.~b.jpg"), Some(Naming::Plain));
    }

    #[test]
    fn conflict_copies_are_flagged() {
        assert!(is_conflict_copy("IMG_1 (conflicted copy 2024-01-31 235959).jpg"));
        assert!(is_conflict_copy("IMG_1_conflict-20240131-235959.jpg"));
        assert!(!is_conflict_copy("conflict.jpg"));
    }
}
