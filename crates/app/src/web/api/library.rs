//! `library`: what the library holds, in numbers.

use axum::extract::State;

use super::super::App;
use super::{Answer, answer_of_library};
use crate::summary::{Summary, look};

/// Counts what it holds.
pub async fn show(State(app): State<App>) -> Answer<Summary> {
    answer_of_library(app, move |app| {
        let (library, snapshot) = look(&app.context()?)?;
        Ok(Summary::of(library.as_ref(), &snapshot))
    })
    .await
}
