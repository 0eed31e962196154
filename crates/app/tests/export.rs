//! Library to folder and both ways, as a user sees it: the real program, real files, read back byte for byte.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use photobridge_core::asset::ResourceRole::AlternatePhoto;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_testkit::alter;
use support::{Household, Report, jpeg, shot, text, tree};

const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

impl Household {
    /// Fingerprints of the files of the folder.
    fn in_folder(&self) -> BTreeMap<PathBuf, Fingerprint> {
        tree(&self.folder()).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
    }
}

impl Report {
    fn export(&self, key: &str) -> u64 {
        self.0["export"][key].as_u64().expect("a count")
    }

    fn stayed(&self, reason: &str) -> u64 {
        self.0["export"]["skipped"][reason].as_u64().unwrap_or(0)
    }
}

fn live(number: u64) -> [(String, Vec<u8>); 2] {
    let mut live = shot(number);
    live.content_identifier = Some(format!("5A1F0C52-0000-4000-8000-00000000000{number}"));
    [(format!("IMG_{number}.HEIC"), live.heif(64, 48)), (format!("IMG_{number}.MOV"), live.movie(64, 48, 2_000))]
}

fn paths(files: &BTreeMap<PathBuf, Fingerprint>) -> Vec<&str> {
    files.keys().map(|path| path.to_str().expect("a name")).collect()
}

#[test]
fn everything_goes_out_whole_once_and_comes_back_never() {
    let home = Household::new();
    let [still, movie] = live(7);
    home.fill_library(&[
        ("IMG_1.JPG", jpeg(1)),
        ("IMG_2.JPG", jpeg(2)),
        (&still.0, still.1.clone()),
        (&movie.0, movie.1.clone()),
    ]);
    let library = tree(&home.library_path());

    let report = home.report(&BOTH, 0);

    let expected: BTreeMap<PathBuf, Fingerprint> = [
        ("2024/05/IMG_1.JPG", jpeg(1)),
        ("2024/05/IMG_2.JPG", jpeg(2)),
        ("2024/05/IMG_7.HEIC", still.1),
        ("2024/05/IMG_7.MOV", movie.1),
    ]
    .map(|(path, bytes)| (path.into(), Fingerprint::of(&bytes)))
    .into();
    assert_eq!(home.in_folder(), expected);
    assert_eq!((report.export("seen"), report.export("applied"), report.count("applied")), (3, 3, 0));
    assert_eq!(tree(&home.library_path()), library, "the library is only read");
    let taken = fs::metadata(home.folder().join("2024/05/IMG_1.JPG")).and_then(|m| m.modified()).expect("a time");
    let noon = "2024-05-14T12:01:00.379+01:00".parse::<jiff::Timestamp>().expect("an instant");
    assert_eq!(taken, SystemTime::from(noon), "the time is that of the shot");

    for command in ["simulate", "sync"] {
        let again = home.report(&[&[command], &BOTH[1..]].concat(), 0);
        assert_eq!((again.count("planned"), again.export("planned")), (0, 0));
        assert_eq!((again.skipped("exported by us"), again.stayed("same bytes")), (3, 3));
        assert_eq!(again.0["files_read"], 0, "what we wrote ourselves is known");
    }
    for file in fs::read_dir(home.data()).expect("there").map(|entry| entry.expect("listed").path()) {
        if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ledger")) {
            fs::remove_file(file).expect("removed");
        }
    }
    let forgotten = home.report(&BOTH, 0);
    assert_eq!((forgotten.count("planned"), forgotten.export("planned")), (0, 0));
    assert_eq!(home.in_folder(), expected);
}

#[test]
fn what_is_fresh_from_us_is_not_taken_for_a_file_that_still_arrives() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.arg("--folder").arg(home.folder()).arg("--library").arg(home.library_path()).arg("--json");
        Report(serde_json::from_slice(&command.output().expect("it runs").stdout).expect("JSON"))
    };
    assert_eq!(run(&BOTH).export("applied"), 1);
    let again = run(&BOTH);
    assert_eq!((again.skipped("exported by us"), again.skipped("waiting: settling")), (1, 0), "{}", again.0);
}

#[test]
fn the_first_sync_that_exports_sets_the_baseline_and_only_what_comes_later_goes() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let both = ["sync", "--mode", "bidirectional"];
    let settings = || fs::read_to_string(home.data().join("settings.toml")).unwrap_or_default();

    home.report(&["simulate", "--mode", "bidirectional"], 0);
    assert_eq!(settings(), "", "a simulation sets no baseline");
    let first = home.report(&both, 0);
    assert_eq!((first.export("applied"), first.stayed("before the baseline")), (0, 1));
    assert!(settings().contains("baseline = \"20"), "{}", settings());

    home.fill_library(&[("IMG_2.JPG", jpeg(2))]);
    let second = home.report(&both, 0);
    assert_eq!((second.export("applied"), second.stayed("before the baseline")), (1, 1));
    assert_eq!(paths(&home.in_folder()), ["2024/05/IMG_2.JPG"]);

    let shown =
        home.command(&["baseline", "show"]).arg("--library").arg(home.library_path()).output().expect("it runs");
    assert!(text(&shown).contains("when it was set, and added before it: 1 photo"), "{}", text(&shown));
    home.command(&["baseline", "set", "2024-01-01T00:00:00Z", "--library"])
        .arg(home.library_path())
        .output()
        .expect("set");
    assert!(settings().contains("baseline = \"2024-01-01T00:00:00Z\""), "{}", settings());
    assert_eq!(home.report(&both, 0).export("applied"), 1, "both were added after that");
    assert!(home.command(&["baseline", "clear"]).output().expect("it runs").status.success());
    assert!(settings().contains("baseline = \"\""), "{}", settings());
}

#[test]
fn a_baseline_that_is_still_to_come_is_refused() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    for arguments in [["baseline", "set", "2099-01-01"], ["config", "export.baseline", "2099-01-01T00:00:00Z"]] {
        let mut command = home.command(&arguments);
        if arguments[0] == "baseline" {
            command.arg("--library").arg(home.library_path());
        }
        let output = command.env("TZ", "UTC").output().expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("2099-01-01 00:00:00 UTC is in the future"), "{}", text(&output));
        assert!(!home.data().join("settings.toml").exists(), "nothing is set");
    }
}

#[test]
fn a_photo_that_a_phone_brings_late_is_new() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    home.report(&["sync", "--mode", "bidirectional"], 0);
    home.fill_library(&[("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
    let ago = |days: i64| Some(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days));
    for (name, days) in [("IMG_2.JPG", 29), ("IMG_3.JPG", 31)] {
        alter::set_added(&home.library_path(), &alter::id_of(&home.library_path(), name), ago(days));
    }
    let report = home.report(&["sync", "--mode", "bidirectional"], 0);
    assert_eq!((report.export("applied"), report.stayed("before the baseline")), (1, 2));
    assert_eq!(paths(&home.in_folder()), ["2024/05/IMG_2.JPG"]);
}

#[test]
fn an_undone_run_moves_its_files_out_and_gathers_its_imports() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
    home.put("IMG_9.JPG", &jpeg(9));
    let synced = home.report(&BOTH, 0);
    fs::write(home.folder().join("2024/05/IMG_3.JPG"), "retouched").expect("written");
    let run = synced.0["run"].to_string();

    let undo = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");

    assert!(undo.status.success(), "{}", text(&undo));
    assert!(text(&undo).contains("IMG_3.JPG stays: it was changed since"), "{}", text(&undo));
    assert_eq!(paths(&home.in_folder()), ["2024/05/IMG_3.JPG", "IMG_9.JPG"]);
    let kept: Vec<Fingerprint> = tree(&home.data().join("undone")).into_values().map(|(bytes, _)| bytes).collect();
    assert_eq!(kept, [1, 2].map(|number| Fingerprint::of(&jpeg(number))), "nothing is deleted");
    let snapshot = home.snapshot();
    let album = snapshot.albums.iter().position(|album| album.title == format!("Photobridge: undo {run}"));
    let gathered = snapshot.assets.iter().filter(|asset| asset.albums.contains(&(album.expect("made") as u32)));
    assert_eq!(gathered.map(|asset| &*asset.original_name).collect::<Vec<_>>(), ["IMG_9.JPG"]);

    let after = home.report(&BOTH, 0);
    assert_eq!((after.export("applied"), after.stayed("undone by you")), (0, 2));
    let id = alter::id_of(&home.library_path(), "IMG_1.JPG");
    let decide =
        home.command(&["decide", "take-in", &id.0, "--library"]).arg(home.library_path()).output().expect("runs");
    assert!(decide.status.success(), "{}", text(&decide));
    let taken = home.report(&BOTH, 0);
    assert_eq!(taken.export("applied"), 1);
    assert!(!home.folder().join("2024/05/IMG_3 (2).JPG").exists(), "what was replaced in the folder stays away");
    assert!(home.folder().join("2024/05/IMG_1.JPG").exists());
    let again = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");
    assert!(!text(&again).contains("IMG_2.JPG"), "what was taken back is not spoken of again: {}", text(&again));
    let refused = home.command(&["undo", "99", "--library"]).arg(home.library_path()).output().expect("it runs");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
}

#[test]
fn a_photo_library_is_never_a_folder_of_photos() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Apple.photoslibrary");
    fs::create_dir_all(bundle.join("originals/1")).expect("a directory");
    let before = (tree(&home.library_path()), tree(&bundle));
    for folder in [home.library_path(), home.library_path().join("originals"), bundle.clone(), bundle.join("originals")]
    {
        for mode in ["import", "export", "bidirectional"] {
            let mut command = home.command(&["sync", "--mode", mode, "--full-library", "--settle", "0", "--folder"]);
            let output =
                command.arg(&folder).arg("--library").arg(home.root().join("other")).output().expect("it runs");
            assert_eq!(output.status.code(), Some(2), "{}", text(&output));
            assert!(text(&output).contains("belongs to the photo library"), "{}", text(&output));
        }
        for key in ["folder", "export.folder"] {
            let output = home.command(&["config", key]).arg(&folder).output().expect("it runs");
            assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        }
    }
    assert_eq!((tree(&home.library_path()), tree(&bundle)), before);
}

#[test]
fn a_library_named_from_here_is_the_same_from_elsewhere() {
    let home = Household::new();
    let output = home.command(&["config", "library", "shelf"]).output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
    let settings = fs::read_to_string(home.data().join("settings.toml")).expect("settings");
    let absolute = home.root().join("shelf");
    assert!(settings.contains(&format!("library = \"{}\"", absolute.display())), "{settings}");
}

#[test]
fn what_was_taken_in_beside_the_same_shot_is_a_photo_of_its_own() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.HEIC", shot(1).heif(64, 48))]);
    let converted = home.put("IMG_1.JPG", &shot(1).jpeg(64, 48));
    assert_eq!(home.report(&BOTH, 0).skipped("same shot"), 1);
    assert!(home.command(&["decide", "take-in"]).arg(&converted).output().expect("it runs").status.success());
    let parted = home.report(&BOTH, 0);
    assert_eq!((parted.count("applied"), parted.export("applied")), (1, 1), "{}", parted.0);
    assert_eq!(paths(&home.in_folder()), ["2024/05/IMG_1.HEIC", "IMG_1.JPG"]);
    let after = home.report(&BOTH, 0);
    assert_eq!((after.count("applied"), after.export("applied")), (0, 0), "{}", after.0);
}

#[test]
fn an_undo_that_cannot_move_a_file_fails_and_succeeds_later() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    let run = home.report(&BOTH, 0).0["run"].to_string();
    let before = home.in_folder();
    fs::write(home.data().join("undone"), "in the way").expect("written");
    let undo = || home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");
    let failed = undo();
    assert_eq!(failed.status.code(), Some(1), "{}", text(&failed));
    assert!(text(&failed).contains("IMG_1.JPG stays: it could not be moved"), "{}", text(&failed));
    assert_eq!(home.in_folder(), before, "every file is back under its name");
    fs::remove_file(home.data().join("undone")).expect("removed");
    let done = undo();
    assert_eq!(done.status.code(), Some(0), "{}", text(&done));
    assert_eq!(home.in_folder(), BTreeMap::new());
    assert_eq!(tree(&home.data().join("undone")).len(), 2);
}

#[test]
fn an_undo_is_undone() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.fill_library(&[("IMG_3.JPG", jpeg(3)), ("IMG_4.JPG", jpeg(4))]);
    let run = home.report(&BOTH, 0).0["run"].to_string();
    let undo = |run: &str| {
        let output = home.command(&["undo", run, "--library"]).arg(home.library_path()).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        text(&output)
    };
    undo(&run);
    assert_eq!((home.in_folder().len(), home.names().len()), (2, 4));
    // One of the imports is deleted in the library, as the album invites to.
    home.in_library("delete from ZASSET where Z_PK = (select max(Z_PK) from ZASSET);");
    let idle = home.report(&BOTH, 0);
    assert_eq!((idle.count("applied"), idle.export("applied")), (0, 0));
    let undo_run = (idle.0["run"].as_u64().expect("a number") - 1).to_string();
    let said = undo(&undo_run);
    assert!(said.contains(&format!("4 photos that run {undo_run} undid")), "{said}");
    let again = home.report(&BOTH, 0);
    assert_eq!((again.count("applied"), again.export("applied")), (1, 2), "{}", again.0);
    let files: Vec<Fingerprint> = home.in_folder().into_values().collect();
    assert_eq!(files.len(), 4);
    assert!((1..5).all(|number| files.contains(&Fingerprint::of(&jpeg(number)))));
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG", "IMG_4.JPG"]);
    let runs = || text(&home.command(&["history"]).output().expect("it runs"));
    let before = runs();
    assert!(undo(&undo_run).contains("Nothing left to undo of run"));
    assert_eq!(runs(), before, "asking once more is no run");
}

#[test]
fn what_was_deleted_around_an_undo_stays_deleted_when_that_is_undone() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.fill_library(&[("IMG_3.JPG", jpeg(3))]);
    let first = home.report(&BOTH, 0).0["run"].as_u64().expect("a number");
    let undo = |run: u64| {
        let output = home.command(&["undo", &run.to_string(), "--library"]).arg(home.library_path()).output();
        assert!(output.expect("it runs").status.success());
    };
    let delete = |name: &str| {
        home.in_library(&format!("delete from ZASSET where Z_PK in (select ZASSET from ZADDITIONALASSETATTRIBUTES where ZORIGINALFILENAME = '{name}');"))
    };
    delete("IMG_1.JPG");
    let lost = home.report(&BOTH, 0);
    assert_eq!(lost.skipped("deleted in Photos"), 1, "{}", lost.0);
    undo(first);
    undo(first + 2);
    // What was exported is deleted in the library before the next sync, and its file comes back from a backup later.
    delete("IMG_3.JPG");
    let after = home.report(&BOTH, 0);
    assert_eq!((after.count("applied"), after.skipped("deleted in Photos")), (0, 1), "{}", after.0);
    home.put("2024/05/IMG_3.JPG", &jpeg(3));
    let restored = home.report(&BOTH, 0);
    assert_eq!((restored.count("applied"), restored.export("applied")), (0, 0), "{}", restored.0);
    assert_eq!(home.names(), ["IMG_2.JPG"]);
}

#[test]
fn undo_moves_to_another_disk_too() {
    use std::os::unix::fs::MetadataExt;
    let home = Household::new();
    let device = |path: &Path| fs::metadata(path).map(|found| found.dev()).ok();
    let memory = Path::new("/dev/shm");
    if device(memory).is_none_or(|other| device(home.root()) == Some(other)) {
        println!("SKIPPED: /dev/shm is no other disk");
        return;
    }
    let data = tempfile::tempdir_in(memory).expect("a directory");
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_photobridge"));
        command.env_clear().env("HOME", home.root()).arg("--data-dir").arg(data.path()).args(arguments);
        command.arg("--folder").arg(home.folder()).arg("--library").arg(home.library_path());
        command.output().expect("it runs")
    };
    assert!(run(&BOTH).status.success());
    assert!(run(&["undo", "1"]).status.success());
    assert_eq!(home.in_folder(), BTreeMap::new());
    let moved: Vec<Fingerprint> = tree(&data.path().join("undone")).into_values().map(|(bytes, _)| bytes).collect();
    assert_eq!(moved, [Fingerprint::of(&jpeg(1))]);
}

#[test]
fn undo_does_not_part_the_halves_of_a_photo() {
    let home = Household::new();
    let [still, movie] = live(7);
    home.fill_library(&[(&still.0, still.1.clone()), (&movie.0, movie.1.clone())]);
    let run = home.report(&BOTH, 0).0["run"].to_string();
    fs::write(home.folder().join("2024/05/IMG_7.MOV"), "retouched").expect("written");
    let undo = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");
    assert!(text(&undo).contains("IMG_7.HEIC stays: another file of its photo is not moved"), "{}", text(&undo));
    assert_eq!(paths(&home.in_folder()), ["2024/05/IMG_7.HEIC", "2024/05/IMG_7.MOV"]);
}

#[test]
fn a_photo_is_undone_with_the_recipe_that_came_with_it_as_long_as_the_library_has_that() {
    let home = Household::new();
    let recipe = |number: u8| vec![b'0' + number; 40 + usize::from(number)];
    home.fill_library(&[
        ("IMG_1.JPG", jpeg(1)),
        ("IMG_1.AAE", recipe(1)),
        ("IMG_2.JPG", jpeg(2)),
        ("IMG_2.AAE", recipe(2)),
    ]);
    let run = home.report(&BOTH, 0).0["run"].to_string();
    let [first, second] =
        [1, 2].map(|number| [format!("2024/05/IMG_{number}.AAE"), format!("2024/05/IMG_{number}.JPG")]);
    assert_eq!(paths(&home.in_folder()), [&first[..], &second[..]].concat());
    let originals = tree(&home.library_path().join("originals"));
    let (path, _) =
        originals.iter().find(|(_, (bytes, _))| *bytes == Fingerprint::of(&recipe(2))).expect("it is there");
    fs::remove_file(home.library_path().join("originals").join(path)).expect("deleted");

    let undo = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");

    assert!(text(&undo).contains("IMG_2.AAE stays: this is the only copy"), "{}", text(&undo));
    assert_eq!(paths(&home.in_folder()), second);
    let mut moved: Vec<_> = tree(&home.data().join("undone")).into_values().map(|(bytes, _)| bytes).collect();
    let mut expected = [jpeg(1), recipe(1)].map(|bytes| Fingerprint::of(&bytes));
    moved.sort();
    expected.sort();
    assert_eq!(moved, expected);
}

#[test]
fn a_moved_folder_is_the_same_folder() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    home.report(&BOTH, 0);
    fs::remove_file(home.folder().join("2024/05/IMG_1.JPG")).expect("deleted by its owner");
    let moved = home.root().join("moved");
    fs::rename(home.folder(), &moved).expect("moved");
    let mut command = home.command(&BOTH);
    command.arg("--folder").arg(&moved).arg("--library").arg(home.library_path()).args(["--settle", "0", "--json"]);
    let report = Report(serde_json::from_slice(&command.output().expect("it runs").stdout).expect("JSON"));
    assert_eq!((report.export("planned"), report.stayed("deleted in the folder")), (0, 1), "{}", report.0);
}

#[test]
fn a_library_that_is_only_read_exports_and_takes_nothing_in() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Backup.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("renamed");
    home.put("IMG_9.JPG", &jpeg(9));
    let before = tree(&bundle);
    let mut command = home.command(&BOTH);
    command.arg("--folder").arg(home.folder()).arg("--library").arg(&bundle).args(["--settle", "0", "--json"]);
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report = Report(serde_json::from_slice(&output.stdout).expect("JSON"));
    assert_eq!((report.skipped("library is read-only"), report.export("applied")), (1, 1));
    assert_eq!(tree(&bundle), before);
}

/// Everything below a directory: names, lengths, times, bytes.
fn state(root: &Path) -> impl PartialEq + std::fmt::Debug {
    tree(root)
}

#[test]
#[ignore = "needs ../shared and osxphotos"]
fn the_real_libraries_go_out_as_osxphotos_exports_them_and_come_back_never() {
    let shared = PathBuf::from(std::env::var("PHOTOBRIDGE_SHARED").expect("PHOTOBRIDGE_SHARED names ../shared"));
    let osxphotos = std::env::var("OSXPHOTOS").unwrap_or_else(|_| "osxphotos".into());
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(shared.join("libraries")).expect("libraries") {
        let source = entry.expect("listed").path();
        let name = source.file_stem().expect("a name").to_string_lossy().into_owned();
        let home = Household::new();
        let bundle = home.root().join("Copy.photoslibrary");
        let copied = Command::new("cp").arg("-rp").arg(&source).arg(&bundle).status().expect("cp runs");
        assert!(copied.success());
        let before = state(&bundle);
        let run = |command: &str| {
            let mut program = home.command(&[&[command], &BOTH[1..]].concat());
            program.arg("--folder").arg(home.folder()).arg("--library").arg(&bundle).args(["--settle", "0", "--json"]);
            let output = program.output().expect("it runs");
            assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output));
            Report(serde_json::from_slice(&output.stdout).expect("JSON"))
        };
        run("sync");
        let ours = home.in_folder();
        let planned = |report: Report| (report.count("planned"), report.export("planned"));
        assert_eq!(planned(run("sync")), (0, 0), "{name}: again");
        fs::remove_dir_all(home.data()).expect("the memory is lost");
        assert_eq!(planned(run("sync")), (0, 0), "{name}: without its memory");
        assert_eq!(home.in_folder(), ours, "{name}");
        assert!(state(&bundle) == before, "{name}: the library was changed");

        let theirs = home.root().join("theirs");
        fs::create_dir(&theirs).expect("a directory");
        let status = Command::new(&osxphotos)
            .arg("export")
            .arg(&theirs)
            .arg("--library")
            .arg(&bundle)
            .args(["--skip-edited", "--not-hidden", "--not-shared", "--skip-bursts", "--no-progress"])
            .output()
            .expect("osxphotos runs");
        assert!(status.status.success(), "{}", text(&status));
        let exported = tree(&theirs);
        let photos = exported.iter().filter(|(path, _)| !path.to_string_lossy().starts_with(".osxphotos"));
        let mut number = 0;
        for (path, (bytes, _)) in photos {
            number += 1;
            assert!(ours.values().any(|held| held == bytes), "{name}: {} is missing", path.display());
        }
        found.insert(name, (number, ours.len()));
    }
    println!("files that osxphotos exports, and that we do: {found:?}");
    let numbers: Vec<i32> = found.values().map(|(theirs, _)| *theirs).collect();
    // As counted with osxphotos 0.77.2 before this was written, in the order of the names.
    assert_eq!(numbers, [10, 21, 14, 6, 1, 7]);
}

/// A photo of a box of old ones, as a scanner's program dates it.
fn scan(number: u64, year: i16) -> Vec<u8> {
    let mut scan = shot(number);
    scan.captured = jiff::civil::date(year, 6, 1).at(12, 0, 0, 0);
    scan.jpeg(48, 32)
}

fn modified(path: &Path) -> i64 {
    std::os::unix::fs::MetadataExt::mtime(&fs::metadata(path).expect("there"))
}

/// The earliest time that Nextcloud's client and server both carry on: 1970-01-03T00:00:00Z.
const EARLIEST: i64 = 172_800;

#[test]
fn a_scan_of_1955_has_a_date_that_services_carry_on() {
    let home = Household::new();
    home.fill_library(&[("SCAN_1.JPG", scan(1, 1955)), ("SCAN_2.JPG", scan(2, 1971)), ("IMG_3.JPG", jpeg(3))]);
    let report = home.report(&BOTH, 0);
    assert_eq!(report.export("applied"), 3);
    let files = home.in_folder();
    assert_eq!(paths(&files), ["1955/06/SCAN_1.JPG", "1971/06/SCAN_2.JPG", "2024/05/IMG_3.JPG"]);
    let old = home.folder().join("1955/06/SCAN_1.JPG");
    assert_eq!(modified(&old), EARLIEST);
    assert!(modified(&home.folder().join("1971/06/SCAN_2.JPG")) > 40_000_000, "a date that can be held is");
    let notices = report.0["notices"].to_string();
    assert!(notices.contains("exported photos taken before 1970: 1. "), "{notices}");

    let again = home.report(&BOTH, 0);
    assert_eq!((again.count("planned"), again.export("planned")), (0, 0));
    assert_eq!(again.0["files_read"], 0, "its date is no edit");
    assert_eq!(again.0["notices"].as_array().map(Vec::len), Some(0), "{}", again.0["notices"]);
}

#[test]
fn what_an_older_version_dated_before_1970_is_mended_once_and_nothing_else() {
    let home = Household::new();
    home.fill_library(&[("SCAN_1.JPG", scan(1, 1955))]);
    let theirs = home.put("box/SCAN_2.JPG", &scan(2, 1955));
    home.report(&BOTH, 0);
    let ours = home.folder().join("1955/06/SCAN_1.JPG");
    let is_dated = |path: &Path| {
        let status = Command::new("touch").args(["-d", "1955-06-01T12:00:00Z"]).arg(path).status();
        assert!(status.expect("it runs").success());
        modified(path)
    };
    let before = is_dated(&ours);
    assert_eq!(is_dated(&theirs), before);
    let files = home.in_folder();

    home.report(&[&["simulate"], &BOTH[1..]].concat(), 0);
    home.report(&["sync", "--mode", "import"], 0);
    assert_eq!(modified(&ours), before, "neither is asked to change anything there");

    let report = home.report(&BOTH, 0);
    assert_eq!((modified(&ours), modified(&theirs)), (EARLIEST, before), "what is not ours stays as it is");
    assert!(
        report.0["notices"].to_string().contains("so that sync services pass over them: 1. "),
        "{}",
        report.0["notices"]
    );
    let again = home.report(&BOTH, 0);
    assert_eq!((again.count("planned"), again.export("planned")), (0, 0));
    assert_eq!(again.0["notices"].as_array().map(Vec::len), Some(0), "{}", again.0["notices"]);
    assert_eq!(home.in_folder(), files);
}

#[test]
fn a_file_that_goes_out_or_stays_is_decided_about_by_its_name() {
    let home = Household::new();
    let pair = |name: &str, number: u64| {
        [(format!("{name}.JPG"), shot(number).jpeg(64, 48)), (format!("{name}.DNG"), shot(number).dng(64, 48))]
    };
    let files = [pair("IMG_1", 1), live(2)].concat();
    home.fill_library(&files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect::<Vec<_>>());
    let decide = |choice: &str, what: &str| {
        let library = home.library_path();
        let output = home.command(&["decide", choice, what, "--library"]).arg(library).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
    };
    let there = || paths(&home.in_folder()).iter().map(|path| (*path).to_owned()).collect::<Vec<_>>();
    home.report(&["simulate", "--mode", "bidirectional", "--full-library"], 0);
    decide("leave-out", "2024/05/IMG_1.DNG");
    decide("leave-out", "IMG_2.MOV");
    let report = home.report(&BOTH, 0);
    assert_eq!((report.export("applied"), report.stayed("left out by you")), (2, 2));
    assert_eq!(there(), ["2024/05/IMG_1.JPG", "2024/05/IMG_2.HEIC"]);
    decide("withdraw", "IMG_1.DNG");
    decide("withdraw", "IMG_2.MOV");
    home.report(&BOTH, 0);
    assert_eq!(there().len(), 4, "they follow");

    // What was deleted comes back by name, by the path that it had, and by the id of its photo.
    let names = ["IMG_1.DNG", "IMG_2.MOV"];
    let delete = || {
        names.iter().for_each(|name| fs::remove_file(home.folder().join("2024/05").join(name)).expect("deleted"));
        assert_eq!(home.report(&BOTH, 0).stayed("deleted in the folder"), 2);
    };
    let before = home.in_folder();
    delete();
    decide("take-in", "IMG_1.DNG");
    decide("take-in", &home.folder().join("2024/05/IMG_2.MOV").to_string_lossy());
    assert_eq!(home.report(&BOTH, 0).export("applied"), 2);
    assert_eq!(home.in_folder(), before);
    delete();
    for name in ["IMG_1.JPG", "IMG_2.HEIC"] {
        decide("take-in", &alter::id_of(&home.library_path(), name).to_string());
    }
    assert_eq!(home.report(&BOTH, 0).export("applied"), 2);
    assert_eq!(home.in_folder(), before);
    assert_eq!(home.report(&BOTH, 0).export("applied"), 0);
}

#[test]
fn a_name_that_several_photos_have_is_asked_about() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", shot(1).jpeg(64, 48)), ("IMG_1.DNG", shot(1).dng(64, 48))]);
    home.fill_library(&[("IMG_1.JPG", shot(2).jpeg(64, 48)), ("IMG_1.DNG", shot(2).dng(64, 48))]);
    home.report(&["simulate", "--mode", "bidirectional", "--full-library"], 0);
    let decide = |what: &str| {
        home.command(&["decide", "leave-out", what, "--library"]).arg(home.library_path()).output().expect("it runs")
    };
    let refused = decide("IMG_1.JPG");
    let said = text(&refused);
    assert!(!refused.status.success() && said.contains("2 photos have this name"), "{said}");
    let (_, id) = alter::ids_by_name(&home.library_path()).remove(0);
    assert!(said.contains(&id.to_string()), "{said}");
    assert!(decide(&format!("{id}/IMG_1.JPG")).status.success());
    let report = home.report(&BOTH, 0);
    assert_eq!((report.export("applied"), report.stayed("left out by you")), (1, 1));
    assert_eq!(home.in_folder().len(), 2);
}

#[test]
fn undo_takes_back_what_later_runs_added_to_the_same_photo() {
    let home = Household::new();
    let (jpeg, raw) = (shot(1).jpeg(64, 48), shot(1).dng(64, 48));
    home.fill_library(&[("IMG_1.JPG", jpeg.clone()), ("IMG_1.DNG", raw.clone())]);
    let id = alter::id_of(&home.library_path(), "IMG_1.JPG");
    alter::evict_resource(&home.library_path(), &id, AlternatePhoto);
    let first = home.report(&BOTH, 0).0["run"].to_string();
    assert_eq!(paths(&home.in_folder()), ["2024/05/IMG_1.JPG"]);
    alter::bring_back(&home.library_path(), &id, AlternatePhoto, &raw);
    home.report(&BOTH, 0);
    let both = ["2024/05/IMG_1.DNG", "2024/05/IMG_1.JPG"];
    assert_eq!(paths(&home.in_folder()), both);
    let output = home.command(&["undo", &first, "--library"]).arg(home.library_path()).output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
    assert!(home.in_folder().is_empty(), "no half of it stays");
    let moved: Vec<Fingerprint> = tree(&home.data().join("undone")).into_values().map(|(bytes, _)| bytes).collect();
    assert_eq!(moved.len(), 2);
    assert!([jpeg, raw].iter().all(|bytes| moved.contains(&Fingerprint::of(bytes))), "byte by byte");
    assert_eq!(home.report(&BOTH, 0).stayed("undone by you"), 1);
}
