//! Makes a file that came late a part of the photo to which it belongs, as one change.
//!
//! 1. The name that the file gets is noted as pending; that is committed.
//! 2. The file is copied into `originals` under that name, and is safe on disk.
//! 3. One transaction writes its row, takes away the rows of the asset that had these bytes alone, notes that one as
//!    pending, and removes the first note. Before it there are two photos, or one without the file; after it there is one.
//! 4. The files of the asset that is no more are removed, and its note.
//!
//! Whatever stops this in between leaves notes: the next one who opens the library for writing removes what no row names.
//! Until then a file of which only a note speaks is not read.

use std::path::Path;

use photobridge_core::asset::{Asset, AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{ImportError, NewResource};
use photobridge_media::{FileKind, kind_of};
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::import::{self, Carried, not_recorded};
use super::originals::{Load, Originals};
use super::{pending, rows};

/// The files that can be joined.
const PARTS: [ResourceRole; 2] = [ResourceRole::PairedVideo, ResourceRole::AlternatePhoto];

/// The asset that a note speaks of: `UUID`, or `UUID_4` of one of its files.
pub(super) fn photo_of(note: &str) -> &str {
    part(note).map_or(note, |(photo, _)| photo)
}

/// The photo and the role of the file that a note speaks of, if it is of one.
fn part(note: &str) -> Option<(&str, ResourceRole)> {
    PARTS.into_iter().find_map(|role| Some((note.strip_suffix(import::suffix(role))?, role)))
}

/// Whether a row names the file of which a note speaks.
pub(super) fn is_committed(connection: &Connection, note: &str) -> rusqlite::Result<bool> {
    let Some((photo, role)) = part(note) else { return Ok(false) };
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM ZINTERNALRESOURCE r JOIN ZASSET a ON a.Z_PK = r.ZASSET \
         WHERE a.ZUUID = ?1 AND r.ZRESOURCETYPE = ?2)",
        (photo, rows::resource_type(role)),
        |row| row.get(0),
    )
}

/// Takes files out of what was read that only notes speak of: they may go again.
pub(super) fn leave_out_pending(connection: &Connection, assets: &mut [Asset]) -> rusqlite::Result<()> {
    let notes: Vec<String> = connection
        .prepare("SELECT UUID FROM PHOTOBRIDGE_PENDING")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for note in &notes {
        let Some((photo, role)) = part(note) else { continue };
        if is_committed(connection, note)? {
            continue;
        }
        for asset in assets.iter_mut().filter(|asset| &*asset.id.0 == photo) {
            asset.resources = asset.resources.iter().filter(|entry| entry.role != role).cloned().collect();
        }
    }
    Ok(())
}

/// What a photo or an asset is in the database.
struct Row {
    pk: i64,
    attributes: i64,
}

/// Joins. `alone` must be an asset of nothing but these bytes.
pub(super) fn join(
    connection: &mut Connection,
    originals: &mut Originals,
    photo: &AssetId,
    file: &NewResource<'_>,
    alone: Option<&AssetId>,
) -> Result<Fingerprint, ImportError> {
    let fits = match (file.role, kind_of(Path::new(file.name))) {
        (ResourceRole::PairedVideo, kind) => kind == Some(FileKind::Video),
        (ResourceRole::AlternatePhoto, kind) => kind == Some(FileKind::Raw),
        _ => false,
    };
    if !fits {
        return Err(ImportError::Refused(format!("{} is no RAW and no video of a photo", file.name)));
    }
    check(connection, photo, file.role)?;
    let note = format!("{photo}{}", import::suffix(file.role));
    pending::note(connection, std::iter::once(&*note)).map_err(not_recorded)?;
    let joined = carry(originals, photo, file).and_then(|carried| {
        commit(connection, photo, alone, &carried, &note)?;
        Ok(carried.fingerprint)
    });
    // The notes stay where this fails too, and the next writer tries again.
    let left = if joined.is_ok() { alone.map(|alone| alone.to_string()) } else { Some(note) };
    if let Some(later) = left.and_then(|note| pending::undo(connection, originals, &[&note]).err()) {
        tracing::warn!(%later, "what a join left could not be removed yet");
    }
    joined
}

/// Refuses a photo that is none, or that has such a file.
fn check(connection: &Connection, photo: &AssetId, role: ResourceRole) -> Result<(), ImportError> {
    let is_photo: bool = connection
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM ZASSET WHERE ZUUID = ?1 AND ZKIND = 0 AND ZTRASHEDSTATE = 0)",
            [&*photo.0],
            |row| row.get(0),
        )
        .map_err(not_recorded)?;
    if !is_photo {
        return Err(ImportError::Refused(format!("it has no photo {photo}")));
    }
    let note = format!("{photo}{}", import::suffix(role));
    match is_committed(connection, &note).map_err(not_recorded)? {
        true => Err(ImportError::Refused("the photo has such a file already".into())),
        false => Ok(()),
    }
}

/// Step 2.
fn carry(originals: &mut Originals, photo: &AssetId, file: &NewResource<'_>) -> Result<Carried, ImportError> {
    let load = Load { uuid: &photo.0, resources: std::slice::from_ref(file) };
    let carried = originals.carry(&[load], &mut |_| true).pop().expect("nobody said that it stays");
    Ok(carried?.carried.remove(0))
}

/// Step 3.
fn commit(
    connection: &mut Connection,
    photo: &AssetId,
    alone: Option<&AssetId>,
    carried: &Carried,
    note: &str,
) -> Result<(), ImportError> {
    let transaction = connection.transaction().map_err(not_recorded)?;
    let into = find(&transaction, photo).map_err(not_recorded)?;
    let into = into.ok_or_else(|| ImportError::Refused(format!("it has no photo {photo}")))?;
    rows::insert_resource(&transaction, into.pk, carried).map_err(not_recorded)?;
    if carried.role == ResourceRole::PairedVideo {
        transaction.execute("UPDATE ZASSET SET ZKINDSUBTYPE = 2 WHERE Z_PK = ?1", [into.pk]).map_err(not_recorded)?;
    }
    if let Some(alone) = alone {
        if !is_alone(&transaction, alone, carried).map_err(not_recorded)? {
            let why = format!("{alone} is more than that file: it was edited, or other files belong to it");
            return Err(ImportError::Refused(why));
        }
        take_up(&transaction, &into, alone).map_err(not_recorded)?;
    }
    transaction.execute("DELETE FROM PHOTOBRIDGE_PENDING WHERE UUID = ?1", [note]).map_err(not_recorded)?;
    transaction.commit().map_err(not_recorded)
}

fn find(transaction: &Transaction<'_>, asset: &AssetId) -> rusqlite::Result<Option<Row>> {
    let sql = "SELECT a.Z_PK, t.Z_PK FROM ZASSET a JOIN ZADDITIONALASSETATTRIBUTES t ON t.ZASSET = a.Z_PK \
               WHERE a.ZUUID = ?1";
    transaction.query_row(sql, [&*asset.0], |row| Ok(Row { pk: row.get(0)?, attributes: row.get(1)? })).optional()
}

/// Whether an asset is these bytes and nothing else, as it came.
fn is_alone(transaction: &Transaction<'_>, asset: &AssetId, carried: &Carried) -> rusqlite::Result<bool> {
    let mut statement = transaction.prepare(
        "SELECT r.ZFINGERPRINT FROM ZINTERNALRESOURCE r JOIN ZASSET a ON a.Z_PK = r.ZASSET \
         WHERE a.ZUUID = ?1 AND a.ZADJUSTMENTSSTATE = 0 AND a.ZTRASHEDSTATE = 0",
    )?;
    let files: Vec<String> = statement.query_map([&*asset.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(files == [carried.fingerprint.to_string()])
}

/// Gives the photo the albums and keywords of the asset, whose rows go; its files go after that, by the note.
fn take_up(transaction: &Transaction<'_>, into: &Row, alone: &AssetId) -> rusqlite::Result<()> {
    let Some(from) = find(transaction, alone)? else { return Ok(()) };
    transaction.execute(
        "INSERT OR IGNORE INTO Z_33ASSETS (Z_33ALBUMS, Z_3ASSETS, Z_FOK_3ASSETS) \
         SELECT Z_33ALBUMS, ?1, Z_FOK_3ASSETS FROM Z_33ASSETS WHERE Z_3ASSETS = ?2",
        (into.pk, from.pk),
    )?;
    transaction.execute(
        "INSERT OR IGNORE INTO Z_1KEYWORDS (Z_1ASSETATTRIBUTES, Z_52KEYWORDS) \
         SELECT ?1, Z_52KEYWORDS FROM Z_1KEYWORDS WHERE Z_1ASSETATTRIBUTES = ?2",
        (into.attributes, from.attributes),
    )?;
    transaction.execute(
        "UPDATE ZASSET SET ZFAVORITE = 1 WHERE Z_PK = ?1 AND (SELECT ZFAVORITE FROM ZASSET WHERE Z_PK = ?2)",
        (into.pk, from.pk),
    )?;
    rows::delete_within(transaction, &alone.0)
}
