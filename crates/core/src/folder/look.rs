//! Looks at what a walk found: reads the headers of files not seen before, and groups all into items.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Folder;
use super::group::{self, Read};
use super::scan::{Found, Scan, ScanError};
use super::settle::{changed_within, settle};
use crate::asset::ResourceRole;
use crate::capture::{CaptureSource, CaptureTime};
use crate::fingerprint::Fingerprint;
use crate::item::{Header, Item, ItemFile, Stamp, Trouble};
use crate::ledger::CachedFact;
use crate::matching::{Answer, FileRef};
use crate::media::{self, FileKind};
use crate::progress::{Cancel, Event, Phase, Progress};

/// A file that changed less than this long before it was looked at may change again within one tick of its clock.
pub const RACY: Duration = Duration::from_secs(2);

/// What a look at one folder brought.
#[derive(Debug, Default)]
pub struct Look {
    /// Its items.
    pub items: Vec<Item>,
    /// Fingerprints known from the cache; items are counted from the first of this look.
    pub known: FxHashMap<FileRef, Answer>,
    /// What else has a name there, where exports go.
    pub others: Vec<PathBuf>,
    /// What was passed over and should be known.
    pub notices: Vec<String>,
    /// Headers read in this run, for the cache.
    pub learned: Vec<CachedFact>,
    /// Cached paths that are gone.
    pub gone: Vec<PathBuf>,
    /// Inodes of the files that were opened.
    pub opened: FxHashSet<u64>,
    /// Bytes read.
    pub bytes_read: u64,
}

/// What a look needs besides the folder.
pub struct Circumstances<'a> {
    /// The run's clock.
    pub now: Timestamp,
    /// How long a file must have rested.
    pub settle: Duration,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a Cancel,
}

/// Looks at what lies in one folder; opens only files that the cache does not know in their present state.
pub fn look(
    folder: &Folder,
    mut scan: Scan,
    cache: Vec<CachedFact>,
    with: &Circumstances<'_>,
) -> Result<Look, ScanError> {
    let (remembered, gone) = remember(&scan.files, cache);
    settle(&mut scan.files, &remembered, with.now, with.settle);
    let mut look = Look { notices: scan.notices, others: scan.others, gone, ..Look::default() };
    if folder.receives {
        // Words that lie alone are no item, and keep their name from a photo that they do not describe.
        let words = scan.files.iter().filter(|found| matches!(found.kind, FileKind::Xmp | FileKind::Aae));
        look.others.extend(words.map(|found| found.path.clone()));
    }
    let files = read_headers(folder, scan.files, remembered, with, &mut look)?;
    let fingerprints: FxHashMap<OsString, Fingerprint> =
        files.iter().filter_map(|file| Some((file.read.found.path.clone().into(), file.fingerprint?))).collect();
    look.items = group::group(folder.id, files.into_iter().map(|file| file.read).collect(), &folder.filter);
    for (position, item) in look.items.iter_mut().enumerate() {
        date(item);
        for (at, file) in item.files.iter().enumerate() {
            if let Some(fingerprint) = fingerprints.get(file.path.as_os_str()) {
                let file = FileRef { item: position as u32, file: at as u16 };
                look.known.insert(file, Answer::Fingerprint(*fingerprint));
            }
        }
    }
    Ok(look)
}

/// A header with the number of bytes that were read for it.
type HeaderRead = std::io::Result<(Box<Header>, u64)>;

struct Known {
    read: Read,
    fingerprint: Option<Fingerprint>,
}

/// For each file what the cache knows of its present state: under its own path, or under a path that is gone, where
/// inode, size and mtime say that it was moved. Also the cached paths that are gone.
fn remember(files: &[Found], mut cache: Vec<CachedFact>) -> (Vec<Option<CachedFact>>, Vec<PathBuf>) {
    cache.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    let mut cached = cache.into_iter().peekable();
    let mut known: Vec<Option<CachedFact>> = Vec::with_capacity(files.len());
    let mut lost = Vec::new();
    // Both are in the order of their paths.
    for file in files {
        let path = file.path.as_os_str();
        lost.extend(std::iter::from_fn(|| cached.next_if(|fact| fact.path.as_os_str() < path)));
        known.push(cached.next_if(|fact| fact.path.as_os_str() == path));
    }
    lost.extend(cached);
    let gone: Vec<PathBuf> = lost.iter().map(|fact| fact.path.clone()).collect();
    let identity = |stamp: &Stamp| (stamp.inode, stamp.size, stamp.mtime);
    // Inodes are given anew, and sync clients write whole seconds: only a time with a fraction says that it is the file.
    let is_certain = |fact: &CachedFact| fact.stamp.mtime % 1_000_000_000 != 0;
    let certain = lost.into_iter().filter(is_certain);
    let mut moved: FxHashMap<_, CachedFact> = certain.map(|fact| (identity(&fact.stamp), fact)).collect();
    for (file, known) in files.iter().zip(&mut known) {
        if known.as_ref().is_some_and(|fact| fact.stamp != file.stamp) {
            *known = None;
        }
        if known.is_none() {
            *known = moved.remove(&identity(&file.stamp));
        }
    }
    (known, gone)
}

fn read_headers(
    folder: &Folder,
    files: Vec<Found>,
    remembered: Vec<Option<CachedFact>>,
    with: &Circumstances<'_>,
    look: &mut Look,
) -> Result<Vec<Known>, ScanError> {
    let wanted = |found: &Found| found.trouble.is_none() && found.kind != FileKind::Aae;
    let unread = files.iter().zip(&remembered).filter(|(found, fact)| fact.is_none() && wanted(found)).count();
    with.progress.event(Event::Begin { phase: Phase::Reading, steps: Some(unread as u64), bytes: None });
    let read: Vec<Option<HeaderRead>> = (files.par_iter().zip(&remembered))
        .map(|(found, fact)| {
            if fact.is_some() || !wanted(found) || with.cancel.is_cancelled() {
                return None;
            }
            let outcome = read_header(&folder.path.join(&found.path), found.kind, found.stamp.size);
            with.progress.event(Event::Advance { phase: Phase::Reading, steps: 1, bytes: 0 });
            Some(outcome.map(|(header, bytes)| (Box::new(header), bytes)))
        })
        .collect();
    with.progress.event(Event::End(Phase::Reading));
    if with.cancel.is_cancelled() {
        return Err(ScanError::Cancelled);
    }
    let mut learn = |fact: CachedFact| {
        if !changed_within(&fact.stamp, with.now, RACY) {
            look.learned.push(fact);
        }
    };
    let mut known = Vec::with_capacity(files.len());
    for ((mut found, fact), outcome) in files.into_iter().zip(remembered).zip(read) {
        let (mut header, mut fingerprint) = (None, None);
        match (fact.filter(|_| wanted(&found)), outcome) {
            (Some(fact), _) => {
                // Under a new path the same facts are cached again.
                if fact.path != found.path || fact.stamp != found.stamp {
                    learn(CachedFact { path: found.path.clone(), stamp: found.stamp, ..fact.clone() });
                }
                (header, fingerprint) = (fact.header, fact.fingerprint);
            }
            (None, Some(Ok((read, bytes)))) => {
                look.opened.insert(found.stamp.inode);
                look.bytes_read += bytes;
                header = Some(read);
                learn(CachedFact {
                    path: found.path.clone(),
                    stamp: found.stamp,
                    fingerprint: None,
                    header: header.clone(),
                });
            }
            // Gone since the walk: it is simply not there.
            (None, Some(Err(error))) if error.kind() == std::io::ErrorKind::NotFound => continue,
            (None, Some(Err(error))) => {
                found.trouble = Some(Trouble::Unreadable(format!("it could not be read: {error}").into()));
            }
            (None, None) => {}
        }
        known.push(Known { read: Read { found, header }, fingerprint });
    }
    Ok(known)
}

/// What a file says of itself, and how many of its bytes were read; a sidecar's header holds what it says of its photo.
pub fn read_header(path: &Path, kind: FileKind, size: u64) -> std::io::Result<(Header, u64)> {
    if kind != FileKind::Xmp {
        return media::read_header(path, kind);
    }
    let sidecar = media::read_sidecar(path)?;
    let captured = sidecar.captured.map(|time| (time, CaptureSource::Xmp));
    Ok((Header { captured, ..Header::default() }, size))
}

/// Dates an item whose bytes do not: from its sidecar, its name, the file's own time.
fn date(item: &mut Item) {
    let sidecar = item.file(ResourceRole::Sidecar).and_then(|file| file.header.as_deref()?.captured);
    let sidecar = sidecar.map(|(time, _)| (time, CaptureSource::Sidecar));
    for file in &mut item.files {
        let Some(header) = &mut file.header else { continue };
        if header.captured.is_none() {
            header.captured = sidecar.or_else(|| named(&file.path)).or_else(|| filed(&file.stamp));
        }
    }
}

fn named(path: &Path) -> Option<(CaptureTime, CaptureSource)> {
    let name = path.file_name()?.to_string_lossy();
    Some((media::captured_from_name(&name)?, CaptureSource::FileName))
}

fn filed(stamp: &Stamp) -> Option<(CaptureTime, CaptureSource)> {
    let instant = Timestamp::from_nanosecond(i128::from(stamp.mtime)).ok()?;
    let time = CaptureTime::from_instant(instant, None, Some(instant.subsec_nanosecond().unsigned_abs()))?;
    Some((time, CaptureSource::FileTime))
}

/// The fact to cache of a file whose bytes were read.
pub fn fact_of(file: &ItemFile, fingerprint: Fingerprint) -> CachedFact {
    let header = crate::apply::in_the_bytes(file);
    CachedFact { path: file.path.clone(), stamp: file.stamp, fingerprint: Some(fingerprint), header }
}
