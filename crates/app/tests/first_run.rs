//! The first run, from an empty data directory to a plan that one may look at.

mod support;

use std::fs;

use support::service::Service;
use support::visitor::{Answer, Visitor};
use support::{Household, jpeg, tree};

fn next(visitor: &mut Visitor, page: &Answer, changes: &[(&str, &str)]) -> Answer {
    let form = page.form("/welcome");
    changes.iter().fold(form, |form, (name, value)| form.set(name, value)).press(visitor, "do", "next")
}

#[test]
fn three_steps_lead_to_a_plan_and_nothing_is_carried() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    let before = tree(&home.folder());
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);

    let library = visitor.get("/");
    assert!(library.at == "/welcome" && library.says("Where are your photos kept?"), "{}", library.text());
    let refused =
        next(&mut visitor, &library, &[("library.kind", "bundle"), ("library.bundle", "/gone/X.photoslibrary")]);
    assert!(refused.says("Where are your photos kept?"), "{}", refused.text());
    assert!(
        refused.body.contains("id=\"library.bundle-wrong\"") && refused.says("/gone/X.photoslibrary"),
        "{}",
        refused.body
    );
    assert_eq!(refused.form("/welcome").value("library.bundle"), Some("/gone/X.photoslibrary"));
    let place = home.library_path().display().to_string();
    let folder = next(&mut visitor, &refused, &[("library.kind", "own"), ("library.own", &place)]);
    assert!(folder.says("Which folder do your phones share?"), "{}", folder.text());

    for (path, words) in
        [("", "Name the folder"), ("/gone", "There is no folder /gone"), ("photos", "Write the full path")]
    {
        let refused = next(&mut visitor, &folder, &[("folder.0.path", path)]);
        assert!(refused.says(words) && refused.says("Which folder"), "{path}: {}", refused.text());
    }
    let elsewhere = visitor.get("/schedules");
    assert!(elsewhere.says("Schedules"));
    let back = visitor.get("/");
    assert!(back.says("Which folder do your phones share?"), "one can leave and come back: {}", back.text());

    let browser = back.form("/welcome").press(&mut visitor, "do", "browse:folder.0.path");
    assert!(browser.at.starts_with("/folders?"), "{}", browser.at);
    let photos = fs::canonicalize(home.folder()).expect("there").display().to_string();
    let chosen = browser.form("/folders").press(&mut visitor, "path", &photos);
    assert_eq!(chosen.form("/welcome").value("folder.0.path"), Some(photos.as_str()));

    let first = visitor.get(&chosen.link("Back"));
    assert_eq!(first.form("/welcome").value("library.own"), Some(place.as_str()), "each step can go back");
    let second = next(&mut visitor, &first, &[]);
    let mode = next(&mut visitor, &second, &[]);
    assert!(
        mode.says("Which direction should photos sync?") && mode.says("Turn off uploading to this folder"),
        "{}",
        mode.text()
    );
    assert!(!home.data().join("settings.toml").exists(), "nothing is saved before the end");

    let done = next(&mut visitor, &mode, &[("mode", "bidirectional")]);
    assert!(done.at == "/" && done.says("The baseline is set to"), "{} {}", done.at, done.text());
    // They have just been written, so they are looked at and wait.
    let plan = visitor.wait_for("/", "0 to import, 2 waiting");
    assert!(plan.says("IMG_1.JPG") && plan.says("Sync Photos"), "{}", plan.text());
    assert_eq!(tree(&home.folder()), before);
    assert!(!home.library_path().exists(), "nothing is imported by itself");
    assert_eq!(visitor.get("/welcome").at, "/", "it is over");
}

#[test]
fn the_page_says_only_what_is_known_and_what_stays_where_the_library_is_only_read() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    home.put("IMG_2.JPG", &jpeg(2));
    home.set_up("import");
    let file = home.data().join("settings.toml");
    let settings = fs::read_to_string(&file).expect("settings");
    let own = home.library_path().display().to_string();
    fs::write(&file, settings.replace(&own, &bundle.display().to_string())).expect("written");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let before = visitor.get("/");
    assert!(before.says("— to import") && !before.says("0 to import"), "{}", before.text());
    visitor.post("/simulate", &[]);
    let looked = visitor.wait_for("/", "Not imported, as this library is read-only: 1 photo.");
    assert!(looked.says("0 to import") && !looked.says("All up to date"), "{}", looked.text());
}

#[test]
fn what_stays_as_it_came_before_the_baseline_is_said_and_is_not_up_to_date() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1)), ("IMG_2.JPG", jpeg(2))]);
    home.put("IMG_2.JPG", &jpeg(2));
    home.set_up("export");
    let set = home.command(&["baseline", "set"]).output().expect("it runs");
    assert!(set.status.success(), "{}", support::text(&set));
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    visitor.get("/");
    visitor.post("/simulate", &[]);
    let page = visitor.wait_for("/", "Nothing new to export · 1 photo from before the baseline stays in the library");
    assert!(!page.says("All up to date"), "{}", page.text());
}

#[test]
fn places_where_photos_often_lie_are_offered_when_they_are_there() {
    let home = Household::new();
    fs::create_dir_all(home.root().join("Nextcloud/Photos")).expect("made");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let library = visitor.get("/welcome");
    let folder = next(&mut visitor, &library, &[]);
    assert!(folder.says("Nextcloud/Photos") && !folder.says("Pictures"), "{}", folder.text());
    let path = fs::canonicalize(home.root()).expect("there").join("Nextcloud/Photos").display().to_string();
    let used = folder.form("/welcome").press(&mut visitor, "do", &format!("use:{path}"));
    assert!(used.says("Which folder"), "it is only filled in: {}", used.text());
    assert_eq!(used.form("/welcome").value("folder.0.path"), Some(path.as_str()));
}

#[test]
fn steps_cannot_be_skipped_by_an_address() {
    let home = Household::new();
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    for address in ["/welcome?step=mode", "/welcome?step=../../etc", "/welcome?draft=99&step=folder"] {
        assert!(visitor.get(address).says("Where are your photos kept?"), "{address}");
    }
    visitor.get("/welcome");
    let skipped = visitor.post("/welcome", &[("step", "mode"), ("mode", "import"), ("do", "next")]);
    assert!(
        skipped.says("Which folder do your phones share?") && skipped.says("Name the folder"),
        "{}",
        skipped.text()
    );
    assert!(!home.data().join("settings.toml").exists());
}

#[test]
fn nothing_is_to_go_into_a_library_that_is_only_read() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    let bundle = home.root().join("Copy.photoslibrary");
    fs::rename(home.library_path(), &bundle).expect("moved");
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let library = visitor.get("/welcome");
    let chosen = [("library.kind", "bundle"), ("library.bundle", &*bundle.display().to_string())];
    let folder = next(&mut visitor, &library, &chosen);
    let mode = next(&mut visitor, &folder, &[("folder.0.path", &home.folder().display().to_string())]);
    assert!(mode.says("the library you chose is read-only"), "{}", mode.text());
    assert_eq!(mode.form("/welcome").value("mode"), Some("export"), "it is chosen already");
    let refused = next(&mut visitor, &mode, &[("mode", "import")]);
    assert!(refused.body.contains("id=\"mode-wrong\"") && refused.says("Choose Export"), "{}", refused.text());
    assert!(!home.data().join("settings.toml").exists());
    let done = next(&mut visitor, &refused, &[]);
    assert!(done.at == "/" && done.says("Export Photos"), "{}", done.text());
    let text = fs::read_to_string(home.data().join("settings.toml")).expect("settings");
    assert!(text.contains("mode = \"export\""), "{text}");
}

#[test]
fn the_whole_disk_is_asked_about() {
    let home = Household::new();
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let library = visitor.get("/");
    let place = home.library_path().display().to_string();
    let folder = next(&mut visitor, &library, &[("library.kind", "own"), ("library.own", &place)]);
    let asked = next(&mut visitor, &folder, &[("folder.0.path", "/")]);
    assert!(asked.says("I mean the whole disk") && asked.says("Which folder"), "{}", asked.text());
    let again = next(&mut visitor, &asked, &[]);
    assert!(again.says("I mean the whole disk"), "an empty tick is no answer: {}", again.text());
    let meant = next(&mut visitor, &again, &[("whole_disk", "yes")]);
    assert!(meant.says("Which direction should photos sync?"), "{}", meant.text());
}
