//! What happens to a household over the years: disks that are away, moves, backups that are put back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use photobridge_core::folder::Folders;
use photobridge_core::ledger::{self, Doubt, Ledger};
use photobridge_core::memory::Decision;
use photobridge_core::run::{Command, RunId};
use photobridge_core::sync::SyncError;
use photobridge_folders::Everywhere;

use super::{Model, Ran, SECOND, World};
use crate::check::{Checked, ensure, nothing_changed};
use crate::operation::{How, Thing};
use crate::pictures::Picture;

/// What one computer of the household knows, while another one syncs.
#[derive(Default)]
pub struct Computer {
    met: BTreeSet<Picture>,
    held: BTreeSet<Picture>,
    knows_held: bool,
    decisions: BTreeMap<Picture, Decision>,
    baseline: Option<Timestamp>,
    synced: Option<RunId>,
    ledger_then: Option<(Model, Option<RunId>)>,
}

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
                let _ = fs::remove_file(self.kept_ledger());
                let ledger = rusqlite::Connection::open(self.data().join(ledger::FILE)).expect("the ledger");
                ledger.execute("vacuum into ?1", [self.kept_ledger().to_string_lossy()]).expect("copied");
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
                fs::copy(self.kept_ledger(), self.data().join(ledger::FILE)).expect("restored");
                if self.is_baseline_to_come() {
                    (self.model.held, self.model.knows_held) = (model.held, model.knows_held);
                }
                (self.model.met, self.model.decisions, self.synced) = (model.met, model.decisions, synced);
            }
            Thing::Folder => {}
        }
    }

    fn kept_ledger(&self) -> PathBuf {
        self.beside(&format!("ledger then of {}", self.computer))
    }

    /// The folder lies elsewhere. Returns what is still to arrive there.
    pub fn move_folder(&mut self, how: How) -> Option<PathBuf> {
        self.moves += 1;
        let (old, new) = (self.folder(), self.beside(&format!("folder {}", self.moves)));
        self.tell(format!("the folder is {how:?} to {}", new.display()));
        self.place = format!("folder {}", self.moves).into();
        match how {
            How::Moved | How::Renamed => fs::rename(&old, &new).expect("renamed"),
            How::Copied | How::HalfCopied => copy_all(&old, &new),
        }
        if matches!(how, How::Moved | How::Renamed) {
            // Until a sync finds it there, an undo looks for it where it was, and refuses.
            self.synced = None;
        }
        match how {
            How::Moved => None,
            How::Renamed => {
                fs::create_dir(&old).expect("its client makes an empty one");
                None
            }
            How::Copied => {
                fs::remove_dir_all(&old).expect("gone");
                None
            }
            How::HalfCopied => {
                let aside = self.beside(&format!("rest {}", self.moves));
                fs::rename(&old, &aside).expect("away");
                let own = self.files().into_keys().filter(|path| !path.starts_with(SECOND));
                own.step_by(2).for_each(|path| {
                    fs::remove_file(new.join(&path)).expect("created by the first import");
                });
                self.online.retain(|path, _| path.starts_with(SECOND) || new.join(path).exists());
                Some(aside)
            }
        }
    }

    /// What was not copied yet arrives, where nothing lies in its place.
    pub fn arrive(&mut self, rest: Option<PathBuf>) {
        let Some(rest) = rest else { return };
        self.tell("the rest of the folder arrives");
        let here = self.folder();
        self.place = rest.file_name().expect("a name").into();
        let files = self.files();
        self.place = here.file_name().expect("a name").into();
        for (path, file) in files.into_iter().filter(|(path, _)| !path.starts_with(SECOND)) {
            let target = here.join(&path);
            let is_stand_in = path.extension().is_some_and(|ending| ending == "nextcloud");
            if !target.exists() && !is_stand_in {
                fs::create_dir_all(target.parent().expect("below the folder")).expect("a directory");
                fs::write(&target, &file.bytes).expect("written");
                let copied = fs::File::options().write(true).open(&target).expect("it opens");
                copied.set_modified(file.modified).expect("dated");
            }
        }
        fs::remove_dir_all(rest).expect("gone");
    }

    /// The other computer goes on with what it knows, and with its own settings of what is old.
    pub fn switch_computer(&mut self) {
        self.computer = 1 - self.computer;
        self.tell(format!("from now on computer {} syncs", self.computer));
        let now = Computer {
            met: std::mem::take(&mut self.model.met),
            held: std::mem::take(&mut self.model.held),
            knows_held: self.model.knows_held,
            decisions: std::mem::take(&mut self.model.decisions),
            baseline: self.settings.export.baseline,
            synced: self.synced.take(),
            ledger_then: self.ledger_then.take(),
        };
        let Computer { met, held, knows_held, decisions, baseline, synced, ledger_then } =
            std::mem::replace(&mut self.other, now);
        self.model = Model { met, held, knows_held, decisions, ..std::mem::take(&mut self.model) };
        self.settings.export.baseline = baseline;
        (self.synced, self.ledger_then) = (synced, ledger_then);
        // It is started anew, and has seen nothing of the folders yet: then all is looked at.
        self.seen = None;
    }

    /// Whether the baseline was set by a clock that was wrong.
    pub fn is_baseline_to_come(&self) -> bool {
        self.settings.export.baseline.is_some_and(|from| from > self.now)
    }

    /// Where less than half of a folder lies as it did, or the ledger is older than the move, a person says what it is.
    pub fn say_which_folder(&mut self) {
        if !self.settings.mode.exports() || !self.data().join(ledger::FILE).exists() {
            return;
        }
        let folder = Everywhere.open(&self.folder()).expect("it is there");
        let mut ledger = Ledger::open(&self.data()).expect("it opens");
        if let Some(Doubt::MayBe { from, .. }) = ledger.doubt_about(&*folder, &Everywhere, &[]).expect("an answer") {
            self.tell(format!("a person says that the folder is the one that was at {}", from.display()));
            assert!(ledger.is_same_folder(&*folder, &from).expect("kept").is_some(), "it was named");
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
