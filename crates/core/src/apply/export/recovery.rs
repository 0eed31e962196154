//! Makes good what an interrupted run left in a folder.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use photobridge_media::header::Header;

use super::agreement;
use super::parts::header_of;
use super::renames::Renames;
use crate::fingerprint::Fingerprint;
use crate::folder::Folder;
use crate::folder::place;
use crate::item::FolderId;
use crate::ledger::{ConcludedExport, IntendedFile, Ledger, LedgerError};

/// Finishes or removes what an interrupted run left in a folder: a file with all its bytes gets its name, of the others
/// nothing stays. Returns how many photos had been written whole and are not there.
/// What lies on a disk that is away waits for that.
pub fn recover(folder: &dyn Folder, id: FolderId, ledger: &mut Ledger) -> Result<u64, LedgerError> {
    let mut lost = 0;
    let disks = ledger.disks(id)?;
    let is_away = |path: &Path| disks.iter().any(|disk| path.starts_with(disk) && !folder.is_disk(disk));
    for open in ledger.open_exports(id)? {
        let directory = open.intent.directory();
        if is_away(&directory) {
            continue;
        }
        let mut found: Vec<(usize, Box<Header>)> = Vec::new();
        for (at, file) in open.intent.files.iter().enumerate() {
            if finish(folder, &directory, file, open.intent.dated) {
                let size = file.written.as_ref().map_or(0, |(_, size)| *size);
                let held = folder.open(&directory.join(&file.name)).map_err(io::Error::from);
                let header = held.and_then(|held| header_of(held, &file.name, size));
                found.push((at, header.unwrap_or_default()));
            }
        }
        let renames = Renames::of(folder, &open.intent);
        if found.is_empty() {
            renames.take_back()
        } else {
            renames.finish()
        }
        let _ = folder.sync_directories(&[&directory]);
        let files = &open.intent.files;
        lost += u64::from(found.is_empty() && files.iter().all(|file| file.written.is_some()));
        let adopted = files.iter().filter(|file| file.adopted).map(|file| directory.join(&file.name)).collect();
        let agreement = agreement(&open.intent, found.iter().map(|(at, header)| (*at, Some(&**header))));
        let taken_in = open.intent.taken_in.as_deref().and_then(|text| text.parse().ok());
        let concluded = ConcludedExport {
            entry: open.entry,
            folder: id,
            renamed: renames.done(),
            agreement,
            taken_in,
            written: Vec::new(),
            adopted,
            computed: Vec::new(),
        };
        ledger.conclude_exports(open.run, open.library, &[concluded])?;
    }
    Ok(lost)
}

/// Whether a file is there under its name, after it was given it if it had not. Its part is gone then.
fn finish(folder: &dyn Folder, directory: &Path, file: &IntendedFile, dated: Option<Timestamp>) -> bool {
    let target = directory.join(&file.name);
    let expected: Option<Fingerprint> = file.written.as_ref().and_then(|(text, _)| text.parse().ok());
    let part = expected.map(|expected| (expected, place::reopen(folder, &target, &file.part, expected, dated)));
    match part {
        Some((_, Ok(Some(written)))) => written.sync().and_then(place::Durable::place).is_ok(),
        Some((expected, Ok(None))) => place::holds(folder, &target, expected),
        _ => {
            // Without all its bytes, or out of reach for now: then the next look at the folder passes it over.
            let _ = folder.discard(directory, &file.part);
            false
        }
    }
}
