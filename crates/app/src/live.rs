//! What a run shows of itself while it goes, as one value: the pages, the event stream and the API read it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use photobridge_core::picture::Picture;
use photobridge_core::progress::{Event, Phase};
use photobridge_core::run::{Command, Mode, RunId, StartedBy};
use serde::Serialize;

use crate::run::Ask;

/// Failures that are shown as they happen; all of them are in the run's verdicts.
const FAILURES: usize = 20;

/// What is going on.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Live {
    /// The run under way.
    pub running: Option<Running>,
    /// How the last one that was begun here ended.
    pub ended: Option<Ended>,
    /// When the sync began that the end of the process cut short.
    pub cut_short: Option<Timestamp>,
}

/// A run under way.
#[derive(Debug, Clone, Serialize)]
pub struct Running {
    /// Its number, once it has one.
    pub run: Option<RunId>,
    /// Simulate or sync.
    pub command: Command,
    /// Which ways, if it was asked for this once.
    pub mode: Option<Mode>,
    /// Whether everything of the library is asked for.
    pub full_library: bool,
    /// Who began it.
    pub by: StartedBy,
    /// Since when.
    pub since: Timestamp,
    /// What it is at, in words.
    pub phase: &'static str,
    /// Photos or files done in this phase, and how many there are, where that is known.
    pub done: u64,
    /// See `done`.
    pub total: Option<u64>,
    /// Bytes done in this phase, and how many there are.
    pub bytes: u64,
    /// See `bytes`.
    pub total_bytes: Option<u64>,
    /// Files a second.
    pub rate: Option<f64>,
    /// Bytes a second.
    pub byte_rate: Option<f64>,
    /// Seconds that this phase will still take at its pace so far.
    pub seconds_left: Option<u64>,
    /// The file in hand.
    pub current: Option<String>,
    /// How many files the run has come to so far: each has a number, by which its picture is asked for.
    pub number: u64,
    /// What is about to go out: photos, bytes, and bytes that are free there.
    pub outlook: Option<(u64, u64, u64)>,
    /// How many failed.
    pub failed: u64,
    /// The latest failures, newest last.
    pub failures: Vec<Failure>,
    /// Whether it was asked to stop.
    pub cancelling: bool,
    /// Where the picture of the file in hand can be had.
    #[serde(skip)]
    pub picture: Option<Picture>,
    #[serde(skip)]
    phases: Vec<Phase>,
    #[serde(skip)]
    began: Option<Instant>,
    /// When it began to carry something.
    #[serde(skip)]
    carries: Option<Instant>,
}

/// One file that failed.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Which.
    pub path: String,
    /// What happened.
    pub error: String,
}

/// How a run ended.
#[derive(Debug, Clone, Serialize)]
pub struct Ended {
    /// Simulate or sync.
    pub command: Command,
    /// Its number, if it got one.
    pub run: Option<i64>,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether everything went as it should.
    pub is_well: bool,
    /// Whether a guard stopped it.
    pub needs_your_look: bool,
    /// Whether another process was at work.
    pub busy: bool,
    /// Whether somebody stopped it.
    pub cancelled: bool,
    /// Why it stopped, in words.
    pub words: Option<String>,
}

impl Running {
    /// A run that has just begun.
    pub fn new(ask: &Ask, since: Timestamp) -> Self {
        Self {
            run: None,
            command: ask.command,
            mode: ask.mode,
            full_library: ask.full_library,
            by: ask.by.clone(),
            since,
            phase: "Starting",
            done: 0,
            total: None,
            bytes: 0,
            total_bytes: None,
            rate: None,
            byte_rate: None,
            seconds_left: None,
            current: None,
            number: 0,
            outlook: None,
            failed: 0,
            failures: Vec::new(),
            cancelling: false,
            picture: None,
            phases: Vec::new(),
            began: None,
            carries: None,
        }
    }

    /// How long it looked that began then: until it carried something, or until now.
    pub fn looked(&self, began: Instant, now: Instant) -> Duration {
        self.carries.unwrap_or(now).duration_since(began)
    }

    /// Takes what happened.
    pub fn take(&mut self, event: Event, now: Instant) {
        match event {
            Event::Started(run) => {
                // The second of two that belong together tries again what failed in the first.
                (self.run, self.failed) = (Some(run), 0);
                self.failures.clear();
            }
            Event::Begin { phase, steps, bytes } => self.begin(phase, steps, bytes, now),
            Event::Advance { phase, steps, bytes } if self.phases.last() == Some(&phase) => {
                self.done += steps;
                self.bytes += bytes;
                self.measure(now);
            }
            Event::Advance { .. } => {}
            Event::Outlook { photos, bytes, free } => self.outlook = Some((photos, bytes, free)),
            Event::Current { name, picture } => {
                (self.current, self.picture) = (Some(name), Some(picture));
                self.number += 1;
            }
            Event::Failed { path, error } => {
                self.failed += 1;
                if self.failures.len() == FAILURES {
                    self.failures.remove(0);
                }
                self.failures.push(Failure { path, error });
            }
            Event::End(phase) => {
                self.phases.retain(|other| *other != phase);
                // The folder is scanned while the library is listed: the one that still goes on is shown.
                if let Some(phase) = self.phases.last() {
                    self.phase = phase.as_str();
                    (self.total, self.total_bytes, self.seconds_left) = (None, None, None);
                }
            }
        }
    }

    /// What was just copied comes to rest, for so many seconds still.
    pub fn rests(&mut self, left: u64) {
        self.phases.clear();
        self.phase = "Waiting for what was just copied";
        (self.done, self.total, self.bytes, self.total_bytes) = (0, None, 0, None);
        (self.rate, self.byte_rate, self.seconds_left, self.current) = (None, None, Some(left), None);
    }

    fn begin(&mut self, phase: Phase, steps: Option<u64>, bytes: Option<u64>, now: Instant) {
        self.phases.push(phase);
        self.phase = phase.as_str();
        (self.done, self.bytes) = (0, 0);
        (self.total, self.total_bytes) = (steps, bytes.filter(|bytes| *bytes > 0));
        (self.rate, self.byte_rate, self.seconds_left, self.current) = (None, None, None, None);
        self.began = Some(now);
        if matches!(phase, Phase::Importing | Phase::Exporting) {
            self.carries.get_or_insert(now);
        }
    }

    /// The pace of this phase since it began, and what that means for the rest.
    fn measure(&mut self, now: Instant) {
        let Some(seconds) = self.began.map(|began| now.duration_since(began).as_secs_f64()).filter(|s| *s > 0.2) else {
            return;
        };
        self.rate = Some(self.done as f64 / seconds);
        self.byte_rate = Some(self.bytes as f64 / seconds);
        let part = match (self.total_bytes, self.total) {
            (Some(total), _) => self.bytes as f64 / total as f64,
            (None, Some(total)) if total > 0 => self.done as f64 / total as f64,
            _ => return,
        };
        self.seconds_left = (part > 0.0).then(|| (seconds * (1.0 - part.min(1.0)) / part).round() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Running {
        Running::new(&Ask::plain(Command::Sync, StartedBy::Page), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn the_pace_is_counted_by_bytes_where_they_are_known() {
        let (mut running, began) = (running(), Instant::now());
        running.take(Event::Begin { phase: Phase::Importing, steps: Some(10), bytes: Some(1000) }, began);
        running.take(Event::Advance { phase: Phase::Importing, steps: 1, bytes: 250 }, began + Duration::from_secs(2));
        assert_eq!((running.done, running.bytes), (1, 250));
        assert_eq!(running.byte_rate, Some(125.0));
        assert_eq!(running.seconds_left, Some(6), "three quarters are left, at 125 bytes a second");
    }

    #[test]
    fn what_is_carried_is_no_part_of_the_look() {
        let (mut running, began) = (running(), Instant::now());
        let at = |seconds| began + Duration::from_secs(seconds);
        let begin = |phase| Event::Begin { phase, steps: None, bytes: None };
        running.take(begin(Phase::Scanning), at(0));
        assert_eq!(running.looked(began, at(3)).as_secs(), 3, "it carried nothing");
        running.take(begin(Phase::Importing), at(2));
        running.take(begin(Phase::Exporting), at(400));
        assert_eq!(running.looked(began, at(900)).as_secs(), 2);
    }

    #[test]
    fn the_latest_failures_are_shown_and_all_are_counted() {
        let (mut running, now) = (running(), Instant::now());
        for at in 0..FAILURES + 5 {
            running.take(Event::Failed { path: format!("{at}.jpg"), error: "unreadable".into() }, now);
        }
        assert_eq!(running.failed, FAILURES as u64 + 5);
        assert_eq!(running.failures.len(), FAILURES);
        assert_eq!(running.failures.last().map(|failure| failure.path.as_str()), Some("24.jpg"));
    }
}
