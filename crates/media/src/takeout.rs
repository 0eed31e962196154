//! What the archive of a service says of photos: Google Photos in JSON files, one for each photo, and Apple's export of iCloud
//! Photos in lists.
//!
//! Whether a file is one of these its content decides: neither its name nor its folder, which are in the language of the
//! account.

mod list;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

use crate::capture::{CaptureSource, CaptureTime, Zone};
use crate::details::{Details, Location};

/// Bytes of the longest that is read. Real JSON files have one to four thousand, those with many comments some tens of
/// thousands; Apple's lists have about a hundred for each photo, and are cut at some thousand photos.
pub const LONGEST: usize = 1 << 20;

/// What one of Google's files tells.
#[derive(Debug, Clone, PartialEq, Hash, Serialize, Deserialize)]
pub enum Takeout {
    /// Of a photo or a movie.
    Photo(Photo),
    /// Of the album in whose folder it lies: its title.
    Album(Box<str>),
    /// Of the photos beside it, by their names.
    Photos(Vec<Photo>),
    /// Of an album: the names of its photos.
    Members(Vec<Box<str>>),
}

/// What is told of a photo or a movie.
#[derive(Debug, Clone, PartialEq, Hash, Default, Serialize, Deserialize)]
pub struct Photo {
    /// The name under which it was uploaded, or has here.
    pub title: Box<str>,
    /// When it was taken, as Google knows or a person told there: seconds since 1970-01-01T00:00:00Z.
    pub taken: Option<i64>,
    /// What a person wrote there; empty for nothing.
    pub description: Box<str>,
    /// Where it was taken.
    pub location: Option<Location>,
    /// Marked as favourite.
    pub favorite: bool,
    /// In the bin.
    pub trashed: bool,
    /// Hidden.
    #[serde(default)]
    pub hidden: bool,
    /// The instant is known to the minute only.
    #[serde(default)]
    pub to_the_minute: bool,
    /// The fingerprint of its bytes, in the form in which Photos writes it.
    #[serde(default)]
    pub checksum: Option<Box<str>>,
    /// The names of the people who are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Box<str>>,
}

/// The members of the object, each of any form: a file of another program may use the same names.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members {
    title: Option<Box<str>>,
    photo_taken_time: Option<Time>,
    #[serde(default)]
    description: Box<str>,
    #[serde(default, deserialize_with = "lenient")]
    geo_data: Option<Place>,
    #[serde(default, deserialize_with = "lenient")]
    geo_data_exif: Option<Place>,
    #[serde(default)]
    favorited: bool,
    #[serde(default)]
    trashed: bool,
    #[serde(default, deserialize_with = "lenient")]
    people: Option<Vec<Person>>,
    /// Members by which an album is told from any other object with a title.
    access: Option<serde_json::Value>,
    date: Option<Time>,
}

#[derive(Deserialize)]
struct Time {
    timestamp: Box<str>,
}

#[derive(Deserialize)]
struct Person {
    name: Box<str>,
}

#[derive(Deserialize)]
struct Place {
    latitude: f64,
    longitude: f64,
}

fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}

/// What a file tells, if it is one of these. `None` for any other, for a damaged one, and for one that is longer than
/// [`LONGEST`].
pub fn read(bytes: &[u8]) -> Option<Takeout> {
    if bytes.len() > LONGEST {
        return None;
    }
    match bytes.trim_ascii_start().first()? {
        b'{' => note(bytes),
        _ => list::read(bytes),
    }
}

fn note(json: &[u8]) -> Option<Takeout> {
    let members: Members = serde_json::from_slice(json).ok()?;
    let title = members.title?;
    let Some(taken) = members.photo_taken_time else {
        let is_album = members.access.is_some() || members.date.is_some();
        return (is_album && !title.trim().is_empty()).then_some(Takeout::Album(title));
    };
    let location = |place: Option<Place>| place.and_then(|place| Location::new(place.latitude, place.longitude));
    Some(Takeout::Photo(Photo {
        title,
        // Zero stands for no date.
        taken: taken.timestamp.trim().parse().ok().filter(|seconds| *seconds != 0),
        description: members.description.trim().into(),
        location: location(members.geo_data).or_else(|| location(members.geo_data_exif)),
        favorite: members.favorited,
        trashed: members.trashed,
        hidden: false,
        to_the_minute: false,
        checksum: None,
        people: names(members.people),
    }))
}

/// Each name once.
fn names(people: Option<Vec<Person>>) -> Vec<Box<str>> {
    let mut names: Vec<Box<str>> = Vec::new();
    for person in people.into_iter().flatten() {
        let name = person.name.trim();
        if !name.is_empty() && !names.iter().any(|other| &**other == name) {
            names.push(name.into());
        }
    }
    names
}

/// The widest offsets from UTC that are in use, in seconds, and the step between them.
const WEST: i64 = -12 * 3600;
const EAST: i64 = 14 * 3600;
const STEP: i64 = 15 * 60;

impl Photo {
    /// What this and another file tell of one photo; nothing where they differ in when it was taken. Of two descriptions nobody
    /// knows which holds.
    pub fn agreed(&self, other: &Self) -> Option<Self> {
        let description = match (&*self.description, &*other.description) {
            (one, other) if one == other || other.is_empty() => one,
            ("", other) => other,
            _ => "",
        };
        (self.taken == other.taken).then(|| Self {
            title: self.title.clone(),
            description: description.into(),
            location: self.location.or(other.location),
            favorite: self.favorite || other.favorite,
            trashed: self.trashed && other.trashed,
            hidden: self.hidden && other.hidden,
            to_the_minute: self.to_the_minute && other.to_the_minute,
            people: if self.people.is_empty() { other.people.clone() } else { self.people.clone() },
            ..self.clone()
        })
    }

    /// What people wrote of it.
    pub fn details(&self) -> Details {
        Details {
            description: (!self.description.is_empty()).then(|| self.description.to_string()),
            location: self.location,
            favorite: self.favorite,
            ..Details::default()
        }
    }

    /// When the photo was taken, from what the file tells itself and what is told here.
    ///
    /// A wall clock inside the file stays. Where it has no zone, the time between it and this instant is the zone, if it is
    /// one: nothing else keeps it. If it is none, a person mended the date in Google Photos, and so it is too where the
    /// file knows another instant.
    pub fn date(&self, inside: Option<(CaptureTime, CaptureSource)>) -> Option<(CaptureTime, CaptureSource)> {
        let Some(taken) = self.taken else { return inside };
        let told = CaptureTime::from_instant(Timestamp::from_second(taken).ok()?, None, None)?;
        let told = (told, CaptureSource::Takeout);
        let Some((time, source)) = inside else { return Some(told) };
        if self.to_the_minute && source.is_in_the_bytes() {
            return inside;
        }
        if source == CaptureSource::FileTime || time.known != Default::default() {
            return Some(told);
        }
        let is_told = time.instant_second().is_some_and(|instant| instant.abs_diff(taken) <= 1);
        let Some(wall) = time.wall_second() else { return Some(if is_told { (time, source) } else { told }) };
        // Google takes a wall clock whose zone it does not know for UTC.
        let is_wall = wall == taken && source.is_in_the_bytes();
        if is_told || is_wall {
            return Some((time, source));
        }
        let east = wall - taken;
        let is_zone = time.zone == Zone::Unknown && (WEST..=EAST).contains(&east) && east % STEP == 0 && east != 0;
        if !is_zone {
            return Some(told);
        }
        Some((CaptureTime::from_parts(wall, time.nanos, Zone::Offset(east as i32)), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2020-07-04T10:11:12Z.
    const JULY: i64 = 1_593_857_472;

    fn photo(json: &str) -> Photo {
        match read(json.as_bytes()) {
            Some(Takeout::Photo(photo)) => photo,
            other => panic!("{other:?} of {json}"),
        }
    }

    fn taken(seconds: i64) -> Photo {
        photo(&format!(r#"{{"title": "a.jpg", "photoTakenTime": {{"timestamp": "{seconds}"}}}}"#))
    }

    fn date(photo: &Photo, inside: &str, source: CaptureSource) -> (String, CaptureSource) {
        let (time, source) = photo.date(inside.parse().ok().map(|time| (time, source))).expect("a date");
        (time.to_string(), source)
    }

    #[test]
    fn its_content_makes_a_file_googles() {
        assert!(matches!(
            read(br#"{"title": "Summer: islands", "access": "protected", "date": {"timestamp": "1"}}"#),
            Some(Takeout::Album(title)) if &*title == "Summer: islands"
        ));
        for json in [
            "",
            "{}",
            "[]",
            "7",
            r#"{"title": "bro"#,
            r#"{"title": "package"}"#,
            r#"{"name": "x", "photoTakenTime": {"timestamp": "1"}}"#,
            r#"{"title": " ", "access": ""}"#,
            r#"{"title": {"text": "a"}, "date": {"timestamp": "1"}}"#,
        ] {
            assert_eq!(read(json.as_bytes()), None, "{json}");
        }
        let long =
            format!(r#"{{"title": "a", "photoTakenTime": {{"timestamp": "1"}}, "x": "{}"}}"#, "x".repeat(LONGEST));
        assert_eq!(read(long.as_bytes()), None);
        assert_eq!(read("[".repeat(100_000).as_bytes()), None);
    }

    #[test]
    fn what_is_told_of_a_photo() {
        let rich = photo(
            r#"{"title": "harbour.jpg", "description": " Boats & nets\n", "imageViews": "3",
                "photoTakenTime": {"timestamp": "1593857472", "formatted": "Jul 4, 2020, 10:11:12 AM UTC"},
                "geoData": {"latitude": 0.0, "longitude": 0.0}, "geoDataExif": {"latitude": 54.5, "longitude": 18.55},
                "favorited": true, "trashed": true, "people": [{"name": "Anna"}, {"name": " "}, {"name": "Anna "}]}"#,
        );
        let details = rich.details();
        assert_eq!((&*rich.title, rich.taken, rich.trashed), ("harbour.jpg", Some(JULY), true));
        assert_eq!(details.description.as_deref(), Some("Boats & nets"));
        assert_eq!(details.location, Location::new(54.5, 18.55));
        assert!(details.favorite);
        assert_eq!(rich.people, ["Anna".into()]);
        let poor = photo(
            r#"{"title": "", "photoTakenTime": {"timestamp": "0"}, "geoData": {"latitude": "north"}, "people": [7]}"#,
        );
        assert_eq!((poor.taken, poor.details()), (None, Details::default()));
        assert_eq!(taken(-473_385_600).taken, Some(-473_385_600));
    }

    #[test]
    fn a_wall_clock_stays_and_gets_the_zone_that_only_the_instant_tells() {
        let (july, exif) = (taken(JULY), CaptureSource::Exif);
        for (inside, expected) in [
            ("2020-07-04T19:11:12+09:00", "2020-07-04T19:11:12+09:00"),
            ("2020-07-04T12:11:12", "2020-07-04T12:11:12+02:00"),
            ("2020-07-04T12:11:12.25", "2020-07-04T12:11:12.25+02:00"),
            ("2020-07-04T15:56:12", "2020-07-04T15:56:12+05:45"),
            ("2020-07-03T22:11:12", "2020-07-03T22:11:12-12:00"),
            ("2020-07-05T00:11:12", "2020-07-05T00:11:12+14:00"),
            // Google took it for UTC, as it knew no zone: neither do we.
            ("2020-07-04T10:11:12", "2020-07-04T10:11:12"),
            ("2020-07-04T10:11:12+02:00", "2020-07-04T10:11:12+02:00"),
        ] {
            assert_eq!(date(&july, inside, exif), (expected.to_owned(), exif), "{inside}");
        }
    }

    #[test]
    fn a_date_that_fits_no_zone_was_mended_by_a_person() {
        let july = taken(JULY);
        let told = ("2020-07-04T10:11:12Z".to_owned(), CaptureSource::Takeout);
        for inside in [
            "2002-01-01T00:00:03",
            "2020-07-04T12:12:12",
            "2020-07-05T00:26:12",
            "2020-07-03T21:56:12",
            "2020-07-04T12:11:12+09:00",
            "2020",
        ] {
            assert_eq!(date(&july, inside, CaptureSource::Exif), told, "{inside}");
        }
        assert_eq!(date(&july, "2020-07-04T11:00:00Z", CaptureSource::MovieHeader), told);
        assert_eq!(date(&july, "2025-03-01T12:00:00Z", CaptureSource::FileTime), told);
        assert_eq!(july.date(None).map(|(time, _)| time.to_string()), Some("2020-07-04T10:11:12Z".to_owned()));
    }

    #[test]
    fn the_name_tells_the_zone_or_nothing() {
        let (july, name) = (taken(JULY), CaptureSource::FileName);
        let dated = |inside| date(&july, inside, name);
        assert_eq!(dated("2020-07-04T12:11:12"), ("2020-07-04T12:11:12+02:00".to_owned(), name));
        assert_eq!(dated("2020-07-04T00:00:00"), ("2020-07-04T10:11:12Z".to_owned(), CaptureSource::Takeout));
        assert_eq!(dated("2020-07-04T10:11:12"), ("2020-07-04T10:11:12Z".to_owned(), CaptureSource::Takeout));
        let undated = taken(0);
        assert_eq!(date(&undated, "2020-07-04T12:11:12", name), ("2020-07-04T12:11:12".to_owned(), name));
        assert_eq!(undated.date(None), None);
    }
}
