//! Attacks on what must always hold: no photo is lost, doubled or overwritten, whatever stops a run.
//!
//! Each attack has a short form, which the checks run, and a long one (`PHOTOBRIDGE_LONG=1`, or `scripts/attack`).
//! `docs/reliability.md` says what they came to.

mod crash;
mod disk;
mod disks;
mod kills;
mod limits;
mod listings;
mod meanwhile;
mod mounts;
mod power;
mod recording;
mod refusals;
mod rights;
mod running;
mod scene;
mod strace;
#[path = "../support/mod.rs"]
mod support;
mod tally;

/// Whether everything is to be tried, however long it takes.
fn is_long() -> bool {
    std::env::var_os("PHOTOBRIDGE_LONG").is_some()
}

/// All of them in the long form; in the short one so many at most, spread evenly.
fn some<T>(all: Vec<T>, short: usize) -> Vec<T> {
    let step = if is_long() { 1 } else { all.len().div_ceil(short).max(1) };
    all.into_iter().step_by(step).collect()
}
