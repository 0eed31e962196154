//! The runs that were looked at last, so that turning a page does not look through all of a run again.

use std::fs::File;
use std::io;
use std::path::PathBuf;
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
        Self { data, held: Mutex::default() }
    }

    /// The verdicts of a run. Whoever asks while they are looked through waits for that.
    pub fn verdicts(&self, run: RunId) -> io::Result<Arc<Verdicts>> {
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
