//! `library`: what a library holds, for people and for programs, whatever state it is in.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use photobridge_core::asset::ResourceRole;
use photobridge_media::details::{Details, Location};
use photobridge_testkit::alter;
use serde_json::{Value, json};
use support::{Household, jpeg, text, tree};

/// A household whose library holds five photos and has seen some life.
fn household() -> Household {
    let home = Household::new();
    for number in 1..=5 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    home.report(&["sync"], 0);
    let (library, id) =
        (home.library_path(), |number| alter::id_of(&home.library_path(), &format!("IMG_{number}.JPG")));
    alter::edit(&library, &id(1), "heic", b"edited", None);
    alter::hide(&library, &id(2));
    alter::evict_one(&library, &id(3));
    alter::burst(&library, &[(&id(4), 16), (&id(5), 2)]);
    let details = Details {
        title: Some("A title".into()),
        description: Some("turned \u{202e} around".into()),
        keywords: vec!["one".into()],
        location: Location::new(48.5, 9.25),
        favorite: true,
        rating: None,
    };
    alter::describe(&library, &id(4), &details);
    home
}

/// A bundle with what that library holds.
fn bundle(home: &Household) -> PathBuf {
    let path = home.root().join("Mine.photoslibrary");
    copy(&home.library_path(), &path);
    path
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copied");
        }
    }
}

fn library(home: &Household, arguments: &[&str]) -> Output {
    home.command(&[&["library"], arguments].concat()).output().expect("the program runs")
}

/// The objects of `--json-lines`, by original name.
fn listing(home: &Household, path: &Path) -> Vec<Value> {
    let output = library(home, &[&path.to_string_lossy(), "--json-lines"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!lines.contains('\u{202e}'), "nothing turns the terminal around");
    let mut found: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    found.sort_by_key(|asset| asset["original_name"].to_string());
    found
}

fn masked(home: &Household, words: &str) -> String {
    words.replace(&*home.root().to_string_lossy(), "HOME")
}

/// The words of a failure, and its exit code.
fn failure(home: &Household, path: &Path) -> (String, Option<i32>) {
    let output = library(home, &[&path.to_string_lossy()]);
    assert!(output.stdout.is_empty(), "{}", text(&output));
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(words.trim_end().lines().count(), 1, "one paragraph: {words}");
    (masked(home, &words), output.status.code())
}

#[test]
fn a_summary_for_people() {
    let home = household();
    let path = bundle(&home);
    let output = library(&home, &[&path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let summary = masked(&home, &text(&output));
    insta::assert_snapshot!(summary, @r"
    Library           HOME/Mine.photoslibrary
    Kind              a library of Apple Photos, only ever read; tables of macOS 26 (model version 19320)
    Assets            5
      photos          5
      videos          0
      Live Photos     0
      RAW+JPEG        0
      edited          1
      favourites      1
      hidden          1
      in the trash    0
      shared albums   0
      Shared Library  0
      bursts          1 (2 frames, 1 of them unpicked)
    Originals
      here            4
      only in iCloud  1
      missing         0
      not reachable   0
      not looked at   0
    Fingerprints      stored for 5 of 5 originals
    Albums            1, 0 of them shared
    ");
}

#[test]
fn the_configured_library_is_the_default() {
    let home = household();
    let named = text(&library(&home, &[&home.library_path().to_string_lossy()]));
    assert!(named.contains("Photobridge's own"), "{named}");
    let set = home.command(&["config", "library", &home.library_path().to_string_lossy()]).output().expect("it runs");
    assert!(set.status.success(), "{}", text(&set));
    assert_eq!(text(&library(&home, &[])), named);
}

#[test]
fn a_library_that_is_still_to_be_made_is_empty() {
    let home = Household::new();
    if cfg!(target_os = "macos") {
        return; // There the default is the Mac's own.
    }
    let output = library(&home, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("created by the first import"), "{}", text(&output));
    assert!(!home.data().join("library").exists());
}

#[test]
fn everything_of_each_asset_for_programs() {
    let home = household();
    for path in [home.library_path(), bundle(&home)] {
        let assets = listing(&home, &path);
        assert_eq!(assets.len(), 5);
        let [edited, hidden, cloud, picked, unpicked] = &assets[..] else { panic!("five assets") };
        assert_eq!(edited["captured"], "2024-05-14T12:01:00.379+01:00");
        assert_eq!(
            (&edited["kind"], &edited["edited"], &edited["pixels"]),
            (&json!("photo"), &json!(true), &json!([48, 32]))
        );
        let resources = edited["resources"].as_array().expect("a list");
        let roles: Vec<&Value> = resources.iter().map(|file| &file["role"]).collect();
        assert_eq!(roles, ["photo", "rendered-photo", "adjustment-data"]);
        assert_eq!(resources[0]["size"].as_u64(), Some(jpeg(1).len() as u64));
        assert!(path.join(resources[1]["path"].as_str().expect("a path")).is_file());
        assert!(resources[1]["path"].as_str().is_some_and(|path| path.ends_with("_1_201_a.heic")));
        assert_eq!(hidden["hidden"], true);
        assert_eq!(cloud["resources"][0]["whereabouts"], "cloud");
        assert_eq!(cloud["resources"][0]["fingerprint"].as_str().map(str::len), Some(28));
        assert_eq!(cloud["size"].as_u64(), Some(jpeg(3).len() as u64));
        assert_eq!((&picked["unpicked"], &unpicked["unpicked"]), (&json!(false), &json!(true)));
        assert!(picked["burst"].is_string() && picked["burst"] == unpicked["burst"]);
        assert_eq!(picked["description"], "turned \u{202e} around");
        assert_eq!(picked["location"], json!({"latitude": 48.5, "longitude": 9.25}));
        assert_eq!((&picked["favorite"], &picked["keywords"]), (&json!(true), &json!(["one"])));
        assert_eq!(picked["rating"], Value::Null, "a heart is no star");
        assert_eq!(picked["albums"], json!([{"title": "Photobridge Imports", "folders": [], "shared": false}]));
        assert_eq!((&picked["scope"], &picked["shared_album"]), (&json!("personal"), &json!(false)));
    }
}

#[test]
fn a_changed_original_and_other_halves_are_told() {
    let home = household();
    let library = home.library_path();
    let id = alter::id_of(&library, "IMG_2.JPG");
    alter::bring_back(&library, &id, ResourceRole::Photo, b"rewritten by another program");
    alter::shared_library(&library, &id);
    let asset = &listing(&home, &library)[1];
    assert_eq!(asset["resources"][0]["fingerprint"], Value::Null);
    assert_eq!(asset["resources"][0]["stale_fingerprint"].as_str().map(str::len), Some(28));
    assert_eq!((&asset["size"], &asset["scope"]), (&json!(28), &json!("shared")));
}

#[test]
fn reading_a_bundle_changes_nothing_in_it() {
    let home = household();
    let path = bundle(&home);
    let before = tree(&path);
    listing(&home, &path);
    library(&home, &[&path.to_string_lossy()]);
    assert!(before == tree(&path));
}

#[test]
fn a_library_older_than_macos_10_15_is_named_as_such() {
    let home = Household::new();
    let path = home.root().join("Old.photoslibrary");
    fs::create_dir_all(path.join("database")).expect("a directory");
    fs::write(path.join("database/photos.db"), b"SQLite format 3\0").expect("a file");
    let old = failure(&home, &path);
    insta::assert_snapshot!(old.0, @"photobridge: HOME/Old.photoslibrary cannot be read as a photo library: its database/Photos.sqlite is not there. If the library is older than macOS 10.15, open it once in Photos of macOS 10.15 or later, which brings it up to date. If not, its database was lost: restore it from a backup. Nothing was changed");
    assert_eq!(old.1, Some(1));
    fs::write(path.join("database/Photos.sqlite"), b"").expect("a file");
    assert_eq!(failure(&home, &path), (old.0.replace("is not there", "is empty"), old.1), "an empty Photos.sqlite");
    fs::remove_file(path.join("database/Photos.sqlite")).expect("a file");
    let database = rusqlite::Connection::open(path.join("database/Photos.sqlite")).expect("a database");
    database.execute_batch("CREATE TABLE ZSOMETHING (Z_PK INTEGER)").expect("SQL");
    database.close().expect("closed");
    let why = |words: &str| words.split_once(": its ").map(|(_, why)| why.to_owned());
    let inside = failure(&home, &path).0;
    assert!(inside.contains("the photo library HOME/Old.photoslibrary cannot be read: "), "{inside}");
    assert_eq!(why(&inside), why(&old.0.replace("is not there", "has nothing from Photos")), "one without Z_METADATA");
}

#[test]
fn a_damaged_database_is_one_clear_error() {
    let home = household();
    let path = bundle(&home);
    let file = path.join("database/Photos.sqlite");
    let whole = fs::read(&file).expect("a database");
    let mut bytes = whole.clone();
    bytes[100..4096].fill(0xa5);
    fs::write(&file, &bytes).expect("damaged");
    let (words, code) = failure(&home, &path);
    insta::assert_snapshot!(words, @"photobridge: the photo library HOME/Mine.photoslibrary cannot be read: its database is damaged or not a database (database disk image is malformed). Photos can repair a library: hold Option and Command while it starts. Nothing was changed");
    assert_eq!(code, Some(1));
    // Wherever the damage is, it is an error or a warning, and never a panic.
    for page in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..][..512].fill(0xa5);
        fs::write(&file, &bytes).expect("damaged");
        let output = library(&home, &[&path.to_string_lossy()]);
        assert!(matches!(output.status.code(), Some(0 | 1)), "page {page}: {}", text(&output));
    }
}

#[test]
fn a_library_that_was_there_is_missing_and_not_still_to_be_made() {
    let home = Household::new();
    if cfg!(target_os = "macos") {
        return; // There the default is the Mac's own.
    }
    home.put("IMG_1.JPG", &jpeg(1));
    let folder = home.folder();
    let synced =
        home.command(&["sync", "--settle", "0", "--folder", &folder.to_string_lossy()]).output().expect("it runs");
    assert!(synced.status.success(), "{}", text(&synced));
    let own = home.data().join("library");
    std::fs::rename(&own, home.root().join("away")).expect("moved away");
    let output = library(&home, &[]);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(!own.exists());
}

#[test]
fn a_missing_library_is_missing_and_none_is_made() {
    let home = Household::new();
    for name in ["Gone.photoslibrary", "gone"] {
        let (words, code) = failure(&home, &home.root().join(name));
        assert!(words.contains("is not there"), "{words}");
        assert_eq!(code, Some(4));
        assert!(!home.root().join(name).exists());
    }
}

#[cfg(unix)]
#[test]
fn whoever_stops_reading_stops_it_quietly() {
    let home = household();
    let mut child = home
        .command(&["library", &home.library_path().to_string_lossy(), "--json-lines"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), text(&output).as_str()), (Some(0), ""));
}

#[test]
fn whichever_command_comes_first_nobody_else_looks_into_the_data_directory() {
    let home = household();
    let bundle = bundle(&home).to_string_lossy().into_owned();
    let folder = home.folder().to_string_lossy().into_owned();
    let first: [&[&str]; 5] = [
        &["library", &bundle],
        &["config", "folder", &folder],
        &["config", "mode", "bidirectional"],
        &["simulate", "--folder", &folder, "--library", &bundle],
        &["decide", "--list"],
    ];
    for arguments in first {
        fs::remove_dir_all(home.data()).expect("removed");
        let output = home.command(arguments).output().expect("the program runs");
        assert!(output.status.success(), "{arguments:?}: {}", text(&output));
        let mode = fs::metadata(home.data()).expect("it was made").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{arguments:?}");
    }
}
