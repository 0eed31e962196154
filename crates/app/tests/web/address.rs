//! Addresses and fields that try to leave the place where they belong, and where the server may listen at all.

use std::net::SocketAddr;

use super::client::{Request, Visitor};
use super::support::service::{Service, set_password};
use super::support::{Household, text};
use super::{everything, household};

/// Ways out of a directory, as they have worked somewhere.
const WAYS_OUT: [&str; 12] = [
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252fetc%252fpasswd",
    "..\\..\\etc\\passwd",
    "..%5c..%5cetc%5cpasswd",
    "%c0%ae%c0%ae/etc/passwd",
    "....//....//etc/passwd",
    "/etc/passwd",
    "//etc/passwd",
    "%00/etc/passwd",
    "file:///etc/passwd",
];

/// Addresses with a part that the visitor chooses.
const OPEN: [&str; 21] = [
    "/{}",
    "/assets/{}",
    "/assets/x/{}",
    "/assets/{}/app.css",
    "/help/{}",
    "/help/pictures/{}",
    "/runs/{}",
    "/runs/{}/log",
    "/runs/{}/undo",
    "/runs/{}/items/1/0",
    "/runs/1/items/{}/0",
    "/runs/1/items/1/{}",
    "/runs/1/items/{}",
    "/runs/1/items/{}/file",
    "/runs/{}/items/0/file",
    "/runs/1/items/1/other-{}",
    "/library/{}",
    "/library/{}/file",
    "/library/{}/place",
    "/live/picture?number={}",
    "/api/v1/runs/{}/verdicts",
];

#[test]
fn no_address_leads_out() {
    let home = household(1);
    let service = Service::start(&home);
    let visitor = Visitor::new(service.address());
    visitor.get("/");
    let before = everything(&home);
    let leaks = ["root:", "settle_seconds", "SQLite format", "[[folder]]"];
    for open in OPEN {
        for way in WAYS_OUT.into_iter().chain(["settings.toml", "../settings.toml", "ledger.sqlite", "running.json"]) {
            let answer = visitor.get(&open.replace("{}", way));
            // Our style, whatever version of it is asked for; and the picture that says that there is none.
            let kind = answer.header("content-type").unwrap_or_default();
            let is_ours = kind.starts_with("text/css") || kind == "image/svg+xml";
            assert!(answer.status >= 400 || is_ours, "{open} {way}: {} {kind}", answer.status);
            assert!(!leaks.iter().any(|leak| answer.body.contains(leak)), "{open} {way}: {}", answer.body);
        }
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn no_field_leads_out() {
    let home = household(1);
    let service = Service::start(&home);
    let mut visitor = Visitor::new(service.address());
    for way in WAYS_OUT.into_iter().chain(["-1", "99999999999999999999", "1; drop table run", "1' or '1'='1"]) {
        // A plan that is none cannot narrow a simulation: it says so, or simulates.
        let answer = visitor.post("/simulate", &[("plan", way), ("full_library", way)]);
        assert_eq!(answer.status, 303, "{way}");
        assert_eq!(answer.header("location"), Some("/"), "{way}: one is sent nowhere else");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(!home.library_path().exists());
    assert_eq!(visitor.get("/").status, 200);
}

/// The files of a page come with it: what a first visit loads is small.
#[test]
fn the_first_page_is_small() {
    let home = Household::demo();
    let service = Service::start(&home);
    let began = std::time::Instant::now();
    let page = Request::get(service.address(), "/").send(service.address());
    let mut size = page.head.len() + page.body.len();
    let mut names = Vec::new();
    for part in page.body.split("\"/assets/").skip(1).filter_map(|rest| rest.split('"').next()) {
        if !names.contains(&part) {
            names.push(part);
            let file = Request::get(service.address(), &format!("/assets/{part}")).send(service.address());
            assert_eq!(file.status, 200, "{part}");
            assert!(file.header("cache-control").is_some_and(|kept| kept.contains("immutable")), "{part}");
            size += file.head.len() + file.body.len();
        }
    }
    println!("the first page: {size} bytes in {} requests, {:?}", names.len() + 1, began.elapsed());
    assert!(names.len() >= 3, "{names:?}");
    assert!(size < 100_000, "{size} bytes");
    let stays_nowhere = page.header("cache-control");
    assert_eq!(stays_nowhere, Some("no-store"), "what is on the disk changes at any time");
}

#[test]
fn other_machines_need_a_password() {
    let home = household(0);
    for everywhere in ["0.0.0.0:0", "[::]:0"] {
        let output = home.command(&["serve", "--listen", everywhere]).output().expect("it runs");
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("no password is set") && said.contains("--set-password"), "{said}");
    }
    set_password(&home, "correct horse");
    let service = Service::start_at(&home, SocketAddr::from(([0, 0, 0, 0], 0)));
    let here = SocketAddr::from(([127, 0, 0, 1], service.address().port()));
    assert_eq!(Request::get(here, "/").send(here).header("location"), Some("/login"));
}

#[test]
fn a_name_that_it_was_told_to_listen_at_is_its_own() {
    let home = household(0);
    set_password(&home, "correct horse");
    // A name to us, which every resolver leads to this machine.
    let service = Service::start_at(&home, "127.1:0");
    let address = service.address();
    let called = |host: &str| Request::get(address, "/login").with("Host", host).send(address).status;
    assert_eq!(["127.1", "127.1:8080", "127.2"].map(called), [200, 200, 421]);
}

#[test]
fn a_data_directory_has_one_server() {
    let home = household(0);
    let service = Service::start(&home);
    let second = home.command(&["serve", "--listen", "127.0.0.1:0"]).output().expect("it runs");
    let said = text(&second);
    assert_eq!(second.status.code(), Some(2), "{said}");
    assert!(said.contains("is already running for"), "{said}");
    assert_eq!(Visitor::new(service.address()).get("/").status, 200, "the first goes on");
    assert!(service.end().success());
    assert_eq!(Visitor::new(Service::start(&home).address()).get("/").status, 200, "and leaves its place");
}
