//! The demo as a newcomer meets it: the real binary, in an empty folder, with nothing in the environment.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use jiff::civil::date;
use photobridge_core::asset::{Asset, ResourceRole};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_core::library::Snapshot;
use photobridge_core::progress::{Cancel, Silent};
use photobridge_media::sample::Shot;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_photobridge");

const PHOTOS: &str = "photobridge-demo/Nextcloud/Photos";

/// Every file of the folder, and when it was taken, which is its modification time: what lay there, and the four that
/// came from the library.
const FILES: [(&str, &str); 23] = [
    ("2024/06/IMG_0377.HEIC", "2024-06-09T12:02:08Z"),
    ("2024/06/IMG_0380.JPG", "2024-06-10T06:05:52Z"),
    ("2024/06/IMG_0380.MOV", "2024-06-10T06:05:52Z"),
    ("2024/06/IMG_0388 (2).JPG", "2024-06-11T10:44:19Z"),
    ("2024/06/IMG_0388.JPG", "2024-06-14T17:21:37Z"),
    ("Canon/100CANON/IMG_0001.JPG", "2024-06-20T11:04:09Z"),
    ("Canon/101CANON/IMG_0001.JPG", "2024-06-21T16:20:33Z"),
    ("Canon/101CANON/IMG_0002.DNG", "2024-06-21T17:02:51Z"),
    ("Canon/101CANON/IMG_0002.JPG", "2024-06-21T17:02:51Z"),
    ("Canon/101CANON/IMG_0003.JPG", "2024-06-21T22:58:10Z"),
    ("Canon/101CANON/IMG_0003.xmp", "2024-06-21T22:58:10Z"),
    ("Canon/101CANON/IMG_0004.JPG", "2024-06-21T23:01:44Z"),
    ("InstantUpload/IMG_0409.JPG", "2024-06-15T08:12:44Z"),
    ("InstantUpload/IMG_0412.JPG", "2024-06-16T07:41:00Z"),
    ("InstantUpload/IMG_0412.MOV", "2024-06-16T07:41:00Z"),
    ("InstantUpload/IMG_0415.JPG", "2024-06-18T18:55:17Z"),
    ("InstantUpload/IMG_0418.jpg", "2024-06-19T05:30:26Z"),
    ("InstantUpload/IMG_0421.PNG", "2024-06-22T16:03:40Z"),
    ("InstantUpload/IMG_0425.MOV", "2024-06-22T19:47:02Z"),
    ("InstantUpload/IMG_0431.jpg.nextcloud", "2024-06-23T07:15:00Z"),
    ("Old videos/Christmas 1998.mkv", "1998-12-24T17:00:00Z"),
    ("Sent to Grandma/the lake.jpg", "2024-06-18T18:55:17Z"),
    ("WhatsApp/IMG-20240616-WA0003.jpg", "2024-06-16T10:30:05Z"),
];

/// What the library holds in the end: what it held, and what came. Neither the half file (IMG_0004.JPG) nor the JPEG
/// of a shot that was there (IMG_0418.jpg) is among it.
const ORIGINALS: [&str; 16] = [
    "IMG-20240616-WA0003.jpg",
    "IMG_0001.JPG",
    "IMG_0001.JPG",
    "IMG_0002.JPG",
    "IMG_0003.JPG",
    "IMG_0377.HEIC",
    "IMG_0380.JPG",
    "IMG_0388.JPG",
    "IMG_0388.JPG",
    "IMG_0391.HEIC",
    "IMG_0409.JPG",
    "IMG_0412.JPG",
    "IMG_0415.JPG",
    "IMG_0418.HEIC",
    "IMG_0421.PNG",
    "IMG_0425.MOV",
];

/// A machine on which nothing was ever set up.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = assert_cmd::Command::new(program);
        command.env_clear().env("HOME", self.path("home")).env("PATH", "/usr/bin:/bin").current_dir(self.0.path());
        command.args(arguments).output().expect("the program runs")
    }

    fn demo(&self, arguments: &[&str]) -> String {
        said(self.run(PROGRAM, &[&["demo"], arguments].concat()))
    }

    /// Runs a line of the screen as a reader would: copied into a shell.
    fn shell(&self, line: &str) -> String {
        said(self.run("/bin/sh", &["-c", line]))
    }

    fn simulate(&self) -> serde_json::Value {
        let told = said(self.run(PROGRAM, &["--data-dir", "photobridge-demo/data", "simulate", "--json"]));
        serde_json::from_str(&told).expect("one JSON object")
    }

    fn library(&self) -> Snapshot {
        let path = self.path("photobridge-demo/Photos library");
        let mut library = photobridge_libraries::open(&path, &self.path("scratch")).expect("a library");
        library.snapshot(&Silent, &Cancel::new()).expect("a library that can be read")
    }
}

/// What a successful command printed.
fn said(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Every file below `root` with its bytes and date.
fn tree(root: &Path) -> BTreeMap<PathBuf, (Fingerprint, SystemTime)> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(root).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), PathBuf::from(entry.file_name()));
        if path.is_dir() {
            files.extend(tree(&path).into_iter().map(|(inner, file)| (name.join(inner), file)));
        } else {
            let modified = entry.metadata().and_then(|metadata| metadata.modified()).expect("a date");
            files.insert(name, (Fingerprint::of(&fs::read(&path).expect("a file")), modified));
        }
    }
    files
}

fn asset<'a>(library: &'a Snapshot, name: &str) -> &'a Asset {
    library.assets.iter().find(|asset| &*asset.original_name == name).expect("it is in the library")
}

#[test]
fn the_folder_holds_what_was_made_and_nothing_else() {
    let machine = Machine::new();
    machine.demo(&[]);
    let made = tree(&machine.path(PHOTOS));
    let expected = FILES.map(|(path, taken)| {
        let taken: jiff::Timestamp = taken.parse().expect("a time");
        (PathBuf::from(path), SystemTime::UNIX_EPOCH + Duration::from_secs(taken.as_second() as u64))
    });
    // What was exported carries the fraction of the second too, as far as the library knows it.
    let whole = |date: SystemTime| {
        let since = date.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
    };
    let dates: Vec<(PathBuf, SystemTime)> = made.iter().map(|(path, file)| (path.clone(), whole(file.1))).collect();
    assert_eq!(dates, expected);
    let different: BTreeSet<String> = made.values().map(|file| file.0.to_string()).collect();
    assert_eq!(different.len(), FILES.len() - 1, "only Grandma's copy is one");
    let other = Machine::new();
    other.demo(&[]);
    assert_eq!(tree(&other.path(PHOTOS)), made, "every demo is the same");
    assert_eq!(fs::read_dir(machine.0.path()).expect("a folder").count(), 1, "nothing was made elsewhere");
}

#[test]
fn the_library_holds_exactly_what_it_should() {
    let machine = Machine::new();
    machine.demo(&[]);
    let library = machine.library();
    let mut names: Vec<&str> = library.assets.iter().map(|asset| &*asset.original_name).collect();
    names.sort_unstable();
    assert_eq!(names, ORIGINALS);

    let folder = tree(&machine.path(PHOTOS));
    let lies = |path: &str| Some(folder[Path::new(path)].0);
    let files = |asset: &Asset| {
        let files = asset.resources.iter().map(|resource| (resource.role, resource.fingerprint));
        files.filter(|(role, _)| role.is_original()).collect::<Vec<_>>()
    };
    let live = [
        (ResourceRole::Photo, lies("InstantUpload/IMG_0412.JPG")),
        (ResourceRole::PairedVideo, lies("InstantUpload/IMG_0412.MOV")),
    ];
    assert_eq!(files(asset(&library, "IMG_0412.JPG")), live);
    let raw = [
        (ResourceRole::Photo, lies("Canon/101CANON/IMG_0002.JPG")),
        (ResourceRole::AlternatePhoto, lies("Canon/101CANON/IMG_0002.DNG")),
    ];
    assert_eq!(files(asset(&library, "IMG_0002.JPG")), raw);
    let titled = asset(&library, "IMG_0003.JPG").details.as_deref().expect("details");
    assert_eq!(titled.title.as_deref(), Some("Midsummer on the pier"));
    assert_eq!(titled.keywords.iter().collect::<BTreeSet<_>>().len(), 2);
    let equal_names = library.assets.iter().filter(|asset| &*asset.original_name == "IMG_0001.JPG");
    let held: BTreeSet<_> = equal_names.flat_map(|asset| asset.primary()).map(|photo| photo.fingerprint).collect();
    assert_eq!(held, [lies("Canon/100CANON/IMG_0001.JPG"), lies("Canon/101CANON/IMG_0001.JPG")].into());
}

#[test]
fn what_went_out_equals_the_originals_and_the_hidden_one_stayed() {
    let machine = Machine::new();
    machine.demo(&[]);
    let (library, folder) = (machine.library(), tree(&machine.path(PHOTOS)));
    let lies = |path: &str| folder.get(Path::new(path)).map(|file| file.0);
    let held = |name: &str, role: ResourceRole| {
        let named = library.assets.iter().filter(move |asset| &*asset.original_name == name);
        named.filter_map(|asset| asset.resource(role)?.fingerprint).collect::<BTreeSet<_>>()
    };
    for (path, name, role) in [
        ("2024/06/IMG_0377.HEIC", "IMG_0377.HEIC", ResourceRole::Photo),
        ("2024/06/IMG_0380.JPG", "IMG_0380.JPG", ResourceRole::Photo),
        ("2024/06/IMG_0380.MOV", "IMG_0380.JPG", ResourceRole::PairedVideo),
    ] {
        assert_eq!(held(name, role), lies(path).into_iter().collect(), "{path}");
    }
    let both = ["2024/06/IMG_0388.JPG", "2024/06/IMG_0388 (2).JPG"].map(|path| lies(path).expect(path));
    assert_eq!(held("IMG_0388.JPG", ResourceRole::Photo), BTreeSet::from(both), "each side has both");
    let hidden = asset(&library, "IMG_0391.HEIC");
    assert!(hidden.standing.hidden);
    let hidden = hidden.primary().and_then(|photo| photo.fingerprint).expect("known bytes");
    assert!(folder.values().all(|file| file.0 != hidden));
}

#[test]
fn the_next_simulation_is_empty_and_has_each_reason() {
    let machine = Machine::new();
    machine.demo(&[]);
    let before = tree(&machine.path(PHOTOS));
    let report = machine.simulate();
    assert_eq!((&report["import"]["planned"], &report["export"]["planned"]), (&0.into(), &0.into()));
    assert!(!report["notices"].to_string().contains("another Photobridge"), "{report}");
    // What was imported is on both sides now, and with it Grandma's copy.
    let expected = serde_json::json!({
        "same bytes": 12, "same shot": 1, "truncated": 1, "waiting: online only": 1, "not supported by Photos": 1,
        "exported by us": 3,
    });
    assert_eq!(report["import"]["skipped"], expected);
    let expected = serde_json::json!({ "same bytes": 4, "same shot": 1, "imported by us": 10, "hidden": 1 });
    assert_eq!(report["export"]["skipped"], expected);
    assert_eq!(tree(&machine.path(PHOTOS)), before);
}

#[test]
fn every_command_on_the_screen_works_as_it_is_printed() {
    let machine = Machine::new();
    let screen = machine.demo(&[]).replace("\\\n", "");
    let command = |word: &str| screen.lines().find(|line| line.starts_with("  ") && line.contains(word)).expect(word);
    let history = machine.shell(command(" history "));
    assert!(history.contains("InstantUpload/IMG_0412.JPG  imported"), "{history}");
    machine.shell(command(" decide take-in "));
    assert_eq!(machine.simulate()["import"]["planned"], 1, "the same shot is taken in now");
    let picture = Shot::new(date(2024, 7, 1).at(12, 0, 0, 0), 4711).jpeg(64, 48);
    fs::write(machine.path("YOUR-PHOTO.jpg"), picture).expect("a file");
    machine.shell(command("YOUR-PHOTO.jpg"));
    // It was copied a moment ago; with the waits off it is offered at once.
    let told = machine.shell(command("/data simulate"));
    assert!(told.contains("2 would be imported") && told.contains("YOUR-PHOTO.jpg"), "{told}");
    assert_eq!(tree(&machine.path(PHOTOS)).len(), FILES.len() + 1);
    // The page ends when it is told to; here after a second, with the words of its address said.
    let page =
        machine.shell(&format!("timeout --preserve-status -s INT 1 {} --listen 127.0.0.1:0", command(" serve").trim()));
    assert!(page.starts_with("Photobridge is running at http://127.0.0.1:"), "{page}");
    let undone = machine.shell(command(" undo "));
    assert!(undone.starts_with("4 files moved out of the folder, to "), "{undone}");
    assert_eq!(tree(&machine.path(PHOTOS)).len(), FILES.len() - 3);
    let report = machine.simulate();
    assert_eq!(report["export"]["skipped"]["undone by you"], 3, "{report}");
    let (_, throw_away) = screen.lines().last().and_then(|line| line.split_once(":  ")).expect("a command");
    machine.shell(throw_away);
    assert!(!machine.path("photobridge-demo").exists());
}

#[test]
fn a_second_demo_takes_the_next_name_and_quiet_says_only_where() {
    let machine = Machine::new();
    machine.demo(&[]);
    let first = tree(&machine.path("photobridge-demo"));
    assert_eq!(machine.demo(&["--quiet"]), "photobridge-demo (2)\n");
    assert_eq!(tree(&machine.path("photobridge-demo")), first);
    assert_eq!(machine.demo(&["--quiet", "in/Anna's place"]), "in/Anna's place\n");
    assert!(machine.path("in/Anna's place/data/settings.toml").exists());
    let screen = machine.demo(&[]);
    assert!(screen.contains("--data-dir 'photobridge-demo (3)/data' simulate"), "{screen}");
}

#[test]
fn nothing_of_it_is_untracked_in_a_clone() {
    let machine = Machine::new();
    let ignored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.gitignore");
    fs::copy(ignored, machine.path(".gitignore")).expect("the file of the repository");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(machine.path("")).env("GIT_CONFIG_GLOBAL", "/dev/null").output()
    };
    match git(&["init", "--quiet"]) {
        Ok(output) => assert!(output.status.success(), "{output:?}"),
        Err(error) => return eprintln!("SKIPPED: there is no git here: {error}"),
    }
    machine.demo(&[]);
    machine.demo(&["--quiet"]);
    assert!(machine.path("photobridge-demo (2)/data").exists());
    let status = git(&["status", "--porcelain"]).expect("it ran before");
    assert_eq!(said(status), "?? .gitignore\n");
}

#[test]
fn its_figures_are_there_wherever_it_was_made_from() {
    let machine = Machine::new();
    machine.demo(&["--quiet"]);
    machine.demo(&["named/so", "--quiet"]);
    for data in ["photobridge-demo/data", "named/so/data"] {
        let told = said(machine.run(PROGRAM, &["--data-dir", data, "sync", "--plan", "3"]));
        assert!(told.contains("19 items"), "the plan is of the library that the settings name: {told}");
    }
}

#[test]
fn a_folder_with_anything_in_it_and_a_file_are_refused() {
    let machine = Machine::new();
    fs::create_dir(machine.path("mine")).expect("a folder");
    fs::write(machine.path("mine/.hidden"), "precious").expect("a file");
    let before = tree(&machine.path("mine"));
    for (named, why) in [("mine", "is not empty"), ("mine/.hidden", "is a file")] {
        let output = machine.run(PROGRAM, &["demo", named]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{errors}");
        assert!(errors.contains(why), "{errors}");
    }
    assert_eq!(tree(&machine.path("mine")), before);
    assert!(!machine.path("photobridge-demo").exists());
}

#[test]
fn the_screen_is_short_and_the_readme_quotes_it() {
    let machine = Machine::new();
    let screen = machine.demo(&[]).replace(PROGRAM, "photobridge");
    assert!(screen.lines().count() <= 65, "{} lines", screen.lines().count());
    for line in screen.lines() {
        assert!(line.chars().count() <= 100, "too long: {line}");
    }
    let page = include_str!("../../../docs/demo.md");
    let quoted = page.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the page quotes it");
    assert!(screen.contains(quoted.trim_end()), "docs/demo.md quotes what the demo no longer says");
    insta::assert_snapshot!(screen, @r#"
    Photobridge created a small sample household and synced it both ways. The pictures are painted;
    none of your files were read or touched. Everything is in
      photobridge-demo
        Nextcloud/Photos   19 files of two phones, a camera and WhatsApp
        Photos library     Photobridge's own library; it had 6 photos
        data               the settings, and what Photobridge remembers of each run

    simulate found 16 items in the folder (a Live Photo, or RAW with JPEG, is one) and 6 in the library,
    and planned to import 10 and to export 3.
    sync did just that: 10 imported
      2024/06/IMG_0388.JPG
      Canon/100CANON/IMG_0001.JPG
      Canon/101CANON/IMG_0001.JPG       another photo of the same name: both are in
      Canon/101CANON/IMG_0002.JPG       with its RAW: one photo
      Canon/101CANON/IMG_0003.JPG       with “Midsummer on the pier” and 2 keywords of its .xmp
      InstantUpload/IMG_0412.JPG        with its video: one Live Photo
      InstantUpload/IMG_0415.JPG
      InstantUpload/IMG_0421.PNG
      InstantUpload/IMG_0425.MOV        a video
      WhatsApp/IMG-20240616-WA0003.jpg  no date inside; its name says 2024-06-16
    and 6 not imported, each for a reason
      Canon/101CANON/IMG_0004.JPG           truncated
          Incomplete: the picture ends before its end marker. It is imported once it is complete.
      InstantUpload/IMG_0409.JPG            same bytes
          The library has IMG_0409.JPG, equal byte for byte.
      InstantUpload/IMG_0418.jpg            same shot
          The library has IMG_0418.HEIC: same camera, same size, same second, different format.
      InstantUpload/IMG_0431.jpg.nextcloud  waiting: online only
          A placeholder of Nextcloud's. The photo is imported once it is on this disk.
      Old videos/Christmas 1998.mkv         not supported by Photos
          Photos doesn't support this file type. It stays in the folder.
      Sent to Grandma/the lake.jpg          same bytes as InstantUpload/IMG_0415.JPG
          Two copies of one photo; one is enough.

    sync also exported 3 from the library
      IMG_0377.HEIC → 2024/06/IMG_0377.HEIC
      IMG_0380.JPG  → 2024/06/IMG_0380.JPG      with IMG_0380.MOV: both halves of a Live Photo
      IMG_0388.JPG  → 2024/06/IMG_0388 (2).JPG  the month has another photo of that name
    and 3 not exported, each for a reason
      IMG_0391.HEIC                         hidden
          It is in the Hidden album, so it should not appear in a folder.
      IMG_0409.JPG                          same bytes
          The folder has InstantUpload/IMG_0409.JPG, equal byte for byte.
      IMG_0418.HEIC                         same shot
          The folder has InstantUpload/IMG_0418.jpg, the same shot in another format.

    All files on both sides were read before and after:
      folder    the 19 files that were there have the same bytes and dates
      library   the originals of the 6 photos that were there have the same bytes
      new       every copied file has the same bytes on both sides
    A second simulate has nothing to import and nothing to export.

    See all of it on a page, with pictures (press Ctrl-C to stop it):
      photobridge --data-dir photobridge-demo/data serve
    Copy in a photo of your own, and see what sync would do with it:
      cp YOUR-PHOTO.jpg photobridge-demo/Nextcloud/Photos
      photobridge --data-dir photobridge-demo/data simulate
    See what happened to every single item:
      photobridge --data-dir photobridge-demo/data history 2
    Import that same shot as well, with the next sync:
      photobridge --data-dir photobridge-demo/data decide take-in \
        photobridge-demo/Nextcloud/Photos/InstantUpload/IMG_0418.jpg
    Move the exports back out of the folder, without deleting them:
      photobridge --data-dir photobridge-demo/data undo 2
    Delete all of it (there is nothing anywhere else):  rm -r photobridge-demo
    "#);
}
