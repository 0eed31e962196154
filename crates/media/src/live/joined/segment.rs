//! A JPEG with a movie behind it: nothing else of it changes but its XMP, and what counts its length.

use std::io;
use std::ops::Range;

use super::words::{JPEG, Words};
use super::{Movie, Why};
use crate::bytes::{Bytes, Part};
use crate::found::{Behind, Found, Packet};
use crate::jpeg::{self, Segment};
use crate::live::Made;
use crate::{exif, xmp};

/// What a segment can hold, behind the name of XMP.
const LONGEST: usize = 0xFFFF - 2 - jpeg::XMP.len();

/// Bytes at other places than they were, or others.
type Others = Vec<(u64, Vec<u8>)>;

/// The picture with this movie behind it.
pub(super) fn joined(bytes: &mut impl Bytes, movie: &Movie) -> io::Result<Result<Made, Why>> {
    const NONSENSE: Why = "its picture makes no sense";
    let (Some(segments), Some(end)) = (jpeg::segments(bytes)?, jpeg::end(bytes)?) else { return Ok(Err(NONSENSE)) };
    let (mut packets, mut list, mut exif) = (Vec::new(), None, None);
    for segment in &segments {
        let mut begins = |name: &[u8]| Ok::<_, io::Error>(bytes.get(segment.content, name.len())? == name);
        match segment.marker {
            0xE1 if begins(jpeg::XMP)? => packets.push(segment),
            0xE1 if begins(jpeg::EXIF)? => exif = exif.or(Some(segment)),
            0xE2 if begins(jpeg::FURTHER_PICTURES)? => list = list.or(Some(segment)),
            _ => {}
        }
    }
    let size = bytes.size();
    let words = Words { still: JPEG, padding: size - end, movie: movie.size, moment: movie.moment };
    let (at, inserted, mut others) = match &packets[..] {
        [] => {
            let Ok((_, packet)) = words.added(b"") else { return Ok(Err(NONSENSE)) };
            let length = (packet.len() + jpeg::XMP.len() + 2) as u16;
            let segment = [&[0xFF, 0xE1][..], &length.to_be_bytes(), jpeg::XMP, &packet].concat();
            // Before the list of further pictures, whose places are counted from there: they stay right.
            let before = |segment: &&Segment| list.is_none_or(|list| segment.end < list.content);
            let first = segments.first().filter(|first| first.marker == 0xE0);
            let after = exif.filter(before).or(first.filter(before));
            (after.map_or(2, |segment| segment.end), segment, Others::new())
        }
        [one] => {
            if list.is_some_and(|list| list.content < one.content) {
                return Ok(Err("its list of further pictures stands before what is written about it"));
            }
            let start = one.content + jpeg::XMP.len() as u64;
            let packet = bytes.get(start, (one.end - start) as usize)?;
            let length = packet.len();
            let (at, text) = match words.added(packet) {
                Ok(added) => added,
                Err(why) => return Ok(Err(why)),
            };
            if length + text.len() > LONGEST {
                return Ok(Err("what is written about it leaves no room for more"));
            }
            let length = (one.end - one.content + 2) as u16 + text.len() as u16;
            (start + at as u64, text, vec![(one.content - 2, length.to_be_bytes().to_vec())])
        }
        _ => return Ok(Err("two packets of words stand in it")),
    };
    others.extend(counted(bytes, list, end, inserted.len() as i64)?);
    others.sort_unstable();
    let mut made = Made::default();
    made.of_but(0..at, &others);
    made.own(inserted);
    made.of_but(at..size, &others);
    made.of(size..size + movie.size);
    Ok(Ok(made))
}

/// What the list of further pictures says of the length of the first, where it grows by so many bytes.
fn counted(bytes: &mut impl Bytes, list: Option<&Segment>, end: u64, more: i64) -> io::Result<Option<(u64, Vec<u8>)>> {
    let Some(list) = list else { return Ok(None) };
    let start = list.content + jpeg::FURTHER_PICTURES.len() as u64;
    let first = exif::first_picture(&mut Part::new(bytes, start, list.end.saturating_sub(start)))?;
    let Some((at, length, big_endian)) = first.filter(|(_, length, _)| u64::from(*length) == end) else {
        return Ok(None);
    };
    let Some(length) = u32::try_from(i64::from(length) + more).ok() else { return Ok(None) };
    let length = if big_endian { length.to_be_bytes() } else { length.to_le_bytes() };
    Ok(Some((start + at, length.to_vec())))
}

/// The picture as it was, of a file that is made as above.
pub(super) fn parted(bytes: &mut impl Bytes, found: &Found, behind: &Behind) -> io::Result<Option<Made>> {
    let Some(Packet::At(start, length)) = found.packet else { return Ok(None) };
    let Some((words, said)) = Words::found(bytes.get(start, length.min(xmp::LONGEST))?) else { return Ok(None) };
    let Some(end) = behind.movie.start.checked_sub(words.padding) else { return Ok(None) };
    let is_it = words.still == JPEG && behind.movie == (bytes.size().saturating_sub(words.movie)..bytes.size());
    let Some(segments) = jpeg::segments(bytes)?.filter(|_| is_it) else { return Ok(None) };
    let content = start.saturating_sub(jpeg::XMP.len() as u64);
    let Some(segment) = segments.iter().find(|segment| segment.content == content) else { return Ok(None) };
    let mut others = Others::new();
    let inserted: Range<u64> = match said.len() == length {
        true => content - 4..segment.end,
        false => {
            let shorter = (segment.end - content + 2) as u16 - said.len() as u16;
            others.push((content - 2, shorter.to_be_bytes().to_vec()));
            start + said.start as u64..start + said.end as u64
        }
    };
    let mut list = None;
    for segment in segments.iter().filter(|segment| segment.marker == 0xE2) {
        let name = bytes.get(segment.content, jpeg::FURTHER_PICTURES.len())?;
        list = list.or((name == jpeg::FURTHER_PICTURES).then_some(segment));
    }
    others.extend(counted(bytes, list, end, inserted.start as i64 - inserted.end as i64)?);
    others.sort_unstable();
    let mut still = Made::default();
    still.of_but(0..inserted.start, &others);
    still.of_but(inserted.end..behind.movie.start, &others);
    Ok(Some(still))
}
