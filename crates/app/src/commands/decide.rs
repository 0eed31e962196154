//! `decide`.

use jiff::Timestamp;
use photobridge_core::asset::AssetId;
use photobridge_core::data;
use photobridge_core::decide::Desk;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::ledger::Ledger;
use photobridge_core::memory::Decision;

use super::Context;
use crate::arguments::{Choice, DecideArguments, SideArguments};
use crate::exit::{Code, Error};
use crate::words::{clean, remark, say};

/// Keeps what a person says of single photos, by the identity of their bytes.
pub fn run(context: &mut Context, arguments: &DecideArguments) -> Result<Code, Error> {
    data::make(&context.data)
        .map_err(|error| Error::Io(format!("the data directory {}", context.data.display()), error))?;
    let Some(choice) = arguments.choice.filter(|_| !arguments.list) else { return list(context) };
    context.with_sides(&SideArguments { folder: Vec::new(), library: arguments.library.clone() });
    let mut desk = Desk::new(&context.data, Timestamp::now(), || context.library())?;
    let (decision, said) = match choice {
        Choice::LeaveOut => {
            (Some(Decision::LeaveOut), "left out of every sync until withdrawn; what is on both sides already stays")
        }
        Choice::TakeIn => {
            (Some(Decision::TakeIn), "taken in by the next sync, if only reasons with a * speak against it")
        }
        Choice::Withdraw => (None, "nothing is decided any more"),
    };
    let mut code = Code::Done;
    for path in &arguments.files {
        let text = path.to_string_lossy();
        let answer = match (path.try_exists(), text.parse::<Fingerprint>()) {
            (Ok(true), _) => desk.file(path),
            // As `--list` shows it, of a photo that is no longer there.
            (_, Ok(fingerprint)) => desk.decided(fingerprint)?,
            _ => desk.asset(&AssetId(text.as_ref().into()))?,
        };
        match answer {
            Ok(photo) => {
                desk.decide(&[photo], decision)?;
                say!("{}: {said}", clean(&text));
            }
            Err(why) => {
                remark!("{}: nothing was decided, {why}", clean(&text));
                code = Code::Failed;
            }
        }
    }
    Ok(code)
}

fn list(context: &Context) -> Result<Code, Error> {
    let decisions = Ledger::open(&context.data)?.decisions()?;
    if decisions.is_empty() {
        say!("Nothing was decided.");
    }
    for record in decisions {
        say!("{:9}  {}  {}", record.decision.as_str(), clean(&record.photo.name), record.photo.fingerprint);
    }
    Ok(Code::Done)
}
