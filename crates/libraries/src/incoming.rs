//! What every library asks of an asset to import, before anything is written.

use photobridge_core::asset::{MediaKind, ResourceRole};
use photobridge_core::library::{ImportError, NewAsset, NewResource};

/// Refuses an asset without the file that stands for it, with two files of a role or an empty one, or with one that
/// `fits` does not take.
pub(crate) fn check(
    asset: &NewAsset<'_>,
    fits: impl Fn(&NewResource<'_>) -> Result<bool, ImportError>,
) -> Result<(), ImportError> {
    let refuse = |why: String| Err(ImportError::Refused(why));
    let primary = match asset.kind {
        MediaKind::Photo => ResourceRole::Photo,
        MediaKind::Video => ResourceRole::Video,
    };
    if asset.resources.first().map(|resource| resource.role) != Some(primary) {
        return refuse("its primary file is missing".into());
    }
    for (at, resource) in asset.resources.iter().enumerate() {
        if !fits(resource)? {
            return refuse(format!("{} is not a kind of file that it takes", resource.name));
        }
        if asset.resources[..at].iter().any(|other| other.role == resource.role) {
            return refuse(format!("{} is one file too many of its kind", resource.name));
        }
        if resource.stamp.size == 0 {
            return refuse(format!("{} is empty", resource.name));
        }
    }
    Ok(())
}

/// The words for a file that could not be read.
pub(crate) fn unreadable(resource: &NewResource<'_>, source: std::io::Error) -> ImportError {
    ImportError::Source { path: resource.file.to_owned(), source }
}
