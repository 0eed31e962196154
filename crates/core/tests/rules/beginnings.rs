//! A file of which the library holds only the beginning: it is said, nobody is given a second photo unasked, and the whole
//! one can be had.

use photobridge_core::memory::Decision;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Source, video_asset};
use photobridge_testkit::{World, asset, photo, video};

const AT: &str = "2024-05-01T10:00:00";

fn whole() -> Source {
    photo("a/IMG_1.JPG").bytes("half and the rest").at(AT)
}

fn half() -> Source {
    whole().bytes("half")
}

#[test]
fn with_a_ledger_and_without_it_is_said() {
    let mut known = World::of([half()], []);
    known.sync();
    known.items = vec![whole()];
    let mut lost = known.clone();
    lost.book = Default::default();
    let mut undated = known.clone();
    undated.items[0].item.files[0].header = None;
    for mut world in [known, lost, undated] {
        let run = world.look();
        assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::Completed), "{world:?}");
        assert_eq!(run.verdict("a/IMG_1.JPG").evidence, Some(Evidence::Beginning(0)));
    }
}

#[test]
fn taken_in_it_goes_once_and_nothing_more_is_said_of_it() {
    for forgets in [false, true] {
        let mut world = World::of([half()], []).exporting(|_| {});
        world.sync();
        world.items = vec![whole()];
        world.book.decide(b"half and the rest", Decision::TakeIn);
        assert_eq!(world.sync().imports(), ["a/IMG_1.JPG"]);
        if forgets {
            world.book = Default::default();
        }
        let run = world.look();
        assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::SameBytes));
        assert_eq!(run.departure("imported 1"), Err(Reason::Completed), "the half stays where it is, too");
        world.assets.remove(0);
        assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::SameBytes), "and can be deleted");
    }
}

#[test]
fn the_half_does_not_go_out_beside_the_whole() {
    let run = World::of([whole()], [asset("IMG_1.JPG", "half")]).exporting(|_| {}).look();
    assert_eq!((run.imports().len(), run.departure("IMG_1.JPG")), (0, Err(Reason::Completed)));
}

#[test]
fn a_movie_and_a_photo_under_another_name_in_the_library_are_no_other_case() {
    let movie = video("IMG_1.MOV").bytes("half and the rest");
    let mut world = World::of([movie], [video_asset("IMG_1.MOV", "half")]);
    assert_eq!(world.look().reason("IMG_1.MOV"), Some(Reason::Completed));
    let mut world = World::of([whole()], [asset("Sunset.JPG", "half").id("A")]).linked(&half(), "A");
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::Completed), "by its path");
    world.book = Default::default();
    assert_eq!(world.look().imports(), ["a/IMG_1.JPG"], "nothing tells that these two have to do with each other");
}

#[test]
fn what_is_still_arriving_waits() {
    let run = World::of([whole().truncated()], [asset("IMG_1.JPG", "half")]).look();
    assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::Truncated));
}

#[test]
fn a_copy_of_the_whole_is_no_new_photo() {
    let run = World::of([whole(), whole().moved("copy.JPG")], [asset("IMG_1.JPG", "half")]).look();
    assert_eq!(["a/IMG_1.JPG", "copy.JPG"].map(|path| run.reason(path)), [Some(Reason::Completed); 2]);
}

#[test]
fn a_copy_of_the_shot_that_is_remembered_leaves_the_whole_what_it_is() {
    let copy = || photo("IMG_1.HEIC").bytes("the same as HEIC").at(AT);
    let mut world = World::of([whole(), copy()], [asset("IMG_1.JPG", "half").id("A")]).linked(&copy(), "A");
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::Completed));
}

#[test]
fn an_edit_and_another_photo_are_what_they_were() {
    let edit = whole().bytes("HALF and the rest");
    let mut world = World::of([edit], [asset("IMG_1.JPG", "half").id("A")]).linked(&half(), "A");
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::ChangedInFolder));
    for other in [asset("IMG_2.JPG", "half"), asset("IMG_1.PNG", "half"), video_asset("IMG_1.JPG", "half")] {
        assert_eq!(World::of([whole()], [other]).look().imports(), ["a/IMG_1.JPG"]);
    }
    let shorter = World::of([half()], [asset("IMG_1.JPG", "half and the rest")]).look();
    assert_eq!(shorter.imports(), ["a/IMG_1.JPG"]);
}

#[test]
fn of_a_half_that_lies_in_the_trash_the_whole_is_a_photo_like_any_other() {
    let run = World::of([whole()], [asset("IMG_1.JPG", "half").trashed()]).look();
    assert_eq!(run.imports(), ["a/IMG_1.JPG"]);
}

#[test]
fn a_photo_of_another_moment_is_not_read_for_it() {
    let round = asset("IMG_1.JPG", "half").at("2019-01-01T10:00:00").camera("Canon");
    let run = World::of([whole()], [round]).look();
    assert_eq!(run.imports(), ["a/IMG_1.JPG"]);
    assert!(run.facts.beginnings.is_empty());
}

/// Of what the library holds only the beginning lies in the folder yet: the rest is on its way there.
#[test]
fn the_whole_does_not_go_out_beside_its_half() {
    let of_library = || asset("IMG_1.JPG", "half and the rest");
    let cut = || half().truncated();
    let run = World::of([cut()], [of_library()]).exporting(|_| {}).look();
    assert_eq!(
        (run.reason("a/IMG_1.JPG"), run.departure("IMG_1.JPG")),
        (Some(Reason::Truncated), Err(Reason::Truncated))
    );
    let run = World::of([whole()], [of_library()]).exporting(|_| {}).look();
    assert_eq!(run.departure("IMG_1.JPG"), Err(Reason::SameBytes), "once it is there");
    let run = World::of([cut()], [of_library()]).exporting(|_| {}).decide("half", Decision::TakeIn).look();
    let is_out = run.departure("IMG_1.JPG").is_ok();
    assert_eq!(
        (run.imports(), is_out),
        (vec!["a/IMG_1.JPG".into()], true),
        "a half that is taken in is one of its own"
    );
    let run = World::of([cut().bytes("have")], [of_library()]).exporting(|_| {}).look();
    assert!(run.departure("IMG_1.JPG").is_ok(), "another beginning");
    let run = World::of([half()], [of_library()]).exporting(|_| {}).look();
    assert!(run.departure("IMG_1.JPG").is_ok(), "it does not end too early");
}
