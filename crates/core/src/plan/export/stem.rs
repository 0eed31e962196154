//! A file that comes late and finds its name taken beside its photo: a photo that lies as we laid it gets another stem, which
//! both then share.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Exports, Rename};
use crate::asset::{Asset, ResourceRole};
use crate::folder::names::{self, folded};
use crate::item::{FileRef, ItemFile};
use crate::matching::{Outward, Sides};
use crate::memory::{Link, Origin};

/// What lies in the export folder, by directory and by the stem of the photo of which it is a part or the edited version.
pub(super) struct Neighbours<'a>(FxHashMap<&'a Path, FxHashMap<String, Vec<Neighbour<'a>>>>);

#[derive(Clone, Copy)]
struct Neighbour<'a> {
    path: &'a Path,
    /// The file of an item that it is, if it is one.
    file: Option<FileRef>,
}

/// What comes late: what it is to its asset, and what follows the stem in its name.
pub(super) type Late<'a> = (ResourceRole, &'a str);

impl<'a> Neighbours<'a> {
    fn of(sides: Sides<'a>, outward: Outward<'a>) -> Self {
        let mut neighbours = Self(FxHashMap::default());
        let items = (0..).zip(sides.items).filter(|(_, item)| item.folder == outward.folder);
        let files = items.flat_map(|(item, entry)| {
            let each = (0..).zip(&entry.files);
            each.map(move |(file, entry)| (&*entry.path, Some(FileRef { item, file })))
        });
        // Words beside a photo are among these, too.
        let mut known: FxHashSet<&Path> = FxHashSet::default();
        for (path, file) in files.chain(outward.others.iter().map(|path| (&**path, None))) {
            if known.insert(path) {
                neighbours.add(Neighbour { path, file });
            }
        }
        neighbours
    }

    fn add(&mut self, neighbour: Neighbour<'a>) {
        let name = name(neighbour.path);
        let stem = names::stem(names::stands_for(&name));
        let directory = self.0.entry(neighbour.path.parent().unwrap_or(Path::new(""))).or_default();
        for stem in [Some(stem), names::edit_of(stem)].into_iter().flatten() {
            directory.entry(folded(stem)).or_default().push(neighbour);
        }
    }

    fn of_stem(&self, directory: &Path, stem: &str) -> &[Neighbour<'a>] {
        self.0.get(directory).and_then(|stems| stems.get(&folded(stem))).map_or(&[], |found| found)
    }
}

fn name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

impl Exports<'_> {
    /// Another stem for the photo of this item, with which it lies in `directory` as `stem`, and for what comes late to it,
    /// with the names that its files get. Nothing where no name is taken from what comes late; where not all that has the stem
    /// lies as we laid it, but for what has the name: a person may count on it; and where files keep their names.
    pub(super) fn another_stem(
        &mut self,
        asset: &Asset,
        (item, directory): (u32, &Path),
        (stem, own): (&str, &str),
        late: &[Late<'_>],
    ) -> Option<(String, Vec<Rename>)> {
        let place = directory.join(folded(stem));
        if self.outward.keeps_names || self.renamed.contains(&place) {
            return None;
        }
        let family = self.family(asset, item, (directory, stem), late)?;
        let of_family = family.iter().map(|rename| &rename.from[stem.len()..]);
        let endings: Vec<&str> = of_family.chain(late.iter().map(|(_, ending)| *ending)).collect();
        let differ: FxHashSet<String> = endings.iter().map(|ending| folded(ending)).collect();
        if differ.len() < endings.len() {
            return None;
        }
        // The second number does not come behind the first.
        let bare = if names::unnumbered(stem) == own { own } else { stem };
        let another = self.taken.claim(directory, bare, &endings);
        self.renamed.insert(place);
        let rename = |rename: Rename| Rename { to: format!("{another}{}", &rename.from[stem.len()..]), ..rename };
        let renames = family.into_iter().map(rename).collect();
        Some((another, renames))
    }

    /// All files of the photo, none with its new name yet.
    fn family(
        &self,
        asset: &Asset,
        item: u32,
        (directory, stem): (&Path, &str),
        late: &[Late<'_>],
    ) -> Option<Vec<Rename>> {
        let photo = &self.sides.items[item as usize];
        let link = self.sides.memory.by_path(photo.folder, photo.path())?;
        let went_out = link.origin == Origin::Library && link.exported_assets().contains(&asset.id);
        if !went_out || photo.folder != self.outward.folder {
            return None;
        }
        let names: Vec<String> = late.iter().map(|(_, ending)| folded(&format!("{stem}{ending}"))).collect();
        let neighbours = self.neighbours.get_or_init(|| Neighbours::of(self.sides, self.outward));
        let (mut family, mut has_photo, mut is_taken) = (Vec::new(), false, false);
        let takes = |neighbour: &Neighbour<'_>| {
            let own_name = folded(names::stands_for(&name(neighbour.path)));
            let is_it = |taken: &String| {
                // Words about it take its name along.
                own_name.strip_prefix(taken.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            let takes = names.iter().any(is_it) || self.has_the_place(neighbour, item, late);
            takes && !self.is_of_the_photo(neighbour, item)
        };
        for neighbour in neighbours.of_stem(directory, stem) {
            if let Some(rename) = self.as_laid(neighbour, link, stem) {
                has_photo |= neighbour.file.is_some_and(|file| file.file == 0);
                family.push(rename);
            } else if takes(neighbour) {
                is_taken = true;
            } else {
                return None;
            }
        }
        (has_photo && is_taken).then_some(family)
    }

    fn entry(&self, neighbour: &Neighbour<'_>) -> Option<&ItemFile> {
        let FileRef { item, file } = neighbour.file?;
        Some(&self.sides.items[item as usize].files[usize::from(file)])
    }

    /// Whether it was grouped with the photo as what comes late.
    fn has_the_place(&self, neighbour: &Neighbour<'_>, item: u32, late: &[Late<'_>]) -> bool {
        let role = self.entry(neighbour).map(|entry| entry.role);
        let is_beside = neighbour.file.is_some_and(|file| file.item == item && file.file > 0);
        is_beside && late.iter().any(|(late, _)| Some(*late) == role)
    }

    /// Whether its identifier says that it is a half of the photo, in other bytes: nothing is parted from that.
    fn is_of_the_photo(&self, neighbour: &Neighbour<'_>, item: u32) -> bool {
        let identifier = |file: &ItemFile| file.header.as_deref()?.content_identifier.clone();
        let own = identifier(self.sides.items[item as usize].primary());
        own.is_some() && own == self.entry(neighbour).and_then(identifier)
    }

    /// A file that lies there with the name and the bytes with which we laid it.
    fn as_laid(&self, neighbour: &Neighbour<'_>, link: &Link, stem: &str) -> Option<Rename> {
        let entry = self.entry(neighbour)?;
        let memory = self.sides.memory;
        let bytes = self.facts.file(neighbour.file?)?;
        let is_ours = memory.was_laid_by_us(link.id, self.outward.folder, neighbour.path) && memory.was_written(&bytes);
        let from = neighbour.path.file_name()?.to_str()?;
        let is_it = is_ours && entry.trouble.is_none() && from.starts_with(stem);
        is_it.then(|| Rename { from: from.to_owned(), to: String::new(), bytes })
    }
}
