//! Whose the files of the data directory are, and under which account we run.

use std::fs;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use rustix::process::{getegid, geteuid};

use crate::exit::Error;
use crate::whole;

/// Larger than any list of accounts that is read for a name, in bytes.
const LARGEST: u64 = 1 << 22;

/// The name of an account, or its number where it has none here.
pub fn account(number: u32) -> String {
    named("/etc/passwd", number).unwrap_or_else(|| format!("account {number}"))
}

/// The same as commands and unit files take it.
pub fn operand(number: u32) -> String {
    named("/etc/passwd", number).unwrap_or_else(|| number.to_string())
}

/// The name of a group.
pub fn group(number: u32) -> String {
    named("/etc/group", number).unwrap_or_else(|| format!("group {number}"))
}

fn named(list: &str, number: u32) -> Option<String> {
    let text = whole::read(list.as_ref(), LARGEST).ok()?;
    text.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == number.to_string()).then(|| name.to_owned())
    })
}

/// Makes a directory, and what lies in it and in the directories there, an account's: root made it for that one. Links are not
/// followed.
pub fn hand_over(directory: &Path, account: &str) -> Result<(), Error> {
    let accounts = whole::read("/etc/passwd".as_ref(), LARGEST).unwrap_or_default();
    let numbers = accounts.lines().find_map(|line| {
        let parts: Vec<&str> = line.split(':').collect();
        let number = |at: usize| parts.get(at)?.parse::<u32>().ok();
        (parts.first() == Some(&account)).then(|| Some((number(2)?, number(3)?))).flatten()
    });
    let Some((user, group)) = numbers else {
        return Err(Error::Usage(format!("there is no account {account} on this machine. Nothing was installed")));
    };
    let mut paths = vec![(directory.to_owned(), 0)];
    while let Some((path, depth)) = paths.pop() {
        let failed = |error| Error::Io(path.display().to_string(), error);
        lchown(&path, Some(user), Some(group)).map_err(failed)?;
        if depth < 2 && fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            paths.extend(
                fs::read_dir(&path).map_err(failed)?.filter_map(Result::ok).map(|entry| (entry.path(), depth + 1)),
            );
        }
    }
    Ok(())
}

/// The account that we run under.
pub fn ours() -> u32 {
    geteuid().as_raw()
}

/// Whether we may make a file this group's.
pub fn may_give(group: u32) -> bool {
    let is = |of: &rustix::process::Gid| of.as_raw() == group;
    ours() == 0 || is(&getegid()) || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(is))
}

/// Whose a file or directory is.
pub fn of(path: &Path) -> Option<u32> {
    fs::metadata(path).ok().map(|file| file.uid())
}

/// Whoever the data directory belongs to, if we are root and they are not: what root writes there that account could never
/// change again. Where there is no directory yet, the one that it would be made in tells.
fn kept_from_root(data: &Path) -> Option<u32> {
    let nearest = data.ancestors().find(|path| path.exists())?;
    of(nearest).filter(|owner| ours() == 0 && *owner != 0)
}

/// Why root does nothing in somebody else's data directory.
pub fn root_must_not(data: &Path) -> Option<String> {
    let owner = kept_from_root(data)?;
    let (name, place) = (account(owner), data.display());
    let how = match named("/etc/passwd", owner) {
        Some(name) => format!("`sudo -u {name} photobridge \u{2026}`"),
        None => format!("with that account, in a container `user: \"{owner}\"`"),
    };
    Some(format!(
        "{place} belongs to {name}, and this is root: what root wrote there {name} could not change any more. Nothing was done. \
         Run it as {name}: {how}. If it is to be root's, `chown -R root {place}` first"
    ))
}

/// Refuses root in somebody else's data directory.
pub fn check(data: &Path) -> Result<(), Error> {
    root_must_not(data).map_or(Ok(()), |why| Err(Error::Usage(why)))
}
