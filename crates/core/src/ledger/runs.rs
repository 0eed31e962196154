//! Runs: one simulate or sync each, with its outcome.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{Ledger, LedgerError, LibraryId};
use crate::guard::Gone;
use crate::item::FolderId;

/// The number of a run, as people type it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Who started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum StartedBy {
    /// A person or a script that typed a command.
    CommandLine,
    /// A person on the page.
    Page,
    /// A program, by the API of the page.
    Api,
    /// A schedule, by its name.
    Schedule(String),
}

/// The words that the ledger stores and people read.
impl fmt::Display for StartedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Page => f.write_str("page"),
            Self::Api => f.write_str("API"),
            Self::Schedule(name) => write!(f, "schedule {name}"),
        }
    }
}

impl From<StartedBy> for String {
    fn from(by: StartedBy) -> Self {
        by.to_string()
    }
}

impl TryFrom<String> for StartedBy {
    type Error = String;

    fn try_from(words: String) -> Result<Self, String> {
        match (words.as_str(), words.strip_prefix("schedule ")) {
            ("command line", _) => Ok(Self::CommandLine),
            ("page", _) => Ok(Self::Page),
            ("API", _) => Ok(Self::Api),
            (_, Some(name)) => Ok(Self::Schedule(name.to_owned())),
            _ => Err(format!("{words} starts no runs")),
        }
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// At work.
    Running,
    /// Came to its end; single files may have failed.
    Done,
    /// Stopped by an error of a whole side.
    Failed,
    /// Stopped by a person; the next run goes on.
    Cancelled,
    /// The process died; the next run goes on.
    Interrupted,
    /// Stopped by a guard.
    NeedsYourLook,
}

impl RunState {
    const ALL: [Self; 6] =
        [Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Interrupted, Self::NeedsYourLook];

    /// The word that the ledger stores and people read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
            Self::NeedsYourLook => "needs your look",
        }
    }
}

/// One run as the history shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its number.
    pub id: RunId,
    /// `simulate` or `sync`.
    pub command: String,
    /// `import`.
    pub mode: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it stands.
    pub state: RunState,
    /// Its report as JSON, or why it failed in words, once it ended.
    pub report: Option<String>,
    /// Who started it; unknown of runs before version 2 of the ledger.
    pub started_by: Option<StartedBy>,
}

pub(super) const COLUMNS: &str = "id, command, mode, started, ended, state, report, started_by";

impl Ledger {
    /// Writes down that a run begins.
    pub fn begin_run(
        &mut self,
        command: &str,
        mode: &str,
        by: &StartedBy,
        now: Timestamp,
    ) -> Result<RunId, LedgerError> {
        // Whoever calls holds the lock, so a run still marked as running died.
        self.connection.execute("update run set state = 'interrupted' where state = 'running'", [])?;
        self.connection.execute(
            "insert into run (command, mode, started_by, started, state) values (?1, ?2, ?3, ?4, 'running')",
            params![command, mode, by.to_string(), now.to_string()],
        )?;
        Ok(RunId(self.connection.last_insert_rowid()))
    }

    /// Writes down how a run ended.
    pub fn end_run(&mut self, run: RunId, state: RunState, report: &str, now: Timestamp) -> Result<(), LedgerError> {
        self.connection.execute(
            "update run set state = ?2, report = ?3, ended = ?4 where id = ?1",
            params![run.0, state.as_str(), report, now.to_string()],
        )?;
        Ok(())
    }

    /// The latest runs, newest first.
    pub fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, LedgerError> {
        let mut runs = Vec::new();
        let sql = format!("select {COLUMNS} from run order by id desc limit ?1");
        self.each(&sql, [limit], |row| {
            runs.push(record(row)?);
            Ok(())
        })?;
        Ok(runs)
    }

    /// One run.
    pub fn run(&self, run: RunId) -> Result<Option<RunRecord>, LedgerError> {
        let sql = format!("select {COLUMNS} from run where id = ?1");
        Ok(self.connection.query_row(&sql, [run.0], record).optional()?)
    }

    /// Whether a person has ever synced this folder with this library.
    pub fn has_synced(&self, folder: FolderId, library: LibraryId) -> Result<bool, LedgerError> {
        let sql = "select exists (select 1 from synced where folder = ?1 and library = ?2)";
        Ok(self.connection.query_row(sql, [folder.0, library.0], |row| row.get(0))?)
    }

    /// Writes down that these folders were synced with this library, and what was gone from either side then.
    pub fn has_now_synced(
        &mut self,
        folders: impl Iterator<Item = FolderId>,
        library: LibraryId,
        gone: Gone,
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for folder in folders {
            transaction.execute(
                "insert into synced (folder, library, gone_from_folder, gone_from_library) values (?1, ?2, ?3, ?4)
                 on conflict do update
                 set gone_from_folder = excluded.gone_from_folder, gone_from_library = excluded.gone_from_library
                 where (gone_from_folder, gone_from_library) is not
                       (excluded.gone_from_folder, excluded.gone_from_library)",
                params![folder.0, library.0, gone.folder as i64, gone.library as i64],
            )?;
        }
        Ok(transaction.commit()?)
    }

    /// What was gone when all of these folders were synced with this library; nothing where one was not.
    pub fn gone(&self, folders: impl Iterator<Item = FolderId>, library: LibraryId) -> Result<Gone, LedgerError> {
        let sql = "select gone_from_folder, gone_from_library from synced where folder = ?1 and library = ?2";
        let mut statement = self.connection.prepare(sql)?;
        let number = |row: &Row<'_>, at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.unsigned_abs() as usize);
        let mut least: Option<Gone> = None;
        for folder in folders {
            let read = |row: &Row<'_>| Ok(Gone { folder: number(row, 0)?, library: number(row, 1)? });
            let gone = statement.query_row([folder.0, library.0], read).optional()?.unwrap_or_default();
            least = Some(least.map_or(gone, |least| least.at_most(gone)));
        }
        Ok(least.unwrap_or_default())
    }
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let time =
        |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(at)?.and_then(|text| text.parse().ok()));
    let state = row.get::<_, String>(5)?;
    Ok(RunRecord {
        id: RunId(row.get(0)?),
        command: row.get(1)?,
        mode: row.get(2)?,
        started: time(3)?,
        ended: time(4)?,
        state: RunState::ALL.into_iter().find(|known| known.as_str() == state).unwrap_or(RunState::Interrupted),
        report: row.get(6)?,
        started_by: row.get::<_, Option<String>>(7)?.and_then(|words| words.try_into().ok()),
    })
}
