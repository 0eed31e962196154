//! What a person says of photos of a plan: leave out, take in, withdraw.

use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;
use photobridge_core::decide::Desk;
use photobridge_core::kept::Filter;
use photobridge_core::ledger::Ledger;
use photobridge_core::memory::Decision;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::Ruling;
use photobridge_core::run::{Command, RunId, StartedBy};

use super::gate::Sent;
use super::{App, Server, blocking};
use crate::exit::Error;
use crate::folders::everywhere;
use crate::run::{Ask, open_library};
use crate::status::report;
use crate::words;

/// The photos that are meant.
enum Meant {
    /// Those with these numbers.
    Rows(Vec<usize>),
    /// All that these words find in a group.
    Group(Filter),
}

/// What was pressed: a choice for all that are picked, for one photo, or for a whole group.
fn choice(sent: &Sent) -> Option<(Option<Decision>, Meant)> {
    let reason: Option<Reason> = sent.field("group-take-in").parse().ok();
    if let Some(reason) = reason {
        let way = [Way::Import, Way::Export].into_iter().find(|way| way.as_str() == sent.field("way"));
        let text = sent.field("text").chars().take(200).collect();
        let group = Filter { way, ruling: Some(Ruling::Skipped), reason: Some(reason), text };
        return Some((Some(Decision::TakeIn), Meant::Group(group)));
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
    let back = sent.field("back");
    // Only to pages of ours that show verdicts, by an address as they write it.
    let is_ours =
        (back.starts_with("/plan") || back.starts_with("/runs/")) && back.bytes().all(|b| b.is_ascii_graphic());
    let back = if is_ours { back.to_owned() } else { "/".into() };
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
