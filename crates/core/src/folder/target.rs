//! Where an exported file goes below the folder, and which name it gets there. Pure: nothing here looks at a disk.
//!
//! A name comes from a database that may say anything. What leaves this module is a good file name on ext4, APFS,
//! NTFS, exFAT and Nextcloud, and one that our own scan sees as the media file that it is: a file that the next scan
//! passed over would be exported again and again.

use std::path::{Path, PathBuf};

use photobridge_media::capture::CaptureTime;
use photobridge_media::{self as media, FileKind};
use unicode_normalization::UnicodeNormalization;

use super::names::{LONGEST, cut};
use crate::export::Layout;

/// Where photos without a capture date go, when they go by date.
pub const UNKNOWN: &str = "Unknown";

/// The directory below the folder for a photo taken then, on its own wall clock and never the machine's. A date that no
/// camera writes (absurd ones exist in real libraries) counts as none.
pub fn directory(captured: Option<&CaptureTime>, layout: Layout) -> PathBuf {
    if layout == Layout::Flat {
        return PathBuf::new();
    }
    match captured.and_then(CaptureTime::civil).filter(|civil| civil.year() >= 1) {
        Some(civil) => PathBuf::from(format!("{:04}/{:02}", civil.year(), civil.month())),
        None => PathBuf::from(UNKNOWN),
    }
}

/// Bytes of a name that are left to others: our own `_edited` and ` (123)`, and what sync clients add while a file
/// arrives (`.NAME.~1a2b3c4d`).
const ROOM: usize = 32;

/// A file name that is safe everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeName {
    /// The name up to the extension; never empty.
    pub stem: String,
    /// The extension without its dot. `None` where neither the name nor the format is one that our scan knows: such a
    /// file must not be exported, since no later scan would find it.
    pub extension: Option<String>,
}

impl SafeName {
    /// The extension with its dot, or nothing.
    pub fn ending(&self) -> String {
        self.extension.as_ref().map(|extension| format!(".{extension}")).unwrap_or_default()
    }

    /// The whole name.
    pub fn whole(&self) -> String {
        format!("{}{}", self.stem, self.ending())
    }
}

/// Makes a name from `original`, whatever it says; ordinary names stay as they are (in NFC).
///
/// * It never becomes a path: separators and all else that some file system forbids are replaced by `_`, in place, so
///   that `../../etc/x.jpg` is `_.._etc_x.jpg` and not `x.jpg`, which it never was.
/// * Leading dots and blanks go (hidden files, AppleDouble, our own temporary names), and trailing ones.
/// * Names of Windows' devices get a `_`.
/// * The extension stays if it promises the kind of media that `format` (the extension of the library's own file)
///   promises. One that promises another kind is replaced by `format`; where there is none `format` is added.
/// * Without a name it is called `fallback`.
pub fn safe_name(original: &str, fallback: &str, format: &str) -> SafeName {
    let cleaned = clean(original);
    let (stem, extension) = split(&cleaned, format);
    let stem = match presentable(stem) {
        "" => clean(fallback),
        stem => stem.to_owned(),
    };
    let stem = match presentable(&stem) {
        "" => "unnamed",
        stem => stem,
    };
    let room = LONGEST - ROOM - extension.as_ref().map_or(0, |extension| extension.len() + 1);
    let stem = no_device(stem);
    // What is left of a long name may be a device's.
    let stem = match cut(&stem, room) {
        whole if whole.len() == stem.len() => stem,
        short => no_device(short.trim_end_matches(is_edge)),
    };
    SafeName { stem, extension }
}

/// In NFC, without what file systems forbid or what misleads the eye, and without dots and blanks at its end.
fn clean(name: &str) -> String {
    let name: String = name.nfc().map(|c| if is_forbidden(c) { '_' } else { c }).collect();
    name.trim_end_matches(is_edge).to_owned()
}

fn is_forbidden(c: char) -> bool {
    let is_noncharacter = matches!(c, '\u{fdd0}'..='\u{fdef}') || c as u32 & 0xfffe == 0xfffe;
    let turns_the_line =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks_the_line = matches!(c, '\u{2028}' | '\u{2029}');
    matches!(c, '/' | '\\' | ':' | '<' | '>' | '"' | '|' | '?' | '*')
        || c.is_control()
        || is_noncharacter
        || turns_the_line
        || breaks_the_line
}

/// What no name may begin or end with.
fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// A stem without what no name may begin with.
fn presentable(stem: &str) -> &str {
    stem.trim_start_matches(is_edge)
}

/// The stem and the extension that the file gets.
fn split<'a>(name: &'a str, format: &str) -> (&'a str, Option<String>) {
    let format = format.rsplit_once('.').map_or(format, |(_, extension)| extension);
    let promised = media_kind(format);
    let Some((stem, extension)) = name.rsplit_once('.').filter(|(_, extension)| kind_of(extension).is_some()) else {
        return (name, promised.map(|_| format.to_owned()));
    };
    match (media_kind(extension), promised) {
        (Some(own), promised) if promised.is_none_or(|promised| promised == own) => (stem, Some(extension.to_owned())),
        (_, Some(_)) => (stem, Some(format.to_owned())),
        (_, None) => (name, None),
    }
}

fn kind_of(extension: &str) -> Option<FileKind> {
    media::kind_of(Path::new(&format!("x.{extension}")))
}

/// The kind of a picture or movie; a sidecar is neither.
fn media_kind(extension: &str) -> Option<FileKind> {
    kind_of(extension).filter(|kind| !matches!(kind, FileKind::Xmp | FileKind::Aae | FileKind::Catalog))
}

/// A stem that Windows does not take for a device, whatever follows its first dot, nor anybody for a file that is still
/// being written (`~`) or for the lock of an office program (`~$`), which Nextcloud's client never uploads.
fn no_device(stem: &str) -> String {
    if let Some(rest) = stem.strip_prefix('~') {
        return format!("_{rest}");
    }
    let first = stem.split('.').next().unwrap_or(stem);
    let base = first.trim_end();
    if is_device(base) { format!("{base}_{}", &stem[base.len()..]) } else { stem.to_owned() }
}

fn is_device(base: &str) -> bool {
    let lower = base.to_lowercase();
    let is_numbered = ["com", "lpt"].iter().any(|port| {
        let mut rest = lower.strip_prefix(port).unwrap_or_default().chars();
        matches!((rest.next(), rest.next()), (Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}'), None))
    });
    is_numbered || ["con", "prn", "aux", "nul", "conin$", "conout$"].contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use std::path::Component;
    use unicode_normalization::is_nfc;

    use super::*;
    use crate::folder::names::{self, Naming};
    use photobridge_media::capture::Zone;

    fn safe(original: &str, format: &str) -> String {
        safe_name(original, "0A1B-ID", format).whole()
    }

    #[test]
    fn a_photo_goes_where_its_own_clock_says() {
        let tokyo = CaptureTime::from_wall(date(2024, 1, 1).at(0, 30, 0, 0), Some(9 * 3600), None);
        assert_eq!(directory(tokyo.as_ref(), Layout::Date), Path::new("2024/01"));
        assert_eq!(directory(tokyo.as_ref(), Layout::Flat), Path::new(""));
        let early = CaptureTime::from_wall(date(33, 4, 3).at(15, 0, 0, 0), None, None);
        assert_eq!(directory(early.as_ref(), Layout::Date), Path::new("0033/04"));
    }

    #[test]
    fn what_has_no_date_goes_to_unknown() {
        assert_eq!(directory(None, Layout::Date), Path::new("Unknown"));
        for year in [0, -5] {
            let time = CaptureTime::from_wall(date(year, 1, 1).at(0, 0, 0, 0), None, None);
            assert_eq!(directory(time.as_ref(), Layout::Date), Path::new("Unknown"), "{year}");
        }
        for seconds in [123_456_789_012_345, i64::MAX, i64::MIN] {
            let time = CaptureTime::from_parts(seconds, None, Zone::Utc);
            assert_eq!(directory(Some(&time), Layout::Date), Path::new("Unknown"), "{seconds}");
        }
    }

    #[test]
    fn layouts_have_names_in_the_settings() {
        let layout: Layout = serde_json::from_str("\"flat\"").expect("a layout");
        assert_eq!((layout, Layout::default()), (Layout::Flat, Layout::Date));
    }

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for (name, format) in [
            ("IMG_0001.HEIC", "heic"),
            ("IMG_0001.JPG", "jpeg"),
            ("Ünïcode.JPG", "jpg"),
            ("日本 1.jpg", "jpg"),
            ("photo (2).png", "png"),
            ("Holiday, day 1. The sea!.jpeg", "jpeg"),
            ("\u{1f468}\u{200d}\u{1f469}.mov", "mov"),
            ("a.jpg.nextcloud.jpg", "jpg"),
            ("[x] ~b's #1 & co.png", "png"),
            ("IMG_1.psd", "psd"),
            ("console.jpg", "jpg"),
            ("COM10.jpg", "jpg"),
        ] {
            assert_eq!(safe(name, format), name);
        }
    }

    #[test]
    fn no_name_is_a_path_a_hidden_file_or_a_device() {
        for (name, expected) in [
            ("../../etc/x.jpg", "_.._etc_x.jpg"),
            ("/etc/passwd", "_etc_passwd.jpg"),
            ("C:\\Users\\x.jpg", "C__Users_x.jpg"),
            ("12:31 <a>|\"b\"?*.jpg", "12_31 _a___b___.jpg"),
            ("a\0b\nc\u{7f}\u{85}.jpg", "a_b_c__.jpg"),
            ("gpj.\u{202e}exe.jpg", "gpj._exe.jpg"),
            (".hidden.jpg", "hidden.jpg"),
            ("._IMG_1.jpg", "_IMG_1.jpg"),
            (" . IMG_1.jpg", "IMG_1.jpg"),
            (".photobridge-0a1b.jpg", "photobridge-0a1b.jpg"),
            (".pending-1700000000-IMG_1.jpg", "pending-1700000000-IMG_1.jpg"),
            ("IMG_1.jpg. . ", "IMG_1.jpg"),
            ("~$IMG_1.jpg", "_$IMG_1.jpg"),
            ("CON.jpg", "CON_.jpg"),
            ("nul.tar.jpg", "nul_.tar.jpg"),
            ("Aux .jpg", "Aux_ .jpg"),
            ("com\u{b9}.jpg", "com\u{b9}_.jpg"),
            ("LPT9", "LPT9_.jpg"),
            ("e\u{301}.jpg", "\u{e9}.jpg"),
        ] {
            assert_eq!(safe(name, "jpg"), expected, "{name:?}");
        }
    }

    #[test]
    fn what_has_no_name_is_called_by_the_fallback() {
        for name in ["", ".", "..", "...", "  ", ".jpg", " .jpg"] {
            assert_eq!(safe(name, "jpg"), "0A1B-ID.jpg", "{name:?}");
        }
        assert_eq!(safe_name("", "..", "jpg").whole(), "unnamed.jpg");
        assert_eq!(safe_name("", "../x", "jpg").whole(), "_x.jpg");
    }

    #[test]
    fn the_extension_promises_what_the_file_is() {
        for (name, format, expected) in [
            ("IMG_1", "heic", "IMG_1.heic"),
            ("IMG_1", ".HEIC", "IMG_1.HEIC"),
            ("Trip.2019", "jpg", "Trip.2019.jpg"),
            ("IMG_1.part", "jpg", "IMG_1.part.jpg"),
            ("Old.photoslibrary", "jpg", "Old.photoslibrary.jpg"),
            ("IMG_1.jpg.icloud", "jpg", "IMG_1.jpg.icloud.jpg"),
            ("IMG_1.HEIC", "mov", "IMG_1.mov"),
            ("IMG_1.DNG", "jpeg", "IMG_1.jpeg"),
            ("IMG_1.jpe", "jpeg", "IMG_1.jpeg"),
            ("IMG_1.xmp", "jpg", "IMG_1.jpg"),
            // A picture is known by its bytes: the camera's own name matters more than the format's.
            ("IMG_1.HEIC", "jpg", "IMG_1.HEIC"),
            ("IMG_1.HEIC", "", "IMG_1.HEIC"),
        ] {
            assert_eq!(safe(name, format), expected, "{name} {format}");
        }
        for (name, format) in [("notes.txt", "txt"), ("IMG_1.xmp", ""), ("IMG_1", "xmp"), ("x", "")] {
            assert_eq!(safe_name(name, "id", format).extension, None, "{name} {format}");
        }
    }

    #[test]
    fn long_names_are_cut_and_keep_their_extension() {
        let name = safe(&("日".repeat(200) + ".HEIC"), "heic");
        assert_eq!(name, "日".repeat(72) + ".HEIC");
        assert_eq!(safe(&("CON".to_owned() + &" ".repeat(300) + "x.jpg"), "jpg"), "CON_.jpg");
    }

    proptest! {
        #[test]
        fn every_name_is_safe_and_stays(
            original in prop_oneof![
                any::<String>(),
                "[ ./~$a\u{301}\u{200d}é:CcOoNn1¹_-]{0,300}",
                "[.]?(_|photobridge-|pending-1-|~\\$)?(CON|aux|x)?[ .]{0,3}[a-z]{0,230}[.](jpg|HEIC|xmp|part|nextcloud|icloud|!sync|~1a)",
            ],
            fallback in "[ -~]{0,20}",
            format in prop_oneof![Just("jpg"), Just("mov"), Just(".DNG"), Just("psd")],
        ) {
            let name = safe_name(&original, &fallback, format);
            let whole = name.whole();
            let components: Vec<_> = Path::new(&whole).components().collect();
            prop_assert_eq!(components, [Component::Normal(whole.as_ref())]);
            prop_assert!(whole.len() <= LONGEST - ROOM);
            prop_assert!(is_nfc(&whole));
            prop_assert!(!names::is_never_ours(&whole));
            let kind = media_kind(format.trim_start_matches('.')).expect("a format of ours");
            prop_assert_eq!(names::read(&whole), Some((kind, Naming::Plain)));
            prop_assert!(!whole.contains(is_forbidden) && !whole.starts_with(is_edge) && !whole.ends_with(is_edge));
            prop_assert_eq!(safe_name(&whole, &fallback, format), name);
        }
    }
}
