//! `status`.

use photobridge_core::ledger::{self, Ledger};
use photobridge_core::lock::is_held;

use super::Context;
use super::history;
use crate::exit::{Code, Error};
use crate::places;
use crate::words::{clean, count, say};

/// Shows what is set up and how the last run went. Makes nothing.
pub fn run(context: &Context) -> Result<Code, Error> {
    let settings = &context.settings;
    let library = match settings.library.as_str() {
        "" => format!("{} (our own)", places::own_library(&context.data).display()),
        named => named.to_owned(),
    };
    say!("Library    {}", clean(&library));
    match &settings.folder[..] {
        [] => say!("Folder     none yet: `photobridge config folder DIR`"),
        folders => {
            for folder in folders {
                let album = folder.album.as_ref().unwrap_or(&settings.album);
                say!("Folder     {} → album “{}”", clean(&folder.path.display().to_string()), clean(album));
            }
        }
    }
    say!("Data       {}", clean(&context.data.display().to_string()));
    if !context.data.join(ledger::FILE).exists() {
        say!("Last run   none yet");
        return Ok(Code::Done);
    }
    let ledger = Ledger::open(&context.data)?;
    let (links, decisions) = ledger.counts()?;
    say!("Known      {} on both sides, {}", count(links, "photo"), count(decisions, "decision"));
    match ledger.runs(1)?.first() {
        Some(run) => say!("Last run   {}", history::summary(run, is_held(&context.data))),
        None => say!("Last run   none yet"),
    }
    Ok(Code::Done)
}
