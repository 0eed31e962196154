//! Which file of an archive tells of which photo.
//!
//! Apple's lists name the photos beside them, and those of albums by their names alone, which parts of an export may share.
//!
//! Google Takeout writes one file for each photo.
//! A file of JSON is named after the title of its photo, with what Google adds, cut to 46 UTF-16 units; the photo after its
//! title, its stem cut to 47, with another ending where the title has none; a number behind either tells photos of one title
//! apart. Both are cut, so it is the title inside that brings them together. (As counted by others on 46,000 files, from
//! accounts in many languages.)

mod directory;
mod titles;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use photobridge_media::capture::CaptureSource;
use photobridge_media::takeout::Takeout;
use rustc_hash::{FxHashMap, FxHashSet};

use self::directory::Directory;
use self::titles::plain;
use super::names::folded;
use crate::fingerprint::Fingerprint;
use crate::item::{Archived, Item};

/// Files that are named in a remark.
const NAMED: usize = 3;

/// The JSON files of one folder.
#[derive(Debug, Default)]
pub struct Archives {
    directories: FxHashMap<PathBuf, Directory>,
    /// The folder is an archive itself, as zips are.
    is_archive: bool,
    /// Directories around those in which photos are told of, by their last two components.
    told_below: FxHashSet<PathBuf>,
    /// What is told of a photo beside it, by address: it is of no other, whoever has that name elsewhere.
    beside: FxHashSet<usize>,
    /// What should be known of these files.
    pub remarks: Vec<String>,
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

impl Archives {
    /// Of the files of JSON in a folder, each with what it tells; `is_archive` says that the folder is zips.
    pub fn of<'a>(files: impl Iterator<Item = (&'a Path, Option<Arc<Takeout>>)>, is_archive: bool) -> Self {
        let mut archives = Self { is_archive, ..Self::default() };
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
                None => _ = entry.silent.insert(plain(&name), name.into()),
            }
        }
        // What has the form of an album's file says nothing where no photo is told of, unless that is an archive for sure.
        archives.directories.retain(|path, directory| {
            let is_told = !(directory.photos.is_empty() && directory.listed.is_empty());
            is_told || (directory.album.is_some() && is_in_archive(path, is_archive))
        });
        for (path, directory) in &archives.directories {
            archives.parts.entry(tail(path)).or_default().push(path.clone());
            if !directory.photos.is_empty() {
                archives.told_below.extend(path.parent().map(tail));
            }
        }
        archives
    }

    /// Parts what is told of photos beside it from what is told of others, and notes what remains.
    pub fn settle<'a>(&mut self, photos: impl Iterator<Item = &'a Path> + Clone) {
        if self.directories.is_empty() {
            return;
        }
        let beside = photos
            .clone()
            .filter_map(|path| self.known(path))
            .flat_map(|(own, name)| own.about(&name, None, &|_| true));
        self.beside = beside.map(|told| address(&told)).collect();
        let told = photos.clone().filter_map(|path| self.about(path, None)?.photo);
        let told: FxHashSet<usize> = told.map(|told| address(&told)).chain(self.beside.iter().copied()).collect();
        let json = |directory: &Path, file: &str| directory.join(format!("{file}.json")).display().to_string();
        let notes = self
            .directories
            .iter()
            .flat_map(|(path, directory)| directory.photos.values().flatten().map(move |note| (path, note)));
        let lone = notes.filter(|(_, note)| !told.contains(&address(&note.photo)));
        let lone: BTreeSet<String> = lone.map(|(path, note)| json(path, &note.file)).collect();
        let silent = photos.filter_map(|path| {
            let (own, name) = self.known(path)?;
            Some(json(path.parent()?, own.silent_about(&name)?))
        });
        let silent: BTreeSet<String> = silent.collect();
        let remarks = [
            named(&lone).map(|(files, photos)| {
                format!(
                    "JSON files tell of {photos} not there: {files}. Another part of the archive may bring what is missing"
                )
            }),
            named(&silent).map(|(files, photos)| {
                format!("the JSON of {photos} here is damaged or too long, and tells nothing: {files}")
            }),
        ];
        self.remarks.extend(remarks.into_iter().flatten());
    }

    /// The directory of a photo, if something is told there, and the photo's name.
    fn known<'a>(&self, path: &'a Path) -> Option<(&Directory, Cow<'a, str>)> {
        let directory = self.directories.get(path.parent().unwrap_or(Path::new("")))?;
        Some((directory, path.file_name().unwrap_or_default().to_string_lossy()))
    }

    /// Whether only the bytes of the file at this path tell which row of Apple's list is its own: none or several have its name.
    pub fn asks_for_bytes(&self, path: &Path) -> bool {
        if self.directories.is_empty() {
            return false;
        }
        let own = self.directories.get(path.parent().unwrap_or(Path::new("")));
        let Some(own) = own.filter(|own| !own.proven.is_empty()) else { return false };
        let rows = own.listed.get(&folded(&path.file_name().unwrap_or_default().to_string_lossy()));
        rows.is_none_or(|rows| rows.len() != 1)
    }

    /// What is told of the photo or movie at a path: beside it, else in the directory of the same name in another part.
    /// Where two answer that do not agree, none does. Its bytes, where they are known, say which row of a list is its own.
    pub fn about(&self, path: &Path, bytes: Option<Fingerprint>) -> Option<Archived> {
        if self.directories.is_empty() {
            return None;
        }
        let directory = path.parent().unwrap_or(Path::new(""));
        let parts = self.parts.get(&tail(directory)).map_or(&[][..], |parts| parts);
        let own = self.directories.get(directory);
        let others = || parts.iter().filter(|part| *part != directory).map(|part| &self.directories[part]);
        if own.or_else(|| others().next()).is_none() {
            return if self.is_trash(directory) {
                Some(Archived::thrown_away())
            } else {
                // Its words may be in a part that is not here.
                let is_beside = || directory.parent().is_some_and(|around| self.told_below.contains(&tail(around)));
                let is_awaited = is_in_archive(directory, self.is_archive) && is_beside();
                is_awaited.then(|| Archived { is_awaited, ..Archived::default() })
            };
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut found = own.map_or_else(Vec::new, |own| own.about(&name, bytes, &|_| true));
        if found.is_empty() {
            let is_free = |told: &Arc<Takeout>| !self.beside.contains(&address(told));
            found = others().flat_map(|other| other.about(&name, bytes, &is_free)).collect();
        }
        let is_silent = || own.into_iter().chain(others()).any(|directory| directory.silent_about(&name).is_some());
        let mut of_directory = own.into_iter().chain(others()).map(|directory| directory.album.clone());
        let album = of_directory.find_map(|album| album).or_else(|| self.album_of(directory, &name));
        // A list that does not name a photo says nothing of what may come.
        let has_notes = || own.into_iter().chain(others()).any(|directory| directory.listed.is_empty());
        let is_awaited = found.is_empty() && has_notes() && !is_silent();
        Some(Archived { photo: agreed(found), album, is_awaited, newest_part: None })
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

/// Tells what is told from all else that says the same.
fn address(told: &Arc<Takeout>) -> usize {
    Arc::as_ptr(told).addr()
}

/// Some names, and of how many photos they are: *one photo that is*; nothing for none.
fn named(names: &BTreeSet<String>) -> Option<(String, String)> {
    let some: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let photos = match names.len() {
        0 => return None,
        1 => "one photo that is".to_owned(),
        many => format!("{many} photos that are"),
    };
    Some((some.join(", ") + &more, photos))
}

/// What several files tell of one photo, as where two archives were unpacked into one place: nothing if they do not agree.
fn agreed(found: Vec<Arc<Takeout>>) -> Option<Arc<Takeout>> {
    found.into_iter().map(Some).reduce(|one, other| {
        let (one, other) = (one?, other?);
        match (&*one, &*other) {
            (a, b) if a == b => Some(one),
            (Takeout::Photo(a), Takeout::Photo(b)) => Some(Arc::new(Takeout::Photo(a.agreed(b)?))),
            _ => None,
        }
    })?
}

/// The directory at the root of every unpacked archive of Google, in every language.
const ROOT: &str = "Takeout";

/// Whether a directory belongs to an archive: that of a zip, or one below the root that Google gives it.
fn is_in_archive(directory: &Path, is_archive: bool) -> bool {
    is_archive || directory.components().any(|component| component.as_os_str() == ROOT)
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

/// Whether nothing but its file's time dates a photo of an archive, and its directory is called after another year: what tells
/// of it lies in a part that is not here yet. `is_archive` says that the folder is zips.
pub fn is_of_another_year(item: &Item, is_archive: bool) -> bool {
    // First what is quickly told of nearly all of 100,000.
    let captured = item.header().and_then(|header| header.captured);
    if captured.is_some_and(|(_, source)| source != CaptureSource::FileTime) {
        return false;
    }
    let directory = item.path().parent().filter(|directory| is_in_archive(directory, is_archive));
    let Some(year) = directory.and_then(|directory| year_of(&directory.file_name()?.to_string_lossy())) else {
        return false;
    };
    captured.and_then(|(time, _)| time.civil()).is_none_or(|civil| civil.year() != year)
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

#[cfg(test)]
mod tests {
    use photobridge_media as media;

    use super::titles::cut;
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
        let archives = Archives::of(told.iter().map(|(path, told)| (path.as_path(), told.clone())), false);
        let about = archives.about(&Path::new("Takeout/Google Fotos/2020").join(name), None)?;
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
            false,
        );
        let about = |path: &str| archives.about(Path::new(path), None);
        let told = about(photo).expect("a part of it");
        assert_eq!((told.photo().map(|photo| &*photo.title), told.album()), (Some("a.jpg"), Some("Summer")));
        let awaited = |path: &str| about(path).map(|about| (about.photo.is_some(), about.is_awaited));
        assert_eq!(awaited("2/Takeout/Google Photos/Album/c.jpg"), Some((false, true)));
        assert_eq!(
            awaited("2/Takeout/Google Photos/Album/b.jpg"),
            Some((false, false)),
            "its file is here, and damaged"
        );
        // Its album's words lie in another part, and so may its own.
        assert_eq!(awaited("2/Takeout/Google Photos/Bin/d.jpg"), Some((false, true)));
        // Another tree has directories of that name, too.
        assert_eq!(awaited("InstantUpload/Album/a.jpg"), None);
        assert_eq!(awaited("else/a.jpg"), None);
    }

    #[test]
    fn two_that_agree_on_the_date_tell_what_either_does() {
        let note = |seconds: u64, words: &str| {
            let json = format!(
                r#"{{"title": "a.jpg", "description": "{words}", "photoTakenTime": {{"timestamp": "{seconds}"}}}}"#
            );
            media::takeout::read(json.as_bytes()).map(Arc::new)
        };
        let about = |one, other| {
            let files = [("T/2020/a.jpg.json", one), ("T/2020/a.jpg.supplemental-metadata.json", other)];
            let archives = Archives::of(files.into_iter().map(|(path, told)| (Path::new(path), told)), false);
            let photo = archives.about(Path::new("T/2020/a.jpg"), None)?.photo()?.clone();
            Some((photo.taken, photo.description.to_string()))
        };
        assert_eq!(about(note(7, ""), note(7, "written since")), Some((Some(7), "written since".to_owned())));
        assert_eq!(about(note(7, "a"), note(7, "b")), Some((Some(7), String::new())), "nobody knows which");
        assert_eq!(about(note(7, ""), note(8, "")), None);
    }

    #[test]
    fn the_bytes_say_which_row_of_a_list_is_of_a_photo() {
        let of = |bytes: &[u8]| Fingerprint::of(bytes);
        let row = |name: &str, bytes: &[u8], hidden: &str, deleted: &str| {
            format!("{name},{},no,{hidden},{deleted},\"Saturday July 4,2020 10:11 AM GMT\",3,\n", of(bytes))
        };
        let list = [
            "imgName,fileChecksum,favorite,hidden,deleted,originalCreationDate,viewCount,importDate\n".to_owned(),
            row("I.JPG", b"one", "no", "no"),
            row("I.JPG", b"other", "no", "yes"),
            row("H.JPG", b"hidden", "yes", "no"),
            row("S.JPG", b"seen", "no", "no"),
        ];
        let told = media::takeout::read(list.concat().as_bytes()).map(Arc::new);
        let archives = Archives::of([(Path::new("P/Photo Details.csv"), told)].into_iter(), false);
        let about = |name: &str, bytes: &[u8]| {
            let told = archives.about(&Path::new("P").join(name), Some(of(bytes))).expect("a list lies there");
            told.photo().map(|photo| (photo.trashed, photo.hidden))
        };
        assert_eq!(about("I.JPG", b"one"), Some((false, false)));
        assert_eq!(about("I1.JPG", b"other"), Some((true, false)), "whatever it is called");
        assert_eq!(about("I.JPG", b"a third"), None, "two rows have its name");
        assert_eq!(about("H.JPG", b"hidden"), Some((false, true)));
        assert_eq!(about("S.JPG", b"edited since"), Some((false, false)), "by its name");
        let asks =
            ["I.JPG", "I1.JPG", "H.JPG", "S.JPG"].map(|name| archives.asks_for_bytes(&Path::new("P").join(name)));
        assert_eq!(asks, [true, true, false, false]);
        assert!(!archives.asks_for_bytes(Path::new("elsewhere/I.JPG")));
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
