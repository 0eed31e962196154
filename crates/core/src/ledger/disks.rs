//! The directories of a folder that were disks of their own when it was looked at last.

use std::path::{Path, PathBuf};

use rusqlite::params;

use super::row::{StoredPath, path_value};
use super::{Ledger, LedgerError};
use crate::item::FolderId;

impl Ledger {
    /// Those of a folder, as paths below it.
    pub fn disks(&self, folder: FolderId) -> Result<Vec<PathBuf>, LedgerError> {
        let mut disks = Vec::new();
        self.each("select path from disk where folder = ?1 order by path", [folder.0], |row| {
            disks.push(row.get::<_, StoredPath>(0)?.0);
            Ok(())
        })?;
        Ok(disks)
    }

    /// The files that were seen in a directory of a folder when it was looked at last: their paths below the directory, and their
    /// sizes.
    pub fn seen_below(&self, folder: FolderId, directory: &Path) -> Result<Vec<(PathBuf, u64)>, LedgerError> {
        let files = self.looked_at(folder.0)?.into_iter();
        let below = files.filter_map(|file| Some((file.path.strip_prefix(directory).ok()?.to_owned(), file.size)));
        Ok(below.collect())
    }

    /// Directories of a folder that are disks of their own, and some that are none any more.
    pub fn note_disks(&mut self, folder: FolderId, are: &[&Path], are_none: &[PathBuf]) -> Result<(), LedgerError> {
        if are.is_empty() && are_none.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for disk in are {
            let insert = "insert or ignore into disk (folder, path) values (?1, ?2)";
            transaction.execute(insert, params![folder.0, path_value(disk)])?;
        }
        for disk in are_none {
            let delete = "delete from disk where folder = ?1 and path = ?2";
            transaction.execute(delete, params![folder.0, path_value(disk)])?;
        }
        Ok(transaction.commit()?)
    }

    /// A person said that the disk that was this directory is gone for good: what lay on it counts as deleted. `false` where
    /// none is known there.
    pub fn release_disk(&mut self, directory: &Path) -> Result<bool, LedgerError> {
        let mut released = Vec::new();
        let sql = "select f.id, f.path, d.path from disk d join folder f on f.id = d.folder";
        self.each(sql, [], |row| {
            let (folder, place, disk) = (row.get(0)?, row.get::<_, StoredPath>(1)?.0, row.get::<_, StoredPath>(2)?.0);
            if place.join(&disk) == directory {
                released.push((FolderId(folder), disk));
            }
            Ok(())
        })?;
        for (folder, disk) in &released {
            self.note_disks(*folder, &[], std::slice::from_ref(disk))?;
        }
        Ok(!released.is_empty())
    }
}
