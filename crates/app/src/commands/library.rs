//! `library`.

mod listing;

use std::io::{BufWriter, Write};

use crate::arguments::SideArguments;
use crate::context::Context;
use crate::exit::{Code, Error};
use crate::summary::{Summary, look};
use crate::terminal::remark;
use crate::words::clean;

/// Says what a library holds: the one that was named, else the one in the settings. Changes nothing.
pub fn run(context: &mut Context, named: Option<&str>, json_lines: bool) -> Result<Code, Error> {
    context.with_sides(&SideArguments { folder: Vec::new(), library: named.map(str::to_owned) });
    let (library, snapshot) = look(context)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    let printed = if json_lines {
        for warning in &snapshot.warnings {
            remark!("photobridge: {}", clean(warning));
        }
        listing::print(&mut out, &snapshot)
    } else {
        Summary::of(library.as_ref(), &snapshot).print(&mut out)
    };
    match printed.and_then(|()| out.flush()) {
        // Whoever read us stopped reading.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Code::Done),
        Err(error) => Err(Error::Io("standard output".into(), error)),
        Ok(()) => Ok(Code::Done),
    }
}
