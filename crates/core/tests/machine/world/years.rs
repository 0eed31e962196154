//! What happens to a household over the years: disks that are away, moves, backups that are put back.

use std::fs;
use std::path::{Path, PathBuf};

use photobridge_core::ledger::{self, Doubt, Ledger};
use photobridge_core::run::Command;
use photobridge_core::sync::SyncError;

use super::{Ran, World};
use crate::check::{Checked, ensure, nothing_changed};
use crate::operation::Thing;

impl World {
    fn beside(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// What was there is copied.
    pub fn back_up(&mut self, thing: Thing) {
        self.tell(format!("{thing:?} is backed up"));
        match thing {
            Thing::Folder => {
                copy_all(&self.folder(), &self.beside("folder then"));
                self.online_then = self.online.clone();
            }
            Thing::Library => self.library_then = Some(self.shelf.kept()),
            Thing::Ledger if self.data().join(ledger::FILE).exists() => {
                let _ = fs::remove_file(self.beside("ledger then"));
                let ledger = rusqlite::Connection::open(self.data().join(ledger::FILE)).expect("the ledger");
                ledger.execute("vacuum into ?1", [self.beside("ledger then").to_string_lossy()]).expect("copied");
                self.ledger_then = Some((self.model.clone(), self.synced));
            }
            Thing::Ledger => {}
        }
    }

    /// What was backed up takes the place of what is there now.
    pub fn put_back(&mut self, thing: Thing) {
        match thing {
            Thing::Folder if self.beside("folder then").exists() => {
                self.tell("the folder is restored from its backup");
                empty(&self.folder());
                copy_all(&self.beside("folder then"), &self.folder());
                self.online = self.online_then.clone();
            }
            Thing::Library => {
                let Some(then) = self.library_then.clone() else { return };
                self.tell("the library is restored from its backup");
                self.shelf.change(|all| *all = then);
            }
            Thing::Ledger => {
                let Some((model, synced)) = self.ledger_then.clone() else { return };
                self.tell("the ledger is restored from its backup");
                for suffix in ["", "-wal", "-shm"] {
                    let _ = fs::remove_file(self.data().join(format!("{}{suffix}", ledger::FILE)));
                }
                fs::create_dir_all(self.data()).expect("a data directory");
                fs::copy(self.beside("ledger then"), self.data().join(ledger::FILE)).expect("restored");
                (self.model.met, self.model.decisions, self.synced) = (model.met, model.decisions, synced);
            }
            Thing::Folder => {}
        }
    }

    /// The folder lies elsewhere: renamed, or copied and the old one thrown away.
    pub fn move_folder(&mut self, copied: bool) -> Checked {
        self.moves += 1;
        let (old, new) = (self.folder(), self.beside(&format!("folder {}", self.moves)));
        self.tell(format!("the folder is {} to {}", if copied { "copied" } else { "moved" }, new.display()));
        match copied {
            true => {
                copy_all(&old, &new);
                fs::remove_dir_all(&old).expect("gone");
            }
            false => fs::rename(&old, &new).expect("renamed"),
        }
        self.place = format!("folder {}", self.moves).into();
        if !copied {
            return Ok(());
        }
        match self.run(Command::Sync, None)? {
            Ran::Finished(_) => Ok(()),
            Ran::Stopped(error) => Err(format!("the run stopped: {error}")),
            Ran::Died(step) => Err(format!("nobody killed it, but it died at {step}")),
        }
    }

    /// Where less than half of a folder lies as it did, or the ledger is older than the move, a person says what it is.
    pub fn say_which_folder(&mut self) {
        if !self.settings.mode.exports() || !self.data().join(ledger::FILE).exists() {
            return;
        }
        let path = fs::canonicalize(self.folder()).expect("it is there");
        let mut ledger = Ledger::open(&self.data()).expect("it opens");
        if let Some(Doubt::MayBe { from, .. }) = ledger.doubt_about(&path).expect("an answer") {
            self.tell(format!("a person says that the folder is the one that was at {}", from.display()));
            assert!(ledger.is_same_folder(&path, &from).expect("kept"), "it was named");
        }
    }

    /// A sync while another directory stands where the folder was: nothing of what is known there may go into it.
    pub fn sync_while_away(&mut self) -> Checked {
        // The second folder is there all the same, and is synced.
        if self.settings.second || !self.data().join(ledger::FILE).exists() || !self.knows_photos() {
            return Ok(());
        }
        self.tell("the folder is away, and we sync");
        let (folder, aside) = (self.folder(), self.beside("away"));
        let before = self.look();
        fs::rename(&folder, &aside).expect("away");
        fs::create_dir(&folder).expect("a mount point");
        let ran = self.run(Command::Sync, None)?;
        let there = self.files();
        fs::remove_dir_all(&folder).expect("gone");
        fs::rename(&aside, &folder).expect("back");
        ensure!(there.is_empty(), "(5) exported into an empty mount point: {:?}", there.keys());
        let exports = self.settings.mode.exports();
        let is_refused = matches!(ran, Ran::Stopped(SyncError::AnotherFolder { .. }));
        ensure!(is_refused == exports, "a folder that is away is {}", if exports { "synced" } else { "refused" });
        let after = self.look();
        match exports {
            true => nothing_changed(&before, &after),
            false => {
                ensure!(before.kept == after.kept, "an empty directory changed the library");
                Ok(())
            }
        }
    }

    /// Whether the ledger knows of photos in the folder.
    fn knows_photos(&self) -> bool {
        let Ok(path) = fs::canonicalize(self.folder()) else { return false };
        let ledger = rusqlite::Connection::open(self.data().join(ledger::FILE)).expect("the ledger");
        let sql = "select exists (select 1 from link_path p join folder f on f.id = p.folder
                   join link_resource r on r.link = p.link and r.role = p.role join link l on l.id = p.link
                   where f.path = ?1 and not p.former and not l.undone)";
        ledger.query_row(sql, [path.to_string_lossy()], |row| row.get(0)).expect("an answer")
    }
}

/// Takes everything out of a directory, which stays the same one.
fn empty(directory: &Path) {
    for entry in fs::read_dir(directory).expect("listed") {
        let entry = entry.expect("listed");
        let is_directory = entry.file_type().expect("a type").is_dir();
        if is_directory { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) }.expect("gone");
    }
}

/// Copies what lies in a directory with the times of its files, in the place of what lay in the other one.
fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    empty(to);
    for entry in fs::read_dir(from).expect("listed") {
        let entry = entry.expect("listed");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("copied");
            let modified = entry.metadata().and_then(|found| found.modified()).expect("a time");
            let file = fs::File::options().write(true).open(&target).expect("it opens");
            file.set_modified(modified).expect("dated");
        }
    }
}
