//! The gate, seen from outside: who is let in, and what a form must carry.

mod support;

use support::Household;
use support::serving::Serving;

#[test]
fn a_form_counts_once_and_only_with_its_token() {
    let home = Household::new();
    let serving = Serving::start(&home);
    let mut visitor = serving.visitor();
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
    let serving = Serving::start(&home);
    assert_eq!(serving.visitor().send("GET", "/", &[("Host", "evil.example")], b"").status, 421);
}
