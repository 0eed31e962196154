//! Whole runs of the engine over several kinds of folder, with a fault at each call: whatever happens, the next runs bring
//! each photo to the other side once, whole, and leave nothing half.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use photobridge_core::asset::ResourceRole;
use photobridge_core::export::{Export, Range};
use photobridge_core::folder::{Filter, Folders};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::run::{Command, Mode, StartedBy};
use photobridge_core::sync::{self, Finished, Request, Source, SyncError, Waits};
use photobridge_core::undo;
use photobridge_folders::Everywhere;
use photobridge_media::sample::Shot;
use photobridge_testkit::shelf::{Died, Fault, Fuse, Shelf, Telling};
use photobridge_testkit::{Cabinet, Drawer, Faulty, asset, moment};

/// Later than every file that a test writes.
fn now() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(24)
}

fn shot(number: u64) -> Vec<u8> {
    let minutes = SignedDuration::from_mins(number as i64);
    Shot::new(date(2024, 5, 14).at(12, 0, 0, 0).checked_add(minutes).expect("a date"), number).jpeg(48, 32)
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Disk,
    Afar,
    Memory,
}

/// A folder with a photo of its own, and a library with another one.
struct Household {
    root: tempfile::TempDir,
    kind: Kind,
    drawer: Drawer,
    library: Shelf,
    fuse: Arc<Fuse>,
}

impl Household {
    fn new(kind: Kind) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        fs::create_dir(root.path().join("folder")).expect("made");
        let library = Shelf::new(Telling::All);
        let mut out = asset("OUT.JPG", "").asset;
        (out.captured, out.added) = (Some(moment("2024-05-14T12:02:00")), Some(now()));
        library.add(out, [(ResourceRole::Photo, shot(2).into())]);
        let home = Self { root, kind, drawer: Drawer::new("/drawer/photos"), library, fuse: Arc::default() };
        match kind {
            Kind::Memory => home.drawer.inside().put("IN.JPG", &shot(1)),
            _ => fs::write(home.root.path().join("folder/IN.JPG"), shot(1)).expect("written"),
        }
        home
    }

    fn over<T>(&self, act: impl FnOnce(&dyn Folders, &Path) -> T) -> T {
        let cabinet = Cabinet { drawers: vec![self.drawer.clone()], elsewhere: &Everywhere };
        let (folders, place): (&dyn Folders, PathBuf) = match self.kind {
            Kind::Memory => (&cabinet, "/drawer/photos".into()),
            _ => (&Everywhere, self.root.path().join("folder")),
        };
        act(&Faulty { folders, fuse: self.fuse.clone(), is_afar: self.kind == Kind::Afar }, &place)
    }

    fn run(&self, command: Command) -> Result<Finished, SyncError> {
        self.over(|folders, place| {
            let request = Request {
                started_by: StartedBy::CommandLine,
                command,
                mode: Mode::Bidirectional,
                export: Export { range: Range::FullLibrary, ..Export::default() },
                export_folder: None,
                sources: vec![Source { path: place.to_owned(), album: "Imports".into(), filter: Filter::default() }],
                data: self.root.path().join("data"),
                waits: Waits { settle: Duration::ZERO, ..Waits::default() },
                joins: false,
                motion_photos: Default::default(),
                unattended: None,
                only: None,
                look: Default::default(),
                kin: None,
            };
            sync::run(&request, &mut self.library.clone(), folders, &now, &Silent, &Cancel::new())
        })
    }

    /// Each file of the folder with its bytes.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
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

    /// The bytes of each photo of the library.
    fn photos(&self) -> Vec<Vec<u8>> {
        let mut photos: Vec<Vec<u8>> = (self.library.kept().iter())
            .map(|kept| kept.bytes(ResourceRole::Photo).expect("a photo").to_vec())
            .collect();
        photos.sort();
        photos
    }
}

fn both() -> Vec<Vec<u8>> {
    let mut both = vec![shot(1), shot(2)];
    both.sort();
    both
}

fn on_both_sides(home: &Household, when: &str) {
    let files = [("IN.JPG".to_owned(), shot(1)), ("2024/05/OUT.JPG".to_owned(), shot(2))].into();
    assert_eq!(home.files(), files, "{when}");
    assert!(home.photos() == both(), "{when}: the library has {} photos", home.photos().len());
}

/// Runs once for each so many calls, with this fault at that call, and looks what the next runs make of it. Returns how many
/// calls there were.
fn at_each_call(kind: Kind, fault: Fault, every: usize) -> u32 {
    for steps in (0..).step_by(every) {
        let home = Household::new(kind);
        home.fuse.light(steps, fault);
        let ended = catch_unwind(AssertUnwindSafe(|| drop(home.run(Command::Sync))));
        let burnt = home.fuse.put_out();
        if let Err(died) = ended {
            assert!(died.is::<Died>(), "it died of something else: {burnt:?}");
        }
        let when = format!("{kind:?}, {fault:?} at {steps}: {burnt:?}");
        assert!(home.files().values().filter(|bytes| **bytes == shot(1)).count() == 1, "{when}");
        // What could not be read, or was said to fail and did not, is looked at once more.
        for _ in 0..2 {
            home.run(Command::Sync).unwrap_or_else(|error| panic!("{when}: {error}"));
        }
        on_both_sides(&home, &when);
        let plan = home.run(Command::Simulate).expect("it runs").report;
        let planned = plan.import.map_or(0, |way| way.planned) + plan.export.map_or(0, |way| way.planned);
        assert_eq!(planned, 0, "{when}: nothing is left to do");
        if burnt.is_none() {
            return steps;
        }
    }
    unreachable!("there are not so many calls")
}

#[test]
fn a_folder_in_memory_dies_at_each_call_and_nothing_is_lost_or_doubled() {
    assert!(at_each_call(Kind::Memory, Fault::Death, 1) > 20);
}

#[test]
fn a_folder_in_memory_fails_at_each_call_and_nothing_is_lost_or_doubled() {
    assert!(at_each_call(Kind::Memory, Fault::Refusal, 1) > 20);
}

#[test]
fn folders_on_disks_and_afar_die_and_fail_and_nothing_is_lost_or_doubled() {
    for kind in [Kind::Disk, Kind::Afar] {
        for fault in [Fault::Death, Fault::Refusal] {
            assert!(at_each_call(kind, fault, 5) > 20);
        }
    }
}

#[test]
fn an_export_is_undone_from_each_kind_of_folder() {
    for kind in [Kind::Disk, Kind::Afar, Kind::Memory] {
        let home = Household::new(kind);
        let run = home.run(Command::Sync).expect("it runs").report.run;
        let data = home.root.path().join("data");
        let undone = home.over(|folders, _| {
            undo::undo(&data, run, &mut home.library.clone(), folders, &StartedBy::CommandLine, now()).expect("undone")
        });
        assert_eq!((undone.moved, undone.kept, undone.failed), (1, Vec::new(), 0), "{kind:?}");
        assert_eq!(home.files(), [("IN.JPG".to_owned(), shot(1))].into(), "{kind:?}");
        let aside = undone.directory.expect("it went somewhere").join("2024/05/OUT.JPG");
        assert_eq!(fs::read(aside).expect("moved"), shot(2), "{kind:?}");
    }
}
