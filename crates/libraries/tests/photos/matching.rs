//! What is read, fetched and asked of PhotoKit to know a photo again, and what is not.

use std::fs;
use std::sync::atomic::Ordering;

use photobridge_core::asset::ResourceRole;
use photobridge_core::export::Edited;
use photobridge_core::run::{Command, Mode, MotionPhotos};
use photobridge_core::sync::Finished;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Details;
use photobridge_media::sample::{self, Shot};
use photobridge_testkit::alter;

use crate::household::{self, Household, live, motion, shot, taken};
use crate::support::Sample;
use crate::support::scripted::{Fault, locked};

fn photo(number: u64, name: &'static str) -> Sample {
    taken(number, vec![(ResourceRole::Photo, name, shot(number).jpeg(48, 32))])
}

fn planned(finished: &Finished) -> (u64, u64) {
    let planned = |direction: &Option<photobridge_core::report::Direction>| {
        direction.as_ref().map_or(0, |direction| direction.planned)
    };
    (planned(&finished.report.import), planned(&finished.report.export))
}

#[test]
fn what_has_size_time_and_name_is_not_fetched() {
    let home = Household::new(false, &[photo(1, "IMG_1.JPG"), photo(2, "IMG_2.JPG")]);
    alter::evict(&home.library());
    home.put("2024/05/IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.put("2024/05/IMG_2.JPG", &shot(2).jpeg(48, 32));
    let finished = home.run(Command::Simulate, Mode::Bidirectional).expect("a simulation");
    assert_eq!(planned(&finished), (0, 0));
    assert_eq!(*locked(&home.kit.fetched), Vec::<String>::new());
}

#[test]
fn a_motion_photo_is_known_again_by_what_was_made_of_it() {
    for (has_tables, is_evicted) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut home = Household::new(has_tables, &[]);
        home.motion_photos = MotionPhotos::Live;
        home.put("PXL_1.MP.jpg", &motion(1));
        assert_eq!(home.sync().expect("a sync").report.import.map(|way| way.applied), Some(1));
        if is_evicted {
            alter::evict(&home.library());
        }
        for motion_photos in [MotionPhotos::Live, MotionPhotos::AsTheyAre] {
            home.motion_photos = motion_photos;
            let finished = home.run(Command::Simulate, Mode::Bidirectional).expect("a simulation");
            assert_eq!(planned(&finished), (0, 0), "{has_tables} {is_evicted}");
            fs::remove_dir_all(home.data()).expect("it forgets");
            let finished = home.run(Command::Simulate, Mode::Bidirectional).expect("a simulation");
            assert_eq!(planned(&finished), (0, 0), "{has_tables} {is_evicted}, forgotten");
        }
    }
}

#[test]
fn where_the_name_leaves_a_doubt_the_bytes_are_fetched_once() {
    let home = Household::new(false, &[photo(1, "IMG_1.JPG")]);
    alter::evict(&home.library());
    home.put("renamed on the phone.jpg", &shot(1).jpeg(48, 32));
    for _ in 0..2 {
        let finished = home.run(Command::Simulate, Mode::Bidirectional).expect("a simulation");
        assert_eq!(planned(&finished), (0, 0));
        assert_eq!(*locked(&home.kit.fetched), ["IMG_1.JPG"]);
    }
    // An edit makes it another state of the asset: its original has to be fetched again, and is still the same.
    alter::edit(&home.library(), &home.id("IMG_1.JPG"), "jpeg", b"as edited", None);
    assert_eq!(planned(&home.run(Command::Simulate, Mode::Bidirectional).expect("a simulation")), (0, 0));
}

#[test]
fn a_chance_size_is_told_apart_by_bytes() {
    let home = Household::new(false, &[photo(1, "IMG_1.JPG")]);
    alter::evict(&home.library());
    let mut other = shot(1).jpeg(48, 32);
    let end = other.len() - 3;
    other[end] ^= 1;
    home.put("IMG_7.JPG", &other);
    let finished = home.run(Command::Simulate, Mode::Import).expect("a simulation");
    assert_eq!(planned(&finished), (1, 0), "equal in size and time, not in bytes");
}

#[test]
fn an_original_that_cannot_be_fetched_stops_its_equal_in_size() {
    let home = Household::new(false, &[photo(1, "IMG_1.JPG")]);
    alter::evict(&home.library());
    home.put("renamed.jpg", &shot(1).jpeg(48, 32));
    home.kit.go_wrong(Some(Fault::DataNever));
    let finished = home.run(Command::Sync, Mode::Import).expect("a sync");
    assert_eq!(planned(&finished), (0, 0), "importing it could make a twin");
    home.kit.go_wrong(None);
    assert_eq!(planned(&home.run(Command::Sync, Mode::Import).expect("a sync")), (0, 0));
    assert_eq!(home.kept().len(), 1);
}

#[test]
fn a_live_photo_only_in_icloud_is_known_whole() {
    let (still, video) = live(5);
    let parts = vec![
        (ResourceRole::Photo, "IMG_5.HEIC", still.clone()),
        (ResourceRole::PairedVideo, "IMG_5.MOV", video.clone()),
    ];
    let home = Household::new(false, &[taken(5, parts)]);
    alter::evict(&home.library());
    home.put("IMG_5.HEIC", &still);
    home.put("IMG_5.MOV", &video);
    assert_eq!(planned(&home.sync().expect("a sync")), (0, 0));
    assert_eq!(*locked(&home.kit.fetched), Vec::<String>::new());
}

#[test]
fn only_what_decides_is_asked_for_its_files() {
    let photos = [photo(1, "IMG_1.JPG"), photo(2, "IMG_2.JPG"), photo(3, "IMG_3.JPG")];
    let home = Household::new(false, &photos);
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.run(Command::Simulate, Mode::Import).expect("a simulation");
    assert_eq!(*locked(&home.kit.asked), ["IMG_1.JPG"]);
    home.run(Command::Simulate, Mode::Import).expect("a simulation");
    assert_eq!(*locked(&home.kit.asked), ["IMG_1.JPG"], "it was noted");
    home.run(Command::Simulate, Mode::Export).expect("a simulation");
    assert_eq!(locked(&home.kit.asked).len(), 3, "for the full library");
}

#[test]
fn what_another_photobridge_brought_in_is_noticed() {
    for has_tables in [true, false] {
        let home = Household::new(has_tables, &[]);
        home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
        home.sync().expect("a sync");
        // Another Mac imports into the same library and, as this one does, into the album.
        let mut foreign = photo(2, "IMG_2.JPG");
        foreign.album = Some("Imports");
        let id = home.add(&foreign);
        alter::set_added(&home.library(), &id, Some(household::now()));
        let finished = home.sync().expect("a sync");
        let notices = finished.report.notices.concat();
        assert!(notices.contains("imported by another Photobridge"), "{has_tables}: {notices}");
        let finished = home.sync().expect("a sync");
        assert!(!finished.report.notices.concat().contains("brought in by"), "said once it is known");
    }
}

#[test]
fn a_wall_clock_of_another_zone_is_found_again() {
    // A camera without a zone, five hours east of the Mac; Photos knew better, from the place.
    let shot = Shot { offset: None, ..shot(1) };
    let bytes = shot.jpeg(48, 32);
    let mut there = taken(1, vec![(ResourceRole::Photo, "DSC_1.JPG", bytes.clone())]);
    there.captured = CaptureTime::from_wall(shot.captured, Some(5 * 3600), None);
    let home = Household::new(false, &[there]);
    home.put("renamed.jpg", &bytes);
    let finished = home.run(Command::Simulate, Mode::Import).expect("a simulation");
    assert_eq!(planned(&finished), (0, 0), "importing it would make a twin");
}

#[test]
fn an_undated_file_is_compared_with_what_was_edited_too() {
    // Cut by a person: PhotoKit tells the measures as edited, and the file in the folder has the camera's.
    let bytes = household::undated(1);
    let mut there = taken(1, vec![(ResourceRole::Photo, "IMG_1.JPG", bytes.clone())]);
    there.pixels = Some((10, 10));
    let home = Household::new(false, &[there]);
    alter::edit(&home.library(), &home.id("IMG_1.JPG"), "jpeg", b"as edited", None);
    home.put("IMG_1 of a friend.jpg", &bytes);
    let finished = home.run(Command::Simulate, Mode::Import).expect("a simulation");
    assert_eq!(planned(&finished), (0, 0));
}

#[test]
fn a_date_that_its_file_tells_is_left_to_photos() {
    // Three hours west of the Mac: what PhotoKit is told has no zone, what the file says has one.
    let away = Shot { offset: Some(-3 * 3600), ..shot(1) };
    let home = Household::new(true, &[]);
    home.put("IMG_1.JPG", &away.jpeg(48, 32));
    home.put("2019-05-06 07.08.09.jpg", &household::undated(2));
    home.sync().expect("a sync");
    let captured = |name: &str| {
        let kept = home.kit.kept().into_iter().find(|asset| &*asset.original_name == name).expect("it went in");
        kept.captured.expect("a date").to_string()
    };
    assert!(captured("IMG_1.JPG").ends_with("-03:00"), "with its zone");
    assert!(captured("2019-05-06 07.08.09.jpg").starts_with("2019-05-06T07:08:09"), "Photos does not read names");
}

#[test]
fn what_a_sidecar_says_goes_in_with_its_photo() {
    let words = Details {
        description: Some("Tide “ä”".into()),
        keywords: vec!["sea".into(), "night".into()],
        rating: Some(4),
        ..Details::default()
    };
    let home = Household::new(true, &[]);
    home.kit.macos.store(27, Ordering::Relaxed);
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.put("IMG_1.xmp", &sample::xmp(&words, None));
    home.sync().expect("a sync");
    assert_eq!(*locked(&home.kit.described), [words]);
}

/// A camera's directory gets no edit of what came from it, also once nobody remembers that it came from there; where exports go the
/// edit lies beside its original.
#[test]
fn edits_of_what_came_in_stay_in_photos_also_after_the_memory_is_lost() {
    let (still, movie) = household::live(2);
    for (has_tables, everything) in [(true, false), (true, true), (false, false), (false, true)] {
        let mut home = Household::new(has_tables, &[photo(9, "IMG_9.JPG")]);
        home.edited = Edited::Both;
        home.put("DCIM/IMG_1.JPG", &shot(1).jpeg(48, 32));
        home.put("DCIM/IMG_2.HEIC", &still);
        home.put("DCIM/IMG_2.MOV", &movie);
        home.sync().expect("a sync");
        for (name, paired) in
            [("IMG_1.JPG", None), ("IMG_2.HEIC", Some(&b"its movie as edited"[..])), ("IMG_9.JPG", None)]
        {
            alter::edit(&home.library(), &home.id(name), "jpeg", format!("{name} as edited").as_bytes(), paired);
        }
        home.kit.upload();
        let mut forgotten: Vec<_> =
            ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"].map(|name| home.data().join(name)).into();
        if everything {
            forgotten.extend(fs::read_dir(home.data()).expect("listed").map(|entry| entry.expect("listed").path()));
        }
        for path in forgotten {
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
        for _ in 0..2 {
            home.sync().expect("a sync");
            let files: Vec<_> = home.files().into_keys().map(|path| path.display().to_string()).collect();
            let expected = [
                "2024/05/IMG_9.JPG",
                "2024/05/IMG_9_edited.jpeg",
                "DCIM/IMG_1.JPG",
                "DCIM/IMG_2.HEIC",
                "DCIM/IMG_2.MOV",
            ];
            assert_eq!(files, expected, "tables: {has_tables}, everything is lost: {everything}");
            assert_eq!(home.kept().len(), 3);
        }
    }
}
