//! Brings a whole file of a server onto this computer, in as many pieces as the connection allows.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::progress::Cancel;

use super::client::{Client, cut};
use super::fault::Fault;
use super::listing::look;
use super::multistatus::Facts;
use super::reader::bytes;

/// Bytes that are read again where a download goes on, and must be the ones that are here: Nextcloud gives other bytes of the
/// same length and date the same ETag.
const OVERLAP: u64 = 64 * 1024;

/// How long what was brought is kept for the next run.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How often in a row a download is gone on with that brought nothing.
const TRIES: u32 = 4;

/// A file that was brought here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spooled {
    /// Where it lies.
    pub path: PathBuf,
    /// The identity of its bytes.
    pub fingerprint: Fingerprint,
    /// Its length.
    pub size: u64,
}

/// Brings the file at `path`, as it was listed, into the directory `spool`. What an earlier run brought of it is gone on with.
/// The file that was listed comes whole, or none does.
pub fn download(
    client: &Client,
    path: &Path,
    listed: &Facts,
    spool: &Path,
    progress: &dyn Fn(u64),
    cancel: &Cancel,
) -> Result<Spooled, Fault> {
    let here = spool.join(name_of(path, listed));
    let disk = |error: io::Error| Fault::of_disk(&error);
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&here).map_err(disk)?;
    let mut tries = 0;
    loop {
        let before = file.metadata().map_err(disk)?.len();
        match go_on(client, path, listed, &mut file, progress, cancel) {
            Ok(()) => break,
            Err(Fault::Retry { why, after }) => {
                let has_come = file.metadata().map_err(disk)?.len() > before;
                tries = if has_come { 0 } else { tries + 1 };
                if tries == TRIES {
                    return Err(Fault::Retry { why, after });
                }
                std::thread::sleep(Duration::from_millis(100 << tries));
            }
            Err(fault) => {
                if matches!(fault, Fault::Changed | Fault::Gone) {
                    let _ = fs::remove_file(&here);
                }
                return Err(fault);
            }
        }
    }
    if !look(client, path)?.is_same(listed) {
        let _ = fs::remove_file(&here);
        return Err(Fault::Changed);
    }
    file.rewind().map_err(disk)?;
    let (fingerprint, size) = Fingerprint::of_reader(&file).map_err(disk)?;
    Ok(Spooled { path: here, fingerprint, size })
}

/// Removes what runs that died brought into `spool` and no run asked for within a day: what is being brought is written to.
pub fn forget_old(spool: &Path) {
    let is_download = |name: &str| name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_old = |entry: &fs::DirEntry| {
        let written = entry.metadata().and_then(|file| file.modified()).ok();
        written.and_then(|written| written.elapsed().ok()).is_some_and(|age| age > KEPT)
    };
    for entry in fs::read_dir(spool).into_iter().flatten().flatten() {
        if is_download(&entry.file_name().to_string_lossy()) && is_old(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The name of what is brought here of one state of a file.
fn name_of(path: &Path, listed: &Facts) -> String {
    let mut hasher = Hasher::new();
    let state = (listed.size, listed.modified, listed.etag.as_ref().map(|etag| etag.text()), listed.file_id);
    hasher.update(format!("{path:?} {state:?}").as_bytes());
    hasher.finish().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Asks for what is not here yet.
fn go_on(
    client: &Client,
    path: &Path,
    listed: &Facts,
    file: &mut File,
    progress: &dyn Fn(u64),
    cancel: &Cancel,
) -> Result<(), Fault> {
    let disk = |error: io::Error| Fault::of_disk(&error);
    let host = client.address().host();
    let size = listed.size.unwrap_or_default();
    let mut here = file.metadata().map_err(disk)?.len();
    if here > size {
        file.set_len(0).map_err(disk)?;
        here = 0;
    }
    let from = here.saturating_sub(OVERLAP);
    let mut reader = bytes(client, path, listed, from, size)?;
    let (mut again, mut held) = (Vec::new(), Vec::new());
    reader.by_ref().take(here - from).read_to_end(&mut again).map_err(|error| cut(host, &error))?;
    file.seek(SeekFrom::Start(from)).map_err(disk)?;
    file.take(here - from).read_to_end(&mut held).map_err(disk)?;
    if again.len() < held.len() {
        return Err(cut(host, &io::ErrorKind::UnexpectedEof.into()));
    }
    if again != held {
        file.set_len(0).map_err(disk)?;
        return Err(Fault::retry(format!("{} on {host} has other bytes under the same mark by now", path.display())));
    }
    let mut chunk = vec![0; 256 * 1024];
    while here < size {
        if cancel.is_cancelled() {
            return Err(Fault::Cancelled);
        }
        let length = reader.read(&mut chunk).map_err(|error| cut(host, &error))?;
        if length == 0 {
            return Err(cut(host, &io::ErrorKind::UnexpectedEof.into()));
        }
        file.write_all(&chunk[..length]).map_err(disk)?;
        here += length as u64;
        progress(length as u64);
    }
    Ok(())
}
