use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use rustix::io::Errno;
use tempfile::TempDir;

use super::moving::WAYS;
use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("not the root")).expect("a directory in a temporary folder");
    fs::write(path, bytes).expect("a file in a temporary folder");
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file that can be read")
}

/// Every name below the folder, directories too.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder.path()).min_depth(1).sort_by_file_name();
    let shown = |path: &Path| path.strip_prefix(folder.path()).expect("below").display().to_string();
    entries.into_iter().map(|entry| shown(entry.expect("listed").path())).collect()
}

fn part(folder: &TempDir, directory: &str, bytes: &[u8]) -> Part {
    let mut part = Part::create(folder.path(), Path::new(directory), &part_name()).expect("a part");
    part.write_all(bytes).expect("room");
    part
}

fn durable(folder: &TempDir, directory: &str, bytes: &[u8]) -> Durable {
    part(folder, directory, bytes).finish(None, None, None).and_then(Written::sync).expect("written")
}

#[test]
fn a_file_appears_whole_under_its_name_with_its_time() {
    let folder = folder();
    let taken: Timestamp = "2019-07-04T12:30:15.25Z".parse().expect("a time");
    let part = part(&folder, "2019/07", b"picture");
    assert_eq!(part.length(), 7);
    assert!(!folder.path().join("2019/07/IMG_1.jpg").exists());
    let written = part.finish(Some(Fingerprint::of(b"picture")), Some(7), Some(taken)).expect("as announced");
    assert_eq!((written.fingerprint(), written.size()), (Fingerprint::of(b"picture"), 7));
    let durable = written.sync().expect("a disk");
    assert_eq!(durable.place("IMG_1.jpg", &mut Ways::default()).expect("free"), Placed::Moved);
    sync_directories(folder.path(), ["2019/07", "2019/07", ""]).expect("a disk");

    assert_eq!(names(&folder), ["2019", "2019/07", "2019/07/IMG_1.jpg"]);
    let path = folder.path().join("2019/07/IMG_1.jpg");
    assert_eq!(read(&path), b"picture");
    let metadata = fs::metadata(&path).expect("there");
    assert_eq!((metadata.mtime(), metadata.mtime_nsec()), (taken.as_second(), 250_000_000));
    assert_eq!(metadata.mode() & 0o111, 0);
}

#[test]
fn a_part_has_a_name_that_every_scan_passes_over() {
    let name = part_name();
    assert!(is_part_name(&name) && crate::folder::names::is_never_ours(&name), "{name}");
    assert_ne!(name, part_name());
    for other in [
        "",
        ".photobridge-.part",
        ".photobridge-0a1b.part",
        "IMG_1.jpg",
        ".photobridge-../../../../../../../../..part",
        ".photobridge-abcdefghijklmnopqrstuvw/.part",
        "x.photobridge-abcdefghijklmnopqrstuvwx.part",
    ] {
        assert!(!is_part_name(other), "{other}");
    }
}

#[test]
fn other_bytes_than_announced_are_not_placed() {
    let folder = folder();
    for (fingerprint, size) in [(Some(Fingerprint::of(b"other")), None), (None, Some(8)), (None, Some(6))] {
        let error = part(&folder, "", b"picture").finish(fingerprint, size, None).expect_err("not as announced");
        assert!(matches!(error, PlaceError::Differs { .. }), "{error}");
        let said = error.named("IMG_1.jpg").to_string();
        assert!(said.contains("IMG_1.jpg is not the one") && !said.contains(".part"), "{said}");
        assert_eq!(names(&folder), [""; 0]);
    }
}

#[test]
fn a_taken_name_stays_with_what_has_it() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    write(&at("IMG_1.jpg"), b"theirs");
    write(&at("long.jpg"), b"picture and more");
    write(&at("real.jpg"), b"picture");
    fs::create_dir(at("directory.jpg")).expect("a directory");
    symlink("nowhere", at("dangling.jpg")).expect("a link");
    symlink("real.jpg", at("link.jpg")).expect("a link");
    let before = names(&folder);
    for name in ["IMG_1.jpg", "long.jpg", "directory.jpg", "dangling.jpg", "link.jpg"] {
        let error = durable(&folder, "", b"picture").place(name, &mut Ways::default()).expect_err("taken");
        assert!(matches!(&error, PlaceError::Taken(path) if *path == at(name)), "{error}");
    }
    assert_eq!(names(&folder), before);
    assert_eq!(read(&at("IMG_1.jpg")), b"theirs");
    assert!(at("dangling.jpg").is_symlink() && at("link.jpg").is_symlink());
}

#[test]
fn equal_bytes_are_adopted_as_they_are() {
    let folder = folder();
    let path = folder.path().join("a/IMG_1.jpg");
    write(&path, b"picture");
    let before = fs::metadata(&path).expect("there");
    for way in WAYS {
        let mut ways = Ways::only(way, folder.path());
        let placed = durable(&folder, "a", b"picture").place("IMG_1.jpg", &mut ways).expect("equal");
        assert_eq!(placed, Placed::Adopted);
    }
    let after = fs::metadata(&path).expect("there");
    assert_eq!((after.ino(), after.mtime(), after.ctime_nsec()), (before.ino(), before.mtime(), before.ctime_nsec()));
    assert_eq!(names(&folder), ["a", "a/IMG_1.jpg"]);
}

#[test]
fn every_way_moves_and_refuses_alike() {
    for way in WAYS {
        let folder = folder();
        let mut ways = Ways::only(way, folder.path());
        assert_eq!(durable(&folder, "", b"one").place("a.jpg", &mut ways).expect("free"), Placed::Moved);
        let error = durable(&folder, "", b"two").place("a.jpg", &mut ways).expect_err("taken");
        assert!(matches!(error, PlaceError::Taken(_)), "{way:?} {error}");
        assert_eq!(read(&folder.path().join("a.jpg")), b"one");
        assert_eq!(names(&folder), ["a.jpg"], "{way:?}");
    }
}

#[test]
fn a_name_is_not_a_path() {
    let folder = folder();
    for name in ["../x.jpg", "a/b.jpg", "", ".", "..", "/tmp/x.jpg", "x.jpg/"] {
        assert!(durable(&folder, "d", b"picture").place(name, &mut Ways::default()).is_err(), "{name}");
    }
    assert_eq!(names(&folder), ["d"]);
}

#[test]
fn nothing_is_written_outside_of_the_folder() {
    let outside = folder();
    let folder = folder();
    symlink(outside.path(), folder.path().join("2024")).expect("a link");
    fs::create_dir(folder.path().join("inside")).expect("a directory");
    symlink("inside", folder.path().join("2025")).expect("a link");
    for directory in ["2024", "2024/01", "2025", "2025/01", "../x", "/tmp", "inside/.."] {
        let error = Part::create(folder.path(), Path::new(directory), &part_name()).expect_err("outside");
        assert!(matches!(error, PlaceError::Leaves(_)), "{directory}: {error}");
    }
    assert_eq!(names(&outside), [""; 0]);
    // A link that stays inside leads to where our scan knows the place by another name.
    assert_eq!(names(&folder), ["2024", "2025", "inside"]);
}

#[test]
fn what_is_no_directory_stays_in_the_way() {
    let folder = folder();
    write(&folder.path().join("2024"), b"a file");
    for directory in ["2024", "2024/01"] {
        let error = Part::create(folder.path(), Path::new(directory), &part_name()).expect_err("no directory");
        assert!(matches!(error, PlaceError::InTheWay(_)), "{directory}: {error}");
    }
    assert_eq!(read(&folder.path().join("2024")), b"a file");
}

#[test]
fn a_missing_folder_is_not_made() {
    let folder = folder();
    let root = folder.path().join("unplugged");
    assert!(Part::create(&root, Path::new("2024"), &part_name()).is_err());
    assert!(discard(&root, Path::new(""), &part_name()).is_err());
    assert!(!root.exists());
}

#[test]
fn only_parts_of_ours_are_discarded() {
    let folder = folder();
    let name = part_name();
    for other in ["IMG_1.jpg", "../IMG_1.jpg", ".photobridge-settings.part"] {
        write(&folder.path().join("d").join(other), b"theirs");
        let error = discard(folder.path(), Path::new("d"), other).expect_err("not ours");
        assert!(matches!(error, PlaceError::NotOurs(_)), "{other}: {error}");
        assert!(Part::create(folder.path(), Path::new("d"), other).is_err(), "{other}");
        assert_eq!(read(&folder.path().join("d").join(other)), b"theirs");
    }
    symlink("IMG_1.jpg", folder.path().join(&name)).expect("a link");
    assert!(matches!(discard(folder.path(), Path::new(""), &name), Err(PlaceError::NotOurs(_))));
    assert!(folder.path().join(&name).is_symlink());

    let part = part(&folder, "d", b"half");
    let name = part.path().file_name().expect("a name").to_str().expect("ASCII").to_owned();
    drop(part);
    assert!(folder.path().join("d").join(&name).exists(), "dropping removes nothing");
    for _ in 0..2 {
        discard(folder.path(), Path::new("d"), &name).expect("ours");
        assert!(!folder.path().join("d").join(&name).exists());
    }
    discard(folder.path(), Path::new("never/made"), &name).expect("gone is fine");
    assert!(!folder.path().join("never").exists());
}

#[test]
fn what_a_crash_left_is_finished_or_removed() {
    let folder = folder();
    let (name, half) = (part_name(), part_name());
    write(&folder.path().join("d").join(&name), b"picture");
    write(&folder.path().join("d").join(&half), b"pic");
    let expected = Fingerprint::of(b"picture");
    let taken: Timestamp = "1999-12-31T23:59:59Z".parse().expect("a time");
    let again = |name: &str| reopen(folder.path(), Path::new("d"), name, expected, Some(taken)).expect("readable");
    assert!(again(&half).is_none());
    let written = again(&name).expect("whole");
    assert_eq!(
        written.sync().and_then(|durable| durable.place("IMG_1.jpg", &mut Ways::default())).expect("free"),
        Placed::Moved
    );
    assert!(again(&name).is_none());
    assert_eq!(names(&folder), ["d", "d/IMG_1.jpg"]);
    let metadata = fs::metadata(folder.path().join("d/IMG_1.jpg")).expect("there");
    assert_eq!(metadata.mtime(), taken.as_second());

    // Between the link and the removal of the part, both names lead to one file.
    fs::hard_link(folder.path().join("d/IMG_1.jpg"), folder.path().join("d").join(&name)).expect("a link");
    let written = again(&name).expect("whole");
    assert_eq!(
        written.sync().and_then(|durable| durable.place("IMG_1.jpg", &mut Ways::default())).expect("equal"),
        Placed::Adopted
    );
    assert_eq!(names(&folder), ["d", "d/IMG_1.jpg"]);
    assert_eq!(read(&folder.path().join("d/IMG_1.jpg")), b"picture");
}

#[test]
fn no_date_is_an_error() {
    let folder = folder();
    for (number, time) in [Timestamp::MIN, Timestamp::MAX, dates::EARLIEST].into_iter().enumerate() {
        let written = part(&folder, "", b"x").finish(None, None, Some(time)).expect("whole");
        let name = format!("{number}.jpg");
        written.sync().and_then(|durable| durable.place(&name, &mut Ways::default())).expect("free");
        let held = fs::metadata(folder.path().join(name)).expect("there").mtime();
        assert!(held >= dates::EARLIEST.as_second(), "{time}: {held}");
        // The end of time is where this disk's is: one that counts far holds it as it is.
        assert!(time == Timestamp::MIN || held >= time.as_second().min(2_147_385_600), "{time}: {held}");
    }
}

#[test]
fn a_folder_that_must_not_be_written_says_so() {
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).expect("a folder of ours");
    match Part::create(folder.path(), Path::new("2024"), &part_name()) {
        Err(error) => assert!(matches!(error, PlaceError::Refused { .. }), "{error}"),
        // Root may write everywhere.
        Ok(part) => part.abandon(),
    }
    let full = io::Error::from(io::ErrorKind::StorageFull);
    assert!(matches!(PlaceError::of(Path::new("x"), full), PlaceError::DiskFull(_)));
    let quota = io::Error::from(Errno::DQUOT);
    assert!(matches!(PlaceError::of(Path::new("x"), quota), PlaceError::DiskFull(_)));
    let read_only = io::Error::from(Errno::ROFS);
    assert!(matches!(PlaceError::of(Path::new("x"), read_only), PlaceError::Refused { .. }));
}

#[test]
fn free_space_is_counted_in_bytes() {
    let folder = folder();
    assert!(free_space(folder.path()).expect("a disk") > 4096);
    assert!(free_space(&folder.path().join("missing")).is_err());
}

#[test]
fn a_part_that_is_abandoned_takes_the_directories_along_that_were_made_for_it() {
    let folder = folder();
    fs::create_dir(folder.path().join("2024")).expect("there before");
    part(&folder, "2024/05/x", b"photo").abandon();
    assert_eq!(names(&folder), ["2024"]);
    let begun = part(&folder, "2024/05/x", b"photo");
    write(&folder.path().join("2024/05/somebody's"), b"another file");
    begun.abandon();
    assert_eq!(names(&folder), ["2024", "2024/05", "2024/05/somebody's"]);
}

#[test]
fn who_may_change_the_directory_may_change_what_is_new_in_it() {
    let mode = |path: &Path| fs::metadata(path).expect("there").mode() & 0o7777;
    // Of the rights that others have nothing changes: what the process leaves them.
    for (of_folder, of_directory, of_file) in
        [(0o2770, 0o2070, 0o060), (0o775, 0o070, 0o060), (0o755, 0, 0), (0o700, 0, 0)]
    {
        let folder = folder();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(of_folder)).expect("a folder of ours");
        durable(&folder, "2024/05", b"photo").place("IMG_1.jpg", &mut Ways::default()).expect("free");
        for directory in ["2024", "2024/05"] {
            let mode = mode(&folder.path().join(directory));
            assert_eq!(mode & (0o2020 | of_directory), of_directory, "{of_folder:o}: {directory} is {mode:o}");
        }
        let mode = mode(&folder.path().join("2024/05/IMG_1.jpg"));
        assert_eq!(mode & (0o020 | of_file), of_file, "{of_folder:o}: the file is {mode:o}");
        assert_eq!(mode & 0o111, 0);
    }
}
