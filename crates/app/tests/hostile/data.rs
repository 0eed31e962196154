//! Files of our own that something else wrote, or a later version.

use std::fs::{self, File};

use rustix::fs::{CWD, Mode};

use super::bounds::{bind, run};
use super::support::service::Service;
use super::support::visitor::Visitor;
use super::support::{Household, jpeg, text};

/// A household that was synced, with settings.
fn synced() -> Household {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home
}

fn lengthen(home: &Household, name: &str, length: u64) {
    let file = File::options().create(true).append(true).open(home.data().join(name)).expect("it opens");
    file.set_len(length).expect("a length");
}

#[test]
fn settings_of_a_hundred_megabytes_are_refused_unread() {
    let home = synced();
    lengthen(&home, "settings.toml", 100 << 20);
    for arguments in
        [&["sync"][..], &["config", "--show"], &["config", "album", "Mine"], &["status"], &["schedule", "list"]]
    {
        let output = run(&mut home.command(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains("settings.toml could not be read"), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains("larger than 1 MB"), "{arguments:?}: {}", text(&output));
    }
    assert_eq!(fs::metadata(home.data().join("settings.toml")).expect("there").len(), 100 << 20, "it is as it was");
}

#[test]
fn settings_that_are_a_pipe_are_waited_for_by_nobody() {
    let home = synced();
    let path = home.data().join("settings.toml");
    fs::remove_file(&path).expect("removed");
    rustix::fs::mkfifoat(CWD, &path, Mode::RWXU).expect("a pipe");
    for arguments in [&["status"][..], &["config", "--show"]] {
        let output = run(&mut home.command(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains("it is no plain file"), "{arguments:?}: {}", text(&output));
    }
}

#[test]
fn the_page_says_what_the_command_line_says() {
    let home = synced();
    let service = Service::start(&home);
    bind(service.id());
    let mut visitor = Visitor::of(&service);
    assert_eq!(visitor.get("/").status, 200);
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("it opens");
    ledger.pragma_update(None, "user_version", 99).expect("set");
    let page = visitor.get("/history");
    assert!(page.says("a newer Photobridge (format 99"), "{}", page.text());
    lengthen(&home, "settings.toml", 100 << 20);
    let page = visitor.get("/settings");
    assert!(page.says("larger than 1 MB"), "{}", page.text());
}

#[test]
fn notes_of_a_server_that_are_too_long_are_forgotten() {
    let home = synced();
    for name in ["running.json", "schedules.json"] {
        lengthen(&home, name, 1 << 40);
    }
    let service = Service::start(&home);
    bind(service.id());
    let page = Visitor::of(&service).get("/schedules");
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(!home.data().join("running.json").exists(), "it names no run");
}
