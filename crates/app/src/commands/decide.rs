//! `decide`.

use std::fs::File;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::ledger::Ledger;
use photobridge_core::lock::Lock;
use photobridge_core::memory::Decision;

use super::Context;
use crate::arguments::{Choice, DecideArguments};
use crate::exit::{Code, Error};
use crate::words::clean;
use crate::words::say;

/// Keeps what a person says of single photos, by the identity of their bytes.
pub fn run(context: &Context, arguments: &DecideArguments) -> Result<Code, Error> {
    std::fs::create_dir_all(&context.data)
        .map_err(|error| Error::Io(format!("the data directory {}", context.data.display()), error))?;
    let now = Timestamp::now();
    let Some(choice) = arguments.choice.filter(|_| !arguments.list) else { return list(context) };
    let _lock = Lock::take(&context.data, "decide", now)?;
    let mut ledger = Ledger::open(&context.data)?;
    let mut code = Code::Done;
    for path in &arguments.files {
        let (fingerprint, size) = match File::open(path).and_then(Fingerprint::of_reader) {
            Ok(read) => read,
            Err(error) => {
                eprintln!("{}: nothing was decided, it could not be read: {error}", clean(&path.display().to_string()));
                code = Code::Failed;
                continue;
            }
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let decision = match choice {
            Choice::LeaveOut => Some(Decision::LeaveOut),
            Choice::TakeIn => Some(Decision::TakeIn),
            Choice::Withdraw => None,
        };
        ledger.decide(fingerprint, size, &name, decision, now)?;
        let said = match decision {
            Some(Decision::LeaveOut) => "left out of every sync until withdrawn",
            Some(Decision::TakeIn) => "taken in by the next sync",
            None => "nothing is decided any more",
        };
        say!("{}: {said}", clean(&path.display().to_string()));
    }
    Ok(code)
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
