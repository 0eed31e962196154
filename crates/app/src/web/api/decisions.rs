//! `decisions`: what people said of single photos.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::super::App;
use super::Answer;

/// Every decision that stands.
#[derive(Serialize)]
pub struct Decisions {}

/// All of them.
pub async fn list(State(_app): State<App>) -> Answer<Decisions> {
    Ok(Json(Decisions {}))
}

/// Decides.
pub async fn decide(State(_app): State<App>) -> Answer<Decisions> {
    Ok(Json(Decisions {}))
}
