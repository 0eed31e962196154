//! A folder on a server: who we are there. Open only while a draft asks for a folder, as the folder browser is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::draft::{Draft, DraftId};
use super::gate::{Sent, Visitor};
use super::session::SessionId;
use super::shell::{Page, Shell, page};
use super::{App, blocking, filters};
use crate::servers::{self, Begun};

/// What was typed of a server, never a password, and what came of it.
#[derive(Clone, Default)]
pub struct Account {
    cloud: String,
    address: String,
    user: String,
    trouble: Option<String>,
    begun: Option<Arc<Begun>>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("cloud", &self.cloud).field("address", &self.address).finish_non_exhaustive()
    }
}

impl Account {
    /// Does what somebody pressed. The folder's address, once it is known who we are there.
    fn act(&mut self, data: &Path, act: &str, password: &str) -> Option<PathBuf> {
        let done = match act {
            "nextcloud" => Begun::at(&self.cloud).map(|begun| {
                self.begun = Some(Arc::new(begun));
                None
            }),
            "granted" => self.granted(data),
            "back" => {
                self.begun = None;
                Ok(None)
            }
            _ => self.introduced(data, password).map(Some),
        };
        self.trouble = done.as_ref().err().cloned();
        done.ok().flatten()
    }

    fn granted(&mut self, data: &Path) -> Result<Option<PathBuf>, String> {
        let Some(begun) = self.begun.clone() else { return Ok(None) };
        let place = begun.granted(data).inspect_err(|_| self.begun = None)?;
        let place = place.ok_or("access was not granted yet. Open the page of the server, and grant it there")?;
        self.begun = None;
        match servers::trouble_with(data, &place) {
            None => Ok(Some(place)),
            Some(why) => {
                self.address = place.to_string_lossy().into_owned();
                Err(format!("you are logged in, but {why}. Then press Use this folder; it needs no password any more"))
            }
        }
    }

    fn introduced(&self, data: &Path, password: &str) -> Result<PathBuf, String> {
        let place = servers::place(&self.address).ok_or("enter an address that begins with https://")?;
        servers::introduce(data, &place, &|_| Ok((self.user.clone(), password.to_owned())))?;
        Ok(place)
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    draft: DraftId,
    back: String,
    account: Account,
}

/// Which draft wants a folder.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    draft: DraftId,
}

/// The page that asks.
pub async fn show(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Query(asked): Query<Asked>,
) -> Response {
    let Some(draft) = wanting(&app, &visitor.0, asked.draft) else { return closed() };
    let shell = Shell::new(&app, &visitor, Page::Settings, "A folder on a server");
    let back = draft.address(asked.draft);
    page(&AccountPage { shell, draft: asked.draft, back, account: draft.account })
}

/// Logs in, and puts the folder's address into the form.
pub async fn log_in(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let id = sent.field("draft").parse().unwrap_or_default();
    let Some(mut draft) = wanting(&app, &sent.session, id) else { return Ok(closed()) };
    let mut account = draft.account.clone();
    for (field, name) in [(&mut account.cloud, "cloud"), (&mut account.address, "address"), (&mut account.user, "user")]
    {
        if !sent.field(name).is_empty() {
            *field = sent.field(name).trim().to_owned();
        }
    }
    let (data, act, password) = (app.data.clone(), sent.field("do").to_owned(), sent.field("password").to_owned());
    let acted = move || {
        let place = account.act(&data, &act, &password);
        (account, place)
    };
    let (account, place) = blocking(acted).await?;
    draft.account = account;
    let mut next = format!("/account?draft={id}");
    if let Some((place, field)) = place.and_then(|place| Some((place, draft.asks.take()?))) {
        draft.form.choose(&field, &place.to_string_lossy());
        draft.account = Account::default();
        next = draft.address(id);
    }
    app.drafts.keep(&sent.session, Some(id), draft);
    Ok(Redirect::to(&next).into_response())
}

/// The draft, if it asks for a folder of photos.
fn wanting(app: &App, session: &SessionId, id: DraftId) -> Option<Draft> {
    let draft = app.drafts.find(session, id)?;
    let is_of_photos = draft.asks.as_ref().is_some_and(|field| !field.starts_with("library."));
    is_of_photos.then_some(draft)
}

fn closed() -> Response {
    Redirect::to("/settings").into_response()
}
