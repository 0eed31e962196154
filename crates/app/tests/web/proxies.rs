//! Proxies in front: what they say of the host, of the visitor and of HTTPS.

use std::net::SocketAddr;

use super::client::{Request, Visitor};
use super::household;
use super::support::Household;
use super::support::service::{Service, set_password};

fn guarded() -> (Household, Service) {
    let home = household(1);
    set_password(&home, "correct horse");
    let service = Service::start_with(&home, &["--name", "photos.example.org", "--proxy", "127.0.0.1"]);
    (home, service)
}

/// The right password, as a browser sends it through a proxy that changes this.
fn logs_in(address: SocketAddr, spoil: impl Fn(Request) -> Request) -> (u16, String) {
    let visitor = Visitor::new(address);
    let token = visitor.token("/login");
    let sent = Request::post(address, "/login", &[("token", &token), ("password", "correct horse")]).of(&visitor);
    let answer = spoil(sent).send(address);
    (answer.status, answer.body)
}

#[test]
fn a_proxy_that_says_its_own_name_is_let_in_once_the_name_of_the_page_is_given() {
    let (_home, service) = guarded();
    let address = service.address();
    // `proxy_pass` as everybody writes it: the host is that of the server behind.
    let bare = |request: Request| request.with("Origin", "https://photos.example.org");
    assert_eq!(logs_in(address, bare).0, 303);
    let with_port =
        |request: Request| request.with("Origin", "https://photos.example.org:8443").with("Host", "photos.example.org");
    assert_eq!(logs_in(address, with_port).0, 303);
    let unknown = |request: Request| request.with("Origin", "https://other.example.org");
    let (status, words) = logs_in(address, unknown);
    assert_eq!(status, 403);
    assert!(words.contains("--name other.example.org"), "{words}");
    for evil in ["null", "https://photos.example.org.evil.example", "ftp://photos.example.org"] {
        assert_eq!(logs_in(address, |request| request.with("Origin", evil)).0, 403, "{evil}");
    }
}

#[test]
fn by_https_the_cookie_is_for_https_only() {
    let (_home, service) = guarded();
    let (address, page) = (service.address(), |scheme: &str| {
        let request = Request::get(service.address(), "/login").with("X-Forwarded-Proto", scheme);
        request.send(service.address()).header("set-cookie").expect("a session").to_owned()
    });
    let (http, https) = (page("http"), page("https"));
    assert!(http.starts_with("photobridge-") && http.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{http}");
    assert!(https.starts_with("__Host-photobridge-") && https.ends_with("; SameSite=Lax; Secure"), "{https}");
    // Whoever came by HTTPS and now comes without it sends both; browsers let the one not replace the other.
    let mut visitor = Visitor::new(address);
    visitor.post("/login", &[("password", "correct horse")]);
    let https = https.split(';').next().expect("a pair");
    for both in [format!("{https}; {}", visitor.cookie()), format!("{}; {https}", visitor.cookie())] {
        assert_eq!(Request::get(address, "/").with("Cookie", &both).send(address).status, 200, "{both}");
    }
}

#[test]
fn what_a_name_is_missing_for_says_so() {
    let (_home, service) = guarded();
    let address = service.address();
    for (host, status) in [
        ("192.168.1.20", 303),
        ("192.168.1.20:8080", 303),
        ("[fd00::20]:8080", 303),
        ("photos.example.org:8443", 303),
        ("localhost:3000", 303),
        ("evil.example", 421),
        ("photos.example.org.evil.example", 421),
    ] {
        let answer = Request::get(address, "/").with("Host", host).send(address);
        assert_eq!(answer.status, status, "{host}: {}", answer.body);
        if status == 421 {
            assert!(answer.body.contains(&format!("`--name {host}`")), "{}", answer.body);
        }
    }
    let health = Request::get(address, "/health").with("Host", "10.1.2.3").send(address);
    assert_eq!((health.status, health.body.trim()), (200, "Running."));
}

#[test]
fn each_address_behind_a_named_proxy_has_tries_of_its_own() {
    let (_home, service) = guarded();
    let address = service.address();
    let tries = |from: &str, word: &str| {
        let visitor = Visitor::new(address);
        let token = visitor.token("/login");
        let sent = Request::post(address, "/login", &[("token", &token), ("password", word)]).of(&visitor);
        let answer = sent.with("X-Forwarded-For", from).send(address);
        std::thread::sleep(std::time::Duration::from_millis(150));
        answer.header("location").unwrap_or_default().to_owned()
    };
    for _ in 0..12 {
        assert_eq!(tries("10.0.0.66", "guess"), "/login");
    }
    assert_eq!(tries("10.0.0.66", "correct horse"), "/login", "not even the right one counts then");
    for _ in 0..3 {
        assert_eq!(tries("10.0.0.7", "correct horse"), "/", "and nobody else is kept out");
    }
    assert_eq!(tries("10.0.0.7, 10.0.0.66", "correct horse"), "/login", "whatever a visitor says before the proxy");
}

#[test]
fn news_are_not_kept_back() {
    let (_home, service) = guarded();
    let address = service.address();
    let mut visitor = Visitor::new(address);
    visitor.post("/login", &[("password", "correct horse")]);
    let mut stream = super::client::connect(address);
    std::io::Write::write_all(&mut stream, Request::get(address, "/events").of(&visitor).head().as_bytes())
        .expect("sent");
    let mut text = String::new();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(12);
    let mut buffer = [0; 4096];
    while text.matches("event: state").count() < 2 && std::time::Instant::now() < until {
        let read = std::io::Read::read(&mut stream, &mut buffer).expect("news");
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(text.to_ascii_lowercase().contains("x-accel-buffering: no"), "{text}");
    assert_eq!(text.matches("event: state").count(), 2, "again, though nothing is new: {text}");
}
