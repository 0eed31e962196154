//! Files of which the library holds only the beginning: half of one came in while it was still arriving, and the whole one
//! lies in the folder now. And the other way round: only the beginning of what the library holds lies in the folder yet.

use photobridge_media::format_of;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::index::Index;
use super::{Beginning, Facts, Relation, Sides, is_readable, is_taken_in, questions};
use crate::asset::{Asset, MediaKind, ResourceRef};
use crate::folder::names::bare_stem;
use crate::item::{FileRef, Item};
use crate::reason::Reason;

/// The pairs of which bytes must tell: an item that nothing holds, or an asset that would go out, and between them one name
/// or one path, one format, and fewer bytes in the library; or fewer in the folder, of a file that ends too early.
pub(super) fn candidates(index: &Index<'_>, relations: &[Relation]) -> Vec<Beginning> {
    let sides = index.sides;
    let mut held = vec![false; sides.assets.len()];
    for relation in relations {
        // A copy of the shot says nothing of the asset's own file.
        if let Relation::Held { asset, rung } = relation
            && !rung.is_of_other_bytes()
        {
            held[*asset as usize] = true;
        }
    }
    let goes = |asset: &Asset| sides.outward.is_some_and(|outward| questions::would_go(outward, sides.memory, asset));
    let may_be_one = |(position, asset): &(usize, &Asset)| {
        !held[*position] && !asset.standing.trashed && asset.primary().is_some_and(|primary| primary.size > Some(0))
    };
    let unheld = sides.assets.par_iter().enumerate().filter(may_be_one);
    let named: Vec<(Named, u32)> =
        unheld.map(|(position, asset)| (Named::of(asset.kind, &asset.original_name), position as u32)).collect();
    if named.is_empty() {
        return Vec::new();
    }
    let mut by_name: FxHashMap<Named, Vec<u32>> = FxHashMap::default();
    named.into_iter().for_each(|(name, position)| by_name.entry(name).or_default().push(position));
    let of_item = |(item, (entry, relation)): (usize, (&Item, &Relation))| {
        let mut candidates: SmallVec<[Beginning; 1]> = SmallVec::new();
        if !is_readable(entry) {
            return candidates;
        }
        let is_held = matches!(relation, Relation::Held { .. } | Relation::Gone(_));
        let named = by_name.get(&Named::of(entry.kind, &entry.primary().name().to_string_lossy()));
        let link = sides.memory.by_path(entry.folder, entry.path()).filter(|_| !is_held);
        let linked = link.into_iter().flat_map(|link| &link.assets).filter_map(|id| index.by_id(id));
        for asset in named.into_iter().flatten().copied().chain(linked) {
            let holder = &sides.assets[asset as usize];
            let may_begin = may_begin(holder, entry) && (!is_held || goes(holder));
            let may_be_cut = !is_held && may_be_cut(holder, entry) && goes(holder);
            if !held[asset as usize] && (may_begin || may_be_cut) {
                candidates.extend(beginning(FileRef { item: item as u32, file: 0 }, asset, holder));
            }
        }
        candidates
    };
    let items = sides.items.par_iter().zip(relations).enumerate();
    let mut candidates: Vec<Beginning> = items.flat_map_iter(of_item).collect();
    candidates.sort_unstable();
    candidates.dedup();
    candidates
}

/// What was found out about beginnings.
pub(super) struct Begun {
    /// By asset, a file that begins with it.
    pub(super) by_files: FxHashMap<u32, FileRef>,
    /// By asset, an item that is only its beginning.
    pub(super) cut: FxHashMap<u32, u32>,
}

/// Says of items of which the library holds the beginning, or may, that this is so.
pub(super) fn decide(candidates: &[Beginning], sides: Sides<'_>, facts: &Facts, relations: &mut [Relation]) -> Begun {
    let mut begun = Begun { by_files: FxHashMap::default(), cut: FxHashMap::default() };
    for candidate in candidates {
        let Beginning { file, resource: ResourceRef { asset, .. } } = *candidate;
        let found = facts.beginnings.get(candidate);
        if is_longer(&sides.assets[asset as usize], &sides.items[file.item as usize]) {
            // A half that a person takes in is a photo of its own: the whole one need not wait for what completes it.
            if let Some(Ok(true)) = found
                && !is_taken_in(sides, facts, file)
            {
                begun.cut.entry(asset).or_insert(file.item);
            }
            continue;
        }
        let told = match found {
            Some(Ok(true)) => {
                begun.by_files.entry(asset).or_insert(file);
                Relation::Begun { asset }
            }
            Some(Err(why)) => Relation::Unreadable(
                format!("the library's file that may be the beginning of it cannot be read now: {why}").into(),
            ),
            _ => continue,
        };
        let relation = &mut relations[file.item as usize];
        if matches!(relation, Relation::New | Relation::Changed(_)) {
            *relation = told;
        }
    }
    begun
}

fn beginning(file: FileRef, asset: u32, holder: &Asset) -> Option<Beginning> {
    let primary = holder.primary()?;
    let resource = holder.resources.iter().position(|entry| std::ptr::eq(entry, primary))? as u16;
    Some(Beginning { file, resource: ResourceRef { asset, resource } })
}

/// Whether nothing but the bytes could say that the asset is not the beginning of this item. What told its camera told its
/// time, too: a photo of another moment need not be read.
fn may_begin(asset: &Asset, item: &Item) -> bool {
    let times = || asset.taken().zip(questions::written(item.primary()));
    let is_another = || asset.camera.is_some() && times().is_some_and(|(then, now)| !then.agrees(&now));
    let is_shorter = asset.primary().is_some_and(|primary| {
        let is_in_reach = primary.whereabouts.may_be_here() || primary.fingerprint.is_some();
        is_in_reach && primary.size.is_some_and(|size| 0 < size && size < item.primary().stamp.size)
    });
    is_shorter && asset.kind == item.kind && !is_another()
}

/// Whether the item ends too early, and may be the beginning of the asset.
fn may_be_cut(asset: &Asset, item: &Item) -> bool {
    let is_here = asset.primary().is_some_and(|primary| primary.whereabouts.may_be_here());
    let is_cut = item.primary().flaw() == Some(Reason::Truncated) && item.primary().stamp.size > 0;
    is_cut && is_here && asset.kind == item.kind && is_longer(asset, item)
}

fn is_longer(asset: &Asset, item: &Item) -> bool {
    asset.primary().is_some_and(|primary| primary.size > Some(item.primary().stamp.size))
}

/// What both have in common: the kind, the name without the number of a second one, and the format.
#[derive(PartialEq, Eq, Hash)]
struct Named(MediaKind, String, Option<String>);

impl Named {
    fn of(kind: MediaKind, name: &str) -> Self {
        Self(kind, bare_stem(name), format_of(name))
    }
}
