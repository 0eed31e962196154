//! Answers what motion photos would be as Live Photos: makes both files and keeps nothing but their identities.

use std::io;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::gather::Found;
use super::pictures::state_of;
use super::{Session, SyncError};
use crate::asset::ResourceRef;
use crate::data::Spool;
use crate::fingerprint::{Fingerprint, PairIdentity};
use crate::folder::look::{RACY, fact_of};
use crate::folder::settle::changed_around;
use crate::folder::{Opener, motion};
use crate::item::{FileRef, FolderId, Stamp};
use crate::ledger::{FileState, PictureFact};
use crate::matching::Answer;
use crate::progress::{Event, Phase};

/// What a motion photo is, and what it would be.
type Looked = (Fingerprint, Option<PairIdentity>);

impl Session<'_> {
    /// Answers what is asked. A file that cannot be read now may be in the library.
    pub(super) fn answer_pairs(&mut self, found: &mut Found, asked: &[FileRef]) -> Result<(), SyncError> {
        let folders = found.folders();
        let (progress, cancel) = (self.progress, self.cancel);
        let answers: Vec<(FileRef, io::Result<Looked>)> = asked
            .par_iter()
            .map_init(FxHashMap::default, |openers, file| {
                let item = &found.items[file.item as usize];
                let entry = item.primary();
                let opener = openers.entry(item.folder).or_insert_with(|| folders[&item.folder].opener());
                let looked = match cancel.is_cancelled() {
                    true => Err(io::Error::other("cancelled")),
                    false => look(&mut **opener, &entry.path, entry.stamp),
                };
                progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: entry.stamp.size });
                (*file, looked)
            })
            .collect();
        let now = (self.clock)();
        let mut cached = Vec::new();
        let mut learned: FxHashMap<FolderId, Vec<_>> = FxHashMap::default();
        for (file, answer) in answers {
            let item = &found.items[file.item as usize];
            let entry = item.primary();
            let (bytes, pair) = match answer {
                Ok((bytes, pair)) => (Answer::Fingerprint(bytes), pair),
                Err(error) => (Answer::Unavailable(format!("it could not be read: {error}").into()), None),
            };
            if let Answer::Fingerprint(whole) = bytes
                && !changed_around(&entry.stamp, &(self.began..=now), RACY)
            {
                learned.entry(item.folder).or_default().push(fact_of(entry, Some(whole)));
                let state = FileState { path: entry.path.clone(), stamp: entry.stamp };
                cached.push((item.folder, state, PictureFact { pair: Some(pair), ..PictureFact::default() }));
            }
            found.bytes_read += entry.stamp.size;
            found.opened.insert(entry.stamp.inode);
            found.facts.pairs.insert(file, pair);
            found.facts.files.insert(file, bytes);
        }
        for (folder, facts) in learned {
            self.ledger.cache(folder, &facts)?;
        }
        self.ledger.cache_pictures(&cached)?;
        Ok(())
    }
}

impl Session<'_> {
    /// Answers what pictures of the library would be. One that cannot be read now tells nothing.
    pub(super) fn answer_wholes(&mut self, found: &mut Found, asked: &[ResourceRef]) -> Result<(), SyncError> {
        let mut cached = Vec::new();
        for resource in asked {
            if self.cancel.is_cancelled() {
                break;
            }
            let asset = &found.snapshot.assets[resource.asset as usize];
            let entry = &asset.resources[usize::from(resource.resource)];
            let mut spool = Spool::new(&self.request.data);
            let read = self.library.read(asset, entry.role, &mut spool, self.cancel).is_ok();
            let whole = spool.identity();
            let pair = if read { motion::pair(spool.reader(), whole).ok() } else { None };
            if let Some(pair) = pair {
                cached.push((state_of(asset, entry), PictureFact { pair: Some(pair), ..PictureFact::default() }));
                found.facts.resources.entry(*resource).or_insert(Answer::Fingerprint(whole.0));
            }
            found.facts.wholes.insert(*resource, pair.flatten());
            self.progress.event(Event::Advance { phase: Phase::Comparing, steps: 1, bytes: 0 });
        }
        self.ledger.cache_pictures_of_resources(found.library_id, &cached)?;
        Ok(())
    }
}

/// What a motion photo is and would be that is in this state.
fn look(opener: &mut dyn Opener, path: &Path, stamp: Stamp) -> io::Result<Looked> {
    let mut file = opener.open(path)?;
    if file.state()?.stamp != stamp {
        return Err(io::Error::other("it changed since it was listed"));
    }
    motion::look(&mut *file)
}
