//! Which files lie in a library, how long they are, and in which state.
//!
//! The file decides whether an original is here, so that a snapshot needs the size of every file. One `stat` after the
//! other is too slow for 100,000 of them; here whole directories are listed, in parallel, while the database is read.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Directories whose children hold files under names that begin with a UUID.
const SHARDED: [&str; 2] = ["originals", "resources/renders"];

/// A file as it lies on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lying {
    /// Its length.
    pub size: u64,
    /// Another number once it has changed, see [`photobridge_core::asset::Resource::state`]. Not its inode, which some
    /// network disks give anew.
    pub state: i64,
}

impl Lying {
    fn of(metadata: &Metadata) -> Self {
        let nanos = |seconds: i64, nanos: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos);
        let modified = nanos(metadata.mtime(), metadata.mtime_nsec());
        let changed = nanos(metadata.ctime(), metadata.ctime_nsec());
        Self { size: metadata.len(), state: modified ^ changed.rotate_left(32) }
    }
}

/// The files of a library: names and sizes, by directory.
#[derive(Debug)]
pub(crate) struct Files {
    root: PathBuf,
    directories: FxHashMap<String, Listing>,
    unread: Vec<String>,
}

/// The files of one directory in the order of their names. The names stand one after the other in one text: a name of
/// its own for each of 100,000 files would cost more memory than the names. Their beginnings stand by themselves, as numbers
/// in the same order: whoever looks for one compares hardly anything else, and finds all of them in the processor's cache.
#[derive(Debug, Default)]
struct Listing {
    names: String,
    heads: Vec<u64>,
    files: Vec<Entry>,
}

/// A file, and the place of its name in the text.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    length: u32,
    lying: Lying,
}

impl Listing {
    /// Adds a file; a directory whose names have 4 GB is no directory.
    fn push(&mut self, name: &str, lying: Lying) {
        if let (Ok(start), Ok(length)) = (u32::try_from(self.names.len()), u32::try_from(name.len())) {
            self.names.push_str(name);
            self.files.push(Entry { start, length, lying });
        }
    }

    fn sort(&mut self) {
        let Self { names, heads, files } = self;
        let mut sorted: Vec<(u64, Entry)> = files.iter().map(|entry| (head(name_of(names, entry)), *entry)).collect();
        sorted.sort_unstable_by(|(a, one), (b, other)| {
            a.cmp(b).then_with(|| name_of(names, one).cmp(name_of(names, other)))
        });
        (*heads, *files) = sorted.into_iter().unzip();
    }

    /// The files whose names begin with `start`.
    fn starting_with<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, Lying)> {
        let order = head(start);
        let first = self.heads.partition_point(|head| *head < order);
        let is_before = |entry: &Entry| name_of(&self.names, entry) < start;
        // Hardly any share their beginning.
        let shares = |at: usize| self.heads.get(at).is_some_and(|head| *head == order);
        let first = match (shares(first), shares(first + 1)) {
            (true, true) => {
                let last = first + self.heads[first..].partition_point(|head| *head == order);
                first + self.files[first..last].partition_point(is_before)
            }
            (true, false) => first + usize::from(is_before(&self.files[first])),
            (false, _) => first,
        };
        let found = self.files[first..].iter().map(|entry| (name_of(&self.names, entry), entry.lying));
        found.take_while(move |(name, _)| name.starts_with(start))
    }
}

fn name_of<'a>(names: &'a str, entry: &Entry) -> &'a str {
    let start = entry.start as usize;
    &names[start..start + entry.length as usize]
}

/// The first eight bytes of a name as a number: smaller where the name comes first.
fn head(name: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = name.len().min(bytes.len());
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

impl Files {
    /// No files yet of the library at `root`.
    pub fn none(root: &Path) -> Self {
        Self {
            root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()),
            directories: FxHashMap::default(),
            unread: Vec::new(),
        }
    }

    /// Lists everything in `originals` and `resources/renders`, and says what could not be listed.
    pub fn all(root: &Path, warnings: &mut Vec<String>) -> Self {
        let Self { root, mut directories, mut unread } = Self::none(root);
        let mut fail = |directory: String, error: io::Error| {
            warnings.push(format!(
                "{directory} could not be listed: {error}. What lies in it is unknown, not lost. Check the rights of the \
                 library and its disk"
            ));
            unread.push(directory + "/");
        };
        let mut shards = Vec::new();
        for parent in SHARDED {
            match shards_of(&root, parent) {
                Ok(found) => shards.extend(found),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => fail(parent.to_owned(), error),
            }
        }
        let listed: Vec<_> = shards.into_par_iter().map(|shard| (listing(&root, &shard, ""), shard)).collect();
        for (result, shard) in listed {
            match result {
                Ok(files) => drop(directories.insert(shard, files)),
                Err(error) => fail(shard, error),
            }
        }
        Self { root, directories, unread }
    }

    /// Whether this path inside the library lies where nobody could look.
    pub fn is_unread(&self, path: &str) -> bool {
        self.unread.iter().any(|directory| path.starts_with(directory))
    }

    /// Lists the files of a directory whose names begin so.
    pub fn list(&mut self, directory: &str, start: &str) {
        if let Ok(files) = listing(&self.root, directory, start) {
            self.directories.insert(directory.to_owned(), files);
        }
    }

    /// Looks in a directory for the files of one stem with these endings, without listing it. What was found there before
    /// stays.
    pub fn look<'a>(&mut self, directory: &str, stem: &str, endings: impl Iterator<Item = &'a str>) {
        let path = self.root.join(directory);
        if !self.directories.contains_key(directory) {
            if !fs::canonicalize(&path).is_ok_and(|path| path.starts_with(&self.root)) {
                return;
            }
            self.directories.insert(directory.to_owned(), Listing::default());
        }
        let mut found = Vec::new();
        for name in endings.map(|ending| format!("{stem}{ending}")) {
            let file = path.join(&name);
            if join(directory, &name).is_some()
                && let Ok(metadata) = fs::symlink_metadata(&file)
                && let Some(lying) = lying(&self.root, &metadata, || file)
            {
                found.push((name, lying));
            }
        }
        let files = self.directories.entry(directory.to_owned()).or_default();
        found.iter().for_each(|(name, lying)| files.push(name, *lying));
        files.sort();
    }

    /// The file at a path inside the library, if it is there and leads nowhere else.
    pub fn at(&self, path: &str) -> Option<Lying> {
        let (directory, name) = path.rsplit_once('/')?;
        if let Some(files) = self.directories.get(directory) {
            return files.starting_with(name).next().filter(|(found, _)| *found == name).map(|(_, lying)| lying);
        }
        lying_inside(&self.root, &self.root.join(path))
    }

    /// The files in a directory whose names begin with `start`.
    pub fn starting_with<'a>(&'a self, directory: &str, start: &'a str) -> impl Iterator<Item = (&'a str, Lying)> {
        self.directories.get(directory).into_iter().flat_map(move |files| files.starting_with(start))
    }
}

/// A referenced file, which may lie anywhere.
pub(crate) fn outside(path: &str) -> Option<Lying> {
    fs::metadata(path).ok().filter(Metadata::is_file).map(|found| Lying::of(&found))
}

/// A path inside a library from two texts of its database; `None` if it is anything but plain names.
pub(crate) fn join(directory: &str, name: &str) -> Option<String> {
    let is_plain = |part: &str| {
        // By bytes: each asset asks twice, and none of these is part of another character.
        let is_separator = |byte| matches!(byte, b'\0' | b'\\' | b'/');
        !part.is_empty() && part.len() <= 255 && part != "." && part != ".." && !part.bytes().any(is_separator)
    };
    (directory.len() <= 1024 && directory.split('/').all(is_plain) && is_plain(name))
        .then(|| [directory, "/", name].concat())
}

/// The subdirectories of a directory, as paths from the root.
fn shards_of(root: &Path, parent: &str) -> io::Result<Vec<String>> {
    let mut shards = Vec::new();
    for entry in fs::read_dir(root.join(parent))? {
        let Some(shard) = entry?.file_name().to_str().and_then(|name| join(parent, name)) else { continue };
        match fs::metadata(root.join(&shard)) {
            Ok(found) if found.is_dir() => shards.push(shard),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(shards)
}

/// The files of a directory whose names begin with `start`, in order.
fn listing(root: &Path, directory: &str, start: &str) -> io::Result<Listing> {
    let path = root.join(directory);
    let mut files = Listing::default();
    if !fs::canonicalize(&path)?.starts_with(root) {
        return Ok(files);
    }
    for entry in fs::read_dir(&path)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(name) = name.to_str().filter(|name| name.starts_with(start))
            && let Ok(metadata) = entry.metadata()
            && let Some(lying) = lying(root, &metadata, || entry.path())
        {
            files.push(name, lying);
        }
    }
    files.sort();
    Ok(files)
}

/// A file; a link is followed only inside the library.
fn lying(root: &Path, metadata: &Metadata, path: impl FnOnce() -> PathBuf) -> Option<Lying> {
    if metadata.is_file() {
        return Some(Lying::of(metadata));
    }
    metadata.is_symlink().then(|| lying_inside(root, &path()))?
}

/// A file if no link on the way leads out of the library.
fn lying_inside(root: &Path, path: &Path) -> Option<Lying> {
    let metadata = fs::metadata(path).ok().filter(Metadata::is_file)?;
    fs::canonicalize(path).ok()?.starts_with(root).then(|| Lying::of(&metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_make_a_path() {
        assert_eq!(join("originals/A", "A1.jpeg").as_deref(), Some("originals/A/A1.jpeg"));
        for (directory, name) in [
            ("originals/..", "x"),
            ("originals", "../x"),
            ("/etc", "passwd"),
            ("originals", ""),
            ("originals//A", "x"),
            ("originals", ".."),
            ("originals", "a\0b"),
            ("originals", "..\\x"),
        ] {
            assert_eq!(join(directory, name), None, "{directory} {name}");
        }
    }

    #[test]
    fn finds_files_and_what_belongs_to_them() {
        let root = tempfile::tempdir().expect("a directory");
        let shard = root.path().join("originals/A");
        fs::create_dir_all(&shard).expect("a directory");
        for (name, bytes) in [("A1.jpeg", "1"), ("A1_3.mov", "22"), ("A2.jpeg", "333")] {
            fs::write(shard.join(name), bytes).expect("a file");
        }
        let mut warnings = Vec::new();
        let (mut listed, mut looked) = (Files::none(root.path()), Files::none(root.path()));
        listed.list("originals/A", "A1");
        looked.look("originals/A", "A1", ["_5.xmp", "_3.mov", ".jpeg"].into_iter());
        for files in [Files::all(root.path(), &mut warnings), listed, looked] {
            assert_eq!(files.at("originals/A/A1.jpeg").map(|found| found.size), Some(1));
            assert_eq!(files.at("originals/B/B1.jpeg"), None);
            let found: Vec<_> =
                files.starting_with("originals/A", "A1_").map(|(name, found)| (name, found.size)).collect();
            assert_eq!(found, [("A1_3.mov", 2)]);
        }
        assert_eq!(warnings, Vec::<String>::new());
    }

    #[test]
    fn however_many_names_begin_alike_each_is_found() {
        let names =
            ["A", "A1", "ALIKE001", "ALIKE001_1", "ALIKE001_2.mov", "ALIKE002.heic", "ALIKE0029", "B", "B2345678"];
        for taken in 0..1_u32 << names.len() {
            let there: Vec<&str> = (0..names.len()).filter(|at| taken >> at & 1 == 1).map(|at| names[at]).collect();
            let mut listing = Listing::default();
            there.iter().rev().for_each(|name| listing.push(name, Lying { size: 1, state: 1 }));
            listing.sort();
            for start in ["", "A", "ALIKE", "ALIKE001", "ALIKE001_", "ALIKE0023", "ALIKE003", "B23456789", "C"] {
                let found: Vec<&str> = listing.starting_with(start).map(|(name, _)| name).collect();
                let expected: Vec<&str> = there.iter().copied().filter(|name| name.starts_with(start)).collect();
                assert_eq!(found, expected, "{start} of {there:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_listed_is_not_said_to_be_empty() {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir(root.path().join("resources")).expect("a directory");
        fs::write(root.path().join("originals"), "no directory").expect("a file");
        let mut warnings = Vec::new();
        let files = Files::all(root.path(), &mut warnings);
        assert!(files.is_unread("originals/A/A1.jpeg") && !files.is_unread("resources/renders/A/A1.jpeg"));
        assert!(matches!(&warnings[..], [one] if one.contains("originals could not be listed")), "{warnings:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_library_is_no_file_of_it() {
        let outside = tempfile::tempdir().expect("a directory");
        fs::write(outside.path().join("secret"), "s").expect("a file");
        let root = tempfile::tempdir().expect("a directory");
        let shard = root.path().join("originals/A");
        fs::create_dir_all(&shard).expect("a directory");
        fs::write(shard.join("A1.jpeg"), "1").expect("a file");
        std::os::unix::fs::symlink(outside.path().join("secret"), shard.join("A2.jpeg")).expect("a link");
        std::os::unix::fs::symlink(shard.join("A1.jpeg"), shard.join("A3.jpeg")).expect("a link");
        std::os::unix::fs::symlink(outside.path(), root.path().join("originals/B")).expect("a link");
        let files = Files::all(root.path(), &mut Vec::new());
        assert_eq!(files.at("originals/A/A2.jpeg"), None);
        assert_eq!(files.at("originals/A/A3.jpeg").map(|found| found.size), Some(1));
        assert_eq!(files.at("originals/B/secret"), None);
    }
}
