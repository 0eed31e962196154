//! Decides. Pure: no file, no database, no clock but the instant it is given.
//!
//! Every item and every asset gets exactly one verdict, as far as the mode goes their way, and so does each companion that
//! has another fate than its item. Simulate shows the plan, sync applies that very value; nothing else decides.

mod edits;
mod export;
mod halves;
mod import;
mod late;
mod once;
mod promise;
mod twins;

pub use export::{ExportFate, ExportVerdict, Outgoing, OutgoingFile, Payload, Rename, name_of};

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::asset::{AssetId, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::{FileRef, Format, Item, ItemFile, Stamp};
use crate::library::Properties;
use crate::matching::{Facts, Matched, Rung, Sides};
use crate::memory::LinkId;
use crate::reason::Reason;
use crate::run::MotionPhotos;
use crate::telling::Telling;

/// Items that are decided about at once: until they stand in order their verdicts need the room three times.
const AT_ONCE: u32 = 8192;

/// What the settings say that a plan must know.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The run's clock.
    pub now: Timestamp,
    /// How long a file must have rested; zero switches every wait off.
    pub settle: Duration,
    /// How long half a Live Photo waits for the other.
    pub other_half: Duration,
    /// How long a new picture of an Apple device waits for iCloud to bring it.
    pub icloud: Duration,
    /// Whether photos of the folder go into the library.
    pub imports: bool,
    /// Whether files that come after their photo become a part of it, where the library can do that.
    pub joins: bool,
    /// What becomes of motion photos.
    pub motion_photos: MotionPhotos,
    /// What the library can do.
    pub library: Properties,
    /// Formats that it refuses.
    pub refuses: BTreeSet<Format>,
    /// A kept simulation: only what it planned too is carried.
    pub only: Option<Promise>,
}

/// What an earlier simulation planned, by the identity of each item.
#[derive(Debug, Clone, Default)]
pub struct Promise {
    /// Fingerprints of planned items whose bytes were read.
    pub fingerprints: HashSet<Fingerprint>,
    /// The state of the file of each planned verdict.
    pub stamps: HashSet<Stamp>,
    /// The states of the files that go with those.
    pub companions: HashSet<Stamp>,
    /// Assets and their resources that it planned to export.
    pub resources: HashSet<(AssetId, ResourceRole)>,
    /// The states of files that it left since another file of the folders goes in their place.
    pub beside_others: HashSet<Stamp>,
    /// Assets that it left since an equal one goes in their place.
    pub equal_assets: HashSet<AssetId>,
    /// How many items and assets it planned.
    pub planned: usize,
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// An asset: its position, and the rung of the ladder.
    Asset(u32, Rung),
    /// An asset that is only the beginning: its position.
    Beginning(u32),
    /// The file of which this asset is only the beginning.
    Whole(FileRef),
    /// A link.
    Link(LinkId),
    /// Another item: its position.
    Item(u32),
    /// Another file of the same item: its position there.
    Part(u16),
    /// The file that is this asset, and the rung of the ladder.
    Held(FileRef, Rung),
    /// The kept simulation that is honoured did not know this import.
    NewSinceYouLooked,
}

/// What happens to a file, or to a whole item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is imported: positions of the files that go, as one photo; none where a photo that is there is only told of.
    Import(Vec<u16>),
    /// It is not, for this reason.
    Skip(Reason),
    /// It cannot be: what happened, in words for people.
    Fail(Box<str>),
}

/// What is decided about one item, or about a companion that has another fate than its item.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Position of the item.
    pub item: u32,
    /// Position of the file within it: the primary, which speaks for the item, or a companion.
    pub file: u16,
    /// What happens to it.
    pub fate: Fate,
    /// What decided, where something did.
    pub evidence: Option<Evidence>,
    /// The bytes that a person took in, of what is carried because of that.
    pub taken_in: Option<Fingerprint>,
    /// Positions of companions that stay for the same reason.
    pub shared: Box<[u16]>,
    /// Of a companion that came after its photo: what it can become a part of, or becomes now.
    pub join: Option<Box<Join>>,
    /// It is a motion photo and goes in as a Live Photo: as two files that are made of it.
    pub as_live: bool,
    /// What its archive or a sidecar tells late of the photo that the library has of it.
    pub late: Option<Box<Late>>,
}

/// What is told of a photo after it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// The photo.
    pub photo: AssetId,
    /// What it lacks.
    pub telling: Telling,
    /// The library can take it. Then no file is imported, only this.
    pub now: bool,
}

/// A photo of the library of which a file that came later can become a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Join {
    /// The photo.
    pub photo: AssetId,
    /// Its name.
    pub name: Box<str>,
    /// The asset that is nothing but this file: there is none any more, once it is a part of the photo.
    pub alone: Option<AssetId>,
    /// Somebody, or the settings, said so.
    pub now: bool,
}

impl Verdict {
    fn new(item: u32, fate: Fate) -> Self {
        Self {
            item,
            file: 0,
            fate,
            evidence: None,
            taken_in: None,
            shared: Box::default(),
            join: None,
            as_live: false,
            late: None,
        }
    }

    /// What its file becomes a part of.
    pub fn joins(&self) -> Option<&Join> {
        self.join.as_deref().filter(|join| join.now && matches!(self.fate, Fate::Import(_)))
    }

    /// What a photo that is there gets told.
    pub fn tells(&self) -> Option<&Late> {
        self.late.as_deref().filter(|late| late.now && matches!(self.fate, Fate::Import(_)))
    }

    /// The file of which it speaks.
    pub fn file(&self) -> FileRef {
        FileRef { item: self.item, file: self.file }
    }

    /// The files of which it speaks, the one that stands for them first.
    pub fn files<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = &'a ItemFile> {
        let (first, rest) = match &self.fate {
            Fate::Import(files) => (None, &**files),
            Fate::Skip(_) | Fate::Fail(_) => (Some(self.file), &*self.shared),
        };
        first.into_iter().chain(rest.iter().copied()).map(|at| &item.files[usize::from(at)])
    }

    /// Their bytes.
    pub fn size(&self, item: &Item) -> u64 {
        self.files(item).map(|file| file.stamp.size).sum()
    }
}

/// What a run will do, and why it will not do the rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// One verdict for every item, each followed by those on its companions that have another fate; none where the mode
    /// does not import.
    pub verdicts: Vec<Verdict>,
    /// One verdict for every asset, in the order of the assets; none where the mode does not export.
    pub exports: Vec<ExportVerdict>,
}

impl Plan {
    /// The verdicts that import.
    pub fn imports(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| matches!(verdict.fate, Fate::Import(_)))
    }

    /// The verdicts that export, with what goes.
    pub fn departures(&self) -> impl Iterator<Item = (&ExportVerdict, &Outgoing)> {
        self.exports.iter().filter_map(|verdict| Some((verdict, verdict.outgoing()?)))
    }
}

impl Plan {
    /// The part of it that brings in what is asked for, and takes nothing out.
    pub fn inwards(&self, is_asked_for: impl Fn(u32) -> bool) -> Self {
        let is_part = |verdict: &&Verdict| !matches!(verdict.fate, Fate::Import(_)) || is_asked_for(verdict.item);
        Self { verdicts: self.verdicts.iter().filter(is_part).cloned().collect(), exports: Vec::new() }
    }
}

/// Decides about every item and every asset.
pub fn plan(sides: Sides<'_>, facts: &Facts, matched: &Matched, rules: &Rules) -> Plan {
    let items = if rules.imports { sides.items.len() as u32 } else { 0 };
    let habits = import::Habits::of(sides);
    let of_item = |item| import::verdicts(sides, facts, matched, rules, &habits, item);
    let mut verdicts = Vec::with_capacity(items as usize);
    for first in (0..items).step_by(AT_ONCE as usize) {
        let some = first..items.min(first + AT_ONCE);
        verdicts.par_extend(some.into_par_iter().flat_map_iter(of_item));
    }
    let verdicts = once::carry_equal_bytes_once(verdicts, sides.items, facts);
    let mut verdicts = twins::carry_one_of_each(verdicts, sides.items, &matched.twins, facts);
    join_once(&mut verdicts, sides.items);
    late::tell_once(&mut verdicts);
    let mut verdicts = edits::leave_beside_their_photos(verdicts, sides.items);
    halves::leave_other_movies(&mut verdicts, sides.items);
    let parted = parted(&verdicts, facts);
    let exports = sides.outward.map(|outward| export::verdicts(sides, outward, facts, matched, &parted, rules));
    let mut plan = Plan { verdicts, exports: exports.unwrap_or_default() };
    if let Some(only) = &rules.only {
        promise::keep(only, &mut plan, sides, facts);
    }
    plan
}

/// What is said of a file that describes a photo (a recipe, a sidecar), where the library has that without it, or gets it so.
fn of_known(role: ResourceRole) -> Option<Reason> {
    match role {
        ResourceRole::AdjustmentData => Some(Reason::RecipeOfKnown),
        ResourceRole::Sidecar => Some(Reason::WordsOfKnown),
        _ => None,
    }
}

/// Verdicts on what describes an item that stays, as another photo stands for it: these of its files.
fn words_of(item: u32, entry: &Item, files: impl IntoIterator<Item = u16>) -> Vec<Verdict> {
    let verdict = |at: u16| {
        let reason = of_known(entry.files[usize::from(at)].role)?;
        Some(Verdict { file: at, ..Verdict::new(item, Fate::Skip(reason)) })
    };
    files.into_iter().filter_map(verdict).collect()
}

/// A photo has one RAW, and one movie: of several that would become that the first does.
fn join_once(verdicts: &mut [Verdict], items: &[Item]) {
    let mut taken: FxHashSet<(AssetId, ResourceRole)> = FxHashSet::default();
    for verdict in verdicts.iter_mut().filter(|verdict| verdict.joins().is_some()) {
        let Some(join) = verdict.join.take() else { continue };
        let role = items[verdict.item as usize].files[usize::from(verdict.file)].role;
        if taken.insert((join.photo.clone(), role)) {
            verdict.join = Some(join);
        } else if join.alone.is_some() {
            verdict.fate = Fate::Skip(Reason::SameBytes);
        } else if role == ResourceRole::PairedVideo {
            verdict.fate = Fate::Skip(Reason::OtherHalfOfImported);
        }
    }
}

/// Bytes that go into the library although they are the same shot as an asset: they stand for that asset no longer.
fn parted(verdicts: &[Verdict], facts: &Facts) -> FxHashSet<Fingerprint> {
    let goes_itself = |verdict: &&Verdict| matches!(&verdict.fate, Fate::Import(files) if files.contains(&0));
    let is_the_shot =
        |verdict: &&Verdict| matches!(verdict.evidence, Some(Evidence::Asset(_, rung)) if rung.is_of_other_bytes());
    let parted = verdicts.iter().filter(goes_itself).filter(is_the_shot);
    parted.filter_map(|verdict| facts.file(FileRef { item: verdict.item, file: 0 })).collect()
}
