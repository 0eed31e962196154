//! Writes parts beside their targets, and gives them names that nobody has.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use photobridge_core::durable;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::is_part_name;
use photobridge_core::folder::{FolderError, Part};
use photobridge_core::item::Stamp;
use photobridge_core::library::Readable;
use photobridge_files::{Clones, open_plain};
use rustc_hash::FxHashSet;
use rustix::fs::{Access, CWD, OFlags, access};

use super::{Disk, Names, dates, rights};

/// A part on a disk. Once its bytes are on the disk it is open no longer: there may be hundreds.
struct DiskPart {
    file: Option<File>,
    path: PathBuf,
    /// Directories that were made for it, the outermost first.
    made: Vec<PathBuf>,
    names: Arc<Names>,
    clones: Arc<Mutex<Clones>>,
}

impl DiskPart {
    fn new(disk: &Disk, file: File, path: PathBuf, made: Vec<PathBuf>) -> Self {
        Self { file: Some(file), path, made, names: disk.names.clone(), clones: disk.clones.clone() }
    }

    fn clones(&self) -> MutexGuard<'_, Clones> {
        // What is known of them is whole at any moment.
        self.clones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> io::Result<&File> {
        self.file.as_ref().ok_or_else(|| io::Error::other("it is written already"))
    }
}

impl Write for DiskPart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Part for DiskPart {
    fn may_clone(&self) -> bool {
        self.file().is_ok_and(|file| self.clones().may(file))
    }

    fn clone_of(&mut self, file: OwnedFd) -> Result<bool, FolderError> {
        Ok(self.clones().make(&file.into(), self.file()?)?)
    }

    fn finish(&mut self, _: Fingerprint, taken: Option<Timestamp>) -> Result<(), FolderError> {
        if let Some(taken) = taken {
            dates::set(self.file()?, taken);
        }
        Ok(())
    }

    fn reader(&mut self) -> Result<Box<dyn Readable + '_>, FolderError> {
        let mut reader = self.file()?;
        reader.rewind()?;
        Ok(Box::new(reader))
    }

    fn stamp(&self) -> Result<Stamp, FolderError> {
        Ok(Stamp::of(&self.file()?.metadata()?))
    }

    fn sync(&mut self) -> Result<(), FolderError> {
        durable::file(self.file()?)?;
        self.file = None;
        Ok(())
    }

    fn name(&mut self, name: &OsStr) -> Result<(), FolderError> {
        self.names.give(&self.path, name)
    }

    fn discard(self: Box<Self>) {
        let _ = fs::remove_file(&self.path);
        remove_empty(&self.made);
    }
}

pub(super) fn begin(disk: &Disk, directory: &Path, name: &str) -> Result<Box<dyn Part>, FolderError> {
    if !is_part_name(name) {
        return Err(FolderError::NotOurs);
    }
    let mut made = Vec::new();
    let path = enter(&disk.root, directory, Missing::Make(&mut made)).map(|directory| directory.join(name));
    let opened = path.map_err(|(_, error)| error).and_then(|path| {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
        rights::share_file(&file, &path);
        Ok((path, file))
    });
    match opened {
        Ok((path, file)) => Ok(Box::new(DiskPart::new(disk, file, path, made))),
        Err(error) => {
            remove_empty(&made);
            Err(error)
        }
    }
}

pub(super) fn reopen(disk: &Disk, directory: &Path, name: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
    let Some(path) = find(&disk.root, directory, name)? else { return Ok(None) };
    let file = open_plain(CWD, &path, OFlags::RDWR)?;
    Ok(Some(Box::new(DiskPart::new(disk, file, path, Vec::new()))))
}

pub(super) fn discard(root: &Path, directory: &Path, name: &str) -> Result<(), FolderError> {
    let Some(path) = find(root, directory, name)? else { return Ok(()) };
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

pub(super) fn sync_directories(root: &Path, directories: &[&Path]) -> Result<(), FolderError> {
    let mut synced = FxHashSet::default();
    for directory in directories {
        for inside in directory.ancestors() {
            if !synced.insert(inside) {
                break;
            }
            durable::directory(&root.join(inside))?;
        }
    }
    Ok(())
}

pub(super) fn obstacle(root: &Path, directory: &Path) -> Option<(PathBuf, FolderError)> {
    let nearest = match enter(root, directory, Missing::Report) {
        Ok(_) => directory.to_owned(),
        Err((at, FolderError::Gone)) => at.parent()?.to_owned(),
        Err(error) => return Some(error),
    };
    let may = access(root.join(&nearest), Access::WRITE_OK | Access::EXEC_OK);
    may.err().map(|error| (nearest, io::Error::from(error).into()))
}

/// What to do about a directory that is not there.
enum Missing<'a> {
    /// Made, and noted.
    Make(&'a mut Vec<PathBuf>),
    Report,
}

/// The whole path of `directory` below `root`, which neither it nor any link on the way leaves; else where it ends.
fn enter(root: &Path, directory: &Path, mut missing: Missing<'_>) -> Result<PathBuf, (PathBuf, FolderError)> {
    let mut inside = PathBuf::new();
    // A folder that is not there is never made.
    fs::metadata(root).map_err(|error| (PathBuf::new(), error.into()))?;
    for component in directory.components() {
        inside.push(component);
        if !matches!(component, Component::Normal(_)) {
            return Err((inside.clone(), FolderError::Leaves(inside)));
        }
        let path = root.join(&inside);
        let found = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match &mut missing {
                Missing::Make(made) => make(&path, made),
                Missing::Report => Err(error),
            },
            found => found,
        };
        let found = found.map_err(|error| (inside.clone(), error.into()))?;
        // A link, even one that stays inside: under its name our scan would not find the file again.
        if found.is_symlink() {
            return Err((inside.clone(), FolderError::Leaves(inside)));
        }
        if !found.is_dir() {
            return Err((inside.clone(), FolderError::InTheWay(inside)));
        }
    }
    Ok(root.join(inside))
}

/// Makes a directory, unless somebody else just did; and looks what is there now.
fn make(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<Metadata> {
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

/// Removes directories that were made, as far as nobody put anything into them meanwhile.
fn remove_empty(made: &[PathBuf]) {
    for directory in made.iter().rev() {
        let _ = fs::remove_dir(directory);
    }
}

/// The whole path of a part that is there: a plain file under a name of ours.
fn find(root: &Path, directory: &Path, name: &str) -> Result<Option<PathBuf>, FolderError> {
    if !is_part_name(name) {
        return Err(FolderError::NotOurs);
    }
    let path = match enter(root, directory, Missing::Report) {
        Ok(directory) => directory.join(name),
        Err((_, FolderError::Gone)) if root.is_dir() => return Ok(None),
        Err((_, error)) => return Err(error),
    };
    match fs::symlink_metadata(&path).map_err(FolderError::from) {
        Ok(metadata) if metadata.is_file() => Ok(Some(path)),
        Ok(_) => Err(FolderError::NotOurs),
        Err(FolderError::Gone) => Ok(None),
        Err(error) => Err(error),
    }
}
