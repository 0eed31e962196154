//! What is told late of a photo that the library has: by a sidecar, or by a file of its archive, that came after it.

use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Location;
use serde::{Deserialize, Serialize};

use crate::asset::Asset;

/// The parts that a photo lacks until then. What it had is known of each: another date, else nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Telling {
    /// When it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Redated>,
    /// What a person wrote of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
    /// Marked as favourite.
    #[serde(default)]
    pub favorite: bool,
    /// Where it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Titles of the albums in which it was.
    #[serde(default)]
    pub albums: Vec<Box<str>>,
}

/// A date in the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Redated {
    /// The date.
    pub captured: CaptureTime,
    /// What the file says of that, or what stands for its word.
    pub written: Option<CaptureTime>,
    /// The date that it had.
    pub before: CaptureTime,
}

impl Telling {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a photo has all of this now, its albums apart, of which an asset alone knows nothing.
    pub fn is_had_by(&self, asset: &Asset) -> bool {
        let details = asset.details.as_deref();
        let has_date = |redated: &Redated| {
            asset.captured.as_ref().is_some_and(|captured| is_same_date(captured, &redated.captured))
        };
        self.taken.as_ref().is_none_or(has_date)
            && self
                .description
                .as_deref()
                .is_none_or(|text| details.and_then(|it| it.description.as_deref()) == Some(text))
            && (!self.favorite || details.is_some_and(|details| details.favorite))
            && (self.location.is_none() || details.is_some_and(|details| details.location.is_some()))
    }

    /// The same for people: `date 2020-07-04T12:11:12+02:00, description, album Isles`.
    pub fn words(&self) -> String {
        let date = self.taken.as_ref().map(|redated| format!("date {}", redated.captured));
        let word = |is_told: bool, word: &str| is_told.then(|| word.to_owned());
        let parts = [
            date,
            word(self.description.is_some(), "description"),
            word(self.favorite, "favourite"),
            word(self.location.is_some(), "place"),
        ];
        let albums = self.albums.iter().map(|title| format!("album {title}"));
        parts.into_iter().flatten().chain(albums).collect::<Vec<_>>().join(", ")
    }
}

/// Whether two dates are one: the same second, in the same zone as far as one is known.
pub fn is_same_date(one: &CaptureTime, other: &CaptureTime) -> bool {
    let instant = |time: &CaptureTime| time.instant_or_wall().map(|instant| instant.as_second());
    instant(one) == instant(other) && one.offset() == other.offset()
}
