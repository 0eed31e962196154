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

/// What is gone from either side of the photos that are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses {
    library: Tally,
    folder: Tally,
}

/// One side's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    linked: usize,
    lost: usize,
}

/// How many photos were gone from either side when a person synced last, and are gone since: that is as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gone {
    /// From the library.
    pub library: usize,
    /// From the folders.
    pub folder: usize,
}

impl Gone {
    /// The lesser of both, on either side: what came back is missed when it goes again.
    pub fn at_most(self, other: Self) -> Self {
        Self { library: self.library.min(other.library), folder: self.folder.min(other.folder) }
    }
}

impl Losses {
    /// Counts them, those not that are found elsewhere by their bytes.
    pub fn count(sides: Sides<'_>, facts: &Facts) -> Self {
        let (library, folder) = rayon::join(
            || linked_assets(sides).tally(sides, || bytes_of_library(sides, facts)),
            || linked_paths(sides).tally(sides, || known(facts.files.values())),
        );
        Self { library, folder }
    }

    /// How many are gone.
    pub fn gone(self) -> Gone {
        Gone { library: self.library.lost, folder: self.folder.lost }
    }

    /// The sides that lost more than half of their photos, without those whose loss a person has seen.
    pub fn guards(self, seen: Gone) -> Vec<Guard> {
        let library = self.library.without(seen.library).guard("library");
        let folder = self.folder.without(seen.folder).guard("folder");
        [library, folder].into_iter().flatten().collect()
    }
}

impl Tally {
    fn without(self, seen: usize) -> Self {
        let seen = seen.min(self.lost);
        Self { linked: self.linked - seen, lost: self.lost - seen }
    }

    fn guard(self, side: &'static str) -> Option<Guard> {
        let Self { linked, lost } = self;
        (linked >= ENOUGH && lost * 2 > linked).then_some(Guard::Lost { side, lost, linked })
    }
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
    // What `undo` took out of the folder is no loss.
    for at in sides.memory.positions_of_paths().filter(|at| !sides.memory.links()[*at].undone) {
        roll.call(at, false);
    }
    for (folder, file) in sides.items.iter().flat_map(|item| item.files.iter().map(|file| (item.folder, file))) {
        if let Some(at) = sides.memory.position_of_path(folder, &file.path) {
            roll.call(at, true);
        }
    }
    roll
}

fn bytes_of_library<'a>(sides: Sides<'a>, facts: &'a Facts) -> impl Iterator<Item = Fingerprint> + 'a {
    let resources = sides.assets.iter().flat_map(|asset| &asset.resources);
    let stored = resources.flat_map(|resource| [resource.fingerprint, resource.stale_fingerprint]).flatten();
    stored.chain(known(facts.resources.values()))
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

    fn is_lost(&self, at: usize) -> bool {
        self.0[at] == Some(false)
    }

    /// `bytes` of the side are only asked for where something seems to be gone.
    fn tally<B: Iterator<Item = Fingerprint>>(mut self, sides: Sides<'_>, bytes: impl FnOnce() -> B) -> Tally {
        if self.0.contains(&Some(false)) {
            let lost = sides.memory.fingerprints().filter(|(_, at)| self.is_lost(*at));
            let missed: FxHashSet<Fingerprint> = lost.map(|(fingerprint, _)| *fingerprint).collect();
            let found: FxHashSet<Fingerprint> = bytes().filter(|fingerprint| missed.contains(fingerprint)).collect();
            for (_, at) in sides.memory.fingerprints().filter(|(fingerprint, _)| found.contains(fingerprint)) {
                self.0[at] = self.0[at].and(Some(true));
            }
        }
        let lost = self.0.iter().filter(|is_there| **is_there == Some(false)).count();
        Tally { linked: self.0.iter().flatten().count(), lost }
    }
}
