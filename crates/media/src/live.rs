//! Makes a Live Photo of a motion photo: two files of one, the picture byte by byte and every sample as it was. [`joined`] goes
//! the other way.
//!
//! What is made follows from the bytes alone, so that the same motion photo gives the same two files on every computer, and
//! matching can tell them in a library without any memory. **The form is fixed for good**: another one would make known
//! photos new. A file that is made is a list of pieces, most of them stretches of the motion photo; nothing is coded anew.

mod joined;
mod movie;
mod notes;
mod still;

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use crate::bytes::{Bytes, FileBytes};
use crate::found::Found;
use crate::header::MotionPhoto;
use crate::motion;
pub use joined::{Both, joined};

/// Bytes that are copied at once.
const CHUNK: usize = 256 * 1024;

/// Letters of a content identifier.
const IDENTIFIER: usize = 36;

/// Why a motion photo of which the picture is whole can be no Live Photo.
const BROKEN: &str = "its movie is not whole";

/// A piece of a file that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Bytes of its own.
    Own(Vec<u8>),
    /// A stretch of the file of which it is made.
    Of(Range<u64>),
}

/// A file that is made of pieces of another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made(Vec<Piece>);

impl Made {
    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        let length = |piece: &Piece| match piece {
            Piece::Own(bytes) => bytes.len() as u64,
            Piece::Of(range) => range.end - range.start,
        };
        self.0.iter().map(length).sum()
    }

    /// Writes it, reading from the file of which it is made. An error where that ends too early.
    pub fn write(&self, source: &mut (impl Read + Seek), sink: &mut impl Write) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        for piece in &self.0 {
            match piece {
                Piece::Own(bytes) => sink.write_all(bytes)?,
                Piece::Of(range) => {
                    source.seek(SeekFrom::Start(range.start))?;
                    let mut left = range.end - range.start;
                    while left > 0 {
                        let now = left.min(CHUNK as u64) as usize;
                        source.read_exact(&mut chunk[..now])?;
                        sink.write_all(&chunk[..now])?;
                        left -= now as u64;
                    }
                }
            }
        }
        Ok(())
    }

    fn own(&mut self, bytes: Vec<u8>) {
        self.0.push(Piece::Own(bytes));
    }

    fn of(&mut self, range: Range<u64>) {
        if !range.is_empty() {
            self.0.push(Piece::Of(range));
        }
    }

    /// A stretch with other bytes at some of its places, which come in their order.
    fn of_but(&mut self, range: Range<u64>, others: &[(u64, Vec<u8>)]) {
        let mut at = range.start;
        let within =
            others.iter().filter(|(place, bytes)| *place >= range.start && place + bytes.len() as u64 <= range.end);
        for (place, bytes) in within.filter(|(_, bytes)| !bytes.is_empty()) {
            self.of(at..*place);
            self.own(bytes.clone());
            at = place + bytes.len() as u64;
        }
        self.of(at..range.end);
    }
}

/// The two files of a Live Photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The picture, with the content identifier in Apple's note.
    pub still: Made,
    /// The QuickTime movie.
    pub movie: Made,
    /// What ties both together.
    pub identifier: Box<str>,
}

/// What a motion photo with this identity (see [`identifier`]) is as a Live Photo: of one that was made of a Live Photo, that
/// very one. Nothing of any other file, and of one that can be none: the header says why.
pub fn pair(reader: impl Read + Seek, size: u64, identity: &[u8; 20]) -> io::Result<Option<Pair>> {
    let mut bytes = FileBytes::new(reader, size)?;
    let found = crate::read(&mut bytes)?;
    Ok(made(&mut bytes, &found, &identifier(identity))?.and_then(Result::ok))
}

/// The content identifier that is derived from the identity of a motion photo's bytes: a UUID of the eighth kind.
pub fn identifier(identity: &[u8; 20]) -> String {
    let mut uuid: [u8; 16] = *identity.first_chunk().expect("twenty bytes are more than sixteen");
    uuid[6] = uuid[6] & 0x0F | 0x80;
    uuid[8] = uuid[8] & 0x3F | 0x80;
    let digits = format!("{:032X}", u128::from_be_bytes(uuid));
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

/// Whether an identifier may be one that is derived so: those of Apple's devices are of other kinds.
pub fn is_derived(identifier: &str) -> bool {
    identifier.len() == IDENTIFIER && identifier.as_bytes()[14] == b'8'
}

/// What a header says of the movie behind a picture.
pub(crate) fn outlook(bytes: &mut impl Bytes, found: &Found) -> io::Result<Option<MotionPhoto>> {
    // Its length is that of every identifier.
    if found.lacks_only_its_movie {
        return Ok(Some(MotionPhoto { duration_ms: None, size: None, moment_us: None, pair: Err(BROKEN.into()) }));
    }
    let Some(behind) = &found.behind else { return Ok(None) };
    let Some(made) = made(bytes, found, &identifier(&[0; 20]))? else { return Ok(None) };
    let pair = made.map(|pair| (pair.still.size(), pair.movie.size())).map_err(Into::into);
    let duration_ms = movie::duration(bytes, behind.movie.clone())?;
    let size = Some(behind.movie.end - behind.movie.start);
    Ok(Some(MotionPhoto { duration_ms, size, moment_us: motion::moment(found.packet(bytes)?), pair }))
}

/// The pair of a motion photo, or why it cannot be one; nothing of any other file.
fn made(bytes: &mut impl Bytes, found: &Found, derived: &str) -> io::Result<Option<Result<Pair, &'static str>>> {
    let Some(behind) = found.behind.clone().filter(|_| found.header.truncated.is_none()) else { return Ok(None) };
    if let Some(pair) = joined::parted(bytes, found)? {
        return Ok(Some(Ok(pair)));
    }
    let moment = motion::moment(found.packet(bytes)?);
    // A still that has one already is half of a Live Photo: it stays as it is.
    let own = found.exif.content_identifier.as_deref().filter(|own| own.len() == IDENTIFIER);
    let identifier = own.unwrap_or(derived);
    let still = match own {
        Some(_) => still::cut(bytes, found, &behind)?,
        None => still::marked(bytes, found, &behind, identifier)?,
    };
    let movie = movie::remade(bytes, behind.movie, moment, identifier)?;
    let pair = |(still, movie)| Pair { still, movie, identifier: identifier.into() };
    Ok(Some(still.and_then(|still| Ok(pair((still, movie?))))))
}
