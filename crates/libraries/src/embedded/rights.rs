//! Who may look into a library of ours: whoever may look into the directory that it was made in. One that lies in the data
//! directory is its owner's alone, in all its parts; one at a place that people chose is as they let their files be.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use photobridge_core::data;

/// Whether a directory is its owner's alone.
pub(super) fn is_private(directory: &Path) -> bool {
    fs::metadata(directory).is_ok_and(|directory| directory.permissions().mode() & 0o077 == 0)
}

fn builder(is_private: bool) -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(if is_private { 0o700 } else { 0o777 });
    builder
}

/// Makes the library's own directory.
pub(super) fn first(parent: &Path, library: &Path) -> io::Result<()> {
    builder(is_private(parent)).create(library)
}

/// Makes a directory in the library, with what leads to it, where there is none.
pub(super) fn directory(library: &Path, directory: &Path) -> io::Result<()> {
    builder(is_private(library)).recursive(true).create(directory)
}

/// How a file in the library is made.
pub(super) fn options(library: &Path) -> OpenOptions {
    if is_private(library) { data::options() } else { File::options() }
}

/// Makes the file that SQLite is to fill.
pub(super) fn prepare(library: &Path, file: &Path) -> io::Result<()> {
    if is_private(library) { data::prepare(file) } else { Ok(()) }
}

/// Temporary files are private; a photo in a directory that others may enter gets the rights of other new files.
pub(super) fn share(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o644))
}
