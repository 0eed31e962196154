//! Archives as programs make them and as nobody should: what can be read of them is read, and the rest is named.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use photobridge_core::folder::{Folder, Folders, Kind};
use photobridge_folders::Everywhere;
use photobridge_testkit::zip::{Packed, zip};

/// A directory with these zips, and all of them as one folder.
struct Room(tempfile::TempDir);

impl Room {
    fn new(zips: &[(&str, Vec<u8>)]) -> Self {
        let room = Self(tempfile::tempdir().expect("a directory"));
        for (name, bytes) in zips {
            fs::write(room.0.path().join(name), bytes).expect("written");
        }
        room
    }

    fn folder(&self) -> Arc<dyn Folder> {
        Everywhere.open(&self.0.path().join("*.zip")).expect("there")
    }

    /// Each file with its bytes, or why it has none.
    fn files(&self) -> BTreeMap<String, Result<Vec<u8>, String>> {
        let (folder, mut files) = (self.folder(), BTreeMap::new());
        let mut directories = vec![Path::new("").to_owned()];
        while let Some(directory) = directories.pop() {
            let mut found = Vec::new();
            let told = folder.list(&directory, &mut |entry| {
                found.push((directory.join(entry.name()), entry.kind().expect("a kind")));
                ControlFlow::Continue(())
            });
            told.expect("listed");
            for (path, kind) in found {
                if kind == Kind::Directory {
                    directories.push(path);
                    continue;
                }
                let mut bytes = Vec::new();
                let read = folder.open(&path).map_err(|error| error.to_string());
                let read = read.and_then(|mut file| file.read_to_end(&mut bytes).map_err(|error| error.to_string()));
                files.insert(path.display().to_string(), read.map(|_| bytes));
            }
        }
        files
    }

    fn remarks(&self) -> String {
        let folder = self.folder();
        folder.list(Path::new(""), &mut |_| ControlFlow::Continue(())).expect("listed");
        folder.remarks().join("\n")
    }
}

fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
    Ok(bytes.to_vec())
}

#[test]
fn every_form_of_zip_is_read() {
    let long: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    let room = Room::new(&[
        ("a-001.zip", zip(&[Packed::stored("Photos/für.jpg", b"one"), Packed::deflated("Photos/b.mov", &long)])),
        (
            "a-002.zip",
            zip(&[Packed::deflated("Photos/wide.jpg", &long).wide(), Packed::stored("Photos/w.jpg", b"two").wide()]),
        ),
        ("old.zip", zip(&[Packed::stored("", b"old").named(b"BILDER\\f\x81r.jpg")])),
        ("empty.zip", zip(&[])),
    ]);
    let wanted = [
        ("a/Photos/b.mov", read(&long)),
        ("a/Photos/für.jpg", read(b"one")),
        ("a/Photos/w.jpg", read(b"two")),
        ("a/Photos/wide.jpg", read(&long)),
        ("old/BILDER/für.jpg", read(b"old")),
    ];
    assert_eq!(room.files(), wanted.map(|(path, bytes)| (path.to_owned(), bytes)).into());
    assert_eq!(room.remarks(), "");
}

#[test]
fn what_other_programs_zip_is_read() {
    let room = Room::new(&[]);
    let script = "
import sys, zipfile
zips = zipfile.ZipFile(sys.argv[1], 'w')
zips.writestr(zipfile.ZipInfo('a/stored.jpg', (2025, 3, 1, 12, 0, 0)), b'one')
deflated = zipfile.ZipInfo('a/\\u65e5\\u672c.jpg', (2025, 3, 1, 12, 0, 0))
deflated.compress_type = zipfile.ZIP_DEFLATED
zips.writestr(deflated, b'two' * 50000)
with zips.open(zipfile.ZipInfo('a/streamed.jpg'), 'w', force_zip64=True) as out: out.write(b'three')
zips.close()";
    let made = Command::new("python3").args(["-c", script]).arg(room.0.path().join("x.zip")).status();
    if !made.is_ok_and(|made| made.success()) {
        return;
    }
    let wanted = [
        ("x/a/stored.jpg", b"one".to_vec()),
        ("x/a/日本.jpg", b"two".repeat(50_000)),
        ("x/a/streamed.jpg", b"three".to_vec()),
    ];
    assert_eq!(room.files(), wanted.map(|(path, bytes)| (path.to_owned(), Ok(bytes))).into());
}

#[test]
fn what_is_no_file_of_an_archive_is_refused_and_named() {
    let room = Room::new(&[(
        "x.zip",
        zip(&[
            Packed::stored("../out.jpg", b"1"),
            Packed::stored("/etc/out.jpg", b"2"),
            Packed::stored("C:\\out.jpg", b"3"),
            Packed::stored("a/../../out.jpg", b"4"),
            Packed::stored("good.jpg", b"good"),
            Packed::stored("good.jpg/inside.jpg", b"5"),
            Packed::stored("link.jpg", b"/etc/passwd").link(),
        ]),
    )]);
    let files = room.files();
    assert_eq!(files["x/good.jpg"], read(b"good"));
    assert_eq!(files["x/link.jpg"], Err("it is no plain file".into()));
    assert_eq!(files.len(), 2, "{files:?}");
    let folder = room.folder();
    assert_eq!(folder.stat(Path::new("x/link.jpg")).expect("there").0, Kind::Link);
    assert!(folder.follow(Path::new("x/link.jpg")).is_err());
    let remarks = room.remarks();
    for name in [
        "../out.jpg (its path leads out",
        "/etc/out.jpg (its path is absolute",
        "C:\\out.jpg",
        "a/../../out.jpg",
        "x/good.jpg/inside.jpg is a file and a directory",
    ] {
        assert!(remarks.contains(name), "{name}: {remarks}");
    }
}

#[test]
fn what_cannot_be_read_says_why_and_the_rest_is_read() {
    let zeros = vec![0; 70 << 20];
    let secret = Packed::deflated("secret.jpg", b"secret").encrypted();
    let room = Room::new(&[(
        "x.zip",
        zip(&[
            Packed::stored("good.jpg", b"good"),
            secret,
            Packed::stored("lzma.jpg", b"lzma").method(14),
            Packed::deflated("bomb.jpg", &zeros),
            Packed::deflated("more.jpg", b"longer than it says").claims(6),
            Packed::deflated("less.jpg", b"shorter").claims(600),
            Packed::stored("far.jpg", b"far").begins(1 << 40).wide(),
        ]),
    )]);
    let files = room.files();
    assert_eq!(files["x/good.jpg"], read(b"good"));
    let why = |name: &str| files[&format!("x/{name}.jpg")].clone().expect_err(name);
    assert!(why("secret").contains("encrypted"), "{}", why("secret"));
    assert!(why("lzma").contains("LZMA") || why("lzma").contains("packed in a way"), "{}", why("lzma"));
    assert!(why("bomb").contains("claim to be 73400320"), "{}", why("bomb"));
    assert!(why("more").contains("damaged"), "{}", why("more"));
    assert!(!why("less").is_empty());
    assert!(why("far").contains("not in its archive"), "{}", why("far"));
}

#[test]
fn damaged_bytes_are_never_given_as_a_whole_file() {
    for make in [Packed::stored, Packed::deflated] {
        let bytes: Vec<u8> = (0..50_000_u32).map(|at| (at * at / 3 % 253) as u8).collect();
        let mut whole = zip(&[make("a.jpg", &bytes)]);
        let middle = whole.len() / 2;
        whole[middle] ^= 0x40;
        let room = Room::new(&[("x.zip", whole)]);
        assert!(room.files()["x/a.jpg"].is_err());
        let folder = room.folder();
        let seen = folder.stat(Path::new("x/a.jpg")).expect("there").1.stamp;
        assert!(folder.local(Path::new("x/a.jpg"), seen).is_err());
    }
}

#[test]
fn one_name_for_two_files_is_refused_and_two_parts_may_have_one() {
    let one_zip = zip(&[
        Packed::stored("a.jpg", b"one"),
        Packed::stored("a.jpg", b"another"),
        Packed::stored("b.jpg", b"same"),
        Packed::stored("b.jpg", b"same"),
    ]);
    let room = Room::new(&[("x.zip", one_zip)]);
    let files = room.files();
    assert!(files["x/a.jpg"].clone().expect_err("two").contains("two files of this name"));
    assert_eq!(files["x/b.jpg"], read(b"same"));
    let part = |bytes: &[u8]| zip(&[Packed::stored("a.jpg", bytes), Packed::stored("c.jpg", b"same")]);
    let room = Room::new(&[("y-001.zip", part(b"one")), ("y-002.zip", part(b"two"))]);
    let wanted = [("y/a.jpg", read(b"one")), ("y-002/a.jpg", read(b"two")), ("y/c.jpg", read(b"same"))];
    assert_eq!(room.files(), wanted.map(|(path, bytes)| (path.to_owned(), bytes)).into());
}

#[test]
fn the_same_bytes_for_many_files_are_refused() {
    let room = Room::new(&[(
        "x.zip",
        zip(&[
            Packed::stored("a.jpg", b"kernel"),
            Packed::stored("b.jpg", b"kernel").begins(0),
            Packed::stored("c.jpg", b"apart"),
        ]),
    )]);
    let files = room.files();
    for name in ["a", "b"] {
        assert!(files[&format!("x/{name}.jpg")].clone().expect_err(name).contains("same bytes"));
    }
    assert_eq!(files["x/c.jpg"], read(b"apart"));
}

#[test]
fn a_part_that_is_missing_cut_or_there_twice_is_named_and_the_rest_goes_on() {
    let part = |number: u8| zip(&[Packed::stored(&format!("{number}.jpg"), &[number; 9])]);
    let cut = part(4)[..60].to_vec();
    let room = Room::new(&[
        ("t-001.zip", part(1)),
        ("t-003.zip", part(3)),
        ("t-003 (1).zip", part(3)),
        ("t-004.zip", cut),
        ("t-005.zip", b"<html>log in first</html>".to_vec()),
    ]);
    let files = room.files();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["t/1.jpg", "t/3.jpg"]);
    let remarks = room.remarks();
    for name in [
        "t part 2 of 5 is not here",
        "t-004.zip could not be read",
        "t-005.zip could not be read",
        "t-003.zip is the same as t-003 (1).zip",
    ] {
        assert!(remarks.contains(name), "{name}: {remarks}");
    }
}

#[test]
fn whatever_becomes_of_a_zip_no_other_bytes_come_out_of_it() {
    let long: Vec<u8> = (0..900_u32).map(|at| (at * at / 7 % 256) as u8).collect();
    let zips = [
        zip(&[Packed::stored("a.jpg", b"stored bytes"), Packed::deflated("b.jpg", &long)]),
        zip(&[Packed::deflated("c.jpg", &long).wide(), Packed::stored("d.jpg", b"").wide()]),
    ];
    let known: [&[u8]; 3] = [b"stored bytes", &long, b""];
    let room = Room::new(&[]);
    let holds = |bytes: &[u8], what: &str| {
        // A file that is written over would be brought to the disk each time.
        let _ = fs::remove_file(room.0.path().join("x.zip"));
        fs::write(room.0.path().join("x.zip"), bytes).expect("written");
        for (path, read) in room.files() {
            let is_known = |read: &Vec<u8>| known.contains(&&read[..]);
            assert!(read.as_ref().map_or(true, is_known), "{what}: {path} is {read:?}");
        }
    };
    for whole in &zips {
        for at in 0..whole.len() {
            if at % 5 == 0 {
                holds(&whole[..at], &format!("cut at {at}"));
                holds(&whole[at..], &format!("without the first {at}"));
            }
            for change in [0x01, 0xFF, whole[at]] {
                let mut changed = whole.clone();
                changed[at] ^= change;
                holds(&changed, &format!("{at} changed by {change}"));
            }
        }
    }
}
