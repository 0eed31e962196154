//! What a person said, filters, read-only libraries and kept plans.

use std::path::Path;

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo};
use photobridge_core::item::{Format, Trouble};
use photobridge_core::memory::Decision::{LeaveOut, TakeIn};
use photobridge_core::plan::{Evidence, Fate, Promise, Verdict};
use photobridge_core::reason::{Reason, Way};
use photobridge_testkit::make::Source;
use photobridge_testkit::{World, asset, photo, video};

const AT: &str = "2024-05-01T10:00:00";

fn known() -> Source {
    photo("a.jpg").bytes("known").at(AT)
}

fn shot(world: Source) -> World {
    let heic = asset("IMG_1.HEIC", "original").at(AT).pixels(4, 3).camera("Apple iPhone");
    World::of([world.pixels(4, 3).camera("Apple iPhone")], [heic])
}

fn retagged(source: Source) -> World {
    let jpeg = asset("IMG_1.JPG", "before it was tagged").at(AT).pixels(4, 3);
    World::of([source.pixels(4, 3)], [jpeg]).coded("known", 1).coded("before it was tagged", 1)
}

#[test]
fn what_is_left_out_stays_out_through_moves_and_renames() {
    for path in ["a.jpg", "b/other name.jpg"] {
        let mut world = World::of([known().moved(path)], []).decide("known", LeaveOut);
        assert_eq!(world.look().reason(path), Some(Reason::LeftOut));
    }
    let mut world = World::of([known().bytes("other")], []).decide("known", LeaveOut);
    assert_eq!(world.look().imports(), ["a.jpg"], "other bytes under the same path");
}

#[test]
fn a_companion_that_is_left_out_stays_where_it_is() {
    let pair = photo("a.JPG").bytes("jpeg").with(AlternatePhoto, "a.DNG", "the raw");
    let mut world = World::of([pair], []).decide("the raw", LeaveOut);
    assert_eq!(world.sync().imports(), ["a.JPG"]);
    let run = world.look();
    assert_eq!([run.reason("a.JPG"), run.reason("a.DNG")], [Some(Reason::SameBytes), Some(Reason::LeftOut)]);
    let pair = asset("a.JPG", "jpeg").with(AlternatePhoto, "the raw");
    let export = |items: Vec<Source>| {
        World::of(items, [pair.clone()]).exporting(|_| {}).decide("the raw", LeaveOut).look().departure("a.JPG")
    };
    assert_eq!(export(vec![]), Ok(vec!["Unknown/a.JPG".into()]));
    assert_eq!(export(vec![photo("a.JPG").bytes("jpeg")]), Err(Reason::SameBytes), "nor does it follow");
}

#[test]
fn leaving_out_does_not_change_what_is_the_same() {
    let mut world = World::of([known()], [asset("1", "known")]).decide("known", LeaveOut);
    assert_eq!(world.look().reason("a.jpg"), Some(Reason::SameBytes));
}

/// A world whose only item is skipped for this reason.
fn skipped_for(reason: Reason) -> Option<World> {
    let fresh = || known().camera("Apple iPhone").at("2024-06-01T11:00:00");
    Some(match reason {
        Reason::SameBytes => World::of([known()], [asset("1", "known")]),
        Reason::NotCompared => {
            let evicted = asset("a.jpg", "known").id("1").without_fingerprint().in_icloud();
            World::of([known()], [evicted]).linked(&known(), "1")
        }
        Reason::ChangedInLibrary => World::of([known()], [asset("1", "as it is now").stale("known").at(AT)]),
        Reason::SameSizeTimeAndName => {
            World::of([known()], [asset("a.jpg", "cloud").without_fingerprint().in_icloud().at(AT)])
        }
        Reason::SamePicture => retagged(known()),
        Reason::SameShot => shot(known()),
        Reason::LeftOut => World::of([known()], []).decide("known", LeaveOut),
        Reason::Excluded => World::of([known().excluded()], []),
        Reason::DeletedInPhotos => World::of([known()], [asset("1", "known").trashed()]),
        Reason::ChangedInFolder => {
            World::of([known()], [asset("1", "before").id("1")]).linked(&known().bytes("before"), "1")
        }
        Reason::Completed => World::of([known()], [asset("a.jpg", "kno")]),
        Reason::Settling => World::of([known().trouble(Trouble::Settling)], []),
        Reason::OnlineOnly => World::of([known().trouble(Trouble::OnlineOnly)], []),
        Reason::OtherHalf => World::of([known().live("X").changed_ago(60)], []),
        Reason::AwaitingICloud => World::of([fresh()], []).ruled(|rules| rules.library.fed_by_icloud = true),
        Reason::AwaitingWords => World::of([photo("a.jpg").bytes("known").awaiting_words()], []),
        Reason::ThrownAway => {
            World::of([known().told(r#"{"title": "a", "photoTakenTime": {"timestamp": "1"}, "trashed": true}"#)], [])
        }
        Reason::Truncated => World::of([known().truncated()], []),
        Reason::NotAPhoto => World::of([known().not_a_photo()], []),
        Reason::OtherHalfOfImported => {
            let mut movie = video("a.jpg").bytes("known").live("X");
            movie.item.files[0].path = "a.jpg".into();
            World::of([movie], [asset("1", "still")]).linked(&photo("1.heic").bytes("still").live("X"), "1")
        }
        Reason::ItsPhotoStaysOut => {
            let mut movie = video("a.jpg").bytes("known").live("X");
            movie.item.files[0].path = "a.jpg".into();
            World::of([movie], []).linked(&photo("1.heic").bytes("still").live("X"), "1")
        }
        Reason::NotSupported => World::of([known().trouble(Trouble::Unsupported)], []),
        Reason::Refused => World::of([known()], []).ruled(|rules| {
            rules.refuses.insert(Format::of(Path::new("another.JPG"), None));
        }),
        Reason::ReadOnly => World::of([known()], []).ruled(|rules| rules.library.writable = false),
        // These need another item, or a disk.
        Reason::SameBytesAs | Reason::EditedVersionOf | Reason::Unreadable | Reason::ChangedSincePlanned => {
            return None;
        }
        // This is said of a file beside one.
        Reason::RecipeOfKnown | Reason::WordsOfKnown => return None,
        // These are said of assets, or need a link of an export.
        Reason::ExportedByUs
        | Reason::Undone
        | Reason::ImportedByUs
        | Reason::InAnotherFolder
        | Reason::DeletedInFolder => {
            return None;
        }
        Reason::OriginalMissing => World::of([known()], [asset("1", "known").lost()]),
        Reason::BeforeBaseline | Reason::OnlyInICloud | Reason::ReferencedUnreachable => return None,
        Reason::Hidden | Reason::InTrash | Reason::SharedAlbum | Reason::UnpickedBurstFrame => return None,
        Reason::Incomplete | Reason::EditedSinceExport => return None,
    })
}

#[test]
fn taking_in_overrules_exactly_the_starred_reasons() {
    use Reason::{AwaitingICloud, ChangedInFolder, DeletedInPhotos, LeftOut, OtherHalfOfImported, SameShot, Truncated};
    use Reason::{AwaitingWords, InAnotherFolder, ItsPhotoStaysOut, ThrownAway};
    use Reason::{BeforeBaseline, DeletedInFolder, EditedSinceExport, Hidden, SharedAlbum, Undone, UnpickedBurstFrame};
    use Reason::{ChangedInLibrary, Completed, EditedVersionOf, NotAPhoto, OriginalMissing, Refused, SamePicture};
    // DESIGN's stars: of both directions and of imports, then of exports.
    let starred = [
        &[
            SamePicture,
            SameShot,
            EditedVersionOf,
            LeftOut,
            DeletedInPhotos,
            ChangedInFolder,
            Completed,
            ChangedInLibrary,
            AwaitingICloud,
            AwaitingWords,
            ThrownAway,
            Truncated,
            NotAPhoto,
            OtherHalfOfImported,
            ItsPhotoStaysOut,
            OriginalMissing,
            Refused,
        ][..],
        &[
            BeforeBaseline,
            DeletedInFolder,
            EditedSinceExport,
            Hidden,
            InAnotherFolder,
            SharedAlbum,
            Undone,
            UnpickedBurstFrame,
        ],
    ]
    .concat();
    for reason in Reason::ALL {
        let way = if reason == OriginalMissing { Way::Import } else { Way::Export };
        assert_eq!(reason.can_be_taken_in(way), starred.contains(&reason), "{reason}");
        let Some(mut world) = skipped_for(reason) else { continue };
        assert_eq!(world.look().reason("a.jpg"), Some(reason));
        let taken = world.decide("known", TakeIn).look();
        let expected = if starred.contains(&reason) { None } else { Some(reason) };
        assert_eq!(taken.reason("a.jpg"), expected, "{reason}");
    }
}

#[test]
fn what_was_taken_in_goes_once() {
    use Reason::{ChangedInFolder, Completed, DeletedInPhotos, SamePicture, SameShot, Truncated};
    for reason in [SamePicture, SameShot, DeletedInPhotos, ChangedInFolder, Completed, Truncated] {
        let mut world = skipped_for(reason).unwrap().decide("known", TakeIn);
        assert_eq!(world.sync().imports().len(), 1, "{reason}");
        assert_eq!(world.look().reason("a.jpg"), Some(Reason::SameBytes), "{reason}");
    }
}

#[test]
fn taking_in_does_not_reach_past_a_filter_or_into_a_read_only_library() {
    let trashed = || asset("1", "known").trashed();
    let mut world = World::of([known().excluded()], [trashed()]).decide("known", TakeIn);
    assert_eq!(world.look().reason("a.jpg"), Some(Reason::Excluded));
    let mut world = World::of([known()], [trashed()]).decide("known", TakeIn).ruled(|r| r.library.writable = false);
    assert_eq!(world.look().reason("a.jpg"), Some(Reason::ReadOnly));
}

#[test]
fn what_a_filter_leaves_out_still_matches() {
    let run = World::of([known().excluded()], [asset("1", "known")]).look();
    assert_eq!(run.reason("a.jpg"), Some(Reason::SameBytes));
    let heic = shot(known().excluded()).look();
    assert_eq!(heic.reason("a.jpg"), Some(Reason::SameShot));
}

#[test]
fn a_read_only_library_takes_nothing_new() {
    let items = [known(), photo("b.jpg").bytes("brand new"), photo("c.jpg").bytes("held")];
    let mut world = World::of(items, [asset("1", "held")]).ruled(|rules| rules.library.writable = false);
    let run = world.look();
    assert_eq!(run.imports(), [""; 0]);
    assert_eq!(["a.jpg", "b.jpg"].map(|path| run.reason(path)), [Some(Reason::ReadOnly); 2]);
    assert_eq!(run.reason("c.jpg"), Some(Reason::SameBytes));
}

#[test]
fn a_kept_plan_carries_only_what_it_promised() {
    let promised = photo("by stamp.jpg").bytes("by its stamp");
    let items = [promised.clone(), photo("by bytes.jpg").bytes("read"), photo("new.jpg").bytes("brand new")];
    let stamp = promised.item.primary().stamp;
    let only = Promise {
        fingerprints: [items[1].fingerprint()].into(),
        stamps: [stamp].into(),
        planned: 2,
        ..Promise::default()
    };
    let mut world = World::of(items, [asset("1", "daer")]).ruled(|rules| rules.only = Some(only));
    let run = world.look();
    assert_eq!(run.imports(), ["by stamp.jpg", "by bytes.jpg"]);
    assert_eq!(run.verdict("new.jpg").fate, Fate::Skip(Reason::ChangedSincePlanned));
    let is_new = |verdict: &Verdict| verdict.evidence == Some(Evidence::NewSinceYouLooked);
    assert_eq!(run.plan.verdicts.iter().map(is_new).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(run.plan.imports().count(), 2, "what apply walks through");
}

#[test]
fn a_promised_copy_is_not_held_back_by_a_newer_one() {
    let promised = photo("b.jpg").bytes("same");
    let stamp = promised.item.primary().stamp;
    let only = Promise { stamps: [stamp].into(), ..Promise::default() };
    let newer = photo("a.jpg").bytes("same");
    let run = World::of([newer, promised], []).ruled(|rules| rules.only = Some(only)).look();
    assert_eq!(run.imports(), ["b.jpg"]);
}

#[test]
fn taking_in_a_whole_live_photo_brings_both_halves() {
    let live = known().truncated().with(PairedVideo, "a.mov", "moving");
    assert_eq!(World::of([live], []).decide("known", TakeIn).look().imports(), ["a.jpg + a.mov"]);
}

#[test]
fn what_was_deleted_comes_back_whole() {
    let pair = known().with(AlternatePhoto, "a.dng", "raw bytes");
    let mut world = World::of([pair.clone()], []).linked(&pair, "1").decide("known", TakeIn);
    assert_eq!(world.look().imports(), ["a.jpg + a.dng"]);
    world.assets = vec![asset("2", "raw bytes")];
    assert_eq!(world.look().imports(), ["a.jpg"], "but for what is still there");
    let mut world = World::of([pair], [asset("1", "known").trashed()]).decide("known", TakeIn);
    assert_eq!(world.look().imports(), ["a.jpg + a.dng"]);
}

#[test]
fn a_kept_plan_holds_for_each_file_that_goes_along() {
    let pair = || photo("D.JPG").bytes("jpeg").with(AlternatePhoto, "D.CR2", "raw");
    let stamps = |item: &Source| item.item.files.iter().map(|file| file.stamp).collect::<Vec<_>>();
    let looked_at = |item: &Source| Promise {
        stamps: [stamps(item)[0]].into(),
        companions: stamps(item)[1..].iter().copied().collect(),
        ..Promise::default()
    };
    let run = |item: Source, only: Promise| World::of([item], []).ruled(|rules| rules.only = Some(only)).look();
    assert_eq!(run(pair(), looked_at(&pair())).imports(), ["D.JPG + D.CR2"]);
    let replaced = photo("D.JPG").bytes("jpeg").with(AlternatePhoto, "D.CR2", "another raw");
    let held = run(replaced, looked_at(&pair()));
    assert_eq!((held.imports(), held.reason("D.JPG")), (vec![], Some(Reason::ChangedSincePlanned)));
    assert_eq!(held.verdict("D.JPG").shared[..], [1], "both wait, so that they are not parted");
    let changed = photo("D.JPG").bytes("another jpeg").with(AlternatePhoto, "D.CR2", "raw");
    assert_eq!(run(changed, looked_at(&pair())).imports(), [""; 0], "nor does the RAW go without its JPEG");
    let of_its_own = Promise { stamps: [stamps(&pair())[1]].into(), ..Promise::default() };
    assert_eq!(run(pair(), of_its_own).imports(), ["D.CR2"], "unless that is what was shown");
}

#[test]
fn a_kept_plan_holds_for_each_file_that_goes_out() {
    let resources = |roles: &[photobridge_core::asset::ResourceRole]| {
        let of = |role| (photobridge_core::asset::AssetId("I.HEIC".into()), role);
        Promise { resources: roles.iter().copied().map(of).collect(), ..Promise::default() }
    };
    let goes = |only: Promise| {
        let live = asset("I.HEIC", "still").with(PairedVideo, "moving");
        let world = World::of([], [live]).exporting(|_| {});
        world.ruled(|rules| rules.only = Some(only)).look().departure("I.HEIC")
    };
    use photobridge_core::asset::ResourceRole::Photo;
    assert_eq!(goes(resources(&[Photo, PairedVideo])).map(|files| files.len()), Ok(2));
    assert_eq!(goes(resources(&[Photo])), Err(Reason::ChangedSincePlanned), "its movie came here since");
}

/// To leave a photo out is said of all of it: a movie that is taken in brings no still along that a person keeps back.
#[test]
fn a_photo_that_is_left_out_goes_with_none_of_its_files() {
    let live = || asset("I.HEIC", "still").with(PairedVideo, "movie");
    let world = || World::of([], [live()]).exporting(|_| {}).decide("movie", TakeIn);
    assert_eq!(world().look().departure("I.HEIC").map(|files| files.len()), Ok(2));
    assert_eq!(world().decide("still", LeaveOut).look().departure("I.HEIC"), Err(Reason::LeftOut));
    let raw = || asset("I.JPG", "jpeg").with(AlternatePhoto, "raw");
    let mut pair = World::of([], [raw()]).exporting(|_| {}).decide("raw", TakeIn).decide("jpeg", LeaveOut);
    assert_eq!(pair.look().departure("I.JPG"), Err(Reason::LeftOut));
}
