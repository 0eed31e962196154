//! The page that asks for the password, where there is one.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::App;
use super::again::Waiting;
use super::gate::{Sent, Visitor};
use super::shell::{Page, Shell, page};

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    shell: Shell,
    /// A form that is shown again afterwards.
    waiting: Option<Waiting>,
}

/// The page that asks for it.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Response {
    let asked = app.gate.secret();
    if !app.gate.asks() || asked.is_some_and(|secret| app.sessions.has_given(&visitor.0, &secret)) {
        return Redirect::to("/").into_response();
    }
    page_for(&app, &visitor, None)
}

/// The same, for whoever has sent something that waits for it.
pub fn page_for(app: &App, visitor: &Visitor, waiting: Option<Waiting>) -> Response {
    page(&Login { shell: Shell::new(app, visitor, Page::Photos, "Log in"), waiting })
}

/// Lets in whoever knows it.
pub async fn enter(State(app): State<App>, sent: Sent) -> Response {
    if !app.gate.asks() {
        return Redirect::to("/").into_response();
    }
    let waiting = Waiting::carried(&sent);
    let refused = |why: &str| {
        let said = sent.then(&app, "/login", false, why);
        match &waiting {
            Some(_) => page_for(&app, &Visitor(sent.session.clone()), waiting.clone()),
            None => said,
        }
    };
    let Some(secret) = app.gate.secret() else {
        return refused("No password is set, so nobody can log in. Set one with photobridge serve --set-password.");
    };
    let from = sent.from.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    if !app.gate.allows_try(from, Instant::now()) {
        tracing::warn!("too many passwords from {from}");
        return refused("Too many attempts. Wait a few seconds.");
    }
    if !app.gate.password.is(secret.clone(), sent.field("password").to_owned()).await {
        tracing::warn!("wrong password from {from}");
        return refused("Wrong password.");
    }
    app.gate.entered(from);
    let session = app.sessions.enter(&sent.session, &secret, Instant::now());
    let mut response = match waiting {
        Some(waiting) => waiting.show(&app, &session).await,
        None => Redirect::to("/").into_response(),
    };
    // The gate tells the browser.
    response.extensions_mut().insert(Visitor(session));
    response
}

/// Leaves.
pub async fn leave(State(app): State<App>, sent: Sent) -> Response {
    app.sessions.end(&sent.session);
    Redirect::to("/login").into_response()
}
