//! Plain files on a disk, as libraries and folders both use them: opened without waiting for what is none, given names that
//! nobody has, cloned where a disk can, with the room that is left. It knows of no photo.

#![forbid(unsafe_code)]

mod cloning;
mod moving;
mod open;

use std::io;
use std::path::Path;

pub use cloning::Clones;
pub use moving::Ways;
pub use open::{open_directory, open_file, open_plain};

/// Bytes that an ordinary user may still write where `path` lies.
pub fn free_space(path: &Path) -> io::Result<u64> {
    // On macOS `statvfs` counts blocks in 32 bits, too few for a disk of 16 TB.
    #[cfg(target_os = "macos")]
    let (blocks, size) = rustix::fs::statfs(path).map(|disk| (disk.f_bavail, u64::from(disk.f_bsize)))?;
    #[cfg(not(target_os = "macos"))]
    let (blocks, size) = rustix::fs::statvfs(path).map(|disk| (disk.f_bavail, disk.f_frsize))?;
    Ok(blocks.saturating_mul(size))
}
