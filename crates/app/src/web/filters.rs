//! How values are written in the pages. The words are those of the command line.

use askama::Values;
use jiff::Timestamp;

use crate::words;

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

/// A word with a capital.
#[askama::filter_fn]
pub fn sentence_case(word: &str, _: &dyn Values) -> askama::Result<String> {
    let mut word = words::sentence(word);
    word.pop();
    Ok(word)
}

/// An instant on this machine's clock.
#[askama::filter_fn]
pub fn when(then: &Timestamp, _: &dyn Values, now: &Timestamp) -> askama::Result<String> {
    Ok(words::when(*then, *now))
}
