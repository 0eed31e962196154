//! A plan that was looked at is carried out as it was shown, or not at all.

use std::fs;

use crate::support::{Household, jpeg, text, tree};
use crate::{masked, run};

/// Settings for both ways with every key at which a plan is bound; `changed` takes the place of one line.
fn settings(home: &Household, changed: (&str, &str)) {
    let text = "library = 'HOME/library'\nmode = 'bidirectional'\nalbum = 'Trips'\nsettle_seconds = 0\n[export]\n\
                range = 'full-library'\nfolder = 'HOME/out'\nlayout = 'date'\nedited = 'original'\nsidecar = 'none'\nlive_photos = 'two-files'\n\
                photos = true\n[[folder]]\npath = 'HOME/folder'\nexclude = []\n";
    let text = match changed {
        ("", _) => text.to_owned(),
        (line, other) => {
            assert_eq!(text.matches(line).count(), 1, "{line}");
            text.replace(line, other)
        }
    };
    home.make_data();
    fs::write(home.data().join("settings.toml"), text.replace("HOME", &home.root().display().to_string()))
        .expect("written");
}

/// A household with three photos of the folder to go in and two of the library to go out, which run 1 looked at.
fn looked_at() -> Household {
    let home = Household::new();
    home.fill_library(&[("IMG_4.JPG", jpeg(4)), ("IMG_5.JPG", jpeg(5))]);
    (1..4).for_each(|number| drop(home.put(&format!("IMG_{number}.JPG"), &jpeg(number))));
    for directory in ["out", "elsewhere"] {
        fs::create_dir(home.root().join(directory)).expect("a directory");
    }
    settings(&home, ("", ""));
    let output = run(&mut home.command(&["simulate"]));
    assert!(text(&output).contains("3 would be imported") && text(&output).contains("2 would be exported"));
    home
}

fn sync_the_plan(home: &Household) -> (Option<i32>, String) {
    let output = run(&mut home.command(&["sync", "--plan", "1"]));
    (output.status.code(), masked(home, &output))
}

/// Everything but the data directory.
fn both_sides(home: &Household) -> Vec<std::path::PathBuf> {
    let files = tree(home.root()).into_keys();
    files
        .filter(|path| !path.starts_with("data") && path.extension().is_none_or(|ending| ending != "sqlite-shm"))
        .collect()
}

#[test]
fn a_plan_is_refused_once_the_settings_name_something_else() {
    for (line, other, words) in [
        ("HOME/library", "HOME/library 2", "run 1 looked at HOME/library; the settings name HOME/library 2 now"),
        (
            "path = 'HOME/folder'",
            "path = 'HOME/elsewhere'",
            "run 1 looked at HOME/folder; the settings name HOME/elsewhere now",
        ),
        (
            "HOME/out",
            "HOME/elsewhere",
            "run 1 looked at exports into HOME/out; the settings name exports into HOME/elsewhere now",
        ),
        ("layout = 'date'", "layout = 'flat'", "run 1 looked at layout date; the settings name layout flat now"),
        (
            "edited = 'original'",
            "edited = 'both'",
            "run 1 looked at edited original; the settings name edited both now",
        ),
        ("sidecar = 'none'", "sidecar = 'xmp'", "run 1 looked at sidecar none; the settings name sidecar xmp now"),
        (
            "live_photos = 'two-files'",
            "live_photos = 'motion-photo'",
            "run 1 looked at Live Photos as two-files; the settings name Live Photos as motion-photo now",
        ),
        ("'bidirectional'", "'export'", "run 1 looked at mode bidirectional; the settings name mode export now"),
        ("'bidirectional'", "'import'", "run 1 looked at mode bidirectional; the settings name mode import now"),
        (
            "'Trips'",
            "'Others'",
            "run 1 looked at album \u{201c}Trips\u{201d} for HOME/folder; the settings name album \u{201c}Others\u{201d} for HOME/folder now",
        ),
    ] {
        let home = looked_at();
        let before = both_sides(&home);
        settings(&home, (line, other));
        let (code, said) = sync_the_plan(&home);
        assert_eq!((code, both_sides(&home)), (Some(2), before), "{said}");
        assert_eq!(said.trim(), format!("photobridge: {words}. Simulate again. Nothing was changed"));
        // As it was, it is carried out.
        settings(&home, ("", ""));
        assert_eq!(sync_the_plan(&home).0, Some(0));
        assert_eq!((home.names().len(), tree(&home.root().join("out")).len()), (5, 2));
    }
}

#[test]
fn filters_and_decisions_made_meanwhile_narrow_a_plan() {
    let home = looked_at();
    let left_out = run(&mut home.command(&["decide", "leave-out", "folder/IMG_2.JPG"]));
    assert!(left_out.status.success(), "{}", text(&left_out));
    let narrower = "photos = false\n[[folder]]\npath = 'HOME/folder'\nexclude = ['IMG_1*']";
    settings(&home, ("photos = true\n[[folder]]\npath = 'HOME/folder'\nexclude = []", narrower));
    let (code, said) = sync_the_plan(&home);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(home.names(), ["IMG_3.JPG", "IMG_4.JPG", "IMG_5.JPG"]);
    assert_eq!(tree(&home.root().join("out")).len(), 0);
}

#[test]
fn another_library_at_the_same_place_is_another_library() {
    let home = looked_at();
    fs::rename(home.library_path(), home.root().join("in a drawer")).expect("moved away");
    home.fill_library(&[("IMG_9.JPG", jpeg(9))]);
    let before = both_sides(&home);
    let (code, said) = sync_the_plan(&home);
    assert_eq!((code, both_sides(&home)), (Some(2), before), "{said}");
    assert!(said.starts_with("photobridge: run 1 looked at HOME/library ("), "{said}");
}

#[test]
fn a_plan_holds_for_the_ways_and_folders_that_were_typed() {
    let home = looked_at();
    let elsewhere = home.root().join("elsewhere");
    fs::write(elsewhere.join("IMG_7.JPG"), jpeg(7)).expect("written");
    let typed = |command: &[&str]| {
        let output = run(home.command(command).args(["--mode", "import", "--folder", "elsewhere"]));
        (output.status.code(), text(&output))
    };
    assert!(typed(&["simulate"]).1.contains("1 would be imported"));
    let output = run(&mut home.command(&["sync", "--plan", "2"]));
    assert!(text(&output).contains("; the settings name "), "{}", text(&output));
    assert_eq!(typed(&["sync", "--plan", "2"]).0, Some(0), "the same command");
    assert_eq!(home.names(), ["IMG_4.JPG", "IMG_5.JPG", "IMG_7.JPG"]);
}
