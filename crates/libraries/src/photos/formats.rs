//! Which files Photos takes: as one photo together, and of which format. Not run on a Mac.

use std::path::Path;

use photobridge_core::asset::AssetId;
use photobridge_core::item::Format;
use photobridge_core::library::{ImportError, NewAsset, NewResource};
use photobridge_photokit::{KitError, PhotoKit, ResourceType};

use super::failure::is_of_the_format;
use super::{Photos, told};

/// What every Photos takes: where it refuses a file of these, something is wrong with that file.
const ALWAYS: [&str; 11] = ["jpg", "jpeg", "png", "gif", "tif", "tiff", "heic", "heif", "mov", "mp4", "m4v"];

fn pictures<'a>(asset: &'a NewAsset<'_>) -> impl Iterator<Item = &'a NewResource<'a>> {
    asset.resources.iter().filter(|resource| resource.role.is_picture())
}

/// The formats of a photo's files that not every Photos takes.
pub(super) fn doubtful(asset: &NewAsset<'_>) -> impl Iterator<Item = Format> {
    let formats = pictures(asset).map(|resource| Format::of(Path::new(resource.name), asset.camera));
    formats.filter(|format| !ALWAYS.contains(&&*format.ending))
}

/// The format that an error is about: the only one of the photo's that is in doubt. What is sent is whole, as far as its
/// structure tells.
pub(super) fn refused(error: &KitError, asset: &NewAsset<'_>) -> Option<Format> {
    let mut doubtful = doubtful(asset);
    let format = doubtful.next().filter(|_| is_of_the_format(error))?;
    doubtful.next().is_none().then_some(format)
}

impl<K: PhotoKit> Photos<K> {
    /// Refuses files that Photos would not take as one photo, before anything of them is cloned.
    pub(super) fn check_together(&self, asset: &NewAsset<'_>) -> Result<(), ImportError> {
        let kinds: Vec<ResourceType> = pictures(asset).filter_map(|resource| told::kind(resource.role)).collect();
        if self.kit.supports(&kinds).map_err(self.failed("Photos did not say what it takes"))? {
            return Ok(());
        }
        let names: Vec<&str> = pictures(asset).map(|resource| resource.name).collect();
        Err(ImportError::Refused(format!("Photos does not take these files as one photo: {}", names.join(", "))))
    }

    /// Notes a format that was refused, so that no other file of it is asked about. Of one that Photos took before, it is the
    /// file that is refused.
    pub(super) fn note_refusal(&self, failed: ImportError) -> Result<AssetId, ImportError> {
        match failed {
            ImportError::NotTaken { format, why } if !self.notebook.refuse(&format, &self.around.system)? => {
                Err(ImportError::Refused(why))
            }
            failed => Err(failed),
        }
    }
}
