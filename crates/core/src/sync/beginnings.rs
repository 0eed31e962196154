//! Answers whether a file of the folder begins as one of the library does, or is the beginning of it: both are read side by
//! side, no further than they agree.

use std::io::{self, Read, Write};

use super::gather::Found;
use super::{Session, SyncError};
use crate::fingerprint::Fingerprint;
use crate::folder::Opened;
use crate::library::ReadError;
use crate::matching::Beginning;
use crate::progress::{Event, Phase};

impl Session<'_> {
    pub(super) fn answer_beginnings(&mut self, found: &mut Found, asked: &[Beginning]) -> Result<(), SyncError> {
        if asked.is_empty() {
            return Ok(());
        }
        self.progress.event(Event::Begin { phase: Phase::Comparing, steps: Some(asked.len() as u64), bytes: None });
        for beginning in asked {
            let is_one = self.begins(found, *beginning);
            if self.cancel.is_cancelled() {
                return Err(SyncError::Cancelled);
            }
            found.facts.beginnings.insert(*beginning, is_one);
            self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: 0 });
        }
        self.progress.event(Event::End(Phase::Comparing));
        Ok(())
    }

    /// Whether that is so, or why the library's file could not be read. A file that cannot be read begins as none.
    fn begins(&mut self, found: &Found, beginning: Beginning) -> Result<bool, Box<str>> {
        match self.read_both(found, beginning) {
            Ok(Err(ReadError::NotHere | ReadError::Permanent(_))) | Err(_) => Ok(false),
            Ok(Err(error)) => Err(error.to_string().into()),
            Ok(Ok(is_one)) => Ok(is_one),
        }
    }

    /// Whether that is so, while the file stays as it was scanned. What is not on this disk is known by its fingerprint.
    fn read_both(
        &mut self,
        found: &Found,
        Beginning { file, resource }: Beginning,
    ) -> io::Result<Result<bool, ReadError>> {
        let item = &found.items[file.item as usize];
        let entry = &item.files[usize::from(file.file)];
        let source = found.folders.iter().find(|source| source.id == item.folder);
        let Some(source) = source else { return Ok(Ok(false)) };
        let mut opened = source.folder.open(&entry.path)?;
        let is_unchanged = |opened: &dyn Opened| opened.state().is_ok_and(|state| state.stamp == entry.stamp);
        let asset = &found.snapshot.assets[resource.asset as usize];
        let held = &asset.resources[usize::from(resource.resource)];
        let Some(size) = held.size.filter(|_| is_unchanged(&*opened)) else { return Ok(Ok(false)) };
        let is_one = if held.whereabouts.may_be_here() {
            let left = size.min(entry.stamp.size);
            let mut side_by_side = SideBySide { file: &mut *opened, buffer: Vec::new(), left, differ: false };
            let read = self.library.read(asset, held.role, &mut side_by_side, self.cancel);
            match read {
                _ if side_by_side.differ => false,
                Err(error) if side_by_side.left > 0 => return Ok(Err(error)),
                _ => side_by_side.left == 0,
            }
        } else {
            let (beginning, length) = Fingerprint::of_reader((&mut opened).take(size))?;
            length == size && held.fingerprint == Some(beginning)
        };
        Ok(Ok(is_one && is_unchanged(&*opened)))
    }
}

/// A sink that takes no more than the file begins with, and no more than the shorter of both has.
struct SideBySide<'a> {
    file: &'a mut dyn Opened,
    buffer: Vec<u8>,
    /// Bytes that are not compared yet.
    left: u64,
    /// The file ends before, or goes on otherwise.
    differ: bool,
}

impl Write for SideBySide<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let compared = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        self.buffer.resize(compared, 0);
        let is_read = self.file.read_exact(&mut self.buffer).is_ok();
        self.differ = !is_read || self.buffer != bytes[..compared];
        if self.differ {
            return Err(io::Error::other("it begins otherwise"));
        }
        self.left -= compared as u64;
        if compared < bytes.len() { Err(io::Error::other("the file ends here")) } else { Ok(compared) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
