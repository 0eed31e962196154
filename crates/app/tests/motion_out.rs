//! Live Photos go out as motion photos where a person wants that, and are known again whatever is remembered or set.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::live::{self, Made};
use photobridge_media::sample::Shot;
use support::{Household, Report, shot, tree};

const LIVE: &str = "live";
const AS_THEY_ARE: &str = "as-they-are";
const TWO: &str = "two-files";
const ONE: &str = "motion-photo";
const BOTH_WAYS: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

/// Both halves of a Live Photo.
fn halves(number: u64) -> (Vec<u8>, Vec<u8>) {
    let identifier = format!("602FEBB7-6B59-4799-96E6-{number:012}");
    let shot = Shot { content_identifier: Some(identifier), ..shot(number) };
    (shot.jpeg(64, 48), shot.movie(64, 48, 1500))
}

fn say(home: &Household, inwards: &str, outwards: &str) {
    home.make_data();
    let settings =
        format!("motion_photos = \"{inwards}\"\n\n[export]\nlive_photos = \"{outwards}\"\nlayout = \"flat\"\n");
    fs::write(home.data().join("settings.toml"), settings).expect("settings");
}

fn forget(home: &Household, inwards: &str, outwards: &str) {
    fs::remove_dir_all(home.data()).expect("it forgets");
    say(home, inwards, outwards);
}

/// A household whose library has a Live Photo.
fn household(inwards: &str, outwards: &str) -> Household {
    let home = Household::new();
    let (still, movie) = halves(1);
    home.fill_library(&[("IMG_1.JPG", still), ("IMG_1.MOV", movie)]);
    assert_eq!((home.snapshot().assets.len(), home.stored().len()), (1, 2));
    say(&home, inwards, outwards);
    home
}

/// Another one with the folder of this one, and an empty library.
fn beside(home: &Household, inwards: &str, outwards: &str) -> Household {
    let other = Household::new();
    fs::remove_dir(other.folder()).expect("empty");
    std::os::unix::fs::symlink(home.folder(), other.folder()).expect("a shared folder");
    say(&other, inwards, outwards);
    other
}

fn names(home: &Household) -> Vec<PathBuf> {
    tree(&home.folder()).into_keys().collect()
}

fn carried(report: &Report) -> (u64, u64) {
    report.adds_up();
    (report.count("applied"), report.0["export"]["applied"].as_u64().expect("a count"))
}

/// Nothing is to be done either way.
fn is_in_step(home: &Household, case: &str) {
    let report = home.report(&["simulate", "--mode", "bidirectional", "--full-library"], 0);
    let planned = (report.count("planned"), report.0["export"]["planned"].as_u64());
    assert_eq!(planned, (0, Some(0)), "{case}: {}", report.0);
}

/// Both halves that come out of a motion photo.
fn apart(file: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let pair = live::pair(Cursor::new(file), file.len() as u64, Fingerprint::of(file).as_bytes());
    let pair = pair.expect("readable").expect("a motion photo");
    let written = |half: &Made| {
        let mut written = Vec::new();
        half.write(&mut Cursor::new(file), &mut written).expect("written");
        written
    };
    (written(&pair.still), written(&pair.movie))
}

#[test]
fn it_goes_out_as_one_file_of_which_both_come_out_again() {
    let home = household(AS_THEY_ARE, ONE);
    let verdicts = home.verdicts(&["simulate", "--mode", "export", "--full-library"]);
    assert_eq!(verdicts["IMG_1.JPG"]["motion"], "as a motion photo");
    assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 1));
    assert_eq!(names(&home), [PathBuf::from("IMG_1.JPG")]);
    assert_eq!(apart(&fs::read(home.folder().join("IMG_1.JPG")).expect("there")), halves(1));
    is_in_step(&home, "afterwards");
    let report = home.report(&BOTH_WAYS, 0);
    assert_eq!((carried(&report), report.skipped("exported by us")), ((0, 0), 1), "{}", report.0);
    // Another one writes the same bytes.
    let first = tree(&home.folder());
    let other = household(LIVE, ONE);
    other.report(&BOTH_WAYS, 0);
    let bytes = |tree: &std::collections::BTreeMap<_, (Fingerprint, _)>| {
        tree.values().map(|(bytes, _)| *bytes).collect::<Vec<_>>()
    };
    assert_eq!(bytes(&tree(&other.folder())), bytes(&first));
}

#[test]
fn what_lies_in_the_folder_is_known_whatever_is_remembered_or_set() {
    for (then, now) in [(ONE, ONE), (ONE, TWO), (TWO, ONE)] {
        for inwards in [AS_THEY_ARE, LIVE] {
            let home = household(inwards, then);
            assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 1));
            let lies = tree(&home.folder());
            assert_eq!(lies.len(), if then == ONE { 1 } else { 2 });
            let case = format!("{then}, {now}, {inwards}");
            say(&home, inwards, now);
            is_in_step(&home, &case);
            forget(&home, inwards, now);
            is_in_step(&home, &format!("{case}, forgotten"));
            assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0), "{case}");
            is_in_step(&home, &format!("{case}, learned anew"));
            assert_eq!((tree(&home.folder()), home.stored().len()), (lies, 2), "{case}");
        }
    }
}

#[test]
fn two_photobridges_with_any_settings_share_a_folder() {
    for outwards in [TWO, ONE] {
        for (inwards, back) in [(AS_THEY_ARE, TWO), (AS_THEY_ARE, ONE), (LIVE, TWO), (LIVE, ONE)] {
            for other_first in [false, true] {
                let case = format!("{outwards}, {inwards}, {back}, {other_first}");
                let one = household(inwards, outwards);
                let other = beside(&one, inwards, back);
                if other_first {
                    assert_eq!(carried(&other.report(&BOTH_WAYS, 0)), (0, 0), "{case}");
                }
                assert_eq!(carried(&one.report(&BOTH_WAYS, 0)), (0, 1), "{case}");
                let lies = tree(&one.folder());
                assert_eq!(carried(&other.report(&BOTH_WAYS, 0)), (1, 0), "{case}");
                let held: BTreeSet<Fingerprint> = other.stored().into_iter().collect();
                let expected: BTreeSet<Fingerprint> = match (outwards, inwards) {
                    (ONE, AS_THEY_ARE) => lies.values().map(|(bytes, _)| *bytes).collect(),
                    _ => one.stored().into_iter().collect(),
                };
                assert_eq!(held, expected, "{case}");
                for round in 0..4 {
                    let inwards = if round < 2 { inwards } else { LIVE };
                    for (home, outwards) in [(&one, outwards), (&other, back)] {
                        if round % 2 == 1 {
                            forget(home, inwards, outwards);
                        }
                        assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0), "{case} {round}");
                    }
                }
                assert_eq!(tree(&one.folder()), lies, "{case}");
                assert_eq!((one.snapshot().assets.len(), other.snapshot().assets.len()), (1, 1), "{case}");
            }
        }
    }
}

#[test]
fn one_of_each_kind_crosses_once_in_all_four_combinations() {
    const COMBINATIONS: [(&str, &str); 4] = [(AS_THEY_ARE, TWO), (AS_THEY_ARE, ONE), (LIVE, TWO), (LIVE, ONE)];
    for (at, (inwards, outwards)) in COMBINATIONS.into_iter().enumerate() {
        let case = format!("{inwards}, {outwards}");
        // The library has a Live Photo, the folder a motion photo.
        let home = household(inwards, outwards);
        let phone = [shot(2).jpeg(64, 48), shot(2).movie(64, 48, 1500)].concat();
        home.put("PXL_2.MP.jpg", &phone);
        assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (1, 1), "{case}");
        let lies = tree(&home.folder());
        assert_eq!(lies.len(), if outwards == ONE { 2 } else { 3 }, "{case}");
        assert_eq!(lies[&PathBuf::from("PXL_2.MP.jpg")].0, Fingerprint::of(&phone), "{case}");
        let stored = home.stored();
        assert_eq!(stored.len(), if inwards == LIVE { 4 } else { 3 }, "{case}");
        is_in_step(&home, &case);
        forget(&home, inwards, outwards);
        assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0), "{case}, forgotten");
        for (inwards, outwards) in COMBINATIONS {
            say(&home, inwards, outwards);
            assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0), "{case}, then {inwards}, {outwards}");
        }
        // Another Photobridge, with other settings.
        let (inwards, outwards) = COMBINATIONS[(at + 3) % 4];
        let other = beside(&home, inwards, outwards);
        assert_eq!(carried(&other.report(&BOTH_WAYS, 0)), (2, 0), "{case}, beside {inwards}, {outwards}");
        for home in [&home, &other, &home] {
            assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0), "{case}, beside {inwards}, {outwards}");
        }
        forget(&other, inwards, outwards);
        assert_eq!(carried(&other.report(&BOTH_WAYS, 0)), (0, 0), "{case}, beside one that forgot");
        assert_eq!((tree(&home.folder()), home.stored()), (lies, stored), "{case}");
        assert_eq!((home.snapshot().assets.len(), other.snapshot().assets.len()), (2, 2), "{case}");
    }
}

#[test]
fn a_library_that_has_the_whole_knows_both_halves_in_the_folder() {
    // Of a motion photo that was made of a Live Photo, and of one of a phone.
    let source = household(AS_THEY_ARE, ONE);
    source.report(&BOTH_WAYS, 0);
    let made = fs::read(source.folder().join("IMG_1.JPG")).expect("there");
    let phone = [shot(2).jpeg(64, 48), shot(2).movie(64, 48, 1500)].concat();
    for (whole, outwards) in [(&made, TWO), (&made, ONE), (&phone, TWO), (&phone, ONE)] {
        let home = Household::new();
        home.fill_library(&[("IMG_1.JPG", whole.clone())]);
        assert_eq!(home.stored(), [Fingerprint::of(whole)]);
        say(&home, AS_THEY_ARE, outwards);
        let (still, movie) = apart(whole);
        home.put("IMG_1.JPG", &still);
        home.put("IMG_1.MOV", &movie);
        for round in 0..3 {
            let report = home.report(&BOTH_WAYS, 0);
            assert_eq!(carried(&report), (0, 0), "{round}: {}", report.0);
            if round == 1 {
                forget(&home, LIVE, outwards);
            }
        }
        assert_eq!((home.snapshot().assets.len(), names(&home).len()), (1, 2));
    }
}

/// A JPEG about which a person wrote something more.
fn tagged(file: &[u8]) -> Vec<u8> {
    [&file[..2], &[0xFF, 0xFE, 0, 9], b"keyword", &file[2..]].concat()
}

#[test]
fn a_keyword_parts_a_live_photo_and_its_motion_photo_on_neither_side() {
    let source = household(AS_THEY_ARE, ONE);
    source.report(&BOTH_WAYS, 0);
    let made = fs::read(source.folder().join("IMG_1.JPG")).expect("there");
    let phone = [shot(2).jpeg(64, 48), shot(2).movie(64, 48, 1500)].concat();
    for whole in [&made, &phone] {
        let (still, movie) = apart(whole);
        let of_tagged = apart(&tagged(whole));
        let cases = [
            ("as two files, and tagged as one", vec![&still, &movie], vec![tagged(whole)]),
            ("as one file, and its still tagged", vec![whole], vec![tagged(&still), movie.clone()]),
            ("as one file, and made of it when it was tagged", vec![whole], vec![of_tagged.0, of_tagged.1]),
        ];
        for (case, held, lying) in cases {
            for (inwards, outwards) in [(AS_THEY_ARE, TWO), (LIVE, ONE)] {
                let home = Household::new();
                let named = ["IMG_1.JPG", "IMG_1.MOV"].into_iter();
                let files: Vec<_> = named.clone().zip(held.iter().map(|bytes| bytes.to_vec())).collect();
                home.fill_library(&files);
                named.zip(&lying).for_each(|(name, bytes)| drop(home.put(name, bytes)));
                say(&home, inwards, outwards);
                let before = (tree(&home.folder()), home.stored());
                for round in 0..3 {
                    let report = home.report(&BOTH_WAYS, 0);
                    assert_eq!(carried(&report), (0, 0), "{case}, {inwards}, {outwards}, {round}: {}", report.0);
                    if round == 1 {
                        forget(&home, inwards, outwards);
                    }
                }
                assert_eq!((tree(&home.folder()), home.stored()), before, "{case}, {inwards}, {outwards}");
                assert_eq!(home.snapshot().assets.len(), 1, "{case}");
            }
        }
    }
}

#[test]
fn its_two_files_beside_it_make_no_other_photo() {
    let home = household(LIVE, ONE);
    home.report(&BOTH_WAYS, 0);
    let (still, movie) = halves(1);
    home.put("apart/IMG_1.JPG", &still);
    home.put("apart/IMG_1.MOV", &movie);
    for inwards in [LIVE, AS_THEY_ARE] {
        say(&home, inwards, ONE);
        assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0));
        forget(&home, inwards, TWO);
        assert_eq!(carried(&home.report(&BOTH_WAYS, 0)), (0, 0));
    }
    assert_eq!((home.snapshot().assets.len(), names(&home).len()), (1, 3));
    // Into an empty library one of both goes.
    for inwards in [LIVE, AS_THEY_ARE] {
        let other = beside(&home, inwards, ONE);
        assert_eq!(carried(&other.report(&BOTH_WAYS, 0)), (1, 0), "{inwards}");
        assert_eq!(carried(&other.report(&BOTH_WAYS, 0)), (0, 0), "{inwards}");
        assert_eq!(other.snapshot().assets.len(), 1, "{inwards}");
    }
}

#[test]
fn what_can_be_no_motion_photo_goes_as_two_files_with_its_reason() {
    let home = Household::new();
    let untied = shot(1);
    home.fill_library(&[("IMG_1.JPG", untied.jpeg(64, 48)), ("IMG_1.MOV", untied.movie(64, 48, 1500))]);
    assert_eq!((home.snapshot().assets.len(), home.stored().len()), (1, 2));
    say(&home, AS_THEY_ARE, ONE);
    let verdict = &home.verdicts(&["sync", "--mode", "export", "--full-library"])["IMG_1.JPG"];
    assert_eq!(verdict["motion"], "as two files, since nothing in its two files ties them together");
    assert_eq!(names(&home), ["IMG_1.JPG", "IMG_1.MOV"].map(PathBuf::from));
    let lies: BTreeSet<Fingerprint> = tree(&home.folder()).into_values().map(|(bytes, _)| bytes).collect();
    assert_eq!(lies, home.stored().into_iter().collect());
    is_in_step(&home, "afterwards");
}

#[test]
fn deleted_in_the_folder_it_stays_deleted_and_an_undo_moves_it_out() {
    let home = household(AS_THEY_ARE, ONE);
    let run = home.report(&BOTH_WAYS, 0).0["run"].to_string();
    let whole = fs::read(home.folder().join("IMG_1.JPG")).expect("there");
    fs::remove_file(home.folder().join("IMG_1.JPG")).expect("deleted");
    for outwards in [ONE, TWO] {
        say(&home, AS_THEY_ARE, outwards);
        let report = home.report(&BOTH_WAYS, 0);
        assert_eq!(carried(&report), (0, 0), "{}", report.0);
        assert_eq!(report.0["export"]["skipped"]["deleted in the folder"], 1, "{}", report.0);
    }
    home.put("IMG_1.JPG", &whole);
    let undo = || {
        let output = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");
        support::text(&output)
    };
    // The library's own movie is another one: the motion photo is the last copy.
    let (asset, movie) = (home.library_path().join("originals"), Fingerprint::of(&halves(1).1));
    let movie = tree(&asset).into_iter().find(|(_, (bytes, _))| *bytes == movie).expect("the movie").0;
    let bytes = fs::read(asset.join(&movie)).expect("there");
    fs::write(asset.join(&movie), vec![0; bytes.len()]).expect("lost");
    let said = undo();
    assert!(said.contains("this is the only copy"), "{said}");
    fs::write(asset.join(&movie), &bytes).expect("back");
    let said = undo();
    assert_eq!(names(&home), [""; 0].map(PathBuf::from), "{said}");
    assert!(tree(&home.data().join("undone")).into_values().any(|(bytes, _)| bytes == Fingerprint::of(&whole)));
    let report = home.report(&BOTH_WAYS, 0);
    assert_eq!(
        (carried(&report), &report.0["export"]["skipped"]["undone by you"]),
        ((0, 0), &1.into()),
        "{}",
        report.0
    );
}
