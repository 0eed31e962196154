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

/// Keeps what a person says of single photos, by the identity of their bytes.
pub fn run(context: &Context, arguments: &DecideArguments) -> Result<Code, Error> {
    std::fs::create_dir_all(&context.data)
        .map_err(|error| Error::Io(format!("the data directory {}", context.data.display()), error))?;
    let now = Timestamp::now();
    let Some(choice) = arguments.choice.filter(|_| !arguments.list) else { return list(context) };
    let _lock = Lock::take(&context.data, "decide", now)?;
    let mut ledger = Ledger::open(&context.data)?;
    for path in &arguments.files {
        let failed = |error| Error::Io(path.display().to_string(), error);
        let (fingerprint, size) = Fingerprint::of_reader(File::open(path).map_err(failed)?).map_err(failed)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let decision = match choice {
            Choice::LeaveOut => Some(Decision::LeaveOut),
            Choice::TakeIn => Some(Decision::TakeIn),
            Choice::Withdraw => None,
        };
        ledger.decide(fingerprint, size, &name, decision, now)?;
        let said = decision.map_or("nothing is decided any more", Decision::as_str);
        println!("{}: {said}", clean(&path.display().to_string()));
    }
    Ok(Code::Done)
}

fn list(context: &Context) -> Result<Code, Error> {
    let decisions = Ledger::open(&context.data)?.decisions()?;
    if decisions.is_empty() {
        println!("Nothing was decided.");
    }
    for record in decisions {
        println!("{:9}  {}  {}", record.decision.as_str(), clean(&record.name), record.fingerprint);
    }
    Ok(Code::Done)
}
