//! A run as every front end makes it: what is asked and the settings become one request, and the engine's one call
//! answers it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use photobridge_core::export::Range;
use photobridge_core::library::{Identity, Library};
use photobridge_core::progress::{Cancel, Progress};
use photobridge_core::report::{LookedAt, Report};
use photobridge_core::run::{Command, Mode, RunId, StartedBy};
use photobridge_core::sync::{self, Finished, Kin, Look, Request};
use serde::{Deserialize, Serialize};

use crate::afterwards;
use crate::exit::Error;
use crate::folders::everywhere;
use crate::log::RunLog;
use crate::places;
use crate::settings::{self, Settings, library_path};

/// What is asked of a run besides the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Simulate or sync.
    pub command: Command,
    /// Who asks.
    pub by: StartedBy,
    /// Which ways, this once.
    pub mode: Option<Mode>,
    /// Everything that the library holds, this once.
    pub full_library: bool,
    /// Only what this simulation showed.
    pub plan: Option<RunId>,
    /// Whether nobody watches, so that the guards stop it.
    pub unattended: bool,
    /// What is said of the folder that exports go to.
    #[serde(default)]
    pub kin: Option<Kin>,
    /// Whether files are read again that earlier runs have read.
    #[serde(default)]
    pub thorough: bool,
}

impl Ask {
    /// What the settings say, and nothing besides.
    pub fn plain(command: Command, by: StartedBy) -> Self {
        Self { command, by, mode: None, full_library: false, plan: None, unattended: false, kin: None, thorough: false }
    }

    /// Whether a person at the page asks for a sync, and may mean what they have just copied: of a plan they know what goes.
    pub fn may_wait(&self) -> bool {
        self.command == Command::Sync && self.by == StartedBy::Page && self.plan.is_none() && !self.unattended
    }

    /// Whether it is a sync that goes the ways that the settings say. Of a plan, too: it looks at all, and tells what it did not know.
    pub fn is_about_everything(&self) -> bool {
        self.command == Command::Sync && self.mode.is_none()
    }

    /// Over the range of another run.
    pub fn over_range_of(self, other: &Report) -> Self {
        Self { full_library: other.range == Some(Range::FullLibrary), ..self }
    }

    /// A sync that carries out what a simulation showed.
    pub fn plan(shown: &Report, by: StartedBy) -> Self {
        Self { plan: Some(shown.run), ..Self::plain(Command::Sync, by).over_range_of(shown) }
    }

    /// The request for the engine.
    pub fn request(&self, data: &Path, settings: &Settings) -> Result<Request, Error> {
        if settings.folder.is_empty() {
            let how = "no folder is set up. Use `photobridge sync --folder DIR` once, or set it permanently with \
                       `photobridge config folder DIR`";
            return Err(Error::Usage(how.into()));
        }
        let mut export = settings.export.export();
        if self.full_library {
            export.range = Range::FullLibrary;
        }
        let sources = settings.folder.iter().map(|folder| folder.source(&settings.album).map_err(Error::Usage));
        Ok(Request {
            command: self.command,
            started_by: self.by.clone(),
            mode: self.mode.unwrap_or(settings.mode),
            export,
            export_folder: Some(settings.export.folder.clone()).filter(|folder| !folder.as_os_str().is_empty()),
            sources: sources.collect::<Result<_, _>>()?,
            kin: self.kin.clone(),
            data: data.to_owned(),
            waits: settings.waits(),
            joins: settings.join_late_files,
            motion_photos: settings.motion_photos,
            archives: settings.archives,
            people_as_keywords: settings.people_as_keywords,
            unattended: self.unattended.then_some(settings.unattended_limit),
            only: self.plan,
            look: Look::Whole,
            thorough: self.thorough,
        })
    }
}

/// What the settings name, as a run would look at it now. Opens nothing.
pub fn looks_at(data: &Path, settings: &Settings) -> Result<LookedAt, Error> {
    let request = Ask::plain(Command::Simulate, StartedBy::CommandLine).request(data, settings)?;
    Ok(request.looks_at(&Identity { uuid: None, path: library_path(data, settings)? }))
}

/// Runs once, keeps the log of it, and writes a baseline that the run has set into the settings.
pub fn once(
    request: &Request,
    library: &mut dyn Library,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Finished, Error> {
    if request.unattended.is_some() {
        settings::unknown::refuse_unwatched(&places::settings_file(&request.data))?;
    }
    let log = RunLog::new(request, &Timestamp::now, progress);
    let result = sync::run(request, library, &everywhere(&request.data), &Timestamp::now, &log, cancel);
    log.end(&result);
    let mut finished = result?;
    if let Some(baseline) = finished.report.baseline {
        settings::set(&places::settings_file(&request.data), "export.baseline", &baseline.to_string())?;
    }
    if request.command == Command::Sync {
        let command = Settings::read(&places::settings_file(&request.data)).unwrap_or_default().export.command;
        finished.report.notices.extend(afterwards::call(&command, request, &finished.report));
    }
    Ok(finished)
}

/// Lets photos that were just copied come to rest, and tells each second how many there are still. Returns whether nobody stopped
/// it.
pub fn let_rest(seconds: u64, cancel: &Cancel, tell: impl Fn(u64)) -> bool {
    for left in (1..=seconds).rev().take_while(|_| !cancel.is_cancelled()) {
        tell(left);
        std::thread::sleep(Duration::from_secs(1));
    }
    !cancel.is_cancelled()
}

/// Opens the library that the settings name.
pub fn open_library(data: &Path, settings: &Settings) -> Result<Box<dyn Library>, Error> {
    #[cfg(target_os = "macos")]
    if settings::is_system_library(settings) {
        return system_library(data, settings);
    }
    Ok(photobridge_libraries::open(&library_path(data, settings)?, &places::scratch(data))?)
}

#[cfg(target_os = "macos")]
fn system_library(data: &Path, settings: &Settings) -> Result<Box<dyn Library>, Error> {
    use photobridge_libraries::photos::{Patience, Photos, Surroundings};

    photobridge_core::data::make(data).map_err(|error| Error::Io(data.display().to_string(), error))?;
    let own_albums = settings.folder.iter().filter_map(|folder| folder.album.clone());
    let around = Surroundings {
        package: settings::system_package()?,
        scratch: places::scratch(data),
        notebook: data.join("photos.sqlite"),
        zone: jiff::tz::TimeZone::system(),
        system: system_version(),
        albums: own_albums.chain([settings.album.clone()]).collect(),
        patience: Patience::default(),
        clock: Timestamp::now,
    };
    Ok(Box::new(Photos::open(std::sync::Arc::new(photobridge_photokit::System), around)?))
}

/// Which macOS it is, as it notes itself; nothing where that cannot be read.
#[cfg(target_os = "macos")]
fn system_version() -> String {
    let note = plist::Value::from_file("/System/Library/CoreServices/SystemVersion.plist");
    let version = note.ok().and_then(|note| Some(note.as_dictionary()?.get("ProductVersion")?.as_string()?.to_owned()));
    version.unwrap_or_default()
}
