//! A movie behind a picture is a half that a still alone does not have.

use photobridge_core::asset::ResourceRole::PairedVideo;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo};

const AT: &str = "2024-05-01T10:00:00";

fn item(path: &str, bytes: &str) -> Source {
    photo(path).bytes(bytes).at(AT).pixels(4, 3).camera("samsung Galaxy")
}

fn held(name: &str, bytes: &str) -> Library {
    asset(name, bytes).at(AT).pixels(4, 3).camera("samsung Galaxy")
}

fn seen(world: World) -> World {
    world.shows("motion", 50).shows("still", 50).moves("motion")
}

#[test]
fn a_motion_photo_is_not_the_same_shot_as_its_still_alone() {
    let mut world = seen(World::of([item("S.HEIC", "motion")], [held("S.JPG", "still")]));
    assert_eq!(world.sync().imports(), ["S.HEIC"]);
    assert_eq!(world.look().imports(), [""; 0]);
    let retagged = seen(World::of([item("S.JPG", "motion")], [held("S.JPG", "still")])).look();
    assert_eq!(retagged.imports(), ["S.JPG"], "nor in the same format");
    let mut unseen = World::of([item("S.HEIC", "motion")], [held("S.JPG", "still")]).shows("still", 50).moves("motion");
    assert_eq!(unseen.look().imports(), ["S.HEIC"], "also where it cannot be decoded");
}

#[test]
fn a_still_brings_nothing_that_its_motion_photo_lacks() {
    let run = seen(World::of([item("S.JPG", "still")], [held("S.HEIC", "motion")])).look();
    assert_eq!(run.reason("S.JPG"), Some(Reason::SameShot));
    let live = held("S.HEIC", "still").with(PairedVideo, "moving");
    let run = seen(World::of([item("S.JPG", "motion")], [live])).look();
    assert_eq!(run.reason("S.JPG"), Some(Reason::SameShot), "the library has the movie as it was shot");
    let both = held("S.HEIC", "motion too");
    let world = seen(World::of([item("S.JPG", "motion")], [both])).shows("motion too", 50).moves("motion too");
    assert_eq!({ world }.look().reason("S.JPG"), Some(Reason::SameShot));
}

#[test]
fn a_motion_photo_goes_out_where_the_folder_has_its_still_alone() {
    let world = |items: Vec<Source>, library: Library| seen(World::of(items, [library])).exporting(|_| {}).look();
    let run = world(vec![item("S.JPG", "still")], held("S.HEIC", "motion"));
    assert_eq!(run.departure("S.HEIC"), Ok(vec!["2024/05/S.HEIC".into()]));
    assert_eq!(run.reason("S.JPG"), Some(Reason::SameShot));
    let run = world(vec![item("S.JPG", "motion")], held("S.HEIC", "still"));
    assert_eq!(run.imports(), ["S.JPG"]);
}

#[test]
fn of_new_ones_the_motion_photo_goes_first() {
    let run = seen(World::of([item("S.HEIC", "still"), item("S.JPG", "motion")], [])).look();
    assert_eq!(run.imports(), ["S.JPG"]);
    assert_eq!(run.reason("S.HEIC"), Some(Reason::SameShot));
}
