//! Opens files that others put where they are. A walk saw plain files; whoever may write there can have put a pipe or a
//! device in their place since, and to open one as a file is opened could wait for ever.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags};

/// Opens a plain file to read it. Anything else is refused, and nothing is waited for.
pub fn open_file(path: &Path) -> io::Result<File> {
    open_plain(CWD, path, OFlags::RDONLY)
}

/// As [`open_file`], below an open directory, and also to write it.
pub fn open_plain(directory: impl AsFd, path: &Path, access: OFlags) -> io::Result<File> {
    // Of a plain file these say nothing; a pipe without them waits for who writes into it, a terminal becomes ours.
    let at_once = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(directory, path, access | at_once, Mode::empty())?;
    match FileType::from_raw_mode(rustix::fs::fstat(&file)?.st_mode) {
        FileType::RegularFile => Ok(file.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no plain file")),
    }
}

/// Opens a directory, to open what lies in it.
pub fn open_directory(path: &Path) -> io::Result<File> {
    Ok(rustix::fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?.into())
}

#[cfg(test)]
mod tests {
    use std::fs;
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
            let below = |here: &Path| {
                let (directory, name) = name.rsplit_once('/').unwrap_or((".", name));
                open_plain(open_directory(&here.join(directory))?, Path::new(name), OFlags::RDONLY)
            };
            let (alone, in_turn) = at_once(move || (open_file(&here.join(name)), below(&here)));
            assert!(alone.is_err(), "{name}");
            assert!(in_turn.is_err(), "{name}");
        }
        let refused = open_file(&root.join("pipe.jpg")).expect_err("no file");
        assert_eq!(refused.to_string(), "it is no plain file");
    }
}
