//! The command line's words and exit codes, and what must stop a run before it changes anything.

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use jiff::Timestamp;
use photobridge_core::lock::Lock;
use support::{Household, jpeg, shot, text, tree};

fn run(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

/// Output with what differs from machine to machine masked.
fn masked(home: &Household, output: &Output) -> String {
    let root = home.root().canonicalize().expect("a path").display().to_string();
    text(output).replace(&root, "HOME").replace(&home.root().display().to_string(), "HOME")
}

#[test]
fn without_a_folder_it_says_how_to_name_one() {
    let home = Household::new();
    let output = run(&mut home.command(&["sync"]));
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(masked(&home, &output), @"photobridge: no folder is set up. Name one: `photobridge sync --folder DIR`, or for good: `photobridge config folder DIR`");
}

#[test]
fn a_missing_folder_stops_the_run_and_changes_nothing() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let library = tree(&home.library_path());
    let mut command = home.command(&["sync", "--settle", "0"]);
    command.arg("--folder").arg(home.root().join("unplugged")).arg("--library").arg(home.library_path());
    let output = run(&mut command);
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(tree(&home.library_path()), library);
    insta::assert_snapshot!(masked(&home, &output), @"photobridge: the folder HOME/unplugged is not there. Nothing was changed. Check that its disk is connected");
}

#[test]
fn a_missing_photos_library_is_an_error_and_none_is_made() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let missing = home.root().join("Gone.photoslibrary");
    let output = run(home.command(&["sync"]).arg("--folder").arg(home.folder()).arg("--library").arg(&missing));
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(!missing.exists());
}

#[test]
fn a_library_on_a_disk_that_is_gone_is_not_made_anew() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    fs::rename(home.library_path(), home.root().join("unplugged")).expect("moved away");
    home.put("IMG_2.JPG", &jpeg(2));
    let output = run(&mut home.run_command(&["sync"]));
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    assert!(!home.library_path().exists());
    fs::rename(home.root().join("unplugged"), home.library_path()).expect("back");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
}

#[test]
fn a_second_run_names_the_first_and_stops() {
    let home = Household::new();
    fs::create_dir_all(home.data()).expect("made");
    let since: Timestamp = "2026-11-23T08:00:00Z".parse().expect("valid");
    let _lock = Lock::take(&home.data(), "sync", since).expect("free");
    let output = run(home.run_command(&["sync"]).env("TZ", "Asia/Tokyo"));
    assert_eq!(output.status.code(), Some(3));
    let said = text(&output);
    assert!(said.contains(&format!("sync (process {}), since 2026-11-23 17:00:00 JST", std::process::id())), "{said}");
    assert!(!home.library_path().exists());
}

#[test]
fn guards_stop_an_unattended_run() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let first = run(&mut home.run_command(&["sync", "--unattended"]));
    assert_eq!(first.status.code(), Some(5), "{}", text(&first));
    assert!(text(&first).contains("never synced before"), "{}", text(&first));
    assert!(!home.library_path().exists(), "nothing was changed");

    home.report(&["sync"], 0);
    home.put("IMG_2.JPG", &jpeg(2));
    home.report(&["sync", "--unattended"], 0);
    assert_eq!(home.names().len(), 2);

    fs::write(home.data().join("settings.toml"), "unattended_limit = 3\n").expect("written");
    for number in 10..14 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    let many = run(&mut home.run_command(&["sync", "--unattended"]));
    assert_eq!(many.status.code(), Some(5));
    assert!(text(&many).contains("4 photos would be imported, more than the 3"), "{}", text(&many));
    assert_eq!(home.names().len(), 2);
    home.report(&["sync"], 0);
    assert_eq!(home.names().len(), 6, "a person may");
}

#[test]
fn programs_are_told_why_a_run_stopped() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let guard = home.report(&["sync", "--unattended"], 5).0;
    assert_eq!(guard["run"], 1, "{guard}");
    assert!(guard["error"].as_str().is_some_and(|why| why.contains("never synced before")), "{guard}");
    fs::rename(home.folder(), home.root().join("unplugged")).expect("moved away");
    let missing = home.report(&["simulate"], 4).0;
    assert!(missing["error"].as_str().is_some_and(|why| why.contains("is not there")), "{missing}");
    fs::write(home.data().join("settings.toml"), "albun = \"x\"\n").expect("written");
    let settings = home.report(&["simulate"], 2).0;
    assert!(settings["run"].is_null() && settings["error"].is_string(), "{settings}");
}

#[test]
fn a_library_that_lost_most_of_its_photos_stops_an_unattended_run() {
    let home = Household::new();
    for number in 0..20 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    home.report(&["sync"], 0);
    home.in_library("delete from ZASSET where Z_PK > 9;");
    home.put("IMG_99.JPG", &jpeg(99));
    let output = run(&mut home.run_command(&["sync", "--unattended"]));
    assert_eq!(output.status.code(), Some(5), "{}", text(&output));
    assert!(
        text(&output).contains("11 of 20 photos known from earlier are gone from the library"),
        "{}",
        text(&output)
    );
}

#[test]
#[cfg(target_os = "linux")]
fn nobody_listening_stops_no_run() {
    let full = || fs::File::options().write(true).open("/dev/full").expect("a file on a full disk");
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let status = home.run_command(&["sync", "--verbose"]).stderr(full()).status().expect("it runs");
    assert_eq!(status.code(), Some(0));
    assert_eq!(home.names(), ["IMG_1.JPG"]);
    home.put("IMG_2.JPG", &jpeg(2));
    let status = home.run_command(&["sync"]).stderr(full()).stdout(full()).status().expect("it runs");
    assert_eq!(status.code(), Some(1), "what it came to was not told");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
}

#[test]
fn an_unreadable_file_is_one_failure_and_the_run_goes_on() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_3.JPG", &jpeg(3));
    let unreadable = home.folder().join("IMG_2.JPG");
    let mut sync = home.run_command(&["sync", "--json-lines"]);
    let output = without_rights(&home, &unreadable, &mut sync);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    let line = said.lines().find(|line| line.contains("IMG_2.JPG")).expect("it is named");
    let verdict: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&verdict["verdict"], &verdict["reason"]), (&"failed".into(), &"unreadable".into()));
    assert!(verdict["error"].as_str().is_some_and(|error| error.contains("Permission denied")), "{line}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_3.JPG"]);
    make_readable(&unreadable);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
}

/// Runs as somebody who may not read this file.
fn without_rights(home: &Household, file: &std::path::Path, command: &mut Command) -> Output {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o000)).expect("its own file");
    without_power(home, command)
}

/// Runs with no more rights than anybody; the superuser may do everything, so the program gives that up.
fn without_power(home: &Household, command: &mut Command) -> Output {
    use std::os::unix::fs::chown;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        return run(command);
    }
    fs::create_dir_all(home.data()).expect("made");
    for path in [home.root().to_owned(), home.data(), home.folder()] {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("the superuser may");
    }
    run(command.uid(NOBODY).gid(NOBODY))
}

#[test]
fn a_library_without_a_whole_path_is_refused_where_it_is_set_and_taken_where_it_is_typed() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    fs::create_dir_all(home.data()).expect("made");
    fs::write(home.data().join("settings.toml"), "library = 'lib'\n").expect("written");
    let sync = |library: &[&str]| {
        let mut command = home.command(&["sync", "--settle", "0"]);
        run(command.arg("--folder").arg(home.folder()).args(library))
    };
    let output = sync(&[]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("no whole path. Nothing was changed"), "{}", text(&output));
    assert!(!home.root().join("lib").exists());
    assert!(sync(&["--library", "lib"]).status.success());
    assert!(home.root().join("lib/photobridge-library.json").exists());
}

#[test]
fn what_is_ours_is_no_folder_of_photos() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let before = tree(&home.library_path());
    for ours in [home.data(), home.data().join("runs")] {
        let arguments = ["sync", "--mode", "bidirectional", "--full-library", "--folder", &ours.to_string_lossy()];
        let output = run(home.command(&arguments).arg("--library").arg(home.library_path()));
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("where Photobridge keeps what it knows. No photo was touched"));
    }
    assert_eq!(tree(&home.library_path()), before);
    assert!(!tree(&home.data()).keys().any(|path| path.ends_with("IMG_1.JPG")));
}

#[test]
fn originals_that_nobody_may_list_are_not_said_to_be_gone() {
    use std::os::unix::fs::PermissionsExt;
    for mode in [0o000, 0o444] {
        let home = Household::new();
        home.put("IMG_1.JPG", &jpeg(1));
        home.report(&["sync"], 0);
        let originals = home.library_path().join("originals");
        let allow = |mode| fs::set_permissions(&originals, fs::Permissions::from_mode(mode)).expect("its own");
        allow(mode);
        let mut doctor = home.command(&["doctor", "--library", &home.library_path().to_string_lossy()]);
        let said = text(&without_power(&home, &mut doctor));
        allow(0o755);
        assert!(said.contains("1 photo whose originals could not be looked at, as their directories"), "{said}");
        assert!(!said.contains("gone"), "{said}");
    }
}

fn make_readable(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("its own file");
}

#[test]
fn a_damaged_ledger_is_refused_kept_and_made_anew() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let path = home.data().join("ledger.sqlite");
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(home.data().join(format!("ledger.sqlite{suffix}")));
    }
    fs::write(&path, b"this is no database, but it is long enough to look like one at first").expect("written");
    let damaged = tree(&home.data())[std::path::Path::new("ledger.sqlite")].0;
    let output = run(&mut home.run_command(&["sync"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("`photobridge ledger rebuild`"), "{}", text(&output));
    assert_eq!(tree(&home.data())[std::path::Path::new("ledger.sqlite")].0, damaged, "never overwritten");

    let rebuild = run(home
        .command(&["ledger", "rebuild"])
        .arg("--folder")
        .arg(home.folder())
        .arg("--library")
        .arg(home.library_path()));
    assert!(rebuild.status.success(), "{}", text(&rebuild));
    assert!(text(&rebuild).contains("knows 1 photo on both sides"), "{}", text(&rebuild));
    let kept = tree(&home.data()).into_values().filter(|(bytes, _)| *bytes == damaged).count();
    assert_eq!(kept, 1, "set aside, not deleted");
    assert_eq!(home.report(&["sync"], 0).skipped("same bytes"), 1);
}

#[test]
fn a_ledger_of_a_newer_version_is_left_alone() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("opens");
    ledger.pragma_update(None, "user_version", 99).expect("set");
    drop(ledger);
    let output = run(&mut home.run_command(&["sync"]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("newer Photobridge (format 99"), "{}", text(&output));
}

#[test]
fn what_is_not_ours_is_never_entered() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    for path in [
        "Fotos.photoslibrary/originals/A/A.jpeg",
        "@eaDir/IMG_1.JPG/SYNOPHOTO_THUMB_B.jpg",
        "#recycle/IMG_5.JPG",
        "$RECYCLE.BIN/S-1-5-21/$R1.JPG",
        ".stversions/IMG_6.JPG",
        ".sync/Archive/IMG_6.JPG",
        "2024/.@__thumb/s100IMG_1.JPG",
        "Fotos.photoslibrary.old/database/Photos.sqlite",
        "Fotos.photoslibrary.old/resources/derivatives/A.jpeg",
        ".Trash-1000/files/IMG_7.JPG",
        "._IMG_8.JPG",
        "IMG_9.JPG.part",
    ] {
        home.put(path, &jpeg(50));
    }
    let mut inside = home.command(&["sync", "--settle", "0", "--json"]);
    // Our own library and data directory, within the very folder.
    let output = run(inside.arg("--folder").arg(home.folder()).arg("--library").arg(home.folder().join("library")));
    assert!(output.status.success(), "{}", text(&output));
    let second = run(home
        .command(&["simulate", "--settle", "0", "--json"])
        .arg("--folder")
        .arg(home.folder())
        .arg("--library")
        .arg(home.root().join("another")));
    let report: serde_json::Value = serde_json::from_slice(&second.stdout).expect("JSON");
    assert_eq!(report["import"]["seen"], 1, "{report}");
}

#[test]
fn links_are_followed_once_and_never_out_of_the_folder() {
    let home = Household::new();
    home.put("a/IMG_1.JPG", &jpeg(1));
    fs::write(home.root().join("secret.JPG"), jpeg(2)).expect("written");
    symlink(home.folder().join("a/IMG_1.JPG"), home.folder().join("link.JPG")).expect("linked");
    symlink(home.root().join("secret.JPG"), home.folder().join("out.JPG")).expect("linked");
    symlink(home.folder().join("loop2.JPG"), home.folder().join("loop1.JPG")).expect("linked");
    symlink(home.folder().join("loop1.JPG"), home.folder().join("loop2.JPG")).expect("linked");
    symlink(home.folder(), home.folder().join("a/up")).expect("linked");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (1, 1));
    let notices = report.0["notices"].to_string();
    assert!(notices.contains("out.JPG is a link that leaves the folder"), "{notices}");
    assert!(notices.contains("loop1.JPG is a link that leads nowhere or in a circle"), "{notices}");
}

#[test]
fn a_bundle_is_only_read() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::create_dir(&bundle).expect("made");
    let copied = Command::new("cp").arg("-r").arg(home.library_path().join(".")).arg(&bundle).status();
    assert!(copied.expect("cp runs").success());
    home.put("IMG_2.JPG", &jpeg(2));
    let before = tree(&bundle);
    let output = run(home
        .command(&["sync", "--settle", "0", "--json"])
        .arg("--folder")
        .arg(home.folder())
        .arg("--library")
        .arg(&bundle));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["import"]["skipped"]["library is read-only"], 1, "{report}");
    assert_eq!(report["import"]["skipped"]["same bytes"], 1, "{report}");
    assert_eq!(tree(&bundle), before);
}

#[test]
fn a_directory_that_is_no_library_is_never_written() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let documents = home.root().join("Documents");
    fs::create_dir(&documents).expect("made");
    fs::write(documents.join("letter.txt"), "dear").expect("written");
    let output = run(home.command(&["sync"]).arg("--folder").arg(home.folder()).arg("--library").arg(&documents));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert_eq!(tree(&documents).len(), 1);
}

#[test]
fn names_that_are_not_text_and_names_that_drive_terminals_are_handled() {
    use std::os::unix::ffi::OsStrExt;
    let home = Household::new();
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.JPG");
    fs::write(home.folder().join(odd), jpeg(1)).expect("written");
    home.put("\u{1b}[31mred\u{202e}gpj.JPG", &jpeg(2));
    let output = run(&mut home.run_command(&["sync"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains('\u{1b}') && !text(&output).contains('\u{202e}'), "{}", text(&output));
    assert_eq!(home.stored().len(), 2);
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
}

#[test]
fn settings_are_kept_and_wrong_ones_are_explained() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let folder = home.folder().display().to_string();
    for arguments in [["config", "folder", &folder], ["config", "settle_seconds", "0"], ["config", "album", "Phones"]] {
        assert!(run(&mut home.command(&arguments)).status.success());
    }
    let shown = text(&run(&mut home.command(&["config", "--show"])));
    assert!(shown.contains("album = \"Phones\"") && shown.contains("settle_seconds = 0"), "{shown}");
    assert!(run(&mut home.command(&["sync"])).status.success());
    let status = text(&run(&mut home.command(&["status"])));
    assert!(status.contains("Remembers  1 photo, 0 decisions"), "{status}");

    fs::write(home.data().join("settings.toml"), "albun = \"x\"\n").expect("written");
    let output = run(&mut home.command(&["sync"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("did you mean `album`?"), "{}", text(&output));
    assert!(text(&output).contains("Nothing was changed. Mend the file with any editor"), "{}", text(&output));

    fs::write(home.data().join("settings.toml"), "album = \"x\"\nexport.hidden = 'yes'\n").expect("written");
    let output = run(&mut home.command(&["doctor"]));
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(masked(&home, &output), @r"
    WRONG the settings HOME/data/settings.toml make no sense: TOML parse error at line 2, column 17: write true or false. Nothing was changed. Mend the file with any editor
    ok    the data directory is HOME/data
    ok    the ledger is whole and knows 1 photo
    note  the folders and the library are looked at once the settings can be read
    ");
}

#[test]
fn config_shows_one_setting_and_says_when_it_makes_no_file() {
    let home = Household::new();
    let config = |arguments: &[&str], exit: i32| {
        let output = run(&mut home.command(&[&["config"], arguments].concat()));
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", text(&output));
        text(&output)
    };
    assert_eq!(config(&["mode", "import"], 0), "mode = import is the default, so no settings file was made\n");
    assert!(!home.data().join("settings.toml").exists());
    config(&["album", "2020"], 0);
    config(&["folder", &home.folder().display().to_string()], 0);
    assert_eq!(config(&["mode"], 0), "import\n");
    assert_eq!(config(&["album"], 0), "2020\n");
    assert_eq!(config(&["export.hidden"], 0), "false\n");
    assert_eq!(config(&["folder"], 0), format!("{}\n", home.folder().canonicalize().expect("there").display()));
    assert!(config(&["modus"], 2).contains("did you mean `mode`?"));
    assert!(!config(&["--show"], 0).contains("what stands here is its default"));
}

#[test]
fn filters_leave_out_but_still_match() {
    let home = Household::new();
    home.put("Memes/a.JPG", &jpeg(1));
    home.put("b.JPG", &jpeg(2));
    home.put("clip.MOV", &shot(3).movie(48, 32, 8_000));
    fs::create_dir_all(home.data()).expect("made");
    let folder = home.folder().display().to_string();
    let library = home.library_path().display().to_string();
    let settings = format!(
        "library = '{library}'\nsettle_seconds = 0\n[[folder]]\npath = '{folder}'\nexclude = ['Memes/**']\nvideos = false\n"
    );
    fs::write(home.data().join("settings.toml"), settings).expect("written");
    let output = run(&mut home.command(&["sync", "--json"]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&report["import"]["applied"], &report["import"]["skipped"]["excluded by a filter"]),
        (&1.into(), &2.into())
    );
    assert_eq!(home.report(&["sync"], 0).count("applied"), 2);
    let again = run(&mut home.command(&["simulate", "--json"]));
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(report["import"]["skipped"]["same bytes"], 3, "{report}");
}

#[test]
fn a_sync_reads_as_people_expect() {
    let home = Household::new();
    home.put("phone/IMG_1.JPG", &jpeg(1));
    home.put("phone/IMG_2.JPG", &jpeg(2));
    home.put("sent/IMG_1.JPG", &jpeg(1));
    home.put("film.mkv", b"x");
    let half = jpeg(3);
    home.put("half.JPG", &half[..half.len() / 2]);
    let says = |verb: &str| {
        let said = String::from_utf8(run(&mut home.run_command(&[verb])).stdout).expect("UTF-8");
        said.replace(&home.root().display().to_string(), "HOME")
    };
    insta::assert_snapshot!(says("simulate"), @r"
    From   HOME/folder
    Into   HOME/library  (not there yet: the first import makes it), album “Photobridge Imports”

    Run 1: simulated, nothing was changed.
    5 items in the folder (5 files).

    2 would be imported, 2.59 kB:
               phone/IMG_1.JPG
               phone/IMG_2.JPG

    3 left where they are:
            1  same bytes as: it lies here twice; the other one is taken
               sent/IMG_1.JPG  = phone/IMG_1.JPG
            1  truncated: it ends too early; once it is whole, it is taken *
               half.JPG  the file ends before its picture begins
            1  not supported by Photos: Photos does not take this kind
               film.mkv
      * `photobridge decide take-in FILE` takes it in all the same.

    The same command with `sync --plan 1` does exactly this.
    ");
    insta::assert_snapshot!(says("sync"), @r"
    From   HOME/folder
    Into   HOME/library, album “Photobridge Imports”

    Run 2: synced.
    5 items in the folder (5 files).

    2 imported, 2.59 kB:
               phone/IMG_1.JPG
               phone/IMG_2.JPG

    3 left where they are:
            1  same bytes as: it lies here twice; the other one is taken
               sent/IMG_1.JPG  = phone/IMG_1.JPG
            1  truncated: it ends too early; once it is whole, it is taken *
               half.JPG  the file ends before its picture begins
            1  not supported by Photos: Photos does not take this kind
               film.mkv
      * `photobridge decide take-in FILE` takes it in all the same.
    ");
    insta::assert_snapshot!(says("simulate"), @r"
    From   HOME/folder
    Into   HOME/library, album “Photobridge Imports”

    Run 3: simulated, nothing was changed.
    5 items in the folder (5 files).

    Nothing to import.

    5 left where they are:
            3  same bytes: the library holds it
            1  truncated: it ends too early; once it is whole, it is taken *
               half.JPG  the file ends before its picture begins
            1  not supported by Photos: Photos does not take this kind
               film.mkv
      * `photobridge decide take-in FILE` takes it in all the same.
    ");
}

#[test]
fn the_history_prints_the_verdicts_that_the_run_printed() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let printed = run(&mut home.run_command(&["simulate", "--json-lines"]));
    let kept = run(&mut home.command(&["history", "1", "--json-lines"]));
    assert!(text(&printed).contains("\"path\":\"IMG_1.JPG\""), "{}", text(&printed));
    assert_eq!(text(&kept), text(&printed));
}

#[test]
fn the_history_knows_every_run() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["simulate"], 0);
    home.report(&["sync"], 0);
    let listed = text(&run(&mut home.command(&["history"])));
    assert!(listed.lines().all(|line| line.ends_with("(command line)")), "{listed}");
    assert!(listed.contains("sync") && listed.contains("1 imported, 0 skipped"), "{listed}");
    assert!(listed.contains("simulate") && listed.contains("1 to import"), "{listed}");
    let explained = text(&run(&mut home.command(&["history", "2"])));
    assert!(explained.contains("IMG_1.JPG  imported"), "{explained}");
    let log = home.data().join("runs/2.log");
    assert!(explained.contains(&format!("  log: {}\n", log.display())), "{explained}");
    let log = fs::read_to_string(log).expect("there is a log");
    assert!(
        log.contains("run 2: sync, import, by command line") && log.contains("ended: 1 imported, 0 skipped"),
        "{log}"
    );
    assert_eq!(run(&mut home.command(&["history", "77"])).status.code(), Some(2));
}

#[test]
fn the_help_the_manual_and_the_completions_are_there() {
    let home = Household::new();
    for arguments in [&["--help"][..], &["manual"], &["completions", "zsh"], &["doctor"]] {
        let output = run(&mut home.command(arguments));
        assert!(output.status.success() && output.stdout.len() > 100, "{arguments:?}: {}", text(&output));
    }
}

#[test]
#[cfg(not(target_os = "macos"))]
fn only_a_mac_asks_for_the_photos() {
    let output = run(&mut Household::new().command(&["authorize"]));
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output).contains("only a Mac has a Photos library of its own"), "{}", text(&output));
}

/// Settings for both ways, of the household's own folder and library.
fn both_ways(home: &Household, export: &str) {
    fs::create_dir_all(home.data()).expect("made");
    let (folder, library) = (home.folder().display().to_string(), home.library_path().display().to_string());
    let settings = format!(
        "library = '{library}'\nmode = 'bidirectional'\nsettle_seconds = 0\n[export]\n{export}\n[[folder]]\npath = '{folder}'\n"
    );
    fs::write(home.data().join("settings.toml"), settings).expect("written");
}

#[test]
fn status_says_which_ways_photos_go() {
    let home = Household::new();
    let says = || masked(&home, &run(home.command(&["status"]).env("TZ", "UTC")));
    insta::assert_snapshot!(says(), @r"
    Library    HOME/data/library (our own)
    Folder     none yet: `photobridge config folder DIR`
    Mode       import
    Data       HOME/data
    Last run   none yet
    ");
    both_ways(&home, "");
    insta::assert_snapshot!(says(), @r"
    Library    HOME/library
    Folder     HOME/folder → album “Photobridge Imports”
    Mode       bidirectional
    Exports    into HOME/folder, by year and month
    Range      what is added from now on
    Baseline   none yet: the first sync that exports sets it to that moment
    Data       HOME/data
    Last run   none yet
    ");
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'\nlayout = 'flat'\nfolder = '/srv/out'");
    insta::assert_snapshot!(says(), @r"
    Library    HOME/library
    Folder     HOME/folder → album “Photobridge Imports”
    Mode       bidirectional
    Exports    into /srv/out, flat
    Range      what was added since 2026-02-28 17:00:00 UTC
    Baseline   2026-02-28 17:00:00 UTC
    Data       HOME/data
    Last run   none yet
    ");
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'\nrange = 'full-library'");
    let said = says();
    assert!(said.contains("Range      everything\nBaseline   2026-02-28 17:00:00 UTC"), "{said}");
    let mut elsewhere = home.command(&["status"]);
    let said = text(&run(elsewhere.env("TZ", "Asia/Tokyo")));
    assert!(said.contains("Baseline   2026-03-01 02:00:00 JST"), "{said}");
}

#[test]
fn doctor_looks_at_where_exports_go() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    both_ways(&home, "");
    let says = |exit: i32| {
        let output = run(home.command(&["doctor"]).env("TZ", "UTC"));
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        masked(&home, &output)
    };
    let before = tree(&home.folder());
    let said = says(0);
    assert!(said.contains("ok    the exports go to HOME/folder, which may be written; "), "{said}");
    assert!(said.contains("note  there is no baseline yet"), "{said}");
    assert_eq!(tree(&home.folder()), before, "nothing is written to see whether that may be");
    assert!(!home.library_path().exists());

    assert!(run(&mut home.command(&["sync"])).status.success());
    let said = says(0);
    assert!(said.contains("ok    the baseline is 20") && said.contains("the library held 0 photos then"), "{said}");
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'");
    let said = says(0);
    assert!(said.contains("note  the baseline is 2026-02-28 17:00:00 UTC, and what this library held then"), "{said}");
    assert!(said.contains("`photobridge baseline set 2026-02-28T17:00:00Z` remembers it anew"), "{said}");

    both_ways(&home, "folder = '/nowhere at all'");
    let said = says(1);
    assert!(
        said.contains("WRONG the exports cannot go to /nowhere at all: there is no folder /nowhere at all"),
        "{said}"
    );
    let inside = home.library_path().join("originals");
    both_ways(&home, &format!("folder = '{}'", inside.display()));
    let said = says(1);
    assert!(
        said.contains(
            "WRONG the exports cannot go to HOME/library/originals: HOME/library/originals lies inside the library"
        ),
        "{said}"
    );
    both_ways(&home, &format!("folder = '{}'", home.root().display()));
    let said = says(1);
    assert!(said.contains("note  HOME/library lies inside the folder HOME."), "{said}");
    assert!(said.contains("WRONG HOME, where the exports go, and the folder HOME/folder overlap"), "{said}");
}

#[test]
fn doctor_says_nothing_of_what_is_remembered_of_a_library_that_it_cannot_see() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    both_ways(&home, "");
    assert!(run(&mut home.command(&["sync"])).status.success());
    fs::rename(home.library_path(), home.root().join("unplugged")).expect("moved away");
    let said = text(&run(&mut home.command(&["doctor"])));
    assert!(said.contains("was there and is not"), "{said}");
    assert!(said.contains("ok    the baseline is 20") && !said.contains("not remembered"), "{said}");

    fs::rename(home.root().join("unplugged"), home.library_path()).expect("back");
    let said = text(&run(&mut home.command(&["doctor"])));
    assert!(said.contains("the library held 1 photo then"), "{said}");
    fs::write(home.library_path().join("database/Photos.sqlite"), [0x55; 8192]).expect("damaged");
    let said = text(&run(&mut home.command(&["doctor"])));
    assert!(said.contains("ok    the baseline is 20") && !said.contains("not remembered"), "{said}");
}

#[test]
fn doctor_says_that_the_export_folder_must_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let home = Household::new();
    let out = home.root().join("out");
    fs::create_dir(&out).expect("made");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).expect("its own folder");
    both_ways(&home, &format!("folder = '{}'", out.display()));
    let output = without_power(&home, &mut home.command(&["doctor"]));
    assert_eq!(output.status.code(), Some(1));
    let said = masked(&home, &output);
    assert!(said.contains("WRONG the exports cannot go to HOME/out, which must not be written: Permission"), "{said}");
}

#[test]
fn doctor_says_that_a_bundle_is_only_read() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    let output = run(home.command(&["doctor"]).arg("--folder").arg(home.folder()).arg("--library").arg(&bundle));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("note  this library is only read: new photos of the folder are reported"));

    photobridge_testkit::alter::evict(&bundle);
    let output = run(home.command(&["doctor"]).arg("--folder").arg(home.folder()).arg("--library").arg(&bundle));
    assert!(text(&output).contains("holds 1 photo, 1 only in iCloud, only to be read"), "{}", text(&output));
}

#[test]
fn doctor_takes_a_folder_named_from_here() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let output = run(&mut home.command(&["doctor", "--folder", "folder", "--library", "library"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(masked(&home, &output).contains("ok    the folder HOME/folder can be read"), "{}", text(&output));
}

#[test]
fn what_lies_in_the_trash_is_counted_in_words() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
    photobridge_testkit::alter::trash(&home.library_path(), &home.snapshot().assets[0].id);
    let said = text(&run(&mut home.run_command(&["simulate", "--mode", "export", "--full-library"])));
    assert!(said.contains("3 photos in the library, 1 of them in its trash (3 files)."), "{said}");
    assert!(said.contains("1 left where it is:\n        1  in the trash"), "{said}");
    let mut doctor = home.command(&["doctor", "--folder"]);
    let said = text(&run(doctor.arg(home.folder()).arg("--library").arg(home.library_path())));
    assert!(said.contains("holds 3 photos, 1 of them in its trash"), "{said}");
}

#[test]
fn one_photo_is_spoken_of_as_one() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let mut undo = home.command(&["undo", "1", "--folder"]);
    let said = text(&run(undo.arg(home.folder()).arg("--library").arg(home.library_path())));
    assert!(said.starts_with("1 photo that it imported is gathered in the album"), "{said}");
    home.fill_library(&[("IMG_2.JPG", jpeg(2))]);
    let output = run(&mut home.run_command(&["simulate", "--mode", "export"]));
    assert!(
        text(&output).contains("`photobridge decide take-in ASSET` takes it out all the same"),
        "{}",
        text(&output)
    );
}

#[test]
fn there_is_one_clock_for_people() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'");
    assert!(run(&mut home.command(&["sync"])).status.success());
    for command in ["status", "history"] {
        let said = text(&run(home.command(&[command]).env("TZ", "Asia/Tokyo")));
        assert!(said.contains(" JST  sync") && !said.contains("UTC"), "{said}");
    }
}

#[test]
fn the_history_speaks_of_what_stays_and_what_was_undone_in_words() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let both = |command| home.report(&[command, "--mode", "bidirectional", "--full-library"], 0);
    both("sync");
    let mut undo = home.command(&["undo", "1", "--folder"]);
    undo.arg(home.folder()).arg("--library").arg(home.library_path());
    assert!(run(&mut undo).status.success());
    both("sync");
    let history = |number: &str| text(&run(&mut home.command(&["history", number])));
    assert!(history("1").contains("  IMG_1.JPG \u{2192} 2024/05/IMG_1.JPG  exported\n"), "{}", history("1"));
    assert!(history("1").contains("  1 photo: 1 to export, 1 exported, 0 failed\n"), "{}", history("1"));
    assert!(history("3").contains("  IMG_1.JPG  stays: undone by you\n"), "{}", history("3"));
}

#[test]
fn a_library_that_may_not_be_read_is_said_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    let named = |command: &str| {
        let mut command = home.command(&[command, "--library"]);
        command.arg(&bundle).arg("--folder").arg(home.folder());
        command
    };
    let database = bundle.join("database");
    for place in [database.join("Photos.sqlite"), database] {
        let doctor = masked(&home, &without_rights(&home, &place, &mut named("doctor")));
        let output = without_power(&home, &mut named("simulate"));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        let said = masked(&home, &output);
        let place = place.strip_prefix(home.root()).expect("inside").display().to_string();
        let words = format!("HOME/{place} may not be read (Permission denied (os error 13)). Look at its rights");
        assert!(said.contains(&words) && said.contains("Nothing was changed"), "{said}");
        assert!(doctor.contains("WRONG HOME/Copy.photoslibrary cannot be read") && doctor.contains(&words), "{doctor}");
    }
    fs::set_permissions(bundle.join("database"), fs::Permissions::from_mode(0o700)).expect("its own folder");
}

#[test]
fn config_adds_changes_and_removes_folders_and_refuses_what_cannot_work() {
    let home = Household::new();
    let folder = home.folder().display().to_string();
    let config = |arguments: &[&str], exit: i32| {
        let output = run(&mut home.command(&[&["config"], arguments].concat()));
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", text(&output));
        masked(&home, &output)
    };
    let file = home.data().join("settings.toml");
    let says = || fs::read_to_string(&file).expect("settings");
    config(&["folder", &folder, "--album", "Phones"], 0);
    assert!(says().contains("album = \"Phones\""), "{}", says());
    config(&["folder", &folder, "--album", ""], 0);
    assert!(!says().contains("album = \"Phones\""), "{}", says());
    let before = says();
    for (arguments, words) in [
        (&["folder", &folder][..], "it is a source folder already"),
        (&["folder", "nowhere"], "there is no folder HOME/nowhere"),
        (&["folder", "nowhere", "--remove"], "it is none of the source folders"),
        (&["export.folder", "nowhere"], "the exports cannot go to HOME/nowhere"),
        (&["library", "nowhere/library"], "no library can be made at HOME/nowhere/library"),
        (&["icloud_hours", "9999"], "write a number from 0 to 720"),
        (&["album", ""], "an album needs a title"),
        (&["album.title", "x"], "there is no such setting"),
        (&["export.foo", "1"], "there is no such setting. There are album, "),
        (&["export.layuot", "flat"], "did you mean `export.layout`?"),
        (&["export.from", "2020"], "write a day as 2024-01-31"),
        (&["export.baseline", "soon"], "write a moment as 2026-02-28T17:00:00Z"),
        (&["export.hidden", "yes"], "write true or false"),
        (&["export.sidecar", "true"], "write one of none, xmp"),
        (&["mode", "sideways"], "write one of import, bidirectional, export"),
        (&["settle_seconds", "abc"], "write a whole number of seconds"),
        (&["unattended_limit", "few"], "write a whole number"),
        (&["album", "x", "--remove"], "are for `config folder DIR`"),
    ] {
        let said = config(arguments, 2);
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert_eq!(says(), before, "{arguments:?} changes nothing");
    }
    fs::remove_dir_all(home.folder()).expect("removed");
    let said = config(&["album", "Other"], 0);
    assert!(said.contains("Note: there is no folder HOME/folder"), "{said}");
    config(&["folder", &folder, "--remove"], 0);
    assert!(!says().contains("[[folder]]\npath"), "{}", says());
}
