//! Drives scan → match → plan → apply → record: the one call that every front end shares.
//!
//! A simulation is this without apply; there is no dry-run flag further down.

mod act;
mod agree;
mod answer;
mod beginnings;
mod disks;
mod gather;
mod mend;
mod pairs;
mod pictures;
mod request;
mod seen;
mod tell;

pub use request::{Kin, Look, Request, Source, Waits, Within};
pub use seen::Seen;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::apply::{self, Applied, RecoverError, out};
use crate::asset::Asset;
use crate::data;
use crate::folder::look::LookError;
use crate::folder::scan::ScanError;
use crate::folder::{self, Folders};
use crate::guard::Guard;
use crate::item::{FolderId, Item};
use crate::kept;
use crate::ledger::{Doubt, Ledger, LedgerError, LibraryId, RunState};
use crate::library::{Library, LibraryError};
use crate::lock::{Lock, LockError};
use crate::matching::Facts;
use crate::memory::LinkId;
use crate::notices;
use crate::plan::{self, Plan, Promise, Rules};
use crate::progress::{Cancel, Event, Phase, Progress};
use crate::reason::Reason;
use crate::report::{Report, Ruling, Scene, VerdictLine};
use crate::run::{Command, RunId};
use crate::wording::{plain, size};
use act::{obstacles, stop_without_room};

/// Why a run stopped before it changed anything, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Another run is active.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A folder cannot be scanned.
    #[error(transparent)]
    Folder(ScanError),
    /// Two source folders hold each other, or a library holds a folder.
    #[error("{} and {} overlap, so photos would be counted twice. Use only one of them as a folder", .0.display(), .1.display())]
    Overlap(PathBuf, PathBuf),
    /// A folder is a photo library, or lies in one.
    #[error(
        "{} cannot be a folder of photos: it belongs to the photo library {}, which only its own program may change. \
         Nothing was changed", .0.display(), .1.display()
    )]
    InsideLibrary(PathBuf, PathBuf),
    /// A folder is the data directory, or lies in it.
    #[error(
        "{} cannot be a folder of photos: it is inside {}, where Photobridge keeps its data. No photo was touched. Choose \
         another folder, or another data directory with --data-dir", .0.display(), .1.display()
    )]
    InsideData(PathBuf, PathBuf),
    /// Exports would go into what is only read.
    #[error(
        "{} is an archive, which is read-only: no photo can be exported to it. Nothing was changed. Set the export folder \
         with `photobridge config export.folder DIR`, or only import, with `--mode import`", .0.display()
    )]
    OnlyGives(PathBuf),
    /// Another directory lies where a folder was that exports go to.
    #[error(
        "{} {doubt}, perhaps because its disk is not connected. Nothing was changed. Connect it. If this is a different \
         folder, use `photobridge sync --new-folder`: what went out to the other one goes out to this one, too, also what was \
         deleted there. If it is the same folder, use `--same-as` \
         with its path: what is not in it then counts as deleted there", .path.display()
    )]
    AnotherFolder {
        /// Where it lies.
        path: PathBuf,
        /// What it lacks.
        doubt: Doubt,
    },
    /// A new folder may be one that is known.
    #[error(
        "{} {doubt}. Nothing was changed. If this is that folder, moved, copied or chosen again, use `photobridge sync \
         --same-as {}`: what was deleted there stays deleted. If it is another one, use `photobridge sync --new-folder`: \
         what went out to the known one goes out to it, too, also what was deleted there",
        .path.display(), .from.display()
    )]
    WhichFolder {
        /// The new one.
        path: PathBuf,
        /// Where the other one lay.
        from: PathBuf,
        /// What speaks for it.
        doubt: Doubt,
    },
    /// Nothing is known of a folder that a person named.
    #[error("{} was never synced. Nothing was changed", .0.display())]
    NoSuchFolder(PathBuf),
    /// The library cannot be used.
    #[error(transparent)]
    Library(LibraryError),
    /// A guard stopped it.
    #[error("{0}. Nothing was changed. Check run {1}, and sync by hand if it is right")]
    Guard(Guard, RunId),
    /// The kept plan is not there.
    #[error("run {0} is not a simulation, or its plan has expired. Simulate again, or sync without --plan")]
    NoPlan(RunId),
    /// The kept plan was made for something else than what is asked for now.
    #[error("run {run} looked at {then}; the settings name {now} now. Simulate again. Nothing was changed")]
    Outdated {
        /// The simulation.
        run: RunId,
        /// What it looked at.
        then: String,
        /// What takes the place of that.
        now: String,
    },
    /// The exports do not fit where they would go.
    #[error(
        "there is not enough space for these exports in {}: they need {} and some more, and {} are free. \
         Nothing was changed. Free some space, or export fewer photos", .folder.display(), size(*.needed), size(*.free)
    )]
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes that would go there.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Only a sync can be undone, and an undo.
    #[error("run {0} is neither a sync nor an undo, so it cannot be undone; `photobridge history` lists the runs")]
    NoSync(RunId),
    /// The ledger does not know it any more.
    #[error(
        "run {0} was carried out, but this ledger does not know it: it is an older copy, or a new one. Nothing was changed. \
         If it was a sync, what it did is in runs/{0}.log of the data directory"
    )]
    Forgotten(RunId),
    /// Somebody stopped it before it began to act.
    #[error("cancelled before anything was changed")]
    Cancelled,
    /// The file system failed around the run.
    #[error("{0}: {1}")]
    Io(&'static str, std::io::Error),
}

impl SyncError {
    /// Whether it is a question, which a person answers.
    pub fn needs_a_person(&self) -> bool {
        matches!(self, Self::Guard(..) | Self::AnotherFolder { .. } | Self::WhichFolder { .. })
    }
}

impl From<LibraryError> for SyncError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Cancelled => Self::Cancelled,
            error => Self::Library(error),
        }
    }
}

impl From<LookError<LedgerError>> for SyncError {
    fn from(error: LookError<LedgerError>) -> Self {
        match error {
            LookError::Cancelled => Self::Cancelled,
            LookError::Cache(error) => Self::Ledger(error),
        }
    }
}

impl From<RecoverError> for SyncError {
    fn from(error: RecoverError) -> Self {
        match error {
            RecoverError::Library(error) => error.into(),
            RecoverError::Ledger(error) => error.into(),
        }
    }
}

impl From<ScanError> for SyncError {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Cancelled => Self::Cancelled,
            error => Self::Folder(error),
        }
    }
}

/// A finished run: its report, and both sides for whoever wants to explain single verdicts.
#[derive(Debug)]
pub struct Finished {
    /// The counts.
    pub report: Report,
    /// Whether somebody stopped it; the next run goes on.
    pub cancelled: bool,
    /// Photos that waited only since they had changed just before: some seconds later they can go.
    pub just_arrived: u64,
    /// What lay in the folders, where somebody watches them.
    pub seen: Option<Seen>,
    items: Vec<Item>,
    assets: Vec<Asset>,
    facts: Facts,
    plan: Plan,
    applied: Applied,
    albums: BTreeMap<FolderId, String>,
    roots: BTreeMap<FolderId, String>,
    places: FxHashMap<LinkId, (FolderId, PathBuf)>,
}

impl Finished {
    /// Every verdict.
    pub fn lines(&self) -> impl Iterator<Item = VerdictLine> + '_ {
        self.lines_of(|_, _| true)
    }

    /// Those verdicts that are wanted; the others are not put into words.
    pub fn lines_of(
        &self,
        is_wanted: impl Fn(Ruling, Option<Reason>) -> bool + Copy,
    ) -> impl Iterator<Item = VerdictLine> {
        // The scene only borrows, so it can be made anew for each line.
        let is_wanted = move |(ruling, reason)| is_wanted(ruling, reason);
        let imports = self.plan.verdicts.iter().filter(move |verdict| is_wanted(self.scene().ruling(verdict)));
        let exports = self.plan.exports.iter().filter(move |verdict| is_wanted(self.scene().export_ruling(verdict)));
        let imports = imports.map(|verdict| self.scene().line(verdict));
        imports.chain(exports.map(|verdict| self.scene().export_line(verdict)))
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            items: &self.items,
            assets: &self.assets,
            facts: &self.facts,
            plan: &self.plan,
            endings: &self.applied.endings,
            exported: &self.applied.exported,
            apart: &self.applied.apart,
            albums: &self.albums,
            roots: &self.roots,
            places: &self.places,
        }
    }
}

/// Runs once.
pub fn run(
    request: &Request,
    library: &mut dyn Library,
    folders: &dyn Folders,
    clock: &dyn Fn() -> Timestamp,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Finished, SyncError> {
    data::make(&request.data).map_err(|error| SyncError::Io("the data directory", error))?;
    let began = clock();
    let _lock = Lock::take(&request.data, request.command.as_str(), began)?;
    let mut ledger = Ledger::open(&request.data)?;
    let run = ledger.begin_run(request.command.as_str(), request.mode.as_str(), &request.started_by, began)?;
    kept::make_way(&request.data, run).map_err(|error| SyncError::Io("an old run could not be forgotten", error))?;
    progress.event(Event::Started(run));
    let mut session = Session { request, run, began, library, folders, ledger: &mut ledger, clock, progress, cancel };
    let result = session.run();
    let (state, report) = match &result {
        Ok(finished) => {
            let report = serde_json::to_string(&finished.report).unwrap_or_default();
            let state = match (&finished.report.stopped, finished.cancelled) {
                (Some(_), _) => RunState::Failed,
                (None, true) => RunState::Cancelled,
                (None, false) => RunState::Done,
            };
            (state, report)
        }
        Err(error) if error.needs_a_person() => (RunState::NeedsYourLook, error.to_string()),
        Err(error @ SyncError::Cancelled) => (RunState::Cancelled, error.to_string()),
        Err(error) => (RunState::Failed, plain(&error.to_string())),
    };
    ledger.end_run(run, state, &report, clock())?;
    if result.as_ref().is_ok_and(|finished| finished.report.applied() > 0) {
        ledger.back_up(clock())?;
    }
    result
}

/// Remembers what the library holds of the time before a baseline, for Going Forward. Returns how many assets that is.
pub fn set_baseline(
    data: &Path,
    library: &mut dyn Library,
    baseline: Timestamp,
    progress: &dyn Progress,
    cancel: &Cancel,
    now: Timestamp,
) -> Result<usize, SyncError> {
    crate::data::make(data).map_err(|error| SyncError::Io("the data directory", error))?;
    let _lock = Lock::take(data, "baseline set", now)?;
    let mut ledger = Ledger::open(data)?;
    let identity = library.identity();
    if identity.uuid.is_none() && ledger.knew_library_at(&identity.path)? {
        return Err(SyncError::Library(LibraryError::Missing(identity.path)));
    }
    let library_id = ledger.library(&identity)?;
    let assets = library.snapshot(progress, cancel)?.assets;
    ledger.set_baseline(library_id, baseline, &assets)?;
    Ok(assets.iter().filter(|asset| asset.added.is_none_or(|added| added < baseline)).count())
}

/// Fills an empty ledger with what is the same on both sides, and carries nothing. Returns how many photos that is.
pub fn relearn(
    request: &Request,
    library: &mut dyn Library,
    folders: &dyn Folders,
    clock: &dyn Fn() -> Timestamp,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<u64, SyncError> {
    let began = clock();
    let _lock = Lock::take(&request.data, "ledger rebuild", began)?;
    let mut ledger = Ledger::open(&request.data)?;
    let run = ledger.begin_run("ledger rebuild", request.mode.as_str(), &request.started_by, began)?;
    kept::make_way(&request.data, run).map_err(|error| SyncError::Io("an old run could not be forgotten", error))?;
    progress.event(Event::Started(run));
    let mut session = Session { request, run, began, library, folders, ledger: &mut ledger, clock, progress, cancel };
    let result = session.relearn();
    let (state, words) = match &result {
        Ok(known) => (RunState::Done, format!("{known} photos on both sides")),
        Err(error) => (RunState::Failed, error.to_string()),
    };
    ledger.end_run(run, state, &words, clock())?;
    result
}

struct Session<'a> {
    request: &'a Request,
    run: RunId,
    began: Timestamp,
    library: &'a mut dyn Library,
    folders: &'a dyn Folders,
    ledger: &'a mut Ledger,
    clock: &'a dyn Fn() -> Timestamp,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

impl Session<'_> {
    fn run(&mut self) -> Result<Finished, SyncError> {
        let only = self.promise()?;
        let mut folders = self.folders()?;
        folders.1.extend(self.copied_library()?);
        let before = self.ledger.library_before(&self.library.identity())?;
        let library_id = self.library_id()?;
        let (mut lost, mut undone) = (0, out::Recovered::default());
        if self.request.command == Command::Sync {
            self.progress.event(Event::Begin { phase: Phase::Recovering, steps: None, bytes: None });
            self.ledger.discard_half_copy()?;
            data::forget_what_was_being_made(&self.request.data)
                .map_err(|error| SyncError::Io("what was being made could not be forgotten", error))?;
            // Where it cannot be written now, whoever writes next does that first.
            let _ = self.library.recover();
            apply::recover(self.library, library_id, self.ledger)?;
            for source in &folders.0 {
                lost += apply::export::recover(&*source.folder, source.id, self.ledger)?;
            }
            undone = out::recover(&self.request.data, self.library, self.folders, self.ledger)?;
            self.progress.event(Event::End(Phase::Recovering));
        }
        let mut found = self.look_at_both(folders, library_id)?;
        if let Some(before) = before {
            self.know_again(&mut found, before)?;
        }
        found.notices.extend(notices::did_not_arrive(lost));
        found.notices.extend(notices::undo_went_on(&out::paths(&undone.out), &out::paths(&undone.back)));
        if let Some(export) = &mut found.export {
            // Where the settings have none, a run that died may have recorded it before anybody could write it there.
            let held = &mut found.memory.held;
            export.baseline = export.baseline.or(held.baseline.filter(|_| !held.by_another));
            held.drop_looks_of(&found.snapshot.assets);
            held.is_to_come = export.baseline.is_some_and(|baseline| baseline > self.began);
        }
        let matched = self.compare(&mut found)?;
        let promised = only.as_ref().map(|only| only.planned);
        let rules = Rules {
            now: self.began,
            settle: self.request.waits.settle,
            other_half: self.request.waits.other_half,
            icloud: self.request.waits.icloud,
            imports: self.request.mode.imports(),
            joins: self.request.joins,
            motion_photos: self.request.motion_photos,
            library: self.library.properties(),
            refuses: found.snapshot.refuses.clone(),
            only,
        };
        let plan = plan::plan(found.sides(), &found.facts, &matched, &rules);
        found.notices.extend(notices::lost_originals(&found.items, &matched.absent));
        let room = self.room(&found, &plan)?;
        let applied = match self.request.command {
            Command::Simulate => {
                self.guard(&mut found, &plan)?;
                found.notices.extend(obstacles(&found, &plan));
                found.notices.extend(room.and_then(|room| notices::no_room(room.needed, room.free)));
                Applied::default()
            }
            Command::Sync if !found.is_whole() => {
                self.guard(&mut found, &plan)?;
                self.act_within(&mut found, &matched, &plan)?
            }
            Command::Sync => {
                self.guard(&mut found, &plan)?;
                stop_without_room(&found, room)?;
                self.act(&mut found, &matched, &plan, room)?
            }
        };
        // What is told takes as much memory.
        drop(matched);
        self.finish(found, plan, applied, promised, room)
    }

    /// Where what is ours lies, as far as it is there.
    fn ours(&self) -> Vec<PathBuf> {
        [&self.request.data, &self.library.identity().path].into_iter().filter_map(|path| self.place_of(path)).collect()
    }

    fn relearn(&mut self) -> Result<u64, SyncError> {
        let folders = self.folders()?;
        let library_id = self.library_id()?;
        let mut found = self.look_at_both(folders, library_id)?;
        let matched = self.compare(&mut found)?;
        self.agree(&mut found, &matched)?;
        Ok(self.ledger.counts()?.0)
    }

    /// What is to be said where the library lies at two paths: what is deleted in one copy is then gone from both.
    fn copied_library(&self) -> Result<Option<String>, SyncError> {
        let identity = self.library.identity();
        let before = match &identity.uuid {
            Some(uuid) => self.ledger.library_path(uuid)?,
            None => None,
        };
        let is_another = |path: &PathBuf| {
            let there = self.folders.open(path).ok().filter(|there| folder::is_library(&**there, Path::new("")));
            there.is_some_and(|there| self.place_of(&identity.path).as_deref() != Some(there.place()))
        };
        Ok(before.filter(is_another).map(|before| notices::library_twice(&identity.path, &before)))
    }

    /// The ledger's number of the library. One that is not there, but was, is missing, not new.
    fn library_id(&mut self) -> Result<LibraryId, SyncError> {
        let identity = self.library.identity();
        if identity.uuid.is_none() && self.ledger.knew_library_at(&identity.path)? {
            return Err(SyncError::Library(LibraryError::Missing(identity.path)));
        }
        Ok(self.ledger.library(&identity)?)
    }

    /// What the simulation planned that is to be carried out, if that is still what is asked for.
    fn promise(&self) -> Result<Option<Promise>, SyncError> {
        let Some(run) = self.request.only else { return Ok(None) };
        let shown = self.ledger.run(run)?.and_then(|run| serde_json::from_str::<Report>(run.report.as_deref()?).ok());
        let shown = shown.filter(|shown| shown.command == Command::Simulate);
        // Of what an earlier version kept nobody knows what it looked at.
        let looked_at = shown.and_then(|shown| shown.looked_at).ok_or(SyncError::NoPlan(run))?;
        if let Some((then, now)) = looked_at.difference(&self.request.looks_at(&self.library.identity())) {
            return Err(SyncError::Outdated { run, then, now });
        }
        kept::promise(&self.request.data, run).map(Some).map_err(|_| SyncError::NoPlan(run))
    }
}
