//! What a photo or a movie says of itself, and which pictures in it show it.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use photobridge_media::{Coding, FileKind, pictures, read_header};

fuzz_target!(|bytes: &[u8]| {
    let size = bytes.len() as u64;
    for kind in [FileKind::Still, FileKind::Raw, FileKind::Video] {
        read_header(Cursor::new(bytes), size, kind).expect("memory can be read");
    }
    let mut file = Cursor::new(bytes);
    for picture in pictures(&mut file, size, 320).expect("memory can be read") {
        match picture.coding {
            Coding::Jpeg { at, length } => assert!(at + length <= size),
            // What lies behind the end is an error.
            Coding::Hevc(tiles) => (0..tiles.count()).for_each(|tile| drop(tiles.heic(&mut file, tile))),
            Coding::Whole => {}
        }
    }
});
