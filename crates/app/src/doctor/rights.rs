//! Whose files are and what their rights come to: of what is ours, and of what goes out into a folder that others share.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::Finding::{self, Fine, Note, Wrong};
use crate::owner;
use crate::words::thousands;

/// Files of a directory that are looked at: in one that has more, the rest is as they are.
const ENOUGH: usize = 1000;

/// Whether all that is ours can be written: the data directory with its lock, memory and runs, and a library of our own.
pub fn of_ours(data: &Path, library: Option<&Path>) -> Vec<Finding> {
    if let Some(why) = owner::root_must_not(data) {
        return vec![Wrong(why)];
    }
    let mut paths = vec![data.to_owned()];
    paths.extend(inside(data));
    paths.extend(inside(&photobridge_core::data::runs(data)));
    if let Some(library) = library {
        let originals = library.join("originals");
        paths.extend([library.to_owned(), library.join("database"), originals.clone()]);
        paths.extend(inside(&library.join("database")).chain(inside(&originals)));
    }
    let refused: Vec<&PathBuf> = paths.iter().filter(|path| !may_write(path)).collect();
    let mut findings: Vec<Finding> =
        refused.first().map(|first| foreign(first, refused.len() - 1)).into_iter().collect();
    findings.extend(lock(data));
    findings.extend(open_to_others(data));
    findings
}

/// What lies in a directory.
fn inside(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok).take(ENOUGH).map(|entry| entry.path())
}

/// Whether a file that is there can be read and written, and a directory entered besides.
fn may_write(path: &Path) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else { return true };
    let enter = if found.is_dir() { Access::EXEC_OK } else { Access::empty() };
    found.is_symlink() || access(path, Access::READ_OK | Access::WRITE_OK | enter).is_ok()
}

fn foreign(path: &Path, others: usize) -> Finding {
    let me = owner::account(owner::ours());
    let whose = owner::of(path).map_or_else(|| "somebody".to_owned(), owner::account);
    let others = match others {
        0 => String::new(),
        others => format!(" (nor {} more)", thousands(others as u64)),
    };
    let place = path.display();
    Wrong(if whose == me {
        format!(
            "{place} belongs to {me} but does not let its owner write to it{others}, so runs fail there. To fix it: `chmod u+rwX {place}`"
        )
    } else {
        format!(
            "{place} belongs to {whose}, and {me} cannot write to it{others}, so runs fail there. As root: `chown -R {} {place}`, and \
             never run Photobridge as {whose} over this directory",
            owner::operand(owner::ours())
        )
    })
}

/// Whether the disk can lock files: without that two runs could be at it at once.
fn lock(data: &Path) -> Option<Finding> {
    // Where a disk knows no locks, the settings cannot be saved either, and no run comes as far as to its own.
    let path = ["lock", "settings.lock"].map(|name| data.join(name)).into_iter().find(|path| path.exists())?;
    match File::open(&path).ok()?.try_lock_shared() {
        Ok(()) | Err(TryLockError::WouldBlock) => None,
        Err(TryLockError::Error(error)) => Some(Wrong(format!(
            "{} cannot be locked ({error}): the disk of the data directory knows no locks, and two runs could be at it at once. \
             Put it on another one with --data-dir",
            path.display()
        ))),
    }
}

fn open_to_others(data: &Path) -> Option<Finding> {
    let mode = fs::metadata(data).ok()?.mode();
    (mode & 0o077 != 0).then(|| {
        let place = data.display();
        Note(format!("{place} can be opened by other accounts; the next run shuts it, or `chmod 700 {place}` now"))
    })
}

/// Whether whoever shares the folder that exports go to can change what we put there: its owner, and its group if that may.
pub fn of_exports(folder: &Path) -> Option<Finding> {
    let found = fs::metadata(folder).ok()?;
    let to = To { owner: found.uid(), group: found.gid(), mode: found.mode() };
    judge(folder, to, owner::ours(), owner::may_give(to.group)).or_else(|| older(folder, to))
}

/// Whose a folder is, and what they may.
#[derive(Debug, Clone, Copy)]
struct To {
    owner: u32,
    group: u32,
    mode: u32,
}

impl To {
    fn group_writes(self) -> bool {
        self.mode & 0o020 != 0
    }

    /// Whether what comes there is of the folder's group by itself: by its mark, on a Mac always.
    fn passes_on_its_group(self) -> bool {
        cfg!(target_os = "macos") || self.mode & 0o2000 != 0
    }
}

fn judge(folder: &Path, to: To, ours: u32, may_give: bool) -> Option<Finding> {
    // Root may change everything.
    if to.owner == ours || to.owner == 0 {
        return None;
    }
    let (place, whose, me) = (folder.display(), owner::account(to.owner), owner::account(ours));
    let group = owner::group(to.group);
    if to.group_writes() && (may_give || to.passes_on_its_group()) {
        return Some(Fine(format!(
            "what goes out into {place} is {me}'s, and the group {group} may change it, as it may the folder"
        )));
    }
    Some(Wrong(format!(
        "{place} belongs to {whose}, and what goes out there would be {me}'s: {whose} could neither rename nor change it, and add \
         nothing to its months. Let Photobridge run as {whose} (`User={}` in a unit, `user: \"{}:{}\"` of a container), or \
         share the folder with the group: `chmod -R g+rwX {place}`, with {me} in the group {group}",
        owner::operand(to.owner),
        to.owner,
        to.group
    )))
}

/// Directories of earlier exports that the group may not change, though it may the folder.
fn older(folder: &Path, to: To) -> Option<Finding> {
    if !to.group_writes() {
        return None;
    }
    let is_shut = |path: &PathBuf| {
        fs::symlink_metadata(path)
            .is_ok_and(|found| found.is_dir() && found.uid() == owner::ours() && found.mode() & 0o020 == 0)
    };
    let shut = inside(folder).find(is_shut)?;
    let (place, group) = (shut.display(), owner::group(to.group));
    Some(Note(format!(
        "the group {group} may change {} and not {place}, which was made by an earlier version or another program (one that runs \
         as a service: `UMask=0002`). `chmod -R g+rwX {place}` mends it",
        folder.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Our account and group against those of the folder: what is found.
    #[test]
    fn the_table_of_owners_groups_and_rights() {
        const US: u32 = 4711;
        let found = |owner, group, mode| match judge(Path::new("/photos"), To { owner, group, mode }, US, group == US) {
            None => "",
            Some(Fine(_)) => "group",
            Some(Wrong(_)) => "wrong",
            Some(Note(_)) => "note",
        };
        for (owner, group, mode, what) in [
            (US, US, 0o755, ""),
            (0, 0, 0o777, ""),
            (33, 33, 0o2770, "group"),
            (33, 33, 0o2775, "group"),
            (33, US, 0o770, "group"),
            (33, 33, 0o770, "wrong"),
            (33, 33, 0o2750, "wrong"),
            (33, 33, 0o755, "wrong"),
            (33, 33, 0o777, "wrong"),
        ] {
            assert_eq!(found(owner, group, mode), what, "{owner}:{group} {mode:o}");
        }
    }
}
