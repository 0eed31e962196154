//! `undo`.

use jiff::Timestamp;
use photobridge_core::ledger::{RunId, StartedBy};
use photobridge_core::undo;

use super::Context;
use crate::arguments::SideArguments;
use crate::exit::{Code, Error};
use crate::words::{clean, count, say};

/// Takes back what a sync carried, as far as nobody changed it since.
pub fn run(context: &mut Context, run: i64, sides: &SideArguments) -> Result<Code, Error> {
    context.with_sides(sides);
    if !context.data.exists() {
        return Err(Error::Usage("there was no run yet".into()));
    }
    let mut library = context.library()?;
    let by = StartedBy::CommandLine;
    let undone = undo::undo(&context.data, RunId(run), library.as_mut(), &by, Timestamp::now())?;
    if undone.again > 0 {
        say!(
            "{} that run {run} took back: the next sync carries what is not on both sides. Files that it moved out stay where \
             they are, as copies.",
            count(undone.again, "photo")
        );
        return Ok(Code::Done);
    }
    match &undone.directory {
        Some(directory) => {
            let directory = clean(&directory.display().to_string());
            say!("{} moved out of the folder, to {directory}", count(undone.moved, "file"));
        }
        None if undone.album.is_some() || !undone.kept.is_empty() || !undone.gone.is_empty() => {}
        None => say!("No file was moved: run {run} left none that is still to be taken back."),
    }
    for (path, why) in &undone.kept {
        say!("  {} stays: {why}", clean(&path.display().to_string()));
    }
    for path in &undone.gone {
        say!("  {} lies there no longer: it was moved or deleted since", clean(&path.display().to_string()));
    }
    if let Some((album, photos)) = &undone.album {
        say!(
            "{} that it imported {} gathered in the album “{album}”. Photobridge deletes nothing in a library: that is for its own program.",
            count(*photos, "photo"),
            if *photos == 1 { "is" } else { "are" }
        );
    }
    if undone.moved > 0 || undone.album.is_some() {
        say!(
            "What was taken back is not carried the same way again by itself; `photobridge decide take-in` does, and to undo this undo."
        );
    }
    Ok(Code::Done)
}
