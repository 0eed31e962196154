//! Boxes of ISO base media files: QuickTime and MP4 movies, HEIC and AVIF pictures, Canon's CR3.

use std::io;

use crate::bytes::Bytes;

/// Boxes looked at in one place; a longer list is believed to go on as it began.
pub(super) const MOST_BOXES: usize = 10_000;

/// Boxes that stand at the top of a file.
const TOP: [&[u8; 4]; 23] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"meta", b"uuid", b"moof", b"mfra", b"pnot", b"PICT",
    b"udta", b"sidx", b"styp", b"idat", b"pdin", b"ssix", b"prft", b"emsg", b"mpvd", b"sefd", b"mini",
];

/// The longest box of a kind that is not known here. What looks like a longer one is rubbish behind the last box: text, say,
/// no line of which begins with less than a tab.
const LONGEST_UNKNOWN: u64 = (b'\t' as u64) << 24;

/// Where a box lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The four letters of its kind.
    pub(super) kind: [u8; 4],
    /// Where its content begins.
    pub(super) at: u64,
    /// Where it ends, by its own words: possibly behind the end of the file.
    pub(super) end: u64,
}

impl Place {
    /// The length of its content.
    pub(super) fn length(&self) -> u64 {
        self.end - self.at
    }
}

/// The boxes between two places, up to the first that makes no sense. None goes past `end`: boxes that overlap would
/// let a short file be read many times over.
pub(crate) fn list(bytes: &mut impl Bytes, start: u64, end: u64) -> io::Result<Vec<Place>> {
    let mut places = list_to_overlong(bytes, start, end)?;
    places.pop_if(|last| last.end > end);
    Ok(places)
}

/// As [`list`], but the last one may go past `end`.
fn list_to_overlong(bytes: &mut impl Bytes, start: u64, end: u64) -> io::Result<Vec<Place>> {
    let mut places = Vec::new();
    let mut at = start;
    while places.len() < MOST_BOXES && at < end {
        let Some(place) = one(bytes, at, end)? else { break };
        places.push(place);
        at = place.end;
    }
    Ok(places)
}

/// The box at `at`.
fn one(bytes: &mut impl Bytes, at: u64, end: u64) -> io::Result<Option<Place>> {
    let Some([s0, s1, s2, s3, kind @ ..]) = bytes.array::<8>(at)? else { return Ok(None) };
    let (size, header) = match u32::from_be_bytes([s0, s1, s2, s3]) {
        // To the end of what holds it.
        0 => (end.saturating_sub(at), 8),
        1 => match bytes.array::<8>(at + 8)? {
            Some(size) => (u64::from_be_bytes(size), 16),
            None => return Ok(None),
        },
        size => (u64::from(size), 8),
    };
    // QuickTime ends some lists with four zeros; a box smaller than its own header would never end.
    if size < header || kind == [0; 4] {
        return Ok(None);
    }
    let place = at.checked_add(size).map(|end| Place { kind, at: at + header, end });
    Ok(place)
}

/// The boxes at the top of a file, and whether the last one says that the file should be longer. Anything may follow the
/// last box, so not all that could be one is.
pub(crate) fn top(bytes: &mut impl Bytes) -> io::Result<(Vec<Place>, bool)> {
    let size = bytes.size();
    let places = list_to_overlong(bytes, 0, size)?;
    let is_box = |last: &Place| is_top(last.kind) || (places.len() > 1 && is_likely(last));
    let too_short = places.last().is_some_and(|last| last.end > size && is_box(last));
    Ok((places, too_short))
}

/// Whether something of a kind that is not known here is a box all the same.
fn is_likely(place: &Place) -> bool {
    place.kind.iter().all(u8::is_ascii_alphanumeric) && place.length() < LONGEST_UNKNOWN
}

/// Whether a box of this kind stands at the top of files.
pub(crate) fn is_top(kind: [u8; 4]) -> bool {
    TOP.contains(&&kind)
}

/// The first box of a kind.
pub(crate) fn find(places: &[Place], kind: &[u8; 4]) -> Option<Place> {
    places.iter().find(|place| &place.kind == kind).copied()
}

/// The boxes inside a box.
pub(crate) fn children(bytes: &mut impl Bytes, parent: Place) -> io::Result<Vec<Place>> {
    list(bytes, parent.at, parent.end)
}

/// The boxes inside a `meta` box, which has a version in front of them in MP4 and HEIC and none in QuickTime.
pub(crate) fn meta_children(bytes: &mut impl Bytes, meta: Place) -> io::Result<Vec<Place>> {
    let bare = bytes.array::<8>(meta.at)?.is_some_and(|start| &start[4..] == b"hdlr");
    list(bytes, meta.at + if bare { 0 } else { 4 }, meta.end)
}

/// A big-endian number of two bytes.
pub(crate) fn u16_at(raw: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(raw.get(at..at + 2)?.try_into().ok()?))
}

/// A big-endian number of four bytes.
pub(crate) fn u32_at(raw: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(raw.get(at..at + 4)?.try_into().ok()?))
}

/// A big-endian number of eight bytes.
pub(crate) fn u64_at(raw: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(raw.get(at..at + 8)?.try_into().ok()?))
}

/// Writes a box of this kind around its parts.
pub(crate) fn boxed(kind: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut whole = (content.len() as u32 + 8).to_be_bytes().to_vec();
    whole.extend(kind);
    whole.extend(content);
    whole
}

/// Writes numbers of four bytes.
pub(crate) fn longs(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Writes numbers of two bytes.
pub(crate) fn shorts(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}
