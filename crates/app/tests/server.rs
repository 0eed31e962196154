//! A folder on a server, as a user sees it: the real program, a model of Nextcloud, and both sides compared byte for byte.

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use std::{fs, thread};

use photobridge_core::fingerprint::Fingerprint;
use photobridge_testkit::cloud::{Cloud, Manners};
use photobridge_testkit::wire::Wire;
use serde_json::Value;
use support::{Household, jpeg, text};

/// A household whose folder lies on a server.
struct Away {
    home: Household,
    cloud: Cloud,
    wire: Wire,
}

impl Away {
    /// One that was introduced to the server.
    fn new(manners: Manners) -> Self {
        let cloud = Cloud::start(manners);
        let wire = Wire::to(cloud.address);
        let away = Self { home: Household::new(), cloud, wire };
        let output = away.introduce("me\nxyzzy42\n");
        assert!(output.status.success(), "{}", text(&output));
        away
    }

    fn address(&self) -> String {
        Cloud::photos(self.wire.address)
    }

    fn introduce(&self, says: &str) -> Output {
        with_input(self.home.command(&["config", "folder", &self.address()]), says)
    }

    /// A run over the folder on the server and the household's library.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(arguments);
        command.arg("--library").arg(self.home.library_path()).args(["--settle", "0", "--json"]);
        command
    }

    fn run(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// What a person reads of a run.
    fn in_words(&self, arguments: &[&str]) -> String {
        let mut command = self.home.command(arguments);
        command.arg("--library").arg(self.home.library_path()).args(["--settle", "0"]);
        text(&command.output().expect("the program runs"))
    }

    /// The photos on the server.
    fn photos(&self) -> BTreeMap<String, Vec<u8>> {
        let below = |(path, bytes): (String, Vec<u8>)| Some((path.strip_prefix("Photos/")?.to_owned(), bytes));
        self.cloud.files().into_iter().filter_map(below).collect()
    }
}

fn with_input(mut command: Command, says: &str) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(says.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

const IMPORT: [&str; 3] = ["sync", "--mode", "import"];
const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

fn names(photos: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    photos.keys().map(String::as_str).collect()
}

#[test]
fn who_we_are_is_asked_for_once_and_kept_for_the_owner_alone() {
    let cloud = Cloud::start(Manners::NEXTCLOUD);
    let wire = Wire::to(cloud.address);
    let away = Away { home: Household::new(), cloud, wire };
    let refused = away.introduce("me\nanother\n");
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("does not accept the password") && !text(&refused).contains("another"));
    assert!(!away.home.data().join("servers.toml").exists() && !away.home.data().join("settings.toml").exists());

    let taken = away.introduce("me\nxyzzy42\n");
    assert!(taken.status.success() && text(&taken).contains("can be written to"), "{}", text(&taken));
    let file = away.home.data().join("servers.toml");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&file).expect("there").contains("xyzzy42"));
    let settings = fs::read_to_string(away.home.data().join("settings.toml")).expect("there");
    assert!(settings.contains(&away.address()) && !settings.contains("xyzzy42"), "{settings}");
    assert!(away.photos().is_empty() && away.cloud.directories() == ["", "Photos"], "nothing of the trial is left");

    // What it says of itself, and of a run, holds no password.
    let doctor = away.home.command(&["doctor"]).output().expect("it runs");
    assert!(text(&doctor).contains(&format!("the folder {} can be read", away.address())), "{}", text(&doctor));
    away.run(&IMPORT);
    for (path, _) in support::tree(&away.home.data()) {
        let bytes = fs::read(away.home.data().join(&path)).expect("there");
        let is_it = path.ends_with("servers.toml");
        assert!(is_it || !bytes.windows(7).any(|word| word == b"xyzzy42"), "{}", path.display());
    }
    let open = away.home.command(&["config", "folder", "http://cloud.example/a"]);
    assert!(text(&with_input(open, "me\nxyzzy42\n")).contains("Use https://"));
}

/// Nextcloud's own way: a link to open, and a password for this program alone comes back.
#[test]
fn a_nextcloud_gives_a_password_once_a_person_said_yes() {
    let cloud = Cloud::start(Manners::NEXTCLOUD);
    let wire = Wire::to(cloud.address);
    let away = Away { home: Household::new(), cloud, wire };
    let host = format!("http://{}", away.wire.address);
    let output = away.home.command(&["config", "nextcloud", &format!("{host}/Photos")]).output().expect("it runs");
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains(&format!("{host}/index.php/login/v2/flow/")), "{}", text(&output));
    assert!(!text(&output).contains("xyzzy42"), "{}", text(&output));
    away.cloud.write("Photos/a.jpg", &jpeg(1), 1_700_000_000);
    assert_eq!(away.run(&IMPORT)["import"]["applied"], 1);
    // A folder that is not there costs no second password: the first one is kept, and is good for the whole account.
    let output = away.home.command(&["config", "nextcloud", &format!("{host}/Camera")]).output().expect("it runs");
    let said = text(&output);
    let camera = format!("{host}/remote.php/dav/files/me/Camera");
    assert!(!output.status.success() && said.contains(&format!("there is no folder {camera}:")), "{said}");
    let kept = fs::read_to_string(away.home.data().join("servers.toml")).expect("there");
    assert!(kept.contains(&camera) && kept.matches("xyzzy42").count() == 2, "both are kept");
    for folder in ["Camera", "Scans"] {
        away.cloud.make_directory(folder);
        let address = format!("{host}/remote.php/dav/files/me/{folder}");
        let output = with_input(away.home.command(&["config", "folder", &address]), "");
        assert!(output.status.success(), "nobody is asked: {}", text(&output));
    }
    // A login that was withdrawn there is asked for anew, also for a new folder of its account.
    let servers = away.home.data().join("servers.toml");
    let revoked = fs::read_to_string(&servers).expect("there").replace("xyzzy42", "revoked");
    fs::write(&servers, revoked).expect("written");
    away.cloud.make_directory("Old");
    let address = format!("{host}/remote.php/dav/files/me/Old");
    let output = with_input(away.home.command(&["config", "folder", &address]), "me\nxyzzy42\n");
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(fs::read_to_string(&servers).expect("there").matches("xyzzy42").count(), 1);
    let mode = fs::metadata(away.home.data()).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o700, "passwords lie in it");
    let plain = Cloud::start(Manners::NGINX);
    let output =
        away.home.command(&["config", "nextcloud", &format!("http://{}", plain.address)]).output().expect("it runs");
    assert!(text(&output).contains("is not a Nextcloud server"), "{}", text(&output));
}

#[test]
fn photos_come_from_a_server_once() {
    let away = Away::new(Manners::NEXTCLOUD);
    for number in 1..=5 {
        away.cloud.write(&format!("Photos/2024/IMG {number}+.jpg"), &jpeg(number), 1_700_000_000 + number as i64);
    }
    let report = away.run(&IMPORT);
    assert_eq!((&report["import"]["applied"], &report["import"]["failed"]), (&5.into(), &0.into()), "{report}");
    assert_eq!(report["looked_at"]["folders"][0]["path"], away.address());
    let mut expected = [1, 2, 3, 4, 5].map(|number| Fingerprint::of(&jpeg(number)));
    expected.sort();
    assert_eq!(away.home.stored(), expected);
    away.cloud.requests();
    let again = away.run(&IMPORT);
    assert_eq!(again["import"]["planned"], 0, "{again}");
    let asked = away.cloud.requests();
    assert!(asked.len() <= 3 && asked.iter().all(|asked| asked.starts_with("PROPFIND")), "{asked:?}");
    // A new one is found, and only its directory is listed again.
    away.cloud.write("Photos/2024/IMG 6.jpg", &jpeg(6), 1_700_000_009);
    assert_eq!(away.run(&IMPORT)["import"]["applied"], 1);
    // Without any memory nothing comes twice.
    for entry in fs::read_dir(away.home.data()).expect("there").flatten() {
        if entry.file_name().to_string_lossy().starts_with("ledger") {
            fs::remove_file(entry.path()).expect("ours");
        }
    }
    fs::remove_dir_all(away.home.data().join("servers")).expect("ours");
    assert_eq!(away.run(&IMPORT)["import"]["planned"], 0);
    assert_eq!(away.home.names().len(), 6);
}

#[test]
fn photos_go_to_a_server_once_and_never_come_back() {
    for manners in [Manners::NEXTCLOUD, Manners::NGINX] {
        let away = Away::new(manners);
        away.home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
        // Another photo has a name that one of ours would have.
        away.cloud.write("Photos/2024/05/IMG_2.JPG", &jpeg(9), 1_700_000_000);
        let report = away.run(&BOTH);
        assert_eq!((&report["export"]["applied"], &report["import"]["applied"]), (&3.into(), &1.into()), "{report}");
        let there = away.photos();
        let expected = [("IMG_1.JPG", 1), ("IMG_2 (2).JPG", 2), ("IMG_2.JPG", 9), ("IMG_3.JPG", 3)];
        let expected = expected.map(|(name, number)| (format!("2024/05/{name}"), jpeg(number)));
        assert!(there == expected.into(), "{manners:?}: {:?}", names(&there));
        away.cloud.requests();
        for forgotten in [false, true] {
            if forgotten {
                for entry in fs::read_dir(away.home.data()).expect("there").flatten() {
                    if entry.file_name().to_string_lossy().starts_with("ledger") {
                        fs::remove_file(entry.path()).expect("ours");
                    }
                }
            }
            let again = away.run(&BOTH);
            assert_eq!((&again["import"]["planned"], &again["export"]["planned"]), (&0.into(), &0.into()), "{again}");
            if !forgotten {
                let read = away.cloud.requests().into_iter().filter(|asked| asked.starts_with("GET")).count();
                assert_eq!(read, 0, "{manners:?}: what we wrote ourselves is known");
                away.run(&BOTH);
                let asked = away.cloud.requests();
                let is_telling = manners == Manners::NEXTCLOUD;
                assert!(!is_telling || asked.len() <= 3, "a look where nothing changed: {asked:?}");
            }
        }
        assert_eq!(away.photos().len(), 4);
        assert_eq!(away.home.names().len(), 4);
    }
}

#[test]
fn what_went_to_a_server_is_taken_back_from_it() {
    for manners in [Manners::NEXTCLOUD, Manners::NGINX] {
        let away = Away::new(manners);
        away.home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
        away.cloud.write("Photos/a.jpg", &jpeg(9), 1_700_000_000);
        away.run(&["sync", "--mode", "export", "--full-library"]);
        assert_eq!(away.photos().len(), 3);
        let mut undo = away.home.command(&["undo", "1"]);
        let output = undo.arg("--library").arg(away.home.library_path()).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(names(&away.photos()), ["a.jpg"], "{manners:?}");
        let undone = support::tree(&away.home.data().join("undone"));
        let mut held: Vec<_> = undone.into_values().map(|(bytes, _)| bytes).collect();
        held.sort();
        let mut expected = [1, 2].map(|number| Fingerprint::of(&jpeg(number)));
        expected.sort();
        assert_eq!(held, expected, "{manners:?}");
    }
}

/// A wire that breaks at pieces all over a sync, and kill -9 at moments all over one: afterwards everything is on both sides,
/// once, whole, under its own name, and nothing of ours is left.
#[test]
fn whatever_dies_or_breaks_everything_is_there_once() {
    for manners in [Manners::NEXTCLOUD, Manners::NGINX] {
        let away = Away::new(manners);
        let mut expected = BTreeMap::new();
        let mut one_more = |number: u64| {
            let (ours, theirs) = (2 * number, 2 * number + 1);
            away.home.fill_library(&[(&format!("IMG_{ours}.JPG"), jpeg(ours))]);
            away.cloud.write(&format!("Photos/2023/IMG_{theirs}.JPG"), &jpeg(theirs), 1_700_000_000);
            expected.insert(format!("2024/05/IMG_{ours}.JPG"), jpeg(ours));
            expected.insert(format!("2023/IMG_{theirs}.JPG"), jpeg(theirs));
        };
        let mut number = 0;
        for at in (0..).step_by(7) {
            one_more(number);
            number += 1;
            away.wire.break_at(at);
            let output = away.command(&BOTH).output().expect("the program runs");
            let is_whole = away.wire.passed() <= at;
            away.wire.break_at(usize::MAX);
            assert!(matches!(output.status.code(), Some(0 | 1 | 4)), "{at}: {}", text(&output));
            if is_whole {
                break;
            }
        }
        assert!(number > 5, "only {number} breaks");
        for after in [50, 100, 150, 200, 250, 300, 400] {
            one_more(number);
            number += 1;
            let mut child = away.command(&BOTH).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
            thread::sleep(Duration::from_millis(after));
            child.kill().expect("ours");
            child.wait().expect("ours");
        }
        away.run(&BOTH);
        let there = away.photos();
        assert!(there == expected, "{manners:?}: {:?}", names(&there));
        assert_eq!(away.home.names().len(), expected.len(), "{manners:?}");
        let again = away.run(&BOTH);
        assert_eq!((&again["import"]["planned"], &again["export"]["planned"]), (&0.into(), &0.into()), "{again}");
        // What was brought when a run died, and was in by then, is kept for a day.
        let spooled = || {
            let kept = support::tree(&away.home.data().join("servers")).into_keys();
            kept.filter(|path| path.iter().any(|name| name == "spool")).collect::<Vec<_>>()
        };
        let servers = away.home.data().join("servers");
        for server in fs::read_dir(&servers).expect("listed").map(|entry| entry.expect("listed").path()) {
            fs::write(server.join("spool").join("a1".repeat(20)), b"what a run that died had brought")
                .expect("written");
        }
        away.run(&BOTH);
        assert!(!spooled().is_empty(), "the next run may want it");
        for path in spooled() {
            let file = fs::File::options().write(true).open(servers.join(path)).expect("kept");
            let before = std::time::SystemTime::now() - Duration::from_secs(25 * 60 * 60);
            file.set_modified(before).expect("dated");
        }
        away.run(&BOTH);
        assert!(spooled().is_empty(), "{:?}", spooled());
        println!("{manners:?}: {number} runs that broke or died");
    }
}

#[test]
fn a_server_that_is_not_safe_to_write_is_only_read() {
    let away = Away::new(Manners::APACHE);
    away.home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    away.cloud.write("Photos/a.jpg", &jpeg(2), 1_700_000_000);
    let output = away.in_words(&BOTH);
    assert!(output.contains("1 failed") && output.contains("single_writer = true"), "{output}");
    assert_eq!(names(&away.photos()), ["a.jpg"]);
    assert_eq!(away.home.names().len(), 2, "what lies there comes all the same");
    let file = away.home.data().join("servers.toml");
    let known = fs::read_to_string(&file).expect("there");
    fs::write(&file, known.replace("[[server]]\n", "[[server]]\nsingle_writer = true\n")).expect("written");
    away.run(&BOTH);
    assert_eq!(names(&away.photos()), ["2024/05/IMG_1.JPG", "a.jpg"]);
}

/// Nothing is taken for deleted with its folder.
#[test]
fn a_folder_that_is_away_stops_the_run() {
    let away = Away::new(Manners::NEXTCLOUD);
    away.cloud.write("Photos/a.jpg", &jpeg(1), 1_700_000_000);
    away.run(&IMPORT);
    away.cloud.remove("Photos");
    let output = away.command(&IMPORT).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(4), "{}", text(&output));
    away.cloud.make_directory("Photos");
    away.cloud.write("Photos/a.jpg", &jpeg(1), 1_700_000_000);
    assert_eq!(away.run(&IMPORT)["import"]["planned"], 0);
}
