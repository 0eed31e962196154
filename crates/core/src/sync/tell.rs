//! Tells what a run came to: its kept verdicts and its report.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustc_hash::FxHashMap;

use super::act::Room;
use super::gather::Found;
use super::{Finished, Session, SyncError};
use crate::apply::Applied;
use crate::asset::{Asset, Whereabouts};
use crate::folder::Source;
use crate::folder::settle::changed_within;
use crate::item::{FolderId, Item, ItemFile, Trouble};
use crate::kept;
use crate::memory::LinkId;
use crate::notices;
use crate::plan::{Evidence, ExportFate, ExportVerdict, Fate, Plan, Verdict};
use crate::reason::Reason;
use crate::report::{Direction, Report, Scene, Trace, VerdictLine, seen};
use crate::run::Command;
use crate::wording::plain;

impl Session<'_> {
    pub(super) fn keep(
        &self,
        found: &Found,
        plan: &Plan,
        applied: &Applied,
        places: &Places,
        whole: bool,
    ) -> Result<(), SyncError> {
        let (albums, roots) = (albums(&found.folders), roots(&found.folders));
        let scene = Scene {
            items: &found.items,
            assets: &found.snapshot.assets,
            facts: &found.facts,
            plan,
            endings: &applied.endings,
            exported: &applied.exported,
            apart: &applied.apart,
            albums: &albums,
            roots: &roots,
            places,
        };
        let is_news = |reason: Reason| whole || !reason.is_old_news();
        let is_listed = |verdict: &Either<'_>| match verdict {
            // A person may say that it becomes a part of its photo; or the library lacks what came late.
            Either::Import(Verdict { fate: Fate::Skip(reason), join, late, .. }) => {
                is_news(*reason) || join.is_some() || late.is_some()
            }
            Either::Export(ExportVerdict { fate: ExportFate::Skip(reason), .. }) => is_news(*reason),
            Either::Import(_) | Either::Export(_) => true,
        };
        let all = plan.verdicts.iter().map(Either::Import).chain(plan.exports.iter().map(Either::Export));
        let (news, rest): (Vec<Either<'_>>, Vec<Either<'_>>) = all.partition(is_listed);
        let receiver = found.receiver().map(|folder| folder.id);
        let line = |verdict: &Either<'_>| match verdict {
            Either::Import(verdict) => {
                VerdictLine { trace: Some(Trace::of_item(&scene, verdict)), ..scene.line(verdict) }
            }
            Either::Export(verdict) => {
                VerdictLine { trace: Some(Trace::of_asset(&scene, verdict, receiver)), ..scene.export_line(verdict) }
            }
        };
        let data = &self.request.data;
        let mut kept = kept::keep(data, self.run, &news, line);
        if !whole {
            let number = |verdict: &Either<'_>| match verdict {
                Either::Import(verdict) => scene.number_of(verdict),
                Either::Export(verdict) => scene.number_of_export(verdict),
            };
            let seen = seen::number(&(scene.number_of_sides(), receiver, seen::number_of_all(&rest, number)));
            kept = kept.and_then(|()| kept::keep_rest(data, self.run, seen, &rest, line));
        }
        kept.map_err(|error| SyncError::Io("the plan could not be kept", error))
    }

    pub(super) fn finish(
        &mut self,
        found: Found,
        plan: Plan,
        applied: Applied,
        promised: Option<usize>,
        room: Option<Room>,
    ) -> Result<Finished, SyncError> {
        let whole = self.request.command == Command::Simulate;
        let places = places(&found, &plan);
        self.keep(&found, &plan, &applied, &places, whole)?;
        let ended = (self.clock)();
        let cache = found.receiver().and_then(|to| Some((to.place().to_owned(), to.folder.properties().cache?)));
        let mut told = found.notices;
        told.extend(notices::long_waits(&found.items, self.began));
        told.extend(notices::conflict_copies(&found.items, &plan));
        told.extend(notices::came_late(&found.items, &plan));
        told.extend(notices::unseen_twins(self.library.properties(), &plan));
        told.extend(notices::whole_again(&found.items, &found.snapshot.assets, &plan));
        let first_run = self.ledger.first_run()?.unwrap_or(self.began);
        told.extend(notices::another_photobridge(&found.snapshot.assets, &found.memory, first_run));
        if self.request.mode.imports() {
            // The source folders come first, then the one that is only exported to.
            let sources = &found.folders[..self.request.sources.len().min(found.folders.len())];
            told.extend(notices::left_out_whole(sources, &found.items, &plan));
        }
        if let Some(count) = notices::held_by_other_folders(&plan) {
            let is_looked_at = |path: &PathBuf| found.folders.iter().any(|source| source.folder.place() == path);
            let others = self.ledger.lay_in()?.into_iter().map(|(path, _)| path).filter(|path| !is_looked_at(path));
            told.extend(notices::in_other_folders(count, &others.collect::<Vec<_>>()));
        }
        told.extend(notices::library_left_out(&found.snapshot.assets, &plan));
        let edited = self.request.export.edited;
        let baseline = found.export.as_ref().and_then(|export| export.baseline);
        told.extend(baseline.filter(|_| found.memory.held.is_to_come).map(notices::baseline_to_come));
        told.extend(notices::parted(&plan));
        told.extend(notices::edits_without_render(&found.snapshot.assets, &plan, edited));
        let folders = found.folders.iter().map(Source::place);
        told.extend(notices::ours_in_the_folder(folders, &self.ours()));
        told.extend(self.request.only.zip(promised).and_then(|(run, promised)| notices::unkept(run, promised, &plan)));
        told.extend(cache.and_then(|(folder, kind)| notices::on_their_way(applied.on_their_way, &folder, kind)));
        told.extend(notices::dated_earliest(applied.misdated.earliest));
        told.extend(notices::dated_otherwise(applied.misdated.otherwise));
        let is_sync = self.request.command == Command::Sync;
        let is_new = self.request.export.baseline.is_none();
        let assets = || found.snapshot.assets.iter().filter(|asset| !asset.standing.trashed);
        let is_in_icloud = |asset: &&Asset| asset.primary().is_some_and(|p| p.whereabouts == Whereabouts::Cloud);
        let report = Report {
            run: self.run,
            command: self.request.command,
            started_by: Some(self.request.started_by.clone()),
            mode: self.request.mode,
            range: self.request.mode.exports().then_some(self.request.export.range),
            looked_at: Some(self.request.looks_at(&self.library.identity())),
            items: found.items.len() as u64,
            assets: assets().count() as u64,
            only_in_icloud: assets().filter(is_in_icloud).count() as u64,
            import: None,
            export: None,
            files_read: found.opened.len() as u64,
            bytes_read: found.bytes_read,
            stopped: applied.stopped.clone(),
            duration_ms: u64::try_from(ended.duration_since(self.began).as_millis()).unwrap_or(0),
            baseline: found.export.as_ref().and_then(|export| export.baseline).filter(|_| is_sync && is_new),
            free_bytes: room.map(|room| room.free),
            notices: told.iter().map(|notice| plain(notice)).collect(),
        };
        let settle = self.request.waits.settle;
        let is_fresh = |file: &ItemFile| {
            let is_settling = file.trouble == Some(Trouble::Settling) && file.stamp.size > 0;
            is_settling && changed_within(&file.stamp, self.began, settle)
        };
        let has_just_arrived = |item: &&Item| item.files.iter().any(is_fresh);
        let just_arrived = found.items.iter().filter(has_just_arrived).count() as u64;
        // Giving it back takes a while, for which nobody need wait.
        let memory = found.memory;
        rayon::spawn(move || drop(memory));
        let mut finished = Finished {
            report,
            cancelled: self.cancel.is_cancelled(),
            items: found.items,
            assets: found.snapshot.assets,
            facts: found.facts,
            plan,
            applied,
            albums: albums(&found.folders),
            roots: roots(&found.folders),
            places,
            just_arrived,
            seen: found.seen,
        };
        let count = |mut direction: Direction, begun: usize| {
            direction.not_reached = if is_sync { direction.planned - begun as u64 } else { 0 };
            direction
        };
        let mode = self.request.mode;
        let import = mode.imports().then(|| count(finished.scene().imports(), finished.applied.endings.len()));
        let export = mode.exports().then(|| count(finished.scene().exports(), finished.applied.exported.len()));
        let export = export.map(|export| Direction { on_their_way: finished.applied.on_their_way, ..export });
        (finished.report.import, finished.report.export) = (import, export);
        Ok(finished)
    }
}

/// Where the photos of links lay.
type Places = FxHashMap<LinkId, (FolderId, PathBuf)>;

/// That of assets that lie there no longer, or with other bytes.
pub(super) fn places(found: &Found, plan: &Plan) -> Places {
    let link = |verdict: &ExportVerdict| match verdict.evidence {
        Some(Evidence::Link(link)) => Some(link),
        _ => None,
    };
    found.memory.places(&plan.exports.iter().filter_map(link).collect())
}

/// A verdict, either way.
enum Either<'a> {
    Import(&'a Verdict),
    Export(&'a ExportVerdict),
}

/// The path of each folder, where there are several: else nobody asks which.
fn roots(folders: &[Source]) -> BTreeMap<FolderId, String> {
    let several = folders.iter().filter(|_| folders.len() > 1);
    several.map(|folder| (folder.id, folder.place().to_string_lossy().into_owned())).collect()
}

fn albums(folders: &[Source]) -> BTreeMap<FolderId, String> {
    folders.iter().map(|folder| (folder.id, folder.album.clone())).collect()
}
