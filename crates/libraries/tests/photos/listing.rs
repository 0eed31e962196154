//! What is listed, and what is remembered of it from run to run.

use std::sync::atomic::Ordering;

use photobridge_core::asset::{Asset, AssetId, ResourceRole};
use photobridge_core::library::{Library, LibraryError};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_libraries::photos::Photos;
use photobridge_testkit::alter;

use crate::household::{Household, shot, taken};
use crate::support::scripted::{Call, Fault};
use crate::support::{self, Kit, Sample};

const PHOTOS: &str = "PHPhotosErrorDomain";

fn photo(number: u64, name: &'static str) -> Sample {
    taken(number, vec![(ResourceRole::Photo, name, shot(number).jpeg(48, 32))])
}

fn home() -> Household {
    Household::new(false, &[photo(1, "IMG_1.JPG"), photo(2, "IMG_2.JPG"), photo(3, "IMG_3.JPG")])
}

fn open(home: &Household) -> Photos<Kit> {
    let package = if home.has_tables { home.library() } else { home.data().join("nothing") };
    support::photos(&home.kit, &package, &home.data()).expect("a library")
}

/// What is listed now, with the warnings.
fn list(home: &Household) -> (Vec<Asset>, Vec<String>) {
    let snapshot = support::snapshot(&mut open(home));
    (snapshot.assets, snapshot.warnings)
}

fn ids(assets: &[Asset]) -> Vec<AssetId> {
    let mut ids: Vec<AssetId> = assets.iter().map(|asset| asset.id.clone()).collect();
    ids.sort();
    ids
}

#[test]
fn the_next_listing_takes_what_changed() {
    let home = home();
    let before = list(&home).0;
    assert_eq!(before.iter().map(|asset| asset.added).collect::<Vec<_>>(), [None; 3], "they may be of any age");
    let (deleted, trashed) = (home.id("IMG_1.JPG"), home.id("IMG_2.JPG"));
    alter::delete(&home.library(), &deleted);
    alter::trash(&home.library(), &trashed);
    let new = home.add(&photo(4, "IMG_4.JPG"));
    let after = list(&home).0;
    let mut expected = vec![home.id("IMG_3.JPG"), new.clone()];
    expected.sort();
    assert_eq!(ids(&after), expected);
    let added = after.iter().find(|asset| asset.id == new).and_then(|asset| asset.added);
    assert_eq!(added, Some(support::clock()), "first seen then");
}

#[test]
fn without_a_token_that_holds_everything_is_listed_again() {
    for code in [3105, 3210] {
        let home = home();
        list(&home);
        let new = home.add(&photo(4, "IMG_4.JPG"));
        home.kit.go_wrong(Some(Fault::Error(Call::Changes, PHOTOS, code)));
        let (after, warnings) = list(&home);
        assert_eq!((after.len(), after.iter().any(|asset| asset.id == new)), (4, true), "{code}");
        assert_eq!(warnings, Vec::<String>::new());
    }
}

#[test]
fn what_is_not_shown_is_not_gone() {
    // By a change that hides it, and by a listing that lacks it.
    for fault in [Fault::HiddenIsLocked, Fault::Error(Call::Changes, PHOTOS, 3105)] {
        let home = home();
        list(&home);
        let id = home.id("IMG_1.JPG");
        alter::hide(&home.library(), &id);
        if fault == Fault::HiddenIsLocked {
            home.kit.go_wrong(Some(fault));
        } else {
            // It was hidden and locked while nobody listed; then the token expired.
            alter::trash(&home.library(), &id);
            home.kit.go_wrong(Some(fault));
        }
        let (after, warnings) = list(&home);
        let unseen = after.iter().find(|asset| asset.id == id).expect("it is still known");
        assert!(unseen.standing.hidden);
        assert_eq!(after.len(), 3);
        assert!(warnings.concat().contains("does not show 1 photos that it showed before"), "{warnings:?}");
    }
}

#[test]
fn a_link_to_what_is_not_shown_blocks_its_item() {
    let home = home();
    home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
    home.sync().expect("a sync");
    alter::hide(&home.library(), &home.id("IMG_1.JPG"));
    home.kit.go_wrong(Some(Fault::HiddenIsLocked));
    let finished = home.sync().expect("a sync");
    assert_eq!(finished.report.import.map(|import| import.planned), Some(0));
    // Also where what PhotoKit told is forgotten: then nothing but the link knows it.
    std::fs::remove_file(home.data().join("photos.sqlite")).expect("it was noted");
    let finished = home.sync().expect("a sync");
    assert_eq!(finished.report.import.map(|import| import.planned), Some(0));
}

#[test]
fn another_system_library_is_noticed() {
    let names: Vec<&'static str> = (1..=20).map(|number| &*format!("IMG_{number}.JPG").leak()).collect();
    let photos: Vec<Sample> = names.iter().zip(1..).map(|(name, number)| photo(number, name)).collect();
    let home = Household::new(false, &photos);
    list(&home);
    alter::rebuild(&home.library(), &names.iter().map(|name| home.id(name)).collect::<Vec<_>>());
    home.kit.go_wrong(Some(Fault::Error(Call::Changes, PHOTOS, 3105)));
    let refused = open(&home).snapshot(&Silent, &Cancel::new());
    assert!(
        matches!(&refused, Err(LibraryError::Unreadable { why, .. }) if why.contains("another one")),
        "{refused:?}"
    );
}

#[test]
fn tables_of_another_library_are_not_used() {
    let (home, other) =
        (Household::new(true, &[photo(1, "IMG_1.JPG")]), Household::new(true, &[photo(2, "IMG_2.JPG")]));
    let mut library = support::photos(&home.kit, &other.library(), &home.data()).expect("a library");
    let snapshot = support::snapshot(&mut library);
    assert_eq!(ids(&snapshot.assets), [home.id("IMG_1.JPG")]);
    assert!(!library.properties().fingerprints);
}

#[test]
fn what_came_after_the_tables_were_cloned_is_listed_once() {
    let home = Household::new(true, &[photo(1, "IMG_1.JPG")]);
    let copy = home.data().join("Earlier.photoslibrary");
    support::copy_tree(&home.library(), &copy);
    let new = home.add(&photo(2, "IMG_2.JPG"));
    let mut library = support::photos(&home.kit, &copy, &home.data()).expect("a library");
    let mut expected = [home.id("IMG_1.JPG"), new];
    expected.sort();
    assert_eq!(ids(&support::snapshot(&mut library).assets), expected);
}

#[test]
fn a_damaged_notebook_is_begun_anew() {
    let home = home();
    list(&home);
    std::fs::write(home.data().join("photos.sqlite"), b"no database").expect("written");
    assert_eq!(list(&home).0.len(), 3);
}

#[test]
fn an_album_is_found_again_by_its_identifier() {
    let home = home();
    let mut library = open(&home);
    let first = library.ensure_album("Imports").expect("an album");
    // Another album of that title, as iCloud may bring one.
    support::sql(&home.library(), "UPDATE ZGENERICALBUM SET ZTITLE = 'Renamed by a person' WHERE ZTITLE = 'Imports';");
    assert_eq!(library.ensure_album("Imports").expect("an album"), first, "a person may rename it");
}

#[test]
fn an_empty_listing_is_no_empty_library() {
    let home = home();
    list(&home);
    home.kit.go_wrong(Some(Fault::LooksEmpty));
    let refused = open(&home).snapshot(&Silent, &Cancel::new());
    assert!(
        matches!(&refused, Err(LibraryError::Unreadable { why, .. }) if why.contains("though 3 were")),
        "{refused:?}"
    );
    home.kit.go_wrong(None);
    assert_eq!(list(&home), (list(&home).0, Vec::new()), "nothing counts as hidden because of that");
    assert_eq!(list(&home).0.iter().filter(|asset| asset.standing.hidden).count(), 0);
}

#[test]
fn shared_albums_are_listed_whole_each_time() {
    let home = home();
    list(&home);
    let id = home.add(&photo(4, "IMG_4.JPG"));
    alter::shared_album(&home.library(), &id);
    let shared = list(&home).0.into_iter().find(|asset| asset.id == id).expect("no change tells of it");
    assert!(shared.standing.shared_album && !shared.standing.hidden);
    alter::delete(&home.library(), &id);
    let gone = list(&home).0.into_iter().find(|asset| asset.id == id).expect("it may only be hidden");
    assert!(gone.standing.hidden);
}

#[test]
fn what_is_hidden_and_shown_is_not_said_to_be_missing() {
    let home = home();
    alter::hide(&home.library(), &home.id("IMG_1.JPG"));
    for _ in 0..3 {
        let mut library = open(&home);
        assert_eq!(support::snapshot(&mut library).warnings, Vec::<String>::new());
        assert!(library.properties().sees_hidden, "also where nothing changed since");
    }
    home.kit.go_wrong(Some(Fault::HiddenIsLocked));
    let mut library = open(&home);
    assert_eq!(support::snapshot(&mut library).warnings.len(), 1);
    assert!(!library.properties().sees_hidden);
}

/// Without Full Disk Access what a person deleted is not seen, and nothing hidden while its album is locked.
#[test]
fn what_may_be_there_unseen_is_said_and_does_not_go_in_by_itself() {
    for has_tables in [false, true] {
        let mut home = Household::new(has_tables, &[photo(99, "IMG_99.JPG")]);
        home.put("IMG_1.JPG", &shot(1).jpeg(48, 32));
        let notices = home.sync().expect("a sync").report.notices.concat();
        assert_eq!(notices.contains("cannot be seen: if any of the 1 to import"), !has_tables, "{notices}");
        home.unattended = Some(500);
        home.put("IMG_2.JPG", &shot(2).jpeg(48, 32));
        assert_eq!(home.sync().expect("a few are taken").report.import.map(|import| import.applied), Some(1));
        for number in 10..30 {
            home.put(&format!("IMG_{number}.JPG"), &shot(number).jpeg(48, 32));
        }
        match home.sync() {
            Ok(finished) => assert!(has_tables && finished.report.import.is_some_and(|import| import.applied == 20)),
            Err(error) => assert!(!has_tables && error.to_string().contains("Full Disk Access"), "{error}"),
        }
    }
}

/// What is hidden is asked for each time. Photos puts identifiers into one question to its database, which has a bound.
#[test]
fn what_is_hidden_is_asked_for_in_parts() {
    let home = home();
    let known = list(&home).0;
    let notebook = rusqlite::Connection::open(home.data().join("photos.sqlite")).expect("it was noted");
    let noted = notebook.query_row("select uuid, seen from asset", [], |row| Ok((row.get(0)?, row.get(1)?)));
    let (uuid, seen): (String, String) = noted.expect("an asset");
    for number in 0..1200 {
        let another = format!("0A0B0C0D-0000-4000-8000-{number:012}");
        let hidden = seen.replace(&uuid, &another).replace("\"hidden\":false", "\"hidden\":true");
        notebook.execute("insert into asset (uuid, seen) values (?1, ?2)", [another, hidden]).expect("noted");
    }
    assert_eq!(list(&home).0.len(), known.len() + 1200);
    assert_eq!(home.kit.most_at_once.load(Ordering::Relaxed), 500);
}

/// Without it a photo would count as one that was first seen now, and go out as a new one.
#[test]
fn what_a_version_noted_that_knew_no_words_is_still_known() {
    let home = home();
    list(&home);
    home.add(&photo(4, "IMG_4.JPG"));
    let known = list(&home).0;
    let notebook = rusqlite::Connection::open(home.data().join("photos.sqlite")).expect("it was noted");
    let changed =
        notebook.execute("update asset set seen = replace(seen, ',\"words\":null', '')", []).expect("changed");
    let (left, seen): (i64, String) = notebook
        .query_row("select count(*), min(seen) from asset where seen like '%words%'", [], |row| {
            Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default()))
        })
        .expect("counted");
    assert_eq!((changed, left), (4, 0), "{seen}");
    assert_eq!(list(&home).0, known);
}
