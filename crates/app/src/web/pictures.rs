//! Pictures and movies of what a run speaks of. They are asked for by the number of a verdict, never by a path: what lies
//! outside the folders and the library of a run cannot be named.

use std::io::{Seek, SeekFrom};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use photobridge_core::asset::{Asset, AssetId, Resource, ResourceRole, Whereabouts};
use photobridge_core::ledger::Ledger;
use photobridge_core::library::{Library, ReadError, Snapshot};
use photobridge_core::picture::{Picture, Trail};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::reason::Way;
use photobridge_core::run::RunId;

use super::media::Source;
use super::{App, Server, blocking, shell};
use crate::exit::Error;
use crate::folders::everywhere;
use crate::run::open_library;
use crate::thumbnail::{Key, Thumbnails};

/// How long a library stays open for pictures: to open one of Apple's means to clone its database.
const OPEN: Duration = Duration::from_secs(300);

/// What stands where no picture is to be had.
const PLACEHOLDER: &str = include_str!("../../assets/placeholder.svg");

/// What shows an asset, what moves of it, and what it was taken as, the best first.
const STILLS: [ResourceRole; 2] = [ResourceRole::RenderedPhoto, ResourceRole::Photo];
const MOVIES: [ResourceRole; 4] =
    [ResourceRole::RenderedVideo, ResourceRole::Video, ResourceRole::RenderedPairedVideo, ResourceRole::PairedVideo];
const ORIGINALS: [ResourceRole; 2] = [ResourceRole::Photo, ResourceRole::Video];

/// Makes and keeps the pictures.
pub struct Pictures {
    thumbnails: Thumbnails,
    library: Mutex<Option<Opened>>,
}

struct Opened {
    named: String,
    at: Instant,
    library: Box<dyn Library>,
}

impl Pictures {
    /// Keeps them in a data directory.
    pub fn new(data: &std::path::Path) -> Self {
        Self { thumbnails: Thumbnails::new(data), library: Mutex::default() }
    }

    /// The answer to whoever wants to see a photo. `movie` leads to the one that lies beside it in the folder, `companion` says
    /// which file of an asset is meant, where that is not the one that stands for it.
    pub fn send(
        &self,
        app: &Server,
        picture: &Picture,
        wanted: Wanted,
        movie: Option<&Trail>,
        companion: Option<ResourceRole>,
        asked: &HeaderMap,
    ) -> Option<Response> {
        let open = |roles: &[ResourceRole]| match (picture, movie.filter(|_| wanted == Wanted::Movie)) {
            (Picture::File(_), Some(movie)) => self.open_file(app, movie),
            (Picture::File(trail), None) => self.open_file(app, trail),
            (Picture::Asset(id), _) => self.open_asset(app, id, companion.as_ref().map_or(roles, std::slice::from_ref)),
        };
        match wanted {
            Wanted::Small => Some(answer(self.of(app, picture))),
            Wanted::Large => {
                let shown = open(&STILLS).and_then(|source| self.still(source, asked));
                Some(shown.unwrap_or_else(|| answer(self.of(app, picture))))
            }
            Wanted::Movie => {
                let mut source = open(&MOVIES)?;
                let mut sort = source.sort().ok()?;
                if sort.is_none_or(|sort| !sort.is_movie()) {
                    source = source.behind().ok()??;
                    sort = source.sort().ok()?;
                }
                sort.filter(|sort| sort.is_movie()).map(|sort| source.send(Some(sort), asked))
            }
            Wanted::File => {
                let mut source = open(&ORIGINALS)?;
                let sort = source.sort().ok()?;
                Some(source.send(sort, asked))
            }
        }
    }

    /// A still as large as a browser can show it: the file itself where it can, else the largest picture within.
    fn still(&self, mut source: Source, asked: &HeaderMap) -> Option<Response> {
        match source.sort().ok()? {
            Some(sort) if !sort.is_movie() => Some(source.send(Some(sort), asked)),
            _ => self.thumbnails.large(source.bytes).map(|jpeg| answer(Some(jpeg))),
        }
    }

    fn of(&self, app: &Server, picture: &Picture) -> Option<Vec<u8>> {
        match picture {
            Picture::File(trail) => self.of_file(app, trail),
            Picture::Asset(id) => self.of_asset(app, id),
        }
    }

    fn of_file(&self, app: &Server, trail: &Trail) -> Option<Vec<u8>> {
        let root = Ledger::look(&app.data).ok()??.folder_path(trail.folder).ok()??;
        let found = trail.find(&root, &everywhere(&app.data)).ok()?;
        let state = found.state;
        let key = trail.fingerprint.as_ref().map_or_else(|| Key::of_file(&found.path, &state.stamp), Key::of_bytes);
        // What is not on this disk would be downloaded.
        self.thumbnails.of_file(key, (!state.online_only).then_some(found.file))
    }

    fn of_asset(&self, app: &Server, id: &AssetId) -> Option<Vec<u8>> {
        let mut opened = self.open(app).ok()?;
        let library = &mut opened.as_mut()?.library;
        let asset = library.asset(id).ok()??;
        // An edit changes the bytes, and what the library shows.
        let bytes = asset.resources.iter().filter_map(|resource| resource.size).sum();
        let key = Key::of_asset(&library.identity(), id, bytes);
        drop(opened);
        self.thumbnails.of_asset(key, || {
            let mut opened = self.open(app).map_err(|error| ReadError::Retry(error.to_string()))?;
            opened.as_mut().map_or(Ok(None), |opened| opened.library.picture(id))
        })
    }

    /// Opens the file that a trail leads to.
    pub fn open_file(&self, app: &Server, trail: &Trail) -> Option<Source> {
        let root = Ledger::look(&app.data).ok()??.folder_path(trail.folder).ok()??;
        let found = trail.find(&root, &everywhere(&app.data)).ok()?;
        let state = found.state;
        // What is not on this disk would be downloaded.
        (!state.online_only).then(|| Source {
            bytes: Box::new(found.file),
            size: state.stamp.size,
            tag: Key::of_file(&found.path, &state.stamp).hex(),
            name: trail.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        })
    }

    /// Opens what the library has on this disk of an asset, the first of these that is there.
    pub fn open_asset(&self, app: &Server, id: &AssetId, roles: &[ResourceRole]) -> Option<Source> {
        let mut opened = self.open(app).ok()?;
        let library = &mut opened.as_mut()?.library;
        let asset = library.asset(id).ok()??;
        let is_here = |resource: &&Resource| resource.whereabouts == Whereabouts::Here;
        let resource = roles.iter().filter_map(|role| asset.resource(*role)).find(is_here)?;
        let mut bytes = library.open(&asset, resource.role).ok()?;
        let size = bytes.seek(SeekFrom::End(0)).ok()?;
        let tag = Key::of_resource(&library.identity(), id, resource).hex();
        Some(Source { bytes, size, tag, name: asset.original_name.into() })
    }

    /// An asset as the library tells of it now.
    pub fn asset(&self, app: &Server, id: &AssetId) -> Option<Asset> {
        self.open(app).ok()?.as_mut()?.library.asset(id).ok()?
    }

    /// Everything that the library holds now.
    pub fn snapshot(&self, app: &Server) -> Result<Snapshot, Error> {
        // Of one that was cloned a while ago what came since would be missing.
        *self.library.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let mut opened = self.open(app)?;
        let snapshot = opened.as_mut().map(|opened| opened.library.snapshot(&Silent, &Cancel::new()));
        Ok(snapshot.transpose()?.unwrap_or_default())
    }

    /// The library of the settings, opened anew when it is another one or was open for long.
    fn open(&self, app: &Server) -> Result<MutexGuard<'_, Option<Opened>>, Error> {
        let mut opened = self.library.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = app.settings()?;
        if opened.as_ref().is_none_or(|opened| opened.named != settings.library || opened.at.elapsed() > OPEN) {
            // The one before goes first: two clones of a large database need not lie on the disk at once.
            *opened = None;
            let library = open_library(&app.data, &settings)?;
            *opened = Some(Opened { named: settings.library, at: Instant::now(), library });
        }
        Ok(opened)
    }
}

/// What can be asked for of a photo, and of which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A small picture.
    Small,
    /// As large as a browser can show it.
    Large,
    /// What moves.
    Movie,
    /// The file as it is.
    File,
}

impl Wanted {
    /// As addresses name it.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "picture" => Some(Self::Small),
            "large" => Some(Self::Large),
            "movie" => Some(Self::Movie),
            "file" => Some(Self::File),
            _ => None,
        }
    }
}

/// A picture or movie of a verdict's photo, or of the other one that decided.
pub async fn show(
    State(app): State<App>,
    Path((run, number, which)): Path<(String, String, String)>,
    asked: HeaderMap,
) -> Response {
    let (part, is_other) = which.strip_prefix("other-").map_or((&*which, false), |part| (part, true));
    let named = run.parse().ok().zip(number.parse().ok()).zip(Wanted::named(part));
    let Some(((run, number), wanted)) = named else { return answer(None) };
    let found = blocking(move || {
        let line = app.recent.verdicts(RunId(run)).ok()?.row(number).ok()??;
        let picture = if is_other { line.other_picture() } else { line.picture() };
        // The movie lies beside the file of the folder, which is the other one of an asset.
        let movie = line.movie().filter(|_| is_other == (line.direction == Way::Export));
        app.pictures.send(&app, &picture?, wanted, movie.as_ref(), line.companion(), &asked)
    });
    match found.await {
        Ok(found) => found.unwrap_or_else(|| nothing(wanted)),
        Err(response) => response,
    }
}

/// What stands where nothing is to be had.
pub fn nothing(wanted: Wanted) -> Response {
    match wanted {
        Wanted::Small | Wanted::Large => answer(None),
        Wanted::Movie | Wanted::File => shell::missing("it cannot be read here now. Nothing was changed"),
    }
}

/// The picture of the photo in hand.
pub async fn live(State(app): State<App>) -> Response {
    let found = blocking(move || app.pictures.of(&app, &app.runner.live().running?.picture?));
    match found.await {
        Ok(found) => answer(found),
        Err(response) => response,
    }
}

fn answer(found: Option<Vec<u8>>) -> Response {
    match found {
        Some(jpeg) => ([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, max-age=600")], jpeg)
            .into_response(),
        None => ([(header::CONTENT_TYPE, "image/svg+xml")], PLACEHOLDER).into_response(),
    }
}
