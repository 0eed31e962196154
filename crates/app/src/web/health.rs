//! Whether the server lives, for whatever watches over it. Asked without a password, so it says nothing else.

use axum::extract::State;
use axum::http::StatusCode;

use super::{App, shell};

/// Where it is asked.
pub const PLACE: &str = "/health";

/// Running, or not as it should: it cannot do its work while its settings make no sense.
pub async fn tell(State(app): State<App>) -> (StatusCode, String) {
    match super::blocking(move || app.settings().is_ok()).await {
        Ok(true) => (StatusCode::OK, shell::plain("running")),
        _ => (StatusCode::SERVICE_UNAVAILABLE, shell::plain("the settings are not valid, or cannot be read")),
    }
}
