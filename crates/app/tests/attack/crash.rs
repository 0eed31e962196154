//! Processes that die: the next run finishes or undoes what they left.

use std::path::PathBuf;

use crate::scene::{BOTH, Scene};
use crate::some;
use crate::strace::{die_at, points};
use crate::tally::Tally;

/// Points of each scene that the short form tries.
const SHORT: usize = 15;

/// Dies before each call that changes a disk, which is after the one before.
fn dies_at_each_call(name: &str, scene: &Scene) {
    let points = points(&scene.attacked(), scene.home.root());
    let mut tally = Tally::default();
    tally.add("undisturbed", scene.seen_in_the_end());
    for point in some(points, SHORT) {
        scene.restore();
        if !die_at(&scene.attacked(), &point) {
            continue;
        }
        let harms = [scene.seen_at_once(), scene.seen_after_the_next_run()].concat();
        tally.add(format_args!("{point:?}"), harms);
    }
    tally.end(name);
}

#[test]
#[ignore = "needs strace"]
fn dies_at_each_call_of_a_first_sync() {
    dies_at_each_call("first sync", &Scene::first_sync());
}

#[test]
#[ignore = "needs strace"]
fn dies_at_each_call_while_a_motion_photo_goes_in() {
    dies_at_each_call("motion photo", &Scene::motion_photo());
}

#[test]
#[ignore = "needs strace"]
fn dies_at_each_call_while_late_files_are_joined() {
    dies_at_each_call("late files", &Scene::late_files());
}

#[test]
#[ignore = "needs strace"]
fn dies_at_each_call_of_a_sync_both_ways() {
    dies_at_each_call("sync both ways", &Scene::both_ways());
}

#[test]
#[ignore = "needs strace"]
fn dies_at_each_call_of_an_undo_that_a_sync_follows() {
    dies_at_each_call("undo, then sync", &Scene::undone(Some(&BOTH)));
}

#[test]
#[ignore = "needs strace"]
fn dies_at_each_renaming_of_an_undo_that_is_repeated() {
    let scene = Scene::undone(None);
    let points = points(&scene.attacked(), scene.home.root());
    let renaming: Vec<_> = points.into_iter().filter(|point| point.call.starts_with("rename")).collect();
    assert!(renaming.len() >= 8, "four files, each to a name in between and out: {renaming:?}");
    let mut tally = Tally::default();
    for point in renaming {
        scene.restore();
        assert!(die_at(&scene.attacked(), &point), "{point:?} was reached");
        tally.add(format_args!("{point:?}"), [scene.seen_at_once(), scene.seen_after_the_next_run()].concat());
        assert_eq!(scene.in_folder(), <[PathBuf; 0]>::default(), "{point:?}: all is out");
        // Run 2 died and run 3 went on: to undo both takes all of it in again.
        for arguments in [&["undo", "2"][..], &["undo", "3"], &BOTH] {
            assert!(scene.command(arguments).status().expect("it runs").success());
        }
        assert_eq!(scene.in_folder().len(), 4, "{point:?}: all is in the folder again");
    }
    tally.end("undo, repeated");
}
