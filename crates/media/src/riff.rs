//! RIFF: the container of WebP pictures and AVI movies.

use std::io;

use crate::bytes::Bytes;
use crate::date;
use crate::found::Found;

/// Chunks of a WebP file looked at: few, unless it is animated.
const MOST_CHUNKS: usize = 2000;

/// Lists beside the pictures of an AVI movie, and chunks in one.
const MOST_LISTS: usize = 64;

/// Longest date.
const LONGEST_DATE: usize = 64;

/// Parts of an AVI movie: beyond its first gigabyte it goes on in further ones.
const MOST_PARTS: usize = 1000;

/// So many zeros at the end of a picture mean that its bytes never came.
const HOLLOW: u64 = 64;

/// Reads a WebP or AVI file.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let Some(start) = bytes.array::<12>(0)? else { return Ok(Found::no_photo()) };
    let mut found = Found::default();
    let size = u64::from(u32_at(&start, 4)) + 8;
    // Zero, or all ones, where a recorder did not come back to fill it in; the last byte may be mere padding.
    if size > 8 && size < u64::from(u32::MAX) && size > bytes.size() + 1 {
        found.truncate("the file is shorter than its first bytes say");
    }
    match &start[8..] {
        b"WEBP" => webp(bytes, &mut found)?,
        b"AVI " => {
            avi(bytes, &mut found)?;
            further_parts(bytes, size, &mut found)?;
        }
        // A movie of a Video CD.
        b"CDXA" => return Ok(Found::not_supported()),
        _ => return Ok(Found::no_photo()),
    }
    found.exif.pixels = None;
    Ok(found)
}

fn webp(bytes: &mut impl Bytes, found: &mut Found) -> io::Result<()> {
    let mut at = 12;
    let mut xmp = None;
    for _ in 0..MOST_CHUNKS {
        let Some(chunk) = bytes.array::<8>(at)? else { break };
        let (content, length) = (at + 8, u64::from(u32_at(&chunk, 4)));
        if is_hollow(bytes, &chunk, content + length)? {
            found.truncate("its picture ends in nothing but zeros");
        }
        match &chunk[..4] {
            b"VP8X" | b"VP8 " | b"VP8L" if found.header.pixels.is_none() => {
                found.header.pixels = bytes.array::<10>(content)?.and_then(|raw| webp_size(&chunk[..4], &raw));
            }
            b"EXIF" => found.take_exif(bytes, content, length)?,
            b"XMP " => xmp = Some((content, length as usize)),
            _ => {}
        }
        at = content + length + (length & 1);
    }
    match xmp {
        Some((at, length)) => found.take_xmp(bytes, at, length),
        None => Ok(()),
    }
}

/// Whether the bytes of a coded picture that ends at `end` never came.
fn is_hollow(bytes: &mut impl Bytes, chunk: &[u8; 8], end: u64) -> io::Result<bool> {
    match &chunk[..4] {
        b"VP8 " | b"VP8L" if u64::from(u32_at(chunk, 4)) >= HOLLOW => {
            Ok(bytes.get(end - HOLLOW, HOLLOW as usize)? == [0; HOLLOW as usize])
        }
        _ => Ok(false),
    }
}

/// The size that stands in the first bytes of a chunk, which differs between WebP's three kinds.
fn webp_size(kind: &[u8], raw: &[u8; 10]) -> Option<(u32, u32)> {
    let size = match kind {
        b"VP8X" => {
            let three = |at: usize| u32::from_le_bytes([raw[at], raw[at + 1], raw[at + 2], 0]) + 1;
            (three(4), three(7))
        }
        b"VP8 " if raw[3..6] == [0x9D, 0x01, 0x2A] => {
            let two = |at: usize| u32::from(u16::from_le_bytes([raw[at], raw[at + 1]]) & 0x3FFF);
            (two(6), two(8))
        }
        b"VP8L" if raw[0] == 0x2F => {
            let bits = u32_at(raw, 1);
            ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        _ => return None,
    };
    (size.0 > 0 && size.1 > 0).then_some(size)
}

/// The main header stands first in every AVI file. Cameras note the date at its end, programs in a list behind it.
fn avi(bytes: &mut impl Bytes, found: &mut Found) -> io::Result<()> {
    let Some(header) = bytes.array::<64>(12)? else { return Ok(()) };
    found.recorder = match text_in_lists(bytes, b"IDIT")? {
        None => text_in_lists(bytes, b"ICRD")?,
        date => date,
    }
    .and_then(|text| date::recorder(&text)?.capture_time());
    if &header[..4] != b"LIST" || &header[8..16] != b"hdrlavih" {
        return Ok(());
    }
    let (microseconds, frames) = (u64::from(u32_at(&header, 20)), u64::from(u32_at(&header, 36)));
    let duration = microseconds * frames / 1000;
    found.header.duration_ms = (duration > 0).then(|| u32::try_from(duration).unwrap_or(u32::MAX));
    let size = (u32_at(&header, 52), u32_at(&header, 56));
    found.header.pixels = (size.0 > 0 && size.1 > 0).then_some(size);
    Ok(())
}

/// The text of a chunk in one of the lists before the pictures, or behind them.
fn text_in_lists(bytes: &mut impl Bytes, kind: &[u8; 4]) -> io::Result<Option<String>> {
    let mut at = 12;
    for _ in 0..MOST_LISTS {
        let Some(list) = bytes.array::<12>(at)? else { break };
        let end = at + 8 + u64::from(u32_at(&list, 4));
        if &list[..4] == b"LIST"
            && matches!(&list[8..], b"hdrl" | b"INFO")
            && let Some((at, length)) = chunk_between(bytes, at + 12, end, kind)?
        {
            let raw = bytes.get(at, length.min(LONGEST_DATE))?;
            return Ok(Some(String::from_utf8_lossy(raw).into_owned()));
        }
        at = end + (end & 1);
    }
    Ok(None)
}

/// Where a chunk of this kind lies between two places, and its length.
fn chunk_between(bytes: &mut impl Bytes, mut at: u64, end: u64, kind: &[u8; 4]) -> io::Result<Option<(u64, usize)>> {
    for _ in 0..MOST_LISTS {
        let Some(chunk) = bytes.array::<8>(at)?.filter(|_| at < end) else { break };
        let length = u32_at(&chunk, 4);
        if &chunk[..4] == kind {
            return Ok(Some((at + 8, length as usize)));
        }
        at += 8 + u64::from(length) + u64::from(length & 1);
    }
    Ok(None)
}

/// The parts of a long movie, from the end of the first.
fn further_parts(bytes: &mut impl Bytes, mut at: u64, found: &mut Found) -> io::Result<()> {
    for _ in 0..MOST_PARTS {
        let Some(start) = bytes.array::<12>(at)?.filter(|start| &start[..4] == b"RIFF" && &start[8..] == b"AVIX")
        else {
            break;
        };
        at += u64::from(u32_at(&start, 4)) + 8;
        if at > bytes.size() + 1 {
            found.truncate("the file is shorter than its parts say");
        }
    }
    Ok(())
}

fn u32_at(raw: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([raw[at], raw[at + 1], raw[at + 2], raw[at + 3]])
}
