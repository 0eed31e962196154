//! What leads from a kept verdict back to its photo, and what a page shows of it. Kept, never printed.

use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::Scene;
use crate::asset::{MediaKind, ResourceRole};
use crate::item::{FolderId, Item, Stamp};
use crate::plan::{Evidence, ExportFate, ExportVerdict, Fate, Verdict};

/// What leads from a verdict back to its photo.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trace {
    /// Where the file of `path` lies: of an item, or the one that an asset becomes or is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<Spot>,
    /// What decided, where neither `asset` nor `path` names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub other: Option<Other>,
    /// What the photo is.
    #[serde(skip_serializing_if = "Kind::is_photo", default)]
    pub kind: Kind,
    /// Width and height as stored, orientation not applied.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pixels: Option<(u32, u32)>,
    /// Length of a video in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_ms: Option<u32>,
    /// The size of the file of an asset that is spoken of, its primary one as a rule, where the library knows it; that of a file stands in its stamp.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub primary: Option<u64>,
    /// What the file of an asset is that is spoken of, where that is not the one which stands for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub companion: Option<ResourceRole>,
    /// The states in which the other files were seen that go with the one of `path`. `sync --plan` knows them again by this.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub along: Vec<Stamp>,
}

/// Where a file lies; its path below the folder stands elsewhere as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The folder.
    pub folder: FolderId,
    /// The state in which it was seen, of the file that a verdict on an item speaks of. `sync --plan` knows it again by this.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stamp: Option<Stamp>,
    /// The path itself, where the text only resembles it: not every name is UTF-8.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub raw: Option<OsString>,
}

/// Something else than the photo itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Other {
    /// A file of the folders; `matched` is its path.
    File(Spot),
    /// The id of an asset.
    Asset(String),
}

/// What a photo is to those who look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A still.
    #[default]
    Photo,
    /// A still with its moving half.
    LivePhoto,
    /// A still with a movie behind it, in one file.
    MotionPhoto,
    /// A JPEG with its RAW.
    RawJpeg,
    /// A video.
    Video,
}

impl Kind {
    fn of(kind: MediaKind, roles: impl Iterator<Item = ResourceRole> + Clone) -> Self {
        let has = |role| roles.clone().any(|other| other == role);
        match kind {
            MediaKind::Video => Self::Video,
            MediaKind::Photo if has(ResourceRole::PairedVideo) => Self::LivePhoto,
            MediaKind::Photo if has(ResourceRole::AlternatePhoto) => Self::RawJpeg,
            MediaKind::Photo => Self::Photo,
        }
    }

    fn is_photo(&self) -> bool {
        *self == Self::Photo
    }
}

/// What files are without the rest of their item: a movie alone is a video.
fn kind_of_files(kind: MediaKind, files: &[ResourceRole]) -> MediaKind {
    if matches!(files, [ResourceRole::PairedVideo]) { MediaKind::Video } else { kind }
}

impl Spot {
    fn of(folder: FolderId, path: &Path) -> Self {
        let raw = path.to_str().is_none().then(|| path.as_os_str().to_owned());
        Self { folder, stamp: None, raw }
    }

    fn of_item(item: &Item) -> Self {
        Self::of(item.folder, item.path())
    }
}

impl Trace {
    /// Of the verdict on an item.
    pub(crate) fn of_item(scene: &Scene<'_>, verdict: &Verdict) -> Self {
        let item = &scene.items[verdict.item as usize];
        let file = &item.files[usize::from(verdict.file)];
        let header = file.header.as_deref();
        let other = match verdict.evidence {
            Some(Evidence::Item(other)) => Some(Other::File(Spot::of_item(&scene.items[other as usize]))),
            _ => None,
        };
        let files: SmallVec<[ResourceRole; 4]> = match verdict.file {
            0 => item.files.iter().map(|file| file.role).collect(),
            _ => verdict.files(item).map(|file| file.role).collect(),
        };
        Self {
            file: Some(Spot { stamp: Some(file.stamp), ..Spot::of(item.folder, &file.path) }),
            other,
            kind: match Kind::of(kind_of_files(item.kind, &files), files.iter().copied()) {
                Kind::Photo if header.is_some_and(|header| header.motion.is_some()) => Kind::MotionPhoto,
                kind => kind,
            },
            pixels: header.and_then(|header| header.pixels),
            duration_ms: header.and_then(|header| header.duration_ms),
            primary: None,
            companion: None,
            along: match &verdict.fate {
                Fate::Import(files) => {
                    let others = files.iter().filter(|at| **at != verdict.file);
                    others.map(|at| item.files[usize::from(*at)].stamp).collect()
                }
                Fate::Skip(_) | Fate::Fail(_) => Vec::new(),
            },
        }
    }

    /// Of the verdict on an asset, where exports go to the folder `receiver`.
    pub(crate) fn of_asset(scene: &Scene<'_>, verdict: &ExportVerdict, receiver: Option<FolderId>) -> Self {
        let asset = &scene.assets[verdict.asset as usize];
        let file = match (&verdict.fate, verdict.evidence) {
            (ExportFate::Export(out), _) => receiver.map(|folder| Spot::of(folder, &out.path())),
            (_, Some(Evidence::Held(file, _) | Evidence::Whole(file))) => {
                let item = &scene.items[file.item as usize];
                Some(Spot::of(item.folder, &item.files[usize::from(file.file)].path))
            }
            _ => None,
        };
        let other = match verdict.evidence {
            Some(Evidence::Item(item)) => Some(Other::File(Spot::of_item(&scene.items[item as usize]))),
            Some(Evidence::Asset(asset, _)) => Some(Other::Asset(scene.assets[asset as usize].id.to_string())),
            _ => None,
        };
        let companion = verdict.resource.map(|at| asset.resources[usize::from(at)].role);
        Self {
            file,
            other,
            kind: match companion {
                Some(ResourceRole::PairedVideo | ResourceRole::RenderedPairedVideo) => Kind::Video,
                Some(_) => Kind::Photo,
                None => Kind::of(asset.kind, asset.resources.iter().map(|resource| resource.role)),
            },
            pixels: asset.pixels,
            duration_ms: None,
            primary: match verdict.resource {
                Some(at) => asset.resources[usize::from(at)].size,
                None => asset.primary().and_then(|primary| primary.size),
            },
            companion,
            along: Vec::new(),
        }
    }
}
