//! `status`.

use photobridge_core::ledger::{self, Ledger};
use photobridge_core::lock::is_held;

use super::run::{layout, range};
use super::{Context, history};
use crate::away::away;
use crate::exit::{Code, Error};
use crate::history::Run;
use crate::places;
use crate::settings::Settings;
use crate::terminal::say;
use crate::words::{clean, count, moment};

/// Shows what is set up and how the last run went. Makes nothing.
pub fn run(context: &Context) -> Result<Code, Error> {
    let settings = &context.settings;
    let library = match settings.library.as_str() {
        "" => format!("{} (Photobridge's own)", places::own_library(&context.data).display()),
        named => named.to_owned(),
    };
    say!("Library    {}", clean(&library));
    sides(settings)?;
    say!("Data       {}", clean(&context.data.display().to_string()));
    for away in away(&context.data, settings, Ledger::look(&context.data)?.as_ref())? {
        say!("Away       {}", clean(&away.words));
    }
    if !context.data.join(ledger::FILE).exists() {
        say!("Last run   none yet");
        return Ok(Code::Done);
    }
    let ledger = Ledger::open(&context.data)?;
    let (links, decisions) = ledger.counts()?;
    say!("Remembers  {}, {}", count(links, "photo"), count(decisions, "decision"));
    match ledger.runs(1)?.pop() {
        Some(run) => say!("Last run   {}", history::summary(&Run::of(run, is_held(&context.data)))),
        None => say!("Last run   none yet"),
    }
    Ok(Code::Done)
}

/// Which ways photos go, from where and to where.
fn sides(settings: &Settings) -> Result<(), Error> {
    if settings.folder.is_empty() {
        say!("Folder     none yet: `photobridge config folder DIR`");
    }
    for folder in &settings.folder {
        let path = clean(&folder.path.display().to_string());
        match folder.album.as_ref().unwrap_or(&settings.album) {
            album if settings.mode.imports() => say!("Folder     {path} → album “{}”", clean(album)),
            _ => say!("Folder     {path}"),
        }
    }
    say!("Mode       {}", settings.mode.as_str());
    if !settings.mode.exports() {
        return Ok(());
    }
    if let Some(receiver) = settings.receiver() {
        say!("Exports    into {}, {}", clean(&receiver.display().to_string()), layout(settings.export.layout));
    }
    say!("Range      {}", range(&settings.export.export()));
    match settings.export.baseline {
        Some(instant) => say!("Baseline   {}", moment(instant)),
        None => say!("Baseline   none yet: the first export sets it"),
    }
    Ok(())
}
