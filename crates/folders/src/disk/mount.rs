//! Which directories are disks of their own.

use std::io;
use std::path::Path;

/// Whether another disk is mounted at a directory than the one that the directory above it lies on.
pub(super) fn is_disk(directory: &Path) -> bool {
    let above = directory.parent().map(number);
    matches!((number(directory), above), (Ok(own), Some(Ok(above))) if own != above)
}

/// A number of the disk that a directory lies on. On Linux it is that of the mount: a directory that is mounted a second time
/// is a disk of its own, and a subvolume of btrfs is none.
#[cfg(not(target_os = "macos"))]
fn number(directory: &Path) -> io::Result<u64> {
    use rustix::fs::{AtFlags, CWD, StatxFlags, statx};
    let found = statx(CWD, directory, AtFlags::STATX_DONT_SYNC, StatxFlags::MNT_ID);
    let is_told = |mask| StatxFlags::from_bits_retain(mask).contains(StatxFlags::MNT_ID);
    match found {
        Ok(found) if is_told(found.stx_mask) => Ok(found.stx_mnt_id),
        _ => device(directory),
    }
}

#[cfg(target_os = "macos")]
fn number(directory: &Path) -> io::Result<u64> {
    device(directory)
}

fn device(directory: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt;
    Ok(std::fs::metadata(directory)?.dev())
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_disk_is_told_from_the_directory_around_it() {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("below")).expect("made");
        assert!(is_disk(Path::new("/proc")));
        assert!(!is_disk(Path::new("/proc/self")) && !is_disk(&directory.path().join("below")));
        assert!(!is_disk(&directory.path().join("nowhere")) && !is_disk(Path::new("/")));
    }
}
