//! `ledger`.

use std::time::Duration;

use jiff::Timestamp;
use photobridge_core::data;
use photobridge_core::ledger::Ledger;
use photobridge_core::library::{Library, LibraryError};
use photobridge_core::lock::Lock;
use photobridge_core::progress::Cancel;
use photobridge_core::run::{Command, StartedBy};
use photobridge_core::sync::{self, Request, Waits};

use crate::arguments::{LedgerAction, RebuildArguments};
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::folders::{directory_of, everywhere};
use crate::progress::Shown;
use crate::terminal::say;
use crate::terminal::{LEFT, confirm};
use crate::words::{clean, count};

/// Checks the ledger, or makes it anew.
pub fn run(context: &mut Context, action: &LedgerAction) -> Result<Code, Error> {
    match action {
        LedgerAction::Check => check(context),
        LedgerAction::Rebuild(arguments) => rebuild(context, arguments),
    }
}

fn check(context: &Context) -> Result<Code, Error> {
    if !context.data.join(photobridge_core::ledger::FILE).exists() {
        say!("There is no ledger yet.");
        return Ok(Code::Done);
    }
    let ledger = Ledger::open(&context.data)?;
    let problems = ledger.check()?;
    for problem in &problems {
        say!("{}", clean(problem));
    }
    let (links, decisions) = ledger.counts()?;
    if problems.is_empty() {
        say!("The ledger is intact: {}, {}.", count(links, "link"), count(decisions, "decision"));
        return Ok(Code::Done);
    }
    say!("The ledger is damaged. `photobridge ledger rebuild` creates a new one and keeps this one.");
    Ok(Code::Failed)
}

/// A ledger made while a side is missing would know nothing of it.
fn both_sides_are_there(context: &Context, library: &dyn Library) -> Result<(), Error> {
    for directory in context.settings.folder.iter().filter_map(|folder| directory_of(&folder.path)) {
        std::fs::read_dir(directory).map_err(|error| Error::Io(directory.display().to_string(), error))?;
    }
    let identity = library.identity();
    // A damaged ledger cannot tell what it knew; then the library's own word must do.
    let knew = Ledger::open(&context.data).and_then(|ledger| ledger.knew_library_at(&identity.path)).unwrap_or(false);
    if identity.uuid.is_none() && knew {
        return Err(LibraryError::Missing(identity.path).into());
    }
    Ok(())
}

/// Makes a new ledger from what both sides hold, and says what no side can tell.
fn rebuild(context: &mut Context, arguments: &RebuildArguments) -> Result<Code, Error> {
    context.with_sides(&arguments.sides);
    let settings = &context.settings;
    if settings.folder.is_empty() {
        return Err(Error::Usage("no folder is set up. Name one with --folder DIR".into()));
    }
    let sources = settings.folder.iter().map(|folder| folder.source(&settings.album).map_err(Error::Usage));
    let request = Request {
        command: Command::Sync,
        started_by: StartedBy::CommandLine,
        mode: Default::default(),
        export: Default::default(),
        export_folder: None,
        sources: sources.collect::<Result<_, _>>()?,
        data: context.data.clone(),
        // Nothing is carried, and what is the same is the same also while it settles.
        waits: Waits { settle: Duration::ZERO, ..settings.waits() },
        joins: false,
        motion_photos: Default::default(),
        archives: settings.archives,
        people_as_keywords: false,
        unattended: None,
        only: None,
        look: Default::default(),
        thorough: false,
        kin: None,
    };
    let question = "A new ledger forgets which photos were deleted on one side (they count as new again), your decisions and undone \
                    syncs, and the history. The old one is kept. Create a new one?";
    let is_there = context.data.join(photobridge_core::ledger::FILE).exists();
    if is_there && !confirm(question, arguments.yes)? {
        say!("{LEFT}");
        return Ok(Code::Done);
    }
    let mut library = context.library()?;
    data::make(&context.data).map_err(|error| Error::Io("the data directory".into(), error))?;
    let now = Timestamp::now();
    let aside = {
        let _lock = Lock::take(&context.data, "ledger rebuild", now)?;
        both_sides_are_there(context, library.as_ref())?;
        Ledger::set_aside(&context.data, now)?
    };
    if let Some(aside) = aside {
        say!("The old ledger is in {}", clean(&aside.display().to_string()));
    }
    let shown = Shown::new(context.quiet);
    let folders = everywhere(&context.data);
    let known = sync::relearn(&request, library.as_mut(), &folders, &Timestamp::now, &shown, &Cancel::new())?;
    say!(
        "The new ledger knows {} on both sides.\nForgotten: which photos were deleted on one side (they count as new \
         again), your decisions and undone syncs, and the history. Simulate before you sync.",
        count(known, "photo")
    );
    Ok(Code::Done)
}
