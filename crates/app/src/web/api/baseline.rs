//! `baseline`: the instant from which Going Forward exports what is added to the library.

use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::App;
use super::body::Body;
use super::{Answer, answer, answer_of_library};
use crate::baseline;

/// The baseline.
#[derive(Serialize)]
pub struct Baseline {
    baseline: Option<Timestamp>,
    held: Option<usize>,
}

/// What it is, and how many photos the library held then.
pub async fn show(State(app): State<App>) -> Answer<Baseline> {
    answer_of_library(app, move |app| {
        let context = app.context()?;
        let instant = context.settings.export.baseline;
        let held = instant.map_or(Ok(None), |instant| baseline::held(&context, instant))?;
        Ok(Baseline { baseline: instant, held })
    })
    .await
}

/// A new one: now, if no time is named.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct New {
    time: Option<String>,
}

/// Sets it, and remembers what the library holds.
pub async fn set(State(app): State<App>, Body(new): Body<New>) -> Answer<Baseline> {
    answer_of_library(app, move |app| {
        let instant = new.time.as_deref().map_or_else(|| Ok(Timestamp::now()), baseline::parse)?;
        let mut context = app.context()?;
        let mut library = context.library()?;
        let held = baseline::set(&mut context, library.as_mut(), instant)?;
        Ok(Baseline { baseline: Some(instant), held: Some(held) })
    })
    .await
}

/// Forgets it: the next sync that exports sets it anew.
pub async fn clear(State(app): State<App>) -> Answer<Baseline> {
    answer(app, move |app| {
        baseline::clear(&app.context()?)?;
        Ok(Baseline { baseline: None, held: None })
    })
    .await
}
