//! What must hold after a run, told from what was on both sides before and after it, and from what the user did: the
//! numbers are those of DESIGN.md, section 5. Nothing here knows how the engine matches or plans.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use photobridge_core::asset::{Resource, ResourceRole, Whereabouts};
use photobridge_core::export::{Edited, Layout, Range};
use photobridge_core::memory::Decision;
use photobridge_core::reason::Way;
use photobridge_core::report::{Direction, Ruling, VerdictLine};
use photobridge_core::run::Command;
use photobridge_core::sync::Finished;
use photobridge_testkit::shelf::Kept;

use crate::pictures::{BEGUN, Content, MADE, PICTURES, Picture, SHARED, STRANGER, picture_of};
use crate::world::{Look, Lying, SECOND, World, is_known, name_of, stem};

pub type Checked = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err(format!($($words)+));
        }
    };
}
pub(crate) use ensure;

/// 1: a simulation changes nothing.
pub fn nothing_changed(before: &Look, after: &Look) -> Checked {
    ensure!(before.files == after.files, "(1) the folder changed: {}", difference(before, after));
    ensure!(before.kept == after.kept, "(1) the library changed");
    for table in before.memory.keys().chain(after.memory.keys()) {
        let (then, now) = (before.memory.get(table), after.memory.get(table));
        ensure!(then == now, "(1) the ledger's table {table} changed from {then:?} to {now:?}");
    }
    Ok(())
}

fn difference(before: &Look, after: &Look) -> String {
    let new = after.files.iter().filter(|(path, file)| before.files.get(*path) != Some(file));
    let new: Vec<_> = new.map(|(path, file)| format!("{} is {}", path.display(), name_of(&file.bytes))).collect();
    let gone: Vec<_> = before.files.keys().filter(|path| !after.files.contains_key(*path)).collect();
    format!("{new:?}, gone: {gone:?}")
}

/// What was there, under the names that files have now which we had exported and renamed, so that what came late shares theirs:
/// in their directory, as they were, with another number.
pub fn under_their_new_names(before: &Look, after: &Look) -> Look {
    let mut named = before.clone();
    let bare = |path: &Path| stem(path).to_string_lossy().split(" (").next().unwrap_or_default().to_lowercase();
    for (from, file) in before.files.iter().filter(|(from, _)| !after.files.contains_key(*from)) {
        let is_it = |(to, other): &(&PathBuf, &Lying)| {
            *other == file && to.parent() == from.parent() && bare(to) == bare(from) && !before.files.contains_key(*to)
        };
        if let Some((to, _)) = after.files.iter().find(is_it) {
            named.files.remove(from);
            named.files.insert(to.clone(), file.clone());
        }
    }
    named
}

/// 4 and 5: whatever was there is there as it was, at any moment, also after a crash; no half file is visible.
pub fn nothing_lost(before: &Look, after: &Look) -> Checked {
    for (path, file) in &before.files {
        let now = after.files.get(path);
        ensure!(now == Some(file), "(4) {} was {} and is {:?}", path.display(), name_of(&file.bytes), now.map(said));
    }
    for kept in &before.kept {
        let now = after.kept.iter().find(|other| other.asset.id == kept.asset.id);
        ensure!(now == Some(kept), "(4) {} was {kept:?} and is {now:?}", kept.asset.id);
    }
    for (path, file) in after.files.iter().filter(|(path, _)| !is_part(path)) {
        ensure!(is_known(&file.bytes), "(5) {} holds bytes that nobody wrote", path.display());
    }
    for (kept, bytes) in after.kept.iter().flat_map(|kept| kept.bytes.iter().map(move |bytes| (kept, bytes))) {
        ensure!(is_known(bytes), "(5) {} holds bytes that nobody wrote", kept.asset.id);
    }
    Ok(())
}

fn said(file: &Lying) -> String {
    format!("{} of {:?}", name_of(&file.bytes), file.modified)
}

fn is_part(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".photobridge-"))
}

/// 5 and 6: a run that came to its end leaves nothing half and nothing open.
pub fn nothing_open(after: &Look) -> Checked {
    for path in after.files.keys() {
        ensure!(!is_part(path), "(5) {} is left over", path.display());
    }
    let open = after.memory.get("journal");
    ensure!(open.is_none(), "(6) the journal is open: {open:?}");
    Ok(())
}

/// 8 and 9: every item and every asset has one verdict, and the counts agree.
pub fn counts_agree(finished: &Finished, assets: usize) -> Checked {
    let report = &finished.report;
    ensure!(report.stopped.is_none(), "the run stopped: {:?}", report.stopped);
    ensure!(report.import.is_some() == report.mode.imports(), "(8) imports are told of in a mode without them");
    ensure!(report.export.is_some() == report.mode.exports(), "(8) exports are told of in a mode without them");
    let mut lines: BTreeMap<Way, Vec<VerdictLine>> = BTreeMap::new();
    for line in finished.lines() {
        lines.entry(line.direction).or_default().push(line);
    }
    for (way, direction) in [(Way::Import, &report.import), (Way::Export, &report.export)] {
        let (word, lines) = (way.as_str(), lines.remove(&way).unwrap_or_default());
        let Some(direction) = direction else {
            ensure!(lines.is_empty(), "(8) {word} verdicts in a mode without them");
            continue;
        };
        counts_of(word, report.command, direction, &lines)?;
        let who = |line: &VerdictLine| match way {
            Way::Import => (place_of(line).map(|path| path.display().to_string()), None, None),
            // Of an edited photo whose original stays as the same shot, the edit goes under the photo's name.
            Way::Export => (line.asset.clone(), line.name.clone(), line.path.clone()),
        };
        let distinct: BTreeSet<_> = lines.iter().map(who).collect();
        ensure!(distinct.len() == lines.len(), "(8) two {word} verdicts on one: {lines:?}");
        let told: BTreeSet<_> = lines.iter().map(|line| &line.asset).collect();
        ensure!(way == Way::Import || told.len() == assets, "(8) {} verdicts on {assets} assets", lines.len());
    }
    Ok(())
}

fn counts_of(word: &str, command: Command, direction: &Direction, lines: &[VerdictLine]) -> Checked {
    let Direction { seen, planned, applied, failed, not_reached, skipped, .. } = direction;
    let carried = if command == Command::Sync { applied } else { planned };
    let skips: u64 = skipped.values().sum();
    ensure!(*seen == carried + skips + failed + not_reached, "(8) the counts of {word} do not add up: {direction:?}");
    ensure!(*seen == lines.len() as u64, "(8) {seen} seen, {} {word} verdicts", lines.len());
    ensure!(*not_reached == 0, "{not_reached} not reached");
    let count = |verdict: Ruling| lines.iter().filter(|line| line.verdict == verdict).count() as u64;
    let went = if command == Command::Sync { Ruling::Applied } else { Ruling::Planned };
    ensure!(
        (count(went), count(Ruling::Failed), count(Ruling::Skipped)) == (*carried, *failed, skips),
        "(8) the {word} verdicts are not those of the counts: {direction:?} {lines:?}"
    );
    ensure!(*failed == 0, "{failed} failed, and nothing was in the way: {lines:?}");
    Ok(())
}

/// 11: a sync does what a simulation right before it promised.
pub fn promise_kept(promised: &Finished, done: &Finished) -> Checked {
    let told = |finished: &Finished| -> Vec<String> {
        let line = |line: VerdictLine| {
            let verdict = if line.verdict == Ruling::Applied { Ruling::Planned } else { line.verdict };
            let asset = line.asset.filter(|_| line.direction == Way::Export);
            let VerdictLine { direction, reason, path, destination, files, size, .. } = line;
            format!("{direction:?} {verdict:?} {reason:?} {path:?} {asset:?} to {destination:?} {size} {files:?}")
        };
        let mut lines: Vec<String> = finished.lines().map(line).collect();
        lines.sort();
        lines
    };
    let (promised, done) = (told(promised), told(done));
    let kept = |side: &[String], other: &[String]| -> Vec<String> {
        side.iter().filter(|line| !other.contains(line)).cloned().collect()
    };
    ensure!(promised == done, "(11) promised {:#?}, but did {:#?}", kept(&promised, &done), kept(&done, &promised));
    Ok(())
}

/// How many a run carries or would carry.
pub fn carried(finished: &Finished) -> u64 {
    let directions = [&finished.report.import, &finished.report.export];
    directions.into_iter().flatten().map(|direction| direction.planned.max(direction.applied)).sum()
}

/// The file of which a verdict speaks, as the world names it.
fn place_of(line: &VerdictLine) -> Option<PathBuf> {
    Some(placed(line, line.path.as_ref()?))
}

fn placed(line: &VerdictLine, path: &str) -> PathBuf {
    let is_in_second = line.folder.as_ref().is_some_and(|folder| Path::new(folder).ends_with(SECOND));
    if is_in_second { Path::new(SECOND).join(path) } else { path.into() }
}

/// Assets that were not there before.
fn new_assets<'a>(before: &Look, after: &'a Look) -> Vec<&'a Kept> {
    let is_new = |kept: &&Kept| before.kept.iter().all(|other| other.asset.id != kept.asset.id);
    after.kept.iter().filter(is_new).collect()
}

/// Files that were not there before.
fn new_files<'a>(before: &Look, after: &'a Look) -> Vec<(&'a PathBuf, &'a Lying)> {
    after.files.iter().filter(|(path, _)| !before.files.contains_key(*path)).collect()
}

/// Whether the library lets anybody know that it holds this picture: a file that is neither here nor identified could
/// be anything.
fn is_held_knowably(kept: &Kept, picture: Picture) -> bool {
    kept.files().any(|(resource, bytes)| {
        picture_of(bytes) == Some(picture) && (kept.is_identified || resource.whereabouts == Whereabouts::Here)
    })
}

/// Whether the library can show this picture, from here or from iCloud.
fn has_bytes_of(kept: &Kept, picture: Picture) -> bool {
    kept.files().any(|(resource, bytes)| {
        picture_of(bytes) == Some(picture) && matches!(resource.whereabouts, Whereabouts::Here | Whereabouts::Cloud)
    })
}

/// What leaves the folder must be in the library, not only in its trash.
pub fn library_has(look: &Look, path: &Path, file: &Lying) -> Checked {
    let holds = |kept: &&Kept| {
        !kept.asset.standing.trashed
            && kept.files().any(|(resource, bytes)| {
                **bytes == *file.bytes && matches!(resource.whereabouts, Whereabouts::Here | Whereabouts::Cloud)
            })
    };
    ensure!(look.kept.iter().any(|kept| holds(&kept)), "(4) {} was the last copy and is moved away", path.display());
    Ok(())
}

fn pictures_in(look: &Look) -> BTreeSet<Picture> {
    look.files.values().filter_map(|file| picture_of(&file.bytes)).collect()
}

fn pictures_of(kept: &Kept) -> BTreeSet<Picture> {
    kept.bytes.iter().filter_map(|bytes| picture_of(bytes)).collect()
}

/// 3 and 7 for imports: what the library holds does not come in, nor what it held and deleted, and nothing twice.
pub fn imports_are_right(world: &World, before: &Look, after: &Look) -> Checked {
    let in_folder = pictures_in(before);
    let mut came = BTreeSet::new();
    for kept in new_assets(before, after) {
        ensure!(world.settings.mode.imports(), "{} was imported in a mode that does not", kept.asset.id);
        let pictures = pictures_of(kept);
        // A movie goes with each still that it belongs to, and brings its still once more where a person took it in.
        let half = kept.bytes(ResourceRole::PairedVideo).and_then(|bytes| picture_of(bytes));
        let half_said = half.and_then(|half| world.model.decisions.get(&half)) == Some(&Decision::TakeIn);
        let said = |decision| pictures.iter().any(|picture| world.model.decisions.get(picture) == Some(&decision));
        let primary = kept.bytes.first().and_then(|bytes| picture_of(bytes));
        let left_out = primary.and_then(|picture| world.model.decisions.get(&picture)) == Some(&Decision::LeaveOut);
        ensure!(!left_out, "{:?} was left out by a person and imported", primary.map(|picture| PICTURES[picture].name));
        for picture in &pictures {
            let name = PICTURES[*picture].name;
            ensure!(in_folder.contains(picture), "{name} was imported and is not in the folder");
            let is_half = half == Some(*picture);
            ensure!(came.insert(*picture) || is_half, "(3) {name} was imported twice in one run");
            let holds = |trashed: bool| {
                let mut held = before.kept.iter().filter(|kept| is_held_knowably(kept, *picture));
                held.any(|kept| kept.asset.standing.trashed == trashed)
            };
            // What the library has lost a person may take in once more.
            let is_lost = said(Decision::TakeIn) && before.kept.iter().all(|kept| !has_bytes_of(kept, *picture));
            ensure!(
                !holds(false) || is_half || half_said || is_lost,
                "(3) {name} was imported and the library held it"
            );
            // Also where the library's other one is only in iCloud.
            let mut others = before.kept.iter().filter(|kept| !kept.asset.standing.trashed);
            let goes_along = is_half && others.any(|kept| pictures_of(kept).contains(picture));
            if !said(Decision::TakeIn) {
                ensure!(PICTURES[*picture].header.truncated.is_none(), "(8) {name} was imported, which ends too early");
                let begun = BEGUN.iter().find(|begun| begun[1] == *picture && !PICTURES[begun[0]].is_movie());
                let is_begun = |kept: &Kept| begun.is_some_and(|begun| is_here(kept, begun[0]));
                let mut here = before.kept.iter().filter(|kept| !kept.asset.standing.trashed);
                ensure!(!here.any(is_begun), "(3) {name} was imported and the library held its beginning");
            }
            if !said(Decision::TakeIn) && !goes_along {
                ensure!(!holds(true), "(7) {name} was imported and the library has it in its trash");
                ensure!(!world.model.met.contains(picture), "(7) {name} was imported again after both sides had it");
            }
        }
    }
    Ok(())
}

/// 8: each picture of the folder is in the library byte by byte, or a verdict names that very file.
pub fn no_file_without_a_word(finished: &Finished, before: &Look, after: &Look) -> Checked {
    let lines: Vec<VerdictLine> = finished.lines().filter(|line| line.direction == Way::Import).collect();
    for (path, file) in before.files.iter().filter(|(_, file)| picture_of(&file.bytes).is_some()) {
        let mut here = after.kept.iter().filter(|kept| !kept.asset.standing.trashed);
        // Of what is neither here nor identified only the length is known.
        let may_be = |kept: &Kept| {
            let untold = |resource: &Resource| !kept.is_identified && resource.whereabouts != Whereabouts::Here;
            kept.files().any(|(resource, bytes)| bytes.len() == file.bytes.len() && untold(resource))
        };
        let is_held = here.any(|kept| kept.bytes.iter().any(|bytes| **bytes == *file.bytes) || may_be(kept));
        let names_it = |line: &VerdictLine| {
            let companions = line.files.iter().filter_map(|file| Some(placed(line, file.path.as_ref()?)));
            place_of(line).into_iter().chain(companions).any(|told| told == *path)
        };
        ensure!(is_held || lines.iter().any(names_it), "(8) {} is neither held nor named: {lines:?}", path.display());
    }
    Ok(())
}

/// 3, 4, 5 and 7 for exports.
pub fn exports_are_right(world: &World, before: &Look, after: &Look) -> Checked {
    let in_folder = pictures_in(before);
    let mut came: BTreeMap<Picture, Vec<&Path>> = BTreeMap::new();
    for (path, file) in new_files(before, after).into_iter().filter(|(path, _)| !is_part(path)) {
        let shown = path.display();
        ensure!(world.settings.mode.exports(), "{shown} was exported in a mode that does not");
        let Some(picture) = picture_of(&file.bytes) else { return Err(format!("(5) {shown} is {}", said(file))) };
        let name = PICTURES[picture].name;
        let twin = came.get(&picture).cloned();
        came.entry(picture).or_default().push(path);
        let sources: Vec<&Kept> =
            before.kept.iter().filter(|kept| is_here(kept, picture) && !kept.asset.standing.trashed).collect();
        // A movie goes with each of its stills, also where it is a picture of its own besides.
        let stands_alone = |kept: &&Kept| kept.bytes.first().and_then(|bytes| picture_of(bytes)) == Some(picture);
        let two_roles = sources.len() > 1 && !sources.iter().all(stands_alone);
        ensure!(twin.is_none() || two_roles, "(3) {name} was exported twice: as {shown} and {twin:?}");
        let came_with_its_still = |kept: &&Kept| {
            let still = kept.bytes.first().and_then(|bytes| picture_of(bytes));
            !stands_alone(kept) && still.is_some_and(|still| !in_folder.contains(&still))
        };
        ensure!(
            !in_folder.contains(&picture) || sources.iter().any(came_with_its_still),
            "(3) {name} was exported as {shown} and the folder held it"
        );
        ensure!(
            !world.is_online_as_taken(picture),
            "(3) {name} was exported as {shown}, and its stand-in has its date"
        );
        ensure!(!sources.is_empty(), "{name} was exported as {shown} and no asset has it here");
        let took = |kept: &&Kept| {
            pictures_of(kept).iter().any(|picture| world.model.decisions.get(picture) == Some(&Decision::TakeIn))
        };
        let taken_in = sources.iter().any(took);
        let may_go = |kept: &&Kept| {
            let standing = &kept.asset.standing;
            !standing.hidden && !standing.shared_album && !standing.unpicked_burst_frame
        };
        ensure!(taken_in || sources.iter().any(may_go), "{name} was exported as {shown} though hidden or shared");
        let is_old = |kept: &&Kept| {
            let from = world.baseline();
            if from.is_some() && world.is_baseline_to_come() {
                let primary = kept.bytes.first().and_then(|bytes| picture_of(bytes));
                // Of one that told nothing of itself then, and has another id now, nobody knows.
                return kept.is_identified && primary.is_some_and(|primary| world.model.held.contains(&primary));
            }
            from.is_some_and(|from| kept.asset.added.is_some_and(|added| added < from && is_old_enough(added, from)))
        };
        let is_late = world.model.met.iter().any(|met| PICTURES[*met].moment == PICTURES[picture].moment);
        ensure!(taken_in || is_late || !sources.iter().all(is_old), "{name} went before the baseline");
        let left_out = |kept: &&Kept| {
            let primary = kept.bytes.first().and_then(|bytes| picture_of(bytes));
            primary.and_then(|primary| world.model.decisions.get(&primary)) == Some(&Decision::LeaveOut)
        };
        ensure!(!sources.iter().all(left_out), "{name} was left out by a person and exported");
        let is_of_new_still = |kept: &&Kept| {
            let still = kept.bytes.first().and_then(|bytes| picture_of(bytes));
            came_with_its_still(kept) && still.is_some_and(|still| !world.model.met.contains(&still))
        };
        let met = world.model.met.contains(&picture) && !sources.iter().any(is_of_new_still);
        ensure!(taken_in || !met, "(7) {name} was exported again as {shown} after both sides had it");
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_uppercase().replace("JPEG", "JPG");
        ensure!(ending == PICTURES[picture].ending, "{name} was exported as {shown}, under the ending of another kind");
        dated_as_taken(&sources, picture, path, file)?;
    }
    one_stem_each(before, &came, world.settings.export.layout, &in_folder)
}

/// Going Forward reaches 30 days back for what a phone brings late.
fn is_old_enough(added: jiff::Timestamp, from: jiff::Timestamp) -> bool {
    from.duration_since(added) > jiff::SignedDuration::from_hours(30 * 24)
}

fn is_here(kept: &Kept, picture: Picture) -> bool {
    let is_it = |bytes: &[u8]| picture_of(bytes) == Some(picture);
    kept.files().any(|(resource, bytes)| is_it(bytes) && resource.whereabouts == Whereabouts::Here)
}

/// 5: the file's time is the time of the picture.
fn dated_as_taken(sources: &[&Kept], picture: Picture, path: &Path, file: &Lying) -> Checked {
    let times: Vec<SystemTime> =
        (sources.iter()).filter_map(|kept| kept.asset.captured?.instant_or_wall()).map(SystemTime::from).collect();
    let near = |time: &SystemTime| {
        let apart = file.modified.duration_since(*time).unwrap_or_else(|error| error.duration());
        apart < std::time::Duration::from_secs(1)
    };
    let name = PICTURES[picture].name;
    // Of several with these bytes it may come from one that nobody dated.
    let is_undated = times.len() < sources.len();
    ensure!(
        is_undated || times.iter().any(near),
        "(5) {name} exported as {} is of {:?} instead of {times:?}",
        path.display(),
        file.modified
    );
    Ok(())
}

/// 4: the files of an asset travel together under one name of their own.
fn one_stem_each(
    before: &Look,
    came: &BTreeMap<Picture, Vec<&Path>>,
    layout: Layout,
    in_folder: &BTreeSet<Picture>,
) -> Checked {
    for made in &MADE {
        let Some(path) = came.get(&made.primary).and_then(|paths| paths.first()).copied() else { continue };
        let names = |other: &Path| stem(other).to_string_lossy().to_lowercase();
        let mut beside = before.files.iter().filter(|(other, _)| names(other) == names(path));
        let moment = |picture: Picture| PICTURES[picture].moment;
        // What one asset holds belongs together, whenever it was taken: files were paired by their names.
        let are_one = |other: Picture| {
            let pictures = before.kept.iter().map(pictures_of);
            pictures.into_iter().any(|held| held.contains(&made.primary) && held.contains(&other))
        };
        let is_of_it = |file: &Lying| {
            picture_of(&file.bytes).is_some_and(|other| moment(other) == moment(made.primary) || are_one(other))
        };
        // It came late, beside what was there of it: under that name, or with a number where a stranger has it.
        let bare = |name: String| {
            let bare = name.split(" (").next().unwrap_or_default();
            bare.strip_suffix("_edited").unwrap_or(bare).to_owned()
        };
        let late = before.files.iter().filter(|(other, _)| bare(names(other)) == bare(names(path)));
        if late.into_iter().any(|(other, file)| is_of_it(file) && other.parent() == path.parent()) {
            continue;
        }
        // Names are chosen before somebody puts a file there in the middle of a run.
        let stranger = beside.find(|(_, file)| picture_of(&file.bytes) != Some(STRANGER)).map(|(other, _)| other);
        ensure!(stranger.is_none(), "(4) {} took the name of {stranger:?}", path.display());
        let expected = match layout {
            Layout::Flat => PathBuf::new(),
            Layout::Date if PICTURES[made.primary].name.starts_with("winter") => PathBuf::from("2023/12"),
            Layout::Date => PathBuf::from("2024/05"),
        };
        let is_dated = PICTURES[made.primary].header.captured.is_some();
        ensure!(
            !is_dated || path.parent() == Some(&expected),
            "{} does not lie in {}",
            path.display(),
            expected.display()
        );
        // A movie that two stills share lies beside each that has it.
        if let Some((companion, others)) = made.companion.and_then(|picture| Some((picture, came.get(&picture)?))) {
            let alone = |kept: &Kept| kept.bytes.first().and_then(|bytes| picture_of(bytes)) == Some(companion);
            let apart = before.kept.iter().any(alone) || in_folder.contains(&companion);
            // Of an asset whose movie is only in iCloud the still goes alone; the movie comes of the other one.
            let has_both = |kept: &Kept| is_here(kept, made.primary) && is_here(kept, companion);
            let is_beside = !before.kept.iter().any(has_both) || others.iter().any(|other| names(path) == names(other));
            ensure!(apart || is_beside, "{} and {others:?} are one", path.display());
        }
    }
    Ok(())
}

/// 11, the other way round: what nothing speaks against arrives.
pub fn everything_due_arrived(world: &World, before: &Look, after: &Look) -> Checked {
    if world.settings.mode.imports() {
        for (path, file) in &before.files {
            let Some(picture) =
                picture_of(&file.bytes).filter(|picture| is_due_in_library(world, before, path, *picture))
            else {
                continue;
            };
            let arrived = after.kept.iter().any(|kept| pictures_of(kept).contains(&picture));
            ensure!(arrived, "(11) {} ({}) did not arrive in the library", path.display(), PICTURES[picture].name);
        }
    }
    if world.settings.mode.exports() {
        let arrived = pictures_in(after);
        for kept in &before.kept {
            for picture in due_in_folder(world, before, kept) {
                let name = PICTURES[picture].name;
                ensure!(arrived.contains(&picture), "(11) {name} of {} did not arrive in the folder", kept.asset.id);
            }
        }
    }
    Ok(())
}

/// Whether nothing but bytes can decide about this file, and they say that it is new: the library never had anything
/// of its moment.
fn is_due_in_library(world: &World, before: &Look, path: &Path, picture: Picture) -> bool {
    let content = &PICTURES[picture];
    let mut beside = before.files.iter().filter(|(other, _)| stem(other) == stem(path));
    let is_in_trouble = |(other, file): (&PathBuf, &Lying)| {
        world.is_settling(file) || other.extension().is_some_and(|ending| ending == "nextcloud")
    };
    let decided = world.model.decisions.keys().any(|other| PICTURES[*other].moment == content.moment);
    let mixes = before.files.iter().any(|(other, file)| {
        let of_other_moment = picture_of(&file.bytes).is_some_and(|other| PICTURES[other].moment != content.moment);
        other != path && stem(other) == stem(path) && of_other_moment
    });
    // Half a Live Photo whose other half lies elsewhere may wait for a person.
    let is_torn = before.files.iter().any(|(other, file)| {
        let half = picture_of(&file.bytes).filter(|half| *half != picture);
        half.is_some_and(|half| PICTURES[half].moment == content.moment) && stem(other) != stem(path)
    });
    // Of a file that is not here and has no fingerprint, size, time and name decide: two can have all of them.
    let may_be = |kept: &Kept| {
        let is_untold = |resource: &Resource| !kept.is_identified && resource.whereabouts != Whereabouts::Here;
        let agrees = kept.asset.captured.zip(content.header.captured).is_some_and(|(a, (b, _))| a.agrees(&b));
        let is_as_long = |bytes: &[u8]| bytes.len() == content.bytes.len();
        let named = path.file_name().is_some_and(|name| name == &*kept.asset.original_name);
        agrees && named && kept.files().any(|(resource, bytes)| is_untold(resource) && is_as_long(bytes))
    };
    // Two movies that were begun in one second are not told apart where one lies at the path of the other: that is the
    // other one, changed.
    let may_have_changed = |other: &Picture| {
        let captured = |picture: Picture| PICTURES[picture].header.captured.map(|(time, _)| time);
        let is_of_one_second = captured(*other).zip(captured(picture)).is_some_and(|(a, b)| a.agrees(&b));
        *other != picture && PICTURES[*other].is_movie() == content.is_movie() && is_of_one_second
    };
    content.ending != "DNG"
        && content.header.truncated.is_none()
        && !is_torn
        && !world.model.ever_in_folder.iter().any(may_have_changed)
        && !before.kept.iter().any(may_be)
        && !beside.any(is_in_trouble)
        && !decided
        && !mixes
        && !world.model.met.contains(&picture)
        && world.model.ever_in_library.iter().all(|other| PICTURES[*other].moment != content.moment)
}

/// Whether nothing but their bytes and names tells one from the other.
fn look_alike(one: Picture, other: Picture) -> bool {
    let look = |picture: Picture| {
        let Content { bytes, header, .. } = &PICTURES[picture];
        (bytes.len(), header.captured.map(|(time, _)| time.wall_second()))
    };
    look(one) == look(other)
}

/// The pictures of this asset that must be in the folder after a run: the folder never had anything of its moment.
fn due_in_folder(world: &World, before: &Look, kept: &Kept) -> Vec<Picture> {
    let pictures = pictures_of(kept);
    let standing = &kept.asset.standing;
    let Some(primary) = kept.bytes.first().and_then(|bytes| picture_of(bytes)) else { return Vec::new() };
    let moment = PICTURES[primary].moment;
    let in_range = match (world.settings.export.range, world.settings.export.baseline) {
        (Range::FullLibrary, _) => true,
        (Range::GoingForward, None) => false,
        (Range::GoingForward, Some(from)) => {
            let is_new = world.is_baseline_to_come() || kept.asset.added.is_some_and(|added| added >= from);
            // What shows the same as an old photo that is gone is that photo, added once more.
            let is_there = |picture: &Picture| before.kept.iter().any(|kept| pictures_of(kept).contains(picture));
            let mut old = world.model.held.iter().filter(|old| PICTURES[**old].moment == moment);
            let looks_old =
                || world.model.has_other_ids && world.model.held.iter().any(|old| look_alike(*old, primary));
            is_new && !looks_old() && !old.any(|old| *old == primary || !is_there(old))
        }
    };
    let is_in_trouble = |(path, file): (&PathBuf, &Lying)| {
        world.is_settling(file) || path.extension().is_some_and(|ending| ending == "nextcloud")
    };
    // Of two that show the same one may have gone before the run was cut short; the other is not told apart from it then.
    let is_of_it = |other: &Kept| {
        other.asset.id != kept.asset.id && pictures_of(other).iter().any(|other| PICTURES[*other].moment == moment)
    };
    let is_clear = in_range
        && !(world.disturbed && before.kept.iter().any(is_of_it))
        && !(standing.trashed || standing.hidden || standing.shared_album || standing.unpicked_burst_frame)
        && pictures.iter().all(|picture| !world.model.decisions.contains_key(picture))
        && pictures.iter().all(|picture| !world.model.met.contains(picture))
        && world.model.ever_in_folder.iter().all(|other| PICTURES[*other].moment != moment)
        && before.files.iter().all(|file| !is_in_trouble(file));
    if !is_clear || kept.asset.resources.iter().any(|resource| resource.whereabouts != Whereabouts::Here) {
        return Vec::new();
    }
    let rendered = kept.bytes(ResourceRole::RenderedPhoto).and_then(|bytes| picture_of(bytes));
    match (world.settings.export.edited, rendered) {
        (Edited::Current, Some(render)) => vec![render],
        (Edited::Both, Some(render)) => {
            let originals = kept.files().filter(|(resource, _)| resource.role.is_original());
            originals.filter_map(|(_, bytes)| picture_of(bytes)).chain([render]).collect()
        }
        _ => {
            let originals = kept.files().filter(|(resource, _)| resource.role.is_original());
            originals.filter_map(|(_, bytes)| picture_of(bytes)).collect()
        }
    }
}

/// What both sides had in a run, and what it carried: from now on none of it goes anywhere by itself.
pub fn remember(world: &mut World, before: &Look, after: &Look) {
    let brought: Vec<Picture> = new_assets(before, after)
        .into_iter()
        .flat_map(pictures_of)
        .chain(new_files(before, after).into_iter().filter_map(|(_, file)| picture_of(&file.bytes)))
        .collect();
    for picture in brought {
        world.model.met.insert(picture);
        // Said once, done once.
        if world.model.decisions.get(&picture) == Some(&Decision::TakeIn) {
            world.model.decisions.remove(&picture);
        }
    }
    // What was said of a movie before its still came alone is not said of that still once more.
    for kept in new_assets(before, after).iter().filter(|kept| kept.bytes(ResourceRole::PairedVideo).is_none()) {
        let primary = kept.bytes.first().and_then(|bytes| picture_of(bytes));
        let made = MADE.iter().find(|made| Some(made.primary) == primary);
        let movie =
            made.and_then(|made| made.companion).filter(|movie| PICTURES[*movie].is_movie() && *movie != SHARED);
        if let Some(movie) = movie.filter(|movie| world.model.decisions.get(movie) == Some(&Decision::TakeIn)) {
            world.model.decisions.remove(&movie);
        }
    }
    let in_trouble: BTreeSet<PathBuf> = (before.files.iter())
        .filter(|(path, file)| world.is_settling(file) || path.extension().is_some_and(|end| end == "nextcloud"))
        .map(|(path, _)| stem(path))
        .collect();
    for (path, file) in &before.files {
        let Some(picture) = picture_of(&file.bytes).filter(|_| !in_trouble.contains(&stem(path))) else { continue };
        // A still is always a picture of its own; a movie or a RAW can be a part of another one.
        let is_still = !matches!(PICTURES[picture].ending, "MOV" | "DNG");
        if is_still && before.kept.iter().any(|kept| is_held_knowably(kept, picture)) {
            world.model.met.insert(picture);
        }
    }
    world.note_what_was_where();
}
