//! The command line's words and exit codes, and what must stop a run before it changes anything.

mod asking;
mod config;
mod doctor;
mod files;
mod folders;
mod plans;
mod rights;
mod stops;
#[path = "../support/mod.rs"]
mod support;
mod words;
mod years;

use std::fs;
use std::process::{Command, Output};

use support::{Household, text};

fn run(command: &mut Command) -> Output {
    command.output().expect("the program runs")
}

/// Output with what differs from machine to machine masked.
fn masked(home: &Household, output: &Output) -> String {
    let root = home.root().canonicalize().expect("a path").display().to_string();
    text(output).replace(&root, "HOME").replace(&home.root().display().to_string(), "HOME")
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
    home.make_data();
    for path in [home.root().to_owned(), home.data(), home.folder()] {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("the superuser may");
    }
    run(command.uid(NOBODY).gid(NOBODY))
}

/// Settings for both ways, of the household's own folder and library.
fn both_ways(home: &Household, export: &str) {
    home.make_data();
    let (folder, library) = (home.folder().display().to_string(), home.library_path().display().to_string());
    let settings = format!(
        "library = '{library}'\nmode = 'bidirectional'\nsettle_seconds = 0\n[export]\n{export}\n[[folder]]\npath = '{folder}'\n"
    );
    fs::write(home.data().join("settings.toml"), settings).expect("written");
}
