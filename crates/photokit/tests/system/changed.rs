//! What is changed in a library: all of it or nothing, whatever is raised.

use std::sync::{Arc, Mutex};

use photobridge_photokit::{ABSENT, Creation, EXCEPTION, NOTHING, OnPlaceholder, PhotoKit};

use crate::shelf::{PHOTOS, Trouble, asset, creation, error, identifier, locked, mac};

fn yes() -> OnPlaceholder {
    Arc::new(|_| true)
}

#[test]
fn a_photo_is_created_with_all_its_files_under_the_identifier_that_was_told() {
    let (mac, shelf) = mac(Vec::new());
    let album = mac.create_album("Imports").expect("an album");
    let creation = Creation { albums: vec![album], ..creation("created") };
    let told = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&told);
    let on_placeholder: OnPlaceholder = Arc::new(move |identifier| {
        locked(&noted).push(identifier.to_owned());
        true
    });
    assert_eq!(mac.create_asset(&creation, on_placeholder), Ok(()));
    assert_eq!(*locked(&told), [identifier(900)]);
    assert_eq!(*locked(&shelf.created), [(identifier(900), creation)]);
}

#[test]
fn what_is_not_wanted_is_not_created() {
    let (mac, shelf) = mac(Vec::new());
    let refused = mac.create_asset(&creation("refused"), Arc::new(|_| false));
    assert_eq!(refused, Err(error(PHOTOS, 3303)));
    let albums = vec!["nobody's".to_owned()];
    let nowhere = mac.create_asset(&Creation { albums, ..creation("nowhere") }, yes()).expect_err("no such album");
    assert_eq!((nowhere.domain.as_str(), nowhere.code), (NOTHING, ABSENT));
    for code in [-1, 3300, 3302] {
        shelf.go_wrong(Trouble::Error(code));
        assert_eq!(mac.create_asset(&creation("error"), yes()), Err(error(PHOTOS, code)));
    }
    assert_eq!(*locked(&shelf.created), []);
}

#[test]
fn an_exception_is_an_error_and_leaves_no_half_photo() {
    let (mac, shelf) = mac(vec![(asset(1), Vec::new())]);
    shelf.go_wrong(Trouble::SecondFileRaises);
    let raised = mac.create_asset(&creation("second"), yes()).expect_err("it was raised");
    assert_eq!(raised.domain, EXCEPTION);
    assert_eq!(*locked(&shelf.created), [], "the first file alone is no photo");
    shelf.go_wrong(Trouble::Raises);
    assert_eq!(mac.create_asset(&creation("raised"), yes()).map_err(|error| error.domain), Err(EXCEPTION.into()));
    assert_eq!(mac.albums().map_err(|error| error.domain), Err(EXCEPTION.into()));
    shelf.go_wrong(Trouble::None);
    assert_eq!(mac.create_asset(&creation("after"), yes()), Ok(()), "the next change is a change like any other");
}

#[test]
fn a_panic_crosses_no_block() {
    let (mac, shelf) = mac(vec![(asset(1), Vec::new())]);
    let panicked = mac.create_asset(&creation("panic"), Arc::new(|_| panic!("as anything may")));
    let panicked = panicked.expect_err("it is told");
    assert!(panicked.text.contains("as anything may"), "{panicked}");
    assert_eq!(*locked(&shelf.created), []);
    let panicked = mac.assets(photobridge_photokit::Fetch::All, &mut |_| panic!("here too")).expect_err("it is told");
    assert!(panicked.text.contains("here too"), "{panicked}");
}

#[test]
fn what_people_wrote_is_written_from_macos_27_on_and_holds_no_photo_back() {
    let (mac, shelf) = mac(Vec::new());
    let described = |test| Creation {
        caption: Some("Tide “ä”".into()),
        keywords: vec!["sea".into(), "ä".into()],
        rating: Some(4),
        ..creation(test)
    };
    assert_eq!(mac.create_asset(&described("before"), yes()), Ok(()));
    *locked(&shelf.macos) = Some(27);
    assert_eq!(mac.create_asset(&described("since"), yes()), Ok(()));
    shelf.go_wrong(Trouble::KeywordRaises);
    assert_eq!(mac.create_asset(&described("raises"), yes()), Ok(()));
    let expected = [
        Creation { caption: None, keywords: Vec::new(), rating: None, ..described("before") },
        described("since"),
        Creation { keywords: Vec::new(), ..described("raises") },
    ];
    let created: Vec<Creation> = locked(&shelf.created).iter().map(|(_, creation)| creation.clone()).collect();
    assert_eq!(created, expected);
}
