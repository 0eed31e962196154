//! The command of the settings that is called after a sync which exported something.

use std::process::{Command, Stdio};

use photobridge_core::report::Report;
use photobridge_core::sync::Request;

use crate::words::{clean, count};

/// Calls it, waits for it, and says how it ended: `None` where it was not called or ended well.
pub fn call(command: &str, request: &Request, report: &Report) -> Option<String> {
    let exported = report.export.as_ref().map_or(0, |direction| direction.applied);
    if command.trim().is_empty() || exported == 0 {
        return None;
    }
    let folder = request.export_folder.as_deref().or(request.sources.first().map(|source| source.path.as_path()));
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).stdin(Stdio::null()).env("PHOTOBRIDGE_RUN", report.run.to_string());
    shell.env("PHOTOBRIDGE_EXPORTED", exported.to_string());
    if let Some(folder) = folder {
        shell.env("PHOTOBRIDGE_EXPORT_FOLDER", folder);
    }
    tracing::info!("{} went out: calling {}", count(exported, "photo"), clean(command));
    match shell.output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim().lines().next_back().unwrap_or_default();
            let said = if said.is_empty() { String::new() } else { format!(": {said}") };
            Some(format!("`export.command` ended with {}{said}. The photos were exported nevertheless", output.status))
        }
        Err(error) => {
            Some(format!("`export.command` could not be run: {error}. The photos were exported nevertheless"))
        }
    }
}
