//! Makes a file a part of a photo that is in the library.

use super::confirm::confirm;
use super::import::{Arrival, Parcel, captured, learned};
use super::{Ending, Errand, agreement};
use crate::asset::MediaKind;
use crate::ledger::{Intent, LedgerError};
use crate::library::ImportError;
use crate::memory::Origin;

impl Arrival<'_> {
    /// Its id is known beforehand, so the journal has it before anything is done; what became of it is seen by the file.
    pub(super) fn join(&mut self, parcel: Parcel<'_>) -> Result<(), LedgerError> {
        let Parcel { verdict, item, sent, .. } = parcel;
        let Some(join) = verdict.joins().filter(|_| !self.is_over()) else { return Ok(()) };
        let file = sent[0].file;
        let header = item.header();
        let intent = Intent {
            whole: None,
            asset: join.photo.clone(),
            folder: item.folder.0,
            kind: MediaKind::Photo,
            captured: captured(item.primary()),
            content_identifier: header.and_then(|header| header.content_identifier.clone()),
            files: vec![(file.role, Intent::path_bytes(&file.path), file.stamp.size)],
            taken_in: verdict.taken_in.map(|fingerprint| fingerprint.to_string()),
            apart: false,
            told: false,
            joins: Some(join.alone.clone()),
        };
        let Errand { run, library_id, .. } = *self.errand;
        let entries = self.ledger.begin_imports(run, library_id, &[&intent])?;
        self.advance(verdict);
        let fingerprint = match self.library.join(&join.photo, &sent[0].resource(file.role), join.alone.as_ref()) {
            Ok(fingerprint) => fingerprint,
            Err(error) => {
                if !matches!(error, ImportError::Library(_)) {
                    self.ledger.abandon(&entries)?;
                }
                self.refuse(verdict, error);
                return Ok(());
            }
        };
        let found = self.library.asset(&join.photo);
        let brought = [(file.role, fingerprint, file.stamp.size)];
        let seen = found.as_ref().map(Option::clone);
        if let Err(why) = confirm(self.library, seen, &brought) {
            self.end(verdict, Ending::Failed(why));
            return Ok(());
        }
        let agreement = agreement(&intent, Origin::Folder, &[fingerprint], &join.photo);
        let read = learned(self.errand, [(file, fingerprint)].into_iter());
        let (alone, taken_in) = (join.alone.as_ref(), verdict.taken_in);
        for entry in entries {
            self.ledger.conclude_join(entry, library_id, &agreement, alone, taken_in, &read)?;
        }
        self.end(verdict, Ending::Imported(join.photo.clone()));
        Ok(())
    }
}
