//! The password, where one is set.

use super::axe::Axe;
use super::browser::visit;
use super::everywhere::THEMES;
use super::support::Household;
use super::support::service::{Service, set_password};

fn guarded() -> (Household, Service) {
    let home = Household::demo();
    set_password(&home, "correct horse");
    let service = Service::start(&home);
    (home, service)
}

#[test]
#[ignore = "needs chromium and chromedriver"]
fn nobody_comes_in_without_the_password() {
    let (_home, service) = guarded();
    visit(service.address(), |browser| {
        browser.go("/");
        assert_eq!(browser.path(), "/login");
        browser.fill("Password", "wrong horse");
        browser.click("Log in");
        browser.wait_for("Wrong password.");
        browser.fill("Password", "correct horse");
        browser.click("Log in");
        browser.wait_for("Sync Photos");
        assert_eq!(browser.path(), "/");
        browser.click("Log out");
        browser.wait_for("Log in");
        browser.go("/");
        assert_eq!(browser.path(), "/login");
    });
}

#[test]
#[ignore = "needs chromium, chromedriver and axe-core"]
fn axe_finds_nothing_serious_where_one_logs_in() {
    let (_home, service) = guarded();
    let axe = Axe::read();
    visit(service.address(), |browser| {
        for theme in THEMES {
            browser.prefer(&[("prefers-color-scheme", theme)]);
            browser.go("/login");
            assert_eq!(axe.serious(browser), Vec::<String>::new(), "{theme}");
        }
    });
}
