//! What PhotoKit's errors mean. Codes are those of `PHPhotosError` and of `CloudPhotoLibraryErrorDomain`; what they were
//! seen to mean on a Mac was told by others, nothing here was run on one.

use std::path::Path;

use photobridge_core::library::{LibraryError, ReadError};
use photobridge_photokit::{ABSENT, EXCEPTION, KitError, NOTHING};

use super::authorization::CHOOSE_FULL_ACCESS;

const PHOTOS: &str = "PHPhotosErrorDomain";
const CLOUD: &str = "CloudPhotoLibraryErrorDomain";

/// What an error says about going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This program may not use the library (any more).
    Forbidden,
    /// The library is away: its disk, or Photos changes over to another one.
    Away,
    /// The Mac's disk has no room: nothing is wrong with the photo.
    NoRoom,
    /// iCloud or the network did not answer: another try may help.
    Network,
    /// What was asked for is not there.
    Absent,
    /// The token is of no use: everything must be listed again.
    StaleToken,
    /// Photos does not take this.
    Refused,
    /// Something was interrupted, or unheard of: what came of it must be looked up.
    Unclear,
}

/// What an error means.
pub(super) fn meaning(error: &KitError) -> Meaning {
    match (error.domain.as_str(), error.code) {
        (PHOTOS, 3310 | 3311) => Meaning::Forbidden,
        (PHOTOS, 3114 | 3142 | 3143 | 5423) => Meaning::Away,
        (PHOTOS, 3305) | (CLOUD, 1005) => Meaning::NoRoom,
        (PHOTOS, 3164 | 3169) | (CLOUD, _) => Meaning::Network,
        (PHOTOS, 3201 | 3202) | (NOTHING, ABSENT) => Meaning::Absent,
        (PHOTOS, 3105 | 3210) => Meaning::StaleToken,
        // -1 is also what halves of a Live Photo that do not belong together get.
        (PHOTOS, -1 | 3300 | 3302 | 3303 | 3306) | (EXCEPTION, _) => Meaning::Refused,
        _ => Meaning::Unclear,
    }
}

/// Whether an error may be about the kind of a file: the resource is invalid, or such a change is not supported.
pub(super) fn is_of_the_format(error: &KitError) -> bool {
    error.domain == PHOTOS && [3300, 3302].contains(&error.code)
}

/// An error that concerns the library as a whole.
pub(super) fn of_library(what: &str, error: KitError, library: &Path) -> LibraryError {
    let path = || library.to_owned();
    match meaning(&error) {
        Meaning::Forbidden => LibraryError::Unreadable {
            path: path(),
            why: format!("macOS took back the permission. {CHOOSE_FULL_ACCESS}"),
        },
        Meaning::Away => LibraryError::Missing(path()),
        _ => LibraryError::failed(what)(error),
    }
}

/// An error in the way of one file's bytes.
pub(super) fn of_bytes(error: &KitError) -> ReadError {
    match meaning(error) {
        Meaning::NoRoom => ReadError::DiskFull,
        Meaning::Absent => ReadError::NotHere,
        Meaning::Forbidden | Meaning::Refused => ReadError::Permanent(error.to_string()),
        Meaning::Network | Meaning::Away | Meaning::Unclear | Meaning::StaleToken => {
            ReadError::Retry(error.to_string())
        }
    }
}
