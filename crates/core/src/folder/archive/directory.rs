//! What the files of one directory tell of the photos beside them.

use std::sync::Arc;

use photobridge_media as media;
use photobridge_media::takeout::{Photo, Takeout};
use rustc_hash::FxHashMap;

use super::titles::{ADDED, JSON, STEM, cut, is_movie, numbered, parted, plain, safe};
use crate::fingerprint::Fingerprint;
use crate::folder::names::folded;

/// One directory.
#[derive(Debug, Default)]
pub(super) struct Directory {
    pub(super) photos: FxHashMap<Key, Vec<Told>>,
    /// The title of the album that it is.
    pub(super) album: Option<Arc<Takeout>>,
    /// What a list says of the photos beside it, by their names.
    pub(super) listed: FxHashMap<String, Vec<Arc<Takeout>>>,
    /// The same by the bytes that it is about, where the list tells them.
    pub(super) proven: FxHashMap<Fingerprint, Arc<Takeout>>,
    /// Names of JSON files that tell nothing: without their ending and as they are compared, and as they are.
    pub(super) silent: FxHashMap<String, Box<str>>,
}

/// A title's stem as far as a photo's name keeps it, and the number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    stem: String,
    number: String,
}

/// What is told of one photo.
#[derive(Debug)]
pub(super) struct Told {
    /// The ending of the title, folded; empty for none.
    ending: String,
    pub(super) photo: Arc<Takeout>,
    /// The name of the file that tells it, without its ending.
    pub(super) file: Box<str>,
}

impl Directory {
    pub(super) fn add(&mut self, name: &str, told: Arc<Takeout>) {
        let photo = match &*told {
            Takeout::Photo(photo) => photo,
            Takeout::Photos(photos) => return self.list(photos),
            Takeout::Album(_) | Takeout::Members(_) => {
                self.album = Some(told);
                return;
            }
        };
        let title = safe(&photo.title);
        let (stem, ending) = parted(&title);
        let is_whole = [cut(&format!("{title}{ADDED}"), JSON), cut(&title, JSON)].contains(&name);
        let number = if is_whole { "" } else { numbered(name).1 };
        let key = Key { stem: plain(cut(stem, STEM)), number: number.to_owned() };
        let told = Told { ending: folded(ending), photo: Arc::clone(&told), file: name.into() };
        self.photos.entry(key).or_default().push(told);
    }

    fn list(&mut self, photos: &[Photo]) {
        for photo in photos {
            let told = Arc::new(Takeout::Photo(photo.clone()));
            if let Some(bytes) = photo.checksum.as_deref().and_then(|checksum| checksum.parse().ok()) {
                self.proven.entry(bytes).or_insert_with(|| told.clone());
            }
            self.listed.entry(folded(&photo.title)).or_default().push(told);
        }
    }

    /// The row of a list that is of this file: by its bytes, else the only one of its name.
    fn row(&self, name: &str, bytes: Option<Fingerprint>) -> Option<Arc<Takeout>> {
        if let Some(proven) = bytes.and_then(|bytes| self.proven.get(&bytes)) {
            return Some(proven.clone());
        }
        let [row] = self.listed.get(&folded(name))?.as_slice() else { return None };
        Some(row.clone())
    }

    /// All that may be told of a file of this name, unless it is of another one. The edited version of a photo has the words of
    /// that.
    pub(super) fn about(
        &self,
        name: &str,
        bytes: Option<Fingerprint>,
        is_free: &dyn Fn(&Arc<Takeout>) -> bool,
    ) -> Vec<Arc<Takeout>> {
        if !self.listed.is_empty() {
            let row = self.row(name, bytes);
            if row.is_some() || self.listed.contains_key(&folded(name)) {
                return row.into_iter().filter(is_free).collect();
            }
        }
        let (stem, ending) = parted(name);
        let (bare, number) = numbered(stem);
        let own = |told: &&Told| told.ending.is_empty() || told.ending == folded(ending);
        for (stem, number) in [(stem, ""), (bare, number)] {
            let found: Vec<_> = self.get(stem, number).iter().filter(own).map(|told| told.photo.clone()).collect();
            if !found.is_empty() {
                return found.into_iter().filter(is_free).collect();
            }
        }
        self.about_edited(stem, bare, number)
    }

    /// What is told of the photo of which a file of this name is the edited version: it has no file of its own. The number
    /// may stand before or behind the word, which may be cut.
    fn about_edited(&self, stem: &str, bare: &str, number: &str) -> Vec<Arc<Takeout>> {
        let is_picture = |told: &&Told| !is_movie(&told.ending);
        let all = |stem: &str, number: &str| -> Vec<_> {
            self.get(stem, number).iter().filter(is_picture).map(|told| told.photo.clone()).collect()
        };
        let (before, its_number) = media::unedited(stem).map_or(("", ""), numbered);
        let original = media::unedited(bare).unwrap_or_default();
        for (stem, number) in [(before, its_number), (original, number), (original, "")] {
            let found = if stem.is_empty() { Vec::new() } else { all(stem, number) };
            if !found.is_empty() {
                return found;
            }
        }
        if bare.encode_utf16().count() != STEM {
            return Vec::new();
        }
        let bare = plain(bare);
        let is_cut = |key: &Key| {
            let rest = bare.strip_prefix(&key.stem).filter(|rest| !rest.is_empty() && key.number == number);
            rest.is_some_and(media::begins_an_edit)
        };
        let keys = self.photos.iter().filter(|(key, _)| is_cut(key));
        keys.flat_map(|(_, told)| told).filter(is_picture).map(|told| told.photo.clone()).collect()
    }

    fn get(&self, stem: &str, number: &str) -> &[Told] {
        let key = Key { stem: plain(stem), number: number.to_owned() };
        self.photos.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The JSON file that tells nothing and has the name of one that tells of this photo.
    pub(super) fn silent_about(&self, name: &str) -> Option<&str> {
        if self.silent.is_empty() {
            return None;
        }
        let (stem, ending) = parted(name);
        let (bare, number) = numbered(stem);
        let dot = if ending.is_empty() { "" } else { "." };
        [(stem, ""), (bare, number)].into_iter().find_map(|(stem, number)| {
            let title = format!("{stem}{dot}{ending}");
            [format!("{title}{ADDED}"), title, format!("{stem}{ADDED}")]
                .iter()
                .find_map(|whole| self.silent.get(&plain(&format!("{}{number}", cut(whole, JSON)))))
                .map(|file| &**file)
        })
    }
}
