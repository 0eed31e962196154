//! Walks a folder and lists the files that are media or belong to media. Opens nothing.

use std::collections::HashSet;
use std::fs::{self, DirEntry, Metadata};
use std::path::{Path, PathBuf};

use super::Folder;
use super::names::{self, LIBRARY_MARKER, Naming};
use crate::item::{Stamp, Trouble};
use crate::media::FileKind;
use crate::progress::{Cancel, Event, Phase, Progress};

/// A folder nested deeper than this is not a photo collection; file systems stop at paths of 4,096 bytes anyway.
const DEEPEST: usize = 256;

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
    /// What was passed over and should be known: links that leave the folder, folders that cannot be entered.
    pub notices: Vec<String>,
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
    match fs::read_dir(&folder.path) {
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(ScanError::Missing(folder.path.clone()));
        }
        Err(error) => {
            return Err(ScanError::Unreadable { path: folder.path.clone(), why: error.to_string() });
        }
    }
    let deepest = if folder.filter.recursive || folder.receives { DEEPEST } else { 1 };
    let mut scan = Scan::default();
    let mut links = Vec::new();
    let mut told = 0;
    let tell = |told: &mut usize, found: usize| {
        progress.event(Event::Advance { phase: Phase::Scanning, steps: (found - *told) as u64, bytes: 0 });
        *told = found;
    };
    // Directories still to be listed, below the folder. One is open at a time, however deep they lie.
    let mut waiting = vec![(PathBuf::new(), 1)];
    while let Some((inside, depth)) = waiting.pop() {
        let listing = match fs::read_dir(folder.path.join(&inside)) {
            Ok(listing) => listing,
            Err(error) => {
                scan.notices.push(walk_notice(&inside, &error));
                continue;
            }
        };
        for entry in listing {
            if cancel.is_cancelled() {
                return Err(ScanError::Cancelled);
            }
            let (kind, entry) = match entry.and_then(|entry| Ok((entry.file_type()?, entry))) {
                Ok((_, entry)) if entry.file_name().to_str().is_some_and(names::is_never_ours) => {
                    if folder.receives {
                        scan.others.push(inside.join(entry.file_name()));
                    }
                    continue;
                }
                Ok(found) => found,
                Err(error) => {
                    scan.notices.push(walk_notice(&inside, &error));
                    continue;
                }
            };
            let file = if kind.is_file() { found(&inside, &entry) } else { None };
            if file.is_none() && folder.receives {
                scan.others.push(inside.join(entry.file_name()));
            }
            if kind.is_symlink() {
                links.push(entry.path());
            } else if kind.is_file() {
                scan.files.extend(file);
                if scan.files.len() >= told + TOLD_AT_ONCE {
                    tell(&mut told, scan.files.len());
                }
            } else if kind.is_dir() && may_enter(&entry.path(), never_enter) {
                if depth < deepest {
                    waiting.push((inside.join(entry.file_name()), depth + 1));
                } else if depth == DEEPEST {
                    scan.notices.push(format!("{} lies too deep and was not looked into", entry.path().display()));
                }
            }
        }
    }
    follow_links(folder, links, &mut scan);
    tell(&mut told, scan.files.len());
    scan.files.sort_unstable_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    Ok(scan)
}

/// Whether a directory is neither ours nor a library of our own.
fn may_enter(directory: &Path, never_enter: &[PathBuf]) -> bool {
    !(never_enter.iter().any(|ours| ours == directory) || directory.join(LIBRARY_MARKER).exists())
}

/// What one directory entry is to us; nothing for what is not media.
fn found(inside: &Path, entry: &DirEntry) -> Option<Found> {
    let name = entry.file_name();
    let (kind, naming) = names::read(&name.to_string_lossy())?;
    let path = inside.join(&name);
    // Asked of the open directory by name: half the price of a look-up of the whole path.
    match entry.metadata() {
        Ok(metadata) => Some(describe(path, kind, naming, &metadata)),
        // Gone between the listing and the look: it is simply not there.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            let stamp = Stamp { size: 0, mtime: 0, ctime: 0, inode: 0 };
            Some(Found { path, kind, stamp, trouble: Some(Trouble::Unreadable(error.to_string().into())) })
        }
    }
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
/// did not reach is offered under the link's name. What leaves the folder, loops or leads nowhere is reported.
fn follow_links(folder: &Folder, links: Vec<PathBuf>, scan: &mut Scan) {
    if links.is_empty() {
        return;
    }
    let mut offered: HashSet<PathBuf> = scan.files.iter().map(|file| folder.path.join(&file.path)).collect();
    for link in links {
        let shown = link.strip_prefix(&folder.path).unwrap_or(&link).display().to_string();
        let target = match fs::canonicalize(&link) {
            Ok(target) => target,
            Err(error) => {
                scan.notices.push(format!("{shown} is a link that leads nowhere or in a circle ({error})"));
                continue;
            }
        };
        if !target.starts_with(&folder.path) {
            scan.notices.push(format!("{shown} is a link that leaves the folder and was not followed"));
            continue;
        }
        let inside_never_ours = target
            .strip_prefix(&folder.path)
            .is_ok_and(|inner| inner.iter().any(|part| part.to_str().is_some_and(names::is_never_ours)));
        if inside_never_ours || !offered.insert(target.clone()) {
            continue;
        }
        let naming = names::read(&link.file_name().unwrap_or_default().to_string_lossy());
        if let (Some((kind, naming)), Ok(metadata)) = (naming, fs::metadata(&target))
            && metadata.is_file()
            && let Ok(path) = link.strip_prefix(&folder.path)
        {
            scan.files.push(describe(path.to_owned(), kind, naming, &metadata));
        }
    }
}

fn walk_notice(inside: &Path, error: &std::io::Error) -> String {
    format!("{} could not be looked into: {error}. The rest was", inside.display())
}
