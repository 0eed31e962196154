//! What the parsers of the formats find, and how it becomes one header.

use std::io;

use crate::capture::{CaptureSource, CaptureTime};
use crate::header::Header;

use crate::bytes::{Bytes, Part};
use crate::exif::{self, Exif};
use crate::xmp::{self, Sidecar};

/// What was found in a file, source by source.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What the container itself says: pixels, duration, truncation, and for movies camera and place.
    pub(super) header: Header,
    /// The EXIF block.
    pub(super) exif: Exif,
    exif_taken: bool,
    /// QuickTime's creation date.
    pub(super) quicktime: Option<CaptureTime>,
    /// The date in the movie header.
    pub(super) movie_header: Option<CaptureTime>,
    /// The XMP packet.
    pub(super) xmp: Sidecar,
    /// Where that packet lies, and its length.
    pub(super) packet: Option<(u64, usize)>,
}

impl Found {
    /// Nothing that any picture or movie begins with.
    pub(super) fn no_photo() -> Self {
        Self { header: Header { not_a_photo: true, ..Header::default() }, ..Self::default() }
    }

    /// Says why the file is not whole.
    pub(super) fn truncate(&mut self, why: &'static str) {
        self.header.truncated = Some(why.into());
    }

    /// Takes an EXIF block, which may or may not start with the word `Exif`. The first block of a file counts; a second
    /// one belongs to a broken editor.
    pub(super) fn take_exif(&mut self, bytes: &mut impl Bytes, at: u64, length: u64) -> io::Result<()> {
        if std::mem::replace(&mut self.exif_taken, true) {
            return Ok(());
        }
        let named = Part::new(bytes, at, length).array::<6>(0)?.is_some_and(|start| &start == b"Exif\0\0");
        let skip = if named { 6 } else { 0 };
        self.exif = exif::read(&mut Part::new(bytes, at + skip, length.saturating_sub(skip)))?;
        Ok(())
    }

    /// Takes an XMP packet; only where it can matter, as XML is slow to read and EXIF is the better witness.
    pub(super) fn take_xmp(&mut self, bytes: &mut impl Bytes, at: u64, length: usize) -> io::Result<()> {
        self.packet = Some((at, length));
        if length <= xmp::LONGEST && self.exif.captured().is_none() {
            self.xmp = xmp::read(bytes.get(at, length)?).unwrap_or_default();
        }
        Ok(())
    }

    /// The header: each fact from its best source.
    pub(super) fn into_header(self) -> Header {
        let Self { mut header, exif, quicktime, movie_header, xmp, .. } = self;
        let sources = [
            (exif.captured(), CaptureSource::Exif),
            (quicktime, CaptureSource::QuickTime),
            (movie_header, CaptureSource::MovieHeader),
            (xmp.captured, CaptureSource::Xmp),
            (exif.gps_time, CaptureSource::Gps),
        ];
        header.captured = sources.into_iter().find_map(|(time, source)| Some((time?, source)));
        header.camera = exif.camera().or(header.camera);
        header.location = exif.location.or(header.location).or(xmp.details.location);
        header.content_identifier = exif.content_identifier.or(header.content_identifier);
        header.pixels = header.pixels.or(exif.pixels);
        let told =
            exif.orientation.and_then(|number| u8::try_from(number).ok()).filter(|number| (1..=8).contains(number));
        header.orientation = header.orientation.or(told);
        header
    }
}
