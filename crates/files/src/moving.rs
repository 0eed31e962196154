//! Gives a file a name that nobody has, on file systems of every age.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustc_hash::FxHashMap;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// A way to give a file a name that nobody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A rename that the file system itself refuses where the name is taken.
    Exclusive,
    /// A second name, which is likewise refused, and the first removed: for NFS and most of what FUSE carries.
    Linked,
    /// A look, then a rename. For exFAT, cryfs and rclone, which know neither: between the two somebody else could take the
    /// name, a window of microseconds.
    Checked,
}

/// The ways, the best first.
const WAYS: [Way; 3] = [Way::Exclusive, Way::Linked, Way::Checked];

/// Which way each file system knows, learnt by trying once: what one says of a way that it does not know is anything from
/// EINVAL and EPERM to EIO and ERANGE, all of which others say of a way that they know and that failed.
#[derive(Debug, Default)]
pub struct Ways {
    /// By the number of the device the way that moved a file there.
    known: FxHashMap<u64, Way>,
}

impl Ways {
    /// Gives a file another name on the same disk, unless anything has that name.
    pub fn move_new(&mut self, file: &Path, target: &Path) -> io::Result<()> {
        self.move_on(fs::symlink_metadata(file)?.dev(), file, target)
    }

    /// The same, of a file that is known to lie on this device.
    pub fn move_on(&mut self, device: u64, file: &Path, target: &Path) -> io::Result<()> {
        self.on(device, |way| move_by(way, file, target)).map_err(io::Error::from)
    }

    /// Moves by the way that this file system is known to know. Else by the best that does it: those before it failed where
    /// a weaker one did the same in the same moment, so they are not known there. Where none does, it is no matter of ways.
    fn on(&mut self, device: u64, mut move_by: impl FnMut(Way) -> Result<(), Errno>) -> Result<(), Errno> {
        if let Some(way) = self.known.get(&device) {
            return move_by(*way);
        }
        let mut failure = Errno::NOSYS;
        for way in WAYS {
            match move_by(way) {
                Ok(()) => {
                    self.known.insert(device, way);
                    return Ok(());
                }
                // No way replaces what has the name. It tells nothing of this one: Linux looks before it asks.
                Err(Errno::EXIST) => return Err(Errno::EXIST),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// As if the file system at a path had been found to know this way.
    #[cfg(test)]
    fn only(way: Way, path: &Path) -> Self {
        let device = fs::metadata(path).expect("a directory").dev();
        Self { known: [(device, way)].into_iter().collect() }
    }
}

fn move_by(way: Way, part: &Path, target: &Path) -> Result<(), Errno> {
    match way {
        Way::Exclusive => renameat_with(CWD, part, CWD, target, RenameFlags::NOREPLACE),
        Way::Linked => {
            rustix::fs::link(part, target)?;
            // The file has its name; a part that cannot be removed now is removed by the journal.
            let _ = fs::remove_file(part);
            Ok(())
        }
        Way::Checked => match rustix::fs::lstat(target) {
            Ok(_) => Err(Errno::EXIST),
            Err(Errno::NOENT) => rustix::fs::rename(part, target),
            Err(error) => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Moves on device 1, where each way answers as the table says; returns the outcome and the ways that were tried.
    fn moved(ways: &mut Ways, answers: [Result<(), Errno>; 3]) -> (Result<(), Errno>, Vec<Way>) {
        let mut tried = Vec::new();
        let outcome = ways.on(1, |way| {
            tried.push(way);
            answers[tried.len() - 1 + WAYS.iter().position(|first| *first == tried[0]).expect("one of them")]
        });
        (outcome, tried)
    }

    #[test]
    fn what_a_file_system_does_not_know_is_told_from_what_failed() {
        use Errno as E;
        // ext4; NFS; exFAT; exfat-fuse and davfs2; rclone; cryfs: what each says of a way that it does not know.
        for (exclusive, linked, way) in [
            (Ok(()), Ok(()), Way::Exclusive),
            (Err(E::INVAL), Ok(()), Way::Linked),
            (Err(E::NOSYS), Ok(()), Way::Linked),
            (Err(E::INVAL), Err(E::PERM), Way::Checked),
            (Err(E::INVAL), Err(E::IO), Way::Checked),
            (Err(E::INVAL), Err(E::RANGE), Way::Checked),
        ] {
            let mut ways = Ways::default();
            let (outcome, tried) = moved(&mut ways, [exclusive, linked, Ok(())]);
            assert_eq!((outcome, tried.last()), (Ok(()), Some(&way)));
            // From then on that way is the only one, and a failure is one, whatever it is called.
            for error in [E::IO, E::INVAL, E::RANGE, E::NOSPC, E::PERM, E::EXIST] {
                assert_eq!(moved(&mut ways, [Err(error); 3]), (Err(error), vec![way]), "{way:?}");
            }
        }
    }

    #[test]
    fn where_no_way_does_it_nothing_is_learnt() {
        let mut ways = Ways::default();
        let full = [Err(Errno::INVAL), Err(Errno::PERM), Err(Errno::NOSPC)];
        assert_eq!(moved(&mut ways, full), (Err(Errno::NOSPC), WAYS.to_vec()));
        let taken = [Err(Errno::INVAL), Err(Errno::EXIST), Ok(())];
        assert_eq!(moved(&mut ways, taken), (Err(Errno::EXIST), WAYS[..2].to_vec()), "never past a name that is taken");
        assert_eq!(moved(&mut ways, [Ok(()); 3]), (Ok(()), vec![Way::Exclusive]));
    }

    #[test]
    fn no_way_replaces_anything() {
        for way in WAYS {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let at = |name: &str| folder.path().join(name);
            let write = |name: &str, text: &str| fs::write(at(name), text).expect("a file in a temporary folder");
            let mut ways = Ways::only(way, folder.path());
            write("part", "ours");
            write("file", "theirs");
            fs::create_dir(at("directory")).expect("a directory");
            std::os::unix::fs::symlink("nowhere", at("link")).expect("a link");
            for name in ["file", "directory", "link"] {
                let error = ways.move_new(&at("part"), &at(name)).expect_err("the name is taken");
                assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{way:?} {name}");
                assert_eq!(fs::read(at("part")).expect("still there"), b"ours");
            }
            assert_eq!(fs::read(at("file")).expect("still there"), b"theirs");
            assert!(at("directory").is_dir() && at("link").is_symlink() && !at("nowhere").exists(), "{way:?}");
            ways.move_new(&at("part"), &at("free")).expect("the name is free");
            assert_eq!(fs::read(at("free")).expect("moved"), b"ours");
            assert!(!at("part").exists(), "{way:?}");
        }
    }
}
