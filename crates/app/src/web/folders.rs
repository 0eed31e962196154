//! The folder browser: chooses a folder for a field of a form. It is open only while a draft asks for one, which takes a
//! form with a token; nothing else lists a directory.

use std::path::{Path, PathBuf};

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use photobridge_core::folder::names::is_library_package;
use serde::Deserialize;

use super::draft::DraftId;
use super::gate::{Sent, Visitor};
use super::settings::form::Form;
use super::shell::{Page, Shell, missing, page};
use super::{App, blocking, filters};
use crate::browse::{Listing, Roots, below_home, usual};
use crate::exit::Error;
use crate::settings::home;

/// What one of our own libraries is called where it is made beside other things.
const NAME: &str = "Photobridge Library";

#[derive(Template)]
#[template(path = "folders.html")]
struct Folders {
    shell: Shell,
    draft: DraftId,
    asks: Asks,
    back: String,
    roots: Vec<PathBuf>,
    usual: Vec<PathBuf>,
    /// The way to the directory that is shown, if there is one.
    way: Vec<(String, String)>,
    listing: Result<Listing, String>,
}

impl Folders {
    fn here(&self) -> Option<&(String, String)> {
        self.way.last()
    }

    fn name(&self, path: &Path) -> String {
        below_home(path)
    }
}

/// What is being chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// A folder of photos.
    Photos,
    /// A library of Apple Photos.
    Apples,
    /// A place for a library of our own, or one.
    Own,
}

impl Asks {
    fn of(field: &str) -> Self {
        match field {
            "library.bundle" => Self::Apples,
            "library.own" => Self::Own,
            _ => Self::Photos,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Photos => "Choose a folder",
            Self::Apples => "Choose a Photos library",
            Self::Own => "Choose a place for the library",
        }
    }

    /// Whether a library of this name is what is being chosen.
    fn takes(self, name: &str) -> bool {
        match self {
            Self::Photos => false,
            Self::Apples => name.to_lowercase().ends_with(".photoslibrary"),
            Self::Own => !is_library_package(name),
        }
    }
}

/// Where one looks.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    draft: DraftId,
    path: Option<String>,
}

/// The directories of one directory.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let Some(draft) = app.drafts.find(&visitor.0, asked.draft) else { return Ok(closed()) };
    let Some(field) = draft.asks.clone() else { return Ok(closed()) };
    let shell = Shell::new(&app, &visitor, Page::Settings, Asks::of(&field).title());
    let looked = blocking(move || {
        let own_home = dirs::home_dir();
        let roots = Roots::of(&app.settings()?, own_home.as_deref());
        let begin = || {
            beginning(&draft.form, &field)
                .and_then(|path| roots.place(&path))
                .or_else(|| roots.place(own_home.as_deref()?))
        };
        let place = match &asked.path {
            Some(path) => roots.place(Path::new(path)),
            None => begin(),
        };
        if asked.path.is_some() && place.is_none() {
            return Ok(None);
        }
        let listing = place.as_ref().map_or_else(|| Ok(Listing::default()), |place| place.list(&roots));
        Ok::<_, Error>(Some(Folders {
            shell,
            draft: asked.draft,
            asks: Asks::of(&field),
            back: draft.address(asked.draft),
            usual: usual(own_home.as_deref()),
            roots: roots.outermost().map(Path::to_owned).collect(),
            way: place.map(|place| place.way()).unwrap_or_default(),
            listing: listing.map_err(|error| format!("it cannot be read: {error}")),
        }))
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    Ok(looked.map_or_else(nowhere, |folders| page(&folders)))
}

/// Puts the chosen directory into the form, and goes back there.
pub async fn choose(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let id = sent.field("draft").parse().unwrap_or_default();
    let Some(mut draft) = app.drafts.find(&sent.session, id) else { return Ok(closed()) };
    let Some(field) = draft.asks.take() else { return Ok(closed()) };
    let (reader, path, asks) = (app.clone(), PathBuf::from(sent.field("path")), Asks::of(&field));
    let chosen = blocking(move || {
        let roots = Roots::of(&reader.settings()?, dirs::home_dir().as_deref());
        Ok::<_, Error>(chosen(&roots, asks, &path))
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    let Some(chosen) = chosen else { return Ok(nowhere()) };
    draft.form.choose(&field, &chosen.to_string_lossy());
    let back = draft.address(id);
    app.drafts.keep(&sent.session, Some(id), draft);
    Ok(Redirect::to(&back).into_response())
}

/// The path that goes into the form, if one may choose it.
fn chosen(roots: &Roots, asks: Asks, path: &Path) -> Option<PathBuf> {
    let listed = || {
        let listing = roots.place(path.parent()?)?.list(roots).ok()?;
        let is_it = |entry: &crate::browse::Entry| {
            entry.is_library && asks.takes(&entry.name) && Path::new(&entry.path) == path
        };
        listing.directories.into_iter().find(is_it).map(|entry| PathBuf::from(entry.path))
    };
    let place = || roots.place(path).map(|place| place.path().to_owned());
    match asks {
        Asks::Photos => place(),
        Asks::Apples => listed(),
        // A library is never made among other things.
        Asks::Own => listed().or_else(|| {
            let place = place()?;
            let is_empty = std::fs::read_dir(&place).is_ok_and(|mut entries| entries.next().is_none());
            Some(if is_empty { place } else { place.join(NAME) })
        }),
    }
}

/// The directory in which the browser begins for a field: the one that it names, or where that would be.
fn beginning(form: &Form, field: &str) -> Option<PathBuf> {
    let path = home(form.value(field));
    path.is_absolute().then(|| path.ancestors().find(|path| path.is_dir()).map(Path::to_owned))?
}

/// Nobody asks for a folder.
fn closed() -> Response {
    Redirect::to("/settings").into_response()
}

/// The same words for what is not there and for what nobody may see.
fn nowhere() -> Response {
    missing("there is no such folder to choose from. Go back, and type its path instead")
}
