//! What is promised of writing.

use std::io::Write;
use std::path::Path;
use std::sync::Barrier;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::dates::EARLIEST;
use photobridge_core::folder::place::{Durable, Part, PlaceError, Placed, Written, part_name};
use photobridge_core::folder::{Folder, FolderError};

use super::stage::{Stage, Tree};

/// Places a file as the engine does.
pub fn place(folder: &dyn Folder, target: &str, part: &str, bytes: &[u8]) -> Result<Placed, PlaceError> {
    let mut begun = Part::create(folder, Path::new(target), part)?;
    if let Err(error) = begun.write_all(bytes) {
        let error = begun.failed(error);
        begun.abandon();
        return Err(error);
    }
    let taken: Timestamp = "2019-07-04T12:30:15Z".parse().expect("a time");
    begun.finish(Some(Fingerprint::of(bytes)), Some(bytes.len() as u64), Some(taken))?.sync()?.place()
}

/// A tree of these files, with the directories on the way to them.
pub fn tree(files: &[(&str, &[u8])]) -> Tree {
    let mut tree = Tree::new();
    for (path, bytes) in files {
        for (at, _) in path.match_indices('/') {
            tree.insert(path[..=at].to_owned(), Vec::new());
        }
        tree.insert((*path).to_owned(), bytes.to_vec());
    }
    tree
}

pub fn a_file_is_there_whole_under_its_name(stage: &dyn Stage) {
    let folder = stage.folder();
    let part = part_name();
    let target = Path::new("2019/07/IMG_1.jpg");
    let mut begun = Part::create(&*folder, target, &part).expect("a part");
    begun.write_all(b"pic").and_then(|()| begun.write_all(b"ture")).expect("room");
    assert!(!stage.tree().contains_key("2019/07/IMG_1.jpg"), "nothing has its name yet");
    let taken: Timestamp = "2019-07-04T12:30:15Z".parse().expect("a time");
    let mut written = begun.finish(Some(Fingerprint::of(b"picture")), Some(7), Some(taken)).expect("as announced");
    let mut again = Vec::new();
    std::io::Read::read_to_end(&mut written.reader().expect("its bytes"), &mut again).expect("read");
    assert_eq!(again, b"picture");
    let durable = written.sync().expect("brought there");
    assert!(!stage.tree().contains_key("2019/07/IMG_1.jpg"), "nor now");
    assert!(!durable.is_kept_out());
    assert_eq!(durable.place().expect("free"), Placed::Moved);
    folder.sync_directories(&[Path::new("2019/07"), Path::new("")]).expect("brought there");
    assert_eq!(stage.tree(), tree(&[("2019/07/IMG_1.jpg", b"picture")]));
    assert_eq!(folder.stat(target).expect("there").1.stamp.size, 7);
}

pub fn a_part_is_dated_but_never_before_the_earliest(stage: &dyn Stage) {
    let folder = stage.folder();
    for (name, taken) in [("new.jpg", "2019-07-04T12:30:15Z"), ("old.jpg", "1955-06-01T12:00:00Z")] {
        let taken: Timestamp = taken.parse().expect("a time");
        let mut part = Part::create(&*folder, Path::new(name), &part_name()).expect("a part");
        part.write_all(b"x").expect("room");
        let written = part.finish(None, None, Some(taken)).expect("whole");
        written.sync().and_then(Durable::place).expect("free");
        let held = folder.stat(Path::new(name)).expect("there").1.stamp.mtime;
        // A kind that keeps no date has its own: that is never before the earliest, either.
        assert!(i128::from(held) >= EARLIEST.as_nanosecond(), "{name}");
    }
}

pub fn a_name_never_replaces_anything(stage: &dyn Stage) {
    stage.put("file.jpg", b"theirs");
    stage.put("same length.jpg", b"pictura");
    stage.put("directory.jpg/inside.txt", b"x");
    let has_links = stage.link("link.jpg", Path::new("file.jpg")) && stage.link("broken.jpg", Path::new("nowhere"));
    let (before, folder) = (stage.tree(), stage.folder());
    let links = if has_links { &["link.jpg", "broken.jpg"][..] } else { &[] };
    for name in ["file.jpg", "same length.jpg", "directory.jpg"].iter().chain(links) {
        let refused = place(&*folder, name, &part_name(), b"picture").expect_err("it is taken");
        assert!(matches!(refused, PlaceError::Taken(_)), "{name}: {refused}");
        assert_eq!(stage.tree(), before, "{name}");
    }
}

pub fn equal_bytes_are_adopted(stage: &dyn Stage) {
    stage.put("2024/a.jpg", b"picture");
    let folder = stage.folder();
    let before = folder.stat(Path::new("2024/a.jpg")).expect("there");
    assert_eq!(place(&*folder, "2024/a.jpg", &part_name(), b"picture").expect("equal"), Placed::Adopted);
    assert_eq!(folder.stat(Path::new("2024/a.jpg")).expect("there"), before, "it was left as it is");
    assert_eq!(stage.tree(), tree(&[("2024/a.jpg", b"picture")]));
}

pub fn one_of_many_writers_has_the_name(stage: &dyn Stage) {
    for round in 0..10 {
        let (name, all_at_once) = (format!("{round}.jpg"), Barrier::new(4));
        let won = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..4_u8)
                .map(|writer| {
                    let (name, all_at_once) = (&name, &all_at_once);
                    scope.spawn(move || {
                        let folder = stage.folder();
                        let mut part = Part::create(&*folder, Path::new(name), &part_name()).expect("a part");
                        part.write_all(&[writer; 9]).expect("room");
                        let durable = part.finish(None, None, None).and_then(Written::sync).expect("written");
                        all_at_once.wait();
                        durable.place().is_ok().then_some(writer)
                    })
                })
                .collect();
            writers.into_iter().filter_map(|writer| writer.join().expect("no panic")).collect::<Vec<u8>>()
        });
        assert_eq!(won.len(), 1, "round {round}");
        assert_eq!(stage.tree().get(&name), Some(&vec![won[0]; 9]), "who won is there");
    }
    assert_eq!(stage.tree().len(), 10, "and nothing else");
}

pub fn case_and_form_of_a_name_lose_nothing(stage: &dyn Stage) {
    stage.put("IMG_1.JPG", b"first");
    stage.put("\u{fc}.jpg", b"second");
    let folder = stage.folder();
    for (name, bytes) in [("img_1.jpg", &b"another"[..]), ("u\u{308}.jpg", b"one more")] {
        let placed = place(&*folder, name, &part_name(), bytes);
        let tree = stage.tree();
        match placed {
            Ok(Placed::Moved) => assert_eq!(tree.get(name).map(Vec::as_slice), Some(bytes)),
            Ok(Placed::Adopted) => panic!("{name} has other bytes"),
            Err(refused) => assert!(matches!(refused, PlaceError::Taken(_)), "{refused}"),
        }
        assert!(tree.values().any(|held| held == b"first") && tree.values().any(|held| held == b"second"), "{name}");
        assert!(tree.keys().all(|path| !path.ends_with(".part")), "{tree:?}");
    }
}

pub fn names_that_exports_get_are_kept(stage: &dyn Stage) {
    let long = format!("{}.HEIC", "\u{65e5}".repeat(72));
    let names = [
        "Holiday, day 1. The sea!.jpeg",
        "[x] ~b's #1 & co%20.png",
        "a+b=c;d@e$.jpg",
        "\u{1f468}\u{200d}\u{1f469}.mov",
        "\u{fc}nder (2)_edited.jpeg",
        &long,
    ];
    let folder = stage.folder();
    for name in names {
        let target = format!("2024/05/{name}");
        assert_eq!(place(&*folder, &target, &part_name(), name.as_bytes()).expect("free"), Placed::Moved);
        assert_eq!(stage.tree().get(&target).map(Vec::as_slice), Some(name.as_bytes()), "{name}");
    }
    assert_eq!(stage.tree().len(), names.len() + 2);
}

pub fn a_part_that_is_given_up_leaves_nothing(stage: &dyn Stage) {
    stage.put("2024/here.txt", b"x");
    let (before, folder) = (stage.tree(), stage.folder());
    let begun = |target: &str| {
        let mut part = Part::create(&*folder, Path::new(target), &part_name()).expect("a part");
        part.write_all(b"half").expect("room");
        part
    };
    begun("2024/05/x/IMG_1.jpg").abandon();
    assert_eq!(stage.tree(), before);
    let differs = begun("2024/05/IMG_1.jpg").finish(Some(Fingerprint::of(b"whole")), None, None).err();
    assert!(matches!(differs, Some(PlaceError::Differs { .. })));
    assert_eq!(stage.tree(), before);
    let part = begun("2024/05/IMG_1.jpg");
    stage.put("2024/05/somebody's.txt", b"y");
    part.abandon();
    assert_eq!(stage.tree(), tree(&[("2024/here.txt", b"x"), ("2024/05/somebody's.txt", b"y")]));
}

pub fn only_parts_of_ours_are_discarded(stage: &dyn Stage) {
    let part = part_name();
    for path in ["d/IMG_1.jpg", "IMG_1.jpg", "d/.photobridge-settings.part"] {
        stage.put(path, b"theirs");
    }
    stage.put(&format!("d/{part}/inside.txt"), b"a directory with a name like ours");
    let (before, folder) = (stage.tree(), stage.folder());
    for name in ["IMG_1.jpg", "../IMG_1.jpg", ".photobridge-settings.part", "", &part] {
        assert!(matches!(folder.discard(Path::new("d"), name), Err(FolderError::NotOurs)), "{name}");
    }
    for name in ["IMG_1.jpg", "../IMG_1.jpg", ".photobridge-settings.part", ""] {
        assert!(folder.begin(Path::new("d"), name).is_err(), "{name}");
        assert!(folder.reopen(Path::new("d"), name).is_err(), "{name}");
    }
    assert_eq!(stage.tree(), before);
    for _ in 0..2 {
        folder.discard(Path::new("d"), &part_name()).expect("gone is fine");
        folder.discard(Path::new("never/made"), &part_name()).expect("gone is fine");
    }
    assert_eq!(stage.tree(), before);
}

pub fn nothing_is_written_outside(stage: &dyn Stage) {
    let outside = tempfile::tempdir().expect("a directory");
    stage.put("file", b"a file");
    let has_links = stage.link("link", outside.path());
    let (before, folder) = (stage.tree(), stage.folder());
    let links = if has_links { &["link", "link/01"][..] } else { &[] };
    for directory in ["../x", "/tmp/x", "file", "file/01"].iter().chain(links) {
        assert!(folder.begin(Path::new(directory), &part_name()).is_err(), "{directory}");
    }
    assert_eq!(stage.tree(), before);
    assert_eq!(std::fs::read_dir(outside.path()).expect("listed").count(), 0);
}

pub fn a_name_is_no_path(stage: &dyn Stage) {
    stage.put("d/here.txt", b"x");
    let (before, folder) = (stage.tree(), stage.folder());
    for name in ["../x.jpg", "a/b.jpg", "", ".", "..", "/tmp/x.jpg"] {
        let mut part = folder.begin(Path::new("d"), &part_name()).expect("a part");
        part.write_all(b"picture").expect("room");
        part.finish(Fingerprint::of(b"picture"), None).and_then(|()| part.sync()).expect("whole");
        assert!(part.name(name.as_ref()).is_err(), "{name}");
        part.discard();
        assert!(folder.rename(Path::new("d/here.txt"), name.as_ref()).is_err(), "{name}");
        assert_eq!(stage.tree(), before, "{name}");
    }
}

pub fn no_room_is_said_and_leaves_nothing(stage: &dyn Stage) {
    stage.put("a.jpg", b"theirs");
    if !stage.fill() {
        return;
    }
    let (before, folder) = (stage.tree(), stage.folder());
    let refused = place(&*folder, "2024/b.jpg", &part_name(), b"picture").expect_err("it is full");
    assert!(matches!(refused, PlaceError::DiskFull(_)), "{refused}");
    assert_eq!(stage.tree(), before);
    assert!(folder.free_space().expect("asked").is_none_or(|free| free == 0));
}

pub fn what_must_not_be_written_says_so(stage: &dyn Stage) {
    stage.put("a.jpg", b"theirs");
    if !stage.forbid() {
        return;
    }
    let (before, folder) = (stage.tree(), stage.folder());
    let refused = place(&*folder, "b.jpg", &part_name(), b"picture").expect_err("it is read-only");
    assert!(matches!(refused, PlaceError::Refused { .. }), "{refused}");
    assert!(matches!(folder.rename(Path::new("a.jpg"), "c.jpg".as_ref()), Err(FolderError::Refused(_))));
    assert!(matches!(folder.obstacle(Path::new("2024")), Some((_, FolderError::Refused(_)))));
    assert_eq!(stage.tree(), before);
}

pub fn a_folder_that_is_away_is_not_made(stage: &dyn Stage) {
    let folder = stage.folder();
    stage.go_away();
    assert!(folder.begin(Path::new("2024"), &part_name()).is_err());
    assert!(folder.begin(Path::new(""), &part_name()).is_err());
    assert!(folder.discard(Path::new("2024"), &part_name()).is_err(), "nobody knows whether it is there");
    assert!(folder.reopen(Path::new("2024"), &part_name()).is_err());
    assert!(folder.sync_directories(&[Path::new("2024")]).is_err());
    assert!(folder.ground().is_err() && folder.free_space().is_err());
}

pub fn a_file_is_renamed_unless_the_name_is_taken(stage: &dyn Stage) {
    stage.put("d/a.jpg", b"one");
    stage.put("d/b.jpg", b"two");
    stage.put("d/c.jpg/inside.txt", b"x");
    let (before, folder) = (stage.tree(), stage.folder());
    for taken in ["b.jpg", "c.jpg"] {
        let refused = folder.rename(Path::new("d/a.jpg"), taken.as_ref());
        assert!(matches!(refused, Err(FolderError::Taken)), "{taken}: {refused:?}");
        assert_eq!(stage.tree(), before);
    }
    let part = part_name();
    folder.rename(Path::new("d/a.jpg"), part.as_ref()).expect("free");
    assert_eq!(stage.tree().get(&format!("d/{part}")).map(Vec::as_slice), Some(&b"one"[..]));
    assert!(matches!(folder.rename(Path::new("d/a.jpg"), "e.jpg".as_ref()), Err(FolderError::Gone)));
    folder.rename(&Path::new("d").join(&part), "a.jpg".as_ref()).expect("free");
    assert_eq!(stage.tree(), before);
    // Other names than ours are given where that is known to replace nothing, and only there.
    let is_renamed = folder.rename(Path::new("d/a.jpg"), "f.jpg".as_ref()).is_ok();
    assert_eq!(is_renamed, !folder.properties().keeps_names);
    assert_eq!(stage.tree().contains_key("d/f.jpg"), is_renamed);
}

pub fn only_the_state_that_was_seen_is_dated(stage: &dyn Stage) {
    stage.put("a.jpg", b"one");
    let folder = stage.folder();
    let path = Path::new("a.jpg");
    let seen = folder.stat(path).expect("there").1.stamp;
    stage.put("a.jpg", b"another");
    let now = folder.stat(path).expect("there").1.stamp;
    assert_eq!(folder.date(path, seen, EARLIEST).expect("asked"), None);
    assert_eq!(folder.stat(path).expect("there").1.stamp, now, "it was left as it is");
    let dated = folder.date(path, now, EARLIEST).expect("asked");
    let after = folder.stat(path).expect("there").1.stamp;
    assert_eq!(dated.unwrap_or(now), after, "what is told is so");
    assert_eq!(stage.tree(), tree(&[("a.jpg", b"another")]));
}

pub fn obstacles_are_told_without_writing(stage: &dyn Stage) {
    stage.put("file", b"a file");
    let (before, folder) = (stage.tree(), stage.folder());
    assert!(folder.obstacle(Path::new("2024/05")).is_none());
    assert!(folder.obstacle(Path::new("")).is_none());
    assert!(matches!(folder.obstacle(Path::new("file/01")), Some((_, FolderError::InTheWay(_)))));
    assert_eq!(stage.tree(), before);
}
