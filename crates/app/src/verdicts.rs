//! The kept verdicts of a run, for whoever looks at single ones.

use std::io;
use std::path::Path;

use photobridge_core::kept;
use photobridge_core::report::{Ruling, VerdictLine};
use photobridge_core::run::RunId;

/// The verdicts as `--json-lines` prints them, in order. A line that a crash cut is left out.
pub fn lines(data: &Path, run: RunId) -> io::Result<impl Iterator<Item = io::Result<VerdictLine>> + Send + use<>> {
    let is_cut = |error: &io::Error| matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof);
    let lines = kept::lines(data, run)?.filter(move |line| !line.as_ref().is_err_and(is_cut));
    Ok(lines.map(|line| line.map(|line| VerdictLine { trace: None, ..line })))
}

/// Whether any are kept.
pub fn are_kept(data: &Path, run: RunId) -> bool {
    kept::path(data, run).exists()
}

/// The first photos that failed, `most` at most.
pub fn failures(data: &Path, run: RunId, most: usize) -> Vec<VerdictLine> {
    let Ok(lines) = lines(data, run) else { return Vec::new() };
    lines.map_while(Result::ok).filter(|line| line.verdict == Ruling::Failed).take(most).collect()
}
