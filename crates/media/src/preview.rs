//! The pictures that raw files carry for the screens of cameras: whole JPEGs, of several sizes.

use std::io;

use crate::boxes::Place;
use crate::bytes::Bytes;
use crate::tiff::{self, Entry, Tiff};

/// More directories than any raw file chains one behind the other.
const MOST_DIRECTORIES: usize = 8;

/// The name of the box in which a CR3 keeps its preview.
const CANON_PREVIEW: [u8; 16] =
    [0xEA, 0xF4, 0x2B, 0x5E, 0x1C, 0x98, 0x4B, 0x88, 0xB9, 0xFB, 0xB7, 0xDC, 0x40, 0x6E, 0x4D, 0x16];

/// How far into that box the JPEG begins at most; a few numbers stand in front of it.
const MOST_BEFORE_JPEG: usize = 64;

/// Where the directories of a TIFF file, or of a raw one built on it, say that JPEGs lie, and their lengths.
pub(crate) fn in_tiff(bytes: &mut impl Bytes) -> io::Result<Vec<(u64, u64)>> {
    let Some((mut tiff, first)) = Tiff::open(bytes)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut next = Some(first);
    for _ in 0..MOST_DIRECTORIES {
        let Some(at) = next else { break };
        let entries = tiff.entries(at)?;
        in_directory(&mut tiff, &entries, &mut found)?;
        if let Some(further) = tiff::find(&entries, 0x014A) {
            for at in tiff.sub_directories(&further)? {
                let entries = tiff.entries(at)?;
                in_directory(&mut tiff, &entries, &mut found)?;
            }
        }
        next = tiff.next(at)?;
    }
    Ok(found)
}

fn in_directory<B: Bytes>(tiff: &mut Tiff<'_, B>, entries: &[Entry], found: &mut Vec<(u64, u64)>) -> io::Result<()> {
    let mut number = |tag: u16| match tiff::find(entries, tag) {
        Some(entry) if entry.count == 1 => tiff.number(&entry, 0),
        _ => Ok(None),
    };
    found.extend(number(0x0201)?.zip(number(0x0202)?));
    // A picture in one strip, coded as JPEG.
    if let Some(6 | 7) = number(0x0103)? {
        found.extend(number(0x0111)?.zip(number(0x0117)?));
    }
    // Panasonic's.
    found.extend(tiff::find(entries, 0x002E).map(|entry| (entry.at, entry.count)));
    Ok(())
}

/// Where the JPEG of an RAF file lies.
pub(crate) fn in_fujifilm(bytes: &mut impl Bytes) -> io::Result<Option<(u64, u64)>> {
    let place = bytes.array::<8>(84)?.map(|[o0, o1, o2, o3, l0, l1, l2, l3]| {
        (u32::from_be_bytes([o0, o1, o2, o3]).into(), u32::from_be_bytes([l0, l1, l2, l3]).into())
    });
    Ok(place)
}

/// Where the larger one of the JPEGs of a CR3 lies.
pub(crate) fn in_canon(bytes: &mut impl Bytes, top: &[Place]) -> io::Result<Option<(u64, u64)>> {
    for place in top.iter().filter(|place| &place.kind == b"uuid") {
        if bytes.array::<16>(place.at)? == Some(CANON_PREVIEW) {
            let start = bytes.get(place.at, MOST_BEFORE_JPEG)?;
            let jpeg = memchr::memmem::find(start, &[0xFF, 0xD8, 0xFF]);
            return Ok(jpeg.map(|before| (place.at + before as u64, place.length().saturating_sub(before as u64))));
        }
    }
    Ok(None)
}
