//! Motion photos, and the Live Photos that they would be: what a motion photo is made into follows from its bytes, so a library
//! that has those two files has it, whoever brought them there and whatever is remembered.

use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{self, kind_of_role, originals};
use super::questions::seconds;
use super::{Facts, Sides};
use crate::asset::{Asset, MediaKind, ResourceRef, ResourceRole};
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
    let decides = |(_, item, entry): &(FileRef, &Item, &ItemFile)| {
        let movie = sizes(entry).map(|[_, movie]| movie);
        movie.is_some_and(|size| movies.contains(&size) || sides.memory.knows_size(size)) || may_be(item, entry)
    };
    motion.filter(decides).map(|(file, ..)| file).collect()
}

/// How far the length of a motion photo is from that of its two files together, at most: one note, one index, and some words.
const ABOUT: u64 = 256 * 1024;

/// Pictures of the library that may be a motion photo of which a Live Photo of the folder was made, or that was made of it: of
/// its second, without a movie of their own, and about as long as both its files.
pub(super) fn wholes(sides: Sides<'_>, facts: &Facts) -> Vec<ResourceRef> {
    let mut there: FxHashMap<i64, Vec<u64>> = FxHashMap::default();
    for item in sides.items.iter().filter(|item| item.files.len() > 1 && item.primary().is_readable()) {
        let is_tied = item.header().is_some_and(|header| header.content_identifier.is_some());
        let Some(movie) = item.file(ResourceRole::PairedVideo).filter(|movie| is_tied && movie.is_readable()) else {
            continue;
        };
        let length = item.primary().stamp.size + movie.stamp.size;
        for second in item.captured().into_iter().flat_map(seconds) {
            there.entry(second).or_default().push(length);
        }
    }
    if there.is_empty() {
        return Vec::new();
    }
    let may_be = |asset: &Asset| {
        let size = asset.primary()?.size;
        let times = [asset.captured, asset.camera_time].into_iter().flatten();
        let lengths = times.flat_map(seconds).filter_map(|second| there.get(&second)).flatten();
        let is_near = |length: &u64| size.is_none_or(|size| size.abs_diff(*length) <= ABOUT);
        lengths.into_iter().any(is_near).then_some(())
    };
    let is_whole = |asset: &&Asset| asset.resource(ResourceRole::PairedVideo).is_none();
    let assets = sides.assets.iter().zip(0..).filter(|(asset, _)| is_whole(asset) && may_be(asset).is_some());
    let pictures = assets.filter_map(|(asset, position)| {
        let resource = asset.resources.iter().position(|entry| entry.role == ResourceRole::Photo)?;
        let is_here = asset.resources[resource].whereabouts.may_be_here();
        is_here.then_some(ResourceRef { asset: position, resource: resource as u16 })
    });
    pictures.filter(|resource| !facts.wholes.contains_key(resource)).collect()
}
