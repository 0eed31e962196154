//! A file that comes late keeps the one stem of its photo: where its name is taken, both get another one.

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo, Photo, RenderedPairedVideo, RenderedPhoto};
use photobridge_core::export::Edited;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo, video};

const STILL: &str = "2024/05/I.HEIC";

fn live() -> Library {
    asset("I.HEIC", "still").with(PairedVideo, "movie")
}

fn still() -> Source {
    photo(STILL).bytes("still").live("A")
}

/// The still went out earlier; its movie goes now.
fn late(beside: impl IntoIterator<Item = Source>) -> World {
    let mut world = World::of([still()], [live()]).exported(&still(), "I.HEIC").exporting(|_| {});
    world.items.extend(beside);
    world
}

/// Where the movie goes, and what gets another name.
fn goes(mut world: World) -> (Vec<String>, Vec<String>) {
    let run = world.look();
    (run.departure("I.HEIC").unwrap(), run.renames("I.HEIC"))
}

fn both(number: u32) -> (Vec<String>, Vec<String>) {
    (vec![format!("2024/05/I ({number}).MOV")], vec![format!("I.HEIC -> I ({number}).HEIC")])
}

fn alone(name: &str) -> (Vec<String>, Vec<String>) {
    (vec![format!("2024/05/{name}")], Vec::new())
}

fn stranger() -> Source {
    video("2024/05/I.MOV").bytes("another")
}

#[test]
fn where_the_name_of_a_late_movie_is_taken_photo_and_movie_get_another_one() {
    assert_eq!(goes(late([])), alone("I.MOV"), "nothing is in the way");
    assert_eq!(goes(late([stranger()])), both(2));
    assert_eq!(goes(late([video("2024/05/i.mov").bytes("another")])), both(2), "as file systems compare names");
    assert_eq!(goes(late([stranger(), photo("2024/05/I (2).JPG").bytes("one more")])), both(3));
    for taken in ["2024/05/I.MOV", "2024/05/I.MOV.nextcloud", "2024/05/.I.MOV.~1a2b", "2024/05/I.MOV.xmp"] {
        let mut world = late([]);
        world.others = vec!["2024/05/I.MOV".into(), taken.into()];
        assert_eq!(goes(world), both(2), "{taken}, which is no photo");
    }
    let mut grouped = World::of([still()], [live()]).exported(&still(), "I.HEIC").exporting(|_| {});
    grouped.items = vec![still().with(PairedVideo, "2024/05/I.MOV", "another")];
    assert_eq!(goes(grouped), both(2), "also where the other one looks like its half");
}

#[test]
fn the_number_of_a_photo_is_counted_up() {
    let item = || still().moved("2024/05/I (2).HEIC");
    let mut world = World::of([item()], [live()]).exported(&item(), "I.HEIC").exporting(|_| {});
    world.items.extend([photo("2024/05/I.JPG").bytes("a"), video("2024/05/I (2).MOV").bytes("b")]);
    assert_eq!(goes(world), (vec!["2024/05/I (3).MOV".into()], vec!["I (2).HEIC -> I (3).HEIC".into()]));
}

#[test]
fn a_late_raw_and_the_movie_of_an_edited_version_do_the_same() {
    let pair = || asset("I.JPG", "jpeg").with(AlternatePhoto, "raw");
    let item = || photo("2024/05/I.JPG").bytes("jpeg");
    let mut world = World::of([item()], [pair()]).exported(&item(), "I.JPG").exporting(|_| {});
    world.items.push(photo("2024/05/I.DNG").bytes("another"));
    let run = world.look();
    assert_eq!(run.departure("I.JPG"), Ok(vec!["2024/05/I (2).DNG".into()]));
    assert_eq!(run.renames("I.JPG"), ["I.JPG -> I (2).JPG"]);

    let edited = || live().with(RenderedPhoto, "edit").with(RenderedPairedVideo, "edited movie").edited(400, 300);
    let original = || still().with(PairedVideo, "2024/05/I.MOV", "movie");
    let edit = || {
        let mut edit = photo("2024/05/I_edited.jpg").bytes("edit");
        edit.item.files[0].role = RenderedPhoto;
        edit
    };
    let mut world = World::of([original(), edit()], [edited()])
        .exported(&original(), "I.HEIC")
        .exported(&edit(), "I.HEIC")
        .exporting(|export| export.edited = Edited::Both);
    world.items[1].item.files[0].role = Photo;
    world.items.push(video("2024/05/I_edited.mov").bytes("another"));
    let run = world.look();
    assert_eq!(run.departure("I.HEIC"), Ok(vec!["2024/05/I_edited (2).MOV".into()]));
    assert_eq!(run.renames("I.HEIC"), ["I_edited.jpg -> I_edited (2).jpg"], "the original has its movie and stays");
}

#[test]
fn all_that_we_laid_of_the_photo_goes_along() {
    let item = || photo("2024/05/I.JPG").bytes("jpeg").with(PairedVideo, "2024/05/I.MOV", "movie");
    let edit = || photo("2024/05/I_edited.jpg").bytes("edit");
    let held = || asset("I.JPG", "jpeg").with(PairedVideo, "movie").with(AlternatePhoto, "raw");
    let held = || held().with(RenderedPhoto, "edit").edited(400, 300);
    let mut edited = edit();
    edited.item.files[0].role = RenderedPhoto;
    let mut world = World::of([item(), edit()], [held()])
        .exported(&item(), "I.JPG")
        .exported(&edited, "I.JPG")
        .exporting(|export| export.edited = Edited::Both);
    world.items.push(photo("2024/05/I.DNG").bytes("another"));
    let run = world.look();
    assert_eq!(run.departure("I.JPG"), Ok(vec!["2024/05/I (2).DNG".into()]));
    let mut renames = run.renames("I.JPG");
    renames.sort();
    let expected = ["I.JPG -> I (2).JPG", "I.MOV -> I (2).MOV", "I_edited.jpg -> I (2)_edited.jpg"];
    assert_eq!(renames, expected);
}

#[test]
fn a_photo_that_somebody_touched_keeps_its_name_and_that_is_said() {
    let found = World::of([still(), stranger()], [live()]).linked(&still(), "I.HEIC").exporting(|_| {});
    let imported = World::of([still(), stranger()], [live()]).imported(&still(), "I.HEIC").exporting(|_| {});
    assert_eq!(goes(found), alone("I (2).MOV"), "it lay there");
    assert!(imported.clone().look().departure("I.HEIC").is_err(), "it came from there");
    let mut renamed = late([]);
    renamed.items = vec![still().moved("2024/05/Sunset.HEIC"), video("2024/05/Sunset.MOV").bytes("another")];
    assert_eq!(goes(renamed), alone("Sunset (2).MOV"), "a person named it");
    assert_eq!(goes(late([stranger(), photo("2024/05/I_edited.jpg").bytes("theirs")])), alone("I (2).MOV"));
    let mut noted = late([stranger()]);
    noted.others = vec!["2024/05/I.txt".into()];
    assert_eq!(goes(noted), alone("I (2).MOV"), "something beside it has its name");
    let mut half = late([]);
    half.items = vec![still().with(PairedVideo, "2024/05/I.MOV", "a conversion")];
    half.items[0].item.files[1].header = half.items[0].item.files[0].header.clone();
    assert_eq!(goes(half), alone("I (2).MOV"), "its identifier says that this is its movie, too");
    let mut kept = late([stranger()]);
    kept.keeps_names = true;
    assert_eq!(goes(kept.clone()), alone("I (2).MOV"), "nothing there can be renamed without replacing");
    let run = kept.look();
    let said = photobridge_core::notices::parted(&run.plan).unwrap();
    assert!(
        said.starts_with("2024/05/I (2).MOV is exported under another name than its photo 2024/05/I.HEIC"),
        "{said}"
    );
    assert_eq!(photobridge_core::notices::parted(&late([stranger()]).look().plan), None);
}
