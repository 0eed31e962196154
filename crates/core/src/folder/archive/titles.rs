//! Titles of photos, and the names that Google makes of them.

use photobridge_media::{self as media, FileKind};

use crate::folder::names::folded;

/// UTF-16 units of the longest name of a JSON file, without its number and ending, and of a photo's stem without its number.
pub(super) const JSON: usize = 46;
pub(super) const STEM: usize = 47;

/// What Google adds to the title of a photo since October 2024.
pub(super) const ADDED: &str = ".supplemental-metadata";

/// Stem and ending, where the ending is that of a picture or a movie; else all is the stem.
pub(super) fn parted(name: &str) -> (&str, &str) {
    let is_media =
        |ending: &str| matches!(media::kind_of_name(&format!("x.{ending}")), Some(kind) if kind != FileKind::Catalog);
    name.rsplit_once('.').filter(|(stem, ending)| !stem.is_empty() && is_media(ending)).unwrap_or((name, ""))
}

pub(super) fn is_movie(ending: &str) -> bool {
    media::kind_of_name(&format!("x.{ending}")) == Some(FileKind::Video)
}

/// A name and the number in brackets behind it.
pub(super) fn numbered(stem: &str) -> (&str, &str) {
    let is_number = |text: &str| {
        text.strip_suffix(')').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    match stem.rfind('(').filter(|at| is_number(&stem[at + 1..])) {
        Some(at) => stem.split_at(at),
        None => (stem, ""),
    }
}

/// A title as a name: letters that no file name may have are an underscore.
pub(super) fn safe(title: &str) -> String {
    title.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '&', '%', '\''], "_")
}

/// A name for comparison: which letters become an underscore differs between the years.
pub(super) fn plain(name: &str) -> String {
    folded(&safe(name))
}

/// The first UTF-16 units of a text, no character torn.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let mut units = 0;
    let fits = |(_, c): &(usize, char)| {
        units += c.len_utf16();
        units <= most
    };
    let end = text.char_indices().take_while(fits).last().map_or(0, |(at, c)| at + c.len_utf8());
    &text[..end]
}
