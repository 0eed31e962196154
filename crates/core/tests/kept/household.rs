//! A folder, a library in memory and a data directory, and what runs over them keep.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use photobridge_core::asset::{AssetId, ResourceRole};
use photobridge_core::export::{Export, Range};
use photobridge_core::folder::Filter;
use photobridge_core::kept;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::reason::Way;
use photobridge_core::report::VerdictLine;
use photobridge_core::run::{Command, Mode, RunId, StartedBy};
use photobridge_core::sync::{self, Request, Source, Waits};
use photobridge_folders::Everywhere;
use photobridge_media::sample::Shot;
use photobridge_testkit::shelf::{Shelf, Telling};
use photobridge_testkit::{asset, moment};

pub struct Household {
    root: tempfile::TempDir,
    pub library: Shelf,
}

impl Household {
    pub fn new() -> Self {
        Self::with(Telling::All)
    }

    /// With a library that tells this of its files.
    pub fn with(telling: Telling) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir_all(root.path().join("folder")).expect("a folder");
        fs::create_dir_all(root.path().join("data")).expect("a data directory");
        Self { root, library: Shelf::new(telling) }
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("folder")
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Writes a file into the folder.
    pub fn put(&self, path: impl AsRef<OsStr>, bytes: &[u8]) -> PathBuf {
        let path = self.folder().join(path.as_ref());
        fs::create_dir_all(path.parent().expect("below the folder")).expect("a directory");
        fs::write(&path, bytes).expect("written");
        path
    }

    /// A person adds a photo to the library.
    pub fn add(&self, name: &str, bytes: &[u8]) -> AssetId {
        let mut asset = asset(name, "").asset;
        asset.captured = Some(moment("2024-05-14T12:00:00"));
        asset.added = Some(now());
        self.library.add(asset, [(ResourceRole::Photo, bytes.into())])
    }

    /// Runs both ways over everything, and says which run that was.
    pub fn run(&self, command: Command) -> RunId {
        let waits = Waits { settle: Duration::ZERO, ..Waits::default() };
        let request = Request {
            started_by: StartedBy::CommandLine,
            command,
            mode: Mode::Bidirectional,
            export: Export { range: Range::FullLibrary, ..Export::default() },
            export_folder: None,
            sources: vec![Source { path: self.folder(), album: "Imports".into(), filter: Filter::default() }],
            data: self.data(),
            waits,
            joins: false,
            motion_photos: Default::default(),
            archives: Default::default(),
            people_as_keywords: false,
            unattended: None,
            only: None,
            look: Default::default(),
            thorough: false,
            kin: None,
        };
        let finished = sync::run(&request, &mut self.library.clone(), &Everywhere, &now, &Silent, &Cancel::new())
            .expect("it runs");
        assert_eq!(finished.report.stopped, None);
        finished.report.run
    }

    /// What a run kept.
    pub fn kept(&self, run: RunId) -> Vec<VerdictLine> {
        kept::lines(&self.data(), run).expect("kept").map(|line| line.expect("whole")).collect()
    }
}

/// Later than every file that a test writes, so that no file seems to have changed a moment ago.
pub fn now() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(24)
}

/// A shot of a phone, another for each number.
pub fn shot(number: u64) -> Shot {
    let minutes = SignedDuration::from_mins(number as i64);
    Shot::new(date(2024, 5, 14).at(12, 0, 0, 0).checked_add(minutes).expect("a date"), number)
}

/// The verdict that one way has of a path, or of an asset by name.
pub fn of<'a>(lines: &'a [VerdictLine], way: Way, name: &str) -> &'a VerdictLine {
    let is_it = |line: &&VerdictLine| {
        line.direction == way && (line.name.as_deref() == Some(name) || line.path.as_deref() == Some(name))
    };
    lines.iter().find(is_it).unwrap_or_else(|| panic!("{name} is not among {lines:#?}"))
}
