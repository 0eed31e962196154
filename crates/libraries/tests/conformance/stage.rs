//! Each variant of a library, holding the standard samples.

use std::fs;
use std::path::{Path, PathBuf};

use photobridge_core::asset::{Asset, AssetId};
use photobridge_core::library::{Library, Snapshot};
use photobridge_libraries::open;
use tempfile::TempDir;

use crate::support;

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
            Variant::WithoutFingerprints => support::sql(
                &path,
                "UPDATE ZADDITIONALASSETATTRIBUTES SET ZORIGINALSTABLEHASH = NULL;
                 UPDATE ZINTERNALRESOURCE SET ZFINGERPRINT = NULL;",
            ),
            Variant::Evicted => evict(&path),
            Variant::Rebuilt => ids = rebuild(&path, &ids),
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

/// As iCloud's "Optimise Mac Storage" leaves a library: rows say that the originals are remote, the files are gone.
fn evict(path: &Path) {
    support::sql(path, "UPDATE ZINTERNALRESOURCE SET ZLOCALAVAILABILITY = -1, ZREMOTEAVAILABILITY = 1;");
    for file in support::tree(&path.join("originals")).keys().filter(|file| file.is_file()) {
        fs::remove_file(file).expect("an original");
    }
}

/// As a library that was rebuilt: the same photos under new ids.
fn rebuild(path: &Path, ids: &[AssetId]) -> Vec<AssetId> {
    let fresh = |id: &AssetId| -> AssetId {
        let digits: String = id.0.chars().map(|c| if c == '-' { c } else { rotate(c) }).collect();
        AssetId(digits.into())
    };
    for id in ids {
        let new = fresh(id);
        let (old_shard, new_shard) = (&id.0[..1], &new.0[..1]);
        fs::create_dir_all(path.join("originals").join(new_shard)).expect("a directory");
        for file in support::tree(&path.join("originals").join(old_shard)).keys() {
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
            if let Some(rest) = name.strip_prefix(&*id.0) {
                let target = path.join("originals").join(new_shard).join(format!("{}{rest}", new.0));
                fs::rename(file, target).expect("a rename");
            }
        }
        support::sql(
            path,
            &format!(
                "UPDATE ZASSET SET ZUUID = '{new}', ZDIRECTORY = '{new_shard}', \
                 ZFILENAME = replace(ZFILENAME, '{id}', '{new}') WHERE ZUUID = '{id}'"
            ),
        );
    }
    ids.iter().map(fresh).collect()
}

fn rotate(digit: char) -> char {
    let value = digit.to_digit(16).expect("a hexadecimal digit");
    char::from_digit((value + 7) % 16, 16).expect("below 16").to_ascii_uppercase()
}
