//! Answers whether a file of the folder begins as one of the library does: both are read side by side, no further than
//! they agree.

use std::fs::File;
use std::io::{self, Read, Write};

use super::gather::Found;
use super::{Session, SyncError};
use crate::fingerprint::Fingerprint;
use crate::folder::opener::Opener;
use crate::item::Stamp;
use crate::matching::Beginning;
use crate::progress::{Event, Phase};

impl Session<'_> {
    pub(super) fn answer_beginnings(&mut self, found: &mut Found, asked: &[Beginning]) -> Result<(), SyncError> {
        if asked.is_empty() {
            return Ok(());
        }
        self.progress.event(Event::Begin { phase: Phase::Comparing, steps: Some(asked.len() as u64), bytes: None });
        for beginning in asked {
            let is_one = self.begins(found, *beginning).unwrap_or(false);
            if self.cancel.is_cancelled() {
                return Err(SyncError::Cancelled);
            }
            found.facts.beginnings.insert(*beginning, is_one);
            self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: 0 });
        }
        self.progress.event(Event::End(Phase::Comparing));
        Ok(())
    }

    /// Whether that is so, while the file stays as it was scanned. What is not on this disk is known by its fingerprint.
    fn begins(&mut self, found: &Found, Beginning { file, resource }: Beginning) -> io::Result<bool> {
        let item = &found.items[file.item as usize];
        let entry = &item.files[usize::from(file.file)];
        let root = found.folders.iter().find(|folder| folder.id == item.folder);
        let Some(root) = root else { return Ok(false) };
        let opened = Opener::new(&root.path).open(&entry.path)?;
        let is_unchanged = || opened.metadata().is_ok_and(|metadata| Stamp::of(&metadata) == entry.stamp);
        let asset = &found.snapshot.assets[resource.asset as usize];
        let short = &asset.resources[usize::from(resource.resource)];
        let Some(size) = short.size.filter(|_| is_unchanged()) else { return Ok(false) };
        let is_one = if short.whereabouts.may_be_here() {
            let mut side_by_side = SideBySide { file: &opened, buffer: Vec::new() };
            self.library.read(asset, short.role, &mut side_by_side, self.cancel).is_ok_and(|read| read == size)
        } else {
            let (beginning, length) = Fingerprint::of_reader((&opened).take(size))?;
            length == size && short.fingerprint == Some(beginning)
        };
        Ok(is_one && is_unchanged())
    }
}

/// A sink that takes no more than the file begins with.
struct SideBySide<'a> {
    file: &'a File,
    buffer: Vec<u8>,
}

impl Write for SideBySide<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.resize(bytes.len(), 0);
        self.file.read_exact(&mut self.buffer)?;
        if self.buffer == bytes { Ok(bytes.len()) } else { Err(io::Error::other("it begins otherwise")) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
