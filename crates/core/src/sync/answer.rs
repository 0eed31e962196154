//! Answers matching's questions: reads bytes where they decide, each file at most once.

use std::io;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::gather::Found;
use super::{Session, SyncError};
use crate::asset::ResourceRef;
use crate::fingerprint::{Fingerprint, Hasher};
use crate::folder::look::{RACY, fact_of};
use crate::folder::settle::changed_around;
use crate::folder::{FolderError, Opened};
use crate::item::{FileRef, FolderId, Stamp, Trouble};
use crate::ledger::ResourceFact;
use crate::matching::{self, Answer, Matched, Outcome, Questions};
use crate::progress::{Cancel, Event, Phase, Progress};

impl Session<'_> {
    /// Asks and answers until matching has its answer.
    pub(super) fn compare(&mut self, found: &mut Found) -> Result<Matched, SyncError> {
        for round in 0.. {
            match matching::compare(found.sides(), &found.facts, round == matching::ROUNDS) {
                Outcome::Matched(matched) => return Ok(matched),
                Outcome::Questions(questions) => {
                    self.answer(found, &questions)?;
                    self.answer_beginnings(found, &questions.beginnings)?;
                    self.see(found, &questions)?;
                }
            }
        }
        unreachable!("the last round answers")
    }

    fn answer(&mut self, found: &mut Found, questions: &Questions) -> Result<(), SyncError> {
        if !questions.ask_for_bytes() {
            return Ok(());
        }
        let size = |file: &FileRef| found.items[file.item as usize].files[usize::from(file.file)].stamp.size;
        let bytes = questions.files.iter().chain(&questions.pairs).map(size).sum();
        let files = questions.files.len() + questions.pairs.len();
        let held = questions.assets.len() + questions.resources.len() + questions.wholes.len();
        let steps = Some((files + held) as u64);
        self.progress.event(Event::Begin { phase: Phase::Comparing, steps, bytes: Some(bytes) });
        self.list_assets(found, &questions.assets)?;
        self.answer_files(found, &questions.files)?;
        self.answer_resources(found, &questions.resources)?;
        self.answer_pairs(found, &questions.pairs)?;
        self.answer_wholes(found, &questions.wholes)?;
        self.progress.event(Event::End(Phase::Comparing));
        if self.cancel.is_cancelled() { Err(SyncError::Cancelled) } else { Ok(()) }
    }

    /// Asks for the files of assets that the snapshot did not tell.
    fn list_assets(&mut self, found: &mut Found, assets: &[u32]) -> Result<(), SyncError> {
        for position in assets {
            if self.cancel.is_cancelled() {
                break;
            }
            let asset = &mut found.snapshot.assets[*position as usize];
            if let Some(listed) = self.library.asset(&asset.id)? {
                asset.resources = listed.resources;
                asset.original_name = listed.original_name;
            }
            found.facts.asked.insert(*position);
            self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: 0 });
        }
        Ok(())
    }

    pub(super) fn answer_files(&mut self, found: &mut Found, files: &[FileRef]) -> Result<(), SyncError> {
        let folders = found.folders();
        let answers: Vec<(FileRef, Result<Option<Fingerprint>, FolderError>)> = files
            .par_iter()
            .map_init(FxHashMap::default, |openers, file| {
                let item = &found.items[file.item as usize];
                let entry = &item.files[usize::from(file.file)];
                let opener = openers.entry(item.folder).or_insert_with(|| folders[&item.folder].opener());
                let opened = opener.open(&entry.path);
                let answer = opened.and_then(|opened| read_unchanged(opened, entry.stamp, self.progress, self.cancel));
                self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: 0 });
                (*file, answer)
            })
            .collect();
        let now = (self.clock)();
        let mut learned: FxHashMap<FolderId, Vec<_>> = FxHashMap::default();
        for (file, answer) in answers {
            let item = &mut found.items[file.item as usize];
            let entry = &mut item.files[usize::from(file.file)];
            found.opened.insert(entry.stamp.inode);
            match answer {
                Ok(Some(fingerprint)) => {
                    found.bytes_read += entry.stamp.size;
                    if !changed_around(&entry.stamp, &(self.began..=now), RACY) {
                        learned.entry(item.folder).or_default().push(fact_of(entry, Some(fingerprint)));
                    }
                    found.facts.files.insert(file, Answer::Fingerprint(fingerprint));
                }
                // Somebody writes it just now, or took it away: it waits like any other file that settles.
                Ok(None) | Err(FolderError::Gone) => (entry.trouble, entry.header) = (Some(Trouble::Settling), None),
                Err(error) => {
                    let why = format!("it could not be read: {error}");
                    found.facts.files.insert(file, Answer::Unavailable(why.into()));
                }
            }
        }
        for (folder, facts) in learned {
            self.ledger.cache(folder, &facts)?;
        }
        Ok(())
    }

    fn answer_resources(&mut self, found: &mut Found, resources: &[ResourceRef]) -> Result<(), SyncError> {
        let mut learned = Vec::new();
        for resource in resources {
            if self.cancel.is_cancelled() {
                break;
            }
            let asset = &found.snapshot.assets[resource.asset as usize];
            let entry = &asset.resources[usize::from(resource.resource)];
            let mut hasher = Hasher::new();
            let answer = match self.library.read(asset, entry.role, &mut hasher, self.cancel) {
                Ok(length) => {
                    let fingerprint = hasher.finish();
                    learned.push(ResourceFact {
                        asset: asset.id.clone(),
                        role: entry.role,
                        size: entry.size.unwrap_or(length),
                        state: Some(entry.state),
                        fingerprint,
                    });
                    Answer::Fingerprint(fingerprint)
                }
                Err(error) => Answer::Unavailable(error.to_string().into()),
            };
            found.facts.resources.insert(*resource, answer);
            self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: 0 });
        }
        self.ledger.cache_resources(found.library_id, &learned)?;
        Ok(())
    }
}

/// The fingerprint of a file, `None` where it is no longer in the state in which it was scanned.
fn read_unchanged(
    mut file: Box<dyn Opened>,
    stamp: Stamp,
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Option<Fingerprint>, FolderError> {
    if file.state()?.stamp != stamp {
        return Ok(None);
    }
    let (fingerprint, length) = Fingerprint::of_reader(Watched { file: &mut *file, progress, cancel })?;
    let unchanged = length == stamp.size && file.state()?.stamp == stamp;
    Ok(unchanged.then_some(fingerprint))
}

/// A file whose reading is told, and stops when somebody asks.
struct Watched<'a> {
    file: &'a mut dyn Opened,
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

impl io::Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let n = self.file.read(buffer)?;
        self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 0, bytes: n as u64 });
        Ok(n)
    }
}
