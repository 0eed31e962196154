//! What belongs to a photo and comes with it, or later, as a user sees it: real files, read back byte for byte on both sides.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::asset::ResourceRole;
use photobridge_core::fingerprint::Fingerprint;
use support::{Household, jpeg, shot, text, tree};

const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

/// A recipe of an edit, as a phone writes it.
fn recipe(version: u32) -> Vec<u8> {
    let format = "<key>adjustmentFormatIdentifier</key><string>com.apple.photo</string>";
    format!("<plist version=\"1.0\"><dict>{format}<key>adjustmentFormatVersion</key><string>{version}</string></dict></plist>\n")
        .into_bytes()
}

fn prints(files: impl IntoIterator<Item = Vec<u8>>) -> Vec<Fingerprint> {
    let mut prints: Vec<Fingerprint> = files.into_iter().map(|bytes| Fingerprint::of(&bytes)).collect();
    prints.sort();
    prints
}

/// The files of the folder.
fn in_folder(home: &Household) -> Vec<(PathBuf, Fingerprint)> {
    tree(&home.folder()).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}

fn forget(home: &Household) {
    fs::remove_dir_all(home.data()).expect("the memory is lost");
}

#[test]
fn a_recipe_goes_in_and_out_with_its_photo_and_never_twice() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_1.AAE", recipe(1)), ("IMG_2.JPG", jpeg(2))]);
    assert_eq!(home.stored(), prints([jpeg(1), recipe(1), jpeg(2)]));

    let report = home.report(&BOTH, 0);
    assert_eq!(report.0["export"]["applied"], 2);
    let expected = [("IMG_1.AAE", recipe(1)), ("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]
        .map(|(name, bytes)| (PathBuf::from("2024/05").join(name), Fingerprint::of(&bytes)));
    assert_eq!(in_folder(&home), expected);

    for _ in 0..2 {
        let again = home.report(&BOTH, 0).0;
        assert_eq!((&again["import"]["planned"], &again["export"]["planned"]), (&0.into(), &0.into()), "{again}");
        assert_eq!(again["import"]["seen"], 2, "nothing is to be said of a recipe that is there");
        forget(&home);
    }
    assert_eq!(in_folder(&home), expected);

    // From there into a library of its own.
    let third = Household::new();
    for (name, bytes) in [("IMG_1.AAE", recipe(1)), ("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))] {
        third.put(name, &bytes);
    }
    assert_eq!(third.report(&["sync"], 0).count("applied"), 2);
    assert_eq!(third.stored(), home.stored());
}

#[test]
fn a_recipe_that_comes_later_or_changes_is_named_and_changes_nothing() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_2.AAE", &recipe(1));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 2);
    let library = home.stored();

    // One comes later; one is changed, at equal length.
    home.put("IMG_1.AAE", &recipe(3));
    home.put("IMG_2.AAE", &recipe(2));
    for _ in 0..2 {
        let verdicts = home.verdicts(&["sync"]);
        for name in ["IMG_1.AAE", "IMG_2.AAE"] {
            assert_eq!(verdicts[name]["reason"], "recipe of a photo in the library", "{name}");
        }
        assert_eq!(verdicts["IMG_1.JPG"]["reason"], "same bytes");
        assert_eq!(home.stored(), library);
        home.report(&["simulate"], 0).adds_up();
        forget(&home);
    }
    assert!(fs::read(home.folder().join("IMG_2.AAE")).expect("there") == recipe(2));

    home.put("IMG_2.AAE", &recipe(1));
    assert!(!home.verdicts(&["simulate"]).contains_key("IMG_2.AAE"), "it is the one that went in");
}

#[test]
fn a_recipe_that_belongs_to_no_photo_is_named() {
    let home = Household::new();
    for (name, bytes) in [("IMG_1.JPG", jpeg(1)), ("IMG_7.AAE", recipe(1)), ("IMG_O1.AAE", recipe(2))] {
        home.put(name, &bytes);
    }
    let report = home.report(&["sync"], 0);
    assert_eq!(report.count("applied"), 1);
    let notices = report.0["notices"].to_string();
    assert!(notices.contains("2 recipes of edits (AAE; one is IMG_7.AAE) belong to no photo"), "{notices}");
}

/// A JPEG and the RAW of the same moment.
fn raw_and_jpeg(number: u64) -> [(String, Vec<u8>); 2] {
    [(format!("IMG_{number}.JPG"), jpeg(number)), (format!("IMG_{number}.DNG"), shot(number).dng(64, 48))]
}

/// Both halves of a Live Photo.
fn live(number: u64) -> [(String, Vec<u8>); 2] {
    let mut live = shot(number);
    live.content_identifier = Some(format!("5A1F0C52-0000-4000-8000-{number:012}"));
    [(format!("IMG_{number}.HEIC"), live.heif(64, 48)), (format!("IMG_{number}.MOV"), live.movie(64, 48, 2_000))]
}

/// Puts files there one after the other, each synced before the next comes.
fn arrive(home: &Household, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        home.put(name, bytes);
        home.report(&["sync"], 0);
    }
}

fn decide_join(home: &Household, names: &[&str]) -> std::process::Output {
    let mut command = home.command(&["decide", "join"]);
    command.args(names.iter().map(|name| home.folder().join(name)));
    command.arg("--folder").arg(home.folder()).arg("--library").arg(home.library_path());
    command.output().expect("it runs")
}

/// The roles of each asset, as the library tells them.
fn assets(home: &Household) -> Vec<Vec<ResourceRole>> {
    let assets = home.snapshot().assets;
    assets.iter().map(|asset| asset.resources.iter().map(|entry| entry.role).collect()).collect()
}

fn is_in_step(home: &Household, files: &[(String, Vec<u8>)]) {
    let stored = prints(files.iter().map(|(_, bytes)| bytes.clone()));
    let before = assets(home);
    assert_eq!(home.stored(), stored);
    for mode in ["import", "bidirectional"] {
        let again = home.report(&["sync", "--mode", mode, "--full-library"], 0).0;
        assert_eq!(again["import"]["planned"], 0, "{again}");
        assert!(mode == "import" || again["export"]["planned"] == 0, "{again}");
    }
    forget(home);
    let again = home.report(&["sync", "--mode", "bidirectional", "--full-library"], 0).0;
    assert_eq!((&again["import"]["planned"], &again["export"]["planned"]), (&0.into(), &0.into()), "{again}");
    assert_eq!((home.stored(), assets(home)), (stored, before), "no doubles without the memory");
}

#[test]
fn a_late_raw_becomes_one_photo_with_its_jpeg() {
    use ResourceRole::{AlternatePhoto, Photo};
    let (home, files) = (Household::new(), raw_and_jpeg(1));
    arrive(&home, &files);
    assert_eq!(assets(&home), [vec![Photo], vec![Photo]], "two photos, until somebody says otherwise");
    let told = &home.verdicts(&["simulate"])["IMG_1.DNG"];
    assert_eq!((&told["reason"], &told["can_join"]), (&"same bytes".into(), &"IMG_1.JPG".into()));
    let albums = home.snapshot().assets[1].albums.len();

    let said = decide_join(&home, &["IMG_1.DNG"]);
    assert!(said.status.success() && text(&said).contains("made a part of its photo"), "{}", text(&said));
    let planned = &home.verdicts(&["simulate"])["IMG_1.DNG"];
    assert_eq!((&planned["verdict"], &planned["part_of"]), (&"planned".into(), &"IMG_1.JPG".into()), "shown first");
    assert_eq!(assets(&home).len(), 2, "a simulation changes nothing");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), &report.0["import"]["joined"]), (1, &1.into()));

    assert_eq!(assets(&home), [vec![Photo, AlternatePhoto]]);
    assert_eq!(home.snapshot().assets[0].albums.len(), albums);
    let run = report.0["run"].to_string();
    let undo = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");
    assert!(text(&undo).contains("1 file that it made a part of photos in the library stays that"), "{}", text(&undo));
    is_in_step(&home, &files);
}

#[test]
fn a_late_movie_becomes_one_live_photo_with_its_still() {
    use ResourceRole::{PairedVideo, Photo};
    let (home, files) = (Household::new(), live(3));
    arrive(&home, &files);
    let told = &home.verdicts(&["simulate"])["IMG_3.MOV"];
    assert_eq!(told["reason"], "other half of an imported Live Photo");
    assert_eq!(told["can_join"], "IMG_3.HEIC");
    assert!(decide_join(&home, &["IMG_3.MOV"]).status.success());
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(assets(&home), [vec![Photo, PairedVideo]]);
    let kind = home.snapshot().assets[0].subtype;
    assert_eq!(kind, Some(photobridge_core::asset::Subtype::LivePhoto));
    is_in_step(&home, &files);
}

#[test]
fn the_setting_joins_whatever_comes_late_and_a_photo_has_one_raw() {
    use ResourceRole::{AlternatePhoto, PairedVideo, Photo};
    let home = Household::new();
    fs::create_dir_all(home.data()).expect("a data directory");
    fs::write(home.data().join("settings.toml"), "join_late_files = true\n").expect("settings");
    let (pair, halves) = (raw_and_jpeg(1), live(3));
    arrive(&home, &pair);
    arrive(&home, &halves);
    assert_eq!(assets(&home), [vec![Photo, AlternatePhoto], vec![Photo, PairedVideo]]);

    // Another RAW of it: the place is taken, so it is a photo of its own.
    let other = [("IMG_1.dng".to_owned(), shot(1).dng(96, 48))];
    fs::create_dir(home.folder().join("b")).expect("a directory");
    home.put("b/IMG_1.JPG", &pair[0].1);
    home.put("b/IMG_1.DNG", &other[0].1);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(assets(&home).len(), 3);
    assert_eq!(home.report(&["sync"], 0).count("planned"), 0);
    assert!(home.verdicts(&["simulate"]).get("b/IMG_1.DNG").is_none_or(|told| told["can_join"].is_null()));
}

#[test]
fn a_library_that_is_not_ours_says_what_to_do() {
    let (home, files) = (Household::new(), raw_and_jpeg(1));
    arrive(&home, &files);
    let bundle = home.root().join("Backup.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("renamed");
    let mut command = home.command(&["decide", "join"]);
    command.arg(home.folder().join("IMG_1.DNG")).arg("--library").arg(&bundle);
    let said = command.output().expect("it runs");
    assert_eq!(said.status.code(), Some(2), "{}", text(&said));
    assert!(text(&said).contains("In Photos: for a RAW, delete the photo and the RAW there"), "{}", text(&said));

    let still = decide_join(&home, &["IMG_1.JPG"]);
    assert!(!still.status.success());
}
