//! The facts of this Mac, asked of the system's tools and files. Asks for no permission: what has none is not looked at, as
//! macOS would show a question. Not run on a Mac.

use std::path::Path;
use std::process::Command;

use photobridge_files as files;
use photobridge_libraries::photos;
use photobridge_photokit::{Authorization, PhotoKit, System, start_again_disclaimed};
use plist::Value;

use super::read;
use super::{Asked, Facts, Signature, is_to_answer_for_itself};

/// Gathers what can be known; `library` is where the System Photo Library is thought to lie.
pub fn facts(library: &Path) -> Facts {
    let home = dirs::home_dir().unwrap_or_default();
    let full_disk_access = photos::has_full_disk_access(&home);
    let fed = preferences("com.apple.cloudphotod").as_ref().and_then(read::fed_library);
    let system_library = photos::noted(&home).or_else(|| fed.clone());
    let place = system_library.as_deref().unwrap_or(library);
    let icloud = if full_disk_access == Some(true) {
        let engine = place.join("resources/cpl");
        read::icloud(is_there(&engine.join("cloudsync.noindex/cpl_enabled_marker")), is_there(&engine), fed.is_some())
    } else {
        read::icloud(None, None, fed.is_some())
    };
    Facts {
        authorization: System.authorization(),
        asked: asked(),
        signature: signature(),
        full_disk_access,
        free: files::free_space(place).ok().or_else(|| files::free_space(&home).ok()),
        system_library,
        icloud,
    }
}

fn preferences(domain: &str) -> Option<Value> {
    let output = Command::new("/usr/bin/defaults").args(["export", domain, "-"]).output().ok()?;
    plist::from_bytes(&output.stdout).ok()
}

fn is_there(path: &Path) -> Option<bool> {
    path.try_exists().ok()
}

/// Is in the environment of a program that answers for itself, though an app started it.
const MARKER: &str = "PHOTOBRIDGE_ANSWERS_FOR_ITSELF";

fn was_started_again() -> bool {
    std::env::var_os(MARKER).is_some()
}

/// Becomes this program anew where the app that it was started from may be one that can never ask for Photos, so that macOS
/// asks in the name of Photobridge. Comes back where that is not so, or not possible.
pub fn answer_for_itself_where_refused(authorization: Authorization) {
    if is_to_answer_for_itself(authorization, &asked(), was_started_again()) {
        let error = start_again_disclaimed(MARKER);
        tracing::debug!(%error, "this macOS does not let a program answer for itself");
    }
}

/// In whose name macOS asks for what this program wants.
pub fn asked() -> Asked {
    if was_started_again() {
        return Asked::Photobridge;
    }
    let listing = said("/bin/ps", &["-axo", "pid=,ppid=,comm="]);
    read::asked(&read::ancestors(&listing, std::process::id()))
}

fn signature() -> Option<Signature> {
    let program = std::env::current_exe().ok()?;
    let program = program.to_str()?;
    let details = said("/usr/bin/codesign", &["-dv", "--verbose=4", program]);
    read::signature(&details, &said("/usr/bin/codesign", &["-d", "-r-", program]))
}

/// All that a tool says: `codesign` says one thing here and the other there.
fn said(tool: &str, words: &[&str]) -> String {
    let output = Command::new(tool).args(words).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    )
}
