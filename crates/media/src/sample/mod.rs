//! Makes small, valid photos and movies in memory: the demo household is built of them, and tests read them back.
//!
//! Everything follows from the arguments alone, so the same shot gives the same bytes on every run. The pictures are
//! landscapes, painted from a seed: another seed, another evening.

use jiff::civil::DateTime;

use crate::capture::CaptureTime;
use crate::details::{Details, Location};
use crate::write_sidecar;

mod container;
mod directory;
mod landscape;

use directory::{Directory, Values};
use landscape::Landscape;

/// An `.xmp` file with these details.
pub fn xmp(details: &Details, captured: Option<CaptureTime>) -> Vec<u8> {
    write_sidecar(details, captured.as_ref())
}

/// What a camera knows when it takes a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Shot {
    /// The maker of the camera.
    pub make: String,
    /// The camera.
    pub model: String,
    /// The camera's wall clock.
    pub captured: DateTime,
    /// The fraction of the second, where the camera writes one.
    pub milliseconds: Option<u16>,
    /// The zone in seconds east of UTC, where the camera writes one.
    pub offset: Option<i32>,
    /// Where it was taken, where the camera knows.
    pub location: Option<Location>,
    /// What ties the halves of a Live Photo together.
    pub content_identifier: Option<String>,
    /// EXIF's orientation: 1 is upright, 6 turned to the right.
    pub orientation: u16,
    /// Decides what the picture shows.
    pub seed: u64,
}

impl Shot {
    /// A picture by a phone, upright, with a zone and a fraction.
    pub fn new(captured: DateTime, seed: u64) -> Self {
        Self {
            make: "Apple".into(),
            model: "iPhone 15 Pro".into(),
            captured,
            milliseconds: Some((seed.wrapping_mul(379) % 1000) as u16),
            offset: Some(3600),
            location: None,
            content_identifier: None,
            orientation: 1,
            seed,
        }
    }

    /// A JPEG file.
    pub fn jpeg(&self, width: u16, height: u16) -> Vec<u8> {
        let picture = self.picture(width, height, 0);
        let exif = self.exif();
        let mut file = Vec::with_capacity(picture.len() + exif.len() + 16);
        let length = u16::try_from(exif.len() + 8).expect("our EXIF is shorter than a segment may be");
        file.extend(&picture[..2]);
        file.extend([0xFF, 0xE1]);
        file.extend(length.to_be_bytes());
        file.extend(b"Exif\0\0");
        file.extend(exif);
        file.extend(&picture[2..]);
        file
    }

    /// A PNG file.
    pub fn png(&self, width: u16, height: u16) -> Vec<u8> {
        let mut picture = Vec::new();
        let pixels = Landscape::new(self.seed).paint(width, height, 0);
        let encoder = image::codecs::png::PngEncoder::new(&mut picture);
        let color = image::ExtendedColorType::Rgb8;
        image::ImageEncoder::write_image(encoder, &pixels, width.into(), height.into(), color)
            .expect("memory takes a picture of this size");
        container::png_with_exif(&picture, &self.exif())
    }

    /// A HEIF file whose picture is coded as JPEG: valid, and free of patents.
    pub fn heif(&self, width: u16, height: u16) -> Vec<u8> {
        container::heif(&self.picture(width, height, 0), &self.exif(), (width, height), self.orientation)
    }

    /// A QuickTime movie of `duration_ms`, its frames coded as JPEG, its index at the end as phones write it.
    pub fn movie(&self, width: u16, height: u16, duration_ms: u32) -> Vec<u8> {
        let count = (duration_ms / 250).clamp(1, 12);
        let frames: Vec<_> = (0..count).map(|frame| self.picture(width, height, frame)).collect();
        container::movie(self, &frames, (width, height), duration_ms)
    }

    /// A raw picture in Adobe's DNG format, its pixels 16 bits each behind a filter of colours.
    pub fn dng(&self, width: u16, height: u16) -> Vec<u8> {
        let (width, height) = (width & !1, height & !1);
        let pixels = Landscape::new(self.seed).paint(width, height, 0);
        let mut strip = Vec::with_capacity(pixels.len());
        for (place, pixel) in pixels.chunks_exact(3).enumerate() {
            let (x, y) = (place % usize::from(width), place / usize::from(width));
            // Red and green in even rows, green and blue in odd ones.
            strip.extend((u16::from(pixel[x % 2 + y % 2]) << 6).to_be_bytes());
        }
        let mut first = self.camera_directory();
        first.push(0x00FE, Values::Longs(vec![0]));
        first.push(0x0100, Values::Longs(vec![width.into()]));
        first.push(0x0101, Values::Longs(vec![height.into()]));
        first.push(0x0102, Values::Shorts(vec![16]));
        first.push(0x0103, Values::Shorts(vec![1]));
        first.push(0x0106, Values::Shorts(vec![32803]));
        first.push(0x0115, Values::Shorts(vec![1]));
        first.push(0x0116, Values::Longs(vec![height.into()]));
        first.push(0x0117, Values::Longs(vec![strip.len() as u32]));
        first.push(0x011C, Values::Shorts(vec![1]));
        first.push(0x828D, Values::Shorts(vec![2, 2]));
        first.push(0x828E, Values::Bytes(vec![0, 1, 1, 2]));
        first.push(0xC612, Values::Bytes(vec![1, 4, 0, 0]));
        first.push(0xC613, Values::Bytes(vec![1, 1, 0, 0]));
        first.push(0xC614, Values::Text(format!("{} {}", self.make, self.model)));
        first.push(0xC61D, Values::Longs(vec![0x3FFF]));
        let matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1].map(|value| (value, 1));
        first.push(0xC621, Values::SignedRationals(matrix.to_vec()));
        first.push(0xC628, Values::Rationals(vec![(1, 1); 3]));
        first.push(0xC65A, Values::Shorts(vec![21]));
        directory::block(first, self.exif_directory(), self.gps_directory(), Some(strip))
    }

    fn picture(&self, width: u16, height: u16, frame: u32) -> Vec<u8> {
        let pixels = Landscape::new(self.seed).paint(width, height, frame);
        let mut file = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 85)
            .encode(&pixels, width.into(), height.into(), image::ExtendedColorType::Rgb8)
            .expect("memory takes a picture of this size");
        file
    }

    /// The EXIF block: a TIFF header and its directories.
    fn exif(&self) -> Vec<u8> {
        directory::block(self.camera_directory(), self.exif_directory(), self.gps_directory(), None)
    }

    fn camera_directory(&self) -> Directory {
        let mut directory = Directory::default();
        directory.push(0x010F, Values::Text(self.make.clone()));
        directory.push(0x0110, Values::Text(self.model.clone()));
        directory.push(0x0112, Values::Shorts(vec![self.orientation]));
        directory.push(0x0132, Values::Text(self.exif_date()));
        directory
    }

    fn exif_directory(&self) -> Directory {
        let mut directory = Directory::default();
        directory.push(0x9000, Values::Undefined(b"0232".to_vec()));
        for tag in [0x9003, 0x9004] {
            directory.push(tag, Values::Text(self.exif_date()));
        }
        if let Some(offset) = self.offset {
            for tag in [0x9010, 0x9011, 0x9012] {
                directory.push(tag, Values::Text(offset_text(offset, ":")));
            }
        }
        if let Some(milliseconds) = self.milliseconds {
            for tag in [0x9291, 0x9292] {
                directory.push(tag, Values::Text(format!("{milliseconds:03}")));
            }
        }
        if let Some(identifier) = &self.content_identifier {
            let mut note = b"Apple iOS\0\0\x01MM".to_vec();
            let mut tags = Directory::default();
            tags.push(0x0001, Values::Longs(vec![14]));
            tags.push(0x0011, Values::Text(identifier.clone()));
            note.extend(tags.write(note.len()));
            directory.push(0x927C, Values::Undefined(note));
        }
        directory
    }

    fn gps_directory(&self) -> Option<Directory> {
        let place = self.location?;
        let mut directory = Directory::default();
        let degrees = |value: f64| {
            let seconds = (value.abs() * 360_000.0).round() as u32;
            Values::Rationals(vec![(seconds / 360_000, 1), (seconds / 6000 % 60, 1), (seconds % 6000, 100)])
        };
        directory.push(0, Values::Bytes(vec![2, 3, 0, 0]));
        directory.push(1, Values::Text(if place.latitude < 0.0 { "S" } else { "N" }.into()));
        directory.push(2, degrees(place.latitude));
        directory.push(3, Values::Text(if place.longitude < 0.0 { "W" } else { "E" }.into()));
        directory.push(4, degrees(place.longitude));
        Some(directory)
    }

    fn exif_date(&self) -> String {
        self.captured.strftime("%Y:%m:%d %H:%M:%S").to_string()
    }
}

/// `+09:00` or `+0900`.
fn offset_text(offset: i32, separator: &str) -> String {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}
