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
    let (library, folder) = rayon::join(
        || linked_assets(sides).verdict("library", sides, || bytes_of_library(sides, facts)),
        || linked_paths(sides).verdict("folder", sides, || known(facts.files.values()).collect()),
    );
    [library, folder].into_iter().flatten().collect()
}

fn linked_assets(sides: Sides<'_>) -> Roll {
    let ids: FxHashSet<_> = sides.assets.iter().map(|asset| &asset.id).collect();
    let mut roll = Roll::new(sides);
    for (at, link) in sides.memory.links().iter().enumerate() {
        for id in &link.assets {
            roll.call(at, ids.contains(id));
        }
    }
    roll
}

fn linked_paths(sides: Sides<'_>) -> Roll {
    let mut roll = Roll::new(sides);
    for at in sides.memory.positions_of_paths() {
        roll.call(at, false);
    }
    for (folder, file) in sides.items.iter().flat_map(|item| item.files.iter().map(|file| (item.folder, file))) {
        if let Some(at) = sides.memory.position_of_path(folder, &file.path) {
            roll.call(at, true);
        }
    }
    roll
}

fn bytes_of_library(sides: Sides<'_>, facts: &Facts) -> FxHashSet<Fingerprint> {
    let resources = sides.assets.iter().flat_map(|asset| &asset.resources);
    let stored = resources.flat_map(|resource| [resource.fingerprint, resource.stale_fingerprint]).flatten();
    stored.chain(known(facts.resources.values())).collect()
}

fn known<'a>(answers: impl Iterator<Item = &'a Answer> + 'a) -> impl Iterator<Item = Fingerprint> + 'a {
    answers.filter_map(|answer| match answer {
        Answer::Fingerprint(fingerprint) => Some(*fingerprint),
        Answer::Unavailable(_) => None,
    })
}

/// Of each link, by position: nothing where it has no photo on this side, else whether that is there.
struct Roll(Vec<Option<bool>>);

impl Roll {
    fn new(sides: Sides<'_>) -> Self {
        Self(vec![None; sides.memory.links().len()])
    }

    fn call(&mut self, at: usize, is_there: bool) {
        self.0[at] = Some(self.0[at] == Some(true) || is_there);
    }

    fn lost(&self) -> usize {
        self.0.iter().filter(|is_there| **is_there == Some(false)).count()
    }

    /// `bytes` of the side are only asked for where too much seems to be gone.
    fn verdict(
        mut self,
        side: &'static str,
        sides: Sides<'_>,
        bytes: impl FnOnce() -> FxHashSet<Fingerprint>,
    ) -> Option<Guard> {
        let linked = self.0.iter().flatten().count();
        let is_too_much = |lost: usize| linked >= ENOUGH && lost * 2 > linked;
        if !is_too_much(self.lost()) {
            return None;
        }
        let bytes = bytes();
        for (fingerprint, at) in sides.memory.fingerprints() {
            if self.0[at].is_some() && bytes.contains(fingerprint) {
                self.0[at] = Some(true);
            }
        }
        let lost = self.lost();
        is_too_much(lost).then_some(Guard::Lost { side, lost, linked })
    }
}
