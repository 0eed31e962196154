//! Of new items that show the same one is carried, and the others say so.

use std::cmp::Reverse;

use photobridge_media as media;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Evidence, Fate, Verdict};
use crate::folder::names;
use crate::item::{FileRef, Item, ItemFile};
use crate::matching::{Facts, PictureOf};
use crate::reason::Reason;

/// Leaves one of each group of items that show the same: the one with the most files, then what a camera wrote before what
/// was converted from it, then what lost the least, then the smallest path. What a person took in goes all the same.
pub(super) fn carry_one_of_each(verdicts: &mut [Verdict], items: &[Item], groups: &[Vec<u32>], facts: &Facts) {
    let twins: FxHashSet<u32> = groups.iter().flatten().copied().collect();
    let goes = |verdict: &Verdict| matches!(&verdict.fate, Fate::Import(files) if files.contains(&0));
    let goes = |verdict: &Verdict| verdict.file == 0 && twins.contains(&verdict.item) && goes(verdict);
    let places = verdicts.iter().enumerate().filter(|(_, verdict)| goes(verdict));
    let places: FxHashMap<u32, usize> = places.map(|(place, verdict)| (verdict.item, place)).collect();
    for group in groups {
        let going: Vec<u32> = group.iter().copied().filter(|item| places.contains_key(item)).collect();
        let Some(carried) = going.iter().copied().min_by_key(|item| rank(*item, &going, items, facts)) else {
            continue;
        };
        for item in going.into_iter().filter(|item| *item != carried) {
            let brings_more = items[item as usize].files.iter().any(|file| is_lacking(file, &items[carried as usize]));
            let verdict = &mut verdicts[places[&item]];
            if verdict.taken_in.is_none() && !brings_more {
                let companions = (1..items[item as usize].files.len() as u16).collect();
                verdict.shared = companions;
                verdict.fate = Fate::Skip(reason(item, carried, facts));
                verdict.evidence = Some(Evidence::Item(carried));
            }
        }
    }
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
    let originals = entry.files.iter().filter(|file| file.role.is_original()).count();
    let copied = names::copied(&name);
    (Reverse(originals), is_converted, lost_much, copied, entry.path().as_os_str(), entry.folder)
}

/// Whether this file of an item has no counterpart in the one that is carried.
fn is_lacking(file: &ItemFile, carried: &Item) -> bool {
    file.role.is_original() && carried.file(file.role).is_none()
}

fn reason(item: u32, carried: u32, facts: &Facts) -> Reason {
    let [one, other] = [item, carried].map(|item| facts.picture(PictureOf::File(FileRef { item, file: 0 })));
    if one.is_some() && one == other { Reason::SamePicture } else { Reason::SameShot }
}
