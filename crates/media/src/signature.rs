//! Pictures and movies of formats that are not read here, by their first bytes: names lie, and what is none of them is no
//! photo at all.

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

/// Whether a file that begins like this is a picture or a movie.
pub(crate) fn is_known(start: &[u8]) -> bool {
    // OS/2 put several bitmaps into one file.
    let is_array = start.starts_with(b"BA") && start.get(14..16) == Some(b"BM");
    is_array || BEGINNINGS.iter().any(|beginning| start.starts_with(beginning))
}
