use jiff::civil::date;
use photobridge_core::folder::Filter;
use photobridge_core::lock::Lock;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::run::{Command, Mode, StartedBy};
use photobridge_core::sync::{self, Request, Source, Waits};
use photobridge_folders::Everywhere;
use photobridge_media::sample::Shot;

use super::*;
use crate::exit::Error;

fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

#[test]
fn what_is_written_is_read_again() {
    let data = tempfile::tempdir().expect("a directory");
    let last = LastRun {
        began: instant("2026-11-25T06:30:02Z"),
        run: Some(RunId(12)),
        outcome: Outcome::NeedsYourLook,
        message: "501 photos would be imported".into(),
    };
    let standing = Standing {
        when: "daily at 07:30".into(),
        handled: Some(instant("2026-11-25T06:30:00Z")),
        waiting: Some(instant("2026-11-25T06:30:00Z")),
        last: Some(last),
    };
    let standings = Standings::from([("nightly \u{1f989}".into(), standing), ("new".into(), Standing::default())]);
    save(data.path(), &standings).expect("it is written");
    assert_eq!(load(data.path()), standings);
    let text = std::fs::read_to_string(path(data.path())).expect("readable");
    assert!(text.contains("\"needs your look\"") && text.contains("\"run\": 12"), "{text}");
}

#[test]
fn a_question_of_a_run_needs_a_look_whichever_it_is() {
    let doubt = photobridge_core::ledger::Doubt::Another { lacking: 5, photos: 5 };
    let asked = sync::SyncError::AnotherFolder { path: "/photos".into(), doubt };
    assert_eq!(Outcome::of(&Err(Error::Sync(asked))).0, Outcome::NeedsYourLook);
}

#[test]
fn a_missing_or_damaged_file_knows_nothing() {
    let data = tempfile::tempdir().expect("a directory");
    assert_eq!(load(data.path()), Standings::new());
    for text in ["", "{", "[]", "{\"a\": 1}", "{\"a\": {\"handled\": \"yesterday\"}}", "\u{0}\u{0}"] {
        std::fs::write(path(data.path()), text).expect("written");
        assert_eq!(load(data.path()), Standings::new(), "{text}");
    }
    std::fs::write(path(data.path()), [0xff, 0xfe]).expect("written");
    assert_eq!(load(data.path()), Standings::new());
    let endless = format!("{{\"a\": {{\"when\": \"{}\"}}}}", "x".repeat(LARGEST as usize));
    std::fs::write(path(data.path()), endless).expect("written");
    assert_eq!(load(data.path()), Standings::new());
}

/// A household of one folder, without waits.
fn request(root: &Path) -> Request {
    Request {
        command: Command::Sync,
        started_by: StartedBy::Schedule("nightly".into()),
        mode: Mode::Import,
        export: Default::default(),
        export_folder: None,
        sources: vec![Source { path: root.join("folder"), album: "Imports".into(), filter: Filter::default() }],
        data: root.join("data"),
        waits: Waits { settle: std::time::Duration::ZERO, ..Waits::default() },
        joins: false,
        motion_photos: Default::default(),
        archives: Default::default(),
        people_as_keywords: false,
        unattended: None,
        only: None,
        look: Default::default(),
        thorough: false,
        kin: None,
    }
}

fn outcome(root: &Path, request: &Request, cancel: &Cancel) -> (Outcome, String) {
    let mut library = photobridge_libraries::open(&root.join("library"), &root.join("scratch")).expect("it opens");
    Outcome::of(
        &sync::run(request, library.as_mut(), &Everywhere, &Timestamp::now, &Silent, cancel).map_err(Error::from),
    )
}

#[test]
fn each_end_of_a_run_has_its_word() {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    let request = request(root);
    let never = Cancel::new();
    let (missing, words) = outcome(root, &request, &never);
    assert!(missing == Outcome::Failed && words.contains("is not there"), "{words}");

    std::fs::create_dir(root.join("folder")).expect("made");
    let photo = Shot::new(date(2024, 5, 14).at(12, 0, 0, 0), 1).jpeg(48, 32);
    std::fs::write(root.join("folder/IMG_1.JPG"), photo).expect("written");
    let unattended = Request { unattended: Some(500), ..request.clone() };
    let (stopped, words) = outcome(root, &unattended, &never);
    assert!(stopped == Outcome::NeedsYourLook && words.contains("was not synced with this library before"), "{words}");

    let asked = Cancel::new();
    asked.cancel();
    assert_eq!(outcome(root, &request, &asked).0, Outcome::Cancelled);

    let lock = Lock::take(&root.join("data"), "sync", Timestamp::now()).expect("nobody runs");
    assert_eq!(outcome(root, &request, &never).0, Outcome::Queued);
    drop(lock);

    assert_eq!(outcome(root, &request, &never), (Outcome::Done, "1 imported, 0 skipped".into()));
    assert_eq!(outcome(root, &request, &never), (Outcome::NothingToDo, "0 imported, 1 skipped".into()));
}

#[test]
fn a_run_in_which_photos_failed_is_not_done() {
    let report = |applied: u64, failed: u64, stopped: &str| -> Report {
        let import = format!(
            r#"{{"files": 9, "seen": 9, "planned": 9, "applied": {applied}, "failed": {failed}, "not_reached": 0, "skipped": {{}}}}"#
        );
        let text = format!(
            r#"{{"run": 1, "command": "sync", "mode": "import", "import": {import}, "export": null, "files_read": 0,
                 "bytes_read": 0, "stopped": {stopped}, "duration_ms": 1, "notices": []}}"#
        );
        serde_json::from_str(&text).expect("a report")
    };
    assert_eq!(Outcome::of_report(&report(8, 1, "null"), false), Outcome::Failed);
    assert_eq!(Outcome::of_report(&report(8, 0, "\"the disk is full\""), false), Outcome::Failed);
    assert_eq!(Outcome::of_report(&report(8, 0, "null"), true), Outcome::Cancelled);
    assert_eq!(Outcome::of_report(&report(8, 0, "null"), false), Outcome::Done);
    assert_eq!(Outcome::of_report(&report(0, 0, "null"), false), Outcome::NothingToDo);
}
