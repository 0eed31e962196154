//! What the tests of this crate share: files to import, a standard library, and ways to look at a directory.

#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod scripted;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::civil::date;
use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::Stamp;
use photobridge_core::library::{Library, LibraryError, NewAsset, NewResource, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_libraries::Embedded;
use photobridge_libraries::photos::{Patience, Photos, Surroundings};
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::{Details, Location};
use scripted::Scripted;

/// A file to import: role, name, bytes.
pub type Part = (ResourceRole, &'static str, Vec<u8>);

/// One asset to import, owning what [`NewAsset`] borrows.
pub struct Sample {
    pub kind: MediaKind,
    pub parts: Vec<Part>,
    pub captured: Option<CaptureTime>,
    pub pixels: Option<(u32, u32)>,
    pub camera: Option<&'static str>,
    pub duration_ms: Option<u32>,
    pub details: Details,
    pub album: Option<&'static str>,
}

/// A photo of one file with nothing else known.
pub fn photo(name: &'static str, bytes: &[u8]) -> Sample {
    Sample {
        kind: MediaKind::Photo,
        parts: vec![(ResourceRole::Photo, name, bytes.to_vec())],
        captured: None,
        pixels: None,
        camera: None,
        duration_ms: None,
        details: Details::default(),
        album: None,
    }
}

/// The smallest bytes that begin like a JPEG, different for each tag. What is in them hardly matters to a library.
pub fn jpeg(tag: &str) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xfe", tag.as_bytes(), b"\xff\xd9"]
        .concat()
}

/// Bytes that begin like a QuickTime movie.
pub fn movie(tag: &str) -> Vec<u8> {
    [b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", tag.as_bytes()].concat()
}

/// Bytes that begin like a DNG.
pub fn dng(tag: &str) -> Vec<u8> {
    [b"II*\x00\x08\x00\x00\x00", tag.as_bytes()].concat()
}

/// The recipe of an edit, as small as osxphotos takes it.
const AAE: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
<key>adjustmentBaseVersion</key><integer>0</integer>
<key>adjustmentData</key><data></data>
<key>adjustmentEditorBundleID</key><string>com.apple.camera</string>
<key>adjustmentFormatIdentifier</key><string>com.apple.photo</string>
<key>adjustmentFormatVersion</key><string>1.4</string>
</dict></plist>
"#;

/// Assets of all kinds with all that a library keeps.
pub fn samples() -> Vec<Sample> {
    use ResourceRole::*;
    let wall = date(2024, 1, 31).at(23, 59, 58, 0);
    let mut plain = photo("IMG_0001.JPG", &jpeg("plain"));
    plain.captured = CaptureTime::from_wall(wall, Some(32_400), Some(220_000_000));
    plain.pixels = Some((4032, 3024));
    plain.camera = Some("Apple iPhone 13 Pro Max");
    plain.album = Some("Holiday");
    plain.details = Details {
        title: Some("Tokyo by night".into()),
        description: Some("First line\nsecond “line”".into()),
        keywords: vec!["night".into(), "town".into()],
        location: Location::new(35.6586, 139.7454),
        favorite: true,
        rating: None,
    };

    let mut live = photo("IMG_0002.HEIC", b"\x00\x00\x00\x18ftypheic still");
    live.parts.push((PairedVideo, "IMG_0002.MOV", movie("half")));
    live.parts.push((AdjustmentData, "IMG_0002.AAE", AAE.to_vec()));
    live.captured = CaptureTime::from_wall(wall, None, None);
    live.camera = Some("NIKON");
    live.details.keywords = vec!["night".into()];

    let mut pair = photo("DSC_0003.jpg", &jpeg("pair"));
    pair.parts.push((AlternatePhoto, "DSC_0003.DNG", dng("pair")));
    pair.parts.push((Sidecar, "DSC_0003.xmp", b"<x:xmpmeta/>".to_vec()));
    pair.captured = CaptureTime::from_wall(wall, Some(-12_600), None);
    pair.camera = Some("NIKON CORPORATION");

    let mut video = photo("clip.mp4", b"");
    video.kind = MediaKind::Video;
    video.parts = vec![(Video, "clip.mp4", movie("clip"))];
    video.captured = CaptureTime::from_instant("2023-06-01T12:00:00Z".parse().expect("a time"), None, None);
    video.duration_ms = Some(12_500);
    video.album = Some("Holiday");

    let mut old = photo("skän 1931 “ß”.tif", b"II*\x00 old");
    old.captured = CaptureTime::from_wall(date(1931, 2, 3).at(4, 5, 6, 0), Some(0), None);
    vec![plain, live, pair, video, old, photo("raw only.dng", &dng("alone"))]
}

/// The fingerprint of a sample's primary file.
pub fn fingerprint(sample: &Sample) -> Fingerprint {
    Fingerprint::of(&sample.parts[0].2)
}

/// When the test's clock says that things are added.
pub fn clock() -> Timestamp {
    "2025-05-05T05:05:05.25Z".parse().expect("a time")
}

/// Imports a sample; its files are written below `folder` first.
pub fn import(
    library: &mut dyn Library,
    folder: &Path,
    sample: &Sample,
) -> Result<photobridge_core::library::Imported, photobridge_core::library::ImportError> {
    import_with(library, folder, sample, &mut |_| Ok(()))
}

/// A file as it is now; one that is not there gets a state that no file is in.
pub fn resource<'a>(role: ResourceRole, file: &'a Path, name: &'a str) -> NewResource<'a> {
    let nowhere = Stamp { size: 1, mtime: 0, ctime: 0, inode: 0 };
    let stamp = std::fs::metadata(file).map_or(nowhere, |now| Stamp::of(&now));
    NewResource { role, file, name, stamp, is_spare: false }
}

/// [`import`] with an `on_id`.
pub fn import_with(
    library: &mut dyn Library,
    folder: &Path,
    sample: &Sample,
    on_id: &mut dyn FnMut(&AssetId) -> Result<(), photobridge_core::library::LibraryError>,
) -> Result<photobridge_core::library::Imported, photobridge_core::library::ImportError> {
    fs::create_dir_all(folder).expect("a folder");
    let paths: Vec<PathBuf> = sample.parts.iter().map(|(_, name, _)| folder.join(name)).collect();
    for (path, (_, _, bytes)) in paths.iter().zip(&sample.parts) {
        fs::write(path, bytes).expect("a file");
    }
    let mut albums = Vec::new();
    if let Some(title) = sample.album {
        albums.push(library.ensure_album(title)?);
    }
    let resources =
        sample.parts.iter().zip(&paths).map(|((role, name, _), path)| resource(*role, path, name)).collect();
    let asset = NewAsset {
        kind: sample.kind,
        resources,
        captured: sample.captured,
        written: sample.captured,
        pixels: sample.pixels,
        orientation: None,
        camera: sample.camera,
        duration_ms: sample.duration_ms,
        details: sample.details.clone(),
        albums: &albums,
        added: clock(),
    };
    library.import(&asset, on_id)
}

/// Makes an embedded library with all [`samples`]; their ids in the same order.
pub fn standard_library(path: &Path, folder: &Path) -> Vec<AssetId> {
    let mut library = Embedded::open(path).expect("a place for a library");
    samples().iter().map(|sample| import(&mut library, folder, sample).expect("an import").id).collect()
}

/// How long the scripted PhotoKit is waited for.
pub const PATIENCE: Patience = Patience {
    stall: Duration::from_millis(1000),
    tries: 2,
    pause: Duration::from_millis(1),
    change: Duration::from_millis(3000),
};

/// What [`Photos`] calls: the scripted PhotoKit itself, or under scripts/run-photokit the calls of a Mac, which reach it through
/// Objective-C.
#[cfg(not(fake_photokit))]
pub type Kit = Scripted;
#[cfg(fake_photokit)]
pub type Kit = photobridge_photokit::fake::Mac;

#[cfg(not(fake_photokit))]
fn reached(kit: &Arc<Scripted>) -> Arc<Kit> {
    Arc::clone(kit)
}

#[cfg(fake_photokit)]
fn reached(kit: &Arc<Scripted>) -> Arc<Kit> {
    Arc::new(Kit::with(Arc::<Scripted>::clone(kit)))
}

/// The System Photo Library as a scripted PhotoKit shows it. Its tables are read where they lie at `package`.
pub fn photos(kit: &Arc<Scripted>, package: &Path, data: &Path) -> Result<Photos<Kit>, LibraryError> {
    photos_at(kit, package, data, clock, "26.1")
}

/// The same, with another clock and macOS.
pub fn photos_at(
    kit: &Arc<Scripted>,
    package: &Path,
    data: &Path,
    clock: fn() -> Timestamp,
    system: &str,
) -> Result<Photos<Kit>, LibraryError> {
    fs::create_dir_all(data).expect("a data directory");
    let around = Surroundings {
        package: package.to_owned(),
        scratch: data.join("scratch"),
        notebook: data.join("photos.sqlite"),
        zone: jiff::tz::TimeZone::UTC,
        system: system.to_owned(),
        albums: vec!["Imports".into()],
        patience: PATIENCE,
        clock,
    };
    Photos::open(reached(kit), around)
}

/// Everything that a library holds, with the files of each asset where they must be asked for.
pub fn listed(library: &mut dyn Library) -> Snapshot {
    for asset in snapshot(library).assets.iter().filter(|asset| !asset.is_listed()) {
        library.asset(&asset.id).expect("a look");
    }
    snapshot(library)
}

/// Everything that a library holds.
pub fn snapshot(library: &mut dyn Library) -> Snapshot {
    library.snapshot(&Silent, &Cancel::new()).expect("a snapshot")
}

/// The bytes of a resource.
pub fn bytes(library: &mut dyn Library, asset: &Asset, role: ResourceRole) -> Vec<u8> {
    let mut bytes = Vec::new();
    let length = library.read(asset, role, &mut bytes, &Cancel::new()).expect("bytes");
    assert_eq!(length, bytes.len() as u64);
    bytes
}

/// The bytes of the picture of an asset.
pub fn picture(library: &mut dyn Library, id: &AssetId) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    library.picture(id).expect("a look")?.read_to_end(&mut bytes).expect("bytes");
    Some(bytes)
}

/// Every file below a directory with its fingerprint and mtime; directories too.
pub fn tree(root: &Path) -> BTreeMap<PathBuf, (Option<Fingerprint>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let metadata = entry.metadata().expect("metadata");
            let modified = metadata.modified().expect("mtime");
            let path = entry.path();
            if metadata.is_dir() {
                open.push(path.clone());
                found.insert(path, (None, modified));
            } else {
                let content = fs::read(&path).expect("bytes");
                found.insert(path, (Some(Fingerprint::of(&content)), modified));
            }
        }
    }
    found
}

/// Copies a directory with all that is in it, writable.
pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::write(&target, fs::read(entry.path()).expect("bytes")).expect("a file");
        }
    }
}

/// Runs SQL on a library's database, as only tests may.
pub fn sql(library: &Path, statements: &str) {
    let connection = rusqlite::Connection::open(library.join("database/Photos.sqlite")).expect("a database");
    connection.execute_batch(statements).expect("SQL");
}

/// The libraries of ../shared, or where `PHOTOBRIDGE_SHARED` says.
pub fn shared() -> PathBuf {
    std::env::var_os("PHOTOBRIDGE_SHARED")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"))
}
