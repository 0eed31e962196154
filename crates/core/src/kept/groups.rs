//! The verdicts of a run in groups, as people read them: what failed first, old news last.

use crate::reason::{Reason, Way};
use crate::report::{Ruling, VerdictLine};

/// What verdicts have in common that people read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Group {
    /// Which way.
    pub way: Way,
    /// What is said.
    pub ruling: Ruling,
    /// Why.
    pub reason: Option<Reason>,
}

/// The headings of the groups, in the order in which people read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// What could not be read or carried.
    Failed,
    /// What goes, or went.
    Carried,
    /// What a later run takes by itself.
    Waiting,
    /// What stays, for a reason that a person may want to know.
    Stays,
    /// What is said of most of a library at every run.
    OldNews,
}

impl Group {
    /// The group of a verdict.
    pub fn of(line: &VerdictLine) -> Self {
        Self { way: line.direction, ruling: line.verdict, reason: line.reason }
    }

    /// The heading under which it stands.
    pub fn section(&self) -> Section {
        match (self.ruling, self.reason) {
            (Ruling::Failed, _) => Section::Failed,
            (Ruling::Planned | Ruling::Applied, _) => Section::Carried,
            (Ruling::Skipped, Some(reason)) if reason.waits() => Section::Waiting,
            (Ruling::Skipped, Some(reason)) if reason.is_old_news() => Section::OldNews,
            (Ruling::Skipped, _) => Section::Stays,
        }
    }

    /// Its place among the others.
    fn place(&self) -> (Section, Way, Ruling, Option<Reason>) {
        (self.section(), self.way, self.ruling, self.reason)
    }
}

/// How much one group holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The group.
    pub group: Group,
    /// Items or assets.
    pub photos: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Every group of a run that holds anything, in the order in which people read them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(Vec<Tally>);

impl Groups {
    /// Counts one photo more.
    pub(super) fn add(&mut self, group: Group, bytes: u64) {
        self.join(Tally { group, photos: 1, bytes });
    }

    /// Counts as many photos more.
    pub(super) fn join(&mut self, more: Tally) {
        match self.0.binary_search_by_key(&more.group.place(), |tally| tally.group.place()) {
            Ok(at) => {
                self.0[at].photos += more.photos;
                self.0[at].bytes = self.0[at].bytes.saturating_add(more.bytes);
            }
            Err(at) => self.0.insert(at, more),
        }
    }

    /// The groups.
    pub fn iter(&self) -> std::slice::Iter<'_, Tally> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Groups {
    type Item = &'a Tally;
    type IntoIter = std::slice::Iter<'a, Tally>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
