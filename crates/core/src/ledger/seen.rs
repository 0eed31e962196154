//! What was seen in a folder last, and how much of it lies in a directory that may be that folder.

use std::path::PathBuf;

use super::row::StoredPath;
use super::{Ledger, LedgerError};
use crate::folder::{Folder, names};

/// Files of a folder that are looked for first, spread over all of them.
const SOME: usize = 20;

/// A file of a folder's photo as it is remembered.
pub(super) struct Remembered {
    link: i64,
    pub(super) path: PathBuf,
    pub(super) size: u64,
}

impl Remembered {
    /// Whether it lies in this folder, or a stand-in for it.
    pub(super) fn lies_in(&self, folder: &dyn Folder) -> bool {
        let is_as_long = folder.stat(&self.path).is_ok_and(|(_, found)| found.stamp.size == self.size);
        is_as_long || names::stand_ins(&self.path).iter().any(|stand_in| folder.stat(stand_in).is_ok())
    }
}

/// How many of these files lie in a folder.
fn lying_in<'f>(folder: &dyn Folder, files: impl Iterator<Item = &'f Remembered>) -> usize {
    files.filter(|file| file.lies_in(folder)).count()
}

impl Ledger {
    /// How many photos that did not come from a folder lay in it when it was looked at last and do not lie in this
    /// one, and how many lay there.
    pub(super) fn lacking(&self, id: i64, folder: &dyn Folder) -> Result<(usize, usize), LedgerError> {
        let mut seen = Vec::new();
        let sql = "select p.link, p.path, f.size from link_path p join link l on l.id = p.link
                   join fact f on f.folder = p.folder and f.path = p.path
                   where p.folder = ?1 and not p.former and not l.undone and l.origin <> 'folder' order by p.link";
        self.each(sql, [id], |row| {
            let (link, path) = (row.get(0)?, row.get::<_, StoredPath>(1)?.0);
            seen.push(Remembered { link, path, size: row.get::<_, i64>(2)?.unsigned_abs() });
            Ok(())
        })?;
        let photos = || seen.chunk_by(|a, b| a.link == b.link);
        let lacking = photos().filter(|photo| !photo.iter().any(|file| file.lies_in(folder))).count();
        Ok((lacking, photos().count()))
    }

    /// Whether photos lay in a folder that did not come from it: those might go out once more.
    pub(super) fn may_have_received(&self, id: i64) -> Result<bool, LedgerError> {
        let sql = "select exists (select 1 from link_path p join link l on l.id = p.link
                                  where p.folder = ?1 and l.origin <> 'folder')";
        Ok(self.connection.query_row(sql, [id], |row| row.get(0))?)
    }

    /// The files of a folder's photos, as far as no run was undone that brought them.
    fn files_of(&self, id: i64) -> Result<Vec<Remembered>, LedgerError> {
        let mut files = Vec::new();
        let sql = "select p.link, p.path, r.size from link_path p
                   join link_resource r on r.link = p.link and r.role = p.role join link l on l.id = p.link
                   where p.folder = ?1 and not p.former and not l.undone order by p.link";
        self.each(sql, [id], |row| {
            let (link, path) = (row.get(0)?, row.get::<_, StoredPath>(1)?.0);
            files.push(Remembered { link, path, size: row.get::<_, i64>(2)?.unsigned_abs() });
            Ok(())
        })?;
        Ok(files)
    }

    /// The same; of a folder of which nothing is linked, the files that were looked at in it: also an empty mount point is
    /// another directory than one that nothing went into or out of so far.
    pub(super) fn last_seen_in(&self, id: i64) -> Result<Vec<Remembered>, LedgerError> {
        let mut files = self.files_of(id)?;
        if files.is_empty() {
            files = self.looked_at(id)?;
        }
        Ok(files)
    }

    /// The files that lay in a folder when it was looked at last.
    pub(super) fn looked_at(&self, id: i64) -> Result<Vec<Remembered>, LedgerError> {
        let mut files = Vec::new();
        self.each("select path, size from fact where folder = ?1 order by path", [id], |row| {
            let (path, size) = (row.get::<_, StoredPath>(0)?.0, row.get::<_, i64>(1)?.unsigned_abs());
            files.push(Remembered { link: 0, path, size });
            Ok(())
        })?;
        Ok(files)
    }

    /// How many of the files that lay in a folder when it was looked at last lie in this one, and how many there were; if none
    /// did, the same of its photos.
    pub(super) fn seen_here(&self, id: i64, folder: &dyn Folder) -> Result<(usize, usize), LedgerError> {
        let files = self.looked_at(id)?;
        match files.is_empty() {
            true => self.share(id, folder),
            false => Ok((lying_in(folder, files.iter()), files.len())),
        }
    }

    /// How many of the files that lay in a folder when it was looked at last do not lie in this one, and how many there were;
    /// nothing if half of them do, or none lay there. If some of them tell, not all are looked for.
    pub(super) fn lacks_most(&self, id: i64, folder: &dyn Folder) -> Result<Option<(usize, usize)>, LedgerError> {
        let files = self.looked_at(id)?;
        let some = || files.iter().step_by(files.len().div_ceil(SOME).max(1));
        if !files.is_empty() && lying_in(folder, some()) * 2 >= some().count() {
            return Ok(None);
        }
        let (here, seen) = self.seen_here(id, folder)?;
        Ok((here * 2 < seen).then_some((seen - here, seen)))
    }

    /// How many photos lay in a folder of which none lies in this one; where none is linked, how many files.
    pub(super) fn photos_in(&self, id: i64, here: &dyn Folder) -> Result<usize, LedgerError> {
        Ok(match self.share(id, here)? {
            (_, 0) => self.last_seen_in(id)?.len(),
            (_, photos) => photos,
        })
    }

    /// How many photos of a folder lie in this one by name and size, and how many lay in that one when a person looked last.
    pub(super) fn share(&self, id: i64, here: &dyn Folder) -> Result<(usize, usize), LedgerError> {
        let files = self.files_of(id)?;
        let photos = files.chunk_by(|a, b| a.link == b.link);
        let (linked, here) = photos.fold((0_usize, 0_usize), |(linked, found), photo| {
            (linked + 1, found + usize::from(photo.iter().any(|file| file.lies_in(here))))
        });
        let sql = "select coalesce(max(gone_from_folder), 0) from synced where folder = ?1";
        let gone: i64 = self.connection.query_row(sql, [id], |row| row.get(0))?;
        let gone = usize::try_from(gone).unwrap_or(0);
        Ok((here, linked.saturating_sub(gone).max(here)))
    }
}
