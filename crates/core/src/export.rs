//! What a person asks of the way from the library to the folder.

use std::time::Duration;

use crate::fingerprint::Fingerprint;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::asset::{Asset, LibraryScope, MediaKind, Resource, ResourceRole};
use crate::memory::Held;
use crate::reason::Reason;

/// How long a phone may have been offline when the baseline was set: what it took before then, by its own clock, and
/// brings later, is new.
const OFFLINE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Which photos go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// Those added to the library after the baseline.
    #[default]
    GoingForward,
    /// All of them.
    FullLibrary,
}

/// How the folder is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// `2026/02/IMG_1.HEIC`: by year and month of the capture date on the photo's own clock.
    #[default]
    Date,
    /// `IMG_1.HEIC`: all in one folder.
    Flat,
}

/// Which version of an edited photo goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edited {
    /// As the camera made it.
    #[default]
    Original,
    /// As the library shows it.
    Current,
    /// Both; the edited one as `NAME_edited.EXT`.
    Both,
}

/// What is written beside a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sidecar {
    /// Nothing.
    #[default]
    None,
    /// Title, description, keywords, favourite, place and date as `NAME.xmp`.
    Xmp,
}

/// As what Live Photos go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LivePhotos {
    /// As a picture and a movie.
    #[default]
    TwoFiles,
    /// As one file of both, as Android phones write it.
    MotionPhoto,
}

/// Whose photos of an iCloud Shared Library go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeFilter {
    /// Those of the personal library.
    Personal,
    /// Those of the Shared Library.
    Shared,
    /// Both.
    #[default]
    Both,
}

/// Which photos of the range are left where they are. Decides about export only: all take part in matching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFilter {
    /// Stills, with what belongs to them.
    pub photos: bool,
    /// Videos of their own.
    pub videos: bool,
    /// Nothing captured before this day, on the photo's own clock.
    pub from: Option<Date>,
    /// Nothing captured after this day.
    pub until: Option<Date>,
    /// What is in the Hidden album goes too.
    pub hidden: bool,
    /// What is in shared albums goes too.
    pub shared_albums: bool,
    /// Frames of bursts that nobody picked go too.
    pub unpicked_burst_frames: bool,
    /// Personal or Shared Library.
    pub scope: ScopeFilter,
}

impl Default for ExportFilter {
    fn default() -> Self {
        Self {
            photos: true,
            videos: true,
            from: None,
            until: None,
            hidden: false,
            shared_albums: false,
            unpicked_burst_frames: false,
            scope: ScopeFilter::Both,
        }
    }
}

impl ExportFilter {
    /// Whether kind, capture date and scope let this asset out. A photo without a date is in no range of dates.
    pub fn lets_out(&self, asset: &Asset) -> bool {
        let of_kind = match asset.kind {
            MediaKind::Photo => self.photos,
            MediaKind::Video => self.videos,
        };
        let of_scope = match self.scope {
            ScopeFilter::Both => true,
            ScopeFilter::Shared => asset.standing.scope == LibraryScope::Shared,
            // What nobody can tell may be shared.
            ScopeFilter::Personal => asset.standing.scope == LibraryScope::Personal,
        };
        of_kind && of_scope && self.covers(asset)
    }

    fn covers(&self, asset: &Asset) -> bool {
        if self.from.is_none() && self.until.is_none() {
            return true;
        }
        let day = asset.captured.and_then(|time| time.civil()).map(|civil| civil.date());
        day.is_some_and(|day| self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until))
    }
}

/// Everything that is asked of an export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Export {
    /// Which photos go out.
    pub range: Range,
    /// The instant from which Going Forward counts; without it nothing is newer.
    pub baseline: Option<Timestamp>,
    /// How the folder is laid out.
    pub layout: Layout,
    /// Which version of an edited photo goes out.
    pub edited: Edited,
    /// What is written beside a photo.
    pub sidecar: Sidecar,
    /// As what Live Photos go.
    pub live_photos: LivePhotos,
    /// What stays.
    pub filter: ExportFilter,
}

impl Export {
    /// Why the settings leave this asset in the library, as far as that shows without its files.
    pub fn against(&self, asset: &Asset) -> impl Iterator<Item = Reason> + use<> {
        let (standing, filter) = (asset.standing, &self.filter);
        let reasons = [
            (standing.shared_album && !filter.shared_albums, Reason::SharedAlbum),
            (standing.hidden && !filter.hidden, Reason::Hidden),
            (standing.unpicked_burst_frame && !filter.unpicked_burst_frames, Reason::UnpickedBurstFrame),
            (!filter.lets_out(asset), Reason::Excluded),
        ];
        reasons.into_iter().filter(|(stays, _)| *stays).map(|(_, reason)| reason)
    }

    /// Whether Going Forward or Full Library reaches this asset, with these bytes if they are known. What the library held is
    /// old, whatever a library that was rebuilt says of when it was added. A phone that was offline when the baseline was
    /// set brings photos that its clock dates before it: they are new if the library did not hold them then.
    pub fn reaches(&self, asset: &Asset, bytes: Option<Fingerprint>, held: &Held) -> bool {
        if self.range == Range::FullLibrary {
            return true;
        }
        let Some(baseline) = self.baseline else { return false };
        let was_held = || held.holds(baseline, asset, bytes);
        match asset.added {
            Some(added) if added >= baseline => was_held() != Some(true),
            Some(_) if held.is_to_come => was_held() == Some(false),
            Some(added) => baseline.duration_since(added).unsigned_abs() <= OFFLINE && was_held() == Some(false),
            None => was_held() == Some(false),
        }
    }
}

/// A file of an asset that an export asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Position of the resource.
    pub resource: u16,
    /// It is the edited version that goes beside the original, as `NAME_edited.EXT`.
    pub beside: bool,
}

impl Wanted {
    /// What this file is to its asset.
    pub fn role(&self, asset: &Asset) -> ResourceRole {
        asset.resources[usize::from(self.resource)].role
    }

    /// Whether it only belongs to the file that stands for its asset, and may be there or not by itself: a companion, a
    /// recipe, the edited version beside its original.
    pub fn belongs(&self, asset: &Asset) -> bool {
        self.beside || !self.role(asset).stands_for_its_asset()
    }
}

/// The files of an asset that an export asks for, the one that stands for it first. An edited version that the library
/// does not list cannot be asked for: then the original is.
pub fn wanted(asset: &Asset, edited: Edited) -> Vec<Wanted> {
    use ResourceRole::{AlternatePhoto, PairedVideo, Photo, RenderedPairedVideo, RenderedPhoto, RenderedVideo, Video};
    let pick = |roles: &[ResourceRole], beside| {
        let positions = roles.iter().filter_map(|role| asset.resources.iter().position(|entry| entry.role == *role));
        positions.map(|at| Wanted { resource: at as u16, beside }).collect::<Vec<_>>()
    };
    let (originals, renders): (&[_], &[_]) = match asset.kind {
        MediaKind::Photo => (&[Photo, PairedVideo, AlternatePhoto], &[RenderedPhoto, RenderedPairedVideo]),
        MediaKind::Video => (&[Video], &[RenderedVideo]),
    };
    // What came with an original goes wherever that goes.
    let original = || {
        let recipe = asset.resources.iter().position(Resource::came_with_original);
        let mut files = pick(originals, false);
        files.extend(recipe.map(|at| Wanted { resource: at as u16, beside: false }));
        files
    };
    match edited {
        Edited::Current if asset.render().is_some() => pick(renders, false),
        Edited::Both if asset.render().is_some() => {
            let mut files = original();
            files.extend(pick(renders, true));
            files
        }
        _ => original(),
    }
}
