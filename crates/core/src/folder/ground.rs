//! The directory that was looked at, whatever lies at its path by now: a disk that goes away leaves an empty one behind.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Which directory lay at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    device: u64,
    inode: u64,
}

impl Ground {
    /// The one that lies there now.
    pub fn of(root: &Path) -> io::Result<Self> {
        std::fs::metadata(root).map(|found| Self { device: found.dev(), inode: found.ino() })
    }

    /// Whether it still lies at its path.
    pub fn is_at(self, root: &Path) -> bool {
        Self::of(root).is_ok_and(|now| now == self)
    }
}
