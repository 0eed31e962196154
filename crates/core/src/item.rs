//! The folder side's nouns: file and item.

use std::ffi::OsStr;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::asset::{Location, MediaKind, ResourceRole};
use crate::capture::{CaptureSource, CaptureTime};
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

    /// The state that `metadata` shows.
    pub fn of(metadata: &Metadata) -> Self {
        let nanoseconds = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            size: metadata.len(),
            mtime: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            ctime: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }
}

/// What a file says of itself, read from its first bytes (and, for movies, its index).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Header {
    /// Capture time and where it was read.
    pub captured: Option<(CaptureTime, CaptureSource)>,
    /// Width and height in pixels as stored, orientation not applied.
    pub pixels: Option<(u32, u32)>,
    /// How it lies: EXIF's number from 1 to 8, where the file says it. Of a movie 1 or 6: whether it is shown upright.
    pub orientation: Option<u8>,
    /// Make and model, see [`camera_name`].
    pub camera: Option<Arc<str>>,
    /// What ties the halves of a Live Photo together: tag 0x11 of Apple's MakerNote in the still,
    /// `com.apple.quicktime.content.identifier` in the movie.
    pub content_identifier: Option<Box<str>>,
    /// Length of a movie in milliseconds.
    pub duration_ms: Option<u32>,
    /// Where it was taken.
    pub location: Option<Location>,
    /// Why its own container says that the file should be longer; absent for a whole file.
    pub truncated: Option<Box<str>>,
    /// Whether its first bytes are those of no picture or movie, whatever its name says.
    pub not_a_photo: bool,
}

impl Header {
    /// What the file's own bytes say against it: that it is no photo, or not all of one.
    pub fn flaw(&self) -> Option<Reason> {
        match self.not_a_photo {
            true => Some(Reason::NotAPhoto),
            false => self.truncated.is_some().then_some(Reason::Truncated),
        }
    }

    /// Whether an Apple device made the file.
    pub fn is_from_apple(&self) -> bool {
        self.camera.as_deref().is_some_and(|camera| camera.starts_with("Apple"))
    }
}

/// One name for a camera from EXIF's Make and Model: trimmed, the maker not said twice
/// (`Canon` + `Canon EOS 40D` is `Canon EOS 40D`). `None` where both are empty.
pub fn camera_name(make: Option<&str>, model: Option<&str>) -> Option<Arc<str>> {
    let is_blank = |c: char| c.is_whitespace() || c == '\0';
    let [make, model] = [make, model].map(|text| text.unwrap_or("").trim_matches(is_blank));
    let name = if begins_with(model, make) { model.to_owned() } else { format!("{make} {model}") };
    let name = name.trim();
    (!name.is_empty()).then(|| name.into())
}

/// Whether a text begins with another one, whatever the case.
fn begins_with(text: &str, start: &str) -> bool {
    match text.is_ascii() && start.is_ascii() {
        true => text.get(..start.len()).is_some_and(|first| first.eq_ignore_ascii_case(start)),
        false => text.to_lowercase().starts_with(&start.to_lowercase()),
    }
}

/// The cameras seen so far. Whoever reads many photos asks here, so that the photos of one camera share its name.
#[derive(Debug, Default)]
pub struct Cameras(FxHashSet<Arc<str>>);

impl Cameras {
    /// The name, in its one place.
    pub fn shared(&mut self, name: Arc<str>) -> Arc<str> {
        match self.0.get(&name) {
            Some(known) => Arc::clone(known),
            None => {
                self.0.insert(Arc::clone(&name));
                name
            }
        }
    }
}

/// Why a file cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exclusion {
    /// By the globs or kinds of the settings.
    Filter,
    /// A `.nomedia` lies in its directory, or in one above it: Android's word for what belongs in no gallery.
    NoMedia,
}

/// One file of an item.
#[derive(Debug, Clone, PartialEq)]
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

    /// What its own bytes say against it: that it is no photo, or not all of one.
    pub fn flaw(&self) -> Option<Reason> {
        self.header.as_ref().and_then(|header| header.flaw())
    }

    /// Whether its bytes can be read and are worth it. What Photos does not take may still be an export.
    pub fn is_readable(&self) -> bool {
        matches!(self.trouble, None | Some(Trouble::Unsupported))
    }
}

/// One thing in the folder: a primary file and what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The folder it lies in.
    pub folder: FolderId,
    /// Photo or video.
    pub kind: MediaKind,
    /// The primary file first, its companions in the order of their roles.
    pub files: Vec<ItemFile>,
    /// A Nextcloud conflict copy: offered, but worth a look.
    pub conflict_copy: bool,
}

impl Item {
    /// The file that stands for the item.
    pub fn primary(&self) -> &ItemFile {
        &self.files[0]
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

    /// The file with this role.
    pub fn file(&self, role: ResourceRole) -> Option<&ItemFile> {
        self.files.iter().find(|file| file.role == role)
    }

    /// The size of all its files in bytes.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.stamp.size).sum()
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path().display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_named_once() {
        assert_eq!(camera_name(Some("Canon"), Some("Canon EOS 40D")).as_deref(), Some("Canon EOS 40D"));
        assert_eq!(camera_name(Some("Apple"), Some("iPhone 13 Pro Max")).as_deref(), Some("Apple iPhone 13 Pro Max"));
        assert_eq!(camera_name(Some("NIKON CORPORATION\0"), Some("  ")).as_deref(), Some("NIKON CORPORATION"));
        assert_eq!(camera_name(None, Some("")), None);
    }
}
