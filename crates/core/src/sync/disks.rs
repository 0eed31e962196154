//! Disks of their own within a folder. One that is away leaves an empty directory behind, or none: nothing goes there, and
//! nothing that lay there counts as deleted.

use std::iter::once;
use std::path::{Path, PathBuf};

use crate::folder::Source;
use crate::folder::scan::Scan;
use crate::ledger::{Ledger, LedgerError};
use crate::notices;

/// Remembers which directories of a folder are disks of their own, and counts those that are away as unlisted. A directory that
/// has most of what lay on such a disk is the folder's own by now. Returns what is to be said.
pub(super) fn know(ledger: &mut Ledger, folder: &Source, scan: &mut Scan) -> Result<Vec<String>, LedgerError> {
    let new: Vec<PathBuf> = scan.disks.iter().filter(|disk| !folder.disks.contains(disk)).cloned().collect();
    let (mut own, mut said) = (Vec::new(), Vec::new());
    for bare in std::mem::take(&mut scan.bare) {
        let lay_there = ledger.seen_below(folder.id, &bare)?;
        let mut places = once(&bare).chain(&new);
        if places.any(|place| scan.has_most(&lay_there, place)) {
            own.push(bare);
        } else if !scan.is_unlisted(&bare) {
            said.push(notices::disk_away(&folder.place().join(&bare)));
            scan.lose(&bare);
        }
    }
    ledger.note_disks(folder.id, &new.iter().map(PathBuf::as_path).collect::<Vec<&Path>>(), &own)?;
    Ok(said)
}
