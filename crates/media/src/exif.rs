//! EXIF: the directories of tags that cameras write, alone in TIFF and raw files, inside everything else.
//!
//! A reader of our own: only a dozen tags matter here, Apple's MakerNote must be opened anyway, and a file that breaks
//! the rules in one tag must still give its others.

use std::io;

use crate::capture::{CaptureTime, Known};
use crate::details::Location;
use crate::header::camera_name;
use crate::iptc;

use crate::bytes::{Bytes, Part};
use crate::date::{self, Written, WrittenZone};
use crate::tiff::{Dialect, Entry, Tiff, find};

/// More further pictures than a JPEG lists.
const MOST_FURTHER: usize = 8;

/// What EXIF says, as written.
#[derive(Debug, Default)]
pub(super) struct Exif {
    make: Option<String>,
    model: Option<String>,
    /// The program that wrote the file last: a camera's own, or an editor.
    pub(super) software: Option<String>,
    modified: Stamp,
    original: Stamp,
    digitized: Stamp,
    /// Where it was taken.
    pub(super) location: Option<Location>,
    /// GPSDateStamp and GPSTimeStamp.
    pub(super) gps_time: Option<CaptureTime>,
    /// Tag 0x11 of Apple's MakerNote.
    pub(super) content_identifier: Option<Box<str>>,
    /// Tag 0x0B of Apple's MakerNote: the burst of which it is a frame.
    pub(super) burst: Option<Box<str>>,
    /// By which of its ways the camera made the picture (CustomRendered).
    pub(super) rendered: Option<u64>,
    /// The lens, in Apple's words: which of the phone's cameras.
    pub(super) lens: Option<String>,
    /// The comment, as far as it is plain text.
    pub(super) comment: Option<String>,
    /// How the picture lies.
    pub(super) orientation: Option<u64>,
    /// Size of the largest picture that the directories describe.
    pub(super) pixels: Option<(u32, u32)>,
    /// The size of the picture in words: the Exif directory's.
    pub(super) told_pixels: (Option<u64>, Option<u64>),
    /// Where an XMP packet lies, and its length.
    pub(super) xmp: Option<(u64, usize)>,
    /// What Canon's directories of before EXIF say.
    pub(super) ciff: Option<CaptureTime>,
    /// What IPTC's records say.
    pub(super) iptc: Option<CaptureTime>,
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
            (None, None) => return self.ciff,
        };
        if written.zone == WrittenZone::None {
            let same = others.into_iter().filter(|other| other.written().is_some_and(|w| w.wall == written.wall));
            if let Some(offset) = same.filter_map(Stamp::offset).next() {
                written.zone = WrittenZone::Offset(offset);
            }
        }
        written.capture_time()
    }

    /// When a program wrote the file, or a camera that says nothing else.
    pub(super) fn modified(&self) -> Option<CaptureTime> {
        self.modified.written()?.capture_time()
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
pub(crate) fn read(bytes: &mut impl Bytes) -> io::Result<Exif> {
    let mut exif = Exif::default();
    read_directory(bytes, Directory::Primary, &mut exif)?;
    Ok(exif)
}

/// Reads an EXIF block whose first directory is not the primary one: Canon's CR3 keeps each in a block of its own.
pub(crate) fn read_directory(bytes: &mut impl Bytes, first: Directory, exif: &mut Exif) -> io::Result<()> {
    match Tiff::open(bytes)? {
        Some((mut tiff, at)) => tiff.directory(at, first, exif),
        None => Ok(()),
    }
}

impl<B: Bytes> Tiff<'_, B> {
    /// Reads the directory at `at` and, from the primary one, those it points to: never deeper, so that a circle of
    /// directories ends.
    fn directory(&mut self, at: u64, kind: Directory, exif: &mut Exif) -> io::Result<()> {
        let entries = self.entries(at)?;
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
                0x0131 => exif.software = self.text(entry)?,
                0x0132 => exif.modified.date = self.text(entry)?,
                0x02BC => exif.xmp = Some((entry.at, usize::try_from(entry.count).unwrap_or(usize::MAX))),
                0x83BB if exif.iptc.is_none() => exif.iptc = iptc::captured(self.bytes, entry.at, entry.length())?,
                0x8649 => exif.iptc = iptc::in_photoshop(self.bytes, entry.at, entry.length())?.or(exif.iptc),
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

    fn exif_tags(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        for entry in entries {
            let slot = match entry.tag {
                0x9003 => &mut exif.original.date,
                0x9004 => &mut exif.digitized.date,
                0x9010 => &mut exif.modified.offset,
                0x9011 => &mut exif.original.offset,
                0x9012 => &mut exif.digitized.offset,
                0x9290 => &mut exif.modified.fraction,
                0x9291 => &mut exif.original.fraction,
                0x9292 => &mut exif.digitized.fraction,
                0xA434 => &mut exif.lens,
                0xA401 => {
                    exif.rendered = self.number(entry, 0)?;
                    continue;
                }
                0x9286 => {
                    exif.comment = self.comment(entry)?;
                    continue;
                }
                0xA002 => {
                    exif.told_pixels.0 = self.number(entry, 0)?;
                    continue;
                }
                0xA003 => {
                    exif.told_pixels.1 = self.number(entry, 0)?;
                    continue;
                }
                0x927C => {
                    self.apple_note(entry, exif)?;
                    continue;
                }
                _ => continue,
            };
            *slot = self.text(entry)?;
        }
        Ok(())
    }

    /// The text of a comment, behind the eight letters that name its alphabet.
    fn comment(&mut self, entry: &Entry) -> io::Result<Option<String>> {
        const ASCII: &[u8; 8] = b"ASCII\0\0\0";
        if self.bytes.array::<8>(entry.at)?.as_ref() != Some(ASCII) {
            return Ok(None);
        }
        let text = Entry { at: entry.at + 8, count: entry.count.saturating_sub(8), ..*entry };
        self.text(&text)
    }

    /// Two tags of a MakerNote that starts as Apple's do; its offsets count from its own start.
    fn apple_note(&mut self, note: &Entry, exif: &mut Exif) -> io::Result<()> {
        let mut note = Part::new(self.bytes, note.at, note.count);
        let Some(start) = note.array::<14>(0)? else { return Ok(()) };
        if !start.starts_with(b"Apple iOS\0") {
            return Ok(());
        }
        let big_endian = &start[12..] != b"II";
        let mut tiff = Tiff::within(&mut note, big_endian);
        for entry in tiff.entries(14)? {
            match entry.tag {
                0x0B => exif.burst = tiff.text(&entry)?.map(Into::into),
                0x11 => exif.content_identifier = tiff.text(&entry)?.map(Into::into),
                _ => {}
            }
        }
        Ok(())
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

    /// The size of a picture; of several the largest counts.
    fn picture_tags(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        if self.dialect == Dialect::Panasonic {
            return self.borders(entries, exif);
        }
        let (Some(width), Some(height)) = (find(entries, 0x0100), find(entries, 0x0101)) else { return Ok(()) };
        let size = (self.number(&width, 0)?, self.number(&height, 0)?);
        if let (Some(width @ 1..=0xFFFF_FFFF), Some(height @ 1..=0xFFFF_FFFF)) = size {
            let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
            if exif.pixels.is_none_or(|known| area(known) < width * height) {
                exif.pixels = Some((width as u32, height as u32));
            }
        }
        Ok(())
    }

    /// The size of a picture by Panasonic's words: where its borders lie on the sensor.
    fn borders(&mut self, entries: &[Entry], exif: &mut Exif) -> io::Result<()> {
        let mut borders = [None; 4];
        for (border, tag) in borders.iter_mut().zip([4, 5, 6, 7]) {
            if let Some(entry) = find(entries, tag) {
                *border = self.number(&entry, 0)?.and_then(|number| u32::try_from(number).ok());
            }
        }
        if let [Some(top), Some(left), Some(bottom), Some(right)] = borders {
            exif.pixels = Some((right.saturating_sub(left), bottom.saturating_sub(top)));
            exif.pixels = exif.pixels.filter(|&(width, height)| width > 0 && height > 0);
        }
        Ok(())
    }

    /// Degrees, minutes and seconds, or hours, minutes and seconds. Nothing over nothing is nothing.
    fn three_rationals(&mut self, entry: &Entry) -> io::Result<Option<[f64; 3]>> {
        if entry.count < 3 || !matches!(entry.format, 5 | 10) {
            return Ok(None);
        }
        let Some(raw) = self.bytes.array::<24>(entry.at)? else { return Ok(None) };
        let mut values = [0.0; 3];
        for (value, raw) in values.iter_mut().zip(raw.chunks_exact(8)) {
            let (numerator, denominator) = (self.number_in(&raw[..4]) as u32, self.number_in(&raw[4..]) as u32);
            match (numerator, denominator) {
                (0, _) => {}
                (_, 0) => return Ok(None),
                (numerator, denominator) => *value = f64::from(numerator) / f64::from(denominator),
            }
        }
        Ok(Some(values))
    }
}

/// Where the further pictures lie that a JPEG's multi-picture block lists, and their lengths. Offsets count from the
/// block's own start.
pub(crate) fn further_pictures(block: &mut impl Bytes) -> io::Result<Vec<(u64, u64)>> {
    let Some((mut tiff, at)) = Tiff::open(block)? else { return Ok(Vec::new()) };
    let Some(list) = find(&tiff.entries(at)?, 0xB002) else { return Ok(Vec::new()) };
    let length = usize::try_from(list.count).unwrap_or(usize::MAX).min(MOST_FURTHER * 16);
    let raw = tiff.bytes.get(list.at, length)?.to_vec();
    let place = |raw: &[u8]| (tiff.number_in(&raw[8..12]), tiff.number_in(&raw[4..8]));
    // The picture itself stands first, at no offset.
    Ok(raw.chunks_exact(16).map(place).filter(|&(offset, _)| offset > 0).collect())
}

/// Where a JPEG's multi-picture block says how long the picture itself is, what it says, and whether it begins with the
/// largest byte.
pub(crate) fn first_picture(block: &mut impl Bytes) -> io::Result<Option<(u64, u32, bool)>> {
    let Some((mut tiff, at)) = Tiff::open(block)? else { return Ok(None) };
    let Some(list) = find(&tiff.entries(at)?, 0xB002) else { return Ok(None) };
    let Some(raw) = tiff.bytes.array::<16>(list.at)?.filter(|raw| raw[8..12] == [0; 4]) else { return Ok(None) };
    let length = tiff.number_in(&raw[4..8]) as u32;
    Ok(Some((list.at + 4, length, raw[4..8] == length.to_be_bytes())))
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
    written.known = Known::Moment;
    written.capture_time()
}
