//! What the library held when the baseline was set.

use crate::fingerprint::Fingerprint;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Ledger, LedgerError, LibraryId};
use crate::asset::{Asset, AssetId};
use crate::memory::{Held, Likeness};

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
            let mut insert = transaction.prepare(
                "insert or ignore into held (library, asset, fingerprint, likeness) values (?1, ?2, coalesce(?3,
                     (select fingerprint from resource_fact where library = ?1 and asset = ?2 and role = ?5 and size = ?6)
                 ), ?4)",
            )?;
            for asset in assets.iter().filter(|asset| asset.added.is_none_or(|added| added < baseline)) {
                let primary = asset.primary();
                let bytes = primary.and_then(|primary| primary.fingerprint.or(primary.stale_fingerprint));
                let likeness = Likeness::of(asset).map(|likeness| likeness.0);
                let role = primary.map(|primary| primary.role.code());
                let size = primary.and_then(|primary| primary.size).map(|size| size as i64);
                insert.execute(params![library.0, asset.id.0, bytes, likeness, role, size])?;
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
        Ok((held.baseline == Some(baseline) && !held.by_another).then_some(held.assets.len()))
    }

    /// The baseline of this library; where there is none, of the library for which one was set last: the same photos may
    /// lie in a new one. With the number of that library.
    pub(super) fn baseline(&self, library: LibraryId) -> Result<(i64, Held), LedgerError> {
        let sql = "select library, instant from baseline order by library = ?1 desc, instant desc limit 1";
        let row = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?));
        let Some((holder, instant)) = self.connection.query_row(sql, [library.0], row).optional()? else {
            return Ok((library.0, Held::default()));
        };
        let by_another = holder != library.0;
        Ok((holder, Held { baseline: instant.parse().ok(), by_another, ..Held::default() }))
    }

    /// What is remembered for that baseline. It is as much as the library holds, and decides only where just what is newer
    /// goes out.
    pub fn held(&self, library: LibraryId) -> Result<Held, LedgerError> {
        let (holder, mut held) = self.baseline(library)?;
        self.each("select asset, fingerprint, likeness from held where library = ?1", [holder], |row| {
            if !held.by_another {
                held.assets.insert(AssetId(row.get(0)?));
            }
            let bytes = row.get::<_, Option<Fingerprint>>(1)?;
            let looks = if bytes.is_some() { &mut held.other_looks } else { &mut held.looks };
            looks.extend(row.get::<_, Option<i64>>(2)?.map(Likeness));
            held.fingerprints.extend(bytes);
            Ok(())
        })?;
        Ok(held)
    }
}
