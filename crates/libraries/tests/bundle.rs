//! Opening a bundle: what is refused, with which words, and what a library that changes meanwhile does.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

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

/// The words of the error with which opening fails.
fn refusal(path: &Path) -> String {
    let scratch = tempfile::tempdir().expect("a directory");
    let error = Bundle::open(path, scratch.path()).expect_err("it is refused");
    assert!(matches!(error, LibraryError::Unusable { .. }), "{error}");
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
    assert!(refusal(&path).contains("no photo library"), "nothing in it");
    fs::write(path.join("database/photos.db"), b"old").expect("a file");
    assert!(refusal(&path).contains("older than macOS 10.15"), "no Photos.sqlite");
    fs::write(path.join("database/Photos.sqlite"), b"").expect("a file");
    assert!(refusal(&path).contains("older than macOS 10.15"), "an empty one");
    fs::remove_file(path.join("database/Photos.sqlite")).expect("a file");
    support::sql(&path, "CREATE TABLE ZOTHER (Z_PK INTEGER)");
    assert!(refusal(&path).contains("older than macOS 10.15"), "one without Z_METADATA");
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
