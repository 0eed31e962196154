//! Processes that are killed at any moment, as by `kill -9`.

use std::process::Stdio;
use std::time::Instant;

use crate::is_long;
use crate::scene::Scene;
use crate::support::text;
use crate::tally::Tally;

#[test]
fn kill_nine_at_any_moment_of_a_sync_both_ways() {
    let (kills, photos) = if is_long() { (300, 2_000) } else { (12, 200) };
    let scene = Scene::many(photos);
    let mut tally = Tally::default();
    let began = Instant::now();
    let undisturbed = scene.attacked().output().expect("it runs");
    let whole = began.elapsed();
    assert!(undisturbed.status.success(), "{}", text(&undisturbed));
    tally.add("undisturbed", scene.seen_in_the_end());
    scene.restore();
    let (mut killed, mut ended) = (0, 0);
    while killed < kills {
        let mut child = scene.attacked().stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        std::thread::sleep(whole.mul_f64(fastrand::f64() / 4.0));
        if child.try_wait().expect("it can be waited for").is_some() {
            ended += 1;
            tally.add(format_args!("the end after {killed} kills"), scene.seen_in_the_end());
            scene.restore();
            continue;
        }
        child.kill().expect("killed");
        child.wait().expect("it ends");
        killed += 1;
        tally.add(format_args!("kill {killed}"), scene.seen_at_once());
    }
    tally.add("after the last kill", scene.seen_after_the_next_run());
    println!("{killed} kills of syncs of {photos} photos; {ended} syncs came to their end between them");
    tally.end("kill -9");
}
