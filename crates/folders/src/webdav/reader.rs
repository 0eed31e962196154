//! Reads some bytes of a file on a server, and only of the file that was listed.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::client::{Answer, Client, Request, cut, patiently};
use super::fault::Fault;
use super::multistatus::{Etag, Facts};

/// Bytes that are asked for at once. Most headers lie in the first ones, and a movie's index at its end is not much longer.
const BLOCK: u64 = 64 * 1024;

/// So many blocks in a row are asked for one by one. Whoever goes on reads all of the file, and gets the rest in one answer: a
/// movie of 130 MB would take two thousand requests.
const IN_A_ROW: u32 = 2;

/// Of a server that gives no parts so many bytes are passed over to come to the ones that are needed.
const PASSED_OVER: u64 = 4 << 20;

/// The bytes of the file at `path` from `from` on, up to `end`.
///
/// The answer itself must say that they are of the file that was listed: by its ETag, else by its date, and by its length.
/// No condition is sent along, as servers refuse right ones (Apache, right after an upload) and pass over wrong ones (nginx,
/// lighttpd, rclone).
pub(super) fn bytes(
    client: &Client,
    path: &Path,
    listed: &Facts,
    from: u64,
    end: u64,
) -> Result<impl Read + Send + use<>, Fault> {
    let size = listed.size.ok_or_else(|| unsized_file(client, path))?;
    let mut request = Request::new("GET", client.at(path)?).header("Accept-Encoding", "identity");
    if (from, end) != (0, size) {
        request = request.header("Range", format!("bytes={from}-{}", end.saturating_sub(1)));
    }
    let answer = client.ask(request)?;
    if answer.is_page() {
        return Err(answer.fault());
    }
    let begins = match answer.status {
        206 => Some(range_of(&answer)).filter(|range| *range == Some((from, size))).map(|_| from),
        200 => answer
            .header("content-length")
            .and_then(|text| text.parse().ok())
            .filter(|length| *length == size)
            .map(|_: u64| 0),
        412 | 416 => None,
        _ => return Err(answer.fault()),
    };
    let begins = begins.filter(|_| is_of(&answer, listed)).ok_or(Fault::Changed)?;
    if from - begins > PASSED_OVER {
        return Err(Fault::Permanent(format!(
            "{} cannot send a part of a file, only the whole file",
            client.address().host()
        )));
    }
    let mut reader = answer.into_reader();
    let passed = io::copy(&mut reader.by_ref().take(from - begins), &mut io::sink());
    passed.map_err(|error| cut(client.address().host(), &error))?;
    Ok(reader.take(end - from))
}

fn unsized_file(client: &Client, path: &Path) -> Fault {
    Fault::Permanent(format!("{} does not say how long {} is", client.address().host(), path.display()))
}

/// Where a part begins, and how long the whole file is.
fn range_of(answer: &Answer) -> Option<(u64, u64)> {
    let (range, size) = answer.header("content-range")?.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, size.parse().ok()?))
}

/// Whether an answer is of the state of the file that was listed, as far as it tells.
fn is_of(answer: &Answer, listed: &Facts) -> bool {
    let etag = answer.header("etag").and_then(Etag::read);
    match (etag, &listed.etag) {
        (Some(etag), Some(listed)) => etag.is_same(listed),
        _ => {
            let told = answer.header("last-modified").and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
            told.is_none_or(|told| listed.modified.is_none_or(|listed| listed == told.timestamp()))
        }
    }
}

/// A file on a server, to be read here and there.
#[derive(Debug)]
pub struct Reader {
    client: Arc<Client>,
    path: PathBuf,
    listed: Facts,
    size: u64,
    position: u64,
    block: Vec<u8>,
    block_begins: u64,
    /// How many blocks before this one followed each other.
    in_a_row: u32,
    rest: Option<Rest>,
    /// Bytes that came over the wire.
    pub fetched: u64,
}

/// An answer that has more bytes than were read of it.
struct Rest {
    bytes: Box<dyn Read + Send>,
    position: u64,
}

impl fmt::Debug for Rest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "an answer from byte {} on", self.position)
    }
}

impl Reader {
    /// The file at a path, as it was listed. Nothing is asked yet.
    pub fn new(client: Arc<Client>, path: PathBuf, listed: Facts) -> Result<Self, Fault> {
        let size = listed.size.ok_or_else(|| unsized_file(&client, &path))?;
        Ok(Self {
            client,
            path,
            listed,
            size,
            position: 0,
            block: Vec::new(),
            block_begins: 0,
            in_a_row: 0,
            rest: None,
            fetched: 0,
        })
    }

    /// The state that every byte of it was in so far.
    pub fn listed(&self) -> &Facts {
        &self.listed
    }

    /// Brings the block at the position. What goes wrong on the way costs the answer that was being read, not more.
    fn fetch(&mut self) -> Result<Vec<u8>, Fault> {
        let end = self.size.min(self.position + BLOCK);
        let mut answer = match self.rest.take() {
            Some(rest) if rest.position == self.position => rest.bytes,
            _ => self.ask(end)?,
        };
        let host = self.client.address().host();
        let mut block = Vec::new();
        answer.by_ref().take(end - self.position).read_to_end(&mut block).map_err(|error| cut(host, &error))?;
        if block.len() as u64 != end - self.position {
            return Err(cut(host, &io::ErrorKind::UnexpectedEof.into()));
        }
        self.rest = (self.in_a_row >= IN_A_ROW && end < self.size).then_some(Rest { bytes: answer, position: end });
        Ok(block)
    }

    /// The bytes from the position on: of one block, or of all the rest.
    fn ask(&self, end: u64) -> Result<Box<dyn Read + Send>, Fault> {
        let end = if self.in_a_row < IN_A_ROW { end } else { self.size };
        Ok(Box::new(bytes(&self.client, &self.path, &self.listed, self.position, end)?))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size {
            return Ok(0);
        }
        let is_at_hand = (self.block_begins..self.block_begins + self.block.len() as u64).contains(&self.position);
        if !is_at_hand {
            let goes_on = !self.block.is_empty() && self.position == self.block_begins + self.block.len() as u64;
            self.in_a_row = if goes_on { self.in_a_row + 1 } else { 0 };
            self.block = patiently(|| self.fetch())?;
            self.block_begins = self.position;
            self.fetched += self.block.len() as u64;
        }
        let held = &self.block[(self.position - self.block_begins) as usize..];
        let length = held.len().min(buffer.len());
        buffer[..length].copy_from_slice(&held[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
