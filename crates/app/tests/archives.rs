//! An archive of Google Photos, or Apple's export, in the folder, unpacked: what its files say goes with the photos, whatever
//! they are called and in whichever part they came.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use jiff::civil::date;
use photobridge_core::asset::Asset;
use photobridge_core::fingerprint::Fingerprint;
use photobridge_media::sample::Shot;
use support::Household;

/// 2020-07-04T10:11:12Z, when the photos were taken; and when the archive was unpacked.
const JULY: i64 = 1_593_857_472;
const UNPACKED: u64 = 1_740_830_400;

const YEAR: &str = "part-001/Takeout/Google Photos/Photos from 2020";
const ALBUM: &str = "part-001/Takeout/Google Photos/Summer_ islands";

/// A picture with nothing but a picture in it: what a messenger sends.
fn bare(number: u64) -> Vec<u8> {
    let jpeg = Shot::new(date(2020, 7, 4).at(10, 11, 12, 0), number).jpeg(64, 48);
    let exif = 2 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]]));
    [&jpeg[..2], &jpeg[2 + exif..]].concat()
}

/// A picture whose camera wrote this wall clock, and no zone.
fn dated(number: u64, hour: i8) -> Vec<u8> {
    let mut shot = Shot::new(date(2020, 7, 4).at(hour, 11, 12, 0), number);
    (shot.offset, shot.milliseconds) = (None, None);
    shot.jpeg(64, 48)
}

struct Archive(Household);

impl Archive {
    fn new() -> Self {
        Self(Household::new())
    }

    /// Lays a file there, as unpacking dates it.
    fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.0.put(path, bytes);
        let file = std::fs::File::options().write(true).open(path).expect("there");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(UNPACKED)).expect("dated");
    }

    /// Lays what Google says of the photo with this title beside it.
    fn tell(&self, directory: &str, name: &str, title: &str, taken: i64, more: &str) {
        let json = format!(
            r#"{{"title": {title:?}, "description": "", "photoTakenTime": {{"timestamp": "{taken}", "formatted": ""}},
                "geoData": {{"latitude": 0.0, "longitude": 0.0}}{more}}}"#
        );
        self.put(&format!("{directory}/{name}"), json.as_bytes());
    }

    fn sync(&self) -> BTreeMap<String, Asset> {
        self.0.report(&["sync"], 0);
        let assets = self.0.snapshot().assets;
        assets.into_iter().map(|asset| (asset.original_name.to_string(), asset)).collect()
    }
}

fn instant(asset: &Asset) -> Option<i64> {
    asset.captured.and_then(|time| time.instant_second())
}

#[test]
fn dates_words_and_albums_come_along() {
    let archive = Archive::new();
    archive.put(&format!("{YEAR}/harbour.jpg"), &bare(1));
    let words = r#", "favorited": true, "geoDataExif": {"latitude": 54.5, "longitude": 18.55}"#;
    archive.tell(YEAR, "harbour.jpg.supplemental-metadata.json", "harbour.jpg", JULY, words);
    // The wall clock is the camera's, the zone lies between it and the instant.
    archive.put(&format!("{YEAR}/zone.jpg"), &dated(2, 12));
    archive.tell(YEAR, "zone.jpg.json", "zone.jpg", JULY, "");
    // A person mended the date there.
    archive.put(&format!("{YEAR}/mended.jpg"), &dated(3, 3));
    archive.tell(YEAR, "mended.jpg.supplemental-metadata.json", "mended.jpg", JULY + 77, "");
    // The album repeats the bytes, under its own title.
    archive.put(&format!("{ALBUM}/harbour.jpg"), &bare(1));
    archive.tell(ALBUM, "harbour.jpg.supplemental-metadata.json", "harbour.jpg", JULY, "");
    archive.put(&format!("{ALBUM}/metadata.json"), br#"{"title": "Summer: islands", "access": "protected"}"#);
    // Edited there, with the words of its original.
    archive.put(&format!("{YEAR}/zone-edited.jpg"), &bare(4));
    let assets = archive.sync();
    assert_eq!(assets.len(), 4, "{:?}", assets.keys());
    assert_eq!(instant(&assets["harbour.jpg"]), Some(JULY));
    assert_eq!(assets["zone.jpg"].captured.map(|time| time.to_string()).as_deref(), Some("2020-07-04T12:11:12+02:00"));
    assert_eq!(instant(&assets["mended.jpg"]), Some(JULY + 77));
    assert_eq!(instant(&assets["zone-edited.jpg"]), Some(JULY));
    let harbour = assets["harbour.jpg"].details.as_deref().expect("words");
    assert!(harbour.favorite);
    assert_eq!(harbour.location.map(|place| (place.latitude, place.longitude)), Some((54.5, 18.55)));
    let albums = archive.0.snapshot().albums;
    assert!(albums.iter().any(|album| album.title == "Summer: islands"), "{albums:?}");
    assert_eq!(archive.0.report(&["simulate"], 0).count("planned"), 0);
}

#[test]
fn what_was_thrown_away_or_is_not_told_yet_stays() {
    let archive = Archive::new();
    archive.put("Takeout/Google Photos/Bin/gone.jpg", &bare(1));
    archive.tell("Takeout/Google Photos/Bin", "gone.jpg.json", "gone.jpg", JULY, r#", "trashed": true"#);
    archive.put(&format!("{YEAR}/told.jpg"), &bare(2));
    archive.tell(YEAR, "told.jpg.json", "told.jpg", JULY, "");
    let second = YEAR.replace("part-001", "part-002");
    archive.put(&format!("{second}/split.jpg"), &bare(3));
    archive.put(&format!("{YEAR}/broken.jpg"), &bare(4));
    archive.put(&format!("{YEAR}/broken.jpg.supplemental-metadata.json"), br#"{"title": "bro"#);
    archive.put("InstantUpload/plain.jpg", &bare(5));
    let verdicts = archive.0.verdicts(&["simulate"]);
    let reason = |path: &str| verdicts[path]["reason"].as_str().map(str::to_owned);
    assert_eq!(reason("Takeout/Google Photos/Bin/gone.jpg").as_deref(), Some("in the archive's trash"));
    assert_eq!(reason(&format!("{second}/split.jpg")).as_deref(), Some("waiting: its JSON"));
    let assets = archive.sync();
    assert_eq!(assets.keys().collect::<Vec<_>>(), ["broken.jpg", "plain.jpg", "told.jpg"]);
    // The part with its words arrives.
    archive.tell(YEAR, "split.jpg.supplemental-metadata.json", "split.jpg", JULY + 11, "");
    let assets = archive.sync();
    assert_eq!(assets.len(), 4);
    assert_eq!(instant(&assets["split.jpg"]), Some(JULY + 11));
}

#[test]
fn nothing_is_dated_by_its_files_time_while_its_words_may_come() {
    let archive = Archive::new();
    // The album's copy has no words of its own, and its bytes go with those of the year.
    archive.put(&format!("{ALBUM}/a.jpg"), &bare(1));
    archive.put(&format!("{ALBUM}/metadata.json"), br#"{"title": "Summer: islands", "access": "protected"}"#);
    archive.put(&format!("{YEAR}/z.jpg"), &bare(1));
    archive.tell(YEAR, "z.jpg.json", "z.jpg", JULY, "");
    // In another year nobody tells of anything yet, and of the bin neither.
    let another = YEAR.replace("2020", "2019");
    archive.put(&format!("{another}/b.jpg"), &bare(2));
    archive.put("part-001/Takeout/Google Photos/Bin/c.jpg", &bare(3));
    let assets = archive.sync();
    assert_eq!(assets.keys().collect::<Vec<_>>(), ["z.jpg"]);
    assert_eq!(instant(&assets["z.jpg"]), Some(JULY));
    assert!(archive.0.snapshot().albums.iter().any(|album| album.title == "Summer: islands"));
    archive.tell(&another, "b.jpg.json", "b.jpg", JULY - 31_536_000, "");
    let thrown_away = r#", "trashed": true"#;
    archive.tell("part-001/Takeout/Google Photos/Bin", "c.jpg.json", "c.jpg", JULY, thrown_away);
    let assets = archive.sync();
    assert_eq!(assets.keys().collect::<Vec<_>>(), ["b.jpg", "z.jpg"]);
    assert_eq!(instant(&assets["b.jpg"]), Some(JULY - 31_536_000));
}

#[test]
fn of_equal_photos_the_one_goes_of_which_words_are_told() {
    let archive = Archive::new();
    archive.put("InstantUpload/a.jpg", &dated(1, 12));
    archive.put(&format!("{YEAR}/b.jpg"), &dated(1, 12));
    archive.tell(YEAR, "b.jpg.json", "b.jpg", JULY, "");
    let assets = archive.sync();
    assert_eq!(assets.len(), 1);
    assert_eq!(assets["b.jpg"].captured.map(|time| time.to_string()).as_deref(), Some("2020-07-04T12:11:12+02:00"));
}

#[test]
fn the_movie_of_a_live_photo_is_told_of_with_its_still() {
    let archive = Archive::new();
    archive.put(&format!("{YEAR}/IMG_2002.jpg"), &bare(6));
    let film = Shot::new(date(2020, 7, 4).at(10, 11, 12, 0), 6).movie(64, 48, 2_000);
    archive.put(&format!("{YEAR}/IMG_2002.MP4"), &film);
    archive.tell(YEAR, "IMG_2002.jpg.supplemental-metadata.json", "IMG_2002.jpg", JULY, "");
    let assets = archive.sync();
    assert_eq!(assets.len(), 1);
    assert_eq!(assets["IMG_2002.jpg"].resources.len(), 2);
}

#[test]
fn lists_of_apples_export_date_and_sort_what_lies_beside_them() {
    let archive = Archive::new();
    let [first, second] = ["apple/iCloud Photos Part 1 of 2", "apple/iCloud Photos Part 2 of 2"];
    let head = "imgName,fileChecksum,favorite,hidden,deleted,originalCreationDate,viewCount,importDate";
    let list = |rows: &[&str]| [&[head], rows].concat().join("\n").into_bytes();
    let marked = |name: &str, photo: u64, flags: &str, date: &str| {
        format!("{name},{},{flags},\"{date}\",7,\"{date}\"", Fingerprint::of(&bare(photo)))
    };
    // Of a photo that was changed since.
    let row = |name: &str, flags: &str, date: &str| marked(name, 99, flags, date);
    let july = "Saturday July 4,2020 10:11 AM GMT";
    // One name in two parts, each with its own list.
    archive.put(&format!("{first}/Photos/IMG_1.JPG"), &bare(11));
    archive.put(&format!("{second}/Photos/IMG_1.JPG"), &bare(12));
    // The camera knows more than the list, which has minutes.
    archive.put(&format!("{first}/Photos/IMG_2.JPG"), &dated(13, 12));
    archive.put(&format!("{first}/Photos/gone.JPG"), &bare(14));
    archive.put(&format!("{first}/Photos/hidden.JPG"), &bare(15));
    archive.put(&format!("{first}/Recently Deleted/IMG_4.JPG"), &bare(16));
    // Two photos of one name, which Apple tells apart by a digit: their bytes say which row is whose.
    archive.put(&format!("{first}/Photos/IMG_5.JPG"), &bare(17));
    archive.put(&format!("{first}/Photos/IMG_51.JPG"), &bare(18));
    let rows = [
        row("IMG_1.JPG", "yes,no,no", july),
        row("IMG_2.JPG", "no,no,no", july),
        row("gone.JPG", "no,no,yes", july),
        row("hidden.JPG", "no,yes,no", july),
        marked("IMG_5.JPG", 18, "no,no,yes", july),
        marked("IMG_5.JPG", 17, "yes,no,no", july),
    ];
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    archive.put(&format!("{first}/Photos/Photo Details.csv"), &list(&rows));
    let other = row("IMG_1.JPG", "no,no,no", "Sunday July 5,2020 9:05 PM GMT");
    archive.put(&format!("{second}/Photos/Photo Details.csv"), &list(&[&other]));
    archive.put(&format!("{first}/Albums/Islands.csv"), b"Images\nIMG_2.JPG\nIMG_1.JPG\n");
    archive.put(&format!("{first}/Memories/July.csv"), b"imageName\nIMG_2.JPG\n");
    let verdicts = archive.0.verdicts(&["simulate"]);
    let reason = |path: &str| verdicts[&format!("{first}/{path}")]["reason"].as_str().map(str::to_owned);
    assert_eq!(reason("Photos/gone.JPG").as_deref(), Some("in the archive's trash"));
    assert_eq!(reason("Recently Deleted/IMG_4.JPG").as_deref(), Some("in the archive's trash"));
    assert_eq!(reason("Photos/hidden.JPG").as_deref(), Some("hidden"));
    assert_eq!(reason("Photos/IMG_51.JPG").as_deref(), Some("in the archive's trash"));
    archive.0.report(&["sync"], 0);
    let snapshot = archive.0.snapshot();
    let mut dates: Vec<Option<i64>> =
        snapshot.assets.iter().filter(|asset| &*asset.original_name == "IMG_1.JPG").map(instant).collect();
    dates.sort_unstable();
    // 2020-07-04T10:11Z and 2020-07-05T21:05Z.
    assert_eq!(dates, [Some(1_593_857_460), Some(1_593_983_100)]);
    let second = snapshot.assets.iter().find(|asset| &*asset.original_name == "IMG_2.JPG").expect("it went in");
    assert_eq!(second.captured.map(|time| time.to_string()).as_deref(), Some("2020-07-04T12:11:12"));
    let of = |title: &str| {
        let at = snapshot.albums.iter().position(|album| album.title == title)? as u32;
        let members = snapshot.assets.iter().filter(|asset| asset.albums.contains(&at));
        Some(members.map(|asset| asset.original_name.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(of("Islands"), Some(vec!["IMG_2.JPG".to_owned()]), "two photos are called IMG_1.JPG");
    assert_eq!(of("July"), None, "a memory is no album");
    assert_eq!(snapshot.assets.len(), 4);
    let proven = snapshot.assets.iter().find(|asset| &*asset.original_name == "IMG_5.JPG").expect("it went in");
    assert_eq!(instant(proven), Some(1_593_857_460));
    assert!(proven.details.as_ref().is_some_and(|details| details.favorite));
}

/// What Google says of a photo, with all that a person can say there.
const RICH: &str = r#", "description": "Boats", "favorited": true, "geoData": {"latitude": 54.5, "longitude": 18.55}"#;

/// Google's JSON of the photo with this title.
fn google(title: &str, taken: i64, more: &str) -> Vec<u8> {
    format!(r#"{{"title": {title:?}, "photoTakenTime": {{"timestamp": "{taken}"}}{more}}}"#).into_bytes()
}

/// How a photo of the library stands: its date, its description, whether it is a favourite, whether it has a place.
type Stands = (String, Option<String>, bool, bool);

fn stands(assets: &BTreeMap<String, Asset>, name: &str) -> Stands {
    let details = assets[name].details.as_deref().cloned().unwrap_or_default();
    let captured = assets[name].captured.map(|time| time.to_string()).unwrap_or_default();
    (captured, details.description, details.favorite, details.location.is_some())
}

/// The titles of the albums of a photo, but for that of its folder.
fn albums(home: &Household, name: &str) -> Vec<String> {
    let snapshot = home.snapshot();
    let asset = snapshot.assets.iter().find(|asset| &*asset.original_name == name).expect("it is in");
    let titles = asset.albums.iter().map(|at| snapshot.albums[*at as usize].title.clone());
    titles.filter(|title| title != "Photobridge Imports").collect()
}

/// Undoes a run; returns what was said.
fn undo(home: &Household, run: i64) -> String {
    let output = home.command(&["undo", &run.to_string(), "--library"]).arg(home.library_path()).output();
    support::text(&output.expect("it runs"))
}

const LATE: &str = "phone/late.jpg";

/// A photo that its file's time dates, and one with its camera's wall clock: both are in, and then what tells of them comes.
fn told_late() -> Archive {
    let archive = Archive::new();
    archive.put(LATE, &bare(1));
    archive.put("phone/zone.jpg", &dated(2, 12));
    let assets = archive.sync();
    assert_eq!(stands(&assets, "late.jpg"), ("2025-03-01T12:00:00Z".to_owned(), None, false, false));
    assert_eq!(stands(&assets, "zone.jpg"), ("2020-07-04T12:11:12".to_owned(), None, false, false));
    archive.put("phone/late.jpg.json", &google("late.jpg", JULY, RICH));
    archive.put("phone/zone.jpg.supplemental-metadata.json", &google("zone.jpg", JULY, ""));
    archive.put(&format!("{ALBUM}/late.jpg"), &bare(1));
    archive.put(&format!("{ALBUM}/metadata.json"), br#"{"title": "Summer: islands", "access": "protected"}"#);
    archive
}

#[test]
fn what_is_told_late_reaches_the_photo_once_and_is_taken_back_by_an_undo() {
    let archive = told_late();
    let home = &archive.0;
    let before = home.stored();
    let shown = home.verdicts(&["simulate"]);
    let gets = |path: &str| (shown[path]["verdict"].as_str(), shown[path]["gets"].as_str());
    assert_eq!(gets(LATE), (Some("planned"), Some("date 2020-07-04T10:11:12Z, description, favourite, place")));
    assert_eq!(gets("phone/zone.jpg"), (Some("planned"), Some("date 2020-07-04T12:11:12+02:00")));
    assert_eq!(gets(&format!("{ALBUM}/late.jpg")), (Some("planned"), Some("album Summer: islands")));
    let assets = || home.snapshot().assets.into_iter().map(|it| (it.original_name.to_string(), it)).collect();
    let as_it_came = stands(&assets(), "late.jpg");
    assert_eq!(as_it_came.0, "2025-03-01T12:00:00Z", "a simulation tells nobody");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), &report.0["import"]["told"]), (3, &3.into()));
    let told = ("2020-07-04T10:11:12Z".to_owned(), Some("Boats".to_owned()), true, true);
    assert_eq!(stands(&assets(), "late.jpg"), told);
    assert_eq!(stands(&assets(), "zone.jpg").0, "2020-07-04T12:11:12+02:00");
    assert_eq!((albums(home, "late.jpg"), assets().len()), (vec!["Summer: islands".to_owned()], 2));
    assert_eq!(home.stored(), before, "no file of the library is another");
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
    let run = report.0["run"].as_i64().expect("a number");
    assert!(undo(home, run).contains("2 photos are as before"));
    assert_eq!((stands(&assets(), "late.jpg"), albums(home, "late.jpg")), (as_it_came, vec![]));
    assert_eq!(stands(&assets(), "zone.jpg").0, "2020-07-04T12:11:12");
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0, "what was undone stays undone");
    // A simulation came between them.
    undo(home, run + 2);
    home.report(&["sync"], 0);
    assert_eq!(stands(&assets(), "late.jpg"), told, "until that is undone");
}

#[test]
fn a_lost_ledger_repeats_nothing_that_was_told_late() {
    let archive = told_late();
    archive.sync();
    let ledgers = std::fs::read_dir(archive.0.data()).expect("it is there").filter_map(Result::ok);
    for ledger in ledgers.filter(|entry| entry.file_name().to_string_lossy().starts_with("ledger")) {
        std::fs::remove_file(ledger.path()).expect("removed");
    }
    assert_eq!(archive.0.report(&["simulate"], 0).count("planned"), 0);
    let assets = archive.sync();
    assert_eq!(assets.len(), 2);
    assert_eq!(stands(&assets, "late.jpg"), ("2020-07-04T10:11:12Z".to_owned(), Some("Boats".to_owned()), true, true));
}

#[test]
fn what_a_person_said_in_the_library_stays() {
    let archive = told_late();
    archive.put("phone/heart.jpg", &bare(3));
    archive.put("phone/heart.jpg.json", &google("heart.jpg", JULY, r#", "favorited": true"#));
    // Dated and described by a person before the words came; the heart of the third came with it.
    archive.0.in_library(
        "UPDATE ZASSET SET ZDATECREATED = 0 WHERE Z_PK = \
         (SELECT ZASSET FROM ZADDITIONALASSETATTRIBUTES WHERE ZORIGINALFILENAME = 'late.jpg')",
    );
    let assets = archive.sync();
    let late = stands(&assets, "late.jpg");
    assert_eq!((&*late.0, late.1.as_deref()), ("2001-01-01T00:00:00Z", Some("Boats")), "only what was empty is told");
    assert!(stands(&assets, "heart.jpg").2);
    archive.0.in_library("UPDATE ZASSET SET ZFAVORITE = 0");
    assert_eq!(archive.0.report(&["simulate"], 0).count("planned"), 0, "told once");
    assert!(!stands(&archive.sync(), "heart.jpg").2);
}

#[test]
fn a_sidecar_that_comes_late_dates_what_its_files_time_had_dated() {
    let archive = Archive::new();
    archive.put("phone/late.jpg", &bare(1));
    archive.put("phone/own.jpg", &dated(2, 12));
    archive.sync();
    let xmp = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:DateCreated="2019-05-06T07:08:09+02:00"/>
        </rdf:RDF></x:xmpmeta>"#;
    archive.put("phone/late.xmp", xmp.as_bytes());
    archive.put("phone/own.xmp", xmp.as_bytes());
    let assets = archive.sync();
    assert_eq!(stands(&assets, "late.jpg").0, "2019-05-06T07:08:09+02:00");
    assert_eq!(stands(&assets, "own.jpg").0, "2020-07-04T12:11:12", "its camera's word stays");
    assert_eq!(archive.0.report(&["simulate"], 0).count("planned"), 0);
}

#[test]
fn what_died_while_it_told_is_finished_by_the_next_sync() {
    let archive = told_late();
    archive.sync();
    // As if the process had died before it saw the end, once before and once after the library had it.
    let ledger = rusqlite::Connection::open(archive.0.data().join("ledger.sqlite")).expect("it opens");
    ledger.execute("update telling set is_done = 0", []).expect("written");
    drop(ledger);
    archive.0.in_library("UPDATE ZASSET SET ZFAVORITE = 0");
    assert_eq!(archive.0.report(&["sync"], 0).count("applied"), 0);
    let assets = archive.sync();
    assert_eq!(stands(&assets, "late.jpg"), ("2020-07-04T10:11:12Z".to_owned(), Some("Boats".to_owned()), true, true));
    assert_eq!(archive.0.report(&["simulate"], 0).count("planned"), 0);
}

#[test]
fn people_become_keywords_where_the_settings_say_so() {
    for (word, keywords) in [("false", &[][..]), ("true", &["Anna", "Ben"])] {
        let archive = Archive::new();
        archive.0.make_data();
        let settings = format!("people_as_keywords = {word}\n");
        std::fs::write(archive.0.data().join("settings.toml"), settings).expect("settings");
        archive.put(&format!("{YEAR}/both.jpg"), &bare(1));
        let people = r#", "people": [{"name": "Anna"}, {"name": "Ben"}, {"name": "Anna"}]"#;
        archive.put(&format!("{YEAR}/both.jpg.json"), &google("both.jpg", JULY, people));
        let assets = archive.sync();
        let details = assets["both.jpg"].details.as_deref().cloned().unwrap_or_default();
        assert_eq!(details.keywords, keywords);
    }
}

#[test]
fn json_files_that_tell_nothing_or_of_no_photo_here_are_named() {
    let archive = Archive::new();
    for (number, name) in (1..).zip(["long.jpg", "broken.jpg", "told.jpg"]) {
        archive.put(&format!("{YEAR}/{name}"), &bare(number));
    }
    let long = format!(r#", "description": "{}""#, "x".repeat(1_200_000));
    archive.put(&format!("{YEAR}/long.jpg.json"), &google("long.jpg", JULY, &long));
    archive.put(&format!("{YEAR}/broken.jpg.supplemental-metadata.json"), br#"{"title": "bro"#);
    archive.put(&format!("{YEAR}/told.jpg.json"), &google("told.jpg", JULY, ""));
    archive.put(&format!("{YEAR}/gone.jpg.json"), &google("gone.jpg", JULY, ""));
    let report = archive.0.report(&["sync"], 0);
    let said: Vec<&str> =
        report.0["notices"].as_array().expect("a list").iter().filter_map(serde_json::Value::as_str).collect();
    let names = |about: &str, names: &[&str]| {
        let notice = said.iter().find(|notice| notice.contains(about)).unwrap_or_else(|| panic!("{about}: {said:?}"));
        names.iter().for_each(|name| assert!(notice.contains(&format!("{YEAR}/{name}")), "{notice}"));
        assert!(!notice.contains("told.jpg"), "{notice}");
    };
    names("damaged or too long", &["broken.jpg.supplemental-metadata.json", "long.jpg.json"]);
    names("tell of one photo that is not there", &["gone.jpg.json"]);
}
