//! The forms that write settings, in a browser with scripts and without: pressed as they are they change no byte of the file,
//! and each control that is changed changes its own setting alone.

use std::fs;

use serde_json::{Value, json};

use super::browser::{Browser, visit};
use super::support::service::Service;
use super::support::{Household, jpeg};

/// A file in which little is at its default, with comments, quotes and spaces of its own, and line ends of Windows.
const MINE: &str = r#"# Mine.
library = 'ROOT/library' # the shelf
mode = "bidirectional"   # both
album = 'Phones & "more"' # a title
settle_seconds = 7
other_half_minutes = 1_440 # a day
  icloud_hours = 0x10 # as I like it
join_late_files = true # one photo
motion_photos = "live" # two files
archives = "read" # from the other cloud
people_as_keywords = true # who is who
unattended_limit = 77 # few
watch = false # when I say so

[ export ] # what goes out
folder = 'ROOT/out'
range = "full-library"
baseline = "2026-02-28T17:00:00.25Z" # to the quarter of a second
layout = "flat"
edited = "both"
sidecar = "xmp"
live_photos = "motion-photo"
photos = true
videos = true
from = "2020-01-01"
until = " 2024-01-31 "
hidden = true
shared_albums = true
unpicked_burst_frames = true
scope = "personal"

# Anna's phone
[[folder]] # first
path = 'ROOT/folder' # hers
  album = "Anna" # her album
recursive = false
include = [ "**/Camera/**", " b" ] # the camera
exclude = ["*.gif"]
images = true
videos = false
nomedia = true # what Android hides

[[schedule]]
name = 'nightly' # a good name
daily_at = "7:05" # in the morning
mode = "export" # out
enabled = false # not now
"#;

fn household() -> (Household, String) {
    let home = Household::new();
    home.fill_library(&[("IMG_1.JPG", jpeg(1))]);
    for folder in ["out", "data", "other"] {
        fs::create_dir(home.root().join(folder)).expect("made");
    }
    let text = MINE.replace("ROOT", &home.root().display().to_string()).replace('\n', "\r\n");
    fs::write(home.data().join("settings.toml"), &text).expect("written");
    (home, text)
}

fn settings(home: &Household) -> String {
    fs::read_to_string(home.data().join("settings.toml")).expect("settings")
}

/// Presses the button of a form that saves it, and waits until that was answered.
fn save(browser: &Browser, form: &str) {
    // Answers lead to a page without this mark.
    browser.look("document.body.dataset.before = 'yes'", &[]);
    let press = "document.querySelector(`form[action='${arguments[0]}'] button.primary`).click()";
    browser.look(press, &[json!(form)]);
    let is_answered = "return document.readyState === 'complete' && !document.body.dataset.before";
    browser.wait_until("it is answered", || browser.glance(is_answered, &[]) == Some(json!(true)));
}

/// Where forms that write settings stand, and where they are sent to.
const FORMS: [(&str, &str); 3] =
    [("/settings", "/settings"), ("/schedules?edit=nightly", "/schedules"), ("/baseline", "/baseline")];

/// The controls that one can change: their name, what is to be chosen of several, and their kind.
const CONTROLS: &str = "
    for (const details of document.querySelectorAll('details')) details.open = true;
    return [...document.querySelectorAll(`form[action='${arguments[0]}']`)].flatMap((form) => [...form.elements])
        .filter((e) => e.name && e.type !== 'hidden' && e.tagName !== 'BUTTON' && !e.disabled && !(e.type === 'radio' && e.checked))
        .map((e) => [e.name, e.type === 'radio' ? e.value : '', e.type]);";

/// Changes one of them as a person would.
const CHANGE: &str = "
    const [name, value, other] = arguments;
    for (const details of document.querySelectorAll('details')) details.open = true;
    const all = [...document.getElementsByName(name)].filter((e) => e.type !== 'hidden');
    const e = value ? all.find((e) => e.value === value) : all[0];
    if (e.type === 'checkbox' || e.type === 'radio') e.click();
    else if (e.tagName === 'SELECT') e.value = 'import';
    else if (e.type === 'date') e.value = '2021-02-03';
    else if (e.type === 'time') e.value = '04:06';
    else if (e.type === 'datetime-local') e.value = '2026-01-02T03:04:05';
    else if (e.inputMode === 'numeric') e.value = '8';
    else if (/path$|folder$|new$|own$/.test(name)) e.value = other;
    else e.value += 'x';";

/// The line of the file that a control is about.
fn line_of(name: &str) -> &str {
    match name {
        "library.own" => "library",
        "time" => "daily_at",
        name => name.rsplit('.').next().unwrap_or(name),
    }
}

fn lines_that_differ(before: &str, after: &str) -> Vec<String> {
    let [before, after]: [Vec<&str>; 2] = [before, after].map(|text| text.split_inclusive('\n').collect());
    assert_eq!(before.len(), after.len(), "{after:?}");
    before.iter().zip(&after).filter(|(one, other)| one != other).map(|(_, line)| (*line).to_owned()).collect()
}

fn every_form(browser: &Browser, home: &Household, text: &str) {
    for (page, form) in FORMS {
        browser.go(page);
        save(browser, form);
        assert_eq!(settings(home), text, "{page}, pressed as it is");
        browser.go(page);
        let controls = browser.look(CONTROLS, &[json!(form)]);
        let controls: Vec<[String; 3]> = serde_json::from_value(controls).expect("a list");
        assert!(!controls.is_empty(), "{page}");
        for [name, value, kind] in controls {
            // What is not chosen says nothing; another library is another file of this test.
            let says_nothing = ["library.bundle", "library.own", "library.kind", "minutes", "cron", "folder.new"];
            if says_nothing.contains(&name.as_str()) || (form == "/schedules" && name == "kind") {
                continue;
            }
            browser.go(page);
            let other = home.root().join("other").display().to_string();
            browser.look(CHANGE, &[json!(name), json!(value), json!(other)]);
            save(browser, form);
            let differ = lines_that_differ(text, &settings(home));
            let [line] = &differ[..] else { panic!("{page}: {name} {value} ({kind}): {differ:?}\n{}", browser.text()) };
            let key = if name == "time" && form == "/baseline" { "baseline" } else { line_of(&name) };
            assert!(line.trim_start().starts_with(key) && line.ends_with("\r\n"), "{name}: {line:?}");
            fs::write(home.data().join("settings.toml"), text).expect("written");
        }
    }
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn each_control_changes_its_own_setting_alone() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    visit(service.address(), |browser| every_form(browser, &home, &text));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn each_control_changes_its_own_setting_alone_without_scripts() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    visit(service.address(), |browser| {
        browser.without_scripts();
        every_form(browser, &home, &text);
    });
}

/// Two tabs and the command line change settings at once, over a file with a key that nobody knows.
fn two_tabs(browser: &Browser, home: &Household, text: &str) {
    let text = format!("colour = \"red\" # of a later version\r\n{text}");
    fs::write(home.data().join("settings.toml"), &text).expect("written");
    let elsewhere = |hours: &str| {
        assert!(home.command(&["config", "icloud_hours", hours]).status().expect("it runs").success());
    };
    browser.go("/settings");
    browser.fill("Album for imports", "Mine");
    elsewhere("3");
    save(browser, "/settings");
    browser.wait_for("Settings saved.");
    let both = text.replace("0x10", "3").replace("'Phones & \"more\"'", "\"Mine\"");
    assert_eq!(settings(home), both);
    browser.fill("Wait for iCloud before importing an iPhone photo", "5");
    browser.fill("Album for imports", "Ours");
    elsewhere("4");
    save(browser, "/settings");
    browser.wait_for("This was changed to “4” elsewhere in the meantime.");
    browser.wait_for("What nobody else changed is saved.");
    let field = browser.look("return document.activeElement.value", &[]);
    assert_eq!(field, Value::from("5"), "what was typed stays, and is looked at");
    let rest = both.replace("\"Mine\"", "\"Ours\"");
    assert_eq!(settings(home), rest.replace("icloud_hours = 3", "icloud_hours = 4"), "the rest is saved at once");
    save(browser, "/settings");
    browser.wait_for("Settings saved.");
    assert_eq!(settings(home), rest.replace("icloud_hours = 3", "icloud_hours = 5"));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn two_tabs_and_a_run_change_what_each_of_them_changed() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    visit(service.address(), |browser| two_tabs(browser, &home, &text));
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn two_tabs_and_a_run_change_what_each_of_them_changed_without_scripts() {
    let (home, text) = household();
    let service = Service::start_watching(&home);
    visit(service.address(), |browser| {
        browser.without_scripts();
        two_tabs(browser, &home, &text);
    });
}
