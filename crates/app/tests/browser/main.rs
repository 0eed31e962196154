//! The pages in a real browser: Chromium without a window, driven through WebDriver.
//!
//! Needs `chromium` and `chromedriver`; `scripts/check` runs these tests where both are.

mod axe;
mod browser;
mod driver;
mod everywhere;
mod first_run;
mod forms;
mod full_library;
mod history;
mod login;
mod photos;
mod pictures;
mod plan;
mod schedules;
mod settings;
mod shelf;
#[path = "../support/mod.rs"]
mod support;
mod viewer;
