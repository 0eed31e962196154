//! How things stand, as the Photos page and the API tell it: what is set up, what the latest look at both sides found, and
//! what the latest sync did. Nothing is looked at anew for it.

use std::path::Path;

use jiff::Timestamp;
use photobridge_core::export::Range;
use photobridge_core::ledger::{Ledger, LedgerError, RunRecord, RunState};
use photobridge_core::lock::is_held;
use photobridge_core::reason::Reason;
use photobridge_core::report::{Direction, Report};
use photobridge_core::sync::{Command, Mode};
use serde::Serialize;

use crate::history::Run;
use crate::places;
use crate::settings::Settings;

/// Runs that are looked through for the latest sync and the latest look.
const RUNS: u32 = 200;

/// How things stand.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// Which ways photos go.
    pub mode: Mode,
    /// The source folders.
    pub folders: Vec<String>,
    /// The library's path, or `photos`.
    pub library: String,
    /// Whether it is the one that Photobridge made in its data directory.
    pub library_is_own: bool,
    /// When both sides were looked at last.
    pub looked: Option<Timestamp>,
    /// Photos and videos in the folders, then.
    pub items: Option<u64>,
    /// Photos and videos in the library, then.
    pub assets: Option<u64>,
    /// How many of them have their original only in iCloud.
    pub only_in_icloud: u64,
    /// What each way has to do.
    pub import: Option<Lane>,
    /// See `import`.
    pub export: Option<Lane>,
    /// The latest sync that ended, whoever began it.
    pub last_sync: Option<LastSync>,
    /// Photos that were ever exported.
    pub total_exported: u64,
    /// Which photos go out.
    pub range: Range,
    /// From when on.
    pub baseline: Option<Timestamp>,
    /// The latest run that came to an end.
    pub latest: Option<i64>,
    /// The latest simulation, if nothing was synced since: its plan can be looked at and carried out.
    pub plan: Option<i64>,
    /// What a simulation of the whole library came to, if that is the latest run.
    #[serde(skip)]
    pub counted: Option<Report>,
    /// The latest run, if it could not do what it should: its number and why.
    pub trouble: Option<Trouble>,
    /// What people should know besides.
    pub notices: Vec<String>,
    /// Whether another process is at work in this data directory.
    pub is_held: bool,
}

/// One direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Lane {
    /// What the next sync would carry, as far as the latest look knows.
    pub pending: u64,
    /// What waits for something and will be carried by itself, see [`Reason`].
    pub waiting: u64,
    /// What failed.
    pub failed: u64,
    /// What lies on both sides.
    pub on_both: u64,
    /// What is new and stays, since the other side is only read.
    #[serde(skip)]
    pub kept_out: u64,
}

/// The latest sync.
#[derive(Debug, Clone, Serialize)]
pub struct LastSync {
    /// Its number.
    pub run: i64,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Photos that it imported.
    pub imported: u64,
    /// Photos that it exported.
    pub exported: u64,
}

/// A run that did not come to its end.
#[derive(Debug, Clone, Serialize)]
pub struct Trouble {
    /// Its number.
    pub run: i64,
    /// `failed`, `interrupted` or `needs your look`.
    pub state: &'static str,
    /// Why, in words.
    pub words: String,
}

impl Status {
    /// Reads it. Makes nothing.
    pub fn read(data: &Path, settings: &Settings) -> Result<Self, LedgerError> {
        let mut status = Self::of_settings(data, settings);
        status.is_held = is_held(data);
        let Some(ledger) = Ledger::look(data)? else { return Ok(status) };
        status.total_exported = ledger.exported()?;
        let runs = ledger.runs(RUNS)?;
        status.trouble = runs.first().and_then(|run| trouble(Run::of(run.clone(), status.is_held)));
        let mut reports = runs.iter().filter_map(|run| Some((run, report(run)?)));
        let Some((run, latest)) = reports.next() else { return Ok(status) };
        status.counted =
            Some(latest.clone()).filter(|it| it.command == Command::Simulate && it.range == Some(Range::FullLibrary));
        // What was asked for once, as the count of the whole library, is not what the next sync would do.
        let is_as_configured = |latest: &Report| {
            let range = settings.mode.exports().then_some(settings.export.range);
            latest.command == Command::Sync || (latest.mode == settings.mode && latest.range == range)
        };
        let mut reports = std::iter::once((run, latest)).chain(reports);
        let Some((run, latest)) = reports.by_ref().find(|(_, latest)| is_as_configured(latest)) else {
            return Ok(status);
        };
        status.take_latest(run, &latest);
        let sync = std::iter::once((run, latest)).chain(reports).find(|(_, report)| report.command == Command::Sync);
        status.last_sync = sync.map(|(run, report)| LastSync {
            run: run.id.0,
            ended: run.ended,
            imported: report.import.map_or(0, |import| import.applied),
            exported: report.export.map_or(0, |export| export.applied),
        });
        Ok(status)
    }

    fn of_settings(data: &Path, settings: &Settings) -> Self {
        let library = match settings.library.as_str() {
            "" if cfg!(target_os = "macos") => "photos".into(),
            "" => places::own_library(data).display().to_string(),
            named => named.to_owned(),
        };
        Self {
            mode: settings.mode,
            folders: settings.folder.iter().map(|folder| folder.path.display().to_string()).collect(),
            library_is_own: Path::new(&library) == places::own_library(data),
            library,
            looked: None,
            items: None,
            assets: None,
            only_in_icloud: 0,
            import: None,
            export: None,
            last_sync: None,
            total_exported: 0,
            range: settings.export.range,
            baseline: settings.export.baseline,
            latest: None,
            plan: None,
            counted: None,
            trouble: None,
            notices: Vec::new(),
            is_held: false,
        }
    }

    fn take_latest(&mut self, run: &RunRecord, latest: &Report) {
        let applied = |direction: &Option<Direction>| direction.as_ref().map_or(0, |direction| direction.applied);
        self.looked = run.ended;
        self.items = Some(latest.items + applied(&latest.export));
        self.assets = Some(latest.assets + applied(&latest.import));
        self.only_in_icloud = latest.only_in_icloud;
        self.import = latest.import.as_ref().map(|import| Lane::of(latest.command, import));
        self.export = latest.export.as_ref().map(|export| Lane::of(latest.command, export));
        self.latest = Some(run.id.0);
        self.plan = (latest.command == Command::Simulate).then_some(run.id.0);
        self.notices.clone_from(&latest.notices);
    }

    /// Whether nothing waits, nothing failed and nothing is to be carried or would be if it could, either way, by the
    /// latest look.
    pub fn is_in_step(&self) -> bool {
        let is_idle = |lane: &Lane| lane.pending + lane.waiting + lane.failed + lane.kept_out == 0;
        self.looked.is_some() && [&self.import, &self.export].into_iter().flatten().all(is_idle)
    }

    /// What the next sync would carry, both ways.
    pub fn pending(&self) -> u64 {
        [&self.import, &self.export].into_iter().flatten().map(|way| way.pending).sum()
    }
}

impl Lane {
    fn of(command: Command, direction: &Direction) -> Self {
        let count = |is: fn(&Reason) -> bool| {
            direction.skipped.iter().filter(|(reason, _)| is(reason)).map(|(_, number)| number).sum()
        };
        Self {
            pending: match command {
                Command::Simulate => direction.planned,
                Command::Sync => direction.not_reached,
            },
            waiting: count(|reason| reason.waits()),
            failed: direction.failed,
            on_both: count(|reason| reason.lies_on_both_sides()),
            kept_out: count(|reason| *reason == Reason::ReadOnly),
        }
    }
}

/// The report of a run that came to one.
pub fn report(run: &RunRecord) -> Option<Report> {
    serde_json::from_str(run.report.as_deref()?).ok()
}

/// What kept a run from doing what it should.
fn trouble(run: Run) -> Option<Trouble> {
    let is_trouble = matches!(run.state, RunState::Interrupted | RunState::Failed | RunState::NeedsYourLook);
    let words = run.words.filter(|_| is_trouble)?;
    Some(Trouble { run: run.run.0, state: run.state.as_str(), words })
}
