//! What holds on every page.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::axe::Axe;
use super::browser::{Browser, visit};
use super::support::Household;
use super::support::service::Service;

/// Every page of the demo's household that can be gone to by its address alone. Run 2 is its sync.
const PAGES: [&str; 20] = [
    "/",
    "/library",
    "/folder",
    "/runs/2/items/0",
    "/runs/2/items/0?in=folder",
    "/runs/3/items/0",
    "/settings",
    "/reset",
    "/baseline",
    "/full-library",
    "/plan",
    "/runs/1",
    "/runs/2",
    "/runs/3",
    "/runs/2/undo",
    "/schedules",
    "/history",
    "/help",
    "/help/verdicts",
    "/help/exporting",
];

/// What the system may prefer.
pub const THEMES: [&str; 2] = ["light", "dark"];

#[test]
#[ignore = "needs chromium and chromedriver"]
fn no_page_is_wider_than_a_phone() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        let mut found = Vec::new();
        for (page, width) in PAGES.iter().flat_map(|page| [320, 390, 768].map(|width| (page, width))) {
            browser.window(width, 800);
            browser.go(page);
            let wide = "const inner = (e) => e.parentElement && (getComputedStyle(e.parentElement).overflowX !== 'visible'
                            || inner(e.parentElement));
                        const wide = [...document.querySelectorAll('body *')].filter((e) => !inner(e)
                            && e.getBoundingClientRect().right > innerWidth + 1);
                        return [document.documentElement.scrollWidth - innerWidth, wide.map((e) => e.outerHTML.slice(0, 90))]";
            let wide = browser.look(wide, &[]);
            if wide[0].as_i64() > Some(0) {
                found.push(format!("{page} at {width}: {wide}"));
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    });
}

#[test]
#[ignore = "needs chromium, chromedriver and axe-core"]
fn axe_finds_nothing_serious() {
    let axe = Axe::read();
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        let mut found = Vec::new();
        for (page, theme) in PAGES.iter().flat_map(|page| THEMES.map(|theme| (page, theme))) {
            browser.prefer(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
            browser.go(page);
            found.extend(axe.serious(browser).into_iter().map(|words| format!("{page} in {theme}: {words}")));
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
    });
}

#[test]
#[ignore = "needs chromium, chromedriver and axe-core"]
fn before_anything_is_set_up_it_holds_too() {
    let axe = Axe::read();
    let home = Household::new();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        let look = || {
            for (width, theme) in [320, 390, 1200].into_iter().flat_map(|width| THEMES.map(|theme| (width, theme))) {
                browser.window(width, 900);
                browser.prefer(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
                let path = browser.path();
                assert_eq!(axe.serious(browser), Vec::<String>::new(), "{path} in {theme}");
                let wide = "return document.documentElement.scrollWidth > innerWidth";
                assert_eq!(browser.look(wide, &[]), false, "{path} at {width}");
            }
        };
        browser.go("/");
        look();
        browser.click("Next");
        browser.wait_for("Which folder do your phones share?");
        look();
        browser.click("Browse for: Folder");
        browser.wait_for("Only folders are shown here");
        look();
        browser.click("Nextcloud or WebDAV");
        browser.wait_for("Address of your Nextcloud");
        look();
    });
}

/// Names that would do something, if a page ever took them for more than text.
const HOSTILE: [&str; 5] = [
    "<img src=x onerror=alert(1)>",
    "\"'><script>alert(1)<",
    "&lt;b&gt; %3Cb%3E {{ 7*7 }}",
    "gpj.\u{202e}exe \u{1b}[2J\r\n",
    "%2e%2e%2f..\\..",
];

/// The hostile names stand on the page letter by letter, as far as they can be seen, and nothing came of them.
fn are_told_of(browser: &Browser, page: &str) {
    let names = browser.look("return [...document.querySelectorAll('.tile .words')].map((e) => e.textContent)", &[]);
    let names: Vec<&str> = names.as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
    for stem in [HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[4]] {
        let name = format!("{stem}.jpg").replace('/', "_");
        assert!(names.iter().any(|shown| shown.contains(&name)), "{page}: {name} is not among {names:?}");
    }
    assert!(names.iter().any(|shown| shown.contains("gpj.")), "{page}: {names:?}");
    let made = "return document.querySelectorAll('.words :not(small, button), .words [onerror]').length";
    assert_eq!(browser.look(made, &[]), 0, "{page}");
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn hostile_names_are_only_text() {
    let home = Household::new();
    let folder = home.folder().join(HOSTILE[0]);
    fs::create_dir_all(&folder).expect("a folder");
    home.set_up("bidirectional");
    let settings = home.data().join("settings.toml");
    let text = fs::read_to_string(&settings).expect("settings");
    let name = |path: PathBuf| format!("{:?}", path.display().to_string());
    fs::write(&settings, text.replace(&name(home.folder()), &name(folder.clone()))).expect("settings");
    for (number, stem) in (0..).zip(HOSTILE) {
        fs::write(folder.join(format!("{stem}.jpg").replace('/', "_")), super::support::jpeg(number)).expect("a file");
    }
    let long = "ß".repeat(125);
    fs::write(folder.join(format!("{long}.jpg")), super::support::jpeg(9)).expect("a file");
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Simulate");
        browser.wait_for("Sync 6 photos");
        for page in ["/", "/settings", "/welcome", "/reset", "/plan", "/history", "/runs/1"] {
            browser.go(page);
            let foreign = "return document.querySelectorAll('[onerror], img[src=x], main script').length";
            assert_eq!(browser.look(foreign, &[]), 0, "{page}");
            if ["/plan", "/runs/1"].contains(&page) {
                are_told_of(browser, page);
            }
        }
        browser.go("/");
        browser.wait_for(HOSTILE[0]);
        let titled = browser.look("return document.querySelector('.where').title", &[]);
        assert_eq!(titled, json!(folder.display().to_string()));
        browser.click("Sync 6 photos");
        browser.wait_for("today");
        assert_eq!(home.names().len(), 6);
        browser.go("/runs/2");
        are_told_of(browser, "/runs/2");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
#[should_panic(expected = "Content Security Policy")]
fn a_script_within_a_page_is_noticed() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.look("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')", &[]);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
#[should_panic(expected = "a request to somebody else")]
fn a_request_to_another_host_is_noticed() {
    let (home, neighbours) = (Household::demo(), Household::demo());
    let (ours, other) = (Service::start(&home), Service::start(&neighbours));
    visit(ours.address(), |browser| {
        browser.go("/");
        browser.look("location.href = arguments[0]", &[json!(format!("http://{}/", other.address()))]);
        browser.wait_for("Sync Photos");
    });
}
