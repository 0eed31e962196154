//! The web page and its API: what the command line does, live, on any screen. One file for each page.
//!
//! Every request passes the [`gate`] first. Handlers ask and show; what decides lies below, in the same calls that the
//! command line makes.

mod assets;
mod events;
pub mod filters;
pub mod gate;
mod login;
mod photos;
pub mod server;
mod session;
mod shell;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

pub use login::hash as hash_password;

use crate::commands::Context;
use crate::exit::Error;
use crate::places;
use crate::runner::Runner;
use crate::settings::{Settings, SettingsError};
use gate::Gate;
use session::Sessions;

/// What every handler knows.
pub struct Server {
    /// The data directory.
    pub data: PathBuf,
    /// The runs.
    pub runner: Arc<Runner>,
    /// Who may ask for what.
    pub gate: Gate,
    /// Who is looking.
    pub sessions: Sessions,
    /// How many event streams may still be opened.
    pub streams: Arc<tokio::sync::Semaphore>,
}

/// The server, as handlers share it.
pub type App = Arc<Server>;

impl Server {
    /// The settings as they are now.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::read(&places::settings_file(&self.data))
    }

    /// What the verbs of the command line work with.
    pub fn context(&self) -> Result<Context, Error> {
        Ok(Context { data: self.data.clone(), settings: self.settings()?, quiet: true, verbose: false })
    }
}

/// Does blocking work, as everything that reads a disk is, away from the threads that serve requests.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Response> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!("a request could not be answered: {error}");
        shell::failed("this could not be shown: a defect in Photobridge. Nothing was changed").into_response()
    })
}

/// Every address, and what answers there.
fn addresses() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(photos::show)),
        ("/simulate", post(photos::simulate)),
        ("/sync", post(photos::sync)),
        ("/cancel", post(photos::cancel)),
        ("/events", get(events::stream)),
        ("/login", get(login::show).post(login::enter)),
        ("/logout", post(login::leave)),
        ("/assets/{version}/{name}", get(assets::serve)),
    ]
}

/// All of it, behind the gate.
pub fn router(app: App) -> Router {
    let routes = addresses().into_iter().fold(Router::new(), |routes, (path, answer)| routes.route(path, answer));
    gate::guard(routes.fallback(shell::not_found), app)
}

#[cfg(test)]
mod tests;
