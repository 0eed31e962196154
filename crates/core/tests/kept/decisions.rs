//! What a person says of the rows that they are shown.

use std::collections::BTreeMap;

use photobridge_core::decide::{self, Desk, Refusal};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::kept::{Filter, Lost, Verdicts};
use photobridge_core::ledger::Ledger;
use photobridge_core::library::Library;
use photobridge_core::lock::{Lock, LockError};
use photobridge_core::memory::Decision;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Ruling, VerdictLine};
use photobridge_core::run::{Command, RunId};
use photobridge_core::sync::SyncError;
use photobridge_folders::Everywhere;
use photobridge_testkit::shelf::Telling;

use crate::household::{Household, now, of, shot};

/// Decides about every row that a text finds.
fn decide(home: &Household, run: RunId, text: &str, decision: Option<Decision>) -> Vec<Refusal> {
    let verdicts = Verdicts::open(&home.data(), run).expect("kept");
    let filter = Filter { text: text.into(), ..Filter::default() };
    let page = verdicts.page(&filter, 0, 100).expect("a page");
    assert!(page.total > 0, "{text} finds nothing");
    let numbers: Vec<usize> = page.rows.into_iter().map(|(number, _)| number).collect();
    let mut desk = desk(home).expect("free");
    let refused = desk.verdicts(&verdicts, &numbers, decision).expect("the ledger is whole");
    refused.into_iter().map(|(_, refusal)| refusal).collect()
}

type Opened = Result<Box<dyn Library>, SyncError>;

fn desk(home: &Household) -> Result<Desk<'_, impl FnMut() -> Opened>, SyncError> {
    let library = home.library.clone();
    Desk::new(&home.data(), &Everywhere, now(), move || Ok(Box::new(library.clone()) as Box<dyn Library>))
}

/// What the next simulation says of each photo of one way.
fn told(home: &Household, way: Way) -> BTreeMap<String, String> {
    let lines = home.kept(home.run(Command::Simulate));
    let word = |line: &VerdictLine| line.reason.map_or(line.verdict.as_str(), Reason::as_str).to_owned();
    lines.iter().filter(|line| line.direction == way).map(|line| (line.title().to_owned(), word(line))).collect()
}

fn decided(home: &Household) -> Vec<(String, Decision)> {
    let decisions = Ledger::open(&home.data()).and_then(|ledger| ledger.decisions()).expect("read");
    let mut decided: Vec<_> = decisions.into_iter().map(|record| (record.photo.name, record.decision)).collect();
    decided.sort_by(|a, b| a.0.cmp(&b.0));
    decided
}

/// What stands of each row of a run now.
fn standing(home: &Household, run: RunId) -> Vec<(String, Option<Decision>)> {
    let lines = home.kept(run);
    let ledger = Ledger::open(&home.data()).expect("a ledger");
    let standing = decide::standing(&ledger, &lines).expect("read");
    lines.iter().map(|line| line.title().to_owned()).zip(standing).collect()
}

#[test]
fn planned_items_are_left_out_and_come_back() {
    let home = Household::new();
    for number in 1..=3 {
        home.put(format!("a/IMG_{number}.JPG"), &shot(number).jpeg(48, 32));
    }
    let run = home.run(Command::Simulate);
    assert!(decide(&home, run, "img_1", Some(Decision::LeaveOut)).is_empty());
    assert!(decide(&home, run, "img_3", Some(Decision::LeaveOut)).is_empty());
    let left_out = told(&home, Way::Import);
    assert_eq!((&*left_out["IMG_1.JPG"], &*left_out["IMG_2.JPG"]), ("left out by you", "planned"));
    assert_eq!(left_out["IMG_3.JPG"], "left out by you");

    // Neither was read by the simulation, yet the page knows what was said of them.
    let row = |name: &str, decision| (name.to_owned(), decision);
    let out = Some(Decision::LeaveOut);
    assert_eq!(standing(&home, run), [row("IMG_1.JPG", out), row("IMG_2.JPG", None), row("IMG_3.JPG", out)]);

    assert!(decide(&home, run, "img", None).is_empty(), "what was not decided can be withdrawn too");
    assert_eq!(decided(&home), []);
    assert!(told(&home, Way::Import).values().all(|word| word == "planned"));
}

#[test]
fn assets_are_left_out_without_the_library() {
    let home = Household::new();
    home.add("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    let closed = || -> Opened { panic!("nothing is to be looked up") };
    let mut desk = Desk::new(&home.data(), &Everywhere, now(), closed).expect("free");
    let verdicts = Verdicts::open(&home.data(), run).expect("kept");
    assert!(desk.verdicts(&verdicts, &[0], Some(Decision::LeaveOut)).expect("decided").is_empty());
    drop(desk);
    assert_eq!(told(&home, Way::Export)["IMG_1.JPG"], "left out by you");
    assert_eq!(standing(&home, run), [("IMG_1.JPG".to_owned(), Some(Decision::LeaveOut))]);
}

#[test]
fn an_asset_without_a_fingerprint_is_read_once() {
    for telling in [Telling::Sizes, Telling::Unlisted] {
        let home = Household::with(telling);
        home.add("IMG_1.JPG", &shot(1).jpeg(48, 32));
        let run = home.run(Command::Simulate);
        assert!(decide(&home, run, "img_1", Some(Decision::LeaveOut)).is_empty());
        assert_eq!(standing(&home, run), [("IMG_1.JPG".to_owned(), Some(Decision::LeaveOut))], "{telling:?}");
        let size = shot(1).jpeg(48, 32).len() as u64;
        let kept = Ledger::open(&home.data()).and_then(|ledger| ledger.decisions()).expect("read");
        assert_eq!(kept[0].photo.size, size, "{telling:?}");
    }
}

#[test]
fn an_asset_that_is_gone_is_refused() {
    let home = Household::with(Telling::Sizes);
    home.add("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    home.library.change(Vec::clear);
    let refused = decide(&home, run, "img_1", Some(Decision::LeaveOut));
    assert!(matches!(refused[..], [Refusal::Lost(Lost::Gone)]), "{refused:?}");
}

#[test]
fn what_a_person_can_overrule_is_taken_in() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.run(Command::Sync);
    home.library.change(Vec::clear);
    let run = home.run(Command::Simulate);
    assert_eq!(of(&home.kept(run), Way::Import, "IMG_1.JPG").reason, Some(Reason::DeletedInPhotos));
    assert!(decide(&home, run, "img_1", Some(Decision::TakeIn)).is_empty());
    assert_eq!(told(&home, Way::Import)["IMG_1.JPG"], "planned");
}

#[test]
fn a_refused_row_is_named_and_the_others_are_decided() {
    let home = Household::new();
    home.put("a.jpg", &shot(1).jpeg(48, 32));
    home.put("b.jpg", &shot(2).jpeg(48, 32));
    home.put("same.jpg", &shot(3).jpeg(48, 32));
    home.add("SAME.JPG", &shot(3).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    home.put("b.jpg", &shot(9).jpeg(48, 32));
    let refused = decide(&home, run, "jpg", Some(Decision::LeaveOut));
    let changed = refused.iter().filter(|refusal| matches!(refusal, Refusal::Lost(Lost::Changed))).count();
    let not_planned = refused.iter().filter(|refusal| matches!(refusal, Refusal::NotPlanned)).count();
    assert_eq!((changed, not_planned, refused.len()), (1, 2, 3), "{refused:?}");
    assert_eq!(decided(&home), [("a.jpg".to_owned(), Decision::LeaveOut)]);

    let refused = decide(&home, run, "same", Some(Decision::TakeIn));
    assert!(refused.iter().all(|refusal| matches!(refusal, Refusal::NotOverruled(Reason::SameBytes))), "{refused:?}");
    let refused = decide(&home, run, "a.jpg", Some(Decision::TakeIn));
    assert!(matches!(refused[..], [Refusal::NothingAgainst]), "{refused:?}");
    assert_eq!(decided(&home).len(), 1);
}

#[test]
fn a_withdrawal_needs_no_file() {
    let home = Household::new();
    let path = home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    decide(&home, run, "img", Some(Decision::LeaveOut));
    std::fs::remove_file(path).expect("removed");
    assert!(matches!(decide(&home, run, "img", Some(Decision::LeaveOut))[..], [Refusal::Lost(Lost::Gone)]));
    assert!(decide(&home, run, "img", None).is_empty());
    assert_eq!(decided(&home), []);
}

#[test]
fn known_bytes_are_not_read_again() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    let other = Fingerprint::of(b"other bytes than those of the file");
    let told = VerdictLine { fingerprint: Some(other.to_string()), ..home.kept(run)[0].clone() };
    let photo = desk(&home).expect("free").verdict(&told, Some(Decision::LeaveOut)).expect("it is looked at");
    assert_eq!(photo.expect("identified").fingerprint, other);
}

#[test]
fn a_file_outside_the_folder_is_not_read() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    let line = VerdictLine { path: Some("../../etc/passwd".into()), ..home.kept(run)[0].clone() };
    let answer = desk(&home).expect("free").verdict(&line, Some(Decision::LeaveOut)).expect("it is looked at");
    assert!(matches!(answer, Err(Refusal::Lost(Lost::Leaves))), "{answer:?}");
}

#[test]
fn nothing_is_decided_while_a_run_is_active() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.run(Command::Simulate);
    let _lock = Lock::take(&home.data(), "sync", now()).expect("free");
    assert!(matches!(desk(&home).map(|_| ()), Err(SyncError::Lock(LockError::Held(_)))));
}

#[test]
fn what_stands_is_listed_and_withdrawn_by_its_bytes() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let run = home.run(Command::Simulate);
    decide(&home, run, "img", Some(Decision::LeaveOut));
    let bytes = Fingerprint::of(&shot(1).jpeg(48, 32));
    let mut desk = desk(&home).expect("free");
    let photo = desk.decided(bytes).expect("read").expect("it was decided");
    desk.decide(&[photo], None).expect("withdrawn");
    assert!(matches!(desk.decided(bytes).expect("read"), Err(Refusal::Undecided)));
}

#[test]
fn what_may_be_said_of_a_verdict() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let line = home.kept(home.run(Command::Simulate))[0].clone();
    let allowed = |verdict, reason| {
        let line = VerdictLine { verdict, reason, ..line.clone() };
        [Some(Decision::LeaveOut), Some(Decision::TakeIn), None].map(|choice| decide::is_allowed(&line, choice).is_ok())
    };
    assert_eq!(allowed(Ruling::Planned, None), [true, false, true]);
    assert_eq!(allowed(Ruling::Applied, None), [false, false, true]);
    assert_eq!(allowed(Ruling::Failed, Some(Reason::Unreadable)), [false, false, true]);
    for reason in Reason::ALL {
        assert_eq!(
            allowed(Ruling::Skipped, Some(reason)),
            [false, reason.can_be_taken_in(line.direction), true],
            "{reason}"
        );
    }
}
