//! Chooses the library for a path.

use std::path::Path;

use photobridge_core::library::{Library, LibraryError};

use crate::{Bundle, Embedded};

/// The library at a path that a person chose.
///
/// A `*.photoslibrary` is Apple's and must be there; its database is cloned below `scratch`. Any other path is an embedded
/// library: one that is there, or one that is made when it is first written. A folder with other things in it is refused.
pub fn open(choice: &Path, scratch: &Path) -> Result<Box<dyn Library>, LibraryError> {
    let is_bundle = choice.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("photoslibrary"));
    Ok(if is_bundle { Box::new(Bundle::open(choice, scratch)?) } else { Box::new(Embedded::open(choice)?) })
}
