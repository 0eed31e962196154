//! What is asked of a library: assets, files, albums, permission.

use std::sync::mpsc::{channel, sync_channel};
use std::time::Duration;

use photobridge_photokit::fake::{assets_alive, most_assets_alive, words_fetched};
use photobridge_photokit::{
    ABSENT, Authorization, Changes, Delivery, EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, KitResource, KitWords,
    Media, NOTHING, PhotoKit, ResourceType, Subtypes,
};

use crate::shelf::{PHOTOS, Trouble, asset, error, file, identifier, locked, mac};

const SOON: Duration = Duration::from_secs(20);

fn fetched(kit: &dyn PhotoKit, fetch: Fetch<'_>) -> Result<Vec<KitAsset>, KitError> {
    let mut assets = Vec::new();
    kit.assets(fetch, &mut |asset| {
        assets.push(asset);
        true
    })?;
    Ok(assets)
}

/// Assets that differ in all that is told of one.
fn all_kinds() -> Vec<KitAsset> {
    let subtype = |set: fn(&mut Subtypes)| {
        let mut subtypes = Subtypes::default();
        set(&mut subtypes);
        subtypes
    };
    let least = KitAsset {
        media: Media::Other,
        subtypes: Subtypes::default(),
        created: None,
        modified: None,
        added: None,
        location: None,
        favorite: false,
        in_shared_library: None,
        pixels: (0, 0),
        duration: 0.0,
        burst: None,
        has_adjustments: Some(false),
        ..asset(1)
    };
    let assets = vec![
        asset(0),
        least,
        KitAsset { media: Media::Video, subtypes: subtype(|of| of.high_frame_rate = true), ..asset(2) },
        KitAsset { hidden: true, subtypes: subtype(|of| of.time_lapse = true), ..asset(3) },
        KitAsset { cloud_shared: true, subtypes: subtype(|of| of.screen_recording = true), ..asset(4) },
        KitAsset { picked: false, subtypes: subtype(|of| of.screenshot = true), ..asset(5) },
        KitAsset { in_shared_library: Some(false), created: Some(-1_000_000_000.0), ..asset(6) },
    ];
    assert!(assets.iter().zip(0..).all(|(asset, number)| asset.local_identifier == identifier(number)));
    assets
}

#[test]
fn an_asset_arrives_as_the_library_tells_it() {
    let (mac, _) = mac(all_kinds().into_iter().map(|asset| (asset, Vec::new())).collect());
    assert_eq!(fetched(&mac, Fetch::All), Ok(all_kinds()), "also what is hidden, shared, or not picked of a burst");
    let some = [identifier(3), "nobody's".into(), identifier(5)];
    assert_eq!(fetched(&mac, Fetch::Identifiers(&some)), Ok(vec![all_kinds().remove(3), all_kinds().remove(5)]));
    assert_eq!(fetched(&mac, Fetch::Shared), Ok(vec![all_kinds().remove(4)]));
    let mut first = Vec::new();
    mac.assets(Fetch::All, &mut |asset| {
        first.push(asset.local_identifier);
        first.len() < 2
    })
    .expect("assets");
    assert_eq!(first, [identifier(0), identifier(1)], "until somebody has enough");
}

#[test]
fn a_file_arrives_as_the_library_tells_it() {
    let files = vec![
        file(ResourceType::Photo, "IMG_1 “ä”.HEIC"),
        KitResource { size: None, is_locally_available: None, ..file(ResourceType::AlternatePhoto, "IMG_1.DNG") },
        KitResource { is_locally_available: Some(false), ..file(ResourceType::PairedVideo, "IMG_1.MOV") },
        file(ResourceType::Video, "1"),
        file(ResourceType::FullSizePhoto, "2"),
        file(ResourceType::FullSizeVideo, "3"),
        file(ResourceType::AdjustmentData, "4"),
        file(ResourceType::FullSizePairedVideo, "5"),
        file(ResourceType::Other(8), "6"),
    ];
    let (mac, shelf) = mac(vec![(asset(1), files.clone())]);
    assert_eq!(mac.resources(&identifier(1)), Ok(files));
    assert_eq!(mac.resources("nobody's").map_err(|error| (error.domain, error.code)), Err((NOTHING.into(), ABSENT)));
    shelf.go_wrong(Trouble::Raises);
    assert_eq!(mac.resources(&identifier(1)).map_err(|error| error.domain), Err(EXCEPTION.into()));
}

#[test]
fn nil_where_none_is_promised_is_no_text() {
    let nameless = KitResource { uniform_type_identifier: String::new(), ..file(ResourceType::Photo, "") };
    let (mac, shelf) = mac(vec![(asset(1), vec![nameless.clone()])]);
    assert_eq!(mac.resources(&identifier(1)), Ok(vec![nameless]));
    shelf.go_wrong(Trouble::NoToken);
    assert_eq!(mac.change_token(), Ok(None));
}

#[test]
fn a_library_that_cannot_be_used_is_an_error() {
    let (mac, shelf) = mac(vec![(asset(1), Vec::new())]);
    shelf.go_wrong(Trouble::Unavailable);
    assert_eq!(fetched(&mac, Fetch::All), Err(error(PHOTOS, 3114)), "and not empty");
    assert_eq!(fetched(&mac, Fetch::Identifiers(&[identifier(1)])), Err(error(PHOTOS, 3114)));
}

#[test]
fn of_100_000_assets_only_some_are_alive_at_once() {
    let (mac, _) = mac((0..100_000).map(|number| (asset(number), Vec::new())).collect());
    // The rest of this process' tests have some, too.
    let most_before = most_assets_alive();
    let (mut told, mut resident) = (0, Vec::new());
    mac.assets(Fetch::All, &mut |_| {
        told += 1;
        if told % 20_000 == 0 {
            resident.push(resident_megabytes());
        }
        true
    })
    .expect("assets");
    assert_eq!(told, 100_000);
    let most = most_assets_alive();
    println!("at most {most} alive ({most_before} before), {} now; resident {resident:?} MB", assets_alive());
    assert!(most < 50, "{most} assets were alive at once");
    let grown = resident.last().zip(resident.first()).map(|(last, first)| last.saturating_sub(*first));
    assert!(grown.is_some_and(|grown| grown < 30), "{resident:?}");
}

/// How much memory this process has, in megabytes.
fn resident_megabytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux tells");
    let pages: u64 = pages.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4 / 1024
}

#[test]
fn bytes_come_in_pieces_until_their_end() {
    let (mac, shelf) = mac(vec![(asset(1), vec![file(ResourceType::Video, "1.mov")])]);
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 251) as u8).collect();
    shelf.send(bytes.clone());
    let (sender, receiver) = sync_channel(8);
    let request = mac.request_data(&identifier(1), ResourceType::Video, true, sender).expect("a request");
    let (mut came, mut alive) = (Vec::new(), 0);
    let end = loop {
        match receiver.recv_timeout(SOON).expect("an end") {
            Delivery::Bytes(piece) => came.extend(piece),
            Delivery::Progress => alive += 1,
            Delivery::Done(done) => break done,
        }
    };
    assert_eq!((end, alive), (Ok(()), 1));
    assert!(came == bytes);
    mac.cancel_request(request);
    assert_eq!(*locked(&shelf.cancelled), [request.0]);
}

#[test]
fn without_the_network_it_says_so() {
    let (mac, _) = mac(vec![(asset(1), vec![file(ResourceType::Video, "1.mov")])]);
    let (sender, receiver) = sync_channel(8);
    mac.request_data(&identifier(1), ResourceType::Video, false, sender).expect("a request");
    assert!(matches!(receiver.recv_timeout(SOON), Ok(Delivery::Done(Err(told))) if told == error(PHOTOS, 3164)));
    let (sender, _) = sync_channel(8);
    let absent = mac.request_data(&identifier(1), ResourceType::Photo, true, sender);
    assert_eq!(absent.map_err(|error| error.code), Err(ABSENT));
}

#[test]
fn a_token_is_kept_and_read_again() {
    let (mac, shelf) = mac(Vec::new());
    let token = mac.change_token().expect("a look").expect("a token");
    let changes = Changes {
        inserted: vec![identifier(1)],
        updated: vec![identifier(2), identifier(3)],
        deleted: vec![identifier(4)],
    };
    *locked(&shelf.changes) = changes.clone();
    let mut told = mac.changes_since(&token).expect("changes");
    told.updated.sort();
    assert_eq!(told, changes);
    assert_eq!(mac.changes_since(b"no token").map_err(|error| error.code), Err(4864));
    for code in [3105, 3210] {
        shelf.go_wrong(Trouble::Error(code));
        assert_eq!(mac.changes_since(&token), Err(error(PHOTOS, code)));
    }
}

#[test]
fn albums_are_made_listed_and_filled() {
    let (mac, shelf) = mac(vec![(asset(1), Vec::new()), (asset(2), Vec::new())]);
    let made = mac.create_album("Ferien ä").expect("an album");
    assert_eq!(mac.albums(), Ok(vec![KitAlbum { local_identifier: made.clone(), title: "Ferien ä".into() }]));
    mac.add_to_album(&made, &[identifier(2)]).expect("filled");
    assert_eq!(fetched(&mac, Fetch::Album(&made)), Ok(vec![asset(2)]));
    assert_eq!(mac.add_to_album("nobody's", &[]).map_err(|error| error.code), Err(ABSENT));
    shelf.go_wrong(Trouble::Error(3300));
    assert_eq!(mac.create_album("Another"), Err(error(PHOTOS, 3300)));
}

#[test]
fn who_is_asked_answers() {
    let (mac, _) = mac(Vec::new());
    assert_eq!(mac.authorization(), Authorization::NotDetermined);
    let (sender, receiver) = channel();
    mac.request_authorization(sender);
    assert_eq!(receiver.recv_timeout(SOON), Ok(Authorization::Limited));
}

#[test]
fn what_a_macos_does_not_have_is_not_asked_for() {
    let words = KitWords {
        original_filename: Some("IMG_7 “ä”.HEIC".into()),
        caption: Some("Tide".into()),
        keywords: vec!["sea".into(), "ä".into()],
        rating: 4,
    };
    let told = [
        KitAsset { words: Some(words), ..asset(1) },
        KitAsset { words: Some(KitWords::default()), added: None, ..asset(2) },
        // Nil where none is promised.
        KitAsset { words: None, ..asset(3) },
    ];
    let file = file(ResourceType::Photo, "IMG_7 “ä”.HEIC");
    let files = vec![file.clone(), KitResource { size: None, ..file }];
    let (mac, shelf) = mac(told.iter().map(|asset| (asset.clone(), files.clone())).collect());
    for macos in [25, 26, 27] {
        *locked(&shelf.macos) = Some(macos);
        let expected = told.clone().map(|asset| KitAsset {
            added: asset.added.filter(|_| macos >= 26),
            words: asset.words.filter(|_| macos >= 27),
            ..asset
        });
        assert_eq!(fetched(&mac, Fetch::All), Ok(expected.to_vec()), "macOS {macos}");
        // Names and sizes have other ways before.
        assert_eq!(mac.resources(&identifier(1)), Ok(files.clone()), "macOS {macos}");
    }
    assert_eq!(words_fetched(), 0, "all of them come with their assets");
}

#[test]
fn changes_are_told_from_macos_27_on() {
    let (mac, shelf) = mac(Vec::new());
    let (told, heard) = channel();
    assert_eq!(mac.on_changes(told.clone()), Ok(false));
    *locked(&shelf.macos) = Some(27);
    assert_eq!(mac.on_changes(told), Ok(true));
    mac.create_album("A change").expect("an album");
    assert_eq!(heard.recv_timeout(SOON), Ok(()));
}

#[test]
fn which_files_go_together_is_told() {
    use ResourceType::{PairedVideo, Photo};
    let (mac, shelf) = mac(Vec::new());
    assert_eq!(mac.supports(&[Photo, PairedVideo]), Ok(true));
    assert_eq!(mac.supports(&[Photo, Photo]), Ok(false));
    shelf.go_wrong(Trouble::SupportsOne);
    assert_eq!([mac.supports(&[Photo, PairedVideo]), mac.supports(&[Photo])], [Ok(false), Ok(true)]);
}
