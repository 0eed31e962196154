//! Words beside photos (XMP): they go in with their photo, or are named.

use photobridge_core::asset::ResourceRole::{AdjustmentData, AlternatePhoto, Sidecar};
use photobridge_core::export::Sidecar as Written;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::Source;
use photobridge_testkit::{World, asset, photo};

fn described(path: &str, bytes: &str, words: &str) -> Source {
    photo(&format!("{path}.JPG")).bytes(bytes).with(Sidecar, &format!("{path}.xmp"), words)
}

fn reason(world: &mut World, path: &str) -> Option<Reason> {
    let run = world.look();
    let of_path = |verdict: &&photobridge_core::plan::Verdict| {
        run.items[verdict.item as usize].files[usize::from(verdict.file)].path == std::path::Path::new(path)
    };
    run.plan.verdicts.iter().find(of_path)?;
    run.reason(path)
}

#[test]
fn words_that_come_late_or_change_are_named() {
    let late = || World::of([described("D", "jpeg", "late")], [asset("D.JPG", "jpeg")]);
    assert_eq!(reason(&mut late(), "D.xmp"), Some(Reason::WordsOfKnown));
    assert_eq!(reason(&mut late(), "D.JPG"), Some(Reason::SameBytes));
    let held =
        |words: &str| World::of([described("D", "jpeg", words)], [asset("D.JPG", "jpeg").with(Sidecar, "words")]);
    assert_eq!(reason(&mut held("words"), "D.xmp"), None, "they went in with it");
    assert_eq!(reason(&mut held("other"), "D.xmp"), Some(Reason::WordsOfKnown), "of equal length");
    let with_words = described("D", "jpeg", "late");
    let mut remembered = late().exported(&with_words, "D.JPG");
    assert_eq!(reason(&mut remembered, "D.xmp"), None, "the library kept what they say, or we wrote it");
    let mut written = late().exporting(|export| export.sidecar = Written::Xmp);
    assert_eq!(reason(&mut written, "D.xmp"), None, "what we write is the library's own, also with an empty memory");
}

#[test]
fn the_words_of_a_copy_are_named_with_it() {
    let copies = [described("a/D", "jpeg", "one"), described("b/D", "jpeg", "two")];
    let mut world = World::of(copies, []);
    assert_eq!(world.look().imports(), ["a/D.JPG + a/D.xmp"]);
    assert_eq!(reason(&mut world, "b/D.JPG"), Some(Reason::SameBytesAs));
    assert_eq!(reason(&mut world, "b/D.xmp"), Some(Reason::WordsOfKnown));
    world.sync();
    assert_eq!((reason(&mut world, "b/D.xmp"), world.look().imports().len()), (Some(Reason::WordsOfKnown), 0));
    let recipe =
        |path: &str| photo(&format!("{path}.JPG")).bytes("jpeg").with(AdjustmentData, &format!("{path}.AAE"), path);
    let mut world = World::of([recipe("a/D"), recipe("b/D")], []);
    assert_eq!(reason(&mut world, "b/D.AAE"), Some(Reason::RecipeOfKnown));
}

#[test]
fn the_words_of_a_tagged_copy_and_of_an_edit_are_named() {
    let at = |item: Source| item.at("2024-05-01T10:00:00").pixels(4, 3).camera("Canon");
    let copies = [
        at(photo("D.JPG").bytes("jpeg")).with(AlternatePhoto, "D.CR2", "raw"),
        at(described("t/D", "tagged", "words")),
    ];
    let mut world = World::of(copies, []).coded("jpeg", 1).coded("tagged", 1);
    assert_eq!(reason(&mut world, "t/D.JPG"), Some(Reason::SamePicture));
    assert_eq!(reason(&mut world, "t/D.xmp"), Some(Reason::WordsOfKnown));
    let mut world =
        World::of([at(photo("I.JPG").bytes("original")), at(described("I_edited", "the edit", "words"))], []);
    assert_eq!(reason(&mut world, "I_edited.JPG"), Some(Reason::EditedVersionOf));
    assert_eq!(reason(&mut world, "I_edited.xmp"), Some(Reason::WordsOfKnown));
}
