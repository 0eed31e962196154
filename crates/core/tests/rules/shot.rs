//! Rung 4: the same shot, by words alone where nothing can be looked at, and by what both show.

use photobridge_core::asset::{MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::matching::Rung;
use photobridge_core::memory::Decision::TakeIn;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_media::capture::CaptureSource;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo, video};

const AT: &str = "2024-05-01T10:00:00";
const LATER: &str = "2024-05-01T10:00:01";

fn heic() -> Library {
    asset("IMG_1.HEIC", "the original").at(AT).pixels(4032, 3024).camera("Apple iPhone 13")
}

fn jpeg(path: &str) -> Source {
    photo(path).bytes(path).at(AT).pixels(4032, 3024).camera("Apple iPhone 13")
}

fn is_same(item: Source, asset: Library) -> bool {
    let path = item.item.to_string();
    match World::of([item], [asset]).look().reason(&path) {
        Some(Reason::SameShot) => true,
        None => false,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_converted_copy_is_the_same_shot() {
    let run = World::of([jpeg("other name.jpg")], [heic()]).look();
    assert_eq!(run.reason("other name.jpg"), Some(Reason::SameShot));
    assert_eq!(run.verdict("other name.jpg").evidence, Some(Evidence::Asset(0, Rung::ShotByWords)));
}

#[test]
fn equal_ones_on_a_side_are_one_photo() {
    let twice = || [heic().id("first"), heic().id("second")];
    let run = World::of([jpeg("a.jpg")], twice()).exporting(|_| {}).look();
    assert_eq!(run.reason("a.jpg"), Some(Reason::SameShot));
    assert_eq!([run.departure("first"), run.departure("second")], [const { Err(Reason::SameShot) }; 2]);
    let copies = || [jpeg("a.jpg").bytes("jpeg"), jpeg("b.jpg").bytes("jpeg")];
    let run = World::of(copies(), twice()).look();
    assert_eq!([run.reason("a.jpg"), run.reason("b.jpg")], [Some(Reason::SameShot); 2]);
    let mut another = heic().id("another");
    another.asset.resources[0].fingerprint = Some(Fingerprint::of(b"the next frame"));
    let run = World::of(copies(), [heic(), another]).look();
    assert_eq!(run.imports(), ["a.jpg"], "two that differ are no match");
}

#[test]
fn stills_only() {
    let mut movie = video("a.mov").at(AT).pixels(4032, 3024).camera("Apple iPhone 13");
    movie.item.files[0].path = "a.mp4".into();
    assert!(!is_same(movie, heic()));
    let mut asset = heic();
    asset.asset.kind = MediaKind::Video;
    asset.asset.original_name = "IMG_1.MOV".into();
    asset.asset.resources[0].role = ResourceRole::Video;
    assert!(!is_same(jpeg("a.jpg"), asset));
}

#[test]
fn never_raw() {
    assert!(!is_same(jpeg("IMG_1.DNG"), heic()));
    let mut raw = heic();
    raw.asset.original_name = "IMG_1.CR3".into();
    assert!(!is_same(jpeg("a.jpg"), raw));
}

#[test]
fn the_formats_must_differ_unless_one_is_the_rendition() {
    assert!(!is_same(jpeg("a.heic"), heic()));
    assert!(!is_same(jpeg("a.HEIF"), heic()), "one format under two names");
}

#[test]
fn a_rendition_is_told_from_the_next_frame_by_its_name_its_crop_or_the_fraction() {
    let edited = || heic().edited(4032, 3024);
    for name in ["IMG_1.heic", "IMG_1_edited.heic", "img_e1.HEIC", "IMG_1 (2).heic"] {
        assert!(is_same(jpeg(name), edited()), "{name}");
    }
    for name in ["IMG_2.heic", "IMG_11.heic", "IMG_E11.heic", "a.heic"] {
        assert!(!is_same(jpeg(name), edited()), "{name}: it may be the next frame");
    }
    assert!(is_same(jpeg("a.heic").pixels(3000, 3000), heic().edited(3000, 3000)));
    let at = "2024-05-01T10:00:00.5";
    assert!(is_same(jpeg("a.heic").at(at), edited().at(at)));
    assert!(!is_same(jpeg("a.heic").at(at), edited()), "one of them knows no fraction");
}

#[test]
fn a_name_that_tells_no_format_tells_no_other_format() {
    for name in ["IMG_1", "", "IMG_1.unknown"] {
        let mut nameless = heic();
        nameless.asset.original_name = name.into();
        assert!(!is_same(jpeg("a.jpg"), nameless), "{name}");
    }
}

#[test]
fn the_pixels_must_be_as_many_whichever_way_up() {
    assert!(is_same(jpeg("a.jpg").pixels(3024, 4032), heic()));
    assert!(!is_same(jpeg("a.jpg").pixels(2016, 1512), heic()), "a smaller copy never stands for the larger one");
    assert!(!is_same(jpeg("a.jpg").pixels(8064, 6048), heic()));
    assert!(!is_same(jpeg("a.jpg").pixels(4032, 3023), heic()));
    let mut unknown = jpeg("a.jpg");
    unknown.header().pixels = None;
    assert!(!is_same(unknown.clone(), heic()));
    let mut both = heic();
    both.asset.pixels = None;
    assert!(!is_same(unknown, both), "unknown equals nothing");
}

#[test]
fn the_current_rendition_counts_if_there_is_one() {
    let cropped = || jpeg("a.jpg").pixels(3000, 3000);
    assert!(is_same(cropped(), heic().edited(3000, 3000)));
    assert!(!is_same(cropped(), heic().edited(2000, 2000)));
    let mut unedited = heic().edited(3000, 3000);
    unedited.asset.edited = false;
    assert!(!is_same(cropped(), unedited));
}

#[test]
fn the_camera_must_be_the_same_and_known() {
    assert!(!is_same(jpeg("a.jpg").camera("Apple iPhone 14"), heic()));
    let mut unknown = jpeg("a.jpg");
    unknown.header().camera = None;
    let mut nor_here = heic();
    nor_here.asset.camera = None;
    assert!(!is_same(unknown.clone(), heic()));
    assert!(!is_same(unknown, nor_here));
}

#[test]
fn the_second_must_be_the_same_and_the_fraction_where_both_know_it() {
    assert!(!is_same(jpeg("a.jpg").at(LATER), heic()));
    let fine = |time| heic().at(time);
    let item = || jpeg("a.jpg").at("2024-05-01T10:00:00.86");
    assert!(is_same(item(), fine("2024-05-01T10:00:00.86")));
    assert!(is_same(item(), fine("2024-05-01T10:00:00.086")));
    assert!(is_same(item(), heic()));
    assert!(!is_same(item(), fine("2024-05-01T10:00:00.87")));
}

#[test]
fn the_cameras_own_time_comes_before_the_one_that_people_set() {
    assert!(is_same(jpeg("a.jpg"), heic().at("1999-01-01T00:00:00").camera_time(AT)));
    assert!(!is_same(jpeg("a.jpg"), heic().at(AT).camera_time(LATER)));
}

#[test]
fn only_a_time_that_the_camera_wrote_counts() {
    use CaptureSource::{Exif, FileName, FileTime, Gps, MovieHeader, Xmp};
    for source in [FileName, FileTime, Gps, MovieHeader, Xmp] {
        assert!(!is_same(jpeg("a.jpg").dated(AT, source), heic()), "{source:?}");
    }
    assert!(is_same(jpeg("a.jpg").dated(AT, Exif), heic()));
}

#[test]
fn half_a_file_says_nothing() {
    let run = World::of([jpeg("a.jpg").truncated()], [heic()]).look();
    assert_eq!(run.reason("a.jpg"), Some(Reason::Truncated));
}

#[test]
fn a_burst_of_ten_is_no_match() {
    let items = (0..10).map(|n| jpeg(&format!("burst {n}.jpg")));
    let assets = (0..10).map(|n| heic().id(&format!("{n}")));
    assert_eq!(World::of(items, assets).look().imports().len(), 10);
}

#[test]
fn exactly_one_item_and_one_asset_must_answer() {
    assert_eq!(World::of([jpeg("a.jpg"), jpeg("bb.png")], [heic()]).look().imports().len(), 2, "two items");
    let two = [heic(), asset("IMG_2.HEIC", "another").at(AT).pixels(4032, 3024).camera("Apple iPhone 13")];
    assert_eq!(World::of([jpeg("a.jpg")], two.clone()).look().imports().len(), 1, "two assets");
    // a.jpg answers both assets; b.heic, a rendition, only the edited one.
    let edited = [two[0].clone(), two[1].clone().edited(4032, 3024)];
    assert_eq!(World::of([jpeg("a.jpg"), jpeg("bb.heic")], edited).look().imports().len(), 2, "crosswise");
}

#[test]
fn what_has_a_match_by_bytes_answers_like_the_other() {
    let taken = asset("IMG_2.HEIC", "by bytes").at(AT).pixels(4032, 3024).camera("Apple iPhone 13");
    let bytes = jpeg("b.heic").bytes("by bytes");
    // Which of the two it is can only be seen: that one of them is known already says nothing.
    let world = || World::of([jpeg("a.jpg"), bytes.clone()], [heic(), taken.clone()]);
    assert_eq!(world().look().reason("a.jpg"), None);
    let run = world().shows("a.jpg", 50).shows("the original", 52).shows("by bytes", 90).look();
    assert_eq!(run.reason("b.heic"), Some(Reason::SameBytes));
    assert_eq!(run.reason("a.jpg"), Some(Reason::SameShot));
    assert_eq!(run.verdict("a.jpg").evidence, Some(Evidence::Asset(0, Rung::Shot)));
}

#[test]
fn a_shot_in_the_bin_does_not_come_back() {
    let run = World::of([jpeg("a.jpg")], [heic().trashed()]).look();
    assert_eq!(run.reason("a.jpg"), Some(Reason::DeletedInPhotos));
}

#[test]
fn of_a_pair_that_a_person_parted_each_goes_its_way_at_once() {
    let world = || World::of([jpeg("a.jpg").bytes("jpeg")], [heic()]).exporting(|_| {});
    assert_eq!(world().look().departure("IMG_1.HEIC"), Err(Reason::SameShot));
    let run = world().decide("jpeg", TakeIn).look();
    assert_eq!(run.imports(), ["a.jpg"]);
    assert_eq!(run.departure("IMG_1.HEIC"), Ok(vec!["2024/05/IMG_1.HEIC".to_owned()]));
}

/// The fraction of a second that a phone writes.
const FINE: &str = "2024-05-01T10:00:00.86";

fn seen(items: impl IntoIterator<Item = Source>, assets: impl IntoIterator<Item = Library>) -> World {
    World::of(items, assets).shows("the original", 100)
}

#[test]
fn the_picture_decides() {
    let at = |level| seen([jpeg("a.jpg")], [heic()]).shows("a.jpg", level).look();
    for near in [96, 100, 104] {
        assert_eq!(at(near).reason("a.jpg"), Some(Reason::SameShot));
        assert_eq!(at(near).verdict("a.jpg").evidence, Some(Evidence::Asset(0, Rung::Shot)));
    }
    for far in [95, 105] {
        assert_eq!(at(far).imports(), ["a.jpg"], "{far}");
    }
}

#[test]
fn a_smaller_copy_of_the_same_format_is_the_same_shot_if_the_second_or_the_name_tells() {
    let world = |name: &str, when: &str| {
        let mut jpeg_asset = heic().at(when);
        jpeg_asset.asset.original_name = "IMG_1.JPG".into();
        seen([jpeg(name).bytes("saver").at(when)], [jpeg_asset]).shows("saver", 102).look().reason(name)
    };
    assert_eq!(world("any.jpg", FINE), Some(Reason::SameShot));
    assert_eq!(world("saver/IMG_1.JPG", AT), Some(Reason::SameShot));
    assert_eq!(world("IMG_2.JPG", AT), None, "the next frame may look the same");
    assert_eq!(world("IMG_2.JPG", "2024-05-01T10:00:00.0"), None, "a camera that always writes zeros");
}

#[test]
fn neither_the_order_nor_what_is_linked_decides() {
    let copies = || [jpeg("a.jpg").at(FINE), jpeg("b.png").at(FINE)];
    let near = |world: World| world.shows("a.jpg", 101).shows("b.png", 99).exporting(|_| {});
    let both = [Some(Reason::SameShot); 2];
    // Two converted copies of what the library holds, and of what lies in the folder, too.
    let run = near(seen(copies(), [heic().at(FINE)])).look();
    assert_eq!([run.reason("a.jpg"), run.reason("b.png")], both);
    let original = photo("IMG_1.HEIC").bytes("the original").at(FINE).pixels(4032, 3024).camera("Apple iPhone 13");
    let three = [vec![original], copies().to_vec()].concat();
    let run = near(seen(three.clone(), [heic().at(FINE)])).look();
    assert_eq!([run.reason("a.jpg"), run.reason("b.png")], both);
    assert_eq!(run.reason("IMG_1.HEIC"), Some(Reason::SameBytes));
    // The converted one came first and is an asset; then the phone's own arrives on either side.
    let first = asset("a.jpg", "a.jpg").at(FINE).pixels(4032, 3024).camera("Apple iPhone 13");
    let run = near(seen([three[0].clone()], [first.clone()])).look();
    assert_eq!(run.reason("IMG_1.HEIC"), Some(Reason::SameShot));
    let mut world = near(seen([copies()[0].clone()], [first, heic().at(FINE)]));
    for _ in 0..2 {
        let run = world.look();
        assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::SameShot), "its shot lies in the folder");
        assert_eq!(run.reason("a.jpg"), Some(Reason::SameBytes));
        world.sync();
    }
}

#[test]
fn of_new_ones_that_show_the_same_one_is_carried() {
    let copies = [jpeg("b.png").at(FINE), jpeg("a.jpg").at(FINE), jpeg("IMG_1.HEIC").at(FINE)];
    let world = || {
        let world = World::of(copies.clone(), []).shows("a.jpg", 101).shows("b.png", 99);
        world.shows("IMG_1.HEIC", 100)
    };
    let run = world().look();
    assert_eq!(run.imports(), ["IMG_1.HEIC"], "what the phone wrote");
    assert_eq!([run.reason("a.jpg"), run.reason("b.png")], [Some(Reason::SameShot); 2]);
    assert_eq!(run.verdict("a.jpg").evidence, Some(Evidence::Item(2)));
    let mut taken = world().decide("a.jpg", TakeIn);
    assert_eq!(taken.sync().imports(), ["a.jpg", "IMG_1.HEIC"]);
    assert_eq!(taken.look().imports(), [""; 0]);
    assert_eq!(World::of(copies.clone(), []).look().imports().len(), 3, "nothing can be looked at");
    assert_eq!(world().shows("a.jpg", 150).look().imports(), ["a.jpg", "IMG_1.HEIC"], "another picture");
    let mut excluded = world();
    excluded.items[2] = excluded.items[2].clone().excluded();
    assert_eq!(excluded.look().imports(), ["a.jpg"], "what stays stands for nothing");
}

#[test]
fn a_converted_copy_of_a_photo_that_was_deleted_is_deleted_with_it() {
    let original = || jpeg("IMG_1.HEIC").at(FINE);
    let converted = || jpeg("a.jpg").at(FINE);
    let copies = || [original(), converted(), jpeg("IMG_1 copy.jpg").bytes("a.jpg").at(FINE), jpeg("b.png").at(FINE)];
    let world = || {
        let world = World::of(copies(), []).linked(&original(), "gone").shows("IMG_1.HEIC", 100).shows("a.jpg", 101);
        world.shows("b.png", 99)
    };
    let run = world().look();
    for path in ["IMG_1.HEIC", "a.jpg", "IMG_1 copy.jpg", "b.png"] {
        assert_eq!(run.reason(path), Some(Reason::DeletedInPhotos), "{path}");
    }
    assert_eq!(world().decide("a.jpg", TakeIn).look().imports(), ["a.jpg"], "a person may say otherwise");
    assert_eq!(world().shows("b.png", 150).look().imports(), ["b.png"], "another picture");
    let tagged = jpeg("IMG_1.HEIC").bytes("tagged").at(FINE);
    let run = World::of([tagged, converted()], []).linked(&original(), "gone").shows("tagged", 100).shows("a.jpg", 101);
    for path in ["IMG_1.HEIC", "a.jpg"] {
        assert_eq!(run.clone().look().reason(path), Some(Reason::DeletedInPhotos), "{path}, whose original was tagged");
    }
}

/// Two photos of the library, and a file of the folder that shows both: what a person deletes there was deleted of both.
#[test]
fn a_photo_that_stayed_because_a_file_showed_the_same_is_deleted_with_it() {
    let world = || {
        let file = jpeg("2024/IMG_1.HEIC").bytes("the original").at(FINE);
        let converted = asset("b.jpg", "converted").at(FINE).pixels(4032, 3024).camera("Apple iPhone 13");
        let mut world = World::of([file], [heic().at(FINE), converted]).exporting(|_| {});
        world = world.shows("the original", 100).shows("converted", 101);
        let run = world.sync();
        assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::SameBytes));
        assert_eq!(run.departure("b.jpg"), Err(Reason::SameShot));
        world.items.clear();
        world
    };
    let run = world().sync();
    assert_eq!([run.departure("IMG_1.HEIC"), run.departure("b.jpg")], [const { Err(Reason::DeletedInFolder) }; 2]);
    let run = world().decide("converted", TakeIn).look();
    assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::DeletedInFolder));
    assert!(run.departure("b.jpg").is_ok(), "a person may say otherwise");
    let mut unseen = world();
    unseen.book = Default::default();
    assert!(unseen.look().departure("b.jpg").is_ok(), "nobody knows any more that it lay there");
}

/// Nothing tells two undated pictures of one look apart, whatever they are called: both go in, together or one after the other.
#[test]
fn what_has_no_date_is_no_shot_whatever_it_is_called() {
    let scan = |path: &str| photo(path).bytes(path).pixels(4032, 3024);
    let both = || [scan("a/scan.jpg"), scan("a/scan.png")];
    let run = seen(both(), []).shows("a/scan.jpg", 50).shows("a/scan.png", 50).look();
    assert_eq!(run.imports(), ["a/scan.jpg", "a/scan.png"]);
    let held = asset("scan.png", "a/scan.png").pixels(4032, 3024);
    let run = seen(both(), [held]).shows("a/scan.jpg", 50).shows("a/scan.png", 50).look();
    assert_eq!(run.imports(), ["a/scan.jpg"]);
}

/// A photo of the phone with another fraction, so that it is known to write them.
fn another(path: &str) -> Source {
    jpeg(path).at("2024-05-02T11:00:00.25")
}

/// When a phone takes one photo in a thousand; the library writes no fraction then.
const ON_THE_SECOND: &str = "2024-05-01T10:00:00.0";

#[test]
fn a_fraction_of_zero_tells_where_the_camera_writes_others_too() {
    let held = |name: &str| asset(name, "the original").at(AT).pixels(4032, 3024).camera("Apple iPhone 13");
    let copy = || jpeg("copy.jpg").at(ON_THE_SECOND);
    let look = |items: Vec<Source>| seen(items, [held("IMG_1.JPG")]).shows("copy.jpg", 100).look();
    assert_eq!(look(vec![copy(), another("a.jpg")]).reason("copy.jpg"), Some(Reason::SameShot));
    assert_eq!(look(vec![copy()]).reason("copy.jpg"), None, "a camera that may write zeros always");
    let stranger = another("a.jpg").camera("Google Pixel 8");
    assert_eq!(look(vec![copy(), stranger]).reason("copy.jpg"), None, "another camera tells nothing of this one");
    let often = || vec![copy(), another("a.jpg"), jpeg("b.jpg").at("2024-05-03T12:00:00.0")];
    assert_eq!(look(often()).reason("copy.jpg"), None, "zeros are more than chance makes");
    let many = (0..49).map(|n| another(&format!("{n}.jpg")));
    assert_eq!(look(often().into_iter().chain(many).collect()).reason("copy.jpg"), Some(Reason::SameShot));
    let other = seen([copy(), another("a.jpg")], [held("IMG_1.JPG")]).shows("copy.jpg", 150).look();
    assert_eq!(other.reason("copy.jpg"), None, "another picture");
    let without = seen([jpeg("copy.jpg"), another("a.jpg")], [held("IMG_1.JPG")]).shows("copy.jpg", 100).look();
    assert_eq!(without.reason("copy.jpg"), None, "no fraction is none");
}

#[test]
fn a_fraction_of_zero_tells_two_new_files_but_not_three() {
    let copies = |count: usize| (0..count).map(|n| jpeg(&format!("{n}.jpg")).at(ON_THE_SECOND));
    let look = |count: usize, more: Option<Source>| {
        let world = World::of(copies(count).chain(more), []);
        (0..count).fold(world, |world, n| world.shows(&format!("{n}.jpg"), 100)).look().imports().len()
    };
    assert_eq!(look(2, Some(another("a.jpg"))), 2, "one of both, and the other photo");
    assert_eq!(look(2, None), 2, "a camera that may write zeros always");
    assert_eq!(look(3, Some(another("a.jpg"))), 4, "they may be frames of a burst");
}

#[test]
fn the_next_frame_of_a_second_that_began_stays_apart() {
    // The first frame lies on both sides, and two more come that look the same.
    let held = asset("0.jpg", "0.jpg").at(AT).pixels(4032, 3024).camera("Apple iPhone 13");
    let frames = (0..3).map(|n| jpeg(&format!("{n}.jpg")).at(ON_THE_SECOND)).chain([another("a.jpg")]);
    let all: Vec<Source> = frames.collect();
    for seen in [&all[..], &all[1..]] {
        let mut world = World::of(seen.iter().cloned(), [held.clone()]);
        for frame in ["0.jpg", "1.jpg", "2.jpg"] {
            world = world.shows(frame, 100);
        }
        assert_eq!(world.look().imports(), ["1.jpg", "2.jpg", "a.jpg"]);
    }
}

#[test]
fn a_burst_still_as_a_stone_stays_apart() {
    let frames = |when: fn(usize) -> String| (0..10).map(move |n| jpeg(&format!("IMG_{n}.JPG")).at(&when(n)));
    let same = |_| AT.to_owned();
    let fine = |n| format!("2024-05-01T10:00:00.{}5", n + 1);
    let still = |mut world: World| {
        for n in 0..10 {
            world = world.shows(&format!("IMG_{n}.JPG"), 100).shows(&format!("heic {n}"), 100);
        }
        world
    };
    assert_eq!(still(World::of(frames(same), [])).look().imports().len(), 10);
    assert_eq!(still(World::of(frames(fine), [])).look().imports().len(), 10);
    let heics = |when: fn(usize) -> String| {
        (0..10).map(move |n| {
            asset(&format!("IMG_9{n}.HEIC"), &format!("heic {n}"))
                .at(&when(n))
                .pixels(4032, 3024)
                .camera("Apple iPhone 13")
        })
    };
    assert_eq!(still(World::of(frames(same), heics(same))).look().imports().len(), 10, "any may be any");
    let run = still(World::of(frames(fine), heics(fine))).look();
    assert_eq!(run.imports(), [""; 0]);
    for n in 0..10 {
        let evidence = Some(Evidence::Asset(n, Rung::Shot));
        assert_eq!(run.verdict(&format!("IMG_{n}.JPG")).evidence, evidence, "the sub-second tells");
    }
    // One frame lies on both sides, and the next one comes.
    let held = asset("IMG_0.JPG", "IMG_0.JPG").at(AT).pixels(4032, 3024).camera("Apple iPhone 13");
    assert_eq!(still(World::of(frames(same).take(2), [held])).look().imports(), ["IMG_1.JPG"]);
}

#[test]
fn what_an_edit_is_called_or_went_through_is_never_the_same_shot() {
    let name = |name: &str| seen([jpeg(name).at(FINE)], [heic().at(FINE)]).shows(name, 100).look().reason(name);
    for edit in ["IMG_1-edited.jpg", "IMG_1~2.jpg", "IMG_1_edited.jpg", "IMG_1-bearbeitet.jpg", "IMG_E1.JPG"] {
        assert_eq!(name(edit), None, "{edit}");
        let by_words = World::of([jpeg(edit).at(FINE)], [heic().at(FINE)]).look();
        assert_eq!(by_words.imports(), [edit], "nor by words alone");
    }
    assert_eq!(name("IMG_1.jpg"), Some(Reason::SameShot));
    let by = |program| seen([jpeg("a.jpg")], [heic()]).shows("a.jpg", 100).written_by("a.jpg", program).look();
    assert_eq!(by("GIMP 2.10").imports(), ["a.jpg"]);
    assert_eq!(by("").reason("a.jpg"), Some(Reason::SameShot));
}

#[test]
fn the_edited_version_is_known_by_what_it_shows() {
    let edited = || heic().at(FINE).edited(4032, 3024).with(ResourceRole::RenderedPhoto, "the edit");
    let world = |name: &str, level| {
        let world = seen([jpeg(name).bytes("file").at(FINE)], [edited()]).shows("the edit", 180);
        world.shows("file", level).look().reason(name)
    };
    for (name, level, reason) in [
        ("a.jpg", 181, Some(Reason::SameShot)),
        ("a.jpg", 101, Some(Reason::SameShot)),
        ("a.jpg", 140, None),
        ("IMG_E1.JPG", 181, Some(Reason::SameShot)),
        ("IMG_E1.JPG", 101, None),
        ("IMG_1_edited.jpg", 140, None),
    ] {
        assert_eq!(world(name, level), reason, "{name} {level}");
    }
}
