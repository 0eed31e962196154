//! The notes of imports that were begun, in the library's own table: what must go where they do not come to their end.

use photobridge_core::asset::AssetId;
use photobridge_core::library::LibraryError;
use rusqlite::Connection;

use super::originals::Originals;
use super::{join, rows};

/// Notes what is about to come, durably and all at once.
pub(super) fn note<'a>(connection: &mut Connection, notes: impl Iterator<Item = &'a str>) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for note in notes {
        transaction.prepare_cached("INSERT INTO PHOTOBRIDGE_PENDING (UUID) VALUES (?1)")?.execute([note])?;
    }
    transaction.commit()
}

/// Removes an asset: first its rows, with a note of its files in the same transaction, so that whoever writes next removes
/// them if this process dies before it does.
pub(super) fn remove(connection: &mut Connection, originals: &Originals, id: &AssetId) -> Result<(), LibraryError> {
    rows::delete(connection, &id.0).map_err(LibraryError::failed(format!("removing the photo {id}")))?;
    undo(connection, originals, &[&id.0])
}

/// Whether anything that was interrupted left its note.
pub(super) fn is_pending(connection: &Connection) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM PHOTOBRIDGE_PENDING)";
    connection.query_row(sql, [], |row| row.get(0)).unwrap_or(false)
}

/// Removes what interrupted imports left. Called with the lock held, before anything else is written.
pub(super) fn undo_all(connection: &mut Connection, originals: &Originals) -> Result<(), LibraryError> {
    let failed = |error: rusqlite::Error| LibraryError::failed("looking for interrupted imports")(error);
    let notes: Vec<String> = connection
        .prepare("SELECT UUID FROM PHOTOBRIDGE_PENDING")
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .map_err(failed)?;
    undo(connection, originals, &notes.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Removes the files that notes name, unless rows do: those of a whole asset, or one that was to be a part of another.
pub(super) fn undo(connection: &mut Connection, originals: &Originals, notes: &[&str]) -> Result<(), LibraryError> {
    if notes.is_empty() {
        return Ok(());
    }
    let failed = "undoing an interrupted import";
    let mut goes = Vec::new();
    for note in notes {
        let is_ours = uuid::Uuid::try_parse(join::photo_of(note)).is_ok();
        if is_ours && !is_committed(connection, note).map_err(LibraryError::failed(failed))? {
            goes.push(*note);
        }
    }
    // A commit that failed may all the same lie whole in the database's log, for whoever opens it next to find. Only a
    // later one that succeeds rules that out, and until then the files stay.
    of_each(connection, "UPDATE PHOTOBRIDGE_PENDING SET UUID = UUID WHERE UUID = ?1", &goes)
        .map_err(LibraryError::failed(failed))?;
    originals.remove(&goes).map_err(LibraryError::failed(failed))?;
    of_each(connection, "DELETE FROM PHOTOBRIDGE_PENDING WHERE UUID = ?1", notes).map_err(LibraryError::failed(failed))
}

fn of_each(connection: &mut Connection, sql: &str, notes: &[&str]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for note in notes {
        transaction.prepare_cached(sql)?.execute([note])?;
    }
    transaction.commit()
}

fn is_committed(connection: &Connection, note: &str) -> rusqlite::Result<bool> {
    match join::photo_of(note) == note {
        true => connection.query_row("SELECT EXISTS (SELECT 1 FROM ZASSET WHERE ZUUID = ?1)", [note], |row| row.get(0)),
        false => join::is_committed(connection, note),
    }
}
