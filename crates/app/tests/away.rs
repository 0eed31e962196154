//! A folder or a library that is gone: what the page says and offers while it is, and once it is back.

mod support;

use std::fs;

use support::service::Service;
use support::visitor::{Answer, Visitor};
use support::{Household, jpeg, tree};

/// A household that has synced one photo, and whose plan shows another.
fn household() -> Household {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.set_up("import");
    assert!(home.command(&["sync"]).output().expect("it runs").status.success());
    home.put("IMG_2.JPG", &jpeg(2));
    assert!(home.command(&["simulate"]).output().expect("it runs").status.success());
    home
}

fn notices(page: &Answer) -> usize {
    page.body.matches("class=\"notice ").count()
}

fn offers_sync(page: &Answer) -> bool {
    let bar = page.body.split("action=\"/sync\"").nth(1).expect("the form is there");
    !bar.split("<button").nth(1).expect("its button").split('>').next().unwrap_or_default().contains("disabled")
}

/// Takes something away, tries everything on the page, and brings it back.
fn comes_and_goes(what: impl Fn(&Household) -> std::path::PathBuf, title: &str) {
    let home = household();
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let (path, shelf) = (what(&home), home.root().join("elsewhere"));
    let before = visitor.get("/");
    assert!(before.says("Sync 1 photo") && offers_sync(&before) && notices(&before) == 0, "{}", before.text());
    fs::rename(&path, &shelf).expect("moved");
    let is_told = |page: &Answer| {
        assert!(page.says(title) && page.says("is not there. Connect its disk"), "{}", page.text());
        assert!(page.says(&format!("away {}", path.display())), "{}", page.text());
        assert_eq!(notices(page), 1, "{}", page.text());
        assert!(!offers_sync(page) && !page.says("Sync 1 photo") && !page.says("IMG_2.JPG"), "{}", page.text());
        assert!(page.says("— to import") && page.says("Pending") && !page.says("Checked"), "{}", page.text());
    };
    is_told(&visitor.get("/"));
    for action in ["/sync", "/simulate"] {
        visitor.post(action, &[]);
        // It is over at once, as there is nothing to look at.
        std::thread::sleep(std::time::Duration::from_millis(500));
        is_told(&visitor.get("/"));
    }
    let status = home.command(&["status"]).output().expect("it runs");
    assert!(support::text(&status).contains("is not there. Connect its disk"), "{}", support::text(&status));
    assert!(!path.exists(), "nothing is made in its place");
    fs::rename(&shelf, &path).expect("moved back");
    let back = visitor.get("/");
    assert_eq!(notices(&back), 0, "{}", back.text());
    assert!(offers_sync(&back) && !back.says("is not there"), "{}", back.text());
    visitor.post("/sync", &[]);
    visitor.wait_for("/", "All up to date");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
    assert_eq!(tree(&home.folder()).len(), 2);
}

#[test]
fn a_folder_comes_and_goes() {
    comes_and_goes(Household::folder, "A folder is away");
}

#[test]
fn a_library_comes_and_goes() {
    comes_and_goes(Household::library_path, "The library is away");
}

/// Puts a file in the place of something, sends what a tab still offers that was open before, and puts all back.
fn gives_way_to_a_file(what: impl Fn(&Household) -> std::path::PathBuf) {
    let home = household();
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let (path, shelf) = (what(&home), home.root().join("elsewhere"));
    visitor.get("/");
    fs::rename(&path, &shelf).expect("moved");
    fs::write(&path, "no photos").expect("a file");
    for action in ["/sync", "/simulate"] {
        visitor.post(action, &[]);
        std::thread::sleep(std::time::Duration::from_millis(500));
        let page = visitor.get("/");
        assert!(page.says("is a file") && notices(&page) == 1 && !offers_sync(&page), "{}", page.text());
    }
    fs::remove_file(&path).expect("gone");
    fs::rename(&shelf, &path).expect("moved back");
    let back = visitor.get("/");
    assert!(notices(&back) == 0 && offers_sync(&back) && !back.says("is a file"), "{}", back.text());
    visitor.post("/sync", &[]);
    visitor.wait_for("/", "All up to date");
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
}

#[test]
fn a_file_in_the_folders_place_comes_and_goes() {
    gives_way_to_a_file(Household::folder);
}

#[test]
fn a_file_in_the_librarys_place_comes_and_goes() {
    gives_way_to_a_file(Household::library_path);
}

#[test]
fn a_library_that_was_never_made_is_not_away() {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.set_up("import");
    let service = Service::start(&home);
    let page = Visitor::of(&service).get("/");
    assert!(offers_sync(&page) && notices(&page) == 0, "{}", page.text());
}

#[test]
fn a_folder_of_which_everything_is_left_out_is_told_with_the_way_to_the_setting() {
    let home = household();
    let file = home.data().join("settings.toml");
    let text = fs::read_to_string(&file).expect("settings") + "images = false\n";
    fs::write(&file, &text).expect("written");
    let told = "the settings exclude every photo and video in it (2)";
    let output = home.command(&["simulate"]).output().expect("it runs");
    assert!(support::text(&output).contains(told), "{}", support::text(&output));
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    let page = visitor.get("/");
    assert!(page.says(told) && !page.says("All up to date"), "{}", page.text());
    assert_eq!(page.link("What is taken of the folders"), "/settings#folders");
    fs::write(&file, text.replace("images", "videos")).expect("written");
    visitor.post("/simulate", &[]);
    let page = visitor.wait_for("/", "Sync 1 photo");
    assert!(!page.says(told), "{}", page.text());
}

#[test]
fn a_library_of_which_everything_is_left_out_is_told_too() {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    home.set_up("export");
    let file = home.data().join("settings.toml");
    let text = fs::read_to_string(&file).expect("settings");
    let none = "[export]\nrange = \"full-library\"\nphotos = false\n\n[[folder]]";
    fs::write(&file, text.replace("[[folder]]", none)).expect("written");
    let output = home.command(&["simulate"]).output().expect("it runs");
    assert!(
        support::text(&output).contains("exclude every photo and video of the library (1)"),
        "{}",
        support::text(&output)
    );
    let page = Visitor::of(&Service::start(&home)).get("/");
    assert_eq!(page.link("What goes out"), "/settings#out");
}
