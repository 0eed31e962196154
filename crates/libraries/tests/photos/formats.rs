//! What Photos does not take: a kind of file, or files together.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use photobridge_core::asset::{AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::ledger::{Identified, Ledger};
use photobridge_core::library::Library;
use photobridge_core::memory::Decision;
use photobridge_core::reason::Reason;
use photobridge_core::sync::Finished;
use photobridge_media::sample::Shot;

use crate::household::{Household, shot};
use crate::support;
use crate::support::scripted::{Fault, locked};

const NO_DNG: Option<Fault> = Some(Fault::Refuses(&[".DNG"]));

/// The RAW of a camera.
fn raw(number: u64, model: &str) -> Vec<u8> {
    Shot { model: model.into(), ..shot(number) }.dng(48, 32)
}

/// How many went in, and why the others did not.
fn came_of(finished: &Finished) -> (u64, BTreeMap<Reason, u64>, u64) {
    let import = finished.report.import.clone().expect("photos go in");
    (import.applied, import.skipped, import.failed)
}

fn refused(photos: u64) -> BTreeMap<Reason, u64> {
    [(Reason::Refused, photos)].into()
}

/// A format is a kind of file, of a camera, as each has a RAW of its own.
#[test]
fn a_format_is_asked_about_once_for_each_macos() {
    for has_tables in [false, true] {
        let mut home = Household::new(has_tables, &[]);
        for (number, model) in [(1, "One"), (2, "One"), (3, "Two")] {
            home.put(&format!("DSC_{number}.DNG"), &raw(number, model));
        }
        home.put("IMG_4.JPG", &shot(4).jpeg(48, 32));
        home.kit.go_wrong(NO_DNG);
        assert_eq!(came_of(&home.sync().expect("a sync")), (1, refused(3), 0));
        assert_eq!(*locked(&home.kit.offered), ["DSC_1.DNG", "DSC_3.DNG", "IMG_4.JPG"], "one of each camera");
        home.put("DSC_5.DNG", &raw(5, "One"));
        let (applied, skipped, failed) = came_of(&home.sync().expect("a sync"));
        assert_eq!((applied, skipped[&Reason::Refused], failed), (0, 4, 0));
        assert_eq!(locked(&home.kit.offered).len(), 3, "nothing is asked again");
        home.kit.go_wrong(None);
        home.system = "27.0";
        assert_eq!(came_of(&home.sync().expect("a sync")).0, 4, "another macOS may take it");
    }
}

#[test]
fn what_a_person_takes_in_is_asked_about_and_brings_the_others_along() {
    let home = Household::new(false, &[]);
    home.put("DSC_1.DNG", &raw(1, "One"));
    home.put("DSC_2.DNG", &raw(2, "One"));
    home.kit.go_wrong(NO_DNG);
    home.sync().expect("a sync");
    let bytes = raw(2, "One");
    let photo = Identified { fingerprint: Fingerprint::of(&bytes), size: bytes.len() as u64, name: "DSC_2.DNG".into() };
    let mut ledger = Ledger::open(&home.data()).expect("a ledger");
    ledger.decide(&[photo], Some(Decision::TakeIn), support::clock()).expect("a decision");
    drop(ledger);
    let finished = home.sync().expect("a sync");
    assert_eq!(came_of(&finished), (0, refused(1), 1), "who asked is told what came of it");
    let words = finished.lines().find_map(|line| line.error).unwrap_or_default();
    assert!(words.contains("does not accept .dng files from Apple One") && words.contains("3302"), "{words}");
    home.kit.go_wrong(None);
    assert_eq!(came_of(&home.sync().expect("a sync")), (1, refused(1), 0));
    assert_eq!(came_of(&home.sync().expect("a sync")).0, 1, "one of them went in, so the format is taken");
}

#[test]
fn a_jpeg_goes_in_without_the_raw_that_is_refused() {
    let home = Household::new(false, &[]);
    home.put("DSC_1.JPG", &shot(1).jpeg(48, 32));
    home.put("DSC_1.DNG", &shot(1).dng(48, 32));
    home.kit.go_wrong(NO_DNG);
    assert_eq!(came_of(&home.sync().expect("a sync")), (0, refused(1), 0));
    assert_eq!(came_of(&home.sync().expect("a sync")), (1, refused(1), 0));
    assert_eq!(home.kept().concat(), [(ResourceRole::Photo, Fingerprint::of(&shot(1).jpeg(48, 32)))]);
}

#[test]
fn of_a_format_that_went_in_before_it_is_the_file_that_is_refused() {
    let home = Household::new(false, &[]);
    home.put("DSC_1.DNG", &raw(1, "One"));
    home.sync().expect("a sync");
    home.put("DSC_2.DNG", &raw(2, "One"));
    home.put("IMG_3.JPG", &shot(3).jpeg(48, 32));
    home.kit.go_wrong(Some(Fault::Refuses(&[".DNG", ".JPG"])));
    let finished = home.sync().expect("a sync");
    assert_eq!((came_of(&finished).0, came_of(&finished).2), (0, 2), "each is a failure of its own");
    home.kit.go_wrong(None);
    assert_eq!(came_of(&home.sync().expect("a sync")).0, 2);
}

#[test]
fn files_that_are_no_photo_together_are_not_offered() {
    let home = Household::new(false, &[]);
    home.put("DSC_1.JPG", &shot(1).jpeg(48, 32));
    home.put("DSC_1.DNG", &shot(1).dng(48, 32));
    home.kit.go_wrong(Some(Fault::TakesNoPairs));
    let finished = home.sync().expect("a sync");
    let words = finished.lines().find_map(|line| line.error).unwrap_or_default();
    assert!(words.contains("as one photo: DSC_1.JPG, DSC_1.DNG"), "{words}");
    assert_eq!(*locked(&home.kit.offered), [""; 0]);
}

/// Photos puts identifiers into one question to its database, which has a bound.
#[test]
fn an_album_is_filled_in_parts() {
    let home = Household::new(false, &[]);
    let mut library = support::photos(&home.kit, &home.data().join("nothing"), &home.data()).expect("a library");
    let album = library.ensure_album("Undone").expect("an album");
    let ids: Vec<AssetId> =
        (0..1200).map(|number| AssetId(format!("0A0B0C0D-0000-4000-8000-{number:012}").into())).collect();
    library.add_to_album(&album, &ids).expect("what is not there is passed over");
    assert_eq!(home.kit.most_at_once.load(Ordering::Relaxed), 500);
}
