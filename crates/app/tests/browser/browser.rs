//! A browser as a person uses it: by what stands on the page, with the mouse or the keys alone.
//!
//! It is watched: at the end of each visit nothing may stand in the console and nothing may have been asked of any
//! other host.

use std::cell::RefCell;
use std::fmt::Write;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;
use serde_json::{Value, json};

use super::driver::Driver;

/// How long anything may take to appear. Much longer than it does, as the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is to be seen and can be used, and how they are called: as in the accessibility tree, without its finer points.
const CONTROLS: &str = r#"
    const called = (e) => (e.getAttribute("aria-label") || (e.labels && e.labels[0] && e.labels[0].innerText)
        || e.innerText || "").replace(/\s+/g, " ").trim();
    const controls = [...document.querySelectorAll("a, button, summary, input, select, textarea, label")]
        .filter((e) => e.checkVisibility() && e.type !== "hidden" && !e.disabled && !e.closest("[aria-hidden=true]"));
"#;

/// A browser in the middle of a visit.
pub struct Browser {
    driver: Driver,
    origin: String,
    expected: RefCell<Vec<&'static str>>,
}

/// Visits a server, and looks afterwards for what must never be.
pub fn visit(address: SocketAddr, visit: impl FnOnce(&Browser)) {
    let browser =
        Browser { driver: Driver::start(), origin: format!("http://{address}"), expected: RefCell::default() };
    browser.window(1200, 900);
    let result = catch_unwind(AssertUnwindSafe(|| {
        visit(&browser);
        browser.was_quiet();
    }));
    if let Err(panic) = result {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("last-failure.png");
        if let Ok(picture) = browser.driver.run(|client| async move { client.screenshot().await })
            && std::fs::write(&path, picture).is_ok()
        {
            eprintln!("what the browser showed then: {}", path.display());
        }
        resume_unwind(panic);
    }
}

impl Browser {
    /// Goes to a page.
    pub fn go(&self, path: &str) {
        let address = format!("{}{path}", self.origin);
        self.driver.run(|client| async move { client.goto(&address).await }).expect("the page loads");
    }

    /// Loads the page anew.
    pub fn reload(&self) {
        self.driver.run(|client| async move { client.refresh().await }).expect("the page loads");
    }

    /// Goes on in a new tab.
    pub fn new_tab(&self) {
        self.driver
            .run(|client| async move {
                let tab = client.new_window(true).await?;
                client.switch_to_window(tab.handle).await
            })
            .expect("a tab opens");
    }

    /// The path of the page.
    pub fn path(&self) -> String {
        let address = self.driver.run(|client| async move { client.current_url().await }).expect("an address");
        address.path().to_owned()
    }

    /// The text that is to be seen.
    pub fn text(&self) -> String {
        let text = self.glance("return document.body.innerText", &[]).unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What a script answers. For looking only: what is done is done as people do it.
    pub fn look(&self, script: &str, arguments: &[Value]) -> Value {
        self.glance(script, arguments).expect("the script runs")
    }

    /// As [`look`](Self::look); nothing while a page comes or goes.
    pub fn glance(&self, script: &str, arguments: &[Value]) -> Option<Value> {
        let arguments = arguments.to_vec();
        self.driver.run(|client| async move { client.execute(script, arguments).await }).ok()
    }

    /// What a script answers in its own time, through its last argument.
    pub fn ask(&self, script: &str, arguments: &[Value]) -> Value {
        let arguments = arguments.to_vec();
        let answer = self.driver.run(|client| async move { client.execute_async(script, arguments).await });
        answer.expect("the script runs")
    }

    /// Waits until a text is to be seen.
    pub fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} is to be seen"), || self.text().contains(text));
    }

    /// Waits until something is so.
    pub fn wait_until(&self, what: &str, is_so: impl Fn() -> bool) {
        self.wait_to_get(what, || is_so().then_some(()));
    }

    fn wait_to_get<T>(&self, what: &str, get: impl Fn() -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(got) = get() {
                return got;
            }
            assert!(Instant::now() < until, "waited in vain until {what}. The page shows:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks on what is called so.
    pub fn click(&self, name: &str) {
        let control = self.control(name);
        // As people do who want to press what a bar at the edge hides.
        let middle = "arguments[0].scrollIntoView({ block: 'center' })";
        self.look(middle, &[serde_json::to_value(&control).expect("an element is JSON")]);
        self.driver.run(|_| async move { control.click().await }).unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }

    /// Types into the field of this label, in place of what stands there.
    pub fn fill(&self, label: &str, text: &str) {
        let (field, text) = (self.control(label), text.to_owned());
        let typed = self.driver.run(|_| async move {
            field.clear().await?;
            field.send_keys(&text).await
        });
        typed.unwrap_or_else(|error| panic!("{label:?}: {error}"));
    }

    /// Presses a key.
    pub fn press(&self, key: Key) {
        self.type_keys(&char::from(key).to_string());
    }

    /// Types into what has the focus.
    pub fn type_keys(&self, text: &str) {
        let keys = text.chars().fold(KeyActions::new("keys".into()), |keys, key| {
            keys.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key })
        });
        self.driver.run(|client| async move { client.perform_actions(keys).await }).expect("the keys are typed");
    }

    /// Goes to what is called so with the tabulator alone, as one does who has no mouse, and sees it there.
    pub fn tab_to(&self, name: &str) {
        let script = "const e = document.activeElement; const style = getComputedStyle(e); \
                      return [called(e), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0]";
        let mut passed = Vec::new();
        for _ in 0..200 {
            self.press(Key::Tab);
            let answer = self.look(&format!("{CONTROLS}{script}"), &[]);
            let called = answer[0].as_str().unwrap_or_default().to_owned();
            if called == name {
                assert_eq!(answer[1], true, "the focus is not to be seen on {name:?}");
                return;
            }
            passed.push(called);
        }
        panic!("{name:?} cannot be reached by the keys; passed {passed:?}");
    }

    /// What is called so, once there is exactly one of it. A field comes before the label that gives it its name.
    fn control(&self, name: &str) -> Element {
        let script = format!(
            "{CONTROLS} const all = controls.filter((e) => called(e) === arguments[0]);
             const own = all.filter((e) => e.tagName !== 'LABEL');
             return own.length ? own : all;"
        );
        self.wait_to_get(&format!("there is exactly one {name:?} to use"), || {
            let all = self.glance(&script, &[json!(name)])?;
            let [element] = all.as_array()?.as_slice() else { return None };
            // WebDriver writes an element as an object with one fixed key.
            let id = element.as_object()?.values().next()?.as_str()?.to_owned();
            self.driver.run(|client| async move { Ok(Element::from_element_id(client, ElementRef::from(id))) }).ok()
        })
    }

    /// Makes the page this large.
    pub fn window(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
        self.driver.developer("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets what the system prefers, as `("prefers-color-scheme", "dark")`.
    pub fn prefer(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.driver.developer("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Goes on without the pages' scripts.
    pub fn without_scripts(&self) {
        self.driver.developer("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    }

    /// The page as a PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        self.driver.run(|client| async move { client.screenshot().await }).expect("a picture")
    }

    /// Says what this test itself brings about and the console will tell of.
    pub fn expect_trouble(&self, words: &'static str) {
        self.expected.borrow_mut().push(words);
    }

    /// Fails if the console tells of anything, be it an error or a policy that was broken, or if another host was asked.
    fn was_quiet(&self) {
        let mut found = String::new();
        for line in self.driver.log("browser") {
            let message = line["message"].as_str().unwrap_or_default();
            let is_expected = self.expected.borrow().iter().any(|words| message.contains(words));
            if !is_expected && line["level"] != "INFO" && line["level"] != "DEBUG" {
                let _ = writeln!(found, "console: {} {message}", line["level"]);
            }
        }
        for line in self.driver.log("performance") {
            let event: Value = serde_json::from_str(line["message"].as_str().unwrap_or_default()).unwrap_or_default();
            let message = &event["message"];
            if message["method"] != "Network.requestWillBeSent" {
                continue;
            }
            let address = message["params"]["request"]["url"].as_str().unwrap_or_default();
            // Chromium's own first page comes from within, as `chrome:` and `data:`.
            let asks_a_host = ["http", "ws"].iter().any(|scheme| address.starts_with(scheme));
            let is_ours = address.strip_prefix(&self.origin).is_some_and(|rest| rest.starts_with('/'));
            if asks_a_host && !is_ours {
                let _ = writeln!(found, "a request to somebody else: {address}");
            }
        }
        assert!(found.is_empty(), "{found}");
    }
}
