//! One run at a time, across processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// `simulate` or `sync`.
    pub command: String,
    /// The process.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
}

/// Why the lock was not had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run is active.
    #[error("{}. Nothing was changed. Wait for it, or cancel it there", describe(.0.as_ref()))]
    Held(Option<Holder>),
    /// The file system failed.
    #[error("the lock of the data directory could not be taken: {0}")]
    Failed(#[from] std::io::Error),
}

fn describe(holder: Option<&Holder>) -> String {
    match holder {
        Some(Holder { command, pid, since }) => {
            format!(
                "another run is active: {command} (process {pid}), since {}",
                since.strftime("%Y-%m-%d %H:%M:%S UTC")
            )
        }
        None => "another run is active".into(),
    }
}

/// Whether a run is active in this data directory. Changes nothing.
pub fn is_held(directory: &Path) -> bool {
    let file = File::open(directory.join("lock"));
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Held while a run is active; the system releases it also when the process dies.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

impl Lock {
    /// Takes the lock of a data directory, or says who holds it.
    pub fn take(directory: &Path, command: &str, now: Timestamp) -> Result<Self, LockError> {
        let path = directory.join("lock");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The holder may be writing this line just now: then it goes unnamed.
                let _ = file.take(4096).read_to_string(&mut text);
                return Err(LockError::Held(serde_json::from_str(&text).ok()));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let holder = Holder { command: command.to_owned(), pid: std::process::id(), since: now };
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(serde_json::to_string(&holder).map_err(std::io::Error::other)?.as_bytes())?;
        Ok(Self(file))
    }
}
