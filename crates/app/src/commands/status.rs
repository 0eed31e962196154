//! `status`.

use photobridge_core::ledger::{self, Ledger};

use super::Context;
use super::history;
use crate::exit::{Code, Error};
use crate::places;
use crate::words::{clean, count};

/// Shows what is set up and how the last run went. Makes nothing.
pub fn run(context: &Context) -> Result<Code, Error> {
    let settings = &context.settings;
    let library = match settings.library.as_str() {
        "" => format!("{} (our own)", places::own_library(&context.data).display()),
        named => named.to_owned(),
    };
    println!("Library    {}", clean(&library));
    match &settings.folder[..] {
        [] => println!("Folder     none yet: `photobridge config folder DIR`"),
        folders => {
            for folder in folders {
                let album = folder.album.as_ref().unwrap_or(&settings.album);
                println!("Folder     {} → album “{}”", clean(&folder.path.display().to_string()), clean(album));
            }
        }
    }
    println!("Data       {}", clean(&context.data.display().to_string()));
    if !context.data.join(ledger::FILE).exists() {
        println!("Last run   none yet");
        return Ok(Code::Done);
    }
    let ledger = Ledger::open(&context.data)?;
    let (links, decisions) = ledger.counts()?;
    println!("Known      {} on both sides, {}", count(links, "photo"), count(decisions, "decision"));
    match ledger.runs(1)?.first() {
        Some(run) => println!("Last run   {}", history::summary(run)),
        None => println!("Last run   none yet"),
    }
    Ok(Code::Done)
}
