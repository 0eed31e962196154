//! What every library promises to those who read.

use std::io::SeekFrom;

use photobridge_core::asset::{AssetId, MediaKind, ResourceRole, Subtype, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{LibraryError, ReadError};
use photobridge_core::progress::{Cancel, Silent};

use crate::stage::{Stage, Variant, find};
use crate::support;
use photobridge_testkit::alter;

pub fn a_snapshot_changes_nothing_on_disk(variant: Variant) {
    let stage = Stage::new(variant);
    let before = support::tree(&stage.path);
    let mut library = stage.open();
    assert!(!support::snapshot(&mut *library).assets.is_empty());
    assert!(library.asset(&stage.ids[0]).expect("a look").is_some());
    library.identity();
    assert!(before == support::tree(&stage.path), "while it is open");
    drop(library);
    assert!(before == support::tree(&stage.path), "after it was closed");
}

pub fn a_snapshot_lists_everything_as_it_was_imported(variant: Variant) {
    let stage = Stage::new(variant);
    let mut library = stage.open();
    assert!(library.identity().uuid.is_some());
    let snapshot = support::listed(&mut *library);
    assert_eq!(snapshot.warnings, Vec::<String>::new());
    assert_eq!(snapshot.assets.len(), stage.ids.len());
    for (id, sample) in stage.ids.iter().zip(support::samples()) {
        let sample = stage.told(sample);
        let asset = find(&snapshot, id);
        assert_eq!(asset.kind, sample.kind);
        assert_eq!(&*asset.original_name, sample.parts[0].1);
        assert_eq!(asset.captured, sample.captured, "{}", asset.original_name);
        assert_eq!(asset.added, stage.has_tables().then(support::clock));
        assert_eq!(asset.pixels, sample.pixels);
        assert_eq!(asset.current_pixels, sample.pixels);
        assert_eq!(asset.camera.as_deref(), sample.camera);
        assert_eq!(asset.details.as_deref().cloned().unwrap_or_default(), sample.details);
        assert!(!asset.edited);
        assert_eq!(asset.standing, Default::default());
        let is_live = sample.parts.iter().any(|part| part.0 == ResourceRole::PairedVideo);
        assert_eq!(asset.subtype == Some(Subtype::LivePhoto), is_live);
        let albums: Vec<_> = asset.albums.iter().map(|&at| &*snapshot.albums[at as usize].title).collect();
        assert_eq!(albums, Vec::from_iter(sample.album));
        for (role, name, bytes) in &sample.parts {
            let Some(resource) = asset.resource(*role) else {
                assert!(!stage.has_files() && !role.is_original(), "{name} is missing");
                continue;
            };
            assert_eq!(resource.size, Some(bytes.len() as u64), "{name}");
            assert_eq!(resource.stale_fingerprint, None);
            let stored = (stage.has_fingerprints() && role.is_original()).then(|| Fingerprint::of(bytes));
            assert_eq!(resource.fingerprint, stored, "{name}");
            let whereabouts = if stage.has_files() { Whereabouts::Here } else { Whereabouts::Cloud };
            assert_eq!(resource.whereabouts, whereabouts, "{name}");
        }
        let originals = |is: &dyn Fn(ResourceRole) -> bool| sample.parts.iter().filter(|part| is(part.0)).count();
        let expected = originals(&|role| stage.has_files() || role.is_original());
        assert_eq!(asset.resources.len(), expected, "{}", asset.original_name);
    }
}

pub fn one_asset_reads_as_in_the_snapshot(variant: Variant) {
    let stage = Stage::new(variant);
    let mut library = stage.open();
    for asset in support::listed(&mut *library).assets {
        assert_eq!(library.asset(&asset.id).expect("a look").as_ref(), Some(&asset));
    }
    let nobody = photobridge_core::asset::AssetId("00000000-0000-4000-8000-000000000000".into());
    assert_eq!(library.asset(&nobody).expect("a look"), None);
}

pub fn bytes_come_whole_or_are_not_here(variant: Variant) {
    let stage = Stage::new(variant);
    let mut library = stage.open();
    let snapshot = support::listed(&mut *library);
    for (id, sample) in stage.ids.iter().zip(support::samples()) {
        let (asset, sample) = (find(&snapshot, id), stage.told(sample));
        for (role, name, bytes) in &sample.parts {
            if stage.has_files() {
                assert_eq!(&support::bytes(&mut *library, asset, *role), bytes, "{name}");
            } else {
                let result = library.read(asset, *role, &mut Vec::new(), &Cancel::new());
                assert!(matches!(result, Err(ReadError::NotHere)), "{name}");
            }
        }
        let absent = library.read(asset, ResourceRole::RenderedVideo, &mut Vec::new(), &Cancel::new());
        assert!(matches!(absent, Err(ReadError::NotHere)));
    }
}

pub fn a_cancelled_snapshot_stops(variant: Variant) {
    let stage = Stage::new(variant);
    let cancel = Cancel::new();
    cancel.cancel();
    let result = stage.open().snapshot(&Silent, &cancel);
    assert!(matches!(result, Err(LibraryError::Cancelled)));
}

pub fn hidden_and_trashed_assets_are_seen(variant: Variant) {
    let stage = Stage::new(variant);
    alter::hide(&stage.path, &stage.ids[0]);
    alter::trash(&stage.path, &stage.ids[1]);
    alter::delete(&stage.path, &stage.ids[2]);
    let mut library = stage.open();
    let snapshot = support::snapshot(&mut *library);
    let properties = library.properties();
    assert!(properties.sees_hidden && find(&snapshot, &stage.ids[0]).standing.hidden);
    assert_eq!(library.asset(&stage.ids[2]).expect("a look"), None);
    if stage.has_tables() {
        assert!(properties.sees_trashed && find(&snapshot, &stage.ids[1]).standing.trashed);
        assert_eq!(snapshot.assets.len(), stage.ids.len() - 1);
        assert!(!properties.fed_by_icloud);
    } else {
        assert!(!properties.sees_trashed);
        assert_eq!(snapshot.assets.len(), stage.ids.len() - 2);
    }
}

pub fn a_picture_shows_the_asset_or_there_is_none(variant: Variant) {
    let stage = Stage::new(variant);
    let before = support::tree(&stage.path);
    let mut library = stage.open();
    for (id, sample) in stage.ids.iter().zip(support::samples()) {
        let (_, name, bytes) = &sample.parts[0];
        let expected = (sample.kind == MediaKind::Photo && stage.has_files()).then_some(bytes);
        assert_eq!(support::picture(&mut *library, id).as_ref(), expected, "{name}");
    }
    let long = "A".repeat(5000);
    for nobody in ["00000000-0000-4000-8000-000000000000", "", "/etc/passwd", "../../x", "A/B", "é", "A\0", &long] {
        assert_eq!(support::picture(&mut *library, &AssetId(nobody.into())), None, "{nobody}");
    }
    assert!(before == support::tree(&stage.path));
    drop(library);
    // What the library shows after an edit.
    alter::edit(&stage.path, &stage.ids[0], "jpeg", b"as edited", None);
    assert_eq!(support::picture(&mut *stage.open(), &stage.ids[0]).as_deref(), Some(&b"as edited"[..]));
}

pub fn an_opened_picture_needs_no_library(variant: Variant) {
    let stage = Stage::new(variant);
    if !stage.has_files() {
        return;
    }
    let mut library = stage.open();
    let mut picture = library.picture(&stage.ids[0]).expect("a look").expect("a picture");
    drop(library);
    let mut bytes = Vec::new();
    picture.read_to_end(&mut bytes).expect("bytes");
    picture.seek(SeekFrom::Start(1)).expect("a place");
    let mut second = [0];
    picture.read_exact(&mut second).expect("a byte");
    assert_eq!((&bytes, second[0]), (&support::samples()[0].parts[0].2, bytes[1]));
}

pub fn a_file_opens_at_any_place_or_is_not_here(variant: Variant) {
    let stage = Stage::new(variant);
    let before = support::tree(&stage.path);
    let mut library = stage.open();
    let snapshot = support::listed(&mut *library);
    let mut opened = Vec::new();
    for (id, sample) in stage.ids.iter().zip(support::samples()) {
        let (asset, sample) = (find(&snapshot, id), stage.told(sample));
        for (role, name, bytes) in sample.parts {
            match library.open(asset, role) {
                Ok(file) => opened.push((file, name, bytes)),
                Err(error) => assert!(!stage.has_files() && matches!(error, ReadError::NotHere), "{name}: {error}"),
            }
        }
        assert!(matches!(library.open(asset, ResourceRole::RenderedVideo), Err(ReadError::NotHere)));
    }
    assert_eq!(opened.is_empty(), !stage.has_files());
    drop(library);
    for (mut file, name, bytes) in opened {
        let middle = bytes.len() / 2;
        file.seek(SeekFrom::Start(middle as u64)).expect("a place");
        let mut rest = Vec::new();
        file.read_to_end(&mut rest).expect("bytes");
        assert_eq!(rest, bytes[middle..], "{name}");
    }
    assert!(before == support::tree(&stage.path));
}
