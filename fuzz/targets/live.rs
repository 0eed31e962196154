//! The two files that are made of a motion photo: whole, no longer than what they are made of and their own index, and the
//! same each time.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use photobridge_media::{FileKind, live, read_header};

/// Behind a picture of our own stands what the fuzzer makes of a movie.
const PICTURE: &[u8] =
    b"\xFF\xD8\xFF\xC0\0\x0B\x08\0\x10\0\x20\x01\0\0\0\xFF\xDA\0\x08\x01\0\0\0\x3F\0abc\xFF\0def\xFF\xD9";

fuzz_target!(|movie: &[u8]| {
    let file = [PICTURE, movie].concat();
    let size = file.len() as u64;
    let made = |identity: [u8; 20]| live::pair(Cursor::new(&file), size, &identity).expect("memory can be read");
    let Some(pair) = made([7; 20]) else { return };
    assert_eq!(made([7; 20]).as_ref(), Some(&pair));
    for (half, kind) in [(&pair.still, FileKind::Still), (&pair.movie, FileKind::Video)] {
        let mut written = Vec::new();
        half.write(&mut Cursor::new(&file), &mut written).expect("what it is made of is there");
        assert_eq!(written.len() as u64, half.size());
        let (header, _) = read_header(Cursor::new(&written), half.size(), kind).expect("memory can be read");
        assert_eq!(header.content_identifier.as_deref(), Some(&*pair.identifier));
    }
});
