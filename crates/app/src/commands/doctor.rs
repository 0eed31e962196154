//! `doctor`.

use std::path::Path;

use crate::context::Context;
use crate::doctor::{Finding, findings, without_settings};
use crate::exit::{Code, Error};
use crate::settings::SettingsError;
use crate::terminal::say;
use crate::words::trouble;

/// Prints what was found.
pub fn run(context: &Context) -> Result<Code, Error> {
    tell(&findings(context))
}

/// The same where the settings cannot be read.
pub fn run_without_settings(data: &Path, error: &SettingsError) -> Result<Code, Error> {
    tell(&without_settings(data, error))
}

/// Prints findings, and says how a command that found them ends.
pub fn tell(findings: &[Finding]) -> Result<Code, Error> {
    for finding in findings {
        say!("{}", trouble(finding));
    }
    Ok(if findings.iter().any(Finding::is_wrong) { Code::Failed } else { Code::Done })
}
