//! `simulate` and `sync`.

use std::collections::BTreeSet;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;

use indicatif::ProgressBar;
use photobridge_core::export::{Export, Layout, Range};
use photobridge_core::ledger::Ledger;
use photobridge_core::library::Library;
use photobridge_core::progress::Cancel;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Direction, Ruling, VerdictLine};
use photobridge_core::run::{Command, RunId, StartedBy};
use photobridge_core::sync::{Finished, Kin, Request};

use crate::arguments::{RunArguments, SyncArguments};
use crate::context::Context;
use crate::context::from_here;
use crate::doctor::answer_for_itself;
use crate::exit::{Code, Error};
use crate::history::Run;
use crate::places;
use crate::progress::Shown;
use crate::run::{Ask, let_rest, once};
use crate::settings::Settings;
use crate::settings::check::is_whole_disk;
use crate::terminal::remark;
use crate::terminal::{LEFT, confirm};
use crate::words::{clean, count, explanation, moment, size, thousands, trouble};

/// Imports that are listed before the rest is only counted.
const LISTED: usize = 20;

/// The same for each reason.
const LISTED_A_REASON: usize = 5;

/// Shows what a sync would do.
pub fn simulate(context: &mut Context, arguments: &RunArguments) -> Result<Code, Error> {
    let ask = Ask::plain(Command::Simulate, StartedBy::CommandLine);
    Ok(carry_out(context, arguments, ask, &cancel_on_signal())?.code)
}

/// Syncs. Somebody at a terminal who has just copied photos means these: it waits the seconds that they must rest, and
/// goes on. Scripts, schedules and plans wait for nothing.
pub fn sync(context: &mut Context, arguments: &SyncArguments) -> Result<Code, Error> {
    let ask = Ask {
        plan: arguments.plan.map(RunId),
        unattended: arguments.unattended,
        kin: kin(arguments),
        ..Ask::plain(Command::Sync, StartedBy::CommandLine)
    };
    let is_watched =
        std::io::stderr().is_terminal() && !context.quiet && !arguments.run.json && !arguments.run.json_lines;
    let may_wait = is_watched && !arguments.no_wait && !arguments.unattended && arguments.plan.is_none();
    let cancel = cancel_on_signal();
    let Came { code, just_arrived } = carry_out(context, &arguments.run, ask.clone(), &cancel)?;
    let seconds = arguments.run.settle.unwrap_or(context.settings.settle_seconds);
    if !may_wait || just_arrived == 0 || !count_down(seconds + 1, just_arrived, &cancel) {
        return Ok(code);
    }
    Ok(code.worse(carry_out(context, &arguments.run, ask, &cancel)?.code))
}

/// Waits for photos that were just copied. Returns whether nobody stopped it.
fn count_down(seconds: u64, photos: u64, cancel: &Cancel) -> bool {
    let photos = count(photos, "photo");
    remark!("\n{photos} just copied: continuing in {seconds} s (--no-wait leaves them for the next sync)");
    let bar = ProgressBar::new_spinner();
    let goes_on = let_rest(seconds, cancel, |left| {
        bar.set_message(format!("{left} s"));
        bar.tick();
    });
    bar.finish_and_clear();
    goes_on
}

/// What is said of the folder that exports go to.
fn kin(arguments: &SyncArguments) -> Option<Kin> {
    let same = arguments.same_as.as_deref().map(|path| Kin::SameAs(places::led_to(&from_here(path))));
    same.or(arguments.new_folder.then_some(Kin::Another))
}

/// Whoever carries out a plan means the range that it was made for.
fn as_planned(data: &Path, ask: Ask) -> Result<Ask, Error> {
    let (Some(plan), Some(ledger)) = (ask.plan, Ledger::look(data)?) else { return Ok(ask) };
    let report = ledger.run(plan)?.and_then(|record| Run::of(record, false).report);
    Ok(match report {
        Some(report) => ask.over_range_of(&report),
        None => ask,
    })
}

/// The request: what the command line says goes before the plan, and that before the settings.
fn request(context: &mut Context, arguments: &RunArguments, ask: Ask) -> Result<Request, Error> {
    let mut ask = as_planned(&context.data, ask)?;
    ask.mode = arguments.mode.map(Into::into).or(ask.mode);
    let exports = ask.mode.unwrap_or(context.settings.mode).exports();
    if exports && arguments.mode.is_none() && !arguments.sides.folder.is_empty() {
        keep_receiver(&mut context.settings)?;
    }
    context.with_sides(&arguments.sides);
    let settings = &mut context.settings;
    if arguments.full_library && !exports {
        eprintln!("photobridge: --full-library is about exports, and this run only imports");
    }
    ask.full_library |= arguments.full_library;
    ask.thorough = arguments.thorough;
    if let Some(album) = &arguments.album {
        settings.album.clone_from(album);
    }
    if let Some(seconds) = arguments.settle {
        settings.settle_seconds = seconds;
    }
    ask.request(&context.data, settings)
}

/// Folders that are named for one run are sources, as a memory card is: exports go where they always go.
fn keep_receiver(settings: &mut Settings) -> Result<(), Error> {
    match settings.folder.first() {
        _ if !settings.export.folder.as_os_str().is_empty() => Ok(()),
        Some(own) => {
            settings.export.folder.clone_from(&own.path);
            Ok(())
        }
        None => Err(Error::Usage(
            "the settings export photos, but no export folder is set up: a folder given for one run is only \
             imported from. Nothing was changed. Use --mode import, or set one up: `photobridge config folder DIR`"
                .into(),
        )),
    }
}

/// What a run came to.
struct Came {
    code: Code,
    /// Photos that wait for no more than some seconds.
    just_arrived: u64,
}

fn carry_out(context: &mut Context, arguments: &RunArguments, ask: Ask, cancel: &Cancel) -> Result<Came, Error> {
    let request = &request(context, arguments, ask)?;
    let whole_disk = request.sources.iter().any(|source| is_whole_disk(&source.path));
    if whole_disk && !confirm("/ is the whole disk. Scan all of it?", arguments.yes)? {
        remark!("{LEFT}");
        return Ok(Came { code: Code::Done, just_arrived: 0 });
    }
    answer_for_itself(&context.settings);
    let mut library = context.library()?;
    let silent = context.quiet || arguments.json || arguments.json_lines;
    let shown = Shown::new(silent);
    let finished = once(request, library.as_mut(), &shown, cancel)?;
    let just_arrived = finished.just_arrived;
    if let Some(baseline) = finished.report.baseline.filter(|_| !silent) {
        remark!(
            "The baseline is set to {}: photos added to the library from now on will be exported.",
            moment(baseline)
        );
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = if arguments.json {
        serde_json::to_writer(&mut out, &finished.report).map_err(Into::into).and_then(|()| writeln!(out))
    } else if arguments.json_lines {
        print_lines(&mut out, finished.lines())
    } else if context.quiet {
        let failed = finished.lines_of(|ruling, _| ruling == Ruling::Failed);
        for line in failed {
            let (path, error) = (line.path.or(line.name).unwrap_or_default(), line.error.unwrap_or_default());
            remark!("{}: {}", clean(&path), clean(&error));
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
        remark!("photobridge: the sync stopped: {}", trouble(why));
        return Ok(Came { code: Code::Failed, just_arrived: 0 });
    }
    let code = if finished.report.failed() > 0 || finished.cancelled { Code::Failed } else { Code::Done };
    // The process ends: what it knew of 100,000 photos need not be taken apart piece by piece.
    std::mem::forget(finished);
    Ok(Came { code, just_arrived })
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
        remark!("Stopping after the current photo. Press Ctrl-C again to stop at once.");
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
    let identity = library.identity();
    let is_writable = library.properties().writable;
    let state = if identity.uuid.is_none() { "  (created by the first import)" } else { "" };
    let albums: BTreeSet<&str> = request.sources.iter().map(|source| source.album.as_str()).collect();
    let albums: Vec<String> = albums.into_iter().map(|album| format!("\u{201c}{}\u{201d}", clean(album))).collect();
    let own = if identity.path == places::own_library(&context.data) { "Photobridge's own library, " } else { "" };
    let library = format!("{own}{}{state}", clean(&identity.path.display().to_string()));
    let folders = request.sources.iter().map(|source| clean(&source.path.display().to_string()));
    if request.mode.imports() {
        for folder in folders.clone() {
            writeln!(out, "From   {folder}")?;
        }
        match is_writable {
            true => writeln!(out, "Into   {library}, album {}\n", albums.join(", "))?,
            false => writeln!(out, "Into   nothing: {library} is read-only, so new photos are only listed\n")?,
        }
    }
    if request.mode.exports() {
        let target = request.export_folder.as_ref().map(|folder| clean(&folder.display().to_string()));
        let (layout, range) = (layout(request.export.layout), range(&request.export));
        writeln!(out, "From   {library}: {range}")?;
        writeln!(out, "Into   {}, {layout}\n", target.or(folders.clone().next()).unwrap_or_default())?;
    }
    Ok(())
}

/// How the export folder is laid out.
pub fn layout(layout: Layout) -> &'static str {
    match layout {
        Layout::Date => "by year and month",
        Layout::Flat => "all in one folder",
    }
}

/// Which photos go out.
pub fn range(export: &Export) -> String {
    match (export.range, export.baseline) {
        (Range::FullLibrary, _) => "every photo".into(),
        (Range::GoingForward, Some(baseline)) => format!("photos added since {}", moment(baseline)),
        (Range::GoingForward, None) => "photos added from now on".into(),
    }
}

/// The words for one way.
struct Wording {
    way: Way,
    seen: (&'static str, &'static str),
    carried: &'static str,
    nothing: &'static str,
}

const IMPORT: Wording =
    Wording { way: Way::Import, seen: ("item", "in the folder"), carried: "imported", nothing: "Nothing to import." };
const EXPORT: Wording =
    Wording { way: Way::Export, seen: ("photo", "in the library"), carried: "exported", nothing: "Nothing to export." };

fn print(out: &mut impl Write, finished: &Finished, verbose: bool) -> std::io::Result<()> {
    let report = &finished.report;
    let lines: Vec<VerdictLine> = finished.lines_of(|_, reason| verbose || says_something(reason)).collect();
    let simulated = report.command == Command::Simulate;
    let ways: Vec<(&Wording, &Direction)> = [(&IMPORT, &report.import), (&EXPORT, &report.export)]
        .into_iter()
        .filter_map(|(wording, direction)| Some((wording, direction.as_ref()?)))
        .collect();
    let left: u64 = ways.iter().map(|(_, direction)| direction.not_reached).sum();
    match (simulated, &report.stopped, finished.cancelled) {
        (true, ..) => writeln!(out, "Run {}: simulated. Nothing was changed.", report.run)?,
        (false, Some(_), _) => {
            writeln!(out, "Run {}: stopped with {left} to go; the next sync continues.", report.run)?
        }
        (false, None, true) => {
            writeln!(out, "Run {}: cancelled with {left} to go; the next sync continues.", report.run)?
        }
        (false, None, false) => writeln!(out, "Run {}: synced.", report.run)?,
    }
    for (at, (wording, direction)) in ways.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let trashed = direction.skipped.get(&Reason::InTrash).copied().unwrap_or(0);
        let photos = if wording.way == Way::Export { report.assets + trashed } else { report.items };
        print_way(out, wording, direction, &lines, Telling { simulated, verbose, photos, trashed })?;
    }
    let free =
        report.free_bytes.filter(|_| simulated && report.export.as_ref().is_some_and(|export| export.planned > 0));
    if let Some(free) = free {
        writeln!(out, "\n{} free in the export folder.", size(free))?;
    }
    for notice in &report.notices {
        writeln!(out, "\nNote: {}", clean(notice))?;
    }
    if simulated && ways.iter().any(|(_, direction)| direction.planned > 0) {
        writeln!(out, "\nTo do exactly this, run the same command with `sync --plan {}`.", report.run)?;
    }
    Ok(())
}

/// How a run is told.
#[derive(Clone, Copy)]
struct Telling {
    simulated: bool,
    verbose: bool,
    /// Items or assets that were seen.
    photos: u64,
    /// Of those, what lies in the trash of the library.
    trashed: u64,
}

fn print_way(
    out: &mut impl Write,
    wording: &Wording,
    direction: &Direction,
    lines: &[VerdictLine],
    Telling { simulated, verbose, photos: seen, trashed }: Telling,
) -> std::io::Result<()> {
    let of = |ruling: Ruling| lines.iter().filter(move |line| line.direction == wording.way && line.verdict == ruling);
    let (one, place) = wording.seen;
    let trash = if trashed > 0 { format!(", {} of them in its trash", thousands(trashed)) } else { String::new() };
    writeln!(out, "{} {place}{trash} ({}).", count(seen, one), count(direction.files, "file"))?;
    let ruling = if simulated { Ruling::Planned } else { Ruling::Applied };
    let number = if simulated { direction.planned } else { direction.applied };
    let bytes = of(ruling).map(|line| line.size).sum();
    let told: Vec<&VerdictLine> = of(ruling).filter(|line| line.gets.is_some()).collect();
    let photos: BTreeSet<_> = told.iter().filter_map(|line| line.asset.as_deref()).collect();
    let told = told.len() as u64;
    let would_be = if simulated { "would be " } else { "" };
    let end = if told > 0 { "." } else { ":" };
    match number - told {
        0 if told > 0 => writeln!(out)?,
        0 => writeln!(out, "\n{}", wording.nothing)?,
        carried => {
            let (carried, bytes, on_their_way) = (thousands(carried), size(bytes), on_their_way(direction));
            writeln!(out, "\n{carried} {would_be}{}, {bytes}{on_their_way}{end}", wording.carried)?;
        }
    }
    if told > 0 {
        let would_get = if simulated { "would get" } else { "got" };
        writeln!(out, "{} in the library {would_get} what came late:", count(photos.len() as u64, "photo"))?;
    }
    list(out, of(ruling), if verbose { usize::MAX } else { LISTED }, simulated)?;
    for (reason, files) in &direction.missing {
        writeln!(
            out,
            "  {} of these photos {} left out ({reason}); a later sync copies what becomes available.",
            count(*files, "file"),
            if *files == 1 { "is" } else { "are" }
        )?;
    }
    if !direction.skipped.is_empty() {
        let left: u64 = direction.skipped.values().sum();
        writeln!(out, "\n{} not {}:", thousands(left), wording.carried)?;
        for (reason, number) in &direction.skipped {
            let explanation = explanation(wording.way, *reason);
            writeln!(out, "  {:>7}  {explanation}", thousands(*number))?;
            let listed = if verbose { usize::MAX } else { LISTED_A_REASON };
            list(out, of(Ruling::Skipped).filter(|line| line.reason == Some(*reason)), listed, false)?;
        }
    }
    if direction.skipped.keys().any(|reason| reason.can_be_taken_in(wording.way)) {
        let what = if wording.way == Way::Export { "ASSET" } else { "FILE" };
        writeln!(out, "  * `photobridge decide take-in {what}` includes it anyway.")?;
    }
    if direction.failed > 0 {
        let they_are = if direction.failed == 1 { "it is" } else { "they are" };
        writeln!(out, "\n{} failed; {they_are} unchanged and will be tried again:", thousands(direction.failed))?;
        list(out, of(Ruling::Failed), usize::MAX, false)?;
    }
    Ok(())
}

/// What is said beside the number of exports, where some may lie in a cache only.
fn on_their_way(direction: &Direction) -> String {
    match direction.on_their_way {
        0 => String::new(),
        photos => format!(", {} of them still on their way", thousands(photos)),
    }
}

/// Whether a verdict is news: what lies on both sides is only counted.
fn says_something(reason: Option<Reason>) -> bool {
    reason.is_none_or(|reason| !reason.is_old_news())
}

/// Lists verdicts, with their dates and what those are from if they are asked for.
fn list<'a>(
    out: &mut impl Write,
    lines: impl Iterator<Item = &'a VerdictLine>,
    listed: usize,
    with_dates: bool,
) -> std::io::Result<()> {
    let mut more = 0u64;
    for (at, line) in lines.enumerate() {
        if at >= listed {
            more += 1;
            continue;
        }
        write!(out, "           {}", clean(&subject(line)))?;
        if with_dates && line.direction == Way::Import && line.gets.is_none() {
            write!(out, "  {}", dated(line))?;
        }
        if let Some(matched) = line.decided_by() {
            write!(out, "  = {}", clean(matched))?;
        }
        if let Some(photo) = &line.part_of {
            write!(out, "  one photo with {}", clean(photo))?;
        }
        if let Some(photo) = &line.can_join {
            write!(out, "  arrived after {}; `photobridge decide join` makes them one photo", clean(photo))?;
        }
        if let Some(told) = &line.gets {
            write!(out, "  gets what came late: {}", clean(told))?;
        }
        if let Some(told) = &line.lacks {
            write!(out, "  lacks what came late: {}", clean(told))?;
        }
        if let Some(what) = line.as_what() {
            write!(out, "  {}", clean(&what))?;
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

/// When a photo was taken, and what says so.
fn dated(line: &VerdictLine) -> String {
    match (&line.captured, &line.captured_from) {
        (Some(captured), Some(from)) => format!("{captured} ({from})"),
        _ => "without a date".into(),
    }
}

/// Of what a line speaks: the item's path or the asset's name, with the names of the files that share its fate; of an asset
/// also its id or where it goes, and what does not go with it.
fn subject(line: &VerdictLine) -> String {
    let path = line.whereabouts().unwrap_or_else(|| "?".into());
    let together = |first: &str| [first].into_iter().chain(line.others()).collect::<Vec<_>>().join(" + ");
    let of_asset = match (&line.name, line.verdict) {
        (None, _) => return together(&path),
        (Some(name), Ruling::Planned | Ruling::Applied) => format!("{name} \u{2192} {}", together(&path)),
        (Some(name), _) => format!("{}  ({})", together(name), line.asset.as_deref().unwrap_or("?")),
    };
    let of_asset = line.without().fold(of_asset, |words, (name, reason)| format!("{words}, without {name}: {reason}"));
    line.renamed().fold(of_asset, |words, (path, name)| format!("{words}; {path} becomes {name}"))
}
