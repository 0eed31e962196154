//! Answers matching's questions about pictures: takes the digests of coded ones and looks at them, each at most once.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use photobridge_media::{Seen, picture_digest};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::gather::Found;
use super::{Session, SyncError};
use crate::asset::{Asset, AssetId, Resource, ResourceRef};
use crate::data;
use crate::folder::look::RACY;
use crate::folder::settle::changed_around;
use crate::folder::{Opened, Opener};
use crate::item::{FileRef, FolderId, Stamp};
use crate::ledger::{FileState, PictureFact, ResourceState};
use crate::library::{ReadError, Readable};
use crate::matching::{Facts, PictureOf, Questions};
use crate::progress::{Cancel, Event, Phase};

/// What a decoder may take: a picture of 16 megapixels that is coded as one piece.
const MEMORY: u64 = 256 << 20;

/// Of files of the library so many are read and looked at together, and so many bytes of each are kept in memory.
const AT_ONCE: usize = 8;
const IN_MEMORY: usize = 32 << 20;

/// What is wanted of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Digest,
    Look,
}

impl Session<'_> {
    /// Answers what is asked about pictures.
    pub(super) fn see(&mut self, found: &mut Found, questions: &Questions) -> Result<(), SyncError> {
        let steps = (questions.pictures.len() + questions.looks.len()) as u64;
        if steps == 0 {
            return Ok(());
        }
        self.progress.event(Event::Begin { phase: Phase::Looking, steps: Some(steps), bytes: None });
        self.answer_pictures(found, &questions.pictures, Wanted::Digest)?;
        self.answer_pictures(found, &questions.looks, Wanted::Look)?;
        if self.cancel.is_cancelled() {
            return Err(SyncError::Cancelled);
        }
        self.progress.event(Event::End(Phase::Looking));
        Ok(())
    }

    /// What earlier runs saw of the pictures of both sides, while their files are in the state that was looked at: who knows
    /// it from the beginning asks nothing.
    pub(super) fn recall_pictures(&self, found: &mut Found) -> Result<(), SyncError> {
        for folder in found.folders.iter().map(|source| source.id).collect::<Vec<_>>() {
            let facts = self.ledger.pictures_of_files(folder)?;
            if !facts.is_empty() {
                recall_files(found, folder, facts);
            }
        }
        let facts = self.ledger.pictures_of_resources(found.library_id)?;
        if !facts.is_empty() {
            recall_resources(found, facts);
        }
        Ok(())
    }

    fn answer_pictures(&mut self, found: &mut Found, asked: &[PictureOf], wanted: Wanted) -> Result<(), SyncError> {
        let (mut files, mut resources) = (Vec::new(), Vec::new());
        for picture in asked {
            match picture {
                PictureOf::File(file) => files.push(*file),
                PictureOf::Resource(resource) => resources.push(*resource),
            }
        }
        self.see_files(found, &files, wanted)?;
        for resources in resources.chunks(AT_ONCE) {
            self.see_resources(found, resources, wanted)?;
        }
        Ok(())
    }

    fn see_files(&mut self, found: &mut Found, files: &[FileRef], wanted: Wanted) -> Result<(), SyncError> {
        let folders = found.folders();
        let (progress, cancel) = (self.progress, self.cancel);
        let facts: Vec<(FileRef, io::Result<PictureFact>)> = (files.par_iter())
            .map_init(FxHashMap::default, |openers, file| {
                let (folder, FileState { path, stamp }) = file_state(found, *file);
                let opener = openers.entry(folder).or_insert_with(|| folders[&folder].opener());
                let fact = see_file(&mut **opener, &path, stamp, wanted, cancel);
                progress.event(Event::Advance { phase: Phase::Looking, steps: 1, bytes: 0 });
                (*file, fact)
            })
            .collect();
        let now = (self.clock)();
        let mut cached = Vec::new();
        for (file, fact) in facts {
            let (folder, state) = file_state(found, file);
            if let Ok(fact) = &fact
                && !changed_around(&state.stamp, &(self.began..=now), RACY)
            {
                cached.push((folder, state, fact.clone()));
            }
            insert(found, PictureOf::File(file), wanted, fact);
        }
        self.ledger.cache_pictures(&cached)?;
        Ok(())
    }

    fn see_resources(&mut self, found: &mut Found, asked: &[ResourceRef], wanted: Wanted) -> Result<(), SyncError> {
        let opened: Vec<_> = asked.iter().map(|resource| (*resource, self.open(found, *resource, wanted))).collect();
        let (progress, cancel) = (self.progress, self.cancel);
        let facts: Vec<(ResourceRef, io::Result<PictureFact>)> = (opened.into_par_iter())
            .map(|(resource, opened)| {
                let fact = match opened {
                    Ok(Some(Shown { mut file, size, is_original })) => {
                        see(&mut file, size, wanted, cancel).map(|fact| if is_original { fact } else { unsigned(fact) })
                    }
                    Ok(None) => Ok(PictureFact::default()),
                    Err(error) => Err(error),
                };
                progress.event(Event::Advance { phase: Phase::Looking, steps: 1, bytes: 0 });
                (resource, fact)
            })
            .collect();
        let mut cached = Vec::new();
        for (resource, fact) in facts {
            if let Ok(fact) = fact.as_ref()
                && holds(fact, wanted)
            {
                cached.push((resource_state(found, resource), fact.clone()));
            }
            insert(found, PictureOf::Resource(resource), wanted, fact);
        }
        self.ledger.cache_pictures_of_resources(found.library_id, &cached)?;
        Ok(())
    }

    /// A file of the library, or to be looked at what the library itself shows of it, where the file is not here. Nothing
    /// is fetched for a look; nothing is what is not here.
    fn open(&mut self, found: &Found, resource: ResourceRef, wanted: Wanted) -> io::Result<Option<Shown>> {
        if self.cancel.is_cancelled() {
            return Ok(None);
        }
        let asset = &found.snapshot.assets[resource.asset as usize];
        let entry = &asset.resources[usize::from(resource.resource)];
        if entry.whereabouts.may_be_here() {
            let mut file = data::spool(&self.request.data, IN_MEMORY);
            let size = match self.library.read(asset, entry.role, &mut file, self.cancel) {
                Ok(size) => size,
                // What will not come can tell nothing, now or later.
                Err(ReadError::NotHere | ReadError::Permanent(_)) => return Ok(None),
                Err(error) => return Err(io::Error::other(error.to_string())),
            };
            file.rewind()?;
            return Ok(Some(Shown { file: Box::new(file), size, is_original: true }));
        }
        if entry.role.is_render() != asset.edited || wanted != Wanted::Look {
            return Ok(None);
        }
        let shown = self.library.picture(&asset.id).ok().flatten();
        let open = |mut file: Box<dyn Readable>| {
            let size = file.seek(SeekFrom::End(0))?;
            Ok(Shown { file, size, is_original: false })
        };
        shown.map(open).transpose()
    }
}

/// A picture of the library.
struct Shown {
    file: Box<dyn Readable>,
    size: u64,
    /// It is the file itself and no smaller copy.
    is_original: bool,
}

fn file_state(found: &Found, file: FileRef) -> (FolderId, FileState) {
    let item = &found.items[file.item as usize];
    let entry = &item.files[usize::from(file.file)];
    (item.folder, FileState { path: entry.path.clone(), stamp: entry.stamp })
}

fn resource_state(found: &Found, resource: ResourceRef) -> ResourceState {
    let asset = &found.snapshot.assets[resource.asset as usize];
    state_of(asset, &asset.resources[usize::from(resource.resource)])
}

pub(super) fn state_of(asset: &Asset, entry: &Resource) -> ResourceState {
    ResourceState { asset: asset.id.clone(), role: entry.role, size: entry.size.unwrap_or(0), state: entry.state }
}

fn recall_files(found: &mut Found, folder: FolderId, facts: Vec<(FileState, PictureFact)>) {
    let mut known: FxHashMap<PathBuf, _> =
        facts.into_iter().map(|(state, fact)| (state.path, (state.stamp, fact))).collect();
    for (item, entry) in (0..).zip(&found.items).filter(|(_, entry)| entry.folder == folder) {
        for (file, entry) in (0..).zip(&entry.files) {
            if let Some((stamp, fact)) = known.remove(&entry.path)
                && stamp == entry.stamp
            {
                recall(&mut found.facts, PictureOf::File(FileRef { item, file }), fact);
            }
        }
    }
}

fn recall_resources(found: &mut Found, facts: Vec<(ResourceState, PictureFact)>) {
    let mut known: FxHashMap<AssetId, Vec<_>> = FxHashMap::default();
    for (state, fact) in facts {
        known.entry(state.asset.clone()).or_default().push((state, fact));
    }
    for (asset, entry) in (0..).zip(&found.snapshot.assets) {
        for (state, fact) in known.remove(&entry.id).into_iter().flatten() {
            let is_meant = |resource: &Resource| state_of(entry, resource) == state;
            if let Some(at) = entry.resources.iter().position(is_meant) {
                let resource = ResourceRef { asset, resource: at as u16 };
                recall(&mut found.facts, PictureOf::Resource(resource), fact);
            }
        }
    }
}

fn recall(facts: &mut Facts, picture: PictureOf, fact: PictureFact) {
    if let Some(digest) = fact.digest {
        facts.pictures.insert(picture, digest);
    }
    if fact.seen.is_some() {
        facts.looks.insert(picture, fact.seen);
    }
    match (picture, fact.pair) {
        (PictureOf::File(file), Some(pair)) => drop(facts.pairs.insert(file, pair)),
        (PictureOf::Resource(resource), Some(pair)) => drop(facts.wholes.insert(resource, pair)),
        (_, None) => {}
    }
}

fn holds(fact: &PictureFact, wanted: Wanted) -> bool {
    match wanted {
        Wanted::Digest => fact.digest.is_some(),
        Wanted::Look => fact.seen.is_some(),
    }
}

/// What cannot be read now is not seen, and is said to be so.
fn insert(found: &mut Found, picture: PictureOf, wanted: Wanted, fact: io::Result<PictureFact>) {
    let fact = fact.unwrap_or_else(|error| {
        found.facts.unseen.insert(picture, error.to_string().into());
        PictureFact::default()
    });
    match wanted {
        Wanted::Digest => drop(found.facts.pictures.insert(picture, fact.digest.flatten())),
        Wanted::Look => drop(found.facts.looks.insert(picture, fact.seen)),
    }
}

/// A smaller copy that the library made says nothing of the programs that its original went through, nor of a movie behind
/// that.
fn unsigned(mut fact: PictureFact) -> PictureFact {
    if let Some(seen) = &mut fact.seen {
        (seen.history, seen.moves) = (None, None);
    }
    fact
}

/// What is wanted of a picture of a folder, while that stays in this state.
fn see_file(
    opener: &mut dyn Opener,
    path: &Path,
    stamp: Stamp,
    wanted: Wanted,
    cancel: &Cancel,
) -> io::Result<PictureFact> {
    let mut opened = opener.open(path)?;
    let is_unchanged = |opened: &dyn Opened| opened.state().is_ok_and(|state| state.stamp == stamp);
    if !is_unchanged(&*opened) {
        return Err(changed());
    }
    let seen = see(&mut opened, stamp.size, wanted, cancel)?;
    if is_unchanged(&*opened) { Ok(seen) } else { Err(changed()) }
}

/// What is wanted of a picture. The decoders come from elsewhere and are given bytes from anywhere: one that panics has
/// seen nothing.
fn see(source: impl Read + Seek, size: u64, wanted: Wanted, cancel: &Cancel) -> io::Result<PictureFact> {
    let mut source = Stoppable { source, cancel };
    match wanted {
        Wanted::Digest => {
            Ok(PictureFact { digest: Some(picture_digest(&mut source, size)?), ..PictureFact::default() })
        }
        Wanted::Look => {
            let seen = catch_unwind(AssertUnwindSafe(|| Seen::of(&mut source, size, MEMORY)));
            match seen {
                Ok(Err(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
                seen => {
                    let seen = seen.ok().and_then(Result::ok).unwrap_or_default();
                    Ok(PictureFact { seen: Some(seen), ..PictureFact::default() })
                }
            }
        }
    }
}

fn changed() -> io::Error {
    io::Error::other("it changed, or is not here")
}

/// A source that gives no more bytes when somebody asks to stop.
struct Stoppable<'a, S> {
    source: S,
    cancel: &'a Cancel,
}

impl<S: Read> Read for Stoppable<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        self.source.read(buffer)
    }
}

impl<S: Seek> Seek for Stoppable<'_, S> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
