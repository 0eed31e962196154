//! What waits, and what does not.

use std::time::Duration;

use photobridge_core::asset::ResourceRole::{AlternatePhoto, PairedVideo};
use photobridge_core::item::Trouble;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo, video, video_asset};

fn reason(item: Source) -> Option<Reason> {
    fed(item, true, 10)
}

fn fed(item: Source, by_icloud: bool, settle: u64) -> Option<Reason> {
    let path = item.item.to_string();
    let rules = |rules: &mut photobridge_core::plan::Rules| {
        rules.library.fed_by_icloud = by_icloud;
        rules.settle = Duration::from_secs(settle);
    };
    World::of([item], []).ruled(rules).look().reason(&path)
}

/// In seconds.
const DAY: i64 = 86_400;

#[test]
fn trouble_is_told_as_what_it_is() {
    assert_eq!(reason(photo("a.jpg").trouble(Trouble::Settling)), Some(Reason::Settling));
    assert_eq!(reason(photo("a.jpg").trouble(Trouble::OnlineOnly)), Some(Reason::OnlineOnly));
    assert_eq!(reason(video("a.mkv").trouble(Trouble::Unsupported)), Some(Reason::NotSupported));
    assert_eq!(reason(photo("a.jpg")), None);
}

#[test]
fn half_a_live_photo_waits_a_day_for_the_other() {
    assert_eq!(reason(photo("a.heic").live("X").changed_ago(60)), Some(Reason::OtherHalf));
    assert_eq!(reason(video("a.mov").live("X").changed_ago(DAY - 1)), Some(Reason::OtherHalf));
    assert_eq!(reason(photo("a.heic").live("X").changed_ago(DAY)), None, "a day is enough");
    assert_eq!(reason(photo("a.heic").changed_ago(60)), None, "no half of anything");
    let whole = photo("a.heic").live("X").with(PairedVideo, "a.mov", "moving").changed_ago(60);
    assert_eq!(reason(whole), None, "the other half is here");
    assert_eq!(fed(photo("a.heic").live("X").changed_ago(60), true, 0), None, "waits are off");
}

#[test]
fn the_newer_of_both_clocks_counts() {
    let mut item = photo("a.heic").live("X");
    item.item.files[0].stamp.ctime += 10 * 86_400 * 1_000_000_000 - 1;
    assert_eq!(reason(item), Some(Reason::OtherHalf), "it arrived just now with its old mtime");
}

#[test]
fn a_new_picture_of_an_apple_device_waits_a_day_for_icloud() {
    let fresh = || photo("a.heic").camera("Apple iPhone 13").at("2024-06-01T11:00:00");
    assert_eq!(reason(fresh()), Some(Reason::AwaitingICloud));
    assert_eq!(reason(fresh().at("2024-05-31T12:00:01")), Some(Reason::AwaitingICloud));
    assert_eq!(reason(fresh().at("2024-05-31T12:00:00")), None, "a day is enough");
    assert_eq!(reason(fresh().camera("Canon EOS 40D")), None, "iCloud brings no Canon's");
    assert_eq!(fed(fresh(), false, 10), None, "no iCloud");
    assert_eq!(fed(fresh(), true, 0), None, "waits are off");
    let mut undated = photo("a.heic").camera("Apple iPhone 13");
    undated.header().captured = None;
    assert_eq!(reason(undated), None);
}

#[test]
fn what_icloud_has_brought_waits_no_longer() {
    let fresh = photo("a.heic").bytes("fresh").camera("Apple iPhone 13").at("2024-06-01T11:00:00");
    let mut world = World::of([fresh], [asset("1", "fresh")]).ruled(|rules| rules.library.fed_by_icloud = true);
    assert_eq!(world.look().reason("a.heic"), Some(Reason::SameBytes));
}

#[test]
fn half_a_file_is_truncated_whatever_the_waits() {
    assert_eq!(reason(photo("a.jpg").truncated()), Some(Reason::Truncated));
    assert_eq!(fed(photo("a.jpg").truncated(), false, 0), Some(Reason::Truncated));
    let mut live = photo("a.heic").with(PairedVideo, "a.mov", "moving");
    live.item.files[1].header.as_mut().unwrap().truncated = Some("cut".into());
    assert_eq!(reason(live.clone().changed_ago(DAY - 1)), Some(Reason::Truncated), "its other half is cut");
    assert_eq!(reason(live.changed_ago(DAY)), None, "and will be so for ever");
}

#[test]
fn a_cut_raw_does_not_follow_its_jpeg() {
    let mut pair = photo("a.JPG").bytes("jpeg").with(AlternatePhoto, "a.DNG", "half the raw");
    let assets = [asset("1", "jpeg")];
    assert_eq!(World::of([pair.clone()], assets.clone()).look().imports(), ["a.DNG"]);
    pair.item.files[1].header.as_mut().unwrap().truncated = Some("cut".into());
    assert_eq!(World::of([pair], assets).look().reason("a.DNG"), Some(Reason::Truncated));
}

#[test]
fn a_photo_of_unknown_size_waits_for_what_still_arrives_under_whatever_name() {
    let arriving = |path: &str| photo(path).bytes("dawn").trouble(Trouble::Settling);
    let departure = |item: Source, asset: Library| {
        let id = asset.asset.id.to_string();
        World::of([item], [asset]).exporting(|_| {}).look().departure(&id)
    };
    let untold = || asset("IMG_1.JPG", "dawn").without_fingerprint().without_size();
    assert_eq!(departure(arriving("other.JPG"), untold()), Err(Reason::Settling));
    let movie = video_asset("IMG_1.MOV", "dawn").without_fingerprint().without_size();
    assert!(departure(arriving("other.JPG"), movie).is_ok(), "a still is no movie");
    let larger = asset("IMG_1.JPG", "noon of a day").without_fingerprint();
    assert!(departure(arriving("other.JPG"), larger).is_ok(), "the library tells its size");
    assert!(departure(arriving(".other.JPG.~1a2b"), untold()).is_ok(), "a temporary name tells what it will be");
    assert!(departure(arriving("other.JPG").bytes(""), untold()).is_ok(), "an empty file can stay so for ever");
}

#[test]
fn what_lies_beside_a_stand_in_is_known_by_its_bytes() {
    let mut pair = photo("a.JPG").bytes("jpeg").with(AlternatePhoto, "a.DNG.nextcloud", " ");
    (pair.item.files[1].trouble, pair.item.files[1].header) = (Some(Trouble::OnlineOnly), None);
    for told in [true, false] {
        let original = asset("IMG_1.JPG", "jpeg");
        let original = if told { original } else { original.without_fingerprint().without_size() };
        let run = World::of([pair.clone()], [original, asset("a.DNG", "raw")]).exporting(|_| {}).look();
        assert_eq!(run.reason("a.JPG"), Some(Reason::SameBytes));
        assert_eq!(run.reason("a.DNG.nextcloud"), Some(Reason::OnlineOnly));
        assert_eq!(run.departure("IMG_1.JPG"), Err(Reason::SameBytes), "told: {told}");
        assert_eq!(run.departure("a.DNG"), Err(Reason::OnlineOnly), "it may be the stand-in");
    }
}

#[test]
fn a_stand_in_that_was_renamed_is_known_by_its_date() {
    let stand_in = |path: &str, second: i64| {
        let mut item = photo(path).trouble(Trouble::OnlineOnly);
        item.item.files[0].stamp.mtime = second * 1_000_000_000;
        item
    };
    // 2024-05-01T10:00:00.75 on a wall clock of unknown zone, which goes out dated as in UTC; services keep whole seconds.
    let at = 1_714_557_600;
    let departure = |item: Source, asset: Library| World::of([item], [asset]).exporting(|_| {}).look().departure("A");
    let dated = || asset("IMG_1.HEIC", "bytes").id("A").at("2024-05-01T10:00:00.75");
    let waits = Err(Reason::OnlineOnly);
    assert_eq!(departure(stand_in("Beach.HEIC.nextcloud", at), dated()), waits);
    assert_eq!(departure(stand_in("Beach.HEIC.nextcloud", at + 1), dated()), waits, "rounded");
    let goes = Ok(vec!["2024/05/IMG_1.HEIC".to_owned()]);
    assert_eq!(departure(stand_in("Beach.HEIC.nextcloud", at + 60), dated()), goes, "of another minute");
    let movie = video_asset("IMG_1.MOV", "bytes").id("A").at("2024-05-01T10:00:00");
    assert_eq!(departure(stand_in("Beach.HEIC.nextcloud", at), movie), Ok(vec!["2024/05/IMG_1.MOV".to_owned()]));
    let old = asset("IMG_1.JPG", "bytes").id("A").at("1955-06-01T12:00:00");
    assert_eq!(departure(stand_in("Aunt.JPG.nextcloud", 172_800), old), waits, "as early as files are dated");
    let live = asset("IMG_1.HEIC", "still").id("A").with(PairedVideo, "movie").at("2024-05-01T10:00:00");
    let mut movie = video("Beach.MOV.nextcloud").trouble(Trouble::OnlineOnly);
    movie.item.files[0].stamp.mtime = at * 1_000_000_000;
    let still = photo("IMG_1.HEIC").bytes("still").at("2024-05-01T10:00:00");
    let mut world = World::of([movie.clone(), still], [live.clone()]).exporting(|_| {});
    assert_eq!(world.look().departure("A"), waits, "its movie may be there");
    assert_eq!(departure(movie, live), waits, "and it goes out once it is known whether");
    let here = photo("Beach.HEIC").bytes("other").at("2024-05-01T10:00:00");
    assert_eq!(departure(here, dated()), goes, "a file that can be read speaks for itself");
}
