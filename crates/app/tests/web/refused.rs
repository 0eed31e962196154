//! Requests that are refused, and change nothing.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::client::{Request, Visitor, answer, connect};
use super::support::Household;
use super::support::service::Service;
use super::{everything, household};

/// A server over a household where a sync would change both, with a memory of one simulation.
fn served() -> (Household, Service) {
    let home = household(3);
    assert!(home.run_command(&["simulate"]).output().expect("it runs").status.success());
    let service = Service::start(&home);
    assert_eq!(Visitor::new(service.address()).get("/").status, 200);
    (home, service)
}

/// What a request gets that is as it should be, except for one thing.
fn refuses(spoil: impl Fn(Request, SocketAddr) -> Request, status: u16) {
    let (home, service) = served();
    let address = service.address();
    let before = everything(&home);
    let visitor = Visitor::new(address);
    for path in ["/sync", "/simulate", "/cancel", "/logout", "/", "/nothing-here"] {
        let token = visitor.token("/");
        let request = Request::post(address, path, &[("token", &token), ("full_library", "yes")]).of(&visitor);
        let answer = spoil(request, address).send(address);
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(!answer.body.contains(&home.root().display().to_string()), "{path} tells of a path");
    }
    std::thread::sleep(Duration::from_millis(300));
    assert!(!Visitor::new(address).get("/").body.contains("id=\"live\" aria-label=\"The run under way\">"));
    assert_eq!(everything(&home), before);
}

#[test]
fn another_host() {
    refuses(|request, _| request.with("Host", "photos.example"), 421);
    refuses(|request, address| request.with("Host", &format!("photos.example:{}", address.port())), 421);
    refuses(|request, _| request.with("Host", "192.168.1.20"), 421);
    refuses(|request, address| request.with("Host", &format!("{address}.photos.example")), 421);
}

#[test]
fn two_hosts() {
    refuses(|request, _| request.and("Host", "photos.example"), 421);
}

#[test]
fn no_host() {
    refuses(|request, _| request.without("Host"), 421);
}

#[test]
fn another_origin() {
    refuses(|request, _| request.with("Origin", "https://photos.example"), 403);
    refuses(|request, _| request.with("Origin", "null"), 403);
    refuses(|request, address| request.with("Origin", &format!("http://{address}.photos.example")), 403);
}

#[test]
fn another_site() {
    for site in ["cross-site", "same-site", "\u{e4}"] {
        refuses(|request, _| request.with("Sec-Fetch-Site", site).without("Origin"), 403);
        refuses(|request, _| request.with("Sec-Fetch-Site", site).with("Sec-Fetch-Mode", "navigate"), 403);
    }
}

#[test]
fn what_others_embed_or_fetch_they_do_not_get() {
    let (_home, service) = served();
    let address = service.address();
    for path in ["/", "/events", "/settings", "/assets/x/app.js"] {
        let request = Request::get(address, path).with("Sec-Fetch-Site", "cross-site");
        assert_eq!(request.clone().with("Sec-Fetch-Mode", "no-cors").send(address).status, 403, "{path}");
        assert_eq!(request.with("Sec-Fetch-Mode", "cors").send(address).status, 403, "{path}");
    }
    // Somebody follows a link to us: that only looks, and is allowed.
    let followed = Request::get(address, "/").with("Sec-Fetch-Site", "cross-site").with("Sec-Fetch-Mode", "navigate");
    let page = followed.send(address);
    assert_eq!(page.status, 200);
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    let cookie = page.header("set-cookie").expect("a session");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert!(page.header("access-control-allow-origin").is_none());
}

/// Where forms are sent, and nothing is shown.
const TAKING: [&str; 4] = ["/sync", "/simulate", "/cancel", "/runs/1/decide"];

#[test]
fn no_token_another_ones_and_a_spent_one() {
    let (home, service) = served();
    let address = service.address();
    let before = everything(&home);
    let (mut visitor, other) = (Visitor::new(address), Visitor::new(address));
    let foreign = other.token("/");
    let spent = visitor.token("/");
    let fields: [(&str, &str); 1] = [("token", &spent)];
    assert_eq!(Request::post(address, "/cancel", &fields).of(&visitor).send(address).status, 303);
    for path in TAKING {
        for token in ["", "guessed", &foreign, &spent, &format!("{foreign}\0"), &"x".repeat(100_000)] {
            let sent = Request::post(address, path, &[("token", token)]).of(&visitor).send(address);
            assert_eq!(sent.status, 403, "{path} {token:.20}");
        }
        assert_eq!(Request::post(address, path, &[]).of(&visitor).send(address).status, 403, "{path}");
        let in_header = Request::post(address, path, &[]).of(&visitor).with("X-Photobridge-Token", &foreign);
        assert_eq!(in_header.send(address).status, 403, "{path}");
        let in_address = format!("{path}?token={}", visitor.token("/"));
        assert_eq!(Request::post(address, &in_address, &[]).of(&visitor).send(address).status, 403, "{path}");
        std::thread::sleep(Duration::from_secs(1));
    }
    let guessed = Request::post(address, "/sync", &[("token", &foreign)]).with("Cookie", "photobridge=guessed");
    assert_eq!(guessed.send(address).status, 403, "a session that nobody has");
    assert_eq!(everything(&home), before);
    assert_eq!(visitor.post("/simulate", &[]).status, 303, "and its own are still good");
}

#[test]
fn other_methods_change_nothing() {
    let (home, service) = served();
    let address = service.address();
    let before = everything(&home);
    let visitor = Visitor::new(address);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "HEAD", "GET"] {
        for path in TAKING {
            let token = visitor.token("/");
            let head = Request::post(address, path, &[("token", &token)]).of(&visitor);
            let head = head.head().replacen("POST", method, 1);
            let mut stream = connect(address);
            stream.write_all(head.as_bytes()).expect("sent");
            let _ = stream.write_all(format!("token={token}").as_bytes());
            let status = answer(stream).status;
            // Whoever looks there is led to a page.
            let is_fine = if matches!(method, "HEAD" | "GET") { status == 303 } else { (400..500).contains(&status) };
            assert!(is_fine, "{method} {path}: {status}");
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn a_body_without_end() {
    let (home, service) = served();
    let address = service.address();
    let before = everything(&home);
    let visitor = Visitor::new(address);
    let body = format!("token={}&name={}", visitor.token("/"), "x".repeat(10_000_000));
    for path in TAKING {
        let sent = Request::post(address, path, &[]).of(&visitor).body(body.clone()).send(address);
        assert_eq!(sent.status, 413, "{path}");
        // Without a length, as pieces, so that only counting helps.
        let head = Request::post(address, path, &[]).of(&visitor).head();
        let head = head.replace("Content-Length: 0", "Transfer-Encoding: chunked");
        let mut stream = connect(address);
        stream.write_all(head.as_bytes()).expect("sent");
        let piece = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let _ = (0..100).try_for_each(|_| stream.write_all(piece.as_bytes()));
        assert_eq!(answer(stream).status, 413, "{path}");
    }
    assert_eq!(everything(&home), before);
}

#[test]
fn nonsense_instead_of_a_request() {
    let (home, service) = served();
    let address = service.address();
    let before = everything(&home);
    let long = format!("GET / HTTP/1.1\r\nHost: {address}\r\nX: {}\r\n\r\n", "x".repeat(500_000));
    let many = format!("GET / HTTP/1.1\r\nHost: {address}\r\n{}\r\n", "A: b\r\n".repeat(5_000));
    let twice =
        format!("POST /sync HTTP/1.1\r\nHost: {address}\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde");
    for text in
        ["\0\0\0\r\n\r\n", "\x16\x03\x01\x02\0\x01\0\x01\x7c\x03\x03\r\n\r\n", "GET\r\n\r\n", &long, &many, &twice]
    {
        let mut stream = connect(address);
        let _ = stream.write_all(text.as_bytes());
        let mut said = Vec::new();
        let _ = stream.read_to_end(&mut said);
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    assert_eq!(Visitor::new(address).get("/").status, 200);
    assert_eq!(everything(&home), before);
}

/// Whoever sends slowly has a place for a while only, and keeps nobody else from being served meanwhile.
#[test]
fn heads_and_bodies_that_never_end() {
    let (_home, service) = served();
    let address = service.address();
    let visitor = Visitor::new(address);
    let began = Instant::now();
    let slow = |text: String| {
        let mut stream = connect(address);
        stream.write_all(text.as_bytes()).expect("sent");
        stream
    };
    let heads: Vec<_> = (0..50).map(|_| slow(format!("GET / HTTP/1.1\r\nHost: {address}\r\nX: "))).collect();
    assert_eq!(visitor.get("/").status, 200);
    let head = Request::post(address, "/cancel", &[]).of(&visitor).head();
    let head = head.replace("Content-Length: 0", "Content-Length: 1000");
    let bodies: Vec<_> = (0..25).map(|_| slow(format!("{head}token="))).collect();
    for (mut head, mut body) in heads.into_iter().zip(bodies) {
        let (mut of_head, mut of_body) = (Vec::new(), Vec::new());
        let _ = body.read_to_end(&mut of_body);
        let _ = head.read_to_end(&mut of_head);
        assert!(String::from_utf8_lossy(&of_body).starts_with("HTTP/1.1 408"), "{}", String::from_utf8_lossy(&of_body));
    }
    assert!(began.elapsed() < Duration::from_secs(50), "they hold on for {:?}", began.elapsed());
    assert_eq!(visitor.get("/").status, 200);
}
