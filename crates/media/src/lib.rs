//! What a file says of itself: its kind, when and where it was taken, its size, the other half of its Live Photo, and
//! whether all of it is there.
//!
//! The parsers are our own and small: they read only what the pipeline asks for, from the first 64 KB where they can,
//! and nothing that stands in a file makes them panic, hang or use more memory than a few megabytes.

#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read, Seek};

mod avc;
mod bitmap;
mod bits;
mod boxes;
mod bytes;
pub mod capture;
mod ciff;
mod coded;
mod colour;
mod date;
pub mod decode;
pub mod details;
mod exif;
mod filename;
mod found;
mod gif;
mod glance;
pub mod header;
mod heif;
mod hevc;
mod history;
mod iptc;
mod jpeg;
mod kind;
pub mod live;
mod motion;
mod movie;
mod pages;
mod pictures;
mod png;
mod preview;
mod raw;
mod riff;
pub mod sample;
mod sidecar;
mod signature;
pub mod takeout;
mod tiff;
mod transport;
mod turn;
mod types;
mod xmp;

pub use coded::{PictureDigest, picture_digest};
pub use filename::{begins_an_edit, captured_from_name, tells_of_an_edit, unedited};
pub use glance::{Distance, Glance, Seen};
pub use hevc::Frame;
pub use history::History;
pub use kind::{FileKind, format_of, kind_of, kind_of_name, only_bytes_tell, same_format};
pub use pictures::tiles::Tiles;
pub use pictures::{Coding, Picture, pictures};
pub use sidecar::write_sidecar;
pub use turn::Turn;
pub use types::{MediaTypes, TakenAs, media_types};
pub use xmp::Sidecar;

use bytes::{Bytes, FileBytes};
use found::Found;
use header::Header;
use takeout::Takeout;

/// Reads what an open file says of itself, and how many bytes of it had to be read for that. Metadata that is missing or
/// damaged is no error, only a disk that does not answer is.
pub fn header_of(file: File, kind: FileKind) -> io::Result<(Header, u64)> {
    let size = file.metadata()?.len();
    read_header(file, size, kind)
}

/// As [`header_of`], for `size` bytes of anything that can be read.
pub fn read_header(reader: impl Read + Seek, size: u64, kind: FileKind) -> io::Result<(Header, u64)> {
    if !matches!(kind, FileKind::Still | FileKind::Raw | FileKind::Video) {
        return Ok((Header::default(), 0));
    }
    // Whatever it should become: nothing of it is there.
    if size == 0 {
        return Ok((Header { truncated: Some("it is empty".into()), ..Header::default() }, 0));
    }
    let mut bytes = FileBytes::new(reader, size)?;
    let found = read(&mut bytes)?;
    let motion = live::outlook(&mut bytes, &found)?;
    Ok((Header { motion: motion.map(Box::new), ..found.into_header() }, bytes.read()))
}

/// Reads a sidecar's title, keywords, place and date. A file that is no XMP, or that is longer than any real one, is an
/// error.
pub fn read_sidecar(reader: impl Read) -> io::Result<Sidecar> {
    let mut packet = Vec::new();
    reader.take(xmp::LONGEST as u64 + 1).read_to_end(&mut packet)?;
    xmp::read(&packet).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no XMP, or too much of it"))
}

/// What Google Photos says in a JSON file; nothing where that is another program's.
pub fn read_takeout(reader: impl Read) -> io::Result<Option<Takeout>> {
    let mut json = Vec::new();
    reader.take(takeout::LONGEST as u64 + 1).read_to_end(&mut json)?;
    Ok(takeout::read(&json))
}

/// How many of its first bytes tell that a file is a picture or a movie.
pub const TELLING: usize = 1024;

/// Whether a file that begins with these bytes is a picture or a movie, whatever it is called: by [`TELLING`] bytes, or all
/// of a shorter one.
pub fn is_media(mut start: &[u8]) -> bool {
    const SOUND: [&[u8]; 3] = [b"M4A ", b"M4B ", b"M4P "];
    // What only says that bytes are missing is no picture; neither are an icon and a song, in boxes or not.
    let is_else = start.starts_with(b"OggS") || start.starts_with(b"\0\0\x01\0") || start.iter().all(|byte| *byte == 0);
    let is_song = start.get(8..12).is_some_and(|brand| SOUND.contains(&brand)) && start.get(4..8) == Some(b"ftyp");
    // Nor is a text with the name of a box in its first line.
    let is_text = start
        .get(4..8)
        .is_some_and(|kind| kind != b"mdat" && start[0] != 0 && kind.try_into().is_ok_and(boxes::is_top));
    !is_else && !is_song && !is_text && read(&mut start).is_ok_and(|found| !found.header.not_a_photo)
}

/// Asks the first bytes which format it is: names lie more often than these do.
fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    // A file of fewer bytes can still be known by those it has.
    let mut start = [0; 16];
    let there = bytes.get(0, start.len())?;
    start[..there.len()].copy_from_slice(there);
    match &start {
        [0xFF, 0xD8, ..] => jpeg::read(bytes),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => png::read(bytes),
        [b'R', b'I', b'F', b'F', ..] => riff::read(bytes),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => gif::read(bytes),
        [b'B', b'M', ..] => bitmap::read(bytes),
        [b'F', b'U', b'J', b'I', b'F', b'I', b'L', b'M', b'C', b'C', b'D', b'-', b'R', b'A', b'W', _] => {
            raw::fujifilm(bytes)
        }
        [b'I', b'I', .., b'H', b'E', b'A', b'P', b'C', b'C', b'D', b'R', _, _] => raw::older_canon(bytes),
        [0, 0, 1, 0xBA | 0xB3 | 0xE0, ..] => transport::program(bytes),
        start if signature::is_array(start) => Ok(Found::default()),
        start if signature::is_known(start) => signature::read(bytes),
        [b'I', b'I', ..] | [b'M', b'M', ..] => tiff(bytes),
        _ => match transport::packets(bytes)? {
            Some(packets) => transport::read(bytes, packets),
            None => boxed(bytes),
        },
    }
}

/// TIFF, and the raw formats built on it.
fn tiff(bytes: &mut impl Bytes) -> io::Result<Found> {
    if tiff::Tiff::open(bytes)?.is_none() {
        return Ok(Found::no_photo());
    }
    let mut found = Found::default();
    found.exif = exif::read(bytes)?;
    if bytes.array(8)? == Some(*b"CR\x02\0")
        && let (Some(width @ 1..=0xFFFF), Some(height @ 1..=0xFFFF)) = found.exif.told_pixels
    {
        // The directories of a CR2 describe its previews.
        found.exif.pixels = Some((width as u32, height as u32));
    }
    if let Some(why) = pages::lacks(bytes)? {
        found.truncate(why);
    }
    if let Some((at, length)) = found.exif.xmp {
        found.take_xmp(bytes, at, length)?;
    }
    Ok(found)
}

/// ISO base media: movies, HEIC and AVIF, CR3.
fn boxed(bytes: &mut impl Bytes) -> io::Result<Found> {
    let (top, too_short) = boxes::top(bytes)?;
    if !top.iter().any(|place| boxes::is_top(place.kind)) {
        return hollow(bytes);
    }
    if !boxes::is_top(top[0].kind) {
        return Ok(Found::default());
    }
    if heif::is_picture(bytes, &top)? {
        return heif::read(bytes, &top, too_short);
    }
    let mut found = movie::read(bytes, &top, too_short)?;
    raw::canon(bytes, &top, &mut found)?;
    Ok(found)
}

/// Nothing that a picture or movie begins with. A file that was given its length before its bytes begins with zeros.
fn hollow(bytes: &mut impl Bytes) -> io::Result<Found> {
    const ZEROS: [u8; 1024] = [0; 1024];
    let start = bytes.get(0, ZEROS.len())?;
    if start != &ZEROS[..start.len()] {
        return Ok(Found::no_photo());
    }
    let mut found = Found::default();
    found.truncate("the file begins with nothing but zeros");
    Ok(found)
}
