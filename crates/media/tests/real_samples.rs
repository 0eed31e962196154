//! Real files of many cameras, read by us and by exiftool, and sidecars of ours, read by exiftool. Needs `../shared` and exiftool, so it runs only when asked:
//! `cargo test -p photobridge-media --test real_samples -- --ignored`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use photobridge_media::capture::CaptureTime;
use photobridge_media::details::{Details, Location};
use photobridge_media::header::{Header, camera_name};
use photobridge_media::{FileKind, header_of, kind_of, read_header, write_sidecar};
use serde_json::Value;

/// Files whose container says that they should be longer, each looked at by hand.
///
/// None: `corrupted.jpg` and the files in `invalid` and `tests` have damaged metadata, but their pictures are all there.
const TRUNCATED: [&str; 0] = [];

/// Where we and exiftool differ, and why.
const DIFFERENCES: [(&str, &str, &str); 4] = [
    (
        "1A61156A-5747-42DE-A9B3-4A468CC49D9E.jpeg",
        "captured",
        "its only date, in XMP, is rubbish: 2021::1:00T13:05:42:07:00",
    ),
    (
        "C4D952AF-983D-438E-9070-6310B1BC4826.jpeg",
        "captured",
        "its OffsetTime belongs to a DateTime equal to the original",
    ),
    (
        "FD1E3A36-3E65-48AF-9B14-DCFF65A9D3D2.jpeg",
        "captured",
        "its OffsetTime belongs to a DateTime equal to the original",
    ),
    ("sony-powershota5.jpg", "camera", "only in Canon's CIFF directory of the year 2000, which we do not read"),
];

fn shared() -> PathBuf {
    match std::env::var_os("PHOTOBRIDGE_SHARED") {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    }
}

/// Every picture and movie below `../shared`, by its path there.
fn files() -> BTreeMap<String, (PathBuf, FileKind)> {
    let shared = shared();
    let mut files = BTreeMap::new();
    for entry in ["samples", "libraries"].iter().flat_map(|room| walkdir::WalkDir::new(shared.join(room))) {
        let entry = entry.expect("../shared can be listed (set PHOTOBRIDGE_SHARED where it lies elsewhere)");
        let kind = kind_of(entry.path());
        if let Some(kind @ (FileKind::Still | FileKind::Raw | FileKind::Video)) = kind {
            let name = entry.path().strip_prefix(&shared).expect("below ../shared").display().to_string();
            files.insert(name, (entry.into_path(), kind));
        }
    }
    assert!(files.len() > 200, "only {} files in {}", files.len(), shared.display());
    files
}

/// What exiftool says of all files, by path.
fn exiftool(files: &BTreeMap<String, (PathBuf, FileKind)>) -> BTreeMap<String, Value> {
    let output = Command::new("exiftool")
        .args(["-j", "-n", "-q", "-G1", "-api", "QuickTimeUTC=0"])
        .args(["-ExifIFD:DateTimeOriginal", "-ExifIFD:CreateDate"])
        .args(["-ExifIFD:SubSecTimeOriginal", "-ExifIFD:OffsetTimeOriginal"])
        .args(["-Keys:CreationDate", "-QuickTime:CreateDate", "-UserData:DateTimeOriginal"])
        .args(["-XMP-exif:DateTimeOriginal", "-XMP-photoshop:DateCreated", "-XMP-xmp:CreateDate"])
        .args(["-Composite:GPSDateTime", "-Composite:GPSLatitude", "-Composite:GPSLongitude", "-Composite:ImageSize"])
        .args(["-Make", "-Model", "-ContentIdentifier", "-MediaGroupUUID"])
        .args(files.values().map(|(path, _)| path))
        .output()
        .expect("exiftool must be installed for this test");
    let list: Vec<Value> = serde_json::from_slice(&output.stdout).expect("exiftool writes JSON");
    let shared = shared();
    let name = |value: &Value| {
        let path = Path::new(value["SourceFile"].as_str().expect("a path"));
        path.strip_prefix(&shared).expect("below ../shared").display().to_string()
    };
    list.into_iter().map(|value| (name(&value), value)).collect()
}

fn of_file(path: &Path, kind: FileKind) -> (Header, u64) {
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

/// `2024:01:31 23:59:59.50` as we write it; `None` for zeros and blanks.
fn date(written: Option<String>, fraction: Option<String>, offset: &str) -> Option<String> {
    let written = written.filter(|date| !date.starts_with("0000") && date.starts_with(|c: char| c.is_ascii_digit()))?;
    let written = written.replacen(':', "-", 2).replacen(' ', "T", 1);
    let written = if written.contains('T') { written } else { written + "T00:00:00" };
    let fraction = fraction.map(|digits| match digits.trim_end_matches('0') {
        "" => ".0".to_owned(),
        digits => format!(".{digits}"),
    });
    Some(written + &fraction.unwrap_or_default() + offset)
}

/// What exiftool said, in our words: field by field.
fn theirs(value: &Value) -> BTreeMap<&'static str, Option<String>> {
    let at = |tag: &str| text(&value[tag]);
    let offset = at("ExifIFD:OffsetTimeOriginal").unwrap_or_default();
    let exif = date(at("ExifIFD:DateTimeOriginal"), at("ExifIFD:SubSecTimeOriginal"), &offset)
        .or_else(|| date(at("ExifIFD:CreateDate"), None, ""));
    let others = [
        ("Keys:CreationDate", ""),
        ("UserData:DateTimeOriginal", ""),
        ("QuickTime:CreateDate", "Z"),
        ("XMP-exif:DateTimeOriginal", ""),
        ("XMP-photoshop:DateCreated", ""),
        ("XMP-xmp:CreateDate", ""),
        ("Composite:GPSDateTime", ""),
    ];
    let number = |tag: &str| value[tag].as_f64();
    let place = number("Composite:GPSLatitude").zip(number("Composite:GPSLongitude"));
    BTreeMap::from([
        ("captured", exif.or_else(|| others.iter().find_map(|(tag, zone)| date(at(tag), None, zone)))),
        ("pixels", at("Composite:ImageSize").map(|size| size.replace(' ', "x"))),
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

fn ours(header: &Header) -> BTreeMap<&'static str, Option<String>> {
    BTreeMap::from([
        ("captured", header.captured.map(|(time, _)| time.to_string())),
        ("pixels", header.pixels.map(|(width, height)| format!("{width}x{height}"))),
        ("camera", header.camera.as_deref().map(Into::into)),
        ("identifier", header.content_identifier.as_deref().map(Into::into)),
        ("location", header.location.map(|place| format!("{:.4} {:.4}", place.latitude, place.longitude))),
    ])
}

#[test]
#[ignore = "needs ../shared"]
fn we_read_what_exiftool_reads() {
    let files = files();
    let exiftool = exiftool(&files);
    let mut differences = Vec::new();
    for (name, (path, kind)) in &files {
        let (header, _) = of_file(path, *kind);
        let (ours, theirs) = (ours(&header), theirs(&exiftool[name]));
        for (field, ours) in ours {
            let explained = DIFFERENCES.iter().any(|(file, what, _)| name.ends_with(file) && *what == field);
            if ours != theirs[field] && !explained {
                differences.push(format!(
                    "{name} {field}: we {ours:?}, exiftool {:?} ({:?})",
                    theirs[field],
                    header.captured.map(|c| c.1)
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
}

#[test]
#[ignore = "needs ../shared"]
fn exactly_the_truncated_files_are_called_truncated() {
    let truncated: Vec<String> = files()
        .into_iter()
        .filter_map(|(name, (path, kind))| {
            let (header, _) = of_file(&path, kind);
            header.truncated.map(|why| format!("{name}: {why}"))
        })
        .collect();
    let unexpected: Vec<_> =
        truncated.iter().filter(|line| !TRUNCATED.iter().any(|name| line.contains(name))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(truncated.len(), TRUNCATED.len(), "{truncated:#?}");
}

/// Half a file is the usual trouble: each of these, cut, must say so.
#[test]
#[ignore = "needs ../shared"]
fn every_real_file_that_was_cut_says_so() {
    let mut silent = Vec::new();
    for (name, (path, kind)) in files() {
        let bytes = std::fs::read(&path).expect("a file that can be read");
        for share in [20, 50, 90] {
            let cut = &bytes[..bytes.len() * share / 100];
            let (header, _) = read_header(Cursor::new(cut), cut.len() as u64, kind).expect("memory can be read");
            if header.truncated.is_none() {
                silent.push(format!("{share} % of {name}"));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// Two real motion photos, whole, without the end of their movies, and without any of it.
#[test]
#[ignore = "needs ../shared"]
fn half_a_real_motion_photo_says_so() {
    // Where each movie begins, as exiftool and a walk over the boxes tell.
    for (name, movie) in [("samsung-one-ui-6.heic", 452_276), ("PXL_20200710_061629144.MP.jpg", 2_728_123)] {
        let bytes = std::fs::read(shared().join("cases/motion").join(name)).expect("a file that can be read");
        let said = |length: usize| {
            let (header, _) =
                read_header(Cursor::new(&bytes[..length]), length as u64, FileKind::Still).expect("memory");
            header.truncated
        };
        assert_eq!((said(bytes.len()), said(movie)), (None, None), "{name}");
        for missing in [300_000, 64, 1] {
            assert!(said(bytes.len() - missing).is_some(), "{missing} bytes of {name} are missing");
        }
    }
}

/// A first scan may cost at most twice the reading of the first 64 KB of each file.
#[test]
#[ignore = "needs ../shared"]
fn headers_cost_little() {
    let files = files();
    let mut read = 0;
    for (path, kind) in files.values() {
        read += of_file(path, *kind).1;
    }
    let bytes = read / files.len() as u64;
    assert!(bytes < 2 * 64 * 1024, "{bytes} bytes of each file");
}

#[test]
#[ignore = "needs exiftool"]
fn exiftool_reads_what_our_sidecars_say() {
    let details = Details {
        title: Some("Fish & <chips> ]]> \u{1f41f}\u{1}".into()),
        description: Some("one\n\"two\"\tthree\u{fffe}".into()),
        keywords: vec!["sea".into(), "Ünïcode, with a comma".into(), "日本".into()],
        location: Location::new(-33.8568, 151.2153),
        favorite: true,
    };
    let wall = "2024-01-31T23:59:59".parse().expect("a wall clock");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (offset, zone) in [(Some(-12_600), "-03:30"), (None, "")] {
        let captured = CaptureTime::from_wall(wall, offset, Some(250_000_000)).expect("a time");
        let path = folder.path().join("IMG_1.xmp");
        std::fs::write(&path, write_sidecar(&details, Some(&captured))).expect("a temporary file");
        let output = Command::new("exiftool")
            .args(["-j", "-n", "-G1", "-validate", "-warning", "-error", "-XMP:all", "-charset", "utf8"])
            .arg(&path)
            .output()
            .expect("exiftool must be installed for this test");
        let told: Value = serde_json::from_slice(&output.stdout).expect("exiftool writes JSON");
        let told = &told[0];
        assert_eq!(told["XMP-dc:Title"], "Fish & <chips> ]]> \u{1f41f}", "{told}");
        assert_eq!(told["XMP-dc:Description"], "one\n\"two\"\tthree");
        assert_eq!(told["XMP-dc:Subject"], serde_json::json!(["sea", "Ünïcode, with a comma", "日本"]));
        assert_eq!(told["XMP-xmp:Rating"], 5);
        let degrees = |tag: &str| told[tag].as_f64().expect("a number");
        assert!((degrees("XMP-exif:GPSLatitude") + 33.8568).abs() < 1e-7, "{told}");
        assert!((degrees("XMP-exif:GPSLongitude") - 151.2153).abs() < 1e-7, "{told}");
        for tag in ["XMP-exif:DateTimeOriginal", "XMP-photoshop:DateCreated"] {
            assert_eq!(told[tag], format!("2024:01:31 23:59:59.25{zone}"), "{tag}");
        }
        assert!(told["ExifTool:Warning"].is_null() && told["ExifTool:Error"].is_null(), "{told}");
        assert_eq!(told["ExifTool:Validate"], "0 0 0", "{told}");
    }
}
