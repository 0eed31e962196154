//! Runs as people look through them: by what they came to, a page at a time, the newest first.

use jiff::Timestamp;
use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::runs::{COLUMNS, record};
use super::{Ledger, LedgerError, RunRecord};
use crate::run::RunId;

/// Which runs to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunFilter {
    /// Every one.
    #[default]
    All,
    /// Those in which a photo failed, or that failed as a whole.
    WithFailures,
    /// Those that a guard stopped.
    NeedsYourLook,
    /// Those that carried photos.
    Syncs,
    /// Those that only showed what a sync would do.
    Simulations,
}

impl RunFilter {
    /// Every filter, in the order in which people read them.
    pub const ALL: [Self; 5] = [Self::All, Self::WithFailures, Self::NeedsYourLook, Self::Syncs, Self::Simulations];

    /// The word for it in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::WithFailures => "with-failures",
            Self::NeedsYourLook => "needs-your-look",
            Self::Syncs => "syncs",
            Self::Simulations => "simulations",
        }
    }

    /// The condition, as the indexes of `schema-3.sql` have it.
    fn condition(self) -> &'static str {
        match self {
            Self::All => "true",
            Self::WithFailures => "(failures > 0 or state = 'failed')",
            Self::NeedsYourLook => "state = 'needs your look'",
            Self::Syncs => "command = 'sync'",
            Self::Simulations => "command = 'simulate'",
        }
    }
}

/// Where a page of runs lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunPage {
    /// At the newest run.
    #[default]
    Newest,
    /// Right below this run.
    Before(RunId),
    /// Right above this run.
    After(RunId),
}

impl Ledger {
    /// A page of runs, newest first. However many there are, only `size` of them are read.
    pub fn history(&self, filter: RunFilter, page: RunPage, size: u32) -> Result<Vec<RunRecord>, LedgerError> {
        let (border, order, from) = match page {
            RunPage::Newest => ("<=", "desc", i64::MAX),
            RunPage::Before(run) => ("<", "desc", run.0),
            RunPage::After(run) => (">", "asc", run.0),
        };
        let condition = filter.condition();
        let sql =
            format!("select {COLUMNS} from run where {condition} and id {border} ?1 order by id {order} limit ?2");
        let mut runs = Vec::new();
        self.each(&sql, params![from, size], |row| {
            runs.push(record(row)?);
            Ok(())
        })?;
        if matches!(page, RunPage::After(_)) {
            runs.reverse();
        }
        Ok(runs)
    }

    /// How many runs there are.
    pub fn count_runs(&self, filter: RunFilter) -> Result<u64, LedgerError> {
        let sql = format!("select count(*) from run where {}", filter.condition());
        Ok(self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// When the first run began.
    pub fn first_run(&self) -> Result<Option<Timestamp>, LedgerError> {
        let mut first = None;
        self.each("select started from run order by id limit 1", [], |row| {
            first = row.get::<_, String>(0)?.parse().ok();
            Ok(())
        })?;
        Ok(first)
    }
}
