//! Real files of many cameras, read by us and by exiftool, and sidecars of ours, read by exiftool. Needs `../shared` and exiftool, so it runs only when asked:
//! `cargo test -p photobridge-media --test real_samples -- --ignored`.

mod referee;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use photobridge_media::capture::CaptureTime;
use photobridge_media::details::{Details, Location};
use photobridge_media::{FileKind, kind_of, read_header, write_sidecar};
use referee::{exiftool, of_file, ours, theirs};
use serde_json::Value;

/// Files whose container says that they should be longer, each looked at by hand.
///
/// None: `corrupted.jpg` and the files in `invalid` and `tests` have damaged metadata, but their pictures are all there.
const TRUNCATED: [&str; 0] = [];

/// Where we and exiftool differ, and why.
const DIFFERENCES: [(&str, &str, &str); 3] = [
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

#[test]
#[ignore = "needs ../shared"]
fn we_read_what_exiftool_reads() {
    let files = files();
    let paths: Vec<PathBuf> = files.values().map(|(path, _)| path.clone()).collect();
    let exiftool = exiftool(&paths);
    let mut differences = Vec::new();
    for (name, (path, kind)) in &files {
        let (header, _) = of_file(path, *kind);
        let (ours, theirs) = (ours(&header), theirs(&exiftool[path]));
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
        rating: None,
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
