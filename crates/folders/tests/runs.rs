//! Whole runs of the engine over several kinds of folder, with a fault at each call: whatever happens, the next runs bring
//! each photo to the other side once, whole, and leave nothing half.

mod household;

use std::fs;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::SignedDuration;
use jiff::civil::date;
use photobridge_core::asset::ResourceRole;
use photobridge_core::export::LivePhotos;
use photobridge_core::run::Command;
use photobridge_media::live;
use photobridge_media::sample::Shot;
use photobridge_testkit::shelf::{Died, Fault};
use photobridge_testkit::{asset, moment};

use household::{Household, Kind, now};

fn shot(number: u64) -> Vec<u8> {
    let minutes = SignedDuration::from_mins(number as i64);
    Shot::new(date(2024, 5, 14).at(12, 0, 0, 0).checked_add(minutes).expect("a date"), number).jpeg(48, 32)
}

/// A folder with a photo of its own, and a library with another one.
fn household(kind: Kind) -> Household {
    let home = Household::new(kind);
    let mut out = asset("OUT.JPG", "").asset;
    (out.captured, out.added) = (Some(moment("2024-05-14T12:02:00")), Some(now()));
    home.library.add(out, [(ResourceRole::Photo, shot(2).into())]);
    home.put("IN.JPG", &shot(1));
    home
}

/// The bytes of each photo of the library.
fn photos(home: &Household) -> Vec<Vec<u8>> {
    let mut photos: Vec<Vec<u8>> =
        (home.library.kept().iter()).map(|kept| kept.bytes(ResourceRole::Photo).expect("a photo").to_vec()).collect();
    photos.sort();
    photos
}

fn both() -> Vec<Vec<u8>> {
    let mut both = vec![shot(1), shot(2)];
    both.sort();
    both
}

fn on_both_sides(home: &Household, when: &str) {
    let files = [("IN.JPG".to_owned(), shot(1)), ("2024/05/OUT.JPG".to_owned(), shot(2))].into();
    assert_eq!(home.files(), files, "{when}");
    assert!(photos(home) == both(), "{when}: the library has {} photos", photos(home).len());
}

/// A household, what always holds of it, and what holds when nothing is left to do.
struct Trial {
    begins: fn(Kind) -> Household,
    always: fn(&Household, &str),
    ends: fn(&Household, &str),
}

const ONE_EACH_WAY: Trial = Trial {
    begins: household,
    always: |home, when| assert_eq!(home.files().values().filter(|bytes| **bytes == shot(1)).count(), 1, "{when}"),
    ends: on_both_sides,
};

/// Runs once for each so many calls, with this fault at that call, and looks what the next runs make of it. Returns how many
/// calls there were.
fn at_each_call(trial: &Trial, kind: Kind, fault: Fault, every: usize) -> u32 {
    for steps in (0..).step_by(every) {
        let home = (trial.begins)(kind);
        home.fuse.light(steps, fault);
        let ended = catch_unwind(AssertUnwindSafe(|| drop(home.run(Command::Sync))));
        let burnt = home.fuse.put_out();
        if let Err(died) = ended {
            assert!(died.is::<Died>(), "it died of something else: {burnt:?}");
        }
        let when = format!("{kind:?}, {fault:?} at {steps}: {burnt:?}");
        (trial.always)(&home, &when);
        // What could not be read, or was said to fail and did not, is looked at once more.
        for _ in 0..2 {
            home.run(Command::Sync).unwrap_or_else(|error| panic!("{when}: {error}"));
        }
        (trial.ends)(&home, &when);
        assert_eq!(home.left_to_do(), 0, "{when}: nothing is left to do");
        if burnt.is_none() {
            return steps;
        }
    }
    unreachable!("there are not so many calls")
}

#[test]
fn a_folder_in_memory_dies_at_each_call_and_nothing_is_lost_or_doubled() {
    assert!(at_each_call(&ONE_EACH_WAY, Kind::Memory, Fault::Death, 1) > 20);
}

#[test]
fn a_folder_in_memory_fails_at_each_call_and_nothing_is_lost_or_doubled() {
    assert!(at_each_call(&ONE_EACH_WAY, Kind::Memory, Fault::Refusal, 1) > 20);
}

#[test]
fn folders_on_disks_and_afar_die_and_fail_and_nothing_is_lost_or_doubled() {
    for kind in [Kind::Disk, Kind::Afar] {
        for fault in [Fault::Death, Fault::Refusal] {
            assert!(at_each_call(&ONE_EACH_WAY, kind, fault, 5) > 20);
        }
    }
}

/// Both halves of a Live Photo.
fn halves() -> [Vec<u8>; 2] {
    let identifier = Some("602FEBB7-6B59-4799-96E6-9C8484D873C7".into());
    let shot = Shot { content_identifier: identifier, ..Shot::new(date(2024, 5, 14).at(12, 3, 0, 0), 3) };
    [shot.jpeg(48, 32), shot.movie(48, 32, 1500)]
}

/// A Live Photo in the library, which goes out as one file.
const AS_ONE_FILE: Trial = Trial {
    begins: |kind| {
        let mut home = Household::new(kind);
        home.live_photos = LivePhotos::MotionPhoto;
        let mut out = asset("LIVE.JPG", "").asset;
        (out.captured, out.added) = (Some(moment("2024-05-14T12:03:00")), Some(now()));
        let [still, movie] = halves();
        home.library.add(out, [(ResourceRole::Photo, still.into()), (ResourceRole::PairedVideo, movie.into())]);
        home
    },
    always: |home, when| {
        let names: Vec<String> = home.files().into_keys().filter(|name| !name.ends_with(".part")).collect();
        assert!(names.is_empty() || names == ["2024/05/LIVE.JPG"], "{when}: {names:?}");
    },
    ends: |home, when| {
        let files = home.files();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["2024/05/LIVE.JPG"], "{when}");
        let whole = &files["2024/05/LIVE.JPG"];
        let pair = live::pair(Cursor::new(whole), whole.len() as u64, &[7; 20]).expect("readable").expect("of both");
        let written = [pair.still, pair.movie].map(|half| {
            let mut written = Vec::new();
            half.write(&mut Cursor::new(whole), &mut written).expect("written");
            written
        });
        assert!(written == halves(), "{when}: both come out again");
        assert_eq!(home.library.kept().len(), 1, "{when}");
    },
};

#[test]
fn a_live_photo_that_goes_as_one_file_is_there_once_whatever_dies_or_fails() {
    assert!(at_each_call(&AS_ONE_FILE, Kind::Memory, Fault::Death, 1) > 10);
    assert!(at_each_call(&AS_ONE_FILE, Kind::Memory, Fault::Refusal, 3) > 10);
    for kind in [Kind::Disk, Kind::Afar] {
        assert!(at_each_call(&AS_ONE_FILE, kind, Fault::Death, 7) > 10);
    }
}

#[test]
fn an_export_is_undone_from_each_kind_of_folder() {
    for kind in [Kind::Disk, Kind::Afar, Kind::Memory] {
        let home = household(kind);
        let undone = home.undo(home.run(Command::Sync).expect("it runs").report.run);
        assert_eq!((undone.moved, undone.kept, undone.failed), (1, Vec::new(), 0), "{kind:?}");
        assert_eq!(home.files(), [("IN.JPG".to_owned(), shot(1))].into(), "{kind:?}");
        let aside = undone.directory.expect("it went somewhere").join("2024/05/OUT.JPG");
        assert_eq!(fs::read(aside).expect("moved"), shot(2), "{kind:?}");
    }
}
