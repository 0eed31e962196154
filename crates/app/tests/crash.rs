//! Stops a run where it hurts, and looks at what the next run makes of it.

mod support;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Stdio;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use photobridge_core::asset::{Asset, AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{
    Identity, ImportError, Imported, Importer, Library, LibraryError, NewAsset, Properties, ReadError, Readable,
    Snapshot,
};
use photobridge_core::progress::{Cancel, Progress, Silent};
use photobridge_core::run::Command;
use photobridge_core::sync;
use photobridge_folders::Everywhere;
use support::{Household, jpeg, shot};

fn every_file_is_in_once(home: &Household, expected: Vec<Vec<u8>>) {
    let mut fingerprints: Vec<Fingerprint> = expected.iter().map(|bytes| Fingerprint::of(bytes)).collect();
    fingerprints.sort();
    assert_eq!(home.stored(), fingerprints, "the originals' files are exactly the folder's, each once");
    assert_eq!(home.snapshot().assets.len(), expected.len());
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
    let check = home.command(&["ledger", "check"]).output().expect("it runs");
    assert!(check.status.success(), "{}", support::text(&check));
}

/// A moment of an import at which the process may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    BeforeImport,
    BeforeJournal,
    AfterJournal,
    BeforeCopy,
    AfterImport,
    BeforeReadBack,
    AfterReadBack,
}

const MOMENTS: [Moment; 7] = [
    Moment::BeforeImport,
    Moment::BeforeJournal,
    Moment::AfterJournal,
    Moment::BeforeCopy,
    Moment::AfterImport,
    Moment::BeforeReadBack,
    Moment::AfterReadBack,
];

/// A library whose process dies.
struct Mortal {
    inner: Box<dyn Library>,
    fate: Fate,
}

/// When it dies: at one moment of the third import; or, where all are imported at once, of the only one, and there before
/// the third photo is copied.
struct Fate {
    dies_at: Option<Moment>,
    at_once: bool,
    imports: usize,
}

impl Mortal {
    fn new(home: &Household, dies_at: Option<Moment>, at_once: bool) -> Self {
        Self { inner: home.library(), fate: Fate { dies_at, at_once, imports: 0 } }
    }
}

impl Fate {
    fn pass(&self, moment: Moment) {
        let import = if self.at_once { 1 } else { 3 };
        if self.imports == import && self.dies_at == Some(moment) {
            panic!("killed at {moment:?}");
        }
    }
}

/// Passes on what the engine says, and dies in between.
struct Between<'a> {
    importer: &'a mut dyn Importer,
    fate: &'a Fate,
}

impl Importer for Between<'_> {
    fn begin(&mut self, ids: &[(usize, AssetId)]) -> Result<(), LibraryError> {
        self.fate.pass(Moment::BeforeJournal);
        self.importer.begin(ids)?;
        self.fate.pass(Moment::AfterJournal);
        Ok(())
    }

    fn next(&mut self, asset: usize) -> bool {
        if asset == if self.fate.at_once { 2 } else { 0 } {
            self.fate.pass(Moment::BeforeCopy);
        }
        self.importer.next(asset)
    }
}

impl Library for Mortal {
    fn properties(&self) -> Properties {
        Properties { at_once: self.fate.at_once, ..self.inner.properties() }
    }

    fn identity(&self) -> Identity {
        self.inner.identity()
    }

    fn snapshot(&mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Snapshot, LibraryError> {
        self.inner.snapshot(progress, cancel)
    }

    fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>, LibraryError> {
        self.fate.pass(Moment::BeforeReadBack);
        let asset = self.inner.asset(id);
        self.fate.pass(Moment::AfterReadBack);
        asset
    }

    fn read(
        &mut self,
        asset: &Asset,
        role: ResourceRole,
        sink: &mut dyn std::io::Write,
        cancel: &Cancel,
    ) -> Result<u64, ReadError> {
        self.inner.read(asset, role, sink, cancel)
    }

    fn picture(&mut self, id: &AssetId) -> Result<Option<Box<dyn Readable>>, ReadError> {
        self.inner.picture(id)
    }

    fn add_to_album(&mut self, album: &str, assets: &[AssetId]) -> Result<(), LibraryError> {
        self.inner.add_to_album(album, assets)
    }

    fn ensure_album(&mut self, title: &str) -> Result<Box<str>, LibraryError> {
        self.inner.ensure_album(title)
    }

    fn import(
        &mut self,
        _: &NewAsset<'_>,
        _: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
    ) -> Result<Imported, ImportError> {
        unreachable!("the engine imports several, or several of one")
    }

    fn import_all(
        &mut self,
        assets: &[NewAsset<'_>],
        importer: &mut dyn Importer,
    ) -> Vec<Result<Imported, ImportError>> {
        let Self { inner, fate } = self;
        fate.imports += 1;
        fate.pass(Moment::BeforeImport);
        let answers = inner.import_all(assets, &mut Between { importer, fate });
        fate.pass(Moment::AfterImport);
        answers
    }
}

#[test]
fn a_death_at_each_step_of_an_import_is_finished_or_undone_by_the_next_run() {
    for (moment, at_once) in MOMENTS.into_iter().flat_map(|moment| [(moment, false), (moment, true)]) {
        let home = Household::new();
        for number in 0..5 {
            home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
        }
        let died = catch_unwind(AssertUnwindSafe(|| {
            let mut library = Mortal::new(&home, Some(moment), at_once);
            sync::run(&home.request(Command::Sync), &mut library, &Everywhere, &Timestamp::now, &Silent, &Cancel::new())
                .map(|_| ())
        }));
        assert!(died.is_err(), "{moment:?} was reached");
        let in_doubt = home.snapshot().assets.len();
        let possible = if at_once { [0, 5] } else { [2, 3] };
        assert!(possible.contains(&in_doubt), "{moment:?}: {in_doubt}");

        let mut library = Mortal::new(&home, None, at_once);
        let finished = sync::run(
            &home.request(Command::Sync),
            &mut library,
            &Everywhere,
            &Timestamp::now,
            &Silent,
            &Cancel::new(),
        )
        .unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        let import = finished.report.import.expect("an import");
        assert_eq!(import.applied as usize, 5 - in_doubt, "{moment:?}");
        every_file_is_in_once(&home, (0..5).map(jpeg).collect());
        assert_eq!(open_intents(&home), 0, "{moment:?}: the journal is settled");
        assert_eq!(linked_assets(&home), 5, "{moment:?}: every photo is remembered");
    }
}

fn ledger_count(home: &Household, sql: &str) -> i64 {
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("the ledger opens");
    ledger.query_row(sql, [], |row| row.get(0)).expect("a count")
}

fn open_intents(home: &Household) -> i64 {
    ledger_count(home, "select count(*) from journal")
}

fn linked_assets(home: &Household) -> i64 {
    ledger_count(home, "select count(distinct asset) from link_asset")
}

#[test]
fn files_of_a_removal_that_died_go_with_the_next_sync() {
    let home = Household::new();
    home.put("IMG_0.JPG", &jpeg(0));
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home.in_library(
        "insert into PHOTOBRIDGE_PENDING (UUID) select ZUUID from ZASSET where Z_PK = (select max(Z_PK) from ZASSET);
         delete from ZASSET where Z_PK = (select max(Z_PK) from ZASSET);",
    );
    assert_eq!((home.snapshot().assets.len(), home.stored().len()), (1, 2));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("deleted in Photos")), (0, 1), "{}", report.0);
    assert_eq!((home.snapshot().assets.len(), home.stored().len()), (1, 1), "no file without a row is left");
}

#[test]
fn a_cancelled_run_finishes_its_photo_and_the_next_one_goes_on() {
    let home = Household::new();
    for number in 0..300 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    let child = home.run_command(&["sync"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    let began = Instant::now();
    while home.library_path().join("originals").read_dir().is_ok_and(|mut entries| entries.next().is_none())
        || !home.library_path().join("originals").exists()
    {
        assert!(began.elapsed() < Duration::from_secs(60), "the import never began");
        std::thread::sleep(Duration::from_millis(2));
    }
    let pid = libc::pid_t::try_from(child.id()).expect("a process id");
    // SAFETY: sends a signal to our own child, which has not been waited for, so its number is not reused.
    #[expect(unsafe_code, reason = "std cannot send SIGINT")]
    unsafe {
        libc::kill(pid, libc::SIGINT);
    }
    let output = child.wait_with_output().expect("it ends");
    let said = support::text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("to go; the next sync continues"), "{said}");
    let imported: BTreeSet<String> = home.names().into_iter().collect();
    assert!(imported.len() < 300, "it stopped early");
    assert_eq!(linked_assets(&home), imported.len() as i64);
    let report = home.report(&["sync"], 0);
    assert_eq!(report.count("applied") as usize, 300 - imported.len());
    every_file_is_in_once(&home, (0..300).map(jpeg).collect());
}

#[test]
fn the_history_says_how_far_a_run_came_that_died() {
    let home = Household::new();
    for number in 0..5 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let mut library = Mortal::new(&home, Some(Moment::BeforeImport), false);
        sync::run(&home.request(Command::Sync), &mut library, &Everywhere, &Timestamp::now, &Silent, &Cancel::new())
            .map(|_| ())
    }));
    assert_eq!(home.snapshot().assets.len(), 2);
    let history = support::text(&home.command(&["history"]).output().expect("it runs"));
    assert!(history.contains(", with 2 photos imported by then. Nothing is lost"), "{history}");
    home.report(&["sync"], 0);
    let history = support::text(&home.command(&["history", "1"]).output().expect("it runs"));
    assert!(history.contains(", with 2 photos imported by then"), "{history}");
}

#[test]
fn a_live_photo_is_whole_or_absent_after_a_death() {
    for (moment, at_once) in MOMENTS.into_iter().flat_map(|moment| [(moment, false), (moment, true)]) {
        let home = Household::new();
        for number in 0..4 {
            let mut live = shot(number);
            live.content_identifier = Some(format!("5A1F0C52-0000-4000-8000-00000000000{number}"));
            home.put(&format!("IMG_{number}.HEIC"), &live.heif(64, 48));
            home.put(&format!("IMG_{number}.MOV"), &live.movie(64, 48, 2_000));
        }
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let mut library = Mortal::new(&home, Some(moment), at_once);
            sync::run(&home.request(Command::Sync), &mut library, &Everywhere, &Timestamp::now, &Silent, &Cancel::new())
                .map(|_| ())
        }));
        for asset in home.snapshot().assets {
            for role in [ResourceRole::Photo, ResourceRole::PairedVideo] {
                assert!(!home.bytes(&asset, role).is_empty(), "{moment:?}");
            }
        }
        home.report(&["sync"], 0);
        assert_eq!((home.snapshot().assets.len(), home.stored().len()), (4, 8), "{moment:?}");
    }
}
