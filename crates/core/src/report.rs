//! What a run tells: one object in all, and one line for every verdict. The command line's `--json` and the web API
//! share these shapes; docs/json.md describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::apply::Ending;
use crate::asset::{Asset, ResourceRole};
use crate::item::{Item, Stamp};
use crate::ledger::RunId;
use crate::matching::{Facts, FileRef, Rung};
use crate::plan::{Evidence, Fate, Plan, Verdict};
use crate::reason::Reason;
use crate::sync::{Command, Mode};

/// The counts of one direction. `seen = applied + Σ skipped + failed + not_reached` after a sync; in a simulation
/// `planned` stands in the place of `applied`, and nothing is not reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direction {
    /// Files, companions and sidecars included.
    pub files: u64,
    /// Items.
    pub seen: u64,
    /// Items that the plan carries.
    pub planned: u64,
    /// Items that were carried.
    pub applied: u64,
    /// Items that could not be.
    pub failed: u64,
    /// Planned items that a stopped or cancelled sync did not come to; the next one does.
    pub not_reached: u64,
    /// Items that were not, by reason.
    pub skipped: BTreeMap<Reason, u64>,
    /// Bytes that the plan carries.
    #[serde(default)]
    pub bytes: u64,
    /// Files of carried photos that are not on this disk, by reason; a later run carries them. Exports only.
    #[serde(default)]
    pub missing: BTreeMap<Reason, u64>,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The number of the run.
    pub run: RunId,
    /// `simulate` or `sync`.
    pub command: Command,
    /// `import`, `bidirectional` or `export`.
    pub mode: Mode,
    /// From the folder to the library.
    pub import: Option<Direction>,
    /// From the library to the folder.
    pub export: Option<Direction>,
    /// Files opened to read their headers or bytes.
    pub files_read: u64,
    /// Bytes read of them.
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

/// One file of an exported photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileLine {
    /// What it is to its photo.
    pub role: ResourceRole,
    /// Its path below the folder, where it goes there.
    pub path: Option<String>,
    /// Why it does not go.
    pub reason: Option<Reason>,
}

/// One verdict as a line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictLine {
    /// `import` or `export`.
    pub direction: String,
    /// `planned`, `applied`, `skipped` or `failed`.
    pub verdict: String,
    /// Why it was skipped.
    pub reason: Option<Reason>,
    /// The primary file's path below its folder: of the item, or of the file that the asset became or is.
    pub path: Option<String>,
    /// The original name in the library, of an asset.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub name: Option<String>,
    /// The id of the asset that it became or that holds it.
    pub asset: Option<String>,
    /// What decided: the rung and the name of the asset, a link's number, or another item's path.
    pub matched: Option<String>,
    /// The fingerprint of the primary file, where its bytes were read.
    pub fingerprint: Option<String>,
    /// The size of all its files in bytes.
    pub size: u64,
    /// Capture time in ISO 8601; an offset only where it is known.
    pub captured: Option<String>,
    /// Where the capture time was read.
    pub captured_from: Option<String>,
    /// The album that it goes to, or the folder below the one that is synced.
    pub destination: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// The files of an exported photo.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<FileLine>,
    /// The state of the primary file, by which `sync --plan` knows it again; only in the kept verdicts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stamp: Option<Stamp>,
}

/// Everything that verdicts speak of.
pub struct Scene<'a> {
    /// The items.
    pub items: &'a [Item],
    /// The assets.
    pub assets: &'a [Asset],
    /// What is known of bytes.
    pub facts: &'a Facts,
    /// The plan.
    pub plan: &'a Plan,
    /// How the imports ended; empty for a simulation.
    pub endings: &'a rustc_hash::FxHashMap<u32, Ending>,
    /// The album of each folder.
    pub albums: &'a BTreeMap<crate::item::FolderId, String>,
}

impl Scene<'_> {
    /// Every verdict, in the order of the items.
    pub fn lines(&self) -> impl Iterator<Item = VerdictLine> + '_ {
        self.plan.verdicts.iter().map(|verdict| self.line(verdict))
    }

    /// One verdict in words.
    pub fn line(&self, verdict: &Verdict) -> VerdictLine {
        let item = &self.items[verdict.item as usize];
        let captured = item.header().and_then(|header| header.captured);
        let (matched_asset, matched) = self.evidence(verdict);
        let mut line = VerdictLine {
            direction: "import".into(),
            verdict: "skipped".into(),
            reason: None,
            path: Some(item.to_string()),
            name: None,
            asset: matched_asset,
            matched,
            fingerprint: self.facts.file(FileRef { item: verdict.item, file: 0 }).map(|bytes| bytes.to_string()),
            size: item.size(),
            captured: captured.map(|(time, _)| time.to_string()),
            captured_from: captured.map(|(_, source)| source.as_str().into()),
            destination: None,
            error: None,
            files: Vec::new(),
            stamp: None,
        };
        match (&verdict.fate, self.endings.get(&verdict.item)) {
            (Fate::Import(_), ending) => {
                line.destination = self.albums.get(&item.folder).cloned();
                match ending {
                    None => line.verdict = "planned".into(),
                    Some(Ending::Imported(id)) => {
                        line.verdict = "applied".into();
                        line.asset = Some(id.to_string());
                    }
                    Some(Ending::Skipped(reason)) => line.reason = Some(*reason),
                    Some(Ending::Failed(error)) => {
                        line.verdict = "failed".into();
                        line.error = Some(error.clone());
                    }
                }
            }
            (Fate::Skip(reason), _) => line.reason = Some(*reason),
            (Fate::Fail(error), _) => {
                line.verdict = "failed".into();
                line.reason = Some(Reason::Unreadable);
                line.error = Some(error.to_string());
            }
        }
        if line.reason == Some(Reason::Truncated) {
            let truncated = item.files.iter().find_map(|file| file.header.as_ref()?.truncated.as_deref());
            line.error = truncated.map(Into::into);
        }
        line
    }

    fn evidence(&self, verdict: &Verdict) -> (Option<String>, Option<String>) {
        match verdict.evidence {
            None => (None, None),
            Some(Evidence::Asset(asset, rung)) => {
                let asset = &self.assets[asset as usize];
                let how = match rung {
                    Rung::Bytes => "same bytes",
                    Rung::SizeTimeAndName => "same size, time and name",
                    Rung::Shot => "same shot",
                };
                (Some(asset.id.to_string()), Some(format!("{how}: {}", asset.original_name)))
            }
            Some(Evidence::Link(link)) => (None, Some(format!("link {}", link.0))),
            Some(Evidence::NewSinceYouLooked) => (None, Some("new since you looked".into())),
            Some(Evidence::Item(item)) => (None, Some(self.items[item as usize].to_string())),
        }
    }

    /// The counts.
    pub fn direction(&self) -> Direction {
        let mut direction = Direction {
            files: self.items.iter().map(|item| item.files.len() as u64).sum(),
            seen: self.items.len() as u64,
            planned: self.plan.imports().count() as u64,
            ..Direction::default()
        };
        for verdict in &self.plan.verdicts {
            let skipped = match (&verdict.fate, self.endings.get(&verdict.item)) {
                (Fate::Skip(reason), _) | (_, Some(Ending::Skipped(reason))) => Some(*reason),
                (Fate::Fail(_), _) | (_, Some(Ending::Failed(_))) => {
                    direction.failed += 1;
                    None
                }
                (Fate::Import(_), Some(Ending::Imported(_))) => {
                    direction.applied += 1;
                    None
                }
                (Fate::Import(_), None) => None,
            };
            if let Some(reason) = skipped {
                *direction.skipped.entry(reason).or_default() += 1;
            }
        }
        direction
    }
}
