//! What `both` wrote is one photo for any other library, too: the original and `_edited` beside it.

use photobridge_core::asset::ResourceRole::PairedVideo;
use photobridge_core::memory::Decision;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::Source;
use photobridge_testkit::{World, asset, photo, video};

const AT: &str = "2024-05-01T10:00:00";

fn original() -> Source {
    photo("2024/IMG_1.HEIC").bytes("as taken").at(AT)
}

fn edit() -> Source {
    photo("2024/IMG_1_edited.jpeg").bytes("black and white").at(AT)
}

#[test]
fn the_original_goes_and_the_edit_is_named() {
    let mut world = World::of([original(), edit()], []);
    for _ in 0..2 {
        let run = world.sync();
        assert_eq!(run.reason("2024/IMG_1_edited.jpeg"), Some(Reason::EditedVersionOf));
        assert_eq!(run.verdict("2024/IMG_1_edited.jpeg").evidence, Some(Evidence::Item(0)));
        assert_eq!(world.assets.len(), 1);
        world.book = Default::default();
    }
    world.book.decide(b"black and white", Decision::TakeIn);
    assert_eq!(world.sync().imports(), ["2024/IMG_1_edited.jpeg"]);
    assert_eq!(world.look().reason("2024/IMG_1_edited.jpeg"), Some(Reason::SameBytes));
}

#[test]
fn a_later_edit_a_movie_and_a_live_photo_are_no_other_case() {
    let later = edit().moved("2024/IMG_1_edited (2).jpeg");
    assert_eq!(World::of([original(), later], []).look().imports(), ["2024/IMG_1.HEIC"]);
    let movies = ["IMG_2.MOV", "IMG_2_edited.mov"].map(|name| video(name).bytes(name).at(AT));
    assert_eq!(World::of(movies, []).look().imports(), ["IMG_2.MOV"]);
    let live = |item: Source, movie: &str| item.with(PairedVideo, movie, movie);
    let run = World::of([live(original(), "2024/IMG_1.MOV"), live(edit(), "2024/IMG_1_edited.mov")], []).look();
    assert_eq!(run.imports(), ["2024/IMG_1.HEIC + 2024/IMG_1.MOV"]);
    assert_eq!(&*run.verdict("2024/IMG_1_edited.jpeg").shared, [1], "no file without a word");
}

#[test]
fn an_edit_whose_photo_is_not_there_goes_itself() {
    assert_eq!(World::of([edit()], []).look().imports(), ["2024/IMG_1_edited.jpeg"]);
    for photo in [
        original().excluded(),
        original().truncated(),
        original().moved("2023/IMG_1.HEIC"),
        original().moved("2024/IMG_10.HEIC"),
        original().folder(2),
    ] {
        let mut world = World::of([photo, edit()], []);
        assert!(world.look().imports().contains(&"2024/IMG_1_edited.jpeg".to_owned()), "{world:?}");
    }
    let mut left_out = World::of([original(), edit()], []).decide("as taken", Decision::LeaveOut);
    assert_eq!(left_out.look().imports(), ["2024/IMG_1_edited.jpeg"]);
    let another = original().at("2019-01-01T10:00:00");
    assert_eq!(World::of([another, edit()], []).look().imports().len(), 2, "IMG_1 comes round");
}

#[test]
fn the_edit_that_the_library_has_is_known_by_its_bytes() {
    use photobridge_core::asset::ResourceRole::RenderedPhoto;
    let edited = asset("IMG_1.HEIC", "as taken").with(RenderedPhoto, "black and white");
    let run = World::of([original(), edit()], [edited]).look();
    assert_eq!(run.reason("2024/IMG_1_edited.jpeg"), Some(Reason::SameBytes));
}
