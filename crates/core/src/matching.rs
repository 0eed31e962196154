//! Says what is the same on both sides. Pure: no file, no database, no clock.
//!
//! Matching is resumable, so that bytes are read only where they decide: it either answers, or asks questions that
//! [`crate::sync`] answers into [`Facts`] before it calls again. A file whose size nobody else has is never asked for.

use std::hash::BuildHasher;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::asset::{Asset, AssetId, MediaKind, Resource, ResourceRole, Whereabouts};
use crate::capture::{CaptureSource, CaptureTime};
use crate::fingerprint::Fingerprint;
use crate::folder::names::folded;
use crate::item::{Item, ItemFile};
use crate::media;
use crate::memory::{LinkId, Memory};

/// How often [`compare`] may ask before it must answer.
pub const ROUNDS: usize = 3;

/// A file of an item: positions in the list of items and in its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileRef {
    /// Position of the item.
    pub item: u32,
    /// Position of the file within it.
    pub file: u16,
}

/// A resource of an asset: positions in the list of assets and in its resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceRef {
    /// Position of the asset.
    pub asset: u32,
    /// Position of the resource within it.
    pub resource: u16,
}

/// What was found out about bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Their fingerprint.
    Fingerprint(Fingerprint),
    /// They could not be read: why, in words for people.
    Unavailable(Box<str>),
}

/// What is known of bytes: from the cache, or answered in this run.
#[derive(Debug, Default)]
pub struct Facts {
    /// By file.
    pub files: FxHashMap<FileRef, Answer>,
    /// By resource, where the library itself did not tell.
    pub resources: FxHashMap<ResourceRef, Answer>,
}

impl Facts {
    /// The fingerprint of a file, if known.
    pub fn file(&self, file: FileRef) -> Option<Fingerprint> {
        match self.files.get(&file)? {
            Answer::Fingerprint(fingerprint) => Some(*fingerprint),
            Answer::Unavailable(_) => None,
        }
    }

    fn resource(&self, resource: ResourceRef) -> Option<Fingerprint> {
        match self.resources.get(&resource)? {
            Answer::Fingerprint(fingerprint) => Some(*fingerprint),
            Answer::Unavailable(_) => None,
        }
    }
}

/// What must be read before matching can answer. Each is asked once.
#[derive(Debug, Default, PartialEq)]
pub struct Questions {
    /// Files whose fingerprint decides.
    pub files: Vec<FileRef>,
    /// Resources whose fingerprint decides.
    pub resources: Vec<ResourceRef>,
}

impl Questions {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.resources.is_empty()
    }
}

/// Which rung of the ladder decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rung {
    /// The same bytes.
    Bytes,
    /// The same size, capture time and name, where bytes cannot be compared.
    SizeTimeAndName,
    /// The same shot in another format.
    Shot,
}

/// What an item is to the other side and to the memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Relation {
    /// Nothing there answers to it.
    New,
    /// The library holds it.
    Held {
        /// Position of the asset.
        asset: u32,
        /// How that is known.
        rung: Rung,
        /// Positions of original files of the item that the asset lacks.
        lacking: Vec<u16>,
    },
    /// The memory knows its bytes; the library holds them no longer.
    Gone(LinkId),
    /// The memory knows its path and moment with other bytes.
    Changed(LinkId),
    /// The memory knows the other half of this Live Photo, imported without it.
    HalfOf(LinkId),
    /// The library holds the video of this Live Photo as a video of its own: its position.
    HalfHeld(u32),
    /// Its bytes were asked for and could not be read.
    Unreadable(Box<str>),
}

/// Both sides, and what is remembered of them.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The items of all folders.
    pub items: &'a [Item],
    /// The assets of the library.
    pub assets: &'a [Asset],
    /// What the ledger remembers.
    pub memory: &'a Memory,
}

/// The answer: one relation for every item, in the order of the items.
#[derive(Debug)]
pub struct Matched {
    /// By item.
    pub relations: Vec<Relation>,
    /// Companions that need not be carried.
    pub delivered: FxHashMap<FileRef, Delivery>,
}

/// Where the bytes of a companion are that need not be carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In the library.
    Here,
    /// In the library's trash, or only in the memory: they were deleted in Photos.
    Deleted,
}

/// What [`compare`] returns.
#[derive(Debug)]
pub enum Outcome {
    /// It is decided.
    Matched(Matched),
    /// These must be read first.
    Questions(Questions),
}

/// Compares both sides. `last_round` answers with what is known instead of asking.
pub fn compare(sides: Sides<'_>, facts: &Facts, last_round: bool) -> Outcome {
    let index = Index::new(sides, facts);
    let questions = index.questions(facts);
    if !questions.is_empty() && !last_round {
        return Outcome::Questions(questions);
    }
    let mut relations: Vec<Relation> = (0..sides.items.len() as u32).map(|item| index.relation(item, facts)).collect();
    same_size_time_and_name(sides, &index, facts, &mut relations);
    same_shot(sides, &index, facts, &mut relations);
    copies(sides, &index, facts, &mut relations);
    let delivered = (originals(sides.items).map(|(file, ..)| file))
        .filter(|file| file.file > 0)
        .filter_map(|file| Some((file, index.delivery(file, facts)?)))
        .collect();
    Outcome::Matched(Matched { relations, delivered })
}

/// Whether the bytes of this item can be trusted to be whole and worth reading.
fn is_readable(item: &Item) -> bool {
    item.trouble.is_none()
}

/// Whether a file stands for a picture, as opposed to a sidecar.
fn is_original(file: &ItemFile) -> bool {
    file.role.is_original()
}

struct Index<'a> {
    sides: Sides<'a>,
    /// The assets that hold bytes, in the order of the bytes: one list is a third of a map of lists.
    holders: Vec<(Fingerprint, u32)>,
    by_id: FxHashMap<&'a AssetId, u32>,
    /// Sizes of resources on this side of the world: a file of another size equals none of them.
    sizes: FxHashSet<u64>,
    /// Sizes that more than one unread file has, with the headers equal too.
    crowded: FxHashSet<FileRef>,
    /// Assets with bytes of a size that nobody knows.
    vague: Vague,
    /// Links whose bytes lie in the folder: another file at their path is no edit of theirs.
    elsewhere: FxHashSet<LinkId>,
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
fn written(file: &ItemFile) -> Option<CaptureTime> {
    let (time, source) = file.header.as_deref()?.captured?;
    (source.is_in_the_bytes() && source != CaptureSource::Xmp).then_some(time)
}

/// The second of a capture time on each clock that it knows.
fn seconds(time: CaptureTime) -> impl Iterator<Item = i64> {
    [time.wall_second(), time.instant_second()].into_iter().flatten()
}

/// A picture's measures whichever way up it is stored.
fn upright((width, height): (u32, u32)) -> (u32, u32) {
    (width.min(height), width.max(height))
}

impl<'a> Index<'a> {
    fn new(sides: Sides<'a>, facts: &Facts) -> Self {
        let mut holders = Vec::with_capacity(sides.assets.len());
        let mut sizes = FxHashSet::default();
        let mut vague = Vague::default();
        for (resource, asset, at) in resources(sides.assets) {
            let entry = &asset.resources[at];
            sizes.extend(entry.size);
            if entry.stale_fingerprint.is_some() || (entry.size.is_none() && can_be_identified(entry)) {
                vague.add(asset);
            }
            let computed = facts.resource(resource);
            let identities = [entry.fingerprint, entry.stale_fingerprint, computed].into_iter().flatten();
            holders.extend(identities.map(|fingerprint| (fingerprint, resource.asset)));
        }
        let by_id = sides.assets.iter().enumerate().map(|(position, asset)| (&asset.id, position as u32)).collect();
        holders.sort_unstable();
        let bytes = (0..sides.items.len() as u32).filter_map(|item| facts.file(FileRef { item, file: 0 }));
        let elsewhere = bytes.filter_map(|bytes| sides.memory.by_fingerprint(&bytes)).map(|link| link.id).collect();
        Self { sides, holders, elsewhere, by_id, sizes, crowded: crowded(sides.items), vague }
    }

    /// What must be read: files whose size something else has, and local resources without a fingerprint of the size
    /// of a file.
    fn questions(&self, facts: &Facts) -> Questions {
        let mut questions = Questions::default();
        let mut file_sizes = FxHashSet::default();
        // The seconds of files that may have the bytes of an asset of unknown size; `None` stands for an undated one.
        let mut file_seconds: FxHashSet<Option<i64>> = FxHashSet::default();
        for (file, item, entry) in originals(self.sides.items).filter(|(_, item, _)| is_readable(item)) {
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
        for (resource, asset, at) in resources(self.sides.assets) {
            let entry = &asset.resources[at];
            let here = entry.whereabouts == Whereabouts::Here;
            let decides = match entry.size {
                Some(size) => file_sizes.contains(&size),
                None => {
                    let times = [asset.captured, asset.camera_time].into_iter().flatten();
                    let mut seconds = times.flat_map(seconds).map(Some).chain([None]);
                    seconds.any(|second| file_seconds.contains(&second))
                }
            };
            if decides && here && entry.fingerprint.is_none() && !facts.resources.contains_key(&resource) {
                questions.resources.push(resource);
            }
        }
        questions
    }

    /// What an item is, as far as bytes and memory say.
    fn relation(&self, item: u32, facts: &Facts) -> Relation {
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
        if let Some(link) = self.sides.memory.by_path(entry.folder, entry.path())
            && !link.assets.is_empty()
            && link.kind == entry.kind
            && link.captured.zip(written(entry.primary())).is_some_and(|(then, now)| then.agrees(&now))
            && !self.elsewhere.contains(&link.id)
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

    /// The assets that hold these bytes.
    fn holders(&self, fingerprint: &Fingerprint) -> impl Iterator<Item = u32> + '_ {
        let fingerprint = *fingerprint;
        let first = self.holders.partition_point(|(held, _)| *held < fingerprint);
        self.holders[first..].iter().take_while(move |(held, _)| *held == fingerprint).map(|(_, asset)| *asset)
    }

    /// The asset that holds these bytes: one that is not in the trash if there is one, then the oldest.
    fn holder(&self, fingerprint: &Fingerprint) -> Option<u32> {
        self.holders(fingerprint).min_by_key(|asset| self.preference(*asset))
    }

    /// Which of several assets speaks: the smallest.
    fn preference(&self, asset: u32) -> (bool, u32) {
        (self.sides.assets[asset as usize].standing.trashed, asset)
    }

    /// Whether nothing that is known of an asset's files says that none of them has these bytes.
    fn may_hold(&self, asset: u32, fingerprint: Option<Fingerprint>, item: &Item, facts: &Facts) -> bool {
        let entry = &self.sides.assets[asset as usize];
        let name = item.primary().name().to_string_lossy();
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
    fn lacking(&self, item: u32, asset: u32, facts: &Facts) -> Vec<u16> {
        let files = &self.sides.items[item as usize].files;
        let same = facts.file(FileRef { item, file: 0 });
        let holders = || same.iter().flat_map(|bytes| self.holders(bytes)).chain([asset]);
        let has = |role| holders().any(|asset| self.sides.assets[asset as usize].resource(role).is_some());
        let is_lacking = |at: &usize| {
            let file = FileRef { item, file: *at as u16 };
            is_original(&files[*at]) && !has(files[*at].role) && self.delivery(file, facts).is_none()
        };
        (1..files.len()).filter(is_lacking).map(|at| at as u16).collect()
    }

    /// Where these bytes are, if the library holds or held them. What was carried once and then deleted is not lacking.
    fn delivery(&self, file: FileRef, facts: &Facts) -> Option<Delivery> {
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
        self.holders(&bytes).filter(|asset| self.sides.assets[*asset as usize].kind == MediaKind::Video).min()
    }
}

/// Whether the identity of this file's bytes is known or can be computed.
fn can_be_identified(resource: &Resource) -> bool {
    resource.fingerprint.is_some() || resource.whereabouts == Whereabouts::Here
}

/// Positions of the resources that take part in matching: originals and renditions, no recipes.
fn compared(asset: &Asset) -> impl Iterator<Item = usize> {
    use ResourceRole::{RenderedPairedVideo, RenderedPhoto, RenderedVideo};
    let takes_part =
        |role: ResourceRole| role.is_original() || matches!(role, RenderedPhoto | RenderedVideo | RenderedPairedVideo);
    asset.resources.iter().enumerate().filter(move |(_, resource)| takes_part(resource.role)).map(|(at, _)| at)
}

/// Whether this file of an asset is a picture or a movie.
fn kind_of_role(role: ResourceRole) -> MediaKind {
    use ResourceRole::{PairedVideo, RenderedPairedVideo, RenderedVideo, Video};
    match role {
        Video | PairedVideo | RenderedVideo | RenderedPairedVideo => MediaKind::Video,
        _ => MediaKind::Photo,
    }
}

fn resources(assets: &[Asset]) -> impl Iterator<Item = (ResourceRef, &Asset, usize)> {
    assets.iter().enumerate().flat_map(|(position, asset)| {
        compared(asset).map(move |at| (ResourceRef { asset: position as u32, resource: at as u16 }, asset, at))
    })
}

fn originals(items: &[Item]) -> impl Iterator<Item = (FileRef, &Item, &ItemFile)> {
    items.iter().enumerate().flat_map(|(position, item)| {
        item.files
            .iter()
            .enumerate()
            .filter(|(_, file)| is_original(file))
            .map(move |(at, file)| (FileRef { item: position as u32, file: at as u16 }, item, file))
    })
}

/// Files that could be equal to another file of the folder: same size, and nothing in the headers differs. Equal
/// bytes have equal headers, so most files of a chance size need not be read.
fn crowded(items: &[Item]) -> FxHashSet<FileRef> {
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
fn said(file: &ItemFile) -> Option<u64> {
    let header = file.header.as_deref()?;
    let all = (written(file), header.pixels, &header.camera, &header.content_identifier, header.duration_ms);
    Some(rustc_hash::FxBuildHasher.hash_one(all))
}

/// Rung 2: for assets whose bytes cannot be compared at all, size, capture time and original name together.
fn same_size_time_and_name(sides: Sides<'_>, index: &Index<'_>, facts: &Facts, relations: &mut [Relation]) {
    let mut by_size: FxHashMap<u64, Vec<u32>> = FxHashMap::default();
    for (position, asset) in sides.assets.iter().enumerate() {
        if let Some(primary) = asset.primary()
            && primary.fingerprint.is_none()
            && primary.whereabouts != Whereabouts::Here
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
        let same = |asset: &&u32| {
            let asset = &sides.assets[**asset as usize];
            folded(&item.primary().name().to_string_lossy()) == folded(&asset.original_name)
                && asset.kind == item.kind
                && is_captured_when(asset, item.captured())
        };
        if let Some(asset) = candidates.iter().filter(same).min_by_key(|asset| index.preference(**asset)) {
            let lacking = index.lacking(position as u32, *asset, facts);
            *relation = Relation::Held { asset: *asset, rung: Rung::SizeTimeAndName, lacking };
        }
    }
}

/// Whether a rung below bytes may still speak.
fn is_open(relation: &Relation) -> bool {
    matches!(relation, Relation::New | Relation::HalfOf(_) | Relation::HalfHeld(_))
}

/// Whether what the item says of itself may be compared: half files say what whole ones say.
fn is_comparable(item: &Item) -> bool {
    is_readable(item) && item.header().is_some_and(|header| header.truncated.is_none())
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
fn same_shot(sides: Sides<'_>, index: &Index<'_>, facts: &Facts, relations: &mut [Relation]) {
    let mut matched = vec![false; sides.assets.len()];
    for (item, relation) in relations.iter().enumerate() {
        if let Relation::Held { asset, .. } = relation {
            matched[*asset as usize] = true;
            // Every asset with its bytes has its item, whichever of them speaks.
            let bytes = facts.file(FileRef { item: item as u32, file: 0 });
            for holder in bytes.iter().flat_map(|bytes| index.holders(bytes)) {
                matched[holder as usize] = true;
            }
        }
    }
    let by_second = assets_by_second(sides.assets, &matched);
    let mut answers: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (position, _) in relations.iter().enumerate().filter(|(_, relation)| is_open(relation)) {
        let found = assets_of_shot(sides, &by_second, position);
        for asset in &found {
            answers.entry(*asset).or_default().push(position as u32);
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
            let lacking = index.lacking(item, asset, facts);
            relations[item as usize] = Relation::Held { asset, rung: Rung::Shot, lacking };
        }
    }
}

/// What holds for an item holds for every copy of it: a copy under another name is not another picture.
fn copies(sides: Sides<'_>, index: &Index<'_>, facts: &Facts, relations: &mut [Relation]) {
    let bytes = |item: usize| facts.file(FileRef { item: item as u32, file: 0 });
    let mut held: FxHashMap<Fingerprint, (u32, Rung)> = FxHashMap::default();
    let mut changed: FxHashMap<Fingerprint, LinkId> = FxHashMap::default();
    for (item, relation) in relations.iter().enumerate() {
        match (relation, bytes(item)) {
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
        let Some(bytes) = bytes(item).filter(|_| is_open(relation) && is_readable(&sides.items[item])) else {
            continue;
        };
        if let Some((asset, rung)) = held.get(&bytes).copied() {
            let lacking = index.lacking(item as u32, asset, facts);
            *relation = Relation::Held { asset, rung, lacking };
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
    let Some(header) = item.header() else { return false };
    let in_another_form = !media::same_format(&name, &asset.original_name) || asset.edited;
    let fits =
        |pixels: Option<(u32, u32)>| pixels.map(upright).zip(header.pixels.map(upright)).is_some_and(|(a, b)| a == b);
    let one_camera = header.camera.is_some() && header.camera == asset.camera;
    in_another_form
        // A name that tells no format tells neither that it is another one nor that it is no RAW.
        && is_still(Path::new(&*asset.original_name))
        && (fits(asset.pixels) || (asset.edited && fits(asset.current_pixels)))
        && one_camera
        && asset.taken().is_some_and(|shot| shot.agrees(&time))
}
