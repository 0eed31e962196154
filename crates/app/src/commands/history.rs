//! `history`.

use photobridge_core::kept;
use photobridge_core::ledger::{self, Ledger, RunId, RunRecord};
use photobridge_core::report::Report;

use super::Context;
use crate::exit::{Code, Error};
use crate::words::{clean, count, thousands};

/// Lists the latest runs, or explains one.
pub fn run(context: &Context, run: Option<i64>, json_lines: bool) -> Result<Code, Error> {
    if !context.data.join(ledger::FILE).exists() {
        println!("There was no run yet.");
        return Ok(Code::Done);
    }
    let ledger = Ledger::open(&context.data)?;
    match run {
        None => list(&ledger, json_lines),
        Some(number) => explain(context, &ledger, RunId(number), json_lines),
    }
}

fn list(ledger: &Ledger, json_lines: bool) -> Result<Code, Error> {
    for run in ledger.runs(100)? {
        if json_lines {
            if let Some(report) = run.report.filter(|report| report.starts_with('{')) {
                println!("{report}");
            }
        } else {
            println!("{}", summary(&run));
        }
    }
    Ok(Code::Done)
}

fn explain(context: &Context, ledger: &Ledger, id: RunId, json_lines: bool) -> Result<Code, Error> {
    let Some(run) = ledger.run(id)? else {
        return Err(Error::Usage(format!("there is no run {id}; `photobridge history` lists them")));
    };
    let lines = kept::lines(&context.data, id);
    if !json_lines {
        println!("{}", summary(&run));
        if let Some(Ok(report)) = run.report.as_deref().map(serde_json::from_str::<Report>) {
            print_counts(&report);
        }
    }
    let Ok(lines) = lines else {
        println!("Its single verdicts are no longer kept.");
        return Ok(Code::Done);
    };
    for line in lines {
        let mut line = line.map_err(|error| Error::Io(format!("the verdicts of run {id}"), error))?;
        line.stamp = None;
        if json_lines {
            println!("{}", serde_json::to_string(&line).unwrap_or_default());
        } else {
            let why = line.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let matched = line.matched.map(|matched| format!("  = {matched}")).unwrap_or_default();
            let error = line.error.map(|error| format!("  {error}")).unwrap_or_default();
            let text = format!("  {}  {}{why}{matched}{error}", line.path.unwrap_or_default(), line.verdict);
            println!("{}", clean(&text));
        }
    }
    Ok(Code::Done)
}

fn print_counts(report: &Report) {
    let Some(import) = &report.import else { return };
    let numbers = [("planned", import.planned), ("applied", import.applied), ("failed", import.failed)];
    let numbers: Vec<String> = numbers.iter().map(|(word, n)| format!("{} {word}", thousands(*n))).collect();
    println!("  {}: {}", count(import.seen, "item"), numbers.join(", "));
    for (reason, number) in &import.skipped {
        println!("  {:>7}  {reason}", thousands(*number));
    }
}

/// One line for a run.
pub fn summary(run: &RunRecord) -> String {
    let when = run.started.map_or_else(|| "?".into(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    let came_to = match run.report.as_deref().map(serde_json::from_str::<Report>) {
        Some(Ok(report)) => {
            let import = report.import.unwrap_or_default();
            let carried = match run.command.as_str() {
                "simulate" => format!("{} to import", thousands(import.planned)),
                _ => format!("{} imported", thousands(import.applied)),
            };
            let skipped = thousands(import.skipped.values().sum());
            format!("{carried}, {skipped} skipped, {} failed, {} ms", thousands(import.failed), report.duration_ms)
        }
        _ => run.report.clone().unwrap_or_default(),
    };
    clean(&format!("{:>4}  {when}  {:8}  {:15}  {came_to}", run.id, run.command, run.state.as_str()))
}
