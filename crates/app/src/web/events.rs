//! What is going on, as it goes: the state of the run as server-sent events, whole each time, so that whoever comes late
//! or lost some sees what everybody sees.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::OwnedSemaphorePermit;
use tokio_stream::wrappers::IntervalStream;
use tokio_stream::{Stream, StreamExt};

use super::{App, shell};

/// Event streams that may be open at once.
pub const STREAMS: usize = 200;

/// How often the state is looked at.
const PULSE: Duration = Duration::from_millis(200);

/// The stream.
pub async fn stream(State(app): State<App>) -> Response {
    let Ok(permit) = app.streams.clone().try_acquire_owned() else {
        let why = "too many pages watch at once. This one shows the state when it is loaded again";
        return (StatusCode::SERVICE_UNAVAILABLE, shell::plain(why)).into_response();
    };
    Sse::new(states(app, permit)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

fn states(app: App, permit: OwnedSemaphorePermit) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut seen = 0;
    let state = app.clone();
    IntervalStream::new(tokio::time::interval(PULSE)).take_while(move |_| !state.runner.is_ending()).filter_map(
        move |_| {
            let _held_while_the_stream_is = &permit;
            let version = app.runner.version();
            if version == seen {
                return None;
            }
            seen = version;
            let text = serde_json::to_string(&app.runner.live()).unwrap_or_default();
            Some(Ok(Event::default().event("state").data(text)))
        },
    )
}
