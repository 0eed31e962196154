//! The full library: asked for on the Photos page, counted, and only then sent.

use std::fs;

use super::browser::visit;
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg, tree};

/// A household whose library holds three photos from before its baseline.
fn household() -> Household {
    let home = Household::new();
    home.set_up("bidirectional");
    let photos = [1, 2, 3].map(|number| (["A.JPG", "B.JPG", "C.JPG"][number as usize - 1], jpeg(number)));
    home.fill_library(&photos);
    let settings = home.data().join("settings.toml");
    let text = fs::read_to_string(&settings).expect("settings");
    fs::write(&settings, format!("{text}\n[export]\nrange = \"going-forward\"\n")).expect("written");
    home
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn it_is_counted_and_goes_only_when_said_so() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Simulate");
        browser.wait_for("Before the baseline 3");
        assert!(tree(&home.folder()).is_empty());
        browser.click("Full library…");
        browser.wait_for("To export\n3 photos");
        browser.wait_for("Free space");
        browser.click("Cancel");
        browser.wait_until("the dialog is gone", || !browser.text().contains("Free space"));
        assert!(tree(&home.folder()).is_empty(), "nothing goes by itself");
        browser.click("Full library…");
        browser.click("Export all");
        browser.wait_until("all of it is there", || tree(&home.folder()).len() == 3);
        browser.wait_for("3 photos exported");
        let mut names: Vec<String> =
            tree(&home.folder()).keys().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        names.sort();
        assert_eq!(names, ["A.JPG", "B.JPG", "C.JPG"]);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_dialog_is_shown() {
    let home = Household::demo();
    fs::remove_dir_all(home.data()).expect("what was remembered goes");
    fs::remove_dir_all(home.folder()).expect("the folder goes");
    fs::create_dir_all(home.folder()).expect("an empty one");
    home.set_up("bidirectional");
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Full library…");
        browser.wait_for("Free space");
        browser.look("document.querySelector('.dialog .facts div:last-child dd').innerText = '214 GB'", &[]);
        pictures::take(browser, home.root(), "full-library");
    });
}
