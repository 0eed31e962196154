//! Says what is the same on both sides. Pure: no file, no database, no clock.
//!
//! Matching is resumable, so that bytes are read only where they decide: it either answers, or asks questions that
//! [`crate::sync`] answers into [`Facts`] before it calls again. A file whose size nobody else has is never asked for.

mod alike;
mod beginnings;
mod fractions;
mod index;
mod open;
mod pairs;
mod parts;
mod presence;
mod questions;
mod recipes;
mod rungs;
mod seconds;
mod undated;
mod words;

use std::path::PathBuf;

use photobridge_media::{PictureDigest, Seen};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::asset::{Asset, Resource, ResourceRef, ResourceRole};
use crate::export::{Export, Wanted};
use crate::fingerprint::{Fingerprint, PairIdentity};
use crate::folder::names::stands_for;
use crate::item::{FileRef, FolderId, Item, ItemFile};
use crate::library::Album;
use crate::memory::{Decision, LinkId, Memory, Roles};
use alike::{Alike, Decided};
use beginnings::Begun;
pub(crate) use index::carrying_rank;
use index::{Index, originals};
pub(crate) use pairs::sizes as sizes_as_live;
use parts::Parts;
use presence::Near;
pub use presence::shown_by_others;

/// How often [`compare`] may ask before it must answer.
pub const ROUNDS: usize = 6;

/// The picture in a file of either side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PictureOf {
    /// In the folder.
    File(FileRef),
    /// In the library.
    Resource(ResourceRef),
}

/// A file of the folder and one of the library of which the shorter one may be the beginning of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Beginning {
    /// That of the folder.
    pub file: FileRef,
    /// That of the library.
    pub resource: ResourceRef,
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
    /// Whether a file of the library is the beginning of one of the folder; no, where its bytes are not here. Why that
    /// cannot be told now, where they could not be read.
    pub beginnings: FxHashMap<Beginning, Result<bool, Box<str>>>,
    /// Coded pictures by their digests; nothing of what cannot be read or taken apart.
    pub pictures: FxHashMap<PictureOf, Option<PictureDigest>>,
    /// What pictures show; nothing of those that cannot be looked at.
    pub looks: FxHashMap<PictureOf, Option<Seen>>,
    /// Why pictures could not be read just now, in words for people.
    pub unseen: FxHashMap<PictureOf, Box<str>>,
    /// Assets that were asked for their files.
    pub asked: FxHashSet<u32>,
    /// What motion photos would be as Live Photos; nothing of those that can be none.
    pub pairs: FxHashMap<FileRef, Option<PairIdentity>>,
    /// The same of files of the library.
    pub wholes: FxHashMap<ResourceRef, Option<PairIdentity>>,
}

impl Facts {
    /// The fingerprint of a file, if known.
    pub fn file(&self, file: FileRef) -> Option<Fingerprint> {
        match self.files.get(&file)? {
            Answer::Fingerprint(fingerprint) => Some(*fingerprint),
            Answer::Unavailable(_) => None,
        }
    }

    /// The fingerprint of a resource for which the library stores none, if it was computed.
    pub fn resource(&self, resource: ResourceRef) -> Option<Fingerprint> {
        match self.resources.get(&resource)? {
            Answer::Fingerprint(fingerprint) => Some(*fingerprint),
            Answer::Unavailable(_) => None,
        }
    }

    /// The digest of a coded picture, if known.
    pub fn picture(&self, picture: PictureOf) -> Option<PictureDigest> {
        self.pictures.get(&picture).copied().flatten()
    }

    /// The bytes by which the library may have a file that stands for a photo: its own, and those of the still that it would be.
    pub fn bytes_of(&self, file: FileRef) -> impl Iterator<Item = Fingerprint> + Clone {
        [self.file(file), self.pair(file).map(|pair| pair.still)].into_iter().flatten()
    }

    /// What a file would be as a Live Photo, of a motion photo of which that was asked.
    pub fn pair(&self, file: FileRef) -> Option<PairIdentity> {
        self.pairs.get(&file).copied().flatten()
    }

    /// What files of an asset would be as Live Photos, of motion photos of which that was asked.
    fn wholes_of(&self, asset: u32, entry: &Asset) -> impl Iterator<Item = PairIdentity> {
        let all = if self.wholes.is_empty() { 0 } else { entry.resources.len() as u16 };
        (0..all).filter_map(move |resource| self.whole(ResourceRef { asset, resource }))
    }

    /// What a file of the library would be as a Live Photo.
    fn whole(&self, resource: ResourceRef) -> Option<PairIdentity> {
        self.wholes.get(&resource).copied().flatten()
    }

    /// Whether a movie stands behind a picture, where that was looked at and can be told.
    pub fn moves(&self, picture: PictureOf) -> Option<bool> {
        self.look(picture)?.moves
    }

    /// What a picture shows, if it was looked at.
    pub fn look(&self, picture: PictureOf) -> Option<&Seen> {
        self.looks.get(&picture)?.as_ref()
    }
}

/// What must be read before matching can answer. Each is asked once.
#[derive(Debug, Default, PartialEq)]
pub struct Questions {
    /// Assets whose files decide and are not told yet.
    pub assets: Vec<u32>,
    /// Files whose fingerprint decides.
    pub files: Vec<FileRef>,
    /// Resources whose fingerprint decides.
    pub resources: Vec<ResourceRef>,
    /// Motion photos of which it decides what they would be as Live Photos.
    pub pairs: Vec<FileRef>,
    /// Files of the library of which the same decides.
    pub wholes: Vec<ResourceRef>,
    /// Files of which it decides whether they begin as one of the library does, byte by byte to its end.
    pub beginnings: Vec<Beginning>,
    /// Pictures whose digest decides.
    pub pictures: Vec<PictureOf>,
    /// Pictures that must be looked at.
    pub looks: Vec<PictureOf>,
}

impl Questions {
    fn is_empty(&self) -> bool {
        !self.ask_for_bytes() && self.beginnings.is_empty() && self.pictures.is_empty() && self.looks.is_empty()
    }

    /// Whether something must be listed or read to be compared byte by byte.
    pub(crate) fn ask_for_bytes(&self) -> bool {
        let files = self.files.is_empty() && self.pairs.is_empty();
        !(self.assets.is_empty() && files && self.resources.is_empty() && self.wholes.is_empty())
    }
}

/// Which rung of the ladder decided, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rung {
    /// The same bytes.
    Bytes,
    /// The same bytes by what the library wrote down of its original, whose file has others now.
    Recorded,
    /// The same when they were last compared; what the library has of it now cannot be.
    Remembered,
    /// The same size, capture time and name, where bytes cannot be compared.
    SizeTimeAndName,
    /// The same coded picture, about which other things are written.
    Picture,
    /// The same shot: words made it likely, and both show the same.
    Shot,
    /// The same shot by words alone, as no picture of one of them can be looked at.
    ShotByWords,
}

impl Rung {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Bytes,
        Self::Recorded,
        Self::Remembered,
        Self::SizeTimeAndName,
        Self::Picture,
        Self::Shot,
        Self::ShotByWords,
    ];

    /// Whether it is known by its bytes, now or from before.
    pub fn is_by_bytes(self) -> bool {
        matches!(self, Self::Bytes | Self::Recorded | Self::Remembered)
    }

    /// Whether both have the picture, and not the same file.
    pub fn is_of_other_bytes(self) -> bool {
        matches!(self, Self::Picture | Self::Shot | Self::ShotByWords)
    }
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
    },
    /// The memory knows its bytes, or what lay at its path, or the library held the same picture of another file; it holds none
    /// of that any longer.
    Gone(LinkId),
    /// The library holds only its beginning, which came in before the rest of it had arrived.
    Begun {
        /// Position of the asset.
        asset: u32,
    },
    /// The memory knows its path and moment with other bytes.
    Changed(LinkId),
    /// The memory knows the still of the Live Photo to which this video belongs.
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
    /// What is asked of the way from the library to the folder; nothing where none goes out.
    pub outward: Option<Outward<'a>>,
    /// The albums of the library.
    pub albums: &'a [Album],
    /// Whether the library fetches bytes that are only in iCloud, so that they can be compared where they must.
    pub fetches: bool,
}

/// The way from the library to the folder.
#[derive(Debug, Clone, Copy)]
pub struct Outward<'a> {
    /// The folder that exports go to.
    pub folder: FolderId,
    /// What lies there besides items, as paths below it: names that are taken.
    pub others: &'a [PathBuf],
    /// Why some of what lies in the folders of the run is unknown, so that any photo may lie there.
    pub unlisted: Option<&'a str>,
    /// Whether files there keep the names that they have.
    pub keeps_names: bool,
    /// What is asked.
    pub export: &'a Export,
}

/// What an asset is to the folder and to the memory.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// Nothing there answers to it.
    Absent,
    /// The folder holds it.
    Held {
        /// The file that stands for it there.
        file: FileRef,
        /// How that is known.
        rung: Rung,
        /// Position of its link in the memory, if it has one.
        link: Option<u32>,
        /// Positions of resources that are asked for, are not in the folder and were never delivered there.
        lacking: Vec<Wanted>,
        /// Companions that are asked for, are not in the folder and do not follow.
        gone: Box<[Wanted]>,
    },
    /// It lay in the folder and is there no longer: the position of its link.
    Gone(u32),
    /// It lies, or lay, in a folder that this run does not look at: the position of its link, where it is remembered.
    FromElsewhere(Option<u32>),
    /// The file that stood for it is there no longer, and what belongs to it is.
    Torn {
        /// Position of its link.
        link: u32,
        /// Position of the item that is left.
        item: u32,
        /// What is asked for and not there.
        lacking: Vec<Wanted>,
    },
    /// It is only the beginning of this file.
    Begun(FileRef),
    /// It lies in the folder with other bytes: the position of its link.
    Changed(u32),
    /// This item, whose bytes cannot be read now, may be it.
    Unclear(u32),
    /// Its own bytes, which were asked for, could not be read.
    Unreadable(Box<str>),
}

/// The answer: one relation for every item, in the order of the items.
#[derive(Debug, Default)]
pub struct Matched {
    /// By item.
    pub relations: Vec<Relation>,
    /// By asset, where photos go out.
    pub presences: Vec<Presence>,
    /// Companions that the library does not have for certain, none of those that it has; of primary files those that it lost.
    pub absent: FxHashMap<FileRef, Absence>,
    /// Files that are a part of a photo, here or in the library, and the file there that is the same coded picture.
    pub parts: FxHashMap<FileRef, ResourceRef>,
    /// Companions that an asset of their own is, apart from the photo to which they belong: its position.
    pub alone: FxHashMap<FileRef, u32>,
    /// By asset, an item that shows the same without being it by its bytes, and how that is known.
    pub alike: FxHashMap<u32, (u32, Rung)>,
    /// New items that show the same as each other, in groups.
    pub twins: Vec<Vec<u32>>,
}

/// The position of the link whose photo lay where this file lies, or where that would lie for which it stands in.
pub(crate) fn position_of_file(memory: &Memory, folder: FolderId, file: &ItemFile) -> Option<usize> {
    memory.position_of_path(folder, &file.path).or_else(|| {
        let name = file.name().to_string_lossy();
        let own = stands_for(&name);
        // Most stand for nothing but themselves.
        (own.len() < name.len()).then(|| memory.position_of_path(folder, &file.path.with_file_name(own)))?
    })
}

/// What these bytes are to the asset at this position: in the folder an edited version is a photo like any other.
pub(crate) fn role_of(assets: &[Asset], facts: &Facts, asset: u32, bytes: Fingerprint) -> Option<ResourceRole> {
    let of_whole = || {
        facts.wholes_of(asset, &assets[asset as usize]).find_map(|pair| match bytes {
            bytes if bytes == pair.still => Some(ResourceRole::Photo),
            bytes => (bytes == pair.movie).then_some(ResourceRole::PairedVideo),
        })
    };
    with_bytes(assets, facts, asset, bytes).next().map(|entry| entry.role).or_else(of_whole)
}

/// Which of the pictures that can stand for the asset at this position a file of the folder shows: that of its bytes, else
/// that with its coded picture, else those that look like it. None where nothing tells.
pub(crate) fn shown(assets: &[Asset], facts: &Facts, asset: u32, file: FileRef) -> Roles {
    let entry = &assets[asset as usize];
    let mains = || {
        let all = entry.resources.iter().zip(0..).filter(|(resource, _)| resource.role.stands_for_its_asset());
        all.map(|(resource, at)| (resource, ResourceRef { asset, resource: at }))
    };
    let bytes = facts.bytes_of(file);
    let has_bytes = |resource: &Resource, at| {
        let known = [resource.fingerprint, resource.stale_fingerprint, facts.resource(at)];
        bytes.clone().any(|bytes| known.contains(&Some(bytes)))
    };
    let coded = facts.picture(PictureOf::File(file));
    let has_picture = |at| coded.is_some() && facts.picture(PictureOf::Resource(at)) == coded;
    let look = facts.look(PictureOf::File(file));
    let looks_alike = |at| {
        look.zip(facts.look(PictureOf::Resource(at)))
            .is_some_and(|(one, other)| one.shows_the_same(other) == Some(true))
    };
    let roles = |is_it: &dyn Fn(&Resource, ResourceRef) -> bool| {
        let mut roles = Roles::default();
        mains().filter(|(resource, at)| is_it(resource, *at)).for_each(|(resource, _)| roles.insert(resource.role));
        Some(roles).filter(|roles| !roles.is_empty())
    };
    let by_picture = || roles(&|_, at| has_picture(at));
    roles(&has_bytes).or_else(by_picture).or_else(|| roles(&|_, at| looks_alike(at))).unwrap_or_default()
}

/// The files of the asset at this position that have or had these bytes.
fn with_bytes<'a>(
    assets: &'a [Asset],
    facts: &'a Facts,
    asset: u32,
    bytes: Fingerprint,
) -> impl Iterator<Item = &'a Resource> {
    let has = move |(at, entry): &(usize, &Resource)| {
        let computed = facts.resource(ResourceRef { asset, resource: *at as u16 });
        [entry.fingerprint, entry.stale_fingerprint, computed].contains(&Some(bytes))
    };
    assets[asset as usize].resources.iter().enumerate().filter(has).map(|(_, entry)| entry)
}

/// Whether a companion may be what the asset at this position has in its place: nobody knows those bytes, and their number
/// does not speak against it.
pub(crate) fn may_be_its(assets: &[Asset], facts: &Facts, asset: u32, file: &ItemFile) -> bool {
    use ResourceRole::{PairedVideo, RenderedPairedVideo};
    let takes_its_place = |role| role == file.role || (role, file.role) == (RenderedPairedVideo, PairedVideo);
    let may_be = |(at, entry): (usize, &Resource)| {
        let known = entry.fingerprint.or_else(|| facts.resource(ResourceRef { asset, resource: at as u16 }));
        takes_its_place(entry.role) && known.is_none() && entry.size.is_none_or(|size| size == file.stamp.size)
    };
    let entry = &assets[asset as usize];
    !entry.is_listed() || entry.resources.iter().enumerate().any(may_be)
}

/// How the library lacks a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Absence {
    /// No asset has these bytes, whatever else it has in their place, and nothing is remembered of them.
    Lacking,
    /// The movie of a Live Photo whose still the library holds: its bytes are there, and not with the still.
    Apart,
    /// They lie in the library's trash, or only this link remembers them: they were deleted in Photos.
    Deleted(Option<LinkId>),
    /// What the library has in its place cannot be compared, and its length does not speak against it.
    Unproven,
    /// The library lists them, and has lost its file: this may be the last one.
    Lost,
    /// This file of the library is the same coded picture or movie, about which other things are written.
    SamePicture(ResourceRef),
    /// Nobody can tell now: why, in words for people.
    Unread(Box<str>),
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
    let questions = if last_round { Questions::default() } else { questions::questions(sides, facts) };
    if !questions.is_empty() {
        return Outcome::Questions(questions);
    }
    let index = Index::new(sides, facts);
    let items = (0..sides.items.len() as u32).into_par_iter();
    let mut relations: Vec<Relation> = items.map(|item| index.relation(item, facts)).collect();
    rungs::same_size_time_and_name(sides, &index, &mut relations);
    let candidates = beginnings::candidates(&index, &relations);
    let beginnings: Vec<Beginning> =
        candidates.iter().filter(|candidate| !facts.beginnings.contains_key(candidate)).copied().collect();
    if !last_round && !beginnings.is_empty() {
        return Outcome::Questions(Questions { beginnings, ..Questions::default() });
    }
    let Begun { by_files: begun, cut } = beginnings::decide(&candidates, sides, facts, &mut relations);
    let (alike, parts) =
        rayon::join(|| Alike::new(&index, facts, &relations), || Parts::new(&index, facts, &relations));
    let questions = if last_round { Questions::default() } else { alike.questions(&parts, facts) };
    if !questions.is_empty() {
        return Outcome::Questions(questions);
    }
    let mut decided = alike.decide(facts, &mut relations);
    decided.unclear.extend(cut);
    let parts = parts.decide(facts, &mut relations);
    rungs::copies(sides, &index, facts, &mut relations);
    let near = Near { alike: &decided.items, unclear: &decided.unclear, begun: &begun, parts: &parts };
    let presences = || sides.outward.map(|outward| presence::presences(&index, outward, facts, &relations, &near));
    let (presences, (mut absent, alone)) = rayon::join(presences, || companions(&index, facts, &relations));
    alike.tell_companions(facts, &mut absent);
    parts.tell(&index, &mut absent);
    let presences = presences.unwrap_or_default();
    let Decided { items: alike, twins, .. } = decided;
    Outcome::Matched(Matched { relations, presences, absent, parts: parts.files, alone, alike, twins })
}

/// How the library lacks files, and the assets that companions are apart from their photo.
fn companions<'a>(
    index: &'a Index<'a>,
    facts: &'a Facts,
    relations: &'a [Relation],
) -> (FxHashMap<FileRef, Absence>, FxHashMap<FileRef, u32>) {
    let originals = || originals(index.sides.items).map(|(file, ..)| (file, &relations[file.item as usize]));
    let absent = originals().filter_map(|(file, relation)| Some((file, index.absence(file, relation, facts)?)));
    let absent = recipes::lacking(index, facts, relations).chain(absent).collect();
    let companions = originals().filter(|(file, _)| file.file > 0);
    let alone = companions.filter_map(|(file, relation)| Some((file, index.alone(file, relation, facts)?))).collect();
    (absent, alone)
}

/// Whether the primary file of this item can be trusted to be whole and worth reading.
fn is_readable(item: &Item) -> bool {
    item.primary().is_readable()
}

/// Whether a person took the bytes of this file in, as they are.
fn is_taken_in(sides: Sides<'_>, facts: &Facts, file: FileRef) -> bool {
    facts.file(file).is_some_and(|bytes| sides.memory.decision(&bytes) == Some(Decision::TakeIn))
}

/// Whether a file stands for a picture, as opposed to a sidecar.
fn is_original(file: &ItemFile) -> bool {
    file.role.is_original()
}
