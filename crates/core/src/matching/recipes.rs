//! Recipes of edits that lie beside their photos (`IMG_1.AAE`): whether the library has them with the photo. They go in
//! and out with it; one that came later, or was changed since, has no way into a photo that is there.

use rustc_hash::FxHashSet;

use super::index::Index;
use super::{Absence, Facts, Relation, Sides};
use crate::asset::{Asset, Resource, ResourceRef, ResourceRole};
use crate::item::{FileRef, Item, ItemFile};

/// The recipes in the folder.
fn in_folder(items: &[Item]) -> impl Iterator<Item = (FileRef, &ItemFile)> {
    let of_item = |(item, entry): (usize, &Item)| {
        let at = entry.files.iter().position(|file| file.role == ResourceRole::AdjustmentData)?;
        Some((FileRef { item: item as u32, file: at as u16 }, item))
    };
    let positions = items.iter().enumerate().filter_map(of_item);
    positions.map(|(file, item)| (file, &items[item].files[usize::from(file.file)]))
}

/// Those of the library that came with originals.
fn in_library(assets: &[Asset]) -> impl Iterator<Item = (ResourceRef, &Resource)> {
    assets.iter().zip(0..).filter_map(|(asset, position)| {
        let at = asset.resources.iter().position(Resource::came_with_original)?;
        Some((ResourceRef { asset: position, resource: at as u16 }, &asset.resources[at]))
    })
}

/// What must be read of recipes: those of a length that there is on the other side.
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

/// Recipes in the folder that the library does not have with their photo, though it has that.
pub(super) fn lacking<'a>(
    index: &'a Index<'a>,
    facts: &'a Facts,
    relations: &'a [Relation],
) -> impl Iterator<Item = (FileRef, Absence)> + 'a {
    let is_lacking = move |(at, file): &(FileRef, &ItemFile)| match &relations[at.item as usize] {
        Relation::Held { asset, .. } => !may_have(index.sides, facts, *asset, (*at, file)),
        _ => false,
    };
    in_folder(index.sides.items).filter(is_lacking).map(|(at, _)| (at, Absence::Lacking))
}

/// Whether the asset at this position has this recipe, as far as it can be told. Of one that went in with its photo a
/// library may have kept the words alone: then the memory says that it did.
fn may_have(sides: Sides<'_>, facts: &Facts, asset: u32, (at, file): (FileRef, &ItemFile)) -> bool {
    let entry = &sides.assets[asset as usize];
    let Some(position) = entry.resources.iter().position(Resource::came_with_original) else {
        let photo = facts.file(FileRef { item: at.item, file: 0 });
        let link = photo.and_then(|bytes| sides.memory.by_fingerprint(&bytes));
        return !entry.is_listed() || link.is_some_and(|link| link.placed.contains(ResourceRole::AdjustmentData));
    };
    let resource = &entry.resources[position];
    let computed = facts.resource(ResourceRef { asset, resource: position as u16 });
    match (resource.fingerprint.or(computed), facts.file(at)) {
        (Some(held), Some(bytes)) => held == bytes,
        _ => resource.size.is_none_or(|size| size == file.stamp.size),
    }
}
