//! Files of which only a part has arrived: they wait, and what went in half is said.

mod support;

use std::fs;

use photobridge_core::fingerprint::Fingerprint;
use support::{Household, jpeg, shot};

#[test]
fn half_a_file_waits_and_is_taken_when_it_is_whole() {
    let home = Household::new();
    let whole = jpeg(1);
    home.put("IMG_1.JPG", &whole[..whole.len() - 40]);
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("truncated")), (0, 1));
    home.put("IMG_1.JPG", &whole);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.stored(), [Fingerprint::of(&whole)]);
}

/// Files of which half went in: cut ones that a person took in, and one of a kind of which nobody can tell whether it is
/// whole, without a date in its bytes.
fn halves() -> [(&'static str, Vec<u8>, usize); 4] {
    let stream = [&b"\0\0\x01\xBA"[..], &[0x55; 5000]].concat();
    let (photo, movie, raw) = (jpeg(1), shot(2).movie(64, 48, 1500), shot(3).dng(64, 48));
    let cut = |bytes: &[u8]| bytes.len() - bytes.len() / 10;
    let at = [cut(&photo), cut(&movie), cut(&raw), 3000];
    [("IMG_1.JPG", photo, at[0]), ("IMG_2.MOV", movie, at[1]), ("IMG_3.DNG", raw, at[2]), ("VOB_4.MPG", stream, at[3])]
}

#[test]
fn what_went_in_half_is_said_and_goes_in_whole_with_one_press() {
    for (forgets, (name, whole, at)) in
        [false, true].into_iter().flat_map(|forgets| halves().map(|half| (forgets, half)))
    {
        let home = Household::new();
        let file = home.put(name, &whole[..at]).display().to_string();
        home.report(&["sync"], 0);
        assert!(home.command(&["decide", "take-in", &file]).output().expect("it runs").status.success());
        home.report(&["sync"], 0);
        assert_eq!(home.stored(), [Fingerprint::of(&whole[..at])], "{name}");

        home.put(name, &whole);
        if forgets {
            fs::remove_dir_all(home.data()).expect("it forgets");
        }
        for _ in 0..2 {
            let report = home.report(&["sync"], 0);
            assert_eq!(
                (report.count("applied"), report.skipped("completed in the folder")),
                (0, 1),
                "{name} {forgets}"
            );
        }
        let verdict = &home.verdicts(&["simulate"])[name];
        assert_eq!(verdict["error"], format!("its first {at} of {} bytes", whole.len()));

        assert!(home.command(&["decide", "take-in", &file]).output().expect("it runs").status.success());
        let report = home.report(&["sync"], 0);
        assert_eq!(report.count("applied"), 1, "{name} {forgets}");
        let half = verdict["asset"].as_str().expect("the half is named");
        let notice = report.0["notices"][0].as_str().expect("what to delete is said");
        assert!(notice.contains(half) && notice.contains("Delete that there"), "{notice}");
        let mut both = [Fingerprint::of(&whole[..at]), Fingerprint::of(&whole)];
        both.sort();
        assert_eq!(home.stored(), both, "{name}");
        // Deleted as it was said, the half does not return, and the whole one stays.
        home.in_library(&format!("update ZASSET set ZTRASHEDSTATE = 1 where ZUUID = '{half}'"));
        let report = home.report(&["simulate"], 0);
        assert_eq!((report.count("planned"), report.skipped("same bytes")), (0, 1), "{name} {forgets}");
    }
}

#[test]
fn half_a_motion_photo_waits_and_goes_in_whole() {
    let home = Household::new();
    let movie = shot(2).movie(64, 48, 1500);
    let whole = [jpeg(1), movie.clone()].concat();
    home.put("PXL_1.MP.jpg", &whole[..whole.len() - movie.len() / 3]);
    home.put("IMG_1.JPG", &jpeg(3));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("truncated")), (1, 1), "{}", report.0);
    assert_eq!(home.stored(), [Fingerprint::of(&jpeg(3))]);
    home.put("PXL_1.MP.jpg", &whole);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    let mut expected = [Fingerprint::of(&jpeg(3)), Fingerprint::of(&whole)];
    expected.sort();
    assert_eq!(home.stored(), expected);
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
}
