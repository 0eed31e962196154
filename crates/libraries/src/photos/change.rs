//! Imports one asset as one change of PhotoKit. Not run on a Mac.
//!
//! 1. The files are cloned into a directory of ours and hashed there: what Photos reads cannot change, and the originals
//!    are never in its hands.
//! 2. Within the change, before it commits, PhotoKit tells the prospective identifier. It is noted and told to the
//!    caller, whose journal then holds it; only after that are the files added. A change whose caller is gone adds none.
//! 3. What PhotoKit says afterwards is believed only as far as the asset can be looked up.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{ImportError, LibraryError, NewAsset, NewResource};
use photobridge_files::open_file;
use photobridge_media::capture::{CaptureSource, CaptureTime};
use photobridge_photokit::{Creation, KitError, NOTHING, OnPlaceholder, PhotoKit, ResourceType};
use tempfile::TempDir;

use super::told;
use crate::incoming::{self, unreadable};

/// An item's files, cloned and hashed.
pub(super) struct Staged {
    /// By the order in which they were given.
    pub fingerprints: Vec<Fingerprint>,
    /// What goes to PhotoKit, with size and fingerprint.
    pub files: Vec<(ResourceType, u64, Fingerprint)>,
    creation: Vec<(ResourceType, PathBuf, String)>,
    /// When the primary one was taken, where Photos reads that in it.
    written: Option<CaptureTime>,
    _directory: TempDir,
}

/// Refuses what PhotoKit does not take, before anything is cloned.
pub(super) fn check(asset: &NewAsset<'_>) -> Result<(), ImportError> {
    incoming::check(asset, |resource| {
        Ok(match resource.role {
            ResourceRole::Photo | ResourceRole::PairedVideo | ResourceRole::AlternatePhoto => {
                asset.kind == MediaKind::Photo
            }
            ResourceRole::Video => asset.kind == MediaKind::Video,
            ResourceRole::Sidecar | ResourceRole::AdjustmentData => true,
            ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo | ResourceRole::RenderedPairedVideo => false,
        })
    })
}

/// Clones and hashes the files. Words of sidecars are in [`NewAsset::details`]; recipes go with the edit that Photos
/// would have to be given too. Neither is a file that Photos keeps of an import.
pub(super) fn stage(asset: &NewAsset<'_>, scratch: &Path) -> Result<Staged, ImportError> {
    let directory = photobridge_core::data::directory(scratch)
        .and_then(|()| tempfile::Builder::new().prefix("import-").tempdir_in(scratch))
        .map_err(LibraryError::failed("making room for clones of files that go into Photos"))?;
    let (mut fingerprints, mut files, mut creation) = (Vec::new(), Vec::new(), Vec::new());
    for (at, resource) in asset.resources.iter().enumerate() {
        let ending = Path::new(resource.name).extension().map(|ending| ending.to_string_lossy().into_owned());
        let clone = directory.path().join(format!("{at}.{}", ending.unwrap_or_default()));
        let (fingerprint, size) = clone_and_hash(resource, &clone)?;
        fingerprints.push(fingerprint);
        if let Some(kind) = told::kind(resource.role).filter(|_| resource.role.is_picture()) {
            files.push((kind, size, fingerprint));
            creation.push((kind, clone, resource.name.to_owned()));
        }
    }
    let written = creation.first().and_then(|(_, primary, _)| written(primary));
    Ok(Staged { fingerprints, files, creation, written, _directory: directory })
}

/// Whatever fails here is this file's failure alone; others may have none.
fn clone_and_hash(resource: &NewResource<'_>, clone: &Path) -> Result<(Fingerprint, u64), ImportError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ImportError::DiskFull,
        _ => unreadable(resource, error),
    };
    clone_file(resource.file, clone).map_err(failed)?;
    let modified = std::fs::metadata(resource.file).and_then(|found| found.modified()).map_err(failed)?;
    // A clone has the rights of its file, which need not be those to write; dating it takes none.
    let file = File::open(clone).map_err(failed)?;
    // Photos dates a photo without a date of its own by its file.
    file.set_modified(modified).map_err(failed)?;
    let hashed = Fingerprint::of_reader(&file).map_err(failed)?;
    match resource.is_unchanged(&std::fs::metadata(resource.file).map_err(failed)?) {
        true => Ok(hashed),
        false => Err(ImportError::Changed(resource.file.to_owned())),
    }
}

/// Clones a file. One that is locked in Finder is copied: a clone of it would be locked too, and could be neither dated nor
/// removed.
fn clone_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut file = open_file(from)?;
    if is_locked(&file)? {
        return io::copy(&mut file, &mut File::create_new(to)?).map(drop);
    }
    reflink_copy::reflink_or_copy(from, to).map(drop)
}

#[cfg(target_os = "macos")]
fn is_locked(file: &File) -> io::Result<bool> {
    use std::os::macos::fs::MetadataExt;

    /// `UF_IMMUTABLE` and `UF_APPEND` of `sys/stat.h`.
    const LOCKED: u32 = 0x2 | 0x4;
    Ok(file.metadata()?.st_flags() & LOCKED != 0)
}

/// Only macOS has such locks, and clones them.
#[cfg(not(target_os = "macos"))]
fn is_locked(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// What is to be created.
pub(super) fn creation(asset: &NewAsset<'_>, staged: &Staged, zone: &TimeZone) -> Creation {
    let location = asset.details.location.map(|place| (place.latitude, place.longitude));
    Creation {
        files: staged.creation.clone(),
        created: creation_date(asset, staged, location.is_some(), zone),
        location,
        favorite: asset.details.favorite,
        caption: asset.details.description.clone(),
        keywords: asset.details.keywords.clone(),
        rating: asset.details.rating,
        albums: asset.albums.iter().map(|album| album.to_string()).collect(),
    }
}

/// When Photos is told that the photo was taken: nothing where it reads that in the file, with the zone, which PhotoKit has
/// no way to tell it.
fn creation_date(asset: &NewAsset<'_>, staged: &Staged, has_place: bool, zone: &TimeZone) -> Option<f64> {
    let is_read = asset.captured.is_some() && asset.captured == staged.written;
    if is_read { None } else { told::creation_date(asset.captured, has_place, zone) }
}

/// When a file was taken, where it says so in a way that Apple's programs read.
fn written(file: &Path) -> Option<CaptureTime> {
    let (header, _) = photobridge_media::header_of(File::open(file).ok()?, photobridge_media::kind_of(file)?).ok()?;
    let is_read =
        |source| matches!(source, CaptureSource::Exif | CaptureSource::QuickTime | CaptureSource::MovieHeader);
    header.captured.filter(|(_, source)| is_read(*source)).map(|(time, _)| time)
}

/// How a change went, as far as PhotoKit says.
#[derive(Debug)]
pub(super) enum Went {
    /// It was performed.
    Well(AssetId),
    /// The caller did not want it, so that it was not performed.
    Unwanted(LibraryError),
    /// PhotoKit reports an error; with the identifier if it told one.
    Badly(KitError, Option<AssetId>),
    /// Nothing was heard in time. If no identifier was told, none of the files is ever added.
    Silently(Option<AssetId>),
}

/// Performs the change on a thread of its own, which may outlive this call if PhotoKit never answers.
pub(super) fn perform<K: PhotoKit + ?Sized>(
    kit: &Arc<K>,
    creation: Creation,
    patience: Duration,
    on_id: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
) -> Went {
    let (question, asked) = sync_channel::<String>(0);
    let (answer, answered) = sync_channel::<bool>(0);
    let (end, ended) = sync_channel::<Result<(), KitError>>(1);
    let on_placeholder = ask(question, answered);
    let kit = Arc::clone(kit);
    std::thread::spawn(move || {
        // Nobody may be listening any more.
        let _ = end.send(kit.create_asset(&creation, on_placeholder));
    });
    let identifier = match asked.recv_timeout(patience) {
        Ok(identifier) => identifier,
        Err(RecvTimeoutError::Timeout) => return Went::Silently(None),
        // The change is over without having asked.
        Err(RecvTimeoutError::Disconnected) => return over(&ended, patience, None),
    };
    let Some(id) = told::uuid(&identifier).map(|uuid| AssetId(uuid.into())) else {
        let _ = answer.send(false);
        let why = format!("Photos names a new asset in a way that this version does not know: {identifier}");
        return Went::Unwanted(LibraryError::failed("the import was not begun")(why));
    };
    if let Err(error) = on_id(&id) {
        let _ = answer.send(false);
        // What PhotoKit says of the refusal is of no interest, only that it is over.
        let _ = ended.recv_timeout(patience);
        return Went::Unwanted(error);
    }
    // A change that is over already has not added the files; its end tells why.
    let _ = answer.send(true);
    over(&ended, patience, Some(id))
}

/// Hands PhotoKit's question over, and says no where nobody answers. One identifier is asked about once: a change that is
/// performed twice adds its files once.
fn ask(question: SyncSender<String>, answered: Receiver<bool>) -> OnPlaceholder {
    let conversation = Mutex::new(Some((question, answered)));
    Arc::new(move |identifier| {
        let once = conversation.lock().unwrap_or_else(PoisonError::into_inner).take();
        once.is_some_and(|(question, answered)| {
            question.send(identifier.to_owned()).is_ok() && answered.recv().unwrap_or(false)
        })
    })
}

fn over(ended: &Receiver<Result<(), KitError>>, patience: Duration, id: Option<AssetId>) -> Went {
    match (ended.recv_timeout(patience), id) {
        (Ok(Ok(())), Some(id)) => Went::Well(id),
        (Ok(Ok(())), None) => {
            let text = "the change was performed without an identifier".to_owned();
            Went::Badly(KitError { domain: NOTHING.to_owned(), code: 0, text }, None)
        }
        (Ok(Err(error)), id) => Went::Badly(error, id),
        (Err(_), id) => Went::Silently(id),
    }
}
