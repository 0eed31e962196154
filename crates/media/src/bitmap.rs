//! BMP: a few words, then rows of pixels.

use std::io;

use crate::bytes::Bytes;
use crate::found::Found;

/// How many bytes the words of a BMP file have, in all its versions. A text can begin with the same two letters.
const LENGTHS_OF_WORDS: std::ops::RangeInclusive<u32> = 12..=124;

/// Reads a BMP file.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let words = bytes.array(14)?.map(u32::from_le_bytes).filter(|words| LENGTHS_OF_WORDS.contains(words));
    let Some(words) = words else { return Ok(Found::no_photo()) };
    let mut found = Found::default();
    found.header.pixels = size(bytes, words)?;
    // Some writers leave the length at zero, or give that of the words alone: then the rows are the better witness.
    let told = bytes.array(2)?.map_or(0, u32::from_le_bytes);
    let rows = end_of_rows(bytes, found.header.pixels)?;
    if u64::from(told).max(rows.unwrap_or(0)) > bytes.size() {
        found.truncate("the file is shorter than its first bytes say");
    }
    Ok(found)
}

/// Width and height. OS/2's first words have two bytes for each.
fn size(bytes: &mut impl Bytes, words: u32) -> io::Result<Option<(u32, u32)>> {
    let Some([w0, w1, w2, w3, h0, h1, h2, h3]) = bytes.array::<8>(18)? else { return Ok(None) };
    let (width, height) = match words {
        12 => (u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([w2, w3]).into()),
        // The height is negative where the rows run from the top.
        _ => (i32::from_le_bytes([w0, w1, w2, w3]).unsigned_abs(), i32::from_le_bytes([h0, h1, h2, h3]).unsigned_abs()),
    };
    Ok((width > 0 && height > 0).then_some((width, height)))
}

/// Where the last row ends, if that can be told: not of compressed pixels, nor of the oldest files, whose words differ.
fn end_of_rows(bytes: &mut impl Bytes, pixels: Option<(u32, u32)>) -> io::Result<Option<u64>> {
    const OLDEST: u32 = 40;
    let Some((width, height)) = pixels else { return Ok(None) };
    let Some([o0, o1, o2, o3, s0, s1, s2, s3]) = bytes.array::<8>(10)? else { return Ok(None) };
    let Some([b0, b1, c0, c1, c2, c3]) = bytes.array::<6>(28)? else { return Ok(None) };
    let (start, words) = (u32::from_le_bytes([o0, o1, o2, o3]), u32::from_le_bytes([s0, s1, s2, s3]));
    let row = match (u16::from_le_bytes([b0, b1]), u32::from_le_bytes([c0, c1, c2, c3])) {
        _ if words < OLDEST => return Ok(None),
        (24, 0) => u64::from(width) * 3,
        // With masks that say which bits are which colour, or without.
        (32, 0 | 3 | 6) => u64::from(width) * 4,
        _ => return Ok(None),
    };
    // Rows are filled up to four bytes; whoever left that out behind the last one lost nothing of the picture.
    let before = row.next_multiple_of(4).saturating_mul(u64::from(height) - 1);
    Ok(Some(before.saturating_add(row).saturating_add(start.into())))
}
