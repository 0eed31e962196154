//! Libraries of others whose rows and files lead where they should not.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use photobridge_testkit::alter;
use rustix::fs::{CWD, Mode};

use super::bounds::run;
use super::support::{Household, jpeg, text, tree};

const SECRET: &[u8] = b"-----BEGIN OPENSSH PRIVATE KEY-----";

/// A household with a library of Apple's that holds so many photos.
fn with_bundle(photos: u64) -> (Household, PathBuf) {
    let home = Household::new();
    let names: Vec<String> = (0..photos).map(|number| format!("IMG_{number}.JPG")).collect();
    let files: Vec<(&str, Vec<u8>)> =
        names.iter().zip(0..).map(|(name, number)| (name.as_str(), jpeg(number))).collect();
    home.fill_library(&files);
    let bundle = home.root().join("Theirs.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("renamed");
    (home, bundle)
}

/// Exports all of a bundle; what was said, and the exit code.
fn export(home: &Household, bundle: &std::path::Path, form: &str) -> (String, Option<i32>) {
    let mut command = home.command(&["sync", "--mode", "export", "--full-library", "--settle", "0", form]);
    let output = run(command.arg("--folder").arg(home.folder()).arg("--library").arg(bundle));
    (text(&output), output.status.code())
}

#[test]
fn rows_that_point_elsewhere_bring_nothing_from_there() {
    let (home, bundle) = with_bundle(6);
    fs::write(home.root().join("id_rsa"), SECRET).expect("written");
    fs::write(home.root().join("secret.JPG"), SECRET).expect("written");
    let id = |number: u64| alter::id_of(&bundle, &format!("IMG_{number}.JPG"));
    let set = |number: u64, columns: &str| {
        let (sql, id) = (rusqlite::Connection::open(bundle.join("database/Photos.sqlite")).expect("SQL"), id(number));
        sql.execute(&format!("UPDATE ZASSET SET {columns} WHERE ZUUID = ?1"), [&*id.0]).expect("SQL");
    };
    set(1, "ZDIRECTORY = '../..', ZFILENAME = 'secret.JPG'");
    set(2, "ZDIRECTORY = '', ZFILENAME = '/etc/passwd'");
    // What is no photo by its name is none that Photos refers to.
    let root = home.root().display().to_string();
    set(3, &format!("ZSAVEDASSETTYPE = 10, ZDIRECTORY = '{root}', ZFILENAME = 'id_rsa'"));
    set(4, "ZSAVEDASSETTYPE = 10, ZDIRECTORY = '/proc/self', ZFILENAME = 'environ'");
    let original = tree(&bundle.join("originals")).into_keys().find(|path| path.to_string_lossy().contains(&*id(5).0));
    let original = bundle.join("originals").join(original.expect("it has a file"));
    fs::remove_file(&original).and_then(|()| symlink("../../../secret.JPG", &original)).expect("a link");

    let (said, code) = export(&home, &bundle, "--json");

    assert_eq!(code, Some(0), "{said}");
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let skipped = &report["export"]["skipped"];
    assert_eq!(report["export"]["applied"], 1, "{report}");
    assert_eq!(skipped["original missing from the library"], 3, "{report}");
    assert_eq!(skipped["referenced file not reachable"], 2, "{report}");
    let folder = tree(&home.folder());
    assert_eq!(folder.keys().map(|path| path.to_str().expect("a name")).collect::<Vec<_>>(), ["2024/05/IMG_0.JPG"]);
}

#[test]
fn a_database_that_is_no_file_is_said_and_waited_for_by_nobody() {
    for name in ["Photos.sqlite", "Photos.sqlite-wal", "Photos.sqlite-shm"] {
        let (home, bundle) = with_bundle(1);
        let path = bundle.join("database").join(name);
        let _ = fs::remove_file(&path);
        rustix::fs::mkfifoat(CWD, &path, Mode::RWXU).expect("a pipe");
        let (said, code) = export(&home, &bundle, "--quiet");
        assert_eq!(code, Some(1), "{name}: {said}");
        assert!(said.contains(name) && said.contains("is not a file"), "{name}: {said}");
        assert!(tree(&home.folder()).is_empty());
    }
}

#[test]
fn a_marker_that_is_none_marks_no_library_of_ours() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    let marker = home.library_path().join("photobridge-library.json");
    let refused = |why: &str| {
        let output = run(&mut home.run_command(&["sync"]));
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(text(&output).contains(why), "{}", text(&output));
    };
    File::options().write(true).open(&marker).and_then(|file| file.set_len(1 << 40)).expect("a length");
    refused("photobridge-library.json is damaged");
    fs::remove_file(&marker).expect("it was there");
    rustix::fs::mkfifoat(CWD, &marker, Mode::RWXU).expect("a pipe");
    refused("it is no plain file");
    assert_eq!(home.stored().len(), 1, "what it holds is as it was");
}

#[test]
fn a_database_larger_than_the_disk_is_not_cloned() {
    let (home, bundle) = with_bundle(1);
    let database = File::options().write(true).open(bundle.join("database/Photos.sqlite")).expect("it is there");
    database.set_len(1 << 43).expect("a length");
    let (said, code) = export(&home, &bundle, "--quiet");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("takes 8.80 TB") && said.contains("are free"), "{said}");
    let scratch = fs::read_dir(home.data().join("scratch")).map_or(0, Iterator::count);
    assert_eq!(scratch, 0, "nothing is left of it");
}
