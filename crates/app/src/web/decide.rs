//! What a person says of photos of a plan: leave out, take in, withdraw.

use std::io;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::Timestamp;
use photobridge_core::decide::{Desk, standing};
use photobridge_core::kept::{Filter, Tally, Verdicts};
use photobridge_core::ledger::Ledger;
use photobridge_core::memory::Decision;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::Ruling;
use photobridge_core::run::{Command, RunId, StartedBy};

use serde::Deserialize;

use super::gate::{Sent, Visitor};
use super::look::anyway;
use super::rows::{Row, rows};
use super::runs::{self, Named};
use super::shell::{Page, Shell, page};
use super::{App, Server, blocking, filters};
use crate::exit::Error;
use crate::folders::everywhere;
use crate::run::{Ask, open_library};
use crate::status::report;
use crate::words;

/// Photos that are shown of those that are asked about.
const EXAMPLES: usize = 12;

/// The photos that are meant.
enum Meant {
    /// Those with these numbers.
    Rows(Vec<usize>),
    /// All that these words find in a group.
    Group(Filter),
    /// All that go this way as a person took them in.
    TakenIn(Way),
}

fn way(named: &str) -> Option<Way> {
    [Way::Import, Way::Export].into_iter().find(|way| way.as_str() == named)
}

/// What stays for a reason and has these words.
fn group(named: &str, reason: Reason, text: &str) -> Filter {
    let text = text.chars().take(200).collect();
    Filter { way: way(named), ruling: Some(Ruling::Skipped), reason: Some(reason), text }
}

/// The numbers of what a plan carries one way as a person took it in.
pub fn taken_in(app: &Server, verdicts: &Verdicts, way: Way) -> Vec<usize> {
    let planned = Filter { way: Some(way), ruling: Some(Ruling::Planned), ..Filter::default() };
    let Ok(Some(ledger)) = Ledger::look(&app.data) else { return Vec::new() };
    let has_any = ledger.decisions().is_ok_and(|all| all.iter().any(|known| known.decision == Decision::TakeIn));
    if !has_any {
        return Vec::new();
    }
    let numbers = verdicts.numbers(&planned).into_iter();
    let lines: Vec<_> = numbers.filter_map(|number| Some((number, verdicts.row(number).ok()??))).collect();
    let standing = standing(&ledger, lines.iter().map(|(_, line)| line)).unwrap_or_default();
    let is_taken_in = |(_, decision): &((usize, _), Option<Decision>)| *decision == Some(Decision::TakeIn);
    lines.into_iter().zip(standing).filter(is_taken_in).map(|((number, _), _)| number).collect()
}

/// What is asked before all of a group go although there is a reason against it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    way: String,
    reason: String,
    text: String,
    back: String,
}

#[derive(Template)]
#[template(path = "anyway.html")]
struct Anyway {
    shell: Shell,
    run: RunId,
    asked: Asked,
    reason: Reason,
    means: &'static str,
    photos: u64,
    bytes: u64,
    rows: Vec<Row>,
}

/// Shows how many photos those are, how large, and some of them, and asks.
pub async fn ask(
    State(app): State<App>,
    Extension(visitor): Extension<Visitor>,
    Named(run): Named,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    let found = way(&asked.way).zip(asked.reason.parse::<Reason>().ok());
    let (way, reason) = found.filter(|(way, reason)| reason.can_be_taken_in(*way)).ok_or_else(runs::no_such_run)?;
    let asked = Asked { back: back(&asked.back), ..asked };
    let shell = Shell::new(&app, &visitor, Page::Photos, anyway(way));
    let made = blocking(move || {
        let verdicts = app.recent.verdicts(run)?;
        let filter = group(&asked.way, reason, &asked.text);
        let tallies = verdicts.groups_with(&filter.text);
        let is_it = |tally: &&Tally| (tally.group.way, tally.group.reason) == (way, Some(reason));
        let (photos, bytes) = tallies.iter().find(is_it).map_or((0, 0), |tally| (tally.photos, tally.bytes));
        let rows = rows(&app, verdicts.page(&filter, 0, EXAMPLES)?.rows);
        Ok::<_, io::Error>(Anyway { shell, run, asked, reason, means: reason.explanation(way), photos, bytes, rows })
    });
    made.await?.map(|made| page(&made)).map_err(|_| runs::no_such_run())
}

/// Where to go on: only to pages of ours that show verdicts, by an address as they write it.
fn back(asked: &str) -> String {
    let is_ours = asked.starts_with("/plan") || asked.starts_with("/runs/");
    if is_ours && asked.bytes().all(|byte| byte.is_ascii_graphic()) { asked.to_owned() } else { "/".into() }
}

/// What was pressed: a choice for all that are picked, for one photo, or for a whole group.
fn choice(sent: &Sent) -> Option<(Option<Decision>, Meant)> {
    if let Ok(reason) = sent.field("group-take-in").parse() {
        let group = group(sent.field("way"), reason, sent.field("text"));
        return Some((Some(Decision::TakeIn), Meant::Group(group)));
    }
    if let Some(way) = way(sent.field("group-withdraw")) {
        return Some((None, Meant::TakenIn(way)));
    }
    let numbers = |name| sent.all(name).filter_map(|number| number.parse().ok()).collect::<Vec<usize>>();
    let one =
        |name, decision| Some(numbers(name)).filter(|numbers| !numbers.is_empty()).map(|numbers| (decision, numbers));
    let picked = || (sent.field("choice") == "leave-out").then(|| (Some(Decision::LeaveOut), numbers("row")));
    let join = || one("join", Some(Decision::Join));
    let rows = one("take-in", Some(Decision::TakeIn)).or_else(join).or_else(|| one("withdraw", None)).or_else(picked);
    rows.filter(|(_, numbers)| !numbers.is_empty()).map(|(decision, numbers)| (decision, Meant::Rows(numbers)))
}

/// Keeps it, and simulates anew: the plan that is shown is always the one that a sync would carry out.
pub async fn decide(State(app): State<App>, Path(run): Path<String>, sent: Sent) -> Response {
    let back = back(sent.field("back"));
    let Some(run) = run.parse().ok().map(RunId) else { return sent.then(&app, "/", false, "There is no such run.") };
    let Some((decision, meant)) = choice(&sent) else {
        return sent.then(&app, &back, false, "No photo is picked. Nothing was changed.");
    };
    let keeper = app.clone();
    let (count, refused, ask) = match blocking(move || keep(&keeper, run, &meant, decision)).await {
        Ok(Ok(kept)) => kept,
        Ok(Err(error)) => return sent.then(&app, &back, false, words::sentence(&error.to_string())),
        Err(response) => return response,
    };
    if let Some(why) = refused.first() {
        let done = count - refused.len() as u64;
        let words = format!(
            "{} stays as it was: {why}. {} changed.",
            words::count(refused.len() as u64, "photo"),
            words::count(done, "photo")
        );
        return sent.then(&app, &back, false, words);
    }
    let photos = words::count(count, "photo");
    let said = match decision {
        Some(Decision::LeaveOut) => format!("{photos} excluded. You can include them again any time."),
        Some(Decision::TakeIn) => format!("{photos} will go with the next sync."),
        Some(Decision::Join) => format!("{photos} will become part of their photos at the next sync."),
        None => format!("Your choice for {photos} is withdrawn."),
    };
    // If something else runs, the plan is looked at anew by whoever asks for it next.
    let _ = app.runner.start(ask);
    sent.then(&app, &back, true, said)
}

/// Keeps it. Returns of how many photos, why some were refused, and how to look again over the range of the run.
fn keep(app: &Server, run: RunId, meant: &Meant, decision: Option<Decision>) -> Result<(u64, Vec<String>, Ask), Error> {
    let settings = app.settings()?;
    let verdicts = app.recent.verdicts(run).map_err(|error| Error::Io(format!("the verdicts of run {run}"), error))?;
    let folders = everywhere(&app.data);
    let mut desk = Desk::new(&app.data, &folders, Timestamp::now(), || open_library(&app.data, &settings))?;
    let numbers = match meant {
        Meant::Rows(numbers) => numbers.clone(),
        Meant::Group(filter) => verdicts.numbers(filter),
        Meant::TakenIn(way) => taken_in(app, &verdicts, *way),
    };
    let refused = desk.verdicts(&verdicts, &numbers, decision)?;
    drop(desk);
    let shown = Ledger::look(&app.data)?.map(|ledger| ledger.run(run)).transpose()?.flatten().as_ref().and_then(report);
    let plan = shown.filter(|shown| shown.command == Command::Simulate);
    let again = Ask::plain(Command::Simulate, StartedBy::Page);
    let again = plan.map_or(again.clone(), |plan| again.over_range_of(&plan));
    let refused = refused.into_iter().map(|(_, refusal)| refusal.to_string()).collect();
    Ok((numbers.len() as u64, refused, again))
}
