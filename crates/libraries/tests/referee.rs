//! An independent reader, osxphotos, reads the same libraries: both must say the same, field by field.
//!
//! Needs `osxphotos` (0.77 was used) on the path, or where `OSXPHOTOS` says.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use photobridge_core::asset::{Asset, MediaKind, ResourceRole, Subtype, Whereabouts};
use photobridge_core::library::{Library, Snapshot};
use photobridge_libraries::{Bundle, Embedded};
use serde_json::Value;

/// What osxphotos lists, trashed photos too, by uuid.
fn osxphotos(library: &Path) -> BTreeMap<String, Value> {
    let program = std::env::var_os("OSXPHOTOS").unwrap_or_else(|| "osxphotos".into());
    let mut found = BTreeMap::new();
    for which in ["--not-hidden", "--hidden"] {
        for deleted in [None, Some("--deleted-only")] {
            let mut command = Command::new(&program);
            // It writes its crash log where it stands.
            command.current_dir(std::env::temp_dir());
            command.args(["query", "--json", which, "--library"]).arg(library).args(deleted);
            let output = command.output().expect("osxphotos runs; set OSXPHOTOS to where it is");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let photos: Vec<Value> = serde_json::from_slice(&output.stdout).expect("osxphotos writes JSON");
            found.extend(photos.into_iter().map(|photo| (text(&photo, "uuid").expect("a uuid"), photo)));
        }
    }
    found
}

fn text(photo: &Value, key: &str) -> Option<String> {
    photo[key].as_str().map(str::to_owned)
}

fn texts(photo: &Value, key: &str) -> Vec<String> {
    let values = photo[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found: Vec<String> = values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    found.sort();
    found
}

fn sorted(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = values.into_iter().collect();
    values.sort();
    values
}

/// Compares one asset; a difference is one line.
struct Comparison<'a> {
    name: &'a str,
    differences: Vec<String>,
}

impl Comparison<'_> {
    fn same<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, ours: T, theirs: T) {
        if ours != theirs {
            self.differences.push(format!("{} {what}: ours {ours:?}, theirs {theirs:?}", self.name));
        }
    }

    fn asset(&mut self, library: &mut dyn Library, snapshot: &Snapshot, asset: &Asset, photo: &Value) {
        let details = asset.details.as_deref().cloned().unwrap_or_default();
        let flag = |key: &str| photo[key].as_bool().unwrap_or(false);
        self.same(
            "original_filename",
            asset.original_name.to_string(),
            text(photo, "original_filename").unwrap_or_default(),
        );
        self.same("favorite", details.favorite, flag("favorite"));
        self.same("hidden", asset.standing.hidden, flag("hidden"));
        self.same("intrash", asset.standing.trashed, flag("intrash"));
        self.same("shared", asset.standing.shared_album, flag("shared"));
        self.same("burst", asset.burst.is_some(), flag("burst"));
        self.same("isphoto", asset.kind == MediaKind::Photo, flag("isphoto"));
        self.same("hasadjustments", asset.edited, flag("hasadjustments"));
        self.same("live_photo", asset.subtype == Some(Subtype::LivePhoto), flag("live_photo"));
        self.same("panorama", asset.subtype == Some(Subtype::Panorama), flag("panorama"));
        self.same("slow_mo", asset.subtype == Some(Subtype::SlowMotion), flag("slow_mo"));
        self.same("time_lapse", asset.subtype == Some(Subtype::TimeLapse), flag("time_lapse"));
        self.same("has_raw", asset.resource(ResourceRole::AlternatePhoto).is_some(), flag("has_raw"));
        self.same("title", details.title, text(photo, "title").filter(|title| !title.is_empty()));
        self.same("description", details.description, text(photo, "description").filter(|text| !text.is_empty()));
        self.same("keywords", sorted(details.keywords), texts(photo, "keywords"));
        let albums = asset.albums.iter().map(|&at| snapshot.albums[at as usize].title.clone());
        self.same("albums", sorted(albums), texts(photo, "albums"));
        let place = (photo["latitude"].as_f64(), photo["longitude"].as_f64());
        self.same("location", details.location.map(|place| (place.latitude, place.longitude)).unzip(), place);
        let pixels = |width: &str, height: &str| {
            let side = |key: &str| photo[key].as_u64().filter(|&side| side > 0).map(|side| side as u32);
            side(width).zip(side(height))
        };
        self.same("size", asset.current_pixels, pixels("width", "height"));
        self.same("original size", asset.pixels, pixels("original_width", "original_height"));
        self.dates(asset, photo);
        self.paths(library, asset, photo);
    }

    fn dates(&mut self, asset: &Asset, photo: &Value) {
        let instant = |key: &str| text(photo, key).and_then(|date| date.parse::<Timestamp>().ok()).map(microseconds);
        let captured = asset.captured.and_then(|time| time.instant_or_wall()).map(microseconds);
        // Both round a binary fraction; they may end a microsecond apart.
        let is_near = |a: i64, b: i64| a.abs_diff(b) <= 1;
        let is_same = match (captured, instant("date")) {
            (Some(ours), Some(theirs)) => is_near(ours, theirs),
            // osxphotos shows 1970 for a date that it cannot represent, we show none.
            (None, Some(theirs)) => theirs.abs() <= 86_400_000_000,
            (ours, theirs) => ours == theirs,
        };
        if !is_same {
            self.differences.push(format!("{} date: ours {:?}, theirs {}", self.name, asset.captured, photo["date"]));
        }
        let offset = photo["tzoffset"].as_i64();
        // osxphotos takes only ZTIMEZONEOFFSET; where that is empty we take the inferred one.
        if offset.is_some() && asset.captured.is_some() {
            self.same("tzoffset", asset.captured.and_then(|time| time.offset()).map(i64::from), offset);
        }
    }

    /// Where osxphotos has a path, the same bytes are ours.
    fn paths(&mut self, library: &mut dyn Library, asset: &Asset, photo: &Value) {
        let primary = asset.primary().expect("every asset has a primary file").role;
        let edited = match asset.kind {
            MediaKind::Photo => ResourceRole::RenderedPhoto,
            MediaKind::Video => ResourceRole::RenderedVideo,
        };
        for (key, role) in [
            ("path", primary),
            ("path_live_photo", ResourceRole::PairedVideo),
            ("path_raw", ResourceRole::AlternatePhoto),
            ("path_edited", edited),
            ("path_edited_live_photo", ResourceRole::RenderedPairedVideo),
        ] {
            let is_here = asset.resource(role).is_some_and(|file| file.whereabouts == Whereabouts::Here);
            match text(photo, key) {
                Some(path) if is_here => {
                    let theirs = fs::read(&path).expect("the path of osxphotos exists");
                    self.same(key, support::bytes(library, asset, role) == theirs, true);
                }
                path => self.same(key, is_here, path.is_some()),
            }
        }
    }
}

fn microseconds(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// All differences between the two readers.
fn compare(library: &mut dyn Library, path: &Path) -> Vec<String> {
    let snapshot = support::snapshot(library);
    let theirs = osxphotos(path);
    let mut differences = Vec::new();
    for asset in &snapshot.assets {
        let mut comparison = Comparison { name: &asset.original_name, differences: Vec::new() };
        match theirs.get(&*asset.id.0) {
            Some(photo) => comparison.asset(library, &snapshot, asset, photo),
            None => comparison.differences.push(format!("{} is not listed by osxphotos", asset.original_name)),
        }
        differences.append(&mut comparison.differences);
    }
    for uuid in theirs.keys().filter(|uuid| !snapshot.assets.iter().any(|asset| *asset.id.0 == ***uuid)) {
        differences.push(format!("{uuid} is not listed by us"));
    }
    differences
}

#[test]
#[ignore = "needs osxphotos"]
fn an_embedded_library_reads_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("Library");
    let ids = support::standard_library(&path, &directory.path().join("folder"));
    let mut library = Embedded::open(&path).expect("a library");
    assert_eq!(compare(&mut library, &path), Vec::<String>::new());
    // What was imported is what osxphotos sees, said once more without our reader.
    let theirs = osxphotos(&path);
    assert_eq!(theirs.len(), ids.len());
    for (id, sample) in ids.iter().zip(&support::samples()) {
        let photo = &theirs[&*id.0];
        for (role, name, bytes) in &sample.parts {
            let key = match role {
                ResourceRole::Photo | ResourceRole::Video => "path",
                ResourceRole::PairedVideo => "path_live_photo",
                ResourceRole::AlternatePhoto => "path_raw",
                _ => continue,
            };
            let path = text(photo, key).expect(name);
            assert!(fs::read(path).expect(name) == *bytes, "{name}");
        }
        assert_eq!(texts(photo, "albums"), Vec::from_iter(sample.album));
        assert_eq!(texts(photo, "keywords"), sorted(sample.details.keywords.clone()));
        assert_eq!(text(photo, "description").filter(|text| !text.is_empty()), sample.details.description);
        let fingerprint = support::fingerprint(sample);
        assert_eq!(text(photo, "fingerprint"), Some(fingerprint.to_string()));
    }
}

/// Where the two readers differ on purpose: the library, the text that the difference contains, and why.
const INTENDED: [(&str, &str, &str); 3] = [
    ("Test-Media-Types-15.7.2", "IMG_0664.JPG is not listed by osxphotos", "it leaves out unpicked burst frames"),
    ("Test-Media-Types-15.7.2", "IMG_0675.JPG is not listed by osxphotos", "it leaves out unpicked burst frames"),
    (
        "Test-Shared-10.15.1",
        "9D671650-B2FD-4760-84CA-FD25AF622C63.JPG path: ours true, theirs false",
        "the file is here though ZLOCALAVAILABILITY says it is not, which osxphotos believes",
    ),
];

#[test]
#[ignore = "needs osxphotos and ../shared"]
fn the_real_libraries_read_the_same() {
    let mut unexpected = Vec::new();
    let mut libraries = Vec::from_iter(fs::read_dir(support::shared().join("libraries")).expect("../shared"));
    libraries.retain(Result::is_ok);
    assert_eq!(libraries.len(), 6);
    for entry in libraries.into_iter().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let scratch = tempfile::tempdir().expect("a directory");
        // osxphotos opens the database in place, so it gets a copy.
        let copy = scratch.path().join(&name);
        support::copy_tree(&entry.path(), &copy);
        let mut library = Bundle::open(&copy, scratch.path()).expect("a library");
        for difference in compare(&mut library, &copy) {
            let is_intended =
                INTENDED.iter().any(|(place, what, _)| name.starts_with(place) && difference.contains(what));
            if !is_intended {
                unexpected.push(format!("{name}: {difference}"));
            }
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
