//! Photobridge keeps an Apple Photos library and a folder of photos in step.
//!
//! The binary reads top-down: arguments, settings, one command, one exit code. Everything that decides is in
//! `photobridge-core`; this crate only asks and shows.

mod arguments;
mod browse;
mod commands;
mod demo;
mod exit;
mod history;
mod live;
mod log;
mod places;
mod progress;
mod run;
mod runner;
mod schedule;
mod service;
mod settings;
mod spreadsheet;
mod status;
mod thumbnail;
mod verdicts;
mod web;
mod whole;
mod words;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use exit::Error;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    log::to_stderr(arguments.global.verbose);
    match commands::run(arguments) {
        Ok(code) => code.into(),
        Err(error @ Error::NobodyReads) => error.code().into(),
        Err(error) => {
            eprintln!("photobridge: {}", words::clean(&error.to_string()));
            error.code().into()
        }
    }
}
