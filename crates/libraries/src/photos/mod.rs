//! The Mac's System Photo Library, through PhotoKit.
//!
//! Everything that decides is here, in plain Rust over the seam [`PhotoKit`]: how its assets join the library's own tables
//! (read by [`Bundle`] where this program has Full Disk Access), what its silences and errors mean, and how an import is
//! made one change that a crash cannot double. It is tested on any system with a scripted PhotoKit; none of it was ever
//! run on a Mac.

pub mod authorization;
mod bytes;
mod change;
mod failure;
mod formats;
mod listing;
mod notebook;
mod package;
mod told;

pub use bytes::Patience;
pub use package::{has_full_disk_access, noted, package};

use std::collections::{BTreeSet, HashSet};
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::asset::{Asset, AssetId, Resource, ResourceRole, Whereabouts};
use photobridge_core::fingerprint::Hasher;
use photobridge_core::library::{
    About, Identity, ImportError, Imported, Library, LibraryError, NewAsset, Properties, ReadError, Readable, Snapshot,
};
use photobridge_core::progress::{Cancel, Event, Phase, Progress};
use photobridge_photokit::{EXCEPTION, Fetch, KitAlbum, KitAsset, KitError, PANIC, PhotoKit};

use crate::Bundle;
use authorization::permitted;
use bytes::Wanted;
use change::Went;
use failure::{Meaning, meaning, of_library};
use notebook::{Notebook, Pending, Seen};

/// PhotoKit reaches one library only, so that it needs no name of its own; which photos it holds tells whether it is still
/// the same one.
const SYSTEM: &str = "the System Photo Library";

/// What surrounds the library.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The package of the System Photo Library, whose tables are read where that is allowed.
    pub package: PathBuf,
    /// Where the tables and files to import are cloned.
    pub scratch: PathBuf,
    /// The file in which is noted what PhotoKit told.
    pub notebook: PathBuf,
    /// The Mac's time zone, since PhotoKit tells none.
    pub zone: TimeZone,
    /// Which macOS it is: what one does not take, another may.
    pub system: String,
    /// The titles of the albums that imports go into.
    pub albums: Vec<String>,
    /// How long PhotoKit is waited for.
    pub patience: Patience,
    /// The time now.
    pub clock: fn() -> Timestamp,
}

/// The System Photo Library.
#[derive(Debug)]
pub struct Photos<K> {
    kit: Arc<K>,
    around: Surroundings,
    notebook: Notebook,
    /// The library's own tables, where they may be read and are of the library that PhotoKit shows.
    tables: Option<Bundle>,
    /// Whether anything hidden was shown.
    saw_hidden: bool,
}

impl<K: PhotoKit> Photos<K> {
    /// Opens the library; an error that says what to do where this program may not use it. The first time macOS asks the
    /// person, whose answer is waited for.
    pub fn open(kit: Arc<K>, around: Surroundings) -> Result<Self, LibraryError> {
        permitted(authorization::ask(&*kit, around.patience.stall), &around)?;
        let notebook = Notebook::open(&around.notebook)?;
        let tables = tables(&around);
        Ok(Self { kit, around, notebook, tables, saw_hidden: false })
    }

    fn failed(&self, what: &str) -> impl FnOnce(KitError) -> LibraryError {
        move |error| of_library(what, error, &self.around.package)
    }

    fn tell(&self, seen: &Seen) -> Option<Asset> {
        told::asset(seen, &self.around.zone)
    }

    /// Lists what is known of every asset, and notes it.
    fn know(&mut self, cancel: &Cancel) -> Result<listing::Known, LibraryError> {
        let last = self.notebook.token()?;
        let before = self.notebook.assets()?;
        let stopped = |stopped, around: &Surroundings| listing::failed(stopped, &around.package);
        let token = last.as_ref().and_then(Option::as_deref).filter(|_| !before.is_empty());
        let shown = listing::show(&*self.kit, token, &before, cancel).map_err(|error| stopped(error, &self.around))?;
        if let Some(why) = listing::suspicion(&before, &shown, &self.around.notebook) {
            return Err(LibraryError::Unreadable { path: self.around.package.clone(), why });
        }
        let first_seen = last.is_some().then(|| (self.around.clock)());
        let known = listing::know(before, &shown, first_seen);
        self.saw_hidden = shown.assets.values().any(|asset| asset.hidden);
        let renewed = known.renewed.iter().filter_map(|uuid| known.assets.get(uuid));
        self.notebook.keep(renewed, &shown.deleted, Some(shown.token.as_deref()))?;
        Ok(known)
    }

    /// Lists it: by its tables and what PhotoKit knows besides, or by PhotoKit alone.
    fn list(&mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Snapshot, LibraryError> {
        let known = self.know(cancel)?;
        self.tables = tables(&self.around);
        if let Some(tables) = &mut self.tables {
            let rows = tables.snapshot(progress, cancel)?;
            if let Some(joined) = listing::join(rows, &known, |seen| told::asset(seen, &self.around.zone)) {
                return Ok(joined);
            }
            let package = self.around.package.display();
            tracing::warn!(%package, "not the library that PhotoKit shows: its tables are not used");
            self.tables = None;
        }
        progress.event(Event::Begin { phase: Phase::Listing, steps: Some(known.assets.len() as u64), bytes: None });
        let albums = self.kit.albums().map_err(self.failed("Photos did not list its albums"))?;
        let ours = self.ours(&albums, cancel)?;
        let snapshot = listing::alone(&known, listing::albums(albums), &ours, |seen| self.tell(seen));
        progress.event(Event::Advance { phase: Phase::Listing, steps: known.assets.len() as u64, bytes: 0 });
        progress.event(Event::End(Phase::Listing));
        Ok(snapshot)
    }

    /// The members of the albums that hold imports: what another Photobridge brought in is there, too, or this one before
    /// its notebook was lost.
    fn ours(&self, shown: &[KitAlbum], cancel: &Cancel) -> Result<HashSet<AssetId>, LibraryError> {
        let mut albums: BTreeSet<String> = self.notebook.albums()?.into_iter().collect();
        for title in &self.around.albums {
            albums.extend(listing::album(shown, title, self.notebook.album(title)?.as_deref()));
        }
        let mut ours = HashSet::new();
        for album in albums {
            // An album that is gone has no members.
            let Ok(members) = listing::fetch(&*self.kit, Fetch::Album(&album), cancel) else { continue };
            ours.extend(members.into_keys().map(|uuid| AssetId(uuid.into())));
        }
        Ok(ours)
    }

    /// An asset as PhotoKit shows it, with its files.
    fn shown(&mut self, id: &AssetId) -> Result<Option<Seen>, LibraryError> {
        let before = self.notebook.asset(id)?;
        let identifier =
            before.as_ref().map_or_else(|| told::usual_identifier(id), |seen| seen.asset.local_identifier.clone());
        let mut found: Option<KitAsset> = None;
        let one = [identifier];
        let fetched = self.kit.assets(Fetch::Identifiers(&one), &mut |asset| {
            found = Some(asset);
            false
        });
        fetched.map_err(self.failed("Photos did not say what it has"))?;
        let Some(asset) = found.filter(|asset| told::uuid(&asset.local_identifier) == Some(&id.0)) else {
            return Ok(None);
        };
        let mut seen = match before {
            Some(seen) => seen.renewed(asset),
            None => Seen::new(asset, Some((self.around.clock)())),
        };
        if seen.resources.is_none() {
            let resources = self.kit.resources(&seen.asset.local_identifier);
            seen.resources = Some(resources.map_err(self.failed("Photos did not say which files an asset has"))?);
            self.notebook.keep([&seen], &[], None)?;
        }
        Ok(Some(seen))
    }

    /// The asset that an import made under another identifier than PhotoKit announced: among those added since, the one
    /// whose files are those that were sent.
    fn added_since(&mut self, pending: &Pending) -> Result<Option<Asset>, LibraryError> {
        let changes = pending.token.as_deref().and_then(|token| self.kit.changes_since(token).ok());
        let candidates: Vec<AssetId> = match changes {
            Some(changes) => {
                changes.inserted.iter().filter_map(|added| Some(AssetId(told::uuid(added)?.into()))).collect()
            }
            None => {
                let all = listing::fetch(&*self.kit, Fetch::All, &Cancel::new());
                let all = all.map_err(|stopped| listing::failed(stopped, &self.around.package))?;
                let is_late = |asset: &KitAsset| {
                    asset.added.or(asset.modified).and_then(told::instant).is_none_or(|at| at >= pending.began)
                };
                let late = all.into_iter().filter(|(_, asset)| is_late(asset));
                late.map(|(uuid, _)| AssetId(uuid.into())).collect()
            }
        };
        for id in candidates {
            let Some(asset) = self.shown(&id)?.and_then(|seen| self.tell(&seen)) else { continue };
            if self.has_files(&asset, pending) {
                return Ok(Some(asset));
            }
        }
        Ok(None)
    }

    /// Whether these files are those of an asset, byte for byte.
    fn has_files(&mut self, asset: &Asset, pending: &Pending) -> bool {
        let sizes = pending.files.iter().map(|(kind, size, _)| (told::role(*kind), *size));
        let may_be = sizes.into_iter().all(|(role, size)| {
            let held = role.and_then(|role| asset.resource(role));
            held.is_some_and(|held| held.size.is_none_or(|held| held == size))
        });
        may_be
            && pending.files.iter().all(|(kind, _, expected)| {
                let mut hasher = Hasher::new();
                let role = told::role(*kind).expect("only files with a role are sent");
                let read = self.read(asset, role, &mut hasher, &Cancel::new());
                read.is_ok() && hasher.finish().to_string() == *expected
            })
    }

    /// Where the tables say that a file is on this disk it is read there; else PhotoKit brings it.
    fn stream(
        &mut self,
        asset: &Asset,
        resource: &Resource,
        sink: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, ReadError> {
        if let Some(tables) = self.tables.as_mut().filter(|_| !resource.locator.starts_with("photokit")) {
            match tables.read(asset, resource.role, sink, cancel) {
                Err(ReadError::NotHere) => {}
                result => return result,
            }
        }
        self.fetch(asset, resource, true, sink, cancel)
    }

    fn fetch(
        &self,
        asset: &Asset,
        resource: &Resource,
        network: bool,
        sink: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, ReadError> {
        let kind = told::kind(resource.role).ok_or(ReadError::NotHere)?;
        let seen = self.notebook.asset(&asset.id).ok().flatten();
        let identifier = seen.map_or_else(|| told::usual_identifier(&asset.id), |seen| seen.asset.local_identifier);
        let wanted = Wanted { local_identifier: &identifier, kind, size: resource.size, network };
        bytes::stream(&*self.kit, &wanted, sink, &self.around.patience, cancel)
    }

    /// A file that is on this Mac, copied to where it can be read in any order.
    fn spooled(&self, asset: &Asset, resource: &Resource) -> Result<std::fs::File, ReadError> {
        let failed = |error: std::io::Error| ReadError::Permanent(error.to_string());
        let mut file = tempfile::tempfile().map_err(failed)?;
        self.fetch(asset, resource, false, &mut file, &Cancel::new())?;
        file.rewind().map_err(failed)?;
        Ok(file)
    }

    /// Notes what bytes a file has, for as long as its asset does not change.
    fn note(&mut self, asset: &Asset, role: ResourceRole, hasher: Hasher) {
        let (Some(kind), Ok(Some(mut seen))) = (told::kind(role), self.notebook.asset(&asset.id)) else { return };
        if seen.fingerprint(kind).is_none() {
            seen.fingerprints.push((kind, hasher.finish().to_string()));
            if let Err(error) = self.notebook.keep([&seen], &[], None) {
                tracing::warn!(%error, "a fingerprint could not be noted");
            }
        }
    }

    /// What came of a change that did not end well: the asset, where it is there all the same. What an exception leaves is
    /// no photo that went in, whatever it looks like.
    fn outcome(&mut self, error: KitError, id: Option<&AssetId>, asset: &NewAsset<'_>) -> Result<AssetId, ImportError> {
        let was_broken_off = [EXCEPTION, PANIC].contains(&&*error.domain);
        let failed = self.import_error(&error, asset);
        let Some(id) = id else { return Err(failed) };
        match self.asset(id) {
            Ok(Some(_)) if was_broken_off => Err(ImportError::Refused(format!(
                "{error}. Photos kept something of it all the same, as {id}, which may lack a file. Delete that in Photos; the \
                 files in the folder are as they were"
            ))),
            Ok(Some(asset)) => Ok(asset.id),
            Ok(None) => {
                self.notebook.end(id)?;
                Err(failed)
            }
            // The journal's entry stays open, and the next run looks again.
            Err(unknown) => Err(unknown.into()),
        }
    }

    fn import_error(&self, error: &KitError, asset: &NewAsset<'_>) -> ImportError {
        let is_live = asset.resources.iter().any(|resource| resource.role == ResourceRole::PairedVideo);
        if let Some(format) = formats::refused(error, asset) {
            return ImportError::NotTaken { format, why: error.to_string() };
        }
        match meaning(error) {
            Meaning::NoRoom => ImportError::DiskFull,
            // Which of the two codes it is depends on the macOS.
            Meaning::Refused if is_live && [-1, 3302].contains(&error.code) => ImportError::Refused(format!(
                "{error}. The halves of a Live Photo that do not belong together are refused so"
            )),
            Meaning::Forbidden | Meaning::Away => {
                of_library("importing into Photos", error.clone(), &self.around.package).into()
            }
            _ => ImportError::Refused(error.to_string()),
        }
    }
}

/// The library's own tables, where this program may read them.
fn tables(around: &Surroundings) -> Option<Bundle> {
    let opened = Bundle::open(&around.package, &around.scratch);
    opened.inspect_err(|error| tracing::info!(%error, "PhotoKit alone tells what the library holds")).ok()
}

impl<K: PhotoKit> Library for Photos<K> {
    fn properties(&self) -> Properties {
        let by_tables = self.tables.is_some();
        Properties {
            writable: true,
            fetches: true,
            fingerprints: by_tables,
            sees_hidden: by_tables || self.saw_hidden,
            sees_trashed: by_tables,
            removes: false,
            // PhotoKit does not say. Waiting a day for nothing is better than a twin.
            fed_by_icloud: self.tables.as_ref().is_none_or(|tables| tables.properties().fed_by_icloud),
            joins: false,
            at_once: false,
        }
    }

    fn identity(&self) -> Identity {
        Identity { uuid: Some(SYSTEM.into()), path: self.around.package.clone() }
    }

    fn about(&self) -> About {
        let model_version = self.tables.as_ref().and_then(|tables| tables.about().model_version);
        About { kind: "the System Photo Library of this Mac", model_version }
    }

    fn snapshot(&mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Snapshot, LibraryError> {
        permitted(self.kit.authorization(), &self.around)?;
        let listed = self.list(progress, cancel)?;
        Ok(Snapshot { refuses: self.notebook.refused(&self.around.system)?, ..listed })
    }

    fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>, LibraryError> {
        if let Some(tables) = &mut self.tables
            && let Some(asset) = tables.asset(id)?
        {
            return Ok(Some(asset));
        }
        if let Some(seen) = self.shown(id)? {
            self.notebook.end(id)?;
            return Ok(self.tell(&seen));
        }
        match self.notebook.pending(id)? {
            Some(pending) => self.added_since(&pending),
            None => Ok(None),
        }
    }

    fn read(
        &mut self,
        asset: &Asset,
        role: ResourceRole,
        sink: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, ReadError> {
        let resource = asset.resource(role).ok_or(ReadError::NotHere)?.clone();
        let mut hasher = Hasher::new();
        let length = self.stream(asset, &resource, &mut Both(sink, &mut hasher), cancel)?;
        self.note(asset, role, hasher);
        Ok(length)
    }

    fn picture(&mut self, id: &AssetId) -> Result<Option<Box<dyn Readable>>, ReadError> {
        if let Some(tables) = &mut self.tables
            && let Some(picture) = tables.picture(id)?
        {
            return Ok(Some(picture));
        }
        let asset = self.shown(id).map_err(|error| ReadError::Permanent(error.to_string()))?;
        let Some(asset) = asset.and_then(|seen| self.tell(&seen)) else { return Ok(None) };
        let roles = [ResourceRole::RenderedPhoto, ResourceRole::Photo];
        let mut stills = roles.into_iter().filter_map(|role| asset.resource(role));
        let Some(still) = stills.find(|still| still.whereabouts == Whereabouts::Here) else { return Ok(None) };
        match self.spooled(&asset, still) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(ReadError::NotHere) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open(&mut self, asset: &Asset, role: ResourceRole) -> Result<Box<dyn Readable>, ReadError> {
        let resource = asset.resource(role).filter(|resource| resource.whereabouts == Whereabouts::Here);
        let resource = resource.ok_or(ReadError::NotHere)?;
        if let Some(tables) = self.tables.as_mut().filter(|_| !resource.locator.starts_with("photokit")) {
            match tables.open(asset, role) {
                Err(ReadError::NotHere) => {}
                opened => return opened,
            }
        }
        Ok(Box::new(self.spooled(asset, resource)?))
    }

    fn ensure_album(&mut self, title: &str) -> Result<Box<str>, LibraryError> {
        let albums = self.kit.albums().map_err(self.failed("Photos did not list its albums"))?;
        let remembered = self.notebook.album(title)?;
        let identifier = match listing::album(&albums, title, remembered.as_deref()) {
            Some(identifier) => identifier,
            None => self.kit.create_album(title).map_err(self.failed("Photos did not make an album"))?,
        };
        if remembered.as_deref() != Some(&identifier) {
            self.notebook.keep_album(title, &identifier)?;
        }
        Ok(identifier.into())
    }

    fn add_to_album(&mut self, album: &str, assets: &[AssetId]) -> Result<(), LibraryError> {
        let identifiers: Vec<String> = assets.iter().map(told::usual_identifier).collect();
        let mut parts = identifiers.chunks(listing::AT_ONCE);
        parts
            .try_for_each(|some| self.kit.add_to_album(album, some))
            .map_err(self.failed("Photos did not fill an album"))
    }

    fn import(
        &mut self,
        asset: &NewAsset<'_>,
        on_id: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
    ) -> Result<Imported, ImportError> {
        change::check(asset)?;
        self.check_together(asset)?;
        let staged = change::stage(asset, &self.around.scratch)?;
        let files = staged.files.iter().map(|(kind, size, bytes)| (*kind, *size, bytes.to_string())).collect();
        let token = self.kit.change_token().ok().flatten();
        let pending = Pending { began: (self.around.clock)(), token, files };
        let creation = change::creation(asset, &staged, &self.around.zone);
        let notebook = &self.notebook;
        let went = change::perform(&self.kit, creation, self.around.patience.change, &mut |id| {
            notebook.begin(id, &pending)?;
            on_id(id).inspect_err(|_| {
                // It is not begun; a note that stays costs a look at most.
                let _ = notebook.end(id);
            })
        });
        let id = match went {
            Went::Well(id) => id,
            Went::Unwanted(error) => return Err(error.into()),
            Went::Badly(error, id) => {
                self.outcome(error, id.as_ref(), asset).or_else(|failed| self.note_refusal(failed))?
            }
            Went::Silently(id) => {
                let minutes = self.around.patience.change.as_secs() / 60;
                let why = format!(
                    "Photos did not answer for {minutes} minutes. Whether the photo went in is looked up by the next sync; \
                     until then it is not imported again. Open Photos and see whether it waits for something"
                );
                let error = ImportError::Library(LibraryError::failed("importing into Photos")(why));
                match id.as_ref().map(|id| self.asset(id)) {
                    Some(Ok(Some(asset))) => asset.id,
                    _ => return Err(error),
                }
            }
        };
        if let Err(error) = formats::doubtful(asset).try_for_each(|format| self.notebook.take(&format)) {
            tracing::warn!(%error, "what Photos takes could not be noted");
        }
        Ok(Imported { id, fingerprints: staged.fingerprints })
    }
}

/// Writes to a sink and hashes what passes.
struct Both<'a>(&'a mut dyn Write, &'a mut Hasher);

impl Write for Both<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.0.write(bytes)?;
        self.1.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
