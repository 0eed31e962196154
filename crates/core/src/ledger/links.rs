//! Links and decisions.

use std::path::Path;

use crate::fingerprint::Fingerprint;
use jiff::Timestamp;
use rusqlite::{Transaction, params};
use smallvec::SmallVec;

use super::row::{CaptureColumns, StoredPath, captured, kind_of_word, kind_word, path_value};
use super::{Ledger, LedgerError, LibraryId};
use crate::asset::{AssetId, ResourceRole};
use crate::item::FolderId;
use crate::memory::{Agreement, Carried, Decision, Edit, LaidBy, Link, LinkId, Memory, Origin, Roles};

/// A photo as decisions know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The bytes of its primary file.
    pub fingerprint: Fingerprint,
    /// Their number.
    pub size: u64,
    /// Its name, for people.
    pub name: String,
}

/// A decision as people see it listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRecord {
    /// The photo, under the name that it had when it was decided.
    pub photo: Identified,
    /// What was decided.
    pub decision: Decision,
}

impl Ledger {
    /// Everything remembered that may decide about these folders and this library. `giving` are those that are thrown away
    /// once they were read: what they lack was not deleted, and came from elsewhere for the others. What the library held at
    /// the baseline is no part of it: see [`Ledger::held`].
    pub fn memory(&self, folders: &[FolderId], giving: &[FolderId], library: LibraryId) -> Result<Memory, LedgerError> {
        let mut memory = Memory::default();
        memory.expect_links(self.counts()?.0 as usize);
        let mut links = self.connection.prepare(
            "select id, origin, kind, captured, captured_nanos, zone, captured_clock, content_identifier, undone
             from link order by id",
        )?;
        let mut rows = links.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let origin = match row.get_ref(1)?.as_str().unwrap_or_default() {
                "folder" => Origin::Folder,
                "library" => Origin::Library,
                _ => Origin::Both,
            };
            let link = Link {
                id: LinkId(id),
                origin,
                kind: kind_of_word(row.get_ref(2)?.as_str().unwrap_or_default()),
                captured: captured(row, 3)?,
                content_identifier: row.get::<_, Option<Box<str>>>(7)?,
                assets: SmallVec::new(),
                exported: 0,
                edits: SmallVec::new(),
                placed: Roles::default(),
                undone: row.get(8)?,
                elsewhere: false,
                apart: Roles::default(),
            };
            memory.add_link(link);
        }
        memory.make_room();
        self.each("select link, fingerprint, size, role from link_resource", [], |row| {
            let (at, role) = (memory.position(LinkId(row.get(0)?)), ResourceRole::from_code(row.get(3)?));
            if let Some((at, role)) = at.zip(role) {
                memory.add_resource(at, role, row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs());
            }
            Ok(())
        })?;
        let all = folders.iter().map(|folder| (folder, true)).chain(giving.iter().map(|folder| (folder, false)));
        for (folder, is_kept) in all {
            let sql = "select link, path, role, former, written from link_path where folder = ?1";
            self.each(sql, [folder.0], |row| {
                let (Some(at), Some(role)) =
                    (memory.position(LinkId(row.get(0)?)), ResourceRole::from_code(row.get(2)?))
                else {
                    return Ok(());
                };
                if is_kept {
                    memory.add_placed(at, role);
                }
                let written: Option<Fingerprint> = row.get(4)?;
                written.into_iter().for_each(|bytes| memory.add_written(bytes));
                if !row.get::<_, bool>(3)? {
                    let by = if written.is_some() { LaidBy::Us } else { LaidBy::Others };
                    memory.add_path(at, *folder, row.get::<_, StoredPath>(1)?.0, by);
                }
                Ok(())
            })?;
        }
        let others = self.others(folders)?.into_iter().map(|(other, is_for_itself)| (other, Some(is_for_itself)));
        for (other, for_itself) in others.chain(self.released(folders)?.into_iter().map(|gone| (gone, None))) {
            self.each("select link, role from link_path where folder = ?1", [other.0], |row| {
                let (at, role) = (memory.position(LinkId(row.get(0)?)), ResourceRole::from_code(row.get(1)?));
                at.zip(role).into_iter().for_each(|(at, role)| match for_itself {
                    Some(is_for_itself) => memory.add_elsewhere(at, role, is_for_itself),
                    None => memory.add_gone(at, role),
                });
                Ok(())
            })?;
        }
        let sql = "select link, asset, edited, render, exported, told from link_asset where library = ?1";
        self.each(sql, [library.0], |row| {
            if let Some(at) = memory.position(LinkId(row.get(0)?)) {
                let edit = if row.get(2)? { Edit::Edited(row.get(3)?) } else { Edit::None };
                let exported = if row.get(4)? { Some(edit) } else { None };
                if row.get(5)? {
                    memory.add_with_words(AssetId(row.get(1)?));
                }
                memory.add_asset(at, AssetId(row.get(1)?), exported);
            }
            Ok(())
        })?;
        self.each("select fingerprint, link from shown", [], |row| {
            if let Some(at) = memory.position(LinkId(row.get(1)?)) {
                memory.add_shown(row.get(0)?, at);
            }
            Ok(())
        })?;
        self.all_told(library)?.into_iter().for_each(|(_, asset, telling)| memory.add_told(asset, telling));
        (memory.held, memory.lost) = (self.baseline(library)?.1, self.lost()?);
        self.decided(&mut memory, library)?;
        Ok(memory)
    }

    /// What a person said, and what came in since they took in the first of it.
    fn decided(&self, memory: &mut Memory, library: LibraryId) -> Result<(), LedgerError> {
        let mut first: Option<Timestamp> = None;
        self.each("select fingerprint, size, choice, made from decision", [], |row| {
            let decision = decision_of_word(row.get_ref(2)?.as_str().unwrap_or_default());
            memory.add_decision(row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), decision);
            let made: Option<Timestamp> = row.get_ref(3)?.as_str().ok().and_then(|text| text.parse().ok());
            if let Some(made) = made.filter(|_| decision == Decision::TakeIn) {
                memory.add_taken_in(row.get(0)?, made);
                first = Some(first.map_or(made, |first| first.min(made)));
            }
            Ok(())
        })?;
        let Some(first) = first else { return Ok(()) };
        let sql = "select a.asset, r.started from link_asset a join run r on r.id = a.run where a.library = ?1";
        self.each(sql, [library.0], |row| {
            let began: Option<Timestamp> = row.get_ref(1)?.as_str().ok().and_then(|text| text.parse().ok());
            if let Some(began) = began.filter(|began| *began > first) {
                memory.add_brought(AssetId(row.get(0)?), began);
            }
            Ok(())
        })
    }

    pub(super) fn each(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        mut visit: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), LedgerError> {
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query(parameters)?;
        while let Some(row) = rows.next()? {
            visit(row)?;
        }
        Ok(())
    }

    /// Remembers what a run found to be the same on both sides, all or nothing; returns how much that was. A first sync
    /// agrees about everything, so that they are made one at a time.
    pub fn agree(
        &mut self,
        library: LibraryId,
        agreements: impl Iterator<Item = Agreement>,
    ) -> Result<u64, LedgerError> {
        let transaction = self.connection.transaction()?;
        let mut count = 0;
        for agreement in agreements {
            record(&transaction, library, &agreement, Carried::Nothing)?;
            count += 1;
        }
        transaction.commit()?;
        Ok(count)
    }

    /// Remembers photos of a library, by their bytes, each with those of a file that shows the same: once that file is deleted,
    /// they are deleted with it.
    pub fn note_shown(&mut self, shown: &[(Fingerprint, Fingerprint)]) -> Result<(), LedgerError> {
        if shown.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for (photo, by) in shown {
            let sql = "insert or ignore into shown (fingerprint, link)
                       select ?1, link from link_resource where fingerprint = ?2";
            transaction.execute(sql, params![photo, by])?;
        }
        Ok(transaction.commit()?)
    }

    /// Keeps what a person said of these photos, all or nothing; `None` withdraws it.
    pub fn decide(
        &mut self,
        photos: &[Identified],
        decision: Option<Decision>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for Identified { fingerprint, size, name } in photos {
            match decision {
                Some(decision) => transaction.execute(
                    "insert into decision (fingerprint, size, choice, name, made) values (?1, ?2, ?3, ?4, ?5)
                     on conflict (fingerprint) do update set choice = ?3, name = ?4, made = ?5",
                    params![fingerprint, *size as i64, decision.as_str(), name, now.to_string()],
                )?,
                None => transaction.execute("delete from decision where fingerprint = ?1", [fingerprint])?,
            };
        }
        transaction.commit()?;
        Ok(())
    }

    /// Forgets that these were taken in: it was done, or there was nothing to do.
    pub fn use_up(&mut self, taken_in: &[Fingerprint]) -> Result<(), LedgerError> {
        for fingerprint in taken_in {
            self.connection
                .execute("delete from decision where fingerprint = ?1 and choice = 'take in'", [fingerprint])?;
        }
        Ok(())
    }

    /// Every decision that stands, newest first.
    pub fn decisions(&self) -> Result<Vec<DecisionRecord>, LedgerError> {
        let mut decisions = Vec::new();
        self.each("select fingerprint, choice, name, size from decision order by made desc, name", [], |row| {
            let decision = decision_of_word(row.get_ref(1)?.as_str().unwrap_or_default());
            let size = row.get::<_, i64>(3)?.unsigned_abs();
            let photo = Identified { fingerprint: row.get(0)?, size, name: row.get(2)? };
            decisions.push(DecisionRecord { photo, decision });
            Ok(())
        })?;
        Ok(decisions)
    }

    /// How many links and decisions there are.
    pub fn counts(&self) -> Result<(u64, u64), LedgerError> {
        let count = |table: &str| {
            self.connection
                .query_row(&format!("select count(*) from {table}"), [], |row| row.get::<_, i64>(0))
                .map(i64::unsigned_abs)
        };
        Ok((count("link")?, count("decision")?))
    }

    /// How many photos of any library were ever exported.
    pub fn exported(&self) -> Result<u64, LedgerError> {
        let sql = "select count(distinct link) from link_asset where exported";
        Ok(self.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }
}

fn decision_of_word(word: &str) -> Decision {
    let all = [Decision::TakeIn, Decision::Join];
    all.into_iter().find(|decision| decision.as_str() == word).unwrap_or(Decision::LeaveOut)
}

/// Said once, done once: else the photo would come back each time that its owner deletes it. So with what was joined.
pub(super) fn withdraw_take_in(transaction: &Transaction<'_>, fingerprint: Fingerprint) -> Result<(), LedgerError> {
    transaction
        .prepare_cached("delete from decision where fingerprint = ?1 and choice in ('take in', 'join')")?
        .execute([fingerprint])?;
    Ok(())
}

/// Adds to the link of this asset or these bytes, or makes one. A path belongs to the photo that lay there last; an asset
/// to the link that it was first found to be. What is carried is undone no longer.
pub(super) fn record(
    transaction: &Transaction<'_>,
    library: LibraryId,
    agreement: &Agreement,
    carried: Carried,
) -> Result<(), LedgerError> {
    if agreement.apart {
        part(transaction, agreement)?;
    }
    let link = match find(transaction, library, agreement)? {
        Some(link) => link,
        None => insert_link(transaction, agreement)?,
    };
    let (asset_run, file_run) = match carried {
        Carried::Nothing => (None, None),
        Carried::Asset(run) => (Some(run), None),
        Carried::Files(run) => (None, Some(run)),
    };
    if carried != Carried::Nothing {
        transaction.prepare_cached("update link set undone = 0 where id = ?1 and undone")?.execute([link])?;
    }
    let mut resource = transaction.prepare_cached(
        "insert or ignore into link_resource (link, role, fingerprint, size) values (?1, ?2, ?3, ?4)",
    )?;
    let mut path = transaction.prepare_cached(
        "insert into link_path (folder, path, link, role, run, written) values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (folder, path, link) do update
         set role = excluded.role, run = coalesce(excluded.run, run), written = coalesce(excluded.written, written),
             former = 0",
    )?;
    let mut leave = transaction.prepare_cached(
        "update link_path set former = 1 where folder = ?1 and path = ?2 and link <> ?3 and not former",
    )?;
    for file in &agreement.files {
        if file.role.is_picture() {
            resource.execute(params![link, file.role.code(), file.fingerprint, file.size as i64])?;
        }
        leave.execute(params![agreement.folder.0, path_value(&file.path), link])?;
        if carried != Carried::Nothing {
            withdraw_take_in(transaction, file.fingerprint)?;
        }
        let written = file_run.map(|_| file.fingerprint);
        path.execute(params![agreement.folder.0, path_value(&file.path), link, file.role.code(), file_run, written])?;
    }
    for made in &agreement.made {
        resource.execute(params![link, made.role.code(), made.fingerprint, made.size as i64])?;
    }
    if let Some(asset) = &agreement.asset {
        let (edited, render) = match agreement.edit.unwrap_or_default() {
            Edit::None => (false, None),
            Edit::Edited(render) => (true, render),
        };
        transaction
            .prepare_cached(
                "insert into link_asset (library, asset, link, edited, render, run, exported, told)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?8, ?9)
                 on conflict (library, asset) do update
                 set link = excluded.link, run = coalesce(excluded.run, run), exported = exported or excluded.exported,
                     edited = case when ?7 then excluded.edited else edited end,
                     render = case when ?7 then excluded.render else render end",
            )?
            .execute(params![
                library.0,
                asset.0,
                link,
                edited,
                render,
                asset_run,
                agreement.edit.is_some(),
                file_run.is_some(),
                agreement.told
            ])?;
    }
    Ok(())
}

/// A file that we laid has another name in its directory.
pub(super) fn rename(
    transaction: &Transaction<'_>,
    folder: FolderId,
    from: &Path,
    to: &Path,
) -> Result<(), LedgerError> {
    let leave = "update link_path set former = 1 where folder = ?1 and path = ?2";
    transaction.execute(leave, params![folder.0, path_value(to)])?;
    transaction.execute(
        "update or replace link_path set path = ?3 where folder = ?1 and path = ?2 and written is not null and not former",
        params![folder.0, path_value(from), path_value(to)],
    )?;
    Ok(())
}

/// Takes these files out of the links of other photos.
fn part(transaction: &Transaction<'_>, agreement: &Agreement) -> Result<(), LedgerError> {
    for file in &agreement.files {
        transaction.execute("delete from link_resource where fingerprint = ?1", [file.fingerprint])?;
        let path = params![agreement.folder.0, path_value(&file.path)];
        transaction.execute("delete from link_path where folder = ?1 and path = ?2", path)?;
    }
    Ok(())
}

fn insert_link(transaction: &Transaction<'_>, agreement: &Agreement) -> Result<i64, LedgerError> {
    let captured = CaptureColumns::new(agreement.captured);
    let mut insert = transaction.prepare_cached(
        "insert into link (origin, kind, captured, captured_nanos, zone, captured_clock, content_identifier)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    Ok(insert.insert(params![
        agreement.origin.as_str(),
        kind_word(agreement.kind),
        captured.seconds,
        captured.nanos,
        captured.offset,
        captured.clock,
        agreement.content_identifier.as_deref(),
    ])?)
}

/// The link of the asset, else that of the bytes. The asset comes first: bytes can stand in several links (a video that
/// two Live Photos share), and an asset that changed its link would leave the other bytes of the old one without any.
fn find(transaction: &Transaction<'_>, library: LibraryId, agreement: &Agreement) -> Result<Option<i64>, LedgerError> {
    use rusqlite::OptionalExtension;
    if let Some(asset) = &agreement.asset {
        let mut by_asset =
            transaction.prepare_cached("select link from link_asset where library = ?1 and asset = ?2")?;
        if let Some(link) = by_asset.query_row(params![library.0, asset.0], |row| row.get(0)).optional()? {
            return Ok(Some(link));
        }
    }
    let first = agreement.files.first().filter(|file| file.role.is_picture()).map(|file| file.fingerprint);
    let Some(bytes) = agreement.beside.or(first) else { return Ok(None) };
    let mut by_bytes =
        transaction.prepare_cached("select link from link_resource where fingerprint = ?1 order by link limit 1")?;
    Ok(by_bytes.query_row([bytes], |row| row.get(0)).optional()?)
}
