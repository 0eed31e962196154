//! `decide`.

use std::path::{Component, Path, PathBuf};

use jiff::Timestamp;
use photobridge_core::data;
use photobridge_core::decide::{Desk, Refusal, is_allowed};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::kept::{self, Filter, Verdicts};
use photobridge_core::ledger::Ledger;
use photobridge_core::memory::Decision;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Ruling, VerdictLine};
use photobridge_core::run::RunId;
use photobridge_media::{FileKind, kind_of};

use crate::arguments::{Choice, DecideArguments};
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::terminal::{remark, say};
use crate::words::{clean, count, trouble};

/// Keeps what a person says of single photos, by the identity of their bytes.
pub fn run(context: &mut Context, arguments: &DecideArguments) -> Result<Code, Error> {
    data::make(&context.data)
        .map_err(|error| Error::Io(format!("the data directory {}", context.data.display()), error))?;
    let Some(choice) = arguments.choice.filter(|_| !arguments.list) else { return list(context) };
    context.with_sides(&arguments.sides);
    let (decision, said) = match choice {
        Choice::LeaveOut => {
            (Some(Decision::LeaveOut), "excluded from every sync until you withdraw this; existing copies stay")
        }
        Choice::TakeIn => {
            (Some(Decision::TakeIn), "will be included in the next sync, unless a reason without a * applies")
        }
        Choice::Join => {
            can_join(context)?;
            (Some(Decision::Join), "will be added to its photo by the next sync")
        }
        Choice::Withdraw => (None, "decision withdrawn"),
    };
    if arguments.files.is_empty() {
        return decide_group(context, arguments, decision, said);
    }
    let folders = folders(context)?;
    let latest = kept::latest(&context.data).and_then(|run| Verdicts::open(&context.data, run).ok());
    let everywhere = crate::folders::everywhere(&context.data);
    let mut desk = Desk::new(&context.data, &everywhere, Timestamp::now(), || context.library())?;
    let mut code = Code::Done;
    for path in &arguments.files {
        let text = path.to_string_lossy();
        let answers = match (path.try_exists(), text.parse::<Fingerprint>()) {
            (Ok(true), _) if !lies_in(path, &folders) => {
                remark!(
                    "{}: not in any of the folders of photos. Nothing was changed. Name its folder with --folder",
                    clean(&text)
                );
                code = Code::Failed;
                continue;
            }
            (Ok(true), _) if decision == Some(Decision::LeaveOut) && describes(path) => {
                remark!(
                    "{}: nothing was changed. A file that describes a photo goes with that photo, and what `exclude` of its folder \
                     names is always skipped",
                    clean(&text)
                );
                code = Code::Failed;
                continue;
            }
            (Ok(true), _) if decision == Some(Decision::Join) && !is_a_part(path) => {
                remark!(
                    "{}: nothing was changed. Name the file that arrived later: the RAW, or the video of the Live Photo",
                    clean(&text)
                );
                code = Code::Failed;
                continue;
            }
            (Ok(true), _) if decision == Some(Decision::Join) => {
                let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
                vec![desk.late_file(path, below(&whole, &folders), latest.as_ref())?]
            }
            (Ok(true), _)
                if decision == Some(Decision::TakeIn) && is_not_supported(path, &folders, latest.as_ref()) =>
            {
                remark!(
                    "{}: nothing was decided. It can't be imported: Photos doesn't support this file type",
                    clean(&text)
                );
                code = Code::Failed;
                continue;
            }
            (Ok(true), _) => vec![desk.file(path, decision)],
            // As `--list` shows it, of a photo that is no longer there.
            (_, Ok(fingerprint)) => vec![desk.decided(fingerprint)?],
            _ if decision == Some(Decision::Join) => vec![Err(Refusal::NothingToJoin)],
            // A file that would be written.
            _ => desk.named(&below(path, &folders).to_string_lossy(), latest.as_ref(), decision)?,
        };
        for answer in answers {
            match answer {
                Ok(photo) => {
                    desk.decide(&[photo], decision)?;
                    say!("{}: {said}", clean(&text));
                }
                Err(why) => {
                    remark!("{}: nothing was changed, {}", clean(&text), trouble(&why));
                    code = Code::Failed;
                }
            }
        }
    }
    Ok(code)
}

/// Whether a file is of a kind that belongs to a photo.
fn is_a_part(path: &Path) -> bool {
    matches!(kind_of(path), Some(FileKind::Raw | FileKind::Video))
}

/// Whether a file is of a kind that says something of a photo: a sidecar, a recipe, a list.
fn describes(path: &Path) -> bool {
    matches!(kind_of(path), Some(FileKind::Xmp | FileKind::Aae | FileKind::Catalog))
}

/// Whether the last run left a file since no library takes its kind: that nobody can overrule.
fn is_not_supported(path: &Path, folders: &[PathBuf], latest: Option<&Verdicts>) -> bool {
    let whole = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let below = below(&whole, folders).to_string_lossy();
    let filter = Filter { reason: Some(Reason::NotSupported), way: Some(Way::Import), ..Filter::default() };
    let Some(verdicts) = latest else { return false };
    let lines = verdicts.numbers(&filter).into_iter().filter_map(|number| verdicts.row(number).ok()?);
    lines.into_iter().any(|line| line.path.as_deref() == Some(&*below))
}

/// Says what to do where the library adds nothing to its photos.
fn can_join(context: &Context) -> Result<(), Error> {
    if context.library()?.properties().joins {
        return Ok(());
    }
    Err(Error::Usage(
        "this library adds no file to a photo that it has; only one of Photobridge's own does. Nothing was changed. In Photos: \
         for a RAW, delete the photo and the RAW there (they stay in the folder), and say `photobridge decide take-in` of the \
         photo: both go in as one. For a Live Photo, say `take-in` of the video: it goes in whole; then delete the still there"
            .into(),
    ))
}

/// The same of all photos of a run that stayed for one reason, or that lie below one directory.
fn decide_group(
    context: &Context,
    arguments: &DecideArguments,
    decision: Option<Decision>,
    said: &str,
) -> Result<Code, Error> {
    let unread = |error| Error::Io("the verdicts of the run".into(), error);
    let run = arguments.run.map(RunId).or_else(|| kept::latest(&context.data));
    let run = run.ok_or_else(|| Error::Usage("there is no run yet. Simulate first".into()))?;
    let verdicts = Verdicts::open(&context.data, run).map_err(|_| {
        Error::Usage(format!("run {run} is no longer kept. Nothing was changed. `photobridge history` lists the runs"))
    })?;
    let ruling = match decision {
        Some(Decision::LeaveOut) => Some(Ruling::Planned),
        Some(Decision::TakeIn) => Some(Ruling::Skipped),
        Some(Decision::Join) | None => None,
    };
    let under = arguments.under.as_ref().map(|under| meant(under, &folders(context)?)).transpose()?;
    let filter = Filter { ruling, reason: arguments.reason, ..Filter::default() };
    let is_meant = |line: VerdictLine| {
        // Of a file that stays though its photo lies there only the directory is told.
        let place = line.path.as_ref().or(line.destination.as_ref());
        let lies_there = |(folder, under): &(Option<PathBuf>, PathBuf)| {
            let of_folder =
                folder.as_ref().zip(line.folder.as_ref()).is_none_or(|(one, other)| one == Path::new(other));
            of_folder && place.is_some_and(|path| Path::new(path).starts_with(under))
        };
        under.as_ref().is_none_or(lies_there) && is_allowed(&line, decision).is_ok()
    };
    let mut numbers = Vec::new();
    for number in verdicts.numbers(&filter) {
        numbers.extend(verdicts.row(number).map_err(unread)?.is_some_and(is_meant).then_some(number));
    }
    if numbers.is_empty() {
        return Err(Error::Usage(format!("run {run} has no such photo. Nothing was changed")));
    }
    let everywhere = crate::folders::everywhere(&context.data);
    let mut desk = Desk::new(&context.data, &everywhere, Timestamp::now(), || context.library())?;
    let refused = desk.verdicts(&verdicts, &numbers, decision)?;
    say!("{} of run {run}: {said}", count((numbers.len() - refused.len()) as u64, "photo"));
    for (number, why) in &refused {
        let line = verdicts.row(*number).map_err(unread)?;
        remark!("{}: nothing was changed, {why}", clean(line.as_ref().map_or("?", VerdictLine::title)));
    }
    Ok(if refused.is_empty() { Code::Done } else { Code::Failed })
}

/// The folders of photos: those of the settings or the command line, and those that were ever synced.
fn folders(context: &Context) -> Result<Vec<PathBuf>, Error> {
    let settings = &context.settings;
    let known = Ledger::look(&context.data)?.map(|ledger| ledger.folder_paths()).transpose()?;
    let named = settings.folder.iter().map(|folder| folder.path.clone()).chain(settings.receiver().map(Path::to_owned));
    Ok(named.chain(known.unwrap_or_default()).collect())
}

/// The directory below its folder that a person means, and that folder where the path says which.
fn meant(under: &Path, folders: &[PathBuf]) -> Result<(Option<PathBuf>, PathBuf), Error> {
    if !under.is_absolute() {
        return Ok((None, plain(under)));
    }
    // What is deleted lies nowhere, and its path is all that there is.
    let whole = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let ways = [plain(under), whole(under)];
    let below = |folder: &PathBuf| {
        let roots = [folder.clone(), whole(folder)];
        let below = roots.iter().flat_map(|root| ways.iter().filter_map(move |way| way.strip_prefix(root).ok())).next();
        below.map(|below| (Some(roots[1].clone()), below.to_owned()))
    };
    // Of folders in one another the innermost.
    folders.iter().filter_map(below).min_by_key(|(_, below)| below.components().count()).ok_or_else(|| {
        let under = clean(&under.to_string_lossy());
        Error::Usage(format!("{under} is not in any of the folders of photos. Nothing was changed"))
    })
}

/// The same path without what leads nowhere.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            component => plain.push(component),
        }
    }
    plain
}

/// The path below whichever of the folders it lies in.
fn below<'a>(path: &'a Path, folders: &[PathBuf]) -> &'a Path {
    folders.iter().find_map(|folder| path.strip_prefix(folder).ok()).unwrap_or(path)
}

fn lies_in(path: &Path, folders: &[PathBuf]) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    whole(path)
        .is_some_and(|path| folders.iter().filter_map(|folder| whole(folder)).any(|folder| path.starts_with(folder)))
}

fn list(context: &Context) -> Result<Code, Error> {
    let decisions = Ledger::open(&context.data)?.decisions()?;
    if decisions.is_empty() {
        say!("There are no decisions.");
    }
    for record in decisions {
        say!("{:9}  {}  {}", record.decision.as_str(), clean(&record.photo.name), record.photo.fingerprint);
    }
    Ok(Code::Done)
}
