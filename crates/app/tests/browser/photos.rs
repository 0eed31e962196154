//! The Photos page: what it says, and simulating and syncing there with the mouse, with the keys, without scripts.

use fantoccini::key::Key;
use photobridge_core::fingerprint::Fingerprint;
use serde_json::json;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg};

/// A household with so many photos in its folder and none in its library.
fn household(photos: u64) -> Household {
    let home = Household::new();
    home.set_up("import");
    for number in 0..photos {
        home.put(&format!("{}/IMG_{number}.JPG", number % 7), &jpeg(number));
    }
    home
}

/// The figure of this name, unless the page is about to come or go.
fn figure(browser: &Browser, name: &str) -> Option<String> {
    let script = "const term = [...document.querySelectorAll('dt')].find((e) => e.textContent === arguments[0]);
                  return term && term.nextElementSibling.textContent";
    Some(browser.glance(script, &[json!(name)])?.as_str()?.to_owned())
}

fn shows(browser: &Browser, name: &str, value: &str) {
    browser.wait_until(&format!("{name} is {value}"), || figure(browser, name).as_deref() == Some(value));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_demo_household_is_shown() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.wait_for("Sync Photos");
        browser.wait_for("Bidirectional");
        // The demo lays 16 photos and videos into the folder and brings 3 out of the library; one is a placeholder.
        shows(browser, "Folder items", "19");
        shows(browser, "Pending", "1");
        shows(browser, "Total exported", "3");
        shows(browser, "Export mode", "Full library");
        let assets = home.snapshot().assets.len();
        browser.wait_for(&format!("Library\n\n{assets}\n"));
        browser.wait_for("1 photo waiting");
        browser.wait_for("Last sync: ");
        assert!(!browser.text().contains("Photos and videos in the source folders."), "the figures are folded");
        browser.click("Details");
        browser.wait_for("Photos and videos in the source folders.");
        browser.click("Details");
        pictures::take(browser, home.root(), "photos");
        browser.prefer(&[("prefers-color-scheme", "dark")]);
        pictures::take(browser, home.root(), "photos-dark");
        browser.prefer(&[]);
        browser.window(390, 844);
        pictures::take(browser, home.root(), "photos-phone");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn with_the_mouse_alone() {
    let home = household(5);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.wait_for("Import Photos");
        shows(browser, "Folder items", "—");
        browser.click("Simulate");
        shows(browser, "Pending", "5");
        assert!(!home.library_path().exists(), "a simulation makes nothing");
        browser.click("Sync 5 photos");
        shows(browser, "Last imported", "5");
        shows(browser, "Pending", "0");
        assert_eq!(home.names().len(), 5);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn with_the_keys_alone() {
    let home = household(5);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.press(Key::Tab);
        browser.wait_for("Skip to the content");
        browser.tab_to("Simulate");
        browser.press(Key::Enter);
        shows(browser, "Pending", "5");
        browser.tab_to("Sync 5 photos");
        browser.type_keys(" ");
        shows(browser, "Last imported", "5");
        assert_eq!(home.names().len(), 5);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn without_scripts_a_reload_shows_what_came_of_it() {
    let home = household(5);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.without_scripts();
        browser.go("/");
        let until = |name: &str, value: &str| {
            browser.wait_until(&format!("{name} is {value} and the run is over"), || {
                browser.reload();
                let is_over = browser.glance("return !document.querySelector('.bar button').disabled", &[]);
                is_over == Some(json!(true)) && figure(browser, name).as_deref() == Some(value)
            });
        };
        browser.click("Simulate");
        until("Pending", "5");
        browser.click("Sync 5 photos");
        until("Last imported", "5");
        assert_eq!(home.names().len(), 5);
    });
}

/// So many photos in words.
fn words(photos: usize) -> String {
    match photos {
        1 => "1 photo left".into(),
        0..1000 => format!("{photos} photos left"),
        _ => format!("{},{:03} photos left", photos / 1000, photos % 1000),
    }
}

/// As many photos as take much longer to import than a test takes to look, on any machine.
const MANY: u64 = 3000;

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_run_is_found_again_and_cancelled() {
    let home = household(MANY);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.prefer(&[("prefers-reduced-motion", "reduce")]);
        browser.go("/");
        browser.click("Sync");
        let goes_on = || {
            browser.wait_for("Importing");
            browser.wait_for("of 3,000");
            browser.wait_for("files/s");
        };
        goes_on();
        assert_eq!(browser.look("return document.getAnimations().length", &[]), 0, "it was asked to keep still");
        browser.reload();
        goes_on();
        browser.new_tab();
        browser.window(1200, 900);
        browser.go("/");
        goes_on();
        browser.wait_for("left");
        pictures::take(browser, home.root(), "progress");
        browser.click("Cancel");
        browser.wait_for("Stopping after the photo in hand");
        browser.wait_until("the run has stopped", || {
            browser.glance("return document.getElementById('live').hidden", &[]) == Some(json!(true))
        });
        assert!(home.names().len() < MANY as usize, "it was stopped before its end");
        assert_eq!(home.names().len(), home.stored().len());
        let left = MANY as usize - home.names().len();
        browser.wait_for(&format!("Stopped · {} to import", words(left)));
        browser.click("Continue");
        browser.wait_until("the rest goes in", || home.names().len() > MANY as usize - left + 50);
        // More go in meanwhile.
        let stored = home.stored();
        let mut once = stored.clone();
        once.dedup();
        assert_eq!(once.len(), stored.len(), "every photo is in once");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_server_that_was_killed_says_so_and_goes_on() {
    let photos = 400;
    let home = household(photos);
    let service = Service::start(&home);
    let address = service.address();
    visit(address, |browser| {
        // The page asks for news of a server that is not there for a moment.
        browser.expect_trouble("net::ERR_CONNECTION_REFUSED");
        browser.expect_trouble("net::ERR_INCOMPLETE_CHUNKED_ENCODING");
        browser.go("/");
        browser.click("Sync");
        browser.wait_until("the import is well under way", || home.stored().len() > 20);
        service.kill();
        assert!(home.stored().len() < photos as usize, "it was killed before its end");
        let _service = Service::start_at(&home, address);
        browser.reload();
        browser.wait_for("was cut short");
        browser.wait_for("Importing");
        shows(browser, "Pending", "0");
        browser.wait_for("was cut short");
        assert_eq!(home.names().len(), photos as usize);
        let stored: Vec<Fingerprint> = home.stored();
        let mut folder: Vec<Fingerprint> = (0..photos).map(|number| Fingerprint::of(&jpeg(number))).collect();
        folder.sort();
        assert_eq!(stored, folder, "every photo is in once");
    });
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
}
