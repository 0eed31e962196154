//! The named contents of scenarios: each name stands for definite bytes, the same wherever they lie.

use std::collections::BTreeMap;

use jiff::civil::{DateTime, date};
use photobridge_core::asset::{MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Details;
use photobridge_media::sample::{self, Shot};

/// What a camera, a phone or a program made.
#[derive(Default)]
pub struct Contents {
    /// Shots that a scenario speaks of; any other is as [`usual`] makes it.
    shots: BTreeMap<u64, Shot>,
    names: BTreeMap<Fingerprint, String>,
}

/// Width and height of every picture.
pub const PIXELS: (u16, u16) = (48, 32);

/// How long a video of its own and a Live Photo's video run, in milliseconds.
const LENGTHS: (u32, u32) = (8_000, 2_000);

/// Bytes of every content that is called even.
const EVEN: usize = 16_384;

/// A content by its name: `half of live 3` is the kind `live`, the shot 3, cut.
struct Name<'a> {
    kind: &'a str,
    shot: u64,
}

impl Contents {
    /// `shot 3 taken 2024-05-14T12:00:00+02:00, without fraction, by Canon EOS R5`
    pub fn define(&mut self, line: &str) {
        let mut parts = line.split(", ");
        let first = parts.next().and_then(|first| first.strip_prefix("shot ")?.split_once(" taken "));
        let (number, taken) = first.unwrap_or_else(|| panic!("not `shot N taken TIME`: {line}"));
        let number: u64 = number.parse().expect("the number of a shot");
        let mut shot = usual(number);
        (shot.captured, shot.offset) = wall_and_offset(taken);
        for part in parts {
            match part {
                "without fraction" => shot.milliseconds = None,
                _ => {
                    let camera = part.strip_prefix("by ").and_then(|camera| camera.split_once(' '));
                    (shot.make, shot.model) = match camera {
                        Some((make, model)) => (make.into(), model.into()),
                        None => panic!("nothing known of shots: {part}"),
                    };
                }
            }
        }
        self.shots.insert(number, shot);
    }

    fn shot(&self, number: u64) -> Shot {
        self.shots.get(&number).cloned().unwrap_or_else(|| usual(number))
    }

    /// The bytes of a content, whose name is from then on recognised.
    pub fn bytes(&mut self, name: &str) -> Vec<u8> {
        let bytes = self.make(name);
        self.names.insert(Fingerprint::of(&bytes), name.to_owned());
        bytes
    }

    fn make(&self, name: &str) -> Vec<u8> {
        if let Some(whole) = name.strip_prefix("half of ") {
            let mut bytes = self.make(whole);
            bytes.truncate(bytes.len() / 2);
            return bytes;
        }
        if let Some(whole) = name.strip_prefix("even ") {
            let mut bytes = self.make(whole);
            let filled = (EVEN - bytes.len() - 2) as u16;
            // A comment right behind the start of the picture.
            let comment = [&[0xff, 0xfe], &filled.to_be_bytes()[..], &vec![b' '; usize::from(filled) - 2]].concat();
            bytes.splice(2..2, comment);
            return bytes;
        }
        if let Some(title) = name.strip_prefix("words ") {
            return sample::xmp(&Details { title: Some(title.into()), ..Details::default() }, None);
        }
        match name.strip_prefix("text ") {
            Some(text) => text.into(),
            None if name == "nothing" => Vec::new(),
            None => self.picture(&parse(name)),
        }
    }

    fn picture(&self, name: &Name<'_>) -> Vec<u8> {
        let mut shot = self.shot(name.shot);
        let identifier = |version: u8| Some(format!("5A1F0C52-0000-4000-800{version}-{:012}", name.shot));
        let ((width, height), (long, short)) = (PIXELS, LENGTHS);
        match name.kind {
            "photo" => shot.jpeg(width, height),
            "tagged" => tagged(&shot.jpeg(width, height)),
            "saved" => saved_smaller(&shot.jpeg(width, height)),
            "heic" => shot.heif(width, height),
            "raw" => shot.dng(width, height),
            "video" => shot.movie(width, height, long),
            "live" | "motion" => {
                shot.content_identifier = identifier(0);
                if name.kind == "live" { shot.heif(width, height) } else { shot.movie(width, height, short) }
            }
            "edit" | "newer edit" | "video edit" => {
                shot.seed += if name.kind == "newer edit" { 20_000 } else { 10_000 };
                if name.kind == "video edit" { shot.movie(width, height, long) } else { shot.jpeg(width, height) }
            }
            "live edit" | "motion edit" => {
                shot.seed += 10_000;
                shot.content_identifier = identifier(1);
                if name.kind == "live edit" { shot.jpeg(width, height) } else { shot.movie(width, height, short) }
            }
            "screenshot" => {
                let mut bytes = shot.png(width, height);
                // Without its chunk of EXIF a PNG says nothing of when it was taken.
                let at = bytes.windows(4).position(|kind| kind == b"eXIf").expect("our PNG has EXIF");
                bytes[at..at + 4].copy_from_slice(b"noIf");
                bytes
            }
            other => panic!("no kind of content is called {other}"),
        }
    }

    /// How a listing calls these bytes.
    pub fn name_of(&self, bytes: &[u8]) -> String {
        self.name_of_fingerprint(&Fingerprint::of(bytes)).unwrap_or_else(|| format!("unknown bytes ({})", bytes.len()))
    }

    /// The name of a content by its fingerprint.
    pub fn name_of_fingerprint(&self, fingerprint: &Fingerprint) -> Option<String> {
        self.names.get(fingerprint).cloned()
    }

    /// When a camera took it, where it says so.
    pub fn captured(&self, name: &str) -> Option<CaptureTime> {
        let name = parse(name);
        let shot = self.shot(name.shot);
        let nanos = shot.milliseconds.map(|milliseconds| u32::from(milliseconds) * 1_000_000);
        let time = CaptureTime::from_wall(shot.captured, shot.offset, nanos).expect("a valid time");
        (name.kind != "screenshot").then_some(time)
    }

    /// The camera, as libraries name it.
    pub fn camera(&self, name: &str) -> String {
        let shot = self.shot(parse(name).shot);
        photobridge_media::header::camera_name(Some(&shot.make), Some(&shot.model)).expect("a camera").to_string()
    }
}

/// A JPEG with a comment between its EXIF and its picture, as a program that tags photos leaves it.
fn tagged(jpeg: &[u8]) -> Vec<u8> {
    let picture = exif_end(jpeg);
    [&jpeg[..picture], b"\xFF\xFE\0\x08family", &jpeg[picture..]].concat()
}

/// A JPEG with the same EXIF, its picture encoded anew.
fn saved_smaller(jpeg: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(jpeg).expect("our own JPEG");
    let mut saved = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut saved, 95);
    picture.write_with_encoder(encoder).expect("memory takes it");
    [&jpeg[..exif_end(jpeg)], &saved[2..]].concat()
}

/// Where the segment of EXIF ends, which is the first one.
fn exif_end(jpeg: &[u8]) -> usize {
    4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]))
}

/// Photo or video of its own.
pub fn kind(name: &str) -> MediaKind {
    if matches!(parse(name).kind, "video" | "video edit") { MediaKind::Video } else { MediaKind::Photo }
}

/// Length in milliseconds, of a movie.
pub fn duration(name: &str) -> Option<u32> {
    matches!(parse(name).kind, "video" | "video edit").then_some(LENGTHS.0)
}

/// What a content beside the first one of an asset is to that asset.
pub fn companion(name: &str) -> ResourceRole {
    match parse(name).kind {
        "motion" => ResourceRole::PairedVideo,
        "raw" => ResourceRole::AlternatePhoto,
        other => panic!("{other} is nothing that an asset has beside its photo"),
    }
}

/// The ending that a camera gives it.
pub fn ending(name: &str) -> &'static str {
    match parse(name).kind {
        "heic" | "live" => "HEIC",
        "raw" => "DNG",
        "screenshot" => "PNG",
        "video" | "motion" | "video edit" | "motion edit" => "MOV",
        _ => "JPG",
    }
}

fn parse(name: &str) -> Name<'_> {
    let (kind, shot) = name.rsplit_once(' ').unwrap_or_else(|| panic!("not a content with a number: {name}"));
    Name { kind, shot: shot.parse().unwrap_or_else(|_| panic!("not a content with a number: {name}")) }
}

/// Shot N is taken N minutes after noon of 14 May 2024 in Berlin.
fn usual(number: u64) -> Shot {
    let noon: DateTime = date(2024, 5, 14).at(12, 0, 0, 0);
    let minutes = jiff::SignedDuration::from_mins(number as i64);
    let mut shot = Shot::new(noon.checked_add(minutes).expect("a date"), number);
    shot.offset = Some(7_200);
    shot
}

/// A wall clock, and its offset where the text ends in one.
fn wall_and_offset(text: &str) -> (DateTime, Option<i32>) {
    let (wall, offset) = match text.len() {
        19 => (text, None),
        25 => (&text[..19], Some(&text[19..])),
        _ => panic!("neither 2024-05-14T12:00:00 nor with +02:00 behind it: {text}"),
    };
    let offset = offset.map(|offset| {
        let number = |text: &str| text.parse::<i32>().expect("a number");
        let seconds = number(&offset[1..3]) * 3600 + number(&offset[4..]) * 60;
        if offset.starts_with('-') { -seconds } else { seconds }
    });
    (wall.parse().expect("a wall clock"), offset)
}
