//! What takes the place of a file between two looks of one run.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use photobridge_core::progress::{Cancel, Event, Phase, Progress};
use photobridge_core::reason::Reason;
use photobridge_core::report::Direction;
use photobridge_core::run::Command;
use photobridge_core::sync;
use photobridge_folders::Everywhere;
use rustix::fs::{CWD, Mode as Rights};

use super::support::{Household, jpeg};

/// How long a run of three photos may take before it counts as waiting.
const PATIENCE: Duration = Duration::from_secs(60);

/// Puts pipes in the place of files when a run tells of an event.
struct Swap {
    at: Event,
    files: Mutex<Vec<PathBuf>>,
}

impl Progress for Swap {
    fn event(&self, event: Event) {
        let is_now = match (&event, &self.at) {
            (Event::Begin { phase, .. }, Event::Begin { phase: at, .. }) => phase == at,
            (event, at) => event == at,
        };
        if is_now {
            for file in self.files.lock().expect("nobody panics here").drain(..) {
                fs::remove_file(&file).expect("it was there");
                rustix::fs::mkfifoat(CWD, &file, Rights::RWXU).expect("a pipe");
            }
        }
    }
}

fn begin(phase: Phase) -> Event {
    Event::Begin { phase, steps: None, bytes: None }
}

/// Imports the folder while files in it become pipes; what came of it.
fn import(home: &Household, at: Event, files: &[&str]) -> Direction {
    let request = home.request(Command::Sync);
    let files = Mutex::new(files.iter().map(|name| home.folder().join(name)).collect());
    let (mut library, swap) = (home.library(), Swap { at, files });
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let finished = sync::run(&request, library.as_mut(), &Everywhere, &Timestamp::now, &swap, &Cancel::new());
        let unswapped = swap.files.lock().expect("nobody panicked").len();
        send.send((finished.map(|finished| finished.report), unswapped)).expect("somebody waits for it");
    });
    let (report, unswapped) = receive.recv_timeout(PATIENCE).expect("it waits for no pipe");
    assert_eq!(unswapped, 0, "the moment came");
    report.expect("it runs to its end").import.expect("it imports")
}

/// Two photos that go whatever happens, and one that is swapped.
fn three_photos() -> Household {
    let home = Household::new();
    for number in 1..=3 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    home
}

#[test]
fn a_pipe_in_the_place_of_a_file_that_was_just_listed_is_unreadable() {
    let home = three_photos();
    let import = import(&home, Event::End(Phase::Scanning), &["IMG_3.JPG"]);
    assert_eq!((import.seen, import.applied), (3, 2), "{import:?}");
    assert_eq!(import.failed, 1, "{import:?}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
}

#[test]
fn a_pipe_in_the_place_of_a_file_whose_bytes_decide_is_not_waited_for() {
    let home = three_photos();
    // Equal ones: their bytes are compared before anything goes.
    home.put("IMG_4.JPG", &jpeg(3));
    let import = import(&home, begin(Phase::Comparing), &["IMG_3.JPG", "IMG_4.JPG"]);
    assert_eq!((import.seen, import.applied), (4, 2), "{import:?}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
}

#[test]
fn a_pipe_in_the_place_of_a_planned_file_changed_since() {
    let home = three_photos();
    let import = import(&home, begin(Phase::Importing), &["IMG_3.JPG"]);
    assert_eq!((import.seen, import.applied), (3, 2), "{import:?}");
    assert_eq!(import.skipped.get(&Reason::ChangedSincePlanned), Some(&1), "{import:?}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
}

#[test]
fn a_pipe_in_the_place_of_a_sidecar_keeps_no_photo() {
    let home = three_photos();
    home.put("IMG_3.xmp", b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"></x:xmpmeta>");
    let import = import(&home, Event::End(Phase::Scanning), &["IMG_3.xmp"]);
    assert_eq!((import.seen, import.applied), (3, 3), "{import:?}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG"]);
}
