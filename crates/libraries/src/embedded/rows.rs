//! The rows of an imported asset, and of albums.

use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::library::{ImportError, NewAsset};
use photobridge_media::capture::CaptureTime;
use photobridge_media::{MediaTypes, TakenAs};
use rusqlite::{Connection, OptionalExtension, Transaction, named_params};

use super::import::{Carried, Content, not_recorded};
use super::schema;
use super::store::new_uuid;
use crate::albums::ALBUM;
use crate::{file_types, times};

/// The album with this title; made if there is none.
pub(super) fn ensure_album(connection: &mut Connection, title: &str) -> rusqlite::Result<Box<str>> {
    let transaction = connection.transaction()?;
    let found: Option<String> = transaction
        .query_row(
            "SELECT ZUUID FROM ZGENERICALBUM WHERE ZKIND = ?1 AND ZTITLE = ?2 AND ZTRASHEDSTATE = 0 \
             ORDER BY Z_PK LIMIT 1",
            (ALBUM, title),
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = found {
        return Ok(id.into());
    }
    let id = new_uuid();
    transaction.execute(
        "INSERT INTO ZGENERICALBUM (Z_ENT, Z_OPT, ZUUID, ZKIND, ZTITLE, ZTRASHEDSTATE, ZCUSTOMSORTASCENDING, \
         ZCUSTOMSORTKEY, ZCLOUDLOCALSTATE, ZPARENTFOLDER) \
         VALUES (?1, 1, ?2, ?3, ?4, 0, 1, 0, 0, (SELECT min(Z_PK) FROM ZGENERICALBUM WHERE ZKIND = 3999))",
        (schema::ENTITY_ALBUM, &id, ALBUM, title),
    )?;
    transaction.commit()?;
    Ok(id.into())
}

/// Puts assets that are there into an album that is there.
pub(super) fn add_to_album(connection: &mut Connection, album: &str, assets: &[AssetId]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let album: i64 =
        transaction.query_row("SELECT Z_PK FROM ZGENERICALBUM WHERE ZUUID = ?1", [album], |row| row.get(0))?;
    for id in assets {
        let pk: Option<i64> =
            transaction.query_row("SELECT Z_PK FROM ZASSET WHERE ZUUID = ?1", [&*id.0], |row| row.get(0)).optional()?;
        if let Some(pk) = pk {
            put_into(&transaction, album, pk)?;
        }
    }
    transaction.commit()
}

/// The newest asset of an album has its last place, and is found by the primary key however many there are.
pub(super) fn put_into(transaction: &Transaction<'_>, album: i64, asset: i64) -> rusqlite::Result<()> {
    let sql = "INSERT OR IGNORE INTO Z_33ASSETS (Z_33ALBUMS, Z_3ASSETS, Z_FOK_3ASSETS) VALUES (?1, ?2, 1024 + coalesce( \
               (SELECT Z_FOK_3ASSETS FROM Z_33ASSETS WHERE Z_33ALBUMS = ?1 ORDER BY Z_3ASSETS DESC LIMIT 1), 0))";
    transaction.prepare_cached(sql)?.execute((album, asset))?;
    Ok(())
}

/// Step 3 of an import: all rows of all assets that were carried, and the end of their notes, at once. An asset that is
/// refused now is not there. An error concerns all.
pub(super) fn insert_all<'a>(
    connection: &mut Connection,
    assets: impl Iterator<Item = (&'a str, &'a NewAsset<'a>, &'a mut Result<Content, ImportError>)>,
) -> Result<(), ImportError> {
    let transaction = connection.transaction().map_err(not_recorded)?;
    for (uuid, asset, answer) in assets {
        let Ok(content) = answer else { continue };
        match albums(&transaction, asset) {
            Ok(albums) => insert_rows(&transaction, uuid, asset, content, &albums).map_err(not_recorded)?,
            Err(error) if error.concerns_all() => return Err(error),
            Err(error) => *answer = Err(error),
        }
    }
    transaction.commit().map_err(not_recorded)
}

fn insert_rows(
    transaction: &Transaction<'_>,
    uuid: &str,
    asset: &NewAsset<'_>,
    content: &Content,
    albums: &[i64],
) -> rusqlite::Result<()> {
    let pk = insert_asset(transaction, uuid, asset, content)?;
    let attributes = insert_attributes(transaction, pk, asset, content)?;
    for file in &content.carried {
        insert_resource(transaction, pk, file)?;
    }
    insert_camera(transaction, pk, asset)?;
    for keyword in &asset.details.keywords {
        insert_keyword(transaction, attributes, keyword)?;
    }
    for album in albums {
        put_into(transaction, *album, pk)?;
    }
    transaction.prepare_cached("DELETE FROM PHOTOBRIDGE_PENDING WHERE UUID = ?1")?.execute([uuid])?;
    Ok(())
}

/// The rows of the albums that the asset goes into.
fn albums(transaction: &Transaction<'_>, asset: &NewAsset<'_>) -> Result<Vec<i64>, ImportError> {
    let mut found = Vec::new();
    for id in asset.albums {
        let pk = transaction
            .query_row(
                "SELECT Z_PK FROM ZGENERICALBUM WHERE ZUUID = ?1 AND ZKIND = ?2 AND ZTRASHEDSTATE = 0",
                (&**id, ALBUM),
                |row| row.get(0),
            )
            .optional()
            .map_err(not_recorded)?;
        found.push(pk.ok_or_else(|| ImportError::Refused(format!("it has no album {id}")))?);
    }
    Ok(found)
}

/// Deletes all rows of an asset and notes that its files are to go, at once.
pub(super) fn delete(connection: &mut Connection, uuid: &str) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    delete_within(&transaction, uuid)?;
    transaction.commit()
}

/// The same, within a change that does more.
pub(super) fn delete_within(transaction: &Transaction<'_>, uuid: &str) -> rusqlite::Result<()> {
    let pk: Option<i64> =
        transaction.query_row("SELECT Z_PK FROM ZASSET WHERE ZUUID = ?1", [uuid], |row| row.get(0)).optional()?;
    let Some(pk) = pk else { return Ok(()) };
    let attributes = "(SELECT Z_PK FROM ZADDITIONALASSETATTRIBUTES WHERE ZASSET = ?1)";
    for rows in [
        &format!("ZASSETDESCRIPTION WHERE ZASSETATTRIBUTES IN {attributes}"),
        &format!("Z_1KEYWORDS WHERE Z_1ASSETATTRIBUTES IN {attributes}"),
        "ZADDITIONALASSETATTRIBUTES WHERE ZASSET = ?1",
        "ZINTERNALRESOURCE WHERE ZASSET = ?1",
        "ZEXTENDEDATTRIBUTES WHERE ZASSET = ?1",
        "ZCOMPUTEDASSETATTRIBUTES WHERE ZASSET = ?1",
        "Z_33ASSETS WHERE Z_3ASSETS = ?1",
        "ZASSET WHERE Z_PK = ?1",
    ] {
        transaction.execute(&format!("DELETE FROM {rows}"), [pk])?;
    }
    transaction.execute("INSERT OR IGNORE INTO PHOTOBRIDGE_PENDING (UUID) VALUES (?1)", [uuid])?;
    Ok(())
}

/// How an asset lies, as Photos writes it down: its measures as shown; those of its file, of a photo as it is stored and of
/// a video as it is shown, too; and how a photo has to be turned (every video of the libraries seen says 1).
struct Lie {
    shown: Option<(u32, u32)>,
    original: Option<(u32, u32)>,
    orientation: u8,
}

impl Lie {
    fn of(asset: &NewAsset<'_>) -> Self {
        let told = asset.orientation.unwrap_or(1);
        let turned = |(width, height)| if told >= 5 { (height, width) } else { (width, height) };
        let shown = asset.pixels.map(turned);
        match asset.kind {
            MediaKind::Photo => Self { shown, original: asset.pixels, orientation: told },
            MediaKind::Video => Self { shown, original: shown, orientation: 1 },
        }
    }
}

/// `ZTIMEZONEOFFSET`. A wall clock without a zone is known again by the camera's own word; where that is another, no zone
/// at all would make it an instant.
pub(super) fn offset(captured: &CaptureTime, written: Option<&CaptureTime>) -> Option<i32> {
    let text = times::camera_text(captured);
    let is_known_again = text.is_none() || text == written.and_then(times::camera_text);
    captured.offset().or((!is_known_again).then_some(0))
}

/// `ZKINDSUBTYPE`: one number, and a Live Photo is that before anything else.
fn subtype(content: &Content) -> i64 {
    let is_live = content.carried.iter().any(|file| file.role == ResourceRole::PairedVideo);
    match content.types.taken_as {
        _ if is_live => 2,
        Some(TakenAs::Panorama) => 1,
        Some(TakenAs::Screenshot) => 10,
        Some(TakenAs::SlowMotion) => 101,
        Some(TakenAs::TimeLapse) => 102,
        Some(TakenAs::ScreenRecording) => 103,
        None => 0,
    }
}

/// `ZHDRTYPE`: 3 of several exposures, 10 with a map for bright screens.
fn dynamic_range(content: &Content) -> i64 {
    match content.types {
        MediaTypes { hdr: true, .. } => 3,
        MediaTypes { gain_map: true, .. } => 10,
        _ => 0,
    }
}

/// `ZDEPTHTYPE`: 1 for photos, 2 for videos.
fn depth(asset: &NewAsset<'_>, content: &Content) -> i64 {
    match (content.types.depth, asset.kind) {
        (false, _) => 0,
        (true, MediaKind::Photo) => 1,
        (true, MediaKind::Video) => 2,
    }
}

fn insert_asset(
    transaction: &Transaction<'_>,
    uuid: &str,
    asset: &NewAsset<'_>,
    content: &Content,
) -> rusqlite::Result<i64> {
    let primary = &content.carried[0];
    let (width, height) = Lie::of(asset).shown.unzip();
    let location = asset.details.location;
    let captured = asset.captured.and_then(|time| time.instant_or_wall()).map(times::to_apple);
    transaction.execute(
        "INSERT INTO ZASSET (Z_ENT, Z_OPT, ZUUID, ZKIND, ZKINDSUBTYPE, ZSAVEDASSETTYPE, ZDIRECTORY, ZFILENAME, \
         ZUNIFORMTYPEIDENTIFIER, ZDATECREATED, ZADDEDDATE, ZMODIFICATIONDATE, ZDURATION, ZWIDTH, ZHEIGHT, \
         ZORIENTATION, ZLATITUDE, ZLONGITUDE, ZFAVORITE, ZHIDDEN, ZTRASHEDSTATE, ZVISIBILITYSTATE, ZCOMPLETE, \
         ZBUNDLESCOPE, ZADJUSTMENTSSTATE, ZAVALANCHEUUID, ZAVALANCHEPICKTYPE, ZHDRTYPE, ZDEPTHTYPE, ZSPATIALTYPE, \
         ZCLOUDLOCALSTATE, ZSYNDICATIONSTATE, ZLIBRARYSCOPESHARESTATE, ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE) \
         VALUES (:entity, 1, :uuid, :kind, :subtype, 3, :directory, :name, :uti, :captured, :added, :added, \
         :duration, :width, :height, :orientation, :latitude, :longitude, :favorite, 0, 0, 0, 1, 0, 0, \
         :burst, 0, :range, :depth, :spatial, 0, 0, 0, 0)",
        named_params! {
            ":entity": schema::ENTITY_ASSET,
            ":uuid": uuid,
            ":kind": match asset.kind { MediaKind::Photo => 0, MediaKind::Video => 1 },
            ":subtype": subtype(content),
            // Which frames of a burst somebody picked is written in none of them: all are shown.
            ":burst": content.types.burst,
            ":range": dynamic_range(content),
            ":depth": depth(asset, content),
            ":spatial": content.types.spatial,
            ":directory": &uuid[..1],
            ":name": primary.name,
            ":uti": file_types::identifier(&primary.extension),
            ":captured": captured,
            ":added": times::to_apple(asset.added),
            ":duration": asset.duration_ms.map(|ms| f64::from(ms) / 1000.0),
            ":width": width,
            ":height": height,
            ":orientation": Lie::of(asset).orientation,
            ":latitude": location.map_or(-180.0, |place| place.latitude),
            ":longitude": location.map_or(-180.0, |place| place.longitude),
            ":favorite": asset.details.favorite,
        },
    )?;
    Ok(transaction.last_insert_rowid())
}

fn insert_attributes(
    transaction: &Transaction<'_>,
    pk: i64,
    asset: &NewAsset<'_>,
    content: &Content,
) -> rusqlite::Result<i64> {
    let primary = &content.carried[0];
    let (width, height) = Lie::of(asset).original.unzip();
    let title = asset.details.title.as_deref().filter(|title| !title.is_empty());
    transaction.execute(
        "INSERT INTO ZADDITIONALASSETATTRIBUTES (Z_ENT, Z_OPT, ZASSET, ZTITLE, ZORIGINALFILENAME, ZORIGINALFILESIZE, \
         ZORIGINALWIDTH, ZORIGINALHEIGHT, ZORIGINALORIENTATION, ZORIGINALRESOURCECHOICE, ZORIGINALSTABLEHASH, \
         ZEXIFTIMESTAMPSTRING, ZTIMEZONEOFFSET, ZCAMERACAPTUREDEVICE, ZIMPORTEDBYBUNDLEIDENTIFIER) \
         VALUES (:entity, 1, :asset, :title, :name, :size, :width, :height, :orientation, 0, :fingerprint, :camera, \
         :offset, :selfie, :ours)",
        named_params! {
            ":entity": schema::ENTITY_ATTRIBUTES,
            ":asset": pk,
            ":title": title,
            ":name": asset.resources[0].name,
            ":size": primary.size as i64,
            ":width": width,
            ":height": height,
            ":orientation": Lie::of(asset).orientation,
            ":fingerprint": primary.fingerprint.to_string(),
            ":camera": asset.written.and_then(|time| times::camera_text(&time)),
            ":offset": asset.captured.and_then(|captured| offset(&captured, asset.written.as_ref())),
            ":selfie": content.types.selfie,
            ":ours": crate::BUNDLE_IDENTIFIER,
        },
    )?;
    let attributes = transaction.last_insert_rowid();
    transaction.execute("UPDATE ZASSET SET ZADDITIONALATTRIBUTES = ?1 WHERE Z_PK = ?2", (attributes, pk))?;
    if let Some(description) = asset.details.description.as_deref().filter(|text| !text.is_empty()) {
        describe(transaction, attributes, description)?;
    }
    Ok(attributes)
}

/// Gives a photo a description, of which it has none.
pub(super) fn describe(transaction: &Transaction<'_>, attributes: i64, description: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO ZASSETDESCRIPTION (Z_ENT, Z_OPT, ZASSETATTRIBUTES, ZLONGDESCRIPTION) VALUES (?1, 1, ?2, ?3)",
        (schema::ENTITY_DESCRIPTION, attributes, description),
    )?;
    let row = transaction.last_insert_rowid();
    transaction
        .execute("UPDATE ZADDITIONALASSETATTRIBUTES SET ZASSETDESCRIPTION = ?1 WHERE Z_PK = ?2", (row, attributes))?;
    Ok(())
}

/// `ZRESOURCETYPE`.
pub(super) fn resource_type(role: ResourceRole) -> i64 {
    match role {
        ResourceRole::Photo => 0,
        ResourceRole::Video => 1,
        ResourceRole::PairedVideo => 3,
        ResourceRole::AlternatePhoto => 4,
        _ => 5,
    }
}

/// One row for each file. The data store's subtypes are those of Test-Media-Types-15.7.2: 1 original, 17 RAW half,
/// 18 paired video, 22 what came along.
pub(super) fn insert_resource(transaction: &Transaction<'_>, pk: i64, file: &Carried) -> rusqlite::Result<()> {
    let store = match file.role {
        ResourceRole::Photo | ResourceRole::Video => 1,
        ResourceRole::PairedVideo => 18,
        ResourceRole::AlternatePhoto => 17,
        _ => 22,
    };
    let of_type = file_types::identifier(&file.extension);
    transaction.execute(
        "INSERT INTO ZINTERNALRESOURCE (Z_OPT, ZASSET, ZRESOURCETYPE, ZVERSION, ZRECIPEID, ZDATASTORESUBTYPE, \
         ZDATALENGTH, ZFINGERPRINT, ZLOCALAVAILABILITY, ZREMOTEAVAILABILITY, ZCLOUDLOCALSTATE, ZCOMPACTUTI) \
         VALUES (1, ?1, ?2, 0, 0, ?3, ?4, ?5, 1, 0, 0, ?6)",
        (pk, resource_type(file.role), store, file.size as i64, file.fingerprint.to_string(), of_type),
    )?;
    Ok(())
}

/// Make and model come as one name. Its first word is stored as the maker and the whole as the model: the maker is not
/// said twice when they are joined again.
fn insert_camera(transaction: &Transaction<'_>, pk: i64, asset: &NewAsset<'_>) -> rusqlite::Result<()> {
    let make = asset.camera.and_then(|camera| camera.split_whitespace().next());
    transaction.execute(
        "INSERT INTO ZEXTENDEDATTRIBUTES (Z_OPT, ZASSET, ZCAMERAMAKE, ZCAMERAMODEL, ZDURATION) \
         VALUES (1, ?1, ?2, ?3, ?4)",
        (pk, make, asset.camera, asset.duration_ms.map(|ms| f64::from(ms) / 1000.0)),
    )?;
    let row = transaction.last_insert_rowid();
    transaction.execute("UPDATE ZASSET SET ZEXTENDEDATTRIBUTES = ?1 WHERE Z_PK = ?2", (row, pk))?;
    Ok(())
}

fn insert_keyword(transaction: &Transaction<'_>, attributes: i64, keyword: &str) -> rusqlite::Result<()> {
    let found = transaction
        .query_row("SELECT Z_PK FROM ZKEYWORD WHERE ZTITLE = ?1 ORDER BY Z_PK LIMIT 1", [keyword], |row| row.get(0))
        .optional()?;
    let pk: i64 = match found {
        Some(pk) => pk,
        None => {
            transaction.execute(
                "INSERT INTO ZKEYWORD (Z_ENT, Z_OPT, ZTITLE, ZUUID) VALUES (?1, 1, ?2, ?3)",
                (schema::ENTITY_KEYWORD, keyword, new_uuid()),
            )?;
            transaction.last_insert_rowid()
        }
    };
    transaction.execute(
        "INSERT OR IGNORE INTO Z_1KEYWORDS (Z_1ASSETATTRIBUTES, Z_52KEYWORDS) VALUES (?1, ?2)",
        (attributes, pk),
    )?;
    Ok(())
}
