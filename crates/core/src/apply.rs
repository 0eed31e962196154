//! Acts: carries what the plan says into the library, and confirms each item by reading the library back.

mod confirm;
pub mod export;
mod halves;
pub(crate) mod holdings;
mod import;
mod join;
pub mod out;
mod tell;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::Folder;
use crate::item::{FileRef, FolderId, Item};
use crate::ledger::{ConcludedImport, Intent, Ledger, LedgerError, LibraryId};
use crate::library::{Library, LibraryError};
use crate::memory::{AgreedFile, Agreement, MadeFile, Origin};
use crate::plan::{Evidence, Fate, Plan};
use crate::progress::{Cancel, Event, Phase, Progress};
use crate::reason::Reason;
use crate::run::RunId;
use confirm::{is_kept, stored_bytes};
use import::Arrival;

/// Photos that are carried at once, unless their bytes are many: a disk's answer costs more than a photo.
const TOGETHER: usize = 256;

/// Bytes after which no more photos join those that are carried at once: what a crash may cost is written again.
const TOGETHER_BYTES: u64 = 256 << 20;

/// How a planned item ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It is in the library, and was seen there.
    Imported(AssetId),
    /// It is in the folder, whole and under its name.
    Exported,
    /// The world changed since the plan; the next run looks again.
    Skipped(Reason),
    /// It did not work: what happened, and what was kept safe.
    Failed(String),
}

/// What applying came to.
#[derive(Debug, Default)]
pub struct Applied {
    /// How each import ended that was begun, by the file that stands for it.
    pub endings: FxHashMap<FileRef, Ending>,
    /// The same for assets.
    pub exported: FxHashMap<u32, Ending>,
    /// Exported photos that are not dated by when they were taken.
    pub misdated: Misdated,
    /// Live Photos that were to go as one file and went as two, by asset, each with the reason.
    pub apart: FxHashMap<u32, &'static str>,
    /// Exported photos that may lie in a cache of this computer only.
    pub on_their_way: u64,
    /// Why it stopped before the end, if it did.
    pub stopped: Option<String>,
    /// Bytes carried.
    pub bytes: u64,
}

/// How many exported photos are not dated by when they were taken, and why.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Misdated {
    /// They are older than the earliest date that we give to a file.
    pub earliest: u64,
    /// Their disk holds no such date.
    pub otherwise: u64,
}

/// Whose plan is applied, and who watches.
pub struct Errand<'a> {
    /// The run that acts.
    pub run: RunId,
    /// The ledger's number of the library.
    pub library_id: LibraryId,
    /// Where our own files lie.
    pub data: &'a Path,
    /// Each folder, and the title of its album.
    pub folders: &'a FxHashMap<FolderId, (Arc<dyn Folder>, String)>,
    /// Whether the people whom an archive names become keywords.
    pub people: bool,
    /// The time now.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a Cancel,
}

/// Imports what the plan says. An error here is the ledger's: nothing more can be done safely.
pub fn apply(
    plan: &Plan,
    items: &[Item],
    errand: &Errand<'_>,
    library: &mut dyn Library,
    ledger: &mut Ledger,
) -> Result<Applied, LedgerError> {
    let mut applied = Applied::default();
    let bytes = plan.imports().map(|verdict| verdict.size(&items[verdict.item as usize])).sum();
    let steps = Some(plan.imports().count() as u64);
    errand.progress.event(Event::Begin { phase: Phase::Importing, steps, bytes: Some(bytes) });
    let archive_albums = archive_albums(plan, items);
    let (albums, refuses) = (FxHashMap::default(), BTreeSet::new());
    Arrival { errand, items, library, ledger, applied: &mut applied, archive_albums, albums, refuses }.run(plan)?;
    errand.progress.event(Event::End(Phase::Importing));
    Ok(applied)
}

/// By item that goes the titles of the albums in which its archive has it or an equal one: an archive repeats a photo for
/// each of them.
fn archive_albums<'a>(plan: &Plan, items: &'a [Item]) -> FxHashMap<u32, Vec<&'a str>> {
    let mut titles: FxHashMap<u32, Vec<&str>> = FxHashMap::default();
    let mut add = |carried: u32, holder: u32| {
        let album = items[holder as usize].archived.as_deref().and_then(|archived| archived.album());
        if let Some(title) = album {
            let titles = titles.entry(carried).or_default();
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    };
    for verdict in &plan.verdicts {
        match (&verdict.fate, verdict.evidence) {
            (Fate::Import(_), _) => add(verdict.item, verdict.item),
            (Fate::Skip(Reason::SameBytesAs), Some(Evidence::Item(carried))) => add(carried, verdict.item),
            _ => {}
        }
    }
    titles
}

/// What is the same on both sides once an import has come to its end.
fn agreement(intent: &Intent, origin: Origin, fingerprints: &[Fingerprint], asset: &AssetId) -> Agreement {
    let files = (intent.paths().zip(fingerprints)).map(|((role, path, size), fingerprint)| AgreedFile {
        role,
        path,
        fingerprint: *fingerprint,
        size,
    });
    let mut files: Vec<AgreedFile> = files.collect();
    let mut made = Vec::new();
    // Of a motion photo that was made into others the folder has itself.
    if let Some((whole, size)) = &intent.whole
        && let Ok(fingerprint) = whole.parse()
    {
        let path = files.first().map(|file| file.path.clone()).unwrap_or_default();
        let halves = files.extract_if(.., |file| file.path == path);
        made.extend(halves.map(|AgreedFile { role, fingerprint, size, .. }| MadeFile { role, fingerprint, size }));
        files.insert(0, AgreedFile { role: ResourceRole::Photo, path, fingerprint, size: *size });
    }
    Agreement {
        made,
        origin,
        kind: intent.kind,
        captured: intent.captured,
        content_identifier: intent.content_identifier.clone(),
        folder: FolderId(intent.folder),
        files,
        asset: Some(asset.clone()),
        edit: None,
        beside: None,
        apart: intent.apart,
        told: intent.told,
    }
}

/// Why it is not known what an interrupted run left.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The library cannot be asked.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Finishes or undoes what an interrupted run left open: the asset is there, then it is recorded, or it never came.
pub fn recover(library: &mut dyn Library, library_id: LibraryId, ledger: &mut Ledger) -> Result<usize, RecoverError> {
    let mut settled = tell::recover(library, library_id, ledger)?;
    let (mut imports, mut nothing) = (Vec::new(), Vec::new());
    for (entry, run, intent) in ledger.open_intents(library_id)? {
        match library.asset(&intent.asset)? {
            Some(asset) => {
                let mut intent = intent;
                intent.files.retain(|(role, ..)| is_kept(&asset, *role));
                let stored: Result<Vec<(Fingerprint, u64)>, String> = (intent.files.iter())
                    .map(|(role, _, size)| match stored_bytes(library, &asset, *role)? {
                        (_, length) if length != *size => Err("other bytes were stored".into()),
                        whole => Ok(whole),
                    })
                    .collect();
                // An asset that is not whole was not made by us: leave it, and let matching say what it is.
                match stored {
                    Ok(stored) => {
                        let fingerprints: Vec<Fingerprint> = stored.iter().map(|(bytes, _)| *bytes).collect();
                        let agreement = agreement(&intent, Origin::Folder, &fingerprints, &asset.id);
                        let taken_in = intent.taken_in.as_deref().and_then(|text| text.parse().ok());
                        match &intent.joins {
                            Some(alone) => {
                                ledger.conclude_join(entry, library_id, &agreement, alone.as_ref(), taken_in, &[])?;
                            }
                            None => imports.push(ConcludedImport { entry, run, agreement, taken_in, read: Vec::new() }),
                        }
                    }
                    Err(_) => nothing.push(entry),
                }
            }
            None => nothing.push(entry),
        }
        settled += 1;
    }
    ledger.conclude_imports(library_id, &imports)?;
    ledger.abandon(&nothing)?;
    Ok(settled)
}
