//! What a run tells while it goes, which bars, pages and logs show.

mod support;

use std::sync::Mutex;

use jiff::Timestamp;
use photobridge_core::progress::{Cancel, Event, Phase, Progress};
use photobridge_core::report::Report;
use photobridge_core::run::Command;
use photobridge_core::sync;
use photobridge_folders::Everywhere;
use support::{Household, jpeg};

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Progress for Heard {
    fn event(&self, event: Event) {
        self.0.lock().expect("nobody panics here").push(event);
    }
}

/// Runs once and returns what it told and what it came to.
fn run(home: &Household, command: Command) -> (Vec<Event>, Report) {
    let request = home.request(command);
    let heard = Heard::default();
    let mut library = home.library();
    let finished =
        sync::run(&request, library.as_mut(), &Everywhere, &Timestamp::now, &heard, &Cancel::new()).expect("it runs");
    (heard.0.into_inner().expect("nobody panicked"), finished.report)
}

/// How many steps of a stage were told.
fn steps(events: &[Event], stage: Phase) -> u64 {
    let of_stage = |event: &Event| match event {
        Event::Advance { phase, steps, .. } if *phase == stage => Some(*steps),
        _ => None,
    };
    events.iter().filter_map(of_stage).sum()
}

#[test]
fn a_run_first_tells_its_number() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    for command in [Command::Simulate, Command::Sync] {
        let (events, report) = run(&home, command);
        assert_eq!(events[0], Event::Started(report.run));
        assert_eq!(events.iter().filter(|event| matches!(event, Event::Started(_))).count(), 1);
    }
}

#[test]
fn every_stage_ends_under_its_own_name_and_with_its_own_steps() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    run(&home, Command::Sync);
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_3.JPG", &jpeg(3));
    let (events, _) = run(&home, Command::Sync);
    for phase in [Phase::Recovering, Phase::Scanning, Phase::Reading, Phase::Listing, Phase::Importing] {
        let begins = |event: &Event| matches!(event, Event::Begin { phase: begun, .. } if *begun == phase);
        let begun = events.iter().position(begins).unwrap_or_else(|| panic!("{phase:?} begins"));
        let ended = events.iter().position(|event| *event == Event::End(phase));
        assert!(ended.is_some_and(|ended| ended > begun), "{phase:?}");
    }
    let told = [Phase::Scanning, Phase::Reading, Phase::Listing, Phase::Importing].map(|phase| steps(&events, phase));
    // What changed a moment ago is read again, so IMG_1.JPG is, too.
    assert_eq!(told, [3, 3, 1, 2]);
}

#[test]
fn a_walk_tells_every_media_file_once_whatever_lies_between() {
    let home = Household::new();
    for number in 0..2_001 {
        home.put(&format!("IMG_{number}.JPG"), b"");
    }
    for number in 0..40 {
        home.put(&format!("between {number}.txt"), b"words");
    }
    let (events, _) = run(&home, Command::Simulate);
    assert_eq!(steps(&events, Phase::Scanning), 2_001);
}
