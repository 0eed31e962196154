//! A server over a household of its own, and somebody who looks at it, for tests.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use jiff::Timestamp;
use photobridge_core::ledger::{Ledger, RunState};
use photobridge_core::progress::{Cancel, Silent};
use photobridge_core::run::{Command, RunId, StartedBy};
use photobridge_media::sample::Shot;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::gate::names::Names;
use super::gate::{Gate, TOKEN};
use super::password::{self, Password};
use super::{App, Server, router};
use crate::places;
use crate::run::{Ask, once, open_library};
use crate::settings::Settings;

/// Where the server is.
pub const HOST: &str = "127.0.0.1:27731";

/// A household with its server.
pub struct House {
    root: tempfile::TempDir,
    pub app: App,
    router: Router,
}

/// What a request came to.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

impl House {
    /// One where nothing is set up yet.
    pub fn empty() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(root.path().join("data")).expect("a directory");
        Self::at(root, None)
    }

    /// The household of `photobridge demo`: synced both ways, runs 1 to 3.
    pub fn demo() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        crate::demo::run(Some(root.path()), true).expect("the demo is made");
        Self::at(root, None)
    }

    /// A small one, synced both ways: three photos of the folder went into the library, two of the library into the
    /// folder. Run 1 simulated that, run 2 did it.
    pub fn synced() -> Self {
        Self::synced_with(None)
    }

    /// The same, behind a password.
    pub fn synced_with(password: Option<&str>) -> Self {
        let root = tempfile::tempdir().expect("a directory");
        let place = |name: &str| root.path().join(name);
        for (folder, numbers) in [("elsewhere", 1..3), ("folder", 3..6)] {
            std::fs::create_dir(place(folder)).expect("a directory");
            for number in numbers {
                let name = format!("IMG_000{number}.jpg");
                std::fs::write(place(folder).join(name), photo(number)).expect("written");
            }
        }
        let settings = |folder: &str, mode: &str| {
            let (folder, library) = (place(folder).display().to_string(), place("library").display().to_string());
            let text = format!(
                "library = {library:?}\nmode = \"{mode}\"\nsettle_seconds = 0\n[export]\nrange = \"full-library\"\n\
                 [[folder]]\npath = {folder:?}\n"
            );
            Settings::parse(&text).map(|settings| (settings, text)).expect("valid")
        };
        run(&place("other"), &settings("elsewhere", "import").0, Command::Sync);
        let (own, text) = settings("folder", "bidirectional");
        std::fs::create_dir(place("data")).expect("a directory");
        std::fs::write(places::settings_file(&place("data")), text).expect("written");
        run(&place("data"), &own, Command::Simulate);
        run(&place("data"), &own, Command::Sync);
        Self::at(root, password)
    }

    fn at(root: tempfile::TempDir, password: Option<&str>) -> Self {
        let data = root.path().join("data");
        if let Some(password) = password {
            let hash = password::hash(password).expect("a hash");
            places::write_private(&places::password(&data), hash.as_bytes()).expect("written");
        }
        let app = Server::new(&data, gate(&data));
        Self { router: router(app.clone()), app, root }
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// Adds a run to the history.
    pub fn add_run(&self, command: &str, state: RunState, report: &str) -> RunId {
        let now: Timestamp = "2026-11-02T08:00:00Z".parse().expect("a time");
        let mut ledger = Ledger::open(&self.data()).expect("the ledger opens");
        let run = ledger.begin_run(command, "import", &StartedBy::Page, now).expect("it begins");
        ledger.end_run(run, state, report, now + Duration::from_secs(90)).expect("it ends");
        run
    }

    /// Keeps lines as the verdicts of a run.
    pub fn keep(&self, run: RunId, lines: &[Value]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::create_dir_all(self.data().join("runs")).expect("a directory");
        std::fs::write(photobridge_core::kept::path(&self.data(), run), text).expect("written");
    }

    /// Sends a request as it is.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole body").to_vec();
        Reply { status, headers, bytes }
    }

    /// Reads an address without being anybody.
    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::get(path).header(header::HOST, HOST);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Waits until nothing is under way.
    pub async fn rest(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.app.runner.live().running.is_some() {
            assert!(Instant::now() < until, "the run does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// The gate of a server that only this machine reaches.
pub fn gate(data: &Path) -> Gate {
    Gate::new(data, Names::default(), Vec::new(), Password::of(data, None, false))
}

/// The bytes of a photo; another number is another picture, of another minute.
pub fn photo(number: u64) -> Vec<u8> {
    let captured = jiff::civil::date(2024, 5, 14).at(12, number as i8, 0, 0);
    Shot::new(captured, number).jpeg(48, 32)
}

fn run(data: &Path, settings: &Settings, command: Command) {
    let request = Ask::plain(command, StartedBy::CommandLine).request(data, settings).expect("a request");
    let mut library = open_library(data, settings).expect("the library opens");
    once(&request, library.as_mut(), &Silent, &Cancel::new()).expect("it runs");
}

/// A verdict on an item, with a name.
pub fn verdict(path: &str, verdict: &str, error: Option<&str>) -> Value {
    json!({
        "direction": "import", "verdict": verdict, "reason": error.map(|_| "unreadable"), "path": path, "asset": null,
        "matched": null, "fingerprint": null, "size": 7, "captured": null, "captured_from": null, "destination": null,
        "error": error,
    })
}

/// Somebody with a session.
pub struct Visitor<'a> {
    house: &'a House,
    pub cookie: String,
    pub token: String,
}

impl<'a> Visitor<'a> {
    /// Somebody new.
    pub async fn new(house: &'a House) -> Self {
        let reply = house.get("/api/v1/token").await;
        let mut visitor = Self { house, cookie: String::new(), token: String::new() };
        visitor.take(&reply);
        visitor.token = reply.json()["token"].as_str().expect("a token").to_owned();
        visitor
    }

    fn take(&mut self, reply: &Reply) {
        if let Some(cookie) = reply.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("text");
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        if let Some(token) = reply.headers.get(TOKEN) {
            self.token = token.to_str().expect("text").to_owned();
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        let request = Request::get(path).header(header::HOST, HOST).header(header::COOKIE, &self.cookie);
        self.house.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Asks for a change as a program does, and takes the next token from the answer.
    pub async fn change(&mut self, method: Method, path: &str, body: &str) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::COOKIE, &self.cookie)
            .header(TOKEN, &self.token)
            .header(header::CONTENT_TYPE, "application/json");
        let reply = self.house.send(request.body(Body::from(body.to_owned())).expect("a request")).await;
        self.take(&reply);
        reply
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.change(Method::POST, path, &body.to_string()).await
    }

    /// Sends a form as a page does.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::HOST, HOST)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.house.send(request.body(Body::from(body)).expect("a request")).await
    }

    /// A fresh token.
    pub async fn fresh(&mut self) -> String {
        let reply = self.get("/api/v1/token").await;
        self.token = reply.json()["token"].as_str().expect("a token").to_owned();
        self.token.clone()
    }
}
