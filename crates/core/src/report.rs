//! What a run tells: one object in all, and one line for every verdict. The command line's `--json` and the web API
//! share these shapes; docs/json.md describes them.

pub(crate) mod looked_at;
mod scene;
pub(crate) mod seen;
mod trace;
mod words;

use std::collections::BTreeMap;

pub use looked_at::{Destination, LookedAt};
pub use scene::Scene;
pub use trace::{Kind, Other, Spot, Trace};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::asset::ResourceRole;
use crate::export::Range;
use crate::reason::{Reason, Way};
use crate::run::{Command, Mode, RunId, StartedBy};

/// The counts of one direction. `seen = applied + Σ skipped + failed + not_reached` after a sync; in a simulation
/// `planned` stands in the place of `applied`, and nothing is not reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direction {
    /// Files, companions and sidecars included.
    pub files: u64,
    /// Items or assets, and those of their files that have a verdict of their own.
    pub seen: u64,
    /// Those that the plan carries.
    pub planned: u64,
    /// Those that were carried.
    pub applied: u64,
    /// Of those, files that became a part of a photo that was there.
    #[serde(default, skip_serializing_if = "is_none")]
    pub joined: u64,
    /// Of those, items of which only what came late reached their photo in the library.
    #[serde(default, skip_serializing_if = "is_none")]
    pub told: u64,
    /// Of those, exports that may lie in a cache of this computer only: the next sync reads them back.
    #[serde(default)]
    pub on_their_way: u64,
    /// Those that could not be.
    pub failed: u64,
    /// Planned ones that a stopped or cancelled sync did not come to; the next one does.
    pub not_reached: u64,
    /// Those that were not, by reason.
    pub skipped: BTreeMap<Reason, u64>,
    /// Bytes that the plan carries.
    #[serde(default)]
    pub bytes: u64,
    /// Files of carried photos that are not on this disk, by reason; a later run carries them. Exports only.
    #[serde(default)]
    pub missing: BTreeMap<Reason, u64>,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The number of the run.
    pub run: RunId,
    /// `simulate` or `sync`.
    pub command: Command,
    /// Who started it; unknown of reports that were kept before this was.
    #[serde(default)]
    pub started_by: Option<StartedBy>,
    /// `import`, `bidirectional` or `export`.
    pub mode: Mode,
    /// Which photos it looked at to go out, in the modes that export.
    #[serde(default)]
    pub range: Option<Range>,
    /// What it looked at and how it would carry; unknown of reports that were kept before this was.
    #[serde(default)]
    pub looked_at: Option<LookedAt>,
    /// Items of the folder, and assets of the library that are not in its trash, when it was looked at.
    #[serde(default)]
    pub items: u64,
    /// See `items`.
    #[serde(default)]
    pub assets: u64,
    /// Assets of which the original is only in iCloud.
    #[serde(default)]
    pub only_in_icloud: u64,
    /// From the folder to the library.
    pub import: Option<Direction>,
    /// From the library to the folder.
    pub export: Option<Direction>,
    /// The baseline that this run set, or found in the ledger while the settings have none.
    #[serde(default)]
    pub baseline: Option<Timestamp>,
    /// Files opened to read their headers or bytes.
    pub files_read: u64,
    /// Bytes read of them, and those of the library that were carried out of it.
    pub bytes_read: u64,
    /// Why it stopped before its end, if it did.
    pub stopped: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Bytes that are free where exports go, in the modes that export.
    #[serde(default)]
    pub free_bytes: Option<u64>,
    /// What people should know besides.
    pub notices: Vec<String>,
}

impl Report {
    /// Photos that were carried, either way.
    pub fn applied(&self) -> u64 {
        [&self.import, &self.export].into_iter().flatten().map(|direction| direction.applied).sum()
    }

    /// Photos that failed, either way.
    pub fn failed(&self) -> u64 {
        [&self.import, &self.export].into_iter().flatten().map(|direction| direction.failed).sum()
    }
}

/// What a verdict says of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ruling {
    /// It goes; in the verdicts of a sync that stopped, it was not come to.
    Planned,
    /// It went.
    Applied,
    /// It does not go, for a reason.
    Skipped,
    /// It could not be read or carried.
    Failed,
}

impl Ruling {
    /// The word that people and `--json-lines` read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Applied => "applied",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

/// One file of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileLine {
    /// What it is to its photo.
    pub role: ResourceRole,
    /// Its path below the folder: where it lies, or where it goes.
    pub path: Option<String>,
    /// What a file of an asset would be called that does not go.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// Why it does not go.
    pub reason: Option<Reason>,
}

/// Another name for a file that lies in the folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RenameLine {
    /// Its path below the folder.
    pub from: String,
    /// Its path with the other name.
    pub to: String,
}

/// One verdict as a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictLine {
    /// `import` or `export`.
    pub direction: Way,
    /// `planned`, `applied`, `skipped` or `failed`.
    pub verdict: Ruling,
    /// Why it was skipped.
    pub reason: Option<Reason>,
    /// The path below its folder of the file that it speaks of: an item's primary file, a companion of another fate, or the
    /// file that the asset became or is; of one that lies there no longer, where it lay.
    pub path: Option<String>,
    /// The folder that `path` lies below, where the run looked at several.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub folder: Option<String>,
    /// The original name in the library, of an asset, or what a file of it would be called.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The id of the asset that it became or that holds it.
    pub asset: Option<String>,
    /// What decided: the rung and the name of the asset, a link's number, or another item's path.
    pub matched: Option<String>,
    /// The fingerprint of that file, where its bytes were read.
    pub fingerprint: Option<String>,
    /// The size of all files that it speaks of, in bytes.
    pub size: u64,
    /// Capture time in ISO 8601; an offset only where it is known.
    pub captured: Option<String>,
    /// Where the capture time was read.
    pub captured_from: Option<String>,
    /// The album that it goes to, or the folder below the one that is synced.
    pub destination: Option<String>,
    /// The name of the photo in the library of which the file becomes a part, or became one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part_of: Option<String>,
    /// The name of the photo in the library of which it could be made a part.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub can_join: Option<String>,
    /// What the photo in the library gets, or got, of what came late: its date, what is written of it, its albums.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gets: Option<String>,
    /// The same where this library cannot be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lacks: Option<String>,
    /// Of a motion photo that goes in: as what.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub motion: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// Files that an earlier run exported and that get other names, or got them, so that those of `files` share theirs.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub renames: Vec<RenameLine>,
    /// The files that it speaks of, where an item has several, and those of an exported photo.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<FileLine>,
    /// What leads back to the photo; only in the kept verdicts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<Trace>,
}
