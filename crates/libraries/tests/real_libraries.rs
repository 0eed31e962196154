//! The six real libraries beside the project, from macOS 10.15 to 26: what they hold, and that reading leaves them as they
//! are. They are no part of the project, so these tests run only where they are (`--ignored`).

mod support;

use std::fs;
use std::io::sink;
use std::path::PathBuf;

use photobridge_core::asset::{Asset, MediaKind, ResourceRole, Subtype, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{Library, Snapshot};
use photobridge_core::progress::Cancel;
use photobridge_libraries::Bundle;

const LIBRARIES: [&str; 6] = [
    "Test-26.1",
    "Test-Media-Types-15.7.2",
    "Test-Cloud-13.1",
    "Test-Movie-5_0",
    "Test-Shared-10.15.1",
    "TestTimeWarp-10.15.7",
];

fn path(name: &str) -> PathBuf {
    support::shared().join("libraries").join(format!("{name}.photoslibrary"))
}

fn read(name: &str) -> (Bundle, Snapshot) {
    let scratch = tempfile::tempdir().expect("a directory");
    let mut library = Bundle::open(path(name), scratch.path()).expect("a library");
    let snapshot = support::snapshot(&mut library);
    assert_eq!(snapshot.warnings, Vec::<String>::new(), "{name}");
    (library, snapshot)
}

fn named<'a>(snapshot: &'a Snapshot, name: &str) -> &'a Asset {
    snapshot.assets.iter().find(|asset| &*asset.original_name == name).expect("the asset")
}

fn count(snapshot: &Snapshot, is: impl Fn(&Asset) -> bool) -> usize {
    snapshot.assets.iter().filter(|asset| is(asset)).count()
}

#[test]
#[ignore = "needs ../shared"]
fn each_library_shows_what_it_holds() {
    let visible = |asset: &Asset| {
        let standing = asset.standing;
        !standing.hidden && !standing.trashed && !standing.shared_album && !standing.unpicked_burst_frame
    };
    // Assets, visible, hidden, trashed, in shared albums, fed by iCloud.
    let expected = [
        ("Test-26.1", 16, 13, 1, 2, 0, false),
        ("Test-Media-Types-15.7.2", 18, 16, 0, 0, 0, false),
        ("Test-Cloud-13.1", 32, 23, 0, 0, 9, true),
        ("Test-Movie-5_0", 7, 7, 0, 0, 0, false),
        // Its only own photo was uploaded: ZCLOUDLOCALSTATE is 1.
        ("Test-Shared-10.15.1", 3, 1, 0, 0, 2, true),
        ("TestTimeWarp-10.15.7", 8, 8, 0, 0, 0, false),
    ];
    for (name, all, seen, hidden, trashed, shared, fed) in expected {
        let (library, snapshot) = read(name);
        let found = (
            name,
            snapshot.assets.len(),
            count(&snapshot, visible),
            count(&snapshot, |asset| asset.standing.hidden),
            count(&snapshot, |asset| asset.standing.trashed),
            count(&snapshot, |asset| asset.standing.shared_album),
            library.properties().fed_by_icloud,
        );
        assert_eq!(found, (name, all, seen, hidden, trashed, shared, fed));
        assert!(library.identity().uuid.is_some());
        assert!(snapshot.assets.is_sorted_by_key(|asset| asset.added));
    }
}

#[test]
#[ignore = "needs ../shared"]
fn reading_leaves_a_library_as_it_is() {
    for name in LIBRARIES {
        let before = support::tree(&path(name));
        let (mut library, snapshot) = read(name);
        for asset in &snapshot.assets {
            assert_eq!(library.asset(&asset.id).expect("a look").as_ref(), Some(asset), "{name}");
            for resource in asset.resources.iter().filter(|file| file.whereabouts == Whereabouts::Here) {
                let length = library.read(asset, resource.role, &mut sink(), &Cancel::new()).expect("bytes");
                assert_eq!(Some(length), resource.size);
            }
        }
        assert!(library.ensure_album("New").is_err());
        drop(library);
        assert!(before == support::tree(&path(name)), "{name}");
    }
}

#[test]
#[ignore = "needs ../shared"]
fn stored_fingerprints_are_those_of_the_files_or_stale() {
    let (mut matching, mut stale, mut without) = (0, 0, 0);
    for name in LIBRARIES {
        let (mut library, snapshot) = read(name);
        for asset in &snapshot.assets {
            for resource in asset.resources.iter().filter(|file| file.whereabouts == Whereabouts::Here) {
                let bytes = support::bytes(&mut library, asset, resource.role);
                let computed = Fingerprint::of(&bytes);
                assert_eq!(resource.size, Some(bytes.len() as u64));
                assert!(resource.fingerprint.is_none_or(|stored| stored == computed), "{name} {asset:?}");
                assert!(resource.stale_fingerprint.is_none_or(|stored| stored != computed), "{name} {asset:?}");
                matching += usize::from(resource.fingerprint.is_some());
                stale += usize::from(resource.stale_fingerprint.is_some());
                without += usize::from(resource.fingerprint.or(resource.stale_fingerprint).is_none());
            }
        }
    }
    println!("{matching} match, {stale} stale, {without} without a stored fingerprint");
    assert!(matching > 30 && stale >= 1 && without > 0);
}

/// Counted by hand: rows of `ZINTERNALRESOURCE` with an original that is neither below `originals` nor in iCloud.
#[test]
#[ignore = "needs ../shared"]
fn a_lost_raw_or_movie_is_missing_like_a_lost_photo() {
    let expected = [
        ("Test-26.1", vec!["DSC03584.dng", "IMG_1693.tif", "IMG_1994.JPG", "IMG_1997.JPG"]),
        (
            "Test-Media-Types-15.7.2",
            vec![
                "IMG_0905.MOV",
                "IMG_1994.JPG",
                "IMG_2226.HEIC",
                "IMG_3932.MOV",
                "IMG_4076.HEIC",
                "IMG_4347.HEIC",
                "IMG_7027.MOV",
            ],
        ),
        ("Test-Cloud-13.1", vec![]),
    ];
    for (name, lost) in expected {
        let (_, snapshot) = read(name);
        let has_lost = |asset: &&Asset| asset.originals().any(|file| file.whereabouts == Whereabouts::Missing);
        let mut found: Vec<&str> = snapshot.assets.iter().filter(has_lost).map(|asset| &*asset.original_name).collect();
        found.sort_unstable();
        assert_eq!(found, lost, "{name}");
    }
}

#[test]
#[ignore = "needs ../shared"]
fn macos_26_without_icloud() {
    let (mut library, snapshot) = read("Test-26.1");
    let heic = named(&snapshot, "IMG_3092.heic");
    let original = heic.primary().expect("an original");
    assert_eq!(original.fingerprint.map(|f| f.to_string()).as_deref(), Some("AbQ65MLrRyNJwYcHGqMr6cycEWug"));
    assert_eq!(
        Fingerprint::of(&support::bytes(&mut library, heic, ResourceRole::Photo)),
        "AbQ65MLrRyNJwYcHGqMr6cycEWug".parse().expect("a fingerprint")
    );
    assert!(heic.edited && heic.resource(ResourceRole::RenderedPhoto).is_some());
    assert!(heic.resource(ResourceRole::AdjustmentData).is_some());

    let stale = named(&snapshot, "Pumpkins3.jpg").primary().expect("an original");
    assert_eq!(stale.fingerprint, None);
    assert_eq!(stale.stale_fingerprint.map(|f| f.to_string()).as_deref(), Some("AcfhCyA9QrbLeurYu6zE5FnQe+SG"));

    for name in ["Pumpkins4.jpg", "IMG_2000.JPG"] {
        let referenced = named(&snapshot, name).primary().expect("an original");
        assert_eq!(referenced.whereabouts, Whereabouts::Unreachable, "{name}");
        assert!(referenced.locator.starts_with('/'));
    }
    // The RAW half is absent and there is no iCloud.
    let pair = named(&snapshot, "IMG_1994.JPG");
    assert_eq!(pair.resource(ResourceRole::AlternatePhoto).map(|raw| raw.whereabouts), Some(Whereabouts::Missing));
    assert_eq!(count(&snapshot, |asset| asset.captured.is_none()), 1, "one absurd date");
    assert_eq!(count(&snapshot, |asset| asset.edited), 4);

    let nested = snapshot.albums.iter().find(|album| album.title == "AlbumInFolder").expect("an album");
    assert_eq!(nested.folders, ["Folder1", "SubFolder2"]);
    assert!(!snapshot.albums.iter().any(|album| album.shared));
}

#[test]
#[ignore = "needs ../shared"]
fn macos_15_media_types() {
    let (_, snapshot) = read("Test-Media-Types-15.7.2");
    assert!(snapshot.assets.iter().flat_map(|asset| &asset.resources).all(|file| file.fingerprint.is_none()));
    let live = |asset: &&Asset| asset.subtype == Some(Subtype::LivePhoto);
    let is_here = |asset: &Asset, role| asset.resource(role).is_some_and(|file| file.whereabouts == Whereabouts::Here);
    let both = |asset: &&Asset| is_here(asset, ResourceRole::Photo) && is_here(asset, ResourceRole::PairedVideo);
    assert_eq!(snapshot.assets.iter().filter(live).count(), 5);
    assert_eq!(snapshot.assets.iter().filter(live).filter(both).count(), 3);
    assert_eq!(count(&snapshot, |asset| asset.burst.is_some()), 4);
    assert_eq!(count(&snapshot, |asset| asset.burst.is_some() && !asset.standing.unpicked_burst_frame), 2);
    for (name, subtype) in [
        ("IMG_0905.MOV", Subtype::SlowMotion),
        ("IMG_3539.MOV", Subtype::TimeLapse),
        ("IMG_2908.PNG", Subtype::Screenshot),
        ("IMG_2226.HEIC", Subtype::Panorama),
    ] {
        assert_eq!(named(&snapshot, name).subtype, Some(subtype), "{name}");
    }
    let slow = named(&snapshot, "IMG_0905.MOV");
    assert!(slow.edited && slow.resource(ResourceRole::RenderedVideo).is_none(), "edited without a render");
    assert!(named(&snapshot, "IMG_5747.HEIC").resource(ResourceRole::AdjustmentData).is_some());
}

#[test]
#[ignore = "needs ../shared"]
fn macos_13_with_icloud() {
    let (mut library, snapshot) = read("Test-Cloud-13.1");
    let absent = |asset: &Asset| {
        !asset.standing.shared_album && asset.primary().is_some_and(|file| file.whereabouts != Whereabouts::Here)
    };
    assert_eq!(count(&snapshot, absent), 3);
    let live = named(&snapshot, "IMG_0728.JPG");
    let video = live.resource(ResourceRole::PairedVideo).expect("a paired video");
    assert_eq!(video.fingerprint.map(|f| f.to_string()).as_deref(), Some("AUcryL0KkqxSfbYsVue4nbvmLrGh"));
    for role in [ResourceRole::RenderedPhoto, ResourceRole::RenderedPairedVideo] {
        let bytes = support::bytes(&mut library, live, role);
        assert_eq!(live.resource(role).and_then(|file| file.fingerprint), Some(Fingerprint::of(&bytes)));
    }
    // A bare instant, and the camera's own clock beside it.
    let shared = snapshot.assets.iter().find(|asset| asset.standing.shared_album).expect("a shared item");
    assert_eq!(shared.captured.and_then(|time| time.offset()), None);
    assert!(shared.camera_time.is_some());
    assert!(snapshot.albums.iter().any(|album| album.shared && album.title == "osxphotos"));
    // Seven shared photos are here whole; of two videos one has its smaller copy here.
    let here = |kind| {
        count(&snapshot, |asset| {
            asset.standing.shared_album
                && asset.kind == kind
                && asset.primary().is_some_and(|file| file.whereabouts == Whereabouts::Here)
        })
    };
    assert_eq!((here(MediaKind::Photo), here(MediaKind::Video)), (7, 1));
    assert_eq!(named(&snapshot, "IMG_0025.JPG").captured.and_then(|time| time.offset()), Some(-28_800), "inferred");
}

#[test]
#[ignore = "needs ../shared"]
fn macos_10_15_with_everything_in_the_log() {
    let (_, snapshot) = read("Test-Movie-5_0");
    let movie = named(&snapshot, "IMG_0670B_NOGPS.MOV");
    assert_eq!(movie.kind, MediaKind::Video);
    let render = movie.resource(ResourceRole::RenderedVideo).expect("a render is listed");
    assert_eq!((render.whereabouts, render.size), (Whereabouts::Missing, Some(5_407_531)));
    // Without its log the same library shows nothing, and says nothing wrong.
    let copy = tempfile::tempdir().expect("a directory");
    let bundle = copy.path().join("Copy.photoslibrary");
    support::copy_tree(&path("Test-Movie-5_0"), &bundle);
    fs::remove_file(bundle.join("database/Photos.sqlite-wal")).expect("the log");
    let mut library = Bundle::open(&bundle, copy.path()).expect("a library");
    assert!(support::snapshot(&mut library).assets.is_empty());
}

#[test]
#[ignore = "needs ../shared"]
fn user_changed_dates_keep_the_cameras_time() {
    let (_, snapshot) = read("TestTimeWarp-10.15.7");
    let moved = named(&snapshot, "IMG_6526.jpeg");
    assert_eq!(moved.captured.and_then(|time| time.offset()), Some(-14_400));
    assert_eq!(count(&snapshot, |asset| asset.camera_time.is_some()), 6);
    assert_eq!(moved.camera.as_deref(), Some("Apple iPhone SE (2nd generation)"));
}

#[test]
#[ignore = "needs ../shared"]
fn photos_own_small_pictures_are_found() {
    // How many of its assets have one, those of shared albums included, and how many assets there are.
    for (name, small, all) in [
        ("Test-26.1", 16, 16),
        ("Test-Media-Types-15.7.2", 18, 18),
        ("Test-Cloud-13.1", 9, 32),
        ("Test-Movie-5_0", 0, 7),
        ("Test-Shared-10.15.1", 2, 3),
        ("TestTimeWarp-10.15.7", 0, 8),
    ] {
        let (mut library, snapshot) = read(name);
        let files = support::tree(&path(name));
        let of = |asset: &Asset, ending| {
            let name = format!("{}{ending}", asset.id);
            files.keys().find(|file| file.ends_with(&name))
        };
        let mut found = 0;
        for asset in &snapshot.assets {
            let picture = support::picture(&mut library, &asset.id);
            if let Some(file) = of(asset, "_4_5005_c.jpeg") {
                assert_eq!(picture, fs::read(file).ok(), "{}", file.display());
                found += 1;
            } else {
                let still = asset.resource(ResourceRole::RenderedPhoto).or(asset.resource(ResourceRole::Photo));
                let is_here = still.is_some_and(|still| still.whereabouts == Whereabouts::Here);
                // An edited video has a poster beside its render.
                let has_poster = of(asset, "_1_201_a.jpeg").is_some();
                assert_eq!(picture.is_some(), is_here || has_poster, "{name} {}", asset.original_name);
            }
        }
        assert_eq!((name, found, snapshot.assets.len()), (name, small, all));
    }
}
