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
    let mut segments = Segments::new();
    let (mut picture, mut further) = (None, Vec::new());
    loop {
        let Segment { marker, content, end } = match segments.next(bytes)? {
            Next::Segment(segment) => segment,
            Next::End => break,
            Next::Cut => {
                found.header.truncated = Some("the file ends before its picture begins".into());
                break;
            }
        };
        match marker {
            0xE1 if bytes.get(content, EXIF.len())? == EXIF => found.take_exif(bytes, content, end - content)?,
            0xE1 if bytes.get(content, XMP.len())? == XMP => {
                xmp = Some((content + XMP.len() as u64, ((end - content) as usize).saturating_sub(XMP.len())));
            }
            0xE2 if bytes.get(content, FURTHER_PICTURES.len())? == FURTHER_PICTURES => {
                let start = content + FURTHER_PICTURES.len() as u64;
                let places = exif::further_pictures(&mut Part::new(bytes, start, end.saturating_sub(start)))?;
                further.extend(places.into_iter().map(|(offset, length)| (start + offset, length)));
            }
            marker if is_frame(marker) => found.header.pixels = size(bytes, content)?.or(found.header.pixels),
            0xDA => {
                picture = Some(end);
                break;
            }
            _ => {}
        }
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

/// The size of the picture, if this is a JPEG of the kinds that are shown: raw files use the lossless one for what
/// their sensors saw.
pub(super) fn shown_size(bytes: &mut impl Bytes) -> io::Result<Option<(u32, u32)>> {
    if bytes.array(0)? != Some([0xFF, 0xD8]) {
        return Ok(None);
    }
    let mut segments = Segments::new();
    while let Next::Segment(segment) = segments.next(bytes)? {
        match segment.marker {
            0xC0..=0xC2 => return size(bytes, segment.content),
            marker if is_frame(marker) || marker == 0xDA => break,
            _ => {}
        }
    }
    Ok(None)
}

/// Whether a segment describes the picture.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF)
}

/// Width and height, by the segment that describes the picture.
fn size(bytes: &mut impl Bytes, content: u64) -> io::Result<Option<(u32, u32)>> {
    let size = bytes.array::<5>(content)?.map(|[_, h1, h0, w1, w0]| {
        let (width, height) = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
        (u32::from(width), u32::from(height))
    });
    Ok(size.filter(|&(width, height)| width > 0 && height > 0))
}

/// A segment before the picture.
struct Segment {
    marker: u8,
    content: u64,
    end: u64,
}

/// What comes next before the picture.
enum Next {
    Segment(Segment),
    /// Nothing that makes sense.
    End,
    /// The end of the file.
    Cut,
}

/// Goes from segment to segment.
struct Segments {
    at: u64,
    left: usize,
}

impl Segments {
    fn new() -> Self {
        Self { at: 2, left: MOST_SEGMENTS }
    }

    fn next(&mut self, bytes: &mut impl Bytes) -> io::Result<Next> {
        while self.left > 0 {
            self.left -= 1;
            let (marker, length) = match bytes.array::<4>(self.at)? {
                // A marker may be filled up with any number of 0xFF; some stand alone.
                Some([0xFF, 0xFF, ..]) => {
                    self.at += 1;
                    continue;
                }
                Some([0xFF, 0x01 | 0xD0..=0xD8, ..]) => {
                    self.at += 2;
                    continue;
                }
                Some([0xFF, marker, high, low]) => (marker, u64::from(u16::from_be_bytes([high, low]))),
                Some(_) => return Ok(Next::End),
                None => return Ok(Next::Cut),
            };
            if marker == 0xD9 || length < 2 {
                return Ok(Next::End);
            }
            let (content, end) = (self.at + 4, self.at + 2 + length);
            if end > bytes.size() {
                return Ok(Next::Cut);
            }
            self.at = end;
            return Ok(Next::Segment(Segment { marker, content, end }));
        }
        Ok(Next::End)
    }
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
