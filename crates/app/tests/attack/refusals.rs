//! Calls that the system refuses: no room for what is written, a disk that fails, a right that was taken away.

use crate::scene::{Scene, ending};
use crate::some;
use crate::strace::{Point, Refusal, points, refuse_all, refuse_at};
use crate::support::{Household, jpeg, text};
use crate::tally::Tally;

/// Points of each scene that the short form tries, in each way, besides all syncs.
const SHORT: usize = 6;

/// What a call that changes a disk is told.
fn error(call: &str) -> &'static str {
    match call {
        "write" | "pwrite64" | "writev" | "pwritev" | "ftruncate" | "fallocate" | "copy_file_range" => "ENOSPC",
        "fsync" | "fdatasync" => "EIO",
        _ => "EACCES",
    }
}

fn is_refused_at_each_call(name: &str, scene: &Scene) {
    let points = points(&scene.attacked(), scene.home.root());
    let mut tally = Tally::default();
    // What is not brought to the disk must not be taken for safe: no sync is left out.
    let (syncs, others): (Vec<Point>, Vec<Point>) = points.into_iter().partition(|point| point.call.contains("sync"));
    let points = [syncs, some(others, SHORT)].concat();
    let both = [Refusal::Once, Refusal::FromThenOn].into_iter();
    for (refusal, point) in both.flat_map(|refusal| points.iter().map(move |point| (refusal, point))) {
        scene.restore();
        let output = refuse_at(&scene.attacked(), point, error(&point.call), refusal);
        let harms = [ending(&output), scene.seen_at_once(), scene.seen_after_the_next_run()].concat();
        tally.add(format_args!("{point:?} {refusal:?}"), harms);
    }
    tally.end(name);
}

#[test]
#[ignore = "needs strace"]
fn each_call_of_a_first_sync_is_refused() {
    is_refused_at_each_call("refusals, first sync", &Scene::first_sync());
}

#[test]
#[ignore = "needs strace"]
fn each_call_of_a_sync_both_ways_is_refused() {
    is_refused_at_each_call("refusals, sync both ways", &Scene::both_ways());
}

#[test]
#[ignore = "needs strace"]
fn a_disk_without_locks_is_named_by_whoever_meets_it() {
    let home = Household::new();
    let says = |arguments: &[&str], call: &str| text(&refuse_all(&home.command(arguments), call, "ENOLCK"));
    // Nothing is there yet, and nothing comes as far as a run.
    let said = says(&["config", "album", "x"], "flock");
    assert!(said.contains("settings.lock cannot be locked (No locks available"), "{said}");
    assert!(said.contains("--data-dir"), "{said}");
    let said = says(&["doctor"], "flock");
    assert!(said.contains("WRONG") && said.contains("knows no locks"), "{said}");

    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let said = says(&["doctor"], "flock");
    assert!(said.contains("lock cannot be locked"), "{said}");
    let said = says(&["doctor"], "fcntl");
    assert!(said.contains("WRONG the ledger") && said.contains("can lock files"), "{said}");
}
