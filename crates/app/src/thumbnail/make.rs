//! From the bytes of a photo to a small JPEG.

use std::io::{self, Read, Seek, SeekFrom};
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{ExtendedColorType, ImageEncoder};
use photobridge_media::decode::{self, Small, decode, fitting, on_white};
use photobridge_media::{Turn, pictures};

/// Pixels of the longer side.
pub const SIDE: u32 = 320;

const QUALITY: u8 = 80;

/// Longer colour profiles are not carried along: those of phones and of Adobe RGB have some 550 bytes.
const LONGEST_PROFILE: usize = 1024;

/// Why there is no thumbnail. Nobody is told; it stands in the log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It could not be decoded.
    #[error(transparent)]
    Undecodable(#[from] decode::Refusal),
    /// It could not be encoded.
    #[error("the thumbnail cannot be encoded: {0}")]
    Encoding(#[from] image::ImageError),
    /// A decoder has a bug.
    #[error("a decoder panicked")]
    Panicked,
    /// The library did not give it.
    #[error("the library has no picture: {0}")]
    Library(String),
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Undecodable(error.into())
    }
}

/// A JPEG of at most `side` pixels a side that shows what `source` does, made with so many bytes of memory and before this
/// instant.
pub fn thumbnail(source: &mut (impl Read + Seek), side: u32, memory: u64, until: Instant) -> Result<Vec<u8>, Refusal> {
    let mut source = Hurried { source, until };
    let size = source.seek(SeekFrom::End(0))?;
    source.rewind()?;
    let mut refusal = decode::Refusal::Nothing.into();
    for picture in pictures(&mut source, size, side)? {
        let decoded = decode(&mut source, &picture, side, memory);
        match decoded.map_err(Refusal::from).and_then(|small| encode(small, picture.turn, side)) {
            Ok(thumbnail) => return Ok(thumbnail),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// Shrinks, turns and encodes.
pub fn encode(Small { pixels, profile, .. }: Small, turn: Turn, side: u32) -> Result<Vec<u8>, Refusal> {
    let (width, height) = fitting(pixels.width(), pixels.height(), side);
    let mut pixels = pixels.resize_exact(width, height, image::imageops::FilterType::Triangle);
    if let Some(orientation) = Orientation::from_exif(turn.exif()) {
        pixels.apply_orientation(orientation);
    }
    // A JPEG cannot be transparent.
    let pixels = on_white(&pixels);
    let mut thumbnail = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut thumbnail, QUALITY);
    // Only a profile of red, green and blue fits what is written.
    if let Some(profile) =
        profile.filter(|profile| profile.len() <= LONGEST_PROFILE && profile.get(16..20) == Some(b"RGB "))
    {
        // Without it the colours are a little paler.
        let _ = encoder.set_icc_profile(profile);
    }
    encoder.write_image(&pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgb8)?;
    Ok(thumbnail)
}

/// A source that fails when the time is up: no decoder goes on without bytes, so that none can hang.
struct Hurried<'a, S> {
    source: &'a mut S,
    until: Instant,
}

impl<S: Read> Read for Hurried<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() > self.until {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it takes too long"));
        }
        self.source.read(buffer)
    }
}

impl<S: Seek> Seek for Hurried<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
