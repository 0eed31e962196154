//! Which file of an archive tells of which photo.
//!
//! Apple's lists name the photos beside them, and those of albums by their names alone, which parts of an export may share.
//!
//! Google Takeout writes one file for each photo.
//! A file of JSON is named after the title of its photo, with what Google adds, cut to 46 UTF-16 units; the photo after its
//! title, its stem cut to 47, with another ending where the title has none; a number behind either tells photos of one title
//! apart. Both are cut, so it is the title inside that brings them together. (As counted by others on 46,000 files, from
//! accounts in many languages.)

use std::path::{Path, PathBuf};
use std::sync::Arc;

use photobridge_media::capture::CaptureSource;
use photobridge_media::takeout::{Photo, Takeout};
use photobridge_media::{self as media, FileKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::names::folded;
use crate::item::{Archived, Item};

/// UTF-16 units of the longest name of a JSON file, without its number and ending, and of a photo's stem without its number.
const JSON: usize = 46;
const STEM: usize = 47;

/// What Google adds to the title of a photo since October 2024.
const ADDED: &str = ".supplemental-metadata";

/// The JSON files of one folder.
#[derive(Debug, Default)]
pub struct Archives {
    directories: FxHashMap<PathBuf, Directory>,
    /// Directories of one name in different parts of an archive: by their last two components.
    parts: FxHashMap<PathBuf, Vec<PathBuf>>,
    /// Albums of Apple's exports.
    albums: Vec<Album>,
}

/// An album of Apple's export.
#[derive(Debug)]
struct Album {
    /// Where the parts of the export lie.
    export: PathBuf,
    title: Arc<Takeout>,
    /// The names of its photos, folded.
    names: FxHashSet<String>,
}

#[derive(Debug, Default)]
struct Directory {
    photos: FxHashMap<Key, Vec<Told>>,
    album: Option<Arc<Takeout>>,
    /// What a list says of the photos beside it, by their names; nothing where it names one twice.
    listed: FxHashMap<String, Option<Arc<Takeout>>>,
    /// Names of JSON files that tell nothing, without their ending.
    silent: FxHashSet<String>,
}

/// A title's stem as far as a photo's name keeps it, and the number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    stem: String,
    number: String,
}

#[derive(Debug)]
struct Told {
    /// The ending of the title, folded; empty for none.
    ending: String,
    photo: Arc<Takeout>,
}

impl Archives {
    /// Of the files of JSON in a folder, each with what it tells.
    pub fn of<'a>(files: impl Iterator<Item = (&'a Path, Option<Arc<Takeout>>)>) -> Self {
        let mut archives = Self::default();
        for (path, told) in files {
            let directory = path.parent().unwrap_or(Path::new("")).to_owned();
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            if let Some(Takeout::Members(names)) = told.as_deref() {
                archives.albums.extend(Album::of(&directory, &name, names));
                continue;
            }
            let entry = archives.directories.entry(directory).or_default();
            match told {
                Some(told) => entry.add(&name, told),
                None => _ = entry.silent.insert(plain(&name)),
            }
        }
        // What has the form of an album's file says nothing where no photo is told of.
        archives.directories.retain(|_, directory| !(directory.photos.is_empty() && directory.listed.is_empty()));
        for directory in archives.directories.keys() {
            archives.parts.entry(tail(directory)).or_default().push(directory.clone());
        }
        archives
    }

    /// What is told of the photo or movie at a path: beside it, else in the directory of the same name in another part.
    /// Where two answer, none does.
    pub fn about(&self, path: &Path) -> Option<Archived> {
        if self.directories.is_empty() {
            return None;
        }
        let directory = path.parent().unwrap_or(Path::new(""));
        let parts = self.parts.get(&tail(directory)).map_or(&[][..], |parts| parts);
        let own = self.directories.get(directory);
        let others = || parts.iter().filter(|part| *part != directory).map(|part| &self.directories[part]);
        if own.or_else(|| others().next()).is_none() {
            return self.is_trash(directory).then(Archived::thrown_away);
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut found = own.map_or_else(Vec::new, |own| own.about(&name));
        if found.is_empty() {
            found = others().flat_map(|other| other.about(&name)).collect();
        }
        let is_silent = || own.into_iter().chain(others()).any(|directory| directory.has_silent(&name));
        let mut of_directory = own.into_iter().chain(others()).map(|directory| directory.album.clone());
        let album = of_directory.find_map(|album| album).or_else(|| self.album_of(directory, &name));
        found.dedup_by(|a, b| a == b);
        // A list that does not name a photo says nothing of what may come.
        let has_notes = || own.into_iter().chain(others()).any(|directory| !directory.photos.is_empty());
        let is_awaited = found.is_empty() && has_notes() && !is_silent();
        let photo = <[_; 1]>::try_from(found).ok().map(|[photo]| photo);
        Some(Archived { photo, album, is_awaited })
    }

    /// Whether a directory is where Apple's export has what was deleted: beside one with a list.
    fn is_trash(&self, directory: &Path) -> bool {
        let lists = || self.directories.iter().filter(|(_, directory)| !directory.listed.is_empty());
        directory.ends_with(TRASH) && lists().any(|(photos, _)| photos.parent() == directory.parent())
    }

    /// The album of Apple's export with a photo of this name, where only one photo of the export has it.
    fn album_of(&self, directory: &Path, name: &str) -> Option<Arc<Takeout>> {
        let export = export_of(directory)?;
        let name = folded(name);
        let album = self.albums.iter().find(|album| album.export == export && album.names.contains(&name))?;
        let named = self
            .directories
            .iter()
            .filter(|(other, listed)| export_of(other) == Some(export) && listed.listed.contains_key(&name));
        (named.count() < 2).then(|| album.title.clone())
    }
}

/// The directories of a part of Apple's export that hold albums, and what was deleted.
const ALBUMS: &str = "Albums";
const TRASH: &str = "Recently Deleted";

/// Where the parts of an export lie, of a directory with photos or albums in one of them.
fn export_of(directory: &Path) -> Option<&Path> {
    directory.parent()?.parent()
}

impl Album {
    /// That of a list in a directory of albums; what Apple calls memories is none.
    fn of(directory: &Path, title: &str, names: &[Box<str>]) -> Option<Self> {
        let export = export_of(directory).filter(|_| directory.ends_with(ALBUMS))?.to_owned();
        let names = names.iter().map(|name| folded(name)).collect();
        Some(Self { export, title: Arc::new(Takeout::Album(title.into())), names })
    }
}

impl Directory {
    fn add(&mut self, name: &str, told: Arc<Takeout>) {
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
        let told = Told { ending: folded(ending), photo: Arc::clone(&told) };
        self.photos.entry(key).or_default().push(told);
    }

    fn list(&mut self, photos: &[Photo]) {
        for photo in photos {
            let told = || Some(Arc::new(Takeout::Photo(photo.clone())));
            self.listed.entry(folded(&photo.title)).and_modify(|known| *known = None).or_insert_with(told);
        }
    }

    /// All that may be told of a file of this name.
    fn about(&self, name: &str) -> Vec<Arc<Takeout>> {
        if let Some(told) = self.listed.get(&folded(name)) {
            return told.iter().cloned().collect();
        }
        let (stem, ending) = parted(name);
        let (bare, number) = numbered(stem);
        let own = |told: &&Told| told.ending.is_empty() || told.ending == folded(ending);
        for (stem, number) in [(stem, ""), (bare, number)] {
            let found: Vec<_> = self.get(stem, number).iter().filter(own).map(|told| told.photo.clone()).collect();
            if !found.is_empty() {
                return found;
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

    /// Whether a JSON file that tells nothing has the name of one that tells of this photo.
    fn has_silent(&self, name: &str) -> bool {
        if self.silent.is_empty() {
            return false;
        }
        let (stem, ending) = parted(name);
        let (bare, number) = numbered(stem);
        let dot = if ending.is_empty() { "" } else { "." };
        [(stem, ""), (bare, number)].into_iter().any(|(stem, number)| {
            let title = format!("{stem}{dot}{ending}");
            [format!("{title}{ADDED}"), title, format!("{stem}{ADDED}")]
                .iter()
                .any(|whole| self.silent.contains(&plain(&format!("{}{number}", cut(whole, JSON)))))
        })
    }
}

/// Whether nothing but its file's time dates a photo, and its directory is called after another year: what tells of it lies in a
/// part of its archive that is not here yet.
pub fn is_of_another_year(item: &Item) -> bool {
    let Some(year) = item.path().parent().and_then(|directory| year_of(&directory.file_name()?.to_string_lossy()))
    else {
        return false;
    };
    let captured = item.primary().header.as_deref().and_then(|header| header.captured);
    !captured.is_some_and(|(time, source)| {
        source != CaptureSource::FileTime || time.civil().is_some_and(|civil| civil.year() == year)
    })
}

/// The year in a name: *Photos from 2020* in any language.
fn year_of(name: &str) -> Option<i16> {
    let mut numbers = name.split(|c: char| !c.is_ascii_digit());
    numbers
        .find(|digits| digits.len() == 4)
        .and_then(|digits| digits.parse().ok())
        .filter(|year| (1800..2200).contains(year))
}

/// The last two components of a directory, by which the parts of an archive are told to be of one tree.
fn tail(directory: &Path) -> PathBuf {
    let mut components: Vec<_> = directory.components().rev().take(2).collect();
    components.reverse();
    components.into_iter().collect()
}

/// Stem and ending, where the ending is that of a picture or a movie; else all is the stem.
fn parted(name: &str) -> (&str, &str) {
    let is_media =
        |ending: &str| matches!(media::kind_of_name(&format!("x.{ending}")), Some(kind) if kind != FileKind::Catalog);
    name.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && is_media(ending)).unwrap_or((name, ""))
}

fn is_movie(ending: &str) -> bool {
    media::kind_of_name(&format!("x.{ending}")) == Some(FileKind::Video)
}

/// A name and the number in brackets behind it.
fn numbered(stem: &str) -> (&str, &str) {
    let is_number = |text: &str| {
        text.strip_suffix(')').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    match stem.rfind('(').filter(|at| is_number(&stem[at + 1..])) {
        Some(at) => stem.split_at(at),
        None => (stem, ""),
    }
}

/// A title as a name: letters that no file name may have are an underscore.
fn safe(title: &str) -> String {
    title.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '&', '%', '\''], "_")
}

/// A name for comparison: which letters become an underscore differs between the years.
fn plain(name: &str) -> String {
    folded(&safe(name))
}

/// The first UTF-16 units of a text, no character torn.
fn cut(text: &str, most: usize) -> &str {
    let mut units = 0;
    let fits = |(_, c): &(usize, char)| {
        units += c.len_utf16();
        units <= most
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(title: &str) -> Arc<Takeout> {
        let json = format!(r#"{{"title": {title:?}, "photoTakenTime": {{"timestamp": "1593857472"}}}}"#);
        Arc::new(media::takeout::read(json.as_bytes()).expect("Google's"))
    }

    /// The title of what is told of a file, where files of JSON with these names and titles lie beside it.
    fn found(files: &[(&str, &str)], name: &str) -> Option<String> {
        let told: Vec<(PathBuf, Option<Arc<Takeout>>)> = files
            .iter()
            .map(|(name, title)| {
                (Path::new("Takeout/Google Fotos/2020").join(name), (!title.is_empty()).then(|| told(title)))
            })
            .collect();
        let archives = Archives::of(told.iter().map(|(path, told)| (path.as_path(), told.clone())));
        let about = archives.about(&Path::new("Takeout/Google Fotos/2020").join(name))?;
        about.photo().map(|photo| photo.title.to_string())
    }

    #[test]
    fn names_and_titles_of_every_form() {
        let walk = "A walk with Anna and Ben to the ";
        let isla = format!("{walk}lighthouse isla");
        for (json, title, photo) in [
            ("harbour.jpg.supplemental-metadata.json", "harbour.jpg", "harbour.jpg"),
            ("scan001.jpg.json", "scan001.jpg", "scan001.jpg"),
            ("scan002.jpg(2).json", "scan002.jpg", "scan002(2).jpg"),
            ("scan003.jpg.supplemental-metadata(12).json", "scan003.jpg", "scan003(12).jpg"),
            // The owner's own number.
            ("X (2).jpg.supplemental-metadata.json", "X (2).jpg", "X (2).jpg"),
            ("X (2).jpg.json", "X (2).jpg", "X (2).jpg"),
            // Cut names.
            (&format!("{walk}light.jpg.supp.json"), &format!("{walk}light.jpg"), &format!("{walk}light.jpg")),
            (&format!("{walk}lighthouse.jpg.json"), &format!("{walk}lighthouse.jpg"), &format!("{walk}lighthouse.jpg")),
            (&format!("{walk}lighthouse isl.json"), &format!("{isla}nd and back.jpg"), &format!("{isla}.jpg")),
            (&format!("{walk}lighthouse isl(1).json"), &format!("{isla}nd again.jpg"), &format!("{isla}(1).jpg")),
            // No ending, letters that no name may have.
            ("04_07_20 - 2.supplemental-metadata.json", "04/07/20 - 2", "04_07_20 - 2.jpg"),
            ("a_b.jpg.supplemental-metadata.json", "a&b.jpg", "a_b.jpg"),
            ("img_1.jpg.json", "IMG_1.JPG", "IMG_1.jpg"),
            // Edited there.
            ("IMG_2003.jpg.supplemental-metadata.json", "IMG_2003.jpg", "IMG_2003-edited.jpg"),
            ("IMG_2003.HEIC.supplemental-metadata.json", "IMG_2003.HEIC", "IMG_2003-edited.jpg"),
            ("IMG_2004.jpg.supplemental-metadata(1).json", "IMG_2004.jpg", "IMG_2004-edited(1).jpg"),
            ("IMG_2004.jpg.supplemental-metadata(1).json", "IMG_2004.jpg", "IMG_2004(1)-edited.jpg"),
            ("IMG_2004.jpg.supplemental-metadata.json", "IMG_2004.jpg", "IMG_2004-edited(1).jpg"),
            ("IMG_2005.jpg.supplemental-metadata.json", "IMG_2005.jpg", "IMG_2005-bearbeitet.jpg"),
            (
                &format!("{walk}lighthouse.jpg.json"),
                &format!("{walk}lighthouse.jpg"),
                &format!("{walk}lighthouse-edit.jpg"),
            ),
        ] {
            assert_eq!(found(&[(json, title)], photo).as_deref(), Some(title), "{json} {photo}");
        }
    }

    #[test]
    fn what_is_not_told_of_a_photo() {
        for (files, photo) in [
            (&[("IMG_1.jpg.json", "IMG_1.jpg")][..], "IMG_2.jpg"),
            (&[("IMG_1.jpg.json", "IMG_1.jpg")], "IMG_1(1).jpg"),
            (&[("IMG_1.jpg(1).json", "IMG_1.jpg")], "IMG_1.jpg"),
            // The movie of a Live Photo has none.
            (&[("IMG_1.HEIC.json", "IMG_1.HEIC")], "IMG_1.MP4"),
            // Two answer.
            (&[("IMG_1.jpg.json", "IMG_1.jpg"), ("IMG_1.jpg.supplemental-metadata.json", "IMG_1.JPG")], "IMG_1.jpg"),
            (&[("IMG_1.jpg.json", "")], "IMG_1.jpg"),
        ] {
            assert_eq!(found(files, photo), None, "{files:?} {photo}");
        }
    }

    #[test]
    fn a_number_tells_photos_of_one_title_apart() {
        let files = [
            ("IMG_1.HEIC.supplemental-metadata.json", "IMG_1.HEIC"),
            ("IMG_1.jpg.supplemental-metadata.json", "IMG_1.jpg"),
            ("IMG_1.jpg.supplemental-metadata(1).json", "IMG_1.JPG"),
        ];
        assert_eq!(found(&files, "IMG_1.HEIC").as_deref(), Some("IMG_1.HEIC"));
        assert_eq!(found(&files, "IMG_1.jpg").as_deref(), Some("IMG_1.jpg"));
        assert_eq!(found(&files, "IMG_1(1).jpg").as_deref(), Some("IMG_1.JPG"));
    }

    #[test]
    fn another_part_of_the_archive_may_tell() {
        let (json, photo) = ("1/Takeout/Google Photos/Album/a.jpg.json", "2/Takeout/Google Photos/Album/a.jpg");
        let told = told("a.jpg");
        let album = Arc::new(Takeout::Album("Summer".into()));
        let broken = Path::new("1/Takeout/Google Photos/Album/b.jpg.supplemental-metadata.json");
        let archives = Archives::of(
            [
                (Path::new(json), Some(told.clone())),
                (Path::new("1/Takeout/Google Photos/Album/metadata.json"), Some(album.clone())),
                (Path::new("else/metadata.json"), Some(album.clone())),
                (broken, None),
            ]
            .into_iter(),
        );
        let about = |path: &str| archives.about(Path::new(path));
        let told = about(photo).expect("a part of it");
        assert_eq!((told.photo().map(|photo| &*photo.title), told.album()), (Some("a.jpg"), Some("Summer")));
        let awaited = |path: &str| about(path).map(|about| (about.photo.is_some(), about.is_awaited));
        assert_eq!(awaited("2/Takeout/Google Photos/Album/c.jpg"), Some((false, true)));
        assert_eq!(
            awaited("2/Takeout/Google Photos/Album/b.jpg"),
            Some((false, false)),
            "its file is here, and damaged"
        );
        // Another tree has directories of that name, too.
        assert_eq!(awaited("InstantUpload/Album/a.jpg"), None);
        assert_eq!(awaited("else/a.jpg"), None);
    }

    #[test]
    fn the_year_of_a_directory_is_told_in_any_language() {
        let years =
            ["Photos from 2020", "Fotos von 2020", "2020年の写真", "2020-07-04", "IMG_20200704", "Summer", "9999"];
        assert_eq!(years.map(year_of), [Some(2020), Some(2020), Some(2020), Some(2020), None, None, None]);
    }

    #[test]
    fn no_character_is_torn() {
        assert_eq!(cut("a😀b", 2), "a");
        assert_eq!(cut("a😀b", 3), "a😀");
        assert_eq!(cut("ab", 46), "ab");
    }
}
