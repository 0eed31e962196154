//! `doctor`: whether everything that a sync needs is there.

use axum::extract::State;

use super::super::App;
use super::{Answer, answer_of_library};
use crate::doctor::{self, Diagnosis};

/// Checks. Changes nothing.
pub async fn show(State(app): State<App>) -> Answer<Diagnosis> {
    answer_of_library(app, move |app| Ok(Diagnosis::of(doctor::findings(&app.context()?)))).await
}
