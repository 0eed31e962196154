//! Where the System Photo Library lies. The places are those that others found on their Macs; none was tried on one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use plist::Value;

/// Where the photo library daemon notes the library: from macOS 27 on, and before.
const NOTES: [&str; 2] = [
    "Library/Group Containers/group.com.apple.photolibraryd.private/Library/Preferences/\
     group.com.apple.photolibraryd.private.plist",
    "Library/Containers/com.apple.photolibraryd/Data/Library/Preferences/com.apple.photolibraryd.plist",
];

/// The package of the System Photo Library: where it is noted, else where Photos makes the first one.
pub fn package(home: &Path) -> PathBuf {
    noted(home).unwrap_or_else(|| home.join("Pictures/Photos Library.photoslibrary"))
}

/// Where it is noted, which only Full Disk Access lets us read: without it macOS would ask the person for more than is
/// needed.
pub fn noted(home: &Path) -> Option<PathBuf> {
    let may_read = has_full_disk_access(home) == Some(true);
    let mut notes = NOTES.iter().filter(|_| may_read).filter_map(|note| Value::from_file(home.join(note)).ok());
    notes.find_map(|note| {
        let path = note.as_dictionary()?.get("SystemLibraryPath")?.as_string()?;
        path.starts_with('/').then(|| PathBuf::from(path))
    })
}

/// Whether this program may read every file of the person; unknown where the file that tells it is not there. The database
/// of macOS's own permissions lies in every home directory, and nothing but Full Disk Access opens it.
pub fn has_full_disk_access(home: &Path) -> Option<bool> {
    match std::fs::File::open(home.join("Library/Application Support/com.apple.TCC/TCC.db")) {
        Ok(_) => Some(true),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Some(false),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Home(tempfile::TempDir);

    impl Home {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a temporary directory"))
        }

        fn path(&self) -> &Path {
            self.0.path()
        }

        fn put(&self, path: &str, text: &str) {
            let file = self.path().join(path);
            fs::create_dir_all(file.parent().expect("below home")).expect("made");
            fs::write(file, text).expect("written");
        }

        fn note(&self, note: &str, value: &str) {
            let text = format!(
                "<?xml version=\"1.0\"?><plist version=\"1.0\"><dict><key>SystemLibraryPath</key>{value}</dict></plist>"
            );
            self.put(note, &text);
        }

        fn give_full_disk_access(&self) {
            self.put("Library/Application Support/com.apple.TCC/TCC.db", "");
        }
    }

    #[test]
    fn it_lies_where_it_is_noted() {
        let home = Home::new();
        home.give_full_disk_access();
        assert_eq!(package(home.path()), home.path().join("Pictures/Photos Library.photoslibrary"));
        home.note(NOTES[1], "<string>/Volumes/Big/Photos Library.photoslibrary</string>");
        assert_eq!(package(home.path()), Path::new("/Volumes/Big/Photos Library.photoslibrary"));
        home.note(NOTES[0], "<string>/newer.photoslibrary</string>");
        assert_eq!(noted(home.path()).as_deref(), Some(Path::new("/newer.photoslibrary")));
    }

    #[test]
    fn notes_are_not_touched_without_full_disk_access() {
        let home = Home::new();
        home.note(NOTES[1], "<string>/Volumes/Big/Photos Library.photoslibrary</string>");
        assert_eq!((has_full_disk_access(home.path()), noted(home.path())), (None, None));
    }

    #[test]
    fn odd_notes_say_nothing() {
        for odd in ["<integer>1</integer>", "<string>relative</string>", "<string></string>", "broken"] {
            let home = Home::new();
            home.give_full_disk_access();
            home.note(NOTES[1], odd);
            assert_eq!(noted(home.path()), None, "{odd}");
        }
    }
}
