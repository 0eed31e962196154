//! The still of a Live Photo: the picture as it is, without the movie behind it, with the identifier in Apple's note.

use std::io;
use std::ops::Range;

use super::{Made, notes};
use crate::boxes::Place;
use crate::bytes::Bytes;
use crate::found::{Behind, Found, Packet};
use crate::heif::{self, Table, Widths};
use crate::jpeg::{self, Segment};
use crate::{boxes, xmp};

/// The longest EXIF block of a picture of boxes that is copied.
const LONGEST: u64 = 1024 * 1024;

/// What a segment of a JPEG can hold, behind the word `Exif` and two zeros.
const LONGEST_IN_SEGMENT: usize = 0xFFFF - 2 - 6;

/// Words of a packet that call the picture a motion photo. Another digit in their place says that it is none.
const MOVES: [&[u8]; 4] = [b"MotionPhoto=\"1\"", b"MicroVideo=\"1\"", b"MotionPhoto>1<", b"MicroVideo>1<"];

type Why = &'static str;

/// Bytes at other places than they were, or others.
type Others = Vec<(u64, Vec<u8>)>;

/// The still without the movie, nothing else of it changed.
pub(super) fn cut(bytes: &mut impl Bytes, found: &Found, behind: &Behind) -> io::Result<Result<Made, Why>> {
    let mut made = Made::default();
    made.of_but(0..behind.still, &unmoved(bytes, found)?);
    Ok(Ok(made))
}

/// The same with the identifier in Apple's note.
pub(super) fn marked(
    bytes: &mut impl Bytes,
    found: &Found,
    behind: &Behind,
    identifier: &str,
) -> io::Result<Result<Made, Why>> {
    let others = unmoved(bytes, found)?;
    match bytes.array(0)? {
        Some([0xFF, 0xD8]) => in_segment(bytes, behind.still, &others, identifier),
        _ => in_item(bytes, behind, others, identifier),
    }
}

/// What makes a packet say that the picture is no motion photo.
fn unmoved(bytes: &mut impl Bytes, found: &Found) -> io::Result<Others> {
    let Some(Packet::At(start, length)) = found.packet else { return Ok(Vec::new()) };
    if length > xmp::LONGEST {
        return Ok(Vec::new());
    }
    let packet = bytes.get(start, length)?;
    let one = |words: &[u8]| {
        let at = memchr::memmem::find(packet, words)? + words.iter().position(|byte| *byte == b'1')?;
        Some((start + at as u64, b"0".to_vec()))
    };
    let mut others: Others = MOVES.iter().filter_map(|words| one(words)).collect();
    others.sort_unstable();
    Ok(others)
}

fn in_segment(
    bytes: &mut impl Bytes,
    end: u64,
    others: &[(u64, Vec<u8>)],
    identifier: &str,
) -> io::Result<Result<Made, Why>> {
    const NO_ROOM: Why = "Apple's identifier has no room beside what its camera wrote";
    let Some(segments) = jpeg::segments(bytes)? else { return Ok(Err("its picture makes no sense")) };
    let mut place = None;
    for Segment { marker, content, end } in &segments {
        // Places of further pictures are counted from their list: what stands before it must not begin to lie behind.
        if *marker == 0xE2 && bytes.get(*content, jpeg::FURTHER_PICTURES.len())? == jpeg::FURTHER_PICTURES {
            break;
        }
        if *marker == 0xE1 && bytes.get(*content, jpeg::EXIF.len())? == jpeg::EXIF {
            place = Some((content - 4..*end, true));
            break;
        }
    }
    // Where there is none, it goes before all but JFIF's.
    let first = || segments.first().filter(|first| first.marker == 0xE0).map_or(2, |first| first.end);
    let (range, is_there) = place.unwrap_or_else(|| (first()..first(), false));
    let block = match is_there {
        true => {
            let length = (range.end - range.start).saturating_sub(10) as usize;
            notes::with_identifier(bytes.get(range.start + 10, length)?, identifier)
        }
        false if has_exif(bytes, &segments)? => None,
        false => Some(notes::alone(identifier)),
    };
    let Some(block) = block else { return Ok(Err("its EXIF makes no sense")) };
    if block.len() > LONGEST_IN_SEGMENT {
        return Ok(Err(NO_ROOM));
    }
    let length = (block.len() as u16 + 8).to_be_bytes();
    let mut made = Made::default();
    made.of_but(0..range.start, others);
    made.own([&[0xFF, 0xE1][..], &length, b"Exif\0\0", &block].concat());
    made.of_but(range.end..end, others);
    Ok(Ok(made))
}

/// Whether a segment holds EXIF, wherever it stands.
fn has_exif(bytes: &mut impl Bytes, segments: &[Segment]) -> io::Result<bool> {
    for segment in segments.iter().filter(|segment| segment.marker == 0xE1) {
        if bytes.get(segment.content, jpeg::EXIF.len())? == jpeg::EXIF {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The longer block goes to the end, in a box of data, and the table of places says where it is: nothing else moves.
fn in_item(
    bytes: &mut impl Bytes,
    behind: &Behind,
    mut others: Others,
    identifier: &str,
) -> io::Result<Result<Made, Why>> {
    const ELSEWHERE: Why = "its EXIF lies where it cannot be replaced";
    let (top, _) = boxes::top(bytes)?;
    let Some(meta) = boxes::find(&top, b"meta") else { return Ok(Err(ELSEWHERE)) };
    let end = behind.still;
    // The box around the movie begins with it; one around another movie does not.
    let is_of_the_movie =
        |place: &Place| matches!(&place.kind, b"sefd" | b"free" | b"skip") || behind.movie.contains(&place.at);
    if !top.iter().skip_while(|place| place.end <= end).all(is_of_the_movie) || meta.end > end {
        return Ok(Err("something else stands behind its movie"));
    }
    let inside = boxes::meta_children(bytes, meta)?;
    let extents = heif::locations(bytes, &inside)?;
    if extents.iter().any(|extent| extent.at + extent.length > end) {
        return Ok(Err("a part of its picture stands behind its movie"));
    }
    let Some(item) = heif::items(bytes, &inside)?.into_iter().find(|item| &item.kind == b"Exif") else {
        return Ok(Err("it has no EXIF"));
    };
    let Some(place) = boxes::find(&inside, b"iloc") else { return Ok(Err(ELSEWHERE)) };
    let table = bytes.get(place.at, place.length().min(LONGEST) as usize)?.to_vec();
    let Some(slot) = Slot::of(&table, item.id) else { return Ok(Err(ELSEWHERE)) };
    if slot.length > LONGEST {
        return Ok(Err(ELSEWHERE));
    }
    let old = bytes.get(slot.at, slot.length as usize)?.to_vec();
    // How far into it the TIFF header lies stands before it.
    let skip = boxes::u32_at(&old, 0).and_then(|skip| (skip as usize).checked_add(4)).filter(|skip| *skip < old.len());
    let Some(skip) = skip else { return Ok(Err(ELSEWHERE)) };
    let Some(block) = notes::with_identifier(&old[skip..], identifier) else {
        return Ok(Err("its EXIF makes no sense"));
    };
    let block = [&old[..skip], &block].concat();
    let Some(patches) = slot.patches(place.at, end + 8, block.len() as u64) else { return Ok(Err(ELSEWHERE)) };
    others.extend(patches);
    others.sort_unstable();
    let mut made = Made::default();
    made.of_but(0..end, &others);
    made.own(boxes::boxed(b"mdat", &[&block]));
    Ok(Ok(made))
}

/// Where an item's one stretch of bytes lies, and where in the table of places that is said.
struct Slot {
    at: u64,
    length: u64,
    base: u64,
    /// Where in the table its offset and its length stand.
    offset_at: Range<usize>,
    length_at: Range<usize>,
}

impl Slot {
    fn of(raw: &[u8], wanted: u32) -> Option<Self> {
        let mut table = Table::new(raw);
        let Widths { version, offset_width, length_width, base_width, index_width, id_width } = table.widths()?;
        for _ in 0..table.number(id_width)? {
            let item = table.number(id_width)?;
            let method = if version == 0 { 0 } else { table.number(2)? & 15 };
            let elsewhere = table.number(2)?;
            let base = table.number(base_width)?;
            let count = table.number(2)?;
            for _ in 0..count {
                table.number(index_width)?;
                let start = table.position();
                let (offset, length) = (table.number(offset_width)?, table.number(length_width)?);
                if item == u64::from(wanted) {
                    let is_plain = method == 0 && elsewhere == 0 && count == 1;
                    let (offset_at, length_at) = (start..start + offset_width, start + offset_width..table.position());
                    let at = base.checked_add(offset)?;
                    return is_plain.then_some(Self { at, length, base, offset_at, length_at });
                }
            }
        }
        None
    }

    /// What says in the table at `table` that the item lies at `at` now and is so long.
    fn patches(&self, table: u64, at: u64, length: u64) -> Option<Others> {
        let number = |number: u64, place: &Range<usize>| {
            let raw = number.to_be_bytes();
            let unused = raw.len().checked_sub(place.len())?;
            let fits = !place.is_empty() && raw[..unused].iter().all(|byte| *byte == 0);
            fits.then(|| (table + place.start as u64, raw[unused..].to_vec()))
        };
        Some(vec![number(at.checked_sub(self.base)?, &self.offset_at)?, number(length, &self.length_at)?])
    }
}
