//! An independent reader, osxphotos, reads the same libraries: both must say the same, field by field.
//!
//! Needs `osxphotos` (0.77 was used) on the path, or where `OSXPHOTOS` says. `scripts/compare-with-osxphotos` runs
//! `the_real_libraries_read_the_same` over libraries of your choice and shows what it prints.

mod fields;
mod osxphotos;
mod stored;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use fields::{Comparison, Difference, Pair, sorted};
use osxphotos::{text, texts, words};
use photobridge_core::asset::ResourceRole;
use photobridge_core::library::{Library, Snapshot};
use photobridge_libraries::{Embedded, open};
use photobridge_media::details::{Details, Location};
use photobridge_testkit::alter;
use serde_json::Value;
use stored::Stored;

/// Everything in which the two readers differ.
fn compare(library: &mut dyn Library, snapshot: &Snapshot, theirs: &BTreeMap<String, Value>) -> Comparison {
    let mut comparison = Comparison::default();
    for asset in &snapshot.assets {
        match theirs.get(&*asset.id.0) {
            Some(photo) => comparison.asset(library, &Pair { snapshot, asset, photo }),
            None => comparison.differences.push(Difference {
                asset: asset.original_name.to_string(),
                field: "listed".into(),
                says: "by us only".into(),
                reason: asset
                    .standing
                    .unpicked_burst_frame
                    .then_some("an unpicked frame of a burst, which osxphotos leaves out"),
            }),
        }
    }
    for uuid in theirs.keys().filter(|uuid| !snapshot.assets.iter().any(|asset| *asset.id.0 == ***uuid)) {
        let (field, says) = ("listed".into(), "by osxphotos only".into());
        comparison.differences.push(Difference { asset: uuid.clone(), field, says, reason: None });
    }
    comparison
}

/// Compares a library, prints what was found, and returns how much of it nobody explains.
fn report(name: &str, path: &Path, scratch: &Path) -> usize {
    let mut library = open(path, scratch).expect("a library");
    let snapshot = support::snapshot(&mut *library);
    let theirs = osxphotos::list(path);
    let Comparison { compared, differences } = compare(&mut *library, &snapshot, &theirs);
    let intended = differences.iter().filter(|difference| difference.reason.is_some()).count();
    let unexplained = differences.len() - intended;
    println!("\n== {name}: {} assets, osxphotos lists {}", snapshot.assets.len(), theirs.len());
    println!("  {compared} fields compared: {intended} differ as intended, {unexplained} differ UNEXPLAINED");
    for asset in snapshot.assets.iter().filter(|asset| asset.standing.trashed && theirs.contains_key(&*asset.id.0)) {
        println!("  in the trash, listed by osxphotos only when asked for: {}", asset.original_name);
    }
    for Difference { asset, field, says, reason } in &differences {
        println!("  {asset} {field}: {says}\n    {}", reason.unwrap_or("UNEXPLAINED"));
    }
    let stored = Stored::of(&mut *library, &snapshot, &theirs);
    println!("  stored fingerprints        files  stored  file here   equal  different");
    for (word, count) in &stored.counts {
        let stored::Count { files, stored, here, equal, different } = count;
        println!("    {word:<22} {files:>7} {stored:>7} {here:>10} {equal:>7} {different:>10}");
    }
    for difference in &stored.differences {
        println!("    {difference}");
    }
    for warning in &snapshot.warnings {
        println!("  warning: {warning}");
    }
    unexplained + stored.unexplained
}

#[test]
#[ignore = "needs osxphotos"]
fn an_embedded_library_reads_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Library");
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    assert_eq!(report("an embedded library", &path, directory.path()), 0);
    // What was imported is what osxphotos sees, said once more without our reader.
    let theirs = osxphotos::list(&path);
    assert_eq!(theirs.len(), ids.len());
    for (id, sample) in ids.iter().zip(&support::samples()) {
        let photo = &theirs[&*id.0];
        for (role, name, bytes) in &sample.parts {
            let key = match role {
                ResourceRole::Photo | ResourceRole::Video => "path",
                ResourceRole::PairedVideo => "path_live_photo",
                ResourceRole::AlternatePhoto => "path_raw",
                _ => continue,
            };
            let path = text(photo, key).expect(name);
            assert!(fs::read(path).expect(name) == *bytes, "{name}");
        }
        assert_eq!(texts(photo, "albums"), Vec::from_iter(sample.album));
        assert_eq!(texts(photo, "keywords"), sorted(sample.details.keywords.clone()));
        assert_eq!(words(photo, "description"), sample.details.description);
        let fingerprint = support::fingerprint(sample);
        assert_eq!(text(photo, "fingerprint"), Some(fingerprint.to_string()));
    }
}

#[test]
#[ignore = "needs osxphotos"]
fn what_photos_changed_reads_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Library");
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    alter::edit(&path, &ids[0], "heic", b"edited", None);
    alter::edit(&path, &ids[1], "jpeg", b"edited still", Some(b"edited video"));
    alter::edit(&path, &ids[3], "mov", b"edited video", None);
    alter::shared_library(&path, &ids[2]);
    alter::choose_raw(&path, &ids[2]);
    alter::hide(&path, &ids[1]);
    alter::trash(&path, &ids[4]);
    alter::retime(&path, &ids[1], 90.0);
    alter::burst(&path, &[(&ids[0], 16), (&ids[2], 8)]);
    let details = Details {
        title: Some("A title".into()),
        description: Some("Words".into()),
        keywords: vec!["night".into(), "new".into()],
        location: Location::new(1.5, -2.5),
        favorite: true,
        rating: None,
    };
    alter::describe(&path, &ids[3], &details);
    assert_eq!(report("an altered library", &path, directory.path()), 0);
    alter::evict_one(&path, &ids[0]);
    alter::evict_resource(&path, &ids[1], ResourceRole::RenderedPairedVideo);
    alter::lose_original(&path, &ids[3]);
    alter::shared_album(&path, &ids[5]);
    alter::reference(&path, &ids[2], &directory.path().join("outside/DSC_0003.jpg"));
    assert_eq!(report("the same, with files elsewhere", &path, directory.path()), 0);
}

#[test]
#[ignore = "needs osxphotos"]
fn an_empty_library_reads_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Library");
    Embedded::open(&path).and_then(|mut library| library.ensure_album("Empty")).expect("a library");
    assert_eq!(report("an empty library", &path, directory.path()), 0);
}

#[test]
#[ignore = "needs osxphotos and ../shared"]
fn the_real_libraries_read_the_same() {
    let mut unexplained = 0;
    for path in libraries() {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let scratch = tempfile::tempdir().expect("a directory");
        // osxphotos opens the database in place, so it gets a copy.
        let copy = scratch.path().join(&name);
        support::copy_tree(&path, &copy);
        unexplained += report(&name, &copy, scratch.path());
    }
    println!();
    assert_eq!(unexplained, 0, "differences that nobody explains");
}

/// The libraries that `PHOTOBRIDGE_COMPARE` names, or all of ../shared.
fn libraries() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os("PHOTOBRIDGE_COMPARE").filter(|named| !named.is_empty()) {
        return std::env::split_paths(&named).collect();
    }
    let entries = fs::read_dir(support::shared().join("libraries")).expect("../shared");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    assert_eq!(found.len(), 6);
    found
}
