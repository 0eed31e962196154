//! What Photobridge calls of PhotoKit, in plain words, and on macOS the calls themselves.
//!
//! [`PhotoKit`] is the seam: `system` (macOS only) fulfils it with calls and conversions and decides nothing; whatever
//! decides works on these types, on any system, and is tested there with a scripted PhotoKit. Nothing of `system` was
//! ever run on a Mac: it was type-checked and linked against PhotoKit's declarations.

#[cfg(fake_photokit)]
pub mod fake;
#[cfg(any(target_os = "macos", fake_photokit))]
mod system;

#[cfg(target_os = "macos")]
pub use system::start_again_disclaimed;
#[cfg(any(target_os = "macos", fake_photokit))]
pub use system::{System, on_a_second_thread};

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender};

use serde::{Deserialize, Serialize};

/// Whether this program may use the Photos library (`PHAuthorizationStatus` for reading and writing).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization {
    /// Nobody was asked yet.
    NotDetermined,
    /// Something else than the person forbids it: a profile, parental controls.
    Restricted,
    /// The person said no.
    Denied,
    /// The person said yes.
    Authorized,
    /// Only a selection of photos is shown.
    Limited,
    /// A status that this version does not know.
    Unknown(i64),
}

/// An `NSError`, or an Objective-C exception under the domain [`EXCEPTION`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitError {
    /// The domain.
    pub domain: String,
    /// The code within it.
    pub code: i64,
    /// The localized description.
    pub text: String,
}

impl fmt::Display for KitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.text, self.domain, self.code)
    }
}

impl std::error::Error for KitError {}

/// The domain of errors that were Objective-C exceptions.
pub const EXCEPTION: &str = "Objective-C exception";

/// The domain of errors that were panics of ours within a call.
pub const PANIC: &str = "a fault of Photobridge";

/// The domain of what PhotoKit does not call an error, though it did not give what was asked for.
pub const NOTHING: &str = "PhotoKit gave nothing";

/// The code in [`NOTHING`] of an asset, a file or an album that is not there.
pub const ABSENT: i64 = 1;

/// What kind of thing an asset is (`PHAssetMediaType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Media {
    /// A still.
    Image,
    /// A video.
    Video,
    /// Anything else.
    Other,
}

/// What more PhotoKit says of an asset's kind (`PHAssetMediaSubtype`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subtypes {
    /// A panorama.
    pub panorama: bool,
    /// A screenshot.
    pub screenshot: bool,
    /// A Live Photo.
    pub live: bool,
    /// Slow motion.
    pub high_frame_rate: bool,
    /// A time lapse.
    pub time_lapse: bool,
    /// A recording of the screen.
    pub screen_recording: bool,
}

/// An asset as PhotoKit tells it without a look at its resources (`PHAsset`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KitAsset {
    /// The `localIdentifier`: the asset's UUID, a slash and more.
    pub local_identifier: String,
    /// Still or video.
    pub media: Media,
    /// What more.
    pub subtypes: Subtypes,
    /// Capture time, in seconds since 1970-01-01T00:00:00Z; PhotoKit tells no zone.
    pub created: Option<f64>,
    /// When the asset last changed, on the same clock.
    pub modified: Option<f64>,
    /// When it was added, on the same clock; macOS 26 and later.
    pub added: Option<f64>,
    /// Latitude and longitude in degrees.
    pub location: Option<(f64, f64)>,
    /// Marked as favourite.
    pub favorite: bool,
    /// In the Hidden album.
    pub hidden: bool,
    /// Of a shared album (`PHAssetSourceTypeCloudShared`).
    pub cloud_shared: bool,
    /// Of the iCloud Shared Library; unknown where the private property is absent.
    pub in_shared_library: Option<bool>,
    /// Width and height in pixels, as shown.
    pub pixels: (u64, u64),
    /// Length in seconds, of a video.
    pub duration: f64,
    /// The burst that it is a frame of.
    pub burst: Option<String>,
    /// Whether it stands for its burst, or was picked from it.
    pub picked: bool,
    /// Whether it was edited; unknown before macOS 12.
    pub has_adjustments: Option<bool>,
    /// What people wrote about it; unknown before macOS 27.
    pub words: Option<KitWords>,
}

/// What people wrote about an asset (`PHAssetExtendedMetadata`, `PHAssetRating`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitWords {
    /// The name with which it came. From outside: never a path until made safe.
    pub original_filename: Option<String>,
    /// The description.
    pub caption: Option<String>,
    /// The keywords.
    pub keywords: Vec<String>,
    /// Stars; none is 0.
    pub rating: u8,
}

/// What a file is to its asset (`PHAssetResourceType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ResourceType {
    /// The original still.
    Photo,
    /// The original video.
    Video,
    /// The RAW beside a still.
    AlternatePhoto,
    /// The still as edited.
    FullSizePhoto,
    /// The video as edited.
    FullSizeVideo,
    /// The recipe of an edit.
    AdjustmentData,
    /// The video of a Live Photo.
    PairedVideo,
    /// The same as edited.
    FullSizePairedVideo,
    /// Anything else.
    Other(i64),
}

/// One file of an asset (`PHAssetResource`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitResource {
    /// What it is.
    pub kind: ResourceType,
    /// The name it had when it was imported. From outside: never a path until made safe.
    pub original_filename: String,
    /// Its type, as `public.heic`.
    pub uniform_type_identifier: String,
    /// Its bytes; unknown where the property is absent (private before macOS 27).
    pub size: Option<u64>,
    /// Whether its bytes are on this disk; unknown where the private property is absent.
    pub is_locally_available: Option<bool>,
}

/// An album that people made (`PHAssetCollection`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitAlbum {
    /// The `localIdentifier`.
    pub local_identifier: String,
    /// The title; several albums can have one.
    pub title: String,
}

/// Which assets are fetched.
#[derive(Debug, Clone, Copy)]
pub enum Fetch<'a> {
    /// All that PhotoKit shows: hidden ones only while the Hidden album is unlocked, trashed ones never.
    All,
    /// Those with these `localIdentifier`s, in any order; what is not there is left out.
    Identifiers(&'a [String]),
    /// The members of an album.
    Album(&'a str),
    /// Those of shared albums, of which no change tells.
    Shared,
}

/// What changed since a token (`PHPersistentChange`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Identifiers of new assets.
    pub inserted: Vec<String>,
    /// Of changed ones.
    pub updated: Vec<String>,
    /// Of deleted ones.
    pub deleted: Vec<String>,
}

/// What comes of a request for bytes.
#[derive(Debug)]
pub enum Delivery {
    /// iCloud is sending: a sign of life.
    Progress,
    /// The next bytes.
    Bytes(Vec<u8>),
    /// The end, good or bad.
    Done(Result<(), KitError>),
}

/// A request for bytes, to cancel it (`PHAssetResourceDataRequestID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub i32);

/// An asset to create.
#[derive(Debug, Clone, PartialEq)]
pub struct Creation {
    /// Its files: what each is, where it lies, and its original name.
    pub files: Vec<(ResourceType, PathBuf, String)>,
    /// Capture time, in seconds since 1970-01-01T00:00:00Z; without one Photos reads the file's own.
    pub created: Option<f64>,
    /// Latitude and longitude in degrees.
    pub location: Option<(f64, f64)>,
    /// Marked as favourite.
    pub favorite: bool,
    /// The description; written from macOS 27 on, as the keywords are.
    pub caption: Option<String>,
    /// The keywords.
    pub keywords: Vec<String>,
    /// Stars, one to five; written from macOS 27 on, too.
    pub rating: Option<u8>,
    /// Albums to put it into, by `localIdentifier`.
    pub albums: Vec<String>,
}

/// Asked within a change with the identifier that the new asset will have: whether to go on.
pub type OnPlaceholder = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// PhotoKit as it is called: conversions, no decisions.
///
/// Calls block, may come from any thread but the main one, and fail with what PhotoKit says. Answers through a channel can
/// come late, or never.
pub trait PhotoKit: Send + Sync + 'static {
    /// Whether the library may be used.
    fn authorization(&self) -> Authorization;

    /// Asks the person; macOS shows its dialog once for each responsible process.
    fn request_authorization(&self, answer: Sender<Authorization>);

    /// Fetches assets one by one until `each` says `false`; unpicked frames of bursts and shared albums too.
    fn assets(&self, fetch: Fetch<'_>, each: &mut dyn FnMut(KitAsset) -> bool) -> Result<(), KitError>;

    /// The files of an asset. Slow over a whole library.
    fn resources(&self, local_identifier: &str) -> Result<Vec<KitResource>, KitError>;

    /// The albums that people made.
    fn albums(&self) -> Result<Vec<KitAlbum>, KitError>;

    /// A token of the library's present state; `None` before macOS 13.
    fn change_token(&self) -> Result<Option<Vec<u8>>, KitError>;

    /// What changed since a token.
    fn changes_since(&self, token: &[u8]) -> Result<Changes, KitError>;

    /// Lets the library tell of each change from now on, to the one who asked last; `false` where this macOS (before 27) tells
    /// nobody.
    fn on_changes(&self, told: Sender<()>) -> Result<bool, KitError>;

    /// Asks for the bytes of a file; from iCloud where they are only there. What is sent to a receiver that is gone is
    /// dropped.
    fn request_data(
        &self,
        local_identifier: &str,
        kind: ResourceType,
        network: bool,
        to: SyncSender<Delivery>,
    ) -> Result<RequestId, KitError>;

    /// Ends a request; what was on its way may still come.
    fn cancel_request(&self, request: RequestId);

    /// Whether one asset can have such files together.
    fn supports(&self, kinds: &[ResourceType]) -> Result<bool, KitError>;

    /// Creates an asset in one change. Within it, before it commits, `on_placeholder` is asked; where it says no, no file
    /// is added and the change fails.
    fn create_asset(&self, creation: &Creation, on_placeholder: OnPlaceholder) -> Result<(), KitError>;

    /// Creates an album; its `localIdentifier`.
    fn create_album(&self, title: &str) -> Result<String, KitError>;

    /// Puts assets into an album; what is in it already stays once.
    fn add_to_album(&self, album: &str, assets: &[String]) -> Result<(), KitError>;
}
