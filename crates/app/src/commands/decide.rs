//! `decide`.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use photobridge_core::asset::AssetId;
use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::ledger::Ledger;
use photobridge_core::library::Library;
use photobridge_core::lock::Lock;
use photobridge_core::memory::Decision;
use photobridge_core::progress::Cancel;

use super::Context;
use crate::arguments::{Choice, DecideArguments, SideArguments};
use crate::exit::{Code, Error};
use crate::words::clean;
use crate::words::say;

/// Keeps what a person says of single photos, by the identity of their bytes.
pub fn run(context: &mut Context, arguments: &DecideArguments) -> Result<Code, Error> {
    std::fs::create_dir_all(&context.data)
        .map_err(|error| Error::Io(format!("the data directory {}", context.data.display()), error))?;
    let now = Timestamp::now();
    let Some(choice) = arguments.choice.filter(|_| !arguments.list) else { return list(context) };
    let _lock = Lock::take(&context.data, "decide", now)?;
    context.with_sides(&SideArguments { folder: Vec::new(), library: arguments.library.clone() });
    let mut ledger = Ledger::open(&context.data)?;
    let mut library = None;
    let mut code = Code::Done;
    for path in &arguments.files {
        let named = match (path.try_exists(), path.to_string_lossy().parse::<Fingerprint>()) {
            (Ok(true), _) => of_file(path),
            // As `--list` shows it, of a photo that is no longer there.
            (_, Ok(fingerprint)) => of_list(&ledger, fingerprint)?,
            _ => of_asset(context, &mut library, &path.to_string_lossy())?,
        };
        let (fingerprint, size, name) = match named {
            Ok(named) => named,
            Err(why) => {
                eprintln!("{}: nothing was decided, {why}", clean(&path.display().to_string()));
                code = Code::Failed;
                continue;
            }
        };
        let decision = match choice {
            Choice::LeaveOut => Some(Decision::LeaveOut),
            Choice::TakeIn => Some(Decision::TakeIn),
            Choice::Withdraw => None,
        };
        ledger.decide(fingerprint, size, &name, decision, now)?;
        let said = match decision {
            Some(Decision::LeaveOut) => "left out of every sync until withdrawn; what is on both sides already stays",
            Some(Decision::TakeIn) => "taken in by the next sync, if only reasons with a * speak against it",
            None => "nothing is decided any more",
        };
        say!("{}: {said}", clean(&path.display().to_string()));
    }
    Ok(code)
}

/// What identifies a photo, and its name; or why it could not be had.
type Named = Result<(Fingerprint, u64, String), String>;

fn of_file(path: &Path) -> Named {
    let (fingerprint, size) =
        File::open(path).and_then(Fingerprint::of_reader).map_err(|error| format!("it could not be read: {error}"))?;
    Ok((fingerprint, size, path.file_name().unwrap_or_default().to_string_lossy().into_owned()))
}

/// The same of something that was decided.
fn of_list(ledger: &Ledger, fingerprint: Fingerprint) -> Result<Named, Error> {
    let record = ledger.decisions()?.into_iter().find(|record| record.fingerprint == fingerprint);
    let named = record.map(|record| (fingerprint, record.size, record.name));
    Ok(named.ok_or_else(|| "nothing was decided of it".to_owned()))
}

/// The same of an asset of the library.
fn of_asset(context: &Context, library: &mut Option<Box<dyn Library>>, id: &str) -> Result<Named, Error> {
    let library = match library {
        Some(library) => library,
        None => library.insert(context.library()?),
    };
    let Some(asset) = library.asset(&AssetId(id.into()))? else {
        return Ok(Err("it is neither a file nor the id of an asset of the library".into()));
    };
    let Some(primary) = asset.primary() else { return Ok(Err("the library has lost its original".into())) };
    let known = primary.fingerprint.zip(primary.size);
    let name = asset.original_name.to_string();
    if let Some((fingerprint, size)) = known {
        return Ok(Ok((fingerprint, size, name)));
    }
    let mut hasher = Hasher::new();
    Ok(match library.read(&asset, primary.role, &mut hasher, &Cancel::new()) {
        Ok(size) => Ok((hasher.finish(), size, name)),
        Err(error) => Err(error.to_string()),
    })
}

fn list(context: &Context) -> Result<Code, Error> {
    let decisions = Ledger::open(&context.data)?.decisions()?;
    if decisions.is_empty() {
        say!("Nothing was decided.");
    }
    for record in decisions {
        say!("{:9}  {}  {}", record.decision.as_str(), clean(&record.name), record.fingerprint);
    }
    Ok(Code::Done)
}
