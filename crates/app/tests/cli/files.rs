//! Which files of a folder are taken, and what one that is not costs.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{Household, jpeg, shot, text, tree};
use crate::{run, without_power, without_rights};

#[test]
fn an_unreadable_file_is_one_failure_and_the_run_goes_on() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_3.JPG", &jpeg(3));
    let unreadable = home.folder().join("IMG_2.JPG");
    let mut sync = home.run_command(&["sync", "--json-lines"]);
    let output = without_rights(&home, &unreadable, &mut sync);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    let line = said.lines().find(|line| line.contains("IMG_2.JPG")).expect("it is named");
    let verdict: serde_json::Value = serde_json::from_str(line).expect("JSON");
    assert_eq!((&verdict["verdict"], &verdict["reason"]), (&"failed".into(), &"unreadable".into()));
    assert!(verdict["error"].as_str().is_some_and(|error| error.contains("Permission denied")), "{line}");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_3.JPG"]);
    make_readable(&unreadable);
    let output = without_power(&home, &mut home.run_command(&["sync", "--json"]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["import"]["applied"], 1);
}

#[test]
fn a_file_that_nobody_may_write_goes_in_like_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let home = Household::new();
    let mut live = shot(1);
    live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000001".into());
    for (name, bytes) in [("IMG_1.HEIC", live.heif(64, 48)), ("IMG_1.MOV", live.movie(64, 48, 2_000))] {
        let file = home.put(name, &bytes);
        fs::set_permissions(file, fs::Permissions::from_mode(0o444)).expect("its own file");
    }
    let output = without_power(&home, &mut home.run_command(&["sync"]));
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!((home.names(), home.stored().len()), (vec!["IMG_1.HEIC".to_owned()], 2));
    // A library whose own files are read-only is read by whoever may read it.
    let bundle = home.root().join("Old.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("renamed");
    fs::remove_file(bundle.join("photobridge-library.json")).expect("its mark");
    for file in tree(&bundle).into_keys() {
        fs::set_permissions(bundle.join(file), fs::Permissions::from_mode(0o444)).expect("our file");
    }
    let output = without_power(&home, &mut home.command(&["library", "Old.photoslibrary"]));
    assert!(output.status.success() && text(&output).contains("Assets            1"), "{}", text(&output));
}

fn make_readable(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("its own file");
}

#[test]
fn what_is_not_ours_is_never_entered() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    for path in [
        "Fotos.photoslibrary/originals/A/A.jpeg",
        "@eaDir/IMG_1.JPG/SYNOPHOTO_THUMB_B.jpg",
        "#recycle/IMG_5.JPG",
        "$RECYCLE.BIN/S-1-5-21/$R1.JPG",
        ".stversions/IMG_6.JPG",
        ".sync/Archive/IMG_6.JPG",
        "2024/.@__thumb/s100IMG_1.JPG",
        "Fotos.photoslibrary.old/database/Photos.sqlite",
        "Fotos.photoslibrary.old/resources/derivatives/A.jpeg",
        ".Trash-1000/files/IMG_7.JPG",
        "._IMG_8.JPG",
    ] {
        home.put(path, &jpeg(50));
    }
    let mut inside = home.command(&["sync", "--settle", "0", "--json"]);
    // Our own library and data directory, within the very folder.
    let output = run(inside.arg("--folder").arg(home.folder()).arg("--library").arg(home.folder().join("library")));
    assert!(output.status.success(), "{}", text(&output));
    let second = run(home
        .command(&["simulate", "--settle", "0", "--json"])
        .arg("--folder")
        .arg(home.folder())
        .arg("--library")
        .arg(home.root().join("another")));
    let report: serde_json::Value = serde_json::from_slice(&second.stdout).expect("JSON");
    assert_eq!(report["import"]["seen"], 1, "{report}");
}

#[test]
fn what_a_camera_writes_beside_a_movie_is_named_once() {
    let home = Household::new();
    home.put("GX010001.JPG", &jpeg(1));
    for path in ["GX010001.THM", "GX010001.WAV", "alone.THM"] {
        home.put(path, b"not for Photos");
    }
    let notices = home.report(&["sync"], 0).0["notices"].to_string();
    let each = "are not imported: GX010001.THM to GX010001.JPG, GX010001.WAV to GX010001.JPG\"";
    assert!(notices.contains(each) && !notices.contains("alone.THM"), "{notices}");
    fs::remove_file(home.folder().join("GX010001.WAV")).expect("removed");
    let notices = home.report(&["sync"], 0).0["notices"].to_string();
    assert!(notices.contains("GX010001.THM belongs to GX010001.JPG and is not imported"), "{notices}");
}

#[test]
fn links_are_followed_once_and_never_out_of_the_folder() {
    let home = Household::new();
    home.put("a/IMG_1.JPG", &jpeg(1));
    fs::write(home.root().join("secret.JPG"), jpeg(2)).expect("written");
    symlink(home.folder().join("a/IMG_1.JPG"), home.folder().join("link.JPG")).expect("linked");
    symlink(home.root().join("secret.JPG"), home.folder().join("out.JPG")).expect("linked");
    symlink(home.folder().join("loop2.JPG"), home.folder().join("loop1.JPG")).expect("linked");
    symlink(home.folder().join("loop1.JPG"), home.folder().join("loop2.JPG")).expect("linked");
    symlink(home.folder(), home.folder().join("a/up")).expect("linked");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (1, 1));
    let notices = report.0["notices"].to_string();
    assert!(notices.contains("out.JPG is a link that leaves the folder"), "{notices}");
    assert!(notices.contains("loop1.JPG is a link that leads nowhere or in a circle"), "{notices}");
}

#[test]
fn a_half_that_is_a_link_is_a_half() {
    let mut live = shot(1);
    live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000001".into());
    let plain = shot(2);
    for outside in [false, true] {
        let home = Household::new();
        let store = if outside { home.root().join("store") } else { home.folder().join("store") };
        fs::create_dir_all(&store).expect("made");
        home.put("IMG_1.HEIC", &live.heif(64, 48));
        home.put("IMG_2.JPG", &plain.jpeg(64, 48));
        for (name, link, bytes) in
            [("a.MOV", "IMG_1.MOV", live.movie(64, 48, 2_000)), ("b.DNG", "IMG_2.DNG", plain.dng(64, 48))]
        {
            fs::write(store.join(name), &bytes).expect("written");
            symlink(store.join(name), home.folder().join(link)).expect("linked");
        }
        let report = home.report(&["sync"], 0);
        assert_eq!((report.count("seen"), report.count("applied")), (2, 2), "outside: {outside}");
        let files: Vec<usize> = home.snapshot().assets.iter().map(|asset| asset.originals().count()).collect();
        assert_eq!((files, home.stored().len()), (vec![2, 2], 4), "both pairs are whole");
        assert_eq!(home.report(&["sync"], 0).count("applied"), 0);
    }
}

#[test]
fn a_bundle_is_only_read() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::create_dir(&bundle).expect("made");
    let copied = Command::new("cp").arg("-r").arg(home.library_path().join(".")).arg(&bundle).status();
    assert!(copied.expect("cp runs").success());
    home.put("IMG_2.JPG", &jpeg(2));
    let before = tree(&bundle);
    let output = run(home
        .command(&["sync", "--settle", "0", "--json"])
        .arg("--folder")
        .arg(home.folder())
        .arg("--library")
        .arg(&bundle));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["import"]["skipped"]["library is read-only"], 1, "{report}");
    assert_eq!(report["import"]["skipped"]["same bytes"], 1, "{report}");
    assert_eq!(tree(&bundle), before);
}

#[test]
fn names_that_are_not_text_and_names_that_drive_terminals_are_handled() {
    use std::os::unix::ffi::OsStrExt;
    let home = Household::new();
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.JPG");
    fs::write(home.folder().join(odd), jpeg(1)).expect("written");
    home.put("\u{1b}[31mred\u{202e}gpj.JPG", &jpeg(2));
    let output = run(&mut home.run_command(&["sync"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(!text(&output).contains('\u{1b}') && !text(&output).contains('\u{202e}'), "{}", text(&output));
    assert_eq!(home.stored().len(), 2);
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
}

#[test]
fn filters_leave_out_but_still_match() {
    let home = Household::new();
    home.put("Memes/a.JPG", &jpeg(1));
    home.put("b.JPG", &jpeg(2));
    home.put("clip.MOV", &shot(3).movie(48, 32, 8_000));
    home.make_data();
    let folder = home.folder().display().to_string();
    let library = home.library_path().display().to_string();
    let settings = format!(
        "library = '{library}'\nsettle_seconds = 0\n[[folder]]\npath = '{folder}'\nexclude = ['Memes/**']\nvideos = false\n"
    );
    fs::write(home.data().join("settings.toml"), settings).expect("written");
    let output = run(&mut home.command(&["sync", "--json"]));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&report["import"]["applied"], &report["import"]["skipped"]["excluded by a filter"]),
        (&1.into(), &2.into())
    );
    assert_eq!(home.report(&["sync"], 0).count("applied"), 2);
    let again = run(&mut home.command(&["simulate", "--json"]));
    let report: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(report["import"]["skipped"]["same bytes"], 3, "{report}");
}
