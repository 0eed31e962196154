//! What stops a run before it changes anything, and what does not.

use std::fs;

use jiff::Timestamp;
use photobridge_core::lock::Lock;

use crate::support::{Household, jpeg, text, tree};
use crate::{masked, run};

#[test]
fn without_a_folder_it_says_how_to_name_one() {
    let home = Household::new();
    let output = run(&mut home.command(&["sync"]));
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(masked(&home, &output), @"photobridge: no folder is set up. Use `photobridge sync --folder DIR` once, or set it permanently with `photobridge config folder DIR`");
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
    home.make_data();
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
    assert!(text(&first).contains("was not synced with this library before"), "{}", text(&first));
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
    assert!(text(&many).contains("4 photos would be imported, more than the limit of 3"), "{}", text(&many));
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
    assert!(
        guard["error"].as_str().is_some_and(|why| why.contains("was not synced with this library before")),
        "{guard}"
    );
    fs::rename(home.folder(), home.root().join("unplugged")).expect("moved away");
    let missing = home.report(&["simulate"], 4).0;
    assert!(missing["error"].as_str().is_some_and(|why| why.contains("is not there")), "{missing}");
    fs::write(home.data().join("settings.toml"), "album = 1\n").expect("written");
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
    assert!(text(&output).contains("11 of 20 known photos are gone from the library"), "{}", text(&output));
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
fn what_is_ours_is_no_folder_of_photos() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let before = tree(&home.library_path());
    for ours in [home.data(), home.data().join("runs")] {
        let arguments = ["sync", "--mode", "bidirectional", "--full-library", "--folder", &ours.to_string_lossy()];
        let output = run(home.command(&arguments).arg("--library").arg(home.library_path()));
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains("where Photobridge keeps its data. No photo was touched"));
    }
    assert_eq!(tree(&home.library_path()), before);
    assert!(!tree(&home.data()).keys().any(|path| path.ends_with("IMG_1.JPG")));
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
        .command(&["ledger", "rebuild", "--yes"])
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
