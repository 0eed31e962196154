//! The folder side: find files, group them into items, see which of them are still being written; and where and under
//! which name an exported file goes.

pub mod archive;
pub mod dates;
pub mod disk;
pub mod ground;
pub mod group;
pub mod look;
pub mod names;
pub mod opener;
pub mod place;
pub mod sample;
pub mod scan;
pub mod settle;
pub mod stand_ins;
pub mod taken;
pub mod target;

use std::path::{Path, PathBuf};

use globset::GlobSet;

use self::ground::Ground;
use crate::item::FolderId;

/// The photo library, Apple's or ours, that a canonical path is or lies in: none is ever a folder of photos.
pub fn library_around(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|path| is_library(path)).map(Path::to_owned)
}

/// Whether a directory is a photo library: by its name, or by what lies in it, as in `Fotos.photoslibrary.old`.
pub fn is_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    names::is_library_package(&name)
        || [names::LIBRARY_MARKER, "database/Photos.sqlite"].iter().any(|inside| path.join(inside).exists())
}

/// Whether one of two canonical paths is the other or lies in it: photos of both would be seen twice.
pub fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// One source folder as the settings describe it.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The ledger's number for it.
    pub id: FolderId,
    /// Its canonical path.
    pub path: PathBuf,
    /// The directory that lies there.
    pub ground: Ground,
    /// The album for what comes from it.
    pub album: String,
    /// Which of its files are offered.
    pub filter: Filter,
    /// Whether exports go here: then it is looked at as a whole, whatever is offered of it.
    pub receives: bool,
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
