//! Starting over: the settings alone, or the memory too. Both are set aside under dated names, and nothing is deleted.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use photobridge_core::ledger::Ledger;
use photobridge_core::lock::Lock;

use super::gate::{Sent, Visitor};
use super::shell::{Page, Shell, page};
use super::{App, Server, blocking};
use crate::exit::Error;
use crate::places;
use crate::settings;
use crate::words::sentence;

#[derive(Template)]
#[template(path = "reset.html")]
struct Reset {
    shell: Shell,
    /// Why one may have come here without asking for it.
    trouble: Option<String>,
    data: String,
}

/// The page that says what each way of starting over forgets.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Response {
    page_for(&app, &visitor, None)
}

/// The same, for whoever has settings that make no sense.
pub fn page_for(app: &App, visitor: &Visitor, trouble: Option<String>) -> Response {
    let shell = Shell::new(app, visitor, Page::Settings, "Start over");
    page(&Reset { shell, trouble, data: app.data.display().to_string() })
}

/// Starts over.
pub async fn start_over(State(app): State<App>, sent: Sent) -> Result<Response, Response> {
    let what = match sent.field("what") {
        "settings" => What::Settings,
        "all" => What::SettingsAndMemory,
        _ => return Ok(sent.then(&app, "/reset", false, "Nothing was changed. Choose one of the two.")),
    };
    let worker = app.clone();
    Ok(match blocking(move || forget(&worker, what, Timestamp::now())).await? {
        Ok(words) => {
            app.drafts.forget_all(&sent.session, |_| true);
            sent.then(&app, "/welcome", true, words)
        }
        Err(error) => sent.then(&app, "/reset", false, sentence(&error.to_string())),
    })
}

/// What is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Settings,
    SettingsAndMemory,
}

/// Sets aside what is to be forgotten, while no run is under way, and says where it lies.
fn forget(server: &Server, what: What, now: Timestamp) -> Result<String, Error> {
    let _lock = Lock::take(&server.data, "start over", now)?;
    let mut aside = Vec::new();
    if what == What::SettingsAndMemory {
        aside.extend(Ledger::set_aside(&server.data, now)?);
    }
    aside.extend(settings::set_aside(&places::settings_file(&server.data), now)?);
    let aside: Vec<String> = aside.iter().map(|path| path.display().to_string()).collect();
    Ok(match &aside[..] {
        [] => "There was nothing to forget.".into(),
        aside => format!("Photobridge starts over. The old data is kept as {}.", aside.join(" and ")),
    })
}
