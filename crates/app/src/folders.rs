//! Where the folders of photos are found that settings, people and the ledger name.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use photobridge_core::folder::{Folder, FolderError, Folders};
use photobridge_folders::Everywhere;
use photobridge_folders::archive::Archive;
use photobridge_folders::archive::place::is_place;

use crate::places;
use crate::servers;

/// All of them, on disks, on servers and in archives.
pub struct All {
    data: PathBuf,
}

/// All of them, for what keeps its things in this data directory.
pub fn everywhere(data: &Path) -> All {
    All { data: data.to_owned() }
}

impl Folders for All {
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        if servers::is_address(place) {
            return Ok(Arc::new(servers::open(&self.data, place)?));
        }
        if is_place(place) {
            return Ok(Arc::new(Archive::open(place, &places::scratch(&self.data))?));
        }
        Everywhere.open(place)
    }
}

/// The directory of this computer that must be there for a folder of the settings: the folder itself, or where its archives lie,
/// which may be thrown away. `None` for what lies on a server, which is asked by the run.
pub fn directory_of(place: &Path) -> Option<&Path> {
    if servers::is_address(place) {
        return None;
    }
    if is_place(place) { place.parent() } else { Some(place) }
}
