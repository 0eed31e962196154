//! The web page and its API: what the command line does, live, on any screen. One file for each page.
//!
//! Every request passes the [`gate`] first. Handlers ask and show; what decides lies below, in the same calls that the
//! command line makes.

mod assets;
mod baseline;
mod decide;
mod draft;
mod events;
pub mod filters;
mod folders;
mod full_library;
pub mod gate;
mod help;
mod login;
mod look;
mod photos;
mod pictures;
mod plan;
mod reset;
mod rows;
mod schedules;
pub mod server;
mod session;
mod settings;
mod shell;
mod welcome;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

pub use login::hash as hash_password;

use photobridge_core::kept::Recent;

use crate::commands::Context;
use crate::exit::Error;
use crate::places;
use crate::runner::Runner;
use crate::settings::{Settings, SettingsError};
use draft::Drafts;
use gate::Gate;
use pictures::Pictures;
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
    /// What was typed and not saved.
    pub drafts: Drafts,
    /// The verdicts that were looked at last.
    pub recent: Arc<Recent>,
    /// The pictures of what runs speak of.
    pub pictures: Pictures,
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

/// Every address.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/", get(photos::show))
        .route("/simulate", post(photos::simulate))
        .route("/sync", post(photos::sync))
        .route("/cancel", post(photos::cancel))
        .route("/full-library", get(full_library::show).post(full_library::count))
        .route("/baseline", get(baseline::show).post(baseline::set))
        .route("/settings", get(settings::show).post(settings::change))
        .route("/folders", get(folders::show).post(folders::choose))
        .route("/reset", get(reset::show).post(reset::start_over))
        .route("/welcome", get(welcome::show).post(welcome::answer))
        .route("/plan", get(plan::latest))
        .route("/runs/{run}", get(plan::show))
        .route("/runs/{run}/items/{number}/{which}", get(pictures::show))
        .route("/live/picture", get(pictures::live))
        .route("/runs/{run}/decide", post(decide::decide))
        .route("/schedules", get(schedules::show).post(schedules::save))
        .route("/schedules/act", get(schedules::back).post(schedules::act))
        .route("/schedules/preview", get(schedules::preview))
        .route("/help", get(help::index))
        .route("/help/{page}", get(help::show))
        .route("/help/pictures/{name}", get(help::picture))
        .route("/events", get(events::stream))
        .route("/login", get(login::show).post(login::enter))
        .route("/logout", post(login::leave))
        .route("/assets/{version}/{name}", get(assets::serve))
        .fallback(shell::not_found);
    gate::guard(routes, app)
}
