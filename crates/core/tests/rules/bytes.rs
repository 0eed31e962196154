//! Rung 1: the same bytes.

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo, Photo, RenderedPhoto, RenderedVideo};
use photobridge_core::asset::Whereabouts;
use photobridge_core::item::{FileRef, Trouble};
use photobridge_core::matching::{Absence, Rung};
use photobridge_core::plan::{Evidence, ExportFate, Fate};
use photobridge_core::reason::Reason;
use photobridge_testkit::{World, asset, photo, video, video_asset};

#[test]
fn an_original_is_known_by_its_bytes_under_any_name() {
    let mut world = World::of([photo("a/IMG_1.JPG").bytes("dawn")], [asset("other.png", "dawn")]);
    let run = world.look();
    assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::SameBytes));
    assert_eq!(run.verdict("a/IMG_1.JPG").evidence, Some(Evidence::Asset(0, Rung::Bytes)));
}

#[test]
fn never_by_name_alone() {
    let mut world = World::of([photo("IMG_1.JPG").bytes("dawn")], [asset("IMG_1.JPG", "dusk")]);
    assert_eq!(world.look().imports(), ["IMG_1.JPG"]);
    let mut world = World::of([photo("IMG_1.JPG").bytes("dawn")], [asset("IMG_1.JPG", "at noon").in_icloud()]);
    assert_eq!(world.look().imports(), ["IMG_1.JPG"]);
}

#[test]
fn a_video_alone_is_known_as_the_half_of_a_live_photo() {
    let live = asset("IMG_1.HEIC", "still").with(PairedVideo, "moving");
    let mut world = World::of([video("IMG_1.MOV").bytes("moving"), video("IMG_2.MOV").bytes("others")], [live]);
    let run = world.look();
    assert_eq!(run.reason("IMG_1.MOV"), Some(Reason::SameBytes));
    assert_eq!(run.imports(), ["IMG_2.MOV"]);
}

#[test]
fn a_raw_alone_is_known_as_the_raw_of_a_pair() {
    let pair = asset("IMG_1.JPG", "jpeg").with(AlternatePhoto, "raw bytes");
    let mut world = World::of([photo("IMG_1.DNG").bytes("raw bytes"), photo("IMG_2.DNG").bytes("raw other")], [pair]);
    let run = world.look();
    assert_eq!(run.reason("IMG_1.DNG"), Some(Reason::SameBytes));
    assert_eq!(run.imports(), ["IMG_2.DNG"]);
}

#[test]
fn an_edited_rendition_is_known() {
    let still = asset("IMG_1.HEIC", "original").with(RenderedPhoto, "edited");
    let movie = video_asset("IMG_2.MOV", "a long original").with(RenderedVideo, "cut");
    let mut world = World::of([photo("x.jpg").bytes("edited"), video("y.mov").bytes("cut")], [still, movie]);
    assert_eq!(world.look().imports(), [""; 0]);
}

#[test]
fn what_is_no_picture_of_the_asset_matches_nothing() {
    use photobridge_core::asset::ResourceRole::AdjustmentData;
    let edited = asset("IMG_1.HEIC", "original").with(AdjustmentData, "recipe");
    assert_eq!(World::of([photo("x.jpg").bytes("recipe")], [edited]).look().imports(), ["x.jpg"]);
}

#[test]
fn a_stale_fingerprint_and_the_computed_one_both_identify() {
    let changed = || asset("IMG_1.JPG", "the file as it is now").stale("as Photos got it").at("2024-05-01T10:00:00");
    let now = photo("now.jpg").bytes("the file as it is now").at("2024-05-01T10:00:00");
    let earlier = photo("earlier.jpg").bytes("as Photos got it").at("2024-05-01T10:00:00");
    let other = photo("other.jpg").bytes("THE FILE AS IT IS NOW").at("2024-05-01T10:00:00");
    let run = World::of([earlier, now, other], [changed()]).look();
    assert_eq!(run.reason("now.jpg"), Some(Reason::SameBytes));
    assert_eq!(run.reason("earlier.jpg"), Some(Reason::ChangedInLibrary), "no file of the library has these bytes");
    assert_eq!(run.imports(), ["other.jpg"]);
}

#[test]
fn where_no_size_is_told_the_second_of_capture_decides_what_is_read() {
    let unsized_ = asset("IMG_1.JPG", "dawn").without_size().at("2024-05-01T10:00:00");
    let same = photo("same.jpg").bytes("dawn").at("2024-05-01T10:00:00");
    let undated = photo("undated.jpg").bytes("has no date");
    let later = photo("later.jpg").bytes("an hour later").at("2024-05-01T11:00:00");
    let mut world = World::of([later, same, undated], [unsized_]);
    let run = world.look();
    assert_eq!(run.reason("same.jpg"), Some(Reason::SameBytes));
    assert_eq!(run.asked, ["same.jpg", "undated.jpg"]);
    assert_eq!(run.imports(), ["later.jpg", "undated.jpg"]);
}

#[test]
fn every_standing_takes_part_in_matching() {
    let hidden = asset("1", "one").standing(|s| s.hidden = true);
    let unpicked = asset("2", "two2").standing(|s| s.unpicked_burst_frame = true);
    let shared = asset("3", "three").standing(|s| s.shared_album = true);
    let trashed = asset("4", "number four").trashed();
    let items = [("1", "one"), ("2", "two2"), ("3", "three"), ("4", "number four")];
    let items = items.map(|(name, bytes)| photo(&format!("{name}.jpg")).bytes(bytes));
    let run = World::of(items, [hidden, unpicked, shared, trashed]).look();
    for path in ["1.jpg", "2.jpg", "3.jpg"] {
        assert_eq!(run.reason(path), Some(Reason::SameBytes), "{path}");
    }
    assert_eq!(run.reason("4.jpg"), Some(Reason::DeletedInPhotos), "a binned photo must not come back");
}

#[test]
fn what_is_in_the_bin_and_beside_it_is_not_deleted() {
    let run = World::of([photo("a.jpg").bytes("one")], [asset("1", "one").trashed(), asset("2", "one")]).look();
    assert_eq!(run.verdict("a.jpg").evidence, Some(Evidence::Asset(1, Rung::Bytes)));
    assert_eq!(run.reason("a.jpg"), Some(Reason::SameBytes));
}

#[test]
fn an_asset_without_fingerprint_is_read_only_where_a_size_agrees() {
    let assets = || [asset("same", "12345").without_fingerprint(), asset("other", "1234567").without_fingerprint()];
    let run = World::of([photo("a.jpg").bytes("12345")], assets()).look();
    assert_eq!(run.asked_resources, [("same".to_owned(), Photo)]);
    assert_eq!(run.reason("a.jpg"), Some(Reason::SameBytes));
    let run = World::of([photo("a.jpg").bytes("123456")], assets()).look();
    assert_eq!((run.asked.len(), run.asked_resources.len(), run.imports().len()), (0, 0, 1));
}

#[test]
fn neither_what_is_only_in_icloud_nor_what_is_known_is_read() {
    let cloud = asset("cloud", "12345").without_fingerprint().in_icloud();
    let run = World::of([photo("a.jpg").bytes("12345")], [cloud, asset("known", "54321")]).look();
    assert!(run.asked_resources.is_empty(), "{:?}", run.asked_resources);
    assert_eq!(run.asked, ["a.jpg"]);
}

#[test]
fn no_resource_is_read_for_a_file_that_cannot_be_compared_itself() {
    let waiting = photo("a.jpg").bytes("12345").trouble(Trouble::Settling);
    let run = World::of([waiting], [asset("1", "12345").without_fingerprint()]).look();
    assert!(run.asked_resources.is_empty(), "{:?}", run.asked_resources);
}

#[test]
fn a_file_whose_size_nobody_has_is_not_read() {
    let items = [photo("a.jpg").bytes("1"), photo("b.jpg").bytes("22"), video("c.mov").bytes("333")];
    let run = World::of(items, [asset("x", "4444"), asset("y", "55555")]).look();
    assert_eq!((run.asked.len(), run.rounds, run.imports().len()), (0, 0, 3));
    let mut world = World::of([photo("a.jpg").bytes("1")], []).linked(&photo("old.jpg").bytes("2"), "gone");
    assert_eq!(world.look().asked, ["a.jpg"], "the memory has this size");
}

#[test]
fn files_of_one_size_are_read_only_if_their_headers_agree() {
    let at = |path, second| photo(path).bytes("12345").at(second).pixels(4, 3).camera("Apple iPhone");
    let (one, two) = ("2024-05-01T10:00:00", "2024-05-01T10:00:01");
    assert!(World::of([at("a.jpg", one), at("b.jpg", two)], []).look().asked.is_empty());
    assert!(World::of([at("a.jpg", one), at("b.jpg", one).pixels(8, 6)], []).look().asked.is_empty());
    assert!(World::of([at("a.jpg", one), at("b.jpg", one).camera("Canon")], []).look().asked.is_empty());
    assert!(World::of([at("a.jpg", one), at("b.jpg", one).live("X")], []).look().asked.is_empty());
    assert_eq!(World::of([at("a.jpg", one), at("b.jpg", one)], []).look().asked, ["a.jpg", "b.jpg"]);
}

#[test]
fn times_that_are_not_in_the_bytes_do_not_tell_files_apart() {
    use photobridge_media::capture::CaptureSource::{FileName, FileTime, Xmp};
    for source in [FileName, Xmp] {
        let one = photo("a.jpg").bytes("12345").dated("2024-05-01T10:00:00", source);
        let two = photo("b.jpg").bytes("12345").dated("2024-05-02T11:00:00", FileTime);
        let run = World::of([one, two], []).look();
        assert_eq!(run.reason("b.jpg"), Some(Reason::SameBytesAs), "{source:?}: a sidecar may have told it");
    }
}

#[test]
fn what_cannot_be_read_fails_alone() {
    let items = [photo("bad.jpg").bytes("12345").unreadable(), photo("good.jpg").bytes("1234567")];
    let run = World::of(items, [asset("x", "54321")]).look();
    assert!(matches!(run.verdict("bad.jpg").fate, Fate::Fail(_)));
    assert_eq!(run.imports(), ["good.jpg"]);
}

#[test]
fn what_may_be_an_asset_that_cannot_be_read_is_not_brought_in_twice() {
    for whereabouts in [Whereabouts::Here, Whereabouts::Unread] {
        let mut broken = asset("x", "12345").without_fingerprint();
        (broken.bytes[0], broken.asset.resources[0].whereabouts) = (None, whereabouts);
        let items = [photo("a.jpg").bytes("54321"), photo("b.jpg").bytes("of another length")];
        let mut world = World::of(items, [broken]).exporting(|_| {});
        let run = world.look();
        assert!(matches!(&run.verdict("a.jpg").fate, Fate::Fail(why) if why.contains("cannot be read now")));
        assert_eq!(run.imports(), ["b.jpg"]);
        assert!(matches!(&run.plan.exports[0].fate, ExportFate::Fail(why) if why.contains("could not be read")));
    }
}

#[test]
fn a_still_that_cannot_be_read_does_not_follow_its_video_while_it_may_lie_elsewhere() {
    let mut live = asset("IMG_1.HEIC", "still").with(PairedVideo, "moving").without_fingerprint();
    live.bytes[0] = None;
    let items = [photo("elsewhere/IMG_2.HEIC").bytes("still"), video("2024/05/IMG_1.MOV").bytes("moving")];
    let run = World::of(items, [live]).exporting(|_| {}).look();
    assert!(matches!(&run.plan.exports[0].fate, ExportFate::Fail(why) if why.contains("could not be read")));
}

#[test]
fn a_companion_that_may_be_an_asset_that_cannot_be_read_holds_its_item_back() {
    let mut broken = video_asset("IMG_1.MOV", "moving").without_fingerprint();
    broken.bytes[0] = None;
    let live = photo("IMG_1.HEIC").bytes("still one").with(PairedVideo, "IMG_1.MOV", "moving");
    let run = World::of([live], [broken]).look();
    assert!(matches!(&run.verdict("IMG_1.HEIC").fate, Fate::Fail(why) if why.contains("IMG_1.MOV")));
    let mut broken = asset("IMG_1.DNG", "raw bytes").without_fingerprint();
    broken.bytes[0] = None;
    let pair = photo("IMG_1.JPG").bytes("jpeg").with(AlternatePhoto, "IMG_1.DNG", "raw bytes");
    let run = World::of([pair], [asset("IMG_1.JPG", "jpeg"), broken]).look();
    assert_eq!(run.reason("IMG_1.JPG"), Some(Reason::SameBytes));
    assert!(matches!(&run.verdict("IMG_1.DNG").fate, Fate::Fail(_)), "the RAW does not follow before that is known");
}

#[test]
fn companions_that_the_library_holds_do_not_go_in_twice() {
    let pair = photo("IMG_1.JPG").bytes("jpeg").with(AlternatePhoto, "IMG_1.DNG", "raw bytes");
    let mut world = World::of([pair], [asset("IMG_1.DNG", "raw bytes")]);
    assert_eq!(world.sync().imports(), ["IMG_1.JPG"], "the RAW came first: the JPEG goes alone");
    assert_eq!(world.look().imports(), [""; 0]);
    let live = photo("IMG_1.HEIC").bytes("still").live("X").with(PairedVideo, "IMG_1.MOV", "moving");
    let mut world = World::of([live], [video_asset("IMG_1.MOV", "moving")]);
    assert_eq!(world.sync().imports(), ["IMG_1.HEIC + IMG_1.MOV"], "the video came first: the Live Photo goes whole");
    assert_eq!(world.look().reason("IMG_1.HEIC"), Some(Reason::SameBytes));
}

#[test]
fn matching_says_which_companions_the_library_lacks() {
    let pair = photo("IMG_1.JPG").bytes("jpeg").with(AlternatePhoto, "IMG_1.DNG", "raw bytes");
    let absent = |assets: Vec<_>| {
        let matched = World::of([pair.clone()], assets).look().matched;
        matched.absent.get(&FileRef { item: 0, file: 1 }).cloned()
    };
    assert_eq!(absent(vec![asset("1", "jpeg")]), Some(Absence::Lacking));
    assert_eq!(absent(vec![asset("1", "jpeg"), asset("2", "raw bytes")]), None);
    assert_eq!(absent(vec![asset("1", "jpeg").with(AlternatePhoto, "raw bytes")]), None);
    assert_eq!(absent(vec![asset("1", "jpeg").with(AlternatePhoto, "raw other")]), Some(Absence::Lacking));
}
