//! Opening a bundle: what is refused, with which words, and what a library that changes meanwhile does.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use photobridge_core::asset::{Asset, MediaKind};
use photobridge_core::library::LibraryError;
use photobridge_libraries::{Bundle, is_there, open};
use tempfile::TempDir;

fn bundle(directory: &TempDir) -> PathBuf {
    let library = directory.path().join("Library");
    support::standard_library(&library, &directory.path().join("folder"));
    let path = directory.path().join("Mine.photoslibrary");
    support::copy_tree(&library, &path);
    path
}

/// The words of the error with which opening fails: those of a look at its place, unless what is wrong shows only there.
fn refusal(path: &Path) -> String {
    let scratch = tempfile::tempdir().expect("a directory");
    let error = Bundle::open(path, scratch.path()).expect_err("it is refused");
    match is_there(path) {
        Err(look) => assert_eq!(look.to_string(), error.to_string()),
        Ok(_) => assert!(matches!(error, LibraryError::Unreadable { .. }), "{error}"),
    }
    error.to_string()
}

#[test]
fn a_missing_library_is_missing_and_nothing_is_made() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Gone.photoslibrary");
    let result = open(&path, &directory.path().join("scratch"));
    assert!(matches!(result.err(), Some(LibraryError::Missing(found)) if found == path));
    assert!(support::tree(directory.path()).is_empty());
}

#[test]
fn whether_a_library_is_there_is_told_without_making_anything() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = bundle(&directory);
    let (ours, vacant) = (directory.path().join("Library"), directory.path().join("vacant"));
    let before = support::tree(directory.path());
    assert!(is_there(&path).expect("Apple's") && is_there(&ours).expect("one of ours"));
    assert!(!is_there(&vacant).expect("one can be made there"));
    let odd = directory.path().join("odd");
    fs::create_dir_all(odd.join(photobridge_core::folder::names::LIBRARY_MARKER))
        .expect("a directory where a file belongs");
    assert!(matches!(is_there(&odd), Err(LibraryError::Unusable { .. })), "what cannot be read shows to a look");
    fs::remove_dir_all(&odd).expect("gone");
    let gone = directory.path().join("Gone.photoslibrary");
    assert!(matches!(is_there(&gone), Err(LibraryError::Missing(found)) if found == gone));
    assert!(matches!(is_there(directory.path()), Err(LibraryError::Unusable { .. })), "other things lie there");
    assert_eq!(support::tree(directory.path()), before);
}

#[test]
fn an_old_library_is_named_as_such() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Old.photoslibrary");
    fs::create_dir_all(path.join("database")).expect("a directory");
    assert!(refusal(&path).contains("not a photo library"), "nothing in it");
    fs::write(path.join("database/photos.db"), b"old").expect("a file");
    let both = |state: &str| {
        let words = refusal(&path);
        ["older than macOS 10.15", "restore it from a backup", "Nothing was changed"]
            .iter()
            .all(|part| words.contains(part))
            && words.contains(state)
    };
    assert!(both("is not there"), "{}", refusal(&path));
    fs::write(path.join("database/Photos.sqlite"), b"").expect("a file");
    assert!(both("is empty"), "{}", refusal(&path));
    fs::remove_file(path.join("database/Photos.sqlite")).expect("a file");
    support::sql(&path, "CREATE TABLE ZOTHER (Z_PK INTEGER)");
    assert!(both("has nothing from Photos"), "{}", refusal(&path));
}

#[test]
fn a_damaged_database_is_named_as_such() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = bundle(&directory);
    fs::write(path.join("database/Photos.sqlite"), b"this is no database at all, only text").expect("a file");
    assert!(refusal(&path).contains("damaged"));
}

#[test]
fn a_read_only_library_is_read_and_its_clone_goes() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = bundle(&directory);
    for file in support::tree(&path).keys() {
        let mut permissions = fs::metadata(file).expect("metadata").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(file, permissions).expect("permissions");
    }
    let scratch = directory.path().join("scratch");
    let mut library = Bundle::open(&path, &scratch).expect("a library");
    assert_eq!(support::snapshot(&mut library).assets.len(), 6);
    assert_eq!(fs::read_dir(&scratch).expect("scratch").count(), 1);
    drop(library);
    assert_eq!(fs::read_dir(&scratch).expect("scratch").count(), 0);
}

#[test]
fn what_is_only_in_the_log_is_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = bundle(&directory);
    // A connection that stays open leaves its changes in the log.
    let writer = rusqlite::Connection::open(path.join("database/Photos.sqlite")).expect("a database");
    writer.pragma_update(None, "journal_mode", "WAL").expect("a log");
    writer.execute("UPDATE ZASSET SET ZHIDDEN = 1", []).expect("SQL");
    let mut library = Bundle::open(&path, directory.path()).expect("a library");
    assert!(support::snapshot(&mut library).assets.iter().all(|asset| asset.standing.hidden));
}

#[test]
fn the_smallest_picture_that_photos_keeps_comes_first() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = bundle(&directory);
    let mut library = Bundle::open(&path, directory.path().join("scratch")).expect("a library");
    let assets = support::snapshot(&mut library).assets;
    let [photo, video] = [MediaKind::Photo, MediaKind::Video]
        .map(|kind| assets.iter().find(|asset| asset.kind == kind).expect("an asset").id.clone());
    for id in [&photo, &video] {
        let mut put = |place: &str, ending: &str| {
            let place = path.join(place).join(&id.0[..1]);
            fs::create_dir_all(&place).expect("a directory");
            fs::write(place.join(format!("{id}{ending}")), ending).expect("a file");
            support::picture(&mut library, id).map(|bytes| String::from_utf8(bytes).expect("our text"))
        };
        // Each is smaller than those before it, but for the last.
        for (place, ending, shown) in [
            ("resources/derivatives", "_1_100_o.jpeg", "_1_100_o.jpeg"),
            ("resources/derivatives", "_1_102_a.jpeg", "_1_102_a.jpeg"),
            ("resources/derivatives", "_1_105_c.jpeg", "_1_105_c.jpeg"),
            ("resources/derivatives/masters", "_4_5005_c.jpeg", "_4_5005_c.jpeg"),
            ("resources/renders", "_1_201_a.jpeg", "_4_5005_c.jpeg"),
        ] {
            assert_eq!(put(place, ending).as_deref(), Some(shown));
        }
    }
    drop(library);
    assert_eq!(fs::read_dir(directory.path().join("scratch")).expect("scratch").count(), 0);
}

#[cfg(unix)]
#[test]
fn a_picture_that_leads_elsewhere_is_none_of_the_library() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = bundle(&directory);
    let mut library = Bundle::open(&path, directory.path().join("scratch")).expect("a library");
    // A video has no picture of its own.
    let is_photo = |asset: &Asset| asset.kind == MediaKind::Photo;
    let id = support::snapshot(&mut library).assets.into_iter().find(is_photo).expect("a photo").id;
    let original = support::picture(&mut library, &id).expect("the original");
    let small = path.join("resources/derivatives/masters").join(&id.0[..1]);
    fs::create_dir_all(&small).expect("a directory");
    let small = small.join(format!("{id}_4_5005_c.jpeg"));
    let secret = directory.path().join("secret");
    fs::write(&secret, "secret").expect("a file");
    std::os::unix::fs::symlink(&secret, &small).expect("a link");
    assert_eq!(support::picture(&mut library, &id), Some(original.clone()));
    fs::remove_file(&small).expect("a link of ours");
    // A pipe would keep us waiting.
    let made = std::process::Command::new("mkfifo").arg(&small).status().expect("every system has mkfifo");
    assert!(made.success());
    assert_eq!(support::picture(&mut library, &id), Some(original));
}
