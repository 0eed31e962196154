//! The password, where one is asked for.

use std::time::Instant;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, http::StatusCode};

use super::again::Waiting;
use super::gate::{Sent, Visitor, set_cookie};
use super::shell::{Page, Shell, page};
use super::{App, blocking};

/// The longest password that is looked at, in bytes: hashing a longer one would only keep us busy.
const LONGEST: usize = 1024;

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    shell: Shell,
    /// A form that is shown again afterwards.
    waiting: Option<Waiting>,
}

/// The page that asks for it.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Response {
    if app.gate.password.is_none() || app.sessions.has_entered(&visitor.0) {
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
    let Some(hash) = app.gate.password.clone() else { return Redirect::to("/").into_response() };
    if !app.gate.allows_try(Instant::now()) {
        let why = "Too many passwords were tried. Wait a few seconds.";
        let said = (StatusCode::SEE_OTHER, sent.then(&app, "/login", false, why)).into_response();
        let waiting = Waiting::carried(&sent);
        return if waiting.is_some() { page_for(&app, &Visitor(sent.session), waiting) } else { said };
    }
    let given = sent.field("password").to_owned();
    let is_right = match blocking(move || verify(&hash, &given)).await {
        Ok(is_right) => is_right,
        Err(response) => return response,
    };
    let waiting = Waiting::carried(&sent);
    if !is_right {
        let said = sent.then(&app, "/login", false, "That is not the password.");
        return if waiting.is_some() { page_for(&app, &Visitor(sent.session), waiting) } else { said };
    }
    let session = app.sessions.enter(&sent.session, Instant::now());
    let mut response = match waiting {
        Some(waiting) => waiting.show(&app, &session).await,
        None => Redirect::to("/").into_response(),
    };
    set_cookie(&mut response, &session);
    response
}

/// Leaves.
pub async fn leave(State(app): State<App>, sent: Sent) -> Response {
    app.sessions.end(&sent.session);
    Redirect::to("/login").into_response()
}

fn verify(hash: &str, given: &str) -> bool {
    given.len() <= LONGEST
        && PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(given.as_bytes(), &hash).is_ok())
}

/// What is kept of a password: its argon2 hash with a salt of its own.
pub fn hash(password: &str) -> Result<String, String> {
    if password.len() < 8 || password.len() > LONGEST {
        return Err("a password has 8 characters or more".into());
    }
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_opens() {
        let hash = hash("correct horse").expect("a hash");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(!hash.contains("horse"));
        assert!(verify(&hash, "correct horse"));
        assert!(!verify(&hash, "correct hors"));
        assert!(!verify(&hash, ""));
        assert!(!verify("no hash", "correct horse"));
    }
}
