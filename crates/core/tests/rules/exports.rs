//! What goes out of the library, what stays and why, and under which names.

use photobridge_core::asset::ResourceRole::{
    AlternatePhoto, PairedVideo, RenderedPairedVideo, RenderedPhoto, Sidecar as SidecarRole,
};
use photobridge_core::asset::{LibraryScope, Whereabouts};
use photobridge_core::export::{Edited, Layout, Range, ScopeFilter, Sidecar};
use photobridge_core::item::Trouble;
use photobridge_core::memory::Decision::{LeaveOut, TakeIn};
use photobridge_core::memory::Likeness;
use photobridge_core::reason::{Reason, Way};
use photobridge_testkit::make::Library;
use photobridge_testkit::{World, asset, moment, photo, video, video_asset};

const AT: &str = "2024-05-01T10:00:00";

/// A photo of May 2024 in the library, whose bytes are its name.
fn still(name: &str) -> Library {
    asset(name, name).at(AT)
}

fn live() -> Library {
    still("IMG_1.HEIC").with(PairedVideo, "the movie")
}

fn edited() -> Library {
    still("IMG_1.HEIC").with(RenderedPhoto, "the edit").edited(400, 300)
}

fn goes(world: World, id: &str) -> Vec<String> {
    let mut world = world;
    world.look().departure(id).unwrap_or_else(|reason| panic!("{id} stays: {reason}"))
}

fn stays(world: World, id: &str) -> Reason {
    let mut world = world;
    world.look().departure(id).expect_err("it goes")
}

fn all(assets: impl IntoIterator<Item = Library>) -> World {
    World::of([], assets).exporting(|_| {})
}

#[test]
fn photos_go_by_year_and_month_of_their_own_clock_or_flat() {
    assert_eq!(goes(all([still("IMG_1.HEIC")]), "IMG_1.HEIC"), ["2024/05/IMG_1.HEIC"]);
    let flat = World::of([], [still("IMG_1.HEIC")]).exporting(|export| export.layout = Layout::Flat);
    assert_eq!(goes(flat, "IMG_1.HEIC"), ["IMG_1.HEIC"]);
    assert_eq!(goes(all([asset("IMG_1.HEIC", "1")]), "IMG_1.HEIC"), ["Unknown/IMG_1.HEIC"]);
}

#[test]
fn a_mode_that_does_not_export_says_nothing_of_assets() {
    let run = World::of([photo("a.jpg")], [still("IMG_1.HEIC")]).look();
    assert_eq!((run.plan.verdicts.len(), run.plan.exports.len()), (1, 0));
}

#[test]
fn all_files_of_a_photo_travel_under_one_stem_in_its_case() {
    assert_eq!(goes(all([live()]), "IMG_1.HEIC"), ["2024/05/IMG_1.HEIC", "2024/05/IMG_1.MOV"]);
    let quiet = asset("img.jpg", "1").at(AT).with(AlternatePhoto, "raw");
    assert_eq!(goes(all([quiet]), "img.jpg"), ["2024/05/img.jpg", "2024/05/img.dng"]);
}

#[test]
fn equal_names_get_a_number_for_all_files_together() {
    let world = all([live(), live().id("second").with(AlternatePhoto, "raw")].map(|entry| {
        let bytes = entry.asset.id.0.to_string();
        let mut entry = entry;
        entry.asset.resources[0].fingerprint = Some(photobridge_core::fingerprint::Fingerprint::of(bytes.as_bytes()));
        entry
    }));
    let mut world = world;
    let run = world.look();
    assert_eq!(run.departure("IMG_1.HEIC"), Ok(vec!["2024/05/IMG_1.HEIC".into(), "2024/05/IMG_1.MOV".into()]));
    let second = ["2024/05/IMG_1 (2).HEIC", "2024/05/IMG_1 (2).MOV", "2024/05/IMG_1 (2).DNG"];
    assert_eq!(run.departure("second"), Ok(second.map(String::from).to_vec()));
}

#[test]
fn a_name_is_taken_in_any_case_and_by_any_file_of_that_stem() {
    for path in ["2024/05/img_1.heic", "2024/05/IMG_1.JPG", "2024/05/Img_1.mov"] {
        let item = if path.ends_with("mov") { video(path) } else { photo(path) };
        let world = World::of([item.bytes("of somebody else")], [still("IMG_1.HEIC")]).exporting(|_| {});
        assert_eq!(goes(world, "IMG_1.HEIC"), ["2024/05/IMG_1 (2).HEIC"], "{path}");
    }
}

#[test]
fn what_the_folder_holds_stays() {
    let world = World::of([photo("elsewhere/x.jpg").bytes("IMG_1.HEIC")], [still("IMG_1.HEIC")]).exporting(|_| {});
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::SameBytes);
}

#[test]
fn an_original_without_fingerprint_is_read_only_if_something_has_its_size() {
    let unknown = || still("IMG_1.HEIC").without_fingerprint();
    let mut world = World::of([photo("x.jpg").bytes("another size")], [unknown()]).exporting(|_| {});
    let run = world.look();
    assert!(run.departure("IMG_1.HEIC").is_ok() && run.asked_resources.is_empty());
    let mut world = World::of([photo("x.jpg").bytes("IMG_1.HEIC")], [unknown()]).exporting(|_| {});
    let run = world.look();
    assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::SameBytes));
    assert_eq!(run.asked_resources.len(), 1);
}

#[test]
fn of_equal_originals_one_goes_whether_or_not_the_library_knows_their_bytes() {
    for known in [true, false] {
        let make = |id: &str| {
            let entry = asset("IMG_1.HEIC", "the same").at(AT).id(id);
            if known { entry } else { entry.without_fingerprint() }
        };
        let run = all([make("first"), make("second")]).look();
        assert!(run.departure("first").is_ok());
        assert_eq!(run.departure("second"), Err(Reason::SameBytesAs));
    }
}

#[test]
fn of_equal_live_photos_the_one_whose_video_is_here_goes() {
    let mut without = live().id("first");
    without.asset.resources[1].whereabouts = Whereabouts::Cloud;
    let run = all([without.clone(), live().id("second")]).look();
    assert_eq!(run.departure("first"), Err(Reason::SameBytesAs));
    assert_eq!(run.departure("second"), Ok(vec!["2024/05/IMG_1.HEIC".into(), "2024/05/IMG_1.MOV".into()]));
    let alone = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let mut world = World::of([alone.clone()], [without, live().id("second")]).exported(&alone, "first");
    world = world.exporting(|_| {});
    assert_eq!(goes(world, "second"), ["2024/05/IMG_1.MOV"], "and what the first one lacks follows from it");
}

#[test]
fn of_equal_originals_the_one_with_a_companion_goes_before_an_edited_one() {
    let run = all([edited().id("edited"), live().id("live")]).look();
    assert_eq!(run.departure("edited"), Err(Reason::SameBytesAs));
    assert_eq!(run.departure("live"), Ok(vec!["2024/05/IMG_1.HEIC".into(), "2024/05/IMG_1.MOV".into()]));
}

#[test]
fn what_may_be_one_of_equal_originals_may_be_any_of_them() {
    let whole = live();
    let copy = asset("IMG_2.HEIC", "IMG_1.HEIC").at(AT);
    let stand_in = photo("IMG_1.JPG.nextcloud").bytes("").trouble(Trouble::OnlineOnly);
    let mut world = World::of([stand_in], [whole, copy]).exporting(|_| {});
    let run = world.look();
    assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::OnlineOnly));
    assert_eq!(run.departure("IMG_2.HEIC"), Err(Reason::OnlineOnly));
    world.items.clear();
    let run = world.look();
    assert!(run.departure("IMG_1.HEIC").is_ok());
    assert_eq!(run.departure("IMG_2.HEIC"), Err(Reason::SameBytesAs));
}

#[test]
fn the_same_shot_as_one_of_equal_originals_is_that_of_all_of_them() {
    let original = |id: &str| asset("IMG_1.HEIC", "the same").id(id).at(AT).pixels(4, 3).camera("Apple iPhone 13");
    let jpeg = photo("IMG_1.JPG").at(AT).pixels(4, 3).camera("Apple iPhone 13");
    let mut world = World::of([jpeg], [original("first")]).exporting(|_| {});
    assert_eq!(world.sync().departure("first"), Err(Reason::SameShot));
    world.assets.push(original("second"));
    let run = world.look();
    assert_eq!(run.departure("first"), Err(Reason::SameShot));
    assert_eq!(run.departure("second"), Err(Reason::SameShot));
    world.items.clear();
    let run = world.look();
    assert_eq!(run.departure("first"), Err(Reason::DeletedInFolder));
    assert_eq!(run.departure("second"), Err(Reason::DeletedInFolder));
}

#[test]
fn what_came_from_the_folder_never_goes_back() {
    let item = photo("a.HEIC").bytes("IMG_1.HEIC");
    let world = World::of([item.clone()], [edited()]).imported(&item, "IMG_1.HEIC");
    assert_eq!(stays(world.exporting(|export| export.edited = Edited::Both), "IMG_1.HEIC"), Reason::ImportedByUs);
    let gone = World::of([], [edited()]).imported(&item, "IMG_1.HEIC").exporting(|_| {});
    assert_eq!(stays(gone, "IMG_1.HEIC"), Reason::DeletedInFolder);
}

#[test]
fn what_we_exported_is_not_imported() {
    let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let world = || World::of([item.clone()], [still("IMG_1.HEIC")]).exporting(|_| {});
    assert_eq!(world().exported(&item, "IMG_1.HEIC").look().reason("2024/05/IMG_1.HEIC"), Some(Reason::ExportedByUs));
    assert_eq!(world().look().reason("2024/05/IMG_1.HEIC"), Some(Reason::SameBytes));
}

#[test]
fn deleted_in_the_folder_stays_deleted_also_under_a_new_id() {
    let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let world = |entry: Library| World::of([], [entry]).exported(&item, "IMG_1.HEIC").exporting(|_| {});
    assert_eq!(stays(world(still("IMG_1.HEIC")), "IMG_1.HEIC"), Reason::DeletedInFolder);
    assert_eq!(stays(world(still("IMG_1.HEIC").id("new")), "new"), Reason::DeletedInFolder);
    let unknown = still("IMG_1.HEIC").id("new").without_fingerprint();
    assert_eq!(stays(world(unknown), "new"), Reason::DeletedInFolder);
}

#[test]
fn changed_in_the_folder_is_neither_deleted_nor_written_again() {
    let before = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC").at(AT);
    let after = before.clone().bytes("retouched");
    let mut world = World::of([after], [still("IMG_1.HEIC")]).exported(&before, "IMG_1.HEIC").exporting(|_| {});
    let run = world.look();
    assert_eq!(run.departure("IMG_1.HEIC"), Err(Reason::ChangedInFolder));
    assert_eq!(run.reason("2024/05/IMG_1.HEIC"), Some(Reason::ChangedInFolder));
}

#[test]
fn a_companion_goes_later_beside_the_photo_as_it_lies_now() {
    let item = photo("sorted/Anna.HEIC").bytes("IMG_1.HEIC");
    let first = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let world = World::of([item], [live()]).exported(&first, "IMG_1.HEIC").exporting(|_| {});
    assert_eq!(goes(world, "IMG_1.HEIC"), ["sorted/Anna.MOV"]);
}

#[test]
fn a_movie_that_lay_in_the_folder_by_itself_and_is_gone_does_not_come_back_with_its_still() {
    let movie = video("IMG_1.MOV").bytes("the movie");
    let library = [video_asset("IMG_1.MOV", "the movie").at(AT), live()];
    let world = World::of([photo("IMG_1.HEIC")], library).imported(&movie, "IMG_1.MOV").exporting(|_| {});
    assert_eq!(stays(world.clone(), "IMG_1.MOV"), Reason::DeletedInFolder);
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::SameBytes);
}

#[test]
fn a_companion_that_was_deleted_is_not_exported_again() {
    let both = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC").with(PairedVideo, "2024/05/IMG_1.MOV", "the movie");
    let alone = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let world = World::of([alone], [live()]).exported(&both, "IMG_1.HEIC").exporting(|_| {});
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::SameBytes);
}

#[test]
fn a_still_that_was_deleted_is_said_though_its_movie_lies_there_and_comes_back_beside_it() {
    let both = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC").with(PairedVideo, "2024/05/IMG_1.MOV", "the movie");
    let left = video("2024/05/IMG_1.MOV").bytes("the movie");
    let world = World::of([left], [live()]).exported(&both, "IMG_1.HEIC").exporting(|_| {});
    assert_eq!(stays(world.clone(), "IMG_1.HEIC"), Reason::DeletedInFolder);
    assert_eq!(goes(world.decide("IMG_1.HEIC", TakeIn), "IMG_1.HEIC"), ["2024/05/IMG_1.HEIC"]);
}

#[test]
fn an_old_still_does_not_follow_its_movie_that_went_out_as_a_photo_of_its_own() {
    let movie = video("2024/05/IMG_1.MOV").bytes("the movie");
    let library = [live(), video_asset("IMG_1.MOV", "the movie").at(AT).id("rebuilt")];
    let mut world = World::of([movie.clone()], library).exported(&movie, "before the library was rebuilt");
    world = world.exporting(|export| export.range = Range::GoingForward);
    for _ in 0..2 {
        assert_eq!(world.sync().departure("IMG_1.HEIC"), Err(Reason::BeforeBaseline));
    }
    assert_eq!(goes(world.decide("IMG_1.HEIC", TakeIn), "IMG_1.HEIC"), ["2024/05/IMG_1.HEIC"]);
}

#[test]
fn a_companion_that_may_be_arriving_beside_its_photo_is_not_exported() {
    let still = photo("phone/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let arriving = [
        (video("phone/IMG_1.MOV").bytes("the mov").trouble(Trouble::Settling), Reason::Settling),
        (video("phone/IMG_1.MOV.nextcloud").bytes("").trouble(Trouble::OnlineOnly), Reason::OnlineOnly),
        (video("phone/IMG_1.MOV").bytes("the mov").truncated(), Reason::Truncated),
        (video("other/clip.MOV").bytes("the movie").trouble(Trouble::Settling), Reason::Settling),
    ];
    for (half, reason) in arriving {
        let world = World::of([still.clone(), half], [live()]).exporting(|_| {});
        assert_eq!(stays(world, "IMG_1.HEIC"), reason);
    }
    // As one photo with it, too.
    let cut = |bytes: &str| {
        let mut both = still.clone().with(PairedVideo, "phone/IMG_1.MOV", bytes);
        both.item.files[1].header.get_or_insert_default().truncated = Some("half of it is missing".into());
        World::of([both], [live()]).exporting(|_| {})
    };
    assert_eq!(stays(cut("the mov"), "IMG_1.HEIC"), Reason::Truncated);
    assert_eq!(goes(cut("the mov").decide("the mov", TakeIn), "IMG_1.HEIC"), ["phone/IMG_1 (2).MOV"]);
    assert_eq!(stays(cut("the movie"), "IMG_1.HEIC"), Reason::SameBytes, "nothing lacks");
}

#[test]
fn a_still_that_may_be_there_waits_also_where_its_movie_lies_alone() {
    let stand_in = photo("IMG_2.JPG.nextcloud").bytes("").trouble(Trouble::OnlineOnly);
    let movie = video("2024/05/IMG_1.MOV").bytes("the movie");
    let library = || [still("IMG_2.HEIC").with(PairedVideo, "the movie"), video_asset("IMG_1.MOV", "the movie").at(AT)];
    let world = World::of([movie.clone(), stand_in], library()).exporting(|_| {});
    assert_eq!(stays(world, "IMG_2.HEIC"), Reason::OnlineOnly);
    assert_eq!(goes(World::of([movie], library()).exporting(|_| {}), "IMG_2.HEIC"), ["2024/05/IMG_1.HEIC"]);
}

#[test]
fn a_stand_in_under_a_name_that_we_gave_makes_its_photo_wait() {
    for (name, original) in
        [("2024/05/IMG_1 (2).HEIC.nextcloud", "IMG_1.HEIC"), ("2024/05/a_b.HEIC.nextcloud", "a:b.HEIC")]
    {
        let stand_in = photo(name).bytes("").trouble(Trouble::OnlineOnly);
        let world = World::of([stand_in], [still(original)]).exporting(|_| {});
        assert_eq!(stays(world, original), Reason::OnlineOnly);
    }
}

#[test]
fn a_late_half_is_remembered_with_its_still_also_beside_an_equal_photo() {
    let alone = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let mut world = World::of([alone.clone()], [still("IMG_1.HEIC").id("first"), live()]);
    world = world.exported(&alone, "first").exporting(|_| {});
    let run = world.look();
    assert_eq!(run.departure("IMG_1.HEIC"), Ok(vec!["2024/05/IMG_1.MOV".into()]));
    let (_, out) = run.plan.departures().next().unwrap();
    assert_eq!(out.beside, Some(alone.fingerprint()), "the movie belongs to the link of the still");
}

#[test]
fn a_known_photo_that_may_be_arriving_under_another_path_waits() {
    let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let moved = photo("sorted/IMG_1.HEIC").bytes("IMG_1.HEIC").trouble(Trouble::Settling);
    let world = World::of([moved], [still("IMG_1.HEIC")]).exported(&item, "IMG_1.HEIC").exporting(|_| {});
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::Settling);
}

#[test]
fn what_is_not_here_stays_with_its_own_reason() {
    let reasons = [
        (Whereabouts::Cloud, Reason::OnlyInICloud),
        (Whereabouts::Missing, Reason::OriginalMissing),
        (Whereabouts::Unreachable, Reason::ReferencedUnreachable),
        (Whereabouts::Unread, Reason::Unreadable),
    ];
    for (whereabouts, reason) in reasons {
        let mut absent = live();
        absent.asset.resources[0].whereabouts = whereabouts;
        assert_eq!(stays(all([absent]), "IMG_1.HEIC"), reason, "half a photo waits");
        let mut half = live();
        half.asset.resources[1].whereabouts = whereabouts;
        let mut world = all([half.clone()]);
        let run = world.look();
        assert_eq!(run.departure("IMG_1.HEIC"), Ok(vec!["2024/05/IMG_1.HEIC".into()]));
        let (_, out) = run.plan.departures().next().unwrap();
        assert_eq!(out.missing, [(1, reason)]);
        let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
        let later = World::of([item.clone()], [half]).exported(&item, "IMG_1.HEIC").exporting(|_| {});
        assert_eq!(stays(later, "IMG_1.HEIC"), Reason::Incomplete);
    }
}

#[test]
fn a_library_that_fetches_lets_out_what_is_in_icloud() {
    let world = all([live().in_icloud()]).ruled(|rules| rules.library.fetches = true);
    assert_eq!(goes(world, "IMG_1.HEIC").len(), 2);
}

#[test]
fn the_edited_version_goes_as_asked() {
    let asked = |how: Edited| World::of([], [edited()]).exporting(|export| export.edited = how);
    assert_eq!(goes(asked(Edited::Original), "IMG_1.HEIC"), ["2024/05/IMG_1.HEIC"]);
    assert_eq!(goes(asked(Edited::Current), "IMG_1.HEIC"), ["2024/05/IMG_1.jpg"]);
    assert_eq!(goes(asked(Edited::Both), "IMG_1.HEIC"), ["2024/05/IMG_1.HEIC", "2024/05/IMG_1_edited.jpg"]);
}

#[test]
fn an_edited_live_photo_goes_in_both_halves() {
    let entry =
        || live().with(RenderedPhoto, "the edit").with(RenderedPairedVideo, "the edited movie").edited(400, 300);
    let asked = |how: Edited| World::of([], [entry()]).exporting(|export| export.edited = how);
    assert_eq!(goes(asked(Edited::Current), "IMG_1.HEIC"), ["2024/05/IMG_1.jpg", "2024/05/IMG_1.mov"]);
    let both = ["IMG_1.HEIC", "IMG_1.MOV", "IMG_1_edited.jpg", "IMG_1_edited.MOV"];
    assert_eq!(goes(asked(Edited::Both), "IMG_1.HEIC"), both.map(|name| format!("2024/05/{name}")));
}

#[test]
fn an_edit_after_the_export_is_said_and_can_be_taken_in() {
    let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    for how in [Edited::Original, Edited::Current] {
        let world = || {
            let world = World::of([item.clone()], [edited()]).exported(&item, "IMG_1.HEIC");
            world.exporting(|export| export.edited = how)
        };
        assert_eq!(stays(world(), "IMG_1.HEIC"), Reason::EditedSinceExport, "{how:?}");
        let taken = world().decide("IMG_1.HEIC", TakeIn);
        assert_eq!(goes(taken, "IMG_1.HEIC"), ["2024/05/IMG_1_edited.jpg"], "{how:?}");
    }
    let both = World::of([item.clone()], [edited()]).exported(&item, "IMG_1.HEIC");
    let both = both.exporting(|export| export.edited = Edited::Both);
    assert_eq!(goes(both, "IMG_1.HEIC"), ["2024/05/IMG_1_edited.jpg"], "it never went out");
}

#[test]
fn the_edit_that_two_equal_assets_share_goes_once() {
    let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let world = World::of([item.clone()], [edited(), edited().id("its duplicate")]).exported(&item, "IMG_1.HEIC");
    let run = world.exporting(|_| {}).decide("IMG_1.HEIC", TakeIn).look();
    assert_eq!(run.departure("IMG_1.HEIC"), Ok(vec!["2024/05/IMG_1_edited.jpg".to_owned()]));
    assert_eq!(run.departure("its duplicate"), Err(Reason::SameBytesAs));
}

#[test]
fn a_retouched_copy_of_what_we_exported_is_the_same_shot_and_not_ours() {
    let shot = |path: &str| photo(path).at(AT).pixels(4, 3).camera("Apple iPhone 13");
    let edited = asset("IMG_1.JPG", "original").at(AT).pixels(4, 3).camera("Apple iPhone 13").edited(4, 3);
    let retouched = shot("trip/IMG_1.JPG").bytes("retouched");
    let world = World::of([retouched], [edited.with(RenderedPhoto, "the edit")]);
    let mut world = world.exported(&shot("2024/05/IMG_1.JPG").bytes("original"), "IMG_1.JPG");
    world = world.exporting(|export| export.edited = Edited::Both);
    for _ in 0..2 {
        let run = world.sync();
        assert_eq!(run.departure("IMG_1.JPG"), Err(Reason::SameShot));
        assert_eq!(run.reason("trip/IMG_1.JPG"), Some(Reason::SameShot), "a person can take it in");
    }
}

#[test]
fn a_sidecar_goes_with_its_photo_and_only_then() {
    let world = || World::of([], [live()]).exporting(|export| export.sidecar = Sidecar::Xmp);
    let files = ["2024/05/IMG_1.HEIC", "2024/05/IMG_1.MOV", "2024/05/IMG_1.xmp"];
    assert_eq!(goes(world(), "IMG_1.HEIC"), files);
    let item = photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC").with(PairedVideo, "2024/05/IMG_1.MOV", "the movie");
    let mut later = world().exported(&item, "IMG_1.HEIC");
    later.items = vec![item.with(SidecarRole, "2024/05/IMG_1.xmp", "words")];
    assert_eq!(stays(later, "IMG_1.HEIC"), Reason::SameBytes);
}

#[test]
fn an_edited_version_has_words_of_its_own() {
    let edited = || still("IMG_1.JPG").with(RenderedPhoto, "the edit").edited(4, 3);
    let both = |items: Vec<_>| {
        World::of(items, [edited()]).exporting(|export| {
            (export.sidecar, export.edited) = (Sidecar::Xmp, Edited::Both);
        })
    };
    let of_edit = ["2024/05/IMG_1_edited.jpg", "2024/05/IMG_1_edited.xmp"];
    let all = ["2024/05/IMG_1.JPG", of_edit[0], "2024/05/IMG_1.xmp", of_edit[1]];
    assert_eq!(goes(both(vec![]), "IMG_1.JPG"), all);
    let original = photo("2024/05/IMG_1.JPG").bytes("IMG_1.JPG");
    assert_eq!(goes(both(vec![original]), "IMG_1.JPG"), of_edit, "also of one that comes later");
    let mut unedited = both(vec![]);
    unedited.assets = vec![still("IMG_1.JPG")];
    assert_eq!(goes(unedited, "IMG_1.JPG"), ["2024/05/IMG_1.JPG", "2024/05/IMG_1.xmp"]);
}

/// A world whose only asset stays for this reason, its primary bytes being `IMG_1.HEIC`.
fn kept_for(reason: Reason) -> Option<World> {
    let item = || photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC");
    let standing = |change: fn(&mut photobridge_core::asset::Standing)| all([still("IMG_1.HEIC").standing(change)]);
    Some(match reason {
        Reason::InTrash => standing(|standing| standing.trashed = true),
        Reason::SharedAlbum => standing(|standing| standing.shared_album = true),
        Reason::Hidden => standing(|standing| standing.hidden = true),
        Reason::UnpickedBurstFrame => standing(|standing| standing.unpicked_burst_frame = true),
        Reason::Excluded => World::of([], [still("IMG_1.HEIC")]).exporting(|export| export.filter.photos = false),
        Reason::BeforeBaseline => World::of([], [still("IMG_1.HEIC")]).exporting(|e| e.range = Range::GoingForward),
        Reason::LeftOut => all([still("IMG_1.HEIC")]).decide("IMG_1.HEIC", LeaveOut),
        Reason::DeletedInFolder => all([still("IMG_1.HEIC")]).exported(&item(), "IMG_1.HEIC"),
        Reason::OnlyInICloud => all([still("IMG_1.HEIC").in_icloud()]),
        Reason::SameBytes => World::of([item()], [still("IMG_1.HEIC")]).exporting(|_| {}),
        Reason::ImportedByUs => {
            World::of([item()], [still("IMG_1.HEIC")]).imported(&item(), "IMG_1.HEIC").exporting(|_| {})
        }
        Reason::InAnotherFolder => all([still("IMG_1.HEIC")]).linked(&item().folder(2), "IMG_1.HEIC").without_folder(2),
        Reason::EditedSinceExport => World::of([item()], [edited()]).exported(&item(), "IMG_1.HEIC").exporting(|_| {}),
        Reason::OnlineOnly => {
            let waiting = photo("IMG_1.HEIC.nextcloud").bytes("").trouble(Trouble::OnlineOnly);
            World::of([waiting], [still("IMG_1.HEIC")]).exporting(|_| {})
        }
        Reason::Settling => {
            let waiting = photo("other.HEIC").bytes("IMG_1.HEIC").trouble(Trouble::Settling);
            World::of([waiting], [still("IMG_1.HEIC")]).exporting(|_| {})
        }
        _ => return None,
    })
}

#[test]
fn each_reason_has_its_case_and_taking_in_overrules_exactly_the_starred_ones() {
    let mut cases = 0;
    for reason in Reason::ALL {
        let Some(world) = kept_for(reason) else { continue };
        cases += 1;
        assert_eq!(stays(world.clone(), "IMG_1.HEIC"), reason);
        let taken = world.decide("IMG_1.HEIC", TakeIn).look().departure("IMG_1.HEIC");
        assert_eq!(taken.is_ok(), reason.can_be_taken_in(Way::Export), "{reason}: {taken:?}");
    }
    assert_eq!(cases, 15);
}

#[test]
fn what_lay_in_a_folder_of_before_goes_to_no_other_wherever_it_came_from() {
    let item = || photo("2024/05/IMG_1.HEIC").bytes("IMG_1.HEIC").folder(2);
    let all = || all([still("IMG_1.HEIC")]);
    let held = [
        (all().imported(&item(), "IMG_1.HEIC"), Reason::ImportedByUs),
        (all().linked(&item(), "IMG_1.HEIC"), Reason::InAnotherFolder),
        (all().exported(&item(), "IMG_1.HEIC"), Reason::InAnotherFolder),
    ];
    for (world, reason) in held {
        assert_eq!(stays(world.without_folder(2), "IMG_1.HEIC"), reason);
    }
    // A copy of its movie lies here.
    let item = || photo("IMG_1.HEIC").bytes("IMG_1.HEIC").with(PairedVideo, "IMG_1.MOV", "the movie").folder(2);
    let movie = || World::of([video("copy.MOV").bytes("the movie")], [live()]).exporting(|_| {});
    for (world, reason) in [
        (movie().imported(&item(), "IMG_1.HEIC"), Reason::ImportedByUs),
        (movie().linked(&item(), "IMG_1.HEIC"), Reason::InAnotherFolder),
    ] {
        assert_eq!(stays(world.without_folder(2), "IMG_1.HEIC"), reason);
    }
}

#[test]
fn filters_and_whereabouts_speak_last() {
    let hidden = || still("IMG_1.HEIC").standing(|standing| standing.hidden = true);
    let world = World::of([], [hidden()]).exporting(|e| e.filter.photos = false).decide("IMG_1.HEIC", TakeIn);
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::Excluded);
    let world = all([hidden().in_icloud()]).decide("IMG_1.HEIC", TakeIn);
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::OnlyInICloud);
}

#[test]
fn the_settings_let_out_what_they_name() {
    let odd = still("IMG_1.HEIC").standing(|standing| {
        (standing.hidden, standing.shared_album, standing.unpicked_burst_frame) = (true, true, true);
    });
    let world = World::of([], [odd]).exporting(|export| {
        let filter = &mut export.filter;
        (filter.hidden, filter.shared_albums, filter.unpicked_burst_frames) = (true, true, true);
    });
    assert!(!goes(world, "IMG_1.HEIC").is_empty());
}

#[test]
fn what_cannot_be_told_from_the_shared_library_is_not_personal() {
    let unknown = || still("IMG_1.HEIC").standing(|standing| standing.scope = LibraryScope::Unknown);
    for (scope, goes) in [(ScopeFilter::Personal, false), (ScopeFilter::Shared, false), (ScopeFilter::Both, true)] {
        let mut world = World::of([], [unknown()]).exporting(|export| export.filter.scope = scope);
        assert_eq!(world.look().plan.departures().count() == 1, goes, "{scope:?}");
    }
}

#[test]
fn scope_kind_and_date_are_filters() {
    let shared = || still("IMG_1.HEIC").standing(|standing| standing.scope = LibraryScope::Shared);
    let scoped = |scope| World::of([], [shared(), still("IMG_2.HEIC")]).exporting(|export| export.filter.scope = scope);
    let run = scoped(ScopeFilter::Personal).look();
    assert_eq!((run.departure("IMG_1.HEIC").is_ok(), run.departure("IMG_2.HEIC").is_ok()), (false, true));
    let run = scoped(ScopeFilter::Shared).look();
    assert_eq!((run.departure("IMG_1.HEIC").is_ok(), run.departure("IMG_2.HEIC").is_ok()), (true, false));
    let movie = World::of([], [video_asset("M.MOV", "m").at(AT)]).exporting(|export| export.filter.videos = false);
    assert_eq!(stays(movie, "M.MOV"), Reason::Excluded);
    for (from, until, goes) in
        [("2024-05-01", "2024-05-01", true), ("2024-05-02", "", false), ("", "2024-04-30", false)]
    {
        let mut world = World::of([], [still("IMG_1.HEIC")]).exporting(|export| {
            (export.filter.from, export.filter.until) = (from.parse().ok(), until.parse().ok());
        });
        assert_eq!(world.look().departure("IMG_1.HEIC").is_ok(), goes, "{from} {until}");
    }
}

#[test]
fn going_forward_begins_at_the_baseline_and_waits_for_phones_that_were_offline() {
    let baseline = "2024-05-01T00:00:00Z".parse().unwrap();
    let added = |when: Option<&str>| {
        let mut entry = still("IMG_1.HEIC");
        entry.asset.added = when.map(|when| when.parse().unwrap());
        entry
    };
    let world = |entry: Library, recorded: bool, held: bool| {
        let mut world = World::of([], [entry]).exporting(|export| {
            (export.range, export.baseline) = (Range::GoingForward, Some(baseline));
        });
        world.held.baseline = recorded.then_some(baseline);
        world.held.assets.extend(held.then(|| photobridge_core::asset::AssetId("IMG_1.HEIC".into())));
        world
    };
    let (late, offline, old) = ("2024-05-01T00:00:00Z", "2024-04-02T00:00:00Z", "2024-03-31T23:00:00Z");
    for (when, recorded, held, goes) in [
        (Some(late), true, false, true),
        (Some(late), false, false, true),
        (Some(offline), true, false, true),
        (Some(offline), true, true, false),
        (Some(offline), false, false, false),
        (Some(old), true, false, false),
        (None, true, false, true),
        (None, true, true, false),
        (None, false, false, false),
    ] {
        let fate = world(added(when), recorded, held).look().departure("IMG_1.HEIC");
        assert_eq!(fate.is_ok(), goes, "{when:?} recorded: {recorded} held: {held}");
    }
}

#[test]
fn a_hostile_name_stays_below_the_folder() {
    let world = all([asset("../../etc/x.jpg", "1").at(AT).id("A")]);
    assert_eq!(goes(world, "A"), ["2024/05/_.._etc_x.jpg"]);
}

#[test]
fn a_copy_with_fewer_pixels_does_not_stand_for_the_original() {
    let small = photo("small.jpg").at(AT).pixels(1024, 768).camera("Apple iPhone 13");
    let large = still("IMG_1.HEIC").pixels(4032, 3024).camera("Apple iPhone 13");
    let world = World::of([small], [large.clone()]).exporting(|_| {});
    assert!(!goes(world, "IMG_1.HEIC").is_empty());
    let same = photo("same.jpg").at(AT).pixels(3024, 4032).camera("Apple iPhone 13");
    let world = World::of([same], [large]).exporting(|_| {});
    assert_eq!(stays(world, "IMG_1.HEIC"), Reason::SameShot);
}

#[test]
fn the_zone_of_the_photo_decides_the_month() {
    let mut entry = still("IMG_1.HEIC");
    let instant = "2023-12-31T14:30:00Z".parse().unwrap();
    entry.asset.captured = photobridge_media::capture::CaptureTime::from_instant(instant, Some(9 * 3600), None);
    assert_eq!(goes(all([entry]), "IMG_1.HEIC"), ["2023/12/IMG_1.HEIC"]);
    let mut absurd = still("IMG_2.HEIC");
    absurd.asset.captured = Some(moment("9999-12-31T23:00:00"));
    assert_eq!(goes(all([absurd]), "IMG_2.HEIC"), ["9999/12/IMG_2.HEIC"]);
}

#[test]
fn what_was_held_is_old_whatever_its_id_and_date_and_a_baseline_to_come_makes_nothing_old_that_was_not() {
    let (baseline, after) = ("2024-05-01T00:00:00Z", "2024-06-01T00:00:00Z");
    let before = "2024-01-01T00:00:00Z";
    let world = |added: &str| {
        let mut entry = still("IMG_1.HEIC");
        entry.asset.added = Some(added.parse().unwrap());
        let bytes = entry.asset.resources[0].fingerprint.expect("stored");
        let likeness = Likeness::of(&entry.asset);
        let mut world = World::of([], [entry]).exporting(|export| {
            (export.range, export.baseline) = (Range::GoingForward, baseline.parse().ok());
        });
        world.held.baseline = baseline.parse().ok();
        (world, bytes, likeness.expect("length, time and name are known"))
    };
    let goes = |mut world: World| world.look().departure("IMG_1.HEIC").is_ok();
    assert!(goes(world(after).0), "it was not held");
    let (mut by_bytes, bytes, likeness) = world(after);
    by_bytes.held.fingerprints.insert(bytes);
    by_bytes.held.by_another = true;
    assert!(!goes(by_bytes), "under another id, in another library");
    let (mut by_look, ..) = world(after);
    by_look.held.looks.insert(likeness);
    assert!(!goes(by_look), "its bytes were not known when it was held");
    let (mut other_bytes, ..) = world(after);
    other_bytes.held.other_looks.insert(likeness);
    assert!(goes(other_bytes), "the bytes of the one that was held were known, and are others");

    let (mut to_come, bytes, _) = world(before);
    to_come.held.is_to_come = true;
    assert!(goes(to_come.clone()), "months before a baseline that nobody has reached");
    to_come.held.fingerprints.insert(bytes);
    assert!(!goes(to_come));
}

#[test]
fn what_was_held_without_telling_its_bytes_tells_them_now() {
    let (baseline, after) = ("2024-05-01T00:00:00Z", "2024-06-01T00:00:00Z");
    let mut known = asset("IMG_1.HEIC", "bytes").at(AT).without_fingerprint();
    known.asset.added = "2024-01-01T00:00:00Z".parse().ok();
    let mut again = asset("Copy.HEIC", "bytes").at(AT);
    again.asset.added = after.parse().ok();
    let mut other = asset("Other.HEIC", "other").at(AT);
    other.asset.added = after.parse().ok();
    let mut world = World::of([], [known, again, other]).exporting(|export| {
        (export.range, export.baseline) = (Range::GoingForward, baseline.parse().ok());
    });
    world.held.baseline = baseline.parse().ok();
    world.held.assets.insert(photobridge_core::asset::AssetId("IMG_1.HEIC".into()));
    let run = world.look();
    assert_eq!(run.departure("Copy.HEIC"), Err(Reason::BeforeBaseline), "added once more");
    assert_eq!(run.departure("Other.HEIC"), Ok(vec!["2024/05/Other.HEIC".into()]));
    world.export.as_mut().expect("it exports").range = Range::FullLibrary;
    let goes = |id: &str| world.clone().look().departure(id).is_ok();
    assert_eq!([goes("IMG_1.HEIC"), goes("Copy.HEIC")].iter().filter(|goes| **goes).count(), 1, "one of the two");
}
