//! An embedded library on disk: what marks it as ours, how it comes into being, and how its database is opened.
//!
//! ```text
//! photobridge-library.json   the marker, with the format version; the database holds the same
//! photobridge-library.lock   locked by whoever writes
//! database/Photos.sqlite     Apple's tables, see `schema`
//! originals/<0-F>/           the photos, by the first digit of their UUID
//! ```

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use photobridge_core::durable;
use photobridge_core::library::LibraryError;
use photobridge_files::open_file;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::{rights, schema};
use crate::metadata;

/// The file that says that a directory is an embedded library.
pub(crate) const MARKER: &str = photobridge_core::folder::names::LIBRARY_MARKER;
const LOCK: &str = "photobridge-library.lock";

/// The directory in which a library is made, beside its place.
const FRESH: &str = ".photobridge-library.part";

/// Longer than any marker, in bytes.
const LONGEST_MARKER: u64 = 4096;

/// The version of the layout that this program writes and the newest that it reads.
const FORMAT: u32 = 1;

/// The key under which `Z_METADATA.Z_PLIST` holds the format version.
const FORMAT_KEY: &str = "PhotobridgeLibraryFormat";

#[derive(Serialize, Deserialize)]
struct Marker {
    format: u32,
    #[serde(default)]
    about: String,
}

/// What lies at the path of an embedded library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Site {
    /// Nothing, or an empty directory: an empty library, made when it is first written.
    Vacant,
    /// A library of ours.
    Ours,
}

/// Looks at what is there; refuses everything that is not a library of ours of a version that we know.
pub(crate) fn inspect(path: &Path) -> Result<Site, LibraryError> {
    let unusable = |why: &str| Err(LibraryError::Unusable { path: path.to_owned(), why: why.to_owned() });
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("photoslibrary")) {
        return unusable("it is named like a library of Apple Photos, which Photobridge only ever reads");
    }
    let marker = match read_marker(&path.join(MARKER)) {
        Ok(marker) => marker,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return vacant(path),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return unusable("it is a file; choose a new or empty folder");
        }
        Err(error) => return Err(unread(path, &path.join(MARKER), &error)),
    };
    match serde_json::from_slice::<Marker>(&marker) {
        Ok(Marker { format: 1..=FORMAT, .. }) if database(path).is_file() => match is_database(&database(path)) {
            Ok(true) => Ok(Site::Ours),
            Ok(false) => unusable("its database/Photos.sqlite is damaged; restore it from a backup"),
            Err(error) => Err(unread(path, &database(path), &error)),
        },
        Ok(Marker { format: 1..=FORMAT, .. }) => unusable("its database is gone; restore it from a backup"),
        Ok(_) => unusable("a newer Photobridge made it; update this one"),
        Err(_) => unusable(&format!("its {MARKER} is damaged; restore it from a backup")),
    }
}

/// Whether a file begins as SQLite's do (the file format, 1.3.1), or is empty, as of a database that was only just made.
fn is_database(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    open_file(path)?.take(16).read_to_end(&mut start)?;
    Ok(start.is_empty() || start == b"SQLite format 3\0")
}

fn read_marker(path: &Path) -> io::Result<Vec<u8>> {
    let mut marker = Vec::new();
    open_file(path)?.take(LONGEST_MARKER).read_to_end(&mut marker)?;
    Ok(marker)
}

fn vacant(path: &Path) -> Result<Site, LibraryError> {
    let why = "it is a folder with other things in it; choose a new or empty one";
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(Site::Vacant),
            Some(_) => Err(LibraryError::Unusable { path: path.to_owned(), why: why.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Site::Vacant),
        Err(error) => Err(unread(path, path, &error)),
    }
}

/// The words for what the disk did not show of a library.
fn unread(path: &Path, place: &Path, error: &io::Error) -> LibraryError {
    let why = format!("{} could not be read ({error}). Check its disk, and that you may read it", place.display());
    LibraryError::Unusable { path: path.to_owned(), why }
}

/// The database of the library at a path.
pub(crate) fn database(path: &Path) -> PathBuf {
    path.join("database").join("Photos.sqlite")
}

/// Makes an empty library: complete in a directory beside its place, then renamed to it, so that whatever happens
/// there is either a whole library or none. Whoever makes it holds its lock, and clears away what one that died left.
pub(super) fn create(path: &Path) -> Result<(), LibraryError> {
    let failed = |error: io::Error| LibraryError::failed(format!("making the library {}", path.display()))(error);
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(failed)?;
    let fresh = parent.join(FRESH);
    match rights::first(parent, &fresh) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !fresh.is_symlink() => {}
        made => made.map_err(failed)?,
    }
    let _lock = WriteLock::acquire(&fresh)?;
    let made = clear(&fresh).and_then(|()| fill(&fresh)).and_then(|()| give_place(&fresh, path));
    if made.is_err() {
        // Whatever cannot be removed now is cleared away by whoever comes next.
        let _ = clear(&fresh).and_then(|()| Ok(fs::remove_file(fresh.join(LOCK))?)).map(|()| fs::remove_dir(&fresh));
    }
    made.map_err(|error| LibraryError::failed(format!("making the library {}", path.display()))(error))?;
    durable::directory(parent).map_err(failed)
}

/// Moves a whole library to its place, where an empty directory may be.
fn give_place(fresh: &Path, path: &Path) -> Result<(), AnyError> {
    match fs::remove_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    Ok(fs::rename(fresh, path)?)
}

/// Removes what [`fill`] makes. A photo is never in it.
fn clear(fresh: &Path) -> Result<(), AnyError> {
    let removed = [
        fs::remove_dir_all(fresh.join("database")),
        fs::remove_dir(fresh.join("originals")),
        fs::remove_file(fresh.join(MARKER)),
    ];
    removed.into_iter().try_for_each(|removed| match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed?),
    })
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

fn fill(path: &Path) -> Result<(), AnyError> {
    rights::directory(path, &path.join("database"))?;
    rights::directory(path, &path.join("originals"))?;
    rights::prepare(path, &database(path))?;
    let connection = Connection::open(database(path))?;
    configure(&connection)?;
    connection.execute_batch(schema::CREATE)?;
    connection.execute(
        "INSERT INTO Z_METADATA (Z_VERSION, Z_UUID, Z_PLIST) VALUES (1, ?1, ?2)",
        (new_uuid(), property_list()?),
    )?;
    // The root of all albums and folders: exactly one row of kind 3999, or osxphotos stops.
    connection.execute(
        "INSERT INTO ZGENERICALBUM (Z_ENT, Z_OPT, ZUUID, ZKIND, ZTRASHEDSTATE) VALUES (?1, 1, ?2, 3999, 0)",
        (schema::ENTITY_ALBUM, new_uuid()),
    )?;
    connection.close().map_err(|(_, error)| error)?;
    durable::file(&File::open(database(path))?)?;
    let marker = Marker {
        format: FORMAT,
        about: "A photo library made by Photobridge. It is not an Apple Photos library.".into(),
    };
    let mut file = rights::options(path).write(true).create_new(true).open(path.join(MARKER))?;
    file.write_all(serde_json::to_string_pretty(&marker)?.as_bytes())?;
    file.write_all(b"\n")?;
    durable::file(&file)?;
    for directory in [path.join("database"), path.to_owned()] {
        durable::directory(&directory)?;
    }
    Ok(())
}

fn property_list() -> Result<Vec<u8>, plist::Error> {
    let mut dictionary = plist::Dictionary::new();
    dictionary.insert("PLModelVersion".into(), schema::MODEL_VERSION.into());
    dictionary.insert("NSStoreType".into(), "SQLite".into());
    dictionary.insert(FORMAT_KEY.into(), u64::from(FORMAT).into());
    let mut bytes = Vec::new();
    plist::Value::Dictionary(dictionary).to_writer_binary(&mut bytes)?;
    Ok(bytes)
}

/// A fresh identifier, in upper case as Photos writes them.
pub(super) fn new_uuid() -> String {
    uuid::Uuid::new_v4().to_string().to_uppercase()
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

/// How often a library that somebody else writes is asked for again, ten milliseconds apart.
const PATIENCE: u32 = 20;

/// The right to write a library; given back when it is dropped.
#[derive(Debug)]
pub(super) struct WriteLock(#[expect(dead_code, reason = "holds the lock while it is open")] File);

impl WriteLock {
    pub fn acquire(path: &Path) -> Result<Self, LibraryError> {
        let failed = |error: io::Error| LibraryError::failed(format!("locking {}", path.display()))(error);
        let file = rights::options(path)
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .map_err(failed)?;
        let mut locked = file.try_lock();
        // A program that this one is just starting holds what this one held, until it is that program.
        for _ in 0..PATIENCE {
            if !matches!(locked, Err(TryLockError::WouldBlock)) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
            locked = file.try_lock();
        }
        match locked {
            // Between opening and locking it may have been moved away with its directory.
            Ok(()) if !is_at(&file, &path.join(LOCK)) => Err(LibraryError::Busy(path.to_owned())),
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LibraryError::Busy(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let identity = |found: fs::Metadata| (found.dev(), found.ino());
    file.metadata().ok().map(identity) == fs::metadata(path).ok().map(identity)
}

/// Opens the database for writing, if it too says that it is ours.
pub(super) fn open_to_write(path: &Path) -> Result<Connection, LibraryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection =
        Connection::open_with_flags(database(path), flags).map_err(|error| crate::reader::unreadable(path, &error))?;
    check_is_ours(path, &connection)?;
    configure(&connection).map_err(LibraryError::failed(format!("opening {}", path.display())))?;
    Ok(connection)
}

/// Refuses a database without our marker, whatever the directory says.
pub(super) fn check_is_ours(path: &Path, connection: &Connection) -> Result<(), LibraryError> {
    let plist = metadata::read(connection).map_err(|error| crate::reader::unreadable(path, &error))?;
    let why = match metadata::number_in(&plist, FORMAT_KEY) {
        Some(format) if format <= u64::from(FORMAT) => return Ok(()),
        Some(_) => "a newer Photobridge made it; update this one",
        None => "its database was not made by Photobridge, so it is never written",
    };
    Err(LibraryError::Unreadable { path: path.to_owned(), why: why.to_owned() })
}
