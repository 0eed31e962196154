//! Gives a file a name that nobody has, on file systems of every age.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// Ways to give a file a name that nobody has, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A rename that the file system itself refuses where the name is taken.
    Exclusive,
    /// A second name, which is likewise refused, and the first removed: for NFS and old kernels.
    Linked,
    /// A look, then a rename. For exFAT and SMB, which know neither: between the two somebody else could take the name,
    /// a window of microseconds.
    Checked,
}

/// Moves by the first way that the file system knows.
pub(super) fn move_new(part: &Path, target: &Path, ways: &[Way]) -> io::Result<()> {
    let mut unknown = Errno::NOSYS;
    for way in ways {
        match move_by(*way, part, target) {
            Err(error) if is_unknown(*way, error) => unknown = error,
            outcome => return outcome.map_err(io::Error::from),
        }
    }
    Err(unknown.into())
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

/// Whether the file system says that it does not know this way. Linux says EPERM of a link that exFAT cannot make.
fn is_unknown(way: Way, error: Errno) -> bool {
    let is_refusal = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP].contains(&error);
    match way {
        Way::Exclusive => is_refusal,
        Way::Linked => is_refusal || [Errno::PERM, Errno::MLINK].contains(&error),
        Way::Checked => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_system_does_not_know_is_tried_in_another_way() {
        for (way, error, unknown) in [
            (Way::Exclusive, Errno::INVAL, true),
            (Way::Exclusive, Errno::NOSYS, true),
            (Way::Exclusive, Errno::NOTSUP, true),
            (Way::Exclusive, Errno::EXIST, false),
            (Way::Exclusive, Errno::PERM, false),
            (Way::Linked, Errno::PERM, true),
            (Way::Linked, Errno::EXIST, false),
            (Way::Linked, Errno::NOSPC, false),
            (Way::Checked, Errno::INVAL, false),
        ] {
            assert_eq!(is_unknown(way, error), unknown, "{way:?} {error:?}");
        }
    }

    #[test]
    fn no_way_replaces_anything() {
        for way in [Way::Exclusive, Way::Linked, Way::Checked] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let at = |name: &str| folder.path().join(name);
            let write = |name: &str, text: &str| fs::write(at(name), text).expect("a file in a temporary folder");
            write("part", "ours");
            write("file", "theirs");
            fs::create_dir(at("directory")).expect("a directory");
            std::os::unix::fs::symlink("nowhere", at("link")).expect("a link");
            for name in ["file", "directory", "link"] {
                let error = move_new(&at("part"), &at(name), &[way]).expect_err("the name is taken");
                assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{way:?} {name}");
                assert_eq!(fs::read(at("part")).expect("still there"), b"ours");
            }
            assert_eq!(fs::read(at("file")).expect("still there"), b"theirs");
            assert!(at("directory").is_dir() && at("link").is_symlink() && !at("nowhere").exists(), "{way:?}");
            move_new(&at("part"), &at("free"), &[way]).expect("the name is free");
            assert_eq!(fs::read(at("free")).expect("moved"), b"ours");
            assert!(!at("part").exists(), "{way:?}");
        }
    }
}
