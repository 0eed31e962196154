//! A notification on the desktop of whoever runs the program.

use std::process::{Command, Stdio};

use super::Message;

/// Whether there is a desktop that shows notifications.
#[cfg(target_os = "macos")]
pub fn is_there() -> bool {
    true
}

/// Whether there is a desktop that shows notifications: a session with a bus.
#[cfg(not(target_os = "macos"))]
pub fn is_there() -> bool {
    std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty())
}

/// Shows one. The words are arguments of the script, never a part of it.
#[cfg(target_os = "macos")]
pub fn show(message: &Message) -> Result<(), String> {
    let script = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run";
    let mut osascript = Command::new("/usr/bin/osascript");
    call(osascript.args(["-e", script, &message.title, &message.text])).map_err(|failure| failure.to_string())
}

/// Shows one, by the program that a desktop has for it, or by its bus.
#[cfg(not(target_os = "macos"))]
pub fn show(message: &Message) -> Result<(), String> {
    let urgency = if message.is_urgent() { "critical" } else { "normal" };
    let mut send = Command::new("notify-send");
    send.args(["--app-name=Photobridge", &format!("--urgency={urgency}"), "--", &message.title, &message.text]);
    match call(&mut send) {
        Err(Failure::NoSuchProgram) => {}
        result => return result.map_err(|failure| failure.to_string()),
    }
    let level = if message.is_urgent() { "2" } else { "1" };
    let hints = format!("{{'urgency': <byte {level}>}}");
    let text = |words: &str| format!("'{}'", words.replace('\\', "\\\\").replace('\'', "\\'"));
    let mut call_bus = Command::new("gdbus");
    call_bus.args(["call", "--session", "--timeout=10", "--dest=org.freedesktop.Notifications"]);
    call_bus.args(["--object-path=/org/freedesktop/Notifications", "--method=org.freedesktop.Notifications.Notify"]);
    // The last of these would be an option.
    call_bus.args(["--", "Photobridge", "0", "", &text(&message.title), &text(&message.text), "[]", &hints, "-1"]);
    call(&mut call_bus).map_err(|failure| failure.to_string())
}

/// Why nothing was shown.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("neither notify-send nor gdbus is installed")]
    NoSuchProgram,
    #[error("{0}")]
    Other(String),
}

fn call(command: &mut Command) -> Result<(), Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::NoSuchProgram,
        _ => Failure::Other(format!("{program} could not be called: {error}")),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().lines().next().unwrap_or_default();
    Err(Failure::Other(format!("{program} ended with {}: {said}", output.status)))
}
