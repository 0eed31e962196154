//! Folder to library, as a user sees it: the real program, real files, a library read back byte for byte.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, FileTimes, OpenOptions, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::PathBuf;
use std::time::Duration;

use photobridge_core::asset::ResourceRole::{self, AlternatePhoto, PairedVideo, Photo};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::sample::Shot;
use photobridge_testkit::alter;
use serde_json::json;
use support::{Household, jpeg, shot, text, tree};

#[test]
fn new_photos_arrive_whole_and_the_second_plan_is_empty() {
    let home = Household::new();
    for number in 0..5 {
        home.put(&format!("2024/05/IMG_{number}.JPG"), &jpeg(number));
    }
    let before = tree(&home.folder());

    let report = home.report(&["sync"], 0);

    report.adds_up();
    assert_eq!((report.count("seen"), report.count("applied")), (5, 5));
    let snapshot = home.snapshot();
    assert_eq!(snapshot.albums.iter().map(|album| album.title.as_str()).collect::<Vec<_>>(), ["Photobridge Imports"]);
    assert_eq!(snapshot.assets.len(), 5);
    for asset in &snapshot.assets {
        let number: u64 = asset.original_name[4..5].parse().expect("its number");
        assert_eq!(home.bytes(asset, ResourceRole::Photo), jpeg(number), "{}", asset.original_name);
        assert_eq!(*asset.albums, [0]);
    }
    assert_eq!(tree(&home.folder()), before, "the folder is only read");

    let second = home.report(&["simulate"], 0);
    second.adds_up();
    assert_eq!((second.count("planned"), second.skipped("same bytes")), (0, 5));
    let again = home.report(&["sync"], 0);
    assert_eq!((again.count("applied"), home.names().len()), (0, 5));
}

#[test]
fn simulate_writes_nothing_but_its_own_records() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    let folder = tree(&home.folder());

    home.report(&["simulate"], 0);
    assert!(!home.library_path().exists(), "a simulation makes no library");

    home.report(&["sync"], 0);
    home.put("IMG_3.JPG", &jpeg(3));
    let (library, links) = (tree(&home.library_path()), links(&home));
    let report = home.report(&["simulate"], 0);
    assert_eq!(report.count("planned"), 1);
    assert_eq!(tree(&home.library_path()), library);
    assert_eq!(links, self::links(&home), "the memory is as it was");
    assert!(folder.iter().all(|(path, state)| tree(&home.folder())[path] == *state));
    let files: Vec<String> = fs::read_dir(home.data())
        .expect("the data directory")
        .map(|entry| entry.expect("listed").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!files.contains(&"settings.toml".to_owned()), "{files:?}");
}

/// Everything in the ledger that decides.
fn links(home: &Household) -> Vec<String> {
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("the ledger opens");
    let mut rows = Vec::new();
    for table in ["link", "link_resource", "link_path", "link_asset", "decision", "journal", "synced"] {
        let mut statement = ledger.prepare(&format!("select * from {table}")).expect("the table is there");
        let columns = statement.column_count();
        let mut found = statement.query([]).expect("rows");
        while let Some(row) = found.next().expect("a row") {
            let cells: Vec<String> = (0..columns).map(|at| format!("{:?}", row.get_ref(at).expect("a cell"))).collect();
            rows.push(format!("{table}: {}", cells.join(", ")));
        }
    }
    rows
}

#[test]
fn unchanged_files_are_not_opened_again() {
    let home = Household::new();
    for number in 0..20 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    // What changed within two seconds of a scan is not cached: it could change again unseen.
    std::thread::sleep(Duration::from_millis(2_100));
    let first = home.report(&["simulate"], 0);
    assert_eq!(first.0["files_read"], 20);
    let second = home.report(&["simulate"], 0);
    assert_eq!((&second.0["files_read"], &second.0["bytes_read"]), (&0.into(), &0.into()));
    home.report(&["sync"], 0);
    fs::rename(home.folder().join("IMG_3.JPG"), home.folder().join("Renamed.JPG")).expect("renamed");
    let third = home.report(&["simulate"], 0);
    assert_eq!((&third.0["files_read"], third.skipped("same bytes")), (&0.into(), 20), "a move is known by its inode");
}

#[test]
fn photos_with_other_rights_are_known_by_a_sample_and_read_again_if_it_differs() {
    const PHOTOS: u64 = 120;
    // Twenty of so few.
    const SAMPLE: u64 = 20;
    let home = Household::new();
    let path = |number| home.folder().join(format!("IMG_{number}.JPG"));
    for number in 0..PHOTOS {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    let rest = || std::thread::sleep(Duration::from_millis(2_100));
    rest();
    home.report(&["sync"], 0);
    for number in 0..PHOTOS {
        fs::set_permissions(path(number), Permissions::from_mode(0o640)).expect("it is ours");
    }
    rest();
    let simulated = |files_read: u64, same: u64, arguments: &[&str]| {
        let report = home.report(&[&["simulate"], arguments].concat(), 0);
        assert_eq!(
            (&report.0["files_read"], report.skipped("same bytes")),
            (&files_read.into(), same),
            "{arguments:?}"
        );
    };
    simulated(SAMPLE, PHOTOS, &[]);
    simulated(0, PHOTOS, &[]);
    simulated(PHOTOS, PHOTOS, &["--thorough"]);

    // Written in place behind what it says of itself, by a program that keeps the time.
    for number in 0..PHOTOS {
        let file = OpenOptions::new().read(true).write(true).open(path(number)).expect("it is ours");
        let before = file.metadata().expect("open");
        let last = before.len() - 3;
        let mut byte = [0];
        file.read_exact_at(&mut byte, last).expect("not empty");
        file.write_all_at(&[byte[0] ^ 1], last).expect("written");
        file.set_times(FileTimes::new().set_modified(before.modified().expect("a time"))).expect("it is ours");
    }
    rest();
    simulated(PHOTOS, 0, &[]);
}

#[test]
fn equal_names_in_two_folders_are_two_photos() {
    let home = Household::new();
    home.put("anna/IMG_0001.JPG", &jpeg(1));
    home.put("ben/IMG_0001.JPG", &jpeg(2));
    home.report(&["sync"], 0);
    assert_eq!(home.names(), ["IMG_0001.JPG", "IMG_0001.JPG"]);
    let mut expected = vec![Fingerprint::of(&jpeg(1)), Fingerprint::of(&jpeg(2))];
    expected.sort();
    assert_eq!(home.stored(), expected);
}

#[test]
fn equal_bytes_are_carried_once() {
    let home = Household::new();
    home.put("b/copy.JPG", &jpeg(1));
    home.put("a/first.JPG", &jpeg(1));
    let verdicts = home.verdicts(&["sync"]);
    assert_eq!(verdicts["a/first.JPG"]["verdict"], "applied");
    assert_eq!(verdicts["b/copy.JPG"]["reason"], "same bytes as");
    assert_eq!(verdicts["b/copy.JPG"]["matched"], "a/first.JPG");
    assert_eq!(home.names(), ["first.JPG"]);
}

#[test]
fn a_live_photo_is_one_asset_with_both_halves() {
    let home = Household::new();
    let mut live = shot(7);
    live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000007".into());
    let (still, video) = (live.heif(64, 48), live.movie(64, 48, 2_000));
    home.put("IMG_7.HEIC", &still);
    home.put("IMG_7.MOV", &video);
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("files"), report.count("seen"), report.count("applied")), (2, 1, 1));
    let snapshot = home.snapshot();
    assert_eq!(snapshot.assets.len(), 1);
    assert_eq!(home.bytes(&snapshot.assets[0], ResourceRole::Photo), still);
    assert_eq!(home.bytes(&snapshot.assets[0], ResourceRole::PairedVideo), video);
}

#[test]
fn a_raw_that_comes_after_its_jpeg_is_not_left_behind_nor_brought_back() {
    let home = Household::new();
    home.put("DSC_1.JPG", &shot(1).jpeg(64, 48));
    home.report(&["sync"], 0);
    home.put("DSC_1.DNG", &shot(1).dng(64, 48));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.names(), ["DSC_1.DNG", "DSC_1.JPG"]);
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
    home.in_library(
        "delete from ZADDITIONALASSETATTRIBUTES where ZORIGINALFILENAME = 'DSC_1.DNG';
         delete from ZASSET where Z_PK not in (select ZASSET from ZADDITIONALASSETATTRIBUTES);",
    );
    assert_eq!(home.report(&["sync"], 0).count("applied"), 0, "deleted in Photos stays deleted");
}

#[test]
fn what_both_sides_held_and_the_library_deleted_stays_deleted() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.report(&["sync"], 0);
    // Another Photobridge, which finds both sides already equal.
    fs::remove_dir_all(home.data()).expect("a fresh ledger");
    assert_eq!(home.report(&["sync"], 0).skipped("same bytes"), 2);

    home.in_library("delete from ZASSET where Z_PK = (select min(Z_PK) from ZASSET);");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("deleted in Photos")), (0, 1));
    fs::rename(home.folder().join("IMG_1.JPG"), home.folder().join("Moved.JPG")).expect("moved");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 0, "also under another name");
}

#[test]
fn what_lies_in_the_trash_of_photos_does_not_come_back() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    home.in_library("update ZASSET set ZTRASHEDSTATE = 1;");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("deleted in Photos")), (0, 1));
}

#[test]
fn a_lost_ledger_echoes_nothing() {
    let home = Household::new();
    for number in 0..4 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number));
    }
    home.report(&["sync"], 0);
    fs::remove_file(home.data().join("ledger.sqlite")).expect("lost");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("same bytes")), (0, 4));
}

#[test]
fn a_decision_holds_until_it_is_withdrawn() {
    let home = Household::new();
    let path = home.put("IMG_1.JPG", &jpeg(1));
    let decide = |choice: &str| {
        let output =
            home.command(&["decide", choice, "--folder", "folder"]).arg(&path).output().expect("the program runs");
        assert!(output.status.success(), "{}", support::text(&output));
    };
    decide("leave-out");
    assert_eq!(home.report(&["sync"], 0).skipped("left out by you"), 1);
    decide("withdraw");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    home.in_library("delete from ZASSET;");
    assert_eq!(home.report(&["sync"], 0).skipped("deleted in Photos"), 1);
    decide("take-in");
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 0, "once");
    home.in_library("delete from ZASSET;");
    assert_eq!(home.report(&["sync"], 0).skipped("deleted in Photos"), 1, "said once, done once");
}

#[test]
fn a_kept_plan_is_honoured_and_what_is_new_is_said() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let simulated = home.report(&["simulate"], 0);
    home.put("IMG_2.JPG", &jpeg(2));
    let run = simulated.0["run"].to_string();
    let report = home.report(&["sync", "--plan", &run], 0);
    report.adds_up();
    assert_eq!((report.count("applied"), report.skipped("changed since planned")), (1, 1));
    let again = home.verdicts(&["sync", "--plan", &run]);
    assert_eq!(again["IMG_2.JPG"]["matched"], "new since you looked");
    assert_eq!(home.names(), ["IMG_1.JPG"]);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
}

#[test]
fn a_companion_that_was_replaced_since_the_simulation_is_not_carried() {
    let home = Household::new();
    let raw = shot(1).dng(64, 48);
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_1.DNG", &raw);
    let run = home.report(&["simulate"], 0).0["run"].to_string();
    let other = shot(1).dng(96, 48);
    home.put("IMG_1.DNG", &other);
    let report = home.report(&["sync", "--plan", &run], 0);
    assert_eq!((report.count("applied"), report.skipped("changed since planned")), (0, 1));
    assert_eq!(home.stored(), []);
    let run = home.report(&["simulate"], 0).0["run"].to_string();
    assert_eq!(home.report(&["sync", "--plan", &run], 0).count("applied"), 1);
    let mut whole = vec![Fingerprint::of(&jpeg(1)), Fingerprint::of(&other)];
    whole.sort();
    assert_eq!(home.stored(), whole);
}

#[test]
fn a_kept_plan_goes_over_the_range_that_it_was_made_for() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.fill_library(&[("IMG_2.JPG", jpeg(2)), ("IMG_3.JPG", jpeg(3))]);
    let simulated = home.report(&["simulate", "--mode", "bidirectional", "--full-library"], 0);
    let run = simulated.0["run"].to_string();
    home.report(&["sync", "--mode", "import", "--plan", &run], 2);
    let carried = home.report(&["sync", "--mode", "bidirectional", "--plan", &run], 0).0;
    assert_eq!((&carried["import"]["applied"], &carried["export"]["applied"]), (&json!(1), &json!(2)), "{carried}");
    let files: Vec<_> = tree(&home.folder()).into_values().map(|(bytes, _)| bytes).collect();
    assert!([1, 2, 3].iter().all(|number| files.contains(&Fingerprint::of(&jpeg(*number)))));
}

#[test]
fn what_a_kept_plan_does_not_carry_any_more_is_said() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let gone = home.put("IMG_2.JPG", &jpeg(2));
    let run = home.report(&["simulate"], 0).0["run"].to_string();
    fs::remove_file(gone).expect("removed by a person");
    let said = home.report(&["sync", "--plan", &run], 0).0["notices"].to_string();
    assert!(said.contains(&format!("1 of the 2 that run {run} planned are not carried")), "{said}");
}

#[test]
fn a_simulation_says_what_would_keep_exports_from_being_written() {
    let home = Household::new();
    home.fill_library(&[("IMG_2.JPG", jpeg(2))]);
    let arguments = ["simulate", "--mode", "export", "--full-library"];
    fs::create_dir_all(home.folder()).expect("a directory");
    let fine = home.report(&arguments, 0).0;
    assert_eq!(fine["notices"], json!([]));
    home.put("2024", b"a file of this name");
    let said = home.report(&arguments, 0).0["notices"].to_string();
    assert!(said.contains("would fail") && said.contains("/2024 is not a folder"), "{said}");
    assert_eq!(tree(&home.folder()).len(), 1, "nothing was written");
}

#[test]
fn the_plan_is_honest() {
    let home = Household::new();
    for number in 0..6 {
        home.put(&format!("IMG_{number}.JPG"), &jpeg(number % 4));
    }
    home.put("clip.mkv", b"not for Photos");
    home.put("later.jpg.nextcloud", b"");
    let simulated = home.verdicts(&["simulate"]);
    let synced = home.verdicts(&["sync"]);
    assert_eq!(simulated.len(), 8);
    for (path, planned) in &simulated {
        let became = &synced[path];
        let expected = if planned["verdict"] == "planned" { "applied" } else { "skipped" };
        assert_eq!(became["verdict"], expected, "{path}");
        assert_eq!(became["reason"], planned["reason"], "{path}");
    }
    assert_eq!(synced["clip.mkv"]["reason"], "not supported by Photos");
    assert_eq!(synced["later.jpg.nextcloud"]["reason"], "waiting: online only");
}

#[test]
fn a_web_page_is_no_photo_whatever_its_name_and_can_be_taken_in() {
    let home = Household::new();
    let page = b"<html><body>Please log in</body></html>";
    for name in ["login.jpg", "IMG_1.HEIC", "IMG_2.DNG", "IMG_3.MOV"] {
        home.put(name, [&page[..], name.as_bytes()].concat().as_slice());
    }
    // A page beside a photo, of the same stem, does not hold the photo back.
    home.put("IMG_3.JPG", &jpeg(3));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("not a photo")), (1, 4), "{}", report.0);
    assert_eq!(home.stored(), [Fingerprint::of(&jpeg(3))]);
    let mut decide = home.command(&["decide", "take-in"]);
    assert!(decide.arg(home.folder().join("login.jpg")).output().expect("it runs").status.success());
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.stored().len(), 2);
}

#[test]
fn what_earlier_readers_told_is_read_again_and_bytes_are_not() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    std::thread::sleep(Duration::from_millis(2_100));
    home.report(&["sync"], 0);
    home.report(&["sync"], 0);
    let ledger = rusqlite::Connection::open(home.data().join("ledger.sqlite")).expect("the ledger opens");
    let known = |ledger: &rusqlite::Connection| -> (i64, Vec<u8>) {
        let sql = "select has_header, fingerprint from fact";
        ledger.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("a fact")
    };
    let before = known(&ledger);
    assert_eq!(ledger.execute("update fact set has_header = 0", []).expect("forgotten"), 1);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 0);
    assert_eq!(known(&ledger), before);
    assert_eq!(home.stored().len(), 1);
}

/// What systems and programs keep for themselves: Synology, QNAP, Syncthing, Resilio, Nextcloud, Windows, macOS, Android,
/// darktable, Lightroom, disks.
const DIRECTORIES: &str = "@eaDir #recycle @Recycle #snapshot @Recently-Snapshot .@__thumb .stversions .stfolder .sync \
    .dtrash .Trash-1000 .Trashes .thumbnails .trash .caltrash .Spotlight-V100 .fseventsd .TemporaryItems .AppleDouble \
    .SynologyWorkingDirectory .darktable $RECYCLE.BIN lost+found node_modules .git Fotos.photoslibrary Old.photolibrary \
    Old.aplibrary Old.migratedphotolibrary Catalog-Previews.lrdata Catalog.lrcat-data";
const FILES: &str = "._IMG_1.jpg .trashed-1700000000-IMG_1.jpg .photobridge-3f2a.part .fuse_hidden0000123400000001.jpg .nfs00000000020f5a1.jpg .smbdeleteAAA2cd5.4.jpg";

#[test]
fn what_systems_and_programs_keep_for_themselves_is_no_photo_of_anybody() {
    let home = Household::new();
    for (number, directory) in DIRECTORIES.split_whitespace().enumerate() {
        home.put(&format!("{directory}/IMG_{number}.JPG"), &jpeg(number as u64));
        home.put(&format!("2024/{directory}/below/IMG_{number}.JPG"), &jpeg(100 + number as u64));
    }
    for (number, name) in FILES.split_whitespace().enumerate() {
        home.put(&format!("2024/{name}"), &jpeg(200 + number as u64));
    }
    home.put("2024/IMG_1.JPG", &jpeg(999));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("seen"), report.count("applied")), (1, 1), "{}", report.0);
    assert_eq!(home.stored(), [Fingerprint::of(&jpeg(999))]);
}

#[test]
fn what_android_keeps_out_of_galleries_stays_and_says_why() {
    let home = Household::new();
    home.put(".nomedia", b"");
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("WhatsApp/Sent/.nomedia", b"");
    home.put("WhatsApp/Sent/IMG_2.JPG", &jpeg(2));
    home.put("WhatsApp/Sent/Private/IMG_3.JPG", &jpeg(3));
    home.put("WhatsApp/IMG_4.JPG", &jpeg(4));
    let verdicts = home.verdicts(&["sync"]);
    let said = |path: &str| (verdicts[path]["verdict"].as_str(), verdicts[path]["reason"].as_str());
    for path in ["IMG_1.JPG", "WhatsApp/IMG_4.JPG"] {
        assert_eq!(said(path), (Some("applied"), None), "{path}: whoever names a folder wants what lies in it");
    }
    for path in ["WhatsApp/Sent/IMG_2.JPG", "WhatsApp/Sent/Private/IMG_3.JPG"] {
        assert_eq!(said(path), (Some("skipped"), Some("excluded by a filter")), "{path}");
        assert!(verdicts[path]["error"].as_str().is_some_and(|why| why.contains(".nomedia")), "{path}");
    }
    let mut expected = [1, 4].map(|number| Fingerprint::of(&jpeg(number)));
    expected.sort();
    assert_eq!(home.stored(), expected);
    // The settings of the folder can take it.
    home.set_up("import");
    let settings = home.data().join("settings.toml");
    let text = fs::read_to_string(&settings).expect("they were just written");
    fs::write(&settings, text + "nomedia = true\n").expect("written");
    let output = home.command(&["sync", "--json"]).output().expect("it runs");
    assert!(output.status.success(), "{}", support::text(&output));
    assert_eq!(home.stored().len(), 4);
}

#[test]
fn how_a_photo_lies_is_written_down_as_photos_does() {
    let home = Household::new();
    home.put("upright.JPG", &shot(1).jpeg(48, 32));
    home.put("portrait.JPG", &Shot { orientation: 6, ..shot(2) }.jpeg(48, 32));
    home.put("portrait.HEIC", &Shot { orientation: 8, ..shot(3) }.heif(48, 32));
    home.put("upside down.JPG", &Shot { orientation: 3, ..shot(4) }.jpeg(48, 32));
    home.put("upright.MOV", &shot(5).movie(64, 48, 1000));
    let mut turned = shot(6).movie(64, 48, 1000);
    // The matrix of the track, behind its version and nine numbers: a quarter turn to the right.
    let matrix = turned.windows(4).position(|four| four == b"tkhd").expect("the box is there") + 4 + 40;
    let numbers = [0, 0x1_0000, 0, -0x1_0000_i32, 0].map(i32::to_be_bytes).concat();
    turned[matrix..matrix + 20].copy_from_slice(&numbers);
    home.put("portrait.MOV", &turned);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 6);
    let database = rusqlite::Connection::open(home.library_path().join("database/Photos.sqlite")).expect("it opens");
    let sql = "select t.ZORIGINALFILENAME, a.ZWIDTH, a.ZHEIGHT, a.ZORIENTATION, t.ZORIGINALWIDTH, t.ZORIGINALHEIGHT,
               t.ZORIGINALORIENTATION from ZASSET a join ZADDITIONALASSETATTRIBUTES t on t.ZASSET = a.Z_PK order by 1";
    let mut statement = database.prepare(sql).expect("SQL");
    let numbers = |row: &rusqlite::Row<'_>| -> rusqlite::Result<(String, [i64; 6])> {
        Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?]))
    };
    let rows: Vec<_> = statement.query_map([], numbers).expect("rows").map(|row| row.expect("a row")).collect();
    // As the iPhones' photos and videos of real libraries are written down: 3024, 4032, 6; original 4032, 3024, 6.
    let expected = [
        ("portrait.HEIC", [32, 48, 8, 48, 32, 8]),
        ("portrait.JPG", [32, 48, 6, 48, 32, 6]),
        ("portrait.MOV", [48, 64, 1, 48, 64, 1]),
        ("upright.JPG", [48, 32, 1, 48, 32, 1]),
        ("upright.MOV", [64, 48, 1, 64, 48, 1]),
        ("upside down.JPG", [48, 32, 3, 48, 32, 3]),
    ];
    assert_eq!(rows, expected.map(|(name, numbers)| (name.to_owned(), numbers)));
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
}

#[test]
fn a_file_that_was_just_written_settles_first() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    let mut command = home.command(&["sync", "--json", "--settle", "3600"]);
    let output = command.arg("--folder").arg(home.folder()).arg("--library").arg(home.library_path()).output();
    let report = support::Report(serde_json::from_slice(&output.expect("runs").stdout).expect("JSON"));
    assert_eq!((report.count("applied"), report.skipped("waiting: settling")), (0, 1));
    assert_eq!(report.0["files_read"], 0, "what is still being written is not read");
}

#[test]
fn edits_in_place_of_a_known_photo_are_named_not_imported_again() {
    let home = Household::new();
    let mut edited = shot(1);
    home.put("IMG_1.JPG", &edited.jpeg(48, 32));
    home.report(&["sync"], 0);
    edited.seed = 99;
    home.put("IMG_1.JPG", &edited.jpeg(48, 32));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("changed in the folder")), (0, 1));
    home.put("IMG_1.JPG", &shot(500).jpeg(48, 32));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1, "another capture time is another photo");
}

#[test]
fn media_under_any_name_is_mentioned() {
    let home = Household::new();
    home.put("IMG_1.HIF", &shot(1).heif(48, 32));
    let offered_to_nobody =
        ["PXL_2.MP", "PXL_3.MP~2", "GX010004.THM", "GX010005.LRV", "IMG_6", "a.X3F", "b.mxf", "c.livp"];
    for (number, name) in (2..).zip(offered_to_nobody) {
        home.put(name, &jpeg(number));
    }
    for (name, text) in [("go.mod", "module example.org/thing"), ("README", "The free words"), ("song.mp3", "ID3")] {
        home.put(name, text.as_bytes());
    }
    // What belongs to a movie that goes in is said once, with it.
    home.put("GX010009.MP4", &shot(30).movie(48, 32, 9000));
    home.put("GX010009.THM", &jpeg(31));
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("not supported by Photos")), (2, 8));
    assert_eq!(home.names(), ["GX010009.MP4", "IMG_1.HIF"]);
    assert!(report.0["notices"].to_string().contains("GX010009.THM belongs to GX010009.MP4"));
}

#[test]
fn the_same_shot_in_another_format_is_recognised_and_its_neighbour_is_not() {
    let home = Household::new();
    let first = shot(1);
    let neighbour = photobridge_media::sample::Shot { milliseconds: Some(100), seed: 9, ..first.clone() };
    assert_ne!(first.milliseconds, neighbour.milliseconds);
    let original = home.put("IMG_1.HEIC", &first.heif(64, 48));
    home.report(&["sync"], 0);
    fs::remove_file(original).expect("only the library holds it now");
    home.put("converted.jpg", &first.jpeg(64, 48));
    let report = home.report(&["simulate"], 0);
    assert_eq!((report.count("planned"), report.skipped("same shot")), (0, 1));
    fs::remove_file(home.folder().join("converted.jpg")).expect("removed");
    home.put("burst.jpg", &neighbour.jpeg(64, 48));
    let report = home.report(&["simulate"], 0);
    assert_eq!((report.count("planned"), report.skipped("same shot")), (1, 0), "another fraction of the second");
    home.put("small.jpg", &first.jpeg(32, 24));
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 2, "fewer pixels never stand for more");
}

#[test]
fn a_conflict_copy_is_carried_and_flagged() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_1 (conflicted copy 2024-05-14 120000).JPG", &jpeg(2));
    let report = home.report(&["sync"], 0);
    assert_eq!(report.count("applied"), 2);
    assert!(report.0["notices"].to_string().contains("(conflicted copy 2024-05-14 120000).JPG) are conflict copies"));
    assert_eq!(home.report(&["sync"], 0).0["notices"], serde_json::json!([]));
}

#[test]
fn another_photo_under_a_known_name_is_no_edit_of_the_one_that_moved() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.report(&["sync"], 0);
    fs::create_dir(home.folder().join("album")).expect("made");
    fs::rename(home.folder().join("IMG_1.JPG"), home.folder().join("album/IMG_1.JPG")).expect("moved");
    let neighbour = photobridge_media::sample::Shot { seed: 77, ..shot(1) };
    home.put("IMG_1.JPG", &neighbour.jpeg(48, 32));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1, "the linked picture still lies in the folder");
}

#[test]
fn a_name_that_only_tells_the_day_does_not_make_another_photo_an_edit() {
    let home = Household::new();
    let undated = |seed: u64| {
        let mut bytes = photobridge_media::sample::Shot { seed, ..shot(1) }.png(48, 32);
        // Without its date chunk a PNG says nothing of when it was taken.
        if let Some(at) = bytes.windows(4).position(|kind| kind == b"eXIf") {
            bytes[at..at + 4].copy_from_slice(b"noIf");
        }
        bytes
    };
    home.put("IMG-20240616-WA0003.png", &undated(1));
    home.report(&["sync"], 0);
    home.put("IMG-20240616-WA0003.png", &undated(2));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
}

#[test]
fn a_moved_file_is_read_again_where_its_time_has_no_fraction() {
    let home = Household::new();
    let set_time = |path: &std::path::Path| {
        let time = std::time::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        fs::File::options().write(true).open(path).and_then(|file| file.set_modified(time)).expect("a time");
    };
    let first = shot(1).dng(64, 48);
    let mut second = photobridge_media::sample::Shot { seed: 5, ..shot(1) }.dng(64, 48);
    second.resize(first.len(), 0);
    set_time(&home.put("a.dng", &first));
    std::thread::sleep(Duration::from_millis(2_100));
    home.report(&["sync"], 0);
    // What exiftool does in place, after a rename: inode, size and time stay.
    fs::rename(home.folder().join("a.dng"), home.folder().join("b.dng")).expect("renamed");
    set_time(&home.put("b.dng", &second));
    assert_ne!(first, second);
    assert_eq!(home.report(&["sync"], 0).skipped("same bytes"), 0, "it holds other bytes now");
}

#[test]
fn what_a_library_lost_is_said_of_that_very_file() {
    let home = Household::new();
    let mut live = shot(3);
    live.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000003".into());
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &shot(2).jpeg(64, 48));
    home.put("IMG_2.DNG", &shot(2).dng(64, 48));
    home.put("IMG_3.HEIC", &live.heif(64, 48));
    home.put("IMG_3.MOV", &live.movie(64, 48, 2_000));
    home.report(&["sync"], 0);
    let whole = tree(&home.library_path());
    let mut doctor = home.command(&["doctor", "--library", &home.library_path().to_string_lossy()]);
    let said = text(&doctor.output().expect("it runs"));
    assert!(said.contains("has 3 photos"), "{said}");
    for (at, (name, role, file)) in [
        ("IMG_2.JPG", AlternatePhoto, "IMG_2.DNG"),
        ("IMG_3.HEIC", PairedVideo, "IMG_3.MOV"),
        ("IMG_1.JPG", Photo, "IMG_1.JPG"),
    ]
    .into_iter()
    .enumerate()
    {
        alter::lose_resource(&home.library_path(), &alter::id_of(&home.library_path(), name), role);
        let report = home.report(&["sync"], 0);
        let lost = at as u64 + 1;
        assert_eq!((report.skipped("original missing from the library"), report.count("applied")), (lost, 0), "{file}");
        let notices = report.0["notices"].to_string();
        assert!(notices.contains(&format!("lists {lost} of these photos")), "{notices}");
        assert!(notices.contains("Keep the files in the folder"), "{notices}");
        let line = &home.verdicts(&["simulate"])[file];
        assert_eq!(line["reason"], "original missing from the library", "{file}");
        let said = text(&doctor.output().expect("it runs"));
        assert!(said.contains(&format!("lists {lost} photo")), "{said}");
        assert!(at > 0 || said.contains("(one is IMG_2.DNG)"), "{said}");
    }
    // Each comes back where a person says so, and only then.
    for file in ["IMG_1.JPG", "IMG_2.DNG", "IMG_3.MOV"] {
        let output = home.command(&["decide", "take-in"]).arg(home.folder().join(file)).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(home.report(&["sync"], 0).count("applied"), 3);
    let bytes = |tree: BTreeMap<PathBuf, (Fingerprint, _)>| {
        let originals = tree.into_iter().filter(|(path, _)| path.starts_with("originals"));
        originals.map(|(_, (bytes, _))| bytes).collect::<BTreeSet<_>>()
    };
    assert_eq!(bytes(tree(&home.library_path())), bytes(whole), "byte by byte");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), report.skipped("original missing from the library")), (0, 0));
}

#[test]
fn the_raw_of_a_shot_that_is_there_in_another_format_goes_in() {
    let home = Household::new();
    let original = home.put("IMG_1.HEIC", &shot(1).heif(64, 48));
    home.report(&["sync"], 0);
    fs::remove_file(original).expect("only the library holds it now");
    home.put("IMG_1.JPG", &shot(1).jpeg(64, 48));
    home.put("IMG_1.DNG", &shot(1).dng(64, 48));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(home.names(), ["IMG_1.DNG", "IMG_1.HEIC"], "the RAW alone");
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
}
