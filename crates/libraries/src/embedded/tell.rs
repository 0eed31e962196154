//! Tells photos what came late of them, and takes that back: each time one transaction.

use photobridge_core::asset::AssetId;
use photobridge_core::telling::{Redated, Telling};
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Location;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::rows;
use crate::albums::ALBUM;
use crate::times;

/// Half a second: dates are floating point numbers.
const NEAR: f64 = 0.5;

/// What a photo has now.
struct Row {
    pk: i64,
    attributes: i64,
    created: Option<f64>,
    favorite: bool,
    description: Option<String>,
    location: Option<Location>,
}

impl Row {
    fn of(transaction: &Transaction<'_>, photo: &AssetId) -> rusqlite::Result<Option<Self>> {
        let sql = "SELECT a.Z_PK, t.Z_PK, a.ZDATECREATED, a.ZFAVORITE, d.ZLONGDESCRIPTION, a.ZLATITUDE, a.ZLONGITUDE \
                   FROM ZASSET a JOIN ZADDITIONALASSETATTRIBUTES t ON t.ZASSET = a.Z_PK \
                   LEFT JOIN ZASSETDESCRIPTION d ON d.ZASSETATTRIBUTES = t.Z_PK \
                   WHERE a.ZUUID = ?1 AND a.ZTRASHEDSTATE = 0";
        let row = transaction.query_row(sql, [&*photo.0], |row| {
            let place = row.get::<_, Option<f64>>(5)?.zip(row.get(6)?);
            Ok(Self {
                pk: row.get(0)?,
                attributes: row.get(1)?,
                created: row.get(2)?,
                favorite: row.get::<_, Option<bool>>(3)?.unwrap_or(false),
                description: row.get::<_, Option<String>>(4)?.filter(|text| !text.is_empty()),
                location: place.and_then(|(latitude, longitude)| Location::new(latitude, longitude)),
            })
        });
        row.optional()
    }

    fn is_dated(&self, time: &CaptureTime) -> bool {
        let told = apple(time);
        matches!((self.created, told), (Some(now), Some(told)) if (now - told).abs() < NEAR)
    }

    /// Whether each part that is told can go there: the photo has what it had, or this.
    fn has_room_for(&self, telling: &Telling) -> bool {
        let is_free = |redated: &Redated| self.is_dated(&redated.before) || self.is_dated(&redated.captured);
        telling.taken.as_ref().is_none_or(is_free)
            && telling
                .description
                .as_deref()
                .is_none_or(|text| self.description.as_deref().is_none_or(|now| now == text))
            && telling.location.is_none_or(|place| self.location.is_none_or(|now| now == place))
    }
}

fn apple(time: &CaptureTime) -> Option<f64> {
    time.instant_or_wall().map(times::to_apple)
}

/// Tells; returns whether the photo has all of it now.
pub(super) fn tell(connection: &mut Connection, photo: &AssetId, telling: &Telling) -> rusqlite::Result<bool> {
    let albums: Vec<Box<str>> =
        telling.albums.iter().map(|title| rows::ensure_album(connection, title)).collect::<Result<_, _>>()?;
    let transaction = connection.transaction()?;
    let Some(row) = Row::of(&transaction, photo)?.filter(|row| row.has_room_for(telling)) else { return Ok(false) };
    if let Some(Redated { captured, written, .. }) = &telling.taken {
        date(&transaction, &row, captured, written.as_ref())?;
    }
    if let Some(text) = telling.description.as_deref().filter(|_| row.description.is_none()) {
        rows::describe(&transaction, row.attributes, text)?;
    }
    if telling.favorite {
        transaction.execute("UPDATE ZASSET SET ZFAVORITE = 1 WHERE Z_PK = ?1", [row.pk])?;
    }
    if let Some(place) = telling.location {
        locate(&transaction, &row, Some(place))?;
    }
    for album in albums {
        let sql = "SELECT Z_PK FROM ZGENERICALBUM WHERE ZUUID = ?1";
        let album: i64 = transaction.query_row(sql, [&*album], |row| row.get(0))?;
        rows::put_into(&transaction, album, row.pk)?;
    }
    transaction.commit()?;
    Ok(true)
}

/// Takes back; returns whether the photo had any of it.
pub(super) fn untell(connection: &mut Connection, photo: &AssetId, telling: &Telling) -> rusqlite::Result<bool> {
    let transaction = connection.transaction()?;
    let Some(row) = Row::of(&transaction, photo)? else { return Ok(false) };
    let mut had = false;
    if let Some(redated) = telling.taken.as_ref().filter(|redated| row.is_dated(&redated.captured)) {
        date(&transaction, &row, &redated.before, Some(&redated.before))?;
        had = true;
    }
    if telling.description.is_some() && row.description.as_deref() == telling.description.as_deref() {
        let sql = "UPDATE ZADDITIONALASSETATTRIBUTES SET ZASSETDESCRIPTION = NULL WHERE Z_PK = ?1";
        transaction.execute(sql, [row.attributes])?;
        transaction.execute("DELETE FROM ZASSETDESCRIPTION WHERE ZASSETATTRIBUTES = ?1", [row.attributes])?;
        had = true;
    }
    if telling.favorite && row.favorite {
        transaction.execute("UPDATE ZASSET SET ZFAVORITE = 0 WHERE Z_PK = ?1", [row.pk])?;
        had = true;
    }
    if telling.location.is_some() && row.location == telling.location {
        locate(&transaction, &row, None)?;
        had = true;
    }
    for title in &telling.albums {
        let left = transaction.execute(
            "DELETE FROM Z_33ASSETS WHERE Z_3ASSETS = ?1 AND Z_33ALBUMS IN \
             (SELECT Z_PK FROM ZGENERICALBUM WHERE ZKIND = ?2 AND ZTITLE = ?3 AND ZTRASHEDSTATE = 0)",
            (row.pk, ALBUM, &**title),
        )?;
        had |= left > 0;
    }
    transaction.commit()?;
    Ok(had)
}

/// Dates a photo as an import would.
fn date(
    transaction: &Transaction<'_>,
    row: &Row,
    captured: &CaptureTime,
    written: Option<&CaptureTime>,
) -> rusqlite::Result<()> {
    transaction.execute("UPDATE ZASSET SET ZDATECREATED = ?2 WHERE Z_PK = ?1", (row.pk, apple(captured)))?;
    transaction.execute(
        "UPDATE ZADDITIONALASSETATTRIBUTES SET ZTIMEZONEOFFSET = ?2, ZEXIFTIMESTAMPSTRING = ?3 WHERE Z_PK = ?1",
        (row.attributes, rows::offset(captured, written), written.and_then(times::camera_text)),
    )?;
    Ok(())
}

fn locate(transaction: &Transaction<'_>, row: &Row, place: Option<Location>) -> rusqlite::Result<()> {
    let (latitude, longitude) = place.map_or((-180.0, -180.0), |place| (place.latitude, place.longitude));
    let sql = "UPDATE ZASSET SET ZLATITUDE = ?2, ZLONGITUDE = ?3 WHERE Z_PK = ?1";
    transaction.execute(sql, (row.pk, latitude, longitude))?;
    Ok(())
}
