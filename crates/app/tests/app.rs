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

    fn output(&self) -> PathBuf {
        self.root.path().join("out put")
    }

    fn app(&self) -> PathBuf {
        self.output().join("Photobridge.app")
    }
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
    for key in ["NSPhotoLibraryUsageDescription", "NSPhotoLibraryAddUsageDescription"] {
        assert!(says(key).starts_with("Photobridge "), "{key}: {}", says(key));
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
