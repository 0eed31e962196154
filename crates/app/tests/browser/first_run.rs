//! The first run, from nothing to photos in the library: with the mouse, with the keys alone, and without scripts.

use std::path::Path;
use std::time::Duration;

use fantoccini::key::Key;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg, tree};
use photobridge_core::fingerprint::Fingerprint;
use photobridge_testkit::cloud::{Cloud, Manners};

fn household() -> Household {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.put("IMG_2.JPG", &jpeg(2));
    home
}

/// What must be so at the end, however one got there.
fn leads_to_a_plan(browser: &Browser, home: &Household) {
    browser.wait_until("both photos are in the plan", || {
        ["IMG_1.JPG", "IMG_2.JPG"].iter().all(|name| browser.text().contains(name))
    });
    browser.wait_for("Import Photos");
    assert_eq!(browser.path(), "/");
    assert_eq!(tree(&home.folder()).len(), 2);
    assert!(!home.library_path().exists(), "nothing is imported by itself");
}

/// Fingerprints of all files below a directory, sorted.
fn bytes(root: &Path) -> Vec<Fingerprint> {
    let mut all: Vec<Fingerprint> = tree(root).into_values().map(|(bytes, _)| bytes).collect();
    all.sort();
    all
}

/// Presses what a person presses next. What was there before the first run is in the library afterwards, byte by byte.
fn leads_to_the_photos(browser: &Browser, home: &Household) {
    let before = tree(&home.folder());
    // What has just been copied waits for some seconds.
    browser.wait_until("both photos are offered", || {
        browser.go("/");
        let is_offered = browser.text().contains("Sync 2 photos");
        if !is_offered && !browser.text().contains("Cancel") {
            browser.click("Simulate");
            std::thread::sleep(Duration::from_secs(2));
        }
        is_offered
    });
    browser.click("Sync 2 photos");
    browser.wait_until("they are imported", || {
        browser.go("/");
        browser.text().contains("All up to date")
    });
    assert_eq!(bytes(&home.library_path().join("originals")), bytes(&home.folder()));
    assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
    assert_eq!(tree(&home.folder()), before);
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
        browser.click("A Photobridge library");
        browser.fill("Location", &home.library_path().display().to_string());
        browser.click("Next");
        browser.wait_for("Which folder do your phones share?");
        browser.click("Browse for: Folder");
        browser.wait_for("Only folders are shown here");
        browser.click("folder");
        browser.click("Choose “folder”");
        browser.wait_for("Which folder do your phones share?");
        browser.click("Next");
        browser.wait_for("Which direction should photos sync?");
        browser.click("Import");
        assert!(!home.data().join("settings.toml").exists(), "nothing is saved before the end");
        browser.click("Save and simulate");
        leads_to_a_plan(browser, &home);
        leads_to_the_photos(browser, &home);
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
        browser.tab_to("A Photobridge library");
        browser.type_keys(" ");
        // The tabulator selects what stands in a field: what is typed replaces it.
        browser.tab_to("Location");
        browser.type_keys(&home.library_path().display().to_string());
        browser.press(Key::Enter);
        browser.wait_for("Which folder do your phones share?");
        browser.tab_to("Folder");
        browser.type_keys(&home.folder().display().to_string());
        browser.press(Key::Enter);
        browser.wait_for("Which direction should photos sync?");
        browser.tab_to("Save and simulate");
        browser.press(Key::Enter);
        leads_to_a_plan(browser, &home);
        leads_to_the_photos(browser, &home);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn without_scripts() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.without_scripts();
        browser.go("/");
        browser.click("A Photobridge library");
        browser.fill("Location", &home.library_path().display().to_string());
        browser.click("Next");
        browser.fill("Folder", &home.folder().display().to_string());
        browser.click("Next");
        browser.click("Import");
        browser.click("Save and simulate");
        leads_to_the_photos(browser, &home);
    });
}

/// The folder lies on a Nextcloud: the server gives a password of its own, which no page shows and no settings hold.
#[test]
#[ignore = "needs chromium and chromedriver"]
fn with_a_nextcloud() {
    let home = Household::new();
    let cloud = Cloud::start(Manners::NEXTCLOUD);
    for number in [1, 2] {
        cloud.write(&format!("Photos/IMG_{number}.JPG"), &jpeg(number), 1_700_000_000);
    }
    let (before, host) = (cloud.files(), format!("http://{}", cloud.address));
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("A Photobridge library");
        browser.fill("Location", &home.library_path().display().to_string());
        browser.click("Next");
        browser.click("Nextcloud or WebDAV…");
        browser.wait_for("Address of your Nextcloud");
        browser.fill("Address of the folder", "http://cloud.example/Photos");
        browser.click("Use this folder");
        browser.wait_for("Use https://");
        browser.fill("Address of the folder", &Cloud::photos(cloud.address));
        browser.fill("User name", "me");
        browser.fill("Password", "another");
        browser.click("Use this folder");
        browser.wait_for("does not accept the password");
        browser.fill("Address of your Nextcloud", &host);
        browser.click("Log in");
        browser.wait_for("Grant access");
        browser.click("I granted access");
        browser.wait_for("was not granted yet");
        browser.click("I granted access");
        browser.wait_for("Which folder do your phones share?");
        browser.click("Next");
        browser.wait_for("Which direction should photos sync?");
        browser.click("Import");
        assert!(!home.data().join("settings.toml").exists(), "no settings are saved before the end");
        browser.click("Save and simulate");
        browser.wait_until("both photos are in the plan", || {
            ["IMG_1.JPG", "IMG_2.JPG"].iter().all(|name| browser.text().contains(name))
        });
        assert!(!browser.text().contains("xyzzy42"));
    });
    let settings = std::fs::read_to_string(home.data().join("settings.toml")).expect("saved");
    assert!(settings.contains(&Cloud::photos(cloud.address)) && !settings.contains("xyzzy42"), "{settings}");
    assert_eq!(cloud.files(), before, "looking changes nothing");
}
