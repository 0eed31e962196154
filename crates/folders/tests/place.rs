//! How the engine places files, on a disk: whole or not at all, and never over anything.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::{Durable, Part, PlaceError, Placed, Written, is_part_name, part_name, reopen};
use photobridge_core::folder::{Folder, FolderError, dates};
use photobridge_folders::disk::Disk;
use rustix::io::Errno;
use tempfile::TempDir;

/// A folder on a disk.
struct Room {
    directory: TempDir,
    disk: Disk,
}

impl Room {
    fn path(&self) -> &Path {
        self.directory.path()
    }
}

fn folder() -> Room {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let disk = Disk::open(directory.path()).expect("there");
    Room { directory, disk }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("not the root")).expect("a directory in a temporary folder");
    fs::write(path, bytes).expect("a file in a temporary folder");
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file that can be read")
}

/// Every name below the folder, directories too.
fn names(folder: &Room) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder.path()).min_depth(1).sort_by_file_name();
    let shown = |path: &Path| path.strip_prefix(folder.path()).expect("below").display().to_string();
    entries.into_iter().map(|entry| shown(entry.expect("listed").path())).collect()
}

fn part<'a>(folder: &'a Room, target: &str, bytes: &[u8]) -> Part<'a> {
    let mut part = Part::create(&folder.disk, Path::new(target), &part_name()).expect("a part");
    part.write_all(bytes).expect("room");
    part
}

fn durable<'a>(folder: &'a Room, target: &str, bytes: &[u8]) -> Durable<'a> {
    part(folder, target, bytes).finish(None, None, None).and_then(Written::sync).expect("written")
}

#[test]
fn a_file_appears_whole_under_its_name_with_its_time() {
    let folder = folder();
    let taken: Timestamp = "2019-07-04T12:30:15.25Z".parse().expect("a time");
    let part = part(&folder, "2019/07/IMG_1.jpg", b"picture");
    assert_eq!(part.length(), 7);
    assert!(!folder.path().join("2019/07/IMG_1.jpg").exists());
    let written = part.finish(Some(Fingerprint::of(b"picture")), Some(7), Some(taken)).expect("as announced");
    assert_eq!((written.fingerprint(), written.size()), (Fingerprint::of(b"picture"), 7));
    let durable = written.sync().expect("a disk");
    assert_eq!(durable.place().expect("free"), Placed::Moved);
    folder.disk.sync_directories(&["2019/07", "2019/07", ""].map(Path::new)).expect("a disk");

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
    assert!(is_part_name(&name) && photobridge_core::folder::names::is_never_ours(&name), "{name}");
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
        let error =
            part(&folder, "IMG_1.jpg", b"picture").finish(fingerprint, size, None).err().expect("not as announced");
        assert!(matches!(error, PlaceError::Differs { .. }), "{error}");
        let said = error.to_string();
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
        let error = durable(&folder, name, b"picture").place().expect_err("taken");
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
    assert_eq!(durable(&folder, "a/IMG_1.jpg", b"picture").place().expect("equal"), Placed::Adopted);
    let after = fs::metadata(&path).expect("there");
    assert_eq!((after.ino(), after.mtime(), after.ctime_nsec()), (before.ino(), before.mtime(), before.ctime_nsec()));
    assert_eq!(names(&folder), ["a", "a/IMG_1.jpg"]);
}

#[test]
fn a_name_is_not_a_path() {
    let folder = folder();
    fs::create_dir(folder.path().join("d")).expect("a directory");
    for name in ["../x.jpg", "a/b.jpg", "", ".", "..", "/tmp/x.jpg", "x.jpg/"] {
        let mut part = folder.disk.begin(Path::new("d"), &part_name()).expect("begun");
        part.write_all(b"picture").expect("room");
        assert!(part.finish(Fingerprint::of(b"picture"), None).and_then(|()| part.sync()).is_ok());
        assert!(part.name(name.as_ref()).is_err(), "{name}");
        part.discard();
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
        let target = Path::new(directory).join("x.jpg");
        let error = Part::create(&folder.disk, &target, &part_name()).err().expect("outside");
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
        let target = Path::new(directory).join("x.jpg");
        let error = Part::create(&folder.disk, &target, &part_name()).err().expect("no directory");
        assert!(matches!(error, PlaceError::InTheWay(_)), "{directory}: {error}");
    }
    assert_eq!(read(&folder.path().join("2024")), b"a file");
}

#[test]
fn a_missing_folder_is_not_made() {
    let folder = folder();
    let root = folder.path().join("unplugged");
    fs::create_dir(&root).expect("a directory");
    let disk = Disk::open(&root).expect("there");
    fs::remove_dir(&root).expect("empty");
    assert!(Part::create(&disk, Path::new("2024/x.jpg"), &part_name()).is_err());
    assert!(disk.discard(Path::new(""), &part_name()).is_err());
    assert!(!root.exists());
}

#[test]
fn only_parts_of_ours_are_discarded() {
    let folder = folder();
    let name = part_name();
    for other in ["IMG_1.jpg", "../IMG_1.jpg", ".photobridge-settings.part"] {
        write(&folder.path().join("d").join(other), b"theirs");
        let error = folder.disk.discard(Path::new("d"), other).expect_err("not ours");
        assert!(matches!(error, FolderError::NotOurs), "{other}: {error}");
        assert!(folder.disk.begin(Path::new("d"), other).is_err(), "{other}");
        assert_eq!(read(&folder.path().join("d").join(other)), b"theirs");
    }
    symlink("IMG_1.jpg", folder.path().join(&name)).expect("a link");
    assert!(matches!(folder.disk.discard(Path::new(""), &name), Err(FolderError::NotOurs)));
    assert!(folder.path().join(&name).is_symlink());

    let name = part_name();
    let mut part = folder.disk.begin(Path::new("d"), &name).expect("a part");
    part.write_all(b"half").expect("room");
    drop(part);
    assert!(folder.path().join("d").join(&name).exists(), "dropping removes nothing");
    for _ in 0..2 {
        folder.disk.discard(Path::new("d"), &name).expect("ours");
        assert!(!folder.path().join("d").join(&name).exists());
    }
    folder.disk.discard(Path::new("never/made"), &name).expect("gone is fine");
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
    let target = Path::new("d/IMG_1.jpg");
    let again = |name: &str| reopen(&folder.disk, target, name, expected, Some(taken)).expect("readable");
    assert!(again(&half).is_none());
    let written = again(&name).expect("whole");
    assert_eq!(written.sync().and_then(Durable::place).expect("free"), Placed::Moved);
    assert!(again(&name).is_none());
    assert_eq!(names(&folder), ["d", "d/IMG_1.jpg"]);
    let metadata = fs::metadata(folder.path().join("d/IMG_1.jpg")).expect("there");
    assert_eq!(metadata.mtime(), taken.as_second());

    // Between the link and the removal of the part, both names lead to one file.
    fs::hard_link(folder.path().join("d/IMG_1.jpg"), folder.path().join("d").join(&name)).expect("a link");
    let written = again(&name).expect("whole");
    assert_eq!(written.sync().and_then(Durable::place).expect("equal"), Placed::Adopted);
    assert_eq!(names(&folder), ["d", "d/IMG_1.jpg"]);
    assert_eq!(read(&folder.path().join("d/IMG_1.jpg")), b"picture");
}

#[test]
fn no_date_is_an_error() {
    let folder = folder();
    for (number, time) in [Timestamp::MIN, Timestamp::MAX, dates::EARLIEST].into_iter().enumerate() {
        let name = format!("{number}.jpg");
        let written = part(&folder, &name, b"x").finish(None, None, Some(time)).expect("whole");
        written.sync().and_then(Durable::place).expect("free");
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
    match Part::create(&folder.disk, Path::new("2024/x.jpg"), &part_name()) {
        Err(error) => assert!(matches!(error, PlaceError::Refused { .. }), "{error}"),
        // Root may write everywhere.
        Ok(part) => part.abandon(),
    }
    let said = |errno: Errno| PlaceError::of(&folder.disk, Path::new("x"), std::io::Error::from(errno).into());
    assert!(matches!(said(Errno::NOSPC), PlaceError::DiskFull(_)));
    assert!(matches!(said(Errno::DQUOT), PlaceError::DiskFull(_)));
    assert!(matches!(said(Errno::ROFS), PlaceError::Refused { .. }));
}

#[test]
fn free_space_is_counted_in_bytes() {
    let folder = folder();
    assert!(folder.disk.free_space().expect("a disk").is_some_and(|free| free > 4096));
    fs::remove_dir(folder.path()).expect("empty");
    assert!(folder.disk.free_space().is_err());
}

#[test]
fn a_part_that_is_abandoned_takes_the_directories_along_that_were_made_for_it() {
    let folder = folder();
    fs::create_dir(folder.path().join("2024")).expect("there before");
    part(&folder, "2024/05/x/IMG_1.jpg", b"photo").abandon();
    assert_eq!(names(&folder), ["2024"]);
    let begun = part(&folder, "2024/05/x/IMG_1.jpg", b"photo");
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
        durable(&folder, "2024/05/IMG_1.jpg", b"photo").place().expect("free");
        for directory in ["2024", "2024/05"] {
            let mode = mode(&folder.path().join(directory));
            assert_eq!(mode & (0o2020 | of_directory), of_directory, "{of_folder:o}: {directory} is {mode:o}");
        }
        let mode = mode(&folder.path().join("2024/05/IMG_1.jpg"));
        assert_eq!(mode & (0o020 | of_file), of_file, "{of_folder:o}: the file is {mode:o}");
        assert_eq!(mode & 0o111, 0);
    }
}

/// Only the superuser can make a folder of a group that the test is not of.
#[test]
fn what_is_new_is_of_the_group_that_shares_the_folder() {
    const NOBODY: u32 = 65_534;
    let of = |path: &Path| fs::metadata(path).map(|found| (found.gid(), found.mode() & 0o060)).expect("there");
    for (mode, shared) in [(0o770, true), (0o2770, true), (0o750, false)] {
        let folder = folder();
        if std::os::unix::fs::chown(folder.path(), None, Some(NOBODY)).is_err() {
            return;
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("a folder of ours");
        durable(&folder, "2024/IMG_1.jpg", b"photo").place().expect("free");
        for path in ["2024", "2024/IMG_1.jpg"] {
            let (group, writes) = of(&folder.path().join(path));
            assert_eq!((group == NOBODY, writes == 0o060), (shared, shared), "{mode:o} {path}");
        }
    }
}
