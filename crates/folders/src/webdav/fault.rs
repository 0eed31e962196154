//! What can go wrong between us and a server.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a request did not do what it was for. The words say who answered what, and never hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing lies there.
    #[error("it is not there")]
    Gone,
    /// Something has that name.
    #[error("something has that name already")]
    Taken,
    /// A file lies where a directory should be.
    #[error("{} is a file, and a folder of that name is needed", .0.display())]
    InTheWay(PathBuf),
    /// It is no half-written file of ours.
    #[error("it is not one of our half-written files")]
    NotOurs,
    /// It is not what was listed any more.
    #[error("it changed since it was listed")]
    Changed,
    /// Now it does not go; later it may. What the server made of the request is unknown.
    #[error("{why}")]
    Retry {
        /// What happened.
        why: String,
        /// How long the server wants to be left alone.
        after: Option<Duration>,
    },
    /// The server has no room, or the account may take none.
    #[error("{0}")]
    NoRoom(String),
    /// This computer has no room.
    #[error("the disk of this computer is full")]
    DiskFull,
    /// The server does not let us.
    #[error("{0}")]
    Refused(String),
    /// It will not go later either.
    #[error("{0}")]
    Permanent(String),
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl Fault {
    /// What may go later.
    pub(super) fn retry(why: String) -> Self {
        Self::Retry { why, after: None }
    }

    /// What an error of a disk of this computer means.
    pub(super) fn of_disk(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Permanent(format!("a file of this computer could not be written: {error}")),
        }
    }
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::Gone => io::ErrorKind::NotFound,
            Fault::Taken => io::ErrorKind::AlreadyExists,
            Fault::NoRoom(_) | Fault::DiskFull => io::ErrorKind::StorageFull,
            Fault::Refused(_) => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, fault)
    }
}
