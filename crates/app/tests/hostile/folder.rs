//! Folders that hold what no folder of photos should.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use photobridge_core::fingerprint::Fingerprint;
use rustix::fs::{CWD, FileType, Mode, OFlags};

use super::bounds::{report, report_for, run};
use super::support::service::Service;
use super::support::visitor::Visitor;
use super::support::{Household, Report, jpeg, shot, text, tree};

const TERABYTE: u64 = 1 << 40;

/// Names that every file system gives to one file.
const NAMES_OF_A_FILE: usize = 10_000;

fn notices(report: &Report) -> Vec<String> {
    let notices = report.0["notices"].as_array().expect("a list");
    notices.iter().map(|notice| notice.as_str().expect("words").to_owned()).collect()
}

/// Two photos that nothing else may keep from going.
fn with_two_photos() -> Household {
    let home = Household::new();
    home.put("good 1.JPG", &jpeg(1));
    home.put("good 2.JPG", &jpeg(2));
    home
}

#[test]
fn a_terabyte_of_nothing_stays_where_it_is() {
    let home = with_two_photos();
    let lengthen = |name: &str, bytes: &[u8]| {
        let path = home.put(name, bytes);
        File::options().write(true).open(path).and_then(|file| file.set_len(TERABYTE)).expect("a length");
    };
    lengthen("zeros.JPG", &[]);
    lengthen("nothing.MOV", &[]);
    // The end marker of the picture is missing.
    let whole = jpeg(3);
    lengthen("begun.JPG", &whole[..whole.len() - 2]);
    // A movie whose last box is as long as all the rest.
    let movie = shot(4).movie(64, 48, 2_000);
    let rest = (TERABYTE - movie.len() as u64).to_be_bytes();
    lengthen("whole.MOV", &[&movie[..], &[0, 0, 0, 1], b"free", &rest].concat());

    let output = run(&mut home.run_command(&["sync", "--json-lines"]));
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let said = text(&output);
    let line = said.lines().find(|line| line.contains("whole.MOV")).expect("it is named");
    assert!(line.contains("\"failed\"") && line.contains("there is no room"), "{line}");
    assert!(line.contains("It stays in the folder as it is"), "{line}");
    assert_eq!(home.names(), ["good 1.JPG", "good 2.JPG"]);
    let again = report(&home, &["simulate"], 0);
    assert_eq!((again.skipped("truncated"), again.count("planned")), (3, 1), "{}", again.0);
}

#[test]
fn what_is_no_file_is_passed_over() {
    let home = with_two_photos();
    rustix::fs::mkfifoat(CWD, home.folder().join("pipe.JPG"), Mode::RWXU).expect("a pipe");
    rustix::fs::mkfifoat(CWD, home.folder().join("good 1.xmp"), Mode::RWXU).expect("a pipe");
    let _socket = UnixListener::bind(home.folder().join("socket.JPG")).expect("a socket");
    fs::create_dir(home.folder().join("directory.JPG")).expect("a directory");
    symlink("/dev/zero", home.folder().join("zero.JPG")).expect("a link");
    symlink("pipe.JPG", home.folder().join("link to a pipe.JPG")).expect("a link");
    let report = report(&home, &["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (2, 2), "{}", report.0);
    assert_eq!(notices(&report), ["zero.JPG is a link that leaves the folder and was not followed"]);
}

#[test]
#[ignore = "only the superuser may make devices"]
fn devices_are_passed_over() {
    let home = with_two_photos();
    for (name, kind, device) in [
        ("zero.JPG", FileType::CharacterDevice, rustix::fs::makedev(1, 5)),
        ("terminal.MOV", FileType::CharacterDevice, rustix::fs::makedev(5, 0)),
        ("disk.HEIC", FileType::BlockDevice, rustix::fs::makedev(7, 250)),
    ] {
        rustix::fs::mknodat(CWD, home.folder().join(name), kind, Mode::RWXU, device).expect("a device");
    }
    let report = report(&home, &["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (2, 2), "{}", report.0);
}

#[test]
fn a_pipe_that_has_the_name_of_an_exported_photo_keeps_it() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    fs::create_dir_all(home.folder().join("2024/05")).expect("a directory");
    rustix::fs::mkfifoat(CWD, home.folder().join("2024/05/IMG_1.JPG"), Mode::RWXU).expect("a pipe");
    let report = report(&home, &["sync", "--mode", "bidirectional", "--full-library"], 0);
    assert_eq!(report.0["export"]["applied"], 2, "{}", report.0);
    for (name, bytes) in [("IMG_1 (2).JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))] {
        assert_eq!(fs::read(home.folder().join("2024/05").join(name)).expect("it is there"), bytes);
    }
}

#[test]
fn three_hundred_directories_deep_is_too_deep_and_said() {
    let home = with_two_photos();
    home.put(&format!("{}IMG_3.JPG", "d/".repeat(200)), &jpeg(3));
    home.put(&format!("{}IMG_4.JPG", "d/".repeat(300)), &jpeg(4));
    let report = report(&home, &["sync"], 0);
    assert_eq!(report.count("applied"), 3, "{}", report.0);
    let notices = notices(&report);
    assert!(notices.len() == 1 && notices[0].ends_with("is nested too deeply and was skipped"), "{notices:?}");
}

#[test]
fn a_path_that_no_system_call_takes_is_said() {
    let home = with_two_photos();
    let name = "n".repeat(250);
    let enter = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut at = rustix::fs::open(home.folder(), enter, Mode::empty()).expect("a directory");
    for _ in 0..20 {
        rustix::fs::mkdirat(&at, &name, Mode::RWXU).expect("a directory");
        at = rustix::fs::openat(&at, &name, enter, Mode::empty()).expect("a directory");
    }
    let report = report(&home, &["sync"], 0);
    assert_eq!(report.count("applied"), 2, "{}", report.0);
    let notices = notices(&report);
    assert!(
        notices.len() == 1 && notices[0].contains("could not be listed") && !notices[0].contains("os error"),
        "{notices:?}"
    );
}

#[test]
fn names_of_every_kind_are_carried_and_do_no_harm_where_they_are_shown() {
    let names: [&[u8]; 14] = [
        b"caf\xe9.JPG",
        b"caf\xe8.JPG",
        b"\xff\xfe.JPG",
        b"\xed\xa0\x80.JPG",
        "\u{202e}gpj.exe.JPG".as_bytes(),
        "\u{2066}a\u{2069}\u{200f}.JPG".as_bytes(),
        b"line\nbreak.JPG",
        b"carriage\rreturn.JPG",
        b"\x1b]0;title\x07\x1b[2J.JPG",
        b"back\x08space\x7f.JPG",
        b"<img src=x onerror=alert(1)>.JPG",
        b"\"'&amp;.JPG",
        b"=cmd|' C calc'!A0.JPG",
        b"a\\..\\b %s%n {0}.JPG",
    ];
    let home = Household::new();
    home.set_up("import");
    for (number, name) in (0..).zip(names) {
        fs::write(home.folder().join(OsStr::from_bytes(name)), jpeg(number)).expect("written");
    }
    // Apple's, although its name is no text.
    let package = home.folder().join(OsStr::from_bytes(b"Fotos\xff.photoslibrary"));
    fs::create_dir(&package).expect("a directory");
    fs::write(package.join("IMG_99.JPG"), jpeg(99)).expect("written");

    let output = run(&mut home.run_command(&["sync", "--verbose"]));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let turns = ['\u{200e}', '\u{200f}', '\u{202e}', '\u{2066}', '\u{2069}'];
    let is_harmless = |c: char| c == '\n' || !(c.is_control() || turns.contains(&c));
    assert!(text(&output).chars().all(is_harmless), "{:?}", text(&output));
    assert!(text(&output).contains("line\\u{a}break.JPG"), "{}", text(&output));
    let mut expected: Vec<Fingerprint> = (0..14).map(|number| Fingerprint::of(&jpeg(number))).collect();
    expected.sort();
    assert_eq!(home.stored(), expected);
    let again = report(&home, &["simulate"], 0);
    assert_eq!((again.count("planned"), again.skipped("same bytes")), (0, 14), "{}", again.0);

    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let page = visitor.get("/runs/1");
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("<img src=x") && page.body.contains("&#60;img src=x"), "{}", page.body);
    let spreadsheet = visitor.get("/runs/1.csv").body;
    assert!(!spreadsheet.lines().any(|line| line.split(',').any(|cell| cell.starts_with('='))), "{spreadsheet}");
}

#[test]
fn a_farm_of_links_is_one_photo_and_few_words() {
    let home = with_two_photos();
    let farm = home.folder().join("farm");
    fs::create_dir(&farm).expect("a directory");
    for number in 0..1000 {
        let place = |name: &str| farm.join(format!("{name}{number}.JPG"));
        symlink("../good 1.JPG", place("inside")).expect("a link");
        symlink("/etc/passwd", place("outside")).expect("a link");
        symlink(place("right"), place("left")).expect("a link");
        symlink(place("left"), place("right")).expect("a link");
        symlink(&farm, place("up")).expect("a link");
        symlink("/", place("root")).expect("a link");
    }
    let report = report(&home, &["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (2, 2), "{}", report.0);
    let notices = notices(&report);
    assert!(notices.len() <= 30, "{} notices", notices.len());
    // Of each thousand of links three thousand lead nowhere good, besides a thousand that leave by the root.
    let rest = notices.iter().find(|notice| notice.contains(" more ")).expect("the rest is counted");
    assert!(rest.starts_with("3980 more links"), "{rest}");
}

#[test]
fn ten_thousand_files_in_one_directory_are_seen() {
    all_of_one_directory_are_seen(10_000);
}

#[test]
#[ignore = "takes a minute"]
fn a_hundred_thousand_files_in_one_directory_are_seen() {
    all_of_one_directory_are_seen(100_000);
}

fn all_of_one_directory_are_seen(files: usize) {
    let home = Household::new();
    let (folder, originals) = (home.folder(), home.root().join("originals"));
    fs::create_dir(&originals).expect("a directory");
    for number in 0..files {
        let source = originals.join((number / NAMES_OF_A_FILE).to_string());
        if number % NAMES_OF_A_FILE == 0 {
            fs::write(&source, jpeg(7)).expect("written");
        }
        fs::hard_link(&source, folder.join(format!("IMG_{number}.JPG"))).expect("another name");
    }
    home.put("good.JPG", &jpeg(1));
    let report = report_for(&home, &["sync"], 0, Duration::from_secs(120));
    let files = files as u64;
    assert_eq!(report.count("seen"), files + 1);
    assert_eq!((report.count("applied"), report.skipped("same bytes as")), (2, files - 1), "{}", report.0);
    assert_eq!(tree(&home.library_path().join("originals")).len(), 2);
    let again = report_for(&home, &["simulate"], 0, Duration::from_secs(120));
    assert_eq!(again.count("planned"), 0);
}
