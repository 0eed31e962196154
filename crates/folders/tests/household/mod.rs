//! A household of a library in memory and a folder of any kind, each call of which may be the one that fails.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use photobridge_core::export::{Export, LivePhotos, Range};
use photobridge_core::folder::{Filter, Folders};
use photobridge_core::progress::{Cancel, Progress, Silent};
use photobridge_core::run::{Command, Mode, RunId, StartedBy};
use photobridge_core::sync::{self, Finished, Kin, Request, Source, SyncError, Waits};
use photobridge_core::undo::{self, Undone};
use photobridge_folders::Everywhere;
use photobridge_testkit::shelf::{Fuse, Shelf, Telling};
use photobridge_testkit::{Cabinet, Drawer, Faulty};

/// Later than every file that a test writes.
pub fn now() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(24)
}

/// On what the folder lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Disk,
    Afar,
    Memory,
}

/// An empty folder, and an empty library.
pub struct Household {
    pub root: tempfile::TempDir,
    pub kind: Kind,
    pub drawer: Drawer,
    pub library: Shelf,
    pub fuse: Arc<Fuse>,
    pub live_photos: LivePhotos,
    pub kin: Option<Kin>,
}

impl Household {
    pub fn new(kind: Kind) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir(root.path().join("folder")).expect("made");
        let (drawer, library) = (Drawer::new("/drawer/photos"), Shelf::new(Telling::All));
        Self { root, kind, drawer, library, fuse: Arc::default(), live_photos: LivePhotos::default(), kin: None }
    }

    /// Somebody puts a file into the folder.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        let place = self.root.path().join("folder").join(path);
        match self.kind {
            Kind::Memory => self.drawer.inside().put(path, bytes),
            _ => fs::create_dir_all(place.parent().expect("below"))
                .and_then(|()| fs::write(place, bytes))
                .expect("written"),
        }
    }

    fn over<T>(&self, act: impl FnOnce(&dyn Folders, &Path) -> T) -> T {
        let cabinet = Cabinet { drawers: vec![self.drawer.clone()], elsewhere: &Everywhere };
        let (folders, place): (&dyn Folders, PathBuf) = match self.kind {
            Kind::Memory => (&cabinet, "/drawer/photos".into()),
            _ => (&Everywhere, self.root.path().join("folder")),
        };
        act(&Faulty { folders, fuse: self.fuse.clone(), is_afar: self.kind == Kind::Afar }, &place)
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub fn run(&self, command: Command) -> Result<Finished, SyncError> {
        self.run_watched(command, &Silent)
    }

    /// The same, with somebody who watches.
    pub fn run_watched(&self, command: Command, progress: &dyn Progress) -> Result<Finished, SyncError> {
        self.over(|folders, place| {
            let request = Request {
                started_by: StartedBy::CommandLine,
                command,
                mode: Mode::Bidirectional,
                export: Export { range: Range::FullLibrary, live_photos: self.live_photos, ..Export::default() },
                export_folder: None,
                sources: vec![Source { path: place.to_owned(), album: "Imports".into(), filter: Filter::default() }],
                data: self.data(),
                waits: Waits { settle: Duration::ZERO, ..Waits::default() },
                joins: false,
                motion_photos: Default::default(),
                archives: Default::default(),
                people_as_keywords: false,
                unattended: None,
                only: None,
                look: Default::default(),
                kin: self.kin.clone(),
                thorough: false,
            };
            sync::run(&request, &mut self.library.clone(), folders, &now, progress, &Cancel::new())
        })
    }

    pub fn undo(&self, run: RunId) -> Undone {
        self.over(|folders, _| {
            let by = StartedBy::CommandLine;
            undo::undo(&self.data(), run, &mut self.library.clone(), folders, &by, now()).expect("undone")
        })
    }

    /// How many photos another run would carry.
    pub fn left_to_do(&self) -> u64 {
        let plan = self.run(Command::Simulate).expect("it runs").report;
        plan.import.map_or(0, |way| way.planned) + plan.export.map_or(0, |way| way.planned)
    }

    /// Each file of the folder with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let root = self.root.path().join("folder");
        match self.kind {
            Kind::Memory => self.drawer.inside().tree().into_iter().filter(|(path, _)| !path.ends_with('/')).collect(),
            _ => walkdir::WalkDir::new(&root)
                .into_iter()
                .map(|entry| entry.expect("listed"))
                .filter(|entry| entry.file_type().is_file())
                .map(|entry| {
                    let path = entry.path().strip_prefix(&root).expect("below").display().to_string();
                    (path, fs::read(entry.path()).expect("a file"))
                })
                .collect(),
        }
    }
}
