//! When what was heard is looked at. Pure: it is told the time.

use std::time::{Duration, Instant};

use crate::scheduler::standing::Outcome;

/// After so long it is looked, although things still arrive: what rests by then can go.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Between two looks at least; more where a look takes long: a look has this share of the time at most.
const BETWEEN: Duration = Duration::from_secs(5);
const SHARE: u32 = 4;

/// After a look that failed, and at most after many.
const PAUSE: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(3600);

/// Besides what is heard: never more often than `least`, nor than `share` times as long as a look takes.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// The least time between two looks.
    pub least: Duration,
    /// How many times the time of a look.
    pub share: u32,
}

/// What was heard since the last look, and when the next one may be.
#[derive(Debug)]
pub struct Due {
    rhythm: Rhythm,
    /// When the first and the last thing came that nobody looked at.
    came: Option<(Instant, Instant)>,
    /// When the last look ended, and how long it took.
    looked: (Instant, Duration),
    /// How long nothing is looked at after looks that failed.
    pause: Duration,
    /// A person must look first.
    held: bool,
    /// A person stopped the latest sync.
    stopped: bool,
}

impl Due {
    /// Nothing was looked at yet, so everything may have changed.
    pub fn new(rhythm: Rhythm, now: Instant) -> Self {
        Self {
            rhythm,
            came: Some((now, now)),
            looked: (now, Duration::ZERO),
            pause: Duration::ZERO,
            held: false,
            stopped: false,
        }
    }

    /// From now on it is looked this often without being told.
    pub fn keep(&mut self, rhythm: Rhythm) {
        self.rhythm = rhythm;
    }

    /// Something came.
    pub fn arrived(&mut self, now: Instant) {
        let (first, _) = self.came.unwrap_or((now, now));
        self.came = Some((first, now));
    }

    /// How often it is looked without being told.
    pub fn interval(&self) -> Duration {
        self.rhythm.least.max(self.looked.1.saturating_mul(self.rhythm.share)).min(self.rhythm.least.max(6 * LONGEST))
    }

    /// Whether a person must look before anything starts by itself.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Whether a look is to start although nothing came.
    pub fn is_time(&self, now: Instant) -> bool {
        !self.held && now.duration_since(self.looked.0) >= self.interval().max(self.pause)
    }

    /// Whether a look is to start now. Files count as at rest after `rest`.
    pub fn starts(&self, now: Instant, rest: Duration) -> bool {
        let (ended, took) = self.looked;
        let idle = now.duration_since(ended);
        let is_at_rest = |(first, last): (Instant, Instant)| {
            now.duration_since(last) > rest || now.duration_since(first) >= PATIENCE
        };
        let gap = BETWEEN.max(took.saturating_mul(SHARE)).min(LONGEST).max(self.pause);
        let is_due = self.came.is_some_and(is_at_rest) && idle >= gap;
        (is_due && !self.held) || self.is_time(now)
    }

    /// A look at everything begins: it finds what came until now.
    pub fn begun(&mut self) {
        self.came = None;
    }

    /// Whether somebody stopped the latest sync, and none has ended since.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// A look ended, ours or another.
    pub fn ended(&mut self, outcome: Outcome, took: Duration, just_arrived: bool, now: Instant) {
        self.looked = (now, took);
        self.stopped = outcome == Outcome::Cancelled;
        match outcome {
            Outcome::Done | Outcome::NothingToDo => {
                (self.pause, self.held) = (Duration::ZERO, false);
                if just_arrived {
                    self.arrived(now);
                }
                return;
            }
            Outcome::NeedsYourLook => self.held = true,
            Outcome::Failed => self.pause = (self.pause * 2).clamp(PAUSE, LONGEST),
            // Whoever stops a sync does not want the next one at once.
            Outcome::Cancelled => self.pause = LONGEST,
            // Somebody else was at work.
            Outcome::Queued | Outcome::Interrupted | Outcome::Running => {}
        }
        self.arrived(now);
    }

    /// A person has looked and synced.
    pub fn release(&mut self) {
        self.held = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(10);
    const SELDOM: Rhythm = Rhythm { least: Duration::from_secs(43_200), share: 0 };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A watch whose first look ended at this instant.
    fn begun(rhythm: Rhythm) -> (Due, Instant) {
        let now = Instant::now();
        let mut due = Due::new(rhythm, now);
        assert!(!due.starts(now + seconds(10), REST), "at first all may be news, but it must rest");
        assert!(due.starts(now + seconds(11), REST));
        due.begun();
        due.ended(Outcome::NothingToDo, seconds(1), false, now + seconds(12));
        (due, now + seconds(12))
    }

    /// The seconds at which looks start that take this long and end so, until `until`.
    fn looks(due: &mut Due, now: Instant, until: u64, took: u64, outcome: Outcome) -> Vec<u64> {
        let mut starts = Vec::new();
        for second in 0..until {
            if due.starts(now + seconds(second), REST) {
                due.begun();
                due.ended(outcome, seconds(took), false, now + seconds(second + took));
                starts.push(second);
            }
        }
        starts
    }

    #[test]
    fn many_at_once_are_one_look_after_the_last_came_to_rest() {
        let (mut due, now) = begun(SELDOM);
        for second in 0..200 {
            due.arrived(now + seconds(second));
            assert!(!due.starts(now + seconds(second), REST), "they still arrive");
        }
        assert_eq!(looks(&mut due, now, 10_000, 3, Outcome::Done), [210], "eleven seconds after the last");
    }

    #[test]
    fn a_river_of_photos_is_looked_at_every_five_minutes() {
        let (mut due, now) = begun(SELDOM);
        let mut starts = Vec::new();
        for second in 0..700 {
            due.arrived(now + seconds(second));
            if due.starts(now + seconds(second), REST) {
                due.begun();
                due.ended(Outcome::Done, seconds(1), true, now + seconds(second));
                starts.push(second);
            }
        }
        assert_eq!(starts, [300, 600]);
    }

    #[test]
    fn looks_that_take_long_are_seldom() {
        let (mut due, now) = begun(SELDOM);
        due.ended(Outcome::Done, seconds(100), false, now);
        due.arrived(now + seconds(1));
        assert_eq!(looks(&mut due, now, 5_000, 100, Outcome::Done), [400], "a look has a fifth of the time at most");
    }

    #[test]
    fn what_just_arrived_is_looked_at_again() {
        let (mut due, now) = begun(SELDOM);
        due.ended(Outcome::NothingToDo, seconds(1), true, now);
        assert_eq!(looks(&mut due, now, 5_000, 1, Outcome::Done), [11]);
    }

    #[test]
    fn what_is_not_told_is_looked_for() {
        let (mut due, now) = begun(Rhythm { least: seconds(60), share: 20 });
        assert_eq!(
            looks(&mut due, now, 1_000, 30, Outcome::NothingToDo),
            [60, 690],
            "20 times as long as a look takes"
        );
        due.ended(Outcome::NothingToDo, seconds(100_000), false, now);
        assert_eq!(due.interval(), seconds(6 * 3600), "four times a day at least");
    }

    #[test]
    fn what_fails_is_tried_again_less_and_less_often() {
        let (mut due, now) = begun(SELDOM);
        due.arrived(now);
        let starts = looks(&mut due, now, 12_000, 0, Outcome::Failed);
        let waits: Vec<u64> = [0].iter().chain(&starts).zip(&starts).map(|(before, at)| at - before).collect();
        assert_eq!(waits, [11, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        due.ended(Outcome::Done, seconds(1), false, now);
        due.arrived(now);
        assert_eq!(looks(&mut due, now, 1_000, 1, Outcome::Done), [11], "it is well again");
    }

    #[test]
    fn whoever_stops_a_sync_has_an_hour() {
        let (mut due, now) = begun(SELDOM);
        due.ended(Outcome::Cancelled, seconds(1), false, now);
        due.arrived(now + seconds(30));
        assert_eq!(looks(&mut due, now, 5_000, 1, Outcome::Done), [3600]);
    }

    #[test]
    fn what_needs_a_person_waits_for_one() {
        let (mut due, now) = begun(Rhythm { least: seconds(60), share: 20 });
        due.ended(Outcome::NeedsYourLook, seconds(1), false, now);
        due.arrived(now);
        assert!(looks(&mut due, now, 100_000, 1, Outcome::Done).is_empty());
        due.release();
        assert!(due.starts(now + seconds(20), REST), "what came meanwhile is news");
    }
}
