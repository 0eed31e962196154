//! The folders of photos behind the engine's boundary. They lie on a disk, on a server, or in archives.

#![forbid(unsafe_code)]

pub mod archive;
pub mod disk;
pub mod webdav;

use std::path::Path;
use std::sync::Arc;

use photobridge_core::folder::{Folder, FolderError, Folders};

use archive::Archive;
use archive::place::is_place;
use disk::Disk;

/// Every folder that a place can name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Everywhere;

impl Folders for Everywhere {
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        match is_place(place) {
            true => Ok(Arc::new(Archive::open(place, &std::env::temp_dir())?)),
            false => Ok(Arc::new(Disk::open(place)?)),
        }
    }
}
