//! Rung 3: the same coded picture, about which other things are written.

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo};
use photobridge_core::matching::Rung;
use photobridge_core::memory::Decision;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_media::capture::CaptureSource;
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

const RATED: [&str; 3] = ["rated once ", "rated again, and so", "rated a third time, and so longer"];

/// A pair as it came, and with a RAW that was tagged.
fn pair(raw: &str) -> Source {
    let jpeg = photo("IMG_1.JPG").bytes("jpeg").at(AT).pixels(4032, 3024).camera("Canon EOS R5");
    jpeg.with(AlternatePhoto, "IMG_1.DNG", raw)
}

/// All that is told of tagging is coded as the raw, or as the movie.
fn rated(items: impl IntoIterator<Item = Source>, assets: impl IntoIterator<Item = Library>, was: &str) -> World {
    let world = World::of(items, assets).coded(was, 7).exporting(|_| {});
    RATED.into_iter().fold(world, |world, bytes| world.coded(bytes, 7))
}

#[test]
fn a_raw_that_was_tagged_beside_its_photo_is_the_same_picture_each_time() {
    let mut world = rated([pair("raw")], [], "raw");
    assert_eq!(world.sync().imports(), ["IMG_1.JPG + IMG_1.DNG"]);
    for raw in RATED {
        world.items = vec![pair(raw)];
        let mut forgotten = world.clone();
        forgotten.book = Default::default();
        for mut world in [forgotten, world.clone()] {
            let run = world.sync();
            assert_eq!((run.imports(), run.reason("IMG_1.DNG")), (vec![], Some(Reason::SamePicture)), "{raw}");
            assert_eq!(run.verdict("IMG_1.DNG").evidence, Some(Evidence::Asset(0, Rung::Picture)), "{raw}");
            assert!(run.departure("imported 1").is_err(), "{raw}");
            assert_eq!(run.stays("imported 1", AlternatePhoto), None, "{raw}: it lies in the folder");
            assert_eq!(world.sync().reason("IMG_1.DNG"), Some(Reason::SamePicture), "{raw}: and again");
        }
        world.sync();
    }
    let taken = world.clone().decide(RATED[2], Decision::TakeIn).look();
    assert_eq!(taken.imports(), ["IMG_1.DNG"], "a person says so");
    world.assets.clear();
    assert_eq!(world.sync().imports(), [""; 0], "deleted in Photos with its photo");
    let other = rated([pair("another raw")], [asset("IMG_1.JPG", "jpeg").at(AT).with(AlternatePhoto, "raw")], "raw");
    assert_eq!(other.coded("another raw", 8).look().imports(), ["IMG_1.DNG"], "a crop, or encoded anew");
}

#[test]
fn a_raw_that_was_tagged_is_known_whatever_it_is_in_the_library() {
    let alone = || asset("IMG_1.DNG", "raw").at(AT);
    let mut world = rated([pair(RATED[0])], [asset("IMG_1.JPG", "jpeg").at(AT), alone()], "raw");
    for _ in 0..2 {
        let run = world.sync();
        assert_eq!((run.imports(), run.reason("IMG_1.DNG")), (vec![], Some(Reason::SamePicture)));
        assert_eq!(run.departure("IMG_1.DNG"), Err(Reason::SamePicture));
    }
    let raw = photo("IMG_1.DNG").bytes(RATED[0]).at(AT);
    let mut world = rated([raw], [asset("IMG_1.JPG", "jpeg").at(AT).with(AlternatePhoto, "raw")], "raw");
    for _ in 0..2 {
        let run = world.sync();
        assert_eq!(run.reason("IMG_1.DNG"), Some(Reason::SamePicture));
        assert_eq!(run.departure("IMG_1.JPG"), Ok(vec!["IMG_1.JPG".to_owned()]), "what the folder lacks");
    }
}

#[test]
fn a_live_photo_whose_movie_was_tagged_is_whole() {
    let live = |movie: &str| {
        let still = photo("IMG_1.HEIC").bytes("still").at(AT).pixels(4032, 3024).live("X");
        still.with(PairedVideo, "IMG_1.MOV", movie)
    };
    let mut world = rated([live("movie")], [], "movie");
    world.sync();
    for movie in RATED {
        world.items = vec![live(movie)];
        let mut forgotten = world.clone();
        forgotten.book = Default::default();
        for mut world in [forgotten, world.clone()] {
            let run = world.sync();
            assert_eq!((run.imports(), run.reason("IMG_1.MOV")), (vec![], Some(Reason::SamePicture)), "{movie}");
            assert_eq!(run.stays("imported 1", PairedVideo), None, "{movie}: it lies in the folder");
            assert!(run.departure("imported 1").is_err(), "{movie}");
        }
        world.sync();
    }
}

#[test]
fn a_picture_without_a_date_is_tagged_and_does_not_go_in_again() {
    for source in [CaptureSource::FileTime, CaptureSource::FileName, CaptureSource::Xmp] {
        let shot = |path: &str, bytes: &str, at: &str| photo(path).bytes(bytes).dated(at, source).pixels(750, 1334);
        let mut world = rated([shot("a.png", "as it came", AT)], [], "as it came");
        world.sync();
        for (bytes, at) in RATED.into_iter().zip(["2024-06-01T09:00:00", "2024-06-02T09:00:00", "2024-06-03T09:00:00"])
        {
            world.items = vec![shot("a.png", bytes, at)];
            let run = world.sync();
            assert_eq!((run.imports(), run.reason("a.png")), (vec![], Some(Reason::SamePicture)), "{source:?}");
            assert_eq!(run.departure("imported 1"), Err(Reason::SamePicture), "{source:?}");
            let run = world.sync();
            assert_eq!(run.departure("imported 1"), Err(Reason::ImportedByUs), "{source:?}: as what came from there");
        }
        world.items = vec![shot("a.png", "cropped and so on", AT)];
        let run = world.clone().coded("cropped and so on", 8).look();
        assert_ne!(run.reason("a.png"), Some(Reason::SamePicture), "{source:?}: a crop, or encoded anew");
    }
}

#[test]
fn a_tagged_copy_of_an_undated_picture_is_found_by_its_measures() {
    let undated = |path: &str, bytes: &str| photo(path).bytes(bytes).pixels(750, 1334);
    let held = || asset("b.png", "as it came").at(AT).pixels(750, 1334);
    let reason = |item: Source, asset: Library| rated([item], [asset], "as it came").look().reason("sub/a.png");
    assert_eq!(reason(undated("sub/a.png", RATED[0]), held()), Some(Reason::SamePicture));
    let by_name = undated("sub/a.png", RATED[0]).dated("2020-01-01T00:00:00", CaptureSource::FileName);
    assert_eq!(reason(by_name, held()), Some(Reason::SamePicture));
    assert_eq!(reason(undated("sub/a.png", RATED[0]).pixels(1334, 750), held()), Some(Reason::SamePicture), "turned");
    assert_eq!(reason(undated("sub/a.png", RATED[0]), held().pixels(750, 1000)), None);
    assert_eq!(
        reason(undated("sub/a.png", RATED[0]).at("2020-01-01T00:00:00"), held()),
        None,
        "it says another second"
    );
    let mut undated_asset = held();
    undated_asset.asset.captured = None;
    assert_eq!(reason(undated("sub/a.png", RATED[0]).at(AT), undated_asset), Some(Reason::SamePicture));
    let mut jpeg = held();
    jpeg.asset.original_name = "b.jpg".into();
    assert_eq!(reason(undated("sub/a.png", RATED[0]), jpeg), None);
}

#[test]
fn of_ten_thousand_screenshots_each_is_read_once() {
    let number = 10_000;
    let items = (0..number).map(|at| photo(&format!("{at}.png")).bytes(&format!("item {at}")).pixels(750, 1334));
    let assets = (0..number).map(|at| asset(&format!("{at}.png"), &format!("an asset {at}")).pixels(750, 1334));
    let mut world = World::of(items, assets).coded("item 7", 1).coded("an asset 9000", 1);
    let began = std::time::Instant::now();
    let run = world.look();
    assert_eq!(run.reason("7.png"), Some(Reason::SamePicture));
    assert_eq!(run.imports().len(), number - 1);
    assert_eq!(run.facts.pictures.len(), 2 * number);
    assert!(began.elapsed() < std::time::Duration::from_secs(60), "{:?}", began.elapsed());
}
