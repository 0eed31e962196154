//! How values are written in the pages. The words are those of the command line.

use askama::Values;
use jiff::Timestamp;

use crate::words;

/// Whether there is a Photos library of the system's own.
pub const ON_A_MAC: bool = cfg!(target_os = "macos");

/// 12345 as `12,345`.
#[askama::filter_fn]
pub fn thousands(number: &u64, _: &dyn Values) -> askama::Result<String> {
    Ok(words::thousands(*number))
}

/// A number, or a dash where it is not known.
#[askama::filter_fn]
pub fn known(number: &Option<u64>, _: &dyn Values) -> askama::Result<String> {
    Ok(number.map_or_else(|| "—".into(), words::thousands))
}

/// Bytes as people read them.
#[askama::filter_fn]
pub fn size(bytes: &u64, _: &dyn Values) -> askama::Result<String> {
    Ok(words::size(*bytes))
}

/// Words as a sentence.
#[askama::filter_fn]
pub fn sentence(text: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(words::sentence(text))
}

/// `1 photo`, `2 photos`.
#[askama::filter_fn]
pub fn photos(number: &u64, _: &dyn Values) -> askama::Result<String> {
    Ok(words::count(*number, "photo"))
}

/// A word with a capital first.
#[askama::filter_fn]
pub fn capital(text: &str, _: &dyn Values) -> askama::Result<String> {
    Ok(words::capital(text))
}

/// An instant on this machine's clock.
#[askama::filter_fn]
pub fn when(then: &Timestamp, _: &dyn Values, now: &Timestamp) -> askama::Result<String> {
    Ok(words::when(*then, *now))
}
