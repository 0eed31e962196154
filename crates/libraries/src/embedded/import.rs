//! Imports one asset as one change.
//!
//! 1. A UUID is chosen and noted as pending; that is committed. Then the caller is told.
//! 2. Each file is copied into `originals` under that UUID, and is safe on disk.
//! 3. One transaction writes all rows and removes the note. Before it nobody sees anything, after it everything.
//!
//! Whatever stops this before the end of 3 leaves at most the note and files with that UUID; the next one who opens the
//! library for writing removes both.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::durable;
use photobridge_core::library::{ImportError, Imported, LibraryError, NewAsset, NewResource};
use photobridge_files::{Ways, open_file};
use photobridge_media::{MediaTypes, media_types};
use rusqlite::Connection;

use super::{copy, join, rights, rows, store};
use crate::incoming;

const STILLS: [&str; 12] = ["jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "hif", "avif"];
const RAWS: [&str; 13] = ["dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "raf", "orf", "rw2", "pef", "srw", "raw"];
const VIDEOS: [&str; 10] = ["mov", "mp4", "m4v", "3gp", "3g2", "avi", "mts", "m2ts", "mpg", "mpeg"];

/// A file on its way into the library.
pub(super) struct Carried {
    pub role: ResourceRole,
    pub name: String,
    pub extension: String,
    pub fingerprint: photobridge_core::fingerprint::Fingerprint,
    pub size: u64,
}

/// What was carried of an asset, and what its primary file says it is.
pub(super) struct Content<'a> {
    pub carried: &'a [Carried],
    pub types: &'a MediaTypes,
}

/// Refuses what this library does not hold, before anything is written.
pub(super) fn check(asset: &NewAsset<'_>) -> Result<(), ImportError> {
    incoming::check(asset, |resource| {
        let extension = extension(resource)?;
        Ok(match resource.role {
            ResourceRole::Photo => STILLS.contains(&&*extension) || RAWS.contains(&&*extension),
            ResourceRole::Video => VIDEOS.contains(&&*extension),
            ResourceRole::PairedVideo => asset.kind == MediaKind::Photo && VIDEOS.contains(&&*extension),
            ResourceRole::AlternatePhoto => asset.kind == MediaKind::Photo && RAWS.contains(&&*extension),
            ResourceRole::AdjustmentData => extension == "aae",
            ResourceRole::Sidecar => extension == "xmp",
            ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo | ResourceRole::RenderedPairedVideo => false,
        })
    })
}

/// The extension in lower case.
pub(super) fn extension(resource: &NewResource<'_>) -> Result<String, ImportError> {
    let extension = Path::new(resource.name).extension().and_then(|extension| extension.to_str());
    extension
        .map(str::to_ascii_lowercase)
        .ok_or_else(|| ImportError::Refused(format!("{} has no extension", resource.name)))
}

/// What follows the name of the asset in that of a file of it, before the extension.
pub(super) fn suffix(role: ResourceRole) -> &'static str {
    match role {
        ResourceRole::PairedVideo => "_3",
        ResourceRole::AlternatePhoto => "_4",
        ResourceRole::AdjustmentData | ResourceRole::Sidecar => "_5",
        _ => "",
    }
}

/// The name of a file in `originals`, as Photos names them.
pub(super) fn file_name(uuid: &str, role: ResourceRole, extension: &str) -> String {
    let suffix = suffix(role);
    let extension = match extension {
        "jpg" => "jpeg",
        "tif" => "tiff",
        other => other,
    };
    format!("{uuid}{suffix}.{extension}")
}

/// What the name of a companion in `originals` can be, after the name of its asset.
pub(super) fn companion_endings() -> Vec<String> {
    let companions = [
        (ResourceRole::PairedVideo, &VIDEOS[..]),
        (ResourceRole::AlternatePhoto, &RAWS),
        (ResourceRole::AdjustmentData, &["aae"]),
        (ResourceRole::Sidecar, &["xmp"]),
    ];
    let endings = companions.into_iter().flat_map(|(role, list)| list.iter().map(move |ending| (role, ending)));
    endings.map(|(role, extension)| file_name("", role, extension)).collect()
}

/// The shards of `originals` whose own names are known to be safe on disk.
///
/// A shard that is there need not be: an import may have made it and then failed, or the power, before `originals` was
/// synced. So whoever opens the library for writing trusts none, and syncs `originals` once for each shard it writes to:
/// at most 16 times, not at each import.
#[derive(Debug, Default)]
pub(super) struct SafeShards(HashSet<PathBuf>);

impl SafeShards {
    /// Makes the names in a shard safe, and then the shard's own.
    pub(super) fn sync(&mut self, originals: &Path, shard: &Path) -> io::Result<()> {
        durable::directory(shard)?;
        if !self.0.contains(shard) {
            durable::directory(originals)?;
            self.0.insert(shard.to_owned());
        }
        Ok(())
    }
}

/// What whoever writes `originals` learns on the way.
#[derive(Debug, Default)]
pub(super) struct Originals {
    pub(super) shards: SafeShards,
    pub(super) ways: Ways,
}

/// Imports an asset that passed [`check`].
pub(super) fn import(
    root: &Path,
    connection: &mut Connection,
    originals: &mut Originals,
    asset: &NewAsset<'_>,
    on_id: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
) -> Result<Imported, ImportError> {
    let uuid = store::new_uuid();
    let id = AssetId(uuid.as_str().into());
    connection.execute("INSERT INTO PHOTOBRIDGE_PENDING (UUID) VALUES (?1)", [&uuid]).map_err(not_recorded)?;
    let imported =
        on_id(&id).map_err(ImportError::from).and_then(|()| carry(root, originals, &uuid, asset)).and_then(|carried| {
            let primary = directory(root, &uuid).join(&carried[0].name);
            // What cannot be read of it costs words, not the photo.
            let types = open_file(&primary).and_then(media_types).unwrap_or_default();
            rows::insert(connection, &uuid, asset, &Content { carried: &carried, types: &types })?;
            Ok(carried)
        });
    match imported {
        Ok(carried) => Ok(Imported { id, fingerprints: carried.iter().map(|file| file.fingerprint).collect() }),
        Err(error) => {
            // The note stays where this fails too, and the next writer tries again.
            if let Err(later) = undo(root, connection, &uuid) {
                tracing::warn!(%uuid, %later, "an import could not be undone yet");
            }
            Err(error)
        }
    }
}

/// Step 2.
fn carry(
    root: &Path,
    originals: &mut Originals,
    uuid: &str,
    asset: &NewAsset<'_>,
) -> Result<Vec<Carried>, ImportError> {
    let directory = directory(root, uuid);
    let not_written = |error| copy::not_written(&directory, error);
    rights::directory(root, &directory).map_err(not_written)?;
    let mut carried = Vec::new();
    for resource in &asset.resources {
        let extension = extension(resource)?;
        let name = file_name(uuid, resource.role, &extension);
        let (fingerprint, size) = copy::copy(resource.file, &directory, &name, &mut originals.ways)?;
        carried.push(Carried { role: resource.role, name, extension, fingerprint, size });
    }
    for resource in &asset.resources {
        match std::fs::metadata(resource.file).map(|now| resource.is_unchanged(&now)) {
            Ok(true) => {}
            Ok(false) => return Err(ImportError::Changed(resource.file.to_owned())),
            Err(source) => return Err(ImportError::Source { path: resource.file.to_owned(), source }),
        }
    }
    originals.shards.sync(&root.join("originals"), &directory).map_err(not_written)?;
    Ok(carried)
}

/// Where the files of an asset lie.
pub(super) fn directory(root: &Path, uuid: &str) -> PathBuf {
    root.join("originals").join(&uuid[..1])
}

/// The error for a row that could not be written.
pub(super) fn not_recorded(error: rusqlite::Error) -> ImportError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => ImportError::DiskFull,
        _ => LibraryError::failed("writing the library's database")(error).into(),
    }
}

/// Removes an asset: first its rows, with a note of its files in the same transaction, so that whoever writes next removes
/// them if this process dies before it does.
pub(super) fn remove(root: &Path, connection: &mut Connection, id: &AssetId) -> Result<(), LibraryError> {
    rows::delete(connection, &id.0).map_err(LibraryError::failed(format!("removing the photo {id}")))?;
    undo(root, connection, &id.0)
}

/// Whether anything that was interrupted left its note.
pub(super) fn is_pending(connection: &Connection) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM PHOTOBRIDGE_PENDING)";
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(false)
}

/// Removes what interrupted imports left. Called with the lock held, before anything else is written.
pub(super) fn undo_pending(root: &Path, connection: &Connection) -> Result<(), LibraryError> {
    let failed = |error: rusqlite::Error| LibraryError::failed("looking for interrupted imports")(error);
    let pending: Vec<String> = connection
        .prepare("SELECT UUID FROM PHOTOBRIDGE_PENDING")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(failed)?;
    for uuid in pending {
        undo(root, connection, &uuid)?;
    }
    Ok(())
}

/// Removes the files that a note names, unless rows do: those of a whole asset, or one that was to be a part of another.
pub(super) fn undo(root: &Path, connection: &Connection, uuid: &str) -> Result<(), LibraryError> {
    let failed = "undoing an interrupted import";
    let asset = join::photo_of(uuid);
    let is_ours = uuid::Uuid::try_parse(asset).is_ok();
    let is_committed = match asset == uuid {
        true => connection
            .query_row("SELECT EXISTS (SELECT 1 FROM ZASSET WHERE ZUUID = ?1)", [uuid], |row| row.get(0))
            .map_err(LibraryError::failed(failed))?,
        false => join::is_committed(connection, uuid).map_err(LibraryError::failed(failed))?,
    };
    if is_ours && !is_committed {
        // A commit that failed may all the same lie whole in the database's log, for whoever opens it next to find. Only a
        // later one that succeeds rules that out, and until then the files stay.
        connection
            .execute("UPDATE PHOTOBRIDGE_PENDING SET UUID = UUID WHERE UUID = ?1", [uuid])
            .map_err(LibraryError::failed(failed))?;
        copy::remove(&directory(root, uuid), uuid).map_err(LibraryError::failed(failed))?;
    }
    connection
        .execute("DELETE FROM PHOTOBRIDGE_PENDING WHERE UUID = ?1", [uuid])
        .map_err(LibraryError::failed(failed))?;
    Ok(())
}
