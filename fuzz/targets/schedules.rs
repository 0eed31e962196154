//! What schedules did before, as `schedules.json` says it, against what the settings say of them. The input is the time
//! in a line, the settings, a line of four dashes, and that file.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static DATA: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a directory"));

fuzz_target!(|text: &str| {
    let (now, rest) = text.split_once('\n').unwrap_or(("", text));
    let (settings, standings) = rest.split_once("\n----\n").unwrap_or((rest, ""));
    let now = now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    fs::write(DATA.path().join("schedules.json"), standings).expect("a file");
    photobridge::fuzzed::schedules(DATA.path(), settings, now);
});
