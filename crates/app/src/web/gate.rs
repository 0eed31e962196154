//! Who may ask for what, before any handler is reached.
//!
//! A page elsewhere on the web can make a browser send us requests. It cannot make them say our name as the host unless
//! it is us (DNS rebinding), cannot set the marks that browsers set of where a request comes from, does not get our
//! cookie sent along with a form or a picture (`SameSite=Lax`), and cannot read a token from our pages.

mod bucket;
mod cookie;
pub mod names;
pub mod origin;

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
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

use super::password::{Asked, Password, Secret};
use super::session::{Said, SessionId};
use super::{App, again, api, health, shell};
use crate::listen::Peer;
use crate::tokens;
use bucket::{Bucket, Tries};
use cookie::Cookie;
use names::{Names, host_of};
use origin::Proxy;

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
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What is asked of every request.
pub struct Gate {
    names: Names,
    proxies: Vec<Proxy>,
    /// The password, if one is asked for.
    pub password: Password,
    cookie: Cookie,
    changes: Mutex<Bucket>,
    tries: Mutex<Tries>,
}

impl Gate {
    /// The gate of the server of a data directory.
    pub fn new(data: &Path, names: Names, proxies: Vec<Proxy>, password: Password) -> Self {
        let changes = Mutex::new(Bucket::new(BURST, A_SECOND));
        Self { names, proxies, password, cookie: Cookie::of(data), changes, tries: Mutex::default() }
    }

    /// The password that one must give here now, if there is one to give.
    pub fn secret(&self) -> Option<Arc<Secret>> {
        match self.password.now() {
            Asked::Secret(secret) => Some(secret),
            Asked::Nothing | Asked::Withheld => None,
        }
    }

    /// Whether anything must be known to come in.
    pub fn asks(&self) -> bool {
        !matches!(self.password.now(), Asked::Nothing)
    }

    /// What a browser of this session sends.
    #[cfg(any(test, fuzzing))]
    pub fn cookie_of(&self, session: &SessionId) -> String {
        self.cookie.pair(session)
    }

    fn allows_change(&self, now: Instant) -> bool {
        self.changes.lock().is_ok_and(|mut bucket| bucket.take(now))
    }

    /// Whether another password may be tried from an address now.
    pub fn allows_try(&self, from: IpAddr, now: Instant) -> bool {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).allow(from, now)
    }

    /// Somebody at an address knew the password.
    pub fn entered(&self, from: IpAddr) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).entered(from);
    }

    /// Who asks.
    fn caller(&self, request: &Request) -> IpAddr {
        let peer = request.extensions().get::<Peer>().copied().unwrap_or(Peer(None));
        origin::visitor(peer, request.headers(), &self.proxies)
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

/// The address of whoever asks, for handlers.
#[derive(Clone, Copy)]
pub struct Caller(pub IpAddr);

async fn check(State(app): State<App>, mut request: Request, next: Next) -> Response {
    // Whether the server lives says nothing about anybody.
    if request.uri().path() == health::PLACE {
        return next.run(request).await;
    }
    let (asked, caller) = (app.gate.password.now(), app.gate.caller(&request));
    if let Err(refusal) = may_pass(&app, &request, !matches!(asked, Asked::Nothing), caller) {
        return refusal;
    }
    let now = Instant::now();
    if let Some(token) = token_of_a_program(&request) {
        return match admit_program(&app, token.to_owned(), caller).await {
            Ok(()) => {
                request.extensions_mut().insert(Program);
                next.run(request).await
            }
            Err(refusal) => refusal,
        };
    }
    let known = known(&app, request.headers(), &asked, now);
    let is_open = is_asset(&request) || ["/login", api::TOKEN].contains(&request.uri().path());
    let may_see = match &asked {
        Asked::Nothing => true,
        Asked::Secret(secret) => known.as_ref().is_some_and(|id| app.sessions.has_given(id, secret)),
        Asked::Withheld => false,
    };
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
        return shell::refused("this page is out of date. Nothing was done. Reload it");
    }
    let session = known.unwrap_or_else(|| app.sessions.begin(now));
    let is_by_https = origin::is_by_https(request.headers());
    request.extensions_mut().insert(Caller(caller));
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
    let entered = response.extensions().get::<Visitor>().cloned();
    if let Some(Visitor(session)) = entered.or(is_new.then_some(Visitor(session))) {
        app.gate.cookie.set(&mut response, &session, is_by_https);
    }
    response
}

/// Marks the request of a program that sent a token of its own: no browser sends one for another site, so it needs no session.
#[derive(Clone, Copy)]
pub struct Program;

/// The token that a program sends along with what it asks of the API.
fn token_of_a_program(request: &Request) -> Option<&str> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (kind, token) = header.split_once(' ')?;
    (kind.eq_ignore_ascii_case("bearer") && request.uri().path().starts_with(api::PLACE)).then(|| token.trim())
}

async fn admit_program(app: &App, token: String, caller: IpAddr) -> Result<(), Response> {
    let reader = app.clone();
    if super::blocking(move || tokens::is_good(&reader.data, &token)).await? {
        return Ok(());
    }
    tracing::warn!("wrong token from {caller}");
    let why = "this token is not valid, or was revoked. Nothing was done. `photobridge token add NAME` creates one";
    Err(shell::bare(StatusCode::UNAUTHORIZED, why))
}

/// The session that a request names; of two the one that gave the password.
fn known(app: &App, headers: &HeaderMap, asked: &Asked, now: Instant) -> Option<SessionId> {
    let secret = match asked {
        Asked::Secret(secret) => Some(secret),
        Asked::Nothing | Asked::Withheld => None,
    };
    let find = |cookie: &str| app.sessions.find(cookie, now).or_else(|| app.sessions.recall(cookie, secret?, now));
    let found = app.gate.cookie.values(headers).filter_map(find);
    found.max_by_key(|id| secret.is_some_and(|secret| app.sessions.has_given(id, secret)))
}

/// Files of ours that say nothing about anybody.
fn is_asset(request: &Request) -> bool {
    request.uri().path().starts_with("/assets/")
}

const OTHERS: &str = "another web site asked for this. Nothing was done";

fn may_pass(app: &App, request: &Request, has_password: bool, caller: IpAddr) -> Result<(), Response> {
    let headers = request.headers();
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("\u{0}"));
    let names = &app.gate.names;
    let is_named_once = headers.get_all(header::HOST).iter().count() == 1;
    let host = text(header::HOST).filter(|_| is_named_once).and_then(host_of);
    let Some(host) = host.as_deref().filter(|host| names.may_be_called(host, has_password)) else {
        return Err(not_called_so(host.as_deref(), caller));
    };
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let is_ours = site.is_none_or(|site| matches!(site, "same-origin" | "none"));
    let navigates = text(HeaderName::from_static("sec-fetch-mode")) == Some("navigate");
    if !is_ours && (changes || !navigates) {
        return Err(shell::refused(OTHERS));
    }
    if let Some(origin) = text(header::ORIGIN) {
        let from = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")).and_then(host_of);
        match from {
            // A proxy that says its own name as the host's is known by what the browser calls it.
            Some(from) if from == host || names.are_ours(&from, has_password) => {}
            Some(from) => return Err(not_our_page(&from, caller)),
            None => return Err(shell::refused(OTHERS)),
        }
    }
    if changes && !app.gate.allows_change(Instant::now()) {
        let why = "too many requests. Nothing was done. Try again in a moment";
        return Err(shell::bare(StatusCode::TOO_MANY_REQUESTS, why));
    }
    Ok(())
}

/// What is said of a host that we are not: how it would become one.
fn not_called_so(host: Option<&str>, caller: IpAddr) -> Response {
    let why = match host {
        Some(host) => format!(
            "Photobridge does not accept the name {host}. If that is its name, or that of a proxy in front of it, start it \
             with `--name {host}`"
        ),
        None => "the request does not say which host it is for".into(),
    };
    tracing::warn!("refused, from {caller}: called {}; `--name` would allow it", host.unwrap_or("by no name"));
    shell::bare(StatusCode::MISDIRECTED_REQUEST, &why)
}

/// What is said of a page at a host that we are not.
fn not_our_page(from: &str, caller: IpAddr) -> Response {
    tracing::warn!("refused, from {caller}: a page of {from} asked for a change; `--name` would allow it");
    let why = format!(
        "this request came from a page at {from}, a name that Photobridge does not accept: another website may have sent \
         it. Nothing was done. If that is the name of a proxy in front of Photobridge, start it with `--name {from}`"
    );
    shell::refused(&why)
}

async fn harden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let fixed = [
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
    // What comes out of a folder has a stricter one.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    // What is on the disk changes at any time, and going back must not show what no longer is.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A change that somebody asked for from one of our pages: its fields, with the token spent.
pub struct Sent {
    /// Whose page it was.
    pub session: SessionId,
    /// Where it was sent from.
    pub from: Option<IpAddr>,
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
            return Err(shell::refused("this page is out of date. Nothing was done. Reload it"));
        };
        let from = request.extensions().get::<Caller>().map(|caller| caller.0);
        let in_header = request.headers().get(TOKEN).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let path = request.uri().path().to_owned();
        let body = arrived(request, app).await?;
        let mut fields: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
        let at = fields.iter().position(|(key, _)| key == "token");
        let in_form = at.map(|at| fields.remove(at).1);
        let token = in_header.or(in_form).unwrap_or_default();
        match spend(app, &session, &token) {
            Ok(()) => Ok(Self { session, from, fields }),
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
