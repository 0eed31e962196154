//! Streams the bytes of a resource that lies on this disk.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use photobridge_core::asset::{Asset, ResourceRole, Whereabouts};
use photobridge_core::library::ReadError;
use photobridge_core::progress::Cancel;
use photobridge_files::open_file;

use crate::files;

const CHUNK: usize = 256 * 1024;

/// Streams a resource of an asset of the library at `root`; returns the number of bytes.
pub(crate) fn read(
    root: &Path,
    asset: &Asset,
    role: ResourceRole,
    sink: &mut dyn Write,
    cancel: &Cancel,
) -> Result<u64, ReadError> {
    let mut file = open_resource(root, asset, role)?;
    let length = file.metadata().map_err(failure)?.len();
    copy(&mut file, length, sink, cancel)
}

/// Opens a resource of an asset of the library at `root`.
pub(crate) fn open_resource(root: &Path, asset: &Asset, role: ResourceRole) -> Result<File, ReadError> {
    let resource = asset.resource(role).filter(|resource| resource.whereabouts == Whereabouts::Here);
    open(root, &resource.ok_or(ReadError::NotHere)?.locator)
}

/// Opens the file that a locator names, after another look at where its path leads: the library may have changed since
/// it was listed.
pub(crate) fn open(root: &Path, locator: &str) -> Result<File, ReadError> {
    let path = if locator.starts_with('/') {
        PathBuf::from(locator)
    } else {
        let (directory, name) = locator.rsplit_once('/').ok_or(ReadError::NotHere)?;
        let inside = files::join(directory, name).ok_or(ReadError::NotHere)?;
        let root = root.canonicalize().map_err(failure)?;
        let path = root.join(inside).canonicalize().map_err(failure)?;
        if !path.starts_with(&root) {
            return Err(ReadError::NotHere);
        }
        path
    };
    let is_file = path.metadata().map_err(failure)?.is_file();
    if is_file { open_file(&path).map_err(failure) } else { Err(ReadError::NotHere) }
}

/// Copies a file that has about this length: no more room is made than it fills.
fn copy(file: &mut File, length: u64, sink: &mut dyn Write, cancel: &Cancel) -> Result<u64, ReadError> {
    let room = usize::try_from(length).unwrap_or(CHUNK).clamp(1, CHUNK);
    let mut chunk = vec![0; room];
    let mut length = 0;
    loop {
        if cancel.is_cancelled() {
            return Err(ReadError::Retry("cancelled".into()));
        }
        match file.read(&mut chunk) {
            Ok(0) => return Ok(length),
            Ok(n) => {
                sink.write_all(&chunk[..n]).map_err(failure)?;
                length += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failure(error)),
        }
    }
}

fn failure(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound => ReadError::NotHere,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ReadError::DiskFull,
        io::ErrorKind::TimedOut | io::ErrorKind::StaleNetworkFileHandle => ReadError::Retry(error.to_string()),
        _ => ReadError::Permanent(error.to_string()),
    }
}
