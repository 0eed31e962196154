//! CIFF: the directories in which Canon's cameras wrote before there was EXIF, in CRW files and in the first JPEGs.
//!
//! Each directory stands at the end of the stretch of bytes that it describes, and the last four bytes say where it begins.

use std::io;

use jiff::civil::DateTime;

use crate::bytes::{Bytes, Part};
use crate::capture::CaptureTime;
use crate::found::Found;
use crate::header::camera_name;

/// Bytes of an entry: what it says, its length and its place, or its value at once.
const ENTRY: u64 = 10;

/// Entries of a directory that are looked at; there are some forty.
const MOST_ENTRIES: u16 = 500;

/// Directories lie in each other three deep.
const DEEPEST: usize = 4;

/// Directories that are looked at in all.
const MOST_DIRECTORIES: usize = 50;

/// Longest name of a camera.
const LONGEST_NAME: u64 = 64;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Bits of a tag: whether the value stands in the entry itself, and what kind it is of.
const IN_THE_ENTRY: u16 = 0x4000;
const KIND: u16 = 0x3800;
const DIRECTORIES: [u16; 2] = [0x2800, 0x3000];

/// What the sensor saw, and the table that decodes it.
const RAW: u16 = 0x2005;
const DECODER: u16 = 0x1835;

/// Something that a directory says.
struct Said {
    tag: u16,
    place: u64,
    length: u64,
}

/// Reads camera, date and pixels out of a block that begins with the order of its bytes and the length of its header.
pub(crate) fn read(bytes: &mut impl Bytes, found: &mut Found) -> io::Result<()> {
    let Some((order, all)) = said(bytes)? else { return Ok(()) };
    for Said { tag, place, length } in all {
        match tag {
            0x080A => found.header.camera = camera(bytes, place, length)?,
            0x180E => found.exif.ciff = bytes.array(place)?.and_then(|raw| captured(order.long(raw))),
            0x1810 => found.header.pixels = order.size(bytes, place)?,
            _ => {}
        }
    }
    Ok(())
}

/// Where the picture and what decodes it lie, each with its length; nothing where there is no picture.
pub(crate) fn picture(bytes: &mut impl Bytes) -> io::Result<Vec<(u64, u64)>> {
    let all = said(bytes)?.map(|(_, all)| all).unwrap_or_default();
    let of = |wanted: u16| all.iter().filter(move |said| said.tag == wanted).map(|said| (said.place, said.length));
    let is_there = of(RAW).any(|(_, length)| length > 0);
    Ok(of(RAW).chain(of(DECODER)).filter(|_| is_there).collect())
}

/// All that the directories of a block say.
fn said(bytes: &mut impl Bytes) -> io::Result<Option<(Order, Vec<Said>)>> {
    let Some([o0, o1, h0, h1, h2, h3]) = bytes.array::<6>(0)? else { return Ok(None) };
    let order = match [o0, o1] {
        [b'I', b'I'] => Order { big_endian: false },
        [b'M', b'M'] => Order { big_endian: true },
        _ => return Ok(None),
    };
    let (start, end) = (u64::from(order.long([h0, h1, h2, h3])), bytes.size());
    let (mut left, mut all) = (MOST_DIRECTORIES, Vec::new());
    order.directory(bytes, (start, end), DEEPEST, &mut left, &mut all)?;
    Ok(Some((order, all)))
}

/// The order of bytes.
#[derive(Clone, Copy)]
struct Order {
    big_endian: bool,
}

impl Order {
    fn long(self, raw: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
    }

    fn short(self, raw: [u8; 2]) -> u16 {
        if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) }
    }

    /// Reads the directory of the bytes from `start` to `end`, and those inside.
    fn directory(
        self,
        bytes: &mut impl Bytes,
        (start, end): (u64, u64),
        deepest: usize,
        left: &mut usize,
        all: &mut Vec<Said>,
    ) -> io::Result<()> {
        let (Some(deepest), Some(fewer)) = (deepest.checked_sub(1), left.checked_sub(1)) else { return Ok(()) };
        *left = fewer;
        let last = end.saturating_sub(4);
        let Some(offset) = bytes.array(last)?.map(|raw| self.long(raw)).filter(|_| last > start) else { return Ok(()) };
        let at = start + u64::from(offset);
        let count = bytes.array(at)?.map_or(0, |raw| self.short(raw));
        for number in 0..count.min(MOST_ENTRIES) {
            let entry = at + 2 + ENTRY * u64::from(number);
            let Some([t0, t1, l0, l1, l2, l3, p0, p1, p2, p3]) = bytes.array::<10>(entry)? else { break };
            let tag = self.short([t0, t1]);
            let (place, length) = match tag & IN_THE_ENTRY {
                0 => (start + u64::from(self.long([p0, p1, p2, p3])), u64::from(self.long([l0, l1, l2, l3]))),
                _ => (entry + 2, 8),
            };
            let tag = tag & !IN_THE_ENTRY;
            if !DIRECTORIES.contains(&(tag & KIND)) {
                all.push(Said { tag, place, length });
            } else if place + length <= end {
                self.directory(bytes, (place, place + length), deepest, left, all)?;
            }
        }
        Ok(())
    }

    fn size(self, bytes: &mut impl Bytes, place: u64) -> io::Result<Option<(u32, u32)>> {
        let size = bytes
            .array::<8>(place)?
            .map(|[w0, w1, w2, w3, h0, h1, h2, h3]| (self.long([w0, w1, w2, w3]), self.long([h0, h1, h2, h3])));
        Ok(size.filter(|size| size.0 > 0 && size.1 > 0))
    }
}

/// Maker and model, one behind the other, each with its NUL.
fn camera(bytes: &mut impl Bytes, place: u64, length: u64) -> io::Result<Option<std::sync::Arc<str>>> {
    let mut part = Part::new(bytes, place, length.min(LONGEST_NAME));
    let raw = String::from_utf8_lossy(part.get(0, LONGEST_NAME as usize)?).into_owned();
    let mut names = raw.split('\0');
    Ok(camera_name(names.next(), names.next()))
}

/// Seconds since 1970 on the camera's own clock.
fn captured(seconds: u32) -> Option<CaptureTime> {
    let wall = EPOCH.checked_add(jiff::SignedDuration::from_secs(seconds.into())).ok()?;
    (seconds > 0).then(|| CaptureTime::from_wall(wall, None, None))?
}
