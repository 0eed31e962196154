//! Where the folders of photos are found that settings, people and the ledger name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use photobridge_core::folder::{Folder, FolderError, Folders};
use photobridge_folders::Everywhere;

use crate::servers;

/// All of them, on disks and on servers.
pub struct All {
    data: PathBuf,
}

/// All of them, for what keeps its things in this data directory.
pub fn everywhere(data: &Path) -> All {
    All { data: data.to_owned() }
}

impl Folders for All {
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        match servers::is_address(place) {
            true => Ok(Arc::new(servers::open(&self.data, place)?)),
            false => Everywhere.open(place),
        }
    }
}
