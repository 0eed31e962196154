//! What belongs to a photo on one side and holds the coded picture or movie of a file on the other: a RAW, or half of a Live
//! Photo, about which other things are written.

use std::path::Path;

use photobridge_media as media;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::alike::MOST_OF_A_SECOND;
use super::index::{Index, compared, kind_of_role};
use super::rungs::is_open;
use super::seconds::seconds_of;
use super::{Absence, Facts, PictureOf, Relation, Rung, originals, questions};
use crate::asset::{Asset, Resource, ResourceRef, ResourceRole};
use crate::item::{FileRef, Item, ItemFile};

/// Files that nothing holds by its bytes, each with a file of the library that may be it.
pub(super) struct Parts(Vec<(FileRef, ResourceRef)>);

/// What was found to be one coded picture.
#[derive(Debug, Default)]
pub(super) struct SameParts {
    pub(super) files: FxHashMap<FileRef, ResourceRef>,
    pub(super) resources: FxHashMap<ResourceRef, FileRef>,
}

impl Parts {
    /// Finds them: on either side one at least belongs to a photo. What both say of their second brings them together, or
    /// the memory, or that their photos are one.
    pub(super) fn new<'a>(index: &'a Index<'a>, facts: &Facts, relations: &[Relation]) -> Self {
        let sides = index.sides;
        let is_asked = |(file, _, entry): &(FileRef, &Item, &ItemFile)| {
            let relation = &relations[file.item as usize];
            let is_whole = entry.is_readable() && entry.flaw().is_none();
            is_whole && if file.file == 0 { is_untold(relation) } else { is_absent(index, *file, relation, facts) }
        };
        let open: Vec<(FileRef, &Item, &ItemFile)> = originals(sides.items).filter(is_asked).collect();
        if open.is_empty() || sides.assets.is_empty() {
            return Self(Vec::new());
        }
        let mut files: FxHashMap<i64, u32> = FxHashMap::default();
        open.iter().flat_map(|(_, item, entry)| seconds(item, entry)).for_each(|at| *files.entry(at).or_default() += 1);
        let mut pairs = Vec::new();
        for (file, item, entry) in open {
            let mut candidates: SmallVec<[u32; 4]> =
                known(index, file, facts, &relations[file.item as usize]).collect();
            for second in seconds(item, entry) {
                let of_second = index.seconds().at(second);
                if of_second.len() * files[&second] as usize <= MOST_OF_A_SECOND {
                    candidates.extend(of_second.iter().map(|(_, asset)| *asset));
                }
            }
            for asset in candidates {
                let resources = may_be(&sides.assets[asset as usize], file, entry);
                pairs.extend(resources.map(|resource| (file, ResourceRef { asset, resource })));
            }
        }
        pairs.sort_unstable_by_key(|(file, resource)| (*file, index.preference(resource.asset), resource.resource));
        pairs.dedup();
        Self(pairs)
    }

    /// The pictures that must be read.
    pub(super) fn pictures(&self) -> impl Iterator<Item = PictureOf> {
        self.0.iter().flat_map(|(file, resource)| [PictureOf::File(*file), PictureOf::Resource(*resource)])
    }

    /// Decides, and says of what stands for an item that it is a part of a photo of the library.
    pub(super) fn decide(&self, facts: &Facts, relations: &mut [Relation]) -> SameParts {
        let mut same = SameParts::default();
        for (file, resource) in &self.0 {
            let [one, other] = [PictureOf::File(*file), PictureOf::Resource(*resource)].map(|end| facts.picture(end));
            if one.is_some() && one == other {
                same.files.entry(*file).or_insert(*resource);
                same.resources.entry(*resource).or_insert(*file);
            }
        }
        same.files.retain(|file, resource| {
            let relation = &mut relations[file.item as usize];
            let is_told = file.file > 0 || is_untold(relation);
            if file.file == 0 && is_told {
                *relation = Relation::Held { asset: resource.asset, rung: Rung::Picture };
            }
            is_told
        });
        same
    }
}

impl SameParts {
    /// Says of companions that the library has them, with other things written about them.
    pub(super) fn tell(&self, index: &Index<'_>, absent: &mut FxHashMap<FileRef, Absence>) {
        for (file, resource) in &self.files {
            if let Some(absence @ (Absence::Lacking | Absence::Deleted(Some(_)))) = absent.get_mut(file) {
                let is_trashed = index.sides.assets[resource.asset as usize].standing.trashed;
                *absence = if is_trashed { Absence::Deleted(None) } else { Absence::SamePicture(*resource) };
            }
        }
    }
}

/// Whether bytes say less of what stands for an item than its picture can: the memory may know it as some file of an asset.
fn is_untold(relation: &Relation) -> bool {
    is_open(relation) || matches!(relation, Relation::Changed(_) | Relation::Held { rung: Rung::Shot, .. })
}

fn is_absent(index: &Index<'_>, file: FileRef, relation: &Relation, facts: &Facts) -> bool {
    matches!(index.absence(file, relation, facts), Some(Absence::Lacking | Absence::Deleted(Some(_))))
}

/// Assets that the file may belong to whatever it says of itself: that of its item, and those of the links of its bytes and
/// of the paths of both.
fn known<'a>(
    index: &'a Index<'a>,
    file: FileRef,
    facts: &Facts,
    relation: &Relation,
) -> impl Iterator<Item = u32> + use<'a> {
    let (memory, item) = (index.sides.memory, &index.sides.items[file.item as usize]);
    let held = match relation {
        Relation::Held { asset, .. } => Some(*asset),
        _ => None,
    };
    let path = &item.files[usize::from(file.file)].path;
    let by_bytes = facts.file(file).and_then(|bytes| memory.by_fingerprint(&bytes));
    let links = [by_bytes, memory.by_path(item.folder, path), memory.by_path(item.folder, item.path())];
    let ids = links.into_iter().flatten().flat_map(|link| &link.assets);
    ids.filter_map(|id| index.by_id(id)).chain(held)
}

/// The files of an asset that may be this one, by kind and format. What stands for an item and what stands for an asset are
/// compared elsewhere.
fn may_be<'a>(asset: &'a Asset, file: FileRef, entry: &ItemFile) -> impl Iterator<Item = u16> + use<'a> {
    let (kind, name) = (kind_of_role(entry.role), entry.name().to_string_lossy().into_owned());
    let stands_for_it = file.file == 0;
    let is_it = move |at: &usize| {
        let resource = &asset.resources[*at];
        let is_of_format = format_of(asset, resource).is_none_or(|ending| media::same_format(&name, ending));
        let is_meant = !stands_for_it || resource.role.is_companion();
        is_meant && is_of_format && kind_of_role(resource.role) == kind && resource.whereabouts.may_be_here()
    };
    compared(asset).filter(is_it).map(|at| at as u16)
}

/// The ending of a file of the library, where something tells it.
fn format_of<'a>(asset: &'a Asset, resource: &'a Resource) -> Option<&'a str> {
    let is_named = matches!(resource.role, ResourceRole::Photo | ResourceRole::Video);
    let name = if is_named { &asset.original_name } else { &resource.locator };
    Path::new(&**name).extension().and_then(|ending| ending.to_str())
}

/// The seconds that a file tells, or the one that it belongs to.
fn seconds(item: &Item, entry: &ItemFile) -> impl Iterator<Item = i64> + use<> {
    let times = [questions::told(entry), questions::told(item.primary())];
    let mut seconds: SmallVec<[i64; 4]> = times.into_iter().flat_map(seconds_of).flatten().collect();
    seconds.sort_unstable();
    seconds.dedup();
    seconds.into_iter()
}
