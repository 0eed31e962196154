//! JPEG: segments up to the picture, then the question whether the picture is all there.

use std::io;

use super::bytes::{Bytes, Part};
use super::exif;
use super::found::Found;

/// More segments than any picture has before its first scan.
const MOST_SEGMENTS: usize = 2000;

/// Further pictures whose ends are checked: gain maps, depth, stereo.
const MOST_FURTHER: usize = 16;

/// How far from the end the end marker usually is, where something follows it.
const TAIL: u64 = 64 * 1024;

/// How far from the start of the picture its end marker is looked for, and how far from the end of the file.
const MOST_FROM_START: u64 = 64 * 1024 * 1024;
const MOST_FROM_END: u64 = 4 * 1024 * 1024;

/// Looked through at once.
const BLOCK: usize = 256 * 1024;

const EXIF: &[u8] = b"Exif\0";
const FURTHER_PICTURES: &[u8] = b"MPF\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Reads a JPEG file.
pub(super) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    let mut xmp = None;
    let mut at = 2;
    let (mut picture, mut further) = (None, Vec::new());
    for _ in 0..MOST_SEGMENTS {
        let Some([0xFF, marker, high, low]) = bytes.array::<4>(at)? else {
            if bytes.array::<4>(at)?.is_none() {
                found.header.truncated = Some("the file ends before its picture begins".into());
            }
            break;
        };
        // A marker may be filled up with any number of 0xFF; some stand alone.
        if marker == 0xFF {
            at += 1;
            continue;
        }
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            at += 2;
            continue;
        }
        let length = u64::from(u16::from_be_bytes([high, low]));
        if marker == 0xD9 || length < 2 {
            break;
        }
        let (content, end) = (at + 4, at + 2 + length);
        if end > bytes.size() {
            found.header.truncated = Some("the file ends before its picture begins".into());
            break;
        }
        match marker {
            0xE1 if bytes.get(content, EXIF.len())? == EXIF => found.take_exif(bytes, content, length - 2)?,
            0xE1 if bytes.get(content, XMP.len())? == XMP => {
                xmp = Some((content + XMP.len() as u64, (length as usize - 2).saturating_sub(XMP.len())));
            }
            0xE2 if bytes.get(content, FURTHER_PICTURES.len())? == FURTHER_PICTURES => {
                let start = content + FURTHER_PICTURES.len() as u64;
                let places = exif::further_pictures(&mut Part::new(bytes, start, end.saturating_sub(start)))?;
                further.extend(places.into_iter().map(|(offset, length)| (start + offset, length)));
            }
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                if let Some([_, h1, h0, w1, w0]) = bytes.array::<5>(content)? {
                    let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
                    if width > 0 && height > 0 {
                        found.header.pixels = Some((width.into(), height.into()));
                    }
                }
            }
            0xDA => {
                picture = Some(end);
                break;
            }
            _ => {}
        }
        at = end;
    }
    if let Some((at, length)) = xmp {
        found.take_xmp(bytes, at, length)?;
    }
    if let Some(picture) = picture
        && !has_end(bytes, picture)?
    {
        found.header.truncated = Some("the picture ends before its end marker".into());
    }
    for (at, length) in further.into_iter().take(MOST_FURTHER) {
        // Many editors cut off further pictures and leave the list of them: only one that begins must also end.
        if at + length > bytes.size() && bytes.array::<3>(at)? == Some([0xFF, 0xD8, 0xFF]) {
            found.header.truncated = Some("a further picture in the file ends before its end marker".into());
        }
    }
    // The EXIF block of a JPEG describes the picture only in words; its directories describe the thumbnail.
    found.exif.pixels = None;
    Ok(found)
}

/// Whether the end marker stands anywhere behind the start of the picture: in compressed data 0xFF is never followed
/// by 0xD9. Much may come behind it: a motion photo's movie, further pictures, zeros; so the file's end is looked at
/// first, and the rest only where nothing is found there.
///
/// Of a file too large to be looked through, the middle is not looked at, and no marker in all the rest means that
/// there is none. That is the safe guess: a picture of more than 64 MB with megabytes of something else behind it is
/// next to unknown, a copy that was given its length before its bytes is not; and whoever has such a picture can
/// overrule "truncated", while half a picture once imported passes for the whole one.
fn has_end(bytes: &mut impl Bytes, picture: u64) -> io::Result<bool> {
    let size = bytes.size();
    if bytes.get(size.saturating_sub(2).max(picture), 2)? == [0xFF, 0xD9] {
        return Ok(true);
    }
    let tail = size.saturating_sub(TAIL).max(picture);
    if holds_end(bytes.get(tail, TAIL as usize)?) {
        return Ok(true);
    }
    let from_start = picture.saturating_add(MOST_FROM_START).min(size);
    let from_end = size.saturating_sub(MOST_FROM_END).max(from_start.saturating_sub(1));
    Ok(holds_end_between(bytes, picture, from_start)? || holds_end_between(bytes, from_end, size)?)
}

fn holds_end_between(bytes: &mut impl Bytes, start: u64, end: u64) -> io::Result<bool> {
    let mut at = start;
    while at < end {
        let length = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
        let block = bytes.get(at, length)?;
        if holds_end(block) {
            return Ok(true);
        }
        if block.len() < 2 {
            break;
        }
        // The marker may lie across two blocks.
        at += block.len() as u64 - 1;
    }
    Ok(false)
}

fn holds_end(block: &[u8]) -> bool {
    memchr::memmem::find(block, &[0xFF, 0xD9]).is_some()
}
