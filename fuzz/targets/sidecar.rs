//! What an XMP sidecar says, and that it says the same when we write it down again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use photobridge_media::{read_sidecar, write_sidecar};

fuzz_target!(|bytes: &[u8]| {
    let read = |bytes: &[u8]| read_sidecar(bytes).unwrap_or_default();
    let first = read(bytes);
    let again = read(&write_sidecar(&first.details, first.captured.as_ref()));
    assert_eq!(again.details.title, first.details.title);
    assert_eq!(again.details.description, first.details.description);
    assert_eq!(again.details.keywords, first.details.keywords);
});
