//! What every page shares: the frame around it, words for what went wrong, and the way to other pages.

use askama::Template;
use axum::Extension;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::session::Said;
use super::{App, assets, gate::Visitor};
use crate::exit::Error;
use crate::live::Live;
use crate::settings::SettingsError;

/// A page that the navigation leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// What crosses the bridge.
    Photos,
    /// What lies in the library.
    Library,
    /// What lies in the folder.
    Folder,
    /// When it does so by itself.
    Schedules,
    /// What it did.
    History,
    /// How it does it.
    Settings,
    /// What all of it means.
    Help,
}

impl Page {
    /// Every page, in the order of the navigation.
    pub const ALL: [Self; 7] =
        [Self::Photos, Self::Library, Self::Folder, Self::Schedules, Self::History, Self::Settings, Self::Help];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Photos => "Photos",
            Self::Library => "Library",
            Self::Folder => "Folders",
            Self::Schedules => "Schedules",
            Self::History => "History",
            Self::Settings => "Settings",
            Self::Help => "Help",
        }
    }

    /// Its address.
    pub fn address(self) -> &'static str {
        match self {
            Self::Photos => "/",
            Self::Library => "/library",
            Self::Folder => "/folder",
            Self::Schedules => "/schedules",
            Self::History => "/history",
            Self::Settings => "/settings",
            Self::Help => "/help",
        }
    }
}

/// The frame around a page.
pub struct Shell {
    /// What stands in the window's title.
    pub title: String,
    /// Where in the navigation the page is.
    pub page: Page,
    /// A token for the forms of this page; any one of them spends it, and loads a page with the next.
    pub token: String,
    /// What was said of the last change.
    pub said: Option<Said>,
    /// What is going on.
    pub live: Live,
    /// Whether one must give a password here, and so can leave.
    pub has_password: bool,
}

impl Shell {
    /// The frame for a visitor.
    pub fn new(app: &App, visitor: &Visitor, page: Page, title: impl Into<String>) -> Self {
        let live = app.runner.live();
        let said = match live.running {
            Some(_) => app.sessions.still_said(&visitor.0),
            None => app.sessions.said(&visitor.0),
        };
        Self {
            title: title.into(),
            page,
            token: app.sessions.token(&visitor.0),
            said,
            live,
            has_password: app.gate.asks(),
        }
    }

    /// The address of one of our files.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}

/// A page as a response.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!("a page could not be written: {error}");
            failed("this page could not be shown: a defect in Photobridge. Nothing was changed")
        }
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    title: &'a str,
    words: &'a str,
    css: String,
    icon: String,
}

/// A page with nothing but words, for whoever has no session yet or asked for what is not there.
fn message(status: StatusCode, title: &str, words: &str) -> Response {
    let words = crate::words::sentence(words);
    let (css, icon) = (assets::address("app.css"), assets::address("icon.svg"));
    let text = Message { title, words: &words, css, icon }.render().unwrap_or_default();
    (status, Extension(Words(words)), Html(text)).into_response()
}

/// What a refusal says, kept with the response for programs, which read no pages.
#[derive(Debug, Clone)]
pub struct Words(pub String);

/// A refusal without a page around it.
pub fn bare(status: StatusCode, words: &str) -> Response {
    (status, Extension(Words(crate::words::sentence(words))), plain(words)).into_response()
}

/// Words for those that are no browsers.
pub fn plain(words: &str) -> String {
    format!("{}\n", crate::words::sentence(words))
}

/// A request that is not carried out.
pub fn refused(words: &str) -> Response {
    message(StatusCode::FORBIDDEN, "Not done", words)
}

/// Something that broke.
pub fn failed(words: &str) -> Response {
    message(StatusCode::INTERNAL_SERVER_ERROR, "That did not work", words)
}

/// Something that is not there.
pub fn missing(words: &str) -> Response {
    message(StatusCode::NOT_FOUND, "Not found", words)
}

/// An address that leads nowhere.
pub async fn not_found() -> Response {
    missing("there is no such page")
}

/// An error of ours as a page.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Settings(SettingsError::Invalid { .. }) = &self {
            let words = format!("{self}, or start over under Settings");
            return message(StatusCode::INTERNAL_SERVER_ERROR, "The settings are not valid", &words);
        }
        failed(&self.to_string())
    }
}

/// Sends whoever has not given the password to where one does.
pub fn log_in_first(method: &Method, uri: &Uri) -> Response {
    if method == Method::GET && !uri.path().starts_with("/api/") && uri.path() != "/events" {
        return Redirect::to("/login").into_response();
    }
    bare(StatusCode::UNAUTHORIZED, "give the password first, at /login")
}
