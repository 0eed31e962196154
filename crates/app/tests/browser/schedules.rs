//! Schedules: how they look, and one that syncs by itself what arrives.

use std::time::{Duration, Instant};

use super::browser::visit;
use super::pictures;
use super::support::service::Service;
use super::support::{Household, jpeg};

#[test]
#[ignore = "needs chromium and chromedriver"]
fn two_schedules_are_shown() {
    let home = Household::demo();
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/schedules");
        browser.wait_for("No schedule yet");
        browser.fill("Name", "Every morning");
        browser.click("Daily at");
        browser.click("Add");
        browser.wait_for("Run now");
        browser.fill("Name", "Sunday evening");
        browser.fill("Cron expression: minute, hour, day, month, day of the week", "0 20 * * sun");
        browser.click("Add");
        browser.wait_for("Sunday evening");
        browser.go("/schedules");
        browser.wait_for("The next five times");
        pictures::take(browser, home.root(), "schedules");
    });
}

#[test]
#[ignore = "needs chromium and chromedriver, and takes a minute"]
fn a_schedule_imports_what_arrives_once() {
    let home = Household::new();
    home.set_up("import");
    home.put("IMG_1.JPG", &jpeg(1));
    // The first sync of a folder is never a schedule's.
    home.report(&["sync"], 0);
    let service = Service::start(&home);
    visit(service.address(), |browser| {
        browser.go("/schedules");
        browser.fill("Name", "Always");
        browser.fill("Minutes", "1");
        browser.click("Add");
        browser.wait_for("Run now");
        home.put("IMG_2.JPG", &jpeg(2));
        let until = Instant::now() + Duration::from_secs(100);
        while home.names().len() < 2 {
            assert!(Instant::now() < until, "it does not fire. The page shows:\n{}", browser.text());
            std::thread::sleep(Duration::from_millis(200));
        }
        browser.go("/history");
        browser.wait_until("the history tells of it", || {
            browser.reload();
            browser.text().contains("Always")
        });
        browser.go("/schedules");
        browser.click("Run now: Always");
        browser.wait_until("it was done again", || {
            browser.go("/history");
            browser.text().matches("Always").count() >= 2
        });
        assert_eq!(home.names(), ["IMG_1.JPG", "IMG_2.JPG"]);
    });
}
