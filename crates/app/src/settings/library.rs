//! Which library the settings name.

use std::path::{Path, PathBuf};

use super::{Settings, SettingsError, home};
use crate::places;

/// Whether the settings name the Mac's own Photos library, as they do on a Mac where they name none.
pub fn is_system_library(settings: &Settings) -> bool {
    match settings.library.as_str() {
        "" => cfg!(target_os = "macos"),
        path => path == "photos",
    }
}

/// The path of the library that the settings name.
pub fn library_path(data: &Path, settings: &Settings) -> Result<PathBuf, SettingsError> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match settings.library.as_str() {
        _ if is_system_library(settings) => Ok(absolute(&system_package()?)),
        "" => Ok(absolute(&places::own_library(data))),
        // From each directory it would be another library.
        path if !home(path).is_absolute() => Err(SettingsError::Library(format!(
            "the library is set to `{path}`, which is not a full path. Nothing was changed. Set it anew: \
             `photobridge config library PATH`"
        ))),
        path => Ok(home(path)),
    }
}

/// Where the System Photo Library lies.
pub fn system_package() -> Result<PathBuf, SettingsError> {
    if !cfg!(target_os = "macos") {
        let why = "the library `photos` is on a Mac only. Name another library, by its path";
        return Err(SettingsError::Library(why.into()));
    }
    let home = dirs::home_dir().ok_or_else(|| SettingsError::Library("this account has no home directory".into()))?;
    Ok(photobridge_libraries::photos::package(&home))
}
