//! How each schedule stands, kept by the server in `schedules.json` beside the settings.
//!
//! A file that is missing or damaged is as if every schedule had just been made: nothing is due because of it.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::report::Report;
use photobridge_core::run::RunId;
use photobridge_core::sync::{Finished, SyncError};
use serde::{Deserialize, Serialize};

use crate::exit::{Code, Error};
use crate::schedule::Schedule;
use crate::{whole, words};

/// Larger than what any number of schedules comes to; a file beyond it is something else.
const LARGEST: u64 = 1 << 20;

/// How every schedule stands, by its name.
pub type Standings = BTreeMap<String, Standing>;

/// How a schedule stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// When it was due, in words, as long as `handled` was counted: another `when` counts anew.
    pub when: String,
    /// The last due time that was handled, or when counting began. Nothing while it is paused.
    pub handled: Option<Timestamp>,
    /// It is due since then and waits for another run to end.
    pub waiting: Option<Timestamp>,
    /// The last run that it started.
    pub last: Option<LastRun>,
}

/// The last run that a schedule started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// When it began.
    pub began: Timestamp,
    /// Its number in the history, once it has one.
    #[serde(default)]
    pub run: Option<RunId>,
    /// What it came to.
    pub outcome: Outcome,
    /// The same in a few words.
    #[serde(default)]
    pub message: String,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// At work.
    #[serde(rename = "running")]
    Running,
    /// It carried what there was.
    #[serde(rename = "done")]
    Done,
    /// There was nothing to carry.
    #[serde(rename = "nothing to do")]
    NothingToDo,
    /// It stopped, or some photos failed.
    #[serde(rename = "failed")]
    Failed,
    /// A guard stopped it.
    #[serde(rename = "needs your look")]
    NeedsYourLook,
    /// A person stopped it.
    #[serde(rename = "cancelled")]
    Cancelled,
    /// The program ended before it did; the next run goes on.
    #[serde(rename = "interrupted")]
    Interrupted,
    /// Another run was active; it starts when that has ended.
    #[serde(rename = "busy, queued")]
    Queued,
}

impl Standing {
    /// When a schedule is due next, as it stands; also a time that has passed while nobody looked. Nothing while paused.
    pub fn next(&self, schedule: &Schedule, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if !schedule.enabled {
            return None;
        }
        let handled = self.handled.filter(|_| self.when == schedule.when.to_string()).unwrap_or(now);
        schedule.when.next(schedule.when.counted_from(handled, now, zone), zone)
    }
}

impl Outcome {
    /// The word that people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::NothingToDo => "nothing to do",
            Self::Failed => "failed",
            Self::NeedsYourLook => "needs your look",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::Queued => "busy, queued",
        }
    }

    /// What a run came to, and the same in a few words.
    pub fn of(result: &Result<Finished, Error>) -> (Self, String) {
        match result {
            Ok(finished) => (Self::of_report(&finished.report, finished.cancelled), words::came_to(&finished.report)),
            Err(error @ Error::Sync(SyncError::Cancelled)) => (Self::Cancelled, error.to_string()),
            Err(error) if error.needs_a_person() => (Self::NeedsYourLook, error.to_string()),
            Err(error) => match error.code() {
                Code::Busy => (Self::Queued, error.to_string()),
                _ => (Self::Failed, error.to_string()),
            },
        }
    }

    /// What a run with such a report came to.
    pub fn of_report(report: &Report, cancelled: bool) -> Self {
        match (&report.stopped, cancelled, report.failed(), report.applied()) {
            (Some(_), ..) => Self::Failed,
            (None, true, ..) => Self::Cancelled,
            (None, false, 1.., _) => Self::Failed,
            (None, false, 0, 1..) => Self::Done,
            (None, false, 0, 0) => Self::NothingToDo,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The file within the data directory.
fn path(data: &Path) -> PathBuf {
    data.join("schedules.json")
}

/// How every schedule stood when it was last written down.
pub fn load(data: &Path) -> Standings {
    let text = whole::read(&path(data), LARGEST).ok();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Writes down how every schedule stands.
pub fn save(data: &Path, standings: &Standings) -> io::Result<()> {
    whole::write(&path(data), &serde_json::to_string_pretty(standings)?)
}

#[cfg(test)]
mod tests;
