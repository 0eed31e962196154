//! Why a folder does not do what it is asked for.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// Why a folder does not do what it is asked for: in short, as whoever asked knows of what. Paths are below the folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Nothing lies there.
    #[error("it is not there")]
    Gone,
    /// It may work at another time: a connection, a lock, a pause of the server.
    #[error("{0}")]
    Retry(String),
    /// No room is left; going on would fail for every other file too.
    #[error("no room is left")]
    NoRoom,
    /// It must not be done: rights, or a disk that is read-only.
    #[error("{0}")]
    Refused(String),
    /// Something has the name.
    #[error("something has this name")]
    Taken,
    /// A link on the way leads elsewhere.
    #[error("{} is a link that leads elsewhere", .0.display())]
    Leaves(PathBuf),
    /// A file lies where a directory should be.
    #[error("{} is not a folder", .0.display())]
    InTheWay(PathBuf),
    /// It is no half-written file of ours.
    #[error("it is not one of our half-written files")]
    NotOurs,
    /// Anything else. Trying again would not help.
    #[error("{0}")]
    Permanent(String),
}

impl From<io::Error> for FolderError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::Gone,
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::NoRoom,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Self::Refused(refused(&error)),
            ErrorKind::AlreadyExists => Self::Taken,
            ErrorKind::TimedOut
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::NotConnected
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::ResourceBusy => Self::Retry(error.to_string()),
            _ => Self::Permanent(error.to_string()),
        }
    }
}

/// macOS keeps programs from some places until a person allows them, and says so otherwise than of a right that is missing.
fn refused(error: &io::Error) -> String {
    const NOT_PERMITTED: i32 = 1;
    match error.raw_os_error() {
        Some(NOT_PERMITTED) if cfg!(target_os = "macos") => format!(
            "{error}: macOS may keep this program from it. `photobridge doctor` names the switch, which is in System Settings, \
             Privacy & Security"
        ),
        _ => error.to_string(),
    }
}

impl From<FolderError> for io::Error {
    fn from(error: FolderError) -> Self {
        let kind = match &error {
            FolderError::Gone => ErrorKind::NotFound,
            FolderError::Retry(_) => ErrorKind::TimedOut,
            FolderError::NoRoom => ErrorKind::StorageFull,
            FolderError::Refused(_) => ErrorKind::PermissionDenied,
            FolderError::Taken => ErrorKind::AlreadyExists,
            FolderError::Leaves(_) | FolderError::InTheWay(_) | FolderError::NotOurs | FolderError::Permanent(_) => {
                ErrorKind::Other
            }
        };
        Self::new(kind, error)
    }
}
