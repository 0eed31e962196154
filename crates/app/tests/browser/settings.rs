//! The settings: what is wrong, what is not saved yet, and switching on the way out.

use std::fs;

use fantoccini::key::Key;
use serde_json::json;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg};

fn household() -> Household {
    let home = Household::new();
    home.put("IMG_1.JPG", &jpeg(1));
    home.set_up("import");
    home
}

fn settings(home: &Household) -> String {
    fs::read_to_string(home.data().join("settings.toml")).expect("settings")
}

fn value(browser: &Browser, name: &str) -> String {
    let value = browser.look("return document.getElementById(arguments[0]).value", &[json!(name)]);
    value.as_str().expect("a field").to_owned()
}

/// Whether the browser would ask before it leaves the page.
fn is_guarded(browser: &Browser) -> bool {
    let leave = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    browser.look(leave, &[]) == json!(true)
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_settings_are_shown() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/settings");
        browser.wait_for("From the library into the folder");
        // Paths stand in fields, where they are no text.
        let still = "for (const e of document.querySelectorAll('input')) e.value = e.value.replace(arguments[0], '/Users/anna')";
        browser.look(still, &[json!(home.root().display().to_string())]);
        browser.look("document.getElementById('mode-title').closest('section').scrollIntoView()", &[]);
        pictures::take(browser, home.root(), "settings");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn an_error_keeps_what_was_typed() {
    let home = household();
    let before = settings(&home);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/settings");
        browser.fill("Album for imports", "From the phones");
        browser.fill("Wait until a file is unchanged for", "soon");
        browser.click("Save");
        browser.wait_for("Not saved. Fix the highlighted setting.");
        let wrong = "const e = document.activeElement;
                     return [e.id, e.getAttribute('aria-invalid'), !!document.getElementById(e.id + '-wrong').innerText]";
        assert_eq!(browser.look(wrong, &[]), json!(["settle_seconds", "true", true]));
        assert_eq!(value(browser, "settle_seconds"), "soon");
        assert_eq!(value(browser, "album"), "From the phones");
        assert_eq!(settings(&home), before);
        browser.fill("Wait until a file is unchanged for", "7");
        browser.click("Save");
        browser.wait_until("it is saved", || settings(&home).contains("settle_seconds = 7"));
        assert!(settings(&home).contains("album = \"From the phones\""));
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn what_is_not_saved_is_guarded() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/settings");
        browser.wait_for("Album for imports");
        assert!(!is_guarded(browser), "nothing was typed yet");
        browser.fill("Album for imports", "From the phones");
        assert!(is_guarded(browser));
        browser.click("Save");
        browser.wait_until("it is saved", || settings(&home).contains("From the phones"));
        browser.go("/settings");
        assert!(!is_guarded(browser), "all is saved");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn what_has_the_focus_is_not_below_the_bar() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/settings");
        browser.tab_to("Import");
        let mut passed = 0;
        loop {
            let seen = "const e = document.activeElement; const bar = document.querySelector('.save');
                        return [bar.contains(e), e.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top]";
            let seen = browser.look(seen, &[]);
            if seen[0] == json!(true) {
                break;
            }
            assert_eq!(seen[1], json!(true), "the control {passed} after the ways is hidden");
            passed += 1;
            browser.press(Key::Tab);
        }
        assert!(passed > 3, "{passed}");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn switching_to_both_ways_warns_and_sets_the_baseline() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/settings");
        let warning = "Turn off uploading to this folder on iPhones";
        browser.wait_for("Album for imports");
        assert!(!browser.text().contains(warning), "nothing goes out yet");
        browser.click("Both ways");
        browser.wait_for(warning);
        browser.wait_for("There is no baseline yet.");
        browser.click("Save");
        browser.wait_for("The baseline is set to");
        assert!(settings(&home).contains("mode = \"bidirectional\""));
        browser.go("/baseline");
        browser.wait_for("Current baseline");
        // Typed by its parts, as the field takes them.
        browser.look("document.getElementById('time').value = '2024-02-03T04:05:06'", &[]);
        browser.click("Set baseline");
        browser.wait_for("baseline");
        browser.go("/settings");
        browser.wait_for("2024");
    });
}
