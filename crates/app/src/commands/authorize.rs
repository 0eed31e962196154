//! `authorize`. Not run on a Mac.

use crate::exit::{Code, Error};

/// Lets macOS ask whether this program may use Photos, and says what came of it and what to do next.
#[cfg(target_os = "macos")]
pub fn run() -> Result<Code, Error> {
    use std::time::Duration;

    use photobridge_libraries::photos::authorization;

    use super::doctor::tell;
    use crate::doctor::{answer_for_itself_where_refused, asked, permission};

    /// A question that nobody answers stays on the screen; this program need not.
    const PATIENCE: Duration = Duration::from_secs(300);

    let status = authorization::ask(&photobridge_photokit::System, PATIENCE);
    answer_for_itself_where_refused(status);
    tell(&[permission(status, &asked())])
}

/// Says that there is nobody to ask.
#[cfg(not(target_os = "macos"))]
pub fn run() -> Result<Code, Error> {
    let why = "only needed on a Mac, to use its Photos library. Other libraries use ordinary file permissions";
    Err(Error::Usage(why.into()))
}
