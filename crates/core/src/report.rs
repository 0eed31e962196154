//! What a run tells: one object in all, and one line for every verdict. The command line's `--json` and the web API
//! share these shapes; docs/json.md describes them.

pub(crate) mod looked_at;
mod trace;
mod words;

use std::collections::BTreeMap;

pub use looked_at::{Destination, LookedAt};
pub use trace::{Kind, Other, Spot, Trace};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::apply::Ending;
use crate::asset::{Asset, ResourceRef, ResourceRole};
use crate::export::Range;
use crate::fingerprint::Fingerprint;
use crate::item::{Exclusion, FileRef, Item, ItemFile};
use crate::matching::Facts;
use crate::plan::{self, Evidence, ExportFate, ExportVerdict, Fate, Outgoing, Payload, Plan, Verdict};
use crate::reason::{Reason, Way};
use crate::run::{Command, Mode, RunId, StartedBy};
use crate::wording::plain;

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
    /// Why it does not go.
    pub reason: Option<Reason>,
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
    /// file that the asset became or is.
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
    /// What went wrong.
    pub error: Option<String>,
    /// The files that it speaks of, where an item has several, and those of an exported photo.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub files: Vec<FileLine>,
    /// What leads back to the photo; only in the kept verdicts.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<Trace>,
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
    pub endings: &'a rustc_hash::FxHashMap<FileRef, Ending>,
    /// How the exports ended.
    pub exported: &'a rustc_hash::FxHashMap<u32, Ending>,
    /// The album of each folder.
    pub albums: &'a BTreeMap<crate::item::FolderId, String>,
    /// The path of each folder, where there are several.
    pub roots: &'a BTreeMap<crate::item::FolderId, String>,
}

impl Scene<'_> {
    /// What a verdict says of an item, and the reason.
    pub fn ruling(&self, verdict: &Verdict) -> (Ruling, Option<Reason>) {
        match &verdict.fate {
            Fate::Import(_) => of_ending(self.endings.get(&verdict.file())),
            Fate::Skip(reason) => (Ruling::Skipped, Some(*reason)),
            Fate::Fail(_) => (Ruling::Failed, Some(Reason::Unreadable)),
        }
    }

    /// What a verdict says of an asset, and the reason.
    pub fn export_ruling(&self, verdict: &ExportVerdict) -> (Ruling, Option<Reason>) {
        match &verdict.fate {
            ExportFate::Export(_) => of_ending(self.exported.get(&verdict.asset)),
            ExportFate::Skip(reason) => (Ruling::Skipped, Some(*reason)),
            ExportFate::Fail(_) => (Ruling::Failed, Some(Reason::Unreadable)),
        }
    }

    /// One verdict in words.
    pub fn line(&self, verdict: &Verdict) -> VerdictLine {
        let (ruling, reason) = self.ruling(verdict);
        let item = &self.items[verdict.item as usize];
        let file = &item.files[usize::from(verdict.file)];
        let captured = file.header.as_deref().and_then(|header| header.captured);
        let (matched_asset, matched) = match verdict.evidence {
            Some(Evidence::Part(at)) => (None, Some(shown(&item.files[usize::from(at)]))),
            evidence => self.evidence(evidence),
        };
        let mut line = VerdictLine {
            direction: Way::Import,
            verdict: ruling,
            reason,
            path: Some(shown(file)),
            folder: self.roots.get(&item.folder).cloned(),
            name: None,
            asset: matched_asset,
            matched,
            fingerprint: self.facts.file(verdict.file()).map(|bytes| bytes.to_string()),
            size: verdict.size(item),
            captured: captured.map(|(time, _)| time.to_string()),
            captured_from: captured.map(|(_, source)| source.as_str().into()),
            destination: None,
            error: None,
            files: files_of(verdict, item),
            trace: None,
        };
        match (&verdict.fate, self.endings.get(&verdict.file())) {
            (Fate::Import(_), ending) => {
                line.destination = self.albums.get(&item.folder).cloned();
                match ending {
                    Some(Ending::Imported(id)) => line.asset = Some(id.to_string()),
                    ending => line.error = error_of(ending),
                }
            }
            (Fate::Fail(error), _) => line.error = Some(plain(error)),
            (Fate::Skip(_), _) => {}
        }
        if line.reason == Some(Reason::Excluded) && file.excluded == Some(Exclusion::NoMedia) {
            line.error = Some("its directory has a .nomedia, Android's word for what belongs in no gallery".into());
        }
        if line.reason == Some(Reason::Truncated) {
            line.error = truncated(item, verdict);
        }
        if let (Some(Reason::Completed), Some(Evidence::Beginning(asset))) = (line.reason, verdict.evidence) {
            let beginning = self.assets[asset as usize].primary().and_then(|primary| primary.size).unwrap_or(0);
            line.error = Some(format!("its first {beginning} of {} bytes", file.stamp.size));
        }
        line
    }

    /// One verdict on an asset in words.
    pub fn export_line(&self, verdict: &ExportVerdict) -> VerdictLine {
        let (ruling, reason) = self.export_ruling(verdict);
        let asset = &self.assets[verdict.asset as usize];
        let (_, matched) = self.evidence(verdict.evidence);
        let held = match verdict.evidence {
            Some(Evidence::Held(file, _) | Evidence::Whole(file)) => Some(file),
            _ => None,
        };
        if let Some(resource) = verdict.resource {
            return self.companion_line(verdict, resource);
        }
        let mut line = VerdictLine {
            direction: Way::Export,
            verdict: ruling,
            reason,
            path: held.map(|file| self.path(file)),
            folder: held.and_then(|file| self.roots.get(&self.items[file.item as usize].folder).cloned()),
            name: Some(asset.original_name.to_string()),
            asset: Some(asset.id.to_string()),
            matched,
            fingerprint: self.identity(verdict.asset).map(|bytes| bytes.to_string()),
            size: originals_size(asset),
            captured: asset.captured.map(|time| time.to_string()),
            captured_from: None,
            destination: None,
            error: None,
            files: Vec::new(),
            trace: None,
        };
        match &verdict.fate {
            ExportFate::Skip(_) => {}
            ExportFate::Fail(error) => line.error = Some(plain(error)),
            ExportFate::Export(out) => {
                line.folder = None;
                line.path = Some(out.path().to_string_lossy().into_owned());
                line.destination = Some(out.directory.to_string_lossy().into_owned());
                line.size = out.size(asset);
                line.files = files(asset, out);
                line.error = error_of(self.exported.get(&verdict.asset));
            }
        }
        line
    }

    /// The verdict on a file of an asset that has another fate.
    fn companion_line(&self, verdict: &ExportVerdict, at: u16) -> VerdictLine {
        let (ruling, reason) = self.export_ruling(verdict);
        let asset = &self.assets[verdict.asset as usize];
        let resource = &asset.resources[usize::from(at)];
        let computed = || self.facts.resource(ResourceRef { asset: verdict.asset, resource: at });
        VerdictLine {
            direction: Way::Export,
            verdict: ruling,
            reason,
            path: None,
            folder: None,
            name: Some(plan::name_of(asset, at)),
            asset: Some(asset.id.to_string()),
            matched: None,
            fingerprint: resource.fingerprint.or_else(computed).map(|bytes| bytes.to_string()),
            size: resource.size.unwrap_or(0),
            captured: asset.captured.map(|time| time.to_string()),
            captured_from: None,
            destination: None,
            error: None,
            files: vec![FileLine { role: resource.role, path: None, reason }],
            trace: None,
        }
    }

    fn path(&self, file: FileRef) -> String {
        self.items[file.item as usize].files[usize::from(file.file)].path.to_string_lossy().into_owned()
    }

    fn identity(&self, asset: u32) -> Option<Fingerprint> {
        let entry = &self.assets[asset as usize];
        let primary = entry.primary()?;
        let at = entry.resources.iter().position(|resource| resource.role == primary.role)?;
        primary.fingerprint.or_else(|| self.facts.resource(ResourceRef { asset, resource: at as u16 }))
    }

    fn evidence(&self, evidence: Option<Evidence>) -> (Option<String>, Option<String>) {
        match evidence {
            None => (None, None),
            Some(Evidence::Asset(asset, rung)) => {
                let asset = &self.assets[asset as usize];
                (Some(asset.id.to_string()), Some(format!("{}: {}", words::how(rung), asset.original_name)))
            }
            Some(Evidence::Held(file, rung)) => (None, Some(format!("{}: {}", words::how(rung), self.path(file)))),
            Some(Evidence::Beginning(asset)) => {
                let asset = &self.assets[asset as usize];
                (Some(asset.id.to_string()), Some(format!("{}{}", words::BEGINNING, asset.original_name)))
            }
            Some(Evidence::Whole(file)) => (None, Some(format!("{}{}", words::BEGINNING_OF, self.path(file)))),
            Some(Evidence::Link(link)) => (None, Some(format!("{}{}", words::LINK, link.0))),
            Some(Evidence::NewSinceYouLooked) => (None, Some(words::NEW.into())),
            Some(Evidence::Item(item)) => (None, Some(self.items[item as usize].to_string())),
            Some(Evidence::Part(_)) => (None, None),
        }
    }

    /// The counts of the way into the library.
    pub fn imports(&self) -> Direction {
        let mut direction = Direction {
            files: self.items.iter().map(|item| item.files.len() as u64).sum(),
            seen: self.plan.verdicts.len() as u64,
            planned: self.plan.imports().count() as u64,
            bytes: self.plan.imports().map(|verdict| verdict.size(&self.items[verdict.item as usize])).sum(),
            ..Direction::default()
        };
        for verdict in &self.plan.verdicts {
            match (&verdict.fate, self.endings.get(&verdict.file())) {
                (Fate::Skip(reason), _) => direction.skip(*reason),
                (Fate::Fail(_), _) => direction.failed += 1,
                (Fate::Import(_), ending) => direction.end(ending),
            }
        }
        direction
    }

    /// The counts of the way into the folder.
    pub fn exports(&self) -> Direction {
        let mut direction = Direction {
            files: self.assets.iter().map(|asset| asset.resources.len() as u64).sum(),
            seen: self.plan.exports.len() as u64,
            planned: self.plan.departures().count() as u64,
            bytes: self.plan.departures().map(|(verdict, out)| out.size(&self.assets[verdict.asset as usize])).sum(),
            ..Direction::default()
        };
        for verdict in &self.plan.exports {
            match &verdict.fate {
                ExportFate::Skip(reason) => direction.skip(*reason),
                ExportFate::Fail(_) => direction.failed += 1,
                ExportFate::Export(out) => {
                    direction.end(self.exported.get(&verdict.asset));
                    for (_, reason) in &out.missing {
                        *direction.missing.entry(*reason).or_default() += 1;
                    }
                }
            }
        }
        direction
    }
}

impl Direction {
    fn skip(&mut self, reason: Reason) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts how what was planned ended, if it did.
    fn end(&mut self, ending: Option<&Ending>) {
        match ending {
            None => {}
            Some(Ending::Imported(_) | Ending::Exported) => self.applied += 1,
            Some(Ending::Failed(_)) => self.failed += 1,
            Some(Ending::Skipped(reason)) => self.skip(*reason),
        }
    }
}

/// What became of something that goes.
fn of_ending(ending: Option<&Ending>) -> (Ruling, Option<Reason>) {
    match ending {
        None => (Ruling::Planned, None),
        Some(Ending::Imported(_) | Ending::Exported) => (Ruling::Applied, None),
        Some(Ending::Skipped(reason)) => (Ruling::Skipped, Some(*reason)),
        Some(Ending::Failed(_)) => (Ruling::Failed, None),
    }
}

fn error_of(ending: Option<&Ending>) -> Option<String> {
    match ending {
        Some(Ending::Failed(error)) => Some(plain(error)),
        _ => None,
    }
}

fn originals_size(asset: &Asset) -> u64 {
    let originals = asset.resources.iter().filter(|resource| resource.role.is_original());
    originals.filter_map(|resource| resource.size).sum()
}

fn shown(file: &ItemFile) -> String {
    file.path.to_string_lossy().into_owned()
}

/// The pictures and movies of which a verdict on the folder speaks, where there are several.
fn files_of(verdict: &Verdict, item: &Item) -> Vec<FileLine> {
    let originals = || verdict.files(item).filter(|file| file.role.is_original());
    if originals().nth(1).is_none() {
        return Vec::new();
    }
    originals().map(|file| FileLine { role: file.role, path: Some(shown(file)), reason: None }).collect()
}

/// Where a file ends too early: the one that keeps its item back is named.
fn truncated(item: &Item, verdict: &Verdict) -> Option<String> {
    let why = |at: u16| item.files[usize::from(at)].header.as_ref()?.truncated.as_deref();
    match verdict.evidence {
        Some(Evidence::Part(at)) => {
            Some(format!("{}: {}", item.files[usize::from(at)].name().to_string_lossy(), why(at)?))
        }
        _ => why(verdict.file).map(Into::into),
    }
}

/// Each file of an exported photo: where it goes, or why it does not.
fn files(asset: &Asset, out: &Outgoing) -> Vec<FileLine> {
    let goes = out.files.iter().map(|file| FileLine {
        role: match file.payload {
            Payload::Resource(at) => asset.resources[usize::from(at)].role,
            Payload::Sidecar => ResourceRole::Sidecar,
        },
        path: Some(out.directory.join(&file.name).to_string_lossy().into_owned()),
        reason: None,
    });
    let stays = out.missing.iter().map(|(at, reason)| FileLine {
        role: asset.resources[usize::from(*at)].role,
        path: None,
        reason: Some(*reason),
    });
    goes.chain(stays).collect()
}
