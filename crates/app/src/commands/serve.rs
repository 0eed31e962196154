//! `serve`.

use std::fs::{File, TryLockError};
use std::io::{IsTerminal, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use photobridge_core::data;

use crate::arguments::ServeArguments;
use crate::exit::{Code, Error};
use crate::listen::{self, Listening, PORT, Place};
use crate::log;
use crate::places;
use crate::settings::{ServerSettings, Settings, home};
use crate::terminal::say;
use crate::web::gate::Gate;
use crate::web::gate::names::{Names, host_of, is_loopback};
use crate::web::gate::origin::Proxy;
use crate::web::password::{self, Password};
use crate::web::{machine, server};

/// Serves the page until it is asked to end.
pub fn run(data: &Path, arguments: &ServeArguments, verbose: bool) -> Result<Code, Error> {
    if arguments.set_password {
        return set_password(data);
    }
    // While the settings make no sense the page says why; it is then served to this machine only.
    let settings = Settings::read_server(&places::settings_file(data))?;
    let wanted = Wanted::new(arguments, &settings);
    let place = wanted.place()?;
    let password = Password::of(data, wanted.password_file.as_deref(), !place.is_local());
    wanted.check(&place, password.is_set()?)?;
    let proxies =
        wanted.proxies.iter().map(|proxy| proxy.parse::<Proxy>()).collect::<Result<_, _>>().map_err(Error::Usage)?;
    data::make(data).map_err(|error| Error::Io(data.display().to_string(), error))?;
    let _only = sole_server(data)?;
    log::of_service(data, verbose, arguments.log.unwrap_or_default(), arguments.log_json)
        .map_err(|error| Error::Io("the log".into(), error))?;
    let (addresses, mut names) = (machine::addresses(), machine::names());
    let listened = wanted.listen.as_deref().and_then(listen::name_in).map(str::to_ascii_lowercase);
    names.extend(listened.filter(|name| !names.contains(name)));
    let own: Vec<String> = names.iter().cloned().chain(addresses.iter().map(IpAddr::to_string)).collect();
    let gate = Gate::new(data, Names::new(&wanted.names, &own), proxies, password);
    let socket = match &place {
        Place::Socket(path) => Some(path.clone()),
        _ => None,
    };
    let served = server::serve(data, place, gate, |listening| {
        let bound: Vec<String> = listening.iter().filter_map(Listening::address).map(|at| at.to_string()).collect();
        let places = if bound.is_empty() { "a socket".into() } else { bound.join(", ") };
        tracing::info!("Photobridge {} serves at {places}", env!("CARGO_PKG_VERSION"));
        // Nobody need read that.
        let _ = tell(listening, socket.as_deref(), &addresses, &names);
        Ok(())
    });
    if let Some(path) = socket {
        let _ = std::fs::remove_file(path);
    }
    served?;
    tracing::info!("ended");
    Ok(Code::Done)
}

/// What is asked of a server, by the command line or else the settings.
struct Wanted {
    listen: Option<String>,
    names: Vec<String>,
    proxies: Vec<String>,
    proxy_asks: bool,
    password_file: Option<PathBuf>,
}

impl Wanted {
    fn new(arguments: &ServeArguments, settings: &ServerSettings) -> Self {
        let or = |given: &[String], else_: &[String]| if given.is_empty() { else_ } else { given }.to_vec();
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            listen: arguments.listen.clone().or(text(&settings.listen)),
            names: or(&arguments.name, &settings.names),
            proxies: or(&arguments.proxy, &settings.proxies),
            proxy_asks: arguments.proxy_asks || settings.proxy_asks,
            password_file: arguments.password_file.clone().or(text(&settings.password_file).map(|path| home(&path))),
        }
    }

    fn place(&self) -> Result<Place, Error> {
        let failed = |error| Error::Io("the sockets that systemd opened".into(), error);
        match (&self.listen, listen::given().map_err(failed)?) {
            (_, Some(given)) => Ok(given),
            (Some(text), None) => listen::place(text).map_err(Error::Usage),
            (None, None) => Ok(Place::Net(vec![(Ipv4Addr::LOCALHOST, PORT).into()])),
        }
    }

    /// Refuses what would let others in without a word.
    fn check(&self, place: &Place, has_password: bool) -> Result<(), Error> {
        if let Some(wrong) = self.names.iter().find(|name| host_of(name).is_none()) {
            return Err(Error::Usage(format!("{wrong} is not a host name. Write it like photos.example.org")));
        }
        if has_password {
            return Ok(());
        }
        let how = "Not started. Set one with `photobridge serve --set-password`";
        if !place.is_local() {
            return Err(Error::Usage(format!(
                "{} can be reached from other machines and no password is set, so anyone on the network could control \
                 Photobridge. {how}, or listen at 127.0.0.1",
                place.words()
            )));
        }
        let is_elsewhere = |name: &&String| host_of(name).is_some_and(|host| !is_loopback(&host));
        match self.names.iter().find(is_elsewhere).filter(|_| !self.proxy_asks) {
            Some(name) => Err(Error::Usage(format!(
                "others could reach it at {name} and no password is set, so anyone there could control Photobridge. {how}, or \
                 use --proxy-asks if the proxy makes people log in"
            ))),
            None => Ok(()),
        }
    }
}

/// Says at which addresses people find the page, and how they add one.
fn tell(listening: &[Listening], socket: Option<&Path>, addresses: &[IpAddr], names: &[String]) -> Result<(), Error> {
    if let Some(path) = socket {
        say!("Photobridge is running at the socket {}. Press Ctrl-C to stop.", path.display());
        return Ok(());
    }
    for bound in listening.iter().filter_map(Listening::address) {
        let is_all = bound.ip().is_unspecified();
        let fits = |address: &&IpAddr| bound.is_ipv6() || address.is_ipv4();
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut reached: Vec<IpAddr> = match is_all {
            true => addresses.iter().filter(fits).copied().chain([here]).collect(),
            false => vec![bound.ip()],
        };
        let at = |address: IpAddr| format!("http://{}", SocketAddr::new(address, bound.port()));
        say!("Photobridge is running at {}. Press Ctrl-C to stop.", at(reached.remove(0)));
        if !reached.is_empty() {
            say!("Also at {}.", reached.into_iter().map(at).collect::<Vec<_>>().join(", "));
        }
        if !bound.ip().is_loopback() {
            let names: Vec<String> = names.iter().map(|name| format!("http://{name}:{}", bound.port())).collect();
            if !names.is_empty() {
                say!("By name, if your network resolves it: {}.", names.join(", "));
            }
            say!("To add another name, such as that of a proxy, use --name.");
        }
    }
    Ok(())
}

/// Held while a server runs over a data directory: there is one at most.
fn sole_server(data: &Path) -> Result<File, Error> {
    let path = data.join("serve.lock");
    let failed = |error| Error::Io(path.display().to_string(), error);
    let file = data::options().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Usage(format!(
            "Photobridge is already running for the data directory {}. Open its page, or stop it first",
            data.display()
        ))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Asks for a password, and keeps its hash. An empty one takes the password away.
fn set_password(data: &Path) -> Result<Code, Error> {
    let failed = |error| Error::Io("the password".into(), error);
    let given = if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password (empty for none): ").map_err(failed)?;
        if !first.is_empty() && first != rpassword::prompt_password("Repeat the password: ").map_err(failed)? {
            return Err(Error::Usage("the passwords do not match. Nothing was changed".into()));
        }
        first
    } else {
        let mut text = String::new();
        std::io::stdin().take(4096).read_to_string(&mut text).map_err(failed)?;
        text.trim_end_matches(['\r', '\n']).to_owned()
    };
    let file = places::password(data);
    if given.is_empty() {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => say!("The password is removed."),
        }
        return Ok(Code::Done);
    }
    let hash = password::hash(&given).map_err(Error::Usage)?;
    data::make(data).map_err(failed)?;
    places::write_private(&file, hash.as_bytes()).map_err(failed)?;
    say!("The password is set. It takes effect immediately: everyone who is logged in must log in again.");
    Ok(Code::Done)
}
