//! The embedded library as such: how it comes into being, what it refuses, who may write, and what a crash leaves.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use photobridge_core::asset::{AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{ImportError, Library, LibraryError, NewAsset, NewResource};
use photobridge_libraries::{Embedded, open};

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Library");
    (directory, path)
}

fn unusable(path: &Path) -> String {
    let error = Embedded::open(path).expect_err("it is refused");
    assert!(matches!(error, LibraryError::Unusable { .. }), "{error}");
    error.to_string()
}

#[test]
fn reading_a_library_that_is_not_there_makes_nothing() {
    let (directory, path) = place();
    for _ in 0..2 {
        let mut library = open(&path, directory.path()).expect("an empty library");
        assert!(support::snapshot(&mut *library).assets.is_empty());
        assert!(library.asset(&photobridge_core::asset::AssetId("A".into())).expect("a look").is_none());
        assert_eq!(library.identity().uuid, None);
        assert_eq!(library.identity().path, path);
        assert!(fs::read_dir(directory.path()).expect("a directory").next().is_none());
    }
}

#[test]
fn the_first_write_makes_it_also_in_an_empty_directory() {
    for exists in [false, true] {
        let (directory, path) = place();
        let path = path.join("deeper");
        if exists {
            fs::create_dir_all(&path).expect("a directory");
        }
        let mut library = Embedded::open(&path).expect("an empty library");
        library.ensure_album("One").expect("an album");
        let uuid = library.identity().uuid.expect("a uuid");
        drop(library);
        let library = Embedded::open(&path).expect("the library");
        assert_eq!(library.identity().uuid.as_deref(), Some(&*uuid));
        let beside = fs::read_dir(path.parent().expect("a parent")).expect("a directory").count();
        assert_eq!(beside, 1, "nothing is left beside it");
        drop(directory);
    }
}

#[test]
fn what_a_death_left_of_a_library_that_was_made_is_cleared_away() {
    let (directory, path) = place();
    let left = directory.path().join(".photobridge-library.part");
    for inside in ["database", "originals"] {
        fs::create_dir_all(left.join(inside)).expect("a directory");
    }
    fs::write(left.join("database/Photos.sqlite"), "half").expect("a file");
    Embedded::open(&path).expect("an empty library").ensure_album("One").expect("an album");
    assert!(!left.exists());
    assert!(support::snapshot(&mut Embedded::open(&path).expect("the library")).assets.is_empty());
}

#[test]
fn a_library_is_not_made_in_a_directory_that_a_link_names() {
    let (directory, path) = place();
    let other = directory.path().join("other");
    Embedded::open(&other).expect("an empty library").ensure_album("One").expect("an album");
    let before = files(&other);
    std::os::unix::fs::symlink(&other, directory.path().join(".photobridge-library.part")).expect("a link");
    assert!(Embedded::open(&path).expect("an empty library").ensure_album("One").is_err());
    assert!(!path.exists());
    assert_eq!(files(&other), before);
}

#[test]
fn a_refused_item_does_not_even_make_the_library() {
    let (directory, path) = place();
    let mut library = Embedded::open(&path).expect("an empty library");
    let result = support::import(&mut library, &directory.path().join("folder"), &support::photo("empty.jpg", b""));
    assert!(matches!(result, Err(ImportError::Refused(_))));
    assert!(!path.exists());
}

#[test]
fn what_is_not_ours_is_never_written() {
    let (directory, path) = place();
    fs::create_dir(&path).expect("a directory");
    fs::write(path.join("holiday.jpg"), b"x").expect("a file");
    assert!(unusable(&path).contains("other things"));
    assert!(open(&path, directory.path()).is_err());
    assert!(unusable(&path.join("holiday.jpg")).contains("file"));
    let apples = directory.path().join("New.photoslibrary");
    assert!(unusable(&apples).contains("only ever reads"));
    assert!(!apples.exists());
}

#[test]
fn a_marker_without_its_match_in_the_database_is_not_enough() {
    let (directory, path) = place();
    support::standard_library(&path, &directory.path().join("folder"));
    let mut plist = Vec::new();
    let mut dictionary = plist::Dictionary::new();
    dictionary.insert("PLModelVersion".into(), 19320.into());
    plist::Value::Dictionary(dictionary).to_writer_binary(&mut plist).expect("a plist");
    let connection = rusqlite::Connection::open(path.join("database/Photos.sqlite")).expect("a database");
    connection.execute("UPDATE Z_METADATA SET Z_PLIST = ?1", [plist]).expect("SQL");
    connection.close().expect("closed");
    let before = support::tree(&path);
    let mut library = Embedded::open(&path).expect("the marker is there");
    let error = library.ensure_album("New").expect_err("it is refused").to_string();
    assert!(error.contains("not made by Photobridge"), "{error}");
    drop(library);
    assert!(before == support::tree(&path));
}

#[test]
fn a_newer_a_damaged_and_a_half_gone_library_are_refused_with_words() {
    let (directory, path) = place();
    support::standard_library(&path, &directory.path().join("folder"));
    let marker = path.join("photobridge-library.json");
    let whole = fs::read(&marker).expect("the marker");
    fs::write(&marker, br#"{"format": 2}"#).expect("a file");
    assert!(unusable(&path).contains("newer Photobridge"));
    fs::write(&marker, b"{").expect("a file");
    assert!(unusable(&path).contains("damaged"));
    fs::write(&marker, whole).expect("a file");
    fs::remove_dir_all(path.join("database")).expect("a directory");
    assert!(unusable(&path).contains("backup"), "its photos must not seem to be deleted");
}

#[test]
fn one_writes_others_read() {
    let (directory, path) = place();
    let folder = directory.path().join("folder");
    let ids = support::standard_library(&path, &folder);
    let mut writer = Embedded::open(&path).expect("the library");
    writer.ensure_album("Mine").expect("an album");
    let mut other = Embedded::open(&path).expect("the library");
    assert_eq!(support::snapshot(&mut other).assets.len(), ids.len());
    assert!(support::snapshot(&mut other).albums.iter().any(|album| album.title == "Mine"));
    assert!(matches!(other.ensure_album("Too"), Err(LibraryError::Busy(found)) if found == path));
    let sample = support::photo("new.jpg", &support::jpeg("new"));
    let result = support::import(&mut other, &folder, &sample);
    assert!(matches!(result, Err(ImportError::Library(LibraryError::Busy(_)))));
    drop(writer);
    assert!(support::import(&mut other, &folder, &sample).is_ok());
}

#[test]
fn equal_bytes_twice_are_two_assets() {
    let (directory, path) = place();
    let mut library = Embedded::open(&path).expect("an empty library");
    let sample = support::photo("same.jpg", &support::jpeg("same"));
    let a = support::import(&mut library, &directory.path().join("a"), &sample).expect("an import");
    let b = support::import(&mut library, &directory.path().join("b"), &sample).expect("an import");
    assert_ne!(a.id, b.id);
    assert_eq!(a.fingerprints, b.fingerprints);
}

/// A photo of one file.
fn of(file: NewResource<'_>) -> NewAsset<'_> {
    NewAsset {
        kind: photobridge_core::asset::MediaKind::Photo,
        resources: vec![file],
        captured: None,
        written: None,
        pixels: None,
        orientation: None,
        camera: None,
        duration_ms: None,
        details: Default::default(),
        albums: &[],
        added: support::clock(),
    }
}

#[test]
fn a_spare_file_becomes_the_librarys_own_and_any_other_stays() {
    let (directory, path) = place();
    let mut library = Embedded::open(&path).expect("a place for a library");
    for (name, is_spare) in [("spare.jpg", true), ("kept.jpg", false)] {
        let file = directory.path().join(name);
        fs::write(&file, support::jpeg(name)).expect("a file");
        let inode = fs::metadata(&file).expect("there").ino();
        let asset = of(NewResource { is_spare, ..support::resource(ResourceRole::Photo, &file, name) });
        let imported = library.import(&asset, &mut |_| Ok(())).expect("an import");
        assert_eq!(imported.fingerprints, [Fingerprint::of(&support::jpeg(name))]);
        let uuid = &imported.id.0;
        let original = path.join("originals").join(&uuid[..1]).join(format!("{uuid}.jpeg"));
        let found = fs::metadata(&original).expect("the original");
        assert_eq!((found.ino() == inode, file.exists()), (is_spare, !is_spare), "{name}");
        assert_eq!(fs::read(&original).expect("readable"), support::jpeg(name));
        assert_eq!(found.mode() & 0o777, if is_private(&path) { 0o600 } else { 0o644 }, "{name}");
    }
}

fn is_private(library: &Path) -> bool {
    fs::metadata(library).expect("there").mode() & 0o077 == 0
}

#[test]
fn a_spare_file_of_another_group_is_copied() {
    let (directory, path) = place();
    let mut library = Embedded::open(&path).expect("a place for a library");
    let file = directory.path().join("x.jpg");
    fs::write(&file, support::jpeg("x")).expect("a file");
    let group = fs::metadata(&file).expect("there").gid();
    // Only the superuser may give a file to any group.
    if chown(&file, None, Some(group + 1)).is_err() {
        return;
    }
    let asset = of(NewResource { is_spare: true, ..support::resource(ResourceRole::Photo, &file, "x.jpg") });
    library.import(&asset, &mut |_| Ok(())).expect("an import");
    let groups: Vec<u32> = files(&path).iter().map(|file| fs::metadata(file).expect("there").gid()).collect();
    assert_eq!((groups, file.exists()), (vec![group], true));
}

#[test]
fn a_spare_file_that_is_another_by_then_is_not_taken() {
    let (directory, path) = place();
    let mut library = Embedded::open(&path).expect("a place for a library");
    let file = directory.path().join("x.jpg");
    fs::write(&file, support::jpeg("x")).expect("a file");
    let asset = of(NewResource { is_spare: true, ..support::resource(ResourceRole::Photo, &file, "x.jpg") });
    let imported = library.import(&asset, &mut |_| {
        fs::write(&file, support::jpeg("another x")).expect("it is written to");
        Ok(())
    });
    assert!(matches!(imported, Err(ImportError::Changed(changed)) if changed == file));
    assert_eq!(fs::read(&file).expect("it stays"), support::jpeg("another x"));
    assert_eq!(pending(&path), 0);
}

#[test]
fn a_file_that_changes_while_it_is_imported_does_not_get_in() {
    let (directory, path) = place();
    let folder = directory.path().join("folder");
    support::standard_library(&path, &folder);
    let mut library = Embedded::open(&path).expect("the library");
    let file = folder.join("x.jpg");
    fs::write(&file, support::jpeg("x")).expect("a file");
    let asset = of(support::resource(ResourceRole::Photo, &file, "x.jpg"));
    let before = files(&path);
    let imported = library.import(&asset, &mut |_| {
        fs::write(&file, support::jpeg("another x")).expect("it is written to");
        Ok(())
    });
    assert!(matches!(imported, Err(ImportError::Changed(changed)) if changed == file));
    assert_eq!(files(&path), before);
    assert_eq!(pending(&path), 0);
}

#[test]
fn an_album_that_is_gone_is_a_refusal() {
    let (directory, path) = place();
    let folder = directory.path().join("folder");
    support::standard_library(&path, &folder);
    support::sql(&path, "UPDATE ZGENERICALBUM SET ZTRASHEDSTATE = 1 WHERE ZKIND = 2");
    let mut library = Embedded::open(&path).expect("the library");
    let first = library.ensure_album("Holiday").expect("a new album");
    support::sql(&path, "UPDATE ZGENERICALBUM SET ZTRASHEDSTATE = 1 WHERE ZKIND = 2");
    let file = folder.join("x.jpg");
    fs::write(&file, support::jpeg("x")).expect("a file");
    let albums = [first];
    let asset = photobridge_core::library::NewAsset {
        kind: photobridge_core::asset::MediaKind::Photo,
        resources: vec![support::resource(ResourceRole::Photo, &file, "x.jpg")],
        captured: None,
        written: None,
        pixels: None,
        orientation: None,
        camera: None,
        duration_ms: None,
        details: Default::default(),
        albums: &albums,
        added: support::clock(),
    };
    let before = files(&path);
    assert!(matches!(library.import(&asset, &mut |_| Ok(())), Err(ImportError::Refused(_))));
    assert_eq!(files(&path), before);
    assert_eq!(pending(&path), 0);
}

fn files(library: &Path) -> Vec<PathBuf> {
    support::tree(&library.join("originals")).into_keys().filter(|path| path.is_file()).collect()
}

fn pending(library: &Path) -> i64 {
    let connection = rusqlite::Connection::open(library.join("database/Photos.sqlite")).expect("a database");
    connection.query_row("SELECT count(*) FROM PHOTOBRIDGE_PENDING", [], |row| row.get(0)).expect("a count")
}

#[test]
fn only_files_of_the_interrupted_import_are_removed() {
    let (directory, path) = place();
    support::standard_library(&path, &directory.path().join("folder"));
    let before = files(&path);
    let uuid = "A0000000-0000-4000-8000-000000000001";
    let near = "A0000000-0000-4000-8000-0000000000012";
    let shard = path.join("originals/A");
    fs::create_dir_all(&shard).expect("a directory");
    for left in [format!("{uuid}.jpeg"), format!("{uuid}_3.mov.x1.part"), format!("{uuid}_4.dng")] {
        fs::write(shard.join(left), b"left").expect("a file");
    }
    fs::write(shard.join(format!("{near}.jpeg")), b"another").expect("a file");
    support::sql(&path, &format!("INSERT INTO PHOTOBRIDGE_PENDING VALUES ('{uuid}'), ('../../x'), ('')"));
    Embedded::open(&path).expect("the library").ensure_album("Holiday").expect("an album");
    let mut expected = before;
    expected.push(shard.join(format!("{near}.jpeg")));
    expected.sort();
    assert_eq!(files(&path), expected);
    assert_eq!(pending(&path), 0);
}

#[test]
fn a_note_of_a_committed_import_removes_nothing() {
    let (directory, path) = place();
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    let before = files(&path);
    support::sql(&path, &format!("INSERT INTO PHOTOBRIDGE_PENDING VALUES ('{}')", ids[0]));
    Embedded::open(&path).expect("the library").ensure_album("Holiday").expect("an album");
    assert_eq!(files(&path), before);
}

/// The variables that make this test binary, started again, the process that dies.
const LIBRARY: &str = "PHOTOBRIDGE_TEST_LIBRARY";
const POINT: &str = "PHOTOBRIDGE_TEST_POINT";

#[test]
#[ignore = "is started by the tests that watch it die"]
fn a_process_that_dies() {
    let Some(path) = std::env::var_os(LIBRARY).map(PathBuf::from) else { return };
    let point = std::env::var(POINT).expect("a point");
    let mut library = Embedded::open(&path).expect("the library");
    let mut sample = support::photo("dies.jpg", &support::jpeg("dies"));
    sample.parts.push((ResourceRole::PairedVideo, "dies.mov", support::movie("dies")));
    let folder = path.with_extension("dies");
    let mut import = || {
        support::import_with(&mut library, &folder, &sample, &mut |id| {
            if point == "on_id" {
                std::process::abort();
            }
            // The watcher now takes the database's lock, so that the rows cannot be written.
            println!("id {id}");
            let until = Instant::now() + Duration::from_secs(20);
            while !path.with_extension("locked").exists() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(())
        })
    };
    // Between fork and exec the child of another test holds copies of this library's lock, too.
    while matches!(import(), Err(ImportError::Library(LibraryError::Busy(_)))) {
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn child(path: &Path, point: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "a_process_that_dies", "--ignored", "--nocapture"]);
    command.env(LIBRARY, path).env(POINT, point).stderr(Stdio::null());
    command
}

/// The next to look sees nothing of it, the next to write leaves nothing of it.
fn assert_clean(path: &Path, before: &[PathBuf], count: usize) {
    assert_eq!(support::snapshot(&mut Embedded::open(path).expect("the library")).assets.len(), count);
    let mut library = Embedded::open(path).expect("the library");
    library.ensure_album("Holiday").expect("an album");
    assert_eq!(support::snapshot(&mut library).assets.len(), count);
    drop(library);
    assert_eq!(files(path), before);
    assert_eq!(pending(path), 0);
}

#[test]
fn dying_after_the_id_was_told_leaves_nothing() {
    let (directory, path) = place();
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    let before = files(&path);
    let status = child(&path, "on_id").stdout(Stdio::null()).status().expect("a child");
    assert!(!status.success());
    assert_eq!(pending(&path), 1, "it died between the note and the rows");
    assert_clean(&path, &before, ids.len());
}

#[test]
fn dying_after_the_files_were_copied_leaves_nothing() {
    let (directory, path) = place();
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    let before = files(&path);
    let mut child = child(&path, "copied").stdout(Stdio::piped()).spawn().expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let id = lines.map_while(Result::ok).find_map(|line| Some(line.split_once("id ")?.1.to_owned())).expect("an id");
    let blocker = rusqlite::Connection::open(path.join("database/Photos.sqlite")).expect("a database");
    blocker.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    fs::write(path.with_extension("locked"), b"").expect("a file");
    let copied = path.join("originals").join(&id[..1]).join(format!("{id}_3.mov"));
    let until = Instant::now() + Duration::from_secs(20);
    while !copied.exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("killed");
    child.wait().expect("gone");
    assert!(copied.exists() && files(&path).len() == before.len() + 2, "both files were in place");
    drop(blocker);
    assert_clean(&path, &before, ids.len());
}

#[test]
fn who_listed_it_before_another_added_to_it_brings_nothing_in() {
    for is_there_before in [true, false] {
        let (directory, path) = place();
        let folder = directory.path().join("folder");
        if is_there_before {
            support::standard_library(&path, &folder);
        }
        let mut late = Embedded::open(&path).expect("the library");
        support::snapshot(&mut late);
        let mut early = Embedded::open(&path).expect("the library");
        support::snapshot(&mut early);
        let sample = support::photo("x.jpg", &support::jpeg("x"));
        support::import(&mut early, &folder, &sample).expect("the first one may");
        drop(early);
        let before = files(&path);
        let result = support::import(&mut late, &folder, &sample);
        assert!(matches!(result, Err(ImportError::Library(LibraryError::Grown(_)))), "{result:?}");
        assert_eq!(files(&path), before);
        support::snapshot(&mut late);
        support::import(&mut late, &folder, &support::photo("y.jpg", &support::jpeg("y"))).expect("after a new look");
    }
}

#[test]
fn who_listed_it_before_the_newest_was_replaced_brings_nothing_in() {
    let (directory, path) = place();
    let folder = directory.path().join("folder");
    let ids = support::standard_library(&path, &folder);
    let mut late = Embedded::open(&path).expect("the library");
    support::snapshot(&mut late);
    let mut early = Embedded::open(&path).expect("the library");
    let newest = support::snapshot(&mut early).assets.last().expect("one").id.clone();
    early.remove(&newest).expect("removed");
    let sample = support::photo("x.jpg", &support::jpeg("x"));
    support::import(&mut early, &folder, &sample).expect("another takes its number");
    assert_eq!(support::snapshot(&mut early).assets.len(), ids.len());
    drop(early);
    let result = support::import(&mut late, &folder, &sample);
    assert!(matches!(result, Err(ImportError::Library(LibraryError::Grown(_)))), "{result:?}");
}

#[test]
fn what_a_death_left_of_a_removal_is_finished_by_whoever_writes_next() {
    let (directory, path) = place();
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    let uuid = &ids[0];
    let before = files(&path).len();
    // As it is right after the rows are gone: the note says what is to follow.
    support::sql(
        &path,
        &format!("DELETE FROM ZASSET WHERE ZUUID = '{uuid}'; INSERT INTO PHOTOBRIDGE_PENDING VALUES ('{uuid}')"),
    );
    Embedded::open(&path).expect("the library").ensure_album("Holiday").expect("an album");
    assert_eq!(pending(&path), 0);
    assert!(files(&path).len() < before);
    assert!(!files(&path).iter().any(|file| file.to_string_lossy().contains(&*uuid.0)));
}

/// A photo, and a RAW that is an asset of its own; the RAW's file as it lies in the folder.
fn apart(path: &Path, folder: &Path) -> (Embedded, AssetId, AssetId, PathBuf) {
    let mut library = Embedded::open(path).expect("an empty library");
    let photo = support::import(&mut library, folder, &support::photo("IMG_1.JPG", &support::jpeg("one")));
    let raw = support::import(&mut library, folder, &support::photo("IMG_1.DNG", &support::dng("one")));
    let file = folder.join("late.dng");
    fs::write(&file, support::dng("one")).expect("a file");
    (library, photo.expect("imported").id, raw.expect("imported").id, file)
}

fn roles(library: &mut Embedded, id: &AssetId) -> Option<Vec<ResourceRole>> {
    let asset = library.asset(id).expect("a look")?;
    Some(asset.resources.iter().map(|entry| entry.role).collect())
}

#[test]
fn a_late_file_becomes_a_part_of_its_photo_and_is_no_asset_any_more() {
    let (directory, path) = place();
    let (mut library, photo, raw, file) = apart(&path, &directory.path().join("folder"));
    let late = support::resource(ResourceRole::AlternatePhoto, &file, "IMG_1.DNG");
    library.join(&photo, &late, Some(&raw)).expect("joined");
    assert_eq!(roles(&mut library, &photo), Some(vec![ResourceRole::Photo, ResourceRole::AlternatePhoto]));
    assert_eq!(roles(&mut library, &raw), None);
    assert_eq!(support::snapshot(&mut library).assets.len(), 1);
    assert_eq!(files(&path).len(), 2, "each file once");
    let again = library.join(&photo, &late, None);
    assert!(matches!(again, Err(ImportError::Refused(_))), "a photo has one RAW: {again:?}");
}

#[test]
fn what_is_more_than_the_file_is_not_joined() {
    let (directory, path) = place();
    let (mut library, photo, raw, file) = apart(&path, &directory.path().join("folder"));
    fs::write(&file, support::dng("another")).expect("a file");
    let late = support::resource(ResourceRole::AlternatePhoto, &file, "IMG_1.DNG");
    let refused = library.join(&photo, &late, Some(&raw));
    assert!(matches!(refused, Err(ImportError::Refused(_))), "{refused:?}");
    assert_eq!(roles(&mut library, &photo), Some(vec![ResourceRole::Photo]));
    assert_eq!(roles(&mut library, &raw), Some(vec![ResourceRole::Photo]));
    assert_eq!(files(&path).len(), 2, "nothing is left of it");
}

#[test]
fn a_file_of_which_only_a_note_speaks_is_not_read_and_goes() {
    let (directory, path) = place();
    let (library, photo, ..) = apart(&path, &directory.path().join("folder"));
    drop(library);
    let half = path.join("originals").join(&photo.0[..1]).join(format!("{photo}_4.dng"));
    fs::write(&half, support::dng("one")).expect("a file");
    let connection = rusqlite::Connection::open(path.join("database/Photos.sqlite")).expect("a database");
    connection.execute("INSERT INTO PHOTOBRIDGE_PENDING VALUES (?1)", [format!("{photo}_4")]).expect("SQL");
    connection.close().expect("closed");
    let mut library = Embedded::open(&path).expect("the library");
    assert_eq!(roles(&mut library, &photo), Some(vec![ResourceRole::Photo]), "it may go again");
    let listed = support::snapshot(&mut library).assets;
    assert!(listed.iter().all(|asset| asset.resources.len() == 1));
    library.ensure_album("One").expect("an album");
    assert!(!half.exists(), "whoever writes next removes it");
    assert_eq!(support::snapshot(&mut library).assets.len(), 2);
}
