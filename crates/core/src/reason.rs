//! Why an item or an asset was not carried: the closed list that the command line, `--json` and the pages share.

use std::fmt;
use std::str::FromStr;

use photobridge_media::header::Flaw;
use serde::{Deserialize, Serialize};

/// Which way a photo goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// From the folder to the library: the verdict is on an item.
    Import,
    /// From the library to the folder: the verdict is on an asset.
    Export,
}

impl Way {
    /// The word that people and `--json-lines` read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Export => "export",
        }
    }
}

/// Why something was not carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Reason {
    /// The library holds these bytes.
    SameBytes,
    /// It was the same when it was last compared, or nothing speaks against it; the library's bytes cannot be had now.
    NotCompared,
    /// The library holds a picture of this size, capture time and name, whose bytes cannot be had for comparison.
    SameSizeTimeAndName,
    /// The library holds this picture; only what is written about it differs.
    SamePicture,
    /// The library holds the same shot, in another format or quality.
    SameShot,
    /// The folder holds these bytes twice; the other one is carried.
    SameBytesAs,
    /// By its name it is the edited version of a photo beside it, which goes or is there.
    EditedVersionOf,
    /// A person said so.
    LeftOut,
    /// It was never carried. The photo to which it belongs was, and stays out.
    ItsPhotoStaysOut,
    /// The settings leave it out.
    Excluded,
    /// It could not be read.
    Unreadable,
    /// It changed between plan and act.
    ChangedSincePlanned,
    /// It was carried before, and the library no longer holds it.
    DeletedInPhotos,
    /// The bytes at a known path changed, though it is the same picture.
    ChangedInFolder,
    /// The library holds only the beginning of it, from before the rest had arrived.
    Completed,
    /// The library's file has other bytes than the library wrote down of it, which these are.
    ChangedInLibrary,
    /// Somebody is still writing it.
    Settling,
    /// The bytes are not on this disk.
    OnlineOnly,
    /// The other half of a Live Photo has not arrived.
    OtherHalf,
    /// iCloud may be about to bring the same picture.
    AwaitingICloud,
    /// Others of its archive are told of in files beside them; its own has not arrived, and nothing else dates it.
    AwaitingWords,
    /// It was thrown away where its archive was made.
    ThrownAway,
    /// Its own container says that it should be longer.
    Truncated,
    /// Its first bytes are those of no picture or movie, whatever its name says.
    NotAPhoto,
    /// The other half of this Live Photo was imported without it.
    OtherHalfOfImported,
    /// A recipe of an edit, whose photo is in the library without it.
    RecipeOfKnown,
    /// Words about a photo that is in the library without them.
    WordsOfKnown,
    /// Photos does not take this kind.
    NotSupported,
    /// Photos refused a file of this format.
    Refused,
    /// The library cannot be written.
    ReadOnly,
    /// It came from the library.
    ExportedByUs,
    /// A run that carried it was undone.
    Undone,
    /// It came from the folder.
    ImportedByUs,
    /// It lies, or lay, in a folder that is not looked at.
    InAnotherFolder,
    /// It was carried before, and the folder no longer holds it.
    DeletedInFolder,
    /// It was added to the library before the baseline.
    BeforeBaseline,
    /// Its bytes are only in iCloud.
    OnlyInICloud,
    /// The library lists it and has lost its file.
    OriginalMissing,
    /// Its file lies outside the library and cannot be reached.
    ReferencedUnreachable,
    /// It is in the Hidden album.
    Hidden,
    /// It is in Recently Deleted.
    InTrash,
    /// It is in a shared album.
    SharedAlbum,
    /// Nobody picked this frame of a burst.
    UnpickedBurstFrame,
    /// The folder holds it without some of its files, which are not here.
    Incomplete,
    /// It was edited after it was exported.
    EditedSinceExport,
}

impl Reason {
    /// Every reason, in the order in which people read them.
    pub const ALL: [Self; 45] = [
        Self::SameBytes,
        Self::NotCompared,
        Self::SameSizeTimeAndName,
        Self::SamePicture,
        Self::SameShot,
        Self::SameBytesAs,
        Self::EditedVersionOf,
        Self::LeftOut,
        Self::ItsPhotoStaysOut,
        Self::Excluded,
        Self::Unreadable,
        Self::ChangedSincePlanned,
        Self::DeletedInPhotos,
        Self::ChangedInFolder,
        Self::Completed,
        Self::ChangedInLibrary,
        Self::Settling,
        Self::OnlineOnly,
        Self::OtherHalf,
        Self::AwaitingICloud,
        Self::AwaitingWords,
        Self::ThrownAway,
        Self::Truncated,
        Self::NotAPhoto,
        Self::OtherHalfOfImported,
        Self::RecipeOfKnown,
        Self::WordsOfKnown,
        Self::NotSupported,
        Self::Refused,
        Self::ReadOnly,
        Self::ExportedByUs,
        Self::Undone,
        Self::ImportedByUs,
        Self::InAnotherFolder,
        Self::DeletedInFolder,
        Self::BeforeBaseline,
        Self::OnlyInICloud,
        Self::OriginalMissing,
        Self::ReferencedUnreachable,
        Self::Hidden,
        Self::InTrash,
        Self::SharedAlbum,
        Self::UnpickedBurstFrame,
        Self::Incomplete,
        Self::EditedSinceExport,
    ];

    /// The words that people read, and that `--json` uses as keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameBytes => "same bytes",
            Self::NotCompared => "not compared",
            Self::SameSizeTimeAndName => "same size, time and name",
            Self::SamePicture => "same picture",
            Self::SameShot => "same shot",
            Self::SameBytesAs => "same bytes as",
            Self::EditedVersionOf => "edited version of",
            Self::LeftOut => "left out by you",
            Self::ItsPhotoStaysOut => "its photo stays out",
            Self::Excluded => "excluded by a filter",
            Self::Unreadable => "unreadable",
            Self::ChangedSincePlanned => "changed since planned",
            Self::DeletedInPhotos => "deleted in Photos",
            Self::ChangedInFolder => "changed in the folder",
            Self::Completed => "completed in the folder",
            Self::ChangedInLibrary => "changed in the library",
            Self::Settling => "waiting: settling",
            Self::OnlineOnly => "waiting: online only",
            Self::OtherHalf => "waiting: other half",
            Self::AwaitingICloud => "waiting: iCloud",
            Self::AwaitingWords => "waiting: its JSON",
            Self::ThrownAway => "in the archive's trash",
            Self::Truncated => "truncated",
            Self::NotAPhoto => "not a photo",
            Self::OtherHalfOfImported => "other half of an imported Live Photo",
            Self::RecipeOfKnown => "recipe of a photo in the library",
            Self::WordsOfKnown => "words about a photo in the library",
            Self::NotSupported => "not supported by Photos",
            Self::Refused => "refused by Photos",
            Self::ReadOnly => "library is read-only",
            Self::ExportedByUs => "exported by us",
            Self::Undone => "undone by you",
            Self::ImportedByUs => "imported by us",
            Self::InAnotherFolder => "in another folder",
            Self::DeletedInFolder => "deleted in the folder",
            Self::BeforeBaseline => "before the baseline",
            Self::OnlyInICloud => "only in iCloud",
            Self::OriginalMissing => "original missing from the library",
            Self::ReferencedUnreachable => "referenced file not reachable",
            Self::Hidden => "hidden",
            Self::InTrash => "in the trash",
            Self::SharedAlbum => "shared album",
            Self::UnpickedBurstFrame => "unpicked burst frame",
            Self::Incomplete => "incomplete",
            Self::EditedSinceExport => "edited since export",
        }
    }

    /// What that means on one way, and what happens next, in one line: of an asset the folder is the other side.
    pub fn explanation(self, way: Way) -> &'static str {
        match self {
            Self::SameBytes if way == Way::Export => "already in the folder",
            Self::SamePicture if way == Way::Export => "the folder already has this picture; only its metadata differs",
            Self::SameShot if way == Way::Export => "the folder already has this shot in another format or quality",
            Self::SameSizeTimeAndName if way == Way::Export => {
                "already in the folder by size, time and name; its file is not on this disk to compare"
            }
            Self::Completed if way == Way::Export => {
                "only the beginning of a file in the folder; once the complete file is imported, delete this one in Photos"
            }
            Self::NotCompared if way == Way::Export => {
                "the folder had this photo when the two were last compared; the library's own file is not on this disk now"
            }
            Self::ChangedInLibrary if way == Way::Export => {
                "the folder has the bytes that the library recorded for it; the library's own file has changed since"
            }
            Self::SameBytes => "already in the library",
            Self::NotCompared => "the library has this photo, or may have it; its file is not on this disk to compare",
            Self::SameSizeTimeAndName => {
                "already in the library by size, time and name; its file is not on this disk to compare"
            }
            Self::SamePicture => {
                "the library, or another file of the folder, has this picture; only its metadata differs"
            }
            Self::SameShot => "the library, or another file of the folder, has this shot in another format or quality",
            Self::SameBytesAs => "the folder has it twice; the other copy is imported",
            Self::EditedVersionOf => {
                "by its name, an edited version of a photo beside it; if you include it, it becomes a separate photo"
            }
            Self::LeftOut => "you excluded it",
            Self::ItsPhotoStaysOut if way == Way::Export => {
                "it was never in the folder, and its photo was deleted there or undone; if you include it, its photo goes, too"
            }
            Self::ItsPhotoStaysOut => {
                "it was never in the library, and its photo was deleted there or undone; if you include it, it becomes a separate video"
            }
            Self::Excluded => "your settings exclude it",
            Self::Unreadable => "the file could not be read",
            Self::ChangedSincePlanned => "it changed after the plan was made; the next sync checks it again",
            Self::DeletedInPhotos => "it was in the library, but is no longer there or is in its trash",
            Self::ChangedInFolder => "a known photo was edited in the folder; the library keeps the first version",
            Self::Completed => {
                "the library has only the beginning of this file; import the complete one, then delete that beginning in Photos"
            }
            Self::ChangedInLibrary => "the library recorded these bytes for a photo whose own file has changed since",
            Self::Settling => "still being copied, or empty; the next sync picks it up when it is complete",
            Self::OnlineOnly => "not downloaded: the sync client has only a placeholder on this disk",
            Self::OtherHalf => {
                "waiting for a companion file: up to a day for the other half of a Live Photo, ten minutes for a larger file"
            }
            Self::AwaitingICloud => "a new picture from an Apple device, which iCloud may deliver within a day",
            Self::AwaitingWords => {
                "waiting for the JSON file with its date, which may be in another part of the archive; if you include it now, it gets the file's date"
            }
            Self::ThrownAway => "it was in the trash when the archive was made",
            Self::Truncated => "the file in the folder is incomplete; nothing is copied until it is complete",
            Self::NotAPhoto => "not a picture or video; it may be a web page saved under this name",
            Self::OtherHalfOfImported => "the other half of this Live Photo was already imported on its own",
            Self::RecipeOfKnown => {
                "editing instructions (AAE) that arrived after their photo; nothing is added to a photo in the library"
            }
            Self::WordsOfKnown => {
                "a sidecar (XMP) that arrived after its photo, was changed since, or is beside a copy of it; its words are not added to a photo in the library"
            }
            Self::NotSupported => "Photos doesn't support this file type",
            Self::Refused => "Photos on this macOS refused a file of this kind; a newer macOS is asked again",
            Self::ReadOnly => "this library is read-only",
            Self::ExportedByUs => "it came from the library",
            Self::Undone => "you undid the sync that copied it",
            Self::ImportedByUs => "imported from this folder, or from one that is no longer set up",
            Self::InAnotherFolder => "it is, or was, in a folder, but in none that is set up now",
            Self::DeletedInFolder => "it was in the folder, but is no longer there",
            Self::BeforeBaseline => "added to the library before the baseline",
            Self::OnlyInICloud => "only in iCloud; it is exported once it is on this disk",
            Self::OriginalMissing if way == Way::Import => {
                "the library has lost its file of this photo: keep this one, it may be the last copy"
            }
            Self::OriginalMissing => "the library has lost its file",
            Self::ReferencedUnreachable => "its file is outside the library, on a disk that is not connected",
            Self::Hidden if way == Way::Import => {
                "it was hidden when the archive was made; if you include it, it becomes visible"
            }
            Self::Hidden => "it is in the Hidden album",
            Self::InTrash => "it is in Recently Deleted",
            Self::SharedAlbum => "it is in a shared album",
            Self::UnpickedBurstFrame => "a burst frame that was not selected",
            Self::Incomplete => "the folder has the photo without one of its files, which can't be exported now",
            Self::EditedSinceExport => "the folder has the version from before the last edit",
        }
    }

    /// Whether it is said of most of a library at every run: counted always, listed only where a plan is looked at.
    pub fn is_old_news(self) -> bool {
        matches!(
            self,
            Self::SameBytes | Self::NotCompared | Self::ExportedByUs | Self::ImportedByUs | Self::BeforeBaseline
        )
    }

    /// Whether time alone, or what arrives in it, will bring the item along.
    pub fn waits(self) -> bool {
        matches!(
            self,
            Self::Settling
                | Self::OnlineOnly
                | Self::OtherHalf
                | Self::AwaitingICloud
                | Self::AwaitingWords
                | Self::OnlyInICloud
                | Self::ChangedSincePlanned
        )
    }

    /// Whether it is no choice of anybody that it stays: the photo itself is not as it should be, and somebody should look.
    pub fn needs_attention(self) -> bool {
        matches!(
            self,
            Self::Unreadable
                | Self::Truncated
                | Self::NotAPhoto
                | Self::OriginalMissing
                | Self::ReferencedUnreachable
                | Self::Completed
                | Self::ChangedInLibrary
        )
    }

    /// Whether the other side, or this one, has it already.
    pub fn lies_on_both_sides(self) -> bool {
        matches!(
            self,
            Self::SameBytes
                | Self::NotCompared
                | Self::SameSizeTimeAndName
                | Self::SamePicture
                | Self::SameShot
                | Self::SameBytesAs
                | Self::ExportedByUs
                | Self::ImportedByUs
        )
    }

    /// Whether a person may take it in all the same. What the library lost can come back, and cannot go out.
    pub fn can_be_taken_in(self, way: Way) -> bool {
        if self == Self::OriginalMissing {
            return way == Way::Import;
        }
        matches!(
            self,
            Self::SamePicture
                | Self::SameShot
                | Self::EditedVersionOf
                | Self::LeftOut
                | Self::ItsPhotoStaysOut
                | Self::DeletedInPhotos
                | Self::ChangedInFolder
                | Self::Completed
                | Self::ChangedInLibrary
                | Self::AwaitingICloud
                | Self::AwaitingWords
                | Self::ThrownAway
                | Self::Truncated
                | Self::NotAPhoto
                | Self::OtherHalfOfImported
                | Self::Refused
                | Self::Undone
                | Self::InAnotherFolder
                | Self::DeletedInFolder
                | Self::BeforeBaseline
                | Self::Hidden
                | Self::SharedAlbum
                | Self::UnpickedBurstFrame
                | Self::EditedSinceExport
        )
    }
}

impl From<Flaw> for Reason {
    fn from(flaw: Flaw) -> Self {
        match flaw {
            Flaw::NotAPhoto => Self::NotAPhoto,
            Flaw::NotSupported => Self::NotSupported,
            Flaw::Truncated => Self::Truncated,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Reason> for &'static str {
    fn from(reason: Reason) -> Self {
        reason.as_str()
    }
}

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).ok_or_else(|| {
            format!(
                "there is no reason {text:?}; `photobridge history RUN` shows the reasons of its photos in parentheses"
            )
        })
    }
}

impl TryFrom<String> for Reason {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
