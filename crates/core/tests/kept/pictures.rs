//! Where pictures can be had, and what must not be reached that way.

use std::ffi::OsStr;
use std::fs;
use std::io::{Cursor, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use photobridge_core::asset::AssetId;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::FolderId;
use photobridge_core::kept::Lost;
use photobridge_core::ledger::Ledger;
use photobridge_core::picture::{Picture, Trail};
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::VerdictLine;
use photobridge_core::run::Command;
use photobridge_folders::Everywhere;
use photobridge_media::live;

use crate::household::{Household, of, shot};

fn root(home: &Household) -> PathBuf {
    let ledger = Ledger::open(&home.data()).expect("a ledger");
    ledger.folder_path(FolderId(1)).expect("read").expect("it was looked at")
}

fn trail(picture: Option<Picture>) -> Trail {
    match picture {
        Some(Picture::File(trail)) => trail,
        other => panic!("no file: {other:?}"),
    }
}

/// A simulated household with one photo, its trail and the folder's path in the ledger.
fn one(path: &str) -> (Household, Trail, PathBuf) {
    let home = Household::new();
    home.put(path, &shot(1).jpeg(48, 32));
    let lines = home.kept(home.run(Command::Simulate));
    let trail = trail(of(&lines, Way::Import, path).picture());
    let root = root(&home);
    (home, trail, root)
}

#[test]
fn an_item_shows_its_file() {
    let (_home, trail, root) = one("a/IMG_1.JPG");
    let mut found = trail.find(&root, &Everywhere).expect("it lies there");
    let mut bytes = Vec::new();
    found.file.read_to_end(&mut bytes).expect("readable");
    assert_eq!((bytes, found.path), (shot(1).jpeg(48, 32), root.join("a/IMG_1.JPG")));
    assert_eq!(Some(found.state.stamp), trail.stamp);
}

#[test]
fn a_name_that_is_no_utf8_is_found() {
    let home = Household::new();
    home.put("caf\u{fffd}.jpg", &shot(2).jpeg(48, 32));
    let path = home.put(OsStr::from_bytes(b"caf\xe9.jpg"), &shot(1).jpeg(48, 32));
    let lines = home.kept(home.run(Command::Simulate));
    let paths: Vec<PathBuf> = lines
        .iter()
        .map(|line| trail(line.picture()).find(&root(&home), &Everywhere).expect("it lies there").path)
        .collect();
    assert_eq!(paths.len(), 2);
    assert!(paths.contains(&path.canonicalize().expect("a path")) && paths[0] != paths[1], "{paths:?}");
}

#[test]
fn both_sides_of_a_match_are_shown() {
    let home = Household::new();
    let (same, out) = (shot(1).jpeg(48, 32), shot(2).jpeg(48, 32));
    home.put("a.jpg", &same);
    home.put("in.jpg", &shot(3).jpeg(48, 32));
    home.put("in copy.jpg", &shot(3).jpeg(48, 32));
    let held = home.add("HELD.JPG", &same);
    let goes = home.add("OUT.JPG", &out);
    let twin = home.add("TWIN.JPG", &out);
    let asset = |id: &AssetId| Some(Picture::Asset(id.clone()));
    let path = |picture| trail(picture).path;

    let lines = home.kept(home.run(Command::Simulate));
    let line = |way, name| of(&lines, way, name);
    assert_eq!(path(line(Way::Import, "a.jpg").picture()), Path::new("a.jpg"));
    assert_eq!(line(Way::Import, "a.jpg").other_picture(), asset(&held));
    assert_eq!(line(Way::Export, "HELD.JPG").picture(), asset(&held));
    assert_eq!(path(line(Way::Export, "HELD.JPG").other_picture()), Path::new("a.jpg"));
    assert_eq!(line(Way::Export, "OUT.JPG").other_picture(), None, "it is not there yet");
    assert_eq!(line(Way::Export, "TWIN.JPG").picture(), asset(&twin));
    assert_eq!(line(Way::Export, "TWIN.JPG").other_picture(), asset(&goes));
    assert_eq!(line(Way::Import, "in.jpg").other_picture(), None, "it is the one that goes");
    assert_eq!(path(line(Way::Import, "in copy.jpg").other_picture()), Path::new("in.jpg"));

    let lines = home.kept(home.run(Command::Sync));
    let applied = of(&lines, Way::Export, "OUT.JPG");
    let found = trail(applied.other_picture()).find(&root(&home), &Everywhere).expect("it went there");
    assert_eq!(fs::read(found.path).expect("readable"), out);
    let applied = of(&lines, Way::Import, "in.jpg");
    assert_eq!(applied.other_picture(), Some(Picture::Asset(AssetId(applied.asset.as_deref().expect("an id").into()))));
}

#[test]
fn a_placeholder_has_no_picture() {
    let home = Household::new();
    home.put("IMG_1.JPG.nextcloud", b"");
    let lines = home.kept(home.run(Command::Simulate));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].picture(), None);
}

#[test]
fn no_path_leaves_the_folder() {
    let (home, trail, root) = one("a/IMG_1.JPG");
    let secret = home.data().join("secret.jpg");
    fs::write(&secret, b"secret").expect("written");
    let absolute = secret.display().to_string();
    for path in
        ["../data/secret.jpg", "a/../../data/secret.jpg", "../../../../../../etc/passwd", "/etc/passwd", &absolute]
    {
        let trail = Trail { path: path.into(), stamp: None, ..trail.clone() };
        assert!(matches!(trail.find(&root, &Everywhere), Err(Lost::Leaves)), "{path}");
    }
    for path in ["", "a", "a/IMG_1.JPG/x", "gone.jpg"] {
        let trail = Trail { path: path.into(), stamp: None, ..trail.clone() };
        assert!(matches!(trail.find(&root, &Everywhere), Err(Lost::Gone)), "{path}");
    }
    let hostile = Trail { path: "a\0b".into(), ..trail };
    assert!(hostile.find(&root, &Everywhere).is_err());
}

#[test]
fn no_link_leaves_the_folder() {
    let (home, trail, root) = one("a/IMG_1.JPG");
    let without_state = Trail { stamp: None, ..trail };
    fs::rename(home.folder().join("a"), home.data().join("a")).expect("moved");
    symlink(home.data().join("a"), home.folder().join("a")).expect("a link");
    assert!(matches!(without_state.find(&root, &Everywhere), Err(Lost::Leaves)));

    fs::remove_file(home.folder().join("a")).expect("removed");
    fs::create_dir(home.folder().join("a")).expect("made");
    symlink(home.data().join("a/IMG_1.JPG"), home.folder().join("a/IMG_1.JPG")).expect("a link");
    assert!(matches!(without_state.find(&root, &Everywhere), Err(Lost::Leaves)));

    fs::remove_dir_all(home.folder()).expect("removed");
    symlink(home.data(), home.folder()).expect("a link");
    assert!(matches!(without_state.find(&root, &Everywhere), Err(Lost::Leaves)), "the folder itself is a link now");
}

#[test]
fn a_link_within_the_folder_is_its_file() {
    let home = Household::new();
    let file = home.put(".hidden/IMG_1.JPG", &shot(1).jpeg(48, 32));
    symlink(&file, home.folder().join("IMG_2.JPG")).expect("a link");
    let lines = home.kept(home.run(Command::Simulate));
    for line in &lines {
        let mut found = trail(line.picture()).find(&root(&home), &Everywhere).expect("it lies there");
        let mut bytes = Vec::new();
        found.file.read_to_end(&mut bytes).expect("it is read");
        assert_eq!(bytes, fs::read(&file).expect("a file"));
    }
    assert!(!lines.is_empty());
}

#[test]
fn only_what_was_shown_is_found() {
    let (home, trail, root) = one("IMG_1.JPG");
    let path = home.put("IMG_1.JPG", &shot(9).jpeg(48, 32));
    assert!(matches!(trail.find(&root, &Everywhere), Err(Lost::Changed)));
    fs::remove_file(&path).expect("removed");
    assert!(matches!(trail.find(&root, &Everywhere), Err(Lost::Gone)));
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("every system has mkfifo");
    assert!(made.success());
    assert!(matches!(trail.find(&root, &Everywhere), Err(Lost::Gone)), "nobody waits for a pipe");
    fs::remove_dir_all(home.folder()).expect("removed");
    assert!(matches!(trail.find(&root, &Everywhere), Err(Lost::Gone)));
}

#[test]
fn a_verdict_without_a_trace_has_no_file() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    let lines = home.kept(home.run(Command::Simulate));
    let line = VerdictLine { trace: None, ..lines[0].clone() };
    assert_eq!((line.picture(), line.other_picture()), (None, None));
}

#[test]
fn a_motion_photo_of_the_library_is_taken_apart_once() {
    let home = Household::new();
    let whole = [shot(0).jpeg(48, 32), shot(0).movie(48, 32, 1500)].concat();
    let pair = live::pair(Cursor::new(&whole), whole.len() as u64, Fingerprint::of(&whole).as_bytes());
    let pair = pair.expect("readable").expect("a motion photo");
    for (name, half) in [("IMG_1.JPG", pair.still), ("IMG_1.MOV", pair.movie)] {
        let mut bytes = Vec::new();
        half.write(&mut Cursor::new(&whole), &mut bytes).expect("written");
        home.put(name, &bytes);
    }
    home.add("IMG_1.JPG", &whole);
    let reason = || of(&home.kept(home.run(Command::Simulate)), Way::Import, "IMG_1.JPG").reason;
    assert_eq!(reason(), Some(Reason::SameBytes));
    // Who reads it again finds something else.
    home.library.change(|kept| kept[0].bytes[0] = vec![0; whole.len()].into());
    assert_eq!(reason(), Some(Reason::SameBytes));
}
