//! What directories hold, under the marks that the server gives them. It can be lost without harm: then they are listed again.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address::Address;
use super::listing::Entry;
use super::multistatus::{Etag, Facts};

/// Whoever changes what is kept counts up: a notebook of another version is an empty one.
const VERSION: u32 = 1;

/// The listings of one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notebook {
    directories: BTreeMap<PathBuf, Kept>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// The mark that it had before and after these were told; none where that is not sure.
    etag: Option<Etag>,
    entries: Vec<Entry>,
}

/// As it lies on the disk.
#[derive(Serialize, Deserialize)]
struct File<N> {
    version: u32,
    folder: String,
    notebook: N,
}

impl Notebook {
    /// What lies at a path, if it is of this folder; else an empty one.
    pub fn open(path: &Path, folder: &Address) -> Self {
        let file: Option<File<Self>> = fs::read(path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let is_of_it = |file: &File<Self>| file.version == VERSION && file.folder == folder.to_string();
        file.filter(is_of_it).map(|file| file.notebook).unwrap_or_default()
    }

    /// Writes it down, whole or not at all. What was not asked for this time is taken over from `before`, as far as it is
    /// still there.
    pub fn save(&self, before: &Self, path: &Path, folder: &Address) -> io::Result<()> {
        let mut notebook = Self::default();
        for (directory, kept) in merged(&before.directories, &self.directories) {
            // In the order of their paths, what lies above comes first.
            if notebook.lists(directory) && kept.etag.is_some() {
                notebook.directories.insert(directory.clone(), kept.clone());
            }
        }
        if notebook == *before {
            return Ok(());
        }
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        let mut writer = io::BufWriter::new(&mut file);
        serde_json::to_writer(&mut writer, &File { version: VERSION, folder: folder.to_string(), notebook })?;
        writer.flush()?;
        drop(writer);
        file.persist(path)?;
        Ok(())
    }

    /// Whether a directory is there, as far as is known here.
    fn lists(&self, directory: &Path) -> bool {
        directory.as_os_str().is_empty() || self.facts(directory).is_some_and(|facts| facts.is_directory)
    }

    /// What a directory held when it had this mark.
    pub(super) fn entries(&self, directory: &Path, etag: &Etag) -> Option<&Vec<Entry>> {
        let kept = self.directories.get(directory)?;
        kept.etag.as_ref().filter(|kept| kept.is_same(etag)).map(|_| &kept.entries)
    }

    /// What was told of a file or directory in the listing in which it stands.
    pub(super) fn facts(&self, path: &Path) -> Option<&Facts> {
        let entries = &self.directories.get(path.parent()?)?.entries;
        let name = path.file_name()?.to_str()?;
        let at = entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()?;
        Some(&entries[at].facts)
    }

    /// Takes the listing of a directory, in the order of the names.
    pub(super) fn keep(&mut self, directory: PathBuf, etag: Option<Etag>, entries: Vec<Entry>) {
        self.directories.insert(directory, Kept { etag, entries });
    }
}

/// The entries of both, those of `now` where both have one, in the order of their keys.
fn merged<'a>(
    before: &'a BTreeMap<PathBuf, Kept>,
    now: &'a BTreeMap<PathBuf, Kept>,
) -> BTreeMap<&'a PathBuf, &'a Kept> {
    before.iter().chain(now).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn etag(text: &str) -> Option<Etag> {
        Etag::read(text)
    }

    fn entries(names: &[(&str, bool)]) -> Vec<Entry> {
        let facts = |is_directory| Facts { is_directory, size: Some(7), ..Facts::default() };
        names.iter().map(|(name, is)| Entry { name: (*name).into(), facts: facts(*is) }).collect()
    }

    #[test]
    fn what_was_kept_is_found_under_its_mark_until_it_is_gone() {
        let room = tempfile::tempdir().expect("a directory");
        let path = room.path().join("listings.json");
        let folder = Address::read("https://cloud.example/a", false).expect("an address");
        let mut first = Notebook::default();
        first.keep("".into(), etag("r1"), entries(&[("2023", true), ("2024", true), ("a.jpg", false)]));
        first.keep("2023".into(), etag("x"), entries(&[("b.jpg", false)]));
        first.keep("2024".into(), etag("y"), entries(&[("c.jpg", false)]));
        first.save(&Notebook::default(), &path, &folder).expect("written");
        let again = Notebook::open(&path, &folder);
        assert_eq!(again, first);
        assert_eq!(again.entries(Path::new("2023"), &etag("x").expect("a mark")).expect("kept")[0].name, "b.jpg");
        assert_eq!(again.entries(Path::new("2023"), &etag("z").expect("a mark")), None);
        assert!(again.facts(Path::new("2024/c.jpg")).is_some() && again.facts(Path::new("2024/b.jpg")).is_none());

        let mut second = Notebook::default();
        second.keep("".into(), etag("r2"), entries(&[("2024", true)]));
        second.save(&again, &path, &folder).expect("written");
        let again = Notebook::open(&path, &folder);
        assert!(again.entries(Path::new("2023"), &etag("x").expect("a mark")).is_none(), "it is gone");
        assert!(again.entries(Path::new("2024"), &etag("y").expect("a mark")).is_some(), "it was not asked for");

        let other = Address::read("https://cloud.example/b", false).expect("an address");
        assert_eq!(Notebook::open(&path, &other), Notebook::default());
        fs::write(&path, "{}").expect("written");
        assert_eq!(Notebook::open(&path, &folder), Notebook::default());
    }
}
