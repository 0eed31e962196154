//! What a plan and its outcome say: a line for each verdict, and the counts of each way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::{Direction, FileLine, RenameLine, Ruling, VerdictLine, words};
use crate::apply::Ending;
use crate::asset::{Asset, ResourceRef, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::{Exclusion, FileRef, FolderId, Item, ItemFile};
use crate::matching::Facts;
use crate::memory::LinkId;
use crate::plan::{self, Evidence, ExportFate, ExportVerdict, Fate, Outgoing, Payload, Plan, Verdict};
use crate::reason::{Reason, Way};
use crate::wording::plain;

/// Everything that verdicts speak of.
pub struct Scene<'a> {
    /// The items.
    pub items: &'a [Item],
    /// The assets.
    pub assets: &'a [Asset],
    /// What is known of bytes.
    pub facts: &'a Facts,
    /// The plan.
    pub plan: &'a Plan,
    /// How the imports ended; empty for a simulation.
    pub endings: &'a FxHashMap<FileRef, Ending>,
    /// How the exports ended.
    pub exported: &'a FxHashMap<u32, Ending>,
    /// Live Photos that were to go out as one file and went as two, each with the reason.
    pub apart: &'a FxHashMap<u32, &'static str>,
    /// The album of each folder.
    pub albums: &'a BTreeMap<FolderId, String>,
    /// The path of each folder, where there are several.
    pub roots: &'a BTreeMap<FolderId, String>,
    /// Where the photos of links that decided lay.
    pub places: &'a FxHashMap<LinkId, (FolderId, PathBuf)>,
}

impl Scene<'_> {
    /// What a verdict says of an item, and the reason.
    pub fn ruling(&self, verdict: &Verdict) -> (Ruling, Option<Reason>) {
        match &verdict.fate {
            Fate::Import(_) => of_ending(self.endings.get(&verdict.file())),
            Fate::Skip(reason) => (Ruling::Skipped, Some(*reason)),
            Fate::Fail(_) => (Ruling::Failed, Some(Reason::Unreadable)),
        }
    }

    /// What a verdict says of an asset, and the reason.
    pub fn export_ruling(&self, verdict: &ExportVerdict) -> (Ruling, Option<Reason>) {
        match &verdict.fate {
            ExportFate::Export(_) => of_ending(self.exported.get(&verdict.asset)),
            ExportFate::Skip(reason) => (Ruling::Skipped, Some(*reason)),
            ExportFate::Fail(_) => (Ruling::Failed, Some(Reason::Unreadable)),
        }
    }

    /// One verdict in words.
    pub fn line(&self, verdict: &Verdict) -> VerdictLine {
        let (ruling, reason) = self.ruling(verdict);
        let item = &self.items[verdict.item as usize];
        let file = &item.files[usize::from(verdict.file)];
        let captured = item.taken(file);
        let (matched_asset, matched) = match verdict.evidence {
            Some(Evidence::Part(at)) => (None, Some(shown(&item.files[usize::from(at)]))),
            evidence => self.evidence(evidence),
        };
        let mut line = VerdictLine {
            direction: Way::Import,
            verdict: ruling,
            reason,
            path: Some(shown(file)),
            folder: self.roots.get(&item.folder).cloned(),
            name: None,
            asset: matched_asset,
            matched,
            fingerprint: self.facts.file(verdict.file()).map(|bytes| bytes.to_string()),
            size: verdict.size(item),
            captured: captured.map(|(time, _)| time.to_string()),
            captured_from: captured.map(|(_, source)| source.as_str().into()),
            destination: None,
            part_of: verdict.joins().map(|join| join.name.to_string()),
            can_join: verdict.join.as_ref().filter(|join| !join.now).map(|join| join.name.to_string()),
            gets: verdict.tells().map(|late| late.telling.words()),
            lacks: verdict.late.as_deref().filter(|late| !late.now).map(|late| late.telling.words()),
            motion: as_what(verdict, file),
            error: None,
            renames: Vec::new(),
            files: files_of(verdict, item),
            trace: None,
        };
        match (&verdict.fate, self.endings.get(&verdict.file())) {
            (Fate::Import(_), ending) => {
                let is_new = line.part_of.is_none() && line.gets.is_none();
                line.destination = self.albums.get(&item.folder).filter(|_| is_new).cloned();
                match ending {
                    Some(Ending::Imported(id)) => line.asset = Some(id.to_string()),
                    ending => line.error = error_of(ending),
                }
            }
            (Fate::Fail(error), _) => line.error = Some(plain(error)),
            (Fate::Skip(_), _) => {}
        }
        if line.reason == Some(Reason::Excluded) && file.excluded == Some(Exclusion::NoMedia) {
            line.error = Some("its directory has a .nomedia file, which hides it from Android's gallery".into());
        }
        if line.reason == Some(Reason::Truncated) {
            line.error = truncated(item, verdict);
        }
        if let (Some(Reason::Completed), Some(Evidence::Beginning(asset))) = (line.reason, verdict.evidence) {
            let beginning = self.assets[asset as usize].primary().and_then(|primary| primary.size).unwrap_or(0);
            line.error = Some(format!("its first {beginning} of {} bytes", file.stamp.size));
        }
        line
    }

    /// One verdict on an asset in words.
    pub fn export_line(&self, verdict: &ExportVerdict) -> VerdictLine {
        let (ruling, reason) = self.export_ruling(verdict);
        let asset = &self.assets[verdict.asset as usize];
        let (_, matched) = self.evidence(verdict.evidence);
        let place = match verdict.evidence {
            Some(Evidence::Held(file, _) | Evidence::Whole(file)) => {
                Some((self.items[file.item as usize].folder, self.path(file)))
            }
            Some(Evidence::Link(link)) => {
                self.places.get(&link).map(|(folder, path)| (*folder, path.to_string_lossy().into_owned()))
            }
            _ => None,
        };
        if let Some(resource) = verdict.resource {
            return self.companion_line(verdict, resource);
        }
        let mut line = VerdictLine {
            direction: Way::Export,
            verdict: ruling,
            reason,
            folder: place.as_ref().and_then(|(folder, _)| self.roots.get(folder).cloned()),
            path: place.map(|(_, path)| path),
            name: Some(asset.original_name.to_string()),
            asset: Some(asset.id.0.to_string()),
            matched,
            fingerprint: self.identity(verdict.asset).map(|bytes| bytes.to_string()),
            size: originals_size(asset),
            captured: asset.captured.map(|time| time.to_string()),
            captured_from: None,
            destination: None,
            part_of: None,
            can_join: None,
            gets: None,
            lacks: None,
            motion: None,
            error: None,
            renames: Vec::new(),
            files: Vec::new(),
            trace: None,
        };
        if let (false, Some(main)) = (verdict.stays.is_empty(), standing_for(asset)) {
            line.files.push(FileLine { path: line.path.clone(), ..staying(asset, main, reason) });
            line.files.extend(verdict.stays.iter().map(|(at, reason)| staying(asset, *at, Some(*reason))));
        }
        match &verdict.fate {
            ExportFate::Skip(_) => {}
            ExportFate::Fail(error) => line.error = Some(plain(error)),
            ExportFate::Export(out) => {
                line.folder = None;
                line.path = Some(out.path().to_string_lossy().into_owned());
                line.destination = Some(out.directory.to_string_lossy().into_owned());
                line.size = out.size(asset);
                let apart = self.apart.get(&verdict.asset);
                line.files = files(asset, out, apart.is_none());
                if matches!(ruling, Ruling::Planned | Ruling::Applied) {
                    line.renames = renames(out);
                }
                line.motion = as_what_out(out, apart);
                line.error = error_of(self.exported.get(&verdict.asset));
            }
        }
        line
    }

    /// The verdict on a file of an asset that has another fate.
    fn companion_line(&self, verdict: &ExportVerdict, at: u16) -> VerdictLine {
        let (ruling, reason) = self.export_ruling(verdict);
        let asset = &self.assets[verdict.asset as usize];
        let resource = &asset.resources[usize::from(at)];
        let computed = || self.facts.resource(ResourceRef { asset: verdict.asset, resource: at });
        let directory = match verdict.evidence {
            Some(Evidence::Held(file, _)) => Path::new(&self.path(file)).parent().map(Path::to_owned),
            _ => None,
        };
        // What the folder has of the photo is not what it has of a companion.
        let (_, matched) = self.evidence(verdict.evidence.filter(|_| !resource.role.is_companion()));
        VerdictLine {
            direction: Way::Export,
            verdict: ruling,
            reason,
            path: None,
            folder: None,
            name: Some(plan::name_of(asset, at)),
            asset: Some(asset.id.to_string()),
            matched,
            fingerprint: resource.fingerprint.or_else(computed).map(|bytes| bytes.to_string()),
            size: resource.size.unwrap_or(0),
            captured: asset.captured.map(|time| time.to_string()),
            captured_from: None,
            destination: directory.map(|directory| directory.to_string_lossy().into_owned()),
            part_of: None,
            can_join: None,
            gets: None,
            lacks: None,
            motion: None,
            error: None,
            renames: Vec::new(),
            files: vec![staying(asset, at, reason)],
            trace: None,
        }
    }

    fn path(&self, file: FileRef) -> String {
        shown(&self.items[file.item as usize].files[usize::from(file.file)])
    }

    pub(super) fn identity(&self, asset: u32) -> Option<Fingerprint> {
        let entry = &self.assets[asset as usize];
        let primary = entry.primary()?;
        primary.fingerprint.or_else(|| self.facts.resource(ResourceRef { asset, resource: standing_for(entry)? }))
    }

    fn evidence(&self, evidence: Option<Evidence>) -> (Option<String>, Option<String>) {
        match evidence {
            None => (None, None),
            Some(Evidence::Asset(asset, rung)) => {
                let asset = &self.assets[asset as usize];
                (Some(asset.id.0.to_string()), Some([words::how(rung), ": ", &asset.original_name].concat()))
            }
            Some(Evidence::Held(file, rung)) => (None, Some([words::how(rung), ": ", &self.path(file)].concat())),
            Some(Evidence::Beginning(asset)) => {
                let asset = &self.assets[asset as usize];
                (Some(asset.id.to_string()), Some(format!("{}{}", words::BEGINNING, asset.original_name)))
            }
            Some(Evidence::Whole(file)) => (None, Some(format!("{}{}", words::BEGINNING_OF, self.path(file)))),
            Some(Evidence::Link(link)) => (None, Some(format!("{}{}", words::LINK, link.0))),
            Some(Evidence::NewSinceYouLooked) => (None, Some(words::NEW.into())),
            Some(Evidence::Item(item)) => {
                let item = &self.items[item as usize];
                let root = self.roots.get(&item.folder).map(|root| format!("{root}/")).unwrap_or_default();
                (None, Some(format!("{root}{item}")))
            }
            Some(Evidence::Part(_)) => (None, None),
        }
    }

    /// The counts of the way into the library.
    pub fn imports(&self) -> Direction {
        let mut direction = Direction {
            files: self.items.iter().map(|item| item.files.len() as u64).sum(),
            seen: self.plan.verdicts.len() as u64,
            planned: self.plan.imports().count() as u64,
            bytes: self.plan.imports().map(|verdict| verdict.size(&self.items[verdict.item as usize])).sum(),
            ..Direction::default()
        };
        for verdict in &self.plan.verdicts {
            match (&verdict.fate, self.endings.get(&verdict.file())) {
                (Fate::Skip(reason), _) => direction.skip(*reason),
                (Fate::Fail(_), _) => direction.failed += 1,
                (Fate::Import(_), ending) => {
                    direction.end(ending);
                    let is_in = matches!(ending, Some(Ending::Imported(_)));
                    direction.joined += u64::from(is_in && verdict.joins().is_some());
                    direction.told += u64::from(is_in && verdict.tells().is_some());
                }
            }
        }
        direction
    }

    /// The counts of the way into the folder.
    pub fn exports(&self) -> Direction {
        let mut direction = Direction {
            files: self.assets.iter().map(|asset| asset.resources.len() as u64).sum(),
            seen: self.plan.exports.len() as u64,
            planned: self.plan.departures().count() as u64,
            bytes: self.plan.departures().map(|(verdict, out)| out.size(&self.assets[verdict.asset as usize])).sum(),
            ..Direction::default()
        };
        for verdict in &self.plan.exports {
            match &verdict.fate {
                ExportFate::Skip(reason) => direction.skip(*reason),
                ExportFate::Fail(_) => direction.failed += 1,
                ExportFate::Export(out) => {
                    direction.end(self.exported.get(&verdict.asset));
                    for (_, reason) in &out.missing {
                        *direction.missing.entry(*reason).or_default() += 1;
                    }
                }
            }
        }
        direction
    }
}

impl Direction {
    fn skip(&mut self, reason: Reason) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Counts how what was planned ended, if it did.
    fn end(&mut self, ending: Option<&Ending>) {
        match ending {
            None => {}
            Some(Ending::Imported(_) | Ending::Exported) => self.applied += 1,
            Some(Ending::Failed(_)) => self.failed += 1,
            Some(Ending::Skipped(reason)) => self.skip(*reason),
        }
    }
}

/// As what a motion photo goes in.
fn as_what(verdict: &Verdict, file: &ItemFile) -> Option<String> {
    let goes = matches!(verdict.fate, Fate::Import(_)) && verdict.tells().is_none();
    let motion = file.header.as_deref()?.motion.as_deref().filter(|_| goes)?;
    Some(match &motion.pair {
        _ if verdict.as_live => "as a Live Photo".into(),
        Ok(_) => "as it is".into(),
        Err(why) => format!("as it is, since {why}"),
    })
}

/// What became of something that goes.
fn of_ending(ending: Option<&Ending>) -> (Ruling, Option<Reason>) {
    match ending {
        None => (Ruling::Planned, None),
        Some(Ending::Imported(_) | Ending::Exported) => (Ruling::Applied, None),
        Some(Ending::Skipped(reason)) => (Ruling::Skipped, Some(*reason)),
        Some(Ending::Failed(_)) => (Ruling::Failed, None),
    }
}

fn error_of(ending: Option<&Ending>) -> Option<String> {
    match ending {
        Some(Ending::Failed(error)) => Some(plain(error)),
        _ => None,
    }
}

fn originals_size(asset: &Asset) -> u64 {
    let originals = asset.resources.iter().filter(|resource| resource.role.is_original());
    originals.filter_map(|resource| resource.size).sum()
}

fn shown(file: &ItemFile) -> String {
    text(&file.path)
}

/// A path as people read it. Nearly all are UTF-8, which is checked faster than it is mended.
fn text(path: &Path) -> String {
    path.to_str().map_or_else(|| path.to_string_lossy().into_owned(), str::to_owned)
}

/// The pictures and movies of which a verdict on the folder speaks, where there are several.
fn files_of(verdict: &Verdict, item: &Item) -> Vec<FileLine> {
    let originals = || verdict.files(item).filter(|file| file.role.is_original());
    if originals().nth(1).is_none() {
        return Vec::new();
    }
    originals().map(|file| FileLine { role: file.role, path: Some(shown(file)), name: None, reason: None }).collect()
}

/// Where a file ends too early: the one that keeps its item back is named.
fn truncated(item: &Item, verdict: &Verdict) -> Option<String> {
    let why = |at: u16| item.files[usize::from(at)].header.as_ref()?.truncated.as_deref();
    match verdict.evidence {
        Some(Evidence::Part(at)) => {
            Some(format!("{}: {}", item.files[usize::from(at)].name().to_string_lossy(), why(at)?))
        }
        _ => why(verdict.file).map(Into::into),
    }
}

/// As what a Live Photo goes out that was to go as one file.
fn as_what_out(out: &Outgoing, apart: Option<&&'static str>) -> Option<String> {
    (!out.motion.is_empty()).then(|| match apart {
        None => "as a motion photo".into(),
        Some(why) => format!("as two files, since {why}"),
    })
}

/// Each file of an exported photo: where it goes, or why it does not. A movie that goes along stands in the file of its picture.
fn files(asset: &Asset, out: &Outgoing, goes_along: bool) -> Vec<FileLine> {
    let name = |at: usize| {
        let still = out.motion.iter().find(|(_, movie)| *movie == at && goes_along).map(|(still, _)| *still);
        out.directory.join(&out.files[still.unwrap_or(at)].name)
    };
    let goes = out.files.iter().enumerate().map(|(at, file)| FileLine {
        role: match file.payload {
            Payload::Resource(at) => asset.resources[usize::from(at)].role,
            Payload::Sidecar => ResourceRole::Sidecar,
        },
        path: Some(name(at).to_string_lossy().into_owned()),
        name: None,
        reason: None,
    });
    let stays = out.missing.iter().map(|(at, reason)| staying(asset, *at, Some(*reason)));
    goes.chain(stays).collect()
}

/// The files that get other names.
fn renames(out: &Outgoing) -> Vec<RenameLine> {
    let path = |name: &str| out.directory.join(name).to_string_lossy().into_owned();
    out.renames.iter().map(|rename| RenameLine { from: path(&rename.from), to: path(&rename.to) }).collect()
}

/// A file of an asset that does not go.
fn staying(asset: &Asset, at: u16, reason: Option<Reason>) -> FileLine {
    let role = asset.resources[usize::from(at)].role;
    FileLine { role, path: None, name: Some(plan::name_of(asset, at)), reason }
}

/// The position of the file that stands for an asset.
fn standing_for(asset: &Asset) -> Option<u16> {
    let primary = asset.primary()?;
    asset.resources.iter().position(|resource| resource.role == primary.role).map(|at| at as u16)
}
