//! `settings`: all of them, and one changed by its key as `config` does.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::App;
use super::body::Body;
use super::problem::Problem;
use super::{Answer, answer, answer_of_library};
use crate::arguments::ConfigArguments;
use crate::change::change as change_setting;
use crate::settings::Settings;

/// The settings as they are now.
pub async fn show(State(app): State<App>) -> Answer<Settings> {
    answer(app, move |app| Ok(app.settings()?)).await
}

/// One setting, by its key in the settings file: `album`, `export.layout`; `folder` adds a source folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    key: String,
    value: Value,
}

/// The settings after a change, and what people should know of it.
#[derive(Serialize)]
pub struct Changed {
    settings: Settings,
    notes: Vec<String>,
}

/// Changes one.
pub async fn change(State(app): State<App>, Body(change): Body<Change>) -> Answer<Changed> {
    answer_of_library(app, move |app| {
        if is_kept_from_pages(&change.key) {
            let why = "this is set on the machine itself only: `photobridge config`. Nothing was changed";
            return Err(Problem::new(StatusCode::FORBIDDEN, why));
        }
        let (_, notes) = change_setting(&app.data, &change.key, &text(&change.value)?, &ConfigArguments::default())?;
        Ok(Changed { settings: app.settings()?, notes })
    })
    .await
}

/// Whether whoever may come by the page must not change it: they could let others in, or have anything run here.
fn is_kept_from_pages(key: &str) -> bool {
    key.starts_with("server") || key.starts_with("notify") || key == "export.command"
}

/// A value as people type it.
fn text(value: &Value) -> Result<String, Problem> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        _ => {
            let why = "a setting is a text, a number, true or false. Nothing was changed";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why))
        }
    }
}
