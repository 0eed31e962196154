//! What belongs to a photo and comes with it, or later, as a user sees it: real files, read back byte for byte on both sides.

mod support;

use std::fs;
use std::path::PathBuf;

use photobridge_core::asset::ResourceRole;
use photobridge_core::fingerprint::Fingerprint;
use support::service::Service;
use support::visitor::Visitor;
use support::{Household, jpeg, shot, text, tree};

const BOTH: [&str; 4] = ["sync", "--mode", "bidirectional", "--full-library"];

/// A recipe of an edit, as a phone writes it.
fn recipe(version: u32) -> Vec<u8> {
    let format = "<key>adjustmentFormatIdentifier</key><string>com.apple.photo</string>";
    format!("<plist version=\"1.0\"><dict>{format}<key>adjustmentFormatVersion</key><string>{version}</string></dict></plist>\n")
        .into_bytes()
}

fn prints(files: impl IntoIterator<Item = Vec<u8>>) -> Vec<Fingerprint> {
    let mut prints: Vec<Fingerprint> = files.into_iter().map(|bytes| Fingerprint::of(&bytes)).collect();
    prints.sort();
    prints
}

/// The files of the folder.
fn in_folder(home: &Household) -> Vec<(PathBuf, Fingerprint)> {
    tree(&home.folder()).into_iter().map(|(path, (bytes, _))| (path, bytes)).collect()
}

fn forget(home: &Household) {
    fs::remove_dir_all(home.data()).expect("the memory is lost");
}

#[test]
fn a_recipe_goes_in_and_out_with_its_photo_and_never_twice() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_1.AAE", recipe(1)), ("IMG_2.JPG", jpeg(2))]);
    assert_eq!(home.stored(), prints([jpeg(1), recipe(1), jpeg(2)]));

    let report = home.report(&BOTH, 0);
    assert_eq!(report.0["export"]["applied"], 2);
    let expected = [("IMG_1.AAE", recipe(1)), ("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]
        .map(|(name, bytes)| (PathBuf::from("2024/05").join(name), Fingerprint::of(&bytes)));
    assert_eq!(in_folder(&home), expected);

    for _ in 0..2 {
        let again = home.report(&BOTH, 0).0;
        assert_eq!((&again["import"]["planned"], &again["export"]["planned"]), (&0.into(), &0.into()), "{again}");
        assert_eq!(again["import"]["seen"], 2, "nothing is to be said of a recipe that is there");
        forget(&home);
    }
    assert_eq!(in_folder(&home), expected);

    // From there into a library of its own.
    let third = Household::new();
    for (name, bytes) in [("IMG_1.AAE", recipe(1)), ("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))] {
        third.put(name, &bytes);
    }
    assert_eq!(third.report(&["sync"], 0).count("applied"), 2);
    assert_eq!(third.stored(), home.stored());
}

#[test]
fn a_recipe_that_comes_later_or_changes_is_named_and_changes_nothing() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_2.AAE", &recipe(1));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 2);
    let library = home.stored();

    // One comes later; one is changed, at equal length.
    home.put("IMG_1.AAE", &recipe(3));
    home.put("IMG_2.AAE", &recipe(2));
    for _ in 0..2 {
        let verdicts = home.verdicts(&["sync"]);
        for name in ["IMG_1.AAE", "IMG_2.AAE"] {
            assert_eq!(verdicts[name]["reason"], "recipe of a photo in the library", "{name}");
        }
        assert_eq!(verdicts["IMG_1.JPG"]["reason"], "same bytes");
        assert_eq!(home.stored(), library);
        home.report(&["simulate"], 0).adds_up();
        forget(&home);
    }
    assert!(fs::read(home.folder().join("IMG_2.AAE")).expect("there") == recipe(2));

    home.put("IMG_2.AAE", &recipe(1));
    assert!(!home.verdicts(&["simulate"]).contains_key("IMG_2.AAE"), "it is the one that went in");
}

#[test]
fn a_recipe_that_belongs_to_no_photo_is_named() {
    let home = Household::new();
    for (name, bytes) in [("IMG_1.JPG", jpeg(1)), ("IMG_7.AAE", recipe(1)), ("IMG_O1.AAE", recipe(2))] {
        home.put(name, &bytes);
    }
    let report = home.report(&["sync"], 0);
    assert_eq!(report.count("applied"), 1);
    let notices = report.0["notices"].to_string();
    assert!(notices.contains("2 recipes of edits (AAE; one is IMG_7.AAE) belong to no photo"), "{notices}");
}

/// Words about a photo, as programs write them beside it.
fn words(keyword: &str) -> Vec<u8> {
    let details = photobridge_media::details::Details { keywords: vec![keyword.into()], ..Default::default() };
    photobridge_media::sample::xmp(&details, None)
}

#[test]
fn words_that_do_not_go_in_are_named_and_change_nothing() {
    let home = Household::new();
    let put = |files: &[(&str, Vec<u8>)]| files.iter().for_each(|(name, bytes)| drop(home.put(name, bytes)));
    put(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2)), ("IMG_2.xmp", words("first"))]);
    put(&[("copy/IMG_2.JPG", jpeg(2)), ("copy/IMG_2.xmp", words("second"))]);
    put(&[("IMG_3.JPG", jpeg(3)), ("IMG_3.DNG", shot(3).dng(64, 48)), ("IMG_3.xmp", words("both"))]);
    put(&[("IMG_3.DNG.xmp", words("the RAW"))]);
    let named = home.verdicts(&["simulate"]);
    assert_eq!(named["copy/IMG_2.xmp"]["reason"], "words about a photo in the library", "{named:#?}");
    let report = home.report(&["sync"], 0);
    assert_eq!(report.count("applied"), 3);
    assert!(report.0["notices"].to_string().contains("one is IMG_3.DNG.xmp"), "{}", report.0["notices"]);
    let library = home.stored();

    // One comes later; one is changed, at equal length.
    put(&[("IMG_1.xmp", words("late")), ("IMG_2.xmp", words("other"))]);
    for _ in 0..2 {
        let verdicts = home.verdicts(&["sync"]);
        for name in ["IMG_1.xmp", "IMG_2.xmp", "copy/IMG_2.xmp"] {
            assert_eq!(verdicts[name]["reason"], "words about a photo in the library", "{name}");
        }
        assert!(!verdicts.contains_key("IMG_3.xmp"), "what went in needs no word");
        assert_eq!(home.stored(), library);
        home.report(&["simulate"], 0).adds_up();
        forget(&home);
    }
}

#[test]
fn a_raw_that_goes_alone_has_no_words_that_are_of_its_jpeg() {
    let home = Household::new();
    let put = |path: &str, bytes: Vec<u8>| drop(home.put(path, &bytes));
    put("a/IMG_1.JPG", jpeg(1));
    put("a/IMG_1.DNG", shot(1).dng(64, 48));
    put("b/IMG_1.JPG", jpeg(1));
    put("b/IMG_1.DNG", shot(1).dng(96, 48));
    put("b/IMG_1.JPG.xmp", words("of the JPEG"));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 2);
    let assets = home.snapshot().assets;
    let alone = assets.iter().find(|asset| &*asset.original_name == "IMG_1.DNG").expect("it went in");
    assert!(alone.details.as_deref().is_none_or(|details| details.keywords.is_empty()), "{:?}", alone.details);
}

#[test]
fn a_raw_of_another_moment_cannot_be_joined_and_that_is_said() {
    let home = Household::new();
    let mut later = shot(1);
    later.captured = later.captured.checked_add(jiff::Span::new().hours(1)).expect("a time");
    arrive(&home, &[("IMG_1.JPG".to_owned(), jpeg(1)), ("IMG_1.DNG".to_owned(), later.dng(64, 48))]);
    let said = decide_join(&home, &["IMG_1.DNG"]);
    assert!(!said.status.success(), "{}", text(&said));
    assert!(text(&said).contains("taken at the same moment"), "{}", text(&said));
    assert!(text(&home.command(&["decide", "--list"]).output().expect("it runs")).contains("There are no decisions"));
}

/// A take-in that stays behind would bring the photo back on the day that its owner deletes it.
#[test]
fn what_the_undoing_of_an_undo_takes_in_is_used_up_with_its_photo() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_1.DNG", shot(1).dng(64, 48))]);
    home.put("IMG_2.JPG", &jpeg(2));
    home.put("IMG_2.DNG", &shot(2).dng(64, 48));
    let run = home.report(&BOTH, 0).0["run"].as_u64().expect("a number");
    assert_eq!((in_folder(&home).len(), home.stored().len()), (4, 4));
    let undo = |run: u64, more: &[&str]| {
        let run = run.to_string();
        let output = home.command(&[&["undo", &*run], more, &["--library"]].concat()).arg(home.library_path()).output();
        assert!(
            output.as_ref().is_ok_and(|output| output.status.success()),
            "{:?}",
            output.map(|output| text(&output))
        );
    };
    undo(run, &[]);
    undo(run, &["--remove", "--yes"]);
    assert_eq!((in_folder(&home).len(), home.stored().len()), (2, 2));
    undo(run + 1, &[]);
    let again = home.report(&BOTH, 0);
    assert_eq!(
        (again.count("applied"), again.0["export"]["applied"].as_u64().expect("a count")),
        (1, 1),
        "{}",
        again.0
    );
    assert_eq!((in_folder(&home).len(), home.stored().len()), (4, 4));
    assert!(text(&home.command(&["decide", "--list"]).output().expect("it runs")).contains("There are no decisions"));
    // Deleted is deleted, on both sides.
    for (path, _) in in_folder(&home) {
        if path.to_string_lossy().contains("IMG_1") {
            fs::remove_file(home.folder().join(path)).expect("removed");
        }
    }
    home.in_library("delete from ZASSET where Z_PK in (select ZASSET from ZADDITIONALASSETATTRIBUTES where ZORIGINALFILENAME = 'IMG_2.JPG');");
    let report = home.report(&BOTH, 0);
    assert_eq!(
        (report.count("planned"), report.0["export"]["planned"].as_u64().expect("a count")),
        (0, 0),
        "{}",
        report.0
    );
    assert_eq!(in_folder(&home).len(), 2);
}

#[test]
fn a_lost_raw_has_the_name_that_it_had() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_1.NEF", &shot(1).dng(64, 48));
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    let raw =
        tree(&home.library_path()).into_keys().find(|path| path.extension().is_some_and(|ending| ending == "nef"));
    fs::remove_file(home.library_path().join(raw.expect("it is stored"))).expect("removed");
    let doctor = || {
        text(&home.command(&["doctor", "--library", &home.library_path().to_string_lossy()]).output().expect("it runs"))
    };
    assert!(doctor().contains("one is IMG_1.NEF"), "{}", doctor());
    // Of libraries that were filled before, nothing tells the kind.
    home.in_library("update ZINTERNALRESOURCE set ZCOMPACTUTI = null;");
    assert!(doctor().contains("one is the RAW of IMG_1.JPG"), "{}", doctor());
}

/// A file: its name and its bytes.
type Named = (String, Vec<u8>);

/// A JPEG and the RAW of the same moment.
fn raw_and_jpeg(number: u64) -> [Named; 2] {
    [(format!("IMG_{number}.JPG"), jpeg(number)), (format!("IMG_{number}.DNG"), shot(number).dng(64, 48))]
}

/// Both halves of a Live Photo.
fn live(number: u64) -> [Named; 2] {
    let mut live = shot(number);
    live.content_identifier = Some(format!("5A1F0C52-0000-4000-8000-{number:012}"));
    [(format!("IMG_{number}.HEIC"), live.heif(64, 48)), (format!("IMG_{number}.MOV"), live.movie(64, 48, 2_000))]
}

/// Puts files there one after the other, each synced before the next comes.
fn arrive(home: &Household, files: &[Named]) {
    for (name, bytes) in files {
        home.put(name, bytes);
        home.report(&["sync"], 0);
    }
}

fn decide_join(home: &Household, names: &[&str]) -> std::process::Output {
    let mut command = home.command(&["decide", "join"]);
    command.args(names.iter().map(|name| home.folder().join(name)));
    command.arg("--folder").arg(home.folder()).arg("--library").arg(home.library_path());
    command.output().expect("it runs")
}

/// The roles of each asset, as the library tells them.
fn assets(home: &Household) -> Vec<Vec<ResourceRole>> {
    let assets = home.snapshot().assets;
    assets.iter().map(|asset| asset.resources.iter().map(|entry| entry.role).collect()).collect()
}

fn is_in_step(home: &Household, files: &[Named]) {
    let stored = prints(files.iter().map(|(_, bytes)| bytes.clone()));
    let before = assets(home);
    assert_eq!(home.stored(), stored);
    for mode in ["import", "bidirectional"] {
        let again = home.report(&["sync", "--mode", mode, "--full-library"], 0).0;
        assert_eq!(again["import"]["planned"], 0, "{again}");
        assert!(mode == "import" || again["export"]["planned"] == 0, "{again}");
    }
    forget(home);
    let again = home.report(&["sync", "--mode", "bidirectional", "--full-library"], 0).0;
    assert_eq!((&again["import"]["planned"], &again["export"]["planned"]), (&0.into(), &0.into()), "{again}");
    assert_eq!((home.stored(), assets(home)), (stored, before), "no doubles without the memory");
}

#[test]
fn a_late_raw_becomes_one_photo_with_its_jpeg() {
    use ResourceRole::{AlternatePhoto, Photo};
    let (home, files) = (Household::new(), raw_and_jpeg(1));
    arrive(&home, &files);
    assert_eq!(assets(&home), [vec![Photo], vec![Photo]], "two photos, until somebody says otherwise");
    let told = &home.verdicts(&["simulate"])["IMG_1.DNG"];
    assert_eq!((&told["reason"], &told["can_join"]), (&"same bytes".into(), &"IMG_1.JPG".into()));
    let albums = home.snapshot().assets[1].albums.len();

    let said = decide_join(&home, &["IMG_1.DNG"]);
    assert!(said.status.success() && text(&said).contains("added to its photo"), "{}", text(&said));
    let planned = &home.verdicts(&["simulate"])["IMG_1.DNG"];
    assert_eq!((&planned["verdict"], &planned["part_of"]), (&"planned".into(), &"IMG_1.JPG".into()), "shown first");
    assert_eq!(assets(&home).len(), 2, "a simulation changes nothing");
    let report = home.report(&["sync"], 0);
    assert_eq!((report.count("applied"), &report.0["import"]["joined"]), (1, &1.into()));

    assert_eq!(assets(&home), [vec![Photo, AlternatePhoto]]);
    assert_eq!(home.snapshot().assets[0].albums.len(), albums);
    let run = report.0["run"].to_string();
    let undo = home.command(&["undo", &run, "--library"]).arg(home.library_path()).output().expect("it runs");
    assert!(text(&undo).contains("1 file that it added to photos in the library stays there"), "{}", text(&undo));
    is_in_step(&home, &files);
}

#[test]
fn a_late_movie_becomes_one_live_photo_with_its_still() {
    use ResourceRole::{PairedVideo, Photo};
    let (home, files) = (Household::new(), live(3));
    arrive(&home, &files);
    let told = &home.verdicts(&["simulate"])["IMG_3.MOV"];
    assert_eq!(told["reason"], "other half of an imported Live Photo");
    assert_eq!(told["can_join"], "IMG_3.HEIC");
    assert!(decide_join(&home, &["IMG_3.MOV"]).status.success());
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(assets(&home), [vec![Photo, PairedVideo]]);
    let kind = home.snapshot().assets[0].subtype;
    assert_eq!(kind, Some(photobridge_core::asset::Subtype::LivePhoto));
    is_in_step(&home, &files);
}

#[test]
fn the_setting_joins_whatever_comes_late_and_a_photo_has_one_raw() {
    use ResourceRole::{AlternatePhoto, PairedVideo, Photo};
    let home = Household::new();
    home.make_data();
    fs::write(home.data().join("settings.toml"), "join_late_files = true\n").expect("settings");
    let (pair, halves) = (raw_and_jpeg(1), live(3));
    arrive(&home, &pair);
    arrive(&home, &halves);
    assert_eq!(assets(&home), [vec![Photo, AlternatePhoto], vec![Photo, PairedVideo]]);

    // Another RAW of it: the place is taken, so it is a photo of its own.
    let other = [("IMG_1.dng".to_owned(), shot(1).dng(96, 48))];
    fs::create_dir(home.folder().join("b")).expect("a directory");
    home.put("b/IMG_1.JPG", &pair[0].1);
    home.put("b/IMG_1.DNG", &other[0].1);
    assert_eq!(home.report(&["sync"], 0).count("applied"), 1);
    assert_eq!(assets(&home).len(), 3);
    assert_eq!(home.report(&["sync"], 0).count("planned"), 0);
    assert!(home.verdicts(&["simulate"]).get("b/IMG_1.DNG").is_none_or(|told| told["can_join"].is_null()));
}

#[test]
fn a_library_that_is_not_ours_says_what_to_do() {
    let (home, files) = (Household::new(), raw_and_jpeg(1));
    arrive(&home, &files);
    let bundle = home.root().join("Backup.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("renamed");
    let mut command = home.command(&["decide", "join"]);
    command.arg(home.folder().join("IMG_1.DNG")).arg("--library").arg(&bundle);
    let said = command.output().expect("it runs");
    assert_eq!(said.status.code(), Some(2), "{}", text(&said));
    assert!(text(&said).contains("In Photos: for a RAW, delete the photo and the RAW there"), "{}", text(&said));

    let still = decide_join(&home, &["IMG_1.JPG"]);
    assert!(!still.status.success());
}

#[test]
fn the_page_makes_one_photo_of_both() {
    use ResourceRole::{AlternatePhoto, Photo};
    let (home, files) = (Household::new(), raw_and_jpeg(1));
    home.set_up("import");
    arrive(&home, &files);
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/");
    visitor.post("/simulate", &[]);
    visitor.wait_for("/plan", "same bytes");
    let address = visitor.get("/plan").link("Show them");
    let page = visitor.wait_for(&address, "Make one photo with IMG_1.JPG");
    let button = page.body.split("name=\"join\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = page.body.split("action=\"/runs/").nth(1).and_then(|rest| rest.split('"').next()).expect("a form");
    let form = page.form(&format!("/runs/{form}"));
    form.press(&mut visitor, "join", button.expect("a button"));
    let plan = visitor.wait_for("/plan", "one photo with IMG_1.JPG");
    assert!(plan.says("made one photo by you"), "{}", plan.text());
    visitor.wait_for("/", "Sync 1 photo");
    visitor.get("/").form("/sync").press(&mut visitor, "do", "sync");
    visitor.wait_for("/", "All up to date");
    assert_eq!(assets(&home), [vec![Photo, AlternatePhoto]]);
    is_in_step(&home, &files);
}

/// Families of files whose kind decides, in the order in which a device would give them.
fn families() -> Vec<(&'static str, Vec<Named>)> {
    let (dng, heic) = (|number| shot(number).dng(64, 48), |number| shot(number).heif(64, 48));
    let named = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    let mut edited = shot(1);
    edited.content_identifier = Some("5A1F0C52-0000-4000-8000-00000000E001".into());
    let [still, movie] = live(1);
    let cable = vec![
        still,
        movie,
        named("IMG_E1.HEIC", edited.heif(48, 48)),
        named("IMG_E1.MOV", edited.movie(48, 48, 2_000)),
        named("IMG_1.AAE", recipe(1)),
        named("IMG_O1.AAE", recipe(2)),
    ];
    let [still, movie] = live(2);
    let mut raw = shot(2);
    raw.content_identifier = Some("5A1F0C52-0000-4000-8000-000000000002".into());
    let [jpeg_of_pair, raw_of_pair] = raw_and_jpeg(3);
    let burst: Vec<_> = (0..4).map(|frame| named(&format!("IMG_{}.JPG", 10 + frame), jpeg(100 + frame))).collect();
    vec![
        ("a phone's cable", cable),
        ("HEIC with RAW", vec![named("IMG_4.HEIC", heic(4)), named("IMG_4.DNG", dng(4))]),
        ("JPEG, HEIC and RAW", vec![jpeg_of_pair, named("IMG_3.HEIC", heic(3)), raw_of_pair]),
        ("RAW of a phone with its movie", vec![named("IMG_2.DNG", raw.dng(64, 48)), movie.clone()]),
        ("Live Photo with RAW", vec![still, movie, named("IMG_2.DNG", dng(2))]),
        ("a burst with a recipe", [burst, vec![named("IMG_10.AAE", recipe(3))]].concat()),
    ]
}

/// Some orders that begin and go on differently: each of three files first, and all of them backwards.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let turned = |by: usize| (0..count).map(|at| (at + by) % count).collect::<Vec<_>>();
    let mut orders: Vec<Vec<usize>> = (0..count.min(3)).map(turned).collect();
    orders.push((0..count).rev().collect());
    orders
}

#[test]
fn no_file_of_a_family_is_left_without_a_word_in_whatever_order_it_comes() {
    for (family, files) in families() {
        for order in orders(files.len()) {
            let home = Household::new();
            for at in &order {
                home.put(&files[*at].0, &files[*at].1);
                home.report(&["sync"], 0);
            }
            let case = format!("{family}: {:?}", order.iter().map(|at| &files[*at].0).collect::<Vec<_>>());
            let stored = home.stored();
            // A movie that came before its still went in as a video, with its recipe; both go with the still all the same.
            let place = |name: &str| order.iter().position(|at| files[*at].0 == name);
            let came_first = |name: &str| {
                let stem = name.strip_suffix(".MOV").or_else(|| name.strip_suffix(".AAE"));
                let still = |stem: &str| place(&format!("{stem}.HEIC")).or_else(|| place(&format!("{stem}.DNG")));
                stem.is_some_and(|stem| still(stem).is_some() && place(&format!("{stem}.MOV")) < still(stem))
            };
            for (name, bytes) in &files {
                let times = stored.iter().filter(|held| **held == Fingerprint::of(bytes)).count();
                let most = if came_first(name) { 2 } else { 1 };
                assert!(times <= most, "{case}: {name} is there {times} times");
            }
            for (name, bytes) in &files {
                assert!(fs::read(home.folder().join(name)).expect("there") == *bytes, "{case}: {name}");
            }
            for forgotten in [false, true] {
                if forgotten {
                    forget(&home);
                }
                let report = home.report(&["simulate"], 0);
                assert_eq!(report.count("planned"), 0, "{case}: {}", report.0);
                let notices = report.0["notices"].to_string();
                for (name, bytes) in &files {
                    let is_there = stored.contains(&Fingerprint::of(bytes));
                    let verdicts = if is_there { Default::default() } else { home.verdicts(&["simulate"]) };
                    let is_named = verdicts.contains_key(name) || notices.contains(name);
                    assert!(is_there || is_named, "{case}: {name} is not there, and nothing says so\n{verdicts:#?}");
                }
                home.report(&["sync"], 0);
                assert_eq!(home.stored(), stored, "{case}");
            }
        }
    }
}
