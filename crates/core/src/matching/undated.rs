//! Pictures of which one side tells no second: no clock brings them together, so measures, format and length do, and their
//! coded pictures decide. Each is asked once, however many there are of a kind.

use photobridge_media::{self as media, PictureDigest};
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::upright;
use super::open::{Marked, Open};
use super::words::is_comparable;
use super::{Facts, PictureOf, Sides, questions};
use crate::asset::{Asset, MediaKind, Resource, ResourceRef};
use crate::item::{FileRef, Item};

/// What is written about a picture takes no more than this: two that are further apart in length are two pictures.
const MOST_WORDS: u64 = 256 << 10;

/// Nobody knows the second of it.
const UNDATED: usize = 1;
/// Something is asked of it.
const OPEN: usize = 2;

/// What must be equal before bytes are read: the kind, and the measures.
type Measures = (MediaKind, (u32, u32));

/// A picture of either side.
struct End {
    /// The position of its item or asset.
    at: u32,
    picture: PictureOf,
    measures: Measures,
    size: Option<u64>,
    /// [`UNDATED`] and [`OPEN`], as far as they hold.
    class: usize,
}

/// Pictures that may be each other's, by all but their bytes.
#[derive(Default)]
struct Bag {
    items: Vec<End>,
    assets: Vec<End>,
}

/// All of them.
pub(super) struct Undated(Vec<Bag>);

impl Undated {
    pub(super) fn new(sides: Sides<'_>, open: &Open) -> Self {
        // Nothing is asked of a side whose counterpart is not open, unless it is so itself.
        let counts = |end: &End, others: &Marked| end.class & OPEN > 0 || !others.is_empty();
        let items = || ends_of_items(sides, open).filter(|(_, end)| counts(end, &open.assets));
        let assets = || ends_of_assets(sides, open).filter(|(_, end)| counts(end, &open.items));
        let undated = |end: &End| (end.class & UNDATED > 0).then_some(end.measures);
        let mut measures: FxHashSet<Measures> = items().filter_map(|(_, end)| undated(&end)).collect();
        measures.extend(assets().filter_map(|(_, end)| undated(&end)));
        let mut bags: FxHashMap<(Measures, String), Bag> = FxHashMap::default();
        if measures.is_empty() {
            return Self(Vec::new());
        }
        let key = |name: &str, end: &End| {
            let format = measures.contains(&end.measures).then(|| media::format_of(name)).flatten()?;
            Some((end.measures, format))
        };
        for (item, end) in items() {
            if let Some(key) = key(&item.primary().name().to_string_lossy(), &end) {
                bags.entry(key).or_default().items.push(end);
            }
        }
        for (name, end) in assets() {
            if let Some(key) = key(name, &end) {
                bags.entry(key).or_default().assets.push(end);
            }
        }
        let mut bags: Vec<Bag> = bags.into_values().collect();
        bags.iter_mut().for_each(|bag| bag.keep_what_has_a_counterpart(sides.assets));
        Self(bags)
    }

    /// The pictures that must be read.
    pub(super) fn pictures(&self) -> impl Iterator<Item = PictureOf> {
        self.0.iter().flat_map(|bag| bag.items.iter().chain(&bag.assets)).map(|end| end.picture)
    }

    /// Items and assets that are one coded picture: for each one that it is.
    pub(super) fn pairs(&self, facts: &Facts) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for bag in &self.0 {
            let (items, assets) = (by_picture(&bag.items, facts), by_picture(&bag.assets, facts));
            for (picture, items) in &items {
                let Some(assets) = assets.get(picture) else { continue };
                pairs.extend(items.iter().filter_map(|item| Some((item.at, first(item, assets)?.at))));
                pairs.extend(assets.iter().filter_map(|asset| Some((first(asset, items)?.at, asset.at))));
            }
        }
        pairs
    }
}

impl Bag {
    fn keep_what_has_a_counterpart(&mut self, assets: &[Asset]) {
        let (of_items, of_assets) = (Lengths::of(&self.items), Lengths::of(&self.assets));
        self.items.retain(|end| of_assets.has_one_for(end));
        self.assets.retain(|end| of_items.has_one_for(end));
        self.assets.sort_by_key(|end| (assets[end.at as usize].standing.trashed, end.at));
    }
}

/// The lengths of pictures by their class, in order; `None`, which comes first, stands for one that nobody knows.
struct Lengths([Vec<Option<u64>>; 4]);

impl Lengths {
    fn of(ends: &[End]) -> Self {
        let mut lengths: [Vec<Option<u64>>; 4] = Default::default();
        ends.iter().for_each(|end| lengths[end.class].push(end.size));
        lengths.iter_mut().for_each(|lengths| lengths.sort_unstable());
        Self(lengths)
    }

    fn has_one_for(&self, end: &End) -> bool {
        let is_near = |lengths: &Vec<Option<u64>>| {
            let Some(size) = end.size.filter(|_| lengths.first() != Some(&None)) else { return !lengths.is_empty() };
            let from = lengths.partition_point(|length| *length < Some(size.saturating_sub(MOST_WORDS)));
            lengths.get(from).copied().flatten().is_some_and(|length| length <= size.saturating_add(MOST_WORDS))
        };
        self.0.iter().enumerate().any(|(class, lengths)| may_be_one(class, end.class) && is_near(lengths))
    }
}

/// Whether one of both is undated, and something is asked of one of both.
fn may_be_one(one: usize, other: usize) -> bool {
    one | other == UNDATED | OPEN
}

fn first<'a>(of: &End, others: &[&'a End]) -> Option<&'a End> {
    others.iter().find(|other| may_be_one(of.class, other.class)).copied()
}

fn by_picture<'a>(ends: &'a [End], facts: &Facts) -> FxHashMap<PictureDigest, Vec<&'a End>> {
    let mut found: FxHashMap<PictureDigest, Vec<&End>> = FxHashMap::default();
    for end in ends {
        if let Some(picture) = facts.picture(end.picture) {
            found.entry(picture).or_default().push(end);
        }
    }
    found
}

fn class(is_undated: bool, is_open: bool) -> usize {
    (usize::from(is_undated) * UNDATED) | (usize::from(is_open) * OPEN)
}

fn ends_of_items<'a>(sides: Sides<'a>, open: &'a Open) -> impl Iterator<Item = (&'a Item, End)> {
    (0..).zip(sides.items).filter_map(|(at, item)| {
        let pixels = item.header()?.pixels.filter(|_| is_comparable(item))?;
        let (picture, size) = (PictureOf::File(FileRef { item: at, file: 0 }), Some(item.primary().stamp.size));
        let class = class(questions::told(item.primary()).is_none(), open.items.contains(at));
        Some((item, End { at, picture, measures: (item.kind, upright(pixels)), size, class }))
    })
}

/// The originals of assets, and what was made of them; each with a name that tells its format.
fn ends_of_assets<'a>(sides: Sides<'a>, open: &'a Open) -> impl Iterator<Item = (&'a str, End)> {
    (0..).zip(sides.assets).flat_map(move |(at, asset)| {
        let original = (asset.primary(), asset.pixels, &*asset.original_name);
        let render = asset.render();
        let shown = (render, asset.current_pixels, render.map_or("", |render| &*render.locator));
        [original, shown].into_iter().filter_map(move |(resource, pixels, name)| {
            let resource = resource.filter(|resource| resource.whereabouts.may_be_here())?;
            let class = class(asset.taken().is_none(), open.assets.contains(at));
            let picture = PictureOf::Resource(ResourceRef { asset: at, resource: position(asset, resource)? });
            Some((name, End { at, picture, measures: (asset.kind, upright(pixels?)), size: resource.size, class }))
        })
    })
}

fn position(asset: &Asset, wanted: &Resource) -> Option<u16> {
    asset.resources.iter().position(|entry| std::ptr::eq(entry, wanted)).map(|at| at as u16)
}
