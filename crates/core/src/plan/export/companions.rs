//! Decides about companions that lie in the library, not in the folder, and do not go with their asset: each is named.

use super::{Evidence, ExportFate, ExportVerdict, Exports, Payload};
use crate::asset::{ResourceRole, Whereabouts};
use crate::export::{Wanted, wanted};
use crate::item::FileRef;
use crate::matching::{Matched, Presence};
use crate::memory::Decision;
use crate::reason::Reason;

impl Exports<'_> {
    /// A verdict on each companion that has another fate than its asset.
    pub(super) fn companions(&self, matched: &Matched, verdicts: &[ExportVerdict]) -> Vec<ExportVerdict> {
        verdicts
            .iter()
            .flat_map(|verdict| self.companions_of(verdict, &matched.presences[verdict.asset as usize]))
            .collect()
    }

    fn companions_of(&self, verdict: &ExportVerdict, presence: &Presence) -> Vec<ExportVerdict> {
        let asset = &self.sides.assets[verdict.asset as usize];
        let absent: Vec<Wanted> = match (&verdict.fate, presence) {
            (_, Presence::Held { rung, .. }) if rung.is_of_other_bytes() => return Vec::new(),
            (ExportFate::Fail(_), _) => return Vec::new(),
            (ExportFate::Skip(reason), Presence::Held { lacking, gone, .. }) if is_in_the_folder(*reason) => {
                lacking.iter().chain(gone).copied().collect()
            }
            (ExportFate::Export(_), Presence::Held { lacking, gone, .. }) => {
                lacking.iter().chain(gone).copied().collect()
            }
            (ExportFate::Export(_), _) => wanted(asset, self.outward.export.edited),
            (ExportFate::Skip(_), _) => return Vec::new(),
        };
        let role = |wanted: &Wanted| asset.resources[usize::from(wanted.resource)].role;
        let is_told = |wanted: &Wanted| {
            verdict.outgoing().is_some_and(|out| {
                let goes = out.files.iter().any(|file| file.payload == Payload::Resource(wanted.resource));
                goes || out.missing.iter().any(|(at, _)| *at == wanted.resource)
            })
        };
        let companions =
            absent.into_iter().filter(|wanted| ResourceRole::is_companion(role(wanted)) && !is_told(wanted));
        let evidence = match presence {
            Presence::Held { file, rung, .. } => Some(Evidence::Held(*file, *rung)),
            _ => None,
        };
        let apart = |wanted: Wanted| {
            let reason = self.why_apart(verdict.asset, wanted, presence)?;
            let fate = ExportFate::Skip(reason);
            let resource = Some(wanted.resource);
            (fate != verdict.fate).then_some(ExportVerdict { resource, fate, evidence, taken_in: None, ..*verdict })
        };
        companions.filter_map(apart).collect()
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
        let against = || self.outward.export.against(asset).next();
        let is_old = || (!self.is_reached(position)).then_some(Reason::BeforeBaseline);
        match bytes {
            Some(bytes) if self.sides.memory.decision(&bytes) == Some(Decision::LeaveOut) => Some(Reason::LeftOut),
            Some(bytes) if !is_due && self.sides.memory.was_placed(&bytes) => Some(taken_away),
            None if !is_due => match presence {
                Presence::Held { file, .. } if self.may_lie_beside(*file, resource.role) => Some(Reason::NotCompared),
                _ if link.is_some_and(|link| link.placed.contains(resource.role)) => Some(taken_away),
                _ => None,
            },
            _ if is_due => against().or_else(is_old).or(Some(Reason::Incomplete)),
            _ => Some(match resource.whereabouts {
                Whereabouts::Cloud => Reason::OnlyInICloud,
                Whereabouts::Missing => Reason::OriginalMissing,
                Whereabouts::Unreachable => Reason::ReferencedUnreachable,
                Whereabouts::Here | Whereabouts::Unread => Reason::Incomplete,
            }),
        }
    }
}

/// Whether this is said of an asset of which the folder has at least a part.
fn is_in_the_folder(reason: Reason) -> bool {
    reason.lies_on_both_sides() || matches!(reason, Reason::EditedSinceExport | Reason::Incomplete)
}
