//! Tells of files of an asset that do not go with it though the folder lacks them: each is named.

use super::{ExportFate, ExportVerdict, Exports, OutgoingFile, Payload, is_main, same_in_other_bytes};
use crate::asset::{ResourceRole, Whereabouts};
use crate::export::{Wanted, wanted};
use crate::item::FileRef;
use crate::matching::{Matched, Presence};
use crate::memory::Decision;
use crate::plan::Evidence;
use crate::reason::Reason;

impl Exports<'_> {
    /// Tells of each companion that does not go why: with its asset, or in a verdict of its own where that has another fate.
    pub(super) fn tell_companions(&self, matched: &Matched, verdicts: &mut Vec<ExportVerdict>) {
        let mut apart = Vec::new();
        for verdict in verdicts.iter_mut() {
            self.tell_companions_of(verdict, &matched.presences[verdict.asset as usize], &mut apart);
        }
        if !apart.is_empty() {
            verdicts.extend(apart);
            verdicts.sort_by_key(|verdict| (verdict.asset, verdict.resource));
        }
    }

    fn tell_companions_of(&self, verdict: &mut ExportVerdict, presence: &Presence, apart: &mut Vec<ExportVerdict>) {
        let asset = &self.sides.assets[verdict.asset as usize];
        if asset.resources.len() < 2 {
            return;
        }
        let absent: Vec<Wanted> = match presence {
            Presence::Held { lacking, gone, .. } => lacking.iter().chain(gone).copied().collect(),
            Presence::Torn { lacking, .. } => lacking.clone(),
            _ => wanted(asset, self.outward.export.edited),
        };
        let is_companion = |wanted: &Wanted| asset.resources[usize::from(wanted.resource)].role.is_companion();
        let is_told = |wanted: &Wanted| {
            verdict.outgoing().is_some_and(|out| {
                let goes = out.files.iter().any(|file| file.payload == Payload::Resource(wanted.resource));
                goes || out.missing.iter().any(|(at, _)| *at == wanted.resource)
            })
        };
        let evidence = match presence {
            Presence::Held { file, rung, .. } => Some(Evidence::Held(*file, *rung)),
            _ => None,
        };
        let mut stays = Vec::new();
        for wanted in absent.into_iter().filter(|wanted| is_companion(wanted) && !is_told(wanted)) {
            let Some(reason) = self.why_it_stays(verdict, wanted, presence) else { continue };
            match &verdict.fate {
                ExportFate::Fail(_) | ExportFate::Skip(Reason::Incomplete) => stays.push((wanted.resource, reason)),
                ExportFate::Skip(of_asset) if *of_asset == reason => stays.push((wanted.resource, reason)),
                _ => {
                    let (resource, fate) = (Some(wanted.resource), ExportFate::Skip(reason));
                    apart.push(ExportVerdict { resource, evidence, ..ExportVerdict::new(verdict.asset, fate) });
                }
            }
        }
        verdict.stays = stays.into();
        apart.extend(self.picture_apart(verdict));
    }

    /// The verdict on the picture of an asset of which only what belongs to it goes, as the folder has the same in other bytes.
    fn picture_apart(&self, verdict: &ExportVerdict) -> Option<ExportVerdict> {
        let out = verdict.outgoing()?;
        let Some(evidence @ Evidence::Held(_, rung)) = verdict.evidence else { return None };
        let resources = &self.sides.assets[verdict.asset as usize].resources;
        let stands_for_it = |file: &OutgoingFile| match file.payload {
            Payload::Resource(at) => is_main(&resources[usize::from(at)]),
            Payload::Sidecar => false,
        };
        let reason = same_in_other_bytes(rung).filter(|_| !out.files.iter().any(stands_for_it))?;
        let resource = Some(resources.iter().position(is_main)? as u16);
        let fate = ExportFate::Skip(reason);
        Some(ExportVerdict { resource, evidence: Some(evidence), ..ExportVerdict::new(verdict.asset, fate) })
    }

    fn is_here(&self, asset: u32, wanted: Wanted) -> bool {
        let resource = &self.sides.assets[asset as usize].resources[usize::from(wanted.resource)];
        let bytes = self.fingerprint(asset, resource);
        let is_left_out = bytes.and_then(|bytes| self.sides.memory.decision(&bytes)) == Some(Decision::LeaveOut);
        resource.whereabouts == Whereabouts::Here && !is_left_out
    }

    fn is_movie(&self, asset: u32, wanted: Wanted) -> bool {
        let resource = &self.sides.assets[asset as usize].resources[usize::from(wanted.resource)];
        resource.role == ResourceRole::PairedVideo
    }

    /// Why a companion does not lie in the folder; nothing where nobody knows that it does not.
    fn why_it_stays(&self, verdict: &ExportVerdict, wanted: Wanted, presence: &Presence) -> Option<Reason> {
        match &verdict.fate {
            ExportFate::Fail(_) => Some(Reason::Unreadable),
            ExportFate::Skip(reason) if !is_in_the_folder(*reason) => Some(*reason),
            // The equal one takes its own along; where that has other bytes it goes beside in the next run at the latest.
            ExportFate::Skip(reason @ Reason::SameBytesAs) if self.is_here(verdict.asset, wanted) => Some(*reason),
            // The Live Photo of that shot which the folder has is one with a movie of its own.
            ExportFate::Skip(reason @ Reason::SameShot) if self.is_movie(verdict.asset, wanted) => Some(*reason),
            _ => self.why_apart(verdict.asset, wanted, presence),
        }
    }

    /// Whether beside the file that stands for an asset lies one that may be its companion of this role.
    fn may_lie_beside(&self, file: FileRef, role: ResourceRole) -> bool {
        let role = if role == ResourceRole::RenderedPairedVideo { ResourceRole::PairedVideo } else { role };
        self.sides.items[file.item as usize].file(role).is_some()
    }

    /// Why a companion does not lie in the folder; nothing where nobody knows that it does not.
    fn why_apart(&self, position: u32, wanted: Wanted, presence: &Presence) -> Option<Reason> {
        let asset = &self.sides.assets[position as usize];
        let resource = &asset.resources[usize::from(wanted.resource)];
        let bytes = self.fingerprint(position, resource);
        let is_due = matches!(presence, Presence::Held { lacking, .. } if lacking.contains(&wanted));
        let link = match presence {
            Presence::Held { link, .. } => link.map(|at| &self.sides.memory.links()[at as usize]),
            _ => None,
        };
        let is_undone = link.is_some_and(|link| link.undone);
        let taken_away = if is_undone { Reason::Undone } else { Reason::DeletedInFolder };
        let is_left_out = |bytes| self.sides.memory.decision(&bytes) == Some(Decision::LeaveOut);
        let against = || self.outward.export.against(asset).next();
        let is_old = || (!self.is_reached(position)).then_some(Reason::BeforeBaseline);
        let not_here = || match resource.whereabouts {
            Whereabouts::Cloud => Reason::OnlyInICloud,
            Whereabouts::Missing => Reason::OriginalMissing,
            Whereabouts::Unreachable => Reason::ReferencedUnreachable,
            Whereabouts::Here | Whereabouts::Unread => Reason::Incomplete,
        };
        match bytes {
            Some(bytes) if is_left_out(bytes) => Some(Reason::LeftOut),
            Some(bytes) if !is_due && self.sides.memory.was_placed(&bytes) => Some(taken_away),
            None if !is_due => match presence {
                Presence::Held { file, .. } if self.may_lie_beside(*file, resource.role) => Some(Reason::NotCompared),
                _ if link.is_some_and(|link| link.placed.contains(resource.role)) => Some(taken_away),
                _ => None,
            },
            _ if is_due && self.identity(position).is_some_and(is_left_out) => Some(Reason::LeftOut),
            _ if is_due => Some(against().or_else(is_old).unwrap_or_else(not_here)),
            _ => Some(not_here()),
        }
    }
}

/// Whether this is said of an asset of which the folder has at least a part.
fn is_in_the_folder(reason: Reason) -> bool {
    reason.lies_on_both_sides() || matches!(reason, Reason::EditedSinceExport | Reason::Incomplete)
}
