//! What a library holds, in numbers.

use std::collections::HashSet;
use std::io::{self, Write};

use photobridge_core::asset::{Asset, LibraryScope, MediaKind, Resource, Whereabouts};
use photobridge_core::library::{About, Library, Snapshot};

use super::listing::{is_live, is_raw_and_jpeg};
use crate::words::{clean, count, thousands};

/// Something that is true of an asset or not.
type Question<'a> = &'a dyn Fn(&Asset) -> bool;

/// Prints the numbers.
pub fn print(out: &mut impl Write, library: &dyn Library, snapshot: &Snapshot) -> io::Result<()> {
    let identity = library.identity();
    let state = if identity.uuid.is_none() { " (not there yet: the first import makes it)" } else { "" };
    line(out, "Library", &format!("{}{state}", identity.path.display()))?;
    line(out, "Kind", &kind(library.about()))?;
    let counted = |is: Question<'_>| snapshot.assets.iter().filter(|asset| is(asset)).count() as u64;
    line(out, "Assets", &thousands(snapshot.assets.len() as u64))?;
    let parts: [(&str, Question<'_>); 10] = [
        ("photos", &|asset| asset.kind == MediaKind::Photo),
        ("videos", &|asset| asset.kind == MediaKind::Video),
        ("Live Photos", &is_live),
        ("RAW+JPEG", &is_raw_and_jpeg),
        ("edited", &|asset| asset.edited),
        ("favourites", &|asset| asset.details.as_ref().is_some_and(|details| details.favorite)),
        ("hidden", &|asset| asset.standing.hidden),
        ("in the trash", &|asset| asset.standing.trashed),
        ("shared albums", &|asset| asset.standing.shared_album),
        ("Shared Library", &|asset| asset.standing.scope == LibraryScope::Shared),
    ];
    for (word, is) in parts {
        line(out, &format!("  {word}"), &thousands(counted(is)))?;
    }
    line(out, "  bursts", &bursts(snapshot))?;
    line(out, "Originals", "")?;
    for (word, whereabouts) in [
        ("here", Whereabouts::Here),
        ("only in iCloud", Whereabouts::Cloud),
        ("missing", Whereabouts::Missing),
        ("not reachable", Whereabouts::Unreachable),
    ] {
        let is = |asset: &Asset| asset.primary().is_some_and(|file| file.whereabouts == whereabouts);
        line(out, &format!("  {word}"), &thousands(counted(&is)))?;
    }
    line(out, "Fingerprints", &fingerprints(snapshot))?;
    let shared = snapshot.albums.iter().filter(|album| album.shared).count();
    line(out, "Albums", &format!("{}, {shared} of them shared", thousands(snapshot.albums.len() as u64)))?;
    for warning in &snapshot.warnings {
        line(out, "Warning", warning)?;
    }
    Ok(())
}

fn line(out: &mut impl Write, word: &str, text: &str) -> io::Result<()> {
    let line = format!("{word:<17} {}", clean(text));
    writeln!(out, "{}", line.trim_end())
}

fn kind(about: About) -> String {
    match about.model_version {
        Some(version) => match system(version) {
            Some(system) => format!("{}; tables of {system} (model version {version})", about.kind),
            None => format!("{}; model version {version}", about.kind),
        },
        None => about.kind.to_owned(),
    }
}

/// The system with such tables, after osxphotos; 13, 16, 18 and 19 thousand also seen in the libraries of those systems.
fn system(model_version: u64) -> Option<&'static str> {
    Some(match model_version / 1000 {
        13 => "macOS 10.15",
        14 => "macOS 11",
        15 => "macOS 12",
        16 => "macOS 13",
        17 => "macOS 14",
        18 => "macOS 15",
        19 => "macOS 26",
        _ => return None,
    })
}

fn bursts(snapshot: &Snapshot) -> String {
    let frames: Vec<&Asset> = snapshot.assets.iter().filter(|asset| asset.burst.is_some()).collect();
    let bursts: HashSet<&str> = frames.iter().filter_map(|asset| asset.burst.as_deref()).collect();
    if bursts.is_empty() {
        return "0".to_owned();
    }
    let unpicked = frames.iter().filter(|asset| asset.standing.unpicked_burst_frame).count() as u64;
    let frames = count(frames.len() as u64, "frame");
    format!("{} ({frames}, {} of them unpicked)", thousands(bursts.len() as u64), thousands(unpicked))
}

/// How many originals can be told without reading them.
fn fingerprints(snapshot: &Snapshot) -> String {
    let of = |is: &dyn Fn(&Resource) -> bool| {
        thousands(snapshot.assets.iter().filter(|asset| asset.primary().is_some_and(is)).count() as u64)
    };
    let stored = of(&|file| file.fingerprint.or(file.stale_fingerprint).is_some());
    let all = count(snapshot.assets.len() as u64, "original");
    match of(&|file| file.stale_fingerprint.is_some()).as_str() {
        "0" => format!("stored for {stored} of {all}"),
        stale => format!("stored for {stored} of {all}; {stale} changed after that"),
    }
}
