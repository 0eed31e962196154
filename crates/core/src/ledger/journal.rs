//! The journal: what is being done, written before it is done, so that a crash leaves nothing open for ever.

use std::os::unix::ffi::{OsStrExt, OsStringExt};

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::facts::{self, CachedFact};
use super::links;
use super::{Ledger, LedgerError, LibraryId, RunId};
use crate::asset::{AssetId, MediaKind, ResourceRole};
use crate::capture::CaptureTime;
use crate::fingerprint::Fingerprint;
use crate::memory::Agreement;

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

/// The number of an entry in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalId(i64);

impl Ledger {
    /// Writes down, durably, that an import begins.
    pub fn begin(&mut self, run: RunId, library: LibraryId, intent: &Intent) -> Result<JournalId, LedgerError> {
        let json = serde_json::to_string(intent)
            .map_err(|source| LedgerError::Failed { what: "written", source: Box::new(source) })?;
        self.connection.execute(
            "insert into journal (run, library, asset, intent) values (?1, ?2, ?3, ?4)",
            params![run.0, library.0, intent.asset.0, json],
        )?;
        Ok(JournalId(self.connection.last_insert_rowid()))
    }

    /// Records the outcome and closes the entry, all or nothing.
    pub fn conclude(
        &mut self,
        entry: JournalId,
        library: LibraryId,
        agreement: &Agreement,
        taken_in: Option<Fingerprint>,
        read: &[CachedFact],
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        if let Some(fingerprint) = taken_in {
            // Else the photo would come back each time that its owner deletes it.
            transaction.execute("delete from decision where fingerprint = ?1 and choice = 'take in'", [fingerprint])?;
        }
        links::record(&transaction, library, agreement)?;
        for fact in read {
            facts::store(&transaction, agreement.folder, fact)?;
        }
        transaction.execute("delete from journal where id = ?1", [entry.0])?;
        transaction.commit()?;
        Ok(())
    }

    /// Closes an entry of which nothing came.
    pub fn abandon(&mut self, entry: JournalId) -> Result<(), LedgerError> {
        self.connection.execute("delete from journal where id = ?1", [entry.0])?;
        Ok(())
    }

    /// Imports that were begun and never concluded. An entry that cannot be read stands for nothing and is not listed.
    pub fn open_intents(&self, library: LibraryId) -> Result<Vec<(JournalId, Intent)>, LedgerError> {
        let mut intents = Vec::new();
        self.each("select id, intent from journal where library = ?1 order by id", [library.0], |row| {
            if let Ok(intent) = serde_json::from_str(row.get_ref(1)?.as_str().unwrap_or_default()) {
                intents.push((JournalId(row.get(0)?), intent));
            }
            Ok(())
        })?;
        Ok(intents)
    }
}
