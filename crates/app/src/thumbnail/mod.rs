//! Small pictures of what a plan speaks of, for the pages.
//!
//! A thumbnail is never worth a failure: whatever stands in its way, the page draws a placeholder. Two are made at a
//! time, a large one alone, so that a page full of them stays within the memory of the server; what was made is kept
//! in a directory that may be deleted at any time.

mod cache;
pub mod make;
#[cfg(test)]
mod real_samples;
mod room;
#[cfg(test)]
mod tests;

use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use photobridge_core::asset::{AssetId, Resource};
use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::folder::Opened;
use photobridge_core::item::Stamp;
use photobridge_core::library::{Identity, ReadError, Readable};
use photobridge_media::decode;
use rayon::{ThreadPool, ThreadPoolBuilder};

use cache::Cache;
use make::{Refusal, SIDE};
use room::{HALVES, Part, Room};

/// Bytes that are kept on the disk: some 15,000 thumbnails.
const MOST_KEPT: u64 = 200 * 1024 * 1024;

/// Pixels of the longer side of a large picture.
const LARGE: u32 = 2560;

/// How long one may take to make.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a thumbnail shows, told apart from everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(Fingerprint);

impl Key {
    /// Of a file whose bytes are known: the same picture wherever it lies.
    pub fn of_bytes(bytes: &Fingerprint) -> Self {
        Self::new("bytes", &[bytes.as_bytes()])
    }

    /// Of a file in one state.
    pub fn of_file(path: &Path, state: &Stamp) -> Self {
        let Stamp { size, mtime, ctime, inode } = state;
        let state = format!("{size} {mtime} {ctime} {inode}");
        Self::new("file", &[path.as_os_str().as_encoded_bytes(), state.as_bytes()])
    }

    /// Of an asset whose files have so many bytes: an edit changes them, and what the library shows.
    pub fn of_asset(library: &Identity, id: &AssetId, bytes: u64) -> Self {
        let uuid = library.uuid.as_deref().unwrap_or_default();
        let path = library.path.as_os_str().as_encoded_bytes();
        Self::new("asset", &[uuid.as_bytes(), path, id.0.as_bytes(), &bytes.to_le_bytes()])
    }

    /// Of one file of an asset.
    pub fn of_resource(library: &Identity, id: &AssetId, resource: &Resource) -> Self {
        let path = library.path.as_os_str().as_encoded_bytes();
        let Resource { role, size, state, .. } = resource;
        let state = format!("{} {size:?} {state}", role.code());
        Self::new("resource", &[path, id.0.as_bytes(), state.as_bytes()])
    }

    /// It as text.
    pub fn hex(&self) -> String {
        self.0.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn new(kind: &str, parts: &[&[u8]]) -> Self {
        let mut hasher = Hasher::new();
        for part in [kind.as_bytes()].iter().chain(parts) {
            // The length keeps the parts apart.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        Self(hasher.finish())
    }
}

/// Makes thumbnails and keeps them. All calls block, and may come from many threads.
#[derive(Debug)]
pub struct Thumbnails {
    cache: Cache,
    room: Room,
    /// Threads for the decoders alone, made with the first thumbnail: the shared ones may be reading gigabytes for a
    /// sync, which a decoder that uses them too would wait for.
    threads: OnceLock<ThreadPool>,
}

impl Thumbnails {
    /// Keeps them in a data directory.
    pub fn new(data: &Path) -> Self {
        let cache = Cache::new(data.join("thumbnails"), MOST_KEPT);
        Self { cache, room: Room::default(), threads: OnceLock::new() }
    }

    /// The thumbnail of a file, a JPEG; `None` where there is none to be had, as of videos.
    pub fn of_file(&self, key: Key, file: Option<Box<dyn Opened>>) -> Option<Vec<u8>> {
        self.of(key, || Ok(file))
    }

    /// The thumbnail of an asset, as [`Thumbnails::of_file`]. `open` asks [`Library::picture`], and only where nothing
    /// is kept; the library is free again before the picture is read.
    ///
    /// [`Library::picture`]: photobridge_core::library::Library::picture
    pub fn of_asset(
        &self,
        key: Key,
        open: impl FnOnce() -> Result<Option<Box<dyn Readable>>, ReadError>,
    ) -> Option<Vec<u8>> {
        self.of(key, || open().map_err(|error| Refusal::Library(error.to_string())))
    }

    fn of<S: Read + Seek + Send>(
        &self,
        key: Key,
        open: impl FnOnce() -> Result<Option<S>, Refusal>,
    ) -> Option<Vec<u8>> {
        if let Some(kept) = self.cache.get(key) {
            return Some(kept);
        }
        // Before there is room: a library that keeps this one waiting keeps no other waiting.
        let made = open().and_then(|source| self.in_turn(key, source.ok_or(decode::Refusal::Nothing)?));
        match made {
            Ok(thumbnail) => Some(thumbnail),
            Err(refusal) => {
                tracing::debug!("no thumbnail: {refusal}");
                None
            }
        }
    }

    /// A picture of at most [`LARGE`] pixels a side, of what browsers do not show themselves. It is not kept: few are looked
    /// at so closely, and each takes the room of thirty.
    pub fn large(&self, mut source: impl Read + Seek + Send) -> Option<Vec<u8>> {
        self.within(&mut source, LARGE, self.room.part())
            .map_err(|refusal| tracing::debug!("no large picture: {refusal}"))
            .ok()
    }

    fn in_turn(&self, key: Key, mut source: impl Read + Seek + Send) -> Result<Vec<u8>, Refusal> {
        let part = self.room.part();
        // Another thread may have made it while this one waited.
        if let Some(kept) = self.cache.get(key) {
            return Ok(kept);
        }
        let thumbnail = self.within(&mut source, SIDE, part)?;
        self.cache.put(key, &thumbnail);
        Ok(thumbnail)
    }

    /// Makes one in the half of the room that was got, or in all of it where that is too little.
    fn within(&self, source: &mut (impl Read + Seek + Send), side: u32, part: Part<'_>) -> Result<Vec<u8>, Refusal> {
        match self.make(source, side, &part) {
            Err(Refusal::Undecodable(decode::Refusal::NoRoom)) => self.make(source, side, &part.into_whole()),
            made => made,
        }
    }

    /// The decoders come from elsewhere and are given bytes from anywhere: one that panics costs one thumbnail.
    fn make(&self, source: &mut (impl Read + Seek + Send), side: u32, room: &Part<'_>) -> Result<Vec<u8>, Refusal> {
        let (threads, until) = (self.threads()?, Instant::now() + PATIENCE);
        let make = || make::thumbnail(source, side, room.bytes(), until);
        catch_unwind(AssertUnwindSafe(|| threads.install(make))).unwrap_or(Err(Refusal::Panicked))
    }

    fn threads(&self) -> io::Result<&ThreadPool> {
        if let Some(threads) = self.threads.get() {
            return Ok(threads);
        }
        let threads = ThreadPoolBuilder::new().num_threads(HALVES.into()).thread_name(|_| "thumbnails".into());
        let threads = threads.build().map_err(io::Error::other)?;
        Ok(self.threads.get_or_init(|| threads))
    }
}
