//! The library side's nouns: asset and resource, in PhotoKit's words.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_media::capture::{CaptureTime, Zone};
use photobridge_media::details::Details;
use serde::{Deserialize, Serialize};

use crate::fingerprint::Fingerprint;

/// The stable identifier of an asset within its library: Photos' UUID, with which PhotoKit's `localIdentifier` begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AssetId(pub Box<str>);

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an asset is at heart. A Live Photo is a photo with a [`ResourceRole::PairedVideo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// A still, with or without a paired video.
    Photo,
    /// A video of its own.
    Video,
}

/// What Photos says more of an asset (`ZKINDSUBTYPE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subtype {
    /// A panorama.
    Panorama,
    /// A Live Photo.
    LivePhoto,
    /// A screenshot.
    Screenshot,
    /// A slow motion video.
    SlowMotion,
    /// A time lapse.
    TimeLapse,
    /// A recording of the screen.
    ScreenRecording,
}

/// One file's place within an asset or item, named as PhotoKit's `PHAssetResourceType` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceRole {
    /// The original still.
    Photo,
    /// The original video.
    Video,
    /// The video of a Live Photo.
    PairedVideo,
    /// The RAW of RAW+JPEG.
    AlternatePhoto,
    /// The still as edited.
    RenderedPhoto,
    /// The video as edited.
    RenderedVideo,
    /// The video of a Live Photo as edited.
    RenderedPairedVideo,
    /// The recipe of an edit (`.aae`, `.plist`).
    AdjustmentData,
    /// What else came with the file (`.xmp`).
    Sidecar,
}

impl ResourceRole {
    /// Whether this resource is what the camera made, as opposed to an edit or an accompanying file.
    pub fn is_original(self) -> bool {
        matches!(self, Self::Photo | Self::Video | Self::PairedVideo | Self::AlternatePhoto)
    }

    /// Whether this resource is a picture or movie that can stand for its asset, as taken or as edited.
    pub fn stands_for_its_asset(self) -> bool {
        matches!(self, Self::Photo | Self::Video | Self::RenderedPhoto | Self::RenderedVideo)
    }

    /// Whether this resource is an original that lies beside the one which stands for its asset.
    pub fn is_companion(self) -> bool {
        matches!(self, Self::PairedVideo | Self::AlternatePhoto)
    }

    /// Whether this resource shows what was photographed, edited or not.
    pub fn is_picture(self) -> bool {
        !matches!(self, Self::AdjustmentData | Self::Sidecar)
    }

    /// Whether this resource is an edited version.
    pub fn is_render(self) -> bool {
        self.is_picture() && !self.is_original()
    }

    /// The number that the ledger stores; never reused.
    pub fn code(self) -> i64 {
        match self {
            Self::Photo => 0,
            Self::Video => 1,
            Self::PairedVideo => 2,
            Self::AlternatePhoto => 3,
            Self::RenderedPhoto => 4,
            Self::RenderedVideo => 5,
            Self::RenderedPairedVideo => 6,
            Self::AdjustmentData => 7,
            Self::Sidecar => 8,
        }
    }

    /// The inverse of [`ResourceRole::code`].
    pub fn from_code(code: i64) -> Option<Self> {
        use ResourceRole::*;
        [
            Photo,
            Video,
            PairedVideo,
            AlternatePhoto,
            RenderedPhoto,
            RenderedVideo,
            RenderedPairedVideo,
            AdjustmentData,
            Sidecar,
        ]
        .into_iter()
        .find(|role| role.code() == code)
    }
}

/// Where the bytes of a resource are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whereabouts {
    /// A file of the library on this disk.
    Here,
    /// Only in iCloud.
    Cloud,
    /// Neither here nor in iCloud.
    Missing,
    /// A referenced file outside the library that is not there now.
    Unreachable,
    /// Nobody knows: the library's directory for it could not be read.
    Unread,
}

impl Whereabouts {
    /// Whether the file is on this disk, or may be: then its bytes decide, and while they cannot be read it is in doubt.
    pub fn may_be_here(self) -> bool {
        matches!(self, Self::Here | Self::Unread)
    }
}

/// One file of an asset.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Resource {
    /// What this file is to the asset.
    pub role: ResourceRole,
    /// The size of the file where it is here, else what the library says, in bytes.
    pub size: Option<u64>,
    /// The fingerprint that the library stores and that nothing contradicts.
    pub fingerprint: Option<Fingerprint>,
    /// A stored fingerprint that no longer fits the file (its size differs): a second identity of the asset, while the
    /// first must be computed.
    pub stale_fingerprint: Option<Fingerprint>,
    /// Where the bytes are.
    pub whereabouts: Whereabouts,
    /// A number that is another one once the file has changed, also at equal size, as far as the library can tell; 0 where it
    /// cannot. What was computed of the file holds for this state of it.
    pub state: i64,
    /// How the library finds the bytes: a path inside it, or a PhotoKit handle. Only the library reads this.
    pub locator: Box<str>,
}

impl Resource {
    /// Whether this is the recipe that came with the original (`.aae`), as opposed to that of an edit that the library made.
    pub fn came_with_original(&self) -> bool {
        let is_aae = |ending: &str| ending.eq_ignore_ascii_case(".aae");
        self.role == ResourceRole::AdjustmentData
            && self.locator.len().checked_sub(4).and_then(|at| self.locator.get(at..)).is_some_and(is_aae)
    }
}

/// Whether an asset belongs to the person or to an iCloud Shared Library (`ZLIBRARYSCOPE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LibraryScope {
    /// The personal library.
    Personal,
    /// The iCloud Shared Library.
    Shared,
    /// The library cannot tell.
    Unknown,
}

/// How an asset stands in its library. Decides about export only; every asset takes part in matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Standing {
    /// In the Hidden album.
    pub hidden: bool,
    /// In Recently Deleted.
    pub trashed: bool,
    /// In a shared album, a syndicated or a moment share: not one of the person's own originals.
    pub shared_album: bool,
    /// A frame of a burst that nobody picked.
    pub unpicked_burst_frame: bool,
    /// Personal or Shared Library.
    pub scope: LibraryScope,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            hidden: false,
            trashed: false,
            shared_album: false,
            unpicked_burst_frame: false,
            scope: LibraryScope::Personal,
        }
    }
}

/// One thing in the library.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Asset {
    /// Its identifier in the library.
    pub id: AssetId,
    /// Photo or video.
    pub kind: MediaKind,
    /// What more Photos says of it.
    pub subtype: Option<Subtype>,
    /// The name of the primary file as it was imported. From outside: never a path until made safe.
    pub original_name: Box<str>,
    /// Capture time as the library shows it; people can change it.
    pub captured: Option<CaptureTime>,
    /// Capture time as the camera wrote it, where the library keeps that.
    pub camera_time: Option<CaptureTime>,
    /// When it was added to the library; for a phone's shots this is the phone's clock.
    pub added: Option<Timestamp>,
    /// Width and height of the original in pixels, as stored (orientation not applied).
    pub pixels: Option<(u32, u32)>,
    /// Width and height of what the library shows, after edits.
    pub current_pixels: Option<(u32, u32)>,
    /// Make and model of the camera, see [`photobridge_media::header::camera_name`]; photos of one camera share it.
    pub camera: Option<Arc<str>>,
    /// Whether it was edited, with or without a render.
    pub edited: bool,
    /// The burst that it is a frame of; all its frames say the same.
    pub burst: Option<Box<str>>,
    /// Hidden, trashed and the like.
    pub standing: Standing,
    /// Its files; none where they are not told yet, see [`Asset::is_listed`].
    pub resources: Box<[Resource]>,
    /// Title, keywords and the like; absent where there is nothing.
    pub details: Option<Box<Details>>,
    /// Positions in [`crate::library::Snapshot::albums`]; photos of the same albums share the list.
    pub albums: Arc<[u32]>,
    /// Whether the library says that a Photobridge brought it in, this one or another.
    pub by_photobridge: bool,
}

impl Asset {
    /// Whether its files are told. A library in which sizes are not cheap tells them when it is asked for this asset.
    pub fn is_listed(&self) -> bool {
        !self.resources.is_empty()
    }

    /// The resource with this role.
    pub fn resource(&self, role: ResourceRole) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.role == role)
    }

    /// What the camera made of it.
    pub fn originals(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(|resource| resource.role.is_original())
    }

    /// When the camera took it: by the camera's own time where the library keeps that, since people change dates. That
    /// time has neither fraction nor zone (`ZEXIFTIMESTAMPSTRING`), so the shown time lends its own while both name one
    /// second on the wall.
    pub fn taken(&self) -> Option<CaptureTime> {
        let Some(mut camera) = self.camera_time else { return self.captured };
        let same_wall = |shown: &CaptureTime| shown.wall_second().is_some_and(|at| Some(at) == camera.wall_second());
        if let Some(shown) = self.captured.filter(same_wall) {
            camera.nanos = camera.nanos.or(shown.nanos);
            if camera.zone == Zone::Unknown {
                camera.zone = shown.zone;
            }
        }
        Some(camera)
    }

    /// The edited version of [`Asset::primary`], where the library has or knows one.
    pub fn render(&self) -> Option<&Resource> {
        let role = match self.kind {
            MediaKind::Photo => ResourceRole::RenderedPhoto,
            MediaKind::Video => ResourceRole::RenderedVideo,
        };
        self.resource(role).filter(|_| self.edited)
    }

    /// The resource that stands for the asset: its original still, or its original video.
    pub fn primary(&self) -> Option<&Resource> {
        match self.kind {
            MediaKind::Photo => self.resource(ResourceRole::Photo),
            MediaKind::Video => self.resource(ResourceRole::Video),
        }
    }
}

/// A resource of an asset: positions in the list of assets and in its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceRef {
    /// Position of the asset.
    pub asset: u32,
    /// Position of the resource within it.
    pub resource: u16,
}
