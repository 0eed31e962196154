//! `scripts/make-app` on a program that is for a Mac by its first bytes alone.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use plist::{Dictionary, Value};
use support::text;

/// How a program for a Mac begins.
const MACH_O: &[u8] = b"\xcf\xfa\xed\xfe and the rest";

struct Bench {
    root: tempfile::TempDir,
}

/// Stands in for a tool of a Mac: notes how it was called, and does what is asked of it.
const TOOL: &str = r#"#!/bin/sh
printf '%s %s\n' "${0##*/}" "$*" >> "$CALLS"
case ${0##*/} in
    uname) echo Darwin ;;
    lipo) shift; cat "$1" "$2" > "$4" ;;
esac
"#;

impl Bench {
    fn new() -> Self {
        Self { root: tempfile::tempdir().expect("a temporary directory") }
    }

    fn make(&self, program: &[u8]) -> Output {
        let file = self.root.path().join("program");
        fs::write(&file, program).expect("written");
        let mut command = Command::new(sources().join("scripts/make-app"));
        command.arg("--output").arg(self.output()).arg(file).output().expect("the script runs")
    }

    /// Makes it as on a Mac, with tools that only note their calls; those calls, without the places of this test.
    fn make_on_a_mac(&self, words: &[&str], programs: usize) -> (Output, Vec<String>) {
        let tools = self.root.path().join("tools");
        fs::create_dir_all(&tools).expect("made");
        for tool in ["uname", "codesign", "ditto", "xcrun", "lipo"] {
            fs::write(tools.join(tool), TOOL).expect("written");
            fs::set_permissions(tools.join(tool), fs::Permissions::from_mode(0o755)).expect("permitted");
        }
        let path = std::env::var("PATH").expect("a path");
        let calls = self.root.path().join("calls");
        fs::write(&calls, "").expect("written");
        let mut command = Command::new(sources().join("scripts/make-app"));
        command.env("PATH", format!("{}:{path}", tools.display())).env("CALLS", &calls).args(words);
        command.arg("--output").arg(self.output());
        for number in 0..programs {
            let file = self.root.path().join(number.to_string());
            fs::write(&file, MACH_O).expect("written");
            command.arg(file);
        }
        let output = command.output().expect("the script runs");
        let calls = fs::read_to_string(calls).expect("noted");
        // The directory of the app has a space in its name.
        let calls = calls.replace("out put/", "");
        let whole = |line: &str| line.split_whitespace().map(last).collect::<Vec<_>>().join(" ");
        (output, calls.lines().filter(|line| !line.starts_with("uname")).map(whole).collect())
    }

    fn output(&self) -> PathBuf {
        self.root.path().join("out put")
    }

    fn app(&self) -> PathBuf {
        self.output().join("Photobridge.app")
    }
}

/// The name of a file, without its place.
fn last(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn information(file: &Path) -> Dictionary {
    plist::from_file(file).expect("a property list")
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "codesign refuses a program that is none")]
fn an_app_is_made_and_made_anew() {
    let bench = Bench::new();
    let output = bench.make(MACH_O);
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("It is not signed"), "{}", text(&output));
    let contents = bench.app().join("Contents");
    let information = information(&contents.join("Info.plist"));
    let says = |key: &str| information.get(key).and_then(Value::as_string).unwrap_or_default();
    assert_eq!(says("CFBundleIdentifier"), "org.photobridge.Photobridge");
    assert_eq!(says("CFBundlePackageType"), "APPL");
    for key in ["CFBundleVersion", "CFBundleShortVersionString"] {
        assert_eq!(says(key), env!("CARGO_PKG_VERSION"));
    }
    // What macOS asks with: without one it refuses what that is about unasked, or ends the program.
    let asks: Vec<&str> =
        information.keys().filter_map(|key| key.strip_prefix("NS")?.strip_suffix("UsageDescription")).collect();
    let expected = [
        "DesktopFolder",
        "DocumentsFolder",
        "DownloadsFolder",
        "FileProviderDomain",
        "NetworkVolumes",
        "PhotoLibraryAdd",
        "PhotoLibrary",
        "RemovableVolumes",
    ];
    assert_eq!(asks, expected);
    for key in asks {
        let words = says(&format!("NS{key}UsageDescription"));
        assert!(words.starts_with("Photobridge ") && words.ends_with('.'), "{key}: {words}");
    }
    assert_eq!(information.get("LSUIElement"), Some(&Value::Boolean(true)), "it has no place in the Dock");
    let program = contents.join("MacOS").join(says("CFBundleExecutable"));
    assert_eq!(fs::read(&program).expect("it is there"), MACH_O);
    assert_eq!(fs::metadata(&program).expect("it is there").permissions().mode() & 0o777, 0o755);
    assert!(contents.join("Resources").join(says("CFBundleIconFile")).with_extension("icns").exists());

    fs::write(contents.join("left over"), "").expect("written");
    let newer = [MACH_O, b", newer"].concat();
    assert!(bench.make(&newer).status.success());
    assert_eq!(fs::read(&program).expect("it is there"), newer);
    assert!(!contents.join("left over").exists(), "nothing of the older one stays");
    let left: Vec<_> = fs::read_dir(bench.output()).expect("it was made").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_is_no_program_for_a_mac_or_no_app_of_ours_is_left_alone() {
    let bench = Bench::new();
    let refused = bench.make(b"\x7fELF");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("is no program for macOS"), "{}", text(&refused));
    assert!(!bench.output().exists());

    let foreign = bench.app().join("Contents/Info.plist");
    fs::create_dir_all(foreign.parent().expect("below the app")).expect("made");
    fs::write(&foreign, "of somebody else").expect("written");
    let refused = bench.make(MACH_O);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused).contains("is something else and was left as it is"), "{}", text(&refused));
    assert_eq!(fs::read_to_string(foreign).expect("it is there"), "of somebody else");
}

#[test]
fn the_entitlements_let_a_hardened_app_ask_for_the_photos() {
    let entitlements = information(&sources().join("packaging/macos/entitlements.plist"));
    let photos = "com.apple.security.personal-information.photos-library";
    assert_eq!(entitlements.get(photos), Some(&Value::Boolean(true)));
}

#[test]
fn the_icon_shows_the_bridge_in_every_size() {
    let file = fs::read(sources().join("packaging/macos/Photobridge.icns")).expect("it is there");
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize;
    assert_eq!((&file[..4], number(4)), (b"icns".as_slice(), file.len()));
    let (mut sizes, mut at) = (BTreeMap::new(), 8);
    while at < file.len() {
        let (kind, length) = (String::from_utf8_lossy(&file[at..at + 4]).into_owned(), number(at + 4));
        let picture = image::load_from_memory(&file[at + 8..at + length]).expect("a picture").to_rgba8();
        let pixels = picture.width();
        assert_eq!(picture.height(), pixels, "{kind}");
        let at_part = |x: f64, y: f64| {
            let place = |part: f64| (part * f64::from(pixels)) as u32;
            picture.get_pixel(place(x), place(y)).0
        };
        assert_eq!(at_part(0.02, 0.02)[3], 0, "{kind}: around it is nothing");
        let [red, green, blue, alpha] = at_part(0.5, 0.2);
        assert!(alpha == 255 && blue > 180 && red < 90 && green < 140, "{kind}: its ground is blue");
        assert!(at_part(0.5, 0.65).iter().all(|part| *part > 200), "{kind}: the deck of the bridge is white");
        sizes.insert(kind, pixels);
        at += length;
    }
    // What `iconutil` calls icon_16x16@2x to icon_512x512@2x.
    let expected = [
        ("ic07", 128),
        ("ic08", 256),
        ("ic09", 512),
        ("ic10", 1024),
        ("ic11", 32),
        ("ic12", 64),
        ("ic13", 256),
        ("ic14", 512),
    ];
    assert_eq!(sizes, expected.map(|(kind, pixels)| (kind.to_owned(), pixels)).into());
}

#[test]
#[cfg_attr(target_os = "macos", ignore = "it stands in for the tools of a Mac")]
fn of_two_programs_one_for_every_mac_is_made() {
    let bench = Bench::new();
    let (output, calls) = bench.make_on_a_mac(&[], 2);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        calls,
        [
            "lipo -create 0 1 -output photobridge",
            "codesign --force --sign - Photobridge.app",
            "codesign --verify --strict Photobridge.app",
        ]
    );
    assert_eq!(fs::read(bench.app().join("Contents/MacOS/photobridge")).expect("there"), [MACH_O, MACH_O].concat());
}

/// The order matters: Apple looks at what is signed, with the hardened runtime and a time of its own, and its answer is put
/// into the app itself.
#[test]
#[cfg_attr(target_os = "macos", ignore = "it stands in for the tools of a Mac")]
fn what_is_notarised_is_signed_before_and_stapled_after() {
    let bench = Bench::new();
    let developer = "Developer ID Application: A. Person (ABCDE12345)";
    let (output, calls) = bench.make_on_a_mac(&["--sign", developer, "--notarise", "kept"], 1);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(
        calls,
        [
            "codesign --force --timestamp --options runtime --entitlements entitlements.plist --sign Developer ID \
             Application: A. Person (ABCDE12345) Photobridge.app",
            "codesign --verify --strict Photobridge.app",
            "ditto -c -k --keepParent Photobridge.app Photobridge.zip",
            "xcrun notarytool submit Photobridge.zip --keychain-profile kept --wait",
            "xcrun stapler staple Photobridge.app",
            "xcrun stapler validate Photobridge.app",
        ]
    );
    let bench = Bench::new();
    let (refused, calls) = bench.make_on_a_mac(&["--sign", "of our own", "--notarise", "kept"], 1);
    assert!(text(&refused).contains("Apple notarises only") && calls.is_empty() && !bench.output().exists());
}

/// macOS has a bash of 2007, and `bash -n` of a newer one knows no difference.
#[test]
fn what_a_mac_runs_asks_for_no_newer_bash() {
    let newer = [
        "declare -A",
        "local -A",
        "typeset -A",
        "declare -n",
        "local -n",
        "mapfile",
        "readarray",
        "coproc",
        "wait -n",
        "&>>",
        "|&",
        ";;&",
        ";&",
        ",,}",
        "^^}",
        "@Q}",
        "[[ -v",
        "globstar",
        "lastpipe",
        "EPOCHSECONDS",
        "BASHPID",
        "printf '%(",
        "[-1]",
    ];
    for script in ["make-app", "make-icon", "release", "verify-on-a-mac"] {
        let text = fs::read_to_string(sources().join("scripts").join(script)).expect("it is there");
        for words in newer {
            assert!(!text.contains(words), "scripts/{script} has {words}, which bash 3.2 does not know");
        }
    }
}

#[test]
fn the_formula_of_a_release_names_its_sources_and_what_they_are() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let mut release = Command::new(sources().join("scripts/release"));
    release.args(["--formula", "https://example.org/photobridge/"]).env("CARGO_TARGET_DIR", root.path());
    let output = release.output().expect("the script runs");
    assert!(output.status.success(), "{}", text(&output));
    let formula = root.path().join("formula");
    let name = concat!("photobridge-", env!("CARGO_PKG_VERSION"), ".tar.gz");
    let sum = Command::new("sha256sum").arg(formula.join(name)).output().expect("sha256sum runs");
    let text = fs::read_to_string(formula.join("photobridge.rb")).expect("a formula");
    assert!(text.contains(&format!("\n  url \"https://example.org/photobridge/{name}\"\n")), "{text}");
    let sum = String::from_utf8_lossy(&sum.stdout)[..64].to_owned();
    assert!(text.contains(&format!("\n  sha256 \"{sum}\"\n")) && !text.contains('@'), "{text}");
}
