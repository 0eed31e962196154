//! Directories that cannot be listed to their end: what is not named there is not gone.

use std::path::Path;

use photobridge_core::fingerprint::Fingerprint;

use crate::strace::cut_listing;
use crate::support::{Household, jpeg, text, tree};

const BOTH: [&str; 5] = ["sync", "--mode", "bidirectional", "--full-library", "--json"];

/// A folder with two photos that the library holds too, in directories of their owner's, and one that only it holds; the
/// library has one that the folder lacks.
fn household() -> Household {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("trip/IMG_2.JPG", &jpeg(2));
    home.put("trip/day/IMG_3.JPG", &jpeg(3));
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_4.JPG", jpeg(4))]);
    home
}

fn in_folder(home: &Household) -> Vec<(String, Fingerprint)> {
    tree(&home.folder()).into_iter().map(|(path, (bytes, _))| (path.display().to_string(), bytes)).collect()
}

fn whole() -> Vec<(String, Fingerprint)> {
    let photos = [("2024/05/IMG_4.JPG", 4), ("IMG_1.JPG", 1), ("trip/IMG_2.JPG", 2), ("trip/day/IMG_3.JPG", 3)];
    photos.map(|(path, number)| (path.to_owned(), Fingerprint::of(&jpeg(number)))).into()
}

/// The next run puts everything right: each photo is on both sides, once.
fn is_put_right(home: &Household, case: &str) {
    let output = home.run_command(&BOTH).output().expect("it runs");
    assert!(output.status.success(), "{case}: {}", text(&output));
    assert_eq!(in_folder(home), whole(), "{case}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG", "IMG_3.JPG", "IMG_4.JPG"], "{case}");
}

#[test]
#[ignore = "needs strace"]
fn a_folder_that_is_not_listed_to_its_end_stops_the_run() {
    for knows in [false, true] {
        for number in [1, 2] {
            let case = format!("known: {knows}, call {number}");
            let home = household();
            if knows {
                is_put_right(&home, &case);
            }
            let before = (in_folder(&home), home.names());
            let output = cut_listing(&home.run_command(&BOTH), &home.folder(), number);
            assert_eq!(output.status.code(), Some(4), "{case}: {}", text(&output));
            assert!(text(&output).contains("cannot be read: Input/output error"), "{case}: {}", text(&output));
            assert_eq!((in_folder(&home), home.names()), before, "{case}");
            is_put_right(&home, &case);
        }
    }
}

#[test]
#[ignore = "needs strace"]
fn what_lies_in_a_directory_that_is_not_listed_is_unreadable_and_not_gone() {
    for knows in [false, true] {
        for (directory, number) in [("trip", 1), ("trip", 2), ("trip/day", 1)] {
            let case = format!("known: {knows}, {directory}, call {number}");
            let home = household();
            if knows {
                is_put_right(&home, &case);
            }
            // New on both sides: one goes in as ever, one does not go out, as it may lie where nobody could look.
            home.put("IMG_5.JPG", &jpeg(5));
            home.fill_library(&[("IMG_6.JPG", jpeg(6))]);
            let before = in_folder(&home);
            let output = cut_listing(&home.run_command(&BOTH), &home.folder().join(directory), number);
            assert_eq!(output.status.code(), Some(1), "{case}: {}", text(&output));
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
            assert_eq!(in_folder(&home), before, "{case}: {report}");
            assert_eq!(report["export"]["applied"], 0, "{case}: {report}");
            assert!(report["export"]["skipped"]["deleted in the folder"].is_null(), "{case}: {report}");
            assert!(home.names().contains(&"IMG_5.JPG".to_owned()), "{case}");
            let said = format!("{directory} could not be listed: Input/output error");
            assert!(report["notices"].to_string().contains(&said), "{case}: {report}");

            let output = home.run_command(&BOTH).output().expect("it runs");
            assert!(output.status.success(), "{case}: {}", text(&output));
            let more = [("2024/05/IMG_6.JPG", 6), ("IMG_5.JPG", 5)];
            let more = more.map(|(path, number)| (path.to_owned(), Fingerprint::of(&jpeg(number))));
            let mut expected = [whole(), more.into()].concat();
            expected.sort();
            assert_eq!(in_folder(&home), expected, "{case}");
            assert_eq!(home.names().len(), 6, "{case}");
            assert!(!Path::new(&home.folder().join("2024/05/IMG_2.JPG")).exists(), "{case}");
        }
    }
}
