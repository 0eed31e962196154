//! Opens files that others put where they are. A walk saw plain files; whoever may write there can have put a pipe or a
//! device in their place since, and to open one as a file is opened could wait for ever.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags};

/// Opens a plain file to read it. Anything else is refused, and nothing is waited for.
pub fn open_file(path: &Path) -> io::Result<File> {
    open_plain(CWD, path, OFlags::RDONLY)
}

/// As [`open_file`], below an open directory, and also to write it.
pub(crate) fn open_plain(directory: impl AsFd, path: &Path, access: OFlags) -> io::Result<File> {
    // Of a plain file these say nothing; a pipe without them waits for who writes into it, a terminal becomes ours.
    let at_once = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, path, access | at_once, Mode::empty())?;
    match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
        FileType::RegularFile => Ok(file.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file")),
    }
}

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
            return open_file(&self.root.join(path));
        };
        let directory = match self.directory.take() {
            Some((held, directory)) if held == inside => (held, directory),
            _ => (inside.to_owned(), open_directory(&self.root.join(inside))?),
        };
        let (_, directory) = self.directory.insert(directory);
        open_plain(directory, Path::new(name), OFlags::RDONLY)
    }
}

fn open_directory(path: &Path) -> io::Result<File> {
    Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read;
    use std::os::unix::net::UnixListener;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    /// What a call comes to that must not wait for anything.
    fn at_once<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
        let (send, receive) = mpsc::channel();
        thread::spawn(move || send.send(call()));
        receive.recv_timeout(Duration::from_secs(10)).expect("it waits for nobody")
    }

    #[test]
    fn what_is_no_plain_file_is_refused_and_not_waited_for() {
        let room = tempfile::tempdir().expect("a directory");
        let root = room.path().to_owned();
        let mut mkfifo = std::process::Command::new("mkfifo");
        let made = mkfifo.args([root.join("pipe.jpg"), root.join("2024")]).status().expect("every system has mkfifo");
        assert!(made.success());
        fs::create_dir(root.join("directory.jpg")).expect("a directory");
        std::os::unix::fs::symlink("/dev/zero", root.join("device.jpg")).expect("a link");
        let _socket = UnixListener::bind(root.join("socket.jpg")).expect("a socket");
        for name in ["pipe.jpg", "directory.jpg", "device.jpg", "socket.jpg", "2024/a.jpg"] {
            let here = root.clone();
            let (alone, in_turn) =
                at_once(move || (open_file(&here.join(name)), Opener::new(&here).open(Path::new(name))));
            assert!(alone.is_err(), "{name}");
            assert!(in_turn.is_err(), "{name}");
        }
        let refused = open_file(&root.join("pipe.jpg")).expect_err("no file");
        assert_eq!(refused.to_string(), "it is no plain file");
    }

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
