//! Where the picture of a photo can be had.

use std::path::PathBuf;

use crate::asset::AssetId;
use crate::fingerprint::Fingerprint;
use crate::item::{FolderId, ItemFile, Stamp};

/// Where a picture can be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// From a file of a folder.
    File(Trail),
    /// From the library.
    Asset(AssetId),
}

/// What leads to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    /// The folder; the ledger knows its path.
    pub folder: FolderId,
    /// The path below it, as the run kept it: not to be trusted.
    pub path: PathBuf,
    /// The state in which it was shown, where that was kept.
    pub stamp: Option<Stamp>,
    /// The fingerprint that it had then, where it was known.
    pub fingerprint: Option<Fingerprint>,
}

impl Picture {
    /// Of a file as it was found just now.
    pub(crate) fn of_file(folder: FolderId, file: &ItemFile) -> Self {
        Self::File(Trail { folder, path: file.path.clone(), stamp: Some(file.stamp), fingerprint: None })
    }
}
