//! The rungs below bytes: size, time and name; the same shot; and what holds for copies.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{Index, upright};
use super::{Facts, FileRef, Relation, Rung, Sides, is_readable};
use crate::asset::{Asset, MediaKind, ResourceRole};
use crate::capture::CaptureTime;
use crate::fingerprint::Fingerprint;
use crate::folder::names::{self, bare_stem, folded};
use crate::folder::target;
use crate::item::Item;
use crate::media;
use crate::memory::LinkId;

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
        let Some(candidates) = by_size.get(&item.primary().stamp.size).filter(|_| is_comparable(item)) else {
            continue;
        };
        let same = |asset: &&u32| is_same_time_and_name(item, &sides.assets[**asset as usize]);
        if let Some(asset) = candidates.iter().filter(same).min_by_key(|asset| index.preference(**asset)) {
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

/// Whether what the item says of itself may be compared: half files say what whole ones say.
fn is_comparable(item: &Item) -> bool {
    is_readable(item) && item.header().is_some_and(|header| header.flaw().is_none())
}

/// Whether an asset was captured at this moment: by the camera's own time where the library keeps it, since people
/// change dates.
fn is_captured_when(asset: &Asset, moment: Option<CaptureTime>) -> bool {
    match (asset.taken(), moment) {
        (Some(a), Some(b)) => a.agrees(&b),
        _ => false,
    }
}

/// Rung 3: the same shot in another format, only where exactly one unmatched item and one unmatched asset answer.
pub(super) fn same_shot(sides: Sides<'_>, index: &Index<'_>, facts: &Facts, relations: &mut [Relation]) {
    let open = relations.iter().enumerate().filter(|(_, relation)| is_open(relation));
    let mut open: Vec<u32> = open.map(|(position, _)| position as u32).collect();
    if open.is_empty() {
        return;
    }
    let mut matched = vec![false; sides.assets.len()];
    for (item, relation) in relations.iter().enumerate() {
        if let Relation::Held { asset, .. } = relation {
            matched[*asset as usize] = true;
            // Every asset with its bytes has its item, whichever of them speaks.
            let bytes = facts.file(FileRef { item: item as u32, file: 0 });
            for holder in bytes.into_iter().flat_map(|bytes| index.holders(bytes)) {
                matched[holder as usize] = true;
            }
        }
    }
    let by_second = assets_by_second(sides.assets, &matched);
    let mut answers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    one_of_equals(&mut open, |item| facts.file(FileRef { item, file: 0 }));
    for position in open {
        let mut found = assets_of_shot(sides, &by_second, position as usize);
        // What brings a half that nothing holds is another Live Photo than the still alone.
        let has_half = |asset: u32| sides.assets[asset as usize].resource(ResourceRole::PairedVideo).is_some();
        found.retain(|asset| has_half(*asset) || !index.brings_a_half(position, *asset, facts));
        found.sort_unstable_by_key(|asset| index.preference(*asset));
        one_of_equals(&mut found, |asset| index.identity(asset, facts));
        for asset in &found {
            answers.entry(*asset).or_default().push(position);
        }
        if found.len() > 1 {
            // More than one asset answers: none of them may be taken for it.
            for asset in found {
                answers.entry(asset).or_default().push(u32::MAX);
            }
        }
    }
    for (asset, items) in answers {
        if let [item] = items[..] {
            relations[item as usize] = Relation::Held { asset, rung: Rung::Shot };
        }
    }
}

/// Leaves the first of those with equal bytes: they are one photo. What is not known to be equal is another one.
fn one_of_equals(positions: &mut Vec<u32>, bytes: impl Fn(u32) -> Option<Fingerprint>) {
    let mut seen = FxHashSet::default();
    positions.retain(|position| bytes(*position).is_none_or(|bytes| seen.insert(bytes)));
}

/// What holds for an item holds for every copy of it: a copy under another name is not another picture.
pub(super) fn copies(sides: Sides<'_>, index: &Index<'_>, facts: &Facts, relations: &mut [Relation]) {
    let bytes = |item: usize| facts.file(FileRef { item: item as u32, file: 0 });
    let is_asked = |item: usize, relation: &Relation| is_open(relation) && is_readable(&sides.items[item]);
    let asked = relations.iter().enumerate().filter(|(item, relation)| is_asked(*item, relation));
    let asked: FxHashSet<Fingerprint> = asked.filter_map(|(item, _)| bytes(item)).collect();
    if asked.is_empty() {
        return;
    }
    let mut held: FxHashMap<Fingerprint, (u32, Rung)> = FxHashMap::default();
    let mut changed: FxHashMap<Fingerprint, LinkId> = FxHashMap::default();
    for (item, relation) in relations.iter().enumerate() {
        match (relation, bytes(item).filter(|bytes| asked.contains(bytes))) {
            (Relation::Held { asset, rung, .. }, Some(bytes)) => {
                let entry = held.entry(bytes).or_insert((*asset, *rung));
                if index.preference(*asset) < index.preference(entry.0) {
                    *entry = (*asset, *rung);
                }
            }
            (Relation::Changed(link), Some(bytes)) => {
                let entry = changed.entry(bytes).or_insert(*link);
                *entry = (*entry).min(*link);
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
        } else if let Some(link) = changed.get(&bytes) {
            *relation = Relation::Changed(*link);
        }
    }
}

fn assets_by_second(assets: &[Asset], matched: &[bool]) -> FxHashMap<i64, Vec<u32>> {
    let mut by_second: FxHashMap<i64, Vec<u32>> = FxHashMap::default();
    for (position, asset) in assets.iter().enumerate().filter(|(position, _)| !matched[*position]) {
        if let (MediaKind::Photo, Some(time)) = (asset.kind, asset.taken()) {
            let mut seconds = [time.wall_second(), time.instant_second()];
            if seconds[0] == seconds[1] {
                seconds[1] = None;
            }
            for second in seconds.into_iter().flatten() {
                by_second.entry(second).or_default().push(position as u32);
            }
        }
    }
    by_second
}

/// The unmatched assets that may be the same shot as this item.
fn assets_of_shot(sides: Sides<'_>, by_second: &FxHashMap<i64, Vec<u32>>, position: usize) -> Vec<u32> {
    let item = &sides.items[position];
    let Some((time, _)) =
        item.header().and_then(|header| header.captured).filter(|(_, source)| source.is_from_camera())
    else {
        return Vec::new();
    };
    if item.kind != MediaKind::Photo || !is_comparable(item) || !is_still(item.path()) {
        return Vec::new();
    }
    let seconds = [time.wall_second(), time.instant_second()];
    let candidates = seconds.iter().flatten().filter_map(|second| by_second.get(second)).flatten();
    let mut found: Vec<u32> =
        candidates.copied().filter(|asset| is_same_shot(item, time, &sides.assets[*asset as usize])).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn is_still(path: &Path) -> bool {
    // An asset's name may have an ending that is not taken from folders, as a camera's .hif.
    matches!(media::kind_of(path), Some(media::FileKind::Still | media::FileKind::Unsupported))
}

fn is_same_shot(item: &Item, time: CaptureTime, asset: &Asset) -> bool {
    let name = item.primary().name().to_string_lossy();
    let (Some(header), Some(shot)) = (item.header(), asset.taken()) else { return false };
    let fits =
        |pixels: Option<(u32, u32)>| pixels.map(upright).zip(header.pixels.map(upright)).is_some_and(|(a, b)| a == b);
    let (as_taken, as_shown) = (fits(asset.pixels), asset.edited && fits(asset.current_pixels));
    // Of a camera that knows no fractions the next frame may have the same second: then only what the next frame has not
    // tells a rendition.
    let is_rendition = || {
        let one_fraction = shot.nanos.is_some() && time.nanos.is_some();
        asset.edited && (one_fraction || !as_taken || is_named_as_rendition(&name, &asset.original_name))
    };
    let one_camera = header.camera.is_some() && header.camera == asset.camera;
    // A name that tells no format tells neither that it is another one nor that it is no RAW.
    is_still(Path::new(&*asset.original_name))
        && (as_taken || as_shown)
        && one_camera
        && shot.agrees(&time)
        && (!media::same_format(&name, &asset.original_name) || is_rendition())
}

/// Whether a file has the asset's name, or that which we or an iPhone give to its edited version: `IMG_1_edited`, `IMG_E1`.
fn is_named_as_rendition(name: &str, original: &str) -> bool {
    let (name, original) = (bare_stem(name), bare_stem(original));
    let of_an_iphone = || Some(format!("img_e{}", original.strip_prefix("img_")?));
    name.strip_suffix("_edited").unwrap_or(&name) == original || of_an_iphone().is_some_and(|edited| edited == name)
}
