//! Archives of Google Photos and Apple, straight from their zips: what comes of them is what would come of them unpacked, in
//! whichever order the parts arrive, and also once they were thrown away.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jiff::civil::date;
use photobridge_core::asset::ResourceRole;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::sample::Shot;
use photobridge_testkit::zip::{Packed, zip};
use serde_json::Value;
use support::{Household, Report, jpeg, text, tree};

/// 2020-07-04T10:11:12Z, when the photos were taken.
const JULY: i64 = 1_593_857_472;

const YEAR: &str = "Takeout/Google Photos/Photos from 2020";
const ALBUM: &str = "Takeout/Google Photos/Summer";

/// A picture with nothing but a picture in it.
fn bare(number: u64) -> Vec<u8> {
    let jpeg = Shot::new(date(2020, 7, 4).at(10, 11, 12, 0), number).jpeg(64, 48);
    let exif = 2 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    [&jpeg[..2], &jpeg[2 + exif..]].concat()
}

fn told(title: &str, taken: i64) -> Vec<u8> {
    format!(r#"{{"title": {title:?}, "photoTakenTime": {{"timestamp": "{taken}"}}}}"#).into_bytes()
}

/// Files with their paths in an export.
type Files = Vec<(String, Vec<u8>)>;

/// Three parts of one export: photos and what tells of them lie apart.
fn parts() -> [Files; 3] {
    let year = |name: &str, bytes: Vec<u8>| (format!("{YEAR}/{name}"), bytes);
    let album = |name: &str, bytes: Vec<u8>| (format!("{ALBUM}/{name}"), bytes);
    [
        vec![
            year("harbour.jpg", bare(1)),
            year("harbour.jpg.supplemental-metadata.json", told("harbour.jpg", JULY)),
            year("split.jpg.supplemental-metadata.json", told("split.jpg", JULY + 11)),
            year("late.jpg", bare(3)),
            year("film.mp4", Shot::new(date(2020, 7, 4).at(10, 11, 12, 0), 4).movie(64, 48, 9_000)),
        ],
        vec![
            year("split.jpg", bare(2)),
            year("zone.jpg", jpeg(5)),
            album("harbour.jpg", bare(1)),
            album("harbour.jpg.json", told("harbour.jpg", JULY)),
            album("metadata.json", br#"{"title": "Summer: islands", "access": "protected"}"#.to_vec()),
        ],
        vec![
            year("late.jpg.json", told("late.jpg", JULY + 22)),
            year("other.jpg", bare(6)),
            year("other.jpg.json", told("other.jpg", JULY)),
        ],
    ]
}

struct Zips(Household);

impl Zips {
    fn new() -> Self {
        let home = Household::new();
        fs::create_dir(home.root().join("zips")).expect("a directory");
        Self(home)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.root().join("zips").join(name)
    }

    fn put(&self, name: &str, files: &[(String, Vec<u8>)]) {
        let packed: Vec<Packed> = files
            .iter()
            .enumerate()
            .map(
                |(at, (path, bytes))| {
                    if at % 2 == 0 { Packed::stored(path, bytes) } else { Packed::deflated(path, bytes) }
                },
            )
            .collect();
        fs::write(self.at(name), zip(&packed)).expect("written");
    }

    fn part(&self, number: usize) {
        self.put(&format!("takeout-20250301T120000Z-00{number}.zip"), &parts()[number - 1]);
    }

    fn run(&self, command: &str, folders: &[PathBuf], exit: i32) -> Report {
        let mut run = self.0.command(&[command, "--json", "--settle", "0", "--library"]);
        run.arg(self.0.library_path());
        folders.iter().for_each(|folder| {
            run.arg("--folder").arg(folder);
        });
        let output = run.output().expect("the program runs");
        assert_eq!(output.status.code(), Some(exit), "{}", text(&output));
        Report(serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output))))
    }

    fn sync(&self) -> Report {
        let report = self.run("sync", &[self.at("takeout-*.zip")], 0);
        report.adds_up();
        report
    }
}

/// Of each photo in a library its bytes and when it was taken.
fn photos(home: &Household) -> BTreeMap<String, (Fingerprint, String)> {
    let assets = home.snapshot().assets;
    let of = |asset: &photobridge_core::asset::Asset| {
        let role = asset.primary().map_or(ResourceRole::Photo, |primary| primary.role);
        let taken = asset.captured.map(|time| time.to_string()).unwrap_or_default();
        (asset.original_name.to_string(), (Fingerprint::of(&home.bytes(asset, role)), taken))
    };
    let count = assets.len();
    let photos: BTreeMap<_, _> = assets.iter().map(of).collect();
    assert_eq!(photos.len(), count, "nothing twice");
    photos
}

fn notices(report: &Report) -> String {
    let notices = report.0["notices"].as_array().expect("a list");
    notices.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

fn unpacked() -> Household {
    let home = Household::new();
    parts().into_iter().flatten().for_each(|(path, bytes)| drop(home.put(&path, &bytes)));
    home.report(&["sync"], 0);
    home
}

#[test]
fn zips_bring_what_they_would_bring_unpacked_in_whichever_order_they_come() {
    let wanted = photos(&unpacked());
    assert_eq!(wanted.len(), 6);
    assert_eq!(wanted["split.jpg"].1, "2020-07-04T10:11:23Z");
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        let zips = Zips::new();
        for number in order {
            zips.part(number);
            zips.sync();
        }
        assert_eq!(photos(&zips.0), wanted, "{order:?}");
        assert_eq!(zips.run("simulate", &[zips.at("takeout-*.zip")], 0).count("planned"), 0);
    }
    let zips = Zips::new();
    (1..=3).for_each(|number| zips.part(number));
    let named = [1, 2, 3].map(|number| zips.at(&format!("takeout-20250301T120000Z-00{number}.zip")));
    assert_eq!(zips.run("sync", &named, 0).count("applied"), 6, "the parts, named one by one, are one tree");
    assert_eq!(photos(&zips.0), wanted);
    let albums = zips.0.snapshot().albums;
    assert!(albums.iter().any(|album| album.title == "Summer: islands"), "{albums:?}");
}

#[test]
fn a_part_that_is_missing_or_damaged_is_named_and_its_photos_come_later() {
    let zips = Zips::new();
    zips.part(1);
    zips.part(3);
    let report = zips.sync();
    assert!(notices(&report).contains("part 2 of 3 is not here"), "{}", report.0);
    assert_eq!(report.count("applied"), 4);
    // Half of it has arrived.
    zips.part(2);
    let name = zips.at("takeout-20250301T120000Z-002.zip");
    let whole = fs::read(&name).expect("there");
    fs::write(&name, &whole[..whole.len() / 2]).expect("written");
    let report = zips.sync();
    assert!(notices(&report).contains("002.zip could not be read"), "{}", report.0);
    assert_eq!(report.count("applied"), 0);
    fs::write(&name, whole).expect("written");
    // Two photos, and the album of one that is in already.
    let report = zips.sync();
    assert_eq!((report.count("applied"), &report.0["import"]["told"]), (3, &1.into()));
    let snapshot = zips.0.snapshot();
    let harbour = snapshot.assets.iter().find(|asset| &*asset.original_name == "harbour.jpg").expect("it is in");
    assert!(harbour.albums.iter().any(|at| snapshot.albums[*at as usize].title == "Summer: islands"));
    assert_eq!(photos(&zips.0), photos(&unpacked()));
}

#[test]
fn the_other_half_of_a_live_photo_is_waited_for_while_parts_come() {
    let at = date(2020, 7, 4).at(10, 11, 12, 0);
    let half = |name: &str, bytes| vec![(format!("{YEAR}/{name}"), bytes)];
    let parts = [half("I.JPG", live(at).jpeg(64, 48)), half("I.MOV", live(at).movie(64, 48, 2_000))];
    for order in [[0, 1], [1, 0]] {
        let zips = Zips::new();
        let sync = || {
            let mut run = zips.0.command(&["sync", "--json", "--settle", "1", "--no-wait", "--library"]);
            let output = run.arg(zips.0.library_path()).arg("--folder").arg(zips.at("takeout-*.zip")).output();
            output.expect("the program runs")
        };
        for part in order {
            zips.put(&format!("takeout-20250301T120000Z-00{}.zip", part + 1), &parts[part]);
            std::thread::sleep(std::time::Duration::from_millis(1_100));
            sync();
        }
        let assets = zips.0.snapshot().assets;
        assert_eq!(assets.len(), 1, "{order:?}");
        assert_eq!(assets[0].resources.len(), 2, "{order:?}");
    }
}

/// One half of a Live Photo.
fn live(at: jiff::civil::DateTime) -> Shot {
    Shot { content_identifier: Some("00000004-AAAA-4AAA-8AAA-000000000000".into()), ..Shot::new(at, 7) }
}

#[test]
fn the_phones_own_upload_of_the_same_photos_doubles_nothing() {
    let zips = Zips::new();
    (1..=3).for_each(|number| zips.part(number));
    zips.sync();
    let is_photo = |path: &str| !path.ends_with(".json") && path.starts_with(YEAR);
    for (path, bytes) in parts().into_iter().flatten().filter(|(path, _)| is_photo(path)) {
        zips.0.put(path.rsplit('/').next().expect("a name"), &bytes);
    }
    let report = zips.0.report(&["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (6, 0), "{}", report.0);
    assert_eq!(zips.0.snapshot().assets.len(), 6);
}

/// Settings for the household's folder and zips, both ways.
fn both_ways(zips: &Zips) {
    zips.0.set_up("bidirectional");
    let settings = zips.0.data().join("settings.toml");
    let more = format!("\n[[folder]]\npath = {:?}\n", zips.at("takeout-*.zip"));
    fs::write(&settings, fs::read_to_string(&settings).expect("there") + &more).expect("written");
}

#[test]
fn zips_that_are_thrown_away_take_nothing_with_them() {
    let zips = Zips::new();
    both_ways(&zips);
    let many: Files = (0..30).map(|number| (format!("{YEAR}/{number}.jpg"), jpeg(number))).collect();
    let (one, other) = many.split_at(15);
    zips.put("takeout-20250301T120000Z-001.zip", one);
    zips.put("takeout-20250301T120000Z-002.zip", other);
    zips.0.put("own.jpg", &jpeg(99));
    let first = zips.run("sync", &[], 0);
    assert_eq!(first.count("applied"), 31);
    let export = |report: &Report, what: &str| report.0["export"][what].as_u64().unwrap_or(0);
    // One part, then all of them.
    for name in ["takeout-20250301T120000Z-001.zip", "takeout-20250301T120000Z-002.zip"] {
        fs::remove_file(zips.at(name)).expect("removed");
        let output = zips.0.command(&["sync", "--unattended", "--full-library", "--json"]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        let report = Report(serde_json::from_slice(&output.stdout).expect("JSON"));
        assert_eq!((report.count("applied"), export(&report, "applied")), (0, 0), "{}", report.0);
        let skipped = &report.0["export"]["skipped"];
        let stays = |reason: &str| skipped[reason].as_u64().unwrap_or(0);
        assert_eq!(stays("imported by us") + stays("same bytes"), 31, "{skipped}");
        assert!(!notices(&report).contains("gone from"), "{}", report.0);
    }
    let report = zips.run("simulate", &[], 0);
    assert_eq!(report.0["export"]["skipped"]["imported by us"].as_u64(), Some(31), "{}", report.0);
    assert!(notices(&report).contains("were imported before and are no longer there"), "{}", report.0);
    assert_eq!(zips.0.snapshot().assets.len(), 31);
    assert_eq!(fs::read_dir(zips.0.folder()).expect("there").count(), 1, "nothing came into the folder");
    // Nothing is amiss, and everything still works.
    for (arguments, said) in
        [(&["status"][..], "Folder"), (&["doctor"], "were imported before and are no longer there")]
    {
        let output = zips.0.command(arguments).output().expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {}", text(&output));
        assert!(text(&output).contains(said) && !text(&output).contains("Away"), "{}", text(&output));
    }
    // Until a person says that they may go out.
    let pattern = zips.at("takeout-*.zip").display().to_string();
    for said in ["--remove", "--gone"] {
        let output = zips.0.command(&["config", "folder", &pattern, said]).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
    }
    let mut run = zips.0.command(&["simulate", "--full-library", "--json"]);
    let report: Value = serde_json::from_slice(&run.output().expect("it runs").stdout).expect("JSON");
    assert_eq!(report["export"]["planned"].as_u64(), Some(30), "{report}");
    let unknown = zips.0.command(&["sync", "--mode", "import", "--folder"]).arg(zips.at("nothing-*.zip")).output();
    let unknown = unknown.expect("it runs");
    assert_eq!(unknown.status.code(), Some(4), "{}", text(&unknown));
}

#[test]
fn a_zip_that_is_moved_is_the_same_and_what_was_deleted_stays_deleted() {
    let zips = Zips::new();
    (1..=3).for_each(|number| zips.part(number));
    zips.sync();
    zips.0.in_library(
        "delete from ZASSET where Z_PK in (select ZASSET from ZADDITIONALASSETATTRIBUTES where ZORIGINALFILENAME = 'split.jpg');",
    );
    let elsewhere = zips.0.root().join("disk");
    fs::rename(zips.0.root().join("zips"), &elsewhere).expect("moved");
    for number in 1..=3 {
        let name = elsewhere.join(format!("takeout-20250301T120000Z-00{number}.zip"));
        fs::rename(name, elsewhere.join(format!("mine {number}.zip"))).expect("renamed");
    }
    let report = zips.run("sync", &[elsewhere.join("mine*.zip")], 0);
    assert_eq!((report.count("applied"), report.skipped("deleted in Photos")), (0, 1), "{}", report.0);
    assert!(notices(&report).contains("is the folder that was at"), "{}", report.0);
}

#[test]
fn nothing_goes_out_into_an_archive() {
    let zips = Zips::new();
    zips.part(1);
    let before = fs::read(zips.at("takeout-20250301T120000Z-001.zip")).expect("there");
    let mut run = zips.0.command(&["sync", "--mode", "bidirectional", "--library"]);
    let output =
        run.arg(zips.0.library_path()).arg("--folder").arg(zips.at("takeout-*.zip")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("is an archive, which is read-only"), "{}", text(&output));
    zips.0.make_data();
    let config = |arguments: &[&str]| zips.0.command(arguments).output().expect("it runs");
    let pattern = zips.at("takeout-*.zip").display().to_string();
    let output = config(&["config", "folder", &pattern]);
    assert!(output.status.success(), "{}", text(&output));
    for arguments in [["config", "mode", "bidirectional"], ["config", "export.folder", &pattern]] {
        let output = config(&arguments);
        assert!(!output.status.success() || arguments[1] == "mode", "{}", text(&output));
        assert!(text(&output).contains("is an archive, which is read-only"), "{arguments:?} {}", text(&output));
    }
    assert_eq!(fs::read(zips.at("takeout-20250301T120000Z-001.zip")).expect("there"), before);
}

#[test]
fn archives_that_are_left_alone_are_named() {
    let home = Household::new();
    home.put("downloads/takeout-001.zip", b"PK");
    home.put("apple.tgz", b"x");
    let report = home.report(&["sync"], 0);
    let said = notices(&report);
    assert!(
        said.contains("downloads/takeout-001.zip. To import the photos of one: `photobridge sync --folder '"),
        "{said}"
    );
    assert!(said.contains("apple.tgz. Unpack them"), "{said}");
    let output = home.command(&["sync", "--folder"]).arg(home.folder().join("apple.tgz")).output().expect("it runs");
    assert!(text(&output).contains("must be unpacked first"), "{}", text(&output));
}

/// Zips of an export in a folder of photos, one part in a directory of its own.
fn zips_in_a_folder(word: &str) -> Zips {
    let zips = Zips::new();
    let home = &zips.0;
    home.put("IMG_9.JPG", &jpeg(9));
    home.make_data();
    fs::write(home.data().join("settings.toml"), format!("archives = \"{word}\"\n")).expect("settings");
    for (part, at) in parts().iter().zip(["takeout-1-001.zip", "takeout-1-002.zip", "older/takeout-2-001.ZIP"]) {
        let packed: Vec<Packed> = part.iter().map(|(path, bytes)| Packed::stored(path, bytes)).collect();
        home.put(at, &zip(&packed));
    }
    zips
}

#[test]
fn archives_in_a_folder_are_read_where_the_settings_say_so() {
    for word in ["ask", "leave"] {
        let zips = zips_in_a_folder(word);
        let report = zips.0.report(&["sync"], 0);
        assert_eq!((report.count("applied"), report.count("seen")), (1, 1));
        let said = notices(&report);
        assert!(said.contains("not searched: older/takeout-2-001.ZIP, takeout-1-001.zip, takeout-1-002.zip"), "{said}");
        assert_eq!(said.contains("photobridge config archives read"), word == "ask", "{said}");
        assert_eq!(said.contains("The setting `archives` leaves them alone"), word == "leave", "{said}");
    }
    let zips = zips_in_a_folder("read");
    let home = &zips.0;
    let whole = tree(&home.folder());
    let planned = home.report(&["simulate"], 0).count("planned");
    let report = home.report(&["sync"], 0);
    // IMG_9; harbour, zone and the film; split, which the other part tells of; other. What only an unread part tells of waits.
    assert_eq!((report.count("applied"), planned), (6, 6));
    assert_eq!(report.skipped("waiting: its JSON"), 1);
    assert!(!notices(&report).contains("not searched"), "{}", notices(&report));
    let photos = photos(home);
    assert_eq!(photos["split.jpg"].1, "2020-07-04T10:11:23Z", "what tells of it lies in the other part");
    assert!(home.snapshot().albums.iter().any(|album| album.title == "Summer: islands"));
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
    assert_eq!(tree(&home.folder()), whole, "nothing in the folder is another");
    // A schedule goes on with what came since: the folder was synced, and the settings say that archives are read.
    let packed = [
        Packed::stored(&format!("{YEAR}/new.jpg"), &bare(7)),
        Packed::stored(&format!("{YEAR}/new.jpg.json"), &told("new.jpg", JULY)),
    ];
    home.put("third/more.zip", &zip(&packed));
    assert_eq!(home.report(&["sync", "--unattended"], 0).count("applied"), 1);
    // Thrown away, they take nothing with them.
    fs::remove_file(home.folder().join("takeout-1-001.zip")).expect("removed");
    fs::remove_file(home.folder().join("third/more.zip")).expect("removed");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 0);
    assert_eq!(home.snapshot().assets.len(), 7);
}

#[test]
fn an_archive_that_is_read_is_not_said_to_be_left() {
    let zips = zips_in_a_folder("ask");
    let home = &zips.0;
    let inner = zip(&[Packed::stored("a.jpg", &bare(1))]);
    home.put("nested.zip", &zip(&[Packed::stored("Takeout/inner.zip", &inner)]));
    let mut command = home.run_command(&["sync", "--json"]);
    let output = command.arg("--folder").arg(home.folder().join("*.zip")).output().expect("it runs");
    let report = Report(serde_json::from_slice(&output.stdout).expect("JSON"));
    let said = notices(&report);
    assert!(said.contains("this folder has archives, which are not searched: older/takeout-2-001.ZIP. To"), "{said}");
    assert!(said.contains("an archive has archives, which are not searched: "), "{said}");
    assert!(said.contains("Takeout/inner.zip. Unpack them into a folder of photos"), "{said}");
}

#[test]
fn what_is_encrypted_or_a_bomb_is_one_failure_each_and_the_run_goes_on() {
    let zips = Zips::new();
    let bomb = vec![0; 70 << 20];
    let files = [
        Packed::stored("a.jpg", &jpeg(1)),
        Packed::deflated("secret.jpg", &jpeg(2)).encrypted(),
        Packed::deflated("bomb.jpg", &bomb),
        Packed::stored("../../out.jpg", &jpeg(3)),
    ];
    fs::write(zips.at("takeout-001.zip"), zip(&files)).expect("written");
    let report = zips.run("sync", &[zips.at("takeout-*.zip")], 1);
    report.adds_up();
    assert_eq!((report.count("applied"), report.count("failed")), (1, 2), "{}", report.0);
    assert!(notices(&report).contains("../../out.jpg (its path leads out of the archive)"), "{}", report.0);
    assert!(!zips.0.root().join("out.jpg").exists());
    assert_eq!(zips.0.names(), ["a.jpg"]);
}
