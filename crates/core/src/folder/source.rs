//! A folder as a run looks at it: which one, and what of it is offered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use globset::GlobSet;

use super::{Folder, Ground};
use crate::item::FolderId;

/// A folder of a run, as the settings describe it.
#[derive(Clone)]
pub struct Source {
    /// The ledger's number for it.
    pub id: FolderId,
    /// The folder itself.
    pub folder: Arc<dyn Folder>,
    /// The directory that lay at its place when the run began: exports go to what was looked at, or nowhere.
    pub ground: Ground,
    /// Directories of it that were disks of their own when it was looked at last, as paths below it.
    pub disks: Vec<PathBuf>,
    /// The album for what comes from it.
    pub album: String,
    /// Which of its files are offered.
    pub filter: Filter,
    /// Whether exports go here: then it is looked at as a whole, whatever is offered of it.
    pub receives: bool,
}

impl Source {
    /// Where it lies.
    pub fn place(&self) -> &Path {
        self.folder.place()
    }
}

/// Which files of a folder are offered for import. What it leaves out still takes part in matching.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Whether folders below are looked at.
    pub recursive: bool,
    /// If not empty, only these.
    pub include: GlobSet,
    /// None of these.
    pub exclude: GlobSet,
    /// Stills, with what belongs to them.
    pub images: bool,
    /// Videos of their own.
    pub videos: bool,
    /// What lies in directories with a `.nomedia`, too.
    pub nomedia: bool,
}

impl Filter {
    /// Nothing: the folder is only looked at.
    pub fn nothing() -> Self {
        Self { images: false, videos: false, ..Self::default() }
    }
}

impl Default for Filter {
    /// Everything.
    fn default() -> Self {
        let none = GlobSet::empty;
        Self { recursive: true, include: none(), exclude: none(), images: true, videos: true, nomedia: false }
    }
}
