//! The one boundary to photo libraries.
//!
//! Three implementations stand behind it (the `libraries` crate); each passes the same conformance suite. Calls block;
//! long ones take a [`Cancel`] and a [`Progress`].

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use photobridge_media::capture::CaptureTime;
use photobridge_media::details::Details;

use crate::asset::{Asset, AssetId, MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::item::{Format, Stamp};
use crate::progress::{Cancel, Progress};
use crate::telling::Telling;

/// What kind of library this is and what can be expected of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Properties {
    /// Assets can be imported.
    pub writable: bool,
    /// Assets can be removed for good: only a library of our own lets us.
    pub removes: bool,
    /// Bytes that are only in iCloud can be fetched.
    pub fetches: bool,
    /// A snapshot brings stored fingerprints.
    pub fingerprints: bool,
    /// A snapshot shows hidden assets, as far as that can be told.
    pub sees_hidden: bool,
    /// A snapshot shows assets in Recently Deleted.
    pub sees_trashed: bool,
    /// iCloud brings phones' photos into it.
    pub fed_by_icloud: bool,
    /// What came late can become a part of the photo to which it belongs: a file, and what is told of it.
    pub joins: bool,
    /// Many assets are imported as one change, which costs hardly more than one.
    pub at_once: bool,
}

/// Which library this is: the same one keeps its identity when it is moved, and also when it is rebuilt in place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// What the library calls itself, where it does (`Z_METADATA.Z_UUID`).
    pub uuid: Option<String>,
    /// Where it lies, or a name for the system's own.
    pub path: PathBuf,
}

/// What a library says of itself, for people; nothing is decided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Whose it is and what may be done with it, in a few words.
    pub kind: &'static str,
    /// The version of Apple's tables (`PLModelVersion`), where they say it.
    pub model_version: Option<u64>,
}

impl Default for About {
    fn default() -> Self {
        Self { kind: "a photo library", model_version: None }
    }
}

/// An album, or a shared one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Album {
    /// Its identifier in the library.
    pub id: Box<str>,
    /// Its title.
    pub title: String,
    /// Titles of the folders it lies in, outermost first.
    pub folders: Vec<String>,
    /// Whether it is shared with others.
    pub shared: bool,
}

/// What a library held at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Every asset, oldest added first; hidden, trashed and shared ones too, where the library shows them.
    pub assets: Vec<Asset>,
    /// Every album that is not trashed.
    pub albums: Vec<Album>,
    /// What could not be read, in words for people; the rest is complete.
    pub warnings: Vec<String>,
    /// Formats of which it refused a file, as far as it would do so again.
    pub refuses: BTreeSet<Format>,
}

/// A file to import.
#[derive(Debug, Clone, Copy)]
pub struct NewResource<'a> {
    /// What it is to the new asset.
    pub role: ResourceRole,
    /// Where to read it.
    pub file: &'a Path,
    /// The name it keeps as its original name.
    pub name: &'a str,
    /// The state in which it was planned.
    pub stamp: Stamp,
    /// It was made for this import, and nobody needs it afterwards: a library may take the file itself.
    pub is_spare: bool,
}

impl NewResource<'_> {
    /// Whether the file, which is `now` as the system says, is still in the state in which it was planned. To be asked after
    /// its bytes were read and before anything is committed, so that no half-changed file gets in.
    pub fn is_unchanged(&self, now: &impl MetadataExt) -> bool {
        Stamp::of(now) == self.stamp
    }
}

/// An asset to import.
#[derive(Debug, Clone)]
pub struct NewAsset<'a> {
    /// Photo or video.
    pub kind: MediaKind,
    /// Its files, the primary one first.
    pub resources: Vec<NewResource<'a>>,
    /// When it was taken.
    pub captured: Option<CaptureTime>,
    /// What the primary file says of that; a person may say otherwise.
    pub written: Option<CaptureTime>,
    /// Width and height of the primary file in pixels.
    pub pixels: Option<(u32, u32)>,
    /// How the primary file lies, see [`photobridge_media::header::Header::orientation`].
    pub orientation: Option<u8>,
    /// Make and model of the camera.
    pub camera: Option<&'a str>,
    /// Length in milliseconds, of a video.
    pub duration_ms: Option<u32>,
    /// Title, keywords and the like.
    pub details: Details,
    /// Albums to put it into, from [`Library::ensure_album`].
    pub albums: &'a [Box<str>],
    /// When it is added: the run's clock.
    pub added: Timestamp,
}

/// What an import brought in, for confirmation against what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The new asset.
    pub id: AssetId,
    /// What was read of each file, in the order in which they were given.
    pub fingerprints: Vec<Fingerprint>,
}

/// Why a library cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// It is not there.
    #[error("the photo library {} is not there. Nothing was changed. Check that its disk is connected", .0.display())]
    Missing(PathBuf),
    /// It is there, but not as a library that this program reads: a look at its place shows that.
    #[error("{} cannot be read as a photo library: {why}. Nothing was changed", .path.display())]
    Unusable {
        /// The library.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// Its photos cannot be read, which shows only once it is opened.
    #[error("the photo library {} cannot be read: {why}. Nothing was changed", .path.display())]
    Unreadable {
        /// The library.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// It must not be written.
    #[error("the photo library {} is read-only", .0.display())]
    ReadOnly(PathBuf),
    /// Another process writes it.
    #[error("the photo library {} is in use by another Photobridge", .0.display())]
    Busy(PathBuf),
    /// Another process added to it after it was listed.
    #[error(
        "another Photobridge added to the photo library {} since it was listed. Nothing was brought in by the older \
         list; the next sync checks again", .0.display()
    )]
    Grown(PathBuf),
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The file system or the database failed.
    #[error("{what}: {source}")]
    Failed {
        /// What was tried.
        what: String,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LibraryError {
    /// Wraps a cause with what was tried, for `map_err`.
    pub fn failed<E: Into<Box<dyn std::error::Error + Send + Sync>>>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let what = what.into();
        move |source| Self::Failed { what, source: source.into() }
    }
}

/// Why one item was not imported. Others are not affected.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The library refuses this item.
    #[error("the library refused it: {0}")]
    Refused(String),
    /// The library takes no file of this format, whichever it is.
    #[error("the library does not accept .{} files{}: {why}", .format.ending, of_camera(.format))]
    NotTaken {
        /// The format.
        format: Format,
        /// What it says.
        why: String,
    },
    /// A file of the item could not be read.
    #[error("{} could not be read: {source}", .path.display())]
    Source {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// A file of the item changed since it was planned.
    #[error("{} changed while it was being imported", .0.display())]
    Changed(PathBuf),
    /// No room is left where the library lies; going on would fail for every other item too.
    #[error("the disk of the library is full")]
    DiskFull,
    /// The library as a whole failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl ImportError {
    /// Whether going on would fail for every other item too.
    pub fn concerns_all(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Library(_))
    }
}

fn of_camera(format: &Format) -> String {
    format.camera.as_deref().map(|camera| format!(" from {camera}")).unwrap_or_default()
}

/// Who has assets imported, see [`Library::import_all`]. Each is named by its place among them.
pub trait Importer {
    /// Is told the prospective ids of assets before anything of them is committed. If that fails, none of them is imported.
    fn begin(&mut self, ids: &[(usize, AssetId)]) -> Result<(), LibraryError>;

    /// Whether an asset is to be carried, whose turn it is; if not, none that comes after it is.
    fn next(&mut self, asset: usize) -> bool;
}

/// Why the bytes of a resource did not come.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// They are not on this disk and the library does not fetch.
    #[error("the file is not on this disk")]
    NotHere,
    /// They may come on another try.
    #[error("the file could not be fetched: {0}")]
    Retry(String),
    /// There is no room to fetch them.
    #[error("the disk is full")]
    DiskFull,
    /// They will not come.
    #[error("{0}")]
    Permanent(String),
}

/// A file that can be read at any place.
pub trait Readable: Read + Seek + Send {}

impl<T: Read + Seek + Send> Readable for T {}

/// A photo library.
pub trait Library: Send {
    /// What can be expected of it.
    fn properties(&self) -> Properties;

    /// Which one it is.
    fn identity(&self) -> Identity;

    /// What it says of itself, for people.
    fn about(&self) -> About {
        About::default()
    }

    /// Everything it holds. Changes nothing, also where the library does not exist yet.
    fn snapshot(&mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Snapshot, LibraryError>;

    /// One asset as it stands now, or `None` where there is no such asset.
    fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>, LibraryError>;

    /// Several assets as they stand now, in the order in which they are asked for.
    fn assets(&mut self, ids: &[AssetId]) -> Result<Vec<Option<Asset>>, LibraryError> {
        ids.iter().map(|id| self.asset(id)).collect()
    }

    /// Streams the bytes of a resource into `sink`; returns their number.
    fn read(
        &mut self,
        asset: &Asset,
        role: ResourceRole,
        sink: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, ReadError>;

    /// Opens a still picture of what the library shows for an asset, edits included: the smallest that it keeps of about
    /// 300 pixels a side or more, else the still itself, in whatever format that is. `None` where it has none on this
    /// disk, as of a video without a poster; an id that it does not know has none either. Reads nothing but names and
    /// rows, fetches nothing and changes nothing. What was opened stays readable without the library.
    fn picture(&mut self, id: &AssetId) -> Result<Option<Box<dyn Readable>>, ReadError>;

    /// Opens a file of an asset, to be read in any order; [`ReadError::NotHere`] where it is not on this disk. Fetches
    /// nothing and changes nothing, and what was opened stays readable without the library. A library whose files lie in no
    /// memory opens them itself.
    fn open(&mut self, asset: &Asset, role: ResourceRole) -> Result<Box<dyn Readable>, ReadError> {
        let mut bytes = Vec::new();
        self.read(asset, role, &mut bytes, &Cancel::new())?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    /// The open file of this computer that holds the bytes of a resource as they are, where one does: a disk may clone it.
    fn file(&mut self, asset: &Asset, role: ResourceRole) -> Option<OwnedFd> {
        let _ = (asset, role);
        None
    }

    /// The album with this title, made if there is none.
    fn ensure_album(&mut self, title: &str) -> Result<Box<str>, LibraryError>;

    /// Puts assets into an album, from [`Library::ensure_album`]; what is in it already stays once. Ids that the library
    /// does not know are passed over.
    fn add_to_album(&mut self, album: &str, assets: &[AssetId]) -> Result<(), LibraryError>;

    /// Removes an asset and its files for good, whatever stops it half-way. Only a library that [`Properties::removes`]
    /// does; every other refuses, since only its own program may delete. An id that it does not know is no error.
    fn remove(&mut self, asset: &AssetId) -> Result<(), LibraryError> {
        let refused = format!("removing the photo {asset}");
        Err(LibraryError::failed(refused)("only the library's own program deletes in it. Nothing was changed"))
    }

    /// Finishes what a process that died left half done in it, as the files of a photo whose rows are gone. Writes nothing where
    /// nothing is left. A library that is another program's has nothing of that kind.
    fn recover(&mut self) -> Result<(), LibraryError> {
        Ok(())
    }

    /// Imports one asset as one change: all of it or nothing.
    ///
    /// Calls `on_id` with the prospective id before anything is committed; if that fails, nothing is imported.
    fn import(
        &mut self,
        asset: &NewAsset<'_>,
        on_id: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
    ) -> Result<Imported, ImportError>;

    /// Imports several assets, each of them wholly or not at all: one that is refused costs no other.
    ///
    /// What became of each, in their order. The answers end with one that concerns all, or where the importer says so. Those
    /// without an answer were not imported; after [`ImportError::Library`] nobody knows.
    fn import_all(
        &mut self,
        assets: &[NewAsset<'_>],
        importer: &mut dyn Importer,
    ) -> Vec<Result<Imported, ImportError>> {
        let mut answers = Vec::with_capacity(assets.len());
        for (at, asset) in assets.iter().enumerate() {
            if !importer.next(at) {
                break;
            }
            let answer = self.import(asset, &mut |id| importer.begin(&[(at, id.clone())]));
            let is_last = answer.as_ref().is_err_and(ImportError::concerns_all);
            answers.push(answer);
            if is_last {
                break;
            }
        }
        answers
    }

    /// Makes a file that came after its photo a part of it: a RAW, or the movie of a Live Photo. All of it or nothing. The
    /// asset that had these bytes `alone` until then is one with the photo afterwards.
    ///
    /// Returns what was read of the file. A library that does not (see [`Properties::joins`]) refuses.
    fn join(
        &mut self,
        photo: &AssetId,
        file: &NewResource<'_>,
        alone: Option<&AssetId>,
    ) -> Result<Fingerprint, ImportError> {
        let _ = (photo, alone);
        Err(ImportError::Refused(format!("{} came after its photo, to which nothing can be added", file.name)))
    }

    /// Gives a photo what is told of it late, all or nothing, where it still has what it had, the date from before and
    /// nothing in the place of the rest, or has this already. Returns whether it has it now. A library that does not (see
    /// [`Properties::joins`]) refuses.
    fn tell_late(&mut self, photo: &AssetId, telling: &Telling) -> Result<bool, LibraryError> {
        let _ = telling;
        let refused = format!("telling the photo {photo} what came late");
        Err(LibraryError::failed(refused)("only the library's own program changes what it says of a photo"))
    }

    /// Takes back what [`Library::tell_late`] gave, as far as the photo still has that. Returns whether it had any of it.
    fn untell(&mut self, photo: &AssetId, telling: &Telling) -> Result<bool, LibraryError> {
        let _ = telling;
        let refused = format!("taking back what the photo {photo} was told");
        Err(LibraryError::failed(refused)("only the library's own program changes what it says of a photo"))
    }
}
