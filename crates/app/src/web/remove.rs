//! Removing for good what was taken back of a run, from a library of our own: first the list, then what came of it.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use photobridge_core::run::{RunId, StartedBy};
use photobridge_core::undo::{self, Removal};

use super::gate::{Sent, Visitor};
use super::runs::Named;
use super::shell::{Page, Shell, page};
use super::{App, Server, looking};
use crate::exit::Busy;
use crate::exit::Error;
use crate::folders::everywhere;
use crate::words::{self, count};

#[derive(Template)]
#[template(path = "remove.html")]
struct Ask {
    shell: Shell,
    run: RunId,
    removal: Removal,
}

impl Ask {
    fn goes(&self) -> String {
        count(self.removal.goes.len() as u64, "photo")
    }

    fn stays(&self) -> String {
        let photos = self.removal.stays.len() as u64;
        format!("{} {}", count(photos, "photo"), if photos == 1 { "stays" } else { "stay" })
    }
}

/// Lists what would go, and asks.
pub async fn ask(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(run): Named,
) -> Result<Response, Response> {
    let shell = Shell::new(&app, &visitor, Page::History, format!("Remove what run {run} imported"));
    let reader = app.clone();
    let looked = looking(&app, move || {
        let mut library = reader.context()?.library()?;
        Ok::<_, Error>(undo::removable(&reader.data, run, library.as_mut(), &everywhere(&reader.data))?)
    });
    let removal = looked.await?.map_err(IntoResponse::into_response)?;
    Ok(page(&Ask { shell, run, removal }))
}

/// Removes just what was listed, and says how much that was.
pub async fn carry_out(State(app): State<App>, Named(run): Named, sent: Sent) -> Result<Response, Response> {
    let (worker, key) = (app.clone(), sent.field("key").to_owned());
    let answer = match looking(&app, move || remove(&worker, run, &key)).await? {
        Ok(Some(removed)) => sent.then(&app, "/history", true, came_to(&removed)),
        Ok(None) => {
            let words = "The list has changed, so nothing was removed. This is the new list.";
            sent.then(&app, &format!("/runs/{run}/remove"), false, words)
        }
        Err(error) => sent.then(&app, "/history", false, words::sentence(&error.to_string())),
    };
    Ok(answer)
}

fn remove(server: &Server, run: RunId, key: &str) -> Result<Option<Removal>, Error> {
    if server.runner.live().running.is_some() {
        return Err(Error::Busy(Busy::Running));
    }
    let mut library = server.context()?.library()?;
    let folders = everywhere(&server.data);
    Ok(undo::remove(&server.data, run, key, library.as_mut(), &folders, &StartedBy::Page, Timestamp::now())?)
}

fn came_to(removed: &Removal) -> String {
    let gone = format!("Permanently removed {} from the library.", count(removed.goes.len() as u64, "photo"));
    match removed.stays.first() {
        None => gone,
        Some((name, why)) => {
            let photos = removed.stays.len() as u64;
            let stay = if photos == 1 { "stays" } else { "stay" };
            format!("{gone} {} {stay}; one is {name}: {why}.", count(photos, "photo"))
        }
    }
}
