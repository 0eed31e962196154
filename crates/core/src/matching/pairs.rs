//! Motion photos, and the Live Photos that they would be: what a motion photo is made into follows from its bytes, so a library
//! that has those two files has it, whoever brought them there and whatever is remembered.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{self, kind_of_role, originals};
use super::questions::{seconds, written};
use super::{Facts, Sides};
use crate::asset::{Asset, MediaKind, Resource, ResourceRef, ResourceRole};
use crate::item::{FileRef, Item, ItemFile};

/// How long the still and the movie would be, of a motion photo that can be a Live Photo.
pub(crate) fn sizes(file: &ItemFile) -> Option<[u64; 2]> {
    let motion = file.header.as_deref()?.motion.as_deref()?;
    motion.pair.as_ref().ok().map(|(still, movie)| [*still, *movie])
}

/// The lengths of all files that the motion photos of the folder would be.
pub(super) fn all_sizes(items: &[Item]) -> FxHashSet<u64> {
    items.iter().filter_map(|item| sizes(item.primary())).flatten().collect()
}

/// The motion photos whose movie has the length of one that the library holds, or held, or that lies in the folder. `may_be`: a
/// file may be something there of which no length is known.
pub(super) fn questions(sides: Sides<'_>, facts: &Facts, may_be: impl Fn(&Item, &ItemFile) -> bool) -> Vec<FileRef> {
    let is_asked = |(file, _, entry): &(FileRef, &Item, &ItemFile)| {
        file.file == 0 && entry.is_readable() && sizes(entry).is_some() && !facts.pairs.contains_key(file)
    };
    let mut motion = originals(sides.items).filter(is_asked).peekable();
    if motion.peek().is_none() {
        return Vec::new();
    }
    let held = index::resources(sides.assets).map(|(_, asset, at)| &asset.resources[at]);
    let is_movie = |role| matches!(role, ResourceRole::PairedVideo | ResourceRole::RenderedPairedVideo);
    let held = held.filter(|entry| is_movie(entry.role)).filter_map(|entry| entry.size);
    let files = originals(sides.items).filter(|(.., entry)| kind_of_role(entry.role) == MediaKind::Video);
    let movies: FxHashSet<u64> = held.chain(files.map(|(.., entry)| entry.stamp.size)).collect();
    let halves = halves(sides, facts);
    let decides = |(file, item, entry): &(FileRef, &Item, &ItemFile)| {
        let movie = sizes(entry).map(|[_, movie]| movie);
        let is_known = |size| movies.contains(&size) || sides.memory.knows_size(size);
        movie.is_some_and(is_known) || halves.contains(file) || may_be(item, entry)
    };
    motion.filter(decides).map(|(file, ..)| file).collect()
}

/// How far the length of a motion photo is from that of its two files together, at most: one note, one index, and some words.
const ABOUT: u64 = 256 * 1024;

/// Pictures of the library of which a Live Photo of the folder may be made, or that may be made of it.
pub(super) fn wholes(sides: Sides<'_>, facts: &Facts) -> Vec<ResourceRef> {
    let mut wholes: Vec<ResourceRef> = couples(sides).into_iter().map(|(_, whole)| whole).collect();
    wholes.retain(|whole| !facts.wholes.contains_key(whole));
    wholes.sort_unstable();
    wholes.dedup();
    wholes
}

/// The files of Live Photos of the folder that may be those of a motion photo which the library has.
pub(super) fn halves(sides: Sides<'_>, facts: &Facts) -> FxHashSet<FileRef> {
    if facts.wholes.values().all(Option::is_none) {
        return FxHashSet::default();
    }
    let items = couples(sides).into_iter().filter(|(_, whole)| facts.whole(*whole).is_some()).map(|(item, _)| item);
    let files = |item: u32| {
        let count = sides.items[item as usize].files.len() as u16;
        (0..count).map(move |file| FileRef { item, file })
    };
    items.flat_map(files).collect()
}

/// Each Live Photo of the folder with each picture of the library that may be made of it, or of which it may be made: of its
/// second, without a movie of its own, and about as long as both its files.
fn couples(sides: Sides<'_>) -> Vec<(u32, ResourceRef)> {
    if sides.assets.is_empty() {
        return Vec::new();
    }
    let mut there: FxHashMap<i64, Vec<(u64, u32)>> = FxHashMap::default();
    for (item, position) in sides.items.iter().zip(0..) {
        let Some(length) = length_of_both(item) else { continue };
        let times = [written(item.primary()), item.captured()].into_iter().flatten();
        for second in times.flat_map(seconds) {
            there.entry(second).or_default().push((length, position));
        }
    }
    let mut couples = Vec::new();
    let all = if there.is_empty() { &[] } else { sides.assets };
    for (asset, position) in all.iter().zip(0..) {
        let Some((whole, entry)) = whole(asset, position) else { continue };
        let times = [asset.captured, asset.camera_time].into_iter().flatten();
        let near = times.flat_map(seconds).filter_map(|second| there.get(&second)).flatten();
        let near = near.filter(|(length, _)| entry.size.is_none_or(|size| size.abs_diff(*length) <= ABOUT));
        couples.extend(near.map(|(_, item)| (*item, whole)));
    }
    couples
}

/// How long both files of a Live Photo are together that is tied by an identifier, also where one file is made of them; nothing of
/// any other item.
fn length_of_both(item: &Item) -> Option<u64> {
    item.header()?.content_identifier.as_ref()?;
    if let Some([still, movie]) = sizes(item.primary()) {
        return item.primary().is_readable().then_some(still + movie);
    }
    let movie = item.file(ResourceRole::PairedVideo)?;
    let are_readable = item.primary().is_readable() && movie.is_readable();
    are_readable.then_some(item.primary().stamp.size + movie.stamp.size)
}

/// The picture of an asset that may be a motion photo and can be read now.
fn whole(asset: &Asset, position: u32) -> Option<(ResourceRef, &Resource)> {
    let at = asset.resources.iter().position(|entry| entry.role == ResourceRole::Photo)?;
    let entry = &asset.resources[at];
    let may_be = asset.resource(ResourceRole::PairedVideo).is_none() && entry.whereabouts.may_be_here();
    may_be.then_some((ResourceRef { asset: position, resource: at as u16 }, entry))
}
