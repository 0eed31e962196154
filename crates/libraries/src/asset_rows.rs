//! The SELECT that lists assets, and what one of its rows means.

use std::sync::Arc;

use photobridge_core::asset::{Asset, AssetId, LibraryScope, MediaKind, Standing, Subtype};
use photobridge_core::progress::Cancel;
use photobridge_media::details::{Details, Location};
use photobridge_media::header::Cameras;
use rusqlite::{Connection, Row};

use crate::BUNDLE_IDENTIFIER;
use crate::cells;
use crate::resources::{Place, REFERENCED};
use crate::tables::Tables;
use crate::times;

/// Characters of an original name that are kept: more than any file system takes.
const LONGEST_NAME: usize = 1024;

/// Rows between two looks at whether somebody asked to stop.
const ROWS_PER_LOOK: usize = 1024;

/// Assets for which room is made before they are seen.
const MOST_ROOM: usize = 500_000;

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
    Participation,
    CustomRendered,
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
    ImportedBy,
}

/// Where a column comes from: alias, names in the order of preference, and what is unknown without it.
type Source = (Column, char, &'static [&'static str], Option<&'static str>);

const SOURCES: [Source; 37] = [
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
    (Column::Participation, 'a', &["ZACTIVELIBRARYSCOPEPARTICIPATIONSTATE"], None),
    (Column::CustomRendered, 'a', &["ZCUSTOMRENDEREDVALUE"], None),
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
    (Column::ImportedBy, 't', &["ZIMPORTEDBYBUNDLEIDENTIFIER"], None),
];

/// What to read.
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'a> {
    All,
    One(&'a AssetId),
}

/// The asset SELECT, and a warning for each feature that this library has no column for.
pub(crate) fn select(tables: &Tables, wanted: Wanted<'_>, warnings: &mut Vec<String>) -> Option<String> {
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

/// About how many rows the SELECT of all assets brings, for making room; at most what a hostile database may cost.
pub(crate) fn count(connection: &Connection, tables: &Tables) -> usize {
    let sql = tables.asset().map(|asset| format!("SELECT count(*) FROM {asset}"));
    let count = sql.and_then(|sql| connection.query_row(&sql, [], |row| row.get::<_, i64>(0)).ok());
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(0).min(MOST_ROOM)
}

/// Why the listing ended before its end.
pub(crate) enum Stop {
    /// Somebody asked.
    Cancelled,
    /// The database failed.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Calls back with each asset and what its row says of its files; returns how many rows were of no use.
pub(crate) fn for_each(
    connection: &Connection,
    sql: &str,
    wanted: Wanted<'_>,
    cancel: &Cancel,
    mut each: impl FnMut(Asset, Place),
) -> Result<usize, Stop> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = match wanted {
        Wanted::All => statement.query([])?,
        Wanted::One(id) => statement.query([&*id.0])?,
    };
    let (mut count, mut useless, mut last) = (0_usize, 0_usize, None);
    let mut cameras = Cameras::default();
    while let Some(row) = rows.next()? {
        if count.is_multiple_of(ROWS_PER_LOOK) && cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        count += 1;
        let pk = cells::int(row, Column::Pk as usize);
        if pk.is_some() && pk == last {
            continue; // A second row of attributes: the asset was read with the first.
        }
        last = pk;
        match read(row, &mut cameras) {
            Some((asset, place)) => each(asset, place),
            None => useless += 1,
        }
    }
    Ok(useless)
}

/// An asset and what its row says of its files; `None` for a row without identifier or kind.
fn read(row: &Row<'_>, cameras: &mut Cameras) -> Option<(Asset, Place)> {
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
        subtype: subtype(int(Column::Subtype), int(Column::CustomRendered)),
        original_name: cells::cut(text(Column::OriginalName).unwrap_or(name), LONGEST_NAME).into(),
        captured: real(Column::Created).and_then(|at| times::capture(at, int(Column::Offset), camera_time.as_ref())),
        camera_time,
        added: real(Column::Added).and_then(times::instant),
        pixels: cells::pixels(row, Column::OriginalWidth as usize, Column::OriginalHeight as usize),
        current_pixels: cells::pixels(row, Column::Width as usize, Column::Height as usize),
        camera: cameras.named(
            text(Column::Make).map(|make| cells::cut(make, LONGEST_NAME)),
            text(Column::Model).map(|model| cells::cut(model, LONGEST_NAME)),
        ),
        edited: is_edited,
        burst: text(Column::BurstId).map(|burst| cells::cut(burst, LONGEST_NAME).into()),
        standing,
        resources: Box::default(),
        details: details(row),
        albums: Arc::default(),
        by_photobridge: text(Column::ImportedBy) == Some(BUNDLE_IDENTIFIER),
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
        scope: scope(int(Column::LibraryScope).is_some(), int(Column::Participation)),
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
        rating: None,
    };
    (details != Details::default()).then(|| Box::new(details))
}

/// Whose an asset is. Two columns speak of the Shared Library, and no library at hand has one: where they disagree it is not
/// known. macOS before 13 has neither.
fn scope(is_in_a_scope: bool, participation: Option<i64>) -> LibraryScope {
    let participates = participation.map(|state| state == 1);
    match (is_in_a_scope, participates) {
        (true, Some(true) | None) => LibraryScope::Shared,
        (false, Some(false) | None) => LibraryScope::Personal,
        (true, Some(false)) | (false, Some(true)) => LibraryScope::Unknown,
    }
}

/// What kind of photo or video it is. Panoramas say so in one of two places.
fn subtype(code: Option<i64>, rendered: Option<i64>) -> Option<Subtype> {
    const RENDERED_PANORAMA: i64 = 6;
    let panorama = || (rendered == Some(RENDERED_PANORAMA)).then_some(Subtype::Panorama);
    code.and_then(subtype_of).or_else(panorama)
}

fn subtype_of(code: i64) -> Option<Subtype> {
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
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
