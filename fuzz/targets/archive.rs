//! A zip as one finds it: whatever it says, its files lie below it, and each gives as many bytes as it says or none.

#![no_main]

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use photobridge_core::folder::{Folder, Kind};
use photobridge_folders::archive::Archive;
use tempfile::TempDir;

static ROOM: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

/// Bytes that are read of a file; a few may claim to be many.
const MOST: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let place = ROOM.path().join("a-002.zip");
    fs::write(&place, bytes).expect("written");
    let archive = Archive::open(&place, ROOM.path()).expect("a place");
    let _ = archive.ground();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let mut files = Vec::new();
        let told = archive.list(&directory, &mut |entry| {
            let path = directory.join(entry.name());
            assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
            match entry.kind().expect("told") {
                Kind::Directory => directories.push(path),
                Kind::File => files.push((path, entry.state().expect("told"))),
                _ => {}
            }
            ControlFlow::Continue(())
        });
        told.expect("what was named is there");
        files.iter().for_each(|(path, state)| look(&archive, path, state.stamp.size));
    }
    archive.remarks();
});

fn look(archive: &Archive, path: &Path, size: u64) {
    let Ok(mut opened) = archive.open(path) else { return };
    let mut whole = Vec::new();
    if opened.by_ref().take(MOST).read_to_end(&mut whole).is_err() {
        return;
    }
    assert_eq!(whole.len() as u64, size.min(MOST));
    for at in [size / 2, 0, size.saturating_sub(9)] {
        let mut piece = [0; 9];
        opened.seek(SeekFrom::Start(at)).expect("a place");
        let Ok(read) = opened.read(&mut piece) else { continue };
        let expected = whole.get(at as usize..).unwrap_or_default();
        let length = read.min(expected.len());
        assert_eq!(piece[..length], expected[..length]);
    }
}
