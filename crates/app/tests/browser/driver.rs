//! Chromium's driver and one session of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// What Chromium must not do by itself: talk to anybody, ask anything, look like this machine.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--lang=en-US",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

const FONTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/fonts.conf");

/// A running Chromium and its driver. Both end with it.
pub struct Driver {
    runtime: Runtime,
    client: Option<Client>,
    process: Child,
    _home: tempfile::TempDir,
}

impl Driver {
    /// Starts both, with a profile of their own.
    pub fn start() -> Self {
        let home = tempfile::tempdir().expect("a temporary directory");
        let (process, address) = start_process(&home);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let profile = format!("--user-data-dir={}", home.path().join("profile").display());
        let arguments: Vec<&str> = FLAGS.into_iter().chain([profile.as_str()]).collect();
        let wishes = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "timeouts": { "pageLoad": 60_000, "script": 60_000 },
        });
        let wishes = wishes.as_object().expect("an object").clone();
        let client = runtime.block_on(ClientBuilder::new(HttpConnector::new()).capabilities(wishes).connect(&address));
        let client = Some(client.expect("Chromium starts"));
        Self { runtime, client, process, _home: home }
    }

    /// Does one thing and waits for it.
    pub fn run<T, F: Future<Output = Result<T, CmdError>>>(
        &self,
        what: impl FnOnce(Client) -> F,
    ) -> Result<T, CmdError> {
        self.runtime.block_on(what(self.client.clone().expect("it lasts as long as the driver")))
    }

    /// A command of Chromium's own developer tools.
    pub fn developer(&self, command: &str, parameters: &Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.run(|client| async move { client.issue_cmd(Extra("goog/cdp/execute", body)).await })
            .unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// What was logged since this was asked for last: of `browser`, or of `performance`.
    pub fn log(&self, kind: &str) -> Vec<Value> {
        let body = json!({ "type": kind });
        let lines = self.run(|client| async move { client.issue_cmd(Extra("se/log", body)).await });
        lines.expect("the log can be read").as_array().cloned().unwrap_or_default()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let close = self.client.take().map(Client::close);
        self.runtime.block_on(async {
            if let Some(close) = close {
                let _ = tokio::time::timeout(Duration::from_secs(10), close).await;
            }
        });
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn start_process(home: &tempfile::TempDir) -> (Child, String) {
    let mut command = Command::new("chromedriver");
    command
        .env_clear()
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("LANG", "en_US.UTF-8")
        .env("FONTCONFIG_FILE", FONTS);
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    let mut process = command
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is needed: Debian's package is chromium-driver");
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        line.strip_prefix("ChromeDriver was started successfully on port ")?.trim_end_matches('.').parse::<u16>().ok()
    });
    let address = format!("http://127.0.0.1:{}", port.expect("chromedriver says where it listens"));
    // It stops when nobody reads what it says.
    std::thread::spawn(move || lines.for_each(drop));
    (process, address)
}

/// A command that WebDriver does not know and Chromium does.
#[derive(Debug)]
struct Extra(&'static str, Value);

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.1.to_string()))
    }
}
