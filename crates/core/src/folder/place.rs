//! Writes whole files into the folder or nothing, and never over anything.
//!
//! A file is written as a [`Part`] beside its target, under a name that the caller has journalled before; its bytes are
//! checked as they pass ([`Written`]), brought to the disk ([`Durable`]), and only then moved to a name that nobody has
//! ([`Durable::place`]). [`Folder::sync_directories`] makes the names survive a power failure. Nothing is removed by dropping a
//! value: a crash leaves exactly what a crash leaves, and the next run finishes it by its journal ([`reopen`],
//! [`Folder::discard`]).

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{Folder, FolderError, Kind};
use crate::fingerprint::{Fingerprint, Hasher};
use crate::item::Stamp;
use crate::library::Readable;

const PART_START: &str = ".photobridge-";
const PART_END: &str = ".part";

/// Bytes of a clone that are read at once.
const PIECE: usize = 256 * 1024;

/// Random letters and digits of a part's name.
const PART_RANDOM: usize = 24;

/// A new name for a file that is being written, as our scan and every sync client's passes it over.
pub fn part_name() -> String {
    let random: String = std::iter::repeat_with(|| fastrand::char('a'..='z')).take(PART_RANDOM).collect();
    format!("{PART_START}{random}{PART_END}")
}

/// Whether [`part_name`] makes such names.
pub fn is_part_name(name: &str) -> bool {
    let random = name.strip_prefix(PART_START).and_then(|name| name.strip_suffix(PART_END));
    random.is_some_and(|random| random.len() == PART_RANDOM && random.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// Why a file was not placed. Whatever the reason, nothing that was in the folder before has changed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Something else has the name.
    #[error(
        "{} appeared while it was being exported and is not the same file. It was left as it is; the next sync \
         exports the photo under another name", .0.display()
    )]
    Taken(PathBuf),
    /// No room is left; going on would fail for every other file too.
    #[error("there is no space left for {}. No incomplete file was left behind. Free some space, then sync again", .0.display())]
    DiskFull(PathBuf),
    /// The folder, or its disk, must not be written.
    #[error(
        "{} cannot be written to ({why}). Nothing was changed there. Check the rights of the folder, and whether its \
         disk is read-only", .path.display()
    )]
    Refused {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        why: String,
    },
    /// A link on the way leads elsewhere.
    #[error(
        "{} is a link that leads elsewhere. Nothing was written there. Replace the link by a folder, or choose what it \
         leads to as the folder", .0.display()
    )]
    Leaves(PathBuf),
    /// A file lies where a directory should be.
    #[error("{} is not a folder, so nothing can be exported into it. It was left as it is; move it away", .0.display())]
    InTheWay(PathBuf),
    /// The bytes are not those that were announced.
    #[error(
        "the library's file for {} is not the one that the library describes: {why}. It was not exported, and the \
         library was not changed. It may be damaged: open the photo and look, and keep every other copy", .path.display()
    )]
    Differs {
        /// The file that it was written to, now gone.
        path: PathBuf,
        /// What differs.
        why: String,
    },
    /// A name that is not a part's of ours, where one was asked for.
    #[error("{} is not one of our half-written files and was left as it is", .0.display())]
    NotOurs(PathBuf),
    /// Anything else.
    #[error("{} could not be written: {why}. Nothing else was changed; the next sync tries again", .path.display())]
    Failed {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        why: String,
    },
}

impl PlaceError {
    /// What it means for a path below a folder that the folder does not do what it was asked for there.
    pub fn of(folder: &dyn Folder, path: &Path, error: FolderError) -> Self {
        let whole = |path: &Path| folder.place().join(path);
        match error {
            FolderError::NoRoom => Self::DiskFull(whole(path)),
            FolderError::Refused(why) => Self::Refused { path: whole(path), why },
            FolderError::Taken => Self::Taken(whole(path)),
            FolderError::Leaves(at) => Self::Leaves(whole(&at)),
            FolderError::InTheWay(at) => Self::InTheWay(whole(&at)),
            FolderError::NotOurs => Self::NotOurs(whole(path)),
            FolderError::Gone | FolderError::Retry(_) | FolderError::Permanent(_) => {
                Self::Failed { path: whole(path), why: error.to_string() }
            }
        }
    }
}

/// A file that is not under its name yet.
struct Half<'a> {
    folder: &'a dyn Folder,
    part: Box<dyn super::Part>,
    /// The path below the folder that it is to have.
    target: PathBuf,
}

impl Half<'_> {
    fn failed(&self, error: FolderError) -> PlaceError {
        PlaceError::of(self.folder, &self.target, error)
    }

    /// Gives up, for this reason.
    fn discarded(self, error: PlaceError) -> PlaceError {
        self.part.discard();
        error
    }
}

/// A file that is being written. Takes bytes through [`Write`] and fingerprints them on their way.
pub struct Part<'a> {
    half: Half<'a>,
    hasher: Hasher,
}

impl<'a> Part<'a> {
    /// Begins the file `target` below the folder, under the name `part` beside it, made by [`part_name`].
    pub fn create(folder: &'a dyn Folder, target: &Path, part: &str) -> Result<Self, PlaceError> {
        let begun = folder.begin(parent(target), part).map_err(|error| PlaceError::of(folder, target, error))?;
        Ok(Self { half: Half { folder, part: begun, target: target.to_owned() }, hasher: Hasher::new() })
    }

    /// Bytes written so far.
    pub fn length(&self) -> u64 {
        self.hasher.length()
    }

    /// Becomes, as long as it is empty, a clone of a file of this computer, which is to be read back. `false` where it cannot, or
    /// there is no such file; that is not looked for where no clone can be made.
    pub fn clone_of(&mut self, file: impl FnOnce() -> Option<OwnedFd>) -> io::Result<bool> {
        match self.half.part.may_clone().then(file).flatten() {
            Some(file) => Ok(self.half.part.clone_of(file)?),
            None => Ok(false),
        }
    }

    /// Reads what it has since it became a clone, whatever became of the file meanwhile. `told` hears how many bytes there are
    /// in each piece, and may end it.
    pub fn read_back(&mut self, told: &mut dyn FnMut(u64) -> io::Result<()>) -> io::Result<()> {
        let mut clone = self.half.part.reader()?;
        let mut piece = vec![0; PIECE];
        loop {
            match clone.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(n) => {
                    self.hasher.update(&piece[..n]);
                    told(n as u64)?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What it means for this file that bytes could not be written.
    pub fn failed(&self, error: io::Error) -> PlaceError {
        self.half.failed(error.into())
    }

    /// Ends the writing: checks that these are the bytes that were announced, and dates the file. Where they are not it
    /// is removed. Nothing is brought to the disk yet.
    pub fn finish(
        self,
        expected: Option<Fingerprint>,
        expected_size: Option<u64>,
        taken: Option<Timestamp>,
    ) -> Result<Written<'a>, PlaceError> {
        let Self { mut half, hasher } = self;
        let (size, fingerprint) = (hasher.length(), hasher.finish());
        if let Some(why) = differs((expected, expected_size), (fingerprint, size)) {
            let path = half.folder.place().join(&half.target);
            return Err(half.discarded(PlaceError::Differs { path, why }));
        }
        match half.part.finish(fingerprint, taken) {
            Ok(()) => Ok(Written { half, fingerprint, size }),
            Err(error) => Err(half.failed(error)).map_err(|error| half.discarded(error)),
        }
    }

    /// Gives up: removes what was written.
    pub fn abandon(self) {
        self.half.part.discard();
    }
}

/// How bytes, and their number, differ from those that were announced, as far as these are known.
pub fn differs(
    (expected, expected_size): (Option<Fingerprint>, Option<u64>),
    (fingerprint, size): (Fingerprint, u64),
) -> Option<String> {
    match (expected_size, expected) {
        (Some(expected), _) if expected != size => Some(format!("it has {size} bytes instead of {expected}")),
        (_, Some(expected)) if expected != fingerprint => Some("its content has changed".to_owned()),
        _ => None,
    }
}

impl Write for Part<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.half.part.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.half.part.flush()
    }
}

/// A part with all of its bytes, some of which may be only in memory.
pub struct Written<'a> {
    half: Half<'a>,
    fingerprint: Fingerprint,
    size: u64,
}

impl<'a> Written<'a> {
    /// Brings the bytes to the disk. Slow, and best done for many files at once.
    pub fn sync(mut self) -> Result<Durable<'a>, PlaceError> {
        match self.half.part.sync() {
            Ok(()) => Ok(Durable(self)),
            Err(error) => Err(self.half.failed(error)).map_err(|error| self.half.discarded(error)),
        }
    }

    /// Its bytes, to be read from the first one.
    pub fn reader(&mut self) -> Result<Box<dyn Readable + '_>, FolderError> {
        self.half.part.reader()
    }

    /// Its state in the folder.
    pub fn stamp(&self) -> Result<Stamp, FolderError> {
        self.half.part.stamp()
    }

    /// The fingerprint of its bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }
}

/// A part whose bytes are on the disk.
pub struct Durable<'a>(Written<'a>);

/// How a file came to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// It was moved there.
    Moved,
    /// The same bytes lay there already: they were left, and ours were removed.
    Adopted,
}

impl Durable<'_> {
    /// Whether something else than these bytes has its name.
    pub fn is_kept_out(&self) -> bool {
        let Half { folder, target, .. } = &self.0.half;
        !matches!(folder.stat(target), Err(FolderError::Gone)) && !self.lies_there()
    }

    /// Gives up: removes what was written.
    pub fn abandon(self) {
        self.0.half.part.discard();
    }

    /// Gives the part its name, unless anything has that name. Either way no part is left.
    pub fn place(self) -> Result<Placed, PlaceError> {
        self.place_and_see().map(|(placed, _)| placed)
    }

    /// The same, with the state under its name where that is another than the part's and known to be of these bytes.
    pub fn place_and_see(mut self) -> Result<(Placed, Option<Stamp>), PlaceError> {
        let half = &mut self.0.half;
        match half.part.name(half.target.file_name().unwrap_or_default()) {
            Ok(()) => Ok((Placed::Moved, half.part.arrived())),
            Err(error) => {
                let placed = match error {
                    FolderError::Taken if self.lies_there() => Ok((Placed::Adopted, None)),
                    error => Err(self.0.half.failed(error)),
                };
                self.0.half.part.discard();
                placed
            }
        }
    }

    /// Whether a plain file with the same bytes has its name. One that cannot be read counts as another file.
    fn lies_there(&self) -> bool {
        let Half { folder, target, .. } = &self.0.half;
        let found = folder.stat(target);
        found.is_ok_and(|(kind, state)| kind == Kind::File && state.stamp.size == self.0.size)
            && holds(*folder, target, self.0.fingerprint)
    }
}

/// Whether a plain file with these bytes lies at a path; one that cannot be read has others.
pub fn holds(folder: &dyn Folder, path: &Path, bytes: Fingerprint) -> bool {
    let read = folder.open(path).map_err(io::Error::from).and_then(Fingerprint::of_reader);
    read.is_ok_and(|(found, _)| found == bytes)
}

/// After a crash: takes up the part of a target by the name in the journal. It is dated again, as the crash may have come
/// between. `None` where it is gone; where it does not hold the expected bytes it is removed first.
pub fn reopen<'a>(
    folder: &'a dyn Folder,
    target: &Path,
    part: &str,
    expected: Fingerprint,
    taken: Option<Timestamp>,
) -> Result<Option<Written<'a>>, PlaceError> {
    let failed = |error| PlaceError::of(folder, target, error);
    let Some(mut reopened) = folder.reopen(parent(target), part).map_err(failed)? else { return Ok(None) };
    let read = reopened.reader().map_err(io::Error::from).and_then(Fingerprint::of_reader);
    let (fingerprint, size) = read.map_err(|error| failed(error.into()))?;
    if fingerprint != expected {
        drop(reopened);
        folder.discard(parent(target), part).map_err(failed)?;
        return Ok(None);
    }
    reopened.finish(fingerprint, taken).map_err(failed)?;
    let half = Half { folder, part: reopened, target: target.to_owned() };
    Ok(Some(Written { half, fingerprint, size }))
}

fn parent(target: &Path) -> &Path {
    target.parent().unwrap_or(Path::new(""))
}
