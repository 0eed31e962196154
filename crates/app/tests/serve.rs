//! The gate, seen from outside: who is let in, and what a form must carry.

mod support;

use support::Household;
use support::service::Service;
use support::visitor::Visitor;

#[test]
fn a_form_counts_once_and_only_with_its_token() {
    let home = Household::new();
    let service = Service::start(&home);
    let mut visitor = Visitor::of(&service);
    assert_eq!(visitor.get("/").status, 200);
    let token = visitor.token.clone();
    assert_eq!(visitor.post_only("/cancel", &[]).status, 303);
    visitor.token = token;
    let again = visitor.post_only("/cancel", &[]);
    assert_eq!((again.status, again.says("Nothing was done now")), (403, true));
}

#[test]
fn another_host_name_leads_nowhere() {
    let home = Household::new();
    let service = Service::start(&home);
    assert_eq!(Visitor::of(&service).send("GET", "/", &[("Host", "evil.example")], b"").status, 421);
}

#[test]
fn it_keeps_a_log_and_a_second_one_leaves_that_alone() {
    let home = Household::new();
    let service = Service::start(&home);
    let log = home.data().join("logs/photobridge.log");
    let text = std::fs::read_to_string(&log).expect("there is a log");
    assert!(text.contains(&format!("serves at {}", service.address())), "{text}");
    let second = home.command(&["serve", "--listen", "127.0.0.1:0"]).output().expect("the program runs");
    assert_eq!(second.status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&log).expect("there is a log"), text);
}
