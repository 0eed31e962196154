//! What a file says of itself, in the words of the pipeline.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::capture::{CaptureSource, CaptureTime};
use crate::details::Location;
use crate::takeout::Takeout;

/// What a file says of itself, read from its first bytes (and, for movies, its index).
#[derive(Debug, Clone, PartialEq, Hash, Serialize, Deserialize, Default)]
pub struct Header {
    /// Capture time and where it was read.
    pub captured: Option<(CaptureTime, CaptureSource)>,
    /// What a person wrote into the file of when it was taken, where the camera says another moment. Goes before that when
    /// the file goes into a library; what is the same shot is asked of the camera.
    #[serde(default)]
    pub corrected: Option<CaptureTime>,
    /// Width and height in pixels as stored, orientation not applied.
    pub pixels: Option<(u32, u32)>,
    /// How it lies: EXIF's number from 1 to 8, where the file says it. Of a movie 1 or 6: whether it is shown upright.
    pub orientation: Option<u8>,
    /// Make and model, see [`camera_name`].
    pub camera: Option<Arc<str>>,
    /// What ties the halves of a Live Photo together: tag 0x11 of Apple's MakerNote in the still,
    /// `com.apple.quicktime.content.identifier` in the movie.
    pub content_identifier: Option<Box<str>>,
    /// Length of a movie in milliseconds.
    pub duration_ms: Option<u32>,
    /// Where it was taken.
    pub location: Option<Location>,
    /// Why its own container says that the file should be longer; absent for a whole file.
    pub truncated: Option<Box<str>>,
    /// Whether its first bytes are those of no picture or movie, whatever its name says.
    pub not_a_photo: bool,
    /// Whether it is a picture or movie of a format that is not read here, whatever its name says.
    #[serde(default)]
    pub not_supported: bool,
    /// What Google Photos says in it, of a JSON file.
    #[serde(default)]
    pub takeout: Option<Arc<Takeout>>,
    /// The movie behind it, of a motion photo.
    #[serde(default)]
    pub motion: Option<Box<MotionPhoto>>,
}

/// The movie behind a picture, and what would become of both as a Live Photo.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MotionPhoto {
    /// The length of the movie in milliseconds.
    pub duration_ms: Option<u32>,
    /// Its length in bytes, where all of it is there; an earlier version did not ask.
    #[serde(default)]
    pub size: Option<u64>,
    /// The moment of the picture within it in microseconds, where that is set.
    pub moment_us: Option<u64>,
    /// How long the still and the movie of a Live Photo of both would be, in bytes; or why it can be none.
    pub pair: Result<(u64, u64), Box<str>>,
}

impl Header {
    /// Whether the picture is whole, and only the movie behind it is not.
    pub fn lacks_only_its_movie(&self) -> bool {
        self.truncated.is_some() && self.motion.is_some()
    }

    /// What the file's own bytes say against it, if anything.
    pub fn flaw(&self) -> Option<Flaw> {
        match self {
            Self { not_a_photo: true, .. } => Some(Flaw::NotAPhoto),
            Self { not_supported: true, .. } => Some(Flaw::NotSupported),
            _ => self.truncated.is_some().then_some(Flaw::Truncated),
        }
    }

    /// Whether an Apple device made the file.
    pub fn is_from_apple(&self) -> bool {
        self.camera.as_deref().is_some_and(|camera| camera.starts_with("Apple"))
    }
}

/// What a file's own bytes say against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It begins as no picture and no movie does.
    NotAPhoto,
    /// It begins as a picture or movie does that is not read here.
    NotSupported,
    /// Not all of it is there.
    Truncated,
}

/// One name for a camera from EXIF's Make and Model: trimmed, the maker not said twice
/// (`Canon` + `Canon EOS 40D` is `Canon EOS 40D`). `None` where both are empty.
pub fn camera_name(make: Option<&str>, model: Option<&str>) -> Option<Arc<str>> {
    let is_blank = |c: char| c.is_whitespace() || c == '\0';
    let [make, model] = [make, model].map(|text| text.unwrap_or("").trim_matches(is_blank));
    let name = if begins_with(model, make) { model.to_owned() } else { format!("{make} {model}") };
    let name = name.trim();
    (!name.is_empty()).then(|| name.into())
}

/// Whether a text begins with another one, whatever the case.
fn begins_with(text: &str, start: &str) -> bool {
    match text.is_ascii() && start.is_ascii() {
        true => text.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start)),
        false => text.to_lowercase().starts_with(&start.to_lowercase()),
    }
}

/// The cameras seen so far. Whoever reads many photos asks here, so that the photos of one camera share its name.
#[derive(Debug, Default)]
pub struct Cameras {
    names: FxHashSet<Arc<str>>,
    /// Make and Model that were asked for last, and the name of that: the next photo is mostly of the same camera.
    last: ([Option<Box<str>>; 2], Option<Arc<str>>),
}

impl Cameras {
    /// The name, in its one place.
    pub fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    /// The name of Make and Model, see [`camera_name`], in its one place.
    pub fn named(&mut self, make: Option<&str>, model: Option<&str>) -> Option<Arc<str>> {
        let asked = [make, model];
        if self.last.0.each_ref().map(Option::as_deref) != asked {
            let name = camera_name(make, model).map(|name| self.shared(&name));
            self.last = (asked.map(|text| text.map(Into::into)), name);
        }
        self.last.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_named_once() {
        assert_eq!(camera_name(Some("Canon"), Some("Canon EOS 40D")).as_deref(), Some("Canon EOS 40D"));
        assert_eq!(camera_name(Some("Apple"), Some("iPhone 13 Pro Max")).as_deref(), Some("Apple iPhone 13 Pro Max"));
        assert_eq!(camera_name(Some("NIKON CORPORATION\0"), Some("  ")).as_deref(), Some("NIKON CORPORATION"));
        assert_eq!(camera_name(None, Some("")), None);
    }

    #[test]
    fn cameras_in_turn_keep_their_names() {
        let mut cameras = Cameras::default();
        let all = [
            (Some("Canon"), Some("A")),
            (Some("Canon"), Some("A")),
            (None, Some("A")),
            (Some("Canon"), None),
            (None, None),
        ];
        for (make, model) in all.into_iter().chain(all) {
            assert_eq!(cameras.named(make, model), camera_name(make, model));
        }
    }
}
