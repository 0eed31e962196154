//! What is written down besides the history: what the program says of itself, and how each run went.

mod rolling;
mod run;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Mutex;

use clap::ValueEnum;
use jiff::Timestamp;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, registry};

pub use run::RunLog;

use crate::places;
use crate::words::clean;
use rolling::Rolling;

/// Sends what the program says of itself to standard error.
pub fn to_stderr(verbose: bool) {
    let default = if verbose { "photobridge=debug" } else { "off" };
    tracing_subscriber::fmt()
        .with_env_filter(filter(default))
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .init();
}

/// How much a service says on standard error, where something else than a person at a terminal reads it: the journal of systemd,
/// or that of a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Nothing.
    Off,
    /// What a person should look at: failed photos, a guard, a password that is tried.
    Warn,
    /// That, and a line for the end of each run.
    #[default]
    Info,
    /// What is going on.
    Debug,
}

impl Level {
    fn directives(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warn => "warn",
            Self::Info => "warn,photobridge=info",
            Self::Debug => "warn,photobridge=debug",
        }
    }
}

/// Sends what a service says of itself to its log, `logs/photobridge.log` in the data directory, and to standard error where
/// that is no terminal; unless it goes there already, as in the demo.
pub fn of_service(data: &Path, verbose: bool, level: Level, is_json: bool) -> io::Result<()> {
    let own = if verbose { Level::Debug } else { Level::Info };
    let file = layer()
        .with_ansi(false)
        .log_internal_errors(false)
        .with_writer(Mutex::new(Rolling::open(&places::logs(data))?));
    let journal = (!io::stderr().is_terminal()).then(|| {
        let journal = layer().with_ansi(false).log_internal_errors(false).with_writer(|| Cleaned);
        let filter = filter(level.directives());
        if is_json { journal.json().with_filter(filter).boxed() } else { journal.with_filter(filter).boxed() }
    });
    let _ = registry().with(journal).with(file.with_filter(filter(own.directives()))).try_init();
    Ok(())
}

/// Standard error, on which no name can end a line.
struct Cleaned;

/// Each write is one event, as `tracing-subscriber` makes them.
impl io::Write for Cleaned {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = format!("{}\n", clean(String::from_utf8_lossy(event).trim_end_matches('\n')));
        io::stderr().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// What `PHOTOBRIDGE_LOG` asks for, or the default.
fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_env("PHOTOBRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new(default))
}

/// An instant as logs show it.
fn stamp(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
