//! Reads an embedded library without leaving a trace on its disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use photobridge_core::library::LibraryError;
use rusqlite::{Connection, OpenFlags};

use super::store;

/// How often a library is read again because somebody wrote it meanwhile.
const TRIES: usize = 5;

/// A connection to a database in WAL mode makes `-wal` and `-shm` beside it. While nobody writes there are none, and the
/// file can be opened as immutable; whether somebody began to write meanwhile is found out afterwards. While somebody
/// writes both files are there, and an ordinary reader changes nothing.
pub(super) fn without_trace<T>(
    path: &Path,
    read: impl Fn(&Connection) -> Result<T, LibraryError>,
) -> Result<T, LibraryError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let before = Stamp::of(path);
        let result = open(path, !before.has_journal).and_then(|connection| {
            store::check_is_ours(path, &connection)?;
            read(&connection)
        });
        if before.has_journal || before == Stamp::of(path) || tries == TRIES {
            return result;
        }
    }
}

#[derive(PartialEq, Eq)]
struct Stamp {
    database: Option<(u64, SystemTime)>,
    has_journal: bool,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let database = store::database(path);
        let journal = PathBuf::from(format!("{}-wal", database.display()));
        Self {
            database: fs::metadata(&database).ok().and_then(|found| Some((found.len(), found.modified().ok()?))),
            has_journal: journal.exists(),
        }
    }
}

fn open(path: &Path, is_immutable: bool) -> Result<Connection, LibraryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let uri = uri(&store::database(path), is_immutable);
    let connection =
        Connection::open_with_flags(uri, flags).map_err(|error| crate::reader::unreadable(path, &error))?;
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .and_then(|()| connection.pragma_update(None, "trusted_schema", "OFF"))
        .map_err(|error| crate::reader::unreadable(path, &error))?;
    Ok(connection)
}

/// SQLite's name for a file, with the characters escaped that mean something in a URI.
fn uri(file: &Path, is_immutable: bool) -> String {
    let mut uri = String::from("file:");
    let text = file.to_string_lossy().replace('\\', if cfg!(windows) { "/" } else { "\\" });
    if cfg!(windows) && !text.starts_with('/') {
        uri.push('/');
    }
    for character in text.chars() {
        match character {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            other => uri.push(other),
        }
    }
    uri + if is_immutable { "?immutable=1" } else { "" }
}
