//! Reads any `Photos.sqlite`, from macOS 10.15 to 26 and our own, into a snapshot.
//!
//! A few SELECTs stream through once, while the directories are listed on another thread; then files and rows are put
//! together. A missing table or column costs one feature and gives a warning; only assets that cannot be listed stop the
//! reading, because a library that seems to have lost its photos is worse than none.

use std::collections::HashSet;
use std::path::Path;

use photobridge_core::asset::{Asset, AssetId, Details, LibraryScope, Location, MediaKind, Standing, Subtype};
use photobridge_core::item::camera_name;
use photobridge_core::library::{LibraryError, Snapshot};
use photobridge_core::progress::{Cancel, Event, Phase, Progress};
use rayon::prelude::*;
use rusqlite::{Connection, Row};

use crate::albums::{self, Albums};
use crate::cells;
use crate::files::Files;
use crate::resources::{Place, REFERENCED, ResourceRows};
use crate::tables::Tables;
use crate::times;

/// Characters of an original name that are kept: more than any file system takes.
const LONGEST_NAME: usize = 1024;

/// Rows between two looks at whether somebody asked to stop.
const ROWS_PER_LOOK: usize = 1024;

/// The columns of the asset SELECT, in its order.
#[derive(Clone, Copy)]
enum Column {
    Pk,
    Uuid,
    Kind,
    Subtype,
    SavedType,
    Trashed,
    Hidden,
    BurstId,
    BurstPick,
    BundleScope,
    CollectionShare,
    LibraryScope,
    Directory,
    FileName,
    Created,
    Added,
    Width,
    Height,
    Latitude,
    Longitude,
    Favorite,
    Edited,
    OriginalName,
    OriginalSize,
    OriginalWidth,
    OriginalHeight,
    Offset,
    CameraTime,
    Fingerprint,
    RenderedFingerprint,
    Title,
    Description,
    Make,
    Model,
}

/// Where a column comes from: alias, names in the order of preference, and what is unknown without it.
type Source = (Column, char, &'static [&'static str], Option<&'static str>);

const SOURCES: [Source; 34] = [
    (Column::Pk, 'a', &["Z_PK"], None),
    (Column::Uuid, 'a', &["ZUUID"], None),
    (Column::Kind, 'a', &["ZKIND"], None),
    (Column::Subtype, 'a', &["ZKINDSUBTYPE"], Some("which photos are Live Photos, screenshots and the like")),
    (Column::SavedType, 'a', &["ZSAVEDASSETTYPE"], Some("which files are referenced and which photos are shared")),
    (Column::Trashed, 'a', &["ZTRASHEDSTATE"], Some("what is in Recently Deleted")),
    (Column::Hidden, 'a', &["ZHIDDEN"], Some("what is hidden")),
    (Column::BurstId, 'a', &["ZAVALANCHEUUID"], Some("which photos are a burst")),
    (Column::BurstPick, 'a', &["ZAVALANCHEPICKTYPE"], Some("which frames of a burst are picked")),
    (Column::BundleScope, 'a', &["ZBUNDLESCOPE"], None),
    (Column::CollectionShare, 'a', &["ZCOLLECTIONSHARE"], None),
    (Column::LibraryScope, 'a', &["ZLIBRARYSCOPE"], None),
    (Column::Directory, 'a', &["ZDIRECTORY"], Some("where the originals lie")),
    (Column::FileName, 'a', &["ZFILENAME"], Some("what the originals are called")),
    (Column::Created, 'a', &["ZDATECREATED"], Some("when photos were taken")),
    (Column::Added, 'a', &["ZADDEDDATE"], Some("when photos were added")),
    (Column::Width, 'a', &["ZWIDTH"], Some("how wide photos are")),
    (Column::Height, 'a', &["ZHEIGHT"], Some("how high photos are")),
    (Column::Latitude, 'a', &["ZLATITUDE"], Some("where photos were taken")),
    (Column::Longitude, 'a', &["ZLONGITUDE"], Some("where photos were taken")),
    (Column::Favorite, 'a', &["ZFAVORITE"], Some("which photos are favourites")),
    // To macOS 14, and from 15.
    (Column::Edited, 'a', &["ZADJUSTMENTSSTATE", "ZHASADJUSTMENTS"], Some("which photos are edited")),
    (Column::OriginalName, 't', &["ZORIGINALFILENAME"], Some("the original names")),
    (Column::OriginalSize, 't', &["ZORIGINALFILESIZE"], Some("the original sizes")),
    (Column::OriginalWidth, 't', &["ZORIGINALWIDTH"], Some("how wide originals are")),
    (Column::OriginalHeight, 't', &["ZORIGINALHEIGHT"], Some("how high originals are")),
    (Column::Offset, 't', &["ZTIMEZONEOFFSET", "ZINFERREDTIMEZONEOFFSET"], Some("time zones")),
    (Column::CameraTime, 't', &["ZEXIFTIMESTAMPSTRING"], Some("the cameras' own times")),
    // From macOS 15, and before.
    (Column::Fingerprint, 't', &["ZORIGINALSTABLEHASH", "ZMASTERFINGERPRINT"], Some("fingerprints")),
    (Column::RenderedFingerprint, 't', &["ZADJUSTEDSTABLEHASH", "ZADJUSTEDFINGERPRINT"], None),
    (Column::Title, 't', &["ZTITLE"], Some("titles")),
    (Column::Description, 'd', &["ZLONGDESCRIPTION"], Some("descriptions")),
    (Column::Make, 'e', &["ZCAMERAMAKE"], Some("the makers of cameras")),
    (Column::Model, 'e', &["ZCAMERAMODEL"], Some("the models of cameras")),
];

/// What to read.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    All,
    One(&'a AssetId),
}

/// Everything that the library at `root` holds, whose database is open at `connection`.
pub(crate) fn snapshot(
    connection: &Connection,
    root: &Path,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Snapshot, LibraryError> {
    progress.event(Event::Begin { phase: Phase::Listing, steps: None, bytes: None });
    let mut warnings = Vec::new();
    let mut files_warnings = Vec::new();
    let (files, read) = std::thread::scope(|scope| {
        let listing = scope.spawn(|| Files::list(root, &mut files_warnings));
        let read = Parts::read(connection, root, Wanted::All, cancel, &mut warnings);
        (listing.join(), read)
    });
    let parts = read?;
    let files = files.map_err(|_| LibraryError::failed("listing the files of the library")("a thread panicked"))?;
    warnings.extend(files_warnings);
    let mut snapshot = parts.assemble(&files, &mut warnings);
    snapshot.warnings = warnings;
    progress.event(Event::Advance { steps: snapshot.assets.len() as u64, bytes: 0 });
    progress.event(Event::End);
    Ok(snapshot)
}

/// One asset as it stands now.
pub(crate) fn asset(connection: &Connection, root: &Path, id: &AssetId) -> Result<Option<Asset>, LibraryError> {
    let mut warnings = Vec::new();
    let parts = Parts::read(connection, root, Wanted::One(id), &Cancel::new(), &mut warnings)?;
    let Some((asset, place)) = parts.assets.first() else { return Ok(None) };
    let files = Files::only(root, &place.shards(&asset.id.0));
    Ok(parts.assemble(&files, &mut warnings).assets.into_iter().next())
}

/// What the database says; the files are still to come.
struct Parts {
    assets: Vec<(Asset, Place)>,
    resources: ResourceRows,
    albums: Albums,
}

impl Parts {
    fn read(
        connection: &Connection,
        root: &Path,
        wanted: Wanted<'_>,
        cancel: &Cancel,
        warnings: &mut Vec<String>,
    ) -> Result<Self, LibraryError> {
        let damaged = |error: rusqlite::Error| unreadable(root, &error);
        let tables = Tables::read(connection).map_err(damaged)?;
        let sql = select(&tables, wanted, warnings).ok_or_else(|| LibraryError::Unusable {
            path: root.to_owned(),
            why: "its database has no table of photos that this program knows; it may come from a newer macOS".into(),
        })?;
        let mut assets = read_assets(connection, &sql, wanted, cancel, warnings).map_err(|stop| match stop {
            Stop::Cancelled => LibraryError::Cancelled,
            Stop::Database(error) => damaged(error),
        })?;
        let only = match wanted {
            Wanted::All => None,
            Wanted::One(_) => match assets.first() {
                Some((_, place)) => Some(place.pk),
                None => return Ok(Self { assets, resources: ResourceRows::default(), albums: Albums::default() }),
            },
        };
        let mut or_warn =
            |what: &str, error: rusqlite::Error| warnings.push(format!("{what} could not be read: {error}"));
        let resources = ResourceRows::read(connection, &tables, only).unwrap_or_else(|error| {
            or_warn("Paired videos, RAW files and per-file fingerprints", error);
            ResourceRows::default()
        });
        let albums = Albums::read(connection, &tables, only).unwrap_or_else(|error| {
            or_warn("Albums", error);
            Albums::default()
        });
        let mut keywords = albums::keywords(connection, &tables, only).unwrap_or_else(|error| {
            or_warn("Keywords", error);
            Default::default()
        });
        if !albums.list.is_empty() && tables.join("ASSETS", "ALBUMS", "ASSETS").is_none() {
            warnings.push("The library does not say which photos are in which album".into());
        }
        if tables.has("ZKEYWORD") && tables.join("KEYWORDS", "ASSETATTRIBUTES", "KEYWORDS").is_none() {
            warnings.push("The library does not say which photos have which keywords".into());
        }
        if cancel.is_cancelled() {
            return Err(LibraryError::Cancelled);
        }
        for (asset, place) in &mut assets {
            if let Some(found) = keywords.remove(&place.pk) {
                asset.details.get_or_insert_default().keywords = found;
            }
        }
        Ok(Self { assets, resources, albums })
    }

    /// Puts assets and files together.
    fn assemble(self, files: &Files, warnings: &mut Vec<String>) -> Snapshot {
        let Self { assets, resources, mut albums } = self;
        let mut assets: Vec<Asset> = assets
            .into_par_iter()
            .map(|(mut asset, place)| {
                asset.resources = place.resources(&asset.id.0, resources.of(place.pk), files);
                asset.albums = albums.members.get(&place.pk).cloned().unwrap_or_default();
                asset
            })
            .collect();
        albums.members.clear();
        let mut seen = HashSet::with_capacity(assets.len());
        let twins: Vec<bool> = assets.iter().map(|asset| !seen.insert(&*asset.id.0)).collect();
        drop(seen);
        if twins.contains(&true) {
            let mut twin = twins.iter();
            assets.retain(|_| twin.next() == Some(&false));
            warnings.push("Some photos share an identifier; one of each was read".into());
        }
        // Mostly in this order already.
        assets.sort_by(|a, b| (a.added, &a.id).cmp(&(b.added, &b.id)));
        Snapshot { assets, albums: albums.list, warnings: Vec::new() }
    }
}

/// The asset SELECT, and a warning for each feature that this library has no column for.
fn select(tables: &Tables, wanted: Wanted<'_>, warnings: &mut Vec<String>) -> Option<String> {
    let asset = tables.asset()?;
    let essential = ["Z_PK", "ZUUID", "ZKIND"];
    if !essential.into_iter().all(|column| tables.has_column(asset, column)) {
        return None;
    }
    let joins = [
        ('t', "ZADDITIONALASSETATTRIBUTES", "ZASSET", "a.Z_PK"),
        ('e', "ZEXTENDEDATTRIBUTES", "ZASSET", "a.Z_PK"),
        ('d', "ZASSETDESCRIPTION", "ZASSETATTRIBUTES", "t.Z_PK"),
    ];
    let can_join = |alias| match alias {
        'a' => Some(asset),
        // Descriptions hang on the attributes.
        'd' if !["Z_PK", "ZASSET"].iter().all(|key| tables.has_column("ZADDITIONALASSETATTRIBUTES", key)) => None,
        alias => joins
            .iter()
            .find(|(found, table, column, _)| *found == alias && tables.has_column(table, column))
            .map(|(_, table, ..)| *table),
    };
    let mut columns = Vec::new();
    for (index, (column, alias, names, feature)) in SOURCES.into_iter().enumerate() {
        debug_assert_eq!(index, column as usize, "SOURCES is in the order of Column");
        let expression =
            can_join(alias).map_or("NULL".into(), |table| tables.expression(table, &alias.to_string(), names));
        if let (true, Some(feature)) = (expression == "NULL", feature) {
            warnings.push(format!("The library does not say {feature}"));
        }
        columns.push(expression);
    }
    let mut sql = format!("SELECT {} FROM {asset} a", columns.join(", "));
    for (alias, table, column, target) in joins {
        if can_join(alias).is_some() {
            sql += &format!(" LEFT JOIN {table} {alias} ON {alias}.{column} = {target}");
        }
    }
    match wanted {
        Wanted::All => sql += " ORDER BY a.Z_PK",
        Wanted::One(_) => sql += " WHERE a.ZUUID = ?1 ORDER BY a.Z_PK LIMIT 1",
    }
    Some(sql)
}

enum Stop {
    Cancelled,
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

fn read_assets(
    connection: &Connection,
    sql: &str,
    wanted: Wanted<'_>,
    cancel: &Cancel,
    warnings: &mut Vec<String>,
) -> Result<Vec<(Asset, Place)>, Stop> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = match wanted {
        Wanted::All => statement.query([])?,
        Wanted::One(id) => statement.query([&*id.0])?,
    };
    let mut assets: Vec<(Asset, Place)> = Vec::new();
    let (mut count, mut unusable, mut last) = (0_usize, 0_usize, None);
    while let Some(row) = rows.next()? {
        count += 1;
        if count.is_multiple_of(ROWS_PER_LOOK) && cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        let pk = cells::int(row, Column::Pk as usize);
        if pk.is_some() && pk == last {
            continue; // A second row of attributes: the asset was read with the first.
        }
        last = pk;
        match read_asset(row) {
            Some(found) => assets.push(found),
            None => unusable += 1,
        }
    }
    if unusable > 0 {
        warnings.push(format!("{unusable} entries of the library have no usable identifier or kind and were left out"));
    }
    Ok(assets)
}

/// An asset and what its row says of its files; `None` for a row without identifier or kind.
fn read_asset(row: &Row<'_>) -> Option<(Asset, Place)> {
    let int = |column: Column| cells::int(row, column as usize);
    let real = |column: Column| cells::real(row, column as usize);
    let text = |column: Column| cells::text(row, column as usize);
    let flag = |column: Column| cells::flag(row, column as usize);

    let id = text(Column::Uuid).filter(|id| is_identifier(id))?;
    let kind = match int(Column::Kind)? {
        0 => MediaKind::Photo,
        1 => MediaKind::Video,
        _ => return None,
    };
    let camera_time = text(Column::CameraTime).and_then(times::camera_time);
    let name = text(Column::FileName).unwrap_or_default();
    let is_edited = flag(Column::Edited);
    let standing = standing(row);
    let place = Place {
        pk: int(Column::Pk)?,
        kind,
        directory: cells::cut(text(Column::Directory).unwrap_or_default(), LONGEST_NAME).into(),
        name: cells::cut(name, LONGEST_NAME).into(),
        is_referenced: int(Column::SavedType) == Some(REFERENCED),
        is_shared: standing.shared_album,
        is_edited,
        size: cells::size(row, Column::OriginalSize as usize),
        fingerprint: text(Column::Fingerprint).and_then(|text| text.parse().ok()),
        rendered_fingerprint: text(Column::RenderedFingerprint).and_then(|text| text.parse().ok()),
    };
    let asset = Asset {
        id: AssetId(id.into()),
        kind,
        subtype: int(Column::Subtype).and_then(subtype),
        original_name: cells::cut(text(Column::OriginalName).unwrap_or(name), LONGEST_NAME).into(),
        captured: real(Column::Created).and_then(|at| times::capture(at, int(Column::Offset), camera_time.as_ref())),
        camera_time,
        added: real(Column::Added).and_then(times::instant),
        pixels: cells::pixels(row, Column::OriginalWidth as usize, Column::OriginalHeight as usize),
        current_pixels: cells::pixels(row, Column::Width as usize, Column::Height as usize),
        camera: camera_name(
            text(Column::Make).map(|make| cells::cut(make, LONGEST_NAME)),
            text(Column::Model).map(|model| cells::cut(model, LONGEST_NAME)),
        ),
        edited: is_edited,
        standing,
        resources: Vec::new(),
        details: details(row),
        albums: Vec::new(),
    };
    Some((asset, place))
}

/// Hidden, trashed and the like.
fn standing(row: &Row<'_>) -> Standing {
    let int = |column: Column| cells::int(row, column as usize);
    let flag = |column: Column| cells::flag(row, column as usize);
    // ZBUNDLESCOPE is 2 for the nine items of Test-Cloud-13.1's shared album and 0 for everything else seen; a
    // collection share is how macOS 26 keeps shared albums (after osxphotos; none of the libraries here has one).
    let is_shared = int(Column::SavedType) == Some(4) || flag(Column::BundleScope) || flag(Column::CollectionShare);
    Standing {
        hidden: flag(Column::Hidden),
        trashed: flag(Column::Trashed),
        shared_album: is_shared,
        // A mask: 2 not selected, 4 default pick, 8 selected, 16 key photo.
        unpicked_burst_frame: int(Column::BurstPick).is_some_and(|mask| mask & 2 != 0),
        burst: cells::text(row, Column::BurstId as usize).is_some(),
        scope: if int(Column::LibraryScope).is_some() { LibraryScope::Shared } else { LibraryScope::Personal },
    }
}

fn details(row: &Row<'_>) -> Option<Box<Details>> {
    let real = |column: Column| cells::real(row, column as usize);
    let location = || Location::new(real(Column::Latitude)?, real(Column::Longitude)?);
    let details = Details {
        title: cells::prose(row, Column::Title as usize),
        description: cells::prose(row, Column::Description as usize),
        keywords: Vec::new(),
        location: location(),
        favorite: cells::flag(row, Column::Favorite as usize),
    };
    (details != Details::default()).then(|| Box::new(details))
}

fn subtype(code: i64) -> Option<Subtype> {
    Some(match code {
        1 => Subtype::Panorama,
        2 => Subtype::LivePhoto,
        10 => Subtype::Screenshot,
        101 => Subtype::SlowMotion,
        102 => Subtype::TimeLapse,
        103 => Subtype::ScreenRecording,
        _ => return None,
    })
}

/// Whether a text can identify an asset, and be part of a file name: Photos' are UUIDs.
fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// The words for a database that cannot be read.
pub(crate) fn unreadable(path: &Path, error: &rusqlite::Error) -> LibraryError {
    LibraryError::Unusable {
        path: path.to_owned(),
        why: format!(
            "its database is damaged or is none ({error}). Photos can repair a library: hold Option and Command while it starts"
        ),
    }
}
