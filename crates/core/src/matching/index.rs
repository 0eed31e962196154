//! Both sides in the order in which they are asked for, and what is still to be read.

use std::cmp::Reverse;
use std::hash::BuildHasher;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Answer, Delivery, Facts, FileRef, Outward, Questions, Relation, ResourceRef, Rung, Sides, has_rested, is_original,
    is_readable, rungs,
};
use crate::asset::{Asset, AssetId, MediaKind, Resource, ResourceRole, Whereabouts};
use crate::capture::{CaptureSource, CaptureTime};
use crate::export::Edited;
use crate::fingerprint::Fingerprint;
use crate::item::{Item, ItemFile};
use crate::media;
use crate::memory::{Edit, Link, LinkId};

pub(super) struct Index<'a> {
    pub(super) sides: Sides<'a>,
    /// The assets that hold bytes, in the order of the bytes: one list is a third of a map of lists.
    holders: Vec<(Fingerprint, u32)>,
    by_id: FxHashMap<&'a AssetId, u32>,
    /// Sizes of resources on this side of the world: a file of another size equals none of them.
    sizes: FxHashSet<u64>,
    /// Sizes that more than one unread file has, with the headers equal too.
    crowded: FxHashSet<FileRef>,
    /// Assets with bytes of a size that nobody knows.
    vague: Vague,
    /// Links whose bytes lie in the folder, each with the item, in order: another file at their path is no edit of theirs.
    elsewhere: Vec<(LinkId, u32)>,
    /// Sizes of library files that could not be read to be compared, each with the reason.
    unread: FxHashMap<u64, &'a str>,
    /// Assets whose edit went out: a new one shows in its bytes. Empty where none go out.
    edits: FxHashSet<&'a AssetId>,
}

/// What else is known of assets with bytes of unknown size (the library does not tell sizes, or stores the identity of
/// an earlier state of the file): a file of another second, or undated and of other pixels, cannot be one of them.
#[derive(Default)]
struct Vague {
    seconds: FxHashSet<i64>,
    pixels: FxHashSet<Option<(u32, u32)>>,
}

impl Vague {
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

/// The capture time that a file's bytes tell for certain: XMP may stand in a sidecar, which a copy can lack.
pub(super) fn written(file: &ItemFile) -> Option<CaptureTime> {
    let (time, source) = file.header.as_deref()?.captured?;
    (source.is_in_the_bytes() && source != CaptureSource::Xmp).then_some(time)
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

/// A picture's measures whichever way up it is stored.
pub(super) fn upright((width, height): (u32, u32)) -> (u32, u32) {
    (width.min(height), width.max(height))
}

impl<'a> Index<'a> {
    pub(super) fn new(sides: Sides<'a>, facts: &'a Facts) -> Self {
        let mut holders = Vec::with_capacity(sides.assets.len());
        let mut sizes = FxHashSet::default();
        let mut vague = Vague::default();
        let mut unread = FxHashMap::default();
        for (resource, asset, at) in resources(sides.assets) {
            let entry = &asset.resources[at];
            sizes.extend(entry.size);
            if let (Some(size), Some(Answer::Unavailable(why))) = (entry.size, facts.resources.get(&resource)) {
                unread.entry(size).or_insert(&**why);
            }
            if entry.stale_fingerprint.is_some() || (entry.size.is_none() && can_be_identified(entry)) {
                vague.add(asset);
            }
            let computed = facts.resource(resource);
            let identities = [entry.fingerprint, entry.stale_fingerprint, computed].into_iter().flatten();
            holders.extend(identities.map(|fingerprint| (fingerprint, resource.asset)));
        }
        let by_id = sides.assets.iter().enumerate().map(|(position, asset)| (&asset.id, position as u32)).collect();
        holders.sort_unstable();
        let went_out = |link: &&Link| sides.outward.is_some() && matches!(link.edit, Edit::Edited(Some(_)));
        let edits = sides.memory.links().iter().filter(went_out).flat_map(|link| &link.assets).collect();
        let link_of = |item| sides.memory.by_fingerprint(&facts.file(FileRef { item, file: 0 })?);
        let items = 0..sides.items.len() as u32;
        let mut elsewhere: Vec<_> = items.filter_map(|item| Some((link_of(item)?.id, item))).collect();
        elsewhere.sort_unstable();
        Self { sides, holders, elsewhere, by_id, sizes, crowded: crowded(sides.items), vague, unread, edits }
    }

    /// What must be read: files whose size something else has, and resources without a fingerprint of the size of a file.
    pub(super) fn questions(&self, facts: &Facts) -> Questions {
        let mut questions = Questions { assets: self.to_be_listed(facts), ..Questions::default() };
        let mut file_sizes = FxHashSet::default();
        // The seconds of files that may have the bytes of an asset of unknown size; `None` stands for an undated one.
        let mut file_seconds: FxHashSet<Option<i64>> = FxHashSet::default();
        for (file, item, entry) in originals(self.sides.items).filter(|(_, item, entry)| has_rested(item, entry)) {
            file_sizes.insert(entry.stamp.size);
            let may_be_vague = self.vague.may_be(item, entry);
            if may_be_vague {
                let times = [written(entry), item.captured()];
                file_seconds.extend(times.into_iter().flatten().flat_map(seconds).map(Some));
                file_seconds.extend(written(entry).is_none().then_some(None));
            }
            let decides = self.sizes.contains(&entry.stamp.size)
                || self.sides.memory.knows_size(entry.stamp.size)
                || self.crowded.contains(&file)
                || may_be_vague;
            if decides && !facts.files.contains_key(&file) {
                questions.files.push(file);
            }
        }
        let twins =
            self.sides.outward.map(|outward| twins(self.sides.assets, outward.export.edited)).unwrap_or_default();
        let doubtful = self.items_of_fetched_sizes();
        for (resource, asset, at) in resources(self.sides.assets) {
            let entry = &asset.resources[at];
            let here = entry.whereabouts == Whereabouts::Here;
            let fetched = self.sides.fetches && entry.whereabouts == Whereabouts::Cloud;
            let went_out = |size: u64| self.sides.outward.is_some() && self.sides.memory.knows_size(size);
            let decides = match entry.size {
                _ if twins.contains(&resource) => true,
                // What must be fetched is compared only where size, time and name leave a doubt.
                Some(size) if fetched => doubtful.get(&size).is_some_and(|items| self.is_doubtful(asset, items)),
                _ if entry.role.is_render() && self.edits.contains(&asset.id) => true,
                Some(size) => file_sizes.contains(&size) || went_out(size),
                None => {
                    let times = [asset.captured, asset.camera_time].into_iter().flatten();
                    let mut seconds = times.flat_map(seconds).map(Some).chain([None]);
                    seconds.any(|second| file_seconds.contains(&second))
                }
            };
            if decides && (here || fetched) && entry.fingerprint.is_none() && !facts.resources.contains_key(&resource) {
                questions.resources.push(resource);
            }
        }
        questions
    }

    /// Assets whose files decide and are not told yet: those that may be something in the folder, by the second of their
    /// capture or by the memory, and those that would go out.
    fn to_be_listed(&self, facts: &Facts) -> Vec<u32> {
        let assets = self.sides.assets.iter().enumerate().map(|(position, asset)| (position as u32, asset));
        let unlisted: Vec<(u32, &Asset)> =
            assets.filter(|(position, asset)| !asset.is_listed() && !facts.asked.contains(position)).collect();
        if unlisted.is_empty() {
            return Vec::new();
        }
        let files = originals(self.sides.items).filter(|(_, item, entry)| has_rested(item, entry));
        let (mut seconds, mut pixels) = (FxHashSet::default(), FxHashSet::default());
        for (_, item, entry) in files {
            let times = [written(entry), item.captured()];
            seconds.extend(times.into_iter().flatten().flat_map(anywhere));
            if written(entry).is_none() {
                pixels.insert(entry.header.as_deref().and_then(|header| header.pixels).map(upright));
            }
        }
        let linked: FxHashSet<&AssetId> = self.sides.memory.links().iter().flat_map(|link| &link.assets).collect();
        let may_be_dated = |asset: &Asset| {
            let times = [asset.captured, asset.camera_time].into_iter().flatten();
            times.flat_map(self::seconds).any(|second| seconds.contains(&second))
        };
        // Of an undated file nothing but its pixels speaks, where both sides know them.
        let may_be_undated = |asset: &Asset| {
            let alike = asset.pixels.is_none_or(|measures| pixels.contains(&Some(upright(measures))));
            !pixels.is_empty() && (alike || pixels.contains(&None))
        };
        let would_go = |asset: &Asset| {
            self.sides.outward.is_some_and(|Outward { export, .. }| {
                let is_reached = !asset.standing.trashed && export.reaches(asset, &self.sides.memory.held);
                is_reached && export.against(asset).next().is_none()
            })
        };
        let decides = |asset: &Asset| {
            linked.contains(&asset.id) || may_be_dated(asset) || may_be_undated(asset) || would_go(asset)
        };
        unlisted.into_iter().filter(|(_, asset)| decides(asset)).map(|(position, _)| position).collect()
    }

    /// Items by the sizes of their files, as far as something that must be fetched has them.
    fn items_of_fetched_sizes(&self) -> FxHashMap<u64, Vec<u32>> {
        if !self.sides.fetches {
            return FxHashMap::default();
        }
        let fetched = resources(self.sides.assets).map(|(_, asset, at)| &asset.resources[at]);
        let fetched = fetched.filter(|entry| entry.fingerprint.is_none() && entry.whereabouts == Whereabouts::Cloud);
        let sizes: FxHashSet<u64> = fetched.filter_map(|entry| entry.size).collect();
        let mut items: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
        for (file, _, entry) in originals(self.sides.items).filter(|(.., entry)| sizes.contains(&entry.stamp.size)) {
            items.entry(entry.stamp.size).or_default().push(file.item);
        }
        items
    }

    /// Whether one of these items, which have a file of a size of this asset's, may be it and may be another photo.
    fn is_doubtful(&self, asset: &Asset, items: &[u32]) -> bool {
        let is_linked = |item: &Item| {
            let link = self.sides.memory.by_path(item.folder, item.path());
            link.is_some_and(|link| link.assets.contains(&asset.id))
        };
        let mut items = items.iter().map(|item| &self.sides.items[*item as usize]);
        items.any(|item| !is_linked(item) && !rungs::is_same_time_and_name(item, asset))
    }

    /// What an item is, as far as bytes and memory say.
    pub(super) fn relation(&self, item: u32, facts: &Facts) -> Relation {
        let entry = &self.sides.items[item as usize];
        if !is_readable(entry) {
            return Relation::New;
        }
        let primary = FileRef { item, file: 0 };
        if let Some(Answer::Unavailable(why)) = facts.files.get(&primary) {
            return Relation::Unreadable(why.clone());
        }
        let fingerprint = facts.file(primary);
        if let Some(asset) = fingerprint.and_then(|fingerprint| self.holder(&fingerprint)) {
            return Relation::Held { asset, rung: Rung::Bytes, lacking: self.lacking(item, asset, facts) };
        }
        if let Some(link) = fingerprint.and_then(|fingerprint| self.sides.memory.by_fingerprint(&fingerprint))
            && !link.assets.is_empty()
        {
            // The library may no longer be able to show the bytes (an original evicted to iCloud), but the link knows.
            let here = link.assets.iter().filter_map(|id| self.by_id.get(id).copied());
            let may_hold = |asset| self.may_hold(asset, fingerprint, entry, facts);
            let preference = |asset: &u32| (self.preference(*asset).0, !may_hold(*asset), *asset);
            let Some(asset) = here.min_by_key(preference) else { return Relation::Gone(link.id) };
            let rung = if may_hold(asset) { Rung::Bytes } else { Rung::Shot };
            return Relation::Held { asset, rung, lacking: self.lacking(item, asset, facts) };
        }
        if let Some(why) = (0..entry.files.len()).find_map(|at| self.may_be_unread(item, at, facts)) {
            return Relation::Unreadable(why);
        }
        if let Some(link) = self.sides.memory.by_path(entry.folder, entry.path())
            && !link.assets.is_empty()
            && link.kind == entry.kind
            && link.captured.zip(written(entry.primary())).is_some_and(|(then, now)| then.agrees(&now))
            && !self.lies_elsewhere(link.id, entry)
        {
            return Relation::Changed(link.id);
        }
        let other_kind = match entry.kind {
            MediaKind::Photo => MediaKind::Video,
            MediaKind::Video => MediaKind::Photo,
        };
        if let Some(identifier) = entry.header().and_then(|header| header.content_identifier.as_deref())
            && let Some(link) = self.sides.memory.by_content_identifier(identifier, other_kind)
        {
            return Relation::HalfOf(link.id);
        }
        if let Some(asset) = self.holds_its_video(item, facts) {
            return Relation::HalfHeld(asset);
        }
        Relation::New
    }

    /// Why it cannot be told now whether the library holds this file of an item: what has its length there cannot be read.
    fn may_be_unread(&self, item: u32, at: usize, facts: &Facts) -> Option<Box<str>> {
        let file = &self.sides.items[item as usize].files[at];
        let why = self.unread.get(&file.stamp.size).filter(|_| is_original(file))?;
        let is_held = self.delivery(FileRef { item, file: at as u16 }, facts).is_some();
        let name = file.name().to_string_lossy();
        let words = || {
            format!(
                "the library has a file of the length of {name} that cannot be read now ({why}), so it may be this one"
            )
        };
        (!is_held).then(|| words().into())
    }

    /// Whether the picture of a link lies in the folder in the format of this file: then this is not it, edited. A copy in
    /// another format, that was found to be the same shot, says nothing of that, nor one that we exported beside it.
    fn lies_elsewhere(&self, link: LinkId, entry: &Item) -> bool {
        let name = |item: &Item| item.primary().name().to_string_lossy().into_owned();
        let first = self.elsewhere.partition_point(|(known, _)| *known < link);
        let items = self.elsewhere[first..].iter().take_while(|(known, _)| *known == link).map(|(_, item)| *item);
        let mut items = items.map(|item| &self.sides.items[item as usize]);
        let is_ours = |item: &Item| self.sides.memory.was_laid_by_us(item.folder, item.path());
        items.any(|item| media::same_format(&name(item), &name(entry)) && !is_ours(item))
    }

    /// The assets that hold these bytes.
    pub(super) fn holders(&self, fingerprint: Fingerprint) -> impl Iterator<Item = u32> {
        let first = self.holders.partition_point(|(held, _)| *held < fingerprint);
        self.holders[first..].iter().take_while(move |(held, _)| *held == fingerprint).map(|(_, asset)| *asset)
    }

    /// Of the assets with these bytes the one from which they go out: the one with the most files here, then the oldest.
    pub(super) fn carrier(&self, fingerprint: &Fingerprint) -> Option<u32> {
        let assets = self.sides.assets;
        self.holders(*fingerprint).min_by_key(|asset| carrying_rank(&assets[*asset as usize], *asset))
    }

    /// The asset that holds these bytes: one that is not in the trash if there is one, then the oldest.
    fn holder(&self, fingerprint: &Fingerprint) -> Option<u32> {
        self.holders(*fingerprint).min_by_key(|asset| self.preference(*asset))
    }

    /// The fingerprint of the resource that stands for an asset, as far as it is known.
    pub(super) fn identity(&self, asset: u32, facts: &Facts) -> Option<Fingerprint> {
        let entry = &self.sides.assets[asset as usize];
        let primary = entry.primary()?;
        let resource = entry.resources.iter().position(|one| std::ptr::eq(one, primary))? as u16;
        primary.fingerprint.or_else(|| facts.resource(ResourceRef { asset, resource }))
    }

    /// Which of several assets speaks: the smallest.
    pub(super) fn preference(&self, asset: u32) -> (bool, u32) {
        (self.sides.assets[asset as usize].standing.trashed, asset)
    }

    /// Whether nothing that is known of an asset's files says that none of them has these bytes.
    fn may_hold(&self, asset: u32, fingerprint: Option<Fingerprint>, item: &Item, facts: &Facts) -> bool {
        let entry = &self.sides.assets[asset as usize];
        let name = item.primary().name().to_string_lossy();
        if !entry.is_listed() {
            return entry.kind == item.kind;
        }
        let in_another_format = media::kind_of(Path::new(&*entry.original_name)).is_some()
            && !media::same_format(&name, &entry.original_name);
        compared(entry).any(|at| {
            let resource = &entry.resources[at];
            let known = resource.fingerprint.or_else(|| facts.resource(ResourceRef { asset, resource: at as u16 }));
            match known {
                Some(known) => Some(known) == fingerprint,
                None if resource.role == ResourceRole::Photo && in_another_format => false,
                None if kind_of_role(resource.role) != item.kind => false,
                None => resource.size.is_none_or(|held| held == item.primary().stamp.size),
            }
        })
    }

    /// The original files of an item that its asset has no resource for and that no other asset holds either.
    pub(super) fn lacking(&self, item: u32, asset: u32, facts: &Facts) -> Vec<u16> {
        let files = &self.sides.items[item as usize].files;
        let same = facts.file(FileRef { item, file: 0 });
        let holders = || same.into_iter().flat_map(|bytes| self.holders(bytes)).chain([asset]);
        let has_or_may_have = |asset: &Asset, role| asset.resource(role).is_some() || !asset.is_listed();
        let has = |role| holders().any(|asset| has_or_may_have(&self.sides.assets[asset as usize], role));
        let is_lacking = |at: &usize| {
            let file = FileRef { item, file: *at as u16 };
            is_original(&files[*at])
                && !has(files[*at].role)
                && self.delivery(file, facts).is_none()
                && self.may_be_unread(item, *at, facts).is_none()
        };
        (1..files.len()).filter(is_lacking).map(|at| at as u16).collect()
    }

    /// Where these bytes are, if the library holds or held them. What was carried once and then deleted is not lacking.
    pub(super) fn delivery(&self, file: FileRef, facts: &Facts) -> Option<Delivery> {
        let fingerprint = facts.file(file)?;
        let is_linked = || self.sides.memory.by_fingerprint(&fingerprint).is_some_and(|link| !link.assets.is_empty());
        match self.holder(&fingerprint) {
            Some(asset) if !self.sides.assets[asset as usize].standing.trashed => Some(Delivery::Here),
            Some(_) => Some(Delivery::Deleted),
            None => is_linked().then_some(Delivery::Deleted),
        }
    }

    /// The asset that holds the video of this Live Photo as a video of its own.
    fn holds_its_video(&self, item: u32, facts: &Facts) -> Option<u32> {
        let files = &self.sides.items[item as usize].files;
        let at = files.iter().position(|file| file.role == ResourceRole::PairedVideo)?;
        let bytes = facts.file(FileRef { item, file: at as u16 })?;
        self.holders(bytes).filter(|asset| self.sides.assets[*asset as usize].kind == MediaKind::Video).min()
    }
}

/// Which of several assets with equal bytes goes out: the smallest. What is here goes now, what is not may never do.
pub(crate) fn carrying_rank(asset: &Asset, position: u32) -> (bool, Reverse<usize>, Reverse<usize>, u32) {
    let pictures = || asset.resources.iter().filter(|resource| resource.role.is_picture());
    let here = pictures().filter(|resource| resource.whereabouts == Whereabouts::Here);
    (asset.standing.trashed, Reverse(here.count()), Reverse(pictures().count()), position)
}

/// Whether the identity of this file's bytes is known or can be computed.
pub(super) fn can_be_identified(resource: &Resource) -> bool {
    resource.fingerprint.is_some() || resource.whereabouts == Whereabouts::Here
}

/// Positions of the resources that take part in matching: originals and renditions, no recipes.
pub(super) fn compared(asset: &Asset) -> impl Iterator<Item = usize> {
    use ResourceRole::{RenderedPairedVideo, RenderedPhoto, RenderedVideo};
    let takes_part =
        |role: ResourceRole| role.is_original() || matches!(role, RenderedPhoto | RenderedVideo | RenderedPairedVideo);
    asset.resources.iter().enumerate().filter(move |(_, resource)| takes_part(resource.role)).map(|(at, _)| at)
}

/// Whether this file of an asset is a picture or a movie.
pub(super) fn kind_of_role(role: ResourceRole) -> MediaKind {
    use ResourceRole::{PairedVideo, RenderedPairedVideo, RenderedVideo, Video};
    match role {
        Video | PairedVideo | RenderedVideo | RenderedPairedVideo => MediaKind::Video,
        _ => MediaKind::Photo,
    }
}

pub(super) fn resources(assets: &[Asset]) -> impl Iterator<Item = (ResourceRef, &Asset, usize)> {
    assets.iter().enumerate().flat_map(|(position, asset)| {
        compared(asset).map(move |at| (ResourceRef { asset: position as u32, resource: at as u16 }, asset, at))
    })
}

pub(super) fn originals(items: &[Item]) -> impl Iterator<Item = (FileRef, &Item, &ItemFile)> {
    items.iter().enumerate().flat_map(|(position, item)| {
        item.files
            .iter()
            .enumerate()
            .filter(|(_, file)| is_original(file))
            .map(move |(at, file)| (FileRef { item: position as u32, file: at as u16 }, item, file))
    })
}

/// Resources that stand for assets and could have the bytes of another one: of two equal ones one goes out. Only those
/// whose bytes the library does not tell need to be read.
fn twins(assets: &[Asset], edited: Edited) -> FxHashSet<ResourceRef> {
    let mut said = Vec::new();
    for (resource, asset, at) in resources(assets) {
        let entry = &asset.resources[at];
        let stands_for_it = |one: Option<&Resource>| one.is_some_and(|one| one.role == entry.role);
        if stands_for_it(asset.primary()) || (edited == Edited::Current && stands_for_it(asset.render())) {
            said.extend(entry.size.map(|size| ((size, asset.pixels), resource, entry.fingerprint.is_none())));
        }
    }
    said.sort_unstable();
    let alike = said.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1).flatten();
    alike.filter(|(_, _, is_untold)| *is_untold).map(|(_, resource, _)| *resource).collect()
}

/// Files that could be equal to another file of the folder: same size, and nothing in the headers differs. Equal
/// bytes have equal headers, so most files of a chance size need not be read.
pub(super) fn crowded(items: &[Item]) -> FxHashSet<FileRef> {
    let mut files: Vec<(u64, Option<u64>, FileRef)> = originals(items)
        .filter(|(_, item, _)| is_readable(item))
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
pub(super) fn said(file: &ItemFile) -> Option<u64> {
    let header = file.header.as_deref()?;
    let all = (written(file), header.pixels, &header.camera, &header.content_identifier, header.duration_ms);
    Some(rustc_hash::FxBuildHasher.hash_one(all))
}
