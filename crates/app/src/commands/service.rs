//! `service`.

use std::path::{Path, PathBuf};

use photobridge_core::data;

use crate::arguments::{ServiceAction, WhoseArguments};
use crate::context::data_directory;
use crate::exit::{Code, Error};
use crate::folders::directory_of;
use crate::listen::{self, Place};
use crate::owner;
use crate::places;
use crate::service::{Installed, Service};
use crate::settings::{self, Settings, home};
use crate::terminal::say;
use crate::web::machine;
use crate::web::password::Password;
use crate::whole;
use crate::words::clean;

/// Where the data of a service of the machine lies, where nothing else is asked for.
const OF_SYSTEM: &str = "/var/lib/photobridge";

/// Installs or removes the service that keeps `serve` running, or says how it stands.
pub fn run(asked: Option<&Path>, action: &ServiceAction) -> Result<Code, Error> {
    let executable = std::env::current_exe().map_err(|error| Error::Io("the path of this program".into(), error))?;
    let (ServiceAction::Install { whose, .. } | ServiceAction::Status { whose } | ServiceAction::Uninstall { whose }) =
        action;
    let data = &match whose.system {
        true => data_directory(Some(asked.unwrap_or(Path::new(OF_SYSTEM))))?,
        false => data_directory(asked)?,
    };
    if !whose.system {
        owner::check(data)?;
    }
    if let ServiceAction::Install { listen, name, .. } = action {
        if whose.system {
            account_of(data, whose)?;
        }
        keep(data, listen.as_deref(), name)?;
    }
    let service = match whose.system {
        true => of_system(&executable, data, &account_of(data, whose)?)?,
        false => Service::new(&executable, data)?,
    };
    let file = clean(&service.file().display().to_string());
    match action {
        ServiceAction::Install { .. } => {
            // launchd makes no directory for what it writes down.
            let logs = places::logs(data);
            let new = whole::missing_above(&logs.join("any"));
            let made = data::make(data).and_then(|()| data::directory(&logs));
            made.map_err(|error| Error::Io(logs.display().to_string(), error))?;
            if whose.system {
                owner::hand_over(data, &account_of(data, whose)?)?;
            }
            service.install().inspect_err(|_| new.iter().for_each(|made| drop(std::fs::remove_dir(made))))?;
            say!("The service is installed in {file} and running.\n{}.", service.hint());
            say!("The page: {}", page(data));
        }
        ServiceAction::Uninstall { .. } => match service.uninstall()? {
            true => {
                say!("The service is stopped and {file} is removed. Settings, history and photos are unchanged.")
            }
            false => say!("The service is not installed."),
        },
        ServiceAction::Status { .. } => status(&service, &file, data)?,
    }
    Ok(Code::Done)
}

/// Keeps in the settings where `serve` is to listen.
fn keep(data: &Path, listen: Option<&str>, names: &[String]) -> Result<(), Error> {
    let file = places::settings_file(data);
    if let Some(listen) = listen {
        let place = listen::place(listen).map_err(Error::Usage)?;
        if !place.is_local() && !Password::of(data, None, false).is_set()? {
            return Err(Error::Usage(format!(
                "{listen} can be reached from other machines and no password is set. Nothing was installed. First run \
                 `photobridge --data-dir {} serve --set-password`",
                data.display()
            )));
        }
        settings::set(&file, "server.listen", listen)?;
    }
    if !names.is_empty() {
        settings::set(&file, "server.names", &names.join(", "))?;
    }
    Ok(())
}

/// Where people find the page, as the settings say.
fn page(data: &Path) -> String {
    let listen = Settings::read_server(&places::settings_file(data)).unwrap_or_default().listen;
    match listen.as_str() {
        "" => places::PAGE.into(),
        text => match listen::place(text) {
            Ok(Place::Net(addresses)) => addresses.first().map_or_else(String::new, |address| match address.ip() {
                ip if ip.is_unspecified() => format!("http://{}:{}", machine::name(), address.port()),
                _ => format!("http://{address}"),
            }),
            _ => text.into(),
        },
    }
}

/// The account of a service of the machine: the one that was named, else that of whoever the data directory belongs to.
fn account_of(data: &Path, whose: &WhoseArguments) -> Result<String, Error> {
    let owner = owner::of(data).filter(|owner| *owner != 0).map(owner::account);
    whose.account.clone().or(owner).filter(|account| account != "root").ok_or_else(|| {
        let why = "a system service must not run as root: name another account with --account. Nothing was \
                   installed";
        Error::Usage(why.into())
    })
}

/// The service of the machine. It may write what the settings name.
fn of_system(executable: &Path, data: &Path, account: &str) -> Result<Service, Error> {
    let settings = Settings::read(&places::settings_file(data))?;
    let folders = settings.folder.iter().map(|folder| folder.path.as_path());
    let named = folders.chain(Some(settings.export.folder.as_path()).filter(|folder| !folder.as_os_str().is_empty()));
    // Neither a server nor an archive is written to as a directory of this machine.
    let mut writable: Vec<PathBuf> =
        named.filter(|path| directory_of(path) == Some(path)).map(Path::to_owned).collect();
    if !matches!(settings.library.as_str(), "" | "photos") {
        // It is made beside its place.
        writable.extend(home(&settings.library).parent().map(Path::to_owned));
    }
    Service::of_system(executable, data, account, &writable)
}

fn status(service: &Service, file: &str, data: &Path) -> Result<(), Error> {
    let installed = match service.installed()? {
        Installed::Yes => format!("yes, in {file}"),
        Installed::Otherwise => {
            format!("yes, in {file}, for another program or data directory: `photobridge service install` updates it")
        }
        Installed::Foreign => format!("no: {file} is not Photobridge's"),
        Installed::No => "no: `photobridge service install`".into(),
    };
    say!("Installed  {installed}");
    match service.runs() {
        Ok(true) => say!("Running    yes\nPage       {}", page(data)),
        Ok(false) => say!("Running    no"),
        Err(error) => say!("Running    no: {}", clean(&error.to_string())),
    }
    Ok(())
}
