//! Removes for good what a run imported and an undo took back: from a library of our own only, what that run brought only,
//! and never a last copy. What would go is listed first.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::asset::{Asset, AssetId, Resource, ResourceRole};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::folder::{Folder, Folders, Kind, motion, place};
use crate::kept;
use crate::ledger::{Ledger, RunState};
use crate::library::Library;
use crate::lock::Lock;
use crate::memory::LinkId;
use crate::progress::Cancel;
use crate::run::{RunId, StartedBy};
use crate::sync::SyncError;

/// What removing is called in the history.
const REMOVE: &str = "remove";

/// What can be removed of a run, looked at now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removal {
    /// Photos of which the folder holds every file.
    pub goes: Vec<(AssetId, String)>,
    /// Photos that stay, by name, each with the reason.
    pub stays: Vec<(String, String)>,
}

impl Removal {
    /// A word for just these photos: who agrees to a list agrees to no other.
    pub fn key(&self) -> String {
        let mut hasher = Hasher::new();
        self.goes.iter().for_each(|(id, _)| hasher.update(id.0.as_bytes()));
        hasher.finish().to_string()
    }

    /// Whether there is nothing to speak of.
    pub fn is_empty(&self) -> bool {
        self.goes.is_empty() && self.stays.is_empty()
    }
}

/// Says what could be removed. Reads each file of the folder that would be the only copy afterwards; changes nothing.
pub fn removable(
    data: &Path,
    run: RunId,
    library: &mut dyn Library,
    folders: &dyn Folders,
) -> Result<Removal, SyncError> {
    match Ledger::look(data)? {
        Some(ledger) => look(&ledger, run, library, folders),
        None => Err(SyncError::NoSync(run)),
    }
}

/// Removes what a list with this key named, each photo only while the folder holds it. `None` where that is another list by
/// now: then nothing was removed.
pub fn remove(
    data: &Path,
    run: RunId,
    key: &str,
    library: &mut dyn Library,
    folders: &dyn Folders,
    by: &StartedBy,
    now: Timestamp,
) -> Result<Option<Removal>, SyncError> {
    let _lock = Lock::take(data, REMOVE, now)?;
    let mut ledger = Ledger::open(data)?;
    let listed = look(&ledger, run, library, folders)?;
    if listed.goes.is_empty() || listed.key() != key {
        return Ok(None);
    }
    let mode = ledger.run(run)?.map(|run| run.mode).unwrap_or_default();
    let this = ledger.begin_run(REMOVE, &mode, by, now)?;
    kept::make_way(data, this).map_err(|error| SyncError::Io("an old run could not be forgotten", error))?;
    let removed = take_away(&mut ledger, run, listed, library, folders);
    let (state, words) = match &removed {
        Ok(removed) => {
            let photos = if removed.goes.len() == 1 { "photo" } else { "photos" };
            (RunState::Done, format!("run {run}: {} {photos} permanently removed", removed.goes.len()))
        }
        Err(error) => (RunState::Failed, error.to_string()),
    };
    ledger.end_run(this, state, &words, now)?;
    removed.map(Some)
}

fn look(ledger: &Ledger, run: RunId, library: &mut dyn Library, folders: &dyn Folders) -> Result<Removal, SyncError> {
    let mut removal = Removal::default();
    let Some(library_id) = ledger.known_library(&library.identity())?.filter(|_| library.properties().removes) else {
        return Ok(removal);
    };
    for (link, id) in ledger.undone_imports(run, library_id)? {
        let Some(asset) = library.asset(&id)? else { continue };
        let name = asset.original_name.to_string();
        match last_copy(ledger, link, &asset, library, folders)? {
            None => removal.goes.push((id, name)),
            Some(why) => removal.stays.push((name, why)),
        }
    }
    Ok(removal)
}

fn take_away(
    ledger: &mut Ledger,
    run: RunId,
    listed: Removal,
    library: &mut dyn Library,
    folders: &dyn Folders,
) -> Result<Removal, SyncError> {
    let library_id = ledger.library(&library.identity())?;
    let agreed: HashSet<AssetId> = listed.goes.into_iter().map(|(id, _)| id).collect();
    let mut removal = Removal { goes: Vec::new(), stays: listed.stays };
    let imports = ledger.undone_imports(run, library_id)?;
    for (link, id) in imports.into_iter().filter(|(_, id)| agreed.contains(id)) {
        let Some(asset) = library.asset(&id)? else { continue };
        let name = asset.original_name.to_string();
        // Asked once more, right before it goes.
        if let Some(why) = last_copy(ledger, link, &asset, library, folders)? {
            removal.stays.push((name, why));
            continue;
        }
        library.remove(&id)?;
        ledger.forget_import_of(&id, library_id)?;
        removal.goes.push((id, name));
    }
    Ok(removal)
}

/// Why a photo may be the last copy of one of its files; nothing where the folder holds each of them now.
fn last_copy(
    ledger: &Ledger,
    link: LinkId,
    asset: &Asset,
    library: &mut dyn Library,
    folders: &dyn Folders,
) -> Result<Option<String>, SyncError> {
    for resource in &asset.resources {
        let Some(bytes) = bytes_of(asset, resource, library) else {
            return Ok(Some("a file of it cannot be read, so it cannot be compared with the folder".into()));
        };
        let places = ledger.places_of(link, bytes)?;
        let is_there = |(place, path): &(PathBuf, PathBuf)| {
            let Ok(folder) = folders.open(place) else { return false };
            let beside = if resource.role.is_picture() { Vec::new() } else { siblings(&*folder, path, resource) };
            let is_whole = std::iter::once(path).chain(&beside).any(|path| holds(&*folder, path, bytes));
            is_whole || is_made_of(&*folder, path, resource, bytes)
        };
        if !places.iter().any(is_there) {
            return Ok(Some(
                "the folder does not have all of its files where they were. If they were moved, sync first; otherwise this may be \
                 the last copy"
                    .into(),
            ));
        }
    }
    Ok(None)
}

fn bytes_of(asset: &Asset, resource: &Resource, library: &mut dyn Library) -> Option<Fingerprint> {
    resource.fingerprint.or_else(|| {
        let mut hasher = Hasher::new();
        library.read(asset, resource.role, &mut hasher, &Cancel::new()).ok().map(|_| hasher.finish())
    })
}

/// Whether a plain file lies at this path with these bytes.
fn holds(folder: &dyn Folder, path: &Path, bytes: Fingerprint) -> bool {
    folder.stat(path).is_ok_and(|(kind, _)| kind == Kind::File) && place::holds(folder, path, bytes)
}

/// Whether the motion photo at this path is whole, of which these bytes were made: they can be made of it again.
fn is_made_of(folder: &dyn Folder, path: &Path, resource: &Resource, bytes: Fingerprint) -> bool {
    let is_half = matches!(resource.role, ResourceRole::Photo | ResourceRole::PairedVideo);
    let pair = || motion::look(&mut *folder.open(path).ok()?).ok()?.1;
    is_half && pair().is_some_and(|pair| [pair.still, pair.movie].contains(&bytes))
}

/// Files beside this one of the length of a sidecar: of those no path is remembered.
fn siblings(folder: &dyn Folder, path: &Path, resource: &Resource) -> Vec<PathBuf> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut siblings = Vec::new();
    // What cannot be listed holds nothing that one could count on.
    let _ = folder.list(directory, &mut |entry| {
        if entry.state().is_ok_and(|state| Some(state.stamp.size) == resource.size) {
            siblings.push(directory.join(entry.name()));
        }
        ControlFlow::Continue(())
    });
    siblings
}
