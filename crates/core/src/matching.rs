//! Says what is the same on both sides. Pure: no file, no database, no clock.
//!
//! Matching is resumable, so that bytes are read only where they decide: it either answers, or asks questions that
//! [`crate::sync`] answers into [`Facts`] before it calls again. A file whose size nobody else has is never asked for.

use std::hash::BuildHasher;
use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::asset::{Asset, AssetId, MediaKind, ResourceRole, Whereabouts};
use crate::capture::CaptureTime;
use crate::fingerprint::Fingerprint;
use crate::item::{Header, Item, ItemFile};
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
    /// The memory knows the still of this Live Photo video.
    HalfOf(LinkId),
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
    /// Groups of items with equal bytes, each in the order of their paths.
    pub twins: Vec<Vec<u32>>,
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
    same_size_time_and_name(sides, &index, &mut relations);
    same_shot(sides, &mut relations);
    let twins = twins(sides, facts);
    Outcome::Matched(Matched { relations, twins })
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
    /// The asset that holds these bytes: one that is not in the trash if there is one, then the oldest.
    by_fingerprint: FxHashMap<Fingerprint, u32>,
    by_id: FxHashMap<&'a AssetId, u32>,
    /// Sizes of resources on this side of the world: a file of another size equals none of them.
    sizes: FxHashSet<u64>,
    /// Sizes that more than one unread file has, with the headers equal too.
    crowded: FxHashSet<FileRef>,
}

impl<'a> Index<'a> {
    fn new(sides: Sides<'a>, facts: &Facts) -> Self {
        let mut by_fingerprint: FxHashMap<Fingerprint, u32> = FxHashMap::default();
        let mut sizes = FxHashSet::default();
        by_fingerprint.reserve(sides.assets.len());
        for (resource, asset, at) in resources(sides.assets) {
            let entry = &asset.resources[at];
            sizes.extend(entry.size);
            let computed = facts.resource(resource);
            for fingerprint in [entry.fingerprint, entry.stale_fingerprint, computed].into_iter().flatten() {
                let holder = by_fingerprint.entry(fingerprint).or_insert(resource.asset);
                if sides.assets[*holder as usize].standing.trashed && !asset.standing.trashed {
                    *holder = resource.asset;
                }
            }
        }
        let by_id = sides.assets.iter().enumerate().map(|(position, asset)| (&asset.id, position as u32)).collect();
        Self { sides, by_fingerprint, by_id, sizes, crowded: crowded(sides.items) }
    }

    /// What must be read: files whose size something else has, and local resources without a fingerprint of the size
    /// of a file.
    fn questions(&self, facts: &Facts) -> Questions {
        let mut questions = Questions::default();
        let mut file_sizes = FxHashSet::default();
        for (file, item, entry) in originals(self.sides.items) {
            file_sizes.insert(entry.stamp.size);
            let decides = self.sizes.contains(&entry.stamp.size)
                || self.sides.memory.knows_size(entry.stamp.size)
                || self.crowded.contains(&file);
            if decides && is_readable(item) && !facts.files.contains_key(&file) {
                questions.files.push(file);
            }
        }
        for (resource, asset, at) in resources(self.sides.assets) {
            let entry = &asset.resources[at];
            let here = entry.whereabouts == Whereabouts::Here;
            let decides = entry.size.is_some_and(|size| file_sizes.contains(&size));
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
        if let Some(asset) = fingerprint.and_then(|fingerprint| self.by_fingerprint.get(&fingerprint).copied()) {
            return Relation::Held { asset, rung: Rung::Bytes, lacking: self.lacking(item, asset, facts) };
        }
        if let Some(link) = fingerprint.and_then(|fingerprint| self.sides.memory.by_fingerprint(&fingerprint))
            && !link.assets.is_empty()
        {
            // The library may no longer be able to show the bytes (an original evicted to iCloud), but the link knows.
            return match link.assets.iter().find_map(|id| self.by_id.get(id)) {
                Some(asset) => {
                    let other_bytes = self.sides.assets[*asset as usize]
                        .primary()
                        .and_then(|primary| primary.fingerprint)
                        .is_some_and(|held| Some(held) != fingerprint);
                    let rung = if other_bytes { Rung::Shot } else { Rung::Bytes };
                    Relation::Held { asset: *asset, rung, lacking: Vec::new() }
                }
                None => Relation::Gone(link.id),
            };
        }
        if let Some(link) = self.sides.memory.by_path(entry.folder, entry.path())
            && !link.assets.is_empty()
            && link.kind == entry.kind
            && is_same_moment(link.captured, entry.captured())
        {
            return Relation::Changed(link.id);
        }
        if entry.kind == MediaKind::Video
            && let Some(identifier) = entry.header().and_then(|header| header.content_identifier.as_deref())
            && let Some(link) = self.sides.memory.by_content_identifier(identifier)
            && link.kind == MediaKind::Photo
            && !link.assets.is_empty()
        {
            return Relation::HalfOf(link.id);
        }
        Relation::New
    }

    /// The original files of an item that its asset has no resource for and that no other asset holds either.
    fn lacking(&self, item: u32, asset: u32, facts: &Facts) -> Vec<u16> {
        let holder = &self.sides.assets[asset as usize];
        let files = &self.sides.items[item as usize].files;
        let is_lacking = |at: &usize| {
            let file = FileRef { item, file: *at as u16 };
            let held = facts.file(file).is_some_and(|fingerprint| {
                let remembered = self.sides.memory.by_fingerprint(&fingerprint);
                // What was carried once and then deleted in Photos is not lacking.
                self.by_fingerprint.contains_key(&fingerprint) || remembered.is_some_and(|link| !link.assets.is_empty())
            });
            is_original(&files[*at]) && holder.resource(files[*at].role).is_none() && !held
        };
        (1..files.len()).filter(is_lacking).map(|at| at as u16).collect()
    }
}

fn resources(assets: &[Asset]) -> impl Iterator<Item = (ResourceRef, &Asset, usize)> {
    assets.iter().enumerate().flat_map(|(position, asset)| {
        let compared = |at: &usize| {
            use ResourceRole::{RenderedPairedVideo, RenderedPhoto, RenderedVideo};
            let role = asset.resources[*at].role;
            role.is_original() || matches!(role, RenderedPhoto | RenderedVideo | RenderedPairedVideo)
        };
        (0..asset.resources.len())
            .filter(compared)
            .map(move |at| (ResourceRef { asset: position as u32, resource: at as u16 }, asset, at))
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
        .filter(|(file, item, _)| is_readable(item) && file.file == 0)
        .map(|(file, _, entry)| (entry.stamp.size, entry.header.as_deref().map(said), file))
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
/// time from the name or the file system says nothing.
fn said(header: &Header) -> u64 {
    let captured = header.captured.filter(|(_, source)| source.is_in_the_bytes()).map(|(time, _)| time);
    let all = (captured, header.pixels, &header.camera, &header.content_identifier, header.duration_ms);
    rustc_hash::FxBuildHasher.hash_one(all)
}

/// Whether a link and a file speak of one moment; a moment that either does not know is no other one.
fn is_same_moment(a: Option<CaptureTime>, b: Option<CaptureTime>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.agrees(&b),
        (None, None) => true,
        _ => false,
    }
}

/// Rung 2: for assets whose bytes cannot be compared at all, size, capture time and original name together.
fn same_size_time_and_name(sides: Sides<'_>, index: &Index<'_>, relations: &mut [Relation]) {
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
            let named_so = item.primary().name().to_string_lossy().eq_ignore_ascii_case(&asset.original_name);
            named_so && asset.kind == item.kind && is_captured_when(asset, item.captured())
        };
        if let Some(asset) = candidates.iter().find(same) {
            let lacking = index.lacking(position as u32, *asset, &Facts::default());
            *relation = Relation::Held { asset: *asset, rung: Rung::SizeTimeAndName, lacking };
        }
    }
}

/// Whether a rung below bytes may still speak.
fn is_open(relation: &Relation) -> bool {
    matches!(relation, Relation::New)
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
fn same_shot(sides: Sides<'_>, relations: &mut [Relation]) {
    let mut matched = vec![false; sides.assets.len()];
    for relation in relations.iter() {
        if let Relation::Held { asset, .. } = relation {
            matched[*asset as usize] = true;
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
            let lacking = Vec::new();
            relations[item as usize] = Relation::Held { asset, rung: Rung::Shot, lacking };
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
    if item.kind != MediaKind::Photo || !is_comparable(item) || is_raw(item.path()) {
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

fn is_raw(path: &Path) -> bool {
    media::kind_of(path) == Some(media::FileKind::Raw)
}

fn is_same_shot(item: &Item, time: CaptureTime, asset: &Asset) -> bool {
    let name = item.primary().name().to_string_lossy();
    let Some(header) = item.header() else { return false };
    let in_another_form = !media::same_format(&name, &asset.original_name) || asset.edited;
    let upright = |(width, height): (u32, u32)| (width.min(height), width.max(height));
    let fits =
        |pixels: Option<(u32, u32)>| pixels.map(upright).zip(header.pixels.map(upright)).is_some_and(|(a, b)| a == b);
    let one_camera = header.camera.is_some() && header.camera == asset.camera;
    in_another_form
        && !is_raw(Path::new(&*asset.original_name))
        && (fits(asset.pixels) || (asset.edited && fits(asset.current_pixels)))
        && one_camera
        && asset.taken().is_some_and(|shot| shot.agrees(&time))
}

/// Items of equal bytes, each group in the order of their paths.
fn twins(sides: Sides<'_>, facts: &Facts) -> Vec<Vec<u32>> {
    let known = |item: u32| Some((facts.file(FileRef { item, file: 0 })?, item));
    let mut items: Vec<(Fingerprint, u32)> = (0..sides.items.len() as u32).filter_map(known).collect();
    items.sort_unstable();
    let groups = items.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
    let mut twins: Vec<Vec<u32>> = groups.map(|group| group.iter().map(|(_, item)| *item).collect()).collect();
    for group in &mut twins {
        group.sort_by_key(|item| (sides.items[*item as usize].path().as_os_str(), sides.items[*item as usize].folder));
    }
    twins.sort_unstable();
    twins
}
