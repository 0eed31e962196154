//! Where our files lie.

use std::path::{Path, PathBuf};

use crate::exit::Error;

/// The data directory: as asked for, else the system's place for it
/// (`~/Library/Application Support/Photobridge` on a Mac, `$XDG_DATA_HOME/photobridge` elsewhere).
pub fn data_directory(asked: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(path) = asked {
        return std::path::absolute(path).map_err(|error| Error::Io(path.display().to_string(), error));
    }
    let name = if cfg!(target_os = "macos") { "Photobridge" } else { "photobridge" };
    let base = dirs::data_dir()
        .ok_or_else(|| Error::Usage("this account has no home directory; name one with --data-dir".into()))?;
    Ok(base.join(name))
}

/// Where the page is, unless `serve` is told otherwise.
pub const PAGE: &str = "http://127.0.0.1:27731";

/// The settings file of a data directory.
pub fn settings_file(data: &Path) -> PathBuf {
    data.join("settings.toml")
}

/// The embedded library that is used where nothing else is asked for.
pub fn own_library(data: &Path) -> PathBuf {
    data.join("library")
}

/// Where the log of `serve` lies.
pub fn logs(data: &Path) -> PathBuf {
    data.join("logs")
}

/// Where clones of foreign databases are opened.
pub fn scratch(data: &Path) -> PathBuf {
    data.join("scratch")
}
