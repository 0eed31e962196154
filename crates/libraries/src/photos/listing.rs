//! Lists the System Photo Library: what PhotoKit shows, what it showed before and does not say to be deleted, and the
//! library's own tables where they may be read. The asset's UUID joins them; no asset is told twice. Not run on a Mac.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, AssetId};
use photobridge_core::library::{Album, LibraryError, Snapshot};
use photobridge_core::progress::Cancel;
use photobridge_photokit::{Changes, Fetch, KitAsset, KitError, Media, PhotoKit};

use super::failure::{Meaning, meaning};
use super::notebook::Seen;
use super::told::uuid;

/// Of so many photos that were known at least one must be shown, or it is another library.
const ENOUGH: usize = 20;

/// How many identifiers are asked for at once: Photos puts them into one question to its database, which has a bound.
pub(super) const AT_ONCE: usize = 500;

/// What PhotoKit showed.
pub(super) struct Shown {
    /// Assets as they are now, by UUID: all, or those that changed since the last listing, and all of shared albums, of
    /// which no change tells.
    pub assets: HashMap<String, KitAsset>,
    /// UUIDs of assets that are gone for certain.
    pub deleted: Vec<String>,
    /// UUIDs of assets that changed and are not shown: hidden now, behind a lock.
    pub withheld: Vec<String>,
    /// Whether these are all that are shown.
    pub is_whole: bool,
    /// The token to go on from, taken before anything was fetched: what changes meanwhile comes again.
    pub token: Option<Vec<u8>>,
}

/// Fetches what changed since the last listing, or everything. `known` is what earlier listings brought.
pub(super) fn show(
    kit: &dyn PhotoKit,
    last: Option<&[u8]>,
    known: &HashMap<String, Seen>,
    cancel: &Cancel,
) -> Result<Shown, Stopped> {
    // Without a token the next listing is a whole one again.
    let token = kit.change_token().unwrap_or_else(|error| {
        tracing::debug!(%error, "no change token");
        None
    });
    if let Some(last) = last {
        match kit.changes_since(last) {
            Ok(changes) => return changed(kit, changes, known, token, cancel),
            Err(error) if meaning(&error) == Meaning::Forbidden => return Err(error.into()),
            Err(error) => tracing::info!(%error, "everything is listed, since the changes cannot be told"),
        }
    }
    let assets = fetch(kit, Fetch::All, cancel)?;
    Ok(Shown { assets, deleted: Vec::new(), withheld: Vec::new(), is_whole: true, token })
}

fn changed(
    kit: &dyn PhotoKit,
    changes: Changes,
    known: &HashMap<String, Seen>,
    token: Option<Vec<u8>>,
    cancel: &Cancel,
) -> Result<Shown, Stopped> {
    // What is hidden is asked for each time: whether it is shown tells whether its album is locked.
    let hidden = known.values().filter(|seen| seen.asset.hidden).map(|seen| seen.asset.local_identifier.clone());
    let asked: Vec<String> = changes.inserted.into_iter().chain(changes.updated).chain(hidden).collect();
    let mut assets = HashMap::new();
    for some in asked.chunks(AT_ONCE) {
        assets.extend(fetch(kit, Fetch::Identifiers(some), cancel)?);
    }
    assets.extend(fetch(kit, Fetch::Shared, cancel)?);
    let uuids = |identifiers: &[String]| -> Vec<String> {
        identifiers.iter().filter_map(|identifier| Some(uuid(identifier)?.to_owned())).collect()
    };
    // Deleted and restored within one span: what is shown is there.
    let mut deleted = uuids(&changes.deleted);
    deleted.retain(|uuid| !assets.contains_key(uuid));
    let mut withheld = uuids(&asked);
    withheld.retain(|uuid| !assets.contains_key(uuid) && !deleted.contains(uuid));
    Ok(Shown { assets, deleted, withheld, is_whole: false, token })
}

/// Why a listing ended early.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Somebody asked.
    Cancelled,
    /// PhotoKit failed.
    Kit(KitError),
}

impl From<KitError> for Stopped {
    fn from(error: KitError) -> Self {
        Self::Kit(error)
    }
}

pub(super) fn fetch(
    kit: &dyn PhotoKit,
    what: Fetch<'_>,
    cancel: &Cancel,
) -> Result<HashMap<String, KitAsset>, Stopped> {
    let mut found = HashMap::new();
    kit.assets(what, &mut |asset| {
        if let Some(uuid) = uuid(&asset.local_identifier).filter(|_| asset.media != Media::Other) {
            found.insert(uuid.to_owned(), asset);
        }
        !cancel.is_cancelled()
    })?;
    if cancel.is_cancelled() { Err(Stopped::Cancelled) } else { Ok(found) }
}

/// What is known now: what was seen before, renewed by what is shown.
///
/// What is not shown is not thereby gone: while the Hidden album is locked nothing in it is shown. It stays, as hidden,
/// until a change says that it was deleted.
pub(super) struct Known {
    pub assets: HashMap<String, Seen>,
    /// UUIDs of those that differ from what was noted.
    pub renewed: Vec<String>,
    /// How many are known and not shown.
    pub unseen: usize,
}

pub(super) fn know(mut assets: HashMap<String, Seen>, shown: &Shown, first_seen: Option<Timestamp>) -> Known {
    let mut renewed = Vec::new();
    for uuid in &shown.deleted {
        assets.remove(uuid);
    }
    for (uuid, asset) in &shown.assets {
        let seen = match assets.remove(uuid) {
            Some(seen) if seen.asset == *asset => seen,
            before => {
                renewed.push(uuid.clone());
                before.map_or_else(|| Seen::new(asset.clone(), first_seen), |seen| seen.renewed(asset.clone()))
            }
        };
        assets.insert(uuid.clone(), seen);
    }
    let withheld: HashSet<&String> = shown.withheld.iter().collect();
    let is_unseen = |uuid: &String, seen: &Seen| {
        let is_listed_whole = shown.is_whole || seen.asset.cloud_shared;
        if is_listed_whole { !shown.assets.contains_key(uuid) } else { withheld.contains(uuid) }
    };
    for (uuid, seen) in assets.iter_mut().filter(|(uuid, seen)| !seen.asset.hidden && is_unseen(uuid, seen)) {
        seen.asset.hidden = true;
        renewed.push(uuid.clone());
    }
    let hidden_before = |(uuid, seen): &(&String, &Seen)| seen.asset.hidden && !shown.assets.contains_key(*uuid);
    let unseen = assets.iter().filter(hidden_before).count();
    Known { assets, renewed, unseen }
}

/// Why a whole listing is not to be believed: an empty one may be of a library that cannot be used just now, and one that
/// shows nothing of what was known is of another library.
pub(super) fn suspicion(known: &HashMap<String, Seen>, shown: &Shown, notebook: &Path) -> Option<String> {
    let expected = known.values().filter(|seen| !seen.asset.hidden).count();
    if !shown.is_whole || expected == 0 {
        return None;
    }
    if shown.assets.is_empty() {
        return Some(format!(
            "Photos shows no photo at all, though {expected} were in it before. Open Photos and wait until it shows them, then \
             sync again. If you deleted or hid all of them, remove {}, in which is noted what was there",
            notebook.display()
        ));
    }
    let is_another = known.len() >= ENOUGH && !known.keys().any(|uuid| shown.assets.contains_key(uuid));
    is_another.then(|| {
        "Photos shows none of the photos that were in it before, so the System Photo Library is another one now. Make the old \
         one the System Photo Library again (Photos, Settings, General), or give the new one a data directory of its own \
         (--data-dir)"
            .to_owned()
    })
}

/// Puts the library's own tables and what PhotoKit knows together. `None` where they are of two libraries.
pub(super) fn join(mut tables: Snapshot, known: &Known, tell: impl Fn(&Seen) -> Option<Asset>) -> Option<Snapshot> {
    let rows: HashSet<String> = tables.assets.iter().map(|asset| asset.id.0.to_string()).collect();
    let is_row = |uuid: &String| rows.contains(uuid);
    if !rows.is_empty() && !known.assets.is_empty() && !known.assets.keys().any(is_row) {
        return None;
    }
    for asset in &mut tables.assets {
        let Some(seen) = known.assets.get(&*asset.id.0) else { continue };
        asset.added = asset.added.or(seen.first_seen);
    }
    // The tables are a clone: what came since is only shown. What PhotoKit hides and the tables lack is gone.
    let newer = known.assets.iter().filter(|(uuid, seen)| !is_row(uuid) && !seen.asset.hidden);
    tables.assets.extend(newer.filter_map(|(_, seen)| tell(seen)));
    in_order(&mut tables.assets);
    Some(tables)
}

/// What PhotoKit alone tells. `ours` are the members of albums that we made or found for imports.
pub(super) fn alone(
    known: &Known,
    albums: Vec<Album>,
    ours: &HashSet<AssetId>,
    tell: impl Fn(&Seen) -> Option<Asset>,
) -> Snapshot {
    let mut assets: Vec<Asset> = known.assets.values().filter_map(tell).collect();
    for asset in &mut assets {
        asset.by_photobridge = ours.contains(&asset.id);
    }
    in_order(&mut assets);
    let warnings = (known.unseen > 0).then(|| {
        format!(
            "Photos does not show {} photos that it showed before. They count as hidden: unlock the Hidden album in Photos \
             for this run, or give this program Full Disk Access, to see whether they are still there",
            known.unseen
        )
    });
    Snapshot { assets, albums, warnings: warnings.into_iter().collect(), ..Snapshot::default() }
}

fn in_order(assets: &mut [Asset]) {
    assets.sort_by(|a, b| (a.added, &a.id).cmp(&(b.added, &b.id)));
}

/// The album to use for a title: the one that is remembered while it is there, else one of that title. Titles are not
/// unique; of several the smallest identifier, so that the same one is found each time.
pub(super) fn album(
    albums: &[photobridge_photokit::KitAlbum],
    title: &str,
    remembered: Option<&str>,
) -> Option<String> {
    let is_there = |identifier: &&str| albums.iter().any(|album| album.local_identifier == **identifier);
    let of_title = || albums.iter().filter(|album| album.title == title).map(|album| &*album.local_identifier).min();
    remembered.filter(is_there).or_else(of_title).map(str::to_owned)
}

/// Albums as the engine knows them.
pub(super) fn albums(found: Vec<photobridge_photokit::KitAlbum>) -> Vec<Album> {
    let album = |album: photobridge_photokit::KitAlbum| Album {
        id: album.local_identifier.into(),
        title: album.title,
        folders: Vec::new(),
        shared: false,
    };
    found.into_iter().map(album).collect()
}

/// An error of a listing as the engine's.
pub(super) fn failed(stopped: Stopped, library: &Path) -> LibraryError {
    match stopped {
        Stopped::Cancelled => LibraryError::Cancelled,
        Stopped::Kit(error) => super::failure::of_library("Photos could not be listed", error, library),
    }
}
