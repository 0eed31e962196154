//! `library`.

mod listing;
mod summary;

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use photobridge_core::ledger::Ledger;
use photobridge_core::library::{Library, LibraryError, Snapshot};
use photobridge_core::progress::{Cancel, Silent};

pub use summary::Summary;

use super::Context;
use crate::arguments::SideArguments;
use crate::exit::{Code, Error};
use crate::settings::home;
use crate::words::{clean, remark};

/// Says what a library holds: the one that was named, else the one in the settings. Changes nothing.
pub fn run(context: &mut Context, named: Option<&str>, json_lines: bool) -> Result<Code, Error> {
    context.with_sides(&SideArguments { folder: Vec::new(), library: named.map(str::to_owned) });
    let (library, snapshot) = look(context)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = if json_lines {
        for warning in &snapshot.warnings {
            remark!("photobridge: {}", clean(warning));
        }
        listing::print(&mut out, &snapshot)
    } else {
        Summary::of(library.as_ref(), &snapshot).print(&mut out)
    };
    match printed.and_then(|()| out.flush()) {
        // Whoever read us stopped reading.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Code::Done),
        Err(error) => Err(Error::Io("standard output".into(), error)),
        Ok(()) => Ok(Code::Done),
    }
}

/// Lists what the library of the settings holds.
pub fn look(context: &Context) -> Result<(Box<dyn Library>, Snapshot), Error> {
    check_is_there(&context.settings.library)?;
    let mut library = context.library()?;
    check_is_not_gone(context, library.as_ref())?;
    let snapshot = library.snapshot(&Silent, &Cancel::new())?;
    Ok((library, snapshot))
}

/// A library that was there once and is not is missing; it is not one that is still to be made.
fn check_is_not_gone(context: &Context, library: &dyn Library) -> Result<(), Error> {
    let identity = library.identity();
    let ledger = if identity.uuid.is_none() { Ledger::look(&context.data)? } else { None };
    match ledger.map(|ledger| ledger.knew_library_at(&identity.path)).transpose()? {
        Some(true) => Err(LibraryError::Missing(identity.path).into()),
        _ => Ok(()),
    }
}

/// A sync makes an embedded library where there is none; whoever only asks what is in one has a slip in its name.
fn check_is_there(named: &str) -> Result<(), Error> {
    if matches!(named, "" | "photos") {
        return Ok(());
    }
    let path = std::path::absolute(home(named)).unwrap_or_else(|_| PathBuf::from(named));
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(LibraryError::Missing(path).into()),
        _ => Ok(()),
    }
}
