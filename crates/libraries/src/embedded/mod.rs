//! A photo library that Photobridge itself creates and writes, on any system.
//!
//! It has the tables and folders of an Apple Photos library of macOS 26, so that the reader of [`crate::Bundle`] reads it
//! too, and an independent one (osxphotos) can check it; but it is none, and is never named `.photoslibrary`.

mod import;
mod join;
mod originals;
mod pending;
mod read;
mod rights;
mod rows;
mod schema;
pub(crate) mod store;
mod tell;

use std::collections::HashMap;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use photobridge_core::asset::{Asset, AssetId, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::{
    About, Identity, ImportError, Imported, Importer, Library, LibraryError, NewAsset, NewResource, Properties,
    ReadError, Readable, Snapshot,
};
use photobridge_core::progress::{Cancel, Progress};
use photobridge_core::telling::Telling;
use rusqlite::Connection;

use crate::tables::{Schema, Tables};
use crate::{metadata, pictures, reader, stream};
use originals::Originals;
use store::{Site, WriteLock};

/// An embedded library. Nothing is made on disk before the first write.
#[derive(Debug)]
pub struct Embedded {
    path: PathBuf,
    /// How far the library had grown when it was listed.
    listed: Option<Growth>,
    // Declared before the lock, so that the database is closed while the lock is still held.
    writer: Option<Writer>,
}

/// How many assets there are, which is the newest (its number is given again once it was removed), and the same of files:
/// one may become a part of an asset that is there.
type Growth = (i64, Option<String>, i64);

fn growth(connection: &Connection) -> rusqlite::Result<Growth> {
    let sql = "SELECT count(*), (SELECT ZUUID FROM ZASSET ORDER BY Z_PK DESC LIMIT 1), \
               (SELECT coalesce(max(Z_PK), 0) FROM ZINTERNALRESOURCE) FROM ZASSET";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

#[derive(Debug)]
struct Writer {
    connection: Connection,
    schema: Schema,
    originals: Originals,
    /// How the names of what was imported last end, by asset: only those need be looked for.
    fresh: HashMap<AssetId, Vec<String>>,
    _lock: WriteLock,
}

impl Embedded {
    /// The library at a path: one of ours, or a place where nothing is yet.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LibraryError> {
        store::inspect(path.as_ref())?;
        Ok(Self { path: path.as_ref().to_owned(), listed: None, writer: None })
    }

    /// Hides a photo, as people do in Photos: a sample household has one that is hidden.
    pub fn hide(&mut self, asset: &AssetId) -> Result<(), LibraryError> {
        let Writer { connection, .. } = self.writer()?;
        let hidden = connection.execute("UPDATE ZASSET SET ZHIDDEN = 1 WHERE ZUUID = ?1", [&*asset.0]);
        hidden.map(drop).map_err(LibraryError::failed("hiding a photo"))
    }

    /// The connection that writes: makes the library where there is none, takes the lock, and undoes what an
    /// interrupted import left.
    fn writer(&mut self) -> Result<&mut Writer, LibraryError> {
        let writer = match self.writer.take() {
            Some(writer) => writer,
            None => self.open_writer()?,
        };
        Ok(self.writer.insert(writer))
    }

    fn open_writer(&self) -> Result<Writer, LibraryError> {
        if store::inspect(&self.path)? == Site::Vacant {
            match store::create(&self.path) {
                // Somebody else made it at the same moment: then that one is the library.
                Err(_) if matches!(store::inspect(&self.path), Ok(Site::Ours)) => {}
                made => made?,
            }
        }
        // Opening for writing leaves traces, so the database must say that it is ours before that.
        read::without_trace(&self.path, |_| Ok(()))?;
        let lock = WriteLock::acquire(&self.path)?;
        let mut connection = store::open_to_write(&self.path)?;
        let originals = Originals::of(&self.path);
        pending::undo_all(&mut connection, &originals)?;
        let now = growth(&connection).map_err(|error| reader::unreadable(&self.path, &error))?;
        if self.listed.as_ref().is_some_and(|listed| *listed != now) {
            // Whoever plans by an older list would bring in twice what came since.
            return Err(LibraryError::Grown(self.path.clone()));
        }
        Ok(Writer { connection, schema: Schema::default(), originals, fresh: HashMap::new(), _lock: lock })
    }

    fn leave_out_pending(&self, connection: &Connection, assets: &mut [Asset]) -> Result<(), LibraryError> {
        join::leave_out_pending(connection, assets).map_err(|error| reader::unreadable(&self.path, &error))
    }

    /// Reads through the writing connection where there is one, else without leaving a trace.
    fn reading<T>(&self, read: impl Fn(&Connection) -> Result<T, LibraryError>, vacant: T) -> Result<T, LibraryError> {
        match &self.writer {
            Some(writer) => read(&writer.connection),
            None if store::inspect(&self.path)? == Site::Vacant => Ok(vacant),
            None => read::without_trace(&self.path, read),
        }
    }
}

impl Library for Embedded {
    fn properties(&self) -> Properties {
        Properties {
            writable: true,
            removes: true,
            fetches: false,
            fingerprints: true,
            sees_hidden: true,
            sees_trashed: true,
            fed_by_icloud: false,
            joins: true,
            at_once: true,
        }
    }

    fn identity(&self) -> Identity {
        let uuid = self.reading(
            |connection| {
                let uuid = connection.query_row("SELECT Z_UUID FROM Z_METADATA", [], |row| row.get(0));
                uuid.map_err(|error| reader::unreadable(&self.path, &error))
            },
            None,
        );
        Identity { uuid: uuid.ok().flatten(), path: self.path.clone() }
    }

    fn about(&self) -> About {
        let model_version = self.reading(|connection| Ok(metadata::model_version(connection)), None).ok().flatten();
        About { kind: "a library of Photobridge's own", model_version }
    }

    fn snapshot(&mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Snapshot, LibraryError> {
        let listed = self.reading(
            |connection| growth(connection).map_err(|error| reader::unreadable(&self.path, &error)),
            Growth::default(),
        )?;
        self.listed = self.writer.is_none().then_some(listed);
        let read = |connection: &Connection| {
            let mut snapshot = reader::snapshot(connection, &self.path, progress, cancel)?;
            self.leave_out_pending(connection, &mut snapshot.assets)?;
            Ok(snapshot)
        };
        self.reading(read, Snapshot::default())
    }

    fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>, LibraryError> {
        Ok(self.assets(std::slice::from_ref(id))?.pop().flatten())
    }

    fn assets(&mut self, ids: &[AssetId]) -> Result<Vec<Option<Asset>>, LibraryError> {
        let all = import::companion_endings();
        if let Some(Writer { connection, schema, fresh, .. }) = &mut self.writer {
            let tables = schema.tables(connection).map_err(|error| reader::unreadable(&self.path, &error))?;
            let endings = |id: &AssetId| fresh.get(id).unwrap_or(&all).as_slice();
            return reader::assets(connection, tables, &self.path, ids, Some(&endings));
        }
        let read = |connection: &Connection| {
            let tables = Tables::read(connection).map_err(|error| reader::unreadable(&self.path, &error))?;
            let mut assets = reader::assets(connection, &tables, &self.path, ids, Some(&|_| &all))?;
            for asset in &mut assets {
                self.leave_out_pending(connection, asset.as_mut_slice())?;
            }
            Ok(assets)
        };
        self.reading(read, vec![None; ids.len()])
    }

    fn read(
        &mut self,
        asset: &Asset,
        role: ResourceRole,
        sink: &mut dyn Write,
        cancel: &Cancel,
    ) -> Result<u64, ReadError> {
        stream::read(&self.path, asset, role, sink, cancel)
    }

    fn picture(&mut self, id: &AssetId) -> Result<Option<Box<dyn Readable>>, ReadError> {
        match self.asset(id).map_err(|error| ReadError::Permanent(error.to_string()))? {
            Some(asset) => pictures::still(&self.path, &asset),
            None => Ok(None),
        }
    }

    fn file(&mut self, asset: &Asset, role: ResourceRole) -> Option<OwnedFd> {
        stream::open_resource(&self.path, asset, role).ok().map(OwnedFd::from)
    }

    fn open(&mut self, asset: &Asset, role: ResourceRole) -> Result<Box<dyn Readable>, ReadError> {
        Ok(Box::new(stream::open_resource(&self.path, asset, role)?))
    }

    fn ensure_album(&mut self, title: &str) -> Result<Box<str>, LibraryError> {
        let Writer { connection, .. } = self.writer()?;
        rows::ensure_album(connection, title).map_err(LibraryError::failed(format!("making the album “{title}”")))
    }

    fn add_to_album(&mut self, album: &str, assets: &[AssetId]) -> Result<(), LibraryError> {
        let Writer { connection, .. } = self.writer()?;
        rows::add_to_album(connection, album, assets).map_err(LibraryError::failed("putting photos into an album"))
    }

    fn remove(&mut self, asset: &AssetId) -> Result<(), LibraryError> {
        let Writer { connection, originals, .. } = self.writer()?;
        pending::remove(connection, originals, asset)
    }

    fn recover(&mut self) -> Result<(), LibraryError> {
        let is_pending =
            self.writer.is_none() && self.reading(|connection| Ok(pending::is_pending(connection)), false)?;
        if is_pending {
            self.open_writer()?;
        }
        Ok(())
    }

    fn import(
        &mut self,
        asset: &NewAsset<'_>,
        on_id: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
    ) -> Result<Imported, ImportError> {
        let answer = self.import_all(std::slice::from_ref(asset), &mut One(on_id)).pop();
        answer.expect("nobody said that it stays")
    }

    fn import_all(
        &mut self,
        assets: &[NewAsset<'_>],
        importer: &mut dyn Importer,
    ) -> Vec<Result<Imported, ImportError>> {
        let checked: Vec<Result<(), ImportError>> = assets.iter().map(import::check).collect();
        if checked.iter().all(Result::is_err) {
            return checked.into_iter().filter_map(Result::err).map(Err).collect();
        }
        let Writer { connection, originals, fresh, .. } = match self.writer() {
            Ok(writer) => writer,
            Err(error) => return vec![Err(error.into())],
        };
        let answers = import::import_all(connection, originals, assets, checked, importer);
        let imported = answers.iter().zip(assets).filter_map(|(answer, asset)| Some((answer.as_ref().ok()?, asset)));
        *fresh = imported.map(|(answer, asset)| (answer.id.clone(), import::endings(asset))).collect();
        answers
    }

    fn join(
        &mut self,
        photo: &AssetId,
        file: &NewResource<'_>,
        alone: Option<&AssetId>,
    ) -> Result<Fingerprint, ImportError> {
        let Writer { connection, originals, fresh, .. } = self.writer()?;
        fresh.clear();
        join::join(connection, originals, photo, file, alone)
    }

    fn tell_late(&mut self, photo: &AssetId, telling: &Telling) -> Result<bool, LibraryError> {
        let Writer { connection, .. } = self.writer()?;
        tell::tell(connection, photo, telling)
            .map_err(LibraryError::failed(format!("telling the photo {photo} what came late")))
    }

    fn untell(&mut self, photo: &AssetId, telling: &Telling) -> Result<bool, LibraryError> {
        let Writer { connection, .. } = self.writer()?;
        tell::untell(connection, photo, telling)
            .map_err(LibraryError::failed(format!("taking back what the photo {photo} was told")))
    }
}

/// Has a single asset imported.
struct One<'a>(&'a mut dyn FnMut(&AssetId) -> Result<(), LibraryError>);

impl Importer for One<'_> {
    fn begin(&mut self, ids: &[(usize, AssetId)]) -> Result<(), LibraryError> {
        ids.iter().try_for_each(|(_, id)| (self.0)(id))
    }

    fn next(&mut self, _: usize) -> bool {
        true
    }
}
