//! What is remembered: deleted stays deleted, and what returns heals by itself.

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo, Photo};
use photobridge_core::matching::{Relation, Rung};
use photobridge_core::plan::Fate;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Source, video_asset};
use photobridge_testkit::{World, asset, photo, video};

const AT: &str = "2024-05-01T10:00:00";
const LATER: &str = "2024-05-01T10:00:09";

fn known() -> Source {
    photo("a/IMG_1.JPG").bytes("dawn").at(AT)
}

fn world(now: Source) -> World {
    World::of([now], []).linked(&known(), "A")
}

#[test]
fn deleted_in_photos_stays_deleted_and_heals_when_it_returns() {
    let mut world = world(known());
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::DeletedInPhotos));
    world.assets.push(asset("IMG_1.JPG", "dawn").id("A"));
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::SameBytes));
    world.assets[0] = asset("IMG_1.JPG", "dawn").id("rebuilt with another id");
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::SameBytes));
}

#[test]
fn a_move_does_not_bring_the_deleted_back() {
    assert_eq!(world(known().moved("b/other.JPG")).look().reason("b/other.JPG"), Some(Reason::DeletedInPhotos));
}

#[test]
fn new_bytes_of_the_same_picture_are_a_change_and_of_another_moment_another_picture() {
    for bytes in ["brighter dawn", "next"] {
        let mut world = world(known().bytes(bytes));
        assert_eq!(
            world.look().reason("a/IMG_1.JPG"),
            Some(Reason::DeletedInPhotos),
            "the library has no first version"
        );
        world.assets.push(asset("IMG_1.JPG", "dawn").id("A"));
        assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::ChangedInFolder), "{bytes}");
    }
    assert_eq!(world(known().bytes("noon").at(LATER)).look().imports(), ["a/IMG_1.JPG"]);
    assert_eq!(world(known().bytes("noon").moved("a/IMG_2.JPG")).look().imports(), ["a/IMG_2.JPG"]);
    assert_eq!(world(known().bytes("noon").folder(2)).look().imports(), ["a/IMG_1.JPG"], "in another folder");
}

#[test]
fn a_known_file_that_ends_too_early_now_is_incomplete() {
    let mut world = world(known().bytes("next").truncated());
    world.assets.push(asset("IMG_1.JPG", "dawn").id("A"));
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::Truncated));
}

#[test]
fn another_kind_is_another_picture() {
    let movie = video("a/IMG_1.JPG").bytes("moving").at(AT);
    assert_eq!(world(movie).look().imports(), ["a/IMG_1.JPG"]);
}

#[test]
fn a_link_of_another_library_blocks_nothing() {
    for now in [known(), known().bytes("dawn, brighter")] {
        let mut world = world(now);
        world.same_library = false;
        assert_eq!(world.look().imports(), ["a/IMG_1.JPG"]);
    }
}

#[test]
fn an_original_that_went_to_icloud_is_still_held_and_nobody_calls_it_the_same() {
    let mut world = world(known());
    world.assets.push(asset("IMG_1.JPG", "dawn").id("A").without_fingerprint().in_icloud());
    let run = world.look();
    assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::NotCompared));
    assert_eq!(run.matched.relations[0], Relation::Held { asset: 0, rung: Rung::Remembered });
    world.assets = vec![asset("IMG_1.JPG", "dawn").id("A").in_icloud()];
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::SameBytes), "the library tells its fingerprint");
}

#[test]
fn an_original_in_icloud_may_still_lack_its_raw() {
    let pair = known().with(AlternatePhoto, "a/IMG_1.DNG", "raw bytes");
    let mut world = world(pair);
    world.assets.push(asset("IMG_1.JPG", "dawn").id("A").without_fingerprint().in_icloud());
    assert_eq!(world.look().imports(), ["a/IMG_1.DNG"]);
}

#[test]
fn of_the_assets_of_a_link_one_that_is_not_in_the_bin_counts() {
    let mut world = World::of([known()], []).linked(&known(), "A").linked(&known(), "B");
    let evicted = |id| asset("IMG_1.JPG", "dawn").id(id).without_fingerprint().in_icloud();
    world.assets = vec![evicted("A").trashed(), evicted("B")];
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::NotCompared));
    world.assets = vec![evicted("A").trashed()];
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::DeletedInPhotos));
}

#[test]
fn the_same_shot_is_remembered_by_its_bytes() {
    let jpeg = known().pixels(4, 3).camera("Apple iPhone");
    let heic = asset("IMG_1.HEIC", "original").at(AT).pixels(4, 3).camera("Apple iPhone");
    let mut world = World::of([jpeg], [heic]);
    world.sync();
    world.assets[0].asset.captured = None;
    let run = world.look();
    assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::SameShot));
    assert_eq!(run.matched.relations[0], Relation::Held { asset: 0, rung: Rung::Shot });
    world.assets.clear();
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::DeletedInPhotos));
}

#[test]
fn the_other_half_of_an_imported_live_photo_asks_a_person() {
    let still = photo("IMG_1.HEIC").bytes("still").live("X");
    let late = |identifier| video("late.MOV").bytes("moving").live(identifier);
    let mut world = World::of([late("X"), late("Y").moved("y.MOV").bytes("other")], [asset("1", "still")]);
    world = world.linked(&still, "1");
    let run = world.look();
    assert_eq!(run.reason("late.MOV"), Some(Reason::OtherHalfOfImported));
    assert_eq!(run.imports(), ["y.MOV"], "another identifier");
    world.same_library = false;
    assert_eq!(world.look().imports().len(), 2, "imported into another library");
}

#[test]
fn a_still_whose_video_was_imported_goes_in_with_it() {
    let movie = video("IMG_1.MOV").bytes("moving").live("X");
    let still = || photo("IMG_1.HEIC").bytes("still").live("X");
    let mut world = World::of([still()], []).linked(&movie, "1");
    assert_eq!(world.look().verdict("IMG_1.HEIC").fate, Fate::Import(vec![0]));
    let both = still().with(PairedVideo, "IMG_1.MOV", "moving");
    let mut world = World::of([both], [video_asset("1", "moving")]).linked(&movie, "1");
    assert_eq!(world.sync().imports(), ["IMG_1.HEIC + IMG_1.MOV"]);
    assert_eq!(world.look().imports(), [""; 0]);
}

#[test]
fn a_video_that_joins_its_still_asks_a_person_until_it_is_taken_in() {
    use photobridge_core::memory::Decision;
    let still = photo("IMG_1.HEIC").bytes("still").live("X");
    let mut world = World::of([still.clone()], []);
    world.sync();
    world.items = vec![still.with(PairedVideo, "IMG_1.MOV", "moving")];
    for _ in 0..2 {
        let run = world.sync();
        assert_eq!(run.reason("IMG_1.HEIC"), Some(Reason::SameBytes));
        assert_eq!(run.reason("IMG_1.MOV"), Some(Reason::OtherHalfOfImported));
    }
    world.book.decide(b"moving", Decision::TakeIn);
    assert_eq!(world.sync().imports(), ["IMG_1.HEIC + IMG_1.MOV"], "the whole Live Photo");
    assert_eq!(world.look().plan.verdicts.len(), 1, "and then nothing is to be said of the video");
}

#[test]
fn a_raw_after_its_jpeg_goes_alone_and_once() {
    let jpeg = known();
    let mut world = World::of([jpeg.clone()], []);
    world.sync();
    world.items = vec![jpeg.with(AlternatePhoto, "a/IMG_1.DNG", "raw bytes")];
    assert_eq!(world.sync().imports(), ["a/IMG_1.DNG"]);
    assert_eq!(world.look().imports(), [""; 0]);
    world.assets.pop();
    let run = world.sync();
    assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::SameBytes), "deleted in Photos, it does not come back");
    world.assets.clear();
    assert_eq!(world.look().reason("a/IMG_1.JPG"), Some(Reason::DeletedInPhotos));
}

#[test]
fn bytes_in_two_links_are_remembered_by_the_one_of_this_library() {
    use photobridge_core::asset::{AssetId, MediaKind};
    use photobridge_core::fingerprint::Fingerprint;
    use photobridge_core::memory::{Link, LinkId, Memory, Origin, Roles};
    let mut memory = Memory::default();
    let bytes = Fingerprint::of(b"moving");
    for id in [1, 2] {
        let (origin, kind) = (Origin::Both, MediaKind::Video);
        let identifier = Some("X".into());
        let link = Link {
            id: LinkId(id),
            origin,
            kind,
            captured: None,
            content_identifier: identifier,
            assets: Default::default(),
            exported: 0,
            edits: Default::default(),
            placed: Roles::default(),
            undone: false,
            elsewhere: false,
            apart: Roles::default(),
        };
        let at = memory.add_link(link);
        memory.add_resource(at, Photo, bytes, 6);
    }
    memory.add_asset(0, AssetId("of this library".into()), None);
    assert_eq!(memory.by_fingerprint(&bytes).map(|link| link.id), Some(LinkId(1)));
    assert!(memory.by_content_identifier("X", MediaKind::Video).is_some_and(|link| link.id == LinkId(1)));
    let mut all: Vec<_> = memory.fingerprints().map(|(fingerprint, at)| (*fingerprint, at)).collect();
    all.sort();
    assert_eq!(all, [(bytes, 0), (bytes, 1)]);
}

#[test]
fn a_copy_of_a_changed_picture_is_no_new_one() {
    let mut world = world(known().bytes("brighter dawn"));
    world.items.push(photo("copy.JPG").bytes("brighter dawn").at(AT));
    assert_eq!(world.look().reason("copy.JPG"), Some(Reason::DeletedInPhotos));
    world.assets.push(asset("IMG_1.JPG", "dawn").id("A"));
    assert_eq!(world.look().reason("copy.JPG"), Some(Reason::ChangedInFolder));
}

#[test]
fn a_shared_video_does_not_make_a_deleted_photo_return() {
    let live =
        |name: &str| photo(&format!("{name}.HEIC")).bytes(name).with(PairedVideo, &format!("{name}.MOV"), "moving");
    let alone = video("alone.MOV").bytes("moving");
    let mut world = World::of([live("one"), live("two"), alone], []).linked(&live("one"), "1");
    world = world.linked(&live("two"), "2");
    world.assets = vec![asset("two", "two").id("2").with(PairedVideo, "moving")];
    world.sync();
    world.assets.clear();
    let run = world.look();
    for path in ["one.HEIC", "two.HEIC", "alone.MOV"] {
        assert_eq!(run.reason(path), Some(Reason::DeletedInPhotos), "{path}");
    }
}

#[test]
fn of_a_photo_that_is_gone_the_picture_is_named_and_not_its_words() {
    use photobridge_core::asset::ResourceRole::{AdjustmentData, PairedVideo, Sidecar};
    let item = photo("K.HEIC").with(PairedVideo, "A.MOV", "moving").with(AdjustmentData, "K.AAE", "recipe");
    let item = item.with(Sidecar, "K.HEI.xmp", "words");
    let memory = World::of([], [asset("K.HEIC", "K.HEIC")]).exported(&item, "K.HEIC").memory();
    let links = memory.links().iter().map(|link| link.id).collect();
    let places: Vec<_> = memory.places(&links).into_values().map(|(_, path)| path).collect();
    assert_eq!(places, [std::path::Path::new("K.HEIC")]);
}
