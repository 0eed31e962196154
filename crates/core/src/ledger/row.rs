//! How domain values stand in SQLite's columns.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use photobridge_media::capture::{CaptureTime, Zone};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

use crate::asset::MediaKind;
use crate::fingerprint::Fingerprint;

/// A path as text where it is UTF-8, so that people can read the ledger, else as a blob.
pub(super) fn path_value(path: &Path) -> ToSqlOutput<'_> {
    ToSqlOutput::Borrowed(match path.to_str() {
        Some(text) => ValueRef::Text(text.as_bytes()),
        None => ValueRef::Blob(path.as_os_str().as_bytes()),
    })
}

/// A path read back.
pub(super) struct StoredPath(pub PathBuf);

impl FromSql for StoredPath {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Ok(Self(OsString::from_vec(bytes.to_vec()).into())),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl FromSql for Fingerprint {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 20]>::column_result(value).map(Self::from_bytes)
    }
}

impl rusqlite::ToSql for Fingerprint {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_bytes().as_slice().into())
    }
}

/// A capture time as its four columns: seconds, nanoseconds, offset, clock.
pub(super) struct CaptureColumns {
    pub seconds: Option<i64>,
    pub nanos: Option<u32>,
    pub offset: Option<i32>,
    pub clock: Option<&'static str>,
}

impl CaptureColumns {
    pub fn new(time: Option<CaptureTime>) -> Self {
        let Some(time) = time else { return Self { seconds: None, nanos: None, offset: None, clock: None } };
        let clock = match time.zone {
            Zone::Unknown => "wall",
            Zone::Utc => "utc",
            Zone::Offset(_) => "zoned",
        };
        let seconds = time.wall_second().or(time.instant_second());
        Self { seconds, nanos: time.nanos, offset: time.offset(), clock: Some(clock) }
    }
}

/// Reads the four columns that begin at `at`.
pub(super) fn captured(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<CaptureTime>> {
    let Some(seconds) = row.get::<_, Option<i64>>(at)? else { return Ok(None) };
    let zone = match row.get_ref(at + 3)?.as_str().unwrap_or_default() {
        "utc" => Zone::Utc,
        "zoned" => Zone::Offset(row.get::<_, Option<i32>>(at + 2)?.unwrap_or(0)),
        _ => Zone::Unknown,
    };
    Ok(Some(CaptureTime::from_parts(seconds, row.get(at + 1)?, zone)))
}

/// The word for a kind.
pub(super) fn kind_word(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Photo => "photo",
        MediaKind::Video => "video",
    }
}

/// The kind for a word.
pub(super) fn kind_of_word(word: &str) -> MediaKind {
    if word == "video" { MediaKind::Video } else { MediaKind::Photo }
}
