//! Where the movie behind a picture lies, and what its header tells of the Live Photo that both would be.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use photobridge_media::{FileKind, live, read_header};

fuzz_target!(|bytes: &[u8]| {
    let size = bytes.len() as u64;
    let (header, _) = read_header(Cursor::new(bytes), size, FileKind::Still).expect("memory can be read");
    let pair = live::pair(Cursor::new(bytes), size, &[7; 20]).expect("memory can be read");
    let told = header.motion.and_then(|motion| motion.pair.ok());
    assert_eq!(told, pair.map(|pair| (pair.still.size(), pair.movie.size())), "what is told is what is made");
});
