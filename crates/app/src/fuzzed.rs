//! What the fuzz targets reach of this crate; part of no other build.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use photobridge_core::lock::Lock;
use tower::ServiceExt;

use crate::places;
use crate::scheduler::{Runs, Scheduler};
use crate::settings::{Settings, TEMPLATE, Wanted, edited, with};
use crate::thumbnail::make;
use crate::web::testing::{House, gate};
use crate::web::{Server, router};

/// Requests after which a house is built anew: some of them change it.
const HOUSE_LASTS: u32 = 1000;

/// Requests that a server takes at once.
const BURST: u32 = 20;

/// Reads settings, and writes them back in each way that there is.
pub fn settings(text: &str) {
    let Ok(settings) = Settings::parse(text) else { return };
    let own = Wanted::by_path(&settings, settings.clone());
    assert_eq!(edited(text, &own).as_deref(), Ok(text), "what nobody changed stays as it is");
    let path = Path::new("settings.toml");
    for (key, value) in [("album", "\"of\" mine\n# no comment"), ("export.layout", "flat"), ("settle_seconds", "0")] {
        if let Ok(changed) = with(path, text, key, value) {
            Settings::parse(&changed).expect("only what can be read is written");
        }
    }
    // What was given in another way than the template has it is refused, or comes back.
    let template = Settings::parse(TEMPLATE).expect("it is ours");
    if let Ok(written) = edited(TEMPLATE, &Wanted::by_path(&template, settings.clone())) {
        assert_eq!(Settings::parse(&written).as_ref(), Ok(&settings));
    }
}

/// Takes up schedules by the settings and by the file that lies in `data`, and lets a day go by.
pub fn schedules(data: &Path, text: &str, now: Timestamp) {
    let Ok(settings) = Settings::parse(text) else { return };
    let mut scheduler = Scheduler::open(data);
    for zone in ["UTC", "Europe/Berlin", "Australia/Lord_Howe"] {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        for minutes in [0, 1, 60, 1440] {
            let Ok(now) = now.checked_add(Duration::from_secs(60 * minutes)) else { continue };
            for schedule in &settings.schedule {
                assert!(schedule.when.upcoming(now, &zone).is_sorted());
                if let Some(standing) = scheduler.standings().get(&schedule.name) {
                    standing.next(schedule, now, &zone);
                }
            }
            scheduler.tick(now, &zone, &settings.schedule, Runs::None);
        }
    }
}

/// Makes a thumbnail with so many bytes of memory.
pub fn thumbnail(bytes: &[u8], memory: u64) {
    let until = Instant::now() + Duration::from_millis(500);
    if let Ok(thumbnail) = make::thumbnail(&mut Cursor::new(bytes), make::SIDE, memory, until) {
        assert!(thumbnail.starts_with(&[0xFF, 0xD8]) && thumbnail.ends_with(&[0xFF, 0xD9]));
    }
}

/// A household whose pages and API are asked for.
pub struct Visited {
    house: House,
    settings: Vec<u8>,
    pages: Pages,
    visits: u32,
    _nothing_runs: Lock,
}

/// A server over it, and somebody who may change things.
struct Pages {
    router: Router,
    cookie: String,
    token: String,
}

impl Visited {
    /// One with photos on both sides, in which no run can begin: that could go to any place that a request names.
    pub fn new() -> Self {
        let house = House::synced();
        let settings = fs::read(places::settings_file(&house.data())).expect("there are settings");
        let lock = Lock::take(&house.data(), "nothing", Timestamp::now()).expect("nothing else runs");
        Self { pages: Pages::of(&house), settings, house, visits: 0, _nothing_runs: lock }
    }

    /// Sends a request, and looks at what comes back.
    pub async fn visit(&mut self, bytes: &[u8]) {
        self.visits += 1;
        if self.visits.is_multiple_of(HOUSE_LASTS) {
            *self = Self::new();
        } else if self.visits.is_multiple_of(BURST) {
            self.pages = Pages::of(&self.house);
        }
        let Some(request) = self.pages.request(bytes) else { return };
        let response = self.pages.router.clone().oneshot(request).await.expect("a router always answers");
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole answer");
        let kind = head.headers.get(header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        let body = String::from_utf8_lossy(&body);
        // What does not work is said on a page, or to programs in JSON; anything else did not come from us.
        assert!(!head.status.is_server_error() || !kind.starts_with(b"text/plain"), "{body}");
        assert!(head.headers.contains_key(header::CONTENT_SECURITY_POLICY));
        if let Some(to) = head.headers.get(header::LOCATION) {
            assert!(to.as_bytes().starts_with(b"/") && !to.as_bytes().starts_with(b"//"), "{to:?} leads elsewhere");
        }
        assert!(!kind.starts_with(b"text/html") || !body.contains("<zzz"), "what was sent became part of the page");
        fs::write(places::settings_file(&self.house.data()), &self.settings).expect("the settings are as they were");
    }
}

impl Pages {
    fn of(house: &House) -> Self {
        let app = Server::new(&house.data(), gate(&house.data()));
        app.runner.stop();
        let session = app.sessions.begin(Instant::now());
        let (cookie, token) = (app.gate.cookie_of(&session), app.sessions.token(&session));
        Self { router: router(app), cookie, token }
    }

    /// A request written as text: method and address, headers, an empty line, the body. `$COOKIE` and `$TOKEN` stand for
    /// those of somebody who may change things.
    fn request(&self, bytes: &[u8]) -> Option<Request<Body>> {
        let end = bytes.windows(2).position(|two| two == b"\n\n");
        let (head, body) = bytes.split_at(end.unwrap_or(bytes.len()));
        let head = String::from_utf8_lossy(head).replace("$COOKIE", &self.cookie).replace("$TOKEN", &self.token);
        let mut lines = head.lines();
        let (method, address) = lines.next()?.split_once(' ')?;
        let mut request = Request::builder().method(method).uri(address);
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            request = request.header(name, value);
        }
        request.body(Body::from(body.get(2..).unwrap_or_default().to_vec())).ok()
    }
}
