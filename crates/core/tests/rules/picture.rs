//! Rung 3: the same coded picture, about which other things are written.

use photobridge_core::asset::ResourceRole::AlternatePhoto;
use photobridge_core::matching::Rung;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo, video, video_asset};

const AT: &str = "2024-05-01T10:00:00";

fn held() -> Library {
    asset("IMG_1.JPG", "as it came").at(AT).pixels(4032, 3024).camera("Canon EOS R5")
}

fn tagged(path: &str) -> Source {
    photo(path).bytes("and then it was tagged").at(AT).pixels(4032, 3024).camera("Canon EOS R5")
}

fn coded(items: impl IntoIterator<Item = Source>, assets: impl IntoIterator<Item = Library>) -> World {
    World::of(items, assets).coded("as it came", 1).coded("and then it was tagged", 1)
}

#[test]
fn a_known_photo_that_was_tagged_and_moved_does_not_go_in_again() {
    let run = coded([tagged("sorted/2024-05.jpg")], [held()]).look();
    assert_eq!(run.reason("sorted/2024-05.jpg"), Some(Reason::SamePicture));
    assert_eq!(run.verdict("sorted/2024-05.jpg").evidence, Some(Evidence::Asset(0, Rung::Picture)));
    let run = coded([tagged("a.jpg")], [held()]).coded("as it came", 2).look();
    assert_eq!(run.imports(), ["a.jpg"], "a crop, or encoded anew");
}

#[test]
fn with_the_ledger_and_without_it_the_answer_is_one() {
    let before = || photo("IMG_1.JPG").bytes("as it came").at(AT).pixels(4032, 3024).camera("Canon EOS R5");
    let mut world = coded([before()], []);
    assert_eq!(world.sync().imports(), ["IMG_1.JPG"]);
    for path in ["sorted/a.jpg", "IMG_1.JPG"] {
        world.items = vec![tagged(path)];
        let mut forgotten = world.clone();
        forgotten.book = Default::default();
        assert_eq!(forgotten.look().reason(path), Some(Reason::SamePicture), "{path}: without");
        for _ in 0..2 {
            assert_eq!(world.sync().reason(path), Some(Reason::SamePicture), "{path}: with");
        }
    }
}

#[test]
fn only_where_words_allow_it_is_anything_read() {
    let asked =
        |item: Source, asset: Library| coded([item], [asset]).look().reason("a.jpg") == Some(Reason::SamePicture);
    assert!(asked(tagged("a.jpg"), held()));
    assert!(!asked(tagged("a.jpg").at("2024-05-01T10:00:01"), held()));
    assert!(!asked(tagged("a.jpg").pixels(100, 100), held()));
    assert!(!asked(tagged("a.jpg").camera("Canon EOS R6"), held()));
    let mut heic = held();
    heic.asset.original_name = "IMG_1.HEIC".into();
    assert!(!asked(tagged("a.jpg"), heic));
    let mut nameless = held();
    nameless.asset.camera = None;
    assert!(asked(tagged("a.jpg"), nameless), "what one side does not say contradicts nothing");
}

#[test]
fn raws_and_videos_too() {
    let raw = asset("IMG_1.DNG", "as it came").at(AT).pixels(4032, 3024);
    let run = coded([tagged("a.dng")], [raw]).look();
    assert_eq!(run.reason("a.dng"), Some(Reason::SamePicture));
    let movie = video_asset("IMG_1.MOV", "as it came").at(AT).pixels(1920, 1080);
    let run = coded([video("a.mov").bytes("and then it was tagged").at(AT).pixels(1920, 1080)], [movie]).look();
    assert_eq!(run.reason("a.mov"), Some(Reason::SamePicture));
}

#[test]
fn of_new_copies_with_other_words_one_goes_in() {
    let plain = photo("IMG_1.JPG").bytes("as it came").at(AT).pixels(4032, 3024).camera("Canon EOS R5");
    let mut world = coded([tagged("Sorted/IMG_1.JPG"), plain], []);
    let run = world.sync();
    assert_eq!(run.imports(), ["IMG_1.JPG"]);
    assert_eq!(run.reason("Sorted/IMG_1.JPG"), Some(Reason::SamePicture));
    assert_eq!(run.verdict("Sorted/IMG_1.JPG").evidence, Some(Evidence::Item(1)));
    let run = world.look();
    assert_eq!(run.reason("Sorted/IMG_1.JPG"), Some(Reason::SamePicture));
}

#[test]
fn what_only_one_copy_has_is_not_lost_with_it() {
    let pair = tagged("Sorted/IMG_1.JPG").with(AlternatePhoto, "Sorted/IMG_1.DNG", "the raw");
    let plain = photo("IMG_1.JPG").bytes("as it came").at(AT).pixels(4032, 3024).camera("Canon EOS R5");
    let run = coded([plain, pair], []).look();
    assert_eq!(run.imports(), ["Sorted/IMG_1.JPG + Sorted/IMG_1.DNG"], "the one with the most files");
}

#[test]
fn it_is_not_exported_beside_what_is_written_otherwise() {
    let mut world = coded([tagged("a.jpg")], [held()]).exporting(|_| {});
    for _ in 0..2 {
        assert_eq!(world.sync().departure("IMG_1.JPG"), Err(Reason::SamePicture));
    }
    world.items.clear();
    assert_eq!(world.look().departure("IMG_1.JPG"), Err(Reason::DeletedInFolder));
}
