//! Where the files of an asset go, and under which names.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::stem::Late;
use super::{Exports, Going, Outgoing, OutgoingFile, Payload, Rename, is_main};
use crate::asset::{Asset, MediaKind, Resource, ResourceRole, Whereabouts};
use crate::export::{Sidecar, Wanted};
use crate::fingerprint::Fingerprint;
use crate::folder::names;
use crate::folder::target::{self, SafeName};
use crate::item::FileRef;
use crate::matching::{role_of, shown};
use crate::plan::Evidence;

impl<'a> Exports<'a> {
    pub(super) fn outgoing(&mut self, position: u32, going: Going) -> Outgoing {
        let Going { found, here, missing, .. } = going;
        let asset = &self.sides.assets[position as usize];
        let Named { directory, files, renames, parted_from } = match found.beside {
            Some(item) => self.beside(position, item, found.evidence, &here),
            None => self.together(asset, &found.files, &here),
        };
        let stands_for_it = |wanted: &Wanted| found.beside.is_none() || wanted.beside;
        let edit = here.iter().any(stands_for_it).then(|| self.edit(position));
        let beside = match found.evidence {
            Some(Evidence::Held(file, _)) if found.beside.is_some() => self.facts.file(file),
            _ => None,
        };
        let motion = self.as_motion_photos(asset, &files);
        Outgoing { directory, files, motion, missing, renames, parted_from, edit, beside }
    }

    /// All files of an asset under one stem; those that come later have their names kept.
    fn together(&mut self, asset: &Asset, files: &[Wanted], here: &[Wanted]) -> Named {
        let directory = target::directory(asset.captured.as_ref(), self.outward.export.layout);
        let name = safe_name(asset, &files[0]);
        let edited = |wanted: &Wanted| if wanted.beside { names::EDITED } else { "" };
        let ending = |wanted: &Wanted| format!("{}{}", edited(wanted), ending(asset, &name, wanted));
        let mut endings: Vec<String> = files.iter().map(ending).collect();
        // An edited version has words of its own beside it, or whoever looks at that alone has none.
        let of_edit = files.iter().any(|wanted| wanted.beside).then(|| format!("{}.xmp", names::EDITED));
        let words: Vec<String> = match self.has_words() {
            true => std::iter::once(".xmp".to_owned()).chain(of_edit).collect(),
            false => Vec::new(),
        };
        endings.extend(words.iter().cloned());
        let all: Vec<&str> = endings.iter().map(String::as_str).collect();
        let stem = self.taken.claim(&directory, &name.stem, &all);
        let named = |ending: &str| format!("{stem}{ending}");
        let resources = files.iter().zip(&endings).filter(|(wanted, _)| here.contains(wanted));
        let mut out: Vec<OutgoingFile> = resources
            .map(|(wanted, ending)| OutgoingFile { payload: Payload::Resource(wanted.resource), name: named(ending) })
            .collect();
        // The edited version may come later, with its words.
        let has_edit = here.iter().any(|wanted| wanted.beside);
        let words = words.iter().take(if has_edit { 2 } else { 1 });
        out.extend(words.map(|ending| OutgoingFile { payload: Payload::Sidecar, name: named(ending) }));
        Named { directory, files: out, renames: Vec::new(), parted_from: None }
    }

    /// What comes later takes the stem of the photo as it lies now, original and edit each with what belongs to them; or both
    /// take another one, where the photo can.
    fn beside(&mut self, position: u32, at: u32, evidence: Option<Evidence>, here: &[Wanted]) -> Named {
        let asset = &self.sides.assets[position as usize];
        let item = &self.sides.items[at as usize];
        let path = item.path();
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        let is_edit = match evidence {
            Some(Evidence::Held(file, _)) => self.is_edit(position, file),
            _ => false,
        };
        let stem = names::stem(&name);
        let of_edit = names::edit_of(stem).filter(|_| is_edit);
        let mut stem = of_edit.unwrap_or(stem).to_owned();
        let own = own_name(asset, here);
        let (mut renames, mut parted_from) = (Vec::new(), None);
        let originals: Vec<Wanted> = here.iter().filter(|wanted| !wanted.beside).copied().collect();
        let mut files = Vec::with_capacity(here.len());
        if !originals.is_empty() {
            let endings: Vec<String> = originals.iter().map(|wanted| ending(asset, &own, wanted)).collect();
            let all: Vec<&str> = endings.iter().map(String::as_str).collect();
            // A place that another file has beside the photo is not taken from it: they would be grouped anew. Beside an
            // edit the original has a stem of its own.
            let role = |wanted: &Wanted| asset.resources[usize::from(wanted.resource)].role;
            let has_place =
                |wanted: &Wanted| of_edit.is_none() && item.files[1..].iter().any(|file| file.role == role(wanted));
            let has_place = originals.iter().any(has_place);
            let late: Vec<Late<'_>> = originals.iter().map(role).zip(all.iter().copied()).collect();
            let is_taken = |ending: &&str| self.taken.has(&directory, &format!("{stem}{ending}"));
            let is_kept_out = of_edit.is_none() && (has_place || all.iter().any(is_taken));
            let another =
                is_kept_out.then(|| self.another_stem(asset, (at, &directory), (&stem, &own.stem), &late)).flatten();
            let claimed = match another {
                Some((another, moved)) => {
                    renames = moved;
                    stem.clone_from(&another);
                    another
                }
                None if has_place => self.taken.claim(&directory, &stem, &all),
                None => self.taken.claim_beside(&directory, &stem, &all),
            };
            parted_from = (claimed != stem).then(|| path.to_owned());
            files.extend(named(&claimed, &originals, &endings));
        }
        let edits: Vec<Wanted> = here.iter().filter(|wanted| wanted.beside).copied().collect();
        files.extend(self.edits_beside(position, (&directory, &stem), &edits, &mut renames));
        Named { directory, files, renames, parted_from }
    }

    /// Whether this file is what the library shows of an edited asset, or what belongs to that.
    fn is_edit(&self, position: u32, file: FileRef) -> bool {
        use ResourceRole::{Photo, RenderedPhoto, RenderedVideo, Video};
        let mut bytes = self.facts.bytes_of(file);
        let by_bytes = bytes.find_map(|bytes| role_of(self.sides.assets, self.facts, position, bytes));
        let shown = shown(self.sides.assets, self.facts, position, file);
        let has = |roles: [ResourceRole; 2]| roles.into_iter().any(|role| shown.contains(role));
        by_bytes.map_or_else(|| has([RenderedPhoto, RenderedVideo]) && !has([Photo, Video]), ResourceRole::is_render)
    }

    /// Companions of an equal photo beside the one with this stem, under a number: that one has its own.
    pub(super) fn apart(&mut self, asset: &Asset, directory: &Path, stem: &str, files: &[Wanted]) -> Vec<OutgoingFile> {
        if files.is_empty() {
            return Vec::new();
        }
        let own = own_name(asset, files);
        let endings: Vec<String> = files.iter().map(|wanted| ending(asset, &own, wanted)).collect();
        let all: Vec<&str> = endings.iter().map(String::as_str).collect();
        named(&self.taken.claim(directory, stem, &all), files, &endings).collect()
    }

    /// Edited versions beside the photo with this stem: as `IMG_1_edited`, a later one as `IMG_1_edited (2)`, so that none
    /// reads as that of another photo. Of an edited Live Photo the second half takes the stem of the first, which may be among
    /// the files that get other names, or becomes one of them.
    pub(super) fn edits_beside(
        &mut self,
        position: u32,
        (directory, stem): (&Path, &str),
        edits: &[Wanted],
        renames: &mut Vec<Rename>,
    ) -> Vec<OutgoingFile> {
        if edits.is_empty() {
            return Vec::new();
        }
        let asset = &self.sides.assets[position as usize];
        let own = own_name(asset, edits);
        let mut endings: Vec<String> = edits.iter().map(|wanted| ending(asset, &own, wanted)).collect();
        let half = self.half_of_edit(position, directory, edits);
        let stem = half.map_or_else(|| format!("{stem}{}", names::EDITED), |half| self.stem_of(half, renames));
        let is_whole = edits.iter().any(|wanted| is_main(&asset.resources[usize::from(wanted.resource)]));
        let lie_there = half.is_some_and(|half| self.sides.items[half as usize].file(ResourceRole::Sidecar).is_some());
        let has_words = is_whole && self.has_words() && !lie_there;
        endings.extend(has_words.then(|| ".xmp".to_owned()));
        let all: Vec<&str> = endings.iter().map(String::as_str).collect();
        let another = half.and_then(|half| self.another_stem_of_edit(position, (half, directory), &stem, edits, &all));
        let stem = match another {
            Some((another, moved)) => {
                renames.extend(moved);
                another
            }
            None if is_whole && half.is_none() => self.taken.claim(directory, &stem, &all),
            // The other half of an edited Live Photo lies there.
            None => self.taken.claim_beside(directory, &stem, &all),
        };
        let words = has_words.then(|| OutgoingFile { payload: Payload::Sidecar, name: format!("{stem}.xmp") });
        named(&stem, edits, &endings).chain(words).collect()
    }

    /// The stem of an item, which may be about to get another one.
    fn stem_of(&self, item: u32, renames: &[Rename]) -> String {
        let name = self.sides.items[item as usize].primary().name().to_string_lossy();
        let renamed = renames.iter().find(|rename| rename.from == name);
        names::stem(renamed.map_or(&name, |rename| &rename.to)).to_owned()
    }

    /// Another stem for both halves of an edited Live Photo, of which this item lies in `directory` and finds the name of the
    /// other one taken.
    fn another_stem_of_edit(
        &mut self,
        position: u32,
        (item, directory): (u32, &Path),
        stem: &str,
        edits: &[Wanted],
        endings: &[&str],
    ) -> Option<(String, Vec<Rename>)> {
        let asset = &self.sides.assets[position as usize];
        let role = |wanted: &Wanted| match wanted.role(asset) {
            ResourceRole::RenderedPairedVideo => ResourceRole::PairedVideo,
            _ => ResourceRole::Photo,
        };
        let late: Vec<Late<'_>> = edits.iter().map(role).zip(endings.iter().copied()).collect();
        let own = format!("{}{}", own_name(asset, edits).stem, names::EDITED);
        let is_taken = |ending: &&str| self.taken.has(directory, &format!("{stem}{ending}"));
        let is_kept_out = endings.iter().any(is_taken);
        is_kept_out.then(|| self.another_stem(asset, (item, directory), (stem, &own), &late)).flatten()
    }

    /// What lies in this directory as the other half of an edited Live Photo, of which these files go.
    fn half_of_edit(&self, position: u32, directory: &Path, edits: &[Wanted]) -> Option<u32> {
        let asset = &self.sides.assets[position as usize];
        let goes = |at: usize| edits.iter().any(|wanted| usize::from(wanted.resource) == at);
        let stays = asset.resources.iter().enumerate().filter(|(at, entry)| entry.role.is_render() && !goes(*at));
        let mut files =
            stays.filter_map(|(_, entry)| self.alone().get(&self.fingerprint(position, entry)?)).flatten().copied();
        files.find(|item| self.sides.items[*item as usize].path().parent() == Some(directory))
    }

    /// Items of the export folder by the bytes of the file that stands for them, of those that are one picture or movie.
    fn alone(&self) -> &FxHashMap<Fingerprint, Vec<u32>> {
        self.alone.get_or_init(|| {
            let mut alone: FxHashMap<Fingerprint, Vec<u32>> = FxHashMap::default();
            for (at, item) in (0..).zip(self.sides.items) {
                let is_alone = item.files.iter().filter(|file| file.role.is_picture()).count() == 1;
                let bytes = self.facts.file(FileRef { item: at, file: 0 });
                if let Some(bytes) = bytes.filter(|_| is_alone && item.folder == self.outward.folder) {
                    alone.entry(bytes).or_default().push(at);
                }
            }
            alone
        })
    }

    /// Whether what the library says of a photo goes out beside it.
    fn has_words(&self) -> bool {
        self.outward.export.sidecar == Sidecar::Xmp
    }
}

/// Where the files of an asset go.
struct Named {
    directory: PathBuf,
    files: Vec<OutgoingFile>,
    renames: Vec<Rename>,
    parted_from: Option<PathBuf>,
}

/// The name of an asset in the library, made safe: what comes beside it has an ending in its case.
fn own_name(asset: &Asset, here: &[Wanted]) -> SafeName {
    let own = asset.primary().and_then(|primary| asset.resources.iter().position(|entry| entry == primary));
    let own = own.map(|at| safe_name(asset, &Wanted { resource: at as u16, beside: false }));
    own.unwrap_or_else(|| safe_name(asset, &here[0]))
}

/// What a file of an asset is called, as people know the asset. A lost RAW of which nothing tells the kind has no name.
pub fn name_of(asset: &Asset, resource: u16) -> String {
    let entry = &asset.resources[usize::from(resource)];
    if entry.role == ResourceRole::AlternatePhoto
        && own_format(entry).is_none()
        && entry.whereabouts == Whereabouts::Missing
    {
        return format!("the RAW of {}", asset.original_name);
    }
    let wanted = Wanted { resource, beside: false };
    let name = safe_name(asset, &wanted);
    let own = own_name(asset, &[wanted]);
    let edited = if wanted.role(asset).is_render() { names::EDITED } else { "" };
    format!("{}{edited}{}", name.stem, ending(asset, &own, &wanted))
}

/// Files under one stem.
fn named(stem: &str, files: &[Wanted], endings: &[String]) -> impl Iterator<Item = OutgoingFile> {
    let payload = |wanted: &Wanted| Payload::Resource(wanted.resource);
    files
        .iter()
        .zip(endings)
        .map(move |(wanted, ending)| OutgoingFile { payload: payload(wanted), name: format!("{stem}{ending}") })
}

/// The name of the file that stands for an asset. A render keeps the name and has its own kind of file.
pub(super) fn safe_name(asset: &Asset, first: &Wanted) -> SafeName {
    let resource = &asset.resources[usize::from(first.resource)];
    let format = format_of(asset, resource);
    let mut name = target::safe_name(&asset.original_name, &asset.id.0, &format);
    if resource.role.is_render() {
        name.extension = Some(format);
    }
    name
}

/// The extension of the library's own file.
fn own_format(resource: &Resource) -> Option<&str> {
    Path::new(&*resource.locator).extension().and_then(OsStr::to_str).filter(|own| !own.is_empty())
}

/// The extension of the library's own file, else the usual one of its kind.
fn format_of(asset: &Asset, resource: &Resource) -> String {
    let own = own_format(resource);
    let usual = match resource.role {
        ResourceRole::Video | ResourceRole::PairedVideo => "mov",
        ResourceRole::RenderedVideo | ResourceRole::RenderedPairedVideo => "mov",
        ResourceRole::AlternatePhoto => "dng",
        _ if asset.kind == MediaKind::Video => "mov",
        _ => "jpg",
    };
    own.unwrap_or(usual).to_owned()
}

/// What follows the stem: the ending of each file in the case of that of the first one.
fn ending(asset: &Asset, name: &SafeName, wanted: &Wanted) -> String {
    let resource = &asset.resources[usize::from(wanted.resource)];
    let own = name.extension.as_deref().unwrap_or_default();
    let stands_for_it = matches!(resource.role, ResourceRole::Photo | ResourceRole::Video);
    let extension = match resource.role {
        _ if stands_for_it && !wanted.beside => own.to_owned(),
        ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo => format_of(asset, resource),
        _ => in_case_of(own, &format_of(asset, resource)),
    };
    format!(".{extension}")
}

/// An extension as loud as another one: `MOV` beside `HEIC`, `mov` beside `heic`.
fn in_case_of(other: &str, extension: &str) -> String {
    let is_loud = !other.is_empty() && !other.chars().any(char::is_lowercase);
    if is_loud { extension.to_uppercase() } else { extension.to_lowercase() }
}
