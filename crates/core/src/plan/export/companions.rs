//! Tells of files of an asset that do not go with it though the folder lacks them: each is named.

use super::{ExportFate, ExportVerdict, Exports, Payload, same_in_other_bytes};
use crate::asset::{ResourceRole, Whereabouts};
use crate::export::{Wanted, wanted};
use crate::item::{FileRef, ItemFile};
use crate::matching::{Matched, Presence};
use crate::memory::{Decision, Link};
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
        for wanted in absent.into_iter().filter(|wanted| wanted.belongs(asset) && !is_told(wanted)) {
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
        self.tell_pictures_apart(verdict, apart);
    }

    /// Tells of the pictures of an asset that stay though something of it goes, as the folder has the same in other bytes.
    fn tell_pictures_apart(&self, verdict: &ExportVerdict, apart: &mut Vec<ExportVerdict>) {
        let (Some(out), Some(evidence @ Evidence::Held(_, rung))) = (verdict.outgoing(), verdict.evidence) else {
            return;
        };
        let Some(reason) = same_in_other_bytes(rung) else { return };
        let asset = &self.sides.assets[verdict.asset as usize];
        let goes = |at: u16| out.files.iter().any(|file| file.payload == Payload::Resource(at));
        let is_missing = |at: u16| out.missing.iter().any(|(missing, _)| *missing == at);
        let pictures = wanted(asset, self.outward.export.edited).into_iter();
        let pictures =
            pictures.filter(|wanted| wanted.role(asset).stands_for_its_asset()).map(|wanted| wanted.resource);
        apart.extend(pictures.filter(|at| !goes(*at) && !is_missing(*at)).map(|at| {
            let (resource, evidence) = (Some(at), Some(evidence));
            ExportVerdict { resource, evidence, ..ExportVerdict::new(verdict.asset, ExportFate::Skip(reason)) }
        }));
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
            // What never lay there was not deleted with its photo.
            ExportFate::Skip(Reason::DeletedInFolder | Reason::Undone)
                if !self.lay_there(verdict.asset, wanted, presence) =>
            {
                Some(Reason::ItsPhotoStaysOut)
            }
            // Nothing of it lies in a folder of this run.
            ExportFate::Skip(reason) if matches!(presence, Presence::FromElsewhere(_)) => Some(*reason),
            ExportFate::Skip(reason) if !is_in_the_folder(*reason) => Some(*reason),
            ExportFate::Skip(reason @ Reason::EditedSinceExport)
                if self.is_of_edit(verdict.asset, wanted)
                    || !self.may_be_what_lies_beside(verdict.asset, presence, wanted) =>
            {
                Some(*reason)
            }
            // The equal one takes its own along; where that has other bytes it goes beside in the next run at the latest.
            ExportFate::Skip(reason @ Reason::SameBytesAs) if self.is_here(verdict.asset, wanted) => Some(*reason),
            // The Live Photo of that shot which the folder has is one with a movie of its own.
            ExportFate::Skip(reason @ Reason::SameShot) if self.is_movie(verdict.asset, wanted) => Some(*reason),
            _ => self.why_apart(verdict.asset, wanted, presence),
        }
    }

    /// Whether this file of an asset ever lay in a folder of this run, as far as that is known.
    fn lay_there(&self, position: u32, wanted: Wanted, presence: &Presence) -> bool {
        let (Presence::Gone(link) | Presence::Torn { link, .. }) = presence else { return true };
        let placed = self.sides.memory.links()[*link as usize].placed;
        let resource = &self.sides.assets[position as usize].resources[usize::from(wanted.resource)];
        match self.fingerprint(position, resource) {
            // Another file may have had its place.
            Some(bytes) if resource.role.is_companion() => self.sides.memory.was_placed(&bytes),
            Some(bytes) if self.sides.memory.was_placed(&bytes) => true,
            _ => placed.contains(resource.role),
        }
    }

    fn is_of_edit(&self, asset: u32, wanted: Wanted) -> bool {
        wanted.role(&self.sides.assets[asset as usize]).is_render()
    }

    /// What lies beside the file that stands for an asset in the place of this file of it.
    fn in_the_place_of(&self, asset: u32, file: FileRef, wanted: Wanted) -> Option<&ItemFile> {
        use ResourceRole::{PairedVideo, RenderedPairedVideo};
        let role = match wanted.role(&self.sides.assets[asset as usize]) {
            RenderedPairedVideo => PairedVideo,
            role => role,
        };
        self.sides.items[file.item as usize].file(role).filter(|_| !wanted.beside)
    }

    /// Whether that can be this file of the asset, as far as its length tells.
    fn may_be_what_lies_beside(&self, asset: u32, presence: &Presence, wanted: Wanted) -> bool {
        let Presence::Held { file, .. } = presence else { return false };
        let size = self.sides.assets[asset as usize].resources[usize::from(wanted.resource)].size;
        let may_be = |file: &ItemFile| size.is_none_or(|size| size == file.stamp.size);
        self.in_the_place_of(asset, *file, wanted).is_some_and(may_be)
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
        let may_lie_there = match presence {
            Presence::Held { file, .. } => self.in_the_place_of(position, *file, wanted).is_some(),
            _ => false,
        };
        // A recipe beside the photo is told of on its own way; an edit of what came from the folder does not go there.
        let is_recipe = resource.role == ResourceRole::AdjustmentData;
        let is_from_there = link.is_some_and(Link::came_in);
        let came_in = || (is_from_there || asset.by_photobridge).then_some(Reason::ImportedByUs);
        match bytes {
            Some(bytes) if is_left_out(bytes) => Some(Reason::LeftOut),
            _ if is_due && self.identity(position).is_some_and(is_left_out) => Some(Reason::LeftOut),
            _ if is_due => Some(against().or_else(is_old).unwrap_or_else(not_here)),
            _ if is_recipe && may_lie_there => None,
            Some(bytes) if self.sides.memory.was_placed(&bytes) => Some(taken_away),
            None if may_lie_there => Some(Reason::NotCompared),
            // Of recipes the memory has no bytes.
            _ if (is_recipe || bytes.is_none()) && link.is_some_and(|link| link.placed.contains(resource.role)) => {
                Some(taken_away)
            }
            _ if resource.role.is_render() => came_in(),
            // It may lie in the folder that it came from, which is none of this run's.
            Some(_) if !is_recipe && is_from_there && link.is_some_and(|link| link.elsewhere) => {
                Some(Reason::ImportedByUs)
            }
            Some(_) if !is_recipe => Some(not_here()),
            _ => None,
        }
    }
}

/// Whether this is said of an asset of which the folder has at least a part.
fn is_in_the_folder(reason: Reason) -> bool {
    reason.lies_on_both_sides() || matches!(reason, Reason::EditedSinceExport | Reason::Incomplete)
}
