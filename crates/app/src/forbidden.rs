//! Why a folder that is there cannot be read on a Mac: macOS keeps programs from some places, whatever the rights of their files,
//! until a person allows it. Not run on a Mac.

use std::io;
use std::path::Path;

use rustix::io::Errno;

/// What is said of a folder that macOS keeps from this program; nothing where another cause is told, or this is no Mac.
pub fn by_macos(folder: &Path, error: &io::Error) -> Option<String> {
    let home = dirs::home_dir().unwrap_or_default();
    cfg!(target_os = "macos").then(|| words(folder, &home, error))?
}

/// macOS says that the operation is not permitted; what lacks rights, it calls a denied permission.
fn words(folder: &Path, home: &Path, error: &io::Error) -> Option<String> {
    if error.raw_os_error() != Some(Errno::PERM.raw_os_error()) {
        return None;
    }
    let place = "System Settings, Privacy & Security";
    let remedy = match switch(folder, home) {
        Some(switch) => format!("In {place}, Files and Folders, switch on {switch} for Photobridge"),
        None => format!("In {place}, Full Disk Access, add Photobridge"),
    };
    let shown = folder.display();
    Some(format!(
        "the folder {shown} exists, but macOS does not let this program read it. {remedy}, or for the app that started it"
    ))
}

/// What the switch for a folder is called; nothing where there is none but that for the whole disk.
fn switch(folder: &Path, home: &Path) -> Option<&'static str> {
    let is_below = |place: &str| folder.starts_with(home.join(place));
    let of_home = [
        ("Desktop", "Desktop Folder"),
        ("Documents", "Documents Folder"),
        ("Downloads", "Downloads Folder"),
        ("Library/CloudStorage", "the name of the cloud"),
        ("Library/Mobile Documents", "iCloud Drive"),
    ];
    let found = of_home.into_iter().find(|(place, _)| is_below(place)).map(|(_, switch)| switch);
    found.or_else(|| folder.starts_with("/Volumes").then_some("Network Volumes or Removable Volumes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_of_each_place_is_named() {
        let home = Path::new("/Users/me");
        let said = |folder: &str, code| words(Path::new(folder), home, &io::Error::from_raw_os_error(code));
        for (folder, switch) in [
            ("/Users/me/Desktop", "switch on Desktop Folder for Photobridge"),
            ("/Users/me/Documents/Photos", "switch on Documents Folder for"),
            ("/Users/me/Downloads", "switch on Downloads Folder for"),
            ("/Users/me/Library/CloudStorage/Nextcloud-me/Photos", "switch on the name of the cloud for"),
            ("/Users/me/Library/Mobile Documents/com~apple~CloudDocs", "switch on iCloud Drive for"),
            ("/Volumes/NAS/Photos", "switch on Network Volumes or Removable Volumes for"),
            ("/Users/me/Documents of others", "Full Disk Access, add Photobridge"),
            ("/Users/you/Desktop", "Full Disk Access, add Photobridge"),
        ] {
            let words = said(folder, 1).expect("macOS forbids it");
            assert!(words.contains(switch) && words.starts_with(&format!("the folder {folder} exists")), "{words}");
        }
        // Not there, without rights, not mounted well.
        for code in [2, 13, 5] {
            assert_eq!(said("/Users/me/Desktop", code), None, "{code}");
        }
    }
}
