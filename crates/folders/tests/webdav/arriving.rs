//! What got its name is looked at once more before a run believes that it is there.

use std::io::Write;
use std::path::Path;

use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::place::{Durable, Part, Placed, part_name, reopen};
use photobridge_core::folder::{Folder, FolderError};
use photobridge_folders::webdav::learn::Writers;
use photobridge_folders::webdav::{Opening, WebDav};
use photobridge_testkit::cloud::{Cloud, Manners};

use crate::stage::{Stage, TAKEN, access};

fn folder(stage: &Stage) -> WebDav {
    let access = access(&Cloud::photos(stage.wire.address));
    let keeping = stage.room.path().join("keeping");
    WebDav::open(Opening { access, writers: Writers::Several, keeping }).expect("it is there")
}

fn place(folder: &WebDav, name: &str) {
    let taken = jiff::Timestamp::from_second(TAKEN).ok();
    let mut part = Part::create(folder, Path::new(name), &part_name()).expect("a part");
    part.write_all(name.as_bytes()).expect("room");
    let written = part.finish(None, None, taken).expect("whole");
    assert_eq!(written.sync().and_then(Durable::place).expect("free"), Placed::Moved);
}

#[test]
fn a_file_that_was_replaced_while_it_arrived_is_not_believed_to_be_there() {
    // Of few files each is looked at, of many their directory is listed.
    for count in [1, 9] {
        for manners in [Manners::NEXTCLOUD, Manners::NGINX] {
            let stage = Stage::new(manners);
            let folder = folder(&stage);
            let name = |number: usize| format!("2019/{number}.jpg");
            let directory = [Path::new("2019")];
            (0..count).for_each(|number| place(&folder, &name(number)));
            folder.sync_directories(&directory).expect("all are there");
            stage.cloud.requests();
            folder.sync_directories(&directory).expect("nothing is new");
            assert_eq!(stage.cloud.requests().len(), 1, "what was looked at is not looked at again");

            (count..2 * count).for_each(|number| place(&folder, &name(number)));
            let last = format!("Photos/{}", name(2 * count - 1));
            stage.cloud.write(&last, b"another's", TAKEN + 1);
            let refused = folder.sync_directories(&directory);
            assert!(matches!(refused, Err(FolderError::Retry(_))), "{refused:?}");
            assert_eq!(stage.cloud.files()[&last], b"another's", "it is left to them");

            place(&folder, "2020/a.jpg");
            stage.cloud.remove("Photos/2020");
            assert!(folder.sync_directories(&[Path::new("2020")]).is_err(), "it is gone");
        }
    }
}

#[test]
fn what_a_crash_left_here_goes_up_with_its_date_and_only_whole() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let spool = stage.room.path().join("keeping/spool");
    let (target, bytes, taken) = (Path::new("2019/a.jpg"), b"a picture", jiff::Timestamp::from_second(TAKEN).ok());
    for left in [&bytes[..4], &[0; 9], bytes] {
        let (folder, part) = (folder(&stage), part_name());
        let mut writing = Part::create(&folder, target, &part).expect("a part");
        writing.write_all(bytes).expect("room");
        drop(writing.finish(None, None, taken).and_then(|written| written.sync()).expect("whole"));
        drop(folder);
        // The power fails: some of its bytes may never have reached the disk, nor the time at which it was written.
        std::fs::write(spool.join(&part), left).expect("written");
        let folder = self::folder(&stage);
        let found = reopen(&folder, target, &part, Fingerprint::of(bytes), taken).expect("readable");
        assert_eq!(found.is_some(), left == bytes, "{left:?}");
        if let Some(written) = found {
            assert_eq!(written.sync().and_then(Durable::place).expect("free"), Placed::Moved);
        }
        assert_eq!(std::fs::read_dir(&spool).expect("there").count(), 0, "nothing is left");
    }
    assert_eq!(stage.cloud.files()["Photos/2019/a.jpg"], bytes);
    assert_eq!(stage.cloud.said("Photos/2019/a.jpg").expect("it is there").0, TAKEN);
}
