//! Random lives of a folder and a library, with real runs of the engine in between, and what must always hold.
//!
//! The folder, its files and the ledger are real; the library is one in memory that can make a run die at any step. The
//! model ([`check`]) knows nothing of matching and planning: it compares what was on both sides before and after a run,
//! and remembers what both sides ever had in common.
//!
//! The ordinary run tries the same few sequences every time. For many new ones:
//! `PHOTOBRIDGE_SEQUENCES=10000 cargo test --release -p photobridge-core --test machine`; a failure prints the seed,
//! which `PHOTOBRIDGE_SEED` takes.

mod check;
mod motion;
mod operation;
mod pictures;
mod world;

use std::hash::{DefaultHasher, Hash, Hasher};

use photobridge_core::report::Ruling;
use photobridge_core::run::{Command, Mode};
use photobridge_core::sync::Finished;
use photobridge_testkit::shelf::Fault;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestError, TestRunner};

use check::{Checked, ensure};
use operation::{Beginning, How, Operation};
use pictures::{STRANGER, picture_of};
use world::{Look, Ran, World};

/// Sequences in an ordinary run.
const SEQUENCES: u32 = 200;

/// The tests that share them.
const TESTS: u32 = 4;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

/// Tries a share of the sequences, in these modes.
fn try_sequences(which: u64, modes: &'static [Mode]) {
    try_lives(which, modes, live);
}

/// The same for lives that are lived otherwise.
fn try_lives(which: u64, modes: &'static [Mode], live: fn(&Beginning, &[Operation]) -> Checked) {
    check_lives(which, modes, operation::operations(modes), live);
}

/// The same for lives of other steps.
fn check_lives<S: std::fmt::Debug>(
    which: u64,
    modes: &'static [Mode],
    steps: impl Strategy<Value = Vec<S>>,
    live: fn(&Beginning, &[S]) -> Checked,
) {
    let asked = number("PHOTOBRIDGE_SEQUENCES").map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    let of_the_clock = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64);
    let seed = number("PHOTOBRIDGE_SEED").unwrap_or_else(|| asked.map_or(20_401_224, |_| of_the_clock()));
    let cases = (asked.unwrap_or(SEQUENCES) / TESTS).max(1);
    println!("{cases} sequences, PHOTOBRIDGE_SEED={seed}");
    let config = ProptestConfig {
        cases,
        // Each test has sequences of its own.
        rng_seed: RngSeed::Fixed(seed.wrapping_add(which << 32)),
        failure_persistence: None,
        max_shrink_iters: number("PROPTEST_MAX_SHRINK_ITERS").map_or(3_000, |count| count as u32),
        ..ProptestConfig::default()
    };
    let sequences = (operation::beginning(modes), steps);
    let outcome = TestRunner::new(config)
        .run(&sequences, |(beginning, operations)| live(&beginning, &operations).map_err(TestCaseError::fail));
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, (beginning, operations))) => {
            let operations: Vec<String> = operations.iter().map(|operation| format!("  {operation:?}")).collect();
            let sequence = format!("the shortest sequence found:\n  {beginning:?}\n{}", operations.join("\n"));
            panic!("PHOTOBRIDGE_SEED={seed}\n{why}\n\n{sequence}")
        }
        Err(abort) => panic!("{abort}"),
    }
}

/// Lives a sequence through.
fn live(beginning: &Beginning, operations: &[Operation]) -> Checked {
    live_as_heard(beginning, operations, None)
}

/// Of which directories somebody hears in such a life: any, but always the same.
fn heard(operations: &[Operation]) -> u64 {
    let mut hasher = DefaultHasher::new();
    format!("{operations:?}").hash(&mut hasher);
    hasher.finish()
}

/// The same; where `heard` says of which directories somebody heard, each sync begins with a look at only these.
fn live_as_heard(beginning: &Beginning, operations: &[Operation], heard: Option<u64>) -> Checked {
    let mut world = World::new(beginning);
    for (at, operation) in operations.iter().enumerate() {
        let heard = heard.map(|heard| heard.rotate_left(7 * at as u32));
        let checked = match operation {
            Operation::Simulate => simulate(&mut world).map(drop),
            Operation::Sync => sync(&mut world, heard),
            Operation::Undo => undo(&mut world),
            Operation::SyncThatFails { .. } => sync_that_fails(&mut world, operation),
            Operation::Unmount => world.sync_while_away(),
            Operation::MoveFolder(how) => move_folder(&mut world, *how),
            change => {
                world.change(change);
                Ok(())
            }
        };
        if let Err(broken) = checked {
            let history = world.history.join("\n  ");
            return Err(format!("{broken}\n\nthe history:\n  {history}\n\n{}", world.describe()));
        }
    }
    Ok(())
}

/// A decade of a household: so many events of every kind, by so many seeds
/// (`PHOTOBRIDGE_DECADE=10 PHOTOBRIDGE_EVENTS=2000`, from `PHOTOBRIDGE_SEED` on; a few where nobody asks).
#[test]
fn a_decade() {
    let events = number("PHOTOBRIDGE_EVENTS").unwrap_or(120) as usize;
    let first = number("PHOTOBRIDGE_SEED").unwrap_or(1);
    for seed in first..first + number("PHOTOBRIDGE_DECADE").unwrap_or(1) {
        let modes = &[Mode::Bidirectional, Mode::Bidirectional, Mode::Import, Mode::Export];
        let config = ProptestConfig { rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..Default::default() };
        let mut runner = TestRunner::new(config);
        let life = (operation::beginning(modes), operation::decade(modes, events));
        let (beginning, operations) = life.new_tree(&mut runner).expect("a life").current();
        println!("seed {seed}: {} events", operations.len());
        live(&beginning, &operations).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    }
}

fn run(world: &mut World, command: Command) -> Result<Box<Finished>, String> {
    match world.run(command, None)? {
        Ran::Finished(finished) => Ok(finished),
        Ran::Stopped(error) => Err(format!("the run stopped: {error}")),
        Ran::Died(step) => Err(format!("nobody killed it, but it died at {step}")),
    }
}

fn simulate(world: &mut World) -> Result<Box<Finished>, String> {
    let before = world.look();
    let finished = run(world, Command::Simulate)?;
    check::counts_agree(&finished, before.kept.len())?;
    check::nothing_changed(&before, &world.look())?;
    Ok(finished)
}

/// A sync, the simulation that promises it, and the runs that find nothing more to do. Before it a look at only those
/// directories of which somebody heard, if anybody did, whether or not that is all that changed: together they must come to
/// what a sync comes to.
fn sync(world: &mut World, heard: Option<u64>) -> Checked {
    world.begin_to_export();
    let before = world.look();
    if let Some(heard) = heard {
        glance(world, &before, heard)?;
    }
    let kept = world.look().kept.len();
    world.tell(format!("sync ({:?})", world.settings.mode));
    let promised = simulate(world)?;
    let done = run(world, Command::Sync)?;
    world.synced = Some(done.report.run);
    check::counts_agree(&done, kept)?;
    check::promise_kept(&promised, &done)?;
    if world.settings.mode.imports() {
        check::no_file_without_a_word(&done, &before, &world.look())?;
    }
    let after = settled(world, &before)?;
    nothing_more(world, after)
}

/// It writes nothing into the folder, loses nothing, and leaves nothing open.
fn glance(world: &mut World, before: &Look, heard: u64) -> Checked {
    if world.seen.is_none() {
        return Ok(());
    }
    let directories = world.some_directories(heard);
    world.tell(format!("sync, only of {directories:?}"));
    world.glance = Some(directories);
    let done = run(world, Command::Sync)?;
    for way in [&done.report.import, &done.report.export].into_iter().flatten() {
        let told = way.applied + way.failed + way.not_reached + way.skipped.values().sum::<u64>();
        ensure!(way.seen == told, "(8) the counts do not add up: {way:?}");
    }
    let after = world.look();
    check::nothing_lost(before, &after)?;
    check::nothing_open(&after)?;
    ensure!(before.files == after.files, "a look at single directories wrote into the folder");
    Ok(())
}

/// A sync that is killed or refused something, and the one after it, which makes good.
fn sync_that_fails(world: &mut World, operation: &Operation) -> Checked {
    let Operation::SyncThatFails { stage, after, fault } = operation else { return Ok(()) };
    world.begin_to_export();
    let mut before = world.look();
    let words = match fault {
        Fault::Death => "dies",
        Fault::Refusal => "is refused something",
        Fault::Meddling => "somebody meddles with",
    };
    world.tell(format!("sync ({:?}) that {words} {after} steps after {stage:?}", world.settings.mode));
    let ended = match world.run(Command::Sync, Some((*stage, *after, *fault)))? {
        Ran::Finished(finished) => format!("it came to its end{}", finished.report.stopped.map_or("", |_| " early")),
        Ran::Stopped(error) => format!("it stopped: {error}"),
        Ran::Died(step) => format!("it died {step}"),
    };
    world.tell(format!("  {ended}"));
    let between = world.look();
    // What somebody else put there meanwhile is theirs, and must stay.
    let strange = between.files.iter().filter(|(_, file)| picture_of(&file.bytes) == Some(STRANGER));
    for (path, file) in strange.filter(|_| *fault == Fault::Meddling) {
        if before.files.insert(path.clone(), file.clone()).is_none() {
            world.history.push(format!("  somebody puts {} there", path.display()));
        }
    }
    check::nothing_lost(&check::under_their_new_names(&before, &between), &between)?;
    world.tell("  and a sync after it");
    let done = run(world, Command::Sync)?;
    world.synced = Some(done.report.run);
    check::counts_agree(&done, between.kept.len())?;
    world.disturbed = true;
    let after = settled(world, &before)?;
    world.disturbed = false;
    nothing_more(world, after)
}

/// The folder moves. A copy is synced there at once, which is a sync like any other.
fn move_folder(world: &mut World, how: How) -> Checked {
    world.begin_to_export();
    let rest = world.move_folder(how);
    if matches!(how, How::Copied | How::HalfCopied) {
        let before = world.look();
        run(world, Command::Sync)?;
        settled(world, &before)?;
    }
    world.arrive(rest);
    Ok(())
}

/// Undoing moves files out of the folder, whole, and changes nothing else.
fn undo(world: &mut World) -> Checked {
    let before = world.look();
    let Some(undone) = world.undo()? else { return Ok(()) };
    let after = world.look();
    ensure!(before.kept == after.kept, "undoing changed the library");
    let gone: Vec<_> = before.files.iter().filter(|(path, _)| !after.files.contains_key(*path)).collect();
    let names: Vec<String> = gone.iter().map(|(path, _)| path.display().to_string()).collect();
    world.tell(format!("the last sync is undone: {} leave the folder", names.join(" and ")));
    ensure!(gone.len() as u64 == undone.moved, "{} files were moved, {} are told of", gone.len(), undone.moved);
    for (path, file) in gone {
        check::library_has(&after, path, file)?;
        let moved = undone.directory.as_ref().and_then(|directory| std::fs::read(directory.join(path)).ok());
        ensure!(moved.as_ref() == Some(&file.bytes), "{} was undone and is lost", path.display());
    }
    for (path, file) in &after.files {
        ensure!(before.files.get(path) == Some(file), "undoing changed {}", path.display());
    }
    Ok(())
}

/// What holds between the state before a sync and now, when it has come to its end.
fn settled(world: &mut World, before: &Look) -> Result<Look, String> {
    let after = world.look();
    let before = &check::under_their_new_names(before, &after);
    check::nothing_lost(before, &after)?;
    check::nothing_open(&after)?;
    check::imports_are_right(world, before, &after)?;
    check::exports_are_right(world, before, &after)?;
    check::everything_due_arrived(world, before, &after)?;
    check::remember(world, before, &after);
    Ok(after)
}

/// 2: the next plan is empty, and a sync does nothing.
fn nothing_more(world: &mut World, mut after: Look) -> Checked {
    // What a person takes in can show another picture as its late half, which they took in too.
    for _ in 0..world.model.decisions.len().min(3) {
        run(world, Command::Sync)?;
        after = settled(world, &after)?;
    }
    if world.let_rest(&after) {
        world.tell("what came just now has rested, and a sync after that");
        run(world, Command::Sync)?;
        after = settled(world, &after)?;
    }
    let next = simulate(world)?;
    let planned = next.lines().filter(|line| line.verdict == Ruling::Planned);
    let more: Vec<_> = planned
        .map(|line| format!("{:?} of {:?} ({:?}) {:?}", line.direction, line.path, line.asset, line.files))
        .collect();
    ensure!(check::carried(&next) == 0, "(2) the next plan is not empty: {more:?}");
    let again = run(world, Command::Sync)?;
    ensure!(check::carried(&again) == 0, "(2) the next sync carries something");
    let now = world.look();
    ensure!(now.files == after.files && now.kept == after.kept, "(2) the next sync changed something");
    Ok(())
}

#[test]
fn any_life_with_imports() {
    try_sequences(0, &[Mode::Import]);
}

#[test]
fn any_life_with_exports() {
    try_sequences(1, &[Mode::Export]);
}

#[test]
fn any_life_both_ways() {
    try_sequences(2, &[Mode::Bidirectional]);
}

#[test]
fn any_life_with_changing_modes() {
    try_sequences(3, &[Mode::Import, Mode::Bidirectional, Mode::Bidirectional, Mode::Export]);
}

/// Somebody watches the folders, and hears of some of what changes.
#[test]
fn any_life_that_is_watched() {
    let modes = &[Mode::Import, Mode::Bidirectional, Mode::Bidirectional];
    try_lives(4, modes, |beginning, operations| live_as_heard(beginning, operations, Some(heard(operations))));
}

/// Lives that ended badly once.
#[test]
fn lives_that_went_wrong() {
    use Operation::{
        AddToLibrary, ChangeRange, Convert, Decide, DeleteAsset, DeleteFile, Evict, LoseLedger, MoveFolder,
        PutIntoFolder, RebuildLibrary, ReorganiseFolder, Sync, SyncThatFails, TrashAsset, Undo, WriteSidecar,
    };
    use photobridge_core::asset::Whereabouts;
    use photobridge_core::export::{Edited, Layout, Range};
    use photobridge_testkit::shelf::Telling;
    let all = operation::Parts::All;
    let refused = |after| SyncThatFails { stage: operation::Stage::Beginning, after, fault: Fault::Refusal };
    let beginning = |mode, telling, range| {
        let (layout, edited) = (Layout::Date, Edited::Original);
        Beginning { mode, telling, range, layout, edited, settle: false }
    };
    for (what, beginning, life) in [
        (
            "a beginning in the library that could not be read just then",
            beginning(Mode::Bidirectional, Telling::All, Range::FullLibrary),
            vec![
                PutIntoFolder { made: 0, parts: all, place: 5, fresh: false },
                AddToLibrary { made: 158, parts: all, name: 0 },
                PutIntoFolder { made: 249, parts: all, place: 87, fresh: false },
                refused(4),
                Sync,
            ],
        ),
        (
            "a new photo that looks like one that was held at the baseline",
            beginning(Mode::Export, Telling::Some, Range::GoingForward),
            vec![
                AddToLibrary { made: 213, parts: all, name: 50 },
                Sync,
                AddToLibrary { made: 144, parts: all, name: 110 },
                Sync,
            ],
        ),
        (
            "a converted copy that was taken in, and its original deleted in the folder",
            beginning(Mode::Bidirectional, Telling::All, Range::FullLibrary),
            vec![
                AddToLibrary { made: 185, parts: all, name: 0 },
                Sync,
                Convert { file: 0, place: 56 },
                Decide { picture: 133, decision: Some(photobridge_core::memory::Decision::TakeIn) },
                DeleteFile { file: 43 },
                Sync,
            ],
        ),
        (
            "half of a folder arrives at another path, and half of a Live Photo with it",
            beginning(Mode::Bidirectional, Telling::All, Range::FullLibrary),
            vec![
                PutIntoFolder { made: 2, parts: all, place: 0, fresh: false },
                Sync,
                PutIntoFolder { made: 149, parts: all, place: 1, fresh: false },
                Sync,
                MoveFolder(How::HalfCopied),
                Sync,
            ],
        ),
        (
            "a lost ledger beside a sidecar",
            beginning(Mode::Import, Telling::Unlisted, Range::FullLibrary),
            vec![
                PutIntoFolder { made: 0, parts: all, place: 0, fresh: false },
                WriteSidecar { file: 0 },
                Sync,
                LoseLedger,
                Sync,
            ],
        ),
        (
            "a photo that was old at the baseline and deleted, added again with other words",
            beginning(Mode::Bidirectional, Telling::Some, Range::FullLibrary),
            vec![
                ChangeRange(Range::GoingForward),
                AddToLibrary { made: 153, parts: all, name: 151 },
                Sync,
                DeleteAsset { asset: 0 },
                AddToLibrary { made: 188, parts: all, name: 73 },
                Sync,
            ],
        ),
        (
            "a RAW that has rested between a sync and the look after it",
            Beginning {
                layout: Layout::Flat,
                settle: true,
                ..beginning(Mode::Bidirectional, Telling::All, Range::FullLibrary)
            },
            vec![
                AddToLibrary { made: 136, parts: operation::Parts::Primary, name: 130 },
                Sync,
                TrashAsset { asset: 166 },
                PutIntoFolder { made: 148, parts: operation::Parts::Companion, place: 96, fresh: true },
                Sync,
                ReorganiseFolder { how: 107 },
                Sync,
            ],
        ),
        (
            "a new photo that looks like one that was held at the baseline and has another id now",
            beginning(Mode::Bidirectional, Telling::Some, Range::GoingForward),
            vec![
                AddToLibrary { made: 19, parts: all, name: 109 },
                Sync,
                RebuildLibrary,
                AddToLibrary { made: 34, parts: all, name: 103 },
                Sync,
            ],
        ),
        (
            "a photo that a person takes in once more, as the library has lost its files",
            beginning(Mode::Import, Telling::All, Range::FullLibrary),
            vec![
                PutIntoFolder { made: 20, parts: all, place: 0, fresh: false },
                SyncThatFails { stage: operation::Stage::Beginning, after: 0, fault: Fault::Death },
                Decide { picture: 0, decision: Some(photobridge_core::memory::Decision::TakeIn) },
                Evict { asset: 0, which: operation::Which::All, to: Whereabouts::Missing },
                Undo,
                Sync,
            ],
        ),
    ] {
        live(&beginning, &life).unwrap_or_else(|broken| panic!("{what}: {broken}"));
    }
}
