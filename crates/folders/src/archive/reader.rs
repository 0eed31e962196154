//! Reads a file in its zip, in place. Nothing is unpacked but into the hands of whoever reads.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use photobridge_core::folder::{FolderError, Opened, State};
use rawzip::ReaderAt;

use super::directory::{At, Entry};
use super::tree::Part;

/// Bytes of the beginning of a packed file that are held: headers are looked for here and there in them, and after the end of a
/// film.
const HELD: usize = 1 << 20;

/// Bytes of the zip that are read at once.
const PIECE: usize = 64 * 1024;

/// Some bytes of a zip, one after the other.
struct Range {
    zip: At,
    at: u64,
    end: u64,
    piece: Vec<u8>,
    /// How much of the piece was taken.
    taken: usize,
}

impl Range {
    fn new(zip: At, (at, end): (u64, u64)) -> Self {
        Self { zip, at, end, piece: Vec::new(), taken: 0 }
    }
}

impl Read for Range {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = io::BufRead::fill_buf(self)?.read(buffer)?;
        io::BufRead::consume(self, read);
        Ok(read)
    }
}

impl io::BufRead for Range {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.piece.len() && self.at < self.end {
            let wanted = usize::try_from(self.end - self.at).unwrap_or(PIECE).min(PIECE);
            self.piece.resize(wanted, 0);
            let read = self.zip.read_at(&mut self.piece, self.at)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.piece.truncate(read);
            (self.at, self.taken) = (self.at + read as u64, 0);
        }
        Ok(&self.piece[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        self.taken += amount;
    }
}

/// A packed file, unpacked from its beginning as far as was asked for.
struct Stream {
    decoder: DeflateDecoder<Range>,
    /// How far it is.
    at: u64,
    /// The beginning, as far as it is held.
    held: Vec<u8>,
}

/// A file in a zip that is open.
pub(super) struct Reader {
    part: Arc<Part>,
    entry: Entry,
    state: State,
    bytes: (u64, u64),
    position: u64,
    stream: Option<Stream>,
    /// Of all bytes up to `checked`, while they are read one after the other.
    crc: Crc,
    checked: u64,
}

impl Reader {
    pub(super) fn open(part: Arc<Part>, entry: Entry, state: State) -> Result<Self, FolderError> {
        if let Some(flaw) = entry.flaw {
            return Err(FolderError::Refused(flaw.to_string()));
        }
        let damaged = |why: String| FolderError::Permanent(format!("its archive is damaged: {why}"));
        let zip = part.zip().ok_or(FolderError::Gone)?;
        let bytes = zip.get_entry(entry.way).map_err(|error| damaged(error.to_string()))?.compressed_data_range();
        Ok(Self { part, entry, state, bytes, position: 0, stream: None, crc: Crc::new(), checked: 0 })
    }

    fn zip(&self) -> io::Result<At> {
        self.part.zip().map(|zip| zip.get_ref().clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn read_stored(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let from = self.bytes.0.saturating_add(self.position);
        let wanted = usize::try_from(self.bytes.1.saturating_sub(from)).unwrap_or(usize::MAX).min(buffer.len());
        match self.zip()?.read_at(&mut buffer[..wanted], from)? {
            0 if wanted > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }

    fn read_packed(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (position, zip) = (self.position, self.zip()?);
        let begin = || Stream { decoder: DeflateDecoder::new(Range::new(zip, self.bytes)), at: 0, held: Vec::new() };
        let stream = self.stream.get_or_insert_with(begin);
        if let Some(held) =
            usize::try_from(position).ok().and_then(|at| stream.held.get(at..)).filter(|held| !held.is_empty())
        {
            let length = held.len().min(buffer.len());
            buffer[..length].copy_from_slice(&held[..length]);
            return Ok(length);
        }
        if stream.at > position {
            stream.decoder = DeflateDecoder::new(Range::new(
                self.part.zip().ok_or(io::ErrorKind::NotFound)?.get_ref().clone(),
                self.bytes,
            ));
            stream.at = 0;
        }
        let mut passed = [0; 8 * 1024];
        while stream.at < position {
            let wanted = usize::try_from(position - stream.at).unwrap_or(usize::MAX).min(passed.len());
            let read = stream.unpack(&mut passed[..wanted])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        match stream.unpack(buffer)? {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        }
    }

    /// Holds what was read against the sum in the zip, once all of it went by.
    fn check(&mut self, read: &[u8]) -> io::Result<()> {
        if self.position != self.checked {
            return Ok(());
        }
        self.crc.update(read);
        self.checked += read.len() as u64;
        if self.checked == self.entry.size && self.crc.sum() != self.entry.crc {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "its bytes are damaged in its archive. Download the archive again",
            ));
        }
        Ok(())
    }
}

impl Stream {
    fn unpack(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buffer)?;
        if self.held.len() as u64 == self.at && self.held.len() < HELD {
            self.held.extend_from_slice(&buffer[..read.min(HELD - self.held.len())]);
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // What the zip says of its length is all that is taken, whatever is in it.
        let left = self.entry.size.saturating_sub(self.position);
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let buffer = &mut buffer[..wanted];
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = if self.entry.is_deflated { self.read_packed(buffer)? } else { self.read_stored(buffer)? };
        self.check(&buffer[..read])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::End(by) => self.entry.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl Opened for Reader {
    fn state(&self) -> Result<State, FolderError> {
        match self.part.is_unchanged()? {
            true => Ok(self.state),
            false => Err(FolderError::Retry("its archive was changed meanwhile".into())),
        }
    }
}
