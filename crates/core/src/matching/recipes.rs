//! What describes photos and lies beside them, recipes of edits (`IMG_1.AAE`) and sidecars (`IMG_1.xmp`): whether the library
//! has it with the photo. It goes in with that; what came later, or was changed since, has no way into a photo that is there.

use rustc_hash::FxHashSet;

use super::index::Index;
use super::{Absence, Facts, Relation, Sides};
use crate::asset::{Asset, Resource, ResourceRef, ResourceRole};
use crate::export::Sidecar;
use crate::item::{FileRef, Item, ItemFile};

/// What describes photos in the folder.
fn in_folder(items: &[Item]) -> impl Iterator<Item = (FileRef, &ItemFile)> {
    let describes = |file: &ItemFile| matches!(file.role, ResourceRole::AdjustmentData | ResourceRole::Sidecar);
    items.iter().zip(0..).filter(|(entry, _)| entry.files.len() > 1).flat_map(move |(entry, item)| {
        let files = entry.files.iter().zip(0..).filter(move |(file, _)| describes(file));
        files.map(move |(file, at)| (FileRef { item, file: at }, file))
    })
}

/// Whether this came with an original and describes it.
fn describes(resource: &Resource) -> bool {
    resource.role == ResourceRole::Sidecar || resource.came_with_original()
}

/// What came with originals of the library.
fn in_library(assets: &[Asset]) -> impl Iterator<Item = (ResourceRef, &Resource)> {
    assets.iter().zip(0..).flat_map(|(asset, position)| {
        let resources = asset.resources.iter().zip(0..).filter(|(entry, _)| describes(entry));
        resources.map(move |(entry, resource)| (ResourceRef { asset: position, resource }, entry))
    })
}

/// What must be read of these: those of a length that there is on the other side.
pub(super) fn questions(sides: Sides<'_>, facts: &Facts) -> (Vec<FileRef>, Vec<ResourceRef>) {
    let there: FxHashSet<u64> = in_folder(sides.items).map(|(_, file)| file.stamp.size).collect();
    if there.is_empty() {
        return Default::default();
    }
    let held: FxHashSet<u64> = in_library(sides.assets).filter_map(|(_, entry)| entry.size).collect();
    let is_unread = |(at, file): &(FileRef, &ItemFile)| {
        file.is_readable() && held.contains(&file.stamp.size) && !facts.files.contains_key(at)
    };
    let is_untold = |(at, entry): &(ResourceRef, &Resource)| {
        let is_alike = entry.size.is_none_or(|size| there.contains(&size));
        let is_here = entry.whereabouts.may_be_here();
        is_alike && is_here && entry.fingerprint.is_none() && !facts.resources.contains_key(at)
    };
    let files = in_folder(sides.items).filter(is_unread).map(|(at, _)| at).collect();
    let resources = in_library(sides.assets).filter(is_untold).map(|(at, _)| at).collect();
    (files, resources)
}

/// What describes photos in the folder and is not in the library with them, though they are.
pub(super) fn lacking<'a>(
    index: &'a Index<'a>,
    facts: &'a Facts,
    relations: &'a [Relation],
) -> impl Iterator<Item = (FileRef, Absence)> + 'a {
    let is_lacking = move |(at, file): &(FileRef, &ItemFile)| match &relations[at.item as usize] {
        relation @ Relation::Held { asset, .. } => {
            // Words about a RAW that is a photo of its own in the library belong to that one.
            let of = index.sides.items[at.item as usize].described_by(file);
            let apart = of.and_then(|of| index.apart(FileRef { file: of, ..*at }, relation, facts).min());
            let (asset, of) = apart.map_or((*asset, 0), |apart| (apart, of.unwrap_or(0)));
            !may_have(index.sides, facts, asset, (*at, file), of)
        }
        _ => false,
    };
    in_folder(index.sides.items).filter(is_lacking).map(|(at, _)| (at, Absence::Lacking))
}

/// Whether we write the library's own words beside photos where this item lies.
fn is_written_there(sides: Sides<'_>, item: u32) -> bool {
    let folder = sides.items[item as usize].folder;
    sides.outward.is_some_and(|outward| outward.folder == folder && outward.export.sidecar == Sidecar::Xmp)
}

/// Whether the asset at this position has this recipe or sidecar of the file `of` of its item, as far as it can be told. Of
/// one that went in with its photo a library may have kept the words alone: then the memory says that it did.
fn may_have(sides: Sides<'_>, facts: &Facts, asset: u32, (at, file): (FileRef, &ItemFile), of: u16) -> bool {
    let entry = &sides.assets[asset as usize];
    let is_it = |resource: &Resource| resource.role == file.role && describes(resource);
    let Some(position) = entry.resources.iter().position(is_it) else {
        if file.role == ResourceRole::Sidecar && is_written_there(sides, at.item) {
            return true;
        }
        let photo = facts.file(FileRef { item: at.item, file: of });
        let link = photo.and_then(|bytes| sides.memory.by_fingerprint(&bytes));
        return !entry.is_listed() || link.is_some_and(|link| link.placed.contains(file.role));
    };
    let resource = &entry.resources[position];
    let computed = facts.resource(ResourceRef { asset, resource: position as u16 });
    match (resource.fingerprint.or(computed), facts.file(at)) {
        (Some(held), Some(bytes)) => held == bytes,
        _ => resource.size.is_none_or(|size| size == file.stamp.size),
    }
}
