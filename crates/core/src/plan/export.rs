//! Decides about every asset: whether it goes out, which of its files, and under which names.

mod companions;
mod equal;
mod held;
mod motion;
mod naming;
mod stem;

use std::path::PathBuf;
use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Promise, Rules};
use crate::asset::{Asset, AssetId, Resource, ResourceRef, Whereabouts};
use crate::export::{Range, Wanted, wanted};
use crate::fingerprint::Fingerprint;
use crate::folder::taken::Taken;
use crate::item::{FileRef, Item, Trouble};
use crate::matching::{Facts, Matched, Outward, Presence, Rung, Sides};
use crate::memory::{Decision, Edit, Link, Origin};
use crate::reason::{Reason, Way};
pub use naming::name_of;
use naming::safe_name;
use stem::Neighbours;

/// What is decided about one asset, or about one of its files that has another fate.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportVerdict {
    /// Position of the asset.
    pub asset: u32,
    /// Position of the resource of which it speaks, where that has another fate than its asset.
    pub resource: Option<u16>,
    /// What happens to it.
    pub fate: ExportFate,
    /// What decided, where something did.
    pub evidence: Option<Evidence>,
    /// The bytes that a person took in, of an asset that is carried because of that.
    pub taken_in: Option<Fingerprint>,
    /// Positions of companions that the folder lacks and that stay with it, each with the reason.
    pub stays: Box<[(u16, Reason)]>,
}

/// What happens to an asset.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportFate {
    /// It goes out.
    Export(Box<Outgoing>),
    /// It does not, for this reason.
    Skip(Reason),
    /// It cannot: what happened, in words for people.
    Fail(Box<str>),
}

/// What goes out of an asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The directory below the export folder.
    pub directory: PathBuf,
    /// The files, the one that stands for the asset first.
    pub files: Vec<OutgoingFile>,
    /// Of a Live Photo that goes as one file where it can: positions of the picture and of the movie among the files.
    pub motion: Vec<(usize, usize)>,
    /// Positions of resources that are asked for and not here, each with the reason.
    pub missing: Vec<(u16, Reason)>,
    /// Other names for files that we laid there before: so that they share one stem with these.
    pub renames: Vec<Rename>,
    /// The photo beside which they go has another stem, and keeps it.
    pub parted_from: Option<PathBuf>,
    /// In which state of editing the asset is, where the version that stands for it goes now.
    pub edit: Option<Edit>,
    /// The bytes that lie in the folder already, of which these are a part.
    pub beside: Option<Fingerprint>,
}

impl Outgoing {
    /// The bytes that go, as far as the library knows their number.
    pub fn size(&self, asset: &Asset) -> u64 {
        let resource = |file: &OutgoingFile| match file.payload {
            Payload::Resource(at) => asset.resources[usize::from(at)].size,
            Payload::Sidecar => None,
        };
        self.files.iter().filter_map(resource).sum()
    }

    /// The path below the export folder of the file that stands for the asset.
    pub fn path(&self) -> PathBuf {
        self.directory.join(self.files.first().map_or("", |file| &file.name))
    }
}

/// One file that goes out.
#[derive(Debug, Clone, PartialEq)]
pub struct OutgoingFile {
    /// What it holds.
    pub payload: Payload,
    /// Its name.
    pub name: String,
}

/// Another name for a file that we laid, in its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// Its name.
    pub from: String,
    /// Its new name, which nothing has.
    pub to: String,
    /// Its bytes, as we laid them.
    pub bytes: Fingerprint,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// The resource at this position.
    Resource(u16),
    /// What the library says of the photo, as XMP.
    Sidecar,
}

/// One verdict for every asset.
pub(super) fn verdicts(
    sides: Sides<'_>,
    outward: Outward<'_>,
    facts: &Facts,
    matched: &Matched,
    parted: &FxHashSet<Fingerprint>,
    rules: &Rules,
) -> Vec<ExportVerdict> {
    let mut exports = Exports {
        sides,
        outward,
        facts,
        parted,
        rules,
        taken: Taken::default(),
        neighbours: OnceLock::new(),
        renamed: FxHashSet::default(),
        ids: OnceLock::new(),
        held: OnceLock::new(),
        alone: OnceLock::new(),
    };
    let presences = matched.presences.par_iter().enumerate();
    let judged: Vec<Judged> = presences.map(|(asset, presence)| exports.judged(asset as u32, presence)).collect();
    let carriers = exports.carriers(&judged);
    // Most plans carry nothing, and then no name is asked for.
    if judged.iter().any(|judged| matches!(judged, Judged::Goes(_))) {
        exports.taken = taken(sides, outward);
    }
    let mut twins = Vec::new();
    let each = judged.into_iter().zip(0..).map(|(judged, asset)| exports.verdict(asset, judged, &carriers, &mut twins));
    let mut verdicts: Vec<ExportVerdict> = each.collect();
    exports.parts_of(twins, &mut verdicts);
    exports.tell_companions(matched, &mut verdicts);
    verdicts
}

/// The names that are taken in the export folder.
fn taken(sides: Sides<'_>, outward: Outward<'_>) -> Taken {
    let mut taken = Taken::default();
    let items = sides.items.iter().filter(|item| item.folder == outward.folder);
    for path in items.flat_map(|item| item.files.iter().map(|file| &file.path)).chain(outward.others) {
        taken.add(path);
    }
    taken
}

struct Exports<'a> {
    sides: Sides<'a>,
    outward: Outward<'a>,
    facts: &'a Facts,
    /// Bytes in the folder that become an asset of their own, though they were the same shot as another.
    parted: &'a FxHashSet<Fingerprint>,
    rules: &'a Rules,
    taken: Taken,
    /// What lies in the export folder, by stem; made when it is first asked for.
    neighbours: OnceLock<Neighbours<'a>>,
    /// The directory and stem of each photo that gets another stem in this plan.
    renamed: FxHashSet<PathBuf>,
    /// What the library holds; made when it is first asked for.
    ids: OnceLock<FxHashSet<&'a AssetId>>,
    /// The bytes of what it held at the baseline; made when they are first asked for.
    held: OnceLock<FxHashSet<Fingerprint>>,
    /// What lies alone in the export folder; made when it is first asked for.
    alone: OnceLock<FxHashMap<Fingerprint, Vec<u32>>>,
}

/// What speaks for or against an asset: nothing, then these go.
struct Finding {
    against: Vec<Reason>,
    evidence: Option<Evidence>,
    /// The item that holds the asset, where only what it lacks goes.
    beside: Option<u32>,
    /// What is said of the asset where nothing of it is left to go beside that item.
    held: Reason,
    files: Vec<Wanted>,
    /// Why nothing can be said, of bytes that could not be read.
    broken: Option<Box<str>>,
}

impl Finding {
    /// It lay in the folder, as this link tells, and is there no longer.
    fn gone(&mut self, link: &Link) {
        self.evidence = Some(Evidence::Link(link.id));
        self.against.push(if link.undone { Reason::Undone } else { Reason::DeletedInFolder });
    }
}

/// What is found of an asset, before equal ones and names are looked at.
enum Judged {
    Stays { fate: ExportFate, evidence: Option<Evidence> },
    Goes(Box<Going>),
}

struct Going {
    found: Finding,
    here: Vec<Wanted>,
    missing: Vec<(u16, Reason)>,
    /// The bytes that stand for it, where they are known.
    bytes: Option<Fingerprint>,
    taken_in: Option<Fingerprint>,
}

impl Exports<'_> {
    /// What speaks for and against an asset, and what a person said of it.
    fn judged(&self, position: u32, presence: &Presence) -> Judged {
        let asset = &self.sides.assets[position as usize];
        let mut found = self.judge(position, presence);
        let identity = self.identity(position);
        let decision = identity.and_then(|bytes| self.sides.memory.decision(&bytes));
        if decision == Some(Decision::LeaveOut) {
            found.against.push(if found.beside.is_some() { found.held } else { Reason::LeftOut });
        }
        self.leave_companions_out(position, &mut found);
        // A photo goes with a file of it that a person took in, where the folder has nothing of it; not one that they left out.
        let may_go_along = found.beside.is_none() && decision != Some(Decision::LeaveOut);
        let takes_part_in = || may_go_along && found.files.iter().any(|file| self.is_taken_in(position, file));
        let is_taken_in = (decision == Some(Decision::TakeIn) && !found.files.is_empty()) || takes_part_in();
        let overruled = |reason: &Reason| is_taken_in && reason.can_be_taken_in(Way::Export);
        let stays = |reason, evidence| Judged::Stays { fate: ExportFate::Skip(reason), evidence };
        if let Some(reason) = found.against.iter().find(|reason| !overruled(reason)) {
            return stays(*reason, found.evidence);
        }
        if let Some(why) = found.broken {
            return Judged::Stays { fate: ExportFate::Fail(why), evidence: found.evidence };
        }
        let (mut here, missing) = self.split(asset, &found.files);
        // Half an asset waits for the file that stands for it; where both versions are asked for, each stands for itself. Of
        // what lies in the folder already, a part is missing.
        if found.beside.is_none() && found.files.first() != here.first() {
            here.retain(|wanted| wanted.beside);
        }
        let stands_for_it = |wanted: &Wanted| is_main(&asset.resources[usize::from(wanted.resource)]);
        if here.is_empty() || (found.beside.is_none() && !stands_for_it(&here[0])) {
            let reason = if found.beside.is_some() { Reason::Incomplete } else { not_here(asset, missing.first()) };
            return stays(reason, found.evidence);
        }
        if safe_name(asset, &here[0]).extension.is_none() {
            return stays(Reason::NotSupported, None);
        }
        let is_new = |only: &Promise| here.iter().any(|wanted| !only.saw_resource(asset, wanted));
        if self.rules.only.as_ref().is_some_and(is_new) {
            return stays(Reason::ChangedSincePlanned, Some(Evidence::NewSinceYouLooked));
        }
        if let Some(why) = self.outward.unlisted.filter(|_| found.beside.is_none()) {
            return Judged::Stays { fate: ExportFate::Fail(may_lie_there(why)), evidence: found.evidence };
        }
        let fingerprint = |wanted: &Wanted| self.fingerprint(position, &asset.resources[usize::from(wanted.resource)]);
        let companion = || here.iter().find(|wanted| self.is_taken_in(position, wanted)).and_then(fingerprint);
        let taken_in = identity.filter(|_| decision == Some(Decision::TakeIn)).or_else(companion);
        // An edit that goes beside its original comes after it.
        let main = here.iter().find(|wanted| is_main(&asset.resources[usize::from(wanted.resource)]));
        let bytes = main.and_then(|main| self.fingerprint(position, &asset.resources[usize::from(main.resource)]));
        Judged::Goes(Box::new(Going { found, here, missing, bytes, taken_in }))
    }

    fn judge(&self, position: u32, presence: &Presence) -> Finding {
        let asset = &self.sides.assets[position as usize];
        let mut found = Finding {
            against: Vec::new(),
            evidence: None,
            beside: None,
            held: Reason::SameBytes,
            files: wanted(asset, self.outward.export.edited),
            broken: None,
        };
        if asset.standing.trashed {
            found.against.push(Reason::InTrash);
        }
        match presence {
            // It is a photo of its own now; of what lay there before the memory tells.
            Presence::Held { file, rung, link, .. } if rung.is_of_other_bytes() && self.is_parted(*file) => {
                let link = link.map(|at| &self.sides.memory.links()[at as usize]);
                // The copy may be all that ever lay there.
                let lay_there = self.identity(position).is_some_and(|bytes| self.sides.memory.was_placed(&bytes));
                if let Some(link) = link.filter(|link| !link.placed.is_empty() && lay_there) {
                    found.gone(link);
                }
            }
            Presence::Held { file, rung, link, lacking, .. } => {
                self.judge_held(position, (*file, *rung), *link, lacking, &mut found);
                return found;
            }
            Presence::Unreadable(why) => found.broken = Some(unread(why)),
            Presence::Gone(link) => {
                found.gone(&self.sides.memory.links()[*link as usize]);
            }
            Presence::Torn { link, item, lacking } => {
                found.gone(&self.sides.memory.links()[*link as usize]);
                (found.beside, found.files) = (Some(*item), lacking.clone());
            }
            Presence::FromElsewhere(link) => {
                let link = link.map(|at| &self.sides.memory.links()[at as usize]);
                found.evidence = link.map(|link| Evidence::Link(link.id));
                found.against.push(match link {
                    Some(link) if link.origin == Origin::Folder => Reason::ImportedByUs,
                    Some(link) if link.undone => Reason::Undone,
                    // Where the memory was lost, nobody knows which one.
                    Some(_) | None => Reason::InAnotherFolder,
                });
            }
            Presence::Changed(link) => {
                found.evidence = Some(Evidence::Link(self.sides.memory.links()[*link as usize].id));
                found.against.push(Reason::ChangedInFolder);
            }
            Presence::Begun(file) => {
                found.evidence = Some(Evidence::Whole(*file));
                found.against.push(Reason::Completed);
            }
            Presence::Unclear(item) => {
                found.evidence = Some(Evidence::Item(*item));
                found.against.push(unclear(&self.sides.items[*item as usize]));
            }
            Presence::Absent => {}
        }
        found.against.extend(self.outward.export.against(asset));
        if !self.is_reached(position) {
            found.against.push(Reason::BeforeBaseline);
        }
        found
    }

    /// Whether an asset is in the range that is asked for. Bytes that were held at the baseline are old, also where only the
    /// asset that held them tells them, and another one has them now.
    fn is_reached(&self, position: u32) -> bool {
        let (asset, bytes) = (&self.sides.assets[position as usize], self.identity(position));
        let export = self.outward.export;
        export.reaches(asset, bytes, &self.sides.memory.held)
            && !(export.range == Range::GoingForward && bytes.is_some_and(|bytes| self.held().contains(&bytes)))
    }

    /// The bytes of assets that the library held at the baseline.
    fn held(&self) -> &FxHashSet<Fingerprint> {
        self.held.get_or_init(|| {
            let Some(baseline) = self.outward.export.baseline else { return FxHashSet::default() };
            let was_held = |position: &u32| {
                let (asset, bytes) = (&self.sides.assets[*position as usize], self.identity(*position));
                self.sides.memory.held.holds(baseline, asset, bytes) == Some(true)
            };
            let held = (0..self.sides.assets.len() as u32).filter(was_held);
            held.filter_map(|position| self.identity(position)).collect()
        })
    }

    fn is_parted(&self, file: FileRef) -> bool {
        self.facts.file(file).is_some_and(|bytes| self.parted.contains(&bytes))
    }

    /// The fingerprint by which people speak of this asset.
    fn identity(&self, position: u32) -> Option<Fingerprint> {
        let asset = &self.sides.assets[position as usize];
        let primary = asset.primary()?;
        self.fingerprint(position, primary)
    }

    fn fingerprint(&self, position: u32, resource: &Resource) -> Option<Fingerprint> {
        let asset = &self.sides.assets[position as usize];
        let at = asset.resources.iter().position(|entry| std::ptr::eq(entry, resource))?;
        resource.fingerprint.or_else(|| self.facts.resource(ResourceRef { asset: position, resource: at as u16 }))
    }

    /// Whether a person took in this file that belongs to its asset.
    fn is_taken_in(&self, position: u32, wanted: &Wanted) -> bool {
        let asset = &self.sides.assets[position as usize];
        let resource = &asset.resources[usize::from(wanted.resource)];
        let bytes = self.fingerprint(position, resource).filter(|_| wanted.belongs(asset));
        bytes.and_then(|bytes| self.sides.memory.decision(&bytes)) == Some(Decision::TakeIn)
    }

    /// A companion that a person left out stays where it is; of what stands for the asset they are asked besides.
    fn leave_companions_out(&self, position: u32, found: &mut Finding) {
        let asset = &self.sides.assets[position as usize];
        let is_left_out = |file: &Wanted| {
            let bytes = self.fingerprint(position, &asset.resources[usize::from(file.resource)]);
            bytes.and_then(|bytes| self.sides.memory.decision(&bytes)) == Some(Decision::LeaveOut)
        };
        let is_beside = found.beside.is_some();
        let stands_for_it = found.files.first().filter(|_| !is_beside).copied();
        found.files.retain(|file| Some(*file) == stands_for_it || !is_left_out(file));
        if is_beside && found.files.is_empty() {
            found.against.push(found.held);
        }
    }

    fn edit(&self, position: u32) -> Edit {
        let asset = &self.sides.assets[position as usize];
        Edit::of(asset, asset.render().and_then(|render| self.fingerprint(position, render)))
    }

    /// What is here, and what is not with the reason.
    fn split(&self, asset: &Asset, files: &[Wanted]) -> (Vec<Wanted>, Vec<(u16, Reason)>) {
        let fetches = self.rules.library.fetches;
        let reason = |wanted: &Wanted| match asset.resources[usize::from(wanted.resource)].whereabouts {
            Whereabouts::Here => None,
            Whereabouts::Cloud => (!fetches).then_some(Reason::OnlyInICloud),
            Whereabouts::Missing => Some(Reason::OriginalMissing),
            Whereabouts::Unreachable => Some(Reason::ReferencedUnreachable),
            Whereabouts::Unread => Some(Reason::Unreadable),
        };
        let here = files.iter().filter(|wanted| reason(wanted).is_none()).copied().collect();
        let missing = files.iter().filter_map(|wanted| Some((wanted.resource, reason(wanted)?))).collect();
        (here, missing)
    }
}

impl ExportVerdict {
    pub(super) fn new(asset: u32, fate: ExportFate) -> Self {
        Self { asset, resource: None, fate, evidence: None, taken_in: None, stays: Box::default() }
    }

    /// Positions of the files of which it speaks: those that go, and those that stay with them or instead.
    pub fn files(&self, asset: &Asset) -> impl Iterator<Item = u16> {
        let of_out = |out: &Outgoing| {
            let goes = out.files.iter().filter_map(|file| match file.payload {
                Payload::Resource(at) => Some(at),
                Payload::Sidecar => None,
            });
            goes.chain(out.missing.iter().map(|(at, _)| *at)).collect::<Vec<_>>()
        };
        let of_asset = || asset.resources.iter().position(is_main).map(|at| vec![at as u16]).unwrap_or_default();
        let files = match (self.resource, self.outgoing()) {
            (Some(at), _) => vec![at],
            (None, Some(out)) => of_out(out),
            (None, None) => of_asset(),
        };
        files.into_iter().chain(self.stays.iter().map(|(at, _)| *at))
    }

    /// What goes out of the asset, if it goes.
    pub fn outgoing(&self) -> Option<&Outgoing> {
        match &self.fate {
            ExportFate::Export(outgoing) => Some(outgoing),
            ExportFate::Skip(_) | ExportFate::Fail(_) => None,
        }
    }
}

/// How it is said that the folder has a picture in other bytes.
fn same_in_other_bytes(rung: Rung) -> Option<Reason> {
    match rung {
        Rung::Bytes | Rung::Recorded | Rung::Remembered | Rung::SizeTimeAndName => None,
        Rung::Picture => Some(Reason::SamePicture),
        Rung::Shot | Rung::ShotByWords => Some(Reason::SameShot),
    }
}

/// Whether this resource stands for its asset.
fn is_main(resource: &Resource) -> bool {
    resource.role.stands_for_its_asset()
}

/// Why a file that cannot be read now keeps an asset where it is.
fn unclear(item: &Item) -> Reason {
    match item.files.iter().find_map(|file| file.trouble.as_ref()) {
        Some(Trouble::Settling) => Reason::Settling,
        Some(Trouble::OnlineOnly) => Reason::OnlineOnly,
        None => item.files.iter().find_map(|file| file.flaw()).unwrap_or(Reason::Unreadable),
        _ => Reason::Unreadable,
    }
}

fn unread(why: &str) -> Box<str> {
    format!("the library's file has the size of one in the folder, but could not be read to compare them: {why}").into()
}

fn may_lie_there(why: &str) -> Box<str> {
    format!("it may be in the folder already: {why}. Nothing was exported in its place; the next sync checks again")
        .into()
}

fn not_here(asset: &Asset, first: Option<&(u16, Reason)>) -> Reason {
    match first {
        Some((_, reason)) => *reason,
        None if asset.primary().is_none() => Reason::OriginalMissing,
        None => Reason::Incomplete,
    }
}
