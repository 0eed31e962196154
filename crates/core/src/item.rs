//! The folder side's nouns: file and item.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use photobridge_media as media;
use photobridge_media::capture::{CaptureSource, CaptureTime};
use photobridge_media::header::Header;
use photobridge_media::takeout::{Photo, Takeout};
use serde::{Deserialize, Serialize};

use crate::asset::{MediaKind, ResourceRole};
use crate::fingerprint::Fingerprint;
use crate::reason::Reason;

/// The ledger's number for a folder; its path is only an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FolderId(pub i64);

/// What tells one state of a file from the next without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stamp {
    /// Length in bytes.
    pub size: u64,
    /// Modification time, nanoseconds since 1970.
    pub mtime: i64,
    /// Time of the last change of the inode, nanoseconds since 1970.
    pub ctime: i64,
    /// Inode number.
    pub inode: u64,
}

impl Stamp {
    /// Whether size and time of modification are the same, as closely as every disk keeps them: FAT keeps every other
    /// second, and only once it was mounted anew.
    pub fn is_near(&self, other: &Self) -> bool {
        self.size == other.size && self.mtime.abs_diff(other.mtime) <= 2_000_000_000
    }

    /// The state that a system tells of a file.
    pub fn of(metadata: &impl MetadataExt) -> Self {
        let nanoseconds = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            size: metadata.size(),
            mtime: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// Why a file cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Reading failed; in words for people.
    Unreadable(Box<str>),
    /// Changed a moment ago, empty, or under a sync client's temporary name: somebody is still writing it.
    Settling,
    /// A sync client's stand-in: the bytes are not on this disk.
    OnlineOnly,
    /// A kind that Photos does not take.
    Unsupported,
}

/// Why a file is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// By the globs or kinds of the settings.
    Filter,
    /// A `.nomedia` lies in its directory, or in one above it: Android's word for what belongs in no gallery.
    NoMedia,
}

/// One file of an item.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct ItemFile {
    /// What it is to its item.
    pub role: ResourceRole,
    /// Its path below its folder.
    pub path: PathBuf,
    /// Its state when it was scanned.
    pub stamp: Stamp,
    /// What it says of itself; absent for sidecars and files that could not be read.
    pub header: Option<Box<Header>>,
    /// What stands in its way, if anything.
    pub trouble: Option<Trouble>,
    /// Why it is left out, if it is.
    pub excluded: Option<Exclusion>,
}

impl ItemFile {
    /// The file's name.
    pub fn name(&self) -> &OsStr {
        self.path.file_name().unwrap_or_default()
    }

    /// Whether this sidecar is by its name of another file than this one: `IMG_1.JPG.xmp` says nothing of `IMG_1.CR2`.
    pub fn describes_another(&self, file: &Self) -> bool {
        let described = Path::new(self.name()).file_stem().map(Path::new);
        described
            .is_some_and(|name| media::kind_of(name).is_some() && !name.as_os_str().eq_ignore_ascii_case(file.name()))
    }

    /// What its own bytes say against it: that it is no photo, or not all of one.
    pub fn flaw(&self) -> Option<Reason> {
        self.header.as_ref().and_then(|header| header.flaw()).map(Reason::from)
    }

    /// Its header as the cache keeps it: without a time that the name or the file system told.
    pub fn header_in_the_bytes(&self) -> Option<Box<Header>> {
        let mut header = self.header.clone()?;
        header.captured = header.captured.filter(|(_, source)| source.is_in_the_bytes());
        Some(header)
    }

    /// Whether its bytes can be read and are worth it. What Photos does not take may still be an export.
    pub fn is_readable(&self) -> bool {
        matches!(self.trouble, None | Some(Trouble::Unsupported))
    }
}

/// One thing in the folder: a primary file and what belongs to it.
#[derive(Debug, Clone, PartialEq, Hash)]
pub struct Item {
    /// The folder it lies in.
    pub folder: FolderId,
    /// Photo or video.
    pub kind: MediaKind,
    /// The primary file first, its companions in the order of their roles.
    pub files: Vec<ItemFile>,
    /// A Nextcloud conflict copy: offered, but worth a look.
    pub conflict_copy: bool,
    /// What the archive in which it came says of it.
    pub archived: Option<Box<Archived>>,
}

impl Item {
    /// The file that stands for the item.
    pub fn primary(&self) -> &ItemFile {
        &self.files[0]
    }

    /// The position of the companion of which this sidecar is by its name: `IMG_1.CR2.xmp` of `IMG_1.CR2` beside a JPEG.
    pub fn described_by(&self, sidecar: &ItemFile) -> Option<u16> {
        let described = Path::new(sidecar.name()).file_stem()?;
        let is_it = |file: &ItemFile| file.role.is_original() && file.name().eq_ignore_ascii_case(described);
        self.files.iter().skip(1).position(is_it).map(|at| at as u16 + 1)
    }

    /// The path of the primary file below its folder.
    pub fn path(&self) -> &Path {
        &self.primary().path
    }

    /// What the primary file says of itself.
    pub fn header(&self) -> Option<&Header> {
        self.primary().header.as_deref()
    }

    /// The capture time of the primary file.
    pub fn captured(&self) -> Option<CaptureTime> {
        self.header()?.captured.map(|(time, _)| time)
    }

    /// When a file of this item was taken, and who says so: a person beside it, then a person in it, then the camera. What is
    /// the same shot is asked of the camera alone, since people change dates.
    pub fn taken(&self, file: &ItemFile) -> Option<(CaptureTime, CaptureSource)> {
        let header = file.header.as_deref()?;
        let beside = self.words().and_then(|sidecar| sidecar.header.as_deref()?.captured);
        let beside = beside.map(|(time, _)| (time, CaptureSource::Sidecar));
        let told = self.archived.as_deref().and_then(Archived::photo);
        let camera = match told {
            Some(photo) => photo.date(header.captured),
            None => header.captured,
        };
        let Some(camera) = camera else { return beside };
        let person = beside.or(header.corrected.map(|time| (time, CaptureSource::Xmp)));
        Some(person.filter(|(time, _)| CaptureTime::better_of(*time, camera.0) == *time).unwrap_or(camera))
    }

    /// What decides whether a library takes a file of this item.
    pub fn format(&self, file: &ItemFile) -> Format {
        Format::of(&file.path, self.header().and_then(|header| header.camera.as_deref()))
    }

    /// The file with this role.
    pub fn file(&self, role: ResourceRole) -> Option<&ItemFile> {
        self.files.iter().find(|file| file.role == role)
    }

    /// The sidecar with words about it, if the settings do not leave that out.
    pub fn words(&self) -> Option<&ItemFile> {
        self.file(ResourceRole::Sidecar).filter(|sidecar| sidecar.excluded.is_none())
    }

    /// The size of all its files in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.stamp.size).sum()
    }
}

/// What decides whether a library takes a file: how its name ends, and the camera, as each has a RAW of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Format {
    /// The ending of its name, in small letters.
    pub ending: Box<str>,
    /// Make and model of the camera, where the photo tells them.
    pub camera: Option<Box<str>>,
}

impl Format {
    /// The format of a file with this name, of a photo of this camera.
    pub fn of(name: &Path, camera: Option<&str>) -> Self {
        let ending = name.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        Self { ending: ending.into(), camera: camera.map(Into::into) }
    }
}

/// What the archive of a service in which a photo came says of it.
#[derive(Debug, Clone, PartialEq, Hash, Default)]
pub struct Archived {
    /// What is told of it.
    pub photo: Option<Arc<Takeout>>,
    /// The title of the album in whose directory it lies.
    pub album: Option<Arc<Takeout>>,
    /// Others in its directory are told of, and of it there is no file yet, not even a damaged one: another part of the
    /// archive may bring it.
    pub is_awaited: bool,
    /// When the newest part of the archive came, where it is told: others may be on their way.
    pub newest_part: Option<Timestamp>,
}

impl Archived {
    /// It was thrown away where its archive was made; nothing else is told of it.
    pub fn thrown_away() -> Self {
        let photo = Photo { trashed: true, ..Photo::default() };
        Self { photo: Some(Arc::new(Takeout::Photo(photo))), ..Self::default() }
    }

    /// What is told of the photo.
    pub fn photo(&self) -> Option<&Photo> {
        match self.photo.as_deref() {
            Some(Takeout::Photo(photo)) => Some(photo),
            _ => None,
        }
    }

    /// The title of its album.
    pub fn album(&self) -> Option<&str> {
        match self.album.as_deref() {
            Some(Takeout::Album(title)) => Some(title),
            _ => None,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path().display())
    }
}

/// A file of an item: positions in the list of items and in its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileRef {
    /// Position of the item.
    pub item: u32,
    /// Position of the file within it.
    pub file: u16,
}

/// What is known of one file in one state.
#[derive(Debug, Clone, PartialEq)]
pub struct CachedFact {
    /// Its path below its folder.
    pub path: PathBuf,
    /// The state of which this was read.
    pub stamp: Stamp,
    /// Its fingerprint, if its bytes were read.
    pub fingerprint: Option<Fingerprint>,
    /// Its header, if that was read.
    pub header: Option<Box<Header>>,
    /// A sample of its bytes, on a disk where one is needed to know it again.
    pub sample: Option<i64>,
}

impl CachedFact {
    /// Whether it was read of another state of the file at this path: then only the sample tells whether it is the same.
    pub fn is_doubtful(&self, path: &Path, stamp: &Stamp) -> bool {
        self.path == path && self.stamp != *stamp
    }
}
