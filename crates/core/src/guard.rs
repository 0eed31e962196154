//! Stops a run that looks wrong before it changes anything. Pure.

use rustc_hash::FxHashSet;

use crate::fingerprint::Fingerprint;
use crate::matching::{Answer, Facts, Sides};

/// A side must have had this many linked photos before their loss says anything.
const ENOUGH: usize = 20;

/// Why an unattended run stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Guard {
    /// Nobody has ever looked at these two together.
    #[error("this folder and this library were never synced before: the first sync needs a person")]
    FirstSync,
    /// More than a household brings in at once.
    #[error("{planned} photos would be imported, more than the {limit} that may go in unattended")]
    Many {
        /// How many.
        planned: usize,
        /// How many may.
        limit: usize,
    },
    /// Most of a side is gone.
    #[error("{lost} of {linked} photos known from earlier are gone from the {side}")]
    Lost {
        /// `folder` or `library`.
        side: &'static str,
        /// How many are gone.
        lost: usize,
        /// How many there were.
        linked: usize,
    },
}

/// Sides that lost more than half of their linked photos, not counting those found elsewhere by their bytes.
pub fn losses(sides: Sides<'_>, facts: &Facts) -> Vec<Guard> {
    let memory = sides.memory;
    let ids: FxHashSet<_> = sides.assets.iter().map(|asset| &asset.id).collect();
    let in_library: FxHashSet<Fingerprint> = sides
        .assets
        .iter()
        .flat_map(|asset| &asset.resources)
        .flat_map(|resource| [resource.fingerprint, resource.stale_fingerprint])
        .flatten()
        .chain(known(facts.resources.values()))
        .collect();
    let in_folder: FxHashSet<Fingerprint> = known(facts.files.values()).collect();
    let paths: FxHashSet<_> =
        sides.items.iter().flat_map(|item| item.files.iter().map(|file| (item.folder, file.path.as_path()))).collect();
    let mut library = Tally::default();
    let mut folder = Tally::default();
    for entry in memory.entries() {
        let bytes_in = |side: &FxHashSet<Fingerprint>| entry.fingerprints.iter().any(|bytes| side.contains(bytes));
        if !entry.link.assets.is_empty() {
            library.add(entry.link.assets.iter().any(|id| ids.contains(id)) || bytes_in(&in_library));
        }
        if !entry.paths.is_empty() {
            let is_here = |(id, path): &(_, &std::path::Path)| paths.contains(&(*id, *path));
            folder.add(entry.paths.iter().any(is_here) || bytes_in(&in_folder));
        }
    }
    [library.verdict("library"), folder.verdict("folder")].into_iter().flatten().collect()
}

fn known<'a>(answers: impl Iterator<Item = &'a Answer> + 'a) -> impl Iterator<Item = Fingerprint> + 'a {
    answers.filter_map(|answer| match answer {
        Answer::Fingerprint(fingerprint) => Some(*fingerprint),
        Answer::Unavailable(_) => None,
    })
}

#[derive(Default)]
struct Tally {
    linked: usize,
    lost: usize,
}

impl Tally {
    fn add(&mut self, is_there: bool) {
        self.linked += 1;
        self.lost += usize::from(!is_there);
    }

    fn verdict(&self, side: &'static str) -> Option<Guard> {
        (self.linked >= ENOUGH && self.lost * 2 > self.linked).then_some(Guard::Lost {
            side,
            lost: self.lost,
            linked: self.linked,
        })
    }
}
