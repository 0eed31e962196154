//! What is new in a folder can be changed by whoever may change the folder: where a group may write its directory, that group may
//! write it, too.
//!
//! The rights of a process leave the group out as a rule, and then the server that shares a folder, which is in that group,
//! could neither rename nor remove what we brought. A file system without rights, or one that keeps its own, is left alone.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown, lchown};
use std::path::Path;

/// The group may write.
const GROUP_WRITES: u32 = 0o020;

/// Lets the group that may write the directory of a new file write that.
pub(super) fn share_file(file: &File, path: &Path) {
    let Some(directory) = shared(path) else { return };
    // Where any of it cannot be, the photo is still whole; `doctor` says so of the folder.
    if is_of_its_group(&directory, || file.metadata(), |group| fchown(file, None, Some(group))) {
        let _ = file.metadata().and_then(|own| file.set_permissions(with(&own, 0o060)));
    }
}

/// The same for a new directory, which is entered, too.
pub(super) fn share_directory(path: &Path) {
    let Some(directory) = shared(path) else { return };
    if is_of_its_group(&directory, || fs::symlink_metadata(path), |group| lchown(path, None, Some(group))) {
        let _ = fs::symlink_metadata(path).and_then(|own| fs::set_permissions(path, with(&own, 0o070)));
    }
}

/// The directory of a path, if its group may write it.
fn shared(path: &Path) -> Option<Metadata> {
    let directory = path.parent().and_then(|directory| fs::metadata(directory).ok());
    directory.filter(|directory| directory.permissions().mode() & GROUP_WRITES != 0)
}

/// Whether what is new is of the group of its directory, as that has a mark for it or we are in it.
fn is_of_its_group(
    directory: &Metadata,
    own: impl Fn() -> io::Result<Metadata>,
    give: impl FnOnce(u32) -> io::Result<()>,
) -> bool {
    let is = |own: io::Result<Metadata>| own.is_ok_and(|own| own.gid() == directory.gid());
    is(own()) || (give(directory.gid()).is_ok() && is(own()))
}

fn with(own: &Metadata, more: u32) -> Permissions {
    Permissions::from_mode(own.permissions().mode() & 0o7777 | more)
}
