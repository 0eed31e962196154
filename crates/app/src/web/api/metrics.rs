//! `metrics`: how things stand in figures, for Prometheus. No path and no name is among them.

use std::fmt::Write;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::super::{App, blocking};
use super::problem::Problem;
use crate::status::{Lane, Status};

/// The figures, where the settings ask for them.
pub async fn show(State(app): State<App>) -> Result<Response, Response> {
    let work = move || {
        let settings = app.settings()?;
        if !settings.server.metrics {
            return Err(Problem::missing("the setting `server.metrics` is off"));
        }
        let is_running = app.runner.live().running.is_some();
        Ok(figures(&Status::read(&app.data, &settings)?, is_running))
    };
    let text = blocking(work).await?.map_err(IntoResponse::into_response)?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// One figure in a line for each label. What nobody knows has no line.
fn figures(status: &Status, is_running: bool) -> String {
    let lane = |lane: Option<Lane>, of: fn(Lane) -> u64| lane.map(of);
    let ways = |of: fn(Lane) -> u64| [("import", lane(status.import, of)), ("export", lane(status.export, of))];
    let sync = status.last_sync.as_ref();
    let ended = sync.and_then(|sync| sync.ended).map(|ended| u64::try_from(ended.as_second()).unwrap_or(0));
    let mut text = String::new();
    let mut tell = |name: &str, help: &str, label: &str, values: &[(&str, Option<u64>)]| {
        let _ = writeln!(text, "# HELP photobridge_{name} {help}\n# TYPE photobridge_{name} gauge");
        for (word, value) in values.iter().filter_map(|(word, value)| Some((word, (*value)?))) {
            let label = if label.is_empty() { String::new() } else { format!("{{{label}=\"{word}\"}}") };
            let _ = writeln!(text, "photobridge_{name}{label} {value}");
        }
    };
    tell("running", "Whether a run is under way.", "", &[("", Some(u64::from(is_running)))]);
    tell("trouble", "Whether the latest run needs attention.", "", &[("", Some(u64::from(status.trouble.is_some())))]);
    tell("away", "Sides and folders that are not there.", "", &[("", Some(status.away.len() as u64))]);
    tell("photos", "Photos at the latest check.", "side", &[("folder", status.items), ("library", status.assets)]);
    tell("pending", "Photos that the next sync would copy.", "way", &ways(|lane| lane.pending));
    tell("waiting", "Photos that wait and will be copied automatically.", "way", &ways(|lane| lane.waiting));
    tell("failed", "Photos that failed at the latest check.", "way", &ways(|lane| lane.failed));
    tell("last_sync_timestamp_seconds", "When the latest sync ended.", "", &[("", ended)]);
    tell(
        "last_sync_photos",
        "Photos that the latest sync copied.",
        "way",
        &[("import", sync.map(|sync| sync.imported)), ("export", sync.map(|sync| sync.exported))],
    );
    text
}
