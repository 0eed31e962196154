//! Many at once, while a sync goes on.

use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use photobridge_core::fingerprint::Fingerprint;

use super::client::{Request, Visitor, connect};
use super::household;
use super::support::jpeg;
use super::support::service::Service;

/// Photos of the sync that goes on meanwhile.
const PHOTOS: u64 = 600;

/// An event stream, once its first piece of news is here.
fn stream(visitor: &Visitor, address: SocketAddr) -> (TcpStream, String) {
    let mut stream = connect(address);
    let request = Request::get(address, "/events").of(visitor);
    std::io::Write::write_all(&mut stream, request.head().as_bytes()).expect("sent");
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains("event: state") && !text.starts_with("HTTP/1.1 5") {
        let read = stream.read(&mut buffer).expect("news");
        assert!(read > 0, "the stream ended: {text}");
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    (stream, text)
}

/// A thousand requests, a hundred at once: pages, files, forms without a token, other hosts.
fn a_thousand_requests(visitor: &Visitor, address: SocketAddr) {
    let requests = [
        (Request::get(address, "/").of(visitor), 200),
        (Request::get(address, "/"), 200),
        (Request::get(address, "/nothing-here").of(visitor), 404),
        (Request::get(address, "/").with("Host", "photos.example"), 421),
        (Request::post(address, "/cancel", &[]).of(visitor), 403),
    ];
    std::thread::scope(|scope| {
        for worker in 0..100 {
            let requests = &requests;
            scope.spawn(move || {
                for at in 0..10 {
                    let (request, status) = &requests[(worker + at) % requests.len()];
                    let answer = request.send(address);
                    // Too many changes at once are refused before anything is looked at.
                    assert!(answer.status == *status || answer.status == 429, "{}: {}", answer.status, answer.body);
                }
            });
        }
    });
}

/// As many event streams as may be open.
fn two_hundred_streams(visitor: &Visitor, address: SocketAddr) -> Vec<TcpStream> {
    let opened = (0..200).map(|_| {
        let (stream, text) = stream(visitor, address);
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        stream
    });
    opened.collect()
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_crowd_took_is_given_back() {
    /// Memory that an allocator may keep for later, in kilobytes.
    const KEPT: u64 = 16_384;
    let home = household(20);
    let service = Service::start(&home);
    let address = service.address();
    let visitor = Visitor::new(address);
    let idle = service.holds().0;
    // The server notices that somebody has gone when it next sends something.
    let settled = || {
        let until = Instant::now() + Duration::from_secs(60);
        while service.holds().0 > idle && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(100));
        }
        service.holds()
    };
    let rounds: Vec<(usize, u64)> = (0..3)
        .map(|_| {
            a_thousand_requests(&visitor, address);
            drop(two_hundred_streams(&visitor, address));
            settled()
        })
        .collect();
    println!("{idle} descriptors at first; descriptors and kB of memory after each round: {rounds:?}");
    assert!(rounds.iter().all(|(descriptors, _)| *descriptors <= idle), "{idle} at first, then {rounds:?}");
    assert!(rounds[2].1 <= rounds[0].1 + KEPT, "{rounds:?}");
}

#[test]
fn a_sync_goes_on_through_a_crowd() {
    let home = household(PHOTOS);
    let settings = std::fs::read(home.data().join("settings.toml")).expect("settings");
    let service = Service::start(&home);
    let address = service.address();
    let mut visitor = Visitor::new(address);
    assert_eq!(visitor.post("/sync", &[]).status, 303);

    a_thousand_requests(&visitor, address);
    let streams = two_hundred_streams(&visitor, address);
    let (_, refused) = stream(&visitor, address);
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.contains("Too many pages are open for live updates"),
        "{refused}"
    );
    assert_eq!(visitor.get("/").status, 200, "pages are still shown");
    drop(streams);
    // A place is free again once the server has noticed that the one before has gone.
    let until = Instant::now() + Duration::from_secs(30);
    while stream(&visitor, address).1.starts_with("HTTP/1.1 503") {
        assert!(Instant::now() < until, "no place is given back");
        std::thread::sleep(Duration::from_millis(100));
    }

    let until = Instant::now() + Duration::from_secs(60);
    while !visitor.get("/").body.contains("aria-label=\"The run under way\" hidden") {
        assert!(Instant::now() < until, "the sync does not end");
        std::thread::sleep(Duration::from_millis(200));
    }
    let mut folder: Vec<Fingerprint> = (0..PHOTOS).map(|number| Fingerprint::of(&jpeg(number))).collect();
    folder.sort();
    assert!(home.stored() == folder, "every photo is in once");
    assert_eq!(home.report(&["simulate"], 0).count("planned"), 0);
    assert_eq!(std::fs::read(home.data().join("settings.toml")).expect("settings"), settings);
}

#[test]
fn a_run_begins_while_many_look() {
    let home = household(3);
    let service = Service::start(&home);
    let address = service.address();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    Request::get(address, "/").send(address);
                }
            });
        }
        let visitor = scope.spawn(|| {
            let mut visitor = Visitor::new(address);
            for _ in 0..10 {
                assert_eq!(visitor.post("/simulate", &[]).status, 303);
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        let went_well = visitor.join();
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        went_well.expect("the visitor was served");
    });
    let until = Instant::now() + Duration::from_secs(60);
    let history = loop {
        let history = home.command(&["history"]).output().expect("it runs");
        let history = String::from_utf8_lossy(&history.stdout).into_owned();
        if !history.contains("running") {
            break history;
        }
        assert!(Instant::now() < until, "{history}");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(history.matches("simulate").count(), history.matches("done").count(), "{history}");
    assert!(history.contains("3 to import"), "{history}");
}

#[test]
fn the_server_ends_within_ten_seconds_and_its_sync_goes_on_later() {
    let home = household(PHOTOS);
    let service = Service::start(&home);
    let mut visitor = Visitor::new(service.address());
    let (_watching, _) = stream(&visitor, service.address());
    visitor.post("/sync", &[]);
    while home.stored().len() < 10 {
        std::thread::sleep(Duration::from_millis(20));
    }
    // An end in good order may come again while the sync is gone on with.
    let mut service = service;
    for _ in 0..2 {
        let (began, stored) = (Instant::now(), home.stored().len());
        assert!(service.end().success());
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
        assert!(home.stored().len() < PHOTOS as usize);
        service = Service::start(&home);
        while home.stored().len() == stored {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let visitor = Visitor::new(service.address());
    let until = Instant::now() + Duration::from_secs(60);
    while home.stored().len() < PHOTOS as usize || !visitor.get("/").body.contains("under way\" hidden") {
        assert!(Instant::now() < until, "the sync does not go on");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(home.names().len(), PHOTOS as usize);
}
