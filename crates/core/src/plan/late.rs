//! What is told late of photos that the library has: an archive's file, or the date of a sidecar, that came after them.
//!
//! A photo is told what it lacks, once. What somebody changed in the library, took away there or undid stays so.

use photobridge_media::capture::CaptureSource;
use rustc_hash::FxHashMap;

use super::{Fate, Verdict};
use crate::asset::{Asset, AssetId};
use crate::fingerprint::Fingerprint;
use crate::item::{Archived, Item};
use crate::matching::Sides;
use crate::reason::Reason;
use crate::telling::{Redated, Telling, is_same_date};

/// What an item tells of the asset that has its bytes, and that this lacks.
pub(super) fn telling(sides: Sides<'_>, item: &Item, bytes: Option<Fingerprint>, asset: &Asset) -> Option<Telling> {
    let archived = item.archived.as_deref();
    let photo = archived.and_then(Archived::photo);
    let album = archived.and_then(Archived::album);
    // Of most photos nothing is told beside them.
    if photo.is_none() && album.is_none() && !is_dated_beside(item) {
        return None;
    }
    // Whoever brought it in themselves said of it what they wanted.
    if !asset.by_photobridge || asset.standing.hidden || photo.is_some_and(|photo| photo.trashed || photo.hidden) {
        return None;
    }
    let mut telling = Telling::default();
    if !sides.memory.came_with_words(&asset.id) {
        telling.taken = redated(sides, item, bytes, asset);
        if let Some(photo) = photo {
            let (told, had) = (photo.details(), asset.details.as_deref().cloned().unwrap_or_default());
            telling.description = told.description.filter(|_| had.description.is_none()).map(Into::into);
            telling.favorite = told.favorite && !had.favorite;
            telling.location = told.location.filter(|_| had.location.is_none());
        }
    }
    let is_in = |title: &str| {
        let mut titles = asset.albums.iter().filter_map(|at| sides.albums.get(*at as usize)).map(|album| &*album.title);
        titles.any(|other| other == title)
    };
    telling.albums.extend(album.filter(|title| !is_in(title)).map(<Box<str>>::from));
    if let Some(told) = sides.memory.told(&asset.id) {
        telling.taken = telling.taken.filter(|_| told.taken.is_none());
        telling.description = telling.description.filter(|_| told.description.is_none());
        telling.favorite &= !told.favorite;
        telling.location = telling.location.filter(|_| told.location.is_none());
        telling.albums.retain(|title| !told.albums.contains(title));
    }
    (!telling.is_empty()).then_some(telling)
}

/// Whether only the sidecar of an item dates it.
fn is_dated_beside(item: &Item) -> bool {
    let captured = item.header().and_then(|header| header.captured);
    captured.is_some_and(|(_, source)| source == CaptureSource::Sidecar)
}

/// The date that an asset would have now, where it still has the one with which its file came and another is told.
fn redated(sides: Sides<'_>, item: &Item, bytes: Option<Fingerprint>, asset: &Asset) -> Option<Redated> {
    let before = asset.captured?;
    let link = sides.memory.by_fingerprint(&bytes?).filter(|link| link.assets.contains(&asset.id))?;
    link.captured.filter(|came| is_same_date(came, &before))?;
    let written = item.header()?.captured;
    let (captured, source) = match item.archived.as_deref().and_then(Archived::photo) {
        Some(photo) => item.taken(item.primary()).filter(|_| photo.taken.is_some())?,
        // Beside a date of its own the words of a sidecar came too late.
        None => written.filter(|_| is_dated_beside(item))?,
    };
    let is_other = source != CaptureSource::FileTime && !is_same_date(&captured, &before);
    is_other.then_some(Redated { captured, written: written.map(|(time, _)| time), before })
}

/// Lets each photo be told each thing once, by the first file that tells it. Of two dates, or two descriptions, nobody knows
/// which holds.
pub(super) fn tell_once(verdicts: &mut [Verdict]) {
    let mut by_photo: FxHashMap<AssetId, Vec<usize>> = FxHashMap::default();
    for (at, verdict) in verdicts.iter().enumerate() {
        if let Some(late) = &verdict.late {
            by_photo.entry(late.photo.clone()).or_default().push(at);
        }
    }
    for several in by_photo.into_values().filter(|several| several.len() > 1) {
        let mut tellings: Vec<Telling> =
            several.iter().filter_map(|at| Some(verdicts[*at].late.as_deref()?.telling.clone())).collect();
        once(&mut tellings, |telling| &mut telling.taken, |one, other| is_same_date(&one.captured, &other.captured));
        once(&mut tellings, |telling| &mut telling.description, |one, other| one == other);
        once(&mut tellings, |telling| &mut telling.location, |one, other| one == other);
        let mut is_favorite = false;
        let mut albums: Vec<Box<str>> = Vec::new();
        for telling in &mut tellings {
            telling.favorite &= !is_favorite;
            is_favorite |= telling.favorite;
            telling.albums.retain(|title| !albums.contains(title));
            albums.extend(telling.albums.iter().cloned());
        }
        for (at, telling) in several.into_iter().zip(tellings) {
            say(&mut verdicts[at], telling);
        }
    }
}

/// Leaves a part to the first that tells it, or to none where they differ.
fn once<T>(tellings: &mut [Telling], part: impl Fn(&mut Telling) -> &mut Option<T>, is_one: impl Fn(&T, &T) -> bool) {
    let mut told = tellings.iter_mut().filter_map(|telling| part(telling).take().map(|told| (telling, told)));
    let Some((first, word)) = told.next() else { return };
    let others: Vec<T> = told.map(|(_, other)| other).collect();
    if others.iter().all(|other| is_one(&word, other)) {
        *part(first) = Some(word);
    }
}

/// What is left of what a verdict tells; without any it says what it would have said.
fn say(verdict: &mut Verdict, telling: Telling) {
    let Some(late) = &mut verdict.late else { return };
    if !telling.is_empty() {
        late.telling = telling;
        return;
    }
    verdict.late = None;
    if verdict.fate == Fate::Import(Vec::new()) {
        verdict.fate = Fate::Skip(Reason::SameBytes);
    }
}
