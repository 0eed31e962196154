//! `undo`.

use jiff::Timestamp;
use photobridge_core::ledger::Ledger;
use photobridge_core::run::{RunId, StartedBy};
use photobridge_core::undo::{self, Removal};

use crate::arguments::SideArguments;
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::folders::everywhere;
use crate::terminal::say;
use crate::terminal::{LEFT, confirm};
use crate::words::{clean, count};

/// Takes back what a sync carried, as far as nobody changed it since.
pub fn run(context: &mut Context, run: i64, sides: &SideArguments) -> Result<Code, Error> {
    context.with_sides(sides);
    if !context.data.exists() {
        return Err(Error::Usage("there are no runs yet".into()));
    }
    let mut library = context.library()?;
    let by = StartedBy::CommandLine;
    let undone =
        undo::undo(&context.data, RunId(run), library.as_mut(), &everywhere(&context.data), &by, Timestamp::now())?;
    if undone.again > 0 {
        say!(
            "{} that run {run} undid will sync again. Files that it moved out stay where they are, as copies.",
            count(undone.again, "photo")
        );
        return Ok(Code::Done);
    }
    match &undone.directory {
        Some(directory) => {
            let directory = clean(&directory.display().to_string());
            say!("{} moved out of the folder, to {directory}", count(undone.moved, "file"));
        }
        None if undone.album.is_some() || undone.untold > 0 || !undone.kept.is_empty() || !undone.gone.is_empty() => {}
        None => say!("Nothing left to undo of run {run} in the folder."),
    }
    for (path, why) in &undone.kept {
        say!("  {} stays: {why}", clean(&path.display().to_string()));
    }
    for path in &undone.gone {
        say!("  {} is no longer there: it was moved or deleted since", clean(&path.display().to_string()));
    }
    if let Some((album, photos)) = &undone.album {
        say!(
            "{} that it imported {} now in the album “{album}”.",
            count(*photos, "photo"),
            if *photos == 1 { "is" } else { "are" }
        );
        match library.properties().removes {
            true => say!(
                "`photobridge undo {run} --remove` lists them, and permanently removes those that the folder still has."
            ),
            false => say!("Photobridge deletes nothing in this library. To remove them, use Photos."),
        }
    }
    if undone.untold > 0 {
        let (is, its) = if undone.untold == 1 { ("is", "its") } else { ("are", "their") };
        say!("{} {is} as before {its} date, words or albums came.", count(undone.untold, "photo"));
    }
    if undone.joined > 0 {
        say!(
            "{} that it added to photos in the library {} there: a photo is not split again.",
            count(undone.joined, "file"),
            if undone.joined == 1 { "stays" } else { "stay" }
        );
    }
    if undone.moved > 0 || undone.album.is_some() || undone.untold > 0 {
        say!(
            "Undone photos won't sync again unless you choose them. To restore all of them, undo this undo: \
             `photobridge history` shows its number. For single photos: `photobridge decide take-in`."
        );
    }
    if undone.failed > 0 {
        say!("Once that is fixed, run `photobridge undo {run}` again for the rest.");
    }
    Ok(if undone.failed > 0 { Code::Failed } else { Code::Done })
}

/// Takes a run back, where that was not done yet, and removes for good what it imported, after a list.
pub fn and_remove(context: &mut Context, run: i64, yes: bool, sides: &SideArguments) -> Result<Code, Error> {
    context.with_sides(sides);
    let is_to_undo =
        Ledger::look(&context.data)?.is_none_or(|ledger| !ledger.can_be_removed(RunId(run)).unwrap_or(false));
    if is_to_undo {
        self::run(context, run, sides)?;
    }
    let mut library = context.library()?;
    let removal = undo::removable(&context.data, RunId(run), library.as_mut(), &everywhere(&context.data))?;
    list(&removal)?;
    if removal.goes.is_empty() {
        say!("Nothing that run {run} imported can be removed from this library.");
        return Ok(Code::Done);
    }
    let photos = count(removal.goes.len() as u64, "photo");
    if !confirm(&format!("Permanently remove {photos} from the library? The folder keeps its files."), yes)? {
        say!("{LEFT}");
        return Ok(Code::Done);
    }
    let by = StartedBy::CommandLine;
    let (folders, now) = (everywhere(&context.data), Timestamp::now());
    let removed = undo::remove(&context.data, RunId(run), &removal.key(), library.as_mut(), &folders, &by, now)?;
    match removed {
        Some(removed) => {
            say!("{} removed.", count(removed.goes.len() as u64, "photo"));
            for (name, why) in removed.stays.iter().filter(|stays| !removal.stays.contains(stays)) {
                say!("  {} stays: {why}", clean(name));
            }
            Ok(Code::Done)
        }
        None => {
            say!("The list has changed meanwhile, so nothing was removed. Run the command again.");
            Ok(Code::Failed)
        }
    }
}

fn list(removal: &Removal) -> Result<(), Error> {
    if !removal.goes.is_empty() {
        say!("The folder has every file of {}, which can be removed:", count(removal.goes.len() as u64, "photo"));
        for (_, name) in &removal.goes {
            say!("  {}", clean(name));
        }
    }
    for (name, why) in &removal.stays {
        say!("  {} stays: {why}", clean(name));
    }
    Ok(())
}
