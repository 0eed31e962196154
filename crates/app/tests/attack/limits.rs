//! What a process may have: few open files.

use std::process::Command;

use crate::is_long;
use crate::scene::{Scene, ending};
use crate::support::text;
use crate::tally::Tally;

#[test]
#[ignore = "needs prlimit"]
fn few_files_may_be_open() {
    let scene = Scene::many(if is_long() { 2_000 } else { 100 });
    let mut tally = Tally::default();
    for limit in [1_024, 256, 64, 32, 24, 20, 16, 12, 8, 6] {
        scene.restore();
        let attacked = scene.attacked();
        let mut limited = Command::new("prlimit");
        limited.arg(format!("--nofile={limit}")).arg(attacked.get_program()).args(attacked.get_args());
        let output = limited.env("HOME", scene.home.root()).output().expect("it runs");
        assert!(output.status.success() || limit < 1_024, "{}", text(&output));
        let harms = [ending(&output), scene.seen_at_once(), scene.seen_after_the_next_run()].concat();
        tally.add(format_args!("{limit} open files: {:?}", output.status), harms);
    }
    tally.end("few open files");
}
