//! What is remembered of the System Photo Library between runs, in a small database beside the ledger.
//!
//! Facts that PhotoKit tells slowly or only once: files and fingerprints of assets, valid while their modification date
//! is, the token of the last listing, which albums are ours, imports whose end was not seen, and formats that this macOS refused. Nothing here decides
//! about a photo by itself; without the file everything is asked again. Not run on a Mac.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use jiff::Timestamp;
use photobridge_core::asset::AssetId;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::Format;
use photobridge_core::library::LibraryError;
use photobridge_photokit::{KitAsset, KitResource, ResourceType};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::told::uuid;

const SCHEMA: &str = "
    create table if not exists asset (uuid text primary key, seen text not null) without rowid;
    create table if not exists listing (only_one integer primary key check (only_one = 1), token blob);
    create table if not exists album (title text primary key, identifier text not null) without rowid;
    create table if not exists pending (uuid text primary key, import text not null) without rowid;
    create table if not exists format (
        ending text not null, camera text not null, refused_by text, primary key (ending, camera)
    ) without rowid;
";

/// An asset as it was last seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// As PhotoKit told it.
    pub asset: KitAsset,
    /// Its files, once they were asked for.
    pub resources: Option<Vec<KitResource>>,
    /// Fingerprints of files that were read.
    pub fingerprints: Vec<(ResourceType, String)>,
    /// When it was first seen; nothing for what the first listing brought, which may be of any age.
    pub first_seen: Option<Timestamp>,
}

impl Seen {
    pub fn new(asset: KitAsset, first_seen: Option<Timestamp>) -> Self {
        Self { asset, resources: None, fingerprints: Vec::new(), first_seen }
    }

    pub fn fingerprint(&self, kind: ResourceType) -> Option<Fingerprint> {
        self.fingerprints.iter().find(|(of, _)| *of == kind).and_then(|(_, text)| text.parse().ok())
    }

    /// The asset as it is told now; what was known of its files stays while it did not change.
    pub fn renewed(self, asset: KitAsset) -> Self {
        let is_same = self.asset.modified == asset.modified && asset.modified.is_some();
        if is_same { Self { asset, ..self } } else { Self::new(asset, self.first_seen) }
    }
}

/// An import that was begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    /// When.
    pub began: Timestamp,
    /// The token of the library before it.
    pub token: Option<Vec<u8>>,
    /// Its files.
    pub files: Vec<(ResourceType, u64, String)>,
}

/// The notebook.
#[derive(Debug)]
pub(super) struct Notebook(Connection);

impl Notebook {
    /// Opens it, or begins a new one; a damaged one is begun anew, since all of it can be asked again.
    pub fn open(path: &Path) -> Result<Self, LibraryError> {
        let open = || {
            let connection = Connection::open(path)?;
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.execute_batch(SCHEMA)?;
            Ok(Self(connection))
        };
        let failed = || LibraryError::failed("what is remembered of Photos");
        open().or_else(|error: rusqlite::Error| {
            let damaged = [ErrorCode::NotADatabase, ErrorCode::DatabaseCorrupt];
            if !error.sqlite_error_code().is_some_and(|code| damaged.contains(&code)) {
                return Err(failed()(error));
            }
            tracing::warn!(%error, "what was remembered of Photos cannot be read and is asked again");
            for ending in ["", "-wal", "-shm"] {
                let mut file = path.as_os_str().to_owned();
                file.push(ending);
                // What is not there need not go.
                let _ = std::fs::remove_file(file);
            }
            open().map_err(failed())
        })
    }

    /// Every asset that was seen and not said to be deleted, by UUID.
    pub fn assets(&self) -> Result<HashMap<String, Seen>, LibraryError> {
        self.all("select uuid, seen from asset")
    }

    pub fn asset(&self, id: &AssetId) -> Result<Option<Seen>, LibraryError> {
        self.one("select seen from asset where uuid = ?1", &id.0)
    }

    /// Keeps what was seen, drops what was deleted, and notes the token of this state; all or nothing.
    pub fn keep<'a>(
        &mut self,
        seen: impl IntoIterator<Item = &'a Seen>,
        deleted: &[String],
        token: Option<Option<&[u8]>>,
    ) -> Result<(), LibraryError> {
        let failed = || LibraryError::failed("noting what Photos told");
        let transaction = self.0.transaction().map_err(failed())?;
        for seen in seen {
            let Some(uuid) = uuid(&seen.asset.local_identifier) else { continue };
            transaction
                .prepare_cached("insert or replace into asset (uuid, seen) values (?1, ?2)")
                .and_then(|mut insert| insert.execute(params![uuid, json(seen)]))
                .map_err(failed())?;
        }
        for uuid in deleted {
            transaction.execute("delete from asset where uuid = ?1", [uuid]).map_err(failed())?;
        }
        if let Some(token) = token {
            let replace = "insert or replace into listing (only_one, token) values (1, ?1)";
            transaction.execute(replace, [token]).map_err(failed())?;
        }
        transaction.commit().map_err(failed())
    }

    /// The token of the last listing. `None` where nothing was listed yet.
    pub fn token(&self) -> Result<Option<Option<Vec<u8>>>, LibraryError> {
        let row = self.0.query_row("select token from listing", [], |row| row.get(0));
        row.optional().map_err(LibraryError::failed("reading what Photos told"))
    }

    pub fn album(&self, title: &str) -> Result<Option<String>, LibraryError> {
        let row = self.0.query_row("select identifier from album where title = ?1", [title], |row| row.get(0));
        row.optional().map_err(LibraryError::failed("reading which albums are ours"))
    }

    pub fn albums(&self) -> Result<Vec<String>, LibraryError> {
        let failed = || LibraryError::failed("reading which albums are ours");
        let mut statement = self.0.prepare("select identifier from album order by title").map_err(failed())?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(failed())?;
        rows.collect::<Result<_, _>>().map_err(failed())
    }

    pub fn keep_album(&self, title: &str, identifier: &str) -> Result<(), LibraryError> {
        let replace = "insert or replace into album (title, identifier) values (?1, ?2)";
        let done = self.0.execute(replace, [title, identifier]);
        done.map(drop).map_err(LibraryError::failed("noting which album is ours"))
    }

    pub fn pending(&self, id: &AssetId) -> Result<Option<Pending>, LibraryError> {
        self.one("select import from pending where uuid = ?1", &id.0)
    }

    pub fn begin(&self, id: &AssetId, import: &Pending) -> Result<(), LibraryError> {
        let replace = "insert or replace into pending (uuid, import) values (?1, ?2)";
        let done = self.0.execute(replace, params![id.0, json(import)]);
        done.map(drop).map_err(LibraryError::failed("noting that an import begins"))
    }

    pub fn end(&self, id: &AssetId) -> Result<(), LibraryError> {
        let done = self.0.execute("delete from pending where uuid = ?1", [&*id.0]);
        done.map(drop).map_err(LibraryError::failed("noting that an import ended"))
    }

    /// The formats that this version of macOS refused.
    pub fn refused(&self, system: &str) -> Result<BTreeSet<Format>, LibraryError> {
        let failed = || LibraryError::failed("reading what Photos refused");
        let select = "select ending, camera from format where refused_by = ?1";
        let mut statement = self.0.prepare(select).map_err(failed())?;
        let format = |row: &Row<'_>| {
            let (ending, camera): (Box<str>, Box<str>) = (row.get(0)?, row.get(1)?);
            Ok(Format { ending, camera: Some(camera).filter(|camera| !camera.is_empty()) })
        };
        let rows = statement.query_map([system], format).map_err(failed())?;
        rows.collect::<Result<_, _>>().map_err(failed())
    }

    /// Notes that this version of macOS refused a format, unless a file of it went in before; whether it is noted.
    pub fn refuse(&self, format: &Format, system: &str) -> Result<bool, LibraryError> {
        let insert = "insert into format (ending, camera, refused_by) values (?1, ?2, ?3)
                      on conflict do update set refused_by = ?3 where refused_by is not null";
        let done = self.0.execute(insert, params![format.ending, format.camera.as_deref().unwrap_or(""), system]);
        done.map(|rows| rows > 0).map_err(LibraryError::failed("noting what Photos refused"))
    }

    /// Notes that a file of this format went in.
    pub fn take(&self, format: &Format) -> Result<(), LibraryError> {
        let replace = "insert or replace into format (ending, camera) values (?1, ?2)";
        let done = self.0.execute(replace, params![format.ending, format.camera.as_deref().unwrap_or("")]);
        done.map(drop).map_err(LibraryError::failed("noting what Photos takes"))
    }

    fn one<T: DeserializeOwned>(&self, sql: &str, key: &str) -> Result<Option<T>, LibraryError> {
        let row = self.0.query_row(sql, [key], |row| row.get::<_, String>(0)).optional();
        let text = row.map_err(LibraryError::failed("reading what Photos told"))?;
        // What an older version wrote otherwise is asked again.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn all(&self, sql: &str) -> Result<HashMap<String, Seen>, LibraryError> {
        let failed = || LibraryError::failed("reading what Photos told");
        let mut statement = self.0.prepare(sql).map_err(failed())?;
        let mut rows = statement.query([]).map_err(failed())?;
        let mut found = HashMap::new();
        while let Some(row) = rows.next().map_err(failed())? {
            let (uuid, text): (String, String) = (row.get(0).map_err(failed())?, row.get(1).map_err(failed())?);
            if let Ok(seen) = serde_json::from_str(&text) {
                found.insert(uuid, seen);
            }
        }
        Ok(found)
    }
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data has a JSON form")
}
