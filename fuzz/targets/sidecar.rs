//! What an XMP sidecar says, and that it says the same when we write it down again.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use photobridge_core::media::{read_sidecar, write_sidecar};
use tempfile::TempDir;

static ROOM: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

fuzz_target!(|bytes: &[u8]| {
    let read = |bytes: &[u8]| {
        let file = ROOM.path().join("a.xmp");
        fs::write(&file, bytes).expect("a file");
        read_sidecar(&file).unwrap_or_default()
    };
    let first = read(bytes);
    let again = read(&write_sidecar(&first.details, first.captured.as_ref()));
    assert_eq!(again.details.title, first.details.title);
    assert_eq!(again.details.description, first.details.description);
    assert_eq!(again.details.keywords, first.details.keywords);
});
