//! Walks a folder and lists the files that are media or belong to media. Opens only those of which the name does not tell.

mod again;
mod disks;

use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use photobridge_media::{self as media, FileKind};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::names::{self, IN_LIBRARIES, LIBRARY_MARKER, Naming};
use super::{Entry, Folder, FolderError, Kind, Source, State};
use crate::item::{Stamp, Trouble};
use crate::progress::{Cancel, Event, Phase, Progress};

pub use again::scan_again;

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
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Media files in the order of their paths' bytes.
    pub files: Vec<Found>,
    /// Everything else that has a name there, as paths below the folder; only where exports go.
    pub others: Vec<PathBuf>,
    /// What could not be listed: what lies there is unknown, not absent.
    pub unlisted: Vec<Unlisted>,
    /// Directories that are disks of their own, as paths below the folder.
    pub disks: BTreeSet<PathBuf>,
    /// Directories that were disks of their own when the folder was looked at before, and are none, or are gone.
    pub bare: Vec<PathBuf>,
    /// Directories that hold a `.nomedia`, Android's word for what belongs in no gallery, as paths below the folder.
    pub nomedia: FxHashSet<PathBuf>,
    /// Archives, as paths below the folder.
    pub packed: Vec<PathBuf>,
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
    fn new(path: PathBuf, error: &FolderError) -> Self {
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

impl ScanError {
    /// What it means that a folder cannot be looked into.
    pub fn of(place: &Path, error: &FolderError) -> Self {
        match error {
            FolderError::Gone => Self::Missing(place.to_owned()),
            error => Self::Unreadable { path: place.to_owned(), why: error.to_string() },
        }
    }
}

/// Lists the media of `folder`. `never_enter` are canonical paths that are ours: the data directory, a library.
pub fn scan(
    source: &Source,
    never_enter: &[PathBuf],
    progress: &dyn Progress,
    cancel: &Cancel,
) -> Result<Scan, ScanError> {
    progress.event(Event::Begin { phase: Phase::Scanning, steps: None, bytes: None });
    let folder = &*source.folder;
    let walk = Walk { source, folder, never_enter, progress, cancel };
    let mut scan = Scan::default();
    let (mut links, mut beside) = (Vec::new(), Vec::new());
    // Directories of one depth are listed at once: each asks the disk for every one of its files.
    let mut level = vec![PathBuf::new()];
    for depth in 1.. {
        let listings: Vec<Result<Listing, FolderError>> =
            level.par_iter().map(|inside| walk.list(inside, depth)).collect();
        if cancel.is_cancelled() {
            return Err(ScanError::Cancelled);
        }
        for (inside, listing) in std::mem::take(&mut level).into_iter().zip(listings) {
            let mut listing = match listing {
                Ok(listing) => listing,
                Err(error) if depth == 1 => return Err(ScanError::of(folder.place(), &error)),
                Err(error) => {
                    scan.unlisted.push(Unlisted::new(inside, &error));
                    continue;
                }
            };
            beside.extend(listing.beside());
            links.append(&mut listing.links);
            level.append(&mut listing.below);
            scan.take(&inside, listing, depth);
        }
        if level.is_empty() {
            break;
        }
    }
    scan.notices.extend(scan.unlisted.iter().map(unlisted_notice));
    scan.notices.extend(folder.remarks());
    shorten(&mut scan.notices, "directories were passed over");
    scan.packed.sort_unstable();
    beside.sort_unstable();
    scan.notices.extend(told_beside(&beside));
    follow_links(source, links, &mut scan);
    scan.look_at_disks(&walk);
    scan.files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    progress.event(Event::End(Phase::Scanning));
    Ok(scan)
}

impl Scan {
    /// Adds what a directory holds.
    fn take(&mut self, directory: &Path, listing: Listing, depth: usize) {
        self.files.extend(listing.files);
        self.others.extend(listing.others);
        self.packed.extend(listing.packed);
        self.unlisted.extend(listing.unlisted);
        self.disks.extend(listing.is_disk.then(|| directory.to_owned()));
        self.notices.extend(listing.notices);
        // Whoever names a folder in the settings wants it, whatever lies in it.
        if listing.nomedia && depth > 1 {
            self.nomedia.insert(directory.to_owned());
        }
    }
}

/// What every directory of a walk is listed with.
struct Walk<'a> {
    source: &'a Source,
    folder: &'a dyn Folder,
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
    /// Links, as paths below the folder.
    links: Vec<PathBuf>,
    /// Archives, as paths below the folder.
    packed: Vec<PathBuf>,
    /// Directories to be listed, as paths below the folder.
    below: Vec<PathBuf>,
    /// Whether it is a disk of its own.
    is_disk: bool,
    /// Whether a `.nomedia` lies there.
    nomedia: bool,
    /// Whether what lies there tells that it is a photo library.
    is_library: bool,
    /// Paths that may be those of media.
    doubtful: Vec<PathBuf>,
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
        // What no library is offered takes nothing along, nor do words: what lies beside them belongs to their photo.
        let is_offered = |kind| matches!(kind, FileKind::Still | FileKind::Raw | FileKind::Video);
        let offered = self.files.iter().filter(|file| is_offered(file.kind));
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
    fn list(&self, inside: &Path, depth: usize) -> Result<Listing, FolderError> {
        // Before it is listed: of one that goes away meanwhile it shows afterwards.
        let mut listing = Listing { is_disk: depth > 1 && self.folder.is_disk(inside), ..Listing::default() };
        let mut told = 0;
        self.folder.list(inside, &mut |entry| {
            if self.cancel.is_cancelled() {
                return ControlFlow::Break(());
            }
            match entry.kind() {
                Ok(kind) => self.take(inside, depth, kind, entry, &mut listing),
                Err(FolderError::Gone) => {}
                Err(error) => listing.unlisted.push(Unlisted::new(inside.join(entry.name()), &error)),
            }
            if listing.files.len() >= told + TOLD_AT_ONCE {
                self.tell(&mut told, listing.files.len());
            }
            ControlFlow::Continue(())
        })?;
        // Whoever names a folder in the settings wants it; whether that is a library, the run has asked.
        if listing.is_library && depth > 1 {
            return Ok(Listing::default());
        }
        self.tell(&mut told, listing.files.len());
        self.ask_the_bytes(&mut listing);
        Ok(listing)
    }

    /// Looks into what only its bytes tell to be media: no library is offered it, but it is never passed over in silence.
    fn ask_the_bytes(&self, listing: &mut Listing) {
        let beside: FxHashSet<PathBuf> = listing.beside().into_iter().map(|(file, _)| file).collect();
        for path in std::mem::take(&mut listing.doubtful) {
            if !self.cancel.is_cancelled() && !beside.contains(&path) {
                listing.files.extend(unnamed(self.folder, path));
            }
        }
    }

    fn take(&self, inside: &Path, depth: usize, kind: Kind, entry: &dyn Entry, listing: &mut Listing) {
        let path = inside.join(entry.name());
        let name = entry.name().to_string_lossy();
        let is_never_ours = names::is_never_ours(&name);
        listing.nomedia |= name == names::NO_MEDIA;
        listing.is_library |= self.tells_of_a_library(&path, &name);
        let is_file = kind == Kind::File;
        let file = if is_file && !is_never_ours { found(&path, &name, entry) } else { None };
        if file.is_none() && self.source.receives {
            listing.others.push(path.clone());
        }
        if is_never_ours {
            return;
        }
        if file.is_none() && is_file {
            listing.doubtful.extend(media::only_bytes_tell(&name).then(|| path.clone()));
            listing.packed.extend(names::packed(&name).map(|_| path.clone()));
            listing.written_beside.extend((!names::belongs_to_stems(&name).is_empty()).then(|| name.clone().into()));
        }
        listing.files.extend(file);
        let deepest = if self.source.filter.recursive || self.source.receives { DEEPEST } else { 1 };
        if kind == Kind::Link {
            listing.links.push(path);
        } else if kind == Kind::Directory
            && !names::is_hidden_folder(&name)
            && !names::is_library_package(&name)
            && !self.is_ours(&path)
        {
            if depth < deepest {
                listing.below.push(path);
            } else if depth == DEEPEST {
                let path = self.folder.place().join(path);
                listing.notices.push(format!("{} is nested too deeply and was skipped", path.display()));
            }
        }
    }

    /// Whether an entry is one by which a directory is known to be a photo library, whatever that is called.
    fn tells_of_a_library(&self, path: &Path, name: &str) -> bool {
        let [_, database] = IN_LIBRARIES;
        let is_its_directory = database.split_once('/').is_some_and(|(parent, _)| parent.eq_ignore_ascii_case(name));
        name == LIBRARY_MARKER || (is_its_directory && self.folder.stat(&path.with_file_name(database)).is_ok())
    }

    fn is_ours(&self, path: &Path) -> bool {
        self.never_enter.iter().any(|ours| ours.strip_prefix(self.folder.place()) == Ok(path))
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

/// What one directory entry is to us; nothing for what is not media.
fn found(path: &Path, name: &str, entry: &dyn Entry) -> Option<Found> {
    let (kind, naming) = names::read(name)?;
    match entry.state() {
        Ok(state) => Some(describe(path.to_owned(), kind, naming, state)),
        // Gone between the listing and the look: it is simply not there.
        Err(FolderError::Gone) => None,
        Err(error) => {
            let stamp = Stamp { size: 0, mtime: 0, ctime: 0, inode: 0 };
            let trouble = Some(Trouble::Unreadable(error.to_string().into()));
            Some(Found { path: path.to_owned(), kind, stamp, trouble })
        }
    }
}

/// What a file is of which only the bytes tell whether it is media; nothing where they say no, or nothing.
fn unnamed(folder: &dyn Folder, path: PathBuf) -> Option<Found> {
    let file = folder.open(&path).ok()?;
    let stamp = file.state().ok().filter(|state| !state.online_only)?.stamp;
    let mut start = Vec::with_capacity(media::TELLING);
    file.take(media::TELLING as u64).read_to_end(&mut start).ok()?;
    let found = Found { path, kind: FileKind::Unsupported, stamp, trouble: Some(Trouble::Unsupported) };
    media::is_media(&start).then_some(found)
}

fn describe(path: PathBuf, kind: FileKind, naming: Naming, state: State) -> Found {
    let trouble = match naming {
        Naming::Placeholder => Some(Trouble::OnlineOnly),
        _ if state.online_only => Some(Trouble::OnlineOnly),
        Naming::Temporary => Some(Trouble::Settling),
        Naming::Plain => (kind == FileKind::Unsupported).then_some(Trouble::Unsupported),
    };
    Found { path, kind, stamp: state.stamp, trouble }
}

/// A link to a file that the walk found is that file, offered once. A link to a file inside the folder that the walk
/// did not reach is offered under the link's name: git-annex keeps all files in a hidden folder. What leaves the folder, loops or leads nowhere is reported.
/// But a half that is a link is a half, wherever it leads: beside its photo it is offered under the link's name.
fn follow_links(source: &Source, links: Vec<PathBuf>, scan: &mut Scan) {
    if links.is_empty() {
        return;
    }
    let (folder, place) = (&*source.folder, source.place());
    let mut offered: HashMap<PathBuf, Option<usize>> =
        scan.files.iter().enumerate().map(|(at, file)| (place.join(&file.path), Some(at))).collect();
    let places = Places::of(&scan.files);
    let mut notices = Vec::new();
    for path in links {
        let shown = path.display();
        let led = match folder.follow(&path) {
            Ok(led) => led,
            Err(error) => {
                notices.push(format!("{shown} is a link that leads nowhere or in a circle ({error})"));
                continue;
            }
        };
        let target = led.place;
        let naming = names::read(&path.file_name().unwrap_or_default().to_string_lossy());
        let is_half = naming.is_some_and(|(kind, _)| places.has_another_kind(&path, kind));
        let inner = target.strip_prefix(place);
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
                scan.others.extend(source.receives.then_some(of_walk));
                offered.insert(target, None);
                continue;
            }
            Some(_) => continue,
            None => {}
        }
        offered.insert(target.clone(), None);
        if let (Some((kind, naming)), Some(state)) = (naming, led.file) {
            scan.files.push(describe(path, kind, naming, state));
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
