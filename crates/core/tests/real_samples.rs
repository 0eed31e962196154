//! Real files of many cameras, read by us and by exiftool. Needs `../shared` and exiftool, so it runs only when asked:
//! `cargo test -p photobridge-core --test real_samples -- --ignored`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use photobridge_core::item::{Header, camera_name};
use photobridge_core::media::{FileKind, kind_of, read_header};
use serde_json::Value;

/// Files whose container says that they should be longer, each looked at by hand.
const TRUNCATED: [&str; 0] = [];

/// Where we and exiftool differ, and why.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

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
        .args(["-j", "-n", "-q", "-api", "QuickTimeUTC=0"])
        .args(["-ExifIFD:DateTimeOriginal", "-ExifIFD:SubSecTimeOriginal", "-ExifIFD:OffsetTimeOriginal"])
        .args(["-ImageWidth", "-ImageHeight", "-Make", "-Model", "-ContentIdentifier", "-MediaGroupUUID"])
        .args(["-CreationDate", "-QuickTime:CreateDate", "-GPSLatitude", "-GPSLongitude"])
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

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

/// What exiftool said, in our words: field by field.
fn theirs(value: &Value) -> BTreeMap<&'static str, Option<String>> {
    let exif = text(&value["DateTimeOriginal"])
        .filter(|date| !date.starts_with("0000") && date.contains(|c: char| c.is_ascii_digit()))
        .map(|date| {
            let (day, time) = date.split_once(' ').unwrap_or((&date, ""));
            let fraction = text(&value["SubSecTimeOriginal"])
                .map(|f| {
                    format!(
                        ".{}",
                        match f.trim_end_matches('0') {
                            "" => "0",
                            f => f,
                        }
                    )
                })
                .unwrap_or_default();
            let offset = text(&value["OffsetTimeOriginal"]).unwrap_or_default();
            format!("{}T{time}{fraction}{offset}", day.replace(':', "-"))
        });
    let created = text(&value["CreationDate"]).map(|date| date.replacen(':', "-", 2).replacen(' ', "T", 1));
    let header = text(&value["CreateDate"]).map(|date| date.replacen(':', "-", 2).replacen(' ', "T", 1) + "Z");
    let number = |field: &str| value[field].as_f64();
    BTreeMap::from([
        ("captured", exif.or(created).or(header)),
        ("pixels", text(&value["ImageWidth"]).zip(text(&value["ImageHeight"])).map(|(w, h)| format!("{w}x{h}"))),
        ("camera", camera_name(text(&value["Make"]).as_deref(), text(&value["Model"]).as_deref()).map(Into::into)),
        ("identifier", text(&value["ContentIdentifier"]).or(text(&value["MediaGroupUUID"]))),
        (
            "location",
            number("GPSLatitude")
                .zip(number("GPSLongitude"))
                .filter(|place| *place != (0.0, 0.0))
                .map(|(n, e)| format!("{n:.4} {e:.4}")),
        ),
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
        let (header, _) = read_header(path, *kind).expect("a file that can be read");
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
            let (header, _) = read_header(&path, kind).expect("a file that can be read");
            header.truncated.map(|why| format!("{name}: {why}"))
        })
        .collect();
    let unexpected: Vec<_> =
        truncated.iter().filter(|line| !TRUNCATED.iter().any(|name| line.contains(name))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(truncated.len(), TRUNCATED.len(), "{truncated:#?}");
}

/// A first scan may cost at most twice the reading of the first 64 KB of each file.
#[test]
#[ignore = "needs ../shared"]
fn headers_cost_little() {
    let files = files();
    let started = Instant::now();
    let mut read = 0;
    for (path, kind) in files.values() {
        read += read_header(path, *kind).expect("a file that can be read").1;
    }
    let each = started.elapsed() / files.len() as u32;
    let bytes = read / files.len() as u64;
    println!("{} files, {each:?} and {bytes} bytes each", files.len());
    assert!(each < Duration::from_millis(5), "{each:?} for each file");
    assert!(bytes < 2 * 64 * 1024, "{bytes} bytes of each file");
}
