//! `schedule`: what people type, and what becomes of the settings file.

mod support;

use std::fs;
use std::process::Output;

use support::{Household, text};

/// Runs `schedule` with these arguments, in a zone without clock changes.
fn schedule(home: &Household, arguments: &[&str]) -> Output {
    let mut command = home.command(&["schedule"]);
    command.args(arguments).env("TZ", "UTC").output().expect("the program runs")
}

fn said(home: &Household, arguments: &[&str]) -> String {
    let output = schedule(home, arguments);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    text(&output)
}

#[test]
fn schedules_are_added_paused_and_removed_in_the_settings() {
    let home = Household::new();
    assert!(said(&home, &["list"]).contains("no schedules yet"));
    let added = said(&home, &["add", "every night", "--daily", "2:30"]);
    assert!(added.contains("every night: daily at 02:30, as configured"), "{added}");
    assert!(added.contains("photobridge service install"), "{added}");
    said(&home, &["add", "often", "--every", "30", "--mode", "import"]);
    said(&home, &["add", "weekdays", "--cron", "0 7 * * mon-fri", "--mode", "bidirectional"]);
    said(&home, &["pause", "often"]);
    let listed = said(&home, &["list"]);
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "every night: daily at 02:30, as configured");
    assert!(lines[1].starts_with("  next  ") && lines[1].ends_with(" 02:30:00 UTC"), "{listed}");
    assert_eq!(
        lines[2..6],
        ["  last  none yet", "often: every 30 minutes, import", "  next  paused", "  last  none yet"]
    );
    assert!(
        lines[6] == "weekdays: weekdays at 07:00, bidirectional" && lines[7].ends_with(" 07:00:00 UTC"),
        "{listed}"
    );
    said(&home, &["resume", "often"]);
    assert!(!said(&home, &["list"]).contains("paused"));
    said(&home, &["remove", "often"]);
    assert!(!said(&home, &["list"]).contains("often"));
    let settings = fs::read_to_string(home.data().join("settings.toml")).expect("it was made");
    assert!(settings.starts_with("# Settings of Photobridge."), "{settings}");
}

#[test]
fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let home = Household::new();
    said(&home, &["add", "often", "--every", "30"]);
    let settings = home.data().join("settings.toml");
    let before = fs::read(&settings).expect("it was made");
    for (arguments, why) in [
        (vec!["add", "often", "--every", "5"], "there is one of this name already"),
        (vec!["add", "a", "--every", "0"], "Use 1 to 10080"),
        (vec!["add", "a", "--daily", "25:00"], "\u{201c}25:00\u{201d} is not a valid time"),
        (vec!["add", "a", "--cron", "* * *"], "five fields"),
        (vec!["add", "a", "--cron", "0 0 30 2 *"], "never happens"),
        (vec!["add", "a"], "required arguments"),
        (vec!["add", "a", "--every", "5", "--daily", "07:30"], "cannot be used with"),
        (vec!["add", "", "--every", "5"], "a schedule needs a name"),
        (vec!["add", "a\u{1b}[2J", "--every", "5"], "no control characters"),
        (vec!["pause", "never"], "no schedule has this name"),
        (vec!["remove", "never"], "no schedule has this name"),
    ] {
        let output = schedule(&home, &arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output).contains(why), "{arguments:?}: {}", text(&output));
        assert!(!text(&output).contains('\u{1b}'), "{arguments:?}");
        assert_eq!(fs::read(&settings).expect("readable"), before, "{arguments:?}");
    }
}

#[test]
fn the_list_tells_what_became_of_the_last_run() {
    let home = Household::new();
    said(&home, &["add", "done", "--daily", "07:30"]);
    said(&home, &["add", "died", "--daily", "07:30"]);
    said(&home, &["add", "missed", "--daily", "07:30"]);
    said(&home, &["add", "waits", "--daily", "07:30"]);
    let standings = r#"{
        "done": {"when": "daily at 07:30", "handled": "2999-11-25T07:30:00Z",
                 "last": {"began": "2026-11-25T07:30:02Z", "run": 12, "outcome": "needs your look", "message": "501 photos"}},
        "died": {"last": {"began": "2026-11-25T07:30:02Z", "outcome": "running"}},
        "missed": {"when": "daily at 07:30", "handled": "2020-11-25T07:30:00Z"},
        "waits": {"when": "daily at 07:30", "handled": "2020-11-25T07:30:00Z", "waiting": "2020-11-25T07:30:00Z"}
    }"#;
    fs::write(home.data().join("schedules.json"), standings).expect("written");
    let listed = said(&home, &["list"]);
    for line in [
        "  last  2026-11-25 07:30:02 UTC, run 12, needs your look: 501 photos",
        "  last  2026-11-25 07:30:02 UTC, interrupted",
        "  next  as soon as `photobridge serve` is running",
        "  next  when the active run has finished",
    ] {
        assert!(listed.lines().any(|listed| listed == line), "{line}: {listed}");
    }
    assert!(!listed.contains("2999"), "a clock that was wrong is forgotten: {listed}");
}
