//! What people should know besides the verdicts. Pure.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::asset::{Asset, AssetId, ResourceRole};
use crate::export::Edited;
use crate::folder::Source;
use crate::folder::settle::changed_within;
use crate::item::{FileRef, FolderId, Item, ItemFile, Trouble};
use crate::library::Properties;
use crate::matching::Absence;
use crate::memory::Memory;
use crate::plan::{Evidence, ExportFate, ExportVerdict, Fate, Plan};
use crate::reason::Reason;
use crate::run::{Mode, RunId};
use crate::wording::size;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What brings photos to this computer that are online only.
pub const KEEP_HERE: &str = "In the sync client, choose to keep the folder on this computer (Nextcloud calls it \
                             \u{201c}Make always available locally\u{201d})";

/// A folder that lies elsewhere than before: its memory goes with it.
pub fn moved(path: &Path, from: &Path) -> String {
    format!(
        "{} is the folder that was at {}: it continues as before, and what was deleted there stays deleted",
        path.display(),
        from.display()
    )
}

/// A directory of a folder that was a disk of its own, and is none now.
pub fn disk_away(directory: &Path) -> String {
    format!(
        "{0} was a disk of its own, which is not connected. Until it is, what lay there counts as unreadable, not as deleted, and \
         no photo goes out that may lie there. If it is gone for good: `photobridge config folder '{0}' --gone`",
        directory.display()
    )
}

/// Archives that were read, and lie there no longer.
pub fn thrown_away(place: &Path) -> String {
    format!(
        "the archives {} were imported before and are no longer there. Their photos stay in the library, and \
         nothing counts as deleted. To stop looking for them: `photobridge config folder '{}' --remove`",
        place.display(),
        place.display()
    )
}

/// A source at whose path another directory lies than before.
pub fn another_source(path: &Path, doubt: &impl std::fmt::Display) -> String {
    format!(
        "{} {doubt}, perhaps because its disk is not connected, or another one is. Nothing counts as deleted because of that",
        path.display()
    )
}

/// How many photos stay in the library as they lie, or lay, in folders that are not looked at, if any do.
pub fn held_by_other_folders(plan: &Plan) -> Option<usize> {
    let is_held = |verdict: &&ExportVerdict| matches!(verdict.fate, ExportFate::Skip(Reason::InAnotherFolder));
    Some(plan.exports.iter().filter(is_held).count()).filter(|count| *count > 0)
}

/// So many photos stay in the library, as these folders have, or had, them: how they go out all the same.
pub fn in_other_folders(count: usize, folders: &[PathBuf]) -> Option<String> {
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    (!folders.is_empty()).then(|| {
        format!(
            "photos that are not exported, because they are, or were, in a folder that is not set up now ({}): {count}. To export \
             them anyway: `photobridge decide take-in --reason \"{}\"`; or, if that folder is gone for good, \
             `photobridge config folder DIR --gone`",
            folders.join(", "),
            Reason::InAnotherFolder
        )
    })
}

/// A library that calls itself otherwise than the one that lay at its path, and has most of its photos.
pub fn rebuilt_library(path: &Path, here: usize, photos: usize) -> String {
    format!(
        "{} has a new identity, perhaps because it was rebuilt, and has {here} of the {photos} photos that the library \
         there had: it continues as that library, and what was deleted there stays deleted",
        path.display()
    )
}

/// A library that lies where another one lay.
pub fn another_library(path: &Path, here: usize, photos: usize) -> String {
    format!(
        "{} is not the library that was synced there before: it has {here} of the {photos} photos of that one. What was \
         deleted in that one may be imported into this one",
        path.display()
    )
}

/// A library that lies at two paths: a backup that was put beside it, or a copy.
pub fn library_twice(path: &Path, other: &Path) -> String {
    format!(
        "the libraries {} and {} have the same identity: one is a copy of the other. What is in only one of them counts as \
         deleted when the other is synced. Sync only one of them",
        path.display(),
        other.display()
    )
}

/// Much that is gone from a side since a person looked: how it comes back at once, if it was not meant. That takes a mode in
/// which photos go to that side.
pub fn many_gone(side: &str, lost: usize, reason: Reason, mode: Mode) -> String {
    let goes_there = if reason == Reason::DeletedInFolder { mode.exports() } else { mode.imports() };
    let gone = format!("{lost} photos are gone from the {side} since you last checked. If that was a mistake");
    match goes_there {
        true => format!(
            "{gone}, restore what is still on the other side: `photobridge decide take-in --reason \"{reason}\"`, \
             or *Import anyway* or *Export anyway* on the page"
        ),
        false => format!(
            "{gone}, the other side may still have them, but the mode {} does not restore them: change the mode to do so",
            mode.as_str()
        ),
    }
}

/// What a person does so that all photos of the Mac's own library are seen.
pub const LET_IT_SEE: &str = "Sync by hand once you know that none of them is among those, or let Photobridge see them: allow Full Disk \
                              Access in System Settings, Privacy & Security; for hidden ones it is enough to turn off the \
                              lock of the Hidden album in Photos, Settings, General";

/// Which photos of a library cannot be seen, and what a person did with them; nothing where all are.
pub fn unseen(library: Properties) -> Option<(&'static str, &'static str)> {
    match (library.sees_hidden, library.sees_trashed) {
        (true, true) => None,
        (true, false) => Some(("recently deleted", "deleted")),
        (false, true) => Some(("hidden", "hid")),
        (false, false) => Some(("hidden and recently deleted", "hid or deleted")),
    }
}

/// Photos that go in though the library may hold them unseen.
pub fn unseen_twins(library: Properties, plan: &Plan) -> Option<String> {
    let (unseen, did) = unseen(library)?;
    let going = plan.imports().count();
    (going > 0).then(|| {
        format!(
            "{unseen} photos of the library cannot be seen: if any of the {going} to import is one that you {did} there, it comes \
             back, for everybody to see. {LET_IT_SEE}"
        )
    })
}

/// Placeholders that have been one for more than a day will not become files by waiting: what to do about it.
pub fn long_waits(items: &[Item], now: Timestamp) -> Option<String> {
    let is_stand_in = |file: &ItemFile| file.trouble == Some(Trouble::OnlineOnly);
    let waits_long =
        |item: &&Item| item.files.iter().any(|file| is_stand_in(file) && !changed_within(&file.stamp, now, DAY));
    let mut waiting = items.iter().filter(waits_long);
    let first = waiting.next()?;
    Some(format!(
        "{} photos (one is {first}) have been online only for more than a day. {KEEP_HERE}; then they can be imported",
        waiting.count() + 1
    ))
}

/// Conflict copies that the plan carries: two devices changed one photo, and this version is not the one under its name.
pub fn conflict_copies(items: &[Item], plan: &Plan) -> Option<String> {
    let mut copies = plan.imports().map(|verdict| &items[verdict.item as usize]).filter(|item| item.conflict_copy);
    let first = copies.next()?;
    Some(format!(
        "{} of these photos (one is {first}) are conflict copies: two devices changed one file, and the sync client \
         set this version aside. It is imported as a separate photo; check which one you want to keep",
        copies.count() + 1
    ))
}

/// Photos of which something came late that their library cannot be told.
pub fn came_late(items: &[Item], plan: &Plan) -> Option<String> {
    let mut lacking =
        plan.verdicts.iter().filter_map(|verdict| Some((verdict, verdict.late.as_deref().filter(|late| !late.now)?)));
    let (first, late) = lacking.next()?;
    Some(format!(
        "the date, words or albums of {} photos came after they were imported (one is {}, which lacks: {}). This library is not          changed by Photobridge: add them there yourself. `simulate --verbose` lists them",
        lacking.count() + 1,
        items[first.item as usize],
        late.telling.words()
    ))
}

/// Files that the library lists and has lost, a RAW or a movie like any other: the folder's may be the last ones.
pub fn lost_originals(items: &[Item], absent: &FxHashMap<FileRef, Absence>) -> Option<String> {
    let lost = absent.iter().filter(|(_, absence)| **absence == Absence::Lost).map(|(file, _)| *file);
    let mut files: Vec<FileRef> = lost.collect();
    files.sort_unstable();
    files.dedup_by_key(|file| file.item);
    let first = files.first()?;
    Some(format!(
        "the library lists {} of these photos (one is {}) but has lost their originals. Keep the files in the \
         folder: they may be the last ones",
        files.len(),
        items[first.item as usize].files[usize::from(first.file)].path.display()
    ))
}

/// What goes in whole though a part of it is in the library: what a person may want to delete there.
pub fn whole_again(items: &[Item], assets: &[Asset], plan: &Plan) -> Option<String> {
    let mut halves = plan.imports().filter(|verdict| verdict.joins().is_none()).filter_map(|verdict| {
        let item = &items[verdict.item as usize];
        let is_live = verdict.files(item).any(|file| file.role == ResourceRole::PairedVideo);
        match verdict.evidence {
            Some(Evidence::Asset(asset, _)) if is_live => {
                Some((item, "as a whole Live Photo", &assets[asset as usize]))
            }
            Some(Evidence::Beginning(asset)) => Some((item, "whole", &assets[asset as usize])),
            _ => None,
        }
    });
    let (item, whole, asset) = halves.next()?;
    let more = match halves.count() {
        0 => String::new(),
        more => format!(", and so for {more} more"),
    };
    Some(format!(
        "{item} goes in {whole}, and the library has a part of it already: {} ({}). Delete that there, once \
         the whole one is in, if you do not want both{more}",
        asset.original_name, asset.id
    ))
}

/// Photos that a Photobridge brought into the library since this ledger's first run, and that the ledger does not know:
/// another computer may feed the same library. What was there before says nothing, as that ledger may have been ours; nor
/// do the new ids of a library that was rebuilt, or that came back from a backup as another one.
pub fn another_photobridge(assets: &[Asset], memory: &Memory, first_run: Timestamp) -> Option<String> {
    let is_recent = |asset: &Asset| asset.added.is_some_and(|added| added > first_run);
    let is_ours = |asset: &&Asset| asset.by_photobridge && !asset.standing.trashed && is_recent(asset);
    let link = |asset: &Asset| memory.by_fingerprint(&asset.primary()?.fingerprint?);
    // Of most the bytes tell that they are known.
    let is_known = |asset: &&Asset| link(asset).is_some_and(|link| link.assets.contains(&asset.id));
    let mut foreign: Vec<&Asset> = assets.iter().filter(is_ours).filter(|asset| !is_known(asset)).collect();
    if foreign.is_empty() {
        return None;
    }
    let known: FxHashSet<&AssetId> = memory.links().iter().flat_map(|link| &link.assets).collect();
    foreign.retain(|asset| !known.contains(&asset.id));
    let here: FxHashSet<&AssetId> = assets.iter().map(|asset| &asset.id).collect();
    foreign.retain(|asset| link(asset).is_none_or(|link| link.assets.iter().any(|id| here.contains(id))));
    let first = foreign.first()?;
    let (count, first) = (foreign.len(), &first.original_name);
    let photos = match count {
        1 => format!("a photo of the library ({first}) was"),
        _ => format!("{count} photos of the library (one is {first}) were"),
    };
    Some(format!(
        "{photos} imported by another Photobridge. If another computer imports into this library, too, let only one of them \
         do so, or give each its own folder"
    ))
}

/// How a notice ends of which the remedy lies in what the settings take of a folder.
pub const WHAT_GOES_IN: &str = "Change its filters in the settings";

/// How a notice ends of which the remedy lies in what the settings let out of the library.
pub const WHAT_GOES_OUT: &str = "Change what is exported in the settings";

/// Folders of which the settings leave out everything, which nobody wants who set them up.
pub fn left_out_whole(folders: &[Source], items: &[Item], plan: &Plan) -> Vec<String> {
    let is_left_out = |fate: &Fate| *fate == Fate::Skip(Reason::Excluded);
    let kept: FxHashSet<FolderId> = plan
        .verdicts
        .iter()
        .filter(|verdict| is_left_out(&verdict.fate))
        .map(|verdict| items[verdict.item as usize].folder)
        .collect();
    let whole = folders.iter().filter(|folder| kept.contains(&folder.id)).filter_map(|folder| {
        let mut own = items.iter().filter(|item| item.folder == folder.id);
        let count = own.clone().count();
        own.all(|item| item.files.iter().all(|file| file.excluded.is_some())).then(|| {
            format!(
                "nothing is imported from the folder {}: the settings exclude every photo and video in it ({count}). {WHAT_GOES_IN}",
                folder.place().display()
            )
        })
    });
    whole.collect()
}

/// A library of which the settings leave out everything.
pub fn library_left_out(assets: &[Asset], plan: &Plan) -> Option<String> {
    let is_left_out = |verdict: &&ExportVerdict| verdict.fate == ExportFate::Skip(Reason::Excluded);
    let listed = || plan.exports.iter().filter(|verdict| !assets[verdict.asset as usize].standing.trashed);
    let count = listed().filter(is_left_out).count();
    (count > 0 && count == listed().count()).then(|| {
        format!(
            "nothing is exported: the settings exclude every photo and video of the library ({count}). {WHAT_GOES_OUT}"
        )
    })
}

/// Edited photos of which the library has no edited version: their originals go out.
pub fn edits_without_render(assets: &[Asset], plan: &Plan, edited: Edited) -> Option<String> {
    let has_none = |asset: &&Asset| asset.edited && asset.render().is_none();
    let going = plan.departures().map(|(verdict, _)| &assets[verdict.asset as usize]);
    let mut without = going.filter(has_none).filter(|_| edited != Edited::Original);
    let first = without.next()?;
    Some(format!(
        "the library has no edited version of {} of these photos (one is {}): the original is exported instead",
        without.count() + 1,
        first.original_name
    ))
}

/// Files that come late and go out under another name than their photo, which keeps its own.
pub fn parted(plan: &Plan) -> Option<String> {
    let mut parted = plan.departures().filter_map(|(_, out)| Some((out.path(), out.parted_from.as_ref()?)));
    let (path, photo) = parted.next()?;
    let others = match parted.count() {
        0 => String::new(),
        others => format!(", and {others} more like it"),
    };
    Some(format!(
        "{} is exported under another name than its photo {}, whose name is taken{others}. The photo keeps its name: \
         Photobridge renames only what is still just as it exported it, where that can be done safely",
        path.display(),
        photo.display()
    ))
}

/// A baseline that is in the future: the clock was wrong when it was set.
pub fn baseline_to_come(baseline: Timestamp) -> String {
    let shown = baseline.strftime("%Y-%m-%d %H:%M:%S UTC");
    format!(
        "the baseline, {shown}, is in the future: the clock was wrong when it was set. Until then what the library did not \
         hold when it was set counts as new. `photobridge baseline set` sets it to now"
    )
}

/// A plan that the folder's disk has no room for.
pub fn no_room(needed: u64, free: u64) -> Option<String> {
    let lacks = !has_room(needed, free);
    lacks.then(|| {
        let (needed, free) = (size(needed), size(free));
        format!(
            "there is not enough space for these exports: they need {needed}, and {free} are free. A sync would stop"
        )
    })
}

/// Whether so many bytes fit where so many are free, and a little more: file systems need room of their own.
pub fn has_room(needed: u64, free: u64) -> bool {
    needed.saturating_add(needed / 20) <= free
}

/// Exported photos of which nobody can know yet whether they arrived.
pub fn on_their_way(photos: u64, folder: &Path, kind: &str) -> Option<String> {
    (photos > 0).then(|| {
        format!(
            "exported photos that may be in a cache of this computer only: {photos}. {kind}, with which {} is connected, uploads \
             later. The next sync reads them back, and sends those that did not arrive once more",
            folder.display()
        )
    })
}

/// Exported photos that are not where they were put.
pub fn did_not_arrive(photos: u64) -> Option<String> {
    (photos > 0).then(|| {
        format!(
            "photos that an earlier sync wrote into the folder and that its disk did not keep: {photos}. They are in the library \
             as before, and go out once more"
        )
    })
}

/// What this sync did about an undo that was cut short: files that it moved out, and those that stay.
pub fn undo_went_on(moved: &[PathBuf], stay: &[PathBuf]) -> impl Iterator<Item = String> {
    let names = |files: &[PathBuf]| files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
    let moved = (!moved.is_empty()).then(|| {
        format!(
            "an undo that was cut short had begun to move these out of the folder; now they are in undone/: {}",
            names(moved)
        )
    });
    let stay = (!stay.is_empty()).then(|| {
        format!(
            "an undo that was cut short would have moved these out of the folder. The library has them no longer, so they are \
             the only copies and stay: {}",
            names(stay)
        )
    });
    moved.into_iter().chain(stay)
}

/// Exported photos that are older than the dates that sync services take of a file.
pub fn dated_earliest(photos: u64) -> Option<String> {
    (photos > 0).then(|| {
        format!(
            "exported photos taken before 1970: {photos}. Their files are dated 3 January 1970, as sync services pass over earlier \
             ones; the names of their directories, their own bytes and their sidecars keep the date"
        )
    })
}

/// Exported photos whose disk cannot hold when they were taken.
pub fn dated_otherwise(photos: u64) -> Option<String> {
    (photos > 0).then(|| {
        format!(
            "exported photos whose files have another date than that on which they were taken: {photos}. The folder's disk holds \
             no such date. Their bytes are whole, and nothing is decided by the date of a file"
        )
    })
}

/// What an older version exported with a date that keeps it from the sync service.
pub fn mended_dates(files: usize) -> Option<String> {
    (files > 0).then(|| {
        format!(
            "files that an earlier version dated before 3 January 1970, so that sync services pass over them: {files}. They have \
             that date now, and go on their way"
        )
    })
}

/// A library or data directory of ours inside a folder that a sync service shares would be shared with it.
pub fn ours_in_the_folder<'a>(folders: impl Iterator<Item = &'a Path> + Clone, ours: &[PathBuf]) -> Option<String> {
    let inside = |path: &Path| folders.clone().find(|folder| path.starts_with(folder));
    let (path, folder) = ours.iter().find_map(|path| inside(path).map(|folder| (path, folder)))?;
    Some(format!(
        "{} is inside the folder {}. It is never taken for photos, but a sync service would share it with every \
         device: put it elsewhere",
        path.display(),
        folder.display()
    ))
}

/// What a simulation promised and this sync does not carry: the verdicts say why.
pub fn unkept(run: RunId, promised: usize, plan: &Plan) -> Option<String> {
    let planned = plan.imports().count() + plan.departures().count();
    let missing = promised.checked_sub(planned).filter(|missing| *missing > 0)?;
    Some(format!(
        "{missing} of the {promised} that run {run} planned are not carried by this run: they are there already, \
         changed since, or go the way that this run does not"
    ))
}
