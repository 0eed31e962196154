//! What people write into the files of the folder, with real files: each photo stays one, on both sides.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::details::Location;
use photobridge_media::sample::Shot;
use photobridge_testkit::alter;
use support::{Household, shot, tree};

const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

/// A photo of the folder: the names of its files, and their bytes after so many taggings.
type Photo = (&'static [&'static str], fn(u8) -> Vec<Vec<u8>>);

const PHOTOS: [Photo; 5] = [
    (&["RAW_1.JPG", "RAW_1.DNG"], |times| {
        let tagged = tagged(1, times);
        vec![tagged.jpeg(48, 32), tagged.dng(48, 32)]
    }),
    (&["RAW_2.JPG", "RAW_2.DNG"], |times| vec![tagged(2, 0).jpeg(48, 32), tagged(2, times).dng(48, 32)]),
    (&["LIVE_3.HEIC", "LIVE_3.MOV"], |times| {
        let tagged = Shot { content_identifier: Some("3".into()), ..tagged(3, times) };
        vec![tagged.heif(48, 32), tagged.movie(48, 32, 1000)]
    }),
    (&["IMG-20240616-WA0003.jpg"], |times| {
        let jpeg = shot(4).jpeg(48, 32);
        let end_of_exif = 4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
        vec![[&jpeg[..2], &comment(times), &jpeg[end_of_exif..]].concat()]
    }),
    (&["Screenshot.png"], |times| {
        let png = shot(5).png(48, 32);
        let exif = png.windows(4).position(|kind| kind == b"eXIf").expect("the sample has EXIF") - 4;
        let length = u32::from_be_bytes(png[exif..exif + 4].try_into().expect("four bytes")) as usize;
        let words = format!("Comment\0tagged {times} times");
        let text = [&(words.len() as u32).to_be_bytes()[..], b"tEXt", words.as_bytes(), &[0; 4]].concat();
        vec![[&png[..exif], &text, &png[exif + 12 + length..]].concat()]
    }),
];

/// Where it was taken is written into a photo, each time another place.
fn tagged(number: u64, times: u8) -> Shot {
    let location = (times > 0).then(|| Location { latitude: 48.0 + f64::from(times), longitude: 11.0 });
    Shot { location, ..shot(number) }
}

/// What a program writes into a JPEG.
fn comment(times: u8) -> Vec<u8> {
    let words = "tagged ".repeat(usize::from(times));
    let length = (words.len() as u16 + 2).to_be_bytes();
    [b"\xFF\xFE", &length[..], words.as_bytes()].concat()
}

fn lay(home: &Household, directory: &str, times: u8) -> Vec<(PathBuf, Fingerprint)> {
    for (names, make) in PHOTOS {
        for (name, bytes) in names.iter().zip(make(times)) {
            home.put(&format!("{directory}{name}"), &bytes);
        }
    }
    in_folder(home)
}

fn in_folder(home: &Household) -> Vec<(PathBuf, Fingerprint)> {
    tree(&home.folder()).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}

#[test]
fn three_taggings_leave_as_many_photos_as_there_were_on_both_sides() {
    let home = Household::new();
    lay(&home, "", 0);
    assert_eq!(home.report(&BOTH, 0).0["import"]["applied"], 5);
    let (names, stored) = (home.names(), home.stored());
    assert_eq!((names.len(), stored.len()), (5, 8));
    for times in 1..=3 {
        let laid = lay(&home, "", times);
        // With the ledger, with what it remembers of that, and without it.
        for forgets in [false, false, true] {
            if forgets {
                fs::remove_dir_all(home.data()).expect("the memory is lost");
            }
            let report = home.report(&BOTH, 0).0;
            let went = (&report["import"]["planned"], &report["export"]["planned"]);
            assert_eq!(went, (&0.into(), &0.into()), "tagged {times} times, forgets: {forgets}: {report}");
            assert_eq!(report["export"]["skipped"]["deleted in the folder"], serde_json::Value::Null, "{report}");
            assert_eq!((home.names(), home.stored()), (names.clone(), stored.clone()), "tagged {times} times");
            assert_eq!(in_folder(&home), laid, "tagged {times} times");
        }
    }
    let verdicts = home.verdicts(&["simulate", "--mode", "bidirectional", "--full-library"]);
    for name in ["RAW_1.DNG", "RAW_2.DNG", "LIVE_3.MOV", "IMG-20240616-WA0003.jpg", "Screenshot.png"] {
        let reason = verdicts.get(name).map(|verdict| &verdict["reason"]);
        assert!(reason.is_none_or(|reason| reason == "same picture"), "{name}: {reason:?}");
    }
    assert_eq!(verdicts["RAW_2.DNG"]["reason"], "same picture", "its JPEG is as it was");
    take_in(&home, "RAW_2.DNG");
    assert_eq!(home.report(&["sync", "--mode", "import"], 0).0["import"]["applied"], 1, "a person says so");
}

#[test]
fn tagged_copies_elsewhere_are_the_photos_that_they_were() {
    let home = Household::new();
    lay(&home, "", 0);
    home.report(&BOTH, 0);
    let (names, stored) = (home.names(), home.stored());
    let laid = lay(&home, "sorted/", 1);
    for _ in 0..2 {
        let report = home.report(&BOTH, 0).0;
        assert_eq!((&report["import"]["planned"], &report["export"]["planned"]), (&0.into(), &0.into()), "{report}");
    }
    assert_eq!((home.names(), home.stored(), in_folder(&home)), (names, stored, laid));
}

/// Also once the trash is empty, so that nothing is left in the library to compare them with.
#[test]
fn tagged_copies_of_photos_that_were_deleted_stay_deleted() {
    let home = Household::new();
    lay(&home, "", 0);
    home.report(&BOTH, 0);
    for asset in home.snapshot().assets {
        alter::delete(&home.library_path(), &asset.id);
    }
    assert_eq!(home.snapshot().assets.len(), 0);
    // A second is known of these three. Elsewhere, then in place, too.
    for directory in ["sorted/", ""] {
        for (names, make) in &PHOTOS[..3] {
            for (name, bytes) in names.iter().zip(make(1)) {
                home.put(&format!("{directory}{name}"), &bytes);
            }
        }
        let report = home.report(&BOTH, 0);
        assert_eq!((report.count("applied"), home.stored().len()), (0, 0), "{directory}: {}", report.0);
        assert_eq!(report.skipped("changed in the folder"), 0, "the library has no first version: {}", report.0);
    }
}

fn take_in(home: &Household, path: &str) {
    let mut command = home.command(&["decide", "take-in"]);
    let output = command.arg(home.folder().join(path)).output().expect("it runs");
    assert!(output.status.success(), "{}", support::text(&output));
}
