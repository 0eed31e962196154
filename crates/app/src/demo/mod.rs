//! `demo`: makes a small household, syncs it in front of the reader with the real engine, and explains what that did.
//!
//! Everything is made in one new folder and stays there to play with. It needs no account, no Mac, no settings and no
//! network, and gives the same pictures every time.

mod household;
mod screen;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::library::{Library, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::reason::Way;
use photobridge_core::report::{Direction, Ruling, VerdictLine};
use photobridge_core::run::{Command, StartedBy};
use photobridge_core::sync::{self, Finished, Request};

use crate::baseline;
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::folders::everywhere;
use crate::places;
use crate::run::{Ask, open_library};
use crate::settings::Settings;
use crate::terminal::say;
use crate::words::clean;
use household::Household;

/// The name of the folder that is made where none is named.
const NAME: &str = "photobridge-demo";

/// Makes a household that is still to be set up. Returns its data directory.
pub fn make_first_run(directory: Option<&Path>) -> Result<PathBuf, Error> {
    let household = household::make(&make_room(directory)?)?;
    fs::remove_file(places::settings_file(&household.data)).map_err(not_made(&household.data))?;
    let (photos, library) = (household.photos.display(), household.library.display());
    say!("A household to set up: its folder is {photos},\nits library {library}.");
    Ok(household.data)
}

/// Makes the household, syncs it, and tells of it. Returns its data directory, and how it went.
pub fn run(directory: Option<&Path>, quiet: bool) -> Result<(PathBuf, Code), Error> {
    let root = make_room(directory)?;
    let household = household::make(&root)?;
    let story = live(&household)?;
    let text = if quiet {
        format!("{}\n", clean(&root.display().to_string()))
    } else {
        let program = std::env::args_os().next().map_or_else(|| "photobridge".into(), PathBuf::from);
        screen::tell(&root, &household, &story, &program)
    };
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever read us stopped reading; the demo itself is done.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(error) => return Err(Error::Io("standard output".into(), error)),
        Ok(()) => {}
    }
    let code = if story.is_well() { Code::Done } else { Code::Failed };
    Ok((household.data, code))
}

/// An empty folder of our own: the one asked for, or a new one below the current folder. Nothing that is there is
/// ever written to.
fn make_room(asked: Option<&Path>) -> Result<PathBuf, Error> {
    let Some(path) = asked else { return make_new() };
    let shown = path.display();
    match fs::read_dir(path).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => {
            let why = format!("the folder {shown} is not empty. The demo writes only into a new or empty folder");
            return Err(Error::Usage(why));
        }
        Err(error) if error.kind() == ErrorKind::NotFound => fs::create_dir_all(path).map_err(not_made(path))?,
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(Error::Usage(format!("{shown} is a file. The demo needs a folder that is new or empty")));
        }
        Err(error) => return Err(Error::Io(format!("the folder {shown} could not be read"), error)),
    }
    Ok(path.to_owned())
}

/// `photobridge-demo`, or `photobridge-demo (2)` where that is taken, and so on.
fn make_new() -> Result<PathBuf, Error> {
    let mut path = PathBuf::from(NAME);
    let mut number = 2;
    loop {
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => path = format!("{NAME} ({number})").into(),
            Err(error) => return Err(not_made(&path)(error)),
        }
        number += 1;
    }
}

fn not_made(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let what = format!("{} could not be made", path.display());
    move |error| Error::Io(what, error)
}

/// The files of the folder, by their path below it: their bytes and dates.
type Files = BTreeMap<PathBuf, (Fingerprint, SystemTime)>;

/// The original files of the library, by asset and role: their bytes.
type Originals = BTreeMap<(String, i64), Fingerprint>;

/// Both sides at one moment, every file read from its first byte to its last.
struct State {
    folder: Files,
    library: Snapshot,
    originals: Originals,
}

/// What happened.
struct Story {
    /// Both sides before the first run.
    before: State,
    /// Both sides after the last run.
    after: State,
    /// The first simulation.
    first: Finished,
    /// The sync.
    synced: Finished,
    /// The simulation after it.
    again: Finished,
}

impl Story {
    /// Whether it went as it should; the screen tells what did not.
    fn is_well(&self) -> bool {
        let did_what_was_planned = |of: fn(&Finished) -> Direction| {
            of(&self.synced).failed == 0 && of(&self.synced).applied == of(&self.first).planned
        };
        self.synced.report.stopped.is_none()
            && did_what_was_planned(import)
            && did_what_was_planned(export)
            && import(&self.again).planned + export(&self.again).planned == 0
            && self.folder_is_kept()
            && self.library_is_kept()
            && self.arrivals_are_whole()
    }

    /// Whether every file that lay in the folder lies there still, with its bytes and its date.
    fn folder_is_kept(&self) -> bool {
        self.before.folder.iter().all(|(path, file)| self.after.folder.get(path) == Some(file))
    }

    /// Whether every original that the library held is there still, with its bytes.
    fn library_is_kept(&self) -> bool {
        let bytes = |key| self.after.originals.get(key);
        self.before.originals.iter().all(|(key, held)| bytes(key) == Some(held))
    }

    /// Whether all that is new on either side, and nothing else, was carried by the sync and equals what it was made of.
    fn arrivals_are_whole(&self) -> bool {
        let applied = |direction| applied(&self.synced, direction);
        let lies = |path: &str| self.after.folder.get(Path::new(path)).map(|(bytes, _)| *bytes);
        let (mut files, mut assets) = (0, BTreeSet::new());
        for line in applied(Way::Export) {
            for file in &line.files {
                let original =
                    line.asset.clone().and_then(|asset| self.after.originals.get(&(asset, file.role.code())));
                let is_new = |path: &str| !self.before.folder.contains_key(Path::new(path));
                let Some(path) = file.path.as_deref().filter(|path| is_new(path)) else { return false };
                if original.is_none() || lies(path).as_ref() != original {
                    return false;
                }
                files += 1;
            }
        }
        for line in applied(Way::Import) {
            let (path, asset) = (line.path.unwrap_or_default(), line.asset.unwrap_or_default());
            let held = self.after.originals.iter().filter(|((id, _), _)| *id == asset);
            if !held.into_iter().any(|(_, bytes)| Some(*bytes) == lies(&path)) {
                return false;
            }
            assets.insert(asset);
        }
        let now = |state: &State| state.library.assets.len();
        self.after.folder.len() == self.before.folder.len() + files
            && now(&self.after) == now(&self.before) + assets.len()
    }
}

/// The counts of a run: what came in, and what went out.
fn import(finished: &Finished) -> Direction {
    finished.report.import.clone().unwrap_or_default()
}

fn export(finished: &Finished) -> Direction {
    finished.report.export.clone().unwrap_or_default()
}

/// What a run carried one way.
fn applied(finished: &Finished, direction: Way) -> Vec<VerdictLine> {
    finished.lines().filter(|line| line.direction == direction && line.verdict == Ruling::Applied).collect()
}

/// Simulates, syncs and simulates again, as the three commands would with the household's own settings.
fn live(household: &Household) -> Result<Story, Error> {
    let settings = Settings::read(&places::settings_file(&household.data))?;
    // As the settings name it, which is what a page compares a run with.
    let mut library = open_library(&household.data, &settings)?;
    let before = look(household, library.as_mut())?;
    let mut request = Ask::plain(Command::Simulate, StartedBy::CommandLine).request(&household.data, &settings)?;
    let first = once(&request, library.as_mut())?;
    request.command = Command::Sync;
    let mut context = Context { data: household.data.clone(), settings, quiet: true, verbose: false };
    let baseline = Timestamp::now();
    baseline::set(&mut context, library.as_mut(), baseline)?;
    request.export.baseline = Some(baseline);
    let synced = once(&request, library.as_mut())?;
    request.command = Command::Simulate;
    let again = once(&request, library.as_mut())?;
    let after = look(household, library.as_mut())?;
    Ok(Story { before, after, first, synced, again })
}

fn once(request: &Request, library: &mut dyn Library) -> Result<Finished, Error> {
    Ok(sync::run(request, library, &everywhere(&request.data), &Timestamp::now, &Silent, &Cancel::new())?)
}

/// Reads both sides.
fn look(household: &Household, library: &mut dyn Library) -> Result<State, Error> {
    let snapshot = library.snapshot(&Silent, &Cancel::new())?;
    let mut originals = Originals::new();
    for asset in &snapshot.assets {
        for resource in asset.resources.iter().filter(|resource| resource.role.is_original()) {
            let mut hasher = Hasher::new();
            let read = library.read(asset, resource.role, &mut hasher, &Cancel::new());
            read.map_err(|error| Error::Io(asset.original_name.to_string(), io::Error::other(error.to_string())))?;
            originals.insert((asset.id.to_string(), resource.role.code()), hasher.finish());
        }
    }
    Ok(State { folder: files(&household.photos)?, library: snapshot, originals })
}

/// Every file below `root`.
fn files(root: &Path) -> Result<Files, Error> {
    let mut files = Files::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |path: &Path| {
            let what = format!("{} could not be read", path.display());
            move |error| Error::Io(what, error)
        };
        for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
            let path = entry.map_err(failed(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut file = File::open(&path).map_err(failed(&path))?;
            let (fingerprint, _) = Fingerprint::of_reader(&mut file).map_err(failed(&path))?;
            let modified = file.metadata().and_then(|metadata| metadata.modified()).map_err(failed(&path))?;
            let below = path.strip_prefix(root).unwrap_or(&path).to_owned();
            files.insert(below, (fingerprint, modified));
        }
    }
    Ok(files)
}
