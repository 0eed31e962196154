//! What holds on every page.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use super::axe::Axe;
use super::browser::visit;
use super::support::Household;
use super::support::service::Service;

/// Every page that can be gone to by its address alone.
const PAGES: [&str; 1] = ["/"];

/// What the system may prefer.
pub const THEMES: [&str; 2] = ["light", "dark"];

#[test]
#[ignore = "needs chromium and chromedriver"]
fn no_page_is_wider_than_a_phone() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        for page in PAGES {
            for width in [320, 390, 768] {
                browser.window(width, 800);
                browser.go(page);
                let wide = browser.look(
                    "return [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1
                        ).map((e) => e.outerHTML.slice(0, 80))",
                    &[],
                );
                let scrolls = browser.look("return document.documentElement.scrollWidth - innerWidth", &[]);
                assert!(scrolls.as_i64() <= Some(0), "{page} at {width} is wider by {scrolls}: {wide}");
            }
        }
    });
}

#[test]
#[ignore = "needs chromium, chromedriver and axe-core"]
fn axe_finds_nothing_serious() {
    let axe = Axe::read();
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        for (page, theme) in PAGES.iter().flat_map(|page| THEMES.map(|theme| (page, theme))) {
            browser.prefer(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
            browser.go(page);
            assert_eq!(axe.serious(browser), Vec::<String>::new(), "{page} in {theme}");
        }
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
        for page in PAGES {
            browser.go(page);
            let foreign =
                "return document.querySelectorAll('[onerror], img[src=x], main script, main b:not([class])').length";
            assert_eq!(browser.look(foreign, &[]), 0, "{page}");
        }
        browser.go("/");
        browser.wait_for(HOSTILE[0]);
        let titled = browser.look("return document.querySelector('.where').title", &[]);
        assert_eq!(titled, json!(folder.display().to_string()));
        browser.click("Sync 6 photos");
        browser.wait_for("today");
        assert_eq!(home.names().len(), 6);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
#[should_panic(expected = "Content Security Policy")]
fn a_script_within_a_page_is_noticed() {
    let service = Service::start(&Household::new());
    visit(service.address(), |browser| {
        browser.go("/");
        browser.look("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')", &[]);
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
#[should_panic(expected = "a request to somebody else")]
fn a_request_to_another_host_is_noticed() {
    let (ours, other) = (Service::start(&Household::new()), Service::start(&Household::new()));
    visit(ours.address(), |browser| {
        browser.go("/");
        browser.look("location.href = arguments[0]", &[json!(format!("http://{}/", other.address()))]);
        browser.wait_for("Import Photos");
    });
}
