//! A folder in memory: the simplest kind behind the engine's boundary. It can be full, read-only, away, or another one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::dates::for_taken;
use photobridge_core::folder::names::{folded, is_library_package};
use photobridge_core::folder::place::is_part_name;
use photobridge_core::folder::{
    Entry, Folder, FolderError, Folders, Ground, Kind, Local, Opened, Opener, Part, Properties, State, is_name,
};
use photobridge_core::item::Stamp;
use photobridge_core::library::Readable;

/// A folder in memory. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Drawer {
    place: PathBuf,
    inside: Arc<Mutex<Inside>>,
}

/// What lies in it, and how it is.
#[derive(Debug)]
pub struct Inside {
    entries: BTreeMap<PathBuf, Node>,
    /// Times and numbers are counted.
    clock: i64,
    ground: u64,
    /// Nothing lies at its place.
    pub is_away: bool,
    /// It must not be written.
    pub is_read_only: bool,
    /// Bytes that it holds at most.
    pub room: u64,
    /// It keeps neither case nor one form of accents.
    pub folds: bool,
    /// Nothing that is kept tells it from another one.
    pub is_unmarked: bool,
    /// Directories that are disks of their own.
    disks: BTreeSet<PathBuf>,
}

/// What lies on a disk that is not connected.
#[derive(Debug)]
pub struct Unplugged(BTreeMap<PathBuf, Node>);

#[derive(Debug, Clone)]
enum Node {
    Directory,
    File { bytes: Vec<u8>, stamp: Stamp },
}

impl Inside {
    fn tick(&mut self) -> i64 {
        self.clock += 1_000_000_001;
        self.clock
    }

    /// Puts a file there as somebody else would, in place of what is there.
    pub fn put(&mut self, path: &str, bytes: &[u8]) {
        let path = PathBuf::from(path);
        for above in path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()) {
            self.entries.insert(above.to_owned(), Node::Directory);
        }
        let time = self.tick();
        let inode = match self.entries.get(&path) {
            Some(Node::File { stamp, .. }) => stamp.inode,
            _ => time.unsigned_abs(),
        };
        let stamp = Stamp { size: bytes.len() as u64, mtime: time, ctime: time, inode };
        self.entries.insert(path, Node::File { bytes: bytes.to_vec(), stamp });
    }

    /// Takes away what lies at a path.
    pub fn remove(&mut self, path: &str) {
        self.entries.remove(Path::new(path));
    }

    /// As if another directory came to lie at its place, an empty one.
    pub fn replace(&mut self) {
        self.ground += 1;
        self.entries.clear();
    }

    /// Makes an empty disk of its own of a directory.
    pub fn plug_in_new(&mut self, directory: &str) {
        self.plug_in(directory, Unplugged(BTreeMap::new()));
    }

    /// Connects a disk at a directory, over whatever lies there.
    pub fn plug_in(&mut self, directory: &str, disk: Unplugged) {
        self.unplug(directory);
        let directory = Path::new(directory);
        for above in directory.ancestors().filter(|above| !above.as_os_str().is_empty()) {
            self.entries.insert(above.to_owned(), Node::Directory);
        }
        self.entries.extend(disk.0.into_iter().map(|(path, node)| (directory.join(path), node)));
        self.disks.insert(directory.to_owned());
    }

    /// Takes the disk of a directory away, and leaves that empty; of the whole folder, all that lies there.
    pub fn unplug(&mut self, directory: &str) -> Unplugged {
        let directory = Path::new(directory);
        let (on_it, rest): (BTreeMap<_, _>, _) =
            std::mem::take(&mut self.entries).into_iter().partition(|(path, _)| path.starts_with(directory));
        self.entries = rest;
        if self.disks.remove(directory) {
            self.entries.insert(directory.to_owned(), Node::Directory);
        }
        let below = |(path, node): (PathBuf, Node)| Some((path.strip_prefix(directory).ok()?.to_owned(), node));
        Unplugged(on_it.into_iter().filter_map(below).filter(|(path, _)| !path.as_os_str().is_empty()).collect())
    }

    /// Every path there, those of directories with a slash behind, and the bytes of each file.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let shown = |(path, node): (&PathBuf, &Node)| match node {
            Node::Directory => (format!("{}/", path.display()), Vec::new()),
            Node::File { bytes, .. } => (path.display().to_string(), bytes.clone()),
        };
        self.entries.iter().map(shown).collect()
    }

    /// Fails as a folder would that is away.
    fn there(&self) -> Result<(), FolderError> {
        if self.is_away { Err(FolderError::Gone) } else { Ok(()) }
    }

    fn writable(&self) -> Result<(), FolderError> {
        self.there()?;
        if self.is_read_only { Err(FolderError::Refused("it is read-only".into())) } else { Ok(()) }
    }

    fn node(&self, path: &Path) -> Result<&Node, FolderError> {
        self.there()?;
        if path.as_os_str().is_empty() { Ok(&Node::Directory) } else { self.entries.get(path).ok_or(FolderError::Gone) }
    }

    fn of_inode(&mut self, inode: u64) -> Option<(&mut Vec<u8>, &mut Stamp)> {
        self.entries.values_mut().find_map(|node| match node {
            Node::File { bytes, stamp } if stamp.inode == inode => Some((bytes, stamp)),
            _ => None,
        })
    }

    /// Whether anything has this name, as far as this folder tells names apart.
    fn has(&self, path: &Path) -> bool {
        let same = |other: &PathBuf| match self.folds {
            true => folded(&other.to_string_lossy()) == folded(&path.to_string_lossy()),
            false => other == path,
        };
        self.entries.keys().any(same)
    }

    fn rename(&mut self, from: &Path, name: &OsStr) -> Result<(), FolderError> {
        self.writable()?;
        if !is_name(name) {
            return Err(FolderError::Permanent("that is no file name".into()));
        }
        let to = from.with_file_name(name);
        if self.has(&to) {
            return Err(FolderError::Taken);
        }
        let node = self.entries.remove(from).ok_or(FolderError::Gone)?;
        self.entries.insert(to, node);
        Ok(())
    }

    /// Enters a directory, and makes what is not there where that is wanted.
    fn enter(&mut self, directory: &Path, makes: bool) -> Result<(), FolderError> {
        self.there()?;
        let mut inside = PathBuf::new();
        for component in directory.components() {
            inside.push(component);
            if !matches!(component, Component::Normal(_)) {
                return Err(FolderError::Leaves(inside));
            }
            match self.entries.get(&inside) {
                Some(Node::Directory) => {}
                Some(Node::File { .. }) => return Err(FolderError::InTheWay(inside)),
                None if makes => drop(self.entries.insert(inside.clone(), Node::Directory)),
                None => return Err(FolderError::Gone),
            }
        }
        Ok(())
    }
}

impl Drawer {
    /// An empty one.
    pub fn new(place: &str) -> Self {
        let inside = Inside {
            entries: BTreeMap::new(),
            clock: 1_600_000_000_000_000_000,
            ground: 1,
            is_away: false,
            is_read_only: false,
            room: u64::MAX,
            folds: false,
            is_unmarked: false,
            disks: BTreeSet::new(),
        };
        Self { place: place.into(), inside: Arc::new(Mutex::new(inside)) }
    }

    /// What lies in it.
    pub fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes(&self, path: &Path) -> Result<(Vec<u8>, Stamp), FolderError> {
        match self.inside().node(path)? {
            Node::File { bytes, stamp } => Ok((bytes.clone(), *stamp)),
            Node::Directory => Err(FolderError::Permanent("it is no plain file".into())),
        }
    }
}

fn state(node: &Node) -> (Kind, State) {
    let nothing = Stamp { size: 0, mtime: 0, ctime: 0, inode: 0 };
    match node {
        Node::Directory => (Kind::Directory, State { stamp: nothing, online_only: false }),
        Node::File { stamp, .. } => (Kind::File, State { stamp: *stamp, online_only: false }),
    }
}

struct Listed(PathBuf, Kind, State);

impl Entry for Listed {
    fn name(&self) -> &OsStr {
        self.0.file_name().unwrap_or_default()
    }

    fn kind(&self) -> Result<Kind, FolderError> {
        Ok(self.1)
    }

    fn state(&self) -> Result<State, FolderError> {
        Ok(self.2)
    }
}

/// A file that is open: as on a disk it is the file, whatever name that has by now.
struct Open {
    drawer: Drawer,
    stamp: Stamp,
    /// What it held when it was opened, for one that is removed meanwhile.
    bytes: Vec<u8>,
    at: u64,
}

impl Opened for Open {
    fn state(&self) -> Result<State, FolderError> {
        let mut inside = self.drawer.inside();
        inside.there()?;
        let stamp = inside.of_inode(self.stamp.inode).map_or(self.stamp, |(_, stamp)| *stamp);
        Ok(State { stamp, online_only: false })
    }
}

impl Read for Open {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inside = self.drawer.inside();
        inside.there()?;
        let bytes = inside.of_inode(self.stamp.inode).map_or(&self.bytes, |(bytes, _)| bytes);
        let mut rest = bytes.get(self.at as usize..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Open {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let size = self.state()?.stamp.size;
        let mut cursor = Cursor::new(());
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap_or_default(),
            SeekFrom::End(by) => size.checked_add_signed(by).unwrap_or_default(),
        };
        cursor.set_position(self.at);
        Ok(cursor.position())
    }
}

struct InTurn<'a>(&'a Drawer);

impl Opener for InTurn<'_> {
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        let (bytes, stamp) = self.0.bytes(path)?;
        Ok(Box::new(Open { drawer: self.0.clone(), stamp, bytes, at: 0 }))
    }
}

/// A part, which lies there from its beginning.
struct Half {
    drawer: Drawer,
    path: PathBuf,
    inode: u64,
    made: Vec<PathBuf>,
}

impl Half {
    fn stamped<T>(&self, of: impl FnOnce(&mut Vec<u8>, &mut Stamp) -> T) -> Result<T, FolderError> {
        let mut inside = self.drawer.inside();
        inside.writable()?;
        inside.of_inode(self.inode).map(|(bytes, stamp)| of(bytes, stamp)).ok_or(FolderError::Gone)
    }
}

impl Write for Half {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inside = self.drawer.inside();
        inside.writable()?;
        let held = |node: &Node| if let Node::File { bytes, .. } = node { bytes.len() as u64 } else { 0 };
        if inside.entries.values().map(held).sum::<u64>() + bytes.len() as u64 > inside.room {
            return Err(FolderError::NoRoom.into());
        }
        let (held, stamp) = inside.of_inode(self.inode).ok_or(FolderError::Gone)?;
        held.extend(bytes);
        stamp.size = held.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Part for Half {
    fn finish(&mut self, _: Fingerprint, taken: Option<Timestamp>) -> Result<(), FolderError> {
        self.stamped(|_, stamp| stamp.mtime = taken.and_then(nanoseconds).unwrap_or(stamp.mtime))
    }

    fn reader(&mut self) -> Result<Box<dyn Readable + '_>, FolderError> {
        Ok(Box::new(Cursor::new(self.stamped(|bytes, _| bytes.clone())?)))
    }

    fn stamp(&self) -> Result<Stamp, FolderError> {
        self.stamped(|_, stamp| *stamp)
    }

    fn sync(&mut self) -> Result<(), FolderError> {
        self.stamped(|_, _| ())
    }

    fn name(&mut self, name: &OsStr) -> Result<(), FolderError> {
        self.drawer.inside().rename(&self.path, name)
    }

    fn discard(self: Box<Self>) {
        let mut inside = self.drawer.inside();
        if inside.writable().is_ok() {
            inside.entries.remove(&self.path);
            for made in self.made.iter().rev() {
                if !inside.entries.keys().any(|path| path.parent() == Some(made)) {
                    inside.entries.remove(made);
                }
            }
        }
    }
}

fn nanoseconds(taken: Timestamp) -> Option<i64> {
    for_taken(taken).find_map(|time| i64::try_from(time.as_nanosecond()).ok())
}

impl Folder for Drawer {
    fn place(&self) -> &Path {
        &self.place
    }

    fn properties(&self) -> Properties {
        Properties::default()
    }

    fn ground(&self) -> Result<Ground, FolderError> {
        let inside = self.inside();
        inside.there()?;
        let lasting = (!inside.is_unmarked).then_some((inside.ground as i64, 1));
        Ok(Ground { now: (0, inside.ground), lasting })
    }

    fn is_disk(&self, directory: &Path) -> bool {
        self.inside().disks.contains(directory)
    }

    fn library_around(&self) -> Option<PathBuf> {
        let is_library = |path: &&Path| is_library_package(&path.file_name().unwrap_or_default().to_string_lossy());
        self.place.ancestors().find(is_library).map(Path::to_owned)
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
        let inside = self.inside();
        if matches!(inside.node(directory)?, Node::File { .. }) {
            return Err(FolderError::Gone);
        }
        let of_it = inside.entries.iter().filter(|(path, _)| path.parent() == Some(directory));
        let listed = |(path, node): (&PathBuf, &Node)| {
            let (kind, state) = state(node);
            Listed(path.clone(), kind, state)
        };
        let listed: Vec<Listed> = of_it.map(listed).collect();
        // Whoever is given an entry may ask for more.
        drop(inside);
        for entry in listed {
            if each(&entry).is_break() {
                return Ok(());
            }
        }
        self.inside().there()
    }

    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError> {
        self.inside().node(path).map(state)
    }

    fn opener(&self) -> Box<dyn Opener + '_> {
        Box::new(InTurn(self))
    }

    fn local(&self, path: &Path, wanted: Stamp) -> Result<Option<Local>, FolderError> {
        let (bytes, stamp) = match self.bytes(path) {
            Err(FolderError::Gone) => return Ok(None),
            read => read?,
        };
        if stamp != wanted {
            return Ok(None);
        }
        let mut spool = tempfile::NamedTempFile::new()?;
        spool.write_all(&bytes)?;
        let (path, stamp) = (spool.path().to_owned(), Stamp::of(&spool.as_file().metadata()?));
        Ok(Some(Local { path, stamp, spool: Some(Box::new(spool)) }))
    }

    fn begin(&self, directory: &Path, part: &str) -> Result<Box<dyn Part>, FolderError> {
        if !is_part_name(part) {
            return Err(FolderError::NotOurs);
        }
        let mut inside = self.inside();
        inside.writable()?;
        let missing = directory.ancestors().filter(|above| inside.node(above).is_err());
        let mut made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        made.reverse();
        inside.enter(directory, true)?;
        let time = inside.tick();
        let stamp = Stamp { size: 0, mtime: time, ctime: time, inode: time.unsigned_abs() };
        let path = directory.join(part);
        inside.entries.insert(path.clone(), Node::File { bytes: Vec::new(), stamp });
        Ok(Box::new(Half { drawer: self.clone(), path, inode: stamp.inode, made }))
    }

    fn reopen(&self, directory: &Path, part: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
        if !is_part_name(part) {
            return Err(FolderError::NotOurs);
        }
        let path = directory.join(part);
        let inside = self.inside();
        match inside.node(&path) {
            Ok(Node::File { stamp, .. }) => {
                let inode = stamp.inode;
                Ok(Some(Box::new(Half { drawer: self.clone(), path, inode, made: Vec::new() })))
            }
            Ok(Node::Directory) => Err(FolderError::NotOurs),
            Err(FolderError::Gone) if !inside.is_away => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn discard(&self, directory: &Path, part: &str) -> Result<(), FolderError> {
        if !is_part_name(part) {
            return Err(FolderError::NotOurs);
        }
        let mut inside = self.inside();
        inside.writable()?;
        let path = directory.join(part);
        match inside.entries.get(&path) {
            Some(Node::Directory) => return Err(FolderError::NotOurs),
            _ => inside.entries.remove(&path),
        };
        Ok(())
    }

    fn rename(&self, path: &Path, name: &OsStr) -> Result<(), FolderError> {
        self.inside().rename(path, name)
    }

    fn date(&self, path: &Path, state: Stamp, taken: Timestamp) -> Result<Option<Stamp>, FolderError> {
        let mut inside = self.inside();
        inside.writable()?;
        match inside.entries.get_mut(path) {
            Some(Node::File { stamp, .. }) if *stamp == state => {
                stamp.mtime = nanoseconds(taken).unwrap_or(stamp.mtime);
                Ok(Some(*stamp).filter(|now| *now != state))
            }
            Some(_) => Ok(None),
            None => Err(FolderError::Gone),
        }
    }

    fn sync_directories(&self, directories: &[&Path]) -> Result<(), FolderError> {
        let mut inside = self.inside();
        inside.there()?;
        directories.iter().try_for_each(|directory| inside.enter(directory, false))
    }

    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)> {
        let mut inside = self.inside();
        match inside.enter(directory, false) {
            Err(error @ (FolderError::Leaves(_) | FolderError::InTheWay(_))) => Some((directory.to_owned(), error)),
            _ => inside.writable().err().map(|error| (PathBuf::new(), error)),
        }
    }

    fn free_space(&self) -> Result<Option<u64>, FolderError> {
        let inside = self.inside();
        inside.there()?;
        let held = |node: &Node| if let Node::File { bytes, .. } = node { bytes.len() as u64 } else { 0 };
        Ok(Some(inside.room.saturating_sub(inside.entries.values().map(held).sum())))
    }
}

/// Drawers by their places; what is none of them is looked for elsewhere.
pub struct Cabinet<'a> {
    /// Those that there are.
    pub drawers: Vec<Drawer>,
    /// Where else.
    pub elsewhere: &'a dyn Folders,
}

impl Folders for Cabinet<'_> {
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        match self.drawers.iter().find(|drawer| drawer.place == place) {
            Some(drawer) if drawer.inside().is_away => Err(FolderError::Gone),
            Some(drawer) => Ok(Arc::new(drawer.clone())),
            None => self.elsewhere.open(place),
        }
    }
}
