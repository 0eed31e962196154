//! Mends what an older version left in the export folder.

use super::gather::Found;
use super::{Session, SyncError};
use crate::folder::{dates, look};
use crate::item::{FileRef, ItemFile};
use crate::notices;

impl Session<'_> {
    /// Dates what was exported with a date that keeps it from the sync service.
    pub(super) fn mend_dates(&mut self, found: &mut Found) -> Result<(), SyncError> {
        let Some((folder, to)) = found.receiver().map(|source| (source.id, source.folder.clone())) else {
            return Ok(());
        };
        let memory = &found.memory;
        let is_ours = |file: &ItemFile| {
            let link = memory.by_path(folder, &file.path);
            link.is_some_and(|link| memory.was_laid_by_us(link.id, folder, &file.path))
        };
        let mut mended = Vec::new();
        for (position, item) in found.items.iter_mut().enumerate().filter(|(_, item)| item.folder == folder) {
            for (at, file) in item.files.iter_mut().enumerate() {
                if dates::is_too_early(&file.stamp)
                    && is_ours(file)
                    && let Ok(Some(stamp)) = to.date(&file.path, file.stamp, dates::EARLIEST)
                    && !dates::is_too_early(&stamp)
                {
                    file.stamp = stamp;
                    let bytes = found.facts.file(FileRef { item: position as u32, file: at as u16 });
                    mended.push(look::fact_of(file, bytes));
                }
            }
        }
        self.ledger.cache(folder, &mended)?;
        found.notices.extend(notices::mended_dates(mended.len()));
        Ok(())
    }
}
