//! Brings files and names to the disk, as far as the file system knows how: only then do they survive a power failure.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::io::Errno;

/// Brings the bytes of a file to the disk. macOS' full sync is unknown to network disks; what they know instead has to do.
pub fn file(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if is_unsupported(&error) => Ok(rustix::fs::fsync(file)?),
        outcome => outcome,
    }
}

/// Brings the names in a directory to the disk. Some file systems sync no directories: they keep names in another way,
/// or not at all, and nothing can be done.
pub fn directory(path: &Path) -> io::Result<()> {
    match file(&File::open(path)?) {
        Err(error) if is_unsupported(&error) => Ok(()),
        outcome => outcome,
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    let refusals = [Errno::INVAL, Errno::NOSYS, Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOTTY];
    Errno::from_io_error(error).is_some_and(|error| refusals.contains(&error))
}
