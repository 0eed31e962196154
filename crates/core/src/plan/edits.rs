//! An edited version beside its photo, by the name that our exports give it, is no second photo.

use std::path::Path;

use photobridge_media::capture::CaptureTime;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Fate, Verdict, words_of};
use crate::folder::names::{self, folded};
use crate::item::{FolderId, Item};
use crate::reason::Reason;

/// Leaves the edited version of a photo beside it that goes in or is in the library: an edit cannot be given to a library
/// without its recipe, and beside its photo it would be a double. What a person took in goes all the same.
pub(super) fn leave_beside_their_photos(mut verdicts: Vec<Verdict>, items: &[Item]) -> Vec<Verdict> {
    let goes =
        |verdict: &Verdict| verdict.file == 0 && matches!(&verdict.fate, Fate::Import(files) if files.contains(&0));
    let photo_of = |verdict: &Verdict| {
        let stem = names::edit_of(names::stem(&name(&items[verdict.item as usize])))?.to_owned();
        Some(Place::new(&items[verdict.item as usize], &stem))
    };
    let edits: Vec<(usize, Place<'_>)> = (verdicts.iter().enumerate())
        .filter(|(_, verdict)| goes(verdict) && verdict.taken_in.is_none())
        .filter_map(|(at, verdict)| Some((at, photo_of(verdict)?)))
        .collect();
    if edits.is_empty() {
        return verdicts;
    }
    let wanted: FxHashSet<&Place<'_>> = edits.iter().map(|(_, place)| place).collect();
    let is_there = |verdict: &Verdict| {
        goes(verdict) || matches!(verdict.fate, Fate::Skip(reason) if verdict.file == 0 && reason.lies_on_both_sides())
    };
    let mut photos: FxHashMap<Place<'_>, Vec<u32>> = FxHashMap::default();
    for verdict in verdicts.iter().filter(|verdict| is_there(verdict)) {
        let item = &items[verdict.item as usize];
        let place = Place::new(item, names::stem(&name(item)));
        if wanted.contains(&place) {
            photos.entry(place).or_default().push(verdict.item);
        }
    }
    let mut words = Vec::new();
    for (at, place) in &edits {
        let verdict = &mut verdicts[*at];
        let edit = &items[verdict.item as usize];
        let photos = photos.get(place).into_iter().flatten();
        if let Some(photo) = photos.copied().find(|photo| may_be_of(edit, &items[*photo as usize])) {
            let files = || 1..edit.files.len() as u16;
            verdict.shared = files().filter(|at| edit.files[usize::from(*at)].role.is_original()).collect();
            verdict.fate = Fate::Skip(Reason::EditedVersionOf);
            verdict.evidence = Some(Evidence::Item(photo));
            words.extend(words_of(verdict.item, edit, files()));
        }
    }
    if !words.is_empty() {
        verdicts.extend(words);
        verdicts.sort_by_key(Verdict::file);
    }
    verdicts
}

/// A directory of a folder, and what the files of one photo share of their names.
#[derive(PartialEq, Eq, Hash)]
struct Place<'a>(FolderId, Option<&'a Path>, String);

impl<'a> Place<'a> {
    fn new(item: &'a Item, stem: &str) -> Self {
        Self(item.folder, item.path().parent(), folded(stem))
    }
}

fn name(item: &Item) -> String {
    item.primary().name().to_string_lossy().into_owned()
}

/// Whether nothing but the name would say that these are two: the kind, or another second in the bytes of both.
fn may_be_of(edit: &Item, photo: &Item) -> bool {
    let second = |time: CaptureTime| time.wall_second().or(time.instant_second());
    let written = |item: &Item| {
        let (time, source) = item.header()?.captured?;
        second(time).filter(|_| source.is_in_the_bytes())
    };
    let agree = written(edit).zip(written(photo)).is_none_or(|(one, other)| one == other);
    edit.kind == photo.kind && agree
}
