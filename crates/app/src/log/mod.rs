//! What is written down besides the history: what the program says of itself, and how each run went.

mod rolling;
mod run;

use std::io;
use std::path::Path;
use std::sync::Mutex;

use jiff::Timestamp;
use tracing_subscriber::EnvFilter;

pub use run::RunLog;

use crate::places;
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

/// Sends what the program says of itself to the service's log, `logs/photobridge.log` in the data directory; unless it
/// goes to standard error already, as in the demo.
pub fn to_file(data: &Path, verbose: bool) -> io::Result<()> {
    let log = Mutex::new(Rolling::open(&places::logs(data))?);
    let default = if verbose { "warn,photobridge=debug" } else { "warn,photobridge=info" };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter(default))
        .with_writer(log)
        .with_ansi(false)
        .log_internal_errors(false)
        .try_init();
    Ok(())
}

/// What `PHOTOBRIDGE_LOG` asks for, or the default.
fn filter(default: &str) -> EnvFilter {
    EnvFilter::try_from_env("PHOTOBRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new(default))
}

/// An instant as logs show it.
fn stamp(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
