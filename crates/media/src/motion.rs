//! The movie of a motion photo, which phones put behind the picture: whether all of it is there.
//!
//! Its own boxes are the witnesses. What the picture says of it in words is none: editors keep the words of a movie that they
//! cut off, and phones write wrong lengths. A picture without any movie is whole.

use std::io;

use crate::boxes::{self, Place};
use crate::bytes::{Bytes, Part};
use crate::movie;

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

/// Whether a movie begins at `start`: with its brands, and something that may follow them.
pub(crate) fn begins(bytes: &mut impl Bytes, start: u64) -> io::Result<bool> {
    let Some([s0, s1, s2, s3, kind @ ..]) = bytes.array::<8>(start)? else { return Ok(false) };
    let length = u64::from(u32::from_be_bytes([s0, s1, s2, s3]));
    if &kind != b"ftyp" || !(16..=LONGEST_BRANDS).contains(&length) {
        return Ok(false);
    }
    let Some(next) = bytes.array::<8>(start + length)? else { return Ok(true) };
    Ok(boxes::is_top([next[4], next[5], next[6], next[7]]))
}

/// The movies in a picture of boxes, its boxes at the top found already: in a box of their own, or simply behind it.
pub(crate) fn among(top: &[Place], size: u64) -> impl Iterator<Item = (u64, u64)> {
    let own = |place: &&Place| &place.kind == b"mpvd";
    let own = top.iter().filter(own).map(|place| (place.at, place.end));
    let bare = top.iter().filter(|place| &place.kind == b"ftyp").skip(1).map(move |place| (place.at - 8, size));
    own.chain(bare.take(1))
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
