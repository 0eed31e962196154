//! Chooses the library for a path.

use std::path::Path;

use photobridge_core::library::{Library, LibraryError};

use crate::embedded::store::{self, Site};
use crate::{Bundle, Embedded, bundle};

/// The library at a path that a person chose.
///
/// A `*.photoslibrary` is Apple's and must be there; its database is cloned below `scratch`. Any other path is an embedded
/// library: one that is there, or one that is made when it is first written. A folder with other things in it is refused.
pub fn open(choice: &Path, scratch: &Path) -> Result<Box<dyn Library>, LibraryError> {
    Ok(if is_bundle(choice) { Box::new(Bundle::open(choice, scratch)?) } else { Box::new(Embedded::open(choice)?) })
}

/// Whether a library is at this path already; an error where none could be opened or made. Clones nothing, makes nothing.
pub fn is_there(choice: &Path) -> Result<bool, LibraryError> {
    if is_bundle(choice) {
        return bundle::inspect(choice).map(|()| true);
    }
    Ok(store::inspect(choice)? == Site::Ours)
}

fn is_bundle(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("photoslibrary"))
}
