//! A side as a grid: scrolled through, filtered, opened.

use fantoccini::key::Key;
use serde_json::json;

use super::browser::{Browser, visit};
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg};

/// Photos of a household with several screens of them: one a day from this day on.
const PHOTOS: u64 = 500;

fn household() -> Household {
    let home = Household::new();
    home.set_up("import");
    for number in 0..PHOTOS {
        let day = jiff::civil::date(2021, 1, 1).at(12, 0, 0, 0).checked_add(jiff::Span::new().days(number as i64));
        let shot = photobridge_media::sample::Shot::new(day.expect("a day"), number);
        home.put(&format!("IMG_{number:04}.JPG"), &shot.jpeg(64, 48));
    }
    home
}

/// The photos that are on the page now.
fn shown(browser: &Browser) -> usize {
    let shown = browser.glance("return document.querySelectorAll('.cells .pic').length", &[]);
    shown.and_then(|shown| shown.as_u64()).unwrap_or(0) as usize
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn photos_come_as_one_scrolls_and_go_again() {
    let home = household();
    let output = home.command(&["sync", "--quiet"]).output().expect("it runs");
    assert!(output.status.success());
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/library");
        browser.wait_for("500 photos");
        browser.wait_for("May 2022");
        let height = browser.look("return document.documentElement.scrollHeight", &[]);
        browser.look("document.getElementById('y2021').lastElementChild.scrollIntoView()", &[]);
        let first = "const e = [...document.querySelectorAll('.cells a')].at(-1);
                     return e && e.title === 'IMG_0000.JPG' && e.querySelector('img').naturalWidth > 0";
        browser.look("window.scrollTo(0, document.documentElement.scrollHeight)", &[]);
        browser.wait_until("the first photo has come", || browser.glance(first, &[]) == Some(json!(true)));
        let after = browser.look("return document.documentElement.scrollHeight", &[]);
        let jump = after.as_i64().zip(height.as_i64()).map(|(after, before)| (after - before).abs());
        assert!(jump.is_some_and(|jump| jump <= 2), "nothing jumps: {height} {after}");
        browser.look("window.scrollTo(0, 0)", &[]);
        browser.click("IMG_0499.JPG, 15 May 2022");
        browser.wait_for("1 of 500");
        browser.press(Key::Right);
        browser.wait_for("2 of 500");
        browser.press(Key::Escape);
        browser.wait_for("500 photos");
        assert_eq!(browser.look("return document.querySelector(':target a').title", &[]), json!("IMG_0498.JPG"));
        browser.window(390, 844);
        browser.reload();
        browser.wait_until("photos are shown", || shown(browser) > 30);
        pictures::take(browser, home.root(), "library-phone");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn whether_it_arrived_is_a_press_away() {
    let home = Household::new();
    home.set_up("import");
    (0..4).for_each(|number| drop(home.put(&format!("IMG_{number}.JPG"), &jpeg(number))));
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/");
        browser.click("Sync");
        browser.wait_for("Last sync: 4 photos imported");
        browser.click("Open IMG_2.JPG");
        browser.click("Show in library");
        browser.wait_until("it is pointed at", || {
            browser.glance("return document.querySelector(':target a')?.title", &[]) == Some(json!("IMG_2.JPG"))
        });
        assert_eq!(shown(browser), 4);
        home.put("IMG_9.JPG", &jpeg(9));
        browser.go("/");
        browser.click("Simulate");
        browser.wait_for("Sync 1 photo");
        browser.go("/folder");
        browser.wait_until("five are shown", || shown(browser) == 5);
        browser.look("document.querySelector('[name=on]').value = 'here'", &[]);
        browser.click("Show");
        browser.wait_for("1 photo of 5");
        assert_eq!(shown(browser), 1);
        browser.click("IMG_9.JPG, 14 May 2024, only here");
        browser.wait_for("1 of 1");
    });
}
