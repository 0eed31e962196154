//! Reads any `Photos.sqlite`, from macOS 10.15 to 26 and our own, into a snapshot.
//!
//! A few SELECTs stream through once, while the directories are listed on another thread; there files and rows are put
//! together as they come, so that a large library is never held twice. A missing table or column costs one feature and gives a warning; only assets that cannot be listed stop the
//! reading, because a library that seems to have lost its photos is worse than none.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, mpsc};

use photobridge_core::asset::{Asset, AssetId};
use photobridge_core::library::{Album, LibraryError, Snapshot};
use photobridge_core::progress::{Cancel, Event, Phase, Progress};
use rusqlite::Connection;
use rustc_hash::FxHashSet;

use crate::albums::{self, Albums, Members};
use crate::asset_rows::{self, Stop, Wanted};
use crate::files::Files;
use crate::resources::{Place, ResourceRows, renders_of};
use crate::tables::Tables;

/// Assets that are handed over to the other thread at a time.
const BATCH: usize = 512;

/// Batches that wait for the other thread at most: with all of them the library would be held twice.
const BATCHES: usize = 16;

/// Everything that the library at `root` holds, whose database is open at `connection`.
pub(crate) fn snapshot(
    connection: &Connection,
    root: &Path,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Snapshot, LibraryError> {
    progress.event(Event::Begin { phase: Phase::Listing, steps: None, bytes: None });
    // One transaction, so that all SELECTs see the same state.
    let transaction = connection.unchecked_transaction().map_err(|error| unreadable(root, &error))?;
    let tables = Tables::read(&transaction).map_err(|error| unreadable(root, &error))?;
    let mut warnings = Vec::new();
    let sql = select(&tables, root, Wanted::All, &mut warnings)?;
    let (assets, albums) = std::thread::scope(|scope| {
        let listing = scope.spawn(|| {
            let mut warnings = Vec::new();
            (Files::all(root, &mut warnings), warnings)
        });
        let (mut around, albums) = Around::read(&transaction, &tables, None, &mut warnings);
        let count = asset_rows::count(&transaction, &tables);
        let (sender, receiver) = mpsc::sync_channel::<Vec<(Asset, Place)>>(BATCHES);
        let assembling = scope.spawn(move || {
            let (files, warnings) = listing.join().ok()?;
            let mut assets = Vec::with_capacity(count);
            assets.extend(receiver.into_iter().flatten().map(|(asset, place)| around.complete(asset, &place, &files)));
            Some((assets, warnings))
        });
        let mut batch = Vec::with_capacity(BATCH);
        let read = asset_rows::for_each(&transaction, &sql, Wanted::All, cancel, |asset, place| {
            batch.push((asset, place));
            if batch.len() == BATCH {
                // A receiver that is gone has panicked, which is noticed below.
                let _ = sender.send(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)));
            }
        });
        let _ = sender.send(batch);
        drop(sender);
        let assembled = assembling.join();
        let useless = read.map_err(|stop| stopped(root, stop))?;
        if useless > 0 {
            warnings
                .push(format!("{useless} entries of the library have no usable identifier or kind and were left out"));
        }
        let (assets, more) = assembled
            .ok()
            .flatten()
            .ok_or_else(|| LibraryError::failed("listing the files of the library")("a thread panicked"))?;
        warnings.extend(more);
        Ok::<_, LibraryError>((assets, albums))
    })?;
    let assets = in_order(assets, &mut warnings);
    progress.event(Event::Advance { phase: Phase::Listing, steps: assets.len() as u64, bytes: 0 });
    progress.event(Event::End(Phase::Listing));
    Ok(Snapshot { assets, albums, warnings, ..Snapshot::default() })
}

/// How the names of the companions of an asset can end.
pub(crate) type Endings<'a> = dyn Fn(&AssetId) -> &'a [String] + 'a;

/// Single assets as they stand now. Where `endings` are all that the name of a companion can have, nothing is listed: each
/// import is confirmed by this call, so that it must not cost more where the library is larger.
pub(crate) fn assets(
    connection: &Connection,
    tables: &Tables,
    root: &Path,
    ids: &[AssetId],
    endings: Option<&Endings<'_>>,
) -> Result<Vec<Option<Asset>>, LibraryError> {
    let transaction = connection.unchecked_transaction().map_err(|error| unreadable(root, &error))?;
    let mut files = Files::none(root);
    ids.iter().map(|id| asset(&transaction, tables, root, id, endings, &mut files)).collect()
}

fn asset(
    transaction: &Connection,
    tables: &Tables,
    root: &Path,
    id: &AssetId,
    endings: Option<&Endings<'_>>,
    files: &mut Files,
) -> Result<Option<Asset>, LibraryError> {
    let mut warnings = Vec::new();
    let wanted = Wanted::One(id);
    let sql = select(tables, root, wanted, &mut warnings)?;
    let mut found = None;
    asset_rows::for_each(transaction, &sql, wanted, &Cancel::new(), |asset, place| found = Some((asset, place)))
        .map_err(|stop| stopped(root, stop))?;
    Ok(found.map(|(asset, place)| {
        let (mut around, _) = Around::read(transaction, tables, Some(place.pk), &mut warnings);
        match (place.shard(), endings) {
            (Some((shard, stem)), Some(endings)) => {
                let own = place.ending();
                files.look(&shard, stem, endings(id).iter().map(|ending| &**ending).chain([own]));
            }
            (Some((shard, stem)), None) => files.list(&shard, stem),
            (None, _) => {}
        }
        if let Some(renders) = renders_of(&asset.id.0).filter(|_| place.is_edited) {
            files.list(&renders, &asset.id.0);
        }
        around.complete(asset, &place, files)
    }))
}

/// The asset SELECT, or the words for a database without assets.
fn select(
    tables: &Tables,
    root: &Path,
    wanted: Wanted<'_>,
    warnings: &mut Vec<String>,
) -> Result<String, LibraryError> {
    asset_rows::select(tables, wanted, warnings).ok_or_else(|| LibraryError::Unreadable {
        path: root.to_owned(),
        why: "its database has no table of photos that this program knows; it may come from a newer macOS".into(),
    })
}

fn stopped(root: &Path, stop: Stop) -> LibraryError {
    match stop {
        Stop::Cancelled => LibraryError::Cancelled,
        Stop::Database(error) => unreadable(root, &error),
    }
}

/// What hangs on the assets: each part may be missing.
struct Around {
    resources: ResourceRows,
    members: Members,
    keywords: HashMap<i64, Vec<String>>,
    /// The albums of the asset before: many assets are in the same ones and share the list.
    last_albums: Arc<[u32]>,
}

impl Around {
    /// Reads what belongs to one asset or to all; and the list of albums.
    fn read(
        connection: &Connection,
        tables: &Tables,
        only: Option<i64>,
        warnings: &mut Vec<String>,
    ) -> (Self, Vec<Album>) {
        let or_warn = |what: &str, error: rusqlite::Error| format!("{what} could not be read: {error}");
        let resources = ResourceRows::read(connection, tables, only, warnings).unwrap_or_else(|error| {
            warnings.push(or_warn("Paired videos, RAW files and per-file fingerprints", error));
            ResourceRows::default()
        });
        let albums = Albums::read(connection, tables, only, warnings).unwrap_or_else(|error| {
            warnings.push(or_warn("Albums", error));
            Albums::default()
        });
        let keywords = albums::keywords(connection, tables, only).unwrap_or_else(|error| {
            warnings.push(or_warn("Keywords", error));
            HashMap::new()
        });
        if !albums.list.is_empty() && tables.join("ASSETS", "ALBUMS", "ASSETS").is_none() {
            warnings.push("The library does not say which photos are in which album".into());
        }
        if tables.has("ZKEYWORD") && tables.join("KEYWORDS", "ASSETATTRIBUTES", "KEYWORDS").is_none() {
            warnings.push("The library does not say which photos have which keywords".into());
        }
        (Self { resources, members: albums.members, keywords, last_albums: Arc::default() }, albums.list)
    }

    /// Puts an asset and what hangs on it together.
    fn complete(&mut self, mut asset: Asset, place: &Place, files: &Files) -> Asset {
        asset.resources = place.resources(&asset.id.0, self.resources.of(place.pk), files);
        asset.albums = self.albums_of(place.pk);
        if let Some(keywords) = self.keywords.remove(&place.pk) {
            asset.details.get_or_insert_default().keywords = keywords;
        }
        asset
    }

    fn albums_of(&mut self, asset: i64) -> Arc<[u32]> {
        let albums = self.members.of(asset);
        if !albums.clone().eq(self.last_albums.iter().copied()) {
            self.last_albums = albums.collect();
        }
        Arc::clone(&self.last_albums)
    }
}

/// Oldest added first, each identifier once.
fn in_order(mut assets: Vec<Asset>, warnings: &mut Vec<String>) -> Vec<Asset> {
    let mut seen = FxHashSet::with_capacity_and_hasher(assets.len(), Default::default());
    let twins: Vec<bool> = assets.iter().map(|asset| !seen.insert(&*asset.id.0)).collect();
    if twins.contains(&true) {
        let mut twin = twins.iter();
        assets.retain(|_| twin.next() == Some(&false));
        warnings.push("Some photos share an identifier; one of each was read".into());
    }
    assets.shrink_to_fit();
    // Mostly in this order already.
    assets.sort_by(|a, b| (a.added, &a.id).cmp(&(b.added, &b.id)));
    assets
}

/// The words for a database that cannot be read. What the disk refuses says nothing against the database.
pub(crate) fn unreadable(path: &Path, error: &rusqlite::Error) -> LibraryError {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, PermissionDenied, SystemIoFailure};
    let is_of_the_disk = |code| matches!(code, CannotOpen | DiskFull | PermissionDenied | SystemIoFailure);
    let why = match error.sqlite_error_code().is_some_and(is_of_the_disk) {
        true => format!(
            "its database could not be read ({error}). Check that its disk is connected and has room left, and that you \
             may read it"
        ),
        false => format!(
            "its database is damaged or not a database ({error}). Photos can repair a library: hold Option and Command while it starts"
        ),
    };
    LibraryError::Unreadable { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_refuses_is_no_damage() {
        let words = |code| {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            unreadable(Path::new("/library"), &error).to_string()
        };
        for code in [rusqlite::ffi::SQLITE_IOERR, rusqlite::ffi::SQLITE_FULL, rusqlite::ffi::SQLITE_CANTOPEN] {
            assert!(words(code).contains("Check that its disk is connected and has room left"), "{}", words(code));
            assert!(!words(code).contains("damaged"), "{}", words(code));
        }
        for code in [rusqlite::ffi::SQLITE_CORRUPT, rusqlite::ffi::SQLITE_NOTADB] {
            assert!(words(code).contains("damaged"), "{}", words(code));
        }
    }
}
