//! `runs`: the history, single verdicts, and taking back what a sync carried.

use axum::extract::State;
use jiff::Timestamp;
use photobridge_core::kept::Filter;
use photobridge_core::ledger::{Ledger, RunFilter};
use photobridge_core::lock::is_held;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Ruling, VerdictLine};
use photobridge_core::run::{RunId, StartedBy};
use photobridge_core::undo::{Prospect, Undone};
use serde::{Deserialize, Serialize};

use super::super::runs::{Named, has_log};
use super::super::{App, Server, undo};
use super::body::Asked;
use super::problem::Problem;
use super::{Answer, answer, answer_of_library};
use crate::history::{self, Run};
use crate::verdicts;

/// Runs and verdicts of a page, where nothing is said of it, and at most.
const RUNS: (u32, u32) = (50, 500);
const VERDICTS: (usize, usize) = (100, 1000);

/// Which runs.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhichRuns {
    filter: RunFilter,
    before: Option<i64>,
    after: Option<i64>,
    limit: Option<u32>,
}

/// Some runs, newest first.
#[derive(Serialize)]
pub struct Runs {
    total: u64,
    newer: Option<RunId>,
    older: Option<RunId>,
    runs: Vec<Run>,
}

/// A page of the history.
pub async fn list(State(app): State<App>, Asked(asked): Asked<WhichRuns>) -> Answer<Runs> {
    answer(app, move |app| {
        let mut runs = Runs { total: 0, newer: None, older: None, runs: Vec::new() };
        let Some(ledger) = Ledger::look(&app.data)? else { return Ok(runs) };
        let place = history::place(asked.before, asked.after);
        let size = asked.limit.unwrap_or(RUNS.0).clamp(1, RUNS.1);
        let page = history::Page::read(&ledger, asked.filter, place, size, is_held(&app.data))?;
        runs.total = ledger.count_runs(asked.filter)?;
        (runs.newer, runs.older, runs.runs) = (page.newer, page.older, page.runs);
        Ok(runs)
    })
    .await
}

/// A run, and what is kept of it.
#[derive(Serialize)]
pub struct OneRun {
    #[serde(flatten)]
    run: Run,
    has_verdicts: bool,
    has_log: bool,
    can_be_undone: bool,
}

/// One run.
pub async fn one(State(app): State<App>, Named(run): Named) -> Answer<OneRun> {
    answer(app, move |app| {
        let can_be_undone = Ledger::look(&app.data)?.map_or(Ok(false), |ledger| ledger.can_be_undone(run))?;
        Ok(OneRun {
            run: known(app, run)?,
            has_verdicts: verdicts::are_kept(&app.data, run),
            has_log: has_log(&app.data, run),
            can_be_undone,
        })
    })
    .await
}

fn known(server: &Server, run: RunId) -> Result<Run, Problem> {
    let found = history::run(&server.data, run, is_held(&server.data))?;
    found.ok_or_else(|| Problem::missing(format!("there is no run {run}")))
}

/// Which verdicts of a run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhichVerdicts {
    direction: Option<Way>,
    verdict: Option<Ruling>,
    reason: Option<Reason>,
    text: String,
    offset: usize,
    limit: Option<usize>,
}

/// Some verdicts of a run, in its order.
#[derive(Serialize)]
pub struct Verdicts {
    total: usize,
    offset: usize,
    verdicts: Vec<Verdict>,
}

/// A verdict, with the number by which it is decided of.
#[derive(Serialize)]
struct Verdict {
    row: usize,
    #[serde(flatten)]
    line: VerdictLine,
}

/// A page of the verdicts.
pub async fn verdicts(
    State(app): State<App>,
    Named(run): Named,
    Asked(asked): Asked<WhichVerdicts>,
) -> Answer<Verdicts> {
    answer(app, move |app| {
        known(app, run)?;
        let WhichVerdicts { direction, verdict, reason, text, offset, limit } = asked;
        let filter = Filter { way: direction, ruling: verdict, reason, text };
        let size = limit.unwrap_or(VERDICTS.0).clamp(1, VERDICTS.1);
        let page = app.recent.verdicts(run).and_then(|verdicts| verdicts.page(&filter, offset, size));
        let page = page.map_err(|_| Problem::missing(format!("the single verdicts of run {run} are not kept")))?;
        let untraced = |line| VerdictLine { trace: None, ..line };
        let verdicts = page.rows.into_iter().map(|(row, line)| Verdict { row, line: untraced(line) }).collect();
        Ok(Verdicts { total: page.total, offset, verdicts })
    })
    .await
}

/// What undoing would do.
#[derive(Serialize)]
pub struct Outlook {
    files: u64,
    folders: Vec<String>,
    directory: String,
    photos: u64,
    album: String,
    again: u64,
    joined: u64,
    told: u64,
}

/// Says what undoing a run would do.
pub async fn prospect(State(app): State<App>, Named(run): Named) -> Answer<Outlook> {
    answer_of_library(app, move |app| {
        known(app, run)?;
        let Prospect { files, folders, directory, photos, album, again, joined, told } =
            undo::prospect(app, run, Timestamp::now())?;
        let folders = folders.iter().map(|folder| folder.display().to_string()).collect();
        Ok(Outlook { files, folders, directory: directory.display().to_string(), photos, album, again, joined, told })
    })
    .await
}

/// What undoing came to.
#[derive(Serialize)]
pub struct Outcome {
    directory: Option<String>,
    moved: u64,
    kept: Vec<Stays>,
    failed: u64,
    gone: Vec<String>,
    album: Option<Album>,
    again: u64,
    joined: u64,
    untold: u64,
}

/// A file that stays.
#[derive(Serialize)]
struct Stays {
    path: String,
    why: String,
}

/// The album that imports are gathered in.
#[derive(Serialize)]
struct Album {
    title: String,
    photos: u64,
}

/// Undoes a run.
pub async fn undo(State(app): State<App>, Named(run): Named) -> Answer<Outcome> {
    answer_of_library(app, move |app| {
        known(app, run)?;
        let Undone { directory, moved, kept, failed, gone, album, again, joined, untold } =
            undo::carry_out_by(app, run, &StartedBy::Api)?;
        Ok(Outcome {
            directory: directory.map(|directory| directory.display().to_string()),
            moved,
            kept: kept.into_iter().map(|(path, why)| Stays { path: path.display().to_string(), why }).collect(),
            failed,
            gone: gone.into_iter().map(|path| path.display().to_string()).collect(),
            album: album.map(|(title, photos)| Album { title, photos }),
            again,
            joined,
            untold,
        })
    })
    .await
}
