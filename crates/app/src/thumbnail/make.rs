//! From the bytes of a photo to a small JPEG.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, RgbImage};
use jpeg_decoder::{CodingProcess, PixelFormat};
use photobridge_core::media::{Coding, Picture, Turn, pictures};

use super::hevc;

/// Pixels of the longer side.
pub const SIDE: u32 = 320;

const QUALITY: u8 = 80;

/// Pictures with more pixels are not decoded: each costs time.
const MOST_PIXELS: u64 = 150_000_000;

/// Read at a time. Few, as the time that is left is looked at before each.
const CHUNK: usize = 8 * 1024;

/// Longer colour profiles are not carried along: those of phones and of Adobe RGB have some 550 bytes.
const LONGEST_PROFILE: usize = 1024;

/// Why there is no thumbnail. Nobody is told; it stands in the log.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A video, a format that is not decoded, or nothing at all.
    #[error("there is no picture that can be shown")]
    Nothing,
    /// It has more pixels than any camera's.
    #[error("the picture has too many pixels")]
    TooLarge,
    /// Decoding takes more memory than was given.
    #[error("there is no room to decode the picture")]
    NoRoom,
    /// A decoder gave up.
    #[error("the picture cannot be decoded: {0}")]
    Damaged(String),
    /// A decoder has a bug.
    #[error("a decoder panicked")]
    Panicked,
    /// The library did not give it.
    #[error("the library has no picture: {0}")]
    Library(String),
    /// The disk failed, or the time was up.
    #[error("the file could not be read: {0}")]
    Unreadable(#[from] io::Error),
}

impl From<heic_decoder::HeifError> for Refusal {
    fn from(error: heic_decoder::HeifError) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<jpeg_decoder::Error> for Refusal {
    fn from(error: jpeg_decoder::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}

impl From<image::ImageError> for Refusal {
    fn from(error: image::ImageError) -> Self {
        match error {
            image::ImageError::Limits(_) => Self::NoRoom,
            error => Self::Damaged(error.to_string()),
        }
    }
}

/// A picture that was decoded no larger than needed, before it is turned.
pub struct Small {
    /// Its pixels.
    pub pixels: DynamicImage,
    /// What its colours mean.
    pub profile: Option<Vec<u8>>,
}

/// A JPEG of at most [`SIDE`] pixels a side that shows what `source` does, made with so many bytes of memory and before
/// this instant.
pub fn thumbnail(source: &mut (impl Read + Seek), memory: u64, until: Instant) -> Result<Vec<u8>, Refusal> {
    let mut source = Hurried { source, until };
    let size = source.seek(SeekFrom::End(0))?;
    source.rewind()?;
    let mut refusal = Refusal::Nothing;
    for Picture { coding, turn } in pictures(&mut source, size, SIDE)? {
        let decoded = match coding {
            Coding::Jpeg { at, length } => jpeg(&mut source, at, length, memory),
            Coding::Hevc(tiles) => hevc::decode(&mut source, &tiles, memory),
            Coding::Whole => whole(&mut source, memory),
        };
        match decoded.and_then(|small| encode(small, turn)) {
            Ok(thumbnail) => return Ok(thumbnail),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// Refuses sizes that would take too long, or that nothing has.
pub fn is_decodable(width: u32, height: u32) -> Result<(), Refusal> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Refusal::Damaged("it has no pixels".into())),
        1..=MOST_PIXELS => Ok(()),
        _ => Err(Refusal::TooLarge),
    }
}

/// Decodes a JPEG at an eighth, a quarter or half of its size where that is enough, which takes neither the time nor the
/// memory of the whole picture.
fn jpeg(source: &mut (impl Read + Seek), at: u64, length: u64, memory: u64) -> Result<Small, Refusal> {
    source.seek(SeekFrom::Start(at))?;
    let mut decoder = jpeg_decoder::Decoder::new(BufReader::with_capacity(CHUNK, source.take(length)));
    decoder.read_info()?;
    let info = decoder.info().ok_or(Refusal::Nothing)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    is_decodable(width, height)?;
    let (small_width, small_height) = decoder.scale(SIDE as u16, SIDE as u16)?;
    let samples = info.pixel_format.pixel_bytes() as u64;
    let all = match info.coding_process {
        // Its coefficients, two bytes each, come in several passes.
        CodingProcess::DctProgressive => 2 * samples * u64::from(width) * u64::from(height),
        CodingProcess::DctSequential => 0,
        CodingProcess::Lossless => return Err(Refusal::Nothing),
    };
    let (small_width, small_height) = (u32::from(small_width), u32::from(small_height));
    // Once as planes and once as pixels.
    if all + 2 * samples * u64::from(small_width) * u64::from(small_height) > memory {
        return Err(Refusal::NoRoom);
    }
    let pixels = decoder.decode()?;
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 => pixels,
        PixelFormat::L8 => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        PixelFormat::L16 => return Err(Refusal::Nothing),
        PixelFormat::CMYK32 => pixels.as_chunks().0.iter().flat_map(|&inks| light(inks)).collect(),
    };
    let pixels = RgbImage::from_raw(small_width, small_height, pixels);
    let pixels = pixels.ok_or_else(|| Refusal::Damaged("it lacks pixels".into()))?;
    Ok(Small { pixels: pixels.into(), profile: decoder.icc_profile() })
}

/// The light that four inks leave.
fn light([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| (u16::from(255 - ink) * u16::from(255 - black) / 255) as u8)
}

/// Decodes a file as the format that its first bytes name.
fn whole(source: &mut (impl Read + Seek), memory: u64) -> Result<Small, Refusal> {
    source.rewind()?;
    let mut start = [0; 16];
    source.read_exact(&mut start)?;
    source.rewind()?;
    let format = image::guess_format(&start)?;
    if format == ImageFormat::Jpeg {
        return Err(Refusal::Nothing);
    }
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(memory);
    let mut reader = image::ImageReader::with_format(BufReader::with_capacity(CHUNK, source), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    is_decodable(width, height)?;
    // This one decodes into a picture of its own first.
    let copies = if format == ImageFormat::WebP { 2 } else { 1 };
    if decoder.total_bytes().saturating_mul(copies) > memory {
        return Err(Refusal::NoRoom);
    }
    let profile = decoder.icc_profile()?;
    let pixels = DynamicImage::from_decoder(decoder)?;
    // A quick and rough look at many pixels first, a careful one at the rest.
    let (width, height) = fitting(width, height, 4 * SIDE);
    let pixels = if pixels.width() > width { pixels.thumbnail_exact(width, height) } else { pixels };
    Ok(Small { pixels, profile })
}

/// The largest size of the same shape within a square; never larger than it is.
fn fitting(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = u64::from(width.max(height).max(1));
    let shorten = |length: u32| (u64::from(length) * u64::from(side) / longer).max(1) as u32;
    if longer <= side.into() { (width, height) } else { (shorten(width), shorten(height)) }
}

/// Shrinks, turns and encodes.
pub fn encode(Small { pixels, profile }: Small, turn: Turn) -> Result<Vec<u8>, Refusal> {
    let (width, height) = fitting(pixels.width(), pixels.height(), SIDE);
    let mut pixels = pixels.resize_exact(width, height, image::imageops::FilterType::Triangle);
    if let Some(orientation) = Orientation::from_exif(turn.exif()) {
        pixels.apply_orientation(orientation);
    }
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

/// Without transparency, which a JPEG cannot have.
fn on_white(pixels: &DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.to_rgb8();
    }
    let pixels = pixels.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, opacity] = pixels.get_pixel(x, y).0.map(u16::from);
        image::Rgb([red, green, blue].map(|light| ((light * opacity + 255 * (255 - opacity)) / 255) as u8))
    })
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
