//! Walks a folder and lists the files that are media or belong to media. Opens only those of which the name does not tell.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use photobridge_media::{self as media, FileKind};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::names::{self, Naming};
use super::opener::open_file;
use super::{Folder, is_library};
use crate::item::{Stamp, Trouble};
use crate::progress::{Cancel, Event, Phase, Progress};

/// A folder nested deeper than this is not a photo collection; file systems stop at paths of 4,096 bytes anyway.
const DEEPEST: usize = 256;

/// Directories, and links, that are named when they are passed over.
const NAMED: usize = 20;

/// Files that are found before somebody hears of them.
const TOLD_AT_ONCE: usize = 1000;

/// One file that the walk found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its path below the folder.
    pub path: PathBuf,
    /// What its name promises.
    pub kind: FileKind,
    /// Its state.
    pub stamp: Stamp,
    /// What already stands in its way.
    pub trouble: Option<Trouble>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Scan {
    /// Media files in the order of their paths' bytes.
    pub files: Vec<Found>,
    /// Everything else that has a name there, as paths below the folder; only where exports go.
    pub others: Vec<PathBuf>,
    /// What could not be listed: what lies there is unknown, not absent.
    pub unlisted: Vec<Unlisted>,
    /// Directories that hold a `.nomedia`, Android's word for what belongs in no gallery, as paths below the folder.
    pub nomedia: FxHashSet<PathBuf>,
    /// What was passed over and should be known: links that leave the folder, folders that cannot be entered.
    pub notices: Vec<String>,
}

/// A directory that could not be listed to its end, or an entry of which nobody knows what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unlisted {
    /// Its path below the folder.
    pub path: PathBuf,
    /// The cause.
    pub why: Box<str>,
}

impl Unlisted {
    fn new(path: PathBuf, error: &io::Error) -> Self {
        Self { path, why: error.to_string().into() }
    }

    /// What stands in the way of what lies there.
    pub fn trouble(&self) -> Trouble {
        Trouble::Unreadable(format!("{} could not be listed: {}", self.path.display(), self.why).into())
    }
}

/// Why a folder cannot be scanned at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The folder is not there.
    #[error("the folder {} is not there. Nothing was changed. Check that its disk is connected", .0.display())]
    Missing(PathBuf),
    /// The folder cannot be listed.
    #[error("the folder {} cannot be read: {why}. Nothing was changed", .path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// The cause.
        why: String,
    },
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// Lists the media of `folder`. `never_enter` are canonical paths that are ours: the data directory, a library.
pub fn scan(
    folder: &Folder,
    never_enter: &[PathBuf],
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Scan, ScanError> {
    progress.event(Event::Begin { phase: Phase::Scanning, steps: None, bytes: None });
    match fs::read_dir(&folder.path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ScanError::Missing(folder.path.clone()));
        }
        Err(error) => {
            return Err(ScanError::Unreadable { path: folder.path.clone(), why: error.to_string() });
        }
    }
    let walk = Walk { folder, never_enter, progress, cancel };
    let mut scan = Scan::default();
    let (mut links, mut beside) = (Vec::new(), Vec::new());
    // Directories of one depth are listed at once: each asks the disk for every one of its files.
    let mut level = vec![PathBuf::new()];
    for depth in 1.. {
        let listings: Vec<io::Result<Listing>> = level.par_iter().map(|inside| walk.list(inside, depth)).collect();
        if cancel.is_cancelled() {
            return Err(ScanError::Cancelled);
        }
        for (inside, listing) in std::mem::take(&mut level).into_iter().zip(listings) {
            let listing = match listing {
                Ok(listing) => listing,
                Err(error) if depth == 1 => {
                    return Err(ScanError::Unreadable { path: folder.path.clone(), why: error.to_string() });
                }
                Err(error) => {
                    scan.unlisted.push(Unlisted::new(inside, &error));
                    continue;
                }
            };
            beside.extend(listing.beside());
            scan.files.extend(listing.files);
            scan.others.extend(listing.others);
            scan.unlisted.extend(listing.unlisted);
            scan.notices.extend(listing.notices);
            links.extend(listing.links);
            // Whoever names a folder in the settings wants it, whatever lies in it.
            if listing.nomedia && depth > 1 {
                scan.nomedia.insert(inside);
            }
            level.extend(listing.below);
        }
        if level.is_empty() {
            break;
        }
    }
    scan.notices.extend(scan.unlisted.iter().map(unlisted_notice));
    shorten(&mut scan.notices, "directories were passed over");
    beside.sort_unstable();
    scan.notices.extend(told_beside(&beside));
    follow_links(folder, links, &mut scan);
    scan.files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    progress.event(Event::End(Phase::Scanning));
    Ok(scan)
}

/// What every directory of a walk is listed with.
struct Walk<'a> {
    folder: &'a Folder,
    never_enter: &'a [PathBuf],
    progress: &'a dyn Progress,
    cancel: &'a Cancel,
}

/// What one directory holds.
#[derive(Default)]
struct Listing {
    files: Vec<Found>,
    others: Vec<PathBuf>,
    unlisted: Vec<Unlisted>,
    notices: Vec<String>,
    /// Links, as whole paths.
    links: Vec<PathBuf>,
    /// Directories to be listed, as paths below the folder.
    below: Vec<PathBuf>,
    /// Whether a `.nomedia` lies there.
    nomedia: bool,
    /// Names that may be those of media.
    doubtful: Vec<String>,
    /// Names of what a camera may have written beside a picture or movie.
    written_beside: Vec<String>,
}

impl Listing {
    /// Of what a camera wrote beside pictures and movies each file with the one that it belongs to.
    fn beside(&self) -> Vec<(PathBuf, PathBuf)> {
        if self.written_beside.is_empty() {
            return Vec::new();
        }
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // What no library is offered takes nothing along.
        let offered = self.files.iter().filter(|file| file.kind != FileKind::Unsupported);
        let by_stem: HashMap<String, &Path> =
            offered.map(|file| (names::folded(names::stem(&name(&file.path))), &*file.path)).collect();
        let belongs = |name: &String| {
            let photo = names::belongs_to_stems(name).iter().find_map(|stem| by_stem.get(&names::folded(stem)))?;
            Some((photo.with_file_name(name), photo.to_path_buf()))
        };
        self.written_beside.iter().filter_map(belongs).collect()
    }
}

impl Walk<'_> {
    /// Lists the directory at a path below the folder. A listing that ends in an error is none: whatever it does not name
    /// would count as deleted.
    fn list(&self, inside: &Path, depth: usize) -> io::Result<Listing> {
        let mut listing = Listing::default();
        let mut told = 0;
        for entry in fs::read_dir(self.folder.path.join(inside))? {
            if self.cancel.is_cancelled() {
                break;
            }
            let entry = entry?;
            match entry.file_type() {
                Ok(kind) => self.take(inside, depth, kind, &entry, &mut listing),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => listing.unlisted.push(Unlisted::new(inside.join(entry.file_name()), &error)),
            }
            if listing.files.len() >= told + TOLD_AT_ONCE {
                self.tell(&mut told, listing.files.len());
            }
        }
        self.tell(&mut told, listing.files.len());
        self.ask_the_bytes(inside, &mut listing);
        Ok(listing)
    }

    /// Looks into what only its bytes tell to be media: no library is offered it, but it is never passed over in silence.
    fn ask_the_bytes(&self, inside: &Path, listing: &mut Listing) {
        let beside: FxHashSet<PathBuf> = listing.beside().into_iter().map(|(file, _)| file).collect();
        for name in std::mem::take(&mut listing.doubtful) {
            let path = inside.join(&name);
            if self.cancel.is_cancelled() || beside.contains(&path) {
                continue;
            }
            listing.files.extend(unnamed(&self.folder.path, path));
        }
    }

    fn take(&self, inside: &Path, depth: usize, kind: FileType, entry: &DirEntry, listing: &mut Listing) {
        let name = entry.file_name();
        let is_never_ours = names::is_never_ours(&name.to_string_lossy());
        listing.nomedia |= name == names::NO_MEDIA;
        let file = if kind.is_file() && !is_never_ours { found(inside, &name, entry) } else { None };
        if file.is_none() && self.folder.receives {
            listing.others.push(inside.join(&name));
        }
        if is_never_ours {
            return;
        }
        if file.is_none() && kind.is_file() {
            let name = name.to_string_lossy();
            listing.doubtful.extend(media::only_bytes_tell(&name).then(|| name.clone().into_owned()));
            listing.written_beside.extend((!names::belongs_to_stems(&name).is_empty()).then(|| name.into_owned()));
        }
        listing.files.extend(file);
        let deepest = if self.folder.filter.recursive || self.folder.receives { DEEPEST } else { 1 };
        if kind.is_symlink() {
            listing.links.push(entry.path());
        } else if kind.is_dir()
            && !names::is_hidden_folder(&name.to_string_lossy())
            && may_enter(&entry.path(), self.never_enter)
        {
            if depth < deepest {
                listing.below.push(inside.join(&name));
            } else if depth == DEEPEST {
                let path = entry.path();
                listing.notices.push(format!("{} lies too deep and was not looked into", path.display()));
            }
        }
    }

    fn tell(&self, told: &mut usize, found: usize) {
        if found > *told {
            self.progress.event(Event::Advance { phase: Phase::Scanning, steps: (found - *told) as u64, bytes: 0 });
            *told = found;
        }
    }
}

/// What is said of files that a camera wrote beside its pictures and movies: no photo takes them along.
fn told_beside(beside: &[(PathBuf, PathBuf)]) -> Option<String> {
    if let [(file, photo)] = beside {
        return Some(format!("{} belongs to {} and is not imported", file.display(), photo.display()));
    }
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let each = beside.iter().take(NAMED).map(|(file, photo)| format!("{} to {}", file.display(), name(photo)));
    let each: Vec<String> = each.collect();
    let more = match beside.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let words =
        || format!("these belong to pictures and movies beside them, and are not imported: {}{more}", each.join(", "));
    (!beside.is_empty()).then(words)
}

/// Whether a directory is neither ours nor a photo library.
fn may_enter(directory: &Path, never_enter: &[PathBuf]) -> bool {
    !(never_enter.iter().any(|ours| ours == directory) || is_library(directory))
}

/// What one directory entry is to us; nothing for what is not media.
fn found(inside: &Path, name: &OsStr, entry: &DirEntry) -> Option<Found> {
    let (kind, naming) = names::read(&name.to_string_lossy())?;
    let path = inside.join(name);
    // Asked of the open directory by name: half the price of a look-up of the whole path.
    match entry.metadata() {
        Ok(metadata) => Some(describe(path, kind, naming, &metadata)),
        // Gone between the listing and the look: it is simply not there.
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => {
            let stamp = Stamp { size: 0, mtime: 0, ctime: 0, inode: 0 };
            Some(Found { path, kind, stamp, trouble: Some(Trouble::Unreadable(error.to_string().into())) })
        }
    }
}

/// What a file is of which only the bytes tell whether it is media; nothing where they say no, or nothing.
fn unnamed(root: &Path, path: PathBuf) -> Option<Found> {
    let file = open_file(&root.join(&path)).ok()?;
    let metadata = file.metadata().ok().filter(|metadata| !is_dataless(metadata))?;
    let stamp = Stamp::of(&metadata);
    let mut start = Vec::with_capacity(media::TELLING);
    file.take(media::TELLING as u64).read_to_end(&mut start).ok()?;
    let found = Found { path, kind: FileKind::Unsupported, stamp, trouble: Some(Trouble::Unsupported) };
    media::is_media(&start).then_some(found)
}

fn describe(path: PathBuf, kind: FileKind, naming: Naming, metadata: &Metadata) -> Found {
    let trouble = match naming {
        Naming::Placeholder => Some(Trouble::OnlineOnly),
        _ if is_dataless(metadata) => Some(Trouble::OnlineOnly),
        Naming::Temporary => Some(Trouble::Settling),
        Naming::Plain => (kind == FileKind::Unsupported).then_some(Trouble::Unsupported),
    };
    Found { path, kind, stamp: Stamp::of(metadata), trouble }
}

/// Whether macOS keeps only the name of this file here (`SF_DATALESS`): reading it would download it.
#[cfg(target_os = "macos")]
pub fn is_dataless(metadata: &Metadata) -> bool {
    use std::os::macos::fs::MetadataExt;
    metadata.st_flags() & 0x4000_0000 != 0
}

/// Whether only the name of this file is here, which other systems do not tell.
#[cfg(not(target_os = "macos"))]
pub fn is_dataless(_: &Metadata) -> bool {
    false
}

/// A link to a file that the walk found is that file, offered once. A link to a file inside the folder that the walk
/// did not reach is offered under the link's name: git-annex keeps all files in a hidden folder. What leaves the folder, loops or leads nowhere is reported.
/// But a half that is a link is a half, wherever it leads: beside its photo it is offered under the link's name.
fn follow_links(folder: &Folder, links: Vec<PathBuf>, scan: &mut Scan) {
    if links.is_empty() {
        return;
    }
    let mut offered: HashMap<PathBuf, Option<usize>> =
        scan.files.iter().enumerate().map(|(at, file)| (folder.path.join(&file.path), Some(at))).collect();
    let places = Places::of(&scan.files);
    let mut notices = Vec::new();
    for link in links {
        let Ok(path) = link.strip_prefix(&folder.path).map(Path::to_owned) else { continue };
        let shown = path.display();
        let target = match fs::canonicalize(&link) {
            Ok(target) => target,
            Err(error) => {
                notices.push(format!("{shown} is a link that leads nowhere or in a circle ({error})"));
                continue;
            }
        };
        let naming = names::read(&link.file_name().unwrap_or_default().to_string_lossy());
        let is_half = naming.is_some_and(|(kind, _)| places.has_another_kind(&path, kind));
        let inner = target.strip_prefix(&folder.path);
        if inner.is_err() && !is_half {
            notices.push(format!("{shown} is a link that leaves the folder and was not followed"));
            continue;
        }
        let is_never_ours =
            inner.is_ok_and(|inner| inner.iter().any(|part| names::is_never_ours(&part.to_string_lossy())));
        if is_never_ours {
            continue;
        }
        match offered.get(&target) {
            // Where it lies it belongs to nothing.
            Some(Some(at)) if is_half && !places.has_others(&scan.files[*at].path) => {
                let of_walk = std::mem::replace(&mut scan.files[*at].path, path);
                scan.others.extend(folder.receives.then_some(of_walk));
                offered.insert(target, None);
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        offered.insert(target.clone(), None);
        if let (Some((kind, naming)), Ok(metadata)) = (naming, fs::metadata(&target))
            && metadata.is_file()
        {
            scan.files.push(describe(path, kind, naming, &metadata));
        }
    }
    shorten(&mut notices, "links were not followed");
    scan.notices.append(&mut notices);
}

/// The kinds of the pictures and movies that share a directory and a stem.
struct Places(HashMap<(PathBuf, String), Vec<FileKind>>);

impl Places {
    fn of(files: &[Found]) -> Self {
        let mut kinds: HashMap<_, Vec<FileKind>> = HashMap::new();
        for file in files.iter().filter(|file| is_part(file.kind)) {
            kinds.entry(Self::key(&file.path)).or_default().push(file.kind);
        }
        Self(kinds)
    }

    fn key(path: &Path) -> (PathBuf, String) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stem = names::folded(names::stem(names::stands_for(&name)));
        (path.parent().unwrap_or(Path::new("")).to_owned(), stem)
    }

    /// Whether a picture or movie of another kind than this has the stem of `path`: the other half of a photo.
    fn has_another_kind(&self, path: &Path, kind: FileKind) -> bool {
        is_part(kind) && self.0.get(&Self::key(path)).is_some_and(|kinds| kinds.iter().all(|other| *other != kind))
    }

    /// Whether another picture or movie has the stem of this one.
    fn has_others(&self, path: &Path) -> bool {
        self.0.get(&Self::key(path)).is_some_and(|kinds| kinds.len() > 1)
    }
}

/// Whether photos are made of several files of such kinds.
fn is_part(kind: FileKind) -> bool {
    matches!(kind, FileKind::Still | FileKind::Raw | FileKind::Video)
}

/// Names the first of many and counts the rest: nobody reads a thousand of them.
fn shorten(notices: &mut Vec<String>, what: &str) {
    notices.sort_unstable();
    if let Some(more) = notices.len().checked_sub(NAMED).filter(|more| *more > 0) {
        notices.truncate(NAMED);
        notices.push(format!("{more} more {what}, for reasons like these"));
    }
}

fn unlisted_notice(unlisted: &Unlisted) -> String {
    format!(
        "{} could not be listed: {}. What lay there counts as unreadable, not as deleted, and no photo goes out that may lie \
         there",
        unlisted.path.display(),
        unlisted.why
    )
}
