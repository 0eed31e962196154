//! What of an asset the folder lacks, beside what it has of it.

use super::{Folder, is_shot};
use crate::asset::{Asset, AssetId, ResourceRef, ResourceRole};
use crate::export::{Edited, Wanted, wanted};
use crate::folder::target;
use crate::item::FileRef;
use crate::matching::{Rung, may_be_its, role_of};
use crate::memory::{Decision, Edit, Link, Origin, Roles};

impl Folder<'_> {
    /// What is asked for and not in the folder.
    pub(super) fn absent(&self, position: u32) -> Vec<Wanted> {
        let asset = &self.sides.assets[position as usize];
        let is_absent = |wanted: &Wanted| {
            let resource = &asset.resources[usize::from(wanted.resource)];
            let is_there = self.file(self.identities(position, wanted.resource, resource)).is_some();
            let place = ResourceRef { asset: position, resource: wanted.resource };
            !is_there && !self.parts.resources.contains_key(&place)
        };
        wanted(asset, self.outward.export.edited).into_iter().filter(is_absent).collect()
    }

    /// What is asked for, is not in the folder and was never delivered there.
    pub(super) fn lacking(
        &self,
        position: u32,
        (file, rung): (FileRef, Rung),
        link: Option<u32>,
        absent: &[Wanted],
    ) -> Vec<Wanted> {
        let mut absent = absent.to_vec();
        if absent.is_empty() {
            return absent;
        }
        let asset = &self.sides.assets[position as usize];
        let holder = &self.sides.items[file.item as usize];
        if !rung.is_of_other_bytes() {
            self.leave_to_the_carrier(position, file, &mut absent);
        }
        if holder.folder != self.outward.folder {
            return Vec::new();
        }
        let link = link.map(|at| self.entry(at));
        if let Some(link) = link.filter(|link| link.came_in()) {
            let lay_there = |wanted: &Wanted| self.lay_where_all_is_gone(position, wanted, link);
            absent.retain(|wanted| self.is_taken_in(position, wanted) || lay_there(wanted));
            return absent;
        }
        if is_shot(rung) {
            // A Live Photo is the same shot as another one, with a movie of its own; a RAW is never the same shot.
            absent.retain(|wanted| wanted.role(asset) != ResourceRole::PairedVideo);
        }
        let there = self.places_taken(position, file, rung);
        // Though it is forgotten: what a Photobridge brought in came from the folder, unless it lies where exports go.
        let own = target::directory(asset.captured.as_ref(), self.outward.export.layout);
        let may_be_ours = !asset.by_photobridge || holder.path().parent() == Some(&own);
        let came_in = link.is_none_or(|link| link.origin == Origin::Both) && !may_be_ours;
        let is_done = |wanted: &Wanted| self.was_delivered(position, wanted, there, link) || (came_in && wanted.beside);
        absent.retain(|wanted| !is_done(wanted) || self.is_taken_in(position, wanted));
        absent
    }

    /// Of several assets with these bytes one sends what belongs to them: the others send only an edit or a companion of
    /// their own, where that is known to be another one.
    fn leave_to_the_carrier(&self, position: u32, file: FileRef, absent: &mut Vec<Wanted>) {
        let carrier = self.facts.bytes_of(file).find_map(|bytes| self.index.carrier(&bytes));
        let Some(carrier) = carrier.filter(|carrier| *carrier != position) else { return };
        let asset = &self.sides.assets[position as usize];
        let carriers = |bytes| role_of(self.sides.assets, self.facts, carrier, bytes).is_some();
        let has_own = |wanted: &Wanted| {
            let resource = &asset.resources[usize::from(wanted.resource)];
            let mut bytes = self.identities(position, wanted.resource, resource).peekable();
            bytes.peek().is_some() && (wanted.beside || (resource.role.is_companion() && !bytes.any(carriers)))
        };
        absent.retain(has_own);
    }

    /// Whether a person took in this very file.
    fn is_taken_in(&self, position: u32, wanted: &Wanted) -> bool {
        let asset = &self.sides.assets[position as usize];
        let resource = &asset.resources[usize::from(wanted.resource)];
        let mut bytes = self.identities(position, wanted.resource, resource);
        wanted.belongs(asset) && bytes.any(|bytes| self.sides.memory.decision(&bytes) == Some(Decision::TakeIn))
    }

    /// Whether a RAW or movie of a photo that came in lay only in a folder that is gone for good: here nobody deleted it.
    fn lay_where_all_is_gone(&self, position: u32, wanted: &Wanted, link: &Link) -> bool {
        let role = self.sides.assets[position as usize].resources[usize::from(wanted.resource)].role;
        let is_original = matches!(role, ResourceRole::AlternatePhoto | ResourceRole::PairedVideo);
        is_original && !link.elsewhere && link.apart.contains(role) && !link.placed.contains(role)
    }

    /// What of the asset the folder has in places of its own, by its bytes or beside the file that stands for it.
    fn places_taken(&self, position: u32, file: FileRef, rung: Rung) -> Roles {
        let asset = &self.sides.assets[position as usize];
        let mut there = Roles::default();
        // What is not known by its bytes is the original: only its size, time and name are compared.
        let primary = asset.primary().filter(|_| rung == Rung::SizeTimeAndName);
        primary.into_iter().for_each(|primary| there.insert(primary.role));
        for (at, main) in self.mains(asset) {
            if self.file(self.identities(position, at, main)).is_some() {
                there.insert(main.role);
            }
        }
        for (at, companion) in self.sides.items[file.item as usize].files.iter().enumerate().skip(1) {
            // Beside an edited version lies the edited video, which looks like any Live Photo's.
            let bytes = self.facts.file(FileRef { item: file.item, file: at as u16 });
            let role = bytes.and_then(|bytes| role_of(self.sides.assets, self.facts, position, bytes));
            // Whatever recipe lies beside the photo has the place of the library's: it may be a later one.
            let is_recipe = companion.role == ResourceRole::AdjustmentData;
            let may_be = || {
                (is_recipe || may_be_its(self.sides.assets, self.facts, position, companion)).then_some(companion.role)
            };
            role.or_else(may_be).into_iter().for_each(|role| there.insert(role));
        }
        there
    }

    /// Whether a file has its place in the folder, had it, or lay there as another photo: the video of a Live Photo may have
    /// lain there by itself.
    fn was_delivered(&self, position: u32, wanted: &Wanted, there: Roles, link: Option<&Link>) -> bool {
        let edited = self.outward.export.edited;
        let asset = &self.sides.assets[position as usize];
        let resource = &asset.resources[usize::from(wanted.resource)];
        let placed = link.map(|link| link.placed).unwrap_or_default();
        let mut bytes = self.identities(position, wanted.resource, resource).peekable();
        // Of what has a place beside the photo the bytes say whether it was there, as far as they are known: another file
        // may have had that place.
        let by_bytes = resource.role.is_companion() && bytes.peek().is_some();
        let was_there = if by_bytes { placed.without(resource.role) } else { placed };
        let is_there = fills(there, resource.role, edited) || fills(was_there, resource.role, edited);
        let is_its_edit = link.filter(|_| wanted.beside).is_none_or(|link| self.had_its_edit(asset, link));
        (is_there && is_its_edit) || bytes.any(|bytes| self.sides.memory.was_placed(&bytes))
    }

    /// Whether the edit that lay in the folder as this link's may have been that of this asset, and not of an equal one.
    fn had_its_edit(&self, asset: &Asset, link: &Link) -> bool {
        let is_here = |id: &AssetId| self.index.by_id(id).is_some();
        match link.exported_assets().iter().position(|id| *id == asset.id) {
            Some(at) if link.exported > 1 => match link.edits[at] {
                Edit::Edited(Some(then)) => self.sides.memory.was_placed(&then),
                _ => true,
            },
            Some(_) => true,
            // Where the library was rebuilt, it went out under another id.
            None => link.assets.contains(&asset.id) || !link.assets.iter().any(is_here),
        }
    }
}

/// Whether what is there stands for a resource of this role. The original and the edited version take one place, unless
/// both are asked for.
pub(super) fn fills(there: Roles, role: ResourceRole, edited: Edited) -> bool {
    use ResourceRole::{PairedVideo, Photo, RenderedPairedVideo, RenderedPhoto, RenderedVideo, Video};
    let other = match role {
        Photo => RenderedPhoto,
        RenderedPhoto => Photo,
        Video => RenderedVideo,
        RenderedVideo => Video,
        PairedVideo => RenderedPairedVideo,
        RenderedPairedVideo => PairedVideo,
        other => other,
    };
    there.contains(role) || (edited != Edited::Both && there.contains(other))
}
