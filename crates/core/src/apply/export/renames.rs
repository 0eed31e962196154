//! Gives files that an earlier run laid other names, so that what comes late has one stem with them. Never over anything, and
//! only while each has the bytes with which it was laid.

use std::path::{Path, PathBuf};

use crate::folder::{Folder, FolderError, Kind, place};
use crate::ledger::{ExportIntent, IntendedRename};
use crate::reason::Reason;

use super::Ending;

/// The renames of one photo in its folder.
pub(super) struct Renames<'a> {
    folder: &'a dyn Folder,
    directory: PathBuf,
    all: &'a [IntendedRename],
}

impl<'a> Renames<'a> {
    pub(super) fn of(folder: &'a dyn Folder, intent: &'a ExportIntent) -> Self {
        Self { folder, directory: intent.directory(), all: &intent.renames }
    }

    /// All of them or none. One that was done before stays done.
    pub(super) fn carry_out(&self) -> Result<(), Ending> {
        let failed = self.all.iter().find_map(|rename| self.forth(rename).err());
        failed.map_or(Ok(()), |error| {
            self.take_back();
            Err(match error {
                FolderError::Taken | FolderError::Gone => Ending::Skipped(Reason::ChangedSincePlanned),
                error => Ending::Failed(format!(
                    "the photo to which it belongs could not be given another name, so that both share one: {error}. Nothing \
                     was changed; the next sync looks again"
                )),
            })
        })
    }

    /// As far as each can be; nobody else may have its name, nor have changed it.
    pub(super) fn finish(&self) {
        for rename in self.all {
            // What cannot be renamed keeps its name: it is no less there.
            let _ = self.forth(rename);
        }
    }

    /// Gives the old names back, as far as nobody took them meanwhile.
    pub(super) fn take_back(&self) {
        for rename in self.all.iter().filter(|rename| self.is_done(rename)) {
            let _ = self.folder.rename(&self.path(&rename.to), rename.from.as_ref());
        }
    }

    /// The former and the present path of each file that has its new name.
    pub(super) fn done(&self) -> Vec<(PathBuf, PathBuf)> {
        let done = self.all.iter().filter(|rename| self.is_done(rename));
        done.map(|rename| (self.path(&rename.from), self.path(&rename.to))).collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn forth(&self, rename: &IntendedRename) -> Result<(), FolderError> {
        let (from, to) = (self.path(&rename.from), self.path(&rename.to));
        if self.is_done(rename) {
            return Ok(());
        }
        if !self.lies(&from, rename) {
            return Err(FolderError::Gone);
        }
        self.folder.rename(&from, rename.to.as_ref())?;
        if !self.lies(&to, rename) {
            // Somebody put another file there in between: it has its name back.
            let _ = self.folder.rename(&to, rename.from.as_ref());
            return Err(FolderError::Gone);
        }
        Ok(())
    }

    fn is_done(&self, rename: &IntendedRename) -> bool {
        let is_away = matches!(self.folder.stat(&self.path(&rename.from)), Err(FolderError::Gone));
        is_away && self.lies(&self.path(&rename.to), rename)
    }

    /// Whether a plain file lies there with the bytes with which it was laid.
    fn lies(&self, path: &Path, rename: &IntendedRename) -> bool {
        let is_file = self.folder.stat(path).is_ok_and(|(kind, _)| kind == Kind::File);
        is_file && rename.written.parse().is_ok_and(|bytes| place::holds(self.folder, path, bytes))
    }
}
