//! Decides about every asset: whether it goes out, which of its files, and under which names.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Promise, Rules};
use crate::asset::{Asset, AssetId, MediaKind, Resource, ResourceRole, Whereabouts};
use crate::export::{Edited, Sidecar, Wanted, wanted};
use crate::fingerprint::Fingerprint;
use crate::folder::names;
use crate::folder::taken::Taken;
use crate::folder::target::{self, SafeName};
use crate::item::{Item, Trouble};
use crate::matching::{Facts, FileRef, Matched, Outward, Presence, ResourceRef, Rung, Sides, carrying_rank};
use crate::memory::{Decision, Edit, Link, Origin};
use crate::reason::Reason;

/// What is decided about one asset.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportVerdict {
    /// Position of the asset.
    pub asset: u32,
    /// What happens to it.
    pub fate: ExportFate,
    /// What decided, where something did.
    pub evidence: Option<Evidence>,
    /// The bytes that a person took in, of an asset that is carried because of that.
    pub taken_in: Option<Fingerprint>,
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
    judged.into_iter().enumerate().map(|(asset, judged)| exports.verdict(asset as u32, judged, &carriers)).collect()
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
    files: Vec<Wanted>,
    /// Why nothing can be said, of bytes that could not be read.
    broken: Option<Box<str>>,
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
            found.against.push(if found.beside.is_some() { Reason::SameBytes } else { Reason::LeftOut });
        }
        self.leave_companions_out(position, &mut found);
        let is_taken_in = decision == Some(Decision::TakeIn) && !found.files.is_empty();
        let overruled = |reason: &Reason| is_taken_in && reason.can_be_taken_in();
        let stays = |reason, evidence| Judged::Stays { fate: ExportFate::Skip(reason), evidence };
        if let Some(reason) = found.against.iter().find(|reason| !overruled(reason)) {
            return stays(*reason, found.evidence);
        }
        if let Some(why) = found.broken {
            return Judged::Stays { fate: ExportFate::Fail(why), evidence: found.evidence };
        }
        let (here, missing) = self.split(asset, &found.files);
        // Half an asset waits for the file that stands for it. Of what lies in the folder already, a part is missing.
        let waits = found.beside.is_none() && found.files.first() != here.first();
        if here.is_empty() || waits {
            let reason = if found.beside.is_some() { Reason::Incomplete } else { not_here(asset, missing.first()) };
            return stays(reason, found.evidence);
        }
        if safe_name(asset, &here[0]).extension.is_none() {
            return stays(Reason::NotSupported, None);
        }
        if !self.rules.only.as_ref().is_none_or(|only| only.knows_resource(asset, &here[0])) {
            return stays(Reason::ChangedSincePlanned, Some(Evidence::NewSinceYouLooked));
        }
        let taken_in = identity.filter(|_| decision == Some(Decision::TakeIn));
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

    fn verdict(&mut self, asset: u32, judged: Judged, carriers: &FxHashMap<Fingerprint, u32>) -> ExportVerdict {
        let going = match judged {
            Judged::Stays { fate, evidence } => return ExportVerdict { asset, fate, evidence, taken_in: None },
            Judged::Goes(going) => going,
        };
        let carrier = going.bytes.and_then(|bytes| carriers.get(&bytes));
        if let Some(carrier) = carrier.filter(|carrier| **carrier != asset) {
            let evidence = Some(Evidence::Asset(*carrier, Rung::Bytes));
            return ExportVerdict { asset, fate: ExportFate::Skip(Reason::SameBytesAs), evidence, taken_in: None };
        }
        let (evidence, taken_in) = (going.found.evidence, going.taken_in);
        let fate = ExportFate::Export(Box::new(self.outgoing(asset, *going)));
        ExportVerdict { asset, fate, evidence, taken_in }
    }

    fn judge(&self, position: u32, presence: &Presence) -> Finding {
        let asset = &self.sides.assets[position as usize];
        let mut found = Finding {
            against: Vec::new(),
            evidence: None,
            beside: None,
            files: wanted(asset, self.outward.export.edited),
            broken: None,
        };
        if asset.standing.trashed {
            found.against.push(Reason::InTrash);
        }
        match presence {
            Presence::Held { file, rung: Rung::Shot, .. } if self.is_parted(*file) => {}
            Presence::Held { file, rung, link, lacking } => {
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
            Presence::Changed(link) => {
                found.evidence = Some(Evidence::Link(self.sides.memory.links()[*link as usize].id));
                found.against.push(Reason::ChangedInFolder);
            }
            Presence::Unclear(item) => {
                found.evidence = Some(Evidence::Item(*item));
                found.against.push(unclear(&self.sides.items[*item as usize]));
            }
            Presence::Absent => {}
        }
        found.against.extend(self.outward.export.against(asset));
        if !self.outward.export.reaches(asset, &self.sides.memory.held) {
            found.against.push(Reason::BeforeBaseline);
        }
        found
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
        let same = match rung {
            Rung::Bytes => Reason::SameBytes,
            Rung::SizeTimeAndName => Reason::SameSizeTimeAndName,
            Rung::Shot => {
                found.against.push(Reason::SameShot);
                return found.against.extend(self.outward.export.against(asset));
            }
        };
        let link: Option<&Link> = link.map(|at| &self.sides.memory.links()[at as usize]);
        let is_from = |origin| link.is_some_and(|link| link.origin == origin && !link.placed.is_empty());
        if is_from(Origin::Folder) {
            return found.against.push(Reason::ImportedByUs);
        }
        let was_edited =
            || is_from(Origin::Library) && link.is_some_and(|link| link.edit.is_before(self.edit(position)));
        let brings_edit = lacking.iter().any(|wanted| wanted.beside);
        if !brings_edit && was_edited() {
            found.against.push(Reason::EditedSinceExport);
            (found.files, found.beside) = (newest(asset), Some(file.item));
            return found.against.extend(self.outward.export.against(asset));
        }
        if lacking.is_empty() {
            return found.against.push(same);
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
        if !follows && !self.outward.export.reaches(asset, &self.sides.memory.held) {
            against.push(Reason::BeforeBaseline);
        }
        if is_itself_there && !against.is_empty() {
            // What stays is only what would have come beside it.
            against = vec![same];
        }
        found.against.extend(against);
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
            found.against.push(Reason::SameBytes);
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

    fn outgoing(&mut self, position: u32, going: Going) -> Outgoing {
        let Going { found, here, missing, .. } = going;
        let asset = &self.sides.assets[position as usize];
        let (directory, files) = match found.beside {
            Some(item) => self.beside(asset, item, &here),
            None => self.together(asset, &found.files, &here),
        };
        let stands_for_it = |wanted: &Wanted| found.beside.is_none() || wanted.beside;
        let edit = here.iter().any(stands_for_it).then(|| self.edit(position));
        let beside = match found.evidence {
            Some(Evidence::Held(file, _)) if found.beside.is_some() => self.facts.file(file),
            _ => None,
        };
        Outgoing { directory, files, missing, edit, beside }
    }

    /// All files of an asset under one stem; those that come later have their names kept.
    fn together(&mut self, asset: &Asset, files: &[Wanted], here: &[Wanted]) -> (PathBuf, Vec<OutgoingFile>) {
        let directory = target::directory(asset.captured.as_ref(), self.outward.export.layout);
        let name = safe_name(asset, &files[0]);
        let mut endings: Vec<String> = files.iter().map(|wanted| ending(asset, &name, wanted)).collect();
        let has_sidecar = self.outward.export.sidecar == Sidecar::Xmp;
        endings.extend(has_sidecar.then(|| ".xmp".to_owned()));
        let all: Vec<&str> = endings.iter().map(String::as_str).collect();
        let stem = self.taken.claim(&directory, &name.stem, &all);
        let named = |ending: &str| format!("{stem}{ending}");
        let resources = files.iter().zip(&endings).filter(|(wanted, _)| here.contains(wanted));
        let mut out: Vec<OutgoingFile> = resources
            .map(|(wanted, ending)| OutgoingFile { payload: Payload::Resource(wanted.resource), name: named(ending) })
            .collect();
        out.extend(has_sidecar.then(|| OutgoingFile { payload: Payload::Sidecar, name: named(".xmp") }));
        (directory, out)
    }

    /// What comes later takes the stem of the photo as it lies now: original and edit each with what belongs to them.
    fn beside(&mut self, asset: &Asset, item: u32, here: &[Wanted]) -> (PathBuf, Vec<OutgoingFile>) {
        let path = self.sides.items[item as usize].path();
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        let stem = names::stem(&name);
        let own = asset.primary().and_then(|primary| asset.resources.iter().position(|entry| entry == primary));
        let own = own.map(|at| safe_name(asset, &Wanted { resource: at as u16, beside: false }));
        let own = own.unwrap_or_else(|| safe_name(asset, &here[0]));
        let mut files = Vec::with_capacity(here.len());
        for is_edit in [false, true] {
            let some = || here.iter().filter(|wanted| wanted.beside == is_edit);
            let endings: Vec<String> = some().map(|wanted| ending(asset, &own, wanted)).collect();
            let all: Vec<&str> = endings.iter().map(String::as_str).collect();
            if !all.is_empty() {
                let stem = self.taken.claim_beside(&directory, stem, &all);
                files.extend(some().zip(&endings).map(|(wanted, ending)| OutgoingFile {
                    payload: Payload::Resource(wanted.resource),
                    name: format!("{stem}{ending}"),
                }));
            }
        }
        (directory, files)
    }
}

impl Promise {
    fn knows_resource(&self, asset: &Asset, first: &Wanted) -> bool {
        let role = asset.resources[usize::from(first.resource)].role;
        self.resources.contains(&(AssetId(asset.id.0.clone()), role))
    }
}

/// Whether this resource stands for its asset.
fn is_main(resource: &Resource) -> bool {
    use ResourceRole::{Photo, RenderedPhoto, RenderedVideo, Video};
    matches!(resource.role, Photo | Video | RenderedPhoto | RenderedVideo)
}

/// The version that the library shows, for whoever takes in an edit; nothing where the library has none.
fn newest(asset: &Asset) -> Vec<Wanted> {
    if asset.render().is_none() {
        return Vec::new();
    }
    wanted(asset, Edited::Current).into_iter().map(|file| Wanted { beside: true, ..file }).collect()
}

/// Why a file that cannot be read now keeps an asset where it is.
fn unclear(item: &Item) -> Reason {
    match item.trouble {
        Some(Trouble::Settling) => Reason::Settling,
        Some(Trouble::OnlineOnly) => Reason::OnlineOnly,
        None if item.files.iter().any(|file| file.is_truncated()) => Reason::Truncated,
        _ => Reason::Unreadable,
    }
}

fn unread(why: &str) -> Box<str> {
    format!("the library's file has the length of one in the folder, and could not be read to compare them: {why}")
        .into()
}

fn not_here(asset: &Asset, first: Option<&(u16, Reason)>) -> Reason {
    match first {
        Some((_, reason)) => *reason,
        None if asset.primary().is_none() => Reason::OriginalMissing,
        None => Reason::Incomplete,
    }
}

/// The name of the file that stands for an asset. A render keeps the name and has its own kind of file.
fn safe_name(asset: &Asset, first: &Wanted) -> SafeName {
    let resource = &asset.resources[usize::from(first.resource)];
    let format = format_of(asset, resource);
    let mut name = target::safe_name(&asset.original_name, &asset.id.0, &format);
    if resource.role.is_render() {
        name.extension = Some(format);
    }
    name
}

/// The extension of the library's own file, else the usual one of its kind.
fn format_of(asset: &Asset, resource: &Resource) -> String {
    let own = Path::new(&*resource.locator).extension().and_then(OsStr::to_str).filter(|own| !own.is_empty());
    let usual = match resource.role {
        ResourceRole::Video | ResourceRole::PairedVideo => "mov",
        ResourceRole::RenderedVideo | ResourceRole::RenderedPairedVideo => "mov",
        ResourceRole::AlternatePhoto => "dng",
        _ if asset.kind == MediaKind::Video => "mov",
        _ => "jpg",
    };
    own.unwrap_or(usual).to_owned()
}

/// What follows the stem: the ending of each file in the case of that of the first one.
fn ending(asset: &Asset, name: &SafeName, wanted: &Wanted) -> String {
    let resource = &asset.resources[usize::from(wanted.resource)];
    let own = name.extension.as_deref().unwrap_or_default();
    let stands_for_it = matches!(resource.role, ResourceRole::Photo | ResourceRole::Video);
    let extension = match resource.role {
        _ if stands_for_it && !wanted.beside => own.to_owned(),
        ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo => format_of(asset, resource),
        _ => in_case_of(own, &format_of(asset, resource)),
    };
    let edited = if wanted.beside { "_edited" } else { "" };
    format!("{edited}.{extension}")
}

/// An extension as loud as another one: `MOV` beside `HEIC`, `mov` beside `heic`.
fn in_case_of(other: &str, extension: &str) -> String {
    let is_loud = !other.is_empty() && !other.chars().any(char::is_lowercase);
    if is_loud { extension.to_uppercase() } else { extension.to_lowercase() }
}
