//! What a file says of itself beyond being a photo or a video: what Photos lists as media types.
//!
//! Only a library that must write them down asks for these, of one file at a time. Each rule is what Photos stored of
//! real files: `docs/own-library.md` has the table, and what no file tells.

use std::fs::File;
use std::io;

use crate::boxes::{self, Place, u32_at};
use crate::bytes::{Bytes, FileBytes};
use crate::found::Found;
use crate::{heif, movie, xmp};

/// Pictures a second from which a movie plays slowly: phones record 120 or 240, a little less by the clock.
const SLOW_MOTION: u64 = 100;

/// What Apple's programs write as the comment of a picture of the screen.
const SCREENSHOT: &str = "Screenshot";

/// What Apple's recorder of the screen signs with.
const SCREEN_RECORDER: &str = "ReplayKitRecording";

/// In which mode of the camera, or of the screen, it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakenAs {
    /// A panorama.
    Panorama,
    /// A picture of the screen.
    Screenshot,
    /// A video to be played slowly.
    SlowMotion,
    /// A video of a picture every now and then.
    TimeLapse,
    /// A video of the screen.
    ScreenRecording,
}

/// What a file says of itself beyond being a photo or a video.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MediaTypes {
    /// As what it was taken, if not just so.
    pub taken_as: Option<TakenAs>,
    /// The burst that it is a frame of.
    pub burst: Option<Box<str>>,
    /// Taken with the camera on the side of the screen.
    pub selfie: bool,
    /// It knows how far away things are, or was blurred by that.
    pub depth: bool,
    /// For two eyes.
    pub spatial: bool,
    /// One picture of several exposures.
    pub hdr: bool,
    /// With a map of where a bright screen shows more.
    pub gain_map: bool,
}

/// Reads them. A file that tells nothing has none; only a disk that does not answer is an error.
pub fn media_types(file: File) -> io::Result<MediaTypes> {
    let size = file.metadata()?.len();
    let mut bytes = FileBytes::new(file, size)?;
    let found = crate::read(&mut bytes)?;
    let mut types = of_exif(&found);
    if types.taken_as.is_none() && comment(&mut bytes, &found)?.as_deref() == Some(SCREENSHOT) {
        types.taken_as = Some(TakenAs::Screenshot);
    }
    let (top, _) = boxes::top(&mut bytes)?;
    if heif::is_picture(&mut bytes, &top)? {
        of_items(&mut bytes, &top, &mut types)?;
    } else if let Some(moov) = boxes::find(&top, b"moov") {
        of_movie(&mut bytes, moov, &mut types)?;
    }
    Ok(types)
}

fn of_exif(found: &Found) -> MediaTypes {
    let exif = &found.exif;
    let is_from_apple = || exif.camera().is_some_and(|camera| camera.starts_with("Apple"));
    let lens = exif.lens.as_deref().unwrap_or_default();
    MediaTypes {
        taken_as: (exif.rendered == Some(6)).then_some(TakenAs::Panorama),
        burst: exif.burst.clone(),
        selfie: lens.contains(" front ") && is_from_apple(),
        depth: matches!(exif.rendered, Some(7..=9)),
        hdr: exif.rendered == Some(3),
        ..MediaTypes::default()
    }
}

/// The comment in EXIF, else that in XMP.
fn comment(bytes: &mut impl Bytes, found: &Found) -> io::Result<Option<String>> {
    match &found.exif.comment {
        Some(comment) => Ok(Some(comment.clone())),
        None => Ok(xmp::comment(found.packet(bytes)?)),
    }
}

/// What a HEIC holds beside its picture: maps of depth and of brightness, and the picture for the other eye.
fn of_items(bytes: &mut impl Bytes, top: &[Place], types: &mut MediaTypes) -> io::Result<()> {
    const LONGEST_NAME: usize = 128;
    let Some(meta) = boxes::find(top, b"meta") else { return Ok(()) };
    let inside = boxes::meta_children(bytes, meta)?;
    for place in heif::properties(bytes, &inside)?.all().filter(|place| &place.kind == b"auxC") {
        let length = usize::try_from(place.length()).unwrap_or(usize::MAX).min(LONGEST_NAME);
        let raw = bytes.get(place.at, length)?.get(4..).unwrap_or_default();
        match raw.split(|byte| *byte == 0).next().unwrap_or_default() {
            b"urn:mpeg:hevc:2015:auxid:2" | b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth" => types.depth = true,
            b"urn:com:apple:photo:2020:aux:hdrgainmap" => types.gain_map = true,
            _ => {}
        }
    }
    if let Some(groups) = boxes::find(&inside, b"grpl") {
        types.spatial = boxes::find(&boxes::children(bytes, groups)?, b"ster").is_some();
    }
    Ok(())
}

fn of_movie(bytes: &mut impl Bytes, moov: Place, types: &mut MediaTypes) -> io::Result<()> {
    let mut words = movie::Metadata::default();
    let mut rate = 0;
    for place in boxes::children(bytes, moov)? {
        match &place.kind {
            b"meta" => movie::apple_metadata(bytes, place, &mut words)?,
            b"trak" if movie::track_size(bytes, place)?.is_some() => {
                rate = rate.max(pictures_a_second(bytes, place)?);
                if let Some(meta) = boxes::find(&boxes::children(bytes, place)?, b"meta") {
                    movie::apple_metadata(bytes, meta, &mut words)?;
                }
            }
            _ => {}
        }
    }
    types.taken_as = match () {
        () if words.author.as_deref() == Some(SCREEN_RECORDER) => Some(TakenAs::ScreenRecording),
        () if words.mode.as_deref() == Some("Time-lapse") => Some(TakenAs::TimeLapse),
        () if rate >= SLOW_MOTION && !words.plays_at_full_rate => Some(TakenAs::SlowMotion),
        () => None,
    };
    types.spatial = words.is_spatial;
    types.depth = words.is_cinematic;
    Ok(())
}

/// How many pictures a video track has for each second that it lasts.
fn pictures_a_second(bytes: &mut impl Bytes, trak: Place) -> io::Result<u64> {
    let mut inside = boxes::children(bytes, trak)?;
    let mut length = None;
    for kind in [b"mdia", b"minf", b"stbl"] {
        if let Some(header) = boxes::find(&inside, b"mdhd") {
            length = seconds(bytes, header)?;
        }
        let Some(next) = boxes::find(&inside, kind) else { return Ok(0) };
        inside = boxes::children(bytes, next)?;
    }
    let sizes = match boxes::find(&inside, b"stsz") {
        Some(sizes) => bytes.array::<12>(sizes.at)?,
        None => None,
    };
    let count = sizes.and_then(|raw| u32_at(&raw, 8)).map_or(0, u64::from);
    let (scale, duration) = length.unwrap_or((0, 0));
    Ok(count.saturating_mul(scale).checked_div(duration).unwrap_or(0))
}

/// The units of a second in which a track counts, and its length in those.
fn seconds(bytes: &mut impl Bytes, header: Place) -> io::Result<Option<(u64, u64)>> {
    let raw = bytes.get(header.at, 32)?;
    Ok(match raw.first() {
        Some(1) => u32_at(raw, 20).map(u64::from).zip(boxes::u64_at(raw, 24)),
        _ => u32_at(raw, 12).zip(u32_at(raw, 16)).map(|(scale, length)| (scale.into(), length.into())),
    })
}
