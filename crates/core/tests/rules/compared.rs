//! *Same* is said only of bytes that were compared: what is only known from before, or only written down, is told so.

use photobridge_core::asset::ResourceRole::PairedVideo;
use photobridge_core::asset::Whereabouts;
use photobridge_core::memory::Decision::TakeIn;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo};

const AT: &str = "2024-05-01T10:00:00";
const PATH: &str = "2024/05/IMG_1.HEIC";

fn still() -> Source {
    photo(PATH).bytes("still").at(AT)
}

fn live() -> Source {
    still().with(PairedVideo, "2024/05/IMG_1.MOV", "movie")
}

fn held() -> Library {
    asset("IMG_1.HEIC", "still").at(AT)
}

/// The file at this position of an asset went to iCloud, and the library tells no fingerprint of it.
fn evicted(mut asset: Library, at: usize) -> Library {
    let resource = &mut asset.asset.resources[at];
    (resource.fingerprint, resource.whereabouts) = (None, Whereabouts::Cloud);
    asset
}

fn looks(world: World) -> [Option<Reason>; 2] {
    let mut world = world.exporting(|_| {});
    let run = world.look();
    [run.reason(PATH), run.departure("IMG_1.HEIC").err()]
}

#[test]
fn what_went_out_and_was_evicted_then_is_the_same_no_longer() {
    let exported = || World::of([still()], [evicted(held(), 0)]).exported(&still(), "IMG_1.HEIC");
    assert_eq!(looks(exported()), [Some(Reason::ExportedByUs), Some(Reason::NotCompared)]);
    let imported = World::of([still()], [evicted(held(), 0)]).imported(&still(), "IMG_1.HEIC");
    assert_eq!(looks(imported), [Some(Reason::NotCompared), Some(Reason::ImportedByUs)]);
    let found = World::of([still()], [evicted(held(), 0)]).linked(&still(), "IMG_1.HEIC");
    assert_eq!(looks(found), [Some(Reason::NotCompared); 2]);
    let told = World::of([still()], [held()]).linked(&still(), "IMG_1.HEIC");
    assert_eq!(looks(told), [Some(Reason::SameBytes); 2]);
}

#[test]
fn the_movie_of_a_live_photo_is_named_where_it_was_not_compared() {
    let held = || evicted(held().with(PairedVideo, "movie"), 1);
    let mut world = World::of([live()], [held()]).exporting(|_| {});
    let run = world.look();
    assert_eq!([run.reason(PATH), run.reason("2024/05/IMG_1.MOV")], [Reason::SameBytes, Reason::NotCompared].map(Some));
    assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::SameBytes));
    assert_eq!(run.stays("IMG_1.HEIC", PairedVideo), Some(Reason::NotCompared));
    // What we wrote came from the library, whatever that can show of it now.
    let mut world = World::of([live()], [held()]).exported(&live(), "IMG_1.HEIC").exporting(|_| {});
    let run = world.look();
    assert_eq!(run.reason("2024/05/IMG_1.MOV"), Some(Reason::ExportedByUs));
    assert_eq!(run.stays("IMG_1.HEIC", PairedVideo), Some(Reason::NotCompared));
    let mut world = World::of([still()], [held()]).exported(&live(), "IMG_1.HEIC").exporting(|_| {});
    let run = world.look();
    assert_eq!(run.stays("IMG_1.HEIC", PairedVideo), Some(Reason::DeletedInFolder), "the folder has it no longer");
}

#[test]
fn what_the_library_only_wrote_down_can_be_taken_in_on_either_side() {
    let changed = || asset("IMG_1.HEIC", "changed by another program").at(AT).stale("still");
    assert_eq!(looks(World::of([still()], [changed()])), [Some(Reason::ChangedInLibrary); 2]);
    let exported = World::of([still()], [changed()]).exported(&still(), "IMG_1.HEIC");
    assert_eq!(looks(exported), [Some(Reason::ExportedByUs), Some(Reason::ChangedInLibrary)]);

    let mut world = World::of([still()], [changed()]).decide("still", TakeIn);
    assert_eq!(world.sync().imports(), [PATH]);
    assert_eq!(world.look().reason(PATH), Some(Reason::SameBytes));

    let mut world = World::of([still()], [changed()]).decide("changed by another program", TakeIn).exporting(|_| {});
    let beside = "2024/05/IMG_1 (2).HEIC";
    assert_eq!(world.look().departure("IMG_1.HEIC"), Ok(vec![beside.into()]));
    world.items.push(photo(beside).bytes("changed by another program").at(AT));
    let run = world.look();
    assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::SameBytes));
    assert_eq!((run.imports(), run.reason(PATH)), (vec![], Some(Reason::ChangedInLibrary)));
}

#[test]
fn what_was_left_out_is_said_to_be_there_in_the_words_of_its_rung() {
    use photobridge_core::asset::ResourceRole::RenderedPhoto;
    use photobridge_core::export::Edited;
    use photobridge_core::memory::Decision::LeaveOut;
    let cloud = evicted(held().with(RenderedPhoto, "edit").edited(400, 300), 0);
    let both = |export: &mut photobridge_core::export::Export| export.edited = Edited::Both;
    let mut world = World::of([still()], [cloud.clone()]).exporting(both);
    assert_eq!(world.look().departure("IMG_1.HEIC"), Ok(vec!["2024/05/IMG_1_edited.jpg".into()]));
    let mut world = World::of([still()], [cloud]).decide("edit", LeaveOut).exporting(both);
    assert_eq!(world.look().departure("IMG_1.HEIC"), Err(Reason::SameSizeTimeAndName));
}
