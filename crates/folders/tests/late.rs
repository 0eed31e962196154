//! The movie of a Live Photo that comes late and finds its name taken: the photo that we laid gets another name with it, over
//! several kinds of folder, whatever happens meanwhile.

mod household;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::civil::date;
use photobridge_core::asset::{ResourceRole, Whereabouts};
use photobridge_core::run::{Command, RunId};
use photobridge_media::sample::Shot;
use photobridge_testkit::shelf::{Died, Fault};
use photobridge_testkit::{asset, moment};

use household::{Household, Kind, now};

const KINDS: [Kind; 3] = [Kind::Disk, Kind::Afar, Kind::Memory];

fn shot(number: u64) -> Shot {
    let mut shot = Shot::new(date(2024, 5, 14).at(12, number as i8, 0, 0), number);
    shot.content_identifier = (number == 1).then(|| "5A1F0C52-0000-4000-8000-000000000001".to_owned());
    shot
}

fn still() -> Vec<u8> {
    shot(1).heif(48, 32)
}

fn movie() -> Vec<u8> {
    shot(1).movie(48, 32, 2_000)
}

fn stranger() -> Vec<u8> {
    shot(2).movie(48, 32, 8_000)
}

/// A Live Photo went out without its movie, which is here by now; and somebody's video has its name. With the run that
/// exported the photo.
fn household(kind: Kind) -> (Household, RunId) {
    let home = Household::new(kind);
    let mut live = asset("IMG_1.HEIC", "").asset;
    (live.captured, live.added) = (Some(moment("2024-05-14T12:01:00")), Some(now()));
    home.library.add(live, [(ResourceRole::Photo, still().into()), (ResourceRole::PairedVideo, movie().into())]);
    movie_is(&home, Whereabouts::Cloud);
    let first = home.run(Command::Sync).expect("it runs").report.run;
    assert_eq!(home.files(), lies(&[("IMG_1.HEIC", still())]), "{kind:?}");
    movie_is(&home, Whereabouts::Here);
    home.put("2024/05/IMG_1.MOV", &stranger());
    (home, first)
}

fn movie_is(home: &Household, whereabouts: Whereabouts) {
    home.library.change(|kept| {
        let resources = kept[0].asset.resources.iter_mut();
        resources
            .filter(|entry| entry.role == ResourceRole::PairedVideo)
            .for_each(|entry| entry.whereabouts = whereabouts);
    });
}

fn lies(files: &[(&str, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    files.iter().map(|(name, bytes)| (format!("2024/05/{name}"), bytes.clone())).collect()
}

/// Each file once, and the pair under one name.
fn is_together(home: &Household, when: &str) {
    let together = [("IMG_1.MOV", stranger()), ("IMG_1 (2).HEIC", still()), ("IMG_1 (2).MOV", movie())];
    assert_eq!(home.files().keys().collect::<Vec<_>>(), lies(&together).keys().collect::<Vec<_>>(), "{when}");
    assert!(home.files() == lies(&together), "{when}: other bytes");
}

/// Runs once for each so many calls, with this fault at that call, and looks what the next runs make of it. Returns how many
/// calls there were.
fn at_each_call(kind: Kind, fault: Fault, every: usize) -> u32 {
    for steps in (0..).step_by(every) {
        let (home, _) = household(kind);
        home.fuse.light(steps, fault);
        let ended = catch_unwind(AssertUnwindSafe(|| drop(home.run(Command::Sync))));
        let burnt = home.fuse.put_out();
        if let Err(died) = ended {
            assert!(died.is::<Died>(), "it died of something else: {burnt:?}");
        }
        let when = format!("{kind:?}, {fault:?} at {steps}: {burnt:?}");
        for bytes in [still(), stranger()] {
            assert!(home.files().values().filter(|other| **other == bytes).count() == 1, "{when}");
        }
        for _ in 0..2 {
            home.run(Command::Sync).unwrap_or_else(|error| panic!("{when}: {error}"));
        }
        is_together(&home, &when);
        assert_eq!(home.left_to_do(), 0, "{when}: nothing is left to do");
        if burnt.is_none() {
            return steps;
        }
    }
    unreachable!("there are not so many calls")
}

#[test]
fn wherever_a_run_dies_the_pair_ends_under_one_name() {
    assert!(at_each_call(Kind::Memory, Fault::Death, 1) > 30);
    for kind in [Kind::Disk, Kind::Afar] {
        assert!(at_each_call(kind, Fault::Death, 17) > 30);
    }
}

#[test]
fn whichever_call_fails_the_pair_ends_under_one_name() {
    assert!(at_each_call(Kind::Memory, Fault::Refusal, 1) > 30);
    for kind in [Kind::Disk, Kind::Afar] {
        assert!(at_each_call(kind, Fault::Refusal, 17) > 30);
    }
}

#[test]
fn whoever_takes_the_new_name_in_the_middle_of_a_run_keeps_it() {
    for steps in 0.. {
        let (home, _) = household(Kind::Memory);
        home.fuse.light(steps, Fault::Meddling);
        let (drawer, other) = (home.drawer.clone(), shot(3).jpeg(48, 32));
        let theirs = other.clone();
        home.fuse.light_for(Box::new(move || {
            let (mut inside, path) = (drawer.inside(), "2024/05/IMG_1 (2).HEIC");
            if !inside.tree().contains_key(path) {
                inside.put(path, &theirs);
            }
        }));
        let _ = home.run(Command::Sync);
        let burnt = home.fuse.put_out();
        home.run(Command::Sync).expect("it runs");
        home.run(Command::Sync).expect("it runs");
        let files = home.files();
        let count = |bytes: Vec<u8>| files.values().filter(|other| **other == bytes).count();
        let ours = [still(), movie(), stranger()].map(count);
        assert!(ours == [1; 3] && count(other) <= 1, "{burnt:?}: {ours:?} of {:?}", files.keys());
        if burnt.is_none() {
            assert!(steps > 30);
            return;
        }
    }
}

#[test]
fn either_run_is_undone_and_leaves_what_the_other_brought() {
    for kind in KINDS {
        let (home, first) = household(kind);
        let second = home.run(Command::Sync).expect("it runs").report.run;
        is_together(&home, "before");
        let undone = home.undo(second);
        assert_eq!((undone.moved, undone.kept.len(), undone.gone.len()), (1, 0, 0), "{kind:?}");
        let left = [("IMG_1.MOV", stranger()), ("IMG_1 (2).HEIC", still())];
        assert!(home.files() == lies(&left), "{kind:?}: {:?}", home.files().keys());
        assert_eq!(home.left_to_do(), 0, "{kind:?}: the memory knows the photo under its new name");
        let undone = home.undo(first);
        assert_eq!((undone.moved, undone.kept.len(), undone.gone.len()), (1, 0, 0), "{kind:?}");
        assert!(home.files() == lies(&[("IMG_1.MOV", stranger())]), "{kind:?}: {:?}", home.files().keys());

        let (home, first) = household(kind);
        home.run(Command::Sync).expect("it runs");
        let undone = home.undo(first);
        assert_eq!(
            (undone.moved, undone.kept.len(), undone.gone.len()),
            (2, 0, 0),
            "{kind:?}: what came later goes along"
        );
        assert!(home.files() == lies(&[("IMG_1.MOV", stranger())]), "{kind:?}: {:?}", home.files().keys());
    }
}
