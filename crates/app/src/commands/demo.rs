//! `demo`.

use std::io::IsTerminal;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

use super::serve;
use crate::arguments::ServeArguments;
use crate::demo;
use crate::exit::{Code, Error};
use crate::listen::PORT;

/// Makes a household and tells of it; to somebody at a terminal it also shows the page. With `first_run` the household is
/// only made, and set up on the page.
pub fn run(directory: Option<&Path>, first_run: bool, quiet: bool) -> Result<Code, Error> {
    if first_run {
        return serve(&demo::make_first_run(directory)?);
    }
    let (data, code) = demo::run(directory, quiet)?;
    let is_watched = std::io::stdout().is_terminal() && !quiet;
    if code == Code::Done && is_watched { serve(&data) } else { Ok(code) }
}

/// Shows the household's page until Ctrl-C, at the usual port if nobody else has it.
fn serve(data: &Path) -> Result<Code, Error> {
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    let is_free = TcpListener::bind(usual).is_ok();
    let address = if is_free { usual } else { SocketAddr::from((Ipv4Addr::LOCALHOST, 0)) };
    let arguments = ServeArguments { listen: Some(address.to_string()), ..ServeArguments::default() };
    serve::run(data, &arguments, false)
}
