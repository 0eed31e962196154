//! Decides. Pure: no file, no database, no clock but the instant it is given.
//!
//! Every item and every asset gets exactly one verdict, as far as the mode goes their way. Simulate shows the plan, sync
//! applies that very value; nothing else decides.

mod export;

pub use export::{ExportFate, ExportVerdict, Outgoing, OutgoingFile, Payload};

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::asset::{Asset, AssetId, MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::folder::settle::changed_within;
use crate::item::{Item, ItemFile, Stamp, Trouble};
use crate::library::Properties;
use crate::matching::{Delivery, Facts, FileRef, Matched, Relation, Rung, Sides};
use crate::memory::{Decision, Link, LinkId, Origin};
use crate::reason::Reason;

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
    /// What the library can do.
    pub library: Properties,
    /// A kept simulation: only what it planned too is carried.
    pub only: Option<Promise>,
}

/// What an earlier simulation planned, by the identity of each item.
#[derive(Debug, Clone, Default)]
pub struct Promise {
    /// Fingerprints of planned items whose bytes were read.
    pub fingerprints: HashSet<Fingerprint>,
    /// The state of the primary file of planned items.
    pub stamps: HashSet<Stamp>,
    /// Assets and their resources that it planned to export.
    pub resources: HashSet<(AssetId, ResourceRole)>,
    /// How many items and assets it planned.
    pub planned: usize,
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// An asset: its position, and the rung of the ladder.
    Asset(u32, Rung),
    /// A link.
    Link(LinkId),
    /// Another item: its position.
    Item(u32),
    /// The file that is this asset, and the rung of the ladder.
    Held(FileRef, Rung),
    /// The kept simulation that is honoured did not know this import.
    NewSinceYouLooked,
}

/// What happens to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is imported: positions of the files that go.
    Import(Vec<u16>),
    /// It is not, for this reason.
    Skip(Reason),
    /// It cannot be: what happened, in words for people.
    Fail(Box<str>),
}

/// What is decided about one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Position of the item.
    pub item: u32,
    /// What happens to it.
    pub fate: Fate,
    /// What decided, where something did.
    pub evidence: Option<Evidence>,
    /// The bytes that a person took in, of an item that is carried because of that.
    pub taken_in: Option<Fingerprint>,
}

/// What a run will do, and why it will not do the rest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// One verdict for every item, in the order of the items; none where the mode does not import.
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

/// Decides about every item and every asset.
pub fn plan(sides: Sides<'_>, facts: &Facts, matched: &Matched, rules: &Rules) -> Plan {
    let items = if rules.imports { sides.items.len() as u32 } else { 0 };
    let mut verdicts: Vec<Verdict> =
        (0..items).into_par_iter().map(|item| verdict(sides, facts, matched, rules, item)).collect();
    carry_equal_bytes_once(&mut verdicts, sides.items, facts);
    let parted = parted(&verdicts, facts);
    let exports = sides.outward.map(|outward| export::verdicts(sides, outward, facts, matched, &parted, rules));
    Plan { verdicts, exports: exports.unwrap_or_default() }
}

/// Bytes that go into the library although they are the same shot as an asset: they stand for that asset no longer.
fn parted(verdicts: &[Verdict], facts: &Facts) -> FxHashSet<Fingerprint> {
    let goes_itself = |verdict: &&Verdict| matches!(&verdict.fate, Fate::Import(files) if files.contains(&0));
    let is_the_shot = |verdict: &&Verdict| matches!(verdict.evidence, Some(Evidence::Asset(_, Rung::Shot)));
    let parted = verdicts.iter().filter(goes_itself).filter(is_the_shot);
    parted.filter_map(|verdict| facts.file(FileRef { item: verdict.item, file: 0 })).collect()
}

fn verdict(sides: Sides<'_>, facts: &Facts, matched: &Matched, rules: &Rules, position: u32) -> Verdict {
    let item = &sides.items[position as usize];
    let relation = &matched.relations[position as usize];
    let fingerprint = facts.file(FileRef { item: position, file: 0 });
    let decision = fingerprint.and_then(|fingerprint| sides.memory.decision(&fingerprint));
    let (found, evidence) = judge(sides, item, relation, fingerprint, rules);
    let taken_in = match &found {
        Finding::Against(reason) if decision == Some(Decision::TakeIn) && reason.can_be_taken_in() => Some(*reason),
        _ => None,
    };
    let found = match (taken_in, found) {
        (Some(reason), _) => Finding::Carry(files_taken_in(item, relation, reason)),
        (None, Finding::Against(reason @ (Reason::ChangedInFolder | Reason::DeletedInPhotos))) => {
            // Only its JPEG was changed or deleted.
            match late_raws(item, position, matched) {
                raws if raws.is_empty() => Finding::Against(reason),
                raws => Finding::Carry(raws),
            }
        }
        (None, found) => found,
    };
    // A companion that the library holds (a RAW that came before its JPEG) does not go in twice; one that was deleted
    // there comes back only if a person takes its item in.
    let is_due = |file: &u16| match matched.delivered.get(&FileRef { item: position, file: *file }) {
        Some(Delivery::Here) => false,
        Some(Delivery::Deleted) => taken_in.is_some(),
        None => true,
    };
    let is_left_out = |file: &u16| {
        let bytes = facts.file(FileRef { item: position, file: *file });
        bytes.and_then(|bytes| sides.memory.decision(&bytes)) == Some(Decision::LeaveOut)
    };
    let fate = match found {
        Finding::Against(reason) => Fate::Skip(reason),
        Finding::Broken(why) => Fate::Fail(why),
        Finding::Carry(files) if is_left_out(&0) || files.iter().all(is_left_out) => Fate::Skip(Reason::LeftOut),
        // The settings speak last: no person's word reaches past a filter.
        Finding::Carry(_) if item.excluded => Fate::Skip(Reason::Excluded),
        Finding::Carry(files) => {
            carried(files.into_iter().filter(|file| is_due(file) && !is_left_out(file)).collect(), rules)
        }
    };
    let knows = |only: &Promise| only.knows(item, fingerprint);
    if matches!(fate, Fate::Import(_)) && !rules.only.as_ref().is_none_or(knows) {
        let fate = Fate::Skip(Reason::ChangedSincePlanned);
        return Verdict { item: position, fate, evidence: Some(Evidence::NewSinceYouLooked), taken_in: None };
    }
    // What a person took in is done with it once it goes, whether or not anything had to be overruled.
    let taken_in = fingerprint.filter(|_| decision == Some(Decision::TakeIn) && matches!(fate, Fate::Import(_)));
    Verdict { item: position, fate, evidence, taken_in }
}

impl Promise {
    fn knows(&self, item: &Item, fingerprint: Option<Fingerprint>) -> bool {
        let stamp = item.primary().stamp;
        fingerprint.is_some_and(|fingerprint| self.fingerprints.contains(&fingerprint)) || self.stamps.contains(&stamp)
    }
}

/// What speaks for or against an item before any person or filter is asked.
enum Finding {
    Carry(Vec<u16>),
    Against(Reason),
    Broken(Box<str>),
}

fn judge(
    sides: Sides<'_>,
    item: &Item,
    relation: &Relation,
    bytes: Option<Fingerprint>,
    rules: &Rules,
) -> (Finding, Option<Evidence>) {
    let went_out = |link: &Link| link.origin == Origin::Library && !link.placed.is_empty();
    let was_exported = || bytes.and_then(|bytes| sides.memory.by_fingerprint(&bytes)).is_some_and(went_out);
    let was_written = || bytes.is_some_and(|bytes| sides.memory.was_written(&bytes));
    let is_undone = |link: &LinkId| sides.memory.link(*link).is_some_and(|link| link.undone);
    if let Some(trouble) = &item.trouble {
        return (trouble_finding(trouble), None);
    }
    match relation {
        Relation::Unreadable(why) => (Finding::Broken(why.clone()), None),
        Relation::Held { asset, rung, lacking } => {
            let evidence = Some(Evidence::Asset(*asset, *rung));
            let asset = &sides.assets[*asset as usize];
            match held(asset, item, *rung, lacking) {
                Finding::Against(Reason::SameBytes) if was_exported() => {
                    (Finding::Against(Reason::ExportedByUs), evidence)
                }
                // What was edited in the folder is the same shot as what we exported, and not it.
                Finding::Against(Reason::SameShot) if was_written() => {
                    (Finding::Against(Reason::ExportedByUs), evidence)
                }
                found => (found, evidence),
            }
        }
        Relation::Gone(link) if is_undone(link) => (Finding::Against(Reason::Undone), Some(Evidence::Link(*link))),
        Relation::Gone(link) => (Finding::Against(Reason::DeletedInPhotos), Some(Evidence::Link(*link))),
        Relation::Changed(link) => (Finding::Against(Reason::ChangedInFolder), Some(Evidence::Link(*link))),
        Relation::HalfOf(link) => (other_half(item, rules), Some(Evidence::Link(*link))),
        Relation::HalfHeld(asset) => (other_half(item, rules), Some(Evidence::Asset(*asset, Rung::Bytes))),
        Relation::New => (waiting(item, rules), None),
    }
}

fn trouble_finding(trouble: &Trouble) -> Finding {
    match trouble {
        Trouble::Unreadable(why) => Finding::Broken(why.clone()),
        Trouble::Settling => Finding::Against(Reason::Settling),
        Trouble::OnlineOnly => Finding::Against(Reason::OnlineOnly),
        Trouble::Unsupported => Finding::Against(Reason::NotSupported),
    }
}

/// The library holds it; but perhaps not all of it. A RAW that came after its JPEG goes in as a photo of its own, since
/// Photos cannot add a file to an asset; a Live Photo's video would be a twin of the still, so a person decides.
fn held(asset: &Asset, item: &Item, rung: Rung, lacking: &[u16]) -> Finding {
    let lacks =
        |role: ResourceRole| lacking.iter().copied().filter(|at| item.files[*at as usize].role == role).collect();
    let raws: Vec<u16> = lacks(ResourceRole::AlternatePhoto);
    let videos: Vec<u16> = lacks(ResourceRole::PairedVideo);
    let flaw = |files: &[u16]| files.iter().find_map(|at| item.files[usize::from(*at)].flaw());
    match rung {
        _ if asset.standing.trashed => Finding::Against(Reason::DeletedInPhotos),
        _ if !raws.is_empty() => flaw(&raws).map_or(Finding::Carry(raws), Finding::Against),
        Rung::Shot => Finding::Against(Reason::SameShot),
        Rung::Bytes | Rung::SizeTimeAndName if !videos.is_empty() => Finding::Against(Reason::OtherHalfOfImported),
        Rung::Bytes => Finding::Against(Reason::SameBytes),
        Rung::SizeTimeAndName => Finding::Against(Reason::SameSizeTimeAndName),
    }
}

/// The other half of a Live Photo went in without this one. A video would be a twin of its still, so a person decides; the
/// still is the photo itself, and goes in without the video that is there.
fn other_half(item: &Item, rules: &Rules) -> Finding {
    if item.kind == MediaKind::Video {
        return Finding::Against(Reason::OtherHalfOfImported);
    }
    let goes = |at: &u16| item.files[usize::from(*at)].role != ResourceRole::PairedVideo;
    match waiting(item, rules) {
        Finding::Carry(files) => Finding::Carry(files.into_iter().filter(goes).collect()),
        found => found,
    }
}

/// Nothing on the other side answers: is it time to carry it?
fn waiting(item: &Item, rules: &Rules) -> Finding {
    let header = item.header();
    if let Some(flaw) = item.files.iter().find_map(|file| file.flaw()) {
        return Finding::Against(flaw);
    }
    if !rules.settle.is_zero() {
        let is_half = header.is_some_and(|header| header.content_identifier.is_some())
            && item.file(ResourceRole::PairedVideo).is_none();
        if is_half && changed_within(&item.primary().stamp, rules.now, rules.other_half) {
            return Finding::Against(Reason::OtherHalf);
        }
        if rules.library.fed_by_icloud && is_fresh_from_apple(item, rules) {
            return Finding::Against(Reason::AwaitingICloud);
        }
    }
    Finding::Carry((0..item.files.len() as u16).collect())
}

fn is_fresh_from_apple(item: &Item, rules: &Rules) -> bool {
    let Some(header) = item.header().filter(|header| header.is_from_apple()) else { return false };
    let Some(taken) = header.captured.and_then(|(time, _)| time.instant_or_wall()) else { return false };
    rules.now.duration_since(taken).unsigned_abs() < rules.icloud
}

/// The RAW files of an item that the library never had: they go in as photos of their own, whatever became of the JPEG.
fn late_raws(item: &Item, position: u32, matched: &Matched) -> Vec<u16> {
    let is_late = |(at, file): &(usize, &ItemFile)| {
        let known = FileRef { item: position, file: *at as u16 };
        file.role == ResourceRole::AlternatePhoto && file.flaw().is_none() && !matched.delivered.contains_key(&known)
    };
    item.files.iter().enumerate().filter(is_late).map(|(at, _)| at as u16).collect()
}

/// Which files go when a person takes an item in: the late half of a Live Photo, else all.
fn files_taken_in(item: &Item, relation: &Relation, reason: Reason) -> Vec<u16> {
    match relation {
        Relation::Held { lacking, .. } if reason == Reason::OtherHalfOfImported => lacking.clone(),
        _ => (0..item.files.len() as u16).collect(),
    }
}

fn carried(files: Vec<u16>, rules: &Rules) -> Fate {
    if rules.library.writable { Fate::Import(files) } else { Fate::Skip(Reason::ReadOnly) }
}

/// Equal bytes are carried once. The item with the most files goes first, so that a copy of its still alone does not
/// leave the rest for the next run; then the smallest path.
fn carry_equal_bytes_once(verdicts: &mut [Verdict], items: &[Item], facts: &Facts) {
    // What nothing else resembles was not read, and equals nothing.
    let is_read = |item: u32, files: &[u16]| files.iter().any(|at| facts.file(FileRef { item, file: *at }).is_some());
    let mut imports: Vec<(Vec<u16>, u32)> = (verdicts.iter())
        .filter_map(|verdict| match &verdict.fate {
            Fate::Import(files) if is_read(verdict.item, files) => Some((files.clone(), verdict.item)),
            _ => None,
        })
        .collect();
    imports.sort_by(|(a_files, a), (b_files, b)| {
        let originals = |item: &Item, files: &[u16]| {
            files.iter().filter(|at| item.files[usize::from(**at)].role.is_original()).count()
        };
        let (a, b) = (&items[*a as usize], &items[*b as usize]);
        (originals(b, b_files).cmp(&originals(a, a_files)))
            .then_with(|| (a.path().as_os_str(), a.folder).cmp(&(b.path().as_os_str(), b.folder)))
    });
    let mut carried: FxHashMap<Fingerprint, u32> = FxHashMap::default();
    for (files, item) in imports {
        let bytes = |at: &u16| facts.file(FileRef { item, file: *at });
        let twin = files.first().and_then(bytes).and_then(|lead| carried.get(&lead).copied());
        let Some(twin) = twin else {
            // A Live Photo that shares its video with another goes with its own still.
            let is_due = |at: &u16| bytes(at).is_none_or(|known| !carried.contains_key(&known));
            let due: Vec<u16> = files.into_iter().filter(is_due).collect();
            carried.extend(due.iter().filter_map(bytes).map(|known| (known, item)));
            verdicts[item as usize].fate = Fate::Import(due);
            continue;
        };
        // A RAW that only this copy has goes alone, as it would in the next run.
        let is_raw =
            |item: u32, at: &u16| items[item as usize].files[usize::from(*at)].role == ResourceRole::AlternatePhoto;
        let is_own_raw = |at: &u16| is_raw(item, at) && bytes(at).is_none_or(|raw| !carried.contains_key(&raw));
        let has_raw = match &verdicts[twin as usize].fate {
            Fate::Import(files) => files.iter().any(|at| is_raw(twin, at)),
            _ => false,
        };
        let rest: Vec<u16> = files[1..].iter().copied().filter(|at| !has_raw && is_own_raw(at)).collect();
        let verdict = &mut verdicts[item as usize];
        if rest.is_empty() {
            verdict.fate = Fate::Skip(Reason::SameBytesAs);
            verdict.evidence = Some(Evidence::Item(twin));
        } else {
            carried.extend(rest.iter().filter_map(bytes).map(|known| (known, item)));
            verdict.fate = Fate::Import(rest);
        }
    }
}
