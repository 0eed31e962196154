//! Whether a folder on a disk holds nothing but stand-ins.

use std::fs;

use photobridge_core::folder::stand_ins::holds_nothing_else;
use photobridge_folders::disk::Disk;

fn with(names: &[&str]) -> bool {
    let folder = tempfile::tempdir().expect("a directory");
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a directory");
        fs::write(path, "").expect("written");
    }
    holds_nothing_else(&Disk::open(folder.path()).expect("there"))
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
