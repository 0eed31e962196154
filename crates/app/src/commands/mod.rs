//! One file for each verb.

mod authorize;
pub mod baseline;
pub mod config;
mod confirm;
pub mod decide;
pub mod doctor;
mod history;
mod ledger;
pub mod library;
pub mod run;
mod schedule;
pub mod serve;
mod service;
mod status;
mod undo;

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use photobridge_core::library::Library;

use crate::arguments::{Arguments, Command, SideArguments};
use crate::demo;
use crate::exit::{Code, Error};
use crate::places;
use crate::run::open_library;
use crate::settings::{FolderSettings, Settings, home};
use crate::words::say;

/// What every command knows.
pub struct Context {
    /// The data directory.
    pub data: PathBuf,
    /// The settings.
    pub settings: Settings,
    /// Say only what went wrong.
    pub quiet: bool,
    /// Say more.
    pub verbose: bool,
}

impl Context {
    /// Puts folders and library of the command line in the place of those in the settings.
    pub fn with_sides(&mut self, sides: &SideArguments) {
        if !sides.folder.is_empty() {
            let folders = sides.folder.iter().map(|path| from_here(path));
            self.settings.folder = folders.map(FolderSettings::whole).collect();
        }
        if let Some(library) = &sides.library {
            self.settings.library = match library.as_str() {
                "" | "photos" => library.clone(),
                path => from_here(&home(path)).to_string_lossy().into_owned(),
            };
        }
    }

    /// Opens the library that the settings name.
    pub fn library(&self) -> Result<Box<dyn Library>, Error> {
        open_library(&self.data, &self.settings)
    }
}

/// The whole path of what was named on the command line.
fn from_here(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Runs the command that was asked for.
pub fn run(arguments: Arguments) -> Result<Code, Error> {
    let Arguments { global, command } = arguments;
    match &command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "photobridge", &mut script);
            say!("{}", String::from_utf8_lossy(&script));
            return Ok(Code::Done);
        }
        Command::Manual => {
            let page = clap_mangen::Man::new(Arguments::command());
            let mut text = Vec::new();
            page.render(&mut text).map_err(|error| Error::Io("the manual".into(), error))?;
            say!("{}", String::from_utf8_lossy(&text));
            return Ok(Code::Done);
        }
        Command::Authorize => return authorize::run(),
        Command::Demo { directory, first_run } => return demo::run(directory.as_deref(), *first_run, global.quiet),
        _ => {}
    }
    let data = places::data_directory(global.data_dir.as_deref())?;
    if let Command::Config(arguments) = &command {
        return config::run(&data, arguments);
    }
    if let Command::Serve(arguments) = &command {
        return serve::run(&data, arguments, global.verbose);
    }
    if let Command::Service { action } = &command {
        return service::run(&data, action);
    }
    let read = Settings::read(&places::settings_file(&data));
    if let (Command::Doctor(_), Err(error)) = (&command, &read) {
        return doctor::without_settings(&data, error);
    }
    let mut context = Context { data, settings: read?, quiet: global.quiet, verbose: global.verbose };
    match command {
        Command::Simulate(arguments) => run::simulate(&mut context, &arguments),
        Command::Sync(arguments) => run::sync(&mut context, &arguments),
        Command::Baseline { action } => baseline::run(&mut context, &action),
        Command::Undo { run, remove: false, sides, .. } => undo::run(&mut context, run, &sides),
        Command::Undo { run, yes, sides, .. } => undo::and_remove(&mut context, run, yes, &sides),
        Command::Status(sides) => {
            context.with_sides(&sides);
            status::run(&context)
        }
        Command::History { run, json_lines } => history::run(&context, run, json_lines),
        Command::Schedule { action } => schedule::run(&context, &action),
        Command::Decide(arguments) => decide::run(&mut context, &arguments),
        Command::Doctor(sides) => {
            context.with_sides(&sides);
            doctor::run(&context)
        }
        Command::Library { library, json_lines } => library::run(&mut context, library.as_deref(), json_lines),
        Command::Ledger { action } => ledger::run(&mut context, &action),
        Command::Authorize
        | Command::Config(_)
        | Command::Serve(_)
        | Command::Service { .. }
        | Command::Demo { .. }
        | Command::Completions { .. }
        | Command::Manual => unreachable!("handled above"),
    }
}
