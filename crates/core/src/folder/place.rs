//! Writes whole files into the folder or nothing, and never over anything.
//!
//! A file is written as a [`Part`] beside its target, under a name that the caller has journalled before; its bytes are
//! checked as they pass ([`Written`]), brought to the disk ([`Durable`]), and only then moved to a name that nobody has
//! ([`Durable::place`]). [`sync_directories`] makes the names survive a power failure. Nothing is removed by dropping a
//! value: a crash leaves exactly what a crash leaves, and the next run finishes it by its journal ([`reopen`],
//! [`discard`]).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};

use crate::fingerprint::{Fingerprint, Hasher};
use jiff::Timestamp;
use rustc_hash::FxHashSet;
use rustix::fs::{CWD, OFlags};

pub use self::moving::Ways;
use super::dates;
use super::opener::{open_file, open_plain};
use crate::durable;
use crate::item::Stamp;

mod moving;
mod rights;
#[cfg(test)]
mod tests;

const PART_START: &str = ".photobridge-";
const PART_END: &str = ".part";

/// Gives a file another name on the same disk, unless anything has that name.
pub fn move_new(file: &Path, target: &Path) -> io::Result<()> {
    Ways::default().move_new(file, target)
}

/// Random letters and digits of a part's name.
const PART_RANDOM: usize = 24;

/// A new name for a file that is being written, as our scan and every sync client's passes it over.
pub fn part_name() -> String {
    let random: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(PART_RANDOM).collect();
    format!("{PART_START}{random}{PART_END}")
}

/// Whether [`part_name`] makes such names.
pub fn is_part_name(name: &str) -> bool {
    let random = name.strip_prefix(PART_START).and_then(|name| name.strip_suffix(PART_END));
    random.is_some_and(|random| random.len() == PART_RANDOM && random.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Why a file was not placed. Whatever the reason, nothing that was in the folder before has changed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Something else has the name.
    #[error(
        "{} appeared while it was being exported and is not the same file. It was left as it is; the next sync \
         exports the photo under another name", .0.display()
    )]
    Taken(PathBuf),
    /// No room is left; going on would fail for every other file too.
    #[error("there is no room left for {}. Nothing half was left behind. Make room, then sync again", .0.display())]
    DiskFull(PathBuf),
    /// The folder, or its disk, must not be written.
    #[error(
        "{} must not be written ({source}). Nothing was changed there. Check the rights of the folder, and whether its \
         disk is read-only", .path.display()
    )]
    Refused {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A link on the way leads elsewhere.
    #[error(
        "{} is a link that leads elsewhere. Nothing was written there. Replace the link by a folder, or choose what it \
         leads to as the folder", .0.display()
    )]
    Leaves(PathBuf),
    /// A file lies where a directory should be.
    #[error("{} is not a folder, so nothing can be exported into it. It was left as it is; move it away", .0.display())]
    InTheWay(PathBuf),
    /// The bytes are not those that were announced.
    #[error(
        "the library's file for {} is not the one that the library describes: {why}. It was not exported, and the \
         library was not changed. It may be damaged: open the photo and look, and keep every other copy", .path.display()
    )]
    Differs {
        /// The file that it was written to, now gone.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// A name that is not a part's of ours, where one was asked for.
    #[error("{} is not one of our half-written files and was left as it is", .0.display())]
    NotOurs(PathBuf),
    /// Anything else that the file system says.
    #[error("{} could not be written: {source}. Nothing else was changed; the next sync tries again", .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl PlaceError {
    /// What an error of the file system means for `path`.
    pub fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(path),
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::Refused { path, source },
            _ => Self::Io { path, source },
        }
    }

    /// The same, said of the file of this name that a part was to become.
    pub fn named(mut self, name: &str) -> Self {
        let path = match &mut self {
            Self::Taken(path)
            | Self::DiskFull(path)
            | Self::Leaves(path)
            | Self::InTheWay(path)
            | Self::NotOurs(path) => path,
            Self::Refused { path, .. } | Self::Differs { path, .. } | Self::Io { path, .. } => path,
        };
        if path.file_name().is_some_and(|own| is_part_name(&own.to_string_lossy())) {
            path.set_file_name(name);
        }
        self
    }
}

/// A file that is being written. Takes bytes through [`Write`] and fingerprints them on their way.
#[derive(Debug)]
pub struct Part {
    file: File,
    path: PathBuf,
    hasher: Hasher,
    /// Directories that were made for it, the outermost first.
    made: Vec<PathBuf>,
}

impl Part {
    /// Begins the file `name`, made by [`part_name`], in `directory` below the folder `root`. Missing directories are
    /// made; none is made or entered that lies outside of the folder.
    pub fn create(root: &Path, directory: &Path, name: &str) -> Result<Self, PlaceError> {
        if !is_part_name(name) {
            return Err(PlaceError::NotOurs(root.join(directory).join(name)));
        }
        let mut made = Vec::new();
        let path = enter(root, directory, Missing::Make(&mut made))?.join(name);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
        let file = file.map_err(|error| PlaceError::of(&path, error))?;
        rights::share_file(&file, &path);
        Ok(Self { file, path, hasher: Hasher::new(), made })
    }

    /// Where it is written.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes written so far.
    pub fn length(&self) -> u64 {
        self.hasher.length()
    }

    /// Ends the writing: checks that these are the bytes that were announced, and dates the file. Where they are not it
    /// is removed. Nothing is brought to the disk yet.
    pub fn finish(
        self,
        expected: Option<Fingerprint>,
        expected_size: Option<u64>,
        modified: Option<Timestamp>,
    ) -> Result<Written, PlaceError> {
        let Self { file, path, hasher, .. } = self;
        let (size, fingerprint) = (hasher.length(), hasher.finish());
        let why = match (expected_size, expected) {
            (Some(expected), _) if expected != size => Some(format!("it has {size} bytes instead of {expected}")),
            (_, Some(expected)) if expected != fingerprint => Some("its content has changed".to_owned()),
            _ => None,
        };
        if let Some(why) = why {
            remove(&path);
            return Err(PlaceError::Differs { path, why });
        }
        if let Some(modified) = modified {
            dates::set(&file, modified);
        }
        Ok(Written { file, path, fingerprint, size })
    }

    /// Gives up: removes what was written.
    pub fn abandon(self) {
        remove(&self.path);
        for directory in self.made.iter().rev() {
            // Somebody else may have put something there meanwhile.
            let _ = fs::remove_dir(directory);
        }
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A part with all of its bytes, some of which may be only in memory.
#[derive(Debug)]
pub struct Written {
    file: File,
    path: PathBuf,
    fingerprint: Fingerprint,
    size: u64,
}

impl Written {
    /// Brings the bytes to the disk. Slow, and best done for many files at once.
    pub fn sync(self) -> Result<Durable, PlaceError> {
        let Self { file, path, fingerprint, size } = self;
        if let Err(error) = durable::file(&file) {
            remove(&path);
            return Err(PlaceError::of(&path, error));
        }
        Ok(Durable { path, fingerprint, size })
    }

    /// Its bytes, to be read from the first one.
    pub fn reader(&self) -> io::Result<impl Read + Seek> {
        let mut reader = &self.file;
        reader.rewind()?;
        Ok(reader)
    }

    /// Its state on the disk.
    pub fn stamp(&self) -> io::Result<Stamp> {
        Ok(Stamp::of(&self.file.metadata()?))
    }

    /// The fingerprint of its bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A part whose bytes are on the disk.
#[derive(Debug)]
pub struct Durable {
    path: PathBuf,
    fingerprint: Fingerprint,
    size: u64,
}

/// How a file came to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It was moved there.
    Moved,
    /// The same bytes lay there already: they were left, and ours were removed.
    Adopted,
}

impl Durable {
    /// Whether something else than these bytes has the name at `target`.
    pub fn is_kept_from(&self, target: &Path) -> bool {
        fs::symlink_metadata(target).is_ok() && !self.is_same_as(target)
    }

    /// Gives the part its `name`, in the directory where it lies, unless anything has that name. Either way no part is
    /// left.
    pub fn place(self, name: &str, ways: &mut Ways) -> Result<Placed, PlaceError> {
        let target = self.path.with_file_name(name);
        let is_name = is_normal(Path::new(name)) && target.file_name() == Some(name.as_ref());
        let moved = match is_name {
            true => ways.move_new(&self.path, &target),
            false => Err(io::Error::new(io::ErrorKind::InvalidInput, "that is no file name")),
        };
        match moved {
            Ok(()) => Ok(Placed::Moved),
            Err(error) => {
                let placed = match error.kind() {
                    io::ErrorKind::AlreadyExists if self.is_same_as(&target) => Ok(Placed::Adopted),
                    io::ErrorKind::AlreadyExists => Err(PlaceError::Taken(target)),
                    _ => Err(PlaceError::of(&target, error)),
                };
                remove(&self.path);
                placed
            }
        }
    }

    /// Whether a plain file with the same bytes lies there. One that cannot be read counts as another file.
    fn is_same_as(&self, target: &Path) -> bool {
        let is_candidate = |metadata: fs::Metadata| metadata.is_file() && metadata.len() == self.size;
        fs::symlink_metadata(target).is_ok_and(is_candidate)
            && open_file(target)
                .and_then(Fingerprint::of_reader)
                .is_ok_and(|(fingerprint, _)| fingerprint == self.fingerprint)
    }
}

/// After a crash: takes up a part by the name in the journal. It is dated again, as the crash may have come between.
/// `None` where it is gone; where it does not hold the expected bytes it is removed first.
pub fn reopen(
    root: &Path,
    directory: &Path,
    name: &str,
    expected: Fingerprint,
    modified: Option<Timestamp>,
) -> Result<Option<Written>, PlaceError> {
    let Some(path) = find(root, directory, name)? else { return Ok(None) };
    let file = open_plain(CWD, &path, OFlags::RDWR).map_err(|error| PlaceError::of(&path, error))?;
    let (fingerprint, size) = Fingerprint::of_reader(&file).map_err(|error| PlaceError::of(&path, error))?;
    if fingerprint != expected {
        discard(root, directory, name)?;
        return Ok(None);
    }
    if let Some(modified) = modified {
        dates::set(&file, modified);
    }
    Ok(Some(Written { file, path, fingerprint, size }))
}

/// Removes a part by the name in the journal. One that is gone is fine; what is no plain file of ours is left.
pub fn discard(root: &Path, directory: &Path, name: &str) -> Result<(), PlaceError> {
    let Some(path) = find(root, directory, name)? else { return Ok(()) };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(PlaceError::of(&path, error)),
        _ => Ok(()),
    }
}

/// Makes the names in these directories below `root` survive a power failure, and those of the directories themselves
/// up to the folder: whoever made them, in this run or in one that crashed.
pub fn sync_directories<D: AsRef<Path>>(
    root: &Path,
    directories: impl IntoIterator<Item = D>,
) -> Result<(), PlaceError> {
    let mut synced = FxHashSet::default();
    for directory in directories {
        for inside in directory.as_ref().ancestors() {
            if !synced.insert(inside.to_owned()) {
                break;
            }
            let path = root.join(inside);
            durable::directory(&path).map_err(|error| PlaceError::of(&path, error))?;
        }
    }
    Ok(())
}

/// Bytes that an ordinary user may still write where `path` lies.
pub fn free_space(path: &Path) -> io::Result<u64> {
    // On macOS `statvfs` counts blocks in 32 bits, too few for a disk of 16 TB.
    #[cfg(target_os = "macos")]
    let (blocks, size) = rustix::fs::statfs(path).map(|disk| (disk.f_bavail, u64::from(disk.f_bsize)))?;
    #[cfg(not(target_os = "macos"))]
    let (blocks, size) = rustix::fs::statvfs(path).map(|disk| (disk.f_bavail, disk.f_frsize))?;
    Ok(blocks.saturating_mul(size))
}

/// What to do about a directory that is not there.
enum Missing<'a> {
    /// Made, and noted.
    Make(&'a mut Vec<PathBuf>),
    Report,
}

/// The path of `directory` below `root`, which neither it nor any link on the way leaves.
fn enter(root: &Path, directory: &Path, mut missing: Missing<'_>) -> Result<PathBuf, PlaceError> {
    let mut path = root.to_owned();
    // A folder that is not there is never made.
    fs::metadata(root).map_err(|error| PlaceError::of(root, error))?;
    for component in directory.components() {
        path.push(component);
        if !matches!(component, Component::Normal(_)) {
            return Err(PlaceError::Leaves(path));
        }
        let found = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match &mut missing {
                Missing::Make(made) => make(&path, made),
                Missing::Report => Err(error),
            },
            found => found,
        };
        let found = found.map_err(|error| PlaceError::of(&path, error))?;
        // A link, even one that stays inside: under its name our scan would not find the file again.
        if found.is_symlink() {
            return Err(PlaceError::Leaves(path));
        }
        if !found.is_dir() {
            return Err(PlaceError::InTheWay(path));
        }
    }
    Ok(path)
}

/// Why nothing can be put into `directory` below `root`, as far as that can be told without writing anything.
pub fn obstacle(root: &Path, directory: &Path) -> Option<PlaceError> {
    let nearest = match enter(root, directory, Missing::Report) {
        Ok(path) => path,
        Err(PlaceError::Io { path, source }) if source.kind() == io::ErrorKind::NotFound => path.parent()?.to_owned(),
        Err(error) => return Some(error),
    };
    let may = rustix::fs::access(&nearest, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    may.err().map(|error| PlaceError::of(&nearest, error.into()))
}

/// Makes a directory, unless somebody else just did; and looks what is there now.
fn make(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<fs::Metadata> {
    match fs::create_dir(path) {
        Ok(()) => {
            rights::share_directory(path);
            made.push(path.to_owned());
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    fs::symlink_metadata(path)
}

/// The path of a part that is there: a plain file under a name of ours.
fn find(root: &Path, directory: &Path, name: &str) -> Result<Option<PathBuf>, PlaceError> {
    let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    if !is_part_name(name) {
        return Err(PlaceError::NotOurs(root.join(directory).join(name)));
    }
    let path = match enter(root, directory, Missing::Report) {
        Ok(directory) => directory.join(name),
        Err(PlaceError::Io { source, .. }) if is_gone(&source) && root.is_dir() => return Ok(None),
        Err(error) => return Err(error),
    };
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => Ok(Some(path)),
        Ok(_) => Err(PlaceError::NotOurs(path)),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(PlaceError::of(&path, error)),
    }
}

/// One component that is neither `.` nor `..` nor a root.
fn is_normal(name: &Path) -> bool {
    let mut components = name.components();
    matches!((components.next(), components.next()), (Some(Component::Normal(_)), None))
}

/// Removes a part of which nothing is needed. What cannot be removed now is removed by the journal.
fn remove(part: &Path) {
    let _ = fs::remove_file(part);
}
