//! TIFF's directories of tags, in their three widths and dialects: TIFF, BigTIFF, and what some cameras made of it.

use std::io;

use crate::bytes::Bytes;

/// More entries than any camera writes in one directory.
const MOST_ENTRIES: u64 = 500;

/// Longest text that is read of a tag.
const LONGEST_TEXT: usize = 1024;

/// Longest list of numbers that is read.
const MOST_NUMBERS: u64 = 64 * 1024;

/// More pictures than any raw file holds beside its first.
const MOST_SUB_DIRECTORIES: u64 = 8;

/// Who speaks it: some tags mean other things to some cameras.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// TIFF proper, as most raw files are, and BigTIFF.
    Plain,
    /// Panasonic's raw files, whose strips point nowhere.
    Panasonic,
    /// Olympus's raw files.
    Olympus,
}

/// One entry of a directory.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    /// What it says.
    pub(super) tag: u16,
    /// How its values are written.
    pub(super) format: u16,
    /// How many values it has.
    pub(super) count: u64,
    /// Where its value lies.
    pub(super) at: u64,
}

impl Entry {
    /// Bytes per value; unknown formats count as bytes, as some cameras write text with them.
    pub(super) fn width(&self) -> u64 {
        match self.format {
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => 1,
        }
    }

    /// Bytes of all its values.
    pub(super) fn length(&self) -> u64 {
        self.width().saturating_mul(self.count)
    }

    /// Whether its values are of a kind that TIFF knows.
    pub(super) fn is_known(&self) -> bool {
        matches!(self.format, 1..=13 | 16..=18)
    }

    /// Whether its values are whole numbers of more than a byte.
    fn is_of_numbers(&self) -> bool {
        matches!(self.width(), 2 | 4) || matches!(self.format, 16..=18)
    }
}

/// The whole number that a few bytes are.
fn whole_number(raw: &[u8], big_endian: bool) -> u64 {
    let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
    if big_endian { raw.iter().fold(0, add) } else { raw.iter().rev().fold(0, add) }
}

/// The entry with this tag.
pub(crate) fn find(entries: &[Entry], tag: u16) -> Option<Entry> {
    entries.iter().find(|entry| entry.tag == tag).copied()
}

/// TIFF's directories over any bytes.
pub(super) struct Tiff<'a, B> {
    /// The bytes.
    pub(super) bytes: &'a mut B,
    /// Who speaks.
    pub(super) dialect: Dialect,
    big_endian: bool,
    /// Whether places are numbers of eight bytes, as in BigTIFF, and not of four.
    wide: bool,
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
        let mut tiff = Self { bytes, dialect: Dialect::Plain, big_endian, wide: false };
        match tiff.number_in(&start[2..4]) {
            42 => {}
            43 => {
                tiff.wide = true;
                let first = tiff.bytes.array::<8>(8)?.map(|first| tiff.number_in(&first));
                return Ok(first.map(|first| (tiff, first)));
            }
            0x55 => tiff.dialect = Dialect::Panasonic,
            0x4F52 | 0x5352 => tiff.dialect = Dialect::Olympus,
            _ => return Ok(None),
        }
        let first = tiff.number_in(&start[4..]);
        Ok(Some((tiff, first)))
    }

    /// Directories of a block that does not begin with a header of its own.
    pub(super) fn within(bytes: &'a mut B, big_endian: bool) -> Self {
        Self { bytes, dialect: Dialect::Plain, big_endian, wide: false }
    }

    /// The whole number that these few bytes are.
    pub(super) fn number_in(&self, raw: &[u8]) -> u64 {
        whole_number(raw, self.big_endian)
    }

    /// The whole number of `width` bytes at `at`, if there are so many.
    fn number_at(&mut self, at: u64, width: u64) -> io::Result<Option<u64>> {
        let big_endian = self.big_endian;
        let raw = self.bytes.get(at, width as usize)?;
        Ok((raw.len() as u64 == width).then(|| whole_number(raw, big_endian)))
    }

    /// Bytes of the number of entries, of an entry, and of the place of a value.
    fn widths(&self) -> (u64, u64, u64) {
        if self.wide { (8, 20, 8) } else { (2, 12, 4) }
    }

    /// How many entries the directory at `at` has by its own words, which may be more than are there.
    fn count(&mut self, at: u64) -> io::Result<u64> {
        let (width, ..) = self.widths();
        Ok(self.number_at(at, width)?.unwrap_or(0))
    }

    /// Where the directory at `at` ends by its own words: with the place of the next one.
    pub(super) fn end(&mut self, at: u64) -> io::Result<u64> {
        let (.., place) = self.widths();
        Ok(self.end_of_entries(at)?.saturating_add(place))
    }

    fn end_of_entries(&mut self, at: u64) -> io::Result<u64> {
        let (before, entry, _) = self.widths();
        let count = self.count(at)?;
        Ok(at.saturating_add(before).saturating_add(count.saturating_mul(entry)))
    }

    /// The entries of the directory at `at`, each tag once; none where nothing sensible lies there.
    pub(super) fn entries(&mut self, at: u64) -> io::Result<Vec<Entry>> {
        let (before, width, place) = self.widths();
        let count = self.count(at)?.min(MOST_ENTRIES);
        let start = at.saturating_add(before);
        let raw = self.bytes.get(start, (count * width) as usize)?.to_vec();
        let (count_at, value_at) = (4, (width - place) as usize);
        let entry = |(number, raw): (usize, &[u8])| {
            let mut entry = Entry {
                tag: self.number_in(&raw[..2]) as u16,
                format: self.number_in(&raw[2..4]) as u16,
                count: self.number_in(&raw[count_at..value_at]),
                at: start + number as u64 * width + value_at as u64,
            };
            if entry.length() > place {
                entry.at = self.number_in(&raw[value_at..]);
            }
            entry
        };
        let mut entries: Vec<Entry> = Vec::with_capacity(count as usize);
        for entry in raw.chunks_exact(width as usize).enumerate().map(entry) {
            // A tag counts once: many copies of a pointer could keep us busy for hours.
            if entries.iter().all(|earlier| earlier.tag != entry.tag) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    /// Where the directory behind the one at `at` lies.
    pub(super) fn next(&mut self, at: u64) -> io::Result<Option<u64>> {
        let (.., place) = self.widths();
        let end = self.end_of_entries(at)?;
        Ok(self.number_at(end, place)?.filter(|&next| next > 0))
    }

    /// Where the further directories lie that an entry points to.
    pub(super) fn sub_directories(&mut self, entry: &Entry) -> io::Result<Vec<u64>> {
        let places = 0..entry.count.min(MOST_SUB_DIRECTORIES);
        places.filter_map(|place| self.number(entry, place).transpose()).collect()
    }

    /// Text up to its first NUL; bytes that are not UTF-8 become replacement characters. Blank text is none.
    pub(super) fn text(&mut self, entry: &Entry) -> io::Result<Option<String>> {
        let length = usize::try_from(entry.count).unwrap_or(usize::MAX).min(LONGEST_TEXT);
        let raw = self.bytes.get(entry.at, length)?;
        let raw = raw.split(|&byte| byte == 0).next().unwrap_or_default();
        let text = String::from_utf8_lossy(raw).trim().to_owned();
        Ok((!text.is_empty()).then_some(text))
    }

    /// The whole number at `place` of an entry.
    pub(super) fn number(&mut self, entry: &Entry, place: u64) -> io::Result<Option<u64>> {
        if place >= entry.count || !entry.is_of_numbers() {
            return Ok(None);
        }
        let width = entry.width();
        self.number_at(entry.at.saturating_add(place.saturating_mul(width)), width)
    }

    /// All whole numbers of an entry; none of a list too long to be one.
    pub(super) fn numbers(&mut self, entry: &Entry) -> io::Result<Vec<u64>> {
        if entry.count > MOST_NUMBERS || !entry.is_of_numbers() {
            return Ok(Vec::new());
        }
        let raw = self.bytes.get(entry.at, entry.length() as usize)?.to_vec();
        Ok(raw.chunks_exact(entry.width() as usize).map(|raw| self.number_in(raw)).collect())
    }
}
