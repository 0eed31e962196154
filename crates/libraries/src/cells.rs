//! Values of rows that nobody vouches for.
//!
//! SQLite lets any column hold any type, so that text in an integer column, a blob in a text column and the like read as
//! absent; none of them is an error.

use rusqlite::Row;
use rusqlite::types::ValueRef;

/// Characters of a text that are kept; longer ones are cut. Nobody writes a longer description, and a hostile
/// database could hold gigabytes.
const LONGEST_TEXT: usize = 100_000;

/// A whole number; a real one only if it is whole.
pub(crate) fn int(row: &Row<'_>, column: usize) -> Option<i64> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(value)) => Some(value),
        Ok(ValueRef::Real(value)) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
        _ => None,
    }
}

/// A finite number.
pub(crate) fn real(row: &Row<'_>, column: usize) -> Option<f64> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(value)) => Some(value as f64),
        Ok(ValueRef::Real(value)) if value.is_finite() => Some(value),
        _ => None,
    }
}

/// A text that is not empty and valid UTF-8.
pub(crate) fn text<'a>(row: &'a Row<'_>, column: usize) -> Option<&'a str> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(bytes)) => std::str::from_utf8(bytes).ok().filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// A text of people's, cut where it is absurdly long.
pub(crate) fn prose(row: &Row<'_>, column: usize) -> Option<String> {
    text(row, column).map(|text| cut(text, LONGEST_TEXT).to_owned())
}

/// The first `most` characters of a text.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Whether a number is there and not 0.
pub(crate) fn flag(row: &Row<'_>, column: usize) -> bool {
    int(row, column).is_some_and(|value| value != 0)
}

/// A size in bytes: a number above 0.
pub(crate) fn size(row: &Row<'_>, column: usize) -> Option<u64> {
    int(row, column).and_then(|value| u64::try_from(value).ok()).filter(|&value| value > 0)
}

/// Width and height in pixels, where both are above 0.
pub(crate) fn pixels(row: &Row<'_>, width: usize, height: usize) -> Option<(u32, u32)> {
    let side = |column| int(row, column).and_then(|value| u32::try_from(value).ok()).filter(|&value| value > 0);
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_reads_as_absent() {
        let connection = rusqlite::Connection::open_in_memory().expect("memory");
        connection
            .query_row("SELECT 'seven', x'00ff', NULL, -5, 7.0, 1e300, x'ff'", [], |row| {
                assert_eq!(int(row, 0), None);
                assert_eq!(text(row, 1), None);
                assert_eq!(real(row, 2), None);
                assert_eq!(size(row, 3), None);
                assert_eq!(int(row, 4), Some(7));
                assert_eq!(int(row, 5), None);
                assert_eq!(int(row, 99), None);
                assert_eq!(text(row, 6), None);
                Ok(())
            })
            .expect("a row");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("äöü", 2), "äö");
        assert_eq!(cut("abc", 3), "abc");
    }
}
