//! Every fault in turn: what the run in which it happens says, and that the next ones lose and double nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use photobridge_core::asset::ResourceRole;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::Library;
use photobridge_core::progress::Cancel;
use photobridge_core::sync::{Finished, SyncError};
use photobridge_photokit::{ABSENT, Authorization, NOTHING};
use photobridge_testkit::alter;

use crate::household::{Household, live, shot, taken};
use crate::support::scripted::{Call, Fault, locked};
use crate::support::{self, PATIENCE};

const PHOTOS: &str = "PHPhotosErrorDomain";
const CLOUD: &str = "CloudPhotoLibraryErrorDomain";

/// How many photos are to go in, and out.
const INWARD: u64 = 4;
const OUTWARD: u64 = 2;

/// What goes wrong, and what the run says of it: words, and the photos that went in and out all the same.
struct Case {
    fault: Fault,
    says: &'static str,
    applied: (u64, u64),
}

fn case(fault: Fault, says: &'static str, applied: (u64, u64)) -> Case {
    Case { fault, says, applied }
}

/// The faults that PhotoKit is known to have, or could have.
fn cases() -> Vec<Case> {
    use Fault::*;
    let all = (INWARD, OUTWARD);
    vec![
        case(Permission(Authorization::NotDetermined), "nobody has allowed", (0, 0)),
        case(AnswersNever, "run `photobridge authorize`", (0, 0)),
        case(Answers(Authorization::Authorized), "", all),
        case(Answers(Authorization::Denied), "macOS keeps this program from Photos", (0, 0)),
        case(Permission(Authorization::Denied), "choose Full Access for Photobridge", (0, 0)),
        case(Permission(Authorization::Restricted), "a profile or Screen Time", (0, 0)),
        case(Permission(Authorization::Limited), "only a selection of the photos", (0, 0)),
        case(Permission(Authorization::Unknown(7)), "an unknown answer (7)", (0, 0)),
        case(Error(Call::Assets, PHOTOS, 3311), "macOS took back the permission", (0, 0)),
        case(Error(Call::Assets, PHOTOS, 3114), "is not there", (0, 0)),
        case(Error(Call::Token, PHOTOS, -1), "", all),
        case(Error(Call::Create, PHOTOS, -1), "PHPhotosErrorDomain -1", (0, OUTWARD)),
        case(Error(Call::Create, PHOTOS, 3302), "3302", (0, OUTWARD)),
        case(Error(Call::Create, PHOTOS, 3303), "3303", (0, OUTWARD)),
        case(Error(Call::Create, PHOTOS, 3300), "3300", (0, OUTWARD)),
        case(Error(Call::Create, PHOTOS, 3306), "3306", (0, OUTWARD)),
        case(Error(Call::Create, PHOTOS, 3301), "3301", (0, OUTWARD)),
        case(Error(Call::Create, PHOTOS, 3305), "the disk of the library is full", (0, 0)),
        case(Error(Call::Create, CLOUD, 1005), "the disk of the library is full", (0, 0)),
        case(Error(Call::Create, PHOTOS, 3311), "macOS took back the permission", (0, 0)),
        case(Error(Call::Create, PHOTOS, 3142), "is not there", (0, 0)),
        case(Error(Call::Create, "NSCocoaErrorDomain", 4), "NSCocoaErrorDomain 4", (0, OUTWARD)),
        case(ErrorOnce(Call::Create, PHOTOS, 3301), "3301", (INWARD - 1, OUTWARD)),
        case(Error(Call::CreateAlbum, PHOTOS, 3300), "Photos did not make an album", (0, 0)),
        case(ChangeNever, "Photos did not answer", (0, 0)),
        case(ChangeLate, "Photos did not answer", (0, 0)),
        case(ChangeUnanswered, "", all),
        case(ChangeDenied, "", all),
        case(ChangeClaimed, "not found complete there (no such asset)", (0, OUTWARD)),
        case(ChangeTwice, "", all),
        case(ChangeThrows, "Objective-C exception", (0, OUTWARD)),
        case(SecondFileThrows, "Objective-C exception", (INWARD - 2, OUTWARD)),
        case(ChangeWithoutPlaceholder, "PhotoKit gave nothing 0", (0, OUTWARD)),
        case(ChangeUnderAnotherIdentifier, "", all),
        case(ChangeWithStrangeIdentifier, "names a new asset in a way", (0, 0)),
        case(ChangeWithOtherBytes, "other bytes were stored", (0, OUTWARD)),
        case(NoSizes, "", all),
        case(NoLocality, "", all),
        case(NoScope, "", all),
        case(NoTokens, "", all),
        case(DataLate, "", all),
        case(DataTwice, "", all),
        case(ErrorOnce(Call::Data, PHOTOS, 3169), "", all),
        // While bytes cannot be had, imports cannot be confirmed either, and wait for the next run.
        case(Error(Call::Data, PHOTOS, 3164), "3164", (0, 0)),
        case(Error(Call::Data, PHOTOS, 3169), "3169", (0, 0)),
        case(Error(Call::Data, CLOUD, 1005), "the disk is full", (0, 0)),
        case(Error(Call::Data, CLOUD, 81), "CloudPhotoLibraryErrorDomain 81", (0, 0)),
        case(Error(Call::Data, PHOTOS, 3201), "the file is not on this disk", (0, 0)),
        case(Error(Call::Data, NOTHING, ABSENT), "the file is not on this disk", (0, 0)),
        case(DataNever, "Photos sent nothing", (0, 0)),
        case(DataStalls, "Photos sent nothing", (0, 0)),
        case(DataShort, "Photos sent", (0, 0)),
    ]
}

/// The originals of the household.
fn household(has_tables: bool) -> Household {
    let (still, video) = live(8);
    let home = Household::new(
        has_tables,
        &[
            taken(9, vec![(ResourceRole::Photo, "IMG_9.JPG", shot(9).jpeg(48, 32))]),
            taken(8, vec![(ResourceRole::Photo, "IMG_8.HEIC", still), (ResourceRole::PairedVideo, "IMG_8.MOV", video)]),
        ],
    );
    // Optimise Storage: the originals are only in iCloud.
    alter::evict(&home.library());
    let (still, video) = live(2);
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.put("IMG_2.HEIC", &still);
    home.put("IMG_2.MOV", &video);
    home.put("DSC_3.JPG", &shot(3).jpeg(48, 32));
    home.put("DSC_3.DNG", &shot(3).dng(48, 32));
    home.put("IMG_4.MOV", &shot(4).movie(48, 32, 900));
    home
}

/// What a run says: its counts and the first thing that went wrong.
fn said(ran: &Result<Finished, SyncError>) -> (String, (u64, u64)) {
    match ran {
        Err(error) => (error.to_string(), (0, 0)),
        Ok(finished) => {
            let applied = |direction: &Option<photobridge_core::report::Direction>| {
                direction.as_ref().map_or(0, |direction| direction.applied)
            };
            let words = finished.lines().find_map(|line| line.error).or_else(|| finished.report.stopped.clone());
            (words.unwrap_or_default(), (applied(&finished.report.import), applied(&finished.report.export)))
        }
    }
}

/// Plays one case. Returns a line for people, and what was not as it must be.
fn play(case: &Case, has_tables: bool) -> (String, Vec<String>) {
    let mut home = household(has_tables);
    let sources = home.files();
    home.kit.go_wrong(Some(case.fault));
    let first = home.sync();
    let (words, applied) = said(&first);
    home.kit.go_wrong(None);
    // Which asks anew about what the one before refused.
    home.system = "26.2";
    if matches!(case.fault, Fault::ChangeLate | Fault::ChangeNever) {
        // A change that is performed late finds nobody who wants it.
        std::thread::sleep(PATIENCE.change * 3);
    }
    let second = home.sync();
    let (later_words, later) = said(&second);
    let third = said(&home.sync());
    let by = if has_tables { "with the tables" } else { "PhotoKit alone" };
    let line = format!("{:?}, {by}: {} in, {} out; {words}", case.fault, applied.0, applied.1);
    let mut wrong = Vec::new();
    if !words.contains(case.says) {
        wrong.push(format!("does not say {:?}", case.says));
    }
    if applied != case.applied {
        wrong.push(format!("{:?} were expected to go", case.applied));
    }
    if !later_words.is_empty() || third != (String::new(), (0, 0)) {
        wrong.push(format!("afterwards: {later_words:?} {later:?}, then {third:?}"));
    }
    wrong.extend(lost_or_doubled(&home, &sources, case));
    (line, wrong)
}

/// Whether everything is on both sides once, and what lay in the folder lies there unchanged.
fn lost_or_doubled(home: &Household, sources: &BTreeMap<PathBuf, Fingerprint>, case: &Case) -> Vec<String> {
    let mut wrong = Vec::new();
    let files = home.files();
    if !sources.iter().all(|(path, bytes)| files.get(path) == Some(bytes)) {
        wrong.push("a file of the folder changed".to_owned());
    }
    // What Photos itself made of other bytes is a photo like any other there: it goes out, and only a person may delete it.
    let has_strangers = case.fault == Fault::ChangeWithOtherBytes;
    let distinct: BTreeSet<&Fingerprint> = files.values().collect();
    if !has_strangers && (files.len() != sources.len() + 3 || distinct.len() != files.len()) {
        wrong.push(format!("the folder holds {:?}", files.keys().collect::<Vec<_>>()));
    }
    let kept = home.kept();
    let distinct: BTreeSet<&Vec<(ResourceRole, Fingerprint)>> = kept.iter().collect();
    let expected = (INWARD + OUTWARD) as usize + if has_strangers { INWARD as usize } else { 0 };
    if kept.len() != expected || (!has_strangers && distinct.len() != kept.len()) {
        wrong.push(format!("the library holds {} assets, {} distinct", kept.len(), distinct.len()));
    }
    let held: BTreeSet<Fingerprint> = kept.iter().flatten().map(|(_, bytes)| *bytes).collect();
    if !files.values().all(|bytes| held.contains(bytes)) {
        wrong.push("the library lacks something".to_owned());
    }
    wrong
}

/// Where the tables tell fingerprints, other bytes than those are not let out. PhotoKit alone tells only sizes, so that
/// nobody can know.
#[test]
fn other_bytes_than_the_library_names_do_not_go_out() {
    let case = case(Fault::DataWrong, "other bytes were stored", (0, 0));
    let (line, wrong) = play(&case, true);
    assert!(wrong.is_empty() && line.contains("0 in, 0 out"), "{line}\n{}", wrong.join("\n"));
}

#[test]
fn no_fault_loses_or_doubles_a_photo() {
    let cases = cases();
    let all: Vec<(&Case, bool)> = cases.iter().flat_map(|case| [(case, true), (case, false)]).collect();
    // Most of the time is spent waiting for a PhotoKit that does not answer.
    let next = AtomicUsize::new(0);
    let play_some = || {
        let turns = std::iter::from_fn(|| all.get(next.fetch_add(1, Ordering::Relaxed)));
        turns.map(|(case, has_tables)| play(case, *has_tables)).collect::<Vec<_>>()
    };
    let played: Vec<(String, Vec<String>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(play_some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no case panics")).collect()
    });
    let mut failures = Vec::new();
    for (line, wrong) in played {
        println!("{line}");
        failures.extend((!wrong.is_empty()).then(|| format!("{line}\n    {}", wrong.join("\n    "))));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Which of the two codes halves get that do not belong together depends on the macOS.
#[test]
fn halves_that_photos_refuses_are_said_to_be_halves() {
    for code in [-1, 3302] {
        let home = Household::new(false, &[]);
        let (still, video) = live(2);
        home.put("IMG_2.HEIC", &still);
        home.put("IMG_2.MOV", &video);
        home.kit.go_wrong(Some(Fault::Error(Call::Create, PHOTOS, code)));
        let (words, _) = said(&home.sync());
        assert!(words.contains("The halves of a Live Photo that do not belong together"), "{words}");
    }
}

/// An exception ends what was asked for within a change, not always the change.
#[test]
fn what_an_exception_left_is_no_photo_that_went_in() {
    for has_tables in [true, false] {
        let home = Household::new(has_tables, &[]);
        let (still, video) = live(2);
        home.put("IMG_2.HEIC", &still);
        home.put("IMG_2.MOV", &video);
        home.kit.go_wrong(Some(Fault::SecondFileThrowsTooLate));
        let (words, applied) = said(&home.sync());
        assert_eq!(applied, (0, 0), "{words}");
        assert!(words.contains("Objective-C exception"), "{words}");
        // As the words say.
        for half in home.kit.kept() {
            assert!(words.contains(&format!("as {}", half.id)) && words.contains("Delete that in Photos"), "{words}");
            alter::delete(&home.library(), &half.id);
        }
        home.kit.go_wrong(None);
        home.sync().expect("a sync");
        let whole =
            vec![(ResourceRole::Photo, Fingerprint::of(&still)), (ResourceRole::PairedVideo, Fingerprint::of(&video))];
        assert!(home.kept().contains(&whole), "the next sync brings it in whole");
    }
}

/// Who cannot take more bytes ends the request, also where PhotoKit is just handing some over.
#[test]
fn a_request_ends_though_a_piece_of_it_waits() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            std::thread::sleep(std::time::Duration::from_millis(200));
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let home = household(false);
    home.kit.go_wrong(Some(Fault::CancelWaits));
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut library = support::photos(&home.kit, &home.data().join("nothing"), &home.data()).expect("a library");
        let asset = support::listed(&mut library).assets.into_iter().find(|asset| &*asset.original_name == "IMG_9.JPG");
        let read = library.read(&asset.expect("it is there"), ResourceRole::Photo, &mut Full, &Cancel::new());
        let _ = ended.send((read.is_err(), locked(&home.kit.cancelled).len()));
    });
    assert_eq!(end.recv_timeout(std::time::Duration::from_secs(20)), Ok((true, 1)));
}
