//! A side that lost more than half of what is linked stops the run.

use photobridge_core::guard::{Guard, Losses};
use photobridge_core::item::{FolderId, Trouble};
use photobridge_core::matching::{Facts, Sides};
use photobridge_core::memory::Gone;
use photobridge_core::reason::Reason;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo};

const FOLDER: FolderId = FolderId(1);

fn item(n: usize) -> Source {
    photo(&format!("{n}.jpg")).bytes(&format!("photo {n}"))
}

fn held(n: usize) -> Library {
    asset(&format!("{n}"), &format!("photo {n}"))
}

/// So many linked photos, of which the newest of these numbers are still in the folder and in the library.
fn verdict(linked: usize, in_folder: usize, in_library: usize) -> Vec<Guard> {
    let mut world = World::of((linked - in_folder..linked).map(item), (linked - in_library..linked).map(held));
    for n in 0..linked {
        world = world.linked(&item(n), &format!("{n}"));
    }
    judged(&mut world)
}

fn judged(world: &mut World) -> Vec<Guard> {
    counted(world).guards(&Gone::default())
}

fn counted(world: &mut World) -> Losses {
    let run = world.look();
    let (items, assets, memory) = (world.folder(), world.library(), world.memory());
    let sides = Sides { items: &items, assets: &assets, albums: &[], memory: &memory, outward: None, fetches: false };
    Losses::count(sides, &[FOLDER], &run.facts)
}

#[test]
fn more_than_half_of_twenty_on_either_side() {
    let lost = |side, lost, linked| vec![Guard::Lost { side, lost, linked }];
    assert_eq!(verdict(20, 20, 9), lost("library", 11, 20));
    assert_eq!(verdict(20, 9, 20), lost("folder", 11, 20));
    assert_eq!(verdict(20, 0, 0).len(), 2);
    assert_eq!(verdict(21, 10, 21), lost("folder", 11, 21));
}

#[test]
fn exactly_half_is_not_more_than_half_and_nine_are_too_few() {
    assert_eq!(verdict(20, 10, 10), []);
    assert_eq!(verdict(10, 5, 5), []);
    assert_eq!(verdict(10, 4, 10), [Guard::Lost { side: "folder", lost: 6, linked: 10 }]);
    assert_eq!(verdict(9, 0, 0), []);
}

#[test]
fn a_side_that_lost_just_the_newest_looks_like_a_backup() {
    let without = |gone: std::ops::Range<usize>| {
        let mut world = World::of((0..60).map(item), (0..60).filter(|n| !gone.contains(n)).map(held));
        for n in 0..60 {
            world = world.linked(&item(n), &format!("{n}"));
        }
        counted(&mut world)
    };
    let newest = |lost| vec![Guard::Newest { side: "library", lost, reason: Reason::DeletedInPhotos }];
    assert_eq!(without(50..60).guards(&Gone::default()), newest(10));
    assert_eq!(without(49..59).guards(&Gone::default()), [], "the last one is there");
    assert_eq!(without(57..60).guards(&Gone::default()), newest(3));
    assert_eq!(without(58..60).guards(&Gone::default()), [], "two are few");
    let seen = without(45..60);
    assert_eq!(seen.guards(&Gone { library: 15, ..Gone::default() }), [], "a person saw them go");
    assert_eq!(seen.guards(&Gone { library: 3, ..Gone::default() }), newest(12));
}

#[test]
fn each_folder_is_counted_by_itself() {
    let other = FolderId(2);
    let of = |n: usize| if n < 20 { item(n) } else { item(n).folder(2) };
    let mut world = World::of((20..60).map(of), (0..60).map(held));
    for n in 0..60 {
        world = world.linked(&of(n), &format!("{n}"));
    }
    let run = world.look();
    let (items, assets, memory) = (world.folder(), world.library(), world.memory());
    let sides = Sides { items: &items, assets: &assets, albums: &[], memory: &memory, outward: None, fetches: false };
    let losses = Losses::count(sides, &[FOLDER, other], &run.facts);
    assert_eq!(losses.guards(&Gone::default()), [Guard::Lost { side: "folder", lost: 20, linked: 20 }]);
    assert_eq!(losses.gone(), Gone { library: 0, folders: [(FOLDER, 20), (other, 0)].into() });
}

#[test]
fn what_a_person_saw_go_is_not_missed_again_and_what_is_left_is_guarded_as_before() {
    let lost = |side, lost, linked| vec![Guard::Lost { side, lost, linked }];
    let mut tidied = World::of((0..20).map(item), (0..45).map(held));
    for n in 0..45 {
        tidied = tidied.linked(&item(n), &format!("{n}"));
    }
    let seen = counted(&mut tidied);
    assert_eq!(seen.gone(), Gone { folders: [(FOLDER, 25)].into(), library: 0 });
    assert_eq!(seen.guards(&Gone::default()), lost("folder", 25, 45));
    assert_eq!(seen.guards(&seen.gone()), []);
    tidied.items.truncate(9);
    assert_eq!(counted(&mut tidied).guards(&seen.gone()), lost("folder", 11, 20));
    assert_eq!(counted(&mut tidied).gone().at_most(&seen.gone()), seen.gone());
}

#[test]
fn what_is_found_elsewhere_by_its_bytes_is_not_lost() {
    let mut world = World::of((0..20).map(|n| item(n).moved(&format!("sorted/{n}.jpg"))), []);
    world.assets = (0..20).map(|n| held(n).id(&format!("rebuilt {n}"))).collect();
    for n in 0..20 {
        world = world.linked(&item(n), &format!("{n}"));
    }
    assert_eq!(judged(&mut world), []);
}

#[test]
fn what_is_online_only_is_not_lost() {
    let stand_in = |n: usize| photo(&format!("{n}.jpg.nextcloud")).bytes("").trouble(Trouble::OnlineOnly);
    let mut world = World::of((0..20).map(stand_in), (0..20).map(held));
    for n in 0..20 {
        world = world.linked(&item(n), &format!("{n}"));
    }
    assert_eq!(counted(&mut world).gone(), Gone { folders: [(FOLDER, 0)].into(), library: 0 });
}

#[test]
fn fingerprints_that_had_to_be_computed_count_too() {
    let mut world = World::of((0..20).map(item), []);
    world.assets = (0..20).map(|n| held(n).id(&format!("rebuilt {n}")).without_fingerprint()).collect();
    for n in 0..20 {
        world = world.linked(&item(n), &format!("{n}"));
    }
    assert_eq!(judged(&mut world), []);
}

#[test]
fn another_librarys_photos_are_not_missed_here() {
    let mut world = World::of((0..20).map(item), []);
    for n in 0..20 {
        world = world.linked(&item(n), &format!("{n}"));
    }
    world.same_library = false;
    assert_eq!(judged(&mut world), []);
}

#[test]
fn an_empty_memory_misses_nothing() {
    let sides = Sides {
        items: &[],
        assets: &[],
        albums: &[],
        memory: &photobridge_core::memory::Memory::default(),
        outward: None,
        fetches: false,
    };
    assert_eq!(Losses::count(sides, &[], &Facts::default()), Losses::default());
}
