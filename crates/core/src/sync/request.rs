//! What is asked of a run.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::export::Export;
use crate::folder::Filter;
use crate::ledger::{RunId, StartedBy};

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
    /// Nobody watches: guards apply, with this many imports allowed.
    pub unattended: Option<usize>,
    /// A simulation whose plan is to be honoured.
    pub only: Option<RunId>,
}
