//! `status` and `live`: how things stand, and what is going on.

use axum::Json;
use axum::extract::State;

use super::super::App;
use super::{Answer, answer};
use crate::live::Live;
use crate::status::Status;

/// What is set up, what the latest look found, and what the latest sync did.
pub async fn status(State(app): State<App>) -> Answer<Status> {
    let read = |app: &App| Ok(Status { watching: app.runner.watching(), ..Status::read(&app.data, &app.settings()?)? });
    answer(app, read).await
}

/// The run under way, and how the last one ended.
pub async fn live(State(app): State<App>) -> Json<Live> {
    Json(app.runner.live())
}
