//! Dates as EXIF, XMP and QuickTime write them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::capture::CaptureTime;

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
            WrittenZone::None => CaptureTime::from_wall(self.wall, None, self.nanos),
            WrittenZone::Offset(offset) => CaptureTime::from_wall(self.wall, Some(offset), self.nanos),
            WrittenZone::Utc => {
                let instant = Offset::UTC.to_timestamp(self.wall).ok()?;
                CaptureTime::from_instant(instant, None, self.nanos)
            }
        }
    }
}

/// Reads `2024:01:31 23:59:59`, `2024-01-31T23:59:59.5+09:00`, `2024-01-31T23:59Z` or `2024-01-31`. `None` for blanks,
/// zeros and whatever else is no date.
pub(crate) fn parse(text: &str) -> Option<Written> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    let mut rest = text.as_bytes();
    let year = number(&mut rest, 4)?;
    separator(&mut rest)?;
    let month = number(&mut rest, 2)?;
    separator(&mut rest)?;
    let day = number(&mut rest, 2)?;
    let date = Date::new(year as i16, month as i8, day as i8).ok().filter(|date| date.year() >= FIRST_YEAR)?;
    if rest.is_empty() {
        return Some(Written { wall: date.at(0, 0, 0, 0), nanos: None, zone: WrittenZone::None });
    }
    if !matches!(take(&mut rest), Some(b'T' | b't' | b' ')) {
        return None;
    }
    let hour = number(&mut rest, 2)?;
    separator(&mut rest)?;
    let minute = number(&mut rest, 2)?;
    let second = match rest.first() {
        Some(b':') => {
            rest = &rest[1..];
            // A leap second has no place of its own on most clocks.
            number(&mut rest, 2)?.min(59)
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
    Some(Written { wall: date.to_datetime(time), nanos, zone })
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

/// Reads `+09:00`, `-0330` or `+09` as seconds east of UTC. `None` for blanks and for more than any zone on Earth has.
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
    let hours = number(&mut rest, 2)? as i32;
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

/// Exactly `length` digits. A blank in the first place stands for a zero, as some cameras write ` 9` for `09`.
fn number(rest: &mut &[u8], length: usize) -> Option<u32> {
    let digits = rest.get(..length)?;
    let mut value = 0;
    for (place, &byte) in digits.iter().enumerate() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b' ' if place == 0 && length == 2 => 0,
            _ => return None,
        };
        value = value * 10 + u32::from(digit);
    }
    *rest = &rest[length..];
    Some(value)
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
            ("2009-08-04", "2009-08-04T00:00:00"),
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
    fn offsets_and_fractions() {
        assert_eq!(offset("+09:00"), Some(32_400));
        assert_eq!(offset("-03:30\0"), Some(-12_600));
        assert_eq!(offset("+00:00"), Some(0));
        for wrong in ["", "   :  ", "+99:00", "+1", "09:00", "+09:99", "+09:00x"] {
            assert_eq!(offset(wrong), None, "{wrong}");
        }
        assert_eq!(fraction("22"), Some(220_000_000));
        assert_eq!(fraction("054 "), Some(54_000_000));
        assert_eq!(fraction("1234567890123"), Some(123_456_789));
        assert_eq!(fraction("  "), None);
        assert_eq!(fraction("-1"), None);
    }
}
