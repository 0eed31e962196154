//! `undo`.

use jiff::Timestamp;
use photobridge_core::ledger::RunId;
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
    let undone = undo::undo(&context.data, RunId(run), library.as_mut(), Timestamp::now())?;
    match &undone.directory {
        Some(directory) => {
            let directory = clean(&directory.display().to_string());
            say!("{} moved out of the folder, to {directory}", count(undone.moved, "file"));
        }
        None => say!("No file was moved: nothing that run {run} exported lies where it put it."),
    }
    for (path, why) in &undone.kept {
        say!("  {} stays: {why}", clean(&path.display().to_string()));
    }
    if let Some((album, photos)) = &undone.album {
        say!(
            "{} that it imported are gathered in the album “{album}”: delete them there if you want, only Photos may.",
            count(*photos, "photo")
        );
    }
    say!("None of them is carried again by itself; `photobridge decide take-in` does.");
    Ok(Code::Done)
}
