//! The real libraries, each carried into a folder and from there into a library of our own: every file arrives, every pair
//! stays one, nothing goes twice, and an independent reader sees the same photos. An edited version that went out beside
//! its original stays in the folder and says so: no library can be given the edit of another photo.
//!
//! They are no part of the project: `PHOTOBRIDGE_SHARED` names where they lie, and `OSXPHOTOS` the reader.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use photobridge_core::asset::{Asset, ResourceRole, Whereabouts};
use photobridge_core::fingerprint::{Fingerprint, Hasher};
use photobridge_core::library::Library;
use photobridge_core::progress::{Cancel, Silent};
use serde_json::Value;
use support::{Household, Report, text, tree};

/// What is said of a photo besides its bytes, in osxphotos' words.
const SAID: [&str; 12] = [
    "live_photo",
    "screenshot",
    "screen_recording",
    "slow_mo",
    "time_lapse",
    "panorama",
    "portrait",
    "selfie",
    "hdr",
    "burst",
    "spatial",
    "original_adjustments",
];

/// The bytes of the files of one photo.
type Files = BTreeSet<Fingerprint>;

fn libraries() -> Vec<PathBuf> {
    let shared = PathBuf::from(std::env::var("PHOTOBRIDGE_SHARED").expect("PHOTOBRIDGE_SHARED names ../shared"));
    let entries = fs::read_dir(shared.join("libraries")).expect("libraries");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("listed").path()).collect();
    found.sort();
    found
}

fn open(path: &Path, home: &Household) -> Box<dyn Library> {
    photobridge_libraries::open(path, &home.root().join("scratch")).expect("a library")
}

/// The bytes of those files of an asset that have one of these roles, are here, and came along where they are recipes.
fn files(library: &mut dyn Library, asset: &Asset, roles: &[ResourceRole]) -> Files {
    let is_wanted = |role: ResourceRole, locator: &str| {
        roles.contains(&role) && (role != ResourceRole::AdjustmentData || locator.ends_with(".aae"))
    };
    let here = asset.resources.iter().filter(|entry| entry.whereabouts == Whereabouts::Here);
    let wanted: Vec<ResourceRole> =
        here.filter(|entry| is_wanted(entry.role, &entry.locator)).map(|entry| entry.role).collect();
    let read = |role| {
        let mut hasher = Hasher::new();
        library.read(asset, role, &mut hasher, &Cancel::new()).expect("readable");
        hasher.finish()
    };
    wanted.into_iter().map(read).collect()
}

/// The photos that must arrive, by the rule: of what is not in the trash or a shared album, and whose first file is here, the
/// original with what belongs to it, the edited version with its movie, or both as two.
fn expected(library: &mut dyn Library, edited: &str) -> BTreeSet<Files> {
    use ResourceRole::*;
    let assets = library.snapshot(&Silent, &Cancel::new()).expect("a snapshot").assets;
    let mut photos = BTreeSet::new();
    for asset in assets.iter().filter(|asset| !asset.standing.trashed && !asset.standing.shared_album) {
        let originals = [Photo, Video, PairedVideo, AlternatePhoto, AdjustmentData];
        let renders = [RenderedPhoto, RenderedVideo, RenderedPairedVideo];
        let is_here = |roles: &[ResourceRole]| {
            let main = asset.resources.iter().find(|entry| roles.contains(&entry.role));
            main.is_some_and(|main| main.whereabouts == Whereabouts::Here)
        };
        let has_render = asset.render().is_some();
        if (edited != "current" || !has_render) && is_here(&[Photo, Video]) {
            photos.insert(files(library, asset, &originals));
        }
        if edited != "original" && has_render && is_here(&[RenderedPhoto, RenderedVideo]) {
            photos.insert(files(library, asset, &renders));
        }
    }
    photos
}

/// What osxphotos says of each photo, by the bytes of its original.
fn said(library: &Path) -> BTreeMap<Fingerprint, BTreeMap<&'static str, Value>> {
    let osxphotos = std::env::var("OSXPHOTOS").unwrap_or_else(|_| "osxphotos".into());
    let mut found = BTreeMap::new();
    for which in ["--not-hidden", "--hidden"] {
        let mut query = Command::new(&osxphotos);
        query.current_dir(std::env::temp_dir()).args(["query", "--json", which, "--library"]).arg(library);
        let output = query.output().expect("osxphotos runs");
        assert!(output.status.success(), "{}", text(&output));
        let photos: Vec<Value> = serde_json::from_slice(&output.stdout).expect("JSON");
        for photo in photos.iter().filter(|photo| photo["shared"] == Value::Bool(false)) {
            // Of a photo whose file is gone there is nothing to carry.
            let Some(file) = photo["path"].as_str().and_then(|path| fs::File::open(path).ok()) else { continue };
            let (bytes, _) = Fingerprint::of_reader(file).expect("readable");
            // Nor does a still tell of a movie that is gone.
            let lost_its_movie = photo["live_photo"] == Value::Bool(true) && photo["path_live_photo"].is_null();
            let keys = SAID.into_iter().filter(|key| !(lost_its_movie && *key == "live_photo"));
            found.insert(bytes, keys.map(|key| (key, photo[key].clone())).collect());
        }
    }
    found
}

/// A copy of a real library, the folder that it goes to, and the library of our own that is filled from there.
struct Journey {
    home: Household,
    third: Household,
    bundle: PathBuf,
}

impl Journey {
    fn new(source: &Path, edited: &str) -> Self {
        let home = Household::new();
        let bundle = home.root().join("Copy.photoslibrary");
        let copied = Command::new("cp").arg("-rp").arg(source).arg(&bundle).status().expect("cp runs");
        assert!(copied.success());
        home.make_data();
        let settings = format!("[export]\nedited = {edited:?}\nhidden = true\nunpicked_burst_frames = true\n");
        fs::write(home.data().join("settings.toml"), settings).expect("settings");
        Self { home, third: Household::new(), bundle }
    }

    /// Why each file of the folder stays there, which the third library does not have.
    fn reasons(&self) -> BTreeMap<PathBuf, String> {
        let mut command = self.third.command(&["simulate", "--json-lines", "--settle", "0"]);
        command.arg("--folder").arg(self.home.folder()).arg("--library").arg(self.third.library_path());
        let output = command.output().expect("it runs");
        let lines = String::from_utf8(output.stdout).expect("UTF-8");
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.filter_map(|line| Some((line["path"].as_str()?.into(), line["reason"].as_str()?.to_owned()))).collect()
    }

    /// Between the real library and the folder, or between the folder and the third library.
    fn run(&self, onwards: bool, arguments: &[&str]) -> Report {
        let (home, library) = match onwards {
            false => (&self.home, self.bundle.clone()),
            true => (&self.third, self.third.library_path()),
        };
        let mut command = home.command(arguments);
        command.arg("--folder").arg(self.home.folder()).arg("--library").arg(library).args(["--settle", "0", "--json"]);
        let output = command.output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        Report(serde_json::from_slice(&output.stdout).expect("JSON"))
    }
}

#[test]
#[ignore = "needs ../shared and osxphotos"]
fn what_goes_on_into_a_third_library_is_all_there_and_whole() {
    for source in libraries() {
        let name = source.file_stem().expect("a name").to_string_lossy().into_owned();
        for edited in ["original", "current", "both"] {
            let journey = Journey::new(&source, edited);
            let case = format!("{name}, {edited}");
            let mut original = open(&journey.bundle, &journey.home);
            let expected = expected(&mut *original, edited);

            journey.run(false, &["sync", "--mode", "export", "--full-library"]);
            journey.run(true, &["sync", "--mode", "import"]);

            let mut arrived = open(&journey.third.library_path(), &journey.third);
            let assets = arrived.snapshot(&Silent, &Cancel::new()).map(|found| found.assets).unwrap_or_default();
            let roles: Vec<ResourceRole> = (0..9).filter_map(ResourceRole::from_code).collect();
            let photos: Vec<Files> = assets.iter().map(|asset| files(&mut *arrived, asset, &roles)).collect();
            let once: BTreeSet<Files> = photos.iter().cloned().collect();
            let in_folder = tree(&journey.home.folder());
            assert!(once.is_subset(&expected), "{case}: nothing but the photos, each with all its files: {once:?}");
            assert_eq!(photos.len(), once.len(), "{case}: each once");
            let stay: Vec<&Files> = expected.difference(&once).collect();
            let reasons = if stay.is_empty() { BTreeMap::new() } else { journey.reasons() };
            for edit in &stay {
                let mut paths = in_folder.iter().filter(|(_, (bytes, _))| edit.contains(bytes)).map(|(path, _)| path);
                let reason = paths.find_map(|path| reasons.get(path)).map(String::as_str);
                let is_said = edited == "both" && reason == Some("edited version of");
                assert!(is_said, "{case}: {edit:?} is not there: {reason:?}");
            }

            let number: usize = photos.iter().map(BTreeSet::len).sum();
            let folder: Files = in_folder.values().map(|(bytes, _)| *bytes).collect();
            assert_eq!(folder, expected.iter().flatten().copied().collect(), "{case}: the folder has just these");

            for onwards in [false, true] {
                let both = ["simulate", "--mode", "bidirectional", "--full-library"];
                let again = journey.run(onwards, &both).0;
                let planned = |way: &str| again[way]["planned"].as_u64().unwrap_or(0);
                assert_eq!((planned("import"), planned("export")), (0, 0), "{case}: {again}");
            }

            let mut compared = 0;
            if edited == "original" {
                let there = said(&journey.third.library_path());
                for (bytes, words) in said(&journey.bundle) {
                    let Some(mut now) = there.get(&bytes).cloned() else { continue };
                    now.retain(|key, _| words.contains_key(key));
                    assert_eq!(now, words, "{case}: what is said of {bytes}");
                    compared += words.len();
                }
            }
            let (goes, lies, stays) = (photos.len(), in_folder.len(), stay.len());
            println!(
                "{case}: {lies} in the folder, {number} of {goes} photos arrived, {stays} edits stay, {compared} words"
            );
        }
    }
}
