//! Where the server listens: an address, a socket of this machine, or what systemd opened for it.

use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// Who is at the other end of a connection; nobody with an address where it is a socket of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub Option<IpAddr>);

/// The port where nothing else is asked for.
pub const PORT: u16 = 27731;

/// A place to listen at, before anybody does.
#[derive(Debug)]
pub enum Place {
    /// An address, of which the first that can be had is taken.
    Net(Vec<SocketAddr>),
    /// A socket of this machine.
    Socket(PathBuf),
    /// Sockets that somebody else opened.
    Given(Vec<Given>),
}

/// A socket that somebody else opened.
#[derive(Debug)]
pub enum Given {
    /// At an address.
    Net(std::net::TcpListener),
    /// Of this machine.
    Socket(std::os::unix::net::UnixListener),
}

/// A place as people write it: `192.168.1.20:27731`, `nas:27731`, `:27731` for every address of this machine, `nas` for the
/// usual port, `unix:/run/photobridge.sock`.
pub fn place(text: &str) -> Result<Place, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        return match Path::new(path).is_absolute() {
            true => Ok(Place::Socket(path.into())),
            false => Err(format!(
                "{text} does not name a socket: write the full path, such as unix:/run/photobridge/web.sock"
            )),
        };
    }
    let wrong = |why: &str| {
        format!(
            "Photobridge cannot listen at {text}: {why}. Write 192.168.1.20:{PORT}, nas:{PORT}, :{PORT} or unix:/path/of/a/socket"
        )
    };
    let all = |port| Place::Net(vec![(IpAddr::from([0u16; 8]), port).into(), (IpAddr::from([0u8; 4]), port).into()]);
    let port = |text: &str| text.parse::<u16>().map_err(|_| wrong("its port is not a number up to 65535"));
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Place::Net(vec![(address, PORT).into()]));
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(Place::Net(vec![address]));
    }
    if let Some(text) = text.strip_prefix(':') {
        return Ok(all(port(text)?));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, number)) => (host, port(number)?),
        None => (text, PORT),
    };
    let found = (host, port).to_socket_addrs().map_err(|error| wrong(&error.to_string()))?;
    Ok(Place::Net(found.collect()))
}

/// The name in such a place, where it has one: whoever writes it means this machine.
pub fn name_in(text: &str) -> Option<&str> {
    let is_address = text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok();
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host);
    (!is_address && !host.is_empty() && !text.starts_with("unix:")).then_some(host)
}

/// What systemd opened for us, if it did (`photobridge.socket`).
pub fn given() -> io::Result<Option<Place>> {
    let mut found = listenfd::ListenFd::from_env();
    let mut given = Vec::new();
    for at in 0..found.len() {
        match found.take_tcp_listener(at) {
            Ok(Some(socket)) => given.push(Given::Net(socket)),
            Ok(None) => {}
            Err(_) => given.extend(found.take_unix_listener(at)?.map(Given::Socket)),
        }
    }
    Ok(Some(Place::Given(given)).filter(|_| found.len() > 0))
}

impl Place {
    /// Whether only this machine reaches it.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Net(addresses) => addresses.iter().all(|address| address.ip().is_loopback()),
            Self::Socket(_) => true,
            Self::Given(given) => given.iter().all(|given| match given {
                Given::Net(socket) => socket.local_addr().is_ok_and(|address| address.ip().is_loopback()),
                Given::Socket(_) => true,
            }),
        }
    }

    /// As people write it.
    pub fn words(&self) -> String {
        match self {
            Self::Net(addresses) => addresses.first().map_or_else(String::new, SocketAddr::to_string),
            Self::Socket(path) => format!("unix:{}", path.display()),
            Self::Given(_) => "what systemd opened".into(),
        }
    }

    /// Listens there.
    pub async fn listen(self) -> io::Result<Vec<Listening>> {
        match self {
            Self::Net(addresses) => Ok(vec![Listening::Net(TcpListener::bind(&addresses[..]).await?)]),
            Self::Socket(path) => {
                remove_left_over(&path)?;
                let socket = UnixListener::bind(&path)?;
                // Its owner, and the group of a proxy.
                fs::set_permissions(&path, fs::Permissions::from_mode(0o660))?;
                Ok(vec![Listening::Socket(socket)])
            }
            Self::Given(given) => given.into_iter().map(Given::listen).collect(),
        }
    }
}

/// A socket without anybody behind it keeps its name.
fn remove_left_over(path: &Path) -> io::Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    match is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
        true => fs::remove_file(path),
        false => Ok(()),
    }
}

impl Given {
    fn listen(self) -> io::Result<Listening> {
        Ok(match self {
            Self::Net(socket) => {
                socket.set_nonblocking(true)?;
                Listening::Net(TcpListener::from_std(socket)?)
            }
            Self::Socket(socket) => {
                socket.set_nonblocking(true)?;
                Listening::Socket(UnixListener::from_std(socket)?)
            }
        })
    }
}

/// A place that is listened at.
#[derive(Debug)]
pub enum Listening {
    /// An address.
    Net(TcpListener),
    /// A socket of this machine.
    Socket(UnixListener),
}

/// What bytes come and go by.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Listening {
    /// The next connection, and who is at its other end.
    pub async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        match self {
            Self::Net(socket) => {
                let (stream, peer) = socket.accept().await?;
                let _ = stream.set_nodelay(true);
                Ok((Box::new(stream), Peer(Some(peer.ip()))))
            }
            Self::Socket(socket) => Ok((Box::new(socket.accept().await?.0), Peer(None))),
        }
    }

    /// The address, where it is one.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Net(socket) => socket.local_addr().ok(),
            Self::Socket(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<String> {
        match place(text) {
            Ok(Place::Net(addresses)) => addresses.iter().map(SocketAddr::to_string).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn places_are_read_as_people_write_them() {
        assert_eq!(addresses("192.168.1.20:80"), ["192.168.1.20:80"]);
        assert_eq!(addresses("192.168.1.20"), ["192.168.1.20:27731"]);
        assert_eq!(addresses("[::1]:80"), ["[::1]:80"]);
        assert_eq!(addresses("::1"), ["[::1]:27731"]);
        assert_eq!(addresses(":80"), ["[::]:80", "0.0.0.0:80"]);
        assert!(addresses("localhost:80").contains(&"127.0.0.1:80".into()));
        assert!(matches!(place("unix:/run/x.sock"), Ok(Place::Socket(path)) if path == Path::new("/run/x.sock")));
        for wrong in ["unix:x.sock", "127.0.0.1:70000", ":x", "no such host.invalid:80", ""] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_place_may_name_this_machine() {
        assert_eq!(["nas:80", "nas"].map(name_in), [Some("nas"); 2]);
        for nameless in [":80", "192.168.1.20:80", "::1", "[::1]:80", "unix:/run/x.sock"] {
            assert_eq!(name_in(nameless), None, "{nameless}");
        }
    }

    #[test]
    fn what_others_reach_is_told_from_what_is_local() {
        for (text, is_local) in
            [(":0", false), ("0.0.0.0:0", false), ("127.0.0.2:0", true), ("[::1]:0", true), ("unix:/x", true)]
        {
            assert_eq!(place(text).expect("a place").is_local(), is_local, "{text}");
        }
    }
}
