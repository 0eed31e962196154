//! The web page and its API: what the command line does, live, on any screen. One file for each page.
//!
//! Every request passes the [`gate`] first. Handlers ask and show; what decides lies below, in the same calls that the
//! command line makes.

mod account;
mod again;
mod api;
mod assets;
mod baseline;
mod decide;
mod download;
mod draft;
mod events;
pub mod filters;
mod folders;
mod full_library;
pub mod gate;
mod gone;
pub mod health;
mod help;
mod history;
mod login;
mod look;
pub mod machine;
mod media;
mod notify;
pub mod password;
mod photo;
mod photos;
mod pictures;
mod plan;
mod remove;
mod reset;
mod rows;
mod runs;
mod schedules;
pub mod server;
mod session;
mod settings;
mod shelf;
mod shell;
#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, expect(dead_code, reason = "fuzzing needs the house and nobody in it"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod undo;
mod welcome;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::Semaphore;

use photobridge_core::kept::Recent;

use crate::context::Context;
use crate::exit::Error;
use crate::places;
use crate::runner::Runner;
use crate::settings::{Settings, SettingsError};
use draft::Drafts;
use gate::Gate;
use pictures::Pictures;
use session::Sessions;
use shelf::Shelves;

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
    /// Both sides, as grids show them.
    pub shelves: Shelves,
    /// How many event streams may still be opened.
    pub streams: Arc<Semaphore>,
    /// How many whole libraries may still be looked at.
    looks: Semaphore,
}

/// The server, as handlers share it.
pub type App = Arc<Server>;

impl Server {
    /// A server over a data directory.
    pub fn new(data: &Path, gate: Gate) -> App {
        let recent = Arc::new(Recent::new(data.to_owned()));
        Arc::new(Self {
            data: data.to_owned(),
            runner: Runner::new(data, Arc::clone(&recent)),
            gate,
            sessions: Sessions::of(data),
            drafts: Drafts::default(),
            recent,
            pictures: Pictures::new(data),
            shelves: Shelves::default(),
            streams: Arc::new(Semaphore::new(events::STREAMS)),
            looks: Semaphore::new(2),
        })
    }

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

/// Does work that reads a whole library. There is room for little of that at once, and whoever asks for more is refused.
pub async fn looking<T: Send + 'static>(
    app: &Server,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Response> {
    let Ok(_permit) = app.looks.try_acquire() else {
        let why = "the library is being looked at for others. Nothing was changed. Try again in a moment";
        return Err(shell::bare(StatusCode::SERVICE_UNAVAILABLE, why));
    };
    blocking(work).await
}

/// Every address of a page, and what answers there.
fn addresses() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/", get(photos::show)),
        ("/simulate", get(photos::back).post(photos::simulate)),
        ("/sync", get(photos::back).post(photos::sync)),
        ("/cancel", get(photos::back).post(photos::cancel)),
        ("/full-library", get(full_library::show).post(full_library::count)),
        ("/baseline", get(baseline::show).post(baseline::set)),
        ("/gone", get(gone::show).post(gone::say)),
        ("/settings", get(settings::show).post(settings::change)),
        ("/account", get(account::show).post(account::log_in)),
        ("/folders", get(folders::show).post(folders::choose)),
        ("/reset", get(reset::show).post(reset::start_over)),
        ("/welcome", get(welcome::show).post(welcome::answer)),
        ("/plan", get(plan::latest)),
        ("/runs/{run}/items/{number}", get(photo::show)),
        ("/runs/{run}/items/{number}/{which}", get(pictures::show)),
        ("/live/picture", get(pictures::live)),
        ("/folder", get(shelf::folder)),
        ("/folder/cells", get(shelf::folder_cells)),
        ("/library", get(shelf::library)),
        ("/library/cells", get(shelf::library_cells)),
        ("/library/{id}", get(photo::of_asset)),
        ("/library/{id}/place", get(shelf::find)),
        ("/library/{id}/{which}", get(shelf::picture)),
        ("/runs/{run}/decide", get(photos::back).post(decide::decide)),
        ("/runs/{run}/anyway", get(decide::ask)),
        ("/notify/test", get(settings::back).post(notify::test)),
        ("/schedules", get(schedules::show).post(schedules::save)),
        ("/schedules/act", get(schedules::back).post(schedules::act)),
        ("/schedules/preview", get(schedules::preview)),
        ("/help", get(help::index)),
        ("/help/{page}", get(help::show)),
        ("/help/pictures/{name}", get(help::picture)),
        ("/events", get(events::stream)),
        ("/history", get(history::show)),
        ("/history.csv", get(history::csv)),
        ("/history.json", get(history::json)),
        ("/runs/{run}", get(runs::show)),
        ("/runs/{run}/log", get(runs::log)),
        ("/runs/{run}/undo", get(undo::ask).post(undo::carry_out)),
        ("/runs/{run}/remove", get(remove::ask).post(remove::carry_out)),
        (health::PLACE, get(health::tell)),
        ("/login", get(login::show).post(login::enter)),
        ("/logout", get(photos::back).post(login::leave)),
        ("/assets/{version}/{name}", get(assets::serve)),
    ]
}

/// All of it, behind the gate.
pub fn router(app: App) -> Router {
    let routes = addresses().into_iter().fold(Router::new(), |routes, (path, answer)| routes.route(path, answer));
    gate::guard(routes.nest(api::PLACE, api::router(&app)).fallback(shell::not_found), app)
}
