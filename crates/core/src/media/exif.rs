//! EXIF: the directories of tags that cameras write, alone in TIFF and raw files, inside everything else.
//!
//! A reader of our own: only a dozen tags matter here, Apple's MakerNote must be opened anyway, and a file that breaks
//! the rules in one tag must still give its others.

use std::io;

use crate::asset::Location;
use crate::capture::CaptureTime;
use crate::item::camera_name;

use super::bytes::{Bytes, Part};
use super::date::{self, Written, WrittenZone};

/// More entries than any camera writes in one directory.
const MOST_ENTRIES: u16 = 500;

/// Longest text that is read of a tag.
const LONGEST_TEXT: usize = 1024;

/// Longest list of strips that is checked against the end of the file.
const MOST_STRIPS: u64 = 64 * 1024;

/// Longer colour profiles are none.
const LONGEST_PROFILE: u64 = 16 * 1024 * 1024;

/// More pictures than any raw file holds beside its first.
const MOST_SUB_DIRECTORIES: usize = 8;

/// What EXIF says, as written.
#[derive(Debug, Default)]
pub(super) struct Exif {
    make: Option<String>,
    model: Option<String>,
    modified: Stamp,
    original: Stamp,
    digitized: Stamp,
    /// Where it was taken.
    pub(super) location: Option<Location>,
    /// GPSDateStamp and GPSTimeStamp.
    pub(super) gps_time: Option<CaptureTime>,
    /// Tag 0x11 of Apple's MakerNote.
    pub(super) content_identifier: Option<Box<str>>,
    /// How the picture lies.
    pub(super) orientation: Option<u64>,
    /// Size of the largest picture that the directories describe.
    pub(super) pixels: Option<(u32, u32)>,
    /// Where an XMP packet lies, and its length.
    pub(super) xmp: Option<(u64, usize)>,
    /// The end of the directory, strip or tile that lies furthest back.
    pub(super) end: u64,
}

/// A date with the fraction and the zone that stand in tags of their own.
#[derive(Debug, Default)]
struct Stamp {
    date: Option<String>,
    fraction: Option<String>,
    offset: Option<String>,
}

impl Stamp {
    fn written(&self) -> Option<Written> {
        let mut written = date::parse(self.date.as_deref()?)?;
        if let Some(nanos) = self.fraction.as_deref().and_then(date::fraction) {
            written.nanos = Some(nanos);
        }
        if let Some(offset) = self.offset() {
            written.zone = WrittenZone::Offset(offset);
        }
        Some(written)
    }

    fn offset(&self) -> Option<i32> {
        date::offset(self.offset.as_deref()?)
    }
}

impl Exif {
    /// DateTimeOriginal with its fraction and offset, else DateTimeDigitized. An offset that was written for another
    /// of the dates counts where that date is the same one.
    pub(super) fn captured(&self) -> Option<CaptureTime> {
        let (mut written, others) = match (self.original.written(), self.digitized.written()) {
            (Some(original), _) => (original, [&self.digitized, &self.modified]),
            (None, Some(digitized)) => (digitized, [&self.modified, &self.modified]),
            (None, None) => return None,
        };
        if written.zone == WrittenZone::None {
            let same = others.into_iter().filter(|other| other.written().is_some_and(|w| w.wall == written.wall));
            if let Some(offset) = same.filter_map(Stamp::offset).next() {
                written.zone = WrittenZone::Offset(offset);
            }
        }
        written.capture_time()
    }

    /// Make and model.
    pub(super) fn camera(&self) -> Option<std::sync::Arc<str>> {
        camera_name(self.make.as_deref(), self.model.as_deref())
    }
}

/// Which tags a directory may hold: the same numbers mean other things elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Directory {
    /// The first one, with the camera and the ways to the others.
    Primary,
    /// A further picture of a raw file.
    Picture,
    /// The Exif directory proper.
    Exif,
    /// The GPS directory.
    Gps,
}

/// Reads an EXIF block: a TIFF header and its directories. Whatever is damaged is left out; only the disk gives errors.
pub(super) fn read(bytes: &mut impl Bytes) -> io::Result<Exif> {
    let mut exif = Exif::default();
    read_directory(bytes, Directory::Primary, &mut exif)?;
    Ok(exif)
}

/// Reads an EXIF block whose first directory is not the primary one: Canon's CR3 keeps each in a block of its own.
pub(super) fn read_directory(bytes: &mut impl Bytes, first: Directory, exif: &mut Exif) -> io::Result<()> {
    match Tiff::open(bytes)? {
        Some((mut tiff, at)) => tiff.directory(at, first, exif),
        None => Ok(()),
    }
}

/// One entry of a directory.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    tag: u16,
    format: u16,
    /// How many values it has.
    pub(super) count: u64,
    /// Where its value lies.
    pub(super) at: u64,
}

impl Entry {
    /// Bytes per value; unknown formats count as bytes, as some cameras write text with them.
    fn width(&self) -> u64 {
        match self.format {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 => 8,
            _ => 1,
        }
    }
}

/// TIFF's directories over any bytes.
pub(super) struct Tiff<'a, B> {
    bytes: &'a mut B,
    big_endian: bool,
    /// Whether it is TIFF proper, whose strips lie where they say; Panasonic's point nowhere.
    strict: bool,
}

impl<'a, B: Bytes> Tiff<'a, B> {
    /// Directories behind a TIFF header, and where the first one lies.
    pub(super) fn open(bytes: &'a mut B) -> io::Result<Option<(Self, u64)>> {
        let Some(start) = bytes.array::<8>(0)? else { return Ok(None) };
        let big_endian = match &start[..2] {
            b"II" => false,
            b"MM" => true,
            _ => return Ok(None),
        };
        let mut tiff = Self { bytes, big_endian, strict: true };
        match tiff.u16(&start[2..]) {
            42 => {}
            // Panasonic's and Olympus's raw files.
            0x55 | 0x4F52 | 0x5352 => tiff.strict = false,
            _ => return Ok(None),
        }
        let first = u64::from(tiff.u32(&start[4..]));
        Ok(Some((tiff, first)))
    }

    fn u16(&self, raw: &[u8]) -> u16 {
        let raw = [raw[0], raw[1]];
        if self.big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) }
    }

    fn u32(&self, raw: &[u8]) -> u32 {
        let raw = [raw[0], raw[1], raw[2], raw[3]];
        if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
    }

    /// The entries of the directory at `at`, each tag once; none where nothing sensible lies there.
    pub(super) fn entries(&mut self, at: u64) -> io::Result<Vec<Entry>> {
        let Some(count) = self.bytes.array::<2>(at)? else { return Ok(Vec::new()) };
        let count = self.u16(&count).min(MOST_ENTRIES);
        let raw = self.bytes.get(at + 2, usize::from(count) * 12)?.to_vec();
        let entry = |(place, raw): (usize, &[u8])| {
            let mut entry = Entry {
                tag: self.u16(raw),
                format: self.u16(&raw[2..]),
                count: u64::from(self.u32(&raw[4..])),
                at: at + 2 + place as u64 * 12 + 8,
            };
            if entry.width() * entry.count > 4 {
                entry.at = u64::from(self.u32(&raw[8..]));
            }
            entry
        };
        let mut entries: Vec<Entry> = Vec::with_capacity(usize::from(count));
        for entry in raw.chunks_exact(12).enumerate().map(entry) {
            // A tag counts once: many copies of a pointer could keep us busy for hours.
            if entries.iter().all(|earlier| earlier.tag != entry.tag) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Where the directory behind the one at `at` lies.
    pub(super) fn next(&mut self, at: u64) -> io::Result<Option<u64>> {
        let Some(count) = self.bytes.array::<2>(at)? else { return Ok(None) };
        let next = self.bytes.array::<4>(at + 2 + 12 * u64::from(self.u16(&count)))?;
        Ok(next.map(|next| u64::from(self.u32(&next))).filter(|&next| next > 0))
    }

    /// Reads the directory at `at` and, from the primary one, those it points to: never deeper, so that a circle of
    /// directories ends.
    fn directory(&mut self, at: u64, kind: Directory, exif: &mut Exif) -> io::Result<()> {
        let entries = self.entries(at)?;
        if kind == Directory::Primary {
            // By its own words, which may be longer than what is there.
            let count = self.bytes.array::<2>(at)?.map_or(0, |count| self.u16(&count));
            exif.end = at + 2 + 12 * u64::from(count);
        }
        match kind {
            Directory::Exif => self.exif_tags(&entries, exif),
            Directory::Gps => self.gps_tags(&entries, exif),
            Directory::Picture => self.picture_tags(&entries, exif),
            Directory::Primary => {
                self.picture_tags(&entries, exif)?;
                self.primary_tags(&entries, exif)
            }
        }
    }

    fn primary_tags(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        for entry in entries {
            match entry.tag {
                0x010F => exif.make = self.text(entry)?,
                0x0110 => exif.model = self.text(entry)?,
                0x0112 => exif.orientation = self.number(entry, 0)?,
                0x0132 => exif.modified.date = self.text(entry)?,
                0x02BC => exif.xmp = Some((entry.at, usize::try_from(entry.count).unwrap_or(usize::MAX))),
                0x8769 | 0x8825 => {
                    let kind = if entry.tag == 0x8769 { Directory::Exif } else { Directory::Gps };
                    if let Some(at) = self.number(entry, 0)? {
                        self.directory(at, kind, exif)?;
                    }
                }
                0x014A => {
                    for at in self.sub_directories(entry)? {
                        self.directory(at, Directory::Picture, exif)?;
                    }
                }
                // TIFF files may keep the dates in their first directory.
                0x9003 | 0x9004 => self.exif_tags(std::slice::from_ref(entry), exif)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Where the further directories lie that an entry points to.
    pub(super) fn sub_directories(&mut self, entry: &Entry) -> io::Result<Vec<u64>> {
        let places = 0..entry.count.min(MOST_SUB_DIRECTORIES as u64);
        places.filter_map(|place| self.number(entry, place).transpose()).collect()
    }

    fn exif_tags(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        for entry in entries {
            let slot = match entry.tag {
                0x9003 => &mut exif.original.date,
                0x9004 => &mut exif.digitized.date,
                0x9010 => &mut exif.modified.offset,
                0x9011 => &mut exif.original.offset,
                0x9012 => &mut exif.digitized.offset,
                0x9291 => &mut exif.original.fraction,
                0x9292 => &mut exif.digitized.fraction,
                0x927C => {
                    exif.content_identifier = self.apple_identifier(entry)?;
                    continue;
                }
                _ => continue,
            };
            *slot = self.text(entry)?;
        }
        Ok(())
    }

    /// Tag 0x11 of a MakerNote that starts as Apple's do; its offsets count from its own start.
    fn apple_identifier(&mut self, note: &Entry) -> io::Result<Option<Box<str>>> {
        let mut note = Part::new(self.bytes, note.at, note.count);
        let Some(start) = note.array::<14>(0)? else { return Ok(None) };
        if !start.starts_with(b"Apple iOS\0") {
            return Ok(None);
        }
        let big_endian = &start[12..] != b"II";
        let mut tiff = Tiff { bytes: &mut note, big_endian, strict: true };
        let entries = tiff.entries(14)?;
        match entries.iter().find(|entry| entry.tag == 0x11) {
            Some(entry) => Ok(tiff.text(entry)?.map(Into::into)),
            None => Ok(None),
        }
    }

    fn gps_tags(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        let (mut latitude, mut longitude, mut south, mut west) = (None, None, false, false);
        let (mut day, mut time) = (None, None);
        for entry in entries {
            match entry.tag {
                1 => south = self.text(entry)?.is_some_and(|text| text.starts_with(['S', 's'])),
                2 => latitude = self.three_rationals(entry)?.map(degrees),
                3 => west = self.text(entry)?.is_some_and(|text| text.starts_with(['W', 'w'])),
                4 => longitude = self.three_rationals(entry)?.map(degrees),
                7 => time = self.three_rationals(entry)?,
                29 => day = self.text(entry)?,
                _ => {}
            }
        }
        if let (Some(latitude), Some(longitude)) = (latitude, longitude) {
            let signed = |degrees: f64, negative: bool| if negative { -degrees } else { degrees };
            exif.location = Location::new(signed(latitude, south), signed(longitude, west));
        }
        exif.gps_time = day.zip(time).and_then(|(day, time)| gps_time(&day, time));
        Ok(())
    }

    /// The size of a picture and the end of its strips or tiles.
    fn picture_tags(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        let find = |tag: u16| find(entries, tag);
        if let (Some(width), Some(height)) = (find(0x0100), find(0x0101)) {
            let size = (self.number(&width, 0)?, self.number(&height, 0)?);
            if let (Some(width @ 1..=0xFFFF_FFFF), Some(height @ 1..=0xFFFF_FFFF)) = size {
                let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
                if exif.pixels.is_none_or(|known| area(known) < width * height) {
                    exif.pixels = Some((width as u32, height as u32));
                }
            }
        }
        // The colour profile, which many writers put at the very end.
        if let Some(profile) = find(0x8773).filter(|profile| self.strict && profile.count < LONGEST_PROFILE) {
            exif.end = exif.end.max(profile.at + profile.count);
        }
        for (offsets, lengths) in [(0x0111, 0x0117), (0x0144, 0x0145)] {
            let (Some(offsets), Some(lengths)) = (find(offsets), find(lengths)) else { continue };
            if !self.strict {
                continue;
            }
            let (list_end, count) = (offsets.at + offsets.count * offsets.width(), offsets.count);
            let (offsets, lengths) = (self.numbers(&offsets)?, self.numbers(&lengths)?);
            let ends = offsets.into_iter().zip(lengths).map(|(offset, length)| offset + length);
            let list_end = if count <= MOST_STRIPS { list_end } else { 0 };
            exif.end = exif.end.max(list_end).max(ends.max().unwrap_or(0));
        }
        Ok(())
    }

    /// Text up to its first NUL; bytes that are not UTF-8 become replacement characters. Blank text is none.
    fn text(&mut self, entry: &Entry) -> io::Result<Option<String>> {
        let length = usize::try_from(entry.count).unwrap_or(usize::MAX).min(LONGEST_TEXT);
        let raw = self.bytes.get(entry.at, length)?;
        let raw = raw.split(|&byte| byte == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(raw).trim().to_owned();
        Ok((!text.is_empty()).then_some(text))
    }

    /// The whole number at `place` of an entry.
    pub(super) fn number(&mut self, entry: &Entry, place: u64) -> io::Result<Option<u64>> {
        if place >= entry.count {
            return Ok(None);
        }
        let at = entry.at + place * entry.width();
        Ok(match entry.width() {
            2 => self.bytes.array::<2>(at)?.map(|raw| u64::from(self.u16(&raw))),
            4 => self.bytes.array::<4>(at)?.map(|raw| u64::from(self.u32(&raw))),
            _ => None,
        })
    }

    /// All whole numbers of an entry; none of a list too long to be one.
    fn numbers(&mut self, entry: &Entry) -> io::Result<Vec<u64>> {
        let width = entry.width() as usize;
        if entry.count > MOST_STRIPS || !matches!(width, 2 | 4) {
            return Ok(Vec::new());
        }
        let raw = self.bytes.get(entry.at, entry.count as usize * width)?.to_vec();
        let number = |raw: &[u8]| if width == 2 { u64::from(self.u16(raw)) } else { u64::from(self.u32(raw)) };
        Ok(raw.chunks_exact(width).map(number).collect())
    }

    /// Degrees, minutes and seconds, or hours, minutes and seconds. Nothing over nothing is nothing.
    fn three_rationals(&mut self, entry: &Entry) -> io::Result<Option<[f64; 3]>> {
        if entry.count < 3 || !matches!(entry.format, 5 | 10) {
            return Ok(None);
        }
        let Some(raw) = self.bytes.array::<24>(entry.at)? else { return Ok(None) };
        let mut values = [0.0; 3];
        for (value, raw) in values.iter_mut().zip(raw.chunks_exact(8)) {
            let (numerator, denominator) = (self.u32(raw), self.u32(&raw[4..]));
            match (numerator, denominator) {
                (0, _) => {}
                (_, 0) => return Ok(None),
                (numerator, denominator) => *value = f64::from(numerator) / f64::from(denominator),
            }
        }
        Ok(Some(values))
    }
}

/// The entry with this tag.
pub(super) fn find(entries: &[Entry], tag: u16) -> Option<Entry> {
    entries.iter().find(|entry| entry.tag == tag).copied()
}

/// Where the further pictures lie that a JPEG's multi-picture block lists, and their lengths. Offsets count from the
/// block's own start.
pub(super) fn further_pictures(block: &mut impl Bytes) -> io::Result<Vec<(u64, u64)>> {
    let Some((mut tiff, at)) = Tiff::open(block)? else { return Ok(Vec::new()) };
    let Some(list) = find(&tiff.entries(at)?, 0xB002) else { return Ok(Vec::new()) };
    let length = usize::try_from(list.count).unwrap_or(usize::MAX).min(MOST_SUB_DIRECTORIES * 16);
    let raw = tiff.bytes.get(list.at, length)?.to_vec();
    let place = |raw: &[u8]| (u64::from(tiff.u32(&raw[8..])), u64::from(tiff.u32(&raw[4..])));
    // The picture itself stands first, at no offset.
    Ok(raw.chunks_exact(16).map(place).filter(|&(offset, _)| offset > 0).collect())
}

fn degrees([degrees, minutes, seconds]: [f64; 3]) -> f64 {
    degrees + minutes / 60.0 + seconds / 3600.0
}

fn gps_time(day: &str, [hours, minutes, seconds]: [f64; 3]) -> Option<CaptureTime> {
    let mut written = date::parse(day)?;
    let day_seconds = hours * 3600.0 + minutes * 60.0 + seconds;
    if !(0.0..86_400.0).contains(&day_seconds) {
        return None;
    }
    let since_midnight = jiff::SignedDuration::from_secs(day_seconds as i64);
    written.wall = written.wall.date().at(0, 0, 0, 0).checked_add(since_midnight).ok()?;
    // Receivers write whole seconds as 12.00; a fraction here is no more exact than the fix was.
    written.nanos = None;
    written.zone = WrittenZone::Utc;
    written.capture_time()
}
