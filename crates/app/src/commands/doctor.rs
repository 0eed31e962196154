//! `doctor`.

use photobridge_core::asset::{Asset, Whereabouts};
use photobridge_core::ledger::Ledger;
use photobridge_core::progress::{Cancel, Silent};

use super::Context;
use crate::exit::{Code, Error};
use crate::words::{clean, count, say};

/// Checks that everything a sync needs is there. Changes nothing.
pub fn run(context: &Context) -> Result<Code, Error> {
    let checks = [data(context), ledger(context), library(context)];
    let folders = context.settings.folder.iter().map(|folder| match std::fs::read_dir(&folder.path) {
        Ok(_) => Ok(format!("the folder {} can be read", folder.path.display())),
        Err(error) => Err(format!("the folder {} cannot be read: {error}", folder.path.display())),
    });
    let mut all_well = true;
    for check in checks.into_iter().chain(folders) {
        match check {
            Ok(fine) => say!("ok    {}", clean(&fine)),
            Err(wrong) => {
                all_well = false;
                say!("WRONG {}", clean(&wrong));
            }
        }
    }
    if context.settings.folder.is_empty() {
        say!("note  no folder is set up yet: `photobridge config folder DIR`");
    }
    Ok(if all_well { Code::Done } else { Code::Failed })
}

fn data(context: &Context) -> Result<String, String> {
    let place = context.data.display();
    let nearest = context.data.ancestors().find(|path| path.exists());
    let metadata = nearest.and_then(|path| std::fs::metadata(path).ok());
    match metadata {
        Some(metadata) if metadata.permissions().readonly() => Err(format!("the data directory {place} is read-only")),
        Some(_) if context.data.exists() => Ok(format!("the data directory is {place}")),
        Some(_) => Ok(format!("the data directory will be {place}")),
        None => Err(format!("the data directory {place} cannot be made")),
    }
}

fn ledger(context: &Context) -> Result<String, String> {
    if !context.data.join(photobridge_core::ledger::FILE).exists() {
        return Ok("there is no ledger yet; the first run makes it".into());
    }
    let ledger = Ledger::open(&context.data).map_err(|error| error.to_string())?;
    let problems = ledger.check().map_err(|error| error.to_string())?;
    let (links, _) = ledger.counts().map_err(|error| error.to_string())?;
    match problems.first() {
        None => Ok(format!("the ledger is whole and knows {}", count(links, "photo"))),
        Some(problem) => {
            Err(format!("the ledger is damaged ({problem}); `photobridge ledger rebuild` makes a new one"))
        }
    }
}

fn library(context: &Context) -> Result<String, String> {
    let mut library = context.library().map_err(|error| error.to_string())?;
    let snapshot = library.snapshot(&Silent, &Cancel::new()).map_err(|error| error.to_string())?;
    let identity = library.identity();
    let ledger = photobridge_core::ledger::FILE;
    let knew = context.data.join(ledger).exists()
        && Ledger::open(&context.data).and_then(|ledger| ledger.knew_library_at(&identity.path)).unwrap_or(false);
    if identity.uuid.is_none() && knew {
        return Err(format!(
            "the library {} was there and is not. Check that its disk is connected",
            identity.path.display()
        ));
    }
    let is_lost = |asset: &&Asset| asset.primary().is_some_and(|primary| primary.whereabouts == Whereabouts::Missing);
    if let Some(lost) = snapshot.assets.iter().find(is_lost) {
        let number = snapshot.assets.iter().filter(is_lost).count() as u64;
        return Err(format!(
            "the library {} lists {} whose originals are gone (one is {}). Keep every other copy of them",
            identity.path.display(),
            count(number, "photo"),
            lost.original_name
        ));
    }
    let writable = if library.properties().writable { "" } else { ", only to be read" };
    Ok(format!(
        "the library {} holds {}{writable}",
        identity.path.display(),
        count(snapshot.assets.len() as u64, "photo")
    ))
}
