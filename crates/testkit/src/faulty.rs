//! Folders that die, fail or are meddled with at any call: around those of every kind.
//!
//! Each call that changes something is two steps: before it is done, and after it, when only the answer is lost.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::folder::{
    Entry, Folder, FolderError, Folders, Ground, Kind, Led, Local, Opened, Opener, Part, Properties, State,
};
use photobridge_core::item::Stamp;
use photobridge_core::library::Readable;

use crate::shelf::Fuse;

/// Folders as others find them, each call of which may be the one.
pub struct Faulty<'a> {
    /// Where they are found.
    pub folders: &'a dyn Folders,
    /// What happens, and at which call.
    pub fuse: Arc<Fuse>,
    /// They lie on no disk of this computer, as far as they say.
    pub is_afar: bool,
}

impl Folders for Faulty<'_> {
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError> {
        let folder = self.folders.open(place)?;
        Ok(Arc::new(FaultyFolder { folder, fuse: self.fuse.clone(), is_afar: self.is_afar }))
    }
}

struct FaultyFolder {
    folder: Arc<dyn Folder>,
    fuse: Arc<Fuse>,
    is_afar: bool,
}

fn step(fuse: &Fuse, name: &str) -> Result<(), FolderError> {
    if fuse.step(name) { Err(FolderError::Retry(format!("{name} failed on demand"))) } else { Ok(()) }
}

/// Does something between two steps.
fn both<T>(fuse: &Fuse, name: &str, act: impl FnOnce() -> Result<T, FolderError>) -> Result<T, FolderError> {
    step(fuse, name)?;
    let done = act()?;
    step(fuse, &format!("{name}, done"))?;
    Ok(done)
}

impl Folder for FaultyFolder {
    fn place(&self) -> &Path {
        self.folder.place()
    }

    fn named(&self) -> &Path {
        self.folder.named()
    }

    fn properties(&self) -> Properties {
        self.folder.properties()
    }

    fn ground(&self) -> Result<Ground, FolderError> {
        step(&self.fuse, "asking for the ground")?;
        self.folder.ground()
    }

    fn is_disk(&self, directory: &Path) -> bool {
        self.folder.is_disk(directory)
    }

    fn directory(&self) -> Option<&Path> {
        self.folder.directory().filter(|_| !self.is_afar)
    }

    fn library_around(&self) -> Option<PathBuf> {
        self.folder.library_around()
    }

    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError> {
        both(&self.fuse, "listing", || self.folder.list(directory, each))
    }

    fn remarks(&self) -> Vec<String> {
        self.folder.remarks()
    }

    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError> {
        step(&self.fuse, "asking for a state")?;
        self.folder.stat(path)
    }

    fn follow(&self, link: &Path) -> Result<Led, FolderError> {
        self.folder.follow(link)
    }

    fn opener(&self) -> Box<dyn Opener + '_> {
        Box::new(FaultyOpener { opener: self.folder.opener(), fuse: &self.fuse })
    }

    fn open_within(&self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        step(&self.fuse, "opening")?;
        self.folder.open_within(path)
    }

    fn local(&self, path: &Path, state: Stamp) -> Result<Option<Local>, FolderError> {
        step(&self.fuse, "bringing here")?;
        let Some(local) = self.folder.local(path, state)?.filter(|_| self.is_afar) else {
            return self.folder.local(path, state);
        };
        let mut spool = tempfile::NamedTempFile::new()?;
        io::copy(&mut std::fs::File::open(&local.path)?, &mut spool)?;
        let (path, stamp) = (spool.path().to_owned(), Stamp::of(&spool.as_file().metadata()?));
        Ok(Some(Local { path, stamp, spool: Some(Box::new(spool)) }))
    }

    fn begin(&self, directory: &Path, part: &str) -> Result<Box<dyn Part>, FolderError> {
        let part = both(&self.fuse, "beginning a part", || self.folder.begin(directory, part))?;
        Ok(Box::new(FaultyPart { part, fuse: self.fuse.clone() }))
    }

    fn reopen(&self, directory: &Path, part: &str) -> Result<Option<Box<dyn Part>>, FolderError> {
        step(&self.fuse, "reopening a part")?;
        let wrapped = |part| Box::new(FaultyPart { part, fuse: self.fuse.clone() }) as Box<dyn Part>;
        Ok(self.folder.reopen(directory, part)?.map(wrapped))
    }

    fn discard(&self, directory: &Path, part: &str) -> Result<(), FolderError> {
        both(&self.fuse, "discarding a part", || self.folder.discard(directory, part))
    }

    fn rename(&self, path: &Path, name: &OsStr) -> Result<(), FolderError> {
        both(&self.fuse, "renaming", || self.folder.rename(path, name))
    }

    fn hand_over(&self, path: &Path, to: &dyn Folder, target: &Path) -> Result<bool, FolderError> {
        if self.is_afar {
            return Ok(false);
        }
        both(&self.fuse, "handing over", || self.folder.hand_over(path, to, target))
    }

    fn date(&self, path: &Path, state: Stamp, taken: Timestamp) -> Result<Option<Stamp>, FolderError> {
        both(&self.fuse, "dating", || self.folder.date(path, state, taken))
    }

    fn sync_directories(&self, directories: &[&Path]) -> Result<(), FolderError> {
        both(&self.fuse, "syncing directories", || self.folder.sync_directories(directories))
    }

    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)> {
        self.folder.obstacle(directory)
    }

    fn free_space(&self) -> Result<Option<u64>, FolderError> {
        step(&self.fuse, "asking for the room")?;
        self.folder.free_space()
    }
}

struct FaultyOpener<'a> {
    opener: Box<dyn Opener + 'a>,
    fuse: &'a Fuse,
}

impl Opener for FaultyOpener<'_> {
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        step(self.fuse, "opening")?;
        self.opener.open(path)
    }
}

struct FaultyPart {
    part: Box<dyn Part>,
    fuse: Arc<Fuse>,
}

impl Write for FaultyPart {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        step(&self.fuse, "writing")?;
        // Some of it at a time, so that there is a half.
        self.part.write(&bytes[..bytes.len().min(bytes.len() / 2 + 1)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.part.flush()
    }
}

impl Part for FaultyPart {
    fn may_clone(&self) -> bool {
        self.part.may_clone()
    }

    fn clone_of(&mut self, file: OwnedFd) -> Result<bool, FolderError> {
        both(&self.fuse, "cloning", || self.part.clone_of(file))
    }

    fn finish(&mut self, bytes: Fingerprint, taken: Option<Timestamp>) -> Result<(), FolderError> {
        both(&self.fuse, "finishing a part", || self.part.finish(bytes, taken))
    }

    fn reader(&mut self) -> Result<Box<dyn Readable + '_>, FolderError> {
        self.part.reader()
    }

    fn stamp(&self) -> Result<Stamp, FolderError> {
        self.part.stamp()
    }

    fn sync(&mut self) -> Result<(), FolderError> {
        both(&self.fuse, "bringing a part to the disk", || self.part.sync())
    }

    fn name(&mut self, name: &OsStr) -> Result<(), FolderError> {
        both(&self.fuse, "naming", || self.part.name(name))
    }

    fn discard(self: Box<Self>) {
        self.fuse.step_of_death("discarding");
        self.part.discard();
        self.fuse.step_of_death("discarding, done");
    }
}
