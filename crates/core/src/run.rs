//! What a run is called: its number, who started it, what is asked of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a run, as people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Who started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum StartedBy {
    /// A person or a script that typed a command.
    CommandLine,
    /// A person on the page.
    Page,
    /// A program, by the API of the page.
    Api,
    /// A schedule, by its name.
    Schedule(String),
    /// A change that was noticed on a side.
    Watch,
}

/// The words that the ledger stores and people read.
impl fmt::Display for StartedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Page => f.write_str("page"),
            Self::Api => f.write_str("API"),
            Self::Schedule(name) => write!(f, "schedule {name}"),
            Self::Watch => f.write_str("watch"),
        }
    }
}

impl From<StartedBy> for String {
    fn from(by: StartedBy) -> Self {
        by.to_string()
    }
}

impl TryFrom<String> for StartedBy {
    type Error = String;

    fn try_from(words: String) -> Result<Self, String> {
        match (words.as_str(), words.strip_prefix("schedule ")) {
            ("command line", _) => Ok(Self::CommandLine),
            ("page", _) => Ok(Self::Page),
            ("API", _) => Ok(Self::Api),
            ("watch", _) => Ok(Self::Watch),
            (_, Some(name)) => Ok(Self::Schedule(name.to_owned())),
            _ => Err(format!("{words} starts no runs")),
        }
    }
}

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

/// What becomes of a motion photo, a picture with a movie behind it, on its way into the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MotionPhotos {
    /// It goes in as it is: Apple's devices show the picture.
    #[default]
    AsTheyAre,
    /// It goes in as a Live Photo: two files that are made of it.
    Live,
}

/// What becomes of archives (zips) that lie in a folder of photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArchivesInFolders {
    /// They are named, with how to import their photos.
    #[default]
    Ask,
    /// Their photos are imported.
    Read,
    /// They are left alone, and named.
    Leave,
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
