//! What photos were told after they came.

use rusqlite::params;

use super::{Ledger, LedgerError, LibraryId, journal};
use crate::asset::AssetId;
use crate::run::RunId;
use crate::telling::Telling;

/// The ledger's number of something that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TellingId(pub i64);

impl Ledger {
    /// Writes down, durably, what a photo is about to be told.
    pub fn begin_telling(
        &mut self,
        run: RunId,
        library: LibraryId,
        asset: &AssetId,
        telling: &Telling,
    ) -> Result<TellingId, LedgerError> {
        self.connection.execute(
            "insert into telling (library, asset, run, told) values (?1, ?2, ?3, ?4)",
            params![library.0, asset.0, run.0, journal::json(telling)?],
        )?;
        Ok(TellingId(self.connection.last_insert_rowid()))
    }

    /// The photo was seen to have it.
    pub fn end_telling(&mut self, telling: TellingId) -> Result<(), LedgerError> {
        self.connection.execute("update telling set is_done = 1 where id = ?1", [telling.0])?;
        Ok(())
    }

    /// Nothing came of it.
    pub fn forget_telling(&mut self, telling: TellingId) -> Result<(), LedgerError> {
        self.connection.execute("delete from telling where id = ?1", [telling.0])?;
        Ok(())
    }

    /// What was begun, and of which nobody saw the end.
    pub fn open_tellings(&self, library: LibraryId) -> Result<Vec<(TellingId, AssetId, Telling)>, LedgerError> {
        self.tellings("library = ?1 and not is_done", [library.0])
    }

    /// What a run told, and nobody took back since.
    pub fn told_by(&self, run: RunId, library: LibraryId) -> Result<Vec<(TellingId, AssetId, Telling)>, LedgerError> {
        self.tellings("run = ?1 and library = ?2 and is_done and undone_by is null", [run.0, library.0])
    }

    /// How many photos that is.
    pub fn photos_told_by(&self, run: RunId, library: LibraryId) -> Result<u64, LedgerError> {
        self.photos("run = ?1 and library = ?2 and is_done and undone_by is null", run, library)
    }

    /// How many photos have lost again, by this undo, what they were told.
    pub fn untold_by(&self, run: RunId, library: LibraryId) -> Result<u64, LedgerError> {
        self.photos("undone_by = ?1 and library = ?2", run, library)
    }

    fn photos(&self, which: &str, run: RunId, library: LibraryId) -> Result<u64, LedgerError> {
        let sql = format!("select count(distinct asset) from telling where {which}");
        Ok(self.connection.query_row(&sql, [run.0, library.0], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// A run took back what a photo was told. It is not told again, until that is undone.
    pub fn untell(&mut self, telling: TellingId, by: RunId) -> Result<(), LedgerError> {
        self.connection.execute("update telling set undone_by = ?2 where id = ?1", [telling.0, by.0])?;
        Ok(())
    }

    /// What an undo took back may be told again.
    pub fn forget_untold_by(&mut self, run: RunId, library: LibraryId) -> Result<(), LedgerError> {
        self.connection.execute("delete from telling where undone_by = ?1 and library = ?2", [run.0, library.0])?;
        Ok(())
    }

    /// What photos of a library were told, also where it was taken back.
    pub(super) fn all_told(&self, library: LibraryId) -> Result<Vec<(TellingId, AssetId, Telling)>, LedgerError> {
        self.tellings("library = ?1 and is_done", [library.0])
    }

    /// A row that somebody wrote into, so that it cannot be read, stands for nothing.
    fn tellings(
        &self,
        which: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<(TellingId, AssetId, Telling)>, LedgerError> {
        let mut tellings = Vec::new();
        let sql = format!("select id, asset, told from telling where {which} order by id");
        self.each(&sql, parameters, |row| {
            if let Ok(telling) = serde_json::from_str(row.get_ref(2)?.as_str().unwrap_or_default()) {
                tellings.push((TellingId(row.get(0)?), AssetId(row.get(1)?), telling));
            }
            Ok(())
        })?;
        Ok(tellings)
    }
}
