//! Lists directories and opens files.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirEntry, File, FileType};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use photobridge_core::folder::{Entry, FolderError, Kind, Opened, Opener, State};
use photobridge_files::{open_directory, open_file, open_plain};
use rustix::fs::OFlags;

use super::state;

pub(super) fn list(directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if each(&Listed { name: entry.file_name(), entry }).is_break() {
            break;
        }
    }
    Ok(())
}

/// An entry as the directory names it.
struct Listed {
    name: OsString,
    entry: DirEntry,
}

impl Entry for Listed {
    fn name(&self) -> &OsStr {
        &self.name
    }

    fn kind(&self) -> Result<Kind, FolderError> {
        Ok(kind(self.entry.file_type()?))
    }

    fn state(&self) -> Result<State, FolderError> {
        // Asked of the open directory by name: half the price of a look-up of the whole path.
        Ok(state(&self.entry.metadata()?))
    }
}

pub(super) fn kind(of: FileType) -> Kind {
    if of.is_file() {
        Kind::File
    } else if of.is_dir() {
        Kind::Directory
    } else if of.is_symlink() {
        Kind::Link
    } else {
        Kind::Other
    }
}

/// A plain file that is open.
struct Plain(File);

pub(super) fn opened(file: File) -> Box<dyn Opened> {
    Box::new(Plain(file))
}

impl Opened for Plain {
    fn state(&self) -> Result<State, FolderError> {
        Ok(state(&self.0.metadata()?))
    }
}

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Seek for Plain {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Keeps the directory open in which the last file lay: the next one mostly lies there too, and to look up the way to it
/// costs as much as to open it.
pub(super) struct InTurn<'a> {
    root: &'a Path,
    directory: Option<(PathBuf, File)>,
}

impl<'a> InTurn<'a> {
    /// An opener for the folder at `root`.
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root, directory: None }
    }
}

impl Opener for InTurn<'_> {
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        let (Some(inside), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(opened(open_file(&self.root.join(path))?));
        };
        let directory = match self.directory.take() {
            Some((held, directory)) if held == inside => (held, directory),
            _ => (inside.to_owned(), open_directory(&self.root.join(inside))?),
        };
        let (_, directory) = self.directory.insert(directory);
        Ok(opened(open_plain(directory, Path::new(name), OFlags::RDONLY)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_leads_to_its_own_file() {
        let root = tempfile::tempdir().expect("a directory");
        let paths = ["a.jpg", "2024/a.jpg", "2024/b.jpg", "2024/01/a.jpg", "2025/a.jpg"];
        for path in paths {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
            fs::write(&path, path.to_str().expect("text")).expect("a file");
        }
        let mut opener = InTurn::new(root.path());
        let rounds = paths.iter().chain(&["2024/a.jpg", "a.jpg", "2024/b.jpg"]);
        for path in rounds {
            let mut text = String::new();
            let mut opened = opener.open(Path::new(path)).expect("it is there");
            opened.read_to_string(&mut text).expect("it is read");
            assert_eq!(Path::new(&text), root.path().join(path));
            let gone = opener.open(&Path::new(path).with_file_name("gone.jpg")).err();
            assert!(matches!(gone, Some(FolderError::Gone)));
        }
        assert!(matches!(opener.open(Path::new("2026/a.jpg")).err(), Some(FolderError::Gone)));
        assert!(opener.open(Path::new("2025/a.jpg")).is_ok());
    }
}
