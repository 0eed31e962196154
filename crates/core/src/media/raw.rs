//! Raw formats that are no TIFF files: Fujifilm's RAF and Canon's CR3.

use std::io;

use super::boxes::{self, Place};
use super::bytes::{Bytes, Part};
use super::exif::{self, Directory};
use super::found::Found;
use super::{jpeg, preview};

/// The name of the box in which a CR3 keeps its EXIF.
const CANON: [u8; 16] =
    [0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48];

/// Boxes beside Canon's EXIF that are looked at; there are six.
const MOST_BLOCKS: usize = 32;

/// Reads an RAF file: what its preview, a JPEG with full EXIF, says.
pub(super) fn fujifilm(bytes: &mut impl Bytes) -> io::Result<Found> {
    let Some((at, length)) = preview::in_fujifilm(bytes)? else { return Ok(Found::default()) };
    let end = at.saturating_add(length);
    let mut found = jpeg::read(&mut Part::new(bytes, at, length))?;
    // The preview's size and end are not the raw picture's.
    found.header.pixels = None;
    found.header.truncated = (end > bytes.size()).then(|| "the file ends before its preview does".into());
    Ok(found)
}

/// Adds what the EXIF blocks of a CR3 say: one box for each directory.
pub(super) fn canon(bytes: &mut impl Bytes, top: &[Place], found: &mut Found) -> io::Result<()> {
    let Some(moov) = boxes::find(top, b"moov") else { return Ok(()) };
    for place in boxes::children(bytes, moov)? {
        if &place.kind != b"uuid" || bytes.array::<16>(place.at)? != Some(CANON) {
            continue;
        }
        for block in boxes::list(bytes, place.at + 16, place.end)?.into_iter().take(MOST_BLOCKS) {
            let directory = match &block.kind {
                b"CMT1" => Directory::Primary,
                b"CMT2" => Directory::Exif,
                b"CMT4" => Directory::Gps,
                _ => continue,
            };
            let mut block = Part::new(bytes, block.at, block.length());
            exif::read_directory(&mut block, directory, &mut found.exif)?;
        }
        break;
    }
    found.header.pixels = found.exif.pixels.or(found.header.pixels);
    Ok(())
}
