//! What an `.xmp` beside a photo says goes into the library with it: words and dates, and never instead of the photo.

mod support;

use std::fs;

use photobridge_media::sample::Shot;
use support::{Household, jpeg, shot};

#[test]
fn a_sidecar_brings_title_and_keywords() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let details = photobridge_media::details::Details {
        title: Some("Harbour".into()),
        description: Some("Evening <light>".into()),
        keywords: vec!["sea".into(), "boats & ropes".into()],
        ..Default::default()
    };
    home.put("IMG_1.xmp", &photobridge_media::sample::xmp(&details, None));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("files"), report.count("applied")), (2, 1));
    let snapshot = home.snapshot();
    let read = snapshot.assets[0].details.as_deref().expect("details");
    assert_eq!((&read.title, &read.description), (&details.title, &details.description));
    let mut keywords = read.keywords.clone();
    keywords.sort();
    assert_eq!(keywords, ["boats & ropes", "sea"]);
    // The sidecar was written just now, and says nothing of when the photo was taken.
    let captured = snapshot.assets[0].captured.and_then(|time| time.civil()).map(|civil| civil.date());
    assert_eq!(captured, Some(shot(1).captured.date()));
}

fn titled(title: &str) -> Vec<u8> {
    let details = photobridge_media::details::Details { title: Some(title.into()), ..Default::default() };
    photobridge_media::sample::xmp(&details, None)
}

/// The titles that the photos of the library have, by their names.
fn titles(home: &Household) -> Vec<(String, Option<String>)> {
    let assets = home.snapshot().assets.into_iter();
    let title = |asset: &photobridge_core::asset::Asset| Some(asset.details.as_deref()?.title.as_deref()?.to_owned());
    let mut titles: Vec<_> = assets.map(|asset| (asset.original_name.to_string(), title(&asset))).collect();
    titles.sort();
    titles
}

#[test]
fn the_words_of_a_raw_are_those_of_its_photo_where_that_has_no_other() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_1.DNG", &shot(1).dng(64, 48));
    home.put("IMG_1.DNG.xmp", &titled("Harbour"));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(titles(&home), [("IMG_1.JPG".to_owned(), Some("Harbour".to_owned()))]);
}

#[test]
fn a_late_raw_takes_its_own_words_along() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home.put("IMG_1.DNG", &shot(1).dng(64, 48));
    home.put("IMG_1.DNG.xmp", &titled("Harbour"));
    let named = home.verdicts(&["sync"]);
    assert!(!named.contains_key("IMG_1.DNG.xmp"), "they went in: {named:#?}");
    let expected = [("IMG_1.DNG".to_owned(), Some("Harbour".to_owned())), ("IMG_1.JPG".to_owned(), None)];
    assert_eq!(titles(&home), expected);
    let named = home.verdicts(&["simulate"]);
    assert!(!named.contains_key("IMG_1.DNG.xmp"), "and are known to be in: {named:#?}");
}

#[test]
fn what_describes_a_photo_is_left_out_by_the_settings_alone() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let sidecar = home.put("IMG_1.xmp", &titled("Harbour"));
    let set = home.command(&["config", "folder", &home.folder().to_string_lossy()]).output().expect("it runs");
    assert!(set.status.success(), "{set:?}");
    let refused = home.command(&["decide", "leave-out", &sidecar.to_string_lossy()]).output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && said.contains("nothing was changed") && said.contains("`exclude`"), "{said}");
    let settings = home.data().join("settings.toml");
    let text = fs::read_to_string(&settings).expect("settings");
    let text = text.replacen("[[folder]]", "[[folder]]\nexclude = [\"**/*.xmp\"]", 1);
    fs::write(&settings, text).expect("written");
    let library = home.library_path();
    let synced = home.command(&["sync", "--settle", "0", "--library", &library.to_string_lossy()]).output();
    assert!(synced.as_ref().is_ok_and(|output| output.status.success()), "{synced:?}");
    assert_eq!(titles(&home), [("IMG_1.JPG".to_owned(), None)]);
}

#[test]
fn what_a_person_says_of_the_date_goes_before_the_camera() {
    let home = Household::new();
    let words = |date: &str| {
        photobridge_media::sample::xmp(&Default::default(), Some(date.parse().expect("a date that is written so")))
    };
    let taken = jiff::civil::date(2024, 5, 14).at(13, 44, 52, 0);
    // A movie that knows nothing but the instant, as far as it says.
    let movie = Shot { offset: None, ..Shot::new(taken, 2) }.movie(48, 32, 9000);
    let files = [
        ("corrected.jpg", Shot { offset: None, ..Shot::new(taken, 1) }.jpeg(48, 32), "2024-05-14T01:00:00-07:00"),
        ("movie.mov", movie, "2024-05-14T06:44:52-07:00"),
        ("scan.jpg", Shot::new(taken, 3).jpeg(48, 32), "1960"),
        ("same.jpg", Shot::new(taken, 4).jpeg(48, 32), "2024-05"),
    ];
    for (name, bytes, date) in &files {
        home.put(name, bytes);
        home.put(&format!("{name}.xmp"), &words(date));
    }
    let report = home.report(&["sync"], 0);
    assert_eq!(report.count("applied"), 4);
    let dates = |name: &str| {
        let assets = home.snapshot().assets;
        let asset = assets.into_iter().find(|asset| &*asset.original_name == name).expect("it went in");
        [asset.captured, asset.camera_time].map(|time| time.map(|time| time.to_string()))
    };
    let told = |shown: &str, camera: Option<&str>| [Some(shown.to_owned()), camera.map(str::to_owned)];
    let camera = Some("2024-05-14T13:44:52");
    assert_eq!(dates("corrected.jpg"), told("2024-05-14T01:00:00-07:00", camera));
    assert_eq!(dates("movie.mov"), told("2024-05-14T06:44:52-07:00", None));
    assert_eq!(dates("scan.jpg"), told("1960-01-01T00:00:00+00:00", camera), "a library has no word for a year");
    assert_eq!(dates("same.jpg")[0].as_deref(), Some("2024-05-14T13:44:52.516+01:00"), "the camera knows more");
    // Found again by the camera's own word, wherever the memory went.
    fs::remove_file(home.data().join("ledger.sqlite")).expect("the memory");
    let report = home.report(&["simulate"], 0);
    assert_eq!((report.count("planned"), report.skipped("same bytes")), (0, 4));
}

#[test]
fn words_never_hold_a_picture_back() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_1.xmp", b"");
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_2.xmp", b"<x/>");
    home.put("IMG_2.JPG.xmp", b"<x/>");
    home.put("IMG_2.aae", b"");
    let report = home.report(&["sync"], 0);
    report.adds_up();
    assert_eq!(report.count("applied"), 2);
}
