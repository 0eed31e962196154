//! Disks that are away: one within the folder, and one of which nothing tells that it is another one.

mod household;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use jiff::SignedDuration;
use jiff::civil::date;
use photobridge_core::asset::ResourceRole;
use photobridge_core::ledger::{Doubt, Ledger};
use photobridge_core::progress::{Event, Phase, Progress};
use photobridge_core::run::Command;
use photobridge_core::sync::{Kin, SyncError};
use photobridge_media::sample::Shot;
use photobridge_testkit::shelf::Fault;
use photobridge_testkit::{Unplugged, asset, moment};

use household::{Household, Kind, now};

fn shot(number: u64) -> Vec<u8> {
    let minutes = SignedDuration::from_mins(number as i64);
    Shot::new(date(2024, 5, 14).at(12, 0, 0, 0).checked_add(minutes).expect("a date"), number).jpeg(48, 32)
}

/// A photo comes into the library, of May 2024.
fn comes(home: &Household, number: u64) {
    let mut out = asset(&format!("OUT_{number}.JPG"), "").asset;
    (out.captured, out.added) = (Some(moment(&format!("2024-05-14T12:{number:02}:00"))), Some(now()));
    home.library.add(out, [(ResourceRole::Photo, shot(number).into())]);
}

/// A folder with photos of its own, and a library with two that go to 2024.
fn household() -> Household {
    let home = Household::new(Kind::Memory);
    (1..=3).for_each(|number| home.put(&format!("IN_{number}.JPG"), &shot(number)));
    (11..=12).for_each(|number| comes(&home, number));
    home
}

/// Syncs, and tells what the run said.
fn sync(home: &Household) -> String {
    home.run(Command::Sync).expect("it runs").report.notices.join("\n")
}

fn names(home: &Household) -> Vec<String> {
    home.files().into_keys().collect()
}

const WITH_2024: [&str; 5] = ["2024/05/OUT_11.JPG", "2024/05/OUT_12.JPG", "IN_1.JPG", "IN_2.JPG", "IN_3.JPG"];

/// A household of which 2024 is a disk of its own that was synced, and is away now.
fn without_its_disk() -> (Household, Unplugged) {
    let home = household();
    home.drawer.inside().plug_in_new("2024");
    assert_eq!(sync(&home), "");
    assert_eq!((names(&home), home.left_to_do()), (WITH_2024.map(String::from).into(), 0));
    let disk = home.drawer.inside().unplug("2024");
    comes(&home, 13);
    (home, disk)
}

#[test]
fn nothing_goes_to_where_a_disk_within_the_folder_is_away_and_nothing_counts_as_deleted_there() {
    for is_made_by_its_disk in [false, true] {
        let (home, disk) = without_its_disk();
        if is_made_by_its_disk {
            home.drawer.inside().remove("2024");
        }
        for _ in 0..2 {
            let said = sync(&home);
            assert!(said.contains("2024 was a disk of its own, which is not connected"), "{said}");
            assert_eq!(names(&home), ["IN_1.JPG", "IN_2.JPG", "IN_3.JPG"]);
            assert_eq!(home.library.kept().len(), 6);
        }
        home.drawer.inside().plug_in("2024", disk);
        assert_eq!(sync(&home), "");
        assert!(names(&home).contains(&"2024/05/OUT_13.JPG".to_owned()));
        assert_eq!((names(&home).len(), home.library.kept().len(), home.left_to_do()), (6, 6, 0));
        // One that a person deletes while the disk is there is deleted.
        home.drawer.inside().remove("2024/05/OUT_11.JPG");
        assert_eq!((sync(&home), names(&home).len(), home.left_to_do()), (String::new(), 5, 0));
    }
}

#[test]
fn what_strays_into_the_empty_directory_is_no_sign_that_its_disk_is_there() {
    let (home, disk) = without_its_disk();
    home.put("2024/05/STRAY.JPG", &shot(20));
    assert!(sync(&home).contains("was a disk of its own"));
    assert_eq!(home.library.kept().len(), 6, "it would be hidden once the disk is back");
    home.drawer.inside().plug_in("2024", disk);
    assert_eq!((sync(&home), names(&home).len(), home.left_to_do()), (String::new(), 6, 0));
}

#[test]
fn a_disk_whose_photos_were_put_into_the_folder_itself_is_none_any_more() {
    let (home, _) = without_its_disk();
    home.put("2024/05/OUT_11.JPG", &shot(11));
    home.put("2024/05/OUT_12.JPG", &shot(12));
    assert_eq!(sync(&home), "");
    assert_eq!((names(&home).len(), home.left_to_do()), (6, 0));
    home.drawer.inside().unplug("2024");
    let said = sync(&home);
    assert!(!said.contains("disk of its own"), "{said}");
    assert_eq!((names(&home).len(), home.left_to_do()), (3, 0), "these were deleted");
}

#[test]
fn a_disk_that_is_mounted_elsewhere_in_the_folder_is_known_there() {
    let (home, disk) = without_its_disk();
    home.drawer.inside().plug_in("archive/of 2024", disk);
    assert_eq!(sync(&home), "");
    assert_eq!((names(&home).len(), home.left_to_do()), (6, 0));
    assert!(names(&home).contains(&"2024/05/OUT_13.JPG".to_owned()));
    home.drawer.inside().unplug("archive/of 2024");
    assert!(sync(&home).contains("archive/of 2024 was a disk of its own"));
}

#[test]
fn a_disk_within_the_folder_is_gone_for_good_once_a_person_said_so() {
    let (home, _) = without_its_disk();
    sync(&home);
    let mut ledger = Ledger::open(&home.data()).expect("a ledger");
    assert!(!ledger.release_disk(Path::new("/drawer/photos/2023")).expect("asked"));
    assert!(ledger.release_disk(Path::new("/drawer/photos/2024")).expect("said"));
    drop(ledger);
    assert!(!sync(&home).contains("disk of its own"));
    assert_eq!(names(&home), ["2024/05/OUT_13.JPG", "IN_1.JPG", "IN_2.JPG", "IN_3.JPG"], "what lay there was deleted");
    assert_eq!(home.left_to_do(), 0);
}

/// Takes a disk away when the exports begin.
struct Pulls<'h>(&'h Household, std::sync::Mutex<Option<Unplugged>>);

impl Progress for Pulls<'_> {
    fn event(&self, event: Event) {
        if matches!(event, Event::Begin { phase: Phase::Exporting, .. }) {
            *self.1.lock().expect("free") = Some(self.0.drawer.inside().unplug("2024"));
        }
    }
}

#[test]
fn a_disk_within_the_folder_that_goes_away_before_the_exports_gets_none() {
    let (home, disk) = without_its_disk();
    home.drawer.inside().plug_in("2024", disk);
    let pulls = Pulls(&home, Default::default());
    let report = home.run_watched(Command::Sync, &pulls).expect("it runs").report;
    let stopped = report.stopped.expect("it stopped");
    assert!(stopped.contains("/drawer/photos/2024 has been replaced"), "{stopped}");
    assert_eq!(names(&home), ["IN_1.JPG", "IN_2.JPG", "IN_3.JPG"]);
    let disk = pulls.1.into_inner().expect("free").expect("it was pulled");
    home.drawer.inside().plug_in("2024", disk);
    assert_eq!((sync(&home), names(&home).len(), home.left_to_do()), (String::new(), 6, 0));
}

#[test]
fn a_run_that_dies_before_a_disk_within_the_folder_goes_away_is_finished_once_it_is_back() {
    for steps in 0.. {
        let (home, disk) = without_its_disk();
        home.drawer.inside().plug_in("2024", disk);
        home.fuse.light(steps, Fault::Death);
        let _ = catch_unwind(AssertUnwindSafe(|| drop(home.run(Command::Sync))));
        let burnt = home.fuse.put_out();
        let disk = home.drawer.inside().unplug("2024");
        sync(&home);
        home.drawer.inside().plug_in("2024", disk);
        sync(&home);
        let mut wanted = WITH_2024.map(String::from).to_vec();
        wanted.insert(2, "2024/05/OUT_13.JPG".into());
        assert_eq!((names(&home), home.left_to_do()), (wanted, 0), "{steps}: {burnt:?}");
        if burnt.is_none() {
            break;
        }
    }
}

/// Whether a sync asks whether this is another folder, and writes nothing there.
fn is_asked(home: &Household) -> bool {
    let before = home.files();
    let asked = match home.run(Command::Sync) {
        Err(SyncError::AnotherFolder { doubt: Doubt::Another { .. }, .. }) => true,
        Ok(_) => false,
        Err(error) => panic!("{error}"),
    };
    assert!(!asked || home.files() == before, "it was asked about, and written to");
    asked
}

#[test]
fn another_disk_is_asked_about_also_where_nothing_tells_directories_apart() {
    // What an earlier version noted of a directory that was not to be told from others is no reason to ask.
    for was_noted in [true, false] {
        let home = household();
        home.drawer.inside().is_unmarked = !was_noted;
        sync(&home);
        home.drawer.inside().is_unmarked = true;
        assert_eq!((sync(&home), home.left_to_do()), (String::new(), 0));
        let disk = home.drawer.inside().unplug("");
        comes(&home, 13);
        assert!(is_asked(&home), "it is empty");
        home.put("IN_2.JPG", &shot(2));
        assert!(is_asked(&home), "it has one of five");
        home.drawer.inside().unplug("");
        home.put("IN_2.JPG", b"of other bytes");
        assert!(is_asked(&home), "it has one of these names");
        home.drawer.inside().plug_in("", disk);
        assert!(!is_asked(&home), "its own disk is there");
        assert_eq!((names(&home).len(), home.left_to_do()), (6, 0));
    }
}

#[test]
fn what_a_person_deletes_is_asked_about_once_where_nothing_tells_directories_apart() {
    let mut home = household();
    home.drawer.inside().is_unmarked = true;
    sync(&home);
    (1..=2).for_each(|number| home.drawer.inside().remove(&format!("IN_{number}.JPG")));
    assert!(!is_asked(&home), "most is there");
    ["IN_3.JPG", "2024/05/OUT_11.JPG"].iter().for_each(|path| home.drawer.inside().remove(path));
    assert!(is_asked(&home));
    home.kin = Some(Kin::SameAs("/drawer/photos".into()));
    assert!(!is_asked(&home));
    home.kin = None;
    assert!(!is_asked(&home), "that was said");
    home.drawer.inside().remove("2024/05/OUT_12.JPG");
    assert!(is_asked(&home));
    home.kin = Some(Kin::SameAs("/drawer/photos".into()));
    assert!(!is_asked(&home));
    home.kin = None;
    assert!(!is_asked(&home), "also of an empty one");
    assert_eq!(home.files().len(), 0);
}

#[test]
fn two_disks_that_nothing_tells_apart_take_turns_and_each_is_known_by_what_lies_on_it() {
    let mut home = household();
    home.drawer.inside().is_unmarked = true;
    sync(&home);
    let one = home.drawer.inside().unplug("");
    home.kin = Some(Kin::Another);
    sync(&home);
    home.kin = None;
    assert_eq!(names(&home), ["2024/05/OUT_11.JPG", "2024/05/OUT_12.JPG"], "what went out goes to it, too");
    let other = home.drawer.inside().unplug("");
    home.drawer.inside().plug_in("", one);
    assert_eq!((sync(&home), home.left_to_do()), (String::new(), 0));
    home.drawer.inside().remove("2024/05/OUT_11.JPG");
    assert_eq!((sync(&home), names(&home).len(), home.left_to_do()), (String::new(), 4, 0));
    home.drawer.inside().unplug("");
    home.drawer.inside().plug_in("", other);
    assert_eq!((sync(&home), names(&home).len(), home.left_to_do()), (String::new(), 2, 0));
}
