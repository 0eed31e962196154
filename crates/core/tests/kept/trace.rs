//! A kept verdict leads back to its photo.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use photobridge_core::item::Stamp;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Kind, Other, Ruling, Spot, Trace, VerdictLine};
use photobridge_core::run::Command;

use crate::household::{Household, of, shot};

fn trace(line: &VerdictLine) -> &Trace {
    line.trace.as_ref().expect("every kept line has one")
}

#[test]
fn an_item_is_traced_to_its_file() {
    let home = Household::new();
    let path = home.put("a/IMG_1.JPG", &shot(1).jpeg(48, 32));
    let lines = home.kept(home.run(Command::Simulate));
    let Trace { file: Some(Spot { folder, stamp, raw }), other, kind, pixels, .. } =
        trace(of(&lines, Way::Import, "a/IMG_1.JPG"))
    else {
        panic!("no file")
    };
    assert_eq!(folder.0, 1);
    assert_eq!(*stamp, Some(Stamp::of(&fs::metadata(path).expect("there"))));
    assert_eq!((raw, other, *kind, *pixels), (&None, &None, Kind::Photo, Some((48, 32))));
}

#[test]
fn a_name_that_is_no_utf8_is_kept_as_it_is() {
    let home = Household::new();
    let name = OsStr::from_bytes(b"caf\xe9.jpg");
    home.put(name, &shot(1).jpeg(48, 32));
    let lines = home.kept(home.run(Command::Simulate));
    let line = of(&lines, Way::Import, "caf\u{fffd}.jpg");
    let file = trace(line).file.as_ref().expect("a file");
    assert_eq!(file.raw.as_deref(), Some(name));
}

#[test]
fn what_decided_is_traced_too() {
    let home = Household::new();
    let (first, second) = (shot(1).jpeg(48, 32), shot(2).jpeg(48, 32));
    home.put("a.jpg", &first);
    home.put("b.jpg", &first);
    home.add("OUT.JPG", &second);
    let twin = home.add("TWIN.JPG", &second);
    let held = home.add("HELD.JPG", &shot(3).jpeg(48, 32));
    home.put("c.jpg", &shot(3).jpeg(48, 32));
    let lines = home.kept(home.run(Command::Simulate));

    let copy = of(&lines, Way::Import, "b.jpg");
    assert_eq!((copy.reason, copy.matched.as_deref()), (Some(Reason::SameBytesAs), Some("a.jpg")));
    let spot = Spot { folder: trace(copy).file.as_ref().expect("a file").folder, stamp: None, raw: None };
    assert_eq!(trace(copy).other, Some(Other::File(spot.clone())));

    let twins = ["OUT.JPG", "TWIN.JPG"].map(|name| of(&lines, Way::Export, name));
    let [goes, stays] = twins;
    assert_eq!((goes.verdict, stays.reason), (Ruling::Planned, Some(Reason::SameBytesAs)));
    assert_eq!(stays.asset.as_deref(), Some(&*twin.0));
    assert_eq!(trace(stays).other, Some(Other::Asset(goes.asset.clone().expect("an id"))));
    assert_eq!(trace(goes).file, Some(spot.clone()), "where it goes");

    assert_eq!(of(&lines, Way::Import, "c.jpg").asset.as_deref(), Some(&*held.0));
    let held = of(&lines, Way::Export, "HELD.JPG");
    assert_eq!((held.path.as_deref(), &trace(held).file), (Some("c.jpg"), &Some(spot)));
}

#[test]
fn kinds_are_told_apart() {
    let home = Household::new();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.put("IMG_1.DNG", &shot(1).dng(48, 32));
    home.put("IMG_2.MOV", &shot(2).movie(48, 32, 1500));
    let mut live = shot(3);
    live.content_identifier = Some("ABC".into());
    home.put("IMG_3.HEIC", &live.heif(48, 32));
    home.put("IMG_3.MOV", &live.movie(48, 32, 2000));
    let lines = home.kept(home.run(Command::Simulate));
    let of = |name| trace(of(&lines, Way::Import, name));
    assert_eq!(of("IMG_1.JPG").kind, Kind::RawJpeg);
    assert_eq!((of("IMG_2.MOV").kind, of("IMG_2.MOV").duration_ms), (Kind::Video, Some(1500)));
    assert_eq!(of("IMG_3.HEIC").kind, Kind::LivePhoto);
}

#[test]
fn the_size_that_identifies_an_asset_is_that_of_its_primary_file() {
    let home = Household::new();
    let (still, video) = (shot(1).jpeg(48, 32), shot(1).movie(48, 32, 900));
    let id = home.add("IMG_1.JPG", &still);
    home.library.change(|kept| {
        let kept = kept.iter_mut().find(|kept| kept.asset.id == id).expect("it was added");
        kept.put(photobridge_core::asset::ResourceRole::PairedVideo, video.as_slice().into());
    });
    let lines = home.kept(home.run(Command::Simulate));
    let line = of(&lines, Way::Export, "IMG_1.JPG");
    assert_eq!(line.size, (still.len() + video.len()) as u64);
    assert_eq!((trace(line).primary, trace(line).kind), (Some(still.len() as u64), Kind::LivePhoto));
}
