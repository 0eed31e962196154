//! What went wrong, as programs read it: `application/problem+json` (RFC 9457), with the words for people as `detail`.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use photobridge_core::sync::SyncError;
use serde_json::json;

use super::super::gate::TOKEN;
use super::super::shell::Words;
use crate::exit::Busy;
use crate::exit::{Code, Error};
use crate::settings::SettingsError;
use crate::words;

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Headers of a refusal that count also for programs.
const KEPT: [HeaderName; 3] = [TOKEN, header::SET_COOKIE, header::ALLOW];

/// Why something was not done.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
}

impl Problem {
    /// With these words.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// Something that is not there.
    pub fn missing(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Refused");
        let body = json!({"title": title, "status": self.status.as_u16(), "detail": words::sentence(&self.detail)});
        (self.status, [(header::CONTENT_TYPE, CONTENT_TYPE)], body.to_string()).into_response()
    }
}

impl<E: Into<Error>> From<E> for Problem {
    fn from(error: E) -> Self {
        let error = error.into();
        Self::new(status(&error), error.to_string())
    }
}

fn status(error: &Error) -> StatusCode {
    match (error, error.code()) {
        (Error::Busy(Busy::Ending), _) => StatusCode::SERVICE_UNAVAILABLE,
        (Error::Settings(SettingsError::File { .. }), _) => StatusCode::INTERNAL_SERVER_ERROR,
        (
            Error::Sync(SyncError::NoSync(_) | SyncError::Forgotten(_)) | Error::Settings(SettingsError::Changed(_)),
            _,
        ) => StatusCode::CONFLICT,
        (_, Code::Usage) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Code::Busy | Code::Guard) => StatusCode::CONFLICT,
        (_, Code::Missing) => StatusCode::SERVICE_UNAVAILABLE,
        (_, Code::Done | Code::Failed) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Says to programs as a problem what was refused on the way to a handler, or by a page's own handler.
pub async fn speak(request: Request, next: Next) -> Response {
    let is_program = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_program || !is_refusal || response.headers().get(header::CONTENT_TYPE) == Some(&CONTENT_TYPE) {
        return response;
    }
    let detail =
        response.extensions().get::<Words>().map_or_else(|| unsaid(status).to_owned(), |words| words.0.clone());
    let mut problem = Problem::new(status, detail).into_response();
    for name in KEPT {
        if let Some(value) = response.headers().get(&name) {
            problem.headers_mut().insert(name, value.clone());
        }
    }
    problem
}

/// The words for what is refused without any.
fn unsaid(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "this address cannot be read. Nothing was done",
        StatusCode::METHOD_NOT_ALLOWED => "this address does not take that method. /api/v1/openapi.json says which",
        StatusCode::PAYLOAD_TOO_LARGE => "this is longer than anything that is asked for here. Nothing was done",
        _ => "this could not be done",
    }
}
