//! Decides about every asset: whether it goes out, which of its files, and under which names.

mod companions;
mod naming;

use std::path::PathBuf;
use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Promise, Rules};
use crate::asset::{Asset, AssetId, Resource, ResourceRef, ResourceRole, Whereabouts};
use crate::export::{Edited, Wanted, wanted};
use crate::fingerprint::Fingerprint;
use crate::folder::names;
use crate::folder::taken::Taken;
use crate::item::{FileRef, Item, Trouble};
use crate::matching::{Facts, Matched, Outward, Presence, Rung, Sides, carrying_rank, role_of};
use crate::memory::{Decision, Edit, Link, Origin};
use crate::reason::{Reason, Way};
pub use naming::name_of;
use naming::safe_name;

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
    /// Positions of resources that are asked for and not here, each with the reason.
    pub missing: Vec<(u16, Reason)>,
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
    let mut exports = Exports { sides, outward, facts, parted, rules, taken: Taken::default(), ids: OnceLock::new() };
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
    /// What the library holds; made when it is first asked for.
    ids: OnceLock<FxHashSet<&'a AssetId>>,
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

/// What is found of an asset, before equal ones and names are looked at.
enum Judged {
    Stays { fate: ExportFate, evidence: Option<Evidence> },
    Goes(Box<Going>),
}

/// An asset that would go, and does not, since one with an equal original does.
struct Twin {
    asset: u32,
    of: u32,
    going: Going,
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
        // A photo goes with a file of it that a person took in, where the folder has nothing of it.
        let takes_part_in =
            || found.beside.is_none() && found.files.iter().any(|file| self.is_taken_in(position, file));
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
        if !self.rules.only.as_ref().is_none_or(|only| only.knows_resource(asset, &here[0])) {
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

    /// Of several assets with equal bytes that would go the one that does.
    fn carriers(&self, judged_all: &[Judged]) -> FxHashMap<Fingerprint, u32> {
        let mut carriers: FxHashMap<Fingerprint, u32> = FxHashMap::default();
        for (position, judged) in judged_all.iter().enumerate() {
            let Judged::Goes(going) = judged else { continue };
            let Some(bytes) = going.bytes else { continue };
            // One of which a part lies in the folder goes before one that is not there at all.
            let is_beside = |position: u32| match &judged_all[position as usize] {
                Judged::Goes(going) => going.found.beside.is_some(),
                Judged::Stays { .. } => false,
            };
            let rank =
                |position: u32| (!is_beside(position), carrying_rank(&self.sides.assets[position as usize], position));
            let carrier = carriers.entry(bytes).or_insert(position as u32);
            *carrier = std::cmp::min_by_key(*carrier, position as u32, |position| rank(*position));
        }
        carriers
    }

    /// What becomes of an asset; one of which an equal one goes is put among the `twins`.
    fn verdict(
        &mut self,
        asset: u32,
        judged: Judged,
        carriers: &FxHashMap<Fingerprint, u32>,
        twins: &mut Vec<Twin>,
    ) -> ExportVerdict {
        let going = match judged {
            Judged::Stays { fate, evidence } => {
                return ExportVerdict { evidence, ..ExportVerdict::new(asset, fate) };
            }
            Judged::Goes(going) => going,
        };
        let carrier = going.bytes.and_then(|bytes| carriers.get(&bytes));
        if let Some(carrier) = carrier.filter(|carrier| **carrier != asset) {
            let evidence = Some(Evidence::Asset(*carrier, Rung::Bytes));
            twins.push(Twin { asset, of: *carrier, going: *going });
            let fate = ExportFate::Skip(Reason::SameBytesAs);
            return ExportVerdict { evidence, ..ExportVerdict::new(asset, fate) };
        }
        let (evidence, taken_in) = (going.found.evidence, going.taken_in);
        let fate = ExportFate::Export(Box::new(self.outgoing(asset, *going)));
        ExportVerdict { evidence, taken_in, ..ExportVerdict::new(asset, fate) }
    }

    /// Of equal originals one goes, but every edit and every other companion: beside that one, under its name.
    fn parts_of(&mut self, twins: Vec<Twin>, verdicts: &mut [ExportVerdict]) {
        if twins.is_empty() {
            return;
        }
        let mut gone: FxHashSet<Fingerprint> = FxHashSet::default();
        for (asset, out) in verdicts.iter().filter_map(|verdict| Some((verdict.asset, verdict.outgoing()?))) {
            gone.extend(self.parts(asset, out));
        }
        for Twin { asset: position, of, going } in twins {
            let Some(out) = verdicts[of as usize].outgoing() else { continue };
            let (directory, stem) = (out.directory.clone(), names::stem(&out.files[0].name).to_owned());
            let asset = &self.sides.assets[position as usize];
            let bytes = |wanted: &Wanted| self.fingerprint(position, &asset.resources[usize::from(wanted.resource)]);
            let (mut edits, mut others): (Vec<Wanted>, Vec<Wanted>) =
                going.here.iter().partition(|wanted| wanted.beside);
            let main = edits.first().filter(|first| is_main(&asset.resources[usize::from(first.resource)]));
            if !main.and_then(bytes).is_some_and(|edit| gone.insert(edit)) {
                edits.clear();
            }
            others.retain(|wanted| {
                let is_companion = asset.resources[usize::from(wanted.resource)].role.is_companion();
                is_companion && bytes(wanted).is_some_and(|bytes| gone.insert(bytes))
            });
            let mut files = self.apart(asset, &directory, &stem, &others);
            files.extend(self.edits_beside(asset, &directory, &stem, &edits));
            if files.is_empty() {
                continue;
            }
            let of_edits = |(at, _): &(u16, Reason)| asset.resources[usize::from(*at)].role.is_render();
            let missing = going.missing.into_iter().filter(of_edits).collect();
            let edit = (!edits.is_empty()).then(|| self.edit(position));
            let out = Outgoing { directory, files, missing, edit, beside: going.bytes };
            let (fate, taken_in) = (ExportFate::Export(Box::new(out)), going.taken_in);
            verdicts[position as usize] = ExportVerdict { taken_in, ..ExportVerdict::new(position, fate) };
        }
    }

    /// The edited versions and companions among what goes out of an asset.
    fn parts(&self, asset: u32, out: &Outgoing) -> impl Iterator<Item = Fingerprint> {
        let part = move |file: &OutgoingFile| match file.payload {
            Payload::Resource(at) => {
                let entry = &self.sides.assets[asset as usize].resources[usize::from(at)];
                self.fingerprint(asset, entry).filter(|_| entry.role.is_render() || entry.role.is_companion())
            }
            Payload::Sidecar => None,
        };
        out.files.iter().filter_map(part)
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
            Presence::Held { file, rung, .. } if rung.is_of_other_bytes() && self.is_parted(*file) => {}
            Presence::Held { file, rung, link, lacking, .. } => {
                self.judge_held(position, (*file, *rung), *link, lacking, &mut found);
                return found;
            }
            Presence::Unreadable(why) => found.broken = Some(unread(why)),
            Presence::Gone(link) => {
                let link = &self.sides.memory.links()[*link as usize];
                found.evidence = Some(Evidence::Link(link.id));
                found.against.push(if link.undone { Reason::Undone } else { Reason::DeletedInFolder });
            }
            Presence::Torn { link, item, lacking } => {
                let link = &self.sides.memory.links()[*link as usize];
                found.evidence = Some(Evidence::Link(link.id));
                found.against.push(if link.undone { Reason::Undone } else { Reason::DeletedInFolder });
                (found.beside, found.files) = (Some(*item), lacking.clone());
            }
            Presence::FromElsewhere(link) => {
                found.evidence = Some(Evidence::Link(self.sides.memory.links()[*link as usize].id));
                found.against.push(Reason::ImportedByUs);
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

    fn is_reached(&self, position: u32) -> bool {
        let asset = &self.sides.assets[position as usize];
        self.outward.export.reaches(asset, self.identity(position), &self.sides.memory.held)
    }

    fn is_parted(&self, file: FileRef) -> bool {
        self.facts.file(file).is_some_and(|bytes| self.parted.contains(&bytes))
    }

    /// The folder holds it: nothing goes but what it lacks.
    fn judge_held(
        &self,
        position: u32,
        (file, rung): (FileRef, Rung),
        link: Option<u32>,
        lacking: &[Wanted],
        found: &mut Finding,
    ) {
        let asset = &self.sides.assets[position as usize];
        found.evidence = Some(Evidence::Held(file, rung));
        let same = same_in_other_bytes(rung).unwrap_or(match rung {
            Rung::Recorded => Reason::ChangedInLibrary,
            Rung::Remembered => Reason::NotCompared,
            Rung::SizeTimeAndName => Reason::SameSizeTimeAndName,
            _ => Reason::SameBytes,
        });
        found.held = same;
        let is_taken_in = || {
            let decision = self.identity(position).and_then(|bytes| self.sides.memory.decision(&bytes));
            decision == Some(Decision::TakeIn)
        };
        // A person who takes it in has it whole.
        if rung.is_of_other_bytes() && (lacking.is_empty() || is_taken_in()) {
            found.against.push(same);
            return found.against.extend(self.outward.export.against(asset));
        }
        let link: Option<&Link> = link.map(|at| &self.sides.memory.links()[at as usize]);
        let is_from = |origin| link.is_some_and(|link| link.origin == origin && !link.placed.is_empty());
        if is_from(Origin::Folder) {
            match lacking.is_empty() {
                true => found.against.push(Reason::ImportedByUs),
                // A person took it in.
                false => (found.beside, found.files) = (Some(file.item), lacking.to_vec()),
            }
            return;
        }
        let was_edited = || {
            is_from(Origin::Library) && link.is_some_and(|link| link.was_edited_since(&asset.id, self.edit(position)))
        };
        let may_be_edited = !rung.is_of_other_bytes() && !lacking.iter().any(|wanted| wanted.beside);
        if may_be_edited && (was_edited() || self.is_another_version(position, file, link)) {
            found.against.push(Reason::EditedSinceExport);
            (found.files, found.beside) = (shown(asset), Some(file.item));
            return found.against.extend(self.outward.export.against(asset));
        }
        if lacking.is_empty() {
            found.against.push(same);
            if rung == Rung::Recorded {
                // Whoever takes it in gets what the library has now beside what it had.
                (found.files, found.beside) = (shown(asset), Some(file.item));
                found.against.extend(self.outward.export.against(asset));
            }
            return;
        }
        found.beside = Some(file.item);
        found.files = lacking.to_vec();
        let stands_for_it = |wanted: &Wanted| !wanted.beside && is_main(&asset.resources[usize::from(wanted.resource)]);
        let is_itself_there = !lacking.iter().any(stands_for_it);
        let mut against: Vec<Reason> = self.outward.export.against(asset).collect();
        // What belongs to a photo that we exported follows it, however old it is; that of an equal one does not, and no
        // photo follows what belongs to it.
        let follows =
            is_itself_there && link.is_some_and(|link| is_from(Origin::Library) && self.was_exported(link, asset));
        if !follows && !self.is_reached(position) {
            against.push(Reason::BeforeBaseline);
        }
        if is_itself_there && !against.is_empty() {
            // What stays is only what would have come beside it, but for what a person took in.
            found.files.retain(|wanted| self.is_taken_in(position, wanted));
            against = if found.files.is_empty() { vec![same] } else { Vec::new() };
        }
        found.against.extend(against);
    }

    /// Whether the file is a version that we exported and that the library no longer has, as after *Revert to Original*.
    fn is_another_version(&self, position: u32, file: FileRef, link: Option<&Link>) -> bool {
        let asset = &self.sides.assets[position as usize];
        let was_exported = link.is_some_and(|link| link.origin == Origin::Library);
        let Some(bytes) = self.facts.file(file).filter(|_| was_exported && asset.is_listed()) else { return false };
        let size = self.sides.items[file.item as usize].files[usize::from(file.file)].stamp.size;
        let may_be = |resource: &Resource| {
            self.fingerprint(position, resource).is_none() && resource.size.is_none_or(|known| known == size)
        };
        role_of(self.sides.assets, self.facts, position, bytes).is_none() && !asset.resources.iter().any(may_be)
    }

    /// Whether this is the asset that we exported, or none of those that we did is there any more (the library was
    /// rebuilt).
    fn was_exported(&self, link: &Link, asset: &Asset) -> bool {
        let exported = link.exported_assets();
        let ids = || self.ids.get_or_init(|| self.sides.assets.iter().map(|asset| &asset.id).collect());
        exported.contains(&asset.id) || !exported.iter().any(|id| ids().contains(id))
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

    /// Whether a person took in this companion.
    fn is_taken_in(&self, position: u32, wanted: &Wanted) -> bool {
        let resource = &self.sides.assets[position as usize].resources[usize::from(wanted.resource)];
        let bytes = self.fingerprint(position, resource).filter(|_| resource.role.is_companion());
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
    fn new(asset: u32, fate: ExportFate) -> Self {
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

impl Promise {
    fn knows_resource(&self, asset: &Asset, first: &Wanted) -> bool {
        let role = asset.resources[usize::from(first.resource)].role;
        self.resources.contains(&(AssetId(asset.id.0.clone()), role))
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
    use ResourceRole::{Photo, RenderedPhoto, RenderedVideo, Video};
    matches!(resource.role, Photo | Video | RenderedPhoto | RenderedVideo)
}

/// The version that the library shows, for whoever takes it in beside the one that lies in the folder: the edit, or the
/// original where the edit was taken back. Nothing where the library has lost the edit.
fn shown(asset: &Asset) -> Vec<Wanted> {
    match asset.render() {
        Some(_) => wanted(asset, Edited::Current).into_iter().map(|file| Wanted { beside: true, ..file }).collect(),
        None if asset.edited => Vec::new(),
        None => wanted(asset, Edited::Original),
    }
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
    format!("the library's file has the length of one in the folder, and could not be read to compare them: {why}")
        .into()
}

fn may_lie_there(why: &str) -> Box<str> {
    format!("it may lie in the folder already: {why}. Nothing was exported in its place; the next sync looks again")
        .into()
}

fn not_here(asset: &Asset, first: Option<&(u16, Reason)>) -> Reason {
    match first {
        Some((_, reason)) => *reason,
        None if asset.primary().is_none() => Reason::OriginalMissing,
        None => Reason::Incomplete,
    }
}
