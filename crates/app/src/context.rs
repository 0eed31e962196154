//! What every command and page knows: where our files lie, the settings, how much to say.

use std::path::{Path, PathBuf};

use photobridge_core::library::Library;
use photobridge_folders::archive::place as archive;

use crate::arguments::SideArguments;
use crate::exit::Error;
use crate::run::open_library;
use crate::servers;
use crate::settings::{FolderSettings, Settings, home};

/// The data directory: as asked for, else the system's place for it
/// (`~/Library/Application Support/Photobridge` on a Mac, `$XDG_DATA_HOME/photobridge` elsewhere).
pub fn data_directory(asked: Option<&Path>) -> Result<PathBuf, Error> {
    // A variable without a value says nothing.
    if let Some(path) = asked.filter(|path| !path.as_os_str().is_empty()) {
        return std::path::absolute(path).map_err(|error| Error::Io(path.display().to_string(), error));
    }
    let name = if cfg!(target_os = "macos") { "Photobridge" } else { "photobridge" };
    let base = dirs::data_dir().ok_or_else(|| {
        Error::Usage("this account has no home directory. Set a data directory with --data-dir".into())
    })?;
    Ok(base.join(name))
}

/// What every command knows.
pub struct Context {
    /// The data directory.
    pub data: PathBuf,
    /// The settings.
    pub settings: Settings,
    /// Say only what went wrong.
    pub quiet: bool,
    /// Say more.
    pub verbose: bool,
}

impl Context {
    /// Puts folders and library of the command line in the place of those in the settings.
    pub fn with_sides(&mut self, sides: &SideArguments) {
        if !sides.folder.is_empty() {
            let folders = sides.folder.iter().map(|path| from_here(path));
            self.settings.folder = one_for_each(folders).into_iter().map(FolderSettings::whole).collect();
        }
        if let Some(library) = &sides.library {
            self.settings.library = match library.as_str() {
                "" | "photos" => library.clone(),
                path => from_here(&home(path)).to_string_lossy().into_owned(),
            };
        }
    }

    /// Opens the library that the settings name.
    pub fn library(&self) -> Result<Box<dyn Library>, Error> {
        open_library(&self.data, &self.settings)
    }
}

/// The places of the folders that were named: zips that lie in one directory are the parts of one.
fn one_for_each(named: impl Iterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    let mut zips: Vec<Vec<PathBuf>> = Vec::new();
    for path in named {
        if servers::is_address(&path) || !archive::is_place(&path) {
            folders.push(path);
            continue;
        }
        match zips.iter_mut().find(|zips| zips[0].parent() == path.parent()) {
            Some(beside) => beside.push(path),
            None => zips.push(vec![path]),
        }
    }
    folders.extend(zips.into_iter().flat_map(|zips| archive::of_several(&zips).map_or(zips, |place| vec![place])));
    folders
}

/// The whole path of what was named on the command line.
pub fn from_here(path: &Path) -> PathBuf {
    if let Some(address) = path.to_str().and_then(servers::place) {
        return address;
    }
    // No shell puts it in the place of the home of somebody who quotes a pattern.
    let path = &path.to_str().map_or_else(|| path.to_owned(), home);
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
