//! A household of its own for each test: a folder, a library, a data directory, and nothing from this machine.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(clippy::allow_attributes, reason = "`expect` would fail where everything is used")]

pub mod service;
pub mod visitor;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use jiff::civil::{DateTime, date};
use photobridge_core::asset::{Asset, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::Filter;
use photobridge_core::library::{Library, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::run::{Mode, StartedBy};
use photobridge_core::sync::{Request, Source, Waits};
use photobridge_media::sample::Shot;
use serde_json::Value;

/// A household in a temporary directory.
pub struct Household {
    root: tempfile::TempDir,
    folder: &'static str,
    library: &'static str,
}

impl Household {
    /// An empty one.
    pub fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        fs::create_dir(root.path().join("folder")).expect("a folder");
        Self { root, folder: "folder", library: "library" }
    }

    /// The one that `photobridge demo` makes, synced once, with settings for both sides.
    pub fn demo() -> Self {
        let root = tempfile::tempdir().expect("a temporary directory");
        let home = Self { root, folder: "Nextcloud/Photos", library: "Photos library" };
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        let output = command.env_clear().arg("demo").arg(home.root()).output().expect("the program runs");
        assert!(output.status.success(), "{}", text(&output));
        home
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join(self.folder)
    }

    pub fn library_path(&self) -> PathBuf {
        self.root.path().join(self.library)
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Writes settings that name the household's folder and library, without waits.
    pub fn set_up(&self, mode: &str) {
        let (folder, library) = (self.folder(), self.library_path());
        let settings =
            format!("mode = {mode:?}\nlibrary = {library:?}\nsettle_seconds = 0\n\n[[folder]]\npath = {folder:?}\n",);
        self.make_data();
        fs::write(self.data().join("settings.toml"), settings).expect("written");
    }

    /// Makes the data directory as the program does.
    pub fn make_data(&self) {
        photobridge_core::data::make(&self.data()).expect("a data directory");
    }

    /// Writes a file into the folder.
    pub fn put(&self, path: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder().join(path);
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
        fs::write(&path, bytes).expect("written");
        path
    }

    /// The program with these arguments, in an environment of its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.env_clear().env("HOME", self.root()).current_dir(self.root());
        // A sync that starts by itself would be in the way of the test.
        command.env("PHOTOBRIDGE_WATCH", "false");
        command.arg("--data-dir").arg(self.data()).args(arguments);
        command
    }

    /// A run over the household's folder and library, without waits.
    pub fn run_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command.arg("--folder").arg(self.folder()).arg("--library").arg(self.library_path()).args(["--settle", "0"]);
        command
    }

    /// Runs `simulate` or `sync` and returns its report; panics unless it exits as expected.
    pub fn report(&self, arguments: &[&str], exit: i32) -> Report {
        let output = self.run_command(&[arguments, &["--json"]].concat()).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        Report(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output))))
    }

    /// Runs `simulate` or `sync` and returns every verdict by path.
    pub fn verdicts(&self, arguments: &[&str]) -> BTreeMap<String, Value> {
        let output = self.run_command(&[arguments, &["--json-lines"]].concat()).output().expect("the program runs");
        let lines = String::from_utf8(output.stdout.clone()).expect("UTF-8");
        let parse = |line: &str| {
            let verdict: Value = serde_json::from_str(line).expect("JSON");
            (verdict["path"].as_str().expect("a path").to_owned(), verdict)
        };
        lines.lines().map(parse).collect()
    }

    /// An import that waits for nothing, for tests that run the engine in their own process.
    pub fn request(&self, command: photobridge_core::run::Command) -> Request {
        Request {
            command,
            started_by: StartedBy::CommandLine,
            mode: Mode::Import,
            export: Default::default(),
            export_folder: None,
            sources: vec![Source { path: self.folder(), album: "Imports".into(), filter: Filter::default() }],
            data: self.data(),
            waits: Waits { settle: Duration::ZERO, ..Waits::default() },
            joins: false,
            motion_photos: Default::default(),
            archives: Default::default(),
            people_as_keywords: false,
            unattended: None,
            only: None,
            look: Default::default(),
            thorough: false,
            kin: None,
        }
    }

    /// The household's library.
    pub fn library(&self) -> Box<dyn Library> {
        photobridge_libraries::open(&self.library_path(), &self.root().join("scratch")).expect("the library opens")
    }

    pub fn snapshot(&self) -> Snapshot {
        self.library().snapshot(&Silent, &Cancel::new()).expect("the library can be read")
    }

    /// Original names of all assets, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.snapshot().assets.iter().map(|a| a.original_name.to_string()).collect();
        names.sort();
        names
    }

    /// The bytes of a resource as the library gives them out.
    pub fn bytes(&self, asset: &Asset, role: ResourceRole) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.library().read(asset, role, &mut bytes, &Cancel::new()).expect("readable");
        bytes
    }

    /// Fingerprints of the originals' files as they lie on the disk, not as the database says.
    pub fn stored(&self) -> Vec<Fingerprint> {
        let mut stored: Vec<Fingerprint> =
            tree(&self.library_path().join("originals")).into_values().map(|(bytes, _)| bytes).collect();
        stored.sort();
        stored
    }

    /// Fills the library, as iCloud would: what is put here lies in no folder that is synced.
    pub fn fill_library(&self, files: &[(&str, Vec<u8>)]) {
        let seed = tempfile::tempdir().expect("a directory");
        for (name, bytes) in files {
            fs::write(seed.path().join(name), bytes).expect("written");
        }
        let data = seed.path().join("data");
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.env_clear().env("HOME", self.root()).arg("--data-dir").arg(&data);
        command.args(["sync", "--settle", "0", "--quiet", "--folder"]).arg(seed.path());
        let output = command.arg("--library").arg(self.library_path()).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
    }

    /// Runs SQL in the library's database, as Photos would change it.
    pub fn in_library(&self, sql: &str) {
        let database = self.library_path().join("database/Photos.sqlite");
        rusqlite::Connection::open(database).and_then(|c| c.execute_batch(sql)).expect("the SQL runs");
    }
}

/// The JSON of a run, whose counts must always add up.
pub struct Report(pub Value);

impl Report {
    pub fn count(&self, key: &str) -> u64 {
        self.0["import"][key].as_u64().expect("a count")
    }

    pub fn skipped(&self, reason: &str) -> u64 {
        self.0["import"]["skipped"][reason].as_u64().unwrap_or(0)
    }

    /// DESIGN's sum: every item has exactly one verdict.
    pub fn adds_up(&self) {
        let skipped: u64 =
            self.0["import"]["skipped"].as_object().expect("an object").values().filter_map(Value::as_u64).sum();
        let carried = if self.0["command"] == "sync" { self.count("applied") } else { self.count("planned") };
        assert_eq!(self.count("seen"), carried + skipped + self.count("failed"), "{}", self.0);
    }
}

/// What a program printed, for a failing test to show.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Every file below a directory with the fingerprint of its bytes and its modification time.
pub fn tree(root: &Path) -> BTreeMap<PathBuf, (Fingerprint, std::time::SystemTime)> {
    let mut files = BTreeMap::new();
    let mut directories = vec![root.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            let entry = entry.expect("listed");
            if entry.file_type().expect("a type").is_dir() {
                directories.push(entry.path());
            } else if let Ok(file) = fs::File::open(entry.path()) {
                let modified = file.metadata().and_then(|m| m.modified()).expect("a time");
                // A link to a directory is no file.
                let Ok((bytes, _)) = Fingerprint::of_reader(file) else { continue };
                let path = entry.path().strip_prefix(root).expect("below").to_owned();
                files.insert(path, (bytes, modified));
            }
        }
    }
    files
}

/// A small JPEG, different for each number.
pub fn jpeg(number: u64) -> Vec<u8> {
    shot(number).jpeg(48, 32)
}

/// A shot of a phone, a minute apart for each number.
pub fn shot(number: u64) -> Shot {
    let minutes = jiff::SignedDuration::from_mins(number as i64);
    let captured: DateTime = date(2024, 5, 14).at(12, 0, 0, 0).checked_add(minutes).expect("a date");
    Shot::new(captured, number)
}
