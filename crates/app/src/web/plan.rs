//! The pages of one run: what a simulation plans, what a sync did.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use photobridge_core::ledger::{Ledger, RunRecord};
use photobridge_core::lock::is_held;
use photobridge_core::report::{Direction, Report};
use photobridge_core::run::{Command, RunId, StartedBy};

use super::gate::Visitor;
use super::look::{Asked, Look};
use super::runs::no_such_run;
use super::shell::{Page, Shell, page};
use super::{App, blocking, filters};
use crate::exit::Error;
use crate::history::Run;
use crate::run::looks_at;
use crate::status;
use crate::words;

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    shell: Shell,
    run: Run,
    look: Option<Look>,
    /// Why a plan holds no longer.
    outdated: Option<String>,
    now: Timestamp,
}

impl PlanPage {
    fn is_simulation(&self) -> bool {
        self.run.command == Command::Simulate.as_str()
    }

    fn by(&self, by: &StartedBy) -> String {
        words::started_by(by)
    }

    /// Whether it is a plan with something in it.
    fn can_be_carried_out(&self) -> bool {
        let is_plan = self.is_simulation() && self.look.is_some() && self.outdated.is_none();
        let report = self.run.report.as_ref().filter(|_| is_plan);
        report.is_some_and(|report| [&report.import, &report.export].into_iter().flatten().any(|way| way.planned > 0))
    }

    fn when(&self, instant: &Timestamp) -> String {
        words::when(*instant, self.now)
    }

    fn took(&self) -> Option<String> {
        self.run.report.as_ref().map(|report| words::duration(report.duration_ms))
    }

    /// Why it did not come to its end.
    fn stopped(&self) -> Option<String> {
        self.run.words.clone()
    }

    fn ways<'a>(&self, report: &'a Report) -> Vec<(&'static str, &'a Direction)> {
        let ways = [("Folder to library", &report.import), ("Library to folder", &report.export)];
        ways.into_iter().filter_map(|(name, counts)| Some((name, counts.as_ref()?))).collect()
    }

    fn left(&self, counts: &Direction) -> String {
        words::thousands(counts.skipped.values().sum())
    }
}

/// The latest simulation.
pub async fn latest(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let reader = app.clone();
    let plan = blocking(move || {
        let ledger = Ledger::look(&reader.data)?;
        let runs = ledger.map(|ledger| ledger.runs(200)).transpose()?.unwrap_or_default();
        Ok::<_, Error>(runs.into_iter().find(|run| run.command == Command::Simulate.as_str() && run.report.is_some()))
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    match plan {
        Some(run) => show_run(app, visitor, run, "/plan".into(), asked).await,
        None => Ok(Redirect::to("/").into_response()),
    }
}

/// One run.
pub async fn show(app: App, visitor: Visitor, id: RunId, asked: Asked) -> Result<Response, Response> {
    let reader = app.clone();
    let found = blocking(move || {
        let ledger = Ledger::look(&reader.data)?;
        Ok::<_, Error>(ledger.map(|ledger| ledger.run(id)).transpose()?.flatten())
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    show_run(app, visitor, found.ok_or_else(no_such_run)?, format!("/runs/{id}"), asked).await
}

async fn show_run(
    app: App,
    visitor: Visitor,
    run: RunRecord,
    base: String,
    asked: Asked,
) -> Result<Response, Response> {
    let (reader, id) = (app.clone(), run.id);
    let is_simulation = run.command == Command::Simulate.as_str();
    let title = if is_simulation { format!("Plan of run {id}") } else { format!("Run {id}") };
    let at = if is_simulation { Page::Photos } else { Page::History };
    let shell = Shell::new(&app, &visitor, at, title);
    let token = shell.token.clone();
    let report = status::report(&run);
    let plan = report.clone().filter(|report| report.command == Command::Simulate);
    let (look, outdated, run) = blocking(move || {
        let now = reader.settings().map_err(Error::from).and_then(|settings| looks_at(&reader.data, &settings));
        let outdated = plan.and_then(|plan| match now {
            Ok(now) => status::outdated(&plan, &now),
            Err(error) => Some(error.to_string()),
        });
        let run = Run::of(run, is_held(&reader.data));
        // A run of which no verdicts are kept still has its counts.
        (Look::at(&reader, id, &base, &asked, &token).ok(), outdated, run)
    })
    .await?;
    Ok(page(&PlanPage { shell, run, look, outdated, now: Timestamp::now() }))
}
