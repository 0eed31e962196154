//! Tells photos what came late of them: it is noted before, and the photo read back after.

use super::{Ending, Import, RecoverError, Step};
use crate::ledger::{Ledger, LedgerError, LibraryId};
use crate::library::Library;
use crate::plan::Late;
use crate::reason::Reason;

impl Import<'_> {
    /// Gives a photo of the library what is told of it.
    pub(super) fn tell(&mut self, late: &Late) -> Result<Step, LedgerError> {
        let entry = self.ledger.begin_telling(self.errand.run, self.errand.library_id, &late.photo, &late.telling)?;
        match self.library.tell_late(&late.photo, &late.telling) {
            Ok(true) => {}
            Ok(false) => {
                self.ledger.forget_telling(entry)?;
                return Ok(Step::Ended(Ending::Skipped(Reason::ChangedSincePlanned)));
            }
            // Whether anything came of it the next run sees.
            Err(error) => return Ok(Step::Stop(error.to_string())),
        }
        match self.library.asset(&late.photo) {
            Ok(Some(asset)) if late.telling.is_had_by(&asset) => {
                self.ledger.end_telling(entry)?;
                Ok(Step::Ended(Ending::Imported(late.photo.clone())))
            }
            Ok(_) => Ok(Step::Ended(Ending::Failed(
                "its photo in the library was told what came late, and does not show it. Both files are as they were; the \
                 next sync checks again"
                    .into(),
            ))),
            Err(error) => Ok(Step::Stop(error.to_string())),
        }
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
