//! Power failures: what was not brought to the disk may be there or not. The next run finishes or undoes what is left.
//!
//! A run is recorded with every byte that it writes. At each moment of it the disk is made anew as it may lie there when
//! the power fails, and the program goes on from that.

use std::collections::BTreeMap;
use std::path::PathBuf;

use photobridge_core::fingerprint::Fingerprint;

use crate::disk::{Disk, Loss};
use crate::scene::Scene;
use crate::strace::record;
use crate::support::tree;
use crate::tally::Tally;
use crate::{is_long, some};

/// States of each scene that the short form tries.
const SHORT: usize = 25;

fn losses() -> Vec<Loss> {
    let chances = (1..=if is_long() { 8 } else { 2 }).map(Loss::Chance);
    [Loss::Nothing, Loss::Everything, Loss::Bytes, Loss::Names].into_iter().chain(chances).collect()
}

/// Files of a tree, without the index of SQLite's log: it is shared memory, and made anew by whoever opens the log.
fn files<T>(tree: BTreeMap<PathBuf, T>, fingerprint: impl Fn(T) -> Fingerprint) -> BTreeMap<PathBuf, Fingerprint> {
    let tree = tree.into_iter().filter(|(path, _)| !path.to_string_lossy().ends_with("-shm"));
    tree.map(|(path, file)| (path, fingerprint(file))).collect()
}

fn fails_at_each_moment(name: &str, scene: &Scene) {
    let root = scene.home.root();
    let effects = record(&scene.attacked(), root);
    let disk = Disk::new(scene.before(), root, &effects);
    let repeated = files(disk.in_the_end(), |bytes| Fingerprint::of(&bytes));
    assert_eq!(repeated, files(tree(root), |(bytes, _)| bytes), "what was recorded is what happened");
    let mut tally = Tally::default();
    for state in some(disk.states(&losses()), SHORT) {
        scene.clear();
        disk.fail(state, root);
        let harms = [scene.seen_at_once(), scene.seen_after_the_next_run()].concat();
        tally.add(format_args!("{state:?}"), harms);
    }
    tally.end(name);
}

#[test]
#[ignore = "needs strace"]
fn the_power_fails_in_a_first_sync() {
    fails_at_each_moment("power, first sync", &Scene::first_sync());
}

#[test]
#[ignore = "needs strace"]
fn the_power_fails_while_a_motion_photo_goes_in() {
    fails_at_each_moment("power, motion photo", &Scene::motion_photo());
}

#[test]
#[ignore = "needs strace"]
fn the_power_fails_while_late_files_are_joined() {
    fails_at_each_moment("power, late files", &Scene::late_files());
}

#[test]
#[ignore = "needs strace"]
fn the_power_fails_in_a_sync_both_ways() {
    fails_at_each_moment("power, sync both ways", &Scene::both_ways());
}
