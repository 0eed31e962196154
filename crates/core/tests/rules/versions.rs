//! Which version of an edited photo the folder has, and which it lacks: each file of either is there or is named.

use photobridge_core::asset::ResourceRole::{AdjustmentData, PairedVideo, Photo, RenderedPairedVideo, RenderedPhoto};
use photobridge_core::export::Edited;
use photobridge_core::memory::Decision::TakeIn;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo, video};

const AT: &str = "2024-05-01T10:00:00";

fn shot(item: Source) -> Source {
    item.at(AT).pixels(4, 3).camera("Apple iPhone")
}

/// A Live Photo that was edited, in both halves.
fn edited() -> Library {
    let original = asset("I.JPG", "original").at(AT).pixels(4, 3).camera("Apple iPhone").with(PairedVideo, "moving");
    original.with(RenderedPhoto, "the edit").with(RenderedPairedVideo, "the edit moving").edited(4, 3)
}

fn asked(items: impl IntoIterator<Item = Source>, how: Edited) -> World {
    World::of(items, [edited()]).exporting(|export| export.edited = how)
}

/// The original with other words in it, and its movie.
fn tagged() -> Source {
    shot(photo("cam/I.JPG").bytes("tagged original")).with(PairedVideo, "cam/I.MOV", "moving")
}

#[test]
fn the_edit_goes_beside_an_original_that_was_tagged_or_converted() {
    let expected = Ok(["cam/I_edited.jpg", "cam/I_edited.MOV"].map(String::from).to_vec());
    let coded = |world: World| world.coded("tagged original", 1).coded("original", 1).coded("the edit", 2);
    let mut world = coded(asked([tagged()], Edited::Both));
    let run = world.look();
    assert_eq!(run.departure("I.JPG"), expected);
    assert_eq!(run.stays("I.JPG", Photo), Some(Reason::SamePicture), "the original is told, too");

    let seen = |world: World| world.shows("tagged original", 50).shows("original", 50).shows("the edit", 90);
    let mut world = seen(asked([tagged()], Edited::Both));
    let run = world.look();
    assert_eq!((run.departure("I.JPG"), run.stays("I.JPG", Photo)), (expected, Some(Reason::SameShot)));

    let mut alone = coded(asked([tagged()], Edited::Original));
    assert_eq!(alone.look().departure("I.JPG"), Err(Reason::SamePicture), "nobody asks for the edit");
    let mut unseen = asked([tagged()], Edited::Both);
    assert_eq!(unseen.look().departure("I.JPG"), Err(Reason::SameShot), "by words it may be either");
}

#[test]
fn the_original_goes_beside_an_edit_that_was_tagged() {
    let edit =
        shot(photo("cam/I_edited.jpg").bytes("tagged edit")).with(PairedVideo, "cam/I_edited.MOV", "the edit moving");
    let coded = |world: World| world.coded("tagged edit", 2).coded("original", 1).coded("the edit", 2);
    let run = coded(asked([edit.clone()], Edited::Both)).look();
    assert_eq!(run.departure("I.JPG"), Ok(vec!["cam/I.JPG".into(), "cam/I.MOV".into()]));
    assert_eq!(run.stays("I.JPG", RenderedPhoto), Some(Reason::SamePicture));
    assert_eq!(coded(asked([edit], Edited::Current)).look().departure("I.JPG"), Err(Reason::SamePicture));
}

#[test]
fn an_original_in_the_folder_is_not_what_photos_shows() {
    let phone = || shot(photo("cam/I.JPG").bytes("original")).with(PairedVideo, "cam/I.MOV", "moving");
    let run = asked([phone()], Edited::Current).look();
    assert_eq!(run.departure("I.JPG"), Err(Reason::EditedSinceExport));
    assert_eq!(run.plan.exports[0].stays.to_vec(), [(3, Reason::EditedSinceExport)], "its movie likewise");
    let still = asset("J.HEIC", "original").at(AT).pixels(4, 3).camera("Apple iPhone").with(RenderedPhoto, "the edit");
    let converted = shot(photo("cam/J.JPG").bytes("converted"));
    let world = World::of([converted], [still.edited(4, 3)]).exporting(|export| export.edited = Edited::Current);
    let mut seen = world.shows("converted", 50).shows("original", 50).shows("the edit", 90);
    assert_eq!(seen.look().departure("J.HEIC"), Err(Reason::EditedSinceExport), "a converted one neither");
    assert_eq!(asked([phone()], Edited::Original).look().departure("I.JPG"), Err(Reason::SameBytes));

    let taken = asked([phone()], Edited::Current).decide("original", TakeIn).look();
    assert_eq!(taken.departure("I.JPG"), Ok(vec!["cam/I_edited.jpg".into(), "cam/I_edited.MOV".into()]));
    let shown = shot(photo("cam/I.jpg").bytes("the edit")).with(PairedVideo, "cam/I.MOV", "the edit moving");
    assert_eq!(asked([shown], Edited::Current).look().departure("I.JPG"), Err(Reason::SameBytes));
    let imported = asked([phone()], Edited::Current).imported(&phone(), "I.JPG").look().departure("I.JPG");
    assert_eq!(imported, Err(Reason::ImportedByUs), "an edit of what came from the folder does not go there");
}

#[test]
fn the_half_of_an_edit_that_lacks_takes_the_stem_of_the_other_half() {
    let original = || photo("2024/05/I.JPG").bytes("original").with(PairedVideo, "2024/05/I.MOV", "moving");
    let goes = |half: Source| asked([original(), half], Edited::Both).look().departure("I.JPG");
    let movie = |path: &str| video(path).bytes("the edit moving");
    let still = |path: &str| photo(path).bytes("the edit");
    assert_eq!(goes(movie("2024/05/I_edited.MOV")), Ok(vec!["2024/05/I_edited.jpg".into()]));
    assert_eq!(goes(still("2024/05/I_edited.jpg")), Ok(vec!["2024/05/I_edited.MOV".into()]));
    assert_eq!(goes(movie("2024/05/I_edited (2).MOV")), Ok(vec!["2024/05/I_edited (2).jpg".into()]));
    assert_eq!(goes(still("2024/05/I_edited (2).jpg")), Ok(vec!["2024/05/I_edited (2).MOV".into()]));
    // In another directory nothing is its other half, and a stranger's movie never is.
    assert_eq!(goes(movie("2024/06/I_edited.MOV")), Ok(vec!["2024/05/I_edited.jpg".into()]));
    let stranger = video("2024/05/I_edited.MOV").bytes("another movie");
    let beside = vec!["2024/05/I_edited (2).jpg".into(), "2024/05/I_edited (2).MOV".into()];
    assert_eq!(goes(stranger), Ok(beside));
}

#[test]
fn an_edit_that_was_deleted_in_the_folder_is_named_and_can_come_back() {
    let original = photo("2024/05/I.JPG").bytes("original").with(PairedVideo, "2024/05/I.MOV", "moving");
    let edit =
        || photo("2024/05/I_edited.jpg").bytes("the edit").with(PairedVideo, "2024/05/I_edited.MOV", "the edit moving");
    let mut exported = edit();
    exported.item.files[0].role = RenderedPhoto;
    exported.item.files[1].role = RenderedPairedVideo;
    let world =
        |items: Vec<Source>| asked(items, Edited::Both).exported(&original, "I.JPG").exported(&exported, "I.JPG");
    let run = world(vec![original.clone()]).look();
    assert_eq!(run.departure("I.JPG"), Err(Reason::SameBytes));
    assert_eq!(run.stays("I.JPG", RenderedPhoto), Some(Reason::DeletedInFolder));
    assert_eq!(run.stays("I.JPG", RenderedPairedVideo), Some(Reason::DeletedInFolder));
    let taken = world(vec![original.clone()]).decide("the edit", TakeIn).decide("the edit moving", TakeIn).look();
    assert_eq!(taken.departure("I.JPG"), Ok(vec!["2024/05/I_edited.jpg".into(), "2024/05/I_edited.MOV".into()]));
    let whole = world(vec![original.clone(), edit()]).look();
    assert_eq!(whole.plan.exports.len(), 1, "what is there needs no word");
}

#[test]
fn an_edit_that_was_made_after_its_photo_was_deleted_in_the_folder_was_not_deleted_there() {
    let original = photo("2024/05/I.JPG").bytes("original").with(PairedVideo, "2024/05/I.MOV", "moving");
    let run = asked(vec![], Edited::Both).exported(&original, "I.JPG").look();
    assert_eq!(run.departure("I.JPG"), Err(Reason::DeletedInFolder));
    assert_eq!(run.stays("I.JPG", RenderedPhoto), Some(Reason::ItsPhotoStaysOut));
    assert_eq!(run.stays("I.JPG", RenderedPairedVideo), Some(Reason::ItsPhotoStaysOut));
    assert_eq!(run.stays("I.JPG", PairedVideo), None, "it lay there, and went with its photo");
}

#[test]
fn a_recipe_that_was_deleted_in_the_folder_is_named() {
    let mut held = asset("I.JPG", "original").with(AdjustmentData, "recipe");
    held.asset.resources[1].locator = "originals/I/I_5.aae".into();
    let alone = photo("I.JPG").bytes("original");
    let both = alone.clone().with(AdjustmentData, "I.AAE", "recipe");
    let world = |items: Vec<Source>| World::of(items, [held.clone()]).exporting(|_| {});
    let never = world(vec![alone.clone()]).look();
    assert_eq!(never.departure("I.JPG"), Ok(vec!["I.AAE".into()]), "it never lay there");
    let run = world(vec![alone]).exported(&both, "I.JPG").look();
    assert_eq!(run.departure("I.JPG"), Err(Reason::SameBytes));
    assert_eq!(run.stays("I.JPG", AdjustmentData), Some(Reason::DeletedInFolder));
    assert_eq!(world(vec![both]).look().plan.exports.len(), 1);
}
