//! IPTC: what agencies and scanning programs wrote before there was XMP, in records of a few bytes each.

use std::io;

use crate::bytes::{Bytes, Part};
use crate::capture::CaptureTime;
use crate::date;

/// The block of Photoshop's resources that holds IPTC.
const IN_PHOTOSHOP: u16 = 0x0404;

/// Longest block that is read; real ones have a few hundred bytes.
const LONGEST: usize = 64 * 1024;

/// Photoshop's resources looked at; there are some thirty.
const MOST_RESOURCES: usize = 500;

/// The records with the day and the time: of what is shown, else of its first digital copy.
const DATES: [(u8, u8); 2] = [(55, 60), (62, 63)];

/// When what is shown was made, by the records that lie between Photoshop's resources.
pub(crate) fn in_photoshop(bytes: &mut impl Bytes, start: u64, length: u64) -> io::Result<Option<CaptureTime>> {
    let mut part = Part::new(bytes, start, length);
    let mut at = 0;
    for _ in 0..MOST_RESOURCES {
        let Some([b'8', b'B', b'I', b'M', i0, i1, name]) = part.array::<7>(at)? else { break };
        // The name with its length, and each resource, are filled up to an even number of bytes.
        let size_at = at + 6 + (u64::from(name) + 1).next_multiple_of(2);
        let Some(size) = part.array::<4>(size_at)?.map(u32::from_be_bytes) else { break };
        if u16::from_be_bytes([i0, i1]) == IN_PHOTOSHOP {
            return captured(&mut part, size_at + 4, u64::from(size));
        }
        at = size_at + 4 + u64::from(size).next_multiple_of(2);
    }
    Ok(None)
}

/// When what is shown was made, by the records that begin at `start`.
pub(crate) fn captured(bytes: &mut impl Bytes, start: u64, length: u64) -> io::Result<Option<CaptureTime>> {
    let length = usize::try_from(length).unwrap_or(LONGEST).min(LONGEST);
    let raw = bytes.get(start, length)?;
    Ok(DATES.into_iter().find_map(|(day, time)| {
        let text = |number| Some(std::str::from_utf8(record(raw, number)?).ok()?.trim_matches(['\0', ' ']));
        date::iptc(text(day)?, text(time)).and_then(|written| written.capture_time())
    }))
}

/// The content of the first record of the second dataset with this number.
fn record(mut raw: &[u8], number: u8) -> Option<&[u8]> {
    while let [0x1C, dataset, this, high, low, rest @ ..] = raw {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let content = rest.get(..length)?;
        if (*dataset, *this) == (2, number) {
            return Some(content);
        }
        raw = &rest[length..];
    }
    None
}
