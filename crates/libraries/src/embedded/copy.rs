//! Carries a file into `originals`: whole, hashed and safe on disk, or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use photobridge_core::durable;
use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::library::{ImportError, LibraryError};
use photobridge_core::wording::size;
use photobridge_files::{Ways, free_space, open_file};

use super::rights;

const CHUNK: usize = 256 * 1024;

/// As long as so many bytes are free, a file that does not fit says nothing of the others.
const AMPLE: u64 = 1 << 30;

/// Copies `source` to `directory/name`, which must not exist; returns what was read and how long it was.
pub(super) fn copy(
    source: &Path,
    directory: &Path,
    name: &str,
    ways: &mut Ways,
) -> Result<(Fingerprint, u64), ImportError> {
    let unreadable = |error| ImportError::Source { path: source.to_owned(), source: error };
    let from = open_file(source).map_err(unreadable)?;
    let expected = from.metadata().map_err(unreadable)?.len();
    let not_written = |error| not_written(directory, error);
    let free = free_space(directory).map_err(not_written)?;
    if expected > free && free >= AMPLE {
        let (needed, free) = (size(expected), size(free));
        let why = format!("there is no room for {}: it takes {needed}, and {free} are free", source.display());
        return Err(ImportError::Refused(why));
    }
    // One byte more than it has: a file that keeps growing is noticed, and not followed for ever.
    let mut from = from.take(expected.saturating_add(1));
    let mut part = tempfile::Builder::new()
        .prefix(&format!("{name}."))
        .suffix(".part")
        .tempfile_in(directory)
        .map_err(not_written)?;
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                hasher.update(&chunk[..n]);
                part.write_all(&chunk[..n]).map_err(not_written)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    let length = hasher.length();
    if length == 0 {
        return Err(ImportError::Refused(format!("{} is empty", source.display())));
    }
    rights::share(part.as_file(), directory).and_then(|()| durable::file(part.as_file())).map_err(not_written)?;
    ways.move_new(&part.into_temp_path(), &directory.join(name)).map_err(not_written)?;
    Ok((hasher.finish(), length))
}

/// The error for a file that could not be written.
pub(super) fn not_written(directory: &Path, error: io::Error) -> ImportError {
    match error.kind() {
        // Other photos may go into other directories.
        io::ErrorKind::PermissionDenied => {
            let shown = directory.display();
            ImportError::Refused(format!("{shown} cannot be written to ({error}): check its owner and permissions"))
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ImportError::DiskFull,
        _ => LibraryError::failed("copying into the library")(error).into(),
    }
}

/// Removes the files of an import that did not come to its end: those in `directory` whose names begin with its UUID.
pub(super) fn remove(directory: &Path, uuid: &str) -> io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(uuid));
        if rest.is_some_and(|rest| rest.starts_with(['.', '_'])) {
            fs::remove_file(entry.path())?;
        }
    }
    durable::directory(directory)
}
