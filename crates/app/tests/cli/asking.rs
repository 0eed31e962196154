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
    assert!(text(&output).contains("The old ledger lies in"), "{}", text(&output));
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
        listed.contains("  IMG_1.JPG\n") && listed.contains("Remove 1 photo from the library for good?"),
        "{listed}"
    );
    for name in ["IMG_2.JPG", "IMG_3.JPG"] {
        assert!(
            listed.contains(&format!("  {name} stays: the folder does not hold each of its files now")),
            "{listed}"
        );
    }
    assert_eq!(home.stored(), stored(&[1, 2, 3, 4]), "nobody said yes");

    let removed = text(&undo(&["--remove", "--yes"]));
    assert!(removed.contains("1 photo removed for good."), "{removed}");
    assert_eq!(home.stored(), stored(&[2, 3, 4]));
    assert!(text(&undo(&["--remove", "--yes"])).contains("Nothing of run 1 can be removed"));
    let simulated = home.verdicts(&["simulate"]);
    assert_eq!(simulated["IMG_1.JPG"]["reason"], "undone by you", "it does not come in again by itself");
    // The file returns, and with it the second copy.
    home.put("IMG_2.JPG", &jpeg(2));
    undo(&["--remove", "--yes"]);
    assert_eq!(home.stored(), stored(&[3, 4]));
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
    assert!(said.contains("IMG_2.JPG: nothing was decided, it lies in none of the folders of photos"), "{said}");
    assert!(said.contains("folder/IMG_1.JPG: left out"), "{said}");
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
