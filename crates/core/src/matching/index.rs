//! Both sides in the order in which they are asked for.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::OnceLock;

use photobridge_media::capture::CaptureTime;
use photobridge_media::{self as media, live};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::questions::written;
use super::seconds::Seconds;
use super::{
    Absence, Answer, Facts, Relation, Rung, Sides, is_original, is_readable, may_be_its, pairs, role_of, with_bytes,
};
use crate::asset::{Asset, AssetId, MediaKind, Resource, ResourceRef, ResourceRole, Whereabouts};
use crate::fingerprint::{Fingerprint, PairIdentity};
use crate::item::{FileRef, Item, ItemFile};
use crate::memory::{Link, LinkId};

pub(super) struct Index<'a> {
    pub(super) sides: Sides<'a>,
    holders: Holders,
    /// Sizes of library files that could not be read to be compared, each with the reason.
    unread: FxHashMap<u64, &'a str>,
    /// Whether the library lists files that it lost.
    has_lost: bool,
    /// Made when they are first asked for, which is seldom.
    by_id: OnceLock<FxHashMap<&'a AssetId, u32>>,
    /// By the identifier that a Live Photo has which is made of it, an asset that is one file.
    by_made: OnceLock<FxHashMap<String, u32>>,
    /// The same of what is remembered: positions of links.
    by_made_then: OnceLock<FxHashMap<String, usize>>,
    /// Links whose bytes lie in the folder, each with the item, in order: another file at their path is no edit of theirs.
    elsewhere: OnceLock<Vec<(LinkId, u32)>>,
    /// The assets by their seconds.
    seconds: OnceLock<Seconds>,
}

/// The assets that hold bytes, oldest first: of a fingerprint the first entry, of every entry the next.
#[derive(Default)]
struct Holders {
    first: FxHashMap<Fingerprint, u32>,
    entries: Vec<(u32, Option<u32>)>,
}

impl Holders {
    fn with_capacity(assets: usize) -> Self {
        let first = FxHashMap::with_capacity_and_hasher(assets, Default::default());
        Self { first, entries: Vec::with_capacity(assets) }
    }

    /// Adds an asset before those that hold the same bytes already.
    fn add(&mut self, fingerprint: Fingerprint, asset: u32) {
        let next = self.first.insert(fingerprint, self.entries.len() as u32);
        self.entries.push((asset, next));
    }

    fn of(&self, fingerprint: Fingerprint) -> impl Iterator<Item = u32> + Clone {
        let first = self.first.get(&fingerprint).map(|at| self.entries[*at as usize]);
        let entries = std::iter::successors(first, |(_, next)| next.map(|at| self.entries[at as usize]));
        entries.map(|(asset, _)| asset)
    }
}

/// A picture's measures whichever way up it is stored.
pub(super) fn upright((width, height): (u32, u32)) -> (u32, u32) {
    (width.min(height), width.max(height))
}

impl<'a> Index<'a> {
    pub(super) fn new(sides: Sides<'a>, facts: &'a Facts) -> Self {
        let mut holders = Holders::with_capacity(sides.assets.len());
        let (mut unread, mut has_lost) = (FxHashMap::default(), false);
        for (resource, asset, at) in resources(sides.assets).rev() {
            let entry = &asset.resources[at];
            has_lost |= entry.whereabouts == Whereabouts::Missing;
            if let (Some(size), Some(Answer::Unavailable(why))) = (entry.size, facts.resources.get(&resource)) {
                unread.insert(size, &**why);
            }
            let identities = [entry.fingerprint, entry.stale_fingerprint, facts.resource(resource)];
            identities.into_iter().flatten().for_each(|fingerprint| holders.add(fingerprint, resource.asset));
        }
        // A motion photo holds both files of the Live Photo that it would be.
        let wholes = facts.wholes.iter().filter_map(|(resource, pair)| Some((resource.asset, (*pair)?)));
        let mut wholes: Vec<(u32, PairIdentity)> = wholes.collect();
        wholes.sort_unstable_by_key(|(asset, _)| std::cmp::Reverse(*asset));
        for (asset, pair) in wholes {
            [pair.still, pair.movie].into_iter().for_each(|bytes| holders.add(bytes, asset));
        }
        let (by_id, by_made, by_made_then) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let (elsewhere, seconds) = (OnceLock::new(), OnceLock::new());
        Self { sides, holders, unread, has_lost, by_id, by_made, by_made_then, elsewhere, seconds }
    }

    /// The assets by the seconds in which they were taken.
    pub(super) fn seconds(&self) -> &Seconds {
        self.seconds.get_or_init(|| Seconds::of_assets(self.sides.assets))
    }

    pub(super) fn by_id(&self, id: &AssetId) -> Option<u32> {
        let positions = || self.sides.assets.iter().zip(0..).map(|(asset, position)| (&asset.id, position)).collect();
        self.by_id.get_or_init(positions).get(id).copied()
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
        let held = fingerprint.and_then(|bytes| self.holder(&bytes, facts));
        if let Some((asset, rung)) = held.or_else(|| self.holder_of_pair(facts.pair(primary)?, facts)) {
            return Relation::Held { asset, rung };
        }
        if let Some(link) = facts
            .bytes_of(primary)
            .filter_map(|bytes| self.sides.memory.by_fingerprint(&bytes))
            .find(|link| !link.assets.is_empty())
        {
            // The library may no longer be able to show the bytes (an original evicted to iCloud), but the link knows.
            let here = link.assets.iter().filter_map(|id| self.by_id(id));
            let may_hold = |asset| self.may_hold(asset, item, facts);
            let preference = |asset: &u32| (self.preference(*asset).0, !may_hold(*asset), *asset);
            let Some(asset) = here.min_by_key(preference) else { return Relation::Gone(link.id) };
            let rung = if may_hold(asset) { Rung::Remembered } else { Rung::Shot };
            return Relation::Held { asset, rung };
        }
        if let Some(why) = (0..entry.files.len()).find_map(|at| self.may_be_unread(item, at, facts)) {
            return Relation::Unreadable(why);
        }
        if let Some(link) = self.sides.memory.by_path(entry.folder, entry.path())
            && !link.assets.is_empty()
            && link.kind == entry.kind
            && link.captured.zip(written(entry.primary())).is_some_and(|(then, now)| then.agrees(&now))
            && !self.lies_elsewhere(link.id, entry, facts)
        {
            return Relation::Changed(link.id);
        }
        if entry.kind == MediaKind::Video
            && let Some(identifier) = entry.header().and_then(|header| header.content_identifier.as_deref())
            && let Some(link) = self.sides.memory.by_content_identifier(identifier, MediaKind::Photo)
            && !link.assets.is_empty()
        {
            let is_here = |id| self.by_id(id).is_some_and(|at| !self.sides.assets[at as usize].standing.trashed);
            let is_gone = !link.assets.iter().any(is_here);
            return if is_gone { Relation::Gone(link.id) } else { Relation::HalfOf(link.id) };
        }
        if let Some(asset) = self.holds_its_video(item, facts) {
            return Relation::HalfHeld(asset);
        }
        // Whatever the library has of it cannot be taken apart now.
        if let Some(asset) = self.of_which_it_was_made(entry, facts) {
            return Relation::Held { asset, rung: Rung::Remembered };
        }
        self.was_one_file(entry).map_or(Relation::New, Relation::Gone)
    }

    /// The photo that the library had as one file and has no longer, where this is its Live Photo or a half of that: made of it, or
    /// the one of which it was made.
    fn was_one_file(&self, entry: &Item) -> Option<LinkId> {
        let identifier = entry.header()?.content_identifier.as_deref()?;
        let memory = self.sides.memory;
        let named = || {
            let links = memory.fingerprints().filter(|(_, at)| !memory.links()[*at].assets.is_empty());
            links.map(|(bytes, at)| (live::identifier(bytes.as_bytes()), at)).collect()
        };
        let derived = || self.by_made_then.get_or_init(named).get(identifier).map(|at| &memory.links()[*at]);
        let link = match live::is_derived(identifier).then(derived).flatten() {
            Some(link) => Some(link),
            // A Live Photo that the library had has the same identifier, whatever was written about it since.
            None => memory.by_content_identifier(identifier, MediaKind::Photo).filter(|link| {
                let had_a_movie =
                    [link.placed, link.apart].iter().any(|roles| roles.contains(ResourceRole::PairedVideo));
                let is_then = |(then, now): (CaptureTime, CaptureTime)| then.agrees(&now);
                !had_a_movie && link.captured.zip(written(entry.primary())).is_some_and(is_then)
            }),
        };
        link.filter(|link| link.assets.iter().all(|id| self.by_id(id).is_none())).map(|link| link.id)
    }

    /// The motion photo of which this Live Photo was made, by whomever: its identifier follows from the bytes of that. Where both
    /// could be compared, they are others.
    fn of_which_it_was_made(&self, entry: &Item, facts: &Facts) -> Option<u32> {
        let identifier = entry.header()?.content_identifier.as_deref();
        let identifier = identifier.filter(|identifier| live::is_derived(identifier))?;
        let named = || {
            let assets = self.sides.assets.iter().zip(0..).filter(|(asset, _)| asset.resources.len() == 1);
            let bytes = assets.filter_map(|(asset, position)| Some((asset.primary()?.fingerprint?, position)));
            bytes.map(|(bytes, position)| (live::identifier(bytes.as_bytes()), position)).collect()
        };
        let found = self.by_made.get_or_init(named).get(identifier).copied();
        found.filter(|asset| facts.wholes_of(*asset, &self.sides.assets[*asset as usize]).next().is_none())
    }

    /// Why it cannot be told now whether the library holds this file of an item: what has its length there cannot be read.
    fn may_be_unread(&self, item: u32, at: usize, facts: &Facts) -> Option<Box<str>> {
        let file = &self.sides.items[item as usize].files[at];
        let why = self.unread.get(&file.stamp.size).filter(|_| is_original(file))?;
        let is_held = self.is_known(FileRef { item, file: at as u16 }, facts);
        let name = file.name().to_string_lossy();
        let words = || {
            format!(
                "the library has a file of the size of {name} that cannot be read now ({why}), so it may be this one"
            )
        };
        (!is_held).then(|| words().into())
    }

    /// Whether the picture of a link lies in the folder in the format of this file: then this is not it, edited. A copy in
    /// another format, that was found to be the same shot, says nothing of that, nor one that we exported beside it.
    fn lies_elsewhere(&self, link: LinkId, entry: &Item, facts: &Facts) -> bool {
        let name = |item: &Item| item.primary().name().to_string_lossy().into_owned();
        let elsewhere = self.elsewhere.get_or_init(|| {
            let link_of = |item| self.sides.memory.by_fingerprint(&facts.file(FileRef { item, file: 0 })?);
            let items = 0..self.sides.items.len() as u32;
            let mut links: Vec<_> = items.filter_map(|item| Some((link_of(item)?.id, item))).collect();
            links.sort_unstable();
            links
        });
        let first = elsewhere.partition_point(|(known, _)| *known < link);
        let items = elsewhere[first..].iter().take_while(|(known, _)| *known == link).map(|(_, item)| *item);
        let mut items = items.map(|item| &self.sides.items[item as usize]);
        let is_ours = |item: &Item| self.sides.memory.was_laid_by_us(link, item.folder, item.path());
        items.any(|item| media::same_format(&name(item), &name(entry)) && !is_ours(item))
    }

    /// The assets that hold these bytes.
    pub(super) fn holders(&self, fingerprint: Fingerprint) -> impl Iterator<Item = u32> + Clone {
        self.holders.of(fingerprint)
    }

    /// Of the assets with these bytes the one from which they go out: the one with the most files here, then the oldest.
    pub(super) fn carrier(&self, fingerprint: &Fingerprint) -> Option<u32> {
        let assets = self.sides.assets;
        self.holders(*fingerprint).min_by_key(|asset| carrying_rank(&assets[*asset as usize], *asset))
    }

    /// The asset that holds these bytes, and how: one that is not in the trash if there is one, then one that has them in a
    /// file, then the oldest.
    fn holder(&self, fingerprint: &Fingerprint, facts: &Facts) -> Option<(u32, Rung)> {
        let rung = |asset: u32| self.rung_of(asset, *fingerprint, facts);
        let rank = |asset: u32| (self.sides.assets[asset as usize].standing.trashed, rung(asset), asset);
        self.holders(*fingerprint).min_by_key(|asset| rank(*asset)).map(|asset| (asset, rung(asset)))
    }

    /// The asset that holds both files of the Live Photo that a motion photo would be: what was made of it, by whomever.
    fn holder_of_pair(&self, pair: PairIdentity, facts: &Facts) -> Option<(u32, Rung)> {
        let assets = self.sides.assets;
        let has_both = |asset: &u32| {
            let mut wholes = facts.wholes_of(*asset, &assets[*asset as usize]);
            with_bytes(assets, facts, *asset, pair.movie).next().is_some() || wholes.any(|whole| whole == pair)
        };
        let rung = |asset: u32| self.rung_of(asset, pair.still, facts).max(self.rung_of(asset, pair.movie, facts));
        let rank = |asset: u32| (self.sides.assets[asset as usize].standing.trashed, rung(asset), asset);
        let holders = self.holders(pair.still).filter(has_both);
        holders.min_by_key(|asset| rank(*asset)).map(|asset| (asset, rung(asset)))
    }

    /// How it is known that an asset holds these bytes: they may only be written down, and its file has others now.
    pub(super) fn rung_of(&self, asset: u32, bytes: Fingerprint, facts: &Facts) -> Rung {
        let entry = &self.sides.assets[asset as usize];
        let has = |(at, resource): (usize, &Resource)| {
            let computed = facts.resource(ResourceRef { asset, resource: at as u16 });
            [resource.fingerprint, computed].contains(&Some(bytes))
        };
        let is_made = || facts.wholes_of(asset, entry).any(|pair| [pair.still, pair.movie].contains(&bytes));
        if entry.resources.iter().enumerate().any(has) || is_made() { Rung::Bytes } else { Rung::Recorded }
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

    /// Whether nothing that is known of an asset's files says that none of them is that of this item, or made of it.
    fn may_hold(&self, asset: u32, position: u32, facts: &Facts) -> bool {
        let (entry, item) = (&self.sides.assets[asset as usize], &self.sides.items[position as usize]);
        let primary = FileRef { item: position, file: 0 };
        let bytes = || facts.bytes_of(primary);
        let made = pairs::sizes(item.primary()).map(|[still, _]| still);
        let is_of_its_size = |held| held == item.primary().stamp.size || Some(held) == made;
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
                Some(known) => bytes().any(|bytes| bytes == known),
                None if resource.role == ResourceRole::Photo && in_another_format => false,
                None if kind_of_role(resource.role) != item.kind => false,
                None => resource.size.is_none_or(is_of_its_size),
            }
        })
    }

    /// How the library lacks a file; nothing where it has it. Of a movie that is there the library must have it with its
    /// still, as far as it holds that. What a primary file is to the library its relation tells, but whether that was lost.
    pub(super) fn absence(&self, file: FileRef, relation: &Relation, facts: &Facts) -> Option<Absence> {
        let entry = &self.sides.items[file.item as usize].files[usize::from(file.file)];
        if file.file > 0
            && let Some(Answer::Unavailable(why)) = facts.files.get(&file)
        {
            return Some(Absence::Unread(why.clone()));
        }
        if self.has_lost && self.is_lost(file, relation, facts) {
            return Some(Absence::Lost);
        }
        if file.file == 0 {
            return None;
        }
        let bytes = facts.file(file);
        let is_here = |asset: &u32| !self.sides.assets[*asset as usize].standing.trashed;
        let holds = |asset: u32| bytes.is_some_and(|bytes| role_of(self.sides.assets, facts, asset, bytes).is_some());
        let mut photo = self.assets_of(file.item, relation, facts).filter(is_here);
        if photo.clone().any(holds) {
            return None;
        }
        if let Some(why) = self.may_be_unread(file.item, usize::from(file.file), facts) {
            return Some(Absence::Unread(why));
        }
        if photo.clone().any(|asset| may_be_its(self.sides.assets, facts, asset, entry)) {
            return Some(Absence::Unproven);
        }
        if let Some((asset, _)) = bytes.and_then(|bytes| self.holder(&bytes, facts)) {
            let is_parted = entry.role == ResourceRole::PairedVideo && photo.next().is_some();
            return match is_here(&asset) {
                true => is_parted.then_some(Absence::Apart),
                false => Some(Absence::Deleted(None)),
            };
        }
        let memory = self.sides.memory;
        let of_bytes = bytes.and_then(|bytes| memory.by_fingerprint(&bytes));
        // Of a photo that is gone also what was changed at its path.
        let is_gone = matches!(relation, Relation::Gone(_));
        let of_path = || memory.by_path(self.sides.items[file.item as usize].folder, &entry.path).filter(|_| is_gone);
        let is_of_this_library = |link: &&Link| !link.assets.is_empty();
        match of_bytes.filter(is_of_this_library).or_else(|| of_path().filter(is_of_this_library)) {
            Some(link) => Some(Absence::Deleted(Some(link.id))),
            None => Some(Absence::Lacking),
        }
    }

    /// Whether the library lists this file, and of all that may be it there has lost the bytes.
    fn is_lost(&self, file: FileRef, relation: &Relation, facts: &Facts) -> bool {
        let assets = self.sides.assets;
        let is_here = |asset: &u32| !assets[*asset as usize].standing.trashed;
        let is_missing = |entry: &Resource| entry.whereabouts == Whereabouts::Missing;
        let bytes = facts.file(file);
        let holders = bytes.into_iter().flat_map(|bytes| self.holders(bytes).map(move |asset| (asset, bytes)));
        let known = holders.filter(|(asset, _)| is_here(asset));
        let mut known = known.flat_map(|(asset, bytes)| with_bytes(assets, facts, asset, bytes)).peekable();
        if known.peek().is_some() {
            return known.all(is_missing);
        }
        let Relation::Held { asset, rung } = relation else { return false };
        let asset = Some(*asset).filter(is_here);
        let entry = &self.sides.items[file.item as usize].files[usize::from(file.file)];
        let may_be = asset.into_iter().flat_map(|asset| self.unknown_like(asset, entry, facts));
        let shown = asset.into_iter().flat_map(|asset| {
            let asset = &assets[asset as usize];
            [asset.primary(), asset.render()].into_iter().flatten()
        });
        let is_the_shot = file.file == 0 && rung.is_of_other_bytes();
        let candidates: SmallVec<[&Resource; 2]> = if is_the_shot { shown.collect() } else { may_be.collect() };
        !candidates.is_empty() && candidates.into_iter().all(is_missing)
    }

    /// The pictures or movies of an asset whose bytes nobody knows, and whose number does not speak against this file.
    fn unknown_like(&self, asset: u32, file: &ItemFile, facts: &Facts) -> impl Iterator<Item = &'a Resource> {
        let (kind, size) = (kind_of_role(file.role), file.stamp.size);
        let entry = &self.sides.assets[asset as usize];
        let is_unknown = move |at: &usize| {
            let computed = facts.resource(ResourceRef { asset, resource: *at as u16 });
            entry.resources[*at].fingerprint.or(computed).is_none()
        };
        let unknown = compared(entry).filter(is_unknown).map(|at| &entry.resources[at]);
        unknown.filter(move |entry| kind_of_role(entry.role) == kind && entry.size.is_none_or(|known| known == size))
    }

    /// The asset that is nothing but this companion, where the library has its photo without it.
    pub(super) fn alone(&self, file: FileRef, relation: &Relation, facts: &Facts) -> Option<u32> {
        let is_alone = |asset: &u32| {
            let entry = &self.sides.assets[*asset as usize];
            entry.resources.len() == 1 && !entry.edited
        };
        self.apart(file, relation, facts).filter(is_alone).min()
    }

    /// The assets that this companion stands for, where the library has its photo without it.
    pub(super) fn apart(&self, file: FileRef, relation: &Relation, facts: &Facts) -> impl Iterator<Item = u32> {
        let assets = self.sides.assets;
        let mut photo = self.assets_of(file.item, relation, facts).peekable();
        let has_photo = photo.peek().is_some();
        let bytes = facts.file(file).filter(|_| has_photo);
        let bytes = bytes.filter(|bytes| !photo.any(|asset| role_of(assets, facts, asset, *bytes).is_some()));
        let is_there = |asset: &u32| !assets[*asset as usize].standing.trashed;
        bytes.into_iter().flat_map(|bytes| self.holders(bytes)).filter(is_there)
    }

    /// The assets that hold the primary file of an item, as far as its relation tells.
    fn assets_of(&self, item: u32, relation: &Relation, facts: &Facts) -> impl Iterator<Item = u32> + Clone {
        let found = match relation {
            Relation::Held { asset, .. } => Some(*asset),
            _ => None,
        };
        let bytes = facts.file(FileRef { item, file: 0 }).filter(|_| found.is_some());
        bytes.into_iter().flat_map(|bytes| self.holders(bytes)).chain(found)
    }

    /// Whether an item has a movie that no asset has, were its still this asset.
    pub(super) fn brings_a_half(&self, item: u32, asset: u32, facts: &Facts) -> bool {
        let files = &self.sides.items[item as usize].files;
        let Some(at) = files.iter().position(|file| file.role == ResourceRole::PairedVideo) else { return false };
        let file = FileRef { item, file: at as u16 };
        self.absence(file, &Relation::Held { asset, rung: Rung::Shot }, facts) == Some(Absence::Lacking)
    }

    /// Whether the library holds or held these bytes.
    fn is_known(&self, file: FileRef, facts: &Facts) -> bool {
        let is_linked =
            |bytes: &Fingerprint| self.sides.memory.by_fingerprint(bytes).is_some_and(|link| !link.assets.is_empty());
        facts.file(file).is_some_and(|bytes| self.holders(bytes).next().is_some() || is_linked(&bytes))
    }

    /// The asset that holds the video of this Live Photo as a video of its own.
    fn holds_its_video(&self, item: u32, facts: &Facts) -> Option<u32> {
        let files = &self.sides.items[item as usize].files;
        let at = files.iter().position(|file| file.role == ResourceRole::PairedVideo)?;
        let bytes = facts.file(FileRef { item, file: at as u16 })?;
        self.holders(bytes).filter(|asset| self.sides.assets[*asset as usize].kind == MediaKind::Video).min()
    }
}

/// Which of several assets with equal bytes goes out: the smallest. What is here goes now, what is not may never do; and
/// an original, which only this asset may have, says more than an edit.
pub(crate) fn carrying_rank(asset: &Asset, position: u32) -> impl Ord + Copy + use<> {
    let originals = || asset.resources.iter().filter(|resource| resource.role.is_original());
    let pictures = || asset.resources.iter().filter(|resource| resource.role.is_picture());
    let is_here = |resource: &&Resource| resource.whereabouts == Whereabouts::Here;
    let counts = [originals().filter(is_here).count(), pictures().filter(is_here).count(), pictures().count()];
    (asset.standing.trashed, Reverse(counts), position)
}

/// Whether the identity of this file's bytes is known or can be computed.
pub(super) fn can_be_identified(resource: &Resource) -> bool {
    resource.fingerprint.is_some() || resource.whereabouts.may_be_here()
}

/// Positions of the resources that take part in matching: originals and renditions, no recipes.
pub(super) fn compared(asset: &Asset) -> impl DoubleEndedIterator<Item = usize> {
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

pub(super) fn resources(assets: &[Asset]) -> impl DoubleEndedIterator<Item = (ResourceRef, &Asset, usize)> {
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
