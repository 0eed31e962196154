use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use photobridge_core::asset::AssetId;
use photobridge_core::folder::Filter;
use photobridge_core::lock::{Lock, LockError};
use photobridge_core::picture::Picture;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::run::{Command, Mode, StartedBy};
use photobridge_core::sync::{self, Source, Waits};
use photobridge_folders::Everywhere;

use super::*;

fn request(root: &Path) -> Request {
    Request {
        command: Command::Sync,
        started_by: StartedBy::Schedule("nightly".into()),
        mode: Mode::Import,
        export: Default::default(),
        export_folder: None,
        sources: vec![Source { path: root.join("folder"), album: "Imports".into(), filter: Filter::default() }],
        data: root.join("data"),
        waits: Waits { settle: Duration::ZERO, ..Waits::default() },
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

/// A clock that is a tenth of a second later each time.
fn clock() -> impl Fn() -> Timestamp + Sync {
    let began: Timestamp = "2026-11-25T06:30:00Z".parse().expect("an instant");
    let asked = std::sync::atomic::AtomicI64::new(0);
    move || {
        let tenths = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        began + SignedDuration::from_millis(tenths * 100)
    }
}

/// Where a log goes on to, which counts.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Progress for Heard {
    fn event(&self, event: Event) {
        self.0.lock().expect("nobody panics here").push(event);
    }
}

/// What a log holds after these events of run 7.
fn log_of(events: Vec<Event>) -> String {
    let root = tempfile::tempdir().expect("a directory");
    let (request, clock, heard) = (request(root.path()), clock(), Heard::default());
    kept::make_way(&request.data, RunId(7)).expect("way is made");
    let log = RunLog::new(&request, &clock, &heard);
    let events: Vec<Event> = std::iter::once(Event::Started(RunId(7))).chain(events).collect();
    events.iter().cloned().for_each(|event| log.event(event));
    assert_eq!(*heard.0.lock().expect("nobody panicked"), events, "every event goes on");
    log.end(&Err(SyncError::Cancelled));
    std::fs::read_to_string(kept::log_path(&request.data, RunId(7))).expect("there is a log")
}

#[test]
fn it_tells_stages_failures_and_the_end() {
    let (listing, scanning) = (Phase::Listing, Phase::Scanning);
    let failed = Event::Failed { path: "IMG_1.JPG".into(), error: "it could not be read".into() };
    let log = log_of(vec![
        Event::Begin { phase: listing, steps: None, bytes: None },
        Event::Begin { phase: scanning, steps: None, bytes: None },
        Event::Advance { phase: scanning, steps: 1_000, bytes: 0 },
        Event::Advance { phase: listing, steps: 7, bytes: 0 },
        Event::Advance { phase: scanning, steps: 234, bytes: 0 },
        Event::End(listing),
        Event::End(scanning),
        Event::Outlook { photos: 3, bytes: 4_000_000, free: 9_000_000_000 },
        Event::Begin { phase: Phase::Importing, steps: Some(2), bytes: Some(5_000_000) },
        Event::Current { name: "IMG_1.JPG".into(), picture: Picture::Asset(AssetId("A".into())) },
        failed,
        Event::Advance { phase: Phase::Importing, steps: 2, bytes: 5_000_000 },
        Event::End(Phase::Importing),
    ]);
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "2026-11-25T06:30:00.000Z  run 7: sync, import, by schedule nightly, Photobridge {version}
2026-11-25T06:30:00.100Z  Listing the library: begins
2026-11-25T06:30:00.200Z  Scanning the folder: begins
2026-11-25T06:30:00.300Z  Listing the library: ends, 7 in 0.2 s
2026-11-25T06:30:00.400Z  Scanning the folder: ends, 1,234 in 0.2 s
2026-11-25T06:30:00.500Z  going out: 3 photos, 4.00 MB; 9.00 GB are free there
2026-11-25T06:30:00.600Z  Importing: begins, 2, 5.00 MB
2026-11-25T06:30:00.700Z  failed: IMG_1.JPG: it could not be read
2026-11-25T06:30:00.800Z  Importing: ends, 2, 5.00 MB in 0.2 s
2026-11-25T06:30:00.900Z  stopped: cancelled before anything was changed
"
    );
    assert_eq!(log, expected);
}

#[test]
fn a_name_cannot_forge_a_line() {
    let path = "IMG\n2026-11-25T06:30:00.000Z  ended: 0 imported\u{1b}[2J\u{202e}gpj".to_owned();
    let log = log_of(vec![Event::Failed { path, error: "a\nb".into() }]);
    assert_eq!(log.lines().count(), 3, "{log}");
    assert!(!log.contains(['\u{1b}', '\u{202e}']), "{log}");
}

#[test]
fn it_never_outgrows_its_room() {
    let failure = |number: u64| Event::Failed { path: format!("{number} {}", "x".repeat(200)), error: "broken".into() };
    let log = log_of((0..50_000).map(failure).collect());
    assert!((LARGEST..LARGEST + 1_000).contains(&(log.len() as u64)), "{}", log.len());
    let listed = log.lines().filter(|line| line.contains("failed: ")).count();
    let left_out = crate::words::thousands(50_000 - listed as u64);
    assert!(log.contains(&format!("and {left_out} more failures")), "{}", &log[log.len() - 300..]);
}

#[test]
fn a_run_writes_its_log_beside_its_verdicts() {
    let root = tempfile::tempdir().expect("a directory");
    let root = root.path();
    std::fs::create_dir(root.join("folder")).expect("made");
    std::fs::write(root.join("folder/IMG_1.JPG"), b"\xFF\xD8\xFF\xD9").expect("written");
    let request = request(root);
    let run = |request: &Request| {
        let mut library = photobridge_libraries::open(&root.join("library"), &root.join("scratch")).expect("it opens");
        let log = RunLog::new(request, &Timestamp::now, &Silent);
        let result = sync::run(request, library.as_mut(), &Everywhere, &Timestamp::now, &log, &Cancel::new());
        log.end(&result);
        result
    };
    let finished = run(&request).expect("it runs");
    let log = std::fs::read_to_string(kept::log_path(&request.data, finished.report.run)).expect("there is a log");
    assert!(log.contains("Scanning the folder: ends, 1 in "), "{log}");
    assert!(log.ends_with(&format!("ended: {}\n", came_to(&finished.report))), "{log}");

    let unplugged = Request { sources: vec![], ..request.clone() };
    let gone = Request { sources: vec![Source { path: root.join("gone"), ..request.sources[0].clone() }], ..unplugged };
    run(&gone).expect_err("its folder is not there");
    let log = std::fs::read_to_string(kept::log_path(&request.data, RunId(2))).expect("there is a log");
    assert!(log.lines().last().is_some_and(|line| line.contains("stopped: the folder ")), "{log}");

    let _lock = Lock::take(&request.data, "sync", Timestamp::now()).expect("nobody runs");
    assert!(matches!(run(&request), Err(SyncError::Lock(LockError::Held(_)))));
    assert!(!kept::log_path(&request.data, RunId(3)).exists(), "a run that did not begin has no log");
}
