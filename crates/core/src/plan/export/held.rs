//! Decides about an asset that the folder holds: nothing goes but what it lacks there.

use super::{Exports, Finding, same_in_other_bytes};
use crate::asset::{Asset, Resource};
use crate::export::{Edited, Wanted, wanted};
use crate::item::FileRef;
use crate::matching::{Rung, role_of, shown as shown_by};
use crate::memory::{Decision, Link, Origin};
use crate::plan::Evidence;
use crate::reason::Reason;

impl Exports<'_> {
    /// The folder holds it: nothing goes but what it lacks.
    pub(super) fn judge_held(
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
        let link: Option<&Link> = link.map(|at| &self.sides.memory.links()[at as usize]);
        let is_from = |origin| link.is_some_and(|link| link.origin == origin && !link.placed.is_empty());
        if !is_from(Origin::Folder) && self.is_version_before_the_edit(position, file, rung) {
            return self.found_before_the_edit(asset, file, found);
        }
        // A person who takes it in has it whole.
        if rung.is_of_other_bytes() && (lacking.is_empty() || is_taken_in()) {
            found.against.push(same);
            return found.against.extend(self.outward.export.against(asset));
        }
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
            return self.found_before_the_edit(asset, file, found);
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
        let stands_for_it = |wanted: &Wanted| !wanted.belongs(asset);
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

    /// The folder has another version than the library shows, which a person can have beside it.
    fn found_before_the_edit(&self, asset: &Asset, file: FileRef, found: &mut Finding) {
        found.against.push(Reason::EditedSinceExport);
        (found.files, found.beside) = (shown(asset), Some(file.item));
        found.against.extend(self.outward.export.against(asset));
    }

    /// Whether what Photos shows is asked for, and the file is the photo as it was before that edit.
    fn is_version_before_the_edit(&self, position: u32, file: FileRef, rung: Rung) -> bool {
        if self.outward.export.edited != Edited::Current {
            return false;
        }
        let asset = &self.sides.assets[position as usize];
        let (Some(original), Some(edit)) = (asset.primary(), asset.render()) else { return false };
        let there = shown_by(self.sides.assets, self.facts, position, file);
        // Only the original has a size, a time and a name to be compared.
        let has_original = there.contains(original.role) || rung == Rung::SizeTimeAndName;
        has_original && !there.contains(edit.role)
    }

    /// Whether the file is a version that we exported and that the library no longer has, as after *Revert to Original*.
    fn is_another_version(&self, position: u32, file: FileRef, link: Option<&Link>) -> bool {
        let asset = &self.sides.assets[position as usize];
        let was_exported = link.is_some_and(|link| link.origin == Origin::Library);
        if !was_exported || !asset.is_listed() || self.facts.file(file).is_none() {
            return false;
        }
        let size = self.sides.items[file.item as usize].files[usize::from(file.file)].stamp.size;
        let may_be = |resource: &Resource| {
            self.fingerprint(position, resource).is_none() && resource.size.is_none_or(|known| known == size)
        };
        let mut bytes = self.facts.bytes_of(file);
        let is_there = bytes.any(|bytes| role_of(self.sides.assets, self.facts, position, bytes).is_some());
        !is_there && !asset.resources.iter().any(may_be)
    }

    /// Whether this is the asset that we exported, or none of those that we did is there any more (the library was
    /// rebuilt).
    fn was_exported(&self, link: &Link, asset: &Asset) -> bool {
        let exported = link.exported_assets();
        let ids = || self.ids.get_or_init(|| self.sides.assets.iter().map(|asset| &asset.id).collect());
        exported.contains(&asset.id) || !exported.iter().any(|id| ids().contains(id))
    }
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
