//! What reaches the disk, and in which order, as the kernel saw it. A power failure cannot be had in a test; the order
//! of the calls that guard against it can.

mod support;

use std::path::PathBuf;
use std::process::{Command, Output};

use support::{Household, jpeg, shot, text, tree};

/// The calls of a sync of one photo into a library that is there already, in their order.
fn calls(home: &Household) -> Vec<String> {
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home.put("IMG_2.JPG", &jpeg(2));
    traced(home, home.run_command(&["sync", "--quiet"]))
}

/// An empty folder, and what exports a library of one photo into it.
fn export(home: &Household) -> (PathBuf, impl Fn() -> Command) {
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let target = home.root().join("target");
    std::fs::create_dir(&target).expect("a folder");
    let into = target.clone();
    let export = move || {
        let mut command = home.command(&["sync", "--mode", "export", "--full-library", "--quiet", "--folder"]);
        command.arg(&into).arg("--library").arg(home.library_path());
        command
    };
    (target, export)
}

/// The calls of an export of the library into an empty folder, and those of the next one.
fn export_calls(home: &Household) -> [Vec<String>; 2] {
    let (_, export) = export(home);
    [traced(home, export()), traced(home, export())]
}

fn traced(home: &Household, sync: Command) -> Vec<String> {
    let trace = home.root().join("trace");
    let output = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-e",
            "trace=openat,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat",
            "-o",
        ])
        .arg(&trace)
        .arg(sync.get_program())
        .args(sync.get_args())
        .env("HOME", home.root())
        .output()
        .expect("strace is installed");
    assert!(output.status.success(), "{}", text(&output));
    let trace = std::fs::read_to_string(trace).expect("a trace");
    trace.lines().filter(|line| !line.contains(" = -1 ")).map(str::to_owned).collect()
}

/// The position of the first call after `from` that contains all of `words`.
fn after(calls: &[String], from: usize, words: &[&str]) -> usize {
    let found = calls[from..].iter().position(|call| words.iter().all(|word| call.contains(word)));
    found.map(|at| from + at + 1).unwrap_or_else(|| panic!("no {words:?} after:\n{}", calls[from..].join("\n")))
}

#[test]
#[ignore = "needs strace"]
fn an_import_is_on_the_disk_before_anybody_is_told_of_it() {
    let home = Household::new();
    let calls = calls(&home);
    let journal = after(&calls, 0, &["sync(", "ledger.sqlite-wal"]);
    let bytes = after(&calls, journal, &["sync(", "/originals/", ".part"]);
    let name = after(&calls, bytes, &["/originals/", ".part", ".jpeg\""]);
    assert!(calls[name - 1].contains("rename") || calls[name - 1].contains("link"), "{}", calls[name - 1]);
    assert!(!calls[name - 1].contains("rename") || calls[name - 1].contains("RENAME_NOREPLACE"), "{}", calls[name - 1]);
    let directory = after(&calls, name, &["sync(", "/originals/"]);
    let rows = after(&calls, directory, &["sync(", "Photos.sqlite-wal"]);
    after(&calls, rows, &["sync(", "ledger.sqlite-wal"]);
}

#[test]
#[ignore = "needs strace"]
fn what_is_made_for_an_import_is_moved_into_the_library_before_anybody_is_told_of_it() {
    let home = Household::new();
    home.make_data();
    std::fs::write(home.data().join("settings.toml"), "motion_photos = \"live\"\n").expect("settings");
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home.put("PXL_2.MP.jpg", &[shot(2).jpeg(64, 48), shot(2).movie(64, 48, 1_500)].concat());
    let calls = traced(&home, home.run_command(&["sync", "--quiet"]));
    let taken = after(&calls, 0, &["rename", "/.making-", "/originals/", ".part"]);
    let bytes = after(&calls, taken, &["sync(", "/originals/", ".part"]);
    let name = after(&calls, bytes, &["/originals/", ".part", ".jpeg\""]);
    let data = home.data().canonicalize().expect("there").display().to_string();
    let left = after(&calls, name, &["sync(", &format!("<{data}>")]);
    let directory = after(&calls, left, &["sync(", "/originals/"]);
    after(&calls, directory, &["sync(", "Photos.sqlite-wal"]);
    assert_eq!(home.stored().len(), 3, "a photo, and both files of the other");
}

#[test]
#[ignore = "needs strace"]
fn many_imports_cost_little_more_than_a_sync_for_each_file() {
    const PHOTOS: u64 = 300;
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    (2..2 + PHOTOS).for_each(|number| drop(home.put(&format!("IMG_{number}.JPG"), &jpeg(number))));
    let calls = traced(&home, home.run_command(&["sync", "--quiet"]));
    let of = |words: &[&str]| calls.iter().filter(|call| words.iter().all(|word| call.contains(word))).count() as u64;
    assert_eq!(of(&["sync(", "/originals/", ".part"]), PHOTOS, "each file is brought to the disk once");
    // Two groups: in each the library's log twice, the ledger's twice, and its directories, of which there are 16 and the one
    // around them; the rest is what any run costs.
    assert!(of(&["sync("]) < PHOTOS + 2 * 21 + 20, "{}", of(&["sync("]));
}

/// Runs a sync on a disk that says of every clone that it was made, and makes none.
fn with_clones_that_never_come(home: &Household, sync: &Command) -> Output {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=ioctl", "-e", "inject=ioctl:retval=0"]);
    command.arg(sync.get_program()).args(sync.get_args()).env("HOME", home.root());
    command.output().expect("strace is installed")
}

#[test]
#[ignore = "needs strace"]
fn an_imported_clone_that_never_came_is_noticed_by_its_bytes() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home.put("IMG_2.JPG", &jpeg(2));
    let output = with_clones_that_never_come(&home, &home.run_command(&["sync", "--quiet"]));
    assert!(!output.status.success(), "{}", text(&output));
    assert_eq!(home.snapshot().assets.len(), 1, "nothing went in");
    home.report(&["sync"], 0);
    assert_eq!(home.snapshot().assets.len(), 2, "and the next sync carries it");
}

#[test]
#[ignore = "needs strace"]
fn an_exported_clone_that_never_came_is_noticed_by_its_bytes() {
    let home = Household::new();
    let (target, export) = export(&home);
    let output = with_clones_that_never_come(&home, &export());
    assert!(!output.status.success(), "{}", text(&output));
    assert!(tree(&target).is_empty(), "{:?}", tree(&target));
    assert!(export().status().expect("the program runs").success());
    assert_eq!(tree(&target).len(), 1, "{:?}", tree(&target));
}

#[test]
#[ignore = "needs strace"]
fn the_folder_is_never_written() {
    let home = Household::new();
    let folder = home.folder().canonicalize().expect("there").display().to_string();
    for call in calls(&home).iter().filter(|call| call.contains(&folder)) {
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "rename", "link"];
        assert!(!writes.iter().any(|word| call.contains(word)), "{call}");
    }
}

#[test]
#[ignore = "needs strace"]
fn an_export_is_on_the_disk_before_it_has_its_name_and_before_anybody_is_told_of_it() {
    let home = Household::new();
    let [calls, _] = export_calls(&home);
    let journal = after(&calls, 0, &["sync(", "ledger.sqlite-wal"]);
    let part = after(&calls, journal, &["openat", "O_EXCL", ".photobridge-"]);
    let bytes = after(&calls, part, &["sync(", ".photobridge-"]);
    let whole = after(&calls, bytes, &["sync(", "ledger.sqlite-wal"]);
    let name = after(&calls, whole, &["rename", "RENAME_NOREPLACE", ".photobridge-", "IMG_1.JPG"]);
    let directory = after(&calls, name, &["sync(", "/target/2024/05>"]);
    after(&calls, directory, &["sync(", "/target>"]);
    after(&calls, directory, &["sync(", "ledger.sqlite-wal"]);
    let removed = calls.iter().filter(|call| call.contains("unlink") && call.contains("/target/"));
    assert_eq!(removed.count(), 0);
}

#[test]
#[ignore = "needs strace"]
fn a_second_export_opens_no_photo_on_either_side() {
    let home = Household::new();
    let [_, calls] = export_calls(&home);
    let photos = calls.iter().filter(|call| call.contains("openat"));
    let photos: Vec<&String> = photos.filter(|call| call.contains(".JPG\"") || call.contains(".jpeg\"")).collect();
    assert_eq!(photos, Vec::<&String>::new());
}
