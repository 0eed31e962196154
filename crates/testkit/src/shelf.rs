//! A photo library in memory, which outlives the process that uses it and lets that process die at any step.
//!
//! A [`Shelf`] is a handle: clones share what they hold, so a test keeps one, changes it as people change their
//! library, and gives another one to each run. A [`Fuse`] decides at which step a run dies or is refused.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{Cursor, Write};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use photobridge_core::asset::{Asset, AssetId, Resource, ResourceRole, Standing, Whereabouts};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{
    Album, Identity, ImportError, Imported, Library, LibraryError, NewAsset, Properties, ReadError, Readable, Snapshot,
};
use photobridge_core::progress::{Cancel, Progress};

/// Bytes handed to a sink at a time: few, so that a run can die in the middle of a small file.
const CHUNK: usize = 700;

/// What happens at the step that a fuse burns down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies there.
    Death,
    /// The call fails there, where it is one that can.
    Refusal,
    /// Somebody else does something there, see [`Fuse::light_for`].
    Meddling,
}

/// What a run dies with: a panic that no hook prints.
#[derive(Debug)]
pub struct Died(pub String);

/// What somebody else does in the middle of a run.
pub type Meddler = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Burning {
    /// Steps to go; nothing burns without.
    left: Option<u32>,
    fault: Option<Fault>,
    /// The step at which it burnt down.
    burnt: Option<String>,
    meddler: Option<Meddler>,
}

/// Counts steps down, and then does harm once.
///
/// A death is a panic: it runs destructors, as a killed process does not. Whatever a destructor would tidy up is
/// therefore not tested here; the tests that kill a process do that.
#[derive(Default)]
pub struct Fuse(Mutex<Burning>);

impl fmt::Debug for Fuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fuse")
    }
}

impl Fuse {
    fn burning(&self) -> MutexGuard<'_, Burning> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does this harm at the step after so many.
    pub fn light(&self, steps: u32, fault: Fault) {
        let mut burning = self.burning();
        (burning.left, burning.fault, burning.burnt) = (Some(steps), Some(fault), None);
    }

    /// Whose turn it is where the fault is [`Fault::Meddling`].
    pub fn light_for(&self, meddler: Meddler) {
        self.burning().meddler = Some(meddler);
    }

    /// Nothing happens any more. Says at which step it burnt down, if it did.
    pub fn put_out(&self) -> Option<String> {
        std::mem::take(&mut *self.burning()).burnt
    }

    /// A step that cannot be refused.
    pub fn step_of_death(&self, name: &str) {
        if self.burning().fault != Some(Fault::Refusal) {
            self.step(name);
        }
    }

    /// A step: goes on, dies, or says that the call is to fail.
    pub fn step(&self, name: &str) -> bool {
        let mut burning = self.burning();
        match burning.left {
            None => return false,
            Some(0) => {}
            Some(left) => {
                burning.left = Some(left - 1);
                return false;
            }
        }
        burning.left = None;
        burning.burnt = Some(name.to_owned());
        let (fault, meddler) = (burning.fault, burning.meddler.take());
        drop(burning);
        if let Some(meddler) = meddler.filter(|_| fault == Some(Fault::Meddling)) {
            meddler();
        }
        if fault != Some(Fault::Death) {
            return fault == Some(Fault::Refusal);
        }
        resume_unwind(Box::new(Died(name.to_owned())))
    }
}

/// What the library tells of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Sizes and fingerprints.
    All,
    /// Sizes, and fingerprints of every other asset.
    Some,
    /// Sizes only.
    Sizes,
    /// No files at all, until it is asked for those of one asset; then sizes only.
    Unlisted,
}

/// An asset with the bytes of its resources, whether they are here or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// As the library would show it if it told everything.
    pub asset: Asset,
    /// The bytes of each resource.
    pub bytes: Vec<Arc<[u8]>>,
    /// Whether fingerprints are stored.
    pub is_identified: bool,
}

impl Kept {
    /// Another file of the asset; one with this role gives way.
    pub fn put(&mut self, role: ResourceRole, bytes: Arc<[u8]>) {
        let mut resources = std::mem::take(&mut self.asset.resources).into_vec();
        if let Some(at) = resources.iter().position(|resource| resource.role == role) {
            resources.remove(at);
            self.bytes.remove(at);
        }
        resources.push(Resource {
            role,
            size: Some(bytes.len() as u64),
            fingerprint: Some(Fingerprint::of(&bytes)),
            stale_fingerprint: None,
            whereabouts: Whereabouts::Here,
            state: 0,
            locator: format!("file.{}", ending(&bytes)).into(),
        });
        self.asset.resources = resources.into();
        self.bytes.push(bytes);
    }

    /// Only its files with these roles.
    pub fn keep(&mut self, is_kept: impl Fn(ResourceRole) -> bool) {
        let resources = std::mem::take(&mut self.asset.resources).into_vec();
        let files = resources.into_iter().zip(std::mem::take(&mut self.bytes));
        let (resources, bytes): (Vec<_>, Vec<_>) = files.filter(|(resource, _)| is_kept(resource.role)).unzip();
        (self.asset.resources, self.bytes) = (resources.into(), bytes);
    }

    /// Its files.
    pub fn files(&self) -> impl Iterator<Item = (&Resource, &Arc<[u8]>)> {
        self.asset.resources.iter().zip(&self.bytes)
    }

    /// The bytes of its file with this role.
    pub fn bytes(&self, role: ResourceRole) -> Option<&Arc<[u8]>> {
        self.files().find(|(resource, _)| resource.role == role).map(|(_, bytes)| bytes)
    }
}

#[derive(Debug)]
struct State {
    kept: Vec<Kept>,
    albums: Vec<Album>,
    /// Which assets were put into which album.
    gathered: BTreeSet<(Box<str>, AssetId)>,
    telling: Telling,
    ids: u64,
}

/// A handle on a library in memory.
#[derive(Debug, Clone)]
pub struct Shelf {
    state: Arc<Mutex<State>>,
    fuse: Arc<Fuse>,
}

impl Shelf {
    /// An empty library.
    pub fn new(telling: Telling) -> Self {
        let state = State { kept: Vec::new(), albums: Vec::new(), gathered: BTreeSet::new(), telling, ids: 0 };
        Self { state: Arc::new(Mutex::new(state)), fuse: Arc::default() }
    }

    /// A run that dies leaves what it has done so far.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What decides when a run dies.
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }

    /// Everything it holds, in the order of the adding.
    pub fn kept(&self) -> Vec<Kept> {
        self.state().kept.clone()
    }

    /// A person changes it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Vec<Kept>) -> T) -> T {
        change(&mut self.state().kept)
    }

    /// A person adds an asset; its id is given here.
    pub fn add(&self, mut asset: Asset, files: impl IntoIterator<Item = (ResourceRole, Arc<[u8]>)>) -> AssetId {
        let mut state = self.state();
        asset.id = state.next_id();
        let id = asset.id.clone();
        let kept = state.made(asset, files);
        state.kept.push(kept);
        id
    }

    /// Photos rebuilds the library: every asset has another id.
    pub fn rebuild(&self) {
        let mut state = self.state();
        for at in 0..state.kept.len() {
            state.kept[at].asset.id = state.next_id();
        }
    }
}

impl State {
    fn next_id(&mut self) -> AssetId {
        self.ids += 1;
        AssetId(format!("asset {}", self.ids).into())
    }

    fn made(&self, mut asset: Asset, files: impl IntoIterator<Item = (ResourceRole, Arc<[u8]>)>) -> Kept {
        let is_identified = match self.telling {
            Telling::All => true,
            Telling::Some => self.ids.is_multiple_of(2),
            Telling::Sizes | Telling::Unlisted => false,
        };
        asset.resources = Box::default();
        let mut kept = Kept { asset, bytes: Vec::new(), is_identified };
        for (role, bytes) in files {
            kept.put(role, bytes);
        }
        kept
    }

    /// As the library tells it.
    fn told(&self, kept: &Kept) -> Asset {
        let mut asset = kept.asset.clone();
        for resource in &mut asset.resources {
            if !kept.is_identified {
                resource.fingerprint = None;
            }
        }
        asset
    }
}

/// What the library calls a file of these bytes.
fn ending(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, ..] => "jpeg",
        [b'I', b'I', ..] | [b'M', b'M', ..] => "dng",
        [_, _, _, _, b'f', b't', b'y', b'p', b'q', b't', ..] => "mov",
        _ => "heic",
    }
}

fn refused(what: &str) -> LibraryError {
    LibraryError::Failed { what: what.into(), source: "the test says so".into() }
}

impl Library for Shelf {
    fn properties(&self) -> Properties {
        let telling = self.state().telling;
        Properties {
            writable: true,
            fetches: false,
            fingerprints: matches!(telling, Telling::All | Telling::Some),
            sees_hidden: true,
            sees_trashed: true,
            removes: false,
            fed_by_icloud: false,
            joins: false,
            at_once: true,
        }
    }

    fn identity(&self) -> Identity {
        Identity { uuid: Some("SHELF".into()), path: PathBuf::from("/nowhere/shelf") }
    }

    fn snapshot(&mut self, _: &dyn Progress, _: &Cancel) -> Result<Snapshot, LibraryError> {
        if self.fuse.step("listing the library") {
            return Err(refused("listing the library"));
        }
        let state = self.state();
        let mut assets: Vec<Asset> = state.kept.iter().map(|kept| state.told(kept)).collect();
        if state.telling == Telling::Unlisted {
            assets.iter_mut().for_each(|asset| asset.resources = Box::default());
        }
        Ok(Snapshot { assets, albums: state.albums.clone(), ..Snapshot::default() })
    }

    fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>, LibraryError> {
        if self.fuse.step("looking up an asset") {
            return Err(refused("looking up an asset"));
        }
        let state = self.state();
        Ok(state.kept.iter().find(|kept| kept.asset.id == *id).map(|kept| state.told(kept)))
    }

    fn read(&mut self, asset: &Asset, role: ResourceRole, sink: &mut dyn Write, _: &Cancel) -> Result<u64, ReadError> {
        let found = self.state().kept.iter().find(|kept| kept.asset.id == asset.id).and_then(|kept| {
            let mut files = kept.files();
            let (resource, bytes) = files.find(|(resource, _)| resource.role == role)?;
            Some((resource.whereabouts, Arc::clone(bytes)))
        });
        let Some((whereabouts, bytes)) = found else { return Err(ReadError::Permanent("no such file".into())) };
        if whereabouts != Whereabouts::Here {
            return Err(ReadError::NotHere);
        }
        for chunk in bytes.chunks(CHUNK) {
            if self.fuse.step("reading an asset") {
                return Err(ReadError::Retry("the test says so".into()));
            }
            sink.write_all(chunk).map_err(|error| match error.kind() {
                std::io::ErrorKind::StorageFull => ReadError::DiskFull,
                _ => ReadError::Permanent(error.to_string()),
            })?;
        }
        if self.fuse.step("having read an asset") {
            return Err(ReadError::Retry("the test says so".into()));
        }
        Ok(bytes.len() as u64)
    }

    fn picture(&mut self, id: &AssetId) -> Result<Option<Box<dyn Readable>>, ReadError> {
        let state = self.state();
        let kept = state.kept.iter().find(|kept| kept.asset.id == *id);
        let still = kept.and_then(|kept| {
            let is_here = |role| kept.asset.resource(role).is_some_and(|file| file.whereabouts == Whereabouts::Here);
            let role = [ResourceRole::RenderedPhoto, ResourceRole::Photo].into_iter().find(|&role| is_here(role))?;
            kept.bytes(role)
        });
        Ok(still.map(|bytes| Box::new(Cursor::new(Arc::clone(bytes))) as Box<dyn Readable>))
    }

    fn ensure_album(&mut self, title: &str) -> Result<Box<str>, LibraryError> {
        if self.fuse.step("making an album") {
            return Err(refused("making an album"));
        }
        let mut state = self.state();
        let id: Box<str> = format!("album {title}").into();
        if state.albums.iter().all(|album| album.id != id) {
            state.albums.push(Album { id: id.clone(), title: title.into(), folders: Vec::new(), shared: false });
        }
        Ok(id)
    }

    fn add_to_album(&mut self, album: &str, assets: &[AssetId]) -> Result<(), LibraryError> {
        if self.fuse.step("adding to an album") {
            return Err(refused("adding to an album"));
        }
        let mut state = self.state();
        let known: Vec<AssetId> = state.kept.iter().map(|kept| kept.asset.id.clone()).collect();
        state.gathered.extend(assets.iter().filter(|id| known.contains(id)).map(|id| (album.into(), id.clone())));
        Ok(())
    }

    fn import(
        &mut self,
        new: &NewAsset<'_>,
        on_id: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
    ) -> Result<Imported, ImportError> {
        let refusal = || ImportError::Refused("the test says so".into());
        if self.fuse.step("beginning an import") {
            return Err(refusal());
        }
        let id = self.state().next_id();
        on_id(&id)?;
        if self.fuse.step("having told the id of an import") {
            return Err(refusal());
        }
        let mut files = Vec::new();
        for resource in &new.resources {
            let source = |source| ImportError::Source { path: resource.file.to_owned(), source };
            let bytes: Arc<[u8]> = std::fs::read(resource.file).map_err(source)?.into();
            if !resource.is_unchanged(&std::fs::metadata(resource.file).map_err(source)?) {
                return Err(ImportError::Changed(resource.file.to_owned()));
            }
            files.push((resource.role, bytes));
        }
        if self.fuse.step("committing an import") {
            return Err(refusal());
        }
        let fingerprints = files.iter().map(|(_, bytes)| Fingerprint::of(bytes)).collect();
        let asset = Asset {
            id: id.clone(),
            kind: new.kind,
            subtype: None,
            original_name: new.resources[0].name.into(),
            captured: new.captured,
            camera_time: None,
            added: Some(new.added),
            pixels: new.pixels,
            current_pixels: new.pixels,
            camera: new.camera.map(Into::into),
            edited: false,
            standing: Standing::default(),
            resources: Box::default(),
            details: None,
            burst: None,
            albums: [].into(),
            by_photobridge: true,
        };
        let mut state = self.state();
        let kept = state.made(asset, files);
        state.kept.push(kept);
        drop(state);
        // What fails from here on has happened nevertheless.
        if self.fuse.step("having committed an import") {
            return Err(ImportError::Library(refused("the answer to an import")));
        }
        Ok(Imported { id, fingerprints })
    }
}
