//! Any `*.photoslibrary` on disk, read-only, on any system.
//!
//! Nothing in the library is ever opened for writing: SQLite works on a clone of the database's three files. Much of the
//! data can be in the write-ahead log (Test-Movie-5_0 shows no photos without it), and a database opened in place would be
//! recovered, that is changed.

use std::fs::{self, Metadata};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use photobridge_core::asset::{Asset, AssetId, ResourceRole};
use photobridge_core::library::{
    About, Identity, ImportError, Imported, Library, LibraryError, NewAsset, Properties, ReadError, Readable, Snapshot,
};
use photobridge_core::progress::{Cancel, Progress};
use photobridge_core::wording::size;
use photobridge_files::{free_space, open_file};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tempfile::TempDir;

use crate::tables::Tables;
use crate::{metadata, pictures, reader, stream};

/// The database and what SQLite keeps beside it, the file that all others hang on last.
const DATABASE: &str = "Photos.sqlite";
const FILES: [&str; 3] = ["Photos.sqlite-shm", "Photos.sqlite-wal", DATABASE];

/// How often a library is cloned again because it changed meanwhile, and the pause before that.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(300);

/// A library of Apple Photos.
#[derive(Debug)]
pub struct Bundle {
    path: PathBuf,
    // Declared before the clone, so that the database is closed before its directory is removed.
    connection: Connection,
    tables: Tables,
    uuid: Option<String>,
    model_version: Option<u64>,
    fed_by_icloud: bool,
    _clone: TempDir,
}

impl Bundle {
    /// Clones the database into a directory below `scratch`, which goes when the bundle is dropped, and opens the clone.
    pub fn open(path: impl AsRef<Path>, scratch: impl AsRef<Path>) -> Result<Self, LibraryError> {
        let path = path.as_ref();
        check_version(path)?;
        let clone = clone(path, scratch.as_ref(), || ())?;
        let unreadable = |error| reader::unreadable(path, &error);
        let connection = open_clone(&clone.path().join(DATABASE)).map_err(unreadable)?;
        let tables = Tables::read(&connection).map_err(unreadable)?;
        if !tables.has("Z_METADATA") {
            // That shows only here.
            return Err(LibraryError::Unreadable { path: path.to_owned(), why: too_old("has nothing from Photos") });
        }
        let uuid = connection
            .query_row("SELECT Z_UUID FROM Z_METADATA", [], |row| Ok(crate::cells::text(row, 0).map(str::to_owned)))
            .optional()
            .map_err(unreadable)?
            .flatten();
        let fed_by_icloud = fed_by_icloud(&connection, &tables);
        let model_version = metadata::model_version(&connection);
        Ok(Self { path: path.to_owned(), connection, tables, uuid, model_version, fed_by_icloud, _clone: clone })
    }

    fn read_only(&self) -> LibraryError {
        LibraryError::ReadOnly(self.path.clone())
    }
}

/// Looks whether a library is there and may be read, without cloning it.
pub(crate) fn inspect(path: &Path) -> Result<(), LibraryError> {
    check_version(path)?;
    let database = path.join("database").join(DATABASE);
    open_file(&database).map(drop).map_err(|error| refused(path, &database, error))
}

/// Looks at what is there before anything is cloned.
fn check_version(path: &Path) -> Result<(), LibraryError> {
    let database = path.join("database");
    let unusable = |why: String| Err(LibraryError::Unusable { path: path.to_owned(), why });
    let is_there = |found: io::Result<Metadata>, place: &Path| match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(refused(path, place, error)),
    };
    if is_there(fs::metadata(path), path)?.is_none() {
        return Err(LibraryError::Missing(path.to_owned()));
    }
    for name in FILES {
        // To open a pipe would wait for whoever writes into it.
        if is_there(fs::metadata(database.join(name)), &database)?.is_some_and(|found| !found.is_file()) {
            return unusable(format!("database/{name} is not a file, so this is not a photo library"));
        }
    }
    let wal_is_empty = || fs::metadata(database.join(FILES[1])).map_or(true, |wal| wal.len() == 0);
    match is_there(fs::metadata(database.join(DATABASE)), &database)? {
        Some(found) if found.len() > 0 || !wal_is_empty() => Ok(()),
        Some(_) => unusable(too_old("is empty")),
        None if database.join("photos.db").exists() => unusable(too_old("is not there")),
        _ => unusable(
            "it has no database/Photos.sqlite, so it is not a photo library, or an incomplete copy of one".into(),
        ),
    }
}

/// What an old library looks like, and one that lost its database.
fn too_old(state: &str) -> String {
    format!(
        "its database/Photos.sqlite {state}. If the library is older than macOS 10.15, open it once in Photos of macOS \
         10.15 or later, which brings it up to date. If not, its database was lost: restore it from a backup"
    )
}

/// Why a file or directory of the library could not be looked at.
fn refused(path: &Path, place: &Path, error: io::Error) -> LibraryError {
    let shown = place.display();
    let why = match error.kind() {
        io::ErrorKind::PermissionDenied => format!(
            "{shown} may not be read ({error}). Look at its rights; on a Mac, allow Full Disk Access in System Settings, \
             Privacy & Security"
        ),
        _ => format!("{shown} could not be read ({error}). Check its disk"),
    };
    LibraryError::Unusable { path: path.to_owned(), why }
}

/// What tells one state of a file from the next.
fn stamps(database: &Path) -> Vec<Option<(u64, Option<SystemTime>)>> {
    let stamp = |name| fs::metadata(database.join(name)).ok().map(|found| (found.len(), found.modified().ok()));
    FILES.into_iter().map(stamp).collect()
}

/// Clones the database; once more if the library changed meanwhile. `meanwhile` is called between the copying and the
/// second look, where tests change the library.
fn clone(path: &Path, scratch: &Path, mut meanwhile: impl FnMut()) -> Result<TempDir, LibraryError> {
    let what = format!("cloning the database of {}", path.display());
    let database = path.join("database");
    for attempt in 0..TRIES {
        if attempt > 0 {
            std::thread::sleep(PAUSE);
        }
        let before = stamps(&database);
        let clone = photobridge_core::data::directory(scratch)
            .and_then(|()| tempfile::Builder::new().prefix("library-").tempdir_in(scratch))
            .map_err(LibraryError::failed(what.clone()))?;
        for name in FILES {
            match copy(&database.join(name), &clone.path().join(name)) {
                Ok(()) => make_writable(&clone.path().join(name)).map_err(LibraryError::failed(what.clone()))?,
                Err(error) if error.kind() == io::ErrorKind::NotFound && name != DATABASE => {}
                Err(_) if !database.join(name).exists() && name != DATABASE => {}
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    return Err(refused(path, &database.join(name), error));
                }
                Err(error) => return Err(LibraryError::failed(what)(error)),
            }
        }
        meanwhile();
        if stamps(&database) == before {
            return Ok(clone);
        }
    }
    Err(LibraryError::Unreadable {
        path: path.to_owned(),
        why: "its database kept changing while it was copied. Try again later, or quit Photos".into(),
    })
}

/// Clones a file, or copies it where there is room.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let length = fs::metadata(from)?.len();
    if reflink_copy::reflink(from, to).is_ok() {
        return Ok(());
    }
    let free = free_space(to.parent().unwrap_or(to))?;
    if length > free {
        let why = format!(
            "{} takes {}, and {} are free where Photobridge keeps its data",
            from.display(),
            size(length),
            size(free)
        );
        return Err(io::Error::new(io::ErrorKind::StorageFull, why));
    }
    fs::copy(from, to).map(drop)
}

/// A clone of a read-only file is read-only, and SQLite must recover the log in it.
fn make_writable(file: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(file, fs::Permissions::from_mode(0o600))
    }
    #[cfg(not(unix))]
    {
        let mut permissions = fs::metadata(file)?.permissions();
        permissions.set_readonly(false);
        fs::set_permissions(file, permissions)
    }
}

fn open_clone(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.pragma_update(None, "query_only", "ON")?;
    Ok(connection)
}

/// Whether iCloud brings photos into this library: a photo that came from it (`ZSAVEDASSETTYPE` 6) or one of the
/// library's own that it knows (`ZCLOUDLOCALSTATE` 1). Items of shared albums have neither, so a library that only takes
/// part in shared albums is not fed.
fn fed_by_icloud(connection: &Connection, tables: &Tables) -> bool {
    let Some(asset) = tables.asset() else { return false };
    let saved = tables.expression(asset, "a", &["ZSAVEDASSETTYPE"]);
    let cloud = tables.expression(asset, "a", &["ZCLOUDLOCALSTATE"]);
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {asset} a WHERE {saved} = 6 OR {cloud} = 1)");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(false)
}

impl Library for Bundle {
    fn properties(&self) -> Properties {
        Properties {
            writable: false,
            fetches: false,
            fingerprints: true,
            sees_hidden: true,
            sees_trashed: true,
            removes: false,
            fed_by_icloud: self.fed_by_icloud,
            joins: false,
            at_once: false,
        }
    }

    fn identity(&self) -> Identity {
        Identity { uuid: self.uuid.clone(), path: self.path.clone() }
    }

    fn about(&self) -> About {
        About { kind: "a library of Apple Photos, only ever read", model_version: self.model_version }
    }

    fn snapshot(&mut self, progress: &dyn Progress, cancel: &Cancel) -> Result<Snapshot, LibraryError> {
        reader::snapshot(&self.connection, &self.path, progress, cancel)
    }

    fn asset(&mut self, id: &AssetId) -> Result<Option<Asset>, LibraryError> {
        let ids = std::slice::from_ref(id);
        Ok(reader::assets(&self.connection, &self.tables, &self.path, ids, None)?.pop().flatten())
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
        if let Some(derivative) = pictures::derivative(&self.path, id) {
            return Ok(Some(Box::new(derivative)));
        }
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

    fn ensure_album(&mut self, _: &str) -> Result<Box<str>, LibraryError> {
        Err(self.read_only())
    }

    fn add_to_album(&mut self, _: &str, _: &[AssetId]) -> Result<(), LibraryError> {
        Err(self.read_only())
    }

    fn import(
        &mut self,
        _: &NewAsset<'_>,
        _: &mut dyn FnMut(&AssetId) -> Result<(), LibraryError>,
    ) -> Result<Imported, ImportError> {
        Err(self.read_only().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> TempDir {
        let library = tempfile::tempdir().expect("a directory");
        fs::create_dir(library.path().join("database")).expect("a directory");
        fs::write(library.path().join("database").join(DATABASE), b"one").expect("a file");
        library
    }

    #[test]
    fn a_library_that_changes_is_cloned_again() {
        let (library, scratch) = (library(), tempfile::tempdir().expect("a directory"));
        let mut times = 0;
        let clone = clone(library.path(), scratch.path(), || {
            times += 1;
            if times == 1 {
                fs::write(library.path().join("database").join(FILES[1]), b"a log").expect("a file");
            }
        })
        .expect("a clone");
        assert_eq!(times, 2);
        assert_eq!(fs::read(clone.path().join(FILES[1])).expect("the log"), b"a log");
        assert_eq!(fs::read_dir(scratch.path()).expect("scratch").count(), 1, "the first clone is gone");
    }

    #[test]
    fn a_library_that_keeps_changing_says_so() {
        let (library, scratch) = (library(), tempfile::tempdir().expect("a directory"));
        let mut length = 0;
        let error = clone(library.path(), scratch.path(), || {
            length += 1;
            fs::write(library.path().join("database").join(FILES[1]), vec![0; length]).expect("a file");
        })
        .expect_err("it never stands still");
        assert!(error.to_string().contains("kept changing"), "{error}");
        assert_eq!(fs::read_dir(scratch.path()).expect("scratch").count(), 0);
    }
}
