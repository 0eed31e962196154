//! Which of what the settings name is not there now: a disk that is not connected, a share that is not mounted. Asks the disk
//! and makes nothing.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use photobridge_core::folder::Folders;
use photobridge_core::ledger::{Doubt, Ledger, LedgerError};
use photobridge_core::library::LibraryError;
use serde::Serialize;

use crate::folders::{directory_of, everywhere};
use crate::forbidden::by_macos;
use crate::servers;
use crate::settings::Settings;
use crate::settings::{is_system_library, library_path};

/// A part of the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// A source folder, or the one that exports go to.
    Folder,
    /// The library.
    Library,
}

/// A folder or library that cannot be reached now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Away {
    /// What it is.
    pub side: Side,
    /// Its path, as the settings name it.
    pub path: String,
    /// What is so, and what to do.
    pub words: String,
    /// Another directory lies there: a person may say that it is the one that is meant.
    #[serde(skip)]
    pub is_another: bool,
}

/// Everything that cannot be reached now.
pub fn away(data: &Path, settings: &Settings, ledger: Option<&Ledger>) -> Result<Vec<Away>, LedgerError> {
    let receiver = settings.receiver().filter(|_| settings.mode.exports());
    let mut folders: Vec<&Path> = settings.folder.iter().map(|folder| folder.path.as_path()).chain(receiver).collect();
    let mut seen = HashSet::new();
    folders.retain(|path| seen.insert(*path));
    let mut away: Vec<Away> = folders.into_iter().filter_map(folder).collect();
    if let Some(path) = receiver.filter(|path| away.iter().all(|away| Path::new(&away.path) != *path)) {
        away.extend(ledger.map(|ledger| another(data, path, ledger)).transpose()?.flatten());
    }
    away.extend(library(data, settings, ledger)?);
    Ok(away)
}

fn folder(path: &Path) -> Option<Away> {
    // Whether a server answers shows when it is asked; a page does not wait for that.
    let error = fs::read_dir(directory_of(path)?).err()?;
    let shown = path.display();
    let by_macos = by_macos(path, &error).map(|words| crate::words::sentence(&words));
    let words = by_macos.unwrap_or_else(|| match error.kind() {
        std::io::ErrorKind::NotFound => {
            format!("The folder {shown} is not there. Connect its disk, or name another folder in the settings.")
        }
        std::io::ErrorKind::NotADirectory => format!("{shown} is a file, not a folder. Name a folder in the settings."),
        std::io::ErrorKind::PermissionDenied => {
            format!("The folder {shown} cannot be read. Let the account that Photobridge runs under read it.")
        }
        _ => format!("The folder {shown} cannot be read: {error}. Check its disk."),
    });
    Some(Away { side: Side::Folder, path: shown.to_string(), words, is_another: false })
}

/// An empty mount point where exports go, or whatever else lies at the path of that folder.
fn another(data: &Path, path: &Path, ledger: &Ledger) -> Result<Option<Away>, LedgerError> {
    if servers::is_address(path) {
        return Ok(None);
    }
    let folders = everywhere(data);
    let Ok(folder) = folders.open(path) else { return Ok(None) };
    let Some(doubt @ Doubt::Another { .. }) = ledger.doubt_about(&*folder, &folders, &[])? else { return Ok(None) };
    let shown = path.display();
    let words = format!("{shown} {doubt}, perhaps because its disk is not connected. Connect it, or say what it is.");
    Ok(Some(Away { side: Side::Folder, path: shown.to_string(), words, is_another: true }))
}

fn library(data: &Path, settings: &Settings, ledger: Option<&Ledger>) -> Result<Option<Away>, LedgerError> {
    // Whether the Mac's own can be used shows when it is.
    if is_system_library(settings) {
        return Ok(None);
    }
    let Ok(path) = library_path(data, settings) else { return Ok(None) };
    let words = match photobridge_libraries::is_there(&path) {
        Ok(true) => return Ok(None),
        Ok(false) if !was_there(&path, ledger)? => return Ok(None),
        Ok(false) | Err(LibraryError::Missing(_)) => format!(
            "The photo library {} is not there. Connect its disk, or name another library in the settings.",
            path.display()
        ),
        Err(error) => crate::words::sentence(&error.to_string()),
    };
    Ok(Some(Away { side: Side::Library, path: path.display().to_string(), words, is_another: false }))
}

/// Whether a library that is not there was there before, and so is not one that is yet to be made.
fn was_there(path: &Path, ledger: Option<&Ledger>) -> Result<bool, LedgerError> {
    let Some(ledger) = ledger else { return Ok(false) };
    let canonical = path.parent().and_then(|parent| fs::canonicalize(parent).ok()).zip(path.file_name());
    let canonical: Option<PathBuf> = canonical.map(|(parent, name)| parent.join(name));
    Ok(ledger.knew_library_at(path)? || canonical.is_some_and(|path| ledger.knew_library_at(&path).unwrap_or(false)))
}

/// Whether an error of a run says of a side what a look at its place shows, too. It holds no longer than that is so; what
/// shows only to a run, as whether a server answers, holds until the next one.
pub fn is_about_a_side(words: &str) -> bool {
    let folder = words.strip_prefix("the folder ").filter(|rest| !servers::is_address(Path::new(rest)));
    let of_folder = folder.is_some_and(|rest| rest.contains(" is not there. ") || rest.contains(" cannot be read: "));
    let of_another = words.contains(" is another directory than the folder that was synced there");
    let of_library = words.strip_prefix("the photo library ").is_some_and(|rest| rest.contains(" is not there. "))
        || words.contains(" cannot be read as a photo library: ");
    of_folder || of_another || of_library
}

#[cfg(test)]
mod tests {
    use photobridge_core::folder::scan::ScanError;
    use photobridge_core::sync::SyncError;

    use super::*;

    #[test]
    fn what_runs_say_of_a_side_is_known() {
        let path = || PathBuf::from("/photos");
        for error in [
            ScanError::Missing(path()).to_string(),
            ScanError::Unreadable { path: path(), why: "no".into() }.to_string(),
            LibraryError::Missing(path()).to_string(),
            LibraryError::Unusable { path: path(), why: "it is a file".into() }.to_string(),
            SyncError::AnotherFolder { path: path(), doubt: Doubt::Another { lacking: 5, photos: 5 } }.to_string(),
        ] {
            assert!(is_about_a_side(&error), "{error}");
        }
        let server = || PathBuf::from("https://cloud.example/Photos");
        for error in [
            LibraryError::Busy(path()).to_string(),
            LibraryError::Unreadable { path: path(), why: "its database is damaged".into() }.to_string(),
            ScanError::Missing(server()).to_string(),
            ScanError::Unreadable { path: server(), why: "it did not answer".into() }.to_string(),
        ] {
            assert!(!is_about_a_side(&error), "{error}");
        }
    }

    #[test]
    fn what_is_not_there_is_told_once_with_what_to_do() {
        let root = tempfile::tempdir().expect("a directory");
        let at = |name: &str| root.path().join(name);
        fs::create_dir(at("here")).expect("made");
        fs::write(at("file"), "").expect("written");
        let folder = ["here", "gone", "file"].map(|name| crate::settings::FolderSettings::whole(at(name)));
        let library = at("Gone.photoslibrary").display().to_string();
        let mut settings = Settings { library, folder: folder.to_vec(), ..Settings::default() };
        (settings.mode, settings.export.folder) = (photobridge_core::run::Mode::Export, at("gone"));
        let away = away(&at("data"), &settings, None).expect("no ledger");
        let told: Vec<(Side, bool, bool)> = away
            .iter()
            .map(|away| {
                (away.side, away.words.contains("is not there. Connect its disk"), away.words.contains("settings"))
            })
            .collect();
        assert_eq!(
            told,
            [(Side::Folder, true, true), (Side::Folder, false, true), (Side::Library, true, true)],
            "{away:?}"
        );
        settings.library = at("to be made").display().to_string();
        settings.folder.truncate(1);
        settings.export.folder = PathBuf::new();
        assert_eq!(super::away(&at("data"), &settings, None).expect("no ledger"), []);
        assert!(!at("data").exists() && !at("to be made").exists());
    }
}
