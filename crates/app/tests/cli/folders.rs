//! A folder is itself by what lies in it: moved, copied, away, taken out of the settings, or only visiting.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, os::unix::fs::symlink};

use photobridge_core::fingerprint::Fingerprint;

use crate::run;
use crate::support::{Household, jpeg, text as text_of, tree};

const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

/// Runs a sync over another folder than the household's.
pub fn sync_of(home: &Household, folder: &Path, more: &[&str], exit: i32) -> String {
    let mut command = home.command(&[&BOTH, more, &["--settle", "0"]].concat());
    command.arg("--folder").arg(folder).arg("--library").arg(home.library_path());
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(exit), "{}", text_of(&output));
    text_of(&output)
}

pub fn config(home: &Household, arguments: &[&str]) {
    let output = run(&mut home.command(&[&["config"], arguments].concat()));
    assert!(output.status.success(), "{}", text_of(&output));
}

pub fn bytes_in(folder: &Path) -> Vec<Fingerprint> {
    let mut bytes: Vec<Fingerprint> = tree(folder).into_values().map(|(bytes, _)| bytes).collect();
    bytes.sort();
    bytes
}

pub fn photos(numbers: impl IntoIterator<Item = u64>) -> Vec<Fingerprint> {
    let mut bytes: Vec<Fingerprint> = numbers.into_iter().map(|number| Fingerprint::of(&jpeg(number))).collect();
    bytes.sort();
    bytes
}

pub fn copy(from: &Path, to: &Path, wanted: impl Fn(&Path) -> bool) {
    for file in tree(from).into_keys().filter(|file| wanted(file)) {
        fs::create_dir_all(to.join(&file).parent().expect("below")).expect("a directory");
        fs::copy(from.join(&file), to.join(&file)).expect("copied");
    }
}

/// Five photos in the library and exported; one of them a person deletes in the folder, which then lies in a drawer.
fn away() -> (Household, PathBuf) {
    let home = Household::new();
    let five: Vec<(String, Vec<u8>)> = (1..6).map(|n| (format!("IMG_{n}.JPG"), jpeg(n))).collect();
    let five: Vec<(&str, Vec<u8>)> = five.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    home.fill_library(&five);
    home.report(&BOTH, 0);
    let deleted = tree(&home.folder()).into_iter().find(|(_, (bytes, _))| *bytes == Fingerprint::of(&jpeg(1)));
    fs::remove_file(home.folder().join(deleted.expect("exported").0)).expect("deleted");
    let drawer = home.root().join("drawer");
    fs::rename(home.folder(), &drawer).expect("moved");
    // Its directory is another one for good: what it was is only told by what lies in it.
    let copied = home.root().join("in the drawer");
    copy(&drawer, &copied, |_| true);
    fs::remove_dir_all(drawer).expect("gone");
    (home, copied)
}

#[test]
fn a_folder_of_which_most_lies_at_another_path_is_that_folder() {
    let (home, drawer) = away();
    let disk = home.root().join("new disk");
    copy(&drawer, &disk, |path| !path.ends_with("IMG_2.JPG"));
    let said = sync_of(&home, &disk, &[], 0);
    assert!(said.contains("is the folder that was at"), "{said}");
    assert_eq!(bytes_in(&disk), photos([3, 4, 5]), "what was deleted, there or on the way, stays so");
}

#[test]
fn of_less_than_half_a_person_is_asked() {
    for (answer, expected) in [("--new-folder", photos(1..6)), ("--same-as", photos([2]))] {
        let (home, drawer) = away();
        let disk = home.root().join("new disk");
        copy(&drawer, &disk, |path| path.ends_with("IMG_2.JPG"));
        let folder = home.folder().to_string_lossy().into_owned();
        for _ in 0..2 {
            let said = sync_of(&home, &disk, &[], 5);
            assert!(said.contains("1 of the 5 photos") && said.contains("--same-as"), "{said}");
            assert_eq!(bytes_in(&disk), photos([2]), "nothing before a person answers");
        }
        let answer: &[&str] = if answer == "--same-as" { &[answer, &folder] } else { &[answer] };
        sync_of(&home, &disk, answer, 0);
        sync_of(&home, &disk, &["--unattended"], 0);
        assert_eq!(bytes_in(&disk), expected);
    }
}

#[test]
fn nobody_can_say_that_it_is_a_folder_which_never_was() {
    let (home, drawer) = away();
    let said = sync_of(&home, &drawer, &["--same-as", "/nowhere"], 2);
    assert!(said.contains("/nowhere was never synced"), "{said}");
}

#[test]
fn a_folder_that_was_renamed_is_itself_also_where_an_empty_one_took_its_place() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
    home.report(&BOTH, 0);
    let deleted = tree(&home.folder()).into_iter().find(|(_, (bytes, _))| *bytes == Fingerprint::of(&jpeg(1)));
    fs::remove_file(home.folder().join(deleted.expect("exported").0)).expect("deleted");
    let renamed = home.root().join("renamed");
    fs::rename(home.folder(), &renamed).expect("renamed");
    fs::create_dir(home.folder()).expect("the sync client makes an empty one");
    sync_of(&home, &renamed, &["--unattended"], 0);
    assert_eq!(bytes_in(&renamed), photos([2, 3]));
    // By whichever path it is reached.
    symlink(&renamed, home.root().join("link")).expect("a link");
    sync_of(&home, &home.root().join("link"), &["--unattended"], 0);
    assert_eq!(bytes_in(&renamed), photos([2, 3]));
}

#[test]
fn what_came_from_a_folder_goes_to_no_other_until_a_person_says_that_it_is_gone() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let camera = home.root().join("camera");
    fs::create_dir(&camera).expect("a directory");
    fs::write(camera.join("IMG_2.JPG"), jpeg(2)).expect("written");
    home.set_up("bidirectional");
    config(&home, &["export.range", "full-library"]);
    config(&home, &["folder", "camera"]);
    let sync = |exit: i32| {
        let output = run(&mut home.command(&["sync"]));
        assert_eq!(output.status.code(), Some(exit), "{}", text_of(&output));
        bytes_in(&home.folder())
    };
    // The one that is exported to has what the other brought in beside it.
    assert_eq!(sync(0), photos([1]));
    config(&home, &["folder", "camera", "--remove"]);
    assert_eq!(sync(0), photos([1]), "imported by us, wherever its folder is");
    let refused = run(&mut home.command(&["config", "folder", "nowhere", "--gone"]));
    assert_eq!(refused.status.code(), Some(2), "{}", text_of(&refused));
    config(&home, &["folder", "camera", "--gone"]);
    assert_eq!(sync(0), photos([1, 2]));
}

#[test]
fn a_baseline_that_is_still_to_come_is_said_and_holds_nothing_new_back() {
    let home = Household::new();
    home.set_up("bidirectional");
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let settings = home.data().join("settings.toml");
    let text = fs::read_to_string(&settings).expect("settings");
    let with = "[export]\nbaseline = \"2999-01-01T00:00:00Z\"\n\n[[folder]]";
    fs::write(&settings, text.replace("[[folder]]", with)).expect("written");
    let sync = || run(&mut home.command(&["sync"]));
    assert!(text_of(&sync()).contains("is in the future"), "said in each run");
    assert_eq!(bytes_in(&home.folder()), [], "what was there is old");
    home.fill_library(&[("IMG_2.JPG", jpeg(2))]);
    assert!(text_of(&sync()).contains("is in the future"));
    assert_eq!(bytes_in(&home.folder()), photos([2]));
    let doctor = run(&mut home.command(&["doctor"]));
    assert!(text_of(&doctor).contains("WRONG the baseline"), "{}", text_of(&doctor));
}

#[test]
fn a_library_at_two_paths_is_said() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let copy = home.root().join("restored");
    let copied = std::process::Command::new("cp").arg("-rp").arg(home.library_path()).arg(&copy).status();
    assert!(copied.expect("cp runs").success());
    let mut command = home.command(&["sync", "--settle", "0", "--folder"]);
    let output = run(command.arg(home.folder()).arg("--library").arg(&copy));
    assert!(text_of(&output).contains("one is a copy of the other"), "{}", text_of(&output));
}

#[test]
fn a_folder_that_is_named_for_one_run_is_only_a_source() {
    let home = Household::new();
    home.set_up("bidirectional");
    config(&home, &["export.range", "full-library"]);
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let card = home.root().join("card");
    fs::create_dir(&card).expect("a directory");
    fs::write(card.join("IMG_2.JPG"), jpeg(2)).expect("written");
    let output = run(home.command(&["sync", "--folder"]).arg(&card));
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
    assert_eq!(bytes_in(&card), photos([2]));
    assert_eq!(bytes_in(&home.folder()), photos([1]), "what came from the card is imported by us");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);

    fs::write(home.data().join("settings.toml"), "mode = \"bidirectional\"\n").expect("written");
    let refused = run(home.command(&["sync", "--folder"]).arg(&card));
    assert_eq!(refused.status.code(), Some(2), "{}", text_of(&refused));
    assert!(text_of(&refused).contains("--mode"), "{}", text_of(&refused));
    assert_eq!(bytes_in(&card), photos([2]));
}

#[test]
fn after_a_lost_ledger_edits_of_imports_still_stay_out_of_the_folder_and_numbers_go_on() {
    let home = Household::new();
    home.set_up("bidirectional");
    home.put("DCIM/IMG_1.JPG", &jpeg(1));
    config(&home, &["export.edited", "both"]);
    assert_eq!(run(&mut home.command(&["sync"])).status.code(), Some(0));
    let id = home.snapshot().assets[0].id.clone();
    photobridge_testkit::alter::edit(&home.library_path(), &id, "jpeg", &jpeg(9), None);
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(home.data().join(format!("ledger.sqlite{suffix}")));
    }
    let report = home.report(&["sync", "--mode", "bidirectional", "--full-library"], 0).0;
    assert_eq!(report["run"], 2, "run 1 is another one: {report}");
    assert_eq!(report["export"]["skipped"]["same bytes"], 1, "{report}");
    assert_eq!(bytes_in(&home.folder()), photos([1]));
}

#[test]
fn what_came_in_before_the_ledger_was_lost_goes_out_when_a_person_says_so() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.report(&["sync"], 0);
    for name in ["IMG_1.JPG", "IMG_2.JPG"] {
        fs::remove_file(home.folder().join(name)).expect("the folder is no more");
    }
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(home.data().join(format!("ledger.sqlite{suffix}")));
    }
    home.set_up("bidirectional");
    let sync = ["sync", "--mode", "export", "--full-library"];
    assert_eq!(home.report(&sync, 0).0["export"]["skipped"]["in another folder"], 2);
    assert_eq!(bytes_in(&home.folder()), [], "nobody knows where they lie");
    let taken = run(&mut home.command(&["decide", "take-in", "--reason", "in another folder"]));
    assert_eq!(taken.status.code(), Some(0), "{}", text_of(&taken));
    home.report(&sync, 0);
    assert_eq!(bytes_in(&home.folder()), photos([1, 2]));
}

#[test]
fn undo_of_a_run_that_an_older_ledger_does_not_know_says_so() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let library = home.library_path().to_string_lossy().into_owned();
    let undo = |number: &str| run(&mut home.command(&["undo", number, "--library", &library]));
    assert!(undo("1").status.success());
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(home.data().join(format!("ledger.sqlite{suffix}")));
    }
    home.report(&["simulate"], 0);
    // A sync and an undo.
    for number in ["1", "2"] {
        let undone = undo(number);
        let said = text_of(&undone);
        assert!(!undone.status.success() && said.contains("this ledger does not know it"), "{said}");
    }
}

#[test]
fn a_group_comes_back_by_reason_directory_and_run_on_either_side() {
    let home = Household::new();
    home.set_up("bidirectional");
    config(&home, &["export.range", "full-library"]);
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    home.put("Trip/IMG_3.JPG", &jpeg(3));
    home.put("Home/IMG_4.JPG", &jpeg(4));
    let tell = |arguments: &[&str]| {
        let output = run(&mut home.command(arguments));
        assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
        text_of(&output)
    };
    tell(&["sync"]);
    fs::create_dir(home.folder().join("Album")).expect("a directory");
    fs::rename(home.folder().join("2024/05/IMG_2.JPG"), home.folder().join("Album/Best.JPG")).expect("moved");
    tell(&["sync"]);
    assert_eq!((bytes_in(&home.folder()), home.stored().len()), (photos(1..5), 4));

    fs::remove_dir_all(home.folder().join("Album")).expect("deleted");
    fs::remove_dir_all(home.folder().join("2024")).expect("deleted");
    for name in ["IMG_3.JPG", "IMG_4.JPG"] {
        let library = home.library_path();
        photobridge_testkit::alter::delete(&library, &photobridge_testkit::alter::id_of(&library, name));
    }
    tell(&["sync"]);
    tell(&["simulate"]);
    assert_eq!((bytes_in(&home.folder()), home.stored().len()), (photos([3, 4]), 2), "deleted stays deleted");

    // In the folder: by where it lay last.
    let said = tell(&["decide", "take-in", "--reason", "deleted in the folder", "--under", "Album"]);
    assert!(said.starts_with("1 photo of run 4"), "{said}");
    tell(&["sync"]);
    assert_eq!(bytes_in(&home.folder()), photos([2, 3, 4]));
    let said = tell(&["decide", "take-in", "--run", "3", "--under", "2024/05"]);
    assert!(said.starts_with("1 photo of run 3"), "{said}");
    tell(&["sync"]);
    assert_eq!(bytes_in(&home.folder()), photos(1..5));

    // In Photos: by where it lies.
    let said = tell(&["decide", "take-in", "--reason", "deleted in Photos", "--under", "Trip", "--run", "3"]);
    assert!(said.starts_with("1 photo of run 3"), "{said}");
    tell(&["sync"]);
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]);
    tell(&["decide", "take-in", "--reason", "deleted in Photos"]);
    tell(&["sync"]);
    assert_eq!((bytes_in(&home.folder()), home.names().len()), (photos(1..5), 4));
}

/// Nothing was carried so far, or all of it was undone: what was seen in the folder still tells it from the mount point of
/// its disk.
#[test]
fn an_empty_mount_point_is_seen_also_where_nothing_was_carried() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    home.put("IMG_7.JPG", &jpeg(7));
    let export = ["sync", "--mode", "export"];
    // What changed within the last two seconds is looked at again, and not remembered.
    std::thread::sleep(Duration::from_millis(2_100));
    home.report(&export, 0);
    assert_eq!(bytes_in(&home.folder()), photos([7]), "the baseline is set, and nothing goes out yet");
    let disk = home.root().join("disk");
    fs::rename(home.folder(), &disk).expect("the disk is away");
    fs::create_dir(home.folder()).expect("its mount point");
    let said = run(&mut home.run_command(&[&export[..], &["--full-library"]].concat()));
    assert_eq!(said.status.code(), Some(4), "{}", text_of(&said));
    assert!(text_of(&said).contains("none of its 1 photos is in it"), "{}", text_of(&said));
    assert_eq!(bytes_in(&home.folder()), []);
    fs::remove_dir(home.folder()).expect("empty");
    fs::rename(&disk, home.folder()).expect("the disk is back");
    home.report(&[&export[..], &["--full-library"]].concat(), 0);
    assert_eq!(bytes_in(&home.folder()), photos([1, 2, 7]));
}
