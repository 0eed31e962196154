//! What a library holds, in numbers.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::PathBuf;

use photobridge_core::asset::{Asset, LibraryScope, MediaKind, Resource, ResourceRole, Subtype, Whereabouts};
use photobridge_core::ledger::Ledger;
use photobridge_core::library::{About, Library, LibraryError, Snapshot};
use photobridge_core::progress::{Cancel, Silent};
use serde::Serialize;

use crate::context::Context;
use crate::exit::Error;
use crate::settings::home;
use crate::words::{clean, count, thousands};

/// Something that is true of an asset or not.
type Question<'a> = &'a dyn Fn(&Asset) -> bool;

/// What a library holds.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// Where it lies.
    path: String,
    /// Whether it is there; one of our own is made by the first import.
    is_there: bool,
    /// Whose it is, and which system made its tables.
    kind: String,
    /// All that it lists, hidden and trashed ones too.
    assets: u64,
    photos: u64,
    videos: u64,
    live_photos: u64,
    raw_jpeg: u64,
    edited: u64,
    favorites: u64,
    hidden: u64,
    trashed: u64,
    in_shared_albums: u64,
    in_shared_library: u64,
    bursts: Bursts,
    originals: Originals,
    fingerprints: Fingerprints,
    albums: u64,
    shared_albums: u64,
    warnings: Vec<String>,
}

/// Photos taken in one go.
#[derive(Debug, Serialize)]
struct Bursts {
    number: u64,
    frames: u64,
    unpicked: u64,
}

/// Where the originals are.
#[derive(Debug, Serialize)]
struct Originals {
    here: u64,
    only_in_icloud: u64,
    missing: u64,
    unreachable: u64,
    unread: u64,
}

/// How many originals can be told without reading them.
#[derive(Debug, Serialize)]
struct Fingerprints {
    stored: u64,
    /// Those that changed after it was stored.
    stale: u64,
}

impl Summary {
    /// Counts.
    pub fn of(library: &dyn Library, snapshot: &Snapshot) -> Self {
        let identity = library.identity();
        let count = |is: Question<'_>| snapshot.assets.iter().filter(|asset| is(asset)).count() as u64;
        let original = |is: &dyn Fn(&Resource) -> bool| count(&|asset| asset.primary().is_some_and(is));
        let lies = |whereabouts| original(&|file| file.whereabouts == whereabouts);
        Self {
            path: identity.path.display().to_string(),
            is_there: identity.uuid.is_some(),
            kind: kind(library.about()),
            assets: snapshot.assets.len() as u64,
            photos: count(&|asset| asset.kind == MediaKind::Photo),
            videos: count(&|asset| asset.kind == MediaKind::Video),
            live_photos: count(&is_live),
            raw_jpeg: count(&is_raw_and_jpeg),
            edited: count(&|asset| asset.edited),
            favorites: count(&|asset| asset.details.as_ref().is_some_and(|details| details.favorite)),
            hidden: count(&|asset| asset.standing.hidden),
            trashed: count(&|asset| asset.standing.trashed),
            in_shared_albums: count(&|asset| asset.standing.shared_album),
            in_shared_library: count(&|asset| asset.standing.scope == LibraryScope::Shared),
            bursts: Bursts::of(snapshot),
            originals: Originals {
                here: lies(Whereabouts::Here),
                only_in_icloud: lies(Whereabouts::Cloud),
                missing: lies(Whereabouts::Missing),
                unreachable: lies(Whereabouts::Unreachable),
                unread: lies(Whereabouts::Unread),
            },
            fingerprints: Fingerprints {
                stored: original(&|file| file.fingerprint.or(file.stale_fingerprint).is_some()),
                stale: original(&|file| file.stale_fingerprint.is_some()),
            },
            albums: snapshot.albums.len() as u64,
            shared_albums: snapshot.albums.iter().filter(|album| album.shared).count() as u64,
            warnings: snapshot.warnings.clone(),
        }
    }

    /// Prints the numbers.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let state = if self.is_there { "" } else { " (created by the first import)" };
        line(out, "Library", &format!("{}{state}", self.path))?;
        line(out, "Kind", &self.kind)?;
        line(out, "Assets", &thousands(self.assets))?;
        for (word, number) in [
            ("photos", self.photos),
            ("videos", self.videos),
            ("Live Photos", self.live_photos),
            ("RAW+JPEG", self.raw_jpeg),
            ("edited", self.edited),
            ("favourites", self.favorites),
            ("hidden", self.hidden),
            ("in the trash", self.trashed),
            ("shared albums", self.in_shared_albums),
            ("Shared Library", self.in_shared_library),
        ] {
            line(out, &format!("  {word}"), &thousands(number))?;
        }
        line(out, "  bursts", &self.bursts.words())?;
        line(out, "Originals", "")?;
        for (word, number) in [
            ("here", self.originals.here),
            ("only in iCloud", self.originals.only_in_icloud),
            ("missing", self.originals.missing),
            ("not reachable", self.originals.unreachable),
            ("not looked at", self.originals.unread),
        ] {
            line(out, &format!("  {word}"), &thousands(number))?;
        }
        line(out, "Fingerprints", &self.fingerprints.words(self.assets))?;
        line(out, "Albums", &format!("{}, {} of them shared", thousands(self.albums), self.shared_albums))?;
        for warning in &self.warnings {
            line(out, "Warning", warning)?;
        }
        Ok(())
    }
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
        // They begin with the system's own number now: 270008501.
        270_000..280_000 => "macOS 27",
        _ => return None,
    })
}

impl Bursts {
    fn of(snapshot: &Snapshot) -> Self {
        let frames: Vec<&Asset> = snapshot.assets.iter().filter(|asset| asset.burst.is_some()).collect();
        let bursts: HashSet<&str> = frames.iter().filter_map(|asset| asset.burst.as_deref()).collect();
        let unpicked = frames.iter().filter(|asset| asset.standing.unpicked_burst_frame).count() as u64;
        Self { number: bursts.len() as u64, frames: frames.len() as u64, unpicked }
    }

    fn words(&self) -> String {
        let frames = count(self.frames, "frame");
        match self.number {
            0 => "0".to_owned(),
            number => format!("{} ({frames}, {} of them unpicked)", thousands(number), thousands(self.unpicked)),
        }
    }
}

impl Fingerprints {
    fn words(&self, originals: u64) -> String {
        let stored = format!("stored for {} of {}", thousands(self.stored), count(originals, "original"));
        match self.stale {
            0 => stored,
            stale => format!("{stored}; {} changed after that", thousands(stale)),
        }
    }
}

/// A Live Photo, by what Photos says of it or by its files.
pub fn is_live(asset: &Asset) -> bool {
    asset.subtype == Some(Subtype::LivePhoto) || asset.resource(ResourceRole::PairedVideo).is_some()
}

/// One photo of two files: the camera's JPEG and its RAW.
pub fn is_raw_and_jpeg(asset: &Asset) -> bool {
    asset.resource(ResourceRole::AlternatePhoto).is_some()
}

/// Lists what the library of the settings holds.
pub fn look(context: &Context) -> Result<(Box<dyn Library>, Snapshot), Error> {
    check_is_there(&context.settings.library)?;
    let mut library = context.library()?;
    check_is_not_gone(context, library.as_ref())?;
    let snapshot = library.snapshot(&Silent, &Cancel::new())?;
    Ok((library, snapshot))
}

/// A library that was there once and is not is missing; it is not one that is still to be made.
fn check_is_not_gone(context: &Context, library: &dyn Library) -> Result<(), Error> {
    let identity = library.identity();
    let ledger = if identity.uuid.is_none() { Ledger::look(&context.data)? } else { None };
    match ledger.map(|ledger| ledger.knew_library_at(&identity.path)).transpose()? {
        Some(true) => Err(LibraryError::Missing(identity.path).into()),
        _ => Ok(()),
    }
}

/// A sync makes an embedded library where there is none; whoever only asks what is in one has a slip in its name.
fn check_is_there(named: &str) -> Result<(), Error> {
    if matches!(named, "" | "photos") {
        return Ok(());
    }
    let path = std::path::absolute(home(named)).unwrap_or_else(|_| PathBuf::from(named));
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(LibraryError::Missing(path).into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_tell_of_which_system_they_are() {
        let said = |model_version| kind(About { kind: "a library", model_version: Some(model_version) });
        assert_eq!(said(19_320), "a library; tables of macOS 26 (model version 19320)");
        assert_eq!(said(270_008_501), "a library; tables of macOS 27 (model version 270008501)");
        assert_eq!(said(280_000_001), "a library; model version 280000001");
    }
}
