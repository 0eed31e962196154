//! Cached facts: what was read of files, so that it need not be read again.

use std::path::{Path, PathBuf};

use photobridge_media::capture::{CaptureSource, Known};
use photobridge_media::details::Location;
use photobridge_media::header::{Cameras, Header};
use rusqlite::{CachedStatement, OptionalExtension, Transaction, params};

use super::row::{CaptureColumns, StoredPath, captured, path_value};
use super::{Ledger, LedgerError, LibraryId};
use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::touched::Touched;
use crate::item::{CachedFact, FolderId, Stamp};

/// The source of a date by its word.
fn source_of(word: &str) -> Option<CaptureSource> {
    let beside = [CaptureSource::FileName, CaptureSource::FileTime];
    CaptureSource::IN_THE_BYTES.into_iter().chain(beside).find(|source| source.as_str() == word)
}

/// How much of a date is known, by its word.
const KNOWN: [(&str, Known); 3] = [("day", Known::Day), ("month", Known::Month), ("year", Known::Year)];

/// A file in one state, by the first six parameters.
const OF_FILE: &str = "folder = ?1 and path = ?2 and size = ?3 and mtime = ?4 and ctime = ?5 and inode = ?6";

/// The fingerprint that was computed of a file of the library, where the library stores none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceFact {
    /// The asset.
    pub asset: AssetId,
    /// What the file is to it.
    pub role: ResourceRole,
    /// Its size.
    pub size: u64,
    /// The state in which it was, see [`crate::asset::Resource::state`]; `None` where that was not noted yet.
    pub state: Option<i64>,
    /// The identity of its bytes then.
    pub fingerprint: Fingerprint,
}

impl Ledger {
    /// What is cached of a folder's files.
    pub fn facts(&self, folder: FolderId) -> Result<Vec<CachedFact>, LedgerError> {
        let mut facts = Vec::new();
        let mut cameras = Cameras::default();
        let sql = "select path, size, mtime, ctime, inode, fingerprint, has_header, captured, captured_nanos, zone,
                          captured_clock, captured_source, width, height, camera, content_identifier, duration_ms,
                          latitude, longitude, truncated, not_a_photo, sample, orientation, captured_known, corrected,
                          takeout, motion, not_supported
                   from fact where folder = ?1";
        self.each(sql, [folder.0], |row| {
            let stamp = Stamp {
                size: row.get::<_, i64>(1)?.unsigned_abs(),
                mtime: row.get(2)?,
                ctime: row.get(3)?,
                inode: row.get::<_, i64>(4)? as u64,
            };
            let header = if row.get(6)? { Some(Box::new(header(row, &mut cameras)?)) } else { None };
            let (path, fingerprint, sample) = (row.get::<_, StoredPath>(0)?.0, row.get(5)?, row.get(21)?);
            facts.push(CachedFact { path, stamp, fingerprint, header, sample });
            Ok(())
        })?;
        Ok(facts)
    }

    /// Caches facts, in one transaction.
    pub fn cache(&mut self, folder: FolderId, facts: &[CachedFact]) -> Result<(), LedgerError> {
        if facts.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        let mut writer = FactWriter::new(&transaction)?;
        facts.iter().try_for_each(|fact| writer.write(folder, fact))?;
        drop(writer);
        transaction.commit()?;
        Ok(())
    }

    /// Notes that what is cached of files holds for the state that they have now, in one transaction.
    pub fn note_touched(&mut self, folder: FolderId, files: &[Touched]) -> Result<(), LedgerError> {
        if files.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for table in ["fact", "picture_fact"] {
            let mut note = transaction.prepare_cached(&format!("update {table} set ctime = ?7 where {OF_FILE}"))?;
            for Touched { path, was: Stamp { size, mtime, ctime, inode }, ctime: now } in files {
                let (size, inode) = (*size as i64, *inode as i64);
                note.execute(params![folder.0, path_value(path), size, mtime, ctime, inode, now])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// The fingerprint that is cached of a file in this state.
    pub fn fingerprint_of_file(
        &self,
        folder: FolderId,
        path: &Path,
        stamp: Stamp,
    ) -> Result<Option<Fingerprint>, LedgerError> {
        let sql = format!("select fingerprint from fact where {OF_FILE} and fingerprint is not null");
        let mut known = self.connection.prepare_cached(&sql)?;
        let Stamp { size, mtime, ctime, inode } = stamp;
        let file = params![folder.0, path_value(path), size as i64, mtime, ctime, inode as i64];
        Ok(known.query_row(file, |row| row.get(0)).optional()?)
    }

    /// Adds the fingerprint to what is cached of a file in this state. What the cache does not know yet it learns when the
    /// folder is looked at.
    pub fn learn(
        &mut self,
        folder: FolderId,
        path: &Path,
        stamp: Stamp,
        fingerprint: Fingerprint,
    ) -> Result<(), LedgerError> {
        let sql = format!("update fact set fingerprint = ?7 where {OF_FILE}");
        let Stamp { size, mtime, ctime, inode } = stamp;
        let file = params![folder.0, path_value(path), size as i64, mtime, ctime, inode as i64, fingerprint];
        self.connection.execute(&sql, file)?;
        Ok(())
    }

    /// The fingerprint that was computed of a file of an asset, in any library that knows its id: of the one that stands for
    /// it, or of a companion.
    pub fn fingerprint_of_asset(
        &self,
        asset: &str,
        companion: Option<ResourceRole>,
        size: u64,
    ) -> Result<Option<Fingerprint>, LedgerError> {
        let sql = "select fingerprint from resource_fact
                   where library in (select id from library) and asset = ?1 and role in (?2, ?3) and size = ?4";
        let mut known = self.connection.prepare_cached(sql)?;
        let primary = [ResourceRole::Photo, ResourceRole::Video];
        let [one, other] = companion.map_or(primary, |role| [role, role]).map(ResourceRole::code);
        Ok(known.query_row(params![asset, one, other, size as i64], |row| row.get(0)).optional()?)
    }

    /// Forgets the facts of files that are no longer there: they cost time at every run and decide nothing.
    pub fn forget_facts(&mut self, folder: FolderId, gone: &[PathBuf]) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        {
            for table in ["fact", "picture_fact"] {
                let mut delete =
                    transaction.prepare(&format!("delete from {table} where folder = ?1 and path = ?2"))?;
                for path in gone {
                    delete.execute(params![folder.0, path_value(path)])?;
                }
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Fingerprints that were computed of a library's resources, where the library stores none.
    pub fn resource_facts(&self, library: LibraryId) -> Result<Vec<ResourceFact>, LedgerError> {
        let mut facts = Vec::new();
        let sql = "select asset, role, size, state, fingerprint from resource_fact where library = ?1";
        self.each(sql, [library.0], |row| {
            if let Some(role) = ResourceRole::from_code(row.get(1)?) {
                let (asset, size) = (AssetId(row.get(0)?), row.get::<_, i64>(2)?.unsigned_abs());
                facts.push(ResourceFact { asset, role, size, state: row.get(3)?, fingerprint: row.get(4)? });
            }
            Ok(())
        })?;
        Ok(facts)
    }

    /// Caches fingerprints of a library's resources.
    pub fn cache_resources(&mut self, library: LibraryId, facts: &[ResourceFact]) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        store_resources(&transaction, library, facts.iter().cloned())?;
        transaction.commit()?;
        Ok(())
    }
}

pub(super) fn store_resources(
    transaction: &Transaction<'_>,
    library: LibraryId,
    facts: impl Iterator<Item = ResourceFact>,
) -> Result<(), LedgerError> {
    let mut insert = transaction.prepare_cached(
        "insert or replace into resource_fact (library, asset, role, size, state, fingerprint)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for ResourceFact { asset, role, size, state, fingerprint } in facts {
        insert.execute(params![library.0, asset.0, role.code(), size as i64, state, fingerprint])?;
    }
    Ok(())
}

fn header(row: &rusqlite::Row<'_>, cameras: &mut Cameras) -> rusqlite::Result<Header> {
    let source = row.get_ref(11)?.as_str().ok().and_then(source_of);
    let known = row.get_ref(23)?.as_str().ok().and_then(|word| KNOWN.into_iter().find(|(known, _)| *known == word));
    let mut captured = captured(row, 7)?;
    if let (Some(time), Some((_, known))) = (&mut captured, known) {
        time.known = known;
    }
    let pair = |a: Option<u32>, b: Option<u32>| a.zip(b);
    let location = row.get::<_, Option<f64>>(17)?.zip(row.get::<_, Option<f64>>(18)?);
    Ok(Header {
        captured: captured.zip(source),
        corrected: row.get_ref(24)?.as_str().ok().and_then(|text| text.parse().ok()),
        pixels: pair(row.get(12)?, row.get(13)?),
        camera: row.get_ref(14)?.as_str().ok().map(|camera| cameras.shared(camera)),
        content_identifier: row.get(15)?,
        duration_ms: row.get(16)?,
        location: location.and_then(|(latitude, longitude)| Location::new(latitude, longitude)),
        truncated: row.get(19)?,
        not_a_photo: row.get(20)?,
        orientation: row.get(22)?,
        takeout: row.get_ref(25)?.as_str().ok().and_then(|json| serde_json::from_str(json).ok()),
        motion: row.get_ref(26)?.as_str().ok().and_then(|json| serde_json::from_str(json).ok()),
        not_supported: row.get(27)?,
    })
}

/// Writes facts, in the transaction of whoever learned them.
pub(super) struct FactWriter<'t> {
    /// Of a file of which only what it says of itself was read.
    glanced: CachedStatement<'t>,
    /// Of one of which all was read. Whoever did took no sample of it: the one that is known of this state stays.
    read: CachedStatement<'t>,
}

impl<'t> FactWriter<'t> {
    pub(super) fn new(transaction: &'t Transaction<'_>) -> Result<Self, LedgerError> {
        let with_sample = |sample: &str| {
            let sql = format!(
                "insert or replace into fact (folder, path, size, mtime, ctime, inode, fingerprint, has_header, captured,
                     captured_nanos, zone, captured_clock, captured_source, width, height, camera, content_identifier,
                     duration_ms, latitude, longitude, truncated, not_a_photo, sample, orientation, captured_known,
                     corrected, takeout, motion, not_supported)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
                     ?22, {sample}, ?24, ?25, ?26, ?27, ?28, ?29)"
            );
            transaction.prepare_cached(&sql)
        };
        let known = format!("coalesce(?23, (select sample from fact where {OF_FILE}))");
        Ok(Self { glanced: with_sample("?23")?, read: with_sample(&known)? })
    }

    pub(super) fn write(&mut self, folder: FolderId, fact: &CachedFact) -> Result<(), LedgerError> {
        let none = Header::default();
        let header = fact.header.as_deref().unwrap_or(&none);
        let captured = CaptureColumns::new(header.captured.map(|(time, _)| time));
        let statement = if fact.fingerprint.is_some() { &mut self.read } else { &mut self.glanced };
        statement.execute(params![
            folder.0,
            path_value(&fact.path),
            fact.stamp.size as i64,
            fact.stamp.mtime,
            fact.stamp.ctime,
            fact.stamp.inode as i64,
            fact.fingerprint,
            fact.header.is_some(),
            captured.seconds,
            captured.nanos,
            captured.offset,
            captured.clock,
            header.captured.map(|(_, source)| source.as_str()),
            header.pixels.map(|(width, _)| width),
            header.pixels.map(|(_, height)| height),
            header.camera.as_deref(),
            header.content_identifier.as_deref(),
            header.duration_ms,
            header.location.map(|place| place.latitude),
            header.location.map(|place| place.longitude),
            header.truncated.as_deref(),
            header.not_a_photo,
            fact.sample,
            header.orientation,
            header
                .captured
                .and_then(|(time, _)| KNOWN.into_iter().find(|(_, known)| *known == time.known))
                .map(|(word, _)| word),
            header.corrected.map(|time| time.to_string()),
            header.takeout.as_ref().and_then(|told| serde_json::to_string(told).ok()),
            header.motion.as_ref().and_then(|motion| serde_json::to_string(motion).ok()),
            header.not_supported,
        ])?;
        Ok(())
    }
}
