//! The password: wrong, right, tried too often; and whose session is whose.

use super::client::{Request, Visitor};
use super::household;
use super::support::Household;
use super::support::service::{Service, set_password};

const PASSWORD: &str = "correct horse";

fn guarded() -> (Household, Service) {
    let home = household(1);
    set_password(&home, PASSWORD);
    let service = Service::start(&home);
    (home, service)
}

#[test]
fn without_it_nothing_is_told() {
    let (home, service) = guarded();
    let address = service.address();
    let stranger = Visitor::new(address);
    for path in ["/", "/settings", "/history", "/schedules", "/runs/1", "/help", "/nothing-here"] {
        let answer = stranger.get(path);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/login")), "{path}");
        assert!(!answer.body.contains(&home.root().display().to_string()), "{path}");
    }
    for path in ["/events", "/api/v1/status", "/live/picture?number=1"] {
        let status = stranger.get(path).status;
        assert!(status == 401 || status == 303, "{path}: {status}");
    }
    let token = stranger.token("/login");
    for path in ["/sync", "/simulate", "/cancel", "/logout"] {
        let sent = Request::post(address, path, &[("token", &token)]).of(&stranger).send(address);
        assert_eq!(sent.status, 401, "{path}");
    }
    assert!(!home.library_path().exists());
    let login = stranger.get("/login");
    assert!(!login.body.contains(&home.root().display().to_string()), "{}", login.body);
}

#[test]
fn wrong_right_and_out_again() {
    let (_home, service) = guarded();
    let mut visitor = Visitor::new(service.address());
    let planted = visitor.cookie().to_owned();
    for wrong in ["", "correct hors", "Correct horse", "correct horse ", &"x".repeat(200_000)] {
        assert_eq!(visitor.post("/login", &[("password", wrong)]).header("location"), Some("/login"), "{wrong:.20}");
        assert_eq!(visitor.get("/").status, 303, "{wrong:.20}");
        assert_eq!(visitor.cookie(), planted);
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    // The bucket of tries is empty now; it drips.
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(visitor.post("/login", &[("password", PASSWORD)]).header("location"), Some("/"));
    assert_eq!(visitor.get("/").status, 200);
    assert_ne!(visitor.cookie(), planted, "who planted a session has nothing of it");
    let old = Request::get(service.address(), "/").with("Cookie", &planted).send(service.address());
    assert_eq!(old.status, 303);
    let inside = visitor.cookie().to_owned();
    visitor.post("/logout", &[]);
    let left = Request::get(service.address(), "/").with("Cookie", &inside).send(service.address());
    assert_eq!(left.status, 303, "whoever left is out, also with the cookie of before");
}

#[test]
fn it_cannot_be_guessed_by_trying() {
    let (_home, service) = guarded();
    let mut visitor = Visitor::new(service.address());
    let said: Vec<bool> = (0..8)
        .map(|_| {
            visitor.post("/login", &[("password", "guess")]);
            visitor.get("/login").body.contains("Too many attempts")
        })
        .collect();
    assert!(!said[0] && said[7], "{said:?}");
    visitor.post("/login", &[("password", PASSWORD)]);
    assert_eq!(visitor.get("/").status, 303, "not even the right one counts then");
}

#[test]
fn it_is_kept_as_a_hash_that_only_its_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let (home, _service) = guarded();
    let file = home.data().join("password");
    let kept = std::fs::read_to_string(&file).expect("it is kept");
    assert!(kept.starts_with("$argon2id$") && !kept.contains("horse"), "{kept}");
    assert_eq!(std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_new_password_counts_at_once_and_a_restart_asks_nobody() {
    let (home, service) = guarded();
    let mut visitor = Visitor::new(service.address());
    visitor.post("/login", &[("password", PASSWORD)]);
    assert_eq!(visitor.get("/").status, 200);
    assert!(service.end().success());
    let service = Service::start(&home);
    let cookie = visitor.cookie().to_owned();
    let asks =
        |service: &Service| Request::get(service.address(), "/").with("Cookie", &cookie).send(service.address()).status;
    assert_eq!(asks(&service), 200, "who was in is in after a restart");
    set_password(&home, "battery staple");
    assert_eq!(asks(&service), 303, "and out with a new password, without a restart");
    let mut visitor = Visitor::new(service.address());
    visitor.post("/login", &[("password", PASSWORD)]);
    assert_eq!(visitor.get("/").status, 303);
    visitor.post("/login", &[("password", "battery staple")]);
    assert_eq!(visitor.get("/").status, 200);
    assert!(service.end().success());
    assert_eq!(asks(&Service::start(&home)), 303, "the one of before does not come back");
}

#[test]
fn a_password_that_is_taken_away_opens_nothing_to_the_network() {
    let home = household(1);
    set_password(&home, PASSWORD);
    let service = Service::start_at(&home, std::net::SocketAddr::from(([0, 0, 0, 0], 0)));
    let here = std::net::SocketAddr::from(([127, 0, 0, 1], service.address().port()));
    std::fs::remove_file(home.data().join("password")).expect("it was set");
    assert_eq!(Request::get(here, "/").send(here).header("location"), Some("/login"));
    let mut visitor = Visitor::new(here);
    visitor.post("/login", &[("password", "")]);
    visitor.post("/login", &[("password", PASSWORD)]);
    assert_eq!(visitor.get("/").status, 303);
}

/// Linux tells what a process holds.
#[test]
#[cfg(target_os = "linux")]
fn passwords_that_are_tried_take_no_memory_for_good() {
    let (_home, service) = guarded();
    let before = service.holds().1;
    let address = service.address();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| Visitor::new(address).post("/login", &[("password", "guess")]));
        }
    });
    let after = service.holds().1;
    assert!(after < before + 6_000, "{before} kB before, {after} kB after");
}
