//! The property list in which a library says things of itself (`Z_METADATA.Z_PLIST`).
//!
//! It is read as a stream and never held: a few bytes of one can name the same list so often that no memory would do.

use std::io::Cursor;

use plist::stream::{Event, Reader};
use rusqlite::Connection;

/// Bytes of the longest one: those of Photos have some 5 KB.
const LONGEST: u32 = 64 * 1024;

/// Keys, values and ends of lists that are looked at; Photos' have a few hundred.
const MOST_EVENTS: usize = 10_000;

/// The property list of a library, if it has one that can be read.
pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Vec<u8>> {
    connection.query_row("SELECT Z_PLIST FROM Z_METADATA WHERE length(Z_PLIST) <= ?1", [LONGEST], |row| row.get(0))
}

/// The version of the tables as the library states it. For people: what there is to read, the tables say themselves.
pub(crate) fn model_version(connection: &Connection) -> Option<u64> {
    number_in(&read(connection).ok()?, "PLModelVersion")
}

/// The number under a key of a property list's dictionary.
pub fn number_in(plist: &[u8], key: &str) -> Option<u64> {
    let mut events = Reader::new(Cursor::new(plist)).take(MOST_EVENTS);
    if !matches!(events.next()?, Ok(Event::StartDictionary(_))) {
        return None;
    }
    // How deep inside the values; and whether the key that was read last is the one, until its value is read.
    let (mut depth, mut is_wanted) = (0_usize, None);
    for event in events {
        let event = event.ok()?;
        if event == Event::EndCollection {
            depth = depth.checked_sub(1)?;
            continue;
        }
        if depth == 0 {
            is_wanted = match (is_wanted, &event) {
                (Some(true), Event::Integer(number)) => return number.as_unsigned(),
                (Some(true), _) => return None,
                (Some(false), _) => None,
                (None, Event::String(name)) => Some(name == key),
                (None, _) => return None,
            };
        }
        depth += usize::from(matches!(event, Event::StartArray(_) | Event::StartDictionary(_)));
    }
    None
}
