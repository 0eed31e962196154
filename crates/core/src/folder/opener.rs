//! Opens the files of a folder, one after the other.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// Keeps the directory open in which the last file lay: the next one mostly lies there too, and to look up the way to it
/// costs as much as to open it.
pub struct Opener<'a> {
    root: &'a Path,
    directory: Option<(PathBuf, File)>,
}

impl<'a> Opener<'a> {
    /// An opener for the folder at `root`.
    pub fn new(root: &'a Path) -> Self {
        Self { root, directory: None }
    }

    /// Opens the file at a path below the folder.
    pub fn open(&mut self, path: &Path) -> io::Result<File> {
        let (Some(inside), Some(name)) = (path.parent(), path.file_name()) else {
            return File::open(self.root.join(path));
        };
        let directory = match self.directory.take() {
            Some((held, directory)) if held == inside => (held, directory),
            _ => (inside.to_owned(), File::open(self.root.join(inside))?),
        };
        let (_, directory) = self.directory.insert(directory);
        Ok(rustix::fs::openat(directory, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?.into())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;

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
        let mut opener = Opener::new(root.path());
        let rounds = paths.iter().chain(&["2024/a.jpg", "a.jpg", "2024/b.jpg"]);
        for path in rounds {
            let mut text = String::new();
            opener.open(Path::new(path)).and_then(|mut file| file.read_to_string(&mut text)).expect("it is read");
            assert_eq!(Path::new(&text), root.path().join(path));
            let gone = opener.open(&Path::new(path).with_file_name("gone.jpg")).expect_err("it is not there");
            assert_eq!(gone.kind(), io::ErrorKind::NotFound);
        }
        let gone = opener.open(Path::new("2026/a.jpg")).expect_err("it is not there");
        assert_eq!(gone.kind(), io::ErrorKind::NotFound);
        assert!(opener.open(Path::new("2025/a.jpg")).is_ok());
    }
}
