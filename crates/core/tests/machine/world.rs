//! A folder, a library and a ledger, what happens to them, and what happened so far in plain words.

mod people;
mod years;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use photobridge_core::asset::Asset;
use photobridge_core::export::{Export, Range};
use photobridge_core::folder::Filter;
use photobridge_core::memory::Decision;
use photobridge_core::progress::{Cancel, Event, Progress, Silent};
use photobridge_core::run::{Command, Mode, MotionPhotos, RunId, StartedBy};
use photobridge_core::sync::{self, Finished, Look as Looks, Request, Seen, Source, SyncError, Waits, Within};
use photobridge_core::undo::{self, Undone};
use photobridge_folders::Everywhere;
use photobridge_testkit::shelf::{Died, Fault, Fuse, Kept, Shelf};

use people::placed;

use crate::motion;
use crate::operation::{Beginning, Stage};
use crate::pictures::{PICTURES, Picture, STRANGER, picture_of};

/// Directories and stems: few, so that names meet. The last directory is where exports go by date.
const DIRECTORIES: [&str; 3] = ["", "Camera", "2024/05"];
const STEMS: [&str; 2] = ["IMG_1", "IMG_2"];

/// The second folder, where there is one: paths that begin with it lie there, all others in the first.
pub const SECOND: &str = "second";

const PLACEHOLDER: &str = ".nextcloud";

/// A file as it lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lying {
    pub bytes: Vec<u8>,
    pub modified: SystemTime,
}

/// Both sides and the memory, at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    pub files: BTreeMap<PathBuf, Lying>,
    pub kept: Vec<Kept>,
    /// The ledger's tables that decide something, row by row.
    pub memory: BTreeMap<String, Vec<String>>,
}

/// How a run came to its end.
pub enum Ran {
    Finished(Box<Finished>),
    Stopped(SyncError),
    Died(String),
}

/// Everything, and its history.
pub struct World {
    home: tempfile::TempDir,
    pub shelf: Shelf,
    pub settings: Settings,
    pub history: Vec<String>,
    pub now: Timestamp,
    /// Files that are online only: the path of their stand-in, and what they are.
    online: BTreeMap<PathBuf, Vec<u8>>,
    /// Makes every file's time its own, so that no two states of a path look alike.
    written: i64,
    /// What somebody put into the folder in the middle of a run.
    meddled: Arc<Mutex<Option<PathBuf>>>,
    /// The run was cut short, and another one went on.
    pub disturbed: bool,
    /// The run that synced last.
    pub synced: Option<RunId>,
    /// What the last sync saw in the folders.
    pub seen: Option<Seen>,
    /// The next sync looks only at these directories.
    pub glance: Option<BTreeSet<PathBuf>>,
    /// Where the folder lies, as the settings say.
    place: PathBuf,
    /// How often it moved.
    moves: u32,
    /// What was backed up: what was online only in the folder, the library, and what was known when the ledger was.
    online_then: BTreeMap<PathBuf, Vec<u8>>,
    library_then: Option<Vec<Kept>>,
    ledger_then: Option<(Model, Option<RunId>)>,
    /// Which computer of the household syncs, and what the other one knows.
    computer: u8,
    other: years::Computer,
    pub model: Model,
}

/// What the user asks for.
#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: Mode,
    pub export: Export,
    pub settle: bool,
    /// What becomes of motion photos.
    pub motion_photos: MotionPhotos,
    /// Whether there is a second folder.
    pub second: bool,
}

/// What must be remembered to say what holds: no plan, no matching, only what was where.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Pictures that a run saw or made on both sides since the ledger began: they never go anywhere by themselves again.
    pub met: BTreeSet<Picture>,
    /// Pictures that stood for an asset when the baseline was set: they are old, also when they are added once more.
    pub held: BTreeSet<Picture>,
    /// The ledger knows that.
    pub knows_held: bool,
    /// The library was rebuilt: where the bytes of a held one are not told, how it looks is all by which it is known.
    pub has_other_ids: bool,
    /// What a person said.
    pub decisions: BTreeMap<Picture, Decision>,
    /// Pictures that were ever on a side, for telling when nothing but bytes can decide.
    pub ever_in_folder: BTreeSet<Picture>,
    pub ever_in_library: BTreeSet<Picture>,
}

impl World {
    pub fn new(beginning: &Beginning) -> Self {
        let memory = Path::new("/dev/shm");
        let home = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let home = home.expect("a temporary directory");
        fs::create_dir(home.path().join("folder")).expect("a folder");
        let Beginning { mode, telling, range, layout, edited, settle } = beginning.clone();
        let export = Export { range, layout, edited, ..Export::default() };
        Self {
            home,
            shelf: Shelf::new(telling),
            settings: Settings { mode, export, settle, motion_photos: MotionPhotos::default(), second: false },
            history: Vec::new(),
            // Far from the clock of the machine, so that only the times that the test sets are near to it.
            now: "2040-01-01T08:00:00Z".parse().expect("an instant"),
            online: BTreeMap::new(),
            written: 0,
            meddled: Arc::default(),
            disturbed: false,
            synced: None,
            seen: None,
            glance: None,
            place: "folder".into(),
            moves: 0,
            online_then: BTreeMap::new(),
            library_then: None,
            ledger_then: None,
            computer: 0,
            other: years::Computer::default(),
            model: Model::default(),
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.home.path().join(&self.place)
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join(format!("data {}", self.computer))
    }

    /// Where a path of the first folder or the second lies.
    fn at(&self, path: &Path) -> PathBuf {
        if path.starts_with(SECOND) { self.home.path().join(path) } else { self.folder().join(path) }
    }

    fn sources(&self) -> Vec<Source> {
        let second = self.settings.second.then(|| self.at(Path::new(SECOND)));
        let source = |path| Source { path, album: "Imports".into(), filter: Filter::default() };
        std::iter::once(self.folder()).chain(second).map(source).collect()
    }

    /// A line of the history.
    pub fn tell(&mut self, words: impl Into<String>) {
        self.history.push(words.into());
    }

    /// Both sides and the memory as they are.
    pub fn look(&self) -> Look {
        Look { files: self.files(), kept: self.shelf.kept(), memory: self.memory() }
    }

    fn files(&self) -> BTreeMap<PathBuf, Lying> {
        let mut files = BTreeMap::new();
        let mut directories = vec![PathBuf::new()];
        directories.extend(self.settings.second.then(|| SECOND.into()));
        while let Some(inside) = directories.pop() {
            for entry in fs::read_dir(self.at(&inside)).expect("the folder can be listed") {
                let entry = entry.expect("listed");
                let path = inside.join(entry.file_name());
                if entry.file_type().expect("a type").is_dir() {
                    directories.push(path);
                } else {
                    let modified = entry.metadata().and_then(|metadata| metadata.modified()).expect("a time");
                    let bytes = fs::read(entry.path()).expect("readable");
                    files.insert(path, Lying { bytes, modified });
                }
            }
        }
        files
    }

    fn memory(&self) -> BTreeMap<String, Vec<String>> {
        let path = self.data().join("ledger.sqlite");
        let mut memory = BTreeMap::new();
        if !path.exists() {
            return memory;
        }
        let ledger = rusqlite::Connection::open(path).expect("the ledger opens");
        // Facts decide nothing, runs are history, and who the two sides are is no memory of photos.
        let sql = "select name from sqlite_master where type = 'table'
                   and name not in ('fact', 'resource_fact', 'picture_fact', 'resource_picture_fact', 'run', 'folder', 'library', 'sqlite_sequence')";
        let mut tables = ledger.prepare(sql).expect("SQL");
        let tables: Vec<String> =
            tables.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("the names of tables");
        for table in tables {
            let mut rows = ledger.prepare(&format!("select * from {table}")).expect("SQL");
            let columns = rows.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let values: rusqlite::Result<Vec<rusqlite::types::Value>> =
                    (0..columns).map(|at| row.get(at)).collect();
                Ok(format!("{:?}", values?))
            };
            let mut rows: Vec<String> =
                rows.query_map([], row).and_then(Iterator::collect).expect("the rows of a table");
            rows.sort();
            if !rows.is_empty() {
                memory.insert(table, rows);
            }
        }
        memory
    }

    /// Both sides in plain words, for a failing test to show.
    pub fn describe(&self) -> String {
        let mut text = String::from("the folder now:\n");
        for (path, file) in self.files() {
            text += &format!("  {}: {}\n", path.display(), name_of(&file.bytes));
        }
        text += "the library now:\n";
        for kept in self.shelf.kept() {
            let Asset { id, original_name, standing, edited, added, .. } = &kept.asset;
            text += &format!("  {id} {original_name}{}", if *edited { ", edited" } else { "" });
            for (word, is_so) in [
                ("trashed", standing.trashed),
                ("hidden", standing.hidden),
                ("shared", standing.shared_album),
                ("unpicked", standing.unpicked_burst_frame),
                ("fingerprints stored", kept.is_identified),
            ] {
                text += &if is_so { format!(", {word}") } else { String::new() };
            }
            for (resource, bytes) in kept.files() {
                text += &format!("; {:?} = {} {:?}", resource.role, name_of(bytes), resource.whereabouts);
            }
            text += &format!("; added {}\n", added.map(|time| time.to_string()).unwrap_or_default());
        }
        text + &format!("settings now: {:?}\nthe clock: {}\nthe model: {:?}", self.settings, self.now, self.model)
    }

    /// What was ever on a side.
    pub fn note_what_was_where(&mut self) {
        let in_folder = self.files().into_values().filter_map(|file| picture_of(&file.bytes));
        self.model.ever_in_folder.extend(in_folder);
        let online = self.online.values().filter_map(|bytes| picture_of(bytes));
        self.model.ever_in_folder.extend(online);
        let kept = self.shelf.kept();
        let in_library = kept.iter().flat_map(|kept| &kept.bytes).filter_map(|bytes| picture_of(bytes));
        self.model.ever_in_library.extend(in_library);
    }

    /// As the program does it: the ledger keeps what the library holds, the settings keep the instant.
    fn set_baseline(&mut self) {
        self.set_baseline_to(self.now);
    }

    fn set_baseline_to(&mut self, instant: Timestamp) {
        let mut library = self.shelf.clone();
        sync::set_baseline(&self.data(), &mut library, instant, &Silent, &Cancel::new(), instant)
            .expect("a baseline can be set");
        self.settings.export.baseline = Some(instant);
        self.hold_all();
    }

    /// What the library holds is old from now on.
    fn hold_all(&mut self) {
        self.model.knows_held = true;
        let primaries = self.shelf.kept().into_iter().filter_map(|kept| picture_of(kept.bytes.first()?));
        self.model.held = primaries.collect();
    }

    /// What the program does before the first sync that exports.
    pub fn begin_to_export(&mut self) {
        if self.settings.mode.exports() && self.settings.export.baseline.is_none() {
            self.now += SignedDuration::from_secs(1);
            self.tell(format!("the first sync that exports sets the baseline to {}", self.now));
            self.set_baseline();
        }
        if self.settings.mode.exports() && self.is_baseline_to_come() && !self.model.knows_held {
            self.tell("what is there is old, as nobody knows what was when the baseline was set");
            self.hold_all();
        }
    }

    /// Takes back what the last sync carried.
    pub fn undo(&mut self) -> Result<Option<Undone>, String> {
        let Some(run) = self.synced else { return Ok(None) };
        let mut library = self.shelf.clone();
        undo::undo(&self.data(), run, &mut library, &Everywhere, &StartedBy::CommandLine, self.now)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    /// Whether this picture lies in the folder as a stand-in that has the date of its capture.
    pub fn is_online_as_taken(&self, picture: Picture) -> bool {
        let taken = PICTURES[picture].header.captured.and_then(|(time, _)| time.instant_or_wall());
        let Some(taken) = taken.map(SystemTime::from) else { return false };
        let has_its_date = |path: &PathBuf| {
            let modified = fs::metadata(self.at(path)).and_then(|found| found.modified());
            modified
                .is_ok_and(|time| time.duration_since(taken).unwrap_or_else(|early| early.duration()).as_secs() == 0)
        };
        let mut stand_ins = self.online.iter().filter(|(_, bytes)| picture_of(bytes) == Some(picture));
        stand_ins.any(|(path, _)| has_its_date(path))
    }

    /// Whether somebody may still be writing it, by its time.
    pub fn is_settling(&self, file: &Lying) -> bool {
        let now: SystemTime = self.now.into();
        let apart = now.duration_since(file.modified).unwrap_or_else(|error| error.duration());
        // Longer than the wait, as a run reads the clock more than once.
        self.settings.settle && apart < Duration::from_secs(25 * 3600)
    }

    /// Waits until what has nearly rested, or just has, rests for good: a run and the look after it find the same then. Says
    /// whether anything did.
    pub fn let_rest(&mut self, look: &Look) -> bool {
        let wait = SignedDuration::try_from(Waits::default().settle).expect("seconds");
        let rests = |file: &Lying| Timestamp::try_from(file.modified).expect("a time") + wait;
        let is_near = |at: &Timestamp| self.now.duration_since(*at).abs() <= wait;
        let last = look.files.values().map(rests).filter(is_near).max().filter(|_| self.settings.settle);
        self.now = self.now.max(last.map_or(self.now, |last| last + SignedDuration::from_secs(1)));
        last.is_some()
    }

    /// Runs the real engine once. A fault comes after so many steps of a stage.
    pub fn run(&mut self, command: Command, fault: Option<(Stage, u32, Fault)>) -> Result<Ran, String> {
        self.say_which_folder();
        let settle = if self.settings.settle { Waits::default().settle } else { Duration::ZERO };
        let request = Request {
            command,
            started_by: StartedBy::CommandLine,
            mode: self.settings.mode,
            export: self.settings.export.clone(),
            export_folder: None,
            sources: self.sources(),
            data: self.data(),
            waits: Waits { settle, ..Waits::default() },
            joins: false,
            motion_photos: self.settings.motion_photos,
            archives: Default::default(),
            people_as_keywords: false,
            unattended: None,
            only: None,
            look: match (command, self.glance.take(), self.seen.clone()) {
                (Command::Sync, Some(directories), Some(seen)) => Looks::Within(Within { seen, directories }),
                (Command::Sync, ..) => Looks::Watched,
                (Command::Simulate, ..) => Looks::Whole,
            },
            thorough: false,
            kin: None,
        };
        if let Some((_, after, Fault::Meddling)) = fault {
            let place = self.folder().join(placed(after as u8, PICTURES[STRANGER].ending));
            let written = Arc::clone(&self.meddled);
            self.shelf.fuse().light_for(Box::new(move || {
                let _ = fs::create_dir_all(place.parent().expect("below the folder"));
                if let Ok(mut file) = fs::File::create_new(&place) {
                    file.write_all(&PICTURES[STRANGER].bytes).expect("written");
                    *written.lock().expect("nobody died here") = Some(place);
                }
            }));
        }
        if let Some((Stage::Beginning, after, fault)) = fault {
            self.shelf.fuse().light(after, fault);
        }
        let (shelf, calls, began) = (self.shelf.clone(), Cell::new(0_i64), self.now);
        let clock = || {
            shelf.fuse().step_of_death("asking the clock");
            calls.set(calls.get() + 1);
            began + SignedDuration::from_millis(calls.get())
        };
        let progress = Watcher { fuse: shelf.fuse(), fault };
        let mut library = self.shelf.clone();
        let ran = catch_unwind(AssertUnwindSafe(|| {
            sync::run(&request, &mut library, &Everywhere, &clock, &progress, &Cancel::new())
        }));
        let meddled = self.meddled.lock().expect("nobody died here").take();
        if let Some(path) = meddled
            && fs::read(&path).ok().as_deref() != Some(&PICTURES[STRANGER].bytes)
        {
            return Err(format!("(4) somebody put {} there during the run, and it is gone", path.display()));
        }
        // From here on another process goes on: the ledger is closed and the lock is free.
        let burnt = shelf.fuse().put_out();
        if let Some(step) = burnt.as_ref().filter(|_| matches!(fault, Some((_, _, Fault::Refusal)))) {
            self.tell(format!("  refused: {step}"));
        }
        match ran {
            Ok(Ok(mut finished)) => {
                self.seen = finished.seen.take().or(self.seen.take());
                Ok(Ran::Finished(Box::new(finished)))
            }
            Ok(Err(error)) => Ok(Ran::Stopped(error)),
            Err(panic) if panic.is::<Died>() => Ok(Ran::Died(burnt.unwrap_or_default())),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().cloned();
                let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
                Err(format!("the engine panicked: {}", words.unwrap_or_default()))
            }
        }
    }

    /// Some of the directories of the folders, as somebody might have heard of them: by the bits of a number, round and round.
    pub fn some_directories(&self, which: u64) -> BTreeSet<PathBuf> {
        let sources = self.sources();
        let all = sources.iter().flat_map(|source| {
            let walk = walkdir::WalkDir::new(&source.path).sort_by_file_name().into_iter().flatten();
            walk.filter(|entry| entry.file_type().is_dir()).map(walkdir::DirEntry::into_path)
        });
        let is_heard = |(at, _): &(usize, PathBuf)| which.rotate_right(*at as u32) & 1 == 1;
        all.enumerate().filter(is_heard).filter_map(|(_, path)| path.canonicalize().ok()).collect()
    }

    /// Whether this is Going Forward, and from when.
    pub fn baseline(&self) -> Option<Timestamp> {
        self.settings.export.baseline.filter(|_| self.settings.export.range == Range::GoingForward)
    }
}

struct Watcher<'a> {
    fuse: &'a Fuse,
    fault: Option<(Stage, u32, Fault)>,
}

impl Progress for Watcher<'_> {
    fn event(&self, event: Event) {
        if let (Event::Begin { phase, .. }, Some((stage, after, fault))) = (&event, self.fault) {
            let word = match stage {
                Stage::Beginning => "never again",
                Stage::Importing => "Import",
                Stage::Exporting => "Export",
            };
            if phase.as_str().starts_with(word) {
                self.fuse.light(after, fault);
            }
        }
        self.fuse.step_of_death("telling of progress");
    }
}

const SIDECAR: &[u8] = b"<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"></x:xmpmeta>";

/// Directory and name up to the first dot: what the files of a picture share.
pub fn stem(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(name.split('.').next().unwrap_or_default())
}

/// What the history calls these bytes.
pub fn name_of(bytes: &[u8]) -> &'static str {
    match picture_of(bytes) {
        Some(picture) => PICTURES[picture].name,
        None if bytes == SIDECAR => "a sidecar",
        None if motion::is_of_one(bytes) => "a photo that moves",
        None if bytes == b" " => "a stand-in for a file that is online only",
        None => "BYTES THAT NOBODY WROTE",
    }
}

/// Whether somebody wrote these bytes.
pub fn is_known(bytes: &[u8]) -> bool {
    name_of(bytes) != "BYTES THAT NOBODY WROTE"
}
