//! Drives scan → match → plan → apply → record: the one call that every front end shares.
//!
//! A simulation is this without apply; there is no dry-run flag further down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::apply::{self, Applied, Ending, Errand};
use crate::asset::{Asset, AssetId, ResourceRole};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::folder::look::{self, Circumstances, Look, RACY, fact_of};
use crate::folder::scan::ScanError;
use crate::folder::settle::changed_within;
use crate::folder::{Filter, Folder};
use crate::guard::{self, Guard};
use crate::item::{FolderId, Item, Stamp, Trouble};
use crate::kept;
use crate::ledger::{Ledger, LedgerError, LibraryId, RunId, RunState};
use crate::library::{Library, LibraryError, Snapshot};
use crate::lock::{Lock, LockError};
use crate::matching::{self, Answer, Facts, FileRef, Matched, Outcome, Questions, Relation, ResourceRef, Sides};
use crate::memory::{AgreedFile, Agreement, Memory, Origin};
use crate::plan::{self, Fate, Plan, Promise, Rules, Verdict};
use crate::progress::{Cancel, Event, Phase, Progress};
use crate::reason::Reason;
use crate::report::{Direction, Report, Scene, VerdictLine};

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
    /// Two source folders hold each other.
    #[error("the folders {} and {} overlap, so photos would be seen twice. Name only one of them", .0.display(), .1.display())]
    Overlap(PathBuf, PathBuf),
    /// The library cannot be used.
    #[error(transparent)]
    Library(LibraryError),
    /// A guard stopped it.
    #[error("{0}. Nothing was changed. Look at run {1} and sync by hand if it is right")]
    Guard(Guard, RunId),
    /// The kept plan is not there.
    #[error("run {0} has no kept plan ({1}). Simulate again, or sync without --plan")]
    NoPlan(RunId, std::io::Error),
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
    /// Why it stopped before its end, if it did.
    pub stopped: Option<String>,
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
        (0..self.plan.verdicts.len()).map(|at| self.scene().line(&self.plan.verdicts[at]))
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            items: &self.items,
            assets: &self.assets,
            facts: &self.facts,
            plan: &self.plan,
            endings: &self.applied.endings,
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
    let run = ledger.begin_run(request.command.as_str(), "import", began)?;
    let mut session = Session { request, run, began, library, ledger: &mut ledger, clock, progress, cancel };
    let result = session.run();
    let (state, report) = match &result {
        Ok(finished) => {
            let report = serde_json::to_string(&finished.report).unwrap_or_default();
            let state = match (&finished.stopped, finished.cancelled) {
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
    if result.as_ref().is_ok_and(|finished| finished.report.import.as_ref().is_some_and(|side| side.applied > 0)) {
        ledger.back_up(clock())?;
    }
    result
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
    let run = ledger.begin_run("ledger rebuild", "import", began)?;
    let mut session = Session { request, run, began, library, ledger: &mut ledger, clock, progress, cancel };
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
    ledger: &'a mut Ledger,
    clock: &'a dyn Fn() -> Timestamp,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

/// Both sides as they were found, with what is remembered and known.
struct Found {
    library_id: LibraryId,
    folders: Vec<Folder>,
    items: Vec<Item>,
    snapshot: Snapshot,
    memory: Memory,
    facts: Facts,
    notices: Vec<String>,
    opened: FxHashSet<u64>,
    bytes_read: u64,
}

impl Found {
    fn sides(&self) -> Sides<'_> {
        Sides { items: &self.items, assets: &self.snapshot.assets, memory: &self.memory }
    }
}

impl Session<'_> {
    fn run(&mut self) -> Result<Finished, SyncError> {
        let only = self.promise()?;
        let folders = self.folders()?;
        let library_id = self.library_id()?;
        if self.request.command == Command::Sync {
            self.progress.event(Event::Begin { phase: Phase::Recovering, steps: None, bytes: None });
            apply::recover(self.library, library_id, self.ledger)?;
            self.progress.event(Event::End);
        }
        let mut found = self.look_at_both(folders, library_id)?;
        let matched = self.compare(&mut found)?;
        let rules = Rules {
            now: self.began,
            settle: self.request.waits.settle,
            other_half: self.request.waits.other_half,
            icloud: self.request.waits.icloud,
            library: self.library.properties(),
            only,
        };
        let plan = plan::plan(found.sides(), &found.facts, &matched, &rules);
        let applied = match self.request.command {
            Command::Simulate => {
                drop(matched);
                self.guard(&mut found, &plan)?;
                Applied::default()
            }
            Command::Sync => {
                self.guard(&mut found, &plan)?;
                self.act(&mut found, &matched, &plan)?
            }
        };
        self.finish(found, plan, applied)
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
        let read = |run| kept::promise(&self.request.data, run).map_err(|error| SyncError::NoPlan(run, error));
        self.request.only.map(read).transpose()
    }

    /// The source folders under their canonical paths, each with the ledger's number.
    fn folders(&mut self) -> Result<Vec<Folder>, SyncError> {
        let mut folders: Vec<Folder> = Vec::new();
        for source in &self.request.sources {
            let path = std::fs::canonicalize(&source.path).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => ScanError::Missing(source.path.clone()),
                _ => ScanError::Unreadable { path: source.path.clone(), why: error.to_string() },
            })?;
            let overlaps = |other: &&Folder| path.starts_with(&other.path) || other.path.starts_with(&path);
            if let Some(other) = folders.iter().find(overlaps) {
                return Err(SyncError::Overlap(path, other.path.clone()));
            }
            let id = self.ledger.folder(&path)?;
            folders.push(Folder { id, path, album: source.album.clone(), filter: source.filter.clone() });
        }
        Ok(folders)
    }

    /// Scans the folders while the library is being listed.
    fn look_at_both(&mut self, folders: Vec<Folder>, library_id: LibraryId) -> Result<Found, SyncError> {
        let never_enter: Vec<PathBuf> = [Some(self.request.data.clone()), Some(self.library.identity().path)]
            .into_iter()
            .flatten()
            .filter_map(|path| std::fs::canonicalize(path).ok())
            .collect();
        let with = Circumstances {
            never_enter: &never_enter,
            now: self.began,
            settle: self.request.waits.settle,
            progress: self.progress,
            cancel: self.cancel,
        };
        let (library, ledger, progress, cancel) = (&mut *self.library, &mut *self.ledger, self.progress, self.cancel);
        let (snapshot, looks, memory) = std::thread::scope(|scope| {
            let listing = scope.spawn(move || library.snapshot(progress, cancel));
            let looks = folders.iter().map(|folder| {
                let cache = ledger.facts(folder.id)?;
                Ok(look::look(folder, cache, &with)?)
            });
            let looks: Result<Vec<Look>, SyncError> = looks.collect();
            let memory = ledger.memory(library_id);
            let snapshot = listing.join().map_err(|_| LibraryError::Failed {
                what: "the library could not be listed".into(),
                source: "it panicked".into(),
            });
            (snapshot, looks, memory)
        });
        let mut found = Found {
            library_id,
            folders,
            items: Vec::new(),
            snapshot: snapshot.map_err(SyncError::from)??,
            memory: memory?,
            facts: Facts::default(),
            notices: Vec::new(),
            opened: FxHashSet::default(),
            bytes_read: 0,
        };
        found.notices.append(&mut found.snapshot.warnings);
        for (at, look) in looks?.into_iter().enumerate() {
            self.take(&mut found, at, look)?;
        }
        self.recall_resources(&mut found)?;
        Ok(found)
    }

    /// Adds one folder's look to what was found, and caches what it read.
    fn take(&mut self, found: &mut Found, at: usize, look: Look) -> Result<(), SyncError> {
        let folder = found.folders[at].id;
        let first = found.items.len() as u32;
        if first == 0 {
            // Most people have one folder: what may be 100,000 items need not be moved.
            (found.items, found.facts.files) = (look.items, look.known);
        } else {
            let moved = |(file, answer): (FileRef, Answer)| (FileRef { item: file.item + first, ..file }, answer);
            found.facts.files.extend(look.known.into_iter().map(moved));
            found.items.extend(look.items);
        }
        found.notices.extend(look.notices);
        found.opened.extend(look.opened);
        found.bytes_read += look.bytes_read;
        if !look.learned.is_empty() {
            self.ledger.cache(folder, &look.learned)?;
        }
        if !look.gone.is_empty() {
            self.ledger.forget_facts(folder, &look.gone)?;
        }
        Ok(())
    }

    /// Fingerprints computed in earlier runs of resources for which the library stores none.
    fn recall_resources(&mut self, found: &mut Found) -> Result<(), SyncError> {
        let known: FxHashMap<(AssetId, ResourceRole, u64), Fingerprint> = self
            .ledger
            .resource_facts(found.library_id)?
            .into_iter()
            .map(|(asset, role, size, fingerprint)| ((asset, role, size), fingerprint))
            .collect();
        if known.is_empty() {
            return Ok(());
        }
        for (position, asset) in found.snapshot.assets.iter().enumerate() {
            for (at, resource) in asset.resources.iter().enumerate().filter(|(_, r)| r.fingerprint.is_none()) {
                let key = (asset.id.clone(), resource.role, resource.size.unwrap_or(0));
                if let Some(fingerprint) = known.get(&key) {
                    let resource = ResourceRef { asset: position as u32, resource: at as u16 };
                    found.facts.resources.insert(resource, Answer::Fingerprint(*fingerprint));
                }
            }
        }
        Ok(())
    }

    /// Asks and answers until matching has its answer.
    fn compare(&mut self, found: &mut Found) -> Result<Matched, SyncError> {
        for round in 0.. {
            match matching::compare(found.sides(), &found.facts, round == matching::ROUNDS) {
                Outcome::Matched(matched) => return Ok(matched),
                Outcome::Questions(questions) => self.answer(found, &questions)?,
            }
        }
        unreachable!("the last round answers")
    }

    fn answer(&mut self, found: &mut Found, questions: &Questions) -> Result<(), SyncError> {
        let size = |file: &FileRef| found.items[file.item as usize].files[usize::from(file.file)].stamp.size;
        let bytes = questions.files.iter().map(size).sum();
        let steps = Some((questions.files.len() + questions.resources.len()) as u64);
        self.progress.event(Event::Begin { phase: Phase::Comparing, steps, bytes: Some(bytes) });
        self.answer_files(found, &questions.files)?;
        self.answer_resources(found, &questions.resources)?;
        self.progress.event(Event::End);
        if self.cancel.is_cancelled() { Err(SyncError::Cancelled) } else { Ok(()) }
    }

    fn answer_files(&mut self, found: &mut Found, files: &[FileRef]) -> Result<(), SyncError> {
        let roots: FxHashMap<FolderId, &Path> =
            found.folders.iter().map(|folder| (folder.id, folder.path.as_path())).collect();
        let answers: Vec<(FileRef, std::io::Result<Option<Fingerprint>>)> = files
            .par_iter()
            .map(|file| {
                let item = &found.items[file.item as usize];
                let entry = &item.files[usize::from(file.file)];
                let path = roots[&item.folder].join(&entry.path);
                let answer = read_unchanged(&path, entry.stamp, self.progress, self.cancel);
                self.progress.event(Event::Advance { steps: 1, bytes: 0 });
                (*file, answer)
            })
            .collect();
        let mut learned: FxHashMap<FolderId, Vec<_>> = FxHashMap::default();
        for (file, answer) in answers {
            let item = &mut found.items[file.item as usize];
            let entry = &item.files[usize::from(file.file)];
            found.opened.insert(entry.stamp.inode);
            match answer {
                Ok(Some(fingerprint)) => {
                    found.bytes_read += entry.stamp.size;
                    if !changed_within(&entry.stamp, self.began, RACY) {
                        learned.entry(item.folder).or_default().push(fact_of(entry, fingerprint));
                    }
                    found.facts.files.insert(file, Answer::Fingerprint(fingerprint));
                }
                // Somebody writes it just now: it waits like any other file that settles.
                Ok(None) => item.trouble = Some(Trouble::Settling),
                Err(error) => {
                    let why = format!("it could not be read: {error}");
                    found.facts.files.insert(file, Answer::Unavailable(why.into()));
                }
            }
        }
        for (folder, facts) in learned {
            self.ledger.cache(folder, &facts)?;
        }
        Ok(())
    }

    fn answer_resources(&mut self, found: &mut Found, resources: &[ResourceRef]) -> Result<(), SyncError> {
        let mut learned = Vec::new();
        for resource in resources {
            if self.cancel.is_cancelled() {
                break;
            }
            let asset = &found.snapshot.assets[resource.asset as usize];
            let entry = &asset.resources[usize::from(resource.resource)];
            let mut hasher = Hasher::new();
            let answer = match self.library.read(asset, entry.role, &mut hasher, self.cancel) {
                Ok(length) => {
                    let fingerprint = hasher.finish();
                    learned.push((asset.id.clone(), entry.role, entry.size.unwrap_or(length), fingerprint));
                    Answer::Fingerprint(fingerprint)
                }
                Err(error) => Answer::Unavailable(error.to_string().into()),
            };
            found.facts.resources.insert(*resource, answer);
            self.progress.event(Event::Advance { steps: 1, bytes: 0 });
        }
        self.ledger.cache_resources(found.library_id, &learned)?;
        Ok(())
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
        let nothing = FxHashMap::default();
        self.keep(found, plan, &nothing, true)?;
        Err(SyncError::Guard(guard, self.run))
    }

    /// Records what is the same on both sides, then carries the rest.
    fn act(&mut self, found: &mut Found, matched: &Matched, plan: &Plan) -> Result<Applied, SyncError> {
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
        let applied = apply::apply(plan, &found.items, &errand, self.library, self.ledger)?;
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

    /// Records the matches that the memory does not hold yet, and says how many. A match found without reading bytes is
    /// read now, so that it is remembered by identity and survives a move of the file.
    fn agree(&mut self, found: &mut Found, matched: &Matched) -> Result<u64, SyncError> {
        let held = |relation: &Relation| match relation {
            Relation::Held { asset, .. } => Some(*asset),
            _ => None,
        };
        let new: Vec<(u32, u32)> = (matched.relations.iter().enumerate())
            .filter_map(|(item, relation)| Some((item as u32, held(relation)?)))
            .filter(|(item, asset)| !is_remembered(found, *item, *asset))
            .collect();
        let unread: Vec<FileRef> = (new.iter())
            .flat_map(|(item, _)| originals(&found.items[*item as usize], *item))
            .filter(|file| !found.facts.files.contains_key(file))
            .collect();
        self.answer_files(found, &unread)?;
        if self.cancel.is_cancelled() {
            return Err(SyncError::Cancelled);
        }
        if new.is_empty() {
            return Ok(0);
        }
        let agreements = new.iter().filter_map(|(item, asset)| agreement(found, *item, *asset));
        Ok(self.ledger.agree(found.library_id, agreements)?)
    }

    fn keep(&self, found: &Found, plan: &Plan, endings: &FxHashMap<u32, Ending>, whole: bool) -> Result<(), SyncError> {
        let albums = albums(&found.folders);
        let scene = Scene {
            items: &found.items,
            assets: &found.snapshot.assets,
            facts: &found.facts,
            plan,
            endings,
            albums: &albums,
        };
        let is_news = |verdict: &&Verdict| whole || verdict.fate != Fate::Skip(Reason::SameBytes);
        let lines = plan.verdicts.iter().filter(is_news).map(|verdict| {
            let stamp = found.items[verdict.item as usize].primary().stamp;
            VerdictLine { stamp: Some((stamp.size, stamp.mtime, stamp.inode)), ..scene.line(verdict) }
        });
        kept::keep(&self.request.data, self.run, lines)
            .map_err(|error| SyncError::Io("the plan could not be kept", error))
    }

    fn finish(&mut self, found: Found, plan: Plan, applied: Applied) -> Result<Finished, SyncError> {
        let whole = self.request.command == Command::Simulate;
        self.keep(&found, &plan, &applied.endings, whole)?;
        let ended = (self.clock)();
        let mut notices = found.notices;
        notices.extend(long_waits(&found.items, self.began));
        let report = Report {
            run: self.run,
            command: self.request.command,
            mode: "import".into(),
            import: Some(Direction::default()),
            export: None,
            files_read: found.opened.len() as u64,
            bytes_read: found.bytes_read,
            duration_ms: u64::try_from(ended.duration_since(self.began).as_millis()).unwrap_or(0),
            notices,
        };
        let mut finished = Finished {
            report,
            stopped: applied.stopped.clone(),
            cancelled: self.cancel.is_cancelled(),
            items: found.items,
            assets: found.snapshot.assets,
            facts: found.facts,
            plan,
            applied,
            albums: albums(&found.folders),
        };
        finished.report.import = Some(finished.scene().direction());
        Ok(finished)
    }
}

/// Placeholders that have been one for more than a day will not become files by waiting: what to do about it.
fn long_waits(items: &[Item], now: Timestamp) -> Option<String> {
    let day = Duration::from_secs(24 * 3600);
    let waits_long =
        |item: &&Item| item.trouble == Some(Trouble::OnlineOnly) && !changed_within(&item.primary().stamp, now, day);
    let mut waiting = items.iter().filter(waits_long);
    let first = waiting.next()?;
    Some(format!(
        "{} photos (one is {first}) have been online only for more than a day. In the sync client, choose to keep the \
         folder on this computer (Nextcloud calls it \u{201c}Make always available locally\u{201d}); then they are taken",
        waiting.count() + 1
    ))
}

fn albums(folders: &[Folder]) -> BTreeMap<FolderId, String> {
    folders.iter().map(|folder| (folder.id, folder.album.clone())).collect()
}

fn originals(item: &Item, position: u32) -> impl Iterator<Item = FileRef> + '_ {
    let is_original = |(_, file): &(usize, &crate::item::ItemFile)| file.role.is_original();
    item.files.iter().enumerate().filter(is_original).map(move |(at, _)| FileRef { item: position, file: at as u16 })
}

/// Whether the memory already says that this item is this asset, under this path.
fn is_remembered(found: &Found, item: u32, asset: u32) -> bool {
    let entry = &found.items[item as usize];
    let Some(fingerprint) = found.facts.file(FileRef { item, file: 0 }) else { return false };
    let Some(link) = found.memory.by_fingerprint(&fingerprint) else { return false };
    let at_path = found.memory.by_path(entry.folder, entry.path()).is_some_and(|other| other.id == link.id);
    at_path && link.assets.contains(&found.snapshot.assets[asset as usize].id)
}

fn agreement(found: &Found, item: u32, asset: u32) -> Option<Agreement> {
    let entry = &found.items[item as usize];
    found.facts.file(FileRef { item, file: 0 })?;
    let files = originals(entry, item).filter_map(|file| {
        let part = &entry.files[usize::from(file.file)];
        let fingerprint = found.facts.file(file)?;
        Some(AgreedFile { role: part.role, path: part.path.clone(), fingerprint, size: part.stamp.size })
    });
    Some(Agreement {
        origin: Origin::Both,
        kind: entry.kind,
        captured: entry.captured(),
        content_identifier: entry.header().and_then(|header| header.content_identifier.clone()),
        folder: entry.folder,
        files: files.collect(),
        asset: Some(found.snapshot.assets[asset as usize].id.clone()),
    })
}

/// The fingerprint of a file, `None` where it is no longer in the state in which it was scanned.
fn read_unchanged(
    path: &Path,
    stamp: Stamp,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> std::io::Result<Option<Fingerprint>> {
    let file = std::fs::File::open(path)?;
    if Stamp::of(&file.metadata()?) != stamp {
        return Ok(None);
    }
    let watched = Watched { file: &file, progress, cancel };
    let (fingerprint, length) = Fingerprint::of_reader(watched)?;
    let unchanged = length == stamp.size && Stamp::of(&file.metadata()?) == stamp;
    Ok(unchanged.then_some(fingerprint))
}

/// A file whose reading is told, and stops when somebody asks.
struct Watched<'a> {
    file: &'a std::fs::File,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

impl std::io::Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(std::io::Error::other("cancelled"));
        }
        let n = self.file.read(buffer)?;
        self.progress.event(Event::Advance { steps: 0, bytes: n as u64 });
        Ok(n)
    }
}
