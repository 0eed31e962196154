//! `doctor` says what is wrong before a sync would.

use std::fs;

use crate::support::{Household, jpeg, text, tree};
use crate::{both_ways, masked, run, without_power, without_rights};

#[test]
fn originals_that_nobody_may_list_are_not_said_to_be_gone() {
    use std::os::unix::fs::PermissionsExt;
    for mode in [0o000, 0o444] {
        let home = Household::new();
        home.put("IMG_1.JPG", &jpeg(1));
        home.report(&["sync"], 0);
        let originals = home.library_path().join("originals");
        let allow = |mode| fs::set_permissions(&originals, fs::Permissions::from_mode(mode)).expect("its own");
        allow(mode);
        let mut doctor = home.command(&["doctor", "--library", &home.library_path().to_string_lossy()]);
        let said = text(&without_power(&home, &mut doctor));
        allow(0o755);
        assert!(said.contains("1 photo whose originals could not be looked at, as their directories"), "{said}");
        assert!(!said.contains("gone"), "{said}");
    }
}

#[test]
fn doctor_looks_at_where_exports_go() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    both_ways(&home, "");
    let says = |exit: i32| {
        let output = run(home.command(&["doctor"]).env("TZ", "UTC"));
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        masked(&home, &output)
    };
    let before = tree(&home.folder());
    let said = says(0);
    assert!(said.contains("ok    exports go to HOME/folder, which can be written to; "), "{said}");
    assert!(said.contains("note  there is no baseline yet"), "{said}");
    assert_eq!(tree(&home.folder()), before, "nothing is written to see whether that may be");
    assert!(!home.library_path().exists());

    assert!(run(&mut home.command(&["sync"])).status.success());
    let said = says(0);
    assert!(
        said.contains("ok    the baseline is 20") && said.contains("added to the library before it: 0 photos"),
        "{said}"
    );
    both_ways(&home, "baseline = '2026-02-28T17:00:00Z'");
    let said = says(0);
    assert!(said.contains("note  the baseline is 2026-02-28 17:00:00 UTC, and what this library had then"), "{said}");
    assert!(said.contains("`photobridge baseline set 2026-02-28T17:00:00Z` remembers it anew"), "{said}");

    both_ways(&home, "folder = '/nowhere at all'");
    let said = says(1);
    assert!(
        said.contains("WRONG photos cannot be exported to /nowhere at all: there is no folder /nowhere at all"),
        "{said}"
    );
    let inside = home.library_path().join("originals");
    both_ways(&home, &format!("folder = '{}'", inside.display()));
    let said = says(1);
    assert!(
        said.contains(
            "WRONG photos cannot be exported to HOME/library/originals: HOME/library/originals is inside the library"
        ),
        "{said}"
    );
    both_ways(&home, &format!("folder = '{}'", home.root().display()));
    let said = says(1);
    assert!(said.contains("note  HOME/library is inside the folder HOME."), "{said}");
    assert!(said.contains("WRONG HOME, where the exports go, and the folder HOME/folder overlap"), "{said}");
}

#[test]
fn doctor_says_nothing_of_what_is_remembered_of_a_library_that_it_cannot_see() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    both_ways(&home, "");
    assert!(run(&mut home.command(&["sync"])).status.success());
    fs::rename(home.library_path(), home.root().join("unplugged")).expect("moved away");
    let said = text(&run(&mut home.command(&["doctor"])));
    assert!(said.contains("is missing. Check"), "{said}");
    assert!(said.contains("ok    the baseline is 20") && !said.contains("is not known"), "{said}");

    fs::rename(home.root().join("unplugged"), home.library_path()).expect("back");
    let said = text(&run(&mut home.command(&["doctor"])));
    assert!(said.contains("added to the library before it: 1 photo"), "{said}");
    fs::write(home.library_path().join("database/Photos.sqlite"), [0x55; 8192]).expect("damaged");
    let said = text(&run(&mut home.command(&["doctor"])));
    assert!(said.contains("ok    the baseline is 20") && !said.contains("is not known"), "{said}");
}

#[test]
fn doctor_says_that_the_export_folder_must_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let home = Household::new();
    let out = home.root().join("out");
    fs::create_dir(&out).expect("made");
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).expect("its own folder");
    both_ways(&home, &format!("folder = '{}'", out.display()));
    let output = without_power(&home, &mut home.command(&["doctor"]));
    assert_eq!(output.status.code(), Some(1));
    let said = masked(&home, &output);
    assert!(
        said.contains("WRONG photos cannot be exported to HOME/out, because it cannot be written to: Permission"),
        "{said}"
    );
}

#[test]
fn doctor_says_that_a_bundle_is_only_read() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    let output = run(home.command(&["doctor"]).arg("--folder").arg(home.folder()).arg("--library").arg(&bundle));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("note  this library is read-only: new photos in the folder are reported"));

    photobridge_testkit::alter::evict(&bundle);
    let output = run(home.command(&["doctor"]).arg("--folder").arg(home.folder()).arg("--library").arg(&bundle));
    assert!(text(&output).contains("has 1 photo, 1 only in iCloud, read-only"), "{}", text(&output));
}

#[test]
fn doctor_takes_a_folder_named_from_here() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let output = run(&mut home.command(&["doctor", "--folder", "folder", "--library", "library"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(masked(&home, &output).contains("ok    the folder HOME/folder can be read"), "{}", text(&output));
}

#[test]
fn a_library_that_may_not_be_read_is_said_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    let named = |command: &str| {
        let mut command = home.command(&[command, "--library"]);
        command.arg(&bundle).arg("--folder").arg(home.folder());
        command
    };
    let database = bundle.join("database");
    for place in [database.join("Photos.sqlite"), database] {
        let doctor = masked(&home, &without_rights(&home, &place, &mut named("doctor")));
        let output = without_power(&home, &mut named("simulate"));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        let said = masked(&home, &output);
        let place = place.strip_prefix(home.root()).expect("inside").display().to_string();
        let words = format!("HOME/{place} may not be read (Permission denied). Look at its rights");
        assert!(said.contains(&words) && said.contains("Nothing was changed"), "{said}");
        assert!(doctor.contains("WRONG HOME/Copy.photoslibrary cannot be read") && doctor.contains(&words), "{doctor}");
    }
    fs::set_permissions(bundle.join("database"), fs::Permissions::from_mode(0o700)).expect("its own folder");
}

#[test]
fn doctor_tells_programs_the_same() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    let told = |exit: i32| {
        let output = run(&mut home.command(&["doctor", "--json"]));
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")
    };
    let well = told(0);
    assert_eq!(well["is_well"], true, "{well}");
    assert!(well["findings"].as_array().is_some_and(|all| all.iter().all(|one| one["state"] != "wrong")), "{well}");
    fs::rename(home.folder(), home.root().join("away")).expect("moved");
    let wrong = told(1);
    assert_eq!(wrong["is_well"], false);
    let words = wrong["findings"].as_array().expect("a list").iter().find(|one| one["state"] == "wrong");
    let folder = home.folder().display().to_string();
    assert!(words.is_some_and(|one| one["words"].as_str().unwrap_or_default().contains(&folder)), "{wrong}");
}

#[test]
fn doctor_finds_a_time_zone_that_is_none_and_a_port_that_is_taken() {
    let home = Household::new();
    home.set_up("import");
    let doctor = |given: &[(&str, &str)]| text(&run(home.command(&["doctor"]).envs(given.iter().copied())));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let said = doctor(&[("TZ", "Europe/Berlin"), ("PHOTOBRIDGE_LISTEN", &address)]);
    assert!(
        said.contains(&format!("note  `serve` cannot listen at {address}: another program listens there")),
        "{said}"
    );
    assert!(!said.contains("time zone"), "{said}");
    drop(taken);
    let said = doctor(&[("TZ", "Europe/Berlim"), ("PHOTOBRIDGE_LISTEN", &address)]);
    assert!(said.contains("WRONG TZ=Europe/Berlim is not a known time zone"), "{said}");
    assert!(!said.contains("cannot listen"), "{said}");
    let said = doctor(&[("PHOTOBRIDGE_LISTEN", "unix:/no/such/directory/web.sock")]);
    assert!(said.contains("cannot listen at unix:/no/such/directory/web.sock: /no/such/directory cannot"), "{said}");
}
