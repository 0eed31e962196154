//! What is still open once bytes and memory have spoken, so that pictures may decide about it.

use super::index::Index;
use super::rungs::is_open;
use super::words::is_comparable;
use super::{Facts, Relation, Sides, questions};
use crate::item::FileRef;

/// What is asked about: items that nothing answers to yet, and assets that would go out.
pub(super) struct Open {
    pub(super) items: Marked,
    /// Those of them that are new as far as bytes and memory know.
    pub(super) new: Marked,
    /// Items that the memory knows, and that the library may hold no longer.
    pub(super) gone: Marked,
    /// Those of the latter with a file beside it that the memory does not know.
    pub(super) parted: Marked,
    pub(super) assets: Marked,
}

/// Some of the photos of one side.
pub(super) struct Marked {
    marks: Vec<bool>,
    count: usize,
}

impl Marked {
    fn none_of(photos: usize) -> Self {
        Self { marks: vec![false; photos], count: 0 }
    }

    /// Marks a photo that has no mark yet.
    fn mark(&mut self, position: u32) {
        self.marks[position as usize] = true;
        self.count += 1;
    }

    pub(super) fn contains(&self, position: u32) -> bool {
        self.marks[position as usize]
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u32> {
        self.marks.iter().zip(0..).filter(|(mark, _)| **mark).map(|(_, position)| position)
    }
}

impl Open {
    pub(super) fn new(index: &Index<'_>, facts: &Facts, relations: &[Relation]) -> Self {
        let sides = index.sides;
        let (items, assets) = (sides.items.len(), sides.assets.len());
        let [of_items, new, gone, parted] = std::array::from_fn(|_| Marked::none_of(items));
        let mut open = Self { items: of_items, new, gone, parted, assets: Marked::none_of(assets) };
        let mut held = vec![false; if sides.outward.is_some() { sides.assets.len() } else { 0 }];
        for (item, relation) in (0..).zip(relations) {
            match relation {
                Relation::Held { asset, .. } => {
                    // Every asset with its bytes has its item, whichever of them speaks.
                    let bytes = facts.file(FileRef { item, file: 0 }).filter(|_| !held.is_empty());
                    let holders = bytes.into_iter().flat_map(|bytes| index.holders(bytes)).chain([*asset]);
                    holders.for_each(|holder| held.get_mut(holder as usize).into_iter().for_each(|held| *held = true));
                }
                _ if !is_comparable(&sides.items[item as usize]) => {}
                Relation::Gone(_) => {
                    open.gone.mark(item);
                    if has_unknown_companion(sides, facts, item) {
                        open.parted.mark(item);
                    }
                }
                relation if is_open(relation) || matches!(relation, Relation::Changed(_)) => {
                    open.items.mark(item);
                    match relation {
                        Relation::New => open.new.mark(item),
                        Relation::Changed(_) => open.gone.mark(item),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        if let Some(outward) = sides.outward {
            let unheld = held.iter().zip(0..).filter(|(held, _)| !**held).map(|(_, asset)| asset);
            let goes = |asset: &u32| questions::would_go(outward, sides.memory, &sides.assets[*asset as usize]);
            unheld.filter(goes).for_each(|asset| open.assets.mark(asset));
        }
        open
    }
}

fn has_unknown_companion(sides: Sides<'_>, facts: &Facts, item: u32) -> bool {
    let originals =
        sides.items[item as usize].files.iter().enumerate().skip(1).filter(|(_, file)| file.role.is_original());
    let bytes = originals.map(|(at, _)| facts.file(FileRef { item, file: at as u16 }));
    bytes.into_iter().any(|bytes| bytes.is_none_or(|bytes| sides.memory.by_fingerprint(&bytes).is_none()))
}
