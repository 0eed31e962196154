//! The dialog in which a person says that a folder is gone for good, over the Photos page.

use std::path::{Path, PathBuf};

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use photobridge_core::ledger::Ledger;
use serde::Deserialize;

use super::gate::{Sent, Visitor};
use super::photos::{self, Dialog};
use super::{App, Server, blocking, shell};
use crate::change;
use crate::exit::Error;
use crate::settings::Settings;
use crate::words::sentence;

/// A folder of which that may be said, and what follows.
pub struct Gone {
    /// Where it lay.
    pub folder: String,
    /// How many photos of the library lie, or lay, in it.
    pub photos: u64,
    /// The settings name it, and then no longer.
    pub is_set_up: bool,
    /// No other folder is set up.
    pub is_the_only_one: bool,
}

/// Which folder is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    folder: PathBuf,
}

impl Gone {
    /// What follows of saying that of the folder at this path; nothing of one that was never known.
    fn of(server: &Server, folder: &Path) -> Result<Option<Self>, Error> {
        let settings = server.settings()?;
        let whole = change::whole(&folder.to_string_lossy()).unwrap_or_else(|_| folder.to_owned());
        let is_set_up = settings.folder.iter().any(|known| change::is_at(known, &whole));
        let from = Ledger::look(&server.data)?.map(|ledger| ledger.lay_in()).transpose()?.unwrap_or_default();
        let known = from.into_iter().find(|(path, _)| *path == whole);
        let is_known = is_set_up || known.is_some();
        Ok(is_known.then(|| Self {
            folder: folder.display().to_string(),
            photos: known.map_or(0, |(_, photos)| photos),
            is_set_up,
            is_the_only_one: is_set_up && settings.folder.len() == 1,
        }))
    }
}

/// Folders in which photos of the library lie, or lay, and that are set up no longer: each with their number.
pub fn of_before(server: &Server, settings: &Settings) -> Result<Vec<(String, u64)>, Error> {
    let from = Ledger::look(&server.data)?.map(|ledger| ledger.lay_in()).transpose()?.unwrap_or_default();
    let receiver = settings.receiver().and_then(|path| path.canonicalize().ok());
    let is_set_up = |path: &PathBuf| {
        receiver.as_ref() == Some(path) || settings.folder.iter().any(|known| change::is_at(known, path))
    };
    let before = from.into_iter().filter(|(path, _)| !is_set_up(path));
    Ok(before.map(|(path, photos)| (path.display().to_string(), photos)).collect())
}

/// The dialog.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let reader = app.clone();
    match blocking(move || Gone::of(&reader, &asked.folder)).await?.map_err(IntoResponse::into_response)? {
        Some(gone) => photos::with(app, visitor, |_, _| Some(Dialog::Gone(gone))).await,
        None => Ok(shell::not_found().await),
    }
}

/// Says it.
pub async fn say(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let (writer, folder) = (app.clone(), sent.field("folder").to_owned());
    Ok(match blocking(move || change::give_up(&writer.data, &folder)).await? {
        Ok(words) => sent.then(&app, "/", true, words),
        Err(error) => sent.then(&app, "/", false, sentence(&error.to_string())),
    })
}
