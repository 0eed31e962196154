//! Which directories the folder browser shows: those below the home directory, mounted disks and what is set up. It never
//! shows a file, a hidden directory or the inside of a photo library, and no path leads it elsewhere.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Component, Path, PathBuf};

use photobridge_core::folder::names::is_never_ours;
use photobridge_folders::disk::{is_library, library_around};

use crate::settings::{Settings, home};

/// Where systems mount disks.
const MOUNTS: [&str; 4] = ["/Volumes", "/media", "/mnt", "/run/media"];

/// Where photos often lie, below the home directory.
const USUAL: [&str; 6] = ["Nextcloud/Photos", "Nextcloud", "ownCloud", "Dropbox", "Pictures", "Photos"];

/// Directories that are shown of one at most; whoever has more types the path.
const SHOWN: usize = 500;

/// Entries of one directory that are looked at on the way to them.
const LOOKED_AT: usize = 100_000;

/// The directories that one may look below, under their canonical paths.
#[derive(Debug)]
pub struct Roots(Vec<PathBuf>);

/// A directory that one may look into.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    root: PathBuf,
    path: PathBuf,
}

/// What a directory holds, as far as one may know.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The directories in it.
    pub directories: Vec<Entry>,
    /// Whether there are more.
    pub is_cut: bool,
}

/// One directory in another.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its canonical path.
    pub path: String,
    /// Whether it is a photo library, which is chosen as a whole.
    pub is_library: bool,
}

impl Roots {
    /// The home directory, mounted disks, and what is set up.
    pub fn of(settings: &Settings, own_home: Option<&Path>) -> Self {
        let mounts = MOUNTS.iter().map(PathBuf::from).filter(|path| holds_something(path));
        let folders = settings.folder.iter().map(|folder| folder.path.clone());
        let library = home(&settings.library).parent().map(Path::to_owned);
        let receiver = Some(settings.export.folder.clone());
        let all = own_home.map(Path::to_owned).into_iter().chain(mounts).chain(folders).chain(library).chain(receiver);
        Self::new(all)
    }

    fn new(paths: impl Iterator<Item = PathBuf>) -> Self {
        let mut roots: Vec<PathBuf> = Vec::new();
        for path in paths.filter(|path| path.is_absolute()).filter_map(|path| fs::canonicalize(path).ok()) {
            // An account without a home has the whole disk for one.
            let is_everything = path.parent().is_none();
            if !is_everything && path.is_dir() && !roots.contains(&path) {
                roots.push(path);
            }
        }
        Self(roots)
    }

    /// The roots that lie in no other.
    pub fn outermost(&self) -> impl Iterator<Item = &Path> {
        let lies_in_another = |path: &PathBuf| self.0.iter().any(|other| other != path && path.starts_with(other));
        self.0.iter().filter(move |path| !lies_in_another(path)).map(PathBuf::as_path)
    }

    /// The directory of a path that somebody asks for, if one may look into it. Links and `..` count as where they lead.
    pub fn place(&self, asked: &Path) -> Option<Place> {
        let path = Some(asked).filter(|path| path.is_absolute()).and_then(|path| fs::canonicalize(path).ok())?;
        let is_open = |root: &&PathBuf| path.strip_prefix(root).is_ok_and(|below| below.components().all(is_shown));
        let root = self.0.iter().filter(is_open).min_by_key(|root| root.as_os_str().len())?.clone();
        let is_place = path.is_dir() && library_around(&path).is_none();
        is_place.then_some(Place { root, path })
    }
}

/// Directories in which photos often lie, as far as they are there. Lists none.
pub fn usual(own_home: Option<&Path>) -> Vec<PathBuf> {
    let roots = Roots::new(own_home.map(Path::to_owned).into_iter());
    let candidates = USUAL.iter().filter_map(|name| Some(own_home?.join(name)));
    candidates.filter_map(|path| roots.place(&path)).map(|place| place.path).collect()
}

/// What a path is called where one looks for it: below the home directory without the way to there.
pub fn below_home(path: &Path) -> String {
    let inside =
        dirs::home_dir().and_then(|home| path.strip_prefix(fs::canonicalize(home).ok()?).map(Path::to_owned).ok());
    match inside {
        Some(inside) if inside.as_os_str().is_empty() => "Home".into(),
        Some(inside) => inside.display().to_string(),
        None => path.display().to_string(),
    }
}

fn holds_something(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
}

fn is_shown(part: Component<'_>) -> bool {
    let name = part.as_os_str().to_str();
    matches!(part, Component::Normal(_)) && name.is_some_and(|name| !name.starts_with('.') && !is_never_ours(name))
}

impl Place {
    /// Its canonical path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The way to it from its root, each step with its name.
    pub fn way(&self) -> Vec<(String, String)> {
        let above: Vec<&Path> = self.path.ancestors().take_while(|path| path.starts_with(&self.root)).collect();
        let name = |path: &Path| match path.file_name() {
            Some(name) if path != self.root => name.to_string_lossy().into_owned(),
            _ => below_home(path),
        };
        above.into_iter().rev().map(|path| (name(path), path.to_string_lossy().into_owned())).collect()
    }

    /// The directories in it. Names that are no text cannot be written into the settings and are left out.
    pub fn list(&self, roots: &Roots) -> io::Result<Listing> {
        let mut listing = Listing::default();
        let mut number = 0;
        for entry in fs::read_dir(&self.path)? {
            number += 1;
            if number > LOOKED_AT {
                listing.is_cut = true;
                break;
            }
            listing.directories.extend(entry.ok().and_then(|entry| directory(&entry, roots)));
        }
        listing.directories.sort_by_cached_key(|entry| (entry.name.to_lowercase(), entry.name.clone()));
        listing.is_cut |= listing.directories.len() > SHOWN;
        listing.directories.truncate(SHOWN);
        Ok(listing)
    }
}

fn directory(entry: &DirEntry, roots: &Roots) -> Option<Entry> {
    let name = entry.file_name().to_str()?.to_owned();
    let kind = entry.file_type().ok()?;
    if name.starts_with('.') || !(kind.is_dir() || kind.is_symlink()) {
        return None;
    }
    let path = fs::canonicalize(entry.path()).ok()?;
    let text = path.to_str()?.to_owned();
    let is_library = is_library(&path);
    if is_library {
        // The directory that it lies in is shown already, so a link is all that could lead elsewhere.
        return (kind.is_dir()).then_some(Entry { name, path: text, is_library });
    }
    roots.place(&path).map(|_| Entry { name, path: text, is_library })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use photobridge_core::folder::names::LIBRARY_MARKER;

    use super::*;

    /// `home` with photos in it, and beside it what nobody may see.
    struct Disk(tempfile::TempDir);

    impl Disk {
        fn new() -> Self {
            let disk = Self(tempfile::tempdir().expect("a directory"));
            for path in
                ["home/Photos/2024", "home/.ssh", "home/Fotos.photoslibrary/originals", "home/shelf", "secret/in"]
            {
                fs::create_dir_all(disk.at(path)).expect("made");
            }
            fs::write(disk.at("home/shelf").join(LIBRARY_MARKER), "{}").expect("written");
            fs::write(disk.at("home/letter.txt"), "dear").expect("written");
            symlink(disk.at("secret"), disk.at("home/way out")).expect("linked");
            symlink(disk.at("home/Photos"), disk.at("home/Link")).expect("linked");
            disk
        }

        fn at(&self, path: &str) -> PathBuf {
            fs::canonicalize(self.0.path()).expect("it is there").join(path)
        }

        fn roots(&self) -> Roots {
            Roots::new([self.at("home")].into_iter())
        }
    }

    #[test]
    fn only_directories_below_the_roots_are_listed() {
        let disk = Disk::new();
        let roots = disk.roots();
        let listing = roots.place(&disk.at("home")).expect("a place").list(&roots).expect("it can be read");
        let names: Vec<(&str, bool)> =
            listing.directories.iter().map(|entry| (entry.name.as_str(), entry.is_library)).collect();
        assert_eq!(names, [("Fotos.photoslibrary", true), ("Link", false), ("Photos", false), ("shelf", true)]);
        assert_eq!(listing.directories[1].path, disk.at("home/Photos").display().to_string());
    }

    #[test]
    fn no_path_leads_out() {
        let disk = Disk::new();
        let roots = disk.roots();
        let home = disk.at("home").display().to_string();
        for path in [
            "/".to_owned(),
            "/etc".into(),
            "home".into(),
            String::new(),
            format!("{home}/.."),
            format!("{home}/../secret"),
            format!("{home}/Photos/../../secret/in"),
            format!("{home}/way out"),
            format!("{home}/way out/in"),
            format!("{home}/.ssh"),
            format!("{home}/Fotos.photoslibrary/originals"),
            format!("{home}/shelf"),
            format!("{home}/letter.txt"),
            format!("{home}/gone"),
            format!("{home}\0/Photos"),
            format!("{home}/Photos\0"),
            format!("{home}nextdoor"),
        ] {
            assert_eq!(roots.place(Path::new(&path)), None, "{path:?}");
        }
        let place = roots.place(Path::new(&format!("{home}/Photos/../Photos/2024"))).expect("it stays inside");
        let way: Vec<String> = place.way().into_iter().map(|(name, _)| name).collect();
        assert_eq!(way, [&home, "Photos", "2024"]);
    }

    #[test]
    fn the_whole_disk_is_no_root() {
        assert_eq!(Roots::new(["/".into(), "relative".into()].into_iter()).0, Vec::<PathBuf>::new());
    }

    #[test]
    fn a_hidden_folder_that_is_set_up_is_a_root() {
        let disk = Disk::new();
        let roots = Roots::new([disk.at("home"), disk.at("home/.ssh")].into_iter());
        assert!(roots.place(&disk.at("home/.ssh")).is_some());
        assert_eq!(roots.outermost().collect::<Vec<_>>(), [disk.at("home")]);
    }

    #[test]
    fn usual_places_are_named_when_they_are_there() {
        let disk = Disk::new();
        assert_eq!(usual(Some(&disk.at("home"))), [disk.at("home/Photos")]);
    }
}
