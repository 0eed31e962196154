//! Asks a server. Every header is in hand; what comes back is bounded in time and length; nobody is followed elsewhere.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use photobridge_core::folder::place::is_part_name;
use ureq::http::{self, HeaderMap, HeaderValue, Method};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, SendBody};

use super::address::{Address, is_one_name};
use super::fault::Fault;
use super::secret::Credentials;

/// A server that says nothing for so long is taken to be gone.
const SILENCE: Duration = Duration::from_secs(60);

/// A server that is not reached in this time is away.
const CONNECTING: Duration = Duration::from_secs(20);

/// A server that has all of a file may have to write it somewhere before it answers.
const ANSWERING: Duration = Duration::from_secs(300);

/// Connections that are kept for the next request: more than are ever asked at once.
const CONNECTIONS: usize = 16;

/// A body that nobody wants is read if it is no longer than this, and given up with its connection if it is.
const UNWANTED: u64 = 64 * 1024;

/// How often a question that changes nothing is asked again.
const TRIES: u32 = 3;

/// Doubled each time.
const SHORT_PAUSE: Duration = Duration::from_millis(100);

/// The longest that we wait because a server says so; a longer pause is for the next run.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// So long nothing is asked after a server refused the password: servers count refusals, and slow down everybody who comes from
/// this address (Nextcloud 33 answers 429 after some thirty).
const REFUSED_FOR: Duration = Duration::from_secs(60);

/// How a server is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// Where the folder lies.
    pub address: Address,
    /// Who we are.
    pub credentials: Credentials,
    /// A file with certificates (PEM) that are believed besides those of the system.
    pub authority: Option<PathBuf>,
}

/// Asks one server, by as many threads as like.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    address: Address,
    authorization: Option<HeaderValue>,
    /// When it last refused the password.
    refused: Mutex<Option<Instant>>,
}

/// One request.
pub struct Request<'a> {
    method: &'static str,
    address: String,
    headers: Vec<(&'static str, String)>,
    body: Option<(Content<'a>, u64)>,
}

/// What is sent with a request.
enum Content<'a> {
    Text(&'static str),
    Bytes(&'a mut dyn Read),
}

impl<'a> Request<'a> {
    /// A request of this method for an address, made by [`Client::at`].
    pub fn new(method: &'static str, address: String) -> Self {
        Self { method, address, headers: Vec::new(), body: None }
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a body of so many bytes. Its length is always said: of a body without one, servers keep the half that arrived.
    pub fn bytes(mut self, reader: &'a mut dyn Read, length: u64) -> Self {
        self.body = Some((Content::Bytes(reader), length));
        self
    }

    /// With a text as its body.
    pub fn text(mut self, text: &'static str) -> Self {
        self.body = Some((Content::Text(text), text.len() as u64));
        self.header("Content-Type", "application/xml; charset=utf-8")
    }
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: HeaderMap,
    /// Until somebody reads it.
    body: Option<Body>,
    host: String,
}

impl Drop for Answer {
    /// Reads a short body that nobody wanted: a connection goes on only once its answer is read.
    fn drop(&mut self) {
        let is_short = |body: &Body| body.content_length().is_some_and(|length| length <= UNWANTED);
        if let Some(body) = self.body.take().filter(is_short) {
            let _ = io::copy(&mut body.into_reader(), &mut io::sink());
        }
    }
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text, of so many bytes at most: a longer one, or one that ends too early, is an error.
    pub fn text(mut self, longest: u64) -> Result<String, Fault> {
        let host = &self.host;
        let body = self.body.take().map(|mut body| body.with_config().limit(longest).read_to_vec());
        let body = body
            .unwrap_or_else(|| Ok(Vec::new()))
            .map_err(|error| Fault::retry(format!("{host} did not answer to the end: {}", told(&error))))?;
        String::from_utf8(body).map_err(|_| Fault::Permanent(format!("{host} did not answer with text")))
    }

    /// The bytes of the body.
    pub fn into_reader(mut self) -> impl Read + Send + use<> {
        let body = self.body.take().unwrap_or_else(|| Body::builder().data(""));
        body.into_with_config().limit(u64::MAX).reader()
    }

    /// Whether it is a page for people where something else was asked for: a portal or a log-in that stands in between.
    pub fn is_page(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
    }

    /// What the status means, where it is none of those that the caller knows what to do with.
    pub fn fault(&self) -> Fault {
        let Self { status, host, .. } = self;
        match status {
            404 | 410 => Fault::Gone,
            405 | 412 => Fault::Taken,
            401 => no_password(host),
            403 => Fault::Refused(format!("{host} does not allow it (403)")),
            413 => Fault::Permanent(format!(
                "{host} does not take so large a file (413). Raise the limit of its web server: LimitRequestBody of Apache, \
                 client_max_body_size of nginx"
            )),
            507 => Fault::NoRoom(format!("{host} has no room left (507)")),
            423 => self.later(format!("somebody else has it locked on {host} (423)")),
            429 => self.later(format!("{host} asks for a pause (429)")),
            503 => self.later(format!("{host} is down for maintenance (503)")),
            500.. => self.later(format!("{host} reported an error ({status})")),
            300..=399 => Fault::Permanent(format!(
                "{host} sends us elsewhere ({status}), where no password of ours goes. If the folder moved, give its new \
                 address; if this is a page to log in, log in there first"
            )),
            200..=299 if self.is_page() => Fault::retry(format!(
                "{host} answered with a web page instead: something in between, as a page to log in to a network, may stand \
                 in the way"
            )),
            _ => Fault::Permanent(format!("{host} answered with the unexpected status {status}")),
        }
    }

    fn later(&self, why: String) -> Fault {
        let after = self.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        Fault::Retry { why, after }
    }
}

impl Client {
    /// A client for one folder. Nothing is asked yet.
    pub fn new(access: &Access) -> Result<Self, Fault> {
        let config = Agent::config_builder()
            .allow_non_standard_methods(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .tls_config(tls(access.authority.as_deref())?)
            .max_idle_connections(CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .timeout_connect(Some(CONNECTING))
            .timeout_recv_response(Some(ANSWERING))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE))
            .user_agent(concat!("Photobridge/", env!("CARGO_PKG_VERSION")))
            .build();
        let authorization = access.credentials.header();
        if authorization.is_none() && access.credentials != Credentials::Nobody {
            return Err(Fault::Refused("the password or token has characters that cannot be sent".into()));
        }
        Ok(Self { agent: config.into(), address: access.address.clone(), authorization, refused: Mutex::default() })
    }

    /// Where the folder lies.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The address of what lies at a path below the folder.
    pub fn at(&self, inside: &Path) -> Result<String, Fault> {
        let no_address = || Fault::Permanent(format!("{} is no path that a server can have", inside.display()));
        self.address.of(&on_the_server(inside)).ok_or_else(no_address)
    }

    /// Whether a server means a path below the folder by another one, or by none.
    pub(super) fn is_at(&self, told: Option<&Path>, path: &Path) -> bool {
        told.is_some_and(|told| is_one_name(&told.to_string_lossy(), &on_the_server(path).to_string_lossy()))
    }

    /// Asks once. An answer of any status is an answer; none at all is [`Fault::Retry`], and then nobody knows what the
    /// server made of it.
    pub fn ask(&self, request: Request<'_>) -> Result<Answer, Fault> {
        let host = self.address.host();
        let refused = *self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.is_some_and(|at| at.elapsed() < REFUSED_FOR) {
            return Err(no_password(host));
        }
        let Request { method, address, headers, body } = request;
        let impossible = |error: &dyn std::fmt::Display| Fault::Permanent(format!("{host} cannot be asked: {error}"));
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| impossible(&error))?;
        let mut built = http::Request::builder().method(method).uri(address);
        for (name, value) in headers {
            built = built.header(name, value);
        }
        if let Some(authorization) = &self.authorization {
            built = built.header("Authorization", authorization);
        }
        if let Some((_, length)) = &body {
            built = built.header("Content-Length", *length);
        }
        let response = match body {
            Some((Content::Bytes(reader), _)) => built.body(SendBody::from_reader(reader)).map(|it| self.agent.run(it)),
            Some((Content::Text(text), _)) => built.body(text).map(|it| self.agent.run(it)),
            None => built.body(()).map(|it| self.agent.run(it)),
        };
        let response = response.map_err(|error| impossible(&error))?.map_err(|error| unanswered(host, &error))?;
        let (parts, body) = response.into_parts();
        if parts.status.as_u16() == 401 && self.authorization.is_some() {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body: Some(body), host: host.to_owned() })
    }
}

fn no_password(host: &str) -> Fault {
    Fault::Refused(format!(
        "{host} does not accept the password. It may have been revoked: enter it again by `photobridge config folder ADDRESS`"
    ))
}

/// The path that a path has on a server: Nextcloud takes no name that ends in `.part`, as those of our parts do.
fn on_the_server(path: &Path) -> Cow<'_, Path> {
    let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_part_name(name));
    name.map_or(Cow::Borrowed(path), |name| Cow::Owned(path.with_file_name(name.replace(".part", ".tmp"))))
}

/// Does something that changes nothing, and does it again where the server was only busy.
pub fn patiently<T>(mut question: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    let mut tries = 1;
    loop {
        match question() {
            Err(Fault::Retry { after, .. }) if tries < TRIES && after.is_none_or(|pause| pause <= LONGEST_PAUSE) => {
                thread::sleep(after.unwrap_or(SHORT_PAUSE * 2_u32.pow(tries)));
            }
            answer => return answer,
        }
        tries += 1;
    }
}

/// The certificates of the system, and of a file. Servers are always verified.
fn tls(authority: Option<&Path>) -> Result<TlsConfig, Fault> {
    let mut believed: Vec<Certificate<'static>> = Vec::new();
    for certificate in rustls_native_certs::load_native_certs().certs {
        believed.push(Certificate::from_der(&certificate).to_owned());
    }
    if let Some(path) = authority {
        let unread = |why: &dyn std::fmt::Display| {
            Fault::Permanent(format!("the certificate in {} could not be read: {why}", path.display()))
        };
        let text = std::fs::read(path).map_err(|error| unread(&error))?;
        let before = believed.len();
        for item in ureq::tls::parse_pem(&text) {
            if let ureq::tls::PemItem::Certificate(certificate) = item.map_err(|error| unread(&error))? {
                believed.push(certificate);
            }
        }
        if believed.len() == before {
            return Err(unread(&"it holds none"));
        }
    }
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&believed))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}

/// What it means that no answer came.
fn unanswered(host: &str, error: &ureq::Error) -> Fault {
    match of_tls(error) {
        Some(rustls::Error::InvalidMessage(_)) => Fault::Permanent(format!(
            "{host} answers at this address, but not by https. If it is a server of your own network without encryption, its \
             address begins with http://"
        )),
        Some(why) => Fault::Refused(format!(
            "{host} could not prove that it is {host} ({why}). Nothing was sent. If its certificate is of an authority of \
             your own, make this computer trust that authority"
        )),
        None => Fault::retry(format!("{host} did not answer: {}", told(error))),
    }
}

/// What went wrong with the encryption, where it was that.
fn of_tls(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(why) => Some(why),
        ureq::Error::Io(source) => source.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// An error in words, without the address that was asked.
fn told(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(source) => source.to_string(),
        ureq::Error::BadUri(_) | ureq::Error::RequireHttpsOnly(_) => "the address is not valid".into(),
        ureq::Error::BodyExceedsLimit(_) => "there is no end to it".into(),
        error => error.to_string(),
    }
}

/// What a body's reader says, as a fault.
pub(super) fn cut(host: &str, error: &io::Error) -> Fault {
    Fault::retry(format!("{host} did not send all of it: {error}"))
}
