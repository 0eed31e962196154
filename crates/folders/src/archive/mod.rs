//! Photos in archives, as other services give them out: the parts of an export are one tree, read where they lie.
//!
//! `place` finds the zips, `directory` reads what each says that it holds, `naming` and `export` say where that lies in the
//! tree, `tree` is all of it, and `reader` gives the bytes. Nothing is ever written into an archive, and none is unpacked.

mod directory;
mod export;
mod naming;
pub mod place;
mod reader;
mod tree;

use std::any::Any;
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use photobridge_core::folder::{
    Entry, Folder, FolderError, Ground, Kind, Local, Opened, Opener, Part, Properties, State,
};
use photobridge_core::item::Stamp;

use self::place::Zips;
use self::reader::Reader;
use self::tree::{Found, Lies, Tree};
use crate::disk;

/// Zips as one folder, which only gives.
#[derive(Debug)]
pub struct Archive {
    zips: Zips,
    spool: PathBuf,
    tree: Mutex<Arc<Tree>>,
}

impl Archive {
    /// The archives at a place (see [`place`]); none need be there. What must lie on this computer as a file of its own does
    /// so in `spool`, one file at a time.
    pub fn open(place: &Path, spool: &Path) -> Result<Self, FolderError> {
        Ok(Self { zips: Zips::at(place)?, spool: spool.to_owned(), tree: Mutex::default() })
    }

    /// What lies in the zips that are there now.
    fn now(&self) -> Result<Arc<Tree>, FolderError> {
        let there = self.zips.there()?;
        // What it holds is whole at any moment.
        let mut tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner);
        if !tree.is_of(&there) {
            *tree = Arc::new(Tree::of(&there));
        }
        match there.is_empty() {
            true => Err(FolderError::Gone),
            false => Ok(tree.clone()),
        }
    }

    /// What was in them when they were looked at last.
    fn known(&self) -> Result<Arc<Tree>, FolderError> {
        let tree = self.tree.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if tree.is_nowhere() { self.now() } else { Ok(tree) }
    }

    /// A tree that tells of this path what is so now.
    fn about(&self, path: &Path) -> Result<Arc<Tree>, FolderError> {
        let known = self.known()?;
        let is_as_known = matches!(known.find(path), Ok(Lies::File(found)) if found.part.is_there());
        if is_as_known { Ok(known) } else { self.now() }
    }
}

/// An entry of a listing.
struct Listed<'a> {
    name: &'a str,
    found: Option<Found<'a>>,
}

impl Entry for Listed<'_> {
    fn name(&self) -> &OsStr {
        OsStr::new(self.name)
    }

    fn kind(&self) -> Result<Kind, FolderError> {
        Ok(tree::kind(self.found.as_ref()))
    }

    fn state(&self) -> Result<State, FolderError> {
        Ok(self.found.as_ref().map_or(NOTHING, Found::state))
    }
}

/// The state of a directory, of which a zip tells nothing.
const NOTHING: State = State { stamp: Stamp { size: 0, mtime: 0, ctime: 0, inode: 0 }, online_only: false };

/// Opens files of the tree as it was when it was asked for.
struct InTree(Result<Arc<Tree>, FolderError>);

impl Opener for InTree {
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        let tree = match &self.0 {
            Ok(tree) => tree,
            Err(FolderError::Gone) => return Err(FolderError::Gone),
            Err(error) => return Err(FolderError::Permanent(error.to_string())),
        };
        match tree.find(path)? {
            Lies::File(found) if found.entry.kind == Kind::File => {
                let state = found.state();
                Ok(Box::new(Reader::open(found.part.clone(), found.entry, state)?))
            }
            _ => Err(FolderError::Permanent("it is no plain file".into())),
        }
    }
}

fn only_read<T>() -> Result<T, FolderError> {
    Err(FolderError::Refused("an archive is read-only".into()))
}

impl Folder for Archive {
    fn place(&self) -> &Path {
        &self.zips.place
    }

    fn properties(&self) -> Properties {
        let newest_part = self.tree.lock().unwrap_or_else(PoisonError::into_inner).newest_part();
        Properties { only_gives: true, keeps_names: true, newest_part, ..Properties::default() }
    }

    /// By what is in the zips: wherever they lie, and whatever they are called, they are the same.
    fn ground(&self) -> Result<Ground, FolderError> {
        let digest = self.now()?.digest();
        let number = |at: usize| digest[at..at + 8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let (one, other) = (number(0) >> 1, number(8) >> 1);
        Ok(Ground { now: (one, other), lasting: Some((one as i64, other as i64)) })
    }

    fn library_around(&self) -> Option<PathBuf> {
        disk::library_around(self.zips.directory())
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
        let tree = if directory.as_os_str().is_empty() { self.now()? } else { self.known()? };
        for (name, found) in tree.list(directory)? {
            if each(&Listed { name, found }).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn remarks(&self) -> Vec<String> {
        self.known().map(|tree| tree.remarks.clone()).unwrap_or_default()
    }

    fn is_made_of(&self, file: &Path) -> bool {
        self.zips.there().is_ok_and(|zips| zips.iter().any(|zip| zip == file))
    }

    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError> {
        let tree = self.about(path)?;
        Ok(match tree.find(path)? {
            Lies::Directory => (Kind::Directory, NOTHING),
            Lies::File(found) => (found.entry.kind, found.state()),
        })
    }

    fn opener(&self) -> Box<dyn Opener + '_> {
        Box::new(InTree(self.known()))
    }

    fn open(&self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        InTree(self.about(path)).open(path)
    }

    fn local(&self, path: &Path, wanted: Stamp) -> Result<Option<Local>, FolderError> {
        let mut opened = match self.open(path) {
            Ok(opened) => opened,
            Err(FolderError::Gone) => return Ok(None),
            Err(error) => return Err(error),
        };
        if opened.state()?.stamp != wanted {
            return Ok(None);
        }
        std::fs::create_dir_all(&self.spool)?;
        let mut spool = tempfile::NamedTempFile::new_in(&self.spool)?;
        io::copy(&mut opened, &mut spool)?;
        if opened.state().is_err() {
            return Ok(None);
        }
        let (path, stamp) = (spool.path().to_owned(), Stamp::of(&spool.as_file().metadata()?));
        Ok(Some(Local { path, stamp, spool: Some(Box::new(spool) as Box<dyn Any + Send>) }))
    }

    fn begin(&self, _: &Path, _: &str) -> Result<Box<dyn Part>, FolderError> {
        only_read()
    }

    fn reopen(&self, _: &Path, _: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
        Ok(None)
    }

    fn discard(&self, _: &Path, _: &str) -> Result<(), FolderError> {
        only_read()
    }

    fn rename(&self, _: &Path, _: &OsStr) -> Result<(), FolderError> {
        only_read()
    }

    fn date(&self, _: &Path, _: Stamp, _: Timestamp) -> Result<Option<Stamp>, FolderError> {
        only_read()
    }

    fn sync_directories(&self, _: &[&Path]) -> Result<(), FolderError> {
        only_read()
    }

    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)> {
        only_read::<()>().err().map(|error| (directory.to_owned(), error))
    }

    fn free_space(&self) -> Result<Option<u64>, FolderError> {
        Ok(None)
    }
}
