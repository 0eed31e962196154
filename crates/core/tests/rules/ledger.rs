//! The world's book of links is the ledger's: what is tested with the one holds for the other.

use std::collections::BTreeSet;
use std::path::PathBuf;

use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::FolderId;
use photobridge_core::ledger::Ledger;
use photobridge_core::library::Identity;
use photobridge_core::memory::{AgreedFile, Agreement, Link, Memory, Origin};
use photobridge_testkit::Book;
use proptest::collection::vec;
use proptest::prelude::*;

fn agreements() -> impl Strategy<Value = Vec<Agreement>> {
    let file = (0..4u8, 0..4u8, any::<bool>());
    let one = (vec(file, 1..3), prop::option::of(0..3u8));
    let agreement = |(files, asset): (Vec<(u8, u8, bool)>, Option<u8>)| Agreement {
        origin: Origin::Both,
        kind: MediaKind::Photo,
        captured: None,
        content_identifier: None,
        folder: FolderId(1),
        files: (files.into_iter().enumerate())
            .map(|(at, (bytes, path, is_sidecar))| AgreedFile {
                role: match (at, is_sidecar) {
                    (0, _) => ResourceRole::Photo,
                    (_, false) => ResourceRole::PairedVideo,
                    (_, true) => ResourceRole::Sidecar,
                },
                path: PathBuf::from(format!("{path}.jpg")),
                fingerprint: Fingerprint::of(&[bytes]),
                size: 1,
            })
            .collect(),
        asset: asset.map(|asset| AssetId(format!("{asset}").into())),
        edit: None,
        beside: None,
        apart: false,
    };
    vec(one.prop_map(agreement), 1..8)
}

/// Every link as its bytes, paths and assets, in an order of its own.
fn told(memory: &Memory, agreements: &[Agreement]) -> Vec<(Vec<Fingerprint>, Vec<String>, Vec<AssetId>)> {
    let empty = |link: &Link| (Vec::new(), Vec::new(), link.assets.clone());
    let mut told: Vec<(Vec<_>, Vec<_>, Vec<_>)> = memory.links().iter().map(empty).collect();
    for (fingerprint, at) in memory.fingerprints() {
        told[at].0.push(*fingerprint);
    }
    let named: BTreeSet<&PathBuf> = agreements.iter().flat_map(|one| one.files.iter().map(|file| &file.path)).collect();
    for path in named {
        if let Some(at) = memory.position_of_path(FolderId(1), path) {
            told[at].1.push(path.display().to_string());
        }
    }
    for (bytes, paths, assets) in &mut told {
        bytes.sort();
        paths.sort();
        assets.sort();
    }
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_book_remembers_as_the_ledger_does(agreements in agreements()) {
        let directory = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(directory.path()).unwrap();
        let library = ledger.library(&Identity { uuid: None, path: "library".into() }).unwrap();
        ledger.folder(directory.path()).unwrap();
        ledger.agree(library, agreements.iter().cloned()).unwrap();
        let mut book = Book::default();
        for agreement in &agreements {
            book.agree(agreement);
        }
        prop_assert_eq!(told(&ledger.memory(&[FolderId(1)], library).unwrap(), &agreements), told(&book.memory(true), &agreements));
    }
}
