//! When a picture was taken, and how sure that is.
//!
//! Cameras write a wall clock, often without a zone; QuickTime writes an instant without a wall clock; libraries hold
//! both. [`CaptureTime`] keeps what is known and nothing else, and compares only what both sides know.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00 on the clock that [`Zone`] names.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// What is known of the zone of a capture time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Zone {
    /// A camera's wall clock; nobody wrote down where it hung.
    Unknown,
    /// An instant; nobody wrote down the wall clock.
    Utc,
    /// A wall clock this many seconds east of UTC.
    Offset(i32),
}

/// How much of a date somebody wrote down: of a scanned print often no more than the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Known {
    /// The date and the time.
    #[default]
    Moment,
    /// The date alone.
    Day,
    /// Year and month.
    Month,
    /// The year.
    Year,
}

/// The moment of capture to the second, with the fraction where it is known. Of a date that is known in part, the first
/// second of what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CaptureTime {
    seconds: i64,
    /// Nanoseconds, where the source keeps a fraction.
    pub nanos: Option<u32>,
    /// How to read the seconds.
    pub zone: Zone,
    /// How much of it is known.
    #[serde(default)]
    pub known: Known,
}

impl CaptureTime {
    /// From a wall clock. `None` for an offset of a day or more.
    pub fn from_wall(wall: DateTime, offset: Option<i32>, nanos: Option<u32>) -> Option<Self> {
        let zone = match offset {
            None => Zone::Unknown,
            Some(seconds) if seconds.abs() < 86_400 => Zone::Offset(seconds),
            Some(_) => return None,
        };
        let seconds = wall.duration_since(EPOCH).as_secs();
        Some(Self { seconds, nanos, zone, known: Known::Moment })
    }

    /// A date of which this much is known. The rest of it is dropped.
    pub fn in_part(date: Date, known: Known) -> Self {
        let first = match known {
            Known::Moment | Known::Day => date,
            Known::Month => date.first_of_month(),
            Known::Year => date.first_of_year(),
        };
        let seconds = first.at(0, 0, 0, 0).duration_since(EPOCH).as_secs();
        Self { seconds, nanos: None, zone: Zone::Unknown, known }
    }

    /// From an instant, with the zone's offset in seconds east of UTC where it is known.
    pub fn from_instant(instant: Timestamp, offset: Option<i32>, nanos: Option<u32>) -> Option<Self> {
        match offset {
            None => Some(Self { seconds: instant.as_second(), nanos, zone: Zone::Utc, known: Known::Moment }),
            Some(offset) => {
                let wall = Offset::from_seconds(offset).ok()?.to_datetime(instant);
                Self::from_wall(wall, Some(offset), nanos)
            }
        }
    }

    /// From stored parts: seconds since 1970 on the clock that `zone` names.
    pub fn from_parts(seconds: i64, nanos: Option<u32>, zone: Zone) -> Self {
        Self { seconds, nanos, zone, known: Known::Moment }
    }

    /// Of what a person says of when a picture was taken and what the camera says, the better word: the person's, but where
    /// both say the same the one that knows more.
    pub fn better_of(person: Self, camera: Self) -> Self {
        let same = person.same_second(&camera) && (camera.offset().is_some() || person.offset().is_none());
        if same || person.spans(&camera) { camera } else { person }
    }

    /// Whether the other one lies within what is known of this date.
    pub fn spans(&self, other: &Self) -> bool {
        let start = |time: &Self| time.civil().map(|civil| Self::in_part(civil.date(), self.known).seconds);
        self.known > other.known && start(self) == start(other)
    }

    /// Seconds since 1970 on the wall clock, where that is known.
    pub fn wall_second(&self) -> Option<i64> {
        (self.zone != Zone::Utc).then_some(self.seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z, where the zone is known.
    pub fn instant_second(&self) -> Option<i64> {
        match self.zone {
            Zone::Unknown => None,
            Zone::Utc => Some(self.seconds),
            Zone::Offset(offset) => Some(self.seconds - i64::from(offset)),
        }
    }

    /// The best guess at the instant: exact where the zone is known, else the wall clock read as UTC, so that the
    /// same file gives the same answer on every machine.
    pub fn instant_or_wall(&self) -> Option<Timestamp> {
        let seconds = self.instant_second().unwrap_or(self.seconds);
        Timestamp::new(seconds, self.nanos.unwrap_or(0).min(999_999_999) as i32).ok()
    }

    /// The date and time that a person would read: on the wall where that is known, else in UTC.
    pub fn civil(&self) -> Option<DateTime> {
        EPOCH.checked_add(jiff::SignedDuration::from_secs(self.seconds)).ok()
    }

    /// Seconds east of UTC, where known.
    pub fn offset(&self) -> Option<i32> {
        match self.zone {
            Zone::Offset(offset) => Some(offset),
            Zone::Unknown | Zone::Utc => None,
        }
    }

    /// Whether both name the same second: as instants where both know the zone, else on the wall clock. `false` where
    /// one knows only the wall and the other only the instant.
    pub fn same_second(&self, other: &Self) -> bool {
        match (self.instant_second(), other.instant_second()) {
            (Some(a), Some(b)) => a == b,
            _ => matches!((self.wall_second(), other.wall_second()), (Some(a), Some(b)) if a == b),
        }
    }

    /// Whether the fractions do not contradict each other. EXIF's "22" is stored by Photos as .022 in some libraries
    /// and "86" as .86 in others (54 and 37 rows seen), so equal as a fraction or as milliseconds is equal.
    pub fn fraction_agrees(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (self.nanos, other.nanos) else { return true };
        let near = |x: u32, y: u32| x.abs_diff(y) < 1_000_000;
        near(a, b) || near(as_milliseconds(a), b) || near(a, as_milliseconds(b))
    }

    /// The same second and fractions that agree.
    pub fn agrees(&self, other: &Self) -> bool {
        self.same_second(other) && self.fraction_agrees(other)
    }
}

/// The digits of a fraction read as a count of milliseconds: .86 becomes .086, .5 becomes .005.
fn as_milliseconds(nanos: u32) -> u32 {
    let mut digits = nanos;
    while digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
    }
    if digits < 1000 { digits * 1_000_000 } else { nanos }
}

/// A text that is no capture time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no date")]
pub struct NotATime;

impl fmt::Display for CaptureTime {
    /// ISO 8601, with an offset only where it is known: `2024-01-31T23:59:59.5+09:00`. Of a date that is known in part
    /// that part: `1960-05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(civil) = self.civil() else { return write!(f, "unknown") };
        match self.known {
            Known::Moment => fmt::Display::fmt(&civil, f)?,
            Known::Day => return fmt::Display::fmt(&civil.date(), f),
            Known::Month => return write!(f, "{:04}-{:02}", civil.year(), civil.month()),
            Known::Year => return write!(f, "{:04}", civil.year()),
        }
        if let Some(nanos) = self.nanos {
            let fraction = digits::<9>(nanos);
            let known = fraction.iter().rposition(|digit| *digit != b'0').unwrap_or(0);
            f.write_str(".")?;
            f.write_str(ascii(&fraction[..=known]))?;
        }
        match self.zone {
            Zone::Unknown => Ok(()),
            Zone::Utc => f.write_str("Z"),
            Zone::Offset(offset) => {
                let minutes = offset.unsigned_abs() / 60;
                let ([a, b], [c, d]) = (digits(minutes / 60), digits(minutes % 60));
                f.write_str(ascii(&[if offset < 0 { b'-' } else { b'+' }, a, b, b':', c, d]))
            }
        }
    }
}

/// The last digits of a number; written for each of 100,000 photos, for which the general way is slow.
fn digits<const COUNT: usize>(mut number: u32) -> [u8; COUNT] {
    let mut digits = [b'0'; COUNT];
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
    }
    digits
}

fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Where a capture time was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureSource {
    /// EXIF DateTimeOriginal (with SubSecTimeOriginal and OffsetTimeOriginal where present), else DateTimeDigitized; what
    /// Canon wrote in their place before there was EXIF.
    Exif,
    /// QuickTime's `com.apple.quicktime.creationdate`, or its older `©day`.
    QuickTime,
    /// What a camcorder, or a camera that writes AVI, noted between its pictures.
    Recorder,
    /// The `mvhd` box of a movie, in UTC.
    MovieHeader,
    /// An XMP packet in the file.
    Xmp,
    /// IPTC's date and time of creation.
    Iptc,
    /// EXIF ModifyDate: when a program, or a camera that writes nothing else, wrote the file.
    ModifyDate,
    /// GPSDateStamp and GPSTimeStamp, in UTC.
    Gps,
    /// The `.xmp` beside the file.
    Sidecar,
    /// What Google Photos, or Apple's export, says of it in the archive in which it came: an instant.
    Takeout,
    /// A date in the file's name.
    FileName,
    /// The file's modification time, in UTC.
    FileTime,
}

impl CaptureSource {
    /// The word that the command line and the pages show.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exif => "EXIF",
            Self::QuickTime => "QuickTime",
            Self::Recorder => "recorder",
            Self::MovieHeader => "movie header",
            Self::Xmp => "XMP",
            Self::Iptc => "IPTC",
            Self::ModifyDate => "EXIF ModifyDate",
            Self::Gps => "GPS",
            Self::Sidecar => "sidecar",
            Self::Takeout => "archive",
            Self::FileName => "file name",
            Self::FileTime => "file time",
        }
    }

    /// Every source of a date that is in the bytes, the best first: what stands further up is believed before the rest.
    pub const IN_THE_BYTES: [Self; 8] = [
        Self::Exif,
        Self::QuickTime,
        Self::Recorder,
        Self::Xmp,
        Self::Iptc,
        Self::MovieHeader,
        Self::Gps,
        Self::ModifyDate,
    ];

    /// Whether it was read from the file's bytes, so that equal bytes have equal times.
    pub fn is_in_the_bytes(self) -> bool {
        !matches!(self, Self::Sidecar | Self::Takeout | Self::FileName | Self::FileTime)
    }

    /// Whether every program that dates the file finds it: only such a time says for certain that another file is another
    /// photo.
    pub fn is_certain(self) -> bool {
        matches!(self, Self::Exif | Self::QuickTime | Self::MovieHeader | Self::Gps)
    }

    /// Whether the camera itself wrote it: only such a time may say that two pictures are the same shot.
    pub fn is_from_camera(self) -> bool {
        matches!(self, Self::Exif | Self::QuickTime)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_date_known_in_part_says_that_part() {
        let at = |known| CaptureTime::in_part(date(1960, 5, 17), known);
        assert_eq!(at(Known::Year).to_string(), "1960");
        assert_eq!(at(Known::Month).to_string(), "1960-05");
        assert_eq!(at(Known::Day).to_string(), "1960-05-17");
        assert!(at(Known::Year).spans(&at(Known::Day)) && at(Known::Month).spans(&at(Known::Day)));
        assert!(!at(Known::Day).spans(&at(Known::Day)) && !at(Known::Day).spans(&at(Known::Year)));
        assert!(!CaptureTime::in_part(date(1961, 1, 1), Known::Year).spans(&at(Known::Day)));
    }

    #[test]
    fn a_person_knows_better_but_where_the_camera_knows_more() {
        let at = |text: &str| text.parse::<CaptureTime>().expect("a time");
        for (person, camera, better) in [
            ("2024-01-31T01:00:00-07:00", "2024-01-31T13:44:52", "2024-01-31T01:00:00-07:00"),
            ("1960", "2024-01-31T13:44:52", "1960"),
            ("2024", "2024-01-31T13:44:52", "2024-01-31T13:44:52"),
            ("2024-01-31T13:44:52", "2024-01-31T13:44:52.25+01:00", "2024-01-31T13:44:52.25+01:00"),
            ("2024-01-31T13:44:52+01:00", "2024-01-31T13:44:52.25", "2024-01-31T13:44:52+01:00"),
            ("2024-01-31T13:44:52-07:00", "2024-01-31T20:44:52Z", "2024-01-31T13:44:52-07:00"),
        ] {
            assert_eq!(CaptureTime::better_of(at(person), at(camera)).to_string(), better, "{person} {camera}");
        }
        assert_eq!("garbage".parse::<CaptureTime>(), Err(NotATime));
    }

    fn wall(offset: Option<i32>, nanos: Option<u32>) -> CaptureTime {
        CaptureTime::from_wall(date(2024, 1, 31).at(23, 59, 59, 0), offset, nanos).expect("a valid time")
    }

    #[test]
    fn reads_as_people_write_it() {
        assert_eq!(wall(Some(32_400), Some(500_000_000)).to_string(), "2024-01-31T23:59:59.5+09:00");
        assert_eq!(wall(None, None).to_string(), "2024-01-31T23:59:59");
        assert_eq!(wall(Some(-12_600), None).to_string(), "2024-01-31T23:59:59-03:30");
    }

    #[test]
    fn compares_instants_where_both_know_them_else_wall_clocks() {
        let tokyo = wall(Some(32_400), None);
        let berlin = CaptureTime::from_wall(date(2024, 1, 31).at(15, 59, 59, 0), Some(3600), None).expect("valid");
        assert!(tokyo.same_second(&berlin));
        assert!(tokyo.same_second(&wall(None, None)));
        assert!(!berlin.same_second(&wall(None, None)));
        let utc = CaptureTime::from_instant("2024-01-31T14:59:59Z".parse().expect("valid"), None, None).expect("valid");
        assert!(utc.same_second(&tokyo));
        assert!(!utc.same_second(&wall(None, None)), "a bare wall clock and a bare instant share no clock");
    }

    #[test]
    fn fractions_agree_as_fraction_or_as_milliseconds() {
        let at = |nanos| wall(None, Some(nanos));
        assert!(at(220_000_000).fraction_agrees(&at(22_000_000)));
        assert!(at(860_000_000).fraction_agrees(&at(860_000_000)));
        assert!(at(860_000_000).fraction_agrees(&wall(None, None)));
        assert!(!at(860_000_000).fraction_agrees(&at(870_000_000)));
    }

    #[test]
    fn the_years_1969_and_9999_are_years_like_others() {
        for year in [1969, 9999] {
            let time = CaptureTime::from_wall(date(year, 12, 31).at(23, 0, 0, 0), None, None).expect("valid");
            assert_eq!(time.civil().map(|c| c.year()), Some(year));
        }
    }
}
