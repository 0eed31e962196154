//! Stops a run that looks wrong before it changes anything. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rustc_hash::FxHashSet;

use crate::fingerprint::Fingerprint;
use crate::item::FolderId;
use crate::library::Properties;
use crate::matching::{Answer, Facts, Sides, position_of_file};
use crate::memory::Gone;
use crate::notices;
use crate::reason::Reason;

/// A side must have had this many linked photos before their loss says anything.
const ENOUGH: usize = 10;

/// So many of the newest must be gone from the folder, where people tidy up, before that looks like a backup. Of no more go in
/// unattended where the library does not show all it holds.
const LAST: usize = 10;

/// The same of the library: what a person deletes there is in its trash first, and listed.
const LAST_OF_LIBRARY: usize = 3;

/// Why an unattended run stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Guard {
    /// Nobody has ever looked at these two together.
    #[error(
        "the folder that is at {} now was not synced with this library before. If another one should be there, check that its \
         disk is connected; else run the first sync yourself", .0.display()
    )]
    FirstSync(PathBuf),
    /// The memory is older than what happened.
    #[error(
        "the ledger does not know run {0}, although its result is there: the ledger is an older copy, or a new one. What was \
         deleted on one side since, and what you decided, may be missing"
    )]
    Older(i64),
    /// More than a household brings in at once.
    #[error("{planned} photos would be imported, more than the limit of {limit} for automatic syncs")]
    Many {
        /// How many.
        planned: usize,
        /// How many may.
        limit: usize,
    },
    /// More than a few, of which any may be in the library where this program does not see it.
    #[error(
        "{planned} photos would be imported, and {unseen} photos of the library cannot be seen: what you {did} there would be \
         imported again. {}",
        notices::LET_IT_SEE
    )]
    Unseen {
        /// How many.
        planned: usize,
        /// Which photos.
        unseen: &'static str,
        /// What a person did with them.
        did: &'static str,
    },
    /// Most of a side is gone.
    #[error("{lost} of {linked} known photos are gone from the {side}")]
    Lost {
        /// `folder` or `library`.
        side: &'static str,
        /// How many are gone.
        lost: usize,
        /// How many there were.
        linked: usize,
    },
    /// Just what came last is gone from a side.
    #[error(
        "the {lost} newest photos are gone from the {side}, as if it had been restored from a backup. Those still on \
         the other side come back with `photobridge decide take-in --reason \"{}\"`", .reason.as_str()
    )]
    Newest {
        /// `folder` or `library`.
        side: &'static str,
        /// How many are gone.
        lost: usize,
        /// What is said of each of them on the other side.
        reason: Reason,
    },
}

impl Guard {
    /// Stops where many would go into a library that does not show all it holds.
    pub fn unseen(planned: usize, library: Properties) -> Option<Self> {
        let (unseen, did) = notices::unseen(library).filter(|_| planned > LAST)?;
        Some(Self::Unseen { planned, unseen, did })
    }
}

/// What is gone from either side of the photos that are linked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses {
    library: Tally,
    folders: BTreeMap<FolderId, Tally>,
}

/// One side's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    linked: usize,
    lost: usize,
    /// Of those that came last all that are lost, until one that is there.
    newest: usize,
}

impl Losses {
    /// Counts them in the library and in each of these folders, those not that are found elsewhere by their bytes.
    pub fn count(sides: Sides<'_>, folders: &[FolderId], facts: &Facts) -> Self {
        let (library, folders) = rayon::join(
            || linked_assets(sides).tally(sides, || bytes_of_library(sides, facts)),
            || {
                let of = |folder: &FolderId| {
                    (*folder, linked_paths(sides, *folder).tally(sides, || known(facts.files.values())))
                };
                folders.iter().map(of).collect()
            },
        );
        Self { library, folders }
    }

    /// How many are gone.
    pub fn gone(&self) -> Gone {
        let folders = self.folders.iter().map(|(folder, tally)| (*folder, tally.lost));
        Gone { library: self.library.lost, folders: folders.collect() }
    }

    /// The sides that lost more than half of their photos, or just the newest, without those whose loss a person has seen.
    pub fn guards(&self, seen: &Gone) -> Vec<Guard> {
        let library = self.library.without(seen.library).guard("library", Reason::DeletedInPhotos, LAST_OF_LIBRARY);
        let of = |(folder, tally): (&FolderId, &Tally)| {
            tally.without(seen.from(*folder)).guard("folder", Reason::DeletedInFolder, LAST)
        };
        library.into_iter().chain(self.folders.iter().filter_map(of)).collect()
    }

    /// What a person may want back at once: of each side that lost many since they looked, how many, and the reason for which
    /// they stay on the other side.
    pub fn many(&self, seen: &Gone) -> impl Iterator<Item = (&'static str, usize, Reason)> {
        let library = ("library", self.library.without(seen.library), Reason::DeletedInPhotos);
        let of = |(folder, tally): (&FolderId, &Tally)| {
            ("folder", tally.without(seen.from(*folder)), Reason::DeletedInFolder)
        };
        let sides: Vec<_> = std::iter::once(library).chain(self.folders.iter().map(of)).collect();
        sides.into_iter().filter(|(_, tally, _)| tally.lost >= LAST).map(|(side, tally, why)| (side, tally.lost, why))
    }
}

impl Tally {
    fn without(self, seen: usize) -> Self {
        let seen = seen.min(self.lost);
        Self { linked: self.linked - seen, lost: self.lost - seen, newest: self.newest.min(self.lost - seen) }
    }

    fn guard(self, side: &'static str, reason: Reason, last: usize) -> Option<Guard> {
        let Self { linked, lost, newest } = self;
        match linked >= ENOUGH {
            true if lost * 2 > linked => Some(Guard::Lost { side, lost, linked }),
            true if newest >= last => Some(Guard::Newest { side, lost: newest, reason }),
            _ => None,
        }
    }
}

fn linked_assets(sides: Sides<'_>) -> Roll {
    let ids: FxHashSet<_> = sides.assets.iter().map(|asset| &asset.id).collect();
    let mut roll = Roll::new(sides);
    for (at, link) in sides.memory.links().iter().enumerate() {
        for id in &link.assets {
            // What an undone import leaves in the library may be deleted or removed there: that is no loss.
            if link.undone && !ids.contains(id) {
                continue;
            }
            roll.call(at, ids.contains(id));
        }
    }
    roll
}

fn linked_paths(sides: Sides<'_>, folder: FolderId) -> Roll {
    let mut roll = Roll::new(sides);
    // What `undo` took out of the folder is no loss.
    for at in sides.memory.positions_of_paths(folder).filter(|at| !sides.memory.links()[*at].undone) {
        roll.call(at, false);
    }
    let items = sides.items.iter().filter(|item| item.folder == folder);
    for file in items.flat_map(|item| &item.files) {
        if let Some(at) = position_of_file(sides.memory, folder, file) {
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
        // Links are numbered as they come.
        let newest = self.0.iter().rev().flatten().take_while(|is_there| !**is_there).count();
        let lost = self.0.iter().filter(|is_there| **is_there == Some(false)).count();
        Tally { linked: self.0.iter().flatten().count(), lost, newest }
    }
}
