//! What people read: runs, status, history, help.

use std::fs;

use serde_json::Value;

use crate::support::{Household, jpeg, text};
use crate::{both_ways, masked, run};

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
    Into   HOME/library  (created by the first import), album “Photobridge Imports”

    Run 1: simulated. Nothing was changed.
    5 items in the folder (5 files).

    2 would be imported, 2.59 kB:
               phone/IMG_1.JPG  2024-05-14T12:01:00.379+01:00 (EXIF)
               phone/IMG_2.JPG  2024-05-14T12:02:00.758+01:00 (EXIF)

    3 not imported:
            1  The folder has it twice; the other copy is imported (same bytes as)
               sent/IMG_1.JPG  = phone/IMG_1.JPG
            1  The file in the folder is incomplete; nothing is copied until it is complete (truncated) *
               half.JPG  the file ends before its picture begins
            1  Photos doesn't support this file type (not supported by Photos)
               film.mkv
      * `photobridge decide take-in FILE` includes it anyway.

    To do exactly this, run the same command with `sync --plan 1`.
    ");
    insta::assert_snapshot!(says("sync"), @r"
    From   HOME/folder
    Into   HOME/library, album “Photobridge Imports”

    Run 2: synced.
    5 items in the folder (5 files).

    2 imported, 2.59 kB:
               phone/IMG_1.JPG
               phone/IMG_2.JPG

    3 not imported:
            1  The folder has it twice; the other copy is imported (same bytes as)
               sent/IMG_1.JPG  = phone/IMG_1.JPG
            1  The file in the folder is incomplete; nothing is copied until it is complete (truncated) *
               half.JPG  the file ends before its picture begins
            1  Photos doesn't support this file type (not supported by Photos)
               film.mkv
      * `photobridge decide take-in FILE` includes it anyway.
    ");
    insta::assert_snapshot!(says("simulate"), @r"
    From   HOME/folder
    Into   HOME/library, album “Photobridge Imports”

    Run 3: simulated. Nothing was changed.
    5 items in the folder (5 files).

    Nothing to import.

    5 not imported:
            3  Already in the library (same bytes)
            1  The file in the folder is incomplete; nothing is copied until it is complete (truncated) *
               half.JPG  the file ends before its picture begins
            1  Photos doesn't support this file type (not supported by Photos)
               film.mkv
      * `photobridge decide take-in FILE` includes it anyway.
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
fn the_history_has_every_run_for_programs_and_the_latest_hundred_for_people() {
    let home = Household::new();
    let objects = |arguments: &[&str]| -> (Vec<Value>, String) {
        let output = run(&mut home.command(&[&["history", "--json-lines"], arguments].concat()));
        assert!(output.status.success(), "{}", text(&output));
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let lines = String::from_utf8(output.stdout).expect("UTF-8");
        (lines.lines().map(parse).collect(), String::from_utf8(output.stderr).expect("UTF-8"))
    };
    assert_eq!(objects(&[]), (vec![], "There are no runs yet.\n".to_owned()));

    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let mut undo = home.command(&["undo", "1", "--folder"]);
    undo.arg(home.folder()).arg("--library").arg(home.library_path());
    assert!(run(&mut undo).status.success());
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("opens");
    let add = |state: &str, report: &str| {
        let sql = "insert into run (command, mode, started, ended, state, report)
                   values ('sync', 'export', '2026-11-02T08:00:00Z', '2026-11-02T08:00:02Z', ?1, ?2)";
        ledger.execute(sql, [state, report]).expect("a run");
    };
    add("failed", "the disk is gone");
    let (runs, _) = objects(&[]);
    let words = |run: &Value| ["command", "mode", "state", "words"].map(|key| run[key].as_str().map(str::to_owned));
    let some = |words: [&str; 4]| words.map(|word| Some(word.to_owned()));
    assert_eq!(runs.iter().map(|run| run["run"].as_i64()).collect::<Vec<_>>(), [Some(3), Some(2), Some(1)]);
    assert_eq!(words(&runs[0]), some(["sync", "export", "failed", "the disk is gone"]));
    assert_eq!((&runs[0]["duration_ms"], &runs[0]["started"]), (&2000.into(), &"2026-11-02T08:00:00Z".into()));
    assert_eq!((runs[1]["command"].as_str(), runs[1]["state"].as_str()), (Some("undo"), Some("done")));
    for run in &runs[..2] {
        for way in ["import", "export"] {
            assert_eq!(run.get(way), Some(&Value::Null), "{run}");
        }
    }
    let synced = &runs[2];
    assert_eq!((synced["state"].as_str(), &synced["import"]["applied"]), (Some("done"), &1.into()), "{synced}");
    assert_eq!((&synced["items"], &synced["started_by"]), (&1.into(), &"command line".into()), "{synced}");

    assert_eq!(objects(&["3"]), (vec![], "There are no details about single photos for this run.\n".to_owned()));

    for _ in 0..98 {
        add("failed", "the disk is gone");
    }
    assert_eq!(objects(&[]).0.len(), 101);
    let listed = text(&run(&mut home.command(&["history"])));
    assert_eq!(
        listed.lines().filter(|line| line.contains(" sync ") || line.contains(" undo ")).count(),
        100,
        "{listed}"
    );
    assert!(
        listed
            .ends_with("These are the latest 100 of 101 runs. `photobridge history --json-lines` lists all of them.\n")
    );
    let unknown = text(&run(&mut home.command(&["history", "777"])));
    assert!(unknown.contains("there is no run 777. `photobridge history` lists the latest runs"), "{unknown}");
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
    assert!(text(&output).contains("only needed on a Mac"), "{}", text(&output));
}

#[test]
fn status_says_which_ways_photos_go() {
    let home = Household::new();
    let says = || masked(&home, &run(home.command(&["status"]).env("TZ", "UTC")));
    insta::assert_snapshot!(says(), @r"
    Library    HOME/data/library (Photobridge's own)
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
    Range      photos added from now on
    Baseline   none yet: the first export sets it
    Data       HOME/data
    Last run   none yet
    ");
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'\nlayout = 'flat'\nfolder = '/srv/out'");
    insta::assert_snapshot!(says(), @r"
    Library    HOME/library
    Folder     HOME/folder → album “Photobridge Imports”
    Mode       bidirectional
    Exports    into /srv/out, all in one folder
    Range      photos added since 2026-02-28 17:00:00 UTC
    Baseline   2026-02-28 17:00:00 UTC
    Data       HOME/data
    Away       The folder /srv/out is not there. Connect its disk, or name another folder in the settings.
    Last run   none yet
    ");
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'\nrange = 'full-library'");
    let said = says();
    assert!(said.contains("Range      every photo\nBaseline   2026-02-28 17:00:00 UTC"), "{said}");
    let mut elsewhere = home.command(&["status"]);
    let said = text(&run(elsewhere.env("TZ", "Asia/Tokyo")));
    assert!(said.contains("Baseline   2026-03-01 02:00:00 JST"), "{said}");
}

#[test]
fn what_lies_in_the_trash_is_counted_in_words() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
    photobridge_testkit::alter::trash(&home.library_path(), &home.snapshot().assets[0].id);
    let said = text(&run(&mut home.run_command(&["simulate", "--mode", "export", "--full-library"])));
    assert!(said.contains("3 photos in the library, 1 of them in its trash (3 files)."), "{said}");
    assert!(said.contains("1 not exported:\n        1  It is in Recently Deleted"), "{said}");
    let mut doctor = home.command(&["doctor", "--folder"]);
    let said = text(&run(doctor.arg(home.folder()).arg("--library").arg(home.library_path())));
    assert!(said.contains("has 3 photos, 1 of them in its trash"), "{said}");
}

#[test]
fn one_photo_is_spoken_of_as_one() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let mut undo = home.command(&["undo", "1", "--folder"]);
    let said = text(&run(undo.arg(home.folder()).arg("--library").arg(home.library_path())));
    assert!(said.starts_with("1 photo that it imported is now in the album"), "{said}");
    home.fill_library(&[("IMG_2.JPG", jpeg(2))]);
    let output = run(&mut home.run_command(&["simulate", "--mode", "export"]));
    assert!(text(&output).contains("`photobridge decide take-in ASSET` includes it anyway"), "{}", text(&output));
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
    assert!(history("3").contains("  IMG_1.JPG (2024/05/IMG_1.JPG)  skipped: undone by you\n"), "{}", history("3"));
}
