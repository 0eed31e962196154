//! What the ledger does with agreements and decisions, without SQLite.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use photobridge_core::asset::{AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::item::FolderId;
use photobridge_core::memory::{Agreement, Decision, Edit, LaidBy, Link, LinkId, Memory, Roles};

/// A ledger of one library that is only in memory. Follows `ledger/links.rs` rule by rule.
#[derive(Debug, Clone, Default)]
pub struct Book {
    links: Vec<Link>,
    resources: BTreeMap<(Fingerprint, usize), (ResourceRole, u64)>,
    /// The link of each path, and who put the file there.
    paths: BTreeMap<(FolderId, PathBuf), (usize, LaidBy)>,
    written: BTreeSet<Fingerprint>,
    assets: BTreeMap<AssetId, (usize, Option<Edit>)>,
    decisions: BTreeMap<Fingerprint, (u64, Decision)>,
    /// Photos of the library that were not exported, and the links of which a file shows the same.
    shown: BTreeSet<(Fingerprint, usize)>,
}

impl Book {
    /// Adds to the link of the asset, else to that of these bytes, else makes one.
    pub fn agree(&mut self, agreement: &Agreement) {
        let at = self.find(agreement).unwrap_or_else(|| {
            self.links.push(Link {
                id: LinkId(self.links.len() as i64 + 1),
                origin: agreement.origin,
                kind: agreement.kind,
                captured: agreement.captured,
                content_identifier: agreement.content_identifier.clone(),
                assets: Default::default(),
                exported: 0,
                edits: Default::default(),
                placed: Roles::default(),
                undone: false,
                elsewhere: false,
                apart: Roles::default(),
            });
            self.links.len() - 1
        });
        for file in &agreement.files {
            if file.role.is_picture() {
                self.resources.entry((file.fingerprint, at)).or_insert((file.role, file.size));
            }
            let place = (agreement.folder, file.path.clone());
            let was_ours = self.paths.get(&place) == Some(&(at, LaidBy::Us));
            let by = if was_ours || agreement.edit.is_some() { LaidBy::Us } else { LaidBy::Others };
            self.paths.insert(place, (at, by));
            self.links[at].placed.insert(file.role);
            self.written.extend(agreement.edit.map(|_| file.fingerprint));
        }
        for made in &agreement.made {
            self.resources.entry((made.fingerprint, at)).or_insert((made.role, made.size));
        }
        if let Some(asset) = &agreement.asset {
            let before = self.assets.get(asset).and_then(|(_, edit)| *edit);
            self.assets.insert(asset.clone(), (at, agreement.edit.or(before)));
        }
    }

    /// A photo of the library shows the same as a file with these bytes.
    pub fn note_shown(&mut self, photo: Fingerprint, by: Fingerprint) {
        let links = self.resources.keys().filter(|(bytes, _)| *bytes == by);
        self.shown.extend(links.map(|(_, at)| (photo, *at)));
    }

    fn find(&self, agreement: &Agreement) -> Option<usize> {
        let by_asset = agreement.asset.as_ref().and_then(|asset| self.assets.get(asset).map(|(at, _)| *at));
        let primary = agreement.files.first().filter(|file| file.role.is_picture());
        by_asset.or_else(|| {
            let mut known = self.resources.keys();
            known
                .find(|(fingerprint, _)| primary.is_some_and(|file| file.fingerprint == *fingerprint))
                .map(|(_, at)| *at)
        })
    }

    /// A folder is none of the next run's: what lay there lay elsewhere.
    pub fn leave(&mut self, folder: FolderId) {
        let at: BTreeSet<usize> =
            self.paths.iter().filter(|((of, _), _)| *of == folder).map(|(_, (at, _))| *at).collect();
        self.paths.retain(|(of, _), _| *of != folder);
        for at in at {
            self.links[at].elsewhere = true;
            self.links[at].apart = self.links[at].placed;
            if !self.paths.values().any(|(other, _)| *other == at) {
                self.links[at].placed = Roles::default();
            }
        }
    }

    /// What a person said of these bytes.
    pub fn decide(&mut self, bytes: &[u8], decision: Decision) {
        self.decisions.insert(Fingerprint::of(bytes), (bytes.len() as u64, decision));
    }

    /// As the pure stages see it; `here` is whether its assets are of the library of this run.
    pub fn memory(&self, here: bool) -> Memory {
        let mut memory = Memory::default();
        for link in &self.links {
            memory.add_link(link.clone());
        }
        for ((fingerprint, at), (role, size)) in &self.resources {
            memory.add_resource(*at, *role, *fingerprint, *size);
        }
        for ((folder, path), (at, by)) in &self.paths {
            memory.add_path(*at, *folder, path.clone(), *by);
        }
        self.written.iter().for_each(|bytes| memory.add_written(*bytes));
        for (asset, (at, edit)) in self.assets.iter().filter(|_| here) {
            memory.add_asset(*at, asset.clone(), *edit);
        }
        self.shown.iter().for_each(|(photo, at)| memory.add_shown(*photo, *at));
        for (fingerprint, (size, decision)) in &self.decisions {
            memory.add_decision(*fingerprint, *size, *decision);
        }
        memory
    }
}
