//! The Photos page: both sides, what will cross, and the buttons that make it cross.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use photobridge_core::export::Range;
use photobridge_core::folder::Folders;
use photobridge_core::ledger::{Doubt, Ledger};
use photobridge_core::notices;
use photobridge_core::run::{Command, Mode, RunId, StartedBy};
use photobridge_core::sync::Kin;

use super::baseline::Setting;
use super::full_library::Extent;
use super::gate::{Sent, Visitor};
use super::gone::Gone;
use super::look::{Asked, Look};
use super::shell::{Page, Shell, page};
use super::{App, blocking, filters};
use crate::away::{Side, is_about_a_side};
use crate::exit::Error;
use crate::folders::everywhere;
use crate::live::Running;
use crate::run::Ask;
use crate::settings::Settings;
use crate::status::{Lane, Status, Trouble, report};
use crate::words;

#[derive(Template)]
#[template(path = "photos.html")]
struct Photos {
    shell: Shell,
    status: Status,
    look: Option<Look>,
    /// Where the folder lay that the one which exports go to may be, where a person must say so.
    kin: Option<String>,
    dialog: Option<Dialog>,
    now: Timestamp,
}

/// One figure, with what it means.
struct Fact {
    name: &'static str,
    value: String,
    means: &'static str,
}

impl Photos {
    /// The lanes: which way, what is to cross, if somebody looked, and what waits.
    fn ways(&self) -> impl Iterator<Item = (&'static str, Option<u64>, u64)> {
        let import = self.status.mode.imports().then_some(("in", self.status.import));
        let export = self.status.mode.exports().then_some(("out", self.status.export));
        let lane =
            |(way, lane): (_, Option<Lane>)| (way, lane.map(|lane| lane.pending), lane.map_or(0, |lane| lane.waiting));
        import.into_iter().chain(export).map(lane)
    }

    fn library_name(&self) -> &'static str {
        match self.status.library.as_str() {
            "photos" => "Apple Photos",
            path if path.to_lowercase().ends_with(".photoslibrary") => "Photos library, only read",
            _ if self.status.library_is_own => "Photobridge's library",
            _ => "Library",
        }
    }

    fn when(&self, then: &Timestamp) -> String {
        words::when(*then, self.now)
    }

    /// Why the latest run here did not get as far as a number, by which the history would tell of it, while that is so.
    fn never_began(&self) -> Option<&str> {
        let ended = self.shell.live.ended.as_ref().filter(|ended| ended.run.is_none())?;
        let is_over = |words: &&str| is_about_a_side(words) || (ended.busy && !self.status.is_held);
        ended.words.as_deref().filter(|words| !is_over(words))
    }

    /// Whether a side, or a folder of it, is not there.
    fn is_away(&self, path: &str) -> bool {
        self.status.away.iter().any(|away| away.path == path)
    }

    /// Whether photos are taken from the folder at this path.
    fn is_source(&self, path: &str) -> bool {
        self.status.folders.iter().any(|folder| folder == path)
    }

    fn has_away(&self, side: Side) -> bool {
        self.status.away.iter().any(|away| away.side == side)
    }

    /// Where a notice can be followed.
    fn way_of(&self, notice: &str) -> Option<(&'static str, &'static str)> {
        match notice {
            notice if notice.ends_with(notices::WHAT_GOES_IN) => {
                Some(("/settings#folders", "What is taken of the folders"))
            }
            notice if notice.ends_with(notices::WHAT_GOES_OUT) => Some(("/settings#out", "What goes out")),
            _ => None,
        }
    }

    /// What went wrong last, unless that is said already.
    fn trouble(&self) -> Option<&Trouble> {
        let is_said = |trouble: &&Trouble| trouble.state == "interrupted" && self.shell.live.cut_short.is_some();
        self.status.trouble.as_ref().filter(|trouble| !is_said(trouble))
    }

    /// Whether nothing can be begun now.
    fn must_wait(&self) -> bool {
        self.is_at_work() || !self.status.away.is_empty()
    }

    fn is_at_work(&self) -> bool {
        self.shell.live.running.is_some() || self.status.is_held
    }

    /// Whether a person cannot say now what the folder is that exports go to: something else is away, too.
    fn must_wait_for_others(&self) -> bool {
        self.is_at_work() || self.status.away.iter().any(|away| !away.is_another)
    }

    fn sync_label(&self) -> String {
        match (self.status.plan, self.status.pending()) {
            (Some(_), pending) if pending > 0 => format!("Sync {}", words::count(pending, "photo")),
            _ => "Sync".into(),
        }
    }

    fn hint(&self) -> String {
        if !self.status.away.is_empty() {
            return "Nothing can be looked at until it is back. Nothing counts as deleted meanwhile.".into();
        }
        if let Some(outdated) = &self.status.outdated {
            return outdated.clone();
        }
        let looked = self.status.looked.map(|looked| words::ago(looked, self.now));
        match looked {
            None => "Nothing was looked at yet. Simulate changes nothing.".into(),
            Some(ago) if self.status.is_in_step() => format!("Both sides were in step {ago}."),
            Some(ago) => match self.status.import.map_or(0, |import| import.kept_out) {
                0 => format!("Looked at {ago}."),
                kept => {
                    let photos = words::count(kept, "photo");
                    format!("Looked at {ago}. New in the folder: {photos}. They stay there, the library is only read.")
                }
            },
        }
    }

    /// What stands below the bridge.
    fn facts(&self) -> Vec<Fact> {
        let status = &self.status;
        let fact = |name, value: String, means| Fact { name, value, means };
        let both = [status.import, status.export].into_iter().flatten();
        let pending = both.clone().map(|way| way.pending + way.waiting + way.failed).sum();
        let sync = status.last_sync.as_ref();
        let mut facts = vec![
            fact("Folder items", number(status.items), "Photos and videos that are tracked in the source folders."),
            fact(
                "Pending",
                known(status, pending),
                "What is to be carried, waits for something, or failed and is tried again.",
            ),
            fact(
                "Skipped",
                known(status, status.import.or(status.export).map_or(0, |way| way.on_both)),
                "What is already on the other side. It is left where it is.",
            ),
            fact(
                "Last imported",
                sync.map_or_else(|| "—".into(), |sync| words::thousands(sync.imported)),
                "Photos that the latest sync brought into the library, scheduled ones included.",
            ),
            fact(
                "Last sync",
                sync.and_then(|sync| sync.ended).map_or_else(|| "never".into(), |ended| words::when(ended, self.now)),
                "When the latest sync ended, whoever began it.",
            ),
        ];
        if status.mode.exports() {
            let range = match status.range {
                Range::GoingForward => "Going forward",
                Range::FullLibrary => "Full library",
            };
            let baseline =
                status.baseline.map_or_else(|| "not set yet".into(), |baseline| words::when(baseline, self.now));
            facts.extend([
                fact("Total exported", words::thousands(status.total_exported), "Photos that were ever brought out of the library into the folder."),
                fact("Export mode", range.into(), "Going forward: what is added to the library after the baseline. Full library: all of it."),
                fact("Export baseline", baseline, "Photos that were added to the library before this moment stay there, unless the whole library goes out."),
            ]);
        }
        facts
    }
}

/// A number, or a dash where nothing was looked at yet.
fn number(number: Option<u64>) -> String {
    number.map_or_else(|| "—".into(), words::thousands)
}

fn known(status: &Status, number: u64) -> String {
    self::number(status.looked.map(|_| number))
}

/// What the page is called in a mode.
pub fn title(mode: Mode) -> &'static str {
    match mode {
        Mode::Import => "Import Photos",
        Mode::Bidirectional => "Sync Photos",
        Mode::Export => "Export Photos",
    }
}

/// What may stand over the page.
pub enum Dialog {
    /// What the whole library would be.
    FullLibrary(Extent),
    /// The baseline as it is, and what it may be set to.
    Baseline(Setting),
    /// What it means that a folder is gone for good.
    Gone(Gone),
}

/// The page.
pub async fn show(State(app): State<App>, Extension(visitor): Extension<Visitor>) -> Result<Response, Response> {
    with(app, visitor, |_, _| None).await
}

/// The page, with a dialog over it; where no folder is set up, the way to do that.
pub async fn with(
    app: App,
    visitor: Visitor,
    dialog: impl FnOnce(&Shell, &Status) -> Option<Dialog>,
) -> Result<Response, Response> {
    // First what runs, then how things stand: a run that ends in between is shown as running, and its end loads the page
    // anew. The other way round the page would know neither.
    let mut shell = Shell::new(&app, &visitor, Page::Photos, "");
    let (reader, token) = (app.clone(), shell.token.clone());
    let looked = blocking(move || {
        let settings = reader.settings()?;
        if settings.folder.is_empty() {
            return Ok(None);
        }
        let status = Status { watching: reader.runner.watching(), ..Status::read(&reader.data, &settings)? };
        let look = status.latest.and_then(|run| {
            let base = status.plan.map_or_else(|| format!("/runs/{run}"), |_| "/plan".into());
            Look::at(&reader, RunId(run), &base, &Asked::default(), &token).ok()
        });
        let kin = status.trouble.as_ref().and_then(|_| kin(&reader, &settings));
        Ok::<_, Error>(Some((status, look, kin)))
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    let Some((status, look, kin)) = looked else { return Ok(Redirect::to("/welcome").into_response()) };
    shell.title = title(status.mode).into();
    let dialog = dialog(&shell, &status);
    Ok(page(&Photos { shell, status, look, kin, dialog, now: Timestamp::now() }))
}

/// Whether the folder that exports go to may be another one: where that lay.
fn kin(app: &App, settings: &Settings) -> Option<String> {
    let folders = everywhere(&app.data);
    let folder = folders.open(settings.receiver()?).ok()?;
    match Ledger::look(&app.data).ok()??.doubt_about(&*folder, &folders, &settings.folder_paths()).ok()?? {
        Doubt::MayBe { from, .. } => Some(from.display().to_string()),
        // It is told as away, whether or not a run stopped at it.
        Doubt::Another { .. } => None,
    }
}

/// Begins a simulation.
pub async fn simulate(State(app): State<App>, sent: Sent) -> Response {
    begin(&app, &sent, Ask::plain(Command::Simulate, StartedBy::Page), "/")
}

/// Begins a sync: of the plan that was looked at, if there was one.
pub async fn sync(State(app): State<App>, sent: Sent) -> Response {
    let kin = match sent.field("kin") {
        "same" => Some(Kin::SameAs(sent.field("as").into())),
        "another" => Some(Kin::Another),
        _ => None,
    };
    if kin.is_some() {
        return begin(&app, &sent, Ask { kin, ..Ask::plain(Command::Sync, StartedBy::Page) }, "/");
    }
    let Ok(plan) = sent.field("plan").parse().map(RunId) else {
        return begin(&app, &sent, Ask::plain(Command::Sync, StartedBy::Page), "/");
    };
    let reader = app.clone();
    let shown =
        blocking(move || Ok::<_, Error>(Ledger::open(&reader.data)?.run(plan)?.as_ref().and_then(report))).await;
    match shown {
        Ok(Ok(Some(shown))) => begin(&app, &sent, Ask::plan(&shown, StartedBy::Page), "/"),
        Ok(Ok(None)) => {
            sent.then(&app, "/", false, "That plan is not kept any more. Nothing was done. Simulate again.")
        }
        Ok(Err(error)) => sent.then(&app, "/", false, words::sentence(&error.to_string())),
        Err(response) => response,
    }
}

/// Begins a run and shows it at `to`.
pub fn begin(app: &App, sent: &Sent, ask: Ask, to: &str) -> Response {
    match app.runner.start(ask) {
        Ok(()) => Redirect::to(to).into_response(),
        Err(busy) => sent.then(app, "/", false, words::sentence(&busy.to_string())),
    }
}

/// Asks the run under way to stop, if it is the one that the page showed.
pub async fn cancel(State(app): State<App>, sent: Sent) -> Response {
    let running = app.runner.live().running;
    let is_meant = |running: &Running| sent.field("since") == running.since.to_string();
    if !running.as_ref().is_some_and(is_meant) {
        let words =
            if running.is_some() { "That run is over, and another one is under way" } else { "That run is over" };
        return sent.then(&app, "/", true, format!("{words}. Nothing was stopped."));
    }
    app.runner.cancel();
    sent.then(&app, "/", true, "The run stops after the photo in hand.")
}

/// Leads to the page whoever loads the address of a change.
pub async fn back() -> Redirect {
    Redirect::to("/")
}
