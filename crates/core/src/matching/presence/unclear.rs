//! What lies in the folder and cannot be read now: which asset it may be.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::Folder;
use crate::asset::{Asset, MediaKind};
use crate::export::Wanted;
use crate::folder::names::{self, bare_stem, folded, stands_for};
use crate::folder::{dates, target};
use crate::item::{FileRef, Item, ItemFile, Trouble};
use crate::matching::index::kind_of_role;
use crate::matching::{Facts, position_of_file};
use crate::memory::{LinkId, Memory};

/// Items that cannot be read now, by what is known of them all the same.
#[derive(Default)]
pub(super) struct Unclear {
    /// By the sizes of their files.
    sizes: FxHashMap<u64, u32>,
    /// By what they are called.
    names: FxHashMap<String, u32>,
    /// Of those that are online only, by the second of their date: services keep it, and exports are dated as their photo.
    seconds: FxHashMap<(MediaKind, i64), u32>,
    /// By the link whose path they have.
    pub(super) links: FxHashMap<LinkId, u32>,
    /// Of those that are only settling the first of each kind: it may be any photo of unknown size.
    settling: FxHashMap<MediaKind, u32>,
    /// Items that end too early, by directory and name: a part of a photo there may still be arriving.
    pub(super) cut: FxHashMap<(PathBuf, String), u32>,
}

impl Unclear {
    /// Takes an item of which not all can be read now.
    pub(super) fn take(&mut self, position: u32, item: &Item, facts: &Facts, memory: &Memory) {
        for (at, file) in item.files.iter().enumerate().filter(|(_, file)| file.role.is_original()) {
            // Beside what cannot be read may lie what can: its bytes speak for themselves.
            if facts.file(FileRef { item: position, file: at as u16 }).is_some() {
                continue;
            }
            let name = file.name().to_string_lossy();
            let own_name = stands_for(&name);
            if file.stamp.size > 0 {
                self.sizes.entry(file.stamp.size).or_insert(position);
                // A stand-in or temporary tells its name, and can lie there for long.
                if file.trouble == Some(Trouble::Settling) && own_name == name {
                    self.settling.entry(kind_of_role(file.role)).or_insert(position);
                }
            }
            if file.trouble == Some(Trouble::OnlineOnly) {
                let second = file.stamp.mtime.div_euclid(1_000_000_000);
                self.seconds.entry((kind_of_role(file.role), second)).or_insert(position);
            }
            self.names.entry(bare_stem(&name)).or_insert(position);
            if let Some(at) = position_of_file(memory, item.folder, file) {
                self.links.entry(memory.links()[at].id).or_insert(position);
            }
        }
    }
}

impl Folder<'_> {
    /// An item that cannot be read now and may be this asset, or one with its bytes.
    pub(super) fn unclear(&self, position: u32) -> Option<u32> {
        if let Some(item) = self.unseen.get(&position) {
            return Some(*item);
        }
        if self.unclear.names.is_empty() {
            return None;
        }
        std::iter::once(position).chain(self.equals(position)).find_map(|one| self.may_be(one))
    }

    /// An item that cannot be read now and may be this asset: by its length, by the name that it has in the library or would
    /// get in the folder, or by the date that it would get there.
    fn may_be(&self, position: u32) -> Option<u32> {
        let asset = &self.sides.assets[position as usize];
        let stem = target::safe_name(&asset.original_name, &asset.id.0, "").stem;
        let names = [names::stem(&asset.original_name), &stem].map(|stem| self.unclear.names.get(&folded(stem)));
        let by_size = || {
            let mut pictures = asset.resources.iter().filter(|entry| entry.role.is_picture());
            pictures.find_map(|entry| match entry.size {
                Some(size) => self.unclear.sizes.get(&size),
                None => self.unclear.settling.get(&kind_of_role(entry.role)),
            })
        };
        let by_date = || {
            let pictures = asset.resources.iter().filter(|entry| entry.role.is_picture());
            pictures.map(|entry| kind_of_role(entry.role)).find_map(|kind| self.unclear_by_date(asset, kind))
        };
        names.into_iter().flatten().next().or_else(by_size).or_else(by_date).copied()
    }

    /// What is online only and dated as the files of this asset would be.
    fn unclear_by_date(&self, asset: &Asset, kind: MediaKind) -> Option<&u32> {
        if self.unclear.seconds.is_empty() {
            return None;
        }
        let taken = asset.captured?.instant_or_wall()?.max(dates::EARLIEST).as_second();
        (taken - 1..=taken + 1).find_map(|second| self.unclear.seconds.get(&(kind, second)))
    }

    /// An item that cannot be read now and may be what the asset lacks, beside the file that stands for it.
    pub(super) fn unclear_part(&self, position: u32, file: FileRef, lacking: &[Wanted]) -> Option<u32> {
        if lacking.is_empty() {
            return None;
        }
        let asset = &self.sides.assets[position as usize];
        // Where only a companion stands for it, it may itself be anywhere.
        let lacks_itself = self.mains(asset).any(|(at, _)| lacking.contains(&Wanted { resource: at, beside: false }));
        if let Some(item) = lacks_itself.then(|| self.unclear(position)).flatten() {
            return Some(item);
        }
        let holder = &self.sides.items[file.item as usize].files[usize::from(file.file)];
        if let Some(item) = self.unclear.cut.get(&place_of(holder)) {
            return Some(*item);
        }
        let stem = bare_stem(&holder.name().to_string_lossy());
        let by_name = [stem.clone(), format!("{stem}_edited")].iter().find_map(|stem| self.unclear.names.get(stem));
        let sizes = lacking.iter().filter_map(|wanted| asset.resources[usize::from(wanted.resource)].size);
        let by_size = || sizes.filter_map(|size| self.unclear.sizes.get(&size)).next();
        let mut kinds = lacking.iter().map(|wanted| kind_of_role(asset.resources[usize::from(wanted.resource)].role));
        let by_date = || kinds.find_map(|kind| self.unclear_by_date(asset, kind));
        by_name.or_else(by_size).or_else(by_date).copied()
    }
}

/// Where a file lies, and what it shares of its name with the other files of its photo.
pub(super) fn place_of(file: &ItemFile) -> (PathBuf, String) {
    let directory = file.path.parent().unwrap_or(Path::new("")).to_owned();
    (directory, bare_stem(&file.name().to_string_lossy()))
}
