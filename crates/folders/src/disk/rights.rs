//! What is new in a folder can be changed by whoever may change the folder: its directory lets a group write, so does it.
//!
//! The rights of a process leave the group out as a rule, and then the server that shares a folder, which is in that group,
//! could neither rename nor remove what we brought. A file system without rights, or one that keeps its own, is left alone.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The group may write.
const GROUP_WRITES: u32 = 0o020;

/// Lets the group of a new file write it, if it may write the directory.
pub(super) fn share_file(file: &File, path: &Path) {
    if let (true, Ok(own)) = (is_shared(path), file.metadata()) {
        let mode = own.permissions().mode();
        // Where it cannot be, the photo is still whole; `doctor` says so of the folder.
        let _ = file.set_permissions(Permissions::from_mode(mode & 0o7777 | 0o060));
    }
}

/// The same for a new directory, which is entered, too.
pub(super) fn share_directory(path: &Path) {
    if let (true, Ok(own)) = (is_shared(path), fs::symlink_metadata(path)) {
        let mode = own.permissions().mode();
        let _ = fs::set_permissions(path, Permissions::from_mode(mode & 0o7777 | 0o070));
    }
}

/// Whether the directory of a path lets its group write.
fn is_shared(path: &Path) -> bool {
    let directory = path.parent().and_then(|directory| fs::metadata(directory).ok());
    directory.is_some_and(|directory| directory.permissions().mode() & GROUP_WRITES != 0)
}
