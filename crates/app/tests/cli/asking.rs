//! What is asked about before it is done, and what is refused with a word of what to do.

use std::fs;
use std::process::Stdio;

use photobridge_core::fingerprint::Fingerprint;

use crate::support::{Household, jpeg, text, tree};
use crate::{both_ways, masked, run};

#[test]
fn a_new_ledger_is_made_only_by_somebody_who_says_so() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let ledger = fs::read(home.data().join("ledger.sqlite")).expect("a ledger");
    let mut command = home.command(&["ledger", "rebuild", "--folder", "folder", "--library", "library"]);
    let output = run(command.stdin(Stdio::null()));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(
        text(&output).contains("forgets which photos were deleted") && text(&output).contains("--yes"),
        "{}",
        text(&output)
    );
    assert_eq!(fs::read(home.data().join("ledger.sqlite")).expect("a ledger"), ledger);
    let output = run(home
        .command(&["ledger", "rebuild", "--yes", "--folder", "folder", "--library", "library"])
        .stdin(Stdio::null()));
    assert!(text(&output).contains("The old ledger is in"), "{}", text(&output));
}

#[test]
fn what_an_undo_gathered_goes_for_good_only_after_a_list_and_never_as_the_last_copy() {
    let home = Household::new();
    for number in 1..4 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    home.report(&["sync"], 0);
    // Not of that run: it stays, whatever is removed.
    home.put("IMG_4.JPG", &jpeg(4));
    home.report(&["sync"], 0);
    let stored = |numbers: &[u64]| {
        let mut stored: Vec<_> = numbers.iter().map(|number| Fingerprint::of(&jpeg(*number))).collect();
        stored.sort();
        stored
    };
    let undo = |arguments: &[&str]| {
        let mut command =
            home.command(&[&["undo", "1", "--folder"][..], &["folder", "--library", "library"], arguments].concat());
        run(command.stdin(Stdio::null()))
    };
    assert!(text(&undo(&[])).contains("`photobridge undo 1 --remove` lists them"));
    assert_eq!(home.stored(), stored(&[1, 2, 3, 4]));
    fs::remove_file(home.folder().join("IMG_2.JPG")).expect("deleted");
    home.put("IMG_3.JPG", b"somebody edited it");

    let asked = undo(&["--remove"]);
    assert_eq!(asked.status.code(), Some(2), "{}", text(&asked));
    let listed = text(&asked);
    assert!(
        listed.contains("  IMG_1.JPG\n") && listed.contains("Permanently remove 1 photo from the library?"),
        "{listed}"
    );
    for name in ["IMG_2.JPG", "IMG_3.JPG"] {
        assert!(
            listed.contains(&format!("  {name} stays: the folder does not have all of its files where they")),
            "{listed}"
        );
    }
    assert_eq!(home.stored(), stored(&[1, 2, 3, 4]), "nobody said yes");

    let removed = text(&undo(&["--remove", "--yes"]));
    assert!(removed.contains("1 photo removed."), "{removed}");
    assert_eq!(home.stored(), stored(&[2, 3, 4]));
    assert!(text(&undo(&["--remove", "--yes"])).contains("Nothing that run 1 imported can be removed"));
    let simulated = home.verdicts(&["simulate"]);
    assert_eq!(simulated["IMG_1.JPG"]["reason"], "undone by you", "it does not come in again by itself");
    // The file returns, and with it the second copy.
    home.put("IMG_2.JPG", &jpeg(2));
    undo(&["--remove", "--yes"]);
    assert_eq!(home.stored(), stored(&[3, 4]));
}

#[test]
fn of_a_photo_that_was_only_moved_a_removal_says_to_sync_first() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let undo = |arguments: &[&str]| {
        let mut command =
            home.command(&[&["undo", "1", "--folder"][..], &["folder", "--library", "library"], arguments].concat());
        text(&run(command.stdin(Stdio::null())))
    };
    undo(&[]);
    fs::create_dir(home.folder().join("Album")).expect("made");
    fs::rename(home.folder().join("IMG_1.JPG"), home.folder().join("Album/IMG_1.JPG")).expect("moved");
    let said = undo(&["--remove", "--yes"]);
    assert!(
        said.contains(
            "IMG_1.JPG stays: the folder does not have all of its files where they were. If they were moved, sync first"
        ),
        "{said}"
    );
    assert_eq!(home.stored().len(), 1);
    home.report(&["sync"], 0);
    let said = undo(&["--remove", "--yes"]);
    assert!(said.contains("1 photo removed."), "{said}");
    assert_eq!((home.stored().len(), home.folder().join("Album/IMG_1.JPG").exists()), (0, true));
}

#[test]
fn an_empty_file_is_never_taken_in() {
    let home = Household::new();
    home.put("empty.jpg", b"");
    home.put("cut.jpg", &jpeg(1)[..400]);
    let sync = || run(&mut home.run_command(&["sync"]));
    assert!(sync().status.success());
    let decide = |arguments: &[&str]| run(home.command(arguments).arg("--folder").arg(home.folder()));
    let named = decide(&["decide", "take-in", "folder/empty.jpg"]);
    assert_eq!(named.status.code(), Some(1));
    assert!(text(&named).contains("folder/empty.jpg: nothing was changed, it is empty"), "{}", text(&named));
    let unknown = decide(&["decide", "take-in", "--reason", "bogus"]);
    assert_eq!(unknown.status.code(), Some(2), "{}", text(&unknown));
    assert!(text(&unknown).contains("`photobridge history RUN` shows the reasons"), "{}", text(&unknown));
    let group = decide(&["decide", "take-in", "--reason", "truncated"]);
    assert!(group.status.success() && text(&group).starts_with("1 photo of run 1"), "{}", text(&group));
    assert!(sync().status.success());
    assert_eq!(home.names(), ["cut.jpg"]);

    // One that was taken in before it was emptied.
    let late = home.put("late.jpg", b"");
    fs::write(&late, jpeg(2)).expect("written");
    assert!(decide(&["decide", "leave-out", "folder/empty.jpg"]).status.success());
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("opens");
    ledger.execute("update decision set choice = 'take in'", []).expect("decided by an older version");
    fs::write(&late, b"").expect("emptied");
    let last = home.report(&["sync"], 0);
    assert_eq!((last.count("applied"), last.count("failed"), last.skipped("truncated")), (0, 0, 2), "{}", last.0);
}

#[test]
fn a_directory_is_meant_however_its_path_is_written() {
    let home = Household::new();
    both_ways(&home, "");
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("sub/IMG_2.JPG", &jpeg(2));
    home.put("other/IMG_3.JPG", &jpeg(3));
    assert!(run(&mut home.command(&["simulate"])).status.success());
    let whole = home.folder();
    let below = |end: &str| format!("{}{end}", whole.display());
    let said = |under: &str| {
        let output = run(&mut home.command(&["decide", "leave-out", "--under", under]));
        let said = text(&output);
        assert!(run(&mut home.command(&["decide", "withdraw", "--run", "1"])).status.success());
        said
    };
    for (under, count) in [
        (".", "3 photos"),
        ("./", "3 photos"),
        ("./sub", "1 photo "),
        ("sub/", "1 photo "),
        ("other/../sub/.", "1 photo "),
        (&below(""), "3 photos"),
        (&below("/sub"), "1 photo "),
        (&below("/other/../sub/"), "1 photo "),
    ] {
        assert!(said(under).starts_with(count), "{under}: {}", said(under));
    }
    for (under, why) in [
        ("IMG_1", "has no such photo"),
        ("../sub", "has no such photo"),
        (&below(" of another"), "is not in any of the folders"),
    ] {
        assert!(said(under).contains(why), "{under}: {}", said(under));
    }
}

#[test]
fn the_whole_disk_is_no_folder_of_photos_unless_somebody_means_it() {
    let home = Household::new();
    for arguments in [&["config", "folder", "/"][..], &["simulate", "--folder", "/"], &["sync", "--folder", "/.."]] {
        let output = run(home.command(arguments).stdin(Stdio::null()));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains("/ is the whole disk") && text(&output).contains("--yes"), "{}", text(&output));
    }
    assert!(!home.data().join("settings.toml").exists());
    let output = run(home.command(&["config", "folder", "/", "--yes"]).stdin(Stdio::null()));
    assert!(output.status.success(), "{}", text(&output));
    assert!(fs::read_to_string(home.data().join("settings.toml")).expect("settings").contains("path = \"/\""));
}

#[test]
fn nothing_is_decided_of_what_lies_in_none_of_the_folders() {
    let home = Household::new();
    both_ways(&home, "");
    home.put("IMG_1.JPG", &jpeg(1));
    fs::write(home.root().join("IMG_2.JPG"), jpeg(2)).expect("written");
    let output = run(&mut home.command(&["decide", "leave-out", "IMG_2.JPG", "folder/IMG_1.JPG"]));
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output);
    assert!(said.contains("IMG_2.JPG: not in any of the folders of photos"), "{said}");
    assert!(said.contains("folder/IMG_1.JPG: excluded from every sync"), "{said}");
    let listed = text(&run(&mut home.command(&["decide", "--list"])));
    assert_eq!(listed.lines().count(), 1, "{listed}");
    // One that was named for a run is known.
    fs::create_dir(home.root().join("named")).expect("a folder");
    fs::write(home.root().join("named/IMG_3.JPG"), jpeg(3)).expect("written");
    run(&mut home.command(&["simulate", "--folder", "named"]));
    assert!(run(&mut home.command(&["decide", "leave-out", "named/IMG_3.JPG"])).status.success());
}

#[test]
fn a_library_is_named_by_a_path_from_here_as_everything_else() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    for path in ["library", "./library/"] {
        let output = run(&mut home.command(&["library", path]));
        assert!(output.status.success() && text(&output).contains("Assets            1"), "{path}: {}", text(&output));
    }
}

#[test]
fn of_several_folders_each_list_says_which() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    fs::create_dir(home.root().join("more")).expect("a folder");
    fs::write(home.root().join("more/IMG_1.JPG"), jpeg(2)).expect("written");
    fs::write(home.root().join("more/clip.mkv"), "not for Photos").expect("written");
    let mut command = home.run_command(&["sync", "--folder", "more"]);
    let said = masked(&home, &run(&mut command));
    for path in ["HOME/folder/IMG_1.JPG", "HOME/more/IMG_1.JPG", "HOME/more/clip.mkv"] {
        assert!(said.contains(path), "{path} is not in {said}");
    }
    let kept = masked(&home, &run(&mut home.command(&["history", "1"])));
    assert!(
        kept.contains("HOME/more/IMG_1.JPG  imported") && kept.contains("HOME/folder/IMG_1.JPG  imported"),
        "{kept}"
    );
    let lines = text(&run(&mut home.command(&["history", "1", "--json-lines"])));
    assert_eq!(lines.matches("\"folder\":").count(), 3, "{lines}");
    // Of one folder nobody asks which.
    let lines = text(&run(&mut home.run_command(&["simulate", "--json-lines"])));
    assert!(!lines.contains("\"folder\":"), "{lines}");
}

#[test]
fn an_error_has_neither_numbers_of_the_system_nor_counts_of_bytes() {
    let home = Household::new();
    fs::write(home.root().join("file.txt"), "no folder").expect("written");
    let output = run(&mut home.command(&["sync", "--folder", "file.txt"]));
    let said = text(&output);
    assert!(!output.status.success() && !said.contains("os error") && said.contains("file.txt"), "{said}");
    let output = run(&mut home.command(&["sync", "--folder", "file.txt", "--json"]));
    assert!(!text(&output).contains("os error"), "{}", text(&output));
    assert_eq!(tree(home.root()).keys().filter(|path| path.starts_with("library")).count(), 0);
}
