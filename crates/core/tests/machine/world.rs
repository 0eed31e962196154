//! A folder, a library and a ledger, what happens to them, and what happened so far in plain words.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::{SignedDuration, Timestamp};
use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole, Standing, Whereabouts};
use photobridge_core::export::{Export, Range};
use photobridge_core::folder::Filter;
use photobridge_core::ledger::{Identified, Ledger, RunId, StartedBy};
use photobridge_core::memory::Decision;
use photobridge_core::progress::{Cancel, Event, Progress, Silent};
use photobridge_core::sync::{self, Command, Finished, Request, Source, SyncError, Waits};
use photobridge_core::undo::{self, Undone};
use photobridge_testkit::shelf::{Died, Fault, Fuse, Kept, Shelf};

use crate::operation::{Beginning, Operation, Parts, Set, Stage, Which};
use crate::pictures::{MADE, Made, PICTURES, Picture, STRANGER, picture_of};

/// Directories and stems: few, so that names meet. The last directory is where exports go by date.
const DIRECTORIES: [&str; 3] = ["", "Camera", "2024/05"];
const STEMS: [&str; 2] = ["IMG_1", "IMG_2"];

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
    now: Timestamp,
    /// Files that are online only: the path of their stand-in, and what they are.
    online: BTreeMap<PathBuf, Vec<u8>>,
    /// Makes every file's time its own, so that no two states of a path look alike.
    written: i64,
    /// What somebody put into the folder in the middle of a run.
    meddled: Arc<Mutex<Option<PathBuf>>>,
    /// The run that synced last.
    pub synced: Option<RunId>,
    pub model: Model,
}

/// What the user asks for.
#[derive(Debug, Clone)]
pub struct Settings {
    pub mode: sync::Mode,
    pub export: Export,
    pub settle: bool,
}

/// What must be remembered to say what holds: no plan, no matching, only what was where.
#[derive(Debug, Clone, Default)]
pub struct Model {
    /// Pictures that a run saw or made on both sides since the ledger began: they never go anywhere by themselves again.
    pub met: BTreeSet<Picture>,
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
            settings: Settings { mode, export, settle },
            history: Vec::new(),
            // Far from the clock of the machine, so that only the times that the test sets are near to it.
            now: "2040-01-01T08:00:00Z".parse().expect("an instant"),
            online: BTreeMap::new(),
            written: 0,
            meddled: Arc::default(),
            synced: None,
            model: Model::default(),
        }
    }

    pub fn folder(&self) -> PathBuf {
        self.home.path().join("folder")
    }

    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
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
        while let Some(inside) = directories.pop() {
            for entry in fs::read_dir(self.folder().join(&inside)).expect("the folder can be listed") {
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
                   and name not in ('fact', 'resource_fact', 'run', 'folder', 'library', 'sqlite_sequence')";
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

    // What people do.

    /// Does what an operation says, unless it is a run.
    pub fn change(&mut self, operation: &Operation) {
        let now = self.now.checked_add(SignedDuration::from_secs(4)).expect("before 9999");
        self.now = now;
        match operation {
            Operation::PutIntoFolder { made, parts, place, fresh } => self.put(*made, *parts, *place, *fresh),
            Operation::CopyFile { file, place } => self.copy(*file, *place),
            Operation::EditFile { file, variant } => self.edit_file(*file, *variant),
            Operation::OverwriteFile { file, made } => self.overwrite(*file, *made),
            Operation::DeleteFile { file } => self.delete(*file, |file, other| file == other),
            Operation::DeleteStem { file } => self.delete(*file, |file, other| stem(file) == stem(other)),
            Operation::DeleteAllCopies { file } => self.delete_copies(*file),
            Operation::MoveStem { file, place } => self.move_to(*file, *place, |file, other| stem(file) == stem(other)),
            Operation::MoveFile { file, place } => self.move_to(*file, *place, |file, other| file == other),
            Operation::ReorganiseFolder { how } => self.reorganise(*how),
            Operation::WriteSidecar { file } => self.write_sidecar(*file),
            Operation::MakeOnlineOnly { file } => self.make_online_only(*file),
            Operation::MakeLocal { file } => self.make_local(*file),
            Operation::AddToLibrary { made, parts, name } => self.add_to_library(*made, *parts, *name),
            Operation::DuplicateAsset { asset } => self.with_asset(*asset, "duplicates", |world, kept| {
                let copy = Asset { added: Some(world.now), ..kept.asset.clone() };
                let files: Vec<_> = kept.files().map(|(resource, bytes)| (resource.role, Arc::clone(bytes))).collect();
                world.shelf.add(copy, files);
            }),
            Operation::EditAsset { asset, render } => self.edit_asset(*asset, *render),
            Operation::DeleteAsset { asset } => self.with_asset(*asset, "deletes for good", |world, kept| {
                world.shelf.change(|all| all.retain(|other| other.asset.id != kept.asset.id));
            }),
            Operation::TrashAsset { asset } => self.with_asset(*asset, "moves to the trash", |world, kept| {
                world.on_asset(&kept.asset.id, |kept| kept.asset.standing.trashed = true);
            }),
            Operation::RestoreAsset { asset } => self.with_asset(*asset, "restores from the trash", |world, kept| {
                world.on_asset(&kept.asset.id, |kept| kept.asset.standing.trashed = false);
            }),
            Operation::SetAsset { asset, set } => {
                let words = format!("turns {set:?} on or off for");
                self.with_asset(*asset, &words, |world, kept| {
                    world.on_asset(&kept.asset.id, |kept| {
                        let Standing { hidden, shared_album, unpicked_burst_frame, .. } = &mut kept.asset.standing;
                        match set {
                            Set::Hidden => *hidden = !*hidden,
                            Set::Shared => *shared_album = !*shared_album,
                            Set::Unpicked => *unpicked_burst_frame = !*unpicked_burst_frame,
                        }
                    });
                });
            }
            Operation::Evict { asset, which, to } => {
                let words = format!("loses ({which:?}, {to:?}) the files of");
                self.with_asset(*asset, &words, |world, kept| {
                    world.on_asset(&kept.asset.id, |kept| evict(kept, *which, *to));
                });
            }
            Operation::BringBack { asset } => self.with_asset(*asset, "has all files here again of", |world, kept| {
                world.on_asset(&kept.asset.id, |kept| {
                    kept.asset.resources.iter_mut().for_each(|resource| resource.whereabouts = Whereabouts::Here);
                });
            }),
            Operation::RebuildLibrary => {
                self.tell("Photos rebuilds the library: every asset has another id");
                self.shelf.rebuild();
            }
            Operation::ChangeMode(mode) => {
                self.tell(format!("the mode is now {mode:?}"));
                self.settings.mode = *mode;
            }
            Operation::ChangeRange(range) => {
                self.tell(format!("the range is now {range:?}"));
                self.settings.export.range = *range;
            }
            Operation::SetBaseline => {
                self.tell(format!("the baseline is now {now}"));
                self.set_baseline();
            }
            Operation::ChangeLayout(layout) => {
                self.tell(format!("the layout is now {layout:?}"));
                self.settings.export.layout = *layout;
            }
            Operation::ChangeEdited(edited) => {
                self.tell(format!("edited photos now go as {edited:?}"));
                self.settings.export.edited = *edited;
            }
            Operation::LoseLedger => {
                self.tell("the ledger is lost");
                let _ = fs::remove_dir_all(self.data());
                self.synced = None;
                self.model.met.clear();
                self.model.decisions.clear();
            }
            Operation::Decide { picture, decision } => self.decide(*picture, *decision),
            Operation::Days(days) => {
                self.tell(format!("{days} days pass"));
                self.now = now.checked_add(SignedDuration::from_hours(24 * i64::from(*days))).expect("before 9999");
            }
            Operation::Undo | Operation::Simulate | Operation::Sync | Operation::SyncThatFails { .. } => {}
        }
        self.note_what_was_where();
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
        let mut library = self.shelf.clone();
        sync::set_baseline(&self.data(), &mut library, self.now, &Silent, &Cancel::new(), self.now)
            .expect("a baseline can be set");
        self.settings.export.baseline = Some(self.now);
    }

    /// What the program does before the first sync that exports.
    pub fn begin_to_export(&mut self) {
        if self.settings.mode.exports() && self.settings.export.baseline.is_none() {
            self.now += SignedDuration::from_secs(1);
            self.tell(format!("the first sync that exports sets the baseline to {}", self.now));
            self.set_baseline();
        }
    }

    /// Takes back what the last sync carried.
    pub fn undo(&mut self) -> Result<Option<Undone>, String> {
        let Some(run) = self.synced else { return Ok(None) };
        let mut library = self.shelf.clone();
        undo::undo(&self.data(), run, &mut library, &StartedBy::CommandLine, self.now)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    /// Writes a file. Unless it is fresh its time says that it is days old; it is always one of its own.
    fn write(&mut self, path: &Path, bytes: &[u8], fresh: bool) {
        let whole = self.folder().join(path);
        fs::create_dir_all(whole.parent().expect("below the folder")).expect("a directory");
        fs::write(&whole, bytes).expect("written");
        self.written += 1;
        let ago = if fresh { SignedDuration::ZERO } else { SignedDuration::from_hours(240) };
        let modified = self.now - ago + SignedDuration::from_micros(self.written * 1_000 + 1);
        let modified: SystemTime = modified.into();
        let file = fs::File::options().write(true).open(&whole).expect("it opens");
        file.set_modified(modified).expect("dated");
    }

    /// The file of this number, of those that hold a picture.
    fn file(&self, number: u8) -> Option<(PathBuf, Picture)> {
        let files = self.files();
        let pictures: Vec<(&PathBuf, Picture)> =
            files.iter().filter_map(|(path, file)| Some((path, picture_of(&file.bytes)?))).collect();
        let at = usize::from(number).checked_rem(pictures.len())?;
        Some((pictures[at].0.clone(), pictures[at].1))
    }

    fn put(&mut self, made: u8, parts: Parts, place: u8, fresh: bool) {
        for picture in pictures_of(made_of(made), parts) {
            let path = placed(place, PICTURES[picture].ending);
            if self.folder().join(&path).exists() {
                self.tell(format!("(nothing: {} is there already)", path.display()));
                continue;
            }
            let words = if fresh { "just now appears" } else { "appears" };
            self.tell(format!("in the folder {words} {}: {}", path.display(), PICTURES[picture].name));
            self.write(&path, &PICTURES[picture].bytes, fresh);
        }
    }

    fn copy(&mut self, file: u8, place: u8) {
        let Some((from, picture)) = self.file(file) else { return };
        let to = placed(place, PICTURES[picture].ending);
        if !self.folder().join(&to).exists() {
            self.tell(format!("{} is copied to {} ({})", from.display(), to.display(), PICTURES[picture].name));
            self.write(&to, &PICTURES[picture].bytes, false);
        }
    }

    fn edit_file(&mut self, file: u8, variant: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let Some(made) = MADE.iter().find(|made| made.primary == picture || made.variants.contains(&picture)) else {
            return;
        };
        let versions: Vec<Picture> = std::iter::once(made.primary).chain(made.variants.iter().copied()).collect();
        let edited = versions[usize::from(variant) % versions.len()];
        if edited != picture {
            self.tell(format!("{} is edited in its place: now {}", path.display(), PICTURES[edited].name));
            self.write(&path, &PICTURES[edited].bytes, false);
        }
    }

    fn overwrite(&mut self, file: u8, made: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let other = made_of(made).primary;
        if PICTURES[other].ending == PICTURES[picture].ending && other != picture {
            self.tell(format!("{} is replaced by {}", path.display(), PICTURES[other].name));
            self.write(&path, &PICTURES[other].bytes, false);
        }
    }

    fn delete(&mut self, file: u8, goes_too: impl Fn(&Path, &Path) -> bool) {
        let Some((chosen, _)) = self.file(file) else { return };
        for path in self.files().into_keys().filter(|path| goes_too(&chosen, path)) {
            self.remove(&path);
        }
    }

    fn delete_copies(&mut self, file: u8) {
        let Some((_, picture)) = self.file(file) else { return };
        for (path, file) in self.files() {
            if picture_of(&file.bytes) == Some(picture) {
                self.remove(&path);
            }
        }
    }

    fn remove(&mut self, path: &Path) {
        self.tell(format!("{} is deleted in the folder", path.display()));
        fs::remove_file(self.folder().join(path)).expect("removed");
        self.online.remove(path);
    }

    fn move_to(&mut self, file: u8, place: u8, goes_too: impl Fn(&Path, &Path) -> bool) {
        let Some((chosen, _)) = self.file(file) else { return };
        for path in self.files().into_keys().filter(|path| goes_too(&chosen, path)) {
            let ending = endings(&path);
            self.rename(&path, &placed(place, &ending));
        }
    }

    fn reorganise(&mut self, how: u8) {
        let mut stems: Vec<PathBuf> = self.files().keys().map(|path| stem(path)).collect();
        stems.dedup();
        for path in self.files().into_keys() {
            let number = stems.iter().position(|other| *other == stem(&path)).unwrap_or(0);
            let name = match how % 2 {
                0 => format!("sorted {number}/{}", path.file_name().unwrap_or_default().to_string_lossy()),
                _ => format!("sorted/renamed {}.{}", 100 - number, endings(&path)),
            };
            self.rename(&path, Path::new(&name));
        }
    }

    fn rename(&mut self, from: &Path, to: &Path) {
        let target = self.folder().join(to);
        if from == to || target.exists() {
            return;
        }
        self.tell(format!("{} is moved to {}", from.display(), to.display()));
        fs::create_dir_all(target.parent().expect("below the folder")).expect("a directory");
        fs::rename(self.folder().join(from), &target).expect("moved");
        if let Some(bytes) = self.online.remove(from) {
            self.online.insert(to.to_owned(), bytes);
        }
    }

    fn write_sidecar(&mut self, file: u8) {
        let Some((path, _)) = self.file(file) else { return };
        let path = path.with_extension("xmp");
        if !self.folder().join(&path).exists() {
            self.tell(format!("{} appears: a sidecar", path.display()));
            self.write(&path, SIDECAR, false);
        }
    }

    fn make_online_only(&mut self, file: u8) {
        let Some((path, picture)) = self.file(file) else { return };
        let stand_in = PathBuf::from(format!("{}{PLACEHOLDER}", path.display()));
        if !self.folder().join(&stand_in).exists() {
            self.tell(format!("{} is online only from now on ({})", path.display(), PICTURES[picture].name));
            fs::remove_file(self.folder().join(&path)).expect("removed");
            self.write(&stand_in, b" ", false);
            self.online.insert(stand_in, PICTURES[picture].bytes.to_vec());
        }
    }

    fn make_local(&mut self, file: u8) {
        let Some(at) = usize::from(file).checked_rem(self.online.len()) else { return };
        let Some((stand_in, bytes)) = self.online.iter().nth(at).map(|(path, bytes)| (path.clone(), bytes.clone()))
        else {
            return;
        };
        let path = PathBuf::from(stand_in.to_string_lossy().trim_end_matches(PLACEHOLDER));
        if !self.folder().join(&path).exists() {
            self.tell(format!("{} is on this disk again ({})", path.display(), name_of(&bytes)));
            fs::remove_file(self.folder().join(&stand_in)).expect("removed");
            self.online.remove(&stand_in);
            self.write(&path, &bytes, false);
        }
    }

    fn add_to_library(&mut self, made: u8, parts: Parts, name: u8) {
        let made = made_of(made);
        let pictures = pictures_of(made, parts);
        let Some(primary) = pictures.first().copied() else { return };
        let content = &PICTURES[primary];
        let is_movie = content.is_movie();
        let mut files = vec![(if is_movie { ResourceRole::Video } else { ResourceRole::Photo }, primary)];
        if let (true, Some(companion)) = (pictures.len() > 1, made.companion) {
            let moving = PICTURES[companion].is_movie();
            files.push((if moving { ResourceRole::PairedVideo } else { ResourceRole::AlternatePhoto }, companion));
        }
        let original_name = format!("{}.{}", STEMS[usize::from(name) % STEMS.len()], content.ending);
        let asset = Asset {
            id: AssetId("".into()),
            kind: if is_movie { MediaKind::Video } else { MediaKind::Photo },
            subtype: None,
            original_name: original_name.as_str().into(),
            captured: content.header.captured.map(|(time, _)| time),
            camera_time: None,
            added: Some(self.now),
            pixels: content.header.pixels,
            current_pixels: content.header.pixels,
            camera: content.header.camera.clone(),
            edited: false,
            standing: Standing::default(),
            resources: Box::default(),
            details: None,
            burst: None,
            albums: [].into(),
            by_photobridge: false,
        };
        let names: Vec<&str> = files.iter().map(|(_, picture)| PICTURES[*picture].name).collect();
        let files = files.iter().map(|(role, picture)| (*role, Arc::clone(&PICTURES[*picture].bytes)));
        let id = self.shelf.add(asset, files);
        self.tell(format!("the library gets {id} {original_name}: {}", names.join(" + ")));
    }

    fn with_asset(&mut self, number: u8, words: &str, change: impl FnOnce(&mut Self, &Kept)) {
        let kept = self.shelf.kept();
        let Some(at) = usize::from(number).checked_rem(kept.len()) else { return };
        let kept = &kept[at];
        let names: Vec<&str> = kept.bytes.iter().map(|bytes| name_of(bytes)).collect();
        self.tell(format!("the library {words} {} ({})", kept.asset.id, names.join(" + ")));
        change(self, kept);
    }

    fn on_asset(&self, id: &AssetId, change: impl FnOnce(&mut Kept)) {
        self.shelf.change(|all| {
            if let Some(kept) = all.iter_mut().find(|kept| kept.asset.id == *id) {
                change(kept);
            }
        });
    }

    fn edit_asset(&mut self, asset: u8, render: Option<u8>) {
        self.with_asset(asset, "edits", |world, kept| {
            let primary = kept.bytes.first().and_then(|bytes| picture_of(bytes));
            let made = MADE.iter().find(|made| Some(made.primary) == primary);
            let renders = made.map_or(&[][..], |made| made.renders);
            let render = render.and_then(|render| Some(renders[usize::from(render).checked_rem(renders.len())?]));
            world.on_asset(&kept.asset.id, |kept| {
                kept.asset.edited = true;
                let Some((still, movie)) = render else { return };
                kept.put(ResourceRole::RenderedPhoto, Arc::clone(&PICTURES[still].bytes));
                if let Some(movie) = movie.filter(|_| kept.bytes(ResourceRole::PairedVideo).is_some()) {
                    kept.put(ResourceRole::RenderedPairedVideo, Arc::clone(&PICTURES[movie].bytes));
                }
            });
            let words = render.map_or("without a render", |(still, _)| PICTURES[still].name);
            world.tell(format!("  so it shows {words}"));
        });
    }

    fn decide(&mut self, number: u8, decision: Option<Decision>) {
        let look = self.look();
        let mut present: Vec<Picture> = look.files.values().filter_map(|file| picture_of(&file.bytes)).collect();
        present.extend(look.kept.iter().flat_map(|kept| &kept.bytes).filter_map(|bytes| picture_of(bytes)));
        present.sort_unstable();
        present.dedup();
        let Some(at) = usize::from(number).checked_rem(present.len()) else { return };
        let content = &PICTURES[present[at]];
        self.tell(format!("a person decides of {}: {decision:?}", content.name));
        fs::create_dir_all(self.data()).expect("a data directory");
        let mut ledger = Ledger::open(&self.data()).expect("the ledger opens");
        let size = content.bytes.len() as u64;
        let photo = Identified { fingerprint: content.fingerprint(), size, name: content.name.to_owned() };
        ledger.decide(&[photo], decision, self.now).expect("it is kept");
        match decision {
            Some(decision) => self.model.decisions.insert(present[at], decision),
            None => self.model.decisions.remove(&present[at]),
        };
    }

    // What we do.

    /// Whether somebody may still be writing it, by its time.
    pub fn is_settling(&self, file: &Lying) -> bool {
        let now: SystemTime = self.now.into();
        let apart = now.duration_since(file.modified).unwrap_or_else(|error| error.duration());
        // Longer than the wait, as a run reads the clock more than once.
        self.settings.settle && apart < Duration::from_secs(3700)
    }

    /// Runs the real engine once. A fault comes after so many steps of a stage.
    pub fn run(&mut self, command: Command, fault: Option<(Stage, u32, Fault)>) -> Result<Ran, String> {
        let settle = if self.settings.settle { Waits::default().settle } else { Duration::ZERO };
        let request = Request {
            command,
            started_by: StartedBy::CommandLine,
            mode: self.settings.mode,
            export: self.settings.export.clone(),
            export_folder: None,
            sources: vec![Source { path: self.folder(), album: "Imports".into(), filter: Filter::default() }],
            data: self.data(),
            waits: Waits { settle, ..Waits::default() },
            unattended: None,
            only: None,
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
        let ran =
            catch_unwind(AssertUnwindSafe(|| sync::run(&request, &mut library, &clock, &progress, &Cancel::new())));
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
            Ok(Ok(finished)) => Ok(Ran::Finished(Box::new(finished))),
            Ok(Err(error)) => Ok(Ran::Stopped(error)),
            Err(panic) if panic.is::<Died>() => Ok(Ran::Died(burnt.unwrap_or_default())),
            Err(panic) => {
                let words = panic.downcast_ref::<String>().cloned();
                let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
                Err(format!("the engine panicked: {}", words.unwrap_or_default()))
            }
        }
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

fn made_of(number: u8) -> &'static Made {
    &MADE[usize::from(number) % MADE.len()]
}

fn pictures_of(made: &Made, parts: Parts) -> Vec<Picture> {
    match (parts, made.companion) {
        (Parts::Companion, Some(companion)) => vec![companion],
        (Parts::All, Some(companion)) => vec![made.primary, companion],
        _ => vec![made.primary],
    }
}

fn placed(place: u8, ending: &str) -> PathBuf {
    let place = usize::from(place);
    let stem = STEMS[place / DIRECTORIES.len() % STEMS.len()];
    Path::new(DIRECTORIES[place % DIRECTORIES.len()]).join(format!("{stem}.{ending}"))
}

/// The ending of a name, with the one that a stand-in adds.
fn endings(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once('.').map_or(String::new(), |(_, endings)| endings.to_owned())
}

/// Directory and name up to the first dot: what the files of a picture share.
pub fn stem(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(name.split('.').next().unwrap_or_default())
}

fn evict(kept: &mut Kept, which: Which, to: Whereabouts) {
    for (at, resource) in kept.asset.resources.iter_mut().enumerate() {
        let is_meant = match which {
            Which::All => true,
            Which::Companions => at > 0 && resource.role.is_original(),
            Which::Renders => !resource.role.is_original(),
        };
        if is_meant {
            resource.whereabouts = to;
        }
    }
}

/// What the history calls these bytes.
pub fn name_of(bytes: &[u8]) -> &'static str {
    match picture_of(bytes) {
        Some(picture) => PICTURES[picture].name,
        None if bytes == SIDECAR => "a sidecar",
        None if bytes == b" " => "a stand-in for a file that is online only",
        None => "BYTES THAT NOBODY WROTE",
    }
}

/// Whether somebody wrote these bytes.
pub fn is_known(bytes: &[u8]) -> bool {
    name_of(bytes) != "BYTES THAT NOBODY WROTE"
}
