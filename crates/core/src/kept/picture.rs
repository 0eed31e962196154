//! Where the picture of a kept verdict can be had, and that of the photo that decided. A file is found again only below
//! its folder and only as it was shown.

use std::path::{Component, Path, PathBuf};

use crate::asset::{AssetId, ResourceRole};
use crate::folder::{FolderError, Folders, Opened, State};
use crate::picture::{Picture, Trail};
use crate::reason::{Reason, Way};
use crate::report::{FileLine, Other, Ruling, Spot, VerdictLine};

/// A file that was found again.
pub struct Found {
    /// The open file.
    pub file: Box<dyn Opened>,
    /// Its whole path, for telling it apart.
    pub path: PathBuf,
    /// Its state.
    pub state: State,
}

/// Why a file was not found again.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The path leads elsewhere.
    #[error("it is not in its folder, so it was not opened")]
    Leaves,
    /// Nothing is there.
    #[error("it is no longer where it was shown. Simulate again")]
    Gone,
    /// Another state of it is there.
    #[error("it changed since it was shown. Simulate again")]
    Changed,
    /// It is there, and cannot be read.
    #[error("it could not be read: {0}")]
    Unreadable(FolderError),
}

impl From<FolderError> for Lost {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Gone => Self::Gone,
            FolderError::Leaves(_) => Self::Leaves,
            error => Self::Unreadable(error),
        }
    }
}

impl VerdictLine {
    /// Where the picture of the photo itself can be had.
    pub fn picture(&self) -> Option<Picture> {
        match self.direction {
            Way::Export => self.asset_picture(),
            // The bytes are not on this disk.
            Way::Import if self.reason == Some(Reason::OnlineOnly) => None,
            Way::Import => self.trail().map(Picture::File),
        }
    }

    /// Where the picture of the photo that decided can be had, or of what this one became.
    pub fn other_picture(&self) -> Option<Picture> {
        match &self.trace.as_ref()?.other {
            Some(Other::Asset(id)) => Some(Picture::Asset(AssetId(id.as_str().into()))),
            Some(Other::File(spot)) => Some(Picture::File(spot.trail(self.matched.as_deref()?))),
            None if self.direction == Way::Import => self.asset_picture(),
            // What is only planned is not there yet.
            None if matches!(self.verdict, Ruling::Planned | Ruling::Failed) => None,
            None => self.trail().map(Picture::File),
        }
    }

    /// What leads to the movie that belongs to its photo in the folder, where it names one.
    pub fn movie(&self) -> Option<Trail> {
        let trail = self.trail()?;
        let is_movie = |file: &&FileLine| file.role == ResourceRole::PairedVideo && file.path.is_some();
        let path = self.files.iter().find(is_movie)?.path.as_ref()?;
        match self.path.as_ref() == Some(path) {
            true => Some(trail),
            false => Some(Trail { path: path.into(), stamp: None, fingerprint: None, ..trail }),
        }
    }

    /// What leads to the file of `path`.
    pub(crate) fn trail(&self) -> Option<Trail> {
        let spot = self.trace.as_ref()?.file.as_ref()?;
        let trail = spot.trail(self.path.as_deref()?);
        let known = self.fingerprint.as_ref().filter(|_| self.direction == Way::Import);
        Some(Trail { fingerprint: known.and_then(|text| text.parse().ok()), ..trail })
    }

    fn asset_picture(&self) -> Option<Picture> {
        Some(Picture::Asset(AssetId(self.asset.as_deref()?.into())))
    }
}

impl Spot {
    /// What leads to the file whose path is this text.
    fn trail(&self, text: &str) -> Trail {
        let path = self.raw.as_ref().map_or_else(|| PathBuf::from(text), PathBuf::from);
        Trail { folder: self.folder, path, stamp: self.stamp, fingerprint: None }
    }
}

impl Trail {
    /// Finds the file in its folder, which lay at this place. No link on the way leaves that, and the file is the one that
    /// was shown, as far as its state was kept.
    pub fn find(&self, place: &Path, folders: &dyn Folders) -> Result<Found, Lost> {
        let is_below = self.path.components().all(|component| matches!(component, Component::Normal(_)));
        if !is_below {
            return Err(Lost::Leaves);
        }
        let folder = folders.open(place)?;
        if folder.place() != place {
            return Err(Lost::Leaves);
        }
        let file = folder.open_within(&self.path)?;
        let state = file.state()?;
        match self.stamp {
            Some(shown) if shown != state.stamp => Err(Lost::Changed),
            _ => Ok(Found { file, path: place.join(&self.path), state }),
        }
    }
}
