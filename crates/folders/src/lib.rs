//! The folders of photos behind the engine's boundary. They lie on a disk, or on a server.

#![forbid(unsafe_code)]

pub mod disk;
pub mod webdav;

use std::path::Path;
use std::sync::Arc;

use photobridge_core::folder::{Folder, FolderError, Folders};

use disk::Disk;

/// Every folder that a place can name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Everywhere;

impl Folders for Everywhere {
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        Ok(Arc::new(Disk::open(place)?))
    }
}
