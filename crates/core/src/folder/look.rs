//! Looks at what a walk found: reads the headers of files not seen before, and groups all into items.

use std::io::{self, Seek};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Folder;
use super::dates;
use super::group::{self, Grouped, Read};
use super::opener::Opener;
use super::scan::{Found, Scan, Unlisted};
use super::settle::{changed_around, settle};
use crate::asset::ResourceRole;
use crate::capture::{CaptureSource, CaptureTime};
use crate::fingerprint::Fingerprint;
use crate::item::{Exclusion, Header, Item, ItemFile, Stamp, Trouble};
use crate::ledger::{CachedFact, LedgerError};
use crate::matching::{Answer, FileRef};
use crate::media::{self, FileKind};
use crate::progress::{Cancel, Event, Phase, Progress};

/// A file that changed less than this long before it was looked at may change again within one tick of its clock.
pub const RACY: Duration = Duration::from_secs(2);

/// Files that are read before what they said is cached.
const AT_ONCE: usize = 4096;

/// What a look at one folder brought.
#[derive(Debug, Default)]
pub struct Look {
    /// Its items.
    pub items: Vec<Item>,
    /// Fingerprints known from the cache; items are counted from the first of this look.
    pub known: FxHashMap<FileRef, Answer>,
    /// What else has a name there, where exports go.
    pub others: Vec<PathBuf>,
    /// What could not be listed.
    pub unlisted: Vec<Unlisted>,
    /// What was passed over and should be known.
    pub notices: Vec<String>,
    /// Sidecars that could not be read, each with the cause.
    unread_words: Vec<(PathBuf, io::Error)>,
    /// Cached paths that are gone.
    pub gone: Vec<PathBuf>,
    /// Inodes of the files that were opened.
    pub opened: FxHashSet<u64>,
    /// Bytes read.
    pub bytes_read: u64,
}

/// What a look needs besides the folder.
pub struct Circumstances<'a> {
    /// When the walk began, and when it ended.
    pub walked: RangeInclusive<Timestamp>,
    /// How long a file must have rested.
    pub settle: Duration,
    /// Who watches.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a Cancel,
}

/// Why a look ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// What was read could not be cached.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Takes facts into the cache.
pub type Learn<'a> = dyn FnMut(&[CachedFact]) -> Result<(), LedgerError> + Send + 'a;

/// Looks at what lies in one folder; opens only files that the cache does not know in their present state. What is read
/// of them is cached on the way, so that a first look which is cut short need not begin anew.
pub fn look(
    folder: &Folder,
    mut scan: Scan,
    cache: Vec<CachedFact>,
    with: &Circumstances<'_>,
    learn: &mut Learn<'_>,
) -> Result<Look, LookError> {
    let (remembered, gone) = remember(&scan.files, cache, &scan.unlisted);
    settle(&mut scan.files, &remembered, &with.walked, with.settle);
    let (notices, unlisted, others) = (scan.notices, scan.unlisted, scan.others);
    let mut look = Look { notices, unlisted, others, gone, ..Look::default() };
    if folder.receives {
        // Words that lie alone are no item, and keep their name from a photo that they do not describe.
        let words = scan.files.iter().filter(|found| matches!(found.kind, FileKind::Xmp | FileKind::Aae));
        look.others.extend(words.map(|found| found.path.clone()));
    }
    let files = scan.files.into_iter().zip(remembered).collect();
    let files = read_headers(folder, files, with, learn, &mut look)?;
    look.notices.extend(unread_words(&look.unread_words));
    look.items.reserve_exact(files.len());
    for Grouped { mut item, fingerprints } in group::group(folder.id, files, &folder.filter) {
        date(&mut item);
        if !folder.filter.nomedia && item.path().ancestors().skip(1).any(|above| scan.nomedia.contains(above)) {
            item.files.iter_mut().for_each(|file| file.excluded = file.excluded.or(Some(Exclusion::NoMedia)));
        }
        let position = look.items.len() as u32;
        for (at, fingerprint) in fingerprints.into_iter().enumerate() {
            let file = FileRef { item: position, file: at as u16 };
            look.known.extend(fingerprint.map(|fingerprint| (file, Answer::Fingerprint(fingerprint))));
        }
        look.items.push(item);
    }
    Ok(look)
}

/// A header with the number of bytes that were read for it.
type HeaderRead = io::Result<(Box<Header>, u64)>;

/// For each file what the cache knows of its present state: under its own path, or under a path that is gone, where
/// inode, size and mtime say that it was moved. Also the cached paths that are gone.
fn remember(
    files: &[Found],
    mut cache: Vec<CachedFact>,
    unlisted: &[Unlisted],
) -> (Vec<Option<CachedFact>>, Vec<PathBuf>) {
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
    lost.retain(|fact| !unlisted.iter().any(|unlisted| fact.path.starts_with(&unlisted.path)));
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

/// Whether something can be read of a file.
fn is_wanted(found: &Found) -> bool {
    found.trouble.is_none() && found.kind != FileKind::Aae
}

/// Whether something must be read of a file: what an earlier version of the readers told is no longer cached.
fn is_unread(found: &Found, fact: &Option<CachedFact>) -> bool {
    is_wanted(found) && fact.as_ref().is_none_or(|fact| fact.header.is_none())
}

fn read_headers(
    folder: &Folder,
    files: Vec<(Found, Option<CachedFact>)>,
    with: &Circumstances<'_>,
    learn: &mut Learn<'_>,
    look: &mut Look,
) -> Result<Vec<Read>, LookError> {
    let unread = files.iter().filter(|(found, fact)| is_unread(found, fact)).count();
    with.progress.event(Event::Begin { phase: Phase::Reading, steps: Some(unread as u64), bytes: None });
    let (mut reads, mut learned) = (Vec::with_capacity(files.len()), Vec::new());
    let mut files = files.into_iter();
    loop {
        let some: Vec<(Found, Option<CachedFact>)> = files.by_ref().take(AT_ONCE).collect();
        // These are read while those before them are cached.
        let (headers, cached) = rayon::join(|| headers(folder, &some, with), || learn(&learned));
        cached?;
        learned.clear();
        if with.cancel.is_cancelled() {
            return Err(LookError::Cancelled);
        }
        if some.is_empty() {
            break;
        }
        for ((found, fact), header) in some.into_iter().zip(headers) {
            let (read, fact) = conclude(found, fact, header, look);
            reads.extend(read);
            learned.extend(fact.filter(|fact| !changed_around(&fact.stamp, &with.walked, RACY)));
        }
    }
    with.progress.event(Event::End(Phase::Reading));
    Ok(reads)
}

/// The headers of those files that are wanted and not known.
fn headers(
    folder: &Folder,
    files: &[(Found, Option<CachedFact>)],
    with: &Circumstances<'_>,
) -> Vec<Option<HeaderRead>> {
    let header = |opener: &mut Opener<'_>, (found, fact): &(Found, Option<CachedFact>)| {
        if !is_unread(found, fact) || with.cancel.is_cancelled() {
            return None;
        }
        let file = opener.open(&found.path);
        let outcome = file.and_then(|file| read_header(file, found.kind, found.stamp.size));
        with.progress.event(Event::Advance { phase: Phase::Reading, steps: 1, bytes: 0 });
        Some(outcome.map(|(header, bytes)| (Box::new(header), bytes)))
    };
    files.par_iter().map_init(|| Opener::new(&folder.path), header).collect()
}

/// A file with what is known of it, and what of that the cache does not know yet. Nothing of a file that is gone since
/// the walk: it is simply not there.
fn conclude(
    mut found: Found,
    fact: Option<CachedFact>,
    header: Option<HeaderRead>,
    look: &mut Look,
) -> (Option<Read>, Option<CachedFact>) {
    let (path, stamp) = (&found.path, found.stamp);
    let fact = fact.filter(|_| is_wanted(&found));
    let fingerprint = fact.as_ref().and_then(|fact| fact.fingerprint);
    match (fact, header) {
        (_, Some(Ok((header, bytes)))) => {
            look.opened.insert(stamp.inode);
            look.bytes_read += bytes;
            let header = Some(header);
            let fact = CachedFact { path: path.clone(), stamp, fingerprint, header: header.clone() };
            (Some(Read { found, header, fingerprint }), Some(fact))
        }
        (_, Some(Err(error))) if error.kind() == io::ErrorKind::NotFound => (None, None),
        // Words never hold a picture back.
        (_, Some(Err(error))) if found.kind == FileKind::Xmp => {
            look.unread_words.push((found.path, error));
            (None, None)
        }
        (_, Some(Err(error))) => {
            found.trouble = Some(Trouble::Unreadable(format!("it could not be read: {error}").into()));
            (Some(Read { found, header: None, fingerprint: None }), None)
        }
        (Some(fact), None) => {
            // Under a new path the same facts are cached again.
            let is_moved = fact.path != *path || fact.stamp != stamp;
            let moved = is_moved.then(|| CachedFact { path: path.clone(), stamp, ..fact.clone() });
            (Some(Read { found, header: fact.header, fingerprint }), moved)
        }
        (None, None) => (Some(Read { found, header: None, fingerprint: None }), None),
    }
}

fn unread_words(sidecars: &[(PathBuf, io::Error)]) -> Option<String> {
    let ((first, why), more) = sidecars.split_first()?;
    let more = match more.len() {
        0 => String::new(),
        more => format!(", and those in {more} more sidecars"),
    };
    Some(format!(
        "the words in {} could not be read ({why}){more}. A photo that they describe goes without them",
        first.display()
    ))
}

/// What a file of `size` bytes says of itself, and how many of them were read; a sidecar's header holds what it says of
/// its photo.
pub fn read_header(file: impl io::Read + Seek, kind: FileKind, size: u64) -> io::Result<(Header, u64)> {
    if kind != FileKind::Xmp {
        return media::header(file, size, kind);
    }
    let sidecar = media::sidecar(file)?;
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
    if dates::stands_for_others(stamp.mtime) {
        return None;
    }
    let instant = Timestamp::from_nanosecond(i128::from(stamp.mtime)).ok()?;
    let time = CaptureTime::from_instant(instant, None, Some(instant.subsec_nanosecond().unsigned_abs()))?;
    Some((time, CaptureSource::FileTime))
}

/// The fact to cache of a file, with the identity of its bytes where they were read.
pub fn fact_of(file: &ItemFile, fingerprint: Option<Fingerprint>) -> CachedFact {
    let header = crate::apply::in_the_bytes(file);
    CachedFact { path: file.path.clone(), stamp: file.stamp, fingerprint, header }
}
