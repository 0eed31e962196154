//! Fetches the albums that people made. Not run on a Mac.

use objc2::rc::Retained;
use objc2_photos::{PHAssetCollection, PHAssetCollectionSubtype, PHAssetCollectionType};

use super::absent;
use super::assets::identifiers;
use crate::{KitAlbum, KitError};

pub(super) fn all() -> Vec<KitAlbum> {
    // SAFETY: constants of the declared types; the indices are below the count of a result that does not change.
    unsafe {
        let found = PHAssetCollection::fetchAssetCollectionsWithType_subtype_options(
            PHAssetCollectionType::Album,
            PHAssetCollectionSubtype::AlbumRegular,
            None,
        );
        let albums = (0..found.count()).map(|at| found.objectAtIndex(at));
        let told = |album: Retained<PHAssetCollection>| KitAlbum {
            local_identifier: album.localIdentifier().to_string(),
            title: album.localizedTitle().map(|title| title.to_string()).unwrap_or_default(),
        };
        albums.map(told).collect()
    }
}

pub(super) fn album(local_identifier: &str) -> Result<Retained<PHAssetCollection>, KitError> {
    let wanted = identifiers(&[local_identifier.to_owned()]);
    // SAFETY: the argument has the declared type, and the index is below the count.
    unsafe {
        let found = PHAssetCollection::fetchAssetCollectionsWithLocalIdentifiers_options(&wanted, None);
        (found.count() > 0).then(|| found.objectAtIndex(0)).ok_or_else(|| absent("such album"))
    }
}
