//! `simulate`, `sync` and `cancel`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use photobridge_core::run::{Command, Mode, RunId, StartedBy};
use serde::Deserialize;

use super::super::{App, Server, blocking};
use super::body::Body;
use super::problem::Problem;
use crate::history;
use crate::live::Live;
use crate::run::Ask;

/// What is asked of a simulation.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Simulation {
    mode: Option<Mode>,
    full_library: bool,
}

/// What is asked of a sync.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sync {
    mode: Option<Mode>,
    full_library: bool,
    plan: Option<RunId>,
    unattended: bool,
}

/// What is going on after something was asked for; it goes on by itself.
type Begun = Result<(StatusCode, Json<Live>), Problem>;

/// Begins a simulation.
pub async fn simulate(State(app): State<App>, Body(asked): Body<Simulation>) -> Begun {
    let Simulation { mode, full_library } = asked;
    begin(&app, Ask { mode, full_library, ..Ask::plain(Command::Simulate, StartedBy::Api) })
}

/// Begins a sync.
pub async fn sync(State(app): State<App>, Body(asked): Body<Sync>) -> Result<(StatusCode, Json<Live>), Response> {
    let server = app.clone();
    let ask = blocking(move || ask(&server, asked)).await?.map_err(IntoResponse::into_response)?;
    begin(&app, ask).map_err(IntoResponse::into_response)
}

/// A sync as it was asked for. One that carries out a plan goes over the range of that plan.
fn ask(server: &Server, asked: Sync) -> Result<Ask, Problem> {
    let Sync { mode, full_library, plan, unattended } = asked;
    let Some(plan) = plan else {
        return Ok(Ask { mode, full_library, unattended, ..Ask::plain(Command::Sync, StartedBy::Api) });
    };
    if full_library {
        let why = "a plan says itself which photos go: leave out `full_library`. Nothing was done";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    let run = history::run(&server.data, plan, false)?;
    let shown = run.and_then(|run| run.report).filter(|report| report.command == Command::Simulate);
    let shown = shown.ok_or_else(|| Problem::missing(format!("run {plan} is no simulation. Nothing was done")))?;
    Ok(Ask { mode, unattended, ..Ask::plan(&shown, StartedBy::Api) })
}

/// Asks the run under way to stop after the photo in hand.
pub async fn cancel(State(app): State<App>) -> Begun {
    app.runner.cancel();
    Ok((StatusCode::ACCEPTED, Json(app.runner.live())))
}

fn begin(app: &App, ask: Ask) -> Begun {
    app.runner.start(ask)?;
    Ok((StatusCode::ACCEPTED, Json(app.runner.live())))
}
