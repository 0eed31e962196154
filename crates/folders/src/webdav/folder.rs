//! A server's folder behind the engine's boundary.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::hash::{BuildHasher, Hash};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use photobridge_core::folder::names::{IN_LIBRARIES, is_library_package};
use photobridge_core::folder::place::{is_part_name, part_name};
use photobridge_core::folder::{
    Entry, Folder, FolderError, Ground, Kind, Local, Opened, Opener, Part, Properties, State,
};
use photobridge_core::item::Stamp;
use photobridge_core::progress::Cancel;
use rustc_hash::FxBuildHasher;

use super::arrivals::Arrivals;
use super::client::{Access, Client};
use super::download::{download, forget_old};
use super::fault::Fault;
use super::learn::{self, Habits, Way, Writers};
use super::listing::{self, Directory};
use super::lock;
use super::multistatus::{Etag, Facts};
use super::naming::Namer;
use super::notebook::Notebook;
use super::part::{ServerPart, cargo};
use super::reader::Reader;

/// How a folder on a server is opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// How the server is reached.
    pub access: Access,
    /// Who else writes there.
    pub writers: Writers,
    /// A directory of this computer that is ours, for what is kept of this folder, and what is on its way.
    pub keeping: PathBuf,
}

/// A folder on a server.
pub struct WebDav(pub(super) Arc<Server>);

/// What parts of a folder share.
pub(super) struct Server {
    pub(super) client: Arc<Client>,
    place: PathBuf,
    writers: Writers,
    keeping: PathBuf,
    habits: Mutex<Option<Habits>>,
    pub(super) there: Mutex<HashSet<PathBuf>>,
    pub(super) arrivals: Arrivals,
    seen: Mutex<Seen>,
}

/// What was told while this folder is open.
#[derive(Default)]
struct Seen {
    /// From earlier runs.
    before: Notebook,
    now: Notebook,
    /// The marks of directories that the listing above them told, until they are listed themselves.
    told: HashMap<PathBuf, Option<Etag>>,
    /// Whether a directory whose mark is the same holds what it held.
    is_telling: bool,
    /// Listings that were asked for ahead of time.
    ahead: HashMap<PathBuf, Directory>,
    /// What the folder itself told when it was opened: the first listing need not ask again.
    opened: Option<Facts>,
}

impl WebDav {
    /// The folder at an address. It must be there.
    pub fn open(opening: Opening) -> Result<Self, FolderError> {
        let Opening { access, writers, keeping } = opening;
        fs::create_dir_all(keeping.join(SPOOL))?;
        forget_old(&keeping.join(SPOOL));
        let place = PathBuf::from(access.address.to_string());
        let before = Notebook::open(&keeping.join(NOTEBOOK), &access.address);
        let client = Arc::new(Client::new(&access)?);
        let seen = Mutex::new(Seen { before, ..Seen::default() });
        let (habits, there, arrivals) = (Mutex::default(), Mutex::default(), Arrivals::default());
        let mut server = Server { client, place, writers, keeping, habits, there, arrivals, seen };
        let opened = Some(server.itself()?);
        server.seen.get_mut().unwrap_or_else(PoisonError::into_inner).opened = opened;
        Ok(Self(Arc::new(server)))
    }

    /// How the server can be written to, tried out now if it was not before.
    pub fn habits(&self) -> Result<Habits, FolderError> {
        Ok(self.0.habits()?)
    }

    /// Who else writes there, as the settings say.
    pub fn writers(&self) -> Writers {
        self.0.writers
    }
}

const NOTEBOOK: &str = "listings.json";
const HABITS: &str = "habits.json";
const TRIAL: &str = "trial";
const SPOOL: &str = "spool";

impl Server {
    /// What is told of the folder itself.
    pub(super) fn itself(&self) -> Result<Facts, Fault> {
        let facts = listing::look(&self.client, Path::new(""))?;
        match facts.is_directory {
            true => Ok(facts),
            false => Err(Fault::Permanent("a file is there, not a folder".into())),
        }
    }

    /// Whether a directory of this path is there, or can be made: nothing else lies on the way to it.
    fn is_free(&self, directory: &Path) -> Result<Facts, Fault> {
        for path in directory.ancestors() {
            match listing::look(&self.client, path) {
                Ok(facts) if facts.is_directory => return Ok(facts),
                Ok(_) => return Err(Fault::InTheWay(path.to_owned())),
                Err(Fault::Gone) => {}
                Err(fault) => return Err(fault),
            }
        }
        Err(Fault::Gone)
    }

    /// Where what is on its way lies meanwhile.
    pub(super) fn spool(&self) -> PathBuf {
        self.keeping.join(SPOOL)
    }

    /// What the server was seen to do, as it was written down; it is tried out where it says that it is another one.
    fn habits(&self) -> Result<Habits, Fault> {
        let mut habits = lock(&self.habits);
        if let Some(habits) = &*habits {
            return Ok(habits.clone());
        }
        let (path, trial) = (self.keeping.join(HABITS), self.keeping.join(TRIAL));
        let server = learn::server(&self.client)?;
        let known = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
        let learnt = match known.filter(|known: &Habits| known.server == server) {
            Some(known) => known,
            None => {
                let disk = |error: std::io::Error| Fault::of_disk(&error);
                if let Ok(left) = fs::read_to_string(&trial) {
                    learn::sweep(&self.client, &left)?;
                }
                let name = learn::trial_name();
                fs::write(&trial, &name).map_err(disk)?;
                let learnt = learn::learn(&self.client, &name, &Cancel::new())?;
                fs::remove_file(&trial).map_err(disk)?;
                fs::write(&path, serde_json::to_vec(&learnt).unwrap_or_default()).map_err(disk)?;
                learnt
            }
        };
        Ok(habits.insert(learnt).clone())
    }

    /// Whether files that lie there can be given other names, as far as that was found out before: nothing is tried for it.
    fn moves(&self) -> bool {
        let known = || serde_json::from_slice(&fs::read(self.keeping.join(HABITS)).ok()?).ok();
        let habits: Option<Habits> = lock(&self.habits).clone().or_else(known);
        habits.and_then(|habits| habits.way(self.writers)) == Some(Way::Move)
    }

    /// The way in which a name is given here, with what the server was seen to do.
    pub(super) fn way(&self) -> Result<(Habits, Way), Fault> {
        let habits = self.habits()?;
        let way = habits.way(self.writers).ok_or_else(|| Fault::Refused(self.no_way()))?;
        Ok((habits, way))
    }

    fn no_way(&self) -> String {
        format!(
            "{} has no way of giving a file a name that is safe while somebody else writes there, so it is read only. If \
             nobody does, set single_writer = true",
            self.client.address().host()
        )
    }

    /// What lies in a directory. Where the server says that nothing below it changed, it is not asked.
    fn list(&self, directory: &Path) -> Result<Directory, Fault> {
        if let Some(ahead) = lock(&self.seen).ahead.remove(directory) {
            return Ok(ahead);
        }
        let etag = match directory.as_os_str().is_empty() {
            true => {
                let opened = lock(&self.seen).opened.take();
                let itself = opened.map_or_else(|| self.itself(), Ok)?;
                // Nextcloud and ownCloud give a directory another mark whenever anything below it changes.
                lock(&self.seen).is_telling = itself.file_id.is_some();
                itself.etag
            }
            false => lock(&self.seen).told.remove(directory).flatten(),
        };
        let seen = lock(&self.seen);
        let etag = etag.filter(|_| seen.is_telling);
        let known = etag.as_ref().and_then(|etag| seen.before.entries(directory, etag).cloned());
        drop(seen);
        let (listed, etag) = match known {
            Some(entries) => (Directory { itself: Facts::default(), entries, strange: Vec::new() }, etag),
            None => {
                let listed = listing::list(&self.client, directory)?;
                // Only what had one mark before and after its names were told is known under that mark.
                let is_sure = listed.strange.is_empty() && etag.is_some() && etag == listed.itself.etag;
                (listed, etag.filter(|_| is_sure))
            }
        };
        let mut seen = lock(&self.seen);
        for entry in listed.entries.iter().filter(|entry| entry.facts.is_directory) {
            seen.told.insert(directory.join(&entry.name), entry.facts.etag.clone());
        }
        seen.now.keep(directory.to_owned(), etag, listed.entries.clone());
        Ok(listed)
    }

    /// Whether what would make a directory a photo library can lie in it: asked of each before it is entered, and answered
    /// by its listing, which is asked for a moment later anyway.
    fn may_hold(&self, path: &Path) -> Result<bool, Fault> {
        let inside = IN_LIBRARIES.iter().find(|inside| path.ends_with(inside));
        let above = inside.and_then(|inside| path.ancestors().nth(Path::new(inside).components().count()));
        let (Some(inside), Some(above)) = (inside, above) else { return Ok(true) };
        let is_ahead = |seen: &Seen| seen.told.contains_key(above) || seen.ahead.contains_key(above);
        if !is_ahead(&lock(&self.seen)) {
            return Ok(true);
        }
        let listed = self.list(above)?;
        let first = inside.split('/').next().unwrap_or_default();
        let holds = listed.entries.iter().any(|entry| entry.name == first);
        lock(&self.seen).ahead.insert(above.to_owned(), listed);
        Ok(holds)
    }

    /// What was told of a file when it was listed, else what is told of it now.
    fn facts(&self, path: &Path) -> Result<Facts, Fault> {
        let told = lock(&self.seen).now.facts(path).cloned();
        told.map_or_else(|| listing::look(&self.client, path), Ok)
    }

    pub(super) fn namer<'a>(&'a self, habits: &'a Habits, way: Way) -> Namer<'a> {
        Namer::new(&self.client, habits, way, &self.there)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let seen = self.seen.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Without it everything is listed again.
        let _ = seen.now.save(&seen.before, &self.keeping.join(NOTEBOOK), self.client.address());
    }
}

/// Whether it is one plain name.
pub(super) fn is_name(name: &OsStr) -> bool {
    let mut components = Path::new(name).components();
    let is_plain = matches!(components.next(), Some(Component::Normal(plain)) if plain == name);
    is_plain && components.next().is_none()
}

/// The state that a server tells. It has no inodes; what it has instead changes with every content.
pub(super) fn stamp(facts: &Facts) -> Stamp {
    let mtime = facts.modified.and_then(|time| i64::try_from(time.as_nanosecond()).ok()).unwrap_or_default();
    let mark = (facts.file_id, facts.etag.as_ref().map(Etag::text));
    let inode = if mark == (None, None) { 0 } else { hash(mark) };
    Stamp { size: facts.size.unwrap_or_default(), mtime, ctime: 0, inode }
}

/// A number that the ledger can hold, the same in every run.
fn hash(of: impl Hash) -> u64 {
    FxBuildHasher.hash_one(of) >> 1
}

fn kind(facts: &Facts) -> Kind {
    if facts.is_directory { Kind::Directory } else { Kind::File }
}

fn state(facts: &Facts) -> State {
    State { stamp: stamp(facts), online_only: false }
}

impl From<Fault> for FolderError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Gone => Self::Gone,
            Fault::Taken => Self::Taken,
            Fault::NoRoom(_) | Fault::DiskFull => Self::NoRoom,
            Fault::Refused(why) => Self::Refused(why),
            Fault::InTheWay(path) => Self::InTheWay(path),
            Fault::NotOurs => Self::NotOurs,
            fault @ (Fault::Retry { .. } | Fault::Changed | Fault::Cancelled) => Self::Retry(fault.to_string()),
            Fault::Permanent(why) => Self::Permanent(why),
        }
    }
}

/// An entry of a listing; of one that cannot be used, why.
struct Listed<'a> {
    name: &'a str,
    told: Result<&'a Facts, &'static str>,
}

impl Listed<'_> {
    fn facts(&self) -> Result<&Facts, FolderError> {
        self.told.map_err(|why| FolderError::Permanent(why.into()))
    }
}

impl Entry for Listed<'_> {
    fn name(&self) -> &OsStr {
        OsStr::new(self.name)
    }

    fn kind(&self) -> Result<Kind, FolderError> {
        self.facts().map(kind)
    }

    fn state(&self) -> Result<State, FolderError> {
        self.facts().map(state)
    }
}

impl Opened for Reader {
    fn state(&self) -> Result<State, FolderError> {
        // Each answer that brought bytes said that it is of this state.
        Ok(state(self.listed()))
    }
}

impl Opener for &WebDav {
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        let facts = self.0.facts(path)?;
        if facts.is_directory {
            return Err(FolderError::Permanent("it is no plain file".into()));
        }
        Ok(Box::new(Reader::new(self.0.client.clone(), path.to_owned(), facts)?))
    }
}

/// Keeps what was brought here, until it was used.
struct Brought(PathBuf);

impl Drop for Brought {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

impl Folder for WebDav {
    fn place(&self) -> &Path {
        &self.0.place
    }

    fn properties(&self) -> Properties {
        Properties { silent: true, uploads: true, keeps_names: !self.0.moves(), ..Properties::default() }
    }

    fn ground(&self) -> Result<Ground, FolderError> {
        let facts = self.0.itself()?;
        let address = hash(&self.0.place);
        let id = facts.file_id.unwrap_or_default();
        // Numbers of one server mean nothing to another.
        let lasting =
            facts.file_id.and_then(|id| Some((i64::try_from(id).ok()?, hash(self.0.client.address().host()) as i64)));
        Ok(Ground { now: (address, id), lasting })
    }

    fn library_around(&self) -> Option<PathBuf> {
        let is_library = |path: &&Path| is_library_package(&path.file_name().unwrap_or_default().to_string_lossy());
        self.0.place.ancestors().find(is_library).map(Path::to_owned)
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
        let Directory { entries, strange, .. } = self.0.list(directory)?;
        let told = entries.iter().map(|entry| Listed { name: &entry.name, told: Ok(&entry.facts) });
        let strange = strange.iter().map(|(name, why)| Listed { name, told: Err(why) });
        for entry in told.chain(strange) {
            if each(&entry).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError> {
        if !self.0.may_hold(path)? {
            return Err(FolderError::Gone);
        }
        let facts = listing::look(&self.0.client, path)?;
        Ok((kind(&facts), state(&facts)))
    }

    fn opener(&self) -> Box<dyn Opener + '_> {
        Box::new(self)
    }

    fn local(&self, path: &Path, wanted: Stamp) -> Result<Option<Local>, FolderError> {
        let facts = match listing::look(&self.0.client, path) {
            Ok(facts) if stamp(&facts) == wanted => facts,
            Ok(_) | Err(Fault::Gone) => return Ok(None),
            Err(fault) => return Err(fault.into()),
        };
        match download(&self.0.client, path, &facts, &self.0.spool(), &|_| {}, &Cancel::new()) {
            Ok(brought) => {
                let stamp = Stamp::of(&fs::metadata(&brought.path)?);
                let spool = Some(Box::new(Brought(brought.path.clone())) as Box<_>);
                Ok(Some(Local { path: brought.path, stamp, spool }))
            }
            Err(Fault::Changed | Fault::Gone) => Ok(None),
            Err(fault) => Err(fault.into()),
        }
    }

    fn begin(&self, directory: &Path, part: &str) -> Result<Box<dyn Part>, FolderError> {
        if !is_part_name(part) {
            return Err(FolderError::NotOurs);
        }
        let (habits, _) = self.0.way()?;
        if !lock(&self.0.there).contains(directory) {
            self.0.is_free(directory)?;
        }
        Ok(Box::new(ServerPart::begin(self.0.clone(), directory, part, habits.is_nextcloud())?))
    }

    fn reopen(&self, directory: &Path, part: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
        if !is_part_name(part) {
            return Err(FolderError::NotOurs);
        }
        self.0.itself()?;
        let part = ServerPart::reopen(self.0.clone(), directory, part)?;
        Ok(part.map(|part| Box::new(part) as Box<dyn Part>))
    }

    fn discard(&self, directory: &Path, part: &str) -> Result<(), FolderError> {
        if !is_part_name(part) {
            return Err(FolderError::NotOurs);
        }
        self.0.itself()?;
        ServerPart::remove(&self.0, directory, part)
    }

    fn rename(&self, path: &Path, name: &OsStr) -> Result<(), FolderError> {
        let target = path.with_file_name(name);
        if !is_name(name) {
            return Err(FolderError::Permanent("that is no file name".into()));
        }
        let (habits, way) = self.0.way()?;
        let namer = self.0.namer(&habits, way);
        let is_ours = |path: &Path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_part_name);
        // Nobody else ever asks for a name of ours.
        if way == Way::Move || is_ours(&target) {
            return Ok(namer.rename(path, &target)?);
        }
        let facts = listing::look(&self.0.client, path)?;
        match listing::look(&self.0.client, &target) {
            Err(Fault::Gone) => {}
            found => return Err(found.err().unwrap_or(Fault::Taken).into()),
        }
        if !is_ours(path) {
            return Err(FolderError::Refused(format!(
                "files cannot be renamed safely on {}",
                self.0.client.address().host()
            )));
        }
        // Where two can win by a move, the bytes go up once more under the name, and ours are removed.
        let brought = download(&self.0.client, path, &facts, &self.0.spool(), &|_| {}, &Cancel::new())?;
        let brought = Brought(brought.path);
        namer.place(&cargo(&brought.0, facts.modified)?, &part_name(), &target)?;
        Ok(namer.delete(path)?)
    }

    fn date(&self, _: &Path, _: Stamp, _: Timestamp) -> Result<Option<Stamp>, FolderError> {
        // A server dates a file when it arrives, or not at all.
        Ok(None)
    }

    fn sync_directories(&self, directories: &[&Path]) -> Result<(), FolderError> {
        // A server's answer is its word for what it was given; but all of that must still be there.
        self.0.itself()?;
        Ok(self.0.arrivals.look_after(&self.0.client, directories)?)
    }

    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)> {
        let nearest = match self.0.is_free(directory) {
            Ok(nearest) => nearest,
            Err(Fault::InTheWay(path)) => return Some((path.clone(), FolderError::InTheWay(path))),
            Err(fault) => return Some((directory.to_owned(), fault.into())),
        };
        if !nearest.may_hold_new() {
            let host = self.0.client.address().host();
            return Some((directory.to_owned(), FolderError::Refused(format!("you have only read access on {host}"))));
        }
        // Trying a server out writes; where that was done before, it is known.
        let known = fs::read(self.0.keeping.join(HABITS)).ok();
        let known: Option<Habits> = known.and_then(|text| serde_json::from_slice(&text).ok());
        let is_hopeless = known.is_some_and(|known| known.way(self.0.writers).is_none());
        is_hopeless.then(|| (PathBuf::new(), FolderError::Refused(self.0.no_way())))
    }

    fn free_space(&self) -> Result<Option<u64>, FolderError> {
        Ok(self.0.itself()?.available.and_then(|bytes| u64::try_from(bytes).ok()))
    }
}
