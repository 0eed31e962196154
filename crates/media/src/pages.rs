//! Whether all that a TIFF file tells of is there: every directory, and the pictures of each. Raw files are mostly TIFF.

use std::io;

use crate::bytes::Bytes;
use crate::tiff::{Dialect, Entry, Tiff, find};

/// Directories looked at; a longer chain, or one that goes in a circle, is believed to go on as it began.
const MOST_PAGES: usize = 1000;

/// Strips and tiles looked at, of all directories together.
const MOST_STRIPS: u64 = 1024 * 1024;

/// What looks like a longer value is none.
const LONGEST_VALUE: u64 = 16 * 1024 * 1024;

/// So many zeros at the end of a picture mean that its bytes never came.
const HOLLOW: u64 = 4096;

/// EXIF and the place, which have directories of their own, and what a maker writes: its places are often those of another
/// file.
const WORDS: [u16; 2] = [0x8769, 0x8825];
const MAKER_NOTE: u16 = 0x927C;

/// The tag that only Adobe's DNG has.
const DNG: u16 = 0xC612;

/// What Panasonic writes for a place that is told elsewhere.
const NOWHERE: u64 = 0xFFFF_FFFF;

/// Why a file is not whole, if it is not.
pub(crate) fn lacks(bytes: &mut impl Bytes) -> io::Result<Option<&'static str>> {
    let size = bytes.size();
    let Some((mut tiff, first)) = Tiff::open(bytes)? else { return Ok(None) };
    let mut pages = Pages::default();
    let (mut next, mut seen) = (Some(first), 0);
    while let Some(at) = next.filter(|_| seen < MOST_PAGES && pages.strips < MOST_STRIPS) {
        seen += 1;
        let entries = pages.take(&mut tiff, at)?;
        // Many writers put it behind the pixels, so it is what comes last.
        if entries.is_empty() {
            return Ok(Some("a directory that it names holds nothing"));
        }
        pages.is_dng |= find(&entries, DNG).is_some();
        pages.take_words(&mut tiff, &entries)?;
        if let Some(further) = find(&entries, 0x014A) {
            for at in tiff.sub_directories(&further)? {
                pages.take(&mut tiff, at)?;
            }
        }
        if pages.end > size {
            return Ok(Some("the file ends before its picture does"));
        }
        next = tiff.next(at)?;
    }
    let hollow = match pages.last {
        Some(last) if last.length > 0 && (pages.is_dng || last.is_coded) => {
            let length = last.length.min(HOLLOW);
            let end = tiff.bytes.get(last.end - length, length as usize)?;
            end.iter().all(|&byte| byte == 0)
        }
        _ => false,
    };
    Ok(hollow.then_some("its picture ends in nothing but zeros"))
}

/// What the directories say of where things lie.
#[derive(Default)]
struct Pages {
    /// The end of the directory, strip or tile that lies furthest back.
    end: u64,
    /// The strip or tile that lies furthest back.
    last: Option<Strip>,
    /// How many were looked at.
    strips: u64,
    is_dng: bool,
}

/// A strip or tile of a picture.
#[derive(Clone, Copy)]
struct Strip {
    end: u64,
    length: u64,
    /// Whether its bytes are coded in a way that never ends in many zeros. Pixels as they are may well be black.
    is_coded: bool,
}

impl Pages {
    /// Takes the directories that a plain TIFF has for words, as far as they may be cut off: some programs leave pointers to
    /// far away.
    fn take_words<B: Bytes>(&mut self, tiff: &mut Tiff<'_, B>, entries: &[Entry]) -> io::Result<()> {
        let size = tiff.bytes.size();
        if tiff.dialect != Dialect::Plain {
            return Ok(());
        }
        for tag in WORDS {
            let Some(entry) = find(entries, tag) else { continue };
            for at in tiff.sub_directories(&entry)? {
                let mut words = Self::default();
                words.take(tiff, at)?;
                if words.end <= size.saturating_mul(2) {
                    self.end = self.end.max(words.end);
                }
            }
        }
        Ok(())
    }

    /// Takes the directory at `at`.
    fn take<B: Bytes>(&mut self, tiff: &mut Tiff<'_, B>, at: u64) -> io::Result<Vec<Entry>> {
        self.end = self.end.max(tiff.end(at)?);
        let entries = tiff.entries(at)?;
        // Texts, tables and profiles of colours, which many writers put at the very end.
        let is_value = |entry: &&Entry| entry.is_known() && entry.length() < LONGEST_VALUE && entry.tag != MAKER_NOTE;
        let values = entries.iter().filter(is_value);
        self.end = values.map(|entry| entry.at.saturating_add(entry.length())).fold(self.end, u64::max);
        // LZW, JPEG, Deflate under its two numbers.
        let coding = match find(&entries, 0x0103) {
            Some(coding) => tiff.number(&coding, 0)?,
            None => None,
        };
        let is_coded = matches!(coding, Some(5 | 7 | 8 | 32946));
        for (offsets, lengths) in [(0x0111, 0x0117), (0x0144, 0x0145), (0x0118, 0x0117)] {
            // Panasonic's own word for where the raw picture lies.
            if offsets == 0x0118 && tiff.dialect != Dialect::Panasonic {
                continue;
            }
            let (Some(offsets), Some(lengths)) = (find(&entries, offsets), find(&entries, lengths)) else { continue };
            let (offsets, lengths) = (tiff.numbers(&offsets)?, tiff.numbers(&lengths)?);
            self.strips += offsets.len() as u64;
            for (offset, length) in offsets.into_iter().zip(lengths).filter(|(offset, _)| *offset != NOWHERE) {
                let strip = Strip { end: offset.saturating_add(length), length, is_coded };
                self.end = self.end.max(strip.end);
                if self.last.is_none_or(|last| last.end < strip.end) {
                    self.last = Some(strip);
                }
            }
        }
        Ok(entries)
    }
}
