//! Taking back what a sync carried: first what would happen, then what came of it.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use photobridge_core::ledger::Ledger;
use photobridge_core::lock::is_held;
use photobridge_core::run::{RunId, StartedBy};
use photobridge_core::undo::{self, Prospect, Undone};

use super::gate::{Sent, Visitor};
use super::runs::{Named, no_such_run};
use super::shell::{Page, Shell, page};
use super::{App, Server, filters, looking};
use crate::exit::Busy;
use crate::exit::Error;
use crate::folders::everywhere;
use crate::history::{self, Run};
use crate::words::{self, count};

/// Files that stay and are listed; the others are counted.
const LISTED: usize = 200;

#[derive(Template)]
#[template(path = "undo.html")]
struct Ask {
    shell: Shell,
    run: Run,
    prospect: Prospect,
    removes: bool,
    now: Timestamp,
}

impl Ask {
    fn came_to(&self) -> Vec<String> {
        self.run.ways().into_iter().map(|(_, words)| words).collect()
    }

    fn files(&self) -> String {
        count(self.prospect.files, "file")
    }

    fn photos(&self) -> String {
        count(self.prospect.photos, "photo")
    }

    fn again(&self) -> String {
        count(self.prospect.again, "photo")
    }

    fn joined(&self) -> String {
        count(self.prospect.joined, "file")
    }

    fn told(&self) -> String {
        count(self.prospect.told, "photo")
    }
}

#[derive(Template)]
#[template(path = "undone.html")]
struct Told {
    shell: Shell,
    run: RunId,
    undone: Undone,
    can_be_removed: bool,
}

impl Told {
    fn listed(&self) -> impl Iterator<Item = (String, &str)> {
        let stays = self.undone.kept.iter().take(LISTED);
        stays.map(|(path, why)| (path.display().to_string(), why.as_str()))
    }

    fn moved(&self) -> String {
        count(self.undone.moved, "file")
    }

    fn gathered(&self, photos: &u64) -> String {
        count(*photos, "photo")
    }

    fn stays(&self) -> String {
        let files = self.undone.kept.len() as u64;
        format!("{} {}", count(files, "file"), if files == 1 { "stays" } else { "stay" })
    }

    fn gone(&self) -> String {
        let files = self.undone.gone.len() as u64;
        format!("{} {}", count(files, "file"), if files == 1 { "is" } else { "are" })
    }

    fn more(&self) -> u64 {
        self.undone.kept.len().saturating_sub(LISTED) as u64
    }

    fn did_something(&self) -> bool {
        self.undone.moved > 0 || self.undone.album.is_some() || self.undone.again > 0 || self.undone.untold > 0
    }

    fn again(&self) -> String {
        count(self.undone.again, "photo")
    }

    fn joined(&self) -> String {
        count(self.undone.joined, "file")
    }

    fn untold(&self) -> String {
        count(self.undone.untold, "photo")
    }
}

/// Says what undoing would do, and asks.
pub async fn ask(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(run): Named,
) -> Result<Response, Response> {
    let shell = Shell::new(&app, &visitor, Page::History, format!("Undo run {run}"));
    let now = Timestamp::now();
    let reader = app.clone();
    let looked = looking(&app, move || {
        let found = history::run(&reader.data, run, is_held(&reader.data))?;
        let Some(found) = found else { return Ok(None) };
        let removes = reader.context()?.library()?.properties().removes;
        Ok::<_, Error>(Some((found, prospect(&reader, run, now)?, removes)))
    });
    let Some((run, prospect, removes)) = looked.await?.map_err(IntoResponse::into_response)? else {
        return Err(no_such_run());
    };
    Ok(page(&Ask { shell, run, prospect, removes, now }))
}

/// Undoes, and says what came of it.
pub async fn carry_out(State(app): State<App>, Named(run): Named, sent: Sent) -> Result<Response, Response> {
    let visitor = Visitor(sent.session.clone());
    let worker = app.clone();
    match looking(&app, move || carry_out_by(&worker, run, &StartedBy::Page)).await? {
        Ok(undone) => {
            let shell = Shell::new(&app, &visitor, Page::History, format!("Undo run {run}"));
            let ledger = Ledger::look(&app.data).ok().flatten();
            let can_be_removed = ledger.is_some_and(|ledger| ledger.can_be_removed(run).unwrap_or(false));
            Ok(page(&Told { shell, run, undone, can_be_removed }))
        }
        Err(error) => Ok(sent.then(&app, "/history", false, words::sentence(&error.to_string()))),
    }
}

/// What undoing a run would do.
pub fn prospect(server: &Server, run: RunId, now: Timestamp) -> Result<Prospect, Error> {
    let library = server.context()?.library()?;
    Ok(undo::prospect(&server.data, run, library.as_ref(), now)?)
}

/// Undoes a run, unless another one is under way.
pub fn carry_out_by(server: &Server, run: RunId, by: &StartedBy) -> Result<Undone, Error> {
    if server.runner.live().running.is_some() {
        return Err(Error::Busy(Busy::Running));
    }
    let mut library = server.context()?.library()?;
    Ok(undo::undo(&server.data, run, library.as_mut(), &everywhere(&server.data), by, Timestamp::now())?)
}
