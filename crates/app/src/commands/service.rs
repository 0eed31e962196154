//! `service`.

use std::path::Path;

use crate::arguments::ServiceAction;
use crate::exit::{Code, Error};
use crate::places;
use crate::service::{Installed, Service};
use crate::terminal::say;
use crate::whole;
use crate::words::clean;

/// Installs or removes the service that keeps `serve` running, or says how it stands.
pub fn run(data: &Path, action: &ServiceAction) -> Result<Code, Error> {
    let executable = std::env::current_exe().map_err(|error| Error::Io("the path of this program".into(), error))?;
    let service = Service::new(&executable, data)?;
    let file = clean(&service.file().display().to_string());
    match action {
        ServiceAction::Install => {
            // launchd makes no directory for what it writes down.
            let logs = places::logs(data);
            let new = whole::missing_above(&logs.join("any"));
            let made = photobridge_core::data::make(data).and_then(|()| std::fs::create_dir_all(&logs));
            made.map_err(|error| Error::Io(logs.display().to_string(), error))?;
            service.install().inspect_err(|_| new.iter().for_each(|made| drop(std::fs::remove_dir(made))))?;
            say!("The service is installed in {file} and runs.\n{}.", service.hint());
            say!("The page: {}", places::PAGE);
        }
        ServiceAction::Uninstall => match service.uninstall()? {
            true => {
                say!("The service is stopped, and {file} is removed. Settings, history and photos are as they were.")
            }
            false => say!("The service is not installed."),
        },
        ServiceAction::Status => status(&service, &file)?,
    }
    Ok(Code::Done)
}

fn status(service: &Service, file: &str) -> Result<(), Error> {
    let installed = match service.installed()? {
        Installed::Yes => format!("yes, in {file}"),
        Installed::Otherwise => {
            format!("yes, in {file}, for another program or data directory: `photobridge service install` mends it")
        }
        Installed::Foreign => format!("no: {file} is not ours"),
        Installed::No => "no: `photobridge service install`".into(),
    };
    say!("Installed  {installed}");
    match service.runs() {
        Ok(true) => say!("Running    yes\nPage       {}", places::PAGE),
        Ok(false) => say!("Running    no"),
        Err(error) => say!("Running    no: {}", clean(&error.to_string())),
    }
    Ok(())
}
