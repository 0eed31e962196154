//! Whose files are: what we make is its owner's alone, root spoils nothing for others, and one directory is no library.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;

use crate::support::{Household, jpeg, text, tree};
use crate::{run, without_power};

const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Everything below a directory, and itself, that others may do anything with.
fn open_to_others(directory: &Path) -> Vec<String> {
    let mut open = Vec::new();
    let mut paths = vec![directory.to_owned()];
    while let Some(path) = paths.pop() {
        let found = fs::symlink_metadata(&path).expect("there");
        if found.permissions().mode() & 0o077 != 0 && !found.is_symlink() {
            open.push(format!("{} {:o}", path.display(), found.permissions().mode()));
        }
        if found.is_dir() {
            paths.extend(fs::read_dir(&path).expect("listed").map(|entry| entry.expect("listed").path()));
        }
    }
    open
}

#[test]
fn all_that_we_make_is_our_owners_alone() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    fs::set_permissions(home.data(), Permissions::from_mode(0o755)).expect("its own");
    fs::set_permissions(home.data().join("settings.toml"), Permissions::from_mode(0o644)).expect("its own");
    crate::support::service::set_password(&home, "correct horse");
    let output = run(&mut home.command(&["sync", "--library", ""]));
    assert!(output.status.success(), "{}", text(&output));
    assert!(run(&mut home.command(&["token", "add", "backup"])).status.success());
    assert!(run(&mut home.command(&["undo", "1", "--library", ""])).status.success());
    assert_eq!(open_to_others(&home.data()), Vec::<String>::new());
}

#[test]
fn a_data_directory_that_others_could_open_is_shut_with_a_word() {
    let home = Household::new();
    home.set_up("import");
    fs::set_permissions(home.data(), Permissions::from_mode(0o755)).expect("its own");
    let said = text(&run(&mut home.command(&["status"])));
    assert!(said.contains("other users could read"), "{said}");
    assert_eq!(open_to_others(&home.data()), Vec::<String>::new());
    let said = text(&run(&mut home.command(&["status"])));
    assert!(!said.contains("other accounts"), "said once: {said}");
}

#[test]
fn root_does_nothing_in_the_directory_of_another_account() {
    if !is_root() {
        return;
    }
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    let sync = ["sync", "--library", &home.library_path().display().to_string()];
    assert!(without_power(&home, &mut home.command(&sync)).status.success());
    home.put("IMG_2.JPG", &jpeg(2));
    let before = tree(home.root());
    for command in
        [&sync[..], &["simulate"], &["status"], &["serve", "--listen", "127.0.0.1:0"], &["config", "album", "x"]]
    {
        let output = run(&mut home.command(command));
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{command:?}: {said}");
        assert!(said.contains("belongs to") && said.contains("and this is root"), "{command:?}: {said}");
    }
    let output = run(&mut home.command(&["doctor"]));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("WRONG") && text(&output).contains("this is root"), "{}", text(&output));
    assert!(tree(home.root()) == before, "nothing was made or changed, beside the ledger neither");
    assert!(without_power(&home, &mut home.command(&sync)).status.success(), "and its owner goes on");
}

#[test]
fn what_root_left_in_it_is_named_with_its_cure() {
    if !is_root() {
        return;
    }
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    assert!(without_power(&home, &mut home.command(&["sync"])).status.success());
    for name in ["lock", "ledger.sqlite", "runs", "settings.toml"] {
        let path = home.data().join(name);
        // As we make them.
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("root may");
        chown(&path, Some(0), Some(0)).expect("root may");
        let said = text(&without_power(&home, &mut home.command(&["doctor"])));
        let line =
            said.lines().find(|line| line.contains("belongs to root")).unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(
            line.starts_with("WRONG") && line.contains(&path.display().to_string()) && line.contains("chown -R"),
            "{line}"
        );
        assert!(!said.contains("there is no ledger"), "{name}: {said}");
        let output = without_power(&home, &mut home.command(&["sync"]));
        let said = text(&output);
        assert_ne!(output.status.code(), Some(0), "{name}: {said}");
        assert!(said.contains(&path.display().to_string()), "the file is named: {said}");
        chown(&path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
    chown(home.data(), Some(0), Some(0)).expect("root may");
    let said = text(&run(home.command(&["doctor"]).uid(NOBODY).gid(NOBODY)));
    assert!(said.contains("/data belongs to root") && !said.contains("there is no ledger"), "{said}");
}

#[test]
fn a_directory_of_the_library_that_must_not_be_written_is_the_failure_of_its_photos() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_0.JPG", &jpeg(0));
    assert!(without_power(&home, &mut home.command(&["sync"])).status.success());
    for number in 1..=60 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    let originals = home.library_path().join("originals");
    for shard in "0123456789ABCDEF".chars() {
        let shard = originals.join(shard.to_string());
        fs::create_dir_all(&shard).expect("made");
        let is_open = shard.ends_with("0") || shard.ends_with("7") || shard.ends_with("C");
        let (owner, mode) = if is_open { (NOBODY, 0o755) } else { (NOBODY, 0o555) };
        if is_root() {
            chown(&shard, Some(owner), Some(owner)).expect("root may");
        }
        fs::set_permissions(&shard, Permissions::from_mode(mode)).expect("its own");
    }
    let output = without_power(&home, home.command(&["sync", "--json"]).process_group(0));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let number = |what: &str| report["import"][what].as_u64().expect("a number");
    assert!(number("applied") > 0 && number("failed") > 0, "{report}");
    assert_eq!(number("applied") + number("failed"), 60, "the run goes on to its end: {report}");
    let log = fs::read_to_string(home.data().join("runs/2.log")).expect("the log of the run");
    assert!(log.contains("cannot be written to") && log.contains(&originals.display().to_string()), "{log}");
    for shard in fs::read_dir(&originals).expect("listed") {
        fs::set_permissions(shard.expect("listed").path(), Permissions::from_mode(0o755)).expect("its own");
    }
    let output = without_power(&home, &mut home.command(&["sync", "--json"]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["import"]["failed"], 0, "{report}");
}
