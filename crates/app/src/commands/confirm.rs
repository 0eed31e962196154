//! Asks before what a person might regret.

use std::io::{BufRead, IsTerminal};

use crate::exit::Error;
use crate::words::{clean_lines, remark};

/// Whether a person says yes. Where nobody can be asked, `--yes` must have said so.
pub fn confirm(question: &str, yes: bool) -> Result<bool, Error> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage(format!(
            "{question} Nobody can be asked here: say it with --yes. Nothing was changed"
        )));
    }
    remark!("{} [y/N]", clean_lines(question));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Error::Io("the answer could not be read".into(), error))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// What is said where the answer was no.
pub const LEFT: &str = "Nothing was changed.";
