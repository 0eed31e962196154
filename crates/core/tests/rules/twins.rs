//! Equal bytes twice in the folders: one is carried.

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo};
use photobridge_core::item::Trouble;
use photobridge_core::memory::Decision;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_testkit::{World, asset, photo, video};

#[test]
fn the_smallest_path_is_carried_and_the_others_name_it() {
    let copies = ["b.jpg", "a/z.jpg", "c.jpg"].map(|path| photo(path).bytes("same"));
    let run = World::of(copies, []).look();
    assert_eq!(run.imports(), ["a/z.jpg"]);
    for path in ["b.jpg", "c.jpg"] {
        assert_eq!(run.reason(path), Some(Reason::SameBytesAs));
        assert_eq!(run.verdict(path).evidence, Some(Evidence::Item(1)));
    }
}

#[test]
fn only_equal_bytes_make_twins() {
    let run = World::of([photo("a.jpg").bytes("same"), photo("b.jpg").bytes("size")], []).look();
    assert_eq!(run.imports().len(), 2);
}

#[test]
fn across_folders_too() {
    let run = World::of([photo("x.jpg").bytes("same").folder(2), photo("x.jpg").bytes("same").folder(1)], []).look();
    assert_eq!(run.plan.imports().map(|verdict| verdict.item).collect::<Vec<_>>(), [1]);
}

#[test]
fn if_the_first_one_does_not_go_the_next_does() {
    let second = || photo("b.jpg").bytes("same");
    let run = World::of([photo("a.jpg").bytes("same").excluded(), second()], []).look();
    assert_eq!((run.reason("a.jpg"), run.imports()), (Some(Reason::Excluded), vec!["b.jpg".to_owned()]));
    let run = World::of([photo("a.jpg").bytes("same").trouble(Trouble::Settling), second()], []).look();
    assert_eq!((run.reason("a.jpg"), run.imports()), (Some(Reason::Settling), vec!["b.jpg".to_owned()]));
}

#[test]
fn what_is_left_out_is_left_out_under_every_path() {
    let copies = ["a.jpg", "b.jpg"].map(|path| photo(path).bytes("same"));
    let run = World::of(copies, []).decide("same", Decision::LeaveOut).look();
    assert_eq!([run.reason("a.jpg"), run.reason("b.jpg")], [Some(Reason::LeftOut); 2]);
}

#[test]
fn what_the_library_holds_is_held_under_every_path() {
    let copies = ["a.jpg", "b.jpg"].map(|path| photo(path).bytes("same"));
    let run = World::of(copies, [asset("1", "same")]).look();
    assert_eq!([run.reason("a.jpg"), run.reason("b.jpg")], [Some(Reason::SameBytes); 2]);
}

#[test]
fn a_copy_of_one_half_is_a_twin_of_the_whole() {
    let live = photo("b.HEIC").bytes("still").with(PairedVideo, "b.MOV", "moving");
    let run = World::of([video("a.MOV").bytes("moving"), live], []).look();
    assert_eq!(run.imports(), ["b.HEIC + b.MOV"]);
    assert_eq!(run.reason("a.MOV"), Some(Reason::SameBytesAs));
}

#[test]
fn the_whole_goes_before_its_half_so_that_nothing_is_left_for_the_next_run() {
    let half = photo("a.JPG").bytes("jpeg");
    let whole = photo("b.JPG").bytes("jpeg").with(AlternatePhoto, "b.DNG", "raw bytes");
    let mut world = World::of([half, whole], []);
    assert_eq!(world.sync().imports(), ["b.JPG + b.DNG"]);
    assert_eq!(world.look().imports(), [""; 0]);
}

#[test]
fn a_raw_that_goes_alone_goes_once() {
    let pair = photo("a.JPG").bytes("jpeg").with(AlternatePhoto, "a.DNG", "raw bytes");
    let run = World::of([pair, photo("b.DNG").bytes("raw bytes")], [asset("1", "jpeg")]).look();
    assert_eq!(run.imports(), ["a.DNG"]);
    assert_eq!(run.reason("b.DNG"), Some(Reason::SameBytesAs));
}

#[test]
fn two_live_photos_that_share_a_video_bring_it_both() {
    let live =
        |name: &str| photo(&format!("{name}.HEIC")).bytes(name).with(PairedVideo, &format!("{name}.MOV"), "moving");
    let mut world = World::of([live("a"), live("b")], []);
    assert_eq!(world.sync().imports(), ["a.HEIC + a.MOV", "b.HEIC + b.MOV"]);
    assert_eq!(world.look().imports(), [""; 0]);
}
