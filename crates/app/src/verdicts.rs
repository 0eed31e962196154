//! The kept verdicts of a run, for whoever looks at single ones.

use std::io;
use std::path::Path;

use photobridge_core::kept;
use photobridge_core::ledger::RunId;
use photobridge_core::reason::Reason;
use photobridge_core::report::{Ruling, VerdictLine, Way};

/// Which verdicts to look at.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one way only.
    pub direction: Option<Way>,
    /// Only what says this.
    pub verdict: Option<Ruling>,
    /// Only for this reason.
    pub reason: Option<Reason>,
    /// Only where name or path hold this text, in any case.
    pub text: String,
}

impl Filter {
    fn lets_through(&self, line: &VerdictLine) -> bool {
        let text = self.text.to_lowercase();
        let holds = |name: &Option<String>| name.as_ref().is_some_and(|name| name.to_lowercase().contains(&text));
        self.direction.is_none_or(|way| line.direction == way)
            && self.verdict.is_none_or(|ruling| line.verdict == ruling)
            && self.reason.is_none_or(|reason| line.reason == Some(reason))
            && (text.is_empty() || holds(&line.name) || holds(&line.path))
    }
}

/// What a page shows.
#[derive(Debug, Clone)]
pub struct Page {
    /// How many verdicts there are on all pages.
    pub total: usize,
    /// Those of this page, each with the number by which it is found again.
    pub rows: Vec<(u32, VerdictLine)>,
}

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

/// Of the verdicts that pass the filter, `size` after the first `offset`.
pub fn page(data: &Path, run: RunId, filter: &Filter, offset: usize, size: usize) -> io::Result<Page> {
    let (mut total, mut rows) = (0, Vec::new());
    for (row, line) in lines(data, run)?.enumerate() {
        let line = line?;
        if filter.lets_through(&line) {
            if total >= offset && rows.len() < size {
                rows.push((u32::try_from(row).unwrap_or(u32::MAX), line));
            }
            total += 1;
        }
    }
    Ok(Page { total, rows })
}

/// The verdict with this number, with what leads back to its photo.
pub fn row(data: &Path, run: RunId, row: u32) -> io::Result<Option<VerdictLine>> {
    kept::lines(data, run)?.nth(row as usize).transpose()
}
