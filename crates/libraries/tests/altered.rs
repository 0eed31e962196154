//! What our reader makes of a library that Photos changed, by each way of `testkit::alter`.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::asset::{Asset, AssetId, LibraryScope, ResourceRole, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_libraries::Embedded;
use photobridge_media::details::{Details, Location};
use photobridge_testkit::alter;
use tempfile::TempDir;

use ResourceRole::*;

/// An embedded library of the standard samples; 0 a photo, 1 a Live Photo, 2 RAW and JPEG, 3 a video.
struct Made {
    directory: TempDir,
    path: PathBuf,
    ids: Vec<AssetId>,
}

impl Made {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("Library");
        let ids = support::standard_library(&path, &directory.path().join("folder"));
        Self { directory, path, ids }
    }

    fn open(&self) -> Embedded {
        Embedded::open(&self.path).expect("a library")
    }

    fn asset(&self, index: usize) -> Asset {
        let assets = support::snapshot(&mut self.open()).assets;
        assets.into_iter().find(|asset| asset.id == self.ids[index]).expect("the asset")
    }

    fn is(&self, index: usize, role: ResourceRole) -> Option<Whereabouts> {
        self.asset(index).resource(role).map(|file| file.whereabouts)
    }

    fn bytes(&self, index: usize, role: ResourceRole) -> Vec<u8> {
        support::bytes(&mut self.open(), &self.asset(index), role)
    }
}

#[test]
fn an_id_is_found_by_name() {
    let made = Made::new();
    assert_eq!(alter::id_of(&made.path, "IMG_0001.JPG"), made.ids[0]);
    let (names, ids): (Vec<String>, Vec<AssetId>) = alter::ids_by_name(&made.path).into_iter().unzip();
    assert_eq!(ids, made.ids);
    assert_eq!(names[3], "clip.mp4");
}

#[test]
fn what_was_hidden_or_binned_comes_back() {
    let made = Made::new();
    alter::trash(&made.path, &made.ids[0]);
    alter::hide(&made.path, &made.ids[0]);
    assert!(made.asset(0).standing.trashed && made.asset(0).standing.hidden);
    alter::restore(&made.path, &made.ids[0]);
    alter::unhide(&made.path, &made.ids[0]);
    assert!(!made.asset(0).standing.trashed && !made.asset(0).standing.hidden);
}

#[test]
fn a_file_goes_to_icloud_and_comes_back() {
    let made = Made::new();
    let video = made.bytes(1, PairedVideo);
    alter::evict_resource(&made.path, &made.ids[1], PairedVideo);
    assert_eq!(made.is(1, Photo), Some(Whereabouts::Here));
    assert_eq!(made.is(1, PairedVideo), Some(Whereabouts::Cloud));
    alter::bring_back(&made.path, &made.ids[1], PairedVideo, &video);
    assert_eq!(made.bytes(1, PairedVideo), video);

    let (jpeg, raw) = (made.bytes(2, Photo), made.bytes(2, AlternatePhoto));
    alter::evict_one(&made.path, &made.ids[2]);
    assert_eq!(made.is(2, Photo), Some(Whereabouts::Cloud));
    assert_eq!(made.is(2, AlternatePhoto), Some(Whereabouts::Cloud));
    assert_eq!(made.is(0, Photo), Some(Whereabouts::Here));
    alter::bring_back(&made.path, &made.ids[2], Photo, &jpeg);
    alter::bring_back(&made.path, &made.ids[2], AlternatePhoto, &raw);
    assert_eq!((made.bytes(2, Photo), made.bytes(2, AlternatePhoto)), (jpeg, raw));
}

#[test]
fn a_lost_original_is_missing() {
    let made = Made::new();
    alter::lose_original(&made.path, &made.ids[3]);
    assert_eq!(made.is(3, Video), Some(Whereabouts::Missing));
    for (index, primary, companion) in [(1, Photo, PairedVideo), (2, Photo, AlternatePhoto)] {
        alter::lose_resource(&made.path, &made.ids[index], companion);
        assert_eq!(made.is(index, primary), Some(Whereabouts::Here));
        assert_eq!(made.is(index, companion), Some(Whereabouts::Missing));
    }
}

#[test]
fn an_edit_is_there_and_replaced_and_taken_back() {
    let made = Made::new();
    alter::edit(&made.path, &made.ids[1], "jpeg", b"still", Some(b"movie"));
    assert!(made.asset(1).edited);
    assert_eq!(made.bytes(1, RenderedPhoto), b"still");
    assert_eq!(made.bytes(1, RenderedPairedVideo), b"movie");
    for (role, bytes) in [(RenderedPhoto, &b"still"[..]), (RenderedPairedVideo, b"movie")] {
        let asset = made.asset(1);
        assert_eq!(asset.resource(role).and_then(|file| file.fingerprint), Some(Fingerprint::of(bytes)));
    }
    alter::edit(&made.path, &made.ids[1], "heic", b"another still", None);
    assert_eq!(made.bytes(1, RenderedPhoto), b"another still");
    assert_eq!(made.is(1, RenderedPairedVideo), None);
    alter::revert(&made.path, &made.ids[1]);
    assert!(!made.asset(1).edited);
    assert_eq!(made.is(1, RenderedPhoto), None);

    alter::edit(&made.path, &made.ids[3], "mov", b"cut", None);
    assert_eq!(made.bytes(3, RenderedVideo), b"cut");
    assert_eq!(made.is(3, AdjustmentData), Some(Whereabouts::Here));
    alter::evict_resource(&made.path, &made.ids[3], RenderedVideo);
    assert_eq!(made.is(3, RenderedVideo), Some(Whereabouts::Cloud));
    assert_eq!(made.is(3, Video), Some(Whereabouts::Here));
}

#[test]
fn an_edit_may_have_no_render() {
    let made = Made::new();
    alter::edit_without_render(&made.path, &made.ids[3]);
    assert!(made.asset(3).edited);
    assert_eq!(made.is(3, RenderedVideo), None);
}

#[test]
fn a_burst_has_picked_and_unpicked_frames() {
    let made = Made::new();
    alter::burst(&made.path, &[(&made.ids[0], 16), (&made.ids[1], 2)]);
    let (picked, unpicked) = (made.asset(0), made.asset(1));
    assert!(picked.burst.is_some() && picked.burst == unpicked.burst);
    assert!(!picked.standing.unpicked_burst_frame && unpicked.standing.unpicked_burst_frame);
    assert_eq!(made.asset(2).burst, None);
}

#[test]
fn libraries_and_albums_are_shared() {
    let made = Made::new();
    alter::shared_library(&made.path, &made.ids[0]);
    assert_eq!(made.asset(0).standing.scope, LibraryScope::Shared);
    let (photo, video) = (made.bytes(2, Photo), made.bytes(3, Video));
    alter::shared_album(&made.path, &made.ids[2]);
    alter::shared_album(&made.path, &made.ids[3]);
    assert!(made.asset(2).standing.shared_album && made.asset(3).standing.shared_album);
    assert_eq!(made.asset(2).primary().and_then(|file| file.fingerprint), None);
    assert_eq!((made.bytes(2, Photo), made.bytes(3, Video)), (photo, video));
}

#[test]
fn a_referenced_file_lies_outside() {
    let made = Made::new();
    let outside = made.directory.path().join("disk/DSC_0003.jpg");
    let (jpeg, raw) = (made.bytes(2, Photo), made.bytes(2, AlternatePhoto));
    alter::reference(&made.path, &made.ids[2], &outside);
    assert_eq!((made.bytes(2, Photo), made.bytes(2, AlternatePhoto)), (jpeg, raw));
    assert_eq!(made.asset(2).primary().map(|file| PathBuf::from(&*file.locator)), Some(outside.clone()));
    fs::remove_file(outside).expect("the file is outside");
    assert_eq!(made.is(2, Photo), Some(Whereabouts::Unreachable));
}

#[test]
fn times_change() {
    let made = Made::new();
    let taken = |index| made.asset(index).taken();
    let before = taken(1);
    alter::retime(&made.path, &made.ids[1], 3600.0);
    assert_ne!(made.asset(1).captured, before);
    assert_eq!(taken(1), before, "the camera's time stays");
    alter::set_captured(&made.path, &made.ids[1], Some(0.5), Some(3600));
    assert_eq!(taken(1).map(|time| time.to_string()).as_deref(), Some("2001-01-01T01:00:00.5+01:00"));
    alter::set_captured(&made.path, &made.ids[1], Some(123_456_789_012_345.0), None);
    assert_eq!(taken(1), None);
    alter::set_captured(&made.path, &made.ids[1], None, None);
    assert_eq!(taken(1), None);
    let added = "2020-02-02T02:02:02.25Z".parse().expect("a time");
    alter::set_added(&made.path, &made.ids[0], Some(added));
    assert_eq!(made.asset(0).added, Some(added));
    alter::set_added(&made.path, &made.ids[0], None);
    assert_eq!(made.asset(0).added, None);
}

#[test]
fn words_change() {
    let made = Made::new();
    for name in ["../../etc/passwd", "", &"x".repeat(300), "a\0b\u{202e}gpj.exe"] {
        alter::rename_original(&made.path, &made.ids[0], name);
        let expected = if name.is_empty() { format!("{}.jpeg", made.ids[0]) } else { name.to_owned() };
        assert_eq!(*made.asset(0).original_name, *expected, "an empty one falls back to the file's");
    }
    let details = Details {
        title: Some("A title".into()),
        description: Some("A “description”".into()),
        keywords: vec!["night".into(), "new".into()],
        location: Location::new(1.5, -2.5),
        favorite: true,
        rating: None,
    };
    for index in [0, 3] {
        alter::describe(&made.path, &made.ids[index], &details);
        assert_eq!(made.asset(index).details.as_deref(), Some(&details));
    }
    alter::describe(&made.path, &made.ids[0], &Details::default());
    assert_eq!(made.asset(0).details, None);
}

#[test]
fn a_chosen_raw_changes_no_roles() {
    let made = Made::new();
    let before = made.asset(2);
    alter::choose_raw(&made.path, &made.ids[2]);
    assert_eq!(made.asset(2).resources, before.resources);
}

#[test]
fn a_rebuilt_library_holds_the_same_under_new_ids() {
    let mut made = Made::new();
    alter::edit(&made.path, &made.ids[0], "jpeg", b"edited", None);
    let old = std::mem::take(&mut made.ids);
    made.ids = alter::rebuild(&made.path, &old);
    assert!(made.ids.iter().all(|id| !old.contains(id)));
    assert_eq!(made.bytes(0, Photo), support::jpeg("plain"));
    assert_eq!(made.bytes(0, RenderedPhoto), b"edited");
}
