//! What every library promises to those who write: one change or none, and a refusal where it is read-only.

use std::path::Path;

use photobridge_core::asset::{AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{ImportError, Importer, LibraryError};
use photobridge_core::telling::Telling;

use crate::stage::{Stage, Variant, find};
use crate::support;

pub fn an_album_is_made_once_or_refused(variant: Variant) {
    let stage = Stage::new(variant);
    let mut library = stage.open();
    let titles = |library: &mut dyn photobridge_core::library::Library| -> Vec<String> {
        support::snapshot(library).albums.into_iter().map(|album| album.title).collect()
    };
    assert_eq!(titles(&mut *library), ["Holiday"]);
    if !stage.is_writable() {
        let before = support::tree(&stage.path);
        assert!(!library.properties().writable);
        assert!(matches!(library.ensure_album("New"), Err(LibraryError::ReadOnly(path)) if path == stage.path));
        assert!(before == support::tree(&stage.path));
        return;
    }
    assert!(library.properties().writable);
    let first = library.ensure_album("New “album” 'x'").expect("an album");
    assert_eq!(library.ensure_album("New “album” 'x'").expect("the same album"), first);
    drop(library);
    let mut library = stage.open();
    assert_eq!(library.ensure_album("New “album” 'x'").expect("the same album"), first);
    assert_eq!(titles(&mut *library), ["Holiday", "New “album” 'x'"]);
}

pub fn an_import_is_there_afterwards_or_refused(variant: Variant) {
    let stage = Stage::new(variant);
    let mut library = stage.open();
    let mut sample = support::photo("new.jpg", &support::jpeg("new"));
    sample.parts.push((ResourceRole::PairedVideo, "new.mov", support::movie("new")));
    let before = support::tree(&stage.path);
    let result = support::import(&mut *library, &stage.folder(), &sample);
    if !stage.is_writable() {
        assert!(matches!(result, Err(ImportError::Library(LibraryError::ReadOnly(_)))));
        assert!(before == support::tree(&stage.path));
        return;
    }
    let imported = result.expect("an import");
    let expected: Vec<_> = sample.parts.iter().map(|part| Fingerprint::of(&part.2)).collect();
    assert_eq!(imported.fingerprints, expected);
    drop(library);
    let mut library = stage.open();
    let asset = library.asset(&imported.id).expect("a look").expect("the asset");
    assert_eq!(find(&support::snapshot(&mut *library), &imported.id), &asset);
    for (role, _, bytes) in &sample.parts {
        assert_eq!(&support::bytes(&mut *library, &asset, *role), bytes);
        // What the library stores, or what was noted of a file that was read.
        let now = library.asset(&imported.id).expect("a look").expect("the asset");
        assert_eq!(now.resource(*role).and_then(|file| file.fingerprint), Some(Fingerprint::of(bytes)));
    }
}

pub fn an_asset_is_removed_for_good_or_stays(variant: Variant) {
    let stage = Stage::new(variant);
    let mut library = stage.open();
    let before = support::tree(&stage.path);
    let goes = &stage.ids[0];
    if !library.properties().removes {
        library.remove(goes).expect_err("only its own program deletes there");
        assert!(library.asset(goes).expect("a look").is_some());
        assert!(before == support::tree(&stage.path));
        return;
    }
    let others: Vec<_> =
        support::snapshot(&mut *library).assets.into_iter().filter(|asset| asset.id != *goes).collect();
    for _ in 0..2 {
        library.remove(goes).expect("removed, or not there any more");
    }
    drop(library);
    let mut library = stage.open();
    assert_eq!(library.asset(goes).expect("a look"), None);
    assert_eq!(support::snapshot(&mut *library).assets, others, "all others are as they were");
    let of_it = |path: &Path| path.to_string_lossy().contains(&*goes.0);
    assert!(!support::tree(&stage.path).keys().any(|path| of_it(path)), "its files are gone");
    let sample = support::photo("new.jpg", &support::jpeg("new"));
    support::import(&mut *library, &stage.folder(), &sample).expect("and what comes is taken as before");
}

pub fn on_id_comes_before_anything_is_seen(variant: Variant) {
    let stage = Stage::new(variant);
    if !stage.is_writable() {
        return refuses(&stage);
    }
    let mut library = stage.open();
    let mut told = Vec::new();
    let sample = support::photo("new.jpg", &support::jpeg("new"));
    let imported = support::import_with(&mut *library, &stage.folder(), &sample, &mut |id| {
        // Another process looks at the library while the import runs.
        let mut other = stage.open();
        assert_eq!(other.asset(id)?, None);
        assert_eq!(support::snapshot(&mut *other).assets.len(), stage.ids.len());
        told.push(id.clone());
        Ok(())
    });
    assert_eq!(told, [imported.expect("an import").id]);
}

pub fn nothing_is_imported_where_on_id_fails(variant: Variant) {
    let stage = Stage::new(variant);
    if !stage.is_writable() {
        return refuses(&stage);
    }
    let before = originals(&stage.path);
    let mut library = stage.open();
    let sample = support::photo("new.jpg", &support::jpeg("new"));
    let mut told = None;
    let result = support::import_with(&mut *library, &stage.folder(), &sample, &mut |id| {
        told = Some(id.clone());
        Err(LibraryError::Cancelled)
    });
    assert!(matches!(result, Err(ImportError::Library(LibraryError::Cancelled))));
    assert_eq!(library.asset(&told.expect("an id")).expect("a look"), None);
    assert_eq!(support::snapshot(&mut *library).assets.len(), stage.ids.len());
    assert_eq!(originals(&stage.path), before);
    assert!(support::import(&mut *library, &stage.folder(), &sample).is_ok(), "the next try succeeds");
}

pub fn a_refused_item_leaves_no_trace_and_poisons_no_other(variant: Variant) {
    let stage = Stage::new(variant);
    if !stage.is_writable() {
        return refuses(&stage);
    }
    let before = originals(&stage.path);
    let mut library = stage.open();
    let empty = support::photo("empty.jpg", b"");
    let text = support::photo("notes.txt", b"text");
    let bare = support::photo("no extension", b"bytes");
    let mut half = support::photo("half.jpg", &support::jpeg("half"));
    half.parts.push((ResourceRole::PairedVideo, "half.mov", Vec::new()));
    let mut twice = support::photo("twice.jpg", &support::jpeg("twice"));
    twice.parts.push((ResourceRole::Photo, "again.jpg", support::jpeg("again")));
    for sample in [empty, text, bare, half, twice] {
        let result = support::import(&mut *library, &stage.folder(), &sample);
        assert!(
            matches!(result, Err(ImportError::Refused(_) | ImportError::NotTaken { .. })),
            "{}: {result:?}",
            sample.parts[0].1
        );
    }
    let gone = stage.folder().join("gone.jpg");
    let result = library.import(&one_file(&gone, "gone.jpg"), &mut |_| Ok(()));
    assert!(matches!(result, Err(ImportError::Source { path, .. }) if path == gone));
    assert_eq!(originals(&stage.path), before);
    let sample = support::photo("good.jpg", &support::jpeg("good"));
    let id = support::import(&mut *library, &stage.folder(), &sample).expect("an import").id;
    assert!(library.asset(&id).expect("a look").is_some());
    assert_eq!(support::snapshot(&mut *library).assets.len(), stage.ids.len() + 1);
}

/// Has assets imported until one whose turn it is not to be any more, and looks what others see meanwhile.
struct Watched<'a> {
    stage: &'a Stage,
    told: Vec<(usize, AssetId)>,
    stops_at: usize,
}

impl Importer for Watched<'_> {
    fn begin(&mut self, ids: &[(usize, AssetId)]) -> Result<(), LibraryError> {
        let mut other = self.stage.open();
        for (_, id) in ids {
            assert_eq!(other.asset(id)?, None);
        }
        self.told.extend_from_slice(ids);
        Ok(())
    }

    fn next(&mut self, asset: usize) -> bool {
        asset < self.stops_at
    }
}

pub fn several_are_imported_and_one_that_is_refused_costs_no_other(variant: Variant) {
    let stage = Stage::new(variant);
    if !stage.is_writable() {
        return refuses(&stage);
    }
    let (folder, before) = (stage.folder(), originals(&stage.path).len());
    std::fs::create_dir_all(&folder).expect("a folder");
    let names = ["a.jpg", "gone.jpg", "b.jpg", "notes.txt", "changed.jpg", "c.jpg", "d.jpg"];
    let paths = names.map(|name| folder.join(name));
    for (path, name) in paths.iter().zip(names).filter(|(_, name)| *name != "gone.jpg") {
        std::fs::write(path, support::jpeg(name)).expect("a file");
    }
    let assets: Vec<_> = paths.iter().zip(names).map(|(path, name)| one_file(path, name)).collect();
    std::fs::write(&paths[4], support::jpeg("something else")).expect("a file");
    let mut library = stage.open();
    let mut watched = Watched { stage: &stage, told: Vec::new(), stops_at: 6 };
    let answers = library.import_all(&assets, &mut watched);
    assert_eq!(answers.len(), 6, "the last one was not to be carried: {answers:?}");
    assert!(matches!(&answers[1], Err(ImportError::Source { path, .. }) if *path == paths[1]), "{:?}", answers[1]);
    assert!(matches!(answers[3], Err(ImportError::Refused(_) | ImportError::NotTaken { .. })), "{:?}", answers[3]);
    assert!(matches!(&answers[4], Err(ImportError::Changed(path)) if *path == paths[4]), "{:?}", answers[4]);
    let mut ids = Vec::new();
    for at in [0, 2, 5] {
        let imported = answers[at].as_ref().expect("imported");
        assert!(watched.told.contains(&(at, imported.id.clone())), "told under its place");
        assert_eq!(imported.fingerprints, [Fingerprint::of(&support::jpeg(names[at]))]);
        ids.push(imported.id.clone());
    }
    let listed = library.assets(&ids).expect("a look");
    let alone = ids.iter().map(|id| library.asset(id).expect("a look")).collect::<Vec<_>>();
    assert_eq!(listed, alone, "several as one by one");
    for (asset, at) in listed.iter().zip([0, 2, 5]) {
        let asset = asset.as_ref().expect("the asset");
        assert_eq!(support::bytes(&mut *library, asset, ResourceRole::Photo), support::jpeg(names[at]));
    }
    let others = watched.told.iter().filter(|(_, id)| !ids.contains(id));
    others.for_each(|(_, id)| assert_eq!(library.asset(id).expect("a look"), None));
    assert_eq!(support::snapshot(&mut *library).assets.len(), stage.ids.len() + 3);
    drop(library);
    assert_eq!(originals(&stage.path).len(), before + 3, "no file of any other is left");
}

fn one_file<'a>(file: &'a Path, name: &'a str) -> photobridge_core::library::NewAsset<'a> {
    photobridge_core::library::NewAsset {
        kind: photobridge_core::asset::MediaKind::Photo,
        resources: vec![support::resource(ResourceRole::Photo, file, name)],
        captured: None,
        written: None,
        pixels: None,
        orientation: None,
        camera: None,
        duration_ms: None,
        details: Default::default(),
        albums: &[],
        added: support::clock(),
    }
}

/// A read-only library refuses before it tells an id, and stays as it is.
fn refuses(stage: &Stage) {
    let before = support::tree(&stage.path);
    let mut told = Vec::<AssetId>::new();
    let sample = support::photo("new.jpg", &support::jpeg("new"));
    let result = support::import_with(&mut *stage.open(), &stage.folder(), &sample, &mut |id| {
        told.push(id.clone());
        Ok(())
    });
    assert!(matches!(result, Err(ImportError::Library(LibraryError::ReadOnly(_)))));
    assert_eq!(told, []);
    let (photo, late) = (AssetId("any".into()), Telling { favorite: true, ..Telling::default() });
    assert!(stage.open().tell_late(&photo, &late).is_err() && stage.open().untell(&photo, &late).is_err());
    assert!(before == support::tree(&stage.path));
}

fn originals(library: &Path) -> Vec<std::path::PathBuf> {
    support::tree(&library.join("originals")).into_keys().filter(|path| path.is_file()).collect()
}
