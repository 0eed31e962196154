//! `token`: what a program needs before it may change anything, and where that is looked at.

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Json};
use serde::Serialize;

use super::super::gate::{self, Program, TOKEN, Visitor};
use super::super::{App, shell};

/// A token for one change.
#[derive(Serialize)]
pub struct Token {
    token: String,
}

/// A fresh one. Whoever is not known gets a session with it.
pub async fn fresh(State(app): State<App>, visitor: Option<Extension<Visitor>>) -> Result<Json<Token>, Response> {
    let Some(Extension(Visitor(session))) = visitor else {
        return Err(shell::missing("whoever sends a token of `photobridge token add` needs no other one"));
    };
    Ok(Json(Token { token: app.sessions.token(&session) }))
}

/// Lets changes through that bring a token, and gives the next one with the answer.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_program = request.extensions().get::<Program>().is_some();
    if is_program || matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let Some(Visitor(session)) = request.extensions().get::<Visitor>().cloned() else {
        return shell::refused("changes need a session. Nothing was done. /api/v1/token begins one");
    };
    let token = request.headers().get(TOKEN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Err(refusal) = gate::spend(&app, &session, token) {
        return refusal;
    }
    let mut response = next.run(request).await;
    if let Ok(token) = HeaderValue::from_str(&app.sessions.token(&session)) {
        response.headers_mut().insert(TOKEN, token);
    }
    response
}
