//! Where our files lie.

use std::io::Write;
use std::path::{Path, PathBuf};

use photobridge_core::data;

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

/// What is kept of the password that the page asks for.
pub fn password(data: &Path) -> PathBuf {
    data.join("password")
}

/// What is kept of the sessions of those who gave it.
pub fn sessions(data: &Path) -> PathBuf {
    data.join("sessions.json")
}

/// Where the log of `serve` lies.
pub fn logs(data: &Path) -> PathBuf {
    data.join("logs")
}

/// Where clones of foreign databases are opened.
pub fn scratch(data: &Path) -> PathBuf {
    data.join("scratch")
}

/// Whether a program is the one inside an app (`Photobridge.app/Contents/MacOS/photobridge`).
pub fn is_in_app(program: &Path) -> bool {
    let mut above = program.ancestors().skip(1);
    let is = |directory: Option<&Path>, name: &str| directory.is_some_and(|path| path.ends_with(name));
    is(above.next(), "MacOS")
        && is(above.next(), "Contents")
        && above.next().and_then(Path::extension).is_some_and(|extension| extension == "app")
}

/// Writes a file that only its owner may read, as a whole or not at all.
pub fn write_private(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let half = path.with_extension("part");
    let mut file = data::create(&half)?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&half, path)
}
