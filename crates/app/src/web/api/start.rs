//! `simulate`, `sync` and `cancel`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use photobridge_core::ledger::{RunId, StartedBy};
use photobridge_core::sync::{Command, Mode};
use serde::Deserialize;

use super::super::App;
use super::body::Body;
use super::problem::Problem;
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
pub async fn sync(State(app): State<App>, Body(asked): Body<Sync>) -> Begun {
    let Sync { mode, full_library, plan, unattended } = asked;
    begin(&app, Ask { mode, full_library, plan, unattended, ..Ask::plain(Command::Sync, StartedBy::Api) })
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
