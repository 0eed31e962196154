//! How things stand, as the Photos page and the API tell it: what is set up, what the latest look at both sides found, and
//! what the latest sync did. Nothing is looked at anew for it.

use std::path::Path;

use jiff::Timestamp;
use photobridge_core::export::Range;
use photobridge_core::ledger::{Ledger, LedgerError, RunRecord, RunState};
use photobridge_core::lock::is_held;
use photobridge_core::notices;
use photobridge_core::reason::Reason;
use photobridge_core::report::{Direction, LookedAt, Report};
use photobridge_core::run::{Command, Mode, StartedBy};
use serde::Serialize;

use crate::away::{Away, Side, away, is_about_a_side};
use crate::history::Run;
use crate::places;
use crate::run::looks_at;
use crate::settings::{Settings, unknown};

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
    /// When both sides were looked at last, as the settings name them now.
    pub looked: Option<Timestamp>,
    /// Why what the latest run found says nothing of what the settings name now, in words.
    pub outdated: Option<String>,
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
    /// Whether somebody stopped the latest run, a sync, before its end.
    #[serde(skip)]
    pub was_cancelled: bool,
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
    /// What the settings name and is not there now. Then nothing is said of what was found before, and nothing can cross.
    pub away: Vec<Away>,
    /// Whether another process is at work in this data directory.
    pub is_held: bool,
    /// How it stands that what arrives is synced by itself, in words; nothing where that is switched off.
    pub watching: Option<String>,
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
    /// What stays as it came before the baseline.
    #[serde(skip)]
    pub before_baseline: u64,
    /// What cannot go as it is: cut off, no photo at all, unreadable, or its original is gone.
    #[serde(skip)]
    pub need_attention: u64,
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
        let ledger = Ledger::look(data)?;
        status.away = away(data, settings, ledger.as_ref())?;
        if let Some(ledger) = ledger {
            status.remember(data, settings, &ledger)?;
        }
        if !status.away.is_empty() {
            status.forget_figures();
        }
        let file = places::settings_file(data);
        status.notices.splice(0..0, unknown::found(&file).iter().map(|unknown| unknown.warning(&file)));
        Ok(status)
    }

    /// What the runs came to.
    fn remember(&mut self, data: &Path, settings: &Settings, ledger: &Ledger) -> Result<(), LedgerError> {
        self.total_exported = ledger.exported()?;
        let runs = ledger.runs(RUNS)?;
        self.trouble = runs.first().and_then(|run| trouble(Run::of(run.clone(), self.is_held)));
        let reports: Vec<(&RunRecord, Report)> = runs.iter().filter_map(|run| Some((run, report(run)?))).collect();
        let Some((_, newest)) = reports.first() else { return Ok(()) };
        let now = looks_at(data, settings).ok();
        let outdated = |report: &Report| now.as_ref().and_then(|now| outdated(report, now));
        let is_count = newest.command == Command::Simulate && newest.range == Some(Range::FullLibrary);
        self.counted = Some(newest.clone()).filter(|newest| is_count && outdated(newest).is_none());
        // What was asked for once, as the count of the whole library, is not what the next sync would do.
        let is_as_configured = |report: &Report| {
            let range = settings.mode.exports().then_some(settings.export.range);
            report.mode == settings.mode && report.range == range && outdated(report).is_none()
        };
        let is_sync = |report: &Report| report.command == Command::Sync;
        let latest = reports.iter().find(|(_, report)| is_sync(report) || is_as_configured(report));
        match latest.filter(|(_, latest)| outdated(latest).is_none()) {
            Some((run, latest)) => self.take_latest(run, latest),
            None => self.outdated = outdated(newest),
        }
        // One that began by itself and carried nothing leaves what the one before told.
        let by_itself = |report: &Report| matches!(report.started_by, Some(StartedBy::Watch));
        let is_news =
            |report: &Report| is_sync(report) && !(by_itself(report) && report.applied() + report.failed() == 0);
        let last = reports.iter().find(|(_, report)| is_news(report));
        let last = last.or_else(|| reports.iter().find(|(_, report)| is_sync(report)));
        self.last_sync = last.map(|(run, report)| LastSync {
            run: run.id.0,
            ended: run.ended,
            imported: report.import.as_ref().map_or(0, |import| import.applied),
            exported: report.export.as_ref().map_or(0, |export| export.applied),
        });
        Ok(())
    }

    /// Says nothing any more of what was found while both sides were there.
    fn forget_figures(&mut self) {
        let is_away = |side: Side| self.away.iter().any(|away| away.side == side);
        self.items = self.items.filter(|_| !is_away(Side::Folder));
        self.assets = self.assets.filter(|_| !is_away(Side::Library));
        if self.plan.take().is_some() {
            self.latest = None;
        }
        (self.looked, self.import, self.export, self.counted) = (None, None, None, None);
        (self.outdated, self.only_in_icloud) = (None, 0);
        self.notices.clear();
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
            outdated: None,
            items: None,
            assets: None,
            only_in_icloud: 0,
            import: None,
            export: None,
            last_sync: None,
            was_cancelled: false,
            total_exported: 0,
            range: settings.export.range,
            baseline: settings.export.baseline,
            latest: None,
            plan: None,
            counted: None,
            trouble: None,
            notices: Vec::new(),
            away: Vec::new(),
            is_held: false,
            watching: None,
        }
    }

    fn take_latest(&mut self, run: &RunRecord, latest: &Report) {
        let applied = |direction: &Option<Direction>| direction.as_ref().map_or(0, |direction| direction.applied);
        self.looked = run.ended;
        self.items = Some(latest.items + applied(&latest.export));
        self.assets = Some(latest.assets + applied(&latest.import));
        self.only_in_icloud = latest.only_in_icloud;
        // A schedule may have gone other ways than the settings say.
        let lane = |way: &Option<Direction>| way.as_ref().map(|way| Lane::of(latest.command, way));
        self.import = lane(&latest.import).filter(|_| self.mode.imports());
        self.export = lane(&latest.export).filter(|_| self.mode.exports());
        self.latest = Some(run.id.0);
        self.was_cancelled = latest.command == Command::Sync && run.state == RunState::Cancelled;
        self.plan = (latest.command == Command::Simulate).then_some(run.id.0);
        self.notices.clone_from(&latest.notices);
    }

    /// Whether all is on both sides or left where it is by a person, by the latest look: nothing waits, nothing failed, nothing is
    /// to be carried or would be if it could, nothing stays as it came before the baseline. Of a
    /// way that it did not look nobody knows, and settings that leave out everything say nothing of either side.
    pub fn is_in_step(&self) -> bool {
        let is_idle = |lane: Lane| {
            lane.pending + lane.waiting + lane.failed + lane.kept_out + lane.before_baseline + lane.need_attention == 0
        };
        let is_fine = |goes: bool, lane: Option<Lane>| !goes || lane.is_some_and(is_idle);
        let is_about_settings =
            |notice: &String| [notices::WHAT_GOES_IN, notices::WHAT_GOES_OUT].iter().any(|end| notice.ends_with(end));
        let leaves_out_all = self.notices.iter().any(is_about_settings);
        self.looked.is_some()
            && !leaves_out_all
            && is_fine(self.mode.imports(), self.import)
            && is_fine(self.mode.exports(), self.export)
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
            before_baseline: count(|reason| *reason == Reason::BeforeBaseline),
            need_attention: count(|reason| reason.needs_attention()),
        }
    }
}

/// The report of a run that came to one.
pub fn report(run: &RunRecord) -> Option<Report> {
    serde_json::from_str(run.report.as_deref()?).ok()
}

/// Why what a run found does not hold for what the settings name now, in words.
pub fn outdated(report: &Report, now: &LookedAt) -> Option<String> {
    let run = report.run;
    let Some(then) = &report.looked_at else {
        return Some(format!("An earlier version did not note what run {run} looked at. Simulate again."));
    };
    let difference = match report.command {
        Command::Simulate => then.difference(now),
        Command::Sync => then.difference_of_sides(now),
    };
    difference.map(|(then, now)| format!("Run {run} looked at {then}; the settings name {now} now. Simulate again."))
}

/// What kept a run from doing what it should.
fn trouble(run: Run) -> Option<Trouble> {
    let is_trouble = matches!(run.state, RunState::Interrupted | RunState::Failed | RunState::NeedsYourLook);
    // That a side is not there is said as long as it is so, which is looked at anew.
    let words = run.words.filter(|words| is_trouble && !is_about_a_side(words))?;
    Some(Trouble { run: run.run.0, state: run.state.as_str(), words })
}
