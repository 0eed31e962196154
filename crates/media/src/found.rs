//! What the parsers of the formats find, and how it becomes one header.

use std::io;
use std::ops::Range;

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
    /// What a recorder noted between its pictures.
    pub(super) recorder: Option<CaptureTime>,
    /// The date in the movie header.
    pub(super) movie_header: Option<CaptureTime>,
    /// What IPTC's records say.
    pub(super) iptc: Option<CaptureTime>,
    /// The XMP packet.
    pub(super) xmp: Sidecar,
    /// Where its packet is.
    pub(super) packet: Option<Packet>,
    /// The movie behind the picture.
    pub(super) behind: Option<Behind>,
    /// The picture is whole: what is missing belongs to the movie behind it.
    pub(super) lacks_only_its_movie: bool,
}

/// A movie behind a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behind {
    /// Where the picture ends, with all that belongs to it.
    pub(super) still: u64,
    /// Where the movie lies.
    pub(super) movie: Range<u64>,
}

/// An XMP packet.
#[derive(Debug)]
pub(super) enum Packet {
    /// Where it lies in the file, and its length.
    At(u64, usize),
    /// Packed in the file, and unpacked here.
    Unpacked(Vec<u8>),
}

impl Found {
    /// Nothing that any picture or movie begins with.
    pub(super) fn no_photo() -> Self {
        Self { header: Header { not_a_photo: true, ..Header::default() }, ..Self::default() }
    }

    /// A picture or movie that is only recognised.
    pub(super) fn not_supported() -> Self {
        Self { header: Header { not_supported: true, ..Header::default() }, ..Self::default() }
    }

    /// Says why the file is not whole.
    pub(super) fn truncate(&mut self, why: &'static str) {
        self.header.truncated = Some(why.into());
        self.lacks_only_its_movie = false;
    }

    /// Says why the movie behind the picture is not whole, where the picture is.
    pub(super) fn truncate_movie(&mut self, why: &'static str) {
        if self.header.truncated.is_none() {
            self.header.truncated = Some(why.into());
            self.lacks_only_its_movie = true;
        }
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

    /// Takes an XMP packet.
    pub(super) fn take_xmp(&mut self, bytes: &mut impl Bytes, at: u64, length: usize) -> io::Result<()> {
        self.packet = Some(Packet::At(at, length));
        if length <= xmp::LONGEST {
            self.read_xmp(bytes.get(at, length)?);
        }
        Ok(())
    }

    /// Takes an XMP packet that was packed.
    pub(super) fn take_unpacked_xmp(&mut self, packet: Vec<u8>) {
        self.read_xmp(&packet);
        self.packet = Some(Packet::Unpacked(packet));
    }

    /// That packet itself; nothing of one that is longer than any real one.
    pub(super) fn packet<'a>(&'a self, bytes: &'a mut impl Bytes) -> io::Result<&'a [u8]> {
        match &self.packet {
            Some(Packet::At(at, length)) if *length <= xmp::LONGEST => bytes.get(*at, *length),
            Some(Packet::Unpacked(packet)) => Ok(packet),
            _ => Ok(&[]),
        }
    }

    /// Only where it can matter, as XML is slow to read.
    fn read_xmp(&mut self, packet: &[u8]) {
        if self.exif.captured().is_none() || xmp::tells_when(packet) {
            self.xmp = xmp::read(packet).unwrap_or_default();
        }
    }

    /// The date by this source.
    fn told(&self, source: CaptureSource) -> Option<CaptureTime> {
        match source {
            CaptureSource::Exif => self.exif.captured(),
            CaptureSource::QuickTime => self.quicktime,
            CaptureSource::Recorder => self.recorder,
            CaptureSource::Xmp => self.xmp.taken(),
            CaptureSource::Iptc => self.iptc.or(self.exif.iptc),
            CaptureSource::MovieHeader => self.movie_header,
            CaptureSource::ModifyDate => self.exif.modified(),
            CaptureSource::Gps => self.exif.gps_time,
            CaptureSource::Sidecar | CaptureSource::Takeout | CaptureSource::FileName | CaptureSource::FileTime => None,
        }
    }

    /// The date by the best source. One that is known in part gives way to one that says the same and more.
    fn captured(&self) -> Option<(CaptureTime, CaptureSource)> {
        let mut told = CaptureSource::IN_THE_BYTES.into_iter().filter_map(|source| Some((self.told(source)?, source)));
        let first = told.next()?;
        Some(told.find(|(time, _)| first.0.spans(time)).unwrap_or(first))
    }

    /// What a person wrote into the file of when it was taken, where the camera says something else.
    fn corrected(&self, camera: CaptureTime) -> Option<CaptureTime> {
        let on_the_wall =
            |time: &CaptureTime| time.wall_second().is_some_and(|wall| camera.wall_second() == Some(wall));
        let says_the_same = |time: &CaptureTime| time.same_second(&camera) || on_the_wall(time) || time.spans(&camera);
        self.xmp.captured.filter(|time| !says_the_same(time))
    }

    /// The header: each fact from its best source.
    pub(super) fn into_header(self) -> Header {
        let captured = self.captured();
        let corrected = captured.and_then(|(time, _)| self.corrected(time));
        let Self { mut header, exif, xmp, .. } = self;
        (header.captured, header.corrected) = (captured, corrected);
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
