//! A process that is killed in the middle of a change: the next one loses and doubles nothing. In a program of its own, as a
//! process that is being started holds the locks of all others for a moment.

#![allow(dead_code, reason = "a household can do more than to die")]

#[path = "photos/household.rs"]
mod household;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use photobridge_core::asset::ResourceRole;
use photobridge_core::run::MotionPhotos;

use household::{Household, live, motion, shot, taken};
use support::scripted::{Fault, Moment};

/// Where the household lies in which this process is to die, and when.
const HOUSEHOLD: &str = "PHOTOBRIDGE_TEST_HOUSEHOLD";

const MOMENTS: [Moment; 4] = [Moment::Begun, Moment::Told, Moment::Added, Moment::Kept];

#[test]
#[ignore = "a part that another test lets a process play"]
fn dies() {
    let Ok(told) = std::env::var(HOUSEHOLD) else { return };
    let (place, at) = told.rsplit_once(' ').expect("a place and a moment");
    let (root, has_tables) = place.rsplit_once(' ').expect("with or without tables");
    let mut home = Household::again(Path::new(root), has_tables == "true");
    home.motion_photos = MotionPhotos::Live;
    home.kit.go_wrong(Some(Fault::ChangeKills(MOMENTS[at.parse::<usize>().expect("a number")])));
    let _ = home.sync();
}

/// Lets another process sync this household, which is killed at a moment.
fn die(home: &Household, at: usize) -> Moment {
    let mut child = Command::new(std::env::current_exe().expect("this test"));
    child.args(["--exact", "dies", "--ignored"]);
    child.env(HOUSEHOLD, format!("{} {} {at}", home.root.display(), home.has_tables));
    let ended = child.output().expect("it was started");
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    assert_eq!(ended.status.signal(), Some(9), "{:?} {}: {said}", MOMENTS[at], ended.status);
    MOMENTS[at]
}

#[test]
fn a_motion_photo_on_its_way_is_neither_lost_nor_doubled() {
    for has_tables in [true, false] {
        for at in 0..MOMENTS.len() {
            let mut home = Household::new(has_tables, &[]);
            home.motion_photos = MotionPhotos::Live;
            home.put("PXL_1.MP.jpg", &motion(1));
            let before = home.files();
            let moment = die(&home, at);
            for _ in 0..2 {
                assert_eq!(home.sync().expect("a sync").report.stopped, None, "{moment:?}");
            }
            let after = home.sync().expect("a sync").report;
            let planned = [after.import, after.export].map(|way| way.map_or(0, |way| way.planned));
            assert_eq!((planned, home.files()), ([0, 0], before), "{moment:?}");
            let roles: Vec<Vec<_>> =
                home.kept().iter().map(|files| files.iter().map(|(role, _)| *role).collect()).collect();
            assert_eq!(roles, [[ResourceRole::Photo, ResourceRole::PairedVideo]], "{moment:?}");
            let ours = fs::read_dir(home.data()).expect("ours").map(|entry| entry.expect("an entry").file_name());
            assert!(ours.into_iter().all(|name| !name.to_string_lossy().starts_with(".making")), "{moment:?}");
        }
    }
}

#[test]
fn a_killed_change_is_settled_by_the_next_sync() {
    for has_tables in [true, false] {
        for at in 0..MOMENTS.len() {
            let home =
                Household::new(has_tables, &[taken(9, vec![(ResourceRole::Photo, "IMG_9.JPG", shot(9).jpeg(48, 32))])]);
            let (still, video) = live(2);
            home.put("IMG_2.HEIC", &still);
            home.put("IMG_2.MOV", &video);
            home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
            let sources = home.files();
            let moment = die(&home, at);
            let finished = home.sync().expect("a sync");
            assert_eq!(finished.report.stopped, None, "{moment:?}");
            let after = home.sync().expect("a sync").report;
            let planned = [after.import, after.export].map(|way| way.map_or(0, |way| way.planned));
            assert_eq!(planned, [0, 0], "{moment:?}");
            let kept: Vec<_> = home.kept();
            assert_eq!((kept.len(), kept.iter().collect::<BTreeSet<_>>().len()), (3, 3), "{moment:?}");
            let files = home.files();
            assert!(sources.iter().all(|(path, bytes)| files.get(path) == Some(bytes)));
            let held: BTreeSet<_> = kept.iter().flatten().map(|(_, bytes)| *bytes).collect();
            assert_eq!(files.values().copied().collect::<BTreeSet<_>>(), held, "equal bytes on both sides");
            assert_eq!(files.len(), 4, "and each once");
        }
    }
}
