//! What is going on, as it goes: the state of the run as server-sent events, whole each time, so that whoever comes late
//! or lost some sees what everybody sees.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::wrappers::IntervalStream;
use tokio_stream::{Stream, StreamExt};

use super::{App, shell};

/// Event streams that may be open at once.
pub const STREAMS: usize = 200;

/// How often the state is looked at.
const PULSE: Duration = Duration::from_millis(200);

/// How many looks may find nothing new before the state is told all the same: a page that hears nothing for long asks itself,
/// as something on the way may keep the stream back.
const QUIET: u32 = 25;

/// The stream.
pub async fn stream(State(app): State<App>) -> Response {
    let Ok(permit) = app.streams.clone().try_acquire_owned() else {
        let why = "too many pages are open for live updates. Reload this one to update it";
        return (StatusCode::SERVICE_UNAVAILABLE, shell::plain(why)).into_response();
    };
    // nginx would keep what we send to itself until there is much of it.
    ([(UNBUFFERED, "no")], Sse::new(states(app, permit))).into_response()
}

const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

fn states(app: App, permit: OwnedSemaphorePermit) -> impl Stream<Item = Result<Event, Infallible>> {
    let (mut seen, mut quiet) = (0, 0);
    let state = app.clone();
    IntervalStream::new(tokio::time::interval(PULSE)).take_while(move |_| !state.runner.is_ending()).filter_map(
        move |_| {
            let _held_while_the_stream_is = &permit;
            let version = app.runner.version();
            if version == seen && quiet < QUIET {
                quiet += 1;
                return None;
            }
            (seen, quiet) = (version, 0);
            let text = serde_json::to_string(&app.runner.live()).unwrap_or_default();
            Some(Ok(Event::default().event("state").data(text)))
        },
    )
}
