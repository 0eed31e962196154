//! Rung 2, size, time and name; and what holds for copies.

use photobridge_media::capture::CaptureTime;
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::Index;
use super::words::is_comparable;
use super::{Facts, Relation, Rung, Sides, is_readable, pairs};
use crate::asset::Asset;
use crate::fingerprint::Fingerprint;
use crate::folder::names::{self, bare_stem, folded};
use crate::folder::target;
use crate::item::{FileRef, Item};

/// Rung 2: for assets whose bytes cannot be compared at all, size, capture time and original name together.
pub(super) fn same_size_time_and_name(sides: Sides<'_>, index: &Index<'_>, relations: &mut [Relation]) {
    let mut by_size: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (position, asset) in sides.assets.iter().enumerate() {
        if let Some(primary) = asset.primary()
            && primary.fingerprint.is_none()
            && !primary.whereabouts.may_be_here()
            && let Some(size) = primary.size
        {
            by_size.entry(size).or_default().push(position as u32);
        }
    }
    for (position, relation) in relations.iter_mut().enumerate().filter(|(_, relation)| is_open(relation)) {
        let item = &sides.items[position];
        if !is_comparable(item) {
            continue;
        }
        // What would be made of a motion photo may be there, too.
        let made = pairs::sizes(item.primary()).map(|[still, _]| still);
        let sizes = std::iter::once(item.primary().stamp.size).chain(made);
        let candidates = sizes.filter_map(|size| by_size.get(&size)).flatten();
        let same = |asset: &&u32| is_same_time_and_name(item, &sides.assets[**asset as usize]);
        if let Some(asset) = candidates.filter(same).min_by_key(|asset| index.preference(**asset)) {
            *relation = Relation::Held { asset: *asset, rung: Rung::SizeTimeAndName };
        }
    }
}

/// Whether an item of the size of an asset is it by rung 2.
pub(super) fn is_same_time_and_name(item: &Item, asset: &Asset) -> bool {
    has_name_of(&item.primary().name().to_string_lossy(), asset)
        && asset.kind == item.kind
        && is_captured_when(asset, item.captured())
}

/// Whether a file is called as the asset is, or as we would call it in the folder: made safe, with a number where another
/// has the name.
fn has_name_of(name: &str, asset: &Asset) -> bool {
    let safe = || target::safe_name(&asset.original_name, &asset.id.0, "").stem;
    let ending = |name: &str| folded(&name[names::stem(name).len()..]);
    folded(name) == folded(&asset.original_name)
        || (ending(name) == ending(&asset.original_name) && bare_stem(name) == bare_stem(&safe()))
}

/// Whether a rung below bytes may still speak.
pub(super) fn is_open(relation: &Relation) -> bool {
    matches!(relation, Relation::New | Relation::HalfOf(_) | Relation::HalfHeld(_))
}

/// Whether an asset was captured at this moment: by the camera's own time where the library keeps it, since people
/// change dates.
fn is_captured_when(asset: &Asset, moment: Option<CaptureTime>) -> bool {
    match (asset.taken(), moment) {
        (Some(a), Some(b)) => a.agrees(&b),
        _ => false,
    }
}

/// What holds for an item holds for every copy of it: a copy under another name is not another picture, nor is the Live Photo
/// that a motion photo would be.
pub(super) fn copies(sides: Sides<'_>, index: &Index<'_>, facts: &Facts, relations: &mut [Relation]) {
    let bytes = |item: usize| {
        let file = FileRef { item: item as u32, file: 0 };
        facts.pair(file).map(|pair| pair.still).or_else(|| facts.file(file))
    };
    let is_asked = |item: usize, relation: &Relation| is_open(relation) && is_readable(&sides.items[item]);
    let asked = relations.iter().enumerate().filter(|(item, relation)| is_asked(*item, relation));
    let asked: FxHashSet<Fingerprint> = asked.filter_map(|(item, _)| bytes(item)).collect();
    if asked.is_empty() {
        return;
    }
    let mut held: FxHashMap<Fingerprint, (u32, Rung)> = FxHashMap::default();
    let mut known: FxHashMap<Fingerprint, Relation> = FxHashMap::default();
    for (item, relation) in relations.iter().enumerate() {
        match (relation, bytes(item).filter(|bytes| asked.contains(bytes))) {
            (Relation::Held { asset, rung, .. }, Some(bytes)) => {
                let entry = held.entry(bytes).or_insert((*asset, *rung));
                if index.preference(*asset) < index.preference(entry.0) {
                    *entry = (*asset, *rung);
                }
            }
            (Relation::Changed(_) | Relation::Begun { .. } | Relation::Gone(_), Some(bytes)) => {
                known.entry(bytes).or_insert_with(|| relation.clone());
            }
            _ => {}
        }
    }
    for (item, relation) in relations.iter_mut().enumerate() {
        let Some(bytes) = bytes(item).filter(|_| is_asked(item, relation)) else {
            continue;
        };
        if let Some((asset, rung)) = held.get(&bytes).copied() {
            *relation = Relation::Held { asset, rung };
        } else if let Some(of_copy) = known.get(&bytes) {
            *relation = of_copy.clone();
        }
    }
}
