//! Runs: one simulate or sync each, with its outcome.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Ledger, LedgerError, LibraryId};
use crate::data;
use crate::item::FolderId;
use crate::memory::Gone;
use crate::run::{RunId, StartedBy};

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
    /// How far it came, of a run that did not live to tell.
    pub reached: Option<Reached>,
}

/// What a run had carried when it ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Photos that are in the library.
    pub imported: u64,
    /// Photos that are in the folder.
    pub exported: u64,
}

/// Only of runs without a report the rest is counted.
pub(super) const COLUMNS: &str = "id, command, mode, started, ended, state, report, started_by,
    case when report is null then (select count(*) from link_asset a where a.run = run.id) end,
    case when report is null then
        (select count(distinct link) from link_path p where p.run = run.id and written is not null) end";

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
        // Also after those of a ledger that was lost, so that no number ever means two runs.
        let kept = data::kept_runs(&self.directory).last().map_or(0, |run| run.0);
        self.connection.execute(
            "insert into run (id, command, mode, started_by, started, state)
             values (max(?5, (select coalesce(max(id), 0) from run)) + 1, ?1, ?2, ?3, ?4, 'running')",
            params![command, mode, by.to_string(), now.to_string(), kept],
        )?;
        Ok(RunId(self.connection.last_insert_rowid()))
    }

    /// The latest run that is kept as a file and that this ledger does not know, as one that was restored does not; nothing
    /// once a person has synced since.
    pub fn unknown_run(&self) -> Result<Option<RunId>, LedgerError> {
        let sql = "select exists (select 1 from run where id = ?1) or exists (select 1 from forgotten where run = ?1)";
        let mut statement = self.connection.prepare(sql)?;
        for run in data::kept_runs(&self.directory).into_iter().rev() {
            if !statement.query_row([run.0], |row| row.get::<_, bool>(0))? {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    /// When the first run began after the last one that this ledger does not know; nothing where it knows of all.
    pub(super) fn lost(&self) -> Result<Option<Timestamp>, LedgerError> {
        let accepted: Option<i64> =
            self.connection.query_row("select max(run) from forgotten", [], |row| row.get(0))?;
        let Some(last) = self.unknown_run()?.map(|run| run.0).max(accepted) else { return Ok(None) };
        let sql = "select started from run where id > ?1 order by id limit 1";
        let started: Option<String> = self.connection.query_row(sql, [last], |row| row.get(0)).optional()?;
        Ok(started.and_then(|text| text.parse().ok()))
    }

    /// A person has synced: what this ledger does not know of is no news any more.
    pub fn accept_unknown_runs(&mut self) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for run in data::kept_runs(&self.directory) {
            let sql =
                "insert or ignore into forgotten (run) select ?1 where not exists (select 1 from run where id = ?1)";
            transaction.execute(sql, [run.0])?;
        }
        Ok(transaction.commit()?)
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
        gone: &Gone,
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        for folder in folders {
            transaction.execute(
                "insert into synced (folder, library, gone_from_folder, gone_from_library) values (?1, ?2, ?3, ?4)
                 on conflict do update
                 set gone_from_folder = excluded.gone_from_folder, gone_from_library = excluded.gone_from_library
                 where (gone_from_folder, gone_from_library) is not
                       (excluded.gone_from_folder, excluded.gone_from_library)",
                params![folder.0, library.0, gone.from(folder) as i64, gone.library as i64],
            )?;
        }
        Ok(transaction.commit()?)
    }

    /// What was gone when these folders were synced with this library; nothing from a folder that was not, nor from the
    /// library where one of them was not.
    pub fn gone(&self, folders: impl Iterator<Item = FolderId>, library: LibraryId) -> Result<Gone, LedgerError> {
        let sql = "select gone_from_folder, gone_from_library from synced where folder = ?1 and library = ?2";
        let mut statement = self.connection.prepare(sql)?;
        let number = |row: &Row<'_>, at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.unsigned_abs() as usize);
        let (mut from_library, mut from_folders) = (None, BTreeMap::new());
        for folder in folders {
            let read = |row: &Row<'_>| Ok((number(row, 0)?, number(row, 1)?));
            let (gone, library) = statement.query_row([folder.0, library.0], read).optional()?.unwrap_or_default();
            from_folders.insert(folder, gone);
            from_library = Some(from_library.map_or(library, |least: usize| least.min(library)));
        }
        Ok(Gone { library: from_library.unwrap_or(0), folders: from_folders })
    }
}

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let time =
        |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(at)?.and_then(|text| text.parse().ok()));
    let count = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(i64::unsigned_abs));
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
        reached: count(8)?.zip(count(9)?).map(|(imported, exported)| Reached { imported, exported }),
    })
}
