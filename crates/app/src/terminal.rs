//! What is said to whoever typed a command, and asked.

use std::io::{BufRead, IsTerminal};

use crate::exit::Error;
use crate::words::clean_lines;

/// Prints a line. Whoever stops reading us stops us quietly, as with any other tool.
macro_rules! say {
    ($($word:tt)*) => {
        $crate::terminal::print(&format!($($word)*))?
    };
}
pub(crate) use say;

/// Prints a line on standard output.
pub fn print(line: &str) -> Result<(), Error> {
    use std::io::Write;
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Error::NobodyReads),
        Err(error) => Err(Error::Io("standard output".into(), error)),
        Ok(()) => Ok(()),
    }
}

/// Says something beside the output. Standard error may be a file on a full disk, or closed: that stops nothing.
macro_rules! remark {
    ($($word:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($word)*);
    }};
}
pub(crate) use remark;

/// Whether a person says yes. Where nobody can be asked, `--yes` must have said so.
pub fn confirm(question: &str, yes: bool) -> Result<bool, Error> {
    if yes {
        return Ok(true);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage(format!("{question} Add --yes to confirm. Nothing was changed")));
    }
    remark!("{} [y/N]", clean_lines(question));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| Error::Io("the answer could not be read".into(), error))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// What is said where the answer was no.
pub const LEFT: &str = "Nothing was changed.";
