//! What lies on a side, newest first, with what a grid shows of each photo.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use photobridge_core::asset::{Asset, AssetId, MediaKind, ResourceRole};
use photobridge_core::kept::{Digits, Group, Mark, Verdicts, asset_mark, digits};
use photobridge_core::library::Snapshot;
use photobridge_core::reason::{Reason, Way};
use photobridge_core::report::{Kind, Ruling};
use photobridge_core::run::RunId;

/// A side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The folders.
    Folder,
    /// The library.
    Library,
}

impl Side {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Folder, Self::Library];

    /// Its word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Library => "library",
        }
    }

    /// Where its grid is.
    pub fn address(self) -> &'static str {
        match self {
            Self::Folder => "/folder",
            Self::Library => "/library",
        }
    }
}

/// One photo.
#[derive(Debug)]
pub struct Entry {
    /// The verdict on it in the run.
    mark: Option<Mark>,
    taken: Digits,
    kind: Kind,
    /// Whether the other side has it, where somebody looked.
    is_on_both: Option<bool>,
    /// Of a photo in the library.
    asset: Option<(AssetId, Box<str>, Arc<[u32]>)>,
}

impl Entry {
    /// The number of its verdict.
    pub fn number(&self) -> Option<usize> {
        self.mark.map(|mark| mark.number)
    }

    /// Its id in the library.
    pub fn asset(&self) -> Option<&str> {
        self.asset.as_ref().map(|(id, ..)| &*id.0)
    }

    /// Its name in the library.
    pub fn name(&self) -> Option<&str> {
        self.asset.as_ref().map(|(_, name, _)| &**name)
    }

    /// When it was taken.
    pub fn taken(&self) -> Digits {
        self.taken
    }

    /// Year and month: 202405; 0 where nobody knows.
    pub fn month(&self) -> u64 {
        self.taken / 100_000_000
    }

    /// Whether the other side does not have it.
    pub fn is_only_here(&self) -> bool {
        self.is_on_both == Some(false)
    }

    /// What it is, if it is not just a photo.
    pub fn tag(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Photo => None,
            Kind::LivePhoto => Some("LIVE"),
            Kind::MotionPhoto => Some("MOTION"),
            Kind::RawJpeg => Some("RAW"),
            Kind::Video => Some("VIDEO"),
        }
    }

    fn reason(&self) -> Option<Reason> {
        self.mark?.group.reason
    }
}

/// Which photos to show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only those on both sides, or only those that are not.
    pub on_both: Option<bool>,
    /// Only for this reason.
    pub reason: Option<Reason>,
    /// Only of the album with this number.
    pub album: Option<u32>,
}

impl Choice {
    /// As an address says it.
    pub fn new(kind: &str, on: &str, reason: &str, album: &str) -> Self {
        let kind = match kind {
            "photo" => Some(Kind::Photo),
            "live" => Some(Kind::LivePhoto),
            "motion" => Some(Kind::MotionPhoto),
            "raw" => Some(Kind::RawJpeg),
            "video" => Some(Kind::Video),
            _ => None,
        };
        let on_both = match on {
            "both" => Some(true),
            "here" => Some(false),
            _ => None,
        };
        Self { kind, on_both, reason: reason.parse().ok(), album: album.parse().ok() }
    }

    fn lets_through(&self, entry: &Entry) -> bool {
        let is_in = |album: &u32| entry.asset.as_ref().is_some_and(|(_, _, albums)| albums.contains(album));
        self.kind.is_none_or(|kind| kind == entry.kind)
            && self.on_both.is_none_or(|on_both| Some(on_both) == entry.is_on_both)
            && self.reason.is_none_or(|reason| Some(reason) == entry.reason())
            && self.album.as_ref().is_none_or(is_in)
    }
}

/// Everything on a side.
#[derive(Debug, Default)]
pub struct Stock {
    entries: Vec<Entry>,
    run: Option<RunId>,
    /// When the side was looked at.
    pub looked: Option<Timestamp>,
    /// Reasons that are given, to choose from.
    pub reasons: Vec<Reason>,
    /// Albums that hold something, by number.
    pub albums: Vec<(u32, String)>,
}

impl Stock {
    /// The folder, as a run found it.
    pub fn of_folder(run: Option<(RunId, Arc<Verdicts>)>, looked: Option<Timestamp>) -> Self {
        let Some((run, verdicts)) = run else { return Self::default() };
        // A run that only exports says nothing of a photo in the folder but that the library has it, too.
        let imports = verdicts.marks().any(|mark| mark.group.way == Way::Import);
        // What the run itself brought into the folder was not there when it looked.
        let came = |mark: &Mark| mark.group.ruling == Ruling::Applied;
        let is_there = |mark: &Mark| match imports {
            true => mark.group.way == Way::Import || came(mark),
            false => is_on_both(mark.group),
        };
        let entry = |mark: Mark| Entry {
            mark: Some(mark),
            taken: mark.taken,
            kind: mark.kind,
            is_on_both: Some(is_on_both(mark.group)),
            asset: None,
        };
        let marks = verdicts.marks().filter(|mark| is_there(mark) && is_picture(mark.group));
        Self::new(marks.map(entry).collect(), Some(run), looked, Vec::new())
    }

    /// The library as it is, with what a run said of it. What is hidden or thrown away there is not shown.
    pub fn of_library(snapshot: Snapshot, run: Option<(RunId, Arc<Verdicts>)>) -> Self {
        let mut marks: BTreeMap<NonZero<u64>, Mark> = BTreeMap::new();
        let mut on_both: BTreeSet<NonZero<u64>> = BTreeSet::new();
        for mark in run.iter().flat_map(|(_, verdicts)| verdicts.marks()) {
            let Some(asset) = mark.asset else { continue };
            if is_on_both(mark.group) {
                on_both.insert(asset);
            }
            // What is said of the asset itself goes before what is said of its file in the folder.
            if mark.group.way == Way::Export || !marks.contains_key(&asset) {
                marks.entry(asset).and_modify(|known| *known = mark).or_insert(mark);
            }
        }
        let is_shown = |asset: &Asset| !asset.standing.hidden && !asset.standing.trashed;
        let entry = |asset: Asset| {
            let known = asset_mark(&asset.id.0);
            Entry {
                mark: known.and_then(|known| marks.get(&known).copied()),
                taken: asset.captured.map_or(0, |taken| digits(&taken.to_string())),
                kind: kind(&asset),
                is_on_both: run.as_ref().map(|_| known.is_some_and(|known| on_both.contains(&known))),
                asset: Some((asset.id, asset.original_name, asset.albums)),
            }
        };
        let entries = snapshot.assets.into_iter().filter(is_shown).map(entry).collect();
        let albums = snapshot.albums.into_iter().map(|album| album.title).collect();
        Self::new(entries, run.map(|(run, _)| run), Some(Timestamp::now()), albums)
    }

    fn new(mut entries: Vec<Entry>, run: Option<RunId>, looked: Option<Timestamp>, titles: Vec<String>) -> Self {
        entries.sort_by_key(|entry| (std::cmp::Reverse(entry.taken), entry.number()));
        let reasons: BTreeSet<Reason> = entries.iter().filter_map(Entry::reason).collect();
        let used: BTreeSet<u32> = entries
            .iter()
            .filter_map(|entry| entry.asset.as_ref())
            .flat_map(|(_, _, albums)| albums.iter().copied())
            .collect();
        let title = |number: u32| Some((number, titles.get(number as usize)?.clone()));
        let mut albums: Vec<(u32, String)> = used.into_iter().filter_map(title).collect();
        albums.sort_by(|one, other| one.1.cmp(&other.1));
        Self { entries, run, looked, reasons: reasons.into_iter().collect(), albums }
    }

    /// The run whose verdicts are told of.
    pub fn run(&self) -> Option<RunId> {
        self.run
    }

    /// The photo at a place.
    pub fn entry(&self, at: usize) -> &Entry {
        &self.entries[at]
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The places of what is chosen, newest first.
    pub fn found(&self, choice: &Choice) -> Vec<usize> {
        (0..self.entries.len()).filter(|at| choice.lets_through(&self.entries[*at])).collect()
    }
}

/// Whether a verdict is on something to look at, and not on words or a recipe beside it, or on no photo at all.
fn is_picture(group: Group) -> bool {
    !matches!(group.reason, Some(Reason::WordsOfKnown | Reason::RecipeOfKnown | Reason::NotAPhoto))
}

/// Whether a verdict says that the other side has it.
fn is_on_both(group: Group) -> bool {
    group.ruling == Ruling::Applied || group.reason.is_some_and(Reason::lies_on_both_sides)
}

fn kind(asset: &Asset) -> Kind {
    match asset.kind {
        MediaKind::Video => Kind::Video,
        MediaKind::Photo if asset.resource(ResourceRole::PairedVideo).is_some() => Kind::LivePhoto,
        MediaKind::Photo if asset.resource(ResourceRole::AlternatePhoto).is_some() => Kind::RawJpeg,
        MediaKind::Photo => Kind::Photo,
    }
}

/// A month for people.
pub fn month_name(month: u64) -> String {
    let date = i16::try_from(month / 100).ok().zip(i8::try_from(month % 100).ok());
    match date.and_then(|(year, month)| Date::new(year, month, 1).ok()) {
        Some(date) => date.strftime("%B %Y").to_string(),
        None if month >= 100 => format!("{}, month not known", month / 100),
        None => "Date not known".into(),
    }
}

/// The day of a photo for people.
pub fn day_name(taken: Digits) -> String {
    let (year, month, day) = (taken / 10_000_000_000, taken / 100_000_000 % 100, taken / 1_000_000 % 100);
    let date = (|| Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok())();
    date.map_or_else(|| month_name(taken / 100_000_000), |date| date.strftime("%-d %b %Y").to_string())
}
