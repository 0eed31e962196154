//! Imports assets, many as one change.
//!
//! 1. Each gets a UUID, which is noted as pending; that is committed. Then the caller is told.
//! 2. Their files are copied into `originals` under those UUIDs, and are safe on disk.
//! 3. One transaction writes all rows and removes the notes. Before it nobody sees anything, after it everything.
//!
//! Whatever stops this before the end of 3 leaves at most the notes and files with those UUIDs; the next one who opens the
//! library for writing removes both. An asset that does not come to its end is undone at once, and costs no other.

use std::path::Path;

use photobridge_core::asset::{AssetId, MediaKind, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{ImportError, Imported, Importer, LibraryError, NewAsset, NewResource};
use photobridge_media::MediaTypes;
use rusqlite::Connection;

use super::originals::{Answers, Load, Originals};
use super::{pending, rows, store};
use crate::incoming;

const STILLS: [&str; 12] = ["jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "hif", "avif"];
const RAWS: [&str; 13] = ["dng", "cr2", "cr3", "crw", "nef", "nrw", "arw", "raf", "orf", "rw2", "pef", "srw", "raw"];
const VIDEOS: [&str; 10] = ["mov", "mp4", "m4v", "3gp", "3g2", "avi", "mts", "m2ts", "mpg", "mpeg"];

/// A file on its way into the library.
pub(super) struct Carried {
    pub role: ResourceRole,
    pub name: String,
    pub extension: String,
    pub fingerprint: Fingerprint,
    pub size: u64,
}

/// What was carried of an asset, and what its primary file says it is.
#[derive(Default)]
pub(super) struct Content {
    pub carried: Vec<Carried>,
    pub types: MediaTypes,
}

/// Refuses what this library does not hold, before anything is written.
pub(super) fn check(asset: &NewAsset<'_>) -> Result<(), ImportError> {
    incoming::check(asset, |resource| {
        let extension = extension(resource)?;
        Ok(match resource.role {
            ResourceRole::Photo => STILLS.contains(&&*extension) || RAWS.contains(&&*extension),
            ResourceRole::Video => VIDEOS.contains(&&*extension),
            ResourceRole::PairedVideo => asset.kind == MediaKind::Photo && VIDEOS.contains(&&*extension),
            ResourceRole::AlternatePhoto => asset.kind == MediaKind::Photo && RAWS.contains(&&*extension),
            ResourceRole::AdjustmentData => extension == "aae",
            ResourceRole::Sidecar => extension == "xmp",
            ResourceRole::RenderedPhoto | ResourceRole::RenderedVideo | ResourceRole::RenderedPairedVideo => false,
        })
    })
}

/// The extension in lower case.
pub(super) fn extension(resource: &NewResource<'_>) -> Result<String, ImportError> {
    let extension = Path::new(resource.name).extension().and_then(|extension| extension.to_str());
    extension
        .map(str::to_ascii_lowercase)
        .ok_or_else(|| ImportError::Refused(format!("{} has no extension", resource.name)))
}

/// What follows the name of the asset in that of a file of it, before the extension.
pub(super) fn suffix(role: ResourceRole) -> &'static str {
    match role {
        ResourceRole::PairedVideo => "_3",
        ResourceRole::AlternatePhoto => "_4",
        ResourceRole::AdjustmentData | ResourceRole::Sidecar => "_5",
        _ => "",
    }
}

/// The name of a file in `originals`, as Photos names them.
pub(super) fn file_name(uuid: &str, role: ResourceRole, extension: &str) -> String {
    let suffix = suffix(role);
    let extension = match extension {
        "jpg" => "jpeg",
        "tif" => "tiff",
        other => other,
    };
    format!("{uuid}{suffix}.{extension}")
}

/// What the name of a companion in `originals` can be, after the name of its asset.
pub(super) fn companion_endings() -> Vec<String> {
    let companions = [
        (ResourceRole::PairedVideo, &VIDEOS[..]),
        (ResourceRole::AlternatePhoto, &RAWS),
        (ResourceRole::AdjustmentData, &["aae"]),
        (ResourceRole::Sidecar, &["xmp"]),
    ];
    let endings = companions.into_iter().flat_map(|(role, list)| list.iter().map(move |ending| (role, ending)));
    endings.map(|(role, extension)| file_name("", role, extension)).collect()
}

/// How the names of the companions of an asset end in `originals`.
pub(super) fn endings(asset: &NewAsset<'_>) -> Vec<String> {
    let companions = asset.resources.iter().skip(1);
    companions.filter_map(|file| Some(file_name("", file.role, &extension(file).ok()?))).collect()
}

/// An asset that was begun.
struct Begun<'a> {
    /// Its place among those that are imported.
    at: usize,
    uuid: String,
    asset: &'a NewAsset<'a>,
}

/// Imports assets; answers as [`photobridge_core::library::Library::import_all`] does.
pub(super) fn import_all(
    connection: &mut Connection,
    originals: &mut Originals,
    assets: &[NewAsset<'_>],
    mut checked: Vec<Result<(), ImportError>>,
    importer: &mut dyn Importer,
) -> Vec<Result<Imported, ImportError>> {
    let passed = checked.iter().enumerate().filter(|(_, passed)| passed.is_ok());
    let begun: Vec<Begun<'_>> =
        passed.map(|(at, _)| Begun { at, uuid: store::new_uuid(), asset: &assets[at] }).collect();
    if let Err(error) = pending::note(connection, begun.iter().map(|one| &*one.uuid)) {
        return vec![Err(not_recorded(error))];
    }
    let ids: Vec<(usize, AssetId)> = begun.iter().map(|one| (one.at, AssetId(one.uuid.as_str().into()))).collect();
    let written = match importer.begin(&ids) {
        Ok(()) => write(connection, originals, &begun, importer),
        Err(error) => vec![Err(error.into())],
    };
    let there = |at: usize| matches!(written.get(at), Some(Ok(_)));
    let undone: Vec<&str> =
        (begun.iter().enumerate()).filter(|(at, _)| !there(*at)).map(|(_, one)| &*one.uuid).collect();
    // The notes stay where this fails too, and the next writer tries again.
    if let Err(later) = pending::undo(connection, originals, &undone) {
        tracing::warn!(%later, "imports could not be undone yet");
    }
    let mut written = written.into_iter();
    let mut answers = Vec::with_capacity(checked.len());
    let (mut ids, mut is_last) = (ids.into_iter(), false);
    for passed in checked.drain(..) {
        let answer = match passed {
            Err(error) => Err(error),
            Ok(()) => match (written.next(), ids.next()) {
                (Some(answer), Some((_, id))) => answer.map(|fingerprints| Imported { id, fingerprints }),
                _ => break,
            },
        };
        is_last |= answer.as_ref().is_err_and(ImportError::concerns_all);
        answers.push(answer);
        if is_last {
            break;
        }
    }
    answers
}

/// Steps 2 and 3: what was read of the files of each, as far as they came.
fn write(
    connection: &mut Connection,
    originals: &mut Originals,
    begun: &[Begun<'_>],
    importer: &mut dyn Importer,
) -> Vec<Result<Vec<Fingerprint>, ImportError>> {
    let loads: Vec<Load<'_>> =
        begun.iter().map(|one| Load { uuid: &one.uuid, resources: &one.asset.resources }).collect();
    let mut carried: Answers = originals.carry(&loads, &mut |at| importer.next(begun[at].at));
    let arrivals = begun.iter().zip(&mut carried).map(|(one, content)| (&*one.uuid, one.asset, content));
    if let Err(error) = rows::insert_all(connection, arrivals) {
        return vec![Err(error)];
    }
    let read = |content: Content| content.carried.iter().map(|file| file.fingerprint).collect();
    carried.into_iter().map(|answer| answer.map(read)).collect()
}

/// The error for a row that could not be written.
pub(super) fn not_recorded(error: rusqlite::Error) -> ImportError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => ImportError::DiskFull,
        _ => LibraryError::failed("writing the library's database")(error).into(),
    }
}
