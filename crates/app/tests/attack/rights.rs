//! Rights that are missing: the program runs as somebody who may not do everything.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::scene::{Scene, ending};
use crate::support::text;
use crate::tally::Tally;

/// Somebody without any rights of their own.
const NOBODY: u32 = 65_534;

/// What may be missing: a path of the household and what may be done there.
const CASES: [(&str, u32); 21] = [
    ("folder/IMG_1.JPG", 0o000),
    ("folder/below/IMG_2.xmp", 0o000),
    ("folder/below", 0o000),
    ("folder/below", 0o444),
    ("folder", 0o000),
    ("folder", 0o555),
    ("folder/2024", 0o555),
    ("folder/2024/05", 0o000),
    ("library", 0o000),
    ("library", 0o555),
    ("library/originals", 0o000),
    ("library/originals", 0o444),
    ("library/originals", 0o555),
    ("library/database", 0o555),
    ("library/database/Photos.sqlite", 0o000),
    ("library/database/Photos.sqlite", 0o444),
    ("data", 0o000),
    ("data", 0o555),
    ("data/ledger.sqlite", 0o000),
    ("data/ledger.sqlite", 0o444),
    ("data/runs", 0o555),
];

/// Makes somebody the owner of the household.
fn give(scene: &Scene, owner: u32) {
    let owned = Command::new("chown").arg("-R").arg(owner.to_string()).arg(scene.home.root()).output();
    let owned = owned.expect("it runs");
    assert!(owned.status.success(), "{}", text(&owned));
}

#[test]
#[ignore = "needs root"]
fn a_right_is_missing() {
    let scene = Scene::with_memory();
    let mut tally = Tally::default();
    for (path, mode) in CASES {
        scene.restore();
        give(&scene, NOBODY);
        let place = scene.home.root().join(path);
        let before = fs::metadata(&place).expect("there").permissions();
        fs::set_permissions(&place, Permissions::from_mode(mode)).expect("the superuser may");
        let output = scene.attacked().uid(NOBODY).gid(NOBODY).output().expect("it runs");
        let at_once = [ending(&output), scene.seen_at_once()].concat();
        fs::set_permissions(&place, before).expect("the superuser may");
        // Over what is somebody else's the superuser would do nothing.
        give(&scene, 0);
        tally.add(format_args!("{path} {mode:o}"), [at_once, scene.seen_after_the_next_run()].concat());
    }
    tally.end("missing rights");
}
