//! Dates as EXIF, XMP and QuickTime write them.

use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::capture::{CaptureTime, Known, NotATime};

/// No camera is older; cameras whose clock was never set write the year 0.
const FIRST_YEAR: i16 = 1800;

/// A wall clock, and what was written beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// The wall clock to the second.
    pub(super) wall: DateTime,
    /// The fraction in nanoseconds, where one was written.
    pub(super) nanos: Option<u32>,
    /// What was written about the zone.
    pub(super) zone: WrittenZone,
    /// How much was written.
    pub(super) known: Known,
}

/// What was written about the zone of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WrittenZone {
    /// Nothing.
    None,
    /// `Z`: the instant is known, the wall clock is not.
    Utc,
    /// Seconds east of UTC.
    Offset(i32),
}

impl Written {
    /// The capture time that was written.
    pub(super) fn capture_time(&self) -> Option<CaptureTime> {
        match self.zone {
            _ if self.known != Known::Moment => Some(CaptureTime::in_part(self.wall.date(), self.known)),
            WrittenZone::None => CaptureTime::from_wall(self.wall, None, self.nanos),
            WrittenZone::Offset(offset) => CaptureTime::from_wall(self.wall, Some(offset), self.nanos),
            WrittenZone::Utc => {
                let instant = Offset::UTC.to_timestamp(self.wall).ok()?;
                CaptureTime::from_instant(instant, None, self.nanos)
            }
        }
    }
}

impl FromStr for CaptureTime {
    type Err = NotATime;

    /// Reads what [`std::fmt::Display`] wrote.
    fn from_str(text: &str) -> Result<Self, NotATime> {
        parse_in_part(text).and_then(|written| written.capture_time()).ok_or(NotATime)
    }
}

/// Reads `2024:01:31 23:59:59`, `2024-01-31T23:59:59.5+09:00`, `2024-01-31T23:59Z` or `2024-01-31`, with digits left out
/// where they would be zeros: `2024:7:5 1:02:03`. `None` for blanks, zeros and whatever else is no date.
pub(crate) fn parse(text: &str) -> Option<Written> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let mut rest = text.as_bytes();
    let year = number(&mut rest, 4)?;
    separator(&mut rest)?;
    let month = one_or_two(&mut rest)?;
    separator(&mut rest)?;
    let day = one_or_two(&mut rest)?;
    let date = Date::new(year as i16, month as i8, day as i8).ok().filter(|date| date.year() >= FIRST_YEAR)?;
    if rest.is_empty() {
        return Some(Written { wall: date.at(0, 0, 0, 0), nanos: None, zone: WrittenZone::None, known: Known::Day });
    }
    if !matches!(take(&mut rest), Some(b'T' | b't' | b' ' | b':')) {
        return None;
    }
    let hour = one_or_two(&mut rest)?;
    separator(&mut rest)?;
    let minute = one_or_two(&mut rest)?;
    let second = match rest.first() {
        Some(b':') => {
            rest = &rest[1..];
            // A leap second has no place of its own on most clocks.
            one_or_two(&mut rest)?.min(59)
        }
        _ => 0,
    };
    let nanos = match rest.first() {
        Some(b'.' | b',') => {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let nanos = fraction(std::str::from_utf8(&rest[1..1 + digits]).ok()?);
            rest = &rest[1 + digits..];
            nanos
        }
        _ => None,
    };
    let time = Time::new(hour as i8, minute as i8, second as i8, 0).ok()?;
    let zone = match std::str::from_utf8(rest).ok().map(str::trim) {
        Some("Z" | "z") => WrittenZone::Utc,
        Some(text) => offset(text).map_or(WrittenZone::None, WrittenZone::Offset),
        None => WrittenZone::None,
    };
    Some(Written { wall: date.to_datetime(time), nanos, zone, known: Known::Moment })
}

/// As [`parse`], and `1960-05` or `1960` where nobody knew more.
pub(crate) fn parse_in_part(text: &str) -> Option<Written> {
    parse(text).or_else(|| {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let mut rest = text.as_bytes();
        let year = number(&mut rest, 4)?;
        let (month, known) = match rest.is_empty() {
            true => (1, Known::Year),
            false => (separator(&mut rest).and_then(|_| one_or_two(&mut rest))?, Known::Month),
        };
        let date = Date::new(year as i16, month as i8, 1).ok().filter(|date| date.year() >= FIRST_YEAR)?;
        let written = Written { wall: date.at(0, 0, 0, 0), nanos: None, zone: WrittenZone::None, known };
        rest.is_empty().then_some(written)
    })
}

/// Reads IPTC's `20240131` or `19600000`, and `235959+0100` or `235959` beside it.
pub(crate) fn iptc(day: &str, time: Option<&str>) -> Option<Written> {
    let day = match day.split_at_checked(4)? {
        (year, rest) if rest.len() == 4 && rest.is_ascii() => match rest.split_at(2) {
            ("00", "00") => year.to_owned(),
            (month, "00") => format!("{year}-{month}"),
            (month, day) => format!("{year}-{month}-{day}"),
        },
        // Some programs write it as EXIF does.
        _ => day.to_owned(),
    };
    let time = time.and_then(|time| {
        let (clock, zone) = time.split_at_checked(6)?;
        clock.is_ascii().then(|| format!("{}:{}:{}{zone}", &clock[..2], &clock[2..4], &clock[4..]))
    });
    let moment = time.and_then(|time| parse(&format!("{day}T{time}")));
    moment.or_else(|| parse_in_part(&day))
}

/// What a clock of a recorder wrote into an AVI: `SUN SEP 10 20:52:00 2012`, `2001/ 1/27  1:42PM`, or as EXIF does.
pub(crate) fn recorder(text: &str) -> Option<Written> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let words: Vec<&str> = text.split_whitespace().collect();
    if let [_, month, day, time, year] = words[..] {
        let is_it = |name: &&str| month.eq_ignore_ascii_case(name);
        if let Some(month) = MONTHS.iter().position(is_it) {
            return parse(&format!("{year}-{}-{day}T{time}", month + 1));
        }
    }
    // On a clock of twelve hours, and blanks for zeros.
    let clock = text.strip_suffix("PM").or(text.strip_suffix("AM")).unwrap_or(text);
    let half = clock.rsplit_once(' ').and_then(|(day, time)| {
        let (hour, rest) = time.split_once(':')?;
        let hour = match (hour.parse::<u32>().ok()?, &text[clock.len()..]) {
            (12, "AM") => 0,
            (hour @ 1..=11, "PM") => hour + 12,
            (hour, _) => hour,
        };
        parse(&format!("{}T{hour}:{rest}", day.trim_end().trim_end_matches('/')))
    });
    half.or_else(|| parse(text))
}

/// Reads the digits behind a decimal point as nanoseconds: `22` is 0.22 s. `None` for blanks and what is no number.
pub(crate) fn fraction(text: &str) -> Option<u32> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = text.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(digits.fold(0, |nanos, digit| nanos * 10 + u32::from(digit - b'0')))
}

/// Reads `+09:00`, `-0330`, `+9:00` or `+9` as seconds east of UTC. `None` for blanks and for more than any zone on Earth has.
pub(crate) fn offset(text: &str) -> Option<i32> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let mut rest = text.as_bytes();
    let sign = match take(&mut rest)? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let hours = one_or_two(&mut rest)? as i32;
    if rest.first() == Some(&b':') {
        rest = &rest[1..];
    }
    let minutes = if rest.is_empty() { 0 } else { number(&mut rest, 2)? as i32 };
    (rest.is_empty() && minutes < 60 && hours * 60 + minutes <= 14 * 60).then_some(sign * (hours * 60 + minutes) * 60)
}

fn take(rest: &mut &[u8]) -> Option<u8> {
    let (&first, others) = rest.split_first()?;
    *rest = others;
    Some(first)
}

fn separator(rest: &mut &[u8]) -> Option<u8> {
    take(rest).filter(|byte| matches!(byte, b':' | b'-' | b'/' | b'.'))
}

/// Exactly `length` digits.
fn number(rest: &mut &[u8], length: usize) -> Option<u32> {
    let digits = rest.get(..length)?;
    let value = digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok());
    *rest = &rest[length..];
    value.flatten()
}

/// One digit or two. Some cameras write ` 9` for `09`.
fn one_or_two(rest: &mut &[u8]) -> Option<u32> {
    if rest.first() == Some(&b' ') {
        *rest = &rest[1..];
        return number(rest, 1);
    }
    let length = if rest.get(1).is_some_and(u8::is_ascii_digit) { 2 } else { 1 };
    number(rest, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text)?.capture_time().map(|time| time.to_string())
    }

    #[test]
    fn dates_are_read_in_every_usual_form() {
        for (text, expected) in [
            ("2024:01:31 23:59:59", "2024-01-31T23:59:59"),
            ("2024:01:31 23:59:59\0", "2024-01-31T23:59:59"),
            ("2024-01-31T23:59:59.54+09:00", "2024-01-31T23:59:59.54+09:00"),
            ("2020-01-12T14:16:17-0800", "2020-01-12T14:16:17-08:00"),
            ("2009-08-04T10:35:03Z", "2009-08-04T10:35:03Z"),
            ("2009-08-04T10:35", "2009-08-04T10:35:00"),
            ("2009-08-04", "2009-08-04"),
            ("1997:08:25:13:12:50", "1997-08-25T13:12:50"),
            ("2024:7:5 1:02:03", "2024-07-05T01:02:03"),
            ("2024-07-05T01:02:03-5:00", "2024-07-05T01:02:03-05:00"),
            ("2024-07-05T01:02:03+5", "2024-07-05T01:02:03+05:00"),
            ("2024-07-05T01:02:03+5:30", "2024-07-05T01:02:03+05:30"),
            ("2024:01:31  9:05:00", "2024-01-31T09:05:00"),
            ("2016:12:31 23:59:60", "2016-12-31T23:59:59"),
            ("1890:05:01 12:00:00", "1890-05-01T12:00:00"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            " ",
            "    :  :     :  :  ",
            "0000:00:00 00:00:00",
            "0000:01:01 00:00:00",
            "2024:13:01 00:00:00",
            "2023:02:29 00:00:00",
            "2024:01:31 25:00:00",
            "2024:01:31 23:61:00",
            "2024",
            "2024:01",
            "\u{fffd}\u{fffd}24:01:31 10:00:00",
            "٢٠٢٤:٠١:٣١ ١٠:٠٠:٠٠",
            "2024:01:31 later",
            "garbage",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_known_of_a_date_is_read_and_nothing_else() {
        let read = |text| Some(parse_in_part(text)?.capture_time()?.to_string());
        for text in ["1960", "1960-05", "1960-05-17", "1960-05-17T10:00:00"] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
        for wrong in ["", "196", "19600", "1960-", "1960-13", "1960-00", "1700", "0000", "1960-05-32", "1960 or so"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_agencies_and_recorders_write() {
        let iptc = |day, time| Some(iptc(day, time)?.capture_time()?.to_string());
        for (day, time, expected) in [
            ("20180112", Some("211913"), Some("2018-01-12T21:19:13")),
            ("20020119", Some("164742+0000"), Some("2002-01-19T16:47:42+00:00")),
            ("20020119", Some("      "), Some("2002-01-19")),
            ("20020119", None, Some("2002-01-19")),
            ("2018:01:12", Some("211913"), Some("2018-01-12T21:19:13")),
            ("19600500", None, Some("1960-05")),
            ("19600000", Some("000000"), Some("1960")),
            ("00000000", None, None),
            ("1é60000", None, None),
            ("", None, None),
        ] {
            assert_eq!(iptc(day, time).as_deref(), expected, "{day} {time:?}");
        }
        let recorder = |text| Some(recorder(text)?.capture_time()?.to_string());
        for (text, expected) in [
            ("SUN SEP 10 20:52:00 2012\n\0", Some("2012-09-10T20:52:00")),
            ("Mon Mar  3 15:04:43 2003", Some("2003-03-03T15:04:43")),
            ("2001/ 1/27  1:42PM", Some("2001-01-27T13:42:00")),
            ("2001/ 1/27 12:42AM", Some("2001-01-27T00:42:00")),
            ("2005/11/28/ 09:19", Some("2005-11-28T09:19:00")),
            ("2002-12-16  15:35:01", Some("2002-12-16T15:35:01")),
            ("2010-11-19", Some("2010-11-19")),
            ("2009:08:17 11:42:43", Some("2009-08-17T11:42:43")),
            ("SUN XYZ 10 20:52:00 2012", None),
            (" : PM", None),
            ("", None),
        ] {
            assert_eq!(recorder(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn offsets_and_fractions() {
        assert_eq!(offset("+09:00"), Some(32_400));
        assert_eq!(offset("-03:30\0"), Some(-12_600));
        assert_eq!(offset("+00:00"), Some(0));
        assert_eq!(offset("-5:00"), Some(-18_000));
        assert_eq!(offset("+5"), Some(18_000));
        for wrong in ["", "   :  ", "+99:00", "+", "+:00", "09:00", "+09:99", "+9:5", "+09:00x"] {
            assert_eq!(offset(wrong), None, "{wrong}");
        }
        assert_eq!(fraction("22"), Some(220_000_000));
        assert_eq!(fraction("054 "), Some(54_000_000));
        assert_eq!(fraction("1234567890123"), Some(123_456_789));
        assert_eq!(fraction("  "), None);
        assert_eq!(fraction("-1"), None);
    }
}
