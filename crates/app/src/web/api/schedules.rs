//! `schedules`: the syncs that start by themselves.

use axum::extract::{Path, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::{App, Server};
use super::body::Body;
use super::problem::Problem;
use super::{Answer, answer};
use crate::places;
use crate::schedule::Schedule;
use crate::scheduler::standing::LastRun;
use crate::settings::schedules as edit;

/// Every schedule.
#[derive(Serialize)]
pub struct Schedules {
    schedules: Vec<Entry>,
}

/// A schedule, and how it stands.
#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    schedule: Schedule,
    when: String,
    upcoming: Vec<Timestamp>,
    waiting_since: Option<Timestamp>,
    last: Option<LastRun>,
}

/// All of them.
pub async fn list(State(app): State<App>) -> Answer<Schedules> {
    answer(app, move |app| read(app)).await
}

/// Adds one.
pub async fn add(State(app): State<App>, Body(schedule): Body<Schedule>) -> Answer<Schedules> {
    answer(app, move |app| {
        edit::add(&places::settings_file(&app.data), &schedule)?;
        read(app)
    })
    .await
}

/// Puts another in the place of the one with this name.
pub async fn replace(
    State(app): State<App>,
    Path(name): Path<String>,
    Body(schedule): Body<Schedule>,
) -> Answer<Schedules> {
    answer(app, move |app| {
        known(app, &name)?;
        edit::replace(&places::settings_file(&app.data), &name, &schedule)?;
        read(app)
    })
    .await
}

/// Removes one. What it started stays in the history.
pub async fn remove(State(app): State<App>, Path(name): Path<String>) -> Answer<Schedules> {
    answer(app, move |app| {
        known(app, &name)?;
        edit::remove(&places::settings_file(&app.data), &name)?;
        read(app)
    })
    .await
}

/// Starts one as soon as nothing else runs.
pub async fn run_now(State(app): State<App>, Path(name): Path<String>) -> Answer<Schedules> {
    answer(app, move |app| {
        known(app, &name)?;
        app.runner.run_now(&name, Timestamp::now());
        read(app)
    })
    .await
}

fn known(app: &Server, name: &str) -> Result<(), Problem> {
    let is_known = app.settings()?.schedule.iter().any(|schedule| schedule.name == name);
    if is_known { Ok(()) } else { Err(Problem::missing("there is no schedule of this name")) }
}

fn read(app: &Server) -> Result<Schedules, Problem> {
    let (now, zone, standings) = (Timestamp::now(), TimeZone::system(), app.runner.standings());
    let entry = |schedule: Schedule| {
        let standing = standings.get(&schedule.name).cloned().unwrap_or_default();
        let upcoming = if schedule.enabled { schedule.when.upcoming(now, &zone) } else { Vec::new() };
        let when = schedule.when.to_string();
        Entry { schedule, when, upcoming, waiting_since: standing.waiting, last: standing.last }
    };
    Ok(Schedules { schedules: app.settings()?.schedule.into_iter().map(entry).collect() })
}
