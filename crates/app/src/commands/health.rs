//! `health`.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use photobridge_core::wording;

use crate::exit::{Code, Error};
use crate::listen::{self, PORT, Place};
use crate::places;
use crate::settings::Settings;
use crate::terminal::say;
use crate::web::health::PLACE as HEALTH;

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Longer than any answer, in bytes.
const LONGEST: u64 = 4096;

/// Asks the server whether it is well.
pub fn run(data: &Path, listen: Option<&str>) -> Result<Code, Error> {
    let of_settings = Settings::read_server(&places::settings_file(data))?.listen;
    let asked = listen.map_or(of_settings, str::to_owned);
    let place = match asked.as_str() {
        "" => Place::Net(vec![(Ipv4Addr::LOCALHOST, PORT).into()]),
        text => listen::place(text).map_err(Error::Usage)?,
    };
    let answer = ask(&place);
    let is_well = answer.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"));
    let is_ours = |answer: &&String| is_well || answer.starts_with("HTTP/1.1 503");
    let words = match &answer {
        Ok(_) if is_well => "running".into(),
        Ok(answer) => answer
            .split_once("\r\n\r\n")
            .filter(|_| is_ours(&answer))
            .map_or("another program answers, not Photobridge", |(_, body)| body.trim())
            .into(),
        Err(error) => format!("no answer ({})", wording::plain(&error.to_string())),
    };
    say!("{}: {words}", place.words());
    Ok(if is_well { Code::Done } else { Code::Failed })
}

fn ask(place: &Place) -> io::Result<String> {
    match place {
        Place::Socket(path) => {
            let stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            answer(stream)
        }
        Place::Net(addresses) => {
            let reached = addresses.iter().map(|address| TcpStream::connect_timeout(&from_here(*address), PATIENCE));
            let tried: Vec<io::Result<TcpStream>> = reached.collect();
            let stream = tried.into_iter().reduce(|first, next| if first.is_ok() { first } else { next });
            let stream = stream.unwrap_or_else(|| Err(io::ErrorKind::AddrNotAvailable.into()))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            answer(stream)
        }
        Place::Given(_) => Err(io::ErrorKind::Unsupported.into()),
    }
}

/// What listens at every address is asked at this machine's own.
fn from_here(address: SocketAddr) -> SocketAddr {
    let here = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(here, address.port())
}

fn answer(mut stream: impl Read + Write) -> io::Result<String> {
    write!(stream, "GET {HEALTH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(LONGEST).read_to_string(&mut answer)?;
    Ok(answer)
}
