//! Rung 2: size, capture time and name, where bytes cannot be compared.

use photobridge_core::matching::Rung;
use photobridge_core::plan::Evidence;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo};

const AT: &str = "2024-05-01T10:00:00";

fn cloud() -> Library {
    asset("IMG_1.JPG", "12345").without_fingerprint().in_icloud().at(AT)
}

fn same(path: &str) -> Source {
    photo(path).bytes("abcde").at(AT)
}

fn reason(item: Source, asset: Library) -> Option<Reason> {
    let path = item.item.to_string();
    World::of([item], [asset]).look().reason(&path)
}

#[test]
fn size_time_and_name_together_identify() {
    let run = World::of([same("a/IMG_1.JPG")], [cloud()]).look();
    assert_eq!(run.reason("a/IMG_1.JPG"), Some(Reason::SameSizeTimeAndName));
    assert_eq!(run.verdict("a/IMG_1.JPG").evidence, Some(Evidence::Asset(0, Rung::SizeTimeAndName)));
    assert_eq!(reason(same("img_1.jpg"), cloud()), Some(Reason::SameSizeTimeAndName), "letters of another case");
}

#[test]
fn each_of_the_three_is_needed() {
    assert_eq!(reason(same("IMG_1.JPG").bytes("123456"), cloud()), None, "size");
    assert_eq!(reason(same("IMG_1.JPG").at("2024-05-01T10:00:01"), cloud()), None, "time");
    assert_eq!(reason(same("IMG_2.JPG"), cloud()), None, "name");
    let undated = photo("IMG_1.JPG").bytes("abcde");
    assert_eq!(reason(undated.clone(), cloud()), None, "an unknown time is no equal time");
    let mut timeless = cloud();
    timeless.asset.captured = None;
    assert_eq!(reason(undated, timeless), None);
}

#[test]
fn fractions_agree_as_fraction_or_as_milliseconds() {
    let at = |time| cloud().at(time);
    let item = || same("IMG_1.JPG").at("2024-05-01T10:00:00.22");
    assert_eq!(reason(item(), at("2024-05-01T10:00:00.022")), Some(Reason::SameSizeTimeAndName));
    assert_eq!(reason(item(), at("2024-05-01T10:00:00.22")), Some(Reason::SameSizeTimeAndName));
    assert_eq!(reason(item(), at(AT)), Some(Reason::SameSizeTimeAndName), "one side knows no fraction");
    assert_eq!(reason(item(), at("2024-05-01T10:00:00.23")), None);
}

#[test]
fn only_where_bytes_cannot_be_compared() {
    let known = asset("IMG_1.JPG", "12345").in_icloud().at(AT);
    assert_eq!(reason(same("IMG_1.JPG"), known), None, "its fingerprint says that it is another");
    let here = asset("IMG_1.JPG", "12345").without_fingerprint().at(AT);
    assert_eq!(reason(same("IMG_1.JPG"), here), None, "its file says that it is another");
}

#[test]
fn only_a_photo_for_a_photo_and_a_whole_file() {
    let mut movie = cloud();
    movie.asset.kind = photobridge_core::asset::MediaKind::Video;
    movie.asset.resources[0].role = photobridge_core::asset::ResourceRole::Video;
    assert_eq!(reason(same("IMG_1.JPG"), movie), None);
    assert_eq!(reason(same("IMG_1.JPG").truncated(), cloud()), Some(Reason::Truncated));
}

#[test]
fn a_name_is_one_name_however_its_accents_are_written() {
    let mut caf = cloud();
    caf.asset.original_name = "Caf\u{e9}.JPG".into();
    assert_eq!(reason(same("CAFE\u{301}.JPG"), caf), Some(Reason::SameSizeTimeAndName));
}

#[test]
fn a_copy_under_another_name_is_not_another_picture() {
    let run = World::of([same("IMG_1.JPG"), same("IMG_1 (1).JPG")], [cloud()]).look();
    assert_eq!(run.reason("IMG_1 (1).JPG"), Some(Reason::SameSizeTimeAndName));
    let run = World::of([same("IMG_1.JPG"), same("IMG_1 (1).JPG").bytes("edcba")], [cloud()]).look();
    assert_eq!(run.imports(), ["IMG_1 (1).JPG"], "other bytes");
}

#[test]
fn a_raw_that_the_asset_lacks_goes_alone() {
    use photobridge_core::asset::ResourceRole::AlternatePhoto;
    let pair = same("IMG_1.JPG").with(AlternatePhoto, "IMG_1.DNG", "raw bytes");
    let mut world = World::of([pair], [cloud()]);
    assert_eq!(world.sync().imports(), ["IMG_1.DNG"]);
    assert_eq!(world.look().imports(), [""; 0]);
}

#[test]
fn a_name_that_we_gave_is_the_name_of_the_asset() {
    for (path, original) in [("2024/05/IMG_1 (2).JPG", "IMG_1.JPG"), ("2024/05/a_b.JPG", "a:b.JPG")] {
        let cloud = asset(original, "cloud").without_fingerprint().in_icloud().at("2024-05-01T10:00:00");
        let item = photo(path).bytes("local").at("2024-05-01T10:00:00");
        assert_eq!(World::of([item], [cloud]).look().reason(path), Some(Reason::SameSizeTimeAndName), "{path}");
    }
}
