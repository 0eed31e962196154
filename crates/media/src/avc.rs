//! H.264 as camcorders record it: how large its pictures are, and the date that AVCHD hides between them.

use std::sync::Arc;

use crate::bits::{Bits, without_stuffing};
use crate::capture::CaptureTime;
use crate::date;
use crate::header::camera_name;

/// The kinds of what a stream consists of: words beside the pictures, and what they have in common.
const WORDS: u8 = 6;
const SEQUENCE: u8 = 7;

/// Among those words, what a maker adds to the standard: by this name, AVCHD's.
const BY_A_MAKER: u8 = 5;
const AVCHD: &[u8] = b"\x17\xEE\x8C\x60\xF8\x4D\x11\xD9\x8C\xD6\x08\x00\x20\x0C\x9A\x66MDPM";

/// AVCHD's entries: what each says in one byte, then its value.
const ENTRY: usize = 5;
const YEAR_AND_MONTH: u8 = 0x18;
const DAY_AND_TIME: u8 = 0x19;
const MAKER: u8 = 0xE0;
const MODEL: std::ops::RangeInclusive<u8> = 0xE4..=0xE6;

/// Makers by their numbers.
const MAKERS: [(u16, &str); 4] = [(0x0103, "Panasonic"), (0x0108, "Sony"), (0x1011, "Canon"), (0x1104, "JVC")];

/// What can be read of the beginning of a stream.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Width and height.
    pub(super) pixels: Option<(u32, u32)>,
    /// When it was recorded.
    pub(super) captured: Option<CaptureTime>,
    /// With what.
    pub(super) camera: Option<Arc<str>>,
}

/// Reads the beginning of a stream, as far as it is there.
pub(crate) fn read(stream: &[u8]) -> Stream {
    let mut read = Stream::default();
    let starts: Vec<usize> = memchr::memmem::find_iter(stream, &[0, 0, 1]).map(|at| at + 3).collect();
    for (number, &start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).map_or(stream.len(), |next| next - 3);
        let Some((first, unit)) = stream[start..end].split_first() else { continue };
        match first & 0x1F {
            SEQUENCE if read.pixels.is_none() => read.pixels = size(&without_stuffing(unit)),
            WORDS if read.captured.is_none() => {
                let words = without_stuffing(unit);
                let entries = by_the_recorder(&words).unwrap_or_default();
                (read.captured, read.camera) = (date_of(entries), camera_of(entries));
            }
            _ => {}
        }
        if read.pixels.is_some() && read.captured.is_some() {
            break;
        }
    }
    read
}

/// The size of the pictures, by the parameters that they have in common.
fn size(set: &[u8]) -> Option<(u32, u32)> {
    let profile = *set.first()?;
    // The profile, what it is compatible with, and the level stand in front.
    let mut bits = Bits::at(set, 24);
    bits.number()?;
    let mut chroma_format = 1;
    if matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 138 | 139 | 244) {
        chroma_format = bits.number()?;
        if chroma_format == 3 {
            bits.bit()?;
        }
        bits.number()?;
        bits.number()?;
        bits.bit()?;
        if bits.bit()? == 1 {
            skip_scaling(&mut bits, if chroma_format == 3 { 12 } else { 8 })?;
        }
    }
    bits.number()?;
    match bits.number()? {
        0 => _ = bits.number()?,
        1 => {
            bits.bit()?;
            bits.signed()?;
            bits.signed()?;
            for _ in 0..bits.number()?.min(255) {
                bits.signed()?;
            }
        }
        _ => {}
    }
    bits.number()?;
    bits.bit()?;
    let (across, down) = (bits.number()?.checked_add(1)?, bits.number()?.checked_add(1)?);
    let fields = 2 - bits.bit()?;
    if fields == 2 {
        bits.bit()?;
    }
    bits.bit()?;
    let (mut width, mut height) = (across.checked_mul(16)?, down.checked_mul(16 * fields)?);
    if bits.bit()? == 1 {
        // Cropped off on the left, on the right, above and below, in samples of colour.
        let crop = [bits.number()?, bits.number()?, bits.number()?, bits.number()?];
        let (unit_across, unit_down) =
            (if matches!(chroma_format, 1 | 2) { 2 } else { 1 }, if chroma_format == 1 { 2 } else { 1 });
        width = width.checked_sub(crop[0].checked_add(crop[1])?.checked_mul(unit_across)?)?;
        height = height.checked_sub(crop[2].checked_add(crop[3])?.checked_mul(unit_down * fields)?)?;
    }
    (width > 0 && height > 0).then_some((width, height))
}

/// Steps over lists of how coarse each frequency is coded.
fn skip_scaling(bits: &mut Bits<'_>, lists: usize) -> Option<()> {
    for list in 0..lists {
        if bits.bit()? == 0 {
            continue;
        }
        let (mut last, mut next) = (8, 8);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                next = (last + bits.signed()?).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// What a recorder says among the words beside a picture, entry by entry.
fn by_the_recorder(words: &[u8]) -> Option<&[u8]> {
    let mut rest = words;
    loop {
        let kind = number(&mut rest)?;
        let length = number(&mut rest)?;
        let content = rest.get(..length)?;
        if kind == usize::from(BY_A_MAKER)
            && let Some(entries) = content.strip_prefix(AVCHD)
        {
            // Their number stands in front.
            return entries.get(1..);
        }
        rest = &rest[length..];
    }
}

/// The value of an entry.
fn entry(entries: &[u8], kind: u8) -> Option<&[u8]> {
    entries.chunks_exact(ENTRY).find(|entry| entry[0] == kind).map(|entry| &entry[1..])
}

/// A number: 255 as often as it goes, then the rest.
fn number(rest: &mut &[u8]) -> Option<usize> {
    let mut number = 0;
    loop {
        let (&byte, others) = rest.split_first()?;
        *rest = others;
        number += usize::from(byte);
        if byte < 255 {
            return Some(number);
        }
    }
}

/// The zone in half hours with its sign, then the date, two digits in each byte.
fn date_of(entries: &[u8]) -> Option<CaptureTime> {
    let [zone, century, year, month] = *entry(entries, YEAR_AND_MONTH)? else { return None };
    let [day, hour, minute, second] = *entry(entries, DAY_AND_TIME)? else { return None };
    let sign = if zone & 0x20 == 0 { '+' } else { '-' };
    let (hours, minutes) = (zone >> 1 & 0x0F, if zone & 1 == 0 { "00" } else { "30" });
    let date = format!(
        "{century:02x}{year:02x}:{month:02x}:{day:02x} {hour:02x}:{minute:02x}:{second:02x}{sign}{hours:02}:{minutes}"
    );
    date::parse(&date)?.capture_time()
}

/// The maker's number, and four letters of the model in each of three entries.
fn camera_of(entries: &[u8]) -> Option<Arc<str>> {
    let [m0, m1, ..] = *entry(entries, MAKER)? else { return None };
    let maker = MAKERS.iter().find(|(number, _)| *number == u16::from_be_bytes([m0, m1])).map(|(_, name)| *name);
    let letters = || MODEL.filter_map(|kind| entry(entries, kind)).flatten().copied().take_while(|byte| *byte != 0);
    // Others put other things there.
    let model: Option<String> = (maker == Some("Sony")).then(|| letters().map(char::from).collect());
    camera_name(maker, model.as_deref())
}
