//! What exiftool reads of files, in our words: by the same order of sources, which docs/dates.md tells.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use photobridge_media::header::{Header, camera_name};
use photobridge_media::{FileKind, header_of};
use serde_json::Value;

/// What is compared.
pub type Fields = BTreeMap<&'static str, Option<String>>;

/// Dates by their tags, the best first, each with the tags of its fraction and zone, and whether it is UTC.
const DATES: [(&str, &str, &str, bool); 23] = [
    ("ExifIFD:DateTimeOriginal", "ExifIFD:SubSecTimeOriginal", "ExifIFD:OffsetTimeOriginal", false),
    ("IFD0:DateTimeOriginal", "", "", false),
    ("ExifIFD:CreateDate", "ExifIFD:SubSecTimeDigitized", "ExifIFD:OffsetTimeDigitized", false),
    ("IFD0:CreateDate", "", "", false),
    ("CanonRaw:DateTimeOriginal", "", "", false),
    ("CIFF:DateTimeOriginal", "", "", false),
    ("Keys:CreationDate", "", "", false),
    ("UserData:DateTimeOriginal", "", "", false),
    ("UserData:ContentCreateDate", "", "", false),
    ("ItemList:ContentCreateDate", "", "", false),
    ("H264:DateTimeOriginal", "", "", false),
    ("RIFF:DateTimeOriginal", "", "", false),
    ("RIFF:DateCreated", "", "", false),
    ("XMP-exif:DateTimeOriginal", "", "", false),
    ("XMP-photoshop:DateCreated", "", "", false),
    ("XMP-exif:DateTimeDigitized", "", "", false),
    ("XMP-xmp:CreateDate", "", "", false),
    ("Composite:DateTimeCreated", "", "", false),
    ("IPTC:DateCreated", "", "", false),
    ("Composite:DigitalCreationDateTime", "", "", false),
    ("QuickTime:CreateDate", "", "", true),
    ("Composite:GPSDateTime", "", "", false),
    ("IFD0:ModifyDate", "ExifIFD:SubSecTime", "ExifIFD:OffsetTime", false),
];

/// What exiftool says of files.
pub fn exiftool(files: &[PathBuf]) -> BTreeMap<PathBuf, Value> {
    let mut exiftool = Command::new("exiftool")
        .args([
            "-j",
            "-n",
            "-q",
            "-q",
            "-G1",
            "-charset",
            "filename=utf8",
            "-api",
            "QuickTimeUTC=0",
            "-api",
            "LargeFileSupport=1",
        ])
        .args(["-time:all", "-exif:all", "-XMP:all", "-Composite:all", "-ImageWidth", "-ImageHeight"])
        .args(["-Make", "-Model", "-ContentIdentifier", "-MediaGroupUUID", "-@", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("exiftool must be installed for this test");
    let mut names = exiftool.stdin.take().expect("a pipe");
    let list: String = files.iter().map(|path| format!("{}\n", path.display())).collect();
    let writer = std::thread::spawn(move || names.write_all(list.as_bytes()));
    let output = exiftool.wait_with_output().expect("exiftool runs");
    writer.join().expect("no panic").expect("exiftool reads its list");
    let list: Vec<Value> =
        serde_json::from_str(&String::from_utf8_lossy(&output.stdout)).expect("exiftool writes JSON");
    list.into_iter().map(|value| (value["SourceFile"].as_str().expect("a path").into(), value)).collect()
}

/// What we read of a file, and how many bytes that took.
pub fn of_file(path: &Path, kind: FileKind) -> (Header, u64) {
    File::open(path).and_then(|file| header_of(file, kind)).expect("a file that can be read")
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// Of tags that exiftool may find in several places, the first.
fn anywhere(value: &Value, tag: &str) -> Option<String> {
    let fields = value.as_object().expect("exiftool writes objects");
    fields.iter().find(|(name, _)| name.ends_with(&format!(":{tag}"))).and_then(|(_, value)| text(value))
}

/// `2024:01:31 23:59:59.50` as we write it, and `1960:05`; `None` for zeros, blanks and rubbish, which exiftool passes on.
fn date(written: &str, fraction: Option<String>, offset: &str) -> Option<String> {
    let (day, time) = written.split_once(' ').unwrap_or((written, ""));
    let mut numbers = day.split(':').map(|number| number.parse::<u32>());
    let year = numbers.next()?.ok().filter(|year| (1800..=9999).contains(year))?;
    let mut told = format!("{year:04}");
    for (number, most) in numbers.zip([12, 31]) {
        match number.ok().filter(|number| *number <= most)? {
            0 => break,
            number => told = format!("{told}-{number:02}"),
        }
    }
    if time.is_empty() || told.len() < 10 {
        return Some(told);
    }
    let (clock, zone) = time.split_at(time.find(['+', '-', 'Z', ' ']).unwrap_or(time.len()));
    let (clock, own) = clock.split_once('.').unwrap_or((clock, ""));
    let numbers = clock.split(':').map(|number| number.parse::<u32>().ok().filter(|number| *number < 60));
    let mut numbers = numbers.collect::<Option<Vec<u32>>>().filter(|numbers| (2..=3).contains(&numbers.len()))?;
    numbers.resize(3, 0);
    let clock: Vec<String> = numbers.iter().map(|number| format!("{number:02}")).collect();
    let digits = fraction.unwrap_or_else(|| own.to_owned());
    let fraction = match digits.trim_end_matches('0') {
        _ if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => String::new(),
        "" => ".0".to_owned(),
        digits => format!(".{digits}"),
    };
    Some(format!("{told}T{}{fraction}{}{offset}", clock.join(":"), zone.trim_end_matches(" DST")))
}

/// What exiftool said, in our words: field by field.
pub fn theirs(value: &Value) -> Fields {
    let at = |tag: &str| text(&value[tag]);
    let told = |(tag, fraction, offset, is_utc): (&str, &str, &str, bool)| {
        let offset = if is_utc { "Z".to_owned() } else { at(offset).unwrap_or_default() };
        date(&at(tag)?, at(fraction), &offset)
    };
    let dates: Vec<String> = DATES.into_iter().filter_map(told).collect();
    // One that is known in part gives way to one that says the same and more.
    let first = dates.first().cloned();
    let fuller = |first: &String| dates.iter().find(|date| date.len() > first.len() && date.starts_with(&**first));
    let captured =
        first.map(|first| if first.contains('T') { first } else { fuller(&first).cloned().unwrap_or(first) });
    let number = |tag: &str| value[tag].as_f64();
    let place = number("Composite:GPSLatitude").zip(number("Composite:GPSLongitude"));
    BTreeMap::from([
        ("captured", captured),
        (
            "pixels",
            at("Composite:ImageSize")
                .map(|size| size.replace(' ', "x"))
                .filter(|size| !size.split('x').any(|side| side == "0")),
        ),
        (
            "camera",
            camera_name(anywhere(value, "Make").as_deref(), anywhere(value, "Model").as_deref())
                .as_deref()
                .map(Into::into),
        ),
        ("identifier", anywhere(value, "ContentIdentifier").or(anywhere(value, "MediaGroupUUID"))),
        ("location", place.filter(|place| *place != (0.0, 0.0)).map(|(n, e)| format!("{n:.4} {e:.4}"))),
    ])
}

/// What we read, field by field.
pub fn ours(header: &Header) -> Fields {
    BTreeMap::from([
        ("captured", header.captured.map(|(time, _)| time.to_string())),
        ("pixels", header.pixels.map(|(width, height)| format!("{width}x{height}"))),
        ("camera", header.camera.as_deref().map(Into::into)),
        ("identifier", header.content_identifier.as_deref().map(Into::into)),
        ("location", header.location.map(|place| format!("{:.4} {:.4}", place.latitude, place.longitude))),
    ])
}
