//! The history: found again, taken home, undone.

use serde_json::json;

use super::browser::visit;
use super::pictures;
use super::support::Household;
use super::support::service::Service;

#[test]
#[ignore = "needs chromium and chromedriver"]
fn the_runs_are_shown_filtered_and_taken_home() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/history");
        browser.wait_for("History");
        pictures::take(browser, home.root(), "history");
        browser.window(1200, 900);
        browser.reload();
        let rows = "return document.querySelectorAll('tbody tr').length";
        let all = browser.look(rows, &[]).as_u64().expect("a number");
        let chips =
            "return [...document.querySelectorAll('.chips a')].map((e) => [e.href, +e.querySelector('b').innerText])";
        let chips = browser.look(chips, &[]);
        assert_eq!(chips[0][1].as_u64(), Some(all));
        for chip in chips.as_array().expect("chips") {
            let address = chip[0].as_str().expect("an address");
            browser.go(&address[address.find("/history").expect("a page of the history")..]);
            assert_eq!(browser.look(rows, &[]), chip[1], "{address}");
        }
        browser.go("/history");
        let downloads = "const done = arguments[arguments.length - 1];
            const all = [...document.querySelectorAll('a[download], .kept a[href$=log]')].map((e) => e.href);
            Promise.all(all.map((a) => fetch(a).then((r) => r.text().then((t) => [a, r.status, t.length > 0])))).then(done)";
        let downloads = browser.ask(downloads, &[]);
        let downloads = downloads.as_array().expect("links");
        assert!(downloads.len() > 4, "{downloads:?}");
        for download in downloads {
            assert_eq!((&download[1], &download[2]), (&json!(200), &json!(true)), "{download}");
        }
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_run_is_undone_after_a_question() {
    let home = Household::demo();
    let files = || super::support::tree(&home.folder()).len();
    let before = files();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/history");
        browser.click("Undo run 2");
        browser.wait_for("Undo run 2?");
        browser.click("Cancel");
        browser.wait_for("History");
        assert_eq!(files(), before, "a question changes nothing");
        let photos = home.names().len();
        browser.click("Undo run 2");
        browser.wait_for("Undo run 2?");
        browser.click("Undo run 2");
        browser.wait_for("Run 2 is undone");
        assert!(files() < before, "what it exported is taken back");
        assert_eq!(home.names().len(), photos, "what it imported stays until a person deletes it");
    });
}
