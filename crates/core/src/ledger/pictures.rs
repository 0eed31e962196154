//! Cached facts about pictures: digests of coded ones, and what they show.

use std::path::PathBuf;

use photobridge_media::{Glance, History, PictureDigest, Seen};
use rusqlite::{Row, params};

use super::row::{StoredPath, path_value};
use super::{Ledger, LedgerError, LibraryId};
use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::PairIdentity;
use crate::item::{FolderId, Stamp};

/// What is known of a picture. The outer absence: nobody asked yet; the inner one: it cannot be told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PictureFact {
    /// The digest of the coded picture.
    pub digest: Option<Option<PictureDigest>>,
    /// What can be seen of it.
    pub seen: Option<Seen>,
    /// What it would be as a Live Photo, of a motion photo.
    pub pair: Option<Option<PairIdentity>>,
}

/// A file of the folder in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct FileState {
    /// Its path below its folder.
    pub path: PathBuf,
    /// The state of which something was seen.
    pub stamp: Stamp,
}

/// A file of the library in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceState {
    /// Its asset.
    pub asset: AssetId,
    /// What it is to the asset.
    pub role: ResourceRole,
    /// Its length, zero where the library does not tell.
    pub size: u64,
    /// See [`crate::asset::Resource::state`].
    pub state: i64,
}

impl Ledger {
    /// What is cached of the pictures in the files of a folder, each in the state that was looked at.
    pub fn pictures_of_files(&self, folder: FolderId) -> Result<Vec<(FileState, PictureFact)>, LedgerError> {
        let mut facts = Vec::new();
        let sql = "select digest, glance, history, moves, pair, path, size, mtime, ctime, inode from picture_fact
                   where folder = ?1";
        self.each(sql, [folder.0], |row| {
            let (StoredPath(path), size, inode) = (row.get(5)?, row.get::<_, i64>(6)?, row.get::<_, i64>(9)?);
            let stamp = Stamp { size: size as u64, mtime: row.get(7)?, ctime: row.get(8)?, inode: inode as u64 };
            facts.push((FileState { path, stamp }, fact(row)?));
            Ok(())
        })?;
        Ok(facts)
    }

    /// What is cached of the pictures in the files of a library, each in the state that was looked at.
    pub fn pictures_of_resources(&self, library: LibraryId) -> Result<Vec<(ResourceState, PictureFact)>, LedgerError> {
        let mut facts = Vec::new();
        let sql = "select digest, glance, history, moves, pair, asset, role, size, state from resource_picture_fact
                   where library = ?1";
        self.each(sql, [library.0], |row| {
            if let Some(role) = ResourceRole::from_code(row.get(6)?) {
                let (asset, size) = (AssetId(row.get(5)?), row.get::<_, i64>(7)?.unsigned_abs());
                facts.push((ResourceState { asset, role, size, state: row.get(8)? }, fact(row)?));
            }
            Ok(())
        })?;
        Ok(facts)
    }

    /// Caches facts about pictures in the folder, in one transaction.
    pub fn cache_pictures(&mut self, facts: &[(FolderId, FileState, PictureFact)]) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        {
            // Another state of the file has other pictures.
            let mut forget = transaction.prepare_cached(
                "delete from picture_fact where folder = ?1 and path = ?2
                 and (size, mtime, ctime, inode) is not (?3, ?4, ?5, ?6)",
            )?;
            let mut add = transaction.prepare_cached(
                "insert into picture_fact (folder, path, size, mtime, ctime, inode, digest, glance, history, moves, pair)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 on conflict (folder, path) do update set digest = coalesce(excluded.digest, digest),
                     glance = coalesce(excluded.glance, glance), history = coalesce(excluded.history, history),
                     moves = coalesce(excluded.moves, moves), pair = coalesce(excluded.pair, pair)",
            )?;
            for (folder, FileState { path, stamp }, fact) in facts {
                let Stamp { size, mtime, ctime, inode } = *stamp;
                let (path, size, inode) = (path_value(path), size as i64, inode as i64);
                forget.execute(params![folder.0, path, size, mtime, ctime, inode])?;
                let Columns { digest, glance, history, moves, pair } = columns(fact);
                add.execute(params![folder.0, path, size, mtime, ctime, inode, digest, glance, history, moves, pair])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Caches facts about pictures in the library, in one transaction.
    pub fn cache_pictures_of_resources(
        &mut self,
        library: LibraryId,
        facts: &[(ResourceState, PictureFact)],
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        {
            let mut forget = transaction.prepare_cached(
                "delete from resource_picture_fact
                 where library = ?1 and asset = ?2 and role = ?3 and (size, state) is not (?4, ?5)",
            )?;
            let mut add = transaction.prepare_cached(
                "insert into resource_picture_fact
                     (library, asset, role, size, state, digest, glance, history, moves, pair)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 on conflict (library, asset, role) do update set digest = coalesce(excluded.digest, digest),
                     glance = coalesce(excluded.glance, glance), history = coalesce(excluded.history, history),
                     moves = coalesce(excluded.moves, moves), pair = coalesce(excluded.pair, pair)",
            )?;
            for (ResourceState { asset, role, size, state }, fact) in facts {
                let (role, size) = (role.code(), *size as i64);
                forget.execute(params![library.0, asset.0, role, size, state])?;
                let Columns { digest, glance, history, moves, pair } = columns(fact);
                add.execute(params![library.0, asset.0, role, size, state, digest, glance, history, moves, pair])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

/// The columns of a fact.
struct Columns<'a> {
    digest: Option<&'a [u8]>,
    glance: Option<Vec<u8>>,
    history: Option<&'a str>,
    moves: Option<bool>,
    pair: Option<Vec<u8>>,
}

/// The columns of a fact; empty bytes stand for what cannot be told.
fn columns(fact: &PictureFact) -> Columns<'_> {
    let seen = fact.seen.as_ref();
    let digest = fact.digest.as_ref().map(|digest| digest.as_ref().map_or(&[][..], |digest| digest.as_bytes()));
    let glance = seen.map(|seen| seen.glance.as_ref().map_or_else(Vec::new, |glance| glance.to_bytes()));
    let history = seen.and_then(|seen| seen.history.as_ref()).map(|history| &*history.0);
    let pair = fact.pair.map(|pair| pair.map(|pair| pair.to_bytes().to_vec()).unwrap_or_default());
    Columns { digest, glance, history, moves: seen.and_then(|seen| seen.moves), pair }
}

fn fact(row: &Row<'_>) -> rusqlite::Result<PictureFact> {
    let blob = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_blob_or_null().ok().flatten());
    let digest = blob(0)?.map(|digest| digest.try_into().ok().map(PictureDigest::from_bytes));
    let (history, moves): (Option<Box<str>>, Option<bool>) = (row.get(2)?, row.get(3)?);
    let seen = blob(1)?.map(|glance| {
        let glance = Glance::from_bytes(glance);
        Seen { glance, history: history.map(History), moves }
    });
    let pair = blob(4)?.map(PairIdentity::from_bytes);
    Ok(PictureFact { digest, seen, pair })
}
