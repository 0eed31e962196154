//! Photobridge keeps an Apple Photos library and a folder of photos in step.
//!
//! The binary reads top-down: arguments, settings, one command, one exit code. Everything that decides is in
//! `photobridge-core`; this crate only asks and shows.

mod arguments;
mod commands;
mod demo;
mod exit;
mod places;
mod progress;
mod settings;
#[cfg_attr(not(test), expect(dead_code, reason = "the pages ask for thumbnails"))]
mod thumbnail;
mod words;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use exit::Error;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let default = if arguments.global.verbose { "photobridge=debug" } else { "off" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("PHOTOBRIDGE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match commands::run(arguments) {
        Ok(code) => code.into(),
        Err(error @ Error::NobodyReads) => error.code().into(),
        Err(error) => {
            eprintln!("photobridge: {}", words::clean(&error.to_string()));
            error.code().into()
        }
    }
}
