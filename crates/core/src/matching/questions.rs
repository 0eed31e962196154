//! What must be read before matching can answer. Bytes that are known are not asked for, and nearly all are after the
//! first run.

use std::cell::LazyCell;
use std::hash::BuildHasher;

use photobridge_media::capture::{CaptureTime, Known};
use rustc_hash::{FxHashMap, FxHashSet};

use super::index::{self, can_be_identified, originals, upright};
use super::{Facts, Outward, Questions, Sides, pairs, recipes, rungs};
use crate::asset::{Asset, AssetId, Resource, ResourceRef, Whereabouts};
use crate::export::Edited;
use crate::item::{FileRef, Item, ItemFile};
use crate::memory::{Edit, Link, Memory};

/// What must be read: files whose size something else has, and resources without a fingerprint of the size of a file.
pub(super) fn questions(sides: Sides<'_>, facts: &Facts) -> Questions {
    let (mut files, mut resources) = (files(sides, facts), resources(sides, facts));
    let (recipes, held_recipes) = recipes::questions(sides, facts);
    files.extend(recipes);
    resources.extend(held_recipes);
    // Most households have no motion photo of which anything is asked.
    let vague = LazyCell::new(|| Vague::of(sides.assets));
    let pairs = pairs::questions(sides, facts, |item, entry| vague.may_be(item, entry));
    let wholes = pairs::wholes(sides, facts);
    Questions { files, resources, pairs, wholes, assets: to_be_listed(sides, facts), ..Questions::default() }
}

fn files(sides: Sides<'_>, facts: &Facts) -> Vec<FileRef> {
    let is_unknown =
        |(file, _, entry): &(FileRef, &Item, &ItemFile)| entry.is_readable() && !facts.files.contains_key(file);
    let unknown: Vec<_> = originals(sides.items).filter(is_unknown).collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    // A file of another size equals none of them.
    let sizes: FxHashSet<u64> =
        index::resources(sides.assets).filter_map(|(_, asset, at)| asset.resources[at].size).collect();
    let (vague, crowded, made) = (Vague::of(sides.assets), crowded(sides.items), pairs::all_sizes(sides.items));
    let halves = pairs::halves(sides, facts);
    let decides = |(file, item, entry): &(FileRef, &Item, &ItemFile)| {
        let size = entry.stamp.size;
        sizes.contains(&size)
            || made.contains(&size)
            || sides.memory.knows_size(size)
            || crowded.contains(file)
            || halves.contains(file)
            // What it would be is known from an earlier run, and it may be those.
            || facts.pair(*file).is_some()
            || vague.may_be(item, entry)
    };
    unknown.into_iter().filter(decides).map(|(file, ..)| file).collect()
}

fn resources(sides: Sides<'_>, facts: &Facts) -> Vec<ResourceRef> {
    let is_fetched = |entry: &Resource| sides.fetches && entry.whereabouts == Whereabouts::Cloud;
    let is_untold = |(resource, asset, at): &(ResourceRef, &Asset, usize)| {
        let entry = &asset.resources[*at];
        let is_in_reach = entry.whereabouts.may_be_here() || is_fetched(entry);
        is_in_reach && entry.fingerprint.is_none() && !facts.resources.contains_key(resource)
    };
    let untold: Vec<_> = index::resources(sides.assets).filter(is_untold).collect();
    if untold.is_empty() {
        return Vec::new();
    }
    let there = There::of(sides, &Vague::of(sides.assets));
    let twins = sides.outward.map(|outward| twins(sides.assets, outward.export.edited)).unwrap_or_default();
    let (edits, doubtful) = (edits(sides), items_of_fetched_sizes(sides));
    let went_out = |size: u64| sides.outward.is_some() && sides.memory.knows_size(size);
    let decides = |(resource, asset, at): &(ResourceRef, &Asset, usize)| {
        let entry = &asset.resources[*at];
        match entry.size {
            _ if twins.contains(resource) => true,
            // What must be fetched is compared only where size, time and name leave a doubt.
            Some(size) if is_fetched(entry) => {
                doubtful.get(&size).is_some_and(|items| is_doubtful(sides, asset, items))
            }
            _ if entry.role.is_render() && edits.contains(&asset.id) => true,
            Some(size) => there.sizes.contains(&size) || went_out(size),
            None => {
                let times = [asset.captured, asset.camera_time].into_iter().flatten();
                let mut seconds = times.flat_map(seconds).map(Some).chain([None]);
                seconds.any(|second| there.seconds.contains(&second))
            }
        }
    };
    untold.into_iter().filter(decides).map(|(resource, ..)| resource).collect()
}

/// Items by the sizes of their files, as far as something that must be fetched has them.
fn items_of_fetched_sizes(sides: Sides<'_>) -> FxHashMap<u64, Vec<u32>> {
    if !sides.fetches {
        return FxHashMap::default();
    }
    let fetched = index::resources(sides.assets).map(|(_, asset, at)| &asset.resources[at]);
    let fetched = fetched.filter(|entry| entry.fingerprint.is_none() && entry.whereabouts == Whereabouts::Cloud);
    let sizes: FxHashSet<u64> = fetched.filter_map(|entry| entry.size).collect();
    let mut items: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (file, _, entry) in originals(sides.items).filter(|(.., entry)| sizes.contains(&entry.stamp.size)) {
        items.entry(entry.stamp.size).or_default().push(file.item);
    }
    items
}

/// Whether one of these items, which have a file of a size of this asset's, may be it and may be another photo.
fn is_doubtful(sides: Sides<'_>, asset: &Asset, items: &[u32]) -> bool {
    let is_linked = |item: &Item| {
        let link = sides.memory.by_path(item.folder, item.path());
        link.is_some_and(|link| link.assets.contains(&asset.id))
    };
    let mut items = items.iter().map(|item| &sides.items[*item as usize]);
    items.any(|item| !is_linked(item) && !rungs::is_same_time_and_name(item, asset))
}

/// Assets whose files decide and are not told yet: those that may be something in the folder, by the second of their
/// capture or by the memory, and those that would go out.
fn to_be_listed(sides: Sides<'_>, facts: &Facts) -> Vec<u32> {
    let assets = (0..).zip(sides.assets);
    let unlisted: Vec<(u32, &Asset)> =
        assets.filter(|(position, asset)| !asset.is_listed() && !facts.asked.contains(position)).collect();
    if unlisted.is_empty() {
        return Vec::new();
    }
    let (mut seconds, mut pixels) = (FxHashSet::default(), FxHashSet::default());
    for (_, item, entry) in originals(sides.items).filter(|(.., entry)| entry.is_readable()) {
        let times = [written(entry), item.captured()];
        seconds.extend(times.into_iter().flatten().flat_map(anywhere));
        if written(entry).is_none() {
            pixels.insert(entry.header.as_deref().and_then(|header| header.pixels).map(upright));
        }
    }
    let linked: FxHashSet<&AssetId> = sides.memory.links().iter().flat_map(|link| &link.assets).collect();
    let may_be_dated = |asset: &Asset| {
        let times = [asset.captured, asset.camera_time].into_iter().flatten();
        times.flat_map(self::seconds).any(|second| seconds.contains(&second))
    };
    // Of an undated file nothing but its pixels speaks, where both sides know them.
    let may_be_undated = |asset: &Asset| {
        let alike = asset.pixels.is_none_or(|measures| pixels.contains(&Some(upright(measures))));
        !pixels.is_empty() && (alike || pixels.contains(&None))
    };
    let would_go = |asset: &Asset| sides.outward.is_some_and(|outward| would_go(outward, sides.memory, asset));
    let decides =
        |asset: &Asset| linked.contains(&asset.id) || may_be_dated(asset) || may_be_undated(asset) || would_go(asset);
    unlisted.into_iter().filter(|(_, asset)| decides(asset)).map(|(position, _)| position).collect()
}

/// Whether an asset goes out, unless the folder has it.
pub(super) fn would_go(Outward { export, .. }: Outward<'_>, memory: &Memory, asset: &Asset) -> bool {
    let is_reached = !asset.standing.trashed && export.reaches(asset, None, &memory.held);
    is_reached && export.against(asset).next().is_none()
}

/// What is known of the folder's files.
#[derive(Default)]
struct There {
    sizes: FxHashSet<u64>,
    /// The seconds of files that may have the bytes of a vague asset; `None` stands for an undated one.
    seconds: FxHashSet<Option<i64>>,
}

impl There {
    fn of(sides: Sides<'_>, vague: &Vague) -> Self {
        let mut there = Self::default();
        for (_, item, entry) in originals(sides.items).filter(|(.., entry)| entry.is_readable()) {
            there.sizes.insert(entry.stamp.size);
            // What it would be as a Live Photo may be there, too.
            there.sizes.extend(pairs::sizes(entry).into_iter().flatten());
            if vague.may_be(item, entry) {
                let times = [written(entry), item.captured()];
                there.seconds.extend(times.into_iter().flatten().flat_map(seconds).map(Some));
                there.seconds.extend(written(entry).is_none().then_some(None));
            }
        }
        there
    }
}

/// Assets whose edit went out: a new one shows in its bytes.
fn edits(sides: Sides<'_>) -> FxHashSet<&AssetId> {
    let went_out =
        |link: &&Link| sides.outward.is_some() && link.edits.iter().any(|edit| matches!(edit, Edit::Edited(Some(_))));
    sides.memory.links().iter().filter(went_out).flat_map(|link| &link.assets).collect()
}

/// What else is known of assets with bytes of unknown size (the library does not tell sizes, or stores the identity of
/// an earlier state of the file): a file of another second, or undated and of other pixels, cannot be one of them.
#[derive(Default)]
struct Vague {
    seconds: FxHashSet<i64>,
    pixels: FxHashSet<Option<(u32, u32)>>,
}

impl Vague {
    fn of(assets: &[Asset]) -> Self {
        let mut vague = Self::default();
        for (_, asset, at) in index::resources(assets) {
            let entry = &asset.resources[at];
            if entry.stale_fingerprint.is_some() || (entry.size.is_none() && can_be_identified(entry)) {
                vague.add(asset);
            }
        }
        vague
    }

    fn add(&mut self, asset: &Asset) {
        let times = [asset.captured, asset.camera_time].into_iter().flatten();
        self.seconds.extend(times.flat_map(seconds));
        self.pixels.insert(asset.pixels.map(upright));
    }

    /// Whether this file of this item could have the bytes of such an asset.
    fn may_be(&self, item: &Item, file: &ItemFile) -> bool {
        if self.pixels.is_empty() {
            return false;
        }
        match written(file) {
            Some(time) => {
                // The halves of a Live Photo may be dated some seconds apart, and the asset as its still.
                let times = [Some(time), item.captured()];
                times.into_iter().flatten().flat_map(seconds).any(|second| self.seconds.contains(&second))
            }
            None => {
                let pixels = file.header.as_deref().and_then(|header| header.pixels).map(upright);
                pixels.is_none() || self.pixels.contains(&None) || self.pixels.contains(&pixels)
            }
        }
    }
}

/// The capture time that a file's bytes tell for certain, to the second: XMP may stand in a sidecar, which a copy can lack,
/// and not every program looks everywhere.
pub(super) fn written(file: &ItemFile) -> Option<CaptureTime> {
    let (time, source) = file.header.as_deref()?.captured?;
    (source.is_certain() && time.known == Known::Moment).then_some(time)
}

/// The capture time that a file's bytes tell, also in their XMP: what it says of itself, as opposed to its name and its disk.
pub(super) fn told(file: &ItemFile) -> Option<CaptureTime> {
    let (time, source) = file.header.as_deref()?.captured?;
    source.is_in_the_bytes().then_some(time)
}

/// The second of a capture time on each clock that it knows.
pub(super) fn seconds(time: CaptureTime) -> impl Iterator<Item = i64> {
    [time.wall_second(), time.instant_second()].into_iter().flatten()
}

/// The same, and of a wall clock without a zone each second that it can stand for: zones differ by quarters of an hour, from
/// 12 hours behind UTC to 14 before it. Where the other side knows only the instant, the zone is a guess.
fn anywhere(time: CaptureTime) -> impl Iterator<Item = i64> {
    let wall = time.wall_second().filter(|_| time.instant_second().is_none());
    let instants = wall.into_iter().flat_map(|second| (-14 * 4..=12 * 4).map(move |quarter| second + quarter * 900));
    seconds(time).chain(instants)
}

/// Resources that stand for assets and could have the bytes of another one: of two equal ones one goes out. Only those
/// whose bytes the library does not tell need to be read. Of what belongs to them, too, where two have as long a one: with the
/// one that goes only what it lacks goes. Where edits go beside their originals, those of equal originals as well: only an
/// edit that is known to be another one goes.
fn twins(assets: &[Asset], edited: Edited) -> FxHashSet<ResourceRef> {
    let mut said = Vec::new();
    for (resource, asset, at) in index::resources(assets) {
        let entry = &asset.resources[at];
        let stands_for_it = |one: Option<&Resource>| one.is_some_and(|one| one.role == entry.role);
        let is_primary = stands_for_it(asset.primary());
        if is_primary || (edited != Edited::Original && stands_for_it(asset.render())) {
            said.extend(entry.size.map(|size| ((size, asset.pixels), resource, is_primary)));
        }
    }
    said.sort_unstable();
    let mut twins = FxHashSet::default();
    for alike in said.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
        twins.extend(alike.iter().map(|(_, resource, _)| *resource));
        let primaries = || alike.iter().filter(|(.., is_primary)| *is_primary).map(|(_, resource, _)| resource.asset);
        twins.extend(companions_alike(assets, primaries()));
        if edited == Edited::Both {
            let renders = |asset: u32| index::compared(&assets[asset as usize]).map(move |at| (asset, at));
            let renders = primaries().flat_map(renders);
            let renders = renders.filter(|(asset, at)| assets[*asset as usize].resources[*at].role.is_render());
            twins.extend(renders.map(|(asset, at)| ResourceRef { asset, resource: at as u16 }));
        }
    }
    twins
}

/// What belongs to these assets and is as long as what belongs to another one of them.
fn companions_alike(assets: &[Asset], of: impl Iterator<Item = u32>) -> Vec<ResourceRef> {
    let companions = |asset: u32| {
        let resources = assets[asset as usize].resources.iter().zip(0..);
        let resources = resources.filter(|(entry, _)| entry.role.is_companion());
        resources.filter_map(move |(entry, resource)| Some((entry.size?, ResourceRef { asset, resource })))
    };
    let mut all: Vec<(u64, ResourceRef)> = of.flat_map(companions).collect();
    all.sort_unstable();
    let alike = all.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1).flatten();
    alike.map(|(_, resource)| *resource).collect()
}

/// Files that could be equal to another file of the folder: same size, and nothing in the headers differs. Equal
/// bytes have equal headers, so most files of a chance size need not be read. Nor need any that is cut off: it is not
/// carried, whatever is equal to it, and may have been given the length of a disk.
fn crowded(items: &[Item]) -> FxHashSet<FileRef> {
    let mut files: Vec<(u64, Option<u64>, FileRef)> = originals(items)
        .filter(|(.., entry)| entry.is_readable() && entry.flaw().is_none())
        .map(|(file, _, entry)| (entry.stamp.size, said(entry), file))
        .collect();
    files.sort_unstable();
    let mut crowded = FxHashSet::default();
    for of_size in files.chunk_by(|a, b| a.0 == b.0).filter(|files| files.len() > 1) {
        // A file without a header, which would come first, may be equal to any.
        let (_, first, _) = of_size[0];
        for alike in of_size.chunk_by(|a, b| a.1 == b.1) {
            if alike.len() > 1 || first.is_none() {
                crowded.extend(alike.iter().map(|(_, _, file)| *file));
            }
        }
    }
    crowded
}

/// A number for all that a header says; equal bytes have equal numbers, and a chance meeting costs one reading. A capture
/// time from the name, the file system or a sidecar says nothing.
fn said(file: &ItemFile) -> Option<u64> {
    let header = file.header.as_deref()?;
    let all = (written(file), header.pixels, &header.camera, &header.content_identifier, header.duration_ms);
    Some(rustc_hash::FxBuildHasher.hash_one(all))
}
