//! The world's book of links is the ledger's: what is tested with the one holds for the other. An older ledger goes on.

use std::collections::BTreeSet;
use std::path::PathBuf;

use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::Folders;
use photobridge_core::item::{CachedFact, FolderId, Stamp};
use photobridge_core::ledger::{self, ExportIntent, IntendedFile, Ledger, RunFilter, RunPage, RunState};
use photobridge_core::library::Identity;
use photobridge_core::memory::{AgreedFile, Agreement, Decision, Link, Memory, Origin};
use photobridge_core::run::{RunId, StartedBy};
use photobridge_folders::Everywhere;
use photobridge_testkit::Book;
use proptest::collection::vec;
use proptest::prelude::*;

fn agreements() -> impl Strategy<Value = Vec<Agreement>> {
    let file = (0..4u8, 0..4u8, any::<bool>());
    let one = (vec(file, 1..3), prop::option::of(0..3u8));
    let agreement = |(files, asset): (Vec<(u8, u8, bool)>, Option<u8>)| Agreement {
        origin: Origin::Both,
        kind: MediaKind::Photo,
        captured: None,
        content_identifier: None,
        folder: FolderId(1),
        files: (files.into_iter().enumerate())
            .map(|(at, (bytes, path, is_sidecar))| AgreedFile {
                role: match (at, is_sidecar) {
                    (0, _) => ResourceRole::Photo,
                    (_, false) => ResourceRole::PairedVideo,
                    (_, true) => ResourceRole::Sidecar,
                },
                path: PathBuf::from(format!("{path}.jpg")),
                fingerprint: Fingerprint::of(&[bytes]),
                size: 1,
            })
            .collect(),
        made: Vec::new(),
        asset: asset.map(|asset| AssetId(format!("{asset}").into())),
        edit: None,
        beside: None,
        apart: false,
        told: false,
    };
    vec(one.prop_map(agreement), 1..8)
}

/// Every link as its bytes, paths and assets, in an order of its own.
fn told(memory: &Memory, agreements: &[Agreement]) -> Vec<(Vec<Fingerprint>, Vec<String>, Vec<AssetId>)> {
    let empty = |link: &Link| (Vec::new(), Vec::new(), link.assets.to_vec());
    let mut told: Vec<(Vec<_>, Vec<_>, Vec<_>)> = memory.links().iter().map(empty).collect();
    for (fingerprint, at) in memory.fingerprints() {
        told[at].0.push(*fingerprint);
    }
    let named: BTreeSet<&PathBuf> = agreements.iter().flat_map(|one| one.files.iter().map(|file| &file.path)).collect();
    for path in named {
        if let Some(at) = memory.position_of_path(FolderId(1), path) {
            told[at].1.push(path.display().to_string());
        }
    }
    for (bytes, paths, assets) in &mut told {
        bytes.sort();
        paths.sort();
        assets.sort();
    }
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_book_remembers_as_the_ledger_does(agreements in agreements()) {
        let directory = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(directory.path()).unwrap();
        let library = ledger.library(&Identity { uuid: None, path: "library".into() }).unwrap();
        ledger.folder(&*Everywhere.open(directory.path()).unwrap(), &Everywhere, &[]).unwrap();
        ledger.agree(library, agreements.iter().cloned()).unwrap();
        let mut book = Book::default();
        for agreement in &agreements {
            book.agree(agreement);
        }
        prop_assert_eq!(told(&ledger.memory(&[FolderId(1)], &[], library).unwrap(), &agreements), told(&book.memory(true), &agreements));
    }
}

/// A ledger of version 1 as that version left it: a run that exported, and the photo that lies where the run put it.
fn ledger_of_version_1(directory: &std::path::Path) {
    let connection = rusqlite::Connection::open(directory.join(ledger::FILE)).unwrap();
    connection.execute_batch(include_str!("../../src/ledger/schema.sql")).unwrap();
    let rows = "insert into folder (path) values ('/photos');
        insert into library (uuid, path) values ('A', '/library');
        insert into run (command, mode, started, ended, state, report)
            values ('sync', 'export', '2026-11-01T08:00:00Z', '2026-11-01T08:00:09Z', 'done', '{\"run\": 1}');
        insert into link (origin, kind) values ('library', 'photo');
        insert into link_resource values (zeroblob(20), 1, 0, 7);
        insert into link_path values (1, 'IMG_1.HEIC', 1, 0, 1, zeroblob(20), 0);
        insert into resource_fact values (1, 'A', 0, 7, zeroblob(20)), (1, 'A', 4, 7, zeroblob(20));
        insert into fact (folder, path, size, mtime, ctime, inode, fingerprint, has_header)
            values (1, 'IMG_1.HEIC', 7, 0, 0, 1, zeroblob(20), 1);
        insert into decision values (zeroblob(20), 7, 'leave out', 'IMG_1.HEIC', '2026-11-01T08:00:00Z');
        pragma user_version = 1;";
    connection.execute_batch(rows).unwrap();
}

#[test]
fn a_ledger_of_version_1_keeps_everything() {
    let directory = tempfile::tempdir().unwrap();
    ledger_of_version_1(directory.path());
    let mut ledger = Ledger::open(directory.path()).unwrap();
    let run = ledger.run(RunId(1)).unwrap().unwrap();
    assert_eq!((run.command.as_str(), run.mode.as_str(), run.state), ("sync", "export", RunState::Done));
    assert_eq!(run.started, Some("2026-11-01T08:00:00Z".parse().unwrap()));
    assert_eq!(run.ended, Some("2026-11-01T08:00:09Z".parse().unwrap()));
    assert_eq!(run.report.as_deref(), Some("{\"run\": 1}"));
    assert_eq!(run.started_by, None, "nobody wrote it down then");
    assert_eq!(ledger.counts().unwrap(), (1, 1));
    let decided = ledger.decisions().unwrap();
    assert_eq!((decided[0].decision, &*decided[0].photo.name), (Decision::LeaveOut, "IMG_1.HEIC"));
    ledger.decide(&[decided[0].photo.clone()], Some(Decision::Join), "2026-11-02T08:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(ledger.decisions().unwrap()[0].decision, Decision::Join, "which that version did not know");
    let placed = ledger.placed_by(RunId(1)).unwrap();
    assert_eq!(placed.iter().map(|file| file.path.clone()).collect::<Vec<_>>(), [PathBuf::from("IMG_1.HEIC")]);
    let facts = ledger.facts(FolderId(1)).unwrap();
    let known = facts.iter().map(|fact| (fact.fingerprint.is_some(), fact.header.is_some())).collect::<Vec<_>>();
    assert_eq!(known, [(true, false)], "the readers tell more now, so the file is read again, and not its bytes");
    assert_eq!(ledger.check().unwrap(), Vec::<String>::new());
    let library = ledger.library(&Identity { uuid: Some("A".into()), path: "/library".into() }).unwrap();
    let known = ledger.resource_facts(library).unwrap();
    let known: Vec<_> = known.iter().map(|fact| (fact.role, fact.state)).collect();
    assert_eq!(known, [(ResourceRole::Photo, None)], "an edit may have been made anew since, at equal size");

    let now = "2026-11-02T08:00:00Z".parse().unwrap();
    let next = ledger.begin_run("sync", "import", &StartedBy::Page, now).unwrap();
    assert_eq!(next, RunId(2));
    drop(ledger);
    let ledger = Ledger::open(directory.path()).expect("it opens again, and nothing is migrated twice");
    assert_eq!(ledger.run(next).unwrap().unwrap().started_by, Some(StartedBy::Page));
    assert_eq!(ledger.runs(10).unwrap().len(), 2);
}

#[test]
fn a_directory_without_a_birth_is_not_known_by_its_number() {
    let directory = tempfile::tempdir().unwrap();
    drop(Ledger::open(directory.path()).unwrap());
    let connection = rusqlite::Connection::open(directory.path().join(ledger::FILE)).unwrap();
    let of_version_21 = "drop table disk;
        drop table shown;
        insert into folder (path, inode, born) values ('/stick', 1, 0), ('/photos', 2, 7);
        pragma user_version = 21;";
    connection.execute_batch(of_version_21).unwrap();
    assert_eq!(Ledger::open(directory.path()).unwrap().check().unwrap(), Vec::<String>::new());
    let known = "select group_concat(coalesce(inode, 'none') || ' ' || coalesce(born, 'none'), ', ') from folder";
    let known: String = connection.query_row(known, [], |row| row.get(0)).unwrap();
    assert_eq!(known, "none none, 2 7");
}

#[test]
fn the_ledger_knows_who_started_a_run() {
    let directory = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(directory.path()).unwrap();
    let now = "2026-11-02T08:00:00Z".parse().unwrap();
    let named = |name: &str| StartedBy::Schedule(name.to_owned());
    for by in [
        StartedBy::CommandLine,
        StartedBy::Page,
        StartedBy::Api,
        named("nightly"),
        named("page"),
        named("schedule \u{1f989} ' --"),
    ] {
        let run = ledger.begin_run("sync", "import", &by, now).unwrap();
        assert_eq!(ledger.run(run).unwrap().unwrap().started_by, Some(by));
    }
}

/// The page looks at the ledger while the first run makes it.
#[test]
fn many_may_make_the_ledger_at_once() {
    for _ in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        let start = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    Ledger::open(directory.path()).expect("it opens");
                });
            }
        });
    }
}

#[test]
fn a_copy_that_was_cut_short_goes_with_the_next_one() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(directory.path()).unwrap();
    let backups = directory.path().join("backups");
    std::fs::create_dir(&backups).unwrap();
    for half in ["ledger.sqlite.part", "ledger.sqlite.part-journal"] {
        std::fs::write(backups.join(half), "half").unwrap();
    }
    ledger.back_up("2026-11-02T08:00:00Z".parse().unwrap()).unwrap();
    let left: Vec<_> = backups.read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ledger-20261102T080000.sqlite"]);
}

/// Nine runs: simulations are odd; of the syncs 2 is whole, in 4 a photo failed, 6 failed, 8 was stopped by a guard.
fn nine_runs(directory: &std::path::Path) -> Ledger {
    let mut ledger = Ledger::open(directory).unwrap();
    let now = "2026-11-02T08:00:00Z".parse().unwrap();
    for run in 1..=9 {
        let command = if run % 2 == 1 { "simulate" } else { "sync" };
        let run = ledger.begin_run(command, "import", &StartedBy::Page, now).unwrap();
        let (state, report) = match run.0 {
            4 => (RunState::Done, r#"{"import":{"failed":0},"export":{"failed":2}}"#),
            6 => (RunState::Failed, "the disk went away {"),
            8 => (RunState::NeedsYourLook, "too many"),
            _ => (RunState::Done, r#"{"import":{"failed":0},"export":null}"#),
        };
        ledger.end_run(run, state, report, now).unwrap();
    }
    ledger
}

#[test]
fn runs_are_found_by_what_they_came_to() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = nine_runs(directory.path());
    for (filter, runs) in [
        (RunFilter::All, vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
        (RunFilter::WithFailures, vec![6, 4]),
        (RunFilter::NeedsYourLook, vec![8]),
        (RunFilter::Syncs, vec![8, 6, 4, 2]),
        (RunFilter::Simulations, vec![9, 7, 5, 3, 1]),
    ] {
        let found = ledger.history(filter, RunPage::Newest, 100).unwrap();
        assert_eq!(found.iter().map(|run| run.id.0).collect::<Vec<_>>(), runs, "{filter:?}");
        assert_eq!(ledger.count_runs(filter).unwrap(), runs.len() as u64, "{filter:?}");
    }
}

#[test]
fn runs_are_paged_both_ways() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = nine_runs(directory.path());
    let page = |filter, page| {
        let runs = ledger.history(filter, page, 2).unwrap();
        runs.iter().map(|run| run.id.0).collect::<Vec<_>>()
    };
    assert_eq!(page(RunFilter::All, RunPage::Newest), [9, 8]);
    assert_eq!(page(RunFilter::All, RunPage::Before(RunId(8))), [7, 6]);
    assert_eq!(page(RunFilter::All, RunPage::After(RunId(5))), [7, 6]);
    assert_eq!(page(RunFilter::Syncs, RunPage::Before(RunId(6))), [4, 2]);
    assert_eq!(page(RunFilter::Syncs, RunPage::Before(RunId(1))), Vec::<i64>::new());
    assert_eq!(page(RunFilter::Syncs, RunPage::Before(RunId(i64::MIN))), Vec::<i64>::new());
    assert_eq!(page(RunFilter::All, RunPage::After(RunId(i64::MAX))), Vec::<i64>::new());
}

#[test]
fn a_look_makes_nothing_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Ledger::look(directory.path()).unwrap().is_none());
    assert!(!directory.path().join(ledger::FILE).exists());
    drop(nine_runs(directory.path()));
    let mut look = Ledger::look(directory.path()).unwrap().expect("there is one");
    assert_eq!(look.history(RunFilter::All, RunPage::Newest, 1).unwrap().len(), 1);
    let now = "2026-11-02T08:00:00Z".parse().unwrap();
    look.begin_run("sync", "import", &StartedBy::Page, now).expect_err("it was only opened to look");
}

#[test]
fn a_look_at_an_older_ledger_brings_it_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    ledger_of_version_1(directory.path());
    let look = Ledger::look(directory.path()).unwrap().expect("there is one");
    assert_eq!(look.history(RunFilter::WithFailures, RunPage::Newest, 5).unwrap(), []);
}

#[test]
fn a_sample_stays_with_the_state_that_it_was_taken_of() {
    let directory = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(directory.path()).unwrap();
    let folder = ledger.folder(&*Everywhere.open(directory.path()).unwrap(), &Everywhere, &[]).unwrap().id;
    let stamp = Stamp { size: 7, mtime: 1, ctime: 1, inode: 1 };
    let fact = CachedFact { path: "a.jpg".into(), stamp, fingerprint: None, header: None, sample: Some(-5) };
    ledger.cache(folder, std::slice::from_ref(&fact)).unwrap();
    let read = CachedFact { fingerprint: Some(Fingerprint::of(b"picture")), sample: None, ..fact.clone() };
    ledger.cache(folder, std::slice::from_ref(&read)).unwrap();
    assert_eq!(ledger.facts(folder).unwrap(), [CachedFact { sample: Some(-5), ..read.clone() }]);
    let later = CachedFact { stamp: Stamp { mtime: 2, ..stamp }, ..read };
    ledger.cache(folder, std::slice::from_ref(&later)).unwrap();
    assert_eq!(ledger.facts(folder).unwrap(), [later]);
}

/// An export of which the journal says that it was written whole as `name`.
fn sent(folder: FolderId, name: &str, bytes: &[u8], adopted: bool) -> ExportIntent {
    let written = Some((Fingerprint::of(bytes).to_string(), bytes.len() as u64));
    let part = photobridge_core::folder::place::part_name();
    let role = ResourceRole::Photo;
    ExportIntent {
        asset: AssetId(name.into()),
        folder: folder.0,
        kind: MediaKind::Photo,
        captured: None,
        dated: None,
        directory: b"2024".to_vec(),
        files: vec![IntendedFile { role, part, name: name.into(), written, adopted }],
        renames: Vec::new(),
        beside: None,
        edit: None,
        taken_in: None,
        made: Vec::new(),
    }
}

#[test]
fn what_lay_in_a_cache_only_is_read_back_before_it_is_remembered() {
    let data = tempfile::tempdir().unwrap();
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("2024")).unwrap();
    for (name, bytes) in
        [("here.jpg", &b"here"[..]), ("cut.jpg", b"cu"), ("other.jpg", b"rehto"), ("theirs.jpg", b"theirs")]
    {
        std::fs::write(root.path().join("2024").join(name), bytes).unwrap();
    }
    let mut ledger = Ledger::open(data.path()).unwrap();
    let there = Everywhere.open(root.path()).unwrap();
    let folder = ledger.folder(&*there, &Everywhere, &[]).unwrap().id;
    let library = ledger.library(&Identity { uuid: Some("A".into()), path: "library".into() }).unwrap();
    let now = "2026-11-01T08:00:00Z".parse().unwrap();
    let run = ledger.begin_run("sync", "export", &StartedBy::CommandLine, now).unwrap();
    let intents = [
        sent(folder, "here.jpg", b"here", false),
        sent(folder, "cut.jpg", b"cut", false),
        sent(folder, "other.jpg", b"other", false),
        sent(folder, "gone.jpg", b"gone", false),
        sent(folder, "theirs.jpg", b"theirs", true),
    ];
    ledger.begin_exports(run, library, &intents).unwrap();

    assert_eq!(photobridge_core::apply::export::recover(&*there, folder, &mut ledger).unwrap(), 3);

    let memory = ledger.memory(&[folder], &[], library).unwrap();
    let is_known = |bytes: &[u8]| memory.by_fingerprint(&Fingerprint::of(bytes)).is_some();
    assert_eq!([&b"here"[..], b"theirs"].map(is_known), [true, true]);
    assert_eq!([&b"cut"[..], b"other", b"gone"].map(is_known), [false, false, false], "none of these is there");
    let placed: Vec<PathBuf> = ledger.placed_by(run).unwrap().into_iter().map(|file| file.path).collect();
    assert_eq!(placed, [PathBuf::from("2024/here.jpg")], "what lay there already is nothing to take back");
    assert!(ledger.open_exports(folder).unwrap().is_empty());
    assert_eq!(photobridge_core::apply::export::recover(&*there, folder, &mut ledger).unwrap(), 0);
    assert_eq!(std::fs::read_dir(root.path().join("2024")).unwrap().count(), 4, "nothing is touched");
}
