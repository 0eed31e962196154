//! What is told of a folder.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use photobridge_folders::webdav::client::Client;
use photobridge_folders::webdav::fault::Fault;
use photobridge_folders::webdav::listing::{list, look};
use photobridge_testkit::cloud::{Cloud, Manners, Trouble};

use crate::stage::{Stage, TAKEN, access};

#[test]
fn a_directory_is_listed_with_names_as_they_are() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let names = ["2024/a b+c;d&e'(f).jpg", "2024/100%.jpg", "2024/é.jpg", "2024/07/deep.jpg", "b.jpg"];
    for name in names {
        stage.cloud.write(&format!("Photos/{name}"), name.as_bytes(), TAKEN);
    }
    let root = list(&stage.client, Path::new("")).expect("a listing");
    let found: Vec<(&str, bool)> = root.entries.iter().map(|entry| (&*entry.name, entry.facts.is_directory)).collect();
    assert_eq!(found, [("2024", true), ("b.jpg", false)]);
    let below = list(&stage.client, Path::new("2024")).expect("a listing");
    let found: Vec<(&str, Option<u64>)> = below.entries.iter().map(|entry| (&*entry.name, entry.facts.size)).collect();
    let length = |name: &str| Some(format!("2024/{name}").len() as u64);
    let files = ["100%.jpg", "a b+c;d&e'(f).jpg", "é.jpg"].map(|name| (name, length(name)));
    assert_eq!(found, [vec![("07", None)], files.to_vec()].concat());
    let one = look(&stage.client, Path::new("2024/é.jpg")).expect("it is there");
    assert_eq!(Some(&one), below.entries.last().map(|entry| &entry.facts));
    assert_eq!(one.modified.map(|time| time.as_second()), Some(TAKEN));
    assert_eq!(look(&stage.client, Path::new("2024/c.jpg")), Err(Fault::Gone));
}

#[test]
fn what_is_no_listing_is_said_and_never_an_empty_one() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    stage.cloud.write("Photos/a.jpg", b"a", TAKEN);
    let now = || list(&stage.client, Path::new(""));
    for (trouble, word) in [
        (Trouble::Page, "web page"),
        (Trouble::Half, "cannot be read"),
        (Trouble::Status(423), "423"),
        (Trouble::Status(503), "503"),
        (Trouble::Status(429), "429"),
    ] {
        // Asked again it is well.
        stage.cloud.trouble("PROPFIND", trouble.clone());
        assert_eq!(now().expect("a listing").entries.len(), 1, "{trouble:?}");
        for _ in 0..3 {
            stage.cloud.trouble("PROPFIND", trouble.clone());
        }
        let Err(Fault::Retry { why, .. }) = now() else { panic!("{trouble:?} is no listing") };
        assert!(why.contains(word), "{why}");
    }
    stage.cloud.requests();
    for (trouble, word) in [(Trouble::Status(403), "403"), (Trouble::LogIn, "302")] {
        stage.cloud.trouble("PROPFIND", trouble.clone());
        let fault = now().expect_err("no listing");
        assert!(matches!(fault, Fault::Refused(_) | Fault::Permanent(_)), "{trouble:?}");
        let why = fault.to_string();
        assert!(why.contains(word) && !why.contains("xyzzy42") && !why.contains("elsewhere.example"), "{why}");
    }
    assert_eq!(stage.cloud.requests().len(), 2, "who is refused does not ask again, and nobody is followed");
    stage.cloud.trouble("PROPFIND", Trouble::Nothing);
    let fault = now().expect_err("a directory that is there tells at least of itself");
    assert!(matches!(&fault, Fault::Permanent(why) if why.contains("something else")), "{fault:?}");
    assert_eq!(list(&stage.client, Path::new("2024")), Err(Fault::Gone));
    assert!(matches!(list(&stage.client, Path::new("a.jpg")), Err(Fault::Permanent(_))), "a file is no folder");
}

#[test]
fn a_password_that_is_refused_is_not_tried_for_each_photo() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    stage.cloud.write("Photos/a.jpg", b"a", TAKEN);
    stage.cloud.requests();
    stage.cloud.trouble("PROPFIND", Trouble::Status(401));
    for _ in 0..30 {
        let why = list(&stage.client, Path::new("")).expect_err("no listing").to_string();
        assert!(why.contains("password") && !why.contains("xyzzy42"), "{why}");
    }
    assert_eq!(stage.cloud.requests().len(), 1, "servers count refusals, and lock out whoever collects them");
}

#[test]
fn a_server_without_encryption_is_not_said_to_have_a_wrong_certificate() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = Cloud::photos(listener.local_addr().expect("bound")).replace("http://", "https://");
    std::thread::spawn(move || {
        for mut asked in listener.incoming().flatten() {
            // What servers answer that took the greeting for a request.
            let _ = asked.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            let _ = asked.read(&mut [0; 1000]);
        }
    });
    let client = Client::new(&access(&address)).expect("a client");
    let why = look(&client, Path::new("")).expect_err("no encryption there").to_string();
    assert!(why.contains("not by https") && why.contains("http://") && !why.contains("certificate"), "{why}");
}

#[test]
fn a_server_that_is_away_is_said_to_be() {
    let stage = Stage::new(Manners::NEXTCLOUD);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr()).expect("a port");
    let client = crate::stage::client(nobody);
    let Err(Fault::Retry { why, .. }) = look(&client, Path::new("")) else { panic!("nobody listens there") };
    assert!(why.contains("127.0.0.1 did not answer"), "{why}");
    drop(stage);
}
