//! What belongs to a photo and comes with it, or later, as a user sees it: real files, read back byte for byte on both sides.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::fingerprint::Fingerprint;
use support::{Household, jpeg, tree};

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
