//! One run at a time, across processes.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::data;

/// How often the lock is looked at before another run is believed to hold it.
const LOOKS: u32 = 40;

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
    #[error("{}", held(.0.as_ref(), utc))]
    Held(Option<Holder>),
    /// The file system failed.
    #[error(
        "{} could not be locked: {}. Nothing was changed. Check whose it is, and that its disk can lock files", .0.display(), .1
    )]
    Failed(PathBuf, std::io::Error),
}

impl LockError {
    /// The same words, with moments as the caller tells them: this machine's clock is none of ours.
    pub fn words(&self, moment: fn(Timestamp) -> String) -> String {
        match self {
            Self::Held(holder) => held(holder.as_ref(), moment),
            Self::Failed(..) => self.to_string(),
        }
    }
}

fn held(holder: Option<&Holder>, moment: fn(Timestamp) -> String) -> String {
    let who = holder.map_or_else(String::new, |Holder { command, pid, since }| {
        format!(": {command} (process {pid}), since {}", moment(*since))
    });
    format!("another run is active{who}. Nothing was changed. Wait for it, or cancel it there")
}

fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
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
        let opened = data::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(|error| LockError::Failed(path.clone(), error))?;
        let mut looks = 0;
        let locked = loop {
            match file.try_lock() {
                // Whoever only asks [`is_held`] holds it for a moment, too.
                Err(TryLockError::WouldBlock) if looks < LOOKS => {
                    looks += 1;
                    std::thread::sleep(Duration::from_millis(5));
                }
                result => break result,
            }
        };
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // The holder may be writing this line just now: then it goes unnamed.
                let _ = file.take(4096).read_to_string(&mut text);
                return Err(LockError::Held(serde_json::from_str(&text).ok()));
            }
            Err(TryLockError::Error(error)) => return Err(LockError::Failed(path, error)),
        }
        let holder = Holder { command: command.to_owned(), pid: std::process::id(), since: now };
        match note(&mut file, &holder) {
            Ok(()) => Ok(Self(file)),
            Err(error) => Err(LockError::Failed(path, error)),
        }
    }
}

/// Says in the file who holds it.
fn note(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(serde_json::to_string(holder).map_err(std::io::Error::other)?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_who_holds_it_keeps_nobody_out() {
        let directory = tempfile::tempdir().expect("a directory");
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                        is_held(directory.path());
                        // Asked all the time, a lock is never free on a busy machine.
                        std::thread::sleep(Duration::from_micros(200));
                    }
                });
            }
            let taken = (0..300).all(|_| Lock::take(directory.path(), "sync", Timestamp::UNIX_EPOCH).is_ok());
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert!(taken);
        });
        let _held = Lock::take(directory.path(), "sync", Timestamp::UNIX_EPOCH).expect("it is free");
        assert!(is_held(directory.path()));
        assert!(matches!(Lock::take(directory.path(), "sync", Timestamp::UNIX_EPOCH), Err(LockError::Held(Some(_)))));
    }
}
