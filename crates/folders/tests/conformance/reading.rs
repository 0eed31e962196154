//! What is promised of listing and reading.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::Path;

use photobridge_core::folder::{Folder, FolderError, Kind};

use super::stage::{Stage, Tree};

fn listed(folder: &dyn Folder, directory: &str) -> BTreeMap<String, (Kind, u64)> {
    let mut entries = BTreeMap::new();
    let told = folder.list(Path::new(directory), &mut |entry| {
        let (kind, state) = (entry.kind().expect("a kind"), entry.state().expect("a state"));
        let size = if kind == Kind::File { state.stamp.size } else { 0 };
        let before = entries.insert(entry.name().to_string_lossy().into_owned(), (kind, size));
        assert_eq!(before, None, "each entry once");
        ControlFlow::Continue(())
    });
    told.expect("listed");
    entries
}

fn read(folder: &dyn Folder, path: &str) -> Result<Vec<u8>, FolderError> {
    let mut bytes = Vec::new();
    folder.open(Path::new(path))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub fn a_listing_gives_each_entry_once_with_its_state(stage: &dyn Stage) {
    stage.put("a.jpg", b"one");
    stage.put(".hidden", b"");
    stage.put("2024/05/b.jpg", b"second");
    let folder = stage.folder();
    let file = |size| (Kind::File, size);
    let root = [("a.jpg", file(3)), (".hidden", file(0)), ("2024", (Kind::Directory, 0))];
    assert_eq!(listed(&*folder, ""), root.map(|(name, entry)| (name.to_owned(), entry)).into());
    assert_eq!(listed(&*folder, "2024/05"), [("b.jpg".to_owned(), file(6))].into());
    let (kind, state) = folder.stat(Path::new("2024/05/b.jpg")).expect("there");
    assert_eq!((kind, state.stamp.size, state.online_only), (Kind::File, 6, false));
    assert_eq!(folder.stat(Path::new("2024")).expect("there").0, Kind::Directory);
    // The same state as often as it is asked for, and by whichever way.
    let mut in_the_listing = None;
    let told = folder.list(Path::new("2024/05"), &mut |entry| {
        in_the_listing = entry.state().ok();
        ControlFlow::Continue(())
    });
    told.expect("listed");
    let opened = folder.open(Path::new("2024/05/b.jpg")).expect("there").state().expect("a state");
    assert_eq!((in_the_listing, opened), (Some(state), state));
}

pub fn a_listing_stops_when_it_is_told_to(stage: &dyn Stage) {
    (0..50).for_each(|number| stage.put(&format!("{number}.jpg"), b"x"));
    let mut seen = 0;
    let told = stage.folder().list(Path::new(""), &mut |_| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    told.expect("to be stopped is no failure");
    assert_eq!(seen, 3);
}

pub fn what_is_gone_has_no_listing(stage: &dyn Stage) {
    stage.put("a.jpg", b"one");
    let folder = stage.folder();
    let list = |directory: &str| folder.list(Path::new(directory), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(list("2023"), Err(FolderError::Gone)));
    assert!(list("a.jpg").is_err(), "a file is no directory");
    stage.go_away();
    assert!(list("").is_err());
    assert!(matches!(folder.stat(Path::new("a.jpg")), Err(FolderError::Gone)));
}

pub fn any_range_of_a_file_is_read(stage: &dyn Stage) {
    let bytes: Vec<u8> = (0..200_000_u32).map(|at| (at % 251) as u8).collect();
    stage.put("long.mov", &bytes);
    stage.put("empty.jpg", b"");
    let folder = stage.folder();
    assert_eq!(read(&*folder, "long.mov").expect("read"), bytes);
    assert_eq!(read(&*folder, "empty.jpg").expect("read"), b"");
    let mut opened = folder.open(Path::new("long.mov")).expect("there");
    for (to, at) in [
        (SeekFrom::Start(150_000), 150_000),
        (SeekFrom::Current(-100_000), 50_010),
        (SeekFrom::End(-7), 199_993),
        (SeekFrom::Start(0), 0),
        (SeekFrom::Start(65_530), 65_530),
    ] {
        assert_eq!(opened.seek(to).expect("sought"), at as u64);
        let mut piece = Vec::new();
        opened.by_ref().take(10).read_to_end(&mut piece).expect("read");
        assert_eq!(piece, bytes[at..bytes.len().min(at + 10)], "{at}");
    }
    opened.seek(SeekFrom::Start(999_999)).expect("beyond the end is a place");
    assert_eq!(opened.read(&mut [0; 9]).expect("and nothing is there"), 0);
}

pub fn a_change_while_it_is_read_is_seen(stage: &dyn Stage) {
    let before = vec![1; 100_000];
    stage.put("a.jpg", &before);
    let folder = stage.folder();
    let path = Path::new("a.jpg");
    let (_, seen) = folder.stat(path).expect("there");
    let mut opened = folder.open(path).expect("there");
    opened.read_exact(&mut [0; 1000]).expect("read");
    assert_eq!(opened.state().expect("asked"), seen, "reading changes nothing");
    stage.put("a.jpg", &[2; 100_000]);
    // Whoever reads on has the old bytes, or is told: never a mixture that nobody knows of.
    let mut rest = Vec::new();
    let is_read = opened.read_to_end(&mut rest).is_ok();
    let is_seen = opened.state().map_or(true, |now| now != seen);
    assert!(!is_read || is_seen || rest.iter().all(|byte| *byte == 1));
    assert_ne!(folder.stat(path).expect("there").1, seen);
    assert!(folder.local(path, seen.stamp).expect("asked").is_none());
}

pub fn only_plain_files_are_opened(stage: &dyn Stage) {
    stage.put("2024/a.jpg", b"one");
    let folder = stage.folder();
    assert!(folder.open(Path::new("2024")).is_err());
    assert!(folder.open(Path::new("")).is_err());
    for gone in ["b.jpg", "2024/b.jpg", "2023/b.jpg"] {
        assert!(matches!(folder.open(Path::new(gone)).err(), Some(FolderError::Gone)), "{gone}");
        assert!(matches!(folder.stat(Path::new(gone)), Err(FolderError::Gone)), "{gone}");
    }
    let mut opener = folder.opener();
    for _ in 0..2 {
        assert!(opener.open(Path::new("2024/b.jpg")).is_err());
        assert!(opener.open(Path::new("2024/a.jpg")).is_ok());
    }
}

pub fn a_path_from_outside_stays_inside(stage: &dyn Stage) {
    let outside = tempfile::tempdir().expect("a directory");
    std::fs::write(outside.path().join("secret.jpg"), "secret").expect("written");
    stage.put("2024/a.jpg", b"one");
    let folder = stage.folder();
    assert!(folder.open_within(Path::new("2024/a.jpg")).is_ok());
    assert!(matches!(folder.open_within(Path::new("2024/b.jpg")).err(), Some(FolderError::Gone)));
    if stage.link("out", outside.path()) && stage.link("out.jpg", &outside.path().join("secret.jpg")) {
        for way in ["out/secret.jpg", "out.jpg"] {
            assert!(matches!(folder.open_within(Path::new(way)).err(), Some(FolderError::Leaves(_))), "{way}");
        }
    }
}

pub fn a_local_file_is_the_file_in_its_state(stage: &dyn Stage) {
    stage.put("2024/a.jpg", b"picture");
    let folder = stage.folder();
    let path = Path::new("2024/a.jpg");
    let seen = folder.stat(path).expect("there").1.stamp;
    let local = folder.local(path, seen).expect("asked").expect("it is in that state");
    assert_eq!(std::fs::read(&local.path).expect("a file of this computer"), b"picture");
    let now = photobridge_core::item::Stamp::of(&std::fs::metadata(&local.path).expect("there"));
    assert_eq!(now, local.stamp, "what is told of its state holds there");
    drop(local);
    assert_eq!(stage.tree().get("2024/a.jpg").map(Vec::as_slice), Some(&b"picture"[..]), "it stays");
    stage.put("2024/a.jpg", b"another");
    assert!(folder.local(path, seen).expect("asked").is_none());
    stage.remove("2024/a.jpg");
    assert!(folder.local(path, seen).expect("asked").is_none());
}

/// Names that people and cameras give, and some that only somebody with a purpose gives.
const NAMES: [&str; 12] = [
    "IMG 1 (2).jpg",
    "a#b?c.jpg",
    "100%41.jpg",
    "a+b&c;d=e.jpg",
    "\u{fc}nder \u{1f468}\u{200d}\u{1f469}.jpg",
    "u\u{308}nder.jpg",
    "\u{65e5}\u{672c}.heic",
    "quote\"'`.jpg",
    "<b>.jpg",
    "..jpg",
    "-rf.jpg",
    "trailing .jpg",
];

pub fn names_of_every_kind_are_listed_and_opened(stage: &dyn Stage) {
    for name in NAMES {
        stage.put(&format!("in {name}/{name}"), name.as_bytes());
    }
    let folder = stage.folder();
    let root = listed(&*folder, "");
    assert_eq!(root.len(), NAMES.len());
    for name in NAMES {
        let directory = format!("in {name}");
        assert!(root.contains_key(&directory), "{name}");
        assert_eq!(listed(&*folder, &directory).keys().collect::<Vec<_>>(), [name]);
        assert_eq!(read(&*folder, &format!("{directory}/{name}")).expect("read"), name.as_bytes());
    }
}

pub fn another_directory_at_the_place_is_seen(stage: &dyn Stage) {
    stage.put("a.jpg", b"one");
    let folder = stage.folder();
    let ground = folder.ground().expect("there");
    stage.put("b.jpg", b"two");
    assert_eq!(folder.ground().expect("there"), ground, "what lies in it does not matter");
    assert_eq!(stage.folder().ground().expect("there"), ground, "nor who asks");
    if !stage.replace() {
        return;
    }
    let other = folder.ground().expect("there");
    assert_ne!(other.now, ground.now);
    assert!(other.lasting.is_none() || other.lasting != ground.lasting);
    assert_eq!(stage.tree(), Tree::new());
}

pub fn links_are_told_and_followed_only_on_demand(stage: &dyn Stage) {
    stage.put("2024/a.jpg", b"one");
    let folder = stage.folder();
    let (link, broken) = (Path::new("link.jpg"), Path::new("broken.jpg"));
    if !(stage.link("link.jpg", Path::new("2024/a.jpg")) && stage.link("broken.jpg", Path::new("nowhere"))) {
        assert!(folder.follow(link).is_err(), "a kind without links has none to follow");
        return;
    }
    assert_eq!(listed(&*folder, "")["link.jpg"].0, Kind::Link);
    assert_eq!(folder.stat(link).expect("there").0, Kind::Link);
    let led = folder.follow(link).expect("it leads to a file");
    assert_eq!(led.place, folder.place().join("2024/a.jpg"));
    assert_eq!(led.file, Some(folder.stat(Path::new("2024/a.jpg")).expect("there").1));
    assert!(folder.follow(broken).is_err());
}
