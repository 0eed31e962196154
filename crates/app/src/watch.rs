//! Syncs by itself what arrives: `hints` hears that something changed, `due` decides when that is looked at.
//!
//! What is heard is only ever a hint: what is carried is decided by a run like that of a schedule, with its guards. It begins
//! once somebody has synced the same folders with the same library, the same way.

mod due;
mod hints;
#[cfg(target_os = "linux")]
mod inotify;
mod library;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use photobridge_core::ledger::{Ledger, RunState};
use photobridge_core::reason::Reason;
use photobridge_core::report::Direction;
use photobridge_core::run::{Command, StartedBy};
use photobridge_core::sync::{Finished, Look, Seen, Within};

use crate::folders::directory_of;
use crate::run::looks_at;
use crate::scheduler::standing::Outcome;
use crate::settings::{Settings, library_path};
use crate::status::report;
use crate::words;
use due::{Due, Rhythm};
use hints::{Hint, Hints};
use library::Told;

/// How often it is asked whether somebody has synced by now.
const ASK: Duration = Duration::from_secs(10);

/// Runs that are looked through for that.
const RUNS: u32 = 200;

/// With changes in more directories than this all are looked at.
const MOST: usize = 2000;

/// Besides what is heard, all is looked at this often: no system promises to tell of everything.
const ANYWAY: Duration = Duration::from_secs(12 * 3600);

/// Where nothing is heard, all is looked at this often at most.
const OFTEN: Duration = Duration::from_secs(60);

/// What watches over both sides.
#[derive(Default)]
pub struct Watch {
    /// What the settings named when it began, as far as it matters to it.
    of: Option<Settings>,
    /// Whether somebody has synced what they name: before that it only listens.
    is_allowed: bool,
    asked: Option<Instant>,
    /// A folder that is not there: until it is, nothing can be looked at.
    away: Option<PathBuf>,
    watching: Option<Watching>,
}

/// A watch that is on.
struct Watching {
    hints: Hints,
    due: Due,
    news: News,
    /// What lay in the folders when they were looked at last.
    seen: Option<Seen>,
    /// The directories at which the run under way looks, where those are not all.
    at: Option<BTreeSet<PathBuf>>,
    /// The files whose change tells that the library changed, where photos go out.
    database: Vec<PathBuf>,
    library: Told,
    states: Vec<Option<State>>,
}

/// Where something changed since the last look.
#[derive(Debug, Clone)]
enum News {
    /// In these directories.
    In(BTreeSet<PathBuf>),
    /// Anywhere.
    Anywhere,
}

impl News {
    fn directories(self) -> Option<BTreeSet<PathBuf>> {
        match self {
            Self::In(directories) => Some(directories),
            Self::Anywhere => None,
        }
    }

    fn add(&mut self, directory: PathBuf) {
        if let Self::In(directories) = self {
            directories.insert(directory);
            if directories.len() > MOST {
                *self = Self::Anywhere;
            }
        }
    }
}

/// Length and time of a file.
type State = (u64, std::time::SystemTime);

impl Watch {
    /// Listens, and says whether a sync is to start. To be called every few seconds.
    pub fn tick(&mut self, data: &Path, settings: &Settings, now: Instant, is_busy: bool) -> bool {
        let of = named(settings);
        if self.of.as_ref() != Some(&of) {
            *self = Self { of: Some(of), ..Self::default() };
        }
        if !settings.watch || settings.folder.is_empty() {
            return false;
        }
        self.away = away(settings);
        if self.away.is_some() {
            // What comes back is listened to anew.
            (self.watching, self.asked, self.is_allowed) = (None, None, false);
            return false;
        }
        // From the beginning, so that what a first sync carries is no news after it.
        let watching = self.watching.get_or_insert_with(|| Watching::begin(data, settings, now));
        watching.listen(data, settings, now);
        let may_ask = self.asked.is_none_or(|asked| now.duration_since(asked) >= ASK);
        if may_ask && (!self.is_allowed || watching.due.is_held()) {
            self.asked = Some(now);
            self.is_allowed = self.is_allowed || was_synced(data, settings);
            if watching.due.is_held() && was_released(data) {
                watching.due.release();
            }
        }
        if !self.is_allowed {
            return false;
        }
        if watching.due.is_time(now) {
            watching.news = News::Anywhere;
        }
        let rest = Duration::from_secs(settings.settle_seconds);
        !is_busy && watching.due.starts(now, rest)
    }

    /// A sync begins that is about everything: how it is to look at the folders. One that began by itself looks only at the
    /// directories in which something changed, as far as that is known.
    pub fn begun(&mut self, by: &StartedBy) -> Look {
        let Some(watching) = &mut self.watching else { return Look::Whole };
        watching.due.begun();
        let news = std::mem::replace(&mut watching.news, News::In(BTreeSet::new()));
        let seen = watching.seen.take().filter(|_| *by == StartedBy::Watch);
        let Some((directories, seen)) = news.directories().zip(seen) else { return Look::Watched };
        watching.at = Some(directories.clone());
        Look::Within(Within { seen, directories })
    }

    /// A sync ended, whoever began it; its look took so long.
    pub fn ended(&mut self, result: Result<&mut Finished, Outcome>, took: Duration, now: Instant) {
        let Some(watching) = &mut self.watching else { return };
        // It may have been the first one.
        self.asked = None;
        let at = watching.at.take();
        let (outcome, just_arrived) = match result {
            Ok(finished) => {
                watching.seen = finished.seen.take().or(watching.seen.take());
                let outcome = Outcome::of_report(&finished.report, finished.cancelled);
                (outcome, watching.is_to_be_looked_at_again(finished, outcome, at))
            }
            Err(outcome) => {
                watching.news = News::Anywhere;
                (outcome, false)
            }
        };
        watching.due.ended(outcome, took, just_arrived, now);
        // What the run itself wrote into the library is no news.
        watching.library.changed();
        watching.states = watching.look_at_database();
    }

    /// How it stands, in words for people; nothing where it is switched off.
    pub fn words(&self) -> Option<String> {
        let of = self.of.as_ref().filter(|of| of.watch && !of.folder.is_empty())?;
        if let Some(away) = &self.away {
            return Some(format!("New photos will sync automatically once {} is there again.", away.display()));
        }
        let watching = self.watching.as_ref()?;
        if !self.is_allowed {
            return Some("New photos will sync automatically after your first normal sync.".into());
        }
        if watching.due.is_held() {
            return Some(
                "New photos wait, because the latest sync needs your attention. Sync once yourself to continue.".into(),
            );
        }
        if watching.due.is_stopped() {
            return Some(
                "New photos wait, as you cancelled the latest sync. They sync in an hour, or when you press Sync."
                    .into(),
            );
        }
        let deaf = watching.hints.deaf();
        if deaf.is_empty() {
            let sides = if of.mode.exports() { "New photos on either side" } else { "New photos" };
            return Some(format!("{sides} sync automatically."));
        }
        let often = words::duration(u64::try_from(watching.due.interval().as_millis()).unwrap_or(u64::MAX));
        Some(format!("Checks for new photos every {often}: {}.", deaf.join("; ")))
    }
}

/// What of the settings it depends on: with any other it begins anew.
fn named(settings: &Settings) -> Settings {
    let mut named = Settings { schedule: Vec::new(), ..settings.clone() };
    (named.export.baseline, named.export.command) = (None, String::new());
    named
}

/// A folder that is not there. What lies on a server is asked by the run.
fn away(settings: &Settings) -> Option<PathBuf> {
    let mut named = settings.folder.iter().map(|folder| &folder.path);
    named.find(|path| directory_of(path).is_some_and(|directory| !directory.is_dir())).cloned()
}

/// Whether a sync has carried what these settings name, as they name it: the first one needs a person.
fn was_synced(data: &Path, settings: &Settings) -> bool {
    let (Ok(Some(ledger)), Ok(now)) = (Ledger::look(data), looks_at(data, settings)) else { return false };
    let range = settings.mode.exports().then_some(settings.export.range);
    let runs = ledger.runs(RUNS).unwrap_or_default();
    runs.iter().filter_map(report).any(|report| {
        let is_this = report.looked_at.is_some_and(|then| then.difference(&now).is_none()) && report.range == range;
        is_this && report.command == Command::Sync && report.stopped.is_none()
    })
}

/// Whether a sync has come to its end since one needed a look, also by the command line.
fn was_released(data: &Path) -> bool {
    let Ok(Some(ledger)) = Ledger::look(data) else { return false };
    let latest = ledger.runs(RUNS).unwrap_or_default();
    let latest = latest.iter().find(|run| run.command == Command::Sync.as_str());
    latest.is_some_and(|run| run.state == RunState::Done)
}

impl Watching {
    fn begin(data: &Path, settings: &Settings, now: Instant) -> Self {
        let library = library_path(data, settings).ok();
        let hints = Hints::over(data, settings);
        let due = Due::new(rhythm(&hints), now);
        let database = match library.filter(|_| settings.mode.exports()) {
            Some(library) => ["", "-wal"].map(|end| library.join(format!("database/Photos.sqlite{end}"))).into(),
            None => Vec::new(),
        };
        let (library, news) = (Told::by(settings), News::Anywhere);
        let mut watching = Self { hints, due, news, seen: None, at: None, database, library, states: Vec::new() };
        watching.states = watching.look_at_database();
        watching
    }

    /// Whether a run that looked `at` these directories, or at all, left something for the next one.
    fn is_to_be_looked_at_again(
        &mut self,
        finished: &Finished,
        outcome: Outcome,
        at: Option<BTreeSet<PathBuf>>,
    ) -> bool {
        let ways = [&finished.report.import, &finished.report.export];
        // What a kept plan did not know waits for a sync without one.
        let came_since = |way: &Direction| way.skipped.get(&Reason::ChangedSincePlanned).copied().unwrap_or(0);
        let left = ways.into_iter().flatten().map(|way| way.not_reached + came_since(way)).sum::<u64>();
        match (outcome, at) {
            // What belongs together and does not lie together takes a look at all.
            (Outcome::Done | Outcome::NothingToDo, Some(at)) if left == 0 => {
                if finished.just_arrived > 0 {
                    at.into_iter().for_each(|directory| self.news.add(directory));
                }
                finished.just_arrived > 0
            }
            (Outcome::Done | Outcome::NothingToDo, None) if left == 0 && finished.just_arrived == 0 => false,
            _ => {
                self.news = News::Anywhere;
                true
            }
        }
    }

    fn look_at_database(&self) -> Vec<Option<State>> {
        let state = |path: &PathBuf| std::fs::metadata(path).and_then(|file| Ok((file.len(), file.modified()?))).ok();
        self.database.iter().map(state).collect()
    }

    fn listen(&mut self, data: &Path, settings: &Settings, now: Instant) {
        let mut lost = None;
        for hint in self.hints.heard() {
            match hint {
                Hint::Arrived(directory) => {
                    self.due.arrived(now);
                    self.news.add(directory);
                }
                Hint::Went(directory) => self.news.add(directory),
                Hint::Lost(why) => lost = Some(why),
            }
        }
        if let Some(why) = lost {
            self.due.arrived(now);
            self.news = News::Anywhere;
            tracing::info!("not all changes were heard: {why}. All is looked at, and listened to anew");
            self.hints = Hints::over(data, settings);
        }
        self.due.keep(rhythm(&self.hints));
        let states = self.look_at_database();
        if states != self.states || self.library.changed() {
            self.states = states;
            self.due.arrived(now);
            // What goes out is decided by all that lies in the folder.
            self.news = News::Anywhere;
        }
    }
}

/// How often all is looked at, whatever is heard.
fn rhythm(hints: &Hints) -> Rhythm {
    match hints.deaf().is_empty() {
        true => Rhythm { least: ANYWAY, share: 0 },
        false => Rhythm { least: OFTEN, share: 20 },
    }
}
