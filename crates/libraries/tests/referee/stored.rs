//! Stored fingerprints against the bytes of the files that are here.

use std::collections::BTreeMap;

use photobridge_core::asset::{Asset, Resource, ResourceRole, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{Library, Snapshot};
use serde_json::Value;

use crate::support;

/// What was counted of one role.
#[derive(Default, Clone, Copy)]
pub struct Count {
    pub files: usize,
    pub stored: usize,
    pub here: usize,
    pub equal: usize,
    pub different: usize,
}

/// The counts by role, and the fingerprints that differ from their files.
#[derive(Default)]
pub struct Stored {
    pub counts: BTreeMap<&'static str, Count>,
    pub differences: Vec<String>,
    pub unexplained: usize,
}

impl Stored {
    /// Reads every file with a stored fingerprint. `theirs` tells what the database says of sizes.
    pub fn of(library: &mut dyn Library, snapshot: &Snapshot, theirs: &BTreeMap<String, Value>) -> Self {
        let mut stored = Self::default();
        for asset in &snapshot.assets {
            for resource in &asset.resources {
                if let Some(word) = word(resource.role) {
                    stored.add(library, asset, resource, word, theirs.get(&*asset.id.0));
                }
            }
        }
        stored
    }

    fn add(
        &mut self,
        library: &mut dyn Library,
        asset: &Asset,
        resource: &Resource,
        word: &'static str,
        photo: Option<&Value>,
    ) {
        let count = self.counts.entry(word).or_default();
        count.files += 1;
        let Some(stored) = resource.fingerprint.or(resource.stale_fingerprint) else { return };
        count.stored += 1;
        if resource.whereabouts != Whereabouts::Here {
            return;
        }
        count.here += 1;
        let bytes = support::bytes(library, asset, resource.role);
        if Fingerprint::of(&bytes) == stored {
            count.equal += 1;
            // A fingerprint that fits must not be called stale.
            assert_eq!(resource.fingerprint, Some(stored), "{}", asset.original_name);
            return;
        }
        count.different += 1;
        let size = photo.and_then(|photo| photo["original_filesize"].as_u64()).filter(|_| word == "originals");
        let why = match size {
            Some(size) if size != bytes.len() as u64 && resource.fingerprint.is_none() => format!(
                "the file has {} bytes and ZORIGINALFILESIZE is {size}: it changed after its fingerprint was stored",
                bytes.len()
            ),
            None if resource.fingerprint.is_none() => "its row has another size than the file: it changed".to_owned(),
            _ => {
                self.unexplained += 1;
                "UNEXPLAINED".to_owned()
            }
        };
        self.differences.push(format!("{word}: {}: {why}", asset.original_name));
    }
}

fn word(role: ResourceRole) -> Option<&'static str> {
    Some(match role {
        ResourceRole::Photo | ResourceRole::Video => "originals",
        ResourceRole::PairedVideo => "paired videos",
        ResourceRole::AlternatePhoto => "RAW halves",
        ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo | ResourceRole::RenderedPairedVideo => "renders",
        ResourceRole::AdjustmentData | ResourceRole::Sidecar => return None,
    })
}
