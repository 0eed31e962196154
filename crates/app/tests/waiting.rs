//! What waits, for how long, and what does not: with a clock of the test's own.

mod support;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::reason::Reason;
use photobridge_core::report::Report;
use photobridge_core::run::{Command, Mode};
use photobridge_core::sync::{self, Request, Waits};
use photobridge_folders::Everywhere;
use support::{Household, jpeg, shot, tree};

/// Syncs with the default waits, this long after now.
fn sync_after(home: &Household, wait: Duration) -> Report {
    sync_by(home, Mode::Import, &move || Timestamp::now() + wait)
}

fn sync_by(home: &Household, mode: Mode, clock: &dyn Fn() -> Timestamp) -> Report {
    let request = Request { mode, waits: Waits::default(), ..home.request(Command::Sync) };
    let mut library = home.library();
    sync::run(&request, library.as_mut(), &Everywhere, clock, &Silent, &Cancel::new()).expect("it runs").report
}

fn skipped(report: &Report, reason: Reason) -> u64 {
    report.import.as_ref().and_then(|import| import.skipped.get(&reason)).copied().unwrap_or(0)
}

fn applied(report: &Report) -> u64 {
    report.import.as_ref().map_or(0, |import| import.applied)
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_fresh_file_settles_for_ten_seconds_and_no_longer() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let fresh = sync_after(&home, 5 * SECOND);
    assert_eq!((applied(&fresh), skipped(&fresh, Reason::Settling)), (0, 1));
    assert_eq!(applied(&sync_after(&home, 12 * SECOND)), 1);
}

#[test]
fn half_a_live_photo_waits_a_day_for_the_other_and_no_longer() {
    let home = Household::new();
    let mut live = shot(1);
    live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000001".into());
    home.put("IMG_1.HEIC", &live.heif(64, 48));
    home.put("IMG_2.JPG", &jpeg(2));
    let soon = sync_after(&home, MINUTE);
    assert_eq!(
        (applied(&soon), skipped(&soon, Reason::OtherHalf)),
        (1, 1),
        "a still without an identifier goes at once"
    );

    let alone = Household::new();
    alone.put("IMG_1.HEIC", &live.heif(64, 48));
    assert_eq!(applied(&sync_after(&alone, (24 * 60 + 1) * MINUTE)), 1);

    home.put("IMG_1.MOV", &live.movie(64, 48, 2_000));
    assert_eq!(applied(&sync_after(&home, MINUTE)), 1);
    assert_eq!(home.stored().len(), 3, "both halves and the other photo");
}

#[test]
fn the_video_of_a_live_photo_whose_still_went_alone_is_named_and_can_be_taken_in() {
    let home = Household::new();
    let mut live = shot(1);
    live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000001".into());
    home.put("IMG_1.HEIC", &live.heif(64, 48));
    assert_eq!(applied(&sync_after(&home, (24 * 60 + 1) * MINUTE)), 1);
    home.put("IMG_1.MOV", &live.movie(64, 48, 2_000));
    let report = sync_after(&home, MINUTE);
    assert_eq!((applied(&report), skipped(&report, Reason::OtherHalfOfImported)), (0, 1));
    // Whether it lies beside its still or anywhere else.
    std::fs::create_dir(home.folder().join("later")).expect("made");
    std::fs::rename(home.folder().join("IMG_1.MOV"), home.folder().join("later/IMG_1.MOV")).expect("moved");
    let report = sync_after(&home, MINUTE);
    assert_eq!((applied(&report), skipped(&report, Reason::OtherHalfOfImported)), (0, 1));
}

#[test]
fn a_placeholder_of_more_than_a_day_is_a_notice_with_the_remedy() {
    let home = Household::new();
    home.put("IMG_1.jpg.nextcloud", b" ");
    let today = sync_after(&home, 60 * MINUTE);
    assert_eq!((skipped(&today, Reason::OnlineOnly), today.notices.len()), (1, 0));
    let later = sync_after(&home, 25 * 60 * MINUTE);
    assert_eq!(skipped(&later, Reason::OnlineOnly), 1);
    assert!(later.notices[0].contains("Make always available locally"), "{:?}", later.notices);
}

#[test]
fn a_clock_that_jumps_a_day_either_way_loses_and_doubles_nothing() {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    for days in [[0, -1, 0], [0, 1, 0], [1, 0, -1], [-1, 1, 0]] {
        let home = Household::new();
        let mut expected: Vec<Fingerprint> = Vec::new();
        for (run, jump) in (0..).zip(days) {
            // The first run draws the line from which photos of the library are new.
            let (inward, outward) = (jpeg(run), jpeg(100 + run));
            home.put(&format!("IMG_{run}.JPG"), &inward);
            if run > 0 {
                home.fill_library(&[(&format!("IMG_{}.JPG", 100 + run), outward.clone())]);
                expected.push(Fingerprint::of(&outward));
            }
            expected.push(Fingerprint::of(&inward));
            // The clock jumps while the run is under way.
            let asked = AtomicI64::new(0);
            let clock = || {
                let jumped = if asked.fetch_add(1, Ordering::Relaxed) > 1 { DAY * jump } else { SignedDuration::ZERO };
                Timestamp::now() + SignedDuration::from_mins(1) + jumped
            };
            sync_by(&home, Mode::Bidirectional, &clock);
        }
        let settled = || Timestamp::now() + SignedDuration::from_mins(1);
        sync_by(&home, Mode::Bidirectional, &settled);
        let again = sync_by(&home, Mode::Bidirectional, &settled);
        assert_eq!((applied(&again), again.export.as_ref().map(|export| export.applied)), (0, Some(0)), "{days:?}");
        expected.sort();
        assert_eq!(home.stored(), expected, "{days:?}");
        let mut folder: Vec<Fingerprint> = tree(&home.folder()).into_values().map(|(bytes, _)| bytes).collect();
        folder.sort();
        assert_eq!(folder, expected, "{days:?}");
    }
}

/// What a person at a terminal sees of a sync right after copying, and whether the photo is in the library then.
fn at_a_terminal(arguments: &str) -> Option<(String, usize)> {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let program = env!("CARGO_BIN_EXE_photobridge");
    let typed = format!("{program} --data-dir data sync --folder folder --library library --settle 2 {arguments}");
    let mut terminal = std::process::Command::new("script");
    terminal.args(["-qec", &typed, "/dev/null"]).env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home.root());
    let output = terminal.current_dir(home.root()).stdin(std::process::Stdio::null()).output().ok()?;
    Some((support::text(&output), if home.library_path().exists() { home.names().len() } else { 0 }))
}

#[test]
fn somebody_at_a_terminal_gets_what_was_copied_just_now() {
    let Some((said, imported)) = at_a_terminal("") else { return println!("SKIPPED: there is no `script` here") };
    assert!(said.contains("1 photo just copied: continuing in") && imported == 1, "{said}");
    let (said, imported) = at_a_terminal("--no-wait").expect("it is there");
    assert!(!said.contains("just copied: continuing") && imported == 0, "{said}");
    let (said, imported) = at_a_terminal("--unattended").expect("it is there");
    assert!(!said.contains("just copied: continuing") && imported == 0, "{said}");
}

#[test]
fn a_script_waits_for_nothing() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let began = std::time::Instant::now();
    let mut command = home.command(&["sync", "--folder", "folder", "--library", "library"]);
    let output = command.output().expect("it runs");
    assert!(output.status.success() && began.elapsed() < 9 * SECOND, "{}", support::text(&output));
    assert!(support::text(&output).contains("waiting: settling"), "{}", support::text(&output));
}
