//! Raw formats that are no TIFF files: Fujifilm's RAF, Canon's CR3 and its older CRW.

use std::io;

use crate::boxes::{self, Place};
use crate::bytes::{Bytes, Part};
use crate::exif::{self, Directory};
use crate::found::Found;
use crate::{ciff, jpeg, preview};

/// The name of the box in which a CR3 keeps its EXIF.
const CANON: [u8; 16] =
    [0x85, 0xC0, 0xB6, 0x87, 0x82, 0x0F, 0x11, 0xE0, 0x81, 0x11, 0xF4, 0xCE, 0x46, 0x2B, 0x6A, 0x48];

/// Boxes beside Canon's EXIF that are looked at; there are six.
const MOST_BLOCKS: usize = 32;

/// Where the words of an RAF file say that its parts lie, each with its length: the preview, what is said of the raw
/// picture, the raw picture.
const FUJIFILM_PARTS: [u64; 3] = [84, 92, 100];

/// Bytes of an entry in the directory of a CRW file.
const CRW_ENTRY: u64 = 10;

/// Bytes that may stand between that directory and the last four.
const CRW_GAP: u64 = 64;

/// Where the mark lies that Canon's editor leaves behind a CRW file, from the end, and what it says.
const CANON_EDITED: (u64, &[u8]) = (64, b"CANON OPTIONAL DATA\0");

/// Where behind that mark the length of what the editor wrote stands, and the bytes before and behind that.
const EDITED_LENGTH: u64 = 20;
const EDITED_FRAME: u64 = 92;

/// Reads an RAF file: what its preview, a JPEG with full EXIF, says.
pub(crate) fn fujifilm(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = match preview::in_fujifilm(bytes)? {
        Some((at, length)) => jpeg::read(&mut Part::new(bytes, at, length))?,
        None => Found::default(),
    };
    // The preview's size and end are not the raw picture's.
    (found.header.pixels, found.header.truncated) = (None, None);
    for part in FUJIFILM_PARTS {
        let Some([o0, o1, o2, o3, l0, l1, l2, l3]) = bytes.array::<8>(part)? else {
            found.truncate("the file ends within its first words");
            break;
        };
        let (at, length) = (u32::from_be_bytes([o0, o1, o2, o3]), u32::from_be_bytes([l0, l1, l2, l3]));
        if u64::from(at) + u64::from(length) > bytes.size() {
            found.truncate("the file is shorter than its first words say");
        }
    }
    Ok(found)
}

/// Reads a CRW file. Its directory stands at its end, and its last four bytes say where that begins.
pub(crate) fn older_canon(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    let size = bytes.size();
    let (back, mark) = CANON_EDITED;
    let is_edited = bytes.get(size.saturating_sub(back), mark.len())? == mark;
    if !is_edited && !has_crw_directory(bytes)? {
        found.truncate("the file ends before its directory does");
    }
    let mut whole = size;
    if is_edited && let Some(length) = bytes.array(size.saturating_sub(back) + EDITED_LENGTH)? {
        whole = size.saturating_sub(u64::from(u32::from_be_bytes(length)) + EDITED_FRAME);
    }
    ciff::read(&mut Part::new(bytes, 0, whole), &mut found)?;
    Ok(found)
}

/// Whether the last bytes of a CRW file lead to a directory that ends with them.
fn has_crw_directory(bytes: &mut impl Bytes) -> io::Result<bool> {
    let size = bytes.size();
    let Some([_, _, h0, h1, h2, h3]) = bytes.array::<6>(0)? else { return Ok(false) };
    let big_endian = bytes.array::<1>(0)? == Some([b'M']);
    let long = |raw| if big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) };
    let short = |raw| if big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) };
    let heap = u64::from(long([h0, h1, h2, h3]));
    let Some(last) = size.checked_sub(4).filter(|last| *last > heap) else { return Ok(false) };
    let Some(offset) = bytes.array::<4>(last)?.map(long) else { return Ok(false) };
    let at = heap + u64::from(offset);
    let Some(count) = bytes.array::<2>(at)?.map(short) else { return Ok(false) };
    let end = at + 2 + CRW_ENTRY * u64::from(count);
    Ok(count > 0 && end <= last && last - end <= CRW_GAP)
}

/// Adds what the EXIF blocks of a CR3 say: one box for each directory.
pub(crate) fn canon(bytes: &mut impl Bytes, top: &[Place], found: &mut Found) -> io::Result<()> {
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
