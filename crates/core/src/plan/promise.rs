//! A kept simulation that is carried out: nothing goes that it did not plan.
//!
//! While a plan is made, what it left since another goes in its place counts as known, so that the same reason is found for it
//! now. If nothing goes in its place any more, it is what changed since.

use super::{Evidence, ExportFate, ExportVerdict, Fate, Outgoing, Payload, Plan, Promise, Verdict};
use crate::asset::{Asset, AssetId};
use crate::export::Wanted;
use crate::fingerprint::Fingerprint;
use crate::item::{FileRef, Stamp};
use crate::matching::{Facts, Sides};
use crate::reason::Reason;

/// Leaves what the simulation left, and what nobody planned.
pub(super) fn keep(only: &Promise, plan: &mut Plan, sides: Sides<'_>, facts: &Facts) {
    for verdict in &mut plan.verdicts {
        let Fate::Import(files) = &verdict.fate else { continue };
        let item = &sides.items[verdict.item as usize];
        let was_left = only.left_beside_another(&item.primary().stamp);
        let is_new = |at: &u16| {
            let bytes = facts.file(FileRef { item: verdict.item, file: *at });
            !only.knows_beside(&item.files[usize::from(*at)].stamp, bytes)
        };
        if was_left && files.iter().any(is_new) {
            let shared = files.iter().copied().filter(|at| *at != verdict.file).collect();
            let fate = Fate::Skip(Reason::ChangedSincePlanned);
            let evidence = Some(Evidence::NewSinceYouLooked);
            let file = verdict.file;
            *verdict = Verdict { file, shared, evidence, ..Verdict::new(verdict.item, fate) };
        }
    }
    for verdict in &mut plan.exports {
        let asset = &sides.assets[verdict.asset as usize];
        let is_new = |out: &Outgoing| {
            out.files.iter().any(|file| match file.payload {
                Payload::Resource(at) => !only.resources.contains(&(id(asset), asset.resources[usize::from(at)].role)),
                Payload::Sidecar => false,
            })
        };
        if only.equal_assets.contains(&asset.id) && verdict.outgoing().is_some_and(is_new) {
            let fate = ExportFate::Skip(Reason::ChangedSincePlanned);
            let evidence = Some(Evidence::NewSinceYouLooked);
            *verdict = ExportVerdict { evidence, ..ExportVerdict::new(verdict.asset, fate) };
        }
    }
}

fn id(asset: &Asset) -> AssetId {
    AssetId(asset.id.0.clone())
}

impl Promise {
    fn knows(&self, stamp: &Stamp, fingerprint: Option<Fingerprint>) -> bool {
        fingerprint.is_some_and(|fingerprint| self.fingerprints.contains(&fingerprint)) || self.stamps.contains(stamp)
    }

    /// Whether it knew this file as one that goes with another.
    pub(super) fn knows_beside(&self, stamp: &Stamp, fingerprint: Option<Fingerprint>) -> bool {
        self.companions.contains(stamp) || self.knows(stamp, fingerprint)
    }

    /// Whether it left this file since another goes in its place.
    pub(super) fn left_beside_another(&self, stamp: &Stamp) -> bool {
        self.beside_others.contains(stamp)
    }

    /// Whether it planned this file, or left it for another one.
    pub(super) fn saw(&self, stamp: &Stamp, fingerprint: Option<Fingerprint>) -> bool {
        self.knows(stamp, fingerprint) || self.left_beside_another(stamp)
    }

    /// Whether it planned this file of an asset, or left that for an equal one.
    pub(super) fn saw_resource(&self, asset: &Asset, wanted: &Wanted) -> bool {
        self.resources.contains(&(id(asset), wanted.role(asset))) || self.equal_assets.contains(&asset.id)
    }
}
