//! Makes a file a clone of another one: the same bytes, which lie on the disk once until either file is written.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;

use rustc_hash::FxHashSet;
use rustix::io::Errno;

/// What is said where two file systems, or one of them, do not clone at all. Whatever else is said concerns one file.
const UNKNOWN: [Errno; 4] = [Errno::XDEV, Errno::OPNOTSUPP, Errno::NOTTY, Errno::NOSYS];

/// Clones files where that can be, and remembers where it cannot.
#[derive(Debug, Default)]
pub struct Clones {
    /// By the numbers of two devices.
    none: FxHashSet<(u64, u64)>,
}

impl Clones {
    /// Whether a file may become a clone, as far as is known by now.
    pub fn may(&self, to: &File) -> bool {
        to.metadata().is_ok_and(|to| !self.none.iter().any(|(_, device)| *device == to.dev()))
    }

    /// Makes an empty file a clone of another one, with all bytes that this has at one moment. `false` where that cannot be:
    /// then the file is as empty as before.
    pub fn make(&mut self, from: &File, to: &File) -> io::Result<bool> {
        let devices = (from.metadata()?.dev(), to.metadata()?.dev());
        if self.none.contains(&devices) {
            return Ok(false);
        }
        let Err(error) = clone(from, to) else { return Ok(true) };
        if UNKNOWN.contains(&error) {
            self.none.insert(devices);
        } else {
            // A disk that is full may have taken a part.
            to.set_len(0)?;
        }
        Ok(false)
    }
}

#[cfg(target_os = "linux")]
fn clone(from: &File, to: &File) -> Result<(), Errno> {
    rustix::fs::ioctl_ficlone(to, from)
}

/// Other systems clone a file only to a name that is free, with all that it has besides its bytes.
#[cfg(not(target_os = "linux"))]
fn clone(_: &File, _: &File) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_clone_has_all_bytes_or_there_is_none() {
        let folder = tempfile::tempdir().expect("a directory");
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&a, vec![7; 100_000]).expect("a file");
        let from = File::open(&a).expect("readable");
        let mut clones = Clones::default();
        for _ in 0..2 {
            let to = File::create(&b).expect("a file");
            let is_clone = clones.make(&from, &to).expect("asked");
            assert_eq!(fs::read(&b).expect("readable").len(), if is_clone { 100_000 } else { 0 });
            assert_eq!(clones.may(&to), is_clone, "learnt by trying once");
        }
    }

    #[test]
    fn what_does_not_clone_is_not_asked_again() {
        let folder = tempfile::tempdir().expect("a directory");
        fs::write(folder.path().join("a"), "a").expect("a file");
        let from = File::open(folder.path().join("a")).expect("readable");
        let to = File::create(folder.path().join("b")).expect("a file");
        let device = from.metadata().expect("there").dev();
        let mut clones = Clones { none: [(device, device)].into_iter().collect() };
        assert!(!clones.may(&to));
        assert!(!clones.make(&from, &to).expect("known"));
    }
}
