//! Acts on a plan: stops where something looks wrong, then remembers, carries in, carries out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::apply::export::Departure;
use crate::apply::{self, Applied, Errand};
use crate::asset::{AssetId, ResourceRef};
use crate::fingerprint::Fingerprint;
use crate::folder::place::PlaceError;
use crate::folder::{FolderError, Source};
use crate::guard::{Guard, Losses};
use crate::item::FileRef;
use crate::matching::{Absence, Answer, Matched, Presence};
use crate::memory::Decision;
use crate::notices;
use crate::plan::{ExportFate, Fate, Plan, Verdict};
use crate::progress::Event;
use crate::reason::Reason;
use crate::run::{Command, Mode};

use super::gather::Found;
use super::tell::places;
use super::{Session, SyncError};

/// What goes out, and the room that there is for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) photos: u64,
    pub(super) needed: u64,
    pub(super) free: u64,
}

/// Stops a sync whose exports do not fit, before it changes anything.
pub(super) fn stop_without_room(found: &Found, room: Option<Room>) -> Result<(), SyncError> {
    match (room, found.receiver()) {
        (Some(Room { needed, free, .. }), Some(folder)) if !notices::has_room(needed, free) => {
            Err(SyncError::NoRoom { folder: folder.place().to_owned(), needed, free })
        }
        _ => Ok(()),
    }
}

/// What would keep exports from being written, each once.
pub(super) fn obstacles(found: &Found, plan: &Plan) -> BTreeSet<String> {
    let Some(Source { folder, .. }) = found.receiver() else { return BTreeSet::new() };
    let directories: BTreeSet<&Path> = plan.departures().map(|(_, out)| out.directory.as_path()).collect();
    let obstacles = directories.into_iter().filter_map(|directory| folder.obstacle(directory));
    let words = |(at, why): (PathBuf, FolderError)| PlaceError::of(&**folder, &at, why);
    obstacles.map(words).map(|why| format!("some of these exports would fail: {why}")).collect()
}

impl Session<'_> {
    /// What goes out, and the room there; nothing where nothing does.
    pub(super) fn room(&self, found: &Found, plan: &Plan) -> Result<Option<Room>, SyncError> {
        let Some(Source { folder, .. }) = found.receiver().filter(|_| plan.departures().next().is_some()) else {
            return Ok(None);
        };
        let free = folder.free_space().map_err(|error| SyncError::Io("the folder's disk", error.into()))?;
        // Where nobody tells, it shows when it is written.
        let Some(free) = free else { return Ok(None) };
        let sizes = plan.departures().map(|(verdict, out)| out.size(&found.snapshot.assets[verdict.asset as usize]));
        Ok(Some(Room { photos: plan.departures().count() as u64, needed: sizes.sum(), free }))
    }

    /// Stops an unattended run that looks wrong; tells an attended one what a guard would have said.
    pub(super) fn guard(&mut self, found: &mut Found, plan: &Plan) -> Result<(), SyncError> {
        let (folders, _) = found.kept_and_giving();
        let losses = Losses::count(found.sides(), &folders, &found.facts);
        let seen = self.ledger.gone(folders.into_iter(), found.library_id)?;
        let mut guards = losses.guards(&seen);
        guards.extend(self.ledger.unknown_run()?.map(|run| Guard::Older(run.0)));
        found.gone = match self.request.unattended {
            Some(_) => losses.gone().at_most(&seen),
            None => losses.gone(),
        };
        let Some(limit) = self.request.unattended.filter(|_| self.request.command == Command::Sync) else {
            let notice = |guard: &Guard| format!("{guard}. Nothing is deleted anywhere because of that");
            found.notices.extend(guards.iter().map(notice));
            // What came last is told with the way back already.
            let told =
                |side: &str| guards.iter().any(|guard| matches!(guard, Guard::Newest { side: of, .. } if *of == side));
            let many = losses.many(&seen).filter(|(side, ..)| !told(side));
            let mode = self.request.mode;
            found.notices.extend(many.map(|(side, lost, why)| notices::many_gone(side, lost, why, mode)));
            return Ok(());
        };
        // Whoever lets archives be read that lie in a folder has seen that folder.
        let directories: Vec<&Path> = found.folders.iter().filter_map(|source| source.folder.directory()).collect();
        let lies_in_another = |source: &Source| {
            let place = source.place();
            source.folder.properties().only_gives && directories.iter().any(|directory| place.starts_with(directory))
        };
        for folder in found.folders.iter().filter(|folder| !lies_in_another(folder)) {
            if !self.ledger.has_synced(folder.id, found.library_id)? {
                guards.insert(0, Guard::FirstSync(folder.place().to_owned()));
            }
        }
        let planned = plan.imports().count();
        if planned > limit {
            guards.push(Guard::Many { planned, limit });
        }
        guards.extend(Guard::unseen(planned, self.library.properties()));
        let Some(guard) = guards.into_iter().next() else { return Ok(()) };
        self.keep(found, plan, &Applied::default(), &places(found, plan), true)?;
        Err(SyncError::Guard(guard, self.run))
    }

    /// Records what is the same on both sides, then carries the rest.
    pub(super) fn act(
        &mut self,
        found: &mut Found,
        matched: &Matched,
        plan: &Plan,
        room: Option<Room>,
    ) -> Result<Applied, SyncError> {
        self.switch_on(found)?;
        if let Some(Room { photos, needed, free }) = room.filter(|room| room.photos > 0) {
            self.progress.event(Event::Outlook { photos, bytes: needed, free });
        }
        self.agree(found, matched)?;
        self.mend_dates(found)?;
        let nowhere = if self.request.mode == Mode::Bidirectional { nowhere(found) } else { Vec::new() };
        self.ledger.use_up(&[needless(found, matched, plan), nowhere].concat())?;
        let mut applied = self.bring_in(found, plan)?;
        self.export(found, plan, &mut applied)?;
        if applied.stopped.is_none() && !self.cancel.is_cancelled() {
            let folders = found.folders.iter().map(|folder| folder.id);
            self.ledger.has_now_synced(folders, found.library_id, &found.gone)?;
            if self.request.unattended.is_none() {
                self.ledger.accept_unknown_runs()?;
            }
        }
        Ok(applied)
    }

    /// The same after a look at single directories. What was only seen before may be gone by now, and more may be there: so
    /// nothing is remembered of it, nothing of it is carried, and nothing goes out because it seems not to be in the folder.
    pub(super) fn act_within(
        &mut self,
        found: &mut Found,
        matched: &Matched,
        plan: &Plan,
    ) -> Result<Applied, SyncError> {
        self.agree(found, matched)?;
        let plan = plan.inwards(|item| found.is_looked_at(item));
        self.bring_in(found, &plan)
    }

    fn bring_in(&mut self, found: &mut Found, plan: &Plan) -> Result<Applied, SyncError> {
        let folders =
            (found.folders.iter()).map(|source| (source.id, (source.folder.clone(), source.album.clone()))).collect();
        let errand = Errand {
            run: self.run,
            library_id: found.library_id,
            data: &self.request.data,
            folders: &folders,
            people: self.request.people_as_keywords,
            clock: self.clock,
            progress: self.progress,
            cancel: self.cancel,
        };
        let applied = apply::apply(plan, &found.items, &errand, self.library, self.ledger)?;
        // A library that was made by this run has a UUID now.
        self.ledger.library(&self.library.identity())?;
        found.bytes_read += applied.bytes;
        for verdict in plan.imports().filter(|verdict| applied.endings.contains_key(&verdict.file())) {
            found.opened.extend(verdict.files(&found.items[verdict.item as usize]).map(|file| file.stamp.inode));
        }
        Ok(applied)
    }

    /// The first sync that exports draws the line between what is old and what is new.
    pub(super) fn switch_on(&mut self, found: &mut Found) -> Result<(), SyncError> {
        let Some(export) = &mut found.export else { return Ok(()) };
        let held = &found.memory.held;
        // What is there when a baseline that is still to come is first met is old: from then on there is something new.
        let is_unknown = held.is_to_come && (held.baseline.is_none() || held.by_another);
        if let Some(baseline) =
            export.baseline.is_none().then_some(self.began).or(export.baseline.filter(|_| is_unknown))
        {
            self.ledger.set_baseline(found.library_id, baseline, &found.snapshot.assets)?;
            export.baseline = Some(baseline);
        }
        Ok(())
    }

    /// Carries out what goes out, after what comes in.
    pub(super) fn export(&mut self, found: &Found, plan: &Plan, applied: &mut Applied) -> Result<(), SyncError> {
        let Some(to) = found.receiver().filter(|_| applied.stopped.is_none()) else { return Ok(()) };
        let departure = Departure {
            run: self.run,
            library_id: found.library_id,
            folder: to.id,
            to: &*to.folder,
            data: &self.request.data,
            ground: to.ground,
            disks: &found.disks,
            properties: to.folder.properties(),
            assets: &found.snapshot.assets,
            facts: &found.facts,
            progress: self.progress,
            cancel: self.cancel,
        };
        Ok(apply::export::export(plan, &departure, self.library, self.ledger, applied)?)
    }
}

/// Photos that a person took in and that neither side has any more, of those that both once had: the next sync was to carry
/// them, not one in years that finds them on one side. Whatever has the length of one was read.
fn nowhere(found: &Found) -> Vec<Fingerprint> {
    let mut taken_in = found.memory.taken_in().peekable();
    let is_unknown = |answer: &Answer| matches!(answer, Answer::Unavailable(_));
    if taken_in.peek().is_none() || found.unlisted.is_some() || found.facts.files.values().any(is_unknown) {
        return Vec::new();
    }
    let answers = found.facts.files.values().chain(found.facts.resources.values());
    let read = answers.filter_map(|answer| match answer {
        Answer::Fingerprint(bytes) => Some(*bytes),
        Answer::Unavailable(_) => None,
    });
    let resources = || found.snapshot.assets.iter().flat_map(|asset| &asset.resources);
    let there: FxHashSet<Fingerprint> = read.chain(resources().filter_map(|entry| entry.fingerprint)).collect();
    let assets: FxHashSet<&AssetId> = found.snapshot.assets.iter().map(|asset| &asset.id).collect();
    let is_nowhere = |bytes: &Fingerprint| {
        let link = found.memory.by_fingerprint(bytes).filter(|link| !link.elsewhere);
        link.is_some_and(|link| !link.assets.iter().any(|asset| assets.contains(asset))) && !there.contains(bytes)
    };
    taken_in.filter(is_nowhere).collect()
}

/// The bytes of an asset of which the folder lacks none that is asked for, but those that it lacks.
fn in_the_folder(found: &Found, matched: &Matched, asset: u32) -> impl Iterator<Item = Fingerprint> {
    let lacks = move |at: u16| match &matched.presences[asset as usize] {
        Presence::Held { lacking, gone, .. } => lacking.iter().chain(gone).any(|wanted| wanted.resource == at),
        _ => at > 0,
    };
    let resources = found.snapshot.assets[asset as usize].resources.iter().zip(0..);
    let there = resources.filter(move |(_, at)| !lacks(*at));
    there.filter_map(move |(entry, resource)| {
        entry.fingerprint.or_else(|| found.facts.resource(ResourceRef { asset, resource }))
    })
}

/// Photos that a person took in and that lie on both sides already, and movies that they took in before the still came alone:
/// said once, it must not bring them back one day.
fn needless(found: &Found, matched: &Matched, plan: &Plan) -> Vec<Fingerprint> {
    use Reason::{ExportedByUs, ImportedByUs, NotCompared, SameBytes};
    // Most people took nothing in.
    if found.memory.taken_in().next().is_none() {
        return Vec::new();
    }
    let is_there = |reason: &Reason| matches!(reason, SameBytes | NotCompared | ExportedByUs | ImportedByUs);
    let is_held = |file: &FileRef| matches!(matched.absent.get(file), None | Some(Absence::Unproven));
    let items = plan.verdicts.iter().filter(|verdict| matches!(&verdict.fate, Fate::Skip(reason) if is_there(reason)));
    let files = items.flat_map(|verdict| {
        let companions = if verdict.file == 0 { found.items[verdict.item as usize].files.len() as u16 } else { 1 };
        let companions = (1..companions).map(|file| FileRef { item: verdict.item, file });
        std::iter::once(verdict.file()).chain(companions.filter(is_held))
    });
    // Of a motion photo the library may have what was made of it.
    let is_overtaken = |verdict: &&Verdict| verdict.fate == Fate::Skip(Reason::OtherHalfOfImported);
    let overtaken = plan.verdicts.iter().filter(is_overtaken).map(Verdict::file);
    let items = files.chain(overtaken).flat_map(|file| found.facts.bytes_of(file));
    let assets = plan.exports.iter().filter(|verdict| {
        verdict.resource.is_none() && matches!(&verdict.fate, ExportFate::Skip(reason) if is_there(reason))
    });
    let assets = assets.flat_map(|verdict| in_the_folder(found, matched, verdict.asset));
    items.chain(assets).filter(|bytes| found.memory.decision(bytes) == Some(Decision::TakeIn)).collect()
}
