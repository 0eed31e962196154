//! Apple's note with a content identifier, put into an EXIF block. Nothing that stands there moves: notes of cameras count
//! places from wherever they like. New directories go to the end of the block. Apple's devices look for the identifier at one
//! place alone, where the note of the camera's maker stands: that one is led to from the directory of the thumbnail from now
//! on, where exiftool and others find it.

use crate::boxes::{u16_at, u32_at};

const EXIF_DIRECTORY: u16 = 0x8769;
const NOTE: u16 = 0x927C;

/// More entries than a camera writes into a directory.
const MOST_ENTRIES: usize = 500;

/// The longest block: what else a file has must still be found in it.
const LONGEST: usize = 4 * 1024 * 1024;

/// How values are written: as a whole number of four bytes, as something that TIFF does not know.
const LONG: u16 = 4;
const UNDEFINED: u16 = 7;

/// The block with Apple's note in it; nothing where it makes no sense.
pub(super) fn with_identifier(block: &[u8], identifier: &str) -> Option<Vec<u8>> {
    let mut written = Block::of(block.to_vec())?;
    let first_at = written.long(4)? as usize;
    let mut first = written.directory(first_at)?;
    let exif_at = first.find(EXIF_DIRECTORY).map(|entry| written.value(entry) as usize);
    let mut exif = match exif_at {
        Some(at) => written.directory(at)?,
        None => Directory::default(),
    };
    let other = exif.find(NOTE).filter(|entry| written.count(entry) > 4).copied();
    let note = apple(identifier);
    let at = written.append(&note);
    exif.set(written.entry(NOTE, UNDEFINED, note.len() as u32, at));
    let at = written.append_directory(&exif);
    first.set(written.entry(EXIF_DIRECTORY, LONG, 1, at));
    if let Some(other) = other {
        let mut of_other = Directory::default();
        of_other.set((NOTE, other));
        let at = written.append_directory(&of_other);
        let thumbnail = written.number(first.next) as usize;
        let mut thumbnail = if thumbnail > 0 { written.directory(thumbnail)? } else { Directory::default() };
        thumbnail.set(written.entry(EXIF_DIRECTORY, LONG, 1, at));
        let at = written.append_directory(&thumbnail);
        first.next = written.raw_long(at);
    }
    let at = written.append_directory(&first);
    let place = written.raw_long(at);
    written.bytes[4..8].copy_from_slice(&place);
    (written.bytes.len() <= LONGEST).then_some(written.bytes)
}

/// A block that holds nothing else.
pub(super) fn alone(identifier: &str) -> Vec<u8> {
    // An empty first directory, that nothing follows.
    let empty = b"MM\0\x2A\0\0\0\x08\0\0\0\0\0\0";
    with_identifier(empty, identifier).unwrap_or_default()
}

/// Apple's note of one tag: its directory counts places from its own start.
fn apple(identifier: &str) -> Vec<u8> {
    let text = [identifier.as_bytes(), &[0]].concat();
    let head = b"Apple iOS\0\0\x01MM";
    // One entry: the tag, a text, its length, where it lies; and that no directory follows.
    let at = (head.len() + 2 + 12 + 4) as u32;
    let entry = [&[0, 0x11, 0, 2][..], &(text.len() as u32).to_be_bytes(), &at.to_be_bytes()].concat();
    [&head[..], &[0, 1], &entry, &[0; 4], &text].concat()
}

/// A block of EXIF that grows at its end.
struct Block {
    bytes: Vec<u8>,
    big_endian: bool,
}

/// An entry of a directory as it is written.
type Entry = [u8; 12];

#[derive(Default)]
struct Directory {
    entries: Vec<(u16, Entry)>,
    /// Where the next one lies, as it is written.
    next: [u8; 4],
}

impl Directory {
    fn find(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|(known, _)| *known == tag).map(|(_, entry)| entry)
    }

    /// Puts an entry in the place of that with its tag, or where it belongs in their order.
    fn set(&mut self, (tag, entry): (u16, Entry)) {
        match self.entries.iter_mut().find(|(known, _)| *known == tag) {
            Some((_, known)) => *known = entry,
            None => {
                let at = self.entries.iter().position(|(known, _)| *known > tag).unwrap_or(self.entries.len());
                self.entries.insert(at, (tag, entry));
            }
        }
    }
}

impl Block {
    /// A block of plain TIFF: others are those of raw files.
    fn of(bytes: Vec<u8>) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"II\x2A\0" => false,
            b"MM\0\x2A" => true,
            _ => return None,
        };
        Some(Self { bytes, big_endian })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let number = u32_at(&self.bytes, at)?;
        Some(if self.big_endian { number } else { number.swap_bytes() })
    }

    fn raw_long(&self, number: u32) -> [u8; 4] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn raw_short(&self, number: u16) -> [u8; 2] {
        if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() }
    }

    fn short_in(&self, raw: &[u8], at: usize) -> Option<u16> {
        let number = u16_at(raw, at)?;
        Some(if self.big_endian { number } else { number.swap_bytes() })
    }

    /// How many values an entry has.
    fn count(&self, entry: &Entry) -> u32 {
        self.long_in(entry, 4)
    }

    /// The value of an entry, or where it lies.
    fn value(&self, entry: &Entry) -> u32 {
        self.long_in(entry, 8)
    }

    fn long_in(&self, entry: &Entry, at: usize) -> u32 {
        self.number([0, 1, 2, 3].map(|byte| entry[at + byte]))
    }

    fn number(&self, raw: [u8; 4]) -> u32 {
        if self.big_endian { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) }
    }

    fn directory(&self, at: usize) -> Option<Directory> {
        let count = usize::from(self.short_in(self.bytes.get(at..)?, 0)?);
        let raw = self.bytes.get(at + 2..(at + 2).checked_add(count * 12 + 4)?)?;
        let mut directory = Directory::default();
        for entry in raw.chunks_exact(12).take(count.min(MOST_ENTRIES)) {
            directory.entries.push((self.short_in(entry, 0)?, entry.try_into().ok()?));
        }
        directory.next = raw[count * 12..].try_into().ok()?;
        (count <= MOST_ENTRIES).then_some(directory)
    }

    fn entry(&self, tag: u16, format: u16, count: u32, value: u32) -> (u16, Entry) {
        let mut entry = [0; 12];
        entry[..2].copy_from_slice(&self.raw_short(tag));
        entry[2..4].copy_from_slice(&self.raw_short(format));
        entry[4..8].copy_from_slice(&self.raw_long(count));
        entry[8..].copy_from_slice(&self.raw_long(value));
        (tag, entry)
    }

    /// Puts bytes at the end, at an even place, which it tells.
    fn append(&mut self, bytes: &[u8]) -> u32 {
        if self.bytes.len() % 2 == 1 {
            self.bytes.push(0);
        }
        let at = self.bytes.len() as u32;
        self.bytes.extend(bytes);
        at
    }

    fn append_directory(&mut self, directory: &Directory) -> u32 {
        let count = self.raw_short(directory.entries.len() as u16);
        let entries: Vec<u8> = directory.entries.iter().flat_map(|(_, entry)| *entry).collect();
        self.append(&[&count[..], &entries, &directory.next].concat())
    }
}
