//! Motion photos become Live Photos where a person wants that, and are known again whatever is remembered or set.

mod support;

use std::fs;
use std::io::Cursor;

use photobridge_core::asset::ResourceRole::{PairedVideo, Photo};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::{FileKind, live, picture_digest, read_header};
use serde_json::Value;
use support::{Household, shot, tree};

/// A motion photo, the picture in it, and the movie.
fn motion(number: u64) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut shot = shot(number);
    (shot.make, shot.model) = ("Google".into(), "Pixel 9".into());
    let (picture, movie) = (shot.jpeg(64, 48), shot.movie(64, 48, 1500));
    ([&picture[..], &movie].concat(), picture, movie)
}

/// A household whose settings say what becomes of motion photos, with one in its folder.
fn household(word: &str, motion: &[u8]) -> Household {
    let home = Household::new();
    home.put("PXL_1.MP.jpg", motion);
    say(&home, word);
    home
}

fn say(home: &Household, word: &str) {
    home.make_data();
    fs::write(home.data().join("settings.toml"), format!("motion_photos = \"{word}\"\n")).expect("settings");
}

fn forget(home: &Household, word: &str) {
    fs::remove_dir_all(home.data()).expect("it forgets");
    say(home, word);
}

/// Both files that the library has of its only photo.
fn halves(home: &Household) -> (Vec<u8>, Vec<u8>) {
    let assets = home.snapshot().assets;
    let [asset] = &assets[..] else { panic!("one photo: {assets:?}") };
    let roles: Vec<_> = asset.resources.iter().map(|resource| resource.role).collect();
    assert_eq!(roles, [Photo, PairedVideo]);
    (home.bytes(asset, Photo), home.bytes(asset, PairedVideo))
}

/// Nothing is to be done either way, since both sides have the same.
fn is_in_step(home: &Household, case: &str) {
    for mode in ["import", "bidirectional"] {
        let report = home.report(&["simulate", "--mode", mode, "--full-library"], 0);
        let counts = [&report.0["import"]["planned"], &report.0["export"]["planned"]].map(|count| count.as_u64());
        assert_eq!((counts[0], counts[1].unwrap_or(0)), (Some(0), 0), "{case} {mode}: {}", report.0);
        assert_eq!(report.skipped("same bytes"), report.count("seen"), "{case} {mode}: {}", report.0);
        report.adds_up();
    }
}

#[test]
fn it_goes_in_as_it_is_unless_somebody_says_so() {
    let (whole, ..) = motion(1);
    let home = Household::new();
    home.put("PXL_1.MP.jpg", &whole);
    assert_eq!(home.verdicts(&["simulate"])["PXL_1.MP.jpg"]["motion"], "as it is");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.stored(), [Fingerprint::of(&whole)]);
}

#[test]
fn it_becomes_a_live_photo_of_which_nothing_is_coded_anew() {
    let (whole, picture, movie) = motion(1);
    let home = household("live", &whole);
    let before = tree(&home.folder());
    assert_eq!(home.verdicts(&["simulate"])["PXL_1.MP.jpg"]["motion"], "as a Live Photo");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.count("failed")), (1, 0), "{}", report.0);
    let (still, made) = halves(&home);
    let digest = |bytes: &[u8]| picture_digest(Cursor::new(bytes), bytes.len() as u64).expect("readable");
    assert_eq!(digest(&still), digest(&picture), "the picture is as it was");
    let header = |bytes: &[u8], kind| read_header(Cursor::new(bytes), bytes.len() as u64, kind).expect("readable").0;
    let identifier = live::identifier(Fingerprint::of(&whole).as_bytes());
    for (bytes, kind) in [(&still, FileKind::Still), (&made, FileKind::Video)] {
        let header = header(bytes, kind);
        assert_eq!((header.content_identifier.as_deref(), header.truncated), (Some(&*identifier), None));
    }
    // Both movies begin with twenty bytes of brands and eight of the box that holds the samples.
    let samples = u32::from_be_bytes(movie[20..24].try_into().expect("four bytes")) as usize;
    assert_eq!(made[28..20 + samples], movie[28..20 + samples], "its samples are as they were");
    assert_eq!(tree(&home.folder()), before, "the folder's file is not touched");
    assert!(fs::read_dir(home.data()).expect("ours").all(|entry| !is_spool(&entry.expect("an entry").file_name())));
    is_in_step(&home, "afterwards");
}

fn is_spool(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().starts_with(".making-")
}

#[test]
fn what_was_made_of_it_is_the_same_bytes_without_any_memory_and_under_any_setting() {
    let (whole, ..) = motion(1);
    for (then, now) in
        [("live", "live"), ("live", "as-they-are"), ("as-they-are", "live"), ("as-they-are", "as-they-are")]
    {
        let home = household(then, &whole);
        assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
        let stored = home.stored();
        assert_eq!(stored.len(), if then == "live" { 2 } else { 1 });
        say(&home, now);
        is_in_step(&home, &format!("{then}, {now}"));
        forget(&home, now);
        is_in_step(&home, &format!("{then}, {now}, forgotten"));
        let report = home.report(&["sync", "--mode", "bidirectional", "--full-library"], 0);
        assert_eq!((report.count("applied"), &report.0["export"]["applied"]), (0, &Value::from(0)), "{}", report.0);
        assert_eq!((home.stored(), tree(&home.folder()).len()), (stored, 1));
        is_in_step(&home, &format!("{then}, {now}, learned anew"));
    }
}

#[test]
fn two_photobridges_with_other_settings_share_a_folder() {
    let (whole, ..) = motion(1);
    let (one, other) = (household("live", &whole), household("as-they-are", b""));
    fs::remove_file(other.folder().join("PXL_1.MP.jpg")).expect("it is there");
    fs::remove_dir(other.folder()).expect("empty");
    std::os::unix::fs::symlink(one.folder(), other.folder()).expect("a shared folder");
    let mut stored = Vec::new();
    for round in 0..3 {
        for home in [&one, &other] {
            let report = home.report(&["sync", "--mode", "bidirectional", "--full-library"], 0);
            assert_eq!(report.count("applied"), u64::from(round == 0), "{round}: {}", report.0);
            assert_eq!(report.0["export"]["applied"], 0, "{round}: {}", report.0);
        }
        assert_eq!(tree(&one.folder()).len(), 1);
        stored.push((one.stored(), other.stored()));
    }
    assert_eq!((stored[0].0.len(), stored[0].1.len()), (2, 1));
    assert!(stored.iter().all(|then| *then == stored[0]));
}

#[test]
fn the_movie_beside_it_makes_no_other_photo() {
    let (whole, _, movie) = motion(1);
    for first in [true, false] {
        let home = household("live", &whole);
        if first {
            assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
        }
        home.put("PXL_1.MP.mp4", &movie);
        let report = home.report(&["sync"], 0);
        report.adds_up();
        assert_eq!(home.snapshot().assets.len(), 1, "{first}: {}", report.0);
        for _ in 0..2 {
            let report = home.report(&["sync"], 0);
            assert_eq!(report.count("applied"), 0, "{first}: {}", report.0);
        }
        forget(&home, "live");
        assert_eq!(home.report(&["simulate"], 0).count("planned"), 0, "{first}");
    }
}

#[test]
fn its_live_photo_beside_it_makes_no_other_photo() {
    let (whole, ..) = motion(1);
    let source = household("live", &whole);
    source.report(&["sync"], 0);
    let (still, made) = halves(&source);
    for word in ["live", "as-they-are"] {
        for first in [true, false] {
            let home = household(word, &whole);
            if first {
                assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
            }
            home.put("out/PXL_1.MP.jpg", &still);
            home.put("out/PXL_1.MP.mov", &made);
            for round in 0..2 {
                let report = home.report(&["sync", "--mode", "bidirectional", "--full-library"], 0);
                report.adds_up();
                let case = format!("{word} {first} {round}: {}", report.0);
                assert_eq!(report.count("applied"), u64::from(!first && round == 0), "{case}");
                assert_eq!(report.0["export"]["applied"], 0, "{case}");
            }
            assert_eq!(home.snapshot().assets.len(), 1, "{word} {first}");
        }
    }
}

#[test]
fn deleted_in_photos_it_stays_deleted() {
    let (whole, ..) = motion(1);
    let home = household("live", &whole);
    home.report(&["sync"], 0);
    home.in_library("delete from ZASSET; delete from ZADDITIONALASSETATTRIBUTES; delete from ZINTERNALRESOURCE");
    for word in ["live", "as-they-are"] {
        say(&home, word);
        let report = home.report(&["simulate"], 0);
        assert_eq!((report.count("planned"), report.skipped("deleted in Photos")), (0, 1), "{word}: {}", report.0);
    }
}

#[test]
fn an_import_that_is_undone_is_not_done_again() {
    let (whole, ..) = motion(1);
    let home = household("live", &whole);
    let run = home.report(&["sync"], 0).0["run"].to_string();
    let undo = |home: &Household| {
        let mut undo = home.command(&["undo", &run, "--remove", "--yes", "--library"]);
        let output = undo.arg(home.library_path()).output().expect("it runs");
        assert!(output.status.success(), "{}", support::text(&output));
    };
    // Another motion photo lies there now: what was made of the first is the last copy.
    home.put("PXL_1.MP.jpg", &motion(2).0);
    undo(&home);
    assert_eq!(home.stored().len(), 2);
    home.put("PXL_1.MP.jpg", &whole);
    undo(&home);
    assert_eq!(home.stored().len(), 0, "both can be made again of what the folder has");
    let report = home.report(&["simulate"], 0);
    assert_eq!((report.count("planned"), report.skipped("undone by you")), (0, 1), "{}", report.0);
    assert_eq!(fs::read(home.folder().join("PXL_1.MP.jpg")).expect("there"), whole);
}

#[test]
fn what_can_be_no_live_photo_goes_in_as_it_is_with_its_reason() {
    let (mut whole, ..) = motion(1);
    let at = whole.windows(4).rposition(|four| four == b"jpeg").expect("how its movie is coded");
    whole[at..at + 4].copy_from_slice(b"av01");
    let home = household("live", &whole);
    let verdict = &home.verdicts(&["simulate"])["PXL_1.MP.jpg"];
    assert_eq!(verdict["motion"], "as it is, since its movie is coded in a way that Apple's devices do not play");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.stored(), [Fingerprint::of(&whole)]);
    is_in_step(&home, "afterwards");
}

#[test]
fn what_completes_a_broken_movie_is_told() {
    let (whole, picture, _) = motion(1);
    let broken = &whole[..picture.len() + 2000];
    for word in ["live", "as-they-are"] {
        let home = household(word, broken);
        let fresh = home.report(&["sync"], 0);
        assert_eq!((fresh.count("applied"), fresh.skipped("truncated")), (0, 1), "{word}: {}", fresh.0);
        // No test waits for a day.
        say_more(&home, word, "other_half_minutes = 0");
        assert_eq!(home.verdicts(&["simulate"])["PXL_1.MP.jpg"]["motion"], "as it is, since its movie is not whole");
        assert_eq!(home.report(&["sync"], 0).count("applied"), 1, "{word}");
        assert_eq!(home.stored(), [Fingerprint::of(broken)]);
        is_in_step(&home, word);
        home.put("PXL_1.MP.jpg", &whole);
        let report = home.report(&["simulate"], 0);
        assert_eq!(
            (report.count("planned"), report.skipped("completed in the folder")),
            (0, 1),
            "{word}: {}",
            report.0
        );
    }
}

fn say_more(home: &Household, word: &str, more: &str) {
    let settings = format!("motion_photos = \"{word}\"\n{more}\n");
    fs::write(home.data().join("settings.toml"), settings).expect("settings");
}
