//! Runs as people and programs look at them: the pages, the API, the downloads and the command line show this one value.

use std::path::Path;

use jiff::Timestamp;
use photobridge_core::ledger::{Ledger, LedgerError, Reached, RunFilter, RunPage, RunRecord, RunState};
use photobridge_core::reason::Way;
use photobridge_core::report::Report;
use photobridge_core::run::{RunId, StartedBy};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::words;

/// Runs that are read from the ledger at a time where all of them are asked for.
const AT_ONCE: u32 = 500;

/// A run, whatever it came to.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Its number.
    pub run: RunId,
    /// `simulate`, `sync`, `undo` or `ledger rebuild`.
    pub command: String,
    /// Which ways photos went.
    pub mode: String,
    /// Who started it, where that was written down.
    pub started_by: Option<StartedBy>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// How it stands.
    #[serde(serialize_with = "word")]
    pub state: RunState,
    /// Why it did not come to its end, or what it did, where no report says that.
    pub words: Option<String>,
    /// What it came to, as `--json` prints it.
    pub report: Option<Report>,
}

fn word<S: Serializer>(state: &RunState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.as_str())
}

/// What a run had carried by then.
fn reached(Reached { imported, exported }: Reached) -> String {
    let ways = [(imported, "imported"), (exported, "exported")].into_iter().filter(|(photos, _)| *photos > 0);
    let ways: Vec<String> = ways.map(|(photos, verb)| format!("{} {verb}", words::count(photos, "photo"))).collect();
    if ways.is_empty() { String::new() } else { format!(", with {} by then", ways.join(" and ")) }
}

impl Run {
    /// The run of a record. One that is marked as running while nobody holds the lock (`is_running`) died.
    pub fn of(record: RunRecord, is_running: bool) -> Self {
        let state = match record.state {
            RunState::Running if !is_running => RunState::Interrupted,
            state => state,
        };
        let report = record.report.as_deref().and_then(|text| serde_json::from_str::<Report>(text).ok());
        let words = match (&report, state) {
            (Some(report), _) => report.stopped.clone(),
            (None, RunState::Interrupted) => {
                let reached = record.reached.map(reached).unwrap_or_default();
                // Of an undo only the photo at which it died is on its way.
                let then = match record.command == "undo" {
                    true => "the next sync finishes the photo that it was at; undo once more for the rest",
                    false => "the next sync finishes what it began",
                };
                Some(format!("it was interrupted, for example by a power cut{reached}. Nothing is lost: {then}"))
            }
            (None, _) => record.report,
        };
        let took = record.started.zip(record.ended).map(|(started, ended)| ended.duration_since(started).as_millis());
        Self {
            run: record.id,
            command: record.command,
            mode: record.mode,
            started_by: record.started_by,
            started: record.started,
            ended: record.ended,
            duration_ms: took.and_then(|took| u64::try_from(took).ok()),
            state,
            words,
            report,
        }
    }

    /// As one object, for `history --json-lines`: what is known of every run, and beside it what its report says. Without a
    /// report its ways are null.
    pub fn object(&self) -> Value {
        let mut object = serde_json::to_value(self).unwrap_or_default();
        if let Some(keys) = object.as_object_mut() {
            let report = keys.remove("report");
            keys.extend(["import", "export"].map(|way| (way.to_owned(), Value::Null)));
            if let Some(Value::Object(report)) = report {
                keys.extend(report);
            }
        }
        object
    }

    /// What it came to in words, each way that it went.
    pub fn ways(&self) -> Vec<(Way, String)> {
        let Some(report) = &self.report else { return Vec::new() };
        let ways = [(Way::Import, &report.import), (Way::Export, &report.export)];
        let words = |way, direction| words::came_to_one_way(report.command, way, direction);
        ways.into_iter().filter_map(|(way, direction)| Some((way, words(way, direction.as_ref()?)))).collect()
    }

    /// Photos that failed, either way.
    pub fn failed(&self) -> u64 {
        self.report.as_ref().map_or(0, Report::failed)
    }
}

/// How many runs there are of each kind, and since when.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    counts: Vec<(RunFilter, u64)>,
    /// When the first one began.
    pub since: Option<Timestamp>,
}

impl Counts {
    /// Counts them.
    pub fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        let count = |filter| Ok((filter, ledger.count_runs(filter)?));
        let counts = RunFilter::ALL.into_iter().map(count).collect::<Result<_, LedgerError>>()?;
        Ok(Self { counts, since: ledger.first_run()? })
    }

    /// How many pass this filter.
    pub fn of(&self, filter: RunFilter) -> u64 {
        self.counts.iter().find(|(known, _)| *known == filter).map_or(0, |(_, count)| *count)
    }
}

/// A page of runs, newest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The runs.
    pub runs: Vec<Run>,
    /// The run above which there are newer ones, if there are.
    pub newer: Option<RunId>,
    /// The run below which there are older ones.
    pub older: Option<RunId>,
}

impl Page {
    /// Reads it.
    pub fn read(
        ledger: &Ledger,
        filter: RunFilter,
        place: RunPage,
        size: u32,
        is_running: bool,
    ) -> Result<Self, LedgerError> {
        let records = ledger.history(filter, place, size)?;
        let is_there = |place| Ok::<_, LedgerError>(!ledger.history(filter, place, 1)?.is_empty());
        let mut page = Self::default();
        if let (Some(first), Some(last)) = (records.first(), records.last()) {
            page.newer = is_there(RunPage::After(first.id))?.then_some(first.id);
            page.older = is_there(RunPage::Before(last.id))?.then_some(last.id);
        }
        page.runs = records.into_iter().map(|record| Run::of(record, is_running)).collect();
        Ok(page)
    }
}

/// The place that an address names: before a run, after it, or at the newest one.
pub fn place(before: Option<i64>, after: Option<i64>) -> RunPage {
    match (before, after) {
        (Some(before), _) => RunPage::Before(RunId(before)),
        (None, Some(after)) => RunPage::After(RunId(after)),
        (None, None) => RunPage::Newest,
    }
}

/// One run of a data directory.
pub fn run(data: &Path, run: RunId, is_running: bool) -> Result<Option<Run>, LedgerError> {
    let Some(ledger) = Ledger::look(data)? else { return Ok(None) };
    Ok(ledger.run(run)?.map(|record| Run::of(record, is_running)))
}

/// Every run, newest first, a handful in memory at a time.
pub fn all(ledger: Option<Ledger>, is_running: bool) -> impl Iterator<Item = Result<Run, LedgerError>> + Send {
    let mut page = RunPage::Newest;
    let pages = std::iter::from_fn(move || {
        let runs = match ledger.as_ref()?.history(RunFilter::All, page, AT_ONCE) {
            Ok(runs) => runs,
            Err(error) => return Some(vec![Err(error)]),
        };
        page = RunPage::Before(runs.last()?.id);
        Some(runs.into_iter().map(|record| Ok(Run::of(record, is_running))).collect())
    });
    pages.flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(state: RunState, report: Option<&str>) -> RunRecord {
        RunRecord {
            id: RunId(7),
            command: "sync".into(),
            mode: "import".into(),
            started: "2026-11-02T08:00:00Z".parse().ok(),
            ended: "2026-11-02T08:00:01.5Z".parse().ok(),
            state,
            report: report.map(str::to_owned),
            started_by: None,
            reached: None,
        }
    }

    #[test]
    fn a_run_that_nobody_runs_any_more_was_interrupted() {
        let record = || record(RunState::Running, None);
        assert_eq!(Run::of(record(), true).state, RunState::Running);
        let run = Run::of(record(), false);
        assert_eq!(run.state, RunState::Interrupted);
        assert!(run.words.is_some_and(|words| words.contains("Nothing is lost")));
        let reached = Some(Reached { imported: 1, exported: 1200 });
        let run = Run::of(RunRecord { reached, ..record() }, false);
        assert!(
            run.words.is_some_and(|words| words.contains(", with 1 photo imported and 1,200 photos exported by then"))
        );
    }

    #[test]
    fn what_is_no_report_is_words() {
        let run = Run::of(record(RunState::Failed, Some("the disk {is gone}")), false);
        assert_eq!(run.words.as_deref(), Some("the disk {is gone}"));
        assert!(run.report.is_none());
        assert_eq!(run.duration_ms, Some(1500));
    }

    #[test]
    fn an_end_before_the_beginning_takes_no_time() {
        let mut record = record(RunState::Done, None);
        record.ended = "2026-11-02T07:00:00Z".parse().ok();
        assert_eq!(Run::of(record, false).duration_ms, None);
    }
}
