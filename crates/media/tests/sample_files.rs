//! The files that `media::sample` makes are read back as they were described, and as exiftool and ffmpeg see them.

use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use jiff::civil::date;
use photobridge_media::capture::CaptureSource;
use photobridge_media::details::{Details, Location};
use photobridge_media::header::Header;
use photobridge_media::sample::{Shot, xmp};
use photobridge_media::{FileKind, read_header, read_sidecar};

const IDENTIFIER: &str = "570F1469-09C7-4E50-9875-05F21D5BD166";

fn shot() -> Shot {
    Shot {
        milliseconds: Some(54),
        offset: Some(-12_600),
        location: Location::new(47.5615, -52.7126),
        content_identifier: Some(IDENTIFIER.into()),
        ..Shot::new(date(2024, 1, 31).at(23, 59, 59, 0), 7)
    }
}

fn files() -> Vec<(&'static str, FileKind, Vec<u8>)> {
    let shot = shot();
    vec![
        ("a.jpg", FileKind::Still, shot.jpeg(320, 240)),
        ("a.png", FileKind::Still, shot.png(320, 240)),
        ("a.heic", FileKind::Still, shot.heif(320, 240)),
        ("a.dng", FileKind::Raw, shot.dng(320, 240)),
        ("a.mov", FileKind::Video, shot.movie(320, 240, 2345)),
    ]
}

fn read(bytes: &[u8], kind: FileKind) -> Header {
    read_header(Cursor::new(bytes), bytes.len() as u64, kind).expect("memory can be read").0
}

#[test]
fn a_shot_is_read_back_as_it_was_described() {
    for (name, kind, bytes) in files() {
        let header = read(&bytes, kind);
        let (time, source) = header.captured.expect("a date");
        let (expected, expected_source) = match kind {
            FileKind::Video => ("2024-01-31T23:59:59-03:30", CaptureSource::QuickTime),
            _ => ("2024-01-31T23:59:59.054-03:30", CaptureSource::Exif),
        };
        assert_eq!((time.to_string().as_str(), source), (expected, expected_source), "{name}");
        assert_eq!(header.pixels, Some((320, 240)), "{name}");
        assert_eq!(header.camera.as_deref(), Some("Apple iPhone 15 Pro"), "{name}");
        assert_eq!(header.content_identifier.as_deref(), Some(IDENTIFIER), "{name}");
        assert_eq!(header.duration_ms, (kind == FileKind::Video).then_some(2345), "{name}");
        let place = header.location.expect("a place");
        assert!((place.latitude - 47.5615).abs() < 1e-4 && (place.longitude + 52.7126).abs() < 1e-4, "{name}");
        assert_eq!(header.truncated, None, "{name}");
    }
}

#[test]
fn every_file_that_was_cut_says_so() {
    for (name, kind, bytes) in files() {
        for share in [30, 50, 80, 99] {
            let cut = &bytes[..bytes.len() * share / 100];
            assert!(read(cut, kind).truncated.is_some(), "{share} % of {name}");
        }
        // A copy that was given its full length first and never filled.
        let mut hollow = bytes.clone();
        hollow[bytes.len() / 2..].fill(0);
        assert!(read(&hollow, kind).truncated.is_some(), "hollow {name}");
    }
}

#[test]
fn what_follows_the_end_is_no_truncation() {
    for (name, kind, bytes) in files() {
        for rest in [vec![0; 1], vec![0; 7], vec![0; 200_000], vec![0x55; 200_000], shot().movie(160, 120, 1000)] {
            let longer = [bytes.clone(), rest].concat();
            let header = read(&longer, kind);
            assert_eq!(header.truncated, None, "{name}");
            assert_eq!(header.pixels, Some((320, 240)), "{name}");
        }
    }
}

#[test]
fn the_same_shot_gives_the_same_bytes_and_another_seed_another_picture() {
    assert_eq!(shot().jpeg(64, 48), shot().jpeg(64, 48));
    assert_eq!(shot().movie(64, 48, 500), shot().movie(64, 48, 500));
    let other = Shot { seed: 8, ..shot() };
    assert_ne!(other.jpeg(64, 48), shot().jpeg(64, 48));
}

#[test]
fn a_sidecar_is_read_back() {
    let details = Details {
        title: Some("Fish & <chips>".into()),
        description: Some("on the \"pier\"".into()),
        keywords: vec!["sea".into(), "ünïcode".into()],
        location: Location::new(-33.856_8, 151.215_3),
        favorite: false,
        rating: None,
    };
    let captured = photobridge_media::captured_from_name("2024-01-31 23.59.59");
    let sidecar = read_sidecar(xmp(&details, captured).as_slice()).expect("memory can be read");
    let place = sidecar.details.location.expect("a place");
    assert!((place.latitude + 33.856_8).abs() < 1e-6 && (place.longitude - 151.215_3).abs() < 1e-6);
    assert_eq!(sidecar.captured, captured);
    assert_eq!(Details { location: details.location, ..sidecar.details }, details);
}

/// Other programs agree that these files are what they say.
#[test]
#[ignore = "needs exiftool and ffmpeg"]
fn exiftool_and_ffmpeg_read_them_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, kind, bytes) in files() {
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes).expect("a temporary file");
        let told = run("exiftool", &["-s", "-G1"], &path);
        for expected in ["2024:01:31 23:59:59", "iPhone 15 Pro", IDENTIFIER, "320", "240", "52 deg 42' 45"] {
            assert!(told.contains(expected), "{name}: no {expected} in {told}");
        }
        assert!(!told.contains("Error  ") && !told.contains("Warning  "), "{name}: {told}");
        if kind != FileKind::Raw && name != "a.heic" {
            let output =
                Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&path).args(["-f", "null", "-"]).output();
            let output = output.expect("ffmpeg must be installed for this test");
            let complaints = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && complaints.is_empty(), "{name}: {complaints}");
        }
        if let Some(keep) = std::env::var_os("KEEP_SAMPLES") {
            std::fs::copy(&path, Path::new(&keep).join(name)).expect("KEEP_SAMPLES is a folder");
        }
    }
}

fn run(program: &str, arguments: &[&str], path: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(path).output().expect("exiftool must be installed");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
