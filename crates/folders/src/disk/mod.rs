//! A folder on a disk, of whatever kind the system mounts.

mod dates;
mod kind;
mod mount;
mod reading;
mod rights;
mod writing;

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use photobridge_core::folder::names::{self, IN_LIBRARIES};
use photobridge_core::folder::{
    Entry, Folder, FolderError, Ground, Kind, Led, Local, Opened, Opener, Part, Properties, State, is_name,
};
use photobridge_core::item::Stamp;
use photobridge_files::{self as files, Clones, Ways, open_file};

/// The photo library, Apple's or ours, that a canonical path is or lies in.
pub fn library_around(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|path| is_library(path)).map(Path::to_owned)
}

/// Whether a directory is a photo library: by its name, or by what lies in it, as in `Fotos.photoslibrary.old`.
pub fn is_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    names::is_library_package(&name) || IN_LIBRARIES.iter().any(|inside| path.join(inside).exists())
}

/// A folder on a disk.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    named: PathBuf,
    properties: OnceLock<Properties>,
    names: Arc<Names>,
    clones: Arc<Mutex<Clones>>,
}

/// Gives names on disks, and remembers which way each of them knows.
#[derive(Debug, Default)]
struct Names(Mutex<Ways>);

impl Names {
    /// Gives a file another name in its directory, unless anything has that name.
    fn give(&self, file: &Path, name: &OsStr) -> Result<(), FolderError> {
        match is_name(name) {
            true => Ok(self.move_new(file, &file.with_file_name(name))?),
            false => Err(FolderError::Permanent("that is no file name".into())),
        }
    }

    /// Gives a file another name on the same disk, unless anything has that name.
    fn move_new(&self, file: &Path, target: &Path) -> io::Result<()> {
        // What it knows of ways is whole at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).move_new(file, target)
    }
}

impl Disk {
    /// The folder at a path. The folder is whatever directory lies there at each call; see [`Folder::ground`].
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let root = fs::canonicalize(path)?;
        if !fs::metadata(&root)?.is_dir() {
            let is_packed = names::packed(&root.to_string_lossy()).is_some();
            let why = if is_packed { "it is an archive that must be unpacked first" } else { "it is not a folder" };
            return Err(FolderError::Permanent(why.into()));
        }
        let named = path.to_owned();
        Ok(Self { root, named, properties: OnceLock::new(), names: Arc::default(), clones: Arc::default() })
    }
}

/// What tells a directory from every other one for good. Inodes alone are given anew; and where they are made up, each root has
/// the same one, whatever disk it is of.
fn lasting(inode: u64, born: Option<i64>, on: Properties) -> Option<(i64, i64)> {
    let born = born.filter(|born| *born != 0 && !on.renumbers)?;
    Some((inode as i64, born))
}

/// The state that `metadata` shows.
fn state(metadata: &Metadata) -> State {
    State { stamp: Stamp::of(metadata), online_only: is_dataless(metadata) }
}

/// Whether macOS keeps only the name of this file here (`SF_DATALESS`): reading it would download it.
#[cfg(target_os = "macos")]
fn is_dataless(metadata: &Metadata) -> bool {
    use std::os::macos::fs::MetadataExt;
    metadata.st_flags() & 0x4000_0000 != 0
}

/// Whether only the name of this file is here, which other systems do not tell.
#[cfg(not(target_os = "macos"))]
fn is_dataless(_: &Metadata) -> bool {
    false
}

impl Folder for Disk {
    fn place(&self) -> &Path {
        &self.root
    }

    fn named(&self) -> &Path {
        &self.named
    }

    fn properties(&self) -> Properties {
        *self.properties.get_or_init(|| kind::properties(&self.root))
    }

    fn ground(&self) -> Result<Ground, FolderError> {
        let found = fs::metadata(&self.root)?;
        let born = found.created().ok().and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born = born.and_then(|born| i64::try_from(born.as_nanos()).ok());
        let lasting = lasting(found.ino(), born, self.properties());
        Ok(Ground { now: (found.dev(), found.ino()), lasting })
    }

    fn is_disk(&self, directory: &Path) -> bool {
        mount::is_disk(&self.root.join(directory))
    }

    fn directory(&self) -> Option<&Path> {
        Some(&self.root)
    }

    fn library_around(&self) -> Option<PathBuf> {
        library_around(&self.root)
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
        reading::list(&self.root.join(directory), each)
    }

    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError> {
        let found = fs::symlink_metadata(self.root.join(path))?;
        Ok((reading::kind(found.file_type()), state(&found)))
    }

    fn follow(&self, link: &Path) -> Result<Led, FolderError> {
        let led = fs::canonicalize(self.root.join(link));
        // A circle has no kind of its own.
        let place = led.map_err(|error| FolderError::Permanent(error.to_string()))?;
        let found = fs::metadata(&place).ok().filter(Metadata::is_file);
        Ok(Led { file: found.as_ref().map(state), place })
    }

    fn opener(&self) -> Box<dyn Opener + '_> {
        Box::new(reading::InTurn::new(&self.root))
    }

    fn open_within(&self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        let whole = fs::canonicalize(self.root.join(path))?;
        if !whole.starts_with(&self.root) {
            return Err(FolderError::Leaves(path.to_owned()));
        }
        if !fs::metadata(&whole)?.is_file() {
            return Err(FolderError::Gone);
        }
        Ok(reading::opened(open_file(&whole)?))
    }

    fn local(&self, path: &Path, wanted: Stamp) -> Result<Option<Local>, FolderError> {
        let path = self.root.join(path);
        match fs::metadata(&path).map_err(FolderError::from) {
            Ok(found) if Stamp::of(&found) == wanted => Ok(Some(Local { path, stamp: wanted, spool: None })),
            Ok(_) | Err(FolderError::Gone) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn begin(&self, directory: &Path, part: &str) -> Result<Box<dyn Part>, FolderError> {
        writing::begin(self, directory, part)
    }

    fn reopen(&self, directory: &Path, part: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
        writing::reopen(self, directory, part)
    }

    fn discard(&self, directory: &Path, part: &str) -> Result<(), FolderError> {
        writing::discard(&self.root, directory, part)
    }

    fn rename(&self, path: &Path, name: &OsStr) -> Result<(), FolderError> {
        self.names.give(&self.root.join(path), name)
    }

    fn hand_over(&self, path: &Path, to: &dyn Folder, target: &Path) -> Result<bool, FolderError> {
        let Some(directory) = to.directory() else { return Ok(false) };
        let target = directory.join(target);
        fs::create_dir_all(target.parent().unwrap_or(directory))?;
        match self.names.move_new(&self.root.join(path), &target) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => Ok(false),
            moved => Ok(moved.map(|()| true)?),
        }
    }

    fn date(&self, path: &Path, state: Stamp, taken: Timestamp) -> Result<Option<Stamp>, FolderError> {
        Ok(dates::mend(&self.root.join(path), state, taken)?)
    }

    fn sync_directories(&self, directories: &[&Path]) -> Result<(), FolderError> {
        writing::sync_directories(&self.root, directories)
    }

    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)> {
        writing::obstacle(&self.root, directory)
    }

    fn free_space(&self) -> Result<Option<u64>, FolderError> {
        Ok(Some(files::free_space(&self.root)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_inode_that_is_kept_and_a_birth_tell_a_directory_for_good() {
        let made_up = Properties { renumbers: true, ..Properties::default() };
        assert_eq!(lasting(7, Some(5), Properties::default()), Some((7, 5)));
        for (born, on) in [(None, Properties::default()), (Some(0), Properties::default()), (Some(5), made_up)] {
            assert_eq!(lasting(1, born, on), None, "{born:?} {on:?}");
        }
    }
}
