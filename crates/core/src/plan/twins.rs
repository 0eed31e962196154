//! Of new items that show the same one is carried, and the others say so.

use std::cmp::Reverse;

use photobridge_media as media;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Fate, Verdict, of_known};
use crate::asset::ResourceRole;
use crate::folder::copies;
use crate::item::{FileRef, Item, ItemFile};
use crate::matching::{Facts, PictureOf};
use crate::reason::Reason;

/// Leaves one of each group of items that show the same: the one with the most files, then what a camera wrote before what
/// was converted from it, then what lost the least, then the smallest path. What a person took in goes all the same. Of what
/// belongs to the others each file is told of as the next run would.
pub(super) fn carry_one_of_each(
    mut verdicts: Vec<Verdict>,
    items: &[Item],
    groups: &[Vec<u32>],
    facts: &Facts,
) -> Vec<Verdict> {
    let twins: FxHashSet<u32> = groups.iter().flatten().copied().collect();
    let goes = |verdict: &Verdict| matches!(&verdict.fate, Fate::Import(files) if files.contains(&0));
    let goes = |verdict: &Verdict| verdict.file == 0 && twins.contains(&verdict.item) && goes(verdict);
    let places = verdicts.iter().enumerate().filter(|(_, verdict)| goes(verdict));
    let places: FxHashMap<u32, usize> = places.map(|(place, verdict)| (verdict.item, place)).collect();
    let mut parted = Vec::new();
    for group in groups {
        let going: Vec<u32> = group.iter().copied().filter(|item| places.contains_key(item)).collect();
        let Some(carried) = going.iter().copied().min_by_key(|item| rank(*item, &going, items, facts)) else {
            continue;
        };
        let along = match &verdicts[places[&carried]].fate {
            Fate::Import(files) => files.iter().map(|file| FileRef { item: carried, file: *file }).collect(),
            Fate::Skip(_) | Fate::Fail(_) => Vec::new(),
        };
        for item in going.into_iter().filter(|item| *item != carried) {
            let brings_file = items[item as usize].files.iter().any(|file| is_lacking(file, &items[carried as usize]));
            let brings_more =
                brings_file || (moves(item, facts) && !moves(carried, facts) && is_still(&items[carried as usize]));
            let verdict = &mut verdicts[places[&item]];
            if verdict.taken_in.is_none() && !brings_more {
                parted.extend(leave(verdict, carried, &along, items, facts));
            }
        }
    }
    if !parted.is_empty() {
        verdicts.extend(parted);
        verdicts.sort_by_key(Verdict::file);
    }
    verdicts
}

/// Leaves an item that shows the same as the one that is carried with the files `along`. Returns verdicts on those of its
/// companions that have another fate: a RAW with a picture of its own goes as a photo of its own, another movie stays.
fn leave(verdict: &mut Verdict, carried: u32, along: &[FileRef], items: &[Item], facts: &Facts) -> Vec<Verdict> {
    let reason = reason(verdict.item, carried, facts);
    let evidence = Some(Evidence::Item(carried));
    let Fate::Import(files) = std::mem::replace(&mut verdict.fate, Fate::Skip(reason)) else { return Vec::new() };
    verdict.evidence = evidence;
    let (mut shared, mut own) = (Vec::new(), Vec::new());
    for at in files.into_iter().filter(|at| *at != verdict.file) {
        let file = FileRef { item: verdict.item, file: at };
        let role = items[verdict.item as usize].files[usize::from(at)].role;
        let fate = match role {
            _ if along.iter().any(|other| has_bytes_of(file, *other, facts)) => continue,
            _ if along.iter().any(|other| has_picture_of(file, *other, facts)) => Fate::Skip(Reason::SamePicture),
            ResourceRole::AlternatePhoto => Fate::Import(vec![at]),
            ResourceRole::PairedVideo => Fate::Skip(Reason::OtherHalfOfImported),
            role => Fate::Skip(of_known(role).unwrap_or(reason)),
        };
        match fate {
            Fate::Skip(same) if same == reason => shared.push(at),
            fate => {
                let evidence = evidence.filter(|_| matches!(fate, Fate::Skip(_)));
                own.push(Verdict { file: at, evidence, ..Verdict::new(verdict.item, fate) });
            }
        }
    }
    verdict.shared = shared.into();
    own
}

fn has_bytes_of(one: FileRef, other: FileRef, facts: &Facts) -> bool {
    facts.file(one).is_some_and(|bytes| facts.file(other) == Some(bytes))
}

fn has_picture_of(one: FileRef, other: FileRef, facts: &Facts) -> bool {
    facts.picture(PictureOf::File(one)).is_some_and(|picture| facts.picture(PictureOf::File(other)) == Some(picture))
}

/// Which of several that show the same is carried: the smallest.
fn rank<'a>(item: u32, group: &[u32], items: &'a [Item], facts: &Facts) -> impl Ord + use<'a> {
    let entry = &items[item as usize];
    let size = |item: u32| items[item as usize].primary().stamp.size;
    let largest = group.iter().map(|item| size(*item)).max().unwrap_or_default();
    let is_one_picture = group.iter().all(|other| reason(*other, group[0], facts) == Reason::SamePicture);
    let name = entry.primary().name().to_string_lossy();
    let is_converted = !is_one_picture && !media::same_format(&name, "heic");
    let lost_much = !is_one_picture && size(item) < largest / 10 * 9;
    // A movie behind the picture is one file more.
    let originals = entry.files.iter().filter(|file| file.role.is_original()).count() + usize::from(moves(item, facts));
    let copied = copies::copied(&name);
    let path = (entry.path().with_extension("").into_os_string(), entry.path().as_os_str());
    (Reverse(originals), is_converted, lost_much, copied, path, entry.folder)
}

/// Whether this file of an item has no counterpart in the one that is carried.
fn is_lacking(file: &ItemFile, carried: &Item) -> bool {
    file.role.is_original() && carried.file(file.role).is_none()
}

/// Whether a movie stands behind the picture of an item, as far as that was looked at.
fn moves(item: u32, facts: &Facts) -> bool {
    facts.moves(PictureOf::File(FileRef { item, file: 0 })) == Some(true)
}

fn is_still(item: &Item) -> bool {
    item.file(ResourceRole::PairedVideo).is_none()
}

fn reason(item: u32, carried: u32, facts: &Facts) -> Reason {
    let [one, other] = [item, carried].map(|item| FileRef { item, file: 0 });
    if has_picture_of(one, other, facts) { Reason::SamePicture } else { Reason::SameShot }
}
