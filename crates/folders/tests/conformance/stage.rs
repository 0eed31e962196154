//! Each kind of folder, with somebody else who writes there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::ops::ControlFlow;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use photobridge_core::folder::place::is_part_name;
use photobridge_core::folder::{
    Entry, Folder, FolderError, Folders, Ground, Kind, Local, Opened, Opener, Part, Properties, State,
};
use photobridge_core::item::Stamp;
use photobridge_folders::Everywhere;
use photobridge_folders::webdav::address::Address;
use photobridge_folders::webdav::client::Access;
use photobridge_folders::webdav::learn::Writers;
use photobridge_folders::webdav::secret::{Credentials, Secret};
use photobridge_folders::webdav::{Opening, WebDav};
use photobridge_testkit::cloud::{Cloud, Manners};
use photobridge_testkit::zip::{Packed, zip};
use photobridge_testkit::{Drawer, Faulty};
use tempfile::TempDir;

/// What lies in a folder: directories with a slash behind, and the bytes of each file.
pub type Tree = BTreeMap<String, Vec<u8>>;

/// A folder of one kind, and what others do to it.
pub trait Stage: Sync {
    fn folder(&self) -> Arc<dyn Folder>;

    /// Puts a file there, and the directories on the way; a file that is there gets these bytes.
    fn put(&self, path: &str, bytes: &[u8]);

    fn remove(&self, path: &str);

    fn tree(&self) -> Tree;

    /// Nothing lies at its place any more.
    fn go_away(&self);

    /// Another directory, an empty one, lies at its place; `false` where nothing that is told tells it from the one before.
    fn replace(&self) -> bool;

    /// It must not be written; `false` where nobody can forbid it here.
    fn forbid(&self) -> bool;

    /// There is no room any more; `false` where that cannot be had here.
    fn fill(&self) -> bool;

    /// Puts a link there; `false` where there are none.
    fn link(&self, path: &str, to: &Path) -> bool;
}

/// A directory on the disk of this computer.
pub struct OnDisk {
    room: TempDir,
    root: PathBuf,
}

impl OnDisk {
    pub fn new() -> Self {
        let room = tempfile::tempdir().expect("a directory");
        let root = fs::canonicalize(room.path()).expect("there").join("folder");
        fs::create_dir(&root).expect("made");
        Self { room, root }
    }
}

fn walk(root: &Path, directory: &Path, tree: &mut Tree) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            tree.insert(format!("{name}/"), Vec::new());
            walk(root, &path, tree);
        } else if kind.is_symlink() {
            tree.insert(
                format!("{name}@"),
                fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes(),
            );
        } else {
            tree.insert(name, fs::read(&path).expect("a file"));
        }
    }
}

impl Stage for OnDisk {
    fn folder(&self) -> Arc<dyn Folder> {
        Everywhere.open(&self.root).expect("there")
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("made");
        fs::write(path, bytes).expect("written");
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).expect("removed");
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        walk(&self.root, &self.root, &mut tree);
        tree
    }

    fn go_away(&self) {
        fs::rename(&self.root, self.room.path().join("away")).expect("moved");
    }

    fn replace(&self) -> bool {
        self.go_away();
        fs::create_dir(&self.root).is_ok()
    }

    fn forbid(&self) -> bool {
        let writes = || fs::write(self.root.join("probe"), "").is_ok();
        fs::set_permissions(&self.root, fs::Permissions::from_mode(0o555)).expect("ours");
        // The superuser writes everywhere.
        let is_forbidden = !writes();
        if !is_forbidden {
            let _ = fs::remove_file(self.root.join("probe"));
        }
        is_forbidden
    }

    fn fill(&self) -> bool {
        false
    }

    fn link(&self, path: &str, to: &Path) -> bool {
        symlink(to, self.root.join(path)).is_ok()
    }
}

/// The same, which says that it lies on no disk of this computer.
pub struct Afar(OnDisk);

impl Afar {
    pub fn new() -> Self {
        Self(OnDisk::new())
    }
}

impl Stage for Afar {
    fn folder(&self) -> Arc<dyn Folder> {
        let afar = Faulty { folders: &Everywhere, fuse: Arc::default(), is_afar: true };
        afar.open(&self.0.root).expect("there")
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        self.0.put(path, bytes);
    }

    fn remove(&self, path: &str) {
        self.0.remove(path);
    }

    fn tree(&self) -> Tree {
        self.0.tree()
    }

    fn go_away(&self) {
        self.0.go_away();
    }

    fn replace(&self) -> bool {
        self.0.replace()
    }

    fn forbid(&self) -> bool {
        self.0.forbid()
    }

    fn fill(&self) -> bool {
        false
    }

    fn link(&self, path: &str, to: &Path) -> bool {
        self.0.link(path, to)
    }
}

/// A folder in memory.
pub struct InMemory(Drawer);

impl InMemory {
    pub fn new(folds: bool) -> Self {
        let drawer = Drawer::new("/drawer/photos");
        drawer.inside().folds = folds;
        Self(drawer)
    }
}

impl Stage for InMemory {
    fn folder(&self) -> Arc<dyn Folder> {
        Arc::new(self.0.clone())
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        self.0.inside().put(path, bytes);
    }

    fn remove(&self, path: &str) {
        self.0.inside().remove(path);
    }

    fn tree(&self) -> Tree {
        self.0.inside().tree()
    }

    fn go_away(&self) {
        self.0.inside().is_away = true;
    }

    fn replace(&self) -> bool {
        self.0.inside().replace();
        true
    }

    fn forbid(&self) -> bool {
        self.0.inside().is_read_only = true;
        true
    }

    fn fill(&self) -> bool {
        self.0.inside().room = 0;
        true
    }

    fn link(&self, _: &str, _: &Path) -> bool {
        false
    }
}

/// A folder on a server with the habits of one that was seen.
pub struct OnServer {
    cloud: Cloud,
    is_nextcloud: bool,
    keeping: TempDir,
}

impl OnServer {
    pub fn new(manners: Manners) -> Self {
        let (cloud, keeping) = (Cloud::start(manners), tempfile::tempdir().expect("a directory"));
        let stage = Self { cloud, is_nextcloud: manners.is_nextcloud, keeping };
        stage.open().habits().expect("it is tried out");
        stage
    }

    fn open(&self) -> WebDav {
        let credentials = Credentials::Password { user: "me".into(), password: Secret::new("xyzzy42") };
        let address = Address::read(&Cloud::photos(self.cloud.address), false).expect("an address");
        let access = Access { address, credentials, authority: None };
        let keeping = self.keeping.path().to_owned();
        WebDav::open(Opening { access, writers: Writers::Several, keeping }).expect("there")
    }
}

/// Our parts have other names on a server: Nextcloud takes none that ends in `.part`.
fn on_the_server(path: &str) -> String {
    let name = |name: &str| if is_part_name(name) { name.replace(".part", ".tmp") } else { name.to_owned() };
    path.split('/').map(name).collect::<Vec<_>>().join("/")
}

fn in_the_journal(path: &str) -> String {
    let name = |name: &str| {
        let part = name.replace(".tmp", ".part");
        if is_part_name(&part) { part } else { name.to_owned() }
    };
    path.split('/').map(name).collect::<Vec<_>>().join("/")
}

impl Stage for OnServer {
    fn folder(&self) -> Arc<dyn Folder> {
        Arc::new(self.open())
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        // Each content has a date of its own, as those of other people have.
        static CLOCK: AtomicI64 = AtomicI64::new(1_600_000_000);
        let now = CLOCK.fetch_add(1, Ordering::SeqCst);
        self.cloud.write(&format!("Photos/{}", on_the_server(path)), bytes, now);
    }

    fn remove(&self, path: &str) {
        self.cloud.remove(&format!("Photos/{path}"));
    }

    fn tree(&self) -> Tree {
        let directories = self.cloud.directories().into_iter().map(|path| (format!("{path}/"), Vec::new()));
        let below = |(path, bytes): (String, Vec<u8>)| {
            let path = path.strip_prefix("Photos/").filter(|path| !path.is_empty())?;
            Some((in_the_journal(path), bytes))
        };
        directories.chain(self.cloud.files()).filter_map(below).collect()
    }

    fn go_away(&self) {
        self.cloud.remove("Photos");
    }

    fn replace(&self) -> bool {
        self.go_away();
        self.cloud.make_directory("Photos");
        self.is_nextcloud
    }

    // Others tell neither rights nor room, and say no when they are asked to write.
    fn forbid(&self) -> bool {
        self.cloud.forbid();
        self.is_nextcloud
    }

    fn fill(&self) -> bool {
        self.cloud.room(Some(0));
        self.is_nextcloud
    }

    fn link(&self, _: &str, _: &Path) -> bool {
        false
    }
}

/// Two zips of one export, as one folder. Whoever changes what lies in it makes the zip anew.
pub struct InArchive {
    room: TempDir,
    tree: Mutex<Tree>,
    is_deflated: bool,
}

impl InArchive {
    pub fn new(is_deflated: bool) -> Self {
        let stage = Self { room: tempfile::tempdir().expect("a directory"), tree: Mutex::default(), is_deflated };
        stage.pack();
        stage
    }

    fn place(&self) -> PathBuf {
        fs::canonicalize(self.room.path()).expect("there").join("photos-*.zip")
    }

    /// The first half in one part, the rest in the other.
    fn pack(&self) {
        let tree = self.tree.lock().expect("no test failed");
        let make = if self.is_deflated { Packed::deflated } else { Packed::stored };
        let files: Vec<Packed> = tree.iter().map(|(path, bytes)| make(path, bytes)).collect();
        let (one, other) = files.split_at(files.len() / 2);
        for (name, part) in [("photos-001.zip", one), ("photos-002.zip", other)] {
            let new = self.room.path().join("new");
            fs::write(&new, zip(part)).expect("written");
            fs::rename(&new, self.room.path().join(name)).expect("moved");
        }
    }
}

/// What lies below the name of the export, as a folder.
struct Below(Arc<dyn Folder>);

const EXPORT: &str = "photos";

fn below(path: &Path) -> PathBuf {
    if path.as_os_str().is_empty() { EXPORT.into() } else { Path::new(EXPORT).join(path) }
}

struct OpenerBelow<'a>(Box<dyn Opener + 'a>);

impl Opener for OpenerBelow<'_> {
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        self.0.open(&below(path))
    }
}

impl Folder for Below {
    fn place(&self) -> &Path {
        self.0.place()
    }

    fn properties(&self) -> Properties {
        self.0.properties()
    }

    fn ground(&self) -> Result<Ground, FolderError> {
        self.0.ground()
    }

    fn library_around(&self) -> Option<PathBuf> {
        self.0.library_around()
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
        // As a walk does, which begins at the root.
        self.0.list(Path::new(""), &mut |_| ControlFlow::Continue(()))?;
        self.0.list(&below(directory), each)
    }

    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError> {
        self.0.stat(&below(path))
    }

    fn opener(&self) -> Box<dyn Opener + '_> {
        Box::new(OpenerBelow(self.0.opener()))
    }

    fn local(&self, path: &Path, state: Stamp) -> Result<Option<Local>, FolderError> {
        self.0.local(&below(path), state)
    }

    fn begin(&self, directory: &Path, part: &str) -> Result<Box<dyn Part>, FolderError> {
        self.0.begin(&below(directory), part)
    }

    fn reopen(&self, directory: &Path, part: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
        self.0.reopen(&below(directory), part)
    }

    fn discard(&self, directory: &Path, part: &str) -> Result<(), FolderError> {
        self.0.discard(&below(directory), part)
    }

    fn rename(&self, path: &Path, name: &OsStr) -> Result<(), FolderError> {
        self.0.rename(&below(path), name)
    }

    fn date(&self, path: &Path, state: Stamp, taken: Timestamp) -> Result<Option<Stamp>, FolderError> {
        self.0.date(&below(path), state, taken)
    }

    fn sync_directories(&self, directories: &[&Path]) -> Result<(), FolderError> {
        self.0.sync_directories(directories)
    }

    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)> {
        self.0.obstacle(&below(directory))
    }

    fn free_space(&self) -> Result<Option<u64>, FolderError> {
        self.0.free_space()
    }
}

impl InArchive {
    /// The bytes of its zips, and what else lies beside them.
    pub fn zips(&self) -> Tree {
        let mut tree = Tree::new();
        walk(self.room.path(), self.room.path(), &mut tree);
        tree
    }

    /// Its zips lie elsewhere, under other names.
    pub fn move_away(&self, to: &Path) {
        fs::rename(self.room.path().join("photos-001.zip"), to.join("of me 2.zip")).expect("moved");
        fs::rename(self.room.path().join("photos-002.zip"), to.join("of me 1.zip")).expect("moved");
    }
}

impl Stage for InArchive {
    fn folder(&self) -> Arc<dyn Folder> {
        Arc::new(Below(Everywhere.open(&self.place()).expect("there")))
    }

    fn put(&self, path: &str, bytes: &[u8]) {
        self.tree.lock().expect("no test failed").insert(path.to_owned(), bytes.to_vec());
        self.pack();
    }

    fn remove(&self, path: &str) {
        self.tree.lock().expect("no test failed").remove(path);
        self.pack();
    }

    fn tree(&self) -> Tree {
        self.tree.lock().expect("no test failed").clone()
    }

    fn go_away(&self) {
        for name in ["photos-001.zip", "photos-002.zip"] {
            fs::remove_file(self.room.path().join(name)).expect("removed");
        }
    }

    fn replace(&self) -> bool {
        self.tree.lock().expect("no test failed").clear();
        self.pack();
        true
    }

    fn forbid(&self) -> bool {
        true
    }

    fn fill(&self) -> bool {
        true
    }

    fn link(&self, _: &str, _: &Path) -> bool {
        false
    }
}
