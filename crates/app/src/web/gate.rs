//! Who may ask for what, before any handler is reached.
//!
//! A page elsewhere on the web can make a browser send us requests. It cannot make them say our name as the host unless
//! it is us (DNS rebinding), cannot set the marks that browsers set of where a request comes from, does not get our
//! cookie sent along (`SameSite=Strict`), and cannot read a token from our pages.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::session::{Said, SessionId};
use super::{App, again, api, shell};

/// The name of our cookie.
const COOKIE: &str = "photobridge";

/// The header in which scripts of our pages send a token; forms have it as a field of the name `token`.
pub const TOKEN: HeaderName = HeaderName::from_static("x-photobridge-token");

/// The longest body that any of our forms sends, in bytes.
const LONGEST: usize = 256 * 1024;

/// How long a form may take to arrive: meanwhile it has one of the places of [`AT_ONCE`].
const PATIENCE: Duration = Duration::from_secs(10);

const TOO_SLOW: &str = "this took too long to arrive. Nothing was done. Try again";

/// Requests that are worked on at once; others wait.
const AT_ONCE: usize = 32;

/// Changes that may be asked for at once, and how many more each second.
const BURST: f64 = 30.0;
const A_SECOND: f64 = 10.0;

/// What our pages may do: load what is ours and nothing else, run no script that is written into a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is asked of every request.
pub struct Gate {
    hosts: Vec<String>,
    /// The argon2 hash of the password, if one is asked for.
    pub password: Option<String>,
    changes: Mutex<Bucket>,
    tries: Mutex<Bucket>,
}

/// A bucket that drips: so many at once, and so many a second.
struct Bucket {
    full: f64,
    a_second: f64,
    left: f64,
    at: Option<Instant>,
}

impl Bucket {
    fn new(full: f64, a_second: f64) -> Self {
        Self { full, a_second, left: full, at: None }
    }

    fn take(&mut self, now: Instant) -> bool {
        let since = self.at.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        self.left = (self.left + since.as_secs_f64() * self.a_second).min(self.full);
        self.at = Some(now);
        let has_one = self.left >= 1.0;
        if has_one {
            self.left -= 1.0;
        }
        has_one
    }
}

impl Gate {
    /// A gate for a server at this address, which may also be called by these names.
    pub fn new(address: SocketAddr, names: &[String], password: Option<String>) -> Self {
        let port = address.port();
        let own = ["127.0.0.1".to_owned(), "localhost".to_owned(), "[::1]".to_owned()];
        let bound = match address {
            SocketAddr::V4(v4) => v4.ip().to_string(),
            SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
        };
        let mut hosts: Vec<String> = own.into_iter().chain([bound]).map(|name| format!("{name}:{port}")).collect();
        if port == 80 {
            hosts.push("localhost".into());
        }
        // A name that a person gave may stand for a proxy in front, which has a port of its own.
        hosts.extend(names.iter().flat_map(|name| [name.clone(), format!("{name}:{port}")]));
        let (changes, tries) = (Bucket::new(BURST, A_SECOND), Bucket::new(5.0, 0.2));
        Self { hosts, password, changes: Mutex::new(changes), tries: Mutex::new(tries) }
    }

    fn knows(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
    }

    fn allows_change(&self, now: Instant) -> bool {
        self.changes.lock().is_ok_and(|mut bucket| bucket.take(now))
    }

    /// Whether another password may be tried now.
    pub fn allows_try(&self, now: Instant) -> bool {
        self.tries.lock().is_ok_and(|mut bucket| bucket.take(now))
    }
}

/// Puts the gate in front of all routes.
pub fn guard(routes: Router<App>, app: App) -> Router {
    routes
        .layer(middleware::from_fn_with_state(app.clone(), check))
        .layer(RequestBodyLimitLayer::new(LONGEST))
        .layer(GlobalConcurrencyLimitLayer::new(AT_ONCE))
        .layer(middleware::from_fn(api::speak))
        .layer(middleware::map_response(harden))
        .with_state(app)
}

/// The session of the request, for handlers.
#[derive(Clone)]
pub struct Visitor(pub SessionId);

async fn check(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Err(refusal) = may_pass(&app, &request) {
        return refusal;
    }
    let now = Instant::now();
    let known = cookie(request.headers()).and_then(|cookie| app.sessions.find(cookie, now));
    let is_open = is_asset(&request) || ["/login", api::TOKEN].contains(&request.uri().path());
    let may_see = app.gate.password.is_none() || known.as_ref().is_some_and(|id| app.sessions.has_entered(id));
    let path = request.uri().path().to_owned();
    let holds_typed = *request.method() == Method::POST && again::holds_what_was_typed(&path);
    if !may_see && !is_open && !holds_typed {
        return shell::log_in_first(request.method(), request.uri());
    }
    if is_asset(&request) {
        return next.run(request).await;
    }
    let is_new = known.is_none();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_new && reads && api::needs_no_session(request.uri().path()) {
        return next.run(request).await;
    }
    if is_new && !reads && !holds_typed {
        return shell::refused("this page is from an earlier time. Nothing was done. Load it again");
    }
    let session = known.unwrap_or_else(|| app.sessions.begin(now));
    request.extensions_mut().insert(Visitor(session.clone()));
    let mut response = match may_see || is_open {
        true => next.run(request).await,
        false => match arrived(request, &app).await {
            Ok(body) => {
                let fields = String::from_utf8_lossy(&body).into_owned();
                again::Waiting { to: path, fields }.ask(&app, &session)
            }
            Err(response) => response,
        },
    };
    if is_new && !response.headers().contains_key(header::SET_COOKIE) {
        set_cookie(&mut response, &session);
    }
    response
}

/// Files of ours that say nothing about anybody.
fn is_asset(request: &Request) -> bool {
    request.uri().path().starts_with("/assets/")
}

fn may_pass(app: &App, request: &Request) -> Result<(), Response> {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("\u{0}"));
    let is_named_once = headers.get_all(header::HOST).iter().count() == 1;
    if !is_named_once || !text(header::HOST).is_some_and(|host| app.gate.knows(host)) {
        let why = "this address is not one of Photobridge's. Use the one that `photobridge serve` prints";
        return Err(shell::bare(StatusCode::MISDIRECTED_REQUEST, why));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let is_ours = site.is_none_or(|site| matches!(site, "same-origin" | "none"));
    let navigates = text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
    if !is_ours && (changes || !navigates) {
        return Err(shell::refused("another web site asked for this. Nothing was done"));
    }
    if let Some(origin) = text(header::ORIGIN) {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if !host.is_some_and(|host| app.gate.knows(host)) {
            return Err(shell::refused("another web site asked for this. Nothing was done"));
        }
    }
    if changes && !app.gate.allows_change(Instant::now()) {
        let why = "too much was asked for at once. Nothing was done. Try again in a moment";
        return Err(shell::bare(StatusCode::TOO_MANY_REQUESTS, why));
    }
    Ok(())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Tells the browser its session.
pub fn set_cookie(response: &mut Response, session: &SessionId) {
    let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", session.as_str());
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with it browsers send `Origin: null` along with our own forms.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is on the disk changes at any time, and going back must not show what no longer is.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A change that somebody asked for from one of our pages: its fields, with the token spent.
pub struct Sent {
    /// Whose page it was.
    pub session: SessionId,
    /// The fields of the form, in order.
    pub fields: Vec<(String, String)>,
}

impl Sent {
    /// The first field of a name; empty where there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Every field of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Goes to a page and says something there.
    pub fn then(&self, app: &App, to: &str, is_well: bool, words: impl Into<String>) -> Response {
        app.sessions.say(&self.session, Said { is_well, words: words.into() });
        axum::response::Redirect::to(to).into_response()
    }
}

impl FromRequest<App> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let Some(Visitor(session)) = request.extensions().get::<Visitor>().cloned() else {
            return Err(shell::refused("this page is from an earlier time. Nothing was done. Load it again"));
        };
        let in_header = request.headers().get(TOKEN).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let path = request.uri().path().to_owned();
        let body = arrived(request, app).await?;
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
        let at = fields.iter().position(|(key, _)| key == "token");
        let in_form = at.map(|at| fields.remove(at).1);
        let token = in_header.or(in_form).unwrap_or_default();
        match spend(app, &session, &token) {
            Ok(()) => Ok(Self { session, fields }),
            Err(_) if again::holds_what_was_typed(&path) => Err(again::show(app, &session, &path, fields).await),
            Err(refusal) => Err(refusal),
        }
    }
}

/// The body of a request, if it arrives in time.
async fn arrived(request: Request, app: &App) -> Result<Bytes, Response> {
    let body = tokio::time::timeout(PATIENCE, Bytes::from_request(request, app)).await;
    let body = body.map_err(|_| (StatusCode::REQUEST_TIMEOUT, shell::plain(TOO_SLOW)).into_response())?;
    body.map_err(IntoResponse::into_response)
}

/// Spends a token of a session, or says why that change is not made.
pub fn spend(app: &App, session: &SessionId, token: &str) -> Result<(), Response> {
    if app.sessions.spend(session, token) {
        return Ok(());
    }
    let why = "this was sent before, or from a page that is too old. Nothing was done now. Load the page again";
    Err(shell::refused(why))
}
