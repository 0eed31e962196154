//! What each asset is to the folder: there, there in part, gone from it, or not to be told now.

mod lacking;
mod unclear;

use std::sync::OnceLock;

use jiff::Timestamp;
use photobridge_media::header::Header;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use lacking::fills;
use unclear::{Unclear, place_of};

use super::index::Index;
use super::parts::SameParts;
use super::{Answer, Facts, Outward, PictureOf, Presence, Relation, Rung, Sides, is_taken_in, originals, pairs, shown};
use crate::asset::{Asset, AssetId, Resource, ResourceRef, ResourceRole};
use crate::export::{Edited, Wanted, wanted};
use crate::fingerprint::{Fingerprint, PairIdentity};
use crate::item::{FileRef, Item};
use crate::memory::{Link, LinkId, Origin};

/// What in the folder is near to an asset without being it by its bytes.
pub(super) struct Near<'a> {
    /// By asset, an item that shows the same, whatever else that is.
    pub(super) alike: &'a FxHashMap<u32, (u32, Rung)>,
    /// By asset, an item that may show the same: one of both could not be read just now.
    pub(super) unclear: &'a FxHashMap<u32, u32>,
    /// By asset, a file that begins with it.
    pub(super) begun: &'a FxHashMap<u32, FileRef>,
    /// What belongs to a photo on either side and is the same coded picture.
    pub(super) parts: &'a SameParts,
}

/// One presence for every asset, in the order of the assets.
pub(super) fn presences<'a>(
    index: &'a Index<'a>,
    outward: Outward<'a>,
    facts: &'a Facts,
    relations: &[Relation],
    near: &Near<'a>,
) -> Vec<Presence> {
    let folder = Folder::new(index, outward, facts, relations, near);
    (0..index.sides.assets.len() as u32).into_par_iter().map(|asset| folder.presence(asset)).collect()
}

/// Photos that stay in the library because a file of another one shows the same: their bytes, and that file.
pub fn shown_by_others(
    assets: &[Asset],
    facts: &Facts,
    presences: &[Presence],
) -> impl Iterator<Item = (Fingerprint, FileRef)> {
    let bytes = |asset: u32| {
        let entry = &assets[asset as usize];
        let at = entry.resources.iter().position(|resource| Some(resource) == entry.primary())?;
        entry.resources[at].fingerprint.or_else(|| facts.resource(ResourceRef { asset, resource: at as u16 }))
    };
    let shown = move |(asset, presence): (u32, &Presence)| match presence {
        Presence::Held { file, rung, link: None, .. } if rung.is_of_other_bytes() => Some((bytes(asset)?, *file)),
        _ => None,
    };
    (0..).zip(presences).filter_map(shown)
}

/// The folder, as an asset asks of it.
struct Folder<'a> {
    index: &'a Index<'a>,
    sides: Sides<'a>,
    outward: Outward<'a>,
    facts: &'a Facts,
    /// Files by their bytes: of several one in the export folder, then the smallest path.
    files: FxHashMap<Fingerprint, FileRef>,
    /// By asset, the item that was found to be it, and how.
    items: Vec<Option<(u32, Rung)>>,
    /// By asset, an item that shows the same, whatever else that is.
    alike: &'a FxHashMap<u32, (u32, Rung)>,
    /// By asset, an item that may show the same.
    unseen: &'a FxHashMap<u32, u32>,
    /// By asset, a file that begins with it.
    begun: &'a FxHashMap<u32, FileRef>,
    parts: &'a SameParts,
    /// Links by the assets of this library.
    links: FxHashMap<&'a AssetId, u32>,
    /// Links at whose path something else lies now.
    changed: FxHashSet<LinkId>,
    unclear: Unclear,
    /// The sizes of all files; made when they are first asked for.
    sizes: OnceLock<FxHashSet<u64>>,
    /// By link, a file with bytes of it that a run carried; made when it is first asked for.
    carried: OnceLock<FxHashMap<u32, FileRef>>,
}

fn files(sides: Sides<'_>, outward: Outward<'_>, facts: &Facts) -> FxHashMap<Fingerprint, FileRef> {
    let elsewhere = |file: &FileRef| sides.items[file.item as usize].folder != outward.folder;
    let mut files = FxHashMap::with_capacity_and_hasher(sides.items.len(), Default::default());
    for (bytes, file) in originals(sides.items).filter_map(|(file, ..)| Some((facts.file(file)?, file))) {
        let known = files.entry(bytes).or_insert(file);
        *known = std::cmp::min_by_key(*known, file, |file| (elsewhere(file), *file));
    }
    // A motion photo is there for both files of the Live Photo that it would be.
    let mut pairs: Vec<(FileRef, PairIdentity)> =
        facts.pairs.iter().filter_map(|(file, pair)| Some((*file, (*pair)?))).collect();
    pairs.sort_unstable_by_key(|(file, _)| (elsewhere(file), *file));
    for (file, pair) in pairs {
        files.entry(pair.still).or_insert(file);
        files.entry(pair.movie).or_insert(file);
    }
    files
}

fn links(sides: Sides<'_>) -> FxHashMap<&AssetId, u32> {
    let all = sides.memory.links();
    let mut links = FxHashMap::with_capacity_and_hasher(all.len(), Default::default());
    links.extend(all.iter().zip(0..).flat_map(|(link, at)| link.assets.iter().map(move |asset| (asset, at))));
    links
}

impl<'a> Folder<'a> {
    fn new(
        index: &'a Index<'a>,
        outward: Outward<'a>,
        facts: &'a Facts,
        relations: &[Relation],
        near: &Near<'a>,
    ) -> Self {
        let sides = index.sides;
        let (files, links) = rayon::join(|| files(sides, outward, facts), || links(sides));
        let mut folder = Self {
            index,
            sides,
            outward,
            facts,
            files,
            links,
            items: vec![None; sides.assets.len()],
            alike: near.alike,
            unseen: near.unclear,
            begun: near.begun,
            parts: near.parts,
            changed: FxHashSet::default(),
            unclear: Unclear::default(),
            sizes: OnceLock::new(),
            carried: OnceLock::new(),
        };
        for (position, (item, relation)) in sides.items.iter().zip(relations).enumerate() {
            folder.take(position as u32, item, relation);
        }
        folder
    }

    fn take(&mut self, position: u32, item: &Item, relation: &Relation) {
        match relation {
            Relation::Held { asset, rung, .. } => {
                let known = self.items[*asset as usize].get_or_insert((position, *rung));
                if rung.is_by_bytes() && *rung < known.1 {
                    *known = (position, *rung);
                }
            }
            Relation::Changed(link) => {
                self.changed.insert(*link);
            }
            _ => {}
        }
        if matches!(relation, Relation::Unreadable(_)) || item.files.iter().any(|file| !file.is_readable()) {
            self.unclear.take(position, item, self.facts, self.sides.memory);
        }
        // Of a photo that the library has, a companion may still be arriving; one that a person takes in as it is does not.
        let is_known = matches!(relation, Relation::Held { .. } | Relation::Changed(_));
        for (at, file) in item.files.iter().enumerate().skip(usize::from(is_known)) {
            let reference = FileRef { item: position, file: at as u16 };
            if file.flaw().is_some() && !is_taken_in(self.sides, self.facts, reference) {
                self.unclear.cut.entry(place_of(file)).or_insert(position);
            }
        }
    }

    fn presence(&self, position: u32) -> Presence {
        let link = self.link(position);
        let holder = self.holder(position, link);
        // A beginning looks like the whole, and is not.
        let begun = self.begun.get(&position).filter(|_| !matches!(holder, Some((_, rung)) if rung.is_by_bytes()));
        if let Some(file) = begun {
            return Presence::Begun(*file);
        }
        if let Some((file, rung)) = holder {
            let is_part = self.is_part(position, file);
            let may_be_torn = is_part || (rung.is_by_bytes() && self.belongs(position, file));
            if let Some(at) = link.filter(|at| may_be_torn && self.was_there(position, self.entry(*at))) {
                return Presence::Torn { link: at, item: file.item, lacking: self.absent(position) };
            }
            if let Some(at) = link.filter(|at| may_be_torn && self.was_elsewhere(position, self.entry(*at))) {
                return Presence::FromElsewhere(Some(at));
            }
            let asset = &self.sides.assets[position as usize];
            let mut absent = self.absent(position);
            absent.retain(|wanted| !self.may_stand_behind(position, file, wanted));
            if rung.is_of_other_bytes() && !is_part {
                absent.retain(|wanted| self.is_absent_beside(position, file, wanted));
            }
            let lacking = self.lacking(position, (file, rung), link, &absent);
            if let Some(item) = self.unclear_part(position, file, &lacking) {
                return Presence::Unclear(item);
            }
            // Where only its video is known to be there, the still may lie elsewhere.
            if let Some(why) = lacking.iter().find_map(|wanted| self.unavailable(position, wanted.resource)) {
                return Presence::Unreadable(why);
            }
            let is_gone = |wanted: &Wanted| wanted.belongs(asset) && !lacking.contains(wanted);
            let gone = absent.into_iter().filter(is_gone).collect();
            return Presence::Held { file, rung, link, lacking, gone };
        }
        if let Some(why) = self.unread(position) {
            return Presence::Unreadable(why);
        }
        let was_there = |link: &Link| !link.placed.is_empty() && !self.is_there_without_its_half(position);
        let link = link.or_else(|| self.shown_by(position));
        if let Some((at, link)) = link.map(|at| (at, self.entry(at))).filter(|(_, link)| was_there(link)) {
            return match self.unclear.links.get(&link.id).copied().or_else(|| self.unclear(position)) {
                Some(item) => Presence::Unclear(item),
                None if self.changed.contains(&link.id) => Presence::Changed(at),
                None => Presence::Gone(at),
            };
        }
        match (self.unclear(position), link.filter(|at| self.entry(*at).elsewhere)) {
            (Some(item), _) => Presence::Unclear(item),
            (None, Some(at)) => Presence::FromElsewhere(Some(at)),
            (None, None) if link.is_none() && self.is_forgotten(position) => Presence::FromElsewhere(None),
            (None, None) => Presence::Absent,
        }
    }

    /// Whether a Photobridge brought it in before the memory was lost: it came from a folder, and nobody knows which.
    fn is_forgotten(&self, position: u32) -> bool {
        let asset = &self.sides.assets[position as usize];
        let is_before = |until: Timestamp| asset.added.is_some_and(|added| added < until);
        asset.by_photobridge && self.sides.memory.lost.is_some_and(is_before)
    }

    fn entry(&self, link: u32) -> &'a Link {
        &self.sides.memory.links()[link as usize]
    }

    /// The resources that stand for the asset: the version that is asked for first, then the other one.
    fn mains(&self, asset: &'a Asset) -> impl Iterator<Item = (u16, &'a Resource)> {
        let position = |wanted: &Resource| asset.resources.iter().position(|entry| std::ptr::eq(entry, wanted));
        let mut mains = [asset.primary(), asset.render()];
        if self.outward.export.edited == Edited::Current {
            mains.reverse();
        }
        mains.into_iter().flatten().filter_map(move |main| Some((position(main)? as u16, main)))
    }

    /// The other assets for which the same bytes stand: what the folder may have of one of them it has of all.
    fn equals(&self, position: u32) -> impl Iterator<Item = u32> + '_ {
        let standing = move |asset: u32| {
            let main = self.mains(&self.sides.assets[asset as usize]).next();
            main.into_iter().flat_map(move |(at, main)| self.identities(asset, at, main))
        };
        standing(position).flat_map(move |bytes| {
            let stands = move |other: &u32| standing(*other).any(|known| known == bytes);
            self.index.holders(bytes).filter(move |other| *other != position && stands(other))
        })
    }

    /// All fingerprints that a resource has or had.
    fn identities(&self, asset: u32, at: u16, resource: &Resource) -> impl Iterator<Item = Fingerprint> + use<> {
        let computed = match self.facts.resources.get(&ResourceRef { asset, resource: at }) {
            Some(Answer::Fingerprint(fingerprint)) => Some(*fingerprint),
            _ => None,
        };
        let made = self.facts.wholes.get(&ResourceRef { asset, resource: at }).copied().flatten();
        [computed, resource.fingerprint, resource.stale_fingerprint, made.map(|pair| pair.still)].into_iter().flatten()
    }

    /// The file in the folder with one of these bytes.
    fn file(&self, mut identities: impl Iterator<Item = Fingerprint>) -> Option<FileRef> {
        identities.find_map(|bytes| self.files.get(&bytes).copied())
    }

    /// The link of this asset: by its id, else by its bytes, as in a library that was rebuilt, else that of an equal one.
    fn link(&self, position: u32) -> Option<u32> {
        let asset = &self.sides.assets[position as usize];
        if let Some(at) = self.links.get(&asset.id) {
            return Some(*at);
        }
        let mut bytes = self.mains(asset).flat_map(|(at, main)| self.identities(position, at, main));
        let by_bytes = bytes.find_map(|bytes| self.sides.memory.position_of_bytes(&bytes)).map(|at| at as u32);
        let of = |other: u32| self.links.get(&self.sides.assets[other as usize].id).copied();
        by_bytes.or_else(|| self.equals(position).find_map(of))
    }

    /// The link of a file that showed the same as the asset, so that it was not exported.
    fn shown_by(&self, position: u32) -> Option<u32> {
        let mut bytes = self
            .mains(&self.sides.assets[position as usize])
            .flat_map(|(at, main)| self.identities(position, at, main));
        bytes.find_map(|bytes| self.sides.memory.position_of_shown(&bytes)).map(|at| at as u32)
    }

    /// Why the file that stands for the asset could not be read, where that had to be asked.
    fn unread(&self, position: u32) -> Option<Box<str>> {
        let asset = &self.sides.assets[position as usize];
        self.mains(asset).find_map(|(at, _)| self.unavailable(position, at))
    }

    fn unavailable(&self, asset: u32, resource: u16) -> Option<Box<str>> {
        match self.facts.resources.get(&ResourceRef { asset, resource }) {
            Some(Answer::Unavailable(why)) => Some(why.clone()),
            _ => None,
        }
    }

    /// The file that is this asset, and how that is known.
    fn holder(&self, position: u32, link: Option<u32>) -> Option<(FileRef, Rung)> {
        let asset = &self.sides.assets[position as usize];
        let by_bytes = self.mains(asset).find_map(|(at, main)| self.file(self.identities(position, at, main)));
        if let Some(file) = by_bytes {
            let rung = self.facts.bytes_of(file).map(|bytes| self.index.rung_of(position, bytes, self.facts)).min();
            return Some((file, rung.unwrap_or(Rung::Bytes)));
        }
        let Some((item, rung)) = self.other_bytes(position) else {
            // As a part of another photo, about which other things are written.
            let mut mains = self.mains(asset).map(|(resource, _)| ResourceRef { asset: position, resource });
            let part = mains.find_map(|main| Some((*self.parts.resources.get(&main)?, Rung::Picture)));
            // A version that went out lies there, whichever asset has its bytes now.
            return part.or_else(|| Some((self.carried(link?)?, Rung::Remembered)));
        };
        let file = FileRef { item, file: 0 };
        if is_shot(rung) && self.brings_a_half(position, item) {
            return None;
        }
        // What we carried is there, whatever became of the library's own.
        let is_ours = self.facts.file(file).is_some_and(|bytes| {
            let known = self.sides.memory.position_of_bytes(&bytes).map(|at| at as u32);
            known.filter(|at| Some(*at) == link).is_some_and(|at| self.was_carried(self.entry(at), &bytes))
        });
        Some((file, if is_ours && !rung.is_by_bytes() { Rung::Remembered } else { rung }))
    }

    /// The file in the folder with bytes of this link that a run carried.
    fn carried(&self, link: u32) -> Option<FileRef> {
        let carried = self.carried.get_or_init(|| {
            let file = |(bytes, file): (&Fingerprint, &FileRef)| {
                let at = self.sides.memory.position_of_bytes(bytes)? as u32;
                let stands_for_it = file.file == 0 && self.was_carried(self.entry(at), bytes);
                stands_for_it.then_some((at, *file))
            };
            let mut carried = FxHashMap::default();
            for (at, file) in self.files.iter().filter_map(file) {
                carried.entry(at).and_modify(|known: &mut FileRef| *known = file.min(*known)).or_insert(file);
            }
            carried
        });
        carried.get(&link).copied()
    }

    /// The item that was found to be this asset otherwise than by its bytes here, and how.
    fn other_bytes(&self, position: u32) -> Option<(u32, Rung)> {
        // Equal bytes are found by themselves, but that the same shot is there is known of one of them alone.
        let of_another = || self.equals(position).filter_map(|other| self.items[other as usize]);
        let found = self.items[position as usize].or_else(|| of_another().find(|(_, rung)| !rung.is_by_bytes()));
        found.or_else(|| self.alike.get(&position).copied())
    }

    /// Whether an asset has a movie that is asked for and the folder lacks, and nothing moves there.
    fn brings_a_half(&self, position: u32, item: u32) -> bool {
        use ResourceRole::{PairedVideo, RenderedPairedVideo};
        let asset = &self.sides.assets[position as usize];
        let is_movie =
            |wanted: &Wanted| !wanted.beside && matches!(wanted.role(asset), PairedVideo | RenderedPairedVideo);
        let is_lacking = |wanted: &Wanted| is_movie(wanted) && self.is_nowhere(position, wanted);
        !self.has_a_half(item)
            && (wanted(asset, self.outward.export.edited).iter().any(is_lacking) || self.brings_motion(position, item))
    }

    /// Whether a movie belongs to an item, or stands behind its picture.
    fn has_a_half(&self, item: u32) -> bool {
        let item = &self.sides.items[item as usize];
        let stands_behind = |header: &Header| header.motion.is_some() && header.truncated.is_none();
        item.file(ResourceRole::PairedVideo).is_some() || item.header().is_some_and(stands_behind)
    }

    /// Whether a movie stands behind the picture that is asked for, and none behind that of the item.
    fn brings_motion(&self, position: u32, item: u32) -> bool {
        let main = self.mains(&self.sides.assets[position as usize]).next();
        let asked = main.map(|(resource, _)| PictureOf::Resource(ResourceRef { asset: position, resource }));
        asked.and_then(|picture| self.facts.moves(picture)) == Some(true)
            && self.facts.moves(PictureOf::File(FileRef { item, file: 0 })) == Some(false)
    }

    /// Whether no file of the folder is this one, or can be: of bytes that nobody compared the number tells.
    fn is_nowhere(&self, position: u32, wanted: &Wanted) -> bool {
        let resource = &self.sides.assets[position as usize].resources[usize::from(wanted.resource)];
        if self.parts.resources.contains_key(&ResourceRef { asset: position, resource: wanted.resource }) {
            return false;
        }
        let mut bytes = self.identities(position, wanted.resource, resource).peekable();
        if bytes.peek().is_some() {
            return self.file(bytes).is_none();
        }
        let sizes = || originals(self.sides.items).map(|(.., file)| file.stamp.size).collect();
        resource.size.is_some_and(|size| !self.sizes.get_or_init(sizes).contains(&size))
    }

    /// Whether all that the folder has of an asset is its still in other bytes, and neither it nor its movie ever lay there:
    /// what is known of that still says nothing of the whole.
    fn is_there_without_its_half(&self, position: u32) -> bool {
        let is_half = |(item, rung)| is_shot(rung) && self.brings_a_half(position, item);
        let mut bytes = self
            .mains(&self.sides.assets[position as usize])
            .flat_map(|(at, main)| self.identities(position, at, main));
        self.other_bytes(position).is_some_and(is_half) && !bytes.any(|bytes| self.sides.memory.was_placed(&bytes))
    }

    /// Whether a movie whose bytes nobody can compare now may be what this motion photo would be made into: its length does not
    /// speak against it.
    fn may_stand_behind(&self, position: u32, file: FileRef, wanted: &Wanted) -> bool {
        let resource = &self.sides.assets[position as usize].resources[usize::from(wanted.resource)];
        let holder = &self.sides.items[file.item as usize].files[usize::from(file.file)];
        let Some([_, movie]) = pairs::sizes(holder).filter(|_| resource.role == ResourceRole::PairedVideo) else {
            return false;
        };
        let is_known = self.identities(position, wanted.resource, resource).next().is_some();
        !is_known && resource.size.is_none_or(|size| size == movie)
    }

    /// Whether the folder lacks a file that is asked for, where it has a picture of the asset in other bytes: what belongs to
    /// that is not there for it, nor is the edited version for the original, where both are asked for.
    fn is_absent_beside(&self, position: u32, file: FileRef, wanted: &Wanted) -> bool {
        let (asset, edited) = (&self.sides.assets[position as usize], self.outward.export.edited);
        let shown = shown(self.sides.assets, self.facts, position, file);
        match wanted.role(asset) {
            role if role.is_companion() => true,
            _ if shown.is_empty() => false,
            ResourceRole::RenderedPairedVideo => wanted.beside && !shown.contains(ResourceRole::RenderedPhoto),
            role => role.stands_for_its_asset() && !fills(shown, role, edited),
        }
    }

    /// Whether a run carried these bytes of the link, as opposed to finding the same shot in them.
    fn was_carried(&self, link: &Link, bytes: &Fingerprint) -> bool {
        match link.origin {
            Origin::Folder => true,
            Origin::Library => self.sides.memory.was_written(bytes),
            Origin::Both => false,
        }
    }

    /// Whether what stands for the asset was delivered.
    fn was_there(&self, position: u32, link: &Link) -> bool {
        let mut mains = self.mains(&self.sides.assets[position as usize]);
        mains.any(|(_, main)| fills(link.placed, main.role, self.outward.export.edited))
    }

    /// Whether what stands for the asset lies, or lay, in a folder that is none of this run's.
    fn was_elsewhere(&self, position: u32, link: &Link) -> bool {
        let mut mains = self.mains(&self.sides.assets[position as usize]);
        link.elsewhere && mains.any(|(_, main)| fills(link.apart, main.role, self.outward.export.edited))
    }

    /// Whether this file only belongs to the asset, with other things written about it.
    fn is_part(&self, position: u32, file: FileRef) -> bool {
        let resource = self.parts.files.get(&file).filter(|resource| resource.asset == position);
        let role = |resource: &ResourceRef| {
            self.sides.assets[position as usize].resources[usize::from(resource.resource)].role
        };
        resource.is_some_and(|resource| role(resource).is_companion())
    }

    /// Whether this file only belongs to the asset.
    fn belongs(&self, position: u32, file: FileRef) -> bool {
        let asset = &self.sides.assets[position as usize];
        let bytes = self.facts.file(file);
        let belongs = |(at, entry): (usize, &Resource)| {
            use ResourceRole::{AlternatePhoto, PairedVideo, RenderedPairedVideo};
            matches!(entry.role, PairedVideo | AlternatePhoto | RenderedPairedVideo)
                && self.identities(position, at as u16, entry).any(|known| Some(known) == bytes)
        };
        asset.resources.iter().enumerate().any(belongs)
    }
}

fn is_shot(rung: Rung) -> bool {
    matches!(rung, Rung::Shot | Rung::ShotByWords)
}
