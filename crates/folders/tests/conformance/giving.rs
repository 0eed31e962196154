//! What is promised of a folder that only gives.

use std::ffi::OsStr;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use photobridge_core::folder::place::part_name;
use photobridge_core::folder::{FolderError, Folders};
use photobridge_folders::Everywhere;

use super::stage::{InArchive, Stage};

pub fn it_says_that_it_only_gives(stage: &InArchive) {
    assert!(stage.folder().properties().only_gives);
}

pub fn nothing_is_ever_written(stage: &InArchive) {
    stage.put("2024/a.jpg", b"one");
    let before = stage.zips();
    let folder = stage.folder();
    let (path, directory) = (Path::new("2024/a.jpg"), Path::new("2024"));
    let refused = |told: Result<(), FolderError>| assert!(matches!(told, Err(FolderError::Refused(_))), "{told:?}");
    refused(folder.begin(directory, &part_name()).map(drop));
    refused(folder.rename(path, OsStr::new("b.jpg")));
    refused(folder.discard(directory, &part_name()));
    refused(folder.sync_directories(&[directory]));
    let seen = folder.stat(path).expect("there").1.stamp;
    refused(folder.date(path, seen, jiff::Timestamp::UNIX_EPOCH).map(drop));
    assert!(matches!(folder.reopen(directory, &part_name()), Ok(None)));
    assert!(matches!(folder.obstacle(directory), Some((at, FolderError::Refused(_))) if at.ends_with("2024")));
    let mut bytes = Vec::new();
    folder.open(path).expect("there").read_to_end(&mut bytes).expect("read");
    drop(folder.local(path, seen).expect("asked").expect("it is in that state"));
    assert_eq!(bytes, b"one");
    assert_eq!(stage.zips(), before, "not a byte, and nothing beside it");
}

pub fn it_is_known_wherever_it_lies_by_what_is_in_it(stage: &InArchive) {
    stage.put("2024/a.jpg", b"one");
    stage.put("2024/b.jpg", b"two");
    let (folder, path) = (stage.folder(), Path::new("2024/a.jpg"));
    let (ground, state) = (folder.ground().expect("there"), folder.stat(path).expect("there"));
    assert_eq!(stage.folder().ground().expect("there"), ground, "whoever asks");
    let elsewhere = tempfile::tempdir().expect("a directory");
    stage.move_away(elsewhere.path());
    assert!(matches!(folder.ground(), Err(FolderError::Gone)));
    let moved = Everywhere.open(&elsewhere.path().join("*.zip")).expect("there");
    assert_eq!(moved.ground().expect("there"), ground);
    assert_eq!(moved.stat(&Path::new("of me").join(path)).expect("there"), state);
    stage.put("2024/c.jpg", b"three");
    assert_ne!(folder.ground().expect("there").lasting, ground.lasting);
}

pub fn two_read_it_at_once(stage: &InArchive) {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at / 7 % 251) as u8).collect();
    stage.put("long.mov", &bytes);
    let folder = stage.folder();
    let read = |from: usize| {
        let mut opened = folder.open(Path::new("long.mov")).expect("there");
        // Forward, back to what is held, back to what is not.
        for at in [from, 10, from + 5, 1_500_000, from] {
            opened.seek(SeekFrom::Start(at as u64)).expect("sought");
            let mut piece = vec![0; 100_000];
            opened.read_exact(&mut piece).expect("read");
            assert_eq!(piece, bytes[at..at + 100_000], "{at}");
        }
    };
    std::thread::scope(|scope| {
        for from in [2_000_000, 2_800_000] {
            scope.spawn(move || read(from));
        }
    });
}
