//! The journal: what is being done, written before it is done, so that a crash leaves nothing open for ever.

use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use jiff::Timestamp;
use photobridge_media::capture::CaptureTime;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::facts::{self, FactWriter, ResourceFact};
use super::links;
use super::row::StoredPath;
use super::{Ledger, LedgerError, LibraryId};
use crate::asset::{AssetId, MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::{CachedFact, FolderId};
use crate::memory::{Agreement, Carried, MadeFile};
use crate::run::RunId;

/// An import that was begun: enough to recognise the asset, should the process die before it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The prospective id.
    pub asset: AssetId,
    /// The ledger's number of the folder.
    pub folder: i64,
    /// Photo or video.
    pub kind: MediaKind,
    /// When it was taken.
    pub captured: Option<CaptureTime>,
    /// What ties its halves together.
    pub content_identifier: Option<Box<str>>,
    /// Role, path bytes and size of each file.
    pub files: Vec<(ResourceRole, Vec<u8>, u64)>,
    /// The bytes that a person took in: said once, done once.
    pub taken_in: Option<String>,
    /// It is a photo of its own, though it was found to be the same shot as another one.
    pub apart: bool,
    /// The motion photo of which its files are made: its fingerprint, and its length.
    #[serde(default)]
    pub whole: Option<(String, u64)>,
    /// The file becomes a part of an asset that is there; and the asset that it was alone, if it was one.
    #[serde(default)]
    pub joins: Option<Option<AssetId>>,
    /// It goes with what its archive tells of it.
    #[serde(default)]
    pub told: bool,
}

impl Intent {
    /// The files' paths below their folder.
    pub fn paths(&self) -> impl Iterator<Item = (ResourceRole, std::path::PathBuf, u64)> {
        let path = |bytes: &Vec<u8>| std::ffi::OsString::from_vec(bytes.clone()).into();
        self.files.iter().map(move |(role, bytes, size)| (*role, path(bytes), *size))
    }

    /// The form in which a path is kept.
    pub fn path_bytes(path: &std::path::Path) -> Vec<u8> {
        path.as_os_str().as_bytes().to_owned()
    }
}

/// An export that was begun: enough to find its files, should the process die before it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportIntent {
    /// The asset.
    pub asset: AssetId,
    /// The ledger's number of the folder.
    pub folder: i64,
    /// Photo or video.
    pub kind: MediaKind,
    /// When it was taken, as the library says.
    pub captured: Option<CaptureTime>,
    /// The time by which its files are dated.
    #[serde(default)]
    pub dated: Option<Timestamp>,
    /// The bytes of the directory's path below the folder.
    pub directory: Vec<u8>,
    /// Its files.
    pub files: Vec<IntendedFile>,
    /// Files that an earlier run laid there, and that get other names before these have theirs.
    #[serde(default)]
    pub renames: Vec<IntendedRename>,
    /// The bytes that lie in the folder already, of which these files are a part.
    pub beside: Option<String>,
    /// In which state of editing the asset is, where that version goes: edited or not, and the render's fingerprint.
    pub edit: Option<(bool, Option<String>)>,
    /// The bytes that a person took in.
    pub taken_in: Option<String>,
    /// Files of the library of which one of its files is made: the fingerprint and the length of each.
    #[serde(default)]
    pub made: Vec<(ResourceRole, String, u64)>,
}

/// One file of an [`ExportIntent`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntendedFile {
    /// What it is to the asset.
    pub role: ResourceRole,
    /// The name under which it is written.
    pub part: String,
    /// The name that it gets.
    pub name: String,
    /// Its bytes and their number, once all of them are written.
    pub written: Option<(String, u64)>,
    /// A file of its owner's had the name and the same bytes, so nothing was put there.
    #[serde(default)]
    pub adopted: bool,
}

/// One file that is to get another name in its directory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntendedRename {
    /// The name that it has.
    pub from: String,
    /// The name that it gets.
    pub to: String,
    /// Its bytes.
    pub written: String,
}

impl ExportIntent {
    /// The directory below the folder.
    pub fn directory(&self) -> PathBuf {
        std::ffi::OsString::from_vec(self.directory.clone()).into()
    }
}

/// An export that was begun and never concluded.
#[derive(Debug)]
pub struct OpenExport {
    /// Its entry.
    pub entry: JournalId,
    /// The run that began it.
    pub run: RunId,
    /// Where the asset is.
    pub library: LibraryId,
    /// What was to be done.
    pub intent: ExportIntent,
}

/// What became of an entry.
#[derive(Debug)]
pub struct ConcludedExport {
    /// The entry.
    pub entry: JournalId,
    /// The folder.
    pub folder: FolderId,
    /// Files that an earlier run laid there and that have other names now: what was their path, and what is.
    pub renamed: Vec<(PathBuf, PathBuf)>,
    /// What is in the folder now; nothing where nothing came of it.
    pub agreement: Option<Agreement>,
    /// The bytes that a person took in.
    pub taken_in: Option<Fingerprint>,
    /// What is known of the files that were written.
    pub written: Vec<CachedFact>,
    /// Files that lay there already with the same bytes: they are their owner's, and no undoing takes them away.
    pub adopted: Vec<PathBuf>,
    /// The files of which the library stores no fingerprint, each with the state in which it was listed.
    pub computed: Vec<(ResourceRole, i64)>,
}

/// What became of an import: it is in the library, and was seen there.
#[derive(Debug)]
pub struct ConcludedImport {
    /// The entry.
    pub entry: JournalId,
    /// The run that began it.
    pub run: RunId,
    /// What is the same on both sides now.
    pub agreement: Agreement,
    /// The bytes that a person took in.
    pub taken_in: Option<Fingerprint>,
    /// What is known of the files that were read.
    pub read: Vec<CachedFact>,
}

/// The number of an entry in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalId(pub(super) i64);

impl Ledger {
    /// Writes down, durably and all at once, that imports begin.
    pub fn begin_imports(
        &mut self,
        run: RunId,
        library: LibraryId,
        intents: &[&Intent],
    ) -> Result<Vec<JournalId>, LedgerError> {
        let entry = |intent: &&Intent| Ok((intent.folder, intent.asset.clone(), json(intent)?));
        self.begin(run, library, false, intents.iter().map(entry))
    }

    /// Writes down, durably and all at once, that exports begin.
    pub fn begin_exports(
        &mut self,
        run: RunId,
        library: LibraryId,
        intents: &[ExportIntent],
    ) -> Result<Vec<JournalId>, LedgerError> {
        let entry = |intent: &ExportIntent| Ok((intent.folder, intent.asset.clone(), json(intent)?));
        self.begin(run, library, true, intents.iter().map(entry))
    }

    /// Begins entries, each of a folder, an asset and what is intended with them.
    fn begin(
        &mut self,
        run: RunId,
        library: LibraryId,
        export: bool,
        intents: impl Iterator<Item = Result<(i64, AssetId, String), LedgerError>>,
    ) -> Result<Vec<JournalId>, LedgerError> {
        let sql = "insert into journal (run, library, folder, export, asset, intent) values (?1, ?2, ?3, ?4, ?5, ?6)";
        let transaction = self.connection.transaction()?;
        let mut entries = Vec::new();
        for intent in intents {
            let (folder, asset, intent) = intent?;
            let row = params![run.0, library.0, folder, export, asset.0, intent];
            transaction.prepare_cached(sql)?.execute(row)?;
            entries.push(JournalId(transaction.last_insert_rowid()));
        }
        transaction.commit()?;
        Ok(entries)
    }

    /// Writes down, durably and all at once, which bytes lie in the parts: from now on they may be given their names.
    pub fn parts_are_whole(&mut self, intents: &[(JournalId, &ExportIntent)]) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for (entry, intent) in intents {
            transaction
                .prepare_cached("update journal set intent = ?2 where id = ?1")?
                .execute(params![entry.0, json(intent)?])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Records what was exported and closes the entries, all or nothing.
    pub fn conclude_exports(
        &mut self,
        run: RunId,
        library: LibraryId,
        exports: &[ConcludedExport],
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for export in exports {
            for (from, to) in &export.renamed {
                links::rename(&transaction, export.folder, from, to)?;
            }
            if let Some(agreement) = &export.agreement {
                if let Some(fingerprint) = export.taken_in {
                    links::withdraw_take_in(&transaction, fingerprint)?;
                }
                links::record(&transaction, library, agreement, Carried::Files(run.0))?;
                let mut writer = FactWriter::new(&transaction)?;
                export.written.iter().try_for_each(|fact| writer.write(agreement.folder, fact))?;
                for path in &export.adopted {
                    transaction.execute(
                        "update link_path set run = null, written = null where folder = ?1 and path = ?2",
                        params![agreement.folder.0, super::row::path_value(path)],
                    )?;
                }
                if let Some(asset) = &agreement.asset {
                    let read = agreement.of_the_library().filter_map(|MadeFile { role, fingerprint, size }| {
                        let (_, state) = export.computed.iter().find(|(computed, _)| *computed == role)?;
                        let (asset, state) = (asset.clone(), Some(*state));
                        Some(ResourceFact { asset, role, size, state, fingerprint })
                    });
                    facts::store_resources(&transaction, library, read)?;
                }
            }
            transaction.prepare_cached("delete from journal where id = ?1")?.execute([export.entry.0])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Records what was imported and closes the entries, all or nothing.
    pub fn conclude_imports(&mut self, library: LibraryId, imports: &[ConcludedImport]) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for ConcludedImport { entry, run, agreement, taken_in, read } in imports {
            links::record(&transaction, library, agreement, Carried::Asset(run.0))?;
            close(&transaction, *entry, agreement.folder, *taken_in, read)?;
        }
        Ok(transaction.commit()?)
    }

    /// Records that a file became a part of a photo that was there, and closes the entry, all or nothing. No run imported
    /// that photo now, so none can take it back.
    pub fn conclude_join(
        &mut self,
        entry: JournalId,
        library: LibraryId,
        agreement: &Agreement,
        alone: Option<&AssetId>,
        taken_in: Option<Fingerprint>,
        read: &[CachedFact],
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        links::record(&transaction, library, agreement, Carried::Nothing)?;
        if let Some(alone) = alone {
            let gone = params![library.0, alone.0];
            transaction.execute("delete from link_asset where library = ?1 and asset = ?2", gone)?;
        }
        close(&transaction, entry, agreement.folder, taken_in, read)?;
        Ok(transaction.commit()?)
    }

    /// Closes entries of which nothing came, all or none.
    pub fn abandon(&mut self, entries: &[JournalId]) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for entry in entries {
            transaction.prepare_cached("delete from journal where id = ?1")?.execute([entry.0])?;
        }
        Ok(transaction.commit()?)
    }

    /// Imports that were begun and never concluded, with the run that began them. An entry that cannot be read stands for
    /// nothing and is not listed.
    pub fn open_intents(&self, library: LibraryId) -> Result<Vec<(JournalId, RunId, Intent)>, LedgerError> {
        let mut intents = Vec::new();
        let sql = "select id, run, intent from journal where library = ?1 and not export order by id";
        self.each(sql, [library.0], |row| {
            if let Ok(intent) = serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default()) {
                intents.push((JournalId(row.get(0)?), RunId(row.get(1)?), intent));
            }
            Ok(())
        })?;
        Ok(intents)
    }

    /// The folders into which a run began exports that were never concluded.
    pub fn folders_of_open_exports(&self, run: RunId) -> Result<Vec<(FolderId, PathBuf)>, LedgerError> {
        let mut folders = Vec::new();
        let sql = "select id, path from folder where id in (select folder from journal where run = ?1 and export = 1)";
        self.each(sql, [run.0], |row| {
            folders.push((FolderId(row.get(0)?), row.get::<_, StoredPath>(1)?.0));
            Ok(())
        })?;
        Ok(folders)
    }

    /// Exports into this folder that were begun and never concluded, from whichever library.
    pub fn open_exports(&self, folder: FolderId) -> Result<Vec<OpenExport>, LedgerError> {
        let mut exports = Vec::new();
        let sql = "select id, run, library, intent from journal where folder = ?1 and export = 1 order by id";
        self.each(sql, [folder.0], |row| {
            if let Ok(intent) = serde_json::from_str(row.get_ref(3)?.as_str().unwrap_or_default()) {
                let (entry, run, library) = (JournalId(row.get(0)?), RunId(row.get(1)?), LibraryId(row.get(2)?));
                exports.push(OpenExport { entry, run, library, intent });
            }
            Ok(())
        })?;
        Ok(exports)
    }
}

pub(super) fn json(intent: &impl Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(intent).map_err(|source| LedgerError::Failed { what: "written", source: Box::new(source) })
}

/// Takes what was read into the cache, uses up what a person had said, and ends the entry.
fn close(
    transaction: &rusqlite::Transaction<'_>,
    entry: JournalId,
    folder: FolderId,
    taken_in: Option<Fingerprint>,
    read: &[CachedFact],
) -> Result<(), LedgerError> {
    if let Some(fingerprint) = taken_in {
        links::withdraw_take_in(transaction, fingerprint)?;
    }
    let mut writer = FactWriter::new(transaction)?;
    read.iter().try_for_each(|fact| writer.write(folder, fact))?;
    drop(writer);
    transaction.prepare_cached("delete from journal where id = ?1")?.execute([entry.0])?;
    Ok(())
}
