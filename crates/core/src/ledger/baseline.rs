//! What the library held when the baseline was set.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use rustc_hash::FxHashSet;

use super::{Ledger, LedgerError, LibraryId};
use crate::asset::{Asset, AssetId};
use crate::fingerprint::Fingerprint;
use crate::memory::Held;

impl Ledger {
    /// Remembers what the library holds of the time before a baseline, in the place of what was remembered for another.
    pub fn set_baseline(
        &mut self,
        library: LibraryId,
        baseline: Timestamp,
        assets: &[Asset],
    ) -> Result<(), LedgerError> {
        let transaction = self.connection.transaction()?;
        transaction.execute("delete from held where library = ?1", [library.0])?;
        transaction.execute(
            "insert or replace into baseline (library, instant) values (?1, ?2)",
            params![library.0, baseline.to_string()],
        )?;
        {
            let mut insert =
                transaction.prepare("insert or ignore into held (library, asset, fingerprint) values (?1, ?2, ?3)")?;
            for asset in assets.iter().filter(|asset| asset.added.is_none_or(|added| added < baseline)) {
                let bytes = asset.primary().and_then(|primary| primary.fingerprint.or(primary.stale_fingerprint));
                insert.execute(params![library.0, asset.id.0, bytes])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Forgets the baseline of every library.
    pub fn clear_baseline(&mut self) -> Result<(), LedgerError> {
        Ok(self.connection.execute_batch("begin; delete from held; delete from baseline; commit")?)
    }

    /// How many assets the library held at this baseline, if that is remembered.
    pub fn held_at(&self, library: LibraryId, baseline: Timestamp) -> Result<Option<usize>, LedgerError> {
        let held = self.held(library)?;
        Ok((held.baseline == Some(baseline)).then_some(held.assets.len()))
    }

    /// What is remembered for the baseline of this library.
    pub(super) fn held(&self, library: LibraryId) -> Result<Held, LedgerError> {
        let sql = "select instant from baseline where library = ?1";
        let instant: Option<String> = self.connection.query_row(sql, [library.0], |row| row.get(0)).optional()?;
        let mut held = Held { baseline: instant.and_then(|text| text.parse().ok()), ..Held::default() };
        let (mut assets, mut fingerprints) = (FxHashSet::default(), FxHashSet::default());
        self.each("select asset, fingerprint from held where library = ?1", [library.0], |row| {
            assets.insert(AssetId(row.get(0)?));
            fingerprints.extend(row.get::<_, Option<Fingerprint>>(1)?);
            Ok(())
        })?;
        (held.assets, held.fingerprints) = (assets, fingerprints);
        Ok(held)
    }
}
