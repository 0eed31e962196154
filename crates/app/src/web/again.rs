//! Forms that cannot be carried out as they were sent, because Photobridge was started anew, the page is too old, or nobody is
//! logged in. They are shown again with all that was typed, for one more press.

use axum::http::StatusCode;
use axum::response::Response;

use super::gate::{Sent, Visitor};
use super::session::SessionId;
use super::{App, baseline, login, schedules, settings, shell, welcome};

/// What is said above such a form.
pub const WORDS: &str = "This page was out of date, so nothing was done. What you typed is shown below: send it again.";

/// Whether a form that is sent here holds what somebody typed.
pub fn holds_what_was_typed(path: &str) -> bool {
    matches!(path, "/settings" | "/schedules" | "/welcome" | "/baseline")
}

/// Shows a form of ours again. Nothing of it is done.
pub async fn show(app: &App, session: &SessionId, path: &str, fields: Vec<(String, String)>) -> Response {
    let sent = Sent { session: session.clone(), from: None, fields };
    let is_ours = |name: &str| sent.fields.iter().any(|(known, _)| known == name);
    let shown = match path {
        "/settings" if is_ours("made_from") => settings::again(app, sent).await,
        "/schedules" if is_ours("name") => schedules::again(app, sent).await,
        "/welcome" if is_ours("step") => welcome::again(app, sent).await,
        "/baseline" if is_ours("time") => baseline::again(app, &sent.session, sent.field("time"), WORDS).await,
        _ => return shell::refused("this was sent before, or from a page that is too old. Nothing was done now"),
    };
    let mut response = shown.unwrap_or_else(|refusal| refusal);
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::FORBIDDEN;
    }
    response
}

/// A form that waits for the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Where it is sent.
    pub to: String,
    /// Its fields, as they were sent.
    pub fields: String,
}

impl Waiting {
    /// One that a login page carried along.
    pub fn carried(sent: &Sent) -> Option<Self> {
        let (to, fields) = (sent.field("to").to_owned(), sent.field("fields").to_owned());
        (holds_what_was_typed(&to) && !fields.is_empty()).then_some(Self { to, fields })
    }

    /// Asks for the password first.
    pub fn ask(self, app: &App, session: &SessionId) -> Response {
        let mut response = login::page_for(app, &Visitor(session.clone()), Some(self));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        response
    }

    /// Shows it to whoever has given the password.
    pub async fn show(self, app: &App, session: &SessionId) -> Response {
        let fields = form_urlencoded::parse(self.fields.as_bytes()).into_owned().filter(|(name, _)| name != "token");
        let mut response = show(app, session, &self.to, fields.collect()).await;
        if response.status() == StatusCode::FORBIDDEN {
            *response.status_mut() = StatusCode::OK;
        }
        response
    }
}
