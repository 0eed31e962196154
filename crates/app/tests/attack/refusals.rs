//! Calls that the system refuses: no room for what is written, a disk that fails, a right that was taken away.

use crate::scene::{Scene, ending};
use crate::some;
use crate::strace::{Refusal, points, refuse_at};
use crate::support::text;
use crate::tally::Tally;

/// Points of each scene that the short form tries, in each way.
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
    let (output, points) = points(&scene.attacked(), scene.home.root());
    assert!(output.status.success(), "{}", text(&output));
    let mut tally = Tally::default();
    for refusal in [Refusal::Once, Refusal::FromThenOn] {
        for point in some(points.clone(), SHORT) {
            scene.restore();
            let output = refuse_at(&scene.attacked(), &point, error(&point.call), refusal);
            let harms = [ending(&output), scene.seen_at_once(), scene.seen_after_the_next_run()].concat();
            tally.add(format_args!("{point:?} {refusal:?}"), harms);
        }
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
