//! The first run, from nothing to a plan: with the mouse, and with the keys alone.

use fantoccini::key::Key;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg, tree};

fn household() -> Household {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home
}

/// What must be so at the end, however one got there.
fn leads_to_a_plan(browser: &Browser, home: &Household) {
    browser.wait_for("2 waiting");
    browser.wait_for("Import Photos");
    assert_eq!(browser.path(), "/");
    assert_eq!(tree(&home.folder()).len(), 2);
    assert!(!home.library_path().exists(), "nothing is imported by itself");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn with_the_mouse() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.wait_for("Where are your photos kept?");
        pictures::take(browser, home.root(), "first-run");
        browser.window(1200, 900);
        browser.reload();
        browser.click("A library of Photobridge’s own");
        browser.fill("Where it lies", &home.library_path().display().to_string());
        browser.click("Next");
        browser.wait_for("Which folder do your phones share?");
        browser.click("Browse for: Folder");
        browser.wait_for("Only folders are shown here");
        browser.click("folder");
        browser.click("Choose “folder”");
        browser.wait_for("Which folder do your phones share?");
        browser.click("Next");
        browser.wait_for("Which ways shall photos go?");
        browser.click("Import");
        assert!(!home.data().join("settings.toml").exists(), "nothing is saved before the end");
        browser.click("Save and simulate");
        leads_to_a_plan(browser, &home);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn with_the_keys() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.wait_for("Where are your photos kept?");
        browser.tab_to("A library of Photobridge’s own");
        browser.type_keys(" ");
        // The tabulator selects what stands in a field: what is typed replaces it.
        browser.tab_to("Where it lies");
        browser.type_keys(&home.library_path().display().to_string());
        browser.press(Key::Enter);
        browser.wait_for("Which folder do your phones share?");
        browser.tab_to("Folder");
        browser.type_keys(&home.folder().display().to_string());
        browser.press(Key::Enter);
        browser.wait_for("Which ways shall photos go?");
        browser.tab_to("Save and simulate");
        browser.press(Key::Enter);
        browser.wait_for("waiting");
        leads_to_a_plan(browser, &home);
    });
}
