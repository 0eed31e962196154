//! Exit codes, and how errors map to them.

use std::process::ExitCode;

use photobridge_core::ledger::LedgerError;
use photobridge_core::library::LibraryError;
use photobridge_core::lock::LockError;
use photobridge_core::run::RunId;
use photobridge_core::sync::SyncError;

use crate::settings::SettingsError;
use crate::words::moment;

/// What the process says when it ends. `--help` and the manual list them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Done.
    Done = 0,
    /// Some files failed, or the run could not go on to its end.
    Failed = 1,
    /// The command line or the settings make no sense.
    Usage = 2,
    /// Another run is active.
    Busy = 3,
    /// A folder or the library is missing.
    Missing = 4,
    /// Stopped by a guard.
    Guard = 5,
}

impl Code {
    /// Of two runs that belong together: what went wrong in either.
    pub fn worse(self, other: Self) -> Self {
        if self == Self::Done { other } else { self }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// Why a run was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Another one is under way here.
    #[error("another run is active. Nothing was changed. Wait for it, or cancel it")]
    Running,
    /// The process is about to end.
    #[error("Photobridge is stopping. Nothing was changed")]
    Ending,
}

/// Anything that ends a command early.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command line makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The settings are not valid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The run stopped.
    #[error("{}", stopped(.0))]
    Sync(#[from] SyncError),
    /// The library cannot be used.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Another run is active.
    #[error("{}", .0.words(moment))]
    Lock(#[from] LockError),
    /// The service manager did not do what it was told.
    #[error("{0}")]
    Service(String),
    /// The server cannot do it now.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// Whoever read our output stopped reading. Said to nobody.
    #[error("nobody reads")]
    NobodyReads,
    /// Anything else.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
}

fn stopped(error: &SyncError) -> String {
    match error {
        SyncError::Lock(error) => error.words(moment),
        error => error.to_string(),
    }
}

impl Error {
    /// The number of the run that it stopped, where that says more.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::Sync(SyncError::Guard(_, run)) => Some(*run),
            _ => None,
        }
    }

    /// Whether it is a question of a run, which a person answers.
    pub fn needs_a_person(&self) -> bool {
        match self {
            Self::Sync(error) => error.needs_a_person(),
            Self::Settings(error) => matches!(error, SettingsError::Unknown { .. }),
            _ => false,
        }
    }

    /// The exit code for this error.
    pub fn code(&self) -> Code {
        match self {
            Self::Settings(SettingsError::Unknown { .. }) => Code::Guard,
            Self::Usage(_) | Self::Settings(_) => Code::Usage,
            Self::Sync(
                SyncError::NoPlan(..)
                | SyncError::Outdated { .. }
                | SyncError::NoSync(..)
                | SyncError::Forgotten(..)
                | SyncError::Overlap(..)
                | SyncError::InsideLibrary(..)
                | SyncError::InsideData(..)
                | SyncError::NoSuchFolder(..)
                | SyncError::OnlyGives(..),
            ) => Code::Usage,
            Self::Sync(SyncError::Guard(..) | SyncError::WhichFolder { .. }) => Code::Guard,
            Self::Sync(SyncError::Folder(_) | SyncError::AnotherFolder { .. }) => Code::Missing,
            Self::Busy(_) | Self::Lock(LockError::Held(_)) | Self::Sync(SyncError::Lock(LockError::Held(_))) => {
                Code::Busy
            }
            Self::Library(error) | Self::Sync(SyncError::Library(error)) => library_code(error),
            Self::NobodyReads => Code::Done,
            Self::Sync(_) | Self::Lock(_) | Self::Ledger(_) | Self::Service(_) | Self::Io(..) => Code::Failed,
        }
    }
}

fn library_code(error: &LibraryError) -> Code {
    match error {
        LibraryError::Missing(_) => Code::Missing,
        LibraryError::Busy(_) => Code::Busy,
        _ => Code::Failed,
    }
}
