//! Whether macOS lets a program use Photos: asked, and said in the same words wherever it is told. Not run on
//! a Mac.

use std::sync::mpsc::channel;
use std::time::Duration;

use photobridge_core::library::LibraryError;
use photobridge_photokit::{Authorization, PhotoKit};

use super::Surroundings;

/// What a person does who has said no.
pub(super) const CHOOSE_FULL_ACCESS: &str = "In System Settings, Privacy & Security, Photos, choose Full Access for \
                                             Photobridge, or for the app from which it was started";

/// The permission, after the person was asked where nobody was yet. The answer may never come: nobody sits at the Mac.
pub fn ask(kit: &dyn PhotoKit, patience: Duration) -> Authorization {
    match kit.authorization() {
        Authorization::NotDetermined => {
            let (answer, answered) = channel();
            kit.request_authorization(answer);
            answered.recv_timeout(patience).unwrap_or(Authorization::NotDetermined)
        }
        status => status,
    }
}

/// What macOS answers, for the program or app that is called `who`.
pub fn state(status: Authorization, who: &str) -> String {
    match status {
        Authorization::Authorized => format!("macOS lets {who} use Photos"),
        Authorization::NotDetermined => format!("nobody has allowed {who} to use Photos yet"),
        Authorization::Denied => format!("macOS keeps {who} from Photos"),
        Authorization::Limited => {
            format!("macOS shows {who} only a selection of the photos, so that all others would seem deleted")
        }
        Authorization::Restricted => format!("a profile or Screen Time does not let {who} use Photos"),
        Authorization::Unknown(status) => {
            format!("macOS gave an unknown answer ({status}) when asked whether {who} may use Photos")
        }
    }
}

/// What a person does next; nothing where the library may be used. Only full access will do.
pub fn remedy(status: Authorization) -> Option<&'static str> {
    match status {
        Authorization::Authorized => None,
        Authorization::NotDetermined => Some(
            "At the Mac, run `photobridge authorize`, or open Photobridge.app for the service, and choose Full Access in the \
             dialog",
        ),
        Authorization::Denied | Authorization::Limited => Some(CHOOSE_FULL_ACCESS),
        Authorization::Restricted => Some("Whoever manages this Mac can allow it"),
        Authorization::Unknown(_) => Some("System Settings, Privacy & Security, Photos shows it"),
    }
}

/// Whether the library may be used; else why not, and what a person does next.
pub(super) fn permitted(status: Authorization, around: &Surroundings) -> Result<(), LibraryError> {
    match remedy(status) {
        None => Ok(()),
        Some(remedy) => {
            let why = format!("{}. {remedy}", state(status, "this program"));
            Err(LibraryError::Unreadable { path: around.package.clone(), why })
        }
    }
}
