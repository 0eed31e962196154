//! Bounded reading at any place of a file: one first block, then only what a parser asks for.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

/// Read at once from the front of every file; holds all metadata of most of them.
pub(super) const FIRST_BLOCK: usize = 64 * 1024;

/// Read beyond what was asked for, as parsers come back for the neighbouring bytes.
const AHEAD: usize = 4 * 1024;

/// More than any parser here asks for at once; a length from a file never decides how much memory is used.
const MOST_AT_ONCE: usize = 4 * 1024 * 1024;

/// Bytes that can be read at any place.
pub(super) trait Bytes {
    /// The bytes at `offset`: `length` of them, fewer at the end, none behind it.
    fn get(&mut self, offset: u64, length: usize) -> io::Result<&[u8]>;

    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Exactly `N` bytes at `offset`, if there are so many.
    fn array<const N: usize>(&mut self, offset: u64) -> io::Result<Option<[u8; N]>>
    where
        Self: Sized,
    {
        Ok(self.get(offset, N)?.try_into().ok())
    }
}

impl Bytes for &[u8] {
    fn get(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let end = start.saturating_add(length).min(self.len());
        Ok(&self[start..end])
    }

    fn size(&self) -> u64 {
        self.len() as u64
    }
}

thread_local! {
    /// The first block of the file that this thread reads now: memory for 100,000 files, made once.
    static FIRST: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A file, with its first block and the block last read kept in memory.
pub(super) struct FileBytes<R> {
    reader: R,
    size: u64,
    first: Vec<u8>,
    /// Bytes of the first block that are there.
    head: usize,
    window: Vec<u8>,
    window_at: u64,
    read: u64,
}

impl<R: Read + Seek> FileBytes<R> {
    /// Reads the first block of a file of `size` bytes, wherever somebody stopped reading it before.
    pub(super) fn new(mut reader: R, size: u64) -> io::Result<Self> {
        reader.rewind()?;
        let mut first = FIRST.take();
        first.resize(FIRST_BLOCK, 0);
        let head = fill(&mut reader, &mut first[..size.min(FIRST_BLOCK as u64) as usize])?;
        Ok(Self { reader, size, first, head, window: Vec::new(), window_at: 0, read: head as u64 })
    }
}

impl<R> FileBytes<R> {
    /// How many bytes were read from the disk so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }
}

impl<R> Drop for FileBytes<R> {
    fn drop(&mut self) {
        FIRST.set(std::mem::take(&mut self.first));
    }
}

/// Reads until the buffer is full or the file ends; asks no further than that.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl<R: Read + Seek> Bytes for FileBytes<R> {
    fn get(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        let length =
            length.min(MOST_AT_ONCE).min(usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX));
        if length == 0 {
            return Ok(&[]);
        }
        let end = offset + length as u64;
        if end <= self.head as u64 {
            return Ok(&self.first[offset as usize..end as usize]);
        }
        if offset < self.window_at || end > self.window_at + self.window.len() as u64 {
            let mut window = std::mem::take(&mut self.window);
            window.resize(length.max(AHEAD), 0);
            self.reader.seek(SeekFrom::Start(offset))?;
            let there = fill(&mut self.reader, &mut window)?;
            window.truncate(there);
            (self.window, self.window_at) = (window, offset);
            self.read += self.window.len() as u64;
        }
        let start = (offset - self.window_at) as usize;
        // Shorter than asked where the file shrank while it was being read.
        Ok(&self.window[start..(start + length).min(self.window.len())])
    }

    fn size(&self) -> u64 {
        self.size
    }
}

/// A stretch of other bytes, with offsets of its own.
pub(super) struct Part<'a, B> {
    whole: &'a mut B,
    start: u64,
    size: u64,
}

impl<'a, B: Bytes> Part<'a, B> {
    /// `size` bytes of `whole` from `start`, fewer where `whole` ends earlier.
    pub(super) fn new(whole: &'a mut B, start: u64, size: u64) -> Self {
        let size = size.min(whole.size().saturating_sub(start));
        Self { whole, start, size }
    }
}

impl<B: Bytes> Bytes for Part<'_, B> {
    fn get(&mut self, offset: u64, length: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        match length.min(left) {
            0 => Ok(&[]),
            length => self.whole.get(self.start + offset, length),
        }
    }

    fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn any_place_of_a_file_can_be_asked_for() {
        let content: Vec<u8> = (0..FIRST_BLOCK * 3).map(|i| (i % 251) as u8).collect();
        let mut file = FileBytes::new(Cursor::new(&content), content.len() as u64).expect("memory can be read");
        for (offset, length) in [(0, 10), (FIRST_BLOCK - 4, 8), (FIRST_BLOCK * 2, 5), (FIRST_BLOCK * 3 - 2, 100)] {
            let end = (offset + length).min(content.len());
            assert_eq!(file.get(offset as u64, length).expect("memory can be read"), &content[offset..end]);
        }
        assert!(file.get(u64::MAX, 1).expect("memory can be read").is_empty());
        assert!(file.get(content.len() as u64, 9).expect("memory can be read").is_empty());
        assert!(file.read() < (FIRST_BLOCK + 4 * AHEAD) as u64);
    }

    #[test]
    fn a_file_is_read_from_its_start_whoever_read_it_before() {
        let content: Vec<u8> = (0..FIRST_BLOCK * 2).map(|i| (i % 251) as u8).collect();
        let mut before = Cursor::new(&content);
        before.set_position(FIRST_BLOCK as u64);
        let mut file = FileBytes::new(before, content.len() as u64).expect("memory can be read");
        assert_eq!(file.get(0, 100).expect("memory can be read"), &content[..100]);
    }

    #[test]
    fn a_part_ends_where_it_says() {
        let mut content: &[u8] = b"0123456789";
        let mut part = Part::new(&mut content, 3, 4);
        assert_eq!(part.get(0, 100).expect("memory can be read"), b"3456");
        assert_eq!(part.get(u64::MAX, 1).expect("memory can be read"), b"");
        assert_eq!(Part::new(&mut content, 8, 100).size(), 2);
    }
}
