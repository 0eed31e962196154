//! A world that does not hold still: files that change or go, others who read and write, a machine that sleeps.

use std::time::Duration;

use rustix::process::Signal;

use crate::is_long;
use crate::running::Running;
use crate::scene::{Harms, Scene, ending};
use crate::support::{jpeg, text};
use crate::tally::{Harm, Tally};

const PHOTOS: u64 = 120;

/// Waits until so many photos are in the library that were not there before.
fn has_imported(scene: &Scene, run: &mut Running, photos: usize) {
    let held = scene.home.stored().len();
    assert!(run.reaches(|| scene.home.stored().len() >= held + photos), "it ended too early");
}

#[test]
fn files_vanish_and_grow_between_the_plan_and_their_turn() {
    let mut scene = Scene::many(PHOTOS);
    let mut run = Running::start(&mut scene.attacked());
    has_imported(&scene, &mut run, 5);
    run.pause(|| {
        let waiting = scene.waiting();
        assert!(waiting.len() > 10, "{waiting:?}");
        for path in &waiting[..3] {
            scene.delete(path);
        }
        for (path, number) in waiting[3..6].iter().zip(10_000..) {
            scene.rewrite(path, &jpeg(number));
        }
        let grown = std::fs::read(scene.home.folder().join(&waiting[6])).expect("readable");
        scene.rewrite(&waiting[6], &[grown, vec![0; 5_000]].concat());
    });
    let output = run.end();
    let mut tally = Tally::default();
    tally.add("7 files", [ending(&output), scene.seen_at_once(), scene.seen_after_the_next_run()].concat());
    tally.end("files that vanish or grow");
}

#[test]
fn another_directory_comes_to_lie_where_the_folder_lay() {
    let scene = Scene::many(PHOTOS);
    let (folder, away) = (scene.home.folder(), scene.home.root().join("away"));
    let mut tally = Tally::default();
    // While imports are under way, and while exports are.
    for so_many in [5, PHOTOS as usize / 2 + 5, PHOTOS as usize - 20] {
        scene.restore();
        let mut run = Running::start(&mut scene.attacked());
        assert!(run.reaches(|| scene.carried() >= so_many), "it ended too early");
        run.pause(|| {
            std::fs::rename(&folder, &away).expect("moved away");
            std::fs::create_dir(&folder).expect("made");
        });
        let output = run.end();
        let mut harms = ending(&output);
        if std::fs::read_dir(&folder).expect("there").next().is_some() {
            harms.push((Harm::Partial, "something was written into the other directory".into()));
        }
        std::fs::remove_dir_all(&folder).expect("removed");
        std::fs::rename(&away, &folder).expect("moved back");
        harms.extend(scene.seen_at_once());
        harms.extend(scene.seen_after_the_next_run());
        tally.add(format_args!("after {so_many} photos"), harms);
    }
    tally.end("another directory in the folder's place");
}

#[test]
fn a_signal_ends_a_sync_in_good_order() {
    let scene = Scene::many(PHOTOS);
    let mut tally = Tally::default();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        scene.restore();
        let mut run = Running::start(&mut scene.attacked());
        has_imported(&scene, &mut run, 5);
        run.send(signal);
        let output = run.end();
        let mut harms = [ending(&output), scene.seen_at_once()].concat();
        if output.status.code() != Some(1) || !text(&output).contains("to go; the next sync continues") {
            harms.push((Harm::Ending, text(&output)));
        }
        harms.extend(scene.seen_after_the_next_run());
        tally.add(format_args!("{signal:?}"), harms);
    }
    tally.end("signals");
}

#[test]
fn a_machine_sleeps_in_the_middle() {
    let scene = Scene::many(PHOTOS);
    let mut run = Running::start(&mut scene.attacked());
    has_imported(&scene, &mut run, 5);
    run.pause(|| std::thread::sleep(Duration::from_secs(if is_long() { 60 } else { 2 })));
    let output = run.end();
    assert!(output.status.success(), "{}", text(&output));
    let mut tally = Tally::default();
    tally.add("asleep", scene.seen_in_the_end());
    tally.end("a machine that sleeps");
}

#[test]
fn a_library_is_read_while_it_is_written() {
    let scene = Scene::many(PHOTOS);
    let mut run = Running::start(&mut scene.attacked());
    let mut tally = Tally::default();
    while !run.has_ended() {
        tally.add("a look", scene.seen_at_once());
    }
    assert!(run.end().status.success());
    tally.add("the end", scene.seen_in_the_end());
    tally.end("a library that is being written");
}

#[test]
fn two_syncs_begin_at_once() {
    let scene = Scene::many(PHOTOS);
    let mut tally = Tally::default();
    for _ in 0..if is_long() { 20 } else { 3 } {
        scene.restore();
        let both = [Running::start(&mut scene.attacked()), Running::start(&mut scene.attacked())];
        let mut codes = both.map(|run| run.end().status.code());
        codes.sort_unstable();
        let mut harms = scene.seen_in_the_end();
        // The second one is sent away, unless it came after the end of the first.
        if codes != [Some(0), Some(3)] && codes != [Some(0), Some(0)] {
            harms.push((Harm::Ending, format!("{codes:?}")));
        }
        tally.add("two syncs", harms);
    }
    tally.end("two syncs at once");
}

#[test]
fn two_photobridges_with_one_folder_and_one_library_begin_at_once() {
    let scene = Scene::many(PHOTOS);
    let mut tally = Tally::default();
    for _ in 0..if is_long() { 20 } else { 3 } {
        scene.restore();
        let both = [Running::start(&mut scene.attacked()), Running::start(&mut scene.attacked_by_another())];
        let mut harms: Harms = both.map(|run| ending(&run.end())).concat();
        harms.extend(scene.seen_at_once());
        let other = scene.attacked_by_another().output().expect("it runs");
        harms.extend(ending(&other));
        harms.extend(scene.seen_after_the_next_run());
        tally.add("two Photobridges", harms);
    }
    tally.end("two Photobridges at once");
}
