//! What a motion photo would be as a Live Photo is known by its bytes, whatever is remembered.

use photobridge_core::asset::ResourceRole::{PairedVideo, RenderedPairedVideo, RenderedPhoto};
use photobridge_core::export::Edited;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::plan::Fate;
use photobridge_core::reason::Reason;
use photobridge_core::run::MotionPhotos;
use photobridge_media::header::MotionPhoto;
use photobridge_media::live::identifier;
use photobridge_testkit::make::{Library, Source};
use photobridge_testkit::{World, asset, photo, video};

fn motion(path: &str) -> Source {
    photo(path).bytes("motion").moving("its still", "its movie")
}

fn live() -> Library {
    asset("M.JPG", "its still").with(PairedVideo, "its movie")
}

fn world(items: impl IntoIterator<Item = Source>, assets: impl IntoIterator<Item = Library>) -> World {
    World::of(items, assets).splits("motion", "its still", "its movie")
}

#[test]
fn a_library_that_has_both_files_has_the_motion_photo() {
    for fingerprints in [true, false] {
        let held = if fingerprints { live() } else { live().without_fingerprint() };
        let run = world([motion("M.JPG")], [held]).exporting(|_| {}).look();
        assert_eq!(run.reason("M.JPG"), Some(Reason::SameBytes), "{fingerprints}");
        assert_eq!(run.departure("M.JPG"), Err(Reason::SameBytes), "{fingerprints}");
    }
    let trashed = world([motion("M.JPG")], [live().trashed()]).look();
    assert_eq!(trashed.reason("M.JPG"), Some(Reason::DeletedInPhotos));
}

#[test]
fn one_that_has_another_movie_or_none_has_not() {
    for held in [asset("M.JPG", "its still").with(PairedVideo, "a movie!!"), asset("M.JPG", "its still")] {
        assert_eq!(world([motion("M.JPG")], [held]).look().imports(), ["M.JPG"]);
    }
}

#[test]
fn nothing_is_made_where_nothing_has_the_length_of_its_movie() {
    let run = world([motion("M.JPG")], [asset("N.JPG", "another").with(PairedVideo, "another movie")]).look();
    assert!(run.facts.pairs.is_empty());
    assert_eq!(run.imports(), ["M.JPG"]);
}

#[test]
fn the_settings_say_as_what_it_goes() {
    for (word, expected) in [(MotionPhotos::AsTheyAre, false), (MotionPhotos::Live, true)] {
        let mut world = world([motion("M.JPG"), photo("P.JPG")], []).ruled(|rules| rules.motion_photos = word);
        let run = world.look();
        assert_eq!((run.verdict("M.JPG").as_live, run.verdict("P.JPG").as_live), (expected, false));
        assert!(run.plan.verdicts.iter().all(|verdict| matches!(verdict.fate, Fate::Import(_))));
    }
}

#[test]
fn the_movie_beside_it_is_told_as_the_other_half() {
    let item = motion("M.JPG").with(PairedVideo, "M.MP4", "beside it");
    let mut world = world([item.clone()], []).ruled(|rules| rules.motion_photos = MotionPhotos::Live);
    let run = world.look();
    assert_eq!((run.imports(), run.verdict("M.JPG").as_live), (vec!["M.JPG".into()], true));
    assert_eq!(run.reason("M.MP4"), Some(Reason::OtherHalfOfImported));
    // As the next run says of it.
    world.assets.push(live());
    let run = world.look();
    assert_eq!([run.reason("M.JPG"), run.reason("M.MP4")], [Reason::SameBytes, Reason::OtherHalfOfImported].map(Some));
    let both = |item, word| self::world([item], []).ruled(|rules| rules.motion_photos = word).look().imports();
    assert_eq!(both(item.clone(), MotionPhotos::AsTheyAre), ["M.JPG + M.MP4"]);
    let mut tied = item;
    tied.item.files[1].header.get_or_insert_default().content_identifier = Some("X".into());
    assert_eq!(both(tied, MotionPhotos::Live), ["M.JPG + M.MP4"], "half of a Live Photo already");
}

#[test]
fn a_broken_movie_costs_only_the_movie() {
    let broken = |hours: i64| {
        let mut photo = photo("M.JPG").bytes("half a movie").truncated().changed_ago(hours * 3600);
        let motion =
            MotionPhoto { duration_ms: None, size: None, moment_us: None, pair: Err("its movie is not whole".into()) };
        photo.item.files[0].header.get_or_insert_default().motion = Some(Box::new(motion));
        photo
    };
    for word in [MotionPhotos::AsTheyAre, MotionPhotos::Live] {
        let look = |item| world([item], []).ruled(|rules| rules.motion_photos = word).look();
        assert_eq!(look(broken(23)).reason("M.JPG"), Some(Reason::Truncated), "it may still be arriving");
        let run = look(broken(25));
        assert_eq!((run.imports(), run.verdict("M.JPG").as_live), (vec!["M.JPG".into()], false));
        let half = photo("M.JPG").truncated().changed_ago(25 * 3600);
        assert_eq!(look(half).reason("M.JPG"), Some(Reason::Truncated), "half a picture is none");
    }
}

#[test]
fn a_version_that_went_out_as_a_motion_photo_is_known_as_that() {
    // The edited version went out, with its movie; the library has the original, too.
    let edited = || {
        let edited = live().edited(40, 30).with(RenderedPhoto, "the edit");
        edited.with(RenderedPairedVideo, "the movie of it")
    };
    let item = photo("M.JPG").bytes("motion").moving("the edit", "the movie of it");
    let world = |asset: Library| World::of([item.clone()], [asset]).splits("motion", "the edit", "the movie of it");
    let run = world(edited()).exporting(|export| export.edited = Edited::Current).look();
    assert_eq!(run.departure("M.JPG"), Err(Reason::SameBytes));
    assert_eq!(run.reason("M.JPG"), Some(Reason::SameBytes));
}

const AT: &str = "2024-05-01T10:00:00";

/// Both files, as a folder has them.
fn halves(still: &str, movie: &str) -> Source {
    photo("M.JPG").bytes(still).live("X").with(PairedVideo, "M.MOV", movie).at(AT).pixels(4, 3).camera("Pixel")
}

fn whole() -> Library {
    asset("M.JPG", "motion").at(AT).pixels(4, 3).camera("Pixel")
}

#[test]
fn a_library_that_has_the_motion_photo_has_both_its_files() {
    for held in [whole(), whole().without_fingerprint()] {
        let run = world([halves("its still", "its movie")], [held.clone()]).exporting(|_| {}).look();
        assert_eq!(run.imports(), [""; 0]);
        assert_eq!(run.reason("M.JPG"), Some(Reason::SameBytes));
        assert_eq!(run.departure("M.JPG"), Err(Reason::SameBytes));
        let trashed = world([halves("its still", "its movie")], [held.trashed()]).look();
        assert_eq!(trashed.reason("M.JPG"), Some(Reason::DeletedInPhotos));
    }
    // With another still it is another photo, and another movie is told.
    assert_eq!(world([halves("a still!!", "its movie")], [whole()]).look().imports(), ["M.JPG + M.MOV"]);
    let run = world([halves("its still", "a movie!!")], [whole()]).look();
    let reasons = [run.reason("M.JPG"), run.reason("M.MOV")];
    assert_eq!(reasons, [Reason::SameBytes, Reason::OtherHalfOfImported].map(Some));
}

#[test]
fn one_file_that_is_made_of_both_again_is_the_motion_photo() {
    for held in [whole(), whole().without_fingerprint()] {
        let again = photo("M.JPG").bytes("made of both").moving("its still", "its movie");
        let again = again.live("X").at(AT).pixels(4, 3).camera("Pixel");
        let world = world([again], [held]).splits("made of both", "its still", "its movie");
        let run = world.exporting(|_| {}).look();
        assert_eq!((run.imports(), run.reason("M.JPG")), (vec![], Some(Reason::SameBytes)));
        assert_eq!(run.departure("M.JPG"), Err(Reason::SameBytes));
    }
}

#[test]
fn no_file_of_the_library_is_taken_apart_where_no_live_photo_may_be_of_it() {
    let mut untied = halves("its still", "its movie");
    untied.header().content_identifier = None;
    let alone = photo("M.JPG").bytes("its still").live("X").at(AT);
    let another = halves("its still", "its movie").at("2021-01-01T00:00:00");
    let longer = halves("its still", &"m".repeat(300_000));
    for item in [untied, alone, another, longer] {
        assert!(world([item], [whole()]).look().facts.wholes.is_empty());
    }
    let run = world([halves("its still", "its movie")], [whole()]).look();
    assert_eq!(run.facts.wholes.len(), 1);
}

#[test]
fn one_that_is_only_in_icloud_is_known_by_the_identifier_that_follows_from_it() {
    let look = |bytes: &[u8]| {
        let item = halves("its still", "its movie").live(&identifier(Fingerprint::of(bytes).as_bytes()));
        world([item], [asset("N.JPG", "motion").in_icloud()]).exporting(|_| {}).look()
    };
    let (its_own, of_another) = (look(b"motion"), look(b"another"));
    assert_eq!((its_own.imports(), its_own.departure("N.JPG").is_err()), (vec![], true));
    assert_eq!(of_another.imports(), ["M.JPG + M.MOV"]);
}

#[test]
fn what_the_library_had_as_one_file_and_has_no_longer_stays_gone_as_two() {
    let made = identifier(Fingerprint::of(b"motion").as_bytes());
    let of_a_live_photo = photo("W.JPG").bytes("joined").live("X");
    for (whole, tie) in [(photo("W.JPG").bytes("motion"), &*made), (of_a_live_photo, "X")] {
        let whole = whole.at(AT);
        let look = |item: Source| world([item], []).linked(&whole, "gone").look();
        let pair = || halves("its still", "its movie").live(tie);
        assert_eq!(look(pair()).reason("M.JPG"), Some(Reason::DeletedInPhotos), "{tie}");
        let movie = video("M.MOV").bytes("its movie").live(tie).at(AT);
        assert_eq!(look(movie).reason("M.MOV"), Some(Reason::ItsPhotoStaysOut));
        assert_eq!(look(pair().live("Y")).imports(), ["M.JPG + M.MOV"], "{tie}");
    }
    // An identifier that phones wrote says so of the same moment alone, and what was two files then is known by those.
    let still = photo("S.JPG").bytes("its still").live("X").with(PairedVideo, "S.MOV", "another").at(AT);
    let joined = photo("W.JPG").bytes("joined").live("X").at("2021-01-01T00:00:00");
    for then in [still, joined] {
        let run = world([halves("retagged", "its movie")], []).linked(&then, "gone").look();
        assert_eq!(run.imports(), ["M.JPG + M.MOV"]);
    }
}

#[test]
fn retagged_it_is_the_same_shot_both_ways() {
    let seen = |world: World| {
        let world = world.shows("its still", 50).shows("motion", 50).moves("motion");
        world.shows("retagged", 50).exporting(|_| {})
    };
    let has_live = live().at(AT).pixels(4, 3).camera("Pixel");
    let has_motion = motion("M.JPG").bytes("retagged").at(AT).pixels(4, 3).camera("Pixel");
    let made_of_another = halves("retagged", "with another identifier");
    for (item, held) in [(has_motion, has_live), (halves("retagged", "its movie"), whole()), (made_of_another, whole())]
    {
        let moves = item.item.files.len() == 1;
        let world = seen(world([item], [held]));
        let run = if moves { world.moves("retagged") } else { world }.look();
        assert_eq!((run.imports(), run.reason("M.JPG")), (vec![], Some(Reason::SameShot)));
        assert_eq!(run.departure("M.JPG"), Err(Reason::SameShot));
    }
}
