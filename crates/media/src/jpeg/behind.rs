//! What lies behind the segments of a JPEG: the end of its picture, and what phones put there besides. It tells whether the
//! file is whole.

use std::io;

use crate::bytes::Bytes;
use crate::found::Behind;
use crate::{jpeg, motion};

/// How far from the end the end marker usually is, where something follows it.
const TAIL: u64 = 64 * 1024;

/// How far from the start of the picture its end marker is looked for, and how far from the end of the file.
const MOST_FROM_START: u64 = 64 * 1024 * 1024;
const MOST_FROM_END: u64 = 4 * 1024 * 1024;

/// Further pictures looked at that simply follow: gain maps, depth, previews.
const MOST_FURTHER: usize = 16;

/// Places behind the pictures that are looked at for a movie.
const MOST_LOOKED_AT: usize = 64;

/// Looked through at once.
const BLOCK: usize = 256 * 1024;

/// What ends a picture: in compressed data 0xFF is never followed by 0xD9.
const END: [u8; 2] = [0xFF, 0xD9];

/// What ends all that Samsung's phones write behind a picture: it is written last.
const SAMSUNG_END: &[u8] = b"SEFT";

/// What a look behind the picture told.
#[derive(Default)]
pub(super) struct Looked {
    /// Why the file is not whole.
    pub(super) lacks: Option<&'static str>,
    /// The movie, of a file that is whole.
    pub(super) behind: Option<Behind>,
    /// The picture is whole, and what belongs to the movie is not.
    pub(super) lacks_only_its_movie: bool,
}

impl Looked {
    fn lacks(why: &'static str) -> Self {
        Self { lacks: Some(why), ..Self::default() }
    }

    fn lacks_of_the_movie(why: &'static str) -> Self {
        Self { lacks_only_its_movie: true, ..Self::lacks(why) }
    }
}

/// Looks behind the coded picture that begins at `picture`: whether the file is whole, and where its movie lies. Much may come behind the picture: a motion
/// photo's movie, further pictures, zeros; so the file's end is looked at first, and the rest only where nothing is found
/// there.
///
/// Of a file too large to be looked through, the middle is not looked at, and no marker in all the rest means that
/// there is none. That is the safe guess: a picture of more than 64 MB with megabytes of something else behind it is
/// next to unknown, a copy that was given its length before its bytes is not; and whoever has such a picture can
/// overrule "truncated", while half a picture once imported passes for the whole one.
pub(super) fn look(bytes: &mut impl Bytes, picture: u64) -> io::Result<Looked> {
    let size = bytes.size();
    if ends_as_it_should(bytes, picture)? {
        return Ok(Looked { behind: motion::in_trailer(bytes)?, ..Looked::default() });
    }
    let from_start = picture.saturating_add(MOST_FROM_START).min(size);
    let Some(end) = find(bytes, picture, from_start, &END)? else {
        let from_end = size.saturating_sub(MOST_FROM_END).max(from_start.saturating_sub(1));
        let has_end = find(bytes, from_end, size, &END)?.is_some();
        let lacks = (!has_end).then_some("the picture ends before its end marker");
        return Ok(Looked { lacks, ..Looked::default() });
    };
    let mut at = end + 2;
    for _ in 0..MOST_FURTHER {
        let Some(start) = follows(bytes, at)? else { break };
        let coded = jpeg::coded(bytes, start)?;
        match coded.map_or(Ok(None), |coded| find(bytes, coded, from_start, &END))? {
            Some(end) => at = end + 2,
            None if from_start < size => return Ok(Looked::default()),
            None => return Ok(Looked::lacks("a further picture in the file ends before its end marker")),
        }
    }
    if motion::lacks_trailer_end(bytes, at)? {
        return Ok(Looked::lacks_of_the_movie("what the phone wrote behind the picture ends too early"));
    }
    let Some(start) = movie(bytes, at, from_start)? else { return Ok(Looked::default()) };
    match motion::lacks(bytes, start, size)? {
        Some(why) => Ok(Looked::lacks_of_the_movie(why)),
        None => Ok(Looked {
            behind: Some(Behind { still: start, movie: motion::extent(bytes, start, size)? }),
            ..Looked::default()
        }),
    }
}

/// Where the coded picture ends that begins at `picture`.
pub(super) fn end(bytes: &mut impl Bytes, picture: u64) -> io::Result<Option<u64>> {
    let from_start = picture.saturating_add(MOST_FROM_START).min(bytes.size());
    Ok(find(bytes, picture, from_start, &END)?.map(|end| end + 2))
}

/// Whether a movie stands behind the coded picture that begins at `picture`.
pub(super) fn has_movie(bytes: &mut impl Bytes, picture: u64) -> io::Result<bool> {
    let end = picture.saturating_add(MOST_FROM_START).min(bytes.size());
    Ok(movie(bytes, picture, end)?.is_some())
}

/// Whether the last bytes are those that end a picture, perhaps filled up with zeros, or all that belongs to it.
fn ends_as_it_should(bytes: &mut impl Bytes, picture: u64) -> io::Result<bool> {
    let size = bytes.size();
    let length = SAMSUNG_END.len();
    let last = bytes.get(size.saturating_sub(length as u64).max(picture), length)?;
    if last.ends_with(&END) || last == SAMSUNG_END {
        return Ok(true);
    }
    let last = bytes.get(size.saturating_sub(TAIL).max(picture), TAIL as usize)?;
    let end = memchr::memmem::rfind(last, &END);
    Ok(end.is_some_and(|at| last[at + 2..].iter().all(|&byte| byte == 0)))
}

/// Where a further picture begins, if one follows, perhaps after zeros.
fn follows(bytes: &mut impl Bytes, at: u64) -> io::Result<Option<u64>> {
    let block = bytes.get(at, TAIL as usize)?;
    let zeros = block.iter().take_while(|&&byte| byte == 0).count();
    Ok(block[zeros..].starts_with(&[0xFF, 0xD8, 0xFF]).then_some(at + zeros as u64))
}

/// Where a movie begins between two places.
fn movie(bytes: &mut impl Bytes, start: u64, end: u64) -> io::Result<Option<u64>> {
    let mut at = start;
    for _ in 0..MOST_LOOKED_AT {
        let Some(brands) = find(bytes, at, end, b"ftyp")? else { break };
        if let Some(start) = brands.checked_sub(4)
            && motion::begins(bytes, start)?
        {
            return Ok(Some(start));
        }
        at = brands + 4;
    }
    Ok(None)
}

/// Where a few bytes stand for the first time between two places.
fn find(bytes: &mut impl Bytes, start: u64, end: u64, wanted: &[u8]) -> io::Result<Option<u64>> {
    let mut at = start;
    while at < end {
        let length = usize::try_from(end - at).unwrap_or(BLOCK).min(BLOCK);
        let block = bytes.get(at, length)?;
        if let Some(place) = memchr::memmem::find(block, wanted) {
            return Ok(Some(at + place as u64));
        }
        // They may lie across two blocks.
        match block.len().saturating_sub(wanted.len() - 1) {
            0 => break,
            step => at += step as u64,
        }
    }
    Ok(None)
}
