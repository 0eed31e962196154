//! Dates in file names, as phones, messengers and screenshot tools write them.
//!
//! A number that merely looks like a date must not date a photo, so only whole runs of digits in known arrangements
//! count, and only dates and times that exist, from 1990 to 2099.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use unicode_normalization::UnicodeNormalization;

use crate::capture::{CaptureTime, Known};

/// What programs write behind the name of a photo that was edited: Google in the language of the account, cameras and
/// editors in English, and we.
const EDITED: [&str; 40] = [
    "edited",
    "edit",
    "effects",
    "smile",
    "mix",
    "collage",
    "animation",
    "motion",
    "bearbeitet",
    "modifié",
    "modifie",
    "modifiée",
    "modificato",
    "editado",
    "ha editado",
    "editada",
    "editat",
    "bewerkt",
    "redigerad",
    "redigeret",
    "redigert",
    "muokattu",
    "edytowane",
    "upraveno",
    "upravené",
    "szerkesztett",
    "szerkesztve",
    "düzenlendi",
    "επεξεργασμένο",
    "изменено",
    "измененный",
    "редактированный",
    "отредактировано",
    "відредаговано",
    "編集済み",
    "수정됨",
    "편집됨",
    "已修改",
    "编辑",
    "已編輯",
];

/// Whether a file's name says that it is an edited version of another one: `IMG_1-edited.jpg`, `IMG_1~2.jpg`, `IMG_1_edited
/// (2).jpg`, and an iPhone's `IMG_E1234.HEIC`.
pub fn tells_of_an_edit(name: &str) -> bool {
    let stem = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(name, |(stem, _)| stem);
    // In one form of accents.
    let stem = stem.nfc().collect::<String>().to_lowercase();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |stem: &str| stem.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')).map(|(_, n)| is_number(n));
    let bare = match number(&stem) {
        Some(true) => stem.rsplit_once('(').map_or(&*stem, |(bare, _)| bare.trim_end()),
        _ => &stem,
    };
    // Lightroom counts its edits behind the word.
    let counted = bare.rsplit_once(['-', '_', ' ']).filter(|(_, n)| is_number(n)).map(|(word, _)| word);
    let behind = |stem: &str, end: &str| {
        let before = stem.strip_suffix(')').unwrap_or(stem).strip_suffix(end);
        before.is_some_and(|before| before.ends_with(['-', '_', ' ', '~', '.', '(']))
    };
    EDITED.into_iter().any(|end| behind(bare, end) || counted.is_some_and(|word| behind(word, end)))
        || bare.rsplit_once('~').is_some_and(|(before, n)| !before.is_empty() && is_number(n))
        || bare.strip_prefix("img_e").is_some_and(is_number)
}

/// The stem of the photo that a stem says to be the edited version of, in the way of Google Photos: `IMG_1` of `IMG_1-edited`.
pub fn unedited(stem: &str) -> Option<&str> {
    let (before, word) = stem.rsplit_once('-').filter(|(before, _)| !before.is_empty())?;
    let word = word.nfc().collect::<String>().to_lowercase();
    EDITED.contains(&word.as_str()).then_some(before)
}

/// Whether a text is the beginning of what Google Photos writes behind the name of an edited photo: of a long name the rest
/// of it is cut away.
pub fn begins_an_edit(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|start| EDITED.iter().any(|word| word.starts_with(start)))
}

/// The date and time that a file's name tells.
pub fn captured_from_name(name: &str) -> Option<CaptureTime> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    if let Some(time) = nextcloud(name).or_else(|| telegram(name)) {
        return time.wall();
    }
    if let Some(time) = facebook(name).or_else(|| day(name)) {
        return Some(time);
    }
    let mut after_digit = false;
    for (at, byte) in name.bytes().enumerate() {
        if byte.is_ascii_digit() && !after_digit {
            let (before, rest) = name.split_at(at);
            if let Some(time) = compact(rest).or_else(|| spelled_out(rest)) {
                // Pixel phones name their pictures in UTC.
                return if before.ends_with("PXL_") { time.instant() } else { time.wall() };
            }
            if let Some(time) = messenger(before, rest) {
                return Some(time);
            }
        }
        after_digit = byte.is_ascii_digit();
    }
    None
}

/// What a name tells.
struct Named {
    wall: DateTime,
    nanos: Option<u32>,
}

impl Named {
    fn new(year: u32, month: u32, day: u32, [hour, minute, second]: [u32; 3]) -> Option<Self> {
        if !(1990..=2099).contains(&year) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let date = Date::new(year as i16, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        Some(Self { wall: date.at(hour as i8, minute as i8, second as i8, 0), nanos: None })
    }

    fn wall(self) -> Option<CaptureTime> {
        CaptureTime::from_wall(self.wall, None, self.nanos)
    }

    fn instant(self) -> Option<CaptureTime> {
        CaptureTime::from_instant(Offset::UTC.to_timestamp(self.wall).ok()?, None, self.nanos)
    }
}

/// `20240131_235959`, with milliseconds glued on or not, or all 14 digits in one run.
fn compact(rest: &str) -> Option<Named> {
    let mut text = Text(rest);
    if let Some(run) = text.run(14) {
        return from_digits(run);
    }
    let date = text.run(8)?;
    text.one_of(&['_', '-', ' ', 'T', '.'])?;
    let (time, milliseconds) = match text.run(6) {
        Some(time) => (time, None),
        None => text.run(9)?.split_at_checked(6).map(|(time, rest)| (time, rest.parse::<u32>().ok()))?,
    };
    let mut named = from_digits(&format!("{date}{time}"))?;
    named.nanos = milliseconds.map(|milliseconds| milliseconds * 1_000_000);
    Some(named)
}

/// `2024-01-31 23.59.59` with the usual separators, `2024-01-31-235959`, and macOS's `2024-01-31 at 11.59.59 PM` in
/// any language that puts one short word between the two.
fn spelled_out(rest: &str) -> Option<Named> {
    let mut text = Text(rest);
    let year = text.number(4)?;
    let separator = text.one_of(&['-', '.', '_'])?;
    let month = text.number(2)?;
    text.one_of(&[separator])?;
    let day = text.number(2)?;
    match text.one_of(&[' ', '_', '-', 'T', ',']) {
        Some(' ' | ',') => text.short_word(),
        Some(_) => {}
        None => return None,
    }
    if let Some(run) = text.run(6) {
        let number = |at: usize| run.get(at..at + 2)?.parse().ok();
        return Named::new(year, month, day, [number(0)?, number(2)?, number(4)?]);
    }
    let hour = text.number(2).or_else(|| text.number(1))?;
    let separator = text.one_of(&['.', '-', '_', ':'])?;
    let minute = text.number(2)?;
    text.one_of(&[separator])?;
    let second = text.number(2)?;
    let hour = match text.half_of_day() {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(afternoon) => hour % 12 + if afternoon { 12 } else { 0 },
        None => hour,
    };
    Named::new(year, month, day, [hour, minute, second])
}

/// `24-01-31 23-59-59 1234`: the names that Nextcloud's apps give to uploads, the old name's number behind.
fn nextcloud(name: &str) -> Option<Named> {
    let mut text = Text(name);
    let mut numbers = [0; 6];
    for (place, number) in numbers.iter_mut().enumerate() {
        match place {
            0 => {}
            3 => _ = text.one_of(&[' '])?,
            _ => _ = text.one_of(&['-'])?,
        }
        *number = text.number(2)?;
    }
    text.one_of(&[' '])?;
    text.number(4)?;
    let [year, month, day, time @ ..] = numbers;
    // Nextcloud is younger than the century.
    Named::new(2000 + year, month, day, time)
}

/// `IMG-20240101-WA0001`: the day on which WhatsApp received it, and its number there.
fn messenger(before: &str, rest: &str) -> Option<CaptureTime> {
    if !before.ends_with('-') {
        return None;
    }
    let mut text = Text(rest);
    let date = text.run(8)?;
    let number = text.0.strip_prefix("-WA")?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = number[..digits].parse().ok()?;
    on_a_day(from_digits(&format!("{date}000000"))?.wall.date(), number)
}

/// `2024-01-31.jpg`: a day and nothing else.
fn day(name: &str) -> Option<CaptureTime> {
    let (stem, _) = name.rsplit_once('.')?;
    let mut text = Text(stem);
    let year = text.number(4)?;
    text.one_of(&['-'])?;
    let month = text.number(2)?;
    text.one_of(&['-'])?;
    let day = text.number(2)?;
    let named = text.0.is_empty().then(|| Named::new(year, month, day, [0; 3]))??;
    on_a_day(named.wall.date(), 0)
}

/// A day of which no hour is known. Noon stands for it, as midnight is the day before further west, and photos of one day
/// follow each other by their numbers.
fn on_a_day(date: Date, number: u32) -> Option<CaptureTime> {
    const AFTERNOON: u32 = 12 * 3600 - 1;
    let noon = date.at(12, 0, 0, 0).checked_add(jiff::SignedDuration::from_secs(number.min(AFTERNOON).into())).ok()?;
    let mut time = CaptureTime::from_wall(noon, None, None)?;
    time.known = Known::Day;
    Some(time)
}

/// `photo_1@31-01-2024_23-59-59.jpg`, as Telegram's program for computers exports a chat.
fn telegram(name: &str) -> Option<Named> {
    let (_, rest) = name.split_once('@')?;
    let mut text = Text(rest);
    let mut numbers = [0; 6];
    for (place, (number, length)) in numbers.iter_mut().zip([2, 2, 4, 2, 2, 2]).enumerate() {
        if place > 0 {
            text.one_of(if place == 3 { &['_'] } else { &['-'] })?;
        }
        *number = text.number(length)?;
    }
    let [day, month, year, time @ ..] = numbers;
    Named::new(year, month, day, time)
}

/// `FB_IMG_1706741999000.jpg`: milliseconds since 1970, as Facebook's program saves a picture.
fn facebook(name: &str) -> Option<CaptureTime> {
    let milliseconds = Text(name.strip_prefix("FB_IMG_")?).run(13)?.parse().ok()?;
    CaptureTime::from_instant(Timestamp::from_millisecond(milliseconds).ok()?, None, None)
}

/// From `20240131235959`.
fn from_digits(digits: &str) -> Option<Named> {
    let number = |at: usize, length: usize| digits.get(at..at + length)?.parse().ok();
    Named::new(number(0, 4)?, number(4, 2)?, number(6, 2)?, [number(8, 2)?, number(10, 2)?, number(12, 2)?])
}

/// The rest of a name, taken piece by piece.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// A run of exactly `length` digits: no digit follows it.
    fn run(&mut self, length: usize) -> Option<&'a str> {
        let digits = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if digits != length {
            return None;
        }
        let (run, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(run)
    }

    fn number(&mut self, length: usize) -> Option<u32> {
        self.run(length)?.parse().ok()
    }

    fn one_of(&mut self, separators: &[char]) -> Option<char> {
        let first = self.0.chars().next().filter(|c| separators.contains(c))?;
        self.0 = &self.0[first.len_utf8()..];
        Some(first)
    }

    /// Steps over `at `, `um `, `à ` and the like, if there is one.
    fn short_word(&mut self) {
        let text = self.0.trim_start_matches(' ');
        let word = text.find(|c: char| !c.is_alphabetic() && c != '.').unwrap_or(text.len());
        if word <= 12
            && let Some(rest) = text[word..].strip_prefix(' ')
        {
            self.0 = rest;
        }
    }

    /// Whether `PM` follows, or `AM`, behind any kind of blank. macOS writes a narrow no-break space.
    fn half_of_day(&mut self) -> Option<bool> {
        let text = self.0.trim_start_matches(char::is_whitespace);
        let word = text.get(..2)?.to_ascii_uppercase();
        let ends = !text[2..].starts_with(char::is_alphanumeric);
        match word.as_str() {
            "AM" if ends => Some(false),
            "PM" if ends => Some(true),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_edits() {
        for name in [
            "IMG_1-edited.jpg",
            "IMG_1_edited.JPEG",
            "IMG_1_edited (2).jpg",
            "IMG_1-edited(1).jpg",
            "PXL_20240501_100000.MP-EDIT.jpg",
            "IMG_1~2.jpg",
            "PXL_20240501_100000~3.heic",
            "IMG_1-bearbeitet.jpg",
            "IMG_1-modifi\u{e9}.jpg",
            "IMG_1-modifie\u{301}.jpg",
            "IMG_1-ha editado.jpg",
            "IMG_1-編集済み.jpg",
            "IMG_1-измененный.jpg",
            "IMG_1-편집됨.jpg",
            "IMG_1(edited).jpg",
            "IMG_1 (edited).jpg",
            "IMG_1.edited.jpg",
            "IMG_1-Edit-2.tif",
            "IMG_1_edit_123.jpg",
            "IMG_1-bearbeitet-2 (1).jpg",
            "IMG_E1234.HEIC",
            "img_e1234 (2).heic",
        ] {
            assert!(tells_of_an_edit(name), "{name}");
        }
        for name in [
            "IMG_1.jpg",
            "IMG_1 (2).jpg",
            "edited.jpg",
            "unedited.jpg",
            "credit.jpg",
            "IMG_EDEN.jpg",
            "IMG_1234.HEIC",
            "~2.jpg",
            "IMG_1-2.jpg",
            "credit-2.jpg",
            "IMG_1 (credit).jpg",
            "notes~.jpg",
            "",
            ").jpg",
        ] {
            assert!(!tells_of_an_edit(name), "{name}");
        }
    }

    #[test]
    fn the_photo_of_which_a_name_is_an_edit() {
        for (stem, photo) in [
            ("IMG_1-edited", Some("IMG_1")),
            ("IMG_1(1)-EDITED", Some("IMG_1(1)")),
            ("IMG_1-modifie\u{301}", Some("IMG_1")),
            ("IMG-1-ha editado", Some("IMG-1")),
            ("IMG_1_edited", None),
            ("-edited", None),
            ("IMG-1", None),
        ] {
            assert_eq!(unedited(stem), photo, "{stem}");
        }
        for (text, begins) in
            [("-", true), ("-edi", true), ("-編", true), ("edi", false), ("-x", false), ("-editedx", false)]
        {
            assert_eq!(begins_an_edit(text), begins, "{text}");
        }
    }

    #[test]
    fn names_that_tell_a_date() {
        for (name, expected) in [
            ("20240131_235959.jpg", "2024-01-31T23:59:59"),
            ("20240131235959.jpg", "2024-01-31T23:59:59"),
            ("20240131T235959.jpg", "2024-01-31T23:59:59"),
            ("IMG_20240131_235959_1.jpg", "2024-01-31T23:59:59"),
            ("IMG_20240131_235959123.jpg", "2024-01-31T23:59:59.123"),
            ("PXL_20240131_225959123.jpg", "2024-01-31T22:59:59.123Z"),
            ("PXL_20240131_225959123.MP.jpg", "2024-01-31T22:59:59.123Z"),
            ("photo_1@31-01-2024_23-59-59.jpg", "2024-01-31T23:59:59"),
            ("FB_IMG_1706741999000.jpg", "2024-01-31T22:59:59Z"),
            ("24-01-31 23-59-59 1234.jpg", "2024-01-31T23:59:59"),
            ("Screenshot_20240131-235959.png", "2024-01-31T23:59:59"),
            ("Screenshot_20240131-235959_Firefox.png", "2024-01-31T23:59:59"),
            ("Screenshot 2024-01-31 at 23.59.59.png", "2024-01-31T23:59:59"),
            ("Screenshot 2024-01-31 at 11.59.59\u{202f}PM.png", "2024-01-31T23:59:59"),
            ("Screenshot 2024-01-31 at 9.41.00 AM.png", "2024-01-31T09:41:00"),
            ("Screenshot 2024-01-31 at 12.00.00 AM (2).png", "2024-01-31T00:00:00"),
            ("Bildschirmfoto 2024-01-31 um 23.59.59.png", "2024-01-31T23:59:59"),
            ("Capture d’écran 2024-01-31 à 23.59.59.png", "2024-01-31T23:59:59"),
            ("VID_20240131_235959.mp4", "2024-01-31T23:59:59"),
            ("2024-01-31 23.59.59.jpg", "2024-01-31T23:59:59"),
            ("2024-01-31_23-59-59.jpg", "2024-01-31T23:59:59"),
            ("photo_2024-01-31_23-59-59.jpg", "2024-01-31T23:59:59"),
            ("signal-2024-01-31-235959.jpg", "2024-01-31T23:59:59"),
            ("signal-2024-01-31-23-59-59-123.jpg", "2024-01-31T23:59:59"),
            ("WhatsApp Image 2024-01-31 at 23.59.59.jpeg", "2024-01-31T23:59:59"),
            ("holidays/2023/20240229_000000.jpg", "2024-02-29T00:00:00"),
        ] {
            assert_eq!(captured_from_name(name).map(|time| time.to_string()).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_day_without_an_hour_is_its_noon_in_the_order_of_the_numbers() {
        for (name, noon) in [
            ("IMG-20240101-WA0001.jpg", "2024-01-01T12:00:01"),
            ("VID-20240101-WA0012.mp4", "2024-01-01T12:00:12"),
            ("IMG-20240101-WA99999.jpg", "2024-01-01T23:59:59"),
            ("2024-01-31.jpg", "2024-01-31T12:00:00"),
        ] {
            let time = captured_from_name(name).expect("a day");
            assert_eq!(
                (time.known, time.civil().map(|civil| civil.to_string())),
                (Known::Day, Some(noon.into())),
                "{name}"
            );
        }
    }

    #[test]
    fn names_that_only_look_like_it() {
        for name in [
            "",
            "IMG_0001.JPG",
            "20241331_235959.jpg",
            "20240230_235959.jpg",
            "20230229_000000.jpg",
            "20240131_245959.jpg",
            "20240131_236059.jpg",
            "120240131_235959.jpg",
            "20240131_2359591.jpg",
            "20240131_23595912.jpg",
            "20240131_2359.jpg",
            "19891231_235959.jpg",
            "21000101_000000.jpg",
            "20240131.jpg",
            "IMG-20240131-XX0001.jpg",
            "IMG-20240131-WA.jpg",
            "1234567890123456.jpg",
            "202401312359591.jpg",
            "24-01-31 23-59-59.jpg",
            "24-01-31 23-59-59 12345.jpg",
            "24-13-31 23-59-59 1234.jpg",
            "2024-01-31 a.jpg",
            "photo_1@31-13-2024_23-59-59.jpg",
            "FB_IMG_170674199900.jpg",
            "2024-01-32 10.00.00.jpg",
            "2024-01.31 10.00.00.jpg",
            "2024-01-31 10.00-00.jpg",
            "2024-01-31 at 13.00.00 PM.jpg",
            "DSC_20240131.NEF",
            "２０２４０１３１_２３５９５９.jpg",
            "555-2024-0131-235959",
        ] {
            assert_eq!(captured_from_name(name), None, "{name}");
        }
    }
}
