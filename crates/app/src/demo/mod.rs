//! `demo`: makes a small household, syncs it in front of the reader with the real engine, and explains what that did.
//!
//! Everything is made in one new folder and stays there to play with. It needs no account, no Mac, no settings and no
//! network, and gives the same pictures every time.

mod household;
mod screen;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{Library, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::report::Direction;
use photobridge_core::sync::{self, Finished, Request};

use crate::exit::{Code, Error};
use crate::places;
use crate::settings::Settings;
use crate::words::clean;
use household::Household;

/// The name of the folder that is made where none is named.
const NAME: &str = "photobridge-demo";

/// Makes the household, syncs it, and tells of it.
pub fn run(directory: Option<&Path>, quiet: bool) -> Result<Code, Error> {
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
    Ok(if story.is_well() { Code::Done } else { Code::Failed })
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

/// The files of the folder, by path: their bytes and dates.
type Files = BTreeMap<PathBuf, (Fingerprint, SystemTime)>;

/// What happened.
struct Story {
    /// Assets in the library before the first run.
    held: usize,
    /// The folder before the first run.
    before: Files,
    /// The folder after the last run.
    after: Files,
    /// The first simulation.
    first: Finished,
    /// The sync.
    synced: Finished,
    /// The simulation after it.
    again: Finished,
    /// The library after the sync.
    library: Snapshot,
}

impl Story {
    /// Whether it went as it should; the screen tells what did not.
    fn is_well(&self) -> bool {
        let synced = import(&self.synced);
        self.before == self.after
            && self.synced.report.stopped.is_none()
            && synced.failed == 0
            && synced.applied == import(&self.first).planned
            && import(&self.again).planned == 0
    }
}

/// The counts of a run.
fn import(finished: &Finished) -> Direction {
    finished.report.import.clone().unwrap_or_default()
}

/// Simulates, syncs and simulates again, as the three commands would with the household's own settings.
fn live(household: &Household) -> Result<Story, Error> {
    let settings = Settings::read(&places::settings_file(&household.data))?;
    let before = files(&household.photos)?;
    let mut library = photobridge_libraries::open(&household.library, &places::scratch(&household.data))?;
    let held = library.snapshot(&Silent, &Cancel::new())?.assets.len();
    let sources = settings.folder.iter().map(|folder| folder.source(&settings.album).map_err(Error::Usage));
    let mut request = Request {
        command: sync::Command::Simulate,
        mode: Default::default(),
        export: Default::default(),
        export_folder: None,
        sources: sources.collect::<Result<_, _>>()?,
        data: household.data.clone(),
        waits: settings.waits(),
        unattended: None,
        only: None,
    };
    let first = once(&request, library.as_mut())?;
    request.command = sync::Command::Sync;
    let synced = once(&request, library.as_mut())?;
    request.command = sync::Command::Simulate;
    let again = once(&request, library.as_mut())?;
    let assets = library.snapshot(&Silent, &Cancel::new())?;
    Ok(Story { held, before, after: files(&household.photos)?, first, synced, again, library: assets })
}

fn once(request: &Request, library: &mut dyn Library) -> Result<Finished, Error> {
    Ok(sync::run(request, library, &Timestamp::now, &Silent, &Cancel::new())?)
}

/// Every file below `root`, read from its first byte to its last.
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
            files.insert(path, (fingerprint, modified));
        }
    }
    Ok(files)
}
