//! What the parts of an archive hold, as one tree.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_core::folder::{FolderError, Kind, State};
use photobridge_core::item::Stamp;
use photobridge_files::open_file;
use rawzip::ZipArchive;
use rustc_hash::FxHashMap;
use sha1::{Digest, Sha1};

use super::directory::{self, At, Entry, Flaw};
use super::export;
use super::place::state_of;

/// What is refused is named so often.
const NAMED: usize = 20;

/// One zip.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) path: PathBuf,
    file: Arc<File>,
    /// Length and date when its directory was read.
    state: (u64, i64),
    zip: Option<ZipArchive<At>>,
    /// Tells it from every other one, under whatever name.
    digest: [u8; 20],
}

impl Part {
    pub(super) fn zip(&self) -> Option<&ZipArchive<At>> {
        self.zip.as_ref()
    }

    /// Whether what was read of its directory holds.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        Ok(state_of(&self.file)? == self.state)
    }

    /// Whether it is what lies at its path.
    pub(super) fn is_there(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let identity = |found: std::fs::Metadata| (found.dev(), found.ino());
        let there = std::fs::metadata(&self.path).map(identity);
        there.is_ok_and(|there| self.file.metadata().map(identity).is_ok_and(|own| own == there))
            && self.is_unchanged().unwrap_or(false)
    }

    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

#[derive(Debug, Clone, Copy)]
enum Node {
    Directory,
    File { part: u32, entry: u32 },
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Every zip that was looked at, with what was found where it could be opened.
    looked_at: Vec<(PathBuf, Option<Arc<Part>>)>,
    parts: Vec<Arc<Part>>,
    entries: Vec<Entry>,
    directories: FxHashMap<PathBuf, BTreeMap<Box<str>, Node>>,
    pub(super) remarks: Vec<String>,
}

/// A file of the tree.
pub(super) struct Found<'a> {
    pub(super) part: &'a Arc<Part>,
    pub(super) entry: Entry,
}

impl Found<'_> {
    /// The state of the file: the same as long as its zip is, wherever that lies.
    pub(super) fn state(&self) -> State {
        let Entry { size, mtime, begins, .. } = self.entry;
        let mut beginning = [0; 8];
        beginning.copy_from_slice(&self.part.digest[..8]);
        // The ledger holds numbers of 63 bits.
        let inode = (u64::from_be_bytes(beginning) ^ begins) >> 1;
        State { stamp: Stamp { size, mtime, ctime: 0, inode }, online_only: false }
    }
}

/// What a path of the tree is.
pub(super) enum Lies<'a> {
    Directory,
    File(Found<'a>),
}

impl Tree {
    /// Reads the directories of these zips. One that cannot be read is named, and the others make the tree.
    pub(super) fn of(zips: &[PathBuf]) -> Self {
        let mut tree = Self::default();
        let mut named = Vec::new();
        for path in zips {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let part = export::part(&stem);
            let looked_at = tree.add(path, &stem, &part).unwrap_or_else(|why| {
                tree.remarks.push(format!("the archive {} could not be read: {why}", path.display()));
                None
            });
            tree.looked_at.push((path.clone(), looked_at));
            named.push(part);
        }
        tree.remarks.extend(export::missing(named.iter()));
        tree
    }

    /// Whether it is the tree of these zips as they are now.
    pub(super) fn is_of(&self, zips: &[PathBuf]) -> bool {
        let is_known = |((path, part), zip): (&(PathBuf, Option<Arc<Part>>), &PathBuf)| {
            path == zip && part.as_ref().is_none_or(|part| part.is_there())
        };
        self.looked_at.len() == zips.len() && self.looked_at.iter().zip(zips).all(is_known)
    }

    /// When the newest of its zips was written to its disk.
    pub(super) fn newest_part(&self) -> Option<Timestamp> {
        let newest = self.parts.iter().map(|part| part.state.1).max()?;
        Timestamp::from_nanosecond(i128::from(newest)).ok()
    }

    /// Whether nothing was looked at yet, or nothing was there.
    pub(super) fn is_nowhere(&self) -> bool {
        self.looked_at.is_empty()
    }

    fn add(&mut self, path: &Path, stem: &str, named: &export::Part) -> Result<Option<Arc<Part>>, String> {
        let opened = open_file(path).and_then(|file| Ok((state_of(&file)?, Arc::new(file))));
        let (state, file) = opened.map_err(|error| error.to_string())?;
        let read = directory::read(file.clone(), state.0);
        let (read, digest) = match read {
            Ok(read) => (Some((read.zip, read.entries, read.refused)), read.digest),
            Err(why) => {
                self.remarks.push(format!("the archive {} could not be read: {why}", path.display()));
                (None, of_state(path, state))
            }
        };
        let (zip, entries, refused) =
            read.map_or((None, vec![], vec![]), |(zip, all, refused)| (Some(zip), all, refused));
        let same = self.parts.iter().find(|other| other.digest == digest).map(|other| other.name());
        let part = Arc::new(Part { path: path.to_owned(), file, state, zip, digest });
        if let Some(other) = same {
            self.remarks.push(format!("the archive {} is the same as {other}, and counts once", part.name()));
            return Ok(Some(part));
        }
        let number = self.parts.len() as u32;
        self.refuse(&part, &refused);
        self.parts.push(part.clone());
        for (path, entry) in entries {
            self.insert(number, (stem, &named.export), &path, entry);
        }
        Ok(Some(part))
    }

    /// Puts a file at its path below its export. Another part may have one there: then it lies below its own.
    fn insert(&mut self, part: u32, (stem, export): (&str, &str), path: &Path, entry: Entry) {
        let shared = Path::new(export).join(path);
        let Some((other, at)) = self.file_at(&shared) else {
            if !self.put(part, &shared, entry) {
                self.remarks.push(clash(&shared));
            }
            return;
        };
        let earlier = self.entries[at as usize];
        if (earlier.size, earlier.crc) == (entry.size, entry.crc) && earlier.flaw.is_none() {
            return;
        }
        let own = Path::new(stem).join(path);
        if other == part || own == shared || self.file_at(&own).is_some() {
            self.entries[at as usize].flaw = earlier.flaw.or(Some(Flaw::Twice));
        } else if !self.put(part, &own, entry) {
            self.remarks.push(clash(&own));
        }
    }

    fn file_at(&self, path: &Path) -> Option<(u32, u32)> {
        match self.node(path)? {
            Node::File { part, entry } => Some((part, entry)),
            Node::Directory => None,
        }
    }

    fn node(&self, path: &Path) -> Option<Node> {
        let (directory, name) = (path.parent()?, path.file_name()?.to_str()?);
        self.directories.get(directory)?.get(name).copied()
    }

    /// `false` where something else has the name, or that of a directory on the way.
    fn put(&mut self, part: u32, path: &Path, entry: Entry) -> bool {
        let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
        above.reverse();
        for directory in above.iter().skip(1) {
            match self.node(directory) {
                Some(Node::Directory) => {}
                Some(Node::File { .. }) => return false,
                None => self.name(directory, Node::Directory),
            }
        }
        if self.node(path).is_some() {
            return false;
        }
        let number = self.entries.len() as u32;
        self.entries.push(entry);
        self.name(path, Node::File { part, entry: number });
        true
    }

    fn name(&mut self, path: &Path, node: Node) {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
            return;
        };
        self.directories.entry(directory.to_owned()).or_default().insert(name.into(), node);
    }

    fn refuse(&mut self, part: &Part, refused: &[(String, &'static str)]) {
        let each = refused.iter().take(NAMED).map(|(name, why)| format!("{name} ({why})"));
        let each: Vec<String> = each.collect();
        let more = refused.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        if !each.is_empty() {
            let name = part.name();
            self.remarks.push(format!("of the archive {name} these are not taken: {}{more}", each.join(", ")));
        }
    }

    /// What lies at a path.
    pub(super) fn find(&self, path: &Path) -> Result<Lies<'_>, FolderError> {
        if path.as_os_str().is_empty() {
            return Ok(Lies::Directory);
        }
        match self.node(path) {
            None => Err(FolderError::Gone),
            Some(Node::Directory) => Ok(Lies::Directory),
            Some(node) => self.found(node).map(Lies::File).ok_or(FolderError::Gone),
        }
    }

    fn found(&self, node: Node) -> Option<Found<'_>> {
        match node {
            Node::Directory => None,
            Node::File { part, entry } => {
                Some(Found { part: &self.parts[part as usize], entry: self.entries[entry as usize] })
            }
        }
    }

    /// The entries of a directory: names, and of files what is known of them.
    pub(super) fn list(
        &self,
        directory: &Path,
    ) -> Result<impl Iterator<Item = (&str, Option<Found<'_>>)>, FolderError> {
        let entries = match self.directories.get(directory) {
            Some(entries) => Some(entries),
            None if directory.as_os_str().is_empty() => None,
            None => return Err(FolderError::Gone),
        };
        Ok(entries.into_iter().flatten().map(|(name, node)| (&**name, self.found(*node))))
    }

    /// Tells these parts from all others, in whatever order and under whatever names.
    pub(super) fn digest(&self) -> [u8; 20] {
        let mut digests: Vec<[u8; 20]> = self.parts.iter().map(|part| part.digest).collect();
        digests.sort_unstable();
        Sha1::digest(digests.concat()).into()
    }
}

/// What a file of the tree is to whoever lists it.
pub(super) fn kind(found: Option<&Found<'_>>) -> Kind {
    found.map_or(Kind::Directory, |found| found.entry.kind)
}

fn clash(path: &Path) -> String {
    format!("{} is a file and a directory in its archive, and only one of both is read", path.display())
}

/// Of a zip whose directory cannot be read.
fn of_state(path: &Path, state: (u64, i64)) -> [u8; 20] {
    Sha1::digest(format!("{} {state:?}", path.display())).into()
}
