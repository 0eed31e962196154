//! Motion photos, and the Live Photos that they would be: what a motion photo is made into follows from its bytes, so a library
//! that has those two files has it, whoever brought them there and whatever is remembered.

use rustc_hash::FxHashSet;

use super::index::{self, kind_of_role, originals};
use super::{Facts, Sides};
use crate::asset::{MediaKind, ResourceRole};
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
    let held = held.filter(|entry| entry.role == ResourceRole::PairedVideo).filter_map(|entry| entry.size);
    let files = originals(sides.items).filter(|(.., entry)| kind_of_role(entry.role) == MediaKind::Video);
    let movies: FxHashSet<u64> = held.chain(files.map(|(.., entry)| entry.stamp.size)).collect();
    let decides = |(_, item, entry): &(FileRef, &Item, &ItemFile)| {
        let movie = sizes(entry).map(|[_, movie]| movie);
        movie.is_some_and(|size| movies.contains(&size) || sides.memory.knows_size(size)) || may_be(item, entry)
    };
    motion.filter(decides).map(|(file, ..)| file).collect()
}
