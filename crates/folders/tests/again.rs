//! A look at single directories of a folder that was walked before comes to what a walk of all of it would.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use photobridge_core::folder::scan::{Scan, scan, scan_again};
use photobridge_core::folder::{Filter, Folders, Source};
use photobridge_core::item::FolderId;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_folders::Everywhere;

struct Place {
    root: tempfile::TempDir,
    receives: bool,
}

impl Place {
    fn new(files: &[&str]) -> Self {
        let place = Self { root: tempfile::tempdir().expect("a directory"), receives: true };
        for file in files {
            place.put(file);
        }
        place
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn put(&self, path: &str) {
        fs::create_dir_all(self.at(path).parent().expect("below")).expect("made");
        fs::write(self.at(path), path).expect("written");
    }

    fn source(&self) -> Source {
        let folder = Everywhere.open(self.root.path()).expect("it is there");
        let (ground, filter) = (folder.ground().expect("it is there"), Filter::default());
        Source {
            id: FolderId(1),
            folder,
            ground,
            disks: Vec::new(),
            album: String::new(),
            filter,
            receives: self.receives,
        }
    }

    fn walk(&self) -> Scan {
        scan(&self.source(), &[], &Silent, &Cancel::new()).expect("walked")
    }

    fn again(&self, was: &Scan, directories: &[&str]) -> Scan {
        let directories: BTreeSet<PathBuf> = directories.iter().map(PathBuf::from).collect();
        scan_again(&self.source(), was.clone(), &directories, &[], &Silent, &Cancel::new()).expect("looked at")
    }
}

/// All that decides of a scan.
fn told(scan: &Scan) -> (Vec<String>, BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let files = scan.files.iter().map(|file| format!("{file:?}")).collect();
    (files, scan.others.iter().cloned().collect(), scan.nomedia.iter().cloned().collect())
}

fn paths(scan: &Scan) -> Vec<&Path> {
    scan.files.iter().map(|file| &*file.path).collect()
}

#[test]
fn what_is_told_of_is_as_it_is_now() {
    let place = Place::new(&["1.JPG", "a/2.JPG", "a/b/3.JPG", "a/b/deep/4.JPG", "c/5.JPG", "c/notes.txt", "d/6.JPG"]);
    let before = place.walk();
    place.put("a/7.JPG");
    place.put("new/8.JPG");
    place.put("c/.nomedia");
    fs::remove_dir_all(place.at("a/b")).expect("removed");
    fs::rename(place.at("d"), place.at("a/d")).expect("moved");
    fs::remove_file(place.at("c/notes.txt")).expect("removed");
    fs::write(place.at("1.JPG"), "other bytes").expect("written");
    symlink("a/7.JPG", place.at("9.MOV")).expect("linked");
    let again = place.again(&before, &["", "a", "a/d", "c", "new"]);
    assert_eq!(told(&again), told(&place.walk()));
    let once_more = place.again(&again, &["", "a", "c"]);
    assert_eq!(told(&once_more), told(&place.walk()), "and again");
    assert_eq!(once_more.others.len(), place.walk().others.len(), "nothing is named twice");
}

#[test]
fn what_nobody_told_of_is_as_it_was() {
    let place = Place::new(&["a/1.JPG", "b/2.JPG"]);
    let before = place.walk();
    place.put("b/3.JPG");
    fs::remove_file(place.at("b/2.JPG")).expect("removed");
    place.put("a/4.JPG");
    let again = place.again(&before, &["a"]);
    assert_eq!(paths(&again), ["a/1.JPG", "a/4.JPG", "b/2.JPG"].map(Path::new));
}

#[test]
fn what_no_walk_enters_is_not_looked_at() {
    let mut place = Place::new(&["1.JPG", "Old.photoslibrary/2.JPG", ".hidden/3.JPG", "lib/originals/4.JPG"]);
    place.put("lib/database/Photos.sqlite");
    let before = place.walk();
    assert_eq!(paths(&before), [Path::new("1.JPG")]);
    let all = ["Old.photoslibrary", ".hidden", "lib", "lib/originals", "away", "/etc", ".."];
    assert_eq!(told(&place.again(&before, &all)), told(&before));
    place.receives = false;
    place.put("deep/5.JPG");
    let flat = Source { filter: Filter { recursive: false, ..Filter::default() }, ..place.source() };
    let before = scan(&flat, &[], &Silent, &Cancel::new()).expect("walked");
    let directories = BTreeSet::from(["deep".into()]);
    let again = scan_again(&flat, before, &directories, &[], &Silent, &Cancel::new()).expect("looked at");
    assert_eq!(paths(&again), [Path::new("1.JPG")], "only the folder itself is asked for");
}
