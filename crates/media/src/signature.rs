//! Pictures and movies of formats that are not read here, by their first bytes: names lie, and what is none of them is no
//! photo at all. Whatever such a file is called, it is what it would be under its own name.

use std::io;

use crate::bytes::Bytes;
use crate::found::Found;

/// How far the first pages of an Ogg file reach, of which each stream has one.
const FIRST_PAGES: usize = 4096;

/// What the first page of a stream of pictures in an Ogg file holds: Theora, VP8, Dirac, and whatever OGM wrapped.
const IN_OGG: [&[u8]; 4] = [b"\x80theora", b"OVP80", b"BBCD\0", b"\x01video\0"];

/// How these formats begin.
const BEGINNINGS: [&[u8]; 21] = [
    // JPEG XL, bare and in its boxes; JPEG 2000, likewise; JPEG XR.
    b"\xFF\x0A",
    b"\0\0\0\x0CJXL ",
    b"\xFF\x4F\xFF\x51",
    b"\0\0\0\x0CjP  ",
    b"II\xBC\x01",
    // Photoshop, OpenEXR, Radiance, DPX in both orders, BPG, FLIF, icons.
    b"8BPS",
    b"\x76\x2F\x31\x01",
    b"#?RADIANCE",
    b"SDPX",
    b"XPDS",
    b"BPG\xFB",
    b"FLIF",
    b"\0\0\x01\0",
    // Raw files of Minolta and Sigma.
    b"\0MRM",
    b"FOVb",
    // Matroska and WebM, Windows Media, Flash Video, Ogg.
    b"\x1A\x45\xDF\xA3",
    b"\x30\x26\xB2\x75",
    b"FLV\x01",
    b"OggS",
    // Digital video of a tape, and what broadcasters put movies into.
    b"\x1F\x07\0",
    b"\x06\x0E\x2B\x34",
];

/// Whether a file that begins like this is a picture or a movie of these formats.
pub(crate) fn is_known(start: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| start.starts_with(beginning))
}

/// Whether a file that begins like this is one into which OS/2 put several bitmaps.
pub(crate) fn is_array(start: &[u8]) -> bool {
    start.starts_with(b"BA") && start.get(14..16) == Some(b"BM")
}

/// Says of a file that begins like one of these that it is not supported, or is nothing but sound.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let start = bytes.get(0, FIRST_PAGES)?;
    let holds = |word: &&[u8]| start.windows(word.len()).any(|part| part == *word);
    let is_sound = start.starts_with(b"OggS") && !IN_OGG.iter().any(holds);
    Ok(if is_sound { Found::no_photo() } else { Found::not_supported() })
}
