//! The History page: every run, what it came to, and what can be had of it.

use std::path::Path;

use askama::Template;
use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use photobridge_core::ledger::{Ledger, LedgerError, RunFilter, RunPage, RunState};
use photobridge_core::lock::is_held;
use photobridge_core::reason::Way;
use photobridge_core::report::VerdictLine;
use photobridge_core::run::{RunId, StartedBy};
use serde::Deserialize;

use super::download::{self, Form};
use super::gate::Visitor;
use super::shell::{Page, Shell, page};
use super::{App, Server, blocking, filters, runs, shell};
use crate::exit::Error;
use crate::history::{self, Counts, Run};
use crate::words::{self, count};
use crate::{spreadsheet, verdicts};

/// Lines of a page.
const LINES: usize = 25;

/// Runs that are read at a time, and at most for a page: a schedule that finds nothing a thousand times is one line.
const RUNS: u32 = 200;
const MOST: usize = 4000;

/// Failures that are listed with their run.
const FAILURES: usize = 3;

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    shell: Shell,
    filter: RunFilter,
    counts: Counts,
    rows: Vec<Row>,
    newer: Option<RunId>,
    older: Option<RunId>,
    now: Timestamp,
}

/// One run of the list, or several of a schedule that found nothing, of which it is the newest.
struct Row {
    run: Run,
    /// How many they are.
    times: u64,
    /// When the first of them began.
    since: Option<Timestamp>,
    failures: Vec<VerdictLine>,
    can_be_undone: bool,
    can_be_removed: bool,
    has_verdicts: bool,
    has_log: bool,
}

impl Row {
    fn of(data: &Path, ledger: &Ledger, run: Run) -> Result<Self, LedgerError> {
        let listed = usize::try_from(run.failed()).map_or(FAILURES, |failed| failed.min(FAILURES));
        Ok(Self {
            can_be_undone: run.state != RunState::Running && ledger.can_be_undone(run.run)?,
            can_be_removed: run.state != RunState::Running && ledger.can_be_removed(run.run)?,
            failures: if listed > 0 { verdicts::failures(data, run.run, listed) } else { Vec::new() },
            has_verdicts: verdicts::are_kept(data, run.run),
            has_log: runs::has_log(data, run.run),
            times: 1,
            since: run.started,
            run,
        })
    }

    /// Whether this older run goes into the line, too.
    fn holds(&self, older: &Run) -> bool {
        let by = found_nothing(&self.run);
        by.is_some() && by == found_nothing(older)
    }

    fn title(&self) -> &str {
        match self.run.command.as_str() {
            "simulate" => "Simulation",
            "sync" => "Sync",
            "undo" => "Undo",
            "remove" => "Removal",
            "ledger rebuild" => "New ledger",
            other => other,
        }
    }

    fn state(&self) -> String {
        match (self.run.state, self.run.failed()) {
            (RunState::Done, failed) if failed > 0 => format!("done, {} failed", words::thousands(failed)),
            (RunState::NeedsYourLook, _) => "needs attention".into(),
            (state, _) => state.as_str().into(),
        }
    }

    fn took(&self) -> Option<String> {
        self.run.duration_ms.map(words::duration)
    }

    fn started_by(&self) -> Option<String> {
        self.run.started_by.as_ref().map(words::started_by)
    }

    fn tone(&self) -> &'static str {
        tone(&self.run)
    }

    fn ways(&self) -> Vec<(&'static str, String)> {
        let name = |way| if way == Way::Import { "in" } else { "out" };
        self.run.ways().into_iter().map(|(way, words)| (name(way), words)).collect()
    }

    /// Failures beyond those that are listed.
    fn more(&self) -> u64 {
        self.run.failed().saturating_sub(self.failures.len() as u64)
    }
}

/// The schedule that began a run which found nothing to do and nothing to say.
fn found_nothing(run: &Run) -> Option<&str> {
    let Some(StartedBy::Schedule(name)) = &run.started_by else { return None };
    let report = run.report.as_ref().filter(|report| report.stopped.is_none() && run.state == RunState::Done)?;
    let mut ways = [&report.import, &report.export].into_iter().flatten();
    ways.all(|way| way.applied + way.planned + way.failed + way.not_reached == 0).then_some(name)
}

/// The colour of the badge that says how a run stands.
pub fn tone(run: &Run) -> &'static str {
    match run.state {
        RunState::Failed => "bad",
        RunState::Done if run.failed() > 0 => "bad",
        RunState::NeedsYourLook | RunState::Interrupted | RunState::Cancelled => "warn",
        RunState::Done => "good",
        RunState::Running => "",
    }
}

/// Of what a verdict speaks, and why it failed.
fn failure(line: &VerdictLine) -> (&str, &str) {
    let name = line.path.as_deref().or(line.name.as_deref()).unwrap_or("?");
    (name, line.error.as_deref().or(line.reason.map(|reason| reason.as_str())).unwrap_or("it failed"))
}

impl History {
    fn chips(&self) -> impl Iterator<Item = (RunFilter, &'static str, u64)> {
        RunFilter::ALL.into_iter().map(|filter| (filter, name(filter), self.counts.of(filter)))
    }

    /// What all of it comes to, in words.
    fn summary(&self) -> String {
        let all = count(self.counts.of(RunFilter::All), "run");
        let since = self.counts.since.map(|since| words::since(since, self.now)).unwrap_or_default();
        let failed = match self.counts.of(RunFilter::WithFailures) {
            0 => "none with failures".into(),
            failed => format!("{} with failures", words::thousands(failed)),
        };
        let look = match self.counts.of(RunFilter::NeedsYourLook) {
            0 => String::new(),
            1 => ", 1 that needed your look".into(),
            look => format!(", {} that needed your look", words::thousands(look)),
        };
        format!("{all} {since}, {failed}{look}.")
    }

    /// The address of a page of this list.
    fn page_address(&self, border: &str, run: &RunId) -> String {
        format!("/history?filter={}&{border}={run}", self.filter.as_str())
    }
}

/// The name of a filter.
fn name(filter: RunFilter) -> &'static str {
    match filter {
        RunFilter::All => "All",
        RunFilter::WithFailures => "With failures",
        RunFilter::NeedsYourLook => "Needs attention",
        RunFilter::Syncs => "Syncs",
        RunFilter::Simulations => "Simulations",
    }
}

/// What an address asks for.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    filter: RunFilter,
    before: Option<i64>,
    after: Option<i64>,
}

/// The page.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Response> {
    let Query(asked) = asked.map_err(|_| shell::missing("there is no such part of the history"))?;
    let shell = Shell::new(&app, &visitor, Page::History, "History");
    let history = blocking(move || read(&app, shell, asked)).await?;
    Ok(page(&history.map_err(|error| axum::response::IntoResponse::into_response(Error::from(error)))?))
}

fn read(app: &Server, shell: Shell, asked: Asked) -> Result<History, LedgerError> {
    let mut history = History {
        shell,
        filter: asked.filter,
        counts: Counts::default(),
        rows: Vec::new(),
        newer: None,
        older: None,
        now: Timestamp::now(),
    };
    let Some(ledger) = Ledger::look(&app.data)? else { return Ok(history) };
    history.counts = Counts::read(&ledger)?;
    let place = history::place(asked.before, asked.after);
    // Upwards a page ends where the one begins from which it was turned.
    let at_a_time = if matches!(place, RunPage::After(_)) { LINES as u32 } else { RUNS };
    let mut runs = history::Page::read(&ledger, asked.filter, place, at_a_time, is_held(&app.data))?;
    (history.newer, history.older) = (runs.newer, runs.older);
    let (mut read, mut last) = (0, None);
    loop {
        for run in std::mem::take(&mut runs.runs) {
            let id = run.run;
            let is_full = history.rows.len() == LINES;
            match history.rows.last_mut().filter(|row| row.holds(&run)) {
                Some(row) => (row.times, row.since) = (row.times + 1, run.started),
                None if is_full => {
                    history.older = last;
                    return Ok(history);
                }
                None => history.rows.push(Row::of(&app.data, &ledger, run)?),
            }
            (last, read) = (Some(id), read + 1);
        }
        history.older = runs.older;
        let Some(border) = runs.older.filter(|_| read < MOST) else { return Ok(history) };
        runs = history::Page::read(&ledger, asked.filter, RunPage::Before(border), at_a_time, is_held(&app.data))?;
    }
}

/// Every run for a spreadsheet.
pub async fn csv(State(app): State<App>) -> Result<Response, Response> {
    let runs = all(app).await?;
    let header = std::iter::once(Ok(spreadsheet::header(&spreadsheet::RUN)));
    let lines = runs.map(|run| run.map(|run| spreadsheet::run(&run)).map_err(std::io::Error::other));
    Ok(download::file(Form::Csv, "photobridge-history", header.chain(lines)))
}

/// Every run for programs.
pub async fn json(State(app): State<App>) -> Result<Response, Response> {
    let runs = all(app).await?.map(|run| {
        let run = run.map_err(std::io::Error::other)?;
        Ok(serde_json::to_vec(&run)?)
    });
    Ok(download::file(Form::Json, "photobridge-history", download::list(b"{\"runs\": [".to_vec(), runs, b"\n]}\n")))
}

async fn all(app: App) -> Result<impl Iterator<Item = Result<Run, LedgerError>> + Send, Response> {
    let looked = blocking(move || Ok::<_, Error>((Ledger::look(&app.data)?, is_held(&app.data)))).await?;
    let (ledger, is_running) = looked.map_err(axum::response::IntoResponse::into_response)?;
    Ok(history::all(ledger, is_running))
}
