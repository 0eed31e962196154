//! `baseline`.

use jiff::Timestamp;
use photobridge_core::ledger;

use crate::arguments::{BaselineAction, SideArguments};
use crate::baseline::{clear, held, parse, set};
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::terminal::say;
use crate::words::{count, moment};

/// Shows, sets or forgets the baseline.
pub fn run(context: &mut Context, action: &BaselineAction) -> Result<Code, Error> {
    match action {
        BaselineAction::Show(sides) => show(context, sides),
        BaselineAction::Set { time, sides } => {
            context.with_sides(sides);
            let baseline = time.as_deref().map_or_else(|| Ok(Timestamp::now()), parse)?;
            let mut library = context.library()?;
            let held = set(context, library.as_mut(), baseline)?;
            say!(
                "The baseline is {}. Added to the library before it: {}. Only photos added later will be exported.",
                moment(baseline),
                count(held as u64, "photo")
            );
            Ok(Code::Done)
        }
        BaselineAction::Clear => {
            clear(context)?;
            say!("The baseline is cleared. The next export sets it again.");
            Ok(Code::Done)
        }
    }
}

fn show(context: &mut Context, sides: &SideArguments) -> Result<Code, Error> {
    context.with_sides(sides);
    let Some(baseline) = context.settings.export.baseline else {
        say!("There is no baseline yet. The first export sets it, or `photobridge baseline set`.");
        return Ok(Code::Done);
    };
    say!("{}", moment(baseline));
    if context.data.join(ledger::FILE).exists() {
        match held(context, baseline)? {
            Some(held) => say!("In the library when it was set, and added before it: {}.", count(held as u64, "photo")),
            None => say!(
                "Which photos were in the library at that time is not known: a photo that arrives late, with a date before the \
                 baseline, counts as old."
            ),
        }
    }
    Ok(Code::Done)
}
