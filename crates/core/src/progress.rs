//! What long work tells while it runs, and how it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::picture::Picture;
use crate::run::RunId;

/// Asks running work to stop after the file in hand. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A token that nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// A stage of a run, in the order of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Finishing or undoing what an interrupted run left.
    Recovering,
    /// Walking the folders.
    Scanning,
    /// Reading the headers of files not seen before.
    Reading,
    /// Listing the library.
    Listing,
    /// Comparing bytes where they decide.
    Comparing,
    /// Looking at pictures where they decide.
    Looking,
    /// Carrying photos into the library.
    Importing,
    /// Carrying photos into the folder.
    Exporting,
}

impl Phase {
    /// What people read while it runs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recovering => "Recovering",
            Self::Scanning => "Scanning the folder",
            Self::Reading => "Reading new files",
            Self::Listing => "Listing the library",
            Self::Comparing => "Comparing",
            Self::Looking => "Looking at pictures",
            Self::Importing => "Importing",
            Self::Exporting => "Exporting",
        }
    }
}

/// Something that happened, for the people who watch.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The run has its number. The first event of every run.
    Started(RunId),
    /// A stage begins; the total of its steps and bytes where known.
    Begin {
        /// The stage.
        phase: Phase,
        /// How many steps it will take.
        steps: Option<u64>,
        /// How many bytes it will read.
        bytes: Option<u64>,
    },
    /// Some of a stage is done.
    Advance {
        /// The stage: the folder is scanned while the library is listed.
        phase: Phase,
        /// Steps since the last event.
        steps: u64,
        /// Bytes since the last event.
        bytes: u64,
    },
    /// What is about to go out, before the first byte does.
    Outlook {
        /// Photos and videos.
        photos: u64,
        /// Their bytes.
        bytes: u64,
        /// The bytes that are free where they go.
        free: u64,
    },
    /// The photo now in hand.
    Current {
        /// What it is called.
        name: String,
        /// Where its picture can be had.
        picture: Picture,
    },
    /// One file failed; the run goes on.
    Failed {
        /// Which file.
        path: String,
        /// What happened and what was kept safe.
        error: String,
    },
    /// A stage is over. One that is cancelled or fails does not say so.
    End(Phase),
}

/// Where events go. Called from several threads.
pub trait Progress: Sync {
    /// Takes one event; must not block for long.
    fn event(&self, event: Event);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event) {}
}
