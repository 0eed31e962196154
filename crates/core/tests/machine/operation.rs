//! What people, cameras, sync clients and Photos do to both sides, and what we are asked to do.
//!
//! Every operation means something in every world: its numbers count through what is there, round and round, so that
//! a failing sequence still makes sense when others are taken out of it.

use photobridge_core::asset::Whereabouts;
use photobridge_core::export::{Edited, Layout, Range};
use photobridge_core::memory::Decision;
use photobridge_core::run::Mode;
use photobridge_testkit::shelf::{Fault, Telling};
use proptest::collection::{SizeRange, vec};
use proptest::prelude::*;
use proptest::sample::select;

/// Which files of a press of the shutter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    All,
    Primary,
    Companion,
}

/// How an asset stands that is not as usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    Hidden,
    Shared,
    Unpicked,
}

/// Which files of an asset leave this disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    Companions,
    Renders,
}

/// What a backup is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Folder,
    Library,
    Ledger,
}

/// How a folder comes to lie at another path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The same directory.
    Moved,
    /// The same directory, and its client makes an empty one where it lay.
    Renamed,
    /// A copy of it.
    Copied,
    /// A copy of which only a part is there at the first sync.
    HalfCopied,
}

/// From when on a run may die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Beginning,
    Importing,
    Exporting,
}

/// One step of a sequence. `u8`s count through what there is.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    // In the folder.
    PutIntoFolder {
        made: u8,
        parts: Parts,
        place: u8,
        fresh: bool,
    },
    CopyFile {
        file: u8,
        place: u8,
    },
    EditFile {
        file: u8,
        variant: u8,
    },
    OverwriteFile {
        file: u8,
        made: u8,
    },
    DeleteFile {
        file: u8,
    },
    DeleteStem {
        file: u8,
    },
    DeleteAllCopies {
        file: u8,
    },
    MoveStem {
        file: u8,
        place: u8,
    },
    MoveFile {
        file: u8,
        place: u8,
    },
    ReorganiseFolder {
        how: u8,
    },
    WriteSidecar {
        file: u8,
    },
    MakeOnlineOnly {
        file: u8,
    },
    MakeLocal {
        file: u8,
    },
    /// The rest of a half file arrives.
    Grow {
        file: u8,
    },
    /// A copy in another format.
    Convert {
        file: u8,
        place: u8,
    },
    /// Other words about the same picture, at another place.
    Retag {
        file: u8,
        place: u8,
    },
    /// Two Live Photos with one movie.
    ShareMovie {
        place: u8,
    },
    AddFolder,
    ToSecondFolder {
        file: u8,
        moved: bool,
    },
    // In the library.
    AddToLibrary {
        made: u8,
        parts: Parts,
        name: u8,
    },
    DuplicateAsset {
        asset: u8,
    },
    EditAsset {
        asset: u8,
        render: Option<u8>,
    },
    /// *Revert to Original*.
    RevertAsset {
        asset: u8,
    },
    DeleteAsset {
        asset: u8,
    },
    TrashAsset {
        asset: u8,
    },
    RestoreAsset {
        asset: u8,
    },
    SetAsset {
        asset: u8,
        set: Set,
    },
    Evict {
        asset: u8,
        which: Which,
        to: Whereabouts,
    },
    BringBack {
        asset: u8,
    },
    RebuildLibrary,
    BackUp(Thing),
    Restore(Thing),
    // With us.
    ChangeMode(Mode),
    ChangeRange(Range),
    SetBaseline,
    /// The same by a clock that is years ahead.
    SetBaselineAhead,
    ChangeLayout(Layout),
    ChangeEdited(Edited),
    LoseLedger,
    /// The folder's disk is away and an empty directory stands there while we sync.
    Unmount,
    /// The folder lies at another path from now on.
    MoveFolder(How),
    /// Another computer of the household, with a ledger and settings of its own, is the one that syncs from now on.
    SwitchComputer,
    Undo,
    Decide {
        picture: u8,
        decision: Option<Decision>,
    },
    Days(u8),
    Simulate,
    Sync,
    SyncThatFails {
        stage: Stage,
        after: u32,
        fault: Fault,
    },
}

/// What a sequence begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Beginning {
    pub mode: Mode,
    pub telling: Telling,
    pub range: Range,
    pub layout: Layout,
    pub edited: Edited,
    pub settle: bool,
}

/// A beginning in one of these modes.
pub fn beginning(modes: &'static [Mode]) -> impl Strategy<Value = Beginning> {
    let telling = select(vec![Telling::All, Telling::All, Telling::Some, Telling::Sizes, Telling::Unlisted]);
    let range = prop_oneof![3 => Just(Range::FullLibrary), 1 => Just(Range::GoingForward)];
    let layout = select(vec![Layout::Date, Layout::Flat]);
    let edited = select(vec![Edited::Original, Edited::Original, Edited::Current, Edited::Both]);
    (select(modes), telling, range, layout, edited, prop::bool::weighted(0.15)).prop_map(
        |(mode, telling, range, layout, edited, settle)| Beginning { mode, telling, range, layout, edited, settle },
    )
}

/// A sequence; each ends with a sync.
pub fn operations(modes: &'static [Mode]) -> impl Strategy<Value = Vec<Operation>> {
    sequence(modes, 3..16)
}

/// A long sequence of about so many operations.
pub fn decade(modes: &'static [Mode], events: usize) -> impl Strategy<Value = Vec<Operation>> {
    sequence(modes, events..=events)
}

fn sequence(modes: &'static [Mode], chapters: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Operation>> {
    vec(chapter(modes), chapters).prop_map(|chapters| {
        let mut operations = chapters.concat();
        operations.push(Operation::Sync);
        operations
    })
}

/// One operation, or two that belong together: a run should have something to do when it fails.
fn chapter(modes: &'static [Mode]) -> impl Strategy<Value = Vec<Operation>> {
    let exports = modes.iter().any(|mode| mode.exports());
    let one = |operation| vec![operation];
    prop_oneof![
        10 => in_folder().prop_map(one),
        9 => in_library().prop_map(one),
        3 => with_us(modes, exports).prop_map(one),
        2 => of_the_years().prop_map(one),
        1 => Just(vec![Operation::Simulate]),
        6 => Just(vec![Operation::Sync]),
        1 => failing(exports).prop_map(one),
        2 => (put_into_folder(), failing(exports)).prop_map(|(put, failing)| vec![put, failing]),
        2 => (add_to_library(), failing(exports)).prop_map(|(add, failing)| vec![add, failing]),
    ]
}

fn put_into_folder() -> impl Strategy<Value = Operation> {
    (any::<u8>(), parts(), any::<u8>(), prop::bool::weighted(0.2))
        .prop_map(|(made, parts, place, fresh)| Operation::PutIntoFolder { made, parts, place, fresh })
}

fn add_to_library() -> impl Strategy<Value = Operation> {
    (any::<u8>(), parts(), any::<u8>()).prop_map(|(made, parts, name)| Operation::AddToLibrary { made, parts, name })
}

fn in_folder() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let n = any::<u8>;
    prop_oneof![
        10 => put_into_folder(),
        3 => (n(), n()).prop_map(|(file, place)| CopyFile { file, place }),
        3 => (n(), n()).prop_map(|(file, variant)| EditFile { file, variant }),
        2 => (n(), n()).prop_map(|(file, made)| OverwriteFile { file, made }),
        2 => n().prop_map(|file| DeleteFile { file }),
        2 => n().prop_map(|file| DeleteStem { file }),
        3 => n().prop_map(|file| DeleteAllCopies { file }),
        2 => (n(), n()).prop_map(|(file, place)| MoveStem { file, place }),
        2 => (n(), n()).prop_map(|(file, place)| MoveFile { file, place }),
        2 => n().prop_map(|how| ReorganiseFolder { how }),
        3 => n().prop_map(|file| Grow { file }),
        2 => (n(), n()).prop_map(|(file, place)| Convert { file, place }),
        2 => (n(), n()).prop_map(|(file, place)| Retag { file, place }),
        1 => n().prop_map(|place| ShareMovie { place }),
        1 => Just(AddFolder),
        3 => (n(), any::<bool>()).prop_map(|(file, moved)| ToSecondFolder { file, moved }),
        1 => n().prop_map(|file| WriteSidecar { file }),
        2 => n().prop_map(|file| MakeOnlineOnly { file }),
        2 => n().prop_map(|file| MakeLocal { file }),
    ]
}

fn in_library() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let n = any::<u8>;
    let which = select(vec![Which::All, Which::Companions, Which::Renders]);
    let to = select(vec![Whereabouts::Cloud, Whereabouts::Cloud, Whereabouts::Missing, Whereabouts::Unreachable]);
    prop_oneof![
        10 => add_to_library(),
        1 => n().prop_map(|asset| DuplicateAsset { asset }),
        3 => (n(), prop::option::weighted(0.9, n())).prop_map(|(asset, render)| EditAsset { asset, render }),
        1 => n().prop_map(|asset| RevertAsset { asset }),
        3 => n().prop_map(|asset| DeleteAsset { asset }),
        2 => n().prop_map(|asset| TrashAsset { asset }),
        1 => n().prop_map(|asset| RestoreAsset { asset }),
        2 => (n(), select(vec![Set::Hidden, Set::Shared, Set::Unpicked]))
            .prop_map(|(asset, set)| SetAsset { asset, set }),
        4 => (n(), which, to).prop_map(|(asset, which, to)| Evict { asset, which, to }),
        3 => n().prop_map(|asset| BringBack { asset }),
        1 => Just(RebuildLibrary),
    ]
}

/// What happens to a household once in a few years.
fn of_the_years() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let thing = || select(vec![Thing::Folder, Thing::Library, Thing::Ledger]);
    prop_oneof![
        2 => Just(Unmount),
        3 => select(vec![How::Moved, How::Renamed, How::Copied, How::HalfCopied]).prop_map(MoveFolder),
        1 => Just(SwitchComputer),
        3 => thing().prop_map(BackUp),
        3 => thing().prop_map(Restore),
    ]
}

fn with_us(modes: &'static [Mode], exports: bool) -> impl Strategy<Value = Operation> {
    use Operation::*;
    let decision = select(vec![Some(Decision::TakeIn), Some(Decision::TakeIn), Some(Decision::LeaveOut), None]);
    let settings = u32::from(exports);
    prop_oneof![
        2 => select(modes).prop_map(ChangeMode),
        settings => select(vec![Range::FullLibrary, Range::GoingForward]).prop_map(ChangeRange),
        settings => Just(SetBaseline),
        settings => Just(SetBaselineAhead),
        settings => select(vec![Layout::Date, Layout::Flat]).prop_map(ChangeLayout),
        settings => select(vec![Edited::Original, Edited::Current, Edited::Both]).prop_map(ChangeEdited),
        2 => Just(LoseLedger),
        1 => Just(Undo),
        3 => (any::<u8>(), decision).prop_map(|(picture, decision)| Decide { picture, decision }),
        1 => (1..40_u8).prop_map(Days),
    ]
}

fn failing(exports: bool) -> impl Strategy<Value = Operation> {
    let stages = match exports {
        true => vec![Stage::Beginning, Stage::Importing, Stage::Exporting, Stage::Exporting],
        false => vec![Stage::Beginning, Stage::Importing, Stage::Importing],
    };
    let fault = select(vec![Fault::Death, Fault::Death, Fault::Refusal, Fault::Meddling]);
    (select(stages), prop_oneof![3 => 0..14_u32, 1 => 14..40_u32], fault)
        .prop_map(|(stage, after, fault)| Operation::SyncThatFails { stage, after, fault })
}

fn parts() -> impl Strategy<Value = Parts> {
    prop_oneof![4 => Just(Parts::All), 1 => Just(Parts::Primary), 1 => Just(Parts::Companion)]
}
