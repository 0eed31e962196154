//! Drives scan → match → plan → apply → record: the one call that every front end shares.
//!
//! A simulation is this without apply; there is no dry-run flag further down.

mod agree;
mod answer;
mod gather;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::apply::export::Departure;
use crate::apply::{self, Applied, Errand};
use crate::asset::Asset;
use crate::export::Export;
use crate::fingerprint::Fingerprint;
use crate::folder::place;
use crate::folder::scan::ScanError;
use crate::folder::{Filter, Folder};
use crate::guard::{self, Guard};
use crate::item::{FolderId, Item};
use crate::kept;
use crate::ledger::{Ledger, LedgerError, LibraryId, RunId, RunState};
use crate::library::{Library, LibraryError};
use crate::lock::{Lock, LockError};
use crate::matching::{Facts, FileRef, Matched};
use crate::memory::Decision;
use crate::notices;
use crate::plan::{self, ExportFate, ExportVerdict, Fate, Plan, Promise, Rules, Verdict};
use crate::progress::{Cancel, Event, Phase, Progress};
use crate::reason::Reason;
use crate::report::{Direction, Report, Scene, VerdictLine};
use gather::Found;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Command {
    /// Show what a sync would do.
    Simulate,
    /// Do it.
    Sync,
}

impl Command {
    /// The word that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simulate => "simulate",
            Self::Sync => "sync",
        }
    }
}

/// Which ways photos go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// From the folder into the library.
    #[default]
    Import,
    /// Both ways; import first.
    Bidirectional,
    /// From the library into the folder.
    Export,
}

impl Mode {
    /// The word that people type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Bidirectional => "bidirectional",
            Self::Export => "export",
        }
    }

    /// Whether photos of the folder go into the library.
    pub fn imports(self) -> bool {
        self != Self::Export
    }

    /// Whether photos of the library go into the folder.
    pub fn exports(self) -> bool {
        self != Self::Import
    }
}

/// A source folder as the settings name it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path.
    pub path: PathBuf,
    /// The album for what comes from it.
    pub album: String,
    /// Which of its files are offered.
    pub filter: Filter,
}

/// How long things wait; `settle` zero switches every wait off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// For a file that changed.
    pub settle: Duration,
    /// For the other half of a Live Photo.
    pub other_half: Duration,
    /// For iCloud to bring what an Apple device took.
    pub icloud: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { settle: Duration::from_secs(10), other_half: hours(1), icloud: hours(24) }
    }
}

/// Everything that a run is given.
#[derive(Debug, Clone)]
pub struct Request {
    /// Simulate or sync.
    pub command: Command,
    /// Which ways photos go.
    pub mode: Mode,
    /// What goes out and how; looked at where the mode exports.
    pub export: Export,
    /// The folder that exports go to, if it is not the first source. It is scanned for matching.
    pub export_folder: Option<PathBuf>,
    /// The source folders.
    pub sources: Vec<Source>,
    /// Where the ledger lies.
    pub data: PathBuf,
    /// The waits.
    pub waits: Waits,
    /// Nobody watches: guards apply, with this many imports allowed.
    pub unattended: Option<usize>,
    /// A simulation whose plan is to be honoured.
    pub only: Option<RunId>,
}

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
    #[error("{} and {} overlap, so photos would be seen twice. Name only one of them as a folder", .0.display(), .1.display())]
    Overlap(PathBuf, PathBuf),
    /// The library cannot be used.
    #[error(transparent)]
    Library(LibraryError),
    /// A guard stopped it.
    #[error("{0}. Nothing was changed. Look at run {1} and sync by hand if it is right")]
    Guard(Guard, RunId),
    /// The kept plan is not there.
    #[error("run {0} is no simulation whose plan is kept. Simulate again, or sync without --plan")]
    NoPlan(RunId),
    /// The exports do not fit where they would go.
    #[error(
        "there is no room for these exports in {}: they take {needed} bytes and some more, and {free} are free. \
         Nothing was changed. Make room, or narrow what goes out", .folder.display()
    )]
    NoRoom {
        /// The folder.
        folder: PathBuf,
        /// Bytes that would go there.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// Only a sync can be undone.
    #[error("run {0} is no sync that can be undone; `photobridge history` lists the runs")]
    NoSync(RunId),
    /// Somebody stopped it before it began to act.
    #[error("cancelled before anything was changed")]
    Cancelled,
    /// The file system failed around the run.
    #[error("{0}: {1}")]
    Io(&'static str, std::io::Error),
}

impl From<LibraryError> for SyncError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Cancelled => Self::Cancelled,
            error => Self::Library(error),
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
    items: Vec<Item>,
    assets: Vec<Asset>,
    facts: Facts,
    plan: Plan,
    applied: Applied,
    albums: BTreeMap<FolderId, String>,
}

impl Finished {
    /// Every verdict.
    pub fn lines(&self) -> impl Iterator<Item = VerdictLine> + '_ {
        // The scene only borrows, so it can be made anew for each line.
        let imports = self.plan.verdicts.iter().map(|verdict| self.scene().line(verdict));
        imports.chain(self.plan.exports.iter().map(|verdict| self.scene().export_line(verdict)))
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            items: &self.items,
            assets: &self.assets,
            facts: &self.facts,
            plan: &self.plan,
            endings: &self.applied.endings,
            exported: &self.applied.exported,
            albums: &self.albums,
        }
    }
}

/// Runs once.
pub fn run(
    request: &Request,
    library: &mut dyn Library,
    clock: &dyn Fn() -> Timestamp,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Finished, SyncError> {
    std::fs::create_dir_all(&request.data).map_err(|error| SyncError::Io("the data directory", error))?;
    let began = clock();
    let _lock = Lock::take(&request.data, request.command.as_str(), began)?;
    let mut ledger = Ledger::open(&request.data)?;
    let run = ledger.begin_run(request.command.as_str(), request.mode.as_str(), began)?;
    kept::forget(&request.data, run).map_err(|error| SyncError::Io("an old plan could not be removed", error))?;
    let mut session = Session { request, run, began, library, ledger: &mut ledger, clock, progress, cancel };
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
        Err(error @ SyncError::Guard(..)) => (RunState::NeedsYourLook, error.to_string()),
        Err(error @ SyncError::Cancelled) => (RunState::Cancelled, error.to_string()),
        Err(error) => (RunState::Failed, error.to_string()),
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
    std::fs::create_dir_all(data).map_err(|error| SyncError::Io("the data directory", error))?;
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
    clock: &dyn Fn() -> Timestamp,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<u64, SyncError> {
    let began = clock();
    let _lock = Lock::take(&request.data, "ledger rebuild", began)?;
    let mut ledger = Ledger::open(&request.data)?;
    let run = ledger.begin_run("ledger rebuild", request.mode.as_str(), began)?;
    let mut session = Session { request, run, began, library, ledger: &mut ledger, clock, progress, cancel };
    let result = session.relearn();
    let (state, words) = match &result {
        Ok(known) => (RunState::Done, format!("{known} photos on both sides")),
        Err(error) => (RunState::Failed, error.to_string()),
    };
    ledger.end_run(run, state, &words, clock())?;
    result
}

/// What goes out, and the room that there is for it.
#[derive(Debug, Clone, Copy)]
struct Room {
    photos: u64,
    needed: u64,
    free: u64,
}

struct Session<'a> {
    request: &'a Request,
    run: RunId,
    began: Timestamp,
    library: &'a mut dyn Library,
    ledger: &'a mut Ledger,
    clock: &'a dyn Fn() -> Timestamp,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

impl Session<'_> {
    fn run(&mut self) -> Result<Finished, SyncError> {
        let only = self.promise()?;
        let folders = self.folders()?;
        let library_id = self.library_id()?;
        if self.request.command == Command::Sync {
            self.progress.event(Event::Begin { phase: Phase::Recovering, steps: None, bytes: None });
            apply::recover(self.library, library_id, self.ledger)?;
            for folder in &folders {
                apply::export::recover(&folder.path, folder.id, self.ledger)?;
            }
            self.progress.event(Event::End);
        }
        let mut found = self.look_at_both(folders, library_id)?;
        if let Some(export) = &mut found.export {
            // Where the settings have none, a run that died may have recorded it before anybody could write it there.
            export.baseline = export.baseline.or(found.memory.held.baseline);
        }
        let matched = self.compare(&mut found)?;
        let promised = only.as_ref().map(|only| only.planned);
        let rules = Rules {
            now: self.began,
            settle: self.request.waits.settle,
            other_half: self.request.waits.other_half,
            icloud: self.request.waits.icloud,
            imports: self.request.mode.imports(),
            library: self.library.properties(),
            only,
        };
        let plan = plan::plan(found.sides(), &found.facts, &matched, &rules);
        let room = self.room(&found, &plan)?;
        let applied = match self.request.command {
            Command::Simulate => {
                drop(matched);
                self.guard(&mut found, &plan)?;
                found.notices.extend(room.and_then(|room| notices::no_room(room.needed, room.free)));
                Applied::default()
            }
            Command::Sync => {
                self.guard(&mut found, &plan)?;
                if let (Some(Room { needed, free, .. }), Some(folder)) = (room, found.receiver())
                    && !notices::has_room(needed, free)
                {
                    return Err(SyncError::NoRoom { folder: folder.path.clone(), needed, free });
                }
                self.act(&mut found, &matched, &plan, room)?
            }
        };
        self.finish(found, plan, applied, promised, room)
    }

    /// What goes out, and the room there; nothing where the mode does not export.
    fn room(&self, found: &Found, plan: &Plan) -> Result<Option<Room>, SyncError> {
        let Some(folder) = found.receiver() else { return Ok(None) };
        let free = place::free_space(&folder.path).map_err(|error| SyncError::Io("the folder's disk", error))?;
        let sizes = plan.departures().map(|(verdict, out)| out.size(&found.snapshot.assets[verdict.asset as usize]));
        Ok(Some(Room { photos: plan.departures().count() as u64, needed: sizes.sum(), free }))
    }

    /// Canonical paths of what is ours, where it is there.
    fn ours(&self) -> Vec<PathBuf> {
        let ours = [self.request.data.clone(), self.library.identity().path];
        ours.iter().filter_map(|path| std::fs::canonicalize(path).ok()).collect()
    }

    fn relearn(&mut self) -> Result<u64, SyncError> {
        let folders = self.folders()?;
        let library_id = self.library_id()?;
        let mut found = self.look_at_both(folders, library_id)?;
        let matched = self.compare(&mut found)?;
        self.agree(&mut found, &matched)
    }

    /// The ledger's number of the library. One that is not there, but was, is missing, not new.
    fn library_id(&mut self) -> Result<LibraryId, SyncError> {
        let identity = self.library.identity();
        if identity.uuid.is_none() && self.ledger.knew_library_at(&identity.path)? {
            return Err(SyncError::Library(LibraryError::Missing(identity.path)));
        }
        Ok(self.ledger.library(&identity)?)
    }

    fn promise(&self) -> Result<Option<Promise>, SyncError> {
        let Some(run) = self.request.only else { return Ok(None) };
        let is_simulation = self.ledger.run(run)?.is_some_and(|run| run.command == Command::Simulate.as_str());
        if !is_simulation {
            return Err(SyncError::NoPlan(run));
        }
        kept::promise(&self.request.data, run).map(Some).map_err(|_| SyncError::NoPlan(run))
    }

    /// Stops an unattended run that looks wrong; tells an attended one what a guard would have said.
    fn guard(&mut self, found: &mut Found, plan: &Plan) -> Result<(), SyncError> {
        let mut guards = guard::losses(found.sides(), &found.facts);
        let Some(limit) = self.request.unattended.filter(|_| self.request.command == Command::Sync) else {
            let notice = |guard: &Guard| format!("{guard}. Nothing is deleted anywhere because of that");
            found.notices.extend(guards.iter().map(notice));
            return Ok(());
        };
        for folder in &found.folders {
            if !self.ledger.has_synced(folder.id, found.library_id)? {
                guards.insert(0, Guard::FirstSync);
            }
        }
        let planned = plan.imports().count();
        if planned > limit {
            guards.push(Guard::Many { planned, limit });
        }
        let Some(guard) = guards.into_iter().next() else { return Ok(()) };
        self.keep(found, plan, &Applied::default(), true)?;
        Err(SyncError::Guard(guard, self.run))
    }

    /// Records what is the same on both sides, then carries the rest.
    fn act(
        &mut self,
        found: &mut Found,
        matched: &Matched,
        plan: &Plan,
        room: Option<Room>,
    ) -> Result<Applied, SyncError> {
        self.switch_on(found)?;
        if let Some(Room { photos, needed, free }) = room.filter(|room| room.photos > 0) {
            self.progress.event(Event::Outlook { photos, bytes: needed, free });
        }
        self.agree(found, matched)?;
        let folders =
            (found.folders.iter()).map(|folder| (folder.id, (folder.path.clone(), folder.album.clone()))).collect();
        let errand = Errand {
            run: self.run,
            library_id: found.library_id,
            folders: &folders,
            clock: self.clock,
            progress: self.progress,
            cancel: self.cancel,
        };
        self.ledger.use_up(&needless(found, plan))?;
        let mut applied = apply::apply(plan, &found.items, &errand, self.library, self.ledger)?;
        self.export(found, plan, &mut applied)?;
        // A library that was made by this run has a UUID now.
        self.ledger.library(&self.library.identity())?;
        found.bytes_read += applied.bytes;
        for item in applied.endings.keys() {
            found.opened.extend(found.items[*item as usize].files.iter().map(|file| file.stamp.inode));
        }
        if applied.stopped.is_none() && !self.cancel.is_cancelled() {
            for folder in &found.folders {
                self.ledger.has_now_synced(folder.id, found.library_id)?;
            }
        }
        Ok(applied)
    }

    /// The first sync that exports draws the line between what is old and what is new.
    fn switch_on(&mut self, found: &mut Found) -> Result<(), SyncError> {
        if let Some(export) = found.export.as_mut().filter(|export| export.baseline.is_none()) {
            self.ledger.set_baseline(found.library_id, self.began, &found.snapshot.assets)?;
            export.baseline = Some(self.began);
        }
        Ok(())
    }

    /// Carries out what goes out, after what comes in.
    fn export(&mut self, found: &Found, plan: &Plan, applied: &mut Applied) -> Result<(), SyncError> {
        let Some(folder) = found.receiver().filter(|_| applied.stopped.is_none()) else { return Ok(()) };
        let departure = Departure {
            run: self.run,
            library_id: found.library_id,
            folder: folder.id,
            root: &folder.path,
            assets: &found.snapshot.assets,
            facts: &found.facts,
            progress: self.progress,
            cancel: self.cancel,
        };
        Ok(apply::export::export(plan, &departure, self.library, self.ledger, applied)?)
    }

    fn keep(&self, found: &Found, plan: &Plan, applied: &Applied, whole: bool) -> Result<(), SyncError> {
        let albums = albums(&found.folders);
        let scene = Scene {
            items: &found.items,
            assets: &found.snapshot.assets,
            facts: &found.facts,
            plan,
            endings: &applied.endings,
            exported: &applied.exported,
            albums: &albums,
        };
        let is_news = |verdict: &&Verdict| match verdict.fate {
            Fate::Skip(reason) => whole || !reason.is_old_news(),
            _ => true,
        };
        let is_export_news = |verdict: &&ExportVerdict| match verdict.fate {
            ExportFate::Skip(reason) => whole || !reason.is_old_news(),
            ExportFate::Export(_) | ExportFate::Fail(_) => true,
        };
        let exports = plan.exports.iter().filter(is_export_news).map(|verdict| scene.export_line(verdict));
        let lines = plan.verdicts.iter().filter(is_news).map(|verdict| {
            let stamp = found.items[verdict.item as usize].primary().stamp;
            VerdictLine { stamp: Some(stamp), ..scene.line(verdict) }
        });
        kept::keep(&self.request.data, self.run, lines.chain(exports))
            .map_err(|error| SyncError::Io("the plan could not be kept", error))
    }

    fn finish(
        &mut self,
        found: Found,
        plan: Plan,
        applied: Applied,
        promised: Option<usize>,
        room: Option<Room>,
    ) -> Result<Finished, SyncError> {
        let whole = self.request.command == Command::Simulate;
        self.keep(&found, &plan, &applied, whole)?;
        let ended = (self.clock)();
        let mut told = found.notices;
        told.extend(notices::long_waits(&found.items, self.began));
        told.extend(notices::conflict_copies(&found.items, &plan));
        told.extend(notices::lost_originals(&found.items, &found.snapshot.assets, &plan));
        let edited = self.request.export.edited;
        told.extend(notices::edits_without_render(&found.snapshot.assets, &plan, edited));
        told.extend(notices::ours_in_the_folder(&found.folders, &self.ours()));
        told.extend(self.request.only.zip(promised).and_then(|(run, promised)| notices::unkept(run, promised, &plan)));
        let is_sync = self.request.command == Command::Sync;
        let is_new = self.request.export.baseline.is_none();
        let report = Report {
            run: self.run,
            command: self.request.command,
            mode: self.request.mode,
            import: None,
            export: None,
            files_read: found.opened.len() as u64,
            bytes_read: found.bytes_read,
            stopped: applied.stopped.clone(),
            duration_ms: u64::try_from(ended.duration_since(self.began).as_millis()).unwrap_or(0),
            baseline: found.export.as_ref().and_then(|export| export.baseline).filter(|_| is_sync && is_new),
            free_bytes: room.map(|room| room.free),
            notices: told,
        };
        let mut finished = Finished {
            report,
            cancelled: self.cancel.is_cancelled(),
            items: found.items,
            assets: found.snapshot.assets,
            facts: found.facts,
            plan,
            applied,
            albums: albums(&found.folders),
        };
        let count = |mut direction: Direction, begun: usize| {
            direction.not_reached = if is_sync { direction.planned - begun as u64 } else { 0 };
            direction
        };
        let mode = self.request.mode;
        let import = mode.imports().then(|| count(finished.scene().imports(), finished.applied.endings.len()));
        let export = mode.exports().then(|| count(finished.scene().exports(), finished.applied.exported.len()));
        (finished.report.import, finished.report.export) = (import, export);
        Ok(finished)
    }
}

/// Photos that a person took in and that lie on both sides already: said once, it must not bring them back one day.
fn needless(found: &Found, plan: &Plan) -> Vec<Fingerprint> {
    let is_there = |reason: &Reason| matches!(reason, Reason::SameBytes | Reason::ExportedByUs | Reason::ImportedByUs);
    let items = plan.verdicts.iter().filter_map(|verdict| match &verdict.fate {
        Fate::Skip(reason) if is_there(reason) => found.facts.file(FileRef { item: verdict.item, file: 0 }),
        _ => None,
    });
    let assets = plan.exports.iter().filter_map(|verdict| match &verdict.fate {
        ExportFate::Skip(reason) if is_there(reason) => {
            found.snapshot.assets[verdict.asset as usize].primary().and_then(|primary| primary.fingerprint)
        }
        _ => None,
    });
    items.chain(assets).filter(|bytes| found.memory.decision(bytes) == Some(Decision::TakeIn)).collect()
}

fn albums(folders: &[Folder]) -> BTreeMap<FolderId, String> {
    folders.iter().map(|folder| (folder.id, folder.album.clone())).collect()
}
