//! What would keep settings from working, found before they are saved. Reads what it must of the disk and writes nothing:
//! what must be writable is asked for its rights.

use std::fs;
use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use photobridge_core::folder::{Folder, FolderError, overlap, stand_ins};
use photobridge_core::notices;
use photobridge_core::run::Mode;
use photobridge_folders::archive::{Archive, place as archive};
use photobridge_folders::disk::{Disk, library_around};
use rustix::fs::{Access, access};
use serde::{Deserialize, Serialize};

use super::{Settings, globs, is_only_read, is_system_library, library_path};
use crate::forbidden::by_macos;
use crate::places;
use crate::servers;

/// What the numbers may be: more is a slip of the finger.
pub const SETTLE_SECONDS: RangeInclusive<u64> = 0..=86_400;
/// See [`SETTLE_SECONDS`].
pub const OTHER_HALF_MINUTES: RangeInclusive<u64> = 0..=10_080;
/// See [`SETTLE_SECONDS`].
pub const ICLOUD_HOURS: RangeInclusive<u64> = 0..=720;
/// See [`SETTLE_SECONDS`].
pub const UNATTENDED_LIMIT: RangeInclusive<u64> = 0..=1_000_000;

/// Characters of an album's title.
pub const LONGEST_TITLE: usize = 200;

/// Source folders that settings may name.
pub const MOST_FOLDERS: usize = 100;

/// Words about one setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The setting, as `album`, `export.until` or `folder.0.path`.
    pub field: String,
    /// What is so, and what to do.
    pub words: String,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What does not work.
    pub wrong: Vec<Remark>,
    /// What works and should be known.
    pub notes: Vec<Remark>,
}

impl Findings {
    fn wrong(&mut self, field: impl Into<String>, words: impl Into<String>) {
        self.wrong.push(Remark { field: field.into(), words: words.into() });
    }

    /// The first that is wrong with a setting, or with a part of it.
    pub fn wrong_with(&self, field: &str) -> Option<&str> {
        let is_of = |remark: &&Remark| {
            remark.field.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.wrong.iter().find(is_of).map(|remark| remark.words.as_str())
    }
}

/// A directory that no photos are looked for in: what it is, and where.
type Ours = (&'static str, PathBuf);

/// Checks settings as a whole.
pub fn check(settings: &Settings, own: &Path) -> Findings {
    let mut found = Findings::default();
    values(settings, &mut found);
    let library = library(settings, own, &mut found).map(|path| ("the library", path));
    if library.is_some() && is_only_read(&settings.library) {
        only_read(settings.mode, &mut found);
    }
    let data = fs::canonicalize(own).ok().map(|path| ("Photobridge's own directory", path));
    let ours: Vec<Ours> = library.into_iter().chain(data).collect();
    let folders = folders(settings, own, &ours, &mut found);
    let receiver = receiver(settings, own, &ours, &folders, &mut found);
    let all = folders.iter().map(|(_, path)| path.as_path()).chain(receiver.as_deref());
    for (_, path) in ours {
        let inside = notices::ours_in_the_folder(all.clone(), &[path]);
        found.notes.extend(inside.map(|words| Remark { field: "library".into(), words }));
    }
    found
}

/// Checks a change of settings. What was wrong before already should be known, but keeps nobody from changing the rest: a
/// disk may just not be connected. Whoever switches on exports needs all of it.
pub fn check_change(before: &Settings, after: &Settings, data: &Path) -> Findings {
    let mut found = check(after, data);
    let begins_to_export = after.mode.exports() && !before.mode.exports();
    if !found.wrong.is_empty() && !begins_to_export {
        let known = check(before, data).wrong;
        let was_so = |remark: &Remark| known.iter().any(|known| known.words == remark.words);
        let (old, new) = found.wrong.into_iter().partition(was_so);
        found.wrong = new;
        found.notes.splice(0..0, old);
    }
    if after.mode.exports() {
        found.notes.extend(another_receiver(before, after));
    }
    found
}

/// What is to be said where photos go out to another folder than before.
fn another_receiver(before: &Settings, after: &Settings) -> Option<Remark> {
    let (was, is) = before.receiver().zip(after.receiver())?;
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    (whole(was) != whole(is)).then(|| Remark {
        field: "export.folder".into(),
        words: format!(
            "exports go to {} from now on, and no longer to {}. What went there stays there. To choose where they go: \
             `photobridge config export.folder DIR`",
            is.display(),
            was.display()
        ),
    })
}

/// What a library of Apple's on a disk is for.
const ONLY_READ: &str = "this library is read-only: photos can be copied out of it, but not into it";

/// Which ways photos can go where nothing can go in.
fn only_read(mode: Mode, found: &mut Findings) {
    match mode {
        Mode::Import => found.wrong("mode", format!("{ONLY_READ}. Choose Export")),
        Mode::Bidirectional => found.notes.push(Remark { field: "mode".into(), words: ONLY_READ.into() }),
        Mode::Export => {}
    }
}

/// What can be judged without a disk.
fn values(settings: &Settings, found: &mut Findings) {
    let mut bounded = |field: &str, value: u64, range: RangeInclusive<u64>| {
        if !range.contains(&value) {
            found.wrong(field, format!("write a number from {} to {}", range.start(), range.end()));
        }
    };
    bounded("settle_seconds", settings.settle_seconds, SETTLE_SECONDS);
    bounded("other_half_minutes", settings.other_half_minutes, OTHER_HALF_MINUTES);
    bounded("icloud_hours", settings.icloud_hours, ICLOUD_HOURS);
    bounded("unattended_limit", settings.unattended_limit as u64, UNATTENDED_LIMIT);
    title("album", &settings.album, found);
    for (at, folder) in settings.folder.iter().enumerate() {
        if let Some(album) = &folder.album {
            title(&format!("folder.{at}.album"), album, found);
        }
        for (name, patterns) in [("include", &folder.include), ("exclude", &folder.exclude)] {
            if let Err(why) = globs(patterns) {
                found.wrong(format!("folder.{at}.{name}"), format!("{why}. Write it as *.gif or Memes/**"));
            }
        }
    }
    if settings.folder.len() > MOST_FOLDERS {
        found.wrong(format!("folder.{MOST_FOLDERS}.path"), format!("there can be {MOST_FOLDERS} folders at most"));
    }
    let export = &settings.export;
    if export.from.zip(export.until).is_some_and(|(from, until)| from > until) {
        found.wrong("export.until", "the last day is before the first one");
    }
    if settings.mode.exports() && !export.photos && !export.videos {
        found.wrong("export.photos", "without photos or videos nothing is exported. Choose one or both");
    }
}

fn title(field: &str, title: &str, found: &mut Findings) {
    if title.trim().is_empty() {
        found.wrong(field, "an album needs a title");
    } else if title.chars().count() > LONGEST_TITLE || title.chars().any(char::is_control) {
        found.wrong(field, format!("write the title on one line, of {LONGEST_TITLE} characters at most"));
    }
}

/// The canonical path of the library, or the one that it will have.
fn library(settings: &Settings, data: &Path, found: &mut Findings) -> Option<PathBuf> {
    match library_site(settings, data) {
        Ok(path) => Some(path),
        Err(why) => {
            found.wrong("library", why);
            None
        }
    }
}

fn library_site(settings: &Settings, data: &Path) -> Result<PathBuf, String> {
    if !matches!(settings.library.as_str(), "" | "photos") && !super::home(&settings.library).is_absolute() {
        return Err(WHOLE_PATH.into());
    }
    let path = library_path(data, settings).map_err(|error| error.to_string())?;
    if is_system_library(settings) {
        // Whether PhotoKit may be used shows when it is; its tables need not be readable.
        return Ok(fs::canonicalize(&path).unwrap_or(path));
    }
    if photobridge_libraries::is_there(&path).map_err(|error| error.to_string())? {
        return fs::canonicalize(&path)
            .map_err(|error| format!("the library {} cannot be read: {error}", path.display()));
    }
    let parent = path.parent().unwrap_or(Path::new("/"));
    // The data directory is made when it is needed.
    let is_own = path == places::own_library(data);
    let nearest = if is_own { parent.ancestors().find(|path| path.exists()).unwrap_or(parent) } else { parent };
    let shown = nearest.display();
    let nearest = readable(nearest).map_err(|why| format!("no library can be created at {}: {why}", path.display()))?;
    if let Some(library) = library_around(&nearest) {
        return Err(belongs(&path, &library));
    }
    let may = access(&nearest, Access::WRITE_OK | Access::EXEC_OK);
    may.map_err(|error| format!("no library can be created in {shown}, because it cannot be written to: {error}"))?;
    Ok(if is_own { path } else { nearest.join(path.file_name().unwrap_or_default()) })
}

const WHOLE_PATH: &str = "write the full path, beginning with / or ~/";

fn belongs(path: &Path, library: &Path) -> String {
    let (path, library) = (path.display(), library.display());
    format!("{path} belongs to the photo library {library}, which only its own program may change")
}

/// The canonical paths of the source folders that can be used, with their places in the settings.
fn folders(settings: &Settings, data: &Path, ours: &[Ours], found: &mut Findings) -> Vec<(usize, PathBuf)> {
    let mut folders: Vec<(usize, PathBuf)> = Vec::new();
    for (at, folder) in settings.folder.iter().enumerate().take(MOST_FOLDERS) {
        let judged = photos_folder(&folder.path, data, ours).and_then(|path| {
            // Zips that lie in a folder are no photos of it.
            let is_shared =
                |other: &Path| !archive::is_place(&path) && !archive::is_place(other) && overlap(&path, other);
            if let Some((_, other)) = folders.iter().find(|(_, other)| is_shared(other)) {
                let (path, other) = (path.display(), other.display());
                return Err(format!(
                    "{path} and the folder {other} overlap, so photos would be counted twice. Keep only one of them"
                ));
            }
            if !archive::is_place(&path) && Disk::open(&path).is_ok_and(|folder| stand_ins::holds_nothing_else(&folder))
            {
                let path = path.display();
                let remedy = notices::KEEP_HERE;
                return Err(format!(
                    "the photos in {path} are online only: just their names are on this computer. {remedy}"
                ));
            }
            Ok(path)
        });
        match judged {
            Ok(path) => folders.push((at, path)),
            Err(why) => found.wrong(format!("folder.{at}.path"), why),
        }
    }
    folders
}

/// What is said of the whole disk as a folder of photos, unless a person means it.
pub const WHOLE_DISK: &str = "/ is the whole disk: all of it would be scanned, and pictures of programs would count as \
                              photos. Name the folder of photos in it. If you mean it: `photobridge config folder / --yes`";

/// Whether a path is the whole disk, by whatever name.
pub fn is_whole_disk(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|path| path == Path::new("/"))
}

/// The canonical path of a folder that may hold photos.
fn photos_folder(path: &Path, data: &Path, ours: &[Ours]) -> Result<PathBuf, String> {
    // Whether it answers shows when it is asked; nobody who changes a setting waits for that.
    if servers::is_address(path) {
        return servers::wrong_with(data, path).map_or_else(|| Ok(path.to_owned()), Err);
    }
    let canonical = if archive::is_place(path) { archives(path)? } else { readable(path)? };
    if canonical == Path::new("/") {
        return Err(WHOLE_DISK.into());
    }
    if let Some((what, around)) = ours.iter().find(|(_, around)| canonical.starts_with(around)) {
        let (path, around) = (canonical.display(), around.display());
        return Err(format!("{path} is inside {what} {around}. Choose a folder outside it"));
    }
    match library_around(&canonical) {
        Some(library) => Err(belongs(&canonical, &library)),
        None => Ok(canonical),
    }
}

/// The one form of a place of archives, some of which are there.
fn archives(path: &Path) -> Result<PathBuf, String> {
    let shown = path.display();
    if !path.is_absolute() {
        return Err(WHOLE_PATH.into());
    }
    let archive =
        Archive::open(path, Path::new("")).map_err(|_| format!("there is no folder with the archives {shown}"))?;
    match archive.ground() {
        Ok(_) => Ok(archive.place().to_owned()),
        Err(FolderError::Gone) => Err(format!(
            "there is no archive {shown}. Check how it is written; once its photos are in the library, `photobridge config folder \
             '{shown}' --remove`"
        )),
        Err(error) => Err(format!("the archives {shown} cannot be read: {error}")),
    }
}

/// The canonical path of a directory that can be read.
pub fn readable(path: &Path) -> Result<PathBuf, String> {
    let shown = path.display();
    if !path.is_absolute() {
        return Err(WHOLE_PATH.into());
    }
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => {
            format!("there is no folder {shown}. Check how it is written, and that its disk is connected")
        }
        ErrorKind::NotADirectory => format!("{shown} is not a folder"),
        _ => by_macos(path, &error).unwrap_or_else(|| format!("the folder {shown} cannot be read: {error}")),
    };
    fs::read_dir(path).and_then(|_| fs::canonicalize(path)).map_err(unreadable)
}

/// The canonical path of the folder that exports go to, where it is named or needed.
fn receiver(
    settings: &Settings,
    data: &Path,
    ours: &[Ours],
    folders: &[(usize, PathBuf)],
    found: &mut Findings,
) -> Option<PathBuf> {
    let is_named = !settings.export.folder.as_os_str().is_empty();
    let path = settings.receiver().filter(|_| is_named || settings.mode.exports())?;
    let field = if is_named { "export.folder" } else { "folder.0.path" };
    if found.wrong_with(field).is_some() {
        return None;
    }
    if let Err(why) = can_receive(path, data, ours, folders) {
        found.wrong(field, why);
    }
    if servers::is_address(path) { Some(path.to_owned()) } else { readable(path).ok() }
}

fn can_receive(path: &Path, data: &Path, ours: &[Ours], folders: &[(usize, PathBuf)]) -> Result<(), String> {
    let shown = path.display();
    if !servers::is_address(path) && archive::is_place(path) {
        return Err(format!(
            "{shown} is an archive, which is read-only: no photo can be exported to it. Set the export folder with \
             export.folder, or let photos only come in (mode = import)"
        ));
    }
    let canonical =
        photos_folder(path, data, ours).map_err(|why| format!("photos cannot be exported to {shown}: {why}"))?;
    let may = || access(&canonical, Access::WRITE_OK | Access::EXEC_OK);
    // What may be done on a server is known by trying.
    let may = if servers::is_address(&canonical) { Ok(()) } else { may() };
    may.map_err(|error| format!("photos cannot be exported to {shown}, because it cannot be written to: {error}"))?;
    let other =
        folders.iter().map(|(_, folder)| folder).find(|folder| **folder != canonical && overlap(folder, &canonical));
    match other {
        None => Ok(()),
        Some(other) => Err(format!(
            "{}, where the exports go, and the folder {} overlap. Export to the folder itself, or to one outside it",
            canonical.display(),
            other.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::settings::FolderSettings;

    /// A place with two folders of photos, a data directory to be, and settings for them.
    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Self {
            let place = Self(tempfile::tempdir().expect("a directory"));
            for folder in ["photos", "more/inner"] {
                fs::create_dir_all(place.at(folder)).expect("a directory");
            }
            fs::write(place.at("file"), "").expect("written");
            place
        }

        fn at(&self, name: &str) -> PathBuf {
            fs::canonicalize(self.0.path()).expect("it is there").join(name)
        }

        fn settings(&self, folders: &[&str]) -> Settings {
            let folder = folders.iter().map(|name| FolderSettings::whole(self.at(name))).collect();
            Settings { library: self.at("library").display().to_string(), folder, ..Settings::default() }
        }

        fn check(&self, settings: &Settings) -> Findings {
            check(settings, &self.at("data"))
        }

        /// The only thing that is wrong: where, and its words without the place.
        fn wrong(&self, settings: &Settings) -> (String, String) {
            let found = self.check(settings);
            let [Remark { field, words }] = &found.wrong[..] else { panic!("{found:?}") };
            (field.clone(), words.replace(&self.at("").display().to_string(), "@"))
        }
    }

    #[test]
    fn what_is_fine_is_fine() {
        let place = Place::new();
        assert_eq!(place.check(&place.settings(&["photos", "more"])), Findings::default());
        let both = Settings { mode: Mode::Bidirectional, ..place.settings(&["photos"]) };
        assert_eq!(place.check(&both), Findings::default());
        assert!(!place.at("data").exists() && !place.at("library").exists(), "nothing is made by looking");
    }

    #[test]
    fn a_folder_must_be_one() {
        let place = Place::new();
        let (field, words) = place.wrong(&place.settings(&["photos", "gone"]));
        assert_eq!(field, "folder.1.path");
        assert!(words.starts_with("there is no folder @gone"), "{words}");
        assert_eq!(place.wrong(&place.settings(&["file"])).1, "@file is not a folder");
        let mut relative = place.settings(&["photos"]);
        relative.folder[0].path = "photos".into();
        assert!(place.wrong(&relative).1.starts_with("write the full path"));
    }

    #[test]
    fn folders_and_libraries_keep_out_of_each_other() {
        let place = Place::new();
        let (field, words) = place.wrong(&place.settings(&["more", "more/inner"]));
        assert_eq!(field, "folder.1.path");
        assert!(words.starts_with("@more/inner and the folder @more overlap"), "{words}");
        symlink(place.at("more"), place.at("link")).expect("linked");
        assert!(place.wrong(&place.settings(&["link", "more/inner"])).1.contains("overlap"));
        fs::create_dir_all(place.at("Apple.photoslibrary/originals")).expect("made");
        let words = place.wrong(&place.settings(&["Apple.photoslibrary/originals"])).1;
        assert!(words.starts_with("@Apple.photoslibrary/originals belongs to the photo library @Apple.photoslibrary"));
        fs::create_dir(place.at("library")).expect("made");
        assert!(place.wrong(&place.settings(&["library"])).1.starts_with("@library is inside the library @library"));
        fs::create_dir_all(place.at("data/undone")).expect("made");
        let words = place.wrong(&place.settings(&["data/undone"])).1;
        assert!(words.starts_with("@data/undone is inside Photobridge's own directory @data. Choose"), "{words}");
    }

    #[test]
    fn a_library_inside_a_folder_is_said_and_allowed() {
        let place = Place::new();
        let settings =
            Settings { library: place.at("photos/lib").display().to_string(), ..place.settings(&["photos"]) };
        let found = place.check(&settings);
        assert!(found.wrong.is_empty(), "{found:?}");
        assert!(found.notes[0].words.contains("is inside the folder"), "{found:?}");
    }

    #[test]
    fn a_folder_of_nothing_but_stand_ins_is_refused_with_the_remedy() {
        let place = Place::new();
        fs::write(place.at("photos/IMG_1.jpg.nextcloud"), "").expect("written");
        assert!(place.wrong(&place.settings(&["photos"])).1.contains("Make always available locally"));
        fs::write(place.at("photos/IMG_2.jpg"), "").expect("written");
        assert!(place.check(&place.settings(&["photos"])).wrong.is_empty());
    }

    #[test]
    fn a_library_must_be_there_or_have_room() {
        let place = Place::new();
        let with = |library: &str| Settings { library: library.into(), ..place.settings(&["photos"]) };
        let at = |name: &str| with(&place.at(name).display().to_string());
        assert!(place.wrong(&at("Gone.photoslibrary")).1.contains("@Gone.photoslibrary"));
        assert!(place.wrong(&at("nowhere/library")).1.contains("there is no folder @nowhere"));
        assert!(place.wrong(&at("file")).1.contains("it is a file"));
        fs::write(place.at("photos/letter.txt"), "dear").expect("written");
        assert!(place.wrong(&at("photos")).1.contains("other things in it"));
        assert!(place.wrong(&with("shelf")).1.starts_with("write the full path"));
        if cfg!(not(target_os = "macos")) {
            assert!(place.wrong(&with("photos")).1.contains("on a Mac only"));
        }
    }

    #[test]
    fn where_exports_go_is_checked_when_it_matters() {
        let place = Place::new();
        let mut settings = Settings { mode: Mode::Export, ..place.settings(&["more"]) };
        settings.export.folder = place.at("more/inner");
        assert_eq!(place.wrong(&settings).0, "export.folder");
        settings.export.folder = place.at("photos");
        assert_eq!(place.check(&settings), Findings::default());
        settings.export.folder = place.at("gone");
        assert!(place.wrong(&settings).1.starts_with("photos cannot be exported to @gone: there is no folder @gone"));
    }

    #[test]
    fn numbers_titles_dates_and_patterns_are_checked() {
        let place = Place::new();
        let wrong = |change: fn(&mut Settings)| {
            let mut settings = place.settings(&["photos"]);
            change(&mut settings);
            place.wrong(&settings).0
        };
        assert_eq!(wrong(|settings| settings.settle_seconds = 86_401), "settle_seconds");
        assert_eq!(wrong(|settings| settings.other_half_minutes = u64::MAX), "other_half_minutes");
        assert_eq!(wrong(|settings| settings.icloud_hours = 721), "icloud_hours");
        assert_eq!(wrong(|settings| settings.unattended_limit = 1_000_001), "unattended_limit");
        assert_eq!(wrong(|settings| settings.album = " ".into()), "album");
        assert_eq!(wrong(|settings| settings.album = "x".repeat(201)), "album");
        assert_eq!(wrong(|settings| settings.folder[0].album = Some("a\nb".into())), "folder.0.album");
        assert_eq!(wrong(|settings| settings.folder[0].include = vec!["a[".into()]), "folder.0.include");
        let dates = |settings: &mut Settings| {
            settings.export.from = Some(jiff::civil::date(2024, 2, 1));
            settings.export.until = Some(jiff::civil::date(2024, 1, 31));
        };
        assert_eq!(wrong(dates), "export.until");
        let nothing = |settings: &mut Settings| {
            (settings.mode, settings.export.photos, settings.export.videos) = (Mode::Export, false, false);
        };
        assert_eq!(wrong(nothing), "export.photos");
    }

    #[test]
    fn what_was_wrong_before_does_not_stand_in_the_way() {
        let place = Place::new();
        let before = place.settings(&["gone", "photos"]);
        let after = Settings { album: "New".into(), ..before.clone() };
        let found = check_change(&before, &after, &place.at("data"));
        assert_eq!((found.wrong.len(), found.notes.len()), (0, 1), "{found:?}");
        let worse = Settings { album: String::new(), ..before.clone() };
        assert_eq!(check_change(&before, &worse, &place.at("data")).wrong[0].field, "album");
        let exports = Settings { mode: Mode::Export, ..before.clone() };
        assert_eq!(check_change(&before, &exports, &place.at("data")).wrong[0].field, "folder.0.path");
    }
}
