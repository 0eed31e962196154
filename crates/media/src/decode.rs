//! Decodes a picture no larger than it is needed.
//!
//! The decoders come from elsewhere; here stands what they are given and how much they may take: sizes are read and
//! refused before anything is made, and a source that stops giving bytes ends them. Whoever calls catches their panics.

mod hevc;
mod means;

use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use image::{DynamicImage, ImageDecoder, ImageFormat, RgbImage};
use jpeg_decoder::{CodingProcess, Decoder, PixelFormat};

use crate::pictures::{Coding, Picture};

/// Pictures with more pixels are not decoded: each costs time.
const MOST_PIXELS: u64 = 150_000_000;

/// Read at a time. Few, as a source that is in a hurry looks at the time before each.
const CHUNK: usize = 8 * 1024;

/// Why a picture was not decoded.
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
    /// How many of them the picture has in width and height: the last ones may stand for less than a whole pixel.
    pub extent: (f32, f32),
    /// What its colours mean.
    pub profile: Option<Vec<u8>>,
}

/// One of the pictures that [`crate::pictures`] found in this source, at about `side` pixels a side or more where it has so
/// many, made with so many bytes of memory.
pub fn decode(source: &mut (impl Read + Seek), picture: &Picture, side: u32, memory: u64) -> Result<Small, Refusal> {
    match &picture.coding {
        Coding::Jpeg { at, length } => jpeg(source, (*at, *length), side, memory),
        Coding::Hevc(tiles) => hevc::decode(source, tiles, side, memory),
        Coding::Whole => whole(source, side, memory),
    }
}

/// The largest size of the same shape within a square; never larger than it is.
pub fn fitting(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = u64::from(width.max(height).max(1));
    let shorten = |length: u32| (u64::from(length) * u64::from(side) / longer).max(1) as u32;
    if longer <= side.into() { (width, height) } else { (shorten(width), shorten(height)) }
}

/// Without transparency, as if it lay on white paper.
pub fn on_white(pixels: &DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.to_rgb8();
    }
    let pixels = pixels.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [red, green, blue, opacity] = pixels.get_pixel(x, y).0.map(u16::from);
        image::Rgb([red, green, blue].map(|light| ((light * opacity + 255 * (255 - opacity)) / 255) as u8))
    })
}

/// Refuses sizes that would take too long, or that nothing has.
fn is_decodable(width: u32, height: u32) -> Result<(), Refusal> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Refusal::Damaged("it has no pixels".into())),
        1..=MOST_PIXELS => Ok(()),
        _ => Err(Refusal::TooLarge),
    }
}

/// Decodes a JPEG at an eighth, a quarter or half of its size where that is enough, which takes neither the time nor the
/// memory of the whole picture.
fn jpeg(source: &mut (impl Read + Seek), place: (u64, u64), side: u32, memory: u64) -> Result<Small, Refusal> {
    let (width, height) = size(&mut decoder(source, place)?)?;
    let is_eighth = width.div_ceil(8) >= side || height.div_ceil(8) >= side;
    if is_eighth && place.1 <= memory / 4 {
        let mut whole = Vec::new();
        stretch(source, place)?.read_to_end(&mut whole)?;
        if let Some(small) = means::of_blocks(&whole) {
            return Ok(small);
        }
    }
    scaled(&mut decoder(source, place)?, side, memory)
}

/// `length` bytes from `at`.
fn stretch<S: Read + Seek>(source: &mut S, (at, length): (u64, u64)) -> io::Result<Take<&mut S>> {
    source.seek(SeekFrom::Start(at))?;
    Ok(source.take(length))
}

fn decoder<S: Read + Seek>(source: &mut S, place: (u64, u64)) -> io::Result<Decoder<BufReader<Take<&mut S>>>> {
    Ok(Decoder::new(BufReader::with_capacity(CHUNK, stretch(source, place)?)))
}

/// The size of a picture that is not too large.
fn size(decoder: &mut Decoder<impl Read>) -> Result<(u32, u32), Refusal> {
    decoder.read_info()?;
    let info = decoder.info().ok_or(Refusal::Nothing)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    is_decodable(width, height)?;
    Ok((width, height))
}

fn scaled(decoder: &mut Decoder<impl Read>, side: u32, memory: u64) -> Result<Small, Refusal> {
    let (width, height) = size(decoder)?;
    let info = decoder.info().ok_or(Refusal::Nothing)?;
    let wanted = u16::try_from(side).unwrap_or(u16::MAX);
    let (small_width, small_height) = decoder.scale(wanted, wanted)?;
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
    let extent = (extent(width, small_width), extent(height, small_height));
    Ok(Small { pixels: pixels.into(), extent, profile: decoder.icc_profile() })
}

/// What is left of a length that was shrunk to so many pixels, by a power of two and rounded up.
fn extent(length: u32, small: u32) -> f32 {
    let factor = (0..16).map(|power| 1 << power).find(|factor| length.div_ceil(*factor) == small);
    factor.map_or(small as f32, |factor: u32| length as f32 / factor as f32)
}

/// The light that four inks leave.
fn light([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    [cyan, magenta, yellow].map(|ink| (u16::from(255 - ink) * u16::from(255 - black) / 255) as u8)
}

/// Decodes a file as the format that its first bytes name.
fn whole(source: &mut (impl Read + Seek), side: u32, memory: u64) -> Result<Small, Refusal> {
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
    let (width, height) = fitting(width, height, 4 * side);
    let pixels = if pixels.width() > width { pixels.thumbnail_exact(width, height) } else { pixels };
    let extent = (pixels.width() as f32, pixels.height() as f32);
    Ok(Small { pixels, extent, profile })
}
