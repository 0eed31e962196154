//! What the machine must have besides: a clock that is right, a time zone, room, and a port that is free.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use photobridge_files as files;
use rustix::fs::{Access, access};

use super::Finding::{self, Note, Wrong};
use crate::listen::{self, Place};
use crate::settings::Settings;
use crate::words::{moment, size};

/// Less free space than this stops runs sooner or later.
pub const LITTLE: u64 = 50_000_000;

/// When this program was not there yet: a clock of before was never set.
const BEFORE: i64 = 1_735_689_600;

/// Longer than nothing of ours is written where it is in use, in hours: more than a year.
const LONG: i64 = 400 * 24;

/// All of it that is not as it should be.
pub fn findings(data: &Path, library: Option<&Path>, settings: &Settings, now: Timestamp) -> Vec<Finding> {
    let rooms = [("the data directory", Some(data)), ("the library", library)];
    let room = rooms.into_iter().filter_map(|(what, path)| room(what, path?));
    room.chain(clock(now, newest(data))).chain(zone()).chain(port(data, &settings.server.listen)).collect()
}

fn room(what: &str, path: &Path) -> Option<Finding> {
    let nearest = path.ancestors().find(|path| path.exists())?;
    let free = files::free_space(nearest).ok()?;
    (free < LITTLE).then(|| scarce(what, path, free))
}

/// Says that so little is free.
pub fn scarce(what: &str, path: &Path, free: u64) -> Finding {
    let (place, free) = (path.display(), size(free));
    Wrong(format!("only {free} are free on the disk of {what} {place}. Free some space before the next run"))
}

/// When the newest of our own files was written.
fn newest(data: &Path) -> Option<Timestamp> {
    let files = fs::read_dir(data).ok()?.filter_map(Result::ok);
    let written = files.filter_map(|file| file.metadata().ok()?.modified().ok()).max()?;
    Timestamp::try_from(written).ok()
}

fn clock(now: Timestamp, newest: Option<Timestamp>) -> Option<Finding> {
    let shown = moment(now);
    let remedy = "Set it, or synchronise it over the network: schedules, waiting and the baseline depend on it";
    if now.as_second() < BEFORE {
        return Some(Wrong(format!("the clock of this machine was never set: it shows {shown}. {remedy}")));
    }
    let written = newest?;
    if written > now.saturating_add(24.hours()).ok()? {
        return Some(Wrong(format!(
            "the clock of this machine is behind: it shows {shown}, but files in the data directory were written on {}. {remedy}",
            moment(written)
        )));
    }
    (now > written.saturating_add(LONG.hours()).ok()?).then(|| {
        Note(format!(
            "the clock of this machine may be ahead: it shows {shown}, and nothing was written in the data directory since {}. \
             {remedy}",
            moment(written)
        ))
    })
}

/// The time zone that schedules go by.
fn zone() -> Option<Finding> {
    let named = std::env::var("TZ").ok().filter(|name| !name.is_empty());
    if TimeZone::try_system().is_ok() {
        return None;
    }
    Some(match named {
        Some(name) => Wrong(format!(
            "TZ={name} is not a known time zone, so schedules and months use UTC. Write it like TZ=Europe/Berlin"
        )),
        None => Note(
            "this machine has no time zone, so schedules and months use UTC. Set one, such as TZ=Europe/Berlin".into(),
        ),
    })
}

/// Whether `serve` could listen where it is told to, unless it does already.
fn port(data: &Path, listen: &str) -> Option<Finding> {
    let text = if listen.is_empty() { format!("127.0.0.1:{}", listen::PORT) } else { listen.to_owned() };
    let is_served = || {
        let lock = fs::File::open(data.join("serve.lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
    };
    let addresses = match listen::place(&text) {
        Ok(Place::Net(addresses)) => addresses,
        Ok(Place::Socket(path)) => return socket(&path),
        Ok(Place::Given(_)) => return None,
        Err(why) => return Some(Wrong(format!("`serve` cannot listen: {why}"))),
    };
    let error = TcpListener::bind(&addresses[..]).err().filter(|_| !is_served())?;
    let why = match error.kind() {
        ErrorKind::AddrInUse => "another program listens there".to_owned(),
        ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        ErrorKind::PermissionDenied => "ports below 1024 are root's".to_owned(),
        _ => error.to_string(),
    };
    Some(Note(format!(
        "`serve` cannot listen at {text}: {why}. Choose another: `photobridge config server.listen :8080`"
    )))
}

/// Whether a socket could be made there.
fn socket(path: &Path) -> Option<Finding> {
    let directory = path.parent()?;
    let error = access(directory, Access::WRITE_OK | Access::EXEC_OK).err()?;
    let (place, directory) = (path.display(), directory.display());
    Some(Note(format!("`serve` cannot listen at unix:{place}: {directory} cannot be written to: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_told_from_one_that_is_right() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let written = Some(at("2026-11-02T08:00:00Z"));
        let words = |now: &str| clock(at(now), written).map(|found| found.to_string()).unwrap_or_default();
        assert_eq!(words("2026-11-02T08:00:01Z"), "");
        assert_eq!(words("2026-11-01T20:00:00Z"), "", "another zone, or half a day without a battery");
        assert_eq!(words("2027-11-02T08:00:00Z"), "");
        assert!(words("1970-01-01T00:03:00Z").contains("was never set"));
        assert!(words("2026-01-01T00:00:00Z").contains("is behind"));
        assert!(words("2029-01-01T00:00:00Z").contains("may be ahead"));
        assert!(clock(at("2026-11-02T08:00:00Z"), None).is_none());
    }
}
