//! Photobridge keeps an Apple Photos library and a folder of photos in step.
//!
//! The program reads top-down: arguments, settings, one command, one exit code. Everything that decides is in
//! `photobridge-core`; this crate only asks and shows. It is a library so that its readers can be fuzzed.

mod afterwards;
mod arguments;
mod away;
mod baseline;
mod browse;
mod change;
mod commands;
mod context;
mod demo;
mod doctor;
mod exit;
mod folders;
mod forbidden;
#[cfg(fuzzing)]
pub mod fuzzed;
mod history;
mod listen;
mod live;
mod log;
mod memory;
mod notify;
mod owner;
mod places;
mod progress;
mod run;
mod runner;
mod schedule;
mod scheduler;
mod servers;
mod service;
mod settings;
mod spreadsheet;
mod status;
mod summary;
mod terminal;
mod thumbnail;
mod tokens;
mod verdicts;
mod watch;
mod web;
mod whole;
mod words;

use std::io::IsTerminal;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Error;

pub use exit::Code;

/// The whole program.
pub fn program() -> Code {
    memory::share();
    let arguments = match is_opened_as_app() {
        true => Arguments::parse_from(["photobridge", "authorize"]),
        false => Arguments::parse(),
    };
    // `serve` has a log of its own, once it knows that it is the only one.
    if !matches!(arguments.command, Command::Serve(_)) {
        log::to_stderr(arguments.global.verbose);
    }
    let is_json = arguments.is_json();
    match commands::run(arguments) {
        Ok(code) => code,
        Err(error @ Error::NobodyReads) => error.code(),
        Err(error) => {
            if is_json {
                let stopped = serde_json::json!({ "run": error.run(), "error": photobridge_core::wording::plain(&error.to_string()) });
                // Standard error says the same, whether or not anybody reads this.
                let _ = terminal::print(&words::clean_json(&stopped.to_string()));
            }
            terminal::remark!("photobridge: {}", words::trouble(&error));
            error.code()
        }
    }
}

/// An app that somebody opens is told nothing, and has no terminal to say what it can be told. It asks for what it needs.
fn is_opened_as_app() -> bool {
    std::env::args_os().len() == 1
        && !std::io::stdin().is_terminal()
        && std::env::current_exe().is_ok_and(|program| places::is_in_app(&program))
}
