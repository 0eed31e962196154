//! Looks once more at what got its name: two may have been told that they have it.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use super::client::Client;
use super::fault::Fault;
use super::listing::{list, look};
use super::lock;
use super::multistatus::Facts;

/// So many files of one directory are looked at one by one; of more all of it is listed.
const FEW: usize = 3;

/// Directories that are looked at at once.
const AT_ONCE: usize = 6;

/// Files of one directory, each in the state that was told of it.
type Arrived = BTreeMap<PathBuf, Facts>;

/// Files that got their names, by their directories, until it is looked whether they stayed.
#[derive(Default)]
pub(super) struct Arrivals(Mutex<BTreeMap<PathBuf, Arrived>>);

impl Arrivals {
    /// Notes a file, in the state that was told of it.
    pub(super) fn note(&self, path: PathBuf, told: Facts) {
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        lock(&self.0).entry(directory).or_default().insert(path, told);
    }

    /// Looks whether all that arrived in these directories is there as it was told.
    pub(super) fn look_after(&self, client: &Client, directories: &[&Path]) -> Result<(), Fault> {
        let mut all = lock(&self.0);
        let arrived: Vec<(&Path, Arrived)> =
            directories.iter().filter_map(|directory| Some((*directory, all.remove(*directory)?))).collect();
        drop(all);
        let look_at = |some: &[(&Path, Arrived)]| {
            some.iter().try_for_each(|(directory, arrived)| are_there(client, directory, arrived))
        };
        thread::scope(|scope| {
            let some = arrived.chunks(arrived.len().div_ceil(AT_ONCE).max(1));
            let looks: Vec<_> = some.map(|some| scope.spawn(move || look_at(some))).collect();
            looks.into_iter().try_for_each(|look| look.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }
}

fn are_there(client: &Client, directory: &Path, arrived: &Arrived) -> Result<(), Fault> {
    let listed = if arrived.len() > FEW { Some(list(client, directory)?) } else { None };
    for (path, told) in arrived {
        let found = match &listed {
            Some(listed) => listed.facts(path.file_name().unwrap_or_default()).cloned(),
            None => Some(look(client, path)?),
        };
        if !found.is_some_and(|found| found.is_same_content(told)) {
            return Err(Fault::retry(format!("{} was replaced while it arrived", path.display())));
        }
    }
    Ok(())
}
