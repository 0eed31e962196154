//! Each variant of a library, holding the standard samples.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, AssetId, ResourceRole};
use photobridge_core::library::{Library, Snapshot};
use photobridge_libraries::open;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Details;
use tempfile::TempDir;

use crate::support::scripted::Scripted;
use crate::support::{self, Sample};
use photobridge_testkit::alter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Embedded,
    WithoutFingerprints,
    Evicted,
    Rebuilt,
    Bundle,
    /// Through a scripted PhotoKit, with the library's own tables.
    Photos,
    /// Through a scripted PhotoKit alone.
    PhotosAlone,
}

/// A library of one variant on disk, with the ids of the samples in their order.
pub struct Stage {
    pub variant: Variant,
    pub path: PathBuf,
    pub ids: Vec<AssetId>,
    pub directory: TempDir,
    kit: Option<Arc<Scripted>>,
}

impl Stage {
    pub fn new(variant: Variant) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut path = directory.path().join("Library");
        let mut ids = support::standard_library(&path, &directory.path().join("folder"));
        match variant {
            Variant::Embedded | Variant::Photos | Variant::PhotosAlone => {}
            Variant::WithoutFingerprints => alter::forget_fingerprints(&path),
            Variant::Evicted => alter::evict(&path),
            Variant::Rebuilt => ids = alter::rebuild(&path, &ids),
            Variant::Bundle => {
                path = directory.path().join("Copy.photoslibrary");
                support::copy_tree(&directory.path().join("Library"), &path);
                fs::remove_file(path.join("photobridge-library.json")).expect("the marker");
            }
        }
        let is_photos = matches!(variant, Variant::Photos | Variant::PhotosAlone);
        let kit = is_photos.then(|| Arc::new(Scripted::over(&path)));
        Self { variant, path, ids, directory, kit }
    }

    pub fn is_writable(&self) -> bool {
        self.variant != Variant::Bundle
    }

    pub fn has_files(&self) -> bool {
        self.variant != Variant::Evicted
    }

    pub fn has_fingerprints(&self) -> bool {
        !matches!(self.variant, Variant::WithoutFingerprints | Variant::PhotosAlone)
    }

    /// Whether a library tells what only the tables of Photos know.
    pub fn has_tables(&self) -> bool {
        self.variant != Variant::PhotosAlone
    }

    /// A sample as this library tells it. PhotoKit knows neither cameras nor words (before macOS 27) nor zones: it has
    /// the instant, and the test's Mac is in UTC.
    pub fn told(&self, mut sample: Sample) -> Sample {
        if !self.has_tables() {
            sample.camera = None;
            sample.album = None;
            let Details { location, favorite, .. } = sample.details;
            sample.details = Details { location, favorite, ..Details::default() };
            sample.parts.retain(|(role, ..)| *role != ResourceRole::Sidecar);
            sample.captured = sample.captured.and_then(|time| {
                let second = Timestamp::from_second(time.instant_or_wall()?.as_microsecond().div_euclid(1_000_000));
                CaptureTime::from_instant(second.ok()?, Some(0), time.nanos)
            });
        }
        sample
    }

    pub fn folder(&self) -> PathBuf {
        self.directory.path().join("folder")
    }

    pub fn open(&self) -> Box<dyn Library> {
        let Some(kit) = &self.kit else {
            return open(&self.path, &self.directory.path().join("scratch")).expect("a library");
        };
        let unreadable = self.directory.path().join("no Full Disk Access");
        let package = if self.has_tables() { &self.path } else { &unreadable };
        Box::new(support::photos(kit, package, &self.directory.path().join("data")).expect("a library"))
    }
}

/// The asset with this id.
pub fn find<'a>(snapshot: &'a Snapshot, id: &AssetId) -> &'a Asset {
    snapshot.assets.iter().find(|asset| asset.id == *id).expect("the asset is in the snapshot")
}
