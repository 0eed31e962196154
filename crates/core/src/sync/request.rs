//! What is asked of a run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Seen;
use crate::export::Export;
use crate::folder::Filter;
use crate::folder::scan::Scan;
use crate::library::Identity;
use crate::report::looked_at::{self, path};
use crate::report::{Destination, LookedAt};
use crate::run::{ArchivesInFolders, Command, Mode, MotionPhotos, RunId, StartedBy};

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

/// What a person says of the folder that exports go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kin {
    /// It is the one that lay at this path.
    SameAs(PathBuf),
    /// It is a folder of its own, whatever lay at its path or is away.
    Another,
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
        Self { settle: Duration::from_secs(10), other_half: hours(24), icloud: hours(24) }
    }
}

/// How the folders are looked at.
#[derive(Debug, Clone, Default)]
pub enum Look {
    /// As a whole.
    #[default]
    Whole,
    /// As a whole, and what was seen is handed over, so that the next look can be a smaller one.
    Watched,
    /// At single directories, since somebody watched the others: what lies there counts as it was seen. Only what lies in these
    /// directories is carried, and only into the library.
    Within(Within),
}

/// Single directories to look at.
#[derive(Debug, Clone)]
pub struct Within {
    /// What lay in the folders when they were looked at last.
    pub seen: Seen,
    /// The directories, by whole paths.
    pub directories: BTreeSet<PathBuf>,
}

impl Within {
    /// What lay in a folder, and the directories in it that are to be looked at, as paths below it. Nothing where it was not
    /// seen, or another directory lies in its place: then it is looked at as a whole.
    pub(super) fn of(&self, folder: &crate::folder::Source) -> Option<(Scan, BTreeSet<PathBuf>)> {
        let scan = self.seen.in_folder(folder)?;
        let below = |path: &PathBuf| path.strip_prefix(folder.place()).ok().map(Path::to_owned);
        Some((scan, self.directories.iter().filter_map(below).collect()))
    }
}

/// Everything that a run is given.
#[derive(Debug, Clone)]
pub struct Request {
    /// Simulate or sync.
    pub command: Command,
    /// Who asks.
    pub started_by: StartedBy,
    /// Which ways photos go.
    pub mode: Mode,
    /// What goes out and how; looked at where the mode exports.
    pub export: Export,
    /// The folder that exports go to, if it is not the first source. It is scanned for matching.
    pub export_folder: Option<PathBuf>,
    /// The source folders.
    pub sources: Vec<Source>,
    /// What a person says of the folder that exports go to, where they were asked.
    pub kin: Option<Kin>,
    /// Where the ledger lies.
    pub data: PathBuf,
    /// The waits.
    pub waits: Waits,
    /// Whether files that come after their photo become a part of it, where the library can do that.
    pub joins: bool,
    /// What becomes of motion photos on their way into the library.
    pub motion_photos: MotionPhotos,
    /// What becomes of archives that lie in the source folders.
    pub archives: ArchivesInFolders,
    /// Whether the people whom an archive names become keywords.
    pub people_as_keywords: bool,
    /// Nobody watches: guards apply, with this many imports allowed.
    pub unattended: Option<usize>,
    /// A simulation whose plan is to be honoured.
    pub only: Option<RunId>,
    /// How the folders are looked at.
    pub look: Look,
    /// Whether what earlier runs read of files is read again.
    pub thorough: bool,
}

impl Request {
    /// What this asks a run to look at.
    pub fn looks_at(&self, library: &Identity) -> LookedAt {
        let source = |source: &Source| looked_at::Source { path: path(&source.path), album: source.album.clone() };
        let mut folders: Vec<looked_at::Source> = self.sources.iter().map(source).collect();
        folders.sort();
        let first = self.sources.first().map(|source| &source.path);
        let receiver = self.export_folder.as_ref().or(first).filter(|_| self.mode.exports());
        let Export { layout, edited, sidecar, live_photos, .. } = self.export;
        let export = receiver.map(|folder| Destination { folder: path(folder), layout, edited, sidecar, live_photos });
        let (library, library_uuid) = (path(&library.path), library.uuid.clone());
        let motion_photos = Some(self.motion_photos).filter(|_| self.mode.imports());
        LookedAt { library, library_uuid, folders, mode: self.mode, motion_photos, export }
    }
}
