//! Makers of items and assets, with their bytes.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, AssetId, MediaKind, Resource, ResourceRole, Standing, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::{Archived, Exclusion, FolderId, Item, ItemFile, Stamp, Trouble};
use photobridge_media::capture::{CaptureSource, CaptureTime};
use photobridge_media::header::{Header, MotionPhoto};

/// The instant at which every test runs: noon in June.
pub const NOW: &str = "2024-06-01T12:00:00Z";

const SECOND: i64 = 1_000_000_000;

/// [`NOW`] as an instant.
pub fn now() -> Timestamp {
    NOW.parse().expect("a valid instant")
}

/// A capture time on a wall clock of unknown zone, as `2024-05-01T10:00:00` or `2024-05-01T10:00:00.25`; with `Z`, an
/// instant of unknown wall clock.
pub fn moment(text: &str) -> CaptureTime {
    if text.ends_with('Z') {
        let instant: Timestamp = text.parse().expect("a valid instant");
        return CaptureTime::from_instant(instant, None, None).expect("a valid time");
    }
    let wall: jiff::civil::DateTime = text.parse().expect("a valid wall clock");
    let nanos = text.contains('.').then(|| wall.subsec_nanosecond().unsigned_abs());
    CaptureTime::from_wall(wall, None, nanos).expect("a valid time")
}

/// An item of the folder with the bytes of its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The item.
    pub item: Item,
    /// The bytes of each of its files; `None` cannot be read.
    pub bytes: Vec<Option<Vec<u8>>>,
}

/// A still. Its bytes are its path unless said otherwise, and it was last changed ten days ago.
pub fn photo(path: &str) -> Source {
    source(path, MediaKind::Photo, ResourceRole::Photo)
}

/// A video of its own.
pub fn video(path: &str) -> Source {
    source(path, MediaKind::Video, ResourceRole::Video)
}

fn source(path: &str, kind: MediaKind, role: ResourceRole) -> Source {
    let file = file(path, role, path.as_bytes());
    let item = Item { folder: FolderId(1), kind, files: vec![file], conflict_copy: false, archived: None };
    Source { item, bytes: vec![Some(path.into())] }
}

fn file(path: &str, role: ResourceRole, bytes: &[u8]) -> ItemFile {
    let days_ago = i64::try_from(now().as_nanosecond()).expect("before 2262") - 10 * 86_400 * SECOND;
    let inode = path.bytes().fold(7, |hash: u64, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    let stamp = Stamp { size: bytes.len() as u64, mtime: days_ago, ctime: days_ago, inode };
    let header = (role != ResourceRole::Sidecar).then(Box::default);
    ItemFile { role, path: path.into(), stamp, header, trouble: None, excluded: None }
}

impl Source {
    /// The bytes of the primary file.
    pub fn bytes(mut self, bytes: &str) -> Self {
        self.item.files[0].stamp.size = bytes.len() as u64;
        self.bytes[0] = Some(bytes.into());
        self
    }

    /// The primary file's bytes cannot be read, though its header could.
    pub fn unreadable(mut self) -> Self {
        self.bytes[0] = None;
        self
    }

    /// The header of the primary file.
    pub fn header(&mut self) -> &mut Header {
        self.item.files[0].header.get_or_insert_default()
    }

    /// When the camera took it, see [`moment`].
    pub fn at(self, when: &str) -> Self {
        self.dated(when, CaptureSource::Exif)
    }

    /// When something else says that it was taken.
    pub fn dated(mut self, when: &str, source: CaptureSource) -> Self {
        self.header().captured = Some((moment(when), source));
        self
    }

    /// What Google Photos says of it, in the JSON file of an archive.
    pub fn told(mut self, json: &str) -> Self {
        let photo = photobridge_media::takeout::read(json.as_bytes()).map(Arc::new);
        self.item.archived = Some(Box::new(Archived { photo, ..Archived::default() }));
        self
    }

    /// It lies in an archive, and the file that tells of it has not arrived.
    pub fn awaiting_words(mut self) -> Self {
        self.item.archived = Some(Box::new(Archived { is_awaited: true, ..Archived::default() }));
        self
    }

    /// Width and height as stored.
    pub fn pixels(mut self, width: u32, height: u32) -> Self {
        self.header().pixels = Some((width, height));
        self
    }

    /// Its camera.
    pub fn camera(mut self, name: &str) -> Self {
        self.header().camera = Some(name.into());
        self
    }

    /// What ties it to the other half of its Live Photo.
    pub fn live(mut self, identifier: &str) -> Self {
        self.header().content_identifier = Some(identifier.into());
        self
    }

    /// A motion photo, of which these would be made.
    pub fn moving(mut self, still: &str, movie: &str) -> Self {
        let pair = Ok((still.len() as u64, movie.len() as u64));
        self.header().motion = Some(Box::new(MotionPhoto { duration_ms: None, size: None, moment_us: None, pair }));
        self
    }

    /// A text, whatever its name says.
    pub fn not_a_photo(mut self) -> Self {
        self.header().not_a_photo = true;
        self
    }

    /// Its container says that it should be longer.
    pub fn truncated(mut self) -> Self {
        self.header().truncated = Some("half of it is missing".into());
        self
    }

    /// All its files were last changed so many seconds ago.
    pub fn changed_ago(mut self, seconds: i64) -> Self {
        let then = i64::try_from(now().as_nanosecond()).expect("before 2262") - seconds * SECOND;
        for file in &mut self.item.files {
            (file.stamp.mtime, file.stamp.ctime) = (then, then);
        }
        self
    }

    /// Another file of the item.
    pub fn with(mut self, role: ResourceRole, path: &str, bytes: &str) -> Self {
        self.item.files.push(file(path, role, bytes.as_bytes()));
        self.bytes.push(Some(bytes.into()));
        self
    }

    /// What stands in the way of its primary file, of which then not even the header is read.
    pub fn trouble(mut self, trouble: Trouble) -> Self {
        self.item.files[0].trouble = Some(trouble);
        self.item.files[0].header = None;
        self
    }

    /// The settings leave it out.
    pub fn excluded(mut self) -> Self {
        self.item.files[0].excluded = Some(Exclusion::Filter);
        self
    }

    /// It lies in another folder of the settings.
    pub fn folder(mut self, id: i64) -> Self {
        self.item.folder = FolderId(id);
        self
    }

    /// The same file under another path.
    pub fn moved(mut self, path: &str) -> Self {
        self.item.files[0].path = path.into();
        self
    }

    /// The fingerprint of its primary file.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.bytes[0].as_deref().expect("readable"))
    }
}

/// An asset with the bytes of its resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Library {
    /// The asset.
    pub asset: Asset,
    /// The bytes of each of its resources, where they can be read.
    pub bytes: Vec<Option<Vec<u8>>>,
}

/// A photo in the library under its original name, which is also its id, with the bytes of the original. Its
/// fingerprint is known and the file is here.
pub fn asset(name: &str, bytes: &str) -> Library {
    library(name, MediaKind::Photo, ResourceRole::Photo, bytes)
}

/// A video of its own.
pub fn video_asset(name: &str, bytes: &str) -> Library {
    library(name, MediaKind::Video, ResourceRole::Video, bytes)
}

fn library(name: &str, kind: MediaKind, role: ResourceRole, bytes: &str) -> Library {
    let asset = Asset {
        id: AssetId(name.into()),
        kind,
        subtype: None,
        original_name: name.into(),
        captured: None,
        camera_time: None,
        added: None,
        pixels: None,
        current_pixels: None,
        camera: None,
        edited: false,
        burst: None,
        standing: Standing::default(),
        resources: Box::default(),
        details: None,
        albums: [].into(),
        by_photobridge: false,
    };
    Library { asset, bytes: Vec::new() }.with(role, bytes)
}

impl Library {
    /// Another resource.
    pub fn with(mut self, role: ResourceRole, bytes: &str) -> Self {
        let mut resources = std::mem::take(&mut self.asset.resources).into_vec();
        resources.push(Resource {
            role,
            size: Some(bytes.len() as u64),
            fingerprint: Some(Fingerprint::of(bytes.as_bytes())),
            stale_fingerprint: None,
            whereabouts: Whereabouts::Here,
            state: 0,
            locator: "".into(),
        });
        self.asset.resources = resources.into();
        self.bytes.push(Some(bytes.into()));
        self
    }

    /// Another id than its name.
    pub fn id(mut self, id: &str) -> Self {
        self.asset.id = AssetId(id.into());
        self
    }

    /// The library stores no fingerprint of any of its files.
    pub fn without_fingerprint(mut self) -> Self {
        for resource in &mut self.asset.resources {
            resource.fingerprint = None;
        }
        self
    }

    /// The library does not know the size of any of its files.
    pub fn without_size(mut self) -> Self {
        for resource in &mut self.asset.resources {
            resource.size = None;
        }
        self
    }

    /// The stored fingerprint of the original is of other, earlier bytes.
    pub fn stale(mut self, earlier: &str) -> Self {
        self.asset.resources[0].fingerprint = None;
        self.asset.resources[0].stale_fingerprint = Some(Fingerprint::of(earlier.as_bytes()));
        self
    }

    /// Its files are only in iCloud.
    pub fn in_icloud(mut self) -> Self {
        for (resource, bytes) in self.asset.resources.iter_mut().zip(&mut self.bytes) {
            resource.whereabouts = Whereabouts::Cloud;
            *bytes = None;
        }
        self
    }

    /// The library lists its files, and has lost them.
    pub fn lost(mut self) -> Self {
        (0..self.asset.resources.len()).for_each(|at| self.lose(at));
        self
    }

    /// The library lists the file with this role, and has lost it.
    pub fn without(mut self, role: ResourceRole) -> Self {
        let at = self.asset.resources.iter().position(|resource| resource.role == role).expect("it has such a file");
        self.lose(at);
        self
    }

    fn lose(&mut self, at: usize) {
        self.asset.resources[at].whereabouts = Whereabouts::Missing;
        self.bytes[at] = None;
    }

    /// When the library shows that it was taken.
    pub fn at(mut self, when: &str) -> Self {
        self.asset.captured = Some(moment(when));
        self
    }

    /// When its camera wrote that it was taken.
    pub fn camera_time(mut self, when: &str) -> Self {
        self.asset.camera_time = Some(moment(when));
        self
    }

    /// Width and height of the original.
    pub fn pixels(mut self, width: u32, height: u32) -> Self {
        self.asset.pixels = Some((width, height));
        self
    }

    /// It was edited, and is now shown with this width and height.
    pub fn edited(mut self, width: u32, height: u32) -> Self {
        self.asset.edited = true;
        self.asset.current_pixels = Some((width, height));
        self
    }

    /// Its camera.
    pub fn camera(mut self, name: &str) -> Self {
        self.asset.camera = Some(name.into());
        self
    }

    /// How it stands in its library.
    pub fn standing(mut self, change: impl FnOnce(&mut Standing)) -> Self {
        change(&mut self.asset.standing);
        self
    }

    /// In Recently Deleted.
    pub fn trashed(self) -> Self {
        self.standing(|standing| standing.trashed = true)
    }
}

/// The name of a path, as text.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
