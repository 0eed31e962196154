//! `scripts/verify-on-a-mac` on a library of ours: as it is on this machine, and on a Mac of the test's own, whose tools
//! say what those of a Mac would say.

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use photobridge_media::sample::Shot;
use photobridge_testkit::alter;
use support::{Household, text, tree};

/// Photobridge on that Mac: its first bytes are those of a program for one, and a shell passes over them. `photos` is the
/// household's library, and what only a Mac does is noted.
const PHOTOBRIDGE: &str = r#" 2> /dev/null
case "$*" in
    *" authorize") echo "ok    macOS lets Terminal use Photos"; exit ;;
    *" service status") cat "$HOME/status"; exit ;;
    *" service "*) echo "$*" >> "$HOME/services"; exit ;;
esac
for word in "$@"; do
    shift
    case $word in photos) set -- "$@" "$HOME/library" ;; *) set -- "$@" "$word" ;; esac
done
exec "$REAL" "$@"
"#;

/// What the agent says of itself, before and after its app got another seal.
const CURL: &str = r#"#!/bin/sh
for seal in "$HOME"/photobridge-check.*/Photobridge.app/Contents/Resources/update; do
    if [ -e "$seal" ]; then cat "$HOME/after"; else cat "$HOME/before"; fi
done
"#;

const NOT_INSTALLED: &str = "Installed  no: `photobridge service install`\nRunning    no\n";

struct Check {
    home: Household,
}

impl Check {
    /// A library with one photo.
    fn new() -> Self {
        let home = Household::new();
        let photo = Shot::new(jiff::civil::date(2023, 5, 6).at(7, 8, 9, 0), 7).jpeg(64, 48);
        home.fill_library(&[("IMG_7.JPG", photo)]);
        Self { home }
    }

    /// On a Mac whose agent answers so.
    fn on_a_mac(&self, status: &str, before: &str, after: &str) -> Output {
        for (name, words) in [("status", status), ("before", before), ("after", after)] {
            fs::write(self.home.root().join(name), words).expect("written");
        }
        for (name, script) in [
            ("uname", "#!/bin/sh\necho Darwin\n"),
            ("sw_vers", "#!/bin/sh\necho 26.1\n"),
            ("codesign", "#!/bin/sh\n"),
            ("open", "#!/bin/sh\n"),
            ("curl", CURL),
        ] {
            self.program(&format!("tools/{name}"), script.as_bytes());
        }
        let program = self.program("photobridge", &[b"\xcf\xfa\xed\xfe", PHOTOBRIDGE.as_bytes()].concat());
        let photos = self.photos();
        self.run(&program, "photos", &["--photos", &photos.to_string_lossy()], "y\n")
    }

    /// A person's own Live Photo, and RAW with its JPEG.
    fn photos(&self) -> PathBuf {
        let place = self.home.root().join("their own photos");
        fs::create_dir(&place).expect("made");
        let mut live = Shot::new(jiff::civil::date(2024, 1, 2).at(3, 4, 5, 0), 1);
        live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000001".into());
        let raw = Shot::new(jiff::civil::date(2024, 1, 3).at(3, 4, 5, 0), 2);
        for (name, bytes) in [
            ("IMG_1.HEIC", live.heif(64, 48)),
            ("IMG_1.MOV", live.movie(64, 48, 900)),
            ("DSC 2.JPG", raw.jpeg(64, 48)),
            ("DSC 2.DNG", raw.dng(64, 48)),
        ] {
            fs::write(place.join(name), bytes).expect("written");
        }
        place
    }

    fn program(&self, path: &str, script: &[u8]) -> PathBuf {
        let path = self.home.root().join(path);
        fs::create_dir_all(path.parent().expect("below home")).expect("made");
        fs::write(&path, script).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its own file");
        path
    }

    fn run(&self, program: &Path, library: &str, more: &[&str], answers: &str) -> Output {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = Command::new(sources.join("scripts/verify-on-a-mac"));
        command.env_clear().env("HOME", self.home.root()).env("REAL", env!("CARGO_BIN_EXE_photobridge"));
        command.env("PATH", format!("{}:/usr/bin:/bin", self.home.root().join("tools").display()));
        command.arg("--program").arg(program).args(["--library", library]).args(more);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the script runs");
        child.stdin.take().expect("piped").write_all(answers.as_bytes()).expect("it reads");
        child.wait_with_output().expect("it ends")
    }

    fn here(&self, more: &[&str]) -> Output {
        let library = self.home.library_path();
        self.run(Path::new(env!("CARGO_BIN_EXE_photobridge")), &library.to_string_lossy(), more, "")
    }

    /// The folder that the check made.
    fn room(&self) -> PathBuf {
        let entries = fs::read_dir(self.home.root()).expect("a directory").map(|entry| entry.expect("an entry").path());
        let mut rooms = entries.filter(|path| path.to_string_lossy().contains("photobridge-check."));
        rooms.next().expect("the check made a folder")
    }
}

#[track_caller]
fn says(output: &Output, lines: &[&str]) {
    let text = text(output);
    let missing: Vec<_> = lines.iter().filter(|line| !text.contains(**line)).collect();
    assert!(missing.is_empty(), "{missing:?} are missing in\n{text}");
}

#[test]
fn two_photos_go_in_and_out_and_nothing_else_is_touched() {
    let check = Check::new();
    let held = check.home.stored();
    let output = check.here(&[]);
    assert!(output.status.success(), "{}", text(&output));
    says(
        &output,
        &[
            "not done  permission: this is no Mac",
            "ok        doctor finds nothing wrong",
            "ok        listing: 1 photos",
            "ok        import: 2 photos, each file read back and compared",
            "ok        import: nothing would go in twice",
            "ok        read back: a Live Photo, and a photo of a RAW and its JPEG",
            "ok        export: 2 photos, and every file as it went in",
            "ok        motion photo: two files were made of it, and nothing would go in twice",
            "not done  iCloud: the library tells of no photo that is only there",
            "not done  agent: this is no Mac",
        ],
    );
    assert_eq!(check.home.names(), ["IMG_0002.JPG", "IMG_0412.JPG", "IMG_7.JPG", "PXL_1.MP.jpg"]);
    let kept = check.home.stored();
    assert!(held.iter().all(|bytes| kept.contains(bytes)), "what the library held is there");
    assert_eq!(tree(&check.home.folder()).len(), 0, "the household's own folder is none of its");
    assert_eq!(tree(&check.room().join("out")).len(), 4, "only what came from the check goes out");

    let again = check.here(&[]);
    assert_eq!(again.status.code(), Some(1));
    says(&again, &["FAILED    import: 2 photos should go in, and 0 would", "IMG_0412.JPG  skipped: same bytes"]);
    assert_eq!(check.home.names().len(), 4);
}

#[test]
fn an_original_that_does_not_come_from_icloud_is_named() {
    let check = Check::new();
    let id = alter::id_of(&check.home.library_path(), "IMG_7.JPG");
    alter::evict(&check.home.library_path());
    let output = check.here(&[]);
    assert_eq!(output.status.code(), Some(1));
    says(&output, &[&format!("FAILED    iCloud: {id} did not come: only in iCloud"), "ok        export: 2 photos"]);
}

#[test]
fn on_a_mac_the_agent_is_asked_before_and_after_an_update() {
    let lets = "macOS lets Photobridge use Photos";
    let keeps = "macOS keeps Photobridge from Photos";
    let certified = format!("{lets} … what is allowed stays allowed after an update");
    let (may, may_not) = ("ok        agent: it may use Photos", "FAILED    agent: it may not use Photos");
    for (before, after, first, then, exit) in [
        (&*certified, lets, may, "ok        agent: after an update it still may, as doctor foretold", 0),
        (&*certified, keeps, may, "FAILED    agent: after an update it may not, though doctor says", 1),
        (lets, keeps, may, "ok        agent: after an update it may not, as doctor foretold", 0),
        (lets, lets, may, "ok        agent: after an update it still may, though doctor warned", 0),
        (keeps, keeps, may_not, "agent: after an update it may not", 1),
    ] {
        let check = Check::new();
        let output = check.on_a_mac(NOT_INSTALLED, before, after);
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        let permission = "ok        permission: ok    macOS lets Terminal use Photos";
        says(&output, &[permission, "ok        the album, as a person sees it", first, then]);
        let services = fs::read_to_string(check.home.root().join("services")).expect("it was installed");
        let actions: Vec<_> = services.lines().filter_map(|line| line.rsplit(' ').next()).collect();
        assert_eq!(actions, ["install", "install", "uninstall"], "nothing of it stays");
        let data = check.room().join("data-agent");
        assert!(services.lines().all(|line| line.contains(&*data.to_string_lossy())), "{services}");
    }
}

#[test]
fn a_service_that_is_installed_is_left_alone() {
    let check = Check::new();
    let output = check.on_a_mac("Installed  yes, in a file\nRunning    yes\n", "", "");
    assert!(output.status.success(), "{}", text(&output));
    says(&output, &["not done  agent: a service is installed already, and was left alone"]);
    assert!(!check.home.root().join("services").exists());
}
