//! Each variant of a library, holding the standard samples.

use std::fs;
use std::path::PathBuf;

use photobridge_core::asset::{Asset, AssetId};
use photobridge_core::library::{Library, Snapshot};
use photobridge_libraries::open;
use tempfile::TempDir;

use crate::support;
use photobridge_testkit::alter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Embedded,
    WithoutFingerprints,
    Evicted,
    Rebuilt,
    Bundle,
}

/// A library of one variant on disk, with the ids of the samples in their order.
pub struct Stage {
    pub variant: Variant,
    pub path: PathBuf,
    pub ids: Vec<AssetId>,
    pub directory: TempDir,
}

impl Stage {
    pub fn new(variant: Variant) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut path = directory.path().join("Library");
        let mut ids = support::standard_library(&path, &directory.path().join("folder"));
        match variant {
            Variant::Embedded => {}
            Variant::WithoutFingerprints => alter::forget_fingerprints(&path),
            Variant::Evicted => alter::evict(&path),
            Variant::Rebuilt => ids = alter::rebuild(&path, &ids),
            Variant::Bundle => {
                path = directory.path().join("Copy.photoslibrary");
                support::copy_tree(&directory.path().join("Library"), &path);
                fs::remove_file(path.join("photobridge-library.json")).expect("the marker");
            }
        }
        Self { variant, path, ids, directory }
    }

    pub fn is_writable(&self) -> bool {
        self.variant != Variant::Bundle
    }

    pub fn has_files(&self) -> bool {
        self.variant != Variant::Evicted
    }

    pub fn has_fingerprints(&self) -> bool {
        self.variant != Variant::WithoutFingerprints
    }

    pub fn folder(&self) -> PathBuf {
        self.directory.path().join("folder")
    }

    pub fn open(&self) -> Box<dyn Library> {
        open(&self.path, &self.directory.path().join("scratch")).expect("a library")
    }
}

/// The asset with this id.
pub fn find<'a>(snapshot: &'a Snapshot, id: &AssetId) -> &'a Asset {
    snapshot.assets.iter().find(|asset| asset.id == *id).expect("the asset is in the snapshot")
}
