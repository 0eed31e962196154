//! One photo that is several files: none of them stays behind without a word of its own.

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo, Photo};
use photobridge_core::asset::Whereabouts;
use photobridge_core::item::{Exclusion, Trouble};
use photobridge_core::memory::Decision::{LeaveOut, TakeIn};
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source, video_asset};
use photobridge_testkit::{World, asset, photo, video};

const DAY: i64 = 86_400;

fn pair(raw: &str, bytes: &str) -> Source {
    photo("I.JPG").bytes("jpeg").with(AlternatePhoto, raw, bytes)
}

fn live(movie: &str, bytes: &str) -> Source {
    photo("I.HEIC").bytes("still").live("X").with(PairedVideo, movie, bytes)
}

fn cut(mut item: Source) -> Source {
    item.item.files[1].header.get_or_insert_default().truncated = Some("half of it is missing".into());
    item
}

fn reasons<const N: usize>(world: &mut World, paths: [&str; N]) -> [Option<Reason>; N] {
    let run = world.look();
    paths.map(|path| run.reason(path))
}

#[test]
fn another_raw_than_the_one_that_is_there_goes_in() {
    let mut world = World::of([pair("I.DNG", "the other raw")], [asset("I.JPG", "jpeg").with(AlternatePhoto, "raw")]);
    assert_eq!(world.sync().imports(), ["I.DNG"]);
    assert_eq!(reasons(&mut world, ["I.JPG", "I.DNG"]), [Some(Reason::SameBytes); 2]);
    let mut evicted = asset("I.JPG", "jpeg").with(AlternatePhoto, "the cr2").without_fingerprint();
    evicted.asset.resources[1].whereabouts = Whereabouts::Cloud;
    assert_eq!(
        World::of([pair("I.CR2", "the cr2")], [evicted.clone()]).look().imports(),
        [""; 0],
        "it may be that one"
    );
    assert_eq!(World::of([pair("I.DNG", "of another size")], [evicted]).look().imports(), ["I.DNG"]);
}

#[test]
fn two_raws_of_equal_jpegs_both_go() {
    let other = photo("b/I.JPG").bytes("jpeg").with(AlternatePhoto, "b/I.DNG", "the dng");
    let mut world = World::of([pair("I.CR2", "the cr2"), other], []);
    let run = world.sync();
    assert_eq!(run.imports(), ["I.JPG + I.CR2", "b/I.DNG"]);
    assert_eq!(run.reason("b/I.JPG"), Some(Reason::SameBytesAs));
    assert_eq!(world.look().imports(), [""; 0]);
}

#[test]
fn another_movie_than_the_one_that_is_there_has_a_word_of_its_own() {
    let whole = || asset("I.HEIC", "still").with(PairedVideo, "moving");
    let mut world = World::of([live("I.MOV", "moving otherwise")], [whole()]);
    let expected = [Some(Reason::SameBytes), Some(Reason::OtherHalfOfImported)];
    assert_eq!(reasons(&mut world, ["I.HEIC", "I.MOV"]), expected);
    let mut world = world.decide("moving otherwise", TakeIn);
    assert_eq!(world.sync().imports(), ["I.HEIC + I.MOV"], "whole");
    assert_eq!(world.look().imports(), [""; 0]);
    let copy = photo("b/I.HEIC").bytes("still").live("X").with(PairedVideo, "b/I.MOV", "moving otherwise");
    let mut world = World::of([live("I.MOV", "moving"), copy], []);
    assert_eq!(world.look().imports(), ["I.HEIC + I.MOV"]);
    assert_eq!(reasons(&mut world, ["b/I.HEIC", "b/I.MOV"]), [Some(Reason::SameBytesAs), expected[1]]);
}

#[test]
fn a_whole_live_photo_goes_in_whole_though_another_movie_of_it_is_known() {
    let known = video("I.MP4").bytes("converted").live("X");
    let mut world = World::of([live("I.MOV", "moving"), known.clone()], [video_asset("1", "converted")]);
    world = world.linked(&known, "1");
    assert_eq!(world.sync().imports(), ["I.HEIC + I.MOV"]);
    assert_eq!(reasons(&mut world, ["I.HEIC", "I.MOV", "I.MP4"]), [Some(Reason::SameBytes); 3]);
}

#[test]
fn a_conversion_of_the_movie_of_a_whole_live_photo_is_told_as_what_it_is() {
    let converted = || video("I.MP4").bytes("converted").live("X");
    let reason = |items: Vec<Source>| {
        let run = World::of(items, []).look();
        (run.imports(), run.reason("I.MP4"))
    };
    let whole = vec!["I.HEIC + I.MOV".to_owned()];
    assert_eq!(reason(vec![live("I.MOV", "moving"), converted()]), (whole, Some(Reason::OtherHalfOfImported)));
    let mut later =
        World::of([live("I.MOV", "moving"), converted()], [asset("I.HEIC", "still").with(PairedVideo, "moving")]);
    assert_eq!(reasons(&mut later, ["I.MP4"]), [Some(Reason::OtherHalfOfImported)], "also with an empty memory");
    let mut taken = later.decide("converted", TakeIn);
    assert_eq!(taken.look().imports(), ["I.MP4"]);
    let held_back = vec![live("I.MOV", "moving").excluded(), converted()];
    assert_eq!(reason(held_back), (vec!["I.MP4".into()], None), "where the Live Photo does not go, it does");
}

#[test]
fn halves_that_went_in_apart_can_be_had_whole() {
    let apart = [asset("I.HEIC", "still"), video_asset("I.MOV", "moving")];
    let mut world = World::of([live("I.MOV", "moving")], apart);
    assert_eq!(reasons(&mut world, ["I.HEIC", "I.MOV"]), [Some(Reason::SameBytes), Some(Reason::OtherHalfOfImported)]);
    let mut world = world.decide("moving", TakeIn);
    assert_eq!(world.sync().imports(), ["I.HEIC + I.MOV"]);
    assert_eq!(world.look().plan.verdicts.len(), 1);
}

#[test]
fn a_shared_movie_is_with_each_of_its_stills() {
    let second = photo("J.HEIC").bytes("second").with(PairedVideo, "J.MOV", "moving");
    let first = asset("I.HEIC", "still").with(PairedVideo, "moving");
    let mut world = World::of([live("I.MOV", "moving"), second.clone()], [first.clone()]);
    assert_eq!(world.sync().imports(), ["J.HEIC + J.MOV"], "in two runs");
    assert_eq!(world.look().plan.verdicts.len(), 2);
    let mut lost = World::of([second], [first, asset("J.HEIC", "second")]);
    assert_eq!(reasons(&mut lost, ["J.MOV"]), [Some(Reason::OtherHalfOfImported)], "one that lost it is told");
}

#[test]
fn a_movie_that_nothing_holds_is_not_the_same_shot() {
    let at = "2024-05-01T10:00:00";
    let shot = |item: Source| item.at(at).pixels(4, 3).camera("Apple iPhone");
    let heic = |asset: Library| asset.at(at).pixels(4, 3).camera("Apple iPhone");
    let converted = || shot(photo("I.JPG").bytes("converted").with(PairedVideo, "I.MOV", "moving"));
    let mut world = World::of([converted()], [heic(asset("I.HEIC", "still"))]);
    assert_eq!(world.look().imports(), ["I.JPG + I.MOV"]);
    let whole = heic(asset("I.HEIC", "still").with(PairedVideo, "the movie"));
    let mut world = World::of([converted()], [whole]);
    let expected = [Some(Reason::SameShot), Some(Reason::OtherHalfOfImported)];
    assert_eq!(reasons(&mut world, ["I.JPG", "I.MOV"]), expected, "the library has the movie as it was shot");
}

#[test]
fn a_photo_waits_for_the_file_that_cannot_be_read_yet() {
    for (trouble, reason) in [(Trouble::OnlineOnly, Reason::OnlineOnly), (Trouble::Settling, Reason::Settling)] {
        for mut item in [live("I.MOV", "moving"), pair("I.MOV", "raw")] {
            let primary = item.item.to_string();
            (item.item.files[1].trouble, item.item.files[1].header) = (Some(trouble.clone()), None);
            let mut world = World::of([item.changed_ago(60)], []);
            assert_eq!(reasons(&mut world, [&primary, "I.MOV"]), [Some(reason); 2]);
            let run = world.look();
            assert_eq!(run.verdict(&primary).evidence, Some(Evidence::Part(1)));
            assert_eq!(run.verdict("I.MOV").file, 1, "it has a verdict of its own");
        }
    }
}

#[test]
fn a_broken_companion_holds_its_photo_back_for_a_day() {
    let reasons_after = |item: Source, seconds: i64| {
        let paths = item.item.files.iter().map(|file| file.path.to_string_lossy().into_owned()).collect::<Vec<_>>();
        let run = World::of([cut(item).changed_ago(seconds)], []).look();
        (run.imports(), run.reason(&paths[0]), run.reason(&paths[1]))
    };
    for item in [pair("I.CR2", "half"), live("I.MOV", "half")] {
        let held = (vec![], Some(Reason::Truncated), Some(Reason::Truncated));
        assert_eq!(reasons_after(item.clone(), DAY - 1), held);
        let alone = (vec![item.item.to_string()], None, Some(Reason::Truncated));
        assert_eq!(reasons_after(item, DAY), alone);
    }
    let mut taken = World::of([cut(pair("I.CR2", "half")).changed_ago(60)], []).decide("half", TakeIn);
    assert_eq!(taken.look().imports(), ["I.JPG + I.CR2"]);
    let mut empty = pair("I.CR2", "");
    empty.item.files[1].trouble = Some(Trouble::Settling);
    assert_eq!(World::of([empty.changed_ago(DAY)], []).look().imports(), ["I.JPG"]);
}

#[test]
fn what_is_said_of_a_companion_holds_for_it() {
    let mut late = World::of([pair("I.CR2", "raw")], [asset("I.JPG", "jpeg"), asset("I.CR2", "raw").trashed()]);
    assert_eq!(reasons(&mut late, ["I.JPG", "I.CR2"]), [Some(Reason::SameBytes), Some(Reason::DeletedInPhotos)]);
    let mut late = late.decide("raw", TakeIn);
    assert_eq!(late.sync().imports(), ["I.CR2"]);
    assert_eq!(reasons(&mut late, ["I.CR2"]), [Some(Reason::SameBytes)]);
    let mut left = World::of([pair("I.CR2", "raw")], [asset("I.JPG", "jpeg")]).decide("raw", LeaveOut);
    assert_eq!(reasons(&mut left, ["I.JPG", "I.CR2"]), [Some(Reason::SameBytes), Some(Reason::LeftOut)]);
    let mut whole = World::of([pair("I.CR2", "raw")], []).decide("jpeg", LeaveOut).decide("raw", LeaveOut);
    assert_eq!(reasons(&mut whole, ["I.JPG", "I.CR2"]), [Some(Reason::LeftOut); 2]);
}

#[test]
fn a_filter_speaks_of_the_file_that_it_names() {
    let mut item = pair("I.CR2", "raw");
    item.item.files[1].excluded = Some(Exclusion::Filter);
    let mut world = World::of([item.clone()], []);
    assert_eq!(world.look().imports(), ["I.JPG"]);
    assert_eq!(reasons(&mut world, ["I.CR2"]), [Some(Reason::Excluded)]);
    (item.item.files[0].excluded, item.item.files[1].excluded) = (Some(Exclusion::Filter), None);
    let mut world = World::of([item], []);
    assert_eq!(world.sync().imports(), ["I.CR2"], "a RAW whose JPEG is excluded goes alone");
    assert_eq!(reasons(&mut world, ["I.JPG"]), [Some(Reason::Excluded)]);
    let run = World::of([live("I.MOV", "moving").excluded()], []).look();
    assert_eq!(run.plan.verdicts.len(), 1);
    assert_eq!(run.verdict("I.HEIC").files(&run.items[0]).count(), 2, "a movie belongs to its photo");
}

#[test]
fn what_the_library_lost_of_a_photo_is_said_of_that_very_file() {
    let both = [Some(Reason::SameBytes), Some(Reason::OriginalMissing)];
    let raw = || asset("I.JPG", "jpeg").with(AlternatePhoto, "raw").without(AlternatePhoto);
    let mut world = World::of([pair("I.CR2", "raw")], [raw()]);
    assert_eq!(reasons(&mut world, ["I.JPG", "I.CR2"]), both);
    let movie = asset("I.HEIC", "still").with(PairedVideo, "moving").without(PairedVideo);
    let mut live = World::of([live("I.MOV", "moving")], [movie]);
    assert_eq!(reasons(&mut live, ["I.HEIC", "I.MOV"]), both);
    // Of which nobody knows the bytes, the number speaks.
    let mut unknown = World::of([pair("I.CR2", "raw")], [raw().without_fingerprint()]);
    assert_eq!(reasons(&mut unknown, ["I.JPG", "I.CR2"]), both);
    let mut other = World::of([pair("I.CR2", "another raw")], [raw().without_fingerprint()]);
    assert_eq!(other.look().imports(), ["I.CR2"]);
    let mut elsewhere = World::of([pair("I.CR2", "raw")], [raw(), asset("J.CR2", "raw")]);
    assert_eq!(elsewhere.look().plan.verdicts.len(), 1, "another asset has it");
    assert_eq!(world.look().imports(), live.look().imports(), "nothing comes back by itself");

    let mut world = world.decide("raw", TakeIn);
    assert_eq!(world.sync().imports(), ["I.CR2"]);
    assert_eq!(world.look().plan.verdicts.len(), 1, "it is there now");
    let mut live = live.decide("moving", TakeIn);
    assert_eq!(live.sync().imports(), ["I.HEIC + I.MOV"]);
    assert_eq!(live.look().plan.verdicts.len(), 1);
}

#[test]
fn a_raw_that_the_library_lost_does_not_come_back_with_a_jpeg_that_is_new() {
    let mut world = World::of([pair("I.CR2", "raw")], [asset("I.CR2", "raw").lost()]);
    let run = world.look();
    assert_eq!((run.imports(), run.reason("I.CR2")), (vec!["I.JPG".into()], Some(Reason::OriginalMissing)));
    let mut taken_in = world.clone().decide("raw", TakeIn);
    assert_eq!(taken_in.sync().imports(), ["I.JPG + I.CR2"]);

    // Nor later: in a library of our own both could be one photo.
    for joins in [false, true] {
        let mut world = world.clone().ruled(|rules| (rules.library.joins, rules.joins) = (true, joins));
        world.sync();
        let run = world.look();
        assert_eq!((run.imports(), run.reason("I.CR2")), (vec![], Some(Reason::OriginalMissing)), "{joins}");
        assert_eq!(world.decide("raw", TakeIn).sync().imports(), ["I.CR2"]);
    }
}

#[test]
fn a_photo_that_the_library_lost_is_not_said_to_be_there() {
    let at = "2024-05-01T10:00:00";
    let reason = |item: Source, asset: Library| World::of([item], [asset]).look().reason("I.JPG");
    let jpeg = || photo("I.JPG").bytes("jpeg").at(at);
    let missing = Some(Reason::OriginalMissing);
    assert_eq!(reason(jpeg(), asset("I.JPG", "jpeg").lost()), missing);
    let unknown = asset("I.JPG", "jpeg").at(at).without_fingerprint().lost();
    assert_eq!(reason(jpeg(), unknown), missing, "by size, time and name");
    let shot = |item: Source| item.pixels(4, 3).camera("Apple iPhone");
    let heic = || asset("I.HEIC", "still").at(at).pixels(4, 3).camera("Apple iPhone");
    assert_eq!(reason(shot(jpeg()), heic().lost()), missing, "this copy may be all that is left of the shot");
    assert_eq!(reason(jpeg(), asset("I.JPG", "jpeg").lost().trashed()), Some(Reason::DeletedInPhotos));
    let mut exported = World::of([jpeg()], [asset("I.JPG", "jpeg").lost()]).exported(&jpeg(), "I.JPG");
    assert_eq!(reasons(&mut exported, ["I.JPG"]), [missing]);
    let mut pair = World::of([pair("I.CR2", "raw")], [asset("I.JPG", "jpeg").with(AlternatePhoto, "raw").lost()]);
    assert_eq!(pair.look().plan.verdicts.len(), 1, "one word for both");
    let mut pair = pair.decide("jpeg", TakeIn);
    assert_eq!(pair.sync().imports(), ["I.JPG + I.CR2"]);
    assert_eq!(pair.look().imports(), [""; 0]);
}

#[test]
fn of_equal_bytes_the_plain_name_goes() {
    let names = ["I (conflicted copy 2024-01-31 235959).jpg", "I (2).jpg", "I.jpg"];
    let run = World::of(names.map(|name| photo(name).bytes("same")), []).look();
    assert_eq!(run.imports(), ["I.jpg"]);
    let run = World::of(names[..2].iter().map(|name| photo(name).bytes("same")), []).look();
    assert_eq!(run.imports(), ["I (2).jpg"]);
    for copy in [
        "Copy of I.jpg",
        "Kopie von I.jpg",
        "I - Kopie.jpg",
        "I copie.jpg",
        "I (weitere Kopie).jpg",
        "I - copia.jpg",
        "I 2.jpg",
        "I-LAPTOP.jpg",
        "I (SFConflict anna@example.org 2025-01-01-10-10-10).jpg",
    ] {
        let run = World::of([copy, "I.jpg"].map(|name| photo(name).bytes("same")), []).look();
        assert_eq!((run.imports(), run.reason(copy)), (vec!["I.jpg".to_owned()], Some(Reason::SameBytesAs)), "{copy}");
    }
}

#[test]
fn another_raw_than_the_folders_goes_out_beside_it() {
    let cr2 = || asset("I.JPG", "jpeg").with(AlternatePhoto, "the cr2");
    let out = |items: Vec<Source>| World::of(items, [cr2()]).exporting(|_| {}).look();
    assert_eq!(out(vec![pair("I.DNG", "the dng")]).departure("I.JPG"), Ok(vec!["I (2).DNG".into()]));
    assert_eq!(out(vec![pair("I.CR2", "the cr2")]).departure("I.JPG"), Err(Reason::SameBytes));
    let movie = asset("I.HEIC", "still").with(PairedVideo, "moving");
    let run = World::of([live("I.MOV", "another")], [movie]).exporting(|_| {}).look();
    assert_eq!(run.departure("I.HEIC"), Ok(vec!["I (2).MOV".into()]));
}

#[test]
fn of_equal_jpegs_both_raws_go_out() {
    let of = |id: &str, raw: &str| asset("I.JPG", "jpeg").id(id).with(AlternatePhoto, raw);
    let mut world = World::of([], [of("1", "one raw"), of("2", "the other")]).exporting(|_| {});
    let run = world.look();
    assert_eq!(run.departure("1"), Ok(vec!["Unknown/I.JPG".into(), "Unknown/I.DNG".into()]));
    assert_eq!(run.departure("2"), Ok(vec!["Unknown/I (2).DNG".into()]));
    let there = photo("Unknown/I.JPG").bytes("jpeg").with(AlternatePhoto, "Unknown/I.DNG", "one raw");
    world.items = vec![there.clone(), photo("Unknown/I (2).DNG").bytes("the other")];
    assert_eq!(["1", "2"].map(|id| world.look().departure(id)), [const { Err(Reason::SameBytes) }; 2]);
    world.items = vec![there];
    assert_eq!(world.look().departure("2"), Ok(vec!["Unknown/I (2).DNG".into()]), "also in two runs");
}

#[test]
fn a_companion_that_stays_in_the_library_is_named() {
    let held = || asset("I.JPG", "jpeg").with(AlternatePhoto, "raw");
    let alone = || [photo("I.JPG").bytes("jpeg")];
    let mut gone = World::of(alone(), [held()]).exported(&pair("I.CR2", "raw"), "I.JPG").exporting(|_| {});
    let run = gone.look();
    assert_eq!(run.departure("I.JPG"), Err(Reason::SameBytes));
    assert_eq!(run.stays("I.JPG", AlternatePhoto), Some(Reason::DeletedInFolder));
    let mut gone = gone.decide("raw", TakeIn);
    assert_eq!(gone.look().departure("I.JPG"), Ok(vec!["I.DNG".into()]), "what is said of it holds for it");
    let mut imported = World::of(alone(), [held()]).imported(&pair("I.CR2", "raw"), "I.JPG").exporting(|_| {});
    assert_eq!(imported.look().departure("I.JPG"), Err(Reason::ImportedByUs));
    assert_eq!(imported.look().stays("I.JPG", AlternatePhoto), Some(Reason::DeletedInFolder));
    let mut left = World::of(alone(), [held()]).decide("raw", LeaveOut).exporting(|_| {});
    assert_eq!(left.look().stays("I.JPG", AlternatePhoto), Some(Reason::LeftOut));
    let mut left = World::of([], [held()]).decide("raw", LeaveOut).exporting(|_| {});
    assert_eq!(left.look().departure("I.JPG"), Ok(vec!["Unknown/I.JPG".into()]));
    assert_eq!(left.look().stays("I.JPG", AlternatePhoto), Some(Reason::LeftOut), "also of a photo that goes");
    let none = |export: &mut photobridge_core::export::Export| export.filter.photos = false;
    let mut filtered = World::of(alone(), [held()]).exporting(none);
    assert_eq!(filtered.look().stays("I.JPG", AlternatePhoto), Some(Reason::Excluded));
    let mut whole = World::of([pair("I.CR2", "raw")], [held()]).exporting(|_| {});
    assert_eq!(whole.look().plan.exports.len(), 1, "what the folder has needs no word");
}

#[test]
fn what_stays_with_its_photo_is_named_with_it() {
    let raw = || asset("I.JPG", "jpeg").with(AlternatePhoto, "raw");
    let stays = |world: World| {
        let run = world.exporting(|_| {}).look();
        let verdict = &run.plan.exports[0];
        (run.departure("I.JPG").err(), verdict.files(&run.assets[0]).collect::<Vec<_>>(), verdict.stays.to_vec())
    };
    let hidden = World::of([], [raw().standing(|standing| standing.hidden = true)]);
    assert_eq!(stays(hidden), (Some(Reason::Hidden), vec![0, 1], vec![(1, Reason::Hidden)]));
    let left = World::of([], [raw()]).decide("jpeg", LeaveOut);
    assert_eq!(stays(left), (Some(Reason::LeftOut), vec![0, 1], vec![(1, Reason::LeftOut)]));
    let alone = || World::of([photo("I.JPG").bytes("jpeg")], [raw()]);
    let left = alone().decide("jpeg", LeaveOut);
    assert_eq!(left.exporting(|_| {}).look().stays("I.JPG", AlternatePhoto), Some(Reason::LeftOut));
    for (whereabouts, reason) in [
        (Whereabouts::Cloud, Reason::OnlyInICloud),
        (Whereabouts::Missing, Reason::OriginalMissing),
        (Whereabouts::Unreachable, Reason::ReferencedUnreachable),
    ] {
        let mut world = alone();
        world.assets[0].asset.resources[1].whereabouts = whereabouts;
        assert_eq!(stays(world), (Some(Reason::Incomplete), vec![0, 1], vec![(1, reason)]));
    }
    let deleted = World::of([], [raw()]).exported(&pair("I.CR2", "raw"), "I.JPG").decide("raw", TakeIn);
    assert_eq!(deleted.exporting(|_| {}).look().departure("I.JPG").map(|files| files.len()), Ok(2), "whole");
    let deleted = World::of([], [raw()]).exported(&pair("I.CR2", "raw"), "I.JPG");
    assert_eq!(stays(deleted), (Some(Reason::DeletedInFolder), vec![0, 1], vec![(1, Reason::DeletedInFolder)]));
}

#[test]
fn the_raw_of_a_shot_that_is_there_in_another_format_goes_out_beside_it() {
    let at = "2024-05-01T10:00:00";
    let shot = |item: Source| item.at(at).pixels(4, 3).camera("Canon");
    let held = || asset("I.HEIC", "still").at(at).pixels(4, 3).camera("Canon").with(AlternatePhoto, "raw");
    let mut world = World::of([shot(photo("I.JPG").bytes("converted"))], [held()]).exporting(|_| {});
    let run = world.look();
    assert_eq!(run.reason("I.JPG"), Some(Reason::SameShot));
    assert_eq!(run.departure("I.HEIC"), Ok(vec!["I.DNG".into()]), "the RAW alone");
    assert_eq!(run.stays("I.HEIC", Photo), Some(Reason::SameShot));
    world.items = vec![shot(photo("I.JPG").bytes("converted").with(AlternatePhoto, "I.DNG", "raw"))];
    let run = world.look();
    assert_eq!((run.departure("I.HEIC"), run.imports()), (Err(Reason::SameShot), vec![]));
    let mut old = World::of([shot(photo("I.JPG").bytes("converted"))], [held()]).exporting(|export| {
        export.range = photobridge_core::export::Range::GoingForward;
    });
    assert_eq!(old.look().departure("I.HEIC"), Err(Reason::SameShot), "before the baseline it stays");
    assert_eq!(old.look().stays("I.HEIC", AlternatePhoto), Some(Reason::BeforeBaseline));
    let mut taken = old.decide("still", TakeIn);
    let whole = Ok(vec!["2024/05/I (2).HEIC".into(), "2024/05/I (2).DNG".into()]);
    assert_eq!(taken.look().departure("I.HEIC").map(|files| files.len()), whole.map(|files: Vec<String>| files.len()));
}

#[test]
fn a_live_photo_is_not_there_as_a_still_alone() {
    let at = "2024-05-01T10:00:00";
    let heic = asset("I.HEIC", "still").at(at).pixels(4, 3).camera("Apple iPhone").with(PairedVideo, "moving");
    let jpeg = photo("I.JPG").bytes("converted").at(at).pixels(4, 3).camera("Apple iPhone");
    let run = World::of([jpeg.clone()], [heic.clone()]).exporting(|_| {}).look();
    assert_eq!(run.reason("I.JPG"), Some(Reason::SameShot));
    assert_eq!(run.departure("I.HEIC"), Ok(vec!["2024/05/I.HEIC".into(), "2024/05/I.MOV".into()]));
    let with_movie = jpeg.with(PairedVideo, "I.MOV", "moving");
    let run = World::of([with_movie], [heic]).exporting(|_| {}).look();
    assert_eq!(
        run.departure("I.HEIC").map_err(|reason| reason == Reason::SameShot || reason == Reason::SameBytes).ok(),
        None
    );
}

#[test]
fn of_a_movie_that_nobody_compared_the_number_tells_that_it_is_nowhere() {
    let at = "2024-05-01T10:00:00";
    let heic = || {
        let heic = asset("I.HEIC", "still").at(at).pixels(4, 3).camera("Apple iPhone").with(PairedVideo, "moving");
        heic.without_fingerprint()
    };
    let jpeg = photo("I.JPG").bytes("converted").at(at).pixels(4, 3).camera("Apple iPhone");
    let whole = Ok(vec!["2024/05/I.HEIC".to_owned(), "2024/05/I.MOV".to_owned()]);
    let mut world = World::of([jpeg.clone()], [heic()]);
    assert_eq!(world.clone().exporting(|_| {}).look().departure("I.HEIC"), whole);
    world.sync();
    let mut later = world.exporting(|_| {});
    assert_eq!(later.look().departure("I.HEIC"), whole, "though its still was found to be the same shot before");
    let movie = video("v/clip.MOV").bytes("moving");
    let there = World::of([jpeg.clone(), movie], [heic()]).exporting(|_| {}).look();
    assert_ne!(there.departure("I.HEIC"), whole, "it lies there under another name");
    let delivered = photo("2024/05/I.HEIC").bytes("still").with(PairedVideo, "2024/05/I.MOV", "moving");
    let mut deleted = World::of([jpeg], [heic()]).exported(&delivered, "I.HEIC").exporting(|_| {});
    assert_eq!(deleted.look().departure("I.HEIC"), Err(Reason::DeletedInFolder), "what was deleted stays so");
}

#[test]
fn a_raw_whose_jpeg_is_left_out_goes_alone_and_a_movie_stays_with_its_still() {
    let mut world = World::of([pair("I.CR2", "raw")], []).decide("jpeg", LeaveOut);
    assert_eq!(world.sync().imports(), ["I.CR2"]);
    assert_eq!(reasons(&mut world, ["I.JPG"]), [Some(Reason::LeftOut)]);
    assert_eq!(world.look().imports(), [""; 0]);
    let mut live = World::of([live("I.MOV", "moving")], []).decide("still", LeaveOut);
    assert_eq!(live.look().imports(), [""; 0]);
}

#[test]
fn a_photo_that_arrived_just_now_waits_a_little_for_the_larger_file_of_its_camera() {
    let of = |item: Source, camera: &str| item.camera(camera);
    let known = of(photo("a.JPG").bytes("other").with(AlternatePhoto, "a.CR2", "its raw"), "Canon");
    let late = |camera: &str, seconds| of(photo("I.JPG").bytes("jpeg").changed_ago(seconds), camera);
    let reason = |item: Source| World::of([known.clone(), item], []).look().reason("I.JPG");
    assert_eq!(reason(late("Canon", 599)), Some(Reason::OtherHalf));
    assert_eq!(reason(late("Canon", 600)), None, "it has none");
    assert_eq!(reason(late("Nikon", 60)), None, "nobody knows that this camera makes pairs");
    assert_eq!(reason(of(pair("I.CR2", "raw").changed_ago(60), "Canon")), None, "it is here");
    let held = asset("b.HEIC", "b").with(PairedVideo, "moving").camera("Apple iPhone");
    let edited = photo("I.JPG").bytes("jpeg").camera("Apple iPhone").changed_ago(60);
    let mut world = World::of([edited], [held]);
    assert_eq!(reasons(&mut world, ["I.JPG"]), [Some(Reason::OtherHalf)], "as the library knows");
    assert_eq!(world.ruled(|rules| rules.settle = std::time::Duration::ZERO).look().imports(), ["I.JPG"]);
}

/// A pair of still and companion, and the same still with other words in it beside another companion.
fn tagged_pairs(role: photobridge_core::asset::ResourceRole, other: &str) -> World {
    let shot = |item: Source| item.at("2024-05-01T10:00:00").pixels(4, 3).camera("Canon");
    let one = shot(photo("D.JPG").bytes("jpeg")).with(role, "D.ONE", "the one");
    let tagged = shot(photo("t/D.JPG").bytes("tagged jpeg")).with(role, "t/D.TWO", other);
    World::of([one, tagged], []).coded("jpeg", 1).coded("tagged jpeg", 1)
}

#[test]
fn another_raw_of_a_tagged_copy_goes_by_itself_in_the_same_run() {
    let mut world = tagged_pairs(AlternatePhoto, "another one");
    let run = world.sync();
    assert_eq!(run.imports(), ["D.JPG + D.ONE", "t/D.TWO"]);
    assert_eq!(run.reason("t/D.JPG"), Some(Reason::SamePicture));
    assert_eq!(world.look().imports(), [""; 0], "nothing is left for the next run");
    let tagged = || tagged_pairs(AlternatePhoto, "tagged one").coded("the one", 2).coded("tagged one", 2);
    let run = tagged().look();
    assert_eq!(run.imports(), ["D.JPG + D.ONE"], "the RAW is the same picture, too");
    assert_eq!(run.verdict("t/D.JPG").shared[..], [1]);
    let run = tagged_pairs(AlternatePhoto, "the one").look();
    assert_eq!((run.imports(), run.plan.verdicts.len()), (vec!["D.JPG + D.ONE".into()], 2), "equal bytes need no word");
}

#[test]
fn another_movie_of_a_tagged_copy_is_told_in_the_same_run_as_in_the_next() {
    let mut world = tagged_pairs(PairedVideo, "another one");
    for _ in 0..2 {
        let run = world.sync();
        assert_eq!(run.reason("t/D.JPG"), Some(Reason::SamePicture));
        assert_eq!(run.reason("t/D.TWO"), Some(Reason::OtherHalfOfImported));
    }
}

#[test]
fn a_tagged_raw_of_an_equal_jpeg_is_the_same_picture() {
    let at = |item: Source| item.at("2024-05-01T10:00:00").pixels(4, 3).camera("Canon");
    let of = |jpeg: &str, raw: &str, bytes: &str| at(photo(jpeg).bytes("jpeg")).with(AlternatePhoto, raw, bytes);
    let world = World::of([of("D.JPG", "D.CR2", "raw"), of("t/D.JPG", "t/D.CR2", "tagged raw")], []);
    let mut world = world.coded("jpeg", 1).coded("raw", 2).coded("tagged raw", 2);
    let run = world.sync();
    assert_eq!(run.imports(), ["D.JPG + D.CR2"]);
    assert_eq!(run.reason("t/D.CR2"), Some(Reason::SamePicture));
    assert_eq!(world.look().imports(), [""; 0]);
}

#[test]
fn a_movie_that_never_went_in_was_not_deleted_with_its_still() {
    let still = || photo("I.HEIC").bytes("still").live("X");
    let late = || World::of([live("I.MOV", "moving")], []).linked(&still(), "1");
    let out = [Reason::DeletedInPhotos, Reason::ItsPhotoStaysOut].map(Some);
    assert_eq!(reasons(&mut late(), ["I.HEIC", "I.MOV"]), out);
    let mut trashed = World::of([live("I.MOV", "moving")], [asset("1", "still").trashed()]);
    assert_eq!(reasons(&mut trashed, ["I.HEIC", "I.MOV"]), out, "also with an empty memory");
    let mut alone = World::of([video("I.MOV").bytes("moving").live("X")], []).linked(&still(), "1");
    assert_eq!(reasons(&mut alone, ["I.MOV"]), [Some(Reason::ItsPhotoStaysOut)]);
    assert_eq!(late().decide("moving", TakeIn).look().imports(), ["I.MOV"], "its still was deleted");
    assert_eq!(late().decide("still", TakeIn).look().imports(), ["I.HEIC + I.MOV"]);
    let mut whole = World::of([live("I.MOV", "moving")], []).linked(&live("I.MOV", "moving"), "1");
    assert_eq!(reasons(&mut whole, ["I.HEIC", "I.MOV"]), [Some(Reason::DeletedInPhotos); 2], "that was there");
    whole.items = vec![video("I.MOV").bytes("moving").live("X")];
    assert_eq!(reasons(&mut whole, ["I.MOV"]), [Some(Reason::DeletedInPhotos)]);
}

#[test]
fn a_file_that_never_went_out_was_not_deleted_with_its_photo() {
    let raw = || asset("I.JPG", "jpeg").with(AlternatePhoto, "raw");
    let gone = |item: &Source| World::of([], [raw()]).exported(item, "I.JPG").exporting(|_| {});
    let run = gone(&photo("I.JPG").bytes("jpeg")).look();
    assert_eq!(run.departure("I.JPG"), Err(Reason::DeletedInFolder));
    assert_eq!(run.stays("I.JPG", AlternatePhoto), Some(Reason::ItsPhotoStaysOut));
    let other = gone(&pair("I.CR2", "another raw")).look();
    assert_eq!(other.stays("I.JPG", AlternatePhoto), Some(Reason::ItsPhotoStaysOut), "that one was another RAW");
    let whole = gone(&pair("I.CR2", "raw")).look();
    assert_eq!(whole.stays("I.JPG", AlternatePhoto), None, "its photo speaks for it");
}
