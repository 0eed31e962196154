//! Decides what starts: called every few seconds with the time, it marks what came due, keeps it waiting while another
//! run is active, and lets one start when none is.

pub mod standing;

use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::run::{Mode, RunId};

use crate::schedule::Schedule;
use standing::{LastRun, Outcome, Standing, Standings};

/// A run that is to start now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The schedule.
    pub name: String,
    /// Which ways photos go; nothing for what the settings say.
    pub mode: Option<Mode>,
}

/// Whether a run is active, here or in another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// None is.
    None,
    /// One is, whoever started it.
    One,
}

/// The schedules as they stand.
#[derive(Debug, Default)]
pub struct Scheduler {
    standings: Standings,
    saved: Standings,
}

impl Scheduler {
    /// Takes up where the last program ended. A run that was active then has died with it.
    pub fn open(data: &Path) -> Self {
        let saved = standing::load(data);
        let mut standings = saved.clone();
        for last in standings.values_mut().filter_map(|standing| standing.last.as_mut()) {
            if last.outcome == Outcome::Running {
                last.outcome = Outcome::Interrupted;
                last.message = "the program stopped during the run; the next run continues".into();
            }
        }
        Self { standings, saved }
    }

    /// Writes down what changed. To be called after a tick and before its start: a time that was handled does not come
    /// again after a crash.
    pub fn save(&mut self, data: &Path) -> io::Result<()> {
        if self.standings != self.saved {
            standing::save(data, &self.standings)?;
            self.saved = self.standings.clone();
        }
        Ok(())
    }

    /// How every schedule stands, by its name.
    pub fn standings(&self) -> &Standings {
        &self.standings
    }

    /// What starts now, if anything does. To be called every few seconds, with the schedules as the settings have them;
    /// not while the settings cannot be read, since one that is not there is forgotten.
    pub fn tick(&mut self, now: Timestamp, zone: &TimeZone, schedules: &[Schedule], runs: Runs) -> Option<Start> {
        self.standings.retain(|name, _| schedules.iter().any(|schedule| schedule.name == *name));
        for schedule in schedules {
            self.standings.entry(schedule.name.clone()).or_default().mark(schedule, now, zone);
        }
        if runs == Runs::One {
            return None;
        }
        let waiting = schedules.iter().filter_map(|it| Some((self.standings[&it.name].waiting?, it)));
        let (_, next) = waiting.min_by_key(|(since, it)| (*since, it.name.as_str()))?;
        let standing = self.standings.get_mut(&next.name)?;
        standing.waiting = None;
        standing.last = Some(LastRun { began: now, run: None, outcome: Outcome::Running, message: String::new() });
        Some(Start { name: next.name.clone(), mode: next.mode })
    }

    /// Lets a schedule start as soon as it can, also a paused one.
    pub fn run_now(&mut self, name: &str, now: Timestamp) {
        // The next tick forgets it again if there is none of this name.
        let standing = self.standings.entry(name.to_owned()).or_default();
        standing.waiting = standing.waiting.or(Some(now));
    }

    /// The run that a schedule started has its number.
    pub fn numbered(&mut self, name: &str, run: RunId) {
        if let Some(last) = self.standings.get_mut(name).and_then(|standing| standing.last.as_mut()) {
            last.run = Some(run);
        }
    }

    /// The run that a schedule started is over. One that found another process at work waits for it.
    pub fn ended(&mut self, name: &str, outcome: Outcome, message: String) {
        let Some(standing) = self.standings.get_mut(name) else { return };
        let Some(last) = standing.last.as_mut() else { return };
        if outcome == Outcome::Queued {
            standing.waiting = standing.waiting.or(Some(last.began));
        }
        (last.outcome, last.message) = (outcome, message);
    }
}

impl Standing {
    /// Marks what came due. What was missed while it was paused, or under another `when`, is not.
    fn mark(&mut self, schedule: &Schedule, now: Timestamp, zone: &TimeZone) {
        if !schedule.enabled {
            if self.handled.take().is_some() {
                self.waiting = None;
            }
            return;
        }
        let when = schedule.when.to_string();
        if self.when != when {
            (self.when, self.handled) = (when, None);
        }
        let handled = self.handled.map_or(now, |handled| schedule.when.counted_from(handled, now, zone));
        let due = schedule.when.due(handled, now, zone);
        self.handled = Some(due.unwrap_or(handled));
        self.waiting = self.waiting.or(due);
    }
}

#[cfg(test)]
mod tests;
