//! JPEG: segments up to the picture. Whether the picture is all there shows behind it.

mod behind;

use std::io;

use crate::bytes::{Bytes, Part};
use crate::found::Found;
use crate::{ciff, exif, iptc};

/// More segments than any picture has before its first scan.
const MOST_SEGMENTS: usize = 2000;

/// Bytes between two segments that are stepped over.
const MOST_RUBBISH: usize = 4096;

/// Further pictures whose ends are checked: gain maps, depth, stereo.
const MOST_FURTHER: usize = 16;

pub(crate) const EXIF: &[u8] = b"Exif\0";
pub(crate) const FURTHER_PICTURES: &[u8] = b"MPF\0";
pub(crate) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// What Canon's first digital cameras wrote in place of EXIF: a directory as in a CRW file.
const CIFF: &[u8] = b"HEAPJPGM";

/// Reads a JPEG file.
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Found> {
    let mut found = Found::default();
    let mut xmp = None;
    let mut segments = Segments::of(0);
    let (mut picture, mut further) = (None, Vec::new());
    loop {
        let Segment { marker, content, end } = match segments.next(bytes)? {
            Next::Segment(segment) => segment,
            Next::Picture(at) => {
                picture = Some(at);
                break;
            }
            Next::Cut => {
                found.truncate("the file ends before its picture begins");
                break;
            }
        };
        match marker {
            0xE1 if bytes.get(content, EXIF.len())? == EXIF => found.take_exif(bytes, content, end - content)?,
            0xE1 if bytes.get(content, XMP.len())? == XMP => {
                xmp = Some((content + XMP.len() as u64, ((end - content) as usize).saturating_sub(XMP.len())));
            }
            0xE0 if bytes.get(content + 6, CIFF.len())? == CIFF => {
                ciff::read(&mut Part::new(bytes, content, end - content), &mut found)?;
            }
            0xED if bytes.get(content, PHOTOSHOP.len())? == PHOTOSHOP => {
                let start = content + PHOTOSHOP.len() as u64;
                found.iptc = found.iptc.or(iptc::in_photoshop(bytes, start, end.saturating_sub(start))?);
            }
            0xE2 if bytes.get(content, FURTHER_PICTURES.len())? == FURTHER_PICTURES => {
                let start = content + FURTHER_PICTURES.len() as u64;
                let places = exif::further_pictures(&mut Part::new(bytes, start, end.saturating_sub(start)))?;
                further.extend(places.into_iter().map(|(offset, length)| (start + offset, length)));
            }
            marker if is_frame(marker) => found.header.pixels = size(bytes, content)?.or(found.header.pixels),
            _ => {}
        }
    }
    if let Some((at, length)) = xmp {
        found.take_xmp(bytes, at, length)?;
    }
    if let Some(picture) = picture {
        let behind::Looked { lacks, behind, lacks_only_its_movie } = behind::look(bytes, picture)?;
        match lacks {
            Some(why) if lacks_only_its_movie => found.truncate_movie(why),
            lacks => lacks.into_iter().for_each(|why| found.truncate(why)),
        }
        found.behind = behind;
    }
    for (at, length) in further.into_iter().take(MOST_FURTHER) {
        // Many editors cut off further pictures and leave the list of them: only one that begins must also end.
        if at + length > bytes.size() && bytes.array::<3>(at)? == Some([0xFF, 0xD8, 0xFF]) {
            found.truncate("a further picture in the file ends before its end marker");
        }
    }
    // The EXIF block of a JPEG describes the picture only in words; its directories describe the thumbnail.
    found.exif.pixels = None;
    Ok(found)
}

/// The size of the picture, if this is a JPEG of the kinds that are shown: raw files use the lossless one for what
/// their sensors saw.
pub(crate) fn shown_size(bytes: &mut impl Bytes) -> io::Result<Option<(u32, u32)>> {
    if bytes.array(0)? != Some([0xFF, 0xD8]) {
        return Ok(None);
    }
    let mut segments = Segments::of(0);
    while let Next::Segment(segment) = segments.next(bytes)? {
        match segment.marker {
            0xC0..=0xC2 => return size(bytes, segment.content),
            marker if is_frame(marker) => break,
            _ => {}
        }
    }
    Ok(None)
}

/// Where the coded data of the picture that begins at `start` begin; nothing where the file ends first.
pub(crate) fn coded(bytes: &mut impl Bytes, start: u64) -> io::Result<Option<u64>> {
    let mut segments = Segments::of(start);
    loop {
        match segments.next(bytes)? {
            Next::Segment(_) => {}
            Next::Picture(at) => return Ok(Some(at)),
            Next::Cut => return Ok(None),
        }
    }
}

/// The segments in front of the picture; nothing where the file ends within them.
pub(crate) fn segments(bytes: &mut impl Bytes) -> io::Result<Option<Vec<Segment>>> {
    let (mut segments, mut found) = (Segments::of(0), Vec::new());
    loop {
        match segments.next(bytes)? {
            Next::Segment(segment) => found.push(segment),
            Next::Picture(_) => return Ok(Some(found)),
            Next::Cut => return Ok(None),
        }
    }
}

/// Where the picture ends, behind its end marker; nothing where there is none.
pub(crate) fn end(bytes: &mut impl Bytes) -> io::Result<Option<u64>> {
    coded(bytes, 0)?.map_or(Ok(None), |picture| behind::end(bytes, picture))
}

/// Whether a movie stands behind the picture.
pub(crate) fn has_movie(bytes: &mut impl Bytes) -> io::Result<bool> {
    match coded(bytes, 0)? {
        Some(picture) => behind::has_movie(bytes, picture),
        None => Ok(false),
    }
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

/// Where the next segment begins behind bytes that are none: some programs write a length that is too small, and decoders
/// step over what is left.
fn next_marker(bytes: &mut impl Bytes, at: u64) -> io::Result<Option<u64>> {
    let raw = bytes.get(at, MOST_RUBBISH)?;
    let place = raw.windows(2).position(|pair| pair[0] == 0xFF && matches!(pair[1], 0xC0..=0xCF | 0xDA..=0xFE));
    Ok(place.map(|place| at + place as u64))
}

/// A segment before the picture.
pub(super) struct Segment {
    /// Its kind.
    pub(super) marker: u8,
    /// Where its content begins, behind four bytes of its kind and its length.
    pub(super) content: u64,
    /// Where it ends.
    pub(super) end: u64,
}

/// What comes next.
enum Next {
    Segment(Segment),
    /// The coded picture, or nothing that makes sense.
    Picture(u64),
    /// The end of the file.
    Cut,
}

/// Goes from segment to segment.
struct Segments {
    at: u64,
    left: usize,
}

impl Segments {
    /// Those of the picture that begins at `start`.
    fn of(start: u64) -> Self {
        Self { at: start + 2, left: MOST_SEGMENTS }
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
                Some(_) => match next_marker(bytes, self.at)? {
                    Some(at) => {
                        self.at = at;
                        continue;
                    }
                    None => break,
                },
                None => return Ok(Next::Cut),
            };
            if marker == 0xD9 || length < 2 {
                break;
            }
            let (content, end) = (self.at + 4, self.at + 2 + length);
            if end > bytes.size() {
                return Ok(Next::Cut);
            }
            self.at = end;
            if marker == 0xDA {
                break;
            }
            return Ok(Next::Segment(Segment { marker, content, end }));
        }
        Ok(Next::Picture(self.at))
    }
}
