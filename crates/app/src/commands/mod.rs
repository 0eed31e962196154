//! One file for each verb.

mod authorize;
mod baseline;
mod config;
mod decide;
mod demo;
mod doctor;
mod health;
mod history;
mod ledger;
mod library;
mod notify;
mod run;
mod schedule;
mod serve;
mod service;
mod status;
mod token;
mod undo;

use std::path::Path;

use clap::CommandFactory;

use crate::arguments::{Arguments, Command};
use crate::context::{self, Context};
use crate::exit::{Code, Error};
use crate::owner;
use crate::places;
use crate::settings::{Settings, unknown};
use crate::terminal::{remark, say};
use crate::words::clean;

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
    if let Command::Service { action } = &command {
        return service::run(global.data_dir.as_deref(), action);
    }
    let data = context::data_directory(global.data_dir.as_deref())?;
    if !matches!(command, Command::Doctor(_) | Command::Health { .. }) {
        owner::check(&data)?;
        shut(&data);
    }
    if let Command::Config(arguments) = &command {
        return config::run(&data, arguments);
    }
    if let Command::Serve(arguments) = &command {
        return serve::run(&data, arguments, global.verbose);
    }
    if let Command::Health { listen } = &command {
        return health::run(&data, listen.as_deref());
    }
    if let Command::Token { action } = &command {
        return token::run(&data, action);
    }
    let file = places::settings_file(&data);
    let read = Settings::read(&file);
    if let (Command::Doctor(arguments), Err(error)) = (&command, &read) {
        return doctor::run_without_settings(&data, error, arguments.json);
    }
    let mut context = Context { data, settings: read?, quiet: global.quiet, verbose: global.verbose };
    if !context.quiet && !matches!(command, Command::Doctor(_)) {
        unknown::found(&file).iter().for_each(|unknown| remark!("Note: {}", clean(&unknown.warning(&file))));
    }
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
        Command::Doctor(arguments) => {
            context.with_sides(&arguments.sides);
            doctor::run(&context, arguments.json)
        }
        Command::Library { library, json_lines } => library::run(&mut context, library.as_deref(), json_lines),
        Command::Ledger { action } => ledger::run(&mut context, &action),
        Command::Notify { action } => notify::run(&context, &action),
        Command::Authorize
        | Command::Config(_)
        | Command::Serve(_)
        | Command::Health { .. }
        | Command::Token { .. }
        | Command::Service { .. }
        | Command::Demo { .. }
        | Command::Completions { .. }
        | Command::Manual => unreachable!("handled above"),
    }
}

/// Shuts others out of the data directory, where whoever made it let them in.
fn shut(data: &Path) {
    if let Ok(true) = photobridge_core::data::shut(data) {
        let place = clean(&data.display().to_string());
        remark!("photobridge: other users could read {place}. Its permissions are now restricted to its owner.");
    }
}
