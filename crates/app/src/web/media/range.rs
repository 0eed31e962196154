//! Which part of a file a browser asks for: a movie is not loaded whole to be looked at from its middle.

use std::ops::Range;

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that it has not.
    Nowhere,
}

/// What the headers `Range` and `If-Range` ask for of a file of `size` bytes that is in the state `tag` now. What is not
/// understood, and several parts at once, is all of it, as HTTP allows.
pub fn asked(range: Option<&str>, only_of: Option<&str>, tag: &str, size: u64) -> Span {
    let is_another = only_of.is_some_and(|known| known != tag);
    let span = range.filter(|_| !is_another).and_then(|range| part(range, size));
    match span {
        None => Span::Whole,
        Some(part) if part.is_empty() => Span::Nowhere,
        Some(part) => Span::Part(part),
    }
}

/// The one part that is named, empty where nothing of it is there.
fn part(range: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (first.trim(), last.trim()) {
        ("", last) => number(last).map(|length| size.saturating_sub(length)..size),
        (first, "") => number(first).map(|first| first.min(size)..size),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then(|| first.min(size)..last.saturating_add(1).min(size))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of RFC 9110, section 14, over a file of ten bytes.
    #[test]
    fn a_part_is_what_http_says_it_is() {
        let of = |range: &str| asked(Some(range), None, "\"a\"", 10);
        for (range, part) in [("bytes=0-3", 0..4), ("bytes=4-", 4..10), ("bytes=-3", 7..10), ("bytes=9-9", 9..10)] {
            assert_eq!(of(range), Span::Part(part), "{range}");
        }
        for (range, part) in [("bytes=8-99", 8..10), ("bytes=-99", 0..10), ("bytes=0-18446744073709551615", 0..10)] {
            assert_eq!(of(range), Span::Part(part), "{range}");
        }
        for range in ["bytes=10-", "bytes=10-12", "bytes=-0"] {
            assert_eq!(of(range), Span::Nowhere, "{range}");
        }
        for range in
            ["", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,4-5", "items=0-1", "bytes=a-b", "bytes=+1-2"]
        {
            assert_eq!(of(range), Span::Whole, "{range}");
        }
        assert_eq!(asked(Some("bytes=0-"), None, "\"a\"", 0), Span::Nowhere);
        assert_eq!(asked(None, None, "\"a\"", 10), Span::Whole);
    }

    #[test]
    fn a_part_of_another_state_is_all_of_this_one() {
        assert_eq!(asked(Some("bytes=0-3"), Some("\"a\""), "\"a\"", 10), Span::Part(0..4));
        for other in ["\"b\"", "W/\"a\"", "Sat, 29 Oct 1994 19:43:31 GMT"] {
            assert_eq!(asked(Some("bytes=0-3"), Some(other), "\"a\"", 10), Span::Whole, "{other}");
        }
    }
}
