//! Of assets with equal originals one goes, and what only the others have goes beside it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{ExportFate, ExportVerdict, Exports, Going, Judged, Outgoing, OutgoingFile, Payload, is_main};
use crate::asset::Resource;
use crate::export::Wanted;
use crate::fingerprint::Fingerprint;
use crate::folder::names;
use crate::matching::{Rung, carrying_rank};
use crate::plan::Evidence;
use crate::reason::Reason;

/// An asset that would go, and does not, since one with an equal original does.
pub(super) struct Twin {
    asset: u32,
    of: u32,
    going: Going,
}

impl Exports<'_> {
    /// Of several assets with equal bytes that would go the one that does.
    pub(super) fn carriers(&self, judged_all: &[Judged]) -> FxHashMap<Fingerprint, u32> {
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
    pub(super) fn verdict(
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
    pub(super) fn parts_of(&mut self, twins: Vec<Twin>, verdicts: &mut [ExportVerdict]) {
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
                let entry = &asset.resources[usize::from(wanted.resource)];
                let is_another = entry.role.is_companion() && !self.may_go_already(of, out, entry);
                is_another && bytes(wanted).is_some_and(|bytes| gone.insert(bytes))
            });
            let mut files = self.apart(asset, &directory, &stem, &others);
            let mut renames = Vec::new();
            files.extend(self.edits_beside(position, (&directory, &stem), &edits, &mut renames));
            if files.is_empty() {
                continue;
            }
            let of_edits = |(at, _): &(u16, Reason)| asset.resources[usize::from(*at)].role.is_render();
            let missing = going.missing.into_iter().filter(of_edits).collect();
            let edit = (!edits.is_empty()).then(|| self.edit(position));
            let motion = self.as_motion_photos(asset, &files);
            let out =
                Outgoing { directory, files, motion, missing, renames, parted_from: None, edit, beside: going.bytes };
            let (fate, taken_in) = (ExportFate::Export(Box::new(out)), going.taken_in);
            verdicts[position as usize] = ExportVerdict { taken_in, ..ExportVerdict::new(position, fate) };
        }
    }

    /// Whether a file of untold bytes that goes out of an asset may have those of this one.
    fn may_go_already(&self, asset: u32, out: &Outgoing, other: &Resource) -> bool {
        out.files.iter().any(|file| match file.payload {
            Payload::Resource(at) => {
                let entry = &self.sides.assets[asset as usize].resources[usize::from(at)];
                let is_as_long = entry.size.zip(other.size).is_none_or(|(one, other)| one == other);
                entry.role == other.role && is_as_long && self.fingerprint(asset, entry).is_none()
            }
            Payload::Sidecar => false,
        })
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
}
