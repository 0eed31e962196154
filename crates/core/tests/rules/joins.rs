//! A file that came after its photo, and a library that can still make one of both.

use photobridge_core::asset::AssetId;
use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo};
use photobridge_core::memory::Decision::{Join, LeaveOut};
use photobridge_core::plan::Fate;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source, video_asset};
use photobridge_testkit::world::Run;
use photobridge_testkit::{World, asset, photo};

fn pair() -> Source {
    photo("I.JPG").bytes("jpeg").with(AlternatePhoto, "I.DNG", "raw")
}

fn live() -> Source {
    photo("I.HEIC").bytes("still").live("X").with(PairedVideo, "I.MOV", "moving")
}

fn world(item: Source, assets: impl IntoIterator<Item = Library>) -> World {
    World::of([item], assets).ruled(|rules| rules.library.joins = true)
}

/// The photo that the file of this path becomes a part of, and the asset that it was until then.
fn joined(run: &Run, path: &str) -> Option<(String, Option<String>)> {
    let join = run.verdict(path).joins()?;
    let id = |id: &AssetId| id.0.to_string();
    Some((id(&join.photo), join.alone.as_ref().map(id)))
}

fn both() -> [Library; 2] {
    [asset("I.JPG", "jpeg"), asset("I.DNG", "raw")]
}

#[test]
fn what_is_apart_is_told_and_joined_when_somebody_says_so() {
    let run = world(pair(), both()).look();
    assert_eq!((run.reason("I.DNG"), joined(&run, "I.DNG")), (Some(Reason::SameBytes), None));
    let run = world(pair(), both()).decide("raw", Join).look();
    assert_eq!(run.imports(), ["I.DNG"]);
    assert_eq!(joined(&run, "I.DNG"), Some(("I.JPG".into(), Some("I.DNG".into()))));
    let run = world(pair(), both()).ruled(|rules| rules.joins = true).look();
    assert_eq!(joined(&run, "I.DNG"), Some(("I.JPG".into(), Some("I.DNG".into()))), "or the settings do");
}

#[test]
fn what_the_library_lacks_becomes_a_part_and_no_photo() {
    let run = world(pair(), [asset("I.JPG", "jpeg")]).look();
    assert_eq!((run.imports(), joined(&run, "I.DNG")), (vec!["I.DNG".to_owned()], None), "by itself it is a photo");
    let run = world(pair(), [asset("I.JPG", "jpeg")]).decide("raw", Join).look();
    assert_eq!(joined(&run, "I.DNG"), Some(("I.JPG".into(), None)));
    for assets in [vec![asset("I.HEIC", "still")], vec![asset("I.HEIC", "still"), video_asset("I.MOV", "moving")]] {
        let alone = assets.get(1).map(|_| "I.MOV".to_owned());
        let run = world(live(), assets.clone()).look();
        assert_eq!((run.reason("I.MOV"), joined(&run, "I.MOV")), (Some(Reason::OtherHalfOfImported), None));
        let run = world(live(), assets).decide("moving", Join).look();
        assert_eq!(joined(&run, "I.MOV"), Some(("I.HEIC".into(), alone)));
    }
}

#[test]
fn nothing_is_joined_that_is_more_than_the_file_or_has_no_place() {
    let edited = {
        let mut edited = asset("I.DNG", "raw");
        edited.asset.edited = true;
        edited
    };
    let trashed = asset("I.JPG", "jpeg").trashed();
    let cases = [
        vec![asset("I.JPG", "jpeg"), edited],
        vec![asset("I.JPG", "jpeg").with(AlternatePhoto, "another"), asset("I.DNG", "raw")],
        vec![trashed, asset("I.DNG", "raw")],
    ];
    for assets in cases {
        let run = world(pair(), assets).decide("raw", Join).look();
        assert!(run.plan.verdicts.iter().all(|verdict| verdict.joins().is_none()), "{:?}", run.plan);
    }
    let run = World::of([pair()], both()).decide("raw", Join).look();
    assert_eq!(run.imports(), [""; 0], "a library that cannot");
    let run = world(pair(), [asset("I.JPG", "jpeg")]).decide("raw", LeaveOut).ruled(|rules| rules.joins = true).look();
    assert_eq!(run.reason("I.DNG"), Some(Reason::LeftOut));
}

#[test]
fn of_two_raws_that_would_become_a_part_one_does() {
    let other = photo("b/I.JPG").bytes("jpeg").with(AlternatePhoto, "b/I.DNG", "the other");
    let mut world = World::of([pair(), other], [asset("I.JPG", "jpeg")]);
    world = world.ruled(|rules| (rules.library.joins, rules.joins) = (true, true));
    let run = world.look();
    assert_eq!(joined(&run, "I.DNG"), Some(("I.JPG".into(), None)));
    assert_eq!(joined(&run, "b/I.DNG"), None);
    assert!(matches!(run.verdict("b/I.DNG").fate, Fate::Import(_)), "it is a photo of its own");
}
