//! Which library lies at a path: the one of its UUID wherever it lies, the one that lay there, or a new one.

use std::path::{Path, PathBuf};

use rusqlite::{OptionalExtension, params};
use rustc_hash::FxHashSet;

use super::row::{StoredPath, path_value};
use super::{Ledger, LedgerError, LibraryId};
use crate::asset::Asset;
use crate::fingerprint::Fingerprint;
use crate::library::Identity;

impl Ledger {
    /// Where the library with this UUID lay last.
    pub fn library_path(&self, uuid: &str) -> Result<Option<PathBuf>, LedgerError> {
        let sql = "select path from library where uuid = ?1";
        Ok(self.connection.query_row(sql, [uuid], |row| Ok(row.get::<_, StoredPath>(0)?.0)).optional()?)
    }

    /// Whether a library that had a UUID once lay at this path: if there is none now, its disk is not connected.
    pub fn knew_library_at(&self, path: &Path) -> Result<bool, LedgerError> {
        let sql = "select exists (select 1 from library where path = ?1 and uuid is not null)";
        Ok(self.connection.query_row(sql, [path_value(path)], |row| row.get(0))?)
    }

    /// The number of a library that is known: the one with its UUID wherever it lies now, else the one at its path if either
    /// does not tell a UUID. Two disks that are mounted at one place by turns hold two libraries.
    pub fn known_library(&self, identity: &Identity) -> Result<Option<LibraryId>, LedgerError> {
        let path = path_value(&identity.path);
        let by = |sql: &str, value: &dyn rusqlite::ToSql| {
            self.connection.query_row(sql, [value], |row| row.get::<_, i64>(0)).optional()
        };
        let known = match &identity.uuid {
            Some(uuid) => by("select id from library where uuid = ?1", uuid)?,
            None => None,
        };
        let known = match known {
            None if identity.uuid.is_some() => by("select id from library where path = ?1 and uuid is null", &path)?,
            None => by("select id from library where path = ?1 order by id desc", &path)?,
            known => known,
        };
        Ok(known.map(LibraryId))
    }

    /// The number of a library: the one that it is known by, else a new one.
    pub fn library(&mut self, identity: &Identity) -> Result<LibraryId, LedgerError> {
        let path = path_value(&identity.path);
        let known = self.known_library(identity)?.map(|library| library.0);
        let id = match known {
            Some(id) => id,
            None => {
                let insert = "insert into library (uuid, path) values (?1, ?2)";
                self.connection.execute(insert, params![identity.uuid, path])?;
                self.connection.last_insert_rowid()
            }
        };
        let update = "update library set uuid = coalesce(?2, uuid), path = ?3 \
                      where id = ?1 and (uuid is not coalesce(?2, uuid) or path is not ?3)";
        self.connection.execute(update, params![id, identity.uuid, path])?;
        Ok(LibraryId(id))
    }

    /// The library that lay at this path under another UUID, where nothing is linked with what lies there now.
    pub fn library_before(&self, identity: &Identity) -> Result<Option<LibraryId>, LedgerError> {
        let Some(uuid) = &identity.uuid else { return Ok(None) };
        let sql = "select id from library where path = ?1 and uuid <> ?2 and not exists (
                       select 1 from library own join link_asset a on a.library = own.id where own.uuid = ?2)
                   order by id desc limit 1";
        let known = self.connection.query_row(sql, params![path_value(&identity.path), uuid], |row| row.get(0));
        Ok(known.optional()?.map(LibraryId))
    }

    /// How many photos of a library are among these assets, by their ids or their bytes, and how many were there when a person
    /// looked last.
    pub fn share_of_library(&self, library: LibraryId, assets: &[Asset]) -> Result<(usize, usize), LedgerError> {
        let ids: FxHashSet<&str> = assets.iter().map(|asset| &*asset.id.0).collect();
        let bytes: FxHashSet<Fingerprint> =
            assets.iter().flat_map(|asset| &asset.resources).filter_map(|resource| resource.fingerprint).collect();
        let (mut linked, mut here) = (FxHashSet::default(), FxHashSet::default());
        let sql = "select a.link, a.asset, r.fingerprint from link_asset a
                   join link_resource r on r.link = a.link join link l on l.id = a.link
                   where a.library = ?1 and not l.undone";
        self.each(sql, [library.0], |row| {
            let (link, asset, fingerprint): (i64, String, Fingerprint) = (row.get(0)?, row.get(1)?, row.get(2)?);
            linked.insert(link);
            if ids.contains(asset.as_str()) || bytes.contains(&fingerprint) {
                here.insert(link);
            }
            Ok(())
        })?;
        let sql = "select coalesce(max(gone_from_library), 0) from synced where library = ?1";
        let gone: i64 = self.connection.query_row(sql, [library.0], |row| row.get(0))?;
        let gone = usize::try_from(gone).unwrap_or(0);
        Ok((here.len(), linked.len().saturating_sub(gone).max(here.len())))
    }

    /// A library turned out to be the one that lay at its path before, under another UUID: what is remembered of that is of it.
    pub fn is_same_library(&mut self, now: LibraryId, before: LibraryId) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for table in ["baseline", "held", "synced", "resource_fact", "resource_picture_fact"] {
            transaction.execute(&format!("delete from {table} where library = ?1"), [now.0])?;
        }
        let sql = "update library set uuid = (select uuid from library where id = ?1) where id = ?2";
        transaction.execute(sql, [now.0, before.0])?;
        transaction.execute("delete from library where id = ?1", [now.0])?;
        Ok(transaction.commit()?)
    }
}
