//! Remembers: links, decisions, the journal, runs and cached facts, in one SQLite file.
//!
//! The ledger is a memory, not the truth: without it both sides are matched anew, and only deletions and decisions are
//! forgotten. `docs/ledger.md` specifies the file.

mod baseline;
mod disks;
mod doubt;
mod facts;
mod folders;
mod history;
mod journal;
mod libraries;
mod links;
mod pictures;
mod row;
mod runs;
mod seen;
mod tellings;
mod undo;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

pub use doubt::{Doubt, Kinship, Recognised};
pub use facts::ResourceFact;
pub use history::{RunFilter, RunPage};
pub use journal::{
    ConcludedExport, ConcludedImport, ExportIntent, IntendedFile, IntendedRename, Intent, JournalId, OpenExport,
};
pub use links::{DecisionRecord, Identified};
pub use pictures::{FileState, PictureFact, ResourceState};
pub use runs::{Reached, RunRecord, RunState};
pub use tellings::TellingId;
pub use undo::{LeavingFile, MoveOut, PlacedFile, TakenBack};

use crate::data;

/// The version of the tables, kept in SQLite's `user_version`.
const VERSION: i64 = 23;

/// The version that first asked whether the runs beside it are newer.
const FORGETS: i64 = 7;

/// Copies of the ledger that are kept.
const BACKUPS: usize = 7;

/// A copy that is being made.
const HALF_COPY: &str = "ledger.sqlite.part";

/// The ledger's file within the data directory.
pub const FILE: &str = "ledger.sqlite";

/// The ledger's number for a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LibraryId(pub i64);

/// Why the ledger cannot be used. It is never overwritten.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A newer program wrote it.
    #[error(
        "the ledger {} was written by a newer Photobridge (format {found}, this one reads {VERSION}). \
         Nothing was changed. Update Photobridge", .path.display()
    )]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its format.
        found: i64,
    },
    /// It is damaged.
    #[error(
        "the ledger {} is damaged ({why}). Nothing was changed. `photobridge ledger rebuild` sets it aside and makes a \
         new one from the folder and the library; copies of earlier days lie in {}",
        .path.display(), .backups.display()
    )]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
        /// Where its copies lie.
        backups: PathBuf,
    },
    /// It cannot be opened or written here and now.
    #[error(
        "the ledger {} cannot be opened ({why}). It was left as it is. Check that its disk has room and can lock \
         files, and that you may write there", .path.display()
    )]
    Unusable {
        /// The ledger.
        path: PathBuf,
        /// The cause.
        why: String,
    },
    /// The file system or SQLite failed.
    #[error("the ledger could not be {what}: {source}")]
    Failed {
        /// What was tried.
        what: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<rusqlite::Error> for LedgerError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Failed { what: "read or written", source: Box::new(source) }
    }
}

/// Makes readers and the writer stay out of each other's way. Of several that make the ledger at once all but one are
/// refused at first, since SQLite's busy timeout does not count here.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut patience = 200;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && patience > 0 => {
                patience -= 1;
                std::thread::sleep(Duration::from_millis(25));
            }
            result => return result,
        }
    }
}

/// The open ledger.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    directory: PathBuf,
}

impl Ledger {
    /// Opens the ledger of a data directory, or makes one; checks it first.
    pub fn open(directory: &Path) -> Result<Self, LedgerError> {
        let path = directory.join(FILE);
        let backups = directory.join("backups");
        let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                LedgerError::Damaged { path: path.clone(), why: error.to_string(), backups: backups.clone() }
            }
            // A full disk or a missing right says nothing about the ledger itself.
            _ => LedgerError::Unusable { path: path.clone(), why: error.to_string() },
        };
        // Where that fails SQLite says why.
        let _ = data::prepare(&path);
        let connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(failed)?;
        let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0)).map_err(failed)?;
        if found > VERSION {
            return Err(LedgerError::Newer { path, found });
        }
        write_ahead(&connection).map_err(failed)?;
        connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
        // Words that a column allows were checked when they were written, and take longer than all the rest together.
        connection.pragma_update(None, "ignore_check_constraints", true).map_err(failed)?;
        let verdict: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0)).map_err(failed)?;
        connection.pragma_update(None, "ignore_check_constraints", false).map_err(failed)?;
        if verdict != "ok" {
            return Err(LedgerError::Damaged { path, why: verdict, backups });
        }
        // Not before the tables are as they should be: one that is made anew is away for a moment.
        connection.pragma_update(None, "foreign_keys", false).map_err(failed)?;
        let mut ledger = Self { connection, directory: directory.to_owned() };
        ledger.migrate(found)?;
        ledger.connection.pragma_update(None, "foreign_keys", true)?;
        if (1..FORGETS).contains(&found) {
            // What lay beside an older one was never compared with it.
            ledger.accept_unknown_runs()?;
        }
        Ok(ledger)
    }

    /// Opens the ledger of a data directory to look something up, where there is one. It is not checked from end to end,
    /// which takes a tenth of a second for 100,000 photos: whoever acts opens it with [`Ledger::open`].
    pub fn look(directory: &Path) -> Result<Option<Self>, LedgerError> {
        let path = directory.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let unusable = |error: rusqlite::Error| LedgerError::Unusable { path: path.clone(), why: error.to_string() };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(unusable)?;
        connection.busy_timeout(Duration::from_secs(10)).map_err(unusable)?;
        let found = connection.query_row("pragma user_version", [], |row| row.get::<_, i64>(0));
        if found.as_ref().is_ok_and(|found| *found == VERSION) {
            connection.pragma_update(None, "query_only", true).map_err(unusable)?;
            return Ok(Some(Self { connection, directory: directory.to_owned() }));
        }
        drop(connection);
        // An older one is brought up to date, and of any other it is said what is wrong.
        Self::open(directory).map(Some)
    }

    /// Brings an older ledger to [`VERSION`], one version a step, all in one transaction: a new one needs the disk once. Another
    /// process may be at the same: what it has done by the time that we may write is not done again.
    fn migrate(&mut self, found: i64) -> Result<(), LedgerError> {
        const STEPS: [&str; VERSION as usize] = [
            include_str!("schema.sql"),
            include_str!("schema-2.sql"),
            include_str!("schema-3.sql"),
            include_str!("schema-4.sql"),
            include_str!("schema-5.sql"),
            include_str!("schema-6.sql"),
            include_str!("schema-7.sql"),
            include_str!("schema-8.sql"),
            include_str!("schema-9.sql"),
            include_str!("schema-10.sql"),
            include_str!("schema-11.sql"),
            include_str!("schema-12.sql"),
            include_str!("schema-13.sql"),
            include_str!("schema-14.sql"),
            include_str!("schema-15.sql"),
            include_str!("schema-16.sql"),
            include_str!("schema-17.sql"),
            include_str!("schema-18.sql"),
            include_str!("schema-19.sql"),
            include_str!("schema-20.sql"),
            include_str!("schema-21.sql"),
            include_str!("schema-22.sql"),
            include_str!("schema-23.sql"),
        ];
        if found == VERSION {
            return Ok(());
        }
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
        for (version, step) in (1..).zip(STEPS).skip(usize::try_from(found).unwrap_or(0)) {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Keeps a dated copy beside the ledger, and the last seven of them.
    pub fn back_up(&self, now: jiff::Timestamp) -> Result<(), LedgerError> {
        let failed = |source: std::io::Error| LedgerError::Failed { what: "copied", source: Box::new(source) };
        let backups = self.directory.join("backups");
        data::directory(&backups).map_err(failed)?;
        let name = format!("ledger-{}.sqlite", now.strftime("%Y%m%dT%H%M%S"));
        let copy = backups.join(&name);
        if copy.exists() {
            return Ok(());
        }
        self.discard_half_copy()?;
        let half = backups.join(HALF_COPY);
        data::prepare(&half).map_err(failed)?;
        self.connection.execute("vacuum into ?1", [half.to_string_lossy()])?;
        std::fs::rename(&half, &copy).map_err(failed)?;
        let mut copies: Vec<PathBuf> = std::fs::read_dir(&backups)
            .map_err(failed)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "sqlite"))
            .collect();
        copies.sort();
        // A copy from a time when the clock was wrong must not push out the one that was just made.
        copies.retain(|other| *other != copy);
        for old in copies.iter().rev().skip(BACKUPS - 1) {
            std::fs::remove_file(old).map_err(failed)?;
        }
        Ok(())
    }

    /// Removes what a run that died has copied.
    pub fn discard_half_copy(&self) -> Result<(), LedgerError> {
        for suffix in ["", "-journal"] {
            match std::fs::remove_file(self.directory.join("backups").join(format!("{HALF_COPY}{suffix}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(LedgerError::Failed { what: "copied", source: Box::new(error) });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// SQLite's own full check of the file; the problems found, none if it is whole.
    pub fn check(&self) -> Result<Vec<String>, LedgerError> {
        let mut statement = self.connection.prepare("pragma integrity_check")?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let mut problems: Vec<String> = rows.collect::<Result<_, _>>()?;
        problems.retain(|problem| problem != "ok");
        let mut statement = self.connection.prepare("pragma foreign_key_check")?;
        let orphans = statement.query_map([], |row| row.get::<_, String>(0))?;
        for table in orphans {
            problems.push(format!("a row of {} points nowhere", table?));
        }
        Ok(problems)
    }

    /// Sets a ledger aside under a dated name, so that a new one can be made. Returns that name, if there was a ledger.
    pub fn set_aside(directory: &Path, now: jiff::Timestamp) -> Result<Option<PathBuf>, LedgerError> {
        let failed = |source: std::io::Error| LedgerError::Failed { what: "set aside", source: Box::new(source) };
        let stamp = now.strftime("%Y%m%dT%H%M%S");
        let named = |number: u32| match number {
            1 => directory.join(format!("ledger-set-aside-{stamp}.sqlite")),
            _ => directory.join(format!("ledger-set-aside-{stamp} ({number}).sqlite")),
        };
        let aside = (1..).map(named).find(|path| !path.exists()).expect("numbers do not end");
        let mut moved = None;
        for suffix in ["-shm", "-wal", ""] {
            let old = directory.join(format!("{FILE}{suffix}"));
            if old.exists() {
                let mut new = aside.clone().into_os_string();
                new.push(suffix);
                std::fs::rename(&old, &new).map_err(failed)?;
                moved = Some(aside.clone());
            }
        }
        Ok(moved)
    }
}
