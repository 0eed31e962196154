//! Tells photos what came late of them: it is noted before, and the photo read back after.

use super::import::Arrival;
use super::{Ending, Errand, RecoverError};
use crate::ledger::{Ledger, LedgerError, LibraryId};
use crate::library::Library;
use crate::plan::{Late, Verdict};
use crate::reason::Reason;

impl Arrival<'_> {
    /// Gives a photo of the library what is told of it.
    pub(super) fn tell_late(&mut self, verdict: &Verdict, late: &Late) -> Result<(), LedgerError> {
        if self.is_over() {
            return Ok(());
        }
        let Errand { run, library_id, .. } = *self.errand;
        self.tell(verdict);
        let entry = self.ledger.begin_telling(run, library_id, &late.photo, &late.telling)?;
        self.advance(verdict);
        match self.library.tell_late(&late.photo, &late.telling) {
            Ok(true) => {}
            Ok(false) => {
                self.ledger.forget_telling(entry)?;
                self.end(verdict, Ending::Skipped(Reason::ChangedSincePlanned));
                return Ok(());
            }
            // Whether anything came of it the next run sees.
            Err(error) => {
                self.applied.stopped = Some(error.to_string());
                return Ok(());
            }
        }
        match self.library.asset(&late.photo) {
            Ok(Some(asset)) if late.telling.is_had_by(&asset) => {
                self.ledger.end_telling(entry)?;
                self.end(verdict, Ending::Imported(late.photo.clone()));
            }
            Ok(_) => self.end(
                verdict,
                Ending::Failed(
                    "its photo in the library was told what came late, and does not show it. Both files are as they were; \
                     the next sync checks again"
                        .into(),
                ),
            ),
            Err(error) => self.applied.stopped = Some(error.to_string()),
        }
        Ok(())
    }
}

/// Finishes what an interrupted run began to tell, unless somebody said otherwise since.
pub(super) fn recover(
    library: &mut dyn Library,
    library_id: LibraryId,
    ledger: &mut Ledger,
) -> Result<usize, RecoverError> {
    let open = ledger.open_tellings(library_id)?;
    for (entry, photo, telling) in &open {
        match library.tell_late(photo, telling)? {
            true => ledger.end_telling(*entry)?,
            false => ledger.forget_telling(*entry)?,
        }
    }
    Ok(open.len())
}
