//! The plan as pictures: what is left out of it stays out, and what is shown is what a sync does.

use std::fs;

use serde_json::json;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::Household;
use super::support::service::Service;

/// The demo's folder of photos, before anything of it was imported.
fn household() -> Household {
    let home = Household::demo();
    fs::remove_dir_all(home.data()).expect("what was remembered goes");
    fs::remove_dir_all(home.library_path()).expect("the library goes");
    home.set_up("import");
    home
}

/// Every picture has come, as far as one has scrolled.
fn are_loaded(browser: &Browser) {
    let loaded = "const shown = [...document.querySelectorAll('.tile img, .pair img')]
                      .filter((e) => e.getBoundingClientRect().top < innerHeight);
                  return shown.length > 0 && shown.every((e) => e.complete && e.naturalWidth > 0)";
    browser.wait_until("the pictures are there", || browser.glance(loaded, &[]) == Some(json!(true)));
}

/// The text of the group with this heading.
fn group(browser: &Browser, heading: &str) -> Option<String> {
    let text = "const group = [...document.querySelectorAll('.group')]
                    .find((e) => e.querySelector('h2').innerText.includes(arguments[0]));
                return group && group.innerText";
    Some(browser.glance(text, &[json!(heading)])?.as_str()?.to_owned())
}

/// The names of all the photos that are planned.
fn tiles(browser: &Browser) -> Vec<String> {
    let names = "return [...document.querySelectorAll('.tile .words')].map((e) => e.firstChild.data.trim())";
    let names = browser.look(names, &[]);
    names.as_array().into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn a_photo_is_left_out_and_the_rest_is_imported() {
    let home = household();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Simulate");
        browser.wait_for("Sync 15 photos");
        browser.go("/plan");
        are_loaded(browser);
        pictures::take(browser, home.root(), "plan");
        browser.window(1200, 900);
        browser.reload();
        let name = tiles(browser).swap_remove(0);
        browser.click(&format!("Select {name}"));
        browser.click("Exclude selected");
        browser.wait_until("it is left out", || {
            group(browser, "left out by you").is_some_and(|text| text.contains(&name))
        });
        assert!(!tiles(browser).contains(&name), "it is not planned any more");
        assert!(!home.library_path().exists(), "nothing was carried");
        browser.click("Sync exactly this");
        browser.wait_for("What the last sync did");
        browser.go("/runs/3");
        browser.wait_for("What run 3 did");
        let (imported, kept) = (tiles(browser), group(browser, "left out by you"));
        assert!(!imported.is_empty() && !imported.contains(&name), "{imported:?}");
        assert!(kept.is_some_and(|text| text.contains(&name)), "{name} is told of");
        assert!(group(browser, "Imported into the library").is_some_and(|text| text.contains("14 photos")));
        let names = home.names();
        assert!(names.len() == 14 && !names.contains(&name), "{names:?}");
        are_loaded(browser);
        pictures::take(browser, home.root(), "results");
        browser.window(1200, 900);
        browser.click(&format!("Withdraw what you said of {name}"));
        browser.wait_until("it is withdrawn", || !browser.text().contains("left out by you\nWithdraw"));
        browser.go("/plan");
        browser.wait_until("it is planned again", || {
            group(browser, "Import into the library").is_some_and(|text| text.contains(&name))
        });
    });
}
