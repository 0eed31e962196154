//! The one boundary to folders of photos, and what the engine makes of what lies in one.
//!
//! A [`Folder`] lies on a disk, on a server or in an archive (the `folders` crate); each kind passes the same conformance suite. Inwards
//! `scan` walks one and `look` groups its files into items; outwards `target` and `taken` find a name and `place` brings a
//! file there, whole or not at all. None of them knows on what the folder lies.

pub mod archive;
pub(crate) mod copies;
pub mod dates;
mod error;
pub mod group;
pub mod look;
pub mod motion;
pub mod names;
pub mod packed;
pub mod place;
pub mod sample;
pub mod scan;
pub mod settle;
mod source;
pub mod stand_ins;
pub mod taken;
pub mod target;
pub mod touched;

use std::any::Any;
use std::ffi::OsStr;
use std::io::{Read, Seek, Write};
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

pub use self::error::FolderError;
pub use self::source::{Filter, Source};
use crate::fingerprint::Fingerprint;
use crate::item::Stamp;
use crate::library::Readable;

/// What can be expected of a folder, by what it lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Properties {
    /// Inodes, and times of change, may be other ones each time that it is mounted: they are made up for names that are
    /// looked up, or belong to a layer below. A file is then known again by a sample of its bytes.
    pub renumbers: bool,
    /// It answers that a file is written once it lies in a cache of this computer, and uploads it later: what it is called.
    /// An export counts once a later run has read it back.
    pub cache: Option<&'static str>,
    /// Others change it without this computer being told: it lies on a network, or behind a program.
    pub silent: bool,
    /// A file lies on this computer until it gets its name, and goes there only then: several go at once.
    pub uploads: bool,
    /// A file keeps the name that it has: no way is known of giving it another one that never replaces anything.
    pub keeps_names: bool,
    /// It only gives: nothing is ever written to it. People throw it away once it was read, so what it lacks was not deleted.
    pub only_gives: bool,
    /// Of what only gives: when the newest of its parts came. Others may be on their way.
    pub newest_part: Option<Timestamp>,
}

/// Which directory lies at a folder's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Tells it from whatever else may come to lie there while a run goes on: of a disk, the device and the inode.
    pub now: (u64, u64),
    /// Tells it from every other directory, also once it was moved or mounted anew: a number, and when it was made in
    /// nanoseconds since 1970. `None` where nothing that is kept tells it; then it is known by what lies in it.
    pub lasting: Option<(i64, i64)>,
}

/// What an entry of a directory is, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plain file.
    File,
    /// A directory.
    Directory,
    /// A link, wherever it leads.
    Link,
    /// A pipe, a device, a socket.
    Other,
}

/// The state of an entry, told without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Tells this state of a file from the next. What a kind cannot tell is zero, always.
    pub stamp: Stamp,
    /// Only the name is here: reading the file would fetch it.
    pub online_only: bool,
}

/// One entry of a directory that is being listed.
pub trait Entry {
    /// Its name, as it is to be asked for.
    fn name(&self) -> &OsStr;

    /// What it is.
    fn kind(&self) -> Result<Kind, FolderError>;

    /// Its state. Asked only where it matters: a disk looks it up for each.
    fn state(&self) -> Result<State, FolderError>;
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Led {
    /// The whole place, in the form of [`Folder::place`].
    pub place: PathBuf,
    /// The state of the plain file there; of anything else nothing.
    pub file: Option<State>,
}

/// A file that is open for reading.
pub trait Opened: Read + Seek + Send {
    /// The state of this very file now, whatever lies at its path.
    fn state(&self) -> Result<State, FolderError>;
}

/// Opens one file after the other, for one thread: what two of them share need not be found twice.
pub trait Opener {
    /// Opens the plain file at a path below the folder. Anything else is refused, and nothing is waited for.
    fn open(&mut self, path: &Path) -> Result<Box<dyn Opened>, FolderError>;
}

/// A file of a folder as one of this computer, for whoever cannot read it otherwise.
pub struct Local {
    /// Where it lies: in the folder itself, or in a spool.
    pub path: PathBuf,
    /// Its state there.
    pub stamp: Stamp,
    /// What keeps it there until this is dropped.
    pub spool: Option<Box<dyn Any + Send>>,
}

/// A file that is being written beside its target, under a name of ours. Takes bytes through [`Write`].
///
/// Nothing is removed by dropping it: what a crash leaves, the journal finds by its name.
pub trait Part: Write + Send {
    /// Whether its disk may make clones, as far as is known by now.
    fn may_clone(&self) -> bool {
        false
    }

    /// Becomes, as long as it is empty, a clone of a file of this computer, with all bytes that this has at one moment.
    /// `false` where their disk makes none: then it is as empty as before.
    fn clone_of(&mut self, file: OwnedFd) -> Result<bool, FolderError> {
        let _ = file;
        Ok(false)
    }

    /// Ends the writing of these bytes, and dates the file by when its photo was taken, as near as that can be held. Nothing
    /// needs to outlive a power failure yet.
    fn finish(&mut self, bytes: Fingerprint, taken: Option<Timestamp>) -> Result<(), FolderError>;

    /// Its bytes, from the first one.
    fn reader(&mut self) -> Result<Box<dyn Readable + '_>, FolderError>;

    /// Its state.
    fn stamp(&self) -> Result<Stamp, FolderError>;

    /// Brings the bytes to where they outlive a power failure, all of them or an error. Slow: many are called at once. A part
    /// that is not in the folder until it has its name need not outlive one: [`place::reopen`] knows it by its bytes, and what
    /// is left without all of them goes.
    fn sync(&mut self) -> Result<(), FolderError>;

    /// Gives it its name, in the directory where it lies, unless anything has that name: a file, a directory, a link, one
    /// that came in this moment. Then it is [`FolderError::Taken`], and the part is as before.
    fn name(&mut self, name: &OsStr) -> Result<(), FolderError>;

    /// Once it has its name: its state there, where naming it showed that. `None` where its state before it was named is that.
    fn arrived(&self) -> Option<Stamp> {
        None
    }

    /// Removes it, and the directories that were made for it and hold nothing. What cannot be removed now, the journal
    /// removes.
    fn discard(self: Box<Self>);
}

/// A folder of photos. Paths are below it, made of plain names; the empty one is the folder itself.
///
/// Calls block, and come from several threads. Whoever asks looks twice at nothing: what a kind must ask a server for, it
/// answers itself within one call, and fails with [`FolderError::Retry`] where that came to nothing.
pub trait Folder: Send + Sync {
    /// Where it lies, in the one form that stands for it in the ledger: people read it joined with paths below it, and of
    /// two folders one lies in the other where its place begins with the other's.
    fn place(&self) -> &Path;

    /// As it was named when it was opened: links may lead from there to its place, and elsewhere one day.
    fn named(&self) -> &Path {
        self.place()
    }

    /// What can be expected of it.
    fn properties(&self) -> Properties;

    /// Which directory lies at its place now.
    fn ground(&self) -> Result<Ground, FolderError>;

    /// Whether a directory below it is a disk of its own: another one than that on which the directory above lies.
    fn is_disk(&self, directory: &Path) -> bool {
        let _ = directory;
        false
    }

    /// The directory of this computer that it is, where it is one.
    fn directory(&self) -> Option<&Path> {
        None
    }

    /// The photo library, Apple's or ours, that it is or lies in: none is ever a folder of photos.
    fn library_around(&self) -> Option<PathBuf>;

    /// Gives each entry of a directory, in any order, until `each` breaks off; itself and the directory above are none. A
    /// listing that fails on the way is none, whatever it gave: what it did not name would count as deleted.
    fn list(&self, directory: &Path, each: &mut dyn FnMut(&dyn Entry) -> ControlFlow<()>) -> Result<(), FolderError>;

    /// What of it is not in its listings and should be known, in words for people: a part that is missing or damaged.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether a file of this computer is one of those that it is made of, as zips are one folder.
    fn is_made_of(&self, file: &Path) -> bool {
        let _ = file;
        false
    }

    /// What lies at a path, links not followed.
    fn stat(&self, path: &Path) -> Result<(Kind, State), FolderError>;

    /// Follows a link to its end, also out of the folder. A kind without links has none to follow.
    fn follow(&self, link: &Path) -> Result<Led, FolderError> {
        let _ = link;
        Err(FolderError::Gone)
    }

    /// Opens many files, see [`Opener`].
    fn opener(&self) -> Box<dyn Opener + '_>;

    /// Opens one file, see [`Opener::open`].
    fn open(&self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        self.opener().open(path)
    }

    /// As [`Folder::open`], of a path from outside: [`FolderError::Leaves`] where a link leads it out of the folder.
    fn open_within(&self, path: &Path) -> Result<Box<dyn Opened>, FolderError> {
        self.open(path)
    }

    /// A file as one of this computer. `None` where it is no longer in this state.
    fn local(&self, path: &Path, state: Stamp) -> Result<Option<Local>, FolderError>;

    /// Begins a file under the name of a part ([`place::part_name`]) in a directory. Directories that are not there are
    /// made; none is made or entered that lies outside of the folder, and the folder itself is never made.
    fn begin(&self, directory: &Path, part: &str) -> Result<Box<dyn Part>, FolderError>;

    /// After a crash: a part by the name in the journal, written to its end as far as anybody knows. `None` where none is.
    fn reopen(&self, directory: &Path, part: &str) -> Result<Option<Box<dyn Part>>, FolderError>;

    /// Removes a part by its name. One that is gone is fine; what is no plain file under a part's name is left, as
    /// [`FolderError::NotOurs`].
    fn discard(&self, directory: &Path, part: &str) -> Result<(), FolderError>;

    /// Gives a file another name in its directory, unless anything has that name ([`FolderError::Taken`]).
    fn rename(&self, path: &Path, name: &OsStr) -> Result<(), FolderError>;

    /// Moves a file into another folder without copying it, to a path at which nothing is, and makes the directories on
    /// the way. `false` where that cannot be: they lie apart, and nothing was done.
    fn hand_over(&self, path: &Path, to: &dyn Folder, target: &Path) -> Result<bool, FolderError> {
        let _ = (path, to, target);
        Ok(false)
    }

    /// Dates a file by when its photo was taken, unless it is in another state by now. Returns its new one.
    fn date(&self, path: &Path, state: Stamp, taken: Timestamp) -> Result<Option<Stamp>, FolderError>;

    /// Makes the names in these directories outlive a power failure, and those of the directories themselves up to the
    /// folder, whoever made them.
    fn sync_directories(&self, directories: &[&Path]) -> Result<(), FolderError>;

    /// Why nothing could be put into a directory, with the nearest one that is there, as far as that can be told without
    /// writing anything.
    fn obstacle(&self, directory: &Path) -> Option<(PathBuf, FolderError)>;

    /// Bytes that may still be written; `None` where nobody tells.
    fn free_space(&self) -> Result<Option<u64>, FolderError>;
}

/// Calls to a server that are under way at once: as many as sync clients make.
const CALLS: usize = 6;

/// Does what asks a folder for many things. A server answers several in the time of one, however few processors are here.
pub(crate) fn many_at_once<T: Send>(folder: &dyn Folder, work: impl FnOnce() -> T + Send) -> T {
    let is_afar = folder.properties().uploads;
    match is_afar.then(|| rayon::ThreadPoolBuilder::new().num_threads(CALLS).build()) {
        Some(Ok(threads)) => threads.install(work),
        _ => work(),
    }
}

/// Finds folders by where they lie.
pub trait Folders: Sync {
    /// The folder at a place as the settings, a person or the ledger name it. [`FolderError::Gone`] where nothing lies
    /// there.
    fn open(&self, place: &Path) -> Result<Arc<dyn Folder>, FolderError>;
}

/// Whether what lies at a path of a folder is a photo library: by its name, or by what lies in it, as in
/// `Fotos.photoslibrary.old`.
pub fn is_library(folder: &dyn Folder, path: &Path) -> bool {
    let name = folder.place().join(path);
    names::is_library_package(&name.file_name().unwrap_or_default().to_string_lossy())
        || names::IN_LIBRARIES.iter().any(|inside| folder.stat(&path.join(inside)).is_ok())
}

/// Whether this is the name of a file and no path: neither `.` nor `..`, with no separator in it.
pub fn is_name(name: &OsStr) -> bool {
    let mut components = Path::new(name).components();
    let is_one = matches!((components.next(), components.next()), (Some(Component::Normal(_)), None));
    is_one && Path::new(name).file_name() == Some(name)
}

/// Whether one of two places is the other or lies in it: photos of both would be seen twice.
pub fn overlap(one: &Path, other: &Path) -> bool {
    one.starts_with(other) || other.starts_with(one)
}
