//! The runs that were looked at last, so that turning a page does not look through all of a run again.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Verdicts;
use crate::item::Stamp;
use crate::run::RunId;

/// Runs that are held: the one that is looked at, and the one that it is compared with.
const HELD: usize = 2;

/// The verdicts of the runs that were looked at last; to be shared between threads.
#[derive(Debug)]
pub struct Recent {
    data: PathBuf,
    /// The latest last.
    held: Mutex<Vec<Held>>,
    /// Whether somebody looked at a run since the latest one ended.
    is_asked: AtomicBool,
}

#[derive(Debug)]
struct Held {
    run: RunId,
    /// The state of the file: a lost ledger gives numbers anew.
    stamp: Stamp,
    verdicts: Arc<Verdicts>,
}

impl Recent {
    /// Of the runs kept in a data directory.
    pub fn new(data: PathBuf) -> Self {
        Self { data, held: Mutex::default(), is_asked: AtomicBool::new(false) }
    }

    /// A run has ended. Its verdicts are made ready if somebody looks at runs or waits for this one; if nobody does, none are
    /// held any more, since those of 100,000 photos take megabytes.
    pub fn ended(&self, run: RunId, is_awaited: bool) {
        if self.is_asked.swap(false, Ordering::AcqRel) || is_awaited {
            // If they cannot be read now, whoever looks at them is told.
            let _ = self.find(run);
        } else {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// The verdicts of a run. Whoever asks while they are looked through waits for that.
    pub fn verdicts(&self, run: RunId) -> io::Result<Arc<Verdicts>> {
        self.is_asked.store(true, Ordering::Release);
        self.find(run)
    }

    fn find(&self, run: RunId) -> io::Result<Arc<Verdicts>> {
        let file = File::open(super::path(&self.data, run))?;
        let stamp = Stamp::of(&file.metadata()?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held.iter().position(|held| held.run == run && held.stamp == stamp);
        let latest = match known {
            Some(at) => held.remove(at),
            None => {
                let rest = File::open(super::rest(&self.data, run)).ok();
                Held { run, stamp, verdicts: Arc::new(Verdicts::of(file, rest)?) }
            }
        };
        let verdicts = Arc::clone(&latest.verdicts);
        held.retain(|held| held.run != run);
        held.push(latest);
        let too_many = held.len().saturating_sub(HELD);
        held.drain(..too_many);
        Ok(verdicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_held_only_while_somebody_looks() {
        let data = tempfile::tempdir().expect("a directory");
        let keep = |run| {
            let none: [(); 0] = [];
            crate::kept::keep(data.path(), RunId(run), &none, |()| unreachable!()).expect("kept");
        };
        let recent = Recent::new(data.path().to_owned());
        let held = || recent.held.lock().expect("whole").iter().map(|held| held.run.0).collect::<Vec<_>>();
        (1..=5).for_each(keep);
        recent.ended(RunId(1), false);
        assert!(held().is_empty(), "nobody looks");
        recent.ended(RunId(2), true);
        assert_eq!(held(), [2], "somebody waits for it");
        recent.verdicts(RunId(2)).expect("kept");
        recent.ended(RunId(3), false);
        assert_eq!(held(), [2, 3], "somebody looked at the one before");
        recent.ended(RunId(4), false);
        assert!(held().is_empty(), "and not since");
    }
}
