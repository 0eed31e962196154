//! Makes a motion photo of a Live Photo: one file of two, of which both come out again byte by byte.
//!
//! The picture stays as it is and says in Google's words that a movie is behind it; the movie is that of the Live Photo, whole.
//! What is made follows from both files alone, so every computer makes the same of them, and [`super::pair`] tells without any
//! memory which two a motion photo was made of. **The form is fixed for good**: another one would make known photos new.

mod item;
mod segment;
mod words;

use std::io::{self, Read, Seek, SeekFrom};

use super::{Made, Pair, movie};
use crate::bytes::{Bytes, FileBytes};
use crate::found::Found;
use crate::motion;

type Why = &'static str;

/// What is told of a movie.
struct Movie {
    size: u64,
    /// The moment of the still, in microseconds.
    moment: Option<u64>,
}

/// The motion photo of both halves of a Live Photo, each with its length; or why it can be none. It is written from both, as
/// [`Both`] reads them.
pub fn joined(
    (still, still_size): (impl Read + Seek, u64),
    (movie, movie_size): (impl Read + Seek, u64),
) -> io::Result<Result<Made, &'static str>> {
    let mut bytes = FileBytes::new(movie, movie_size)?;
    let found = crate::read(&mut bytes)?;
    let is_whole = found.header.truncated.is_none()
        && motion::begins(&mut bytes, 0)?
        && motion::lacks(&mut bytes, 0, movie_size)?.is_none()
        && motion::extent(&mut bytes, 0, movie_size)? == (0..movie_size);
    if !is_whole {
        return Ok(Err("its movie is not whole, or has a form that is not known"));
    }
    let moment = movie::still_moment(&mut bytes)?;
    let movie = Movie { size: movie_size, moment };
    let tie = found.into_header().content_identifier;
    let mut bytes = FileBytes::new(still, still_size)?;
    let found = crate::read(&mut bytes)?;
    if found.header.truncated.is_some() || found.header.not_a_photo {
        return Ok(Err("its picture is not whole"));
    }
    if found.behind.is_some() {
        return Ok(Err("a movie stands behind its picture already"));
    }
    if found.exif.content_identifier.is_none() || found.exif.content_identifier != tie {
        return Ok(Err("nothing in its two files ties them together"));
    }
    match bytes.array(0)? {
        Some([0xFF, 0xD8]) => segment::joined(&mut bytes, &movie),
        Some(_) if is_heic(&mut bytes)? => item::joined(&mut bytes, &found, &movie),
        _ => Ok(Err("its picture is neither a JPEG nor a HEIC")),
    }
}

/// Whether the brands name a picture that is no AVIF.
fn is_heic(bytes: &mut impl Bytes) -> io::Result<bool> {
    let (top, _) = crate::boxes::top(bytes)?;
    let is_avif = bytes.get(8, 4)?.starts_with(b"avi");
    Ok(!is_avif && crate::heif::is_picture(bytes, &top)?)
}

/// The Live Photo of which a motion photo was made, if one was.
pub(super) fn parted(bytes: &mut impl Bytes, found: &Found) -> io::Result<Option<Pair>> {
    let (Some(behind), Some(identifier)) = (&found.behind, &found.exif.content_identifier) else { return Ok(None) };
    let still = match bytes.array(0)? {
        Some([0xFF, 0xD8]) => segment::parted(bytes, found, behind)?,
        _ => item::parted(bytes, found, behind)?,
    };
    let mut movie = Made::default();
    movie.of(behind.movie.clone());
    Ok(still.map(|still| Pair { still, movie, identifier: identifier.clone() }))
}

/// Both halves of a Live Photo, one behind the other.
pub struct Both<S, M> {
    still: S,
    still_size: u64,
    movie: M,
    movie_size: u64,
    at: u64,
}

impl<S, M> Both<S, M> {
    /// Each with its length.
    pub fn new((still, still_size): (S, u64), (movie, movie_size): (M, u64)) -> Self {
        Self { still, still_size, movie, movie_size, at: 0 }
    }
}

impl<S: Read + Seek, M: Read + Seek> Read for Both<S, M> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (reader, at, left): (&mut dyn ReadSeek, u64, u64) = match self.at.checked_sub(self.still_size) {
            None => (&mut self.still, self.at, self.still_size - self.at),
            Some(at) => (&mut self.movie, at, self.movie_size.saturating_sub(at)),
        };
        let length = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        reader.seek(SeekFrom::Start(at))?;
        let read = reader.read(&mut buffer[..length])?;
        self.at += read as u64;
        Ok(read)
    }
}

trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

impl<S, M> Seek for Both<S, M> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let size = self.still_size + self.movie_size;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(back) => size.checked_add_signed(back),
            SeekFrom::Current(on) => self.at.checked_add_signed(on),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the start"))?;
        Ok(self.at)
    }
}
