//! Makes good what an interrupted run left in a folder.

use std::path::{Path, PathBuf};

use photobridge_media::header::Header;

use super::agreement;
use super::parts::header_of;
use crate::fingerprint::Fingerprint;
use crate::folder::opener::open_file;
use crate::folder::place::{self, Ways};
use crate::item::FolderId;
use crate::ledger::{ConcludedExport, IntendedFile, Ledger, LedgerError};

/// Finishes or removes what an interrupted run left in a folder: a file with all its bytes gets its name, of the others
/// nothing stays. Returns how many photos had been written whole and are not there.
pub fn recover(root: &Path, folder: FolderId, ledger: &mut Ledger) -> Result<u64, LedgerError> {
    let (mut ways, mut lost) = (Ways::default(), 0);
    for open in ledger.open_exports(folder)? {
        let directory = open.intent.directory();
        let mut found: Vec<(usize, Box<Header>)> = Vec::new();
        for (at, file) in open.intent.files.iter().enumerate() {
            if let Some(path) = finish(root, &directory, file, &mut ways) {
                let size = file.written.as_ref().map_or(0, |(_, size)| *size);
                let header = open_file(&path).and_then(|held| header_of(held, &file.name, size));
                found.push((at, header.unwrap_or_default()));
            }
        }
        let _ = place::sync_directories(root, [&directory]);
        let files = &open.intent.files;
        lost += u64::from(found.is_empty() && files.iter().all(|file| file.written.is_some()));
        let adopted = files.iter().filter(|file| file.adopted).map(|file| directory.join(&file.name)).collect();
        let agreement = agreement(&open.intent, found.iter().map(|(at, header)| (*at, Some(&**header))));
        let taken_in = open.intent.taken_in.as_deref().and_then(|text| text.parse().ok());
        let concluded = ConcludedExport {
            entry: open.entry,
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

/// The path of a file that is there under its name, after it was given it if it had not. Its part is gone then.
fn finish(root: &Path, directory: &Path, file: &IntendedFile, ways: &mut Ways) -> Option<PathBuf> {
    let target = root.join(directory).join(&file.name);
    let expected: Option<Fingerprint> = file.written.as_ref().and_then(|(text, _)| text.parse().ok());
    let part = expected.map(|expected| place::reopen(root, directory, &file.part, expected, None));
    match part {
        Some(Ok(Some(written))) => written.sync().ok()?.place(&file.name, ways).ok().map(|_| target),
        Some(Ok(None)) => {
            let held = open_file(&target).and_then(Fingerprint::of_reader).ok();
            held.filter(|(bytes, _)| Some(*bytes) == expected).map(|_| target)
        }
        _ => {
            // Without all its bytes, or out of reach for now: then the next look at the folder passes it over.
            let _ = place::discard(root, directory, &file.part);
            None
        }
    }
}
