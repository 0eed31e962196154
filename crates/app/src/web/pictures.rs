//! Small pictures of what a run speaks of. They are asked for by the number of a verdict, never by a path: what lies
//! outside the folders and the library of a run cannot be named.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use photobridge_core::asset::AssetId;
use photobridge_core::ledger::Ledger;
use photobridge_core::library::{Library, ReadError};
use photobridge_core::picture::{Picture, Trail};
use photobridge_core::run::RunId;

use super::{App, Server, blocking};
use crate::exit::Error;
use crate::folders::everywhere;
use crate::run::open_library;
use crate::thumbnail::{Key, Thumbnails};

/// How long a library stays open for pictures: to open one of Apple's means to clone its database.
const OPEN: Duration = Duration::from_secs(300);

/// What stands where no picture is to be had.
const PLACEHOLDER: &str = include_str!("../../assets/placeholder.svg");

/// Makes and keeps the pictures.
pub struct Pictures {
    thumbnails: Thumbnails,
    library: Mutex<Option<Opened>>,
}

struct Opened {
    named: String,
    at: Instant,
    library: Box<dyn Library>,
}

impl Pictures {
    /// Keeps them in a data directory.
    pub fn new(data: &std::path::Path) -> Self {
        Self { thumbnails: Thumbnails::new(data), library: Mutex::default() }
    }

    fn of(&self, app: &Server, picture: &Picture) -> Option<Vec<u8>> {
        match picture {
            Picture::File(trail) => self.of_file(app, trail),
            Picture::Asset(id) => self.of_asset(app, id),
        }
    }

    fn of_file(&self, app: &Server, trail: &Trail) -> Option<Vec<u8>> {
        let root = Ledger::look(&app.data).ok()??.folder_path(trail.folder).ok()??;
        let found = trail.find(&root, &everywhere(&app.data)).ok()?;
        let state = found.state;
        let key = trail.fingerprint.as_ref().map_or_else(|| Key::of_file(&found.path, &state.stamp), Key::of_bytes);
        // What is not on this disk would be downloaded.
        self.thumbnails.of_file(key, (!state.online_only).then_some(found.file))
    }

    fn of_asset(&self, app: &Server, id: &AssetId) -> Option<Vec<u8>> {
        let mut opened = self.open(app).ok()?;
        let library = &mut opened.as_mut()?.library;
        let asset = library.asset(id).ok()??;
        // An edit changes the bytes, and what the library shows.
        let bytes = asset.resources.iter().filter_map(|resource| resource.size).sum();
        let key = Key::of_asset(&library.identity(), id, bytes);
        drop(opened);
        self.thumbnails.of_asset(key, || {
            let mut opened = self.open(app).map_err(|error| ReadError::Retry(error.to_string()))?;
            opened.as_mut().map_or(Ok(None), |opened| opened.library.picture(id))
        })
    }

    /// The library of the settings, opened anew when it is another one or was open for long.
    fn open(&self, app: &Server) -> Result<MutexGuard<'_, Option<Opened>>, Error> {
        let mut opened = self.library.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = app.settings()?;
        if opened.as_ref().is_none_or(|opened| opened.named != settings.library || opened.at.elapsed() > OPEN) {
            // The one before goes first: two clones of a large database need not lie on the disk at once.
            *opened = None;
            let library = open_library(&app.data, &settings)?;
            *opened = Some(Opened { named: settings.library, at: Instant::now(), library });
        }
        Ok(opened)
    }
}

/// The picture of a verdict's photo, or of the other one that decided.
pub async fn show(State(app): State<App>, Path((run, number, which)): Path<(String, String, String)>) -> Response {
    let Some((run, number)) = run.parse().ok().zip(number.parse().ok()) else { return answer(None) };
    let found = blocking(move || {
        let line = app.recent.verdicts(RunId(run)).ok()?.row(number).ok()??;
        let picture = if which == "other" { line.other_picture() } else { line.picture() };
        app.pictures.of(&app, &picture?)
    });
    match found.await {
        Ok(found) => answer(found),
        Err(response) => response,
    }
}

/// The picture of the photo in hand.
pub async fn live(State(app): State<App>) -> Response {
    let found = blocking(move || app.pictures.of(&app, &app.runner.live().running?.picture?));
    match found.await {
        Ok(found) => answer(found),
        Err(response) => response,
    }
}

fn answer(found: Option<Vec<u8>>) -> Response {
    match found {
        Some(jpeg) => ([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=600")], jpeg)
            .into_response(),
        None => ([(header::CONTENT_TYPE, "image/svg+xml")], PLACEHOLDER).into_response(),
    }
}
