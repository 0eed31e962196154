//! `serve`.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{IsTerminal, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use crate::arguments::ServeArguments;
use crate::exit::{Code, Error};
use crate::log;
use crate::places;
use crate::terminal::say;
use crate::web;
use crate::web::server::{self, Listen};
use crate::whole;

/// The port where nothing else is asked for.
pub const PORT: u16 = 27731;

/// Serves the page until it is asked to end.
pub fn run(data: &Path, arguments: &ServeArguments, verbose: bool) -> Result<Code, Error> {
    if arguments.set_password {
        return set_password(data);
    }
    let address = arguments.listen.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT));
    let password = read_password(data)?;
    if !address.ip().is_loopback() && password.is_none() {
        return Err(Error::Usage(format!(
            "{address} can be reached from other machines, and no password is set, so anybody there could drive \
             Photobridge. Nothing was started. Set one with `photobridge serve --set-password`, or listen at 127.0.0.1"
        )));
    }
    photobridge_core::data::make(data).map_err(|error| Error::Io("the data directory".into(), error))?;
    let _only = sole_server(data)?;
    log::to_file(data, verbose).map_err(|error| Error::Io("the log".into(), error))?;
    let listen = Listen { address, names: arguments.name.clone(), password };
    server::serve(data, &listen, |address| {
        tracing::info!("Photobridge {} serves at {address}", env!("CARGO_PKG_VERSION"));
        say!("Photobridge is at http://{address}. Ctrl-C ends it.");
        Ok(())
    })?;
    tracing::info!("ended");
    Ok(Code::Done)
}

/// Held while a server runs over a data directory: there is one at most.
fn sole_server(data: &Path) -> Result<File, Error> {
    let path = data.join("serve.lock");
    let failed = |error| Error::Io(path.display().to_string(), error);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Usage(format!(
            "Photobridge already serves the data directory {}. Open its page, or end it first",
            data.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Longer than any hash of a password, in bytes.
const LONGEST_HASH: u64 = 4096;

fn password_file(data: &Path) -> PathBuf {
    data.join("password")
}

fn read_password(data: &Path) -> Result<Option<String>, Error> {
    match whole::read(&password_file(data), LONGEST_HASH) {
        Ok(hash) => Ok(Some(hash.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Io("the password could not be read".into(), error)),
    }
}

/// Asks for a password, and keeps its hash. An empty one takes the password away.
fn set_password(data: &Path) -> Result<Code, Error> {
    let failed = |error| Error::Io("the password".into(), error);
    let password = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password (empty for none): ").map_err(failed)?;
        if !first.is_empty() && first != rpassword::prompt_password("Once more: ").map_err(failed)? {
            return Err(Error::Usage("the two passwords differ. Nothing was changed".into()));
        }
        first
    } else {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text).map_err(failed)?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    };
    let file = password_file(data);
    if password.is_empty() {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => say!("No password is asked for any more."),
        }
        return Ok(Code::Done);
    }
    let hash = web::hash_password(&password).map_err(Error::Usage)?;
    photobridge_core::data::make(data).map_err(failed)?;
    places::write_private(&file, hash.as_bytes()).map_err(failed)?;
    say!("The password is set. A server that runs asks for it once it is started anew.");
    Ok(Code::Done)
}
