//! `doctor`.

use std::path::Path;

use crate::context::Context;
use crate::doctor::{Diagnosis, Finding, findings, without_settings};
use crate::exit::{Code, Error};
use crate::settings::SettingsError;
use crate::terminal::say;
use crate::words::{clean_json, trouble};

/// Prints what was found.
pub fn run(context: &Context, json: bool) -> Result<Code, Error> {
    print(findings(context), json)
}

/// The same where the settings cannot be read.
pub fn run_without_settings(data: &Path, error: &SettingsError, json: bool) -> Result<Code, Error> {
    print(without_settings(data, error), json)
}

fn print(findings: Vec<Finding>, json: bool) -> Result<Code, Error> {
    if !json {
        return tell(&findings);
    }
    let diagnosis = Diagnosis::of(findings);
    say!("{}", clean_json(&serde_json::to_string(&diagnosis).unwrap_or_default()));
    Ok(if diagnosis.is_well { Code::Done } else { Code::Failed })
}

/// Prints findings, and says how a command that found them ends.
pub fn tell(findings: &[Finding]) -> Result<Code, Error> {
    for finding in findings {
        say!("{}", trouble(finding));
    }
    Ok(if findings.iter().any(Finding::is_wrong) { Code::Failed } else { Code::Done })
}
