//! The movie of a motion photo, which phones put behind the picture: whether all of it is there.
//!
//! Its own boxes are the witnesses. What the picture says of it in words is none: editors keep the words of a movie that they
//! cut off, and phones write wrong lengths. A picture without any movie is whole. Only the moment of the picture within the
//! movie stands nowhere but in words.

pub(crate) mod sef;

use std::io;
use std::ops::Range;

use crate::boxes::{self, Place};
use crate::bytes::{Bytes, Part};
use crate::found::Behind;
use crate::movie;

/// The boxes of a movie. What Samsung's phones put behind one stands in a box of their own.
const OF_A_MOVIE: [&[u8; 4]; 14] = [
    b"ftyp", b"styp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"udta", b"meta", b"moof", b"mfra",
    b"sidx", b"pdin",
];

/// How the first brand of a movie begins, as phones and encoders write it.
const OF_MOVIES: [&[u8]; 6] = [b"qt  ", b"iso", b"mp4", b"M4V", b"3g", b"avc1"];

/// The names under which phones write the moment of the picture, in microseconds of its movie.
const MOMENTS: [&[u8]; 2] = [b"MotionPhotoPresentationTimestampUs", b"MicroVideoPresentationTimestampUs"];

/// The longest list of brands at the start of a movie.
const LONGEST_BRANDS: u64 = 1024;

/// The longest name in front of a stretch of Samsung's trailer.
const LONGEST_NAME: u32 = 64;

/// How far from the end Samsung's trailer may end, where something else follows it.
const TAIL: u64 = 64 * 1024;

/// Why the movie from `start` to `end` is not whole, if it is not. Anything may follow its last box.
pub(crate) fn lacks(bytes: &mut impl Bytes, start: u64, end: u64) -> io::Result<Option<&'static str>> {
    let mut part = Part::new(bytes, start, end.saturating_sub(start));
    let (top, too_short) = boxes::top(&mut part)?;
    let has_pictures = top.iter().any(|place| matches!(&place.kind, b"mdat" | b"moof"));
    let is_whole = has_pictures && movie::read(&mut part, &top, too_short)?.header.truncated.is_none();
    Ok((!is_whole).then_some("the movie behind the picture ends too early"))
}

/// Whether a movie begins at `start`: with its brands, and something that may follow them. What follows brands of movies alone
/// may be damaged: that it is the start of one is then to be said all the same.
pub(crate) fn begins(bytes: &mut impl Bytes, start: u64) -> io::Result<bool> {
    let Some([s0, s1, s2, s3, kind @ ..]) = bytes.array::<8>(start)? else { return Ok(false) };
    let length = u64::from(u32::from_be_bytes([s0, s1, s2, s3]));
    if &kind != b"ftyp" || !(16..=LONGEST_BRANDS).contains(&length) {
        return Ok(false);
    }
    let Some(next) = bytes.array::<8>(start + length)? else { return Ok(true) };
    Ok(boxes::is_top([next[4], next[5], next[6], next[7]]) || are_brands(bytes.get(start + 8, length as usize - 8)?))
}

/// Whether these are the brands of a movie as they stand in `ftyp` (ISO/IEC 14496-12): the first, its version, and those that it
/// agrees with, each of four letters, or left empty. Pictures begin in the same way.
fn are_brands(content: &[u8]) -> bool {
    let is_brand = |brand: &[u8]| brand.iter().all(|byte| matches!(byte, b' '..=b'~')) || brand == [0; 4];
    let mut brands = content.chunks(4).enumerate().filter(|(at, _)| *at != 1).map(|(_, brand)| brand);
    let is_movie = OF_MOVIES.iter().any(|start| content.starts_with(start));
    is_movie && content.len().is_multiple_of(4) && brands.all(is_brand)
}

/// The movies in a picture of boxes, its boxes at the top found already: in a box of their own, or simply behind it.
pub(crate) fn among(top: &[Place], size: u64) -> impl Iterator<Item = (u64, u64)> {
    let own = |place: &&Place| &place.kind == b"mpvd";
    let own = top.iter().filter(own).map(|place| (place.at, place.end));
    let bare = top.iter().filter(|place| &place.kind == b"ftyp").skip(1).map(move |place| (place.at - 8, size));
    own.chain(bare.take(1))
}

/// Whether the last box of a picture of boxes, its boxes at the top found already, belongs to a movie behind it.
pub(crate) fn stands_last(top: &[Place], size: u64) -> bool {
    top.last().is_some_and(|last| &last.kind == b"sefd" || among(top, size).any(|(start, _)| start <= last.at))
}

/// Where a movie that begins at `start` ends: with the last of its boxes, whatever follows up to `end`.
pub(crate) fn extent(bytes: &mut impl Bytes, start: u64, end: u64) -> io::Result<Range<u64>> {
    let mut part = Part::new(bytes, start, end.saturating_sub(start));
    let (top, _) = boxes::top(&mut part)?;
    let own = top.iter().take_while(|place| OF_A_MOVIE.contains(&&place.kind));
    let length = own.last().map_or(0, |last| last.end.min(part.size()));
    Ok(start..start + length)
}

/// The movie in a trailer of Samsung's at the end of a file: the stretch that is one by its boxes. The picture ends where the
/// first stretch begins.
pub(crate) fn in_trailer(bytes: &mut impl Bytes) -> io::Result<Option<Behind>> {
    let stretches = sef::stretches(bytes)?;
    let Some(still) = stretches.iter().map(|stretch| stretch.start).min() else { return Ok(None) };
    for stretch in stretches {
        if begins(bytes, stretch.content.start)? {
            let movie = extent(bytes, stretch.content.start, stretch.content.end)?;
            return Ok(Some(Behind { still, movie }));
        }
    }
    Ok(None)
}

/// The movie in a picture of boxes, its boxes at the top found already. The picture ends where the box begins that holds it.
pub(crate) fn in_boxes(bytes: &mut impl Bytes, top: &[Place]) -> io::Result<Option<Behind>> {
    let movies: Vec<(u64, u64)> = among(top, bytes.size()).collect();
    for (start, end) in movies {
        if begins(bytes, start)? {
            let before = top.iter().take_while(|place| place.end <= start).last();
            let movie = extent(bytes, start, end)?;
            return Ok(Some(Behind { still: before.map_or(0, |place| place.end), movie }));
        }
    }
    Ok(None)
}

/// The moment of the picture within its movie in microseconds, by an XMP packet; nothing where that is not set.
pub(crate) fn moment(packet: &[u8]) -> Option<u64> {
    let told = |name: &&[u8]| {
        let at = memchr::memmem::find(packet, name)? + name.len();
        let rest = packet.get(at..)?;
        let digits = rest.iter().position(|byte| !matches!(byte, b'=' | b'"' | b'\'' | b'>' | b' '))?;
        let text = rest[digits..].split(|byte| !byte.is_ascii_digit()).next()?;
        str::from_utf8(text).ok()?.parse().ok()
    };
    MOMENTS.iter().find_map(told)
}

/// Whether what Samsung's phones write behind a picture begins at `start` and has no end: a kind, the length of a name,
/// the name, and so on, up to a directory and its mark.
pub(crate) fn lacks_trailer_end(bytes: &mut impl Bytes, start: u64) -> io::Result<bool> {
    let Some([0, 0, _, _, n0, n1, n2, n3]) = bytes.array::<8>(start)? else { return Ok(false) };
    let length = u32::from_le_bytes([n0, n1, n2, n3]);
    if !(1..=LONGEST_NAME).contains(&length) {
        return Ok(false);
    }
    let name = bytes.get(start + 8, length as usize)?;
    if !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
        return Ok(false);
    }
    let tail = bytes.size().saturating_sub(TAIL).max(start);
    Ok(memchr::memmem::find(bytes.get(tail, TAIL as usize)?, b"SEFT").is_none())
}
