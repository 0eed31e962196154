//! `doctor`: whether everything that a sync needs is there.

use axum::extract::State;
use serde::Serialize;

use super::super::App;
use super::{Answer, answer_of_library};
use crate::doctor::{self, Finding};

/// What was found.
#[derive(Serialize)]
pub struct Findings {
    is_well: bool,
    findings: Vec<Finding>,
}

/// Checks. Changes nothing.
pub async fn show(State(app): State<App>) -> Answer<Findings> {
    answer_of_library(app, move |app| {
        let findings = doctor::findings(&app.context()?);
        Ok(Findings { is_well: !findings.iter().any(Finding::is_wrong), findings })
    })
    .await
}
