//! `history`.

use photobridge_core::kept;
use photobridge_core::ledger::{self, Ledger, RunFilter};
use photobridge_core::lock::is_held;
use photobridge_core::reason::Way;
use photobridge_core::report::{Direction, Report, Ruling, VerdictLine};
use photobridge_core::run::RunId;

use crate::context::Context;
use crate::exit::{Code, Error};
use crate::history::{self, Run};
use crate::terminal::{remark, say};
use crate::verdicts;
use crate::words::{came_to, clean, count, explanation, moment, thousands};

/// How many runs are listed for people. Programs get all of them.
const LATEST: u32 = 100;

/// Lists the latest runs, or explains one.
pub fn run(context: &Context, run: Option<i64>, json_lines: bool) -> Result<Code, Error> {
    if !context.data.join(ledger::FILE).exists() {
        return nothing("There are no runs yet.", json_lines);
    }
    let ledger = Ledger::open(&context.data)?;
    let is_running = is_held(&context.data);
    match run {
        None if json_lines => print_all(ledger, is_running),
        None => list(&ledger, is_running),
        Some(number) => explain(context, &ledger, RunId(number), json_lines),
    }
}

/// Says that there is nothing to print. What a program reads stays empty.
fn nothing(words: &str, json_lines: bool) -> Result<Code, Error> {
    match json_lines {
        true => remark!("{words}"),
        false => say!("{words}"),
    }
    Ok(Code::Done)
}

fn print_all(ledger: Ledger, is_running: bool) -> Result<Code, Error> {
    for run in history::all(Some(ledger), is_running) {
        say!("{}", run?.object());
    }
    Ok(Code::Done)
}

fn list(ledger: &Ledger, is_running: bool) -> Result<Code, Error> {
    for run in ledger.runs(LATEST)? {
        say!("{}", summary(&Run::of(run, is_running)));
    }
    let runs = ledger.count_runs(RunFilter::All)?;
    if runs > LATEST.into() {
        say!(
            "These are the latest {LATEST} of {} runs. `photobridge history --json-lines` lists all of them.",
            thousands(runs)
        );
    }
    Ok(Code::Done)
}

fn explain(context: &Context, ledger: &Ledger, id: RunId, json_lines: bool) -> Result<Code, Error> {
    let Some(record) = ledger.run(id)? else {
        return Err(Error::Usage(format!("there is no run {id}. `photobridge history` lists the latest runs")));
    };
    let run = Run::of(record, is_held(&context.data));
    let lines = verdicts::lines(&context.data, id);
    if !json_lines {
        say!("{}", summary(&run));
        if let Some(report) = &run.report {
            print_counts(report)?;
        }
        let log = kept::log_path(&context.data, id);
        if log.exists() {
            say!("  log: {}", clean(&log.display().to_string()));
        }
    }
    let Ok(lines) = lines else {
        return nothing("There are no details about single photos for this run.", json_lines);
    };
    for line in lines {
        let line = line.map_err(|error| Error::Io(format!("the verdicts of run {id}"), error))?;
        if json_lines {
            say!("{}", serde_json::to_string(&line).unwrap_or_default());
        } else {
            say!("  {}", clean(&verdict(&line)));
        }
    }
    if !json_lines && run.command == "sync" {
        say!("  Photos already on both sides (same bytes) are counted above but not listed.");
    }
    Ok(Code::Done)
}

/// One verdict: which photo, what became of it and why.
fn verdict(line: &VerdictLine) -> String {
    let subject = match (&line.name, &line.whereabouts(), line.verdict) {
        (Some(name), Some(path), Ruling::Planned | Ruling::Applied) => format!("{name} \u{2192} {path}"),
        (Some(name), Some(path), _) => format!("{name} ({path})"),
        (name, path, _) => name.clone().or(path.clone()).unwrap_or_default(),
    };
    let became = became(line.verdict, line.direction);
    let why = line.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let matched = line.decided_by().map(|matched| format!("  = {matched}")).unwrap_or_default();
    let error = line.error.as_ref().map(|error| format!("  {error}")).unwrap_or_default();
    format!("{subject}  {became}{why}{matched}{error}")
}

/// What a verdict is called where people read it.
fn became(ruling: Ruling, way: Way) -> String {
    match ruling {
        Ruling::Planned => format!("to {}", way.as_str()),
        Ruling::Applied => format!("{}ed", way.as_str()),
        Ruling::Skipped => "skipped".into(),
        Ruling::Failed => "failed".into(),
    }
}

fn print_counts(report: &Report) -> Result<(), Error> {
    for (direction, way, one) in [(&report.import, Way::Import, "item"), (&report.export, Way::Export, "photo")] {
        if let Some(direction) = direction {
            print_direction(direction, way, one)?;
        }
    }
    Ok(())
}

fn print_direction(counts: &Direction, way: Way, one: &str) -> Result<(), Error> {
    let (planned, applied) = (became(Ruling::Planned, way), became(Ruling::Applied, way));
    let numbers = [(planned, counts.planned), (applied, counts.applied), ("failed".into(), counts.failed)];
    let numbers: Vec<String> = numbers.iter().map(|(word, n)| format!("{} {word}", thousands(*n))).collect();
    say!("  {}: {}", count(counts.seen, one), numbers.join(", "));
    for (reason, number) in &counts.skipped {
        say!("  {:>7}  {}", thousands(*number), explanation(way, *reason));
    }
    Ok(())
}

/// One line for a run.
pub fn summary(run: &Run) -> String {
    let when = run.started.map_or_else(|| "?".into(), moment);
    let came_to = match &run.report {
        Some(report) => came_to(report),
        None => run.words.clone().unwrap_or_default(),
    };
    let by = run.started_by.as_ref().map(|by| format!("  ({by})")).unwrap_or_default();
    clean(&format!("{:>4}  {when}  {:8}  {:15}  {came_to}{by}", run.run, run.command, run.state.as_str()))
}
