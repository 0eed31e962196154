//! Turns matches that the memory does not hold yet into links.

use rayon::prelude::*;

use super::gather::Found;
use super::{Session, SyncError};
use crate::asset::{Asset, ResourceRef, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::{FileRef, Item};
use crate::matching::{Matched, Relation, may_be_its, role_of, shown_by_others};
use crate::memory::{AgreedFile, Agreement, MadeFile, Origin};

impl Session<'_> {
    /// Records the matches that the memory does not hold yet, and says how many. A match found without reading bytes is
    /// read now, so that it is remembered by identity and survives a move of the file.
    pub(super) fn agree(&mut self, found: &mut Found, matched: &Matched) -> Result<u64, SyncError> {
        let held = |relation: &Relation| match relation {
            Relation::Held { asset, .. } => Some(*asset),
            _ => None,
        };
        let new: Vec<(u32, u32)> = (matched.relations.par_iter().enumerate())
            .filter_map(|(item, relation)| Some((item as u32, held(relation)?)))
            .filter(|(item, asset)| !is_remembered(found, FileRef { item: *item, file: 0 }, *asset))
            // What was seen before may be gone by now: nothing is remembered of it.
            .filter(|(item, _)| found.is_looked_at(*item))
            .collect();
        let parts: Vec<(FileRef, ResourceRef)> = (matched.parts.iter())
            .map(|(file, resource)| (*file, *resource))
            .filter(|(file, resource)| file.file > 0 && !is_remembered(found, *file, resource.asset))
            .filter(|(file, _)| found.is_looked_at(file.item))
            .collect();
        let unread: Vec<FileRef> = (new.iter())
            .flat_map(|(item, _)| originals(&found.items[*item as usize], *item))
            .chain(parts.iter().map(|(file, _)| *file))
            .filter(|file| !found.facts.files.contains_key(file))
            .collect();
        self.answer_files(found, &unread)?;
        if self.cancel.is_cancelled() {
            return Err(SyncError::Cancelled);
        }
        let mut agreed = 0;
        if !(new.is_empty() && parts.is_empty()) {
            let whole = new.iter().filter_map(|(item, asset)| agreement(found, matched, *item, *asset));
            let parts = parts.iter().filter_map(|(file, resource)| agreement_on_part(found, *file, *resource));
            agreed = self.ledger.agree(found.library_id, whole.chain(parts))?;
        }
        let shown = shown_by_others(&found.snapshot.assets, &found.facts, &matched.presences);
        let is_new = |photo: &Fingerprint| found.memory.position_of_shown(photo).is_none();
        let shown = shown.filter(|(photo, file)| is_new(photo) && found.is_looked_at(file.item));
        let shown = shown.filter_map(|(photo, file)| Some((photo, found.facts.file(file)?)));
        self.ledger.note_shown(&shown.collect::<Vec<_>>())?;
        Ok(agreed)
    }
}

fn originals(item: &Item, position: u32) -> impl Iterator<Item = FileRef> + '_ {
    let is_original = |(_, file): &(usize, &crate::item::ItemFile)| file.role.is_original();
    item.files.iter().enumerate().filter(is_original).map(move |(at, _)| FileRef { item: position, file: at as u16 })
}

/// Whether the memory already says that this file is this asset's, under this path.
fn is_remembered(found: &Found, file: FileRef, asset: u32) -> bool {
    let entry = &found.items[file.item as usize];
    let path = &entry.files[usize::from(file.file)].path;
    let Some(fingerprint) = found.facts.file(file) else { return false };
    let Some(link) = found.memory.by_fingerprint(&fingerprint) else { return false };
    let at_path = found.memory.by_path(entry.folder, path).is_some_and(|other| other.id == link.id);
    at_path && link.assets.contains(&found.snapshot.assets[asset as usize].id)
}

/// What is to be remembered of an item and its asset. A companion that the asset lacks is not the same on both sides: a
/// link that named it would say that it was delivered, or take another asset's video for this one's.
fn agreement(found: &Found, matched: &Matched, item: u32, asset: u32) -> Option<Agreement> {
    let entry = &found.items[item as usize];
    let holder = &found.snapshot.assets[asset as usize];
    found.facts.file(FileRef { item, file: 0 })?;
    let files = originals(entry, item).filter_map(|file| {
        let part = &entry.files[usize::from(file.file)];
        let fingerprint = found.facts.file(file)?;
        let is_shared = file.file == 0 || may_be_its(&found.snapshot.assets, &found.facts, asset, part);
        let role_of = |bytes| role_of(&found.snapshot.assets, &found.facts, asset, bytes);
        let known = found.facts.bytes_of(file).find_map(role_of);
        let as_part = matched.parts.get(&file).filter(|resource| resource.asset == asset);
        let role = known.or(as_part.map(|resource| role_in(found, *resource)));
        let role = role.or_else(|| is_shared.then_some(part.role))?;
        Some(AgreedFile { role, path: part.path.clone(), fingerprint, size: part.stamp.size })
    });
    Some(Agreement {
        content_identifier: entry.header().and_then(|header| header.content_identifier.clone()),
        made: made(found, FileRef { item, file: 0 }, asset),
        ..agreed(entry, holder, files.collect())
    })
}

/// The files of the asset that a motion photo would be, where those are what it has.
fn made(found: &Found, file: FileRef, asset: u32) -> Vec<MadeFile> {
    let resources = &found.snapshot.assets[asset as usize].resources;
    let pair = found.facts.pair(file).into_iter().flat_map(|pair| [pair.still, pair.movie]);
    let made = pair.filter_map(|fingerprint| {
        let role = role_of(&found.snapshot.assets, &found.facts, asset, fingerprint)?;
        let size = resources.iter().find(|entry| entry.role == role)?.size?;
        Some(MadeFile { role, fingerprint, size })
    });
    made.collect()
}

/// What is to be remembered of a companion that is the same picture as this file of the library: once its photo is deleted
/// there, it is not a new one.
fn agreement_on_part(found: &Found, file: FileRef, resource: ResourceRef) -> Option<Agreement> {
    let entry = &found.items[file.item as usize];
    let part = &entry.files[usize::from(file.file)];
    let (role, fingerprint) = (role_in(found, resource), found.facts.file(file)?);
    let files = vec![AgreedFile { role, path: part.path.clone(), fingerprint, size: part.stamp.size }];
    let holder = &found.snapshot.assets[resource.asset as usize];
    Some(Agreement { kind: holder.kind, ..agreed(entry, holder, files) })
}

fn role_in(found: &Found, resource: ResourceRef) -> ResourceRole {
    found.snapshot.assets[resource.asset as usize].resources[usize::from(resource.resource)].role
}

fn agreed(entry: &Item, holder: &Asset, files: Vec<AgreedFile>) -> Agreement {
    Agreement {
        origin: Origin::Both,
        kind: entry.kind,
        captured: entry.captured(),
        content_identifier: None,
        folder: entry.folder,
        files,
        made: Vec::new(),
        asset: Some(holder.id.clone()),
        edit: None,
        beside: None,
        apart: false,
        told: false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::asset::{Asset, AssetId, MediaKind, Resource, ResourceRole, Whereabouts};
    use crate::item::{FolderId, ItemFile, Stamp};
    use crate::ledger::LibraryId;
    use crate::library::Snapshot;
    use crate::matching::{Answer, Facts};
    use crate::memory::Memory;

    #[test]
    fn what_the_asset_lacks_is_not_remembered_as_delivered() {
        let stamp = Stamp { size: 4, mtime: 0, ctime: 0, inode: 1 };
        let file =
            |role, path: &str| ItemFile { role, path: path.into(), stamp, header: None, trouble: None, excluded: None };
        let files = vec![file(ResourceRole::Photo, "a.JPG"), file(ResourceRole::AlternatePhoto, "a.DNG")];
        let (folder, kind) = (FolderId(1), MediaKind::Photo);
        let item = Item { folder, kind, files, conflict_copy: false, archived: None };
        let mut facts = Facts::default();
        for file in [0, 1] {
            let bytes = Fingerprint::of(&[file as u8]);
            facts.files.insert(FileRef { item: 0, file }, Answer::Fingerprint(bytes));
        }
        let jpeg = Resource {
            role: ResourceRole::Photo,
            size: Some(4),
            fingerprint: None,
            stale_fingerprint: None,
            whereabouts: Whereabouts::Here,
            state: 0,
            locator: "".into(),
        };
        let asset = Asset {
            id: AssetId("A".into()),
            kind,
            subtype: None,
            original_name: "a.JPG".into(),
            captured: None,
            camera_time: None,
            added: None,
            pixels: None,
            current_pixels: None,
            camera: None,
            edited: false,
            burst: None,
            standing: Default::default(),
            resources: [jpeg].into(),
            details: None,
            albums: [].into(),
            by_photobridge: false,
        };
        let mut found = Found {
            library_id: LibraryId(1),
            folders: Vec::new(),
            items: vec![item],
            snapshot: Snapshot { assets: vec![asset], ..Snapshot::default() },
            memory: Memory::default(),
            facts,
            notices: Vec::new(),
            opened: Default::default(),
            bytes_read: 0,
            export: None,
            others: Vec::new(),
            disks: Default::default(),
            unlisted: None,
            fetches: false,
            gone: Default::default(),
            seen: None,
            within: Default::default(),
        };
        let paths = |found: &Found| {
            let agreement = agreement(found, &Matched::default(), 0, 0).expect("its bytes are known");
            agreement.files.into_iter().map(|file| file.path).collect::<Vec<_>>()
        };
        assert_eq!(paths(&found), [Path::new("a.JPG")]);
        let raw = |size| Resource {
            role: ResourceRole::AlternatePhoto,
            size: Some(size),
            fingerprint: None,
            stale_fingerprint: None,
            whereabouts: Whereabouts::Here,
            state: 0,
            locator: "".into(),
        };
        found.snapshot.assets[0].resources = [raw(5)].into();
        assert_eq!(paths(&found), [Path::new("a.JPG")], "it has another RAW");
        found.snapshot.assets[0].resources = [raw(4)].into();
        assert_eq!(paths(&found), [Path::new("a.JPG"), Path::new("a.DNG")]);
    }
}
