//! `simulate` and `sync`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};

use jiff::Timestamp;
use photobridge_core::export::Range;
use photobridge_core::ledger::RunId;
use photobridge_core::library::Library;
use photobridge_core::progress::Cancel;
use photobridge_core::reason::Reason;
use photobridge_core::report::VerdictLine;
use photobridge_core::sync::{self, Finished, Request};

use super::Context;
use crate::arguments::{RunArguments, SyncArguments};
use crate::exit::{Code, Error};
use crate::places;
use crate::progress::Shown;
use crate::words::{clean, count, size, thousands};

/// Imports that are listed before the rest is only counted.
const LISTED: usize = 20;

/// The same for each reason.
const LISTED_A_REASON: usize = 5;

/// Shows what a sync would do.
pub fn simulate(context: &mut Context, arguments: &RunArguments) -> Result<Code, Error> {
    let request = request(context, arguments, sync::Command::Simulate)?;
    carry_out(context, arguments, &request)
}

/// Syncs.
pub fn sync(context: &mut Context, arguments: &SyncArguments) -> Result<Code, Error> {
    let mut request = request(context, &arguments.run, sync::Command::Sync)?;
    request.only = arguments.plan.map(RunId);
    request.unattended = arguments.unattended.then_some(context.settings.unattended_limit);
    carry_out(context, &arguments.run, &request)
}

fn request(context: &mut Context, arguments: &RunArguments, command: sync::Command) -> Result<Request, Error> {
    context.with_sides(&arguments.sides);
    let settings = &mut context.settings;
    if let Some(mode) = arguments.mode {
        settings.mode = mode.into();
    }
    if arguments.full_library {
        settings.export.range = Range::FullLibrary;
    }
    if let Some(album) = &arguments.album {
        settings.album.clone_from(album);
    }
    if let Some(seconds) = arguments.settle {
        settings.settle_seconds = seconds;
    }
    if settings.folder.is_empty() {
        let how = "no folder is set up. Name one: `photobridge sync --folder DIR`, or for good: \
                   `photobridge config folder DIR`";
        return Err(Error::Usage(how.into()));
    }
    let sources = settings.folder.iter().map(|folder| folder.source(&settings.album).map_err(Error::Usage));
    Ok(Request {
        command,
        mode: settings.mode,
        export: settings.export.export(),
        export_folder: Some(settings.export.folder.clone()).filter(|folder| !folder.as_os_str().is_empty()),
        sources: sources.collect::<Result<_, _>>()?,
        data: context.data.clone(),
        waits: settings.waits(),
        unattended: None,
        only: None,
    })
}

fn carry_out(context: &Context, arguments: &RunArguments, request: &Request) -> Result<Code, Error> {
    let cancel = cancel_on_signal();
    let mut library = context.library()?;
    let silent = context.quiet || arguments.json || arguments.json_lines;
    let shown = Shown::new(silent);
    let finished = sync::run(request, library.as_mut(), &Timestamp::now, &shown, &cancel)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = if arguments.json {
        serde_json::to_writer(&mut out, &finished.report).map_err(Into::into).and_then(|()| writeln!(out))
    } else if arguments.json_lines {
        print_lines(&mut out, finished.lines())
    } else if context.quiet {
        let failed = finished.lines().filter(|line| line.verdict == "failed");
        for line in failed {
            let (path, error) = (line.path.unwrap_or_default(), line.error.unwrap_or_default());
            eprintln!("{}: {}", clean(&path), clean(&error));
        }
        Ok(())
    } else {
        headline(&mut out, context, request, library.as_ref())
            .and_then(|()| print(&mut out, &finished, context.verbose))
    };
    match printed.and_then(|()| out.flush()) {
        // Whoever read us stopped reading; the run itself is done.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        Err(error) => return Err(Error::Io("standard output".into(), error)),
        Ok(()) => {}
    }
    if let Some(why) = &finished.report.stopped {
        eprintln!("photobridge: the sync stopped: {}", clean(why));
        return Ok(Code::Failed);
    }
    let failed = finished.report.import.as_ref().is_some_and(|import| import.failed > 0);
    Ok(if failed || finished.cancelled { Code::Failed } else { Code::Done })
}

/// The first Ctrl-C lets the file in hand be finished; the second ends the process, which is safe too.
fn cancel_on_signal() -> Cancel {
    let cancel = Cancel::new();
    let asked = cancel.clone();
    // A second handler in one process (tests) keeps the first, which is as good.
    let _ = ctrlc::set_handler(move || {
        if asked.is_cancelled() {
            std::process::exit(130);
        }
        eprintln!("Finishing the photo in hand; press Ctrl-C again to stop at once.");
        asked.cancel();
    });
    cancel
}

/// Prints one JSON object for each verdict.
pub fn print_lines(out: &mut impl Write, lines: impl Iterator<Item = VerdictLine>) -> std::io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// From where to where, so that a slip of the keyboard is seen.
fn headline(out: &mut impl Write, context: &Context, request: &Request, library: &dyn Library) -> std::io::Result<()> {
    for source in &request.sources {
        writeln!(out, "From   {}", clean(&source.path.display().to_string()))?;
    }
    let identity = library.identity();
    let state = if identity.uuid.is_none() { "  (not there yet: the first import makes it)" } else { "" };
    let albums: BTreeSet<&str> = request.sources.iter().map(|source| source.album.as_str()).collect();
    let albums: Vec<String> = albums.into_iter().map(|album| format!("\u{201c}{}\u{201d}", clean(album))).collect();
    let own = if identity.path == places::own_library(&context.data) { "our own library, " } else { "" };
    writeln!(out, "Into   {own}{}{state}, album {}\n", clean(&identity.path.display().to_string()), albums.join(", "))
}

fn print(out: &mut impl Write, finished: &Finished, verbose: bool) -> std::io::Result<()> {
    let report = &finished.report;
    let Some(import) = &report.import else { return Ok(()) };
    let simulated = report.command == sync::Command::Simulate;
    let lines: Vec<VerdictLine> = finished.lines().filter(|line| verbose || says_something(line)).collect();
    let listed = if verbose { usize::MAX } else { LISTED };

    let left = import.not_reached;
    match (simulated, &report.stopped, finished.cancelled) {
        (true, ..) => writeln!(out, "Run {}: simulated, nothing was changed.", report.run)?,
        (false, Some(_), _) => writeln!(out, "Run {}: stopped with {left} to go; the next sync goes on.", report.run)?,
        (false, None, true) => {
            writeln!(out, "Run {}: cancelled with {left} to go; the next sync goes on.", report.run)?
        }
        (false, None, false) => writeln!(out, "Run {}: synced.", report.run)?,
    }
    let in_files = count(import.files, "file");
    writeln!(out, "{} in the folder ({in_files}).", count(import.seen, "item"))?;
    let verdict = if simulated { "planned" } else { "applied" };
    let number = if simulated { import.planned } else { import.applied };
    let bytes = lines.iter().filter(|line| line.verdict == verdict).map(|line| line.size).sum();
    let heading = match (number, simulated) {
        (0, _) => "Nothing to import.".into(),
        (_, true) => format!("{} would be imported, {}:", thousands(number), size(bytes)),
        (_, false) => format!("{} imported, {}:", thousands(number), size(bytes)),
    };
    writeln!(out, "\n{heading}")?;
    list(out, lines.iter().filter(|line| line.verdict == verdict), listed)?;
    if !import.skipped.is_empty() {
        writeln!(out, "\n{} left where they are:", thousands(import.skipped.values().sum()))?;
        print_skipped(out, &import.skipped, &lines, if verbose { usize::MAX } else { LISTED_A_REASON })?;
    }
    if import.skipped.keys().any(|reason| reason.can_be_taken_in()) {
        writeln!(out, "  * `photobridge decide take-in FILE` takes it in all the same.")?;
    }
    if import.failed > 0 {
        writeln!(out, "\n{} failed; they are untouched and will be tried again:", thousands(import.failed))?;
        list(out, lines.iter().filter(|line| line.verdict == "failed"), usize::MAX)?;
    }
    for notice in &report.notices {
        writeln!(out, "\nNote: {}", clean(notice))?;
    }
    if simulated && number > 0 {
        writeln!(out, "\nThe same command with `sync --plan {}` does exactly this.", report.run)?;
    }
    Ok(())
}

/// Whether a verdict is news: what lies on both sides is only counted.
fn says_something(line: &VerdictLine) -> bool {
    line.reason != Some(Reason::SameBytes)
}

fn print_skipped(
    out: &mut impl Write,
    skipped: &BTreeMap<Reason, u64>,
    lines: &[VerdictLine],
    listed: usize,
) -> std::io::Result<()> {
    for (reason, number) in skipped {
        writeln!(out, "  {:>7}  {reason}: {}", thousands(*number), reason.explanation())?;
        let these = |line: &&VerdictLine| line.reason == Some(*reason) && line.verdict == "skipped";
        list(out, lines.iter().filter(these), listed)?;
    }
    Ok(())
}

fn list<'a>(out: &mut impl Write, lines: impl Iterator<Item = &'a VerdictLine>, listed: usize) -> std::io::Result<()> {
    let mut more = 0u64;
    for (at, line) in lines.enumerate() {
        if at >= listed {
            more += 1;
            continue;
        }
        write!(out, "           {}", clean(line.path.as_deref().unwrap_or("?")))?;
        let link = |matched: &&String| !matched.starts_with("link ");
        if let Some(matched) = line.matched.as_ref().filter(link) {
            write!(out, "  = {}", clean(matched))?;
        }
        if let Some(error) = &line.error {
            write!(out, "  {}", clean(error))?;
        }
        writeln!(out)?;
    }
    if more > 0 {
        writeln!(out, "           and {} more (--verbose lists all)", thousands(more))?;
    }
    Ok(())
}
