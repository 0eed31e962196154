//! `authorize`.

use crate::exit::{Code, Error};

/// Lets macOS ask whether this program may use Photos, and says what came of it.
#[cfg(target_os = "macos")]
pub fn run() -> Result<Code, Error> {
    use photobridge_photokit::{Authorization, PhotoKit, System};

    use super::doctor;
    use crate::words::{clean, say};

    /// A question that nobody answers stays on the screen; this program need not.
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(300);

    let (answer, answered) = std::sync::mpsc::channel();
    System.request_authorization(answer);
    let status = answered.recv_timeout(PATIENCE).unwrap_or_else(|_| System.authorization());
    say!("{}", clean(&doctor::permission(status, &doctor::asked()).to_string()));
    Ok(if status == Authorization::Authorized { Code::Done } else { Code::Failed })
}

/// Says that there is nobody to ask.
#[cfg(not(target_os = "macos"))]
pub fn run() -> Result<Code, Error> {
    let why = "only a Mac has a Photos library of its own, and asks before a program may use it. Any other library needs \
               the rights of its files alone";
    Err(Error::Usage(why.into()))
}
