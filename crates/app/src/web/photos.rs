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
    /// Whether the latest sync can be taken back.
    can_undo: bool,
    /// Where the folder lay that the one which exports go to may be, where a person must say so.
    kin: Option<String>,
    dialog: Option<Dialog>,
    now: Timestamp,
}

/// One figure, with what it means.
struct Fact {
    name: &'static str,
    value: String,
    /// The moment that it is, on the clock of whoever looks.
    at: Option<Timestamp>,
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

    /// How things stand, in a few words, and whether that is as it should be.
    fn headline(&self) -> (&'static str, String) {
        let status = &self.status;
        match self.shell.live.running.as_ref().map(|running| running.command) {
            Some(Command::Sync) => return ("", "Syncing…".into()),
            Some(Command::Simulate) => return ("", "Looking at both sides…".into()),
            None => {}
        }
        if !status.away.is_empty() {
            return ("bad", "Paused: not everything is connected".into());
        }
        if status.outdated.is_some() || status.looked.is_none() {
            return ("", "Not checked yet".into());
        }
        if status.is_in_step() {
            return ("good", "All up to date".into());
        }
        let lanes = [("import", status.import), ("export", status.export)];
        let lanes: Vec<(&str, Lane)> = lanes.into_iter().filter_map(|(way, lane)| Some((way, lane?))).collect();
        let sum = |of: fn(&Lane) -> u64| lanes.iter().map(|(_, lane)| of(lane)).sum::<u64>();
        let (waiting, failed) = (sum(|lane| lane.waiting), sum(|lane| lane.failed));
        let (old, ill) = (sum(|lane| lane.before_baseline), sum(|lane| lane.need_attention));
        let to_carry = lanes.iter().filter(|(_, lane)| lane.pending > 0);
        let to_carry = to_carry.map(|(way, lane)| match status.was_cancelled {
            true => format!("{} left to {way}", words::count(lane.pending, "photo")),
            false => format!("{} to {way}", words::count(lane.pending, "photo")),
        });
        let stopped = status.was_cancelled.then(|| "Stopped".to_owned());
        let others = [(waiting, "waiting"), (failed, "failed")].into_iter().filter(|(number, _)| *number > 0);
        let others = others.map(|(number, what)| format!("{} {what}", words::count(number, "photo")));
        let mut all: Vec<String> = stopped.into_iter().chain(to_carry).chain(others).collect();
        if all.is_empty() {
            all.push(
                match status.mode {
                    Mode::Import => "Nothing new to import",
                    Mode::Export => "Nothing new to export",
                    Mode::Bidirectional => "Nothing new to sync",
                }
                .into(),
            );
        }
        if ill > 0 {
            all.push(format!(
                "{} {}",
                words::count(ill, "photo"),
                if ill == 1 { "needs attention" } else { "need attention" }
            ));
        }
        if old > 0 {
            let stay = if old == 1 { "stays" } else { "stay" };
            all.push(format!("{} from before the baseline {stay} in the library", words::count(old, "photo")));
        }
        (if failed > 0 { "bad" } else { "" }, all.join(" · "))
    }

    /// What the latest sync did, in a few words, and when.
    fn last_result(&self) -> Option<(String, Option<Timestamp>, i64)> {
        let sync = self.status.last_sync.as_ref()?;
        let carried = [(sync.imported, "imported"), (sync.exported, "exported")];
        let carried: Vec<String> = carried
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", words::count(number, "photo")))
            .collect();
        let carried = if carried.is_empty() { "Nothing new".into() } else { carried.join(", ") };
        Some((format!("Last sync: {carried}"), sync.ended, sync.run))
    }

    /// What stands over the photos of the latest run, where that is no plan.
    fn over_the_list(&self) -> &'static str {
        let is_the_last = self.status.last_sync.as_ref().map(|sync| sync.run) == self.status.latest;
        if is_the_last { "What the last sync did" } else { "What the latest check found" }
    }

    fn sync_label(&self) -> String {
        if self.status.was_cancelled && self.status.pending() > 0 {
            return "Continue".into();
        }
        match (self.status.plan, self.status.pending()) {
            (Some(_), pending) if pending > 0 => format!("Sync {}", words::count(pending, "photo")),
            _ => "Sync".into(),
        }
    }

    fn hint(&self) -> String {
        if !self.status.away.is_empty() {
            return "Nothing can be checked until it is back. Nothing counts as deleted in the meantime.".into();
        }
        if let Some(outdated) = &self.status.outdated {
            return outdated.clone();
        }
        let looked = self.status.looked.map(|looked| words::ago(looked, self.now));
        match looked {
            None => "Simulate shows what a sync would do, and changes nothing.".into(),
            Some(ago) if self.status.is_in_step() => format!("Checked {ago}."),
            Some(ago) => match self.status.import.map_or(0, |import| import.kept_out) {
                0 => format!("Checked {ago}."),
                kept => {
                    let photos = words::count(kept, "photo");
                    format!("Checked {ago}. Not imported, as this library is read-only: {photos}.")
                }
            },
        }
    }

    /// What stands below the bridge.
    fn facts(&self) -> Vec<Fact> {
        let status = &self.status;
        let fact = |name, value: String, means| Fact { name, value, at: None, means };
        let moment = |at: Option<Timestamp>, without: &str| {
            at.map_or_else(|| without.to_owned(), |at| words::when(at, self.now))
        };
        let both = [status.import, status.export].into_iter().flatten();
        let both = both.collect::<Vec<Lane>>().into_iter();
        let pending = both.clone().map(|way| way.pending + way.waiting + way.failed).sum();
        let sync = status.last_sync.as_ref();
        let mut facts = vec![
            fact("Folder items", number(status.items), "Photos and videos in the source folders."),
            fact("Pending", known(status, pending), "To be imported or exported, waiting, or failed and tried again."),
            fact(
                "Already on both sides",
                known(status, status.import.or(status.export).map_or(0, |way| way.on_both)),
                "Nothing is to be done for them.",
            ),
            fact(
                "Need attention",
                known(status, both.map(|way| way.need_attention).sum()),
                "Cut off, no photo at all, unreadable, or the original is missing. The list below says which.",
            ),
            fact(
                "Last imported",
                sync.map_or_else(|| "—".into(), |sync| words::thousands(sync.imported)),
                "Photos that the latest sync brought into the library.",
            ),
            Fact {
                at: sync.and_then(|sync| sync.ended),
                ..fact(
                    "Last sync",
                    moment(sync.and_then(|sync| sync.ended), "never"),
                    "When that sync ended, whoever started it.",
                )
            },
        ];
        if status.mode.exports() {
            let range = match status.range {
                Range::GoingForward => "Going forward",
                Range::FullLibrary => "Full library",
            };
            facts.extend([
                fact(
                    "Total exported",
                    words::thousands(status.total_exported),
                    "Photos ever copied from the library to the folder.",
                ),
                fact(
                    "Export mode",
                    range.into(),
                    "Going forward: what is added after the baseline. Full library: everything.",
                ),
                Fact {
                    at: status.baseline,
                    ..fact(
                        "Export baseline",
                        moment(status.baseline, "not set yet"),
                        "Photos added to the library before this moment are not exported, except with Full library.",
                    )
                },
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
        let last = status.last_sync.as_ref().map(|sync| RunId(sync.run));
        let can_undo = match (last, Ledger::look(&reader.data)?) {
            (Some(run), Some(ledger)) => ledger.can_be_undone(run)?,
            _ => false,
        };
        Ok::<_, Error>(Some((status, look, kin, can_undo)))
    })
    .await?
    .map_err(IntoResponse::into_response)?;
    let Some((status, look, kin, can_undo)) = looked else { return Ok(Redirect::to("/welcome").into_response()) };
    shell.title = title(status.mode).into();
    let dialog = dialog(&shell, &status);
    Ok(page(&Photos { shell, status, look, can_undo, kin, dialog, now: Timestamp::now() }))
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
    // The run itself shows that it stops, as long as it does.
    Redirect::to("/").into_response()
}

/// Leads to the page whoever loads the address of a change.
pub async fn back() -> Redirect {
    Redirect::to("/")
}
