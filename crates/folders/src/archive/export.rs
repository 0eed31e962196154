//! Of which export a zip is a part, by its name, and which parts of it are missing.

use std::collections::{BTreeMap, BTreeSet};

use super::naming::is_plain;

/// Parts that are named when they are missing.
const NAMED: usize = 20;

/// A zip as its name tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// What all parts of the export have in common.
    pub(super) export: String,
    /// Google numbers the parts of a large export anew for each of its halves, and so on: which it is; else zero.
    pub(super) series: u32,
    /// Which part it is, and of how many where that is told.
    pub(super) number: Option<(u32, Option<u32>)>,
}

/// Google names parts `takeout-20250301T120000Z-001.zip`, Apple `iCloud Photos Part 1 of 12.zip`; browsers add ` (1)` to what
/// they load a second time.
pub(super) fn part(stem: &str) -> Part {
    let stem = without_number_in_brackets(stem).trim();
    let lower = stem.to_ascii_lowercase();
    let of = lower.rsplit_once(" of ").and_then(|(before, all)| {
        let (export, number) = before.rsplit_once(" part ")?;
        Some((export.len(), number.trim().parse().ok()?, all.trim().parse().ok()?))
    });
    let (export, number) = match of {
        Some((length, number, all)) => (&stem[..length], Some((number, Some(all)))),
        None => counted(stem),
    };
    let export = export.trim_matches(|c: char| c.is_whitespace() || c == '.');
    let export = if is_plain(export) { export } else { "archive" };
    let (export, series) = google_series(export).unwrap_or((export, 0));
    Part { export: export.to_owned(), series, number }
}

/// `takeout-20250301T120000Z` and 2, of `takeout-20250301T120000Z-2`.
fn google_series(export: &str) -> Option<(&str, u32)> {
    let (export, series) = export.rsplit_once('-')?;
    let is_google = export.starts_with("takeout-") && export.ends_with('Z');
    Some((export, series.parse().ok().filter(|_| is_google)?))
}

/// A name and the number behind it, of up to three digits: a year is none.
fn counted(stem: &str) -> (&str, Option<(u32, Option<u32>)>) {
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &stem[bare.len()..];
    let begun = bare.trim_end_matches(['-', '_', ' ', '.']);
    let is_apart = begun.len() < bare.len();
    let word = begun.get(begun.len().saturating_sub(4)..).filter(|word| word.eq_ignore_ascii_case("part"));
    let export = match word {
        Some(_) => begun[..begun.len() - 4].trim_end_matches(['-', '_', ' ', '.']),
        None => begun,
    };
    match digits.parse() {
        Ok(number) if digits.len() <= 3 && (is_apart || word.is_some()) && !export.is_empty() => {
            (export, Some((number, None)))
        }
        _ => (stem, None),
    }
}

fn without_number_in_brackets(stem: &str) -> &str {
    let is_number = |text: &str| text.strip_suffix(')').is_some_and(|digits| digits.parse::<u32>().is_ok());
    stem.rsplit_once(" (").filter(|(_, rest)| is_number(rest)).map_or(stem, |(bare, _)| bare)
}

/// What is to be said of parts that are missing, as far as numbers tell: below the highest one, or below what a name says that
/// there are.
pub(super) fn missing<'a>(parts: impl Iterator<Item = &'a Part>) -> Vec<String> {
    let mut exports: BTreeMap<(&str, u32), (BTreeSet<u32>, u32)> = BTreeMap::new();
    for Part { export, series, number } in parts {
        let Some((number, of)) = number else { continue };
        let (there, all) = exports.entry((export, *series)).or_default();
        there.insert(*number);
        *all = (*all).max(*number).max(of.unwrap_or(0));
    }
    let said = |((export, series), (there, all)): ((&str, u32), (BTreeSet<u32>, u32))| {
        let series = if series > 0 { format!("-{series}") } else { String::new() };
        // A name may say anything.
        let missing = || (1..=all.min(9_999)).filter(|number| !there.contains(number));
        let count = missing().count();
        let named: Vec<String> = missing().take(NAMED).map(|number| number.to_string()).collect();
        let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
        (count > 0).then(|| {
            let (parts, are) = if count == 1 { ("part", "is") } else { ("parts", "are") };
            format!(
                "of the archive {export}{series} {parts} {}{more} of {all} {are} not here. What lies there can come later, and photos that \
                 nothing dates wait for it",
                named.join(", ")
            )
        })
    };
    exports.into_iter().filter_map(said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_names() {
        for (stem, series) in [("takeout-20250301T120000Z-1-003", 1), ("takeout-20250301T120000Z-2-003", 2)] {
            let number = Some((3, None));
            assert_eq!(part(stem), Part { export: "takeout-20250301T120000Z".into(), series, number }, "{stem}");
        }
        for (stem, export, number) in [
            ("takeout-20250301T120000Z-001", "takeout-20250301T120000Z", Some((1, None))),
            ("takeout-20250301T120000Z-002 (1)", "takeout-20250301T120000Z", Some((2, None))),
            ("mine-1-003", "mine-1", Some((3, None))),
            ("iCloud Photos Part 2 of 12", "iCloud Photos", Some((2, Some(12)))),
            ("google_part2", "google", Some((2, None))),
            ("apple 3", "apple", Some((3, None))),
            // No parts: a year, a day, a name with a digit in it.
            ("photos-2020", "photos-2020", None),
            ("IMG1", "IMG1", None),
            ("Summer", "Summer", None),
            ("001", "001", None),
            (".hidden", "hidden", None),
            ("..", "archive", None),
        ] {
            assert_eq!(part(stem), Part { export: export.into(), series: 0, number }, "{stem}");
        }
    }

    #[test]
    fn gaps_are_told() {
        let said = |stems: &[&str]| {
            let parts: Vec<Part> = stems.iter().map(|stem| part(stem)).collect();
            missing(parts.iter())
        };
        assert!(said(&["t-001", "t-002", "u-001", "Summer"]).is_empty());
        assert!(said(&["t-001", "t-003"])[0].starts_with("of the archive t part 2 of 3 is not here"));
        assert!(said(&["i Part 2 of 3"])[0].starts_with("of the archive i parts 1, 3 of 3 are not here"));
        assert_eq!(said(&["i Part 2 of 4000000000"]).len(), 1);
        assert!(said(&["takeout-1Z-1-001", "takeout-1Z-2-001"]).is_empty());
        assert!(
            said(&["takeout-1Z-1-001", "takeout-1Z-2-002"])[0].starts_with("of the archive takeout-1Z-2 part 1 of 2")
        );
    }
}
