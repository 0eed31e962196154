//! Disks that are full, may only be read, or go away.

use std::path::PathBuf;
use std::process::Output;

use crate::is_long;
use crate::mounts::Mount;
use crate::running::Running;
use crate::scene::{Harms, Scene, ending};
use crate::support::{Household, text, tree};
use crate::tally::{Harm, Tally};

/// Fills the disk of one of the three places at every phase of a sync: with a little more room each time, it gets a little
/// further, until all fits.
fn is_full(name: &str, place: fn(&Scene) -> PathBuf) {
    let step = if is_long() { 4_096 } else { 65_536 };
    let scene = Scene::both_ways();
    let mut tally = Tally::default();
    // A disk in memory is counted in pages.
    let mut room = 4_096;
    loop {
        scene.clear();
        let place = place(&scene);
        std::fs::create_dir(&place).expect("made");
        let disk = Mount::in_memory(&place);
        scene.fill();
        disk.leave(room);
        let output = scene.attacked().output().expect("it runs");
        // Even a look at a database takes some room.
        disk.change("size=64m");
        let harms = [ending(&output), scene.seen_at_once(), scene.seen_after_the_next_run()].concat();
        tally.add(format_args!("room for {room} bytes"), harms);
        drop(disk);
        if output.status.success() {
            break;
        }
        room += step;
    }
    println!("{name}: {room} bytes were enough");
    tally.end(name);
}

#[test]
#[ignore = "needs root"]
fn the_disk_of_the_folder_is_full() {
    is_full("full disk, folder", |scene| scene.home.folder());
}

#[test]
#[ignore = "needs root"]
fn the_disk_of_the_library_is_full() {
    is_full("full disk, library", |scene| scene.home.library_path());
}

#[test]
#[ignore = "needs root"]
fn the_disk_of_the_ledger_is_full() {
    is_full("full disk, ledger", |scene| scene.home.data());
}

#[test]
#[ignore = "needs root"]
fn a_disk_may_only_be_read() {
    let scene = Scene::with_memory();
    let mut tally = Tally::default();
    for place in [scene.home.folder(), scene.home.library_path(), scene.home.data()] {
        scene.clear();
        std::fs::create_dir(&place).expect("made");
        let disk = Mount::in_memory(&place);
        scene.fill();
        disk.change("ro");
        let output = scene.attacked().output().expect("it runs");
        let at_once = [ending(&output), failed(&output), scene.seen_at_once()].concat();
        disk.change("rw");
        tally.add(place.display(), [at_once, scene.seen_after_the_next_run()].concat());
    }
    tally.end("disks that may only be read");
}

/// It could not do everything, and says so.
fn failed(output: &Output) -> Harms {
    match output.status.success() {
        false => Harms::new(),
        true => vec![(Harm::Ending, format!("it does not say that it failed: {}", text(output)))],
    }
}

#[test]
#[ignore = "needs root"]
fn a_disk_goes_away_in_the_middle() {
    let photos = 100;
    let scene = Scene::many(photos);
    let mut tally = Tally::default();
    let step = if is_long() { 2 } else { 25 };
    for so_many in (1..photos as usize).step_by(step) {
        scene.clear();
        let disk = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(scene.home.folder()).expect("made");
        let mount = Mount::of(disk.path(), &scene.home.folder());
        scene.fill();
        let mut run = Running::start(&mut scene.attacked());
        // First the imports grow in number, then what lies in the folder.
        if !run.reaches(|| scene.carried() >= so_many) {
            continue;
        }
        run.pause(|| drop(mount));
        let output = run.end();
        let mut harms = ending(&output);
        // A directory that was being made at that very moment may lie there, empty.
        let left = tree(&scene.home.folder());
        if !left.is_empty() {
            harms.push((Harm::Partial, format!("this was written where the disk had been: {:?}", left.keys())));
        }
        let mount = Mount::of(disk.path(), &scene.home.folder());
        harms.extend(scene.seen_at_once());
        harms.extend(scene.seen_after_the_next_run());
        tally.add(format_args!("after {so_many} photos"), harms);
        drop(mount);
    }
    tally.end("folder unmounted in the middle");
}

#[test]
#[ignore = "needs root"]
fn doctor_finds_that_exports_have_no_room() {
    let home = Household::new();
    home.set_up("export");
    let disk = Mount::in_memory(&home.folder());
    let doctor = || text(&home.command(&["doctor"]).output().expect("it runs"));
    disk.change("size=200m");
    let said = doctor();
    assert!(said.contains("which can be written to; ") && !said.contains("WRONG"), "{said}");
    disk.leave(8_192);
    let said = doctor();
    assert!(said.contains("are free on the disk of the exports"), "{said}");
}
