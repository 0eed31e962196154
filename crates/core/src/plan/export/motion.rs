//! Which files of a Live Photo go as one: a picture and its movie that go now, both of them originals or both edited.

use std::path::Path;

use photobridge_media as media;

use super::{Exports, OutgoingFile, Payload};
use crate::asset::{Asset, ResourceRole};
use crate::export::LivePhotos;

/// Names of the kinds of pictures that can have a movie behind them.
const KINDS: [&str; 2] = ["a.jpg", "a.heic"];

impl Exports<'_> {
    /// Positions of pictures and of their movies that go as one file where they can, as the settings say.
    pub(super) fn as_motion_photos(&self, asset: &Asset, files: &[OutgoingFile]) -> Vec<(usize, usize)> {
        use ResourceRole::{PairedVideo, Photo, RenderedPairedVideo, RenderedPhoto};
        let position = |role: ResourceRole| {
            let has_role = |file: &OutgoingFile| match file.payload {
                Payload::Resource(at) => asset.resources[usize::from(at)].role == role,
                Payload::Sidecar => false,
            };
            files.iter().position(has_role)
        };
        let can_be = |still: &usize| {
            let name = &files[*still].name;
            media::kind_of(Path::new(name)).is_some() && KINDS.iter().any(|kind| media::same_format(name, kind))
        };
        let both = |(still, movie)| position(still).filter(can_be).zip(position(movie));
        match self.outward.export.live_photos {
            LivePhotos::TwoFiles => Vec::new(),
            LivePhotos::MotionPhoto => {
                [(Photo, PairedVideo), (RenderedPhoto, RenderedPairedVideo)].into_iter().filter_map(both).collect()
            }
        }
    }
}
